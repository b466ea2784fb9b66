"""A protocol: what happens to subjects who share a design, in order, and when they are read; cut into legs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .events import Change, Infuse, Interruption, Jump, Number, Put, RunState, Scale, Steady, Switch, Take
from .leg import ADD, AFTER_ALL, AT_ONCE, CHANGE, INFUSE, Array, Leg, LegEvents
from .parameter_sets import ParameterSets
from .places import STRETCH, Place, Placed, Records, place


@dataclass(frozen=True, eq=False)
class Protocol:
    """What happens to subjects who share a design, and when they are read.

    Attributes
    ----------
    n_subjects : int
        How many share it.
    sets : ParameterSets
        Their parameters; they begin with set 0.
    initial : ndarray, shape (n_states, n_subjects)
        State at the start.
    start : float
        When the run begins [h].
    placed : tuple of Placed
        What happens, in any order; those in the same place happen in this one.
    records : Records
        When they are read.
    """

    n_subjects: int
    sets: ParameterSets
    initial: Array
    start: float
    placed: tuple[Placed, ...]
    records: Records

    @cached_property
    def interruptions(self) -> tuple[Placed, ...]:
        """What the integration stops for, in order."""
        every = [one for one in self.placed if isinstance(one.event, Interruption)]
        off = {
            state for one in every if isinstance(one.event, Switch) and not one.event.on for state in one.event.states
        }
        found = [one for one in every if off or not isinstance(one.event, Switch)]
        for one in self.placed:
            if isinstance(one.event, Jump | Infuse) and one.event.state in off:
                # what enters a state that may be off turns it on
                found.append(
                    Placed(one.time, np.subtract(one.rank, 0.25), Switch(one.time, (one.event.state,), on=True))
                )
        last = float(self.records.time.max(initial=self.start))
        found = [one for one in found if np.min(one.time) <= last]
        first = [complex(place(np.ravel(one.time)[0], np.ravel(one.rank)[0])) for one in found]
        return tuple(found[k] for k in np.argsort(first, kind="stable"))

    @cached_property
    def largest(self) -> Array:
        """The largest amount that enters each subject at once or within an hour, 1 if none."""
        last = self.records.time.max(axis=0, initial=self.start)
        if not self.placed:
            return np.ones(self.n_subjects)
        time, size = (_rows(row) for row in zip(*((one.time, one.event.size) for one in self.placed), strict=True))
        found = np.where(time <= last, size, 0.0).max(axis=0)
        return np.broadcast_to(np.where(found > 0, found, 1.0), self.n_subjects)

    @cached_property
    def changes(self) -> list[tuple[Number, Number, Change]]:
        """Changes of parameters and their places, in order."""
        return [(time, rank, event) for time, rank, event in self.placed if isinstance(event, Change)]

    def set_at_records(self) -> NDArray[np.int64]:
        """Which set of parameters holds at each record, shape (n_records, n_subjects) or (n_records, 1)."""
        here = place(*self.records)
        found = np.zeros(here.shape, dtype=np.int64)
        for time, rank, change in self.changes:
            found = np.where(place(time, rank) < here, change.number, found)
        return found

    @cached_property
    def takes(self) -> list[Placed]:
        """Administrations, in order."""
        return [one for one in self.placed if isinstance(one.event, Take)]

    def outline(self) -> Leg:
        """One leg in which everything enters that ever does, which shows what can move and what is alike."""
        run = RunState(self.initial, np.zeros(self.n_subjects, np.int64), np.ones(self.initial.shape, dtype=bool))
        parts = self._parts(run)
        for number, (time, rank, event) in enumerate(self.interruptions):
            entered = event.cycle.events if isinstance(event, Steady) else ()
            parts += [_Part(time, rank, ADD, one.state, one.size) for one in entered]
            if isinstance(event, Put):
                parts += [_Part(time, rank, ADD, state, value) for state, value in event.values]
            if isinstance(event, Scale):
                parts += [_Part(time, rank, ADD, state, 1.0 + number) for state in event.states]
        events, _ = _inside(parts, place(-np.inf, 0.0), place(np.inf, 0.0), self.n_subjects)
        values = np.zeros((1, 0, self.n_subjects)) if self.sets.values is None else self.sets.values
        still = np.zeros((1, self.n_subjects))
        return Leg(
            self.sets.declared, values, self.initial, np.ones(self.initial.shape), still[0], events, still,
            still.astype(np.int64), still[0], np.zeros(self.initial.shape), run.on,
        )  # fmt: skip

    def legs(self) -> int:
        """How many legs the interruptions make."""
        return len(self.interruptions) + 1

    def leg(self, number: int, run: RunState, scale: Array, phase: Array) -> tuple[Leg, NDArray[np.int64] | None]:
        """A leg, from where subjects stand.

        Parameters
        ----------
        number : int
            Which one, from 0.
        run : RunState
            Where they stand.
        scale : ndarray, shape (n_states, n_subjects)
            Typical size of each state.
        phase : ndarray, shape (n_subjects,)
            Hour of the day at time 0 less the hour of the daily peak [h].

        Returns
        -------
        leg : Leg
            Its last record, where it is not the last leg, is its end.
        which : ndarray of int64, shape (n, n_subjects), or None
            Which records of the protocol those of the leg are, -1 for what is none; None for all of them.
        """
        stops, edge = self.interruptions, place(np.inf, 0.0)
        low = place(stops[number - 1].time, stops[number - 1].rank) if number else -edge
        high = place(stops[number].time, stops[number].rank) if number < len(stops) else edge
        start = np.maximum(np.broadcast_to(low.real if number else self.start, self.n_subjects), self.start)
        parts = self._parts(run)
        events, order = _inside(parts, low, high, self.n_subjects)
        records = place(*self.records)
        if number == 0 and self.legs() == 1:
            which, time, rank = None, self.records.time, self.records.rank
        else:
            which, time, rank = self._records_between(records, low, high, start)
        shape = (len(time), self.n_subjects)
        changing = bool((events.kind == CHANGE).any())
        values, objects = self._sets_from(run, changing=changing)
        leg = Leg(
            self.sets.declared,
            values,
            run.state,
            scale,
            phase - run.ahead,
            events,
            np.broadcast_to(time, shape),
            np.broadcast_to(_waits(time, rank, order), shape),
            start,
            self._infused(run, low),
            run.on,
            objects,
        )
        return leg, which

    def _sets_from(self, run: RunState, *, changing: bool) -> tuple[Array, Callable[[int, int], Any] | None]:
        """Sets of parameters with that which holds now in front."""
        now, sets = run.number.copy(), self.sets
        objects: Callable[[int, int], Any] | None = None
        if sets.objects is not None:

            def objects(number: int, subject: int) -> Any:
                return sets.one(int(now[subject]) if number == 0 else number - 1, subject)

        if sets.values is None:
            return np.zeros((1, 0, self.n_subjects)), objects
        values = np.take_along_axis(sets.values, now[None, None, :], axis=0)
        return (np.concatenate([values, sets.values]) if changing else values), objects

    def _parts(self, run: RunState) -> list[_Part]:
        """What happens inside legs: amounts that enter, infusions, changes of parameters."""
        found = []
        for time, rank, event in self.placed:
            if isinstance(event, Jump):
                amount = event.amount * run.given[event.dose] if event.dose in run.given else event.amount
                found.append(_Part(time, rank, ADD, event.state, amount))
        for state, (at, totals) in self._totals(run).items():
            found += [_Part(when.real, when.imag, INFUSE, state, total) for when, total in zip(at, totals, strict=True)]
        return found + [_Part(time, rank, CHANGE, change.number + 1, 0.0) for time, rank, change in self.changes]

    @cached_property
    def _ended(self) -> dict[int, list[tuple[Place, Place, Infuse]]]:
        """Infusions by state: places of start and end, which is earlier where an interruption ends them."""
        found: dict[int, list[tuple[Place, Place, Infuse]]] = {}
        for time, rank, event in self.placed:
            if not isinstance(event, Infuse):
                continue
            begun, over = place(time, rank), place(event.stop, rank)
            for stop in self.interruptions:
                assert isinstance(stop.event, Interruption)
                if stop.event.ends(event.state):
                    here = place(stop.time, stop.rank)
                    over = np.where((begun < here) & (here < over), here, over)
            found.setdefault(event.state, []).append((begun, over, event))
        return found

    def _totals(self, run: RunState) -> dict[int, tuple[Place, Array]]:
        """What is infused into each state in all from each place on."""
        found = {}
        for state, infusions in self._ended.items():
            places = [begun for begun, _, _ in infusions] + [over for _, over, _ in infusions]
            by = [event.rate * run.given.get(event.dose, 1.0) for *_, event in infusions]
            rates = [*by, *(-np.asarray(rate) for rate in by)]
            at, change = _rows(places), _rows(rates)
            running = np.repeat([1, -1], len(infusions))[:, None]
            wide = np.broadcast_shapes(at.shape, change.shape)
            at, change, running = (np.broadcast_to(x, wide) for x in (at, change, running))
            order = np.argsort(at, axis=0, kind="stable")
            at, change, running = (np.take_along_axis(x, order, axis=0) for x in (at, change, running))
            # nothing is left over by rounding once all have ended
            total = np.where(np.cumsum(running, axis=0) == 0, 0.0, np.cumsum(change, axis=0))
            found[state] = (at, total)
        return found

    def _infused(self, run: RunState, low: Place) -> Array:
        """What is infused into each state where a leg begins."""
        found = np.zeros(self.initial.shape)
        if not self._ended or not np.isfinite(low.real).all():
            return found
        for state, (at, totals) in self._totals(run).items():
            wide = np.broadcast_shapes(at.shape, (1, self.n_subjects))
            count = (np.broadcast_to(at, wide) <= low).sum(axis=0)
            before = np.vstack([np.zeros((1, self.n_subjects)), np.broadcast_to(totals, wide)])
            found[state] = np.take_along_axis(before, count[None, :], axis=0)[0]
        return found

    def _records_between(
        self, records: Place, low: Place, high: Place, start: Array
    ) -> tuple[NDArray[np.int64], Array, Array]:
        """Records between two places, those of a subject who has fewer filled up, and the end of the leg."""
        inside = np.broadcast_to((low < records) & (records < high), (len(records), self.n_subjects))
        count = inside.sum(axis=0)
        which = np.argsort(~inside, axis=0, kind="stable")[: int(count.max(initial=0))]
        mine = np.arange(len(which))[:, None] < count
        here = np.take_along_axis(np.broadcast_to(records, inside.shape), which, axis=0)
        last = np.where(count > 0, np.where(mine, here.real, -np.inf).max(axis=0, initial=-np.inf), start)
        end = np.maximum(np.where(np.isfinite(high.real), high.real, last), start)
        filler = STRETCH - 1.0
        time = np.vstack([np.where(mine, here.real, end), end])
        rank = np.vstack([np.where(mine, here.imag, filler), np.full((1, self.n_subjects), filler)])
        return np.vstack([np.where(mine, which, -1), np.full((1, self.n_subjects), -1)]), time, rank


class _Part(NamedTuple):
    """An event inside a leg, as engines take it."""

    time: Number
    rank: Number
    kind: int
    state: int
    value: Number


def _rows(values: Sequence[Any]) -> NDArray[Any]:
    """Values one below the other, each a number or one for every subject."""
    if len({np.shape(value) for value in values}) == 1:
        found: NDArray[Any] = np.array(values)
        return found if found.ndim > 1 else found[:, None]
    widest = max(np.size(value) for value in values)
    return np.array([np.broadcast_to(value, widest) for value in values])


def _inside(parts: list[_Part], low: Place, high: Place, n_subjects: int) -> tuple[LegEvents, Place]:
    """Events between two places in order, and their places."""
    if not parts:
        return LegEvents.none(n_subjects), np.empty((0, 1), dtype=np.complex128)
    at: NDArray[Any] = place(_rows([part.time for part in parts]), _rows([part.rank for part in parts]))
    at = np.where((low < at) & (at < high), at, place(np.inf, 0.0))
    finite = np.isfinite(at.real).any(axis=1)
    if not finite.any():
        return LegEvents.none(n_subjects), np.empty((0, 1), dtype=np.complex128)
    at, parts = at[finite], [part for part, there in zip(parts, finite, strict=True) if there]
    kind, state = np.array([[part.kind, part.state] for part in parts], dtype=np.int64).T[:, :, None]
    value = _rows([part.value for part in parts]).astype(float, copy=False)
    order = np.argsort(at, axis=0, kind="stable")
    at = np.take_along_axis(at, order, axis=0)
    wide = (len(parts), n_subjects)

    def sorted_(values: NDArray[Any]) -> NDArray[Any]:
        widest = np.broadcast_shapes(values.shape, order.shape)
        return np.take_along_axis(np.broadcast_to(values, widest), np.broadcast_to(order, widest), axis=0)

    events = LegEvents(
        *(np.broadcast_to(x, wide) for x in (at.real, sorted_(kind.astype(np.int8)), sorted_(state), sorted_(value)))
    )
    return events, at


def _waits(time: Array, rank: Array, events: Place) -> NDArray[np.int64]:
    """How many events each record waits for."""
    within = np.mod(rank, STRETCH)
    found = np.where(within == 0.0, AT_ONCE, AFTER_ALL)
    counted = (within != 0.0) & (within != STRETCH - 1.0)
    if counted.any() and len(events):
        here = place(time, rank)
        if events.shape[1] == 1:
            number = np.searchsorted(events[:, 0], here)
        else:
            wide = (len(here), events.shape[1])
            here = np.broadcast_to(here, wide)
            number = np.array([np.searchsorted(own, mine) for own, mine in zip(events.T, here.T, strict=True)]).T
        found = np.where(counted, number, found)
    return found
