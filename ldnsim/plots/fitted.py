"""Axes, titles and ticks of a panel, folded and thinned to its size in the letters of the user's style."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .lettering import TYPED, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

_GAP = 0.5
"""Between two texts of a line, in letters."""

_MOST_LINES = 2
"""Lines of a title from which on it begins above the labels of the vertical axis."""

_OF_BESIDE = 0.8
"""How much of the room beside a panel a title takes [1]."""

_UNDER = 0.72
"""From the corner of a panel to the labels of its time axis, in letters, so that they keep off the other axis."""

_OUTSIDE = {"out": 1.0, "inout": 0.5, "in": 0.0}
"""Share of a tick that stands outside the panel, by the direction that the style says [1]."""


def titled(ax: Axes, title: str, account: str = "", size: float | None = None) -> None:
    """Title of a panel, and to its right the account; the title stands higher where both would meet; after `fit`.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The panel, at about the size that it will have.
    title, account : str
        What it shows, and under which assumptions.
    size : float, optional
        Size of the letters of the title [points]; that of the style if none.
    """
    from matplotlib.transforms import ScaledTranslation

    from .measured import Ruler

    figure: Any = ax.get_figure(root=True)
    title, account = say(title), say(account)
    again(ax, lambda: titled(ax, title, account, size))
    left = ax.set_title(title, loc="left", **TYPED)
    if size is not None:
        left.set_fontsize(size)
    right = ax.set_title(account, loc="right", fontsize="small", **TYPED)
    room = ax.get_window_extent().width
    large, small = (Ruler(figure, text.get_fontproperties()) for text in (left, right))
    if large.widest(title) + small.widest(account) + _GAP * large.line <= room:
        return
    # a little less, as axes may grow by what their labels turn out to leave
    beside = _OF_BESIDE * beside_left(ax)
    told = small.fold(account, room)
    if "\n" in told:
        told = small.fold(account, room + beside)
    right.set_text(told)
    # one above the other, where they would meet
    lines = int(np.ceil((told.count("\n") + 1) * small.line / large.line)) if account else 0
    folded = large.fold(title, room)
    if folded.count("\n") >= _MOST_LINES or len(folded.split()) > len(title.split()):
        # by so many pixels, whatever width the panel turns out to have
        left.set_transform(left.get_transform() + ScaledTranslation(-beside / figure.dpi, 0, figure.dpi_scale_trans))
        folded = large.fold(title, room + beside)
        # off the label of a tick at the very top
        lines = max(lines, 1)
    left.set_text(folded + "\n" * lines)


def beside_left(ax: Axes) -> float:
    """What a panel has on its left for its axis, which a text above or below may use too [pixels]."""
    taken = ax.yaxis.get_tightbbox()
    return 0.0 if taken is None else max(float(ax.get_window_extent().x0 - taken.x0), 0.0)


def again(ax: Axes, dress: Callable[[], None]) -> None:
    """Let a step that goes by the size of a panel be taken again where the panel turns out to have another size.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The panel; in a figure of a user, whose size is known from the start, nothing is noted.
    dress : callable
        Takes the step; steps are taken in the order in which they were noted, and note themselves again.
    """
    figure: Any = ax.get_figure(root=True)
    steps = getattr(figure.get_layout_engine(), "steps", None)
    if steps is not None:
        steps.append(dress)


def fit(ax: Axes) -> None:
    """Fold the labels of both axes, and leave out ticks whose labels would meet; before its legend is made.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The panel, dressed, at about the size that it will have.
    """
    # a label that is drawn as typed is the name of a user's column
    said = [say(one.get_text()) if one.get_parse_math() else one.get_text() for one in (ax.xaxis.label, ax.yaxis.label)]
    _fit(ax, *said)


def _fit(ax: Axes, across: str, up: str) -> None:
    """The same, with labels as they are before they are folded."""
    from matplotlib import rcParams

    from .measured import Ruler, points

    again(ax, lambda: _fit(ax, across, up))
    figure: Any = ax.get_figure(root=True)
    box = ax.get_window_extent()
    for label, text, room in ((ax.xaxis.label, across, box.width), (ax.yaxis.label, up, box.height)):
        label.set_text(Ruler(figure, label.get_fontproperties()).fold(text, room))
    size = points(rcParams["xtick.labelsize"])
    outside = _OUTSIDE[rcParams["xtick.direction"]] * rcParams["xtick.major.size"]
    ax.tick_params(axis="x", pad=max(rcParams["xtick.major.pad"], _UNDER * size - outside))
    _thin(ax.xaxis, 0)
    _thin(ax.yaxis, 1)


def even_ticks(ax: Axes) -> None:
    """Ticks from 0 to 1 of the vertical axis, in as many steps as their labels have room for."""
    from matplotlib import rcParams

    from .measured import Ruler

    again(ax, lambda: even_ticks(ax))
    figure: Any = ax.get_figure(root=True)
    line = Ruler(figure, rcParams["ytick.labelsize"]).line
    each = ax.get_window_extent().height / ax.get_ylim()[1]
    steps = next((steps for steps in (5, 4, 2) if steps * line <= each), 1)
    ax.set_yticks(np.linspace(0, 1, steps + 1))


def _thin(axis: Axis, along: int) -> None:
    """Keep every second tick, or fewer, of an axis with ticks of its own, so that no label meets the next."""
    from matplotlib.ticker import FixedLocator

    from .measured import Ruler

    if not isinstance(axis.get_major_locator(), FixedLocator):
        return
    ax, figure = axis.axes, axis.get_figure(root=True)
    places = np.asarray(axis.get_majorticklocs(), dtype=float)
    shown = axis.get_majorticklabels()
    texts = [text.get_text() for text in shown]
    if len(texts) < 2:
        return
    low, high = sorted(axis.get_view_interval())
    inside = (places >= low) & (places <= high)
    places, texts = places[inside], [text for text, kept in zip(texts, inside, strict=True) if kept]
    ruler = Ruler(figure, shown[0].get_fontproperties())  # type: ignore[arg-type]
    points_at = np.column_stack([places, places])
    at = ax.transData.transform(points_at)[:, along]
    sizes = np.array([ruler.widest(text) if along == 0 else ruler.line * (text.count("\n") + 1) for text in texts])
    gap = _GAP * ruler.line if along == 0 else 0.0
    for every in range(1, len(texts) + 1):
        chosen, wide = at[::every], sizes[::every]
        if (np.abs(np.diff(chosen)) >= (wide[1:] + wide[:-1]) / 2 + gap).all():
            break
    if every > 1:
        axis.set_ticks(places[::every].tolist(), texts[::every])
