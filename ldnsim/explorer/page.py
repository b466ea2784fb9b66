"""What one visitor of the explorer sees: asks of the page in, figures and words out."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from bokeh.events import ConnectionLost, DocumentReady
from bokeh.models import ColumnDataSource, CustomJS

from ..crowd_drawing import people_line
from ..crowd_readings import finished
from ..drawing import footer_text
from ..errors import InputError, LdnsimError
from .controls import template, variables
from .figures import Figures
from .panels import LETTERS
from .scenario import Shown, query, read
from .work import Found, work

COMPILING = "Working. The first run of a new choice compiles its equations, about ten seconds, once on this machine."
REFUSED = "This address cannot be shown; here is the usual scenario instead. "

WORKERS = ThreadPoolExecutor(2)
"""Where everything is worked out, so that the server stays free; two, because compiling takes long."""

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
        self._wanted = text
        self._running: Future[Found] | None = None
        self._figures = Figures()
        self._asked = ColumnDataSource({"query": []})
        self._answer = ColumnDataSource({"answer": []})
        self._asked.on_change("data", lambda _name, _old, new: self._ask(new))
        refused = ""
        try:
            shown = read(text)
        except InputError as error:
            shown, refused = Shown(), f"{REFUSED}{error}"
            self._wanted = query(shown)
        for drawn in self._figures.named.values():
            document.add_root(drawn)
        # a document follows the models that something on the page refers to
        self._figures.named["dial"].tags = [self._asked, self._answer]
        models = {"asked": self._asked, "answer": self._answer}
        document.js_on_event(DocumentReady, CustomJS(args=models, code="connect(asked, answer)"))
        document.js_on_event(ConnectionLost, CustomJS(code="lost()"))
        document.template = template()
        document.template_variables.update(variables(shown))
        self._start(refused)

    def _ask(self, sent: Any) -> None:
        """What the visitor wants now is worked out after what is being worked out; what came between is not."""
        match sent:
            case {"query": [str() as text]}:
                self._wanted = text
            case _:
                return  # not from our page
        if self._running is None:
            self._start("")

    def _start(self, message: str) -> None:
        text = self._wanted
        self._running = running = WORKERS.submit(work, text)
        done = partial(self._finished, running, text, message)
        running.add_done_callback(lambda _: self._document.add_next_tick_callback(done))
        self._document.add_timeout_callback(partial(self._waiting, running), _PATIENCE)

    def _waiting(self, running: Future[Found]) -> None:
        if running is self._running:
            said = self._answer.data["answer"] or [_empty("", None)]
            self._answer.data = {"answer": [{**said[0], "message": COMPILING, "shown": None}]}

    def _finished(self, running: Future[Found], text: str, message: str) -> None:
        self._running = None
        if self._wanted != text:
            self._start("")
        self._document.hold("combine")
        try:
            found = running.result()
        except LdnsimError as error:
            self._figures.show((), None)
            self._answer.data = {"answer": [_empty(str(error), text)]}
        else:
            self._figures.show(found.numbers, found.times)
            self._answer.data = {"answer": [_answer(found, message, text)]}
        finally:
            self._document.unhold()


def _empty(message: str, text: str | None) -> dict[str, Any]:
    """An answer without results; without a query it is not the last word."""
    return {"message": message, "cards": {}, "evidence": [], "figure": "", "shown": text}


def _answer(found: Found, message: str, text: str) -> dict[str, Any]:
    """What the page says of what was worked out, as plain texts."""
    address = query(found.shown)
    cards = {
        letter: {
            "words": run.summary().in_words(),
            "people": found.crowds[place].summary().in_words() if found.crowds else "",
            "regimen": f"{run.regimen}; {run.data.attrs['assumptions']}",
            "python": found.shown.scenarios[place].python(),
            "csv": f"{letter}.csv?{address}",
        }
        for place, (letter, run) in enumerate(zip(LETTERS, found.runs, strict=False))
    }
    evidence = list(dict.fromkeys(footer_text(run.data) for run in found.runs))
    evidence += [people_line(*finished(crowd.data)) for crowd in found.crowds[:1]]
    return {"message": message, "cards": cards, "evidence": evidence, "figure": f"figure.png?{address}", "shown": text}
