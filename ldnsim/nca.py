"""Noncompartmental analysis: exposure read off a curve, named as CDISC and PKNCA name it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .errors import InputError

Array = NDArray[np.float64]

_MIN_POINTS = 3
_TOLERANCE = 1e-4


class Exposure(NamedTuple):
    """Exposure after a dose.

    Attributes
    ----------
    cmax : float
        Highest concentration [unit of the curve].
    tmax : float
        When it is reached first [h].
    auclast : float
        Area under the curve up to the last positive point [unit of the curve times h].
    lambda_z : float
        Terminal rate constant [1/h]; nan where the curve does not end in a decline.
    half_life : float
        Terminal half-life [h]; nan likewise.
    aucinf_obs : float
        Area extrapolated to infinity from the last observed point; nan likewise.
    """

    cmax: float
    tmax: float
    auclast: float
    lambda_z: float
    half_life: float
    aucinf_obs: float


def exposure(time: Array, concentration: Array) -> Exposure:
    """Exposure measures of one curve.

    Areas by the linear-up, logarithmic-down trapezoid. The terminal phase is the longest run of
    points after the peak, ending at the last positive one, whose adjusted r-squared is within
    1e-4 of the best.

    Parameters
    ----------
    time : ndarray, shape (n_times,)
        Times, not decreasing [h].
    concentration : ndarray, shape (n_times,)
        Concentrations, not negative.

    Returns
    -------
    Exposure
        The measures; all zero or nan for a curve that never rises.

    Raises
    ------
    InputError
        If the arrays differ in length, hold fewer than two points or anything not finite, or
        times decrease, or a concentration is negative.

    References
    ----------
    Denney, Duvvuri and Buckeridge, J Pharmacokinet Pharmacodyn 42:11 (2015): PKNCA.
    """
    time, concentration = np.asarray(time, dtype=float), np.asarray(concentration, dtype=float)
    if time.ndim != 1 or time.shape != concentration.shape or len(time) < 2:
        raise InputError("concentration", concentration.shape, f"as many values as times {time.shape}, at least two")
    if not (np.isfinite(time).all() and np.isfinite(concentration).all()):
        raise InputError("concentration", "nan or infinity", "finite times and concentrations")
    if (np.diff(time) < 0).any():
        raise InputError("time", "decreasing times", "times that do not decrease")
    if (concentration < 0).any():
        raise InputError("concentration", float(concentration.min()), "no negative concentration")
    positive = np.flatnonzero(concentration > 0)
    if len(positive) == 0:
        return Exposure(0.0, float(time[0]), 0.0, np.nan, np.nan, np.nan)
    last = int(positive[-1])
    peak = int(concentration.argmax())
    area = auc(time[: last + 1], concentration[: last + 1])
    slope = _terminal_slope(time[peak + 1 : last + 1], concentration[peak + 1 : last + 1])
    tail = concentration[last] / slope
    return Exposure(
        float(concentration[peak]), float(time[peak]), area, slope, float(np.log(2) / slope), area + float(tail)
    )


def auc(time: Array, concentration: Array) -> float:
    """Area under a curve: linear where it rises or is zero, logarithmic where it falls.

    Parameters
    ----------
    time, concentration : ndarray, shape (n_times,)
        The curve; times do not decrease.

    Returns
    -------
    float
        Area [unit of the concentration times h].
    """
    span = np.diff(time)
    before, after = concentration[:-1], concentration[1:]
    falling = (after < before) & (after > 0)
    linear = span * (before + after) / 2
    ratio = np.log(np.where(falling, before, np.e) / np.where(falling, after, 1.0))
    return float(np.where(falling, span * (before - after) / ratio, linear).sum())


def _terminal_slope(time: Array, concentration: Array) -> float:
    keep = concentration > 0
    time, level = time[keep], np.log(concentration[keep])
    if len(time) < _MIN_POINTS:
        return float("nan")
    distinct = np.append(np.diff(time) > 0, True)
    time, level = time[distinct], level[distinct]
    n = len(time)
    if n < _MIN_POINTS:
        return float("nan")
    # sums over the last k points for every k at once, from the end backwards
    x, y = (time - time[-1])[::-1], (level - level[-1])[::-1]
    count = np.arange(1, n + 1)
    sx, sy = x.cumsum(), y.cumsum()
    sxx, sxy, syy = (
        (a * b).cumsum() - s * t / count for a, b, s, t in ((x, x, sx, sx), (x, y, sx, sy), (y, y, sy, sy))
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = sxy / sxx
        adjusted = 1 - (1 - sxy**2 / (sxx * syy)) * (count - 1) / (count - 2)
    adjusted[: _MIN_POINTS - 1] = -np.inf
    usable = np.isfinite(adjusted) & (slope < 0)
    if not usable.any():
        return float("nan")
    best = adjusted[usable].max()
    longest = int(np.flatnonzero(usable & (adjusted >= best - _TOLERANCE))[-1])
    return float(-slope[longest])
