"""Words of prescriptions: numbers, parts of the day, days of the week, how often, and what is no regimen."""

from __future__ import annotations

import re
from typing import NamedTuple

from .dates import WEEKDAYS
from .phases import BEDTIME

COUNTS = {
    **dict.fromkeys(("a", "an", "one", "once"), 1.0),
    **dict.fromkeys(("two", "twice"), 2.0),
    **dict.fromkeys(("three", "thrice"), 3.0),
    "four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0, "eight": 8.0, "nine": 9.0, "ten": 10.0, "eleven": 11.0,
    "twelve": 12.0, "fourteen": 14.0, "twenty-one": 21.0, "twenty one": 21.0, "twenty-eight": 28.0,
    "twenty eight": 28.0, "thirty": 30.0, "half a": 0.5, "half an": 0.5,
}  # fmt: skip
"""Numbers as words."""

ORDINALS = {
    **dict.fromkeys(("other", "alternate", "second", "2nd"), 2.0),
    **dict.fromkeys(("third", "3rd"), 3.0),
    **dict.fromkeys(("fourth", "4th"), 4.0),
    **{f"{number}th": float(number) for number in range(5, 10)},
}
"""As in every other day."""

TIMED_SCHEDULES = {"qhs": "bed", "q.h.s.": "bed", "hs": "bed", "qam": "morning", "qpm": "evening"}
"""Schedules of a dose a day that also name the part of the day."""


class DayPart(NamedTuple):
    """A part of the day.

    Attributes
    ----------
    clock : float
        Which clock time is meant where none is said [h].
    first, last : float
        Between which clock times one that is said can lie; over midnight where the second is the smaller [h].
    """

    clock: float
    first: float
    last: float

    def holds(self, clock: float) -> bool:
        """Whether a clock time lies in it."""
        return (clock - self.first) % 24 <= (self.last - self.first) % 24


_NIGHT = DayPart(BEDTIME, 0.0, 23.99)  # whose night it is, nobody knows: a night shift ends in the morning
DAY_PARTS = {
    **dict.fromkeys(("bed", "sleep", "night"), _NIGHT),
    **dict.fromkeys(("late night", "late evening"), DayPart(23.0, 20.0, 4.0)),
    **dict.fromkeys(("morning", "breakfast"), DayPart(8.0, 4.0, 12.0)),
    "early morning": DayPart(6.0, 3.0, 9.0),
    "late morning": DayPart(10.0, 9.0, 12.0),
    **dict.fromkeys(("noon", "midday", "lunch"), DayPart(12.0, 11.0, 14.0)),
    "afternoon": DayPart(15.0, 12.0, 18.0),
    "early afternoon": DayPart(13.0, 12.0, 15.0),
    "late afternoon": DayPart(17.0, 15.0, 18.5),
    **dict.fromkeys(("evening", "dinner", "supper"), DayPart(19.0, 16.0, 24 - 1 / 60)),
    "early evening": DayPart(18.0, 16.0, 20.0),
    "early night": DayPart(21.0, 18.0, 23.0),
    "midnight": DayPart(0.0, 23.0, 1.0),
}
"""What parts of the day mean where no clock time is said beside them."""

DAY = (
    "(?:mon(?:day)?|tue(?:s|sday)?|wed(?:s|nesday)?|thu(?:r|rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
    r"|weekday|workday|working\s+day|weekend)s?\b"
)
"""How a day of the week is written, or several."""

_GROUPS = {"weekday": range(5), "workday": range(5), "working day": range(5), "weekend": range(5, 7)}


def part_of_day(words: str) -> DayPart:
    """The part of the day that some words name, such as ``"in the early morning"``."""
    named = " ".join(word for word in words.split() if word not in ("in", "the", "at", "my"))
    return DAY_PARTS[re.sub(r"[\s-]*time$|s$", "", named)]


def days_named(words: str) -> list[int] | None:
    """Days of the week, 0 for Monday, in the order of the week; None where one is said twice."""
    found: list[int] = []
    pieces = re.split(rf"({DAY})", words)
    for between, piece in zip(pieces[::2], pieces[1::2], strict=False):
        name = " ".join(piece.rstrip("s").split())
        # thus and weds are short for one day
        days = list(_GROUPS.get(name, [k for k, day in enumerate(WEEKDAYS) if day.startswith(name[:3])]))
        if re.search("-|–|to|through", between) and found:
            last = days[0]
            days = [day % 7 for day in range(found[-1] + 1, found[-1] + 1 + (last - found[-1] - 1) % 7 + 1)]
        found += days
    return sorted(found) if len(set(found)) == len(found) else None


def frequency(words: str) -> tuple[int, str]:
    """How many times in which time, such as ``(3, "week")`` of ``"three times a week"``."""
    first = re.match("[0-9]+|[a-z]+", words)
    count = first.group() if first else ""
    unit = "week" if "week" in words else "night" if "night" in words else "day"
    return int(count) if count.isdigit() else int(COUNTS[count]), unit


_CHANGE = (
    r"go(?:ing)?|step(?:ping)?|up|down|increas(?:e|ed|ing)|rais(?:e|ed|ing)|titrat(?:e|ed|ing)|decreas(?:e|ed|ing)"
    r"|reduc(?:e|ed|ing)|lower(?:ed|ing)?|taper(?:ed|ing)?"
)
"""Words for another dose."""


class Refused(NamedTuple):
    """Words that are no regimen.

    Attributes
    ----------
    pattern : str
        How they are written.
    reason : str
        What would be right, and why.
    """

    pattern: str
    reason: str


REFUSED = (
    Refused(
        r"(?:as|if|when|where)\s+(?:needed|required|necessary)|p\.?r\.?n\b\.?|on\s+demand|sos\b",
        "times of doses, because what is taken as needed has none, such as 'every other day'",
    ),
    Refused(
        r"(?:if|unless)\b(?:\s+[a-z]+)?",
        "doses without a condition, because a run has no side effects or wishes to decide by",
    ),
    Refused(
        r"[0-9.,]+\s*(?:mg|mcg|ug|µg|g)?\s*(?:-|–|to|or)\s*[0-9.,]+\s*(?:mg|mcg|ug|µg|g)\b",
        "one dose, because a curve has one, such as '4.5 mg', or a titration, such as "
        "'1.5 mg up by 0.5 mg every week to 4.5 mg'",
    ),
    Refused(
        rf"(?:(?:{_CHANGE})\s+)+to\s+[0-9.,]+\s*(?:mg|mcg|ug|µg|g)\b(?!.*\b(?:by|steps)\b)",
        "the next dose after 'then', such as 'then 3 mg', or how it gets there, such as 'up by 0.5 mg every week to "
        "4.5 mg',",
    ),
    Refused(
        r"(?:about|around|approximately|approx\.?|roughly|nearly|max(?:imum)?|at\s+most|at\s+least|~|<|>)|^up\s+to",
        "an exact dose and an exact time, such as '4.5 mg at 22:00'",
    ),
    Refused(
        r"(?:topical(?:ly)?|cream|ointment|gel|lotion|patch(?:es)?|transdermal|eye|nasal|intranasal|spray|rectal"
        r"|suppositor(?:y|ies)|s\.?c\.?\b|subcutaneous(?:ly)?|implant|inhaled|buccal|transbuccal)",
        "a route that there is a model of: oral, liquid, sublingual, extended-release, intramuscular or intravenous",
    ),
    Refused(
        r"(?:ldn|low[- ]dose\s+naltrexone|naltrexone|revia|vivitrol|contrave|nalmefene|naloxone|drug)\b",
        "the dose alone, because which drug it is says model= or --drug",
    ),
    Refused(
        r"(?:units?|iu|ml|puffs?|micromol(?:es?)?|nanomol(?:es?)?|millimol(?:es?)?|[muµμn]mol|mol|ppm|%)(?![a-z])",
        "a mass in mg, ug or g, because how much others are depends on the drug, its salt or the preparation",
    ),
    Refused(
        r"[0-9.,]+\s*(?:d(?:ays?)?|nights?|w(?:ee)?ks?|fortnights?)[\s,]+after\s+[a-z]+",
        "'for' before how long, such as 'for 14 days after dinner',",
    ),
    Refused(r"months?\b|years?\b", "days or weeks, because months and years differ in length, such as 'for 4 weeks'"),
    Refused(
        r"except(?:ing)?\b|but\s+not\b|skip(?:ping)?\b",
        "the days on which it is taken, such as 'on monday to friday', or a dose that is missed, 'dose 3 missed'",
    ),
    Refused(
        r"thereafter\b|from\s+then\s+on\b|indefinitely\b|ongoing\b|for\s+life\b",
        "how long, after 'then' and the dose, such as 'then 4.5 mg for 28 days'",
    ),
    Refused(
        r"early\b(?!\s+(?:in|at|morning|afternoon|evening|night))",
        "a dose that is missed, late or doubled: one that is early is one of another clock time",
    ),
    Refused(r"today\b|tomorrow\b|yesterday\b|now\b", "a date such as 'from 2026-11-23', or a day such as 'from day 3'"),
    Refused(
        r"(?:with|without|after|before)\s+(?:food|meals?)|fasting|empty",
        "a clock time such as 'at 22:00', because meals are not modelled",
    ),
)
"""What people say that is no regimen, and why."""
