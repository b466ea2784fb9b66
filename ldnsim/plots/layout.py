"""Figures of a report: panels between a heading and notes, as tall as the letters of the user's style need."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.layout_engine import ConstrainedLayoutEngine
from numpy.typing import NDArray

from ..base.errors import InputError, LdnsimWarning
from ..base.reading import number
from .lettering import TYPED, say
from .measured import Ruler, em, points

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend
    from matplotlib.text import Text

WIDTHS = {"column": 3.5, "two-columns": 7.2}
"""Widths of figures in journals of two columns [inches]."""

_ONE, _SEVERAL = 7.0, 11.0
"""Width of a figure of one panel, and of several, where nobody says another [inches]."""

_NARROWEST, _WIDEST = 8.0, 60.0
"""Least width in letters of the style, and greatest [inches]."""

_BESIDE = 20.0
"""Least width of panels that stand beside each other, in letters of the style."""

_SHAPE, _LOWEST, _TALL, _TALLEST = 0.7, 10.5, 17.0, 23.0
"""Height of a panel in its width; least, greatest and, of one alone, greatest height in letters of the style."""

_TICKS, _LINE, _MARKS, _ABOVE = 1.7, 1.2, 0.25, 6.0
"""Room for labels of ticks, and for a line of what an axis says, beside a panel [letters], for its ticks [inches]; room
above and below it [letters]: all before they are measured."""

_PAD = 0.06
"""Room around panels, heading and notes [inches]."""

_NOTE, _LARGEST = 0.8, 11.0
"""Size of the letters of notes in those of the style [1], and their greatest size [points]."""

_SAME = 0.02
"""By how much the size of a panel may change and its ticks stay [1]."""

_PASSES = 4
"""How often panels are dressed at most until they keep their width."""

_SLIM, _TALLER = 0.5, 1.5
"""Share of the width of its column below which a panel becomes taller, and by how much at once [1]."""

_LEAST_SHARE = 0.2
"""Share of the height of a figure that panels keep, however long its notes [1]."""


def note_size() -> float:
    """Size of the letters of notes [points]."""
    return min(_NOTE * points(), _LARGEST)


class Grid:
    """Panels of a figure in rows and columns, with the room that their axes, titles and legends take around them.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Whose panels.
    """

    def __init__(self, figure: Figure) -> None:
        self.figure, self._pad = figure, _PAD * figure.dpi
        self._cells: list[tuple[Axes, int, int]] = []
        around: dict[str, dict[int, list[float]]] = {side: defaultdict(list) for side in ("l", "r", "t", "b")}
        self._heights: dict[int, float] = {}
        for ax in figure.axes:
            place = ax.get_subplotspec()
            if place is None:
                continue
            row, column = place.rowspan.start, place.colspan.start
            box = ax.get_window_extent()
            tight = ax.get_tightbbox() or box
            self._cells.append((ax, row, column))
            ratios: Any = place.get_gridspec().get_height_ratios()
            self._heights[row] = float(ratios[row] / sum(ratios))
            left, right = _across(ax)
            sides = {"l": box.x0 - left, "r": right - box.x1, "t": tight.y1 - box.y1, "b": box.y0 - tight.y0}
            for side, at in (("l", column), ("r", column), ("t", row), ("b", row)):
                # to a tenth of a pixel, so that the same figure is laid out the same again
                around[side][at].append(max(round(float(sides[side]), 1), 0.0))
        self._around = {side: {at: max(found) for at, found in cells.items()} for side, cells in around.items()}

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self._heights)

    def needed(self, upper: float, lower: float, panels: float) -> float:
        """Height of a figure with what stands above and below all panels, around each of them, and panels [pixels]."""
        around = sum(sum(self._around[side].values()) for side in ("t", "b")) + 2 * self._pad * self.rows
        return upper + lower + around + panels

    def place(self, upper: float, lower: float) -> None:
        """Put the panels between what stands above and below all of them [pixels]."""
        across, pad, around = sorted(self._around["l"]), self._pad, self._around
        wide, tall = self.figure.bbox.width, self.figure.bbox.height
        free = wide - sum(around["l"][one] + around["r"][one] + 2 * pad for one in across)
        each = max(free / max(len(across), 1), _LEAST_SHARE * wide / max(len(across), 1))
        high = max(tall - self.needed(upper, lower, 0.0), _LEAST_SHARE * tall)
        lefts, right = {}, 0.0
        for one in across:
            lefts[one] = right + pad + around["l"][one]
            right = lefts[one] + each + around["r"][one] + pad
        bottoms, bottom = {}, tall - upper
        for row in sorted(self._heights):
            bottoms[row] = bottom - pad - around["t"][row] - high * self._heights[row]
            bottom = bottoms[row] - around["b"][row] - pad
        for ax, row, column in self._cells:
            ax.set_position((lefts[column] / wide, bottoms[row] / tall, each / wide, high * self._heights[row] / tall))
            # matplotlib takes axes with a position of their own out of layouts, also of the tight box
            ax.set_in_layout(True)


class Framed(ConstrainedLayoutEngine):
    """Panels between a heading and notes, which are folded to the width that the figure has when it is drawn.

    Parameters
    ----------
    heading : matplotlib.text.Text, optional
        What stands above the panels.
    notes : matplotlib.text.Text
        What stands below them.
    above : float
        Room for something else above the panels [inches].
    """

    def __init__(self, heading: Text | None, notes: Text, above: float = 0.0) -> None:
        super().__init__(h_pad=_PAD, w_pad=_PAD, hspace=0.0, wspace=0.0)
        self._texts = [(text, text.get_text()) for text in (heading, notes) if text is not None]
        self._heading, self._notes, self._above = heading, notes, above
        self._folded_for = 0.0, 0.0
        self._placed_for: tuple[float, ...] = ()
        self.tall = 0.0
        """Height of a row of panels that `settle` keeps; 0 where the figure is not settled [inches]."""
        self.steps: list[Callable[[], None]] = []
        """What goes by the sizes of panels, to be done again where they turn out to be others."""
        self.between: Legend | None = None
        """A legend between panels and notes."""

    def ends(self, figure: Figure) -> tuple[float, float]:
        """Room that heading and notes take above and below the panels [pixels]; folds them."""
        wide, dpi = figure.bbox.width, figure.dpi
        pad = _PAD * dpi
        if self._folded_for != (wide, dpi):
            self._folded_for = wide, dpi
            for text, said in self._texts:
                text.set_text(Ruler(figure, text.get_fontproperties()).fold(said, wide - 2 * pad))
        upper = self._above * dpi
        if self._heading is not None and self._heading.get_text():
            upper += _height(figure, self._heading) + pad
        lower = _height(figure, self._notes) + 2 * pad if self._notes.get_text() else 0.0
        if self.between is not None:
            lower += self.between.get_window_extent().height + pad
        return upper, lower

    def place(self, grid: Grid, upper: float, lower: float) -> None:
        """Put the panels between what stands above and below them [pixels], where they stay until something changes."""
        figure = grid.figure
        grid.place(upper, lower)
        self._placed_for = (*figure.bbox.size, figure.dpi, upper, lower)
        for ax in figure.axes:
            ax.stale = False

    def _warn_of_height(self, grid: Grid, upper: float, lower: float) -> None:
        """Say that a figure that was made lower has no room for its panels."""
        if grid.needed(upper, lower, _LEAST_SHARE * grid.figure.bbox.height) > grid.figure.bbox.height + 1:
            wide, tall = grid.figure.get_size_inches()
            better = grid.needed(upper, lower, grid.rows * self.tall * grid.figure.dpi) / grid.figure.dpi
            told = f"a figure of {wide:.3g} x {tall:.3g} inches is too low for its panels: parts lie over each other; "
            warnings.warn(f"{told}set_size_inches({wide:.3g}, {better:.3g}) has room", LdnsimWarning, stacklevel=2)

    def execute(self, fig: Figure) -> None:
        """Place heading and notes, and the panels between them."""
        upper, lower = self.ends(fig)
        tall, pad = fig.bbox.height, _PAD * fig.dpi
        self._notes.set_position((pad / fig.bbox.width, pad / tall))
        if self._heading is not None:
            self._heading.set_y(1 - pad / tall)
        if self.between is not None:
            self.between.set_bbox_to_anchor((0.5, (lower - pad / 2) / tall))
        if self.tall:
            # to measure all that stands around panels takes as long as to draw it
            if self._placed_for != (*fig.bbox.size, fig.dpi, upper, lower) or any(ax.stale for ax in fig.axes):
                before = _sizes(fig)
                self.place(Grid(fig), upper, lower)
                # panels of another size have other ticks, whose labels take other room
                if (np.abs(_sizes(fig) / before - 1) > _SAME).any():
                    self.place(Grid(fig), upper, lower)
                self._warn_of_height(Grid(fig), upper, lower)
            return
        share = max(1 - (upper + lower) / tall, _LEAST_SHARE)
        self.set(rect=(0.0, min(lower / tall, 1 - share), 1.0, share))
        super().execute(fig)


def _height(figure: Figure, text: Text) -> float:
    """Height of a text as the present format draws it, of which the text itself may remember another [pixels]."""
    return Ruler(figure, text.get_fontproperties()).height(text.get_text())


def _across(ax: Axes) -> tuple[float, float]:
    """Where a panel with its axes and texts begins and ends [pixels]; titles and legends fold to its width."""
    shown = [one for one in (ax.xaxis, ax.yaxis, *ax.texts) if one.get_visible() and one.get_in_layout()]
    boxes = [box for one in shown if (box := one.get_tightbbox()) is not None and box.width]
    whole = ax.get_window_extent()
    return min([whole.x0, *(box.x0 for box in boxes)]), max([whole.x1, *(box.x1 for box in boxes)])


def _sizes(figure: Figure) -> NDArray[np.float64]:
    """Widths and heights of axes [pixels]."""
    return np.array([ax.get_window_extent().size for ax in figure.axes], dtype=float)


def frame(
    figure: Figure, notes: Sequence[str], heading: str = "", *, above: float = 0.0, size: Any = "large"
) -> Framed:
    """Write a heading above the panels of a figure and notes below them, and keep the panels off both.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Which; it grows by what the texts need more than a line each.
    notes : sequence of str
        What stands below.
    heading : str
        What stands above.
    above : float
        Room for something else above the panels [inches].
    size : str or float
        Size of the heading as matplotlib takes it.

    Returns
    -------
    Framed
        The layout of the figure.
    """
    title = figure.suptitle(say(heading), fontsize=size, y=0.99, va="top", **TYPED) if heading else None
    said = figure.text(0.01, 0.01, "\n".join(map(say, notes)), fontsize=note_size(), va="bottom", ha="left", **TYPED)
    engine = Framed(title, said, above)
    figure.set_layout_engine(engine)
    wide, tall = figure.get_size_inches()
    grown = sum(engine.ends(figure)) / figure.dpi
    figure.set_size_inches(wide, tall + grown)
    return engine


def settle(ax: Axes) -> None:
    """Make a figure of `panel_axes` as tall as its panels need with what stands around them; another figure stays.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        One of its panels, when all of them are drawn.
    """
    figure = figure_of(ax)
    engine: Any = figure.get_layout_engine()
    if not isinstance(engine, Framed) or not engine.tall:
        return
    for _ in range(_PASSES):
        before = _sizes(figure)
        _grow(figure, engine)
        if _slim(figure) and engine.tall < _TALLEST * em():
            # a label beside a taller panel takes fewer lines
            engine.tall = min(_TALLER * engine.tall, _TALLEST * em())
            _grow(figure, engine)
        elif (np.abs(_sizes(figure)[:, 0] / before[:, 0] - 1) <= _SAME).all():
            break
        steps, engine.steps = engine.steps, []
        for step in steps:
            step()
    # a figure may be pickled
    engine.steps = []


def _grow(figure: Figure, engine: Framed) -> None:
    """Make a figure as tall as its panels need with what stands around them now, and put them there."""
    grid = Grid(figure)
    upper, lower = engine.ends(figure)
    panels = max(grid.rows, 1) * engine.tall
    needed = grid.needed(upper, lower, panels * figure.dpi) / figure.dpi
    figure.set_size_inches(figure.get_size_inches()[0], needed)
    engine.place(grid, upper, lower)


def _slim(figure: Figure) -> bool:
    """Whether panels have less than half of the width that their columns have, for what stands beside them."""
    places = [(ax, place) for ax in figure.axes if (place := ax.get_subplotspec()) is not None]
    return any(
        ax.get_window_extent().width * place.get_gridspec().ncols < _SLIM * figure.bbox.width for ax, place in places
    )


def panel_axes(
    count: int, notes: Sequence[str], heading: str = "", *, width: float | str | None = None, alone: bool = False
) -> Any:
    """Axes for panels in a new figure with a heading and notes.

    Parameters
    ----------
    count : int
        How many.
    notes : sequence of str
        What stands below.
    heading : str
        What stands above.
    width : float or str, optional
        Width of the figure [inches], or a name in `WIDTHS`.
    alone : bool
        Whether it is a panel for itself, which is taller.

    Returns
    -------
    ndarray of matplotlib.axes.Axes, shape (count,)
        About as large as they will be once `settle` knows what stands around them.
    """
    import matplotlib.pyplot as plt
    from matplotlib import rcParams

    from .recorded import RecordedFigure

    letter = em()
    wide = inches(width, _ONE if alone else _SEVERAL)
    columns = 2 if count > 1 and wide / 2 >= _BESIDE * letter else 1
    rows, each = -(-count // columns), wide / columns
    tall = min(max(_SHAPE * each, _LOWEST * letter), (_TALLEST if alone else _TALL) * letter)
    # what an axis says takes two lines beside a low panel
    says = _LINE * (1 if tall >= _TALL * letter else 2) * em(rcParams["axes.labelsize"])
    side = _TICKS * em(rcParams["ytick.labelsize"]) + says + _MARKS
    over = _ABOVE * letter
    high = rows * (tall + over)
    about = {
        "left": side / wide, "right": 1 - letter / wide, "wspace": side / (each - side - letter / columns),
        "bottom": over / 2 / high, "top": 1 - over / 2 / high, "hspace": over / tall,
    }  # fmt: skip
    figure, grid = plt.subplots(
        rows, columns, figsize=(wide, high), squeeze=False, gridspec_kw=about, FigureClass=RecordedFigure
    )
    frame(figure, notes, heading).tall = tall
    # panels are drawn at the size that they will have, which the frame has changed
    figure.set_size_inches(wide, high)
    for left in grid.ravel()[count:]:
        left.set_axis_off()
    return grid.ravel()[:count]


def abreast(count: int, most: int, wide: float) -> int:
    """How many panels stand beside each other in a figure of some width [inches], at most."""
    return min(count, most, max(int(wide / (_BESIDE * em())), 1))


def inches(width: float | str | None, usual: float) -> float:
    """Width of a figure in inches, wide enough for the letters of the style; raises `InputError`."""
    if width is None:
        return usual
    if isinstance(width, str) and width in WIDTHS:
        found = WIDTHS[width]
    elif isinstance(width, str):
        raise InputError("width", width, f"inches, or one of {', '.join(map(repr, WIDTHS))}")
    else:
        found = number(width, "width")
    least = _NARROWEST * em()
    if not least <= found <= _WIDEST:
        raise InputError("width", width, f"{least:.3g} to {_WIDEST:g} inches with letters of {points():g} points")
    return found


def given_axes(axes: Any, count: int, argument: str = "axes", width: object = None) -> Any:
    """Axes that a user gave, if they are as many as there are panels; raises `InputError`."""
    if width is not None:
        raise InputError("width", width, f"no width with {argument}=, whose figure has its own")
    found = np.ravel(np.array(axes, dtype=object))
    if len(found) != count or not all(hasattr(panel, "plot") for panel in found):
        raise InputError(argument, axes, f"{'four' if count == 4 else count} matplotlib axes")
    return found


def figure_of(ax: Axes) -> Figure:
    """The figure that holds a panel."""
    found: Any = ax.get_figure(root=True)
    return found  # type: ignore[no-any-return]
