"""Units at the door."""

from __future__ import annotations

import math
from importlib.resources import files
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldnsim import InputError, ledger
from ldnsim.base.units import (
    amount,
    asked_of_pint,
    clock_hour,
    clock_text,
    factor,
    hours,
    is_unit,
    mass_concentration,
    quantity,
    registry,
    settled,
)
from ldnsim.ledger import parameters
from ldnsim.population import covariates


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


def test_pint_says_what_is_settled() -> None:
    for unit, known in settled().items():
        for target, found in known.items():
            assert asked_of_pint(unit, target) == found, f"{unit},{target}"


def test_every_unit_of_the_ledger_is_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[tuple[str, str]] = set()

    def told(unit: str, target: str) -> float:
        asked.add((unit, target))
        return factor(unit, target)

    for module in (parameters, covariates):
        monkeypatch.setattr(module, "factor", told)
    parameters._sets.__wrapped__()
    covariates.effects.__wrapped__()
    seen = ledger().observations.values()
    units = {row.unit for row in ledger().parameters.values()} | {row.unit for row in seen}
    units |= {row.dose_unit for row in seen if row.dose is not None}
    units |= {row.time_unit for row in seen if row.time is not None}
    asked |= {(unit, unit) for unit in units}
    # a row that is missing here, or one too many, is written into ldnsim/data/units.csv
    lines = [f"{unit},{target},{asked_of_pint(unit, target)!r}" for unit, target in sorted(asked)]
    text = (files("ldnsim") / "data" / "units.csv").read_text(encoding="utf-8")
    assert text.splitlines() == ["unit,target,factor", *lines]
