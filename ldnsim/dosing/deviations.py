"""Deviations from the plan: doses that are missed, late or doubled, by name or by chance."""

from __future__ import annotations

import datetime
import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError
from ..base.reading import listed, number, truth, whole_number
from .dates import date_of, moment
from .phases import GUARD, MAX_DOSES, MAX_HOURS, MAX_MG, Dose, Phase

Key: TypeAlias = tuple[int, int]
"""Phase and dose in it, both counted from 0."""

# what numbers are drawn for: each purpose has its own stream, so that none changes another;
# a number once given keeps its meaning, or the same seed would draw other doses
MISS, LATE, DOUBLE = 0, 1, 2


@dataclass(frozen=True)
class Deviation:
    """What became of one planned dose.

    Attributes
    ----------
    phase : int
        Number of the phase, from 0.
    dose : int
        Number of the dose in its phase, from 0.
    missed : bool
        Not given at all; then neither late nor doubled.
    delay : float
        How much later than planned [h].
    times : float
        How many times the planned mg, 1 or 2.

    Raises
    ------
    InputError
        If a value cannot be used, or nothing deviates.
    """

    phase: int
    dose: int
    missed: bool = False
    delay: float = 0.0
    times: float = 1.0

    def __post_init__(self) -> None:
        for name in ("phase", "dose"):
            object.__setattr__(self, name, whole_number(getattr(self, name), name, low=0))
        truth("missed", self.missed)
        object.__setattr__(self, "delay", number(self.delay, "delay", low=0.0, high=MAX_HOURS) + 0.0)
        object.__setattr__(self, "times", number(self.times, "times"))
        if self.times not in (1.0, 2.0):
            raise InputError("times", self.times, "1, or 2 for a doubled dose")
        if self.missed and (self.delay or self.times != 1.0):
            raise InputError("missed", self.missed, "False for a dose that is late or doubled")
        if not (self.missed or self.delay or self.times != 1.0):
            raise InputError("missed", self.missed, "True, or a delay, or times=2: a deviation has to say one")

    @property
    def key(self) -> Key:
        """Phase and dose."""
        return self.phase, self.dose

    @property
    def what(self) -> str:
        """In words, as in `Dose`."""
        words = {"missed": self.missed, "late": self.delay > 0, "doubled": self.times == 2.0}
        return ", ".join(word for word, holds in words.items() if holds)


def checked(deviations: Iterable[Deviation], phases: Sequence[Phase]) -> tuple[Deviation, ...]:
    """Deviations that fit their phases, by phase and dose.

    Parameters
    ----------
    deviations : iterable of Deviation
        In any order, because theirs has no meaning.
    phases : sequence of Phase
        The plan.

    Returns
    -------
    tuple of Deviation
        In one order, so that equal regimens are equal.

    Raises
    ------
    InputError
        If one is for no planned dose, two are for the same, a delay reaches the next planned dose
        of the phase, or a doubled dose is too large.
    """
    found = tuple(listed(deviations, "deviations", "Deviation objects and nothing else"))
    if not all(isinstance(one, Deviation) for one in found):
        raise InputError("deviations", found, "Deviation objects and nothing else")
    for one in found:
        if one.phase >= len(phases):
            raise InputError("phase", one.phase, f"the number of a phase, from 0 to {len(phases) - 1}")
        phase = phases[one.phase]
        if one.dose >= phase.doses:
            raise InputError("dose", one.dose, f"the number of a dose of its phase, from 0 to {phase.doses - 1}")
        if one.delay > latest(phase):
            raise InputError("delay", one.delay, f"less than the {phase.every:g} h to the next planned dose")
        if phase.mg * one.times > MAX_MG:
            raise InputError("times", one.times, f"1 for a dose of {phase.mg:g} mg: twice as much is above {MAX_MG:g}")
    if len({one.key for one in found}) < len(found):
        raise InputError("deviations", found, "at most one for each dose")
    return tuple(sorted(found, key=operator.attrgetter("key")))


def latest(phase: Phase) -> float:
    """The longest delay of a dose [h]: just short of the next one, without limit for a single dose."""
    # short by more than rounding of the times, so that a late dose stays before the next one
    return phase.every * (1 - GUARD) if phase.every else math.inf


def planned(phases: Sequence[Phase]) -> list[Key]:
    """Every planned dose in order of planned time; equal times in order of phases."""
    times = [(phase.time(k), (p, k)) for p, phase in enumerate(phases) for k in range(phase.doses)]
    return [key for _, key in sorted(times, key=operator.itemgetter(0))]


def diary(phases: Sequence[Phase], deviations: Iterable[Deviation], *, fill: bool) -> list[Dose]:
    """What became of every planned dose, in planned order.

    Parameters
    ----------
    phases : sequence of Phase
        The plan.
    deviations : iterable of Deviation
        What was otherwise.
    fill : bool
        Whether planned time and mg are also said of doses given as planned.

    Returns
    -------
    list of Dose
        A missed one has 0 mg, at its planned time.
    """
    by_key = {one.key: one for one in deviations}
    found = []
    for p, k in planned(phases):
        phase, one = phases[p], by_key.get((p, k))
        time = phase.time(k)
        dose = Dose(time, phase.mg, phase.salt, phase.route, phase.over)
        if one is not None:
            mg = 0.0 if one.missed else phase.mg * one.times
            dose = replace(dose, time=time + one.delay, mg=mg, planned=time, planned_mg=phase.mg, what=one.what)
        elif fill:
            dose = replace(dose, planned=time, planned_mg=phase.mg)
        found.append(dose)
    return found


def by_name(
    phases: Sequence[Phase], clock: float, date: datetime.date | None, doses: object, dates: object
) -> list[Key]:
    """Doses chosen by number in planned order, from 1, or by calendar date of their planned time.

    Parameters
    ----------
    phases : sequence of Phase
        The plan.
    clock : float
        Hour of the day at time 0 [h].
    date : datetime.date or None
        Calendar date of time 0.
    doses : int or iterable of int, or None
        Numbers.
    dates : str or datetime.date or iterable of them, or None
        Dates; all doses of a date.

    Returns
    -------
    list of (int, int)
        In planned order.

    Raises
    ------
    InputError
        Unless exactly one is given, each number or date once, and each is of a planned dose.
    """
    if dates is None and doses is None:
        raise InputError("doses", doses, "the numbers of the doses, or dates=")
    keys = planned(phases)
    if dates is None:
        numbers = _several(doses, "doses", lambda value: whole_number(value, "doses", low=1, high=len(keys)))
        return [keys[one - 1] for one in sorted(numbers)]
    if doses is not None:
        raise InputError("dates", dates, "to be left out where doses are given")
    if date is None:
        raise InputError("dates", dates, "to be used only after Regimen.on('2026-11-23') has set the calendar start")
    wanted = _several(dates, "dates", lambda value: date_of(value, "dates"))
    days = [moment(date, clock, phases[p].time(k)).date() for p, k in keys]
    known = set(days)
    for day in wanted:
        if day not in known:
            raise InputError("dates", day.isoformat(), f"a date with a planned dose, from {days[0]} to {days[-1]}")
    return [key for key, day in zip(keys, days, strict=True) if day in wanted]


def by_chance(phases: Sequence[Phase], probability: object, seed: object, purpose: int) -> list[Key]:
    """Doses drawn each with the same probability; raises `InputError`."""
    chance = number(probability, "probability", low=0.0, high=1.0)
    keys = planned(phases)
    # one draw per dose even where it is not needed: so more doses or a higher probability only add to the chosen
    return [key for key, draw in zip(keys, draws(len(keys), seed, purpose), strict=True) if draw < chance]


def by_chance_late(phases: Sequence[Phase], sd: float, seed: object) -> dict[Key, float]:
    """Half-normal delay of every dose [h], short of the next one of its phase; raises `InputError`."""
    from scipy.special import erf, erfinv

    keys = planned(phases)
    limits = np.array([latest(phases[p]) for p, _ in keys])
    scale = math.sqrt(2) * sd
    delays = scale * erfinv(draws(len(keys), seed, LATE) * erf(limits / scale))
    # the last digit of the inverse may round up beyond the limit
    return {key: min(float(d), float(top)) for key, d, top in zip(keys, delays, limits, strict=True)}


def draws(count: int, seed: object, purpose: int) -> NDArray[np.float64]:
    """Uniform numbers from 0 up to 1, the first ones the same however many; raises `InputError`."""
    if seed is None:
        raise InputError("seed", seed, "a whole number of at least 0, so that the same doses are drawn again")
    sequence = np.random.SeedSequence(whole_number(seed, "seed", low=0), spawn_key=(purpose,))
    return np.random.Generator(np.random.PCG64(sequence)).random(count)


def changed(deviations: Iterable[Deviation], changes: Mapping[Key, Mapping[str, Any]]) -> list[Deviation]:
    """Deviations with other values for some doses; what is missed is nothing else besides."""
    found = {one.key: one for one in deviations}
    for key, values in changes.items():
        if key in found and not values.get("missed"):
            found[key] = replace(found[key], **values)
        else:
            found[key] = Deviation(*key, **values)
    return list(found.values())


def without_missed(keys: Iterable[Key], deviations: Iterable[Deviation]) -> list[Key]:
    """Those that have not been missed."""
    missed = {one.key for one in deviations if one.missed}
    return [key for key in keys if key not in missed]


def in_words(deviations: Iterable[Deviation]) -> str:
    """For example ``"3 doses missed, 2 late"``; nothing for none."""
    found = list(deviations)
    counts = {
        "missed": sum(one.missed for one in found),
        "late": sum(one.delay > 0 for one in found),
        "doubled": sum(one.times == 2.0 for one in found),
    }
    parts = [f"{count} {word}" for word, count in counts.items() if count]
    if parts:
        count, word = parts[0].split()
        parts[0] = f"{count} dose{'s' * (count != '1')} {word}"
    return ", ".join(parts)


def _several(values: Any, argument: str, read: Callable[[object], Any]) -> list[Any]:
    """Each value read; a single one counts as a list of one."""
    if isinstance(values, (str, datetime.date)) or not np.iterable(values):
        values = (values,)
    # a list first, so that an endless or used-up iterator is no trap
    given = [value for value, _ in zip(values, range(MAX_DOSES + 1), strict=False)]
    found = [read(value) for value in given]
    if not found:
        raise InputError(argument, given, "at least one")
    if len(set(found)) < len(found):
        raise InputError(argument, given, "each one once")
    return found
