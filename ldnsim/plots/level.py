"""One variable of any model over time: the curve of one subject, or the bands of many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..base.errors import InputError
from ..results.behind import Shown
from .crowd_drawing import axis_label, heading, word
from .crowd_plots import bands
from .drawing import BLUE, check_free, check_result, claim, finish, panel_for
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
        people, see `ldnsim.plots.crowd_plots.bands`.

    Raises
    ------
    InputError
        If `data` is no result of ldnsim with this variable, or a label does not fit.
    """
    name = name or str(getattr(data, "attrs", {}).get("observed", "plasma"))
    if {"person", "quantile"} & set(getattr(data, "dims", ())):
        return bands(data, name, ax, **labels)
    check_result(data, name)
    wanted = {dim: data[dim].values.tolist() for dim in data[name].dims if dim != "time"}
    if set(labels) != set(wanted) or any(label not in wanted[dim] for dim, label in labels.items()):
        choices = "; ".join(f"{dim}: one of {', '.join(map(str, known))}" for dim, known in wanted.items())
        raise InputError("labels", labels, choices or f"none for {name!r}")
    check_free(ax, "ldnsim.plots.compare lays runs over each other")
    axes = panel_for(data, ax, {word(name): Shown(name, labels)})
    axes.plot(data["time"].values, data[name].sel(labels).values, color=BLUE, linewidth=2.0, label=word(name))
    lowest = min(0.0, float(data[name].sel(labels).min()))
    axes.set_ylim(lowest, (float(data[name].sel(labels).max()) - lowest) * 1.1 + lowest or 1.0)
    axes.set_ylabel(axis_label(data, name))
    axes.set_title(heading(name, labels), loc="left", **TYPED)
    claim(axes)
    return finish(axes, data)
