"""Functional forms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldnsim.forms import SMOOTHING, cap, hill, positive_part

fractions = st.floats(-10, 10)


@given(fractions)
def test_positive_part_is_the_maximum_within_its_smoothing(x: float) -> None:
    assert positive_part(x) == pytest.approx(max(0.0, x), abs=SMOOTHING)


def test_positive_part_is_zero_at_zero() -> None:
    assert positive_part(0.0) == 0.0


@given(fractions, fractions)
def test_positive_part_never_falls(x: float, y: float) -> None:
    low, high = sorted((x, y))
    assert positive_part(low) <= positive_part(high) + 1e-15


@given(fractions, fractions)
def test_cap_is_the_minimum_within_its_smoothing(x: float, limit: float) -> None:
    assert cap(x, limit) == pytest.approx(min(x, limit), abs=SMOOTHING)


@given(st.floats(0, 1e6), st.floats(1e-3, 1e3), st.floats(0.5, 12))
def test_hill_is_a_fraction_and_half_at_its_middle(x: float, x50: float, h: float) -> None:
    assert 0.0 <= hill(x, x50, h) <= 1.0
    assert hill(x50, x50, h) == 0.5


def test_hill_of_one_is_michaelis_menten() -> None:
    assert hill(3.0, 1.0, 1.0) == pytest.approx(0.75)
    assert hill(0.0, 1.0, 4.0) == 0.0
