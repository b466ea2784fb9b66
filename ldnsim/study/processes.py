"""What makes a number at one moment: factors, terms and rates, read off the equations that run, never written again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from ..base.errors import InputError
from ..base.vocabulary import flatten
from ..endorphin import Clock
from ..engines.leg import Array
from ..ledger.parameters import ParameterSet
from ..models.dosable import Model
from ..models.printing import ANYTHING, ATOM, PRODUCT, PYTHON, SUM, Form, Forms, Language, Printer
from ..models.recorder import Literal, Operand
from ..models.written import Term, Terms, Written
from ..results.behind import Shown
from ..results.dataset import suffix

_FORMS: Forms = {
    **PYTHON.forms,
    np.add: Form("{} + {}", SUM, (SUM, SUM)),
    np.multiply: Form("{} * {}", PRODUCT, (PRODUCT, PRODUCT)),
    np.power: Form("{}^{}", ATOM, (ATOM, ATOM)),
    np.sqrt: Form("sqrt({})"),
}
"""As people read it: sums and products without the brackets that only rounding needs."""


class Part(NamedTuple):
    """A factor or a term of something.

    Attributes
    ----------
    text : str
        How the equations write it, in names of states, outputs and parameters.
    value : float
        What it is now.
    before : float
        What it is in the untreated state, at the same hour of the day.
    """

    text: str
    value: float
    before: float


def columns_of(model: Model) -> dict[str, tuple[Shown, str]]:
    """Names of everything that a model shows, as columns of `Simulation.to_frame`, and the part that each is."""
    return {
        name + suffix(labels): (Shown(name, dict(zip(variable.dims, labels, strict=True))), part)
        for name, variable in model.shown.items()
        for labels, part in zip(product(*variable.dims.values()), variable.parts, strict=True)
    }


@dataclass(frozen=True)
class _Printer(Printer):
    """Writes what functions give as their calls."""

    calls: Mapping[int, tuple[str, tuple[Operand, ...]]] = field(default_factory=dict)

    def named(self, place: int) -> str | None:
        """Its word, or the call that gives it."""
        if place in self.names or place not in self.calls:
            return self.names.get(place)
        name, arguments = self.calls[place]
        return f"{name}({', '.join(map(self.text, arguments))})" if arguments else name


class Processes:
    """The equations of a model, run once on numbers that write down what is done with them.

    Parameters of 0 and 1 are taken as these numbers, so that what is switched off is not there.

    Parameters
    ----------
    model : Model
        The model; its equations are plain arithmetic.
    parameters : ParameterSet
        Their values.
    declared : type
        The ``NamedTuple`` of those that the equations take.
    """

    def __init__(self, model: Model, parameters: ParameterSet, declared: type[Any]) -> None:
        names = [term.name for term in flatten(declared)]
        self._model = model
        self._given = [float(parameters[name].value) for name in names]
        fixed = {name: value for name, value in zip(names, self._given, strict=True) if value in (0.0, 1.0)}
        self._written = Written(model, declared, fixed)
        if self._written.left_out:
            expected = "assays that are plain arithmetic, as the equations are"
            raise InputError(f"{model.name}, assays", ", ".join(self._written.left_out), expected)
        self._tape = self._written.tape
        self._rates = self._written.rates
        self.columns = columns_of(model)
        self._places = {column: self._written.shown[part] for column, (_, part) in self.columns.items()}
        short = [name.rpartition(".")[2] for name in names]
        words = {
            place: last if short.count(last) == 1 else name
            for place, (name, last) in enumerate(zip(names, short, strict=True))
        }
        words |= dict(zip(self._written.clock, ("rhythm", "rhythm_rate"), strict=True))
        for column, place in self._places.items():
            if isinstance(place, int):
                words.setdefault(place, column)
        for name, place in self._written.states.items():
            words.setdefault(place, name)
        self._printer = _Printer(self._tape, words, Language(_FORMS, "{:g}".format), self._written.calls)
        self._terms = Terms(self._tape, lambda place: place in words or place in self._written.calls)

    def at(self, state: Array, untreated: Array, clock: Clock) -> Moment:
        """The same with numbers in it.

        Parameters
        ----------
        state, untreated : ndarray, shape (n_states,)
            The state, and what it would be without treatment.
        clock : Clock
            Where in the day it is.
        """
        return Moment(self, self._played(state, clock), self._played(untreated, clock))

    def _played(self, state: Array, clock: Clock) -> list[float]:
        at = [*self._given, *map(float, state), *map(float, clock)]
        with np.errstate(all="ignore"):  # what is not finite is told where it is asked for
            for function, arguments in self._tape.operations:
                at.append(float(function(*(_number(x, at) for x in arguments))))
        return at

    @cached_property
    def _degrees(self) -> list[int]:
        """Of everything whether states do not count for it, are summed with weights (1), or more (2)."""
        size = len(self._model.system.names)
        found = [0] * len(self._given) + [1] * size + [0, 0]
        for function, arguments in self._tape.operations:
            given = [0 if isinstance(x, Literal) else found[x] for x in arguments]
            if function in (np.add, np.subtract, np.negative):
                found.append(max(given))
            elif function is np.multiply:
                found.append(min(sum(given), 2))
            elif function is np.divide:
                found.append(given[0] if not given[1] else 2)
            else:
                found.append(2 * any(given))
        return found

    def linear(self, column: str) -> bool:
        """Whether what doses add to a column just adds up: it and all states behind it are sums with fixed weights."""
        waiting, seen = [self._places[column]], set[Operand]()
        while waiting:
            place = waiting.pop()
            if isinstance(place, int) and self._degrees[place] > 1:
                return False
            for name in self.states(place):
                rate = self._rates[name]
                if rate not in seen:
                    seen.add(rate)
                    waiting.append(rate)
        return True

    def unit(self, name: str) -> str:
        """Unit of a column or state."""
        return self._model.terms[self.columns[name][1] if name in self.columns else name].unit

    def states(self, of: Operand | str) -> list[str]:
        """Names of the states that a column, or something of the equations, is computed from without delay."""
        needed = self._tape.needed([self._places[of] if isinstance(of, str) else of])
        return [name for name, place in self._written.states.items() if place in needed]

    def fraction(self, place: Operand, *, top: bool = False) -> Term:
        """Something as a fraction of products."""
        return self._terms.fraction(place, top=top)

    def terms(self, place: Operand, *, top: bool = False) -> list[Term]:
        """Something as a sum; one product around one sum that states count for is written term by term."""
        return self._terms.sum(place, self.states, top=top)

    def text(self, place: Operand, loosest: int = ANYTHING) -> str:
        """How the equations write something, in brackets where it binds less than asked for."""
        return self._printer.text(place, loosest)

    def text_of(self, term: Term) -> str:
        """How a term is written, with its sign."""
        above = [self.text(x, PRODUCT) for x in term.above if x != Literal(1.0)] or ["1"]
        below = "".join(f" / {self.text(x, ATOM)}" for x in term.below)
        return "-" * (term.sign < 0) + " * ".join(above) + below


class Moment:
    """The equations with numbers in them."""

    def __init__(self, written: Processes, now: Sequence[float], before: Sequence[float]) -> None:
        self._written, self._now, self._before = written, now, before

    def value(self, column: str) -> Part:
        """A column as a whole."""
        place = self._written._places[column]
        return Part(column, _number(place, self._now), _number(place, self._before))

    def factors(self, column: str) -> list[Part]:
        """Factors of a column that states count for; none where it is no product of at least two of them.

        Their values over those in the untreated state multiply to that ratio of the column, so that the logarithms of
        these ratios add up.
        """
        written = self._written
        whole = written.fraction(written._places[column], top=True)
        found = [(x, 1.0) for x in whole.above] + [(x, -1.0) for x in whole.below]
        parts = [
            Part(
                written.text(x) if power > 0 else f"1 / {written.text(x, ATOM)}",
                _number(x, self._now) ** power,
                _number(x, self._before) ** power,
            )
            for x, power in found
            if written.states(x) and _number(x, self._now) and _number(x, self._before)
        ]
        return parts if len(parts) > 1 and len(parts) == sum(bool(written.states(x)) for x, _ in found) else []

    def terms(self, column: str) -> list[Part]:
        """Terms that add up to a column; none where it is no sum."""
        found = self._parts(self._written.terms(self._written._places[column], top=True))
        return found if len(found) > 1 else []

    def rate(self, state: str) -> list[Part]:
        """Terms that add up to the rate of a state, per hour; those that are 0 are not there, unless all are."""
        return self._parts(self._written.terms(self._written._rates[state], top=True))

    def _parts(self, terms: Sequence[Term]) -> list[Part]:
        every = [Part(self._written.text_of(one), _of(one, self._now), _of(one, self._before)) for one in terms]
        return [part for part in every if part.value or part.before] or every


def _of(term: Term, at: Sequence[float]) -> float:
    found = term.sign
    for x in term.above:
        found *= _number(x, at)
    for x in term.below:
        found /= _number(x, at)
    return found


def _number(x: Operand, at: Sequence[float]) -> float:
    return x.value if isinstance(x, Literal) else at[x]
