"""Columns that carry covariates of the ledger act on the naltrexone model, or are refused by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import solve_ivp

from ldnsim import EventTable, InputError, LdnsimWarning, resolve, simulate
from ldnsim.model import Parameters
from ldnsim.models.system import NALTREXONE
from ldnsim.population.covariate_reading import read_for_one
from ldnsim.population.covariates import of_one

TIMES = (0.0, 2.0, 6.0, 12.0)


def _rows(id: int = 1, **columns: Any) -> list[dict[str, Any]]:
    return [
        {"ID": id, "TIME": time, "EVID": int(time == 0), "AMT": 4.5 if time == 0 else 0}
        | {name: cell[place] if isinstance(cell, list) else cell for name, cell in columns.items()}
        for place, time in enumerate(TIMES)
    ]


def _table(rows: list[dict[str, Any]]) -> EventTable:
    return EventTable.of(pd.DataFrame(rows))


def _seen(rows: list[dict[str, Any]], **settings: Any) -> Any:
    return simulate(_table(rows), **settings).rows()["IPRED"].to_numpy()


@pytest.mark.parametrize(
    ("column", "cell", "covariates"),
    [
        ("WT", 55, {"weight": 55}),
        ("weight", 300, {"weight": 300}),
        ("Age", 70, {"age": 70}),
        ("CRCL", 40, {"creatinine_clearance": 40}),
        ("SMOK", "YES", {"smoking": "yes"}),
        ("CHILD", "b", {"liver": "decompensated"}),
    ],
)
def test_a_column_acts_as_the_covariate_of_one_person(column: str, cell: Any, covariates: dict[str, Any]) -> None:
    run = simulate(_table(_rows(**{column: cell})), step=1)
    single = simulate(_table(_rows()), covariates=covariates, step=1)
    assert np.allclose(run.rows()["IPRED"], single.rows()["IPRED"], rtol=1e-8)
    assert run.subject(1).attrs["assumptions"] == single.subject(1).attrs["assumptions"]
    assert str(run.subject(1)["plasma"].attrs) == str(single.subject(1)["plasma"].attrs)
    regimen = simulate("4.5 mg at 22:00", covariates=covariates, step=1, until=12).data
    assert np.allclose(
        regimen.plasma.sel(analyte="ntx").values[-1], run.subject(1).plasma.sel(analyte="ntx").values[-1], rtol=1e-6
    )


def test_each_subject_has_covariates_of_its_own() -> None:
    both = _seen(_rows(1, WT=55, LIVER="compensated") + _rows(2, WT=120, LIVER="none"))
    first = _seen(_rows(), covariates={"weight": 55, "liver": "compensated"})
    assert np.allclose(both, [*first, *_seen(_rows(), covariates={"weight": 120})], rtol=1e-8)


def test_a_change_acts_from_its_row_on() -> None:
    light, heavy = _seen(_rows(WT=55)), _seen(_rows(WT=120))
    changing = _seen(_rows(WT=[55, 55, 120, 120]))
    assert np.allclose(changing[:-1], light[:-1], rtol=1e-6)
    assert abs(changing[-1] / light[-1] - 1) > 1e-3
    assert abs(changing[-1] / heavy[-1] - 1) > 1e-3


def test_after_a_change_the_run_goes_on_from_where_it_was() -> None:
    run = simulate(_table(_rows(WT=[55, 55, 120, 120])), step=1.0)
    data, rows = run.subject(1), run.rows()
    (group,) = run.groups
    states = np.array([state[0] for state in group.course.states])
    change, end = (float(rows["TIME"].iloc[place]) for place in (-2, -1))
    begun = states[:, -2]
    heavy = of_one(read_for_one({"weight": 120}), resolve("popular")).fill(Parameters)
    by_hand = solve_ivp(
        NALTREXONE.right_hand_side(heavy, run.model.daily), (change, end), begun, method="BDF", rtol=1e-9, atol=1e-12
    ).y[:, -1]
    np.testing.assert_allclose(states[:, -1], by_hand, rtol=1e-5, atol=1e-9)
    assert "changing over time" in data.attrs["regimen"]
    assert run.summary()["cmax"].iloc[0] == pytest.approx(float(data["plasma"].sel(analyte="ntx").max()))


@pytest.mark.parametrize(
    "columns",
    [
        {"WT": [55, "", 55, 55]},
        {"WT": "7٠"},
        {"WT": "1_20"},
        {"WT": -1},
        {"WT": 5000.0},
        {"SMOK": 1},
        {"LIVER": "bad"},
        {"SEX": 1},
        {"WT": 55, "weight": 55},
    ],
)
def test_what_cannot_be_honoured_is_refused_by_name(columns: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=f"column {list(columns)[-1]}"):
        simulate(_table(_rows(**columns)))


def test_a_covariate_is_said_once() -> None:
    with pytest.raises(InputError, match="not in both"):
        simulate(_table(_rows(WT=55)), covariates={"weight": 70})


def test_sex_is_warned_about() -> None:
    with pytest.warns(LdnsimWarning, match="SEX does not change"):
        simulate(_table(_rows(SEX="female")))


@pytest.mark.parametrize(
    ("column", "cell", "cure"),
    [
        ("BW", 120, "rename={'BW': 'WT'} has it read as weight, in kg"),
        ("WEIGHT_LB", 260, "rename={'WEIGHT_LB': 'WT'} has it read as weight, in kg"),
        ("weight [kg]", 120, "rename={'weight [kg]': 'WT'} has it read as weight, in kg"),
        ("CLCR", 20, "rename={'CLCR': 'CRCL'} has it read as creatinine_clearance, in mL/min"),
        ("Smoker", 1, "rename={'Smoker': 'SMOK'} has it read as smoking"),
        ("HEPATIC", "C", "rename={'HEPATIC': 'CHILD'} has it read as liver"),
    ],
)
def test_a_covariate_under_another_name_is_told_with_the_cure(column: str, cell: Any, cure: str) -> None:
    with pytest.warns(LdnsimWarning) as told:
        simulate(_table(_rows(**{column: cell})), step=4)
    assert any(cure in str(one.message) for one in told)
