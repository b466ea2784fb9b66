"""C5: ADDL and II."""

from __future__ import annotations

import pytest

from ldnsim import InputError, models

from .tables import CL, PLAIN, V, amounts, bolus, close, table


def test_the_kth_additional_dose_comes_at_time_plus_lag_plus_k_ii() -> None:
    lagged = models.one_compartment(CL=CL, V=V, lag=1.5)
    found = amounts(lagged, {"TIME": 2, "AMT": 100, "II": 6, "ADDL": 3}, {"TIME": 30})
    assert found == close([sum(bolus(30 - 2 - 1.5 - 6 * k) for k in range(4))])


def test_times_are_multiplied_not_added() -> None:
    # 0.1 added 1,000 times misses 100 by 1.4e-12, and the sample at 100 would come before the dose
    found = amounts(PLAIN, {"TIME": 0, "AMT": 1, "II": 0.1, "ADDL": 1000}, {"TIME": 100})
    assert found == close([sum(bolus(100 - 0.1 * k, 1) for k in range(1001))])


@pytest.mark.parametrize("item", [{"II": 12}, {"ADDL": 3}])
def test_without_ss_addl_is_above_0_if_and_only_if_ii_is(item: dict[str, float]) -> None:
    with pytest.raises(InputError, match="column (II|ADDL)"):
        table({"TIME": 0, "AMT": 100, **item})


def test_later_ordinary_doses_do_not_cancel_them() -> None:
    found = amounts(PLAIN, {"TIME": 0, "AMT": 100, "II": 12, "ADDL": 1}, {"TIME": 6, "AMT": 50}, {"TIME": 20})
    assert found == close([bolus(20) + bolus(8) + bolus(14, 50)])


def test_ss_1_cancels_them() -> None:
    rows = [{"TIME": 0, "AMT": 100, "II": 12, "ADDL": 5}, {"TIME": 6, "AMT": 50, "II": 24, "SS": 1}, {"TIME": 30}]
    steady = 50 / (1 - bolus(24, 1))
    assert amounts(PLAIN, *rows) == close([steady * bolus(24, 1)])


def test_two_courses_run_side_by_side() -> None:
    rows = [{"TIME": 0, "AMT": 100, "II": 8, "ADDL": 2}, {"TIME": 3, "AMT": 10, "II": 5, "ADDL": 3}, {"TIME": 20}]
    first = sum(bolus(20 - 8 * k) for k in range(3))
    second = sum(bolus(20 - 3 - 5 * k, 10) for k in range(4))
    assert amounts(PLAIN, *rows) == close([first + second])


def test_doses_after_the_last_row_do_not_matter() -> None:
    found = amounts(PLAIN, {"TIME": 0, "AMT": 100, "II": 24, "ADDL": 1_000_000}, {"TIME": 3})
    assert found == close([bolus(3)])
