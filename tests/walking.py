"""Small problems for engines: events and samples of one subject or several, as legs and as walks through them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ldnsim.dosing.phases import Dose
from ldnsim.engines.course import Course, Solver, walk
from ldnsim.engines.events import Event, Infuse, Jump, RunState
from ldnsim.engines.exact import ExactEngine
from ldnsim.engines.leg import AFTER_ALL, AT_ONCE, Array, Engine, Leg, LegRun, together
from ldnsim.engines.parameter_sets import ParameterSets
from ldnsim.engines.places import Records, due, marks_of, sides
from ldnsim.engines.protocol import Protocol
from ldnsim.engines.reference import RTOL, Method, ReferenceEngine, scales
from ldnsim.ledger.parameters import ParameterSet
from ldnsim.models.dosable import Model
from ldnsim.models.system import NALTREXONE, Daily, System
from ldnsim.pk import PkParameters, PkState, pk_rates
from ldnsim.study.intakes import taken


class Walked(NamedTuple):
    """One subject over time: times [h], sides, states (n_states, n_times), and where they come from."""

    time: Array
    side: NDArray[np.int8]
    states: Array
    course: Course


class Isomer(NamedTuple):
    """One isomer."""

    pk: PkState


KINETICS = System(Isomer, lambda state, p, _: Isomer(pk_rates(state.pk, p)), lambda state, *_: state, linear=True)
"""The kinetics of one isomer, which are linear."""


def protocol_of(
    parameters: Any,
    initial: Array,
    events: Sequence[Event],
    samples: Sequence[float] | Array,
    until: float,
    *,
    start: float = 0.0,
    sets: Sequence[Any] = (),
) -> tuple[Protocol, NDArray[np.int8]]:
    """One subject; further sets of parameters are those of `Change` events from number 1 on."""
    placed = due(events)
    records, side = sides(np.asarray(samples, dtype=float), marks_of(placed), start, until)
    own = ParameterSets.of([[parameters], *([one] for one in sets)])
    return Protocol(1, own, np.asarray(initial, dtype=float)[:, None], start, placed, records), side


def walked(
    system: System,
    parameters: Any,
    initial: Array,
    events: Sequence[Event],
    samples: Sequence[float] | Array,
    until: float,
    daily: Daily,
    *,
    start: float = 0.0,
    sets: Sequence[Any] = (),
    method: Method = "LSODA",
    rtol: float = RTOL,
    engine: Engine | None = None,
    decide: Callable[..., float] | None = None,
) -> Walked:
    """One subject by the reference engine, or another one; raises what went wrong."""
    protocol, side = protocol_of(parameters, initial, events, samples, until, start=start, sets=sets)
    reference = ReferenceEngine(system, method, rtol)
    solver = Solver(system, engine or reference, engine or reference, engine or reference, reference)
    (course,) = walk(solver, [protocol], [np.array([daily.start - daily.acrophase])], [decide])
    for error in course.errors.values():
        raise error
    return Walked(protocol.records.time[:, 0], side, np.array([state[0] for state in course.states]), course)


def run_through(system: System, protocol: Protocol, daily: Daily) -> Course:
    """A protocol of one subject, by the reference engine; raises what went wrong."""
    reference = ReferenceEngine(system)
    solver = Solver(system, reference, reference, reference, reference)
    (course,) = walk(solver, [protocol], [np.array([daily.start - daily.acrophase])])
    for error in course.errors.values():
        raise error
    return course


def kinetics(p: PkParameters, events: Sequence[Event], samples: Sequence[float] | Array, until: float) -> Walked:
    """Amounts of one isomer, exactly; states of events are counted from its first one."""
    return walked(
        KINETICS, p, np.zeros(len(KINETICS.names)), events, samples, until, Daily(0.0, 0.0),
        engine=ExactEngine(KINETICS),
    )  # fmt: skip


def entering(model: Model, parameters: ParameterSet, dose: Dose, number: int = -1) -> list[Jump | Infuse]:
    """What happens for a dose of a regimen, under parameters of one person."""
    return taken(model, model.dosing(parameters.values_by_name()), dose).enter(dose.time, number)


def of_isomer(events: Sequence[Jump], first: str) -> list[Event]:
    """What enters one isomer, its states counted from the first one; what enters elsewhere only marks its time."""
    begin = NALTREXONE.index(first)
    return [
        replace(one, state=one.state - begin) if 0 <= one.state - begin < len(KINETICS.names) else Event(one.time)
        for one in events
    ]


def leg_of(
    system: System,
    parameters: Any,
    initial: Array,
    events: Sequence[Event],
    time: Sequence[float] | Array,
    after: Sequence[bool] | NDArray[np.bool_],
    daily: Daily,
    *,
    sets: Sequence[Any] = (),
) -> Leg:
    """One subject without interruptions, read at times before or after what happens then."""
    protocol, _ = protocol_of(parameters, initial, events, [], float(max(time)), sets=sets)
    times = np.asarray(time, dtype=float)[:, None]
    ranks = np.where(np.asarray(after)[:, None], 1e10 - 1.0, 0.0)
    protocol = Protocol(1, protocol.sets, protocol.initial, 0.0, protocol.placed, Records(times, ranks))
    run = RunState(protocol.initial, np.zeros(1, np.int64), np.ones(protocol.initial.shape, dtype=bool))
    leg, _ = protocol.leg(
        0, run, scales(system, protocol.largest, protocol.initial), np.array([daily.start - daily.acrophase])
    )
    assert set(np.unique(leg.waits)) <= {AT_ONCE, AFTER_ALL}
    return leg


def side_by_side(legs: Sequence[Leg]) -> Leg:
    """Subjects together."""
    return together(legs)


def reference_states(leg: Leg, system: System = NALTREXONE) -> Array:
    """What the reference engine says of a leg, shape (n_states, n_subjects, n_records); raises what went wrong."""
    run = ReferenceEngine(system).solve(leg)
    for error in run.errors.values():
        raise error
    return np.array(run.states)


def first_leg(protocol: Protocol, phase: Array, system: System = NALTREXONE) -> Leg:
    """A protocol without interruptions, from its start, as one leg."""
    assert protocol.legs() == 1
    size = protocol.n_subjects
    run = RunState(protocol.initial, np.zeros(size, np.int64), np.ones(protocol.initial.shape, dtype=bool))
    leg, _ = protocol.leg(0, run, scales(system, protocol.largest, protocol.initial), phase)
    return leg


def states_of(run: LegRun, subject: int) -> Array:
    """All states of one subject, shape (n_states, n_records)."""
    return np.array([state[subject] for state in run.states])
