"""Regimens: what is given, when and by which route, from keywords or from one line of plain words."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from ..base.errors import InputError
from ..base.reading import fields_of, listed, whole_number
from ..base.units import HOURS_PER_DAY, hours
from .dates import moment
from .deviations import Deviation, in_words
from .history import Course
from .language import read
from .phases import (
    BEDTIME,
    MAX_DOSES,
    ROUTES,
    Dose,
    Phase,
    clock_of,
    count_doses,
    interval_of,
    mass_of,
    next_clock,
    tidy,
)
from .plans import formulation_of, levels_of, titration, weekly
from .writing import write

__all__ = ["ROUTES", "Deviation", "Dose", "Phase", "Regimen"]


@dataclass(frozen=True, init=False, repr=False)
class Regimen(Course):
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
    over : float or str
        For how long each intravenous dose is infused, ``"30 min"`` or a number [h]; 0 for at once.

    Attributes
    ----------
    phases : tuple of Phase
        The phases; their order says which of two doses at the same time comes first.
    clock : float
        Hour of the day at time 0 [h].
    deviations : tuple of Deviation
        Doses that were missed, late or doubled.
    rest : float
        Time without doses at the end [h].
    date : datetime.date or None
        Calendar date of time 0. Every day has 24 h: no time zones, no daylight saving.

    Raises
    ------
    InputError
        If an argument cannot be used; the text names it.

    Examples
    --------
    >>> Regimen("4.5 mg", every="daily", duration="28 d") == Regimen.parse("4.5 mg daily for 28 days")
    True
    """

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
        over: float | str = 0.0,
    ) -> None:
        count = None if doses is None else whole_number(doses, "doses", low=1, high=MAX_DOSES)
        repeated = every is not None or duration is not None or count not in (None, 1)
        interval = (HOURS_PER_DAY if every is None else interval_of(every)) if repeated else 0.0
        if duration is not None and doses is not None:
            raise InputError("doses", doses, "to be left out where duration is given")
        way, labelled, infused = formulation_of(route, salt, over)
        if repeated and every is None and way == "intramuscular":
            raise InputError("every", every, "how often a repeated injection is given, such as '4 weeks'")
        phase = Phase(
            mass_of(dose, "dose"),
            labelled,
            way,
            hours(start, "start"),
            interval,
            count_doses(interval, duration, count),
            infused,
        )
        if phase.start != round(phase.start * 60) / 60:
            raise InputError("start", start, "a whole number of minutes (Regimen.shift moves by any time)")
        self._set((phase,), tidy((clock_of(at, "at") - phase.start) % HOURS_PER_DAY) % HOURS_PER_DAY)

    @classmethod
    def from_phases(
        cls,
        phases: Iterable[Phase],
        clock: float = BEDTIME,
        *,
        deviations: Iterable[Deviation] = (),
        rest: float = 0.0,
        date: datetime.date | str | None = None,
    ) -> Regimen:
        """A regimen from its attributes; the order of deviations has no meaning.

        Raises
        ------
        InputError
            If there is no phase or too many doses, `clock` is no time of day, or the others do not fit.
        """
        made = cls.__new__(cls)
        made._set(phases, clock, deviations, rest, date)
        return made

    @classmethod
    def parse(cls, text: str) -> Regimen:
        """Read a regimen from one line of plain words.

        What is read says ``ldnsim/dosing/regimen.lark``, and the page :doc:`/regimens` in phrases. A step is a dose
        and, in any order, a schedule (``daily``, ``bid``, ``every other day``, ``3 times a week``, ``q6h``,
        ``mon wed fri``, ``5 days on 2 days off``), clock times (``at 22:00``, ``10 pm``, ``in the morning and at
        bedtime``), a duration (``for 28 days``, ``x 10 doses``, ``until 2026-12-24``), a start (``from day 15``,
        ``from 2026-11-23``), a formulation, a salt and an infusion time (``over 30 min``). Steps follow each other with
        ``then`` or ``;``; ``plus`` adds another regimen beside the first, and ``and`` another dose of the same step.
        ``up by 0.5 mg every week to 4.5 mg`` is a titration, ``nothing for 14 days`` a time without doses, ``dose 3
        missed`` what became of one.

        Without a clock time doses are at 22:00; a repeated step without a duration goes on for 28 days; a step without
        a schedule is daily if it has a duration or is one of several, and a single dose otherwise. A step that says no
        dose has that of the one before.

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
            Naming the word that cannot be read and what would be right.

        Examples
        --------
        >>> [phase.mg for phase in Regimen.parse("1.5 mg for 2 weeks then 3 mg").phases]
        [1.5, 3.0]
        >>> str(Regimen.parse("two 1.5 mg capsules every morning for a week"))
        '3 mg at 08:00 daily for 7 days'
        """
        if not isinstance(text, str) or not text.strip():
            raise InputError("regimen", text, "a text such as '4.5 mg at 22:00 daily for 28 days'")
        found = read(text)
        regimen = cls.from_phases(found.phases, found.clock, rest=found.rest, date=found.date)
        for what, numbers, delay in found.changes:
            if what == "missed":
                regimen = regimen.miss(doses=numbers)
            elif what == "doubled":
                regimen = regimen.double(doses=numbers)
            else:
                regimen = regimen.late(delay, doses=numbers)
        return regimen

    @classmethod
    def titrate(
        cls,
        first: float | str,
        to: float | str,
        *,
        by: float | str,
        every: float | str,
        hold: float | str | None = None,
        capsule: float | str | None = None,
        at: str | float = BEDTIME,
        route: str = "oral",
        salt: str | None = None,
    ) -> Regimen:
        """Daily doses that rise or fall in steps.

        Parameters
        ----------
        first, to : float or str
            First and last dose, ``1.5`` [mg] or ``"1.5 mg"``.
        by : float or str
            Size of a step [mg], above 0; the last one may be smaller.
        every : float or str
            How long each dose but the last is given, ``"2 weeks"`` or a number [h]; whole days.
        hold : float or str, optional
            How long the last is given [h]; 28 days by default, whole days.
        capsule : float or str, optional
            Content of a capsule [mg]: every dose becomes a whole number of capsules, the nearest, or
            the lower one of two as near. Equal doses after each other become one phase.
        at : str or float
            Clock time of the doses.
        route, salt
            As in `Regimen`.

        Raises
        ------
        InputError
            If an argument cannot be used, or a dose is nearer to no capsule than to one.

        Examples
        --------
        >>> str(Regimen.titrate("1.5 mg", "4 mg", by="1.5 mg", every="2 weeks", capsule="0.5 mg"))
        '1.5 mg at 22:00 daily for 14 days then 3 mg at 22:00 daily for 14 days then 4 mg at 22:00 daily for 28 days'
        """
        levels = levels_of(first, to, by, capsule)
        return cls.from_phases(titration(levels, every, hold, formulation_of(route, salt, 0.0)), clock_of(at, "at"))

    @classmethod
    def weekdays(
        cls,
        dose: float | str,
        days: str | Iterable[str],
        *,
        weeks: int,
        at: str | float = BEDTIME,
        date: datetime.date | str | None = None,
        route: str = "oral",
        salt: str | None = None,
        over: float | str = 0.0,
    ) -> Regimen:
        """The same dose on some days of the week.

        Parameters
        ----------
        dose : float or str
            Dose as labelled [mg].
        days : str or iterable of str
            ``"mon wed fri"`` or ``["Monday", "Friday"]``, in any order.
        weeks : int
            How many weeks, of seven days from day 1.
        at : str or float
            Clock time of the doses.
        date : str or datetime.date, optional
            Calendar date of time 0, day 1; without one day 1 counts as a Monday.
        route, salt, over
            As in `Regimen`.

        Returns
        -------
        Regimen
            One phase for each day, weekly. The regimen ends, as every weekly one, a week after its
            last dose.

        Raises
        ------
        InputError
            If an argument cannot be used.

        Examples
        --------
        >>> [dose.time for dose in Regimen.weekdays("4.5 mg", "mon thu", weeks=2).dosing()]
        [0.0, 72.0, 168.0, 240.0]
        """
        phases = weekly(dose, days, weeks, date, formulation_of(route, salt, over))
        return cls.from_phases(phases, clock_of(at, "at"), date=date)

    def then(self, other: Regimen) -> Regimen:
        """This regimen, then another one, which keeps its clock times.

        Time 0 of `other` comes the first time, at or after the end of this, that the clock shows
        ``other.clock``; so a start later than its time 0 stays a pause. A calendar start of either
        holds for both.

        Raises
        ------
        InputError
            If `other` is no regimen, or its calendar start is another day than the one it comes on.
        """
        if not isinstance(other, Regimen):
            raise InputError("other", other, "a Regimen")
        return self._joined(other, max(self.end, *(phase.free for phase in self.phases)))

    def __add__(self, other: Regimen) -> Regimen:
        """Both regimens side by side; the second keeps its clock times."""
        if not isinstance(other, Regimen):
            return NotImplemented
        return self._joined(other, 0.0)

    def _joined(self, other: Regimen, earliest: float) -> Regimen:
        """Both; time 0 of the other comes the first time from `earliest` on that the clock shows it."""
        shift = next_clock(earliest, self.clock, other.clock)
        moved = _moved(other.phases, shift)
        date = self.date
        if other.date is not None:
            date = moment(other.date, other.clock, -shift).date()
            if self.date is not None and self.date != date:
                comes = moment(self.date, self.clock, shift).date()
                raise InputError("date", str(other.date), f"{comes}, the day on which the other regimen comes here")
        # both parts may end with a rest; from the ends of the phases, so that it is exactly 0 where neither does
        ends = [max(phase.end for phase in phases) for phases in (self.phases, moved)]
        rest = max(ends[0] + self.rest, ends[1] + other.rest) - max(ends)
        after = [replace(one, phase=one.phase + len(self.phases)) for one in other.deviations]
        phases, deviations = (*self.phases, *moved), (*self.deviations, *after)
        return Regimen.from_phases(phases, self.clock, deviations=deviations, rest=rest, date=date)

    def shift(self, by: float | str) -> Regimen:
        """The same doses later by some time; time 0 keeps its hour of the day and its date."""
        return self._with(phases=_moved(self.phases, hours(by, "by")))

    def to_dict(self) -> dict[str, Any]:
        """Plain values from which `from_dict` makes an equal regimen."""
        return {
            "clock": self.clock,
            "phases": [asdict(phase) for phase in self.phases],
            "deviations": [asdict(one) for one in self.deviations],
            "rest": self.rest,
            "date": None if self.date is None else self.date.isoformat(),
        }

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> Regimen:
        """A regimen from what `to_dict` gave, also before it had deviations, rest and date.

        Raises
        ------
        InputError
            If a value is missing, unknown or cannot be used.
        """
        found = fields_of(values, "regimen", ("clock", "phases"), {"deviations": (), "rest": 0.0, "date": None})
        return Regimen.from_phases(
            _made(Phase, found["phases"], "phases", {"over": 0.0}),
            found["clock"],
            deviations=_made(
                Deviation, found["deviations"], "deviations", {"missed": False, "delay": 0.0, "times": 1.0}
            ),
            rest=found["rest"],
            date=found["date"],
        )

    def __str__(self) -> str:
        said = in_words(self.deviations)
        return write(self.phases, self.clock, self.rest, self.date) + f" ({said})" * bool(said)

    def __repr__(self) -> str:
        # which doses deviate is too long to be said, so the text alone would not bring them back
        return f"<Regimen {self}>" if self.deviations else f"Regimen.parse({str(self)!r})"


def _made(kind: type[Any], rows: Any, argument: str, optional: Mapping[str, Any]) -> list[Any]:
    """Phases or deviations from their plain values."""
    names = [field.name for field in fields(kind) if field.name not in optional]
    several = listed(rows, argument, "a list of mappings")
    return [kind(**fields_of(cells, f"{argument}[{place}]", names, optional)) for place, cells in enumerate(several)]


def _moved(phases: Iterable[Phase], by: float) -> tuple[Phase, ...]:
    return tuple(replace(phase, start=phase.start + by) for phase in phases)
