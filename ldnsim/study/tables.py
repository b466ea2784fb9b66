"""Running event tables through a model: a row of output for every observation row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError
from ..dosing.event_table import EventTable
from ..dosing.rows import Row
from ..dosing.sampling import regular, sample_times
from ..engines.choice import Chosen, solver_for
from ..engines.course import Course, walk
from ..engines.events import Take
from ..engines.leg import Array
from ..engines.places import BEFORE, STRETCH, Records, marks_of, sides
from ..models.dosable import Model
from .idle import say_what_does_nothing
from .planning import Planned, plan, refuse_too_long

_TOGETHER = 4096
"""Subjects that are planned and run together."""


class Settings(NamedTuple):
    """How a table is solved and read.

    Attributes
    ----------
    step : float
        Distance of the samples of a subject's dataset [h].
    at : sequence of float, str or EventTable
        Further samples, see `ldnsim.dosing.sampling.sample_times`.
    until : float or None
        End [h]; None for the last row of each subject.
    chosen : Chosen
        By which engine.
    """

    step: float
    at: Any
    until: float | None
    chosen: Chosen

    def samples(self, table: EventTable, rows: Sequence[Row], clock: float) -> Array:
        """Sample times of a subject beside its rows [h], increasing.

        Parameters
        ----------
        table : EventTable
            The table; further samples may go on to its last row, and count as far as the subject's run.
        rows : sequence of Row
            Rows of the subject.
        clock : float
            Hour of the day at TIME 0 [h].

        Returns
        -------
        ndarray, shape (n,)
            Times.

        Raises
        ------
        InputError
            If further samples cannot be read or lie outside.
        """
        first, last = (bound(row.time for row in rows) for bound in (min, max))
        end = last if self.until is None else max(last, self.until)
        grid = first + regular(end - first, self.step) if end > first else np.array([first])
        further = self.further(table, rows, clock)
        return np.union1d(grid, np.array([time for time in further if time <= end]))

    def further(self, table: EventTable, rows: Sequence[Row], clock: float) -> list[float]:
        """Samples beside the regular ones [h], up to the last row of the table or the end."""
        if self.step == 0:
            raise InputError("step", self.step, "a distance above 0")
        latest = max(*(row.time for row in (*table.rows, *rows)), -np.inf if self.until is None else self.until)
        return sample_times(self.at, clock=clock, until=latest)


class Group(NamedTuple):
    """Subjects of a table who share a design, and where they have been.

    Attributes
    ----------
    planned : Planned
        Who they are, and what happened.
    course : Course
        States at the rows that ask for them.
    """

    planned: Planned
    course: Course


def doses_of(planned: Planned, who: int = 0) -> dict[str, Any]:
    """What pictures show of the doses of a subject."""
    taken = taken_by(planned, who)
    return {
        "dose_time": [time for time, _, _ in taken],
        "dose_amount": [amount for _, amount, _ in taken],
        "dose_hours": [hours for _, _, hours in taken],
    }


def taken_by(planned: Planned, who: int) -> list[tuple[float, float, float]]:
    """TIME, amount and duration of each administration of a subject."""
    found = []
    last = max(planned.subjects[who].rows[-1].time, planned.until) + planned.ahead[-1][1]
    for one in planned.protocol.takes:
        event = one.event
        assert isinstance(event, Take)
        ahead = planned.ahead[int(np.floor(float(one.rank) / STRETCH))][1]
        amount, hours = (float(np.broadcast_to(x, len(planned.subjects))[who]) for x in (event.amount, event.hours))
        if not np.isnan(amount) and float(one.time) <= last:
            found.append((float(one.time) - ahead, amount, hours))
    return found


def in_detail(
    planned: Planned, rows: Sequence[Row], samples: Array, end: float
) -> tuple[Records, Array, NDArray[np.int8]]:
    """Records at samples and at both sides of events, their TIME and their sides."""
    marks = marks_of(planned.protocol.placed)
    starts = [begin for begin, _ in planned.ahead]
    shifts = [shift for _, shift in planned.ahead]
    looked = [row.time for row in rows]
    restarts = [0, *(k for k in range(1, len(rows)) if rows[k].time < rows[k - 1].time), len(rows)]
    parts, times, which = [], [], []
    for stretch, (begin, shift) in enumerate(zip(starts, shifts, strict=True)):
        last_row = looked[restarts[stretch + 1] - 1]
        stop = (end if stretch == len(starts) - 1 else last_row) + shift
        own = np.union1d(samples, looked[restarts[stretch] : restarts[stretch + 1]]) + shift
        mine = marks[(marks >= begin) & (marks <= stop)]
        records, side = sides(own, mine, begin, stop, stretch)
        keep = np.ones(len(side), dtype=bool)
        if stretch:
            # what was before a restart belongs to the time before
            keep &= ~((side == BEFORE) & (records.time[:, 0] == begin))
        parts.append(Records(*(part[keep] for part in records)))
        times.append(records.time[keep, 0] - shift)
        which.append(side[keep])
    joined = Records(*(np.concatenate(part) for part in zip(*parts, strict=True)))
    return joined, np.concatenate(times), np.concatenate(which)


def walked(
    model: Model, planned: Sequence[Planned], chosen: Chosen, progress: Callable[[float], None] | None
) -> list[Group]:
    """Run some subjects, and raise where one of them fails."""
    protocols = [one.protocol for one in planned]
    phase = model.daily.start - model.daily.acrophase
    phases = [np.full(len(one.subjects), phase) for one in planned]
    courses = walk(solver_for(chosen, model, protocols, progress), protocols, phases)
    found = [Group(*pair) for pair in zip(planned, courses, strict=True)]
    for group in found:
        for error in group.course.errors.values():
            raise error
    return found


def run_table(
    table: EventTable, model: Model, settings: Settings, progress: Callable[[float], None] | None
) -> list[Group]:
    """Run every subject of a table, read at its rows only.

    Parameters
    ----------
    table : EventTable
        What is given and asked.
    model : Model
        To which model.
    settings : Settings
        How it is solved.
    progress : callable, optional
        Called with the fraction done.

    Returns
    -------
    list of Group
        Runs, those of subjects who share a design together.

    Raises
    ------
    InputError
        If a row does not fit the model.
    SolverError
        If the integration or a steady state fails.
    """
    # refuse now what the dataset of a subject could not do later
    settings.further(table, table.rows, model.daily.start)
    refuse_too_long(model, table.rows, settings.until)
    subjects = list(table.by_subject())
    found: list[Group] = []
    for first in range(0, len(subjects), _TOGETHER):
        some = subjects[first : first + _TOGETHER]
        part = None if progress is None else _part(progress, first, len(some), len(subjects))
        found += walked(model, plan(table, model, some, settings.until), settings.chosen, part)
        if part is not None:
            part(1.0)
    say_what_does_nothing(table, model)
    return found


def _part(progress: Callable[[float], None], done: int, size: int, of: int) -> Callable[[float], None]:
    return lambda fraction: progress((done + fraction * size) / of)
