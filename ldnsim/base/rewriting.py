"""Equations with some of the functions that they call replaced."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any


def wrapped(
    function: Callable[..., Any], wrap: Callable[[str, Any], Any], known: dict[Any, Any] | None = None
) -> Callable[..., Any]:
    """The same function where what it calls by bare names is wrapped, all the way down.

    The equations call each other by bare names, so a copy with other globals is enough;
    their source is untouched.

    Parameters
    ----------
    function : callable
        A function of the equations.
    wrap : callable
        ``wrap(name, called)`` gives what shall stand for what is called by a name.
    known : dict, optional
        What was wrapped before, which is filled.

    Returns
    -------
    callable
        The copy; what is no plain function stays as it is.
    """
    if not isinstance(function, FunctionType):
        return function
    known = {} if known is None else known
    if function not in known:
        names = dict(function.__globals__)
        copy = FunctionType(function.__code__, names, function.__name__, function.__defaults__, function.__closure__)
        copy.__kwdefaults__ = function.__kwdefaults__
        copy.__annotations__ = function.__annotations__
        known[function] = copy
        for name in _called(function.__code__):
            called = names.get(name, getattr(builtins, name, None))
            if called is not None and called is not function:
                names[name] = wrap(name, wrapped(called, wrap, known))
    found: Callable[..., Any] = known[function]
    return found


def _called(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for inside in code.co_consts:
        if isinstance(inside, CodeType):
            yield from _called(inside)


def rewritten(function: Callable[..., Any], replacements: Mapping[str, Any]) -> Callable[..., Any]:
    """The same function with some of the names that it calls replaced, all the way down.

    Parameters
    ----------
    function : callable
        A function of the equations.
    replacements : mapping of str to object
        What to put in place of a name.

    Returns
    -------
    callable
        The rewritten function.
    """
    return wrapped(function, lambda name, called: replacements.get(name, called))
