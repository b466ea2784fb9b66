"""The controls of the explorer, of which a page and a notebook are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from ..ledger.assumptions import BLOCKADES, BUNDLES, EXPOSURES, REBOUNDS, SITES, TLR4, Assumptions
from ..population.covariates import levels
from .drugs import DOSES, FORMULATION, NAMES, taken
from .scenario import LIMITS, SCHEDULE, Scenario

MIXTURE = "a mixture"
"""What the account is called where its axes are those of no bundle."""


class Control(NamedTuple):
    """One control of a scenario.

    Attributes
    ----------
    name, label : str
        Field of `Scenario` or axis of `Assumptions`, and what the page calls it.
    low, high : float
        Least and most.
    begin, end : float
        Where its slider begins and ends; less and more can be typed.
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
    begin: float = 0.0
    end: float = 0.0
    step: float = 1.0
    options: tuple[str, ...] = ()
    axis: bool = False


def _number(name: str, label: str, step: float, slider: tuple[float, float] | None = None) -> Control:
    low, high = LIMITS[name]
    return Control(name, label, low, high, *(slider or (low, high)), step)


def _choice(name: str, label: str, options: Sequence[str], *, axis: bool = False) -> Control:
    return Control(name, label, options=tuple(options), axis=axis)


GROUPS: tuple[tuple[str, tuple[Control, ...]], ...] = (
    (
        "Dose",
        (
            _choice("drug", "Drug", NAMES),
            _number("dose", "Dose [mg]", 0.1, (0.1, DOSES[NAMES[0]][1])),
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
            _number("seed", "Which are missed (seed)", 1, (0, 100)),
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
            Control(
                "isomers", "Isomers: dextro share of the dose (0: levo, 0.5: racemic)", 0, 1, 0, 1, 0.05, axis=True
            ),
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


def suited(drug: str) -> dict[str, Any]:
    """What of the controls a drug has: those ``absent``, its ``formulation``, and the ``end`` of its slider."""
    had = taken(drug)
    return {"absent": had.absent, "formulation": had.formulation, "end": DOSES[drug][1]}


def axes(assumptions: Assumptions) -> dict[str, Any]:
    """What the controls of the axes show of some assumptions."""
    return {**asdict(assumptions), "isomers": f"{assumptions.f_dextro:g}"}


def values(scenario: Scenario) -> dict[str, Any]:
    """What the controls show of a scenario, by their names."""
    chosen = Assumptions.of(scenario.assumptions)
    account = chosen.name if chosen.name in BUNDLES else MIXTURE
    plain = {name: f"{value:.10g}" if isinstance(value, float) else value for name, value in vars(scenario).items()}
    return {**plain, **axes(chosen), "account": account}
