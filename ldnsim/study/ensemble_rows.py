"""Rows of an ensemble: their curves as a dataset, and the endpoints that are read off it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError, LdnsimError
from ..base.near import among
from ..base.reading import listed
from ..engines.leg import Array
from ..population.people import SHARE
from ..results.blockade import BLOCKS, COUNTS
from ..results.dataset import coordinates
from ..results.over_time import FINISHED
from ..results.readings import read_day, values_of_day
from .study import Study

if TYPE_CHECKING:
    import xarray as xr

Endpoint: TypeAlias = "Callable[[xr.Dataset], Any]"
"""Gives one number a run from curves with a first dimension ``person``."""


def by_name(wanted: str | Endpoint | Sequence[str] | Mapping[str, Endpoint]) -> Sequence[str] | Mapping[str, Endpoint]:
    """Endpoints by name, a single one as well: a function by its own name, an answer by what it says of itself."""
    if callable(wanted):
        return {str(getattr(wanted, "__name__", wanted)).strip("<>"): wanted}
    return [wanted] if isinstance(wanted, str) else wanted


def dataset_of(
    study: Study, arrays: Mapping[str, NDArray[Any]], rows: Mapping[str, NDArray[Any]] | None = None
) -> xr.Dataset:
    """Curves of some rows of a study, and coordinates of each of them where no variable has their name."""
    import xarray as xr

    frame = _frame(study)
    variables = {name: xr.Variable(dims, arrays[name], frame.about[name]) for name, dims in frame.dims.items()}
    own = {name: arrays[name] for name in ("status", "reason", SHARE, COUNTS, BLOCKS) if name in arrays}
    own |= {n: one for n, one in (rows or {}).items() if n not in {*variables, *frame.shared, *own}}
    beside = {name: xr.Variable("person", values) for name, values in own.items()}
    coords = xr.Coordinates({**frame.shared, **beside}, indexes=frame.indexes)
    return xr.Dataset(variables, coords=coords, attrs=frame.attributes)


def no_rows(study: Study) -> xr.Dataset:
    """The outputs of a study before it is run: what they are, and the evidence behind each."""
    import xarray as xr

    frame = _frame(study)
    shapes = {name: (0, *(len(frame.shared[dim]) for dim in dims[1:])) for name, dims in frame.dims.items()}
    variables = {name: (dims, np.empty(shapes[name]), frame.about[name]) for name, dims in frame.dims.items()}
    coords = xr.Coordinates(frame.shared, indexes=frame.indexes)
    return xr.Dataset(variables, coords=coords, attrs=frame.attributes)


class _Frame(NamedTuple):
    """What all rows share of a dataset.

    Attributes
    ----------
    about : dict of str to dict
        Attributes of the outputs.
    dims : dict of str to tuple of str
        Their dimensions.
    shared : dict of str to xarray.Variable
        Coordinates.
    indexes : dict of str to xarray.Index
        Indexes of these, which take longer to make than all the rest.
    attributes : dict
        Attributes of the dataset.
    """

    about: dict[str, dict[str, str]]
    dims: dict[str, tuple[str, ...]]
    shared: dict[Any, xr.Variable]
    indexes: dict[Any, xr.Index]
    attributes: dict[str, Any]


@lru_cache(maxsize=16)
def _frame(study: Study) -> _Frame:
    """What all rows of a study share of a dataset, made ready once."""
    import xarray as xr

    model = study.model
    dims = {name: tuple(model.shown[name].dims) for name in study.settings["outputs"]}
    there = {"time", *(dim for one in dims.values() for dim in one)}
    every = coordinates(model, study.plan.time, study.plan.side, study.account.parameters)
    coords = xr.Dataset(coords={name: one for name, one in every.items() if one[0] in there}).coords
    attributes = study.attributes() | {"population": "runs of an ensemble", "variability_evidence": "given by row"}
    return _Frame(
        study.subject.described(),
        {name: ("person", *one, "time") for name, one in dims.items()},
        {name: one.variable for name, one in coords.items()},
        {name: coords.xindexes[name] for name in coords.xindexes},
        attributes,
    )


def numbers_of(
    study: Study,
    arrays: Mapping[str, NDArray[Any]],
    wanted: Sequence[str] | Mapping[str, Endpoint],
    day: tuple[float, float],
) -> dict[str, Array]:
    """Endpoints of some rows of a study, nan where the run failed."""
    good = np.flatnonzero(np.isin(arrays["status"], FINISHED))
    data = dataset_of(study, arrays)
    whole = good.size == len(arrays["status"])
    ended = endpoints_of(data if whole else data.isel(person=good), wanted, day) if good.size else {}
    found = {name: np.full(len(arrays["status"]), np.nan) for name in wanted}
    for name, values in ended.items():
        found[name][good] = values
    return found


def endpoints_of(
    data: xr.Dataset, wanted: Sequence[str] | Mapping[str, Endpoint], day: tuple[float, float]
) -> dict[str, Array]:
    """Endpoints of some runs, each a number a run."""
    size = data.sizes["person"]
    if not isinstance(wanted, Mapping):
        names = listed(wanted, "wanted", "names of what a summary of the last day reads, such as 'ntx Cmax'")
        every = values_of_day(data, day, [str(name) for name in names])
        for name in names:
            if name not in every:
                known = [one.quantity for one in read_day(data, day)]
                raise InputError("wanted", name, among(name, known, ", or a function of the curves"))
        return {name: every[name] for name in names}
    found = {}
    for name, function in wanted.items():
        if not callable(function):
            raise InputError(f"wanted[{name!r}]", function, "a function of the curves that gives a number a person")
        values = _called(name, function, data)
        if values.shape != (size,):
            raise InputError(f"wanted[{name!r}]", values.shape, f"one number for each of {size} persons")
        found[name] = values
    return found


def _called(name: str, function: Endpoint, data: xr.Dataset) -> Array:
    """What a user's function gives, or whose fault it is that it gives nothing."""
    try:
        return np.asarray(function(data), dtype=float)
    except LdnsimError:
        raise
    except Exception as error:
        raised = f"{type(error).__name__}: {error}"
        raise InputError(
            f"wanted[{name!r}]", function, f"what can be read off these curves; it raised {raised}"
        ) from error
