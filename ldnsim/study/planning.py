"""From the rows of a table to protocols: the semantics of NONMEM's event records, for all who share a design."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.bounds import Cure, Size, refuse_hopeless, rounded_up
from ..dosing.event_table import EventTable
from ..dosing.rows import Row
from ..dosing.sampling import regular_count
from ..engines.events import Infuse, Jump
from ..engines.leg import Array
from ..engines.places import ROW, STRETCH, WIDTH, Placed, Records
from ..engines.protocol import Protocol
from ..models.dosable import Model
from .design import SAME, Design, Subject, changes, sets_of, untreated
from .intake import intake

_NUMBER = 8


class Planned(NamedTuple):
    """Subjects who share a design.

    Attributes
    ----------
    subjects : list of Subject
        Who they are.
    protocol : Protocol
        What happens to them, read at the rows that ask for the state.
    ahead : list of (float, float)
        Where each stretch of time begins by the time of the run, and how far that is ahead of TIME [h].
    until : float
        End, where that is later than the last row of a subject [h].
    """

    subjects: list[Subject]
    protocol: Protocol
    ahead: list[tuple[float, float]]
    until: float


def _known(table: EventTable, model: Model, rows: Sequence[Row], ahead: Sequence[float]) -> Iterator[Any]:
    """Covariates of one set after the other; parameters over time where one runs straight to the next row."""
    fill, rules = model.fill, table.covariates
    yield rows[0].covariates
    for number in range(1, len(rows)):
        before, row = rows[number - 1], rows[number]
        for early in changes(table, rows, number):
            if not early:
                yield row.covariates
                continue
            fixed = {
                name: (before if rule == "locf" and row.time > before.time else row).covariates[name]
                for name, rule in rules.items()
            }
            straight = [name for name, rule in rules.items() if rule == "linear"]
            yield _interpolated(fill, before, row, fixed, straight, ahead[number]) if straight else fixed


def _interpolated(
    fill: Callable[[Any], Any], before: Row, row: Row, fixed: dict[str, float], straight: Sequence[str], ahead: float
) -> Callable[[float], Any]:
    def at(time: float) -> Any:
        share = (time - ahead - before.time) / (row.time - before.time)
        moving = {
            name: before.covariates[name] + share * (row.covariates[name] - before.covariates[name])
            for name in straight
        }
        return fill({**fixed, **moving})

    return at


_DOSES = ("dose", "reset-dose")


def _subject(table: EventTable, model: Model, id: Any, rows: list[Row]) -> Subject:
    """Rows of one subject, told apart, with parameters and doses."""
    restarts = any(row.time < above.time for above, row in pairwise(rows))
    known = rows[0].covariates
    steady = all(row.covariates is known or row.covariates == known for row in rows)
    acting, looking = [], []
    there: set[int | str] = set()
    for position, row in enumerate(rows):
        seen = row.event == "observation"
        if seen and row.cmt not in there:
            model.compartment(row.cmt, model.observe, row.place)
            there.add(row.cmt)
        # where nothing can change at a row that only looks, how many of them there are does not matter
        if not seen or restarts or not steady:
            acting.append(position)
        if table.shows(row):
            looking.append((position, len(acting)))
    kept = [rows[position] for position in acting]
    if steady:
        own: list[Any] = [known]
        pattern: tuple[int, ...] = ()
    else:
        backward = [max(above.time - row.time, 0.0) for above, row in zip([kept[0], *kept], kept, strict=False)]
        own = [*_known(table, model, kept, list(accumulate(backward)))]
        pattern = tuple(len(changes(table, kept, number)) for number in range(len(kept)))
    intakes = [intake(model, row) if row.event in _DOSES else None for row in kept]
    return Subject(id, rows, acting, looking, own, pattern, intakes)


def _design(subject: Subject, *, apart: bool) -> tuple[Any, ...]:
    """What subjects must have in common to be planned together; where they differ in it, also how doses enter."""
    parts: list[Any] = [subject.rows[0].time, subject.pattern]
    for position, taken in zip(subject.acting, subject.intakes, strict=True):
        row = subject.rows[position]
        parts.append((row.time, row.event, row.cmt, row.ii, row.addl, row.ss, bool(row.amt), position == 0))
        if taken is not None:
            parts.append((taken.compartment.name, taken.lag, taken.duration, bool(np.any(taken.rate))))
            if apart:
                parts.append(tuple(taken.compartment.inlets))
    return tuple(parts)


def plan(
    table: EventTable, model: Model, subjects: Sequence[tuple[Any, list[Row]]], until: float | None
) -> list[Planned]:
    """Protocols of some subjects, one for all who share a design.

    Parameters
    ----------
    table : EventTable
        The table, for its rules.
    model : Model
        The model.
    subjects : sequence of (object, list of Row)
        IDs and rows, in file order.
    until : float, optional
        End [h]; by default the last row.

    Returns
    -------
    list of Planned
        Each subject is in one of them.

    Raises
    ------
    InputError
        If a row does not fit the model.

    Warns
    -----
    LdnsimWarning
        If doses are still to come at a reset and the table does not say what becomes of them.
    """
    designs: dict[Any, list[Subject]] = {}
    for id_, rows in subjects:
        one = _subject(table, model, id_, rows)
        designs.setdefault(_design(one, apart=model.entering is not None), []).append(one)
    return [_planned(table, model, group, until) for group in designs.values()]


def _planned(table: EventTable, model: Model, group: list[Subject], until: float | None) -> Planned:
    last = -math.inf if until is None else until
    end = max(last, *(one.rows[-1].time for one in group))
    design = Design(table, model, group, model.system.linear, end)
    placed = design.build()
    sets = sets_of(model, [[one.known[number] for one in group] for number in range(len(group[0].known))])
    initial = untreated(model, sets, len(group))
    records = _records(group, design)
    return Planned(group, Protocol(len(group), sets, initial, design.start, tuple(placed), records), design.ahead, last)


def _records(group: list[Subject], design: Design) -> Records:
    """Where the rows of each subject ask for the state."""
    starts: NDArray[np.int64] = np.array(
        [0] + [k for k in range(1, len(design.rows)) if design.rows[k].time < design.rows[k - 1].time]
    )
    shifts = np.array([shift for _, shift in design.ahead])
    before = np.array([count for one in group for _, count in one.looking], dtype=np.int64)
    times = np.array([one.rows[position].time for one in group for position, _ in one.looking])
    # a row that acts is among those before it, and so is its stretch
    stretch = np.searchsorted(starts, np.maximum(before - 1, 0), side="right") - 1
    # a subject without rows that look is read at its start
    counts = np.array([len(one.looking) for one in group])
    shape = max(int(counts.max()), 1), len(group)
    time, rank = np.full(shape, design.start), np.full(shape, STRETCH - 1.0)
    own = (np.arange(shape[0])[:, None] < counts).T
    time.T[own] = times + shifts[stretch]
    rank.T[own] = stretch * STRETCH + ROW + before % int(ROW / WIDTH) * WIDTH - 0.5
    filled_up = np.arange(shape[0])[:, None] >= np.maximum(counts, 1)
    last = time[np.maximum(counts, 1) - 1, np.arange(len(group))]
    ends = np.array([one.rows[-1].time for one in group]) + shifts[-1]
    time = np.where(filled_up, np.maximum(last, ends), time)
    rank = np.where(filled_up, len(shifts) * STRETCH - 1.0, rank)
    return Records(_met(time, design.placed), rank)


def _met(time: Array, placed: Sequence[Placed]) -> Array:
    """Times of records, where one misses what comes due by rounding only: the time of that."""
    due = [one.time for one in placed if isinstance(one.event, Jump | Infuse)]
    if not due:
        return time
    times = np.unique(np.array(due, dtype=float))
    found = time
    for shift in (-1, 0):
        near = times[np.clip(np.searchsorted(times, time) + shift, 0, len(times) - 1)]
        found = np.where(np.abs(time - near) <= SAME * np.maximum(1.0, np.abs(near)), near, found)
    return found


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
