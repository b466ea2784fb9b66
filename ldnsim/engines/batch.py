"""The batch engine: many subjects at once on NumPy, each with steps, events and samples of its own.

Subjects stand on the last axis of every array. What is done for one of them never depends on another: every operation
treats each element by itself, and there are always a multiple of `LANES` people, so that NumPy runs the same
instructions for each. A person's results are therefore the same bits in any company.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..base.units import HOURS_PER_DAY
from ..models.system import System
from .dormand_prince import ERROR, INSIDE, NODES, STAGES
from .grouping import ZERO, Group, Places, groups
from .leg import (
    ADD,
    AGAIN,
    CHANGE,
    FAILED,
    FIRST,
    INFUSE,
    LATE,
    NOISE,
    OK,
    SHARE,
    STEPS_PER_HOUR,
    STIFF,
    Array,
    Leg,
    LegRun,
)  # fmt: skip
from .tape import Player, Recording

RTOL = 2e-6
"""Tolerance of a step, relative to how far each state has come from its start or to its level, whichever is less."""

BLOCK = 2048
"""How many people are advanced together at most; fewer pay more for each call of NumPy."""

LANES = 8
"""The number of people is always a multiple of this, as many as the widest instructions take."""

_SHORTEST = 1e-12  # of the time; where a step this short has no finite end, there is none
_CROWDED = 0.75  # share of people still under way below which the others are put aside

# beside STEPS_PER_HOUR up to the present time, so that who is stuck does not keep the others waiting
_STEPS, _STEPS_PER_EVENT = 500, 20


@dataclass(frozen=True)
class BatchEngine:
    """Integrates on NumPy alone.

    What comes out for a subject does not depend on who else is there, on the order, nor on the size of blocks.

    Attributes
    ----------
    system : System
        The model.
    rtol : float
        Tolerance of a step, relative to how far each state has come from its start or to its level, whichever is
        less, because what counts in the end is the range of a curve.
    block : int
        How many subjects are advanced together at most.
    wanted : tuple of int, optional
        States that will be read; what has no say in them is left out, and no number. By default all.
    """

    system: System
    rtol: float = RTOL
    block: int = BLOCK
    wanted: tuple[int, ...] | None = None

    def solve(self, leg: Leg) -> LegRun:
        """States at the samples of a leg, where noise below zero is held at zero."""
        status, steps = np.full(leg.n_subjects, OK, dtype=np.int8), np.zeros(leg.n_subjects, dtype=np.int64)
        found = []
        if leg.n_subjects and len(leg.time):
            with np.errstate(all="ignore"):  # what is not finite is found and said in the status
                for group in groups(self.system, leg, self.wanted):
                    out = np.zeros((len(group.recording.states), len(group.people), len(leg.time)))
                    found.append((group, out))
                    for part in np.array_split(np.arange(len(group.people)), -(-len(group.people) // self.block)):
                        who = group.people[part]
                        one = _Block(group.recording, leg.only(who), self.rtol, out[:, part[0] : part[-1] + 1])
                        status[who], steps[who] = one.run()
                    np.maximum(out, 0.0, out=out)
        return LegRun(_all_states(self.system, leg, found), status, steps, {})


def _state_of(group: Group, position: int, out: Array) -> Array:
    """A state of a group; where it was left out, it is no number."""
    own = group.recording.states
    return out[own.index(position)] if position in own else np.broadcast_to(np.nan, out.shape[1:])


def _all_states(system: System, leg: Leg, found: list[tuple[Group, Array]]) -> tuple[Array, ...]:
    """Every state of everybody, from those that were integrated in each group."""
    shape = (leg.n_subjects, len(leg.time))
    nothing = np.broadcast_to(0.0, shape)
    states = []
    for position in range(len(system.names)):
        parts = [
            (group.people, _state_of(group, first, out))
            for group, out in found
            if (first := group.like[position]) != ZERO
        ]
        if not parts:
            states.append(nothing)
        elif len(found) == 1:
            states.append(parts[0][1])
        else:
            every = np.zeros(shape)
            for people, own in parts:
                every[people] = own
            states.append(every)
    return tuple(states)


class _Block:
    """People who are advanced together; the places after the last of them are filled with silent copies."""

    _KEPT = (
        "people", "parameters", "floor", "phase", "event_time", "record_time", "waits", "end", "infused", "on", "begun",
        "state", "farthest", "slope", "kinks", "began", "time", "step", "due", "read", "steps", "status", "fresh",
    )  # fmt: skip

    def __init__(self, recording: Recording, leg: Leg, rtol: float, out: Array) -> None:
        self.recording = recording
        self.leg = leg
        self.rtol = rtol
        self.out = out
        states = list(recording.states)
        self.row = np.full(len(leg.initial), -1)
        self.row[states] = np.arange(len(states))
        size = leg.n_subjects
        never = np.full(size, np.inf)
        self.record_time, self.end = np.vstack([leg.time, never]), leg.time[-1]
        self.waits = np.vstack([leg.waits, np.zeros(size, dtype=np.int64)])
        self.last = (len(leg.events.time), len(leg.time))
        self.people = np.arange(size)
        self.found_status, self.found_steps = np.full(size, OK, dtype=np.int8), np.zeros(size, dtype=np.int64)
        self.parameters = leg.parameters[0]
        self.floor = leg.floor(rtol)[states]
        self.phase = leg.phase
        self.event_time = np.vstack([leg.events.time, never])
        self.infused, self.on = leg.infused[states], leg.on[states]
        self.slope, self.farthest = np.zeros((2, len(states), size))
        self.begun = self.state = leg.initial[states]
        self.kinks = np.zeros((len(recording.kinks), size))
        self.began = self.time = leg.start
        self.step = np.full(size, FIRST)
        self.due, self.read, self.steps = np.zeros((3, size), dtype=np.int64)
        self.status = np.full(size, OK, dtype=np.int8)
        # whose rates are not known at the present state; a step of no length finds them
        self.fresh = np.ones(size, dtype=bool)
        self._keep(np.arange(size))

    def _keep(self, kept: Places) -> None:
        """Leave everybody else aside."""
        self.count = len(kept)
        size = -(-self.count // LANES) * LANES
        kept = np.concatenate([kept, np.repeat(kept[-1:], size - self.count)])
        for name in self._KEPT:
            setattr(self, name, np.ascontiguousarray(getattr(self, name)[..., kept]))
        self._silence(np.arange(self.count, size))
        self.lane = np.arange(size)
        self.infusing, self.masked = bool(self.infused.any()), not self.on.all()
        self.player = Player(self.recording, self.parameters)
        shape = self.state.shape
        # the state and, times the step, the rates at it and at the stages
        self.parts = np.empty((8, *shape))
        self.parts[0] = self.state
        self.state = self.parts[0]
        self.ahead, self.spare, self.wrong, self.driven, self.away, self.least = np.empty((6, *shape))

    def _silence(self, lanes: Places) -> None:
        """Nothing more happens to some, and nothing of them is read."""
        self.due[lanes], self.read[lanes] = self.last

    def run(self) -> tuple[NDArray[np.int8], Places]:
        """Integrate everybody to the last sample; status and steps."""
        while True:
            self._settle()
            live = self.read < self.last[1]
            under_way = np.flatnonzero(live)
            if -(-len(under_way) // LANES) * LANES <= _CROWDED * len(live):
                people = self.people[: self.count]
                self.found_status[people] = self.status[: self.count]
                self.found_steps[people] = self.steps[: self.count]
                if not len(under_way):
                    return self.found_status, self.found_steps
                self._keep(under_way)
                continue
            self._step(live)

    def _settle(self) -> None:
        """What is due now: samples before events, the events, samples after them."""
        while True:
            at = self.record_time[self.read, self.lane] <= self.time
            event = self.event_time[self.due, self.lane] <= self.time
            seen = at & ~(event & (self.due < self.waits[self.read, self.lane]))
            if len(lanes := np.flatnonzero(seen)):
                self._write(lanes, self.state[:, lanes])
            if len(lanes := np.flatnonzero(event & ~seen)):
                self._happen(lanes)
            elif not seen.any():
                return

    def _write(self, lanes: Places, states: Array) -> None:
        """One sample for each of some."""
        self.out[:, self.people[lanes], self.read[lanes]] = states
        self.read[lanes] += 1
        if (states < 0.0).any():
            self.status[lanes[(states < -NOISE * self.floor[:, lanes]).any(axis=0)]] = FAILED

    def _happen(self, lanes: Places) -> None:
        """One event for each of some."""
        people, happens = self.people[lanes], self.leg.events
        kind, value = happens.kind[self.due[lanes], people], happens.value[self.due[lanes], people]
        which = happens.state[self.due[lanes], people]
        row = np.where(kind == CHANGE, -1, self.row[np.where(kind == CHANGE, 0, which)])
        # states that are not integrated are equal to others, or nothing enters them
        adds, infuses, changes = (kind == ADD) & (row >= 0), (kind == INFUSE) & (row >= 0), kind == CHANGE
        self.state[row[adds], lanes[adds]] += value[adds]
        if infuses.any():
            self.infused[row[infuses], lanes[infuses]] = value[infuses]
            self.infusing = bool(self.infused.any())
        if changes.any():
            self.parameters[:, lanes[changes]] = self.leg.parameters[which[changes], :, people[changes]].T
            self.player.refresh()
        self.due[lanes] += 1
        self.fresh[lanes] = True
        self.step[lanes] = np.minimum(self.step[lanes], AGAIN)

    def _rates(self, state: Array, time: Array) -> Array:
        """Rates, as the equations see states: held at zero or above."""
        player = self.player
        np.maximum(state[: len(player.states)], 0.0, out=player.states)
        turns = (time + self.phase) / HOURS_PER_DAY
        angle = 2 * math.pi * (turns - np.floor(turns))
        np.cos(angle, out=player.clock[0])
        np.multiply(np.sin(angle), -2 * math.pi / HOURS_PER_DAY, out=player.clock[1])
        player.play()
        rates: Array = np.add(player.rates, self.infused, out=self.driven) if self.infusing else player.rates
        return np.multiply(rates, self.on, out=self.driven) if self.masked else rates

    def _sum(self, weights: tuple[float, ...], states: int) -> Array:
        """The first of the states ahead: a weighted sum of what the stages so far add to them."""
        parts, spare = self.parts[:, :states], self.spare[:states]
        out: Array = self.ahead[:states]
        np.multiply(parts[1], weights[0], out=out)
        for weight, part in zip(weights[1:], parts[2:], strict=False):
            if weight:
                np.multiply(part, weight, out=spare)
                np.add(out, spare, out=out)
        np.add(out, parts[0], out=out)
        return out

    def _step(self, live: NDArray[np.bool_]) -> None:
        """One step for all who are under way, of no length for those whose rates must be found first."""
        stop = np.minimum(self.end, self.event_time[self.due, self.lane])
        left = stop - self.time
        taken = np.where(self.step >= left, left, np.minimum(self.step, 0.5 * left))
        taken[self.fresh | ~live] = 0.0
        reached = np.where(taken >= left, stop, self.time + taken)
        parts = self.parts
        np.multiply(self.slope, taken, out=parts[1])
        for number, (weights, node) in enumerate(zip(STAGES, NODES[1:-1], strict=False), 2):
            # states that no rate asks for come last, and are needed at the end alone
            inside = self._sum(weights, self.recording.asked)
            np.multiply(self._rates(inside, self.time + node * taken), taken, out=parts[number])
        ahead = self._sum(STAGES[-1], len(self.state))
        slope = self._rates(ahead, reached)
        kinks = np.array(self.player.kinks).reshape(self.kinks.shape)
        np.multiply(slope, taken, out=parts[7])
        error = self._error()
        small = error <= 1.0
        part = self._kink(kinks, taken, small)
        good = small & (part == 1.0) & live
        self._read_on(good & (taken > 0), taken, reached)
        np.copyto(self.state, ahead, where=good)
        np.copyto(self.farthest, self.away, where=good)
        np.copyto(self.slope, slope, where=good)
        np.copyto(self.kinks, kinks, where=good)
        self.time = np.where(good, np.where(taken > 0, reached, self.time), self.time)
        self._choose(taken, error, good, part)
        self._judge(taken, error, live)
        self.fresh[:] = False

    def _error(self) -> Array:
        """Estimated error of each person's step, 1 where it is just small enough."""
        wrong, size = self.wrong, self.spare
        np.multiply(self.parts[1], ERROR[0], out=wrong)
        for weight, part in zip(ERROR[1:], self.parts[2:], strict=True):
            if weight:
                np.multiply(part, weight, out=size)
                np.add(wrong, size, out=wrong)
        np.abs(wrong, out=wrong)
        # what counts is the range of a state, and where it comes down to nothing also its level
        np.subtract(self.ahead, self.begun, out=self.away)
        np.abs(self.away, out=self.away)
        np.maximum(self.away, self.farthest, out=self.away)
        np.maximum(self.state, self.ahead, out=size)
        np.minimum(size, self.away, out=size)
        np.multiply(self.away, SHARE, out=self.least)
        size += self.least
        size *= self.rtol
        size += self.floor
        wrong /= size
        found: Array = wrong.max(axis=0, initial=0.0)
        return found

    def _kink(self, kinks: Array, taken: Array, small: NDArray[np.bool_]) -> Array:
        """Which part of its step takes each person just to a kink of the rates, 1 where none is passed."""
        found = np.ones(len(taken))
        for before, after in zip(self.kinks, kinks, strict=True):
            passed = small & (before * after < 0.0)
            if passed.any():
                part = np.divide(before, before - after, out=np.ones(len(taken)), where=passed)
                found = np.minimum(found, np.where((1 - part) * taken > LATE, part, 1.0))
        return found

    def _read_on(self, stepped: NDArray[np.bool_], taken: Array, reached: Array) -> None:
        """Samples inside the steps, by the interpolant."""
        lanes = np.flatnonzero(stepped & (self.record_time[self.read, self.lane] < reached))
        parts = np.take(self.parts, lanes, axis=2)
        while len(lanes):
            x = (self.record_time[self.read[lanes], lanes] - self.time[lanes]) / taken[lanes]
            states = parts[0].copy()
            for (a, b, c, d), part in zip(INSIDE, parts[1:], strict=True):
                if d:
                    states += x * (a + x * (b + x * (c + x * d))) * part
            self._write(lanes, states)
            more = np.flatnonzero(self.record_time[self.read[lanes], lanes] < reached[lanes])
            lanes, parts = lanes[more], np.take(parts, more, axis=2)

    def _choose(self, taken: Array, error: Array, good: NDArray[np.bool_], part: Array) -> None:
        """The step that each person wants next."""
        # the error to the power -3/16, between those of the two orders, by square roots alone
        fourth = np.sqrt(np.sqrt(np.minimum(np.maximum(error, 1e-6), 1e12)))
        factor = np.minimum(6.0, np.maximum(0.2, 0.9 * np.sqrt(np.sqrt(fourth)) / fourth))
        wanted = taken * np.where(np.isfinite(error), factor, 0.2)
        # a step that was cut short says nothing against the longer one that was wanted
        wanted = np.where(good & (taken < self.step), np.maximum(self.step, wanted), wanted)
        wanted = np.where(part < 1.0, part * taken + 0.5 * LATE, wanted)
        self.step = np.where(taken > 0, wanted, self.step)

    def _judge(self, taken: Array, error: Array, live: NDArray[np.bool_]) -> None:
        """Give up people whose problem is stiff, or has no finite solution."""
        self.steps += taken > 0
        stiff = self.steps > _STEPS + STEPS_PER_HOUR * (self.time - self.began) + _STEPS_PER_EVENT * self.due
        # a step of no length fails only where the state or its rates are not finite
        failed = ~np.isfinite(error) & (taken <= _SHORTEST * np.maximum(1.0, self.time))
        given_up = np.flatnonzero((stiff | failed) & live)
        if len(given_up):
            self.status[given_up] = np.where(failed[given_up], FAILED, STIFF)
            self._silence(given_up)
