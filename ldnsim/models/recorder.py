"""Numbers without a value that write down what equations do with them: one recording, on which others stand.

What asks whether rates depend on a state, engines for many, explanations and files for other tools all read such a
recording. Conditions are followed both ways and become a choice between two numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, NoReturn, TypeAlias

import numpy as np

LARGEST_POWER = 12
"""Whole exponents up to this one are products."""

_MOST_WAYS = 256
_MOST_CONDITIONS = 64

Evaluate: TypeAlias = Callable[[Sequence[Any]], Iterable[Any]]
"""The results of some equations, from the numbers that go into them."""


@dataclass(frozen=True)
class Literal:
    """A number in the equations; not a float, because 1.0 would be taken for the place 1."""

    value: float


Operand: TypeAlias = int | Literal
"""A place, or a number."""


class Operation(NamedTuple):
    """One operation, whose result has the next place."""

    function: Callable[..., Any]
    arguments: tuple[Operand, ...]


ARITHMETIC = (np.add, np.subtract, np.multiply, np.divide, np.power, np.negative)


class Lost(TypeError):
    """A number went where it cannot be followed."""


class Recorded(np.lib.mixins.NDArrayOperatorsMixin):
    """A number that writes down what is done with it."""

    __slots__ = ("place", "tape")

    def __init__(self, tape: Tape, place: int) -> None:
        self.tape = tape
        self.place = place

    def __array_ufunc__(self, function: np.ufunc, method: str, *numbers: Any, **options: Any) -> Any:
        if method != "__call__" or options or any(isinstance(x, np.ndarray) and x.ndim for x in numbers):
            self.tape.lose()
        return self.tape.ask(function, *numbers)

    def __array_function__(self, function: Any, _types: Any, given: Sequence[Any], options: Mapping[str, Any]) -> Any:
        spread = [*_spread(given), *_spread([*options.values()])]
        # what is called with arrays or by names is told from every other call, because its arguments do not say how
        plain = not options and len(spread) == len(given)
        return self.tape.ask(function if plain else partial(function), *spread)

    def __bool__(self) -> bool:
        return self.tape.decide(self.place)

    def __floor__(self) -> Any:
        return self.tape.ask(np.floor, self)

    def __ceil__(self) -> Any:
        return self.tape.ask(np.ceil, self)

    def __round__(self, *digits: Any) -> Any:
        return self.tape.ask(np.round, self, *digits)

    def _lose(self, *_: Any) -> NoReturn:
        self.tape.lose()

    __float__ = __int__ = __index__ = __complex__ = __len__ = __iter__ = __getitem__ = __array__ = _lose
    __hash__ = __str__ = __format__ = _lose  # what looks it up or reads it as a text decides by its value


class Tape:
    """Where recorded numbers write: places of what is given come first, then one for each operation.

    Parameters
    ----------
    given : int
        How many numbers are given.
    everything : bool
        Whether functions and conditions are recorded too; otherwise anything but arithmetic is refused with a
        TypeError.
    as_written : bool
        Whether powers stay what they are; otherwise small whole ones become products and that of a half a root, which
        can differ in the last bit.

    Attributes
    ----------
    arithmetic : bool
        Whether nothing but ``+ - * / **`` was done so far.
    lost : bool
        Whether a number went where it cannot be followed, also if the equations caught the error of it.
    """

    def __init__(self, given: int, *, everything: bool = False, as_written: bool = False) -> None:
        self.given = given
        self.operations: list[Operation] = []
        self.arithmetic = True
        self._everything, self._as_written = everything, as_written
        self._known: dict[Operation, int] = {}
        self._decided: dict[int, bool] | None = None
        self._choices: Sequence[bool] = ()
        self.lost = False

    def numbers(self) -> list[Recorded]:
        """What is given."""
        return [Recorded(self, place) for place in range(self.given)]

    def ask(self, function: Callable[..., Any], *numbers: Any) -> Any:
        """What some function gives, where it may be asked for."""
        if function not in ARITHMETIC:
            self.arithmetic = False
            if not self._everything:
                self.lose()
        return self.note(function, *numbers)

    def note(self, function: Callable[..., Any], *numbers: Any) -> Any:
        """Write an operation down, unless it is known already or changes nothing."""
        arguments = tuple(map(operand, numbers))
        power = arguments[-1]
        of_a_number = function is np.power and isinstance(arguments[0], int) and not self._as_written
        if of_a_number and isinstance(power, Literal):
            if power.value == 0.5:
                return self.note(np.sqrt, numbers[0])
            if power.value in range(1, LARGEST_POWER + 1):
                product = numbers[0]
                for _ in range(int(power.value) - 1):
                    product = product * numbers[0]
                return product
        if function is np.subtract and arguments[0] == Literal(0.0):
            return self.note(np.negative, numbers[1])
        short = _shortened(function, arguments)
        if short is not None:
            return self.number(short)
        operation = Operation(function, arguments)
        if operation not in self._known:
            self._known[operation] = self.given + len(self.operations)
            self.operations.append(operation)
        return Recorded(self, self._known[operation])

    def number(self, of: Operand) -> Any:
        """What stands at a place as equations take it, or a number as it is."""
        return of.value if isinstance(of, Literal) else Recorded(self, of)

    def lose(self) -> NoReturn:
        """Say that a number went where it cannot be followed; kept, should the equations catch the error."""
        self.lost = True
        raise Lost("a number is asked for its value, or goes where it cannot be followed")

    def decide(self, condition: int) -> bool:
        """Which branch is taken at a condition."""
        self.arithmetic = False
        if self._decided is None or len(self._decided) == _MOST_CONDITIONS:
            self.lose()
        number = len(self._decided)
        taken = self._choices[number] if number < len(self._choices) else True
        return self._decided.setdefault(condition, taken)

    def follow(self, evaluate: Evaluate) -> list[Way]:
        """Every way through some equations.

        Parameters
        ----------
        evaluate : callable
            ``evaluate(numbers)`` runs them on what is given.

        Returns
        -------
        list of Way
            One, where there is no condition.

        Raises
        ------
        Lost
            If a number cannot be followed, or there are too many ways; other errors of the equations are passed on.
        """
        found: list[Way] = []
        choices: list[bool] | None = []
        while choices is not None:
            if len(found) == _MOST_WAYS:
                self.lose()
            decided: dict[int, bool] = {}
            self._decided, self._choices, self.lost = decided, choices, False
            try:
                results = tuple(map(operand, evaluate(self.numbers())))
            finally:
                self._decided = None
            if self.lost:
                self.lose()
            found.append(Way(decided, results))
            taken = [*decided.values()]
            last = max((place for place, choice in enumerate(taken) if choice), default=None)
            choices = None if last is None else [*taken[:last], False]
        return found

    def record(self, evaluate: Evaluate) -> tuple[Operand, ...]:
        """The results of some equations, with a choice where conditions lead to different ones; as `follow`."""
        return self._joined(self.follow(evaluate), 0)

    def _joined(self, ways: Sequence[Way], depth: int) -> tuple[Operand, ...]:
        if len(ways) == 1:
            return ways[0].results
        # they went together so far, so that the next condition is the same for all
        condition = [*ways[0].decided][depth]
        yes, no = ([way for way in ways if way.decided[condition] is answer] for answer in (True, False))
        pairs = zip(self._joined(yes, depth + 1), self._joined(no, depth + 1), strict=True)
        return tuple(a if a == b else self._chosen(condition, a, b) for a, b in pairs)

    def _chosen(self, condition: int, yes: Operand, no: Operand) -> Operand:
        return operand(self.note(np.where, *map(self.number, (condition, yes, no))))

    def needed(self, wanted: Iterable[Operand], *, always: bool = False) -> set[int]:
        """Places that some results depend on, their own among them; or those that they need whatever is chosen."""
        needed: set[int] = set()
        waiting = list(wanted)
        while waiting:
            place = waiting.pop()
            if isinstance(place, int) and place not in needed:
                needed.add(place)
                choice = always and place >= self.given and self.operations[place - self.given].function is np.where
                waiting += self.arguments(place)[:1] if choice else self.arguments(place)
        return needed

    def arguments(self, place: int) -> tuple[Operand, ...]:
        """What the operation at a place is done with; nothing for what is given."""
        return self.operations[place - self.given].arguments if place >= self.given else ()


class Way(NamedTuple):
    """One way through equations.

    Attributes
    ----------
    decided : dict of int to bool
        Places of the conditions on it, and what they are taken to be.
    results : tuple of int or Literal
        Where it leads.
    """

    decided: dict[int, bool]
    results: tuple[Operand, ...]


def _spread(given: Iterable[Any]) -> list[Any]:
    """Numbers of what a function is called with, also where they stand in lists and arrays."""
    found: list[Any] = []
    for one in given:
        inside = one.ravel().tolist() if isinstance(one, np.ndarray) else one
        found += _spread(inside) if isinstance(inside, list | tuple) else [one]
    return found


def operand(number: Any) -> Operand:
    """Where a recorded number stands, or the number that it is."""
    if isinstance(number, Recorded):
        return number.place
    if isinstance(number, complex):
        # a parameter of a derivative by complex step: what is done with it is looked at, and never written
        return Literal(number)  # type: ignore[arg-type]
    return Literal(float(number))


def _shortened(function: Callable[..., Any], arguments: tuple[Operand, ...]) -> Operand | None:
    """The result of an operation with a literal 0 or 1 that needs no computing."""
    if len(arguments) != 2:
        return None
    left, right = arguments
    zero_left, zero_right, one_left, one_right = (side == Literal(value) for value in (0.0, 1.0) for side in arguments)
    if (zero_left and function in (np.multiply, np.divide)) or (zero_right and function is np.multiply):
        return Literal(0.0)
    if (zero_left and function is np.add) or (one_left and function is np.multiply):
        return right
    if (zero_right and function in (np.add, np.subtract)) or (one_right and function in (np.multiply, np.divide)):
        return left
    return None
