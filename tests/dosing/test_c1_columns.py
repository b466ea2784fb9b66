"""C1: columns."""

from __future__ import annotations

import pandas as pd
import pytest

from ldnsim import EventTable, InputError, simulate

from .tables import ORAL, amounts, bolus, close, oral, run, table


def test_id_and_time_are_required() -> None:
    for missing, left in (("ID", "TIME"), ("TIME", "ID")):
        with pytest.raises(InputError, match=f"a column {missing}"):
            EventTable.of({left: [1]})


def test_dose_items_default_to_zero() -> None:
    (row,) = EventTable.of({"ID": [1], "TIME": [0]}).rows
    assert (row.amt, row.rate, row.dur, row.ii, row.addl, row.ss, row.event) == (0, 0, 0, 0, 0, 0, "observation")


@pytest.mark.parametrize("cell", ["", ".", None, float("nan"), 0])
def test_blank_and_dot_are_zero(cell: object) -> None:
    (row,) = EventTable.of({"ID": [1], "TIME": [0], "EVID": [1], "AMT": [5], "RATE": [cell], "CMT": [cell]}).rows
    assert row.rate == 0
    assert row.cmt == 0


@pytest.mark.parametrize("cmt", ["central", 2, "2"])
def test_cmt_is_a_name_or_a_number_from_one(cmt: object) -> None:
    rows = [{"TIME": 0, "AMT": 100, "CMT": cmt}, {"TIME": 3, "AMT": 0, "CMT": "central"}]
    assert amounts(ORAL, *rows) == close([bolus(3)])


def test_default_compartments_come_from_the_model() -> None:
    rows = run(ORAL, {"TIME": 0, "AMT": 100}, {"TIME": 3, "AMT": 0})
    assert rows["A_central"][0] == close(oral(3))
    assert rows["CMT"][0] == "central"
    assert rows["IPRED"][0] == rows["C_central"][0]


def test_an_observation_of_another_compartment_shows_it() -> None:
    rows = run(ORAL, {"TIME": 0, "AMT": 100}, {"TIME": 3, "AMT": 0, "CMT": "depot"})
    assert rows["IPRED"][0] == rows["A_depot"][0] > 0


def test_dv_and_mdv_are_optional() -> None:
    rows = run(ORAL, {"TIME": 0, "AMT": 100}, {"TIME": 3, "AMT": 0})
    assert rows["DV"].isna().all()
    assert rows["MDV"].tolist() == [1]
    rows = run(ORAL, {"TIME": 0, "AMT": 100}, {"TIME": 3, "AMT": 0, "DV": 4.2})
    assert (rows["DV"][0], rows["MDV"][0]) == (4.2, 0)


def test_mdv_is_one_whenever_evid_is_not_zero() -> None:
    events = EventTable.of({"ID": [1, 1], "TIME": [0, 1], "EVID": [1, 2], "AMT": [5, 0], "DV": [3, 4]})
    assert [row.mdv for row in events.rows] == [1, 1]
    with pytest.raises(InputError, match="column MDV"):
        EventTable.of({"ID": [1], "TIME": [0], "EVID": [1], "AMT": [5], "MDV": [0]})


@pytest.mark.parametrize("item", [{"AMT": 5}, {"AMT": 5, "RATE": 1}, {"RATE": 2, "SS": 1}, {"SS": 1}])
def test_a_missing_evid_is_one_where_any_dose_item_is_given(item: dict[str, float]) -> None:
    assert table({"TIME": 0, **item}).rows[0].event == "dose"


def test_a_missing_evid_is_zero_elsewhere() -> None:
    assert table({"TIME": 0, "AMT": 0, "DV": 3.0}).rows[0].event == "observation"


def test_names_are_all_upper_or_all_lower() -> None:
    upper = pd.DataFrame({"ID": [1, 1], "TIME": [0, 1], "AMT": [5, 0]})
    assert EventTable.of(upper) == EventTable.of(upper.rename(columns=str.lower))
    with pytest.raises(InputError, match="all in upper case or all in lower case"):
        EventTable.of(upper.rename(columns={"AMT": "amt"}))
    with pytest.raises(InputError, match="all in upper case or all in lower case"):
        EventTable.of(upper.rename(columns={"AMT": "Amt"}))


def test_extra_columns_are_carried_to_the_output() -> None:
    rows = run(ORAL, {"TIME": 0, "AMT": 100, "Group": "a"}, {"TIME": 3, "AMT": 0, "Group": "b"})
    assert rows["Group"].tolist() == ["b"]


def test_time_must_not_decrease_and_is_never_sorted() -> None:
    with pytest.raises(InputError, match="row 2, column TIME: got 1"):
        table({"TIME": 2}, {"TIME": 1})


@pytest.mark.parametrize("evid", [3, 4])
def test_time_may_decrease_on_resets(evid: int) -> None:
    assert len(table({"TIME": 2, "EVID": 0}, {"TIME": 1, "EVID": evid, "AMT": 5 * (evid == 4)})) == 2


def test_a_new_subject_starts_where_id_changes() -> None:
    events = EventTable.of({"ID": [1, 1, 2, 2], "TIME": [0, 5, 0, 5], "AMT": [100, 0, 0, 0]})
    rows = simulate(events, model=ORAL).rows()
    assert rows["A_central"].tolist() == close([oral(5), 0.0, 0.0])


def test_an_id_that_returns_later_raises() -> None:
    with pytest.raises(InputError, match="row 3, column ID: got 1"):
        EventTable.of({"ID": [1, 2, 1], "TIME": [0, 0, 5]})
