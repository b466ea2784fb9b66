"""Exposure read off a curve: the few numbers that summaries and comparisons need, named as PKNCA names them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError
from .areas import Array, pieces
from .terminal import best_fit

_TOGETHER = 4096
"""Curves that are worked on at once, because some fifteen arrays of their size are made on the way."""


class Exposure(NamedTuple):
    """Exposure after a dose, of one curve or of several.

    Attributes
    ----------
    cmax : float or ndarray, shape (n_curves,)
        Highest concentration [unit of the curve].
    tmax : float or ndarray, shape (n_curves,)
        When it is reached first [h]; nan for a curve that never rises.
    auclast : float or ndarray, shape (n_curves,)
        Area under the curve up to the last positive point [unit of the curve times h].
    lambda_z : float or ndarray, shape (n_curves,)
        Terminal rate constant [1/h]; nan where the curve does not end in a decline.
    half_life : float or ndarray, shape (n_curves,)
        Terminal half-life [h]; nan likewise.
    aucinf_obs : float or ndarray, shape (n_curves,)
        Area extrapolated to infinity from the last observed point; nan likewise.
    """

    cmax: Any
    tmax: Any
    auclast: Any
    lambda_z: Any
    half_life: Any
    aucinf_obs: Any


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
        The measures; of a curve that never rises cmax and auclast are zero and the others nan.

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
    return Exposure(*(float(one[0]) for one in exposures(time, concentration[np.newaxis])))


def exposures(time: Array, concentrations: Array) -> Exposure:
    """The same of several curves over the same times, all at once and without checks.

    Parameters
    ----------
    time : ndarray, shape (n_times,)
        Times, not decreasing, at least two [h].
    concentrations : ndarray, shape (n_curves, n_times)
        Concentrations; zero and less counts as not measured from the last positive one on.

    Returns
    -------
    Exposure
        Of arrays, shape (n_curves,).
    """
    blocks = range(0, max(len(concentrations), 1), _TOGETHER)
    return Exposure(
        *map(np.concatenate, zip(*(_block(time, concentrations[i : i + _TOGETHER]) for i in blocks), strict=True))
    )


def _block(time: Array, concentrations: Array) -> Exposure:
    """The measures of as many curves as are worked on at once."""
    positive: NDArray[np.bool_] = np.asarray(concentrations > 0)
    there: NDArray[np.bool_] = np.any(positive, axis=1)
    peak = concentrations.argmax(axis=1)
    last = len(time) - 1 - positive[:, ::-1].argmax(axis=1)
    rows = np.arange(len(concentrations))
    used = positive & there[:, np.newaxis] & (np.arange(len(time)) > peak[:, np.newaxis])
    slope = best_fit(time, concentrations, used).slope
    area = pieces(time, concentrations).area_upto(last)
    with np.errstate(divide="ignore", invalid="ignore"):
        tail = concentrations[rows, last] / slope
    return Exposure(
        np.where(there, concentrations[rows, peak], 0.0),
        np.where(there, time[peak], np.nan),
        np.where(there, area, 0.0),
        slope,
        np.log(2) / slope,
        area + tail,
    )
