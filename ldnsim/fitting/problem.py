"""What is minimised: the likelihood of measurements, and of priors, as a function of the parameters of many units.

A unit is what is fitted by itself: one subject, or all of them where data are pooled. Coordinates are logarithms of
parameters or the parameters themselves. The spreads of measurements stand at their best for every trial point, so that
what is left is a function of the parameters alone; with an additive error it is least squares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..population.distributions import LogNormal, Normal, from_dict
from ..study.differences import STEP
from ..study.table_lanes import Lanes
from .likelihood import ABSENT, ErrorModel, Observed

Array = NDArray[np.float64]
Who = NDArray[np.int64]

WIDEST = 4096
"""Most lanes that are run together."""


class Prior(NamedTuple):
    """What is known of a parameter beforehand.

    Attributes
    ----------
    distribution : LogNormal or Normal
        Its spread.
    centre : float
        Its median, in the unit of the model.
    behind : str
        Where it is from, in words.
    """

    distribution: LogNormal | Normal
    centre: float
    behind: str

    def to_list(self) -> list[Any]:
        """As plain JSON values, from which `of` makes the same."""
        return [self.distribution.to_dict(), self.centre, self.behind]

    @classmethod
    def of(cls, cells: Sequence[Any]) -> Prior:
        """The one that `to_list` wrote."""
        distribution = from_dict(cells[0], "prior")
        assert isinstance(distribution, LogNormal | Normal)
        return cls(distribution, float(cells[1]), str(cells[2]))

    @property
    def logs(self) -> bool:
        """Whether it is a prior of the logarithm."""
        return isinstance(self.distribution, LogNormal)

    @property
    def sd(self) -> float:
        """Standard deviation, of the logarithm or of the parameter itself."""
        if isinstance(self.distribution, LogNormal):
            return self.distribution.sd_log
        one = float(self.distribution.values(self.centre, np.ones(1))[0])
        return one - self.centre


class Curvature(NamedTuple):
    """Slopes and curvatures of some units at a point.

    Attributes
    ----------
    value : ndarray, shape (n,)
        Minus the log-likelihood, priors included.
    slope : ndarray, shape (n, p)
        By the coordinates, spreads at their best.
    joint : ndarray, shape (n, p + m, p + m)
        Expected curvature by coordinates, then logarithms of spreads.
    own : ndarray, shape (n, p + m, p + m)
        The same without priors.
    spread : ndarray, shape (n, n_groups, n_parts)
        The best spreads.
    predicted : ndarray, shape (n, n_rows)
        Predictions, in the unit of the model.
    sensitivity : ndarray, shape (n, n_rows, p)
        Derivatives of what is compared by the coordinates, in units of the spread.
    size : ndarray, shape (n,)
        Length of the predictions in these units.
    """

    value: Array
    slope: Array
    joint: Array
    own: Array
    spread: Array
    predicted: Array
    sensitivity: Array
    size: Array


@dataclass(frozen=True, eq=False)
class Problem:
    """Units with their data, and what is known of their parameters.

    Attributes
    ----------
    lanes : Lanes
        Predicts.
    observed : Observed
        Measurements of each unit, on the scale on which they are compared.
    error : ErrorModel
        How these spread.
    members : tuple of ndarray of int64
        Subjects of each unit, by place; their rows stand side by side.
    logs : ndarray of bool, shape (p,)
        Which coordinates are logarithms.
    priors : sequence of Prior or None
        Of each parameter.
    low, high : ndarray, shape (p,)
        Bounds, as coordinates.
    """

    lanes: Lanes
    observed: Observed
    error: ErrorModel
    members: tuple[Who, ...]
    logs: NDArray[np.bool_]
    priors: Sequence[Prior | None]
    low: Array
    high: Array

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters."""
        return self.lanes.names

    def natural(self, x: Array) -> Array:
        """Parameters of coordinates, whose last axis they are."""
        with np.errstate(over="ignore", under="ignore"):
            return np.where(self.logs, np.exp(np.where(self.logs, x, 0.0)), x)

    def coordinates(self, values: Array) -> Array:
        """Coordinates of parameters, whose last axis they are."""
        with np.errstate(divide="ignore"):
            return np.where(self.logs, np.log(np.where(self.logs, values, 1.0)), values)

    def at(self, unit: Who) -> Problem:
        """Some of the units, each as often as it is named."""
        return replace(self, observed=self.observed.only(unit), members=tuple(self.members[k] for k in unit))

    def predict(self, x: Array, unit: Who) -> Array:
        """Predictions of units at one point or several each, shape (n, k, n_rows) for coordinates (n, k, p)."""
        n, k, p = x.shape
        size = len(self.members[int(unit[0])])
        subject = np.array([self.members[one] for one in unit.tolist()])
        everyone = np.broadcast_to(subject[:, None, :], (n, k, size)).reshape(-1)
        values = np.broadcast_to(self.natural(x)[:, :, None, :], (n, k, size, p)).reshape(-1, p).T
        parts = [
            self.lanes.predicted(everyone[first : first + WIDEST], values[:, first : first + WIDEST])
            for first in range(0, len(everyone), WIDEST)
        ]
        return np.concatenate(parts).reshape(n, k, -1)

    def curved(self, x: Array, unit: Who) -> Curvature:
        """Slopes and curvatures, from central differences of all units and parameters that run side by side."""
        n, p = x.shape
        points = np.repeat(x[:, None, :], 1 + 2 * p, axis=1)
        for place in range(p):
            width = STEP if self.logs[place] else STEP * np.maximum(np.abs(x[:, place]), 1e-3)
            points[:, 1 + 2 * place, place] = np.minimum(x[:, place] + width, self.high[place])
            points[:, 2 + 2 * place, place] = np.maximum(x[:, place] - width, self.low[place])
        found = self.predict(points, unit)
        compared = self.error.seen_as(found)
        observed = self.observed.only(unit)
        there = observed.kind != ABSENT
        jacobian = np.zeros((n, found.shape[2], p))
        for place in range(p):
            above, below = 1 + 2 * place, 2 + 2 * place
            # what stands at the end of its range can be moved to one side alone
            runs = [np.isfinite(compared[:, k]) | ~there for k in (above, below)]
            up, down = (np.where(ran.all(axis=1), k, 0) for ran, k in zip(runs, (above, below), strict=True))
            every = np.arange(n)
            width = points[every, up, place] - points[every, down, place]
            with np.errstate(all="ignore"):
                jacobian[..., place] = (compared[every, up] - compared[every, down]) / width[:, None]
        f = compared[:, 0]
        bad = (there & ~(np.isfinite(f) & np.isfinite(jacobian).all(axis=2))).any(axis=1)
        f, jacobian = np.where(there, f, 0.0), np.where(there[..., None], jacobian, 0.0)
        f, jacobian = np.nan_to_num(f), np.nan_to_num(jacobian)
        spread = self.error.best_spread(observed, f)
        with np.errstate(all="ignore"):  # what is not finite is not taken
            made = self._assembled(observed, f, jacobian, spread, x)
        return made._replace(value=np.where(bad, np.inf, made.value), predicted=found[:, 0])

    def _assembled(self, observed: Observed, f: Array, jacobian: Array, spread: Array, x: Array) -> Curvature:
        """Slopes and curvatures of the likelihood and the priors."""
        n, p = x.shape
        groups, parts = len(self.error.groups), len(self.error.parts)
        m = groups * parts if self.error.estimated else 0
        terms = self.error.terms(observed, f, spread)
        own = np.zeros((n, p + m, p + m))
        weighted = jacobian * terms.curvature[..., None]
        own[:, :p, :p] = np.swapaxes(jacobian, 1, 2) @ weighted
        slope = (terms.slope[:, None, :] @ jacobian)[:, 0]
        for group in range(groups if m else 0):
            at, mine = slice(p + group * parts, p + (group + 1) * parts), (observed.group == group)
            own[:, :p, at] = np.swapaxes(jacobian, 1, 2) @ np.where(mine[..., None], terms.mixed, 0.0)
            own[:, at, :p] = np.swapaxes(own[:, :p, at], 1, 2)
            own[:, at, at] = np.where(mine[..., None, None], terms.curvature_of_spread, 0.0).sum(axis=1)
        value, joint = terms.value.sum(axis=1), own.copy()
        values = self.natural(x)
        for place, prior in enumerate(self.priors):
            if prior is None:
                continue
            one = values[:, place]
            moved = one if self.logs[place] else np.ones_like(one)
            z = (np.log(one / prior.centre) if prior.logs else one - prior.centre) / prior.sd
            slope_z = moved / (one if prior.logs else 1.0) / prior.sd
            value = value + 0.5 * z * z
            slope[:, place] += z * slope_z
            joint[:, place, place] += slope_z**2
        sharp = np.sqrt(np.maximum(terms.curvature, 0.0))
        size = np.linalg.norm(sharp if self.error.logs else sharp * f, axis=1)
        return Curvature(value, slope, joint, own, spread, f, jacobian * sharp[..., None], size)

    def evaluated(self, x: Array, unit: Who) -> tuple[Array, Array, Array]:
        """Value, slope and curvature by the coordinates alone, as `lockstep.descend` takes them."""
        found = self.curved(x, unit)
        return found.value, found.slope, without_spread(found.joint, x.shape[1])


def without_spread(joint: Array, p: int) -> Array:
    """Curvature by the first coordinates where the others follow to their best."""
    if joint.shape[1] == p:
        return joint
    inner, mixed = joint[:, p:, p:], joint[:, :p, p:]
    # a spread that nothing shows has no curvature, and nothing to follow
    idle = np.einsum("nkk->nk", inner) <= 0
    inner = inner + idle[:, :, None] * np.eye(inner.shape[1])
    found: Array = joint[:, :p, :p] - mixed @ inverted(inner) @ np.swapaxes(mixed, 1, 2)
    return found


def inverted(curvature: Array) -> Array:
    """Inverses of curvatures, whatever the scales of their coordinates; of those that are not finite nothing."""
    size = np.sqrt(np.maximum(np.einsum("...pp->...p", np.nan_to_num(curvature)), 0.0))
    size = np.where(size > 0, size, 1.0)
    both = size[..., :, None] * size[..., None, :]
    with np.errstate(all="ignore"):
        scaled = np.nan_to_num(curvature / both, posinf=0.0, neginf=0.0)
        found: Array = np.linalg.pinv(scaled, hermitian=True, rcond=1e-13) / both
    return found
