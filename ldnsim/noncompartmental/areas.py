"""Areas under curves and under their first moments, by the rules that tools of noncompartmental analysis share."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]

UP_DOWN, LINEAR, LIN_LOG = "lin up/log down", "linear", "lin-log"
METHODS = (UP_DOWN, LINEAR, LIN_LOG)
"""Linear where a curve rises, logarithmic where it falls; linear throughout; linear to the peak, then logarithmic."""


class Pieces(NamedTuple):
    """What lies between the samples of some curves.

    Attributes
    ----------
    time, level : ndarray, shape (n_curves, n_times)
        The samples; times do not decrease.
    logarithmic : ndarray of bool, shape (n_curves, n_times - 1)
        Between which samples a curve is a straight line on a logarithmic axis, where it is one on a linear axis
        otherwise.
    area, moment : ndarray, shape (n_curves, n_times - 1)
        Area between two samples, and that of time times level.
    """

    time: Array
    level: Array
    logarithmic: Mask
    area: Array
    moment: Array

    def upto(self, last: Counts) -> tuple[Array, Array]:
        """Area and moment of each curve up to one of its samples, shape (n_curves,)."""
        inside = np.arange(self.area.shape[1]) < last[:, np.newaxis]
        return np.where(inside, self.area, 0.0).sum(axis=1), np.where(inside, self.moment, 0.0).sum(axis=1)

    def at(self, when: Array, last: Counts) -> tuple[Array, Array, Array]:
        """Level of each curve at a time, and area and moment up to it.

        Parameters
        ----------
        when : ndarray, shape (n_curves,)
            The times, from the first sample on.
        last : ndarray of int, shape (n_curves,)
            The sample that ends each curve; later times count as that one.

        Returns
        -------
        level, area, moment : ndarray, shape (n_curves,)
            Read along the line between samples.
        """
        rows = np.arange(len(when))
        end = self.time[rows, last]
        when = np.minimum(when, end)
        before = np.minimum((self.time <= when[:, np.newaxis]).sum(axis=1) - 1, last)
        after = np.minimum(before + 1, last)
        area, moment = self.upto(before)
        one, two = self.level[rows, before], self.level[rows, after]
        start, stop = self.time[rows, before], self.time[rows, after]
        on_log = self.logarithmic[rows, np.minimum(before, self.area.shape[1] - 1)]
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(stop > start, (when - start) / (stop - start), 0.0)
            straight = one + share * (two - one)
            curved = np.exp(np.log(one) + share * (np.log(two) - np.log(one)))
        level = np.where(on_log & (share > 0), curved, straight)
        piece, its_moment = _between(start, when, one, level, on_log)
        return level, area + piece, moment + its_moment


def pieces(time: Array, level: Array, method: str = UP_DOWN) -> Pieces:
    """The areas between the samples of some curves.

    Parameters
    ----------
    time : ndarray, shape (n_times,) or (n_curves, n_times)
        Times that do not decrease.
    level : ndarray, shape (n_curves, n_times)
        Levels, not below zero where the method has logarithms.
    method : {"lin up/log down", "linear", "lin-log"}
        The rule.

    Returns
    -------
    Pieces
        Areas and moments.

    References
    ----------
    Gabrielsson and Weiner, Pharmacokinetic and Pharmacodynamic Data Analysis, section 2.8; PKNCA, auc_integrate.R.
    """
    time = np.broadcast_to(time, level.shape)
    before, after = level[:, :-1], level[:, 1:]
    if method == LINEAR:
        logarithmic = np.zeros(before.shape, dtype=bool)
    elif method == UP_DOWN:
        logarithmic = (after < before) & (after > 0)
    else:
        past = np.arange(1, level.shape[1]) > level.argmax(axis=1)[:, np.newaxis]
        logarithmic = past & (before > 0) & (after > 0) & (before != after)
    area, moment = _between(time[:, :-1], time[:, 1:], before, after, logarithmic)
    return Pieces(time, level, logarithmic, area, moment)


def _between(start: Any, stop: Any, one: Any, two: Any, logarithmic: Any) -> tuple[Array, Array]:
    """Area and moment between two samples."""
    span = stop - start
    logarithmic = logarithmic & (one != two) & (one > 0) & (two > 0)
    area, moment = span * (one + two) / 2, span * (start * one + stop * two) / 2
    if logarithmic.any():
        one, two, start, stop, span = (np.asarray(x)[logarithmic] for x in (one, two, start, stop, span))
        fall = np.log(two / one)
        area[logarithmic] = span * (two - one) / fall
        moment[logarithmic] = span * (stop * two - start * one) / fall - span**2 * (two - one) / fall**2
    return area, moment


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
    return float(pieces(time, concentration[np.newaxis]).area.sum())
