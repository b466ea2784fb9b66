"""What was measured in people after the doses of a scenario, where a panel of the explorer shows it."""

from __future__ import annotations

import math
from collections.abc import Collection
from functools import cache
from typing import NamedTuple

from ..dosing.regimen import Regimen
from ..models import NALTREXONE
from ..qualification.predictions import Prediction, predictions
from .panels import PANELS
from .scenario import Scenario

_INTO_CURVES = {"1": 1.0, "100": 100.0, "relative": 1.0}
"""By what an observation is divided to be what a curve shows, where that is all there is between them."""


class Point(NamedTuple):
    """One measurement.

    Attributes
    ----------
    panel, curve : str
        Names of the panel and the curve that it belongs to.
    hour : float
        When it was measured, from the first dose [h].
    value : float
        What was measured, in the unit of the curve.
    said : str
        What it is and where it is from.
    """

    panel: str
    curve: str
    hour: float
    value: float
    said: str


def measured(scenario: Scenario) -> tuple[Point, ...]:
    """Measurements of the ledger that were taken after just the doses that a scenario has given until then.

    A peak has a place where the same source says when it was. What was measured under disease has none.

    Parameters
    ----------
    scenario : Scenario
        The scenario.

    Returns
    -------
    tuple of Point
        In the order of the ledger; none where nobody has measured after these doses.

    Examples
    --------
    >>> [point.said.split(",")[0] for point in measured(Scenario(dose=2, schedule="once", days=1))]
    ['RO001: mu held 0.27']
    """
    if scenario.covariates:
        return ()
    given = _doses(scenario.regimen)
    every = _points(scenario.drug)
    return tuple(point for _, doses, point in every if _until(given, point.hour) == _until(doses, point.hour))


def told(scenario: Scenario, drawn: Collection[str]) -> str:
    """The same in words, or after what doses there is something; ``drawn`` is what panels show of it."""
    if found := measured(scenario):
        parts = {"Measured": True, "Measured, outside the time of its panel": False}
        there = {
            title: [point.said for point in found if (point.said in drawn) is seen] for title, seen in parts.items()
        }
        return ". ".join(f"{title}: {'; '.join(said)}" for title, said in there.items() if said)
    others = ", ".join(dict.fromkeys(regimen for regimen, _, _ in _points(scenario.drug)))
    why = "in persons such as this one" if scenario.covariates else "after just these doses"
    of = "" if scenario.drug == NALTREXONE else f" of {scenario.drug}"
    return f"The ledger holds nothing measured{of} {why}. It has measurements after {others}"


_Dose = tuple[float, float, str, str, float]


def _doses(regimen: Regimen) -> tuple[_Dose, ...]:
    return tuple((dose.time, dose.mg, dose.salt, dose.route, dose.over) for dose in regimen.dosing())


def _until(doses: tuple[_Dose, ...], hour: float) -> tuple[_Dose, ...]:
    return tuple(dose for dose in doses if dose[0] < hour)


@cache
def _points(drug: str) -> tuple[tuple[str, tuple[_Dose, ...], Point], ...]:
    """Every measurement of a drug that has a place on a panel, and after which doses, in words and in numbers."""
    predicted, _ = predictions(drug)
    peaks = {_of_one_source(one): one.observed for one in predicted.values() if one.reading == "tmax"}
    found = []
    for one in predicted.values():
        hour = {"value": one.at, "cmax": peaks.get(_of_one_source(one), math.nan)}.get(one.reading, math.nan)
        if math.isnan(hour) or one.scale not in _INTO_CURVES or one.beside or one.covariates:
            continue
        value = one.observed / _INTO_CURVES[one.scale]
        for panel, curve in ((held, curve) for held in PANELS for curve in held.curves):
            if curve.shown == one.shown:
                when = f"{'at its peak, ' if one.reading == 'cmax' else ''}{hour:g} h after the first dose"
                said = f"{one.observation.id}: {curve.title} {value:.3g}, {when} ({_source(one)})"
                point = Point(panel.name, curve.name, hour, value, said)
                found.append((one.regimen, _doses(Regimen.parse(one.regimen)), point))
    return tuple(found)


def _source(one: Prediction) -> str:
    row = one.observation
    return f"{', '.join(str(part) for part in (row.source, row.year) if part)}; {row.status}"


def _of_one_source(one: Prediction) -> tuple[str, str, str]:
    return one.regimen, str(one.shown), one.observation.source
