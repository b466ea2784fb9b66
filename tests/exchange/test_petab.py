"""Problems of PEtab: its own checks find nothing, and the measurements are where the model says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ldnsim import EventTable, InputError, LogNormal, Normal, Population, models, simulate
from ldnsim.exchange.nonmem import nonmem_data
from ldnsim.exchange.petab import PetabProblem, petab_problem

ONE = models.one_compartment(CL=2, V=20, ka=1.2)
BOUNDS = {"CL": (0.5, 8), "V": (5, "80 L")}
petab = pytest.importorskip("petab.v1")


def opened(problem: PetabProblem, folder: Path) -> Any:
    """The problem as PEtab's own library reads it, checked by it."""
    read = petab.Problem.from_yaml(str(problem.write(folder / "problem")))
    assert not petab.lint_problem(read)
    return read


def library_problem(**settings: Any) -> PetabProblem:
    run = simulate("10 mg at 08:00 daily for 2 days", model=ONE, step=1)
    data = nonmem_data(run, at=[1, 2, 6, 26, 40])
    usual: dict[str, Any] = {"estimate": ["CL", "V"], "bounds": BOUNDS, "noise": LogNormal(cv=0.2)}
    return petab_problem(run, data, **{**usual, **settings})


@pytest.mark.filterwarnings("ignore")
def test_petab_finds_nothing_wrong_and_simulating_its_model_gives_the_measurements(tmp_path: Path) -> None:
    roadrunner = pytest.importorskip("roadrunner")
    run = simulate("4.5 mg at 22:00 daily for 2 days", assumptions="measured", step=2)
    data = nonmem_data(run, ["plasma_ntx", "occupancy_mor"], at=[2, 4, 8, 26, 40])
    noise = {"plasma_ntx": Normal(cv=0.1), "occupancy_mor": Normal(sd=0.05)}
    bounds = {"pk.cl": (100, 200), "pk.vc": (50, 400)}
    problem = petab_problem(run, data, estimate=["pk.ka", "pk.cl", "pk.vc"], noise=noise, bounds=bounds)
    read = opened(problem, tmp_path)
    assert set(read.x_free_ids) == set(problem.estimate.values()) == {"ka", "cl", "estimated_vc"}
    model = roadrunner.RoadRunner(problem.model)
    model.integrator.relative_tolerance = 1e-9
    times = sorted(set(read.measurement_df["time"]))
    names = problem.observables.set_index("observableId")["observableFormula"]
    model.timeCourseSelections = [*names]
    found = np.array(model.simulate(times=[0.0, *times]))[1:]
    curves = dict(zip(names, found.T, strict=True))
    for _, row in read.measurement_df.reset_index().iterrows():
        expected = curves[names[row["observableId"]]][times.index(row["time"])]
        assert row["measurement"] == pytest.approx(expected, rel=1e-5)


@pytest.mark.filterwarnings("ignore")
def test_bounds_and_values_come_from_the_ledger_or_from_what_is_said(tmp_path: Path) -> None:
    problem = library_problem()
    opened(problem, tmp_path)
    table: Any = problem.table.set_index("parameterId")
    assert table.loc["estimated_V", ["lowerBound", "upperBound", "nominalValue", "estimate"]].tolist() == [5, 80, 20, 1]
    assert table.loc["CL", ["parameterScale", "estimate"]].tolist() == ["log10", 1]
    assert table.loc["ka", "estimate"] == 0
    assert problem.conditions["V"].tolist() == ["estimated_V"]
    run = simulate("4.5 mg", step=4)
    other = petab_problem(run, nonmem_data(run, at=4), estimate="pk.ka", noise=Normal(sd=1))
    found: Any = other.table.set_index("parameterId")
    low, high = found.loc["ka", ["lowerBound", "upperBound"]]
    assert low <= run.parameters["pk.ka"].value <= high
    assert "read" in found.loc["ka", "parameterName"]


@pytest.mark.filterwarnings("ignore")
def test_a_state_can_be_observed_too(tmp_path: Path) -> None:
    model = models.turnover(kind=1, kin=2, kout=1, CL=2, V=20, Imax=1, IC50=1)
    run = simulate("10 mg", model=model, step=2, until=8)
    data = nonmem_data(run, ["response", "A_central", "C_central"], at=[2, 4])
    problem = petab_problem(run, data, estimate="kin", noise=Normal(sd=1), bounds={"kin": (1, 4)})
    assert problem.observables["observableFormula"].tolist() == ["response", "central", "C_central"]
    opened(problem, tmp_path)


def test_errors_of_measurement_become_formulas() -> None:
    observables: Any = library_problem().observables
    assert observables.loc[0, ["noiseFormula", "observableTransformation"]].tolist() == [
        repr(float(np.sqrt(np.log1p(0.2**2)))), "log",
    ]  # fmt: skip
    assert library_problem(noise=Normal(cv=0.1)).observables.loc[0, "noiseFormula"] == "0.1 * C_central"
    assert library_problem(noise=Normal(sd=0.3)).observables.loc[0, "noiseFormula"] == "0.3"
    run = simulate("10 mg", model=ONE, step=1)
    data = nonmem_data(run, at=[1, 2], residual=Normal(sd=0.5), seed=1)
    assert petab_problem(run, data, estimate="CL", bounds={"CL": (1, 3)}).observables.loc[0, "noiseFormula"] == "0.5"


def test_subjects_with_the_same_doses_are_pooled_and_others_refused() -> None:
    run = simulate("10 mg", model=ONE, step=1)
    settings: dict[str, Any] = {"estimate": "CL", "bounds": {"CL": (1, 3)}, "noise": Normal(sd=1)}
    spread = Population(3, seed=1, variability={"CL": LogNormal(cv=0.2)})
    people = simulate("10 mg", model=ONE, population=spread, until=8, engine="batch")
    measured = petab_problem(run, nonmem_data(people, at=[2, 4]), **settings).measurements
    assert measured["datasetId"].tolist() == [f"subject_{who}" for who in (1, 1, 2, 2, 3, 3)]
    other = nonmem_data(simulate("12 mg", model=ONE, step=1), at=[2, 4])
    with pytest.raises(InputError, match="those of the run"):
        petab_problem(run, other, **settings)


def test_a_plain_frame_is_read_and_the_picture_shows_what_was_measured() -> None:
    frame = pd.DataFrame({"TIME": [1, 2, 3, 4], "DV": [0.2, None, 0.3, 0.2], "MDV": [0, 1, 0, 0]})
    run = simulate("10 mg", model=ONE, step=1)
    problem = petab_problem(run, frame, estimate="CL", bounds={"CL": (1, 3)}, noise=Normal(sd=1))
    assert problem.measurements["time"].tolist() == [1, 3, 4]
    (axes,) = problem.plot().axes
    assert axes.lines[-1].get_xdata().tolist() == [1, 3, 4]
    assert str(problem) == "PEtab problem: estimate CL from 3 measurements of C_central"
    assert problem.record["measurements"]["measurement"] == [0.2, 0.3, 0.2]


def test_what_cannot_be_used_is_refused_by_name(tmp_path: Path) -> None:
    run = simulate("10 mg", model=ONE, step=1)
    data = {"TIME": [1, 2], "DV": [1.0, 2.0]}
    usual: dict[str, Any] = {"estimate": "CL", "bounds": {"CL": (1, 3)}, "noise": Normal(sd=1)}
    table = simulate(EventTable.of({"ID": [1, 1], "TIME": [0, 2], "AMT": [4.5, 0], "CMT": [1, 2]}), model=ONE)
    cases: list[tuple[str, Any, Any, dict[str, Any]]] = [
        ("run", table, data, {}),
        ("data", run, {"TIME": [1, 2]}, {}),
        ("data", run, {"TIME": [1, 2], "DV": [None, "."]}, {}),
        ("column TIME", run, {"TIME": [-1, 2], "DV": [1, 2]}, {}),
        ("column DV", run, {"TIME": [1, 2], "DV": [float("inf"), 2]}, {}),
        ("observable", run, {**data, "observable": ["tone", "tone"]}, {}),
        ("estimate", run, data, {"estimate": "F"}),
        ("estimate", run, data, {"estimate": []}),
        ("estimate", run, data, {"estimate": ["CL", "CL"]}),
        ("bounds", run, data, {"bounds": None}),
        ("bounds", run, data, {"bounds": {"V": (1, 3)}}),
        ("bounds", run, data, {"bounds": {"CL": (3, 1)}}),
        ("bounds", run, data, {"bounds": {"CL": (3, 4)}}),
        ("bounds", run, data, {"bounds": {"CL": 3}}),
        ("noise", run, data, {"noise": None}),
        ("noise", run, data, {"noise": {"C_central": 3}}),
    ]
    for argument, what, given, asked in cases:
        with pytest.raises(InputError) as raised:
            petab_problem(what, given, **{**usual, **asked})
        assert argument in raised.value.argument, (argument, asked, raised.value)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="folder"):
        library_problem().write(tmp_path / "file")
