"""When a result is read: regular grids, times, clock times, and the observation rows of a table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sized
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError
from ..base.reading import listed, number, number_in
from ..base.units import HOURS_PER_DAY, clock_text, hours
from .event_table import EventTable
from .phases import clock_of, next_clock

Array = NDArray[np.float64]

MAX_SAMPLES = 2_000_000
"""Most samples of one run, so that a slip in `step` or `until` is refused instead of filling memory."""

_QUARTER, _BENDING = 0.25, 12
_CLOCK = re.compile(r"\s*[0-9]{1,2}(:[0-9]{2}|:[0-9]{2}\s*[ap]m|\s*[ap]m)\s*", re.IGNORECASE)
_DAY = re.compile(r"\s*day\s+([0-9]{1,6})\s+(?:at\s+)?(.+)", re.IGNORECASE)
_GRID = re.compile(r"\s*([^:\s]+)\s*:\s*([^:\s]+)\s*:\s*([^:\s]+)\s*")


def sample_times(at: object, *, clock: float, until: float) -> list[float]:
    """Sample times from what a user says.

    Parameters
    ----------
    at : float, str, EventTable, or a sequence of these
        A time [h]; a duration since the start (``"90 min"``); a clock time (``"08:00"``, ``"10 pm"``), which
        means every day at that time; a grid ``"from:to:step"`` in hours (``"0:24:0.5"``); or an event
        table, whose observation rows are meant.
    clock : float
        Hour of the day at time 0 [h].
    until : float
        End of the run [h].

    Returns
    -------
    list of float
        Times [h], each once, increasing.

    Raises
    ------
    InputError
        If an entry cannot be read, lies outside the run, or there are too many.
    """
    expected = "times in hours, clock times such as '08:00', a grid '0:24:0.5', or an EventTable"
    if isinstance(at, Mapping):
        raise InputError("at", at, expected)
    one = isinstance(at, str | EventTable | float | int) or getattr(at, "ndim", None) == 0
    if not one and isinstance(at, Sized):
        _check_count(len(at), "at", f"{len(at)} entries", until)
    if isinstance(at, Iterator):
        # it may have no end
        at = list(islice(at, MAX_SAMPLES + 1))
        _check_count(len(at), "at", "entries without an end", until)
    entries = [at] if one else listed(at, "at", expected)
    found: set[float] = set()
    for entry in entries:
        times = _times(entry, clock, until)
        outside = [time for time in times if not 0 <= time <= until]
        if outside:
            raise InputError("at", outside[0], f"times from 0 up to the end of the run, {until:g} h")
        found.update(times)
        _check_count(len(found), "at", entry, until)
    return sorted(found)


def time_point(value: object, argument: str, *, clock: float, until: float) -> float:
    """One time of a run, from what a user says.

    Parameters
    ----------
    value : float or str
        A time [h], a duration since the start (``"90 min"``), or a day of the run with a clock time, as regimens say
        it: in ``"day 3 02:00"`` day 3 begins 48 h after the start, and the clock shows 02:00 once in it.
    argument : str
        Its name, for the error.
    clock : float
        Hour of the day at time 0 [h].
    until : float
        End of the run [h].

    Returns
    -------
    float
        The time [h].

    Raises
    ------
    InputError
        If it cannot be read, or lies outside the run.

    Examples
    --------
    >>> time_point("day 3 02:00", "time", clock=22.0, until=100.0)
    52.0
    """
    last = f"the end of the run, {until:g} h ({time_text(until, clock)})"
    expected = f"a time in h, such as 26.5, '26.5 h' or 'day 2 08:00', from 0 up to {last}"
    said = _DAY.fullmatch(value) if isinstance(value, str) else None
    try:
        if said is None:
            return hours(value, argument, high=until)
        day = int(said[1])
        found = next_clock((day - 1) * HOURS_PER_DAY, clock, clock_of(said[2], argument))
    except InputError as error:
        raise InputError(argument, value, expected) from error
    if day < 1 or found > until:
        raise InputError(argument, value, expected)
    return found


def time_text(time: float, clock: float) -> str:
    """A time [h] as a day of the run and what the clock shows then, which is `clock` at 0: ``"day 3 02:00"``."""
    # to the minute that is shown, so that 47.9999 h is the beginning of day 3
    shown = round(time * 60) / 60
    return f"day {int(shown // HOURS_PER_DAY) + 1} {clock_text(clock + shown)}"


def after_doses(times: Iterable[float], until: float) -> list[float]:
    """Every quarter of an hour in the first three hours after each dose, where curves bend most.

    Parameters
    ----------
    times : iterable of float
        When doses are planned [h].
    until : float
        End of the run [h].

    Returns
    -------
    list of float
        Times [h], each once, increasing.
    """
    found = {time + _QUARTER * count for time in times for count in range(1, _BENDING + 1)}
    return sorted(time for time in found if time <= until)


def _times(entry: Any, clock: float, until: float) -> list[float]:
    if isinstance(entry, EventTable):
        return [row.time for row in entry.rows if entry.shows(row)]
    if not isinstance(entry, str):
        return [number(entry, "at", low=0.0)]
    grid = _GRID.fullmatch(entry)
    if grid is not None:
        return _grid_of(entry, *grid.groups())
    if _CLOCK.fullmatch(entry):
        first = next_clock(0.0, clock, clock_of(entry, "at"))
        _check_count(until / HOURS_PER_DAY, "at", entry, until)
        return [first + HOURS_PER_DAY * day for day in range(int(max(until - first, -1.0) // HOURS_PER_DAY) + 1)]
    return [hours(entry, "at")]


def _grid_of(entry: str, *parts: str) -> list[float]:
    try:
        first, last, step = (number_in(part, "at") for part in parts)
    except InputError as error:
        raise InputError("at", entry, "numbers in 'from:to:step', such as '0:24:0.5'") from error
    if not (0 <= first <= last < np.inf and 0 < step < np.inf):
        raise InputError("at", entry, "a grid from:to:step that rises from 0 or more by a step above 0")
    _check_count((last - first) / step, "at", entry, last)
    # by multiplication, because repeated addition drifts
    return [first + step * count for count in range(int((last - first) / step * (1 + 1e-12)) + 1)]


def _check_count(count: float, argument: str, value: object, until: float) -> None:
    if count > MAX_SAMPLES:
        raise InputError(argument, value, f"at most {MAX_SAMPLES} samples up to {until:g} h")


def regular_count(until: float, step: float) -> float:
    """How many samples `regular` gives at most.

    Raises
    ------
    InputError
        If `until` or `step` is 0, or there are too many samples.
    """
    if until == 0:
        raise InputError("until", until, "a duration above 0")
    if step == 0 or until / step > MAX_SAMPLES:
        raise InputError("step", step, f"above 0 and large enough for at most {MAX_SAMPLES} samples up to {until:g} h")
    count = until / step + until / HOURS_PER_DAY + 2
    if count > MAX_SAMPLES:
        longest = MAX_SAMPLES / (1 / step + 1 / HOURS_PER_DAY)
        raise InputError("until", until, f"at most {longest:,.0f} h, for {MAX_SAMPLES} samples at steps and at days")
    return count


def regular(until: float, step: float) -> Array:
    """Every `step` hours from 0 to `until`, and every whole day.

    Parameters
    ----------
    until : float
        End [h].
    step : float
        Distance [h].

    Returns
    -------
    ndarray, shape (n_times,)
        Increasing times [h].

    Raises
    ------
    InputError
        If `until` or `step` is 0, or there are too many samples.
    """
    regular_count(until, step)
    # by multiplication, because repeated addition drifts
    found = step * np.arange(int(until / step * (1 + 1e-12)) + 1)
    # whole days too, so that daily windows start and end at a sample whatever the step
    days = HOURS_PER_DAY * np.arange(int(until / HOURS_PER_DAY) + 1)
    return np.union1d(found[found <= until], days)
