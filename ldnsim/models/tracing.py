"""Numbers that show what equations do with them: what any rate asks for, and whether rates are linear.

Trying a few states would miss what a threshold hides. Here the equations run on numbers that have no value at all, both
branches of every condition are taken, and what cannot be followed counts as asking for everything.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .recorder import Evaluate, Tape


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
    tape = Tape(count, everything=True)
    try:
        ways = tape.follow(evaluate)
    except Exception:  # the same equations tell what is wrong when they run on real numbers
        return Traced(np.ones(count, dtype=bool), arithmetic=False)
    needed = tape.needed(one for way in ways for one in (*way.decided, *way.results))
    return Traced(np.isin(np.arange(count), [*needed]), tape.arithmetic)


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
