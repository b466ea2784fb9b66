"""The vocabulary: every state, parameter and output with its unit and meaning.

Units stand in one place, in brackets in the docstring of the ``NamedTuple`` that
declares the name. This module reads them from there; nothing else repeats them.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple, cast, get_type_hints

from .errors import LdnsimError

_FIELD = re.compile(r"^(\w+) : (\w+)\n((?: {4}.*\n?)+)", re.MULTILINE)
_UNIT = re.compile(r"\[([^\[\]]+)\]\.?\s*$")


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
    LdnsimError
        If a field is not documented or has no unit.
    """
    described = {}
    # some Pythons keep the indentation of docstrings, others strip it when they compile
    for name, _, text in _FIELD.findall(inspect.cleandoc(declared.__doc__ or "") + "\n"):
        if name in declared._fields and nested(declared, name) is not None:
            continue
        meaning = " ".join(text.split())
        unit = _UNIT.search(meaning)
        if unit is None:
            raise LdnsimError(f"{declared.__name__}.{name}: its docstring names no unit in brackets")
        described[name] = Term(name, unit.group(1), meaning[: unit.start()].strip())
    found = {}
    for name in declared._fields:
        if nested(declared, name) is not None:
            continue
        if name not in described:
            raise LdnsimError(
                f"{declared.__name__}.{name}: not in the docstring (python -OO strips docstrings; run without it)"
            )
        found[name] = described[name]
    return found


@cache
def _kinds(declared: type[NamedTuple]) -> dict[str, object]:
    return get_type_hints(declared)


def nested(declared: type[NamedTuple], field: str) -> type[NamedTuple] | None:
    """The ``NamedTuple`` class of a field, or None for a plain number."""
    kind = _kinds(declared)[field]
    if isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return cast(type[NamedTuple], kind)
    return None


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
    found: list[Term] = []
    own = terms(declared)
    for field in declared._fields:
        child = nested(declared, field)
        if child is None:
            found.append(own[field]._replace(name=prefix + field))
        else:
            found.extend(flatten(child, f"{prefix}{field}."))
    return found


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
