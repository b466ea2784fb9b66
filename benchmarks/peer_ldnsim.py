"""Our compiled engine, as an engine that runs many people at once is called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from workload import Array, Workload

from ldnsim.compiled import solve_crowd
from ldnsim.kernels import structure
from ldnsim.model import Parameters
from ldnsim.solve.crowd import ADD, OK, Crowd, CrowdRun, Happenings
from ldnsim.system import NALTREXONE


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
        self.threads = threads
        self.crowd = crowd(work)
        self.made_for = structure(NALTREXONE, self.crowd)
        self.rtol = 1e-6

    def prepare(self, rtol: float) -> None:
        """Set the tolerance."""
        self.rtol = rtol

    def run(self, people: Sequence[int]) -> CrowdRun:
        """Run people who follow each other."""
        chosen = self.crowd.only(slice(people[0], people[-1] + 1))
        found = solve_crowd(NALTREXONE, chosen, rtol=self.rtol, made_for=self.made_for, threads=self.threads)
        if (found.status != OK).any():
            raise RuntimeError(f"{(found.status != OK).sum()} people failed")
        return found

    def states(self, found: CrowdRun) -> Array:
        """States at the samples, shape (n_people, n_integrated, n_samples)."""
        return np.stack([found.states[position] for position in self.work.integrated], axis=1)


def crowd(work: Workload) -> Crowd:
    """The workload as our engine takes it."""
    people = work.people
    initial, scale = np.zeros(len(NALTREXONE.names)), np.ones(len(NALTREXONE.names))
    initial[work.active], scale[work.active] = work.initial[work.like], work.scale[work.like]
    events = [(float(time), *entry) for time in work.doses.time for entry in work.entering()]

    def alike(values: Any) -> Any:
        return np.repeat(np.array(values)[:, None], people, axis=1)

    times, states, amounts = zip(*events, strict=True)
    return Crowd(
        declared=Parameters,
        parameters=work.parameters[None],
        initial=alike(initial),
        scale=alike(scale),
        phase=np.full(people, work.daily.start - work.daily.acrophase),
        happenings=Happenings(
            alike(times), alike(np.full(len(events), ADD, dtype=np.int8)), alike(states), alike(amounts)
        ),
        time=work.samples,
        after=np.zeros(len(work.samples), dtype=bool),
    )
