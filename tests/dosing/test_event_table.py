"""Event tables: reading, refusing, writing, and what they share with regimens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ldnsim import EventTable, InputError, Regimen, models, simulate
from ldnsim.dosing.phases import Phase

MODEL = models.one_compartment(CL=2, V=20, ka=1.2)
GOOD = "ID,TIME,EVID,AMT,CMT,DV\n1,0,1,100,depot,.\n1,2,0,0,central,3.5\n1,4,0,0,central,2.5\n"

MALFORMED: dict[str, tuple[str, str]] = {
    "empty file": ("", "line with the names"),
    "only blank lines": ("\n\n , \n", "columns"),
    "header only": ("ID,TIME\n", "at least one row"),
    "no ID": ("TIME,AMT\n0,1\n", "a column ID"),
    "no TIME": ("ID,AMT\n1,1\n", "a column TIME"),
    "mixed case": ("ID,Time\n1,0\n", "all in upper case or all in lower case"),
    "upper and lower": ("ID,TIME,amt\n1,0,1\n", "all in upper case or all in lower case"),
    "column twice": ("ID,TIME,AMT,AMT\n1,0,1,1\n", "every column once"),
    "column without name": ("ID,TIME,\n1,0,1\n", "a name for every column"),
    "short line": ("ID,TIME,AMT\n1,0\n", "line 2"),
    "long line": ("ID,TIME,AMT\n1,0,1,5\n", "line 2"),
    "unbalanced quote": ('ID,TIME,AMT\n1,0,"1\n', "line"),
    "blank ID": ("ID,TIME\n,0\n", "line 2, column ID"),
    "blank TIME": ("ID,TIME\n1,.\n", "line 2, column TIME"),
    "TIME in words": ("ID,TIME\n1,noon\n", "line 2, column TIME"),
    "TIME half as clock time": ("ID,TIME\n1,08:00\n1,9\n", "line 3, column TIME"),
    "TIME not finite": ("ID,TIME\n1,inf\n", "line 2, column TIME"),
    "TIME goes back": ("ID,TIME\n1,5\n1,4\n", "line 3, column TIME"),
    "TIME goes back on a dose": ("ID,TIME,EVID,AMT\n1,5,1,1\n1,4,1,1\n", "line 3, column TIME"),
    "subject returns": ("ID,TIME\n1,0\n2,0\n1,5\n", "line 4, column ID"),
    "decimal comma": ("ID;TIME;AMT\n1;0;1,5\n", "line 2, column AMT"),
    "AMT in words": ("ID,TIME,AMT\n1,0,lots\n", "line 2, column AMT"),
    "AMT with unit": ("ID,TIME,AMT\n1,0,4.5 mg\n", "line 2, column AMT"),
    "AMT with underscore": ("ID,TIME,AMT\n1,0,1_000\n", "line 2, column AMT"),
    "AMT below zero": ("ID,TIME,EVID,AMT\n1,0,1,-5\n", "line 2, column AMT"),
    "AMT not finite": ("ID,TIME,AMT\n1,0,nan\n", "line 2, column AMT"),
    "AMT on an observation": ("ID,TIME,EVID,AMT\n1,0,0,5\n", "line 2, column AMT"),
    "AMT on a reset": ("ID,TIME,EVID,AMT\n1,0,3,5\n", "line 2, column AMT"),
    "AMT on another event": ("ID,TIME,EVID,AMT\n1,0,2,5\n", "line 2, column AMT"),
    "RATE -3": ("ID,TIME,AMT,RATE\n1,0,5,-3\n", "line 2, column RATE"),
    "RATE without AMT": ("ID,TIME,EVID,AMT,RATE\n1,0,1,0,5\n", "line 2, column AMT"),
    "RATE -1 without AMT": ("ID,TIME,EVID,AMT,RATE\n1,0,1,0,-1\n", "line 2, column AMT"),
    "RATE and DUR": ("ID,TIME,AMT,RATE,DUR\n1,0,5,1,2\n", "line 2, column DUR"),
    "DUR below zero": ("ID,TIME,AMT,DUR\n1,0,5,-1\n", "line 2, column DUR"),
    "DUR without AMT": ("ID,TIME,EVID,AMT,DUR\n1,0,1,0,2\n", "line 2, column AMT"),
    "ADDL without II": ("ID,TIME,AMT,II,ADDL\n1,0,5,0,3\n", "line 2, column II"),
    "II without ADDL": ("ID,TIME,AMT,II,ADDL\n1,0,5,24,0\n", "line 2, column ADDL"),
    "ADDL below zero": ("ID,TIME,AMT,II,ADDL\n1,0,5,24,-1\n", "line 2, column ADDL"),
    "ADDL not whole": ("ID,TIME,AMT,II,ADDL\n1,0,5,24,1.5\n", "line 2, column ADDL"),
    "ADDL beyond reason": ("ID,TIME,AMT,II,ADDL\n1,0,5,24,1e9\n", "line 2, column ADDL"),
    "II below zero": ("ID,TIME,AMT,II,ADDL\n1,0,5,-24,1\n", "line 2, column II"),
    "SS 4": ("ID,TIME,AMT,II,SS\n1,0,5,24,4\n", "line 2, column SS"),
    "SS below zero": ("ID,TIME,AMT,II,SS\n1,0,5,24,-1\n", "line 2, column SS"),
    "SS without II": ("ID,TIME,AMT,SS\n1,0,5,1\n", "line 2, column II"),
    "SS of nothing with II": ("ID,TIME,EVID,AMT,II,SS\n1,0,1,0,24,1\n", "line 2, column II"),
    "EVID 5 without dialect": ("ID,TIME,EVID,AMT\n1,0,5,5\n", "line 2, column EVID"),
    "EVID below zero": ("ID,TIME,EVID,AMT\n1,0,-1,5\n", "line 2, column EVID"),
    "EVID in unknown words": ("ID,TIME,EVID,AMT\n1,0,bolus,5\n", "line 2, column EVID"),
    "EVID not whole": ("ID,TIME,EVID,AMT\n1,0,0.5,5\n", "line 2, column EVID"),
    "MDV 2": ("ID,TIME,DV,MDV\n1,0,5,2\n", "line 2, column MDV"),
    "MDV 0 on a dose": ("ID,TIME,EVID,AMT,MDV\n1,0,1,5,0\n", "line 2, column MDV"),
    "DV in words": ("ID,TIME,DV\n1,0,plenty\n", "line 2, column DV"),
    "CMT not whole": ("ID,TIME,AMT,CMT\n1,0,5,1.5\n", "line 2, column CMT"),
    "minus on a dose": ("ID,TIME,AMT,CMT\n1,0,5,-1\n", "line 2, column CMT"),
    "minus on a name": ("ID,TIME,EVID,CMT\n1,0,0,-central\n", "line 2, column CMT"),
    "replace with II": ("ID,TIME,EVID,AMT,II\n1,0,replace,5,24\n", "line 2, column II"),
}

WRONG_FOR_THE_MODEL: dict[str, tuple[str, str]] = {
    "CMT too high": ("ID,TIME,AMT,CMT\n1,0,5,3\n", "line 2, column CMT.*1 depot, 2 central"),
    "CMT unknown": ("ID,TIME,AMT,CMT\n1,0,5,gut\n", "line 2, column CMT"),
    "observed CMT unknown": ("ID,TIME,CMT\n1,0,plasma\n", "line 2, column CMT"),
    "turned off CMT unknown": ("ID,TIME,EVID,CMT\n1,0,2,-7\n", "line 2, column CMT"),
    "RATE -1 without R": ("ID,TIME,AMT,RATE\n1,0,5,-1\n", "line 2, column RATE"),
    "RATE -2 without D": ("ID,TIME,AMT,RATE\n1,0,5,-2\n", "line 2, column RATE"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_tables_are_refused_by_name(name: str, tmp_path: Path) -> None:
    text, named = MALFORMED[name]
    path = tmp_path / "doses.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=f"^doses.csv.*{named}") as caught:
        EventTable.read(path)
    assert "expected" in str(caught.value)


@pytest.mark.parametrize("name", WRONG_FOR_THE_MODEL)
def test_tables_that_do_not_fit_the_model_are_refused_by_name(name: str, tmp_path: Path) -> None:
    text, named = WRONG_FOR_THE_MODEL[name]
    path = tmp_path / "doses.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=f"^doses.csv, {named}"):
        simulate(EventTable.read(path), model=MODEL, until=1.0)


def test_there_are_at_least_forty() -> None:
    assert len(MALFORMED) + len(WRONG_FOR_THE_MODEL) >= 40


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"covariates": ["WT"]}, "covariates"),
        ({"covariates": "DV"}, "covariates"),
        ({"covariates": ["AMT"]}, "covariates"),
        ({"covariates": {"DV": "nearest"}}, "covariates"),
        ({"dialect": "pumas"}, "dialect"),
        ({"pending": "drop"}, "pending"),
        ({"superpose": 1}, "superpose"),
    ],
)
def test_bad_options_are_named(options: dict[str, Any], named: str, tmp_path: Path) -> None:
    (tmp_path / "doses.csv").write_text(GOOD)
    with pytest.raises(InputError, match=f"^{named}"):
        EventTable.read(tmp_path / "doses.csv", **options)


@pytest.mark.parametrize("frame", [3, "ID", [1, 2], {"ID": [1], "TIME": [0, 1]}, {"ID": [1], "TIME": 0}, {"ID": "1"}])
def test_what_is_no_frame_is_refused(frame: Any) -> None:
    with pytest.raises(InputError):
        EventTable.of(frame)


@pytest.mark.parametrize("cell", [True, [1], object()])
def test_cells_that_are_no_numbers_are_refused(cell: object) -> None:
    with pytest.raises(InputError, match="row 1, column AMT"):
        EventTable.of({"ID": [1], "TIME": [0], "AMT": [cell]})


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="^path"):
        EventTable.read(tmp_path / "none.csv")
    with pytest.raises(InputError, match="^path"):
        EventTable.read(tmp_path)
    (tmp_path / "wide.csv").write_bytes(GOOD.encode("utf-16"))
    with pytest.raises(InputError, match="UTF-8"):
        EventTable.read(tmp_path / "wide.csv")


def test_separators_marks_and_line_ends_make_no_difference(tmp_path: Path) -> None:
    texts = {
        "plain": GOOD,
        "semicolon": GOOD.replace(",", ";"),
        "windows": GOOD.replace("\n", "\r\n"),
        "mark": "\ufeff" + GOOD,
        "quoted": GOOD.replace("depot", '"depot"').replace("TIME", '"TIME"'),
        "lower": GOOD.replace("ID,TIME,EVID,AMT,CMT,DV", "id,time,evid,amt,cmt,dv"),
        "blank lines": GOOD + "\n\n",
        "spaces": GOOD.replace(",", " , "),
    }
    tables = []
    for name, text in texts.items():
        (tmp_path / f"{name}.csv").write_bytes(text.encode())
        tables.append(EventTable.read(tmp_path / f"{name}.csv"))
    assert all(table == tables[0] for table in tables)
    frame = pd.DataFrame({"ID": [1] * 3, "TIME": [0, 2, 4], "EVID": [1, 0, 0], "AMT": [100, 0, 0],
                          "CMT": ["depot", "central", "central"], "DV": [np.nan, 3.5, 2.5]})  # fmt: skip
    assert EventTable.of(frame) == tables[0]
    assert EventTable.of(frame.to_dict("list")) == tables[0]
    assert hash(EventTable.of(frame)) == hash(tables[0])
    assert EventTable.of(frame) != 3


def test_polars_frames_are_read_like_pandas_ones() -> None:
    polars = pytest.importorskip("polars")
    cells = {"ID": [1, 1], "TIME": [0.0, 1.0], "AMT": [5.0, None]}
    assert EventTable.of(polars.DataFrame(cells)) == EventTable.of(pd.DataFrame(cells))


cells: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "TIME": st.floats(0, 1000).map(lambda time: round(time, 3)),
        "EVID": st.sampled_from([0, 1, 1, 1, 2, "replace", "phantom"]),
        "AMT": st.floats(0.1, 500),
        "II": st.floats(1, 48),
        "ADDL": st.integers(0, 5),
        "NOTE": st.sampled_from(["", "a", "late, by an hour", 'so "called"']),
    }
)


@st.composite
def tables(draw: st.DrawFn) -> EventTable:
    """Tables of plain rows by one or two subjects."""
    rows = []
    for subject in range(1, draw(st.integers(1, 2)) + 1):
        drawn = sorted(draw(st.lists(cells, min_size=1, max_size=6)), key=lambda row: row["TIME"])
        for row in drawn:
            dosed = row["EVID"] == 1
            items = {"II": row["II"] * bool(row["ADDL"]), "ADDL": row["ADDL"]} if dosed else {"II": 0, "ADDL": 0}
            amount = row["AMT"] if row["EVID"] not in (0, 2) else 0
            rows.append({"ID": subject, **row, **items, "AMT": amount})
    return EventTable.of(pd.DataFrame(rows))


@settings(max_examples=40, deadline=None)
@given(tables())
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, table: EventTable) -> None:
    path = tmp_path_factory.mktemp("tables") / "written.csv"
    table.to_csv(path)
    assert EventTable.read(path) == table
    assert EventTable.of(table.to_frame()) == table


phases = st.builds(
    lambda mg, start, interval, doses, route: Phase(
        round(mg, 3), "base" if route == "intramuscular" else "hcl", route, start / 4, interval * (doses > 1), doses
    ),
    st.floats(0.001, 300),
    st.integers(0, 400),
    st.sampled_from([6.0, 8.0, 24.0, 36.0, 168.0]),
    st.integers(1, 9),
    st.sampled_from(["oral", "liquid", "sublingual", "extended_release", "intramuscular", "intravenous"]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(phases, min_size=1, max_size=5), st.integers(0, 23))
def test_a_regimen_comes_back_from_its_table(found: list[Phase], hour: int) -> None:
    regimen = Regimen.from_phases(sorted(found, key=lambda phase: phase.start), float(hour))
    table = EventTable.from_regimen(regimen)
    assert table.to_regimen(clock=regimen.clock) == regimen
    assert EventTable.from_regimen(table.to_regimen(clock=regimen.clock)) == table


@settings(max_examples=60, deadline=None)
@given(st.lists(phases, min_size=1, max_size=5))
def test_a_table_of_plain_doses_comes_back_from_its_regimen(found: list[Phase]) -> None:
    ordered = sorted(found, key=lambda phase: phase.start)
    table = EventTable.of(
        {
            "ID": [1] * len(ordered),
            "TIME": [phase.start for phase in ordered],
            "EVID": [1] * len(ordered),
            "AMT": [phase.mg for phase in ordered],
            "II": [phase.every for phase in ordered],
            "ADDL": [phase.doses - 1 for phase in ordered],
            "CMT": [phase.route for phase in ordered],
        }
    )
    assert EventTable.from_regimen(table.to_regimen()) == table


def test_infusions_and_salts_survive_the_round_trip() -> None:
    regimen = Regimen.parse("10 mg base iv over 30 min daily for 3 days then 5 mg base daily for 2 days")
    table = EventTable.from_regimen(regimen)
    assert table.to_regimen() == regimen
    assert table.rows[0].dur == 0.5
    assert [row.carried["SALT"] for row in table.rows] == ["base", "base"]


def test_deviations_become_rows_of_their_own() -> None:
    regimen = Regimen.parse("4.5 mg at 22:00 daily for 9 days").miss(doses=[2]).late("3 h", doses=[4]).double(doses=[5])
    table = EventTable.from_regimen(regimen)
    assert [(row.time, row.amt) for row in table.rows] == [(dose.time, dose.mg) for dose in regimen.dosing()]
    run, again = simulate(regimen, step=6.0), simulate(table.to_regimen(), until="9 days", step=6.0)
    np.testing.assert_allclose(again.data["tone"].isel(time=-1), run.data["tone"].isel(time=-1), rtol=1e-8)


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ({"ID": [1, 2], "TIME": [0, 0], "AMT": [1, 1], "CMT": ["oral"] * 2}, "row 2, column ID"),
        ({"ID": [1], "TIME": [0], "EVID": [4], "AMT": [1], "CMT": ["oral"]}, "row 1, column EVID"),
        ({"ID": [1], "TIME": [0], "AMT": [1], "II": [24], "SS": [1], "CMT": ["oral"]}, "row 1, column SS"),
        ({"ID": [1], "TIME": [0], "AMT": [1], "RATE": [-1], "CMT": ["oral"]}, "row 1, column RATE"),
        ({"ID": [1], "TIME": [0], "AMT": [1], "CMT": ["gut"]}, "row 1, column CMT"),
        ({"ID": [1], "TIME": [0], "AMT": [1], "CMT": [7]}, "row 1, column CMT"),
    ],
)
def test_what_a_regimen_cannot_say_is_refused(rows: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=f"^table, {named}"):
        EventTable.of(rows).to_regimen()


def test_numbers_of_routes_and_blank_ones_are_understood() -> None:
    cells = {"ID": [1, 1], "TIME": [0, 1], "AMT": [1, 2], "CMT": [".", 2]}
    assert [phase.route for phase in EventTable.of(cells).to_regimen().phases] == ["oral", "liquid"]


def test_a_regimen_can_be_given_to_a_general_model() -> None:
    table = EventTable.from_regimen(Regimen.parse("100 mg daily for 3 days"), cmt="depot")
    assert float(simulate(table, model=MODEL, until="3 days").summary()["cmax"].iloc[0]) > 3


@pytest.mark.parametrize("ids", [["1_1", "11"], ["1E5", "100000"], ["007", "7"], ["a", "A"]])
def test_subjects_keep_their_names(ids: list[str]) -> None:
    assert len(EventTable.of({"ID": ids, "TIME": [0, 0]}).subjects) == 2


def test_missing_values_of_any_kind_are_blank() -> None:
    for missing in (pd.NA, np.float32("nan"), None, "."):
        assert EventTable.of({"ID": [1], "TIME": [0], "AMT": [missing]}).rows[0].amt == 0


@pytest.mark.parametrize("cell", [10**400, 3 + 5j, np.True_, b"5"])
def test_cells_that_only_look_like_numbers_are_refused(cell: object) -> None:
    with pytest.raises(InputError, match="column AMT"):
        EventTable.of({"ID": [1], "TIME": [0], "AMT": [cell]})


def test_tables_introduce_themselves() -> None:
    assert repr(EventTable.of({"ID": [1], "TIME": [0]})) == (
        "<EventTable table: 1 subjects, 1 rows, 0 of them doses and 1 observations>"
    )


def test_a_table_without_doses_is_no_regimen() -> None:
    with pytest.raises(InputError):
        EventTable.of({"ID": [1], "TIME": [0]}).to_regimen()
    with pytest.raises(InputError, match="^regimen"):
        EventTable.from_regimen("4.5 mg")  # type: ignore[arg-type]
