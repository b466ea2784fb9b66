"""Files as other tools and people write them: the right number, or a refusal that names the cure."""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ldnsim import EventTable, InputError, LdnsimWarning, models, simulate

from .tables import ORAL, PLAIN, close, oral

CASES = Path(__file__).parent / "cases"


def predicted(table: EventTable, model: Any = ORAL) -> list[float]:
    return [float(value) for value in simulate(table, model=model).rows()["IPRED"]]


def six(*values: float) -> Any:
    return pytest.approx(list(values), abs=5e-7)


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("B2_blq_less_than", {}, [0.494825]),
        ("C1_flag_column", {"ignore": {"C": "C"}}, [3.292599]),
        ("C1_flag_column", {"ignore": "C"}, [3.292599]),
        ("C1_flag_column", {"ignore": "@"}, [3.292599]),
        ("C2_hash_rows", {}, [3.292599]),
        ("C4_comment_first_line", {}, [3.292599]),
        ("D1_dose_column", {"rename": {"DOSE": "AMT"}}, [3.292599]),
        ("D6_interval_count", {"rename": {"INTERVAL": "II", "NDOSES": "ADDL"}}, [5.361727]),
        ("D8_addl_typo", {"rename": {"TAU": "II", "ADDLL": "ADDL"}}, [3.288105]),
        ("E1_evid2_grid", {"predict": True}, [3.292599, 3.970979, 3.891788, 3.611402]),
        ("E1_evid2_grid", {}, [3.891788]),
        ("T1_clock", {}, [1.562752, 3.972418]),
        ("U3_units_row", {"skip_rows": [2]}, [3.292599]),
    ],
)
def test_each_file_gives_the_right_number(name: str, options: dict[str, Any], expected: list[float]) -> None:
    assert predicted(EventTable.read(CASES / f"{name}.csv", **options)) == six(*expected)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("A1_blank_amount", "line 3, column AMT: got '.', expected an amount where EVID is 1; 0 is a placebo"),
        ("C1_flag_column", "line 1, column C: got 'C'.*ignore="),
        ("D1_dose_column", "line 1, columns: got 'DOSE'.*rename={'DOSE': 'AMT'}"),
        ("D3_tinf", "got 'TINF'.*rename={'TINF': 'DUR'}"),
        ("D6_interval_count", "rename={'INTERVAL': 'II', 'NDOSES': 'ADDL'}.*one less"),
        ("D8_addl_typo", "rename={'TAU': 'II', 'ADDLL': 'ADDL'}"),
        ("U1_amount_unit", "column AMTU: got 'ug'.*units={'AMT': 'ug'}"),
        ("U3_units_row", r"line 2: .*skip_rows=\[2\]"),
    ],
)
def test_each_refusal_names_column_value_and_cure(name: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        EventTable.read(CASES / f"{name}.csv")


def test_an_infusion_time_under_another_name_is_one_once_it_is_renamed() -> None:
    table = EventTable.read(CASES / "D3_tinf.csv", rename={"TINF": "DUR"})
    assert predicted(table, PLAIN)[:1] == six(2.379065)


def test_a_limit_is_kept_where_the_observation_is_missing() -> None:
    table = EventTable.read(CASES / "B2_blq_less_than.csv")
    rows = simulate(table, model=ORAL).rows()
    assert rows["DV"].isna().all()
    assert rows["DV_LIMIT"].tolist() == [0.05]
    assert rows["MDV"].tolist() == [1]
    for word in ("BLQ", "<LLOQ", "> 100", "ND"):
        assert np.isnan(EventTable.of({"ID": [1], "TIME": [0], "DV": [word]}).rows[0].dv)


def test_a_time_after_dose_of_the_input_stands_beside_the_own() -> None:
    with pytest.warns(LdnsimWarning, match="WT does not change"):
        rows = simulate(EventTable.read(CASES / "N1_tad_column.csv"), model=ORAL).rows()
    assert rows["TAD"].tolist() == [0.6]
    assert rows["TAD_input"].tolist() == ["0.6"]
    assert rows["IPRED"][0] == close(oral(0.6, 5) / 20)


def test_micrograms_are_converted_once_and_not_again_when_read_back(tmp_path: Path) -> None:
    table = EventTable.read(CASES / "U1_amount_unit.csv", units={"AMT": "ug"})
    assert float(simulate(table, assumptions="exposure=label50").rows()["IPRED"][0]) == pytest.approx(
        0.772236, abs=5e-7
    )
    table.to_csv(tmp_path / "mg.csv")
    assert EventTable.read(tmp_path / "mg.csv") == table
    assert table.rows[0].amt == 4.5


def test_other_times_go_with_the_unit_of_time() -> None:
    cells = {"ID": [1, 1], "TIME": [0, 90], "AMT": [60, 0], "RATE": [1, 0], "II": [120, 0], "ADDL": [1, 0]}
    row = EventTable.of(cells, units={"TIME": "min"}).rows[0]
    assert (row.rate, row.ii) == (60, 2)
    assert EventTable.of({**cells, "RATE": [-1, 0]}, units={"TIME": "min"}).rows[0].rate == -1
    for wrong in ({"TIME": "mg"}, {"WT": "kg"}, {"AMT": 3}, "mg"):
        with pytest.raises(InputError, match="^units"):
            EventTable.of(cells, units=wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "column",
    [
        "AMOUNT",
        "DOSEAMT",
        "EXDOSE",
        "Dose",
        "dose",
        "DOSE_MG",
        "AMNT",
        "AMTT",
        "ATM",
        "RATES",
        "DURATION",
        "INF",
        "INFRATE",
        "DURR",
        "NDOSE",
        "ADD",
        "ADDDL",
        "INTERVAL",
        "EXDOSFRQ",
        "SteadyState",
        "ROUTE",
        "route",
        "ADM",
        "CMPT",
        "EVENT",
    ],
)
def test_words_of_other_tools_and_near_misses_are_refused_until_something_is_said(column: str) -> None:
    cells: dict[str, Any] = {"ID": [1, 1], "TIME": [0, 1], "DV": [0, 0], column: [7, 8]}
    with pytest.raises(InputError, match=f"columns: got '{column}'.*rename=.*carry="):
        EventTable.of(cells)
    assert EventTable.of(cells, carry=[column]).rows[0].carried == {column: 7}
    assert EventTable.of(cells, drop=[column]).rows[0].carried == {}
    # nothing but noes and blanks changes nothing
    assert len(EventTable.of({**cells, column: [0, "."]})) == 2


def test_a_foreign_word_beside_what_it_means_is_only_carried() -> None:
    cells = {"ID": [1, 1], "TIME": [0, 1], "AMT": [5, 0], "DOSE": [5, 5], "RATE": [1, 0], "TINF": [5, "."]}
    assert EventTable.of(cells).rows[1].carried == {"DOSE": 5, "TINF": ""}


def test_ordinary_columns_pass_without_a_word() -> None:
    names = [
        "STUDY",
        "ARM",
        "SITE",
        "RACE",
        "VISIT",
        "L2",
        "NUM",
        "SEQ",
        "OCC",
        "COHORT",
        "TRT",
        "TAFD",
        "NTIME",
        "LDOS",
        "ART",
        "ITEM",
        "Group",
        "Comment",
        "LLOQ",
        "DVU",
    ]
    cells = {"ID": [1, 1], "TIME": [0, 1], "AMT": [5, 0], **{name: [1, 2] for name in names}}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert simulate(EventTable.of(cells), model=ORAL).rows()["RACE"].tolist() == [2]


@pytest.mark.parametrize("flag", ["C", "EXCL", "FLAG", "IGNORE", "Exclude"])
@pytest.mark.parametrize("mark", ["Y", 1, "C"])
def test_flags_of_rows_to_leave_out_ask_what_is_meant(flag: str, mark: Any) -> None:
    cells = {"ID": [1, 1, 1], "TIME": [0, 0, 1], "AMT": [100, 100, 0], flag: [0, mark, "N"]}
    with pytest.raises(InputError, match=f"column {flag}: got {mark!r}.*ignore="):
        EventTable.of(cells)
    assert predicted(EventTable.of(cells, ignore={flag: mark})) == close([oral(1) / 20])
    assert predicted(EventTable.of(cells, carry=[flag])) == close([oral(1, 200) / 20])


def test_marks_of_limits_are_said() -> None:
    with pytest.warns(LdnsimWarning, match="below a limit"):
        EventTable.of({"ID": [1], "TIME": [0], "DV": [0.05], "BLQ": [1]})


@pytest.mark.parametrize(
    ("names", "rename"),
    [
        ("Subject Dose Conc", {"Subject": "ID"}),
        ("USUBJID EXSTDTC EXDOSE", {"USUBJID": "ID", "EXSTDTC": "TIME", "EXDOSE": "AMT"}),
        ("ID TIMEH AMT", {"TIMEH": "TIME"}),
        ("SUBJ TIME_H DOSE", {"SUBJ": "ID", "TIME_H": "TIME", "DOSE": "AMT"}),
    ],
)
def test_what_is_missing_is_looked_for_among_the_words_of_other_tools(names: str, rename: Mapping[str, str]) -> None:
    with pytest.raises(InputError, match="a column (ID|TIME)") as caught:
        EventTable.of({name: [1] for name in names.split()})
    for old, new in rename.items():
        assert f"'{old}': '{new}'" in str(caught.value)


def test_titles_above_the_names_are_told_from_them(tmp_path: Path) -> None:
    path = tmp_path / "doses.csv"
    path.write_text("My study\nexported, 2 March\nID,TIME,AMT\n1,0,100\n1,1,0\n")
    with pytest.raises(InputError, match="doses.csv, line 1: got 'My study'.*line 3: skip_rows=2"):
        EventTable.read(path)
    assert predicted(EventTable.read(path, skip_rows=2)) == six(3.292599)
    for wrong in (-1, True, "2", [0], 1.5):
        with pytest.raises(InputError, match="^skip_rows"):
            EventTable.read(path, skip_rows=wrong)  # type: ignore[arg-type]


def test_tabs_trailing_columns_and_remarks_make_no_difference(tmp_path: Path) -> None:
    plain = "ID,TIME,AMT\n1,0,100\n1,1,0\n"
    texts = [plain, plain.replace(",", "\t"), plain.replace("\n", ",,\n"), "# it's \"so\n" + plain + '# "end\n']
    (tmp_path / "0.csv").write_text(texts[0])
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.csv").write_text(text)
        assert EventTable.read(tmp_path / f"{number}.csv") == EventTable.read(tmp_path / "0.csv")


@pytest.mark.parametrize(
    ("label", "first", "second"),
    [
        ("DATE", "12-31-85", "1-1-86"),
        ("DAT1", "31/12/85", "1/1/86"),
        ("DAT2", "1985/12/31", "86/1/1"),
        ("DAT3", "85-31-12", "86-1-1"),
        ("DATE", "2025-12-31", "2026-01-01"),
        ("DATE", "10-1", "10-2"),
        ("date", 4, 5),
        ("DATE", datetime.date(2026, 2, 28), datetime.date(2026, 3, 1)),
    ],
)
def test_dates_count_as_nm_tran_has_them(label: str, first: Any, second: Any) -> None:
    id, time = ("id", "time") if label.islower() else ("ID", "TIME")
    # the example of NM-TRAN's help: 9:15, 14:40, and 8:30 of the next day
    table = EventTable.of({id: [1] * 3, time: ["9:15", "14:40", "8:30"], label: [first, first, second]})
    assert [row.time for row in table.rows] == pytest.approx([0, 5 + 25 / 60, 23.25])
    assert EventTable.of(table.to_frame()) == table


def test_plain_hours_beside_dates_are_hours_of_the_day() -> None:
    table = EventTable.of({"ID": [2, 2], "TIME": [8, 10], "DATE": ["10-12", "10-14"]})
    assert [row.time for row in table.rows] == [0, 50]
    with pytest.raises(InputError, match="column TIME.*drop="):
        EventTable.of({"ID": [2, 2], "TIME": [0, 48], "DATE": ["10-12", "10-14"]})
    for wrong in ("13-13-26", "2-30-26", "soon", "", True, pd.NaT):
        with pytest.raises(InputError, match="column DATE"):
            EventTable.of({"ID": [1], "TIME": ["8:00"], "DATE": [wrong]})


def test_times_of_day_need_days_to_pass_midnight() -> None:
    cells: dict[str, Any] = {"ID": [1, 1], "TIME": ["22:00", "06:00"], "AMT": [5, 0]}
    with pytest.raises(InputError, match="row 2, column TIME"):
        EventTable.of(cells)
    with pytest.raises(InputError, match="column DAY.*rename={'DAY': 'DATE'}"):
        EventTable.of({"ID": [1, 1], "TIME": ["08:00", "09:00"], "DAY": [1, 2]})
    assert EventTable.of({**cells, "DAY": [1, 2]}, rename={"DAY": "DATE"}).rows[1].time == 8


def test_days_that_do_not_agree_with_time_are_refused() -> None:
    with pytest.raises(InputError, match="column DAY"):
        EventTable.of({"ID": [1, 1], "TIME": [8, 9], "DAY": [1, 7]})
    assert len(EventTable.of({"ID": [1, 1], "TIME": [0, 150], "DAY": [1, 7]})) == 2


def test_the_naltrexone_model_starts_at_the_hour_that_the_table_says() -> None:
    cells = {"ID": [1, 1], "TIME": ["08:00", "09:00"], "AMT": [4.5, 0]}
    table = EventTable.of(cells)
    run = simulate(table, assumptions="measured")
    assert run.subject(1)["clock"].values[0] == 8.0
    assert table.to_regimen().clock == 8.0
    with pytest.raises(InputError, match="^clock: got '22:00'"):
        simulate(table, clock="22:00")
    with pytest.raises(InputError, match="column CLOCK"):
        simulate(EventTable.of({"ID": [1, 2], "TIME": ["08:00", "09:00"], "AMT": [4.5, 4.5]}), until=3)


def test_a_table_without_a_dose_is_said() -> None:
    with pytest.warns(LdnsimWarning, match="no row gives a dose"):
        simulate(EventTable.of({"ID": [1, 1], "TIME": [0, 1]}), model=ORAL)
    assert simulate(EventTable.of({"ID": [1, 1], "TIME": [0, 1], "EVID": [1, 0], "AMT": [0, 0]}), model=ORAL)


def test_covariates_and_parameters_that_change_nothing_are_said() -> None:
    cells = {"ID": [1, 1], "TIME": [0, 1], "AMT": [5, 0], "WT": [70, 70], "KA": [1, 1]}
    with pytest.warns(LdnsimWarning, match="WT, KA do not change"):
        simulate(EventTable.of(cells, covariates=["WT"]), model=ORAL)
    scaled = models.one_compartment(CL=lambda c: 2 * c["WT"] / 70, V=20)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        simulate(EventTable.of(cells, covariates=["WT"], drop=["KA"]), model=scaled)


def frames() -> dict[str, Any]:
    polars = pytest.importorskip("polars")
    cells: dict[str, list[Any]] = {
        "ID": [1, 1, 2],
        "TIME": [0.0, 1.5, 0.0],
        "AMT": [100.0, None, 50.0],
        "CMT": ["depot", None, "depot"],
    }
    frame = pd.DataFrame(cells)
    spans = [datetime.timedelta(hours=hour) for hour in cells["TIME"]]
    text = {name: np.array(["." if cell is None else str(cell) for cell in column]) for name, column in cells.items()}
    return {
        "lists": cells,
        "nested": frame.to_dict(),
        "pandas": frame,
        "nullable": frame.convert_dtypes(),
        "strings": frame.astype("string"),
        "objects": frame.astype(object),
        "categories": frame.astype({"CMT": "category", "ID": "category"}),
        "decimals": {**cells, "TIME": [Decimal(str(hour)) for hour in cells["TIME"]]},
        "numpy text": text,
        "time differences": frame.assign(TIME=pd.to_timedelta(frame["TIME"], unit="h")),
        "numpy time differences": {**cells, "TIME": np.array(spans, dtype="timedelta64[ns]")},
        "polars": polars.DataFrame(cells),
        "polars durations": polars.DataFrame({**cells, "TIME": spans}),
    }


def test_frames_of_every_kind_make_the_same_table() -> None:
    found = {name: EventTable.of(frame) for name, frame in frames().items()}
    assert all(table == found["lists"] for table in found.values()), found


@pytest.mark.parametrize(
    "column", [{1, 2}, b"12", np.zeros((2, 2)), np.float64(3), iter([1, 2]), [np.timedelta64(1, "h"), 2], [True, False]]
)
def test_what_is_no_column_is_refused(column: Any) -> None:
    with pytest.raises(InputError):
        EventTable.of({"ID": [1, 1], "TIME": [0, 1], "AMT": column})


@pytest.mark.parametrize("cell", ["１２", "٣", "0.0_5", "1,5", "4,500", "1 2", "0x10", "1e", 1e308, "1e9"])
def test_text_that_is_no_plain_number_is_refused(cell: Any) -> None:
    with pytest.raises(InputError, match="row 2, column TIME"):
        EventTable.of({"ID": [1, 1], "TIME": [0, cell]})


@pytest.mark.parametrize("ids", [[1.5, 2, 3], ["001", "1", "a"], [1, "x", 2.25], [10**20, -1, 0]])
@pytest.mark.parametrize(
    "more", [[1, 2.5, "x"], [1, -1e308, 0.5], ["a\rb", "#c", "d\n#e"], [True, None, 0.1], ["α, β", '"q"', " "]]
)
def test_what_is_written_is_read_again_whatever_it_is(ids: list[Any], more: list[Any], tmp_path: Path) -> None:
    table = EventTable.of(
        {"ID": ids, "TIME": [0, 0.1, 1e-7], "AMT": [1, 0.3, 0], "DV": [".", "<0.05", 3.25], "NOTE": more}
    )
    table.to_csv(tmp_path / "written.csv")
    assert EventTable.read(tmp_path / "written.csv") == table
    assert EventTable.of(table.to_frame()) == table
    assert EventTable.of(table.to_frame()).subjects == table.subjects


@pytest.mark.parametrize("cells", [{"ADDL": [1e12], "II": [1], "AMT": [1]}, {"II": [1e308], "ADDL": [1], "AMT": [1]}])
def test_what_is_beyond_reason_is_refused(cells: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="row 1, column (ADDL|II)"):
        EventTable.of({"ID": [1], "TIME": [0], **cells})


@pytest.mark.parametrize("value", [np.array([1, 2]), pd.DataFrame({"a": [1]}), pd.NA, [pd.NA], {pd.NA: 1}], ids=str)
@pytest.mark.parametrize("name", ["dialect", "pending", "rename", "drop", "carry", "ignore"])
def test_what_cannot_be_compared_is_refused_by_its_name(name: str, value: Any) -> None:
    with pytest.raises(InputError) as refused:
        EventTable.of({"ID": [1], "TIME": [0], "AMT": [1], "X": ["a"]}, **{name: value})
    assert refused.value.argument == name
