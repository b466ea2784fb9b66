"""Curves over time as pictures show them: of one subject, of each of many, or percentiles of these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError
from ..base.near import among
from ..engines.leg import OK, STIFF
from .behind import Shown
from .blockade import counted_from
from .endpoints import each_above, means_by_day

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]

BANDS = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Percentiles of a picture: the 90 % band, the 50 % band inside it, and the median [1]."""

_MANY = ("person", "quantile")
"""Dimensions of populations."""

FINISHED = (OK, STIFF)
"""Status of people whose run ended as asked, by the engine or, where that met a stiff problem, by the reference."""


def check_people(data: Any, variable: str, *, single: bool = False) -> None:
    """Refuse what is no population of ldnsim, or lacks a variable.

    Parameters
    ----------
    data : object
        What was given.
    variable : str
        Which variable is needed.
    single : bool
        Whether single people are needed, not only percentiles of them.

    Raises
    ------
    InputError
        If it cannot be used.
    """
    known = hasattr(data, "data_vars") and {"clock_start", "population", "variability_evidence"} <= set(data.attrs)
    if not known or variable not in data.data_vars or data.sizes.get("time", 0) < 2:
        expected = f"a population of ldnsim with {variable!r} at two times or more"
        raise InputError("data", type(data).__name__, expected)
    dims = data[variable].dims
    if "person" not in dims and (single or "quantile" not in dims):
        raise InputError("data", dims, "single people (dimension person)" + " or quantiles of them" * (not single))


def finished(data: xr.Dataset) -> tuple[xr.Dataset, int]:
    """The people whose run ended as asked, and how many others there are.

    Parameters
    ----------
    data : xarray.Dataset
        A population; one that holds quantiles comes back as it is.

    Returns
    -------
    people : xarray.Dataset
        Those with status 0, or everyone where no status is kept.
    left_out : int
        How many others there are.

    Raises
    ------
    InputError
        If nobody is left.
    """
    if "person" not in data.dims or "status" not in data.coords:
        return data, 0
    good = np.isin(data["status"].values, FINISHED)
    if not good.any():
        raise InputError("data", f"{len(good)} people", "at least one person whose run finished (status 0)")
    return data.isel(person=np.flatnonzero(good)), int((~good).sum())


def is_population(data: Any) -> bool:
    """Whether a dataset is about many people, or percentiles of them."""
    return bool({"person", "quantile"} & set(getattr(data, "dims", ())))


def check_labels(data: xr.Dataset, name: str, labels: Mapping[str, object]) -> None:
    """Refuse labels of a variable that do not pick one curve, or one for each person."""
    kept = (*_MANY, "time")
    wanted = {dim: _labels(data, dim) for dim in data.variables[name].dims if dim not in kept}
    if set(labels) != set(wanted) or any(label not in wanted[dim] for dim, label in labels.items()):
        choices = "; ".join(f"{dim}: {among(labels.get(str(dim)), known)}" for dim, known in wanted.items())
        raise InputError("labels", labels, choices or f"none for {name!r}")


def curve_of(data: xr.Dataset, name: str, labels: Mapping[str, Any]) -> xr.Variable:
    """A variable at some labels, which it has; a selection from a DataArray would look at every coordinate."""
    found = data.variables[name]
    return found.isel({dim: _labels(data, dim).index(label) for dim, label in labels.items()})


def _labels(data: xr.Dataset, dim: Any) -> list[Any]:
    """Labels along a dimension, places where it has none."""
    return data.variables[dim].values.tolist() if dim in data.variables else [*range(data.sizes[dim])]


def curves(data: xr.Dataset, name: str, **labels: str | Sequence[str]) -> Array:
    """Curves of one variable, one for each person or quantile.

    Parameters
    ----------
    data : xarray.Dataset
        A result of one subject or of a population.
    name : str
        Variable.
    **labels : str
        Labels of its other dimensions, such as ``receptor="mor"``.

    Returns
    -------
    ndarray, shape (n_people, n_times) or (n_quantiles, n_times)
        Values in the unit of the variable; of one subject a single row.

    Raises
    ------
    InputError
        If a label is missing or unknown, or a value of a population is not finite.
    """
    check_labels(data, name, labels)
    chosen = curve_of(data, name, labels)
    first = next((dim for dim in _MANY if dim in chosen.dims), None)
    if first is None:
        return np.asarray(chosen.values, dtype=np.float64)[np.newaxis]
    values: Array = np.asarray(chosen.transpose(first, "time").values, dtype=np.float64)
    if not np.isfinite(values).all():
        rows = np.flatnonzero(~np.isfinite(values).all(axis=1))
        raise InputError("data", data[first].values[rows].tolist(), f"finite {name!r} of every {first} that is drawn")
    return values


def percentiles(data: xr.Dataset, values: Array, levels: Sequence[float] = BANDS) -> Array:
    """Percentiles over people at each time.

    Parameters
    ----------
    data : xarray.Dataset
        A population, of single people or of quantiles that hold these levels; of one subject its curve comes back.
    values : ndarray, shape (n_people, n_times) or (n_quantiles, n_times)
        From `curves` of it, or daily means of these.
    levels : sequence of float
        Which [1].

    Returns
    -------
    ndarray, shape (n_levels, n_times)
        Values in the unit of the curves.

    Raises
    ------
    InputError
        If a level is not among the quantiles kept.
    """
    if not is_population(data):
        return values
    if "person" in data.dims:
        found: Array = np.quantile(values, levels, axis=0)
        return found
    kept = np.asarray(data["quantile"].values, dtype=np.float64)
    rows = [np.flatnonzero(np.isclose(kept, level)) for level in levels]
    if not all(len(row) for row in rows):
        raise InputError("quantile", kept.tolist(), f"among them {', '.join(f'{level:g}' for level in levels)}")
    return values[[row[0] for row in rows]]


def over_time(
    data: xr.Dataset, shown: Shown, levels: Sequence[float] = BANDS, *, daily: bool = False
) -> tuple[Array, Array]:
    """A variable over time: of one subject its curve, of a population percentiles over people.

    Parameters
    ----------
    data : xarray.Dataset
        A result of one subject or of a population.
    shown : Shown
        Variable, with one label for each of its other dimensions.
    levels : sequence of float
        Percentiles of a population [1].
    daily : bool
        Whether the mean over each whole day of a person is meant, of a result of at least a day; where only
        quantiles are kept, the daily mean of each.

    Returns
    -------
    time : ndarray, shape (n_times,) or (n_days,)
        When, of days their middle [h].
    values : ndarray, shape (1, n_times) or (n_levels, n_times)
        In the unit of the variable.

    Raises
    ------
    InputError
        If a label does not fit, a value of a population is not finite, or a level was not kept.
    """
    time, values = data["time"].values, curves(data, shown.name, **shown.labels)
    if daily:
        time, values = means_by_day(time, values)
    return time, percentiles(data, values, levels)


def hours_blocked_by_person(data: xr.Dataset, receptor: str = "mor") -> Array:
    """How long a receptor population counts as blocked, for each person.

    The same as `ldnsim.results.endpoints.hours_blocked` of each person, for all at once.

    Parameters
    ----------
    data : xarray.Dataset
        A population of single people, or a `window` of it.
    receptor : {"mor", "dor", "kor"}
        Which receptor.

    Returns
    -------
    ndarray, shape (n_people,)
        Hours.

    Raises
    ------
    InputError
        If `data` holds no single people, the receptor is unknown or what counts is not about it, or an occupancy is
        not finite, as where a run failed (see `finished`).
    """
    check_people(data, "occupancy", single=True)
    limit = counted_from(data, receptor)
    return each_above(data["time"].values, curves(data, "occupancy", receptor=receptor), limit)
