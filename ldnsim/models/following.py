"""What the equations of a system do with their numbers, found out once: for some parameters, or whatever they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..base.errors import InputError
from ..base.vocabulary import filled, is_declaration, size_of
from .tracing import Traced, trace

if TYPE_CHECKING:
    from .system import System


def followed(system: System, parameters: Any, what: str) -> Traced:
    """What the rates or the outputs do with states and clock.

    Parameters
    ----------
    system : System
        The model.
    parameters : NamedTuple
        Numbers, or arrays, of which the first subject is looked at.
    what : {"rates", "outputs"}
        Which equations.

    Returns
    -------
    Traced
        Of the states, then of the two numbers of the clock.
    """
    try:
        return _followed_once(system, parameters, what)
    except TypeError:  # arrays have no hash, and which of them is looked at does not matter
        pass
    first = _first(parameters)
    try:
        return _followed_once(system, first, what)
    except TypeError:  # what still has none cannot be looked up
        return _followed_once.__wrapped__(system, first, what)


def _first(parameters: Any) -> Any:
    """Parameters of the first subject, where arrays hold those of many."""
    if isinstance(parameters, tuple):
        parts = [_first(part) for part in parameters]
        return parameters._make(parts) if hasattr(parameters, "_make") else tuple(parts)
    return parameters.flat[0].item() if isinstance(parameters, np.ndarray) and parameters.size else parameters


@lru_cache(maxsize=256)
def _followed_once(system: System, parameters: Any, what: str) -> Traced:
    return trace(system.evaluation(parameters, what), len(system.names) + 2)


@lru_cache(maxsize=64)
def anyhow(system: System, declared: type[NamedTuple], what: str = "rates") -> Traced:
    """The same of states, clock and parameters, whatever the values of these are.

    Parameters
    ----------
    system : System
        The model.
    declared : type
        ``NamedTuple`` of the parameters.
    what : {"rates", "outputs"}
        Which equations.

    Returns
    -------
    Traced
        Of the states, the two numbers of the clock, then the parameters.
    """
    size = len(system.names) + 2

    def evaluate(numbers: Sequence[Any]) -> Iterable[Any]:
        return system.evaluation(filled(declared, numbers[size:]), what)(numbers[:size])

    return trace(evaluate, size + size_of(declared))


@lru_cache(maxsize=64)
def arithmetic_anyhow(system: System, declared: type[Any]) -> bool:
    """Whether rates and outputs are plain arithmetic, whatever the values of the parameters are."""
    if not is_declaration(declared):
        return False
    try:
        return all(anyhow(system, declared, what).arithmetic for what in ("rates", "outputs"))
    except InputError:  # parameters that are declared in a way that says nothing of their parts
        return False
