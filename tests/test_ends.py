"""Where features meet: fractions of doses, impossible rows, names of people, and how a run tells its progress."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pytest

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
    for given, who in ((DOSE, None), (ROWS, None), (ROWS, people)):
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
