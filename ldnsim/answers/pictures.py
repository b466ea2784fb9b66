"""Pictures of answers: stretches above a threshold, and what a rebound repays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.errors import InputError
from ..base.units import HOURS_PER_DAY, clock_text
from ..plots.bands import draw_band, grey_band
from ..plots.closing import finished, name_rows
from ..plots.drawing import BLUE, GREEN, LOOKS, ORANGE, clock_axis, dose_marks, keep, nights, write_footer
from ..plots.lettering import label_for
from ..results.words import axis_label
from .after_dose import NOT_ADVICE
from .crossing import Array, Question, clock_of
from .parts import Part, footer

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from .agonists import AgonistLeft
    from .repaying import Rebound
    from .washing_out import Washout

_ROWS, _DAYS, _GRID = 24, 92, 600
"""Most people, and most days of one, who are drawn as bars; points of a curve of shares."""

_WIDE, _HIGH = 9.0, 3.0
"""Width of a figure, and height of its panels [inches]."""

_BAND = (0.05, 0.5, 0.95)


def _new(notes: Sequence[str], title: str, rows: int = 1) -> tuple[Figure, Any]:
    """A figure with room for a title and for notes below its panels, and these."""
    import matplotlib.pyplot as plt

    from ..plots.recorded import RecordedFigure

    figure, axes = plt.subplots(rows, 1, figsize=(_WIDE, _HIGH * rows), sharex=True, FigureClass=RecordedFigure)
    write_footer(figure, notes, title, "medium")
    return figure, axes


def windows(parts: Sequence[Part], question: Question, table: pd.DataFrame, title: str) -> Figure:
    """Stretches as bars, or the share of people over time; see `ldnsim.answers.time_above.Windows.plot`."""
    first = parts[0].data
    start, stop = question.stretch(first)
    if len(parts) == 1 and "regimen" in first.attrs:
        title = f"{title}: {first.attrs['regimen']}"
    figure, axes = _new(footer(list(parts), question), title[:1].upper() + title[1:])
    people = [(part, who) for part in parts for who in part.who]
    days = (stop - start) / HOURS_PER_DAY
    if len(people) == 1 and 3 < days <= _DAYS:
        _by_clock(axes, table, clock_of(first), start, stop)
    elif len(people) <= _ROWS:
        _by_time(axes, people, table)
        _time_axis(axes, parts, question)
    else:
        _shares(axes, parts, question, table)
        _time_axis(axes, parts, question)
    for part in parts:
        keep(axes, part.data, part.name)
    return finished(figure, _HIGH, {axes: {}})


def _by_clock(axes: Any, table: pd.DataFrame, clock: float, start: float, stop: float) -> None:
    """Days below each other, the clock across."""
    begins = start - (start + clock) % HOURS_PER_DAY
    for first, last in zip(table["start [h]"], table["end [h]"], strict=True):
        for day in range(int((first - begins) // HOURS_PER_DAY), int((last - begins) // HOURS_PER_DAY) + 1):
            midnight = begins + HOURS_PER_DAY * day
            left, right = max(first, midnight) - midnight, min(last, midnight + HOURS_PER_DAY) - midnight
            if right > left:
                axes.barh(day + 1, right - left, left=left, height=0.8, color=BLUE)
    for evening, morning in nights(0.0, HOURS_PER_DAY, 0.0):
        axes.axvspan(evening, morning, color="0.5", alpha=0.13, linewidth=0, zorder=0)
    axes.set_xlim(0, HOURS_PER_DAY)
    axes.set_xticks(range(0, 25, 3), [clock_text(hour) for hour in range(0, 25, 3)])
    axes.set_xlabel("Clock time")
    axes.set_ylim((stop - begins) / HOURS_PER_DAY + 0.5, 0.4)
    axes.set_ylabel("Calendar day")
    axes.yaxis.get_major_locator().set_params(integer=True)


def _by_time(axes: Any, people: Sequence[tuple[Part, Any]], table: pd.DataFrame) -> None:
    """People below each other, time across."""
    names = []
    for row, (part, who) in enumerate(people):
        mine = table[(table["run"] == part.name) & (table["person"] == who)]
        axes.barh([row] * len(mine), mine["hours [h]"], left=mine["start [h]"], height=0.7, color=BLUE)
        names.append(": ".join(filter(None, (part.name, str(who)))))
    name_rows(axes, names)
    axes.set_ylim(len(names) - 0.5, -0.5)


def _shares(axes: Any, parts: Sequence[Part], question: Question, table: pd.DataFrame) -> None:
    """Share of people over time, a line a run."""
    names = list(dict.fromkeys(part.name for part in parts))
    for look, name in zip(cycle(LOOKS), names, strict=False):
        mine = table[table["run"] == name]
        time = np.linspace(*_limits([part for part in parts if part.name == name], question), _GRID)
        # who has begun, less who has ended
        begun, ended = (np.searchsorted(np.sort(mine[end]), time, "right") for end in ("start [h]", "end [h]"))
        size = sum(len(part.who) for part in parts if part.name == name)
        label = label_for(f"{name}, {size} people" if name else f"{size} people")
        axes.plot(time, 100 * (begun - ended) / size, color=look.colour, linestyle=look.style, label=label)
    axes.set_ylim(0, 102)
    axes.set_ylabel("Share of people [%]")


def _limits(parts: Sequence[Part], question: Question) -> tuple[float, float]:
    """What all runs reach from and to [h]."""
    starts, stops = zip(*(question.stretch(part.data) for part in parts), strict=True)
    return min(starts), max(stops)


def _time_axis(axes: Any, parts: Sequence[Part], question: Question) -> None:
    """Time by the clock where all runs begin at one hour of the day, and the doses of one that is alone."""
    if len({clock_of(part.data) for part in parts}) == 1:
        clock_axis(axes, max((part.data for part in parts), key=lambda data: float(data["time"].values[-1])))
    else:
        axes.set_xlabel("Time since the start of each run [h]")
    axes.set_xlim(*_limits(parts, question))
    if len(parts) == 1:
        dose_marks(axes, parts[0].data)


def rebound(found: Rebound) -> Figure:
    """The variable against its baseline and the cumulated area; see `ldnsim.answers.repaying.Rebound.plot`."""
    parts, question = found.parts, found.question
    if len(parts) > len(LOOKS):
        raise InputError("result", f"{len(parts)} runs", f"at most {len(LOOKS)} in one picture")
    regimen = f": {parts[0].data.attrs['regimen']}" if len(parts) == 1 and "regimen" in parts[0].data.attrs else ""
    figure, (upper, lower) = _new(footer(parts, question), found.asked + regimen, rows=2)
    many = any(len(part.who) > 1 for part in parts)
    for look, part in zip(LOOKS, parts, strict=False):
        time, values = question.read(part.data)
        _, net = found.cumulated(part)
        name = ": ".join(filter(None, (part.name, str(part.who[0]) * (len(part.who) == 1))))
        label = label_for(name or ("median" if len(part.who) > 1 else question.title))
        # named once, below both
        _draw(upper, time, values, look.colour, look.style, "_")
        _draw(lower, time, net, look.colour, look.style, label)
        if len(parts) == 1 and not many:
            _fill(upper, time, values[0], question.baseline(part.data, found.given)[0])
        keep(upper, part.data, part.name)
    first = parts[0].data
    base = question.baseline(first, found.given)
    if len(np.unique(base)) == 1:
        upper.axhline(base[0], color="0.3", linewidth=0.8)
    lower.axhline(0.0, color="0.3", linewidth=0.8)
    even = found.table["break-even [h]"].to_numpy(dtype=float)
    start, _ = question.stretch(first)
    if len(even) == 1 and np.isfinite(even[0]) and even[0] > 0:
        lower.plot(start + even, [0.0], "o", color=ORANGE, label=f"break-even after {even[0]:.1f} h")
    upper.set_ylabel(axis_label(first, question.variable))
    area = next(column for column in found.table.columns if column.startswith("net area"))
    lower.set_ylabel(f"Net area so far {area.removeprefix('net area ')}")
    _time_axis(lower, parts, question)
    marks: Mapping[str, Any] = {"90 % of people": grey_band()} if many else {}
    return finished(figure, _HIGH, {lower: marks})


def _draw(axes: Any, time: Array, curves: Array, colour: str, style: Any, label: str) -> None:
    if len(curves) == 1:
        axes.plot(time, curves[0], color=colour, linestyle=style, label=label)
    else:
        draw_band(axes, time, np.quantile(curves, _BAND, axis=0), colour, style, label)


def _fill(axes: Any, time: Array, values: Array, base: float) -> None:
    for below, colour in ((True, ORANGE), (False, GREEN)):
        where = values < base if below else values > base
        axes.fill_between(time, values, base, where=where, interpolate=True, color=colour, alpha=0.3, linewidth=0)


def washout(found: Washout) -> Figure:
    """Share of people who are still at or above a level; see `ldnsim.answers.washing_out.Washout.plot`."""
    count = int(found.table["people"].min())
    drawn = "one person" if count == 1 else f"{count} people; intervals are for their drawing alone"
    if len(found.table) > len(LOOKS):
        raise InputError("accounts", f"{len(found.table)} accounts", f"at most {len(LOOKS)} in one picture")
    notes = [f"{drawn[0].upper()}{drawn[1:]}. {NOT_ADVICE}", *footer(found.parts, found.question)]
    figure, axes = _new(notes, found.asked)
    last = 0.0
    for look, row, part in zip(LOOKS, found.table.to_dict("records"), found.parts, strict=False):
        hours = np.sort(found.each["hours"][found.each["account"] == row["account"]].to_numpy(dtype=float))
        ended = hours[np.isfinite(hours)]
        left = 100 * (1 - np.arange(len(ended) + 1) / len(hours))
        axes.step([0.0, *ended], left, where="post", color=look.colour, linestyle=look.style,
                  label=label_for(row["account"]))  # fmt: skip
        if np.isfinite(row["hours"]):
            edges = [row["low"], row["high"] if np.isfinite(row["high"]) else row["hours"]]
            axes.plot(edges, [100 * (1 - found.share)] * 2, color=look.colour, linewidth=5, alpha=0.45)
            axes.plot(row["hours"], 100 * (1 - found.share), "o", color=look.colour)
        last = max(last, *ended, row["followed"] if np.isinf(row["hours"]) else 0.0)
        keep(axes, part.data, part.name)
    axes.axhline(100 * (1 - found.share), color="0.3", linewidth=0.8)
    axes.set_ylim(0, 102)
    axes.set_ylabel("People still at or above [%]")
    _hours_or_days(axes, last * 1.03)
    return finished(figure, _HIGH, {axes: {}})


def _hours_or_days(axes: Any, last: float) -> None:
    """An axis of the time after the last dose, up to some time [h]."""
    axes.set_xlim(0, last or 1.0)
    axes.set_xlabel("Time after the last dose [h]")
    if last > 8 * HOURS_PER_DAY:
        every = next((days for days in (1, 2, 7, 14, 28) if last / HOURS_PER_DAY / days <= 12), 56)
        days = np.arange(0, last / HOURS_PER_DAY, every)
        axes.set_xticks(days * HOURS_PER_DAY, [f"{day:g}" for day in days])
        axes.set_xlabel("Time after the last dose [days]")


def _people(parts: Sequence[Part]) -> str:
    """How many people are drawn, and what is drawn of them."""
    least = min(len(part.who) for part in parts)
    return "One person." if least == 1 else f"Median and 90 % of {least} people."


def agonist(found: AgonistLeft) -> Figure:
    """What is left of an agonist over time; see `ldnsim.answers.agonists.AgonistLeft.plot`."""
    notes = [f"{_people(found.parts)} {NOT_ADVICE}", *footer(found.parts, found.question)]
    figure, axes = _new(notes, found.asked)
    kinds = found.table["of"].nunique()
    if kinds * len(found.parts) > len(LOOKS):
        raise InputError("accounts", f"{len(found.parts)} accounts", f"at most {len(LOOKS) // kinds} in one picture")
    looks = iter(LOOKS)
    for part in found.parts:
        time, left = found.over_time(part)
        for of, curves in left.items():
            look = next(looks)
            _draw(axes, time, 100 * curves, look.colour, look.style, label_for(f"{part.name}, {of}"))
        keep(axes, part.data, part.name)
    axes.set_ylim(0, 102)
    axes.set_ylabel("Left, relative to no drug [%]")
    _hours_or_days(axes, found.table["after"].max())
    return finished(figure, _HIGH, {axes: {}})
