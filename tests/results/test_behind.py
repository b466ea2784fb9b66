"""Evidence at some labels alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
import xarray as xr

from ldnsim import InputError, Population, Simulation, compare, dose_response, resolve, simulate
from ldnsim.ledger.parameters import ParameterSet
from ldnsim.model import Parameters
from ldnsim.models.naltrexone import naltrexone
from ldnsim.plots import panels as plots
from ldnsim.results.behind import Shown, evidence_behind, evidence_of
from ldnsim.results.dataset import Subject
from ldnsim.results.provenance import Entered

mpl.use("Agg")

SETTINGS: dict[str, Any] = {"until": 6, "step": 1}


@pytest.fixture(scope="module")
def night() -> Simulation:
    found: Simulation = simulate("4.5 mg", **SETTINGS)
    return found


def _described(name: str, changed: dict[str, dict[str, str]]) -> dict[str, str]:
    """What a variable says of itself where rows of the ledger have another status."""
    usual = resolve("popular")
    entries = {key: entry._replace(**changed.get(key, {})) for key, entry in usual.items()}  # type: ignore[arg-type]
    parameters = ParameterSet(entries)
    entered = Entered((("oral", {"SALT": "hcl"}),))
    return Subject(naltrexone(parameters, 22.0), parameters, Parameters, entered).described()[name]


@pytest.mark.parametrize(
    ("name", "label", "foreign", "own"),
    [
        ("occupancy", "mor", "receptors.ratio_kor", "receptors.kd"),
        ("occupancy", "dor", "receptors.ratio_kor", "receptors.ratio_dor"),
        ("receptor_density", "mor", "receptors.ratio_kor", "receptors.kdeg"),
        ("mediator_level", "il6", "tlr4.w_tnf", "tlr4.w_il6"),
        ("mediator_level", "tnf", "tlr4.k_il6", "tlr4.k_tnf"),
        ("peptide_level", "beta_endorphin", "endorphin.kout_menk", "endorphin.kout_bend"),
        ("plasma", "ntx", "pk.vcm", "pk.vc"),
        ("plasma", "ntx", "dose.mw_bnx6", "dose.mw_base"),
        ("plasma", "bnx6", "receptors.kd", "dose.mw_bnx6"),
    ],
)
def test_a_label_rests_on_its_own_rows_alone(name: str, label: str, foreign: str, own: str) -> None:
    tuned = {"status": "calibrated", "target": "a target of this test"}
    keys = [f"{key}_{label}" for key in ("weakest_evidence", "depends_on", "tuned_to")]
    before, after = _described(name, {}), _described(name, {foreign: tuned})
    assert [before.get(key) for key in keys] == [after.get(key) for key in keys]
    assert foreign not in before[f"depends_on_{label}"].split()
    assert own in before[f"depends_on_{label}"].split()
    reached = _described(name, {own: tuned})
    assert reached[f"weakest_evidence_{label}"] == reached["weakest_evidence"] == "calibrated"
    assert "a target of this test" in reached[f"tuned_to_{label}"]


def test_a_variable_says_what_stands_behind_any_of_its_labels(night: Simulation) -> None:
    for name, variable in night.data.data_vars.items():
        ends = [key.removeprefix("depends_on") for key in variable.attrs if key.startswith("depends_on_")]
        count = variable.size // variable.sizes["time"]
        assert len(ends) == (count if count > 1 else 0), name
        together = {one for end in ends for one in variable.attrs[f"depends_on{end}"].split()}
        assert not ends or together == set(variable.attrs["depends_on"].split())


def test_a_selection_keeps_its_evidence(night: Simulation) -> None:
    mu = evidence_of(night.data, "occupancy", receptor="mor")
    both = evidence_of(night.data, "occupancy", receptor=("mor", "kor"))
    assert evidence_of(night.data.sel(receptor="mor"), "occupancy") == mu
    assert evidence_of(night.data.sel(receptor=["mor", "kor"]).isel(time=[0]), "occupancy") == both
    assert set(both.parameters) - set(mu.parameters) == {"receptors.ratio_kor"}
    assert evidence_of(night.data.sel(receptor="mor", drop=True), "occupancy").parameters == tuple(
        night.data["occupancy"].attrs["depends_on"].split()
    )
    levo = evidence_of(night.data, "amount", isomer="levo", compartment="central")
    assert "pk.clm" not in levo.parameters


@pytest.mark.parametrize(
    ("name", "labels", "named"),
    [
        ("pain", {}, "name"), ("occupancy", {"receptor": "mu"}, "receptor"), ("tone", {"receptor": "mor"}, "receptor"),
        ("occupancy", {"analyte": "ntx"}, "analyte"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_named(night: Simulation, name: str, labels: dict[str, str], named: str) -> None:
    with pytest.raises(InputError, match=f"^{named}: got"):
        evidence_of(night.data, name, **labels)


def test_changed_parameters_stand_only_behind_what_they_reach() -> None:
    run = simulate("4.5 mg", parameters={"receptors.ratio_kor": 3.0, "tlr4.k_il6": 0.2}, **SETTINGS)
    for name, dim, reached in (("occupancy", "receptor", "kor"), ("mediator_level", "mediator", "il6")):
        changed = {"receptors.ratio_kor", "tlr4.k_il6"}
        for label in run.data[dim].values:
            found = changed & set(evidence_of(run.data, name, **{dim: str(label)}).parameters)
            assert bool(found) == (label == reached or (reached, label) == ("il6", "sp"))
    kidneys = simulate("4.5 mg", covariates={"creatinine_clearance": 30}, **SETTINGS)
    assert evidence_of(kidneys.data, "plasma", analyte="ntx") != evidence_of(run.data, "plasma", analyte="bnx6")


def test_it_survives_files_and_percentiles(night: Simulation, tmp_path: Path) -> None:
    night.to_netcdf(tmp_path / "night.nc")
    people = simulate("4.5 mg", population=Population(2, seed=1), engine="batch", progress=False, **SETTINGS)
    people.to_netcdf(tmp_path / "people.nc")
    wanted = evidence_of(night.data, "plasma", analyte="bnx6")
    with xr.open_dataset(tmp_path / "night.nc") as one, xr.open_dataset(tmp_path / "people.nc") as many:
        for data in (one, many, people.data, people.percentiles()):
            assert evidence_of(data, "plasma", analyte="bnx6") == wanted
    levo = simulate("0 mg", assumptions="measured", **SETTINGS)
    levo.to_netcdf(tmp_path / "levo.nc")
    with xr.open_dataset(tmp_path / "levo.nc") as data:
        assert evidence_of(data, "amount", isomer="dextro") == evidence_of(levo.data, "amount", isomer="dextro")


def test_a_store_keeps_it(tmp_path: Path) -> None:
    pytest.importorskip("zarr")
    settings: dict[str, Any] = {"population": Population(2, seed=1), "engine": "batch", "progress": False, **SETTINGS}
    run = simulate("4.5 mg", store=tmp_path / "people.zarr", **settings)
    assert "receptors.ratio_kor" not in evidence_of(run.data, "occupancy", receptor="mor").parameters
    assert "receptors.ratio_kor" in evidence_of(run.data, "occupancy", receptor="kor").parameters


def test_footers_and_tables_name_what_they_show(night: Simulation) -> None:
    # kappa alone rests on something tuned, and mu is read
    data = night.data.copy()
    data["occupancy"].attrs |= {
        "weakest_evidence_mor": "read", "weakest_evidence_kor": "calibrated", "weakest_evidence": "calibrated",
        "tuned_to": "a target of kappa", "tuned_to_kor": "a target of kappa",
    }  # fmt: skip
    data["occupancy"].attrs.pop("tuned_to_mor", None)
    footer = plots.footer_text(data)
    assert "blockade read;" in footer
    assert "a target of kappa" not in footer
    figure: Any = plots.blockade(data).figure
    shown = " ".join(" ".join(text.get_text() for text in figure.findobj(mpl.text.Text)).split())
    weakest = "mu held read; effect of heroin 25 mg blocked calibrated; delta held calibrated; kappa held calibrated"
    assert f"Weakest evidence: {weakest}." in shown
    assert "a target of kappa" in shown
    lines = {line.quantity: line for line in Simulation(data, night.regimen, night.assumptions, night.parameters)
             .summary().lines}  # fmt: skip
    assert lines["mu occupancy, highest"].evidence == "read"
    assert evidence_behind(data, [Shown("occupancy", {"receptor": "mor"})]) == ("read", ())


@pytest.mark.parametrize(("blockade", "decides"), [("occupancy", "blocked"), ("functional", "o50")])
def test_hours_of_blockade_rest_on_what_counts_as_blocked(blockade: str, decides: str) -> None:
    found = dose_response([3.0], weeks=1, assumptions=f"blockade={blockade}").data["hours_blocked"]
    named = set(found.attrs["depends_on"].split())
    assert named & {f"receptors.{name}" for name in ("blocked", "o50")} == {f"receptors.{decides}"}
    assert {"receptors.functional", "receptors.kd", "pk.cl"} <= named


def test_what_is_worked_out_from_a_run_says_it_too(night: Simulation) -> None:
    response = dose_response([1.0, 3.0], weeks=1).data
    day = compare("4.5 mg", **SETTINGS).runs["popular"].data
    for name, labels in (("peptide", {"peptide": "beta_endorphin"}), ("receptors", {"receptor": "mor"})):
        source = {"peptide": "peptide_level", "receptors": "receptor_density"}[name]
        assert response[name].attrs["weakest_evidence"] == evidence_of(day, source, **labels).weakest
    outcomes = night.outcomes()
    assert outcomes["pain_fall_placebo"].attrs["depends_on"] == "outcomes.placebo_fall outcomes.placebo_half_life"
    assert set(night.data["pain_fall"].attrs["depends_on"].split()) < set(
        outcomes["pain_fall_with_drug"].attrs["depends_on"].split()
    )
    assert "outcomes.responder_ed50" in outcomes["responder_probability"].attrs["depends_on"]
