"""Tables as text files: separators and decimal commas, written and read back."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ldnsim as ldn
from ldnsim.base.delimited import check_separators, delimited, with_point
from ldnsim.base.errors import InputError
from ldnsim.cli import main
from ldnsim.comparison import Comparison

PAIRS = [(",", "."), (";", ","), (";", "."), ("\t", ","), ("\t", ".")]
SMALL = ldn.models.one_compartment(CL=2, V=20, ka=1.2)
TABLE = {"ID": [1, 1, 2, 2], "TIME": [0, 1.5, 0, 1.5], "AMT": [100, 0, 50.25, 0], "DV": [".", "<0.05", ".", "1.25"]}


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    """A result of each kind."""
    run = ldn.simulate("4.5 mg", until=1)
    people = ldn.simulate("4.5 mg", until=1, population=ldn.Population(3, seed=1), engine="batch", progress=False)
    return {
        "one": run,
        "people": people,
        "rows": ldn.simulate(ldn.EventTable.of(TABLE), model=SMALL),
        "compared": Comparison({"a": run, "b;#,c": people}),
    }


@pytest.mark.parametrize("kind", ["one", "people", "rows", "compared"])
@pytest.mark.parametrize(("sep", "decimal"), PAIRS)
def test_what_is_written_is_read_back_by_pandas(
    written: dict[str, Any], kind: str, sep: str, decimal: str, tmp_path: Path
) -> None:
    run, path = written[kind], tmp_path / "run.csv"
    run.to_csv(path, sep=sep, decimal=decimal)
    found = pd.read_csv(path, sep=sep, decimal=decimal, comment="#")
    expected = run.to_frame()
    assert [str(name).partition(" [")[0] for name in found] == list(expected)
    for (_, read), (_, told) in zip(found.items(), expected.items(), strict=True):
        if told.dtype.kind in "fi":
            np.testing.assert_allclose(read.to_numpy(float), told.to_numpy(float), rtol=1e-6)
        else:
            assert list(map(str, read)) == list(map(str, told))


@pytest.mark.parametrize(("sep", "decimal"), PAIRS)
def test_an_event_table_is_read_back_equal(sep: str, decimal: str, tmp_path: Path) -> None:
    table = ldn.EventTable.of({**TABLE, "NOTE": ["a;b", "c,d", "1.5 or so", "x"]})
    path = tmp_path / "doses.csv"
    table.to_csv(path, sep=sep, decimal=decimal)
    assert ldn.EventTable.read(path, sep=sep, decimal=decimal) == table
    assert ldn.EventTable.read(path, decimal=decimal) == table
    assert ("50,25" in path.read_text()) == (decimal == ",")


def test_a_file_as_a_spreadsheet_writes_it_is_fitted_as_its_twin(tmp_path: Path) -> None:
    times = [0.5, 1, 2, 4, 8, 12, 24]
    levels = ldn.simulate("100 mg at 08:00", model=SMALL, until=24, at=times).data["C_central"]
    found = levels.drop_duplicates("time", keep="last").sel(time=times).values.tolist()
    frame = pd.DataFrame({"ID": 1, "TIME": [0, *times], "AMT": [100.0, *[0] * 7], "DV": [".", *found]})
    fits = []
    for sep, decimal in ((",", "."), (";", ",")):
        path = tmp_path / f"{decimal}.csv"
        path.write_text(delimited(frame, sep, decimal))
        fits.append(ldn.fit(path, parameters=["CL"], model=SMALL, sep=sep, decimal=decimal).table)
    pd.testing.assert_frame_equal(fits[0], fits[1])
    with pytest.raises(InputError, match="beside a table"):
        ldn.fit(frame, parameters=["CL"], model=SMALL, sep=";")


@pytest.mark.parametrize(
    ("sep", "decimal", "named"),
    [
        (",", ",", "sep"),
        ("|", ".", "sep"),
        (None, ".", "sep"),
        ("", ".", "sep"),
        (";", "'", "decimal"),
        (";", 1, "decimal"),
    ],
)
def test_separators_that_cannot_be_told_apart_are_refused_before_a_file_is_touched(
    written: dict[str, Any], sep: Any, decimal: Any, named: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=f"^{named}: "):
        check_separators(sep, decimal)
    for run in (*written.values(), ldn.EventTable.of(TABLE)):
        with pytest.raises(InputError, match=f"^{named}: "):
            run.to_csv(tmp_path / "new.csv", sep=sep, decimal=decimal)
    assert not list(tmp_path.iterdir())


def test_a_point_beside_decimal_commas_is_refused_by_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "mixed.csv"
    path.write_text("ID;TIME;AMT\n1;0;1.000\n")
    with pytest.raises(InputError, match=r"mixed.csv, line 2, column AMT: got '1.000'.*decimal comma"):
        ldn.EventTable.read(path, decimal=",")
    path.write_text("ID;TIME;AMT\n1;0;4,5\n")
    with pytest.raises(InputError, match="4,5"):
        ldn.EventTable.read(path)
    for sep, decimal in (("", "."), ("|", "."), (",", ","), (";", ""), (None, None)):
        with pytest.raises(InputError, match=r"^(sep|decimal): "):
            ldn.EventTable.read(path, sep=sep, decimal=decimal)  # type: ignore[arg-type]


@given(st.floats(allow_nan=False), st.sampled_from(["", "<", "<=", "< "]))
def test_numbers_of_any_kind_come_back_from_a_mixed_column(value: float, sign: str) -> None:
    cell = f"{sign}{value}" if sign else value
    text = delimited(pd.DataFrame({"x": [cell, "text"]}, dtype=object), ";", ",").splitlines()[1]
    assert with_point(text, "x") == str(cell)


def test_commands_write_and_read_with_separators(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*words: str) -> str:
        with pytest.raises(SystemExit) as ended:
            main(words)
        said = capsys.readouterr()
        assert ended.value.code == 0, said.err
        return said.out

    path, dosed = str(tmp_path / "run.csv"), str(tmp_path / "doses.csv")
    run("simulate", "4.5 mg", "--until", "4 h", "--csv", path, "--sep", ";", "--decimal", ",")
    frame = pd.read_csv(path, sep=";", decimal=",", comment="#")
    assert frame["plasma_ntx [ng/mL]"].max() == pytest.approx(1.28, rel=0.01)
    assert "the same" in run("replay", path)
    run("regimen", "4.5 mg daily for 2 days", "--csv", dosed, "--sep", "tab", "--decimal", ",")
    assert "\t4,5\t" in Path(dosed).read_text()
    levels, table = tmp_path / "levels.csv", str(tmp_path / "nca.csv")
    levels.write_text(delimited(pd.DataFrame({"time": [0, 0.5, 1, 2, 4], "conc": [0, 2.5, 2, 1, 0.25]}), ";", ","))
    asked = ("nca", str(levels), "--csv", table, "--sep", ";", "--decimal", ",")
    run(*asked)
    assert pd.read_csv(table, sep=";", decimal=",").filter(like="cmax").iloc[0, 0] == 2.5
    with pytest.raises(SystemExit) as ended:
        main(["simulate", "4.5 mg", "--csv", path, "--decimal", ","])
    assert ended.value.code == 2
    assert "--sep ';' or --sep tab" in capsys.readouterr().err


def test_every_command_that_writes_a_table_takes_separators() -> None:
    from ldnsim.cli import app
    from ldnsim.cli.designing import app as designing

    found = [one.callback for group in (app, designing) for one in group.registered_commands]
    writing = [one for one in found if one is not None and "csv" in one.__annotations__]
    assert len(writing) > 12
    assert all({"sep", "decimal"} <= set(one.__annotations__) for one in writing)


def test_a_text_reads_as_before_where_nothing_is_asked_for() -> None:
    frame = pd.DataFrame({"a": [0.5, np.nan], "b": ["x,y", "#"]})
    assert delimited(frame) == frame.to_csv(index=False, lineterminator="\n")
    assert pd.read_csv(io.StringIO(delimited(frame, "\t", ",")), sep="\t", decimal=",").equals(frame)


def test_a_command_reads_tables_with_decimal_commas(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*words: str) -> tuple[str, str, Any]:
        with pytest.raises(SystemExit) as ended:
            main(words)
        return (*capsys.readouterr(), ended.value.code)

    doses, rows, levels = (tmp_path / f"{name}.csv" for name in ("doses", "rows", "levels"))
    small = ("--model", "one-compartment", "--set", "CL=2", "--set", "V=20")
    doses.write_text("ID;TIME;AMT\n1;0;4,5\n1;1,5;0\n")
    assert run("run", str(doses), "--csv", str(rows), "--sep", "tab", "--decimal", ",", *small)[2] == 0
    assert pd.read_csv(rows, sep="\t", decimal=",", comment="#")["TIME"].max() == 1.5
    doses.write_text("ID,TIME,AMT\n1,0,4\n1,1,0\n")
    assert run("run", str(doses), "--csv", str(rows), "--sep", ";", *small)[2] == 0
    levels.write_text("time;conc\n0;<0,05\n0,5;2,5\n1;1,25\n2;0,5\n4;.\n")
    out, error, code = run("nca", str(levels), "--decimal", ",")
    assert (code, out.split()[:1], "2.5" in out) == (0, ["cmax"], True), error
    # a point is one of thousands as likely as one of decimals
    levels.write_text("time;conc\n0;0\n1;1.500\n2;800\n")
    _, error, code = run("nca", str(levels), "--sep", ";", "--decimal", ",")
    assert code == 2
    assert "line 3, column conc: got '1.500'" in error
    assert "decimal=" not in error


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("simulate", "4.5 mg", "--sep", ";"), "--sep: got ';'.*--csv"),
        (("windows", "4.5 mg", "--decimal", ","), "--decimal: got ','.*--csv"),
        (("simulate", "4.5 mg", "--decimal", ",", "--csv", "x.csv"), "--decimal: got ','.*--sep ';'"),
    ],
)
def test_separators_of_no_file_are_refused_by_their_option(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert re.search(said, capsys.readouterr().err)


@pytest.mark.parametrize("names", [[("a", "x"), ("a", "y")], [None, "b"], [0.5, 1]])
def test_names_of_columns_that_are_no_texts_are_those_of_pandas(names: list[Any]) -> None:
    index = pd.MultiIndex.from_tuples(names) if isinstance(names[0], tuple) else names
    frame = pd.DataFrame([[1.5, 2.0]], columns=index)
    assert delimited(frame, float_format="%.7g") == frame.to_csv(index=False, float_format="%.7g", lineterminator="\n")
