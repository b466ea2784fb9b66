"""The controls of the explorer and the page around them, filled with what is shown at first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from bokeh.core.templates import get_env

from ..ledger.assumptions import BLOCKADES, BUNDLES, EXPOSURES, REBOUNDS, SITES, TLR4, Assumptions
from ..population.covariates import levels
from .address import SECOND, Shown
from .panels import LETTERS, PANELS
from .scenario import FORMULATION, LIMITS, SCHEDULE, Scenario

MIXTURE = "a mixture"
"""What the account is called where its axes are those of no bundle."""


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
            _choice("blockade", "What counts as blocked", BLOCKADES, axis=True),
        ),
    ),
)
"""Controls of each scenario, in groups with a title."""

PEOPLE = _number("people", "How many, for bands of 90 % (0: none)", 10)


@lru_cache(1)
def _template() -> Any:
    return get_env().from_string(asset("page.html"))


@lru_cache(None)
def asset(name: str) -> str:
    """Text of a file of this package: the page, its script and its style."""
    return (files(__package__) / name).read_text(encoding="utf-8")


def page_text(document: Any, token: str) -> str:
    """The page of a document that is filled by `variables`.

    Parameters
    ----------
    document : bokeh Document
        Whose figures it shows.
    token : str
        With which its script gets them.

    Returns
    -------
    str
        HTML without any script of its own, so that no other script than ours can ever run on it.
    """
    places = {one.id: f"figure-{one.name}" for one in document.roots}
    visit = json.dumps([{"token": token, "roots": places, "root_ids": list(places), "use_for_title": False}])
    text: str = _template().render(document.template_variables, places=places, visit=visit)
    return text


def variables(shown: Shown) -> dict[str, Any]:
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
    found = []
    for panel in PANELS:
        notes = [("", panel.note)] if panel.note else []
        found.append((panel.name, panel.title, [(curve.colour, curve.title) for curve in panel.curves] + notes))
    dial = [("", "what counts as blocked, as shaded above; outer ring A, inner ring B; dots: doses; dark rim: night")]
    return [*found[:2], ("dial", "Blocked hours of the day", dial), *found[2:]]
