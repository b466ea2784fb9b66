"""Parameter sets and assumptions: which row of the ledger stands behind each parameter of the model."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, NamedTuple

from ..base.errors import InputError, LedgerError
from ..base.reading import fields_of, names_in
from ..base.units import factor, number, number_in, quantity
from ..base.vocabulary import Term, filled, flatten, terms
from ..endorphin import EndorphinParameters
from ..outcomes import OutcomeParameters
from ..pk import DoseParameters, PkParameters
from ..receptors import ReceptorParameters
from ..tlr4 import Tlr4Parameters
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
    {
        "half-life": lambda value: math.log(2) / value,
        "mean time": lambda value: 1 / value,
    }
)
"""How a time becomes a rate constant where the ledger has one and the model needs the other."""

SITES = ("plasma", "pet")
TLR4 = ("clinical", "in-vitro", "opioid-mediated", "off")
REBOUNDS = ("popular", "conservative", "off")
EXPOSURES = ("label50", "ldn24", "deep96")
CONDITIONS = ("healthy", "fibromyalgia", "multiple-sclerosis")
CELLS = ("microglia", "macrophage", "mast-cell")
_ISOMERS = MappingProxyType({"racemic": 0.5, "levo": 0.0})


def choice(argument: str, value: object, choices: tuple[str, ...]) -> str:
    """A text that is one of some; raises `InputError`."""
    if not isinstance(value, str) or value not in choices:
        raise InputError(argument, value, f"one of {', '.join(choices)}")
    return value


@dataclass(frozen=True)
class Assumptions:
    """A named choice on each axis on which accounts of low-dose naltrexone differ.

    Parameters
    ----------
    site : {"plasma", "pet"}
        What holds the mu receptor: free plasma drug with a residence time of about an hour, or
        a fast biophase plus slow retention fitted to human PET.
    isomers : {"racemic", "levo"} or float
        Dextro isomer as a fraction of the dose: 0.5, 0, or any number from 0 to 1. The Kd of
        the plasma site is solved for each named choice; a number other than 0 uses that of
        ``racemic``.
    tlr4 : {"clinical", "in-vitro", "opioid-mediated", "off"}
        Potency at TLR4.
    rebound : {"popular", "conservative", "off"}
        Gain of the peptide and receptor response.
    exposure : {"label50", "ldn24", "deep96"}
        Which published plasma levels the kinetics reproduce.

    Raises
    ------
    InputError
        If a choice is not one of these.

    Examples
    --------
    >>> Assumptions.of("measured").site
    'pet'
    >>> Assumptions(site="pet", isomers=0.5).name
    'popular,site=pet'
    """

    site: str = "plasma"
    isomers: str | float = "racemic"
    tlr4: str = "clinical"
    rebound: str = "popular"
    exposure: str = "label50"

    def __post_init__(self) -> None:
        choice("site", self.site, SITES)
        choice("tlr4", self.tlr4, TLR4)
        choice("rebound", self.rebound, REBOUNDS)
        choice("exposure", self.exposure, EXPOSURES)
        if isinstance(self.isomers, str):
            if self.isomers not in _ISOMERS:
                raise InputError("isomers", self.isomers, "racemic, levo or a dextro fraction from 0 to 1")
        else:
            fraction = number(self.isomers, "isomers", low=0.0, high=1.0)
            named = {f: name for name, f in _ISOMERS.items()}
            object.__setattr__(self, "isomers", named.get(fraction, fraction))

    @property
    def f_dextro(self) -> float:
        """Dextro isomer as a fraction of the dose [1]."""
        return _ISOMERS[self.isomers] if isinstance(self.isomers, str) else self.isomers

    @property
    def name(self) -> str:
        """The nearest bundle's name, followed by the axes that differ from it."""
        mine = asdict(self)

        def differing(bundle: str) -> list[str]:
            return [axis for axis, choice in asdict(BUNDLES[bundle]).items() if choice != mine[axis]]

        nearest = min(BUNDLES, key=lambda bundle: len(differing(bundle)))
        return ",".join([nearest, *(f"{axis}={mine[axis]}" for axis in differing(nearest))])

    @staticmethod
    def from_dict(cells: object) -> Assumptions:
        """The choices of a record, by axis; raises `InputError` naming what is missing or unknown."""
        return Assumptions(**fields_of(cells, "assumptions", _AXES))

    @staticmethod
    def of(value: object) -> Assumptions:
        """Assumptions from a bundle's name, a text of choices, or themselves.

        Parameters
        ----------
        value : str or Assumptions
            ``"popular"``, ``"measured"``, or ``"site=pet,isomers=0.5"``; a text may start with
            a bundle and change it: ``"measured,exposure=ldn24"``.

        Returns
        -------
        Assumptions
            The choices.

        Raises
        ------
        InputError
            If it names no bundle, axis or choice.
        """
        if isinstance(value, Assumptions):
            return value
        expected = f"{' or '.join(BUNDLES)}, or axis=choice joined by commas (axes: {', '.join(_AXES)})"
        if not isinstance(value, str) or not value.strip():
            raise InputError("assumptions", value, expected)
        first, *rest = (part.strip() for part in value.split(","))
        if first in BUNDLES:
            base, pairs = BUNDLES[first], rest
        else:
            base, pairs = BUNDLES["popular"], [first, *rest]
        changes: dict[str, Any] = {}
        for pair in pairs:
            axis, equals, choice = (part.strip() for part in pair.partition("="))
            if not equals or axis not in _AXES or axis in changes:
                raise InputError("assumptions", value, expected)
            given = axis != "isomers" or choice in _ISOMERS
            changes[axis] = choice if given else number_in(choice, "isomers", low=0.0, high=1.0)
        return replace(base, **changes)


BUNDLES: Mapping[str, Assumptions] = MappingProxyType(
    {
        "popular": Assumptions(),
        "measured": Assumptions(site="pet", isomers="levo", tlr4="in-vitro", rebound="conservative"),
    }
)
"""The popular account of low-dose naltrexone, and what human PET and in-vitro potency show."""

_AXES = tuple(asdict(Assumptions()))


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
        entries: dict[str, Entry] = {}
        for name, entry in names_in(cells, "parameters"):
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
            if name not in self.rules.known:
                raise InputError("parameters", name, f"one of {', '.join(self.rules.known)}")
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
    if transform:
        time_unit = f"1/({term.unit})"
        value = TRANSFORMS[transform](row.value * factor(row.unit, time_unit))
    else:
        value = row.value * factor(row.unit, term.unit)
    return Entry(value, term.unit, row.id, row.status, row.source, row.target)


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
        entries |= own if layer != "base" or shared is None else {name: own[name] for name in own if name in shared}
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
        Choices on the five axes, see `Assumptions.of`.
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
        "base",
        f"exposure:{chosen.exposure}",
        f"site:{chosen.site}",
        f"isomers:{isomers}",
        f"tlr4:{chosen.tlr4}",
        f"rebound:{chosen.rebound}",
        f"condition:{choice('condition', condition, CONDITIONS)}",
        f"cell:{choice('cell', cell, CELLS)}",
    )
    ordered = layered(layers, parameter_terms())
    if not isinstance(chosen.isomers, str):
        ordered["dose.f_dextro"] = Entry(chosen.f_dextro, "1", "", "assumed", "chosen in the assumptions", "")
    return ParameterSet(ordered)
