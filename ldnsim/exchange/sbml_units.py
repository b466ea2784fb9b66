"""Units as SBML has them, and what unit an expression has."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, SubElement

import numpy as np

from ..base.errors import InputError
from ..base.units import is_unit, registry
from ..models.recorder import Literal, Operand, Tape

_NEAR = 1e-9

_SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0, "week": 604800.0}
_KINDS: Mapping[str, tuple[tuple[str, float, float], ...]] = {
    **{name: ((name, 1.0, 1.0),) for name in ("mole", "gram", "kelvin")},
    **{name: (("second", seconds, 1.0),) for name, seconds in _SECONDS.items()},
    "liter": (("litre", 1.0, 1.0),),
    "meter": (("metre", 1.0, 1.0),),
    "molar": (("mole", 1.0, 1.0), ("litre", 1.0, -1.0)),
}
"""Units of pint as those of SBML: kind, multiplier and exponent, the one first that a prefix scales."""

_ROOTS = {"meter": "metre", "gram": "gram", "second": "second", "mole": "mole", "kelvin": "kelvin"}


class Measured(NamedTuple):
    """What something is measured in.

    Attributes
    ----------
    factor : float
        How many units of the roots it is.
    roots : tuple of (str, float)
        Units such as gram and second, with their exponents, by name.
    """

    factor: float
    roots: tuple[tuple[str, float], ...]

    def times(self, other: Measured, power: float = 1.0) -> Measured:
        """The unit of a product with a power of another one."""
        found = dict(self.roots)
        for name, exponent in other.roots:
            found[name] = found.get(name, 0.0) + power * exponent
        kept = tuple(sorted((name, exponent) for name, exponent in found.items() if abs(exponent) > _NEAR))
        return Measured(self.factor * other.factor**power, kept)

    def is_like(self, other: Measured) -> bool:
        """Whether numbers in both can be added."""
        return self.roots == other.roots and math.isclose(self.factor, other.factor, rel_tol=_NEAR)


ONE = Measured(1.0, ())


class Units:
    """Units of a file, by text."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self._defined: dict[str, list[tuple[str, float, int, float]]] = {}
        self._measured: dict[str, Measured] = {}

    def measured(self, text: str) -> Measured:
        """What a text means; raises `InputError` where it is no unit."""
        if text in ("1", ""):
            return ONE
        if text not in self._measured:
            if not is_unit(text):
                raise InputError("unit", text, "a unit that pint reads, such as mg, ng/mL or 1/h")
            factor, roots = registry().get_root_units(registry().parse_units(text))
            named = {str(name): float(power) for name, power in roots._units.items()}
            if named.keys() - _ROOTS.keys():
                raise InputError("unit", text, f"a unit made of {', '.join(_ROOTS)}")
            self._measured[text] = Measured(float(factor), tuple(sorted(named.items())))
        return self._measured[text]

    def id(self, text: str) -> str:
        """What a unit is called in the file, which then defines it."""
        if text in ("1", ""):
            return "dimensionless"
        if text not in self._ids:
            measured = self.measured(text)
            if not measured.roots and math.isclose(measured.factor, 1.0, rel_tol=_NEAR):
                return "dimensionless"
            parts: list[tuple[str, float, int, float]] = []
            for name, power in registry().parse_units(text)._units.items():
                prefix, root, _ = registry().parse_unit_name(str(name))[0]
                scale = math.log10(float(registry().Quantity(1.0, name).to(root).magnitude)) if prefix else 0.0
                for place, (kind, multiplier, exponent) in enumerate(_KINDS.get(root, ())):
                    parts.append((kind, multiplier, 0 if place else round(scale), exponent * float(power)))
                if root not in _KINDS:
                    parts = self._of_roots(measured)
                    break
            self._ids[text] = self._define(re.sub(r"\W+", "_", _worded(text)).strip("_"), parts)
        return self._ids[text]

    def id_of(self, measured: Measured) -> str:
        """What a unit is called that follows from others."""
        if measured.is_like(ONE):
            return "dimensionless"
        for text, known in self._measured.items():
            if known.is_like(measured):
                return self.id(text)
        text = f"unit_{len(self._defined) + 1}"
        self._measured[text] = measured
        self._ids[text] = self._define(text, self._of_roots(measured))
        return text

    @staticmethod
    def _of_roots(measured: Measured) -> list[tuple[str, float, int, float]]:
        parts = [(_ROOTS[name], 1.0, 0, power) for name, power in measured.roots]
        if not math.isclose(measured.factor, 1.0, rel_tol=_NEAR):
            parts.append(("dimensionless", measured.factor, 0, 1.0))
        return parts

    def _define(self, wanted: str, parts: list[tuple[str, float, int, float]]) -> str:
        name = wanted if wanted[:1].isalpha() else f"unit_{wanted}"
        while name in self._defined or name in ("litre", "mole", "gram", "second", "metre", "kelvin", "dimensionless"):
            name += "_"
        self._defined[name] = parts
        return name

    def element(self) -> Element:
        """All definitions, for the file."""
        found = Element("listOfUnitDefinitions")
        for name, parts in self._defined.items():
            inside = SubElement(SubElement(found, "unitDefinition", {"id": name}), "listOfUnits")
            for kind, multiplier, scale, exponent in parts:
                numbers = {"exponent": f"{exponent:g}", "scale": str(scale), "multiplier": repr(multiplier)}
                SubElement(inside, "unit", {"kind": kind, **numbers})
        return found


def _worded(text: str) -> str:
    """A unit in words, such as ``per_h``."""
    return text.replace("1/", "per_").replace("/", "_per_").replace("**", "").replace("^", "")


class Dimensions:
    """What unit something on a tape has, by the units of what is given.

    Parameters
    ----------
    tape : Tape
        The recorded equations.
    given : mapping of int to Measured
        Units of what is given.

    Attributes
    ----------
    problems : dict of int to str
        Sums and functions whose units do not work out, by their places.
    """

    def __init__(self, tape: Tape, given: Mapping[int, Measured]) -> None:
        self.problems: dict[int, str] = {}
        self._tape = tape
        self._known = dict(given)
        for place, (function, arguments) in enumerate(tape.operations, tape.given):
            self._known[place] = self._of(place, function, arguments)

    def of(self, place: Operand) -> Measured:
        """The unit of something; a number in the equations has none."""
        return ONE if isinstance(place, Literal) else self._known.get(place, ONE)

    def _of(self, place: int, function: Callable[..., Any], arguments: tuple[Operand, ...]) -> Measured:
        units = [self.of(one) for one in arguments]
        if function is not np.multiply and function is not np.divide:
            # nothing is nothing in any unit
            units = [unit for unit, one in zip(units, arguments, strict=True) if one != Literal(0.0)] or units
        first = units[0]
        if function is np.multiply:
            return first.times(units[1])
        if function is np.divide:
            return first.times(units[1], -1.0)
        if function is np.where:
            return self._alike(place, units[1:] or units, function)
        if function in (np.negative, np.absolute, np.floor, np.ceil):
            return first
        if function is np.sqrt:
            return ONE.times(first, 0.5)
        power = arguments[-1]
        if function is np.power and isinstance(power, Literal):
            return ONE.times(first, power.value)
        alike = self._alike(place, units, function)
        if function in (np.add, np.subtract, np.minimum, np.maximum):
            return alike
        if function not in _COMPARING and not alike.is_like(ONE):
            self.problems[place] = getattr(function, "__name__", str(function))
        return ONE

    def _alike(self, place: int, units: list[Measured], function: Callable[..., Any]) -> Measured:
        if not all(units[0].is_like(other) for other in units):
            self.problems[place] = getattr(function, "__name__", str(function))
        return units[0]


_COMPARING = (np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal)
