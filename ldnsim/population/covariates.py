"""Covariates: what differs between people and can be known, and what the ledger says it does to parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import count
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError, LedgerError
from ..base.reading import choice
from ..base.streams import Array, Purpose, named, normals, uniforms
from ..base.units import WEIGHTS, factor
from ..ledger.evidence import Parameter, ledger, table, weakest
from ..ledger.parameters import ParameterSet, parameter_terms
from ..ledger.ranges import Rules, faults
from .distributions import Spread

Labels: TypeAlias = NDArray[np.str_]

Effects: TypeAlias = Callable[[Mapping[str, "Array | Labels"], Mapping[str, Any]], Mapping[str, Any]]
"""``effects(covariates, typical)``: the parameters that covariates of some people change, by name."""

CHILD_PUGH: Mapping[str, str] = MappingProxyType({"A": "compensated", "B": "decompensated", "C": "decompensated"})
"""Child-Pugh classes as levels of liver disease; an assumption, see the note of the ledger row LM036."""

FORMS = ("none", "slope", "power", "factor", "remainder")

LIMITS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"weight": WEIGHTS, "age": (0.0, 130.0), "creatinine_clearance": (0.0, 1000.0)}
)
"""Between what numeric covariates of people lie [kg, year, mL/min]: wide, so that what is said beyond has a wrong
unit.
"""


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
    form : {"none", "slope", "power", "factor", "remainder"}
        ``value * (covariate - reference)`` is added; or the parameter is multiplied by
        ``(covariate / reference)**value`` or by ``value``; or clearance is multiplied by what the limit
        leaves undone of such a factor on availability, so that the area rises by the whole factor.
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
            found[effect.covariate] = tuple(dict.fromkeys((*found.get(effect.covariate, ()), effect.level)))
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
    """Whether a numeric covariate can be drawn to have these values: those of the ledger's above or at 0.

    `LIMITS` are for what is said; a spread so wide that it hardly meets them would be drawn for ever.
    """
    known = np.full(values.shape, True) if name not in LIMITS else values >= 0
    return (values > 0 if LIMITS.get(name, (0.0, 0.0))[0] else known) & np.isfinite(values)


def credible(name: str, values: Array) -> NDArray[np.bool_]:
    """Whether a numeric covariate can be said to have these values: within `LIMITS`, where it has any."""
    low, high = LIMITS.get(name, (-np.inf, np.inf))
    return (values >= low) & (values <= high) & np.isfinite(values)


def between(name: str) -> str:
    """The `LIMITS` of a covariate that has some, in words."""
    low, high = LIMITS[name]
    return f"{low:g} to {high:g} {references()[name][1]}"


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
        elif effect.form == "remainder":
            wanted = effect.value * typical["pk.f"]
            after = np.where(given == effect.level, before * effect.limit / np.maximum(wanted, effect.limit), before)
        else:
            # what is above the limit already stays there
            factored = np.minimum(before * effect.value, np.maximum(effect.limit, before))
            after = np.where(given == effect.level, factored, before)
        found[effect.parameter] = after
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
