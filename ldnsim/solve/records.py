"""What is written down on the way: what acts between events, doses taken, what rows see."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Drive(NamedTuple):
    """What acts on the state between events.

    Attributes
    ----------
    parameters : NamedTuple or callable
        Parameters, or a function that gives them at a time [h].
    rate : ndarray, shape (n_states,)
        What infusions add to each state per hour.
    on : ndarray of bool, shape (n_states,)
        Which states are there at all.
    """

    parameters: Any
    rate: Array
    on: NDArray[np.bool_]


class Taken(NamedTuple):
    """An administration.

    Attributes
    ----------
    time : float
        When it is taken [h].
    amount : float
        How much, as the table says it.
    hours : float
        How long it is infused, 0 for a bolus [h].
    """

    time: float
    amount: float
    hours: float


class Note(NamedTuple):
    """What a row sees.

    Attributes
    ----------
    time : float
        When [h].
    state : ndarray, shape (n_states,)
        The state.
    since : float
        Time since the last administration [h], nan before the first.
    parameters : NamedTuple
        Parameters at the time.
    """

    time: float
    state: Array
    since: float
    parameters: Any
