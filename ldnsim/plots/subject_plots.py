"""Courses of the subjects of an event table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from ..base.errors import InputError
from ..base.near import among
from ..results.behind import Shown
from ..results.over_time import Array
from ..results.words import word
from . import own_points
from .choosing import columns, named
from .closing import noted
from .drawing import (
    BLACK,
    CURVE,
    FLOOR,
    LOOKS,
    dose_marks,
    evidence_line,
    footer_of,
    four_axes,
    keep,
    new_axes,
    on_log,
)
from .fitted import fit, titled
from .inks import Palette
from .legends import legend
from .lettering import TYPED, label_for
from .plot_options import PlotOptions, check_options

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

_LONG_LEGEND = 12

_OWN = "A general model with the user's own parameters; units are the user's."
"""What stands behind a model without evidence."""


def course_of(
    data: xr.Dataset, name: str, ax: Axes | None = None, *, label: str = "", unit: str = "", log: bool = False,
    colour: Any = None,
) -> Axes:  # fmt: skip
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
    log : bool
        Logarithmic values; zeros, and values below a ten-thousandth of the highest, leave a gap.
    colour : colour, optional
        Of the curve, as matplotlib takes it; by default that of its place among others.

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
    note = "" if unit else _OWN
    axes = new_axes([note]) if ax is None else ax
    before = [line for line in axes.lines if line.get_gid() == CURVE]
    if len(before) >= len(LOOKS):
        expected = f"at most {len(LOOKS)} on the same axes, which can be told apart"
        raise InputError("ax", f"{len(before)} curves", expected)
    time, look, title = data["time"].values, LOOKS[len(before)], str(data.attrs["title"])
    look = look if colour is None else look._replace(colour=colour)
    values, highest = data[name].values, float(data[name].max())
    log = log and highest > 0
    # where time starts again the pen is lifted
    again = np.flatnonzero(np.diff(time) < 0) + 1
    axes.plot(
        np.insert(time, again, np.nan),
        np.insert(on_log(values[None], highest)[0] if log else values, again, np.nan), color=look.colour,
        linestyle=look.style, marker=look.marker, markerfacecolor=axes.get_facecolor(), markevery=0.12, gid=CURVE,
        label=label_for(label or f"{title}: {name}"),
    )  # fmt: skip
    column = name.replace("_", " ", 1) + (f" [{unit}]" if unit else "")
    if before:
        column = column if axes.get_ylabel() == column else "Several columns"
        title = title.partition(", subject ")[0]
    _limits(axes, time, highest, log=log, first=not before)
    axes.set_xlabel("TIME [h]")
    axes.set_ylabel(column, **TYPED)
    fit(axes)
    titled(axes, title)
    if before:
        legend(axes, columns=1 + (len(before) >= _LONG_LEGEND))
    dose_marks(axes, data, look.colour if before else BLACK)
    keep(axes, data)
    noted([axes], [note])
    return axes


def _limits(axes: Axes, time: Array, highest: float, *, log: bool, first: bool) -> None:
    """Scale and limits for a curve, and for those that are there."""
    low, high, start, stop = 0.0, max(highest * 1.1, 1e-300), float(time.min()), float(time.max())
    if log:
        low, high = highest * FLOOR, highest * 3
    if not first:
        (bottom, top), (left, right) = axes.get_ylim(), axes.get_xlim()
        low, high, start, stop = min(low, bottom), max(high, top), min(start, left), max(stop, right)
    # axes of a user may have another scale, with its ticks
    axes.set_yscale("log" if log else "linear")
    if stop > start:
        axes.set_xlim(start, stop)
    axes.set_ylim(low, high)


def subjects(
    dataset: Callable[[Any], xr.Dataset], ids: Sequence[Any], model: str, analyte: str, name: str,
    **options: Unpack[PlotOptions],
) -> Any:  # fmt: skip
    """The courses of one or several subjects of an event table, on the same axes for each column.

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
    **options
        As `ldnsim.plots.plot_options.PlotOptions` has them; panels are columns.

    Returns
    -------
    matplotlib.axes.Axes, or ndarray of them
        The panel; where panels are named, all of them.

    Raises
    ------
    InputError
        If there is no subject, not this one, or too many, or an option does not fit.
    """
    check_options(options)
    if len(ids) > len(LOOKS):
        raise InputError("id", f"{len(ids)} subjects", f"at most {len(LOOKS)} in one picture, which can be told apart")
    if not len(ids):
        raise InputError("id", ids, "at least one subject")
    axes, footer = options.get("ax"), footer_of(options.get("footer"), options.get("ax"))
    whole = [(subject, dataset(subject)) for subject in ids]
    shown = [_column(data, subject, model, analyte, name) for subject, data in whole]
    first, unit = shown[0]
    behind = {word(analyte): Shown("plasma", {"analyte": analyte})}
    note = evidence_line(whole[0][1], behind, footer) if unit else _OWN
    names = list(columns(first))
    wanted = options.get("panels")
    chosen = (
        [name]
        if wanted is None
        else [named(one, names, "panels") for one in ([wanted] if isinstance(wanted, str) else wanted)]
    )
    labels = [f"subject {subject}" for subject in ids]
    palette = Palette(
        options.get("colors"), dict(zip(labels, labels, strict=True)) | dict(zip(map(str, ids), labels, strict=True))
    )
    ends = min(float(data["time"].min()) for data, _ in shown), max(float(data["time"].max()) for data, _ in shown)
    known = {one: own_points.Measurable(Shown(one), str(first[one].attrs.get("units", unit)), one) for one in chosen}
    points = own_points.read(options.get("points"), known, *ends)
    if options.get("log"):
        own_points.check_log(points, [curve.shown for curve in known.values()])
    grid = four_axes(axes, model * (len(chosen) > 1), [note], len(chosen), options.get("width"), "ax")
    for ax, column in zip(grid, chosen, strict=True):
        before = sum(line.get_gid() == CURVE for line in ax.lines)
        for place, ((data, _), label) in enumerate(zip(shown, labels, strict=True)):
            usual = LOOKS[min(before + place, len(LOOKS) - 1)].colour
            course_of(
                data, column, ax, label=label, unit=unit, log=bool(options.get("log")), colour=palette.of(label, usual)
            )
        if points:
            own_points.draw(ax, points, [(Shown(column), BLACK)], *ends)
            legend(ax)
    noted(grid, [note])
    return grid if wanted is not None else grid[0]


def _column(data: xr.Dataset, subject: Any, model: str, analyte: str, name: str) -> tuple[xr.Dataset, str]:
    """A subject as its curve is drawn, and the unit of the curve where it is known."""
    if "plasma" not in data or "analyte" not in data["plasma"].dims:
        return data, ""
    about = {**data.attrs, "dose_amount": data.attrs["dose_mg"], "title": f"{model}, subject {subject}"}
    chosen = data["plasma"].sel(analyte=analyte, drop=True).to_dataset(name=name)
    return chosen.assign_attrs(about), "ng/mL"
