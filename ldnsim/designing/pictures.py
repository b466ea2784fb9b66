"""Pictures of what was designed: an endpoint over what was varied, how doses spread, steps, and a front."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.units import HOURS_PER_DAY, clock_text
from ..plots.closing import finished
from ..plots.drawing import BLACK, BLUE, GREEN, ORANGE, evidence_line, four_axes, keep, new_axes
from ..plots.layout import figure_of
from ..plots.lettering import TYPED
from ..results.behind import Shown
from ..results.readings import CLOCK, labelled
from ..results.words import word
from .telling import FRONT

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .doses import FoundDose
    from .fronts import ParetoFront
    from .ladders import Ladder
    from .timing import BestTime, FoundInterval

GREY = "#999999"

_BARS, _TICKS = 30, 9


def dose_figure(found: FoundDose) -> Figure:
    """The endpoint of the typical person over dose, with the target and every dose; of people, how theirs spread.

    Parameters
    ----------
    found : FoundDose
        What is drawn.

    Returns
    -------
    matplotlib.figure.Figure
        One panel, or two.
    """
    title, regimen = f"Dose for which {_wish(found)}", str(found.data.attrs["regimen"])
    if "ID" not in found.table:
        ax = _one(found, title, [f"As {regimen}, with the dose changed."])
        _draw_curve(ax, found, found.curve["dose [mg]"].to_numpy(), found.doses, "Dose [mg]")
        return _remembered(ax, found)
    notes = [*_notes(found, [f"As {regimen}, with a dose of each person's own; {found.data.attrs['population']}."])]
    people, curve = four_axes(None, title, notes, 2)
    doses = found.doses[~np.isnan(found.doses)]
    low, high = doses.min(), doses.max()
    edges = np.geomspace(low, high, _BARS) if high > low else np.array([low * 0.9, low * 1.1])
    people.hist(doses, bins=edges, color=BLUE, alpha=0.6)
    people.axvline(found.dose, color=BLACK, label=f"median {found.dose:.3g} mg")
    for share in (0.05, 0.95):
        edge = float(np.quantile(doses, share))
        people.axvline(edge, color=BLACK, linestyle=":", label=f"{100 * share:g} % of people: at most {edge:.3g} mg")
    _log(people)
    people.set(xlabel="Dose [mg]", ylabel="People")
    people.set_title(f"{len(doses)} of {len(found.table)} people", loc="left")
    _draw_curve(curve, found, found.curve["dose [mg]"].to_numpy(), doses[:0], "Dose [mg]")
    curve.set_title("Typical person", loc="left")
    return finished(figure_of(people))


def interval_figure(found: FoundInterval) -> Figure:
    """The endpoint over the interval between doses, with the target.

    Parameters
    ----------
    found : FoundInterval
        What is drawn.

    Returns
    -------
    matplotlib.figure.Figure
        One panel.
    """
    regimen = str(found.data.attrs["regimen"])
    ax = _one(found, f"Interval for which {_wish(found)}", [f"As {regimen}, with the interval changed."])
    intervals = found.table["interval [h]"].to_numpy()
    _draw_curve(ax, found, found.curve["interval [h]"].to_numpy(), intervals, "Interval between doses [h]")
    return _remembered(ax, found)


def time_figure(found: BestTime) -> Figure:
    """The endpoint over the clock time of the dose.

    Parameters
    ----------
    found : BestTime
        What is drawn.

    Returns
    -------
    matplotlib.figure.Figure
        One panel.
    """
    ax = _one(found, f"Clock time at which {found.endpoint} is {found.best}", [f"As {found.regimen}, at other times."])
    heading = found.table.columns[2]
    ax.plot(found.table["time [h]"], found.table[heading], color=BLUE, marker="o", markersize=3)
    at = found.table[found.table["best"]]
    ax.plot(at["time [h]"], at[heading], "o", color=ORANGE, markersize=9, label=f"{found.best} at {found.clock}")
    ticks = np.arange(0.0, HOURS_PER_DAY + 1, 4.0)
    ax.set_xticks(ticks, [clock_text(tick) for tick in ticks])
    ax.set_xlabel("Clock time of the dose")
    ax.set_ylabel(heading, **TYPED)
    return _remembered(ax, found)


def ladder_figure(found: Ladder) -> Figure:
    """Dose and endpoint of each day, with what the endpoint may be.

    Parameters
    ----------
    found : Ladder
        What is drawn.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels.
    """
    table, heading = found.table, found.by_day.columns[2]
    title = f"Steps to {table['dose [mg]'].iloc[-1]:g} mg, as high as {found.endpoint} allows"
    doses, values = four_axes(None, title, _notes(found, [f"{found.regimen}."]), 2)
    edges = np.append(table["from day"] - 0.5, table["to day"].iloc[-1] + 0.5)
    doses.stairs(table["dose [mg]"], edges, color=BLUE, linewidth=2, baseline=None)
    doses.set_ylim(0, None)
    doses.set(xlabel="Day", ylabel="Dose [mg]")
    values.plot(found.by_day["day"], found.by_day[heading], "o", color=BLUE, markersize=4, label="each day")
    if np.isfinite(table["allowed"]).any():
        values.stairs(table["allowed"], edges, color=ORANGE, linestyle="--", baseline=None, label="allowed")
    values.set_xlabel("Day")
    values.set_ylabel(heading, **TYPED)
    return _remembered(doses, found)


def front_figure(found: ParetoFront) -> Figure:
    """The first two endpoints of all that was tried against each other, and the front.

    Parameters
    ----------
    found : ParetoFront
        What is drawn.

    Returns
    -------
    matplotlib.figure.Figure
        One panel.
    """
    regimen = str(found.data.attrs["regimen"])
    ax = _one(found, "No better in one without being worse in the other", [f"As {regimen}, dose and time changed."])
    (first, way), (second, other) = list(found.best.items())[:2]
    rest = found.table[~found.table[FRONT]]
    ax.plot(rest[first], rest[second], "o", color=GREY, markersize=4, label="beaten by another")
    front = found.front
    ax.plot(front[first], front[second], "-o", color=GREEN, markersize=6, label="on the front")
    several = found.table["time"].nunique() > 1
    for k, (_, row) in enumerate(front.iterrows()):
        text = f"{row['dose [mg]']:g} mg" + (f", {row['time']}" if several else "")
        # neighbours on a front are close to each other
        beside = (6, -10) if k % 2 else (-6, 6)
        ax.annotate(text, (row[first], row[second]), xytext=beside, textcoords="offset points", fontsize="small",
                    ha="left" if k % 2 else "right")  # fmt: skip
    ax.set_xlabel(f"{first} ({way} is better)", **TYPED)
    ax.set_ylabel(f"{second} ({other} is better)", **TYPED)
    ax.margins(x=0.12, y=0.1)
    return finished(figure_of(ax))


def _wish(found: FoundDose | FoundInterval) -> str:
    """The endpoint and its target."""
    if found.unit == CLOCK:
        return f"{found.endpoint} is {clock_text(found.target)}"
    return f"{found.endpoint} is {found.target:.4g} {found.unit}".removesuffix(" 1").strip()


def _notes(found: Any, first: list[str]) -> list[str]:
    data: xr.Dataset = found.data
    return [*first, evidence_line(data, {word(str(name)): Shown(str(name)) for name in data.data_vars})]


def _one(found: Any, title: str, notes: list[str]) -> Axes:
    ax = new_axes(_notes(found, notes))
    ax.set_title(title, loc="left", fontsize="medium", **TYPED)
    return ax


def _draw_curve(ax: Axes, found: FoundDose | FoundInterval, x: Any, places: Any, label: str) -> None:
    """The endpoint over what was varied, the target, and where it is reached."""
    heading = found.curve.columns[1]
    ax.plot(x, found.curve[heading], color=BLUE)
    ax.axhline(found.target, color=BLACK, linewidth=0.8, linestyle="--", label="target")
    for place in places:
        ax.plot(place, found.target, "o", color=ORANGE, markersize=7, label=f"{place:.4g} {label[-3:-1].strip(' [')}")
    _log(ax)
    ax.set_xlabel(label)
    if found.unit == CLOCK:
        low, high = ax.get_ylim()
        every = next((step for step in (1.0, 2.0, 4.0, 6.0) if (high - low) / step <= _TICKS), HOURS_PER_DAY / 2)
        ticks = np.arange(np.ceil(low / every) * every, high, every)
        ax.set_yticks(ticks, [clock_text(tick) for tick in ticks])
    ax.set_ylabel(labelled(found.endpoint, found.unit or "1"), **TYPED)


def _log(ax: Axes) -> None:
    """A logarithmic axis with numbers as they are said."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    ax.set_xscale("log")
    low, high = ax.get_xlim()
    ax.xaxis.set_major_locator(LogLocator(subs=(1.0,) if high > 1e3 * low else (1.0, 2.0, 5.0)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())


def _remembered(ax: Axes, found: Any) -> Figure:
    """The figure of a panel, which writes the records of the runs behind it into its files."""
    several = len(found.runs) > 1
    for name, run in found.runs.items():
        keep(ax, run.data, name if several else "")
    return finished(figure_of(ax))
