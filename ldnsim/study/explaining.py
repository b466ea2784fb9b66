"""How the point of a curve is taken apart: runs without a dose, equations with numbers in them, moved parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError, SolverError
from ..base.reading import choice
from ..dosing.phases import ROUTES
from ..dosing.sampling import time_point, time_text
from ..engines.choice import usual_for_many
from ..engines.events import Infuse
from ..engines.leg import Array
from ..population.adherence import Adherence
from ..population.people import Drawn
from ..population.population import Population
from ..results.behind import Shown, evidence_of
from ..results.over_time import FINISHED
from ..results.words import heading
from .differences import FINE
from .ensemble import Ensemble
from .ensemble_rows import dataset_of
from .explanation import Explanation
from .intakes import steady_start, taken
from .processes import Moment, Part, Processes, columns_of
from .study import Study

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

NET_TONE = "tone"
"""What is explained of naltrexone where nothing is said."""

_MOST_DOSES = 1000
_SHORTEST = 0.1
"""How long a run is in which time 0 is looked at [h]."""

_BRIEF = 200.0
"""Longest run of anything but swallowed naltrexone that no kernel is compiled for [h]."""

BEFORE, WITHOUT = "doses before the start, in steady state", "without any dose"
"""What stands beside the doses of a run where their effects add up."""

INFUSION = "infusion"
"""What doses that are under way bring into a state, beside its equation."""

_MISSING = Population(1, 0, variability={}, adherence=Adherence(miss=0.5))
"""Somebody who may miss doses, for whom kernels are made; which are missed is said by row."""


def explain(study: Study, data: xr.Dataset, time: float | str, output: str | None = None) -> Explanation:
    """Explain one point of a run of one person.

    Parameters
    ----------
    study : Study
        The study of the run.
    data : xarray.Dataset
        Its result, for the evidence behind it.
    time, output
        As in `Simulation.explain`.

    Returns
    -------
    Explanation
        What makes the point.

    Raises
    ------
    InputError
        If the time lies outside the run, there is no such output, or doses of the run were decided on.
    SolverError
        If a run without a dose, or one with a moved parameter, fails.
    """
    model, account = study.model, study.account
    if study.decide is not None:
        expected = "a run without decide=, such as that of a Regimen with the doses that were given"
        raise InputError("explain", "a run whose doses were decided on the way", expected)
    columns = columns_of(model)
    usual = NET_TONE if account.own is None else str(data.attrs.get("observed", NET_TONE))
    column = choice("output", usual if output is None else output, columns)
    shown, part = columns[column]
    clock, end = study.regimen.clock, float(study.settings["until"])
    at = time_point(time, "time", clock=clock, until=end)
    given = [place for place, dose in enumerate(study.doses) if dose.time <= at]
    if len(given) > _MOST_DOSES:
        raise InputError("time", time, f"a time up to which at most {_MOST_DOSES} doses are given, not {len(given)}")
    until = at or min(_SHORTEST, end)
    person = replace(study, settings={**study.settings, "until": until, "step": until, "at": [at]})
    p = account.parameters.fill(account.declared)
    untreated = model.system.baseline(p, model.daily)[0] if model.initial is None else model.untreated(p)
    written, moment = None, None
    if model.system.arithmetic(p):
        written = Processes(model, account.parameters, account.declared)
        moment = written.at(_state(person, at), untreated, model.daily.at(at))
    adds_up = written is not None and written.linear(column)
    known = account.parameters.rules.known
    behind = [name for name in evidence_of(data, shown.name, **shown.labels).parameters if name in known]
    rows = _rows(person, shown)
    value, changes, without = _of_doses(rows, given, shown, at, alone=adds_up)
    return Explanation(
        column,
        heading(shown.name, shown.labels),
        model.terms[part].unit,
        at,
        time_text(at, clock),
        value,
        float(model.series(untreated, p, model.daily.at(at))[part]),
        adds_up,
        _doses(study, given, value, changes, without, adds_up=adds_up),
        _processes(written, moment, column, _under_way(person, given, at)),
        _elasticities(rows, behind, shown, at, value),
        shown,
        data,
    )


def _state(person: Study, at: float) -> Array:
    """The state of the person just after what happens at a time."""
    found, _, _ = person.trajectory(lambda *_: None, None)
    state: Array = found.states[:, np.flatnonzero(found.time == at)[-1]]
    return state


def _rows(person: Study, shown: Shown) -> Study:
    """The same study for many rows at once, with what is explained alone."""
    settings = {name: value for name, value in person.settings.items() if name != "method"}
    engine = usual_for_many(person.model.system, person.account.declared)
    usual = person.account.own is None and settings["endotoxin"] is None
    usual = usual and all(dose.route == ROUTES[0] for dose in person.doses)
    if engine == "compiled" and not usual and settings["until"] <= _BRIEF:
        engine = "batch"
    many = {"engine": engine, "rtol": FINE, "outputs": [shown.name], "dtype": "float64"}
    return replace(person, settings=settings | many, varied=())


def _last(data: xr.Dataset, shown: Shown, at: float) -> Array:
    """A variable of every row, just after what happens at a time."""
    place = int(np.flatnonzero(data["time"].values == at)[-1])
    found: Array = np.asarray(data[shown.name].sel(shown.labels).isel(time=place).values, dtype=np.float64)
    return found


def _of_doses(rows: Study, given: Sequence[int], shown: Shown, at: float, *, alone: bool) -> tuple[float, Array, float]:
    """The value, what each dose does to it, alone or by being left out, and the value without any dose."""
    size = len(given)
    kept = np.ones((len(rows.doses), size + 2), np.bool_)
    kept[:, 1] = False
    for row, dose in enumerate(given, 2):
        kept[:, row] = not alone
        kept[dose, row] = alone
    study = replace(rows, population=_MISSING, varied=tuple(rows.account.parameters))
    data = dataset_of(study, _solved(study, kept))
    found = _last(data, shown, at)
    changes = found[2:] - found[1] if alone else found[0] - found[2:]
    return float(found[0]), changes, float(found[1])


def _solved(study: Study, kept: NDArray[np.bool_]) -> dict[str, NDArray[Any]]:
    """Rows of the typical person who takes some of the doses; raises `SolverError` if one fails."""
    size = kept.shape[1]
    values = np.array(list(study.account.parameters.values_by_name().values()))
    repeated = np.repeat(values[None, :, None], size, axis=2)
    drawn = Drawn(repeated, {}, kept, np.zeros(kept.shape), np.zeros(size, np.int64), ())
    found = study.solved(drawn, np.arange(size))
    for status, reason in zip(found["status"], found["reason"], strict=True):
        if status not in FINISHED:
            raise SolverError(f"a run without some of the doses failed: {reason}")
    return found


def _doses(
    study: Study, given: Sequence[int], value: float, changes: Array, without: float, *, adds_up: bool
) -> pd.DataFrame:
    """A row a dose; where doses add up also one for what is there without them, and shares."""
    import pandas as pd

    clock = study.regimen.clock
    doses = [study.doses[place] for place in given]
    rows = [
        (dose.time, time_text(dose.time, clock), dose.mg, dose.route, change)
        for dose, change in zip(doses, changes.tolist(), strict=True)
    ]
    if adds_up and without:
        rows.append((math.nan, BEFORE if study.begins_steady else WITHOUT, math.nan, "", without))
    found = pd.DataFrame(rows, columns=["time", "when", "mg", "route", "contribution"])
    return found.assign(share=found["contribution"] / value if adds_up and value else math.nan)


def _under_way(person: Study, given: Sequence[int], at: float) -> dict[str, float]:
    """What infusions bring into each state just after a time, per hour."""
    model, found = person.model, dict[str, float]()
    enters = partial(taken, model, model.dosing(person.account.parameters.values_by_name()))
    events = [event for place in given for event in enters(person.doses[place]).enter(person.doses[place].time)]
    if person.begins_steady:
        events += steady_start(person.regimen, enters)[1]
    for event in events:
        if isinstance(event, Infuse) and event.time <= at < event.stop:
            state = model.system.names[event.state]
            found[state] = found.get(state, 0.0) + float(event.rate)
    return found


def _processes(
    written: Processes | None, moment: Moment | None, column: str, infused: Mapping[str, float]
) -> pd.DataFrame:
    """Factors or terms of the output, and of the rates of the states that it is computed from."""
    import pandas as pd

    rows: list[dict[str, Any]] = []
    if written is not None and moment is not None:
        whole, factors = moment.value(column), moment.factors(column)
        ratio = math.log(whole.value / whole.before) if whole.before and whole.value / whole.before > 0 else 0.0
        for part in factors:
            over = part.value / part.before
            share = math.log(over) / ratio if ratio and over > 0 else math.nan
            rows.append({"of": column, "kind": "factor", **_told(part, "1"), "over untreated": over, "share": share})
        for part in [] if factors else moment.terms(column):
            share = part.value / whole.value if whole.value else math.nan
            rows.append({"of": column, "kind": "term", **_told(part, written.unit(column)), "share": share})
        for state in written.states(column):
            unit = written.unit(state)
            per_hour = "1/h" if unit == "1" else f"{unit}/h"
            parts = moment.rate(state) + [Part(INFUSION, infused.get(state, 0.0), 0.0)] * (state in infused)
            rows += [{"of": state, "kind": "rate", **_told(part, per_hour)} for part in parts]
    return pd.DataFrame(rows, columns=["of", "kind", "what", "value", "unit", "over untreated", "share"])


def _told(part: Part, unit: str) -> dict[str, Any]:
    return {"what": part.text, "value": part.value, "unit": unit}


def _elasticities(rows: Study, names: Sequence[str], shown: Shown, at: float, value: float) -> pd.DataFrame:
    """Parameters with what they do to the output, the one that moves it most first."""
    import pandas as pd

    values, found = rows.account.parameters, []
    wanted = {"value": lambda data: _last(data, shown, at)}
    # every parameter as a column: one kernel serves doses and parameters, whatever is explained under which account
    slopes: list[float] = []
    if names:
        every = {name: values[name].value for name in values.rules.known}
        slopes = Ensemble.of(rows).jacobian(wanted, names, every).to_numpy()[0].tolist()
    for name, slope in zip(names, slopes, strict=True):
        entry = values[name]
        relative = slope * entry.value / value if entry.value and value else math.nan
        meaning = values.rules.terms[name].meaning
        found.append((name, meaning, entry.value, entry.unit, relative, slope, entry.row, entry.status, entry.source))
    columns = ["parameter", "meaning", "value", "unit", "elasticity", "slope", "row", "status", "source"]
    frame = pd.DataFrame(found, columns=columns)
    return frame.sort_values("elasticity", key=abs, ascending=False, ignore_index=True)
