"""Profiles out of arrays and frames: one for each subject, occasion or interval, with the dose that belongs to it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.errors import InputError
from ..base.reading import as_float, columns_of_frame, listed, number, numbers
from .areas import Array
from .belonging import Belonging
from .given import Given
from .names import EVERY, check_kind
from .rules import EXTRAVASCULAR, INFUSION

if TYPE_CHECKING:
    import pandas as pd

_HEADING = re.compile(r"(.+?)\s*\[(.+)\]")
_TIMES, _LEVELS = ("time",), ("concentration", "conc", "dv")
_MISSING, _BELOW = frozenset({"", ".", "na", "nan"}), frozenset({"blq", "bql", "bloq", "<lloq", "<loq", "nd"})


@dataclass(frozen=True)
class Asked:
    """What is asked of profiles, but for the rules: as `ldnsim.nca` takes it.

    Attributes
    ----------
    dose, duration, tau, route, dose_time
        Of every profile: one for all, a column, a mapping by subject, or one for each interval.
    steady_state : bool, optional
        Whether doses were given before until nothing changed any more; of a result whether it began so if none.
    effect : bool
        Whether levels are of an effect.
    intervals : sequence of (float, float)
        Stretches that are profiles of their own.
    partial_areas : sequence of (float, float)
        Start and end of each.
    threshold, baseline
        Lines that curves are held against.
    """

    dose: Any = None
    duration: Any = None
    tau: Any = None
    route: Any = EXTRAVASCULAR
    dose_time: Any = 0.0
    steady_state: bool | None = None
    effect: bool = False
    intervals: Sequence[tuple[float, float]] = ()
    partial_areas: Sequence[tuple[float, float]] = ()
    threshold: Any = None
    baseline: Any = None

    def lines(self, size: int) -> tuple[Array | None, Array | None]:
        """Threshold and baseline, one for each profile."""
        if self.effect and self.threshold is None and self.baseline is None:
            raise InputError("effect", True, "threshold= or baseline=, the line that an effect is held against")
        threshold = None if self.threshold is None else np.full(size, number(self.threshold, "threshold"))
        baseline = None
        if self.baseline is not None:
            at_start = isinstance(self.baseline, str) and self.baseline == "start"
            level = math.nan if at_start else as_float(self.baseline)
            if not (at_start or math.isfinite(level)):
                raise InputError(
                    "baseline", self.baseline, "a number, or 'start' for the level at the time of the dose"
                )
            baseline = np.full(size, level)
        return threshold, baseline


@dataclass(frozen=True)
class Read:
    """Profiles of arrays or a frame.

    Attributes
    ----------
    keys : pandas.DataFrame
        What tells them apart, a row each; no columns where there is one.
    given : Given
        The profiles.
    units : dict of str to str
        Units of time, level and dose, where they are known.
    notes : list of str
        What was left out.
    """

    keys: pd.DataFrame
    given: Given
    units: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def pairs(values: Any, argument: str) -> list[tuple[float, float]]:
    """Starts and ends, each end after its start and each pair once; raises `InputError`."""
    expected = "pairs of start and end, such as [(0, 12), (12, 24)]"
    found = []
    for one in listed(values, argument, expected):
        ends = listed(one, argument, expected)
        if len(ends) != 2:
            raise InputError(argument, one, expected)
        start, stop = number(ends[0], argument, low=0.0), as_float(ends[1])
        if not stop > start:
            raise InputError(argument, one, "an end after its start")
        found.append((start, stop))
    if len(set(found)) < len(found):
        raise InputError(argument, values, "each pair once")
    return found


def read_arrays(time: Any, level: Any, asked: Asked) -> Read:
    """Profiles of arrays: one, or as many as rows of two dimensions.

    Parameters
    ----------
    time : array_like, shape (n_times,)
        Times.
    level : array_like, shape (n_times,) or (n_curves, n_times)
        Levels, nan where one is missing.
    asked : Asked
        What was given.

    Returns
    -------
    Read
        The profiles.

    Raises
    ------
    InputError
        If they cannot be used.
    """
    import pandas as pd

    when = numbers(time, "time", "an array of numbers")
    levels = numbers(level, "concentration", "an array of numbers")
    if when.ndim != 1 or levels.ndim not in (1, 2) or levels.shape[-1:] != when.shape or not when.size:
        raise InputError("concentration", levels.shape, f"as many values as times {when.shape}, at least one")
    several = levels.ndim == 2
    frame = pd.DataFrame(
        {
            "profile": np.repeat(np.arange(1, len(levels) + 1), len(when)) if several else 1,
            "time": np.tile(when, len(levels)) if several else when,
            "concentration": levels.ravel(),
        }
    )
    return _read(frame, "time", "concentration", ["profile"] if several else [], asked, {})


def read_frame(frame: Any, time: Any, level: Any, by: Any, asked: Asked, units: Mapping[str, str] | None) -> Read:
    """Profiles of a frame.

    Parameters
    ----------
    frame : pandas.DataFrame, polars.DataFrame or mapping of str to array_like
        A row a sample.
    time, level : str or None
        Names of columns, the unit in brackets behind the name where the heading has it; found by usual names if none.
    by : str or sequence of str
        Columns that tell profiles apart.
    asked : Asked
        What was given.
    units : mapping of str to str, optional
        Units of ``time``, ``level`` and ``dose`` that no heading says.

    Returns
    -------
    Read
        The profiles, in the order of the frame.

    Raises
    ------
    InputError
        If a column is not there or cannot be used.
    """
    import pandas as pd

    names = [str(name) for name in columns_of_frame(frame, "a frame, or a mapping from column to values")]
    table = pd.DataFrame({str(name): list(frame[name]) for name in columns_of_frame(frame, "a frame")})
    plain = {name: (match[1], match[2]) if (match := _HEADING.fullmatch(name)) else (name, "") for name in names}
    when, what = _column(plain, time, _TIMES, "time"), _column(plain, level, _LEVELS, "concentration")
    keys = [_column(plain, key, (), "by") for key in ([by] if isinstance(by, str) else listed(by, "by", "columns"))]
    taken = {"start", "end", *EVERY}
    if len({when, what, *keys}) < len(keys) + 2 or taken.intersection(keys):
        raise InputError(
            "by", by, "columns beside those of times and levels, each once, and none called as a result is"
        )
    found = {"time": plain[when][1], "level": plain[what][1]}
    for kind, unit in (units or {}).items():
        if kind not in ("time", "level", "dose"):
            raise InputError("units", kind, "units of time, level and dose")
        if not isinstance(unit, str) or (found.get(kind) and found[kind] != unit):
            raise InputError(f"units[{kind!r}]", unit, f"{found.get(kind) or 'a text'}, as the heading has it")
        found[kind] = unit
    for kind, unit in found.items():
        check_kind(kind, unit, f"units[{kind!r}]")
    table = _samples(table, when, keys, asked)
    return _read(table, when, what, keys, asked, {kind: unit for kind, unit in found.items() if unit}, plain)


def _samples(table: pd.DataFrame, when: str, keys: Sequence[str], asked: Asked) -> pd.DataFrame:
    """Samples alone of what has events beside them, as a data file of NONMEM; raises `InputError` for several doses."""
    import pandas as pd

    named = {str(name).upper(): str(name) for name in table}
    if "EVID" not in named:
        return table
    cells = {
        name: pd.to_numeric(table[named[name]], errors="coerce").fillna(0)
        for name in ("EVID", "MDV", "AMT", "ADDL", "SS") if name in named
    }  # fmt: skip
    nothing = pd.Series(0.0, table.index)
    dosed = cells["EVID"].isin((1, 4))
    # a dose is not of one analyte
    whose = [key for key in keys if table.loc[dosed, key].notna().all()]
    groups = table.groupby(whose, sort=False).indices if whose else {(): np.arange(len(table))}
    for label, places in groups.items():
        rows = np.atleast_1d(np.asarray(places, dtype=np.intp))
        own = rows[dosed.to_numpy()[rows]]
        names = label if isinstance(label, tuple) else (label,)
        told = " ".join(["of", ", ".join(whose), ", ".join(map(str, names))]) if whose else ""
        count = int(len(own) + cells.get("ADDL", nothing)[own].sum())
        if (count > 1 or cells.get("SS", nothing)[own].any()) and not (asked.intervals or asked.steady_state):
            cure = (
                "one dose a profile: intervals= cuts it into stretches with a dose each; or steady_state=True with tau="
            )
            raise InputError(named["EVID"], f"{count} doses {told}".strip(), cure)
        at = pd.to_numeric(table[when], errors="coerce")[own]
        alone = count == 1 and isinstance(asked.dose_time, int | float) and not asked.intervals
        if alone and float(at.iloc[0]) != asked.dose_time:
            raise InputError("dose_time", asked.dose_time, f"{at.iloc[0]:g} {told}, as the row of the dose has it")
        if "AMT" in named:
            amounts = set(cells["AMT"][own])
            table[named["AMT"]] = table[named["AMT"]].astype(object)
            table.loc[rows, named["AMT"]] = amounts.pop() if len(amounts) == 1 else math.nan
    return table[(cells["EVID"] == 0) & (cells.get("MDV", nothing) == 0)].reset_index(drop=True)


def _column(plain: Mapping[str, tuple[str, str]], given: Any, usual: Sequence[str], argument: str) -> str:
    """The column that a name means, with or without its unit; by usual names where none is said."""
    known = f"one of {', '.join(plain)}"
    if given is not None:
        if given in plain:
            return str(given)
        found = [name for name, (short, _) in plain.items() if short == given]
    else:
        found = [name for name, (short, _) in plain.items() if short.lower() in usual]
    if len(found) != 1:
        raise InputError(argument, given, known)
    return found[0]


def _read(
    table: pd.DataFrame, when: str, what: str, keys: list[str], asked: Asked, units: dict[str, str],
    plain: Mapping[str, tuple[str, str]] | None = None,
) -> Read:  # fmt: skip
    import pandas as pd

    if not len(table):
        raise InputError("frame", "no rows", "at least one sample")
    if keys and table[keys].isna().any(axis=None):
        raise InputError("by", keys, "a value in every row: one is missing")
    time = _numbers(table[when], when)
    if not np.isfinite(time).all():
        raise InputError(when, "a time that is missing", "a time in every row")
    level = _numbers(table[what], what)
    if np.isinf(level).any():
        raise InputError(what, "infinity", "finite levels, or none")
    if not asked.effect and (level < 0).any():
        expected = "no level below zero; effect=True reads areas and times about a line"
        raise InputError(what, float(np.nanmin(level)), expected)
    rows = [np.arange(len(table))]
    labels: list[tuple[Any, ...]] = [()]
    if keys:
        grouped = table.groupby(keys, sort=False, observed=True).indices
        labels = [label if isinstance(label, tuple) else (label,) for label in grouped]
        order = np.argsort([int(np.min(places)) for places in grouped.values()], kind="stable")
        rows, labels = [np.asarray(list(grouped.values())[k]) for k in order], [labels[k] for k in order]
    names, spans = list(keys), [(0.0, math.inf)]
    stretches = bool(asked.intervals)
    if stretches:
        names, spans = [*keys, "start", "end"], list(asked.intervals)
    taken = Belonging(table, rows, labels, keys, plain or {})
    begun = taken.of(asked.dose_time, "dose_time", spans) if not stretches else np.zeros(len(rows) * len(spans))
    kept, notes, every, goes_on = [], [], [], []
    for place, (label, mine) in enumerate(zip(labels, rows, strict=True)):
        _check_times(time[mine], when, keys, label)
        for part, (start, stop) in enumerate(spans):
            zero = start if stretches else begun[place * len(spans) + part]
            if not math.isfinite(zero):
                raise InputError("dose_time", zero, "a time for every profile")
            inside = (time[mine] >= zero) & (time[mine] <= stop)
            kept.append((time[mine][inside] - zero, level[mine][inside]))
            goes_on.append(stretches and bool((time[mine] < zero).any()))
            every.append((*label, start, stop) if stretches else label)
    before = 0 if stretches else len(table) - sum(len(one) for one, _ in kept)
    if before:
        notes.append(f"{before} samples before the dose are left out")
    size, longest = len(kept), max(max((len(one) for one, _ in kept), default=0), 1)
    there = np.zeros((size, longest), dtype=bool)
    times, levels = np.zeros((size, longest)), np.full((size, longest), np.nan)
    for row, (its_time, its_level) in enumerate(kept):
        there[row, : len(its_time)] = True
        times[row, : len(its_time)], levels[row, : len(its_level)] = its_time, its_level
        times[row, len(its_time) :] = its_time[-1] if len(its_time) else 0.0
    tau = taken.of(asked.tau, "tau", spans, low=1e-12)
    if stretches and asked.tau is None:
        tau = np.tile([stop - start if math.isfinite(stop) else math.nan for start, stop in spans], len(rows))
    dose, unit = taken.dose(asked.dose, spans)
    if unit:
        check_kind("dose", unit, "dose")
        units = {**units, "dose": unit}
    route = taken.routes(asked.route, spans)
    duration = taken.of(asked.duration, "duration", spans, low=0.0)
    if (np.isfinite(duration) & (duration > 0) & (route != INFUSION)).any():
        raise InputError("duration", asked.duration, "route='infusion' where a dose takes time")
    if asked.steady_state and np.isnan(tau).any():
        raise InputError("tau", asked.tau, "the dosing interval, because steady_state=True")
    threshold, baseline = asked.lines(size)
    given = Given(
        times, levels, dose, duration, route, tau, there, bool(asked.steady_state), partial=asked.partial_areas,
        threshold=threshold, baseline=baseline, effect=asked.effect, goes_on=np.array(goes_on),
    )  # fmt: skip
    return Read(pd.DataFrame(every, columns=names, index=range(size)), given, units, notes)


def _check_times(time: Array, when: str, keys: Sequence[str], label: Sequence[Any]) -> None:
    """Refuse times that do not increase: a sample twice has no one level."""
    steps = np.diff(time)
    if (steps <= 0).any():
        at = float(time[1:][steps <= 0][0])
        whose = ", ".join(f"{key} {one}" for key, one in zip(keys, label, strict=True))
        what = "twice" if (steps == 0).any() and not (steps < 0).any() else "after a later one"
        fix = "by= to tell subjects, occasions or analytes apart" if not keys else "one sample at a time"
        raise InputError(when, f"{at:g} {what}" + f" of {whose}" * bool(whose), f"times that increase; {fix}")


def _numbers(column: Any, name: str) -> Array:
    """A column as numbers: nan for what is missing, 0 for what is said to be below the limit of quantification."""
    values = column.to_numpy()
    if values.dtype.kind in "iuf":
        found: Array = values.astype(float)
        return found
    return np.array([_number(cell, name) for cell in values.tolist()], dtype=float)


def _number(cell: Any, name: str) -> float:
    if isinstance(cell, str):
        text = cell.strip()
        if text.lower() in _MISSING:
            return math.nan
        if text.startswith("<") or text.lower() in _BELOW:
            return 0.0
        try:
            return float(text)
        except ValueError as error:
            raise InputError(name, cell, "numbers, '<0.05' or 'BLQ', '.' for what is missing") from error
    if cell is None:
        return math.nan
    try:
        missing = bool(cell != cell)
    except (TypeError, ValueError):
        missing = False
    found = math.nan if missing else as_float(cell)
    if math.isnan(found) and not missing and type(cell).__name__ not in ("NAType", "NaTType"):
        raise InputError(name, cell, "numbers, '<0.05' or 'BLQ', '.' for what is missing")
    return found
