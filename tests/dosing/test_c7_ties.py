"""C7: what happens first at equal times."""

from __future__ import annotations

import pytest

from ldnsim import models, simulate

from .tables import CL, PLAIN, V, amounts, bolus, close, infusion, run, table

LAGGED = models.one_compartment(CL=CL, V=V, lag=3.0)


def test_a_lagged_dose_due_at_a_rows_time_happens_before_that_row() -> None:
    assert amounts(LAGGED, {"TIME": 0, "AMT": 100}, {"TIME": 3}) == close([100.0])


def test_an_additional_dose_due_at_a_rows_time_happens_before_that_row() -> None:
    found = run(PLAIN, {"TIME": 0, "AMT": 100, "II": 6, "ADDL": 1}, {"TIME": 6})
    assert found["A_central"].tolist() == close([bolus(6) + 100])
    assert found["TAD"].tolist() == [0.0]


def test_a_lagged_additional_dose_too() -> None:
    found = run(LAGGED, {"TIME": 0, "AMT": 100, "II": 6, "ADDL": 1}, {"TIME": 9})
    assert found["A_central"].tolist() == close([bolus(6) + 100])
    assert found["TAD"].tolist() == [3.0]


def test_it_also_happens_before_a_dose_row_and_a_reset_at_that_time() -> None:
    course, look = {"TIME": 0, "AMT": 100, "EVID": 1, "II": 6, "ADDL": 1}, {"TIME": 6, "EVID": 0}
    assert amounts(PLAIN, course, {"TIME": 6, "EVID": 3}, look) == [0.0]
    assert amounts(PLAIN, course, {"TIME": 6, "EVID": "replace", "AMT": 7}, look) == close([7.0])
    assert amounts(PLAIN, course, {"TIME": 6, "AMT": 50, "II": 9, "SS": 1, "EVID": 1}, look) == close(
        [50 / (1 - bolus(9, 1))]
    )


def test_a_dose_due_a_rounding_error_later_counts_as_due() -> None:
    # 3 * 0.1 is above 0.3 by 5e-17
    assert amounts(PLAIN, {"TIME": 0, "AMT": 1, "II": 0.1, "ADDL": 3}, {"TIME": 0.3}) == close(
        [sum(bolus(0.1 * k, 1) for k in range(4))]
    )


@pytest.mark.parametrize("time", [1.0, 1e6])
def test_what_a_row_causes_never_comes_before_it(time: float) -> None:
    # an infusion, and a lag, of a millionth of a second
    short = {"TIME": time, "AMT": 100, "DUR": 3e-10}
    assert amounts(PLAIN, short, {"TIME": time + 2}) == [pytest.approx(bolus(2), rel=1e-6)]
    soon = models.one_compartment(CL=CL, V=V, lag=3e-10)
    reset = {"TIME": time, "AMT": 100, "EVID": 4}
    assert amounts(soon, reset, {"TIME": time + 2, "EVID": 0}) == [pytest.approx(bolus(2), rel=1e-6)]
    steady = {"TIME": time, "AMT": 100, "II": 12, "SS": 1}
    expected = 100 * bolus(2, 1) / (1 - bolus(12, 1))
    assert amounts(soon, steady, {"TIME": time + 2}) == [pytest.approx(expected, rel=1e-6)]


def test_rows_go_in_file_order_a_sample_above_the_dose_is_the_trough() -> None:
    first = {"TIME": 0, "AMT": 100}
    above = amounts(PLAIN, first, {"TIME": 6}, {"TIME": 6, "AMT": 50})
    assert above == close([bolus(6)])


def test_rows_go_in_file_order_a_sample_below_the_dose_is_the_peak() -> None:
    below = amounts(PLAIN, {"TIME": 0, "AMT": 100}, {"TIME": 6, "AMT": 50}, {"TIME": 6})
    assert below == close([bolus(6) + 50])


def test_both_in_one_table() -> None:
    rows = [{"TIME": 0}, {"TIME": 0, "AMT": 100}, {"TIME": 0}, {"TIME": 0, "AMT": 10}, {"TIME": 0}]
    found = run(PLAIN, *rows)
    assert found["A_central"].tolist() == close([0.0, 100.0, 110.0])
    assert found["TAD"].isna().tolist() == [True, False, False]


@pytest.mark.parametrize(("order", "expected"), [(("replace", "multiply"), 14.0), (("multiply", "replace"), 7.0)])
def test_events_at_one_time_go_in_file_order(order: tuple[str, str], expected: float) -> None:
    values = {"replace": 7.0, "multiply": 2.0}
    rows = [{"TIME": 0, "AMT": 100, "EVID": "dose"}]
    rows += [{"TIME": 1, "AMT": values[name], "EVID": name} for name in order]
    assert amounts(PLAIN, *rows, {"TIME": 1, "AMT": 0, "EVID": "observation"}) == close([expected])


def test_an_infusion_that_ends_at_a_rows_time_is_whole_there() -> None:
    assert amounts(PLAIN, {"TIME": 0, "AMT": 40, "RATE": 10}, {"TIME": 4}) == close([infusion(4, 10, 4)])


def test_generated_grids_return_both_sides_flagged() -> None:
    events = table({"TIME": 0, "AMT": 100, "II": 4, "ADDL": 1}, {"TIME": 8})
    data = simulate(events, model=PLAIN, step=2.0).subject(1)
    assert data["time"].values.tolist() == [0, 0, 2, 4, 4, 6, 8]
    assert data["side"].values.tolist() == [-1, 1, 0, -1, 1, 0, 0]
    assert data["A_central"].values[3:5].tolist() == close([bolus(4), bolus(4) + 100])
