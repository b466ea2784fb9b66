"""A model that can be dosed: compartments with bioavailability and lag around a system of equations."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from numbers import Real
from types import FunctionType, MappingProxyType, MethodType
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .dimensions import measures
from .errors import InputError, LdnsimError
from .system import Daily, System, check_function, leaves
from .units import number
from .vocabulary import Term, flatten, hints, is_declaration

Covariates: TypeAlias = Mapping[str, float]
Given: TypeAlias = "float | Callable[[Covariates], float]"
"""A number, or a function of the covariates that gives it."""

_NO_RHYTHM = Daily(0.0, 0.0)
_PREFIX = {"amount": "A_", "level": "C_", "other": ""}
_COMPUTED = ("ID", "TIME", "EVID", "CMT", "IPRED", "TAD", "DV", "MDV")
"""Columns that every output has."""


def from_covariates(given: Callable[[Covariates], Any], covariates: Covariates, what: str) -> Any:
    """What a function of the covariates gives.

    Parameters
    ----------
    given : callable
        The function.
    covariates : mapping of str to float
        Covariates of a row, which it cannot change.
    what : str
        What it gives, for errors.

    Returns
    -------
    object
        What it gives.

    Raises
    ------
    InputError
        If it asks for a covariate that is not there, or fails.
    """
    try:
        return given(MappingProxyType(covariates))
    except KeyError as error:
        known = ", ".join(covariates) or "none"
        raise InputError(
            f"{what}, covariate",
            error.args[0] if error.args else "",
            f"covariates={{...}} of the table to name it (named so far: {known})",
        ) from error
    except LdnsimError:
        raise
    except Exception as error:
        raise InputError(
            what,
            f"{type(error).__name__}: {error}",
            "a function of the covariates that gives a number, such as lambda c: 2 * c['WT'] / 70",
        ) from error


class Inlet(NamedTuple):
    """One way from a compartment's dose into the state.

    Attributes
    ----------
    state : int
        Position of the state.
    share : float
        Fraction of the dose [1].
    lag : float
        Delay of its own [h].
    """

    state: int
    share: float
    lag: float


@dataclass(frozen=True)
class Compartment:
    """Where a dose can go.

    Attributes
    ----------
    name : str
        Its name, which CMT may say instead of its number.
    states : tuple of int
        Positions of the states that hold its amount.
    inlets : tuple of Inlet
        How a dose enters; none where nothing can be given.
    f, lag : float or callable
        Bioavailability [1] and lag [h].
    rate, duration : float, callable or None
        Rate (RATE -1) and duration [h] (RATE -2) of infusions that the model gives.
    """

    name: str
    states: tuple[int, ...]
    inlets: tuple[Inlet, ...]
    f: Given = 1.0
    lag: Given = 0.0
    rate: Given | None = None
    duration: Given | None = None


@dataclass(frozen=True)
class Model:
    """A system of equations with the compartments into which it is dosed.

    Attributes
    ----------
    name : str
        What it is.
    system : System
        The equations.
    fill : callable
        ``fill(covariates)`` gives the parameters as the equations take them.
    initial : sequence of float or callable
        The state before any dose, shape (n_states,), or ``initial(parameters)`` that gives it.
    compartments : tuple of Compartment
        In the order of their numbers.
    dose, observe : str
        Compartments where CMT is not said.
    predicted : dict of str to str
        Column that an observation of a compartment shows; the compartment's state otherwise.
    daily : Daily
        The daily cycle.
    amount : callable
        ``amount(compartment, carried)`` gives the factor from AMT to the amounts of the state.
    assays : dict of str to callable
        Further columns, computed from the others.
    """

    name: str
    system: System
    fill: Callable[[Covariates], Any]
    initial: Sequence[float] | Callable[[Any], Any]
    compartments: tuple[Compartment, ...]
    dose: str
    observe: str
    predicted: Mapping[str, str]
    daily: Daily = _NO_RHYTHM
    amount: Callable[[str, Mapping[str, Any]], float] = lambda _compartment, _carried: 1.0
    assays: Mapping[str, Callable[[Mapping[str, Any]], Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_parts(self)
        _check_compartments(self)
        # what others wrote is called through what checks it
        for name, checked in (
            ("fill", _checked_fill(self.name, self.fill)),
            ("amount", _checked_amount(self.name, self.amount)),
        ):
            object.__setattr__(self, name, checked)
        _check_columns(self)

    def compartment(self, cmt: int | str, default: str, place: str) -> Compartment:
        """The compartment that CMT says.

        Parameters
        ----------
        cmt : int or str
            Number from 1, name, or 0 for the default; a minus is left to the caller.
        default : str
            Name of the default.
        place : str
            Who asks, for the error.

        Returns
        -------
        Compartment
            The compartment.

        Raises
        ------
        InputError
            If there is none of that number or name.
        """
        names = [compartment.name for compartment in self.compartments]
        if isinstance(cmt, int) and 0 <= cmt <= len(names):
            return self.compartments[cmt - 1 if cmt else names.index(default)]
        if cmt in names:
            return self.compartments[names.index(str(cmt))]
        numbered = ", ".join(f"{position} {name}" for position, name in enumerate(names, start=1))
        raise InputError(f"{place}, column CMT", cmt, f"a compartment of {self.name}: {numbered}")

    @cached_property
    def untreated(self) -> Callable[[Any], NDArray[np.float64]]:
        """The state before any dose as a function of the parameters; it raises `InputError` where it is none."""
        return _checked_initial(self, self.initial)

    @cached_property
    def state_columns(self) -> dict[str, int]:
        """Column of each state that belongs to a compartment, or of every one where names would be ambiguous."""
        short = [name.rpartition(".")[2] for name in self.system.names]
        unique = len(set(short)) == len(short)
        shown = {state for compartment in self.compartments for state in compartment.states}
        return {
            self._prefix(term) + (last if unique else term.name.replace(".", "_")): position
            for position, (term, last) in enumerate(zip(self.system.terms, short, strict=True))
            if position in shown or not unique
        }

    @cached_property
    def output_columns(self) -> tuple[str, ...]:
        """Columns of what follows from the state."""
        outputs = self.system.outputs
        # an instance that can be called has its annotations at its method
        found = hints(outputs if isinstance(outputs, FunctionType | MethodType) else type(outputs).__call__)
        declared = found.get("return")
        if not is_declaration(declared):
            raise InputError(
                f"{getattr(outputs, '__name__', 'outputs')}, annotation",
                declared,
                "the NamedTuple class that it gives behind its arguments, as in "
                "def levels(state, p, clock) -> Levels, because columns are named by it",
            )
        return tuple(self._prefix(term) + term.name.replace(".", "_") for term in flatten(declared))

    def _prefix(self, term: Term) -> str:
        try:
            return _PREFIX[measures(term.unit)]
        except InputError as error:
            raise InputError(f"{self.name}, unit of {term.name}", error.value, error.expected) from error

    def columns(self, state: Any, parameters: Any, time: Any) -> dict[str, Any]:
        """Every column at a time, or over times on the last axis.

        Parameters
        ----------
        state : ndarray, shape (n_states,) or (n_states, n_times)
            The state.
        parameters : NamedTuple
            Parameters.
        time : float or ndarray, shape (n_times,)
            When [h].

        Returns
        -------
        dict of str to float or ndarray
            Amounts ``A_``, concentrations ``C_``, other states and outputs by their names, assays.

        Raises
        ------
        InputError
            If the outputs or an assay fail, or give what is not declared.
        """
        found = {name: state[position] for name, position in self.state_columns.items()}
        found.update(zip(self.output_columns, self._outputs(state, parameters, time), strict=True))
        known = MappingProxyType(dict(found))
        for name, assay in self.assays.items():
            found[name] = _called(f"{self.name}, assay {name}", assay, known)
        return found

    def _outputs(self, state: Any, parameters: Any, time: Any) -> list[Any]:
        """What follows from a state, or from each over times."""
        if self.system.arithmetic(parameters):
            with np.errstate(divide="raise", invalid="raise"):
                found = _called(
                    f"{self.name}, outputs",
                    self.system.outputs,
                    self.system.pack(state),
                    parameters,
                    self.daily.at(time),
                )
            return self._leaves(found)
        if np.ndim(state) > 1:
            # a condition, or a function of `math`, takes one time after the other
            each = [
                self._outputs(one, parameters, when)
                for one, when in zip(state.T, np.broadcast_to(time, state.shape[1]), strict=True)
            ]
            return list(np.array(each).T) if each else [np.empty(0) for _ in self.output_columns]
        clock = self.daily.at(float(time), math.cos, math.sin)
        what = f"{self.name}, outputs at {float(time):g} h"
        found = self._leaves(
            _called(what, self.system.outputs, self.system.pack(np.asarray(state).tolist()), parameters, clock)
        )
        return [_real(what, one) for one in found]

    def _leaves(self, outputs: Any) -> list[Any]:
        found = leaves(outputs)
        if not isinstance(outputs, tuple | list) or len(found) != len(self.output_columns):
            raise InputError(f"{self.name}, outputs", outputs, f"one number each for {', '.join(self.output_columns)}")
        return found


def _called(what: str, function: Callable[..., Any], *given: Any) -> Any:
    """What a function gives that a user wrote."""
    try:
        return function(*given)
    except LdnsimError:
        raise
    except Exception as error:
        raise InputError(
            what,
            f"{type(error).__name__}: {error}",
            "a function that gives a number wherever a run may come; math.nan says that there is none",
        ) from error


def _real(what: str, value: Any) -> float:
    """A number, or nan where there is none."""
    if isinstance(value, bool | str) or (not isinstance(value, Real) and np.ndim(value)):
        raise InputError(what, value, "a number")
    return float(_called(what, float, value))


def _numbers(value: Any) -> list[Any]:
    """The numbers of nested tuples, and whatever else stands among them."""
    return [leaf for part in value for leaf in _numbers(part)] if isinstance(value, tuple) else [value]


def _checked_fill(name: str, given: Callable[[Covariates], Any]) -> Callable[[Covariates], Any]:
    what = f"{name}, fill"

    def fill(covariates: Covariates) -> Any:
        found = from_covariates(given, covariates, what)
        if not isinstance(found, tuple | Real):
            raise InputError(what, found, "a NamedTuple of numbers, which nothing can change on the way")
        for place, leaf in enumerate(_numbers(found)):
            if isinstance(leaf, list | dict | set | np.ndarray) or leaf is None:
                raise InputError(f"{what}, number {place + 1} of it", leaf, "a number")
            if isinstance(leaf, float) and math.isnan(leaf):
                raise InputError(f"{what}, number {place + 1} of it", found, "a number, not nan")
        return found

    return fill


def _checked_initial(model: Model, given: Any) -> Callable[[Any], NDArray[np.float64]]:
    what, names = f"{model.name}, initial", model.system.names
    expected = f"{len(names)} numbers of at least 0, one for each of {', '.join(names[:6])}"

    def checked(found: Any) -> NDArray[np.float64]:
        try:
            state = np.array(leaves(found) if isinstance(found, tuple | list) else found, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise InputError(what, found, expected) from error
        if state.shape != (len(names),) or not np.isfinite(state).all() or (state < 0).any():
            raise InputError(what, found, expected)
        return state

    if not callable(given):
        constant = checked(given)
        return lambda _: constant.copy()
    return lambda parameters: checked(_called(what, given, parameters))


def _checked_amount(name: str, given: Callable[[str, Mapping[str, Any]], float]) -> Callable[..., float]:
    what = f"{name}, amount"
    return lambda compartment, carried: number(
        _called(what, given, compartment, MappingProxyType(dict(carried))), what, low=0.0
    )


def _check_parts(model: Model) -> None:
    """Refuse what a model cannot be made of."""
    if not isinstance(model.name, str) or not model.name.strip():
        raise InputError("Model, name", model.name, "a name, for errors and pictures")
    place = f"Model {model.name}"
    if not isinstance(model.system, System):
        raise InputError(f"{place}, system", model.system, "a System of equations")
    check_function(model.fill, f"{place}, fill", "covariates")
    if callable(model.initial):
        check_function(model.initial, f"{place}, initial", "parameters")
    check_function(model.amount, f"{place}, amount", "compartment, carried")
    if not isinstance(model.daily, Daily):
        raise InputError(f"{place}, daily", model.daily, "Daily(start, acrophase), hours of the day")
    for what, hour in zip(model.daily._fields, model.daily, strict=True):
        number(hour, f"{place}, daily, {what}")
    for name, kind in (("predicted", model.predicted), ("assays", model.assays)):
        if not isinstance(kind, Mapping):
            raise InputError(f"{place}, {name}", kind, "a mapping from names")
    for name, assay in model.assays.items():
        check_function(assay, f"{place}, assays[{name!r}]", "columns")


def _check_compartments(model: Model) -> None:
    """Refuse compartments that do not fit the system."""
    place, names = f"Model {model.name}", [str(getattr(one, "name", one)) for one in model.compartments]
    if not names or not all(isinstance(one, Compartment) for one in model.compartments):
        raise InputError(f"{place}, compartments", model.compartments, "at least one Compartment(name, states, inlets)")
    if len(set(names)) < len(names) or not all(name.isidentifier() for name in names):
        raise InputError(f"{place}, compartments", names, "a name each, of letters, digits and _, and each once")
    states = ", ".join(f"{number} {name}" for number, name in enumerate(model.system.names))

    def check_state(position: Any, what: str) -> None:
        whole = isinstance(position, int | np.integer) and not isinstance(position, bool)
        if not whole or not 0 <= position < len(model.system.names):
            raise InputError(what, position, f"the position of a state: {states}")

    for compartment in model.compartments:
        what = f"compartment {compartment.name}"
        if not isinstance(compartment.states, tuple | list) or not compartment.states:
            raise InputError(f"{what}, states", compartment.states, f"a tuple of positions: {states}")
        for position in compartment.states:
            check_state(position, f"{what}, states")
        if not isinstance(compartment.inlets, tuple | list) or not all(
            isinstance(inlet, Inlet) for inlet in compartment.inlets
        ):
            raise InputError(f"{what}, inlets", compartment.inlets, "a tuple of Inlet(state, share, lag)")
        for inlet in compartment.inlets:
            check_state(inlet.state, f"{what}, inlet, state")
            number(inlet.share, f"{what}, inlet, share", low=0.0)
            number(inlet.lag, f"{what}, inlet, lag", low=0.0)
        for name in ("f", "lag", "rate", "duration"):
            given = getattr(compartment, name)
            if callable(given):
                check_function(given, f"{what}, {name}", "covariates")
            elif given is not None or name in ("f", "lag"):
                found = number(given, f"{what}, {name}", low=0.0)
                if found == 0 and name in ("rate", "duration"):
                    raise InputError(f"{what}, {name}", given, "a number above 0")
    for name in ("dose", "observe"):
        if getattr(model, name) not in names:
            raise InputError(f"{place}, {name}", getattr(model, name), f"one of {', '.join(names)}")
    for name in model.predicted:
        if name not in names:
            raise InputError(f"{place}, predicted", name, f"compartments among {', '.join(names)}")


def _check_columns(model: Model) -> None:
    """Refuse columns that would hide each other, and predictions of a column that is not there."""
    every = [*model.state_columns, *model.output_columns, *model.assays]
    for name in every:
        if every.count(name) > 1 or name in _COMPUTED:
            raise InputError(f"Model {model.name}, columns", name, "every column once, and none that the output has")
    for compartment, column in model.predicted.items():
        if column not in every:
            raise InputError(f"Model {model.name}, predicted[{compartment!r}]", column, f"a column: {', '.join(every)}")
