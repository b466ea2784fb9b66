"""People as they are drawn, replicate by replicate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.streams import Array, Purpose, normals
from .covariates import Labels
from .variation import Correlations, Variation, correlated

SHARE = "dose_share"
"""What each takes of every planned dose, in arrays and as a coordinate of curves [1]."""


class Drawn(NamedTuple):
    """People as they were drawn, the last axis in the order asked for.

    Attributes
    ----------
    values : ndarray, shape (n_occasions, n_parameters, n_people)
        Parameters in the order of `parameter_terms`; one occasion for each dose where parameters vary between
        occasions, else one in all. nan for people without valid parameters.
    covariates : dict of str to ndarray, shape (n_people,)
        Covariates by name, numbers in the unit of their reference and levels as text.
    taken : ndarray of bool, shape (n_doses, n_people)
        Which planned doses are taken.
    delay : ndarray, shape (n_doses, n_people)
        How late [h].
    redrawn : ndarray of int, shape (n_people,)
        How often something of the person, or the typical values of the replicate, left the physical range and
        was drawn again.
    problem : tuple of (int, str)
        Position and reason of people without valid parameters.
    share : ndarray, shape (n_people,), optional
        What each takes of every planned dose, where that differs [1].
    """

    values: Array
    covariates: dict[str, Array | Labels]
    taken: NDArray[np.bool_]
    delay: Array
    redrawn: NDArray[np.int64]
    problem: tuple[tuple[int, str], ...]
    share: Array | None = None

    def only(self, people: NDArray[np.int64]) -> Drawn:
        """Some of the people, all of whom have valid parameters."""
        return Drawn(
            self.values[..., people],
            {name: values[people] for name, values in self.covariates.items()},
            self.taken[:, people],
            self.delay[:, people],
            self.redrawn[people],
            (),
            None if self.share is None else self.share[people],
        )


class Stream(NamedTuple):
    """Where the numbers of one replicate come from."""

    seed: int
    replicate: int

    def draws(
        self,
        purpose: Purpose,
        variations: tuple[Variation, ...],
        typical: Mapping[str, Any],
        ids: NDArray[np.int64],
        correlations: Correlations = (),
        occasion: int = 0,
    ) -> Callable[[int, NDArray[np.int64]], dict[str, Array]]:
        """What `settle` draws with: values of the varied parameters of some people at an attempt."""

        def draw(attempt: int, where: NDArray[np.int64]) -> dict[str, Array]:
            independent = [
                normals(self.seed, purpose, self.replicate, (attempt, occasion, one.draw), ids[where])
                for one in variations
            ]
            found = {}
            for one, z in zip(variations, correlated(independent, correlations, variations), strict=True):
                for name in one.parameters:
                    before = typical[name]
                    about = before[where] if isinstance(before, np.ndarray) else before
                    found[name] = one.distribution.values(about, z)
            return found

        return draw


def joined(drawn: list[Drawn], parts: list[NDArray[np.int64]]) -> Drawn:
    """People of several replicates in the order in which they were asked for."""
    back = np.argsort(np.concatenate(parts))
    problem = [(int(part[k]), reason) for one, part in zip(drawn, parts, strict=True) for k, reason in one.problem]
    return Drawn(
        np.concatenate([one.values for one in drawn], axis=-1)[..., back],
        {name: np.concatenate([one.covariates[name] for one in drawn])[back] for name in drawn[0].covariates},
        np.concatenate([one.taken for one in drawn], axis=-1)[..., back],
        np.concatenate([one.delay for one in drawn], axis=-1)[..., back],
        np.concatenate([one.redrawn for one in drawn])[back],
        tuple(sorted(problem)),
    )
