"""What the panels of the explorer show: curves with their colours and names."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..plots.drawing import BLACK, BLUE, GREEN, ORANGE, PURPLE

if TYPE_CHECKING:
    import xarray as xr

DASHES = ("solid", "dashed")
"""How the curves of the first and the second scenario are drawn."""

LETTERS = ("A", "B")
"""What the two scenarios are called."""

BOTH = (True, False)
"""Whether a panel shows the last two days of a long run, or the whole course."""

ENDS = ("low", "high")
"""Names of the limits of a band."""


class Curve(NamedTuple):
    """One curve of a panel.

    Attributes
    ----------
    variable, label : str
        Variable of a result, and label of its other dimension; empty where it has none.
    colour : str
        Its colour in both scenarios.
    title : str
        What a legend calls it.
    width : float
        Of its line, wide where another curve often lies on it.
    """

    variable: str
    label: str
    colour: str
    title: str
    width: float = 2.2

    @property
    def name(self) -> str:
        """Column that holds it."""
        return f"{self.variable}_{self.label}" if self.label else self.variable

    @property
    def labels(self) -> dict[str, str]:
        """The label by the name of its dimension."""
        return {_LABELLED[self.variable]: self.label} if self.label else {}

    def of(self, data: xr.Dataset) -> xr.DataArray:
        """Its values in a result."""
        return data[self.variable].sel(self.labels)


class Panel(NamedTuple):
    """One panel.

    Attributes
    ----------
    name, title : str
        Name on the page, and heading.
    axis : str
        Label of the vertical axis.
    near : bool
        Whether it shows the last two days of a long run on the clock, not the whole course.
    log : bool
        Whether the axis is logarithmic.
    curves : tuple of Curve
        What it shows; of a population only the first.
    note : str
        What else a legend says.
    """

    name: str
    title: str
    axis: str
    near: bool
    log: bool
    curves: tuple[Curve, ...]
    note: str = ""


_LABELLED = {
    "plasma": "analyte",
    "occupancy": "receptor",
    "peptide_level": "peptide",
    "receptor_density": "receptor",
    "mediator_level": "mediator",
}
_UNTREATED = "Relative to untreated = 1"

PANELS = (
    Panel(
        "plasma",
        "Plasma",
        "Plasma [ng/mL]",
        True,
        True,
        (Curve("plasma", "ntx", BLUE, "naltrexone"), Curve("plasma", "bnx6", ORANGE, "6-beta-naltrexol")),
    ),
    Panel(
        "blockade",
        "Blockade: receptors held",
        "Receptors held [fraction]",
        True,
        False,
        (
            Curve("occupancy", "mor", BLUE, "mu"),
            Curve("occupancy", "dor", PURPLE, "delta"),
            Curve("occupancy", "kor", GREEN, "kappa"),
        ),
        "shaded: half of mu or more",
    ),
    Panel(
        "peptides",
        "Peptides",
        _UNTREATED,
        False,
        False,
        (
            Curve("peptide_level", "beta_endorphin", ORANGE, "beta-endorphin", 4.0),
            Curve("peptide_level", "met_enkephalin", BLACK, "met-enkephalin", 1.6),
        ),
    ),
    Panel(
        "tone",
        "Receptors and net tone",
        _UNTREATED,
        False,
        False,
        (Curve("tone", "", BLUE, "net opioid tone"), Curve("receptor_density", "mor", GREEN, "mu receptors")),
    ),
    Panel(
        "inflammation",
        "TLR4 and cytokines",
        "Fraction inhibited; untreated = 1",
        False,
        False,
        (
            Curve("cytokine_index", "", BLUE, "cytokine index", 4.5),
            Curve("mediator_level", "tnf", ORANGE, "TNF", 2.8),
            Curve("mediator_level", "il1b", BLACK, "IL-1b", 1.4),
            Curve("tlr4_inhibition", "", GREEN, "TLR4 inhibited"),
        ),
    ),
)
"""What the explorer draws over time."""


def shown(*, near: bool) -> tuple[Curve, ...]:
    """All curves of the panels that show the last days, or of the others."""
    return tuple(curve for panel in PANELS if panel.near is near for curve in panel.curves)


def banded(*, near: bool) -> tuple[Curve, ...]:
    """Those that are also drawn of a population: the first of each panel."""
    return tuple(panel.curves[0] for panel in PANELS if panel.near is near)
