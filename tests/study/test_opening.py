"""Results from files and stores: what comes back is what was written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import ldnsim as ldn
from ldnsim import InputError, Population, PopulationRun, Regimen, Simulation, simulate
from ldnsim.study import study as module

NIGHTS = "4.5 mg at 22:00 daily for 2 days"


def same(opened: Simulation | PopulationRun, run: Simulation | PopulationRun) -> None:
    assert type(opened) is type(run)
    # the record is the same one, whatever the order in which a store keeps it
    assert opened.data.assign_attrs(record="").identical(run.data.assign_attrs(record=""))
    assert {name: type(value) for name, value in opened.data.attrs.items()} == {
        name: type(value) for name, value in run.data.attrs.items()
    }
    assert list(opened.data.data_vars) == list(run.data.data_vars)
    assert str(opened.summary()) == str(run.summary())
    assert opened.record == run.record
    assert (opened.regimen, opened.assumptions) == (run.regimen, run.assumptions)
    assert opened.parameters.to_dict() == run.parameters.to_dict()


@pytest.mark.parametrize(
    ("regimen", "settings"),
    [
        ("4.5 mg", {}),
        (NIGHTS, {"assumptions": "measured", "start": "steady-state"}),
        (Regimen.parse(NIGHTS).miss(doses=2).on("2026-11-29"), {"covariates": {"weight": 55}}),
        (NIGHTS, {"decide": lambda _: None, "endotoxin": ldn.Endotoxin(5.0, 20.0), "condition": "fibromyalgia"}),
    ],
)
def test_one_person_comes_back_from_a_file(regimen: Any, settings: dict[str, Any], tmp_path: Path) -> None:
    run = simulate(regimen, step=1.0, **settings)
    run.to_netcdf(tmp_path / "run.nc")
    opened = ldn.open(tmp_path / "run.nc")
    assert isinstance(opened, Simulation)
    same(opened, run)
    assert opened.repeat().data.identical(run.data)
    assert len(opened.plot()) == 4


@pytest.mark.parametrize("settings", [{}, {"decide": lambda moment: moment.mg / 2}, {"start": "steady-state"}])
def test_a_population_comes_back_from_a_file(settings: dict[str, Any], tmp_path: Path) -> None:
    people = Population(3, seed=1, covariates={"smoking": {"yes": 0.5, "no": 0.5}})
    run = simulate(NIGHTS, population=people, step=2.0, progress=False, engine="batch", **settings)
    run.to_netcdf(tmp_path / "people.nc")
    opened = ldn.open(str(tmp_path / "people.nc"))
    assert isinstance(opened, PopulationRun)
    same(opened, run)
    assert opened.population == run.population
    assert opened.repeat().data.identical(run.data)


def test_a_population_comes_back_from_its_store_once_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK", 2)
    people, place = Population(5, seed=1), tmp_path / "people.zarr"
    run = simulate(NIGHTS, population=people, step=2.0, progress=False, engine="batch", store=place)
    opened = ldn.open(place)
    assert isinstance(opened, PopulationRun)
    same(opened, run)
    assert np.isfinite(opened.data["plasma"]).all()
    (place / ".ldnsim" / "chunk_00001.json").unlink()
    with pytest.raises(InputError, match="^path: .*with 2 chunks.*all 3 chunks"):
        ldn.open(place)


def test_what_ldnsim_did_not_write_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.nc").write_text("no such thing")
    xr.Dataset({"a": ("x", [1.0])}).to_netcdf(tmp_path / "other.nc", engine="scipy")
    xr.Dataset({"a": ("x", [1.0])}, attrs={"record": "[1]"}).to_netcdf(tmp_path / "list.nc", engine="scipy")
    (tmp_path / "folder").mkdir()
    for name in ("text.nc", "other.nc", "list.nc", "folder", "nothing.nc"):
        with pytest.raises(InputError, match="^path: "):
            ldn.open(tmp_path / name)
    for odd in (None, 3, np.array([1, 2])):
        with pytest.raises(InputError, match="^path: "):
            ldn.open(odd)  # type: ignore[arg-type]


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("part", ["settings", "population", "regimen", "condition"])
def test_a_record_that_was_changed_is_refused_by_the_name_of_the_part(many: bool, part: str, tmp_path: Path) -> None:
    people = Population(2, seed=1)
    settings: dict[str, Any] = {"population": people, "progress": False, "engine": "batch"} if many else {}
    run = simulate("4.5 mg", step=4.0, **settings)
    record = run.record
    holder = record["settings"] if part == "condition" and not many else record
    if part not in holder:
        return
    holder[part] = "something else" if part == "condition" else {}
    broken = run.data.assign_attrs(record=json.dumps(record)).drop_vars("reason", errors="ignore")
    broken.to_netcdf(tmp_path / "broken.nc", engine="scipy")
    with pytest.raises(InputError):
        ldn.open(tmp_path / "broken.nc")
