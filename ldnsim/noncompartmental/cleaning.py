"""Curves made ready: what is missing or below the limit of quantification is dealt with, the rest moves together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .areas import Array, Counts, Mask
from .rules import WHERE, Rules


class Curves(NamedTuple):
    """Some curves, each with as many samples as it has, in its first columns.

    Attributes
    ----------
    time, level : ndarray, shape (n_curves, n_times)
        The samples; behind the last one its time again and nothing.
    samples : ndarray of int, shape (n_curves,)
        How many there are.
    """

    time: Array
    level: Array
    samples: Counts

    @property
    def there(self) -> Mask:
        """Where there is a sample, shape (n_curves, n_times)."""
        found: Mask = np.arange(self.level.shape[1]) < self.samples[:, np.newaxis]
        return found


def cleaned(time: Array, level: Array, rules: Rules, there: NDArray[np.bool_] | None = None) -> Curves:
    """Curves without what is missing, and with levels of 0 dealt with by the rules.

    Parameters
    ----------
    time : ndarray, shape (n_times,) or (n_curves, n_times)
        Times that do not decrease.
    level : ndarray, shape (n_curves, n_times)
        Levels, not below zero; nan where one is missing.
    rules : Rules
        What becomes of them.
    there : ndarray of bool, shape (n_curves, n_times), optional
        Where there is a sample at all; everywhere if none.

    Returns
    -------
    Curves
        What is left.

    References
    ----------
    PKNCA, cleaners.R.
    """
    time = np.broadcast_to(time, level.shape)
    there = np.ones(level.shape, dtype=bool) if there is None else there
    missing = there & np.isnan(level)
    if missing.any():
        if rules.conc_na == "drop":
            there = there & ~missing
        level = np.where(missing, 0.0 if rules.conc_na == "drop" else rules.conc_na, level)
    zero, above = there & (level == 0), there & (level > 0)
    if zero.any():
        some = above.any(axis=1, keepdims=True)
        columns = np.arange(level.shape[1])
        first, last = above.argmax(axis=1)[:, np.newaxis], level.shape[1] - 1 - above[:, ::-1].argmax(axis=1)
        lies = {
            "first": ~some | (columns < first),
            "middle": some & (columns > first) & (columns < last[:, np.newaxis]),
            "last": some & (columns > last[:, np.newaxis]),
        }
        for where in WHERE:
            rule, mine = rules.blq[where], zero & lies[where]
            if rule == "drop":
                there = there & ~mine
            elif rule != "keep":
                level = np.where(mine, rule, level)
    count = there.sum(axis=1)
    if not there.all():
        order = np.argsort(~there, axis=1, kind="stable")
        time, level = np.take_along_axis(time, order, axis=1), np.take_along_axis(level, order, axis=1)
        behind = np.arange(level.shape[1]) >= count[:, np.newaxis]
        end = time[np.arange(len(time)), np.maximum(count - 1, 0)][:, np.newaxis]
        time, level = np.where(behind, end, time), np.where(behind, 0.0, level)
    return Curves(time, level, count)


def started(curves: Curves, start: Array, bolus: Mask) -> Curves:
    """The curves with the level at the time of the dose in front, where it was not measured or is that of a bolus.

    Parameters
    ----------
    curves : Curves
        Samples from the dose on, which is at time 0.
    start : ndarray, shape (n_curves,)
        The level at time 0.
    bolus : ndarray of bool, shape (n_curves,)
        Which curves have it in place of one that was measured then.

    Returns
    -------
    Curves
        With one sample more each; two at time 0 where it was measured.
    """
    level = curves.level.copy()
    at_once = (curves.time[:, 0] == 0) & (curves.samples > 0)
    level[:, 0] = np.where(at_once & bolus, start, level[:, 0])
    front = np.where(at_once, level[:, 0], start)[:, np.newaxis]
    zeros = np.zeros((len(start), 1))
    return Curves(np.hstack([zeros, curves.time]), np.hstack([front, level]), curves.samples + 1)
