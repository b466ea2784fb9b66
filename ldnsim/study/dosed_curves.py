"""Curves of a result as profiles of noncompartmental analysis: from a dose to the next one or the end."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ..base.errors import InputError
from ..base.near import among
from ..base.reading import whole_number
from ..base.units import factor
from ..engines.batch import RTOL as BATCH_RTOL
from ..engines.choice import USUAL_RTOL, Name
from ..ledger.evidence import weakest
from ..noncompartmental.areas import Array
from ..noncompartmental.frames import Asked
from ..noncompartmental.given import Given
from ..noncompartmental.rules import BOLUS, EXTRAVASCULAR, INFUSION, route_of
from ..noncompartmental.terminal import FLOOR
from ..population.people import SHARE
from ..results.behind import evidence_of
from ..results.over_time import FINISHED

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

FIRST, LAST, ALL = "first", "last", "all"
_NOTHING_BELOW = 1e-6
"""How far below zero the error of a solver may carry a level, as a share of the highest one [1]."""
_ERRORS = 100.0
"""How many times its relative tolerance the error of an engine may be where a level is a share of its peak [1]."""

_NOTHING_BEFORE = 1e-3
"""Share of the peak that may be there before a dose that is to account for all of a curve [1]."""

_INTRAVENOUS = "intravenous"


@dataclass(frozen=True)
class Profiles:
    """Profiles of a result.

    Attributes
    ----------
    keys : pandas.DataFrame
        What tells them apart, a row each.
    given : Given
        The profiles.
    units : dict of str to str
        Units of time, level and dose, where they are known.
    weakest : str
        Weakest evidence behind the curves; empty where that is not known.
    problem : list of str
        Why a person has no curves; empty where there are.
    """

    keys: pd.DataFrame
    given: Given
    units: dict[str, str]
    weakest: str
    problem: list[str]


@dataclass(frozen=True)
class Taken:
    """The doses of a result.

    Attributes
    ----------
    time, amount, hours : ndarray, shape (n_doses,)
        When each was given, how much, and for how long.
    unit : str
        Unit of the amounts; empty where it is not known.
    vein : sequence of bool or None
        Which went into a vein; None where that is not known.
    """

    time: Array
    amount: Array
    hours: Array
    unit: str
    vein: Sequence[bool] | None = None


def taken_in(data: xr.Dataset, routes: Sequence[str] | None = None) -> Taken:
    """The doses that a dataset says, with their routes where a regimen says these."""
    name = "dose_mg" if "dose_mg" in data.attrs else "dose_amount"
    time, amount, hours = (
        np.atleast_1d(np.asarray(data.attrs.get(key, ()), dtype=float)) for key in ("dose_time", name, "dose_hours")
    )
    order = np.argsort(time, kind="stable")
    vein = None if routes is None or len(routes) != len(time) else [routes[k] == _INTRAVENOUS for k in order]
    return Taken(time[order], amount[order], hours[order], "mg" if name == "dose_mg" else "", vein)


def profiles_of(
    data: xr.Dataset,
    asked: Asked,
    variable: str | None,
    labels: Mapping[str, str],
    doses: Any,
    taken: Taken,
    keys: Mapping[str, Any],
) -> list[Profiles]:
    """Profiles of a result, one table for each variable and dose.

    Parameters
    ----------
    data : xarray.Dataset
        A result of one subject or of a population.
    asked : Asked
        What is asked; a route or tau of None is read off the result.
    variable : str, optional
        Which variable; what the model observes if none.
    labels : mapping of str to str
        Labels of its other dimensions; all of them where one is not said.
    doses : {"first", "last", "all"} or int
        From which dose on, counted from 1.
    taken : Taken
        The doses.
    keys : mapping of str to object
        Further columns of the keys.

    Returns
    -------
    list of Profiles
        In the order of labels, then of doses.

    Raises
    ------
    InputError
        If there is no such variable, label or dose, or single people are not kept.
    """
    name = _variable(data, variable)
    if "quantile" in data[name].dims:
        raise InputError("data", "percentiles of people", "single people: simulate without quantiles=")
    if (np.diff(data["time"].values) < 0).any():
        raise InputError("data", "times that start again", "a subject whose time runs on, without a reset")
    if data.attrs.get("doses_differ"):
        raise InputError(
            "population", "people who took other doses", "people who took the same: no adherence=, no decide="
        )
    dims = [str(dim) for dim in data[name].dims if dim not in ("time", "person")]
    for dim, label in labels.items():
        if dim not in dims or label not in data[dim].values.tolist():
            known = "; ".join(f"{dim}: {', '.join(map(str, data[dim].values))}" for dim in dims)
            raise InputError("labels", {dim: label}, known or f"none for {name!r}")
    chosen = [[labels[dim]] if dim in labels else data[dim].values.tolist() for dim in dims]
    usual = variable is None or name == _variable(data, None)
    found = []
    for index in np.ndindex(*map(len, chosen)):
        picked = {dim: str(chosen[k][i]) for k, (dim, i) in enumerate(zip(dims, index, strict=True))}
        # what comes first in a result is the drug itself, what follows its metabolites
        of_dose = usual and all(label == str(data[dim].values[0]) for dim, label in picked.items())
        for dose in _wanted(doses, taken, data):
            found.append(_one(data, name, picked, dose, taken, asked, dict(keys), of_dose=of_dose))
    return found


def _variable(data: xr.Dataset, given: str | None) -> str:
    """The variable that is meant."""
    name = str(data.attrs.get("observed", "plasma")) if given is None else given
    if name not in data.data_vars or "time" not in data[name].dims:
        known = [str(one) for one, values in data.data_vars.items() if "time" in values.dims]
        raise InputError("variable", name, among(name, known))
    return name


def _wanted(doses: Any, taken: Taken, data: xr.Dataset) -> list[int]:
    """Which doses, by place; -1 for the whole course where nothing was given."""
    inside = np.flatnonzero(
        (taken.time >= float(data["time"].values[0])) & (taken.time < float(data["time"].values[-1]))
    ).tolist()
    # of doses at the same time the last one stands for all
    inside = [k for k in inside if not (taken.time[k + 1 :] == taken.time[k]).any()]
    expected = f"'first', 'last', 'all', or a number from 1 to {len(inside)}"
    if isinstance(doses, str) and doses in (FIRST, LAST, ALL):
        if not inside:
            return [-1]
        return {FIRST: inside[:1], LAST: inside[-1:], ALL: inside}[doses]
    try:
        number = whole_number(doses, "doses", low=1, high=max(len(inside), 1))
    except InputError as error:
        raise InputError("doses", doses, expected) from error
    if not inside:
        raise InputError("doses", doses, "'last', because nothing was given")
    return [inside[number - 1]]


def _one(
    data: xr.Dataset, name: str, labels: Mapping[str, str], dose: int, taken: Taken, asked: Asked,
    keys: dict[str, Any], *, of_dose: bool,
) -> Profiles:  # fmt: skip
    """Profiles of one variable after one dose."""
    import pandas as pd

    time, side = data["time"].values, data["side"].values
    begin = float(taken.time[dose]) if dose >= 0 else float(time[0])
    later = taken.time[taken.time > begin]
    end = float(later[0]) if len(later) and later[0] <= time[-1] else math.inf
    places = np.flatnonzero(
        ((time > begin) | ((time == begin) & (side >= 0))) & ((time < end) | ((time == end) & (side <= 0)))
    )
    # of samples at the moment of the dose the last one is after it
    places = places[max(int((time[places] == begin).sum()) - 1, 0) :]
    values = data[name].sel(labels)
    level, people, problem = _levels(values.isel(time=places), data)
    before = np.flatnonzero((time == begin) & (side < 0))
    jumps = len(before) and len(places) and _jumps(_levels(values.isel(time=[before[-1], places[0]]), data)[0])
    size = len(level)
    hours, planned = (float(taken.hours[dose]), _together(taken, dose)) if dose >= 0 else (0.0, math.nan)
    share = data[SHARE].values if SHARE in data.coords else np.ones(size)
    amount = planned * share
    if asked.dose is not None:
        if (share != 1.0).any():
            raise InputError("dose", asked.dose, "to be left out where doses are changed: that of each run counts")
        amount, of_dose = np.full(size, float(asked.dose)), True
    if asked.duration is not None:
        hours = float(asked.duration)
    route = _route(asked.route, bool(jumps), hours, None if taken.vein is None else taken.vein[dose], of_dose=of_dose)
    earlier = taken.time[taken.time < begin]
    tau = asked.tau
    if tau is None:
        spacing = end - begin if math.isfinite(end) else begin - float(earlier[-1]) if len(earlier) else math.nan
        tau = spacing if spacing <= float(time[-1]) - begin else math.nan
    if asked.steady_state and not math.isfinite(tau):
        raise InputError("tau", asked.tau, "the dosing interval, because steady_state=True")
    peak = np.nanmax(level, axis=1, initial=0.0, keepdims=True)
    there = level[:, :1] if not len(before) else _levels(values.isel(time=before[-1:]), data)[0]
    held = bool((there > _NOTHING_BEFORE * peak).any()) and (len(before) > 0 or route != BOLUS)
    shared = "" if asked.steady_state else _shared(data, held, len(earlier), math.isfinite(end), dose)
    if not asked.effect:
        if (level < -_NOTHING_BELOW * peak).any():
            expected = "a variable that is never below zero; effect=True reads areas and times about a line"
            raise InputError("variable", name, expected)
        level = np.maximum(level, 0.0)
    threshold, baseline = asked.lines(size)
    given = Given(
        time[places] - begin, level, amount if of_dose else np.full(size, math.nan), np.full(size, hours),
        np.full(size, route), np.full(size, float(tau)), None, bool(asked.steady_state), shared,
        "the dose is not of it" if dose >= 0 else "nothing was given", asked.partial_areas, threshold, baseline,
        effect=asked.effect, floor=_floor(data),
    )  # fmt: skip
    if people is not None:
        keys = {**keys, **({"ID": data["id"].values} if "id" in data.coords else {"person": people})}
    keys = {**keys, "variable": name, **labels}
    if len(taken.time):
        keys["dose_time"] = begin
    units = {"time": "h", "level": str(data[name].attrs.get("units", "")), "dose": taken.unit}
    found = _evidence(data, name, labels)
    return Profiles(pd.DataFrame(keys, index=range(size)), given, units, found, problem)


def _shared(data: xr.Dataset, held: bool, earlier: int, cut_off: bool, dose: int) -> str:
    """Why the area to infinity is not that of a dose alone; empty where it is."""
    if dose >= 0 and earlier:
        return "earlier doses are in this curve too: see doses='first', or steady_state=True"
    if data.attrs.get("set_steady"):
        return "the table sets a steady state: see tau= and steady_state=True"
    if cut_off:
        return "the next dose cuts this curve off: see tau"
    return "the curve does not begin at nothing" if held else ""


def _levels(values: xr.DataArray, data: xr.Dataset) -> tuple[Array, Any, list[str]]:
    """Curves, who they are of, and why somebody has none."""
    if "person" not in values.dims:
        return np.asarray(values.values, dtype=float)[np.newaxis], None, [""]
    level = np.asarray(values.transpose("person", "time").values, dtype=float)
    people = data["person"].values if "person" in data.coords else np.arange(len(level))
    problem = [""] * len(level)
    if "status" in data.coords:
        ran = np.isin(data["status"].values, FINISHED)
        why = data["reason"].values if "reason" in data.coords else np.full(len(level), "")
        problem = ["" if ok else f"the run failed: {reason}" for ok, reason in zip(ran, why, strict=True)]
        level = np.where(ran[:, np.newaxis], level, np.nan)
    return level, people, problem


def _jumps(ends: Array) -> bool:
    """Whether a level rises at once."""
    return bool((ends[:, 1] > ends[:, 0] + 1e-9 * np.abs(ends[:, 1])).any())


def _floor(data: xr.Dataset) -> float:
    """Share of a peak below which levels are no better than the errors of the engine that made them."""
    engine = str(data.attrs.get("engine", ""))
    return max(_ERRORS * USUAL_RTOL.get(cast(Name, engine), BATCH_RTOL), FLOOR)


def _together(taken: Taken, dose: int) -> float:
    """What is given at one time in all."""
    return float(taken.amount[taken.time == taken.time[dose]].sum())


def _route(given: Any, jumps: bool, hours: float, vein: bool | None, *, of_dose: bool) -> str:
    """How a dose reached what is observed: said, or seen in the curve."""
    if given is not None:
        return route_of(given)
    if not of_dose or vein is False:
        return EXTRAVASCULAR
    if hours > 0:
        return INFUSION
    return BOLUS if jumps else EXTRAVASCULAR


def _evidence(data: xr.Dataset, name: str, labels: Mapping[str, str]) -> str:
    """Weakest evidence behind a curve; empty where the dataset does not say it."""
    if "weakest_evidence" not in data[name].attrs:
        return ""
    return weakest([evidence_of(data, name, **labels).weakest])


def converted(unit: str, target: str) -> float:
    """What one of a unit is in another, nan if it is none."""
    try:
        return factor(unit, target)
    except InputError:
        return math.nan
