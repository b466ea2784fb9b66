"""What each piece of a regimen's text says: an amount, a clock time, an interval, a date, days."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

from ..base.errors import InputError
from ..base.reading import number_in
from ..base.units import HOURS_PER_DAY, WEIGHTS, hours
from .dates import date_of
from .grammar import Piece, refusal
from .phases import FORMULATIONS, SALTS, SCHEDULES, WEEK, clock_of, mass_of
from .wording import COUNTS, ORDINALS, TIMED_SCHEDULES, DayPart, days_named, frequency, part_of_day


class Clock(NamedTuple):
    """A clock time, or a part of the day.

    Attributes
    ----------
    hour : float
        Hour of the day [h].
    part : DayPart or None
        The part of the day, where no clock time is said.
    """

    hour: float
    part: DayPart | None


class Ramp(NamedTuple):
    """Doses that rise or fall.

    Attributes
    ----------
    by : float
        Size of a step [mg].
    every : float
        How long each dose is given [h].
    target : float or None
        The last one [mg].
    up : bool or None
        Whether they rise; None if the doses say so.
    goes_on : int
        How many of the levels have been taken before: the first, where a step before has had it.
    """

    by: float
    every: float
    target: float | None
    up: bool | None
    goes_on: int = 0


class Change(NamedTuple):
    """What became of some doses.

    Attributes
    ----------
    what : {"missed", "doubled", "late"}
        What.
    doses : list of int
        Their numbers in planned order, from 1.
    delay : float
        How late [h].
    """

    what: str
    doses: list[int]
    delay: float


class Said(NamedTuple):
    """What one piece says.

    Attributes
    ----------
    about : str
        Of what.
    value : object
        What.
    """

    about: str
    value: Any


def said_of(piece: Piece, text: str) -> list[Said]:
    """What a piece says; an error names the words that it stands in."""
    try:
        return _READERS[piece.about](piece)
    except InputError as error:
        raise refusal(text, text[piece.start : piece.stop], error.expected) from error


def _number(words: str, argument: str = "number") -> float:
    """A number in digits, with a decimal point or comma, or in words."""
    if words in COUNTS:
        return COUNTS[words]
    if words in ORDINALS:
        return ORDINALS[words]
    if re.fullmatch(r"\+?[1-9][0-9]*,[0-9]{3}", words):
        raise InputError(
            argument, words, "a number without separators of thousands: with a decimal point, such as 4.5 or 1000"
        )
    return number_in(words.replace(",", "."), argument)


def _count(words: str, argument: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", words) and words not in COUNTS:
        raise InputError(argument, words, f"a whole number of {argument}")
    return int(_number(words, argument))


def _quantity(piece: Piece, unit: str) -> str:
    """Number and unit of a piece, as other readers take them."""
    numbers = [*piece.words("NUMBER"), *piece.words("WORD"), *piece.words("ORDINAL")]
    plain = f"{_number(numbers[-1])!r}" if numbers and numbers[-1] in {**COUNTS, **ORDINALS} else ""
    return f"{plain or (_plain(numbers[-1]) if numbers else '1')} {piece.words(unit)[-1]}"


def _plain(words: str) -> str:
    _number(words)
    return words.replace(",", ".")


def _time(piece: Piece, *, zero: bool = False) -> float:
    text = _quantity(piece, "UNIT")
    found = 2 * WEEK * _number(text.split()[0]) if "fortnight" in text else hours(text, "time")
    if found == 0 and not zero:
        raise InputError("time", text, "a time above 0")
    return found


def _dose(piece: Piece) -> list[Said]:
    mg = mass_of(f"{_plain(piece.words('NUMBER')[-1])} {piece.words('MASS')[-1]}", "dose")
    form = [Said("route", FORMULATIONS[words]) for words in piece.words("FORMULATION")]
    count = piece.inner("count")
    if count is not None:
        words = (count.words("WORD") + count.words("NUMBER"))[0]
        many = Fraction(1, 2) if words.startswith("half") else Fraction(_count(words, "doses"))
        if many == 0:
            raise InputError("doses", words, "at least one")
        mg = float(many * Fraction(repr(mg)))
    return [Said("mg", mass_of(mg, "dose")), *form]


def _mass_by_weight(piece: Piece) -> list[Said]:
    unit = piece.words("MASS_PER_KG")[0].split("/")[0].split("per")[0].strip()
    return [Said("mg_per_kg", Fraction(repr(mass_of(f"{_plain(piece.words('NUMBER')[0])} {unit}", "dose"))))]


def _weight(piece: Piece) -> list[Said]:
    found = _number(piece.words("NUMBER")[0])
    if not WEIGHTS[0] <= found <= WEIGHTS[1]:
        raise InputError("weight", found, f"a weight from {WEIGHTS[0]:g} to {WEIGHTS[1]:g} kg")
    return [Said("weight", found)]


def _clock(piece: Piece) -> list[Said]:
    found: list[Said] = []
    for words in piece.words("DAYPART"):
        part, beside = part_of_day(words), _beside(piece)
        found.append(Said("clock", Clock((part.clock + beside) % HOURS_PER_DAY, None if beside else part)))
    for words in piece.words("CLOCK"):
        found.append(Said("clock", Clock(_hour(words), None)))
    for words in piece.words("SPOKEN_CLOCK"):
        digits = words.split()[0]
        half = "am" if "morning" in words else "pm"
        if not 1 <= int(digits.split(":")[0]) <= 12:
            half = ""
        found.append(
            Said("clock", Clock(clock_of(digits + half if half or ":" in digits else f"{digits}:00", "at"), None))
        )
    return [*([Said("every", HOURS_PER_DAY)] if piece.words("EACH") else []), *found]


def _beside(piece: Piece) -> float:
    """How long after a part of the day; below 0 before it [h]."""
    for words in piece.words("BESIDE"):
        said = re.fullmatch(r"([0-9.,]+|[a-z]+(?:\s+an?)?)\s*([a-z]+) (before|after)", words)
        assert said is not None
        found = hours(f"{_number(said[1])!r} {said[2]}", "time")
        if not 0 < found < HOURS_PER_DAY / 2:
            raise InputError("time", words, "less than 12 h beside a part of the day, or a clock time,")
        return found if said[3] == "after" else -found
    return 0.0


def _hour(words: str) -> float:
    plain = re.sub(r"[.\s]", "", words)
    if french := re.fullmatch("([0-9]{1,2})h([0-9]{2})?", plain):
        plain = f"{french[1]}:{french[2] or '00'}"
    return clock_of(plain, "at")


def _delay(piece: Piece) -> list[Said]:
    clock = _hour(piece.words("CLOCK")[0])
    return [Said("delay", (_time(piece, zero=True), clock)), Said("clock", Clock(clock, None))]


def _start_day(piece: Piece) -> list[Said]:
    return [Said("start_day", _day(piece.words("NUMBER")[0]))]


def _on_days(piece: Piece) -> list[Said]:
    days = [_day(words) for words in piece.words("NUMBER")]
    if len(set(days)) < len(days):
        raise InputError("days", days, "each day once")
    return [Said("on_days", days)]


def _day(words: str) -> int:
    # few digits, because int refuses very many and the longest regimen has five
    if not re.fullmatch("[0-9]{1,5}", words) or int(words) < 1:
        raise InputError("day", words, "a day counted from 1, such as 'from day 15'")
    return int(words)


def _date(words: str) -> datetime.date:
    if re.fullmatch("[0-9-]+", words):
        return date_of(words, "date")
    month = re.search("jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", words)
    day, year = re.findall("[0-9]+", words)
    assert month is not None
    number = 1 + "jan feb mar apr may jun jul aug sep oct nov dec".index(month.group()) // 4
    return date_of(f"{year}-{number:02d}-{int(day):02d}", "date")


def _start_date(piece: Piece) -> list[Said]:
    return [Said("start_date", _date(piece.words("DATE")[0]))]


def _until(piece: Piece) -> list[Said]:
    if piece.words("MASS"):
        return [Said("until_mg", mass_of(_quantity(piece, "MASS"), "until"))]
    dates = piece.words("DATE")
    return [Said("until", _date(dates[0]) if dates else _day(piece.words("NUMBER")[0]))]


def _doses(piece: Piece) -> list[Said]:
    return [Said("doses", _count((piece.words("NUMBER") + piece.words("WORD"))[0], "doses"))]


def _schedule(piece: Piece) -> list[Said]:
    for words in piece.words("Q_HOURS"):
        return [Said("every", hours(re.sub(r"^q\s*|\s*h.*$", "", words) + " h", "every", low=1e-9))]
    for words in piece.words("TIMED_SCHEDULE"):
        part = part_of_day(TIMED_SCHEDULES[words])
        return [Said("every", HOURS_PER_DAY), Said("clock", Clock(part.clock, part))]
    for words in piece.words("FREQUENCY"):
        return _frequency(words)
    for words in piece.words("PER_DAY"):
        return [Said("every", WEEK if "week" in words else HOURS_PER_DAY)]
    return [Said("every", SCHEDULES[piece.words("SCHEDULE")[0]])]


def _frequency(words: str) -> list[Said]:
    count, unit = frequency(words)
    if unit == "week" and count > 1:
        if count > 7:
            raise InputError("schedule", words, "at most 7 times a week")
        return [Said("times_a_week", count)]
    if unit == "night" and count > 1:
        raise InputError("schedule", words, "one dose a night, or clock times")
    return [Said("every", (WEEK if unit == "week" else HOURS_PER_DAY) / count)]


def _interval(piece: Piece) -> list[Said]:
    return [Said("every", _time(piece))]


def _weekdays(piece: Piece) -> list[Said]:
    days = days_named(piece.words("DAYS")[0])
    if days is None:
        raise InputError("days", piece.words("DAYS")[0], "each day once")
    return [Said("weekdays", days)]


def _cycle(piece: Piece) -> list[Said]:
    numbers = [part for part in piece.parts if getattr(part, "type", "") in ("NUMBER", "WORD")]
    on, off = (
        hours(f"{_number(str(amount))!r} {unit}", "cycle")
        for amount, unit in zip(numbers, piece.words("UNIT"), strict=True)
    )
    if on == 0 or off == 0:
        raise InputError("cycle", on, "times above 0, such as '5 days on 2 days off'")
    return [Said("cycle", (on, off))]


def _ramp(piece: Piece) -> list[Said]:
    each, target, direction = piece.inner("each"), piece.inner("target"), piece.inner("direction")
    assert each is not None
    every = _time(each) if each.words("UNIT") else _schedule(each)[0].value
    if _schedule_of_many(each):
        raise InputError("every", each.words("FREQUENCY")[0], "how long each dose is given, such as 'every week'")
    last = None
    if target is not None:
        last = 0.0 if target.words("NOTHING") else mass_of(_quantity(target, "MASS"), "to")
    up = None if direction is None else bool(direction.words("UP"))
    return [Said("ramp", Ramp(mass_of(_quantity(piece, "MASS"), "by"), every, last, up))]


def _schedule_of_many(each: Piece) -> bool:
    return any(frequency(words)[0] > 1 for words in each.words("FREQUENCY"))


def _infusion(piece: Piece) -> list[Said]:
    return [Said("over", _time(piece, zero=True))]


def _deviation(piece: Piece) -> list[Said]:
    numbers, delay, what = piece.words("NUMBER"), 0.0, "doubled" if piece.words("DOUBLED") else "missed"
    if piece.words("LATE"):
        what, delay = "late", _time(piece)
        numbers = numbers[:-1]
    return [Said("changes", Change(what, [_count(one, "doses") for one in numbers], delay))]


_READERS: dict[str, Callable[[Piece], list[Said]]] = {
    "dose": _dose, "mass_by_weight": _mass_by_weight, "weight": _weight, "clock": _clock, "delay": _delay,
    "start_day": _start_day, "on_days": _on_days, "start_date": _start_date, "until": _until, "doses": _doses,
    "schedule": _schedule, "interval": _interval, "weekdays": _weekdays, "cycle": _cycle, "ramp": _ramp,
    "infusion": _infusion,
    "deviation": _deviation,
    "duration": lambda piece: [Said("duration", _time(piece))],
    "pause": lambda piece: [Said("pause", _time(piece))],
    "formulation": lambda piece: [Said("route", FORMULATIONS[piece.words("FORMULATION")[0]])],
    "salt": lambda piece: [Said("salt", SALTS[piece.words("SALT")[0]])],
}  # fmt: skip
