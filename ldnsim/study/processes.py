"""What makes a number at one moment: factors, terms and rates, read off the equations that run, never written again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import product
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np

from ..base.rewriting import rewritten
from ..base.vocabulary import filled, flatten
from ..endorphin import Clock
from ..engines.leg import Array
from ..ledger.parameters import ParameterSet
from ..models.dosable import Model
from ..models.recorder import Literal, Operand, Recorded, Tape
from ..models.system import leaves
from ..results.behind import Shown
from ..results.dataset import suffix

_SIGNS = {np.multiply: " * ", np.divide: " / ", np.add: " + ", np.subtract: " - "}
_ATOM, _PRODUCT, _SUM = 0, 1, 2


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


class _Term(NamedTuple):
    """A product with a sign: what stands above and below the line of its fraction."""

    sign: float
    above: tuple[Operand, ...]
    below: tuple[Operand, ...]


def columns_of(model: Model) -> dict[str, tuple[Shown, str]]:
    """Names of everything that a model shows, as columns of `Simulation.to_frame`, and the part that each is."""
    return {
        name + suffix(labels): (Shown(name, dict(zip(variable.dims, labels, strict=True))), part)
        for name, variable in model.shown.items()
        for labels, part in zip(product(*variable.dims.values()), variable.parts, strict=True)
    }


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
        system, names = model.system, [term.name for term in flatten(declared)]
        self._model = model
        self._given = [float(parameters[name].value) for name in names]
        self._count, size = len(names), len(system.names)
        self._tape = Tape(self._count + size + 2)
        self._calls: dict[int, tuple[str, tuple[Any, ...]]] = {}
        numbers = [Recorded(self._tape, place) for place in range(self._tape.given)]
        p = filled(
            declared,
            [value if value in (0.0, 1.0) else numbers[place] for place, value in enumerate(self._given)],
        )
        state, clock = system.pack(numbers[self._count : -2]), Clock(*numbers[-2:])
        noted: dict[str, Callable[..., Any]] = {}
        for function in (system.outputs, system.rates):
            self._note_calls(function, noted)
        outputs = leaves(rewritten(system.outputs, noted)(state, p, clock))
        rates = system.flat(rewritten(system.rates, noted)(state, p, clock))
        self._rates = dict(zip(system.names, map(_operand, rates), strict=True))
        shown = model.named(numbers[self._count : -2], outputs, p)
        self.columns = columns_of(model)
        self._places = {column: _operand(shown[part]) for column, (_, part) in self.columns.items()}
        short = [name.rpartition(".")[2] for name in names]
        self._words = {
            place: last if short.count(last) == 1 else name
            for place, (name, last) in enumerate(zip(names, short, strict=True))
        }
        self._words |= {self._count + size: "rhythm", self._count + size + 1: "rhythm_rate"}
        for column, place in self._places.items():
            if isinstance(place, int):
                self._words.setdefault(place, column)
        for place, name in enumerate(system.names, self._count):
            self._words.setdefault(place, name)

    def _note_calls(self, function: Any, noted: dict[str, Callable[..., Any]]) -> None:
        """What stands for the functions that one calls, all the way down: the same, but what they give is known."""
        for name in function.__code__.co_names if isinstance(function, FunctionType) else ():
            called = function.__globals__.get(name)
            if isinstance(called, FunctionType) and called is not function and name not in noted:
                self._note_calls(called, noted)
                noted[name] = self._noted(name, rewritten(called, noted))

    def _noted(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            found = function(*arguments)
            if isinstance(found, Recorded):
                plain = (x for x in arguments if not isinstance(x, tuple))
                self._calls.setdefault(found.place, (name, tuple(map(_operand, plain))))
            return found

        return call

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
        found = [0] * self._count + [1] * size + [0, 0]
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
        waiting = [self._places[of] if isinstance(of, str) else of]
        seen = set[int]()
        while waiting:
            place = waiting.pop()
            if isinstance(place, int) and place not in seen:
                seen.add(place)
                waiting += self._arguments(place)
        names = self._model.system.names
        return [name for place, name in enumerate(names, self._count) if place in seen]

    def _arguments(self, place: int) -> tuple[Operand, ...]:
        return self._tape.operations[place - self._tape.given].arguments if place >= self._tape.given else ()

    def _operation(self, place: Operand, top: bool) -> tuple[Any, tuple[Operand, ...]]:
        """What something is made of; nothing where it has a name of its own, unless it is what is asked for."""
        named = place in self._words or place in self._calls
        if isinstance(place, Literal) or place < self._tape.given or (named and not top):
            return None, ()
        return self._tape.operations[place - self._tape.given]

    def fraction(self, place: Operand, *, top: bool = False) -> _Term:
        """Something as a fraction of products."""
        function, arguments = self._operation(place, top)
        if function is np.negative:
            inner = self.fraction(arguments[0])
            return inner._replace(sign=-inner.sign)
        if function not in (np.multiply, np.divide):
            return _Term(1.0, (place,), ())
        left, right = (self.fraction(x) for x in arguments)
        above, below = (right.above, right.below) if function is np.multiply else (right.below, right.above)
        return _Term(left.sign * right.sign, left.above + above, left.below + below)

    def terms(self, place: Operand, *, top: bool = False) -> list[_Term]:
        """Something as a sum; one product around one sum that states count for is written term by term."""
        found = list(self._summed(place, 1.0, top))
        if len(found) > 1:
            return found
        (only,) = found
        additive = (np.add, np.subtract)
        sums = [k for k, x in enumerate(only.above) if self._operation(x, False)[0] in additive and self.states(x)]
        if len(sums) != 1:
            return found
        (k,) = sums
        rest = only.above[:k] + only.above[k + 1 :]
        return [
            _Term(one.sign * only.sign, one.above + rest, one.below + only.below)
            for one in self._summed(only.above[k], 1.0, False)
        ]

    def _summed(self, place: Operand, sign: float, top: bool) -> Iterator[_Term]:
        function, arguments = self._operation(place, top)
        if function in (np.add, np.subtract):
            yield from self._summed(arguments[0], sign, False)
            yield from self._summed(arguments[1], sign if function is np.add else -sign, False)
        else:
            one = self.fraction(place, top=top)
            yield one._replace(sign=one.sign * sign)

    def text(self, place: Operand, loosest: int = _SUM, *, top: bool = False) -> str:
        """How the equations write something, in brackets where it binds less than asked for."""
        if isinstance(place, Literal):
            return f"{place.value:g}"
        if place in self._words and not top:
            return self._words[place]
        if place in self._calls:
            name, arguments = self._calls[place]
            return f"{name}({', '.join(map(self.text, arguments))})" if arguments else name
        function, arguments = self._tape.operations[place - self._tape.given]
        if function is np.negative:
            said, binds = f"-{self.text(arguments[0], _PRODUCT)}", _SUM
        elif function in _SIGNS:
            binds = _PRODUCT if function in (np.multiply, np.divide) else _SUM
            after = binds if function in (np.add, np.multiply) else binds - 1
            said = self.text(arguments[0], binds) + _SIGNS[function] + self.text(arguments[1], after)
        elif function is np.power:
            return f"{self.text(arguments[0], _ATOM)}^{self.text(arguments[1], _ATOM)}"
        else:
            return f"{function.__name__}({', '.join(map(self.text, arguments))})"
        return f"({said})" if binds > loosest else said

    def text_of(self, term: _Term) -> str:
        """How a term is written, with its sign."""
        above = [self.text(x, _PRODUCT) for x in term.above if x != Literal(1.0)] or ["1"]
        below = "".join(f" / {self.text(x, _ATOM)}" for x in term.below)
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
                written.text(x) if power > 0 else f"1 / {written.text(x, _ATOM)}",
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

    def _parts(self, terms: Sequence[_Term]) -> list[Part]:
        every = [Part(self._written.text_of(one), _of(one, self._now), _of(one, self._before)) for one in terms]
        return [part for part in every if part.value or part.before] or every


def _of(term: _Term, at: Sequence[float]) -> float:
    found = term.sign
    for x in term.above:
        found *= _number(x, at)
    for x in term.below:
        found /= _number(x, at)
    return found


def _number(x: Operand, at: Sequence[float]) -> float:
    return x.value if isinstance(x, Literal) else at[x]


def _operand(x: Any) -> Operand:
    return x.place if isinstance(x, Recorded) else Literal(float(x))
