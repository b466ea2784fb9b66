"""The terminal phase of a curve: where it is, and how steep.

Measured curves have few points with errors: `best_fit` takes the run of last points whose line fits best, as PKNCA and
WinNonlin do. A simulated curve is dense and has no errors, so that such a run reaches back into the phase before
without a word: `settled` takes the part at the end whose slope moves no more.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .areas import Array, Counts, Mask

BEST_FIT, SETTLED = "best fit", "settled"
TERMINALS = (BEST_FIT, SETTLED)

CONVERGED = 5e-5
"""How far a slope that counts as settled may still be from its limit, relative to it."""

_ALIKE = 2e-5
"""How far slopes from a sample to the end may be apart within the settled phase, relative to its own."""

_NOISE = 1e-5
"""Changes of a slope that are as small as the errors of a solver, relative to it."""

FLOOR = 1e-9
"""Share of the peak below which a simulated curve is not read, because there the error of an exact solver is seen."""

_HIGHEST = 0.03
"""The same where errors make the end of a curve unreadable: the phase must have begun above it [1]."""

_AGREES = 1e-3
"""How far the slope on to the end may be from that of a phase that is read before the end, relative to it."""

_EVEN = 0.8
"""How much of the share by which a change became less it may lose, where that is the same from stretch to stretch."""

_FEWEST = 9
"""Samples that four stretches need at least."""


class Phase(NamedTuple):
    """Terminal phase of some curves; nan where there is none.

    Attributes
    ----------
    slope : ndarray, shape (n_curves,)
        Rate constant [1/time].
    intercept : ndarray, shape (n_curves,)
        Logarithm of the level at time 0 on the line.
    r_squared, adjusted : ndarray, shape (n_curves,)
        Share of the variance of the logarithms that the line explains, and the same adjusted for points [1].
    points : ndarray, shape (n_curves,)
        How many points the line is through; 0 where there is none.
    first, last : ndarray, shape (n_curves,)
        Times of the first and the last of them.
    reason : ndarray of str, shape (n_curves,)
        Why there is none; empty where there is one.
    so_far, left : ndarray, shape (n_curves,)
        Of a curve without errors its slope at the end, settled or not, and how far that is from its limit, relative
        to it; nan of others.
    """

    slope: Array
    intercept: Array
    r_squared: Array
    adjusted: Array
    points: Counts
    first: Array
    last: Array
    reason: NDArray[np.str_]
    so_far: Array
    left: Array


def best_fit(time: Array, level: Array, used: Mask, fewest: int = 3, tolerance: float = 1e-4) -> Phase:
    """The longest run of last points whose adjusted r-squared is within a tolerance of the best.

    Parameters
    ----------
    time : ndarray, shape (n_times,) or (n_curves, n_times)
        Times that do not decrease.
    level : ndarray, shape (n_curves, n_times)
        Levels.
    used : ndarray of bool, shape (n_curves, n_times)
        Points that may be in it: above zero and after the peak.
    fewest : int
        How many it needs.
    tolerance : float
        How much worse than the best it may be [1].

    Returns
    -------
    Phase
        The phase; none where fewer points are left, or the best line does not fall.

    References
    ----------
    Denney, Duvvuri and Buckeridge, J Pharmacokinet Pharmacodyn 42:11 (2015): PKNCA, half.life.R.
    """
    time = np.broadcast_to(time, level.shape)
    used = _last_of_each_time(time, used)
    n_times = level.shape[1]
    # sums over the last k points for every k at once, from the end backwards
    weight = used[:, ::-1].astype(float)
    final = n_times - 1 - used[:, ::-1].argmax(axis=1)
    log = np.log(np.where(used, level, 1.0))
    x = weight * (time - _of(time, final))[:, ::-1]
    y = weight * (log - _of(log, final))[:, ::-1]
    count, sx, sy = (values.cumsum(axis=1) for values in (weight, x, y))
    with np.errstate(divide="ignore", invalid="ignore"):
        sxx, sxy, syy = (
            (a * b).cumsum(axis=1) - s * t / count for a, b, s, t in ((x, x, sx, sx), (x, y, sx, sy), (y, y, sy, sy))
        )
        slope = sxy / sxx
        adjusted = 1 - (1 - sxy**2 / (sxx * syy)) * (count - 1) / (count - 2)
    fitted = np.isfinite(adjusted) & (count >= fewest) & (weight > 0)
    adjusted[~fitted] = -np.inf
    best = adjusted.max(axis=1, keepdims=True)
    good = fitted & (slope < 0) & (adjusted > best - tolerance)
    longest = good[:, ::-1].argmax(axis=1)[:, np.newaxis]
    chosen = used & (np.arange(n_times) >= longest) & good.any(axis=1)[:, np.newaxis]
    found, few = used.sum(axis=1), f"fewer than {fewest} points above zero after Cmax"
    reason = np.where(
        good.any(axis=1), "", np.where(found < fewest, few, np.where(
            fitted.any(axis=1), "the line that fits best does not fall", "no line fits the points after Cmax"))
    )  # fmt: skip
    return _line(time, log, chosen, reason)


def settled(time: Array, level: Array, used: Mask, floor: float = FLOOR) -> Phase:
    """The part at the end of a dense curve without errors whose slope has reached its limit.

    The slopes over four equal stretches before the end tell how fast it still moves, and so how far it is from its
    limit: it is settled where that is at most `CONVERGED` of itself. The phase goes back as far as the slope to the end
    stays the same within less. Where the errors of a solver, which grow as a curve falls, hide that, it is read where
    the curve was ten times as high, or a hundred times and so on, if the slope from there to the end agrees.

    Parameters
    ----------
    time : ndarray, shape (n_times,) or (n_curves, n_times)
        Times that do not decrease.
    level : ndarray, shape (n_curves, n_times)
        Levels.
    used : ndarray of bool, shape (n_curves, n_times)
        Points that may be in it: above zero and after the peak.
    floor : float
        Share of the peak below which nothing is read, because errors are as large there [1].

    Returns
    -------
    Phase
        The phase; none where the slope has not settled, and how much it still moves is in the reason.

    Notes
    -----
    A slower phase that has not shown when the curve ends cannot be seen, whatever the rule.
    """
    time = np.broadcast_to(time, level.shape)
    share = level / np.maximum(level.max(axis=1, keepdims=True), np.finfo(float).tiny)
    used = _last_of_each_time(time, used) & (share > floor)
    # once below the floor, errors may carry it up again
    used &= ~np.logical_or.accumulate((share <= floor) & (np.cumsum(used, axis=1) > 0), axis=1)
    log = np.log(np.where(used, level, 1.0))
    found = _read_end(time, log, used, used)
    chosen, reason = found.chosen, found.reason
    height = 10 * floor
    while height <= _HIGHEST and (left := reason != "").any():
        part = used[left] & (share[left] > height)
        earlier = _read_end(time[left], log[left], part, used[left])
        rows = np.flatnonzero(left)[earlier.reason == ""]
        chosen[rows], reason[rows] = earlier.chosen[earlier.reason == ""], ""
        height *= 10
    finite = np.isfinite(found.left) & (found.slope > 0)
    return _line(time, log, chosen, reason.astype(str))._replace(
        so_far=np.where(finite, found.slope, np.nan), left=np.where(finite, found.left, np.nan)
    )


class _End(NamedTuple):
    """What the end of some curves says: points of the settled phase, why there is none, slope and how far from it."""

    chosen: Mask
    reason: NDArray[np.object_]
    slope: Array
    left: Array


def _read_end(time: Array, log: Array, used: Mask, whole: Mask) -> _End:
    """The settled phase at the end of the used points, with which the whole curve must agree."""
    rows, n_times = np.arange(len(log)), log.shape[1]
    enough = used.sum(axis=1) >= _FEWEST
    begin, final = used.argmax(axis=1), n_times - 1 - used[:, ::-1].argmax(axis=1)
    end = time[rows, final]
    span = end - time[rows, begin]
    with np.errstate(divide="ignore", invalid="ignore"):
        # a stretch is a half-life, or a fifth of what there is
        rough = (_read(time, log, used, end - span / 8) - log[rows, final]) / (span / 8)
        stretch = np.where(rough > 0, np.minimum(np.log(2) / np.where(rough > 0, rough, 1.0), span / 5), span / 5)
        marks = [_read(time, log, used, end - k * stretch) for k in range(5)]
        slopes = [(marks[k + 1] - marks[k]) / stretch for k in range(4)]
        slope, change, before = slopes[0], slopes[1] - slopes[0], slopes[2] - slopes[1]
        ratio, ratio_before = change / before, before / (slopes[3] - slopes[2])
        # a slope that moves less and less by the same share goes to a limit; one that turns does not
        nearing = (ratio_before > 0) & (ratio >= _EVEN * ratio_before) & (ratio < 1)
        left = np.where(nearing, np.abs(change) * ratio / (1 - ratio), np.inf) / slope
        most = np.maximum(np.abs(change), np.abs(before)) / slope
        left = np.where(np.isinf(left) & (most < _NOISE), most, left)
        from_here = (log - _of(log, final)) / (end[:, np.newaxis] - time)
        alike = ~used | (np.abs(from_here / slope[:, np.newaxis] - 1) <= _ALIKE) | (time >= end[:, np.newaxis])
        last = n_times - 1 - whole[:, ::-1].argmax(axis=1)
        onwards = (log[rows, final] - log[rows, last]) / (time[rows, last] - end)
        agrees = (last <= final) | (np.abs(onwards / slope - 1) <= _AGREES)
    good = enough & (slope > 0) & (left <= CONVERGED) & agrees
    # back as far as all slopes are alike, but for the last stretch at least
    unlike = ~alike & (time < (end - stretch)[:, np.newaxis])
    start = np.where(unlike.any(axis=1), n_times - unlike[:, ::-1].argmax(axis=1), 0)
    chosen = used & (np.arange(n_times) >= start[:, np.newaxis]) & good[:, np.newaxis]
    reason = np.array([""] * len(log), dtype=object)
    for row in np.flatnonzero(~good):
        reason[row] = _why(bool(enough[row]), float(slope[row]), float(left[row]), float(change[row]))
    return _End(chosen, reason, slope, left)


def _why(enough: bool, slope: float, left: float, change: float) -> str:
    """Why a curve has no settled phase."""
    if not enough:
        return f"fewer than {_FEWEST} samples after Cmax"
    if not slope > 0:
        return "the curve does not fall at its end"
    last = f"at its end the half-life is {np.log(2) / slope:.4g}"
    if np.isfinite(left):
        return f"the curve is too short: its slope has not settled ({last}, still {left:.2g} from its limit)"
    return f"the slope has not settled ({last}, having changed by {abs(change) / slope:.2g} since the one before)"


def _line(time: Array, log: Array, chosen: Mask, reason: NDArray[np.str_]) -> Phase:
    """The line through the chosen points of each curve."""
    count = chosen.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_x, mean_y = ((values * chosen).sum(axis=1) / count for values in (time, log))
        x, y = (chosen * (values - mean[:, np.newaxis]) for values, mean in ((time, mean_x), (log, mean_y)))
        sxx, sxy, syy = (x * x).sum(axis=1), (x * y).sum(axis=1), (y * y).sum(axis=1)
        slope = sxy / sxx
        r_squared = 1 - ((y - slope[:, np.newaxis] * x) ** 2).sum(axis=1) / syy
        adjusted = 1 - (1 - r_squared) * (count - 1) / (count - 2)
    rows, there = np.arange(len(count)), count > 0
    first, last = chosen.argmax(axis=1), chosen.shape[1] - 1 - chosen[:, ::-1].argmax(axis=1)
    ends = [np.where(there, time[rows, place], np.nan) for place in (first, last)]
    found = (slope, mean_y - slope * mean_x, r_squared, adjusted)
    slope, intercept, r_squared, adjusted = (np.where(there, values, np.nan) for values in found)
    none = np.full(len(count), np.nan)
    return Phase(-slope, intercept, r_squared, adjusted, count, ends[0], ends[1], reason, none, none)


def _last_of_each_time(time: Array, used: Mask) -> Mask:
    """The points, of those at the same time the last one alone: a curve that jumps goes on from there."""
    used, later = used.copy(), used.copy()
    same = time[:, 1:] == time[:, :-1]
    for column in np.flatnonzero(same.any(axis=0))[::-1]:
        taken = later[:, column + 1] & same[:, column]
        used[:, column] &= ~taken
        later[:, column] |= taken
    return used


def _of(values: Array, places: Counts) -> Array:
    """The value of each row at a place, as a column."""
    found: Array = np.take_along_axis(values, places[:, np.newaxis], axis=1)
    return found


def _read(time: Array, log: Array, used: Mask, when: Array) -> Array:
    """What each row is at a time, along the line between its used points."""
    rows = np.arange(len(when))
    earlier = used & (time <= when[:, np.newaxis])
    later = used & (time >= when[:, np.newaxis])
    left = time.shape[1] - 1 - earlier[:, ::-1].argmax(axis=1)
    right = np.where(later.any(axis=1), later.argmax(axis=1), left)
    start, stop = time[rows, left], time[rows, right]
    share = np.where(stop > start, (when - start) / np.where(stop > start, stop - start, 1.0), 0.0)
    found: Array = log[rows, left] + share * (log[rows, right] - log[rows, left])
    return found
