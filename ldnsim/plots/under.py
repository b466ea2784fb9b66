"""What stands behind a picture in axes of the user: a small text below them that no layout loses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.artist import allow_rasterization
from matplotlib.text import Text
from matplotlib.transforms import Bbox, IdentityTransform

from .layout import Framed, figure_of, note_size
from .legends import BELOW
from .lettering import TYPED
from .measured import Ruler

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_GAP, _TITLE = 0.5, 2.4
"""Above the text, and what a title of axes below needs, in letters of the text."""


class Under(Text):
    """A text below the lowest of some axes, as wide as those beside it; it moves and folds with them.

    Parameters
    ----------
    axes : sequence of matplotlib.axes.Axes
        Panels of one figure.
    said : str
        What it says.
    """

    def __init__(self, axes: Sequence[Axes], said: str) -> None:
        super().__init__(0, 0, said, fontsize=note_size(), va="top", ha="left", **TYPED)
        self.said = said
        lowest = min(ax.get_position(original=True).y0 for ax in axes)
        self.row = [ax for ax in axes if ax.get_position(original=True).y0 < lowest + 0.01]
        """The axes that it stands below."""
        self.row.sort(key=lambda ax: ax.get_position(original=True).x0)
        self.set_clip_on(False)
        self.set_transform(IdentityTransform())

    def _bottom(self) -> float:
        """Where the labels and legends of the axes end [pixels]."""
        ends = []
        for ax in self.row:
            labels, made = ax.xaxis.get_tightbbox(), ax.get_legend()
            ends += [ax.bbox.y0, ax.bbox.y0 if labels is None else labels.y0]
            # a legend inside, which looks for a place between texts, asks this one for its box
            if made is not None and made.get_gid() == BELOW:
                ends.append(made.get_window_extent().y0)
        return float(min(ends))

    def place(self) -> None:
        """Fold the text to the width of the axes, and put it below what they say."""
        left, right = self.row[0].bbox.x0, max(ax.bbox.x1 for ax in self.row)
        ruler = Ruler(figure_of(self.row[0]), self.get_fontproperties())
        self.set_text(ruler.fold(self.said, right - left))
        self.set_position((left, self._bottom() - _GAP * ruler.line))

    @allow_rasterization  # type: ignore[untyped-decorator]
    def draw(self, renderer: Any) -> None:
        """Draw it where it belongs now."""
        self.place()
        super().draw(renderer)

    def get_window_extent(self, renderer: Any = None, dpi: float | None = None) -> Bbox:
        """Its box, where it belongs now."""
        self.place()
        return super().get_window_extent(renderer, dpi)

    def get_tightbbox(self, renderer: Any = None) -> Bbox:
        """Its box as a layout is to see it: no wider than the axes that hold it, which others stand beside."""
        box, holder = self.get_window_extent(renderer), self.row[0].bbox
        return Bbox.from_extents(box.x0, box.y0, max(min(box.x1, holder.x1), box.x0), box.y1)


class _Raised:
    """Where axes stand whose text below needs room that nobody laid out."""

    def __init__(self, text: Under, ax: Axes) -> None:
        self._text, self._ax = text, ax

    def get_subplotspec(self) -> Any:
        """Place of the axes in their grid, as ``tight_layout`` asks for."""
        return self._ax.get_subplotspec()

    def __call__(self, ax: Axes, _: Any) -> Bbox:
        """Box of the axes in the figure, with room below them."""
        place = ax.get_position(original=True)
        tall = figure_of(ax).bbox.height
        text = self._text
        holder = text.row[0]
        under = holder.bbox.y0 - text.get_window_extent().y0
        letter = float(text.get_fontsize()) * figure_of(ax).dpi / 72
        others = [other.get_position(original=True).y1 * tall for other in figure_of(ax).axes
                  if other not in text.row and other.get_position(original=True).y1 <= place.y0]  # fmt: skip
        limit = max(others) + _TITLE * letter if others else 0.4 * letter
        low = min(max(place.y0, (limit + under) / tall), place.y1 - 0.1 * place.height)
        return Bbox.from_extents(place.x0, low, place.x1, place.y1)


def note_under(axes: Sequence[Axes], said: str) -> None:
    """Say below axes of a user what stands behind them; axes of a figure that says it already are left alone.

    Parameters
    ----------
    axes : sequence of matplotlib.axes.Axes
        Panels, dressed, their legends made.
    said : str
        The text.
    """
    figures = {id(figure_of(ax)): figure_of(ax) for ax in axes}
    for figure in figures.values():
        if isinstance(figure.get_layout_engine(), Framed) or not said:
            continue
        own = [ax for ax in axes if figure_of(ax) is figure]
        if any(isinstance(one, Under) and said in one.said for ax in own for one in ax.texts):
            continue
        text = Under(own, said)
        before = [one for one in text.row[0].texts if isinstance(one, Under)]
        for one in before:
            text.said = f"{one.said}\n{said}"
            one.remove()
        text.row[0].add_artist(text)
        text.set_clip_on(False)
        if figure.get_layout_engine() is None:
            for ax in text.row:
                ax.set_axes_locator(_Raised(text, ax))  # type: ignore[arg-type]
