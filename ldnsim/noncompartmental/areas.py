"""Areas under curves and under their first moments, by the rules that tools of noncompartmental analysis share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]

UP_DOWN, LINEAR, LIN_LOG = "lin up/log down", "linear", "lin-log"
METHODS = (UP_DOWN, LINEAR, LIN_LOG)
"""Linear where a curve rises, logarithmic where it falls; linear throughout; linear to the peak, then logarithmic."""


@dataclass(frozen=True, eq=False)
class Pieces:
    """What lies between the samples of some curves.

    Attributes
    ----------
    time, level : ndarray, shape (n_curves, n_times)
        The samples; times do not decrease.
    logarithmic : ndarray of bool, shape (n_curves, n_times - 1)
        Between which samples a curve is a straight line on a logarithmic axis, where it is one on a linear axis
        otherwise.
    area : ndarray, shape (n_curves, n_times - 1)
        Area between two samples.
    """

    time: Array
    level: Array
    logarithmic: Mask
    area: Array

    @cached_property
    def moment(self) -> Array:
        """Area of time times level between two samples, shape (n_curves, n_times - 1)."""
        ends = self.time[:, :-1], self.time[:, 1:], self.level[:, :-1], self.level[:, 1:]
        return _moment_between(*ends, self.logarithmic)

    def area_upto(self, last: Counts) -> Array:
        """Area of each curve up to one of its samples, shape (n_curves,)."""
        return _upto(self.area, last)

    def upto(self, last: Counts) -> tuple[Array, Array]:
        """Area and moment of each curve up to one of its samples, shape (n_curves,)."""
        return _upto(self.area, last), _upto(self.moment, last)

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
        piece = (start, when, one, level, on_log)
        return level, area + _area_between(*piece), moment + _moment_between(*piece)


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
    return Pieces(
        time, level, logarithmic, _area_between(time[:, :-1], time[:, 1:], before, after, logarithmic)
    )  # fmt: skip


def _upto(values: Array, last: Counts) -> Array:
    """Sum of what lies before a sample of each curve."""
    found: Array = np.where(np.arange(values.shape[1]) < last[:, np.newaxis], values, 0.0).sum(axis=1)
    return found


def _area_between(start: Array, stop: Array, one: Array, two: Array, logarithmic: Mask) -> Array:
    """Area between two samples."""
    area: Array = (stop - start) * (one + two) / 2
    curved = _curved(one, two, logarithmic)
    if curved.any():
        before, after = one[curved], two[curved]
        area[curved] = (stop - start)[curved] * (after - before) / np.log(after / before)
    return area


def _moment_between(start: Array, stop: Array, one: Array, two: Array, logarithmic: Mask) -> Array:
    """Area of time times level between two samples."""
    moment: Array = (stop - start) * (start * one + stop * two) / 2
    curved = _curved(one, two, logarithmic)
    if curved.any():
        begin, end, before, after = start[curved], stop[curved], one[curved], two[curved]
        span, fall = end - begin, np.log(after / before)
        moment[curved] = span * (end * after - begin * before) / fall - span**2 * (after - before) / fall**2
    return moment


def _curved(one: Array, two: Array, logarithmic: Mask) -> Mask:
    """Where a logarithm can be taken."""
    found: Mask = logarithmic & (one != two) & (one > 0) & (two > 0)
    return found


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
