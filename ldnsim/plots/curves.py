"""What pictures show of naltrexone: curves with their colours and names, and the panels that they stand in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from ..results.behind import Shown
from ..results.words import AGONIST, HALF_BLOCKED, word
from .drawing import BLACK, BLUE, GREEN, ORANGE, PURPLE, is_long

if TYPE_CHECKING:
    import xarray as xr


class Curve(NamedTuple):
    """One curve of a panel.

    Attributes
    ----------
    shown : Shown
        Variable of a result, with a label for each of its other dimensions.
    title : str
        What a legend calls it.
    colour, style : str
        Of its line, the style as matplotlib takes it.
    width : float
        Of its line, wide where another curve often lies on it.
    band : bool
        Whether a population is drawn as bands; if not, as its median, which keeps company.
    """

    shown: Shown
    title: str
    colour: str
    style: Any = "-"
    width: float = 2.2
    band: bool = True

    @property
    def name(self) -> str:
        """Name of the variable and its labels in one."""
        return "_".join([self.shown.name, *map(str, self.shown.labels.values())])

    def kept(self, data: xr.Dataset) -> bool:
        """Whether data have the variable, and of it the label."""
        there = self.shown.name in data.data_vars
        return there and all(
            dim not in data.coords or label in data[dim].values for dim, label in self.shown.labels.items()
        )


LEVELS = ("level", "plain")
"""Scales of panels that can be logarithmic."""


class Panel(NamedTuple):
    """One panel.

    Attributes
    ----------
    name, title : str
        Short name, and heading.
    axis : str
        Label of the vertical axis.
    scale : {"level", "share", "relative", "plain"}
        Levels in plasma, logarithmic; shares of receptors, with a line at half, or of several runs where they count as
        blocked; relative to untreated = 1; or as it is.
    near : bool
        Whether it shows the last two days of a long run on the clock, not the whole course.
    curves : tuple of Curve
        What it shows, the one that matters most first.
    note : str
        What else a legend says.
    logarithmic : bool, optional
        Whether its axis is logarithmic; by default that of levels in plasma is.
    """

    name: str
    title: str
    axis: str
    scale: Literal["level", "share", "relative", "plain"]
    near: bool
    curves: tuple[Curve, ...]
    note: str = ""
    logarithmic: bool | None = None

    @property
    def log(self) -> bool:
        """Whether its axis is logarithmic."""
        return self.scale == "level" if self.logarithmic is None else self.logarithmic

    def on(self, log: bool | None) -> Panel:
        """The same on a logarithmic or a linear axis, if it shows levels and either is wanted."""
        return self if log is None or self.scale not in LEVELS else self._replace(logarithmic=log)

    def daily(self, data: xr.Dataset) -> bool:
        """Whether it shows daily means of data: of a long course as a whole, but not of a variable for itself."""
        return not self.near and self.scale != "plain" and is_long(data)

    def of(self, data: xr.Dataset) -> tuple[Curve, ...]:
        """Its curves as far as data have them; in plasma every analyte that there is, also of another drug."""
        found = tuple(curve for curve in self.curves if curve.kept(data))
        if self.scale != "level" or "analyte" not in data.coords:
            return found
        known = {curve.shown.labels["analyte"] for curve in found}
        return found + tuple(
            analyte(str(name), BLUE) for name in np.atleast_1d(data["analyte"].values) if name not in known
        )


def analyte(name: str, colour: str, style: str = "-") -> Curve:
    """The curve of what is measured in plasma."""
    return Curve(Shown("plasma", {"analyte": name}), word(name), colour, style)


def _held(receptor: str, colour: str, style: str, *, band: bool = False) -> Curve:
    width = 2.2 if band else 1.2
    return Curve(Shown("occupancy", {"receptor": receptor}), f"{word(receptor)} held", colour, style, width, band)


MU = _held("mor", BLUE, "-", band=True)
EFFECT = Curve(Shown("functional_block"), f"effect of {AGONIST} blocked", ORANGE, "--", 1.8, band=False)
BETA_ENDORPHIN = Curve(Shown("peptide_level", {"peptide": "beta_endorphin"}), "beta-endorphin", ORANGE, "--")
MET_ENKEPHALIN = Curve(Shown("peptide_level", {"peptide": "met_enkephalin"}), "met-enkephalin", BLACK, ":", 1.6)
MU_RECEPTORS = Curve(Shown("receptor_density", {"receptor": "mor"}), "mu receptors", GREEN, "-.")
TONE = Curve(Shown("tone"), word("tone"), BLUE)
CYTOKINES = Curve(Shown("cytokine_index"), "cytokine index", BLUE, width=4.5)
TLR4 = Curve(Shown("tlr4_inhibition"), word("tlr4_inhibition"), GREEN, "-.")
_RELATIVE = "Relative to untreated = 1"

PLASMA = Panel(
    "plasma", "Plasma", "Plasma [ng/mL]", "level", near=True,
    curves=(analyte("ntx", BLUE), analyte("bnx6", ORANGE, "--")),
)  # fmt: skip
BLOCKADE = Panel(
    "blockade", "Blockade", "Held or blocked [fraction]", "share", near=True,
    curves=(MU, EFFECT, _held("dor", PURPLE, ":"), _held("kor", GREEN, "-.")),
    note=f"shaded: mu occupancy of half or more (blockade=functional: {HALF_BLOCKED})",
)  # fmt: skip
REBOUND = Panel("rebound", "Rebound", _RELATIVE, "relative", near=False, curves=(TONE, BETA_ENDORPHIN, MU_RECEPTORS))
INFLAMMATION = Panel(
    "inflammation", "TLR4 and cytokines", "Fraction inhibited; untreated = 1", "relative", near=False,
    curves=(
        CYTOKINES,
        Curve(Shown("mediator_level", {"mediator": "tnf"}), word("tnf"), ORANGE, "--", 2.4, band=False),
        Curve(Shown("mediator_level", {"mediator": "il1b"}), word("il1b"), BLACK, ":", 1.6, band=False),
        TLR4,
    ),
)  # fmt: skip
PEPTIDES = Panel(
    "peptides", "Peptides", _RELATIVE, "relative", near=False,
    curves=(BETA_ENDORPHIN._replace(width=4.0), MET_ENKEPHALIN),
)  # fmt: skip
RECEPTORS = Panel(
    "tone", "Receptors and net tone", _RELATIVE, "relative", near=False, curves=(TONE, MU_RECEPTORS)
)  # fmt: skip


def _mediator(name: str, colour: str, style: Any = "-", width: float = 2.2) -> Curve:
    return Curve(Shown("mediator_level", {"mediator": name}), word(name), colour, style, width, band=False)


def _site(name: str, colour: str, style: Any = "-") -> Curve:
    return Curve(Shown("site_occupancy", {"site": name}), word(name), colour, style, band=False)


def _site_tone(name: str, colour: str, style: Any = "-") -> Curve:
    return Curve(Shown("site_tone", {"site": name}), word(name), colour, style, band=False)


MESSENGERS = Panel(
    "messengers", "Inflammatory messengers", _RELATIVE, "relative", near=False,
    curves=(
        _mediator("tnf", ORANGE, "-", 4.5), _mediator("il6", BLUE, "--", 3.0), _mediator("il1b", BLACK, ":", 1.8),
        _mediator("no", GREEN, "-."), _mediator("sp", PURPLE),
    ),
)  # fmt: skip
SITES = Panel(
    "sites", "Mu receptors held, by site", "Receptors held [fraction]", "share", near=True,
    curves=(_site("brain", BLUE), _site("periphery", ORANGE, "--"), _site("gut", GREEN, "-.")),
    note="shaded: half or more of those in the brain",
)  # fmt: skip
SITE_TONES = Panel(
    "site_tones", "Net opioid tone, by site", _RELATIVE, "relative", near=False,
    curves=(_site_tone("brain", BLUE), _site_tone("periphery", ORANGE, "--"), _site_tone("gut", GREEN, "-.")),
)  # fmt: skip
GROWTH_FACTOR = Panel(
    "growth_factor", "Opioid growth factor (OGF)", _RELATIVE, "relative", near=False,
    curves=(
        Curve(Shown("ogf_tone"), word("ogf_tone"), BLUE, band=False), MET_ENKEPHALIN._replace(band=False),
        Curve(Shown("ogfr_density"), word("ogfr_density"), GREEN, "-.", band=False),
        Curve(Shown("growth"), word("growth"), ORANGE, "--", band=False),
        Curve(Shown("lymphocytes"), word("lymphocytes"), PURPLE, "-", 1.4, band=False),
    ),
)  # fmt: skip

STORY = (PLASMA, BLOCKADE, REBOUND, INFLAMMATION)
"""The four panels of a run."""

TOLD: Mapping[str, Shown] = {
    "plasma": Shown("plasma"),
    "blockade": MU.shown,
    "functional block": EFFECT.shown,
    "rebound": TONE.shown,
    "TLR4": TLR4.shown,
    "cytokines": CYTOKINES.shown,
}
"""What a footer names the evidence of, and what carries it; of the receptors mu, whose blockade is told."""
