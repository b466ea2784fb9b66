"""Phases in the words of the language of regimens."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from ..base.units import HOURS_PER_DAY, clock_text, hours
from .phases import GUARD, Phase, default_salt, next_clock, tidy


def write(phases: Sequence[Phase], clock: float, rest: float, date: datetime.date | None) -> str:
    """A plan in words from which `ldnsim.dosing.language.read` makes the same.

    Parameters
    ----------
    phases : sequence of Phase
        In the order in which they are said.
    clock : float
        Hour of the day at time 0 [h].
    rest : float
        Time without doses at the end [h].
    date : datetime.date or None
        Date of time 0.

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
        if before is None and date is not None:
            text += f" from {date.isoformat()}"
    if rest:
        # counted from the last one that is said
        text += f" then nothing for {_length(max(phase.end for phase in phases) + rest - phases[-1].end)}"
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


def _length(time: float) -> str:
    days = time / HOURS_PER_DAY
    return f"{_plain(days)} days" if days == int(days) else f"{_plain(time)} h"


def _over_text(over: float) -> str:
    minutes = f"{over * 60:.12g} min"
    return minutes if over < 1 and tidy(hours(minutes, "over")) == over else f"{_plain(over)} h"


def _plain(value: float) -> str:
    """The shortest text that reads back to the same number, without exponent where it can be."""
    short = f"{value:.12g}"
    return short if float(short) == value else repr(value)
