"""Regimens: what is given, when and by which route, from keywords or from one line of plain words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

from .errors import InputError
from .language import read
from .phases import (
    AFTER_SINGLE_DOSE,
    BEDTIME,
    GUARD,
    MAX_DOSES,
    MAX_MG,
    ROUTES,
    Dose,
    Phase,
    count_doses,
    default_salt,
    interval_of,
    next_clock,
    route_of,
    salt_of,
)
from .units import HOURS_PER_DAY, clock_hour, clock_text, hours, quantity

__all__ = ["ROUTES", "Dose", "Phase", "Regimen"]


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

    Raises
    ------
    InputError
        If an argument cannot be used; the text names it.

    Examples
    --------
    >>> Regimen("4.5 mg", every="daily", duration="28 d") == Regimen.parse("4.5 mg daily for 28 days")
    True
    """

    __slots__ = ("_clock", "_phases")

    _phases: tuple[Phase, ...]
    _clock: float

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
        phase = Phase(
            quantity(dose, "mg", "dose", low=0.0, high=MAX_MG),
            default_salt(way) if salt is None else salt_of(salt),
            way,
            hours(start, "start"),
            interval,
            count_doses(interval, duration, doses),
        )
        self._set((phase,), (clock_hour(at, "at") - phase.start) % HOURS_PER_DAY)

    def _set(self, phases: tuple[Phase, ...], clock: float) -> None:
        if sum(phase.doses for phase in phases) > MAX_DOSES:
            raise InputError("doses", sum(phase.doses for phase in phases), f"at most {MAX_DOSES} doses in a regimen")
        object.__setattr__(self, "_phases", phases)
        object.__setattr__(self, "_clock", clock)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Regimen is immutable; make a new one instead of setting {name}")

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phases."""
        return self._phases

    @property
    def clock(self) -> float:
        """Hour of the day at time 0 [h]."""
        return self._clock

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
        if not found:
            raise InputError("phases", found, "at least one phase")
        made._set(found, clock_hour(clock, "clock"))
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
        parts = [
            cls.from_phases(*read(part, text)) for part in re.split(r"\bplus\b", text.strip(), flags=re.IGNORECASE)
        ]
        together = parts[0]
        for part in parts[1:]:
            together = together + part
        return together

    def then(self, other: Regimen) -> Regimen:
        """This regimen, then another one, at the first such clock time at or after the end of this."""
        first = min(phase.start for phase in other.phases)
        shift = next_clock(self.end, self.clock, (other.clock + first) % HOURS_PER_DAY) - first
        return Regimen.from_phases((*self.phases, *_moved(other.phases, shift)), self.clock)

    def __add__(self, other: Regimen) -> Regimen:
        """Both regimens side by side; the second keeps its clock times."""
        if not isinstance(other, Regimen):
            return NotImplemented
        shift = (other.clock - self.clock) % HOURS_PER_DAY
        return Regimen.from_phases((*self.phases, *_moved(other.phases, shift)), self.clock)

    def shift(self, by: float | str) -> Regimen:
        """The same doses later by some time; time 0 keeps its hour of the day."""
        return Regimen.from_phases(_moved(self.phases, hours(by, "by")), self.clock)

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

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Regimen) and (self.phases, self.clock) == (other.phases, other.clock)

    def __hash__(self) -> int:
        return hash((self.phases, self.clock))

    def __str__(self) -> str:
        text = ""
        clock: float | None = None
        for phase, before in zip(self.phases, (None, *self.phases), strict=False):
            clock = (self.clock + phase.start) % HOURS_PER_DAY
            step = [f"{_plain(phase.mg)} mg"]
            if phase.salt != default_salt(phase.route):
                step.append(phase.salt)
            if phase.route != "oral":
                step.append(phase.route)
            step += [f"at {clock_text(clock)}", _schedule_text(phase)]
            follows = before is not None and phase.start >= before.end
            natural = next_clock(before.end, self.clock, clock) if before is not None and follows else 0.0
            if abs(phase.start - natural) >= HOURS_PER_DAY - GUARD:
                step.append(f"from day {int(phase.start / HOURS_PER_DAY + GUARD) + 1}")
            text += (" then " if follows else " plus ") * bool(text) + " ".join(step)
        return text

    def __repr__(self) -> str:
        return f"Regimen.parse({str(self)!r})"


def _moved(phases: Iterable[Phase], by: float) -> tuple[Phase, ...]:
    return tuple(replace(phase, start=phase.start + by) for phase in phases)


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
