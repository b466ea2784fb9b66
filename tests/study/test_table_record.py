"""Runs of event tables written down: repeated, written to a file and opened again as they were."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import ldnsim as ldn
from ldnsim import EventTable, Individuals, InputError, LogNormal, Population, TableRun, models, simulate

TWO = models.two_compartment(CL=3.0, V1=10.0, Q=2.0, V2=30.0, ka=0.9)
BY_WEIGHT = models.one_compartment(CL=lambda c: 3 * c["WT"] / 70, V=20.0, ka=1.0)


def table(**columns: Any) -> EventTable:
    rows = {"ID": [1, 1, 1], "TIME": [0.0, 2.0, 30.0], "EVID": [1, 0, 0], "AMT": [4.5, 0, 0], **columns}
    rules = {"WT": "locf"} if "WT" in columns else ()
    return EventTable.of(rows, covariates=rules)


PEOPLE = Population(3, seed=1, variability={"CL": LogNormal(cv=0.3)})
CASES: dict[str, tuple[EventTable, dict[str, Any], Any]] = {
    "naltrexone": (table(), {"clock": "08:00", "at": ["08:00", 1.5]}, None),
    "naltrexone, changed, with covariates": (
        table(), {"parameters": {"pk.cl": "120 L/h"}, "covariates": {"weight": 55}, "assumptions": "measured"}, None,
    ),
    "naltrexone, a column": (table(WT=[55, 55, 90]), {}, None),
    "naltrexone, people": (table(), {"population": Population(2, seed=3)}, None),
    "small": (table(), {}, TWO),
    "small, changed": (table(), {"parameters": {"CL": 5}}, TWO),
    "small, people": (table(), {"population": PEOPLE}, TWO),
    "small, individuals": (table(), {"population": Individuals.of({"ID": ["a", "b"], "CL": [2, 4]})}, TWO),
    "small, covariates": (table(WT=[55, 55, 90]), {}, BY_WEIGHT),
    "nalmefene": (table(), {}, models.nalmefene("measured")),
}  # fmt: skip


def run_of(case: str) -> TableRun:
    given, settings, model = CASES[case]
    return simulate(given, model=model, **settings)


@pytest.mark.parametrize("case", CASES)
def test_a_record_repeats_the_run_to_the_last_bit(case: str) -> None:
    run, model = run_of(case), CASES[case][2]
    plain = json.loads(json.dumps(run.record))
    for again in (run.repeat(), ldn.repeat(plain, model=model)):
        assert isinstance(again, TableRun)
        pd.testing.assert_frame_equal(again.rows(), run.rows(), check_exact=True)
        assert again.record == run.record
        first = run.table.subjects[0]
        assert again.subject(first).equals(run.subject(first))


@pytest.mark.parametrize("case", ["naltrexone", "small, individuals", "nalmefene"])
def test_a_file_gives_back_the_run(case: str, tmp_path: Path) -> None:
    run, model = run_of(case), CASES[case][2]
    run.to_netcdf(tmp_path / "table.nc")
    opened = ldn.open(tmp_path / "table.nc", model=model)
    assert isinstance(opened, TableRun)
    pd.testing.assert_frame_equal(opened.rows(), run.rows(), check_exact=True)
    pd.testing.assert_frame_equal(opened.summary(), run.summary(), check_exact=True)


def test_a_file_whose_rows_were_changed_warns(tmp_path: Path) -> None:
    import xarray as xr

    run_of("small").to_netcdf(tmp_path / "table.nc")
    data = xr.load_dataset(tmp_path / "table.nc", engine="scipy")
    data["IPRED"] = data["IPRED"] * 1.01
    data.to_netcdf(tmp_path / "changed.nc", engine="scipy")
    with pytest.warns(ldn.LdnsimWarning, match="not those that this version computes"):
        ldn.open(tmp_path / "changed.nc", model=TWO)


def test_rows_are_written_as_csv(tmp_path: Path) -> None:
    run = run_of("small, people")
    run.to_csv(tmp_path / "rows.csv")
    assert pd.read_csv(tmp_path / "rows.csv", comment="#")["IPRED"].to_numpy() == pytest.approx(
        run.rows()["IPRED"].to_numpy(), rel=1e-6
    )
    assert run.data.sizes == {"row": 6}


def test_a_record_of_another_model_is_refused() -> None:
    with pytest.raises(InputError, match="^model: got 'one_compartment', expected the model two_compartment"):
        ldn.repeat(run_of("small").record, model=models.one_compartment(CL=2, V=20))
    with pytest.raises(InputError, match="naltrexone"):
        ldn.repeat(run_of("naltrexone").record, model=TWO)


@pytest.mark.parametrize("part", ["table", "settings", "population", "versions", "assumptions"])
def test_a_record_without_a_part_is_refused_by_name(part: str) -> None:
    record = run_of("small").record
    record.pop(part)
    if part == "table":
        with pytest.raises(InputError, match="regimen"):
            ldn.repeat(record, model=TWO)
    else:
        with pytest.raises(InputError, match=part):
            ldn.repeat(record, model=TWO)
