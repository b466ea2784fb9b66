"""Plot helpers: each takes and returns matplotlib axes, works with the user's own style, and says what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.errors import InputError
from ..results.behind import Shown
from ..results.endpoints import BLOCKED, intervals_above
from ..results.views import last_view
from . import overlays
from .crowd_drawing import has_tlr4, word
from .drawing import (
    BLACK,
    BLUE,
    FLOOR,
    GREEN,
    ORANGE,
    PURPLE,
    check_free,
    check_result,
    claim,
    clock_axis,
    course,
    evidence_line,
    finish,
    footer_text,
    four_axes,
    hours_text,
    last_label,
    legend,
    means_text,
    new_axes,
    panel_for,
)
from .lettering import TYPED
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

_BLOCKADE = {
    "mu occupancy": Shown("occupancy", {"receptor": "mor"}),
    "delta and kappa occupancy": Shown("occupancy", {"receptor": ("dor", "kor")}),
}
_REBOUND = {
    "beta-endorphin": Shown("peptide_level", {"peptide": "beta_endorphin"}),
    "mu receptors": Shown("receptor_density", {"receptor": "mor"}),
    "net opioid tone": Shown("tone"),
}
_INFLAMMATION = {
    "TLR4 inhibition": Shown("tlr4_inhibition"),
    "cytokine index": Shown("cytokine_index"),
    "TNF": Shown("mediator_level", {"mediator": "tnf"}),
    "IL-1b": Shown("mediator_level", {"mediator": "il1b"}),
}

_THREE = ("plasma", "occupancy", "peptide_level", "receptor_density", "tone")
_INFLAMED = ("tlr4_inhibition", "cytokine_index", "mediator_level")
_CURE = "ldnsim.plots.compare lays runs over each other"


def plasma(data: xr.Dataset, ax: Axes | None = None, *, log: bool = False) -> Axes:
    """Plasma levels of the drug and its metabolites.

    Parameters
    ----------
    data : xarray.Dataset
        A result or a window of it.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure with a footer if none.
    log : bool
        Logarithmic levels; zeros, and levels below a ten-thousandth of the highest, leave a gap.

    Returns
    -------
    matplotlib.axes.Axes
        The panel, levels in ng/mL.

    Raises
    ------
    InputError
        If `data` is no result of ldnsim.
    """
    check_result(data, "plasma")
    check_free(ax, _CURE)
    axes = panel_for(data, ax, {"plasma": Shown("plasma")})
    time = data["time"].values
    top = float(data["plasma"].max())
    looks = {"bnx6": (ORANGE, "--"), "ntx": (BLUE, "-")}
    for analyte in sorted(map(str, data["analyte"].values)):
        label, (colour, style) = word(analyte), looks.get(analyte, (BLUE, "-"))
        level = data["plasma"].sel(analyte=analyte).values
        if log:
            level = np.where(level > FLOOR * top, level, np.nan)
        axes.plot(time, level, color=colour, linestyle=style, label=label)
    if log and top > 0:
        axes.set_yscale("log")
        axes.set_ylim(top * FLOOR, top * 3)
    else:
        axes.set_ylim(0, top * 1.15 or 1.0)
    axes.set_ylabel("Plasma [ng/mL]")
    axes.set_title("Plasma", loc="left")
    legend(axes)
    claim(axes)
    return finish(axes, data)


def blockade(data: xr.Dataset, ax: Axes | None = None) -> Axes:
    """Occupancy of opioid receptors, with the time that at least half of mu is held shaded.

    Parameters
    ----------
    data : xarray.Dataset
        A result or a window of it.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The panel, occupancy as a fraction.

    Raises
    ------
    InputError
        If `data` is no result of ldnsim.
    """
    check_result(data, "occupancy")
    check_free(ax, _CURE)
    axes = panel_for(data, ax, _BLOCKADE)
    time = data["time"].values
    held = {receptor: data["occupancy"].sel(receptor=receptor).values for receptor in ("mor", "dor", "kor")}
    spans = intervals_above(time, held["mor"], BLOCKED)
    for start, stop in spans:
        axes.axvspan(start, stop, color=BLUE, alpha=0.15, linewidth=0)
    for receptor, label, colour, style in (("kor", "kappa", GREEN, "-."), ("dor", "delta", PURPLE, ":")):
        axes.plot(time, held[receptor], color=colour, linestyle=style, linewidth=1.2, label=label)
    axes.plot(time, held["mor"], color=BLUE, label="mu", linewidth=2)
    axes.axhline(BLOCKED, color=BLACK, linewidth=0.8, linestyle=":")
    axes.set_ylim(0, 1.02)
    axes.set_ylabel("Receptors held [fraction]")
    axes.set_title(f"Blockade: {hours_text(data)}", loc="left")
    legend(axes)
    claim(axes)
    return finish(axes, data)


def rebound(data: xr.Dataset, ax: Axes | None = None) -> Axes:
    """Beta-endorphin, mu receptors and net tone against the untreated baseline.

    Longer than three days the thick lines are daily means, the thin ones the course within days.

    Parameters
    ----------
    data : xarray.Dataset
        A result or a window of it.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The panel, relative to untreated = 1.

    Raises
    ------
    InputError
        If `data` is no result of ldnsim.
    """
    check_result(data, "peptide_level", "receptor_density", "tone")
    check_free(ax, _CURE)
    axes = panel_for(data, ax, _REBOUND)
    axes.axhline(1.0, color=BLACK, linewidth=0.8)
    course(axes, data, "peptide_level", "beta-endorphin", ORANGE, "--", peptide="beta_endorphin")
    course(axes, data, "receptor_density", "mu receptors", GREEN, "-.", receptor="mor")
    course(axes, data, "tone", "net opioid tone", BLUE, "-")
    axes.set_ylabel("Relative to untreated = 1")
    axes.set_title("Rebound" + means_text(data), loc="left")
    axes.set_ylim(bottom=0)
    legend(axes)
    claim(axes)
    return finish(axes, data)


def inflammation(data: xr.Dataset, ax: Axes | None = None) -> Axes:
    """TLR4 inhibition and the cytokines behind it.

    Parameters
    ----------
    data : xarray.Dataset
        A result or a window of it.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The panel: inhibition as a fraction, cytokines relative to untreated = 1.

    Raises
    ------
    InputError
        If `data` is no result of ldnsim.
    """
    check_result(data, "tlr4_inhibition", "cytokine_index", "mediator_level")
    check_free(ax, _CURE)
    axes = panel_for(data, ax, _INFLAMMATION)
    axes.axhline(1.0, color=BLACK, linewidth=0.8)
    course(axes, data, "cytokine_index", "cytokine index", BLUE, "-", width=4.0)
    course(axes, data, "mediator_level", "TNF", ORANGE, "--", width=1.8, mediator="tnf")
    course(axes, data, "mediator_level", "IL-1b", BLACK, ":", width=1.8, mediator="il1b")
    course(axes, data, "tlr4_inhibition", "TLR4 inhibited", GREEN, "-.")
    axes.set_ylabel("Fraction inhibited; untreated = 1")
    axes.set_title("TLR4 and cytokines" + means_text(data), loc="left")
    axes.set_ylim(bottom=0)
    legend(axes)
    claim(axes)
    return finish(axes, data)


def four_panels(data: xr.Dataset, axes: Any = None) -> Any:
    """Plasma, blockade, rebound and, where the drug has any, inflammation in one figure.

    Of a run longer than three days, plasma and blockade show the last two days, rebound and
    inflammation the whole course.

    Parameters
    ----------
    data : xarray.Dataset
        A result.
    axes : sequence of 4 matplotlib.axes.Axes, optional
        Where to draw; a new figure with title and footer if none.

    Returns
    -------
    ndarray of matplotlib.axes.Axes, shape (4,)
        The panels.

    Raises
    ------
    InputError
        If `data` is no result of ldnsim or `axes` are not four.
    """
    inflamed = has_tlr4(data)
    check_result(data, *_THREE, *(_INFLAMED if inflamed else ()))
    panels = four_axes(axes, str(data.attrs["regimen"]), [footer_text(data)])
    near = last_view(data)
    plasma(near, panels[0], log=True)
    blockade(near, panels[1])
    rebound(data, panels[2])
    if inflamed:
        inflammation(data, panels[3])
    else:
        panels[3].set_axis_off()
    if near is not data:
        for panel in panels[:2]:
            panel.set_xlabel(last_label(data))
    return panels


def compare(runs: Mapping[str, xr.Dataset], axes: Any = None) -> Any:
    """Several runs in the four panels: a line each, or of a population its median and 90 % band.

    Runs share one axis of real time: each stands at its own hour of the day and, where it has one, at its own date.
    Where the last days of long runs are not the same days, they are put on one day and the legend says which they are.
    A panel covers what the runs cover together; where one is not simulated it has no line.

    Parameters
    ----------
    runs : mapping of str to xarray.Dataset
        A result for each name, of one person or a population; at most 24, and 6 populations.
    axes : sequence of 4 matplotlib.axes.Axes, optional
        Where to draw; a new figure with legend and footer if none.

    Returns
    -------
    ndarray of matplotlib.axes.Axes, shape (4,)
        Naltrexone in plasma, mu occupancy, net tone, cytokine index, over time since the start of the run that
        starts first [h].

    Raises
    ------
    InputError
        If there is no run, too many, one is no result of ldnsim, or `axes` are not four.

    Warns
    -----
    LdnsimWarning
        If some runs have a calendar start and others have none.
    """
    return overlays.compare(runs, axes)


def dose_response(data: xr.Dataset, ax: Axes | None = None) -> Axes:
    """Net tone, peptide and receptors against dose: where less is more.

    Parameters
    ----------
    data : xarray.Dataset
        From ``ldnsim.dose_response``.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The panel, daily means relative to untreated = 1 over dose [mg].

    Raises
    ------
    InputError
        If `data` is no dose-response of ldnsim.
    """
    if not hasattr(data, "data_vars") or "dose" not in data.dims or "tone" not in data.data_vars:
        raise InputError("data", type(data).__name__, "the data of a dose-response of ldnsim")
    axes = (
        new_axes([evidence_line(data, {"net tone": Shown("tone"), "blockade": Shown("hours_blocked")})])
        if ax is None
        else ax
    )
    dose, tone = data["dose"].values, data["tone"].values
    axes.axhline(1.0, color=BLACK, linewidth=0.8)
    axes.plot(dose, data["peptide"].values, color=ORANGE, linestyle="--", label="beta-endorphin")
    axes.plot(dose, data["receptors"].values, color=GREEN, linestyle="-.", label="mu receptors")
    axes.plot(dose, tone, color=BLUE, marker="o", linewidth=2.2, label="net opioid tone")
    axes.fill_between(dose, 1.0, tone, where=tone > 1.0, interpolate=True, color=BLUE, alpha=0.15)
    best = int(tone.argmax())
    if tone[best] > 1:
        axes.annotate(
            f"best: {dose[best]:g} mg, {tone[best] - 1:+.0%}",
            (dose[best], tone[best]), xytext=(0, -44), textcoords="offset points", ha="center",
            arrowprops={"arrowstyle": "-", "color": BLACK},
        )  # fmt: skip
    positive = dose[dose > 0]
    if len(positive) == len(dose):
        axes.set_xscale("log")
    elif len(positive):
        axes.set_xscale("symlog", linthresh=float(positive.min()))
    ticks = [value for value in (0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0) if dose.min() <= value <= dose.max()]
    axes.set_xticks(ticks or dose.tolist(), [f"{value:g}" for value in ticks or dose.tolist()])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("Nightly dose [mg]")
    axes.set_ylabel("Daily mean relative to untreated = 1")
    axes.set_title(str(data.attrs["title"]), loc="left", **TYPED)
    axes.set_title(str(data.attrs["assumptions"]), loc="right", fontsize="small", **TYPED)
    axes.legend(loc="best", fontsize="small")
    return axes
