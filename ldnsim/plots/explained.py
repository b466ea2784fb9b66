"""What makes one point of a curve, as bars: doses, processes, parameters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from ..results.behind import Shown
from .drawing import BLACK, BLUE, GREEN, ORANGE, evidence_line, keep, write_footer
from .lettering import TYPED, folded

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDE, _BAR, _ROOM, _LABEL = 10.0, 0.3, 1.0, 62
"""Width of the figure, height of a bar and of what stands about a panel [inches]; letters of a label in a line."""


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

    from .recorded import RecordedFigure

    names = [[folded(name, _LABEL) for name in panel.names] or ["none"] for panel in panels]
    lines = [sum(name.count("\n") + 1 for name in several) for several in names]
    notes = [evidence_line(data, shown)]
    tall = sum(_BAR * count + _ROOM for count in lines)
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
    values, base = [value if math.isfinite(value) else 0.0 for value in panel.values], 1.0 if panel.log else 0.0
    places = range(len(values))
    ax.barh(places, [value - base for value in values], left=base, color=colour, height=0.6)
    ax.axvline(base, color=BLACK, linewidth=0.8)
    if panel.log:
        ax.set_xscale("log")
        ax.minorticks_off()
        ends = [min(values) / 1.6, max(values) * 1.6]
        ticks = [tick for tick in (0.01, 0.03, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0) if ends[0] <= tick <= ends[1]]
        ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        ax.set_xlim(*ends)
    else:
        ax.margins(x=0.18)
    for place, value in zip(places, values, strict=True):
        right = value >= base
        ax.annotate(f"{value:.3g}", (value, place), xytext=(4 if right else -4, 0), textcoords="offset points",
                    va="center", ha="left" if right else "right", fontsize="small")  # fmt: skip
    ax.set_yticks(range(len(labels)), labels, fontsize="small", **TYPED)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.set_xlabel(panel.axis, fontsize="small")
    ax.set_title(panel.title, loc="left", fontsize="medium")
