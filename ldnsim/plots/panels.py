"""The panels of a run: plasma, blockade, rebound and inflammation, as curves of one subject or bands of many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..results.blockade import means, shaded
from ..results.endpoints import blocked_stretches
from ..results.over_time import Array, finished, is_population, over_time
from ..results.readings import BLOCKED_HOURS, EFFECT_HOURS, HELD_HOURS, blockade_hours
from ..results.views import last_day, last_view, window
from ..results.words import HALF, HALF_BLOCKED, HALF_HELD
from .bands import both_bands, draw_bands, legend_below, people_notes, people_text
from .curves import BLOCKADE, EFFECT, INFLAMMATION, MU, PLASMA, REBOUND, STORY, TOLD, Curve, Panel
from .doses import dose_response
from .drawing import (
    BLACK,
    BLUE,
    FLOOR,
    check_free,
    check_result,
    claim,
    clock_axis,
    evidence_line,
    finish,
    four_axes,
    is_long,
    last_label,
    legend,
    means_text,
    new_axes,
    on_log,
    within_days,
)
from .lettering import folded
from .overlays import compare
from .subject_plots import course_of

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

__all__ = [
    "blockade",
    "clock_axis",
    "compare",
    "course_of",
    "dose_response",
    "footer_text",
    "four_panels",
    "inflammation",
    "plasma",
    "rebound",
]

_AXIS = 26
"""Letters that fit beside a panel."""

_HEADROOM = 1.75
"""Where an axis of shares ends that has a legend above its curves [1]."""

_LEGENDS = 0.7
"""What a figure of people is taller by, whose legends stand below the panels [inches]."""

_CURE = "ldnsim.plots.compare lays runs over each other"


class _Reading(NamedTuple):
    """A curve with its times and values: one row of one subject, of a population percentiles."""

    curve: Curve
    time: Array
    values: Array

    @property
    def middle(self) -> Array:
        """The curve, or the median."""
        row: Array = self.values[len(self.values) // 2]
        return row


def plasma(data: xr.Dataset, ax: Axes | None = None, *, log: bool = False) -> Axes:
    """Plasma levels of the drug and its metabolites.

    Parameters
    ----------
    data : xarray.Dataset
        A result or a window of it, of one subject or of a population.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure with a footer if none.
    log : bool
        Logarithmic levels; zeros, and levels below a ten-thousandth of the highest, leave a gap.

    Returns
    -------
    matplotlib.axes.Axes
        The panel, levels in ng/mL; of a population, as in the other panels, medians with the bands that hold 50 % and
        90 % of people, who are counted in the legend.

    Raises
    ------
    InputError
        If `data` is no result of ldnsim with something that this panel shows.
    """
    return one_panel(data, ax, PLASMA, log=log)


def blockade(data: xr.Dataset, ax: Axes | None = None) -> Axes:
    """Occupancy of opioid receptors and functional block of an agonist; of one subject shaded what counts as blocked.

    Parameters
    ----------
    data : xarray.Dataset
        A result or a window of it, of one subject or of a population.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The panel, fractions of receptors held and of the agonist's effect blocked. Its title says how long what counts
        as blocked lasts (`ldnsim.results.blockade`), its legend how long the other meanings of blockade do.

    Raises
    ------
    InputError
        If `data` is no result of ldnsim with something that this panel shows.
    """
    return one_panel(data, ax, BLOCKADE)


def rebound(data: xr.Dataset, ax: Axes | None = None) -> Axes:
    """Beta-endorphin, mu receptors and net tone against the untreated baseline.

    Longer than three days the thick lines are daily means; of one subject the thin ones are the course within days.

    Parameters
    ----------
    data : xarray.Dataset
        A result or a window of it, of one subject or of a population.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The panel, relative to untreated = 1.

    Raises
    ------
    InputError
        If `data` is no result of ldnsim with something that this panel shows.
    """
    return one_panel(data, ax, REBOUND)


def inflammation(data: xr.Dataset, ax: Axes | None = None) -> Axes:
    """TLR4 inhibition and the cytokines behind it.

    Parameters
    ----------
    data : xarray.Dataset
        A result or a window of it, of one subject or of a population.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The panel: inhibition as a fraction, cytokines relative to untreated = 1.

    Raises
    ------
    InputError
        If `data` is no result of ldnsim with something that this panel shows.
    """
    return one_panel(data, ax, INFLAMMATION)


def four_panels(data: xr.Dataset, axes: Any = None) -> Any:
    """Plasma, blockade, rebound and, where the drug has any, inflammation in one figure.

    Of a run longer than three days, plasma and blockade show the last two days, rebound and inflammation the whole
    course as daily means. Where only quantiles were kept, these are daily means of the quantiles, which is said. A
    panel whose variables were not kept says so.

    Parameters
    ----------
    data : xarray.Dataset
        A result of one subject, or of a population of single people or of the quantiles 0.05, 0.25, 0.5, 0.75, 0.95.
    axes : sequence of 4 matplotlib.axes.Axes, optional
        Where to draw; a new figure with title and footer if none.

    Returns
    -------
    ndarray of matplotlib.axes.Axes, shape (4,)
        The panels. People whose run did not finish are left out and counted in legends and footer.

    Raises
    ------
    InputError
        If `data` is no result of ldnsim with a variable of these panels, or `axes` are not four.
    """
    data, left_out = _checked(data, STORY)
    near = last_view(data)
    # everything is read before anything is drawn, so that a refusal leaves no figure behind
    readings = [_read(near if panel.near else data, panel) for panel in STORY]
    panels = four_axes(axes, str(data.attrs["regimen"]), _notes(data, left_out), room=_LEGENDS * is_population(data))
    for ax, panel, found in zip(panels, STORY, readings, strict=True):
        if not found:
            _leave(ax, panel, absent=panel is INFLAMMATION and "drug" in data.attrs)
            continue
        _draw(ax, near if panel.near else data, panel, found, people_text(data, left_out))
        if panel.near and near is not data:
            ax.set_xlabel(last_label(data))
    return panels


def footer_text(data: xr.Dataset) -> str:
    """Assumptions and weakest evidence of a result, in one paragraph.

    Parameters
    ----------
    data : xarray.Dataset
        A result.

    Returns
    -------
    str
        The text of the footer.
    """
    return evidence_line(data, {title: one for title, one in TOLD.items() if one.name in data.data_vars})


def _notes(data: xr.Dataset, left_out: int) -> list[str]:
    """Footer of the four panels: of the rebound its tone counts, or what else there is."""
    notes = [footer_text(data)]
    if "tone" not in data.data_vars:
        shown = {title: one for title, one in TOLD.items() if one.name in data.data_vars}
        notes = [evidence_line(data, shown | {curve.title: curve.shown for curve in REBOUND.of(data)})]
    notes += people_notes(data, left_out, " Lines are medians; bands hold 50 % and 90 % of people.")
    if "quantile" in data.dims and is_long(data):
        notes.append("Only percentiles were kept: means are daily means of each percentile, not percentiles of means.")
    return notes


def one_panel(data: xr.Dataset, ax: Axes | None, panel: Panel, *, log: bool = False) -> Axes:
    """A panel on its own, with a footer where no axes are given."""
    check_free(ax, _CURE)
    data, left_out = _checked(data, (panel,))
    found = _read(data, panel)
    if ax is None:
        notes = [evidence_line(data, {one.curve.title: one.curve.shown for one in found})]
        ax = new_axes(notes + people_notes(data, left_out))
    return _draw(ax, data, panel, found, people_text(data, left_out), log=log)


def _checked(data: xr.Dataset, panels: tuple[Panel, ...]) -> tuple[xr.Dataset, int]:
    """Those whose run finished, and how many others there are, if data have something that panels show."""
    wanted = dict.fromkeys(curve.shown.name for panel in panels for curve in panel.curves)
    kept = [name for name in wanted if name in getattr(data, "data_vars", ())]
    check_result(data, *(kept or wanted))
    return finished(data)


def _read(data: xr.Dataset, panel: Panel) -> list[_Reading]:
    """The curves that were kept, or their daily means."""
    daily = not panel.near and is_long(data)
    return [_Reading(curve, *over_time(data, curve.shown, daily=daily)) for curve in panel.of(data)]


def _leave(ax: Axes, panel: Panel, *, absent: bool) -> None:
    """Say of an empty panel that it was not kept; of what a drug does not have, nothing."""
    ax.set_axis_off()
    if not absent:
        ax.set_title(panel.title, loc="left")
        ax.text(0.5, 0.5, "not kept in these data", transform=ax.transAxes, ha="center", va="center")


def _draw(ax: Axes, data: xr.Dataset, panel: Panel, found: list[_Reading], who: str, *, log: bool = True) -> Axes:
    """A panel of one subject or of many, with what it says of itself."""
    people, long = is_population(data), not panel.near and is_long(data)
    hours, further = _hours(data) if panel is BLOCKADE else ("", {})
    highest = max(float(one.values[-1].max()) for one in found)
    log = log and panel.log and highest > 0
    # bands cover each other, so that the one that matters most comes last
    for one in found[::-1] if people else found:
        curve = one.curve
        values = on_log(one.values, highest) if log else one.values
        label = curve.title + further.get(curve.name, "")
        if people and curve.band:
            draw_bands(ax, one.time, values, curve.colour, curve.style, label)
            continue
        if long and not people:
            within_days(ax, data, curve.shown, curve.colour)
        # what is wide lies below, so that it hides nothing
        ax.plot(one.time, values[len(values) // 2], color=curve.colour, linestyle=curve.style, label=label,
                linewidth=curve.width, zorder=2.5 - curve.width / 100)  # fmt: skip
    if panel.scale == "share":
        if not people and MU.kept(data):
            _shade(ax, data)
        ax.axhline(HALF, color=BLACK, linewidth=0.8, linestyle=":")
        # what the legend says needs room of its own, off the curves
        ax.set_ylim(0, 1.02 if people else _HEADROOM)
        ax.set_yticks(np.linspace(0, 1, 6))
    elif panel.scale == "relative":
        ax.axhline(1.0, color=BLACK, linewidth=0.8)
        ax.set_ylim(bottom=0)
    elif log:
        ax.set_yscale("log")
        ax.set_ylim(highest * FLOOR, highest * 3)
    else:
        ax.set_ylim(0, highest * 1.15 or 1.0)
    ax.set_ylabel(folded(panel.axis, _AXIS))
    ax.set_title(panel.title + hours + means_text(data) * long, loc="left")
    claim(ax)
    finish(ax, data)
    if people:
        legend_below(ax, both_bands(who))
    else:
        legend(ax)
    return ax


def _shade(ax: Axes, data: xr.Dataset) -> None:
    """Shade what counts as blocked, and say in the legend what that is."""
    label = f"shaded: {shaded(data)}"
    for start, stop in blocked_stretches(data):
        ax.axvspan(start, stop, color=BLUE, alpha=0.15, linewidth=0, label=label)
        label = ""


def _hours(data: xr.Dataset) -> tuple[str, dict[str, str]]:
    """How long blockade is on the day that is spoken of: for the title what counts, with the median of people; for the
    legend, by curve, the other meanings of the word, and 90 % of people. Nothing where it cannot be known.
    """
    if not MU.kept(data) or "quantile" in data.dims:
        return "", {}
    part, counted = window(data, *last_day(data)), means(data)
    whole, found = float(np.ptp(part["time"].values)), blockade_hours(part)
    further = {}
    for curve, name, quantity in ((MU, HALF_HELD, HELD_HOURS), (EFFECT, HALF_BLOCKED, EFFECT_HOURS)):
        if quantity in found and name != counted:
            further[curve.name] = f" (half: {np.median(found[quantity]):.1f} h)"
        elif quantity in found and is_population(data):
            low, high = np.quantile(found[quantity], (0.05, 0.95))
            further[curve.name] = f" (90 %: {low:.1f} to {high:.1f} h)"
    return f", {counted.replace('mu receptors', 'mu')}: {_long(float(np.median(found[BLOCKED_HOURS])), whole)}", further


def _long(blocked: float, whole: float) -> str:
    """How long something lasts, from its hours and those that there are."""
    if blocked == 0.0:
        return "never"
    return f"all {whole:.3g} h" if blocked >= whole * (1 - 1e-9) else f"{blocked:.1f} h in {whole:.3g} h"
