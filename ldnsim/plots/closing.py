"""The last step of a picture: the height of its figure, the ink of its page, and what stands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .inks import inked
from .lettering import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def settled(ax: Axes) -> Axes:
    """A panel, when its figure has the height that all of its panels need and is drawn in the ink of its page."""
    from .layout import figure_of, settle

    for panel in figure_of(ax).axes:
        inked(panel)
    settle(ax)
    return ax


def noted(axes: Sequence[Axes], notes: Sequence[str]) -> None:
    """Panels when all is drawn: in axes of a user with what stands behind them below, in ldnsim's own settled."""
    from .under import note_under

    settled(axes[0])
    note_under(axes, "\n".join(map(say, notes)))
