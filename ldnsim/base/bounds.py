"""What a run will take, worked out from its numbers alone: the hopeless is refused before anything is allocated."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Literal, NamedTuple

from .errors import InputError, LdnsimWarning
from .units import HOURS_PER_DAY

How = Literal["compiled", "batch", "reference", "exact"]
"""An engine; ``exact`` is the matrix exponential of linear models."""

_DAY = 86400.0
SLOW, HOPELESS = 600.0, 30 * _DAY
"""Of what takes longer a run warns, and what it refuses [s]."""

_SHARE = 0.5
"""Part of the memory that a run may take; tables, figures and other programs need some too."""

_UNKNOWN = 8e9
"""Memory of a machine that does not tell [bytes]."""

_GROUP = Path("/sys/fs/cgroup/memory.max")

_NUMBER = 8
_COPIES = 1.5
"""Copies of the states at all samples while they are put together; measured 1.4."""

_PER_EVENT = 2500.0
"""Events, stretches and samples of one person as Python keeps them, for each event [bytes]; measured 2.2 to 2.5 kB."""

_PER_EVENT_SECONDS = {"compiled": 1e-6, "batch": 2e-5, "reference": 7e-3, "exact": 1e-3}
_PER_DAY_SECONDS = {"compiled": 7e-6, "batch": 1.2e-4, "reference": 8e-2, "exact": 0.0}
_PER_SAMPLE_SECONDS = {"compiled": 1e-7, "batch": 1e-6, "reference": 5e-6, "exact": 5e-6}
"""Time of one person in the naltrexone model for each event, day on which doses act, and sample [s]; measured."""

_PER_PERSON_SECONDS = 2e-4
"""Drawing a person and putting away what is kept [s]."""

_FEWEST = {"batch": 300.0}
"""As many people as one takes at least, where calls of NumPy are shared; measured."""

_ACTING = 1500.0
"""How long after the last dose there is still something to compute [h]; then steps are as long as one likes."""

_USUAL_STATES = 52.0


_TOGETHER: ContextVar[tuple[int, int]] = ContextVar("_TOGETHER", default=(1, 1))
"""Among how many runs the memory and the time are shared."""


class Size(NamedTuple):
    """What a run is made of.

    Attributes
    ----------
    samples, events : float
        Of each person.
    hours : float
        How long doses act, see `acting` [h].
    states : int
        States of the model.
    kept : float
        What is kept of the outputs of one person at one sample, beside the states [bytes].
    how : {"compiled", "batch", "reference", "exact"}
        Which engine integrates.
    people : float
        How many.
    in_hand : float
        Of how many the states are in memory at once.
    further : float
        Other memory [bytes].
    """

    samples: float
    events: float
    hours: float
    states: int
    kept: float
    how: How
    people: float = 1.0
    in_hand: float = 1.0
    further: float = 0.0

    @property
    def memory(self) -> float:
        """Memory at the worst moment, an estimate [bytes]."""
        states = self.in_hand * self.samples * self.states * _NUMBER * _COPIES
        events = _PER_EVENT * self.events
        return states + events + self.people * self.samples * self.kept + self.further

    @property
    def seconds(self) -> float:
        """Time on this machine, a rough estimate [s]."""
        work = _PER_EVENT_SECONDS[self.how] * self.events + _PER_DAY_SECONDS[self.how] * self.hours / HOURS_PER_DAY
        each = work * self.states / _USUAL_STATES + _PER_SAMPLE_SECONDS[self.how] * self.samples
        # SciPy integrates in Python, one person after the other
        at_once = (os.cpu_count() or 1) if self.how in ("compiled", "batch") and self.people > 1 else 1
        return max(self.people, _FEWEST.get(self.how, 1.0)) * each / at_once + _PER_PERSON_SECONDS * self.people


class Cure(NamedTuple):
    """Which argument would have to change.

    Attributes
    ----------
    argument : str
        Its name.
    value : object
        What was given.
    words : callable
        Says what would do, from the part of the run that fits, above 0 and below 1.
    """

    argument: str
    value: object
    words: Callable[[float], str]


def acting(until: float, last: float) -> float:
    """How long there is something to compute, from the end of a run and its last dose [h]."""
    return min(until, last + _ACTING)


_AMPLE = 1.03
"""How much more than what was worked out is asked for, because samples at doses come on top."""


def rounded_up(number: float) -> float:
    """To two digits, with a little room for what does not grow with it."""
    place = 10.0 ** (math.floor(math.log10(number)) - 1)
    return float(f"{math.ceil(_AMPLE * number / place) * place:.2g}")


def room() -> float:
    """Memory that a run may take on this machine [bytes]."""
    found = _UNKNOWN
    if hasattr(os, "sysconf"):
        with suppress(OSError, ValueError):
            pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
            found = float(pages) if pages > 0 else _UNKNOWN
    with suppress(OSError, ValueError):
        # a container may have less than its machine
        found = min(found, float(_GROUP.read_text()))
    return _SHARE * found


@contextmanager
def one_of(runs: int, *, kept: bool) -> Iterator[None]:
    """Give each run within only its share, where several are made one after the other.

    Parameters
    ----------
    runs : int
        How many.
    kept : bool
        Whether all results are kept, so that the memory is shared as well as the time.
    """
    before = _TOGETHER.set((runs if kept else 1, runs))
    try:
        yield
    finally:
        _TOGETHER.reset(before)


def refuse_hopeless(size: Size, memory: Cure, time: Cure) -> None:
    """Refuse a run for which the machine has no memory, or that would take more than a month.

    Parameters
    ----------
    size : Size
        What it is made of.
    memory, time : Cure
        What to change where there is too little of it.

    Raises
    ------
    InputError
        Naming the argument, what would do and what the run would take.

    Warns
    -----
    LdnsimWarning
        If it will take more than ten minutes.
    """
    sharing, taking_turns = _TOGETHER.get()
    needed, most = size.memory, room() / sharing
    if needed > most:
        taken = f"{_each(sharing)} would take {needed / 1e9:,.1f} GB of memory, of {most / 1e9:,.1f}"
        raise InputError(memory.argument, memory.value, f"{memory.words(most / needed)}: {taken}")
    seconds, longest = size.seconds, HOPELESS / taking_turns
    if seconds > longest:
        taken = f"{_each(taking_turns)} would take about {seconds / _DAY:,.1f} days"
        raise InputError(time.argument, time.value, f"{time.words(longest / seconds)}: {taken}")
    if seconds > SLOW:
        said = f"{time.argument}: this run will take about {seconds / 60:,.0f} minutes on this machine"
        warnings.warn(said, LdnsimWarning, stacklevel=3)


def _each(runs: int) -> str:
    return "the run" if runs == 1 else f"each of {runs:,} runs"
