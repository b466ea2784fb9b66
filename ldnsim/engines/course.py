"""The course of a run: protocols walked leg by leg, by whichever engine, one subject or many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import LdnsimError, SolverError
from ..models.subjects import asked_of_many
from ..models.system import System
from .events import Interruption, RunState, Steady
from .exact import ExactEngine
from .leg import FAILED, OK, STIFF, Array, Engine, Leg, LegEvents, LegRun, together
from .places import Placed, Records, place
from .protocol import Protocol
from .reference import scales
from .steady import (
    TOLERANCE,
    Repeated,
    fixed_points,
    linear_points,
    never_eliminated,
    not_reached,
)

Decide = Callable[[int, int, float, Array, Any], float]
"""``decide(subject, dose, time, state, parameters)``: the factor by which a planned dose is given."""


@dataclass(frozen=True)
class Solver:
    """Which engine integrates, and which one takes over.

    Attributes
    ----------
    system : System
        The model.
    engine : Engine
        What integrates.
    steady : Engine
        What integrates the periods of a steady state, which takes a smaller tolerance.
    rough : Engine
        What integrates the first of them, which only lead near it.
    rescue : Engine
        What integrates subjects that are too stiff for it.
    observed : tuple of int
        States of what is observed, which have a steady state or there is none.
    """

    system: System
    engine: Engine
    steady: Engine
    rough: Engine
    rescue: Engine
    observed: tuple[int, ...] = ()


class Course(NamedTuple):
    """Where subjects of one protocol have been.

    Attributes
    ----------
    states : tuple of ndarray, each of shape (n_subjects, n_records)
        States at the records of the protocol, in the order of the system, to be read only.
    status : ndarray of int8, shape (n_subjects,)
        `OK`; `STIFF` where the rescue took over; `FAILED`.
    steps : ndarray of int64, shape (n_subjects,)
        Steps of the engine.
    errors : dict of int to Exception
        Why runs failed.
    residual : ndarray, shape (n_subjects,)
        Largest relative residual of the steady states, nan where there was none.
    given : dict of int to ndarray, shape (n_subjects,)
        By which factor each dose was given about which was decided.
    """

    states: tuple[Array, ...]
    status: NDArray[np.int8]
    steps: NDArray[np.int64]
    errors: dict[int, Exception]
    residual: Array
    given: dict[int, Array]


@dataclass
class _Walk:
    """One protocol on its way."""

    protocol: Protocol
    solver: Solver
    phase: Array
    decide: Decide | None
    run: RunState = field(init=False)

    def __post_init__(self) -> None:
        protocol = self.protocol
        size = protocol.n_subjects
        self.run = RunState(
            protocol.initial.astype(float), np.zeros(size, dtype=np.int64), np.ones(protocol.initial.shape, dtype=bool)
        )
        if self.decide is not None:
            self.run.decide = self._decided
        self.scale = scales(self.solver.system, protocol.largest, protocol.initial)
        self.status, self.steps = np.full(size, OK, np.int8), np.zeros(size, np.int64)
        self.errors: dict[int, Exception] = {}
        self.residual = np.full(size, np.nan)
        self.states: list[Array] | None = None

    def _decided(self, dose: int, time: Array, states: Array) -> Array:
        assert self.decide is not None
        found = np.ones(len(time))
        for who, when in enumerate(time.tolist()):
            p = self.protocol.sets.at(int(self.run.number[who]), who, when)
            found[who] = self.decide(who, dose, when, states[:, who].copy(), p)
        return found

    def fail(self, who: int, error: Exception) -> None:
        """Give a subject up."""
        self.status[who] = FAILED
        self.errors.setdefault(who, error)

    def take(self, run: LegRun, leg: Leg, which: NDArray[np.int64] | None) -> None:
        """Keep what a leg gave, and stand where it ended."""
        self.status = np.maximum(self.status, run.status)
        self.steps += run.steps
        for who, error in run.errors.items():
            self.fail(who, error)
        n_records = len(self.protocol.records.time)
        if which is None:
            self.states = list(run.states)
            return
        if self.states is None:
            self.states = [np.zeros((leg.n_subjects, n_records)) for _ in run.states]
        mine = which >= 0
        record, subject = np.nonzero(mine)
        for kept, found in zip(self.states, run.states, strict=True):
            kept[subject, which[record, subject]] = found[subject, record]
        self.run.state = np.array([state[:, -1] for state in run.states])
        lost = np.isin(np.arange(leg.n_subjects), list(self.errors)) | ~np.isfinite(self.run.state).all(axis=0)
        # who is lost goes on from where nothing can go wrong
        self.run.state[:, lost] = self.protocol.initial[:, lost]

    def course(self) -> Course:
        """Where its subjects have been."""
        if self.states is None:
            shape = (self.protocol.n_subjects, len(self.protocol.records.time))
            self.states = [np.zeros(shape) for _ in self.protocol.initial]
        for who in np.flatnonzero(self.status == FAILED):
            self.errors.setdefault(int(who), SolverError("numbers that are none, or amounts below zero"))
        return Course(tuple(self.states), self.status, self.steps, self.errors, self.residual, self.run.given)


@np.errstate(over="ignore", invalid="ignore")  # what overflows is infinite, and refused where the states are read
def walk(
    solver: Solver,
    protocols: Sequence[Protocol],
    phases: Sequence[Array],
    decide: Sequence[Decide | None] | None = None,
) -> list[Course]:
    """Walk through protocols, every leg of all of them together.

    Parameters
    ----------
    solver : Solver
        Engines and model.
    protocols : sequence of Protocol
        What happens, to whom.
    phases : sequence of ndarray, shape (n_subjects,)
        For each protocol, hour of the day at time 0 less the hour of the daily peak [h].
    decide : sequence of callable, optional
        For each protocol, what decides about doses.

    Returns
    -------
    list of Course
        One a protocol.

    Raises
    ------
    InputError
        If a decision cannot be used.
    """
    asked = [None] * len(protocols) if decide is None else decide
    walks = [_Walk(*one) for one in zip(protocols, [solver] * len(protocols), phases, asked, strict=True)]
    for number in range(max(one.protocol.legs() for one in walks)):
        going = [one for one in walks if number < one.protocol.legs()]
        if number:
            _interrupt(solver, [(one, one.protocol.interruptions[number - 1]) for one in going])
        made = [(one, *one.protocol.leg(number, one.run, one.scale, one.phase)) for one in going]
        # a run that begins with a steady state has nothing before it
        made = [(one, leg, which) for one, leg, which in made if not leg.empty]
        found = _solve(solver.engine, solver.rescue, [leg for _, leg, _ in made]) if made else []
        for run, (one, leg, which) in zip(found, made, strict=True):
            one.take(run, leg, which)
    return [one.course() for one in walks]


def _interrupt(solver: Solver, stops: list[tuple[_Walk, Placed]]) -> None:
    """What happens where the integration stops."""
    steady = []
    for one, placed in stops:
        event = placed.event
        assert isinstance(event, Interruption)
        event.happen(one.run)
        if isinstance(event, Steady):
            steady.append((one, event))
        after = place(placed.time, placed.rank)
        for time, rank, change in one.protocol.changes:
            one.run.number = np.where(place(time, rank) < after, change.number, one.run.number)
    if steady:
        _steady(solver, steady)


def _steady(solver: Solver, found: list[tuple[_Walk, Steady]]) -> None:
    """Find the steady states of many protocols together."""
    parts: list[_Periods] = []
    for one, event in found:
        try:
            parts.append(_Periods.of(solver, one, event))
        except LdnsimError as error:
            for who in range(one.protocol.n_subjects):
                one.fail(who, error)
    if not parts:
        return
    sizes = np.cumsum([0, *(part.walk.protocol.n_subjects for part in parts)])

    def ends(states: Array, who: NDArray[np.int64], *, given: bool = True, by: Engine = solver.steady) -> Array:
        legs, columns = [], []
        for first, last, part in zip(sizes[:-1], sizes[1:], parts, strict=True):
            mine = np.flatnonzero((who >= first) & (who < last))
            if len(mine):
                legs.append(part.leg(states[:, mine], who[mine] - first, given=given))
                columns.append(mine)
        after = np.full(states.shape, np.nan)
        for run, mine in zip(_solve(by, solver.rescue, legs), columns, strict=True):
            after[:, mine] = np.array([state[:, -1] for state in run.states])
            # what is lost with a large error begins anew with a small one
            for column, error in run.errors.items() if by is solver.steady else ():
                lost.setdefault(int(who[mine[column]]), error)
        return after

    lost: dict[int, Exception] = {}
    refused: Callable[[float], SolverError]
    guess, kept, standing, scale = (
        np.hstack([getattr(part, name) for part in parts]) for name in ("guess", "kept", "standing", "scale")
    )
    if isinstance(solver.steady, ExactEngine):
        state, residual = linear_points(ends, partial(ends, given=False), guess, kept)
        refused = never_eliminated
    else:
        state, residual = fixed_points(ends, partial(ends, by=solver.rough), guess, kept, scale)
        refused = not_reached
    filling = np.flatnonzero(standing.any(axis=0) & (residual <= TOLERANCE))
    if len(filling):
        more = ends(state[:, filling], filling) - state[:, filling]
        full = (standing[:, filling] & (np.abs(more) > TOLERANCE * scale[:, filling])).any(axis=0)
        lost |= {int(who): never_eliminated() for who in filling[full] if who not in lost}
        residual[filling[full]] = np.nan
    for first, last, part in zip(sizes[:-1], sizes[1:], parts, strict=True):
        part.put(
            state[:, first:last], residual[first:last], refused, {w - first: lost[w] for w in lost if first <= w < last}
        )


@dataclass
class _Periods:
    """One period of a cycle for the subjects of a protocol."""

    walk: _Walk
    event: Steady
    period: Leg
    guess: Array
    kept: NDArray[np.bool_]
    standing: NDArray[np.bool_]

    @property
    def scale(self) -> Array:
        """Typical size of each state, shape (n_states, n_subjects)."""
        return self.walk.scale

    @classmethod
    def of(cls, solver: Solver, walk: _Walk, event: Steady) -> _Periods:
        """Made ready; raises `SolverError` where there can be no steady state."""
        run, size, start = walk.run, walk.protocol.n_subjects, float(np.ravel(event.time)[0])
        sets = walk.protocol.sets
        # as they were given, where they were: a whole number must stay one
        now = None
        if sets.objects is not None:
            now = [sets.at(int(run.number[who]), who, start) for who in range(size)]
        values = None if sets.values is None else np.take_along_axis(sets.values, run.number[None, None, :], axis=0)
        if values is None:
            assert now is not None
            asked = np.array([solver.system.asked(p) for p in now]).T
            follows = np.array([solver.system.follows_the_clock(p) for p in now])
            ever = np.logical_or.reduce(asked, axis=1)
        else:
            asked, follows, ever = asked_of_many(solver.system, sets.declared, values[0])
        kept = asked & run.on
        # what is lost from under other parameters, or dosed or observed, may not fill up; others only collect
        ever[[*solver.observed, *(one.state for one in event.cycle.events)]] = True
        standing = ever[:, None] & ~asked & run.on
        repeated = Repeated.of(event.cycle, daily=bool(follows.any()))
        stop = start + repeated.period
        placed = tuple(Placed(one.time, 1.0, one) for one in repeated.events(start))
        records = Records(np.array([[stop]]), np.array([[0.0]]))
        own = sets._replace(values=values, objects=None if now is None else [now])
        protocol = Protocol(size, own, walk.protocol.initial, start, placed, records)
        # what only collects keeps what it has, and must not be counted twice
        guess = np.zeros_like(run.state) if event.add else run.state
        begun = RunState(guess, np.zeros(size, np.int64), run.on, run.ahead)
        period, _ = protocol.leg(0, begun, walk.scale, walk.phase)
        return cls(walk, event, period, guess, kept, standing)

    def leg(self, states: Array, who: NDArray[np.int64], *, given: bool) -> Leg:
        """The period from some states, for some of the subjects."""
        leg = replace(self.period.only(who), initial=states)
        if given:
            return leg
        return replace(leg, events=LegEvents.none(leg.n_subjects), infused=np.zeros(leg.infused.shape))

    def put(
        self, state: Array, residual: Array, refused: Callable[[float], SolverError], lost: dict[int, Exception]
    ) -> None:
        """Take the steady state."""
        walk = self.walk
        for who, left in enumerate(residual.tolist()):
            if who in lost:
                walk.fail(who, lost[who])
            elif not left <= TOLERANCE:
                walk.fail(who, refused(left))
        walk.residual = np.fmax(walk.residual, residual)
        good = residual <= TOLERANCE
        before = walk.run.state
        after = before + state if self.event.add else state
        walk.run.state = np.where(good, after, before)


def _solve(engine: Engine, rescue: Engine, legs: Sequence[Leg]) -> list[LegRun]:
    """Integrate legs together, and by the rescue whom the engine gives up."""
    leg = together(legs)
    run = engine.solve(leg)
    stiff = np.flatnonzero(run.status == STIFF)
    if len(stiff):
        other = rescue.solve(leg.only(stiff))
        states = tuple(np.array(state) for state in run.states)
        for state, found in zip(states, other.states, strict=True):
            state[stiff] = found
        status = run.status.copy()
        status[stiff[other.status == FAILED]] = FAILED
        run = LegRun(states, status, run.steps, {**run.errors, **{int(stiff[k]): e for k, e in other.errors.items()}})
    if len(legs) == 1:
        return [run]
    ends = np.cumsum([0, *(one.n_subjects for one in legs)])
    return [
        LegRun(
            tuple(state[first:last, : len(one.time)] for state in run.states),
            run.status[first:last],
            run.steps[first:last],
            {who - first: error for who, error in run.errors.items() if first <= who < last},
        )
        for first, last, one in zip(ends[:-1].tolist(), ends[1:].tolist(), legs, strict=True)
    ]
