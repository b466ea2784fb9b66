"""Command line: what it prints and writes, and how it refuses."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import xarray as xr

from ldnsim import cli


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
        rows = list(csv.DictReader(stream))
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
    assert r"\frac{d}{d t}" in printed


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
        (["parameters", "--module", "heart"], "heart"),
        (["parameters", "--status", "true"], "true"),
        (["equations", "--module", "heart"], "heart"),
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
    monkeypatch.setattr(cli, "find_spec", lambda name: None if name == "bokeh" else True)
    run(["explore", "--no-browser"], code=2)
    wanted = "ldnsim: bokeh is not installed; run: python -m pip install bokeh (the extra 'explore')\n"
    assert capsys.readouterr().err == wanted


def test_the_explorer_refuses_a_port_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    run(["explore", "--no-browser", "--port", "70000"], code=2)
    assert "port: got 70000, expected a port of this machine" in capsys.readouterr().err
