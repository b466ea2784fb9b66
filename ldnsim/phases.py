"""Phases: equal doses at equal intervals, and the words for routes, salts and schedules."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .errors import InputError
from .units import HOURS_PER_DAY, Salt, hours, number

ROUTES = ("oral", "liquid", "sublingual", "extended_release", "intramuscular", "intravenous")

BEDTIME = 22.0
"""Clock time of a dose where none is given [h]: low-dose naltrexone is usually taken at bedtime."""

OPEN_ENDED = 28 * HOURS_PER_DAY
"""How long a repeated dose goes on where no duration is given [h]."""

AFTER_SINGLE_DOSE = 48.0
"""How long a single dose is followed by default [h]."""

MAX_MG = 5000.0
MAX_DOSES = 100_000
GUARD = 1e-9

FORMULATIONS = {
    "oral": "oral", "capsule": "oral", "capsules": "oral", "tablet": "oral", "tablets": "oral",
    "liquid": "liquid", "solution": "liquid", "drops": "liquid",
    "sublingual": "sublingual",
    "extended-release": "extended_release", "extended_release": "extended_release", "er": "extended_release",
    "xr": "extended_release", "sustained-release": "extended_release",
    "intramuscular": "intramuscular", "im": "intramuscular", "depot": "intramuscular", "injection": "intramuscular",
    "intravenous": "intravenous", "iv": "intravenous",
}  # fmt: skip
SALTS: dict[str, Salt] = {"hcl": "hcl", "hydrochloride": "hcl", "base": "base"}
SCHEDULES = {
    "once": 0.0, "daily": 24.0, "nightly": 24.0, "every day": 24.0, "every night": 24.0, "once daily": 24.0,
    "twice daily": 12.0, "bid": 12.0, "three times daily": 8.0, "tid": 8.0,
    "every other day": 48.0, "every second day": 48.0, "qod": 48.0, "weekly": 168.0, "every week": 168.0,
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
    """

    time: float
    mg: float
    salt: Salt
    route: str


@dataclass(frozen=True)
class Phase:
    """Equal doses at equal intervals.

    Attributes
    ----------
    mg, salt, route
        As in `Dose`.
    start : float
        Time of the first dose [h].
    every : float
        Interval, 0 for a single dose [h].
    doses : int
        How many.
    """

    mg: float
    salt: Salt
    route: str
    start: float
    every: float
    doses: int

    @property
    def end(self) -> float:
        """When the last interval ends; the time of the dose for a single one [h]."""
        return self.start + self.doses * self.every

    def dosing(self) -> list[Dose]:
        """Every administration; times by multiplication, because repeated addition drifts."""
        return [Dose(self.start + k * self.every, self.mg, self.salt, self.route) for k in range(self.doses)]


def next_clock(time: float, clock: float, wanted: float) -> float:
    """First time at or after `time` when the clock shows `wanted`, on a clock that shows `clock` at 0."""
    wait = (wanted - clock - time) % HOURS_PER_DAY
    # a wait of a whole day is rounding about no wait at all
    return time if min(wait, HOURS_PER_DAY - wait) < GUARD else time + wait


def default_salt(route: str) -> Salt:
    """As which a dose by this route is labelled."""
    return "base" if route == "intramuscular" else "hcl"


def route_of(route: object) -> str:
    """Route of a formulation; raises `InputError` if there is none of that name."""
    if not isinstance(route, str) or route.lower() not in FORMULATIONS:
        raise InputError("route", route, f"one of {', '.join(FORMULATIONS)}")
    return FORMULATIONS[route.lower()]


def salt_of(salt: object) -> Salt:
    """Salt from its name; raises `InputError` if there is none of that name."""
    if not isinstance(salt, str) or salt.lower() not in SALTS:
        raise InputError("salt", salt, f"one of {', '.join(SALTS)}")
    return SALTS[salt.lower()]


def interval_of(every: float | str) -> float:
    """Interval between doses [h] from a schedule or a duration; raises `InputError`."""
    if isinstance(every, str) and every.lower() in SCHEDULES:
        return SCHEDULES[every.lower()]
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
        count = number(doses, "doses", low=1.0)
        if count != int(count) or count > MAX_DOSES:
            raise InputError("doses", doses, f"a whole number from 1 to {MAX_DOSES}")
        if interval == 0 and count > 1:
            raise InputError("doses", doses, "1, because the dose is given once")
        return int(count)
    if interval == 0:
        if duration is not None:
            raise InputError("duration", duration, "to be left out, because the dose is given once")
        return 1
    length = OPEN_ENDED if duration is None else hours(duration, "duration")
    if duration is not None and length < interval * (1 - GUARD):
        raise InputError("duration", duration, f"at least one interval, {interval:g} h")
    count = math.ceil(length / interval * (1 - GUARD))
    if count > MAX_DOSES:
        raise InputError("duration", duration, f"short enough for at most {MAX_DOSES} doses")
    return max(count, 1)
