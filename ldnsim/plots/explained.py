"""What makes one point of a curve, as bars: doses, processes, parameters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..results.behind import Shown
from .drawing import BLACK, BLUE, GREEN, ORANGE, evidence_line, keep, write_footer
from .lettering import TYPED

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDE, _BAR, _ROOM, _NAMES = 10.0, 2.2, 7.2, 0.5
"""Width of the figure [inches], height of a bar and of what stands about a panel [letters], and share of the width that
names of bars take at most [1]."""


class Bars(NamedTuple):
    """Bars of one panel.

    Attributes
    ----------
    title, axis : str
        Heading, and what the bars measure.
    names : sequence of str
        What each is, the first one on top.
    values : sequence of float
        How long it is.
    log : bool
        Whether bars begin at 1 on a logarithmic axis, else at 0.
    """

    title: str
    axis: str
    names: Sequence[str]
    values: Sequence[float]
    log: bool = False


def bars(title: str, data: xr.Dataset, shown: dict[str, Shown], panels: Sequence[Bars]) -> Figure:
    """Panels of bars below each other, with title and footer.

    Parameters
    ----------
    title : str
        Title of the figure.
    data : xarray.Dataset
        The result that the bars are about, for assumptions and evidence.
    shown : dict of str to Shown
        What they are about, by title.
    panels : sequence of Bars
        The panels; one without bars says so.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    import matplotlib.pyplot as plt

    from .measured import Ruler, em
    from .recorded import RecordedFigure

    probe = RecordedFigure(figsize=(_WIDE, 1.0))
    ruler = Ruler(probe, "small")
    names = [[ruler.fold(name, _NAMES * probe.bbox.width) for name in panel.names] or ["none"] for panel in panels]
    lines = [sum(name.count("\n") + 1 for name in several) for several in names]
    notes = [evidence_line(data, shown)]
    tall = sum(_BAR * count + _ROOM for count in lines) * em()
    figure, axes = plt.subplots(
        len(panels), 1, figsize=(_WIDE, tall), squeeze=False, height_ratios=[c + 1 for c in lines],
        FigureClass=RecordedFigure,
    )  # fmt: skip
    keep(axes[0, 0], data)
    write_footer(figure, notes, title)
    for ax, panel, labels, colour in zip(axes.ravel(), panels, names, (BLUE, GREEN, ORANGE), strict=False):
        _draw(ax, panel, labels, colour)
    return figure


def _draw(ax: Axes, panel: Bars, labels: Sequence[str], colour: str) -> None:
    from .measured import Ruler, points

    figure: Any = ax.figure
    ruler = Ruler(figure, "small")
    values, base = [value if math.isfinite(value) else 0.0 for value in panel.values], 1.0 if panel.log else 0.0
    places = range(len(values))
    ax.barh(places, [value - base for value in values], left=base, color=colour, height=0.6)
    ax.axvline(base, color=BLACK, linewidth=0.8)
    if panel.log:
        ax.set_xscale("log")
        ax.minorticks_off()
        beyond = 1.6 ** (points() / 10)
        ends = [min(values) / beyond, max(values) * beyond]
        ticks = [tick for tick in (0.01, 0.03, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0) if ends[0] <= tick <= ends[1]]
        ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        ax.set_xlim(*ends)
    else:
        # what is written at the end of a bar stays inside
        said = max((ruler.width(f" {value:.3g} ") for value in values), default=0.0)
        ax.margins(x=max(0.18, said / max(0.4 * figure.bbox.width - 2 * said, said)))
    for place, value in zip(places, values, strict=True):
        right = value >= base
        ax.annotate(f"{value:.3g}", (value, place), xytext=(4 if right else -4, 0), textcoords="offset points",
                    va="center", ha="left" if right else "right", fontsize="small")  # fmt: skip
    ax.set_yticks(range(len(labels)), labels, fontsize="small", **TYPED)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    room = (1 - _NAMES) * 0.9 * figure.bbox.width
    ax.set_xlabel(ruler.fold(panel.axis, room), fontsize="small")
    ax.set_title(Ruler(figure, "medium").fold(panel.title, room), loc="left", fontsize="medium")
