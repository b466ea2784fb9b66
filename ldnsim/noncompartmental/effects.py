"""What a curve has above and below a line: time, and area between them. Levels may be of any sign."""

from __future__ import annotations

import numpy as np

from .areas import UP_DOWN, Array


def time_above(time: Array, level: Array, line: Array, method: str = UP_DOWN) -> Array:
    """How long some curves are at a line or above it.

    Parameters
    ----------
    time : ndarray, shape (n_times,) or (n_curves, n_times)
        Times that do not decrease.
    level : ndarray, shape (n_curves, n_times)
        Levels.
    line : ndarray, shape (n_curves,)
        The line of each.
    method : {"lin up/log down", "linear", "lin-log"}
        How a curve runs between samples: with the first, one that falls through the line is logarithmic where all are
        above zero; else straight.

    Returns
    -------
    ndarray, shape (n_curves,)
        Within the samples.

    References
    ----------
    PKNCA, time.above.R.
    """
    time, line = np.broadcast_to(time, level.shape), np.broadcast_to(line[:, np.newaxis], level.shape)
    one, two, span, at = level[:, :-1], level[:, 1:], np.diff(time, axis=1), line[:, 1:]
    begins, ends = one >= at, two >= at
    with np.errstate(divide="ignore", invalid="ignore"):
        down, up = (at - one) / (two - one), (two - at) / (two - one)
        curved = np.zeros(down.shape, dtype=bool) if method != UP_DOWN else (two > 0) & (at > 0)
        logarithmic = np.log(np.where(curved, at, 1.0) / one) / np.log(np.where(curved, two, 1.0) / one)
        down = np.where(curved & (one > 0), logarithmic, down)
    share = np.where(begins & ends, 1.0, np.where(begins, down, np.where(ends, up, 0.0)))
    found: Array = (span * share).sum(axis=1)
    return found


def areas_about(time: Array, level: Array, line: Array) -> tuple[Array, Array]:
    """Areas between some curves and a line, by straight lines between samples that are cut where they cross.

    Parameters
    ----------
    time : ndarray, shape (n_times,) or (n_curves, n_times)
        Times that do not decrease.
    level : ndarray, shape (n_curves, n_times)
        Levels.
    line : ndarray, shape (n_curves,)
        The line of each.

    Returns
    -------
    above, below : ndarray, shape (n_curves,)
        Neither is below zero.
    """
    over = level - line[:, np.newaxis]
    one, two, span = over[:, :-1], over[:, 1:], np.diff(np.broadcast_to(time, level.shape), axis=1)
    net = span * (one + two) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        cut = np.where(one * two < 0, span * np.maximum(one, two) ** 2 / (2 * np.abs(two - one)), 0.0)
    above = np.where(one * two < 0, cut, np.maximum(net, 0.0)).sum(axis=1)
    return above, above - net.sum(axis=1)
