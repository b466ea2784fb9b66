"""The dose for which an endpoint is as wanted: what a user then simulates keeps it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from ldnsim import Ensemble, EventTable, Individuals, InputError, Population, Regimen, cli, find_dose, models, simulate
from ldnsim.base.units import clock_text
from ldnsim.results.readings import BLOCKED_HOURS, TONE

CL, V, KA = 2.0, 20.0, 1.2
K = CL / V
ONE = models.one_compartment(CL=CL, V=V, ka=KA)
PEAK = "C_central Cmax"
CURVED = models.michaelis_menten(Vmax=20.0, Km=1.0, V=V, ka=KA)


def bateman(t: Any) -> Any:
    """Level after one mg by mouth [mg/L]."""
    return KA / (V * (KA - K)) * (np.exp(-K * t) - np.exp(-KA * t))


@pytest.fixture(autouse=True)
def nothing_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Search by an engine that waits for no compiler; what is found is simulated by the usual one."""
    monkeypatch.setattr(
        "ldnsim.designing.takers.usual_for_many", lambda system, _: "exact" if system.linear else "batch"
    )


def after_six(data: xr.Dataset) -> Any:
    """Level 6 h after the start."""
    return data["C_central"].drop_duplicates("time", keep="last").sel(time=6.0)


def test_the_dose_for_a_peak_or_an_area_is_that_of_the_closed_form() -> None:
    time = np.arange(0, 24.01, 0.1)
    found = find_dose("100 mg", PEAK, "2500 ug/L", model=ONE)
    assert found.dose == pytest.approx(2.5 / bateman(time).max(), rel=1e-5)
    assert (found.target, found.unit) == (2.5, "mg/L")
    area = find_dose("100 mg", "C_central AUC in the window", 30.0, model=ONE)
    whole = KA / (V * (KA - K)) * ((1 - np.exp(-24 * K)) / K - (1 - np.exp(-24 * KA)) / KA)
    assert area.dose == pytest.approx(30.0 / whole, rel=1e-3)
    steady = find_dose(
        "1 mg daily for 1 day", {"mean": lambda data: np.trapezoid(data["C_central"], data["time"]) / 24}, 1.0,
        model=ONE, start="steady-state",
    )  # fmt: skip
    # all that is given in a day is eliminated in it
    assert steady.dose == pytest.approx(24 * CL, rel=1e-3)


@settings(max_examples=6)
@given(st.floats(0.02, 0.98), st.floats(4.0, 48.0), st.sampled_from([ONE, CURVED]))
def test_a_promise_is_kept_in_a_simulation_of_the_regimen_that_is_handed_out(
    share: float, every: float, drug: models.Model
) -> None:
    plan = Regimen(100, every=round(every, 1), doses=2)
    low, high = (
        simulate(Regimen(mg, every=round(every, 1), doses=2), model=drug, step=0.5).summary()[PEAK][-1]
        for mg in (1, 5000)
    )
    target = float(np.exp(np.log(low) + share * np.log(high / low)))
    found = find_dose(plan, PEAK, target, model=drug, step=0.5)
    again = simulate(Regimen.parse(str(found.regimen)), model=drug, step=0.5)
    assert again.summary()[PEAK][-1] == pytest.approx(target, rel=1e-3)
    assert found.table["error"].iloc[0] == pytest.approx(abs(again.summary()[PEAK][-1] / target - 1), abs=1e-9)


def test_each_of_known_individuals_gets_the_dose_of_the_closed_form() -> None:
    rng = np.random.default_rng(3)
    volume, clearance = rng.uniform(10, 40, 30), rng.uniform(1, 6, 30)
    drug = models.one_compartment(CL=CL, V=V)
    people = Individuals.of({"ID": [f"p{k}" for k in range(30)], "V": volume, "CL": clearance})
    plan = Regimen(100, route="intravenous")
    found = find_dose(plan, {"level": after_six}, 1.0, model=drug, population=people)
    expected = volume * np.exp(6 * clearance / volume)
    assert found.doses == pytest.approx(expected, rel=1e-3)
    assert found.table["ID"].tolist() == [f"p{k}" for k in range(30)]
    assert (found.table["error"] <= 1e-3).all()
    assert found.dose == pytest.approx(np.median(found.doses))
    assert "30 of 30 people" in str(found)


def test_people_who_were_drawn_reach_it_as_the_summary_of_the_same_people_says() -> None:
    how: dict[str, Any] = {"until": 12, "step": 0.5, "engine": "batch"}
    people = Population(10, seed=5)
    found = find_dose("4.5 mg at 22:00", "ntx Cmax", 2.0, population=people, **how)
    assert (found.table["status"] == "found").all()
    run = simulate(f"{found.doses[7]:.6g} mg at 22:00", population=people, progress=False, **how)
    assert float(run.data["plasma"].sel(analyte="ntx").isel(person=7).max()) == pytest.approx(2.0, rel=1e-3)


def test_who_does_not_reach_it_is_told_apart_from_who_does() -> None:
    people = Individuals.of({"ID": [1, 2], "V": [20.0, 20.0], "CL": [2.0, 60.0]})
    found = find_dose("100 mg", {"level": after_six}, 1.0, model=ONE, population=people, between=(1, 1000))
    assert found.table["status"].tolist() == ["found", "out of reach"]
    assert np.isnan(found.doses[1])
    assert found.table["highest"][1] < 1.0
    assert found.table["highest at [mg]"][1] == pytest.approx(1000)
    with pytest.raises(InputError, match=r"reaches: from .* in ID 2 to .* in ID 1"):
        find_dose("100 mg", {"level": after_six}, 1e6, model=ONE, population=people)


def test_an_unreachable_wish_names_what_is_reachable_and_where() -> None:
    peak = bateman(np.arange(0, 24, 0.1)).max()
    with pytest.raises(InputError, match="reaches") as refused:
        find_dose("100 mg", PEAK, 1000.0, model=ONE, between=("10 mg", "200 mg"))
    told = refused.value.expected
    assert f"from {10 * peak:.4g} mg/L at 10 mg to {200 * peak:.4g} mg/L at 200 mg" in told
    assert "between=" in told
    # the top of a curve that turns is told, not the nearest dose that was looked at
    with pytest.raises(InputError, match=r"to 1 at (99\.9|100\b)"):
        find_dose("90 mg", lambda data: 1 - (after_six(data) / (100 * bateman(6.0)) - 1) ** 2, 1.001, model=ONE)


def test_less_is_more_so_that_two_doses_reach_it_and_the_smaller_is_taken() -> None:
    found = find_dose("4.5 mg at 22:00 daily for 2 days", TONE, 1.005, between=(0.1, 50), step=1)
    assert len(found.doses) == 2
    assert found.table["with the dose it"].tolist() == ["rises", "falls"]
    assert found.dose == found.doses[0] < 0.2 < found.doses[1]
    for mg, run in zip(found.doses, found.runs.values(), strict=True):
        assert run.regimen.phases[0].mg == mg
        assert run.summary()[TONE][-1] == pytest.approx(1.005, rel=1e-3)
    assert "reaches it too; the smallest dose is taken" in str(found)
    assert json.loads(json.dumps(found.record))["doses"] == found.doses.tolist()


def test_a_wish_may_be_a_clock_time_and_a_few_minutes_of_blockade_are_kept_too() -> None:
    ends = find_dose("4.5 mg at 22:00", "blockade ends", "06:00", engine="batch", step=0.5, between=(4, 50))
    assert clock_text(ends.runs[f"{ends.dose:g} mg"].summary()["blockade ends"][-1]) == "06:00"
    # just above the threshold hours grow with the root of the dose
    short = find_dose("4.5 mg at 22:00", BLOCKED_HOURS, "12 min", between=(0.5, 2), until=24, step=0.25)
    assert simulate(short.regimen, until=24, step=0.25).summary()[BLOCKED_HOURS][-1] == pytest.approx(0.2, rel=1e-3)


def test_where_an_endpoint_jumps_over_the_target_no_dose_is_given() -> None:
    steps = {"steps": lambda data: np.floor(after_six(data))}
    with pytest.raises(InputError, match="jumps across it at"):
        find_dose("100 mg", steps, 2.5, model=ONE, until=12, step=1, between=(60, 120))
    people = Individuals.of({"ID": [1, 2], "CL": [2.0, 3.0]})
    with pytest.raises(InputError, match="reaches"):
        find_dose("100 mg", steps, 2.5, model=ONE, population=people, between=(60, 120))
    # the first dose with two whole ones
    assert find_dose("100 mg", steps, 2.0, model=ONE, step=1, between=(60, 120)).dose == pytest.approx(
        2.0 / bateman(6.0), rel=1e-4
    )


@pytest.mark.parametrize(
    ("argument", "asked"),
    [
        ("regimen", {"regimen": EventTable.of({"ID": [1, 1], "TIME": [0, 1], "AMT": [100, 0]})}),
        ("regimen", {"regimen": "50 mg for 1 week then 100 mg"}),
        ("regimen", {"regimen": "0 mg"}),
        ("regimen", {"regimen": None}),
        ("wanted", {"wanted": "Cmax"}),
        ("wanted", {"wanted": ["C_central Cmax", "C_central Tmax"]}),
        ("wanted", {"wanted": {}}),
        ("wanted", {"wanted": 5}),
        ("wanted['lambda']", {"wanted": lambda data: data["nothing"]}),
        ("wanted['five']", {"wanted": {"five": lambda _: 5.0}}),
        ("wanted", {"wanted": "C_central Tmax", "target": 2.0}),
        ("target", {"target": np.nan}),
        ("target", {"target": "2 h"}),
        ("target", {"target": "much"}),
        ("target", {"wanted": after_six, "target": "2 mg/L"}),
        ("between", {"between": (10, 5)}),
        ("between", {"between": (0, 5)}),
        ("between", {"between": 5}),
        ("between", {"between": ("1 mg", "1 kg")}),
        ("population", {"population": 5}),
        ("population", {"population": Population(1_000_000, seed=1, variability={})}),
        ("start", {"start": "tired"}),
        ("model", {"model": "none"}),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(argument: str, asked: dict[str, Any]) -> None:
    usual: dict[str, Any] = {"regimen": "100 mg", "wanted": PEAK, "target": 1.0, "model": ONE}
    with pytest.raises(InputError) as refused:
        find_dose(**(usual | asked))
    assert refused.value.argument == argument


def test_functions_read_what_a_model_shows_also_what_people_do_not_keep_by_default() -> None:
    shown = simulate("4.5 mg", until=1).data.data_vars
    kept = Ensemble("4.5 mg", until=1).described().data_vars
    (name, *_) = sorted({str(one) for one in shown} - {str(one) for one in kept})
    with pytest.raises(InputError, match="depends on the dose"):
        find_dose("4.5 mg", lambda data: 0.0 * data[name].isel(time=-1).sum(data[name].dims[1:-1]), 1.0, until=4,
                  engine="batch", step=1)  # fmt: skip


def test_pictures_say_what_was_asked_and_of_whom() -> None:
    one = find_dose("100 mg", PEAK, 2.0, model=ONE).plot()
    assert one.axes[0].get_title(loc="left") == "Dose for which C_central Cmax is 2 mg/L"
    assert one.axes[0].get_xlabel() == "Dose [mg]"
    people = Individuals.of({"ID": [1, 2, 3], "CL": [2.0, 3.0, 4.0]})
    several = find_dose("100 mg", PEAK, 2.0, model=ONE, population=people).plot()
    assert [ax.get_title(loc="left") for ax in several.axes] == ["3 of 3 people", "Typical person"]
    assert any("3 individuals" in text.get_text() for text in several.texts)


def test_the_command_line_finds_the_same_and_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, figure = tmp_path / "dose.csv", tmp_path / "dose.png"

    def run(*arguments: str, code: int = 0) -> Any:
        with pytest.raises(SystemExit) as stop:
            cli.main(["design", *arguments])
        assert stop.value.code == code
        return capsys.readouterr()

    printed = run("dose", "4.5 mg at 22:00", "--wanted", "ntx Cmax", "--target", "2 ng/mL", "--until", "24 h", "--from",
                  "1", "--to", "20 mg", "--csv", str(table), "--plot", str(figure)).out  # fmt: skip
    heading, row = (one for one in table.read_text().splitlines() if not one.startswith("#"))
    assert heading == "dose [mg],ntx Cmax [ng/mL],error,with the dose it"
    dose, value, error, _ = row.split(",")
    assert float(value) == pytest.approx(2.0, rel=1e-3)
    assert float(error) < 1e-3
    assert f"ntx Cmax 2 ng/mL: {dose} mg." in printed
    assert figure.read_bytes().startswith(b"\x89PNG")
    refused = run("dose", "4.5 mg", "--wanted", "ntx Cmax", "--target", "5000", "--until", "1 h", code=2).err
    assert "a value that ntx Cmax reaches" in refused
    assert "--to" in run("dose", "4.5 mg", "--wanted", "ntx Cmax", "--target", "1", "--from", "1", code=2).err
    assert "--seed" in run("dose", "4.5 mg", "--wanted", "ntx Cmax", "--target", "1", "--seed", "1", code=2).err
