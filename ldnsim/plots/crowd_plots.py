"""Plots of populations: bands, single people, the four panels, and how long people are blocked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..base.errors import InputError
from ..results.behind import Shown
from ..results.crowd_readings import (
    Array,
    check_people,
    curves,
    daily_curves,
    finished,
    hours_blocked_by_person,
    percentiles,
)
from ..results.endpoints import BLOCKED
from ..results.views import SHORT_VIEW, day_title, last_day, last_view, window
from .crowd_drawing import (
    axis_label,
    band_marks,
    both_bands,
    draw_bands,
    has_tlr4,
    heading,
    legend_below,
    people_axes,
    people_line,
    people_text,
    word,
)
from .drawing import (
    BLACK,
    BLUE,
    FLOOR,
    GREEN,
    ORANGE,
    PANELS,
    PURPLE,
    SKY,
    blocked_text,
    check_free,
    claim,
    evidence_line,
    finish,
    four_axes,
    last_label,
)
from .lettering import TYPED

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

__all__ = ["bands", "blockade_window", "four_panels_of_people", "hours_blocked_by_person", "spaghetti"]

_TWO_THINGS = "Fraction inhibited;\nuntreated = 1"

_WIDTHS, _BARS = (0.25, 0.5, 1.0), 16
"""Widths of the bars of a histogram [h], and how many should hold 90 % of people at most."""


class _Curve(NamedTuple):
    """A variable in one of the four panels; without a band where it is only company."""

    name: str
    label: str
    labels: dict[str, str]
    colour: str
    style: str
    band: bool = True


_Reading = list[tuple[_Curve, Array, Array]]

_BLOCKADE = (
    _Curve("occupancy", "kappa", {"receptor": "kor"}, GREEN, "-.", band=False),
    _Curve("occupancy", "delta", {"receptor": "dor"}, PURPLE, ":", band=False),
    _Curve("occupancy", "mu", {"receptor": "mor"}, BLUE, "-"),
)
_REBOUND = (
    _Curve("peptide_level", "beta-endorphin", {"peptide": "beta_endorphin"}, ORANGE, "--"),
    _Curve("receptor_density", "mu receptors", {"receptor": "mor"}, GREEN, "-."),
    _Curve("tone", "net opioid tone", {}, BLUE, "-"),
)
_INFLAMMATION = (
    _Curve("tlr4_inhibition", "TLR4 inhibited", {}, GREEN, "-."),
    _Curve("cytokine_index", "cytokine index", {}, BLUE, "-"),
)


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
    people, left_out = finished(data)
    check_free(ax, "ldnsim.plots.compare lays populations over each other")
    found = percentiles(people, curves(people, name, **labels))
    axes = people_axes(people, Shown(name, labels), left_out, ax)
    draw_bands(axes, people["time"].values, found, BLUE, "-", "median")
    marks = band_marks(BLUE, people_text(people, left_out))
    return _finish_curves(axes, people, name, labels, float(found.min()), marks)


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
    axes = people_axes(people, Shown(name, labels), left_out, ax)
    time, shown = people["time"].values, min(most, len(values))
    chosen = np.linspace(0, len(values) - 1, shown).round().astype(int)
    lines = axes.plot(time, values[chosen].T, color=SKY, linewidth=0.7, alpha=0.6)
    lines[0].set_label(f"{shown} of {who}" if shown < len(values) else f"all {who}")
    axes.plot(time, np.median(values, axis=0), color=BLACK, linewidth=2.0, label="median of all")
    return _finish_curves(axes, people, name, labels, float(values.min()), {})


def _finish_curves(
    axes: Axes, data: xr.Dataset, name: str, labels: dict[str, str], lowest: float, marks: dict[str, Any]
) -> Axes:
    if lowest >= 0:
        axes.set_ylim(bottom=0)
    axes.set_ylabel(axis_label(data, name))
    axes.set_title(heading(name, labels), loc="left")
    claim(axes)
    finish(axes, data)
    legend_below(axes, marks)
    return axes


def four_panels_of_people(data: xr.Dataset, axes: Any = None) -> Any:
    """Plasma, blockade, rebound and inflammation of a population in one figure, as bands.

    Of a run longer than three days, plasma and blockade show the last two days, rebound and
    inflammation the daily means over the whole course. Where only quantiles were kept, these are
    daily means of the quantiles, which is said. A panel whose variables were not kept says so.

    Parameters
    ----------
    data : xarray.Dataset
        A population, of single people or of the quantiles 0.05, 0.25, 0.5, 0.75 and 0.95.
    axes : sequence of 4 matplotlib.axes.Axes, optional
        Where to draw; a new figure with title and footer if none.

    Returns
    -------
    ndarray of matplotlib.axes.Axes, shape (4,)
        The panels. People whose run did not finish are left out and counted in legends and footer.

    Raises
    ------
    InputError
        If `data` is no population of ldnsim with a variable of these panels, or `axes` are not four.
    """
    drawn = _plasma(data)
    every = [curve for panel in (drawn, _BLOCKADE, _REBOUND, _INFLAMMATION) for curve in panel]
    there = [curve.name for curve in every if hasattr(data, "data_vars") and curve.name in data.data_vars]
    for name in there or ["plasma"]:
        check_people(data, name)
    people, left_out = finished(data)
    near, long = last_view(people), bool(np.ptp(data["time"].values) > SHORT_VIEW)
    means = "" if not long else " (daily means)" if "person" in data.dims else " (means of percentiles)"
    # everything is read before anything is drawn, so that a refusal leaves no figure behind
    hours, spread = _hours_texts(people)
    *others, mu = _BLOCKADE
    blockade = (*others, mu._replace(label=mu.label + spread))
    readings = (
        (near, _read(near, drawn), "Plasma", "Plasma [ng/mL]"),
        (near, _read(near, blockade), "Blockade" + hours, "Receptors held [fraction]"),
        (people, _read(people, _REBOUND, daily=long), "Rebound" + means, "Relative to untreated = 1"),
        (people, _read(people, _INFLAMMATION, daily=long), "TLR4 and cytokines" + means, _TWO_THINGS),
    )
    panels = four_axes(axes, str(data.attrs["regimen"]), _notes(people, there, left_out, long))
    for panel, (view, found, title, label) in zip(panels, readings, strict=True):
        _draw(panel, view, found, title, label, people_text(people, left_out))
        if view is not people and found:
            panel.set_xlabel(last_label(people))
    return panels


def _plasma(data: xr.Dataset) -> tuple[_Curve, ...]:
    """Curves of the analytes that there are, the drug last, on top of its metabolite."""
    there = (
        [str(one) for one in np.atleast_1d(data["analyte"].values)] if "analyte" in getattr(data, "coords", ()) else []
    )
    looks = {"bnx6": (ORANGE, "--")}
    ordered = sorted(there, key=lambda one: one not in looks)
    return tuple(_Curve("plasma", word(one), {"analyte": one}, *looks.get(one, (BLUE, "-"))) for one in ordered)


def _notes(people: xr.Dataset, there: list[str], left_out: int, long: bool) -> list[str]:
    """Footer of the four panels: of the rebound its tone counts, or what else there is."""
    shown = {title: one for title, one in PANELS.items() if one.name in there}
    if "tone" not in there:
        shown |= {word(curve.name): Shown(curve.name, curve.labels) for curve in _REBOUND if curve.name in there}
    lines = "Lines are medians; bands hold 50 % and 90 % of people."
    notes = [evidence_line(people, shown), f"{people_line(people, left_out)} {lines}"]
    if long and "person" not in people.dims:
        notes.append("Only percentiles were kept: means are daily means of each percentile, not percentiles of means.")
    return notes


def _read(data: xr.Dataset, wanted: tuple[_Curve, ...], *, daily: bool = False) -> _Reading:
    """Times and percentiles of the curves that were kept, or of their daily means."""
    found = []
    for curve in wanted:
        # populations may keep some variables only, and of these some labels only
        if curve.name not in data.data_vars:
            continue
        if any(dim in data.coords and label not in data[dim].values for dim, label in curve.labels.items()):
            continue
        if daily:
            time, values = daily_curves(data, curve.name, **curve.labels)
        else:
            time, values = data["time"].values, curves(data, curve.name, **curve.labels)
        found.append((curve, time, percentiles(data, values)))
    return found


def _draw(axes: Axes, data: xr.Dataset, found: _Reading, title: str, label: str, who: str) -> None:
    axes.set_title(title, loc="left")
    if not found:
        if has_tlr4(data):
            axes.text(0.5, 0.5, "not kept in these data", transform=axes.transAxes, ha="center", va="center")
        else:
            axes.set_title("", loc="left")
        axes.set_axis_off()
        return
    names = {curve.name for curve, _, _ in found}
    for curve, time, values in found:
        if curve.band:
            draw_bands(axes, time, values, curve.colour, curve.style, curve.label)
        else:
            axes.plot(time, values[2], color=curve.colour, linestyle=curve.style, linewidth=1.2, label=curve.label)
    top = max(float(values[-1].max()) for _, _, values in found)
    if "plasma" not in names:
        held = "occupancy" in names
        axes.axhline(BLOCKED if held else 1.0, color=BLACK, linewidth=0.8, linestyle=":" if held else "-")
        axes.set_ylim(0, 1.02 if held else None)
    elif top > 0:
        axes.set_yscale("log")
        axes.set_ylim(top * FLOOR, top * 3)
    axes.set_ylabel(label)
    finish(axes, data)
    legend_below(axes, both_bands(who))


def _hours_texts(data: xr.Dataset) -> tuple[str, str]:
    """How long mu is at least half held in the median and in 90 % of people; nothing where it cannot be known."""
    kept = "occupancy" in data.data_vars and {"person", "receptor"} <= set(data["occupancy"].dims)
    if not kept or "mor" not in data["receptor"].values:
        return "", ""
    part = window(data, *last_day(data))
    low, middle, high = np.quantile(hours_blocked_by_person(part), (0.05, 0.5, 0.95))
    whole = float(np.ptp(part["time"].values))
    return f": {blocked_text(middle, whole)}", f" (90 %: {low:.1f} to {high:.1f} h)"


def blockade_window(data: xr.Dataset, ax: Axes | None = None, receptor: str = "mor") -> Axes:
    """For how long of the day that summaries speak of at least half of a receptor population is held, over people.

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
        If `data` is no population of single people with occupancy, or the receptor is unknown.
    """
    check_people(data, "occupancy", single=True)
    people, left_out = finished(data)
    shown = last_day(people)
    day = window(people, *shown)
    hours, whole = hours_blocked_by_person(day, receptor), float(np.ptp(day["time"].values))
    axes = people_axes(people, Shown("occupancy", {"receptor": receptor}), left_out, ax)
    who = people_text(people, left_out)
    low, middle, high = np.quantile(hours, (0.05, 0.5, 0.95))
    width = next((width for width in _WIDTHS if high - low <= width * _BARS), _WIDTHS[-1])
    edges = [*np.arange(0.0, whole, width).tolist(), whole]
    axes.hist(hours, bins=edges, color=BLUE, alpha=0.55, label=who)
    axes.axvspan(low, high, color=BLUE, alpha=0.15, linewidth=0, label=f"90 % of them: {low:.1f} to {high:.1f} h")
    axes.axvline(middle, color=BLACK, linewidth=2.0, label=f"median {middle:.1f} h")
    axes.set_xlim(0, whole)
    axes.set_xticks(np.arange(0.0, whole + 1e-9, 4.0 if whole > 12 else 1.0))
    axes.set_xlabel(f"Hours with {word(receptor)} at least half held, {day_title(people, shown)} [h]")
    axes.set_ylabel("People")
    axes.set_title("Blockade window", loc="left")
    axes.set_title(str(data.attrs["assumptions"]), loc="right", fontsize="small", **TYPED)
    legend_below(axes)
    return axes
