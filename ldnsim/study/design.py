"""What happens to subjects who share a design: each kind of event record, in its place."""

from __future__ import annotations

import math
import warnings
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from ..base.errors import InputError, LdnsimWarning
from ..dosing.event_table import EventTable
from ..dosing.rows import Row
from ..engines.events import (
    Again,
    Change,
    Cycle,
    Event,
    Infuse,
    Jump,
    Number,
    Past,
    Put,
    Reset,
    Scale,
    Steady,
    Switch,
    Take,
)
from ..engines.leg import Array
from ..engines.parameter_sets import ParameterSets
from ..engines.places import DUE, ROW, STRETCH, WIDTH, Placed
from ..models.dosable import Model
from .intake import Intake

SAME = 1e-12
"""Relative difference of two times that is rounding, so that an additional dose is due at a row's time."""

MAX_EVENTS = 5_000_000


class Subject(NamedTuple):
    """Rows of one subject that are planned, and those that only look.

    Attributes
    ----------
    id : object
        Who.
    rows : list of Row
        All rows, in file order.
    acting : list of int
        Positions of rows that do something, or change parameters.
    looking : list of (int, int)
        Positions of rows that ask for the state, and how many acting rows come before each.
    known : list
        Covariates of one set of parameters after the other, or a function of time that gives the parameters.
    pattern : tuple of int
        How often they change on the way to each acting row.
    intakes : list of Intake or None
        The dose of each acting row.
    """

    id: Any
    rows: list[Row]
    acting: list[int]
    looking: list[tuple[int, int]]
    known: list[Any]
    pattern: tuple[int, ...]
    intakes: list[Intake | None]


@dataclass
class Design:
    """Builds the protocol of subjects whose acting rows differ in amounts and parameters alone."""

    table: EventTable
    model: Model
    subjects: Sequence[Subject]
    linear: bool
    end: float
    placed: list[Placed] = field(default_factory=list)
    own: list[tuple[float, float, Event]] = field(default_factory=list)
    later: list[tuple[float, float, Event, float]] = field(default_factory=list)
    ahead: list[tuple[float, float]] = field(default_factory=list)
    begin: int = 0
    sets: int = 0

    def __post_init__(self) -> None:
        first = self.subjects[0]
        self.rows = [first.rows[position] for position in first.acting]
        backward = (place for place, (above, row) in enumerate(pairwise(self.rows), 1) if row.time < above.time)
        self.last_restart = max(backward, default=0)
        self.start = first.rows[0].time
        self.ahead.append((self.start, 0.0))

    def build(self) -> list[Placed]:
        """What happens, in its places."""
        for number, row in enumerate(self.rows):
            if number and row.time < self.rows[number - 1].time:
                self._close(number)
            self.rank = ROW + number % int(ROW / WIDTH) * WIDTH
            self._parameters(number)
            getattr(self, f"_{row.event.replace('-', '_')}")(number, row)
        self._close(len(self.rows))
        return self.placed

    def _column(self, number: int, value: Callable[[Row], float]) -> Number:
        """A number of an acting row: one for all, or one for each subject."""
        every = [value(one.rows[one.acting[number]]) for one in self.subjects]
        return every[0] if every.count(every[0]) == len(every) else np.array(every)

    def _close(self, stop: int) -> None:
        """End a stretch; what is still to come is beyond it."""
        rows = self.rows[self.begin : stop]
        last = rows[-1].time if rows else self.start
        if stop < len(self.rows):
            left = [event for time, _, event, _ in self.later if time > last]
            again = self.rows[stop]
            cancels = self.table.pending == "cancel" or (again.event == "reset-dose" and again.ss in (1, 3))
            if left and not cancels:
                raise InputError(
                    f"{again.place}, column TIME",
                    again.time,
                    "a time that does not go back while doses are still to come, or pending='cancel'",
                )
        times = sorted({row.time for row in rows})
        stretch, ahead = len(self.ahead) - 1, self.ahead[-1][1]
        if len(self.own) + len(self.later) > MAX_EVENTS:
            raise InputError("table", len(self.own) + len(self.later), f"at most {MAX_EVENTS} events a subject")
        base = stretch * STRETCH
        # what is due at a row's time happens before the row
        for time, rank, event, origin in self.later:
            if stop == len(self.rows) or time <= last:
                self._put(_snapped(time, times, origin), base + rank, event, ahead)
        for time, rank, event in self.own:
            # before a steady state with which a run begins there is nothing to be shown
            self._put(time, base - 1.0 if isinstance(event, Past) else base + rank, event, ahead)
        self.own, self.later, self.begin = [], [], stop
        if stop < len(self.rows):
            again = self.rows[stop]
            begins = last + ahead
            self.ahead.append((begins, begins - again.time))
            self.placed.append(Placed(begins, (stretch + 1) * STRETCH, Again(begins, begins - again.time)))

    def _put(self, time: float, rank: float, event: Event, ahead: float) -> None:
        moved: dict[str, Any] = {"time": time + ahead if ahead else time}
        if isinstance(event, Infuse):
            moved["stop"] = event.stop + ahead if ahead else event.stop
        self.placed.append(Placed(moved["time"], rank, replace(event, **moved)))

    def _now(self, row: Row, event: Event) -> None:
        self.own.append((row.time, self.rank, event))
        self.rank = min(self.rank + 1.0, math.floor(self.rank / WIDTH) * WIDTH + WIDTH - 2)

    def _later(self, row: Row, events: Sequence[Event]) -> None:
        first = DUE + len(self.later)
        # who share a design share lags and durations, so that one time is that of all
        self.later += [(float(event.time), first + number, event, row.time) for number, event in enumerate(events)]

    def _cancel(self, row: Row) -> None:
        """Drop what is still to come; infusions that have begun go on."""
        self.later = [entry for entry in self.later if not _after(entry[0], row.time)]

    def _parameters(self, number: int) -> None:
        """Parameters on the way to this row, by the rule of each covariate."""
        row = self.rows[number]
        for before in changes(self.table, self.rows, number):
            self.sets += 1
            at = self.rows[number - 1] if before else row
            self._now(at, Change(at.time, self.sets))

    def _other(self, _number: int, row: Row) -> None:
        if row.cmt:
            off = row.cmt.startswith("-") if isinstance(row.cmt, str) else row.cmt < 0
            cmt = row.cmt.removeprefix("-") if isinstance(row.cmt, str) else abs(row.cmt)
            compartment = self.model.compartment(cmt, self.model.dose, row.place)
            self._now(row, Switch(row.time, compartment.states, not off))

    def _observation(self, _number: int, _row: Row) -> None:
        """Only looks, which is none of what happens."""

    def _reset(self, number: int, row: Row) -> None:
        due = [event for time, _, event, _ in self.later if isinstance(event, Jump | Infuse) and _after(time, row.time)]
        if self.table.pending == "cancel":
            self._cancel(row)
        elif due and self.table.pending is None:
            warnings.warn(
                f"{row.place}: lagged or additional doses are still to come at this reset; they are kept, as "
                "mrgsolve and rxode2 do (pending='keep' says so, pending='cancel' drops them)",
                LdnsimWarning,
                stacklevel=2,
            )
        sets = sets_of(self.model, [[one.rows[one.acting[number]].covariates for one in self.subjects]])
        self._now(row, Reset(row.time, untreated(self.model, sets, len(self.subjects))))

    def _reset_dose(self, number: int, row: Row) -> None:
        if row.ss not in (1, 3):
            self._reset(number, row)
        self._dose(number, row)

    def _dose(self, number: int, row: Row) -> None:
        intakes = [one.intakes[number] for one in self.subjects]
        first = intakes[0]
        assert first is not None
        parts = zip(*(one[1:] for one in intakes if one is not None), strict=True)
        taken = Intake(first.compartment, *(p[0] if p.count(p[0]) == len(p) else np.array(p) for p in parts))
        amt = self._column(number, lambda one: one.amt)
        if row.ss:
            self._steady(number, row, taken)
        if row.amt or not row.ss:
            self._now(row, Take(row.time, -1, amt, taken.duration))
            self._under_way(row, taken.enter(row.time))
        for extra in range(1, row.addl + 1):
            time = row.time + extra * row.ii
            if number >= self.last_restart and _after(time, self.end):
                break
            self._later(row, [Take(time, -1, amt, taken.duration), *taken.enter(time)])

    def _under_way(self, row: Row, events: Sequence[Event]) -> None:
        for event in events:
            if event.time == row.time:
                self._now(row, event)
            else:
                self._later(row, [event])

    def _steady(self, number: int, row: Row, taken: Intake) -> None:
        if row.ss == 2 and not self.linear and not self.table.superpose:
            raise InputError(
                f"{row.place}, column SS",
                row.ss,
                "1 or 3, because amounts add up only in linear models (superpose=True adds them anyway)",
            )
        adds = row.ss == 2
        if not adds:
            self._cancel(row)
        under_way: list[Jump | Infuse] = []
        if row.amt:
            cycle, under_way = taken.cycle(row.time, row.ii)
        else:
            inlets = taken.compartment.inlets
            constant = [Infuse(0.0, np.inf, i.state, taken.rate * i.share) for i in inlets if np.any(taken.rate)]
            cycle = Cycle(tuple(constant), 0.0)
        kind = Past if self.rows[number] is self.subjects[0].rows[0] else Steady
        self._now(row, kind(row.time, cycle, adds))
        self._under_way(row, under_way)

    def _replace(self, number: int, row: Row) -> None:
        compartment = self.model.compartment(row.cmt, self.model.dose, row.place)
        if not compartment.inlets and len(compartment.states) > 1:
            raise InputError(f"{row.place}, column CMT", compartment.name, "a compartment whose amount can be set")
        amount = self._column(number, lambda one: one.amt * self._amount(compartment.name, one))
        entering = self.model.dosing_at(row.covariates).compartments
        shares = {inlet.state: inlet.share for one in entering if one.name == compartment.name for inlet in one.inlets}
        self._now(row, Put(row.time, tuple((state, amount * shares.get(state, 1.0)) for state in compartment.states)))

    def _amount(self, name: str, row: Row) -> float:
        return float(self.model.dosing_at(row.covariates).amount(name, row.carried))

    def _multiply(self, number: int, row: Row) -> None:
        compartment = self.model.compartment(row.cmt, self.model.dose, row.place)
        self._now(row, Scale(row.time, compartment.states, self._column(number, lambda one: one.amt)))

    def _phantom(self, _number: int, row: Row) -> None:
        self.model.compartment(row.cmt, self.model.dose, row.place)
        self._now(row, Take(row.time))


def _same(time: float, other: float) -> bool:
    return abs(time - other) <= SAME * max(1.0, abs(other))


def _after(time: float, other: float) -> bool:
    return time > other and not _same(time, other)


def _snapped(time: float, times: Sequence[float], own: float) -> float:
    """A row's time, where a computed time misses it by rounding only; never that of the row it comes from."""
    place = bisect_left(times, time)
    for near in times[max(place - 1, 0) : place + 1]:
        if _same(time, near) and near != own:
            return near
    return time


def changes(table: EventTable, rows: Sequence[Row], number: int) -> list[bool]:
    """Where parameters change on the way to a row: True at the row before, False at the row itself."""
    if number == 0 or not table.covariates:
        return []
    before, row = rows[number - 1], rows[number]
    if before.covariates == row.covariates:
        return []
    return [False] if row.time <= before.time else [True, False]


def sets_of(model: Model, known: list[list[Any]]) -> ParameterSets:
    """Parameters of subjects from their covariates, set by set."""
    if model.fill_many is not None and not any(callable(one) for every in known for one in every):
        values = np.array([model.fill_many(every) for every in known])
        return ParameterSets(type(model.fill(known[0][0])), values, None)
    return ParameterSets.of([[one if callable(one) else model.fill(one) for one in every] for every in known])


def untreated(model: Model, sets: ParameterSets, size: int) -> Array:
    """States of subjects before any dose."""
    return model.untreated_many(lambda who: sets.at(0, who, 0.0), size, sets.of_first)
