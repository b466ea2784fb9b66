"""Covariates as users say them: a number, a level, one for each person, a distribution, shares."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..base.errors import InputError
from ..base.near import among
from ..base.reading import choice
from ..base.streams import Array
from ..base.units import quantity
from .covariates import CHILD_PUGH, LIMITS, Covariate, between, credible, levels, references
from .distributions import Distribution, LogNormal, Normal, Spread, Uniform, from_dict


def read(given: Mapping[str, object] | None, n: int) -> tuple[Covariate, ...]:
    """The covariates of a population from what a user says.

    Parameters
    ----------
    given : mapping of str to object, or None
        For ``weight`` [kg], ``age`` [year] and ``creatinine_clearance`` [mL/min] a number or a text with unit, one
        for each person, or a distribution, about the reference value unless it names its own. For ``smoking``
        (no, yes), ``liver`` (none, compensated, decompensated, or a Child-Pugh class A, B or C) and ``sex``
        (female, male; without effect) a level, one for each person, or a mapping from level to share. All other names
        are covariates of another model, see `check`: a number, one for each person, or a distribution about a typical
        value of its own.
    n : int
        How many people there are.

    Returns
    -------
    tuple of Covariate
        By name.

    Raises
    ------
    InputError
        If a covariate is unknown or a value cannot be used; the text names it.
    """
    if given is None:
        return ()
    if not isinstance(given, Mapping):
        raise InputError("covariates", given, "a mapping from name to value, such as {'weight': 80}")
    known = (*references(), *levels())
    found = []
    for name, value in given.items():
        if isinstance(name, str) and name == "genotype":
            raise InputError("covariates", name, "no genotype, because the ledger has no effect of one")
        if not isinstance(name, str) or any(isinstance(other, str) and other in known for other in given):
            choice("covariates", name, known)
        elif not name:
            raise InputError("covariates", name, "a name")
        found.append(_read_level(name, value, n) if name in levels() else _read_number(name, value, n))
    return tuple(sorted(found, key=lambda covariate: known.index(covariate.name) if covariate.name in known else 0))


def _read_number(name: str, value: object, n: int) -> Covariate:
    typical, unit = references().get(name, (math.nan, "1"))
    if isinstance(value, Distribution):
        if not isinstance(value, LogNormal | Normal | Uniform):
            raise InputError(name, value, "a LogNormal, Normal or Uniform distribution")
        about = typical if value.typical is None else value.typical
        if math.isnan(about):
            raise InputError(name, value, "a typical value of its own: Normal(70, sd=10)")
        _check_possible(name, np.array([about]), value)
        return Covariate(name, type(value)(about, cv=value.cv, sd=value.sd, var=value.var))
    several = _several(name, value, n)
    numbers = tuple(quantity(one, unit, name) for one in ([value] if several is None else several))
    _check_possible(name, np.array(numbers), value)
    return Covariate(name, numbers[0] if several is None else numbers)


def _check_possible(name: str, values: Array, given: object) -> None:
    if name in LIMITS and not credible(name, values).all():
        typical, unit = references()[name]
        raise InputError(name, given, f"{between(name)}, such as '{typical:g} {unit}'")


def _read_level(name: str, value: object, n: int) -> Covariate:
    if isinstance(value, Mapping):
        return _read_shares(name, value)
    several = _several(name, value, n)
    if several is None:
        return Covariate(name, _level(name, value))
    return Covariate(name, tuple(_level(name, one) for one in several))


def _read_shares(name: str, value: Mapping[Any, object]) -> Covariate:
    pairs = []
    for level, share in value.items():
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
            raise InputError(name, value, "a share from 0 to 1 for each level")
        pairs.append((_level(name, level), float(share)))
    if len({level for level, _ in pairs}) < len(pairs):
        raise InputError(name, value, "each level once")
    if not math.isclose(sum(share for _, share in pairs), 1.0, abs_tol=1e-9):
        raise InputError(name, value, "shares that add up to 1")
    # in the order of the ledger, so that equal shares draw equal people
    pairs.sort(key=lambda pair: levels()[name].index(pair[0]))
    return Covariate(name, tuple(pairs), shares=True)


def _level(name: str, value: object) -> str:
    if isinstance(value, bool | np.bool_) and name == "smoking":
        return "yes" if value else "no"
    if isinstance(value, str):
        if name == "liver" and value in CHILD_PUGH:
            return CHILD_PUGH[value]
        if value in levels()[name]:
            return str(value)
    classes = ", or a Child-Pugh class A, B or C" if name == "liver" else ""
    raise InputError(name, value, among(value, levels()[name], classes))


def _several(name: str, value: Any, n: int) -> Sequence[object] | None:
    """One value for each person, or None if it is one for all."""
    if isinstance(value, str) or not isinstance(value, Iterable) or isinstance(value, Mapping):
        return None
    try:
        several = list(value)
    except TypeError:  # an array without dimension, and a quantity of one, only look as if they had elements
        return None
    # the elements are read one by one later, which refuses what is nested
    if len(several) != n:
        raise InputError(name, value, f"one value, or one for each of {n} people")
    return several


def read_for_one(given: Mapping[str, object] | None) -> tuple[Covariate, ...]:
    """The covariates of one person; as `read`, but one value each."""
    found = read(given, 1)
    for one in found:
        if one.shares or isinstance(one.given, tuple | Spread):
            raise InputError(one.name, (given or {})[one.name], "one value, because there is one person")
    return found


def from_plain(cells: Any) -> dict[str, object]:
    """What `read` takes, from each `Covariate.to_dict` by name; raises `InputError`."""
    if not isinstance(cells, Mapping):
        raise InputError("covariates", cells, "a mapping from name to value")
    found: dict[str, object] = {}
    for name, value in cells.items():
        if isinstance(value, Mapping):
            found[name] = value["shares"] if "shares" in value else from_dict(value, name)
        else:
            found[name] = value
    return found
