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
    gaps, span = level - line[:, np.newaxis], np.diff(np.broadcast_to(time, level.shape), axis=1)
    over, under = (np.maximum(sign * gaps, 0.0) for sign in (1.0, -1.0))
    # one end of a line that crosses is in each sum, so that both triangles follow from them
    up, down = (one[:, 1:] + one[:, :-1] for one in (over, under))
    both = np.where(up + down > 0, up + down, 1.0)
    above, below = ((span * one**2 / (2 * both)).sum(axis=1) for one in (up, down))
    return above, below
