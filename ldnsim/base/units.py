"""Units at the door: text and quantities become plain numbers in the internal units here, nowhere else.

Internal units are h, nmol, L and nM, so that no equation needs a conversion factor.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from .errors import InputError
from .reading import NUMBER, as_float, cured, in_range, number, number_in

Salt = Literal["hcl", "base"]

HOURS_PER_DAY = 24.0
_NMOL_PER_MMOL = 1e6

_NUMBER_AND_UNIT = re.compile(rf"({NUMBER})\s*(.*)")
_NAME = r"[A-Za-zµμ%°][A-Za-zµμ_]*(?:\s?(?:\*\*|\^)\s?-?[0-9]{1,2}(?:\.[0-9]{1,4})?)?"
_GROUP = rf"(?:{_NAME}|\({_NAME}(?:\s?[*/]\s?{_NAME})*\)|1(?=\s?/))"
_UNIT = re.compile(rf"{_GROUP}(?:(?:\s?[*/]\s?|\sper\s){_GROUP})*")
"""Names joined by ``*``, ``/`` or ``per``: pint alone also takes remarks, constants and powers that never end."""

_LONGEST_UNIT = 80

TIMES = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1 / 3600),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), 1 / 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 1.0),
    **dict.fromkeys(("d", "day", "days", "night", "nights"), HOURS_PER_DAY),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), 7 * HOURS_PER_DAY),
}
"""Units of time as they are said, in hours; none that differs in length, as months and years do."""

WEIGHTS = (1.0, 500.0)
"""Between what people weigh [kg], which tells a wrong unit from a light or a heavy person."""

_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})")


@cache
def registry() -> Any:
    """Unit registry of pint, made at first use because building it takes a moment."""
    import pint

    return pint.UnitRegistry()


@cache
def settled() -> Mapping[str, Mapping[str, float]]:
    """What pint says of the units of the ledger: how many of which other units one of them is.

    pint takes a fifth of a second to start, and most runs ask it about nothing else; a test asks it about each of them.
    """
    found: dict[str, dict[str, float]] = {}
    for row in csv.DictReader(files("ldnsim").joinpath("data", "units.csv").read_text("utf-8").splitlines()):
        found.setdefault(row["unit"], {})[row["target"]] = float(row["factor"])
    return found


def is_unit(text: str) -> bool:
    """Whether a text is a unit that can be computed with."""
    if text in settled():
        return True
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
    if target in settled().get(unit, ()):
        return settled()[unit][target]
    return asked_of_pint(unit, target)


def asked_of_pint(unit: str, target: str) -> float:
    """The same as `factor` for any two units, from pint."""
    ureg = registry()
    try:
        return float(ureg.Quantity(1.0, ureg.parse_units(unit)).to(ureg.parse_units(target)).magnitude)
    except Exception as error:
        raise InputError("unit", unit, f"a unit that converts to {target}") from error


def check_unit(unit: str, argument: str, known: Sequence[str], expected: str) -> None:
    """Refuse a unit that measures something else than others do; a text that is no unit is a label, and stays.

    Parameters
    ----------
    unit : str
        What is said.
    argument : str
        Its name, for the error.
    known : sequence of str
        Units of what is meant; it converts to one of them.
    expected : str
        What would be right, for the error.

    Raises
    ------
    InputError
        If it converts to none.

    Examples
    --------
    >>> check_unit("min", "units['time']", ("h",), "a unit of time")
    """
    if unit not in known and is_unit(unit) and not any(_converts(unit, one) for one in known):
        raise InputError(argument, unit, expected)


def _converts(unit: str, target: str) -> bool:
    try:
        factor(unit, target)
    except InputError:
        return False
    return True


def parts_of(value: object, argument: str, expected: str) -> tuple[float, str]:
    """Number and unit of a text or of a pint quantity.

    Parameters
    ----------
    value : str or pint.Quantity
        ``"4.5 mg"``; any white space, or none, between the two.
    argument : str
        Its name, for the error.
    expected : str
        What would be right, for the error.

    Returns
    -------
    magnitude : float
        The number, finite.
    unit : str
        What stands behind it; empty if nothing does.

    Raises
    ------
    InputError
        If there is no such number, or behind it stands what is no unit.
    """
    if isinstance(value, str):
        match = _NUMBER_AND_UNIT.fullmatch(" ".join(value.split()))
        magnitude, unit = (match.group(1), match.group(2)) if match else ("", "")
        try:
            found = number_in(magnitude, argument)
        except InputError:
            found = math.nan
    else:
        found, unit = as_float(getattr(value, "magnitude", None)), str(getattr(value, "units", ""))
    readable = not unit or (len(unit) <= _LONGEST_UNIT and _UNIT.fullmatch(unit))
    if not math.isfinite(found) or not readable:
        raise InputError(argument, value, cured(value, expected))
    return found, unit


def quantity(value: object, unit: str, argument: str, *, low: float = -math.inf, high: float = math.inf) -> float:
    """A quantity in an internal unit, from a number, a text or a pint quantity.

    Parameters
    ----------
    value : float, str or pint.Quantity
        ``4.5`` is taken to be in `unit`; ``"4.5 mg"`` is converted. Where `unit` is 1 a text may leave it out.
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
    if not has_unit(value):
        return number(value, argument, low=low, high=high)
    expected = f"a number with a unit that converts to {unit}"
    magnitude, given = parts_of(value, argument, expected)
    if not given and unit != "1":
        raise InputError(argument, value, f"a unit behind the number, one that converts to {unit}")
    try:
        scaled = magnitude * factor(given or "1", unit)
    except InputError as error:
        raise InputError(argument, value, expected) from error
    # what was not 0 must not become 0 on the way
    lost = scaled == 0 and magnitude != 0
    return in_range(scaled, value, argument, low, high, f" in {unit}", lost=lost)


def has_unit(value: object) -> bool:
    """Whether a value says its unit: a text or a pint quantity."""
    return isinstance(value, str) or (hasattr(value, "magnitude") and hasattr(value, "units"))


def hours(value: object, argument: str, *, low: float = 0.0, high: float = math.inf) -> float:
    """A duration in hours.

    Parameters
    ----------
    value : float, str or pint.Quantity
        A bare number is in hours; a text names its unit, ``"2 weeks"``, one of `TIMES`.
    argument : str
        Name of the argument, for the error.
    low, high : float
        Limits [h], both allowed.

    Returns
    -------
    float
        Hours.

    Raises
    ------
    InputError
        If it is no time within the limits, or one in months or years.
    """
    if not has_unit(value):
        return number(value, argument, low=low, high=high)
    expected = "min, h, days or weeks, such as '4 weeks' (months and years differ in length)"
    magnitude, unit = parts_of(value, argument, expected)
    if unit.lower() not in TIMES:
        raise InputError(argument, value, expected)
    found = magnitude * TIMES[unit.lower()]
    return in_range(found, value, argument, low, high, " in h", lost=found == 0 and magnitude != 0)


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
