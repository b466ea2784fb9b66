"""What is handed over: a model with the parameters of one person, where it starts, and what enters when, in numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ..base.errors import InputError
from ..engines.events import Infuse, Jump, Past
from ..engines.leg import Array
from ..engines.protocol import Protocol
from ..ledger.parameters import ParameterSet
from ..models.dosable import Model
from ..models.written import Written
from ..study.study import Study

_SAME = 1e-9
"""Share of a time that is rounding."""

_FURTHEST = 8
"""Doses ahead in which the next of a regular course is looked for."""


class Entering(NamedTuple):
    """What enters a state, or begins or ends to be infused into it.

    Attributes
    ----------
    state : str
        Name of the state.
    infused : bool
        Whether `amount` is added to the rate of its infusion instead of to the state itself.
    amount : float
        How much, in the unit of the state, or an hour.
    """

    state: str
    infused: bool
    amount: float


class Course(NamedTuple):
    """What enters again and again.

    Attributes
    ----------
    start : float
        When first [h].
    interval : float
        Time between [h]; 0 where it enters once.
    often : int
        How many times.
    enters : tuple of Entering
        What enters each time.
    """

    start: float
    interval: float
    often: int
    enters: tuple[Entering, ...]


@dataclass(frozen=True)
class Handed:
    """A study of one person, as other tools need it.

    Attributes
    ----------
    study : Study
        What is given to whom.
    written : Written
        The equations.

    Raises
    ------
    InputError
        If it holds what no file carries.
    """

    study: Study
    written: Written

    @staticmethod
    def of(study: Study) -> Handed:
        """What a study hands over; raises `InputError` naming what cannot be carried."""
        for name, given in (("population", study.population), ("decide", study.decide)):
            if given is not None:
                expected = "to be left out: a file holds one person whose doses are known"
                cure = "; Regimen has the doses that were given" if name == "decide" else "; export each person"
                raise InputError(name, given, expected + cure)
        # what equations do not have without a depot is 0
        idle = dict.fromkeys(study.model.idle, 0.0)
        return Handed(study, Written(study.model, study.account.declared, idle))

    @property
    def model(self) -> Model:
        """The model, by the clock of the regimen."""
        return self.study.model

    @property
    def parameters(self) -> ParameterSet:
        """Parameters with their evidence."""
        return self.study.account.parameters

    @cached_property
    def initial(self) -> dict[str, float]:
        """Every state before the first dose, in the steady state where the run begins in it."""
        state: Array = self._protocol.initial[:, 0]
        if self.study.begins_steady:
            settings = {**self.study.settings, "until": 1.0, "step": 1.0, "at": [], "endotoxin": None}
            found, _, _ = replace(self.study, settings=settings).trajectory(lambda *_: None, None)
            state = found.states[:, 0]
        return dict(zip(self.model.system.names, map(float, state), strict=True))

    @cached_property
    def _protocol(self) -> Protocol:
        return self.study.typical().protocol

    @cached_property
    def _moments(self) -> tuple[dict[float, list[Entering]], dict[str, float]]:
        """What enters at each time, and what is infused from the beginning."""
        names, moments, running = self.model.system.names, dict[float, list[Entering]](), dict[str, float]()

        def enters(time: float, state: str, amount: float, *, infused: bool) -> None:
            if amount and np.isfinite(time):
                moments.setdefault(time, []).append(Entering(state, infused, amount))

        for one in self._protocol.placed:
            event = one.event
            if isinstance(event, Jump):
                enters(_alone(event.time), names[event.state], _alone(event.amount), infused=False)
            elif isinstance(event, Infuse):
                state, start, rate = names[event.state], _alone(event.time), _alone(event.rate)
                if start < 0:
                    running[state] = running.get(state, 0.0) + rate
                else:
                    enters(start, state, rate, infused=True)
                enters(_alone(event.stop), state, -rate, infused=True)
            elif not isinstance(event, Past):
                raise InputError("what", type(event).__name__, "doses and infusions, which other tools have too")
        return moments, running

    @property
    def entered(self) -> frozenset[str]:
        """States that anything enters."""
        return frozenset(one.state for course in self.courses for one in course.enters) | self.running.keys()

    @property
    def infused(self) -> list[str]:
        """States that anything is infused into."""
        given = {one.state for course in self.courses for one in course.enters if one.infused}
        return sorted(given | self.running.keys())

    @property
    def running(self) -> dict[str, float]:
        """Infusions that run from the beginning, by state: how much an hour."""
        return self._moments[1]

    @cached_property
    def courses(self) -> tuple[Course, ...]:
        """All doses, those that enter alike at regular times together."""
        alike: dict[tuple[Entering, ...], list[float]] = {}
        for time, entering in sorted(self._moments[0].items()):
            alike.setdefault(_summed(entering), []).append(time)
        alike.pop((), None)
        found = [course for enters, times in alike.items() for course in _regular(times, enters)]
        return tuple(sorted(found, key=lambda course: course.start))


def _alone(number: object) -> float:
    """The number of the only person."""
    return float(np.ravel(np.asarray(number, dtype=float))[0])


def _summed(entering: Iterable[Entering]) -> tuple[Entering, ...]:
    found: dict[tuple[str, bool], float] = {}
    for one in entering:
        found[one[:2]] = found.get(one[:2], 0.0) + one.amount
    # an infusion that begins as another ends changes nothing
    return tuple(Entering(*what, amount) for what, amount in sorted(found.items()) if amount)


def _regular(times: list[float], enters: tuple[Entering, ...]) -> list[Course]:
    """Times, increasing, in as few regular courses as are seen at once."""
    waiting, found = list(times), list[Course]()
    while waiting:
        first, rest = waiting[0], waiting[1:]
        chains = (_chain(waiting, second - first) for second in rest[:_FURTHEST])
        longest = max(chains, key=len, default=[first])
        interval = (longest[-1] - first) / (len(longest) - 1) if len(longest) > 1 else 0.0
        found.append(Course(first, interval, len(longest), enters))
        kept = set(longest)
        waiting = [time for time in waiting if time not in kept]
    return found


def _chain(times: list[float], interval: float) -> list[float]:
    """The first time and those that follow it at an interval."""
    found, place = [times[0]], 1
    while True:
        due = times[0] + len(found) * interval
        near = _SAME * max(abs(due), 1.0)
        while place < len(times) and times[place] < due - near:
            place += 1
        if place == len(times) or times[place] > due + near:
            return found
        found.append(times[place])
