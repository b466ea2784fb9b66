"""Plain values at the door."""

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

from ldnsim import Adherence, Assumptions, InputError, LogNormal, ParameterSet, Population, Regimen, Triangular, resolve
from ldnsim.base.reading import fields_of, listed, names_in, number, number_in, numbers, whole_number
from ldnsim.base.units import hours, quantity, registry
from ldnsim.population.distributions import from_dict

WHOLE: dict[str, tuple[Any, dict[str, Any]]] = {
    "regimen": (Regimen.from_dict, Regimen("4.5 mg").to_dict()),
    "population": (Population.from_dict, Population(2, seed=1).to_dict()),
    "adherence": (Adherence.from_dict, Adherence(miss=0.1).to_dict()),
    "assumptions": (
        Assumptions.from_dict,
        {"site": "pet", "isomers": 0.2, "tlr4": "off", "rebound": "off", "exposure": "ldn24"},
    ),
    "parameters": (ParameterSet.from_dict, resolve("measured").to_dict()),
    "spread": (lambda cells: from_dict(cells, "spread"), Triangular(1.0, 2.0).to_dict()),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_what_is_unknown_or_missing_is_named(kind: str) -> None:
    read, cells = WHOLE[kind]
    read(cells)
    with pytest.raises(InputError, match=rf"^{kind}: got 'colour', expected one of the known names"):
        read(cells | {"colour": cells[list(cells)[-1]]})
    needed = [name for name in cells if kind != "regimen" or name in ("clock", "phases")]
    for name in needed[-3:]:
        with pytest.raises(InputError, match=rf"^{kind}: got .*{name}"):
            read({key: value for key, value in cells.items() if key != name})
    for none in (None, 3, "text", [], [("clock", 1)]):
        with pytest.raises(InputError, match=f"^{kind}: got"):
            read(none)


def test_fields_that_may_be_left_out_have_what_is_usual() -> None:
    assert fields_of({"a": 1}, "x", ("a",), {"b": 2}) == {"a": 1, "b": 2}
    assert fields_of({"a": 1, "b": 3}, "x", ("a",), {"b": 2}) == {"a": 1, "b": 3}


@pytest.mark.parametrize("value", [None, 3, "abc", b"abc", {"a": 1}, object()])
def test_only_a_list_is_one(value: Any) -> None:
    with pytest.raises(InputError, match="^days: got .* expected some days"):
        listed(value, "days", "some days")
    assert listed((one for one in "ab"), "days", "some days") == ["a", "b"]


def test_names_are_texts() -> None:
    assert list(names_in({"a": 1}, "x")) == [("a", 1)]
    for bad in ({1: 2}, [("a", 1)], None):
        with pytest.raises(InputError, match="^x: got"):
            names_in(bad, "x")


@pytest.mark.parametrize(
    ("name", "place", "value", "argument"),
    [
        ("pk.cl", 0, True, "pk.cl"), ("pk.cl", 0, "9", "pk.cl"), ("pk.cl", 0, -1.0, "pk.cl"),
        ("pk.cl", 1, "L/min", "pk.cl.unit"), ("pk.cl", 3, "certain", "pk.cl.status"), ("pk.cl", 2, None, "pk.cl"),
    ],
)  # fmt: skip
def test_parameters_read_back_are_those_of_the_model(name: str, place: int, value: Any, argument: str) -> None:
    cells = resolve("popular").to_dict()
    assert ParameterSet.from_dict(cells) == resolve("popular")
    cells[name][place] = value
    with pytest.raises(InputError, match=f"^{argument}: got"):
        ParameterSet.from_dict(cells)


def test_a_distribution_knows_its_own_spread_only() -> None:
    assert from_dict(LogNormal(cv=0.3).to_dict(), "x") == LogNormal(cv=0.3)
    for cells in ({"kind": "Triangular", "low": 1}, {"kind": "LogNormal", "cv": 0.3, "low": 1}, {"kind": "LogNormal"}):
        with pytest.raises(InputError):
            from_dict(cells, "x")


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


@pytest.mark.parametrize("values", [["1"], [True], [1j], "12", [[1], [1, 2]], [None], [10**400], np.ma.array([1.0])])
def test_arrays_hold_numbers_alone(values: Any) -> None:
    with pytest.raises(InputError, match="(?s)^values: got .* expected numbers"):
        numbers(values, "values", "numbers")
    assert numbers([1, 2.5], "values", "numbers").tolist() == [1.0, 2.5]
