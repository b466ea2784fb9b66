"""Noncompartmental analysis against closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldnsim import InputError
from ldnsim.noncompartmental import auc, exposure


@given(st.floats(0.5, 3), st.floats(0.05, 0.4), st.floats(0.1, 50))
def test_one_compartment_oral_curve(ka: float, k: float, scale: float) -> None:
    time = np.arange(0, 40 / k, 0.02 / ka)
    level = scale * ka / (ka - k) * (np.exp(-k * time) - np.exp(-ka * time))
    found = exposure(time, np.maximum(level, 0.0))
    peak = np.log(ka / k) / (ka - k)
    assert found.tmax == pytest.approx(peak, abs=0.03 / ka)
    assert found.cmax == pytest.approx(scale * ka / (ka - k) * (np.exp(-k * peak) - np.exp(-ka * peak)), rel=1e-3)
    assert found.aucinf_obs == pytest.approx(scale / k, rel=2e-3)
    assert found.half_life == pytest.approx(np.log(2) / k, rel=0.02)


def test_logarithmic_trapezoid_is_exact_for_a_decline() -> None:
    time = np.array([0.0, 3.0, 10.0])
    assert auc(time, np.exp(-0.3 * time)) == pytest.approx((1 - np.exp(-3.0)) / 0.3, rel=1e-12)


def test_linear_trapezoid_where_it_rises_or_reaches_zero() -> None:
    assert auc(np.array([0.0, 2.0, 4.0]), np.array([0.0, 4.0, 0.0])) == 8.0
    assert auc(np.array([0.0, 2.0]), np.array([3.0, 3.0])) == 6.0


def test_a_jump_adds_nothing() -> None:
    assert auc(np.array([0.0, 1.0, 1.0, 2.0]), np.array([1.0, 1.0, 3.0, 3.0])) == 4.0


def test_terminal_phase_of_two_exponentials() -> None:
    time = np.arange(0, 72, 0.25)
    found = exposure(time, 10 * np.exp(-1.5 * time) + np.exp(-0.1 * time))
    assert found.half_life == pytest.approx(np.log(2) / 0.1, rel=0.01)


def test_a_curve_that_never_rises() -> None:
    found = exposure(np.arange(5.0), np.zeros(5))
    assert (found.cmax, found.auclast) == (0.0, 0.0)
    assert np.isnan([found.tmax, found.lambda_z, found.half_life, found.aucinf_obs]).all()


def test_a_curve_still_rising_has_no_half_life() -> None:
    assert np.isnan(exposure(np.arange(5.0), np.arange(5.0)).half_life)


@pytest.mark.parametrize(
    ("time", "level", "named"),
    [
        ([0, 1], [1, 2, 3], "concentration"),
        ([0], [1], "concentration"),
        ([0, 1, 2], [1, np.nan, 3], "concentration"),
        ([0, np.inf, 2], [1, 2, 3], "concentration"),
        ([0, 2, 1], [1, 2, 3], "time"),
        ([0, 1, 2], [1, -2, 3], "concentration"),
    ],
)
def test_bad_curves_are_named(time: Any, level: Any, named: str) -> None:
    with pytest.raises(InputError, match=f"^{named}: got"):
        exposure(np.array(time, dtype=float), np.array(level, dtype=float))
