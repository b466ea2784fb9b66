"""The last step of a picture: the height of its figure, the ink of its page, and what stands behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .inks import inked
from .lettering import TYPED, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NAMES = 0.3
"""Share of the width of its column that names of the rows of a panel take at most [1]."""

_USUAL = 10.0
"""Size of letters that heights of panels are given for [points]."""


def settled(ax: Axes) -> Axes:
    """A panel, when its figure has the height that all of its panels need and is drawn in the ink of its page."""
    from .layout import figure_of, settle

    for panel in figure_of(ax).axes:
        inked(panel)
    settle(ax)
    return ax


def noted(axes: Sequence[Axes], notes: Sequence[str]) -> None:
    """Panels when all is drawn: in axes of a user with what stands behind them below, in ldnsim's own settled."""
    from .under import note_under

    settled(axes[0])
    note_under(axes, "\n".join(map(say, notes)))


def name_rows(ax: Axes, names: Sequence[str]) -> None:
    """Name rows of a panel on its left, in lines of at most a share of its figure; the first one is on top at 0."""
    from .layout import figure_of
    from .measured import Ruler

    figure = figure_of(ax)
    place: Any = ax.get_subplotspec()
    room = _NAMES * figure.bbox.width / place.get_gridspec().ncols
    ruler = Ruler(figure, "small")
    ax.set_yticks(range(len(names)), [ruler.fold(name, room) for name in names], fontsize="small", **TYPED)


def within(ax: Axes, text: str, *, corner: bool = False) -> None:
    """Write a text in the middle of a panel, or small in its upper right corner, in lines of its width."""
    from .fitted import again
    from .layout import figure_of
    from .measured import Ruler

    figure = figure_of(ax)
    x, y = (0.97, 0.95) if corner else (0.5, 0.5)
    said = ax.text(x, y, text, ha="center", va="center", transform=ax.transAxes, **TYPED)
    if corner:
        said.set(ha="right", va="top", fontsize="small")

    def folded() -> None:
        again(ax, folded)
        said.set_text(Ruler(figure, said.get_fontproperties()).fold(text, ax.get_window_extent().width))

    folded()


def finished(figure: Figure, tall: float = 0.0, marks: Mapping[Axes, Mapping[str, Any]] | None = None) -> Figure:
    """A figure of plain panels when all is drawn: its texts folded to them, legends off curves, as tall as they need.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        With a footer of `ldnsim.plots.drawing.write_footer`, or of `ldnsim.plots.layout.panel_axes`.
    tall : float
        Height of a row of panels with letters of 10 points [inches]; 0 for that of `panel_axes`.
    marks : mapping of matplotlib.axes.Axes to mapping of str to artist, optional
        Panels whose legend stands below them, with what it names beyond their curves.

    Returns
    -------
    matplotlib.figure.Figure
        The same.
    """
    from .fitted import fit, titled
    from .legends import legend, legend_below
    from .measured import points

    panels = [ax for ax in figure.axes if ax.axison]
    engine: Any = figure.get_layout_engine()
    engine.tall = tall * points() / _USUAL or engine.tall
    # texts are folded to about the size that panels will have
    settled(panels[0])
    for ax in panels:
        fit(ax)
        titled(ax, ax.get_title("left"), ax.get_title("right"), ax._left_title.get_fontsize())  # type: ignore[attr-defined]
        if marks and ax in marks:
            legend_below(ax, marks[ax])
        else:
            legend(ax)
    settled(panels[0])
    return figure
