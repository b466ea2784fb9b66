"""Observations for a visual predictive check: rows that count, and what lies outside the limits of an assay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError
from ..base.reading import number, number_in

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

_FLAGS = {"MDV": "1 where there is no observation, else 0", "EVID": "the event of the row, 0 for an observation"}
_BELOW = ("BLQ", "CENS")
_KINDS = ("CMT", "DVID")


class Limits(NamedTuple):
    """Limits of quantification in the unit of the variable; minus and plus infinity where there is none."""

    lower: float
    upper: float

    @classmethod
    def of(cls, lloq: float | None, uloq: float | None) -> Limits:
        """Limits as a caller gave them; raises `InputError` where they cannot be."""
        lower = -np.inf if lloq is None else number(lloq, "lloq", low=0.0)
        upper = np.inf if uloq is None else number(uloq, "uloq", low=0.0)
        if lloq is not None and lower == 0:
            raise InputError("lloq", lloq, "a limit above 0")
        if lower >= upper:
            raise InputError("uloq", uloq, f"a limit above lloq, {lower:g}")
        return cls(lower, upper)

    @property
    def any(self) -> bool:
        """Whether there is a limit."""
        return bool(np.isfinite(self).any())


class Observed(NamedTuple):
    """Observations that count.

    Attributes
    ----------
    time, values : ndarray, shape (n,)
        When, and what; outside the limits the limit [h, unit of the variable].
    below, above : ndarray of bool, shape (n,)
        What lies outside the limits.
    """

    time: Array
    values: Array
    below: Flags
    above: Flags


def read(observed: Any, name: str, limits: Limits) -> Observed:
    """Observations from a table or a pair of times and values.

    Rows with MDV 1 and rows of events are left out. A value below `limits`, one written ``"<0.05"`` and one whose BLQ
    or CENS is 1 count as below the lower limit.

    Raises
    ------
    InputError
        If something cannot be read, or kinds of observations are mixed.
    """
    time, values, marked = _columns(observed, name)
    below = marked.copy()
    found = np.full(len(values), np.nan)
    for place, value in enumerate(values):
        if isinstance(value, str) and value.strip().startswith("<"):
            below[place] = True
            if _one(value.strip()[1:]) != limits.lower:
                raise InputError("lloq", limits.lower, f"the one limit of observed, as in {value!r}")
        elif not (below[place] and _missing(value)):
            found[place] = _one(value)
    if marked.any() and not np.isfinite(limits.lower):
        raise InputError("lloq", None, "the limit of quantification, because observed has rows below it (BLQ, CENS)")
    if (found[marked] > limits.lower).any():
        raise InputError("observed", float(np.nanmax(found[marked])), f"nothing above {limits.lower:g} marked as below")
    when = np.array([_one(one) for one in time])
    if len(when) < 2:
        raise InputError("observed", len(when), "two observations or more, without rows that do not count (MDV 1)")
    if not (np.isfinite(when).all() and np.isfinite(found[~below]).all()):
        expected = "finite times and values; leave out rows without a value, or give them MDV 1"
        raise InputError("observed", found.tolist(), expected)
    below |= found < limits.lower
    above = found > limits.upper
    return Observed(when, np.where(below, limits.lower, np.minimum(found, limits.upper)), below, above)


def _columns(observed: Any, name: str) -> tuple[list[Any], list[Any], Flags]:
    """Times, values and marks of being below the limit, of the rows that count."""
    if isinstance(observed, tuple | list) and len(observed) == 2:
        time, values = (_list(column) for column in observed)
        if len(time) != len(values):
            raise InputError("observed", (len(time), len(values)), "as many times as values")
        return time, values, np.zeros(len(values), dtype=bool)
    names = list(getattr(observed, "columns", observed if isinstance(observed, Mapping) else ()))
    when = next((one for one in ("time", "TIME") if one in names), None)
    what = next((one for one in (name, "DV", "dv") if one in names), None)
    if when is None or what is None:
        expected = f"a table with columns 'time' and {name!r} (or TIME and DV), or a pair (times, values)"
        raise InputError("observed", type(observed).__name__, expected)
    columns = {one: _list(observed[one]) for one in names if one in (when, what) or str(one).upper() in _KNOWN}
    sizes = {one: len(column) for one, column in columns.items()}
    if len(set(sizes.values())) > 1:
        raise InputError("observed", sizes, "columns of the same length")
    count = np.ones(len(columns[when]), dtype=bool)
    for one in columns:
        if str(one).upper() in _FLAGS:
            count &= ~_flags(columns[one], one, _FLAGS[str(one).upper()], most=4 if str(one).upper() == "EVID" else 1)
    rows = np.flatnonzero(count).tolist()
    below = np.zeros(len(rows), dtype=bool)
    for one, column in columns.items():
        chosen = [column[row] for row in rows]
        if str(one).upper() in _BELOW:
            below |= _flags(chosen, one, "1 where the level is below the limit, else 0", most=1)
        elif str(one).upper() in _KINDS and len(set(chosen)) > 1:
            kinds = sorted(set(map(str, chosen)))
            raise InputError(f"observed, column {one}", kinds, "observations of one kind; keep the rows of one")
    return [columns[when][row] for row in rows], [columns[what][row] for row in rows], below


_KNOWN = {*_FLAGS, *_BELOW, *_KINDS}


def _flags(column: list[Any], name: object, meaning: str, most: int) -> Flags:
    argument = f"observed, column {name}"
    # truth values are what a flag may be, and numbers must not
    plain = [int(value) if isinstance(value, bool | np.bool_) else value for value in column]
    found = np.array([0.0 if _missing(value) else _one(value, argument) for value in plain])
    if not np.isin(found, range(most + 1)).all():
        raise InputError(argument, column, meaning)
    return found > 0


def _list(column: Any) -> list[Any]:
    found = np.asarray(column, dtype=object)
    if found.ndim != 1:
        raise InputError("observed", found.shape, "one row of times and of values")
    return list(found)


def _missing(value: Any) -> bool:
    import pandas as pd

    return value.strip() in ("", ".") if isinstance(value, str) else bool(pd.isna(value))


def _one(value: Any, argument: str = "observed") -> float:
    if _missing(value):
        return np.nan
    return number_in(value, argument) if isinstance(value, str) else number(value, argument)
