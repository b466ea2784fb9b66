"""From a regimen and people to what engines take: parameters, doses and start of everybody, of one or of many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError, LdnsimError
from ..base.vocabulary import filled, flatten
from ..dosing.phases import GUARD, Dose
from ..dosing.regimen import Regimen
from ..engines.events import Change, Decide, Event, Jump, Number
from ..engines.leg import Array, Leg, together
from ..engines.parameter_sets import ParameterSets
from ..engines.places import Records, due, marks_of, sides
from ..engines.protocol import Protocol
from ..models.dosable import Model
from ..models.inlets import Dosing
from ..models.subjects import baselines
from ..population.people import Drawn
from .account import Account
from .intake import Intake
from .intakes import steady_start, taken


class SharedProtocol(NamedTuple):
    """People to whom the same happens, each in numbers of their own.

    Attributes
    ----------
    who : ndarray of int64, shape (n,)
        Their positions among those who were drawn.
    protocol : Protocol
        What happens to them.
    phase : ndarray, shape (n,)
        Hour of the day at time 0 less the hour of the daily peak [h].
    """

    who: NDArray[np.int64]
    protocol: Protocol
    phase: Array


def latest_of(doses: Sequence[Dose]) -> Array:
    """How late each of some doses can be without reaching the next planned one [h], shape (n_doses,)."""
    times = np.array([dose.time for dose in doses])
    return np.append(np.diff(times) * (1 - GUARD), np.inf)[: len(times)]


class Plan:
    """A regimen, for anybody.

    Parameters
    ----------
    doses : sequence of Dose
        Planned doses in order of time.
    account : Account
        Typical values.
    model : Model
        In which model, by the clock of the regimen.
    samples : ndarray, shape (n,)
        Sample times [h], increasing.
    until : float
        End [h].
    extra : sequence of Jump
        What enters everybody beside the doses, such as an endotoxin challenge.
    past : Regimen, optional
        Whose first step has gone on forever before time 0; without it people are untreated.
    decides : bool
        Whether it is decided about each dose when it is due.
    shown : (float, float), optional
        Samples between these times alone are kept, and the last one, where a run ends [h].
    """

    def __init__(
        self,
        doses: Sequence[Dose],
        account: Account,
        model: Model,
        samples: Array,
        until: float,
        extra: Sequence[Jump] = (),
        past: Regimen | None = None,
        *,
        decides: bool = False,
        shown: tuple[float, float] | None = None,
    ) -> None:
        self.doses = tuple(doses)
        self._due = np.array([dose.time for dose in self.doses])
        self.parameters, self.declared = account.parameters, account.declared
        self.extra: tuple[Event, ...] = tuple(extra)
        self.past, self.decides = past, decides
        self.model = model
        if decides and any(one.rate is not None for one in model.compartments):
            raise InputError("decide", "given", "a model that does not give the rate of its infusions (R)")
        self._names = list(self.parameters)
        self._places = [self._names.index(term.name) for term in flatten(self.declared)]
        p = self.parameters.fill(self.declared)
        self.baseline_residual = 0.0
        if self.model.initial is None:
            self._initial, self.baseline_residual = self.model.system.baseline(p, self.model.daily)
        else:
            self._initial = self.model.untreated(p)
        dosing = self.model.dosing(self.parameters.values_by_name())
        # people are read where something is planned for the typical one
        events, intake = [*self.extra, *self._past(dosing)], self._intakes(dosing)
        for number, dose in enumerate(self.doses):
            events += self._one_taken(number, intake(dose), dose.time, dose.time)
        marks = marks_of(due(events))
        self.records, self.side = sides(samples, marks, 0.0, until)
        if shown is not None:
            kept = (self.time >= shown[0]) & (self.time <= shown[1])
            kept[-1] = True
            self.records, self.side = Records._make(one[kept] for one in self.records), self.side[kept]

    @property
    def time(self) -> Array:
        """Times of the samples [h], shape (n_records,)."""
        found: Array = self.records.time[:, 0]
        return found

    @cached_property
    def latest(self) -> Array:
        """How late each dose can be without reaching the next planned one [h]."""
        return latest_of(self.doses)

    def protocols(self, drawn: Drawn) -> tuple[list[SharedProtocol], dict[int, str]]:
        """What happens to people.

        Parameters
        ----------
        drawn : Drawn
            The people, without those who have no valid parameters.

        Returns
        -------
        planned : list of SharedProtocol
            What happens to them; people whose past doses enter at other times stand apart.
        problem : dict of int to str
            Position and reason of people who have no untreated state, to whom nothing happens.
        """
        size, daily = drawn.values.shape[-1], self.model.daily
        peak = self._named(drawn)[self.model.acrophase] if self.model.acrophase else daily.acrophase
        phase = np.broadcast_to(daily.start - peak, size)
        initial, problem = self._untreated(drawn, phase)
        fine = np.setdiff1d(np.arange(size), list(problem))
        found = []
        for who in self._alike(drawn, fine):
            some = drawn.only(who)
            sets = ParameterSets(self.declared, np.ascontiguousarray(some.values[:, self._places]), None)
            protocol = Protocol(len(who), sets, initial[:, who], 0.0, due(self._events(some)), self.records)
            found.append(SharedProtocol(who, protocol, phase[who]))
        return found, problem

    def _named(self, drawn: Drawn, occasion: int = 0) -> dict[str, Any]:
        return dict(zip(self._names, drawn.values[min(occasion, len(drawn.values) - 1)], strict=True))

    def _untreated(self, drawn: Drawn, phase: Array) -> tuple[Array, dict[int, str]]:
        """The states of people before any dose, and who has none."""
        values = drawn.values[0, self._places]
        if self.model.initial is None:
            return baselines(self.model.system, self.declared, values, phase, self._initial)
        found, problem = np.repeat(self._initial[:, None], values.shape[1], axis=1), dict[int, str]()
        if callable(self.model.initial):
            for who, own in enumerate(values.T):
                try:
                    found[:, who] = self.model.untreated(filled(self.declared, own.tolist()))
                except LdnsimError as error:
                    problem[who] = f"no untreated state: {error}"
        return found, problem

    def _alike(self, drawn: Drawn, fine: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """People who can be planned together: all of them, or those whose past doses enter at the same times."""
        if self.past is None or not fine.size:
            return [fine] if fine.size else []
        dosing = self.model.dosing(self._named(drawn))
        when = []
        for phase in self.past.phases:
            one = taken(self.model, dosing, phase, share=1.0 if drawn.share is None else drawn.share)
            when += [one.lag, one.duration, *(inlet.lag for inlet in one.compartment.inlets)]
        rows = np.array([np.broadcast_to(value, drawn.values.shape[-1]) for value in when])
        _, members = np.unique(rows[:, fine], axis=1, return_inverse=True)
        return [fine[members == number] for number in range(int(members.max()) + 1)]

    def _events(self, drawn: Drawn) -> list[Event]:
        """What happens to people, each with doses of their own."""
        dosing = self.model.dosing(self._named(drawn))
        share = 1.0 if drawn.share is None else drawn.share
        events, intake = [*self.extra, *self._past(dosing, share)], self._intakes(dosing, share)
        planned = self._due[:, None] + drawn.delay
        at = np.where(drawn.taken, planned, np.inf)
        for number, dose in enumerate(self.doses):
            if number and len(drawn.values) > 1:
                events.append(Change(planned[number], number))
                intake = self._intakes(self.model.dosing(self._named(drawn, number)), share)
            events += self._one_taken(number, intake(dose), at[number], planned[number])
        return events

    def _past(self, dosing: Dosing, share: Number = 1.0) -> list[Event]:
        """The doses before time 0, where they have gone on forever."""
        if self.past is None:
            return []
        past, under_way = steady_start(self.past, partial(taken, self.model, dosing, share=share))
        return [past, *under_way]

    def _intakes(self, dosing: Dosing, share: Number = 1.0) -> Callable[[Dose], Intake]:
        """How doses are taken, worked out once for those that differ in their time alone."""
        known: dict[tuple[object, ...], Intake] = {}

        def intake(dose: Dose) -> Intake:
            key = dose.mg, dose.salt, dose.route, dose.over
            if key not in known:
                known[key] = taken(self.model, dosing, dose, share=share)
            return known[key]

        return intake

    def _one_taken(self, number: int, intake: Intake, when: Number, planned: Number) -> list[Event]:
        # only a decision needs a stop at the time itself, where nothing enters yet
        events: list[Event] = [Decide(planned, number)] if self.decides else []
        return [*events, *intake.enter(when, number)]


def differing(plan: Plan, varied: Sequence[str], *, doses: bool) -> Leg:
    """Two people who differ in all that people of a population can differ in, for whom a kernel is made.

    Parameters
    ----------
    plan : Plan
        What is planned.
    varied : sequence of str
        Names of the parameters that vary.
    doses : bool
        Whether doses are missed or late.

    Returns
    -------
    Leg
        Of the typical person and one more.
    """
    names = list(plan.parameters)
    values = np.repeat(np.array([plan.parameters[name].value for name in names])[None, :, None], 2, axis=2)
    places = [names.index(name) for name in varied]
    # an irrational factor, so that neither 0, 1 nor a whole number is met by chance
    values[:, places, 1] = values[:, places, 1] * np.pi / 3 + (values[:, places, 1] == 0) * 0.1
    planned = (len(plan.doses), 2)
    drawn = Drawn(values, {}, np.ones(planned, np.bool_), np.full(planned, 0.0), np.zeros(2, np.int64), ())
    if doses and planned[0]:
        drawn.taken[0, 1] = False
    return together([one.protocol.outline() for one in plan.protocols(drawn)[0]])
