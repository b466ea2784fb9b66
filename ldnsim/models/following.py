"""What the equations of a system do with their numbers, found out once: for some parameters, or whatever they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..base.errors import InputError
from ..base.remembering import forget, remembered
from ..base.vocabulary import filled, is_declaration, size_of
from .recorder import Evaluate
from .replay import Replay
from .tracing import Traced, trace

if TYPE_CHECKING:
    from .system import System


_ROUNDED = 1e-9
"""How far apart the same number is that is computed in two ways [1]."""


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
        hash(parameters)
    except TypeError:  # arrays have none, and which of them is looked at does not matter
        parameters = _first(parameters)
    return _followed_once(system, parameters, what)


def _first(parameters: Any) -> Any:
    """Parameters of the first subject, where arrays hold those of many."""
    if isinstance(parameters, tuple):
        parts = [_first(part) for part in parameters]
        return parameters._make(parts) if hasattr(parameters, "_make") else tuple(parts)
    return parameters.flat[0].item() if isinstance(parameters, np.ndarray) and parameters.size else parameters


@remembered(256)
def _followed_once(system: System, parameters: Any, what: str) -> Traced:
    return trace(system.evaluation(parameters, what), len(system.names) + 2)


@remembered(64)
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
    return trace(*_of_all_numbers(system, declared, what))


def _of_all_numbers(system: System, declared: type[NamedTuple], what: str) -> tuple[Evaluate, int]:
    """Equations as a function of states, clock and parameters in one row, and how many these are."""
    size = len(system.names) + 2

    def evaluate(numbers: Sequence[Any]) -> Iterable[Any]:
        return system.evaluation(filled(declared, numbers[size:]), what)(numbers[:size])

    return evaluate, size + size_of(declared)


def notice_changes(system: System, declared: type[Any]) -> None:
    """Forget what was found out about equations that give other numbers than when they were first seen.

    A user may change a constant that they read from outside, or an attribute of what stands for a function.
    """
    if is_declaration(declared) and _first_seen(system, declared) != _fingerprint(system, declared):
        forget()
        _first_seen(system, declared)


def _fingerprint(system: System, declared: type[NamedTuple]) -> bytes:
    """What rates and outputs make of some numbers; empty where they make nothing of them."""
    found = list[float]()
    try:
        for what in ("rates", "outputs"):
            evaluate, count = _of_all_numbers(system, declared, what)
            found += map(float, evaluate(_some_numbers(count)))
    except Exception:  # where equations fail is met, and said, where they run on a user's numbers
        return b""
    return np.array(found).tobytes()


_first_seen = remembered(64)(_fingerprint)


@cache
def _some_numbers(count: int) -> tuple[float, ...]:
    """Numbers without any structure, the same each time."""
    return tuple(np.random.default_rng(0).uniform(0.1, 0.9, count).tolist())


@remembered(64)
def written_down_alike(system: System, declared: type[NamedTuple]) -> bool:
    """Whether the rates of plain numbers are those of their own operations, written down on numbers that are followed.

    Equations that ask of what type a number is may go one way for the one and another for the other.
    """
    evaluate, count = _of_all_numbers(system, declared, "rates")
    numbers = _some_numbers(count)
    try:
        direct = [float(number) for number in evaluate(numbers)]
        played = Replay.of(evaluate, count, [str(place) for place in range(len(direct))])(numbers)
    except Exception:  # what has no value here is met, if it is, where equations run on a user's numbers
        return True
    return bool(np.allclose(list(played.values()), direct, rtol=_ROUNDED, atol=_ROUNDED, equal_nan=True))


@remembered(64)
def arithmetic_anyhow(system: System, declared: type[Any]) -> bool:
    """Whether rates and outputs are plain arithmetic, whatever the values of the parameters are."""
    if not is_declaration(declared):
        return False
    try:
        return all(anyhow(system, declared, what).arithmetic for what in ("rates", "outputs"))
    except InputError:  # parameters that are declared in a way that says nothing of their parts
        return False
