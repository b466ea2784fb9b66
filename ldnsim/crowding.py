"""From a regimen and drawn people to what engines for many take: parameters, doses and start of everybody."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from .baseline import baselines
from .dosing import Intake
from .engines.events import Change, Event, Jump
from .engines.leg import Array, Leg
from .engines.parameter_sets import ParameterSets
from .engines.protocol import Protocol, due, marks_of, sides
from .intakes import dose_events
from .model import Parameters
from .naltrexone import naltrexone, nanomoles, routes_of
from .parameters import ParameterSet, parameter_terms
from .people import Drawn
from .phases import GUARD, Dose
from .pk import DoseParameters
from .system import NALTREXONE
from .vocabulary import filled, flatten


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
    """

    def __init__(
        self,
        doses: Sequence[Dose],
        parameters: ParameterSet,
        clock: float,
        samples: Array,
        until: float,
        extra: Sequence[Jump] = (),
    ) -> None:
        self.doses = tuple(doses)
        self.parameters = parameters
        self.extra = tuple(extra)
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

    def protocol(self, drawn: Drawn) -> tuple[Protocol, Array, dict[int, str]]:
        """What happens to people.

        Parameters
        ----------
        drawn : Drawn
            The people, without those who have no valid parameters.

        Returns
        -------
        protocol : Protocol
            What happens to them.
        phase : ndarray, shape (n_people,)
            Hour of the day at time 0 less the hour of the daily peak [h].
        problem : dict of int to str
            Position and reason of people who have no untreated state; what is there for them has no meaning.
        """
        n_people = drawn.values.shape[-1]
        names = list(parameter_terms())
        phase = self.model.daily.start - drawn.values[0, names.index("endorphin.acrophase")]
        initial, problem = baselines(NALTREXONE, Parameters, drawn.values[0], phase, self._initial)
        sets = ParameterSets(Parameters, drawn.values, None)
        return Protocol(n_people, sets, initial, 0.0, due(self._events(drawn)), self.records), phase, problem

    def _events(self, drawn: Drawn) -> list[Event]:
        """What happens to people, each with doses of their own."""
        events: list[Event] = list(self.extra)
        names = list(parameter_terms())
        own = [names.index(f"dose.{term.name}") for term in flatten(DoseParameters)]
        for number, dose in enumerate(self.doses):
            p = filled(DoseParameters, drawn.values[min(number, len(drawn.values) - 1), own])
            when = dose.time + drawn.delay[number]
            if len(drawn.values) > 1 and number:
                events.append(Change(when, number))
            (route,) = (one for one in routes_of(p) if one.name == dose.route)
            amount = dose.mg * nanomoles(p, dose.route, {"SALT": dose.salt})
            taken = Intake(route, amount, amount / dose.over if dose.over else 0.0, dose.over, 0.0)
            events += taken.enter(np.where(drawn.taken[number], when, np.inf), number)
        return events


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
    return plan.protocol(drawn)[0].outline()
