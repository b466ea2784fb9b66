"""The equations of a model as they are written: what is computed from what, by name, and which terms make a rate."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import reduce
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..base.errors import InputError
from ..base.rewriting import wrapped
from ..base.vocabulary import filled, flatten
from ..endorphin import Clock
from .recorder import Literal, Operand, Recorded, Tape, operand
from .system import leaves

if TYPE_CHECKING:
    from .dosable import Model

_EXTREMES = {min: np.minimum, max: np.maximum}


class Term(NamedTuple):
    """A product with a sign: what stands above and below the line of its fraction."""

    sign: float
    above: tuple[Operand, ...]
    below: tuple[Operand, ...]


class Written:
    """The equations of a model, run once on numbers that write down what is done with them.

    Parameters
    ----------
    model : Model
        The model.
    declared : type
        The ``NamedTuple`` of the parameters that its equations take.
    fixed : mapping of str to float, optional
        Parameters that are taken as these numbers, so that what a 0 switches off is not there.

    Attributes
    ----------
    tape : Tape
        What is done; its given numbers are the parameters, the states and the two of the clock.
    parameters, states : dict of str to int
        Their places by name.
    clock : tuple of int
        Places of the daily rhythm and its rate [1/h].
    rates : dict of str to int or Literal
        Rate of each state.
    shown : dict of str to int or Literal
        States, outputs and assays by every name that the model has for them.
    calls : dict of int to (str, tuple)
        Which function gave the number at a place, and from which plain numbers.
    left_out : tuple of str
        Assays that cannot be followed.

    Raises
    ------
    InputError
        If a number goes where it cannot be followed, such as into a table or a function of SciPy.
    """

    def __init__(self, model: Model, declared: type[Any], fixed: Mapping[str, float] | None = None) -> None:
        system, fixed = model.system, fixed or {}
        names = [term.name for term in flatten(declared)]
        count, size = len(names), len(system.names)
        self.model = model
        self.tape = Tape(count + size + 2, everything=True)
        self.parameters = {name: place for place, name in enumerate(names) if name not in fixed}
        self.states = {name: place for place, name in enumerate(system.names, count)}
        self.clock = (count + size, count + size + 1)
        self.calls: dict[int, tuple[str, tuple[Operand, ...]]] = {}
        self.left_out: tuple[str, ...] = ()
        known: dict[Any, Any] = {}
        rates, outputs = (wrapped(one, self._noted, known) for one in (system.rates, system.outputs))

        def arguments(numbers: list[Any]) -> tuple[Any, Any, Clock]:
            given = [fixed.get(name, number) for name, number in zip(names, numbers, strict=False)]
            return system.pack(numbers[count:-2]), filled(declared, given), Clock(*numbers[-2:])

        try:
            found = self.tape.record(lambda numbers: leaves(outputs(*arguments(list(numbers)))))
            rated = self.tape.record(lambda numbers: system.flat(rates(*arguments(list(numbers)))))
        except InputError:
            raise
        except Exception as error:
            expected = "one whose equations are arithmetic, conditions and functions such as exp, which can be written"
            raise InputError("model", f"{model.name} ({error})", expected) from error
        self.rates = dict(zip(system.names, rated, strict=True))
        state, p, _ = arguments(self.tape.numbers())
        self.shown = self._shown(leaves(state), [self.tape.number(one) for one in found], p)
        self.terms = Terms(self.tape)

    def _shown(self, *seen: Any) -> dict[str, Operand]:
        """What the model shows of states, outputs and parameters; assays that cannot be followed are left out."""
        kept: dict[str, Any] = {}
        for name, assay in self.model.assays.items():
            try:
                replace(self.model, assays={**kept, name: assay}, predicted={}).named(*seen)
            except (InputError, TypeError):
                self.left_out += (name,)
            else:
                kept[name] = assay
        every = replace(self.model, assays=kept, predicted={}).named(*seen)
        return {name: operand(value) for name, value in every.items()}

    def _noted(self, name: str, called: Any) -> Any:
        """What stands for something that equations call: the same, but what it gives is known."""
        if isinstance(called, FunctionType):

            def call(*arguments: Any, **named: Any) -> Any:
                found = called(*arguments, **named)
                if isinstance(found, Recorded):
                    plain = (x for x in arguments if isinstance(x, Recorded | int | float))
                    self.calls.setdefault(found.place, (name, tuple(map(operand, plain))))
                return found

            return call
        if called is math:
            return _Math(math)
        if isinstance(called, BuiltinFunctionType) and (called.__module__ == "math" or called in _EXTREMES):
            return _followed(called)
        return called


class _Math:
    """The module `math` for recorded numbers too."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._module, name)
        return _followed(found) if callable(found) else found


def _followed(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of plain numbers that recorded numbers can go into."""
    name = {"fabs": "absolute", "pow": "power"}.get(function.__name__, function.__name__)
    wide = getattr(np, name, function)

    def call(*numbers: Any, **named: Any) -> Any:
        if named or not any(isinstance(one, Recorded) for one in numbers):
            return function(*numbers, **named)
        if function in _EXTREMES:
            return reduce(_EXTREMES[function], numbers)
        if function is math.log and len(numbers) > 1:
            return np.log(numbers[0]) / np.log(numbers[1])
        return wide(*numbers)

    return call


class Terms:
    """Sums and products as equations write them.

    Parameters
    ----------
    tape : Tape
        The recorded equations.
    opaque : callable, optional
        Says of a place whether it has a name of its own and is not looked into.
    """

    def __init__(self, tape: Tape, opaque: Callable[[int], bool] = lambda _place: False) -> None:
        self._tape, self._opaque = tape, opaque

    def operation(self, place: Operand, *, top: bool) -> tuple[Any, tuple[Operand, ...]]:
        """What something is made of; nothing where it has a name of its own, unless it is what is asked for."""
        if isinstance(place, Literal) or place < self._tape.given or (not top and self._opaque(place)):
            return None, ()
        return self._tape.operations[place - self._tape.given]

    def fraction(self, place: Operand, *, top: bool = False) -> Term:
        """Something as a fraction of products."""
        function, arguments = self.operation(place, top=top)
        if function is np.negative:
            inner = self.fraction(arguments[0])
            return inner._replace(sign=-inner.sign)
        if function not in (np.multiply, np.divide):
            return Term(1.0, (place,), ())
        left, right = (self.fraction(x) for x in arguments)
        above, below = (right.above, right.below) if function is np.multiply else (right.below, right.above)
        return Term(left.sign * right.sign, left.above + above, left.below + below)

    def sum(self, place: Operand, splits: Callable[[Operand], Any], *, top: bool = False) -> list[Term]:
        """Something as a sum; one product around one sum is written term by term where `splits` says so of that sum."""
        found = list(self._summed(place, 1.0, top))
        if len(found) > 1:
            return found
        (only,) = found
        additive = (np.add, np.subtract)
        sums = [k for k, x in enumerate(only.above) if self.operation(x, top=False)[0] in additive and splits(x)]
        if len(sums) != 1:
            return found
        (k,) = sums
        rest = only.above[:k] + only.above[k + 1 :]
        return [
            Term(one.sign * only.sign, one.above + rest, one.below + only.below)
            for one in self._summed(only.above[k], 1.0, False)
        ]

    def _summed(self, place: Operand, sign: float, top: bool) -> Iterator[Term]:
        function, arguments = self.operation(place, top=top)
        if function in (np.add, np.subtract):
            yield from self._summed(arguments[0], sign, False)
            yield from self._summed(arguments[1], sign if function is np.add else -sign, False)
        else:
            one = self.fraction(place, top=top)
            yield one._replace(sign=one.sign * sign)
