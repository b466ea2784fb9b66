"""What a visitor takes away: the figure and the numbers of the screen, from the same columns as the screen."""

from __future__ import annotations

import csv
import io
import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.units import clock_text
from ..plots.curves import Curve, Panel
from ..plots.drawing import BLACK, BLUE, FLOOR, NIGHT, ORANGE, nights, write_footer
from ..plots.panel_drawing import leave
from ..results.words import HALF
from .numbers import HEADROOM, RINGS, SHARES, Numbers, Times, angle, band, drawn
from .panels import ENDS, LETTERS, MEASURED, PANELS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..plots.recorded import RecordedFigure

_DRAWING = Lock()
"""Held while matplotlib draws, which cannot do two things at once."""

_DASHES = ("-", "--")
_MARKERS = ("D", "s")
_SIZE = (12.0, 11.5)
_HEAD, _LINE = 0.35, 0.19
"""Height of what stands above the panels, and of each line of it [inches]."""

_WIDE = 62
"""Letters that fit above a panel."""

_DRAWN = {"near": ("line", "line"), "means": ("thick line", "line"), "whole": ("thin line", "")}
"""What a group of columns is called: over days, and where the view is short."""


def sheet(
    scenarios: Sequence[Numbers | None], times: Times, words: Mapping[int, Mapping[str, str]], evidence: list[str]
) -> RecordedFigure:
    """The figure of the screen on paper.

    Parameters
    ----------
    scenarios : sequence of Numbers or None
        What the screen shows of each scenario, from `numbers`.
    times : Times
        Stretches of time that it shows.
    words : mapping of int to mapping of str to str
        What it says of each scenario: ``words``, ``people`` and ``regimen``, by place.
    evidence : list of str
        What stands below.

    Returns
    -------
    RecordedFigure
        Five panels over time and the dial. Every line and band has a gid: letter, group and column.
    """
    from ..plots.recorded import RecordedFigure

    figure = RecordedFigure(figsize=_SIZE)
    axes = figure.subplots(3, 2).ravel()
    lines = [
        line
        for place, said in words.items()
        for line in (
            f"{LETTERS[place]} ({'dashed' if place else 'solid'} lines): {said['words']}",
            *([said["people"]] if said["people"] else []),
            said["regimen"],
        )
    ]
    folded = "\n".join(part for line in lines for part in textwrap.wrap(line, 150))
    figure.suptitle(folded, x=0.01, y=0.995, ha="left", va="top", fontsize=9, parse_math=False)
    write_footer(figure, evidence, above=_HEAD + _LINE * folded.count("\n"))
    # in the order of the page
    for ax, panel in zip([*axes[:2], *axes[3:]], PANELS, strict=True):
        _panel(ax, panel, scenarios, times)
    _dial(axes[2], scenarios)
    return figure


def saved(figure: Figure, kind: str) -> bytes:
    """A figure as PNG or SVG."""
    content = io.BytesIO()
    with _DRAWING:
        figure.savefig(content, format=kind)
    return content.getvalue()


def table(found: Numbers, spans: Mapping[bool, tuple[float, float]]) -> str:
    """The numbers behind every curve and band of a scenario, as the text of a CSV file.

    Parameters
    ----------
    found : Numbers
        What the screen shows of it, from `numbers`.
    spans : mapping of bool to (float, float)
        Stretches of time that a visitor chose, as in `Times` [h].

    Returns
    -------
    str
        A row for each point of a curve: panel, curve, how it is drawn, place on the time axis [h], what a pointer says
        of the time, value, and what the axis of the panel says of it. What a logarithmic axis leaves out has no value.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["panel", "curve", "drawn as", "time axis [h]", "time", "value", "axis"])
    for panel in PANELS:
        start, stop = spans.get(panel.near, (-math.inf, math.inf))
        for curve, kind, columns, column in _curves(panel, found):
            when = columns.get("when", [""] * len(columns["time"]))
            for hour, said, value in zip(columns["time"].tolist(), when, columns[column].tolist(), strict=True):
                if start <= hour <= stop:
                    shown = "" if math.isnan(value) else repr(value)
                    writer.writerow([panel.name, curve.title, kind, repr(hour), said, shown, panel.axis])
        points = found.get(f"{MEASURED} {panel.name}", {"time": [], "value": [], "said": []})
        for hour, value, said in zip(*(points[name] for name in ("time", "value", "said")), strict=True):
            if start <= hour <= stop:
                writer.writerow([panel.name, said, MEASURED, repr(float(hour)), "", repr(float(value)), panel.axis])
    return text.getvalue()


def _curves(panel: Panel, found: Numbers) -> Iterator[tuple[Curve, str, dict[str, Any], str]]:
    """Every curve and end of a band of a panel: which, how it is drawn, and where its numbers are."""
    short = not len(found["whole"]["time"])
    for curve in drawn(panel, found):
        for group in ("near",) if panel.near else ("means", "whole"):
            if len(found[group]["time"]):
                yield curve, _DRAWN[group][short], found[group], curve.name
    if banded := band(panel, found):
        curve, columns = banded
        for end in ENDS:
            yield curve, f"{end} end of the band of 90 %", columns, f"{curve.name}_{end}"


def _panel(ax: Axes, panel: Panel, scenarios: Sequence[Numbers | None], times: Times) -> None:
    """One panel over time, with what the screen shows of each scenario; none where no scenario has any of it."""
    curves = [curve for curve in panel.curves if any(curve in drawn(panel, found) for found in scenarios)]
    if not curves:
        leave(ax, panel.title, absent=True)
        return
    start, stop = times.spans[panel.near]
    for evening, morning in nights(start, stop, 0.0):
        ax.axvspan(evening, morning, color="0.53", alpha=0.15, linewidth=0, zorder=0)
    level, style = (HALF, ":") if panel.near else (1.0, "-")
    if not panel.log:
        ax.axhline(level, color=BLACK, linewidth=0.8, linestyle=style)
    for place, found in enumerate(scenarios):
        if found is not None:
            _scenario(ax, panel, place, found)
    if panel.log:
        ax.set_yscale("log")
        if times.top > 0:
            ax.set_ylim(times.top * FLOOR, times.top * HEADROOM)
        ax.yaxis.set_major_formatter("{x:g}")
    elif panel.near:
        ax.set_ylim(*SHARES)
    else:
        ax.set_ylim(bottom=0.0)
    ticks, label = times.label(panel.near)
    ax.set_xticks(list(ticks), list(ticks.values()))
    ax.set_xlim(start, stop)
    ax.set_xlabel(label)
    ax.set_ylabel(panel.axis)
    ax.set_title("\n".join([panel.title, *textwrap.wrap(panel.note, _WIDE)]), loc="left", fontsize="medium")
    lines, titles = ax.get_legend_handles_labels()
    # what both scenarios draw is called as the first draws it, which is solid
    named = dict(zip(reversed(titles), reversed(lines), strict=True))
    titles = [curve.title for curve in curves]
    ax.legend([named[title] for title in titles], titles, loc="best", fontsize="small", framealpha=0.8)


def _scenario(ax: Axes, panel: Panel, place: int, found: Numbers) -> None:
    letter = LETTERS[place]
    if panel.scale == "share":
        for left, right in zip(found["held"]["left"], found["held"]["right"], strict=True):
            ax.axvspan(left, right, color=BLUE, alpha=0.08 if place else 0.15, linewidth=0)
    if banded := band(panel, found):
        first, columns = banded
        low, high = (columns[f"{first.name}_{end}"] for end in ENDS)
        ax.fill_between(columns["time"], low, high, color=first.colour, alpha=0.18, linewidth=0,
                        gid=f"{letter} {'near' if panel.near else 'whole'}_bands {first.name}")  # fmt: skip
    if points := found.get(f"{MEASURED} {panel.name}"):
        ax.scatter(points["time"], points["value"], s=40, c=points["colour"], edgecolors=BLACK, zorder=3,
                   marker=_MARKERS[place], gid=f"{letter} {MEASURED}")  # fmt: skip
    for curve in drawn(panel, found):
        for thick in (False, True):
            group = "near" if panel.near else "means" if thick else "whole"
            columns = found[group]
            if (panel.near and not thick) or not len(columns["time"]):
                continue
            look: dict[str, Any] = {"linewidth": 0.5, "alpha": 0.3}
            if thick:
                look = {"linewidth": curve.width, "linestyle": _DASHES[place], "label": curve.title}
            ax.plot(columns["time"], columns[curve.name], color=curve.colour,
                    gid=f"{letter} {group} {curve.name}", **look)  # fmt: skip


def _dial(ax: Axes, scenarios: Sequence[Numbers | None]) -> None:
    """The blocked hours of the day of each scenario."""
    from matplotlib.patches import Wedge

    ax.set(xlim=(-1.4, 1.4), ylim=(-1.4, 1.4), aspect="equal")
    ax.axis("off")
    ax.set_title("Blocked hours of the day: as shaded", loc="left", fontsize="medium")
    begin, end = (math.degrees(angle(hour)) for hour in NIGHT)
    ax.add_patch(Wedge((0, 0), 1.05, end, begin, width=0.05, color="#777777", linewidth=0))
    for hour in range(0, 24, 3):
        around = angle(hour)
        ax.text(1.2 * np.cos(around), 1.2 * np.sin(around), clock_text(hour), ha="center", va="center", color=BLACK)
    for place, (inner, outer) in enumerate(RINGS):
        ax.add_patch(Wedge((0, 0), outer, 0, 360, width=outer - inner, color="#eeeeee", linewidth=0))
        found = scenarios[place] if place < len(scenarios) else None
        if found is None:
            continue
        for start, stop in zip(np.degrees(found["blocked"]["start"]), np.degrees(found["blocked"]["end"]), strict=True):
            # clockwise on the screen, the other way round here
            look = {"facecolor": BLUE, "alpha": 0.5 if place else 0.85, "edgecolor": "white"}
            gid = f"{LETTERS[place]} blocked"
            ax.add_patch(Wedge((0, 0), outer, stop, start, width=outer - inner, gid=gid, **look))
        ax.plot(found["doses"]["x"], found["doses"]["y"], "o", color=ORANGE, markeredgecolor="white", markersize=8,
                gid=f"{LETTERS[place]} doses")  # fmt: skip
        ax.text(0, found["said"]["y"][0], found["said"]["said"][0], ha="center", va="center", color=BLACK)
