"""Parts of a population as plain values, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..base.errors import InputError
from ..base.reading import listed, names_in
from . import covariate_reading
from .adherence import Adherence
from .distributions import Distribution, LogNormal, Normal, from_dict
from .variation import from_plain


def parts_of(cells: Mapping[str, Any]) -> dict[str, Any]:
    """Those arguments of a population that plain values hold; raises `InputError`."""
    found = dict(cells)
    for name in {"variability", "occasions", "uncertainty"} & found.keys():
        if not isinstance(found[name], str):
            found[name] = from_plain(found[name], name)
    if "correlations" in found:
        pairs = listed(found["correlations"], "correlations", "a list of two parameters and their correlation")
        if not all(isinstance(one, list | tuple) and len(one) == 3 for one in pairs):
            raise InputError("correlations", pairs, "two parameters and their correlation in each entry")
        if not all(isinstance(name, str) for one in pairs for name in one[:2]):
            raise InputError("correlations", pairs, "names of parameters")
        found["correlations"] = {(first, second): value for first, second, value in pairs}
    if "covariates" in found:
        found["covariates"] = covariate_reading.from_plain(found["covariates"])
    errors = names_in(found["residual"], "residual")
    found["residual"] = {name: from_dict(one, "residual") for name, one in errors}
    if found.get("adherence") is not None:
        found["adherence"] = Adherence.from_dict(found["adherence"])
    return found


def residual_of(given: object) -> tuple[tuple[str, Distribution], ...]:
    """Errors of observations from what a user says; raises `InputError`."""
    if given is None:
        return ()
    if not isinstance(given, Mapping):
        raise InputError("residual", given, "a mapping from variable to distribution")
    for name, distribution in given.items():
        if not isinstance(name, str) or not name:
            raise InputError("residual", name, "the name of a variable")
        if not isinstance(distribution, LogNormal | Normal) or distribution.typical is not None:
            raise InputError("residual", distribution, "LogNormal(cv=...), Normal(cv=...) or Normal(sd=...)")
    return tuple(sorted(given.items()))
