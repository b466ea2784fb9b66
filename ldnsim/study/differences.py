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


def steps_of(base: Mapping[str, float], names: Sequence[str]) -> dict[str, float]:
    """How far each of some values is moved in a step."""
    return {name: STEP * abs(base[name]) or STEP for name in names}


def moved(base: Mapping[str, float], names: Sequence[str]) -> dict[str, Array]:
    """Rows that a derivative is read off: where it is asked, then each value moved by `OFFSETS`, one at a time.

    Parameters
    ----------
    base : mapping of str to float
        Where the derivative is asked.
    names : sequence of str
        What is moved.

    Returns
    -------
    dict of str to ndarray, shape (1 + 4 * n_names,)
        Values by column.
    """
    frame = {name: np.full(1 + len(OFFSETS) * len(names), value) for name, value in base.items()}
    steps = steps_of(base, names)
    for place, name in enumerate(names):
        frame[name][_rows(place)] += np.array(OFFSETS) * steps[name]
    return frame


def slope(found: Array, ran: NDArray[np.bool_], place: int, step: float, *, both: bool) -> float:
    """The derivative of a number with respect to one of what was moved.

    Parameters
    ----------
    found : ndarray, shape (1 + 4 * n_names,)
        The number in each of the rows of `moved`.
    ran : ndarray of bool, shape (1 + 4 * n_names,)
        Which of these could be run.
    place : int
        Which of the names it is.
    step : float
        How far it was moved in a step.
    both : bool
        Whether it was moved to both sides; what was 0 counts upwards alone.

    Returns
    -------
    float
        The slope, of as high an order as rows are left, to one side where there are none on the other; nan where none
        are left.
    """
    rows = _rows(place)
    offsets = np.array(OFFSETS)
    left = ran[rows] & np.isfinite(found[rows]) & (both | (offsets > 0))
    if not left.any() or not (ran[0] and np.isfinite(found[0])):
        return float("nan")
    at = offsets[left].astype(float)
    # weights that are right for every polynomial with as many coefficients as there are rows
    weights = np.linalg.solve(at[None] ** np.arange(1, at.size + 1)[:, None], np.eye(at.size)[0])
    return float(weights @ (found[rows][left] - found[0])) / step


def _rows(place: int) -> slice:
    """Where the rows of one of the names stand."""
    first = 1 + len(OFFSETS) * place
    return slice(first, first + len(OFFSETS))
