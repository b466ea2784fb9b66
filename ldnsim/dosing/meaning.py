"""What the pieces of a regimen's text say together of one dose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from ..base.units import clock_text
from .grammar import Piece, refusal
from .pieces import Clock, said_of


@dataclass
class Meaning:
    """What some pieces say of one dose.

    Attributes
    ----------
    said : dict
        By what it is about.
    words : str
        Where it stands, for errors.
    text : str
        The whole text.
    given : set of str
        What of `said` stands in the text.
    """

    said: dict[str, Any]
    words: str
    text: str = ""
    given: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, pieces: Sequence[Piece], text: str) -> Meaning:
        """What pieces say that belong together."""
        made = cls({}, text[min(p.start for p in pieces) : max(p.stop for p in pieces)], text)
        kilograms: float | None = None
        clocks: list[Clock] = []
        per_kg: Fraction | None = None
        for piece in pieces:
            words = text[piece.start : piece.stop]
            for about, value in said_of(piece, text):
                if about == "clock":
                    clocks.append(value)
                elif about == "changes":
                    made.said.setdefault("changes", []).append(value)
                elif about == "weight" and kilograms is None:
                    kilograms = value
                elif about == "mg_per_kg" and per_kg is None:
                    per_kg = value
                else:
                    made._add(about, value, words)
        if (kilograms is None) != (per_kg is None):
            expected = "a weight, such as 'with a weight of 70 kg'," if kilograms is None else "a dose in mg/kg"
            raise refusal(text, made.words, expected)
        if kilograms is not None and per_kg is not None:
            made._add("mg", float(per_kg * Fraction(repr(kilograms))), made.words)
        if clocks:
            made.said["clock"] = _clocks(clocks, made.words, text)
        if len({"duration", "doses", "until"} & made.said.keys()) > 1:
            raise refusal(text, made.words, "only one duration a step")
        if len({"delay", "start_day", "on_days"} & made.said.keys()) > 1:
            raise refusal(text, made.words, "one start: 'from day' or 'after', not both,")
        if "until_mg" in made.said and "ramp" not in made.said:
            raise refusal(text, made.words, "a date or a day, such as 'until day 14'")
        made.given = set(made.said)
        return made

    def _add(self, about: str, value: Any, words: str) -> None:
        if about == "route" and {self.said.get("route"), value} == {"sublingual", "liquid"}:
            self.said["route"] = "sublingual"
            return
        if about in self.said and not (about in _TWICE and self.said[about] == value):
            raise refusal(self.text, words, f"only one {_ABOUT.get(about, about)} a step")
        self.said[about] = value

    def join(self, other: Meaning, text: str) -> None:
        """Add what is said of the same dose behind ``and``."""
        changes = [*self.said.get("changes", []), *other.said.get("changes", [])]
        for about, value in other.said.items():
            if about == "clock":
                clocks = [*self.said.get("clock", []), *value]
                if len(set(clocks)) < len(clocks):
                    raise refusal(text, other.words, "each clock time once")
                self.said["clock"] = clocks
            elif about != "changes":
                self._add(about, value, other.words)
        if changes:
            self.said["changes"] = changes
        self.given |= other.given


_TWICE = ("route", "every")
_ABOUT = {
    "clock": "clock time", "mg": "dose", "every": "schedule", "times_a_week": "schedule", "weekdays": "list of days",
    "start_day": "start", "start_date": "start", "delay": "start", "over": "infusion time", "until_mg": "last dose",
}  # fmt: skip


def _clocks(clocks: Sequence[Clock], words: str, text: str) -> list[float]:
    """Clock times of one dose; a part of the day beside one says no other."""
    exact = [clock.hour for clock in clocks if clock.part is None]
    if not exact:
        exact = list(dict.fromkeys(clock.hour for clock in clocks))
    else:
        for clock in clocks:
            if clock.part is not None and not any(clock.part.holds(hour) for hour in exact):
                instead = f"a clock time that lies in the part of the day, or {clock_text(clock.hour)!r}"
                raise refusal(text, words, f"{instead} for the part,")
    if len(set(exact)) < len(exact):
        raise refusal(text, words, "each clock time once")
    if len(exact) > 1 and "," not in words:
        raise refusal(text, words, "one clock time, or 'and' between several,")
    return exact
