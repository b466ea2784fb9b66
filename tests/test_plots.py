"""Plot helpers: what is drawn, labelled and said."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

from ldnsim import InputError, Regimen, drawing, plots, simulate
from ldnsim import dose_response as response
from ldnsim.drawing import BLACK
from ldnsim.endpoints import BLOCKED, intervals_above

mpl.use("agg")

ONE_PANEL = (plots.plasma, plots.blockade, plots.rebound, plots.inflammation)


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    plt.close("all")


@cache
def result(regimen: str, assumptions: str = "popular") -> xr.Dataset:
    return simulate(regimen, assumptions=assumptions, step=0.5).data


def footer(figure: Any) -> str:
    return " ".join(" ".join(text.get_text().split()) for text in figure.texts)


@pytest.mark.parametrize("draw", ONE_PANEL)
def test_panels_say_units_assumptions_and_evidence(draw: Any) -> None:
    axes = draw(result("4.5 mg at 22:00"))
    assert any(unit in axes.get_ylabel() for unit in ("ng/mL", "fraction", "untreated = 1"))
    assert axes.get_xlabel() == "Clock time"
    assert axes.get_title(loc="right") == "popular"
    assert axes.get_legend() is not None
    assert "Assumptions: popular (site plasma" in footer(axes.figure)
    assert "Weakest evidence:" in footer(axes.figure)


@pytest.mark.parametrize("draw", ONE_PANEL)
def test_panels_draw_where_they_are_told(draw: Any) -> None:
    _, axes = plt.subplots()
    assert draw(result("4.5 mg at 22:00"), axes) is axes
    assert len(plt.get_fignums()) == 1


def test_shaded_window_is_the_blocked_time() -> None:
    data = result("4.5 mg at 22:00")
    axes = plots.blockade(data)
    expected = intervals_above(data["time"].values, data["occupancy"].sel(receptor="mor").values, BLOCKED)
    blue = [patch for patch in axes.patches if mpl.colors.same_color(patch.get_facecolor()[:3], drawing.BLUE)]
    spans = [(patch.get_extents().x0, patch.get_extents().x1) for patch in blue]
    inverse = axes.transData.inverted()
    found = [tuple(inverse.transform([(low, 0), (high, 0)])[:, 0]) for low, high in spans]
    assert len(found) == 1
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert "5.0 h" in axes.get_title(loc="left")


@pytest.mark.parametrize(
    ("regimen", "assumptions", "text"),
    [
        ("4.5 mg at 22:00 daily for 4 days", "popular", "mu half held 5.0 h in 24 h"),
        ("0.5 mg", "popular", "mu never half held"),
        ("50 mg daily for 4 days", "measured", "mu half held all 24 h"),
    ],
)
def test_hours_are_written(regimen: str, assumptions: str, text: str) -> None:
    assert text in plots.blockade(result(regimen, assumptions)).get_title(loc="left")


def test_logarithmic_levels_survive_zeros() -> None:
    axes = plots.plasma(result("4.5 mg at 22:00"), log=True)
    assert axes.get_yscale() == "log"
    axes.figure.canvas.draw()
    assert all(np.isfinite(axes.get_ylim()))
    assert axes.get_ylim()[0] > 0
    assert np.isnan(np.asarray(axes.get_lines()[0].get_ydata(), dtype=float)[0])
    nothing = plots.plasma(result("0 mg"), log=True)
    nothing.figure.canvas.draw()
    assert nothing.get_yscale() == "linear"


def test_clock_labels_and_nights() -> None:
    axes = plots.plasma(result("4.5 mg at 22:00"))
    labels = dict(zip(axes.get_xticks(), (label.get_text() for label in axes.get_xticklabels()), strict=True))
    assert labels[2.0] == "00:00"
    assert labels[8.0] == "06:00"
    patches: list[Any] = list(axes.patches)
    nights = [(p.get_x(), p.get_x() + p.get_width()) for p in patches]
    assert nights == [(0.0, 8.0), (24.0, 32.0)]


@pytest.mark.parametrize(
    ("regimen", "assumptions"),
    [
        ("4.5 mg at 22:00", "popular"),
        ("4.5 mg at 22:00 daily for 28 days", "measured"),
        ("4.5 mg weekly for 52 weeks", "popular"),
        ("0 mg daily for 7 days", "popular"),
        ("1.5 mg for 2 weeks then 3 mg for 2 weeks then 4.5 mg for 2 weeks", "site=pet,isomers=0.3"),
    ],
)
def test_footer_and_title_keep_off_the_panels(regimen: str, assumptions: str) -> None:
    panels = plots.four_panels(result(regimen, assumptions))
    figure = panels[0].figure
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    boxes = [panel.get_tightbbox(renderer) for panel in panels]
    for text in (*figure.texts, figure._suptitle):
        box = text.get_window_extent(renderer)
        assert not any(box.overlaps(panel) for panel in boxes)
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.x1
    for one, panel in enumerate(boxes):
        assert not any(panel.overlaps(other) for other in boxes[one + 1 :])


@pytest.mark.parametrize("style", ["dark_background", "ggplot", "default"])
def test_styles_are_the_user_s(style: str) -> None:
    with plt.style.context(style):
        before = mpl.rcParams.copy()
        panels = plots.four_panels(result("4.5 mg at 22:00"))
        panels[0].figure.canvas.draw()
        assert mpl.rcParams == before


def test_a_comparison_has_a_line_a_run() -> None:
    runs = {name: result("4.5 mg at 22:00", name) for name in ("popular", "measured")}
    panels = plots.compare(runs)
    for panel in panels:
        colours = {line.get_color() for line in panel.get_lines()} & {"#0072B2", "#D55E00"}
        assert len(colours) == 2
    (legend,) = panels[0].figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["popular", "measured"]
    for name in runs:
        assert f"Assumptions: {name}" in footer(panels[0].figure)


@pytest.mark.parametrize(
    "names", [["one"], ["a regimen with a name that is long enough to be broken"] * 3, list("abcdefgh")]
)
def test_the_legend_of_a_comparison_covers_nothing(names: list[str]) -> None:
    runs = {f"{name} {number}": result("4.5 mg at 22:00") for number, name in enumerate(names)}
    panels = plots.compare(runs)
    figure = panels[0].figure
    figure.canvas.draw()
    (legend,) = figure.legends
    box = legend.get_window_extent()
    for panel in panels:
        assert not box.overlaps(panel.get_tightbbox())
    (words,) = [text for text in figure.texts if "Assumptions" in text.get_text()]
    assert not box.overlaps(words.get_window_extent())
    assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1
    mine = plt.subplots(2, 2)[1].ravel()
    assert plots.compare(runs, mine)[3].get_legend() is not None


def test_dose_response_marks_the_best_dose() -> None:
    data = response((0.0, 1.5, 16.0), weeks=2).data
    axes = plots.dose_response(data)
    best = float(data["dose"][int(data["tone"].values.argmax())])
    assert any(f"best: {best:g} mg" in text.get_text() for text in axes.texts)
    assert axes.get_xscale() == "symlog"
    assert "mg" in axes.get_xlabel()
    assert "calibrated" in footer(axes.figure)


def markers(axes: Any, face: str) -> list[float]:
    """Times of the dose marks of one colour below a panel."""
    lines = [line for line in axes.lines if line.get_marker() == "^" and line.get_markerfacecolor() == face]
    return [float(time) for line in lines for time in np.asarray(line.get_xdata())]


def test_missed_doses_are_hollow_and_given_ones_filled() -> None:
    plan = Regimen.parse("4.5 mg at 22:00 daily for 3 days").miss(doses=[2])
    axes = plots.plasma(simulate(plan, step=0.5).data)
    assert markers(axes, BLACK) == [0.0, 48.0]
    assert markers(axes, "white") == [24.0]


def test_infusions_are_bars_as_long_as_they_last() -> None:
    axes = plots.plasma(simulate("10 mg iv over 6 h daily for 2 days", step=0.5).data)
    bars = [np.asarray(line.get_xdata()).tolist() for line in axes.lines if line.get_linewidth() == 5]
    assert bars == [[0.0, 6.0], [24.0, 30.0]]
    assert markers(axes, BLACK) == []


def test_four_axes_of_the_user_are_used() -> None:
    _, grid = plt.subplots(2, 2)
    panels = plots.four_panels(result("4.5 mg at 22:00"), grid)
    assert list(panels) == list(grid.ravel())


@pytest.mark.parametrize("draw", [*ONE_PANEL, plots.four_panels, plots.dose_response])
@pytest.mark.parametrize("data", [None, xr.Dataset(), {"plasma": 1}])
def test_other_data_is_refused(draw: Any, data: Any) -> None:
    with pytest.raises(InputError, match="^data: got"):
        draw(data)
    assert plt.get_fignums() == []


def test_one_sample_is_refused() -> None:
    with pytest.raises(InputError, match="two times"):
        plots.plasma(result("4.5 mg at 22:00").isel(time=slice(1)))


@pytest.mark.parametrize("axes", [[], [1, 2, 3, 4], 7])
def test_axes_that_are_not_four_are_refused(axes: Any) -> None:
    with pytest.raises(InputError, match="^axes: got"):
        plots.four_panels(result("4.5 mg at 22:00"), axes)


@pytest.mark.parametrize("runs", [{}, [], None])
def test_nothing_to_compare_is_refused(runs: Any) -> None:
    with pytest.raises(InputError, match="^runs: got"):
        plots.compare(runs)
