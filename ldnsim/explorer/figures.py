"""The figures of the explorer: Bokeh panels that keep their places while the numbers in them change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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

from ..base.units import clock_text
from ..plots.curves import Panel
from ..plots.drawing import BLACK, BLUE, FLOOR, NIGHT, ORANGE, nights
from ..results.words import HALF
from .address import STRETCHES
from .numbers import HEADROOM, RINGS, SHARES, Numbers, Times, angle, pairs
from .panels import BOTH, DASHES, ENDS, LETTERS, PANELS, banded, shown

_HEIGHT = 300
_DIAL_HOURS = range(0, 24, 3)
_TEXT = {"text_align": "center", "text_baseline": "middle", "text_font_size": "13px", "text_color": BLACK}


class Figures:
    """All panels and the dial; `show` gives them new numbers.

    Attributes
    ----------
    named : dict of str to bokeh figure
        The panels by name, and ``dial``: the hours of the last day that count as blocked.
    """

    def __init__(self) -> None:
        self._ranges = {near: Range1d(0.0, 1.0, name=STRETCHES[near]) for near in BOTH}
        self._level = Range1d(FLOOR, 1.0)
        self._nights = {near: ColumnDataSource(_empty("left", "right")) for near in BOTH}
        self._hairs = {near: Span(dimension="height", line_dash="dotted", line_color=BLACK) for near in BOTH}
        self._seen: dict[bool, tuple[float, float, bool]] = {}
        self._scenarios = tuple(_Sources() for _ in DASHES)
        self.named = {panel.name: self._panel(panel) for panel in PANELS} | {"dial": self._dial()}

    def show(self, scenarios: Sequence[Numbers | None], times: Times | None) -> None:
        """Show other numbers.

        Parameters
        ----------
        scenarios : sequence of Numbers or None
            One or two, from `numbers`; one that is missing leaves its curves empty.
        times : Times, optional
            From `times_of` the same results.
        """
        for place, sources in enumerate(self._scenarios):
            sources.fill((scenarios[place] if place < len(scenarios) else None) or {})
        if times is None:
            return
        if times.top > 0:
            self._level.update(start=times.top * FLOOR, end=times.top * HEADROOM)
        for near, span in self._ranges.items():
            start, stop = times.spans[near]
            if (start, stop, times.cut) != self._seen.get(near):
                self._seen[near] = (start, stop, times.cut)
                span.update(start=start, end=stop, reset_start=start, reset_end=stop)
                left, right = pairs(nights(start, stop, 0.0))
                self._nights[near].data = {"left": left, "right": right}
                ticks, label = times.label(near)
                for panel in PANELS:
                    if panel.near is near:
                        axis = self.named[panel.name].xaxis[0]
                        axis.update(
                            ticker=FixedTicker(ticks=list(ticks)), major_label_overrides=ticks, axis_label=label
                        )

    def _panel(self, panel: Panel) -> Any:
        drawn = figure(
            name=panel.name,
            height=_HEIGHT,
            sizing_mode="stretch_width",
            tools="xbox_zoom,reset,save",
            x_range=self._ranges[panel.near],
            y_range=self._level if panel.log else Range1d(*SHARES) if panel.near else DataRange1d(start=0.0),
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
            level, dash = (HALF, "dotted") if panel.near else (1.0, "solid")
            drawn.add_layout(Span(location=level, dimension="width", line_color=BLACK, line_width=0.8, line_dash=dash))
        for place in range(len(self._scenarios)):
            self._curves(drawn, panel, place)
        drawn.add_tools(CrosshairTool(overlay=self._hairs[panel.near], visible=False))
        return drawn

    def _curves(self, drawn: Any, panel: Panel, place: int) -> None:
        """The curves of one scenario, with what a pointer shows of them."""
        sources, dash, letter = self._scenarios[place], DASHES[place], LETTERS[place]
        banded, kind = panel.curves[0], "near" if panel.near else "whole"
        if panel.scale == "share":
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
        for inner, outer in RINGS:
            drawn.annulus(0, 0, inner_radius=inner, outer_radius=outer, color="#eeeeee")
        drawn.annular_wedge(
            0, 0, inner_radius=1.0, outer_radius=1.05, start_angle=angle(NIGHT[0]), end_angle=angle(NIGHT[1]),
            direction="clock", color="#777777",
        )  # fmt: skip
        around = np.array([angle(hour) for hour in _DIAL_HOURS])
        drawn.text(1.2 * np.cos(around), 1.2 * np.sin(around), [clock_text(hour) for hour in _DIAL_HOURS], **_TEXT)
        for sources, (inner, outer), alpha in zip(self._scenarios, RINGS, (0.85, 0.5), strict=True):
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
        near, whole = (tuple(curve.name for curve in shown(near=near)) for near in BOTH)
        near_bands, whole_bands = ([f"{one.name}_{end}" for one in banded(near=near) for end in ENDS] for near in BOTH)
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


def _empty(*names: str) -> dict[str, Any]:
    return {name: np.empty(0) for name in names}
