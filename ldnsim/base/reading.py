"""Plain values at the door: numbers, choices, functions, lists, and mappings that hold the wanted names alone."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from .errors import InputError
from .near import among, meant

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NUMBER = r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
"""How a number is written, wherever ldnsim reads one: ASCII digits, a decimal point, an exponent, nothing else."""

_COMMA = re.compile(r"[0-9],[0-9]")
_CURE = "a number with a decimal point and no commas, such as 4.5 or 1000"


def number(value: object, argument: str, *, low: float = -math.inf, high: float = math.inf) -> float:
    """A finite number within limits.

    Parameters
    ----------
    value : object
        What the user gave: an int, float, `decimal.Decimal`, `fractions.Fraction`, a scalar of NumPy or an array
        without dimension. No truth value, complex number, text, array with a dimension, or anything with a unit.
    argument : str
        Its name, for the error.
    low, high : float
        Limits, both allowed.

    Returns
    -------
    float
        The number; never -0.0.

    Raises
    ------
    InputError
        If it is not a number, not finite, outside the limits, or so small that only 0 would be left.
    """
    return in_range(as_float(value), value, argument, low, high)


def number_in(text: object, argument: str, *, low: float = -math.inf, high: float = math.inf) -> float:
    """A finite number within limits that stands in a text, as `NUMBER` says; blanks around it do not count.

    Parameters
    ----------
    text : str
        For example ``"4.5"`` or ``"1e3"``.
    argument : str
        Its name, for the error.
    low, high : float
        Limits, both allowed.

    Returns
    -------
    float
        The number; never -0.0.

    Raises
    ------
    InputError
        If it is no text, or the text no number, or the number cannot be used, see `number`.
    """
    if not isinstance(text, str) or not re.fullmatch(NUMBER, text.strip()):
        raise InputError(argument, text, cured(text, _expected(low, high)))
    found = float(text)
    lost = found == 0 and bool(re.match("[-+]?[0.]*[1-9]", text.strip()))
    return in_range(found, text, argument, low, high, lost=lost)


def numbers(values: object, argument: str, expected: str) -> NDArray[np.float64]:
    """An array of numbers, as they are: no texts, truth values or complex numbers, which NumPy alone would convert.

    Parameters
    ----------
    values : array_like
        What the user gave.
    argument : str
        Its name, for the error.
    expected : str
        What would be right, for the error.

    Returns
    -------
    ndarray of float
        The numbers, of the shape of `values`; also nan and infinity, which the caller checks.

    Raises
    ------
    InputError
        If something in it is no number, or lengths differ.
    """
    import numpy as np

    try:
        found = np.asarray(values)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(argument, values, expected) from error
    if found.dtype.kind not in "iuf" or isinstance(values, np.ma.MaskedArray) or hasattr(values, "units"):
        raise InputError(argument, values, expected)
    return found.astype(np.float64)


def whole_number(value: object, argument: str, *, low: int = 0, high: int | None = None) -> int:
    """A whole number within limits.

    Parameters
    ----------
    value : object
        What the user gave: an int or a whole-number scalar of NumPy, exact whatever its size. No 3.0, because
        beyond 2**53 it would not be the number that was meant.
    argument : str
        Its name, for the error.
    low, high : int
        Limits, both allowed.

    Returns
    -------
    int
        The number.

    Raises
    ------
    InputError
        If it is not a whole number within the limits.
    """
    found = _scalar(value)
    exact = None if isinstance(found, bool) or not isinstance(found, Integral) else int(found)
    if exact is None or exact < low or (high is not None and exact > high):
        within = f"of at least {low}" if high is None else f"from {low} to {high}"
        pointless = ", without a decimal point" if isinstance(found, float) else ""
        raise InputError(argument, value, f"a whole number {within}{pointless}")
    return exact


def _scalar(value: object) -> object:
    """The Python number in an array without dimension or a scalar of NumPy; anything else as it is."""
    if getattr(value, "ndim", None) != 0:
        return value
    import numpy as np

    # an array that hides its value, or one with a unit, has more to say than its number
    if isinstance(value, np.ma.MaskedArray) or hasattr(value, "units"):
        return value
    # a timedelta64 in ns would become a number
    if getattr(getattr(value, "dtype", None), "kind", "") not in "iufO":
        return None
    item: Any = getattr(value, "item", None)
    return item() if callable(item) else None


def as_float(value: object) -> float:
    """The nearest float of a real number; nan if it is none, too large, or not 0 but too small."""
    if type(value) is float:  # most numbers are, and asking an abstract class takes twenty times as long
        return value
    value = _scalar(value)
    if isinstance(value, bool) or not isinstance(value, Real | Decimal) or hasattr(value, "units"):
        return math.nan
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan
    return math.nan if found == 0 and value != 0 else found


def in_range(
    found: float, value: object, argument: str, low: float, high: float, unit: str = "", *, lost: bool = False
) -> float:
    """The number that was found in a value, never -0.0; raises `InputError` if it is outside the limits or `lost`."""
    if lost or not math.isfinite(found) or not low <= found <= high:
        raise InputError(argument, value, f"{_expected(low, high)}{unit}")
    return found + 0.0


def _expected(low: float, high: float) -> str:
    if low == -math.inf and high == math.inf:
        return "a finite number"
    if low == -math.inf:
        return f"a finite number of at most {high:g}"
    if high == math.inf:
        return f"a finite number of at least {low:g}"
    return f"a finite number from {low:g} to {high:g}"


def cured(text: object, expected: str) -> str:
    """What would be right; of a text with a comma inside a number, how the number is written."""
    return f"{expected}: {_CURE}" if isinstance(text, str) and _COMMA.search(text) else expected


def choice(argument: str, value: object, choices: Collection[str]) -> str:
    """A text that is one of some; raises `InputError`."""
    if not isinstance(value, str) or value not in choices:
        raise InputError(argument, value, among(value, choices))
    return value


def truth(argument: str, value: object) -> bool:
    """True or False; raises `InputError` for anything else, also 0 and 1."""
    if not isinstance(value, bool):
        raise InputError(argument, value, "True or False")
    return value


def check_function(function: Any, argument: str, takes: str) -> None:
    """Refuse what is not a function of some arguments.

    Parameters
    ----------
    function : object
        What was given.
    argument : str
        Its name, for the error.
    takes : str
        Names of its arguments, separated by commas.

    Raises
    ------
    InputError
        If it cannot be called so.
    """
    expected = f"a function of {takes}"
    if not callable(function):
        raise InputError(argument, function, expected)
    try:
        inspect.signature(function).bind(*takes.split(","))
    except TypeError as error:
        raise InputError(argument, function, f"{expected} ({error})") from error
    except ValueError:  # what is written in C need not say what it takes
        return


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
            raise InputError(argument, name, f"one of the known names, {', '.join(known)}{meant(name, known)}")
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
