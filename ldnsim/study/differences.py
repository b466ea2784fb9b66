"""Derivatives by differences: how far values are moved, and what follows from the runs beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..engines.leg import Array

STEP = 1e-3
"""How far a parameter is moved for a derivative, relative to its value; of one that is 0, in its unit."""

FINE = 1e-9
"""Relative tolerance for derivatives, at which the solver's error is below that of the difference."""

OFFSETS = (1, 2, -1, -2)
"""Where runs stand beside the first one, in steps: the differences err by about the fourth power of a step [1]."""


def moved(base: Mapping[str, float], names: Sequence[str]) -> dict[str, Array]:
    """Rows that derivatives are read off: where they are asked, then each value moved by `OFFSETS`, one at a time.

    Parameters
    ----------
    base : mapping of str to float
        Where the derivatives are asked.
    names : sequence of str
        What is moved.

    Returns
    -------
    dict of str to ndarray, shape (1 + 4 * n_names,)
        Values by column.
    """
    frame = {name: np.full(1 + len(OFFSETS) * len(names), value) for name, value in base.items()}
    for place, name in enumerate(names):
        frame[name][_rows(place)] += np.array(OFFSETS) * _step(base[name])
    return frame


def alone(ran: NDArray[np.bool_]) -> int | None:
    """A row that could not be run, where the first one could not, or none of those with one of the values moved."""
    beside = ran[1:].reshape(-1, len(OFFSETS)).any(axis=1)
    if ran[0] and beside.all():
        return None
    return 1 + len(OFFSETS) * int(beside.argmin()) if ran[0] else 0


def slope(found: Array, ran: NDArray[np.bool_], place: int, value: float) -> float:
    """The derivative of a number with respect to one of what was moved.

    Parameters
    ----------
    found : ndarray, shape (1 + 4 * n_names,)
        The number in each of the rows of `moved`.
    ran : ndarray of bool, shape (1 + 4 * n_names,)
        Which of these could be run.
    place : int
        Which of the names it is.
    value : float
        What was moved; of 0, rows above it alone count.

    Returns
    -------
    float
        The slope, of as high an order as rows are left, to one side where there are none on the other; nan where none
        are left, or the number has no value where the derivative is asked.
    """
    offsets, beside = np.array(OFFSETS), found[_rows(place)]
    left = ran[_rows(place)] & np.isfinite(beside) & ((value != 0) | (offsets > 0))
    if not left.any() or not np.isfinite(found[0]):
        return float("nan")
    at = offsets[left].astype(float)
    # weights that are right for every polynomial with as many coefficients as there are rows
    weights = np.linalg.solve(at[None] ** np.arange(1, at.size + 1)[:, None], np.eye(at.size)[0])
    return float(weights @ (beside[left] - found[0])) / _step(value)


def _step(value: float) -> float:
    return STEP * abs(value) or STEP


def _rows(place: int) -> slice:
    """Where the rows of one of the names stand."""
    first = 1 + len(OFFSETS) * place
    return slice(first, first + len(OFFSETS))
