"""What was found by the search, kept in a fresh run as a user would make it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from ..base.errors import InputError
from .changed import shortened
from .crossings import Array, is_flat
from .wishes import Endpoints

PROMISE = 1e-3
"""How far from the target an endpoint may be in a fresh run of what is given as found, relative to the target [1]."""

_BESIDE = 0.02
"""How far from a dose or interval, relative to it, the engine of a run may have the crossing of the search [1]."""

R = TypeVar("R")


def refuse_flat(y: Array, endpoints: Endpoints, varied: str) -> None:
    """Refuse an endpoint that does not depend on what is varied; raises `InputError`."""
    if is_flat(y):
        (name,) = endpoints.names
        there = y[~np.isnan(y)]
        what = f"it is {endpoints.told(name, float(there[0]))} at any" if there.size else "it has no value"
        raise InputError("wanted", name, f"an endpoint that depends on {varied}; {what}")


def kept(
    place: float, run_at: Callable[[float], tuple[R, float]], level: float, scale: float
) -> tuple[float, R, float]:
    """The number close to a crossing at which a fresh run keeps what the search promises, or comes closest to it.

    Parameters
    ----------
    place : float
        Logarithm of the number, as the search has it.
    run_at : callable
        Gives a fresh run at a number, and the endpoint in it.
    level, scale : float
        The target, and what differences from it are measured by.

    Returns
    -------
    number : float
        To as many digits as a regimen tells.
    run : object
        The fresh run at it.
    value : float
        The endpoint in it.
    """
    from scipy.optimize import elementwise

    seen: dict[float, tuple[float, R, float]] = {}

    def off(x: Array) -> Array:
        for one in np.ravel(x).tolist():
            if one not in seen:
                number = shortened(float(np.exp(one)))
                seen[one] = number, *run_at(number)
        return np.reshape([(seen[one][2] - level) / scale for one in np.ravel(x).tolist()], np.shape(x))

    (first,) = off(np.array([place])).tolist()
    if not abs(first) <= PROMISE / 2:
        # another engine may have the crossing a little beside
        bracket = np.array([place - _BESIDE]), np.array([place + _BESIDE])
        elementwise.find_root(off, bracket, tolerances={"xatol": 1e-7, "fatol": PROMISE / 10})
    nearest = min(seen, key=lambda one: (np.nan_to_num(abs(seen[one][2] - level), nan=np.inf), abs(one - place)))
    return seen[nearest]
