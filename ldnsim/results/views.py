"""Which stretch of a result is spoken of and shown: one rule for summaries, figures, downloads and comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.errors import InputError
from ..base.units import HOURS_PER_DAY

if TYPE_CHECKING:
    import xarray as xr

SHORT_VIEW = 72.0
"""Longest view that is drawn on a clock and in every detail [h]."""

SPARSE = 336.0
"""Interval from which on every panel shows the whole course, because nothing happens within days [h]."""

LAST_VIEW = 48.0
"""How much of a longer run the panels of plasma and blockade show [h]."""

_TOGETHER = HOURS_PER_DAY / 2
"""Shortest stretch in which doses count as taken side by side, so that a late one is no second regimen [h]."""

_LATE = 2.0
"""How much less than a day may lie between doses of a day each, where their plan is not known [h]."""

_SAME = 1e-9
"""How far apart two times may be and still be the same [h]."""


def window(data: xr.Dataset, start: float, stop: float) -> xr.Dataset:
    """The part of a result between two times, with the sides that belong inside.

    Parameters
    ----------
    data : xarray.Dataset
        A result.
    start, stop : float
        Limits, both included [h].

    Returns
    -------
    xarray.Dataset
        The part.

    Raises
    ------
    InputError
        If the result does not cover it.
    """
    time, side = data["time"].values, data["side"].values
    if not (time[0] <= start < stop <= time[-1]):
        raise InputError("window", (start, stop), f"start < stop, both from {time[0]:g} to {time[-1]:g} h")
    inside = ((time > start) | ((time == start) & (side >= 0))) & ((time < stop) | ((time == stop) & (side <= 0)))
    return data.isel(time=np.flatnonzero(inside))


def dose_attributes(
    times: Sequence[float],
    mg: Sequence[float],
    hours: Sequence[float],
    *,
    planned: Sequence[float] | None = None,
    missed: Sequence[float] = (),
    courses: Iterable[tuple[float, float]],
) -> dict[str, Any]:
    """What a dataset says of its doses, for pictures and summaries.

    Parameters
    ----------
    times, mg, hours : sequence of float
        When each dose was given [h], how much [mg], and for how long it was infused [h].
    planned : sequence of float, optional
        When each was planned, where there is a plan [h].
    missed : sequence of float
        When doses were planned that were missed [h].
    courses : iterable of (float, float)
        Start and end of each course of equal doses at equal intervals [h]; a single dose counts for a day.

    Returns
    -------
    dict
        ``dose_time``, ``dose_mg``, ``dose_hours``, ``dose_planned`` of a plan, ``missed_time`` and ``together_until``,
        see `together_until`.
    """
    plan = {} if planned is None else {"dose_planned": list(planned)}
    return {
        **plan,
        "dose_time": list(times),
        "dose_mg": list(mg),
        "dose_hours": list(hours),
        "missed_time": list(missed),
        "together_until": together_until(courses),
    }


def together_until(courses: Iterable[tuple[float, float]]) -> float:
    """Until when the most courses of doses run side by side, the last time that they do.

    Parameters
    ----------
    courses : iterable of (float, float)
        Start and end of each [h].

    Returns
    -------
    float
        The time [h]; infinity if there is no course.

    Examples
    --------
    >>> together_until([(0, 672), (14, 350)])
    350.0
    """
    change: dict[float, int] = {}
    for start, stop in courses:
        if stop > start:
            change[start] = change.get(start, 0) + 1
            change[stop] = change.get(stop, 0) - 1
    if not change:
        return float("inf")
    edges = np.sort(list(change))
    running = np.cumsum([change[time] for time in edges.tolist()])[:-1]
    # the most that run side by side for long enough, whatever comes and goes beside them
    for most in range(int(running.max()), 0, -1):
        enough = np.pad(running >= most, 1)
        first, after = np.flatnonzero(enough[1:] & ~enough[:-1]), np.flatnonzero(enough[:-1] & ~enough[1:])
        lasting = edges[after] - edges[first] >= _TOGETHER
        if lasting.any():
            return float(edges[after][lasting][-1])
    return float(edges[-1])


def last_day(data: xr.Dataset) -> tuple[float, float]:
    """The day that summaries, headlines and comparisons speak of.

    It begins with the first of the doses within a day of the last one: of a single dose it is the day after it, of
    regular ones the last day, before a washout the last day with doses, and where regimens run side by side a day of
    all of them. It ends 24 h later, inside the result.

    Parameters
    ----------
    data : xarray.Dataset
        A result or a window of it.

    Returns
    -------
    start, stop : float
        The day; what there is from the first dose on where no day fits, and the last 24 h where nothing was given [h].
    """
    first, end = float(data["time"].values[0]), float(data["time"].values[-1])
    doses = _doses(data)
    if not len(doses):
        return max(first, end - HOURS_PER_DAY), end
    together = np.flatnonzero(doses < float(data.attrs.get("together_until", np.inf)))
    known = len(np.atleast_1d(data.attrs.get("dose_planned", ()))) == len(np.atleast_1d(data.attrs["dose_time"]))
    planned = _doses(data, "dose_planned") if known else doses
    apart = HOURS_PER_DAY - (_SAME if known else _LATE)
    for last in (together if len(together) else np.arange(len(doses)))[::-1]:
        same_day = (planned > planned[last] - apart) & (planned <= planned[last])
        start = float(doses[same_day].min())
        if start + HOURS_PER_DAY <= end + _SAME:
            return start, min(start + HOURS_PER_DAY, end)
    return float(doses[0]), min(float(doses[0]) + HOURS_PER_DAY, end)


def first_day(data: xr.Dataset) -> tuple[float, float]:
    """The day from the first dose on, or from the beginning where nothing was given [h]."""
    first, end = float(data["time"].values[0]), float(data["time"].values[-1])
    doses = _doses(data)
    start = float(doses[0]) if len(doses) else first
    return start, min(start + HOURS_PER_DAY, end)


def day_title(data: xr.Dataset, day: tuple[float, float]) -> str:
    """What a day of a result is called, such as ``"last 24 h"``.

    Parameters
    ----------
    data : xarray.Dataset
        A result.
    day : (float, float)
        From `first_day` or `last_day` [h].

    Returns
    -------
    str
        The name.
    """
    (start, stop), first = day, float(data["time"].values[0])
    length = f"{stop - start:.3g} h"
    if day == first_day(data):
        return f"first {length}" if start == first else f"{length} from the first dose"
    if stop == float(data["time"].values[-1]):
        return f"last {length}"
    later = _doses(data) >= stop
    return "last day with all doses" if later.any() else "last dose day"


def last_view(data: xr.Dataset) -> xr.Dataset:
    """The last two days of a long run, or the two days from `last_day` where that is earlier."""
    start, end = float(data["time"].values[0]), float(data["time"].values[-1])
    if end - start <= SHORT_VIEW:
        return data
    given = _doses(data)
    if len(given) > 1 and given[-1] - given[-2] >= SPARSE:
        return data
    first = min(end - LAST_VIEW, last_day(data)[0])
    return window(data, first, first + LAST_VIEW)


def _doses(data: xr.Dataset, what: str = "dose_time") -> Any:
    """Times of the doses in what there is, in order; a dose at the end changes nothing any more [h]."""
    given, said = (np.atleast_1d(np.asarray(data.attrs[name], dtype=float)) for name in ("dose_time", what))
    order = np.argsort(given, kind="stable")
    inside = (given[order] >= float(data["time"].values[0])) & (given[order] < float(data["time"].values[-1]))
    return said[order][inside]
