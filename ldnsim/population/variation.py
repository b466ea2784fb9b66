"""Which parameters vary, together or apart, how they are correlated, and what the ledger says about it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from ..base.errors import InputError, LedgerError
from ..base.reading import fields_of, listed, number
from ..base.streams import Array, named
from ..base.units import factor
from ..ledger.evidence import Parameter, ledger, table
from ..ledger.parameters import GROUPS, Entry, ParameterSet, as_model, naltrexone_rules, other_drugs, parameter_terms
from ..ledger.ranges import Rules
from .distributions import DISTRIBUTIONS, Distribution, LogitNormal, LogNormal, Triangular, from_dict

Correlations: TypeAlias = tuple[tuple[str, str, float], ...]
"""Pairs of parameters with their correlation, in the order of the model."""

PEOPLE = "people"
"""Set of the packaged table for people who take naltrexone; of another drug it is called as its parameters are."""

TOGETHER = "+"
"""Joins parameters that share one draw."""


class Variation(NamedTuple):
    """Parameters that vary together.

    Attributes
    ----------
    parameters : tuple of str
        Dotted names in the order of the model; they share one draw.
    distribution : distribution
        Spread of each about its own typical value.
    row : str
        Ledger row behind the spread; empty if a user chose it.
    """

    parameters: tuple[str, ...]
    distribution: Distribution
    row: str = ""

    @property
    def draw(self) -> int:
        """Number of its draw, which stays the same whatever else varies."""
        return named(self.parameters[0])

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"parameters": list(self.parameters), "distribution": self.distribution.to_dict(), "row": self.row}


class Basis(NamedTuple):
    """What a spread, a doubt or an effect rests on.

    Attributes
    ----------
    what : str
        In words, such as ``"between people: LogNormal(cv=0.4)"``.
    row : str
        Ledger row; empty if a user chose it.
    status, source, target : str
        As in the ledger; what a user chose counts as assumed.
    """

    what: str
    row: str
    status: str
    source: str
    target: str


def basis(what: str, row: str) -> Basis:
    """What a ledger row, or the user where there is none, stands for."""
    if not row:
        return Basis(what, "", "assumed", "chosen for the population", "")
    found = ledger().parameters[row]
    return Basis(what, row, found.status, found.source, found.target)


def in_words(distribution: Distribution) -> str:
    """For example ``"LogNormal(cv=0.4)"``."""
    cells = distribution.to_dict()
    return f"{cells.pop('kind')}({', '.join(f'{name}={value:g}' for name, value in cells.items())})"


@cache
def ledger_variability(kind: str = PEOPLE) -> tuple[Variation, ...]:
    """The spread between people that the ledger has.

    Parameters
    ----------
    kind : str
        Name of the set: ``people`` who take naltrexone, or another drug.

    Returns
    -------
    tuple of Variation
        In the order of the model.

    Raises
    ------
    LedgerError
        If the packaged table names what does not exist or gives a group two rows.
    """
    groups: dict[str, list[str]] = {}
    rows: dict[str, str] = {}
    for place, cells in table(files("ldnsim") / "data" / "variability.csv", ("set", "group", "parameter", "row")):
        group, name, row = cells["group"], cells["parameter"], cells["row"]
        if name not in parameter_terms():
            raise LedgerError(f"{place}: no spread of {name!r} in a set {cells['set']!r}")
        if cells["set"] not in (PEOPLE, *other_drugs()):
            raise LedgerError(f"{place}: a set {cells['set']!r}, which is none of {PEOPLE}, {', '.join(other_drugs())}")
        if cells["set"] != kind:
            continue
        if row not in ledger().parameters or ledger().parameters[row].value is None:
            raise LedgerError(f"{place}: row {row!r} is not in the ledger or has no value")
        if rows.setdefault(group, row) != row:
            raise LedgerError(f"{place}: group {group!r} has another row too")
        groups.setdefault(group, []).append(name)
    return _ordered([Variation(tuple(names), _spread(rows[group]), rows[group]) for group, names in groups.items()])


def rebased(given: tuple[Variation, ...], usual: tuple[Variation, ...]) -> tuple[Variation, ...]:
    """What a user changed of the ledger's spread, over that of another drug.

    Parameters
    ----------
    given : tuple of Variation
        The spread of people who take naltrexone, with what a user replaced, added or took away.
    usual : tuple of Variation
        Spread of the other drug.

    Returns
    -------
    tuple of Variation
        The same changes of that.
    """
    said = tuple(one for one in given if not one.row)
    there = {name for one in given for name in one.parameters}
    gone = {name for one in ledger_variability() for name in one.parameters} - there
    other = gone | {name for one in said for name in one.parameters}
    left = [one._replace(parameters=tuple(name for name in one.parameters if name not in other)) for one in usual]
    return _ordered([*(one for one in left if one.parameters), *said])


def _spread(row: str) -> LogNormal:
    found = ledger().parameters[row]
    assert found.value is not None
    return LogNormal(cv=found.value * factor(found.unit, "1"))


def ledger_uncertainty(parameters: ParameterSet) -> tuple[Variation, ...]:
    """Doubt about typical values as far as the ledger rows behind them show it.

    A row with limits gets a triangular distribution between them that is most likely at the value: limits and a
    best value are all that the ledger has, and the value is often a limit itself. A row with the spread between
    `n` people instead gets a log-normal one with their standard error, ``cv / sqrt(n)``.

    Parameters
    ----------
    parameters : ParameterSet
        The typical values; what a user changed has no row and so no doubt.

    Returns
    -------
    tuple of Variation
        One for each such parameter, each with a draw of its own.
    """
    found = []
    for name, entry in parameters.items():
        row = ledger().parameters.get(entry.row)
        if row is None or row.value is None:
            continue
        if row.cv is not None and row.n is not None and row.distribution == "lognormal":
            doubt: Distribution = LogNormal(cv=row.cv * factor("percent", "1") / math.sqrt(row.n))
        elif row.low is not None and row.high is not None and row.low < row.high:
            ends = _ends(row, entry)
            if ends is None:
                continue
            doubt = Triangular(*ends)
        else:
            continue
        found.append(Variation((name,), doubt, row.id))
    return _ordered(found)


def _ends(row: Parameter, entry: Entry) -> tuple[float, float] | None:
    """Limits of a row in the unit of the model, None if one of them would be infinite."""
    try:
        low, high = sorted(as_model(row, entry, end) for end in (row.low, row.high))
    except ZeroDivisionError:
        return None
    return low, high


def variations_of(
    argument: str, given: object, base: tuple[Variation, ...] = (), *, uncertain: bool = False
) -> tuple[Variation, ...]:
    """Variations from what a user says.

    Parameters
    ----------
    argument : str
        Name of the argument, for errors.
    given : mapping of str to distribution or None, or tuple of Variation
        One name, or several joined by ``+``, to their distribution; ``None`` takes them out of `base`. A tuple
        is taken as it is.
    base : tuple of Variation
        What an entry replaces or adds to; an empty mapping means none at all, and so do names of another model.
    uncertain : bool
        Whether a `Triangular` distribution is allowed.

    Returns
    -------
    tuple of Variation
        In the order of the naltrexone model; names of another one, which `check_variations` looks at, as given.

    Raises
    ------
    InputError
        If a parameter is unknown or named twice, or a distribution does not suit it.
    """
    if isinstance(given, tuple) and all(isinstance(one, Variation) for one in given):
        pairs: list[tuple[object, Any, str]] = [(TOGETHER.join(v.parameters), v.distribution, v.row) for v in given]
        kept: tuple[Variation, ...] = ()
    elif isinstance(given, Mapping):
        pairs, kept = [(names, distribution, "") for names, distribution in given.items()], base if given else ()
    else:
        raise InputError(argument, given, "a mapping from parameter to distribution")
    added, seen = [], set[str]()
    for names, distribution, row in pairs:
        parameters = _parameters(argument, names)
        if seen & set(parameters):
            raise InputError(argument, names, "each parameter once")
        seen |= set(parameters)
        if distribution is None and base:
            continue
        _check_suits(argument, parameters, distribution, uncertain=uncertain)
        if row and row not in ledger().parameters:
            raise InputError(argument, row, "a row of the ledger")
        added.append(Variation(parameters, distribution, row))
    kept = kept if seen <= parameter_terms().keys() else ()
    left = [one._replace(parameters=tuple(name for name in one.parameters if name not in seen)) for one in kept]
    return _ordered([*(one for one in left if one.parameters), *added])


def _parameters(argument: str, names: object) -> tuple[str, ...]:
    found = [name.strip() for name in names.split(TOGETHER)] if isinstance(names, str) else []
    known = parameter_terms()
    # other names are those of another model, which is not known before it is run
    meant = any(name in known or name.partition(".")[0] in GROUPS for name in found)
    if not found or not all(found) or len(set(found)) < len(found) or (meant and not set(found) <= known.keys()):
        raise InputError(argument, names, f"parameters such as pk.cl, or pk.vc+pk.vp; known are {', '.join(known)}")
    return tuple(sorted(found, key=_order))


def _check_suits(argument: str, parameters: tuple[str, ...], distribution: object, *, uncertain: bool) -> None:
    kinds = [name for name, kind in DISTRIBUTIONS.items() if uncertain or kind is not Triangular]
    if not isinstance(distribution, Distribution) or type(distribution).__name__ not in kinds:
        raise InputError(argument, distribution, f"a distribution: {', '.join(kinds)}")
    if not isinstance(distribution, Triangular) and distribution.typical is not None:
        raise InputError(argument, distribution, "a spread alone: a parameter has its own typical value")
    if set(parameters) <= parameter_terms().keys():
        check_variations(argument, (Variation(parameters, distribution),), naltrexone_rules())


def check_variations(argument: str, given: tuple[Variation, ...], rules: Rules) -> None:
    """Refuse variations that do not suit a model.

    Parameters
    ----------
    argument : str
        Name of the argument, for errors.
    given : tuple of Variation
        What varies.
    rules : Rules
        The parameters of the model.

    Raises
    ------
    InputError
        If a parameter is none of the model's, or a distribution does not suit it.
    """
    for one in given:
        unknown = [name for name in one.parameters if name not in rules.known]
        if unknown:
            raise InputError(argument, unknown[0], f"parameters of the model: {', '.join(rules.known)}")
        if isinstance(one.distribution, LogitNormal) and not set(one.parameters) <= rules.fractions:
            names = TOGETHER.join(one.parameters)
            raise InputError(argument, one.distribution, f"another distribution: {names} is no fraction")


def _order(name: str) -> int:
    known = list(parameter_terms())
    return known.index(name) if name in known else len(known)


def _ordered(found: list[Variation]) -> tuple[Variation, ...]:
    return tuple(sorted(found, key=lambda one: _order(one.parameters[0])))


def from_plain(cells: Any, argument: str) -> tuple[Variation, ...]:
    """The variations that `Variation.to_dict` wrote; raises `InputError`."""
    found = []
    for place, cell in enumerate(listed(cells, argument, "a list of parameters with distribution and row")):
        one = fields_of(cell, f"{argument}[{place}]", Variation._fields)
        names = listed(one["parameters"], f"{argument}[{place}].parameters", "a list of names")
        if not all(isinstance(text, str) for text in (*names, one["row"])):
            raise InputError(argument, cell, "names of parameters, and the identifier of a row")
        found.append(Variation(tuple(names), from_dict(one["distribution"], argument), one["row"]))
    return tuple(found)


def correlations_of(given: object, variations: tuple[Variation, ...]) -> Correlations:
    """Correlations from what a user says.

    Parameters
    ----------
    given : mapping of (str, str) to float, or None
        Two varied parameters to the correlation of the normal numbers behind them.
    variations : tuple of Variation
        What varies.

    Returns
    -------
    tuple of (str, str, float)
        Pairs in the order of the model.

    Raises
    ------
    InputError
        If a pair cannot be correlated, or all correlations together are impossible.
    """
    if given is None:
        return ()
    if not isinstance(given, Mapping):
        raise InputError("correlations", given, "a mapping such as {('pk.cl', 'pk.vc'): 0.4}")
    place = _places(variations)
    found: dict[tuple[int, int], tuple[str, str, float]] = {}
    for pair, value in given.items():
        if not isinstance(pair, tuple) or len(pair) != 2 or not all(name in place for name in pair):
            raise InputError("correlations", pair, f"two of the parameters that vary: {', '.join(place) or 'none'}")
        first, second = sorted(pair, key=lambda name: place[name])
        key = place[first], place[second]
        if key[0] == key[1] or key in found:
            raise InputError("correlations", pair, "two parameters with draws of their own, each pair once")
        found[key] = (first, second, number(value, "correlations", low=-1.0, high=1.0))
    correlations = tuple(found[key] for key in sorted(found))
    smallest = float(np.linalg.eigvalsh(_matrix(correlations, variations)).min()) if variations else 1.0
    if smallest < 1e-9:
        raise InputError(
            "correlations",
            dict(given),
            f"correlations that are possible together; the smallest eigenvalue of their matrix is {smallest:.3g}",
        )
    return correlations


def _places(variations: tuple[Variation, ...]) -> dict[str, int]:
    return {name: place for place, one in enumerate(variations) for name in one.parameters}


def _matrix(correlations: Correlations, variations: tuple[Variation, ...]) -> Array:
    place, found = _places(variations), np.eye(len(variations))
    for first, second, value in correlations:
        found[place[first], place[second]] = found[place[second], place[first]] = value
    return found


def correlated(normals: list[Array], correlations: Correlations, variations: tuple[Variation, ...]) -> list[Array]:
    """Correlated normal numbers from independent ones, each of shape (n_people,)."""
    if not correlations:
        return normals
    lower = np.linalg.cholesky(_matrix(correlations, variations))
    found = []
    for row in lower:
        # term by term: a matrix product may round differently for another number of people
        terms = [weight * z for weight, z in zip(row, normals, strict=True) if weight]
        found.append(sum(terms[1:], start=terms[0]))
    return found
