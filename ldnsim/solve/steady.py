"""Steady state without waiting for it: the state that a dosing interval leads back to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import SolverError
from ..units import HOURS_PER_DAY
from .happenings import Cycle, Event, Infuse, Jump
from .records import Array

TOLERANCE = 1e-9
"""Largest change over one period that counts as steady, relative to the scale of each state."""

_MEMORY = 12
_PERIODS = 120
_LONGEST = 2400.0
"""Longest period after which doses must come back to the same hour of the day [h]."""

_MOST = 1000
_GUARD = 1e-9
_LARGEST = 1e6
"""Multiple of its scale beyond which a state has run away: its change would drown in rounding."""


class Repeated(NamedTuple):
    """A cycle repeated until it fits the day.

    Attributes
    ----------
    cycle : Cycle
        What repeats.
    times : int
        How often.
    period : float
        Length of all repeats [h].
    """

    cycle: Cycle
    times: int
    period: float

    @staticmethod
    def of(cycle: Cycle, *, daily: bool) -> Repeated:
        """The fewest repeats after which the clock shows the same hour again.

        Raises
        ------
        SolverError
            If they would take more than 100 days, or be more than a thousand.
        """
        if not cycle.interval:
            return Repeated(cycle, 1, HOURS_PER_DAY)
        if not daily:
            return Repeated(cycle, 1, cycle.interval)
        for times in range(1, min(_MOST, int(_LONGEST / cycle.interval)) + 1):
            days = times * cycle.interval / HOURS_PER_DAY
            if abs(days - round(days)) < _GUARD and round(days):
                return Repeated(cycle, times, times * cycle.interval)
        raise SolverError(
            f"no steady state: with an interval of {cycle.interval:g} h, doses come back to the same hour of the day "
            f"after more than {_LONGEST / HOURS_PER_DAY:g} days or {_MOST} doses; take an interval that divides a day, "
            "or a multiple of it"
        )

    def events(self, start: float) -> list[Event]:
        """Events of all repeats, from a time on."""
        shifts = [start + number * self.cycle.interval for number in range(self.times)]
        return [replace(event, time=shift + event.time) for shift in shifts for event in self.cycle.events]


def refuse_collected(cycle: Cycle, kept: NDArray[np.bool_], on: NDArray[np.bool_]) -> None:
    """Raise where a dose goes into a state that nothing takes from.

    Parameters
    ----------
    cycle : Cycle
        What repeats.
    kept : ndarray of bool, shape (n_states,)
        States that some rate asks for.
    on : ndarray of bool, shape (n_states,)
        States that are there.

    Raises
    ------
    SolverError
        If there is such a dose.
    """
    for event in cycle.events:
        if isinstance(event, Jump | Infuse) and event.size and on[event.state] and not kept[event.state]:
            raise SolverError("no steady state: what is given is never eliminated")


def fixed_point(
    after: Callable[[Array], Array], guess: Array, kept: NDArray[np.bool_], scale: Array, tolerance: float = TOLERANCE
) -> tuple[Array, float]:
    """The state that a map leaves as it is, by Anderson's acceleration.

    Parameters
    ----------
    after : callable
        State one period later.
    guess : ndarray, shape (n_states,)
        Where to start.
    kept : ndarray of bool, shape (n_states,)
        States that must come back; the others only collect and stay as they are.
    scale : ndarray, shape (n_states,)
        Typical size of each state.
    tolerance : float
        Largest change over one period, relative to `scale`.

    Returns
    -------
    state : ndarray, shape (n_states,)
        The steady state.
    residual : float
        Its largest relative change over one period.

    Raises
    ------
    SolverError
        If it is not reached.

    References
    ----------
    Walker and Ni, SIAM J. Numer. Anal. 49:1715 (2011).
    """
    state = guess.astype(float).copy()
    states: list[Array] = []
    changes: list[Array] = []
    best, closest = np.inf, state
    for _ in range(_PERIODS):
        change = np.where(kept, (after(state) - state) / scale, 0.0)
        residual = float(np.abs(change).max(initial=0.0))
        if residual < best:
            best, closest = residual, state.copy()
        if not residual > tolerance or float((state / scale).max()) > _LARGEST:
            break
        states.append(state / scale)
        changes.append(change)
        del states[: -_MEMORY - 1], changes[: -_MEMORY - 1]
        step = changes[-1]
        if len(states) > 1:
            moved = np.diff(np.array(changes), axis=0).T
            weights = np.linalg.lstsq(moved, change, rcond=1e-14)[0]
            step = change - (np.diff(np.array(states), axis=0).T + moved) @ weights
        state = np.where(kept, np.maximum((states[-1] + step) * scale, 0.0), state)
    if not best <= tolerance or float((closest / scale).max()) > _LARGEST:
        raise SolverError(
            f"no steady state within {_PERIODS} periods: the state still changes by {best:.2g} of its scale in one; "
            "something may be given faster than it is eliminated"
        )
    return closest, best
