"""The small table of a population: what a day looks like, and how people differ in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..base.errors import InputError
from .blockade import means
from .languages import ENGLISH, Words, words_of
from .over_time import finished
from .readings import BLOCKED_HOURS, CLOCK, HOURS, MEANS, cell, hours_in_words, labelled, read_day, unit_said
from .views import day_title, last_day
from .words import HALF_HELD

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

LEVELS = (0.5, 0.05, 0.95)
"""What is said of each quantity: the median, and the limits between which nine of ten people lie."""


class PeopleLine(NamedTuple):
    """One quantity of a summary.

    Attributes
    ----------
    quantity, unit : str
        What it is, and its unit; of a time of day ``"clock"``.
    median, low, high : float
        Median over people, 5th and 95th percentile; a time of day as hour from 0 to 24.
    evidence : str
        Weakest status of the parameters behind it.
    people : int
        How many people have such a value.
    """

    quantity: str
    unit: str
    median: float
    low: float
    high: float
    evidence: str
    people: int

    def said(self, form: str) -> str:
        """Median and range in some format; a time of day by the clock."""
        median, low, high = (
            cell(value, CLOCK) if self.unit == CLOCK else f"{value:{form}}"
            for value in (self.median, self.low, self.high)
        )
        return f"{median} ({low} to {high})"


@dataclass(frozen=True)
class PeopleSummary:
    """What a population shows, in numbers.

    Attributes
    ----------
    regimen, assumptions, population, spread : str
        What was planned, under which assumptions, who they are, what their differences rest on.
    left_out : int
        People whose run failed.
    window : str
        Which day the numbers describe.
    hours : float
        Its length [h].
    counted : int
        People whose run finished.
    lines : tuple of PeopleLine
        The table.
    blocked : str
        What counts as blocked, in words.
    language : str
        Which its text and its frame are in. What it holds is English, by which quantities are looked up.
    """

    regimen: str
    assumptions: str
    population: str
    spread: str
    left_out: int
    window: str
    hours: float
    counted: int
    lines: tuple[PeopleLine, ...]
    blocked: str = HALF_HELD
    language: str = ENGLISH

    @property
    def _words(self) -> Words:
        return words_of(self.language)

    def __getitem__(self, quantity: str) -> PeopleLine:
        """The line of a quantity."""
        for line in self.lines:
            if line.quantity == quantity:
                return line
        raise KeyError(quantity)

    def in_words(self) -> str:
        """The same as the line of one person, with the median and the range of 90 % of people.

        Returns
        -------
        str
            What of it was kept; of another model what it observes.
        """
        last, told = {line.quantity: line for line in self.lines}, []
        hours = {name: line.said(".1f") for name, line in last.items() if name in HOURS}
        if BLOCKED_HOURS in hours:
            told.append(hours_in_words(self.blocked, hours, f" of {self.hours:.3g}"))
        means = [f"{name} {last[mean].said('.2f')}" for name, mean in MEANS.items() if mean in last]
        told += [*means, "untreated = 1"] if means else []
        if not told:
            told = [f"{line.quantity} {line.said('.3g')} {line.unit}" for line in self.lines]
        return self._words.say(f"median and 90 % of {self.population}, {self.window}: {'; '.join(told)}")

    def to_frame(self) -> pd.DataFrame:
        """The table as a frame."""
        import pandas as pd

        say = self._words.say
        columns = [say(name) for name in ("quantity", "unit", "median", "5 %", "95 %", "weakest evidence", "people")]
        lines = [
            line._replace(quantity=say(line.quantity), unit=unit_said(line.unit, say), evidence=say(line.evidence))
            for line in self.lines
        ]
        return pd.DataFrame(lines, columns=columns)

    def __str__(self) -> str:
        words = self._words
        say, number = words.say, words.number
        labels = [
            labelled(say(line.quantity), line.unit) + say(f" (of {line.people})" * (line.people < self.counted))
            for line in self.lines
        ]
        wide = max(map(len, labels))
        lost = f"; {self.left_out} left out because their run failed" if self.left_out else ""
        heading = "  ".join(f"{say(name):>9}" for name in ("median", "5 %", "95 %"))
        rows = [
            self.regimen,
            say(f"assumptions: {self.assumptions}"),
            say(f"{self.population}{lost}; {self.spread}"),
            "",
            f"{say(self.window):{wide}}  {heading}  {say('weakest evidence')}",
        ]
        for label, line in zip(labels, self.lines, strict=True):
            numbers = "  ".join(f"{number(cell(value, line.unit)):>9}" for value in (line.median, line.low, line.high))
            rows.append(f"{label:{wide}}  {numbers}  {say(line.evidence)}")
        return "\n".join(rows)

    __repr__ = __str__


def summarise_people(data: xr.Dataset, language: str | None = None) -> PeopleSummary:
    """Numbers of the day of `ldnsim.results.views.last_day` of a population.

    Parameters
    ----------
    data : xarray.Dataset
        A population of single people.
    language : str, optional
        As in `ldnsim.Simulation.plot`.

    Returns
    -------
    PeopleSummary
        A line for each quantity whose variable was kept.

    Raises
    ------
    InputError
        If the data hold quantiles instead of people, everybody failed, or there are no words of the language.
    """
    words = words_of(language)
    if "person" not in data.dims:
        raise InputError("data", tuple(data.dims), "single people; of quantiles no numbers per person can be had")
    people, left_out = finished(data)
    day = last_day(people)
    lines = []
    for one in read_day(people, day):
        there = one.values[np.isfinite(one.values)]
        median, low, high = map(one.told, np.quantile(there, LEVELS) if there.size else 3 * [np.nan])
        lines.append(PeopleLine(one.quantity, one.unit, median, low, high, one.evidence, there.size))
    if not lines:
        kept = ", ".join(map(str, data.data_vars))
        raise InputError("data", kept, "at least one variable of the summary, such as plasma or tone")
    about = data.attrs
    return PeopleSummary(
        str(about["regimen"]), str(about["assumptions"]), str(about["population"]), str(about["variability_evidence"]),
        left_out, day_title(people, day), day[1] - day[0], people.sizes["person"], tuple(lines), means(people),
        words.language,
    )  # fmt: skip
