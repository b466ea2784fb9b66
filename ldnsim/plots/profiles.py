"""Profiles of noncompartmental analysis: curves with their terminal lines and areas, or effects about their lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..noncompartmental.given import Curve
from .closing import finished, within
from .drawing import BLACK, BLUE, ORANGE, PURPLE, SKY, write_footer
from .layout import abreast
from .lettering import TYPED
from .recorded import RecordedFigure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST, _COLUMNS = 12, 4
"""How many profiles are drawn, and how many beside each other."""

_ONE, _EACH = (7.0, 4.6), (3.6, 3.0)
"""Size of a panel alone, and of one among others, with what stands around it [inches]."""

_AROUND = 0.8
"""Height of what stands above and below a panel [inches]."""

_AREAS = "Shaded: area to the last level above zero. Dashed: terminal line."
_EFFECTS = "Shaded: between the curve and its baseline, where there is one."

_SPARSE = 60
"""Up to how many samples each is marked."""

_DECADES = 30.0
"""How much higher than the lowest level the highest one is where powers of ten are enough for an axis."""

_LOWEST = 1e-4
"""Share of the highest level down to which the axis goes."""


def profile_panels(curves: Sequence[Curve], notes: Sequence[str], records: Sequence[Mapping[str, Any]] = ()) -> Figure:
    """A panel for each profile, with title and footer.

    Parameters
    ----------
    curves : sequence of Curve
        The profiles; the first twelve are drawn.
    notes : sequence of str
        What stands below.
    records : sequence of mapping
        Attributes of the results behind them, which go into files of the figure.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    import matplotlib.pyplot as plt

    shown = curves[:_MOST]
    wide = max(_EACH[0] * min(len(shown), _COLUMNS), _ONE[0])
    columns = abreast(len(shown), _COLUMNS, wide)
    rows = -(-len(shown) // columns)
    tall = _ONE[1] - 1.0 if len(shown) == 1 else _EACH[1]
    size = wide, tall * rows + 1.0
    figure, grid = plt.subplots(rows, columns, figsize=size, squeeze=False, FigureClass=RecordedFigure)
    left, logarithmic = len(curves) - len(shown), not any(curve.lines for curve in shown)
    title = "Noncompartmental analysis" + f", the first {_MOST} of {len(curves)} profiles" * (left > 0)
    write_footer(figure, [*notes, _AREAS if logarithmic else _EFFECTS], title)
    for ax, curve in zip(grid.ravel(), shown, strict=False):
        _draw(ax, curve, alone=len(shown) == 1)
    for ax in grid.ravel()[len(shown) :]:
        ax.set_axis_off()
    made: Any = figure
    for attributes in records:
        made.remember(attributes, "")
    return finished(figure, tall - _AROUND)


def _draw(ax: Axes, curve: Curve, *, alone: bool) -> None:
    time, level = curve.time[~np.isnan(curve.level)], curve.level[~np.isnan(curve.level)]
    marker = "o" if len(time) <= _SPARSE else None
    above = level > 0
    logarithmic = not curve.lines and bool(above.any()) and not (level < 0).any()
    if logarithmic:
        bottom = max(level[above].min() / 2, _LOWEST * level.max())
        last = int(np.flatnonzero(above)[-1]) + 1
        ax.fill_between(time[:last], np.maximum(level[:last], bottom), bottom, color=SKY, alpha=0.25, linewidth=0)
        ax.plot(time, np.where(level >= bottom, level, np.nan), color=BLUE, marker=marker, markersize=4, linewidth=1.5)
        if np.isfinite(curve.slope):
            stop = (curve.intercept - np.log(bottom)) / curve.slope
            when = np.array([curve.first, min(curve.last, stop)])
            label = f"half-life {np.log(2) / curve.slope:.4g} {curve.units[0]}".strip()
            ax.plot(when, np.exp(curve.intercept - curve.slope * when), "--", color=ORANGE, linewidth=2, label=label)
        else:
            within(ax, "no terminal line, see reasons", corner=True)
        ax.set_yscale("log")
        ax.set_ylim(bottom=bottom)
        ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        several = level.max() / bottom > _DECADES
        ax.yaxis.set_minor_formatter("" if several else lambda value, _: f"{value:g}" * (f"{value:e}"[0] in "25"))
    else:
        ax.plot(time, level, color=BLUE, marker=marker, markersize=4, linewidth=1.5)
        for (name, value), colour in zip(curve.lines.items(), (ORANGE, PURPLE), strict=False):
            # a baseline that is not said is the first level
            at = value if np.isfinite(value) else float(level[0]) if len(level) else 0.0
            ax.axhline(at, color=colour, linestyle="--", linewidth=1.2, label=f"{name} {at:.4g}")
            if name == "baseline":
                ax.fill_between(time, level, at, color=SKY, alpha=0.25, linewidth=0)
    ax.axvline(0.0, color=BLACK, linewidth=0.6, alpha=0.5)
    ax.set_title(curve.title, loc="left", fontsize="medium" if alone else "small", **TYPED)
    ax.set_xlabel("Time since the dose" + f" [{curve.units[0]}]" * bool(curve.units[0]), fontsize="small")
    ax.set_ylabel("Level" + f" [{curve.units[1]}]" * bool(curve.units[1]), fontsize="small")
