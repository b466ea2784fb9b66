"""A small model put together from its equations and from what a user gives, which is checked and named here."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError
from ..base.units import quantity
from ..base.vocabulary import flatten
from .columns import renamed
from .dosable import Model
from .inlets import Compartment, Covariates, Given, Inlet, constant, from_covariates
from .system import System

PerCompartment: TypeAlias = "Given | Mapping[str, Given] | None"
"""One value for the default dose compartment, or a value a compartment."""

POSITIVE = frozenset(
    {
        *("V", "V1", "V2", "V3", "Vm", "ka", "ka1", "ka2", "MTT", "Km"),
        *("kin", "kout", "kp", "ke0", "IC50", "SC50", "EC50", "h"),
        *("kon", "koff", "Rtot", "KI", "KA", "KB", "n", "slope"),
    }
)
"""Parameters that must be above zero: what equations divide by, exponents, and what a response cannot do without."""

UNITS: Mapping[str, str] = {"nmol": "mg", "nM": "mg/L"}
"""What amounts and levels of the equations are called in results: doses are in mg, volumes in L."""

FRACTIONS = frozenset({"fm", "fm_first_pass", "fh", "Imax", "F"})
"""Parameters that lie between 0 and 1."""


_NEVER_LEFT_OUT = frozenset(("CL", "V", "V1", "Q", "V2", "Q2", "Q3", "V3", "CLm", "Vm", "Vmax", "Km"))
"""Parameters without which drug would stay or go for good."""

_OF_DOSES = {"F": "1", "lag": "h", "R": "mg/h", "D": "h"}


class Doses(NamedTuple):
    """What a user says of doses.

    Attributes
    ----------
    F, lag, R, D : float, callable, mapping or None
        Bioavailability [1], lag [h], rate for RATE -1 [amount/h] and duration for RATE -2 [h].
    """

    F: PerCompartment = 1.0
    lag: PerCompartment = 0.0
    R: PerCompartment = None
    D: PerCompartment = None


class Way(NamedTuple):
    """One way from the depot's dose into the state.

    Attributes
    ----------
    state : str
        Last part of the name of the state.
    share : float
        Fraction of the dose [1].
    lag : float
        Delay of its own [h].
    """

    state: str
    share: float
    lag: float


class Depot(NamedTuple):
    """A depot of several states.

    Attributes
    ----------
    states : tuple of str
        Last parts of their names.
    ways : tuple of Way
        How a dose enters.
    """

    states: tuple[str, ...]
    ways: tuple[Way, ...]


_ONE_DEPOT = Depot(("depot",), (Way("depot", 1.0, 0.0),))


def _nothing(_parameters: Any) -> Mapping[str, float]:
    return {}


def assemble(
    name: str,
    system: System,
    declared: type[NamedTuple],
    values: Mapping[str, Given | None],
    names: tuple[str, ...],
    predicted: Mapping[str, str],
    doses: Doses,
    *,
    depot: Depot | None = None,
    observe: str = "central",
    untreated: Callable[[Any], Mapping[str, float]] = _nothing,
) -> Model:
    """A small model from its equations and values.

    Parameters
    ----------
    name : str
        What it is.
    system : System
        The equations.
    declared : type
        ``NamedTuple`` of its parameters, whose fields are what users call them.
    values : mapping of str to float or callable
        Their values. Without ``ka`` there is no depot, unless one is given.
    names : tuple of str
        Compartments behind the depot, each a state of that name.
    predicted : mapping of str to str
        Column that an observation of a compartment shows.
    doses : Doses
        What is said of doses.
    depot : Depot, optional
        The depot, where it is more than one state that `ka` empties.
    observe : str
        Compartment that is observed where CMT is not said.
    untreated : callable
        ``untreated(parameters)`` gives the states that are not 0 before any dose.

    Returns
    -------
    Model
        The model, dosed into its first compartment where CMT is not said.

    Raises
    ------
    InputError
        If a value cannot be used.
    """
    units = {term.name: renamed(term.unit, UNITS) for term in flatten(declared)}
    for field, value in values.items():
        if value is None and field in _NEVER_LEFT_OUT:
            raise InputError(field, value, f"a number in {units[field]}, or a function of the covariates")
    there = {field: checked(field, value, units[field]) for field, value in values.items() if value is not None}
    depot = depot or (_ONE_DEPOT if "ka" in there else None)
    # equations have a depot in any case, which stays empty without ka
    getters = [there.get(field, partial(constant, 0.0)) for field in declared._fields]
    parts = {"depot": depot, **dict.fromkeys(names)} if depot else dict.fromkeys(names)
    dose = next(iter(parts))
    positions = {part.rpartition(".")[2]: position for position, part in enumerate(system.names)}
    f, lag, rate, duration = (
        _by_compartment(label, given, parts, dose) for label, given in zip(Doses._fields, doses, strict=True)
    )
    compartments = []
    for part, made in parts.items():
        states, ways = made or Depot((part,), (Way(part, 1.0, 0.0),))
        inlets = tuple(Inlet(positions[way.state], way.share, way.lag) for way in ways)
        at = tuple(positions[state] for state in states)
        compartments.append(
            Compartment(part, at, inlets, f.get(part, 1.0), lag.get(part, 0.0), rate.get(part), duration.get(part))
        )

    return Model(
        name,
        system,
        partial(_filled, declared, getters),
        partial(_begun, positions, untreated),
        tuple(compartments),
        dose,
        observe,
        predicted,
        units=UNITS,
        # what equations do not have without a depot is 0
        idle=frozenset(declared._fields) - there.keys(),
        positive=POSITIVE & {field for field in declared._fields if field in there},
        fractions=FRACTIONS & {*declared._fields, *Doses._fields},
    )


def _filled(
    declared: type[NamedTuple], getters: Sequence[Callable[[Covariates], float]], covariates: Covariates
) -> Any:
    return declared._make(get(covariates) for get in getters)


def _begun(
    positions: Mapping[str, int], untreated: Callable[[Any], Mapping[str, float]], parameters: Any
) -> NDArray[np.float64]:
    state = np.zeros(len(positions))
    for part, level in untreated(parameters).items():
        state[positions[part]] = level
    return state


def checked(name: str, given: Any, unit: str) -> Callable[[Covariates], float]:
    """A function of the covariates that gives a parameter within its limits.

    Parameters
    ----------
    name : str
        What users call it.
    given : float, str, quantity or callable
        Its value, a text with its unit, or what gives it.
    unit : str
        Unit of numbers.

    Returns
    -------
    callable
        ``get(covariates)``, which raises `InputError` where the value is outside of the limits.

    Raises
    ------
    InputError
        If a number is outside of them.
    """
    if callable(given):
        return partial(_asked, name, unit, given)
    return partial(constant, _within(name, unit, given))


def _asked(name: str, unit: str, given: Callable[[Covariates], Any], covariates: Covariates) -> float:
    return _within(name, unit, from_covariates(given, covariates, name))


def _within(name: str, unit: str, value: Any) -> float:
    found = quantity(value, unit, name, low=0.0, high=1.0 if name in FRACTIONS else math.inf)
    if name in POSITIVE and found == 0:
        raise InputError(name, value, "a number above 0")
    return found


def only(pairs: Mapping[tuple[str, str], bool], given: Mapping[str, Given | None], why: str) -> None:
    """Refuse a largest effect and potency of a sort that is not asked for.

    Parameters
    ----------
    pairs : mapping of (str, str) to bool
        Names of a largest effect and its potency, and whether they are asked for.
    given : mapping of str to object
        What was given by these names.
    why : str
        What asks for them, for the error.

    Raises
    ------
    InputError
        If one that is asked for is missing, or another is given.
    """
    asked = [name for pair, wanted in pairs.items() if wanted for name in pair]
    for pair, wanted in pairs.items():
        for name in pair:
            if (given[name] is None) == wanted:
                rule = f"a number, for {why}" if wanted else f"to be left out; {why} has {' and '.join(asked)}"
                raise InputError(name, given[name], rule)


def _by_compartment(label: str, given: PerCompartment, names: Mapping[str, Any], dose: str) -> dict[str, Given]:
    """Values by compartment, from one value for the default dose compartment or a mapping."""
    if given is None:
        return {}
    values = dict(given) if isinstance(given, Mapping) else {dose: given}
    high = 1.0 if label in FRACTIONS else math.inf
    for name, value in values.items():
        if name not in names:
            raise InputError(label, name, f"compartments among {', '.join(names)}")
        if callable(value):
            continue
        values[name] = found = quantity(value, _OF_DOSES[label], f"{label}[{name!r}]", low=0.0, high=high)
        if label in ("R", "D") and found == 0:
            raise InputError(f"{label}[{name!r}]", value, "a number above 0")
    return values
