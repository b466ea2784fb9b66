"""What a model cannot be made of is refused, and what a user wrote is called through what checks it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from numbers import Real
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError, LdnsimError
from ..base.reading import check_function, number
from .inlets import Compartment, Covariates, Inlet, from_covariates
from .system import Daily, System, leaves
from .variables import Assay

if TYPE_CHECKING:
    from .dosable import Model


def called(what: str, function: Callable[..., Any], *given: Any) -> Any:
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


def real(what: str, value: Any) -> float:
    """A number, or nan where there is none."""
    if isinstance(value, bool | str) or (not isinstance(value, Real) and np.ndim(value)):
        raise InputError(what, value, "a number")
    return float(called(what, float, value))


def _numbers(value: Any) -> list[Any]:
    """The numbers of nested tuples, and whatever else stands among them."""
    return [leaf for part in value for leaf in _numbers(part)] if isinstance(value, tuple) else [value]


def checked_fill(name: str, given: Callable[[Covariates], Any]) -> Callable[[Covariates], Any]:
    """What gives the parameters, which must be numbers that nothing can change on the way."""
    # of functions that have a name, because models are sent to other processes
    return partial(_filled, f"{name}, fill", given)


def _filled(what: str, given: Callable[[Covariates], Any], covariates: Covariates) -> Any:
    found = from_covariates(given, covariates, what)
    if not isinstance(found, tuple | Real):
        raise InputError(what, found, "a NamedTuple of numbers, which nothing can change on the way")
    for place, leaf in enumerate(_numbers(found)):
        if isinstance(leaf, list | dict | set | np.ndarray) or leaf is None:
            raise InputError(f"{what}, number {place + 1} of it", leaf, "a number")
        if isinstance(leaf, float) and math.isnan(leaf):
            raise InputError(f"{what}, number {place + 1} of it", found, "a number, not nan")
    return found


def checked_initial(model: Model, given: Any) -> Callable[[Any], NDArray[np.float64]]:
    """What gives the state before any dose, which must be a number of at least 0 for each state."""
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

    if given is None:
        return lambda parameters: model.system.baseline(parameters, model.daily)[0]
    if not callable(given):
        constant = checked(given)
        return lambda _: constant.copy()
    return lambda parameters: checked(called(what, given, parameters))


def checked_amount(name: str, given: Callable[[str, Mapping[str, Any]], float]) -> Callable[..., float]:
    """What gives the factor of amounts, which must be a number of at least 0."""
    return partial(_factor, f"{name}, amount", given)


def _factor(what: str, given: Callable[..., Any], compartment: str, carried: Mapping[str, Any]) -> float:
    return number(called(what, given, compartment, MappingProxyType(dict(carried))), what, low=0.0)


def check_parts(model: Model) -> None:
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
        if not isinstance(assay, Assay):
            check_function(assay, f"{place}, assays[{name!r}]", "columns")


def check_compartments(model: Model) -> None:
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


def check_columns(model: Model) -> None:
    """Refuse columns that would hide each other, and predictions of a column that is not there."""
    every = [*model.state_columns, *model.output_columns, *model.assays]
    for name in every:
        if every.count(name) > 1 or name in _COMPUTED:
            raise InputError(f"Model {model.name}, columns", name, "every column once, and none that the output has")
    for compartment, column in model.predicted.items():
        if column not in every:
            raise InputError(f"Model {model.name}, predicted[{compartment!r}]", column, f"a column: {', '.join(every)}")


_COMPUTED = ("ID", "TIME", "EVID", "CMT", "IPRED", "TAD", "DV", "MDV")
"""Columns that every output has."""
