"""Words and numbers of figures and summaries in the reader's language.

Texts are written in English, some of them long before they are shown: a dataset carries them as attributes. So the
English text is the key, as with gettext, and a key may have places for what differs: ``{n}`` for a number or a clock
time, ``{s}`` for what is said in turn, ``{w}`` for the same or a name that somebody gave, ``{t}`` for what stays as it
is; a digit behind the letter tells several apart. One table a language, ``ldnsim/data/words_de.csv`` and its like,
holds all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from ..base.errors import LedgerError
from ..base.reading import choice
from ..ledger.evidence import table

ENGLISH = "en"

_GROUPS = {"de": ".", "fr": "\N{NO-BREAK SPACE}", "es": "\N{NO-BREAK SPACE}"}
"""What stands between thousands, where a comma stands before decimals."""

LANGUAGES = (ENGLISH, *_GROUPS)
"""Languages of figures and summaries."""

_NUMBER = r"(?:[-+]?\d(?:[\d.,:]*\d)?(?:e[-+]?\d+)?|nan|-)"
_ROW = r"[A-Z]{1,2}\d{3}"
"""A row of the ledger."""

_PLACES = {"n": f"({_NUMBER})", "s": "(.+?)", "t": "(.+?)", "w": "(.+?)"}
_PLACE = re.compile(r"\{([nstw]\d?)\}")


class _Phrase(NamedTuple):
    """An entry with places: what it matches, their names in that order, and what is said instead."""

    pattern: re.Pattern[str]
    places: tuple[str, ...]
    said: str


class Words:
    """The words of one language.

    Parameters
    ----------
    language : str
        One of `LANGUAGES`.
    typed : iterable of str
        What somebody typed, which stays as it is even where it is a word of the table.
    """

    def __init__(self, language: str = ENGLISH, typed: Iterable[str] = ()) -> None:
        self.language = language
        self._said: dict[str, str] = {}
        self._final = set(map(_joined, typed))

    def say(self, text: str) -> str:
        """A text in this language; one that is said already, or has no entry, as it is."""
        if self.language == ENGLISH or not text.strip() or self.is_final(text):
            return text
        if text not in self._said:
            core = text.strip()
            found = _read(core, self)
            self.left(found.typed)
            self._said[text] = text.replace(core, found.said)
            self._final.add(_joined(found.said))
        return self._said[text]

    def is_final(self, text: str) -> bool:
        """Whether a text is in this language already, or was typed by somebody."""
        return _joined(text) in self._final

    def left(self, parts: tuple[str, ...]) -> None:
        """Take note of what stays as somebody typed it; tests refuse everything else."""

    def number(self, text: str) -> str:
        """A number with its decimals as this language writes them; letters and clock times stay."""
        if self.language == ENGLISH:
            return text
        if text.startswith("$"):
            # a bare comma would be followed by a space in mathematics
            return text.replace(".", "{,}")
        return text.translate({ord("."): ",", ord(","): _GROUPS[self.language]})


def _joined(text: str) -> str:
    """A text without its breaks of lines."""
    return " ".join(text.split())


@cache
def _phrases(language: str) -> tuple[Mapping[str, str], tuple[_Phrase, ...]]:
    """Entries without places, and those with, the one with the most letters of its own first."""
    plain: dict[str, str] = {}
    open_: list[tuple[int, _Phrase]] = []
    for place, row in table(files("ldnsim") / "data" / f"words_{language}.csv", ("english", "said")):
        english, said = row["english"], row["said"]
        names = _PLACE.findall(english)
        if english in plain or not english or not said or sorted(names) != sorted(_PLACE.findall(said)):
            raise LedgerError(f"{place}: {english!r} stands twice, is empty, or has other places than {said!r}")
        plain[english] = said
        if names:
            pieces = _PLACE.split(english)
            between = [re.escape(piece) for piece in pieces[::2]]
            places = [_PLACES[name[0]] for name in pieces[1::2]]
            pattern = "".join(a + b for a, b in zip(between, [*places, ""], strict=True))
            open_.append((len("".join(pieces[::2])), _Phrase(re.compile(pattern, re.DOTALL), tuple(names), said)))
    return plain, tuple(phrase for _, phrase in sorted(open_, key=lambda one: -one[0]))


class _Read(NamedTuple):
    """What is said instead of a text, and which of its parts stay as somebody typed them."""

    said: str
    typed: tuple[str, ...] = ()

    @property
    def kept(self) -> int:
        """How many letters stay."""
        return sum(map(len, self.typed))


def _read(text: str, words: Words) -> _Read:
    """A text by its entry, or by the phrase that leaves the fewest letters as they are."""
    plain, phrases = _phrases(words.language)

    @cache
    def known(part: str) -> _Read | None:
        if part in plain:
            return _Read(plain[part])
        if re.fullmatch(_NUMBER, part):
            return _Read(words.number(part))
        if re.fullmatch(_ROW, part) or words.is_final(part):
            return _Read(part)
        small = part[:1].lower() + part[1:]
        if small in plain:
            return _Read(_capital(plain[small]))
        best = None
        for phrase in phrases:
            if (match := phrase.pattern.fullmatch(part)) and (found := filled(phrase, match.groups())):
                best = found if best is None or found.kept < best.kept else best
                if not best.kept:
                    break
        return best

    def filled(phrase: _Phrase, parts: Iterable[str]) -> _Read | None:
        found: dict[str, _Read] = {}
        for name, part in zip(phrase.places, parts, strict=True):
            typed = _Read(part, (part,))
            one = {"n": _Read(words.number(part)), "t": typed}.get(name[0]) or known(part)
            if one is None and name[0] == "s":
                return None
            found[name] = one or typed
        typed_parts = tuple(each for one in found.values() for each in one.typed)
        return _Read(_PLACE.sub(lambda place: found[place[1]].said, phrase.said), typed_parts)

    return known(text) or _Read(text, (text,))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


_SPOKEN: ContextVar[Words | None] = ContextVar("words", default=None)
_PLAIN = Words()


def spoken() -> Words:
    """The words of what is being drawn; English where nothing else is asked for."""
    return _SPOKEN.get() or _PLAIN


@contextmanager
def speaking(words: Words) -> Iterator[None]:
    """Draw in other words."""
    before = _SPOKEN.set(words)
    try:
        yield
    finally:
        _SPOKEN.reset(before)


class language:  # noqa: N801
    """Say once in which language figures and summaries of results are, from here on or within a ``with`` block.

    Parameters
    ----------
    code : str
        ``"en"``, ``"de"``, ``"fr"`` or ``"es"``.

    Raises
    ------
    InputError
        If there are no words of this language.

    Notes
    -----
    It holds for the whole process. ``plot`` and ``summary`` of a result, and what else takes ``language=``, follow it
    where that is left out; anything else stays English.

    Examples
    --------
    >>> with language("fr"):
    ...     words_of(None).say("Clock time")
    'Heure'
    """

    _now = ENGLISH

    def __init__(self, code: str) -> None:
        choice("language", code, LANGUAGES)
        # no context variable, because notebooks give each cell a context of its own
        self._before, language._now = language._now, code

    def __enter__(self) -> language:
        return self

    def __exit__(self, *_: object) -> None:
        language._now = self._before


def words_of(code: str | None = None, typed: Iterable[str] = ()) -> Words:
    """The words of a language.

    Parameters
    ----------
    code : str, optional
        One of `LANGUAGES`; the one that `language` says if none.
    typed : iterable of str
        What somebody typed, which stays as it is.

    Returns
    -------
    Words
        Its words.

    Raises
    ------
    InputError
        If there are none of this language.

    Examples
    --------
    >>> words_of("de").say("Clock time")
    'Uhrzeit'
    >>> words_of("fr").number("0.5")
    '0,5'
    """
    return Words(language._now if code is None else choice("language", code, LANGUAGES), typed)
