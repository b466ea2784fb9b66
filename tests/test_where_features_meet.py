"""Where features meet: fractions of doses, impossible rows, names of people, and how a run tells its progress."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import ldnsim
from ldnsim import Ensemble, EventTable, Individuals, InputError, LogitNormal, LogNormal, Population, models, simulate

DOSE = "10 mg at 08:00"
ORAL = models.one_compartment(CL=2, V=20, ka=1, F=0.8)
SHORT: dict[str, Any] = {"until": 12, "step": 6}
ROWS = EventTable.of({"ID": [1, 1], "TIME": [0, 24], "EVID": [1, 0], "AMT": [10, 0]})


def test_bioavailability_of_a_small_model_is_a_fraction_wherever_it_is_said() -> None:
    beyond = models.one_compartment(CL=2, V=20, ka=1, F=lambda covariates: covariates["FED"])
    fed = EventTable.of(
        {"ID": [1, 1], "TIME": [0, 24], "EVID": [1, 0], "AMT": [10, 0], "FED": [1.5, 1.5]}, covariates=["FED"]
    )
    for refused in (
        lambda: models.one_compartment(CL=2, V=20, F=1.5),
        lambda: models.one_compartment(CL=2, V=20, ka=1, F={"central": 1.5}),
        lambda: models.parallel_depots(0.5, 1, 2, CL=2, V=20, F="120 %"),
        lambda: simulate(DOSE, model=ORAL, parameters={"F": 1.5}),
        lambda: simulate(DOSE, model=ORAL, population=Individuals.of({"ID": [1], "F": [1.5]})),
        lambda: simulate(ROWS, model=ORAL, population=Individuals.of({"ID": [1], "F": [1.5]})),
        lambda: simulate(fed, model=beyond),
    ):
        with pytest.raises(InputError, match="F.*from 0 to 1"):
            refused()
    rows = Ensemble(DOSE, model=ORAL, **SHORT).curves({"F": [0.5, 1.5]})
    assert rows["status"].values.tolist() == [0, 3]
    assert "from 0 to 1" in str(rows["reason"].values[1])


@pytest.mark.parametrize("spread", [LogNormal(cv=1), LogitNormal(sd=1)])
def test_a_drawn_bioavailability_lies_between_0_and_1(spread: Any) -> None:
    people = Population(100, seed=1, variability={"F": spread})
    swallowed = simulate(DOSE, model=ORAL, population=people, until=0.001, step=0.001).data
    share = swallowed["A_depot"].isel(time=-1).values / 10
    assert (share <= 1).all()
    assert len(np.unique(share)) == 100
    # what has no bound of its own is drawn again
    assert (swallowed["redrawn"].values.sum() > 0) == isinstance(spread, LogNormal)


@pytest.mark.parametrize("engine", ["exact", "batch"])
def test_a_row_with_impossible_covariates_is_a_status_of_its_own(engine: Any) -> None:
    model = models.one_compartment(CL=lambda one: 20 / (one["WT"] - 70), V=20)
    ready = Ensemble(DOSE.replace("mg", "mg iv"), model=model, covariates={"WT": 80}, engine=engine, **SHORT)
    found, alone = ready.curves({"WT": [80.0, 60.0, 70.0, 90.0]}), ready.curves({"WT": [90.0]})
    assert found["status"].values.tolist() == [0, 3, 3, 0]
    assert "CL: got -2" in str(found["reason"].values[1])
    assert "ZeroDivisionError" in str(found["reason"].values[2])
    np.testing.assert_array_equal(found["A_central"][3], alone["A_central"][0])
    assert np.isnan(found["A_central"][1:3]).all()
    assert ready.curves({"WT": [70.0]})["status"].item() == 3


@pytest.mark.parametrize(
    "ids",
    [
        [1, "1"], [1, 1.0], [1, True], ["a", " "], [None, 2], [(1, 2), (3, 4)], [2**70, 1], [float("nan"), 1],
        [float("inf"), 1], [datetime.date(2020, 1, 1), datetime.date(2020, 1, 2)],
        np.array(["2020-01-01", "2020-01-02"], dtype="datetime64[D]"),
    ],
)  # fmt: skip
def test_who_cannot_be_told_apart_in_a_result_is_refused(ids: Any) -> None:
    with pytest.raises(InputError, match="^column ID: .* numbers or texts, one each"):
        Individuals.of({"ID": ids, "CL": [1, 2]})


def test_a_single_run_and_a_table_may_be_told_to_show_nothing() -> None:
    people = Population(2, seed=1, variability={"CL": LogNormal(cv=0.3)})
    asked: list[tuple[Any, Population | None]] = [(DOSE, None), (ROWS, None), (ROWS, people)]
    for given, who in asked:
        told: list[float] = []
        settings: dict[str, Any] = {"model": ORAL, "population": who, "until": 24}
        quiet = simulate(given, progress=False, **settings).to_frame()
        assert simulate(given, progress=told.append, **settings).to_frame().equals(quiet)
        with pytest.raises(InputError, match="^progress: got True"):
            simulate(given, progress=True, **settings)


def test_one_is_said_in_the_singular() -> None:
    people = Population(1, seed=1, variability={"CL": LogNormal(cv=0.3)})
    run = simulate(DOSE, model=ORAL, population=people, **SHORT)
    assert run.data.attrs["population"].startswith("1 person,")
    run = simulate(DOSE, model=ORAL, population=Individuals.of({"ID": ["a"], "CL": [1]}), **SHORT)
    assert run.data.attrs["population"] == "1 individual"


def test_replicates_of_a_table_are_told_apart_in_its_rows_and_files(tmp_path: Path) -> None:
    people = Population(2, seed=1, replicates=3, variability={}, uncertainty={"CL": LogNormal(cv=0.3)})
    run = simulate(ROWS, model=ORAL, population=people)
    rows = run.rows()
    assert rows["REP"].tolist() == [1, 1, 2, 2, 3, 3]
    assert rows["ID"].tolist() == [1, 2, 3, 4, 5, 6]
    # within a replicate all have its typical values
    assert rows.groupby("REP")["IPRED"].nunique().tolist() == [1, 1, 1]
    assert rows["IPRED"].nunique() == 3
    run.to_csv(tmp_path / "rows.csv")
    assert pd.read_csv(tmp_path / "rows.csv", comment="#")["REP"].tolist() == [1, 1, 2, 2, 3, 3]
    run.to_netcdf(tmp_path / "rows.nc")
    assert ldnsim.open(tmp_path / "rows.nc", model=ORAL).to_frame().equals(rows)
    own = EventTable.of({"ID": [1, 1], "TIME": [0, 24], "EVID": [1, 0], "AMT": [10, 0], "REP": [7, 7]})
    assert simulate(own, model=ORAL, population=people).rows()["REP_input"].tolist() == [7] * 6
    assert "REP" not in simulate(ROWS, model=ORAL, population=Population(2, 1, variability={})).rows()


def test_headers_of_every_csv_say_the_units(tmp_path: Path) -> None:
    people = Population(2, seed=1, variability={"CL": LogNormal(cv=0.3)})
    for run, wanted in (
        (simulate(DOSE, model=ORAL, **SHORT), {"time [h]", "clock [h]", "side", "A_central [mg]", "C_central [mg/L]"}),
        (
            simulate(DOSE, model=ORAL, population=people, **SHORT),
            {"time [h]", "clock [h]", "side", "A_central_p50 [mg]", "C_central_p95 [mg/L]"},
        ),
        (simulate(ROWS, model=ORAL), {"ID", "TIME", "CMT", "A_central [mg]", "C_central [mg/L]", "TAD [h]"}),
    ):
        run.to_csv(tmp_path / "run.csv")
        frame = pd.read_csv(tmp_path / "run.csv", comment="#")
        assert wanted <= set(frame.columns)
        names = [str(name).partition(" [")[0] for name in frame.columns]
        assert names == list(run.to_frame().columns)


def test_headings_of_an_ensemble_may_name_a_unit() -> None:
    ready = Ensemble(DOSE, model=ORAL, **SHORT)
    found = ready.curves({"CL [mL/min]": [50.0, 100.0], "V [mL]": [2e4, 1e4], "mg [g]": [0.01, 0.02]})
    same = ready.curves({"CL": [3.0, 6.0], "V": [20.0, 10.0], "mg": [10.0, 20.0]})
    np.testing.assert_allclose(found["C_central"], same["C_central"], rtol=1e-12)
    for wrong in ({"CL [kg]": [1.0]}, {"CL": [1.0], "CL [L/h]": [1.0]}, {"CLX [L/h]": [1.0]}):
        with pytest.raises(InputError, match="^frame, column"):
            ready.curves(wrong)
    naltrexone = Ensemble(DOSE, outputs=["plasma"], engine="batch", covariates={"weight": 70}, **SHORT)
    with pytest.raises(InputError, match="not in both"):
        naltrexone.curves({"weight [lb]": [150.0]})
