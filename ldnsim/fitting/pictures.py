"""Pictures of a fit: curves over data, measurements against predictions, residuals over time, likelihood profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.reading import choice
from ..plots.closing import finished
from ..plots.drawing import BLACK, BLUE, ORANGE, write_footer
from ..plots.layout import abreast
from ..plots.lettering import TYPED, label_for
from .telling import beneath, headline

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .result import Fit
    from .uncertainty import Profile

KINDS = ("fit", "observed", "residuals")
_MOST = 20
"""Subjects whose curves are drawn."""

_ACROSS = 4
_SMALL, _LARGE = (3.2, 2.5), (6.0, 4.2)
"""Width and height of a panel among many, and among few [inches]."""


def figure(fit: Fit, what: str) -> Figure:
    """A picture of a fit, see `Fit.plot`."""
    choice("what", what, KINDS)
    return _curves(fit) if what == "fit" else _beside(fit, what)


def _panels(count: int, title: str, notes: list[str], size: tuple[float, float]) -> tuple[Figure, Any]:
    """A figure with title, footer and some panels."""
    import matplotlib.pyplot as plt

    wide = max(size[0] * min(count, _ACROSS), 7.0)
    across = abreast(count, _ACROSS, wide)
    down = -(-count // across)
    figure, grid = plt.subplots(down, across, figsize=(wide, size[1] * down), squeeze=False)
    write_footer(figure, notes, title, "medium")
    for idle in grid.ravel()[count:]:
        idle.set_axis_off()
    return figure, grid.ravel()[:count]


def _curves(fit: Fit) -> Figure:
    """Curves over the data, a panel a subject."""
    left, subjects = fit.residuals, list(dict.fromkeys(fit.residuals["ID"]))
    known = set(fit.runs.table.subjects) if np.isfinite(fit.natural).any() else set()
    drawn = subjects[:_MOST]
    more = [f"The first {_MOST} of {len(subjects)} subjects."] * (len(subjects) > _MOST)
    marks = "Points: measured; triangles: below the limit at which they stand; line: fitted."
    made, axes = _panels(len(drawn), headline(fit), [marks, *more, *beneath(fit)], _SMALL)
    for ax, id in zip(axes, drawn, strict=True):
        own = left[left["ID"] == id]
        for turn, (compartment, rows) in enumerate(own.groupby("compartment", sort=False)):
            colour = (BLUE, ORANGE, BLACK)[turn % 3]
            seen = rows[~rows["below"]]
            # named once, where there is more than one
            label = label_for(str(compartment)) if len(fit.data.groups) > 1 and ax is axes[0] else "_"
            ax.plot(seen["TIME"], seen["DV"], "o", color=colour, markersize=4, label=label)
            below = rows[rows["below"]]
            ax.plot(below["TIME"], below["DV"], "v", color=colour, markersize=5, markerfacecolor="none")
            if id in known:
                time, level = _curve(fit, id, str(compartment))
                ax.plot(time, level, color=colour, linewidth=1.3)
        ax.set_title(f"ID {id}", loc="left", fontsize="small", **TYPED)
        ax.set_ylim(bottom=min(0.0, float(own["DV"].min())))
        _label(ax, "Time [h]", f"{' and '.join(fit.data.groups)} [{', '.join(dict.fromkeys(fit.data.units))}]")
    return finished(made, _SMALL[1])


def _curve(fit: Fit, id: Any, compartment: str) -> tuple[Any, Any]:
    """What a subject is fitted to have over time in a compartment."""
    runs = fit.runs
    data = runs.subject(id)
    column = fit.problem.lanes.column(compartment)
    if column in data:
        return data["time"].values, data[column].values
    return data["time"].values, data["plasma"].sel(analyte=compartment).values


def _beside(fit: Fit, what: str) -> Figure:
    """Measurements against predictions, or weighted residuals over time, a panel a compartment."""
    rows = fit.residuals[~fit.residuals["below"]]
    groups = list(dict.fromkeys(rows["compartment"]))
    made, axes = _panels(len(groups), headline(fit), beneath(fit), _LARGE)
    for ax, group in zip(axes, groups, strict=True):
        own = rows[rows["compartment"] == group]
        unit = own["unit"].iloc[0]
        if what == "observed":
            ends = [min(own["DV"].min(), own["IPRED"].min()), max(own["DV"].max(), own["IPRED"].max())]
            ax.plot(ends, ends, color=BLACK, linewidth=0.8)
            ax.plot(own["IPRED"], own["DV"], "o", color=BLUE, markersize=4)
            _label(ax, f"Predicted {group} [{unit}]", f"Measured {group} [{unit}]")
        else:
            ax.axhline(0.0, color=BLACK, linewidth=0.8)
            for bound in (-2.0, 2.0):
                ax.axhline(bound, color=BLACK, linewidth=0.6, linestyle=":")
            ax.plot(own["TIME"], own["weighted"], "o", color=BLUE, markersize=4)
            _label(ax, "Time [h]", f"Residual of {group} [standard deviations]")
    return finished(made, _LARGE[1])


def profiles(found: Profile) -> Figure:
    """Root of the deviance over each parameter of each unit."""
    pairs = list(found.points.groupby(["ID", "parameter"], sort=False))[:_MOST]
    title = "Likelihood profiles: signed root of twice the loss of log-likelihood"
    notes = ["Straight where standard errors say the same. Dotted: ends of the 95 % interval."]
    made, axes = _panels(len(pairs), title, notes, _SMALL)
    for ax, ((id, name), points) in zip(axes, pairs, strict=True):
        row = found.table[(found.table["ID"] == id) & (found.table["parameter"] == name)].iloc[0]
        ax.plot(
            points["value"],
            np.sign(points["value"] - row["estimate"]) * np.sqrt(points["deviance"].clip(lower=0)),
            "o-",
            color=BLUE,
            markersize=3,
        )
        for end in (row["low"], row["high"]):
            if np.isfinite(end):
                ax.axvline(end, color=BLACK, linewidth=0.8, linestyle=":")
        ax.set_title(f"ID {id}", loc="left", fontsize="small", **TYPED)
        _label(ax, f"{name} [{row['unit']}]", "Root of deviance")
    return finished(made, _SMALL[1])


def _label(ax: Axes, across: str, up: str) -> None:
    ax.set_xlabel(across, fontsize="small", **TYPED)
    ax.set_ylabel(up, fontsize="small", **TYPED)
    ax.tick_params(labelsize="small")
    ax.locator_params(axis="x", nbins=5)
