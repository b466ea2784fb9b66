"""Answers read off a result: hours blocked, daily means, half-times, what is left of an agonist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .errors import InputError
from .receptors import agonist_left
from .units import number

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]

BLOCKED = 0.5
"""Mu occupancy from which a receptor population counts as blocked [1]."""


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
    above = values >= threshold
    edges = np.flatnonzero(above[1:] != above[:-1])
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (threshold - values[edges]) / (values[edges + 1] - values[edges])
    crossings = (time[edges] + share * (time[edges + 1] - time[edges])).tolist()
    if above[0]:
        crossings.insert(0, float(time[0]))
    if above[-1]:
        crossings.append(float(time[-1]))
    return list(zip(crossings[::2], crossings[1::2], strict=True))


def hours_above(time: Array, values: Array, threshold: float) -> float:
    """How long a curve is at or above a threshold [h], see `intervals_above`."""
    return sum(stop - start for start, stop in intervals_above(time, values, threshold))


def hours_blocked(data: xr.Dataset, receptor: str = "mor") -> float:
    """How long at least half of a receptor population is held [h].

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
    """
    return hours_above(data["time"].values, data["occupancy"].sel(receptor=receptor).values, BLOCKED)


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
    time = data["time"].values
    values = data[name].sel(labels).values
    return float(np.trapezoid(values, time) / (time[-1] - time[0]))


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
    time, held = data["time"].values, data["occupancy"].sel(receptor=receptor).values
    peak = int(held.argmax())
    (_, end), *_ = intervals_above(time[peak:], held[peak:], held[peak] / 2)
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
