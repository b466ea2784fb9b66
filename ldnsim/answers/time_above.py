"""When a variable is above a threshold: each stretch, by day, and how much falls into sleep or the working day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.errors import InputError
from ..base.units import HOURS_PER_DAY, clock_text
from .crossing import Array, Question, Span, checked, clock_of
from .parts import Part, parts_of, record_of, runs_of, usual, warn_of_clock

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

HOURS_OF_DAY: Mapping[str, str] = MappingProxyType({"sleep": "23:00-07:00", "working day": "09:00-17:00"})
"""Parts of a day where none are said."""

_TOLD, _ALONE = 7, 12
"""Stretches of one person that a text shows, and the most people whom it tells one by one."""


@dataclass(frozen=True, eq=False)
class Windows:
    """When a variable is above a threshold.

    Attributes
    ----------
    asked : str
        The question in words, with the threshold by name.
    table : pandas.DataFrame
        A row a stretch: run, person, start and end since the start of the run [h] and by the clock, hours, hours in
        each part of the day, and whether it is whole (neither end is that of the run).
    people : pandas.DataFrame
        A row a person: stretches, hours in all, a day and at the longest [h], share of the time [1], hours in each part
        of the day [h]; of a run that did not finish nan, and the reason.
    days : pandas.DataFrame
        A row a day of a person, from the start of what is read: its length and the hours in it [h].
    runs : mapping of str to xarray.Dataset
        What it was read off.
    record : dict
        All that is needed to answer again.
    parts, question : list of Part, Question
        The same runs with who is in them, and what was asked of them.
    """

    asked: str
    table: pd.DataFrame
    people: pd.DataFrame
    days: pd.DataFrame
    runs: Mapping[str, xr.Dataset]
    record: dict[str, Any]
    parts: list[Part] = field(repr=False)
    question: Question = field(repr=False)

    def plot(self) -> Any:
        """Stretches as bars, of one person by day and clock, of few by time; of many the share of people over time.

        Returns
        -------
        matplotlib.figure.Figure
            The picture.
        """
        from .pictures import windows

        return windows(self.parts, self.question, self.table, self.asked)

    def __str__(self) -> str:
        lines = [f"{self.asked}:"]
        several = self.people["run"].nunique() > 1
        for name, rows in self.people.groupby("run", sort=False):
            head = f"  {name}: " if several else "  "
            done = rows[rows["reason"] == ""]
            parts = [column for column in rows.columns if column.startswith("in ")]
            if len(done) <= _ALONE:
                for one in done.to_dict("records"):
                    who = f"{one['person']}: " * (len(done) > 1)
                    inside = "".join(f", {one[part]:.1f} h {part.removesuffix(' [h]')}" for part in parts)
                    lines.append(
                        f"{head}{who}{one['hours [h]']:.1f} h in {one['stretches']} "
                        f"stretch{'es' * (one['stretches'] != 1)}, {one['hours a day [h]']:.2f} h a day{inside}"
                    )
                mine = self.table[self.table["run"] == name].head(_TOLD if len(self.people) == 1 else 0)
                lines += [_told(row) for row in mine.to_dict("records")]
                lines += [f"    and {len(self.table) - _TOLD} more"] * (0 < len(mine) < len(self.table))
            else:
                said = [f"{_spread(done['hours a day [h]'])} h a day"]
                said += [f"{_spread(done[part])} h {part.removesuffix(' [h]')}" for part in parts]
                never = f"; {100 * (done['stretches'] == 0).mean():.0f} % of them never"
                lines.append(f"{head}{len(done)} people, median (90 % of them): {'; '.join(said)}{never}")
            lost = len(rows) - len(done)
            lines += [f"{head}{lost} left out because their run did not finish"] * bool(lost)
        return "\n".join(lines)


def _told(row: Mapping[Any, Any]) -> str:
    cut = "" if row["whole"] else ", cut off by the run"
    return f"    day {row['day']}, {row['starts at']} to {row['ends at']} ({row['hours [h]']:.2f} h{cut})"


def _spread(values: pd.Series[float]) -> str:
    low, middle, high = values.quantile([0.05, 0.5, 0.95])
    return f"{middle:.1f} ({low:.1f} to {high:.1f})"


def windows(
    result: object,
    variable: str | None = None,
    above: float | str | None = None,
    *,
    below: float | str | None = None,
    clock: str | Sequence[str] | Mapping[str, str] = HOURS_OF_DAY,
    within: Any = None,
    **labels: str,
) -> Windows:
    """When a variable is above a threshold, for how long, and how much of that falls into sleep or the working day.

    Parameters
    ----------
    result : result
        A run of one person, a population or a table; a comparison; curves of an `ldnsim.Ensemble`, whose rows are
        people; or several of these, in a list or by name.
    variable : str, optional
        By default mu receptors held, or what another model observes.
    above, below : float or str, optional
        The threshold in the unit of the variable or with its own, ``"2 ng/mL"``: at or above, or at or below. Of
        receptors held by default from where they count as blocked, which assumptions choose and the answer names.
    clock : str, sequence of str, or mapping of str to str
        Parts of the day that are counted apart, such as ``"23:00-07:00"``; by default a sleep and a working day.
    within : (time, time) or "last day", optional
        Which part of the run is read, such as ``(24, 48)`` or ``("day 2 22:00", "day 3 22:00")``; by default all.
    **labels : str
        A label for each other dimension of the variable, such as ``receptor="mor"``.

    Returns
    -------
    Windows
        Tables and a picture.

    Raises
    ------
    InputError
        If an argument cannot be used, or the result has no curves of single people.

    Warns
    -----
    LdnsimWarning
        If the result is of an event table that does not say which hour TIME 0 is, which is then 22:00.

    Examples
    --------
    >>> import ldnsim as ldn
    >>> run = ldn.simulate("4.5 mg at 22:00", step=0.25)
    >>> print(ldn.windows(run, clock="23:00-07:00"))
    half of mu receptors held:
      5.0 h in 1 stretch, 2.50 h a day, 4.5 h in 23:00-07:00
        day 1, 22:29 to 03:29 (5.00 h)
    """
    if above is not None and below is not None:
        raise InputError("below", below, "to be left out beside above")
    spans = _spans(clock)
    warn_of_clock(result)
    parts = parts_of(result, variable or "")
    name, labels_of = usual(parts[0], variable, labels)
    level, side = (above, "above") if below is None else (below, "below")
    question = Question(name, labels_of, level, below=below is not None, within=within, argument=side)
    for part in parts:
        checked(part.data, name)
    asked = dict.fromkeys(question.said(part.data) for part in parts)
    read = [_read(part, question, spans) for part in parts]
    table, people, days = (_frame([one[kind] for one in read]) for kind in range(3))
    times = {heading: str(span) for heading, span in spans.items()}
    about = {"answer": "windows", "threshold": question.level, "below": question.below, "clock": times}
    return Windows(
        " / ".join(asked), table, people, days, runs_of(parts), record_of(parts, question, **about),
        parts, question,
    )  # fmt: skip


def _spans(clock: object) -> dict[str, Span]:
    if isinstance(clock, Mapping):
        return {f"in {name} {Span.of(text)}": Span.of(text) for name, text in clock.items()}
    several = [clock] if isinstance(clock, str) else clock
    if not isinstance(several, list | tuple):
        raise InputError("clock", clock, "clock times such as '23:00-07:00', or these by name")
    return {f"in {text}": Span.of(text) for text in several}


def _frame(columns: list[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    return pd.concat([pd.DataFrame(one) for one in columns], ignore_index=True)


def _read(part: Part, question: Question, spans: Mapping[str, Span]) -> tuple[dict[str, Any], ...]:
    """Columns of the three tables."""
    data = part.data
    first, last = question.stretch(data)
    crossed, clock = question.crossed(data), clock_of(data)
    place, start, stop = crossed.stretches()
    hours, size = stop - start, len(part.who)
    who = np.array(part.who, dtype=object)
    inside = {f"{name} [h]": span.hours(start, stop, clock) for name, span in spans.items()}
    table = {
        "run": part.name, "person": who[place], "day": (start // HOURS_PER_DAY).astype(int) + 1,
        "start [h]": start, "end [h]": stop, "starts at": [clock_text(clock + one) for one in start],
        "ends at": [clock_text(clock + one) for one in stop], "hours [h]": hours, **inside,
        "whole": (start > first) & (stop < last),
    }  # fmt: skip

    def of_each(values: Array) -> Array:
        return np.bincount(place, values, minlength=size).astype(float)

    longest = np.zeros(size)
    np.maximum.at(longest, place, hours)
    in_all = of_each(hours)
    lost = [np.nan] * len(part.lost)
    people = {
        "run": part.name, "person": [*part.who, *(one for one, _ in part.lost)],
        "stretches": [*np.bincount(place, minlength=size).tolist(), *[0] * len(part.lost)],
        **{
            name: [*values, *lost]
            for name, values in {
                "hours [h]": in_all, "hours a day [h]": in_all * HOURS_PER_DAY / (last - first),
                "longest [h]": longest, "share [1]": in_all / (last - first),
                **{name: of_each(values) for name, values in inside.items()},
            }.items()
        },
        "reason": [*[""] * size, *(why for _, why in part.lost)],
    }  # fmt: skip
    return table, people, _by_day(part, (place, start, stop), (first, last), spans, clock)


def _by_day(
    part: Part,
    stretches: tuple[Any, Array, Array],
    limits: tuple[float, float],
    spans: Mapping[str, Span],
    clock: float,
) -> dict[str, Any]:
    """Hours of each person on each day, and in its parts."""
    (place, start, stop), (first, last) = stretches, limits
    days = max(int(np.ceil((last - first) / HOURS_PER_DAY - 1e-9)), 1)
    begins = first + HOURS_PER_DAY * np.arange(days)
    touched = [((one - first) // HOURS_PER_DAY).astype(int) for one in (start, stop)]
    count = np.minimum(touched[1], days - 1) - touched[0] + 1
    piece = np.repeat(np.arange(len(place)), count)
    day = touched[0][piece] + np.arange(len(piece)) - np.repeat(np.cumsum(count) - count, count)
    low, high = np.maximum(start[piece], begins[day]), np.minimum(stop[piece], begins[day] + HOURS_PER_DAY)
    cell, size = place[piece] * days + day, len(part.who) * days

    def summed(values: Array) -> Array:
        return np.bincount(cell, values, minlength=size).astype(float)

    return {
        "run": part.name, "person": np.repeat(np.array(part.who, dtype=object), days),
        "day": np.tile(((begins - first) // HOURS_PER_DAY).astype(int) + 1, len(part.who)),
        "from [h]": np.tile(begins, len(part.who)),
        "length [h]": np.tile(np.minimum(last - begins, HOURS_PER_DAY), len(part.who)),
        "hours [h]": summed(high - low),
        **{f"{name} [h]": summed(span.hours(low, high, clock)) for name, span in spans.items()},
    }  # fmt: skip
