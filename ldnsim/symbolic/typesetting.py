"""Recorded equations as LaTeX: signs before products, and lines of their own for what is used more than once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..models.printing import ANYTHING, LATEX, SUM, Printer
from ..models.recorder import Operand, Tape
from ..models.symbols import symbol

SHARP: Mapping[str, Callable[..., Any]] = {
    "positive_part": lambda x: np.maximum(0.0, x),
    "cap": np.minimum,
    "hill": lambda x, x50, h: x**h / (x50**h + x**h),
}
"""What functions are shown as: smooth ones with their corner, and Hill's as textbooks have it."""


class Equation(NamedTuple):
    """One equation.

    Attributes
    ----------
    module, function : str
        Where it is written; of another model its name, and what of it is asked for.
    left : str
        What it gives, as LaTeX: a symbol, or the derivative of a state.
    right : str
        What that is, as LaTeX.
    """

    module: str
    function: str
    left: str
    right: str


class Symbol(NamedTuple):
    """One line of a nomenclature.

    Attributes
    ----------
    symbol : str
        LaTeX.
    name : str
        What code, tables and files call it.
    unit, meaning : str
        What it is.
    """

    symbol: str
    name: str
    unit: str
    meaning: str


class Typesetter(Printer):
    """Writes a tape as LaTeX."""

    def __init__(self, tape: Tape, names: Mapping[int, str]) -> None:
        super().__init__(tape, names, LATEX)

    def equation(self, place: Operand) -> str:
        """The right side of what stands at a place; a sum with something negative is a difference."""
        return self.text(place, top=True).replace("+ -", "- ")

    def text(self, place: Operand, loosest: int = ANYTHING, *, top: bool = False) -> str:
        """As `Printer.text`; the sign of a product or fraction stands before the whole of it."""
        function, arguments = self._operation(place, top=top)
        if function in (np.multiply, np.divide):
            inner, negated = self._operation(arguments[0], top=False)
            if inner is np.negative:
                form = LATEX.forms[function]
                parts = map(self.text, (negated[0], arguments[1]), form.inside)
                return self._in_brackets(f"-{form.template.format(*parts)}", SUM, loosest)
        return super().text(place, loosest, top=top)

    def _operation(self, place: Operand, *, top: bool) -> tuple[Any, tuple[Operand, ...]]:
        if not isinstance(place, int) or place < self.tape.given or (not top and self.named(place) is not None):
            return None, ()
        return self.tape.operations[place - self.tape.given]


def quantities(
    tape: Tape, results: Sequence[Operand], calls: Mapping[int, str], told: Mapping[int, str]
) -> dict[int, str]:
    """Symbols of what is used more than once and a function of its own gives.

    Parameters
    ----------
    tape : Tape
        The recorded equations.
    results : sequence of int or Literal
        Where they lead.
    calls : mapping of int to str
        Names of the functions that gave what stands at places.
    told : mapping of int to str
        Places with a symbol, which stay.

    Returns
    -------
    dict of int to str
        Symbols by place; a second of one name has a tilde.
    """
    needed = tape.needed(results)
    used = Counter(one for place in needed for one in {*tape.arguments(place)})
    found: dict[int, str] = {}
    for place, name in calls.items():
        if place in needed and place not in told and place not in results and used[place] > 1:
            word = symbol(name)
            while word in (*told.values(), *found.values()):
                word = rf"\tilde{{{word}}}"
            found[place] = word
    return found


def derivative(of: str) -> str:
    """The left side of the equation of a rate."""
    return rf"\frac{{\mathrm{{d}} {of}}}{{\mathrm{{d}} t}}"
