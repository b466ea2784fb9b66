"""The compiled engine: subjects side by side, 16 at a time, on all processors."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from ...models.system import System
from ..leg import ADD, CHANGE, Array, Leg, LegEvents, LegRun
from .cache import kernel
from .codegen import Structure, structure

TOGETHER = 128
"""How many subjects one thread takes at a time."""


@dataclass(frozen=True)
class CompiledEngine:
    """Integrates by a kernel that is compiled from the equations.

    What comes out for a subject does not depend on who else is there, nor on the number of threads.

    Attributes
    ----------
    system : System
        The model.
    rtol : float
        Tolerance of a step, relative to how far each state has come from its start or to its level, whichever is
        less, because what counts in the end is the range of a curve.
    made_for : Structure, optional
        What is the same for all, where a leg is only a part of what will be integrated, as
        `ldnsim.engines.compiled.codegen.structure` of all of it says; the parts would otherwise use kernels of their
        own, which can differ by rounding.
    threads : int, optional
        How many groups of subjects run at once; by default as many as there are processors.
    """

    system: System
    rtol: float
    made_for: Structure | None = None
    threads: int | None = None

    def solve(self, leg: Leg) -> LegRun:
        """States at the samples of a leg.

        Raises
        ------
        MissingExtra
            If Numba is not installed.
        """
        made_for = structure(self.system, leg) if self.made_for is None else self.made_for
        made = kernel(self.system, leg.declared, made_for)
        own = np.array(made_for.states, dtype=np.int64)
        events = _in_kernel(self.system, leg.events, made_for)
        with np.errstate(all="ignore"):  # what is no number shows in the status of the subject
            constants = made.constants(np.moveaxis(leg.parameters, 1, 0)).swapaxes(0, 1)
        # the kernel takes arrays that lie in memory in one piece
        given = tuple(
            np.ascontiguousarray(array)
            for array in (
                *(leg.initial[own], leg.infused[own], leg.on[own], constants, leg.start, leg.phase),
                *(leg.time.T, leg.waits.T, *events, leg.floor(self.rtol)[own]),
            )
        )
        out = np.empty((len(own), leg.n_subjects, len(leg.time)))
        status, steps = np.zeros(leg.n_subjects, np.int8), np.zeros(leg.n_subjects, np.int64)

        def run(first: int) -> None:
            subjects = range(first, min(first + TOGETHER, leg.n_subjects))
            made.integrate(given, self.rtol, subjects, (out, status, steps))

        if not len(leg.time):
            return LegRun(_all_states(self.system, made_for, out), status, steps, {})
        if leg.n_subjects <= TOGETHER:
            run(0)
        else:
            with ThreadPoolExecutor(self.threads or os.cpu_count()) as pool:
                # asked for its results, so that errors are raised
                list(pool.map(run, range(0, leg.n_subjects, TOGETHER)))
        return LegRun(_all_states(self.system, made_for, out), status, steps, {})


def _in_kernel(system: System, events: LegEvents, made_for: Structure) -> LegEvents:
    """Events with the places of the states in the kernel."""
    place = np.zeros(len(system.names), dtype=np.int64)
    place[list(made_for.states)] = np.arange(len(made_for.states))
    changes = events.kind == CHANGE
    mine = changes | np.isin(events.state, made_for.states)
    # of states that are alike only the first one is there: at what enters the others nothing is added
    return LegEvents(
        events.time,
        np.where(mine, events.kind, np.int8(ADD)),
        np.where(changes, events.state, place[np.where(changes, 0, events.state)]),
        np.where(mine, events.value, 0.0),
    )


def _all_states(system: System, made_for: Structure, out: Array) -> tuple[Array, ...]:
    nothing = np.broadcast_to(0.0, out.shape[1:])
    states: list[Array] = [nothing] * len(system.names)
    for number, position in enumerate(made_for.states):
        states[position] = out[number]
    for position, other in made_for.like:
        states[position] = states[other]
    for position in made_for.unread:
        # should somebody read it after all, it is no number
        states[position] = np.broadcast_to(np.nan, out.shape[1:])
    return tuple(states)
