"""What the plot helpers share: colours, time axis, footers, and where to draw."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .behind import Shown, evidence_behind
from .endpoints import daily_means, hours_blocked
from .errors import InputError
from .units import HOURS_PER_DAY, clock_text
from .views import LAST_VIEW, SHORT_VIEW, last_day, last_view, window

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, PURPLE, SKY, AMBER, BLACK = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#E69F00",
    "#333333",
)
"""Colours of Okabe and Ito, which people with any colour vision can tell apart."""

CYCLE = ((BLUE, "-"), (ORANGE, "--"), (GREEN, "-."), (PURPLE, ":"), (AMBER, (0, (5, 1))), (SKY, (0, (3, 1, 1, 1))))
"""Colour and line style of each run of a comparison."""

NIGHT = (22.0, 6.0)
"""Hours of the day between which a night is shaded."""

_NIGHTS_SHOWN = 14 * HOURS_PER_DAY
_MISSED_SHOWN = 40
FLOOR = 1e-4
"""Share of the highest level below which a logarithmic axis leaves a gap."""

_SIZE = (11.0, 8.0)
_ONE = (7.0, 4.6)
_WIDTH_PER_INCH = 15
_LINE = 0.155
_LETTER, _HANDLE, _ROW = 0.075, 0.6, 0.165
"""Width of a letter, of the mark beside a text, and height of a line in a small legend [inches]."""

PANELS = {
    "plasma": Shown("plasma"),
    "blockade": Shown("occupancy", {"receptor": "mor"}),
    "rebound": Shown("tone"),
    "TLR4": Shown("tlr4_inhibition"),
    "cytokines": Shown("cytokine_index"),
}
"""What a footer names the evidence of, and what carries it; of the receptors mu, whose blockade is told."""


def clock_axis(ax: Axes, data: xr.Dataset) -> Axes:
    """Label the time axis of a panel with the clock or with days, and shade the nights.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        A panel with time in h.
    data : xarray.Dataset
        The result or window that it shows.

    Returns
    -------
    matplotlib.axes.Axes
        The same panel.
    """
    start, stop = float(data["time"].values[0]), float(data["time"].values[-1])
    clock = float(data.attrs["clock_start"])
    ax.set_xlim(start, stop)
    for evening, morning in nights(start, stop, clock):
        ax.axvspan(evening, morning, color="0.5", alpha=0.13, linewidth=0, zorder=0)
    ticks, label = time_ticks(start, stop, clock)
    ax.set_xticks(list(ticks), list(ticks.values()))
    ax.set_xlabel(label)
    return ax


def nights(start: float, stop: float, clock: float) -> list[tuple[float, float]]:
    """When it is night between two times [h], if these are at most two weeks apart; `clock` is the hour at time 0."""
    found = []
    if stop - start <= _NIGHTS_SHOWN:
        evening = start - (start + clock - NIGHT[0]) % HOURS_PER_DAY
        length = (NIGHT[1] - NIGHT[0]) % HOURS_PER_DAY
        while evening < stop:
            if evening + length > start:
                found.append((max(evening, start), min(evening + length, stop)))
            evening += HOURS_PER_DAY
    return found


def time_ticks(start: float, stop: float, clock: float, most: int = 9) -> tuple[dict[float, str], str]:
    """Ticks of a time axis [h] with their labels, and its own: the clock in a short view, with at most some steps."""
    if stop - start <= SHORT_VIEW:
        every = next(step for step in (1.0, 2.0, 4.0, 6.0, 12.0, 24.0) if (stop - start) / step <= most)
        ticks = np.arange(start + (-(start + clock)) % every, stop + 1e-9, every)
        return {float(tick): clock_text(clock + tick) for tick in ticks}, "Clock time"
    days = (stop - start) / HOURS_PER_DAY
    every = next((step for step in (1, 2, 7, 14, 28, 56, 84, 182, 364) if days / step <= 10), 728) * HOURS_PER_DAY
    ticks = np.arange(np.ceil(start / every) * every, stop + 1e-9, every)
    return {float(tick): f"{tick / HOURS_PER_DAY:g}" for tick in ticks}, "Time [days]"


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
    return evidence_line(data, PANELS)


def evidence_line(data: xr.Dataset, shown: Mapping[str, Shown]) -> str:
    """Assumptions, weakest evidence and targets behind what is shown, by title."""
    weakest = "; ".join(f"{title} {evidence_behind(data, [one])[0]}" for title, one in shown.items())
    _, targets = evidence_behind(data, shown.values())
    tuned = f" Tuned to: {'; '.join(targets)}." if targets else ""
    return (
        f"Assumptions: {data.attrs['assumptions']} ({data.attrs['assumptions_in_full']}). "
        f"Weakest evidence: {weakest}.{tuned}"
    )


def check_result(data: Any, variable: str) -> None:
    """Refuse what is no result of ldnsim, or lacks a variable."""
    known = hasattr(data, "data_vars") and variable in data.data_vars and "clock_start" in data.attrs
    if not known or data.sizes.get("time", 0) < 2:
        raise InputError("data", type(data).__name__, f"a result of ldnsim with {variable!r} at two times or more")


def panel_for(data: xr.Dataset, ax: Axes | None, shown: Mapping[str, Shown]) -> Axes:
    """The axes given, or new ones with a footer about what they show."""
    return new_axes([evidence_line(data, shown)]) if ax is None else ax


def finish(ax: Axes, data: xr.Dataset) -> Axes:
    """Clock, assumptions and dose marks of a panel."""
    clock_axis(ax, data)
    ax.set_title(str(data.attrs["assumptions"]), loc="right", fontsize="small")
    dose_marks(ax, data)
    return ax


def dose_marks(ax: Axes, data: xr.Dataset) -> None:
    """Doses below a panel: filled where given, hollow where missed, bars for infusions; in a long view missed only."""
    start, stop = data["time"].values[[0, -1]]
    times, lasting, missed = (
        np.atleast_1d(np.asarray(data.attrs.get(name, []), dtype=float))
        for name in ("dose_time", "dose_hours", "missed_time")
    )
    lasting = lasting if len(lasting) == len(times) else np.zeros(len(times))
    shown = (times + lasting >= start) & (times <= stop)
    missed = missed[(missed >= start) & (missed <= stop)]
    if (shown.sum() + len(missed)) * SHORT_VIEW > 40 * (stop - start) or stop - start > _NIGHTS_SHOWN:
        # given doses would blur; the few that are missed are still worth a mark
        shown, missed = np.zeros(len(times), dtype=bool), missed[: len(missed) * (len(missed) <= _MISSED_SHOWN)]
    # an empty line would still claim room below the panel
    for marks, face in ((times[shown & (lasting == 0)], BLACK), (missed, "white")):
        if len(marks):
            ax.plot(marks, np.zeros(len(marks)), "^", color=BLACK, markerfacecolor=face, markersize=5, clip_on=False,
                    zorder=5, transform=ax.get_xaxis_transform())  # fmt: skip
    for time, hours in zip(times[shown & (lasting > 0)], lasting[shown & (lasting > 0)], strict=True):
        ax.plot((max(time, start), min(time + hours, stop)), (0, 0), color=BLACK, linewidth=5, clip_on=False, zorder=5,
                solid_capstyle="butt", transform=ax.get_xaxis_transform())  # fmt: skip


def course(
    ax: Axes, data: xr.Dataset, name: str, label: str, colour: str, style: Any, width: float = 2.2, **labels: str
) -> None:
    """A curve; of a long run its daily means, with the curve itself thin behind them."""
    time, values = data["time"].values, data[name].sel(labels).values
    if time[-1] - time[0] <= SHORT_VIEW:
        ax.plot(time, values, color=colour, linestyle=style, label=label, linewidth=width)
        return
    ax.plot(time, values, color=colour, linewidth=0.4, alpha=0.35)
    days, means = daily_means(data, name, **labels)
    ax.plot(days, means, color=colour, linestyle=style, label=label, linewidth=width)


def means_text(data: xr.Dataset) -> str:
    """What to add to the title of a panel that shows daily means."""
    return "" if np.ptp(data["time"].values) <= SHORT_VIEW else " (thick: daily means)"


def hours_text(data: xr.Dataset) -> str:
    """How long mu is at least half held on the day that is spoken of, in words."""
    part = window(data, *last_day(data))
    return blocked_text(hours_blocked(part), float(np.ptp(part["time"].values)))


def blocked_text(blocked: float, whole: float) -> str:
    """How long mu is at least half held, in words, from the hours and those that there are."""
    if blocked == 0.0:
        return "mu never half held"
    if blocked >= whole * (1 - 1e-9):
        return f"mu half held all {whole:.3g} h"
    return f"mu half held {blocked:.1f} h in {whole:.3g} h"


def last_label(data: xr.Dataset) -> str:
    """Label of the clock axis of `last_view`."""
    start = float(last_view(data)["time"].values[0])
    return f"Clock time, days {start / HOURS_PER_DAY:.3g} to {(start + LAST_VIEW) / HOURS_PER_DAY:.3g}"


def legend(ax: Axes) -> None:
    """A small legend where there is room."""
    ax.legend(loc="best", fontsize="small", framealpha=0.9)


def legend_across(ax: Axes) -> None:
    """What a panel shows, named between the panels of its figure and the footer, in as many columns as fit."""
    drawn, texts = ax.get_legend_handles_labels()
    figure: Any = ax.figure
    wide, tall = figure.get_size_inches()
    lines = [text.splitlines() for text in texts]
    longest = max(len(line) for text in lines for line in text)
    columns = min(max(int(wide / (longest * _LETTER + _HANDLE)), 1), len(texts))
    # matplotlib fills column after column
    rows = -(-len(texts) // columns)
    highest = max(sum(len(text) for text in lines[first : first + rows]) for first in range(0, len(lines), rows))
    left, low, width, height = figure.get_layout_engine().get()["rect"]
    room = min((_ROW * highest + 0.1 * rows) / tall, height / 2)
    figure.get_layout_engine().set(rect=(left, low + room, width, height - room))
    figure.legend(drawn, texts, loc="upper center", ncols=columns, fontsize="small", frameon=False,
                  bbox_to_anchor=(left + width / 2, low + room), borderaxespad=0.0)  # fmt: skip


def new_axes(notes: list[str]) -> Axes:
    """Axes in a new figure with a footer."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=_ONE)
    write_footer(figure, notes, top=0.0)
    found: Axes = axes
    return found


def four_axes(axes: Any, title: str, notes: list[str]) -> Any:
    """Four axes in a new figure with title and footer, or those given."""
    import matplotlib.pyplot as plt

    if axes is None:
        figure, grid = plt.subplots(2, 2, figsize=_SIZE)
        heading = textwrap.fill(title, 100)
        figure.suptitle(heading, fontsize="large", y=0.99, va="top")
        write_footer(figure, notes, top=0.3 + 0.2 * (heading.count("\n") + 1))
        return grid.ravel()
    found = np.ravel(np.array(axes, dtype=object))
    if len(found) != 4 or not all(hasattr(panel, "plot") for panel in found):
        raise InputError("axes", axes, "four matplotlib axes")
    return found


def write_footer(figure: Figure, notes: list[str], top: float) -> None:
    """Write notes below the panels, and keep the panels off them."""
    width, height = figure.get_size_inches()
    text = "\n".join(textwrap.fill(note, int(width * _WIDTH_PER_INCH)) for note in notes)
    share = min((0.12 + _LINE * (text.count("\n") + 1)) / height, 0.5)
    figure.set_layout_engine("constrained", rect=(0.0, share, 1.0, 1.0 - share - top / height))
    figure.text(0.01, 0.01, text, fontsize=8, va="bottom", ha="left")
