"""Equations with some of the functions that they call replaced."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from typing import Any


def rewritten(function: Callable[..., Any], replacements: Mapping[str, Any]) -> Callable[..., Any]:
    """The same function with some of the names that it calls replaced, all the way down.

    The equations call each other by bare names, so a copy with other globals is enough;
    their source is untouched.

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
    if not isinstance(function, types.FunctionType):
        return function
    names = dict(function.__globals__)
    for name in function.__code__.co_names:
        if name in replacements:
            names[name] = replacements[name]
        elif isinstance(names.get(name), types.FunctionType) and names[name] is not function:
            names[name] = rewritten(names[name], replacements)
    return types.FunctionType(function.__code__, names, function.__name__, function.__defaults__, function.__closure__)
