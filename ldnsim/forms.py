"""Functional forms shared by the equations.

Plain arithmetic only, so that the same function works on floats, arrays, complex
numbers, quantities with units and symbols.
"""

from typing import Any, TypeAlias

Number: TypeAlias = Any
"""A float, an array with people or times on the last axis, a complex number, a quantity or a symbol."""

SMOOTHING = 1e-6


def hill(x: Number, x50: Number, h: Number) -> Number:
    """Sigmoid of Hill: the fraction of the largest effect at `x`.

    Parameters
    ----------
    x : Number
        Level, not negative.
    x50 : Number
        Level of half effect, in the unit of `x`.
    h : Number
        Steepness [1].

    Returns
    -------
    Number
        Fraction of the largest effect [1].
    """
    ratio = (x / x50) ** h
    return ratio / (1 + ratio)


def positive_part(x: Number) -> Number:
    """Smooth positive part of a fraction: zero at zero, within 1e-6 of ``max(0, x)``.

    A plain ``max`` does not accept symbols and loses the derivative that a complex
    step reads off; this form keeps both.

    Parameters
    ----------
    x : Number
        A fraction [1].

    Returns
    -------
    Number
        Its positive part [1].
    """
    return (x + (x * x + SMOOTHING * SMOOTHING) ** 0.5 - SMOOTHING) / 2


def cap(x: Number, limit: Number) -> Number:
    """The smaller of `x` and `limit`, smooth in the same sense as `positive_part`.

    Parameters
    ----------
    x : Number
        A fraction [1].
    limit : Number
        Its ceiling [1].

    Returns
    -------
    Number
        The capped fraction [1].
    """
    return limit - positive_part(limit - x)
