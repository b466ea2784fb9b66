"""Regimens: what is given, when and by which route, from keywords or from one line of plain words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from .errors import InputError
from .language import read
from .phases import (
    AFTER_SINGLE_DOSE,
    BEDTIME,
    GUARD,
    MAX_DOSES,
    ROUTES,
    Dose,
    Phase,
    clock_of,
    count_doses,
    default_salt,
    interval_of,
    mass_of,
    next_clock,
    route_of,
    salt_of,
    tidy,
    time_of,
)
from .units import HOURS_PER_DAY, clock_text

__all__ = ["ROUTES", "Dose", "Phase", "Regimen"]


@dataclass(frozen=True, init=False, repr=False)
class Regimen:
    """What is given, when and by which route; immutable.

    Parameters
    ----------
    dose : float or str
        Dose as labelled, ``4.5`` [mg] or ``"4.5 mg"``.
    every : float or str, optional
        Interval: ``"daily"``, ``"weekly"``, ``"12 h"``, or a number [h]; a single dose if none is
        given and neither `duration` nor `doses` is.
    at : str or float
        Clock time of the first dose.
    duration : float or str, optional
        For how long, ``"28 d"`` or a number [h]; 28 days if neither this nor `doses` is given.
    doses : int, optional
        How many doses, instead of a duration.
    start : float or str
        When the first dose is given, after time 0 [h]; the clock shows `at` then.
    route : str
        Route or formulation: capsule, tablet, liquid, sublingual, extended-release,
        intramuscular, intravenous.
    salt : {"hcl", "base"}, optional
        As which the dose is labelled: hydrochloride, or base for an intramuscular depot.

    Attributes
    ----------
    phases : tuple of Phase
        The phases; their order says which of two doses at the same time comes first.
    clock : float
        Hour of the day at time 0 [h].

    Raises
    ------
    InputError
        If an argument cannot be used; the text names it.

    Examples
    --------
    >>> Regimen("4.5 mg", every="daily", duration="28 d") == Regimen.parse("4.5 mg daily for 28 days")
    True
    """

    phases: tuple[Phase, ...]
    clock: float

    def __init__(
        self,
        dose: float | str,
        *,
        every: float | str | None = None,
        at: str | float = BEDTIME,
        duration: float | str | None = None,
        doses: int | None = None,
        start: float | str = 0.0,
        route: str = "oral",
        salt: str | None = None,
    ) -> None:
        repeated = every is not None or duration is not None or doses not in (None, 1)
        interval = (HOURS_PER_DAY if every is None else interval_of(every)) if repeated else 0.0
        if duration is not None and doses is not None:
            raise InputError("doses", doses, "to be left out where duration is given")
        way = route_of(route)
        if repeated and every is None and way == "intramuscular":
            raise InputError("every", every, "how often a repeated injection is given, such as '4 weeks'")
        phase = Phase(
            mass_of(dose, "dose"),
            default_salt(way) if salt is None else salt_of(salt),
            way,
            time_of(start, "start"),
            interval,
            count_doses(interval, duration, doses),
        )
        if phase.start != round(phase.start * 60) / 60:
            raise InputError("start", start, "a whole number of minutes (Regimen.shift moves by any time)")
        self._set((phase,), tidy((clock_of(at, "at") - phase.start) % HOURS_PER_DAY) % HOURS_PER_DAY)

    def _set(self, phases: tuple[Phase, ...], clock: float) -> None:
        if sum(phase.doses for phase in phases) > MAX_DOSES:
            raise InputError("doses", sum(phase.doses for phase in phases), f"at most {MAX_DOSES} doses in a regimen")
        object.__setattr__(self, "phases", phases)
        object.__setattr__(self, "clock", clock)

    @classmethod
    def from_phases(cls, phases: Iterable[Phase], clock: float = BEDTIME) -> Regimen:
        """A regimen from phases and the hour of the day at time 0.

        Raises
        ------
        InputError
            If there is no phase or too many doses, or `clock` is no time of day.
        """
        made = cls.__new__(cls)
        found = tuple(phases)
        if not found or not all(isinstance(phase, Phase) for phase in found):
            raise InputError("phases", found, "at least one Phase, and nothing else")
        made._set(found, clock_of(clock, "clock"))
        return made

    @classmethod
    def parse(cls, text: str) -> Regimen:
        """Read a regimen from one line of plain words.

        A step is a dose followed, in any order, by a schedule (``once``, ``daily``, ``twice daily``,
        ``every other day``, ``weekly``, ``every 8 h``, ``q6h``), a clock time (``at 22:00``,
        ``at 10 pm``), a duration (``for 28 days``, ``for 10 doses``), a start (``from day 15``), a
        formulation (``capsule``, ``liquid``, ``sublingual``, ``extended-release``, ``depot``, ``iv``)
        and a salt (``HCl``, ``base``). Steps follow each other with ``then``; ``plus`` adds another
        regimen beside the first. Without a clock time doses are at 22:00; a repeated step without a
        duration goes on for 28 days; a step without a schedule is daily if it has a duration or is
        one of several, and a single dose otherwise.

        Day N of the whole text begins (N - 1) * 24 h after time 0, and a step begins the first time
        in it that the clock shows its time. ``10 h after 22:00``, instead of both, counts from the
        first 22:00. What follows a single dose at the same clock time follows a day later.

        Parameters
        ----------
        text : str
            For example ``"1.5 mg for 2 weeks then 3 mg for 2 weeks then 4.5 mg"``.

        Returns
        -------
        Regimen
            Time 0 is the first day's clock time of the first step.

        Raises
        ------
        InputError
            Naming the piece that cannot be read and what would be right.

        Examples
        --------
        >>> [phase.mg for phase in Regimen.parse("1.5 mg for 2 weeks then 3 mg").phases]
        [1.5, 3.0]
        """
        if not isinstance(text, str) or not text.strip():
            raise InputError("regimen", text, "a text such as '4.5 mg at 22:00 daily for 28 days'")
        phases: list[Phase] = []
        clock: float | None = None
        for part in re.split(r"\bplus\b", text.strip(), flags=re.IGNORECASE):
            found, clock = read(part, text, clock)
            phases += found
        return cls.from_phases(phases, BEDTIME if clock is None else clock)

    def then(self, other: Regimen) -> Regimen:
        """This regimen, then another one, which keeps its clock times.

        Time 0 of `other` comes the first time, at or after the end of this, that the clock shows
        ``other.clock``; so a start later than its time 0 stays a pause.

        Raises
        ------
        InputError
            If `other` is no regimen.
        """
        if not isinstance(other, Regimen):
            raise InputError("other", other, "a Regimen")
        shift = next_clock(max(phase.free for phase in self.phases), self.clock, other.clock)
        return Regimen.from_phases((*self.phases, *_moved(other.phases, shift)), self.clock)

    def __add__(self, other: Regimen) -> Regimen:
        """Both regimens side by side; the second keeps its clock times."""
        if not isinstance(other, Regimen):
            return NotImplemented
        shift = next_clock(0.0, self.clock, other.clock)
        return Regimen.from_phases((*self.phases, *_moved(other.phases, shift)), self.clock)

    def shift(self, by: float | str) -> Regimen:
        """The same doses later by some time; time 0 keeps its hour of the day."""
        return Regimen.from_phases(_moved(self.phases, time_of(by, "by")), self.clock)

    def dosing(self) -> tuple[Dose, ...]:
        """Every administration in order of time; equal times in order of phases."""
        return tuple(sorted((dose for phase in self.phases for dose in phase.dosing()), key=lambda dose: dose.time))

    @property
    def end(self) -> float:
        """When the last interval ends [h]."""
        return max(phase.end for phase in self.phases)

    @property
    def horizon(self) -> float:
        """Where a simulation sensibly ends: the end, or 48 h after a single dose [h]."""
        return max(phase.end if phase.every else phase.start + AFTER_SINGLE_DOSE for phase in self.phases)

    def to_dict(self) -> dict[str, Any]:
        """Plain values from which `from_dict` makes an equal regimen."""
        return {"clock": self.clock, "phases": [asdict(phase) for phase in self.phases]}

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> Regimen:
        """A regimen from what `to_dict` gave.

        Raises
        ------
        InputError
            If a value is missing or cannot be used.
        """
        try:
            phases = [Phase(**phase) for phase in values["phases"]]
            clock = values["clock"]
        except (KeyError, TypeError) as error:
            raise InputError("regimen", values, "what Regimen.to_dict gives") from error
        return Regimen.from_phases(phases, clock)

    def __str__(self) -> str:
        text = ""
        for phase, before in zip(self.phases, (None, *self.phases), strict=False):
            follows = before is not None and phase.start >= before.free - GUARD
            free = before.free if before is not None and follows else 0.0
            text += (" then " if follows else " plus ") * bool(text)
            text += _step_text(phase, self.clock, free, first=before is None)
        return text

    def __repr__(self) -> str:
        return f"Regimen.parse({str(self)!r})"


def _moved(phases: Iterable[Phase], by: float) -> tuple[Phase, ...]:
    return tuple(replace(phase, start=phase.start + by) for phase in phases)


def _step_text(phase: Phase, clock: float, free: float, *, first: bool) -> str:
    """A phase in words; the first one also tells the clock."""
    step = [f"{_plain(phase.mg)} mg"]
    if phase.salt != default_salt(phase.route):
        step.append(phase.salt)
    if phase.route != "oral":
        step.append(phase.route)
    shown = (clock + phase.start) % HOURS_PER_DAY
    if phase.start != round(phase.start * 60) / 60 or (first and phase.start % HOURS_PER_DAY):
        # the clock time of the dose alone would lose the fraction of a minute, or time 0
        return " ".join([*step, f"{_plain(phase.start)} h after {clock_text(clock)}", _schedule_text(phase)])
    step += [f"at {clock_text(shown)}", _schedule_text(phase)]
    if phase.start != next_clock(free, clock, shown):
        step.append(f"from day {int(phase.start // HOURS_PER_DAY) + 1}")
    return " ".join(step)


def _schedule_text(phase: Phase) -> str:
    if phase.every == 0:
        return "once"
    if phase.every == HOURS_PER_DAY:
        return f"daily for {phase.doses} days"
    return f"every {_plain(phase.every)} h for {phase.doses} doses"


def _plain(value: float) -> str:
    """The shortest text that reads back to the same number, without exponent where it can be."""
    short = f"{value:.12g}"
    return short if float(short) == value else repr(value)
