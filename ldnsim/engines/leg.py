"""A leg: subjects side by side between two interruptions, as every engine is given them, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ..base.vocabulary import filled

Array = NDArray[np.float64]

ADD, INFUSE, CHANGE = 0, 1, 2
"""Kinds of events inside a leg: an amount enters a state; what is infused into a state an hour becomes a value; the
parameters become those of a set, whose number stands where otherwise the state stands."""

OK, STIFF, FAILED = 0, 1, 2
"""How the run of a subject ended: as asked; given up because the method would need too many steps; with numbers that
are none, or amounts below zero by more than the tolerance."""

AT_ONCE, AFTER_ALL = 0, np.iinfo(np.int64).max
"""How many events a sample waits for: none at its own time, or all of them."""

STEPS_PER_HOUR, FEWEST_STEPS = 60.0, 10_000.0
"""Beyond so many steps an hour, and so many in all, an explicit method has met a stiff problem and gives up."""

KERNEL_STEPS_PER_HOUR = 20 * STEPS_PER_HOUR
"""The same for a kernel, whose step costs so little that only far more of them cost what the reference takes."""

FLOOR, LITTLE = 1e-6, 1e-2
"""The smallest tolerance of a state: so much of the relative one, times the typical size of the state; and how much
smaller still for states that have a level of their own, because a low dose hardly moves them."""

SHARE = 1e-2
"""The smallest tolerance of a state that has moved: so much of the relative one, times how far it has moved. Subjects
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


class LegEvents(NamedTuple):
    """Events of every subject, in order of time; those at the same time happen in the order given.

    Attributes
    ----------
    time : ndarray, shape (n_events, n_subjects)
        When [h]; infinite where a subject has fewer events than others.
    kind : ndarray of int8, shape (n_events, n_subjects)
        `ADD`, `INFUSE` or `CHANGE`.
    state : ndarray of int64, shape (n_events, n_subjects)
        Position of the state, or number of the parameter set.
    value : ndarray, shape (n_events, n_subjects)
        Amount, or amount an hour; nothing for a change.
    """

    time: Array
    kind: NDArray[np.int8]
    state: NDArray[np.int64]
    value: Array

    def only(self, subjects: slice | NDArray[np.int64]) -> LegEvents:
        """Those of some of the subjects."""
        return LegEvents._make(part[:, subjects] for part in self)

    @staticmethod
    def none(n_subjects: int) -> LegEvents:
        """No events."""
        nothing = np.zeros((0, n_subjects))
        return LegEvents(nothing, nothing.astype(np.int8), nothing.astype(np.int64), nothing)


@dataclass(frozen=True, eq=False)
class Leg:
    """Subjects who are integrated side by side, each from a start to the last sample, with steps of its own.

    Attributes
    ----------
    declared : type
        ``NamedTuple`` of the parameters, as the equations take them.
    parameters : ndarray, shape (n_sets, n_parameters, n_subjects)
        Parameters in the order of ``vocabulary.flatten(declared)``; all begin with set 0.
    initial : ndarray, shape (n_states, n_subjects)
        State at the start, before any event.
    scale : ndarray, shape (n_states, n_subjects)
        Typical size of each state.
    phase : ndarray, shape (n_subjects,)
        Hour of the day at time 0 less the hour of the daily peak [h].
    events : LegEvents
        What happens on the way.
    time : ndarray, shape (n_records, n_subjects)
        Times of the samples, not decreasing [h].
    waits : ndarray of int64, shape (n_records, n_subjects)
        How many events have happened where a sample at the time of an event is taken: `AT_ONCE`, `AFTER_ALL`, or a
        number; not decreasing.
    start : ndarray, shape (n_subjects,)
        When each begins [h].
    infused : ndarray, shape (n_states, n_subjects)
        What is infused into each state an hour at the start.
    on : ndarray of bool, shape (n_states, n_subjects)
        Which states are there at all.
    objects : callable, optional
        ``objects(number, subject)`` gives a set of parameters as the equations take it, or a function of time that
        does, where the numbers alone do not say it.
    """

    declared: type[Any]
    parameters: Array
    initial: Array
    scale: Array
    phase: Array
    events: LegEvents
    time: Array
    waits: NDArray[np.int64]
    start: Array
    infused: Array
    on: NDArray[np.bool_]
    objects: Callable[[int, int], Any] | None = field(default=None)

    @property
    def n_subjects(self) -> int:
        """How many subjects there are."""
        return len(self.phase)

    @property
    def empty(self) -> bool:
        """Whether nothing happens in it, for no time, and nothing but its end is read."""
        return len(self.time) == 1 and not len(self.events.time) and not (self.time[0] > self.start).any()

    def floor(self, rtol: float) -> Array:
        """The smallest tolerance of each state of each subject, shape (n_states, n_subjects)."""
        found: Array = FLOOR * rtol * self.scale * np.where(self.initial == 0, 1.0, LITTLE)
        return found

    def set_of(self, number: int, subject: int) -> Any:
        """A set of parameters of one subject as the equations take it, or a function of time that gives it."""
        if self.objects is not None:
            return self.objects(number, subject)
        return filled(self.declared, self.parameters[number, :, subject].tolist())

    def only(self, subjects: slice | NDArray[np.int64]) -> Leg:
        """Some of the subjects."""
        objects, who = self.objects, np.arange(self.n_subjects)[subjects]
        return replace(
            self,
            **{name: getattr(self, name)[..., subjects] for name in _PER_SUBJECT},
            events=self.events.only(subjects),
            objects=None if objects is None else lambda number, subject: objects(number, int(who[subject])),
        )


_PER_SUBJECT = ("parameters", "initial", "scale", "phase", "time", "waits", "start", "infused", "on")
"""Arrays of a leg whose last axis are the subjects."""


def together(legs: Sequence[Leg]) -> Leg:
    """Legs side by side, those with fewer events and records filled up."""
    if len(legs) == 1:
        return legs[0]

    def joined(parts: Sequence[NDArray[Any]], filler: Any = None) -> NDArray[Any]:
        """Side by side, those with fewer rows filled up, by their last row unless it is said."""
        filled_up, most = list(parts), max(len(part) for part in parts)
        for number, part in enumerate(parts):
            # an array with one axis has a number for each subject, and no rows
            if part.ndim > 1 and len(part) < most:
                last = part[-1:] if filler is None else np.full((1, *part.shape[1:]), filler, part.dtype)
                filled_up[number] = np.concatenate([part, np.repeat(last, most - len(part), axis=0)])
        return np.concatenate(filled_up, axis=-1)

    ends = np.cumsum([0, *(one.n_subjects for one in legs)])
    objects = None
    if any(one.objects is not None for one in legs):

        def objects(number: int, subject: int) -> Any:
            which = int(np.searchsorted(ends, subject, side="right")) - 1
            return legs[which].set_of(number, subject - int(ends[which]))

    events = LegEvents(
        *(
            joined(parts, filler)
            for parts, filler in zip(zip(*(one.events for one in legs), strict=True), (np.inf, 0, 0, 0.0), strict=True)
        )
    )
    fillers = {"waits": AFTER_ALL}
    arrays = {name: joined([getattr(one, name) for one in legs], fillers.get(name)) for name in _PER_SUBJECT}
    return Leg(declared=legs[0].declared, events=events, objects=objects, **arrays)


class LegRun(NamedTuple):
    """States of everybody at the samples.

    Attributes
    ----------
    states : tuple of ndarray, each of shape (n_subjects, n_records)
        States in the order of the system, to be read only; without meaning for subjects whose status is not `OK`.
    status : ndarray of int8, shape (n_subjects,)
        `OK`, `STIFF` or `FAILED`.
    steps : ndarray of int64, shape (n_subjects,)
        Steps taken, rejected ones included; 0 where an engine does not count them.
    errors : dict of int to Exception
        Why, of subjects whose run failed, where more is known than the status says.
    """

    states: tuple[Array, ...]
    status: NDArray[np.int8]
    steps: NDArray[np.int64]
    errors: Mapping[int, Exception]


class Engine(Protocol):
    """What integrates a leg; the same contract for every engine, and for one subject or many."""

    def solve(self, leg: Leg) -> LegRun:
        """States at the samples of a leg."""
        ...
