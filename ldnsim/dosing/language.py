"""The one-line language of regimens: from plain words to phases and back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..base.errors import InputError
from ..base.reading import NUMBER, cured
from ..base.units import HOURS_PER_DAY, clock_text, hours
from .phases import (
    BEDTIME,
    FORMULATIONS,
    GUARD,
    SALTS,
    SCHEDULES,
    Phase,
    clock_of,
    count_doses,
    default_salt,
    mass_of,
    next_clock,
    tidy,
)

_CLOCK = r"[0-9]{1,2}(?::[0-9]{2})?\s*(?:am|pm)|[^\s,]+"
_DOSE = re.compile(rf"({NUMBER})\s*([a-zµμ]+)(?=[\s,]|$)")
_WORDS = "|".join(
    re.escape(word).replace(r"\ ", r"\s+")
    for word in sorted((*SCHEDULES, *FORMULATIONS, *SALTS), key=len, reverse=True)
)
_PIECES = re.compile(
    rf"(?:(?P<after>(?P<delay>{NUMBER}\s*h)\s+after\s+(?P<zero>{_CLOCK}))"
    rf"|(?P<at>at\s+(?P<clock>{_CLOCK}))"
    rf"|(?P<duration>for\s+(?P<length>{NUMBER})\s*(?P<length_unit>[a-z]+))"
    r"|(?P<start>from\s+day\s+(?P<day>[^\s,]+))"
    rf"|(?P<interval>every\s+(?P<every>{NUMBER})\s*(?P<every_unit>[a-z]+))"
    rf"|(?P<infusion>over\s+(?P<over>{NUMBER})\s*(?P<over_unit>[a-z]+))"
    r"|(?P<q>q\s*(?P<q_hours>[0-9]+)\s*h)"
    rf"|(?P<word>{_WORDS}))"
    r"(?=[\s,]|$)"
)


def _refuse(text: str, piece: str, expected: str) -> InputError:
    return InputError("regimen", text, f"{cured(piece, expected)} in place of {piece.strip()!r}")


def read(part: str, text: str, clock0: float | None = None) -> tuple[list[Phase], float]:
    """The steps of one part, one after the other.

    Parameters
    ----------
    part : str
        Steps joined by ``then``, as `Regimen.parse` describes them.
    text : str
        The whole text, for errors.
    clock0 : float, optional
        Hour of the day at time 0 [h]; by default the first step sets it.

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
    clock = BEDTIME
    for step in steps:
        words = _pieces(step, text)
        clock = words.get("clock", clock)
        clock0 = clock if clock0 is None else clock0
        start = _start(words, phases, clock0, clock, step, text)
        phases.append(_phase(words, start, several, step, text))
        clock = (clock0 + start) % HOURS_PER_DAY
    return phases, BEDTIME if clock0 is None else clock0


def _start(words: Mapping[str, Any], before: list[Phase], clock0: float, clock: float, step: str, text: str) -> float:
    free = before[-1].free if before else 0.0
    if "delay" in words:
        start = next_clock(0.0, clock0, clock) + float(words["delay"])
    elif "day" in words:
        start = next_clock((words["day"] - 1) * HOURS_PER_DAY, clock0, clock)
    else:
        start = next_clock(free, clock0, clock)
    if start < free - GUARD:
        day = before[-1].end / HOURS_PER_DAY + 1
        raise _refuse(text, step, f"a step that starts once the one before has ended (day {day:g})")
    return start


def _phase(words: Mapping[str, Any], start: float, several: bool, step: str, text: str) -> Phase:
    every = words.get("every", HOURS_PER_DAY if several or {"doses", "duration"} & words.keys() else 0.0)
    route = words.get("route", "oral")
    if route == "intramuscular" and every and "every" not in words:
        raise _refuse(text, step, "how often a repeated injection is given, such as 'every 4 weeks',")
    try:
        count = count_doses(every, words.get("duration"), words.get("doses"))
        salt = words.get("salt", default_salt(route))
        return Phase(words["mg"], salt, route, start, every, count, words.get("over", 0.0))
    except InputError as error:
        raise _refuse(text, step, f"{error.argument}: {error.expected}") from error


def _pieces(step: str, text: str) -> dict[str, Any]:
    """What one step says, by what it is about."""
    rest = step.strip(" ,").lower()
    if not rest:
        raise InputError(
            "regimen", text, "a dose such as '4.5 mg' at the start of each step, also beside 'then' and 'plus'"
        )
    match = _DOSE.match(rest)
    if match is None:
        raise _refuse(text, step, "a dose with its unit, such as '4.5 mg', at the start of each step")
    found: dict[str, Any] = {"mg": _said(mass_of, match.group(), match.group(), text)}
    position = match.end()
    while rest[position:].strip(" ,"):
        position += len(rest[position:]) - len(rest[position:].lstrip(" ,"))
        piece = _PIECES.match(rest, position)
        if piece is None:
            raise _refuse(text, rest[position:], "a schedule, clock time, duration, infusion time, formulation or salt")
        for about, value in _meaning(piece, text).items():
            same = about == "route" and {found.get("route"), value} == {"sublingual", "liquid"}
            if about in found and not (same or (about == "route" and found["route"] == value)):
                raise _refuse(text, piece.group(), f"only one {_ABOUT[about]} a step")
            found[about] = "sublingual" if same else value
        position = piece.end()
    if {"doses", "duration"} <= found.keys():
        raise _refuse(text, step, "only one duration a step")
    if {"delay", "day"} <= found.keys():
        raise _refuse(text, step, "'from day' or 'after', not both,")
    return found


_ABOUT = {
    "clock": "clock time", "doses": "duration", "duration": "duration", "day": "start", "route": "route",
    "salt": "salt", "every": "schedule", "delay": "start",
    "over": "infusion time",
}  # fmt: skip


def _said(read: Callable[[str, str], float], words: str, piece: str, text: str) -> float:
    """What some words say; an error names the piece of the text that they stand in."""
    try:
        return read(words, piece)
    except InputError as error:
        raise _refuse(text, piece, error.expected) from error


def _meaning(piece: re.Match[str], text: str) -> dict[str, Any]:
    groups = piece.groupdict()
    if groups["after"]:
        delay = _every(groups["delay"], piece.group(), text, zero=True)
        return {"clock": _said(clock_of, groups["zero"], f"after {groups['zero']}", text), "delay": delay}
    if groups["at"]:
        return {"clock": _said(clock_of, groups["clock"], f"at {groups['clock']}", text)}
    if groups["start"]:
        return {"day": _day(groups["day"], text)}
    if groups["duration"]:
        return _duration(groups["length"], groups["length_unit"], text)
    if groups["interval"]:
        return {"every": _every(f"{groups['every']} {groups['every_unit']}", piece.group(), text)}
    if groups["infusion"]:
        return {"over": _every(f"{groups['over']} {groups['over_unit']}", piece.group(), text, zero=True)}
    if groups["q"]:
        return {"every": _every(f"{groups['q_hours']} h", piece.group(), text)}
    word = " ".join(groups["word"].split())
    if word in SCHEDULES:
        return {"every": SCHEDULES[word]}
    return {"route": FORMULATIONS[word]} if word in FORMULATIONS else {"salt": SALTS[word]}


def _day(words: str, text: str) -> int:
    # few digits, because int refuses very many and the longest regimen has five
    if not re.fullmatch("[0-9]{1,5}", words) or int(words) < 1:
        raise _refuse(text, f"from day {words}", "a day counted from 1, such as 'from day 15'")
    return int(words)


def _duration(length: str, unit: str, text: str) -> dict[str, Any]:
    piece = f"for {length} {unit}"
    if unit in ("dose", "doses"):
        if not re.fullmatch("[0-9]{1,9}", length):
            raise _refuse(text, piece, "a whole number of doses")
        return {"doses": int(length)}
    return {"duration": _every(f"{length} {unit}", piece, text)}


def _every(words: str, piece: str, text: str, *, zero: bool = False) -> float:
    found = _said(hours, words, piece, text)
    if found == 0 and not zero:
        raise _refuse(text, piece, "a time above 0")
    return found


def write(phases: Sequence[Phase], clock: float) -> str:
    """Phases in words that `read` understands.

    Parameters
    ----------
    phases : sequence of Phase
        In the order in which they are said.
    clock : float
        Hour of the day at time 0 [h].

    Returns
    -------
    str
        Steps joined by ``then`` where one follows the other, else by ``plus``.
    """
    text = ""
    for phase, before in zip(phases, (None, *phases), strict=False):
        follows = before is not None and phase.start >= before.free - GUARD
        free = before.free if before is not None and follows else 0.0
        text += (" then " if follows else " plus ") * bool(text)
        text += _step_text(phase, clock, free, first=before is None)
    return text


def _step_text(phase: Phase, clock: float, free: float, *, first: bool) -> str:
    """A phase in words; the first one also tells the clock."""
    step = [f"{_plain(phase.mg)} mg"]
    if phase.salt != default_salt(phase.route):
        step.append(phase.salt)
    if phase.route != "oral":
        step.append(phase.route)
    if phase.over:
        step.append(f"over {_over_text(phase.over)}")
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


def _over_text(over: float) -> str:
    minutes = f"{over * 60:.12g} min"
    return minutes if over < 1 and tidy(hours(minutes, "over")) == over else f"{_plain(over)} h"


def _plain(value: float) -> str:
    """The shortest text that reads back to the same number, without exponent where it can be."""
    short = f"{value:.12g}"
    return short if float(short) == value else repr(value)
