"""The course of doses behind a regimen: its plan, what became of it, and what can be changed about it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from ..base.errors import InputError
from ..base.reading import listed, number
from ..base.units import HOURS_PER_DAY, hours
from .dates import date_of, moment
from .deviations import (
    DOUBLE,
    LATE,
    MISS,
    Deviation,
    Key,
    by_chance,
    by_chance_late,
    by_name,
    changed,
    checked,
    diary,
    without_missed,
)
from .phases import (
    AFTER_SINGLE_DOSE,
    GUARD,
    MAX_DOSES,
    MAX_HOURS,
    Dose,
    Phase,
    clock_of,
    default_salt,
    mass_of,
    route_of,
    salt_of,
    tidy,
)
from .plans import cut

_DEPOT = 7 * HOURS_PER_DAY
"""Shortest interval at which doses can become injections of a depot [h]."""


@dataclass(frozen=True, init=False, repr=False)
class Course:
    """A plan and what became of it; immutable, every method gives a new one.

    Attributes
    ----------
    phases, clock, deviations, rest, date
        As in `Regimen`.
    """

    phases: tuple[Phase, ...]
    clock: float
    deviations: tuple[Deviation, ...]
    rest: float
    date: datetime.date | None

    def _set(
        self,
        phases: Iterable[Phase],
        clock: float,
        deviations: Iterable[Deviation] = (),
        rest: float = 0.0,
        date: datetime.date | str | None = None,
    ) -> None:
        plan = tuple(listed(phases, "phases", "at least one Phase, and nothing else"))
        if not plan or not all(isinstance(phase, Phase) for phase in plan):
            raise InputError("phases", plan, "at least one Phase, and nothing else")
        count = sum(phase.doses for phase in plan)
        if count > MAX_DOSES:
            raise InputError("doses", count, f"at most {MAX_DOSES} doses in a regimen")
        object.__setattr__(self, "phases", plan)
        object.__setattr__(self, "clock", clock_of(clock, "clock"))
        object.__setattr__(self, "deviations", checked(deviations, plan))
        object.__setattr__(self, "rest", tidy(number(rest, "rest", low=0.0, high=MAX_HOURS)) + 0.0)
        object.__setattr__(self, "date", None if date is None else date_of(date, "date"))
        if self.end > MAX_HOURS:
            raise InputError("rest", rest, f"short enough to end within {MAX_HOURS:,.0f} h")

    def _with(self, **changes: Any) -> Self:
        """The same with other attributes, checked again."""
        made = object.__new__(type(self))
        made._set(**{field.name: getattr(self, field.name) for field in fields(self)} | changes)
        return made

    def dosing(self) -> tuple[Dose, ...]:
        """Every administration in order of time; equal times in planned order.

        Missed doses are left out; late and doubled ones are as they were given, and say what was planned.
        """
        given = (dose for dose in diary(self.phases, self.deviations, fill=False) if dose.what != "missed")
        return tuple(sorted(given, key=lambda dose: dose.time))

    def diary(self) -> tuple[Dose, ...]:
        """Every planned dose in planned order, with planned time [h] and planned mg.

        Dose number n, as in `miss`, is entry n - 1. A missed dose has 0 mg and its planned time.
        """
        return tuple(diary(self.phases, self.deviations, fill=True))

    @property
    def end(self) -> float:
        """When the last planned interval, and time without doses behind it, ends [h]."""
        return max(phase.end for phase in self.phases) + self.rest

    def courses(self) -> list[tuple[float, float]]:
        """Start and planned end of each phase; a single dose counts for a day [h]."""
        return [(phase.start, phase.end if phase.every else phase.start + HOURS_PER_DAY) for phase in self.phases]

    @property
    def horizon(self) -> float:
        """Where a simulation sensibly ends: the end, but not before 48 h after a single dose [h]."""
        late = {one.key: one.delay for one in self.deviations}
        singles = (phase.end + late.get((p, 0), 0.0) for p, phase in enumerate(self.phases) if not phase.every)
        return max(self.end, max(singles, default=-AFTER_SINGLE_DOSE) + AFTER_SINGLE_DOSE)

    def on(self, date: datetime.date | str) -> Self:
        """The same doses with a calendar start.

        Parameters
        ----------
        date : str or datetime.date
            Date of time 0, ``"2026-11-23"``; one set before is replaced. There are no time zones
            and no daylight saving: the clock is local, and every day has 24 h.

        Raises
        ------
        InputError
            If it is no date.
        """
        return self._with(date=date_of(date, "date"))

    def moment(self, time: float | str = 0.0) -> datetime.datetime:
        """Date and clock time of a time since the start.

        Parameters
        ----------
        time : float or str
            Time since time 0, a number [h] or ``"2 weeks"``.

        Returns
        -------
        datetime.datetime
            Without time zone; every day has 24 h.

        Raises
        ------
        InputError
            If there is no calendar start.
        """
        since = hours(time, "time", high=2 * MAX_HOURS)
        if self.date is None:
            raise InputError("date", None, "a calendar start, set with Regimen.on('2026-11-23')")
        return moment(self.date, self.clock, since)

    def miss(
        self,
        probability: float | None = None,
        *,
        seed: int | None = None,
        doses: Iterable[int] | int | None = None,
        dates: Iterable[str | datetime.date] | str | datetime.date | None = None,
    ) -> Self:
        """Miss doses, each with a probability or those that are named.

        The same seed draws the same doses, whatever else is late or doubled; a longer regimen, or a
        higher probability, only misses more of them. A missed dose is no longer late or doubled.

        Parameters
        ----------
        probability : float
            Of missing each dose, from 0 to 1.
        seed : int
            Whole number from 0; needed with `probability`.
        doses : int or iterable of int
            Instead: numbers in planned order, from 1; what is missed already stays so.
        dates : str, datetime.date or iterable of them
            Instead: all doses planned on these dates; needs a calendar start, `on`.

        Raises
        ------
        InputError
            If an argument cannot be used, or a date has no dose.
        """
        keys = self._chosen(probability, seed, doses, dates, MISS)
        return self._with(deviations=changed(self.deviations, {key: {"missed": True} for key in keys}))

    def double(
        self,
        probability: float | None = None,
        *,
        seed: int | None = None,
        doses: Iterable[int] | int | None = None,
        dates: Iterable[str | datetime.date] | str | datetime.date | None = None,
    ) -> Self:
        """Take twice the planned mg, each with a probability or where named; parameters as in `miss`.

        Chance leaves missed doses alone. A doubled dose does not get more by being chosen again.

        Raises
        ------
        InputError
            If an argument cannot be used, or a named dose is missed.
        """
        keys = self._chosen(probability, seed, doses, dates, DOUBLE)
        given = self._not_missed(keys, probability is not None, doses, dates)
        return self._with(deviations=changed(self.deviations, {key: {"times": 2.0} for key in given}))

    def late(
        self,
        delay: float | str | None = None,
        *,
        sd: float | str | None = None,
        seed: int | None = None,
        doses: Iterable[int] | int | None = None,
        dates: Iterable[str | datetime.date] | str | datetime.date | None = None,
    ) -> Self:
        """Take doses later than planned, by chance or those that are named.

        Parameters
        ----------
        delay : float or str
            Of each named dose, ``"2 h"`` or a number [h]; shorter than the interval to the next one.
        sd : float or str
            Instead: every dose is late by the size of a normal error with this standard deviation
            [h], a half-normal delay, never early. It is truncated where the next planned dose of the
            phase comes, by the inverse of the distribution function: delays beyond do not pile up
            there. A single dose has no next one and no limit.
        seed : int
            Whole number from 0; needed with `sd`.
        doses : int or iterable of int
            Numbers in planned order, from 1.
        dates : str, datetime.date or iterable of them
            Instead: all doses planned on these dates; needs a calendar start, `on`.

        Raises
        ------
        InputError
            If an argument cannot be used, or a named dose is missed.

        Notes
        -----
        Chance leaves missed doses alone. A delay replaces the one that the dose had before.
        """
        if sd is not None:
            _none(delay=delay, doses=doses, dates=dates)
            spread = hours(sd, "sd")
            if not 0 < spread <= MAX_HOURS:
                raise InputError("sd", sd, f"a time above 0 and up to {MAX_HOURS:,.0f} h, such as '45 min'")
            delays = by_chance_late(self.phases, spread, seed)
            delays = {key: delays[key] for key in without_missed(delays, self.deviations) if delays[key] > 0}
        elif delay is None:
            raise InputError("delay", delay, "how late, such as '2 h', or sd= and seed=")
        else:
            wait = hours(delay, "delay")
            if wait == 0:
                raise InputError("delay", delay, "a time above 0, such as '2 h'")
            keys = self._chosen(None, seed, doses, dates, LATE)
            delays = dict.fromkeys(self._not_missed(keys, False, doses, dates), wait)
        changes = {key: {"delay": wait} for key, wait in delays.items()}
        return self._with(deviations=changed(self.deviations, changes))

    def stop(self, *, after: float | str) -> Self:
        """Plan no dose at or after a time.

        What was missed, late or doubled before stays so, and time without doses at the end follows
        the doses that are left.

        Parameters
        ----------
        after : float or str
            Time since time 0, ``"14 days"`` or a number [h].

        Raises
        ------
        InputError
            If nothing would be left.
        """
        phases, deviations = cut(self.phases, self.deviations, hours(after, "after"), None)
        if not phases:
            first = min(phase.start for phase in self.phases)
            raise InputError("after", after, f"a time after the first dose, which is planned at {first:g} h")
        return self._with(phases=phases, deviations=deviations)

    def washout(self, time: float | str) -> Self:
        """Add time without doses at the end.

        It counts in `end` and `horizon`, and what follows with `then` comes after it. After a single
        dose it counts from that dose.

        Parameters
        ----------
        time : float or str
            How long, ``"7 days"`` or a number [h]; it adds to what was there.

        Raises
        ------
        InputError
            If it is no time above 0.
        """
        length = hours(time, "time")
        if not 0 < length <= MAX_HOURS:
            raise InputError("time", time, f"a time above 0 and up to {MAX_HOURS:,.0f} h, such as '7 days'")
        return self._with(rest=self.rest + length)

    def switch(
        self,
        route: str,
        *,
        after: float | str,
        salt: str | None = None,
        mg: float | str | None = None,
        over: float | str | None = None,
    ) -> Self:
        """Give doses from a time on by another formulation, at the same times.

        Parameters
        ----------
        route : str
            Route or formulation, as in `Regimen`.
        after : float or str
            Time since time 0, ``"14 days"`` or a number [h]; a dose planned at this very time is switched.
        salt : {"hcl", "base"}, optional
            As which the new doses are labelled; by default as is usual for the new route where it
            was usual for the old one, and as before otherwise.
        mg : float or str, optional
            The new dose, ``3`` [mg] or ``"3 mg"``; by default as before.
        over : float or str, optional
            For how long each is infused, ``"30 min"`` or a number [h]; by default as before between
            intravenous doses, and at once otherwise.

        Raises
        ------
        InputError
            If an argument cannot be used, or no dose is planned from then on.
        """
        way = route_of(route)
        given_salt = None if salt is None else salt_of(salt)
        given_mg = None if mg is None else mass_of(mg, "mg")
        given_over = None if over is None else hours(over, "over")

        def switched(phase: Phase) -> Phase:
            if way == "intramuscular" and 0 < phase.every < _DEPOT:
                wanted = "another formulation: a depot has an interval of its own, .stop(after=...).then(Regimen(...))"
                raise InputError("route", route, wanted)
            usual = default_salt(way) if phase.salt == default_salt(phase.route) else phase.salt
            kept = phase.over if way == phase.route else 0.0
            return replace(
                phase,
                route=way,
                salt=given_salt or usual,
                mg=phase.mg if given_mg is None else given_mg,
                over=kept if given_over is None else given_over,
            )

        cut_at = hours(after, "after")
        last = max(phase.time(phase.doses - 1) for phase in self.phases)
        if last < cut_at - GUARD:
            raise InputError("after", after, f"at most {last:g} h, when the last dose is planned")
        phases, deviations = cut(self.phases, self.deviations, cut_at, switched)
        return self._with(phases=phases, deviations=deviations)

    def _chosen(self, probability: object, seed: object, doses: object, dates: object, purpose: int) -> list[Key]:
        if probability is not None:
            _none(doses=doses, dates=dates)
            return by_chance(self.phases, probability, seed, purpose)
        if seed is not None:
            raise InputError("seed", seed, "to be left out, because nothing is drawn")
        return by_name(self.phases, self.clock, self.date, doses, dates)

    def _not_missed(self, keys: list[Key], drawn: bool, doses: object, dates: object) -> list[Key]:
        """Those that have not been missed; a named one must not be."""
        given = without_missed(keys, self.deviations)
        if not drawn and len(given) < len(keys):
            name, value = ("doses", doses) if dates is None else ("dates", dates)
            raise InputError(name, value, "doses that are not missed; a missed dose is neither late nor doubled")
        return given


def _none(**given: object) -> None:
    for name, value in given.items():
        if value is not None:
            raise InputError(name, value, "to be left out, because chance decides about every dose")
