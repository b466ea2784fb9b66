"""What the pictures of populations share: bands, their legends, and who is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..results.over_time import Array, is_population
from .drawing import entries
from .lettering import say, spell

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

_GREY = "#777777"
"""Colour of what stands for bands of any colour."""

_WIDE, _NARROW = 0.17, 0.32
"""Opacity of the 90 % and of the 50 % band."""

_BELOW = 0.5
"""From the axes to the legend below them: room for the labels of the time axis [inches]."""

_LETTER, _HANDLE = 0.065, 0.5
"""Width of a letter, and of the mark beside a text, in a small legend [inches]."""


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
    return {say("50 % of people"): inner, say(f"90 % of {who}"): outer}


def both_bands(who: str) -> dict[str, tuple[Artist, ...]]:
    """One mark for bands of any colour, for a legend that is short of room."""
    return {say(f"50 % and 90 % of {who}"): _band_patches(_GREY)}


def _band_patches(colour: str) -> tuple[Artist, Artist]:
    from matplotlib.patches import Patch

    # as it looks on paper: the inner band lies on the outer one
    inner = 1 - (1 - _WIDE) * (1 - _NARROW)
    return Patch(color=colour, alpha=inner, linewidth=0), Patch(color=colour, alpha=_WIDE, linewidth=0)


def legend_below(ax: Axes, marks: Mapping[str, Artist | tuple[Artist, ...]] | None = None) -> None:
    """A small legend below the time axis, off curves and bands: what is drawn, then some marks by their text."""
    from matplotlib.legend_handler import HandlerTuple
    from matplotlib.transforms import ScaledTranslation

    drawn, texts = entries(ax)
    named = dict(zip(texts, drawn, strict=True)) | dict(marks or {})
    room = ax.get_window_extent().width / ax.figure.dpi
    below = ScaledTranslation(0, -_BELOW, ax.figure.dpi_scale_trans)
    made = ax.legend(
        list(named.values()), ["x"] * len(named), loc="upper center", bbox_to_anchor=(0.5, 0.0),
        bbox_transform=ax.transAxes + below, ncols=_columns(list(named), room), fontsize="small",
        frameon=False, borderaxespad=0.0, columnspacing=1.2,
        handler_map={tuple: HandlerTuple(ndivide=None, pad=0.0)},
    )  # fmt: skip
    spell(made, list(named))
    for line in made.get_lines():
        line.set_linewidth(max(line.get_linewidth(), 1.5))


def _columns(texts: Sequence[str], room: float) -> int:
    """The most columns of a legend that fit a width [inches]."""
    for columns in range(len(texts), 1, -1):
        # matplotlib fills column after column, the first ones with one text more
        rows, more = divmod(len(texts), columns)
        ends = np.cumsum([rows + 1] * more + [rows] * (columns - more)).tolist()
        widths = [max(map(len, texts[first:end])) for first, end in zip([0, *ends], ends, strict=False)]
        if sum(widths) * _LETTER + columns * _HANDLE <= room:
            return columns
    return 1
