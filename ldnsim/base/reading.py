"""Plain values at the door: lists, and mappings that hold the wanted names and no others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from .errors import InputError


def listed(values: Any, argument: str, expected: str) -> list[Any]:
    """What an iterable holds, as a list.

    Parameters
    ----------
    values : object
        What the user gave.
    argument : str
        Its name, for the error.
    expected : str
        What would be right, for the error.

    Returns
    -------
    list
        The values.

    Raises
    ------
    InputError
        If it cannot be iterated over, or is a text or a mapping.
    """
    try:
        if isinstance(values, str | bytes | Mapping):
            raise TypeError
        return list(values)
    except TypeError as error:
        raise InputError(argument, values, expected) from error


def fields_of(
    cells: object, argument: str, needed: Collection[str], optional: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The fields of a mapping that was written by ``to_dict`` or into a record.

    Parameters
    ----------
    cells : mapping
        What the user gave.
    argument : str
        Its name, for errors.
    needed : collection of str
        Fields that must be there.
    optional : mapping of str to object, optional
        Fields that may be there, with what they are otherwise.

    Returns
    -------
    dict of str to object
        All fields.

    Raises
    ------
    InputError
        If it is no mapping, a field is missing, or one is not known; it is named.
    """
    usual = dict(optional or {})
    known = (*needed, *usual)
    if not isinstance(cells, Mapping):
        raise InputError(argument, cells, f"a mapping with {', '.join(known)}")
    for name in cells:
        if name not in known:
            raise InputError(argument, name, f"one of the known names, {', '.join(known)}")
    missing = [name for name in needed if name not in cells]
    if missing:
        raise InputError(argument, list(cells), f"{', '.join(missing)} too: missing")
    # in the order of the mapping, so that a record read back is written as it was
    return {**cells, **{name: value for name, value in usual.items() if name not in cells}}


def columns_of_frame(frame: Any, expected: str) -> list[Any]:
    """Names of the columns of a frame, or of a mapping from column to values; raises `InputError`."""
    names = list(frame) if isinstance(frame, Mapping) else getattr(frame, "columns", None)
    if isinstance(frame, str) or names is None:
        raise InputError("frame", frame, expected)
    return list(names)


def names_in(values: object, argument: str) -> Iterable[tuple[str, Any]]:
    """Pairs of a mapping whose names are texts; raises `InputError`."""
    if not isinstance(values, Mapping) or not all(isinstance(name, str) for name in values):
        raise InputError(argument, values, "a mapping from names to values")
    return values.items()
