"""What the pictures of populations share: bands, their legends, and who is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..results.over_time import Array, is_population

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

_GREY = "#777777"
"""Colour of what stands for bands of any colour."""

_WIDE, _NARROW = 0.17, 0.32
"""Opacity of the 90 % and of the 50 % band."""


def people_text(data: xr.Dataset, left_out: int) -> str:
    """How many people are shown, and how many are not, for a legend."""
    if "person" not in data.dims:
        return "people"
    return f"{data.sizes['person']} people" + (f" ({left_out} left out)" if left_out else "")


def people_notes(data: xr.Dataset, left_out: int, said: str = "") -> list[str]:
    """Who is shown, what their spread rests on and what else is said of them, for a footer; of one subject nothing."""
    if not is_population(data):
        return []
    lost = f" Left out because their run did not finish: {left_out}." if left_out else ""
    return [f"People: {data.attrs['population']}; {data.attrs['variability_evidence']}.{lost}{said}"]


def draw_bands(ax: Axes, time: Array, found: Array, colour: str, style: Any, label: str, width: float = 2.0) -> None:
    """A median with the 50 % and the 90 % band around it, from percentiles in the order of `BANDS`."""
    lowest, low, middle, high, highest = found
    ax.fill_between(time, lowest, highest, color=colour, alpha=_WIDE, linewidth=0)
    ax.fill_between(time, low, high, color=colour, alpha=_NARROW, linewidth=0)
    ax.plot(time, middle, color=colour, linestyle=style, label=label, linewidth=width)


def draw_band(ax: Axes, time: Array, found: Array, colour: str, style: Any, label: str) -> None:
    """A median with the 90 % band around it, edged so that bands over each other can be told apart without colour."""
    low, middle, high = found
    ax.fill_between(time, low, high, color=colour, alpha=_WIDE, linewidth=0)
    for edge in (low, high):
        ax.plot(time, edge, color=colour, linestyle=style, linewidth=0.7, alpha=0.8)
    ax.plot(time, middle, color=colour, linestyle=style, label=label, linewidth=2.2)


def grey_band() -> Artist:
    """A mark for a 90 % band of any colour."""
    return _band_patches(_GREY)[1]


def band_marks(colour: str, who: str) -> dict[str, Artist]:
    """Marks that say in a legend what the bands are, and of whom."""
    inner, outer = _band_patches(colour)
    return {"50 % of people": inner, f"90 % of {who}": outer}


def both_bands(who: str) -> dict[str, tuple[Artist, ...]]:
    """One mark for bands of any colour, for a legend that is short of room."""
    return {f"50 % and 90 % of {who}": _band_patches(_GREY)}


def _band_patches(colour: str) -> tuple[Artist, Artist]:
    from matplotlib.patches import Patch

    # as it looks on paper: the inner band lies on the outer one
    inner = 1 - (1 - _WIDE) * (1 - _NARROW)
    return Patch(color=colour, alpha=inner, linewidth=0), Patch(color=colour, alpha=_WIDE, linewidth=0)
