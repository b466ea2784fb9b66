"""Texts of users in pictures: drawn as they were typed, never read as mathematics or as a sign to hide something."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.legend import Legend

TYPED: dict[str, Any] = {"parse_math": False}
"""Property of a matplotlib text that is drawn as typed."""


def folded(text: object, width: int) -> str:
    """A text in lines of at most some letters; the lines it had stay apart."""
    return "\n".join(textwrap.fill(line, width) for line in str(text).splitlines())


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
