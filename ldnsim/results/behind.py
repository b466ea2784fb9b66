"""What stands behind what is shown: the evidence of a variable at some of its labels alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..base.errors import InputError
from ..ledger.evidence import weakest
from ..models.naltrexone import VARIABLES
from .dataset import suffix
from .provenance import BETWEEN, Evidence

if TYPE_CHECKING:
    import xarray as xr


class Shown(NamedTuple):
    """What a line, a curve or a panel shows.

    Attributes
    ----------
    name : str
        Variable.
    labels : mapping of str to str or sequence of str
        Its labels by dimension; of a dimension that is not named, all that the data have.
    """

    name: str
    labels: Mapping[str, str | Sequence[str]] = {}


def evidence_of(data: xr.Dataset, name: str, **labels: str | Sequence[str]) -> Evidence:
    """What stands behind a variable of a result at some of its labels.

    Parameters
    ----------
    data : xarray.Dataset
        A result, or a part of it.
    name : str
        Variable.
    **labels : str or sequence of str
        Labels by dimension, such as ``receptor="mor"``; of a dimension that is not named, all that the data have.

    Returns
    -------
    Evidence
        Parameters that these labels depend on, the weakest status among them, and what was tuned to what.

    Raises
    ------
    InputError
        If the variable is not in the data, or a label is none of its.

    Examples
    --------
    >>> import ldnsim
    >>> run = ldnsim.simulate("4.5 mg", until=1)
    >>> "receptors.ratio_kor" in evidence_of(run.data, "occupancy", receptor="mor").parameters
    False
    """
    if name not in data.variables:
        raise InputError("name", name, f"a variable of the data: {', '.join(map(str, data.data_vars))}")
    about, dims = data[name].attrs, _dims(data[name])
    for dim, wanted in labels.items():
        unknown = [label for label in _several(wanted) if not isinstance(label, str) or label not in dims.get(dim, ())]
        if unknown:
            known = ", ".join(dims.get(dim, ())) or f"no {dim}: {name} has {', '.join(dims) or 'no labels'}"
            raise InputError(dim, unknown[0], known)
    chosen = [_several(labels.get(dim, _left(data[name], dim, every))) for dim, every in dims.items()]
    ends = [suffix(combined) for combined in product(*chosen)]
    # what has one label, or was made before each had its own, says it of the variable alone
    ends = [end for end in ends if f"weakest_evidence{end}" in about] or [""]
    names = _together(about, "depends_on", ends, " ")
    statuses = (str(about[f"weakest_evidence{end}"]) for end in ends)
    return Evidence(names, weakest(statuses), _together(about, "tuned_to", ends, BETWEEN))


def evidence_behind(data: xr.Dataset, shown: Iterable[Shown]) -> tuple[str, tuple[str, ...]]:
    """The weakest status behind all that is shown, and the targets behind it, each once."""
    found = [evidence_of(data, one.name, **one.labels) for one in shown]
    targets = dict.fromkeys(target for one in found for target in one.targets)
    return weakest(one.weakest for one in found), tuple(targets)


_NOT_LABELS = ("time", "person", "quantile")


def _dims(values: xr.DataArray) -> Mapping[str, Sequence[str]]:
    """Labels of a variable by dimension, those that were selected away too where they are known."""
    there = {str(dim): [str(label) for label in values[dim].values] for dim in values.dims if dim not in _NOT_LABELS}
    known = VARIABLES[str(values.name)].dims if values.name in VARIABLES else {}
    every = {dim: dict.fromkeys([*known.get(dim, ()), *there.get(dim, ())]) for dim in (*known, *there)}
    return {dim: list(labels) for dim, labels in every.items()}


def _several(labels: str | Sequence[str]) -> list[str]:
    return [labels] if isinstance(labels, str) else list(labels)


def _left(values: Any, dim: str, every: Sequence[str]) -> list[str]:
    """Labels that are left after a selection; all where the selection has dropped them."""
    return [str(label) for label in np.atleast_1d(values[dim].values)] if dim in values.coords else list(every)


def _together(about: Mapping[Any, Any], key: str, ends: Sequence[str], between: str) -> tuple[str, ...]:
    """The parts of some attributes, each once, in the order of the variable's own."""
    found = {part for end in ends for part in str(about.get(f"{key}{end}", "")).split(between)}
    return tuple(part for part in str(about.get(key, "")).split(between) if part and part in found)
