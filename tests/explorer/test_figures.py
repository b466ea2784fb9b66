"""What the explorer draws, against what the library says."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ldnsim import PopulationRun, Simulation, simulate
from ldnsim.explorer.figures import Figures
from ldnsim.explorer.numbers import Numbers, numbers, times_of
from ldnsim.explorer.panels import PANELS
from ldnsim.explorer.scenario import Scenario
from ldnsim.results.endpoints import hours_blocked, window

MONTH = Scenario()


@pytest.fixture(scope="module")
def month() -> Simulation:
    return MONTH.run()


@pytest.fixture(scope="module")
def people() -> PopulationRun:
    return MONTH.people(60)


def wedges(drawn: Numbers) -> float:
    """Hours that the wedges of a dial cover, clockwise."""
    turns = (drawn["blocked"]["start"] - drawn["blocked"]["end"]) % (2 * math.pi)
    return float(turns.sum() * 24 / (2 * math.pi))


def test_the_dial_shows_the_hours_of_the_summary(month: Simulation) -> None:
    drawn = numbers(0, month.data, None)
    said = month.summary()["hours with mu at least half held"][-1]
    assert wedges(drawn) == pytest.approx(said)
    assert drawn["said"]["said"] == [f"A: {said:.1f} h"]
    # one dose, two hours before midnight: on the left of the top
    x, y = drawn["doses"]["x"][0], drawn["doses"]["y"][0]
    assert math.degrees(math.atan2(y, x)) == pytest.approx(90 + 2 * 15)


def test_a_dial_that_is_held_all_day_is_full_and_one_that_is_never_held_is_empty() -> None:
    held = simulate("50 mg at 08:00 every 6 h for 3 days", step=0.5, assumptions="measured")
    assert hours_blocked(window(held.data, 48, 72)) == 24
    assert wedges(numbers(1, held.data, None)) == pytest.approx(24, abs=0.01)
    free = simulate("0.01 mg at 08:00 daily for 3 days", step=0.5)
    assert wedges(numbers(1, free.data, None)) == 0


def test_two_scenarios_share_their_clock() -> None:
    runs = [Scenario(at=at, days=days).run().data for at, days in (("22:00", 28), ("08:00", 5))]
    for place, data in enumerate(runs):
        drawn = numbers(place, data, None)
        level = drawn["near"]["plasma_ntx"]
        peak = drawn["near"]["time"][int(np.nanargmax(level))] % 24
        # swallowed at 22:00 or 08:00, highest about an hour later
        assert peak == pytest.approx((23.0, 9.0)[place], abs=0.5)
        assert drawn["near"]["when"][0].endswith(("22:00", "08:00")[place])
    times = times_of(runs)
    assert times.cut
    start, stop = times.spans[True]
    assert 48 <= stop - start <= 72
    assert times.spans[False] == (8.0, 28 * 24 + 22.0)
    assert times.top == max(float(data["plasma"].max()) for data in runs)


def test_thick_lines_are_daily_means(month: Simulation) -> None:
    drawn = numbers(0, month.data, None)
    assert len(drawn["means"]["time"]) == 28
    said = month.summary()
    assert drawn["means"]["tone"][-1] == pytest.approx(said["net opioid tone, mean"][-1])
    assert drawn["means"]["cytokine_index"][0] == pytest.approx(said["cytokine index, mean"][0])
    assert drawn["means"]["when"][2] == "mean of day 3"
    assert 500 < len(drawn["whole"]["time"]) <= 2000


def test_of_a_short_run_the_curve_itself_is_thick() -> None:
    data = Scenario(schedule="once", days=2).run().data
    drawn = numbers(0, data, None)
    assert len(drawn["whole"]["time"]) == 0
    np.testing.assert_array_equal(drawn["means"]["tone"], data["tone"].values)
    assert not times_of([data]).cut


def test_no_level_is_drawn_where_there_is_none() -> None:
    data = simulate("4.5 mg at 22:00 daily for 3 days", step=0.5).data
    level = numbers(0, data, None)["near"]["plasma_ntx"]
    assert np.isnan(level[0])
    assert np.nanmin(level) > 0


def test_bands_hold_nine_of_ten_people(month: Simulation, people: PopulationRun) -> None:
    drawn = numbers(0, month.data, people.data)
    for panel in PANELS:
        first = panel.curves[0]
        band = drawn["near_bands" if panel.near else "whole_bands"]
        low, high = band[f"{first.name}_low"], band[f"{first.name}_high"]
        assert (low <= high).all()
        assert len(band["time"]) == len(low)
    # at the last sample, counted by hand
    held = people.data["occupancy"].sel(receptor="mor").isel(time=-1).values
    low, high = (drawn["near_bands"][f"occupancy_mor_{end}"][-1] for end in ("low", "high"))
    assert 0.88 <= np.mean((held >= low) & (held <= high)) <= 0.92


def test_figures_take_numbers_and_give_them_up_again(month: Simulation) -> None:
    figures = Figures()
    assert list(figures.named) == [*(panel.name for panel in PANELS), "dial"]
    drawn = numbers(0, month.data, None)
    figures.show([drawn], times_of([month.data]))
    plasma = figures.named["plasma"]
    lines = [one.data_source.data for one in plasma.renderers if type(one.glyph).__name__ == "Line"]
    np.testing.assert_array_equal(lines[0]["plasma_ntx"], drawn["near"]["plasma_ntx"])
    assert plasma.xaxis[0].axis_label == "Clock time, last days"
    assert "00:00" in plasma.xaxis[0].major_label_overrides.values()
    assert figures.named["tone"].xaxis[0].axis_label == "Time [days]"
    assert plasma.y_range.end > float(month.data["plasma"].max())
    for panel in PANELS:
        assert figures.named[panel.name].yaxis[0].axis_label == panel.axis
    figures.show([], None)
    assert all(len(one.data_source.data["time"]) == 0 for one in plasma.renderers if type(one.glyph).__name__ == "Line")
