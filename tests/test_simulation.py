"""Runs: arguments, the dataset, files, and repetition from the record."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from ldnsim import Endotoxin, EventTable, InputError, Normal, Population, Regimen, Simulation, compare, repeat, simulate
from ldnsim.base.units import is_unit, registry
from ldnsim.models.naltrexone import VARIABLES


@pytest.fixture(scope="module")
def night() -> Simulation:
    return simulate("4.5 mg at 22:00 daily for 3 days", step=0.5)


def test_every_variable_says_what_it_is(night: Simulation) -> None:
    assert list(night.data.data_vars) == list(VARIABLES)
    for name in night.data.data_vars:
        about = night.data[name].attrs
        assert is_unit(about["units"])
        assert about["long_name"]
        assert about["weakest_evidence"] in ("read", "recalled", "assumed", "calibrated")
        assert about["weakest_evidence"] != "calibrated" or about["tuned_to"]


def test_dimensions_and_clock(night: Simulation) -> None:
    assert night.data["occupancy"].dims == ("receptor", "time")
    assert list(night.data["isomer"].values) == ["levo", "dextro"]
    assert float(night.data["clock"][0]) == 22.0
    assert float(night.data["clock"].sel(time=2.5)) == 0.5
    assert night.data.attrs["baseline_residual"] == 0.0


def test_plasma_is_both_isomers_in_mass_units(night: Simulation) -> None:
    total = night.data["concentration"].sel(analyte="ntx").sum("isomer")
    # 1 nM of naltrexone base is 0.34141 ng/mL
    np.testing.assert_allclose(night.data["plasma"].sel(analyte="ntx"), 0.34141 * total, rtol=1e-12)


def test_evidence_follows_the_assumptions(night: Simulation) -> None:
    pet = simulate("4.5 mg", assumptions="measured", step=1.0)
    plasma_view, pet_view = (run.data["occupancy"].attrs["depends_on"].split() for run in (night, pet))
    assert "receptors.kd" in plasma_view
    assert "receptors.alpha" not in plasma_view
    assert "receptors.alpha" in pet_view
    assert "receptors.kd" not in pet_view
    assert "cytokine index" in night.data["tlr4_inhibition"].attrs["tuned_to"]
    assert "cytokine index" not in pet.data["tlr4_inhibition"].attrs["tuned_to"]


def test_repeats_to_the_last_bit(night: Simulation) -> None:
    assert night.repeat().data.identical(night.data)
    through_text = repeat(json.loads(json.dumps(night.record)))
    assert through_text.data.identical(night.data)


def test_changed_parameters_and_challenge_repeat_too() -> None:
    run = simulate(
        Regimen("3 mg", every="12 h", doses=2, route="sublingual"),
        assumptions="site=pet,isomers=0.3",
        parameters={"pk.cl": "2 L/min"},
        source="a test",
        at=[1.23],
        endotoxin=Endotoxin(3.0, 10.0),
        condition="fibromyalgia",
        cell="macrophage",
        step=1.0,
    )
    assert run.repeat().data.identical(run.data)
    assert "pk.cl" in run.data.attrs["assumptions"]
    assert 1.23 in run.data["time"]
    assert float(run.data["fold_over_healthy"].sel(mediator="sp")) == 3.0


def test_netcdf_keeps_data_and_record(night: Simulation, tmp_path: Path) -> None:
    night.to_netcdf(tmp_path / "night.nc")
    with xr.open_dataset(tmp_path / "night.nc", engine="scipy") as saved:
        np.testing.assert_array_equal(saved["tone"].values, night.data["tone"].values)
        assert repeat(json.loads(saved.attrs["record"])).data.identical(night.data)


def test_csv_holds_every_variable(night: Simulation, tmp_path: Path) -> None:
    night.to_csv(tmp_path / "night.csv")
    table = pd.read_csv(tmp_path / "night.csv", comment="#")
    frame = night.to_frame()
    assert len(table) == night.data.sizes["time"]
    assert len(table.columns) == len(frame.columns)
    np.testing.assert_allclose(table["plasma_ntx [ng/mL]"], frame["plasma_ntx"], rtol=1e-6)
    assert frame.attrs["units"]["plasma_ntx"] == "ng/mL"


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"until": -1}, "until"),
        ({"until": 0}, "until"),
        ({"until": math.nan}, "until"),
        ({"until": "3 mg"}, "until"),
        ({"until": math.inf}, "until"),
        ({"step": 0}, "step"),
        ({"step": 1e-9}, "step"),
        ({"step": "fast"}, "step"),
        ({"at": [-1.0]}, "at"),
        ({"at": [math.nan]}, "at"),
        ({"at": [1e6]}, "at"),
        ({"at": ["noon"]}, "at"),
        ({"method": "euler"}, "method"),
        ({"rtol": 0.5}, "rtol"),
        ({"rtol": -1}, "rtol"),
        ({"assumptions": "guess"}, "assumptions"),
        ({"assumptions": None}, "assumptions"),
        ({"condition": "flu"}, "condition"),
        ({"cell": "neuron"}, "cell"),
        ({"parameters": {"pk.clx": 1}}, "parameters"),
        ({"at": {"h": 5.0}}, "at"),
        ({"at": "5"}, "at"),
        ({"parameters": [("pk.cl", 1)]}, "parameters"),
        ({"endotoxin": (1.0, 10.0)}, "endotoxin"),
        ({"endotoxin": Endotoxin(-1.0, 10.0)}, "endotoxin.time"),
        ({"endotoxin": Endotoxin(1.0, math.inf)}, "endotoxin.peak"),
    ],
)
def test_bad_arguments_are_named(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=f"^{named}: got"):
        simulate("4.5 mg", **settings)


@pytest.mark.parametrize("regimen", [None, 4.5, ["4.5 mg"]])
def test_other_regimens_are_refused(regimen: Any) -> None:
    with pytest.raises(InputError, match="^regimen: got"):
        simulate(regimen)


@pytest.mark.parametrize("record", [None, {}, {"regimen": {}}, {"regimen": {}, "assumptions": {"site": "pet", "x": 1}}])
def test_other_records_are_refused(record: Any) -> None:
    with pytest.raises(InputError):
        repeat(record)


def test_progress_ends_at_one() -> None:
    seen: list[float] = []
    simulate("4.5 mg daily for 4 days", step=1.0, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert len(seen) >= 4


def test_outcomes_are_those_of_the_trials() -> None:
    run = simulate("4.5 mg daily for 12 weeks", step=2.0)
    outcomes = run.outcomes()
    at_8_weeks = outcomes.isel(time=int(np.searchsorted(outcomes["time"], 56 * 24.0)))
    gained = float(at_8_weeks["pain_fall_with_drug"] - at_8_weeks["pain_fall_placebo"])
    assert gained == pytest.approx(0.5, abs=0.02)
    assert float(outcomes["pain_fall_placebo"].isel(time=-1)) == pytest.approx(0.9, abs=0.03)
    # O001 and O002: half respond at 3.88 mg, 95 % at 5.4 mg
    assert 0.5 < float(outcomes["responder_probability"]) < 0.95
    assert float(outcomes["side_effect_percent"].sel(side_effect=outcomes["side_effect"][0])) > 0


def test_what_is_known_of_a_person_acts_as_in_a_population_and_is_named() -> None:
    known: dict[str, Any] = {"weight": 55, "liver": "C", "creatinine_clearance": "0.03 L/min"}
    run = simulate("4.5 mg", covariates=known, step=0.5, engine="batch")
    assert run.data.attrs["assumptions"] == (
        "popular with weight 55 kg, creatinine clearance 30 mL/min, liver decompensated"
    )
    # 15 kg less at 0.548 L/h a kg, from 140 L/h; and what availability, which ends at 0.9, leaves of 8.05 times (PP080)
    assert run.parameters["pk.cl"].value == pytest.approx(131.78 * 0.9 / (0.158267 * 8.05))
    assert run.parameters["pk.cl"].source.endswith(
        "with weight 55 kg, liver decompensated (PP075, LM032, PP080, LM037)"
    )
    assert run.parameters["pk.clrm"].status == "assumed"
    assert run.parameters["pk.vc"] == simulate("4.5 mg", step=0.5).parameters["pk.vc"]
    alike = Population(1, seed=1, variability={}, covariates=known)
    other = simulate("4.5 mg", population=alike, step=0.5, engine="batch")
    levels = other.data["plasma"].isel(person=0).transpose(*run.data["plasma"].dims).values
    np.testing.assert_allclose(run.data["plasma"].values, levels, rtol=1e-6, atol=1e-9)
    again = run.repeat()
    assert again.data.identical(run.data)
    assert repeat(json.loads(json.dumps(run.record))).data.identical(run.data)


def test_the_reference_person_has_the_typical_parameters() -> None:
    known = {"weight": 70, "age": 40, "creatinine_clearance": 100, "smoking": "no", "liver": "none", "sex": "male"}
    run = simulate("4.5 mg", covariates=known, step=1)
    assert dict(run.parameters) == dict(simulate("4.5 mg", step=1).parameters)


def test_an_event_table_is_about_the_person_too() -> None:
    table = EventTable.of({"ID": [1, 1], "TIME": [0, 5], "AMT": [4.5, 0], "CMT": [1, 7]})
    known: dict[str, Any] = {"weight": 150, "liver": "A"}
    found = simulate(table, covariates=known).rows()["plasma_ntx"].iloc[-1]
    curve = simulate("4.5 mg", covariates=known, step=1).data["plasma"].sel(analyte="ntx")
    assert found == pytest.approx(float(curve[curve["time"] == 5.0].values[-1]), rel=1e-8)
    assert found != pytest.approx(simulate(table).rows()["plasma_ntx"].iloc[-1], rel=0.1)


@pytest.mark.parametrize("weight", [np.float64(90), np.array(90.0), "90 kg", registry().Quantity(90, "kg")])
def test_a_covariate_may_come_as_any_number(weight: object) -> None:
    # 20 kg more at 0.548 L/h a kg
    assert simulate("4.5 mg", covariates={"weight": weight}, step=1).parameters["pk.cl"].value == pytest.approx(150.96)


@pytest.mark.parametrize(
    ("given", "named", "says"),
    [
        ({"covariates": {"weight": Normal(70, sd=5)}}, "weight", "there is one person"),
        ({"covariates": {"weight": [70]}}, "weight", "there is one person"),
        ({"covariates": {"liver": {"A": 1.0}}}, "liver", "there is one person"),
        ({"covariates": {"age": 9000}}, "age", "0 to 130 year"),
        ({"covariates": {"weight": 70}, "population": Population(2, seed=1)}, "covariates", "beside population="),
    ],
)
def test_covariates_of_one_person_are_single_values(given: dict[str, Any], named: str, says: str) -> None:
    with pytest.raises(InputError, match=re.escape(says)) as caught:
        simulate("4.5 mg", step=1, **given)
    assert caught.value.argument == named


@pytest.mark.parametrize(
    "value", [np.array([1, 2]), pd.DataFrame({"a": [1]}), pd.NA], ids=lambda value: type(value).__name__
)
@pytest.mark.parametrize("name", ["decide", "endotoxin", "start", "population", "outputs"])
def test_what_cannot_be_compared_is_refused_by_its_name(name: str, value: Any) -> None:
    table = EventTable.of({"ID": [1, 1], "TIME": [0, 4], "AMT": [4.5, 0]})
    for given, more in (("4.5 mg", {}), ("4.5 mg", {"population": Population(2, seed=1)}), (table, {})):
        with pytest.raises(InputError) as refused:
            simulate(given, **{**more, name: value})
        assert refused.value.argument == name


def test_a_setting_that_is_misspelt_fails_before_anything_runs() -> None:
    """Under mypy, which reports an ignored error that is none, and when it is called."""
    with pytest.raises(TypeError, match="stepp"):
        simulate("4.5 mg", stepp=0.5)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="untill"):
        compare("4.5 mg", untill=3)  # type: ignore[call-arg]
