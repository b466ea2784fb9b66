"""What the panels of the explorer show, and what its two scenarios are called."""

from __future__ import annotations

from ..plots.curves import BLOCKADE, INFLAMMATION, PEPTIDES, PLASMA, RECEPTORS, Curve, analyte
from ..plots.drawing import PURPLE
from .drugs import NAMES, taken

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

# apart from naltrexone, beside which a page can show them
_OTHERS = tuple(analyte(one, PURPLE) for drug in NAMES for one in taken(drug).analytes)

PANELS = (
    PLASMA._replace(curves=PLASMA.curves + _OTHERS),
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
    """Those that can also be drawn of a population: the first of each panel that a drug has."""
    firsts = [panel.curves[0] for panel in PANELS if panel.near is near]
    return (*firsts, *_OTHERS) if near else tuple(firsts)
