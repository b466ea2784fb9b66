"""C9: covariates over time."""

from __future__ import annotations

import math

import pytest

from ldnsim import EventTable, InputError, models

from .tables import amounts, close

MODEL = models.one_compartment(CL=lambda covariates: covariates["X"], V=20.0)
ROWS = [
    {"TIME": 0, "AMT": 100, "X": 1.0},
    {"TIME": 4, "AMT": 0, "X": 3.0},
    {"TIME": 10, "AMT": 0, "X": 2.0},
]


def left(*exposures: float) -> float:
    """What is left of 100 after clearances times hours."""
    return 100 * math.exp(-sum(exposures) / 20)


def test_nocb_uses_the_value_at_the_end_of_each_interval() -> None:
    assert amounts(MODEL, *ROWS, covariates={"X": "nocb"}) == close([left(3 * 4), left(3 * 4, 2 * 6)])


def test_locf_uses_the_value_at_its_beginning() -> None:
    assert amounts(MODEL, *ROWS, covariates={"X": "locf"}) == close([left(1 * 4), left(1 * 4, 3 * 6)])


def test_linear_runs_in_a_straight_line() -> None:
    found = amounts(MODEL, *ROWS, covariates={"X": "linear"})
    assert found == pytest.approx([left(2 * 4), left(2 * 4, 2.5 * 6)], rel=1e-8)


def test_at_equal_times_the_first_row_ends_an_interval_and_the_last_begins_the_next() -> None:
    rows = [{"TIME": 0, "AMT": 100, "X": 1.0}, {"TIME": 4, "AMT": 0, "X": 3.0}, {"TIME": 4, "AMT": 0, "X": 5.0}]
    rows.append({"TIME": 6, "AMT": 0, "X": 7.0})
    assert amounts(MODEL, *rows, covariates={"X": "nocb"})[-1] == close(left(3 * 4, 7 * 2))
    assert amounts(MODEL, *rows, covariates={"X": "locf"})[-1] == close(left(1 * 4, 5 * 2))
    assert amounts(MODEL, *rows, covariates={"X": "linear"})[-1] == pytest.approx(left(2 * 4, 6 * 2), rel=1e-8)


def test_covariates_of_dose_rows_count_as_well() -> None:
    rows = [ROWS[0], {"TIME": 4, "AMT": 50, "X": 3.0}, ROWS[2]]
    expected = (left(3 * 4) + 50) * math.exp(-2 * 6 / 20)
    assert amounts(MODEL, *rows, covariates={"X": "nocb"}) == close([expected])


def test_the_choice_is_required_when_a_covariate_varies() -> None:
    cells = {"ID": [1, 1], "TIME": [0, 1], "X": [1, 2]}
    for constant in (["X"], {"X": "constant"}):
        with pytest.raises(InputError, match="row 2, column X.*'locf', 'nocb' or 'linear'"):
            EventTable.of(cells, covariates=constant)


def test_a_constant_covariate_may_differ_between_subjects() -> None:
    table = EventTable.of({"ID": [1, 1, 2], "TIME": [0, 1, 0], "X": [1, 1, 2]}, covariates=["X"])
    assert [row.covariates["X"] for row in table.rows] == [1.0, 1.0, 2.0]


def test_a_steady_state_uses_the_covariates_of_its_row() -> None:
    rows = [
        {"TIME": 0, "AMT": 0, "X": 9.0},
        {"TIME": 4, "AMT": 100, "II": 12, "SS": 1, "X": 3.0},
        {"TIME": 4, "AMT": 0, "X": 3.0},
    ]
    peak = 100 / (1 - math.exp(-3 * 12 / 20))
    for rule in ("nocb", "locf", "linear"):
        assert amounts(MODEL, *rows, covariates={"X": rule})[-1] == pytest.approx(peak, rel=1e-7)
