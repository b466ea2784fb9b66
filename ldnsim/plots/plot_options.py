"""What a user may ask of the picture of a result: one table of arguments for every result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict


class FigureOptions(TypedDict, total=False):
    """How a picture is drawn, whatever it shows.

    Attributes
    ----------
    colors : str, sequence of str or mapping of str to str, optional
        Colours of curves in their order, or by the names of the legend, of runs, or of the columns of ``to_frame``;
        ``"grey"`` gives greys that differ, as a style without colours does by itself.
    width : float or {"column", "two-columns"}, optional
        Width of a new figure [inches]; a column of a journal is 3.5, two are 7.2 wide. Its height follows.
    footer : {"long", "short"}, optional
        Whether all that stands behind the picture is said below it, or the account and the weakest evidence alone. By
        default long in a new figure and short in axes of the user; it is never left out.
    """

    colors: str | Sequence[str] | Mapping[str, str] | None
    width: float | Literal["column", "two-columns"] | None
    footer: Literal["long", "short"] | None


class PanelOptions(FigureOptions, total=False):
    """How the panels of results over time are drawn.

    Attributes
    ----------
    panels : str or sequence of str, optional
        Panels by name, such as ``"plasma"``, ``"blockade"``, ``"rebound"``, ``"inflammation"``, ``"sites"``,
        ``"messengers"``, or variables as the columns of ``to_frame`` name them, such as ``"occupancy_kor"``.
    log : bool, optional
        Whether levels stand on a logarithmic axis; by default those of a drug in its plasma panel do, others do not.
    points : pandas.DataFrame or mapping, optional
        Own measured points: a column ``time`` [h] and columns by their names in ``to_frame``, with another unit in
        brackets; or a mapping of such names to pairs of times and values.
    """

    panels: str | Sequence[str] | None
    log: bool | None
    points: Any


class PlotOptions(PanelOptions, total=False):
    """The same, with where they are drawn.

    Attributes
    ----------
    ax : matplotlib.axes.Axes or sequence of them, optional
        Axes of the user, one for each panel; by default a new figure.
    """

    ax: Any


def check_options(options: Mapping[str, Any], known: type[FigureOptions] = PlotOptions) -> None:
    """Refuse an argument that pictures do not have, as Python refuses one; raises `TypeError`."""
    for name in options:
        if name not in known.__annotations__:
            every = ", ".join(sorted(known.__annotations__))
            raise TypeError(f"plot() got an unexpected keyword argument {name!r}, expected one of {every}")
