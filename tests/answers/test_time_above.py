"""Windows: closed forms of each person of a population, days that add up to the whole, results of every kind."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import ldnsim as ldn
from ldnsim.cli import main

mpl.use("agg")
CL, V = 2.0, 20.0
DRUG = ldn.models.one_compartment(CL=CL, V=V)
FINE: dict[str, Any] = {"until": 72, "step": 0.1}


def one(regimen: str = "100 mg", **settings: Any) -> ldn.Simulation:
    given: Any = {**FINE, **settings}
    found: ldn.Simulation = ldn.simulate(regimen, model=DRUG, **given)
    return found


@pytest.fixture(scope="module")
def people() -> ldn.PopulationRun:
    """People who differ in clearance alone, one of whom has none that is possible."""
    given = ldn.Individuals.of({"ID": ["anna", "bo", "cem"], "CL": [1.0, 2.0, 4.0]})
    return ldn.simulate("100 mg", model=DRUG, population=given, progress=False, **FINE)


def test_each_person_of_a_population_has_the_hours_of_the_closed_form(people: ldn.PopulationRun) -> None:
    found = ldn.windows(people, above=1.0)
    expected = np.minimum(V / np.array([1.0, 2.0, 4.0]) * math.log(5.0), 72)
    assert found.people["person"].tolist() == ["anna", "bo", "cem"]
    assert found.people["hours [h]"].to_numpy() == pytest.approx(expected, abs=1e-3)
    assert found.people["share [1]"].to_numpy() == pytest.approx(expected / 72, abs=1e-4)
    assert found.table["end [h]"].to_numpy() == pytest.approx(expected, abs=1e-3)
    assert "anna: " in str(found)
    assert str(found).startswith("C central at or above 1 mg/L:")


def test_days_and_parts_of_the_day_add_up_to_the_whole(people: ldn.PopulationRun) -> None:
    found = ldn.windows(people, above=1.0, clock={"night": "22:00-06:00", "rest": "06:00-22:00"})
    by_person = found.days.groupby("person", sort=False).sum(numeric_only=True)
    for column in ("hours [h]", "in night 22:00-06:00 [h]", "in rest 06:00-22:00 [h]"):
        assert by_person[column].to_numpy() == pytest.approx(found.people[column].to_numpy())
    parts = found.days["in night 22:00-06:00 [h]"] + found.days["in rest 06:00-22:00 [h]"]
    assert parts.to_numpy() == pytest.approx(found.days["hours [h]"].to_numpy())
    # bo is above for 32 h from 22:00 on: a day, and a quarter of the next one with its whole night
    bo = found.days[found.days["person"] == "bo"]
    expected = V / CL * math.log(5.0)
    assert bo["hours [h]"].tolist() == pytest.approx([min(expected, 24), max(expected - 24, 0), 0], abs=1e-3)
    assert found.days["length [h]"].sum() == pytest.approx(3 * 72)


def test_a_stretch_says_its_day_clock_times_and_whether_the_run_cuts_it() -> None:
    found = ldn.windows(one("100 mg at 22:00 daily for 2 days", until=48), above=4.0, below=None)
    first, second = found.table.to_dict("records")
    assert (first["day"], first["starts at"], first["whole"]) == (1, "22:00", False)
    assert (second["day"], second["starts at"], second["whole"]) == (2, "22:00", True)
    # 5 mg/L fall to 4 in ln(5/4) / 0.1 h; what is left of the first dose makes the second stretch longer
    assert first["hours [h]"] == pytest.approx(10 * math.log(5 / 4), abs=1e-3)
    left = 5 * (1 + math.exp(-2.4))
    assert second["hours [h]"] == pytest.approx(10 * math.log(left / 4), abs=1e-3)
    assert second["end [h]"] - second["start [h]"] == pytest.approx(second["hours [h]"])


def test_what_is_below_is_counted_as_well() -> None:
    found = ldn.windows(one(), below="1 mg/L")
    assert found.people["hours [h]"].tolist() == pytest.approx([72 - 10 * math.log(5)], abs=1e-3)
    assert str(found).startswith("C central below 1 mg/L")


def test_the_default_is_what_counts_as_blocked_and_its_name_follows_the_assumptions() -> None:
    said = {
        blockade: ldn.windows(
            ldn.simulate("4.5 mg", until=24, step=0.5, assumptions=ldn.Assumptions(blockade=blockade))
        )
        for blockade in ("occupancy", "functional")
    }
    assert said["occupancy"].asked == "half of mu receptors held"
    assert said["functional"].asked == "heroin 25 mg blocked by half"
    assert said["functional"].people["hours [h]"].tolist() == pytest.approx([5.0], abs=0.1)
    with pytest.raises(ldn.InputError, match="receptor: got 'dor'"):
        ldn.windows(said["functional"].runs[""], "occupancy", receptor="dor")


def test_sweeps_comparisons_tables_and_lists_are_told_by_name() -> None:
    doses = ldn.Ensemble("100 mg", model=DRUG, **FINE).curves({"mg": [50.0, 100.0]})
    assert ldn.windows(doses, above=1.0).people["person"].tolist() == ["50 mg", "100 mg"]
    both = ldn.compare(["50 mg", "100 mg"], model=DRUG, **FINE)
    named = ldn.windows(both, above=1.0)
    expected = [10 * math.log(2.5), 10 * math.log(5.0)]
    assert named.people["hours [h]"].tolist() == pytest.approx(expected, abs=1e-3)
    assert list(named.runs) == list(both.runs)
    several = ldn.windows([one("50 mg"), one("100 mg"), one("100 mg")], above=1.0)
    regimen = "100 mg at 22:00 once"
    assert several.people["run"].tolist() == ["50 mg at 22:00 once", f"{regimen} (2)", f"{regimen} (3)"]
    table = ldn.EventTable.of(
        {"ID": [7, 7, 9, 9], "TIME": [0, 72, 0, 72], "AMT": [50, 0, 100, 0], "EVID": [1, 0, 1, 0], "CLOCK": [8] * 4}
    )
    run = ldn.simulate(table, model=DRUG, step=0.1)
    found = ldn.windows(run, above=1.0)
    assert found.table["starts at"].tolist() == ["08:00", "08:00"]
    assert found.people["person"].tolist() == [7, 9]
    assert found.people["hours [h]"].tolist() == pytest.approx(expected, abs=1e-3)


def test_the_hour_of_a_table_that_does_not_say_it_is_warned_of() -> None:
    columns = {"ID": [1, 1], "TIME": [0, 24], "AMT": [100, 0], "EVID": [1, 0]}
    run = ldn.simulate(ldn.EventTable.of(columns), model=DRUG)
    with pytest.warns(ldn.LdnsimWarning, match="TIME 0 is taken as 22:00, which the table does not say"):
        assert ldn.windows(run, above=1.0).table["starts at"].tolist() == ["22:00"]
    # where it was said there is nothing to warn of
    said = ldn.simulate(ldn.EventTable.of({"ID": [1, 1], "TIME": [0, 6], "AMT": [4.5, 0], "EVID": [1, 0]}), clock=8)
    assert ldn.windows(said).table["starts at"].str.startswith("08:").all()


def test_who_failed_has_a_reason_and_no_hours() -> None:
    rows = ldn.Ensemble("100 mg", model=DRUG, **FINE).curves({"CL": [2.0, -1.0]})
    found = ldn.windows(rows, above=1.0)
    failed = found.people[found.people["person"] == 1].iloc[0]
    assert np.isnan(failed["hours [h]"])
    assert "CL" in failed["reason"]
    assert "1 left out because their run did not finish" in str(found)


def test_the_record_is_enough_to_ask_again() -> None:
    run = one()
    record = ldn.windows(run, above=1.0, clock="23:00-07:00").record
    again = ldn.repeat(record["runs"][0]["record"], DRUG)
    asked = {name: record[name] for name in ("variable", "within")}
    found = ldn.windows(again, above=record["threshold"], clock=list(record["clock"].values()), **asked)
    pd.testing.assert_frame_equal(found.table, ldn.windows(run, above=1.0, clock="23:00-07:00").table)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "above: got None, expected a level of 'C_central'"),
        ({"above": 1, "below": 1}, "below: got 1, expected to be left out beside above"),
        ({"above": "1 h"}, "above: got '1 h'"),
        ({"above": 1, "clock": "night"}, "clock"),
        ({"above": 1, "clock": 5}, "clock"),
        ({"above": 1, "variable": "tone"}, "variable: got 'tone'"),
        ({"above": 1, "analyte": "ntx"}, "labels"),
        ({"above": 1, "analyte": ["ntx", "bnx6"]}, "analyte: got"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(settings: dict[str, Any], expected: str) -> None:
    with pytest.raises(ldn.InputError, match=expected):
        ldn.windows(one(step=8), **settings)


def test_what_has_no_curves_is_refused_with_a_cure() -> None:
    several: list[object] = [3, "run", [], {}, pd.DataFrame()]
    for odd in several:
        with pytest.raises(ldn.InputError, match="curves of an Ensemble"):
            ldn.windows(odd, above=1)


def test_pictures_hold_records_and_clocks(people: ldn.PopulationRun, tmp_path: Path) -> None:
    days = ldn.windows(one("100 mg daily for 5 days", until=120, step=1), above=4.0).plot()
    assert days.axes[0].get_xlabel() == "Clock time"
    days.savefig(tmp_path / "days.png")
    assert b"ldnsim:record" in (tmp_path / "days.png").read_bytes()
    bars = ldn.windows(people, above=1.0).plot()
    assert [label.get_text() for label in bars.axes[0].get_yticklabels()] == ["anna", "bo", "cem"]
    many = ldn.Ensemble("100 mg", model=DRUG, until=72, step=1).curves({"CL": np.linspace(1, 4, 40)})
    line = ldn.windows(many, above=1.0).plot().axes[0].lines[0].get_ydata()
    assert line[0] == 100
    assert np.all(np.diff(line) <= 0)
    plt.close("all")


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, picture = tmp_path / "windows.csv", tmp_path / "windows.png"
    words = ["windows", "4.5 mg", "--until", "24 h", "--of", "plasma", "--label", "analyte=ntx", "--above", "0.5 ng/mL"]
    with pytest.raises(SystemExit) as stop:
        main([*words, "--clock", "23:00-07:00", "--csv", str(table), "--plot", str(picture)])
    assert stop.value.code == 0
    assert "1 stretch" in capsys.readouterr().out
    assert pd.read_csv(table, comment="#")["hours [h]"].tolist() == pytest.approx([3.15], abs=0.05)
    assert picture.stat().st_size > 1000
    with pytest.raises(SystemExit):
        main(["windows", "4.5 mg", "--until", "24 h", "--label", "variable=plasma"])
    assert "--label: got 'variable'" in capsys.readouterr().err
