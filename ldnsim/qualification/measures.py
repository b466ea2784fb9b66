"""What is read off curves to stand beside an observation, of one person or of many at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ..noncompartmental import exposures
from ..results.endpoints import BLOCKED, each_above, mean_over, time_to_half

Array = NDArray[np.float64]

Reading = Callable[[Array, Array, float], Array]
"""Times, shape (n_times,), curves, shape (n_people, n_times), and when or over how long [h]; gives one number each."""


def _value(time: Array, curves: Array, at: float) -> Array:
    return np.array([np.interp(at, time, curve) for curve in curves])


def _last_mean(time: Array, curves: Array, at: float) -> Array:
    inside = time >= time[-1] - at
    return mean_over(time[inside], curves[:, inside])


def _accumulation(time: Array, curves: Array, at: float) -> Array:
    first = time <= time[0] + at
    found: Array = _last_mean(time, curves, at) / mean_over(time[first], curves[:, first])
    return found


def _half_life(time: Array, curves: Array, at: float) -> Array:
    """Of the last three quarters until the last sample, where it is said; else of the terminal phase."""
    if np.isfinite(at):
        first, last = _value(time, curves, at / 4), _value(time, curves, at)
        found: Array = np.log(2) * (at - at / 4) / np.log(first / last)
    else:
        found = exposures(time, curves).half_life
    return found


def _relative(time: Array, curves: Array, at: float) -> Array:
    return _value(time, curves, at) / _value(time, curves, 1.0)


def _half_time(time: Array, curves: Array, _: float) -> Array:
    return np.array([time_to_half(time, curve) for curve in curves])


READINGS: Mapping[str, Reading] = MappingProxyType(
    {
        "value": _value,
        "cmax": lambda time, curves, _: exposures(time, curves).cmax,
        "tmax": lambda time, curves, _: exposures(time, curves).tmax,
        "auclast": lambda time, curves, _: exposures(time, curves).auclast,
        "aucinf": lambda time, curves, _: exposures(time, curves).aucinf_obs,
        "half-life": _half_life,
        "mean of the last interval": _last_mean,
        "accumulation": _accumulation,
        "relative to 1 h": _relative,
        "half-time": _half_time,
        "hours above half": lambda time, curves, _: each_above(time, curves, BLOCKED),
        "share of dose": _value,
    }
)
"""What can be read off a curve."""

SCALES: Mapping[str, Callable[[Array], Array]] = MappingProxyType(
    {
        "1": lambda found: found,
        "-1": lambda found: -found,
        "100": lambda found: 100 * found,
        "relative": lambda found: found,
        "percent change": lambda found: 100 * (found - 1),
        "direction": lambda found: np.sign(np.round(found - 1, 3)),
    }
)
"""From what is read to what was observed."""
