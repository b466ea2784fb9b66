"""How measurements differ from what is predicted, and how likely they are; for many people side by side.

A measurement has the variance ``additive**2 + proportional**2 * prediction**2``; a log-normal one is normal on the
scale of logarithms. One that is only known to be below a limit counts with the probability of that (method M3).

References
----------
Beal, J. Pharmacokinet. Pharmacodyn. 28:481 (2001), for measurements below a limit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError
from ..base.reading import number
from .lockstep import descend

Array = NDArray[np.float64]

ABSENT, SEEN, BELOW = 0, 1, 2
"""What stands at a place of the data: nothing, a number, or that it is below a number."""

KINDS: Mapping[str, tuple[str, ...]] = {
    "additive": ("additive",),
    "proportional": ("proportional",),
    "combined": ("additive", "proportional"),
    "log-normal": ("log-normal",),
}
"""Parts of each error model."""

_LEAST, _LEAST_OF_TWO, _MOST = 1e-10, 1e-5, 1e6
"""Smallest and largest spread over the size of what is measured; the smallest where another part can stand for it."""


class Observed(NamedTuple):
    """Measurements of many units, filled up to the same number.

    Attributes
    ----------
    value : ndarray, shape (n_units, n)
        What was measured, or the limit that it is below, in the unit of the prediction.
    kind : ndarray of int8, shape (n_units, n)
        `ABSENT`, `SEEN` or `BELOW`.
    group : ndarray of int64, shape (n_units, n)
        Which errors are alike: those of one compartment.
    weight : ndarray, shape (n_units, n)
        How often each counts.
    """

    value: Array
    kind: NDArray[np.int8]
    group: NDArray[np.int64]
    weight: Array

    def only(self, who: NDArray[Any]) -> Observed:
        """Those of some units."""
        return Observed(*(part[who] for part in self))

    @property
    def numbers(self) -> Array:
        """How many numbers each unit has, shape (n_units,); what is below a limit is none."""
        found: Array = np.where(self.kind == SEEN, self.weight, 0.0).sum(axis=1)
        return found


class Terms(NamedTuple):
    """What each measurement adds to minus the logarithm of the likelihood, and its derivatives.

    Attributes
    ----------
    value, slope, curvature : ndarray, shape (n_units, n)
        The term, and by the prediction; the curvature is what is expected of it (Fisher's).
    slope_of_spread : ndarray, shape (n_units, n, n_parts)
        By the logarithms of the spreads.
    mixed : ndarray, shape (n_units, n, n_parts)
        By both.
    curvature_of_spread : ndarray, shape (n_units, n, n_parts, n_parts)
        By the spreads alone.
    """

    value: Array
    slope: Array
    curvature: Array
    slope_of_spread: Array
    mixed: Array
    curvature_of_spread: Array


@dataclass(frozen=True)
class ErrorModel:
    """How measurements spread about what is predicted.

    Attributes
    ----------
    name : str
        One of `KINDS`.
    known : mapping of str to float
        Parts whose spread is known and not estimated.
    groups : tuple of str
        Compartments whose measurements have spreads of their own.
    """

    name: str
    known: Mapping[str, float] = field(default_factory=dict)
    groups: tuple[str, ...] = ("",)

    @classmethod
    def of(cls, given: object) -> ErrorModel:
        """The one that a user names, or gives with spreads that are known; raises `InputError`."""
        expected = f"one of {', '.join(KINDS)}, or a known spread by its part, such as {{'additive': 0.1}}"
        if isinstance(given, str) and given in KINDS:
            return cls(given)
        if isinstance(given, Mapping):
            for name, parts in KINDS.items():
                if set(given) == set(parts):
                    known = {part: number(given[part], f"error[{part!r}]", low=0.0) for part in parts}
                    if not all(known.values()):
                        raise InputError("error", given, "spreads above 0")
                    return cls(name, known)
        raise InputError("error", given, expected)

    @property
    def parts(self) -> tuple[str, ...]:
        """Its parts."""
        return KINDS[self.name]

    @property
    def logs(self) -> bool:
        """Whether measurements are compared by their logarithms."""
        return self.name == "log-normal"

    @property
    def estimated(self) -> bool:
        """Whether spreads are estimated."""
        return not self.known

    @property
    def labels(self) -> tuple[str, ...]:
        """A name for the spread of every part in every group, in their order."""
        return tuple(
            f"sd {part}" + (f" {group}" if len(self.groups) > 1 else "") for group in self.groups for part in self.parts
        )

    def seen_as(self, values: Array) -> Array:
        """Measurements or predictions on the scale on which they are compared; nan where they have none."""
        if not self.logs:
            return values
        with np.errstate(all="ignore"):
            return np.where(values > 0, np.log(values), np.nan)

    def terms(self, observed: Observed, predicted: Array, spread: Array) -> Terms:
        """What each measurement adds to minus the log-likelihood.

        Parameters
        ----------
        observed : Observed
            Measurements, on the scale on which they are compared.
        predicted : ndarray, shape (n_units, n)
            What is predicted, on that scale; anything where nothing was measured.
        spread : ndarray, shape (n_units, n_groups, n_parts)
            Standard deviations.

        Returns
        -------
        Terms
            Weighted, 0 where nothing was measured.
        """
        from scipy.special import log_ndtr

        there = observed.kind != ABSENT
        f = np.where(there, predicted, 1.0)
        own = spread[np.arange(len(spread))[:, None], observed.group]
        by_level = np.array([part == "proportional" for part in self.parts])
        # share of each part in the variance, and how the standard deviation moves with prediction and spreads
        variance = np.square(own * np.where(by_level, f[..., None], 1.0))
        s = np.sqrt(variance.sum(axis=-1))
        with np.errstate(all="ignore"):
            s_f = np.square(own[..., by_level]).sum(axis=-1) * f / s
            s_p = variance / s[..., None]
            r = observed.value - f
            score = 1 / s - r * r / s**3
            value = np.log(s) + 0.5 * np.square(r / s) + 0.5 * np.log(2 * np.pi)
            slope = -r / s**2 + score * s_f
            slope_p = score[..., None] * s_p
            weight = 2 / np.square(s)
            curvature = 1 / s**2 + weight * s_f**2
            mixed = (weight * s_f)[..., None] * s_p
            curvature_p = weight[..., None, None] * s_p[..., :, None] * s_p[..., None, :]
            below = observed.kind == BELOW
            if below.any():
                z = r / s
                hazard = np.exp(-0.5 * z * z - log_ndtr(z)) / np.sqrt(2 * np.pi)
                bend = hazard * (hazard + z)
                z_f, z_p = -1 / s - z * s_f / s, -z[..., None] * s_p / s[..., None]
                value = np.where(below, -log_ndtr(z), value)
                slope = np.where(below, -hazard * z_f, slope)
                slope_p = np.where(below[..., None], -hazard[..., None] * z_p, slope_p)
                curvature = np.where(below, bend * z_f**2, curvature)
                mixed = np.where(below[..., None], (bend * z_f)[..., None] * z_p, mixed)
                both = bend[..., None, None] * z_p[..., :, None] * z_p[..., None, :]
                curvature_p = np.where(below[..., None, None], both, curvature_p)
        counts = np.where(there, observed.weight, 0.0)

        def weighted(part: Array) -> Array:
            shape = counts.reshape(counts.shape + (1,) * (part.ndim - 2))
            return np.where(shape > 0, part * shape, 0.0)

        return Terms(*map(weighted, (value, slope, curvature, slope_p, mixed, curvature_p)))

    def best_spread(self, observed: Observed, predicted: Array) -> Array:
        """The spreads under which measurements are most likely, given what is predicted.

        Parameters
        ----------
        observed : Observed
            Measurements, on the scale on which they are compared.
        predicted : ndarray, shape (n_units, n)
            What is predicted, on that scale.

        Returns
        -------
        ndarray, shape (n_units, n_groups, n_parts)
            Standard deviations.
        """
        shape = (len(predicted), len(self.groups), len(self.parts))
        if self.known:
            return np.broadcast_to([self.known[part] for part in self.parts], shape).astype(float)
        size, start = np.ones(shape), np.ones(shape)
        low = np.full(shape, np.log(_LEAST_OF_TWO if len(self.parts) > 1 else _LEAST))
        lone = np.ones(shape[:2], dtype=bool)
        for group in range(shape[1]):
            mine = (observed.group == group) & (observed.kind != ABSENT) & (observed.weight > 0)
            seen = np.where(mine & (observed.kind == SEEN), observed.weight, 0.0)
            count = np.maximum(seen.sum(axis=1), 1.0)
            lone[:, group] = ~(mine & (observed.kind == BELOW)).any(axis=1)
            with np.errstate(all="ignore"):
                residual = observed.value - predicted
                for place, part in enumerate(self.parts):
                    level = np.abs(predicted) if part == "proportional" else np.ones_like(predicted)
                    square = np.where(seen > 0, np.square(residual / level) * seen, 0.0).sum(axis=1) / count
                    start[:, group, place] = np.sqrt(square / len(self.parts))
                    if part == "additive":
                        size[:, group, place] = np.abs(np.where(mine, observed.value, 0.0)).max(axis=1, initial=0.0)
        size[size == 0] = 1.0
        low += np.log(size)
        start = np.clip(np.nan_to_num(np.log(np.maximum(start, 1e-300)), nan=0.0), low, low + np.log(_MOST / _LEAST))
        if len(self.parts) == 1 and lone.all():
            alone: Array = np.exp(start)
            return alone
        flat = start.reshape(len(start), -1)
        found = descend(
            lambda x, who: self._of_spread(observed.only(who), predicted[who], x.reshape(-1, *shape[1:])),
            flat, low.reshape(flat.shape), low.reshape(flat.shape) + np.log(_MOST / _LEAST),
        )  # fmt: skip
        best: Array = np.exp(found.x).reshape(shape)
        return best

    def _of_spread(self, observed: Observed, predicted: Array, logs: Array) -> tuple[Array, Array, Array]:
        """Minus the log-likelihood as a function of the logarithms of the spreads, with slope and curvature."""
        terms = self.terms(observed, predicted, np.exp(logs))
        units, groups, parts = logs.shape
        slope, curvature = np.zeros((units, groups * parts)), np.zeros((units, groups * parts, groups * parts))
        for group in range(groups):
            at, mine = slice(group * parts, (group + 1) * parts), observed.group == group
            slope[:, at] = np.where(mine[..., None], terms.slope_of_spread, 0.0).sum(axis=1)
            curvature[:, at, at] = np.where(mine[..., None, None], terms.curvature_of_spread, 0.0).sum(axis=1)
        return terms.value.sum(axis=1), slope, curvature
