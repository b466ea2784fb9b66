"""Plots of populations alone: bands, single people, and how long people are blocked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..base.errors import InputError
from ..results.behind import Shown
from ..results.blockade import means
from ..results.over_time import check_labels, check_people, curves, finished, hours_blocked_by_person
from ..results.views import day_title, last_day, window
from ..results.words import word
from .bands import people_text
from .choosing import plain_panel
from .closing import noted
from .drawing import BLACK, BLUE, SKY, check_free, keep
from .fitted import fit, titled
from .legends import legend_below
from .level import axes_for, behind, dress
from .panel_drawing import one_panel
from .panels import four_panels as four_panels_of_people

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

__all__ = ["bands", "blockade_window", "four_panels_of_people", "hours_blocked_by_person", "spaghetti"]

_WIDTHS, _BARS = (0.25, 0.5, 1.0), 16
"""Widths of the bars of a histogram [h], and how many should hold 90 % of people at most."""


def bands(data: xr.Dataset, name: str, ax: Axes | None = None, **labels: str) -> Axes:
    """Median of a variable over people, with the bands that hold 50 % and 90 % of them.

    Parameters
    ----------
    data : xarray.Dataset
        A population, of single people or of the quantiles 0.05, 0.25, 0.5, 0.75 and 0.95.
    name : str
        Variable.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure with a footer if none. The legend stands below the axes.
    **labels : str
        Labels of its other dimensions, such as ``receptor="mor"``.

    Returns
    -------
    matplotlib.axes.Axes
        The panel, in the unit of the variable over time [h]. People whose run did not finish are
        left out and counted in the legend.

    Raises
    ------
    InputError
        If `data` is no population of ldnsim with this variable, or a label does not fit.
    """
    check_people(data, name)
    check_labels(data, name, labels)
    return one_panel(data, ax, plain_panel(data, Shown(name, labels)))


def spaghetti(data: xr.Dataset, name: str, ax: Axes | None = None, most: int = 50, **labels: str) -> Axes:
    """Curves of single people, with the median of all on top.

    Parameters
    ----------
    data : xarray.Dataset
        A population of single people.
    name : str
        Variable.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure with a footer if none. The legend stands below the axes.
    most : int
        How many people are drawn at most, at equal distances in the order of the population.
    **labels : str
        Labels of its other dimensions, such as ``receptor="mor"``.

    Returns
    -------
    matplotlib.axes.Axes
        The panel, in the unit of the variable over time [h]. People whose run did not finish are
        left out and counted in the legend.

    Raises
    ------
    InputError
        If `data` is no population of single people with this variable, or an argument does not fit.
    """
    if isinstance(most, bool) or not isinstance(most, int) or most < 1:
        raise InputError("most", most, "a whole number of at least 1")
    check_people(data, name, single=True)
    people, left_out = finished(data)
    check_free(ax, "ldnsim.plots.compare lays populations over each other")
    values, who = curves(people, name, **labels), people_text(people, left_out)
    axes = axes_for(people, Shown(name, labels), left_out, ax)
    time, shown = people["time"].values, min(most, len(values))
    chosen = np.linspace(0, len(values) - 1, shown).round().astype(int)
    lines = axes.plot(time, values[chosen].T, color=SKY, linewidth=0.7, alpha=0.6)
    lines[0].set_label(f"{shown} of {who}" if shown < len(values) else f"all {who}")
    axes.plot(time, np.median(values, axis=0), color=BLACK, linewidth=2.0, label="median of all")
    return dress(axes, people, Shown(name, labels), float(values.min()), left_out)


def blockade_window(data: xr.Dataset, ax: Axes | None = None, receptor: str = "mor") -> Axes:
    """For how long of the day that summaries speak of a receptor population counts as blocked, over people.

    Parameters
    ----------
    data : xarray.Dataset
        A population of single people. What counts is the day of `ldnsim.results.views.last_day`.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure with a footer if none. The legend stands below the axes.
    receptor : {"mor", "dor", "kor"}
        Which receptor.

    Returns
    -------
    matplotlib.axes.Axes
        The panel, people over hours, with median and 90 % range in words. People whose run did not
        finish are left out and counted in the legend.

    Raises
    ------
    InputError
        If `data` is no population of single people with occupancy, or the receptor is unknown or not what counts.
    """
    check_people(data, "occupancy", single=True)
    people, left_out = finished(data)
    shown = last_day(people)
    day = window(people, *shown)
    hours, whole = hours_blocked_by_person(day, receptor), float(np.ptp(day["time"].values))
    axes = axes_for(people, Shown("occupancy", {"receptor": receptor}), left_out, ax)
    who = people_text(people, left_out)
    low, middle, high = np.quantile(hours, (0.05, 0.5, 0.95))
    width = next((width for width in _WIDTHS if high - low <= width * _BARS), _WIDTHS[-1])
    edges = [*np.arange(0.0, whole, width).tolist(), whole]
    axes.hist(hours, bins=edges, color=BLUE, alpha=0.55, label=who)
    axes.axvspan(low, high, color=BLUE, alpha=0.15, linewidth=0, label=f"90 % of them: {low:.1f} to {high:.1f} h")
    axes.axvline(middle, color=BLACK, linewidth=2.0, label=f"median {middle:.1f} h")
    axes.set_xlim(0, whole)
    hours_shown = np.arange(0.0, whole + 1e-9, 4.0 if whole > 12 else 1.0)
    axes.set_xticks(hours_shown, [f"{hour:g}" for hour in hours_shown])
    what = means(people).replace("mu receptors", f"{word(receptor)} receptors")
    axes.set_xlabel(f"Hours with {what}, {day_title(people, shown)} [h]")
    axes.set_ylabel("People")
    fit(axes)
    titled(axes, "Blockade window", str(data.attrs["assumptions"]))
    legend_below(axes)
    keep(axes, data)
    noted([axes], behind(people, Shown("occupancy", {"receptor": receptor}), left_out, "short"))
    return axes
