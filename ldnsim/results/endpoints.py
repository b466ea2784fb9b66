"""Answers read off a result: hours blocked, daily means, half-times, what is left of an agonist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError
from ..base.reading import number
from ..base.units import HOURS_PER_DAY
from ..receptors import agonist_left
from .blockade import counted_from
from .exploratory import SIDE_EFFECTS, exploratory, growth_by_blocked_share
from .views import window
from .words import HALF

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "BLOCKED",
    "SIDE_EFFECTS",
    "agonist_effect",
    "daily_means",
    "each_above",
    "exploratory",
    "growth_by_blocked_share",
    "half_time",
    "hours_above",
    "hours_blocked",
    "intervals_above",
    "mean_over",
    "means_by_day",
    "repaid_at",
    "running_area",
    "stretches_above",
    "time_mean",
    "time_to_half",
    "window",
]

Array = NDArray[np.float64]

BLOCKED = HALF
"""Occupancy of a receptor population that is half held [1]; what counts as blocked says `ldnsim.results.blockade`."""


def intervals_above(time: Array, values: Array, threshold: float) -> list[tuple[float, float]]:
    """When a curve is at or above a threshold, by linear interpolation between samples.

    Parameters
    ----------
    time, values : ndarray, shape (n_times,)
        The curve; times do not decrease [h].
    threshold : float
        Threshold in the unit of the curve.

    Returns
    -------
    list of (float, float)
        Start and end of each stretch [h].
    """
    _, starts, stops = stretches_above(time, values[np.newaxis], threshold)
    return list(zip(starts.tolist(), stops.tolist(), strict=True))


def stretches_above(time: Array, values: Array, threshold: float | Array) -> tuple[NDArray[np.int64], Array, Array]:
    """When each of several curves is at or above a threshold, by linear interpolation between samples.

    Parameters
    ----------
    time : ndarray, shape (n_times,)
        Times, not decreasing [h].
    values : ndarray, shape (n_curves, n_times)
        The curves.
    threshold : float or ndarray, shape (n_curves,)
        Threshold in the unit of the curves, one for all or one for each.

    Returns
    -------
    curve : ndarray of int, shape (n_stretches,)
        Whose stretch it is, in order.
    start, stop : ndarray, shape (n_stretches,)
        When it begins and ends [h].
    """
    # nothing is above before the first sample and after the last, so that every stretch has two ends
    limits = np.broadcast_to(np.asarray(threshold, dtype=np.float64), len(values))
    above = np.pad(values >= limits[:, np.newaxis], ((0, 0), (1, 1)))
    curve, after = np.nonzero(above[:, 1:] != above[:, :-1])
    before, after = np.maximum(after - 1, 0), np.minimum(after, len(time) - 1)
    low, high = values[curve, before], values[curve, after]
    share = np.zeros(len(curve))
    np.divide(limits[curve] - low, high - low, out=share, where=before < after)
    ends = time[before] + share * (time[after] - time[before])
    return curve[::2], ends[::2], ends[1::2]


def each_above(time: Array, values: Array, threshold: float | Array) -> Array:
    """How long each of several curves is at or above a threshold [h], see `stretches_above`."""
    curve, starts, stops = stretches_above(time, values, threshold)
    return np.bincount(curve, stops - starts, minlength=len(values)).astype(float)


def hours_above(time: Array, values: Array, threshold: float) -> float:
    """How long a curve is at or above a threshold [h], see `intervals_above`."""
    return float(each_above(time, values[np.newaxis], threshold)[0])


def running_area(time: Array, values: Array) -> Array:
    """Area under curves from their first sample up to each, by the trapezoid rule.

    Parameters
    ----------
    time : ndarray, shape (n_times,)
        Times, not decreasing [h].
    values : ndarray, shape (n_curves, n_times)
        The curves.

    Returns
    -------
    ndarray, shape (n_curves, n_times)
        Areas [unit of the curves times h].
    """
    steps = np.diff(time) * (values[:, 1:] + values[:, :-1]) / 2
    return np.concatenate([np.zeros((len(values), 1)), np.cumsum(steps, axis=1)], axis=1)


def repaid_at(time: Array, gaps: Array) -> Array:
    """When the area below zero of each of several curves is first made up for by area above it.

    Parameters
    ----------
    time : ndarray, shape (n_times,)
        Times, not decreasing [h].
    gaps : ndarray, shape (n_curves, n_times)
        Curves less what they are held against.

    Returns
    -------
    ndarray, shape (n_curves,)
        The time, exact where curves are lines between samples [h]: that of the first sample where no area is ever
        missing, infinity where what is missing is not made up for by the last sample.
    """
    total = running_area(time, gaps)
    missing = total < 0
    owed = np.maximum.accumulate(missing, axis=1)
    back = owed & ~missing
    found = np.where(owed[:, -1], np.inf, float(time[0]))
    rows = np.flatnonzero(back.any(axis=1))
    after = back[rows].argmax(axis=1)
    before = after - 1
    owing, first, last = -total[rows, before], gaps[rows, before], gaps[rows, after]
    step = time[after] - time[before]
    # the root of owing = first * t + slope * t**2 / 2, written so that it holds for a slope of zero too
    slope = (last - first) / step
    found[rows] = time[before] + 2 * owing / (first + np.sqrt(first**2 + 2 * slope * owing))
    return found


def mean_over(time: Array, values: Array) -> Array:
    """Means of curves over time, by the trapezoid rule.

    Parameters
    ----------
    time : ndarray, shape (n_times,)
        When [h].
    values : ndarray, shape (..., n_times)
        The curves.

    Returns
    -------
    ndarray, shape (...)
        Means in the unit of the curves.
    """
    found: Array = np.trapezoid(values, time) / (time[-1] - time[0])
    return found


def hours_blocked(data: xr.Dataset, receptor: str = "mor") -> float:
    """How long receptors count as blocked [h], by default at least half of them held; assumptions choose what counts.

    Parameters
    ----------
    data : xarray.Dataset
        A result or a `window` of it.
    receptor : {"mor", "dor", "kor"}
        Which receptor.

    Returns
    -------
    float
        Hours.

    Raises
    ------
    InputError
        If another receptor than mu is meant where an agonist of mu says what counts.
    """
    return sum((stop - start for start, stop in blocked_stretches(data, receptor)), 0.0)


def blocked_stretches(data: xr.Dataset, receptor: str = "mor") -> list[tuple[float, float]]:
    """When receptors of one person count as blocked, from and to [h], see `hours_blocked`."""
    held = data["occupancy"].sel(receptor=receptor).values
    return intervals_above(data["time"].values, held, float(counted_from(data, receptor)))


def time_mean(data: xr.Dataset, name: str, **labels: str) -> float:
    """Mean over time of a variable, by the trapezoid rule.

    Parameters
    ----------
    data : xarray.Dataset
        A result or a `window` of it.
    name : str
        Variable.
    **labels : str
        Labels of its other dimensions, such as ``receptor="mor"``.

    Returns
    -------
    float
        Mean in the unit of the variable.
    """
    return float(mean_over(data["time"].values, data[name].sel(labels).values))


def daily_means(data: xr.Dataset, name: str, **labels: str) -> tuple[Array, Array]:
    """Mean of a variable over each whole day of a result.

    Parameters
    ----------
    data : xarray.Dataset
        A result of at least a day.
    name : str
        Variable.
    **labels : str
        Labels of its other dimensions.

    Returns
    -------
    time : ndarray, shape (n_days,)
        Middle of each day [h].
    mean : ndarray, shape (n_days,)
        Mean in the unit of the variable.
    """
    middle, means = means_by_day(data["time"].values, data[name].sel(labels).values[np.newaxis])
    return middle, means[0]


def means_by_day(time: Array, values: Array) -> tuple[Array, Array]:
    """Mean of several curves over each whole day, by the trapezoid rule.

    Parameters
    ----------
    time : ndarray, shape (n_times,)
        Times of samples, the ends of days among them [h].
    values : ndarray, shape (n_curves, n_times)
        The curves.

    Returns
    -------
    middle : ndarray, shape (n_days,)
        Middle of each day [h].
    mean : ndarray, shape (n_curves, n_days)
        Means in the unit of the curves.
    """
    days = time[0] + HOURS_PER_DAY * np.arange(int((time[-1] - time[0]) / HOURS_PER_DAY + 1e-9))
    # all trapezoids at once, because cutting each day out takes fifty times as long
    area = running_area(time, values)
    first, last = np.searchsorted(time, days), np.searchsorted(time, days + HOURS_PER_DAY, side="right") - 1
    return days + HOURS_PER_DAY / 2, (area[:, last] - area[:, first]) / (time[last] - time[first])


def half_time(data: xr.Dataset, receptor: str = "mor") -> float:
    """Time from the highest occupancy of a receptor until half of it is left [h].

    Parameters
    ----------
    data : xarray.Dataset
        A result that goes on long enough.
    receptor : {"mor", "dor", "kor"}
        Which receptor.

    Returns
    -------
    float
        Hours; infinity where half is not reached.
    """
    return time_to_half(data["time"].values, data["occupancy"].sel(receptor=receptor).values)


def time_to_half(time: Array, values: Array) -> float:
    """Time from the peak of a curve until half of it is left [h]; infinity where half is not reached."""
    peak = int(values.argmax())
    (_, end), *_ = intervals_above(time[peak:], values[peak:], values[peak] / 2)
    return float("inf") if end == time[-1] else end - float(time[peak])


def agonist_effect(data: xr.Dataset, *, name: str, kd: float, concentration: float) -> xr.DataArray:
    """What blockade leaves of the binding of an opioid agonist (Gaddum's equation).

    Parameters
    ----------
    data : xarray.Dataset
        A result.
    name : str
        Name of the agonist, for the label.
    kd : float
        Its dissociation constant at the mu receptor [nM].
    concentration : float
        Its free concentration at the receptor [nM].

    Returns
    -------
    xarray.DataArray, shape (time,)
        Binding relative to the same concentration without naltrexone [1].

    Raises
    ------
    InputError
        If `kd` or `concentration` is not above zero.
    """
    for argument, value in (("kd", kd), ("concentration", concentration)):
        if number(value, argument, low=0.0) == 0:
            raise InputError(argument, value, "a number above 0, in nM")
    left = agonist_left(data["occupancy"].sel(receptor="mor"), concentration, kd)
    described: xr.DataArray = left.rename("agonist_effect").assign_attrs(
        long_name=f"Binding of {name} ({concentration:g} nM, Kd {kd:g} nM) relative to no naltrexone", units="1"
    )
    return described
