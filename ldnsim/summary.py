"""The small table that a person reads first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from .behind import Shown, evidence_behind, evidence_of
from .endpoints import hours_blocked, last_day, time_mean, window
from .nca import exposure
from .units import HOURS_PER_DAY

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
        Its unit.
    values : tuple of float
        One value a window.
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
    """

    regimen: str
    assumptions: str
    windows: tuple[str, ...]
    hours: tuple[float, ...]
    lines: tuple[Line, ...]
    tuned: tuple[str, ...]

    def __getitem__(self, quantity: str) -> tuple[float, ...]:
        """Values of a quantity, one a window."""
        for line in self.lines:
            if line.quantity == quantity:
                return line.values
        raise KeyError(quantity)

    def in_words(self) -> str:
        """The last window in a line, such as ``"last 24 h: blocks 5.0 h of 24; net opioid tone +9 %; ..."``."""
        blocked, tone, cytokines = (
            self[quantity][-1]
            for quantity in ("hours with mu at least half held", "net opioid tone, mean", "cytokine index, mean")
        )
        hours = f"{blocked:.1f} h of {self.hours[-1]:g}"
        return (
            f"{self.windows[-1]}: blocks {hours}; net opioid tone {_change(tone)}; cytokine index {_change(cytokines)}"
        )

    def to_frame(self) -> pd.DataFrame:
        """The table as a frame."""
        import pandas as pd

        return pd.DataFrame(
            [(line.panel, line.quantity, *line.values, line.unit, line.evidence) for line in self.lines],
            columns=["panel", "quantity", *self.windows, "unit", "weakest evidence"],
        )

    def __str__(self) -> str:
        wide = max(len(f"{line.quantity} [{line.unit}]") for line in self.lines)
        columns = [max(len(title), 9) for title in self.windows]
        rows = [f"{self.regimen}", f"assumptions: {self.assumptions}", ""]
        heading = "  ".join(title.rjust(width) for title, width in zip(self.windows, columns, strict=True))
        rows.append(f"  {'':{wide}}  {heading}  weakest evidence")
        panel = ""
        for line in self.lines:
            if line.panel != panel:
                panel = line.panel
                rows.append(panel)
            label = line.quantity if line.unit == "1" else f"{line.quantity} [{line.unit}]"
            values = "  ".join(f"{value:>{width}.3g}" for value, width in zip(line.values, columns, strict=True))
            rows.append(f"  {label:{wide}}  {values}  {line.evidence}")
        rows.append("")
        rows.extend(f"tuned: {target}" for target in self.tuned)
        return "\n".join(rows)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        table = self.to_frame().to_html(index=False, float_format=lambda value: f"{value:.3g}", border=0)
        tuned = "".join(f"<br>tuned: {target}" for target in self.tuned)
        return f"<p>{self.regimen}<br>assumptions: {self.assumptions}</p>{table}<p>{tuned}</p>"


def _change(mean: float) -> str:
    """A mean relative to untreated = 1 as a change in percent, never ``-0 %``."""
    percent = round(100 * (mean - 1))
    return f"{percent:+d} %" if percent else "unchanged"


def summarise(data: xr.Dataset) -> Summary:
    """Numbers of the first and the last day of a result.

    Parameters
    ----------
    data : xarray.Dataset
        A result.

    Returns
    -------
    Summary
        The table; one column where the result is shorter than two days.
    """
    end = float(data["time"].values[-1])
    first = min(HOURS_PER_DAY, end)
    spans = {f"first {first:g} h": (0.0, first)}
    start, stop = last_day(data)
    if start > 0:
        spans["last 24 h" if stop == end else "last dose day"] = (start, stop)
    parts = [window(data, *span) for span in spans.values()]
    lines: list[Line] = []

    shown: list[Shown] = []

    def add(
        panel: str, quantity: str, values: list[float], variable: str, unit: str | None = None, **labels: str
    ) -> None:
        shown.append(Shown(variable, labels))
        evidence = evidence_of(data, variable, **labels).weakest
        lines.append(
            Line(panel, quantity, data[variable].attrs["units"] if unit is None else unit, tuple(values), evidence)
        )

    for analyte, title in (("ntx", "naltrexone"), ("bnx6", "6-beta-naltrexol")):
        curves = [part["plasma"].sel(analyte=analyte) for part in parts]
        found = [exposure(curve["time"].values, curve.values) for curve in curves]
        panel = f"Plasma, {title}"
        add(panel, f"{analyte} Cmax", [e.cmax for e in found], "plasma", analyte=analyte)
        starts = [float(part["time"].values[0]) for part in parts]
        add(
            panel,
            f"{analyte} Tmax",
            [e.tmax - s for e, s in zip(found, starts, strict=True)],
            "plasma",
            "h",
            analyte=analyte,
        )
        add(panel, f"{analyte} AUC in the window", [e.auclast for e in found], "plasma", "ng*h/mL", analyte=analyte)
        add(panel, f"{analyte} half-life at its end", [e.half_life for e in found], "plasma", "h", analyte=analyte)
    mu = [part["occupancy"].sel(receptor="mor").values for part in parts]
    add(
        "Blockade",
        "hours with mu at least half held",
        [hours_blocked(part) for part in parts],
        "occupancy",
        "h",
        receptor="mor",
    )
    add("Blockade", "mu occupancy, highest", [float(held.max()) for held in mu], "occupancy", receptor="mor")
    add("Blockade", "mu occupancy, at the end", [float(held[-1]) for held in mu], "occupancy", receptor="mor")
    beta = [part["peptide_level"].sel(peptide="beta_endorphin").values for part in parts]
    means = [time_mean(part, "peptide_level", peptide="beta_endorphin") for part in parts]
    add("Rebound", "beta-endorphin, mean", means, "peptide_level", peptide="beta_endorphin")
    add(
        "Rebound",
        "beta-endorphin, highest",
        [float(level.max()) for level in beta],
        "peptide_level",
        peptide="beta_endorphin",
    )
    add(
        "Rebound",
        "mu receptors, mean",
        [time_mean(part, "receptor_density", receptor="mor") for part in parts],
        "receptor_density",
        receptor="mor",
    )
    add("Rebound", "net opioid tone, mean", [time_mean(part, "tone") for part in parts], "tone")
    add("TLR4", "TLR4 inhibition, highest", [float(part["tlr4_inhibition"].max()) for part in parts], "tlr4_inhibition")
    add("TLR4", "TLR4 inhibition, mean", [time_mean(part, "tlr4_inhibition") for part in parts], "tlr4_inhibition")
    add("TLR4", "cytokine index, mean", [time_mean(part, "cytokine_index") for part in parts], "cytokine_index")
    _, tuned = evidence_behind(data, shown)
    lengths = tuple(stop - start for start, stop in spans.values())
    return Summary(data.attrs["regimen"], data.attrs["assumptions"], tuple(spans), lengths, tuple(lines), tuned)
