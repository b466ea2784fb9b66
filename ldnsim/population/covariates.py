"""Covariates: what differs between people and can be known, and what the ledger says it does to parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import count
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError, LedgerError
from ..base.streams import Array, Purpose, named, normals, uniforms
from ..base.units import factor, quantity
from ..ledger.evidence import Parameter, ledger, table, weakest
from ..ledger.parameters import ParameterSet, choice, parameter_terms
from ..ledger.ranges import Rules, faults
from .distributions import Distribution, LogNormal, Normal, Spread, Uniform, from_dict

Labels: TypeAlias = NDArray[np.str_]

Effects: TypeAlias = Callable[[Mapping[str, "Array | Labels"], Mapping[str, Any]], Mapping[str, Any]]
"""``effects(covariates, typical)``: the parameters that covariates of some people change, by name."""

CHILD_PUGH: Mapping[str, str] = MappingProxyType({"A": "compensated", "B": "decompensated", "C": "decompensated"})
"""Child-Pugh classes as levels of liver disease; an assumption, see the note of the ledger row LM036."""

FORMS = ("none", "slope", "power", "factor")

ABOVE_ZERO = frozenset({"weight"})
"""Numeric covariates that cannot be 0; the others cannot be below 0."""


class Effect(NamedTuple):
    """What one covariate does to one parameter.

    Attributes
    ----------
    covariate : str
        The covariate.
    level : str
        The level that has the effect; empty for a numeric covariate.
    parameter : str
        The parameter; empty where there is no effect.
    form : {"none", "slope", "power", "factor"}
        ``value * (covariate - reference)`` is added; or the parameter is multiplied by
        ``(covariate / reference)**value`` or by ``value``.
    value, reference : float
        Numbers of the form, in internal units.
    limit : float
        Where a factor stops; infinite without a limit.
    rows : tuple of str
        Ledger rows behind the numbers.
    """

    covariate: str
    level: str
    parameter: str
    form: str
    value: float
    reference: float
    limit: float
    rows: tuple[str, ...]


@cache
def effects() -> tuple[Effect, ...]:
    """Every effect that the ledger allows.

    Returns
    -------
    tuple of Effect
        In the order in which they are applied.

    Raises
    ------
    LedgerError
        If the packaged table names what does not exist.
    """
    columns = ("covariate", "level", "parameter", "form", "row", "reference", "limit")
    found = []
    for place, cells in table(files("ldnsim") / "data" / "covariates.csv", columns):
        rows = {name: _row(place, cells[name]) for name in ("row", "reference", "limit") if cells[name]}
        form, name = cells["form"], cells["parameter"]
        if form not in FORMS or (form != "none" and name not in parameter_terms()):
            raise LedgerError(f"{place}: no effect {form!r} on {name!r}")
        reference = _value(rows["reference"]) if "reference" in rows else math.nan
        limit = _value(rows["limit"]) if "limit" in rows else math.inf
        value = math.nan
        if form != "none":
            unit = f"({parameter_terms()[name].unit})/({rows['reference'].unit})" if form == "slope" else "1"
            value = _value(rows["row"]) * factor(rows["row"].unit, unit)
        ids = tuple(row.id for row in rows.values())
        found.append(Effect(cells["covariate"], cells["level"], name, form, value, reference, limit, ids))
    return tuple(found)


def _row(place: str, row: str) -> Parameter:
    found = ledger().parameters.get(row)
    if found is None or found.value is None:
        raise LedgerError(f"{place}: row {row!r} is not in the ledger or has no value")
    return found


def _value(row: Parameter) -> float:
    assert row.value is not None
    return row.value


@cache
def references() -> Mapping[str, tuple[float, str]]:
    """Reference value and unit of each numeric covariate, by name; whoever has it has the typical parameters."""
    rows = {effect.covariate: ledger().parameters[effect.rows[1]] for effect in effects() if not effect.level}
    return {name: (_value(row), row.unit) for name, row in rows.items()}


@cache
def levels() -> Mapping[str, tuple[str, ...]]:
    """Levels of each other covariate, by name; the first one is without effect."""
    found: dict[str, tuple[str, ...]] = {}
    for effect in effects():
        if effect.level:
            found[effect.covariate] = (*found.get(effect.covariate, ()), effect.level)
    return found


@dataclass(frozen=True)
class Covariate:
    """One covariate of a population, as it was given.

    Attributes
    ----------
    name : str
        One of `references` or `levels`.
    given : float, str, tuple or distribution
        One value for all; a tuple with one value per person; a distribution; or, for levels, a tuple of
        pairs of level and share.
    shares : bool
        Whether `given` holds pairs of level and share.
    """

    name: str
    given: Any
    shares: bool = False

    def values(self, seed: int, replicate: int, ids: NDArray[np.int64]) -> tuple[Array | Labels, NDArray[np.int64]]:
        """Values of some people.

        Parameters
        ----------
        seed : int
            Seed.
        replicate : int
            Number of the replicate.
        ids : ndarray of int, shape (n_people,)
            Numbers of the people.

        Returns
        -------
        values : ndarray of float or str, shape (n_people,)
            Value in the unit of the reference, or level.
        redrawn : ndarray of int, shape (n_people,)
            How often it was drawn again because no person can have it.
        """
        redrawn = np.zeros(ids.size, dtype=np.int64)
        if self.shares:
            words, shares = zip(*self.given, strict=True)
            chosen = uniforms(seed, Purpose.COVARIATES, replicate, (0, named(self.name)), ids)
            # the sum of the shares may fall short of 1 by rounding
            place = np.minimum(np.searchsorted(np.cumsum(shares), chosen, side="right"), len(words) - 1)
            return np.array(words)[place], redrawn
        if isinstance(self.given, tuple):
            return np.array(self.given)[ids], redrawn
        if not isinstance(self.given, Spread):
            return np.full(ids.size, self.given), redrawn
        found = np.empty(ids.size)
        waiting = np.arange(ids.size)
        for attempt in count():
            z = normals(seed, Purpose.COVARIATES, replicate, (attempt, named(self.name)), ids[waiting])
            found[waiting] = self.given.values(self.given.typical, z)
            waiting = waiting[~possible(self.name, found[waiting])]
            redrawn[waiting] += 1
            if not waiting.size:
                break
        return found, redrawn

    def to_dict(self) -> Any:
        """As plain JSON values."""
        if self.shares:
            return {"shares": dict(self.given)}
        if isinstance(self.given, tuple):
            return list(self.given)
        return self.given.to_dict() if isinstance(self.given, Spread) else self.given


def possible(name: str, values: Array) -> NDArray[np.bool_]:
    """Whether a numeric covariate can have these values."""
    known = np.full(values.shape, True) if name not in references() else values >= 0
    return (values > 0 if name in ABOVE_ZERO else known) & np.isfinite(values)


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
        if any(other in known for other in given):
            choice("covariates", name, known)
        elif not isinstance(name, str) or not name:
            raise InputError("covariates", name, "a name")
        found.append(_read_level(name, value, n) if name in levels() else _read_number(name, value, n))
    return tuple(sorted(found, key=lambda covariate: known.index(covariate.name) if covariate.name in known else 0))


def check(given: Iterable[Covariate], rules: Rules) -> None:
    """Refuse covariates that are not those of a model; raises `InputError`.

    The ledger's act on the parameters of the naltrexone model, all others where a model asks for them.
    """
    ours = {effect.parameter for effect in effects() if effect.parameter} <= rules.terms.keys()
    known = (*references(), *levels())
    for one in given:
        if ours and one.name not in known:
            choice("covariates", one.name, known)
        if not ours and one.name in levels():
            raise InputError("covariates", one.name, "numbers, because the ledger knows nothing of this model")


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
    if not possible(name, values).all():
        raise InputError(name, given, "numbers above 0" if name in ABOVE_ZERO else "numbers of at least 0")


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
    raise InputError(name, value, f"one of {', '.join(levels()[name])}{classes}")


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


def apply(values: Mapping[str, Array | Labels], typical: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters that some covariates change.

    Parameters
    ----------
    values : mapping of str to ndarray, shape (n_people,)
        Covariates by name.
    typical : mapping of str to float
        Every parameter without covariates.

    Returns
    -------
    dict of str to ndarray, shape (n_people,)
        The changed parameters alone.
    """
    found: dict[str, Any] = {}
    for effect in effects():
        if effect.form == "none" or effect.covariate not in values:
            continue
        given, before = values[effect.covariate], found.get(effect.parameter, typical[effect.parameter])
        if effect.form == "slope":
            after = before + effect.value * (np.asarray(given, dtype=np.float64) - effect.reference)
        elif effect.form == "power":
            after = before * (np.asarray(given, dtype=np.float64) / effect.reference) ** effect.value
        else:
            # what is above the limit already stays there
            factored = np.minimum(before * effect.value, np.maximum(effect.limit, before))
            after = np.where(given == effect.level, factored, before)
        found[effect.parameter] = after
    return found


def read_for_one(given: Mapping[str, object] | None) -> tuple[Covariate, ...]:
    """The covariates of one person; as `read`, but one value each."""
    found = read(given, 1)
    for one in found:
        if one.shares or isinstance(one.given, tuple | Spread):
            raise InputError(one.name, (given or {})[one.name], "one value, because there is one person")
    return found


def in_words(given: Iterable[Covariate]) -> str:
    """The covariates of one person, such as ``"weight 55 kg, liver compensated"``."""
    said = []
    for one in given:
        unit = references().get(one.name, (0.0, ""))[1]
        value = one.given if one.name in levels() else f"{one.given:g} {unit}".strip()
        said.append(f"{one.name.replace('_', ' ')} {value}")
    return ", ".join(said)


def numbers_of_one(given: Iterable[Covariate], typical: ParameterSet) -> dict[str, float]:
    """The parameters of `of_one` in numbers alone, in a tenth of the time.

    Parameters
    ----------
    given : iterable of Covariate
        From `read_for_one`.
    typical : ParameterSet
        Parameters without covariates.

    Returns
    -------
    dict of str to float
        Every parameter by dotted name.

    Raises
    ------
    InputError
        If the covariates lead to a parameter that no person can have.
    """
    values = {name: entry.value for name, entry in typical.items()}
    changed = apply({one.name: np.array([one.given]) for one in given}, values)
    found = values | {name: float(value[0]) for name, value in changed.items()}
    if any(broken for _, _, broken in faults(found, typical.rules)):
        of_one(given, typical)  # which says what is wrong
    return found


def of_one(given: Iterable[Covariate], typical: ParameterSet) -> ParameterSet:
    """Parameters of a person who is typical but for some covariates.

    Parameters
    ----------
    given : iterable of Covariate
        From `read_for_one`.
    typical : ParameterSet
        Parameters without covariates.

    Returns
    -------
    ParameterSet
        The same, but for what the covariates change: that names the covariate and the ledger rows of its effect, and
        counts as no firmer than these.

    Raises
    ------
    InputError
        If the covariates lead to a parameter that no person can have.
    """
    known = {one.name: one for one in given}
    values = {name: np.array([one.given]) for name, one in known.items()}
    changed = apply(values, {name: entry.value for name, entry in typical.items()})
    entries = dict(typical)
    for name, value in changed.items():
        before = typical[name]
        if float(value[0]) == before.value:
            continue
        behind = [
            effect
            for effect in effects()
            if effect.parameter == name and effect.covariate in known
            and effect.level in ("", known[effect.covariate].given)
        ]  # fmt: skip
        rows = dict.fromkeys(row for effect in behind for row in effect.rows)
        why = in_words(known[name] for name in dict.fromkeys(effect.covariate for effect in behind))
        entries[name] = before._replace(
            value=float(value[0]),
            status=weakest([before.status, *(ledger().parameters[row].status for row in rows)]),
            source=f"{before.source}; with {why} ({', '.join(rows)})",
        )
    try:
        return ParameterSet(entries)
    except InputError as error:
        said = f"covariates that leave {error.argument} {error.expected}; it would be {error.value:.6g}"
        raise InputError("covariates", in_words(known.values()), said) from error


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
