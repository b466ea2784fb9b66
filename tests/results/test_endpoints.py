"""Answers read off a result."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldnsim import InputError, simulate
from ldnsim.results.endpoints import (
    agonist_effect,
    half_time,
    hours_above,
    hours_blocked,
    intervals_above,
    time_mean,
    window,
)


def test_hours_above_of_a_triangle() -> None:
    time, values = np.array([0.0, 2.0, 6.0]), np.array([0.0, 1.0, 0.0])
    assert intervals_above(time, values, 0.5) == [(1.0, 4.0)]
    assert hours_above(time, values, 0.5) == 3.0
    assert hours_above(time, values, 2.0) == 0.0
    assert intervals_above(time, values, 0.0) == [(0.0, 6.0)]


@given(st.lists(st.floats(0, 1), min_size=2, max_size=30), st.floats(0.01, 0.99))
def test_above_and_below_make_the_whole(values: list[float], threshold: float) -> None:
    curve = np.array(values)
    time = np.arange(len(curve), dtype=float)
    if (curve == threshold).any():
        return
    total = hours_above(time, curve, threshold) + hours_above(time, -curve, -threshold)
    assert total == pytest.approx(time[-1], abs=1e-9)


def test_window_takes_the_sides_that_belong_inside() -> None:
    data = simulate("4.5 mg iv daily for 3 days", step=6.0).data
    day = window(data, 24.0, 48.0)
    assert day["side"].values[0] == 1
    assert day["side"].values[-1] == -1
    assert day["time"].values[0] == 24.0
    assert day["time"].values[-1] == 48.0
    for bad in ((48.0, 24.0), (-1.0, 5.0), (0.0, 1e9)):
        with pytest.raises(InputError, match="window"):
            window(data, *bad)


def test_mean_of_a_constant_is_the_constant() -> None:
    data = simulate("0 mg", step=1.0).data
    assert time_mean(data, "tone") == pytest.approx(1.0, abs=1e-12)
    assert hours_blocked(data) == 0.0


def test_half_time_is_infinite_when_not_reached() -> None:
    assert half_time(simulate("50 mg", assumptions="measured", until=12.0, step=0.5).data) == float("inf")


def test_agonist_comes_back_as_the_antagonist_leaves() -> None:
    data = simulate("4.5 mg", until=24.0, step=0.25).data
    left = agonist_effect(data, name="morphine", kd=2.0, concentration=10.0)
    assert left.attrs["long_name"].startswith("Binding of morphine")
    assert float(left[0]) == 1.0
    assert float(left.min()) < 0.9
    assert float(left[-1]) > float(left.min())
    held = data["occupancy"].sel(receptor="mor")
    # far below its Kd an agonist loses the held fraction; far above, it displaces the antagonist
    weak = agonist_effect(data, name="x", kd=1e6, concentration=1e-3)
    np.testing.assert_allclose(weak.values, 1 - held.values, rtol=1e-6)
    strong = agonist_effect(data, name="x", kd=1e-6, concentration=1e6)
    assert float(strong.min()) > 0.999999


@pytest.mark.parametrize(("kd", "concentration", "named"), [(0, 1, "kd"), (1, 0, "concentration"), (-1, 1, "kd")])
def test_agonists_need_positive_numbers(kd: float, concentration: float, named: str) -> None:
    with pytest.raises(InputError, match=f"^{named}: got"):
        agonist_effect(simulate("4.5 mg", step=1.0).data, name="x", kd=kd, concentration=concentration)
