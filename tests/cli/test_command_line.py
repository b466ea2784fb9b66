"""Command line, whole: tables, small models, steady states, JSON, files read back, and what is said where it fails."""

from __future__ import annotations

import io
import json
import re
import shlex
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import typer

import ldnsim as ldn
from ldnsim import cli, terminal
from ldnsim.cli.as_json import plain
from ldnsim.cli.examples import EXAMPLES
from ldnsim.cli.small_models import small_model, small_models

DRUG = ["--model", "one-compartment", "--set", "CL=2", "--set", "V=20", "--set", "ka=1.2"]
MODEL = ldn.models.one_compartment(CL=2, V=20, ka=1.2)
COMMANDS: Any = typer.main.get_command(cli.app)


@pytest.fixture(autouse=True)
def _somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def doses() -> Path:
    path = Path("doses.csv")
    path.write_text("ID,TIME,AMT,EVID,CLOCK\n7,0,100,1,8\n7,2,0,0,8\n7,24,0,0,8\n9,0,50,1,8\n9,24,0,0,8\n")
    return path


def run(*arguments: str, code: int = 0) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(list(arguments))
    assert stop.value.code == code


def commands() -> Iterator[tuple[str, Any]]:
    for name, one in COMMANDS.commands.items():
        yield from (
            ((f"{name} {part}", more) for part, more in one.commands.items()) if name == "design" else [(name, one)]
        )


@pytest.mark.parametrize("word", ["simulate", "run"])
def test_a_table_is_run_like_a_line(word: str, doses: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(word, str(doses), *DRUG, "--csv", "rows.csv", "--plot", "both.png", "--netcdf", "run.nc")
    printed = capsys.readouterr().out
    expected = ldn.simulate(ldn.EventTable.read(doses), model=MODEL)
    rows = pd.read_csv("rows.csv", comment="#")
    np.testing.assert_allclose(rows["C_central [mg/L]"], expected.rows()["C_central"], rtol=1e-6)
    assert "EventTable doses.csv: 2 subjects" in printed
    assert "cmax [mg/L]" in printed
    assert f"{expected.summary()['cmax'].iloc[0]:.4g}" in printed
    assert "assumptions: one_compartment, given with the model" in printed
    assert "weakest evidence: assumed" in printed
    assert Path("both.png").read_bytes().startswith(b"\x89PNG")


def test_a_column_is_what_is_said_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    Path("odd.csv").write_text("ID,TIME,DOSE,EVID,NOTE\n1,0,4500,1,a\n1,60,0,0,b\n")
    columns = ["DOSE=AMT", "AMT=ug", "TIME=min", "NOTE=drop"]
    run("simulate", "odd.csv", *DRUG, *(word for one in columns for word in ("--column", one)), "--csv", "rows.csv")
    capsys.readouterr()
    rows = pd.read_csv("rows.csv", comment="#")
    (plainly,) = ldn.simulate("4.5 mg", model=MODEL, until=1).data.C_central.values[-1:]
    assert rows["C_central [mg/L]"].tolist() == pytest.approx([plainly], rel=1e-6)
    assert "NOTE" not in rows


def test_what_is_wrong_with_a_column_is_said_as_it_is_typed(capsys: pytest.CaptureFixture[str]) -> None:
    Path("odd.csv").write_text("ID,TIME,DOSE,EVID,WT\n1,0,4.5,1,55\n1,2,0,0,60\n")
    for columns, said in (
        ([], "--column DOSE='AMT' if that is meant, or --column DOSE=carry"),
        (["DOSE=AMT", "WT=constant"], "--column WT='locf', 'nocb' or 'linear'"),
        (["DOS=AMT"], "--column: got 'DOS'"),
        (["DOSE=AMT", "AMT=lb/ft"], "--column: got 'lb/ft', expected a unit that converts to mg"),
    ):
        run("simulate", "odd.csv", *(word for one in columns for word in ("--column", one)), code=2)
        assert said in capsys.readouterr().err
    run("simulate", "odd.csv", "--column", "DOSE=AMT", "--column", "WT=locf", "--step", "1 h")
    # each subject has covariates of its own, the table has none
    assert "assumptions: popular\n" in capsys.readouterr().out


def test_a_table_begins_at_the_hour_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    Path("doses.csv").write_text("ID,TIME,AMT,EVID\n1,0,4.5,1\n1,6,0,0\n")
    run("windows", "doses.csv", "--time-zero", "8:00")
    assert "day 1, 08:29" in capsys.readouterr().out
    run("windows", "doses.csv")
    printed = capsys.readouterr()
    assert printed.err.splitlines() == [
        "ldnsim: note: TIME 0 is taken as 22:00, which the table does not say; a column CLOCK says another hour"
    ]
    assert "day 1, 22:29" in printed.out


def test_small_models_take_numbers_with_units_and_whole_numbers() -> None:
    made = small_model("one-compartment", {"CL": "50 mL/min", "V": "20", "ka": "0.02 1/min"})
    entries = made.typical({})[0]
    assert [entries[name].value for name in ("CL", "V", "ka")] == pytest.approx([3.0, 20.0, 1.2])
    assert small_model("turnover", {"kind": "1", "kin": "1", "kout": "1", "CL": "1", "V": "1", "Imax": "1",
                                    "IC50": "1"}).name == "turnover"  # fmt: skip
    for name, values, said in (
        ("one-compartment", {"CL": "2"}, "V too"),
        ("one-compartment", {"CL": "2 mg", "V": "20"}, "--set CL"),
        ("one-compartment", {"CL": "2", "v": "20"}, "did you mean 'V'"),
        ("turnover", {"kind": "1.0", "kin": "1", "kout": "1", "CL": "1", "V": "1"}, "a whole number"),
        ("one compartments", {}, "did you mean 'one-compartment'"),
    ):
        with pytest.raises(ldn.InputError, match=said):
            small_model(name, values)
    assert {"transit-absorption", "parallel-depots", "michaelis-menten"} <= small_models().keys()


def test_a_run_begins_at_steady_state_and_knows_the_person(capsys: pytest.CaptureFixture[str]) -> None:
    line = "100 mg at 08:00 daily for 1 day"
    run("simulate", line, *DRUG, "--start", "steady-state", "--json")
    told = json.loads(capsys.readouterr().out)
    expected = ldn.simulate(line, model=MODEL, start="steady-state").summary()
    for one, mine in zip(told["summary"]["lines"], expected.lines, strict=True):
        assert (one["quantity"], one["unit"], one["evidence"]) == (mine.quantity, mine.unit, mine.evidence)
        assert one["values"] == list(mine.values)
    run("simulate", "4.5 mg", "--until", "2 h", "--step", "1 h", "--covariate", "weight=55", "--covariate",
        "liver=compensated", "--json")  # fmt: skip
    about = json.loads(capsys.readouterr().out)["about"]
    assert about["assumptions"] == "popular with weight 55 kg, liver compensated"
    assert about["assumptions_in_full"].startswith("site plasma")


def test_covariates_beside_people_are_those_of_each(capsys: pytest.CaptureFixture[str]) -> None:
    run("simulate", "4.5 mg", "--until", "2 h", "--step", "1 h", "--population", "2", "--seed", "1",
        "--engine", "batch", "--covariate", "liver=compensated", "--json")  # fmt: skip
    told = json.loads(capsys.readouterr().out)
    assert "liver given" in told["about"]["population"]
    assert {"median", "low", "high", "evidence"} <= told["summary"]["lines"][0].keys()


def test_json_holds_what_a_comparison_and_a_dose_response_say(capsys: pytest.CaptureFixture[str]) -> None:
    run("compare", "100 mg", "50 mg", *DRUG, "--json")
    told = json.loads(capsys.readouterr().out)
    both = ldn.compare(["100 mg", "50 mg"], model=MODEL)
    assert list(told["runs"]) == list(both.runs)
    assert told["ldnsim"] == ldn.__version__
    run("dose-response", "50 mg", "100 mg", *DRUG, "--csv", "doses.csv", "--json")
    values = json.loads(capsys.readouterr().out)["values"]["C_central"]
    assert values["units"] == "mg/L"
    assert values["weakest_evidence"] == "assumed"
    # a day's mean of a linear drug is dose over clearance
    assert values["values"] == pytest.approx([50 / 2 / 24, 100 / 2 / 24], rel=1e-3)
    assert pd.read_csv("doses.csv", comment="#")["C_central [mg/L]"].tolist() == pytest.approx(
        values["values"], rel=1e-6
    )


def test_json_of_an_answer_has_its_table_account_and_evidence(capsys: pytest.CaptureFixture[str]) -> None:
    run("washout", "100 mg", *DRUG, "--below", "0.1 mg/L", "--population", "1", "--limit", "20 h", "--json")
    told = json.loads(capsys.readouterr().out)
    (row,) = told["table"]
    assert row["hours"] == "inf"
    assert told["units"]["hours"] == "h"
    (about,) = told["about"].values()
    assert about["assumptions_in_full"].startswith("ka 1.2 1/h, CL 2 L/h")
    (evidence,) = told["weakest_evidence"].values()
    assert evidence == {"C_central": "assumed"}
    assert told["told"][-1].endswith("not medical advice.")


def test_what_json_cannot_say_is_null_or_a_word() -> None:
    frame = pd.DataFrame({"a": [1.0, np.nan]}, index=pd.Index([7, 9], name="ID"))
    assert plain(frame) == [{"ID": 7, "a": 1.0}, {"ID": 9, "a": None}]
    assert plain((np.float64("-inf"), np.int64(3), np.bool_(True), None)) == ["-inf", 3, True, None]
    assert plain(Path("x")) == "x"


def test_rebound_is_that_of_the_library(capsys: pytest.CaptureFixture[str]) -> None:
    run("rebound", "4.5 mg at 22:00", "--until", "30 h", "--csv", "rebound.csv", "--within", "0 h,24 h")
    printed = capsys.readouterr().out
    found = ldn.rebound(ldn.simulate("4.5 mg at 22:00", until=30), within=(0, 24))
    assert printed.startswith(str(found))
    assert "Weakest evidence: net opioid tone calibrated" in printed
    table = pd.read_csv("rebound.csv", comment="#")
    assert table["net area [h]"].tolist() == pytest.approx(found.table["net area [h]"].tolist(), rel=1e-6)


def test_windows_of_a_steady_state_are_those_of_the_library(capsys: pytest.CaptureFixture[str]) -> None:
    line = "100 mg at 08:00 daily for 1 day"
    run("windows", line, *DRUG, "--start", "steady-state", "--above", "3 mg/L", "--clock", "09:00-17:00")
    expected = ldn.windows(ldn.simulate(line, model=MODEL, start="steady-state"), above=3, clock=["09:00-17:00"])
    assert capsys.readouterr().out.startswith(str(expected))


def test_sensitivity_and_export_take_small_models_and_steady_states(capsys: pytest.CaptureFixture[str]) -> None:
    line = "100 mg daily for 1 day"
    run("sensitivity", line, *DRUG, "--start", "steady-state", "--of", "C_central AUC in the window", "--over",
        "CL=1:3", "--csv", "tornado.csv")  # fmt: skip
    # at steady state an interval holds dose over clearance
    assert pd.read_csv("tornado.csv")["elasticity"].tolist() == pytest.approx([-1.0], abs=2e-3)
    run("export", line, "drug.xml", *DRUG, "--start", "steady-state")
    assert "one_compartment" in Path("drug.xml").read_text()
    assert "drug.xml" in capsys.readouterr().out


def test_any_file_is_opened_again(doses: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("simulate", str(doses), *DRUG, "--csv", "run.csv", "--netcdf", "run.nc", "--plot", "run.png")
    before = capsys.readouterr().out
    for kept in ("run.nc", "run.csv", "run.png"):
        run("open", kept, "--csv", "again.csv")
        printed = capsys.readouterr()
        assert printed.out.splitlines()[1:] == before.splitlines()[1:]  # the first line names the file that was read
        assert printed.err == ""
        assert Path("again.csv").read_bytes() == Path("run.csv").read_bytes()
    run("open", "run.nc", "--plot", "again.svg")
    assert "<svg" in Path("again.svg").read_text()


def test_a_picture_of_several_runs_is_opened_as_a_comparison(capsys: pytest.CaptureFixture[str]) -> None:
    run("compare", "100 mg", "50 mg", *DRUG, "--plot", "both.png")
    before = capsys.readouterr().out
    run("open", "both.png")
    assert capsys.readouterr().out == before
    run("open", "both.png", "--netcdf", "both.nc", code=2)
    assert "--netcdf: got 'both.nc', expected to be left out: both.png holds 2 runs" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["simulat", "4.5 mg"], "did you mean 'simulate'"),
        (["design", "dos"], "did you mean 'dose'"),
        (["simulate", "4.5 mg", "--untill", "3 h"], "No such option: --untill; did you mean '--until'?"),
        (["simulate", "4.5 mg", "--set", "pk.cll=3"], "--set: got 'pk.cll', expected one of"),
        (["simulate", "4.5 mg", "--covariate", "wieght=55"], "--covariate: got 'wieght'"),
        (["simulate", "4.5 mg", "--covariate", "weight"], "--covariate: got 'weight', expected NAME=VALUE"),
        (["simulate", "4.5 mg", "--assumptions", "poplar"], "--assumptions: got 'poplar'"),
        (["simulate", "4.5 mg", "--start", "steady"], "--start: got 'steady'"),
        (["simulate", "4.5 mg", "--start", "steady-state"], "--start: got 'steady-state'"),
        (["simulate", "4.5 mg", "--at", "9000"], "--at: got "),
        (["simulate", "4.5 mg", "--column", "A=B"], "--column: got 'A=B', expected an event table"),
        (["simulate", "4.5 mg", "--time-zero", "8:00"], "--time-zero: got '8:00', expected to be left out"),
        (["simulate", "doses.csv", "--time-zero", "25:00"], "--time-zero: got '25:00'"),
        (["simulate", "doses.csv", "--start", "steady-state"], "--start: got 'steady-state', expected to be left out"),
        (["simulate", "doses.csv", *DRUG, "--time-zero", "8:00"], "beside --model; a column CLOCK"),
        (["simulate", "doses.csv", *DRUG, "--population", "3"], "--population: got 3"),
        (["simulate", "doses.csv", *DRUG, "--assumptions", "measured"], "--assumptions: got 'measured'"),
        (["simulate", "none.csv"], "none.csv"),
        (
            ["simulate", "4.5 mg", "--drug", "nalmefene", "--condition", "fibromyalgia"],
            "--condition: got 'fibromyalgia', expected to be left out beside --drug",
        ),
        (["simulate", "4.5 mg", "--population", "0"], "ldnsim: --population: got 0"),
        (
            ["compare", "4.5 mg", "4.5 mg"],
            "got '4.5 mg at 22:00 once, popular', expected no two runs that are the same",
        ),
        (["simulate", "4.5 mg", "--model", "one-compartment", "--set", "CL=2"], "V too, which one-compartment needs"),
        (["compare", "4.5 mg", *DRUG, "--drug", "nalmefene"], "--drug: got 'nalmefene', expected to be left out"),
        (["washout", "4.5 mg", *DRUG, "--exposure", "all"], "--exposure: got 'all'"),
        (["washout", "4.5 mg", "--seed", "2"], "--seed: got '2'"),
        (["windows", "4.5 mg", "--of", "plasm"], "did you mean 'plasma'"),
        (["windows", "4.5 mg", "--within", "0 h"], "--within: got '0 h'"),
        (["open", "none.nc"], "none.nc"),
        (["explain", "doses.csv", "--at", "2 h"], "REGIMEN: got 'doses.csv', expected a regimen; simulate, windows"),
        (["claim", "--json"], "--json: got 'True', expected to be left out without a claim"),
        (["open", "doses.csv"], "with its record"),
    ],
)
def test_an_error_names_the_option_and_what_was_meant(
    arguments: list[str], said: str, doses: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(*arguments, code=2)
    printed = capsys.readouterr()
    (line,) = printed.err.splitlines()
    assert line.startswith("ldnsim: ")
    assert said in line
    assert "model=" not in line
    assert printed.out == ""
    assert list(Path().iterdir()) == [doses]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_shown_on_a_terminal_after_a_while_and_not_where_it_is_not_wanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def shown(screen: io.StringIO, *, quiet: bool, patience: float = 0.0) -> str:
        monkeypatch.setattr(sys, "stderr", screen)
        monkeypatch.setattr(terminal, "_PATIENCE", patience)
        monkeypatch.setenv("TERM", "xterm")
        with terminal.bar(quiet=quiet) as report:
            for timer in [one for one in threading.enumerate() if isinstance(one, threading.Timer)]:
                if not patience:
                    timer.join()
            report(0.25)
        return screen.getvalue()

    assert "25%" in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown(Terminal(), quiet=False))
    assert shown(Terminal(), quiet=True) == ""
    assert shown(io.StringIO(), quiet=False) == ""
    # what is over before a second has passed shows nothing
    assert not re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\s", "", shown(Terminal(), quiet=False, patience=60.0))


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=lambda one: one if isinstance(one, str) else "")
def test_help_is_readable_and_has_examples(name: str, command: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run(*name.split(), "--help")
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= 80
    assert "<str>" not in printed.replace("REGIMEN|TABLE <str>", "").partition("Options:")[2]
    assert f"Examples:\n  {EXAMPLES[name][0]}" in printed
    # what they say is what the command takes
    whole = "\n".join(EXAMPLES[name]).replace("\\\n", " ")
    for line in whole.splitlines():
        words = shlex.split(line)
        assert words[: 1 + len(name.split())] == ["ldnsim", *name.split()]
        command.make_context(name, words[1 + len(name.split()) :])
    assert command.help


def test_each_command_stands_on_its_page() -> None:
    names = {name for name, _ in commands()}
    assert names == EXAMPLES.keys()
    page = (Path(__file__).parents[2] / "docs" / "command_line.md").read_text(encoding="utf-8")
    assert [name for name in names if f"ldnsim {name}" not in page] == []


def test_every_command_that_simulates_has_the_same_options() -> None:
    options = {name: {one.opts[0] for one in command.params} for name, command in commands()}
    for name in ("simulate", "compare", "windows", "rebound", "sensitivity", "explain", "export", "washout", "agonist"):
        wanted = {"--start", "--set", "--covariate", "--drug", "--model", "--json", "--quiet", "--assumptions"}
        assert wanted - options[name] == set(), name
    for name in EXAMPLES.keys() - {"explore", "regimen", "parameters"}:
        assert "--quiet" in options[name], name
