"""People side by side: what an engine that runs many at once is given, and what it gives back."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .records import Array

ADD, INFUSE, CHANGE = 0, 1, 2
"""Kinds of events: an amount enters a state; what is infused into a state an hour becomes a value; the parameters
become those of an occasion, whose number stands where otherwise the state stands."""

OK, STIFF, FAILED = 0, 1, 2
"""How the run of a person ended: as asked; given up because the method would need too many steps; with numbers that
are none, or amounts below zero by more than the tolerance."""

STEPS_PER_HOUR, FEWEST_STEPS = 60.0, 10_000
"""Beyond so many steps an hour, and so many in all, an explicit method has met a stiff problem and gives up."""

FLOOR, LITTLE = 1e-6, 1e-2
"""The smallest tolerance of a state: so much of the relative one, times the typical size of the state; and how much
smaller still for states that have a level of their own, because a low dose hardly moves them."""

SHARE = 1e-2
"""The smallest tolerance of a state that has moved: so much of the relative one, times how far it has moved. People
differ from the typical sizes by orders of magnitude, and it is their own range that counts."""

CAUTIOUS = 0.1
"""How much smaller the tolerance is where parameters are unusual: outputs that are steep or cut off then have ranges
far below those of the states, and multiply their errors."""

FIRST, AGAIN = 0.01, 0.002
"""The first step, and the longest first one after an event: inhibition can saturate within seconds of a dose [h]."""

LATE = 0.0004
"""How far beyond a kink of the rates a step may end [h]."""

NOISE = 1e6
"""How many times its smallest tolerance a state may be below zero, where it counts as zero."""


class Happenings(NamedTuple):
    """Events of every person, in order of time; those at the same time happen in the order given.

    Attributes
    ----------
    time : ndarray, shape (n_events, n_people)
        When, from 0 on [h]; infinite where a person has fewer events than others.
    kind : ndarray of int8, shape (n_events, n_people)
        `ADD`, `INFUSE` or `CHANGE`.
    state : ndarray of int64, shape (n_events, n_people)
        Position of the state, or number of the occasion.
    value : ndarray, shape (n_events, n_people)
        Amount, or amount an hour; nothing for a change.
    """

    time: Array
    kind: NDArray[np.int8]
    state: NDArray[np.int64]
    value: Array

    def only(self, people: slice | NDArray[np.int64]) -> Happenings:
        """Those of some of the people."""
        return Happenings(self.time[:, people], self.kind[:, people], self.state[:, people], self.value[:, people])


class Crowd(NamedTuple):
    """People who are integrated side by side from time 0 to the last sample, each with steps of its own.

    Attributes
    ----------
    declared : type
        ``NamedTuple`` of the parameters, as the equations take them.
    parameters : ndarray, shape (n_occasions, n_parameters, n_people)
        Parameters in the order of ``vocabulary.flatten(declared)``; all begin with occasion 0.
    initial : ndarray, shape (n_states, n_people)
        State at time 0, before any event.
    scale : ndarray, shape (n_states, n_people)
        Typical size of each state.
    phase : ndarray, shape (n_people,)
        Hour of the day at time 0 less the hour of the daily peak [h].
    happenings : Happenings
        What happens on the way.
    time : ndarray, shape (n_records,)
        Times of the samples, the same for all, not decreasing, from 0 on [h].
    after : ndarray of bool, shape (n_records,)
        Whether a sample shows the state after what happens at its time, or before.
    """

    declared: type[Any]
    parameters: Array
    initial: Array
    scale: Array
    phase: Array
    happenings: Happenings
    time: Array
    after: NDArray[np.bool_]

    @property
    def most_steps(self) -> int:
        """How many steps a person may take."""
        return int(max(FEWEST_STEPS, STEPS_PER_HOUR * float(self.time[-1])))

    def floor(self, rtol: float) -> Array:
        """The smallest tolerance of each state of each person, shape (n_states, n_people)."""
        found: Array = FLOOR * rtol * self.scale * np.where(self.initial == 0, 1.0, LITTLE)
        return found

    def only(self, people: slice | NDArray[np.int64]) -> Crowd:
        """Some of the people."""
        return self._replace(
            parameters=self.parameters[..., people],
            initial=self.initial[:, people],
            scale=self.scale[:, people],
            phase=self.phase[people],
            happenings=self.happenings.only(people),
        )


class CrowdRun(NamedTuple):
    """States of everybody at the samples.

    Attributes
    ----------
    states : tuple of ndarray, each of shape (n_people, n_records)
        States in the order of the system, to be read only; without meaning for people whose status is not `OK`.
    status : ndarray of int8, shape (n_people,)
        `OK`, `STIFF` or `FAILED`.
    steps : ndarray of int64, shape (n_people,)
        Steps taken, rejected ones included.
    """

    states: tuple[Array, ...]
    status: NDArray[np.int8]
    steps: NDArray[np.int64]
