"""Panels of a result over time as they are drawn: curves of one subject or bands of many, in new axes or a user's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

import numpy as np

from ..base.errors import InputError
from ..base.reading import truth
from ..results.over_time import Array, finished, is_population, over_time
from ..results.views import last_view
from ..results.words import HALF
from . import own_points
from .bands import band_marks, both_bands, draw_bands, people_notes, people_text
from .blocked_hours import hours_said, shade
from .choosing import chosen, plain_panel
from .closing import noted
from .curves import BLOCKADE, INFLAMMATION, LEVELS, MU, REBOUND, STORY, TOLD, Curve, Panel
from .drawing import (
    BLACK,
    FLOOR,
    Footer,
    check_free,
    check_result,
    claim,
    evidence_line,
    finish,
    footer_of,
    four_axes,
    is_long,
    last_label,
    means_text,
    new_axes,
    on_log,
    within_days,
)
from .fitted import even_ticks
from .inks import Palette
from .legends import legend, legend_below
from .plot_options import PlotOptions, check_options

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

_CURE = "ldnsim.plots.compare lays runs over each other"


class _Reading(NamedTuple):
    """A curve with its times and values: one row of one subject, of a population percentiles."""

    curve: Curve
    time: Array
    values: Array


class _Drawing(NamedTuple):
    """What all panels of a picture share."""

    who: str
    palette: Palette
    points: Sequence[own_points.Points] = ()


def picture(data: xr.Dataset, usual: Sequence[Panel] = (), argument: str = "ax", **options: Unpack[PlotOptions]) -> Any:
    """Panels of a result in one figure, or in axes of the user.

    Of a run longer than three days, plasma and blockade show the last two days, rebound and inflammation the whole
    course as daily means; a variable for itself shows the whole course as it is.

    Parameters
    ----------
    data : xarray.Dataset
        A result of one subject, or of a population of single people or of the quantiles 0.05, 0.25, 0.5, 0.75, 0.95.
    usual : sequence of Panel
        Which panels are drawn where `options` name none; by default the four of a drug, or what another model observes.
    argument : str
        What a refusal calls the axes of the user.
    **options
        As `ldnsim.plots.plot_options.PlotOptions` has them.

    Returns
    -------
    ndarray of matplotlib.axes.Axes, shape (n_panels,)
        The panels. People whose run did not finish are left out and counted in legends and footer.

    Raises
    ------
    InputError
        If `data` is no result of ldnsim with a variable of these panels, or an argument does not fit.

    Warns
    -----
    LdnsimWarning
        If measured points lie outside the stretch that their panel shows.
    """
    check_options(options)
    names, axes = options.get("panels"), options.get("ax")
    if not usual:
        there = [str(name) for name, values in getattr(data, "data_vars", {}).items() if "time" in values.dims]
        check_result(data, *(_observed(data) or there[:1] or ["plasma"]))
    panels = chosen(data, names) if names is not None else list(usual) or _usual(data)
    panels = on_scale(panels, options.get("log"))
    data, left_out = _checked(data, panels)
    footer = footer_of(options.get("footer"), axes)
    points = own_points.read(options.get("points"), measurable(data, panels), *_stretch(data))
    drawing = _Drawing(people_text(data, left_out), palette(data, panels, options), points)
    near = last_view(data)
    # everything is read before anything is drawn, so that a refusal leaves no figure behind
    readings = [_read(near if panel.near else data, panel) for panel in panels]
    for panel, found in zip(panels, readings, strict=True):
        if panel.log and _highest(found) > 0:
            own_points.check_log(points, [one.curve.shown for one in found])
    notes = _notes(data, left_out, panels, footer)
    title = str(data.attrs.get("regimen", ""))
    if axes is not None:
        for ax in np.ravel(np.array(axes, dtype=object)):
            check_free(ax, _CURE)
    grid = four_axes(axes, title, notes, len(panels), options.get("width"), argument)
    outside = 0
    for ax, panel, found in zip(grid, panels, readings, strict=True):
        if not found:
            leave(ax, panel.title, absent=panel is INFLAMMATION and "drug" in data.attrs)
            continue
        outside += _draw(
            ax,
            near if panel.near else data,
            panel,
            found,
            drawing,
            last_label(data) * (panel.near and near is not data),
        )
    own_points.say_outside(outside)
    noted(grid, notes)
    return grid


def plot_run(data: xr.Dataset, **options: Unpack[PlotOptions]) -> Any:
    """`picture` of a run; of a model that observes one thing the one panel, unless panels are named."""
    panels = picture(data, **options)
    return panels[0] if _observed(data) and options.get("panels") is None else panels


def on_scale(panels: Sequence[Panel], log: bool | None) -> list[Panel]:
    """Panels with levels on a logarithmic or a linear axis; raises `InputError` where none has levels."""
    if log is not None and truth("log", log) and not any(panel.scale in LEVELS for panel in panels):
        raise InputError("log", log, "a panel of levels, such as 'plasma', or a variable by its name")
    return [panel.on(log) for panel in panels]


def _observed(data: Any) -> list[str]:
    """What a model other than a drug observes."""
    return [str(data.attrs["observed"])] if "observed" in getattr(data, "attrs", {}) else []


def _usual(data: xr.Dataset) -> list[Panel]:
    """The four panels of a drug, or the one of what another model observes."""
    from .choosing import columns

    observed = _observed(data)
    if not observed:
        return list(STORY)
    return [plain_panel(data, next(shown for shown in columns(data).values() if shown.name == observed[0]))]


def measurable(data: xr.Dataset, panels: Sequence[Panel]) -> dict[str, own_points.Measurable]:
    """The curves of some panels by their columns, for points that were measured of them."""
    every = {curve.name: curve for panel in panels for curve in panel.of(data)}
    return {
        name: own_points.Measurable(curve.shown, str(data[curve.shown.name].attrs["units"]), curve.title)
        for name, curve in every.items()
    }


def _stretch(data: xr.Dataset) -> tuple[float, float]:
    """When a result, or a view of it, starts and ends [h]."""
    return float(data["time"].values[0]), float(data["time"].values[-1])


def palette(data: xr.Dataset, panels: Sequence[Panel], options: PlotOptions) -> Palette:
    """Colours of the curves of some panels, which go by their titles and by their columns."""
    every = [curve for panel in panels for curve in panel.of(data)]
    known = {curve.title: curve.name for curve in every} | {curve.name: curve.name for curve in every}
    return Palette(options.get("colors"), known)


def _notes(data: xr.Dataset, left_out: int, panels: Sequence[Panel], footer: Footer) -> list[str]:
    """Footer: what is behind each curve; of the four panels of a drug what is told of each."""
    told = {title: one for title, one in TOLD.items() if one.name in data.data_vars}
    if [panel.name for panel in panels] != [panel.name for panel in STORY]:
        told = {curve.title: curve.shown for panel in panels for curve in panel.of(data)}
    elif "tone" not in data.data_vars:
        told |= {curve.title: curve.shown for curve in REBOUND.of(data)}
    notes = [evidence_line(data, told, footer)]
    if footer == "short":
        return notes
    notes += people_notes(data, left_out, " Lines are medians; bands hold 50 % and 90 % of people.")
    if "quantile" in data.dims and is_long(data):
        notes.append("Only percentiles were kept: means are daily means of each percentile, not percentiles of means.")
    return notes


def one_panel(data: xr.Dataset, ax: Axes | None, panel: Panel, *, log: bool = False) -> Axes:
    """A panel on its own, with what stands behind it below."""
    check_free(ax, _CURE)
    data, left_out = _checked(data, (panel,))
    found = _read(data, panel)
    shown = {one.curve.title: one.curve.shown for one in found}
    axes = ax or new_axes([evidence_line(data, shown), *people_notes(data, left_out)])
    drawing = _Drawing(people_text(data, left_out), palette(data, (panel,), {}))
    _draw(axes, data, panel.on(log), found, drawing)
    noted([axes], [evidence_line(data, shown, "short")])
    return axes


def _checked(data: xr.Dataset, panels: Sequence[Panel]) -> tuple[xr.Dataset, int]:
    """Those whose run finished, and how many others there are, if data have something that panels show."""
    wanted = dict.fromkeys(curve.shown.name for panel in panels for curve in panel.curves)
    kept = [name for name in wanted if name in getattr(data, "data_vars", ())]
    check_result(data, *(kept or wanted))
    return finished(data)


def _read(data: xr.Dataset, panel: Panel) -> list[_Reading]:
    """The curves that were kept, or their daily means."""
    daily = panel.daily(data)
    return [_Reading(curve, *over_time(data, curve.shown, daily=daily)) for curve in panel.of(data)]


def _highest(found: Sequence[_Reading]) -> float:
    return max((float(one.values[-1].max()) for one in found), default=0.0)


def leave(ax: Axes, title: str, *, absent: bool) -> None:
    """Say of an empty panel that it was not kept; of what a drug does not have, nothing."""
    from .fitted import titled

    ax.set_axis_off()
    if not absent:
        titled(ax, title)
        ax.text(0.5, 0.5, "not kept in these data", transform=ax.transAxes, ha="center", va="center", wrap=True)


def _draw(ax: Axes, data: xr.Dataset, panel: Panel, found: list[_Reading], drawing: _Drawing, label: str = "") -> int:
    """A panel of one subject or of many, with what it says of itself; gives how many points lie outside it."""
    people, daily = is_population(data), panel.daily(data)
    hours, further = hours_said(data) if panel is BLOCKADE else ("", {})
    highest = _highest(found)
    # nothing above 0 has no logarithm
    log = panel.log and highest > 0
    colours = {one.curve.name: drawing.palette.of(one.curve.name, one.curve.colour) for one in found}
    for one in found[::-1] if people else found:
        _draw_curve(
            ax, data, panel, one._replace(values=on_log(one.values, highest) if log else one.values), colours, further
        )
    _scale(ax, data, panel, found, colours, log=log)
    shown = [(one.curve.shown, colours[one.curve.name]) for one in found]
    outside = own_points.draw(ax, drawing.points, shown, *_stretch(data))
    ax.set_ylabel(panel.axis)
    ax.set_title(panel.title + hours + means_text(data) * daily, loc="left")
    claim(ax)
    finish(ax, data, label)
    if panel.scale == "plain":
        if people or len(ax.get_legend_handles_labels()[0]) > 1:
            legend_below(ax, band_marks(colours[found[0].curve.name], drawing.who) if people else {})
    elif people:
        legend_below(ax, both_bands(drawing.who))
    else:
        legend(ax, headroom=panel.scale == "share")
    if panel.scale == "share":
        even_ticks(ax)
    return outside


def _draw_curve(
    ax: Axes, data: xr.Dataset, panel: Panel, one: _Reading, colours: dict[str, Any], further: dict[str, str]
) -> None:
    """A curve of one subject, or the median of many with its bands."""
    curve, values, colour = one.curve, one.values, colours[one.curve.name]
    people = is_population(data)
    label = curve.title + further.get(curve.name, "")
    if people and curve.band:
        # bands cover each other, so that the one that matters most comes last
        draw_bands(ax, one.time, values, colour, curve.style, "median" if panel.scale == "plain" else label)
        return
    if panel.daily(data) and not people:
        within_days(ax, data, curve.shown, colour)
    # what is wide lies below, so that it hides nothing
    ax.plot(one.time, values[len(values) // 2], color=colour, linestyle=curve.style, label=label,
            linewidth=curve.width, zorder=2.5 - curve.width / 100)  # fmt: skip


def _scale(
    ax: Axes, data: xr.Dataset, panel: Panel, found: list[_Reading], colours: dict[str, Any], *, log: bool
) -> None:
    """Scale and limits of the vertical axis, and lines that it is read against."""
    people, highest = is_population(data), _highest(found)
    # axes of a user may have another scale, with its ticks
    ax.set_yscale("log" if log else "linear")
    if panel.scale == "share":
        if not people and MU.kept(data):
            shade(ax, data, colours.get(MU.name, MU.colour))
        ax.axhline(HALF, color=BLACK, linewidth=0.8, linestyle=":")
        ax.set_ylim(0, 1.02)
    elif panel.scale == "relative":
        ax.axhline(1.0, color=BLACK, linewidth=0.8)
        ax.set_ylim(bottom=0)
    elif log:
        ax.set_ylim(highest * FLOOR, highest * 3)
    elif panel.scale == "level":
        ax.set_ylim(0, highest * 1.15 or 1.0)
    elif min(float(one.values.min()) for one in found) >= 0:
        ax.set_ylim(bottom=0)
