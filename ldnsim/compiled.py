"""The compiled engine: people side by side, 16 at a time, on all processors."""

from __future__ import annotations

import os
import types
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .errors import InputError
from .kernels import kernel, structure
from .solve import lanes
from .solve.happenings import Event, Halt, Infuse, Jump
from .solve.records import Array
from .solve.timeline import AFTER, BEFORE, ORDINARY, Timeline, Trajectory
from .system import Daily, System

_ABSOLUTE = 0.1
_STEPS_PER_HOUR = 60.0
_FEWEST_STEPS = 10_000


class Person(NamedTuple):
    """What one person brings to a run.

    Attributes
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
    """

    parameters: Any
    initial: Array
    timeline: Timeline
    daily: Daily
    scale: Array


class Solved(NamedTuple):
    """Run of one person.

    Attributes
    ----------
    trajectory : Trajectory or None
        Samples with both sides of each event; None where the method gave up.
    steps : int
        Steps taken, rejected ones included.
    """

    trajectory: Trajectory | None
    steps: int


def _numbers(parameters: Any) -> list[float]:
    return [n for part in parameters for n in (_numbers(part) if isinstance(part, tuple) else [part])]


def solve_people(system: System, people: Sequence[Person], *, rtol: float, threads: int | None = None) -> list[Solved]:
    """Integrate people side by side.

    What comes out for a person does not depend on who else is there, nor on the number of threads.

    Parameters
    ----------
    system : System
        The model.
    people : sequence of Person
        At least one.
    rtol : float
        Relative tolerance; the absolute one is a tenth of it times the scale of each state.
    threads : int, optional
        How many groups of 16 people run at once; by default as many as there are processors.

    Returns
    -------
    list of Solved
        In the order of the people.

    Raises
    ------
    InputError
        If a timeline holds what this engine does not know.
    MissingExtra
        If Numba is not installed.
    """
    declared = type(people[0].parameters)
    values = np.array([_numbers(person.parameters) for person in people])
    made_for = structure(system, declared, values, _active(people))
    module = kernel(system, declared, made_for)
    groups = [people[first : first + lanes.LANES] for first in range(0, len(people), lanes.LANES)]
    active = np.array(made_for.active)

    def solved(group: Sequence[Person]) -> list[Solved]:
        return _solve_group(system, module, active, group, rtol)

    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        return [one for found in pool.map(solved, groups) for one in found]


def _active(people: Sequence[Person]) -> set[int]:
    """States that are not zero at first, or that something enters."""
    timelines = {id(person.timeline): person.timeline for person in people}
    entered = {
        event.state
        for timeline in timelines.values()
        for segment in timeline.segments
        for event in segment.events
        if isinstance(event, Jump | Infuse)
    }
    return entered | set(np.flatnonzero(np.any([person.initial != 0 for person in people], axis=0)).tolist())


def _solve_group(
    system: System, module: types.ModuleType, active: NDArray[np.int64], group: Sequence[Person], rtol: float
) -> list[Solved]:
    # every lane is filled, the last ones with the first person again, so that all run the same instructions
    filled = [*group, *[group[0]] * (lanes.LANES - len(group))]
    place = {int(position): number for number, position in enumerate(active)}
    timelines = {id(person.timeline): person.timeline for person in filled}
    written = {key: _script(timeline, place) for key, timeline in timelines.items()}
    scripts = [written[id(person.timeline)] for person in filled]
    n_records, n_events = (max(len(script[part]) for script in scripts) for part in (0, 1))
    record_time, record_after = np.zeros((n_records, lanes.LANES)), np.zeros((n_records, lanes.LANES), dtype=bool)
    event_time, event_value = np.zeros((n_events, lanes.LANES)), np.zeros((n_events, lanes.LANES))
    event_kind, event_state = (np.zeros((n_events, lanes.LANES), dtype=np.int64) for _ in range(2))
    records, events = (np.zeros(lanes.LANES, dtype=np.int64) for _ in range(2))
    for lane, (asked, happening) in enumerate(scripts):
        records[lane], events[lane] = len(asked), len(happening)
        record_time[: len(asked), lane] = [time for time, _ in asked]
        record_after[: len(asked), lane] = [side == AFTER for _, side in asked]
        for number, (time, kind, state, value) in enumerate(happening):
            event_time[number, lane], event_kind[number, lane] = time, kind
            event_state[number, lane], event_value[number, lane] = state, value
    end = np.array([person.timeline.segments[-1].stop for person in filled])
    initial = np.ascontiguousarray(np.array([person.initial[active] for person in filled]).T)
    constant = module.constants(np.array([_numbers(person.parameters) for person in filled]).T)
    phase = np.array([person.daily.start - person.daily.acrophase for person in filled])
    absolute = _ABSOLUTE * rtol * np.array([person.scale[active] for person in filled]).T
    out = np.empty((n_records, len(active), lanes.LANES))
    status, steps = (np.zeros(lanes.LANES, dtype=np.int64) for _ in range(2))
    most = int(max(_FEWEST_STEPS, _STEPS_PER_HOUR * float(end.max())))
    module.integrate(
        initial, np.ascontiguousarray(constant).ravel(), phase, record_time, record_after, records, event_time,
        event_kind, event_state, event_value, events, end, np.ascontiguousarray(absolute).ravel(), rtol, most, out,
        status, steps,
    )  # fmt: skip
    found = []
    for lane, _ in enumerate(group):
        if status[lane] != lanes.OK:
            found.append(Solved(None, int(steps[lane])))
            continue
        states = np.zeros((len(system.names), records[lane]))
        states[active] = out[: records[lane], :, lane].T
        times, sides = (np.array(column) for column in zip(*scripts[lane][0], strict=True))
        found.append(Solved(Trajectory(times, sides.astype(np.int8), states), int(steps[lane])))
    return found


def _script(
    timeline: Timeline, place: Mapping[int, int]
) -> tuple[list[tuple[float, int]], list[tuple[float, int, int, float]]]:
    """Records (time, side) and events (time, kind, state, value) of a timeline, as the walk through it has them."""
    records: list[tuple[float, int]] = []
    events: list[tuple[float, int, int, float]] = []
    running: dict[Any, tuple[int, float]] = {}
    for segment in timeline.segments:
        records.append((segment.start, BEFORE if segment.sides else ORDINARY))
        for event in segment.events:
            events += _value(event, segment.start, place, running)
        if segment.sides:
            records.append((segment.start, AFTER))
        records += [(float(time), ORDINARY) for time in segment.samples]
    last = timeline.segments[-1]
    if last.stop > last.start:
        records.append((last.stop, ORDINARY))
    return records, events


def _value(
    event: Event, time: float, place: Mapping[int, int], running: dict[Any, tuple[int, float]]
) -> list[tuple[float, int, int, float]]:
    if type(event) is Event:
        return []
    if isinstance(event, Jump):
        return [(time, 0, place[event.state], event.amount)]
    if isinstance(event, Infuse):
        running[event.key] = (event.state, event.rate)
        state = event.state
    elif isinstance(event, Halt):
        if event.key not in running:
            return []
        state = running.pop(event.key)[0]
    else:
        raise InputError("engine", "compiled", f"'reference' where {type(event).__name__.lower()} happens on the way")
    # what is infused in all, so that nothing is left over by rounding
    return [(time, 1, place[state], sum(rate for into, rate in running.values() if into == state))]
