"""One variable of any model over time: the curve of one subject, or the bands of many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..results.behind import Shown
from ..results.over_time import check_labels
from ..results.words import axis_label, heading, word
from .bands import people_notes
from .choosing import plain_panel
from .closing import noted
from .drawing import Footer, check_result, claim, evidence_line, finish, new_axes
from .legends import legend_below
from .lettering import TYPED
from .panel_drawing import one_panel

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes


def level(data: xr.Dataset, name: str = "", ax: Axes | None = None, *, log: bool = False, **labels: str) -> Axes:
    """A variable over time, with its assumptions and weakest evidence.

    Parameters
    ----------
    data : xarray.Dataset
        A result of one subject or of a population, in any model.
    name : str
        Variable; by default what the model observes.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure with a footer if none.
    log : bool
        Logarithmic values; zeros, and values below a ten-thousandth of the highest, leave a gap.
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
    check_labels(data, name, labels)
    return one_panel(data, ax, plain_panel(data, Shown(name, labels)), log=log)


def axes_for(data: xr.Dataset, shown: Shown, left_out: int, ax: Axes | None) -> Axes:
    """The axes given, or new ones with a footer about what is shown and, of a population, the people."""
    return new_axes(behind(data, shown, left_out)) if ax is None else ax


def behind(data: xr.Dataset, shown: Shown, left_out: int, footer: Footer = "long") -> list[str]:
    """What stands behind a panel of one variable."""
    people = people_notes(data, left_out) if footer == "long" else []
    return [evidence_line(data, {word(shown.name): shown}, footer), *people]


def dress(axes: Axes, data: xr.Dataset, shown: Shown, lowest: float, left_out: int) -> Axes:
    """Axes, titles, clock and legend of a panel with one variable of people, and what stands behind it."""
    if lowest >= 0:
        axes.set_ylim(bottom=0)
    axes.set_ylabel(axis_label(data, shown.name))
    axes.set_title(heading(shown.name, shown.labels), loc="left", **TYPED)
    claim(axes)
    finish(axes, data)
    legend_below(axes)
    noted([axes], behind(data, shown, left_out, "short"))
    return axes
