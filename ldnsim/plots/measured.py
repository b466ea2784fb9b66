"""How much room texts take in a figure, and texts in as many lines as the room allows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from matplotlib.font_manager import FontProperties
from matplotlib.text import Text

from .lettering import TYPED

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

_LINE = 1.2
"""Height of a line in that of its letters, as matplotlib sets lines [1]."""

_SEAMS = re.compile(r"(?<=[-,;/=_])(?=\w)")
"""Where a word that is too long is broken, before it is broken anywhere."""


def points(size: str | float = "medium") -> float:
    """A font size as the user's style has it, in points."""
    return float(FontProperties(size=size).get_size_in_points())


def em(size: str | float = "medium") -> float:
    """The same in inches."""
    return points(size) / 72


_LETTERS: dict[tuple[int, float], dict[str, float]] = {}
"""How far letters lead [pixels], by font and resolution."""


class Ruler:
    """Measures texts in one font of a figure.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Where they will stand.
    font : str, float or matplotlib.font_manager.FontProperties
        Size as matplotlib takes it, or the font of a text.
    """

    def __init__(self, figure: Figure | SubFigure, font: str | float | FontProperties) -> None:
        about: dict[str, Any] = {"fontproperties": font} if isinstance(font, FontProperties) else {"fontsize": font}
        self._probe = Text(**about, **TYPED)
        self._probe.set_figure(figure)
        # how far each letter leads does not depend on the figure
        self._known = _LETTERS.setdefault((hash(self._probe.get_fontproperties()), float(figure.dpi)), {})
        self.line = float(self._probe.get_fontsize()) * figure.dpi / 72 * _LINE
        """Height of a line [pixels]."""

    def width(self, text: str) -> float:
        """Width of one line [pixels]: how far its letters lead, which kerning makes a little less."""
        return sum(map(self._letter, text))

    def _letter(self, letter: str) -> float:
        if letter not in self._known:
            self._known[letter] = self._extent(f"n{letter}n") - self._extent("nn")
        return self._known[letter]

    def _extent(self, text: str) -> float:
        self._probe.set_text(text)
        return float(self._probe.get_window_extent().width)

    def height(self, text: str) -> float:
        """Height of lines as they are drawn [pixels]."""
        self._probe.set_text(text)
        return float(self._probe.get_window_extent().height)

    def widest(self, text: str) -> float:
        """Width of the longest line [pixels]."""
        return max(map(self.width, text.splitlines()), default=0.0)

    def fold(self, text: str, room: float) -> str:
        """A text in lines that are no wider than some room [pixels]; the lines that it had stay apart."""
        return "\n".join(folded for line in str(text).splitlines() for folded in self._folded(line, room))

    def _folded(self, line: str, room: float) -> list[str]:
        if self.width(line) <= room:
            return [line]
        lines, now, used = [], "", 0.0
        for word in line.split(" "):
            for number, part in enumerate(self._pieces(word, room)):
                between = " " if now and not number else ""
                wide = self.width(between + part)
                if now and used + wide > room:
                    lines.append(now)
                    now, used, between, wide = "", 0.0, "", self.width(part)
                now, used = now + between + part, used + wide
        return [*lines, now]

    def _pieces(self, word: str, room: float) -> list[str]:
        """A word, in pieces where it is wider than the room."""
        if self.width(word) <= room:
            return [word]
        found: list[str] = []
        for part in _SEAMS.split(word):
            now = ""
            for letter in part if self.width(part) > room else [part]:
                if now and self.width(now + letter) > room:
                    found.append(now)
                    now = ""
                now += letter
            found.append(now)
        return found
