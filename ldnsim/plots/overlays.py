"""Several runs in the same panels: curves of single people, bands of populations, on one clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..base.errors import InputError
from ..base.units import HOURS_PER_DAY
from ..results.behind import Shown
from ..results.blockade import counted_from, means
from ..results.over_time import Array, finished, is_population, over_time
from ..results.views import SHORT_VIEW, last_view
from ..results.words import HALF, OCCUPANCY_AXIS, axis_label, heading, word
from .bands import draw_band, grey_band, people_notes, people_text
from .curves import CYTOKINES, MU, PLASMA, REBOUND, STORY, TONE, Curve, Panel
from .drawing import (
    BLACK,
    LOOKS,
    Look,
    check_result,
    clock_axis,
    dose_marks,
    entries,
    evidence_line,
    four_axes,
    is_long,
    keep,
    last_label,
    legend,
    legend_across,
    means_text,
    on_log,
    within_days,
)
from .lettering import TYPED, folded, label_for, say
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

_CURVES = {"plasma": PLASMA.curves[0], "blockade": MU, "rebound": TONE, "cytokines": CYTOKINES}
"""What is compared, by what a footer calls it: of each of the four panels what matters most."""

_COMPARED = {"relative": REBOUND.axis, "share": OCCUPANCY_AXIS}
"""What an axis says where the panel of one run shows more."""

_PANELS = tuple(
    Panel(
        name,
        heading(*curve.shown),
        _COMPARED.get(panel.scale, panel.axis),
        panel.scale,
        panel.near,
        (curve,),
    )
    for (name, curve), panel in zip(_CURVES.items(), STORY, strict=True)
)


class _Run(NamedTuple):
    """One run as it is drawn: all of it and the part of the near panels, both on the axes."""

    name: str
    look: Look
    data: xr.Dataset
    whole: xr.Dataset
    near: xr.Dataset
    left_out: int

    @property
    def people(self) -> bool:
        return is_population(self.data)


def compare(runs: Mapping[str, xr.Dataset], axes: Any = None) -> Any:
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

    Returns
    -------
    ndarray of matplotlib.axes.Axes, shape (n_panels,)
        Of drugs the four panels, the drug in plasma, mu occupancy, net tone and cytokine index; then one for each
        variable and unit that other models observe; over time since the start of the run that starts first [h].

    Raises
    ------
    InputError
        If there is no run, too many, one is no result of ldnsim, or `axes` are not as many as there are panels.

    Warns
    -----
    LdnsimWarning
        If some runs have a calendar start and others have none.
    """
    named = _checked(runs)
    clock, drawn, aligned = _arranged(named)
    wanted = _panels(named)
    # everything is read before anything is drawn, so that a refusal leaves no figure behind
    readings = [
        [(run, _read(run, panel, curve)) for run in drawn if (curve := _curve(panel, run.data))] for panel in wanted
    ]
    if not any(readings):
        names = ", ".join(panel.curves[0].shown.name for panel in wanted)
        raise InputError("runs", list(runs), f"results that keep at least one of {names}")
    regimens = dict.fromkeys(str(run.data.attrs["regimen"]) for run in drawn)
    title = next(iter(regimens)) if len(regimens) == 1 else "Regimens compared"
    panels = four_axes(axes, title, _notes(drawn, wanted), len(wanted))
    for ax, panel, found in zip(panels, wanted, readings, strict=True):
        if not found:
            ax.set_axis_off()
            if not (panel.curves[0] is CYTOKINES and all(_MODEL & set(run.data.attrs) for run in drawn)):
                ax.set_title(panel.title, loc="left")
                ax.text(0.5, 0.5, "not kept in these data", transform=ax.transAxes, ha="center", va="center")
            continue
        ax.set_title(_title(panel, found) + _means(panel, found), loc="left", **TYPED)
        for run, values in found:
            _draw(ax, panel, run, values, aligned)
        ax.set_ylabel(panel.axis)
        _dress(ax, panel, [run for run, _ in found])
        views = {run.name: run.near if panel.near else run.whole for run, _ in found}
        _time_axis(ax, views, clock, aligned=aligned and panel.near)
        _say_days(ax, [run for run, _ in found], panel)
        _doses(ax, [(run.look.colour, views[run.name]) for run, _ in found])
        for run, _ in found:
            keep(ax, run.data, run.name)
    bands = {say("90 % of people"): grey_band()} if any(run.people for run in drawn) else {}
    filled = [ax for ax, found in zip(panels, readings, strict=True) if found]
    if axes is None:
        # names can be long, so that none may cover a curve; models that share no panel are all named
        every = {text: mark for ax in filled[::-1] for mark, text in zip(*entries(ax), strict=True)}
        named_first = entries(filled[0])[1]
        legend_across(filled[0], {text: mark for text, mark in every.items() if text not in named_first} | bands)
    else:
        said: set[str] = set()
        for ax in filled[::-1]:
            if not said.issuperset(entries(ax)[1]):
                legend(ax)
            said.update(entries(ax)[1])
    return panels


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
        kept = [one.shown.name for one in _CURVES.values() if one.shown.name in getattr(data, "data_vars", ())]
        check_result(data, *([observed] if observed else kept or ["plasma"]))
    populations = sum(map(is_population, named.values()))
    if populations > _MOST_BANDS:
        raise InputError("runs", populations, f"at most {_MOST_BANDS} populations in one picture, whose bands differ")
    return named


def _arranged(runs: dict[str, xr.Dataset]) -> tuple[SharedClock, list[_Run], bool]:
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
            name, look, data, clock.place(name, data),
            clock.place(name, views[name], HOURS_PER_DAY * days[name] if aligned else 0.0), left_out,
        )
        for look, (name, (data, left_out)) in zip(LOOKS, kept.items(), strict=False)
    ]  # fmt: skip
    return clock, drawn, aligned


def _panels(runs: Mapping[str, xr.Dataset]) -> list[Panel]:
    """The four panels where a run is of a drug, and one for each variable that other models observe."""
    drugs = any("observed" not in data.attrs for data in runs.values())
    found = {panel.name: panel for panel in _PANELS if drugs}
    for data in runs.values():
        if name := data.attrs.get("observed"):
            axis = axis_label(data, name)
            curve = Curve(Shown(name), word(name), BLACK)
            found[axis] = Panel(word(name), heading(*curve.shown), axis, "plain", near=True, curves=(curve,))
    return list(found.values())


def _curve(panel: Panel, data: xr.Dataset) -> Curve | None:
    """The curve of a run in a panel, in plasma that of its own drug; nothing where it has none."""
    (curve,), observed = panel.curves, data.attrs.get("observed")
    if panel.scale == "plain":
        return curve if observed == curve.shown.name and axis_label(data, observed) == panel.axis else None
    if observed or curve.kept(data):
        return None if observed else curve
    return next(iter(panel.of(data)), None) if panel.log and "drug" in data.attrs else None


def _title(panel: Panel, found: list[tuple[_Run, Any]]) -> str:
    """What a panel is called: by its curve, or where drugs differ by the variable."""
    titles = {heading(*curve.shown) for run, _ in found if (curve := _curve(panel, run.data))}
    return titles.pop() if len(titles) == 1 else heading(panel.curves[0].shown.name, {})


def _read(run: _Run, panel: Panel, curve: Curve) -> tuple[Curve, Array, Array]:
    """A curve with its times, and the median between its limits; of one person the curve alone."""
    view = run.near if panel.near else run.whole
    return curve, *over_time(view, curve.shown, _LEVELS, daily=not panel.near and is_long(view))


def _draw(ax: Axes, panel: Panel, run: _Run, found: tuple[Curve, Array, Array], aligned: bool) -> None:
    curve, time, values = found
    label = label_for(folded(_described(run, aligned), _LABEL))
    if panel.log and values.max() > 0:
        values = on_log(values, float(values.max()))
    if run.people:
        draw_band(ax, time, values, run.look.colour, run.look.style, label)
    else:
        if not panel.near and is_long(run.whole):
            within_days(ax, run.whole, curve.shown, run.look.colour)
        width = 1.5 if panel.near else 2.2
        ax.plot(time, values[0], color=run.look.colour, linestyle=run.look.style, linewidth=width, label=label)
    if run.look.marker != "None":
        # markers of different runs stand at different places, so that none hides another
        place = LOOKS.index(run.look) / len(LOOKS)
        ax.lines[-1].set(marker=run.look.marker, markersize=5, markerfacecolor="white", markevery=(0.12 * place, 0.12))


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
    if panel.log:
        if any(float(view["plasma"].max()) > 0 for view in views):
            ax.set_yscale("log")
    elif panel.scale == "share":
        for level, own in _counted(runs).items():
            # as doses are: in the colour of their run, black where runs share it
            colour = own[0].look.colour if len(own) == 1 < len(runs) else BLACK
            ax.axhline(level, color=colour, linewidth=0.8, linestyle=":")
        ax.set_ylim(0, 1.02)
    elif panel.scale == "plain":
        if min(float(view[panel.curves[0].shown.name].min()) for view in views) >= 0:
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
    if panel.near or not found:
        return ""
    return means_text(max((run.data for run, _ in found), key=lambda data: float(np.ptp(data["time"].values))))


def _time_axis(ax: Axes, views: Mapping[str, xr.Dataset], clock: SharedClock, *, aligned: bool) -> None:
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


def _say_days(ax: Axes, runs: list[_Run], panel: Panel) -> None:
    """Which days a near panel shows, where these are the same days of every run."""
    ends = {(float(run.near["time"].values[0]), float(run.near["time"].values[-1])) for run in runs}
    moved = any(run.whole is not run.data or run.near is run.whole for run in runs)
    if panel.near and len(ends) == 1 and not moved:
        ax.set_xlabel(last_label(runs[0].data))


def _doses(ax: Axes, views: list[tuple[str, xr.Dataset]]) -> None:
    """Doses below a panel, in the colour of their run; in black where runs share them."""
    start = min(float(view["time"].values[0]) for _, view in views)
    stop = max(float(view["time"].values[-1]) for _, view in views)
    found = [(colour, _taken(view)) for colour, view in views]
    many = Counter(key for _, doses in found for key in {(kind, round(time, 6)) for kind, time, _ in doses})
    for shared in (True, False):
        for colour, doses in found:
            own = [dose for dose in doses if (many[dose[0], round(dose[1], 6)] > 1) is shared]
            _mark(ax, start, stop, own, BLACK if shared else colour)


def _taken(view: xr.Dataset) -> list[tuple[str, float, float]]:
    """Kind, time and length of the doses that fall into a view [h]."""
    start, stop = (float(time) for time in view["time"].values[[0, -1]])
    times, lasting, missed = (
        np.atleast_1d(np.asarray(view.attrs.get(kind, []), dtype=float)).tolist()
        for kind in ("dose_time", "dose_hours", "missed_time")
    )
    lasting = lasting if len(lasting) == len(times) else [0.0] * len(times)
    every = [("given", time, hours) for time, hours in zip(times, lasting, strict=True)]
    every += [("missed", time, 0.0) for time in missed]
    return [dose for dose in every if dose[1] + dose[2] >= start and dose[1] <= stop]


def _mark(ax: Axes, start: float, stop: float, doses: list[tuple[str, float, float]], colour: str) -> None:
    import xarray as xr

    about = {
        "dose_time": [time for kind, time, _ in doses if kind == "given"],
        "dose_hours": [hours for kind, _, hours in doses if kind == "given"],
        "missed_time": [time for kind, time, _ in doses if kind == "missed"],
    }
    dose_marks(ax, xr.Dataset(coords={"time": [start, stop]}, attrs=about), colour)


def _notes(runs: list[_Run], panels: list[Panel]) -> list[str]:
    """Footer: what each account rests on, who is shown, and what marks mean."""
    named: dict[str, list[str]] = {}
    for run in runs:
        shown = {panel.name: curve.shown for panel in panels if (curve := _curve(panel, run.data))}
        named.setdefault(evidence_line(run.data, shown), []).extend(
            [run.name] * (run.name != run.data.attrs["assumptions"])
        )
    same = len(named) == 1
    notes = [text if same else " / ".join(names) + ": " * bool(names) + text for text, names in named.items()]
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
