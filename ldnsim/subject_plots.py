"""Courses of the subjects of an event table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .drawing import AMBER, BLUE, GREEN, ORANGE, PURPLE, SKY, dose_marks, new_axes
from .errors import InputError

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

_SUBJECT = "subject"
"""Mark of the curves of subjects on axes."""

_LOOKS = [(colour, style) for style in ("-", "--", "-.", ":") for colour in (BLUE, ORANGE, GREEN, PURPLE, AMBER, SKY)]
_LONG_LEGEND = 12


def course_of(data: xr.Dataset, name: str, ax: Axes | None = None, *, label: str = "", unit: str = "") -> Axes:
    """One column of a subject of an event table over time, doses below it.

    On axes that hold other subjects the curve has another colour or line style, and a legend names them all.

    Parameters
    ----------
    data : xarray.Dataset
        From ``TableRun.subject`` of a general model.
    name : str
        The column.
    ax : matplotlib.axes.Axes, optional
        Where to draw.
    label : str
        What the legend calls the curve; by default the title of `data`.
    unit : str
        Unit of the column, where it is known.

    Returns
    -------
    matplotlib.axes.Axes
        The panel.

    Raises
    ------
    InputError
        If `data` has no such column.
    """
    if not hasattr(data, "data_vars") or name not in data.data_vars:
        raise InputError("name", name, f"one of {', '.join(map(str, getattr(data, 'data_vars', [])))}")
    note = "" if unit else "A general model with the user's own parameters; units are the user's."
    axes = new_axes([note]) if ax is None else ax
    before = [line for line in axes.lines if line.get_gid() == _SUBJECT]
    time = data["time"].values
    # where time starts again the pen is lifted
    again = np.flatnonzero(np.diff(time) < 0) + 1
    colour, style = _LOOKS[len(before) % len(_LOOKS)]
    title = str(data.attrs["title"])
    # matplotlib leaves names that begin with an underscore out of the legend, and reads dollars as mathematics
    named = (label or title).replace("$", r"\$")
    axes.plot(
        np.insert(time, again, np.nan), np.insert(data[name].values, again, np.nan),
        color=colour, linestyle=style, label=f"\u200b{named}", gid=_SUBJECT,
    )  # fmt: skip
    top = max(float(data[name].max()) * 1.1, 1e-300)
    first, last = float(time.min()), float(time.max())
    if before:
        left, right = axes.get_xlim()
        first, last, top = min(first, left), max(last, right), max(top, axes.get_ylim()[1])
    if last > first:
        axes.set_xlim(first, last)
    axes.set_ylim(0, top)
    axes.set_xlabel("TIME [h]")
    axes.set_ylabel(name.replace("_", " ", 1) + (f" [{unit}]" if unit else ""))
    axes.set_title((title.partition(", subject ")[0] if before else title).replace("$", r"\$"), loc="left")
    if before:
        axes.legend(fontsize="small", frameon=False, ncols=1 + (len(before) >= _LONG_LEGEND))
    dose_marks(axes, data)
    return axes


def subjects(
    dataset: Callable[[Any], xr.Dataset], ids: Sequence[Any], model: str, analyte: str, name: str, ax: Axes | None
) -> Axes:
    """The course of several subjects of an event table on the same axes.

    Parameters
    ----------
    dataset : callable
        Gives the dataset of a subject.
    ids : sequence
        Subjects.
    model : str
        Name of the model.
    analyte, name : str
        What is observed, and its column.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The panel.

    Raises
    ------
    InputError
        If there is no subject, or not this one.
    """
    for subject in ids:
        data, unit = dataset(subject), ""
        if "plasma" in data and "analyte" in data["plasma"].dims:
            about = {**data.attrs, "dose_amount": data.attrs["dose_mg"], "title": f"{model}, subject {subject}"}
            data, unit = data["plasma"].sel(analyte=analyte, drop=True).to_dataset(name=name), "ng/mL"
            data = data.assign_attrs(about)
        ax = course_of(data, name, ax, label=f"subject {subject}", unit=unit)
    if not len(ids) or ax is None:
        raise InputError("id", ids, "at least one subject")
    return ax
