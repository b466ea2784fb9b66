"""One variable of any model over time: the curve of one subject, or the bands of many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..results.behind import Shown
from ..results.over_time import finished, is_population, over_time
from ..results.words import axis_label, heading, word
from .bands import band_marks, draw_bands, legend_below, people_notes, people_text
from .drawing import BLUE, check_free, check_result, claim, evidence_line, finish, new_axes
from .lettering import TYPED

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes


def level(data: xr.Dataset, name: str = "", ax: Axes | None = None, **labels: str) -> Axes:
    """A variable over time, with its assumptions and weakest evidence.

    Parameters
    ----------
    data : xarray.Dataset
        A result of one subject or of a population, in any model.
    name : str
        Variable; by default what the model observes.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure with a footer if none.
    **labels : str
        Labels of its other dimensions, such as ``receptor="mor"``.

    Returns
    -------
    matplotlib.axes.Axes
        The panel, in the unit of the variable; of a population the median with the bands that hold 50 % and 90 % of
        people, who are counted in the legend; those whose run did not finish are left out.

    Raises
    ------
    InputError
        If `data` is no result of ldnsim with this variable, or a label does not fit.
    """
    name = name or str(getattr(data, "attrs", {}).get("observed", "plasma"))
    check_result(data, name)
    data, left_out = finished(data)
    check_free(ax, "ldnsim.plots.compare lays runs over each other")
    shown = Shown(name, labels)
    time, values = over_time(data, shown)
    axes = axes_for(data, shown, left_out, ax)
    if is_population(data):
        draw_bands(axes, time, values, BLUE, "-", "median")
        return dress(axes, data, shown, float(values.min()), band_marks(BLUE, people_text(data, left_out)))
    axes.plot(time, values[0], color=BLUE, linewidth=2.0, label=word(name))
    return dress(axes, data, shown, float(values.min()))


def axes_for(data: xr.Dataset, shown: Shown, left_out: int, ax: Axes | None) -> Axes:
    """The axes given, or new ones with a footer about what is shown and, of a population, the people."""
    if ax is not None:
        return ax
    return new_axes([evidence_line(data, {word(shown.name): shown}), *people_notes(data, left_out)])


def dress(axes: Axes, data: xr.Dataset, shown: Shown, lowest: float, marks: Mapping[str, Any] | None = None) -> Axes:
    """Axes, titles and clock of a panel with one variable; of a population a legend with some marks by their text."""
    if lowest >= 0:
        axes.set_ylim(bottom=0)
    axes.set_ylabel(axis_label(data, shown.name))
    axes.set_title(heading(shown.name, shown.labels), loc="left", **TYPED)
    claim(axes)
    finish(axes, data)
    if marks is not None:
        legend_below(axes, marks)
    return axes
