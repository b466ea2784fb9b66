"""From a regimen and drawn people to what engines for many take: parameters, doses and start of everybody."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, cached_property, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.vocabulary import filled, flatten
from ..dosing.phases import GUARD, Dose, Phase
from ..dosing.regimen import Regimen
from ..engines.course import together
from ..engines.events import Change, Decide, Event, Jump
from ..engines.leg import Array, Leg
from ..engines.parameter_sets import ParameterSets
from ..engines.protocol import Protocol, due, marks_of, sides
from ..ledger.parameters import ParameterSet, parameter_terms
from ..model import Parameters
from ..models.naltrexone import naltrexone, nanomoles, routes_of
from ..models.subjects import baselines
from ..models.system import NALTREXONE
from ..pk import DoseParameters
from ..population.people import Drawn
from .intake import Intake
from .intakes import dose_events, steady_start


@cache
def _of_dose() -> list[int]:
    """Places of what a dose depends on, among the parameters."""
    return [list(parameter_terms()).index(f"dose.{term.name}") for term in flatten(DoseParameters)]


class Planned(NamedTuple):
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


class Plan:
    """What is planned for everybody, and when it is read.

    Parameters
    ----------
    doses : sequence of Dose
        Planned doses in order of time.
    parameters : ParameterSet
        Typical values.
    clock : float
        Hour of the day at time 0 [h].
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
    """

    def __init__(
        self,
        doses: Sequence[Dose],
        parameters: ParameterSet,
        clock: float,
        samples: Array,
        until: float,
        extra: Sequence[Jump] = (),
        past: Regimen | None = None,
        *,
        decides: bool = False,
    ) -> None:
        self.doses = tuple(doses)
        self.parameters = parameters
        self.extra = tuple(extra)
        self.past, self.decides = past, decides
        self.model = naltrexone(parameters, clock)
        p = parameters.fill(Parameters)
        self._initial, self.baseline_residual = NALTREXONE.baseline(p, self.model.daily)
        events: list[Event] = list(self.extra)
        for number, dose in enumerate(self.doses):
            events += dose_events(self.model, dose, number)
        # people are read where something is planned for the typical one
        self.records, self.side = sides(samples, marks_of(due(events)), 0.0, until)

    @property
    def time(self) -> Array:
        """Times of the samples [h], shape (n_records,)."""
        found: Array = self.records.time[:, 0]
        return found

    @cached_property
    def latest(self) -> Array:
        """How late each dose can be without reaching the next planned one [h]."""
        times = np.array([dose.time for dose in self.doses])
        return np.append(np.diff(times) * (1 - GUARD), np.inf)[: len(times)]

    def protocols(self, drawn: Drawn) -> tuple[list[Planned], dict[int, str]]:
        """What happens to people.

        Parameters
        ----------
        drawn : Drawn
            The people, without those who have no valid parameters.

        Returns
        -------
        planned : list of Planned
            What happens to them; people whose past doses enter at other times stand apart.
        problem : dict of int to str
            Position and reason of people who have no untreated state, to whom nothing happens.
        """
        phase = self.model.daily.start - drawn.values[0, list(parameter_terms()).index("endorphin.acrophase")]
        initial, problem = baselines(NALTREXONE, Parameters, drawn.values[0], phase, self._initial)
        fine = np.setdiff1d(np.arange(len(phase)), list(problem))
        found = []
        for who in self._alike(drawn, fine):
            some = drawn.only(who)
            sets = ParameterSets(Parameters, some.values, None)
            protocol = Protocol(len(who), sets, initial[:, who], 0.0, due(self._events(some)), self.records)
            found.append(Planned(who, protocol, phase[who]))
        return found, problem

    def _alike(self, drawn: Drawn, fine: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """People who can be planned together: all of them, or those whose past doses enter alike."""
        if self.past is None or not fine.size:
            return [fine] if fine.size else []
        _, members = np.unique(drawn.values[0][_of_dose()][:, fine], axis=1, return_inverse=True)
        return [fine[members == number] for number in range(int(members.max()) + 1)]

    def _events(self, drawn: Drawn) -> list[Event]:
        """What happens to people, each with doses of their own."""
        events: list[Event] = list(self.extra)
        if self.past is not None:
            # alike in what doses depend on, so that the first stands for all
            typical = filled(DoseParameters, drawn.values[0, _of_dose(), 0].tolist())
            past, under_way = steady_start(self.past, partial(_intake, typical))
            events += [past, *under_way]
        for number, dose in enumerate(self.doses):
            p = filled(DoseParameters, drawn.values[min(number, len(drawn.values) - 1), _of_dose()])
            when = dose.time + drawn.delay[number]
            if len(drawn.values) > 1 and number:
                events.append(Change(when, number))
            if self.decides:
                events.append(Decide(when, number))
            events += _intake(p, dose).enter(np.where(drawn.taken[number], when, np.inf), number)
        return events


def _intake(p: DoseParameters, dose: Dose | Phase, delay: float = 0.0) -> Intake:
    """A dose as people take it, so long after its time [h]; the parameters are numbers, or arrays over people."""
    (route,) = (one for one in routes_of(p) if one.name == dose.route)
    amount = dose.mg * nanomoles(p, dose.route, {"SALT": dose.salt})
    return Intake(route, amount, amount / dose.over if dose.over else 0.0, dose.over, delay)


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
    names = list(parameter_terms())
    values = np.repeat(np.array([plan.parameters[name].value for name in names])[None, :, None], 2, axis=2)
    places = [names.index(name) for name in varied]
    # an irrational factor, so that neither 0, 1 nor a whole number is met by chance
    values[:, places, 1] = values[:, places, 1] * np.pi / 3 + (values[:, places, 1] == 0) * 0.1
    planned = (len(plan.doses), 2)
    drawn = Drawn(values, {}, np.ones(planned, np.bool_), np.full(planned, 0.0), np.zeros(2, np.int64), ())
    if doses and planned[0]:
        drawn.taken[0, 1] = False
    return together([one.protocol.outline() for one in plan.protocols(drawn)[0]])
