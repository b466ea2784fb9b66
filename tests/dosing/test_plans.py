"""Plans: levels of a titration, and phases cut at a time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldnsim import InputError
from ldnsim.dosing.deviations import Deviation
from ldnsim.dosing.phases import Phase
from ldnsim.dosing.plans import cut, levels_of, titration, weekly

ORAL: Any = ("oral", "hcl", 0.0)


@pytest.mark.parametrize(
    ("first", "to", "by", "capsule", "levels"),
    [
        (1.5, 4.5, 1.5, None, [1.5, 3.0, 4.5]),
        (4.5, 1.5, 1.5, None, [4.5, 3.0, 1.5]),
        (1.5, 4.0, 1.5, None, [1.5, 3.0, 4.0]),
        (4.5, 4.5, 1.0, None, [4.5]),
        (1, 2, 5, None, [1.0, 2.0]),
        # in binary numbers 0.1 + 2 * 0.1 is not 0.3, and 0.15 / 0.1 is below 1.5
        (0.1, 0.4, 0.1, None, [0.1, 0.2, 0.3, 0.4]),
        ("100 ug", "0.3 mg", "0.1 mg", "0.1 mg", [0.1, 0.2, 0.3]),
        (0.15, 0.45, 0.1, 0.1, [0.1, 0.2, 0.3, 0.4]),
        # ties go down, also on the way down
        (0.75, 1.75, 0.5, 0.5, [0.5, 1.0, 1.5]),
        (1.75, 0.75, 0.5, 0.5, [1.5, 1.0, 0.5]),
        (0.5, 1.5, 0.25, 0.5, [0.5, 0.5, 1.0, 1.0, 1.5]),
    ],
)
def test_levels(first: Any, to: Any, by: Any, capsule: Any, levels: list[float]) -> None:
    assert levels_of(first, to, by, capsule) == levels


@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(50, 900), st.integers(1, 40))
def test_every_level_is_a_whole_number_of_capsules(first: int, to: int, by: int, capsule: int) -> None:
    given_ = (first / 1000, to / 1000, by / 1000, capsule / 1000)
    if min(first, to) * 2 <= capsule:
        with pytest.raises(InputError, match="^capsule: got"):
            levels_of(*given_)
        return
    levels = levels_of(*given_)
    exact = levels_of(first / 1000, to / 1000, by / 1000, None)
    assert (exact[0], exact[-1]) == (first / 1000, to / 1000)
    for level, wanted in zip(levels, exact, strict=True):
        assert level == round(level * 1000 / capsule) * capsule / 1000
        assert abs(level - wanted) <= capsule / 2000 + 1e-9


@pytest.mark.parametrize(("first", "capsule"), [(0.25, 0.5), (0, 0.5), (1, 4.5)])
def test_no_level_becomes_nothing(first: float, capsule: float) -> None:
    with pytest.raises(InputError, match="^capsule: got"):
        levels_of(first, 4.5, 1.5, capsule)


def test_equal_levels_become_one_phase() -> None:
    found = titration([0.5, 0.5, 1.0, 1.0], "1 week", "2 weeks", ORAL)
    assert [(phase.mg, phase.start, phase.doses) for phase in found] == [(0.5, 0.0, 14), (1.0, 336.0, 21)]


def test_day_one_is_a_monday_without_a_date() -> None:
    # 2026-11-25 is a Wednesday
    assert [phase.start for phase in weekly(1, "mon, sun", 2, None, ORAL)] == [0.0, 144.0]
    assert [phase.start for phase in weekly(1, ["mon", "wed"], 2, "2026-11-25", ORAL)] == [0.0, 120.0]


def test_a_dose_at_the_cut_is_later_and_deviations_stay_with_their_doses() -> None:
    phases = [Phase(1, "hcl", "oral", 0.0, 24.0, 3), Phase(2, "hcl", "oral", 12.0, 24.0, 3)]
    deviations = [Deviation(0, 1, missed=True), Deviation(1, 0, delay=1.0), Deviation(1, 2, times=2.0)]
    parts, kept = cut(phases, deviations, 24.0, lambda phase: phase)
    assert [(part.mg, part.start, part.doses) for part in parts] == [(1, 0, 1), (1, 24, 2), (2, 12, 1), (2, 36, 2)]
    assert kept == [Deviation(1, 0, missed=True), Deviation(2, 0, delay=1.0), Deviation(3, 1, times=2.0)]
    assert cut(phases, deviations, 24.0, None) == ([parts[0], parts[2]], [Deviation(1, 0, delay=1.0)])
