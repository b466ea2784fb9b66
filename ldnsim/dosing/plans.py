"""Plans: phases of a titration and of weekdays, and phases cut at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from ..base.errors import InputError
from ..base.reading import listed, whole_number
from ..base.units import HOURS_PER_DAY, Salt, hours
from .dates import date_of, weekday_of
from .deviations import Deviation
from .phases import GUARD, MAX_DOSES, OPEN_ENDED, WEEK, Phase, count_doses, default_salt, mass_of, route_of, salt_of


def titration(
    levels: Sequence[float], every: float | str, hold: float | str | None, formulation: tuple[str, Salt, float]
) -> list[Phase]:
    """Daily doses at one level after the other.

    Parameters
    ----------
    levels : sequence of float
        Doses [mg]; equal neighbours become one phase.
    every : float or str
        How long each but the last is given, a whole number of days [h].
    hold : float or str or None
        How long the last is given, 28 days if None [h].
    formulation : tuple
        Route, salt and duration of infusion [h].

    Returns
    -------
    list of Phase
        One a level.

    Raises
    ------
    InputError
        Naming the argument.
    """
    route, salt, over = formulation
    if route == "intramuscular":
        raise InputError("route", route, "a route by which doses are given daily")
    step, last = _days(every, "every"), _days(OPEN_ENDED if hold is None else hold, "hold")
    phases: list[Phase] = []
    start = 0
    for k, mg in enumerate(levels):
        days = last if k == len(levels) - 1 else step
        if phases and phases[-1].mg == mg:
            phases[-1] = replace(phases[-1], doses=phases[-1].doses + days)
        else:
            phases.append(Phase(mg, salt, route, start * HOURS_PER_DAY, HOURS_PER_DAY, days, over))
        start += days
    return phases


def levels_of(first: object, to: object, by: object, capsule: object) -> list[float]:
    """Doses from `first` to `to` in steps of `by` [mg], each a whole number of capsules if these are given.

    The sums are of the decimal numbers as written, so that 0.1 and 0.2 make 0.3.

    Raises
    ------
    InputError
        If `by` is 0, there are too many steps, or a level is nearer to no capsule than to one.
    """
    start, end, step = (_exact(mass_of(value, name)) for value, name in ((first, "first"), (to, "to"), (by, "by")))
    if step == 0:
        raise InputError("by", by, "a dose above 0; the direction follows from first and to")
    steps = math.ceil(abs(end - start) / step)
    if steps > MAX_DOSES:
        raise InputError("by", by, f"large enough for at most {MAX_DOSES} steps")
    sign = 1 if end >= start else -1
    exact = [*(start + sign * k * step for k in range(steps)), end]
    if capsule is None:
        return [float(level) for level in exact]
    unit = _exact(mass_of(capsule, "capsule"))
    if unit == 0:
        raise InputError("capsule", capsule, "a capsule with more than 0 mg")
    # ties go down: rather a little less than more
    numbers = [math.ceil(level / unit - Fraction(1, 2)) for level in exact]
    for level, count in zip(exact, numbers, strict=True):
        if count == 0:
            raise InputError("capsule", capsule, f"small enough that {float(level):g} mg does not round to none")
    return [float(count * unit) for count in numbers]


def weekly(
    dose: object, days: object, weeks: object, date: object, formulation: tuple[str, Salt, float]
) -> list[Phase]:
    """One phase for each day of the week, the first day first.

    Parameters
    ----------
    dose : float or str
        [mg].
    days : str or iterable of str
        ``"mon wed fri"`` or ``["mon", "wed"]``.
    weeks : int
        How many weeks.
    date : str or datetime.date or None
        Date of day 1, a Monday if None.
    formulation : tuple
        Route, salt and duration of infusion [h].

    Returns
    -------
    list of Phase
        Day 1 begins at time 0.

    Raises
    ------
    InputError
        Naming the argument.
    """
    words = days.replace(",", " ").split() if isinstance(days, str) else days
    if not (words := listed(words, "days", "days of the week such as 'mon wed fri'")):
        raise InputError("days", days, "days of the week such as 'mon wed fri'")
    wanted = [weekday_of(word, "days") for word in words]
    if len(set(wanted)) < len(wanted):
        raise InputError("days", days, "each day once")
    count = whole_number(weeks, "weeks", low=1, high=MAX_DOSES)
    day1 = 0 if date is None else date_of(date, "date").weekday()
    route, salt, over = formulation
    starts = sorted((day - day1) % 7 * HOURS_PER_DAY for day in wanted)
    mg = mass_of(dose, "dose")
    return [Phase(mg, salt, route, start, WEEK, count, over) for start in starts]


def formulation_of(route: object, salt: object, over: float | str) -> tuple[str, Salt, float]:
    """Route, salt and duration of infusion [h]; raises `InputError`."""
    way = route_of(route)
    return way, default_salt(way) if salt is None else salt_of(salt), hours(over, "over")


def cut(
    phases: Sequence[Phase], deviations: Iterable[Deviation], after: float, change: Callable[[Phase], Phase] | None
) -> tuple[list[Phase], list[Deviation]]:
    """Phases cut at a time, with the deviations of their doses.

    Parameters
    ----------
    phases : sequence of Phase
        The plan.
    deviations : iterable of Deviation
        What was otherwise.
    after : float
        When [h]; a dose planned at this very time is of the later part.
    change : callable or None
        What the later parts become; None leaves them out.

    Returns
    -------
    phases : list of Phase
        In the old order.
    deviations : list of Deviation
        Of the same doses as before.
    """
    pieces: list[tuple[int, int, Phase]] = []
    for number_, phase in enumerate(phases):
        before = sum(phase.time(k) < after - GUARD for k in range(phase.doses))
        if before:
            pieces.append((number_, 0, replace(phase, doses=before)))
        if before < phase.doses and change is not None:
            later = replace(phase, start=phase.time(before), doses=phase.doses - before)
            pieces.append((number_, before, change(later)))
    by_phase: dict[int, list[Deviation]] = {}
    for one in deviations:
        by_phase.setdefault(one.phase, []).append(one)
    kept = [
        replace(one, phase=new, dose=one.dose - first)
        for new, (old, first, phase) in enumerate(pieces)
        for one in by_phase.get(old, ())
        if first <= one.dose < first + phase.doses
    ]
    return [phase for _, _, phase in pieces], kept


def _days(value: float | str, argument: str) -> int:
    length = hours(value, argument)
    days = round(length / HOURS_PER_DAY) if length < MAX_DOSES * HOURS_PER_DAY else 0
    if days < 1 or abs(length - days * HOURS_PER_DAY) > GUARD:
        raise InputError(argument, value, "a whole number of days, at least 1, such as '2 weeks'")
    return count_doses(HOURS_PER_DAY, None, days)


def _exact(mg: float) -> Fraction:
    # the decimal number that was written, not the binary one nearest to it
    return Fraction(repr(mg))
