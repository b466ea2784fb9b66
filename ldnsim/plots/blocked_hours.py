"""How long receptors count as blocked, on the panel that shows it: shaded, in its title and in its legend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..results.blockade import means, shaded
from ..results.endpoints import blocked_stretches
from ..results.over_time import is_population
from ..results.readings import BLOCKED_HOURS, EFFECT_HOURS, HELD_HOURS, blockade_hours
from ..results.views import last_day, window
from ..results.words import HALF_BLOCKED, HALF_HELD
from .curves import EFFECT, MU

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes


def shade(ax: Axes, data: xr.Dataset, colour: str) -> None:
    """Shade what counts as blocked, and say in the legend what that is."""
    label = f"shaded: {shaded(data)}"
    for start, stop in blocked_stretches(data):
        ax.axvspan(start, stop, color=colour, alpha=0.15, linewidth=0, label=label)
        label = ""


def hours_said(data: xr.Dataset) -> tuple[str, dict[str, str]]:
    """How long blockade is on the day that is spoken of: for the title what counts, with the median of people; for the
    legend, by curve, the other meanings of the word, and 90 % of people. Nothing where it cannot be known.
    """
    if not MU.kept(data) or "quantile" in data.dims:
        return "", {}
    part, counted = window(data, *last_day(data)), means(data)
    whole, found = float(np.ptp(part["time"].values)), blockade_hours(part)
    further = {}
    for curve, name, quantity in ((MU, HALF_HELD, HELD_HOURS), (EFFECT, HALF_BLOCKED, EFFECT_HOURS)):
        if quantity in found and name != counted:
            further[curve.name] = f" (half: {np.median(found[quantity]):.1f} h)"
        elif quantity in found and is_population(data):
            low, high = np.quantile(found[quantity], (0.05, 0.95))
            further[curve.name] = f" (90 %: {low:.1f} to {high:.1f} h)"
    return f", {counted.replace('mu receptors', 'mu')}: {_long(float(np.median(found[BLOCKED_HOURS])), whole)}", further


def _long(blocked: float, whole: float) -> str:
    """How long something lasts, from its hours and those that there are."""
    if blocked == 0.0:
        return "never"
    return f"all {whole:.3g} h" if blocked >= whole * (1 - 1e-9) else f"{blocked:.1f} h in {whole:.3g} h"
