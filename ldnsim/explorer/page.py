"""What one visitor of the explorer sees: asks of the page in, figures and words out."""

from __future__ import annotations

from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from bokeh.events import ConnectionLost
from bokeh.models import ColumnDataSource
from tornado.ioloop import IOLoop

from ..base.errors import InputError, LdnsimError
from .address import STRETCHES, Shown, query, read_each
from .controls import variables
from .figures import Figures
from .panels import LETTERS
from .scenario import Scenario
from .work import Found, Part, work

COMPILING = "Working. The first run of a new choice compiles its equations, about ten seconds, once on this machine."
REFUSED = "This address cannot be shown; here is the usual scenario instead. "

WORKERS = ThreadPoolExecutor(2)
"""Where everything is worked out, so that the server stays free; two, because compiling takes long."""

ASKED, ANSWER = "asked", "answer"
"""Names of the models through which the page and the server talk."""

_FAR = 1e6
"""Beyond every axis of time [h]."""

_PATIENCE = 700
"""After how long a visitor is told what the wait is for [ms]."""


class Page:
    """What one visitor sees.

    Parameters
    ----------
    document : bokeh Document
        Where the figures live.
    text : str
        Query of the address.
    """

    def __init__(self, document: Any, text: str) -> None:
        self._document = document
        self._loop = IOLoop.current()
        self._wanted = text
        self._running: Future[Found] | None = None
        self._left = False
        self._figures = Figures()
        self._asked = ColumnDataSource({"query": []}, name=ASKED)
        self._answer = ColumnDataSource({"answer": []}, name=ANSWER)
        self._asked.on_change("data", lambda _name, _old, new: self._ask(new["query"][0]))
        shown, message, refused = _first(text)
        if message or refused:
            self._wanted = query(shown)
        for drawn in self._figures.named.values():
            document.add_root(drawn)
        # a document follows the models that something on the page refers to
        self._figures.named["dial"].tags = [self._asked, self._answer]
        document.template_variables.update(variables(shown))
        document.on_event(ConnectionLost, self._leave)
        document.on_session_destroyed(self._leave)
        self._start(message, refused)

    def _ask(self, text: str) -> None:
        """What the visitor wants now is worked out after what is being worked out; what came between is not."""
        self._wanted = text
        if self._running is None:
            self._start()

    def _leave(self, _: Any) -> None:
        """Once the visitor has gone, nothing is worked out any more, and what is comes to nobody."""
        self._left = True
        if self._running is not None:
            self._running.cancel()

    def _start(self, message: str = "", refused: dict[str, str] | None = None) -> None:
        text = self._wanted
        self._running = running = WORKERS.submit(work, text)
        done = partial(self._finished, running, text, message, refused or {})
        # the loop may have ended by then, which is no error
        running.add_done_callback(lambda _: self._loop.add_callback(self._arrived, done))
        self._document.add_timeout_callback(partial(self._waiting, running), _PATIENCE)

    def _arrived(self, done: Any) -> None:
        if not self._left:
            self._document.add_next_tick_callback(done)

    def _waiting(self, running: Future[Found]) -> None:
        if running is self._running:
            said = self._answer.data["answer"] or [_said("", None)]
            self._answer.data = {"answer": [{**said[0], "message": COMPILING, "shown": None}]}

    def _finished(self, running: Future[Found], text: str, message: str, refused: dict[str, str]) -> None:
        if self._left:
            return
        self._running = None
        if self._wanted != text:
            self._start()
        self._document.hold("combine")
        try:
            found = running.result()
        except LdnsimError as error:
            self._figures.show((), None)
            self._answer.data = {"answer": [_said(str(error), text)]}
        except CancelledError:
            return
        else:
            self._figures.show(found.numbers, found.times)
            self._answer.data = {"answer": [_said(message, text, found, refused)]}
        finally:
            self._document.unhold()


def understood(document: Any, event: Any) -> dict[str, Any] | None:
    """A change that a page may make to its document, as Bokeh sends it, or nothing.

    Parameters
    ----------
    document : bokeh Document
        Where it would be made.
    event : object
        What came over the wire; anything can.

    Returns
    -------
    dict or None
        The change: what is asked, or how far a visitor has zoomed.
    """
    match event:
        case {"kind": "ModelChanged", "model": {"id": str() as name}, "attr": str() as attr, "new": new}:
            change = {"kind": "ModelChanged", "model": {"id": name}, "attr": attr, "new": new}
        case _:
            return None
    match attr, new:
        case "data", {"type": "map", "entries": [["query", [str() as text]]]}:
            change["new"] = {"type": "map", "entries": [["query", [text]]]}
            named = [ASKED]
        case "start" | "end", int() | float() if not isinstance(new, bool) and abs(new) < _FAR:
            named = list(STRETCHES.values())
        case _:
            return None
    found = document.get_model_by_id(name)
    return change if found is not None and found.name in named else None


def _first(text: str) -> tuple[Shown, str, dict[str, str]]:
    """What an address shows at first; what is wrong with it as a whole, and with one of its scenarios."""
    try:
        asked = read_each(text)
    except InputError as error:
        return Shown(), f"{REFUSED}{error}", {}
    usual = [Scenario() if isinstance(one, InputError) else one for one in asked.scenarios]
    wrong = {
        letter: f"{REFUSED}{one}"
        for letter, one in zip(LETTERS, asked.scenarios, strict=False)
        if isinstance(one, InputError)
    }
    return Shown(usual[0], usual[1] if len(usual) > 1 else None, asked.people), "", wrong


def _said(
    message: str, text: str | None, found: Found | None = None, refused: dict[str, str] | None = None
) -> dict[str, Any]:
    """What the page says, as plain texts; without a query it is not the last word."""
    cards = {}
    for letter, part in zip(LETTERS, found.parts if found else (), strict=False):
        if isinstance(part, Part):
            links = {"csv": f"{letter}.csv?{text}", "run": f"{letter}_run.csv?{text}"}
            more = {"problem": (refused or {}).get(letter, ""), "python": part.scenario.python()}
            cards[letter] = {**part.words, **more, **links}
        else:
            cards[letter] = {"problem": str(part)}
    return {
        "message": message,
        "cards": cards,
        "evidence": found.evidence if found else [],
        "figure": f"figure.png?{text}" if found and found.good else "",
        "shown": text,
    }
