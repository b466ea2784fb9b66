"""The figures of the explorer: Bokeh panels that keep their places while the numbers in them change."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from bokeh.models import (
    ColumnDataSource,
    CrosshairTool,
    DataRange1d,
    FixedTicker,
    HoverTool,
    PrintfTickFormatter,
    Range1d,
    Span,
)
from bokeh.plotting import figure
from numpy.typing import NDArray

from .crowd_readings import BANDS, curves, daily_curves, percentiles
from .drawing import (
    BLACK,
    BLUE,
    FLOOR,
    GREEN,
    NIGHT,
    ORANGE,
    PURPLE,
    SHORT_VIEW,
    last_view,
    nights,
    time_ticks,
)
from .endpoints import BLOCKED, daily_means, intervals_above, last_day, window
from .units import HOURS_PER_DAY, clock_text

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]


class Curve(NamedTuple):
    """One curve of a panel.

    Attributes
    ----------
    variable, label : str
        Variable of a result, and label of its other dimension; empty where it has none.
    colour : str
        Its colour in both scenarios.
    title : str
        What a legend calls it.
    width : float
        Of its line, wide where another curve often lies on it.
    """

    variable: str
    label: str
    colour: str
    title: str
    width: float = 2.2

    @property
    def name(self) -> str:
        """Column that holds it."""
        return f"{self.variable}_{self.label}" if self.label else self.variable

    @property
    def labels(self) -> dict[str, str]:
        """The label by the name of its dimension."""
        return {_LABELLED[self.variable]: self.label} if self.label else {}

    def of(self, data: xr.Dataset) -> xr.DataArray:
        """Its values in a result."""
        return data[self.variable].sel(self.labels)


class Panel(NamedTuple):
    """One panel.

    Attributes
    ----------
    name, title : str
        Name on the page, and heading.
    axis : str
        Label of the vertical axis.
    near : bool
        Whether it shows the last two days of a long run on the clock, not the whole course.
    log : bool
        Whether the axis is logarithmic.
    curves : tuple of Curve
        What it shows; of a population only the first.
    """

    name: str
    title: str
    axis: str
    near: bool
    log: bool
    curves: tuple[Curve, ...]


_LABELLED = {
    "plasma": "analyte",
    "occupancy": "receptor",
    "peptide_level": "peptide",
    "receptor_density": "receptor",
    "mediator_level": "mediator",
}
_UNTREATED = "Relative to untreated = 1"

PANELS = (
    Panel(
        "plasma",
        "Plasma",
        "Plasma [ng/mL]",
        True,
        True,
        (Curve("plasma", "ntx", BLUE, "naltrexone"), Curve("plasma", "bnx6", ORANGE, "6-beta-naltrexol")),
    ),
    Panel(
        "blockade",
        "Blockade: receptors held",
        "Receptors held [fraction]",
        True,
        False,
        (
            Curve("occupancy", "mor", BLUE, "mu (shaded: half held or more)"),
            Curve("occupancy", "dor", PURPLE, "delta"),
            Curve("occupancy", "kor", GREEN, "kappa"),
        ),
    ),
    Panel(
        "peptides",
        "Peptides",
        _UNTREATED,
        False,
        False,
        (
            Curve("peptide_level", "beta_endorphin", ORANGE, "beta-endorphin", 4.0),
            Curve("peptide_level", "met_enkephalin", BLACK, "met-enkephalin", 1.6),
        ),
    ),
    Panel(
        "tone",
        "Receptors and net tone",
        _UNTREATED,
        False,
        False,
        (Curve("tone", "", BLUE, "net opioid tone"), Curve("receptor_density", "mor", GREEN, "mu receptors")),
    ),
    Panel(
        "inflammation",
        "TLR4 and cytokines",
        "Fraction inhibited; untreated = 1",
        False,
        False,
        (
            Curve("cytokine_index", "", BLUE, "cytokine index", 4.5),
            Curve("mediator_level", "tnf", ORANGE, "TNF", 2.8),
            Curve("mediator_level", "il1b", BLACK, "IL-1b", 1.4),
            Curve("tlr4_inhibition", "", GREEN, "TLR4 inhibited"),
        ),
    ),
)
"""What the explorer draws over time."""

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


DASHES = ("solid", "dashed")
"""How the curves of the first and the second scenario are drawn."""

LETTERS = ("A", "B")
"""What the two scenarios are called."""

_BOTH = (True, False)
_ENDS = ("low", "high")
_HEIGHT = 300
_THIN = 2000
"""Most points of the thin line behind daily means, which no screen could show apart."""

_RINGS = ((0.72, 0.98), (0.44, 0.70))
"""Inner and outer radius of each scenario on the dial."""

_DIAL_HOURS = range(0, 24, 3)
_FULL_TURN = 23.999
_TEXT = {"text_align": "center", "text_baseline": "middle", "text_font_size": "13px", "text_color": BLACK}


class Figures:
    """All panels and the dial; `show` gives them new numbers.

    Attributes
    ----------
    named : dict of str to bokeh figure
        The panels by name, and ``dial``: the hours of the last day at which mu is at least half held.
    """

    def __init__(self) -> None:
        self._ranges = {near: Range1d(0.0, 1.0) for near in _BOTH}
        self._level = Range1d(FLOOR, 1.0)
        self._nights = {near: ColumnDataSource(_empty("left", "right")) for near in _BOTH}
        self._hairs = {near: Span(dimension="height", line_dash="dotted", line_color=BLACK) for near in _BOTH}
        self._seen: dict[bool, tuple[float, float, bool]] = {}
        self._scenarios = tuple(_Sources() for _ in DASHES)
        self.named = {panel.name: self._panel(panel) for panel in PANELS} | {"dial": self._dial()}

    def show(self, scenarios: Sequence[Numbers], times: Times | None) -> None:
        """Show other numbers.

        Parameters
        ----------
        scenarios : sequence of Numbers
            One or two, from `numbers`; none leaves the panels empty.
        times : Times, optional
            From `times_of` the same results.
        """
        for place, sources in enumerate(self._scenarios):
            sources.fill(scenarios[place] if place < len(scenarios) else {})
        if times is None:
            return
        if times.top > 0:
            self._level.update(start=times.top * FLOOR, end=times.top * 5)
        for near, span in self._ranges.items():
            start, stop = times.spans[near]
            if (start, stop, times.cut) != self._seen.get(near):
                self._seen[near] = (start, stop, times.cut)
                span.update(start=start, end=stop, reset_start=start, reset_end=stop)
                left, right = _pairs(nights(start, stop, 0.0))
                self._nights[near].data = {"left": left, "right": right}
                self._label(near, *time_ticks(start, stop, 0.0, most=6), last=times.cut)

    def _label(self, near: bool, ticks: dict[float, str], label: str, *, last: bool) -> None:
        """Label the time axes of some panels."""
        text = f"{label}, last days" if near and last else label
        for panel in PANELS:
            if panel.near is near:
                axis = self.named[panel.name].xaxis[0]
                axis.update(ticker=FixedTicker(ticks=list(ticks)), major_label_overrides=ticks, axis_label=text)

    def _panel(self, panel: Panel) -> Any:
        drawn = figure(
            name=panel.name,
            height=_HEIGHT,
            sizing_mode="stretch_width",
            tools="xbox_zoom,reset,save",
            x_range=self._ranges[panel.near],
            y_range=self._level if panel.log else Range1d(0.0, 1.02) if panel.near else DataRange1d(start=0.0),
            y_axis_type="log" if panel.log else "linear",
        )
        drawn.toolbar.update(logo=None, autohide=True, active_drag=None)
        drawn.axis.axis_label_text_font_style = "normal"
        drawn.axis.axis_label_text_color = drawn.axis.major_label_text_color = BLACK
        drawn.axis.minor_tick_line_color = None
        drawn.yaxis.axis_label = panel.axis
        drawn.xgrid.grid_line_color = None
        drawn.vstrip("left", "right", source=self._nights[panel.near], color="#888888", alpha=0.15)
        if panel.log:
            drawn.yaxis.formatter = PrintfTickFormatter(format="%g")
        else:
            level, dash = (BLOCKED, "dotted") if panel.near else (1.0, "solid")
            drawn.add_layout(Span(location=level, dimension="width", line_color=BLACK, line_width=0.8, line_dash=dash))
        for place in range(len(self._scenarios)):
            self._curves(drawn, panel, place)
        drawn.add_tools(CrosshairTool(overlay=self._hairs[panel.near], visible=False))
        return drawn

    def _curves(self, drawn: Any, panel: Panel, place: int) -> None:
        """The curves of one scenario, with what a pointer shows of them."""
        sources, dash, letter = self._scenarios[place], DASHES[place], LETTERS[place]
        banded, kind = panel.curves[0], "near" if panel.near else "whole"
        if banded.variable == "occupancy":
            drawn.vstrip("left", "right", source=sources["held"], color=BLUE, alpha=0.15 if place == 0 else 0.08)
        drawn.varea("time", f"{banded.name}_low", f"{banded.name}_high", source=sources[f"{kind}_bands"],
                    color=banded.colour, alpha=0.18)  # fmt: skip
        for curve in panel.curves:
            if not panel.near:
                drawn.line("time", curve.name, source=sources["whole"], color=curve.colour, line_width=0.5,
                           line_alpha=0.3)  # fmt: skip
            line = drawn.line("time", curve.name, source=sources["near" if panel.near else "means"],
                              color=curve.colour, line_dash=dash, line_width=curve.width)  # fmt: skip
            said = f"{letter}, @when: {curve.title} @{curve.name}{{0.[000]}}"
            drawn.add_tools(HoverTool(renderers=[line], mode="vline", tooltips=said, visible=False))

    def _dial(self) -> Any:
        # square, because its hours have a length in both directions
        drawn = figure(name="dial", frame_width=_HEIGHT, frame_height=_HEIGHT, x_range=(-1.4, 1.4), y_range=(-1.4, 1.4),
                       tools="", toolbar_location=None, min_border=0)  # fmt: skip
        drawn.axis.visible = False
        drawn.grid.grid_line_color = None
        drawn.outline_line_color = None
        for inner, outer in _RINGS:
            drawn.annulus(0, 0, inner_radius=inner, outer_radius=outer, color="#eeeeee")
        drawn.annular_wedge(
            0, 0, inner_radius=1.0, outer_radius=1.05, start_angle=_angle(NIGHT[0]), end_angle=_angle(NIGHT[1]),
            direction="clock", color="#777777",
        )  # fmt: skip
        around = np.array([_angle(hour) for hour in _DIAL_HOURS])
        drawn.text(1.2 * np.cos(around), 1.2 * np.sin(around), [clock_text(hour) for hour in _DIAL_HOURS], **_TEXT)
        for sources, (inner, outer), alpha in zip(self._scenarios, _RINGS, (0.85, 0.5), strict=True):
            drawn.annular_wedge(
                0, 0, inner_radius=inner, outer_radius=outer, start_angle="start", end_angle="end", direction="clock",
                fill_color=BLUE, fill_alpha=alpha, line_color="white", source=sources["blocked"],
            )  # fmt: skip
            drawn.scatter("x", "y", marker="circle", size=11, color=ORANGE, line_color="white", source=sources["doses"])
            drawn.text(0, "y", "said", source=sources["said"], **_TEXT)
        return drawn


class _Sources:
    """The numbers of one scenario, each group of them where the curves that share its times find it."""

    def __init__(self) -> None:
        near, whole = (tuple(curve.name for curve in _curves(near=near)) for near in _BOTH)
        near_bands, whole_bands = ([f"{one.name}_{end}" for one in _banded(near) for end in _ENDS] for near in _BOTH)
        self._none: Numbers = {
            "near": _empty("time", "when", *near),
            "whole": _empty("time", *whole),
            "means": _empty("time", "when", *whole),
            "near_bands": _empty("time", *near_bands),
            "whole_bands": _empty("time", *whole_bands),
            "held": _empty("left", "right"),
            "blocked": _empty("start", "end"),
            "doses": _empty("x", "y"),
            "said": _empty("y", "said"),
        }
        self._sources = {name: ColumnDataSource(columns) for name, columns in self._none.items()}

    def __getitem__(self, name: str) -> ColumnDataSource:
        return self._sources[name]

    def fill(self, found: Numbers) -> None:
        """Give every curve its numbers; groups that are missing become empty."""
        for name, source in self._sources.items():
            # what is empty and stays so need not be sent
            if name in found or len(next(iter(source.data.values()))):
                source.data = found.get(name, self._none[name])


def numbers(place: int, data: xr.Dataset, crowd: xr.Dataset | None) -> Numbers:
    """What the panels show of one scenario.

    Parameters
    ----------
    place : int
        0 for the first scenario, 1 for the second.
    data : xarray.Dataset
        Result of one person.
    crowd : xarray.Dataset, optional
        Result of a population whose runs all finished.

    Returns
    -------
    dict of str to dict of str to ndarray
        Columns by group.
    """
    near = last_view(data)
    held = intervals_above(near["time"].values, near["occupancy"].sel(receptor="mor").values, BLOCKED)
    left, right = _pairs(held)
    since = _since(near, near=True)
    found = {
        "near": _near(near),
        "whole": _whole(data),
        "means": _means(data),
        "held": {"left": left + since, "right": right + since},
        **_on_the_dial(data, place),
    }
    if crowd is not None:
        found |= {"near_bands": _bands(last_view(crowd), near=True), "whole_bands": _bands(crowd, near=False)}
    return found


def times_of(runs: Sequence[xr.Dataset]) -> Times:
    """What the axes show of some results of single persons, at least one."""
    spans = {}
    for near in _BOTH:
        views = [last_view(data) if near else data for data in runs]
        ends = [data["time"].values[[0, -1]] + _since(data, near=near) for data in views]
        spans[near] = (float(np.min(ends)), float(np.max(ends)))
    cut = any(last_view(data) is not data for data in runs)
    return Times(spans, cut, max(float(data["plasma"].max()) for data in runs))


def _since(view: xr.Dataset, *, near: bool) -> float:
    """What to add to a time so that it counts from a midnight, and two scenarios share their clock [h].

    The whole course counts from the midnight before its first dose, a view of the last days from its own first one.
    """
    clock = float(view.attrs["clock_start"])
    first = float(view["time"].values[0]) + clock
    return clock - (first // HOURS_PER_DAY * HOURS_PER_DAY if near else 0.0)


def _empty(*names: str) -> dict[str, Any]:
    return {name: np.empty(0) for name in names}


def _curves(*, near: bool) -> tuple[Curve, ...]:
    return tuple(curve for panel in PANELS if panel.near is near for curve in panel.curves)


def _banded(near: bool) -> tuple[Curve, ...]:
    """The curves that are also drawn of a population: the first of each panel."""
    return tuple(panel.curves[0] for panel in PANELS if panel.near is near)


def _near(data: xr.Dataset) -> dict[str, Any]:
    """A short view, levels as far as a logarithmic axis shows them."""
    time = data["time"].values
    columns: dict[str, Any] = {"time": time + _since(data, near=True), "when": _when(data, time)}
    floor = FLOOR * float(data["plasma"].max())
    for curve in _curves(near=True):
        values = curve.of(data).values
        columns[curve.name] = np.where(values > floor, values, np.nan) if curve.variable == "plasma" else values
    return columns


def _whole(data: xr.Dataset) -> dict[str, Any]:
    """The course within days, thin behind the means; none where the view is short and the means are the course."""
    short = np.ptp(data["time"].values) <= SHORT_VIEW
    every = slice(0, 0) if short else slice(None, None, -(-data.sizes["time"] // _THIN))
    columns = {curve.name: curve.of(data).values[every] for curve in _curves(near=False)}
    return {"time": data["time"].values[every] + _since(data, near=False), **columns}


def _means(data: xr.Dataset) -> dict[str, Any]:
    """Daily means; the course itself where the view is short."""
    time, since = data["time"].values, _since(data, near=False)
    shown = _curves(near=False)
    if np.ptp(time) <= SHORT_VIEW:
        return {
            "time": time + since,
            "when": _when(data, time),
            **{curve.name: curve.of(data).values for curve in shown},
        }
    found = {curve.name: daily_means(data, curve.variable, **curve.labels) for curve in shown}
    middle = next(iter(found.values()))[0]
    when = [f"mean of day {int(time // HOURS_PER_DAY) + 1}" for time in middle]
    return {"time": middle + since, "when": when, **{name: means for name, (_, means) in found.items()}}


def _bands(crowd: xr.Dataset, *, near: bool) -> dict[str, Any]:
    """Between which values 90 % of people are; of a long course, of their daily means."""
    time = crowd["time"].values
    daily = not near and np.ptp(time) > SHORT_VIEW
    columns: dict[str, Any] = {}
    for curve in _banded(near):
        if daily:
            time, values = daily_curves(crowd, curve.variable, **curve.labels)
        else:
            values = curves(crowd, curve.variable, **curve.labels)
        low, high = percentiles(crowd, values, (BANDS[0], BANDS[-1]))
        if curve.variable == "plasma":
            # a logarithmic axis has no zero
            low, high = (np.maximum(level, FLOOR * high.max()) for level in (low, high))
        columns |= {f"{curve.name}_low": low, f"{curve.name}_high": high}
    return {"time": time + _since(crowd, near=near), **columns}


def _on_the_dial(data: xr.Dataset, place: int) -> dict[str, dict[str, Any]]:
    """Wedges, doses and words of the day that `ldnsim.endpoints.last_day` takes."""
    start, stop = last_day(data)
    day, clock = window(data, start, stop), float(data.attrs["clock_start"])
    held = intervals_above(day["time"].values, day["occupancy"].sel(receptor="mor").values, BLOCKED)
    begins, ends = _pairs(held)
    given = np.atleast_1d(data.attrs["dose_time"])
    around = _angle(clock + given[(given >= start) & (given < stop)])
    radius = np.mean(_RINGS[place])
    said = f"{LETTERS[place]}: {sum(ends - begins):.1f} h"
    return {
        # a full turn would have no length
        "blocked": {"start": _angle(clock + begins), "end": _angle(clock + np.minimum(ends, begins + _FULL_TURN))},
        "doses": {"x": radius * np.cos(around), "y": radius * np.sin(around)},
        "said": {"y": np.array([0.12 - 0.24 * place]), "said": [said]},
    }


def _angle(hour: Any) -> Any:
    """Where an hour of the day is on a dial with midnight at the top, clockwise [rad]."""
    return math.pi / 2 - 2 * math.pi * (hour % HOURS_PER_DAY) / HOURS_PER_DAY


def _pairs(spans: Sequence[tuple[float, float]]) -> tuple[Array, Array]:
    """Starts and ends of some stretches of time."""
    found = np.array(spans, dtype=np.float64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def _when(data: xr.Dataset, time: Array) -> list[str]:
    """Day of the run, from its first dose, and clock time."""
    clock = float(data.attrs["clock_start"])
    return [f"day {int(hour // HOURS_PER_DAY) + 1}, {clock_text(clock + hour)}" for hour in time.tolist()]
