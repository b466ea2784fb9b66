"""Colours of a picture: those of ldnsim, greys, or a user's own, on paper or on a dark page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..base.errors import InputError
from .choosing import named
from .drawing import AMBER, BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Colours = str | Sequence[str] | Mapping[str, str] | None
"""Colours of curves by name, in their order, or ``"grey"``."""

_DARK = 0.35
"""Luminance below which a page is dark [1]."""

_SHARES = dict(
    zip((BLACK, BLUE, ORANGE, GREEN, PURPLE, AMBER, SKY), (0.0, 0.0, 0.32, 0.5, 0.62, 0.68, 0.74), strict=True)
)
"""How far from ink to page the grey of each colour is, so that greys differ as colours do [1]."""


def _rgb(colour: Any) -> tuple[float, float, float]:
    from matplotlib.colors import to_rgb

    return to_rgb(colour)


def luminance(colour: Any) -> float:
    """How light a colour is, from 0 of black to 1 of white, as WCAG 2 defines it."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _grey(share: float) -> tuple[float, float, float]:
    """A grey between the ink and the page of the user's style."""
    from matplotlib import rcParams

    (ink, *_), (page, *_) = _rgb(rcParams["text.color"]), _rgb(rcParams["axes.facecolor"])
    level = ink + share * (page - ink)
    return level, level, level


def _only_greys() -> bool:
    """Whether the user's style has greys alone to draw with."""
    from matplotlib import rcParams

    cycle = rcParams["axes.prop_cycle"].by_key().get("color", [])
    return bool(cycle) and all(max(_rgb(colour)) - min(_rgb(colour)) < 0.01 for colour in cycle)


class Palette:
    """Which colour each curve has.

    Parameters
    ----------
    colors : str, sequence of str or mapping of str to str, optional
        ``"grey"``, colours in the order of the curves, or by their names; by default those of ldnsim, or greys where
        the user's style has nothing else.
    known : mapping of str to str
        Names that curves go by, with what each is called here.

    Raises
    ------
    InputError
        If a colour is none, there are more than curves, or a name is unknown.
    """

    def __init__(self, colors: Colours, known: Mapping[str, str]) -> None:
        self._grey = colors == "grey" or (colors is None and _only_greys())
        self._own: dict[str, str] = {}
        if colors is None or self._grey:
            return
        order = list(dict.fromkeys(known.values()))
        if isinstance(colors, Mapping):
            self._own = {known[named(str(name), known, "colors")]: colour for name, colour in colors.items()}
        elif isinstance(colors, str) or len(colors) > len(order):
            expected = f"'grey', a mapping of names to colours, or at most {len(order)} of them: {', '.join(order)}"
            raise InputError("colors", colors, expected)
        else:
            self._own = dict(zip(order, colors, strict=False))
        for colour in self._own.values():
            _check(colour)

    def of(self, name: str, usual: str) -> Any:
        """Colour of a curve by its name, from its usual one."""
        if name in self._own:
            return self._own[name]
        return _grey(_SHARES.get(usual, 0.0)) if self._grey else usual


def _check(colour: object) -> None:
    from matplotlib.colors import is_color_like

    if not is_color_like(colour):
        raise InputError("colors", colour, "a colour as matplotlib takes it, such as '#0072B2' or 'tab:blue'")


def inked(ax: Axes) -> None:
    """Draw in the ink of the style, on a dark page, what is drawn in that of paper."""
    from matplotlib import rcParams
    from matplotlib.colors import same_color, to_rgba

    page: Any = to_rgba(ax.get_facecolor())
    figure: Any = ax.get_figure(root=True)
    if luminance(page if page[3] else figure.get_facecolor()) > _DARK:
        return
    ink = rcParams["text.color"]
    for line in ax.lines:
        for part in ("color", "markerfacecolor", "markeredgecolor"):
            if same_color(getattr(line, f"get_{part}")(), BLACK):
                line.set(**{part: ink})
    for text in ax.texts:
        if same_color(text.get_color(), BLACK):
            text.set_color(ink)
