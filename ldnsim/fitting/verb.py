"""Fitting a model to measurements: what `ldnsim.fit` does."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..base.delimited import POINT
from ..base.errors import InputError, LdnsimWarning
from ..base.reading import choice, fields_of, listed, names_in, number, truth
from ..dosing.regimen import Regimen
from ..engines.choice import USUAL_RTOL, Chosen
from ..ledger.assumptions import Assumptions
from ..models.dosable import Model
from ..population.distributions import LogNormal, Normal
from ..study.asking import USUAL_STEP
from ..study.differences import FINE
from ..study.options import Engine
from ..study.table_lanes import Lanes
from ..study.table_people import study_of
from ..study.table_record import table_study
from ..study.tables import Settings
from .beforehand import known_before, limits, scales
from .by_lmfit import searched
from .identifying import Identified, flipped, identified
from .likelihood import SEEN, ErrorModel, Observed
from .lockstep import descend
from .observations import Measured, measured, table_of
from .problem import Array, Curvature, Prior, Problem
from .result import Fit

LOCKSTEP = "lockstep"

_SOURCE = "where the fit starts"

_SAID = (
    "parameters", "regimen", "pooled", "error", "scale", "bounds", "priors", "blq", "lloq", "unit", "method",
)  # fmt: skip
"""What the record of a fit says beside that of a table."""


def fit(
    frame: Any,
    *,
    parameters: Sequence[str] | Mapping[str, object],
    model: Model | None = None,
    regimen: Regimen | str | None = None,
    pooled: bool = False,
    error: str | Mapping[str, float] = "additive",
    scale: str | Mapping[str, str] = "log",
    bounds: Mapping[str, Sequence[Any]] | str | None = None,
    priors: Mapping[str, LogNormal | Normal] | str | None = None,
    fixed: Mapping[str, object] | None = None,
    blq: str = "M3",
    lloq: float | None = None,
    unit: str | None = None,
    method: str = LOCKSTEP,
    assumptions: Assumptions | str = "popular",
    condition: str = "healthy",
    cell: str = "microglia",
    covariates: Mapping[str, object] | None = None,
    clock: str | float | None = None,
    engine: Engine = "auto",
    rtol: float | None = None,
    sep: str | None = None,
    decimal: str = POINT,
    progress: Callable[[float], None] | None = None,
) -> Fit:
    """Fit parameters of a model to measurements, to each subject by itself or to all of them pooled.

    All subjects are fitted in lockstep: their trial points and the finite differences of all parameters are run side
    by side. Maximum likelihood; with an additive error that is least squares. Variances count the parameters that were
    fitted (as REML and ``nls`` do), and intervals are those of Student's t. What differs between people is not
    estimated: nonlinear mixed effects belong to NONMEM or nlmixr2, to which data and models can be handed over.

    Parameters
    ----------
    frame : EventTable, DataFrame, mapping or path-like
        Rows as in a NONMEM data file: ID, TIME [h], AMT, DV and what else `ldnsim.EventTable` reads. DV ``<0.05``, a
        flag such as BLQ or CENS, or a number below a column LLOQ is a measurement below that limit.
    parameters : sequence of str, or mapping of str to float, str or None
        What is fitted; a mapping gives the values to start from, in the unit of the model or with one. Others start
        from the model.
    model : Model, optional
        One of `ldnsim.models`, or one of the user's own; the naltrexone model by default.
    regimen : Regimen or str, optional
        What everybody takes; `frame` then has measurements alone: TIME since its start, DV, and ID where there are
        several subjects. A sample at the time of a dose is one before it.
    pooled : bool
        Whether all subjects share their parameters, so that differences between people count as error.
    error : {"additive", "proportional", "combined", "log-normal"}, or mapping of str to float
        How measurements spread about predictions; a mapping from its parts to standard deviations that are known, such
        as ``{"additive": 0.1, "proportional": 0.15}``. Each compartment that was measured has spreads of its own.
    scale : {"log", "linear"}, or mapping of str to these
        On which scale a parameter is fitted, and its interval symmetric.
    bounds : mapping of str to pair of float or str, or "ledger", optional
        Lowest and highest value by parameter; ``"ledger"`` takes the ranges of its rows.
    priors : mapping of str to LogNormal or Normal, or "ledger", optional
        What is known beforehand, about the value from which the fit starts; ``"ledger"`` takes the spreads between
        people of its rows.
    fixed : mapping of str to float or str, optional
        Values of parameters that are not fitted, where they are not those of the model.
    blq : {"M3", "M1"}
        Whether what is below a limit counts by the probability of that, or is left out.
    lloq : float, optional
        The limit, where no row says it, in the unit of DV.
    unit : str, optional
        Unit of DV; by default that in which the model predicts it, which the result names.
    method : str
        ``"lockstep"``, or a method of lmfit such as ``"nelder"`` or ``"differential_evolution"`` (which needs bounds)
        that searches for the values from which the lockstep starts, one fit after the other (extra ``fit``).
    assumptions, condition, cell, covariates, clock
        As in `ldnsim.simulate`, of an event table.
    engine : {"auto", "compiled", "batch", "reference", "exact"}
        As for a population in `ldnsim.simulate`.
    rtol : float, optional
        Relative tolerance; by default 1e-9, because differences are taken.
    sep, decimal : str
        What stands between cells and before decimals where `frame` is a path, as in `ldnsim.EventTable.read`.
    progress : callable, optional
        Called with the fraction done.

    Returns
    -------
    Fit
        Estimates with standard errors and intervals, fitted curves, pictures, and what else can be asked of them.

    Raises
    ------
    InputError
        If an argument or row cannot be used, or the data tell some parameters of no subject apart: these are named.

    Warns
    -----
    LdnsimWarning
        Of subjects whose parameters cannot be told apart, or whose fit did not end.

    Examples
    --------
    >>> from ldnsim.models import one_compartment
    >>> data = {"ID": [1] * 5, "TIME": [0, 1, 2, 4, 8], "AMT": [100, 0, 0, 0, 0], "DV": [None, 4.6, 4.0, 3.5, 2.2]}
    >>> found = fit(data, model=one_compartment(CL=3, V=30), parameters=["CL", "V"], unit="mg/L")
    >>> found.estimates.round(2).values.tolist()
    [[1.0, 2.0, 19.83]]
    """
    truth("pooled", pooled)
    choice("blq", blq, ("M3", "M1"))
    limit = None if lloq is None else number(lloq, "lloq", low=0.0)
    spread = ErrorModel.of(error)
    table, hour = table_of(frame, regimen, model, sep, decimal)
    if hour is not None and clock is not None:
        raise InputError("clock", clock, "to be left out beside regimen=, which has its own")
    starts, names = _starts(parameters)
    for name in fixed or {}:
        if name in names:
            raise InputError("fixed", name, "what is not fitted")
    whom: dict[str, Any] = {
        "assumptions": assumptions, "condition": condition, "cell": cell, "source": _SOURCE,
        "parameters": {**(fixed or {}), **starts}, "covariates": covariates,
    }  # fmt: skip
    asked = choice("engine", engine, ("auto", *USUAL_RTOL))
    tolerance = FINE if rtol is None else number(rtol, "rtol", low=1e-13, high=1e-4)
    settings = Settings(USUAL_STEP, (), None, Chosen(asked, "LSODA", tolerance))  # type: ignore[arg-type]
    own_clock = clock if hour is None or model is not None else hour
    lanes = Lanes(study_of(table, model, None, whom, settings, own_clock), names)
    said = {
        "parameters": list(names), "regimen": None if regimen is None else str(regimen), "pooled": pooled,
        "error": dict(spread.known) or spread.name, "scale": scales(scale, names),
        "bounds": {name: list(ends) for name, ends in limits(bounds, names, lanes.parameters).items()},
        "priors": {name: one.to_list() for name, one in known_before(priors, lanes).items()},
        "blq": blq, "lloq": limit, "unit": unit, "method": method,
    }  # fmt: skip
    return _fitted(lanes, said, progress)


def repeat(record: Mapping[str, Any], model: Model | None = None) -> Fit:
    """Fit again what the record of a fit describes.

    Parameters
    ----------
    record : mapping
        The ``record`` of a `Fit`, or what ``json.loads`` gives for it.
    model : Model, optional
        The model of the fit, where it is not one of ldnsim with parameters that are numbers.

    Returns
    -------
    Fit
        The same, to the last bit where the versions are the same.

    Raises
    ------
    InputError
        If the record is not one of a fit.
    """
    parts = dict(names_in(record, "record"))
    said = fields_of(parts.pop("fit", None), "record.fit", _SAID)
    return _fitted(Lanes(table_study(parts, model), said["parameters"]), said, None)


def _fitted(lanes: Lanes, said: Mapping[str, Any], progress: Callable[[float], None] | None) -> Fit:
    """A fit of what was checked."""
    pooled, method, names = said["pooled"], said["method"], lanes.names
    data = measured(lanes, said["blq"], said["lloq"], said["unit"])
    problem = _problem(lanes, data, said)
    begin = problem.coordinates(_first(lanes, pooled=pooled))
    units = np.arange(len(problem.members))
    at_start = problem.curved(begin, units)
    _check_start(problem, begin, at_start.predicted)
    before = _told_apart(problem, at_start)
    able = np.array([not one.why for one in before])
    if not able.any():
        expected = f"parameters that these data tell apart; where the fit starts {before[0].why}"
        raise InputError("parameters", list(names), f"{expected}. fixed= or priors= settle what they cannot")
    if method != LOCKSTEP:
        begin = searched(problem, begin, method)
    free = np.repeat(able[:, None], len(names), axis=1)
    ended = descend(_told(problem, progress), begin, problem.low, problem.high, free)
    at_end = problem.curved(ended.x, units)
    after = [one if one.why else two for one, two in zip(before, _told_apart(problem, at_end), strict=True)]
    flip = "" if after[0].why else flipped(problem, ended.x)
    if progress is not None:
        progress(1.0)
    found = Fit(
        problem, data, ended, at_end, tuple(after), begin, flip, pooled, lanes.study.record() | {"fit": dict(said)}
    )
    for id, status in zip(found.units, found.ends["status"], strict=True):
        if status.startswith("not"):
            warnings.warn(f"fit of {id}: {status}", LdnsimWarning, stacklevel=3)
    return found


def _told(problem: Problem, progress: Callable[[float], None] | None) -> Any:
    """The function that is minimised, which tells how far it is."""
    calls = 0

    def evaluate(x: Array, who: Any) -> Any:
        nonlocal calls
        calls += 1
        if progress is not None:
            # nobody knows how many are left; most fits end within twenty
            progress(1 - 0.9**calls)
        return problem.evaluated(x, who)

    return evaluate


def _starts(given: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Values to start from where they are said, and all names."""
    expected = "names of parameters, or a mapping from these to where they start"
    said = dict(names_in(given, "parameters")) if isinstance(given, Mapping) else {}
    names = list(said) if said else listed(given, "parameters", expected)
    if not names or not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        raise InputError("parameters", given, f"{expected}, each once")
    return {name: value for name, value in said.items() if value is not None}, tuple(names)


def _first(lanes: Lanes, *, pooled: bool) -> Array:
    """Values from which units start, shape (n_units, p)."""
    typical = lanes.typical.T
    if not pooled:
        return typical
    for name, values in zip(lanes.names, typical.T, strict=True):
        if np.ptp(values) > 0:
            expected = "parameters that all subjects share; one that follows a covariate cannot be pooled"
            raise InputError("parameters", name, expected)
    return typical[:1]


def _problem(lanes: Lanes, data: Measured, said: Mapping[str, Any]) -> Problem:
    """What is minimised."""
    names, rules = lanes.names, lanes.parameters.rules
    start = lanes.typical[:, 0]
    logs = np.array([said["scale"][name] == "log" for name in names])
    for name, value, log in zip(names, start, logs, strict=True):
        if log and value <= 0:
            expected = f"a start above 0 on the logarithmic scale, or scale={{{name!r}: 'linear'}}"
            raise InputError(f"parameters[{name!r}]", float(value), expected)
    low = np.array([rules.lowest if name not in rules.fractions else 0.0 for name in names])
    high = np.array([rules.largest(name) for name in names])
    for name, (least, most) in said["bounds"].items():
        place = names.index(name)
        low[place], high[place] = max(low[place], least), min(high[place], most)
        if not (lanes.typical[place] >= low[place]).all() or not (lanes.typical[place] <= high[place]).all():
            expected = f"limits about where the fit starts, {start[place]:g}"
            raise InputError(f"bounds[{name!r}]", (least, most), expected)
    with np.errstate(divide="ignore"):
        ends = [np.where(logs, np.log(np.where(logs, np.maximum(end, 0.0), 1.0)), end) for end in (low, high)]
    known = [Prior.of(said["priors"][name]) if name in said["priors"] else None for name in names]
    error = replace(ErrorModel.of(said["error"]), groups=data.groups)
    seen = data.observed
    if said["pooled"]:
        members: tuple[Any, ...] = (np.arange(len(lanes.subjects)),)
        seen = Observed._make(part.reshape(1, -1) for part in seen)
    else:
        members = tuple(np.array([k]) for k in range(len(lanes.subjects)))
    compared = error.seen_as(seen.value)
    if np.isnan(compared).any():
        raise InputError("error", error.name, "additive or combined, because some measurements are not above 0")
    seen = seen._replace(value=compared)
    return Problem(lanes, seen, error, members, logs, known, *ends)


def _check_start(problem: Problem, begin: Array, found: Array) -> None:
    """Refuse where nothing can be compared from the start."""
    there = problem.observed.kind > 0
    if problem.error.name in ("proportional", "log-normal"):
        unit, place = np.nonzero(there & (found <= 0))
        if len(unit):
            width = max(map(len, problem.lanes.rows))
            rows = problem.lanes.rows
            member = problem.members[unit[0]][place[0] // width]
            row = rows[member][place[0] % width]
            expected = "additive or combined, or MDV 1 for this row, where the model predicts 0"
            raise InputError("error", problem.error.name, f"{expected}: {row.place}")
    lost = (there & ~np.isfinite(found)).any(axis=1)
    if lost.all():
        values = dict(zip(problem.names, problem.natural(begin[0]).tolist(), strict=True))
        raise InputError("parameters", values, "values with which the model can be run")


def _told_apart(problem: Problem, at: Curvature) -> list[Identified]:
    """What the data of each unit tell apart at a point."""
    p, found = len(problem.names), []
    for k, kinds in enumerate(problem.observed.kind):
        if not (kinds == SEEN).any() and (problem.error.estimated or not kinds.any()):
            found.append(Identified("no measurement has a number", float("inf")))
            continue
        priors = np.sqrt(np.maximum(np.diagonal(at.joint[k] - at.own[k])[:p], 0.0))
        found.append(identified(problem.names, at.sensitivity[k], float(at.size[k]), problem.logs, priors.tolist()))
    return found
