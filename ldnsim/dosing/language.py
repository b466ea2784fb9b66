"""The one-line language of regimens: what the pieces of a text mean, and the phases that follow."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from ..base.errors import InputError
from ..base.units import HOURS_PER_DAY
from .grammar import Piece, pieces_of, refusal
from .meaning import Meaning
from .phases import BEDTIME, GUARD, OPEN_ENDED, WEEK, Phase, count_doses, default_salt, next_clock
from .pieces import Change, Ramp, said_of
from .plans import levels_of, titration

_MOST_TOGETHER = 31
"""Phases that a cycle of days on and off becomes at most, so that it can still be read as text."""


class Read(NamedTuple):
    """What a text says.

    Attributes
    ----------
    phases, clock, rest, date
        As in `ldnsim.Regimen`.
    changes : list of Change
        What became of doses.
    """

    phases: list[Phase]
    clock: float
    rest: float
    date: datetime.date | None
    changes: list[Change]


class _Steps:
    """The steps of a text so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.phases: list[Phase] = []
        self.clock0: float | None = None
        self.date: datetime.date | None = None
        self.changes: list[Change] = []
        self.end = 0.0

    def part(self, steps: Sequence[Piece]) -> None:
        """Read the steps of a part, which begins anew at time 0."""
        free, end, before = 0.0, 0.0, dict[str, Any]()
        several = sum(step.about == "step" for step in steps) > 1
        clock = BEDTIME
        for place, step in enumerate(steps):
            words = self.text[step.start : step.stop]
            if step.about == "step":
                items = _items(step, self.text)
                made: list[Phase] = []
                for item in items:
                    self.changes += item.said.pop("changes", [])
                    if not item.said:
                        continue
                    _inherit(item, before if not made else {})
                    clock = self._clock(item, clock, alone=len(items) == 1)
                    made += self._item(item, free, clock, several)
                if not made:
                    continue
                before = {} if len(items) > 1 else items[0].said
                self.phases += made
                free = max(phase.free for phase in made)
                end = max(phase.end for phase in made)
            elif not before and not self.phases:
                raise refusal(
                    self.text, words, "a dose before it, such as '4.5 mg daily for 14 days then nothing for 14 days',"
                )
            elif step.about == "stop":
                if place != len(steps) - 1:
                    raise refusal(self.text, words, "'stop' at the end, or 'nothing for 14 days'")
            else:
                end += said_of(step, self.text)[0].value
                free = max(free, end)
            self.end = max(self.end, end)

    def _clock(self, item: Meaning, before: float, *, alone: bool) -> float:
        """The first clock time of a dose; clock time 0 is that of the first one of all."""
        clocks = item.said.setdefault("clock", [before])
        if not alone and not {"clock", "weekdays"} & item.given:
            raise refusal(self.text, item.words, "a clock time for each dose that is joined with 'and'")
        if self.clock0 is None:
            self.clock0 = clocks[0]
        found: float = clocks[0]
        return found

    def _item(self, item: Meaning, free: float, clock: float, several: bool) -> list[Phase]:
        """Phases of one dose with all that is said of it."""
        said, clock0 = item.said, self.clock0
        assert clock0 is not None
        start = self._start(item, free, clock)
        found: list[Phase] = []
        for other in said["clock"]:
            first = start if other == clock else next_clock(start, clock0, other)
            found += self._phases(item, first, several)
        return found

    def _start(self, item: Meaning, free: float, clock: float) -> float:
        said, clock0 = item.said, self.clock0
        assert clock0 is not None
        elsewhere = {"delay", "start_day", "on_days"} & said.keys()
        if "start_date" in said and self.date is None:
            if self.phases:
                raise refusal(self.text, item.words, "a date of the first step, before others have one,")
            # of day 1, where the step says on which day it starts
            self.date = said["start_date"]
        elif "start_date" in said and elsewhere:
            raise refusal(self.text, item.words, "one start: a date, 'from day' or 'after', not two,")
        if "start_date" in said and not elsewhere:
            earliest = (said["start_date"] - self.date).days * HOURS_PER_DAY - clock0
            start = next_clock(max(earliest, 0.0), clock0, clock)
        elif "delay" in said:
            start = next_clock(0.0, clock0, said["delay"][1]) + said["delay"][0]
        elif "start_day" in said:
            start = next_clock((said["start_day"] - 1) * HOURS_PER_DAY, clock0, clock)
        else:
            start = next_clock(free, clock0, clock)
        if start < free - GUARD:
            day = free / HOURS_PER_DAY + 1
            raise refusal(self.text, item.words, f"a step that starts once the one before has ended (day {day:g})")
        return start

    def _phases(self, item: Meaning, start: float, several: bool) -> list[Phase]:
        said = item.said
        lasts = {"doses", "duration", "until"} & said.keys()
        if "on_days" in said:
            return self._on_days(item, start)
        pattern = "weekdays" in said or "cycle" in said or "times_a_week" in said
        every = said.get("every", HOURS_PER_DAY if several or lasts or pattern or "ramp" in said else 0.0)
        route = said.get("route", "oral")
        if route == "intramuscular" and every and "every" not in said:
            expected = "how often a repeated injection is given, such as 'every 4 weeks',"
            raise refusal(self.text, item.words, expected)
        clocks = len(said["clock"])
        if clocks > 1 and every and every < HOURS_PER_DAY:
            if not math.isclose(every * clocks, HOURS_PER_DAY):
                raise refusal(self.text, item.words, f"as many clock times as doses a day, not {clocks},")
            every = HOURS_PER_DAY
        salt = said.get("salt", default_salt(route))
        try:
            if "ramp" in said:
                return self._titration(item, start, every)
            duration = said.get("duration")
            if "until" in said:
                duration = self._until(item) - start
                if duration <= 0:
                    raise InputError("until", said["until"], "a day that is not before the first dose")
            one = Phase(said["mg"], salt, route, start, every, 1, said.get("over", 0.0))
            if pattern:
                return self._pattern(item, one, duration)
            if "until" in said and every:
                count = max(math.ceil(duration / every - GUARD), 1)
            else:
                count = count_doses(every, None if "until" in said else duration, said.get("doses"))
            return [replace(one, doses=count)]
        except InputError as error:
            raise refusal(self.text, item.words, f"{error.argument}: {error.expected}") from error

    def _on_days(self, item: Meaning, start: float) -> list[Phase]:
        """A single dose on each of some days."""
        said = item.said
        odd = {"every", "doses", "duration", "until", "ramp", "weekdays", "cycle", "times_a_week"} & said.keys()
        if odd:
            raise refusal(self.text, item.words, "days alone, without a schedule or duration,")
        route = said.get("route", "oral")
        salt, over = said.get("salt", default_salt(route)), said.get("over", 0.0)
        first = math.floor(start / HOURS_PER_DAY + GUARD)
        hour = start - first * HOURS_PER_DAY
        if min(said["on_days"]) - 1 < first:
            raise refusal(self.text, item.words, f"days from day {first + 1} on")
        return [
            Phase(said["mg"], salt, route, (day - 1) * HOURS_PER_DAY + hour, 0.0, 1, over)
            for day in sorted(said["on_days"])
        ]

    def _until(self, item: Meaning) -> float:
        """When the last day on which doses are given ends [h]; it is that day itself, whole."""
        until, clock0 = item.said["until"], self.clock0
        assert clock0 is not None
        if not isinstance(until, datetime.date):
            return float(until) * HOURS_PER_DAY
        if self.date is None:
            raise InputError("until", until.isoformat(), "the date of the first day too, such as 'from 2026-11-23'")
        return ((until - self.date).days + 1) * HOURS_PER_DAY - clock0

    def _pattern(self, item: Meaning, one: Phase, duration: float | None) -> list[Phase]:
        """A phase for each day of a week or of a cycle on which there is a dose."""
        said, every = item.said, one.every
        if "doses" in said:
            raise InputError("doses", said["doses"], "how long, such as 'for 8 weeks', where not every day has a dose")
        length = OPEN_ENDED if duration is None else duration
        round_, offsets = WEEK, [0.0]
        if "cycle" in said:
            on, off = said["cycle"]
            each = every or HOURS_PER_DAY
            if math.fmod(on + GUARD, each) > 2 * GUARD or every > on:
                raise InputError("every", every, f"an interval that divides the {on:g} h with doses")
            round_, offsets = on + off, [k * each for k in range(round(on / each))]
            rounds = math.ceil(length / round_ - GUARD)
            if rounds < len(offsets):
                return [
                    replace(one, start=one.start + k * round_, every=each, doses=count)
                    for k in range(rounds)
                    if (count := min(len(offsets), math.ceil((length - k * round_) / each - GUARD)))
                ]
        else:
            if every not in (0.0, HOURS_PER_DAY, WEEK):
                raise InputError("every", every, "one dose a day on the days that are named")
            if "weekdays" in said:
                assert self.clock0 is not None
                # without a date day 1 is a Monday
                weekday = math.floor((self.clock0 + one.start) / HOURS_PER_DAY + GUARD)
                weekday += 0 if self.date is None else self.date.weekday()
                offsets = sorted((day - weekday) % 7 * HOURS_PER_DAY for day in said["weekdays"])
                if "times_a_week" in said and said["times_a_week"] != len(offsets):
                    raise InputError("days", len(offsets), f"{said['times_a_week']} days of the week")
            else:
                count = said["times_a_week"]
                offsets = [k * 7 // count * HOURS_PER_DAY for k in range(count)]
        if len(offsets) > _MOST_TOGETHER:
            raise InputError(
                "cycle", len(offsets), f"at most {_MOST_TOGETHER} doses in a row, or steps joined by 'then'"
            )
        return [
            replace(one, start=one.start + offset, every=round_, doses=math.ceil((length - offset) / round_ - GUARD))
            for offset in offsets
            if length > offset + GUARD
        ]

    def _titration(self, item: Meaning, start: float, every: float) -> list[Phase]:
        """Phases of a dose that rises or falls in steps."""
        said = item.said
        ramp: Ramp = said["ramp"]
        if every != HOURS_PER_DAY or len(said["clock"]) > 1 or {"doses", "cycle", "weekdays"} & said.keys():
            raise InputError("every", every, "one dose a day while doses rise or fall")
        target = said.get("until_mg", ramp.target)
        if target is None:
            raise InputError("to", None, "the dose at which it ends, such as 'to 4.5 mg'")
        if ramp.up != (target > said["mg"]) and ramp.up is not None:
            raise InputError("to", target, f"a dose {'above' if ramp.up else 'below'} {said['mg']:g} mg")
        levels = levels_of(said["mg"], target, ramp.by, None)[ramp.goes_on :]
        while levels and levels[-1] == 0:
            levels.pop()
        if not levels:
            raise InputError("to", target, f"another dose than {said['mg']:g} mg")
        hold = self._until(item) - start if "until" in said else said.get("duration")
        if target == 0:
            if hold is not None:
                raise InputError("duration", hold, "to be left out where nothing is taken at the end")
            hold = ramp.every
        route = said.get("route", "oral")
        formulation = (route, said.get("salt", default_salt(route)), said.get("over", 0.0))
        found = titration(levels, ramp.every, hold, formulation)
        said["mg"] = target
        return [replace(phase, start=phase.start + start) for phase in found]


def read(text: str) -> Read:
    """What a text says, as `Regimen.parse` describes it.

    Parameters
    ----------
    text : str
        The regimen in words.

    Returns
    -------
    Read
        Phases in the order in which they are said.

    Raises
    ------
    InputError
        Naming the word that cannot be read and what would be right.
    """
    # white space of any kind, also one that does not break a line, is a space
    words = " ".join(text.split()).lower()
    found = _Steps(words)
    try:
        for part in pieces_of(words):
            found.part(part)
    except InputError as error:
        raise InputError(error.argument, text, error.expected) from error
    if not found.phases:
        raise InputError("regimen", text, "a dose such as '4.5 mg'")
    rest = found.end - max(phase.end for phase in found.phases)
    return Read(
        found.phases, BEDTIME if found.clock0 is None else found.clock0, max(rest, 0.0), found.date, found.changes
    )


def _items(step: Piece, text: str) -> list[Meaning]:
    """What a step says of each of its doses; what only one of several says holds for all."""
    groups: list[list[Piece]] = [[]]
    for before, piece in zip((None, *step.parts), step.parts, strict=False):
        new = piece.about == "dose" and any(one.about == "dose" for one in groups[-1])
        if new and before is not None and "," not in text[before.stop : piece.start]:
            raise refusal(text, text[piece.start : piece.stop], "only one dose a step, or 'and' before the next one,")
        if piece.about == "and" or new:
            groups.append([])
        if piece.about != "and":
            groups[-1].append(piece)
    items: list[Meaning] = []
    waiting: list[Meaning] = []
    for group in groups:
        if not group:
            raise refusal(text, text[step.start : step.stop], "a dose or a clock time on both sides of 'and'")
        item = Meaning.of(group, text)
        if "mg" in item.said:
            for other in waiting:
                item.join(other, text)
            waiting = []
            items.append(item)
        elif items:
            items[-1].join(item, text)
        else:
            waiting.append(item)
    if waiting:
        items.append(waiting[0])
        for other in waiting[1:]:
            items[0].join(other, text)
    for name in {name for item in items for name in item.said} - {"mg", "clock", "changes", "ramp"}:
        values = [item.said[name] for item in items if name in item.said]
        for item in items:
            # a single dose has no duration, whatever the others have
            if name not in item.said and not (item.said.get("every") == 0 and name in ("duration", "doses", "until")):
                if any(value != values[0] for value in values):
                    raise refusal(text, item.words, f"what holds for it: the others differ in {name.replace('_', ' ')}")
                item.said[name] = values[0]
    return items


def _inherit(item: Meaning, before: Mapping[str, Any]) -> None:
    """A step that says no dose goes on with that of the one before."""
    if "mg" in item.said:
        return
    if "mg" not in before:
        expected = "a dose with its unit, such as '4.5 mg', at the start of each step"
        raise refusal(item.text, item.words, expected)
    for name in ("mg", "route", "salt", "over"):
        if name in before:
            item.said.setdefault(name, before[name])
    if "ramp" in item.said:
        item.said["ramp"] = item.said["ramp"]._replace(goes_on=1)
