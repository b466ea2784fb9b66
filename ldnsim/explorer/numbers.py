"""The numbers that the explorer draws, worked out from results."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.units import HOURS_PER_DAY, clock_text
from ..plots.curves import Curve, Panel
from ..plots.drawing import is_long, on_log, time_ticks
from ..results.endpoints import blocked_stretches
from ..results.over_time import BANDS, over_time
from ..results.views import last_day, last_view, window
from .measured import Point
from .panels import BOTH, ENDS, LETTERS, MEASURED, PANELS

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]

RINGS = ((0.72, 0.98), (0.44, 0.70))
"""Inner and outer radius of each scenario on the dial."""

HEADROOM = 5.0
"""How many times the highest level a logarithmic axis ends at."""

SHARES = (0.0, 1.02)
"""Where an axis of receptors held starts and ends [1]."""

_THIN = 2000
"""Most points of the thin line behind daily means, which no screen could show apart."""

_FULL_TURN = 23.999
"""The longest wedge of a dial; a full turn would have no length [h]."""

Numbers = dict[str, dict[str, Any]]
"""Columns by group."""


class Times(NamedTuple):
    """What the axes show.

    Attributes
    ----------
    spans : dict of bool to (float, float)
        From when to when, of the panels that show the last days and of the others; as in `numbers` [h].
    cut : bool
        Whether the last days are not all there is.
    top : float
        Highest plasma level [ng/mL].
    """

    spans: dict[bool, tuple[float, float]]
    cut: bool
    top: float

    def of(self, spans: Mapping[bool, tuple[float, float]]) -> Times:
        """The same with other stretches, where a visitor chose them."""
        return self._replace(spans={**self.spans, **spans})

    def label(self, near: bool, most: int = 6) -> tuple[dict[float, str], str]:
        """Ticks of the time axes of some panels [h] with their labels, and their own label."""
        ticks, label = time_ticks(*self.spans[near], 0.0, most=most)
        return ticks, f"{label}, last days" if near and self.cut else label


def numbers(place: int, data: xr.Dataset, people: xr.Dataset | None, points: Sequence[Point] = ()) -> Numbers:
    """What the panels show of one scenario.

    Parameters
    ----------
    place : int
        0 for the first scenario, 1 for the second.
    data : xarray.Dataset
        Result of one person.
    people : xarray.Dataset, optional
        Result of a population whose runs all finished.
    points : sequence of Point
        What was measured, of which the panels show what lies in their time.

    Returns
    -------
    dict of str to dict of str to ndarray
        Columns by group.
    """
    near = last_view(data)
    left, right = pairs(blocked_stretches(near))
    since = _since(near, near=True)
    found = {
        "near": _near(near),
        "whole": _whole(data),
        "means": _means(data),
        "held": {"left": left + since, "right": right + since},
        **_on_the_dial(data, place),
        **_points(near, data, points),
    }
    return found if people is None else found | bands(people)


def bands(people: xr.Dataset) -> Numbers:
    """The columns of the bands of a population whose runs all finished, of which nothing else is drawn."""
    return {"near_bands": _bands(last_view(people), near=True), "whole_bands": _bands(people, near=False)}


def drawn(panel: Panel, found: Numbers | None) -> tuple[Curve, ...]:
    """The curves of a panel that a scenario has."""
    columns = (found or {}).get("near" if panel.near else "means", {})
    return tuple(curve for curve in panel.curves if curve.name in columns)


def band(panel: Panel, found: Numbers) -> tuple[Curve, dict[str, Any]] | None:
    """The curve of a panel that is drawn of people, and the columns of its band; none where there is no band."""
    columns = found.get("near_bands" if panel.near else "whole_bands", {})
    return next(((curve, columns) for curve in panel.curves if f"{curve.name}_{ENDS[0]}" in columns), None)


def _curves(data: xr.Dataset, *, near: bool) -> tuple[Curve, ...]:
    """All curves of the panels that show the last days, or of the others, as far as data have them."""
    return tuple(curve for panel in PANELS if panel.near is near for curve in panel.of(data))


def times_of(runs: Sequence[xr.Dataset]) -> Times:
    """What the axes show of some results of single persons, at least one."""
    spans = {}
    views = {True: [last_view(data) for data in runs], False: list(runs)}
    for near in BOTH:
        ends = [data["time"].values[[0, -1]] + _since(data, near=near) for data in views[near]]
        spans[near] = (float(np.min(ends)), float(np.max(ends)))
    cut = any(view is not data for view, data in zip(views[True], runs, strict=True))
    return Times(spans, cut, max(float(data["plasma"].max()) for data in runs))


def _since(view: xr.Dataset, *, near: bool) -> float:
    """What to add to a time so that it counts from a midnight, and two scenarios share their clock [h].

    The whole course counts from the midnight before its first dose, a view of the last days from its own first one.
    """
    clock = float(view.attrs["clock_start"])
    first = float(view["time"].values[0]) + clock
    return clock - (first // HOURS_PER_DAY * HOURS_PER_DAY if near else 0.0)


def _near(data: xr.Dataset) -> dict[str, Any]:
    """A short view, levels as far as a logarithmic axis shows them."""
    time = data["time"].values
    columns: dict[str, Any] = {"time": time + _since(data, near=True), "when": _when(data, time)}
    highest = float(data["plasma"].max())
    for curve in _curves(data, near=True):
        values = over_time(data, curve.shown)[1]
        columns[curve.name] = (on_log(values, highest) if curve.shown.name == "plasma" else values)[0]
    return columns


def _whole(data: xr.Dataset) -> dict[str, Any]:
    """The course within days, thin behind the means; none where the view is short and the means are the course."""
    every = slice(0, 0) if not is_long(data) else slice(None, None, -(-data.sizes["time"] // _THIN))
    columns = {curve.name: over_time(data, curve.shown)[1][0, every] for curve in _curves(data, near=False)}
    return {"time": data["time"].values[every] + _since(data, near=False), **columns}


def _means(data: xr.Dataset) -> dict[str, Any]:
    """Daily means; the course itself where the view is short."""
    time, since = data["time"].values, _since(data, near=False)
    daily = is_long(data)
    found = {curve.name: over_time(data, curve.shown, daily=daily) for curve in _curves(data, near=False)}
    if daily:
        time = next(iter(found.values()))[0]
        when = [f"mean of day {int(hour // HOURS_PER_DAY) + 1}" for hour in time]
    else:
        when = _when(data, time)
    return {"time": time + since, "when": when, **{name: values[0] for name, (_, values) in found.items()}}


def _bands(people: xr.Dataset, *, near: bool) -> dict[str, Any]:
    """Between which values 90 % of people are; of a long course, of their daily means."""
    time = people["time"].values
    daily = not near and is_long(people)
    columns: dict[str, Any] = {}
    for curve in (one for panel in PANELS if panel.near is near for one in panel.of(people)[:1]):
        time, values = over_time(people, curve.shown, (BANDS[0], BANDS[-1]), daily=daily)
        low, high = on_log(values, float(values.max())) if curve.shown.name == "plasma" else values
        columns |= {f"{curve.name}_{end}": values for end, values in zip(ENDS, (low, high), strict=True)}
    return {"time": time + _since(people, near=near), **columns}


def _points(near: xr.Dataset, data: xr.Dataset, points: Sequence[Point]) -> dict[str, dict[str, Any]]:
    """What was measured in the time that each panel shows, for those where something was."""
    found: dict[str, dict[str, Any]] = {}
    for panel in PANELS:
        view = near if panel.near else data
        first, last = view["time"].values[[0, -1]]
        here = [one for one in points if one.panel == panel.name and first <= one.hour <= last]
        colours = {curve.name: curve.colour for curve in panel.curves}
        if here:
            found[f"{MEASURED} {panel.name}"] = {
                "time": np.array([one.hour for one in here]) + _since(view, near=panel.near),
                "value": np.array([one.value for one in here]),
                "colour": [colours[one.curve] for one in here],
                "said": [one.said for one in here],
            }
    return found


def _on_the_dial(data: xr.Dataset, place: int) -> dict[str, dict[str, Any]]:
    """Wedges, doses and words of the day that `ldnsim.results.views.last_day` takes."""
    start, stop = last_day(data)
    day, clock = window(data, start, stop), float(data.attrs["clock_start"])
    begins, ends = pairs(blocked_stretches(day))
    given = np.atleast_1d(data.attrs["dose_time"])
    around = angle(clock + given[(given >= start) & (given < stop)])
    radius = np.mean(RINGS[place])
    said = f"{LETTERS[place]}: {sum(ends - begins):.1f} h"
    return {
        "blocked": {"start": angle(clock + begins), "end": angle(clock + np.minimum(ends, begins + _FULL_TURN))},
        "doses": {"x": radius * np.cos(around), "y": radius * np.sin(around)},
        "said": {"y": np.array([0.12 - 0.24 * place]), "said": [said]},
    }


def angle(hour: Any) -> Any:
    """Where an hour of the day is on a dial with midnight at the top, clockwise [rad]."""
    return math.pi / 2 - 2 * math.pi * (hour % HOURS_PER_DAY) / HOURS_PER_DAY


def pairs(spans: Sequence[tuple[float, float]]) -> tuple[Array, Array]:
    """Starts and ends of some stretches of time."""
    found = np.array(spans, dtype=np.float64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def _when(data: xr.Dataset, time: Array) -> list[str]:
    """Day of the run, from its first dose, and clock time."""
    clock = float(data.attrs["clock_start"])
    return [f"day {int(hour // HOURS_PER_DAY) + 1}, {clock_text(clock + hour)}" for hour in time.tolist()]
