"""A crowd of one person from a timeline, and one person of a crowd as a timeline."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..system import Daily
from ..vocabulary import filled
from .crowd import ADD, INFUSE, Crowd, Happenings
from .happenings import Change, Event, Halt, Infuse, Jump
from .records import Array
from .timeline import AFTER, BEFORE, ORDINARY, Timeline


def crowd_of_one(
    parameters: Any, initial: Array, timeline: Timeline, daily: Daily, scale: Array
) -> tuple[Crowd, NDArray[np.int8]]:
    """One person as engines for many take it.

    Parameters
    ----------
    parameters : NamedTuple
        Parameters as the equations take them.
    initial : ndarray, shape (n_states,)
        State at time 0, before any event.
    timeline : Timeline
        Doses, infusions and sample times, from time 0.
    daily : Daily
        The daily cycle.
    scale : ndarray, shape (n_states,)
        Typical size of each state.

    Returns
    -------
    crowd : Crowd
        With the samples of a walk through the timeline.
    side : ndarray of int8, shape (n_records,)
        Side of each sample, see `ldnsim.solve.timeline`.

    Raises
    ------
    InputError
        If something happens that engines for many do not know.
    """
    times: list[Array] = []
    sides: list[Array] = []
    events: list[tuple[float, int, int, float]] = []
    running: dict[Any, tuple[int, float]] = {}

    def read(time: Any, side: int) -> None:
        times.append(np.atleast_1d(time))
        sides.append(np.full(len(times[-1]), side))

    for segment in timeline.segments:
        read(segment.start, BEFORE if segment.sides else ORDINARY)
        for event in segment.events:
            events += [(segment.start, *what) for what in _what(event, running)]
        if segment.sides:
            read(segment.start, AFTER)
        read(segment.samples, ORDINARY)
    last = timeline.segments[-1]
    if last.stop > last.start:
        read(last.stop, ORDINARY)
    side = np.concatenate(sides).astype(np.int8)
    columns = np.array(events, dtype=float).reshape(-1, 4).T[:, :, None]
    crowd = Crowd(
        type(parameters),
        np.array(_numbers(parameters))[None, :, None],
        initial[:, None],
        scale[:, None],
        np.array([daily.start - daily.acrophase]),
        Happenings(columns[0], columns[1].astype(np.int8), columns[2].astype(np.int64), columns[3]),
        np.concatenate(times),
        side == AFTER,
    )
    return crowd, side


def _numbers(parameters: Any) -> list[float]:
    return [n for part in parameters for n in (_numbers(part) if isinstance(part, tuple) else [part])]


def _what(event: Event, running: dict[Any, tuple[int, float]]) -> list[tuple[int, int, float]]:
    """Kind, state and value of an event."""
    if type(event) is Event:
        return []
    if isinstance(event, Jump):
        return [(ADD, event.state, event.amount)]
    if isinstance(event, Infuse):
        running[event.key] = (event.state, event.rate)
        state = event.state
    elif isinstance(event, Halt):
        if event.key not in running:
            return []
        state = running.pop(event.key)[0]
    else:
        raise InputError(
            "engine", "compiled or batch", f"'reference' where {type(event).__name__.lower()} happens on the way"
        )
    # what is infused in all, so that nothing is left over by rounding
    return [(INFUSE, state, sum(rate for into, rate in running.values() if into == state))]


def timeline_of(crowd: Crowd, person: int) -> tuple[Timeline, NDArray[np.int64]]:
    """One person of a crowd as the reference engine takes it.

    Parameters
    ----------
    crowd : Crowd
        The people.
    person : int
        Position of the person.

    Returns
    -------
    timeline : Timeline
        Events and samples of the person.
    shown : ndarray of int64, shape (n_records,)
        Which samples of a walk through the timeline are the records of the crowd.
    """
    events: list[Event] = []
    for time, kind, state, value in zip(*(part[:, person].tolist() for part in crowd.happenings), strict=True):
        if kind == ADD:
            events.append(Jump(time, state, value))
        elif kind == INFUSE:
            events.append(Infuse(time, state, value, state))
        else:
            events.append(Change(time, filled(crowd.declared, crowd.parameters[state, :, person].tolist())))
    wanted = np.unique(crowd.time)
    end = float(wanted[-1])
    timeline = Timeline.build([event for event in events if event.time <= end], wanted, end)
    walked: list[float] = []
    for segment in timeline.segments:
        walked += [segment.start] * (2 if segment.sides else 1) + segment.samples.tolist()
    last = timeline.segments[-1]
    walked += [last.stop] * (last.stop > last.start)
    # the first of two samples at a time is before what happens, the last one after; times that nearly coincide are one
    near = 1e-9 * np.maximum(1.0, crowd.time)
    first = np.searchsorted(walked, crowd.time - near)
    final = np.searchsorted(walked, crowd.time + near, side="right") - 1
    return timeline, np.where(crowd.after, final, first)


def parameters_of(crowd: Crowd, person: int) -> Any:
    """Parameters with which a person begins, as the equations take them."""
    return filled(crowd.declared, crowd.parameters[0, :, person].tolist())
