"""C2: EVID."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from ldnsim import EventTable, InputError, LdnsimWarning, models, simulate

from .tables import CL, PLAIN, V, amounts, bolus, close, infusion, oral, run, table

ORAL = models.one_compartment(CL=CL, V=V, ka=1.2)
LAGGED = models.one_compartment(CL=CL, V=V, lag=4.0)


@pytest.mark.parametrize("item", ["AMT", "RATE", "DUR", "II", "ADDL", "SS"])
def test_0_observation_has_no_dose_items(item: str) -> None:
    with pytest.raises(InputError, match=f"column {item}"):
        table({"TIME": 0, "EVID": 0, item: 1})


def test_1_dose() -> None:
    assert amounts(PLAIN, {"TIME": 0, "EVID": 1, "AMT": 100}, {"TIME": 2, "EVID": 0}) == close([bolus(2)])


@pytest.mark.parametrize("item", ["AMT", "RATE", "II", "ADDL", "SS"])
@pytest.mark.parametrize("evid", [2, 3])
def test_2_and_3_give_no_dose(evid: int, item: str) -> None:
    with pytest.raises(InputError, match=f"column {item}"):
        table({"TIME": 0, "EVID": evid, item: 1})


def test_2_other_stops_and_restarts_without_a_dose() -> None:
    dose, look = {"TIME": 0, "AMT": 100, "RATE": 10, "EVID": 1}, {"TIME": 15, "EVID": 0}
    stopped = amounts(PLAIN, dose, {"TIME": 5, "EVID": 2}, look)
    assert stopped == close([infusion(15, 10, 10)])


@pytest.mark.parametrize("cmt", [-2, "-central"])
def test_2_negative_cmt_turns_the_compartment_off_and_empties_it(cmt: Any) -> None:
    rows = [
        {"TIME": 0, "AMT": 100, "EVID": 1, "CMT": "depot"},
        {"TIME": 2, "EVID": 2, "CMT": cmt},
        {"TIME": 2, "EVID": 0},
        {"TIME": 5, "EVID": 0},
    ]
    found = run(ORAL, *rows)
    assert found["A_central"].tolist() == [0.0, 0.0]
    # the depot goes on
    assert found["A_depot"][1] == close(100 * 2.718281828459045 ** (-1.2 * 5))


def test_2_turning_off_stops_infusions_into_the_compartment() -> None:
    rows = [{"TIME": 0, "AMT": 100, "RATE": 10, "EVID": 1}, {"TIME": 5, "EVID": 2, "CMT": -1}, {"TIME": 8, "EVID": 0}]
    assert amounts(PLAIN, *rows) == [0.0]


def test_2_a_dose_turns_it_on() -> None:
    off = [{"TIME": 0, "AMT": 100, "EVID": 1}, {"TIME": 2, "EVID": 2, "CMT": -1}]
    again = [{"TIME": 4, "AMT": 50, "EVID": 1}, {"TIME": 7, "EVID": 0}]
    assert amounts(PLAIN, *off, *again) == close([bolus(3, 50)])


def test_2_a_positive_cmt_turns_it_on() -> None:
    rows = [
        {"TIME": 0, "AMT": 100, "EVID": 1, "CMT": "depot"},
        {"TIME": 0, "EVID": 2, "CMT": "-central"},
        {"TIME": 2, "EVID": 2, "CMT": "central"},
        {"TIME": 2, "EVID": 0},
        {"TIME": 3, "EVID": 0},
    ]
    left = 100 * 2.718281828459045 ** (-1.2 * 2)
    assert amounts(ORAL, *rows) == close([0.0, oral(1, left)])


def test_3_reset_sets_amounts_to_initial_values() -> None:
    rows = [{"TIME": 0, "AMT": 100, "EVID": 1}, {"TIME": 2, "EVID": 3}, {"TIME": 2, "EVID": 0}, {"TIME": 5, "EVID": 0}]
    assert amounts(PLAIN, *rows) == [0.0, 0.0]
    turnover = models.turnover(3, kin=6, kout=2, CL=1, V=10, Smax=5, SC50=1)
    found = run(turnover, *rows)
    assert found["response"].tolist() == close([3.0, 3.0])


def test_3_reset_stops_running_infusions() -> None:
    rows = [{"TIME": 0, "AMT": 100, "RATE": 10, "EVID": 1}, {"TIME": 5, "EVID": 3}, {"TIME": 8, "EVID": 0}]
    assert amounts(PLAIN, *rows) == [0.0]


def test_3_reset_turns_compartments_back_on() -> None:
    rows = [
        {"TIME": 0, "EVID": 2, "CMT": "-central"},
        {"TIME": 1, "EVID": 3},
        {"TIME": 1, "AMT": 100, "EVID": 1, "CMT": "depot"},
        {"TIME": 3, "EVID": 0},
    ]
    assert amounts(ORAL, *rows) == close([oral(2)])


def test_3_time_may_restart() -> None:
    rows = [
        {"TIME": 10, "AMT": 100, "EVID": 1},
        {"TIME": 12, "EVID": 0},
        {"TIME": 0, "EVID": 3},
        {"TIME": 1, "AMT": 50, "EVID": 1},
        {"TIME": 4, "EVID": 0},
    ]
    found = run(PLAIN, *rows)
    assert found["A_central"].tolist() == close([bolus(2), bolus(3, 50)])
    assert found["TAD"].tolist() == [2.0, 3.0]


def test_time_since_dose_is_blank_again_after_time_restarts() -> None:
    found = run(PLAIN, {"TIME": 5, "AMT": 1, "EVID": 1}, {"TIME": 0, "EVID": 3}, {"TIME": 1, "EVID": 0})
    assert found["TAD"].isna().all()


def test_4_is_3_then_1() -> None:
    rows = [{"TIME": 0, "AMT": 100, "EVID": 1}, {"TIME": 2, "AMT": 50, "EVID": 4}, {"TIME": 3, "EVID": 0}]
    assert amounts(PLAIN, *rows) == close([bolus(1, 50)])


def test_4_with_addl_only_the_first_dose_resets() -> None:
    rows = [
        {"TIME": 0, "AMT": 100, "EVID": 1},
        {"TIME": 2, "AMT": 50, "EVID": 4, "II": 6, "ADDL": 2},
        {"TIME": 15, "EVID": 0},
    ]
    assert amounts(PLAIN, *rows) == close([bolus(13, 50) + bolus(7, 50) + bolus(1, 50)])


@pytest.mark.parametrize("evid", [3, 4])
def test_pending_doses_are_kept_with_a_warning_unless_said(evid: int) -> None:
    reset = {"TIME": 2, "EVID": evid, "AMT": 10 * (evid == 4)}
    rows = [{"TIME": 0, "AMT": 100, "EVID": 1, "II": 5, "ADDL": 1}, reset, {"TIME": 6, "EVID": 0}]
    fresh = bolus(4, 10) if evid == 4 else 0.0
    with pytest.warns(LdnsimWarning, match="still to come at this reset"):
        assert amounts(PLAIN, *rows) == close([bolus(1) + fresh])
    assert amounts(PLAIN, *rows, pending="keep") == close([bolus(1) + fresh])
    assert amounts(PLAIN, *rows, pending="cancel") == close([fresh])


def test_a_lagged_dose_pending_at_a_reset_is_kept_or_cancelled_too() -> None:
    rows = [{"TIME": 0, "AMT": 100, "EVID": 1}, {"TIME": 2, "EVID": 3}, {"TIME": 6, "EVID": 0}]
    assert amounts(LAGGED, *rows, pending="keep") == close([bolus(2)])
    assert amounts(LAGGED, *rows, pending="cancel") == [0.0]


def test_no_warning_where_nothing_is_pending() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        amounts(
            PLAIN, {"TIME": 0, "AMT": 1, "EVID": 1, "II": 1, "ADDL": 2}, {"TIME": 2, "EVID": 3}, {"TIME": 3, "EVID": 0}
        )


def test_pending_doses_cannot_be_kept_where_time_restarts() -> None:
    rows = [{"TIME": 0, "AMT": 100, "EVID": 1, "II": 5, "ADDL": 9}, {"TIME": 7, "EVID": 0}, {"TIME": 0, "EVID": 3}]
    with pytest.raises(InputError, match="pending='cancel'"):
        amounts(PLAIN, *rows, {"TIME": 4, "EVID": 0})
    assert amounts(PLAIN, *rows, {"TIME": 6, "EVID": 0}, pending="cancel") == close([bolus(7) + bolus(2), 0.0])


@pytest.mark.parametrize("number", [5, 6, 7, 8, 9, 101])
def test_numbers_above_4_need_a_dialect(number: int) -> None:
    with pytest.raises(InputError, match="column EVID.*dialect="):
        EventTable.of({"ID": [1], "TIME": [0], "EVID": [number], "AMT": [5]})


@pytest.mark.parametrize(
    ("dialect", "number", "name"),
    [("mrgsolve", 8, "replace"), ("rxode2", 5, "replace"), ("rxode2", 6, "multiply"), ("rxode2", 7, "phantom")],
)
def test_dialects_give_numbers_their_meaning(dialect: str, number: int, name: str) -> None:
    cells = {"ID": [1, 1, 1], "TIME": [0, 1, 3], "AMT": [100, 0.5, 0]}
    numbered = EventTable.of({**cells, "EVID": [1, number, 0]}, dialect=dialect)
    named = EventTable.of({**cells, "EVID": ["dose", name, "observation"]})
    assert numbered == named
    expected = {"replace": 0.5 * bolus(2, 1), "multiply": 0.5 * bolus(3), "phantom": bolus(3)}[name]
    rows = simulate(named, model=PLAIN).rows()
    assert rows["A_central"][0] == close(expected)
    assert rows["TAD"][0] == (2.0 if name == "phantom" else 3.0)
    other = "rxode2" if dialect == "mrgsolve" else "mrgsolve"
    with pytest.raises(InputError, match="column EVID"):
        EventTable.of({**cells, "EVID": [1, number, 0]}, dialect=other)


def test_names_of_the_five_of_nonmem() -> None:
    named = ["observation", "dose", "other", "reset", "reset-dose"]
    cells = {"ID": [1] * 5, "TIME": [0] * 5, "AMT": [0, 1, 0, 0, 1]}
    assert EventTable.of({**cells, "EVID": named}) == EventTable.of({**cells, "EVID": list(range(5))})
