"""The one-line language of regimens: from plain words to phases."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .errors import InputError
from .phases import (
    BEDTIME,
    FORMULATIONS,
    GUARD,
    MAX_MG,
    SALTS,
    SCHEDULES,
    Phase,
    count_doses,
    default_salt,
    next_clock,
)
from .units import HOURS_PER_DAY, clock_hour, hours, quantity

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|[-+]?inf(?:inity)?|nan"
_DOSE = re.compile(rf"({_NUMBER})\s*([a-zµμ]+)(?=[\s,]|$)")
_WORDS = "|".join(
    re.escape(word).replace(r"\ ", r"\s+")
    for word in sorted((*SCHEDULES, *FORMULATIONS, *SALTS), key=len, reverse=True)
)
_PIECES = re.compile(
    rf"(?P<at>at\s+(?P<clock>\d{{1,2}}(?::\d{{2}})?\s*(?:am|pm)|\S+))"
    rf"|(?P<duration>for\s+(?P<length>{_NUMBER})\s*(?P<length_unit>[a-z]+))"
    rf"|(?P<start>from\s+day\s+(?P<day>\S+))"
    rf"|(?P<tongue>under\s+the\s+tongue)"
    rf"|(?P<interval>every\s+(?P<every>{_NUMBER})\s*(?P<every_unit>[a-z]+))"
    r"|(?P<q>q\s*(?P<q_hours>\d+)\s*h)"
    rf"|(?P<word>{_WORDS})"
    r"(?=[\s,]|$)"
)


def _refuse(text: str, piece: str, expected: str) -> InputError:
    return InputError("regimen", text, f"{expected} in place of {piece.strip()!r}")


def read(part: str, text: str) -> tuple[list[Phase], float]:
    """The steps of one part, one after the other.

    Parameters
    ----------
    part : str
        Steps joined by ``then``, as `Regimen.parse` describes them.
    text : str
        The whole text, for errors.

    Returns
    -------
    phases : list of Phase
        One a step.
    clock : float
        Hour of the day at time 0 [h].

    Raises
    ------
    InputError
        Naming the piece that cannot be read and what would be right.
    """
    steps = re.split(r"\bthen\b", part, flags=re.IGNORECASE)
    several = len(steps) > 1
    phases: list[Phase] = []
    clock0 = clock = BEDTIME
    for position, step in enumerate(steps):
        words = _pieces(step, text)
        if "clock" in words:
            clock = words["clock"]
        if position == 0:
            clock0 = clock
        start = _start(words, phases, clock0, clock, step, text)
        phases.append(_phase(words, start, several, step, text))
    return phases, clock0


def _start(words: Mapping[str, Any], before: list[Phase], clock0: float, clock: float, step: str, text: str) -> float:
    earliest = before[-1].end if before else 0.0
    if "day" not in words:
        return next_clock(earliest, clock0, clock) if before else 0.0
    start = (words["day"] - 1) * HOURS_PER_DAY + (clock - clock0) % HOURS_PER_DAY
    if start < earliest - GUARD:
        raise _refuse(text, step, f"a step that starts once the one before has ended (day {earliest / 24 + 1:g})")
    return float(start)


def _phase(words: Mapping[str, Any], start: float, several: bool, step: str, text: str) -> Phase:
    every = words.get("every", HOURS_PER_DAY if several or {"doses", "duration"} & words.keys() else 0.0)
    route = words.get("route", "oral")
    try:
        count = count_doses(every, words.get("duration"), words.get("doses"))
    except InputError as error:
        raise _refuse(text, step, f"{error.argument}: {error.expected}") from error
    return Phase(words["mg"], words.get("salt", default_salt(route)), route, start, every, count)


def _pieces(step: str, text: str) -> dict[str, Any]:
    """What one step says, by what it is about."""
    rest = step.strip().lower()
    match = _DOSE.match(rest)
    if match is None:
        raise _refuse(text, step, "a dose with its unit, such as '4.5 mg', at the start of each step")
    found: dict[str, Any] = {"mg": _mass(match.group(), text)}
    position = match.end()
    while rest[position:].strip(" ,"):
        position += len(rest[position:]) - len(rest[position:].lstrip(" ,\t\n"))
        piece = _PIECES.match(rest, position)
        if piece is None:
            raise _refuse(text, rest[position:], "a schedule, clock time, duration, formulation or salt")
        for about, value in _meaning(piece, text).items():
            same = about == "route" and {found.get("route"), value} == {"sublingual", "liquid"}
            if about in found and not (same or (about == "route" and found["route"] == value)):
                raise _refuse(text, piece.group(), f"only one {_ABOUT[about]} a step")
            found[about] = "sublingual" if same else value
        position = piece.end()
    if {"doses", "duration"} <= found.keys():
        raise _refuse(text, step, "only one duration a step")
    return found


_ABOUT = {
    "clock": "clock time", "doses": "duration", "duration": "duration", "day": "start", "route": "route",
    "salt": "salt", "every": "schedule",
}  # fmt: skip


def _mass(dose: str, text: str) -> float:
    try:
        return quantity(dose, "mg", "dose", low=0.0, high=MAX_MG)
    except InputError as error:
        raise _refuse(text, dose, f"a dose from 0 to {MAX_MG:g} mg") from error


def _meaning(piece: re.Match[str], text: str) -> dict[str, Any]:
    groups = piece.groupdict()
    if groups["at"]:
        return {"clock": _clock(groups["clock"], text)}
    if groups["tongue"]:
        return {"route": "sublingual"}
    if groups["start"]:
        return {"day": _day(groups["day"], text)}
    if groups["duration"]:
        return _duration(groups["length"], groups["length_unit"], text)
    if groups["interval"]:
        return {"every": _every(f"{groups['every']} {groups['every_unit']}", piece.group(), text)}
    if groups["q"]:
        return {"every": _every(f"{groups['q_hours']} h", piece.group(), text)}
    word = " ".join(groups["word"].split())
    if word in SCHEDULES:
        return {"every": SCHEDULES[word]}
    return {"route": FORMULATIONS[word]} if word in FORMULATIONS else {"salt": SALTS[word]}


def _clock(words: str, text: str) -> float:
    words = words.rstrip(",")
    half = re.fullmatch(r"(\d{1,2})(?::(\d{2}))?\s*(am|pm)", words)
    if half is None:
        try:
            return clock_hour(words, "at")
        except InputError as error:
            raise _refuse(text, f"at {words}", error.expected) from error
    hour, minute = int(half.group(1)), int(half.group(2) or 0)
    if not 1 <= hour <= 12 or minute > 59:
        raise _refuse(text, f"at {words}", "a time of day such as '10 pm' or '22:00'")
    return hour % 12 + 12 * (half.group(3) == "pm") + minute / 60


def _day(words: str, text: str) -> int:
    if not words.rstrip(",").isdigit() or int(words.rstrip(",")) < 1:
        raise _refuse(text, f"from day {words}", "a day counted from 1, such as 'from day 15'")
    return int(words.rstrip(","))


def _duration(length: str, unit: str, text: str) -> dict[str, Any]:
    piece = f"for {length} {unit}"
    if unit in ("dose", "doses"):
        if not length.isdigit():
            raise _refuse(text, piece, "a whole number of doses")
        return {"doses": int(length)}
    if unit.startswith(("month", "year")):
        raise _refuse(text, piece, "a duration in days or weeks, because months and years differ in length")
    return {"duration": _every(f"{length} {unit}", piece, text)}


def _every(words: str, piece: str, text: str) -> float:
    try:
        found = hours(words, "every")
    except InputError as error:
        raise _refuse(text, piece, "a time such as '8 h', '2 days' or '4 weeks'") from error
    if found == 0:
        raise _refuse(text, piece, "a time above 0")
    return found
