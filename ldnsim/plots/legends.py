"""Legends that keep off other texts: inside a panel where they fit, below its time axis or all panels where not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from .fitted import again, beside_left
from .inks import inked
from .lettering import say, spell, text_of

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.legend import Legend

    from .measured import Ruler

BELOW = "ldnsim below"
"""Mark of a legend below its panel."""

_SIZE = "small"
_HANDLE, _BETWEEN, _LINE, _SPACED = 2.9, 1.2, 1.2, 0.5
"""Width of the mark beside a text, between columns, height of a line and between texts, in letters of the legend."""

_HIGHEST, _WIDEST = 0.45, 0.85
"""How much of a panel a legend inside it takes at most [1]."""

_UNDER = 0.6
"""From what stands below the axes to the legend there, in letters of the legend."""


def entries(ax: Axes) -> tuple[list[Any], list[str]]:
    """What a legend of a panel names: artists, and their texts as typed."""
    drawn, labels = ax.get_legend_handles_labels()
    return drawn, [say(text_of(label)) for label in labels]


def legend(ax: Axes, columns: int = 1, *, headroom: bool = False) -> None:
    """A small legend inside a panel where it covers no curve, else below it.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The panel, dressed, at about the size that it will have.
    columns : int
        Beside each other inside the panel.
    headroom : bool
        Whether room is made for it above the curves, whose axis starts at 0.
    """
    from .measured import Ruler, points

    inked(ax)
    drawn, texts = entries(ax)
    if not texts:
        return
    figure: Any = ax.get_figure(root=True)
    ruler, box, letter = Ruler(figure, _SIZE), ax.get_window_extent(), points(_SIZE) * figure.dpi / 72
    wide = columns * (max(map(ruler.widest, texts)) + _HANDLE * letter) + (columns - 1) * _BETWEEN * letter
    lines = [len(text.splitlines()) or 1 for text in texts]
    tall = ((_LINE * sum(lines) + _SPACED * (len(texts) - 1)) / columns + 1.0) * letter
    if wide > _WIDEST * box.width or tall > _HIGHEST * box.height:
        legend_below(ax)
        return
    top = ax.get_ylim()[1]

    def anew() -> None:
        if headroom:
            ax.set_ylim(0, top)
        legend(ax, columns, headroom=headroom)

    # matplotlib may leave out what begins with an underscore, so texts are written afterwards
    place: Literal["upper right", "best"] = "upper right" if headroom else "best"
    made = ax.legend(drawn, ["x"] * len(texts), loc=place, fontsize=_SIZE, framealpha=0.9, ncols=columns)
    spell(made, texts)
    if headroom:
        ax.set_ylim(0, ax.get_ylim()[1] / (1 - tall / box.height))
    elif _covers(made, ax):
        legend_below(ax)
        return
    again(ax, anew)
    # whenever a layout asks how large it is, the best place would be sought anew
    made.set_in_layout(False)


def _covers(made: Legend, ax: Axes) -> bool:
    """Whether a legend lies over a curve that it names."""
    box = made.get_window_extent()
    named = (line for line in ax.lines if not str(line.get_label()).startswith("_"))
    return any(
        line.get_transform().transform_path(line.get_path()).intersects_bbox(box, filled=False) for line in named
    )


def legend_below(ax: Axes, marks: Mapping[str, Artist | tuple[Artist, ...]] | None = None) -> None:
    """A small legend below the time axis, off curves and bands: what is drawn, then some marks by their text."""
    from matplotlib.legend_handler import HandlerTuple
    from matplotlib.transforms import ScaledTranslation

    from .measured import Ruler, points

    inked(ax)
    drawn, texts = entries(ax)
    named = dict(zip(texts, drawn, strict=True)) | {say(text): mark for text, mark in (marks or {}).items()}
    if not named:
        return
    again(ax, lambda: legend_below(ax, marks))
    figure: Any = ax.get_figure(root=True)
    letter, box = points(_SIZE) * figure.dpi / 72, ax.get_window_extent()
    under = ax.xaxis.get_tightbbox()
    low = (box.y0 - under.y0 if under is not None else 0.0) + _UNDER * letter
    below = ScaledTranslation(0, -low / figure.dpi, figure.dpi_scale_trans)
    ruler = Ruler(figure, _SIZE)
    room, left = box.width, 0.0
    if max(map(ruler.widest, named)) > room - _HANDLE * letter:
        left = beside_left(ax)
        room += left
    folded = [ruler.fold(text, room - _HANDLE * letter) for text in named]
    made = ax.legend(
        list(named.values()), ["x"] * len(named), loc="upper center", bbox_to_anchor=(0.5 - left / 2 / box.width, 0.0),
        bbox_transform=ax.transAxes + below, ncols=_columns(folded, room, ruler, letter), fontsize=_SIZE,
        frameon=False, borderaxespad=0.0, columnspacing=_BETWEEN,
        handler_map={tuple: HandlerTuple(ndivide=None, pad=0.0)},
    )  # fmt: skip
    spell(made, folded)
    made.set_gid(BELOW)
    for line in made.get_lines():
        line.set_linewidth(max(line.get_linewidth(), 1.5))


def legend_across(ax: Axes, marks: Mapping[str, Any] | None = None) -> None:
    """What a panel shows, then some marks, named between the panels of its figure and the footer, in as many columns
    as fit.
    """
    from .measured import Ruler, points

    drawn, texts = entries(ax)
    drawn, texts = [*drawn, *(marks or {}).values()], [*texts, *map(say, marks or {})]
    figure: Any = ax.get_figure(root=True)
    letter, ruler, room = points(_SIZE) * figure.dpi / 72, Ruler(figure, _SIZE), 0.96 * figure.bbox.width
    # longer handles, so that dashes and markers are seen
    handle = 3.2
    folded = [ruler.fold(text, room - (handle + 0.9) * letter) for text in texts]
    columns = _columns(folded, room - (handle - 2.0) * letter * len(texts), ruler, letter)
    made = figure.legend(
        drawn, ["x"] * len(texts), loc="upper center", ncols=columns, fontsize=_SIZE, frameon=False,
        bbox_to_anchor=(0.5, 0.5), borderaxespad=0.0, columnspacing=_BETWEEN, handlelength=handle,
    )  # fmt: skip
    spell(made, folded)
    figure.get_layout_engine().between = made


def _columns(texts: Sequence[str], room: float, ruler: Ruler, letter: float) -> int:
    """The most columns of a legend that fit a width [pixels]."""
    for columns in range(len(texts), 1, -1):
        # matplotlib fills column after column, the first ones with one text more
        rows, more = divmod(len(texts), columns)
        ends = np.cumsum([rows + 1] * more + [rows] * (columns - more)).tolist()
        widths = [max(map(ruler.widest, texts[first:end])) for first, end in zip([0, *ends], ends, strict=False)]
        if sum(widths) + (columns * _HANDLE + (columns - 1) * _BETWEEN) * letter <= room:
            return columns
    return 1
