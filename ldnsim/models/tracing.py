"""Numbers that show what equations do with them: what any rate asks for, and whether rates are linear.

Trying a few states would miss what a threshold hides. Here the equations run on numbers that have no value at all, both
branches of every condition are taken, and what cannot be followed counts as asking for everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Evaluate = Callable[[Sequence[Any]], Iterable[Any]]
"""The results of some equations, from the numbers that go into them."""

_MOST_WAYS = 256
_MOST_CONDITIONS = 64


class Traced(NamedTuple):
    """What equations do with the numbers that go into them.

    Attributes
    ----------
    asked : ndarray of bool, shape (n_numbers,)
        Which of them a result, or a condition on the way to one, depends on; all of them where that cannot be followed.
    arithmetic : bool
        Whether nothing but ``+ - * / **`` is done with them, so that arrays and complex numbers can take their place.
    """

    asked: NDArray[np.bool_]
    arithmetic: bool


class _Lost(TypeError):
    """A number was asked for its value, which it does not have."""


class _Way:
    """One way through the equations, told by what each condition on it is taken to be."""

    def __init__(self, choices: Sequence[bool]) -> None:
        self.choices = list(choices)
        self.passed = 0
        self.decided = 0
        self.arithmetic = True
        self.lost = False

    def choose(self, sources: int) -> bool:
        """Which branch is taken at a condition."""
        self.arithmetic = False
        self.decided |= sources
        if self.passed == _MOST_CONDITIONS:
            self.lose()
        if self.passed == len(self.choices):
            self.choices.append(True)
        self.passed += 1
        return self.choices[self.passed - 1]

    def lose(self) -> None:
        """Say that a number went where it cannot be followed; kept, should the equations catch the error."""
        self.lost = True
        raise _Lost("a value")

    def next(self) -> list[bool] | None:
        """Choices of the next way, or None after the last one."""
        for place in reversed(range(len(self.choices))):
            if self.choices[place]:
                return [*self.choices[:place], False]
        return None


class _Number:
    """A number without a value, that knows which numbers it was computed from."""

    __slots__ = ("sources", "way")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, way: _Way, sources: int) -> None:
        self.way = way
        self.sources = sources

    def _with(self, *others: Any) -> _Number:
        sources = self.sources
        waiting = list(others)
        while waiting:
            other = waiting.pop()
            if isinstance(other, _Number):
                sources |= other.sources
            elif isinstance(other, tuple | list):
                waiting += other
            elif isinstance(other, np.ndarray):
                waiting += other.ravel().tolist()
        return _Number(self.way, sources)

    def _otherwise(self, *others: Any) -> _Number:
        self.way.arithmetic = False
        return self._with(*others)

    def _times(self, other: Any) -> Any:
        # what is switched off by a zero depends on nothing
        return 0.0 if _zero(other) else self._with(other)

    __add__ = __radd__ = __sub__ = __rsub__ = __truediv__ = __pow__ = __rpow__ = _with
    __mul__ = __rmul__ = __rtruediv__ = _times
    __neg__ = __pos__ = _with
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __abs__ = __round__ = __floor__ = __ceil__ = _otherwise
    __lt__ = __le__ = __gt__ = __ge__ = _otherwise
    __eq__ = __ne__ = _otherwise  # type: ignore[assignment]
    __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = __invert__ = _otherwise

    def __bool__(self) -> bool:
        return self.way.choose(self.sources)

    def _lose(self, *_: Any) -> Any:
        self.way.lose()

    __float__ = __int__ = __index__ = __complex__ = __len__ = __iter__ = __getitem__ = __array__ = _lose

    def __array_ufunc__(self, function: np.ufunc, method: str, *given: Any, **options: Any) -> Any:
        if method != "__call__" or options or any(isinstance(one, np.ndarray) and one.ndim for one in given):
            self.way.lose()
        if function is np.multiply and any(map(_zero, given)):
            return 0.0
        if function not in _ARITHMETIC:
            self.way.arithmetic = False
        return self._with(*given)

    def __array_function__(self, _function: Any, _types: Any, given: Any, options: Any) -> Any:
        return self._otherwise(given, list(options.values()))


_ARITHMETIC = (np.add, np.subtract, np.multiply, np.divide, np.power, np.negative, np.positive)


def _zero(thing: Any) -> bool:
    return isinstance(thing, int | float | np.number) and thing == 0


def trace(evaluate: Evaluate, count: int) -> Traced:
    """What some equations do with the numbers that go into them, whichever values these have.

    Parameters
    ----------
    evaluate : callable
        ``evaluate(numbers)`` runs the equations.
    count : int
        How many numbers go into them.

    Returns
    -------
    Traced
        What they depend on.
    """
    everything = Traced(np.ones(count, dtype=bool), arithmetic=False)
    sources, arithmetic = 0, True
    choices: list[bool] | None = []
    for _ in range(_MOST_WAYS):
        assert choices is not None
        way = _Way(choices)
        try:
            found = [*evaluate([_Number(way, 1 << place) for place in range(count)])]
        except Exception:  # the same equations tell what is wrong when they run on real numbers
            return everything
        if way.lost or not all(isinstance(one, _Number | int | float | np.number) for one in found):
            return everything
        sources |= way.decided
        for one in found:
            sources |= one.sources if isinstance(one, _Number) else 0
        arithmetic &= way.arithmetic
        choices = way.next()
        if choices is None:
            return Traced(np.array([sources >> place & 1 for place in range(count)], dtype=bool), arithmetic)
    return everything


class _Form:
    """A sum of numbers times weights; whatever is no such sum raises."""

    __slots__ = ("weights",)
    __hash__ = None  # type: ignore[assignment]
    __array_ufunc__ = None

    def __init__(self, weights: NDArray[np.float64]) -> None:
        self.weights = weights

    def __add__(self, other: Any) -> _Form:
        if isinstance(other, _Form):
            return _Form(self.weights + other.weights)
        if _zero(other) or (isinstance(other, np.ndarray) and not other.any()):
            return self
        raise TypeError("a number is added to a state")

    __radd__ = __add__

    def __neg__(self) -> _Form:
        return _Form(-self.weights)

    def __pos__(self) -> _Form:
        return self

    def __sub__(self, other: Any) -> Any:
        return self + -other

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __mul__(self, other: Any) -> _Form:
        return _Form(self.weights * _factor(other, "a state is multiplied by a state"))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> _Form:
        return _Form(self.weights / _factor(other, "a state is divided by a state"))

    def __rtruediv__(self, _other: Any) -> Any:
        raise TypeError("a number is divided by a state")

    def _value(self, *_: Any) -> Any:
        raise TypeError("a state is compared, or goes into a function")

    __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __float__ = __int__ = __index__ = __abs__ = _value
    __eq__ = __ne__ = _value
    __pow__ = __rpow__ = __mod__ = __floordiv__ = __round__ = __floor__ = __ceil__ = __array__ = _value


def _factor(thing: Any, refused: str) -> Any:
    if not isinstance(thing, int | float | np.number | np.ndarray):
        raise TypeError(refused)
    return thing


def linear_forms(evaluate: Evaluate, count: int) -> NDArray[np.float64]:
    """The matrix of equations that are linear, whichever values the numbers have.

    Parameters
    ----------
    evaluate : callable
        ``evaluate(numbers)`` runs the equations.
    count : int
        How many numbers go into them.

    Returns
    -------
    ndarray, shape (n_results, n_numbers, n)
        The matrix, one for each element where the equations hold parameters as arrays of shape (n,), else one.

    Raises
    ------
    TypeError
        Saying what is not linear; other errors of the equations are passed on.
    """
    rows = []
    for one in evaluate([_Form(unit[:, None]) for unit in np.eye(count)]):
        if not isinstance(one, _Form) and np.any(one):
            raise TypeError("a rate does not vanish where all states do")
        rows.append(one.weights if isinstance(one, _Form) else np.zeros((count, 1)))
    widest = max((row.shape[1] for row in rows), default=1)
    return np.array([np.broadcast_to(row, (count, widest)) for row in rows])
