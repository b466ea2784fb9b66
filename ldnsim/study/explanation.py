"""Why a curve is where it is at one moment: which doses, processes and parameters make the point."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from ..base.errors import InputError
from ..plots.explained import Bars, bars
from ..results.behind import Shown, evidence_of

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

NOISE = 1e-4
"""Elasticity below which differences tell nothing [1]."""

TOP = 10
"""Parameters that a text and a figure name."""


@dataclass(frozen=True, eq=False)
class Explanation:
    """What makes one point of a curve.

    Attributes
    ----------
    output, title, unit : str
        What is explained: its column, in words, and its unit.
    time : float
        When [h].
    when : str
        The same as day and clock time.
    value, untreated : float
        What it is, and what it would be in the untreated state.
    adds_up : bool
        Whether doses act independently of each other, so that what they contribute adds up to the value. This is read
        off the equations.
    doses : pandas.DataFrame
        Time [h], when, mg, route, contribution and share [1] of each dose up to then. Where they add up, what a dose
        brings alone, with a row for what is there without any, and shares of the value, which add up to 1. Where they
        do not, by how much the value changes where this dose alone is left out, and no shares.
    processes : pandas.DataFrame
        Of, kind, what, value, over untreated and share. Kind ``factor``: factors of the output; the shares are
        those of their logarithms, over those in the untreated state, and add up to 1. Kind ``term``: what the output
        is the sum of. Kind ``rate``: terms of the rates of the states behind it, in the unit of the state per hour.
    parameters : pandas.DataFrame
        Parameters behind the output, the one that moves it most first: parameter, meaning, value, unit, elasticity
        [1] (percent by which the output changes where the parameter rises by one percent), slope, row, status,
        source. No elasticity of what is 0, or where the output is.
    shown : Shown
        What is explained, as variable and labels.
    data : xarray.Dataset
        The result that it stands in.
    """

    output: str
    title: str
    unit: str
    time: float
    when: str
    value: float
    untreated: float
    adds_up: bool
    doses: pd.DataFrame
    processes: pd.DataFrame
    parameters: pd.DataFrame
    shown: Shown
    data: xr.Dataset

    @property
    def table(self) -> pd.DataFrame:
        """Doses, processes and parameters below each other: kind, what, value, unit, share, row, status, source.

        The value of a dose is its contribution, that of a parameter its elasticity.
        """
        import pandas as pd

        names = [dose_name(row["mg"], row["when"]) for row in _rows(self.doses)]
        doses = self.doses.assign(kind="dose", what=names, value=self.doses["contribution"], unit=self.unit)
        parameters = self.parameters.assign(
            kind="elasticity", what=self.parameters["parameter"], value=self.parameters["elasticity"], unit="1"
        )
        wanted = ["kind", "what", "value", "unit", "share", "row", "status", "source"]
        processes = self.processes.assign(
            what=[
                f"{row['what']} ({row['of']})" if row["kind"] == "rate" else row["what"]
                for row in _rows(self.processes)
            ]
        )
        parts = [part.reindex(columns=wanted) for part in (doses, processes, parameters) if len(part)]
        return pd.concat(parts, ignore_index=True)

    @property
    def strongest(self) -> pd.DataFrame:
        """The parameters that move it most, at most ten."""
        return self.parameters[self.parameters["elasticity"].abs() > NOISE].head(TOP)

    def plot(self) -> Any:
        """Bars of doses, of the output's factors, terms or rates, and of parameters.

        Returns
        -------
        matplotlib.figure.Figure
            The figure.
        """
        title = f"{self.title} at {self.when} ({self.time:g} h): {self.value:.4g} {self.unit}".removesuffix(" 1")
        panels = (self._dose_bars(), self._process_bars(), self._parameter_bars())
        return bars(f"{title}. {self.data.attrs['regimen']}", self.data, {self.title: self.shown}, panels)

    def _dose_bars(self) -> Bars:
        largest = self._by_size(self.doses, "contribution").head(TOP).sort_index()
        names = [dose_name(row["mg"], row["when"]) for row in _rows(largest)]
        left = len(self.doses) - len(largest)
        more = f" ({left} smaller ones not shown)" * (left > 0)
        if self.adds_up:
            return Bars(f"Doses{more}: shares, which add up to 1", "Share of the value", names, list(largest["share"]))
        axis = "Change where this dose alone is left out" + f" [{self.unit}]" * (self.unit != "1")
        return Bars(f"Doses{more}: they act on each other", axis, names, list(largest["contribution"]))

    def _process_bars(self) -> Bars:
        for kind, title, axis in _KINDS:
            rows = self.processes[self.processes["kind"] == kind]
            if len(rows):
                ratios = kind == "factor"
                chosen = rows if ratios else self._by_size(rows, "value").head(TOP).sort_index()
                names = [f"{row['of']}: {row['what']}" if kind == "rate" else row["what"] for row in _rows(chosen)]
                units = "" if ratios else f" [{', '.join(dict.fromkeys(chosen['unit']))}]".replace(" [1]", "")
                return Bars(title, axis + units, names, list(chosen["over untreated" if ratios else "value"]), ratios)
        return Bars("Processes: the equations cannot be read", "", [], [])

    def _parameter_bars(self) -> Bars:
        top = self.strongest
        names = [f"{row['parameter']} ({row['status']})" for row in _rows(top)]
        axis = "Percent of change where the parameter rises by one percent"
        return Bars("Parameters that move it most", axis, names, list(top["elasticity"]))

    @staticmethod
    def _by_size(frame: pd.DataFrame, column: str) -> pd.DataFrame:
        return frame.sort_values(column, key=abs, ascending=False)

    def __str__(self) -> str:
        unit, about = f" {self.unit}" * (self.unit != "1"), self.data.attrs
        behind = evidence_of(self.data, self.shown.name, **self.shown.labels)
        tuned = f" Tuned to: {'; '.join(behind.targets)}." if behind.targets else ""
        lines = [
            f"{self.title} ({self.output}) at {self.when} ({self.time:g} h): {self.value:.4g}{unit}, untreated "
            f"{self.untreated:.4g}{unit}.",
            f"Given: {about['regimen']}. Assumptions: {about['assumptions']} ({about['assumptions_in_full']}).",
            self._said_of_doses(),
            *self._said_of_processes(),
            *self._said_of_parameters(behind.weakest),
            f"Weakest evidence: {behind.weakest}.{tuned}",
        ]
        return "\n".join(lines)

    def _said_of_doses(self) -> str:
        if not len(self.doses):
            return "Doses: none was given before."
        largest = self._by_size(self.doses, "contribution").head(3)
        names = [dose_name(row["mg"], row["when"]) for row in _rows(largest)]
        if self.adds_up:
            parts = [f"{name}: {100 * share:.3g} %" for name, share in zip(names, largest["share"], strict=True)]
            left = "" if len(self.doses) <= len(parts) else f", of {len(self.doses)} parts that add up to the whole"
            return f"Doses, whose effects just add up here: {'; '.join(parts)}{left}."
        parts = [f"{name}: {change:+.3g}" for name, change in zip(names, largest["contribution"], strict=True)]
        added, whole = float(self.doses["contribution"].sum()), self.value - self.untreated
        several = (
            f" They act on each other: added up, {len(self.doses)} such changes are {added:+.3g}, not {whole:+.3g}."
        )
        return (
            f"Doses, by the change where each alone is left out: {'; '.join(parts)}.{several * (len(self.doses) > 1)}"
        )

    def _said_of_processes(self) -> list[str]:
        if not len(self.processes):
            return ["Processes: the equations cannot be read, because they are not plain arithmetic."]
        found = []
        factors = self.processes[self.processes["kind"] == "factor"]
        if len(factors):
            said = "; ".join(f"{row['what']}: times {row['over untreated']:.3g}" for row in _rows(factors))
            found.append(f"Factors over those of the untreated state: {said}.")
        terms = self.processes[self.processes["kind"] == "term"]
        if len(terms):
            said = "; ".join(f"{row['what']}: {row['value']:.3g}" for row in _rows(terms))
            found.append(f"Sum of: {said}.")
        rates = self.processes[self.processes["kind"] == "rate"]
        for state in dict.fromkeys(rates["of"]):
            own = rates[rates["of"] == state]
            largest = self._by_size(own, "value").head(4)
            said = "; ".join(f"{row['what']}: {row['value']:+.3g}" for row in _rows(largest))
            net = float(own["value"].sum())
            found.append(f"{state} changes by {net:+.3g} {own['unit'].iloc[0]}: {said}.")
        return found

    def _said_of_parameters(self, weakest: str) -> list[str]:
        top = self.strongest
        if not len(top):
            return ["Parameters: none moves it."]
        said = [f"{row['parameter']} {row['elasticity']:+.2f} ({row['status']})" for row in _rows(top)]
        found = [f"Percent of change where a parameter rises by one percent: {', '.join(said)}."]
        weak = top[top["status"] == weakest]
        if len(weak):
            row = weak.iloc[0]
            stands = f"{row['row']}, {row['source']}" if row["row"] else row["source"]
            found.append(f"Of what is {weakest}, {row['parameter']} matters most ({row['meaning']}; {stands}).")
        return found


class Unexplained:
    """A run of many people, or of an event table."""

    def explain(self, *_: object, **__: object) -> NoReturn:
        """To be had of a regimen in one person, see `Simulation.explain`; raises `InputError`."""
        expected = (
            "a Regimen in one person: simulate(regimen) without population=; covariates= and parameters= say whom"
        )
        raise InputError("explain", f"a {type(self).__name__}", expected)


_KINDS = (
    ("factor", "Factors that multiply to it", "Times the untreated state"),
    ("term", "Terms that add up to it", "Value"),
    ("rate", "Terms of the rates of the states behind it", "Rate"),
)


def _rows(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    """Rows of a frame, each by column."""
    return frame.to_dict("records")


def dose_name(mg: float, when: str) -> str:
    """What a row of doses is called."""
    return when if math.isnan(mg) else f"{mg:g} mg, {when}"
