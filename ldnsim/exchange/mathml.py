"""Equations as MathML, in the part of it that SBML has."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import numpy as np

from ..base.errors import InputError
from ..models.recorder import Literal, Operand, Tape

NAMESPACE = "http://www.w3.org/1998/Math/MathML"
_UNITS = "sbml:units"
_TIME = "http://www.sbml.org/sbml/symbols/time"

_NAMES: Mapping[Callable[..., Any], str] = {
    **{np.add: "plus", np.subtract: "minus", np.multiply: "times", np.divide: "divide", np.power: "power"},
    **{np.negative: "minus", np.sqrt: "root", np.absolute: "abs", np.ceil: "ceiling", np.log: "ln"},
    **{getattr(np, name): name for name in ("exp", "floor", "sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{getattr(np, name): name for name in ("arcsin", "arccos", "arctan", "arcsinh", "arccosh")},
    **{np.less: "lt", np.less_equal: "leq", np.greater: "gt", np.greater_equal: "geq"},
    **{np.equal: "eq", np.not_equal: "neq", np.logical_not: "not", np.invert: "not"},
    **{np.logical_and: "and", np.logical_or: "or", np.bitwise_and: "and", np.bitwise_or: "or"},
}


def applied(name: str, *arguments: Element) -> Element:
    """An operation by its name in MathML."""
    found = Element("apply")
    SubElement(found, name)
    found.extend(arguments)
    return found


def called(name: str) -> Element:
    """A name."""
    found = Element("ci")
    found.text = name
    return found


def now() -> Element:
    """The time."""
    found = Element("csymbol", {"encoding": "text", "definitionURL": _TIME})
    found.text = "time"
    return found


def number(value: float, unit: str = "dimensionless") -> Element:
    """A number with its unit."""
    if not math.isfinite(value):
        raise InputError("model", value, "equations without a number that is not finite")
    digits, _, power = repr(float(value)).partition("e")
    found = Element("cn", {"type": "e-notation", _UNITS: unit} if power else {_UNITS: unit})
    found.text = digits.removesuffix(".0")
    if power:
        SubElement(found, "sep").tail = str(int(power))
    return found


def chosen(condition: Element, yes: Element, no: Element) -> Element:
    """One of two, by a condition."""
    found = Element("piecewise")
    SubElement(found, "piece").extend([yes, condition])
    SubElement(found, "otherwise").append(no)
    return found


def math_of(content: Element) -> Element:
    """The element that holds mathematics in SBML."""
    found = Element("math", {"xmlns": NAMESPACE})
    found.append(content)
    return found


class MathML:
    """Writes what stands at a place of a tape.

    Parameters
    ----------
    tape : Tape
        The recorded equations.
    names : mapping of int to str
        What places are called; the others are written out.
    unit : callable, optional
        ``unit(place)`` says which unit a 0 has beside what stands at a place.
    """

    def __init__(
        self, tape: Tape, names: Mapping[int, str], unit: Callable[[int], str] = lambda _place: "dimensionless"
    ) -> None:
        self._tape, self._names, self._unit = tape, names, unit

    def of(self, place: Operand, *, top: bool = False) -> Element:
        """The element of something.

        Parameters
        ----------
        place : int or Literal
            What.
        top : bool
            Whether it is written out although it has a name.

        Returns
        -------
        Element
            Anew at every call.

        Raises
        ------
        InputError
            If it holds an operation that SBML does not have, or a number that is not finite.
        """
        if isinstance(place, Literal):
            return number(place.value)
        if place in self._names and not top:
            return called(self._names[place])
        function, arguments = self._tape.operations[place - self._tape.given]
        parts = self._parts(function, arguments)
        if function in _NAMES:
            return applied(_NAMES[function], *parts)
        made = _MADE.get(function)
        if made is None:
            refused = getattr(function, "__name__", str(function))
            raise InputError("model", refused, "equations without this function, which SBML does not have")
        # an element has one place in a tree, and what is said twice is made twice
        return made(*parts, *self._parts(function, arguments))

    def _parts(self, function: Callable[..., Any], arguments: Sequence[Operand]) -> list[Element]:
        alike = arguments[1:] if function is np.where else arguments
        beside = next((one for one in alike if isinstance(one, int)), None)
        if beside is None or function in _FREE:
            return [self.of(one) for one in arguments]
        unit = self._unit(beside)
        return [number(0.0, unit) if one == Literal(0.0) else self.of(one) for one in arguments]


_FREE = (np.multiply, np.divide, np.power)
"""What has arguments in different units."""


def _logarithm(base: float) -> Callable[..., Element]:
    def made(x: Element, _: Element) -> Element:
        found = applied("log")
        SubElement(found, "logbase").append(number(base))
        found.append(x)
        return found

    return made


def _cube_root(x: Element, _: Element) -> Element:
    found = applied("root")
    SubElement(found, "degree").append(number(3.0))
    found.append(x)
    return found


_MADE: Mapping[Callable[..., Any], Callable[..., Element]] = {
    np.where: lambda condition, yes, no, *_: chosen(condition, yes, no),
    np.minimum: lambda x, y, again, other: chosen(applied("lt", x, y), again, other),
    np.maximum: lambda x, y, again, other: chosen(applied("gt", x, y), again, other),
    np.expm1: lambda x, _: applied("minus", applied("exp", x), number(1.0)),
    np.log1p: lambda x, _: applied("ln", applied("plus", number(1.0), x)),
    np.log10: _logarithm(10.0),
    np.log2: _logarithm(2.0),
    np.cbrt: _cube_root,
}
