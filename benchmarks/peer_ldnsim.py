"""Our compiled engine, as an engine that runs many people at once is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from workload import Array, Workload

from ldnsim.engines.compiled.codegen import structure
from ldnsim.engines.compiled.engine import CompiledEngine
from ldnsim.engines.leg import ADD, AT_ONCE, OK, Leg, LegEvents, LegRun
from ldnsim.model import Parameters
from ldnsim.models.system import NALTREXONE


class Ldnsim:
    """The population engine.

    Parameters
    ----------
    work : Workload
        What to run; the engine gets all states of the model and finds out by itself which ones matter.
    threads : int
        How many groups of people run at once.
    """

    def __init__(self, work: Workload, threads: int) -> None:
        self.work = work
        self.leg = leg_of(work)
        self.engine = CompiledEngine(NALTREXONE, 1e-6, structure(NALTREXONE, self.leg), threads)

    def prepare(self, rtol: float) -> None:
        """Set the tolerance."""
        self.engine = replace(self.engine, rtol=rtol)

    def run(self, people: Sequence[int]) -> LegRun:
        """Run people who follow each other."""
        found = self.engine.solve(self.leg.only(slice(people[0], people[-1] + 1)))
        if (found.status != OK).any():
            raise RuntimeError(f"{(found.status != OK).sum()} people failed")
        return found

    def states(self, found: LegRun) -> Array:
        """States at the samples, shape (n_people, n_integrated, n_samples)."""
        return np.stack([found.states[position] for position in self.work.integrated], axis=1)


def leg_of(work: Workload) -> Leg:
    """The workload as our engine takes it."""
    people = work.people
    initial, scale = np.zeros(len(NALTREXONE.names)), np.ones(len(NALTREXONE.names))
    initial[work.active], scale[work.active] = work.initial[work.like], work.scale[work.like]
    events = [(float(time), *entry) for time in work.doses.time for entry in work.entering()]

    def alike(values: Any) -> Any:
        return np.repeat(np.array(values)[:, None], people, axis=1)

    times, states, amounts = zip(*events, strict=True)
    return Leg(
        declared=Parameters,
        parameters=work.parameters[None],
        initial=alike(initial),
        scale=alike(scale),
        phase=np.full(people, work.daily.start - work.daily.acrophase),
        events=LegEvents(alike(times), alike(np.full(len(events), ADD, dtype=np.int8)), alike(states), alike(amounts)),
        time=alike(work.samples),
        waits=alike(np.full(len(work.samples), AT_ONCE, dtype=np.int64)),
        start=np.zeros(people),
        infused=alike(np.zeros(len(initial))),
        on=alike(np.ones(len(initial), dtype=np.bool_)),
    )
