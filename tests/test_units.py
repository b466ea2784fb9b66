"""Units at the door."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from ldnsim import InputError
from ldnsim.base.units import (
    amount,
    clock_hour,
    clock_text,
    factor,
    hours,
    is_unit,
    mass_concentration,
    number,
    number_in,
    numbers,
    quantity,
    registry,
    whole_number,
)


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
    for bad in ("-3 d", "3 months", "1 year", "1 yr", "1 a", "2 mo", "1 century", "1 fortnight", "30 m", "2 h/d"):
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


NO_NUMBERS: list[Any] = [
    None, True, np.True_, 1j, np.complex128(1), "4.5", np.str_("4"), b"4", [1.0], (1,), {1}, {}, object(), float,
    np.array([1.0]), np.array([1, 2]), np.array([]), np.array(True), np.array(1j), np.array("4"), np.array(None),
    np.ma.masked, np.timedelta64(2, "h"), np.datetime64("2026-01-01"), np.datetime64("NaT", "D"), pd.Timedelta("2h"),
    pd.NA, pd.NaT, pd.Series([1.0]), xr.DataArray(1.0, attrs={"units": "mg"}), registry().Quantity(2.0, "mg"),
    registry().Quantity(2.0), math.nan, -math.inf, np.float32("nan"), np.longdouble("1e400"), Decimal("NaN"),
    Decimal("sNaN"), Decimal("Infinity"), 10**400, -(10**400), 10**5000, Decimal("1e400"), Fraction(10**400),
    Decimal("1e-400"), Fraction(1, 10**400),
]  # fmt: skip


@pytest.mark.parametrize("value", NO_NUMBERS, ids=lambda value: type(value).__name__)
def test_what_is_no_number_is_refused_in_words(value: Any) -> None:
    with pytest.raises(InputError, match="(?s)^dose: got .* expected a finite number") as caught:
        number(value, "dose")
    assert len(str(caught.value)) < 250
    with pytest.raises(InputError, match="(?s)^n: got .* expected a whole number of at least 0"):
        # a very large whole number is one
        whole_number(-value if isinstance(value, int) and value > 1 else value, "n")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, 3.0), (2.5, 2.5), (np.float32(2.5), 2.5), (np.int8(3), 3.0), (np.array(3), 3.0), (np.array(2.5), 2.5),
        (Decimal("4.5"), 4.5), (Fraction(9, 2), 4.5), (xr.DataArray(2.5), 2.5), (np.longdouble(2), 2.0),
    ],
)  # fmt: skip
def test_numbers_of_any_kind_are_taken(value: Any, expected: float) -> None:
    found = number(value, "x")
    assert type(found) is float
    assert found == expected


def test_zero_has_no_sign() -> None:
    for found in (number(-0.0, "x"), number_in("-0", "x"), quantity("-0 mg", "mg", "x"), hours(-0.0, "x")):
        assert math.copysign(1.0, found) == 1.0


@pytest.mark.parametrize(("value", "expected"), [(3, 3), (np.uint8(3), 3), (np.array(3), 3), (10**400, 10**400)])
def test_whole_numbers_are_exact(value: Any, expected: int) -> None:
    found = whole_number(value, "n")
    assert type(found) is int
    assert found == expected


@pytest.mark.parametrize("value", [None, -1, 1.0, np.float64(1), np.array(1.0), "1", True, np.True_, 11, Fraction(1)])
def test_a_whole_number_is_one(value: Any) -> None:
    assert whole_number(np.int32(10), "n", low=0, high=10) == 10
    with pytest.raises(InputError, match="^n: got .* expected a whole number from 0 to 10"):
        whole_number(value, "n", low=0, high=10)


@pytest.mark.parametrize(
    "text",
    ["", " ", "1_0", "0.0_5", "\uff14", "\u0664", "4,5", "1,000", "1 000", "1.2.3", "0x10", "1e", "e1", "1e1.5", "inf",
     "nan", "-inf", "infinity", "1e400", "1e-400", "\u22124", "--4", "+-4", "4.5 mg", "4\u200b", "1/2", "\u00bd",
     "4\x00", "1d3", "True", "9" * 5000, 4.5, None, b"4"],
)  # fmt: skip
def test_a_text_is_a_number_by_one_grammar(text: Any) -> None:
    with pytest.raises(InputError, match="^cell: got"):
        number_in(text, "cell")
    if isinstance(text, str):
        for unit in (" mg", "mg", "\u00a0mg"):
            with pytest.raises(InputError, match="^dose: got"):
                quantity(text + unit, "mg", "dose")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("4.5", 4.5), (" 4. ", 4.0), (".5", 0.5), ("+3", 3.0), ("-3", -3.0), ("1e3", 1000.0), ("1E-3", 0.001),
     ("007", 7.0), ("0e-999", 0.0), ("\u00a04", 4.0)],
)  # fmt: skip
def test_a_number_in_a_text_is_read(text: str, expected: float) -> None:
    assert number_in(text, "cell") == expected
    assert quantity(f"{text}\u00a0mg", "mg", "dose") == expected


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_that_python_writes_is_read_back(value: float) -> None:
    assert number_in(repr(value), "x") == value
    assert quantity(f"{value!r} h", "h", "x") == value


@given(st.text(alphabet="0123456789.,+-eE_ x\u0664\uff14\u00a0", max_size=8))
def test_what_is_read_is_what_python_reads(text: str) -> None:
    try:
        found = number_in(text, "x")
    except InputError:
        return
    assert text.isascii() or "\u00a0" in text
    assert found == float(text)


def test_a_comma_in_a_number_gets_a_cure() -> None:
    for text in ("4,5 mg", "1,000 mg"):
        with pytest.raises(InputError, match="decimal point and no commas, such as 4.5 or 1000"):
            quantity(text, "mg", "dose")


@pytest.mark.parametrize(
    "value",
    ["4 mg # remark", "4 mg.", "4 mg, ", "4 pi mg", "4 mg 1e0", "4 2 mg", "4 mg mg/mg", "4 \uff4d\uff47",
     "4 mg\u00b2/mg", "4 mg**(9**9**9)", "4 mg**9**9**9", "4 mg**" + "9" * 1000, "4 " + "mg*" * 1000 + "mg",
     "5e-324 ug", "1e308 t", registry().Quantity([1.0, 2.0], "mg"), registry().Quantity(math.nan, "mg")],
    ids=lambda value: str(value)[:12],
)  # fmt: skip
def test_behind_a_number_stands_one_unit_and_nothing_else(value: Any) -> None:
    with pytest.raises(InputError, match="^dose: got"):
        quantity(value, "mg", "dose")


def test_units_that_are_put_together_are_read() -> None:
    for text, unit, expected in (
        ("4 1/(h*nM)", "1/(nM*h)", 4.0), ("3 L / min", "L/h", 180.0), ("2 L per day", "L/h", 1 / 12),
        ("5 h^-1", "1/h", 5.0), ("5 h**-1", "1/h", 5.0), ("0.3", "1", 0.3), ("30 %", "1", 0.3), ("2 mg/mg", "1", 2.0),
    ):  # fmt: skip
        assert quantity(text, unit, "x") == pytest.approx(expected)


def test_times_are_said_as_in_a_regimen() -> None:
    for text, expected in (("90 s", 0.025), ("2 Weeks", 336.0), ("3 nights", 72.0), ("1.5 H", 1.5)):
        assert hours(text, "until") == pytest.approx(expected)
    assert hours(registry().Quantity(2, "day"), "until") == 48.0
    for bad in (registry().Quantity(1, "year"), registry().Quantity(1, "month"), registry().Quantity(1, "mg")):
        with pytest.raises(InputError, match="^until: got"):
            hours(bad, "until")


def test_times_of_day_have_ascii_digits() -> None:
    for bad in ("\u0662\u0662:00", "\uff12\uff12:00", "22\uff1a00", "+2:00", "2_2:00", np.True_, 1j, np.array([22.0])):
        with pytest.raises(InputError, match="^at: got"):
            clock_hour(bad, "at")


@pytest.mark.parametrize("values", [["1"], [True], [1j], "12", [[1], [1, 2]], [None], [10**400], np.ma.array([1.0])])
def test_arrays_hold_numbers_alone(values: Any) -> None:
    with pytest.raises(InputError, match="(?s)^values: got .* expected numbers"):
        numbers(values, "values", "numbers")
    assert numbers([1, 2.5], "values", "numbers").tolist() == [1.0, 2.5]
