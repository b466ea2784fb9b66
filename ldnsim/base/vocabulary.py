"""The vocabulary: every state, parameter and output with its unit and meaning.

Units stand in one place, in brackets in the docstring of the ``NamedTuple`` that
declares the name. This module reads them from there; nothing else repeats them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from inspect import cleandoc
from typing import Any, NamedTuple, TypeGuard, get_type_hints

from .errors import InputError

_FIELD = re.compile(r"^(\w+(?:, *\w+)*) *:.*\n((?:[ \t]+.*\n?)+)", re.MULTILINE)
_UNIT = re.compile(r"\[([^\[\]]+)\]\.?\s*$")
_WRITTEN = "in the docstring under Attributes '{} : float' and below it, further in, x"


class Term(NamedTuple):
    """One word of the vocabulary."""

    name: str
    unit: str
    meaning: str


@cache
def terms(declared: type[NamedTuple]) -> dict[str, Term]:
    """Terms that a ``NamedTuple`` declares, in field order.

    Parameters
    ----------
    declared : type
        A ``NamedTuple`` class whose docstring gives each field a line of meaning that
        ends with the unit in brackets. A field that is itself a ``NamedTuple`` is skipped.

    Returns
    -------
    dict of str to Term
        Name, unit and meaning of each field.

    Raises
    ------
    InputError
        If a field is not documented or has no unit.
    """
    described = {}
    # some Pythons strip the indentation of docstrings, and a class inside a function stands further in
    for names, text in _FIELD.findall(cleandoc(declared.__doc__ or "") + "\n"):
        meaning = " ".join(text.split())
        unit = _UNIT.search(meaning)
        for name in re.split(", *", names):
            if name not in declared._fields or nested(declared, name) is not None:
                continue
            if unit is None:
                wanted = f"a unit in brackets at its end, {_WRITTEN.format(name)}"
                raise InputError(f"{declared.__name__}.{name}, docstring", meaning, wanted)
            described[name] = Term(name, unit.group(1).strip(), meaning[: unit.start()].strip())
    found = {}
    for name in declared._fields:
        if nested(declared, name) is not None:
            continue
        if name not in described:
            wanted = f"{_WRITTEN.format(name)} (python -OO strips docstrings; run without it)"
            raise InputError(f"{declared.__name__}.{name}", "no docstring of it", wanted)
        found[name] = described[name]
    return found


def is_declaration(thing: object) -> TypeGuard[type[NamedTuple]]:
    """Whether something is a ``NamedTuple`` class with at least one field."""
    return isinstance(thing, type) and issubclass(thing, tuple) and bool(getattr(thing, "_fields", ()))


def hints(thing: Any) -> dict[str, Any]:
    """What a class or function is annotated with, also where that is written as text.

    Parameters
    ----------
    thing : type or callable
        What is annotated.

    Returns
    -------
    dict of str to object
        Classes by name of the field or argument.

    Raises
    ------
    InputError
        If a text names what cannot be found.
    """
    try:
        return get_type_hints(thing)
    except Exception as error:
        raise InputError(
            f"{getattr(thing, '__name__', thing)}, annotations",
            str(error),
            "names that are known at the top of the module; or leave out 'from __future__ import annotations', so that "
            "classes stand there themselves",
        ) from error


def nested(declared: type[NamedTuple], field: str) -> type[NamedTuple] | None:
    """The ``NamedTuple`` class of a field, or None for a plain number."""
    return _parts(declared).get(field)


@cache
def _parts(declared: type[NamedTuple]) -> dict[str, type[NamedTuple]]:
    """The classes of the fields that are no plain numbers."""
    return {name: kind for name, kind in hints(declared).items() if is_declaration(kind)}


def flatten(declared: type[NamedTuple], prefix: str = "") -> list[Term]:
    """All terms of a nested declaration, depth first, named by dotted path.

    Parameters
    ----------
    declared : type
        A ``NamedTuple`` class whose fields are numbers or further ``NamedTuple`` classes.
    prefix : str
        Path in front of every name.

    Returns
    -------
    list of Term
        One term a number, for example ``levo.central``.
    """
    return list(_flat(declared, prefix))


@cache
def _flat(declared: type[NamedTuple], prefix: str) -> tuple[Term, ...]:
    found: list[Term] = []
    own = terms(declared)
    for field in declared._fields:
        child = nested(declared, field)
        if child is None:
            found.append(own[field]._replace(name=prefix + field))
        else:
            found.extend(_flat(child, f"{prefix}{field}."))
    return tuple(found)


@cache
def size_of(declared: type[NamedTuple]) -> int:
    """How many numbers a declaration has, its parts counted."""
    parts = (nested(declared, field) for field in declared._fields)
    return sum(1 if part is None else size_of(part) for part in parts)


def filled(declared: type[NamedTuple], values: Iterable[Any]) -> Any:
    """Nested tuples of a declaration from their numbers, in the order of `flatten`.

    Parameters
    ----------
    declared : type
        A ``NamedTuple`` class whose fields are numbers or further ``NamedTuple`` classes.
    values : iterable
        As many numbers, arrays or symbols as `flatten` has terms.

    Returns
    -------
    NamedTuple
        Of the declared kind.

    Raises
    ------
    ValueError
        If there are more or fewer.
    """
    waiting = iter(values)
    found = _filled(declared, waiting)
    if next(waiting, None) is not None:
        raise ValueError(f"more values than {declared.__name__} has fields")
    return found


def _filled(declared: type[NamedTuple], waiting: Iterator[Any]) -> Any:
    fields = []
    for name in declared._fields:
        child = nested(declared, name)
        if child is not None:
            fields.append(_filled(child, waiting))
            continue
        try:
            fields.append(next(waiting))
        except StopIteration:
            raise ValueError(f"fewer values than {declared.__name__} has fields") from None
    return declared._make(fields)
