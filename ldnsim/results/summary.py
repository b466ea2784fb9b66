"""The small table that a person reads first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ..base.units import HOURS_PER_DAY
from .behind import evidence_behind
from .blockade import means
from .languages import ENGLISH, Words, words_of
from .readings import (
    BLOCKED_HOURS,
    CLOCK,
    ENDS,
    HOURS,
    MEANS,
    STARTS,
    cell,
    hours_in_words,
    labelled,
    read_day,
    unit_said,
)
from .views import day_title, first_day, last_day
from .words import HALF_HELD

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


class Line(NamedTuple):
    """One quantity of a summary.

    Attributes
    ----------
    panel : str
        Which part of the story it belongs to.
    quantity : str
        What it is.
    unit : str
        Its unit; of a time of day ``"clock"``.
    values : tuple of float
        One value a window, nan where there is none; a time of day as hour from 0 to 24.
    evidence : str
        Weakest status of the parameters behind it.
    """

    panel: str
    quantity: str
    unit: str
    values: tuple[float, ...]
    evidence: str


@dataclass(frozen=True)
class Summary:
    """What a run shows, in numbers.

    Attributes
    ----------
    regimen, assumptions : str
        What was given, under which assumptions.
    windows : tuple of str
        Which stretches of time the columns describe.
    hours : tuple of float
        How long each of them is [h].
    lines : tuple of Line
        The table.
    tuned : tuple of str
        What calibrated parameters behind the table were tuned to.
    blocked : str
        What counts as blocked, in words.
    language : str
        Which its text and its frame are in. What it holds is English, by which quantities are looked up.
    """

    regimen: str
    assumptions: str
    windows: tuple[str, ...]
    hours: tuple[float, ...]
    lines: tuple[Line, ...]
    tuned: tuple[str, ...]
    blocked: str = HALF_HELD
    language: str = ENGLISH

    @property
    def _words(self) -> Words:
        return words_of(self.language)

    def __getitem__(self, quantity: str) -> tuple[float, ...]:
        """Values of a quantity, one a window."""
        for line in self.lines:
            if line.quantity == quantity:
                return line.values
        raise KeyError(quantity)

    def in_words(self) -> str:
        """The last window in a line, each kind of blockade by its name.

        ``"last 24 h: half of mu receptors held 5.0 h of 24 (22:29 to 03:29), heroin 25 mg blocked by half 2.1 h; net
        opioid tone +9 %; cytokine index -15 %"``

        Returns
        -------
        str
            What the model has of these; of another model what it observes.
        """
        last = {line.quantity: line.values[-1] for line in self.lines}
        told = []
        if BLOCKED_HOURS in last:
            hours = {name: f"{value:.1f}" for name, value in last.items() if name in HOURS}
            when = between(last[STARTS], last[ENDS], last[BLOCKED_HOURS])
            told.append(hours_in_words(self.blocked, hours, f" of {self.hours[-1]:.3g}{when}"))
        told += [f"{name} {_change(last[mean])}" for name, mean in MEANS.items() if mean in last]
        if not told:
            told = [f"{line.quantity} {cell(line.values[-1], line.unit)} {line.unit}" for line in self.lines]
        return self._words.say(f"{self.windows[-1]}: {'; '.join(told)}")

    def to_frame(self) -> pd.DataFrame:
        """The table as a frame."""
        import pandas as pd

        say = self._words.say
        return pd.DataFrame(
            [(say(line.panel), say(line.quantity), *line.values, unit_said(line.unit, say), say(line.evidence))
             for line in self.lines],
            columns=[*map(say, ("panel", "quantity", *self.windows, "unit", "weakest evidence"))],
        )  # fmt: skip

    def __str__(self) -> str:
        words = self._words
        say, number = words.say, words.number
        labels = [labelled(say(line.quantity), line.unit) for line in self.lines]
        wide = max(map(len, labels))
        windows = [say(title) for title in self.windows]
        columns = [max(len(title), 9) for title in windows]
        rows = [f"{self.regimen}", say(f"assumptions: {self.assumptions}"), ""]
        heading = "  ".join(title.rjust(width) for title, width in zip(windows, columns, strict=True))
        rows.append(f"  {'':{wide}}  {heading}  {say('weakest evidence')}")
        panel = ""
        for label, line in zip(labels, self.lines, strict=True):
            if line.panel != panel:
                panel = line.panel
                rows.append(say(panel))
            cells = "  ".join(
                number(cell(value, line.unit)).rjust(width) for value, width in zip(line.values, columns, strict=True)
            )
            rows.append(f"  {label:{wide}}  {cells}  {say(line.evidence)}")
        rows.append("")
        rows.extend(say(f"tuned: {target}") for target in self.tuned)
        return "\n".join(rows)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        words = self._words
        table = self.to_frame().to_html(index=False, float_format=lambda value: words.number(f"{value:.3g}"), border=0)
        tuned = "".join("<br>" + words.say(f"tuned: {target}") for target in self.tuned)
        assumptions = words.say(f"assumptions: {self.assumptions}")
        return f"<p>{self.regimen}<br>{assumptions}</p>{table}<p>{tuned}</p>"


_SEVERAL = 0.05
"""Hours that stand beside a stretch are rounded to this [h]."""


def _change(mean: float) -> str:
    """A mean relative to untreated = 1 as a change in percent, never ``-0 %``."""
    percent = round(100 * (mean - 1))
    return f"{percent:+d} %" if percent else "unchanged"


def between(starts: float, ends: float, hours: float) -> str:
    """From when to when by the clock, in brackets, and that it is the longest stretch where hours are of several;
    nothing where neither is known.
    """
    begun, over = (f"{word} {cell(time, CLOCK)}" for word, time in (("from", starts), ("until", ends)))
    if starts != starts or ends != ends:
        return f" ({begun})" if starts == starts else f" ({over})" if ends == ends else ""
    several = (ends - starts) % HOURS_PER_DAY < hours - _SEVERAL
    return f" ({'longest ' * several}{cell(starts, CLOCK)} to {cell(ends, CLOCK)})"


def summarise(data: xr.Dataset, language: str | None = None) -> Summary:
    """Numbers of the first and the last day of a result.

    Parameters
    ----------
    data : xarray.Dataset
        A result.
    language : str, optional
        As in `ldnsim.Simulation.plot`.

    Returns
    -------
    Summary
        The table of `ldnsim.results.views.first_day` and `ldnsim.results.views.last_day`; one column where they agree.

    Raises
    ------
    InputError
        If there are no words of the language.
    """
    words = words_of(language)
    days = list(dict.fromkeys((first_day(data), last_day(data))))
    found = [read_day(data, day) for day in days]
    lines = tuple(
        Line(one.panel, one.quantity, one.unit, tuple(day.told(day.values[0]) for day in (one, *more)), one.evidence)
        for one, *more in zip(*found, strict=True)
    )
    _, tuned = evidence_behind(data, [one.of for one in found[0]])
    return Summary(
        data.attrs["regimen"], data.attrs["assumptions"], tuple(day_title(data, day) for day in days),
        tuple(stop - start for start, stop in days), lines, tuned, means(data), words.language,
    )  # fmt: skip
