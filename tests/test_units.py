"""Units at the door."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldnsim import InputError
from ldnsim.units import amount, clock_hour, clock_text, factor, hours, is_unit, mass_concentration, quantity, registry


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("4.5 mg", "mg", 4.5), ("500 ug", "mg", 0.5), ("500µg", "mg", 0.5), ("0.0045 g", "mg", 4.5),
        ("90 min", "h", 1.5), ("2 weeks", "h", 336.0), ("1e1 nM", "nM", 10.0), (".5 L/min", "L/h", 30.0),
        ("105 uM", "nM", 105_000.0), ("80 percent", "1", 0.8), (3, "mg", 3.0), (np.float64(3.5), "mg", 3.5),
    ],
)  # fmt: skip
def test_quantities_are_converted(value: Any, unit: str, expected: float) -> None:
    assert quantity(value, unit, "x") == pytest.approx(expected, rel=1e-12)


def test_pint_quantities_are_taken() -> None:
    assert quantity(registry().Quantity(2.0, "day"), "h", "x") == 48.0


@pytest.mark.parametrize(
    "value",
    ["4.5", "mg", "", " ", "4.5 kgg", "4.5 L", "4,5 mg", "4.5 mg mg extra", "nan mg", "inf mg", "-inf mg", "1e999 mg",
     None, True, [1], {}, math.nan, math.inf, object(), b"4 mg", "4.5 mg; import os", "__import__('os') mg"],
)  # fmt: skip
def test_bad_quantities_are_named(value: Any) -> None:
    with pytest.raises(InputError, match="^dose: got"):
        quantity(value, "mg", "dose")


def test_limits_are_inclusive() -> None:
    assert quantity("5 mg", "mg", "x", low=5, high=5) == 5
    for bad in ("4.999 mg", "5.001 mg"):
        with pytest.raises(InputError, match="from 5 to 5"):
            quantity(bad, "mg", "x", low=5, high=5)


def test_durations_are_not_negative() -> None:
    assert hours("3 d", "until") == 72.0
    for bad in ("-3 d", "3 months", "1 year"):
        with pytest.raises(InputError, match=f"^until: got '{bad}'"):
            hours(bad, "until")


@given(st.integers(0, 24 * 60 - 1))
def test_clock_reads_back(minute: int) -> None:
    text = f"{minute // 60:02d}:{minute % 60:02d}"
    assert clock_text(clock_hour(text, "at")) == text


@pytest.mark.parametrize(
    "value", ["25:00", "24:00", "22:60", "22", "22:0", "", "noon", -1, 24, 25.5, math.nan, None, True]
)
def test_bad_times_of_day_are_named(value: Any) -> None:
    with pytest.raises(InputError, match="^at: got"):
        clock_hour(value, "at")


@given(st.floats(-100, 100))
def test_clock_text_wraps(hour: float) -> None:
    assert clock_text(hour) == clock_text(hour + 24) or abs(hour * 60 % 1 - 0.5) < 1e-6


def test_4_5_mg_of_the_hydrochloride_is_11_9_micromoles() -> None:
    assert amount(4.5, 377.86) == pytest.approx(11_909, abs=1)
    assert mass_concentration(amount(4.5, 377.86), 377.86) == pytest.approx(4_500.0)


def test_factor_refuses_other_dimensions() -> None:
    assert factor("h", "min") == pytest.approx(60.0)
    with pytest.raises(InputError, match="converts to nM"):
        factor("ng/mL", "nM")


@pytest.mark.parametrize(
    ("text", "known"), [("ng/mL", True), ("1", True), ("percent", True), ("smoot2", False), ("", False)]
)
def test_known_units(text: str, known: bool) -> None:
    assert is_unit(text) is known
