"""Where accounts differ most over time, output by output, against what can be measured."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..results.behind import Shown
from ..results.over_time import Array
from .closing import name_rows
from .drawing import clock_axis, dose_marks, evidence_line, write_footer
from .fitted import fit, titled

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

_WIDE, _ROW, _ROOM, _MOST = 10.0, 0.36, 1.6, 24
"""Width of the figure, height of a row and of what stands about them [inches]; most rows that are drawn."""

_USUAL = 10.0
"""Size of letters that these heights are for [points]."""


class Row(NamedTuple):
    """One row of the map.

    Attributes
    ----------
    name : str
        Output and dose.
    between : str
        Which accounts.
    shown : Shown
        The output as variable and labels.
    time : ndarray, shape (n_times,)
        When [h].
    values : ndarray, shape (n_times,)
        Standardised difference [1].
    needed : float
        People that a study needs at its best time.
    """

    name: str
    between: str
    shown: Shown
    time: Array
    values: Array
    needed: float = math.inf


def standardised(rows: Sequence[Row], data: Mapping[str, xr.Dataset], title: str, notes: Sequence[str]) -> Figure:
    """A map of the standardised difference, time across, outputs and doses below each other, the best on top.

    Parameters
    ----------
    rows : sequence of Row
        Best first; the first 24 are drawn.
    data : mapping of str to xarray.Dataset
        A result under each account, for time axis, doses, assumptions and evidence.
    title : str
        What was given.
    notes : sequence of str
        What the footer says of people and errors.

    Returns
    -------
    matplotlib.figure.Figure
        The map; a ring marks the best time of a row, and at its end stands how many people a study needs then.
    """
    import matplotlib.pyplot as plt
    from matplotlib.colors import PowerNorm

    from .measured import points

    drawn = rows[:_MOST]
    several = len({row.between for row in drawn}) > 1
    names = [f"{row.name}\n{row.between}" if several else row.name for row in drawn]
    shown = {row.name.rpartition(",")[0]: row.shown for row in drawn}
    footer = [*notes, *(f"{name}: {evidence_line(found, shown)}" for name, found in data.items())]
    letters = points() / _USUAL
    figure, ax = plt.subplots(figsize=(_WIDE, letters * ((_ROW + 0.14 * several) * len(drawn) + _ROOM)))
    write_footer(figure, footer, f"{title}: {drawn[0].between}" if not several else title)
    highest = max(max(float(row.values.max()) for row in drawn), 1.0)
    # roots, so that what a study could just see is not as dark as nothing
    norm, image = PowerNorm(0.5, 0.0, highest), None
    for place, row in enumerate(drawn):
        # a sample on each side of a dose is one column
        time, last = np.unique(row.time[::-1], return_index=True)
        values = row.values[::-1][last]
        edges = np.concatenate([time[:1], (time[1:] + time[:-1]) / 2, time[-1:]])
        image = ax.pcolormesh(edges, [place - 0.42, place + 0.42], values[None], cmap="cividis", norm=norm)
        if math.isfinite(row.needed):
            ax.plot(row.time[row.values.argmax()], place, "o", markersize=7, markerfacecolor="none", color="white",
                    markeredgewidth=1.6, clip_on=False)  # fmt: skip
        said = f"n = {row.needed:,.0f}" if math.isfinite(row.needed) else "not told apart"
        ax.annotate(said, (1.0, place), xycoords=("axes fraction", "data"), xytext=(6, 0), textcoords="offset points",
                    va="center", fontsize="small")  # fmt: skip
    name_rows(ax, names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    first = next(iter(data.values()))
    clock_axis(ax, first)
    dose_marks(ax, first)
    assert image is not None
    # below the map, where letters of any size leave room for it
    bar = figure.colorbar(image, ax=ax, location="bottom", fraction=0.06, aspect=40)
    bar.set_label("Standardised difference")
    left = len(rows) - len(drawn)
    # texts are folded to the size that the map has beside its names
    figure.draw_without_rendering()
    titled(ax, f"Best first{f' ({left} more rows in the table)' * (left > 0)}", size=points("medium"))
    for one in (ax, bar.ax):
        fit(one)
    found: Figure = figure
    return found
