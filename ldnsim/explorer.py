"""The dose explorer: a page with controls and linked figures, served to this machine alone."""

from __future__ import annotations

import asyncio
import io
import json
import socket
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from functools import lru_cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from bokeh.application import Application
from bokeh.application.handlers import FunctionHandler
from bokeh.core.templates import get_env
from bokeh.events import DocumentReady
from bokeh.models import ColumnDataSource, CustomJS
from bokeh.server.server import Server
from tornado.web import RequestHandler

from . import plots
from .covariates import levels
from .crowd_drawing import people_line
from .crowd_readings import finished
from .drawing import footer_text
from .errors import InputError, LdnsimError
from .explorer_figures import LETTERS, PANELS, Figures, Numbers, Times, numbers, times_of
from .parameters import BUNDLES, EXPOSURES, REBOUNDS, SITES, TLR4, Assumptions
from .person_run import Simulation
from .population_run import PopulationRun
from .scenario import FORMULATION, LIMITS, SCHEDULE, SECOND, Scenario, Shown, query, read

if TYPE_CHECKING:
    import xarray as xr

ADDRESS = "127.0.0.1"
"""The page is served to this machine alone."""

PORT = 5006
"""Where it is served if that is free."""

MIXTURE = "a mixture"
"""What the account is called where its axes are those of no bundle."""

COMPILING = "Working. The first run of a new choice compiles its equations, about ten seconds, once on this machine."
REFUSED = "This address cannot be shown; here is the usual scenario instead. "

_KEPT = 64
_AT_ONCE = 2
_WORKERS = ThreadPoolExecutor(_AT_ONCE)
_PATIENCE = 700
"""After how long a visitor is told what the wait is for [ms]."""


class Control(NamedTuple):
    """One control of a scenario.

    Attributes
    ----------
    name, label : str
        Field of `Scenario` or axis of `Assumptions`, and what the page calls it.
    low, high : float
        Least and most; nan where there are options.
    slider : float
        Where its slider ends; more can be typed.
    step : float
        Step of the slider.
    options : tuple of str
        What can be chosen; empty for a number.
    axis : bool
        Whether it is an axis of the assumptions.
    """

    name: str
    label: str
    low: float = 0.0
    high: float = 0.0
    slider: float = 0.0
    step: float = 1.0
    options: tuple[str, ...] = ()
    axis: bool = False


def _number(name: str, label: str, step: float, slider: float | None = None) -> Control:
    low, high = LIMITS[name]
    return Control(name, label, low, high, high if slider is None else slider, step)


def _choice(name: str, label: str, options: Sequence[str], *, axis: bool = False) -> Control:
    return Control(name, label, options=tuple(options), axis=axis)


GROUPS: tuple[tuple[str, tuple[Control, ...]], ...] = (
    (
        "Dose",
        (
            _number("dose", "Dose [mg]", 0.1, 10.0),
            _choice("schedule", "How often", SCHEDULE),
            Control("at", "Clock time of the first dose"),
            _number("days", "Length of the run [days]", 1),
            _choice("formulation", "Formulation", FORMULATION),
        ),
    ),
    (
        "Titration and missed doses",
        (
            _number("steps", "Steps up to the dose (1: none)", 1),
            _number("step_days", "Days on each step", 1),
            _number("missed", "Chance to miss a dose", 0.05),
            _number("seed", "Which are missed (seed)", 1, 100),
        ),
    ),
    (
        "Person",
        (
            _number("weight", "Body weight [kg]", 1),
            _choice("liver", "Liver disease", levels()["liver"]),
            _number("creatinine_clearance", "Kidneys: creatinine clearance [mL/min]", 1),
        ),
    ),
    (
        "Assumptions",
        (
            _choice("account", "Account", (*BUNDLES, MIXTURE), axis=True),
            Control("isomers", "Isomers: dextro share of the dose (0: levo, 0.5: racemic)", 0, 1, 1, 0.05, axis=True),
            _choice("site", "What holds the mu receptor", SITES, axis=True),
            _choice("tlr4", "Potency at TLR4", TLR4, axis=True),
            _choice("rebound", "Rebound", REBOUNDS, axis=True),
            _choice("exposure", "Plasma levels", EXPOSURES, axis=True),
        ),
    ),
)
"""Controls of each scenario, in groups with a title."""

PEOPLE = _number("people", "How many, for bands of 90 % (0: none)", 10)


class Found(NamedTuple):
    """What was worked out for a page.

    Attributes
    ----------
    shown : Shown
        What was asked.
    runs : tuple of Simulation
        One or two.
    crowds : tuple of PopulationRun
        As many, or none.
    numbers : tuple of Numbers
        For the figures.
    times : Times
        For their axes.
    """

    shown: Shown
    runs: tuple[Simulation, ...]
    crowds: tuple[PopulationRun, ...]
    numbers: tuple[Numbers, ...]
    times: Times


@lru_cache(_KEPT)
def _run(scenario: Scenario) -> Simulation:
    return scenario.run()


@lru_cache(_AT_ONCE)
def _crowd(scenario: Scenario, people: int) -> PopulationRun:
    return scenario.crowd(people)


def work(text: str) -> Found:
    """Simulate what a page shows.

    Parameters
    ----------
    text : str
        The query of its address.

    Raises
    ------
    InputError
        If the query cannot be shown.
    SolverError
        If the integration fails.
    """
    shown = read(text)
    runs = tuple(_run(one) for one in shown.scenarios)
    crowds = tuple(_crowd(one, shown.people) for one in shown.scenarios) if shown.people else ()
    people: list[xr.Dataset | None] = [finished(crowd.data)[0] for crowd in crowds]
    people += [None] * (len(runs) - len(people))
    drawn = (numbers(place, run.data, crowd) for place, (run, crowd) in enumerate(zip(runs, people, strict=True)))
    return Found(shown, runs, crowds, tuple(drawn), times_of([run.data for run in runs]))


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
        document.template = _template()
        document.template_variables.update(_variables(shown))
        self._start(refused)

    def _ask(self, sent: Any) -> None:
        """What the visitor wants now is worked out after what is being worked out; what came between is not."""
        try:
            (self._wanted,) = sent["query"]
        except (KeyError, TypeError, ValueError):
            return  # not from our page
        if self._running is None:
            self._start("")

    def _start(self, message: str) -> None:
        text = self._wanted
        self._running = running = _WORKERS.submit(work, text)
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


def picture(runs: Sequence[Simulation]) -> bytes:
    """The four-panel figure of one run, or the comparison of two, as PNG."""
    import matplotlib.pyplot as plt

    if len(runs) == 1:
        panels = plots.four_panels(runs[0].data)
    else:
        panels = plots.compare(
            {f"{letter}: {run.regimen}": run.data for letter, run in zip(LETTERS, runs, strict=True)}
        )
    drawn = io.BytesIO()
    panels[0].figure.savefig(drawn, format="png")
    plt.close(panels[0].figure)
    return drawn.getvalue()


@lru_cache(1)
def _template() -> Any:
    source = files("ldnsim") / "data" / "explorer"
    text = {name: (source / name).read_text(encoding="utf-8") for name in ("page.html", "style.css", "page.js")}
    page = get_env().from_string('{% extends "file.html.jinja" %}' + text["page.html"])
    page.globals |= {"style": text["style.css"], "script": text["page.js"]}
    return page


def _variables(shown: Shown) -> dict[str, Any]:
    """What the controls show at first."""
    return {
        "groups": [(title, controls, place == 0) for place, (title, controls) in enumerate(GROUPS)],
        "scenarios": [
            (letter, prefix, _values(scenario))
            for letter, prefix, scenario in zip(
                LETTERS, ("", SECOND), (shown.first, shown.second or shown.first), strict=True
            )
        ],
        "beside": shown.second is not None,
        "people": PEOPLE,
        "shown_people": shown.people,
        "bundles": json.dumps({name: _axes(bundle) for name, bundle in BUNDLES.items()}),
        "panels": [{"name": name, "title": title, "legend": legend} for name, title, legend in _legends()],
    }


def _axes(assumptions: Assumptions) -> dict[str, Any]:
    return {**asdict(assumptions), "isomers": f"{assumptions.f_dextro:g}"}


def _values(scenario: Scenario) -> dict[str, Any]:
    chosen = Assumptions.of(scenario.assumptions)
    account = chosen.name if chosen.name in BUNDLES else MIXTURE
    plain = {name: f"{value:.10g}" if isinstance(value, float) else value for name, value in vars(scenario).items()}
    return {**plain, **_axes(chosen), "account": account}


def _legends() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Name, heading, and colours with names, of every panel in the order of the page."""
    found = [(panel.name, panel.title, [(curve.colour, curve.title) for curve in panel.curves]) for panel in PANELS]
    dial = [("", "mu at least half held; outer ring A, inner ring B; dots: doses; dark rim: night")]
    return [*found[:2], ("dial", "Blocked hours of the day", dial), *found[2:]]


class _Download(RequestHandler):  # type: ignore[misc]
    """A file made from the query of its address, for pages of this server alone."""

    def initialize(self, hosts: Sequence[str]) -> None:
        self.hosts = hosts

    async def get(self, name: str) -> None:
        """The figure, or the numbers of a scenario."""
        # another page of the web must not make this machine work
        if self.request.host not in self.hosts or self.request.headers.get("Sec-Fetch-Site", "none") not in _OWN:
            self.send_error(403)
            return
        try:
            kind, content = await asyncio.wrap_future(_WORKERS.submit(_file, name, self.request.query))
        except LdnsimError as error:
            self.set_status(400)
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish(str(error))
            return
        self.set_header("Content-Type", kind)
        self.set_header("Content-Disposition", f'attachment; filename="ldnsim_{name}"')
        self.finish(content)


_OWN = ("same-origin", "none")


def _file(name: str, text: str) -> tuple[str, bytes]:
    shown = read(text)
    if name == "figure.png":
        return "image/png", picture([_run(one) for one in shown.scenarios])
    place = LETTERS.index(name.removesuffix(".csv"))
    if place >= len(shown.scenarios):
        raise InputError("address", name, "a scenario that the address names")
    return "text/csv; charset=utf-8", _run(shown.scenarios[place]).csv().encode()


def server(port: int = 0) -> Server:
    """The server of the explorer, ready to be started.

    Parameters
    ----------
    port : int
        Port of this machine, 0 for any that is free.

    Raises
    ------
    InputError
        If the port cannot be used.
    """
    with socket.socket() as trial:
        try:
            trial.bind((ADDRESS, port))
        except (OSError, OverflowError) as error:
            raise InputError("port", port, "a port of this machine that is free and that you may use") from error
        port = int(trial.getsockname()[1])
    hosts = [f"{name}:{port}" for name in (ADDRESS, "localhost")]
    patterns = [(r"/(figure\.png|[AB]\.csv)", _Download, {"hosts": hosts})]
    return Server(
        {"/": Application(FunctionHandler(_visit))},
        port=port,
        address=ADDRESS,
        allow_websocket_origin=hosts,
        extra_patterns=patterns,
    )


def _visit(document: Any) -> None:
    given = document.session_context.request.arguments
    pairs = {name: [value.decode(errors="replace") for value in values] for name, values in given.items()}
    document.title = "ldnsim explorer"
    Page(document, urlencode(pairs, doseq=True))


def serve(port: int | None = None, *, browser: bool = True) -> None:
    """Serve the explorer until it is interrupted.

    Parameters
    ----------
    port : int, optional
        Port of this machine; by default 5006, or any that is free.
    browser : bool
        Whether a browser is opened.

    Raises
    ------
    InputError
        If the port cannot be used.
    MissingExtra
        Without the extra ``fast``.
    """
    import matplotlib

    matplotlib.use("agg")
    work("")  # compiled before anybody waits for it
    try:
        running = server(PORT if port is None else port)
    except InputError:
        if port is not None:
            raise
        running = server()
    print(f"ldnsim explorer: http://{ADDRESS}:{running.port}/ (stop it with Ctrl-C)", flush=True)
    running.start()
    if browser:
        running.io_loop.add_callback(running.show, "/")
    try:
        running.io_loop.start()
    except KeyboardInterrupt:
        running.stop()
