"""What the plot helpers share: colours, time axis, footers, and where to draw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..base.errors import InputError
from ..base.units import HOURS_PER_DAY, clock_text
from ..results.behind import Shown, evidence_behind
from ..results.over_time import Array, check_people, is_population, over_time
from ..results.views import LAST_VIEW, SHORT_VIEW, last_view
from .lettering import TYPED, folded, spell, text_of

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

_CYCLE = ((BLUE, "-"), (ORANGE, "--"), (GREEN, "-."), (PURPLE, ":"), (AMBER, (0, (5, 1))), (SKY, (0, (3, 1, 1, 1))))
_MARKERS = ("None", "o", "s", "^")


class Look(NamedTuple):
    """How a run of several is drawn: colour, line style and marker, as matplotlib takes them."""

    colour: str
    style: Any
    marker: str


# where colours come again, the marker is another one and so is the style, so that runs differ in grey too
LOOKS = tuple(
    Look(colour, _CYCLE[(place + turn) % len(_CYCLE)][1], marker)
    for turn, marker in enumerate(_MARKERS)
    for place, (colour, _) in enumerate(_CYCLE)
)
"""Looks of runs that are drawn over each other; more cannot be told apart."""

CURVE = "ldnsim"
"""Mark of a curve that ldnsim has drawn."""

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
_WIDENED = 1.15
"""How many times as wide as at first a panel becomes by the layout of its figure."""
_LARGE, _SMALL = 0.085, 0.06
"""Width of a letter of a title, and of what stands to its right, as they are in most words [inches]."""


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


def evidence_line(data: xr.Dataset, shown: Mapping[str, Shown]) -> str:
    """Assumptions, weakest evidence and targets behind what is shown, by title."""
    weakest = "; ".join(f"{title} {evidence_behind(data, [one])[0]}" for title, one in shown.items())
    _, targets = evidence_behind(data, shown.values())
    tuned = f" Tuned to: {'; '.join(targets)}." if targets else ""
    return (
        f"Assumptions: {data.attrs['assumptions']} ({data.attrs['assumptions_in_full']}). "
        f"Weakest evidence: {weakest}.{tuned}"
    )


def check_result(data: Any, *variables: str) -> None:
    """Refuse what is no result of ldnsim, of one subject or a population, or lacks a variable."""
    if is_population(data):
        for name in variables:
            check_people(data, name)
        return
    known = hasattr(data, "data_vars") and "clock_start" in data.attrs and data.sizes.get("time", 0) >= 2
    lacking = next((name for name in variables if not known or name not in data.data_vars), None)
    if lacking is not None:
        raise InputError("data", type(data).__name__, f"a result of ldnsim with {lacking!r} at two times or more")
    if (np.diff(data["time"].values) < 0).any():
        expected = "one stretch in which time does not start again, such as data.isel(time=slice(0, 100))"
        raise InputError("data", "times that start again", expected)


def check_free(ax: Axes | None, cure: str) -> None:
    """Refuse axes that hold a curve of ldnsim already, because a second one in the same colours reads as the first."""
    if ax is not None and any(line.get_gid() == CURVE for line in getattr(ax, "lines", ())):
        raise InputError("ax", "axes with another run", f"axes without one; {cure}")


def on_log(values: Array, highest: float) -> Array:
    """Values for a logarithmic axis, which has no zero: a curve leaves a gap there, a band ends at the floor."""
    floor = FLOOR * highest
    found: Array = np.where(values > floor, values, np.nan) if len(values) == 1 else np.maximum(values, floor)
    return found


def claim(ax: Axes) -> None:
    """Note that axes hold curves of ldnsim."""
    for line in ax.lines:
        line.set_gid(CURVE)


def finish(ax: Axes, data: xr.Dataset) -> Axes:
    """Clock, assumptions and dose marks of a panel."""
    clock_axis(ax, data)
    title, account = ax.get_title(loc="left"), str(data.attrs["assumptions"])
    ax.set_title(account, loc="right", fontsize="small", **TYPED)
    if len(title) * _LARGE + len(account) * _SMALL > _extent(ax)[0]:
        # one above the other, where they would meet
        ax.set_title(title + "\n", loc="left", **TYPED)
    dose_marks(ax, data)
    keep(ax, data)
    return ax


def _extent(ax: Axes) -> tuple[float, float]:
    """Width and height of a panel [inches]."""
    figure: Any = ax.figure
    width, height = ax.get_window_extent().size / figure.dpi
    # a layout that is still to come widens panels
    return width * (_WIDENED if figure.get_layout_engine() else 1.0), height


def keep(ax: Axes, data: xr.Dataset, name: str = "") -> None:
    """Let the figure of a panel write the record of the run that it shows, or a window of it, into its files."""
    from .recorded import RecordedFigure

    figure = ax.get_figure(root=True)
    if isinstance(figure, RecordedFigure):
        figure.remember(data.attrs, name)


def dose_marks(ax: Axes, data: xr.Dataset, colour: str = BLACK) -> None:
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
    for marks, face in ((times[shown & (lasting == 0)], colour), (missed, "white")):
        if len(marks):
            ax.plot(marks, np.zeros(len(marks)), "^", color=colour, markerfacecolor=face, markersize=5, clip_on=False,
                    zorder=5, transform=ax.get_xaxis_transform())  # fmt: skip
    for time, hours in zip(times[shown & (lasting > 0)], lasting[shown & (lasting > 0)], strict=True):
        ax.plot((max(time, start), min(time + hours, stop)), (0, 0), color=colour, linewidth=5, clip_on=False, zorder=5,
                solid_capstyle="butt", transform=ax.get_xaxis_transform())  # fmt: skip


def is_long(data: xr.Dataset) -> bool:
    """Whether a view is too long to show what happens within a day."""
    return bool(np.ptp(data["time"].values) > SHORT_VIEW)


def means_text(data: xr.Dataset) -> str:
    """What to add to the title of a panel that shows daily means where its view is long."""
    if not is_long(data):
        return ""
    if not is_population(data):
        return " (thick: daily means)"
    return " (daily means)" if "person" in data.dims else " (means of percentiles)"


def within_days(ax: Axes, data: xr.Dataset, shown: Shown, colour: str) -> None:
    """The course of one subject within days, thin behind its daily means."""
    time, values = over_time(data, shown)
    ax.plot(time, values[0], color=colour, linewidth=0.4, alpha=0.35)


def last_label(data: xr.Dataset) -> str:
    """Label of the clock axis of `last_view`."""
    start = float(last_view(data)["time"].values[0])
    return f"Clock time, days {start / HOURS_PER_DAY:.3g} to {(start + LAST_VIEW) / HOURS_PER_DAY:.3g}"


def entries(ax: Axes) -> tuple[list[Any], list[str]]:
    """What a legend of a panel names: artists, and their texts as typed."""
    drawn, labels = ax.get_legend_handles_labels()
    return drawn, [text_of(label) for label in labels]


def legend(ax: Axes, columns: int = 1) -> None:
    """A small legend where there is room."""
    drawn, texts = entries(ax)
    # matplotlib may leave out what begins with an underscore, so texts are written afterwards
    made = ax.legend(drawn, ["x"] * len(texts), loc="best", fontsize="small", framealpha=0.9, ncols=columns)
    spell(made, texts)
    width, height = _extent(ax)
    lines = [line for text in texts for line in text.splitlines()]
    fits = columns * (max(map(len, lines), default=0) * _LETTER + _HANDLE) < width and len(lines) * _ROW < height
    # whenever a layout asks how large it is, the best place is sought anew
    made.set_in_layout(not fits)


def legend_across(ax: Axes, marks: Mapping[str, Any] | None = None) -> None:
    """What a panel shows, then some marks, named between the panels of its figure and the footer in as many columns
    as fit; the figure grows by what that takes.
    """
    drawn, texts = entries(ax)
    drawn, texts = [*drawn, *(marks or {}).values()], [*texts, *(marks or {})]
    figure: Any = ax.figure
    wide, tall = figure.get_size_inches()
    lines = [text.splitlines() for text in texts]
    longest = max(len(line) for text in lines for line in text)
    columns = min(max(int(wide / (longest * _LETTER + _HANDLE)), 1), len(texts))
    # matplotlib fills column after column
    rows = -(-len(texts) // columns)
    highest = max(sum(len(text) for text in lines[first : first + rows]) for first in range(0, len(lines), rows))
    left, low, width, height = figure.get_layout_engine().get()["rect"]
    room = _ROW * highest + 0.1 * rows
    figure.set_size_inches(wide, tall + room)
    low, height = low * tall / (tall + room), height * tall / (tall + room)
    room /= tall + room
    figure.get_layout_engine().set(rect=(left, low + room, width, height))
    made = figure.legend(
        drawn, ["x"] * len(texts), loc="upper center", ncols=columns, fontsize="small", frameon=False,
        bbox_to_anchor=(left + width / 2, low + room), borderaxespad=0.0, handlelength=3.2,
    )  # fmt: skip
    spell(made, texts)


def new_axes(notes: list[str]) -> Axes:
    """Axes in a new figure with a footer."""
    import matplotlib.pyplot as plt

    from .recorded import RecordedFigure

    figure, axes = plt.subplots(figsize=_ONE, FigureClass=RecordedFigure)
    write_footer(figure, notes, top=0.0)
    found: Axes = axes
    return found


def four_axes(axes: Any, title: str, notes: list[str], count: int = 4, room: float = 0.0) -> Any:
    """Four axes, or some, in a new figure with title, footer and more room [inches], or those given."""
    import matplotlib.pyplot as plt

    from .recorded import RecordedFigure

    if axes is None:
        columns, rows = min(count, 2), -(-count // 2)
        size = (_SIZE[0], _SIZE[1] * (1 + rows) / 3 + room)
        figure, grid = plt.subplots(rows, columns, figsize=size, squeeze=False, FigureClass=RecordedFigure)
        heading = folded(title, 100)
        figure.suptitle(heading, fontsize="large", y=0.99, va="top", **TYPED)
        write_footer(figure, notes, top=0.3 + 0.2 * (heading.count("\n") + 1))
        for left in grid.ravel()[count:]:
            left.set_axis_off()
        return grid.ravel()[:count]
    found = np.ravel(np.array(axes, dtype=object))
    if len(found) != count or not all(hasattr(panel, "plot") for panel in found):
        raise InputError("axes", axes, f"{'four' if count == 4 else count} matplotlib axes")
    return found


def write_footer(figure: Figure, notes: list[str], top: float) -> None:
    """Write notes below the panels, and keep the panels off them."""
    width, height = figure.get_size_inches()
    text = "\n".join(folded(note, int(width * _WIDTH_PER_INCH)) for note in notes)
    share = min((0.12 + _LINE * (text.count("\n") + 1)) / height, 0.5)
    figure.set_layout_engine("constrained", rect=(0.0, share, 1.0, 1.0 - share - top / height))
    figure.text(0.01, 0.01, text, fontsize=8, va="bottom", ha="left", **TYPED)
