"""Texts in pictures: those of users as they were typed, never read as mathematics or as a sign to hide something, all
others in the reader's language.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ..results.languages import ENGLISH, Words, speaking, spoken, words_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.legend import Legend

Drawn = TypeVar("Drawn")

TYPED: dict[str, Any] = {"parse_math": False}
"""Property of a matplotlib text that is drawn as typed."""


def folded(text: object, width: int) -> str:
    """A text in the reader's language, in lines of at most some letters; the lines it had stay apart."""
    return "\n".join(textwrap.fill(line, width) for line in say(str(text)).splitlines())


def say(text: str) -> str:
    """A text in the language that is drawn in."""
    return spoken().say(text)


def label_for(text: str) -> str:
    """The label of an artist that any legend, also one of the user, shows as typed.

    Parameters
    ----------
    text : str
        What was typed.

    Returns
    -------
    str
        The same with dollar signs escaped and a space before a leading underscore, which would hide the artist.
    """
    return " " * text.lstrip(" ").startswith("_") + text.replace("$", r"\$")


def text_of(label: str) -> str:
    """The text behind what `label_for` gave."""
    return label.replace(r"\$", "$")[label.lstrip(" ").startswith("_") :]


def spell(legend: Legend, texts: list[str]) -> None:
    """Write the texts of a legend as typed."""
    for shown, text in zip(legend.get_texts(), texts, strict=True):
        shown.set(text=text, **TYPED)


def drawn_in(language: str | None, draw: Callable[[], Drawn], typed: Iterable[str] = ()) -> Drawn:
    """Axes with their words and numbers in a language.

    What takes room of its own, footers and legends, is written in it from the start; titles, labels and ticks follow.

    Parameters
    ----------
    language : str, optional
        One of `ldnsim.results.languages.LANGUAGES`; as `ldnsim.language` says if none.
    draw : callable
        Draws, and returns the axes.
    typed : iterable of str
        What users typed, such as names of runs, which stays as it is.

    Returns
    -------
    matplotlib.axes.Axes or ndarray of them
        What `draw` gave.

    Raises
    ------
    InputError
        If there are no words of this language.
    """
    words = words_of(language, typed)
    with speaking(words):
        axes = draw()
    if words.language != ENGLISH:
        for ax in np.ravel(np.array(axes, dtype=object)):
            _spell_out(ax, words)
    return axes


def _spell_out(ax: Axes, words: Words) -> None:
    """Titles, labels, texts, legend and ticks of axes in other words."""
    titles = (ax.title, ax._left_title, ax._right_title)  # type: ignore[attr-defined]  # ax.get_title gives texts alone
    shown = ax.get_legend()
    # a label that is drawn as typed is the name of a user's column
    labels = (label for label in (ax.xaxis.label, ax.yaxis.label) if label.get_parse_math())
    for text in (*titles, *labels, *ax.texts, *(shown.get_texts() if shown else ())):
        text.set_text(words.say(text.get_text()))
    for axis in (ax.xaxis, ax.yaxis):
        _number(axis, words)


def _number(axis: Axis, words: Words) -> None:
    """Ticks of an axis with their decimals as the language writes them, now and after a zoom."""
    for formatter in (axis.get_major_formatter(), axis.get_minor_formatter()):
        # what a drawn axis asks for, whatever kind its formatter is
        for asked in ("format_ticks", "get_offset"):
            written = getattr(formatter, asked)
            # axes may be drawn on again
            written = written.args[0] if isinstance(written, partial) else written
            setattr(formatter, asked, partial(_numbers, written, words))


def _numbers(written: Callable[..., str | list[str]], words: Words, *values: Any) -> str | list[str]:
    """What a formatter writes, with other decimals."""
    found = written(*values)
    return words.number(found) if isinstance(found, str) else [words.number(text) for text in found]
