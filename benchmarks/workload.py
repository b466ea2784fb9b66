"""The workload that simulators are compared on: people who differ, nightly doses, hourly samples, every state.

Whole numbers that all people share, such as switches and exponents, are written into the equations, because whoever
wants speed would do so by hand.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from expressions import Equations, reduced, symbolic
from numpy.typing import NDArray

import ldnsim as ldn
from ldnsim.base.errors import InputError
from ldnsim.base.vocabulary import filled, flatten
from ldnsim.endorphin import Clock
from ldnsim.engines.events import Jump
from ldnsim.engines.reference import scales
from ldnsim.model import Parameters
from ldnsim.models.naltrexone import naltrexone
from ldnsim.models.system import NALTREXONE, Daily
from ldnsim.study.intakes import taken

Array = NDArray[np.float64]

SEED = 20240601
DAY = 24.0
LARGEST_WHOLE = 12
"""Largest whole number that is written into the equations."""

SPREAD = (
    (("pk.f",), 0.40),
    (("pk.cl",), 0.25),
    (("pk.vc", "pk.vp"), 0.30),
    (("pk.ka",), 0.50),
    (("pk.fm",), 0.20),
    (("pk.clm",), 0.25),
    (("pk.vcm", "pk.vpm"), 0.30),
)
"""What differs between people, in groups that move together, and the coefficient of variation of each."""


class Doses(NamedTuple):
    """Amounts that enter at once, the same for everybody.

    Attributes
    ----------
    time : ndarray, shape (n_doses,)
        When each enters, lag included [h].
    state : ndarray of int, shape (n_entered,)
        States that each dose enters, as positions among those that are integrated.
    amount : ndarray, shape (n_entered,)
        How much into each [nmol].
    """

    time: Array
    state: NDArray[np.int64]
    amount: Array


@dataclass(frozen=True)
class Workload:
    """People, doses and samples.

    Attributes
    ----------
    parameters : ndarray, shape (n_parameters, n_people)
        In the order of ``vocabulary.flatten(Parameters)``.
    initial : ndarray, shape (n_integrated,)
        Untreated state, the same for everybody.
    scale : ndarray, shape (n_integrated,)
        Typical size of each state.
    daily : Daily
        The daily cycle.
    doses : Doses
        Doses.
    samples : ndarray, shape (n_samples,)
        Increasing times from 0 on, none of them that of a dose [h].
    fixed : dict of str to int
        Parameters that are written in as numbers.
    integrated : ndarray of int, shape (n_integrated,)
        Positions of the states that are integrated, in the model.
    like : ndarray of int, shape (n_active,)
        For each state that can be other than zero, which of the integrated ones it is equal to; itself, unless folded.
    active : ndarray of int, shape (n_active,)
        Positions of the states that can be other than zero.
    """

    parameters: Array
    initial: Array
    scale: Array
    daily: Daily
    doses: Doses
    samples: Array
    fixed: dict[str, int]
    integrated: NDArray[np.int64]
    like: NDArray[np.int64]
    active: NDArray[np.int64]

    @property
    def people(self) -> int:
        """How many."""
        return int(self.parameters.shape[1])

    def of_person(self, person: int) -> Parameters:
        """Parameters of one person as the equations take them."""
        found: Parameters = filled(Parameters, self.parameters[:, person].tolist())
        return found

    def entering(self) -> list[tuple[int, float]]:
        """Positions in the model of all states that a dose enters, and how much, also of those that are folded."""
        amounts = dict(zip(self.doses.state.tolist(), self.doses.amount.tolist(), strict=True))
        return [
            (int(position), amounts[like])
            for position, like in zip(self.active, self.like.tolist(), strict=True)
            if like in amounts
        ]

    def segments(self) -> Iterator[tuple[float, float, slice]]:
        """Stretches between doses: start, stop, and the samples after the start up to the stop.

        The first sample is at 0 and belongs to none.
        """
        cuts = [0.0, *self.doses.time.tolist(), float(self.samples[-1])]
        for start, stop in pairwise(cuts):
            first, last = np.searchsorted(self.samples, [start, stop], side="right")
            yield start, stop, slice(int(first), int(last))

    def outputs(self, person: int, states: Array) -> Array:
        """Every output at the samples.

        Parameters
        ----------
        person : int
            Who.
        states : ndarray, shape (n_active, n_samples)
            Active states at the samples.

        Returns
        -------
        ndarray, shape (n_outputs, n_samples)
            Outputs in the order of the model.
        """
        every = np.zeros((len(NALTREXONE.names), len(self.samples)))
        # as our engines do: noise about zero has no power
        every[self.active] = np.maximum(states, 0.0)
        found = NALTREXONE.outputs(NALTREXONE.pack(every), self.of_person(person), self.daily.at(self.samples))
        return np.array([np.broadcast_to(row, self.samples.shape) for part in found for row in part])

    def error(self, person: int, integrated: Array, reference: Array) -> float:
        """Largest difference of any state or output at any sample, relative to its range over time.

        Parameters
        ----------
        person : int
            Who.
        integrated : ndarray, shape (n_integrated, n_samples)
            What a simulator gives.
        reference : ndarray, shape (n_active, n_samples)
            What it should be.

        Returns
        -------
        float
            The error, infinite if anything is not a number.
        """
        states = integrated[self.like]
        worst = 0.0
        for found, wanted in (
            (states, reference),
            (self.outputs(person, states), self.outputs(person, reference)),
        ):
            spread = np.ptp(wanted, axis=1)
            apart = np.abs(found - wanted).max(axis=1)
            worst = max(worst, float(np.nan_to_num(apart / np.where(spread > 0, spread, 1.0), nan=np.inf).max()))
        return worst

    @cached_property
    def equations(self) -> Equations:
        """The rates as expressions."""
        first = np.searchsorted(self.active, self.integrated)
        return reduced(self.active, first[self.like], self.fixed, self.daily)


def workload(people: int, nights: int = 28, folded: bool = False) -> Workload:
    """People drawn with a fixed seed; the first of them are the same whatever the number.

    Parameters
    ----------
    people : int
        How many.
    nights : int
        How many doses and days.
    folded : bool
        Integrate states that can only be equal, such as the amounts of both isomers of a racemic dose, once.

    Returns
    -------
    Workload
        Bundle ``popular``, 4.5 mg at 22:00 every day, hourly samples.
    """
    base = ldn.resolve("popular")
    regimen = ldn.Regimen.parse(f"4.5 mg at 22:00 daily for {nights} days")
    model = naltrexone(base, regimen.clock)
    dosing = model.dosing(base.values_by_name())
    events = [event for dose in regimen.dosing() for event in taken(model, dosing, dose).enter(dose.time)]
    jumps = [event for event in events if isinstance(event, Jump)]
    assert len(jumps) == len(events)
    samples = np.arange(nights * DAY + 1)
    times = np.array(sorted({jump.time for jump in jumps}))
    assert not np.isin(times, samples).any()

    generator = np.random.default_rng(SEED)
    columns: list[list[float]] = []
    while len(columns) < people:
        drawn: dict[str, float] = {}
        for names, cv in SPREAD:
            factor = float(np.exp(math.sqrt(math.log(1 + cv * cv)) * generator.standard_normal()))
            drawn |= {name: base[name].value * factor for name in names}
        try:
            p = base.replace(drawn, "drawn").fill(Parameters)
        except InputError:
            continue  # outside the physical range: drawn again
        columns.append([number for part in p for number in part])
    parameters = np.array(columns).T

    initial = NALTREXONE.baseline(base.fill(Parameters), model.daily)[0]
    entering = np.zeros(len(initial))
    for jump in jumps:
        if jump.time == times[0]:
            entering[jump.state] += jump.amount
    fixed = _fixed(parameters)
    active = _active((initial != 0) | (entering != 0), filled(Parameters, parameters[:, 0].tolist()))
    groups = _groups(active, initial, entering, fixed) if folded else np.arange(len(active))
    integrated = active[np.unique(groups)]
    entered = np.flatnonzero(entering[integrated])
    return Workload(
        parameters,
        initial[integrated],
        scales(NALTREXONE, entering.max(keepdims=True), initial[:, None])[integrated, 0],
        model.daily,
        Doses(times, entered, entering[integrated][entered]),
        samples,
        fixed,
        integrated,
        np.searchsorted(np.unique(groups), groups),
        active,
    )


def _fixed(parameters: Array) -> dict[str, int]:
    """Parameters that are the same whole number for everybody."""
    return {
        term.name: int(row[0])
        for term, row in zip(flatten(Parameters), parameters, strict=True)
        if (row == row[0]).all() and row[0] in range(LARGEST_WHOLE + 1)
    }


def _active(moved: NDArray[np.bool_], p: Parameters) -> NDArray[np.int64]:
    """Positions of the states that are not zero at first, that something enters, or that either moves."""
    anywhere = Clock(0.7, 0.1)
    while True:
        rates = NALTREXONE.flat(NALTREXONE.rates(NALTREXONE.pack(np.where(moved, 0.7, 0.0)), p, anywhere))
        more = moved | (np.array(rates) != 0)
        if (more == moved).all():
            return np.flatnonzero(moved)
        moved = more


def _groups(active: NDArray[np.int64], initial: Array, entering: Array, fixed: dict[str, int]) -> NDArray[np.int64]:
    """For each active state the first one that starts alike and has the same rate, as positions among the active."""
    groups = _first([(initial[position], entering[position]) for position in active])
    while True:
        rates = symbolic(active, groups, fixed)[-1]
        finer = _first(list(zip(groups.tolist(), rates, strict=True)))
        if (finer == groups).all():
            return groups
        groups = finer


def _first(keys: list[Any]) -> NDArray[np.int64]:
    return np.array([keys.index(key) for key in keys])
