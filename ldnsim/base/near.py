"""What was perhaps meant: names that are like one that there is not."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches

_ALIKE, _MOST = 0.6, 3

_SHOWN = 20
"""Names that are shown where one of them was perhaps meant."""


def nearest(word: object, known: Iterable[object], alike: float = _ALIKE, most: int = _MOST) -> list[str]:
    """Names that are like a word, the likest first, whatever their case.

    Parameters
    ----------
    word : object
        What was given; nothing is like what is no text.
    known : iterable of str
        Names that there are.
    alike : float
        How alike at least, from 0 to 1 as `difflib` counts it.
    most : int
        How many at most.

    Returns
    -------
    list of str
        The names.

    Examples
    --------
    >>> nearest("plasm", ["plasma", "tone", "occupancy"])
    ['plasma']
    """
    if not isinstance(word, str):
        return []
    plain = {str(name).lower(): str(name) for name in known}
    return [plain[one] for one in get_close_matches(word.lower(), plain, most, alike)]


def meant(word: object, known: Iterable[object]) -> str:
    """Names that are like a word as the end of an error's text; nothing where none is.

    Parameters
    ----------
    word : object
        What was given.
    known : iterable of str
        Names that there are.

    Returns
    -------
    str
        For example ``"; did you mean 'plasma'?"``.

    Examples
    --------
    >>> meant("plasm", ["plasma", "tone"])
    "; did you mean 'plasma'?"
    """
    found = nearest(word, known)
    return f"; did you mean {' or '.join(map(repr, found))}?" if found else ""


def among(word: object, known: Collection[object], more: str = "") -> str:
    """What would be right where a name is none of some: all of them, or, of very many, those that are like it.

    Parameters
    ----------
    word : object
        What was given.
    known : collection of str
        Names that there are.
    more : str
        What else would be right.

    Returns
    -------
    str
        For example ``"one of plasma, tone; did you mean 'plasma'?"``.

    Examples
    --------
    >>> among("plasm", ["plasma", "tone"])
    "one of plasma, tone; did you mean 'plasma'?"
    """
    near = meant(word, known)
    names = f"{len(known)} names" if near and len(known) > _SHOWN else ", ".join(map(str, known))
    return f"one of {names}{more}{near}"
