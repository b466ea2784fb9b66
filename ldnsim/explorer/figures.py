"""The figures of the explorer: empty Bokeh panels, which the page fills with numbers."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import numpy as np
from bokeh.document import Document
from bokeh.embed.util import standalone_docs_json_and_render_items
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
from ..plots.drawing import BLACK, BLUE, FLOOR, NIGHT, ORANGE
from ..results.words import HALF
from .address import STRETCHES
from .numbers import RINGS, SHARES, angle
from .panels import BOTH, DASHES, ENDS, LETTERS, MARKERS, MEASURED, PANELS, banded, shown

_HEIGHT = 300
_DIAL_HOURS = range(0, 24, 3)
_TEXT = {"text_align": "center", "text_baseline": "middle", "text_font_size": "13px", "text_color": BLACK}


class _Drawing:
    """All panels and the dial, and what they share: axes of time, nights, and the numbers of each scenario."""

    def __init__(self) -> None:
        self._ranges = {near: Range1d(0.0, 1.0, name=name) for near, name in STRETCHES.items()}
        self._ticks = {near: FixedTicker(ticks=[], name=f"{name} ticks") for near, name in STRETCHES.items()}
        self._level = Range1d(FLOOR, 1.0, name="level")
        self._nights = {near: _source(f"{name} nights", "left", "right") for near, name in STRETCHES.items()}
        self._hairs = {near: Span(dimension="height", line_dash="dotted", line_color=BLACK) for near in BOTH}
        self._scenarios = tuple(
            {group: _source(f"{letter} {group}", *columns) for group, columns in _columns().items()}
            for letter in LETTERS
        )
        self.named = {panel.name: self._panel(panel) for panel in PANELS} | {"dial": self._dial()}

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
        drawn.xaxis[0].update(name=f"{panel.name} time", ticker=self._ticks[panel.near])
        drawn.xgrid.grid_line_color = None
        drawn.vstrip("left", "right", source=self._nights[panel.near], color="#888888", alpha=0.15)
        if panel.log:
            drawn.yaxis.formatter = PrintfTickFormatter(format="%g")
        else:
            level, dash = (HALF, "dotted") if panel.near else (1.0, "solid")
            drawn.add_layout(Span(location=level, dimension="width", line_color=BLACK, line_width=0.8, line_dash=dash))
        for place in range(len(self._scenarios)):
            self._curves(drawn, panel, place)
        for letter, sources, marker in zip(LETTERS, self._scenarios, MARKERS, strict=True):
            seen = drawn.scatter("time", "value", marker=marker, size=11, fill_color="colour", line_color=BLACK,
                                 source=sources[f"{MEASURED} {panel.name}"])  # fmt: skip
            drawn.add_tools(HoverTool(renderers=[seen], tooltips=f"{letter}, @said", visible=False))
        drawn.add_tools(CrosshairTool(overlay=self._hairs[panel.near], visible=False))
        return drawn

    def _curves(self, drawn: Any, panel: Panel, place: int) -> None:
        """The curves of one scenario, with what a pointer shows of them."""
        sources, dash, letter = self._scenarios[place], DASHES[place], LETTERS[place]
        kind = "near" if panel.near else "whole"
        if panel.scale == "share":
            drawn.vstrip("left", "right", source=sources["held"], color=BLUE, alpha=0.15 if place == 0 else 0.08)
        for curve in banded(near=panel.near):
            if curve in panel.curves:
                drawn.varea("time", *(f"{curve.name}_{end}" for end in ENDS), source=sources[f"{kind}_bands"],
                            color=curve.colour, alpha=0.18)  # fmt: skip
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


def _columns() -> dict[str, tuple[str, ...]]:
    """Names of the columns of each group of numbers; curves that share their times share a group."""
    near, whole = (tuple(curve.name for curve in shown(near=near)) for near in BOTH)
    near_bands, whole_bands = (tuple(f"{one.name}_{end}" for one in banded(near=near) for end in ENDS) for near in BOTH)
    return {
        "near": ("time", "when", *near),
        "whole": ("time", *whole),
        "means": ("time", "when", *whole),
        "near_bands": ("time", *near_bands),
        "whole_bands": ("time", *whole_bands),
        "held": ("left", "right"),
        "blocked": ("start", "end"),
        "doses": ("x", "y"),
        "said": ("y", "said"),
        **{f"{MEASURED} {panel.name}": ("time", "value", "colour", "said") for panel in PANELS},
    }


def _source(name: str, *columns: str) -> ColumnDataSource:
    return ColumnDataSource({column: [] for column in columns}, name=name)


@lru_cache(1)
def drawing() -> str:
    """The empty figures, as the text of a JSON document that a page draws and fills with the numbers of answers.

    Returns
    -------
    str
        XX
    """
    named, document = _Drawing().named, Document()
    for drawn in named.values():
        document.add_root(drawn)
    sources = [f"{letter} {group}" for letter in LETTERS for group in _columns()]
    documents, (item,) = standalone_docs_json_and_render_items(document)
    places = {root.id: f"figure-{name}" for name, root in named.items()}
    return json.dumps({"documents": documents, "item": {**item.to_json(), "roots": places}, "names": sources})
