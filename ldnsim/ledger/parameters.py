"""Parameter sets: which row of the ledger stands behind each parameter of the model."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, NamedTuple

from ..base.errors import InputError, LedgerError
from ..base.reading import choice, fields_of, names_in, number
from ..base.units import factor, quantity
from ..base.vocabulary import Term, filled, flatten, terms
from ..endorphin import EndorphinParameters
from ..outcomes import OutcomeParameters
from ..pk import DoseParameters, PkParameters
from ..receptors import ReceptorParameters
from ..tlr4 import Tlr4Parameters
from .assumptions import Assumptions
from .evidence import STATUSES, Parameter, ledger, table
from .ranges import FRACTIONS, LIMITS, POSITIVE, Rules, faults

GROUPS: Mapping[str, type[NamedTuple]] = MappingProxyType(
    {
        "dose": DoseParameters,
        "pk": PkParameters,
        "receptors": ReceptorParameters,
        "endorphin": EndorphinParameters,
        "tlr4": Tlr4Parameters,
        "outcomes": OutcomeParameters,
    }
)

TRANSFORMS: Mapping[str, Callable[[float], float]] = MappingProxyType(
    {"half-life": lambda value: math.log(2) / value, "mean time": lambda value: 1 / value}
)
"""How a time becomes a rate constant where the ledger has one and the model needs the other."""

CONDITIONS = ("healthy", "fibromyalgia", "multiple-sclerosis")
CELLS = ("microglia", "macrophage", "mast-cell")

_BASE = "base"
"""Set of what holds under every assumption, and is about naltrexone."""

_LATER = "record:before"
"""Set of the parameters of `later_entries`."""


class Entry(NamedTuple):
    """A parameter of the model with its evidence."""

    value: float
    unit: str
    row: str
    status: str
    source: str
    target: str


class ParameterSet(Mapping[str, Entry]):
    """Every parameter of a model by name, immutable.

    Parameters
    ----------
    entries : mapping of str to Entry
        One entry for each name such as ``pk.cl``.
    rules : Rules, optional
        Names and ranges of the model's parameters; those of the naltrexone model by default.

    Raises
    ------
    InputError
        If a value is outside its physical range.
    """

    def __init__(self, entries: Mapping[str, Entry], rules: Rules | None = None) -> None:
        self.rules = naltrexone_rules() if rules is None else rules
        known = self.rules.terms
        self._entries: dict[str, Entry] = fields_of(entries, "parameters", known)
        for name, entry in self._entries.items():
            if not isinstance(entry, Entry) or not all(isinstance(text, str) for text in entry[1:]):
                raise InputError(name, entry, "an Entry: a value, and unit, row, status, source and target as texts")
            if entry.unit != known[name].unit:
                raise InputError(f"{name}.unit", entry.unit, f"{known[name].unit}, in which the model computes")
            choice(f"{name}.status", entry.status, STATUSES)
            low = 0.0 if name in self.rules.fractions else self.rules.lowest
            value = number(entry.value, name, low=low, high=self.rules.largest(name))
            self._entries[name] = entry._replace(value=value)
        for name, expected, broken in faults(self.values_by_name(), self.rules):
            if broken:
                raise InputError(name, self[name].value, expected)

    def values_by_name(self) -> dict[str, float]:
        """The numbers alone, in internal units."""
        return {name: float(entry.value) for name, entry in self._entries.items()}

    def to_dict(self) -> dict[str, list[Any]]:
        """As plain JSON values, from which `from_dict` makes the same set."""
        return {name: list(entry) for name, entry in self._entries.items()}

    @staticmethod
    def from_dict(cells: object, rules: Rules | None = None) -> ParameterSet:
        """The set that `to_dict` wrote; raises `InputError` naming what is missing, unknown or out of range."""
        known = (naltrexone_rules() if rules is None else rules).terms
        later = {name: list(entry) for name, entry in later_entries().items() if name in known}
        given: dict[str, Any] = later | dict(names_in(cells, "parameters"))
        entries: dict[str, Entry] = {}
        # in the order of the model, then what is unknown, which is refused
        for name in dict.fromkeys((*(name for name in known if name in given), *given)):
            entry = given[name]
            if not isinstance(entry, list | tuple) or len(entry) != len(Entry._fields):
                raise InputError(name, entry, f"a list of {', '.join(Entry._fields)}")
            entries[name] = Entry(*entry)
        return ParameterSet(entries, rules)

    def __getitem__(self, name: str) -> Entry:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def fill(self, declared: Any) -> Any:
        """The values as nested tuples of floats, as the equations take them.

        Parameters
        ----------
        declared : type
            The ``NamedTuple`` that the equations take, whose numbers by dotted name are among the parameters.

        Returns
        -------
        NamedTuple
            Filled with floats in internal units.
        """
        return filled(declared, [self[term.name].value for term in flatten(declared)])

    def replace(self, changes: Mapping[str, object], source: str) -> ParameterSet:
        """A copy with some values changed, which keeps who changed them.

        Parameters
        ----------
        changes : mapping of str to float or str
            Dotted name to a number in the parameter's own unit or a text with unit:
            ``{"pk.cl": "2 L/min"}``.
        source : str
            Where the new values come from; they count as assumed.

        Returns
        -------
        ParameterSet
            The changed set.

        Raises
        ------
        InputError
            If a name is unknown, a unit does not fit or a value is out of range.
        """
        if not isinstance(source, str):
            raise InputError("source", source, "a text that says where the values come from")
        entries = dict(self._entries)
        for name, value in names_in(changes, "parameters"):
            choice("parameters", name, self.rules.known)
            unit = entries[name].unit
            entries[name] = Entry(quantity(value, unit, name), unit, "", "assumed", source, "")
        return ParameterSet(entries, self.rules)


@cache
def _sets() -> Mapping[str, Mapping[str, Entry]]:
    """All named sets, each row converted to the model's unit."""
    found: dict[str, dict[str, Entry]] = {}
    vocabulary = parameter_terms()
    for place, cells in table(files("ldnsim") / "data" / "sets.csv", ("set", "parameter", "row", "transform")):
        name, row = cells["parameter"], ledger().parameters.get(cells["row"])
        if name not in vocabulary:
            raise LedgerError(f"{place}: {name!r} is no parameter of the model")
        if row is None or row.value is None:
            raise LedgerError(f"{place}: row {cells['row']!r} is not in the ledger or has no value")
        if cells["transform"] and cells["transform"] not in TRANSFORMS:
            raise LedgerError(f"{place}: transform {cells['transform']!r} is none of {', '.join(TRANSFORMS)}")
        try:
            entry = _entry(row, vocabulary[name], cells["transform"])
        except InputError as error:
            raise LedgerError(f"{place}: {name} cannot be row {row.id}: {error}") from error
        if name in found.setdefault(cells["set"], {}):
            raise LedgerError(f"{place}: {name!r} stands twice in set {cells['set']!r}")
        found[cells["set"]][name] = entry
    return found


def _entry(row: Parameter, term: Term, transform: str) -> Entry:
    assert row.value is not None
    value = row.value * factor(row.unit, f"1/({term.unit})" if transform else term.unit)
    if transform:
        value = TRANSFORMS[transform](value)
    return Entry(value, term.unit, row.id, row.status, row.source, row.target)


def as_model(row: Parameter, entry: Entry, value: Any) -> Any:
    """Numbers of a row as the model has them, also where a time has become a rate constant.

    Parameters
    ----------
    row : Parameter
        The row behind a parameter, with a value.
    entry : Entry
        The parameter.
    value : float or ndarray
        In the unit of the row; above 0 where it is a time that has become a rate constant.

    Returns
    -------
    float or ndarray
        In the unit of the model.
    """
    try:
        return value * factor(row.unit, entry.unit)
    except InputError:
        assert row.value is not None
        return entry.value * (row.value / value)


def later_entries() -> Mapping[str, Entry]:
    """Parameters that records of runs before them do not have, as they held for those."""
    return _sets()[_LATER]


def other_drugs() -> list[str]:
    """Drugs beside naltrexone that have a set of parameters: every set that is no choice on an axis."""
    return [name for name in _sets() if name != _BASE and ":" not in name]


@cache
def parameter_terms() -> Mapping[str, Term]:
    """Unit and meaning of every parameter of the model, by dotted name."""
    return {f"{group}.{name}": term for group, declared in GROUPS.items() for name, term in terms(declared).items()}


@cache
def naltrexone_rules() -> Rules:
    """Names and ranges of the parameters of the naltrexone model."""
    return Rules(parameter_terms(), POSITIVE, FRACTIONS, LIMITS)


def rules_of(declared: type[NamedTuple]) -> Rules:
    """Names and ranges of the parameters of another drug, whose equations are in part those of naltrexone."""
    known = {term.name: term for term in flatten(declared)}
    limits = tuple(limit for limit in LIMITS if {limit.name, *limit.needs} <= known.keys())
    return Rules(known, POSITIVE & known.keys(), FRACTIONS & known.keys(), limits)


def layered(layers: Iterable[str], names: Iterable[str], shared: Collection[str] | None = None) -> dict[str, Entry]:
    """Parameters from named sets, a later one over those before it.

    Parameters
    ----------
    layers : iterable of str
        Names of sets.
    names : iterable of str
        Parameters that are wanted.
    shared : collection of str, optional
        Of another drug: those that it takes from the set ``base``, which is about naltrexone; all by default.

    Returns
    -------
    dict of str to Entry
        In the order of the names.

    Raises
    ------
    LedgerError
        If there is no such set, a parameter has a value in none of them, or only in one that is not shared.
    """
    entries: dict[str, Entry] = {}
    for layer in layers:
        if layer not in _sets():
            raise LedgerError(f"there is no set {layer!r} of parameters")
        own = _sets()[layer]
        entries |= own if layer != _BASE or shared is None else {name: own[name] for name in own if name in shared}
    wanted = list(names)
    missing = [name for name in wanted if name not in entries]
    if missing:
        raise LedgerError(f"no set gives a value for {', '.join(missing)}")
    return {name: entries[name] for name in wanted}


def resolve(
    assumptions: Assumptions | str = "popular", *, condition: str = "healthy", cell: str = "microglia"
) -> ParameterSet:
    """Every parameter under some assumptions, with the ledger row behind it.

    Parameters
    ----------
    assumptions : Assumptions or str
        Choices on the six axes, see `Assumptions.of`.
    condition : {"healthy", "fibromyalgia", "multiple-sclerosis"}
        Whose starting values the outcomes use.
    cell : {"microglia", "macrophage", "mast-cell"}
        Which TLR4-bearing cells are meant.

    Returns
    -------
    ParameterSet
        Values in internal units, with sources.

    Raises
    ------
    InputError
        If a name is unknown.
    LedgerError
        If the packaged sets leave a parameter without a value.
    """
    chosen = Assumptions.of(assumptions)
    isomers = "levo" if chosen.f_dextro == 0 else "racemic"
    layers = (
        _BASE,
        f"exposure:{chosen.exposure}",
        f"site:{chosen.site}",
        f"isomers:{isomers}",
        f"blockade:{chosen.blockade}",
        f"blockade:{chosen.blockade} isomers:{isomers}",
        f"tlr4:{chosen.tlr4}",
        f"rebound:{chosen.rebound}",
        f"condition:{choice('condition', condition, CONDITIONS)}",
        f"cell:{choice('cell', cell, CELLS)}",
        # what was seen of one kind of cells alone
        *({f"tlr4:{chosen.tlr4} cell:{cell}"} & _sets().keys()),
    )
    ordered = layered(layers, parameter_terms())
    if not isinstance(chosen.isomers, str):
        ordered["dose.f_dextro"] = Entry(chosen.f_dextro, "1", "", "assumed", "chosen in the assumptions", "")
    return ParameterSet(ordered)
