"""Courses of the subjects of an event table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.errors import InputError
from ..base.near import among
from .drawing import BLACK, CURVE, LOOKS, dose_marks, keep, legend, new_axes
from .lettering import TYPED, label_for

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
_LONG_LEGEND = 12


def course_of(data: xr.Dataset, name: str, ax: Axes | None = None, *, label: str = "", unit: str = "") -> Axes:
    """One column of a subject of an event table over time, doses below it.

    On axes that hold other subjects the curve has another look, as its doses have another colour, and a legend
    names them all.

    Parameters
    ----------
    data : xarray.Dataset
        From ``TableRun.subject`` of a general model.
    name : str
        The column.
    ax : matplotlib.axes.Axes, optional
        Where to draw.
    label : str
        What the legend calls the curve; by default the title of `data` and `name`.
    unit : str
        Unit of the column, where it is known.

    Returns
    -------
    matplotlib.axes.Axes
        The panel.

    Raises
    ------
    InputError
        If `data` has no such column or is no subject, or the axes hold as many curves as can be told apart.
    """
    if not hasattr(data, "data_vars") or name not in data.data_vars:
        known = list(map(str, getattr(data, "data_vars", [])))
        raise InputError("name", name, among(name, known))
    if data[name].dims != ("time",) or "title" not in data.attrs:
        raise InputError("data", data[name].dims, "one subject of an event table, from TableRun.subject")
    note = "" if unit else "A general model with the user's own parameters; units are the user's."
    axes = new_axes([note]) if ax is None else ax
    before = [line for line in axes.lines if line.get_gid() == CURVE]
    if len(before) >= len(LOOKS):
        expected = f"at most {len(LOOKS)} on the same axes, which can be told apart"
        raise InputError("ax", f"{len(before)} curves", expected)
    time, look, title = data["time"].values, LOOKS[len(before)], str(data.attrs["title"])
    # where time starts again the pen is lifted
    again = np.flatnonzero(np.diff(time) < 0) + 1
    axes.plot(
        np.insert(time, again, np.nan), np.insert(data[name].values, again, np.nan), color=look.colour,
        linestyle=look.style, marker=look.marker, markerfacecolor="white", markevery=0.12, gid=CURVE,
        label=label_for(label or f"{title}: {name}"),
    )  # fmt: skip
    top = max(float(data[name].max()) * 1.1, 1e-300)
    first, last = float(time.min()), float(time.max())
    column = name.replace("_", " ", 1) + (f" [{unit}]" if unit else "")
    if before:
        left, right = axes.get_xlim()
        first, last, top = min(first, left), max(last, right), max(top, axes.get_ylim()[1])
        column = column if axes.get_ylabel() == column else "Several columns"
        title = title.partition(", subject ")[0]
    if last > first:
        axes.set_xlim(first, last)
    axes.set_ylim(0, top)
    axes.set_xlabel("TIME [h]")
    axes.set_ylabel(column, **TYPED)
    axes.set_title(title, loc="left", **TYPED)
    if before:
        legend(axes, columns=1 + (len(before) >= _LONG_LEGEND))
    dose_marks(axes, data, look.colour if before else BLACK)
    keep(axes, data)
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
        If there is no subject, not this one, or too many.
    """
    if len(ids) > len(LOOKS):
        raise InputError("id", f"{len(ids)} subjects", f"at most {len(LOOKS)} in one picture, which can be told apart")
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
