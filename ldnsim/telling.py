"""What a long run tells its user on standard error: what it waits for, what it will take, what was damaged."""

from __future__ import annotations

import importlib.util
import sys
from contextlib import ExitStack

from .chunks import estimate
from .cohort import Cohort
from .kernel_cache import is_kept, kernel
from .model import Parameters
from .store import Store
from .system import NALTREXONE

_MEGA = 1e6


def prepare(cohort: Cohort, *, quiet: bool) -> None:
    """Have the kernel of a cohort ready, and say so where it has to be compiled first."""
    if cohort.solver != "compiled":
        return
    if not quiet and importlib.util.find_spec("numba") and not is_kept(NALTREXONE, Parameters, cohort.made_for):
        from rich.console import Console

        words = "compiling the equations, once for this kind of run (about ten seconds)"
        console = Console(stderr=True)
        with console.status(words) if console.is_terminal else ExitStack():
            if not console.is_terminal:
                print(words, file=sys.stderr, flush=True)
            kernel(NALTREXONE, Parameters, cohort.made_for)
    kernel(NALTREXONE, Parameters, cohort.made_for)


def outlook(cohort: Cohort, to_disk: bool, only_quantiles: bool, already: int) -> str:
    """What a run will take, in words."""
    layout = cohort.layout
    chunk = sum(layout.chunk_bytes().values())
    whole_run = chunk / min(layout.chunk, layout.n_people) * layout.n_people
    memory = float(estimate(layout) + _working(cohort))
    if not (to_disk or only_quantiles):
        memory += whole_run
    disk = f", at most {whole_run / _MEGA:,.0f} MB on disk" if to_disk else ""
    before = f", {already:,} of them done before" if already else ""
    return f"{layout.n_people:,} people{before}: about {memory / _MEGA:,.0f} MB of memory{disk}"


def _working(cohort: Cohort) -> int:
    """Memory that the engine takes for the states of the people it has in hand [bytes]."""
    at_once = min(cohort.n_people, cohort.in_hand)
    return 8 * len(cohort.plan.typical.time) * at_once * 2 * len(NALTREXONE.names)


def say_damage(store: Store, *, quiet: bool) -> None:
    """Name the chunks that were found damaged when a store was opened, which will be computed again."""
    if store.damaged and not quiet:
        for chunk, what in store.damaged.items():
            print(f"chunk {chunk} was damaged ({what}) and is computed again", file=sys.stderr, flush=True)
