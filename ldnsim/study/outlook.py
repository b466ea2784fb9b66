"""What a long run tells its user on standard error: what it waits for, what it will take, what was damaged."""

from __future__ import annotations

import importlib.util
import sys
from contextlib import ExitStack

import numpy as np

from ..base.bounds import Cure, Size, acting, refuse_hopeless, rounded_up
from ..dosing.sampling import regular_count
from ..engines.compiled.cache import is_kept, kernel
from ..models.variables import columns_of
from ..results.chunks import IN_FLIGHT, estimate
from ..results.store import Store
from .study import Study

_MEGA = 1e6
_PROCESS = 2e8
"""Python with what it has loaded [bytes]."""

_COUNTERS = 2.3e4
"""Counters behind the quantiles of one output at one time [bytes]."""

_COPIES = 4
"""Copies of the parameters of all occasions and of doses while people are drawn and put together."""

_NUMBER, _INLETS = 8, 4
"""Bytes of a number; into how many states a dose enters at most."""

_PER_DOSE = 25 * _INLETS + 9
"""A dose of one person: time, kind, state and value where it enters, whether it is taken, how late [bytes]."""


def prepare(study: Study, *, quiet: bool) -> None:
    """Have the kernel of a study ready, and say so where it has to be compiled first."""
    if study.solver != "compiled":
        return
    with ExitStack() as waiting:
        system, declared, made_for = study.model.system, study.account.declared, study.made_for
        assert made_for is not None
        if not quiet and importlib.util.find_spec("numba") and not is_kept(system, declared, made_for):
            from rich.console import Console

            words, console = (
                "compiling the equations, once for this kind of run (about ten seconds)",
                Console(stderr=True),
            )
            if console.is_terminal:
                waiting.enter_context(console.status(words))
            else:
                print(words, file=sys.stderr, flush=True)
        kernel(system, declared, made_for)


def outlook(study: Study, to_disk: bool, only_quantiles: bool, already: int) -> str:
    """What a run will take, in words."""
    layout = study.layout
    size = _size(study, in_memory=not (to_disk or only_quantiles), only_quantiles=only_quantiles)
    memory = size.memory + estimate(layout, min(IN_FLIGHT, layout.n_chunks)) - _under_way(study)
    kept = _kept(study) * size.samples * study.n_people
    disk = f", at most {kept / _MEGA:,.0f} MB on disk" if to_disk else ""
    before = f", {already:,} of them done before" if already else ""
    return f"{study.n_people:,} people{before}: about {memory / _MEGA:,.0f} MB of memory{disk}"


def refuse_too_large(study: Study, *, in_memory: bool, only_quantiles: bool) -> None:
    """Refuse what the machine has no memory or time for, before anything is drawn or allocated.

    Parameters
    ----------
    study : Study
        Who, and what.
    in_memory : bool
        Whether everybody is kept in memory.
    only_quantiles : bool
        Whether quantiles are kept instead of people.

    Raises
    ------
    InputError
        Naming what would have to change, and what would do.
    """
    size = _size(study, in_memory=in_memory, only_quantiles=only_quantiles)
    people, step, doses = study.n_people, study.settings["step"], len(study.doses)
    memory = Cure("step", step, lambda part: f"at least {rounded_up(step / part):g} h, or fewer outputs or times in at")
    if _per_dose(study) > size.memory / 2:
        memory = Cure("regimen", f"{doses} doses", lambda part: f"at most {doses * part:,.0f} doses for a population")
    # few people with very many samples take as much, and fewer of them would not help
    elif size.kept * people * size.samples > size.memory / 2 and people > 1:
        memory = Cure(
            "population",
            people,
            lambda part: f"at most {int(people * part):,} people, fewer outputs or samples, a store, or quantiles",
        )
    time = Cure("population", people, lambda part: f"at most {int(people * part):,} people, or fewer doses")
    refuse_hopeless(size, memory, time)


def _kept(study: Study) -> int:
    """What is kept of the outputs of one person at one sample [bytes]."""
    return columns_of(study.model.shown, study.settings["outputs"]) * int(np.dtype(study.settings["dtype"]).itemsize)


def _samples(study: Study) -> float:
    settings = study.settings
    own = regular_count(settings["until"], settings["step"]) + len(settings["at"])
    return own + 2 * _INLETS * len(study.doses)


def _per_dose(study: Study) -> float:
    """What doses and their occasions take while people are drawn and put together [bytes]."""
    people, doses = min(study.n_people, study.chunk_size), len(study.doses)
    occasions = doses if study.people.occasions else 1
    return _COPIES * people * (_NUMBER * occasions * len(study.account.parameters) + _PER_DOSE * doses)


def _under_way(study: Study) -> float:
    """Chunks in memory at once [bytes]."""
    chunks = min(IN_FLIGHT, -(-study.n_people // study.chunk_size))
    return chunks * _kept(study) * _samples(study) * min(study.n_people, study.chunk_size)


def _size(study: Study, *, in_memory: bool, only_quantiles: bool) -> Size:
    """What a run is made of: what is kept, the chunks under way, the people as drawn, the states in hand."""
    samples, settings = _samples(study), study.settings
    last = max((dose.time + dose.over for dose in study.doses), default=0.0)
    counters = _COUNTERS * columns_of(study.model.shown, settings["outputs"]) * samples if only_quantiles else 0.0
    return Size(
        samples,
        len(study.doses),
        acting(settings["until"], last),
        len(study.model.system.names),
        _kept(study) if in_memory else 0.0,
        study.solver,
        people=study.n_people,
        in_hand=min(study.n_people, study.chunk_size, study.in_hand),
        further=_PROCESS + counters + _under_way(study) + _per_dose(study),
    )


def say_damage(store: Store, *, quiet: bool) -> None:
    """Name the chunks that were found damaged when a store was opened, which will be computed again."""
    if store.damaged and not quiet:
        for chunk, what in store.damaged.items():
            print(f"chunk {chunk} was damaged ({what}) and is computed again", file=sys.stderr, flush=True)
