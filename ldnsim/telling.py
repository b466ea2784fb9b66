"""What a long run tells its user on standard error: what it waits for, what it will take, what was damaged."""

from __future__ import annotations

import importlib.util
import math
import os
import sys
from contextlib import ExitStack

import numpy as np

from .chunks import IN_FLIGHT, estimate
from .cohort import Cohort
from .errors import InputError
from .kernel_cache import is_kept, kernel
from .model import Parameters
from .parameters import parameter_terms
from .results import dims_of
from .store import Store
from .system import NALTREXONE

_MEGA, _GIGA = 1e6, 1e9
_PROCESS = 2e8
"""Python with what it has loaded [bytes]."""

_COUNTERS = 2.3e4
"""Counters behind the quantiles of one output at one time [bytes]."""

_COPIES = 4
"""Copies of the parameters of all occasions while people are drawn and put together."""


def prepare(cohort: Cohort, *, quiet: bool) -> None:
    """Have the kernel of a cohort ready, and say so where it has to be compiled first."""
    if cohort.solver != "compiled":
        return
    with ExitStack() as waiting:
        if not quiet and importlib.util.find_spec("numba") and not is_kept(NALTREXONE, Parameters, cohort.made_for):
            from rich.console import Console

            words, console = (
                "compiling the equations, once for this kind of run (about ten seconds)",
                Console(stderr=True),
            )
            if console.is_terminal:
                waiting.enter_context(console.status(words))
            else:
                print(words, file=sys.stderr, flush=True)
        kernel(NALTREXONE, Parameters, cohort.made_for)


def outlook(cohort: Cohort, to_disk: bool, only_quantiles: bool, already: int) -> str:
    """What a run will take, in words."""
    memory = _memory(cohort, in_memory=not (to_disk or only_quantiles), only_quantiles=only_quantiles)
    disk = f", at most {_kept(cohort) * cohort.n_people / _MEGA:,.0f} MB on disk" if to_disk else ""
    before = f", {already:,} of them done before" if already else ""
    return f"{cohort.n_people:,} people{before}: about {memory / _MEGA:,.0f} MB of memory{disk}"


def refuse_too_large(cohort: Cohort) -> None:
    """Refuse to keep in memory what the machine has no memory for.

    Raises
    ------
    InputError
        Naming the number of people, and what would do.
    """
    needed = _kept(cohort) * cohort.n_people
    if hasattr(os, "sysconf") and needed > os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"):
        expected = (
            f"fewer people or outputs, a store, or quantiles: these would take {needed / _GIGA:,.0f} GB of memory"
        )
        raise InputError("population", cohort.n_people, expected)


def _kept(cohort: Cohort) -> int:
    """What is kept of the outputs of one person [bytes]."""
    return _cells(cohort) * int(np.dtype(cohort.settings["dtype"]).itemsize)


def _cells(cohort: Cohort) -> int:
    curves = sum(math.prod(map(len, dims_of(name).values())) for name in cohort.settings["outputs"])
    return curves * len(cohort.plan.typical.time)


def _memory(cohort: Cohort, *, in_memory: bool, only_quantiles: bool) -> float:
    """Memory of a run [bytes]: what is kept, the chunks under way, the people as drawn, the states in hand."""
    layout, people = cohort.layout, min(cohort.n_people, cohort.chunk_size)
    occasions = len(cohort.plan.doses) if cohort.population.occasions else 1
    at_once = min(people, cohort.in_hand)
    return (
        _PROCESS
        + (_kept(cohort) * cohort.n_people if in_memory else 0)
        + (_COUNTERS * _cells(cohort) if only_quantiles else 0)
        + estimate(layout, min(IN_FLIGHT, layout.n_chunks))
        + _COPIES * 8 * occasions * len(parameter_terms()) * people
        + 8 * len(cohort.plan.typical.time) * at_once * len(NALTREXONE.names)
    )


def say_damage(store: Store, *, quiet: bool) -> None:
    """Name the chunks that were found damaged when a store was opened, which will be computed again."""
    if store.damaged and not quiet:
        for chunk, what in store.damaged.items():
            print(f"chunk {chunk} was damaged ({what}) and is computed again", file=sys.stderr, flush=True)
