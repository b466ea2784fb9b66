"""Results read back from what they were written to: the same object, with summary and picture."""

from __future__ import annotations

import json
import os
import warnings
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.errors import InputError, LdnsimWarning
from ..models.dosable import Model
from ..results.carried import digest
from ..results.store import record_of
from .collecting import opened
from .person_run import Simulation, opened_person
from .population_run import PopulationRun, opened_population
from .table_people import run_table_study
from .table_record import table_study
from .table_run import TableRun

if TYPE_CHECKING:
    import xarray as xr

_LISTS = ("dose_planned", "dose_time", "dose_mg", "dose_hours", "missed_time")
"""Attributes that are lists, which a netCDF file has as a number where there is one."""

_OURS = "a netCDF file or a store that ldnsim wrote, as to_netcdf and simulate(..., store=...) do"


def open(path: str | os.PathLike[str], model: Model | None = None) -> Simulation | PopulationRun | TableRun:
    """A result from the file or the store that it was written to.

    Parameters
    ----------
    path : path-like
        A netCDF file that `to_netcdf` of a result wrote, or the folder of a Zarr store, whose
        values are read when they are asked for.
    model : Model, optional
        The model of the run, where it is one that ldnsim cannot make again, as of a user's own: a file holds its
        parameters, not its equations.

    Returns
    -------
    Simulation, PopulationRun or TableRun
        As it was before it was written; that of a store has what was kept. A table is run again from its record.

    Warns
    -----
    LdnsimWarning
        If the rows of a table come out otherwise than they stand in the file.

    Raises
    ------
    InputError
        If there is no such file, or ldnsim did not write it.
    MissingExtra
        If a store is opened without Zarr.
    """
    data, record = read(path)
    if "table" in record:
        return _opened_table(data, record, model)
    if "population" in record:
        return opened_population(data, record, model)
    return opened_person(data, record, model)


def read(path: str | os.PathLike[str]) -> tuple[xr.Dataset, dict[str, Any]]:
    """The data in a file or a store, and the record of its run; raises as `open` does."""
    try:
        place = Path(path)
    except TypeError as error:
        raise InputError("path", path, _OURS) from error
    if place.is_dir():
        record, sha256, parts = record_of(place)
        return opened(place, _own(place, record["settings"]), record, sha256, parts), record
    if place.is_file():
        data = _restored(_loaded(place))
        record = _record(data, place)
        # earlier files have none
        return data if "digest" in data.attrs else data.assign_attrs(digest=digest(data)), record
    raise InputError("path", str(path), f"{_OURS}; there is nothing of that name")


def _opened_table(data: xr.Dataset, record: dict[str, Any], model: Model | None) -> TableRun:
    """A run of a table, which is run again: a file has its rows alone; raises `InputError`."""
    found = run_table_study(table_study(record, model))
    rows = found.rows()
    shown = [str(name) for name, one in data.data_vars.items() if one.dtype.kind == "f" and name in rows]
    if any(not np.allclose(rows[name], data[name].values, rtol=1e-6, atol=1e-12, equal_nan=True) for name in shown):
        warnings.warn("the rows of the file are not those that this version computes", LdnsimWarning, stacklevel=3)
    return found


def _own(place: Path, settings: Any) -> list[str]:
    """Variables of a store that are about people, and no outputs."""
    import xarray as xr

    with xr.open_zarr(place, chunks=None) as data:
        return [str(name) for name in data.data_vars if name not in settings["outputs"]]


def _loaded(place: Path) -> xr.Dataset:
    import xarray as xr

    try:
        return xr.load_dataset(place, engine="scipy")
    except (OSError, TypeError, ValueError) as error:
        raise InputError("path", str(place), _OURS) from error


def _record(data: xr.Dataset, place: Path) -> dict[str, Any]:
    found = None
    with suppress(KeyError, TypeError, ValueError):
        found = json.loads(data.attrs["record"])
    if not isinstance(found, dict):
        raise InputError("path", str(place), f"{_OURS}, with the record of its run")
    return found


def _restored(data: xr.Dataset) -> xr.Dataset:
    """Kinds of numbers and lists as they were before netCDF 3, which has few of them."""
    for name, value in list(data.attrs.items()):
        data.attrs[name] = np.atleast_1d(value).tolist() if name in _LISTS else _plain(value)
    for name, values in data.coords.items():
        values.attrs.update({key: _plain(value) for key, value in values.attrs.items()})
        kind = values.dtype.kind
        if name in ("side", "status") or (kind not in "iO" and name not in data.indexes):
            continue
        if kind == "i":
            data = data.assign_coords({name: (values.dims, values.values.astype(np.int64), values.attrs)})
        elif kind == "O":
            data = data.assign_coords({name: (values.dims, values.values.astype(str), values.attrs)})
    return data


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value
