"""What the panels of the explorer show, and what its two scenarios are called."""

from __future__ import annotations

from ..plots.curves import BLOCKADE, INFLAMMATION, PEPTIDES, PLASMA, RECEPTORS, Curve

DASHES = ("solid", "dashed")
"""How the curves of the first and the second scenario are drawn."""

LETTERS = ("A", "B")
"""What the two scenarios are called."""

MEASURED = "measured"
"""What the points of a panel are called, before its name."""

MARKERS = ("diamond", "square")
"""How what was measured after the doses of each scenario is drawn."""

BOTH = (True, False)
"""Whether a panel shows the last two days of a long run, or the whole course."""

ENDS = ("low", "high")
"""Names of the limits of a band."""

PANELS = (
    PLASMA,
    BLOCKADE._replace(title="Blockade: receptors held, effect blocked"),
    PEPTIDES,
    RECEPTORS,
    INFLAMMATION,
)
"""What the explorer draws over time."""


def shown(*, near: bool) -> tuple[Curve, ...]:
    """All curves of the panels that show the last days, or of the others."""
    return tuple(curve for panel in PANELS if panel.near is near for curve in panel.curves)


def banded(*, near: bool) -> tuple[Curve, ...]:
    """Those that are also drawn of a population: the first of each panel."""
    return tuple(panel.curves[0] for panel in PANELS if panel.near is near)
