"""Units at the door: text and quantities become plain numbers in the internal units here, nowhere else.

Internal units are h, nmol, L and nM, so that no equation needs a conversion factor.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

from .errors import InputError

Salt = Literal["hcl", "base"]
Measure = Literal["amount", "level", "other"]

HOURS_PER_DAY = 24.0
_NMOL_PER_MMOL = 1e6
_USUAL: Mapping[str, Measure] = MappingProxyType({"nmol": "amount", "nM": "level", "1": "other"})
_NUMBER_AND_UNIT = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?inf|nan)\s*(.*?)\s*", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")


@cache
def registry() -> Any:
    """Unit registry of pint, made at first use because building it takes a moment."""
    import pint

    return pint.UnitRegistry()


def is_unit(text: str) -> bool:
    """Whether a text is a unit that can be computed with."""
    try:
        registry().parse_units(text)
    except Exception:  # pint raises several unrelated types for unreadable text
        return False
    return bool(text.strip())


@cache
def factor(unit: str, target: str) -> float:
    """How many of `target` one `unit` is.

    Raises
    ------
    InputError
        If the two do not measure the same thing.
    """
    ureg = registry()
    try:
        return float(ureg.Quantity(1.0, ureg.parse_units(unit)).to(ureg.parse_units(target)).magnitude)
    except Exception as error:
        raise InputError("unit", unit, f"a unit that converts to {target}") from error


@cache
def measures(unit: str) -> Measure:
    """What a unit measures, as far as it matters to a model.

    Parameters
    ----------
    unit : str
        Anything that pint reads.

    Returns
    -------
    {"amount", "level", "other"}
        An amount (substance or mass), an amount a volume, or anything else.

    Raises
    ------
    InputError
        If it is no unit.
    """
    known = _USUAL.get(unit)
    if known is not None:
        return known
    if not is_unit(unit):
        raise InputError("unit", unit, "a unit that pint reads, such as mg, ng/mL or 1/h, and 1 where there is none")
    parsed = registry().parse_units(unit)
    for one, meant in (("mol", "amount"), ("g", "amount"), ("mol/L", "level"), ("g/L", "level")):
        if parsed.dimensionality == registry().parse_units(one).dimensionality:
            return meant  # type: ignore[return-value]
    return "other"


def number(value: object, argument: str, *, low: float = -math.inf, high: float = math.inf) -> float:
    """A finite number within limits.

    Parameters
    ----------
    value : object
        What the user gave.
    argument : str
        Its name, for the error.
    low, high : float
        Limits, both allowed.

    Returns
    -------
    float
        The number.

    Raises
    ------
    InputError
        If it is not a number, not finite, or outside the limits.
    """
    limits = (
        f"a finite number from {low:g} to {high:g}" if math.isfinite(high) else f"a finite number of at least {low:g}"
    )
    expected = "a finite number" if low == -math.inf and high == math.inf else limits
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise InputError(argument, value, expected)
    try:
        found = float(value)
    except (TypeError, ValueError) as error:
        raise InputError(argument, value, expected) from error
    if not math.isfinite(found) or not low <= found <= high:
        raise InputError(argument, value, expected)
    return found


def quantity(value: object, unit: str, argument: str, *, low: float = -math.inf, high: float = math.inf) -> float:
    """A quantity in an internal unit, from a number, a text or a pint quantity.

    Parameters
    ----------
    value : float, str or pint.Quantity
        ``4.5`` is taken to be in `unit`; ``"4.5 mg"`` is converted.
    unit : str
        Unit of the result.
    argument : str
        Name of the argument, for the error.
    low, high : float
        Limits in `unit`, both allowed.

    Returns
    -------
    float
        Magnitude in `unit`.

    Raises
    ------
    InputError
        If the text is no quantity, the unit is unknown or measures something else, or the
        number is not finite or outside the limits.

    Examples
    --------
    >>> quantity("90 min", "h", "sd")
    1.5
    """
    if hasattr(value, "magnitude") and hasattr(value, "units"):
        value = f"{float(value.magnitude)!r} {value.units}"
    if isinstance(value, str):
        match = _NUMBER_AND_UNIT.fullmatch(value)
        if match is None:
            raise InputError(argument, value, f"a number with a unit that converts to {unit}")
        magnitude, given = float(match.group(1)), match.group(2)
        if not given:
            raise InputError(argument, value, f"a unit behind the number, one that converts to {unit}")
        try:
            scaled = magnitude * factor(given, unit)
        except InputError as error:
            raise InputError(argument, value, f"a number with a unit that converts to {unit}") from error
        try:
            return number(scaled, argument, low=low, high=high)
        except InputError as error:
            raise InputError(argument, value, f"{error.expected} in {unit}") from error
    return number(value, argument, low=low, high=high)


def hours(value: object, argument: str, *, low: float = 0.0) -> float:
    """A duration in hours; a bare number is in hours, a text names its unit (``"2 weeks"``)."""
    if isinstance(value, str) and re.search(r"month|year", value, re.IGNORECASE):
        raise InputError(argument, value, "a time in h, days or weeks, because months and years differ in length")
    return quantity(value, "h", argument, low=low)


def clock_hour(value: object, argument: str) -> float:
    """Hour of the day from ``"22:00"`` or a number of hours.

    Parameters
    ----------
    value : str or float
        ``"HH:MM"`` from 00:00 to 23:59, or hours from 0 up to 24.
    argument : str
        Name of the argument, for the error.

    Returns
    -------
    float
        Hour of the day [h], 0 <= hour < 24.

    Raises
    ------
    InputError
        If it is no time of day.
    """
    expected = "a time of day from 00:00 to 23:59"
    if isinstance(value, str):
        match = _CLOCK.fullmatch(value.strip())
        if match is None or int(match.group(1)) > 23 or int(match.group(2)) > 59:
            raise InputError(argument, value, expected)
        return int(match.group(1)) + int(match.group(2)) / 60
    hour = number(value, argument, low=0.0)
    if hour >= HOURS_PER_DAY:
        raise InputError(argument, value, expected)
    return hour


def clock_text(hour: float) -> str:
    """``"22:00"`` for 22.0, to the nearest minute."""
    minutes = round(hour * 60) % (24 * 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def amount(dose: float, molar_mass: float) -> float:
    """Amount of substance of a dose.

    Parameters
    ----------
    dose : float
        Dose [mg].
    molar_mass : float
        Molar mass of the salt or base as which the dose is given [g/mol].

    Returns
    -------
    float
        Amount [nmol].
    """
    return dose / molar_mass * _NMOL_PER_MMOL


def mass_concentration(level: Any, molar_mass: float) -> Any:
    """Concentration in ng/mL of a level in nM."""
    return level * molar_mass / 1e3
