"""Points that a user measured, over the curves of a result: read with their units, drawn where their curve is."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..base.errors import InputError, LdnsimWarning
from ..base.reading import number
from ..base.units import factor, hours
from ..results.behind import Shown
from ..results.over_time import Array
from .choosing import named

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HEADING = re.compile(r"(.*?)\s*\[([^\]]*)\]\s*")
"""A heading with its unit in brackets."""

_EXPECTED = (
    "a table with a column 'time' and columns such as 'plasma_ntx [ng/mL]', or a mapping of such names to pairs "
    "(times, values)"
)

_ROOM = 1.1
"""How far beyond the farthest point an axis goes at least [1]."""

_MARK = "D"
"""Marker of what was measured; no run has it."""


class Measurable(NamedTuple):
    """A curve that points can be measured of: variable with labels, its unit, and what a legend calls it."""

    shown: Shown
    unit: str
    title: str


class Points(NamedTuple):
    """What was measured of one curve.

    Attributes
    ----------
    name : str
        Column of the curve.
    of : Measurable
        The curve.
    time, values : ndarray, shape (n,)
        When [h], and what, in the unit of the variable.
    """

    name: str
    of: Measurable
    time: Array
    values: Array


def read(points: Any, known: Mapping[str, Measurable], start: float, stop: float) -> list[Points]:
    """Points of a user, in the units of curves that are drawn.

    Parameters
    ----------
    points : pandas.DataFrame or mapping, optional
        Column ``time`` [h] and columns by the names of ``to_frame``, each with its unit in brackets where it is not
        that of the curve; or these names with a pair of times and values each. Missing values are left out.
    known : mapping of str to Measurable
        The curves by their columns.
    start, stop : float
        When the run starts and ends [h].

    Returns
    -------
    list of Points
        Of each curve its own.

    Raises
    ------
    InputError
        If they cannot be read, are of no curve that is drawn, in a unit that does not convert, or outside the run.
    """
    if points is None:
        return []
    found = []
    for heading, times, values in _pairs(points):
        match = _HEADING.fullmatch(heading)
        column, unit = (match[1], match[2]) if match else (heading, "")
        name = named(column, known, "points")
        argument, curve = f"points, {name}", known[name]
        kept = [place for place, value in enumerate(values) if not _missing(value)]
        when = np.array([hours(times[place], argument, low=start, high=stop) for place in kept], dtype=float)
        what = np.array([number(values[place], argument) for place in kept], dtype=float)
        try:
            scale = factor(unit, curve.unit) if unit and unit != curve.unit else 1.0
        except InputError as error:
            expected = f"a unit that converts to {curve.unit}" if curve.unit else "no unit, because the curve has none"
            raise InputError(argument, unit, expected) from error
        if kept:
            found.append(Points(name, curve, when, scale * what))
    if not found:
        raise InputError("points", points, "at least one point")
    return found


def _pairs(points: Any) -> Iterator[tuple[str, list[Any], list[Any]]]:
    """Heading, times and values of each column."""
    frame = hasattr(points, "columns")
    if not frame and not isinstance(points, Mapping):
        raise InputError("points", type(points).__name__, _EXPECTED)
    names = list(points.columns if frame else points)
    clock = next((name for name in names if str(name).strip().lower() in ("time", "time [h]")), None)
    if frame and clock is None:
        raise InputError("points", [str(name) for name in names], _EXPECTED)
    for name in names:
        if name == clock:
            continue
        pair = (points[clock], points[name]) if clock is not None else points[name]
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise InputError(f"points, {name}", type(pair).__name__, "a pair (times, values)")
        times, values = (np.ravel(np.asarray(column, dtype=object)).tolist() for column in pair)
        if len(times) != len(values):
            raise InputError(f"points, {name}", (len(times), len(values)), "as many times as values")
        yield str(name), times, values


def _missing(value: Any) -> bool:
    import pandas as pd

    return bool(pd.isna(value))


def draw(ax: Axes, points: Sequence[Points], colours: Iterable[tuple[Shown, Any]], start: float, stop: float) -> int:
    """Draw the points of a panel in the colours of their curves, and give them a name in its legend.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The panel, its curves drawn and its axes scaled.
    points : sequence of Points
        All points.
    colours : iterable of (Shown, colour)
        What the panel shows, and in which colour.
    start, stop : float
        The stretch that it shows [h].

    Returns
    -------
    int
        How many are outside the stretch.
    """
    from matplotlib import rcParams

    outside = 0
    for shown, colour in colours:
        for one in points:
            if one.of.shown != shown:
                continue
            inside = (one.time >= start) & (one.time <= stop)
            outside += int((~inside).sum())
            values = one.values[inside]
            if not len(values):
                continue
            ax.plot(one.time[inside], values, _MARK, color=colour, markeredgecolor=rcParams["text.color"],
                    markeredgewidth=0.8, markersize=5, zorder=4, label=f"measured: {one.of.title}")  # fmt: skip
            low, high = ax.get_ylim()
            log = ax.get_yscale() == "log"
            below = values.min() / _ROOM if log else values.min()
            above = values.max() * _ROOM if log else values.max() + (_ROOM - 1) * (values.max() - low)
            ax.set_ylim(min(low, below), max(high, above))
    return outside


def check_log(points: Sequence[Points], shown: Sequence[Shown]) -> None:
    """Refuse points that logarithmic axes of what is shown cannot show; raises `InputError`."""
    for one in points:
        if one.of.shown in shown and one.values.min() <= 0:
            expected = "values above 0 on a logarithmic axis, or log=False"
            raise InputError(f"points, {one.name}", float(one.values.min()), expected)


def say_outside(count: int) -> None:
    """Warn of points that no panel shows."""
    if count:
        told = f"points: {count} lie outside the stretch of time that their panel shows and are not drawn"
        warnings.warn(told, LdnsimWarning, stacklevel=4)
