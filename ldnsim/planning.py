"""From the rows of a table to what happens in the model, and when: the semantics of NONMEM's event records."""

from __future__ import annotations

import math
import warnings
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from itertools import pairwise
from operator import add
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .bounds import Cure, Size, refuse_hopeless, rounded_up
from .dosable import Model
from .dosing import Intake, intake
from .errors import InputError, LdnsimWarning
from .events import EventTable
from .records import Row
from .sampling import regular_count
from .solve.happenings import (
    Change,
    Cycle,
    Event,
    Forget,
    Halt,
    Infuse,
    Jump,
    Look,
    Past,
    Put,
    Reset,
    Scale,
    Steady,
    Switch,
    Take,
)
from .solve.records import Array
from .solve.timeline import Timeline

_NUMBER = 8
_SAME = 1e-12
"""Relative difference of two times that is rounding, so that an additional dose is due at a row's time."""

MAX_EVENTS = 5_000_000


class Plan(NamedTuple):
    """What happens to one subject.

    Attributes
    ----------
    timeline : Timeline
        Segments and events.
    initial : ndarray, shape (n_states,)
        State before the first row.
    on : ndarray of bool, shape (n_states,)
        What is on at first.
    parameters : NamedTuple
        Parameters before the first row.
    """

    timeline: Timeline
    initial: Array
    on: NDArray[np.bool_]
    parameters: Any


@dataclass
class _Subject:
    """Builds the timeline of one subject's rows."""

    table: EventTable
    model: Model
    rows: Sequence[Row]
    linear: bool
    until: float
    on: NDArray[np.bool_]
    own: list[tuple[float, int, Event]] = field(default_factory=list)
    later: list[tuple[float, int, Event, float]] = field(default_factory=list)
    epochs: list[tuple[float, list[Event]]] = field(default_factory=list)
    begin: int = 0

    @cached_property
    def last_restart(self) -> int:
        """Position of the last row at which time goes back, 0 if none."""
        backward = (place for place, (above, row) in enumerate(pairwise(self.rows), 1) if row.time < above.time)
        return max(backward, default=0)

    @property
    def end(self) -> float:
        """Beyond which nothing is simulated after the last restart [h]."""
        return max(self.rows[-1].time, self.until)

    def events(self) -> list[tuple[float, float, list[Event]]]:
        """Start, end and events of each stretch in which TIME does not go back."""
        for position, row in enumerate(self.rows):
            if position and row.time < self.rows[position - 1].time:
                self._close(position)
            self._parameters(position)
            self._row(position, row)
        self._close(len(self.rows))
        found = []
        for start, events in self.epochs:
            ends = [event.time for event in events if isinstance(event, Look)]
            found.append((start, max([start, *ends]), events))
        return found

    def _close(self, stop: int) -> None:
        """End a stretch; what is still to come is beyond it."""
        rows = self.rows[self.begin : stop]
        if stop < len(self.rows):
            left = [event for time, _, event, _ in self.later if time > rows[-1].time and not isinstance(event, Halt)]
            again = self.rows[stop]
            cancels = self.table.pending == "cancel" or (again.event == "reset-dose" and again.ss in (1, 3))
            if left and not cancels:
                raise InputError(
                    f"{self.rows[stop].place}, column TIME",
                    self.rows[stop].time,
                    "a time that does not go back while doses are still to come, or pending='cancel'",
                )
        times = sorted({row.time for row in rows})
        # what is due at a row's time happens before the row, hence 0 before 1
        placed = [(_snapped(time, times, own), 0, order, event) for time, order, event, own in self.later]
        placed += [(time, 1, order, event) for time, order, event in self.own]
        placed.sort(key=lambda entry: entry[:3])
        if len(placed) > MAX_EVENTS:
            raise InputError("table", len(placed), f"at most {MAX_EVENTS} events a subject")
        self.epochs.append((rows[0].time, [replace(event, time=time) for time, _, _, event in placed]))
        self.own, self.later, self.begin = [], [], stop

    def _now(self, row: Row, event: Event) -> None:
        self.own.append((row.time, len(self.own), event))

    def _later(self, row: Row, events: Sequence[Event]) -> None:
        first = len(self.later)
        self.later += [(event.time, first + number, event, row.time) for number, event in enumerate(events)]

    def _cancel(self, row: Row) -> None:
        """Drop what is still to come; ends of infusions are harmless."""
        self.later = [entry for entry in self.later if entry[0] <= row.time or _same(entry[0], row.time)]

    def _parameters(self, position: int) -> None:
        """Parameters on the way to this row, by the rule of each covariate."""
        row = self.rows[position]
        if position == 0 or not self.table.covariates:
            return
        before = self.rows[position - 1]
        if before.covariates == row.covariates:
            return
        rules = self.table.covariates
        fixed = {
            name: (before if rule == "locf" and row.time > before.time else row).covariates[name]
            for name, rule in rules.items()
        }
        straight = [name for name, rule in rules.items() if rule == "linear"]
        fill = self.model.fill
        if row.time <= before.time:
            self._now(row, Change(row.time, fill(row.covariates)))
            return
        if straight:
            changing = _interpolated(fill, before, row, fixed, straight)
            self._now(before, Change(before.time, changing))
        else:
            self._now(before, Change(before.time, fill(fixed)))
        self._now(row, Change(row.time, fill(row.covariates)))

    def _row(self, position: int, row: Row) -> None:
        handle = getattr(self, f"_{row.event.replace('-', '_')}")
        handle(position, row)

    def _observation(self, position: int, row: Row) -> None:
        self.model.compartment(row.cmt, self.model.observe, row.place)
        self._now(row, Look(row.time, position))

    def _other(self, position: int, row: Row) -> None:
        if row.cmt:
            off = row.cmt.startswith("-") if isinstance(row.cmt, str) else row.cmt < 0
            cmt = row.cmt.removeprefix("-") if isinstance(row.cmt, str) else abs(row.cmt)
            compartment = self.model.compartment(cmt, self.model.dose, row.place)
            self._now(row, Switch(row.time, compartment.states, not off))
        self._now(row, Look(row.time, position))

    def _reset(self, position: int, row: Row) -> None:
        due = [
            e for t, _, e, _ in self.later if t > row.time and not _same(t, row.time) and isinstance(e, Jump | Infuse)
        ]
        if self.table.pending == "cancel":
            self._cancel(row)
        elif due and self.table.pending is None:
            warnings.warn(
                f"{row.place}: lagged or additional doses are still to come at this reset; they are kept, as "
                "mrgsolve and rxode2 do (pending='keep' says so, pending='cancel' drops them)",
                LdnsimWarning,
                stacklevel=2,
            )
        restart = position == self.begin and position > 0
        p = self.model.fill(row.covariates)
        self._now(row, Reset(row.time, self.model.untreated(p), self.on, restart))
        self._now(row, Look(row.time, position))

    def _reset_dose(self, position: int, row: Row) -> None:
        if row.ss not in (1, 3):
            self._reset(position, row)
        elif position == self.begin and position > 0:
            self._now(row, Forget(row.time))
        self._dose(position, row)

    def _dose(self, position: int, row: Row) -> None:
        compartment = self.model.compartment(row.cmt, self.model.dose, row.place)
        taken = intake(self.model, row, compartment)
        if row.ss:
            self._steady(position, row, taken)
        if row.amt or not row.ss:
            self._enter(row, taken.enter(row.time, (position, 0)), Take(row.time, -1, row.amt, taken.duration))
        for extra in range(1, row.addl + 1):
            time = row.time + extra * row.ii
            if position >= self.last_restart and time > self.end and not _same(time, self.end):
                break
            self._later(row, [Take(time, -1, row.amt, taken.duration), *taken.enter(time, (position, extra))])
        self._now(row, Look(row.time, position))

    def _under_way(self, row: Row, events: Sequence[Event]) -> None:
        for event in events:
            if event.time == row.time:
                self._now(row, event)
            else:
                self._later(row, [event])

    def _enter(self, row: Row, events: Sequence[Event], take: Event) -> None:
        self._now(row, take)
        self._under_way(row, events)

    def _steady(self, position: int, row: Row, taken: Intake) -> None:
        if row.ss == 2 and not self.linear and not self.table.superpose:
            raise InputError(
                f"{row.place}, column SS",
                row.ss,
                "1 or 3, because amounts add up only in linear models (superpose=True adds them anyway)",
            )
        adds = row.ss == 2
        if not adds:
            self._cancel(row)
        if row.amt:
            cycle, under_way = taken.cycle(row.time, row.ii, position)
        else:
            infusions = [Infuse(0.0, i.state, taken.rate * i.share, i) for i in taken.compartment.inlets if taken.rate]
            cycle, under_way = Cycle(tuple(infusions), 0.0), []
        # before the first row there is nothing to be shown
        kind = Past if position == 0 else Steady
        self._now(row, kind(row.time, cycle, adds))
        self._under_way(row, under_way)

    def _replace(self, position: int, row: Row) -> None:
        compartment = self.model.compartment(row.cmt, self.model.dose, row.place)
        factor = self.model.amount(compartment.name, row.carried)
        if not compartment.inlets and len(compartment.states) > 1:
            raise InputError(f"{row.place}, column CMT", compartment.name, "a compartment whose amount can be set")
        shares = {inlet.state: inlet.share for inlet in compartment.inlets}
        values = tuple((state, row.amt * factor * shares.get(state, 1.0)) for state in compartment.states)
        self._now(row, Put(row.time, values))
        self._now(row, Look(row.time, position))

    def _multiply(self, position: int, row: Row) -> None:
        compartment = self.model.compartment(row.cmt, self.model.dose, row.place)
        self._now(row, Scale(row.time, compartment.states, row.amt))
        self._now(row, Look(row.time, position))

    def _phantom(self, position: int, row: Row) -> None:
        self.model.compartment(row.cmt, self.model.dose, row.place)
        self._now(row, Take(row.time))
        self._now(row, Look(row.time, position))


def _same(time: float, other: float) -> bool:
    return abs(time - other) <= _SAME * max(1.0, abs(other))


def _snapped(time: float, times: Sequence[float], own: float) -> float:
    """A row's time, where a computed time misses it by rounding only; never that of the row it comes from."""
    place = bisect_left(times, time)
    for near in times[max(place - 1, 0) : place + 1]:
        if _same(time, near) and near != own:
            return near
    return time


def _interpolated(
    fill: Callable[[Any], Any], before: Row, row: Row, fixed: dict[str, float], straight: Sequence[str]
) -> Callable[[float], Any]:
    def at(time: float) -> Any:
        share = (time - before.time) / (row.time - before.time)
        moving = {
            name: before.covariates[name] + share * (row.covariates[name] - before.covariates[name])
            for name in straight
        }
        return fill({**fixed, **moving})

    return at


def plan(
    table: EventTable, model: Model, rows: Sequence[Row], samples: Array, until: float | None, *, linear: bool
) -> Plan:
    """What happens to one subject.

    Parameters
    ----------
    table : EventTable
        The table, for its rules.
    model : Model
        The model.
    rows : sequence of Row
        Rows of the subject, in file order.
    samples : ndarray, shape (n,)
        Wanted times beside the rows, increasing [h].
    until : float, optional
        End [h]; by default the last row.
    linear : bool
        Whether the model is linear, so that SS=2 may add amounts.

    Returns
    -------
    Plan
        Timeline, start and administrations.

    Raises
    ------
    InputError
        If a row does not fit the model.

    Warns
    -----
    LdnsimWarning
        If doses are still to come at a reset and the table does not say what becomes of them.
    """
    parameters = model.fill(rows[0].covariates)
    initial = model.untreated(parameters)
    on = np.ones(len(initial), dtype=bool)
    subject = _Subject(table, model, rows, linear, -math.inf if until is None else until, on)
    stretches = subject.events()
    parts = []
    for position, (start, end, events) in enumerate(stretches):
        stop = max(end, subject.until) if position == len(stretches) - 1 else end
        inside = samples[(samples >= start) & (samples <= stop)]
        parts.append(Timeline.build(events, inside, stop, start))
    return Plan(reduce(add, parts), initial, on, parameters)


def refuse_too_long(model: Model, rows: Sequence[Row], until: float | None, step: float | None = None) -> None:
    """Refuse what there is no room for: rows with their additional doses, and samples where they are wanted.

    Parameters
    ----------
    model : Model
        The model.
    rows : sequence of Row
        Rows of one subject or several.
    until : float, optional
        End of each subject [h]; by default the last row.
    step : float, optional
        Distance of samples beside the rows, where there are any [h].

    Raises
    ------
    InputError
        Naming the step, or the row with the most additional doses.
    """
    ends: dict[Any, float] = {}
    for row in rows:
        ends[row.id] = max(ends.get(row.id, row.time), row.time)
    if until is not None:
        ends = {id: max(end, until) for id, end in ends.items()}
    events = 0.0
    for row in rows:
        events += 1.0 + (min(row.addl, max(ends[row.id] - row.time, 0.0) / row.ii) if row.addl and row.ii else 0.0)
    samples = 2 * events
    if step is not None:
        length = max(ends.values()) - min(row.time for row in rows)
        samples += regular_count(length, step) if length > 0 else 1.0
    states = len(model.system.names)
    # the shortest time that it could take, whichever way it is solved
    size = Size(samples, events, 0.0, states, 2.0 * states * _NUMBER if step is not None else 0.0, "exact")
    additional = max(rows, key=lambda row: row.addl)
    doses = Cure(f"{additional.place}, column ADDL", additional.addl, lambda part: f"about {part:.1%} of these doses")
    samples_of = doses
    if step is not None and samples > 3 * events:
        distance = step
        samples_of = Cure("step", step, lambda part: f"at least {rounded_up(distance / part):g} h")
    refuse_hopeless(size, samples_of, doses)
