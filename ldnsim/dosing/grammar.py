"""The grammar of regimens: a text becomes steps of pieces, or an error that points at the word."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from ..base.errors import InputError
from ..base.near import nearest
from ..base.units import TIMES
from .phases import FORMULATIONS, SALTS, SCHEDULES
from .wording import COUNTS, DAY, DAY_PARTS, ORDINALS, REFUSED


class Piece(NamedTuple):
    """A piece of a step.

    Attributes
    ----------
    about : str
        What it is about: the name of its rule in ``regimen.lark``.
    parts : tuple
        Tokens and further pieces in it.
    start, stop : int
        Where it stands in the text.
    """

    about: str
    parts: tuple[Any, ...]
    start: int
    stop: int

    def words(self, kind: str) -> list[str]:
        """Its tokens of one kind, spaces made one."""
        return [" ".join(part.split()) for part in self.parts if getattr(part, "type", "") == kind]

    def inner(self, about: str) -> Piece | None:
        """The piece in it that is about something."""
        return next((part for part in self.parts if isinstance(part, Piece) and part.about == about), None)


def pieces_of(text: str) -> list[list[Piece]]:
    """Steps and times without doses, of each part of a text.

    Parameters
    ----------
    text : str
        A regimen in lower case, with one space between words.

    Returns
    -------
    list of list of Piece
        Of each part its pieces ``step``, ``pause`` and ``stop``.

    Raises
    ------
    InputError
        Naming the word that cannot be read and what would be right.
    """
    from lark import UnexpectedInput

    try:
        found = _parser().parse(text)
    except UnexpectedInput as error:
        raise _refused(text, error) from None
    return [[_piece(step) for step in part.children] for part in found.children]


def refusal(text: str, words: str, expected: str) -> InputError:
    """What is said of words of a text that cannot be read."""
    return InputError("regimen", text, f"{expected} in place of {words.strip(' ,;')!r}")


@cache
def _parser() -> Any:
    """The parser; made when the first text is read, because that takes a fifth of a second."""
    from lark import Lark

    grammar = files(__package__).joinpath("regimen.lark").read_text(encoding="utf-8")
    tables = {
        "FORMULATIONS": FORMULATIONS,
        "SALTS": SALTS,
        "SCHEDULES": [words for words in SCHEDULES if not words.startswith("every ")],
    }
    for name, words in tables.items():
        grammar = grammar.replace(f"{name}_ARE_PUT_HERE", _any_of(words))
    return Lark(grammar.replace("DAYS_ARE_PUT_HERE", DAY.replace("/", r"\/")), parser="lalr", propagate_positions=True)


def _any_of(words: Any) -> str:
    """An expression that matches any of some words, the longest first."""
    found = [re.escape(word).replace(r"\ ", r"\s+") for word in sorted(words, key=len, reverse=True)]
    return "|".join(one + (r"\b" if one[-1].isalpha() else "") for one in found)


def _piece(tree: Any) -> Piece:
    parts = tuple(_piece(part) if hasattr(part, "children") else part for part in tree.children)
    meta = tree.meta
    return Piece(tree.data.value, parts, getattr(meta, "start_pos", 0), getattr(meta, "end_pos", 0))


def _refused(text: str, error: Any) -> InputError:
    """The error of a text that the grammar does not have, with the nearest one that it has."""
    place = getattr(error, "pos_in_stream", None)
    ended = getattr(getattr(error, "token", None), "type", "") == "$END"
    place = len(text) if ended or place is None or place < 0 else place
    for refused in REFUSED:
        if found := re.search(rf"(?<![a-z])(?:{refused.pattern})", text):
            return refusal(text, found.group(), refused.reason)
    rest = text[place:].strip(" ,")
    # the word for a day is one only beside a number
    word = "".join(re.findall(r"^(?:days?\s*)?[^\s,;]*", rest))
    for words, expected in _BEHIND.items():
        behind = re.search(rf"(?:^|(?<=[\s,;]))(?:{words})\s*(?:[0-9.,]+\s*)?$", text[:place])
        if behind:
            return refusal(text, behind.group() + word, _BEHIND["day"] if word.startswith("day") else expected)
    if not rest and text:
        raise InputError("regimen", text, f"{_PIECES} behind {text.split()[-1]!r}, at the end")
    near = _nearest(text, place, word)
    hint = f", such as {near!r}," if near else ""
    if re.fullmatch("[0-9][0-9.,]*[0-9]", word) and "," in word:
        hint = ", written without separators of thousands, such as 4.5, 4,5 or 1000,"
    return refusal(text, word, f"{_PIECES}{hint}")


_PIECES = "a dose, schedule, clock time, duration, start, formulation or salt"
_BEHIND = {
    "every|each": "a time or a day, such as 'every 8 h', 'every night' or 'every monday',",
    "for|x": "how long, such as 'for 28 days' or 'for 10 doses',",
    "over": "a time, such as 'over 30 min',",
    "day": "a day counted from 1, such as 'from day 15',",
    "from|on|starting": "a day or a date, such as 'from day 15', 'from 2026-11-23' or 'on monday',",
    "at": "a clock time, such as 'at 22:00', 'at 10 pm' or 'at bedtime',",
    "before": "a part of the day, such as '1 h before bed', or a clock time with 'at',",
    "after": "a clock time, such as 'after 22:00',",
    "until": "a date or a day, such as 'until 2026-12-24' or 'until day 14',",
    "then|;|plus|^": "a dose with its unit, such as '4.5 mg', at the start of each step, also beside 'then' or 'plus',",
}
"""What is expected behind some words, and a number that follows them."""


def _nearest(text: str, place: int, word: str) -> str:
    """A text that the grammar has, with a like word in place of one that it does not have."""
    from lark import UnexpectedInput

    before, after = text[:place], text[place + len(word) :] if text[place:].startswith(word) else ""
    known = {one for table in (SCHEDULES, FORMULATIONS, SALTS, COUNTS, ORDINALS, DAY_PARTS, TIMES) for one in table}
    known |= {"at", "for", "every", "then", "plus", "from", "until", "over", "mg", "bedtime"}
    for other in nearest(word, sorted(known), 0.7):
        near = " ".join((before + other + after).split())
        try:
            _parser().parse(near)
        except UnexpectedInput:
            continue
        return near if near != text else ""
    return ""
