"""Levenberg and Marquardt's method for many small problems in lockstep: one evaluation serves all of them.

MINPACK and SciPy, and so lmfit, ask for one trial point of one problem at a time. A dozen people then cost a dozen
times as many runs of the model, each of which costs nearly as much as a hundred side by side; as one block-diagonal
problem they would share one damping and one stopping rule, so that the slowest holds up all others. Here each has its
own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

Evaluate = Callable[[Array, NDArray[np.int64]], tuple[Array, Array, Array]]
"""``evaluate(x, who)``: value, slope and curvature of some problems, shapes (n,), (n, p) and (n, p, p)."""

MOST_STEPS = 200
_FIRST, _EASED, _TIGHTENED, _STUCK = 1e-3, 0.2, 5.0, 1e12
"""Damping at first, what it is multiplied by after a step that was good and one that was not, and where it ends."""

_LONGEST = 2.0
"""Longest step in any coordinate over its own size or 1: a factor of seven in a logarithm."""

_DECREMENT, _STILL = 1e-11, 1e-11
"""What could still be gained, in units of log-likelihood; and the shortest step, over the size of the coordinate."""

_NEARLY = 1e-4
"""The same where no step gains anything, because predictions are not known better, or steps have become many: a point
within a hundredth of a standard error."""


class Descent(NamedTuple):
    """Where problems have ended.

    Attributes
    ----------
    x : ndarray, shape (n, p)
        The best points.
    value : ndarray, shape (n,)
        What they cost; infinity where the start could not be evaluated.
    converged : ndarray of bool, shape (n,)
        Whether nothing is left to gain.
    steps : ndarray of int64, shape (n,)
        Evaluations.
    """

    x: Array
    value: Array
    converged: NDArray[np.bool_]
    steps: NDArray[np.int64]


def descend(
    evaluate: Evaluate,
    start: Array,
    low: Array,
    high: Array,
    free: NDArray[np.bool_] | None = None,
    most: int = MOST_STEPS,
) -> Descent:
    """Go down from a start in every problem.

    Parameters
    ----------
    evaluate : callable
        See `Evaluate`; the curvature is positive, such as that of Gauss and Newton, or Fisher's.
    start : ndarray, shape (n, p)
        Where to begin.
    low, high : ndarray, shape (n, p) or (p,)
        The bounds.
    free : ndarray of bool, shape (n, p), optional
        Which coordinates move; all by default.
    most : int
        Most evaluations.

    Returns
    -------
    Descent
        The ends.
    """
    x = np.clip(start, low, high)
    low, high = (np.broadcast_to(end, x.shape) for end in (low, high))
    n, p = x.shape
    loose = np.ones((n, p), dtype=np.bool_) if free is None else free
    value, slope, curvature = (part.copy() for part in evaluate(x, np.arange(n)))
    value = np.where(_finite(value, slope, curvature), value, np.inf)
    running, converged = np.isfinite(value), np.zeros(n, dtype=np.bool_)
    damping, steps, gain = np.full(n, _FIRST), np.ones(n, dtype=np.int64), np.full(n, np.inf)
    while running.any() and steps.max(initial=0) < most:
        who = np.flatnonzero(running)
        here, g, h = x[who], slope[who], curvature[who]
        held = ~loose[who] | ((here <= low[who]) & (g > 0)) | ((here >= high[who]) & (g < 0))
        g, h = _without(held, g, h)
        left = 0.5 * (g * _solved(h, g, np.full(len(who), 1e-12))).sum(axis=1)
        gain[who], done = left, left < _DECREMENT
        converged[who[done]], running[who[done]] = True, False
        who, here, g, h, left = (part[~done] for part in (who, here, g, h, left))
        if not len(who):
            break
        step = -_solved(h, g, damping[who])
        longest = (np.abs(step) / np.maximum(np.abs(here), 1.0)).max(axis=1, initial=0.0)
        step /= np.maximum(longest / _LONGEST, 1.0)[:, None]
        trial = np.clip(here + step, low[who], high[who])
        there, its_slope, its_curvature = evaluate(trial, who)
        steps[who] += 1
        good = _finite(there, its_slope, its_curvature) & (there <= value[who] + 1e-13 * np.abs(value[who]))
        taken = who[good]
        x[taken], value[taken], slope[taken] = trial[good], there[good], its_slope[good]
        curvature[taken] = its_curvature[good]
        damping[who] = np.where(good, np.maximum(damping[who] * _EASED, 1e-12), damping[who] * _TIGHTENED)
        still = (np.abs(trial - here) <= _STILL * np.maximum(np.abs(here), 1.0)).all(axis=1)
        ended = still | (damping[who] > _STUCK)
        converged[who[ended]], running[who[ended]] = (left < _NEARLY)[ended] | still[ended], False
    return Descent(x, value, converged | (running & (gain < _NEARLY)), steps)


def _finite(value: Array, slope: Array, curvature: Array) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (
        np.isfinite(value) & np.isfinite(slope).all(axis=1) & np.isfinite(curvature).all(axis=(1, 2))
    )
    return found


def _without(held: NDArray[np.bool_], g: Array, h: Array) -> tuple[Array, Array]:
    """Slopes and curvatures in which some coordinates stay where they are."""
    both = held[:, :, None] | held[:, None, :]
    return np.where(held, 0.0, g), np.where(both, np.eye(held.shape[1]), h)


def _solved(h: Array, g: Array, damping: Array) -> Array:
    """Steps of damped problems, whatever their scale; what moves nothing stays."""
    size = np.sqrt(np.maximum(np.einsum("npp->np", h), 0.0))
    size[size == 0] = 1.0
    eye = np.eye(h.shape[1])
    scaled = h / (size[:, :, None] * size[:, None, :]) + damping[:, None, None] * eye
    with np.errstate(all="ignore"):
        try:
            found: Array = np.linalg.solve(scaled, (g / size)[..., None])[..., 0]
        except np.linalg.LinAlgError:
            found = np.linalg.solve(scaled + 1e-8 * eye, (g / size)[..., None])[..., 0]
    found /= size
    return found
