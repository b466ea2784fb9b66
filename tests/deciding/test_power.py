"""How many people a study needs, against printed tables and other roads to the same number."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ldnsim import InputError
from ldnsim.deciding.power import MOST_PEOPLE, people_needed


@pytest.mark.parametrize(
    ("difference", "power", "alpha", "people"),
    # Cohen, Psychol Bull 112:155 (1992), Table 2: two means, two-sided 5 % and 1 %, power 80 %
    [(0.2, 0.8, 0.05, 393), (0.5, 0.8, 0.05, 64), (0.8, 0.8, 0.05, 26), (0.2, 0.8, 0.01, 586), (0.5, 0.8, 0.01, 95)],
)
def test_groups_are_as_large_as_the_tables_of_cohen_say(
    difference: float, power: float, alpha: float, people: int
) -> None:
    # his table rounds, so that one person more or less is the same
    assert people_needed(difference, power=power, alpha=alpha) == pytest.approx(people, abs=1)


def test_the_usual_example_needs_64_in_each_group_and_34_pairs() -> None:
    assert people_needed(0.5) == 64
    assert people_needed(0.8) == 26
    assert people_needed(0.5, paired=True) == 34


def test_so_many_people_see_it_in_eight_of_ten_studies_and_one_fewer_in_less() -> None:
    generator = np.random.default_rng(7)
    shown = []
    for people in (26, 20):
        one, other = generator.normal(0.0, 1.0, (4000, people)), generator.normal(0.8, 1.0, (4000, people))
        shown.append(float((stats.ttest_ind(one, other, axis=1).pvalue < 0.05).mean()))
    assert shown[0] == pytest.approx(0.8, abs=0.025)
    assert shown[1] < 0.75


@given(st.floats(0.01, 15.0), st.floats(1.01, 3.0), st.booleans())
def test_a_larger_difference_never_needs_more_people(difference: float, times: float, paired: bool) -> None:
    assert people_needed(difference * times, paired=paired) <= people_needed(difference, paired=paired)


def test_no_difference_cannot_be_shown_and_a_huge_one_needs_two() -> None:
    assert people_needed(0.0) == math.inf
    assert people_needed(1e-9) == math.inf
    assert people_needed(math.inf) == 2
    assert people_needed(-0.5) == people_needed(0.5)
    assert people_needed(0.005) < MOST_PEOPLE


@pytest.mark.parametrize(
    ("argument", "value"), [("power", 1.0), ("power", 0.01), ("alpha", 0.0), ("alpha", 0.9), ("power", math.nan)]
)
def test_what_is_no_probability_is_refused(argument: str, value: float) -> None:
    with pytest.raises(InputError) as error:
        people_needed(0.5, **{argument: value})  # type: ignore[arg-type]
    assert error.value.argument == argument
