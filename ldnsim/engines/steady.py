"""Steady states without waiting for them: the states that a dosing interval leads back to, for many at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import SolverError
from ..base.units import HOURS_PER_DAY
from .events import Cycle, Infuse, Jump
from .leg import Array

TOLERANCE = 1e-9
"""Largest change over one period that counts as steady, relative to the scale of each state."""

_MEMORY = 12
_PERIODS = 120
_NEAR, _ROUGH = 1e-5, 20
"""Change over one period below which a subject is followed with a small tolerance, which would be wasted on what only
leads near; and number of periods after which it begins anew with it, if it is not near by then."""

_LONGEST = 2400.0
"""Longest period after which doses must come back to the same hour of the day [h]."""

_MOST = 1000
_GUARD = 1e-9
_LARGEST = 1e6
"""Multiple of its scale beyond which a state has run away: its change would drown in rounding."""

_ROUNDING = float(np.finfo(float).eps)


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

    def events(self, start: float) -> list[Jump | Infuse]:
        """Events of all repeats, from a time on."""
        found: list[Jump | Infuse] = []
        for number in range(self.times):
            shift = start + number * self.cycle.interval
            for event in self.cycle.events:
                moved = replace(event, time=shift + event.time)
                if isinstance(moved, Infuse):
                    moved = replace(moved, stop=shift + np.minimum(moved.stop, self.cycle.interval or np.inf))
                found.append(moved)
        return found


After = Callable[[Array, NDArray[np.int64]], Array]
"""``after(states, who)``: states of some subjects one period later, both of shape (n_states, len(who))."""


def fixed_points(
    after: After, roughly: After, guess: Array, kept: NDArray[np.bool_], scale: Array
) -> tuple[Array, Array]:
    """States that a map leaves as they are, each subject by Anderson's acceleration of its own.

    Parameters
    ----------
    after, roughly : callable
        States one period later, and the same with a larger error, which leads each subject near.
    guess : ndarray, shape (n_states, n_subjects)
        Where to start.
    kept : ndarray of bool, shape (n_states, n_subjects)
        States that must come back; the others only collect and stay as they are.
    scale : ndarray, shape (n_states, n_subjects)
        Typical size of each state.

    Returns
    -------
    state : ndarray, shape (n_states, n_subjects)
        The steady states.
    residual : ndarray, shape (n_subjects,)
        Largest relative change over one period; above `TOLERANCE`, or nan, where none was reached.

    References
    ----------
    Walker and Ni, SIAM J. Numer. Anal. 49:1715 (2011).
    """
    size = guess.shape[1]
    state, closest = guess.astype(float), guess.astype(float)
    best = np.full(size, np.inf)
    memory: list[tuple[list[Array], list[Array]]] = [([], []) for _ in range(size)]
    active, rough = np.arange(size), np.ones(size, dtype=bool)
    for number in range(_ROUGH + _PERIODS):
        if not len(active):
            break
        found = np.empty((len(state), len(active)))
        for leads, those in ((roughly, rough[active]), (after, ~rough[active])):
            if those.any():
                found[:, those] = leads(state[:, active[those]], active[those])
        going = []
        for place, who in enumerate(active.tolist()):
            own, mine = kept[:, who], scale[:, who]
            change = np.where(own, (found[:, place] - state[:, who]) / mine, 0.0)
            residual = float(np.abs(change).max(initial=0.0))
            lost = np.isnan(residual) or float((state[:, who] / mine).max(initial=0.0)) > _LARGEST
            if rough[who] and (lost or (residual > _NEAR and number >= _ROUGH - 1)):
                # small errors may lead far astray
                rough[who], memory[who], state[:, who] = False, ([], []), guess[:, who]
                going.append(who)
                continue
            if rough[who]:
                rough[who] = residual > _NEAR
            elif residual < best[who]:
                best[who], closest[:, who] = residual, state[:, who]
                lost = lost or residual <= TOLERANCE
            if lost:
                continue
            states, changes = memory[who]
            states.append(state[:, who] / mine)
            changes.append(change)
            del states[: -_MEMORY - 1], changes[: -_MEMORY - 1]
            step = change
            if len(states) > 1:
                moved = np.diff(np.array(changes), axis=0).T
                weights = np.linalg.lstsq(moved, change, rcond=1e-14)[0]
                step = change - (np.diff(np.array(states), axis=0).T + moved) @ weights
            state[:, who] = np.where(own, np.maximum((states[-1] + step) * mine, 0.0), state[:, who])
            going.append(who)
        active = np.array(going, dtype=np.int64)
    best[(closest / scale).max(axis=0, initial=0.0) > _LARGEST] = np.nan
    return closest, best


def not_reached(residual: float) -> SolverError:
    """The error of a subject without a steady state."""
    changes = f"still changes by {residual:.2g} of its scale in one" if np.isfinite(residual) else "grows without end"
    return SolverError(
        f"no steady state within {_PERIODS} periods: the state {changes}; "
        "something may be given faster than it is eliminated"
    )


def never_eliminated(residual: float = np.nan) -> SolverError:
    """The error of a subject of a linear system without a steady state, or of one that numbers cannot hold."""
    if not residual < 1:
        return SolverError("no steady state: something is given again and again and never eliminated")
    return SolverError(
        "no steady state: something is eliminated so slowly that rounding would change its level by up to "
        f"{residual:.2g} of it"
    )


def linear_points(after: After, carry: After, guess: Array, kept: NDArray[np.bool_]) -> tuple[Array, Array]:
    """The same for a map that is linear, from where it takes nothing, and one of each state.

    Parameters
    ----------
    after : callable
        States one period later.
    carry : callable
        The same where nothing is given.
    guess : ndarray, shape (n_states, n_subjects)
        What the others, which only collect, stay at.
    kept : ndarray of bool, shape (n_states, n_subjects)
        States that must come back.

    Returns
    -------
    state : ndarray, shape (n_states, n_subjects)
        The steady states.
    residual : ndarray, shape (n_subjects,)
        How far rounding may have led each state away, relative to it; nan where something is never eliminated.

    References
    ----------
    Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., ch. 7 (2002), on errors by component.
    """
    n_states, size = guess.shape
    who = np.arange(size)
    given = after(np.zeros(guess.shape), who)
    carried = np.empty((size, n_states, n_states))
    for state in range(n_states):
        unit = np.zeros(guess.shape)
        unit[state] = 1.0
        carried[:, :, state] = carry(unit, who).T
    found, residual = guess.astype(float), np.full(size, np.nan)
    for one in range(size):
        own = kept[:, one]
        left, entered = carried[one][np.ix_(own, own)], given[own, one]
        try:
            inverse = np.linalg.inv(np.eye(len(left)) - left)
        except np.linalg.LinAlgError:
            continue
        steady = inverse @ entered
        # what is carried on is known to rounding, of which the inverse makes more where hardly anything is lost
        doubt = _ROUNDING * (np.abs(inverse) @ (np.abs(steady) + np.abs(left) @ np.abs(steady) + np.abs(entered)))
        if np.isfinite(doubt).all() and (steady >= -doubt).all():
            found[own, one] = steady
            residual[one] = (doubt[doubt > 0] / np.abs(steady[doubt > 0])).max(initial=0.0)
    return found, residual
