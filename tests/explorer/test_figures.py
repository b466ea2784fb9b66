"""What the explorer draws, against what the library says."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from ldnsim import PopulationRun, Simulation, simulate
from ldnsim.explorer.address import read_each
from ldnsim.explorer.answer import answer
from ldnsim.explorer.figures import drawing
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


def test_the_page_gets_axes_that_fit_what_it_shows(month: Simulation) -> None:
    told = json.loads(answer(read_each("")))
    near, whole = told["times"]["near"], told["times"]["whole"]
    assert near["label"] == "Clock time, last days"
    assert "00:00" in dict(map(tuple, near["ticks"])).values()
    assert whole["label"] == "Time [days]"
    assert {*near["panels"], *whole["panels"]} == {panel.name for panel in PANELS}
    assert told["times"]["level"][1] > float(month.data["plasma"].max())
    # every group of numbers has a source of its name to go to, and every panel an axis
    assert set(told["sources"]) <= set(json.loads(drawing())["names"])
    assert all(f'"name":"{panel.name} time"' in drawing().replace(": ", ":") for panel in PANELS)
    nothing = json.loads(answer(read_each("dose=x")))
    assert (nothing["sources"], nothing["times"]) == ({}, None)
    assert nothing["fields"] == {"dose": "a finite number from 0.001 to 400"}
