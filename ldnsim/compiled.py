"""The compiled engine: people side by side, 16 at a time, on all processors."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from .kernel_cache import kernel
from .kernels import Structure, structure
from .solve.crowd import ADD, CHANGE, Crowd, CrowdRun, Happenings
from .solve.records import Array
from .system import System

TOGETHER = 128
"""How many people one thread takes at a time."""


def solve_crowd(
    system: System,
    crowd: Crowd,
    *,
    rtol: float,
    made_for: Structure | None = None,
    threads: int | None = None,
) -> CrowdRun:
    """Integrate people side by side.

    What comes out for a person does not depend on who else is there, nor on the number of threads.

    Parameters
    ----------
    system : System
        The model.
    crowd : Crowd
        The people.
    rtol : float
        Tolerance of a step, relative to how far each state has come from its start or to its level, whichever is
        less, because what counts in the end is the range of a curve.
    made_for : Structure, optional
        What is the same for all, where these people are only a part of a larger crowd, as `ldnsim.kernels.structure`
        of the larger one says it; the parts would otherwise use kernels of their own, which can differ by rounding.
    threads : int, optional
        How many groups of people run at once; by default as many as there are processors.

    Returns
    -------
    CrowdRun
        States of everybody at the samples.

    Raises
    ------
    MissingExtra
        If Numba is not installed.
    """
    made_for = structure(system, crowd) if made_for is None else made_for
    made = kernel(system, crowd.declared, made_for)
    n_people, n_records = len(crowd.phase), len(crowd.time)
    own = np.array(made_for.states, dtype=np.int64)
    happenings = _in_kernel(system, crowd.happenings, made_for)
    with np.errstate(all="ignore"):  # what is no number shows in the status of the person
        constants = made.constants(np.moveaxis(crowd.parameters, 1, 0)).swapaxes(0, 1)
    floor = crowd.floor(rtol)[own]
    # the kernel takes arrays that lie in memory in one piece
    given = tuple(
        np.ascontiguousarray(array)
        for array in (crowd.initial[own], constants, crowd.phase, crowd.time, crowd.after, *happenings, floor)
    )
    out = np.empty((len(own), n_people, n_records))
    status, steps = np.zeros(n_people, np.int8), np.zeros(n_people, np.int64)

    def run(first: int) -> None:
        people = range(first, min(first + TOGETHER, n_people))
        made.integrate(given, rtol, crowd.most_steps, people, (out, status, steps))

    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        # asked for its results, so that errors are raised
        list(pool.map(run, range(0, n_people, TOGETHER)))
    return CrowdRun(_all_states(system, made_for, out), status, steps)


def _in_kernel(system: System, happenings: Happenings, made_for: Structure) -> Happenings:
    """Events with the places of the states in the kernel."""
    place = np.zeros(len(system.names), dtype=np.int64)
    place[list(made_for.states)] = np.arange(len(made_for.states))
    changes = happenings.kind == CHANGE
    mine = changes | np.isin(happenings.state, made_for.states)
    # of states that are alike only the first one is there: at what enters the others nothing is added
    return Happenings(
        happenings.time,
        np.where(mine, happenings.kind, np.int8(ADD)),
        np.where(changes, happenings.state, place[np.where(changes, 0, happenings.state)]),
        np.where(mine, happenings.value, 0.0),
    )


def _all_states(system: System, made_for: Structure, out: Array) -> tuple[Array, ...]:
    nothing = np.broadcast_to(0.0, out.shape[1:])
    states: list[Array] = [nothing] * len(system.names)
    for number, position in enumerate(made_for.states):
        states[position] = out[number]
    for position, other in made_for.like:
        states[position] = states[other]
    return tuple(states)
