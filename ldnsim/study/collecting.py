"""Collecting people chunk by chunk: in memory, in a store, or as quantiles alone."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError
from ..base.progress import progress_bar
from ..results.carried import digest
from ..results.chunks import Arrays, Parts, run_chunks
from ..results.over_time import FINISHED
from ..results.quantiles import Quantiles
from ..results.store import Store
from .described import GIVEN
from .outlook import outlook, say_damage
from .study import Study

if TYPE_CHECKING:
    import xarray as xr
    from distributed import Client


def run_population(
    study: Study,
    record: Mapping[str, Any],
    *,
    store: str | os.PathLike[str] | None = None,
    quantiles: Sequence[float] | None = None,
    client: Client | None = None,
    quiet: bool = True,
    report: Callable[[float], None] | None = None,
) -> xr.Dataset:
    """Run a study.

    Parameters
    ----------
    study : Study
        Who, and what.
    record : mapping
        What is needed to repeat the run.
    store : path-like, optional
        Folder of a Zarr store to which chunks are written, and from which a run that was stopped goes on.
    quantiles : sequence of float, optional
        Keep only these quantiles over people.
    client : distributed.Client, optional
        Dask cluster on which chunks are computed.
    quiet : bool
        Whether to say nothing on standard error.
    report : callable, optional
        Called with the fraction done.

    Returns
    -------
    xarray.Dataset
        See `PopulationRun`.

    Raises
    ------
    InputError
        If the store holds something else, or quantiles are wanted of nobody.
    MissingExtra
        If a package is missing.
    """
    layout = study.layout
    with ExitStack() as stack:
        kept: Store | None = None
        pending: Sequence[int] = range(layout.n_chunks)
        if store is not None:
            kept = stack.enter_context(Store.create_or_resume(store, layout, record))
            pending = kept.pending()
            say_damage(kept, quiet=quiet)
        already = layout.n_people - sum(len(layout.people(chunk)) for chunk in pending)
        if not quiet:
            print(outlook(study, store is not None, quantiles is not None, already), file=sys.stderr, flush=True)
        advance = stack.enter_context(progress_bar(layout.n_people, "people", done=already, quiet=quiet))
        done = already

        def progress(chunk: int) -> None:
            nonlocal done
            done += len(layout.people(chunk))
            advance(len(layout.people(chunk)))
            if report is not None:
                report(done / layout.n_people)

        if kept is not None:
            run_chunks(pending, study.chunk, kept.write, client=client, progress=progress)
            return opened(kept.path, study.own(), record, kept.digest(), layout.parts)
        if quantiles is not None:
            return _quantiles(study, quantiles, record, client, progress)
        arrays = {
            name: np.empty((layout.n_people, *v.shape), object if v.dtype == "str" else v.dtype)
            for name, v in layout.variables.items()
        }

        def put(chunk: int, found: Arrays) -> None:
            people = layout.people(chunk)
            for name, values in found.items():
                arrays[name][people.start : people.stop] = values

        run_chunks(pending, study.chunk, put, client=client, progress=progress)
        return _dataset(study, arrays, record)


def _quantiles(
    study: Study,
    levels: Sequence[float],
    record: Mapping[str, Any],
    client: Client | None,
    progress: Callable[[int], None],
) -> xr.Dataset:
    import xarray as xr

    layout = study.layout
    outputs = list(study.settings["outputs"])
    found = {name: Quantiles(layout.variables[name].shape) for name in outputs}
    lost = 0

    def put(_: int, arrays: Arrays) -> None:
        nonlocal lost
        good = np.isin(arrays["status"], FINISHED)
        lost += int((~good).sum())
        for name, one in found.items():
            if good.any():
                one.add(arrays[name][good])

    run_chunks(range(layout.n_chunks), study.chunk, put, client=client, progress=progress)
    if lost == layout.n_people:
        raise InputError("quantiles", list(levels), "at least one person whose run did not fail")
    coords = {name: (c.dims[0], c.values, dict(c.attrs)) for name, c in layout.coords.items() if c.dims != ("person",)}
    attrs = {**layout.attrs, "record": json.dumps(record)}
    if lost:
        attrs["population"] += f", {lost} of them left out because their run failed"
    data = xr.Dataset(
        {
            name: (("quantile", *layout.variables[name].dims), one.result(levels), dict(layout.variables[name].attrs))
            for name, one in found.items()
        },
        coords={"quantile": list(levels), **coords},
        attrs=attrs,
    )
    return data.assign_attrs(digest=digest(data))


def _dataset(study: Study, arrays: Mapping[str, NDArray[Any]], record: Mapping[str, Any]) -> xr.Dataset:
    import xarray as xr

    layout = study.layout
    variables = {
        name: (("person", *v.dims), arrays[name].astype(str) if v.dtype == "str" else arrays[name], dict(v.attrs))
        for name, v in layout.variables.items()
    }
    coords = {name: (c.dims[0], c.values, dict(c.attrs)) for name, c in layout.coords.items()}
    if study.decide is not None:
        record = {**record, "settings": {**record["settings"], "decisions": arrays[GIVEN].tolist()}}
    data = xr.Dataset(variables, coords, {**layout.attrs, "record": json.dumps(record)})
    data = data.set_coords(study.own())
    return data.assign_attrs(digest=digest(data))


def opened(
    path: str | os.PathLike[str], own: Sequence[str], record: Mapping[str, Any], sha256: str, parts: Parts
) -> xr.Dataset:
    """A store as a dataset, whose values are read when they are asked for; `sha256` is that of the values."""
    import xarray as xr

    data: xr.Dataset = xr.open_zarr(path, chunks=None).set_coords(list(own))
    # a store lists variables by the alphabet, and files that are written of it should be those of any other run
    data = data[[*record["settings"]["outputs"], *data.coords]]
    return data.assign_attrs(record=json.dumps(record), digest=digest(data, sha256, parts))
