"""Recorded equations as text: one table of forms for each language, the rules about brackets once for all."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from ..base.errors import InputError
from .recorder import Literal, Operand, Tape

ATOM, POWER, PRODUCT, SUM, COMPARED, ANYTHING = range(6)
"""How tightly things bind, tightest first."""


class Form(NamedTuple):
    """How an operation is written.

    Attributes
    ----------
    template : str
        With ``{}`` for each argument.
    binds : int
        How tightly it binds.
    inside : tuple of int
        The loosest that each argument may bind without brackets.
    """

    template: str
    binds: int = ATOM
    inside: tuple[int, ...] = (ANYTHING,) * 3


Forms: TypeAlias = Mapping[Callable[..., Any], Form]


def _functions(names: Mapping[str, str], template: str) -> dict[Callable[..., Any], Form]:
    return {getattr(np, function): Form(template.format(name)) for function, name in names.items()}


def _compared(**signs: str) -> dict[Callable[..., Any], Form]:
    return {getattr(np, name): Form(f"{{}} {sign} {{}}", COMPARED, (SUM, SUM)) for name, sign in signs.items()}


_COMMON: Forms = {
    np.add: Form("{} + {}", SUM, (SUM, PRODUCT)),
    np.subtract: Form("{} - {}", SUM, (SUM, PRODUCT)),
    np.multiply: Form("{} * {}", PRODUCT, (PRODUCT, POWER)),
    np.divide: Form("{} / {}", PRODUCT, (PRODUCT, POWER)),
    np.negative: Form("-{}", SUM, (PRODUCT,)),
    **_compared(less="<", less_equal="<=", greater=">", greater_equal=">=", equal="==", not_equal="!="),
}
_SAME = ("exp", "log", "log10", "log2", "log1p", "expm1", "sin", "cos", "tan", "sinh", "cosh", "tanh", "sqrt", "cbrt")
_ARCS = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arcsinh": "asinh", "arccosh": "acosh"}
_ROUNDED = ("floor", "ceil")
_LOGIC = ("logical_and", "logical_or", "bitwise_and", "bitwise_or")

_PYTHON: Forms = {
    **_COMMON,
    np.power: Form("{}**{}", POWER, (ATOM, ATOM)),
    **_functions({name: name for name in (*_SAME, *_ARCS, *_ROUNDED, "absolute", "sign")}, "np.{}({{}})"),
    **_functions({name: name for name in (*_LOGIC, "minimum", "maximum")}, "np.{}({{}}, {{}})"),
    **_functions({"logical_not": "logical_not", "invert": "logical_not"}, "np.{}({{}})"),
    np.where: Form("np.where({}, {}, {})"),
}
_CPP: Forms = {
    **_COMMON,
    np.power: Form("pow({}, {})"),
    **_functions({name: name for name in (*_SAME, *_ROUNDED)} | _ARCS | {"absolute": "fabs"}, "{}({{}})"),
    **_functions({"minimum": "fmin", "maximum": "fmax"}, "{}({{}}, {{}})"),
    **{getattr(np, name): Form("({} && {})", ATOM, (COMPARED,) * 2) for name in _LOGIC if name.endswith("and")},
    **{getattr(np, name): Form("({} || {})", ATOM, (COMPARED,) * 2) for name in _LOGIC if name.endswith("or")},
    np.logical_not: Form("!({})"),
    np.invert: Form("!({})"),
    np.where: Form("({} ? {} : {})", ATOM, (COMPARED, ANYTHING, ANYTHING)),
}
_OPERATOR = r"\operatorname{{{{{}}}}}\left({{}}\right)"
_LATEX: Forms = {
    **_COMMON,
    **_compared(less_equal=r"\le", greater_equal=r"\ge", equal="=", not_equal=r"\ne"),
    np.add: Form("{} + {}", SUM, (SUM, SUM)),
    np.multiply: Form(r"{} \, {}", PRODUCT, (PRODUCT, PRODUCT)),
    np.divide: Form(r"\frac{{{}}}{{{}}}", POWER),
    np.power: Form("{}^{{{}}}", POWER, (ATOM, ANYTHING)),
    np.sqrt: Form(r"\sqrt{{{}}}"),
    np.cbrt: Form(r"\sqrt[3]{{{}}}"),
    np.exp: Form("e^{{{}}}", POWER),
    np.absolute: Form(r"\left|{}\right|"),
    np.floor: Form(r"\lfloor {} \rfloor"),
    np.ceil: Form(r"\lceil {} \rceil"),
    np.expm1: Form("e^{{{}}} - 1", SUM),
    np.log1p: Form(r"\ln\left(1 + {}\right)", ATOM, (SUM,)),
    np.log10: Form(r"\log_{{10}}\left({}\right)"),
    np.log2: Form(r"\log_2\left({}\right)"),
    **_functions({"log": "ln", **{name: name for name in _SAME[6:12]}, **_ARCS}, _OPERATOR),
    **_functions({"minimum": "min", "maximum": "max"}, r"\{}\left({{}}, {{}}\right)"),
    **{getattr(np, name): Form(r"\left({} \land {}\right)") for name in _LOGIC if name.endswith("and")},
    **{getattr(np, name): Form(r"\left({} \lor {}\right)") for name in _LOGIC if name.endswith("or")},
    np.logical_not: Form(r"\lnot\left({}\right)"),
    np.invert: Form(r"\lnot\left({}\right)"),
    np.where: Form(r"\begin{{cases}} {1} & \text{{if }} {0} \\ {2} & \text{{otherwise}} \end{{cases}}", ANYTHING),
}


def exact(value: float) -> str:
    """A number to the last bit, as Python and C++ read it."""
    return repr(value)


def typeset(value: float) -> str:
    """A number as LaTeX sets it."""
    digits, _, power = f"{value:.17g}".partition("e") if float(f"{value:g}") != value else f"{value:g}".partition("e")
    if not power:
        return digits
    return rf"10^{{{int(power)}}}" if digits == "1" else rf"{digits} \cdot 10^{{{int(power)}}}"


class Language(NamedTuple):
    """A language that equations are written in.

    Attributes
    ----------
    forms : mapping of callable to Form
        How operations are written.
    number : callable
        ``number(value)`` writes a number.
    brackets : str
        With ``{}`` for what is in them.
    """

    forms: Forms
    number: Callable[[float], str] = exact
    brackets: str = "({})"


PYTHON = Language(_PYTHON)
"""Python with NumPy as ``np``."""

CPP = Language(_CPP)
"""C++ with the functions of ``cmath`` at hand."""

LATEX = Language(_LATEX, typeset, r"\left({}\right)")
"""LaTeX; names are given as LaTeX."""


@dataclass(frozen=True)
class Printer:
    """Writes what stands at a place of a tape.

    Attributes
    ----------
    tape : Tape
        The recorded equations.
    names : mapping of int to str
        What places are called; the others are written out.
    language : Language
        How operations are written.
    """

    tape: Tape
    names: Mapping[int, str]
    language: Language

    def named(self, place: int) -> str | None:
        """What stands for a place, or None where it is written out."""
        return self.names.get(place)

    def text(self, place: Operand, loosest: int = ANYTHING, *, top: bool = False) -> str:
        """Something, in brackets where it binds less than asked for.

        Parameters
        ----------
        place : int or Literal
            What.
        loosest : int
            How loosely it may bind.
        top : bool
            Whether it is written out although it has a name.

        Returns
        -------
        str
            The text.

        Raises
        ------
        InputError
            If it holds an operation that the language does not have.
        """
        if isinstance(place, Literal):
            if not math.isfinite(place.value):
                raise InputError("model", place.value, "equations without a number that is not finite")
            return self._in_brackets(self.language.number(place.value), SUM if place.value < 0 else ATOM, loosest)
        name = None if top else self.named(place)
        if name is not None:
            return name
        function, arguments = self.tape.operations[place - self.tape.given]
        form = self.language.forms.get(function)
        if form is None:
            refused = getattr(function, "__name__", str(function))
            raise InputError(
                "model", refused, "equations without this function, which cannot be written in this format"
            )
        parts = [self.text(one, inside) for one, inside in zip(arguments, form.inside, strict=False)]
        return self._in_brackets(form.template.format(*parts), form.binds, loosest)

    def _in_brackets(self, said: str, binds: int, loosest: int) -> str:
        return said if binds <= loosest else self.language.brackets.format(said)
