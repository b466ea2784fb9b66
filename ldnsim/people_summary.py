"""The small table of a population: what the last day looks like, and how people differ in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .behind import evidence_of
from .crowd_readings import finished, hours_blocked_by_person
from .endpoints import window
from .errors import InputError
from .units import HOURS_PER_DAY

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
        What it is, and its unit.
    median, low, high : float
        Median over people, 5th and 95th percentile.
    evidence : str
        Weakest status of the parameters behind it.
    """

    quantity: str
    unit: str
    median: float
    low: float
    high: float
    evidence: str


@dataclass(frozen=True)
class PeopleSummary:
    """What a population shows, in numbers.

    Attributes
    ----------
    regimen, assumptions, population, spread : str
        What was planned, under which assumptions, who they are, what their differences rest on.
    left_out : int
        People whose run failed.
    hours : float
        Length of the window at the end of the run that the numbers describe [h].
    lines : tuple of PeopleLine
        The table.
    """

    regimen: str
    assumptions: str
    population: str
    spread: str
    left_out: int
    hours: float
    lines: tuple[PeopleLine, ...]

    def __getitem__(self, quantity: str) -> PeopleLine:
        """The line of a quantity."""
        for line in self.lines:
            if line.quantity == quantity:
                return line
        raise KeyError(quantity)

    def in_words(self) -> str:
        """The same as the line of one person, with the median and the range of 90 % of people.

        Raises
        ------
        KeyError
            If occupancy, tone or cytokine index were not kept.
        """

        def said(quantity: str, form: str) -> str:
            line = self[quantity]
            return f"{line.median:{form}} ({line.low:{form}} to {line.high:{form}})"

        blocked = said("hours with mu at least half held", ".1f")
        tone, cytokines = said("net opioid tone, mean", ".2f"), said("cytokine index, mean", ".2f")
        return (
            f"median and 90 % of {self.population}, last {self.hours:g} h: blocks {blocked} h; "
            f"net opioid tone {tone}; cytokine index {cytokines}; untreated = 1"
        )

    def to_frame(self) -> pd.DataFrame:
        """The table as a frame."""
        import pandas as pd

        columns = ["quantity", "unit", "median", "5 %", "95 %", "weakest evidence"]
        return pd.DataFrame(list(self.lines), columns=columns)

    def __str__(self) -> str:
        labels = [line.quantity if line.unit == "1" else f"{line.quantity} [{line.unit}]" for line in self.lines]
        wide = max(map(len, labels))
        lost = f"; {self.left_out} left out because their run failed" if self.left_out else ""
        rows = [
            self.regimen,
            f"assumptions: {self.assumptions}",
            f"{self.population}{lost}; {self.spread}",
            "",
            f"{f'last {self.hours:g} h':{wide}}  {'median':>9}  {'5 %':>9}  {'95 %':>9}  weakest evidence",
        ]
        for label, line in zip(labels, self.lines, strict=True):
            numbers = "  ".join(f"{number:>9.3g}" for number in (line.median, line.low, line.high))
            rows.append(f"{label:{wide}}  {numbers}  {line.evidence}")
        return "\n".join(rows)

    __repr__ = __str__


def summarise_people(data: xr.Dataset) -> PeopleSummary:
    """Numbers of the last day of a population.

    Parameters
    ----------
    data : xarray.Dataset
        A population of single people.

    Returns
    -------
    PeopleSummary
        A line for each quantity whose variable was kept.

    Raises
    ------
    InputError
        If the data hold quantiles instead of people, or everybody failed.
    """
    if "person" not in data.dims:
        raise InputError("data", tuple(data.dims), "single people; of quantiles no numbers per person can be had")
    people, left_out = finished(data)
    end = float(people["time"].values[-1])
    hours = min(HOURS_PER_DAY, end)
    part = window(people, end - hours, end)
    time = part["time"].values
    lines: list[PeopleLine] = []

    def add(quantity: str, variable: str, values: NDArray[Any], unit: str | None = None, **labels: str) -> None:
        about = data[variable].attrs
        median, low, high = np.quantile(values, LEVELS)
        evidence = evidence_of(data, variable, **labels).weakest
        lines.append(
            PeopleLine(quantity, unit or str(about["units"]), float(median), float(low), float(high), evidence)
        )

    def curves(variable: str, **labels: str) -> NDArray[np.float64]:
        found: NDArray[np.float64] = part[variable].sel(labels).transpose("person", "time").values.astype(float)
        return found

    def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = np.trapezoid(values, time, axis=1) / hours
        return found

    if "plasma" in part:
        for analyte in ("ntx", "bnx6"):
            levels = curves("plasma", analyte=analyte)
            add(f"{analyte} Cmax", "plasma", levels.max(axis=1), analyte=analyte)
            add(f"{analyte} AUC in the window", "plasma", mean(levels) * hours, "ng*h/mL", analyte=analyte)
    if "occupancy" in part:
        held = curves("occupancy", receptor="mor")
        add("hours with mu at least half held", "occupancy", hours_blocked_by_person(part, "mor"), "h", receptor="mor")
        add("mu occupancy, highest", "occupancy", held.max(axis=1), receptor="mor")
    if "peptide_level" in part:
        beta = curves("peptide_level", peptide="beta_endorphin")
        add("beta-endorphin, mean", "peptide_level", mean(beta), peptide="beta_endorphin")
        add("beta-endorphin, highest", "peptide_level", beta.max(axis=1), peptide="beta_endorphin")
    if "receptor_density" in part:
        add("mu receptors, mean", "receptor_density", mean(curves("receptor_density", receptor="mor")), receptor="mor")
    for name, words in (
        ("tone", "net opioid tone, mean"),
        ("tlr4_inhibition", "TLR4 inhibition, mean"),
        ("cytokine_index", "cytokine index, mean"),
    ):
        if name in part:
            add(words, name, mean(curves(name)))
    if not lines:
        kept = ", ".join(map(str, data.data_vars))
        raise InputError("data", kept, "at least one variable of the summary, such as plasma or tone")
    about = data.attrs
    return PeopleSummary(
        str(about["regimen"]), str(about["assumptions"]), str(about["population"]), str(about["variability_evidence"]),
        left_out, hours, tuple(lines),
    )  # fmt: skip
