"""Which parameters the data tell apart: singular values of the scaled Jacobian, and what stands behind the smallest.

Each column, the derivative of what is compared by one coordinate in units of its error, is scaled to length 1. A
singular value that is as good as 0 is a direction in which parameters can move without any prediction moving.

References
----------
Belsley, Kuh and Welsch, Regression Diagnostics, ch. 3 (1980).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .problem import Array, Problem

_NOTHING = 1e-5
"""Smallest ratio of singular values, and of a column's length to that of predictions, that is more than rounding."""

_NAMED = 0.05
"""Smallest loading, over the largest, that is named."""

_SAME = 1e-6
"""Relative difference of predictions that is none."""


class Identified(NamedTuple):
    """What the data tell apart of one unit.

    Attributes
    ----------
    why : str
        Which parameters they do not, in words; empty where they tell all apart.
    condition : float
        Largest over smallest singular value of the scaled Jacobian.
    """

    why: str
    condition: float


def identified(
    names: Sequence[str], sensitivity: Array, size: float, logs: NDArray[np.bool_], priors: Sequence[float]
) -> Identified:
    """What the data of one unit tell apart.

    Parameters
    ----------
    names : sequence of str
        The parameters.
    sensitivity : ndarray, shape (n_rows, p)
        Derivatives by the coordinates, in units of the error.
    size : float
        Length of the predictions themselves, in units of the error.
    logs : ndarray of bool, shape (p,)
        Which coordinates are logarithms.
    priors : sequence of float
        Derivative of each prior's deviation; 0 where there is none.

    Returns
    -------
    Identified
        What they tell apart.
    """
    p = len(names)
    rows = np.vstack([sensitivity, np.diag(priors)])
    lengths = np.linalg.norm(rows, axis=0)
    silent = lengths <= _NOTHING * size
    if not np.isfinite(lengths).all():
        return Identified("predictions or their derivatives are beyond what can be counted", float("inf"))
    if silent.any():
        return Identified(_without_effect([name for name, quiet in zip(names, silent, strict=True) if quiet]), np.inf)
    if np.count_nonzero((np.abs(rows) > 0).any(axis=1)) < p:
        several = np.count_nonzero((np.abs(rows) > 0).any(axis=1))
        few = f"{several} {'measurement tells' if several == 1 else 'measurements tell'} something of {p} parameters"
        return Identified(f"{few}, {', '.join(names)}", float("inf"))
    _, singular, directions = np.linalg.svd(rows / lengths, full_matrices=False)
    if singular[-1] > _NOTHING * singular[0]:
        return Identified("", float(singular[0] / singular[-1]))
    # what lies in the null space as a whole, one direction after the other
    texts = []
    for direction in directions[singular <= _NOTHING * singular[0]]:
        moved = direction / lengths
        moved /= moved[np.abs(moved).argmax()]
        texts.append(_in_words(names, moved, logs))
    return Identified("; ".join(texts), float("inf"))


def _in_words(names: Sequence[str], moved: Array, logs: NDArray[np.bool_]) -> str:
    """A direction in which nothing changes, by its largest loadings."""
    order = [int(k) for k in np.argsort(-np.abs(moved), kind="stable") if abs(moved[k]) >= _NAMED]
    involved = [names[k] for k in sorted(order)]
    loadings = ", ".join(f"{'log ' * bool(logs[k])}{names[k]} {moved[k]:+.2g}" for k in sorted(order))
    shares = np.round(moved[sorted(order)], 2)
    if len(order) == 1:
        return _without_effect(involved)
    if all(logs[k] for k in order):
        if len(order) == 2 and (shares == 1).all():
            return f"{' and '.join(involved)} only through {'/'.join(involved)} ({loadings})"
        if len(order) == 2 and sorted(shares) == [-1, 1]:
            return f"{' and '.join(involved)} only through {'*'.join(involved)} ({loadings})"
        if (shares == 1).all():
            return f"{', '.join(involved)} only through their ratios, such as {involved[0]}/{involved[-1]} ({loadings})"
    return f"{', '.join(involved)} can move together without any prediction moving ({loadings})"


def _without_effect(names: Sequence[str]) -> str:
    return f"{', '.join(names)} {'changes' if len(names) == 1 else 'change'} no prediction that was measured"


def flipped(problem: Problem, x: Array) -> str:
    """Of one-compartment absorption, whether swapped rates give the same curves: which ones, empty if not.

    Parameters
    ----------
    problem : Problem
        The units.
    x : ndarray, shape (n_units, p)
        Their coordinates.

    Returns
    -------
    str
        Of the first unit, in words.
    """
    names = problem.names
    if not {"CL", "V", "ka"} <= set(names) or not np.isfinite(x[0]).all():
        return ""
    at = {name: names.index(name) for name in ("CL", "V", "ka")}
    values = problem.natural(x[:1])
    swapped = values.copy()
    clearance, volume, rate = (values[0, at[name]] for name in ("CL", "V", "ka"))
    swapped[0, at["V"]], swapped[0, at["ka"]] = clearance / rate, clearance / volume
    both = problem.predict(problem.coordinates(np.stack([values, swapped], axis=1)), np.array([0]))[0]
    if not np.isfinite(both[1][: np.isfinite(both[0]).sum()]).all():
        return ""
    if np.nanmax(np.abs(both[1] - both[0]), initial=0.0) > _SAME * np.nanmax(np.abs(both[0]), initial=0.0):
        return ""
    return (
        f"ka and CL/V can be swapped (flip-flop): V {swapped[0, at['V']]:.4g} with ka {swapped[0, at['ka']]:.4g} gives "
        "the same curve; the values from which the fit starts choose"
    )
