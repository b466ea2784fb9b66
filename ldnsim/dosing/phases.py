"""Phases: equal doses at equal intervals, and the words for routes, salts and schedules."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from ..base.errors import InputError
from ..base.near import among
from ..base.reading import choice, number, whole_number
from ..base.units import HOURS_PER_DAY, Salt, clock_hour, hours, parts_of, quantity

ROUTES = ("oral", "liquid", "sublingual", "extended_release", "intramuscular", "intravenous")

WEEK = 7 * HOURS_PER_DAY
"""A week [h]."""

BEDTIME = 22.0
"""Clock time of a dose where none is given [h]: low-dose naltrexone is usually taken at bedtime."""

OPEN_ENDED = 28 * HOURS_PER_DAY
"""How long a repeated dose goes on where no duration is given [h]."""

AFTER_SINGLE_DOSE = 48.0
"""How long a single dose is followed by default [h]."""

MAX_MG = 5000.0
MAX_DOSES = 100_000
MAX_HOURS = 1_000_000.0
"""Longest regimen [h], about 114 years."""
GUARD = 1e-9

# a divisor, because 9 * 0.001 is not the number nearest to 0.009
_MASSES = {
    **dict.fromkeys(("mg", "mgs", "milligram", "milligrams"), (1, 1)),
    **dict.fromkeys(("g", "gram", "grams"), (1000, 1)),
    **dict.fromkeys(("ug", "µg", "μg", "mcg", "microgram", "micrograms"), (1, 1000)),
}

FORMULATIONS = {
    "oral": "oral", "orally": "oral", "by mouth": "oral", "po": "oral", "p.o.": "oral", "capsule": "oral",
    "capsules": "oral", "caps": "oral", "tablet": "oral", "tablets": "oral", "tabs": "oral", "pill": "oral",
    "pills": "oral",
    "liquid": "liquid", "solution": "liquid", "drops": "liquid",
    "sublingual": "sublingual", "sublingually": "sublingual", "sl": "sublingual", "under the tongue": "sublingual",
    "extended-release": "extended_release", "extended_release": "extended_release", "er": "extended_release",
    "xr": "extended_release", "sustained-release": "extended_release", "extended release": "extended_release",
    "intramuscular": "intramuscular", "im": "intramuscular", "i.m.": "intramuscular", "depot": "intramuscular",
    "injection": "intramuscular", "intravenous": "intravenous", "intravenously": "intravenous", "iv": "intravenous",
    "i.v.": "intravenous",
}  # fmt: skip
SALTS: dict[str, Salt] = {"hcl": "hcl", "hydrochloride": "hcl", "base": "base"}
SCHEDULES = {
    **dict.fromkeys(("once", "single dose", "a single dose", "as a single dose", "one dose", "stat"), 0.0),
    **dict.fromkeys(("single dose of", "a single dose of", "one dose of"), 0.0),
    **dict.fromkeys(("daily", "nightly", "every day", "every night", "once daily", "qd", "q.d.", "od"), 24.0),
    **dict.fromkeys(("twice daily", "bid", "b.i.d.", "bd"), 12.0),
    **dict.fromkeys(("three times daily", "tid", "t.i.d.", "tds"), 8.0),
    **dict.fromkeys(("four times daily", "qid", "q.i.d.", "qds"), 6.0),
    **dict.fromkeys(("every other day", "every second day", "alternate days", "on alternate days", "qod", "eod"), 48.0),
    **dict.fromkeys(("weekly", "every week", "qw"), 168.0),
    "fortnightly": 336.0,
}  # fmt: skip


@dataclass(frozen=True)
class Dose:
    """One administration.

    Attributes
    ----------
    time : float
        When, since the start of the regimen [h].
    mg : float
        How much, as labelled [mg of `salt`].
    salt : {"hcl", "base"}
        As which the dose is labelled.
    route : str
        One of `ROUTES`.
    over : float
        For how long it is infused, 0 for at once [h].
    planned : float or None
        When it was planned, None for at `time` [h].
    planned_mg : float or None
        How much was planned, None for `mg` [mg of `salt`].
    what : str
        What became of the plan: ``""`` for as planned, ``"missed"``, ``"late"``, ``"doubled"`` or
        ``"late, doubled"``.
    """

    time: float
    mg: float
    salt: Salt
    route: str
    over: float = 0.0
    planned: float | None = None
    planned_mg: float | None = None
    what: str = ""


@dataclass(frozen=True)
class Phase:
    """Equal doses at equal intervals.

    Attributes
    ----------
    mg, salt, route
        As in `Dose`.
    start : float
        Time of the first dose [h]; a whole minute that rounding blurred is made whole again.
    every : float
        Interval, 0 for a single dose [h].
    doses : int
        How many.
    over : float
        For how long each dose is infused, 0 for at once; only intravenously, and not beyond the next
        dose [h].

    Raises
    ------
    InputError
        If a value cannot be used; the text names it.
    """

    mg: float
    salt: Salt
    route: str
    start: float
    every: float
    doses: int
    over: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "mg", number(self.mg, "mg", low=0.0, high=MAX_MG))
        object.__setattr__(self, "start", tidy(number(self.start, "start", low=0.0, high=MAX_HOURS)))
        object.__setattr__(self, "every", number(self.every, "every", low=0.0, high=MAX_HOURS))
        object.__setattr__(self, "doses", count_doses(self.every, None, self.doses))
        if not isinstance(self.salt, str) or self.salt not in SALTS.values():
            raise InputError("salt", self.salt, "'hcl' or 'base'")
        choice("route", self.route, ROUTES)
        over = number(self.over, "over", low=0.0, high=MAX_HOURS)
        # a short infusion stays one: only 0 means at once
        object.__setattr__(self, "over", tidy(over) or over)
        if self.over and self.route != "intravenous":
            raise InputError("over", self.over, f"0 for the route {self.route}; only an intravenous dose is infused")
        if self.every and self.over > self.every:
            raise InputError("over", self.over, f"at most the interval between doses, {self.every:g} h")
        if self.end > MAX_HOURS:
            raise InputError("doses", self.doses, f"few enough to end within {MAX_HOURS:,.0f} h")

    @property
    def end(self) -> float:
        """When the last interval ends; for a single dose, when it has been given [h]."""
        return self.start + (self.doses * self.every if self.every else self.over)

    @property
    def free(self) -> float:
        """From when on another phase may follow [h].

        A single dose takes its minute, so that what follows at the same clock time follows a day later.
        """
        return self.end if self.every else max(self.start + 1 / 60, self.end)

    def time(self, dose: int) -> float:
        """When a dose is planned, counted from 0 [h]; by multiplication, because repeated addition drifts."""
        return self.start + dose * self.every

    def dosing(self) -> list[Dose]:
        """Every administration as planned."""
        return [Dose(self.time(k), self.mg, self.salt, self.route, self.over) for k in range(self.doses)]


def tidy(time: float) -> float:
    """A time [h], to the very minute if it is one but for rounding; so equal times are equal numbers."""
    whole = round(time * 60) / 60
    return whole if abs(whole - time) < GUARD else time


def next_clock(time: float, clock: float, wanted: float) -> float:
    """First whole minute [h] at or after `time` when the clock shows `wanted`; it shows `clock` at 0."""
    # half the guard, so that the result is never earlier than `time` by all of it; whole minutes do not drift
    earliest = math.ceil((time - GUARD / 2) * 60)
    return (earliest + (round(wanted * 60) - round(clock * 60) - earliest) % (24 * 60)) / 60


def clock_of(value: object, argument: str) -> float:
    """Hour of the day [h] from ``"22:00"``, ``"10 pm"`` or a number, to the minute; raises `InputError`."""
    given = value
    if isinstance(value, str):
        half = re.fullmatch(r"([0-9]{1,2})(:[0-9]{2})?\s*([ap])m", value.strip().lower())
        if half and 1 <= int(half.group(1)) <= 12:
            given = f"{int(half.group(1)) % 12 + 12 * (half.group(3) == 'p')}{half.group(2) or ':00'}"
    try:
        hour = tidy(clock_hour(given, argument))
    except InputError:
        hour = math.nan
    if not hour < HOURS_PER_DAY or hour != round(hour * 60) / 60:
        raise InputError(argument, value, "a time of day to the minute from 00:00 to 23:59, such as '22:00' or '10 pm'")
    return hour


def mass_of(dose: object, argument: str) -> float:
    """A dose [mg] from ``"4.5 mg"`` or a number; raises `InputError`."""
    if not isinstance(dose, str):
        return quantity(dose, "mg", argument, low=0.0, high=MAX_MG)
    expected = f"a dose from 0 to {MAX_MG:g} mg with its unit, mg, ug or g"
    magnitude, unit = parts_of(dose, argument, expected)
    times, divisor = _MASSES.get(unit.lower(), (0, 0))
    mg = magnitude * times / divisor if divisor else math.nan
    # what was not 0 must not become 0 on the way
    if not 0 <= mg <= MAX_MG or (mg == 0 and magnitude != 0):
        raise InputError(argument, dose, expected)
    return mg


def default_salt(route: str) -> Salt:
    """As which a dose by this route is labelled."""
    return "base" if route == "intramuscular" else "hcl"


def route_of(route: object) -> str:
    """Route of a formulation; raises `InputError` if there is none of that name."""
    if not isinstance(route, str) or route.lower() not in FORMULATIONS:
        # the routes first, because a long error is cut
        known = tuple(dict.fromkeys((*ROUTES, *FORMULATIONS)))
        raise InputError("route", route, among(route, known))
    return FORMULATIONS[route.lower()]


def salt_of(salt: object) -> Salt:
    """Salt from its name; raises `InputError` if there is none of that name."""
    if not isinstance(salt, str) or salt.lower() not in SALTS:
        raise InputError("salt", salt, among(salt, SALTS))
    return SALTS[salt.lower()]


def interval_of(every: float | str) -> float:
    """Interval between doses [h] from a schedule or a duration; raises `InputError`."""
    if isinstance(every, str):
        words = " ".join(every.lower().split())
        if words in SCHEDULES:
            return SCHEDULES[words]
        every = re.sub(r"^(every |q(?=[0-9]))", "", words)
    interval = hours(every, "every")
    if interval == 0:
        raise InputError("every", every, "an interval above 0, such as 'daily' or '12 h'")
    return interval


def count_doses(interval: float, duration: float | str | None, doses: int | None) -> int:
    """How many doses a phase has.

    Parameters
    ----------
    interval : float
        Interval, 0 for a single dose [h].
    duration : float or str or None
        For how long; doses are given at its start and strictly before its end [h].
    doses : int or None
        The number itself, instead.

    Returns
    -------
    int
        At least 1.

    Raises
    ------
    InputError
        Naming ``doses`` or ``duration``.
    """
    if doses is not None:
        count = whole_number(doses, "doses", low=1, high=MAX_DOSES)
        if interval == 0 and count > 1:
            raise InputError("doses", doses, "1, because the dose is given once")
        return count
    if interval == 0:
        if duration is not None:
            raise InputError("duration", duration, "to be left out, because the dose is given once")
        return 1
    length = OPEN_ENDED if duration is None else hours(duration, "duration")
    if duration is not None and length < interval * (1 - GUARD):
        raise InputError("duration", duration, f"at least one interval, {interval:g} h")
    if length / interval > MAX_DOSES:
        argument, value = ("every", interval) if duration is None else ("duration", duration)
        raise InputError(argument, value, f"at most {MAX_DOSES} doses, but {length:g} h hold more at {interval:g} h")
    return max(math.ceil(length / interval - GUARD), 1)
