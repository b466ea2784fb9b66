"""Sample times from what a user says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ldnsim import EventTable, InputError, simulate
from ldnsim.dosing.sampling import after_doses, regular, sample_times


@pytest.mark.parametrize(
    ("at", "times"),
    [
        (5.0, [5.0]),
        ("90 min", [1.5]),
        ("2 days", [48.0]),
        ("08:00", [10.0, 34.0]),
        ("22:00", [0.0, 24.0, 48.0]),
        ("10 pm", [0.0, 24.0, 48.0]),
        ("0:1:0.25", [0.0, 0.25, 0.5, 0.75, 1.0]),
        (["21:59", 3, "3 h"], [3.0, 23 + 59 / 60, 47 + 59 / 60]),
        (np.array([4.0, 2.0]), [2.0, 4.0]),
        (EventTable.of({"ID": [1, 1, 1], "TIME": [0, 2, 7], "EVID": [1, 0, 0], "AMT": [1, 0, 0]}), [2.0, 7.0]),
        ((), []),
    ],
)
def test_times(at: Any, times: list[float]) -> None:
    assert sample_times(at, clock=22.0, until=48.0) == pytest.approx(times)


@pytest.mark.parametrize(
    "at", [-1.0, 49.0, "noon", "25:00", "3:1:0.5", "0:1:0", "0:x:1", "0:1e9:1e-9", {"a": 1}, None, "5"]
)
def test_what_cannot_be_read_is_refused(at: Any) -> None:
    with pytest.raises(InputError, match="^at: "):
        sample_times(at, clock=22.0, until=48.0)


def test_a_clock_time_after_the_end_asks_for_nothing() -> None:
    assert sample_times("21:00", clock=22.0, until=5.0) == []


def test_a_generated_grid_returns_both_sides_of_an_event_marked() -> None:
    run = simulate("1 mg iv at 22:00 twice daily for 1 day", step=6.0)
    assert run.data["time"].values.tolist() == [0, 0, 6, 12, 12, 18, 24]
    assert run.data["side"].values.tolist() == [-1, 1, 0, -1, 1, 0, 0]
    ntx = run.data["plasma"].sel(analyte="ntx").values
    assert ntx[0] == 0.0 < ntx[1]
    assert ntx[3] < ntx[4]


def test_days_are_part_of_every_grid() -> None:
    assert regular(50.0, 7.0).tolist() == [0, 7, 14, 21, 24, 28, 35, 42, 48, 49]


def test_after_each_dose_there_are_samples_while_curves_bend() -> None:
    assert after_doses([0.0, 1.0], 4.0) == [0.25 * count for count in range(1, 17)]
    assert after_doses([10.0], 10.6) == [10.25, 10.5]
    assert after_doses([], 10.0) == []
