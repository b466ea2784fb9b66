"""From a regimen and drawn people to what engines for many take: parameters, doses and start of everybody."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .errors import SolverError
from .intakes import dose_events
from .model import Parameters
from .naltrexone import naltrexone, nanomoles, routes_of
from .parameters import ParameterSet, parameter_terms
from .people import Drawn
from .phases import GUARD, Dose
from .pk import DoseParameters
from .solve.alone import crowd_of_one
from .solve.crowd import ADD, CHANGE, INFUSE, Crowd, Happenings
from .solve.happenings import Event, Jump
from .solve.records import Array
from .solve.reference import scales
from .solve.timeline import Timeline
from .system import NALTREXONE, Daily
from .vocabulary import filled, flatten

_STILL = 1e-12
"""Rate below which a state stands still [1/h or nmol/h]."""

_HOURS = (0.0, 7.0, 14.0)
"""Hours of the day at which it is looked whether the untreated state stands still."""


class Row(NamedTuple):
    """One thing that happens to everybody, each at a time of their own."""

    time: Array
    kind: int
    state: int
    value: Array


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
        timeline = Timeline.build(events, samples, until)
        self._scale = scales(NALTREXONE, timeline.largest, self._initial)
        self.typical, self.side = crowd_of_one(p, self._initial, timeline, self.model.daily, self._scale)
        """The typical person, read at both sides of every planned event."""

    @cached_property
    def latest(self) -> Array:
        """How late each dose can be without reaching the next planned one [h]."""
        times = np.array([dose.time for dose in self.doses])
        return np.append(np.diff(times) * (1 - GUARD), np.inf)[: len(times)]

    def crowd(self, drawn: Drawn) -> tuple[Crowd, dict[int, str]]:
        """People as an engine takes them.

        Parameters
        ----------
        drawn : Drawn
            The people, without those who have no valid parameters.

        Returns
        -------
        crowd : Crowd
            The people.
        problem : dict of int to str
            Position and reason of people who have no untreated state; what is there for them has no meaning.
        """
        n_people = drawn.values.shape[-1]
        names = list(parameter_terms())
        acrophase = drawn.values[0, names.index("endorphin.acrophase")]
        phase = self.model.daily.start - acrophase
        initial = np.repeat(self._initial[:, None], n_people, axis=1)
        problem = self._begin(drawn.values[0], phase, initial)
        return (
            Crowd(
                Parameters,
                drawn.values,
                initial,
                np.repeat(self._scale[:, None], n_people, axis=1),
                phase,
                self._happenings(drawn),
                self.typical.time,
                # a sample on the grid that meets a late dose by chance shows what comes after it
                self.side >= 0,
            ),
            problem,
        )

    def _begin(self, values: Array, phase: Array, initial: Array) -> dict[int, str]:
        """Find the untreated state of those whom the typical one does not suit; who has none."""
        n_people = values.shape[1]
        moving = np.zeros(n_people)
        p = filled(Parameters, values)
        with np.errstate(all="ignore"):  # what is no number counts as moving
            for hour in _HOURS:
                rates = NALTREXONE.rates(NALTREXONE.pack(initial), p, Daily(0.0, 0.0).at(hour + phase))
                for rate in NALTREXONE.flat(rates):
                    moving = np.maximum(moving, np.abs(np.broadcast_to(rate, n_people)))
        problem = {}
        for person in np.flatnonzero(~(moving <= _STILL)):
            own = filled(Parameters, values[:, person].tolist())
            try:
                initial[:, person], _ = NALTREXONE.baseline(own, Daily(float(phase[person]), 0.0))
            except (SolverError, ArithmeticError) as error:
                problem[int(person)] = f"no untreated baseline: {error}"
        return problem

    def _happenings(self, drawn: Drawn) -> Happenings:
        n_people = drawn.values.shape[-1]
        rows: list[Row] = [
            Row(np.full(n_people, jump.time), ADD, jump.state, np.full(n_people, jump.amount)) for jump in self.extra
        ]
        infused: dict[int, list[tuple[Array, Array]]] = {}
        names = list(parameter_terms())
        own = [names.index(f"dose.{term.name}") for term in flatten(DoseParameters)]
        for number, dose in enumerate(self.doses):
            occasion = min(number, len(drawn.values) - 1)
            p = filled(DoseParameters, drawn.values[occasion, own])
            when = dose.time + drawn.delay[number]
            if len(drawn.values) > 1 and number:
                rows.append(Row(when, CHANGE, number, np.zeros(n_people)))
            taken = drawn.taken[number]
            (route,) = (one for one in routes_of(p) if one.name == dose.route)
            amount = dose.mg * nanomoles(p, dose.route, {"SALT": dose.salt})
            for inlet in route.inlets:
                start = np.where(taken, when + inlet.lag, np.inf)
                if dose.over:
                    rate = amount / dose.over * inlet.share + np.zeros(n_people)
                    infused.setdefault(inlet.state, []).extend([(start, rate), (start + dose.over, -rate)])
                else:
                    rows.append(Row(start, ADD, inlet.state, amount * inlet.share + np.zeros(n_people)))
        for state, changes in infused.items():
            rows += _summed(state, changes)
        return _in_order(rows, n_people)


def _summed(state: int, changes: list[tuple[Array, Array]]) -> list[Row]:
    """What is infused in all from each change on."""
    time = np.array([when for when, _ in changes])
    order = np.argsort(time, axis=0, kind="stable")
    time = np.take_along_axis(time, order, axis=0)
    change = np.take_along_axis(np.array([by for _, by in changes]), order, axis=0)
    running = np.cumsum(np.where(change > 0, 1, -1), axis=0)
    # nothing is left over by rounding once all have ended
    total = np.where(running == 0, 0.0, np.cumsum(change, axis=0))
    return [Row(when, INFUSE, state, value) for when, value in zip(time, total, strict=True)]


def _in_order(rows: list[Row], n_people: int) -> Happenings:
    if not rows:
        nothing = np.zeros((0, n_people))
        return Happenings(nothing, nothing.astype(np.int8), nothing.astype(np.int64), nothing)
    time = np.array([row.time for row in rows])
    order = np.argsort(time, axis=0, kind="stable")
    kind = np.array([row.kind for row in rows], dtype=np.int8)
    state = np.array([row.state for row in rows], dtype=np.int64)
    value = np.array([row.value for row in rows])
    return Happenings(
        np.take_along_axis(time, order, axis=0), kind[order], state[order], np.take_along_axis(value, order, axis=0)
    )


def occasions_at(crowd: Crowd) -> NDArray[np.int64]:
    """Which occasion each sample of each person belongs to, shape (n_people, n_records)."""
    found = np.zeros((len(crowd.phase), len(crowd.time)), dtype=np.int64)
    time, kind, number, _ = crowd.happenings
    for row in range(len(time)):
        begun = (
            np.where(crowd.after, time[row][:, None] <= crowd.time, time[row][:, None] < crowd.time)
            & (kind[row] == CHANGE)[:, None]
        )
        found = np.where(begun, number[row][:, None], found)
    return found


def differing(plan: Plan, varied: Sequence[str], *, doses: bool) -> Crowd:
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
    Crowd
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
    return plan.crowd(drawn)[0]
