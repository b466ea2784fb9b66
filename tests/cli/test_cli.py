"""Command line: what it prints and writes, and how it refuses."""

from __future__ import annotations

import contextlib
import csv
import errno
import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from ldnsim import __version__, cli
from ldnsim.explorer import opening
from ldnsim.ledger import evidence


def run(arguments: list[str], code: int = 0) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments)
    assert stop.value.code == code


def test_simulate_writes_what_it_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figure, table, data = tmp_path / "night.png", tmp_path / "night.csv", tmp_path / "night.nc"
    run(["simulate", "4.5 mg at 22:00 daily for 3 days", "--plot", str(figure), "--csv", str(table),
         "--netcdf", str(data), "--step", "1 h"])  # fmt: skip
    printed = capsys.readouterr().out
    assert "assumptions: popular" in printed
    assert "ntx Cmax [ng/mL]" in printed
    assert figure.read_bytes().startswith(b"\x89PNG")
    with table.open() as stream:
        rows = list(csv.DictReader(line for line in stream if not line.startswith("#")))
    assert float(rows[-1]["time [h]"]) == 72.0
    assert rows[0]["assumptions"] == "popular"
    assert {"plasma_ntx [ng/mL]", "occupancy_mor", "tone", "amount_levo_central [nmol]"} <= rows[0].keys()
    with xr.open_dataset(data, engine="scipy") as saved:
        assert saved.attrs["assumptions"] == "popular"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["night.csv", "night.nc", "night.png"]


def test_compare_puts_accounts_side_by_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["compare", "4.5 mg at 22:00", "--assumptions", "popular", "--assumptions", "site=pet",
         "--plot", str(tmp_path / "both.png")])  # fmt: skip
    printed = capsys.readouterr().out
    assert "popular" in printed
    assert "site=pet" in printed
    assert "weakest evidence" in printed
    assert "tuned: one 4.5 mg dose" in printed
    assert (tmp_path / "both.png").stat().st_size > 10_000


def test_other_drugs_are_compared_and_dosed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["compare", "18 mg at 22:00", "--drug", "nalmefene", "--drug", "naltrexone", "--assumptions", "popular",
         "--until", "24 h", "--plot", str(tmp_path / "both.png")])  # fmt: skip
    printed = capsys.readouterr().out
    assert "naltrexone popular: 18 mg" in printed
    assert "nalmefene popular: 18 mg" in printed
    assert "nalmefene Cmax [ng/mL]" in printed
    figure = tmp_path / "doses.png"
    run(["dose-response", "1 mg", "18 mg", "--drug", "nalmefene", "--weeks", "1", "--plot", str(figure)])
    title, head, first, second = capsys.readouterr().out.splitlines()
    assert title == "Last day of a week of nightly doses: site plasma, rebound popular, blockade occupancy"
    assert "tone [1]" in head
    assert (first.split()[0], second.split()[0]) == ("1", "18")
    assert figure.stat().st_size > 10_000
    run(["dose-response", "4.5 mg", "--set", "pk.cl=120 L/h", "--weeks", "1"])
    assert "cytokine_index [1]" in capsys.readouterr().out


def test_other_drugs_have_parameters_and_equations(capsys: pytest.CaptureFixture[str]) -> None:
    run(["parameters", "--drug", "nalmefene", "--module", "pk"])
    rows = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in rows[1:]} >= {"pk.cl", "pk.vc", "dose.lag"}
    assert not any(line.startswith(("receptors.kd", "tlr4.", "pk.clm")) for line in rows)
    run(["equations", "--drug", "nalmefene"])
    assert capsys.readouterr().out.startswith("% nalmefene.rates\n")


def test_parameters_prints_and_filters_the_ledger(capsys: pytest.CaptureFixture[str]) -> None:
    run(["parameters", "--module", "tlr4", "--status", "calibrated"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["id", "CK006", "CK007"]
    run(["parameters", "--assumptions", "measured", "--status", "recalled"])
    assert "tlr4.ic50" in capsys.readouterr().out
    run(["parameters", "--observations", "--module", "outcomes"])
    assert "O001" in capsys.readouterr().out


def test_equations_prints_latex(capsys: pytest.CaptureFixture[str]) -> None:
    run(["equations", "--module", "tlr4"])
    printed = capsys.readouterr().out
    assert "% tlr4.inhibition" in printed
    assert r"\frac{\mathrm{d} [\mathrm{TNF}]}{\mathrm{d} t} = k_{\mathrm{TNF}}" in printed
    assert r"% k_{\mathrm{TNF}}, tlr4.k_tnf [1/h]: Loss rate constant of tumour necrosis factor" in printed


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["simulate", "4.5 kg"], "4.5 kg"),
        (["simulate", ""], "regimen"),
        (["simulate", "4.5 mg at 25:00"], "25:00"),
        (["simulate", "--", "-4.5 mg daily"], "-4.5"),
        (["simulate", "nan mg"], "nan"),
        (["simulate", "4.5 mg", "--assumptions", "guess"], "guess"),
        (["simulate", "4.5 mg", "--assumptions", "isomers=1.2"], "1.2"),
        (["simulate", "4.5 mg", "--until", "soon"], "soon"),
        (["simulate", "4.5 mg", "--until=-3 h"], "-3"),
        (["simulate", "4.5 mg", "--step", "0 h"], "step"),
        (["simulate", "4.5 mg", "--set", "pk.cl"], "pk.cl"),
        (["simulate", "4.5 mg", "--set", "pk.cl=120 mg"], "120 mg"),
        (["simulate", "4.5 mg", "--condition", "flu"], "flu"),
        (["simulate", "4.5 mg", "--cell", "neuron"], "neuron"),
        (["simulate", "4.5 mg", "--plot", "night.docx"], "night.docx"),
        (["simulate", "4.5 mg", "--csv", "no/such/folder/night.csv"], "no/such/folder"),
        (["simulate"], "REGIMEN"),
        (["simulate", "4.5 mg", "--dose", "3"], "--dose"),
        (["stimulate", "4.5 mg"], "stimulate"),
        (["compare", "4.5 mg", "4.5 mg"], "4.5 mg"),
        (["compare", "4.5 mg", "--drug", "aspirin"], "aspirin"),
        (["compare", "18 mg", "--drug", "nalmefene", "--assumptions", "tlr4=off"], "tlr4"),
        (["dose-response", "5 mg", "1 mg"], "doses that increase"),
        (["dose-response", "1 mg", "--weeks", "x"], "x"),
        (["dose-response", "1 mg", "--weeks", "0"], "0 weeks"),
        (["dose-response", "1 mg", "--plot", "no/such/folder/a.png"], "no/such/folder"),
        (["dose-response", "1 mg", "--drug", "nalmefene", "--set", "pk.v3=1 L"], "pk.v3"),
        (["parameters", "--drug", "aspirin"], "aspirin"),
        (["parameters", "--drug", "nalmefene", "--observations"], "--drug"),
        (["equations", "--drug", "nalmefene", "--module", "pk"], "module"),
        (["parameters", "--module", "heart"], "heart"),
        (["parameters", "--status", "true"], "true"),
        (["equations", "--module", "heart"], "heart"),
        (["simulate", "4.5 mg", "--population", "1_000"], "1_000"),
        (["simulate", "4.5 mg", "--population", "١٠٠"], "١٠٠"),
        (["simulate", "4.5 mg", "--population", " 5"], " 5"),
        (["simulate", "4.5 mg", "--population", "9" * 5000], "999"),
        (["simulate", "4.5 mg", "--population", "2", "--seed", "1_0"], "1_0"),
        (["explore", "--port", "5_006"], "5_006"),
        (["simulate", "4.5 mg", "--csv", "/dev/null"], "/dev/null"),
        (["simulate", "4.5 mg", "--csv", "."], "."),
        (["simulate", "4.5 mg", "--netcdf", "x" * 300], "xxx"),
        (["simulate", "4.5 mg", "--plot", "a\0b.png"], "--plot"),
        (["simulate", "4.5 mg", "--csv", "a.csv", "--netcdf", "a.csv"], "a.csv"),
        (["simulate", "4.5 mg", "--population", "2", "--store", "a\0b"], "b"),
        (["calibrate", "--write", "no/such/folder/table.csv"], "no/such/folder"),
        (["compare", "4.5 mg", "--plot", "no/such/folder/a.png"], "no/such/folder"),
        (["simulate", "4.5 mg", "--do\nse", "3"], "--do"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    arguments: list[str],
    named: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    run(arguments, code=2)
    printed = capsys.readouterr()
    assert printed.err.startswith("ldnsim: ")
    assert len(printed.err.splitlines()) == 1
    assert named in printed.err
    assert printed.out == ""
    assert list(tmp_path.iterdir()) == []


def test_no_arguments_show_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    run([])
    assert "simulate" in capsys.readouterr().out


def test_help_explains_the_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    run(["simulate", "--help"])
    printed = capsys.readouterr().out
    assert "4.5 mg at 22:00 daily for 28 days" in printed
    assert "--assumptions" in printed


def test_the_explorer_says_what_it_lacks(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "find_spec", lambda name: None if name == "bokeh" else True)
    run(["explore", "--no-browser"], code=2)
    wanted = "ldnsim: bokeh is not installed; run: python -m pip install 'ldnsim[explore]'\n"
    assert capsys.readouterr().err == wanted


def test_the_explorer_refuses_a_port_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    run(["explore", "--no-browser", "--port", "70000"], code=2)
    assert "port: got 70000, expected a port of this machine" in capsys.readouterr().err


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    run(["--version"])
    assert capsys.readouterr().out == f"ldnsim {__version__}\n"


def started(arguments: str, **settings: Any) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = f"{sys.executable} -m ldnsim {arguments}"
    return subprocess.run(
        ["bash", "-c", command], check=False, capture_output=True, text=True, env=environment, **settings
    )


def test_it_starts_as_a_module_and_completes_in_the_shell() -> None:
    assert started("--version").stdout == f"ldnsim {__version__}\n"
    os_variables = "_LDNSIM_COMPLETE=complete_bash COMP_WORDS='ldnsim sim' COMP_CWORD=1"
    found = subprocess.run(
        ["bash", "-c", f"{os_variables} {sys.executable} -m ldnsim"], check=True, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert found.stdout.split() == ["simulate"]


def test_a_closed_pipe_is_silent() -> None:
    found = started("parameters | head -1; echo ${PIPESTATUS[0]}")
    assert found.stdout.splitlines()[0].startswith("id")
    assert found.stdout.splitlines()[1:] == ["0"]
    assert found.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_disk_behind_what_is_printed_is_one_line() -> None:
    found = started("parameters > /dev/full")
    assert (found.returncode, found.stderr) == (2, "ldnsim: [Errno 28] No space left on device\n")


def test_control_c_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(evidence, "ledger", pressed)
    run(["parameters"], code=130)
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "ldnsim: stopped\n")


@pytest.mark.parametrize("option", ["--csv", "--netcdf", "--plot"])
def test_a_full_disk_is_one_line_and_leaves_what_was_there(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Path) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "old.png"
    path.write_text("old")
    monkeypatch.setattr(Path, "replace", full)
    run(["simulate", "4.5 mg", "--until", "4 h", "--step", "1 h", option, str(path)], code=2)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("ldnsim: ")
    assert "old.png" in line
    assert "No space left on device" in line
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


WORDS = [
    "simulate", "compare", "dose-response", "parameters", "equations", "--drug", "nalmefene",
    "4.5 kg", "", "4.5 mg at", "\0", "x\ny", "--assumptions", "guess",
    "site=", "=,=", "--set", "pk.cl", "pk.cl=", "=1", "a=b", "--until", "--step", "-1 h", "nan h", "inf", "0",
    "1e999 h", "--population", "--seed", "--store", "--output", "--plot", "--csv", "--netcdf", "a.docx",
    "--engine", "--cell", "--condition",
    "--module", "--status", "--observations", "--quiet", "--", "-x", "--version=1",
    "٣", "1_0", "\ud800",
]  # fmt: skip


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=7))
def test_no_arguments_lead_to_a_traceback(words: list[str]) -> None:
    told, printed = io.StringIO(), io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), contextlib.redirect_stderr(told):
        with contextlib.redirect_stdout(printed), pytest.raises(SystemExit) as stop:
            cli.main(words)
        assert list(Path(folder).iterdir()) == []
    assert stop.value.code in (0, 2)
    assert (stop.value.code == 0) == (told.getvalue() == "")
    assert len(told.getvalue().splitlines()) <= 1
