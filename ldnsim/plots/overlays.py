"""Several runs in the same panels: curves of single people, bands of populations, on one clock."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

import numpy as np

from ..base.errors import InputError, LdnsimWarning
from ..base.units import HOURS_PER_DAY
from ..results.blockade import counted_from, means
from ..results.over_time import Array, finished, is_population, over_time
from ..results.views import SHORT_VIEW, last_view
from ..results.words import HALF, heading
from . import own_points
from .bands import draw_band, grey_band, people_notes, people_text
from .closing import noted
from .compared_panels import CURVES, compared_curve, compared_panels
from .curves import CYTOKINES, LEVELS, MU, Curve, Panel
from .drawing import (
    BLACK,
    LOOKS,
    Footer,
    Look,
    check_result,
    clock_axis,
    evidence_line,
    footer_of,
    four_axes,
    is_long,
    keep,
    last_label,
    means_text,
    on_log,
    within_days,
)
from .fitted import fit, titled
from .inks import Palette
from .legends import entries, legend, legend_across
from .lettering import folded, label_for
from .overlaid_doses import shared_doses
from .panel_drawing import leave, measurable, on_scale
from .plot_options import PanelOptions, PlotOptions, check_options
from .shared_clock import SharedClock, shared_clock

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

_LEVELS = (0.05, 0.5, 0.95)
"""Limits of a band and its median."""

_MOST_BANDS = 6
"""How many bands over each other can be told apart; each has a colour of its own."""

_LABEL = 34

_MODEL = {"drug", "observed"}
"""What attributes say of another model than that of naltrexone."""


class _Run(NamedTuple):
    """One run as it is drawn: all of it and the part of the near panels, both on the axes."""

    name: str
    look: Look
    number: int
    data: xr.Dataset
    whole: xr.Dataset
    near: xr.Dataset
    left_out: int

    @property
    def people(self) -> bool:
        return is_population(self.data)


def compare(runs: Mapping[str, xr.Dataset], axes: Any = None, **options: Unpack[PanelOptions]) -> Any:
    """Several runs, in any models, in the same panels: a line each, or of a population its median and 90 % band.

    Runs share one axis of real time: each stands at its own hour of the day and, where it has one, at its own date.
    Where the last days of long runs are not the same days, they are put on one day and the legend says which they are.
    A panel covers what the runs cover together; where one is not simulated it has no line.

    Parameters
    ----------
    runs : mapping of str to xarray.Dataset
        A result for each name, of one person or a population; at most 24, and 6 populations.
    axes : sequence of matplotlib.axes.Axes, optional
        Where to draw, one for each panel; a new figure with legend and footer if none.
    **options
        As `ldnsim.plots.plot_options.PanelOptions` has them; colours are those of runs, by name or in order.

    Returns
    -------
    ndarray of matplotlib.axes.Axes, shape (n_panels,)
        Of drugs the four panels, the drug in plasma, mu occupancy, net tone and cytokine index; then one for each
        variable and unit that other models observe; over time since the start of the run that starts first [h].

    Raises
    ------
    InputError
        If there is no run, too many, one is no result of ldnsim, `axes` are not as many as there are panels, or an
        option does not fit.

    Warns
    -----
    LdnsimWarning
        If some runs have a calendar start and others have none, or points lie outside what their panel shows.
    """
    return overlay(runs, "axes", ax=axes, **options)


def overlay(runs: Mapping[str, xr.Dataset], argument: str = "ax", **options: Unpack[PlotOptions]) -> Any:
    """`compare` with the axes of a user among the options, which a refusal calls `argument`."""
    check_options(options)
    axes = options.get("ax")
    named = _checked(runs)
    colours = Palette(options.get("colors"), {name: name for name in named})
    wanted = on_scale(compared_panels(named, options.get("panels")), options.get("log"))
    footer = footer_of(options.get("footer"), axes)
    clock, drawn, aligned = _arranged(_somewhere(named, wanted), colours)
    # everything is read before anything is drawn, so that a refusal leaves no figure behind
    readings = [
        [(run, _read(run, panel, curve)) for run in drawn if (curve := compared_curve(panel, run.data))]
        for panel in wanted
    ]
    points = _points(options.get("points"), drawn, wanted, aligned=aligned)
    regimens = dict.fromkeys(str(run.data.attrs["regimen"]) for run in drawn)
    title = next(iter(regimens)) if len(regimens) == 1 else "Regimens compared"
    notes = _notes(drawn, wanted, footer)
    panels = four_axes(axes, title, notes, len(wanted), options.get("width"), argument)
    outside = 0
    for ax, panel, found in zip(panels, wanted, readings, strict=True):
        if not found:
            leave(
                ax,
                panel.title,
                absent=panel.curves[0] is CYTOKINES and all(_MODEL & set(run.data.attrs) for run in drawn),
            )
            continue
        outside += _draw_panel(ax, panel, found, clock, points, aligned=aligned)
    own_points.say_outside(outside)
    _name_runs([ax for ax, found in zip(panels, readings, strict=True) if found], drawn, across=axes is None)
    noted(panels, notes)
    return panels


def _somewhere(runs: dict[str, xr.Dataset], panels: list[Panel]) -> dict[str, xr.Dataset]:
    """Runs that some panel shows; warns of the others, of which nothing could be said below the figure."""
    kept = {name: data for name, data in runs.items() if any(compared_curve(panel, data) for panel in panels)}
    if not kept:
        names = ", ".join(panel.curves[0].shown.name for panel in panels)
        raise InputError("runs", list(runs), f"results that keep at least one of {names}")
    if left := [name for name in runs if name not in kept]:
        warnings.warn(f"panels: none of them shows {', '.join(left)}", LdnsimWarning, stacklevel=5)
    return kept


def _points(points: Any, runs: list[_Run], panels: list[Panel], *, aligned: bool) -> list[own_points.Points]:
    """Own points of a user, on the axis that the runs share; raises `InputError`."""
    if points is not None and aligned:
        raise InputError("points", "points", "runs whose last days are the same days, on which points have a place")
    known = {
        name: one
        for run in runs
        for name, one in measurable(run.data, [panel for panel in panels if compared_curve(panel, run.data)]).items()
    }
    start = min(float(run.whole["time"].values[0]) for run in runs)
    stop = max(float(run.whole["time"].values[-1]) for run in runs)
    found = own_points.read(points, known, start, stop)
    own_points.check_log(found, [panel.curves[0].shown for panel in panels if panel.log])
    return found


def _draw_panel(
    ax: Axes, panel: Panel, found: list[tuple[_Run, Any]], clock: SharedClock, points: list[own_points.Points], *,
    aligned: bool,
) -> int:  # fmt: skip
    """A panel of several runs; gives how many points lie outside it."""
    runs = [run for run, _ in found]
    for run, values in found:
        _draw(ax, panel, run, values, aligned)
    ax.set_ylabel(panel.axis)
    _dress(ax, panel, runs)
    views = {run.name: run.near if panel.near else run.whole for run in runs}
    start, stop = _time_axis(ax, views, clock, aligned=aligned and panel.near)
    outside = own_points.draw(ax, points, [(panel.curves[0].shown, BLACK)], start, stop)
    _say_days(ax, runs, panel)
    fit(ax)
    titled(ax, _title(panel, found) + _means(panel, found))
    shared_doses(ax, [(run.look.colour, views[run.name]) for run in runs])
    for run in runs:
        keep(ax, run.data, run.name)
    return outside


def _name_runs(filled: list[Axes], runs: list[_Run], *, across: bool) -> None:
    """Say which run is which: below all panels of a new figure, or in the first panel of a user that has them all."""
    bands = {"90 % of people": grey_band()} if any(run.people for run in runs) else {}
    if across:
        # names can be long, so that none may cover a curve; models that share no panel are all named
        every = {text: mark for ax in filled[::-1] for mark, text in zip(*entries(ax), strict=True)}
        named_first = entries(filled[0])[1]
        legend_across(filled[0], {text: mark for text, mark in every.items() if text not in named_first} | bands)
        return
    said: set[str] = set()
    for ax in filled[::-1]:
        if not said.issuperset(entries(ax)[1]):
            legend(ax)
        said.update(entries(ax)[1])


def _checked(runs: Any) -> dict[str, xr.Dataset]:
    """Runs by the text of their name, or a refusal."""
    if not isinstance(runs, Mapping) or not runs:
        raise InputError("runs", runs, "a mapping of names to results, at least one")
    named = {str(name): data for name, data in runs.items()}
    if len(named) < len(runs) or not all(name.strip() for name in named):
        raise InputError("runs", list(runs), "names that are not empty and differ")
    if len(named) > len(LOOKS):
        raise InputError("runs", len(named), f"at most {len(LOOKS)} runs in one picture, which can be told apart")
    for data in named.values():
        observed = getattr(data, "attrs", {}).get("observed")
        kept = [one.shown.name for one in CURVES.values() if one.shown.name in getattr(data, "data_vars", ())]
        check_result(data, *([observed] if observed else kept or ["plasma"]))
    populations = sum(map(is_population, named.values()))
    if populations > _MOST_BANDS:
        raise InputError("runs", populations, f"at most {_MOST_BANDS} populations in one picture, whose bands differ")
    return named


def _arranged(runs: dict[str, xr.Dataset], palette: Palette) -> tuple[SharedClock, list[_Run], bool]:
    """Runs on the shared clock, and whether their near views are of different days and were put on the same one."""
    clock = shared_clock(runs)
    kept = {name: finished(data) for name, data in runs.items()}
    views = {name: last_view(data) for name, (data, _) in kept.items()}
    days = {
        name: (float(view["time"].values[0]) + clock.shifts[name] + clock.clock) // HOURS_PER_DAY
        for name, view in views.items()
    }
    long = any(view is not kept[name][0] for name, view in views.items())
    aligned = long and len(set(days.values())) > 1
    drawn = [
        _Run(
            name, look._replace(colour=palette.of(name, look.colour)), place, data, clock.place(name, data),
            clock.place(name, views[name], HOURS_PER_DAY * days[name] if aligned else 0.0), left_out,
        )
        for place, (look, (name, (data, left_out))) in enumerate(zip(LOOKS, kept.items(), strict=False))
    ]  # fmt: skip
    return clock, drawn, aligned


def _title(panel: Panel, found: list[tuple[_Run, Any]]) -> str:
    """What a panel is called: by its curve, or where drugs differ by the variable."""
    titles = {heading(*curve.shown) for run, _ in found if (curve := compared_curve(panel, run.data))}
    return titles.pop() if len(titles) == 1 else heading(panel.curves[0].shown.name, {})


def _read(run: _Run, panel: Panel, curve: Curve) -> tuple[Curve, Array, Array]:
    """A curve with its times, and the median between its limits; of one person the curve alone."""
    view = run.near if panel.near else run.whole
    return curve, *over_time(view, curve.shown, _LEVELS, daily=panel.daily(view))


def _draw(ax: Axes, panel: Panel, run: _Run, found: tuple[Curve, Array, Array], aligned: bool) -> None:
    curve, time, values = found
    label = label_for(folded(_described(run, aligned), _LABEL))
    if panel.log and values.max() > 0:
        values = on_log(values, float(values.max()))
    if run.people:
        draw_band(ax, time, values, run.look.colour, run.look.style, label)
    else:
        if panel.daily(run.whole):
            within_days(ax, run.whole, curve.shown, run.look.colour)
        width = 1.5 if panel.near else 2.2
        ax.plot(time, values[0], color=run.look.colour, linestyle=run.look.style, linewidth=width, label=label)
    if run.look.marker != "None":
        # markers of different runs stand at different places, so that none hides another
        place = run.number / len(LOOKS)
        ax.lines[-1].set(
            marker=run.look.marker, markersize=5, markerfacecolor=ax.get_facecolor(), markevery=(0.12 * place, 0.12)
        )


def _described(run: _Run, aligned: bool) -> str:
    """Name of a run in the legend, with who counts and which of its days stand in the near panels."""
    said = []
    if run.people:
        said.append(people_text(run.data, run.left_out))
    if aligned:
        start, stop = (float(time) for time in last_view(run.data)["time"].values[[0, -1]])
        near = "" if "observed" in run.data.attrs else "plasma and receptors: "
        said.append(f"{near}its days {start / HOURS_PER_DAY:.3g} to {stop / HOURS_PER_DAY:.3g}")
    return run.name + (f" ({'; '.join(said)})" if said else "")


def _dress(ax: Axes, panel: Panel, runs: list[_Run]) -> None:
    views = [run.near if panel.near else run.whole for run in runs]
    name = panel.curves[0].shown.name
    # axes of a user may have another scale, with its ticks
    log = panel.log and any(float(view[name].max()) > 0 for view in views)
    ax.set_yscale("log" if log else "linear")
    if log:
        return
    if panel.scale == "share":
        for level, own in _counted(runs).items():
            # as doses are: in the colour of their run, black where runs share it
            colour = own[0].look.colour if len(own) == 1 < len(runs) else BLACK
            ax.axhline(level, color=colour, linewidth=0.8, linestyle=":")
        ax.set_ylim(0, 1.02)
    elif panel.scale in LEVELS:
        if min(float(view[name].min()) for view in views) >= 0:
            ax.set_ylim(bottom=0)
    else:
        ax.axhline(1.0, color=BLACK, linewidth=0.8)
        ax.set_ylim(0, max(1.1, ax.get_ylim()[1]))


def _counted(runs: list[_Run]) -> dict[float, list[_Run]]:
    """Mu occupancies from which receptors count as blocked, with the runs whose people agree in them."""
    found: dict[float, list[_Run]] = {}
    for run in runs:
        if len(levels := set(np.ravel(counted_from(run.data)).tolist())) == 1:
            found.setdefault(levels.pop(), []).append(run)
    return found


def _means(panel: Panel, found: list[tuple[_Run, Any]]) -> str:
    if panel.near or panel.scale == "plain" or not found:
        return ""
    return means_text(max((run.data for run, _ in found), key=lambda data: float(np.ptp(data["time"].values))))


def _time_axis(ax: Axes, views: Mapping[str, xr.Dataset], clock: SharedClock, *, aligned: bool) -> tuple[float, float]:
    """The stretch that all views cover together, on the clock."""
    import xarray as xr

    start = min(float(view["time"].values[0]) for view in views.values())
    stop = max(float(view["time"].values[-1]) for view in views.values())
    shown = {"clock_start": clock.clock, "dose_time": []}
    clock_axis(ax, xr.Dataset(coords={"time": [start, stop]}, attrs=shown))
    if aligned:
        ax.set_xlabel("Clock time" if stop - start <= SHORT_VIEW else "Time [days]")
        ax.set_xlabel(f"{ax.get_xlabel()}, on the days that the legend names")
    elif clock.date is not None:
        ax.set_xlabel(f"{ax.get_xlabel()} from {clock.date}")
    elif len(set(clock.shifts.values())) > 1 and stop - start > SHORT_VIEW:
        ax.set_xlabel(f"{ax.get_xlabel()} since the first run's start")
    return start, stop


def _say_days(ax: Axes, runs: list[_Run], panel: Panel) -> None:
    """Which days a near panel shows, where these are the same days of every run."""
    ends = {(float(run.near["time"].values[0]), float(run.near["time"].values[-1])) for run in runs}
    moved = any(run.whole is not run.data or run.near is run.whole for run in runs)
    if panel.near and len(ends) == 1 and not moved:
        ax.set_xlabel(last_label(runs[0].data))


def _notes(runs: list[_Run], panels: list[Panel], footer: Footer) -> list[str]:
    """Footer: what each account rests on, who is shown, and what marks mean."""
    named: dict[str, list[str]] = {}
    for run in runs:
        shown = {panel.name: curve.shown for panel in panels if (curve := compared_curve(panel, run.data))}
        named.setdefault(evidence_line(run.data, shown, footer), []).extend(
            [run.name] * (run.name != run.data.attrs["assumptions"])
        )
    same = len(named) == 1
    notes = [text if same else " / ".join(names) + ": " * bool(names) + text for text, names in named.items()]
    if footer == "short":
        return notes
    said = " Lines are medians; bands hold 90 % of people."
    notes += dict.fromkeys(line for run in runs for line in people_notes(run.data, run.left_out, said))
    if any("quantile" in run.data.dims and is_long(run.data) for run in runs):
        notes.append("Where only percentiles were kept, means are daily means of each, not percentiles of means.")
    holding = _counted([run for run in runs if MU.kept(run.data)])
    if set(holding) - {HALF}:
        said = "; ".join(dict.fromkeys(means(run.data) for own in holding.values() for run in own))
        notes.append(f"Dotted, of mu receptors held: what counts as blocked ({said}).")
    if len(runs) > 1:
        notes.append("Marks below the panels: doses, in the colour of their run, black where runs share them.")
    return notes
