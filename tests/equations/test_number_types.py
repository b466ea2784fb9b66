"""Rule 5: every equation runs on floats, batches, complex numbers and symbols, with the same result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy

from .catalogue import EQUATIONS, FORMS, arguments, leaves, name

ALL = [*EQUATIONS, *FORMS]


def numbers(seed: int) -> Callable[[str], float]:
    generator = np.random.default_rng(seed)
    return lambda _: float(generator.uniform(0.2, 0.9))


@pytest.mark.parametrize("equation", ALL, ids=name)
def test_batch_gives_each_person_what_floats_give(equation: Callable[..., Any]) -> None:
    people = [arguments(equation, numbers(seed)) for seed in range(5)]
    alone = np.array([leaves(equation(*person)) for person in people], dtype=float).T
    stacked = iter(np.array([leaves(tuple(person)) for person in people], dtype=float).T)
    batch = arguments(equation, lambda _: next(stacked))
    together = np.array([np.broadcast_to(leaf, 5) for leaf in leaves(equation(*batch))], dtype=float)
    np.testing.assert_allclose(together, alone, rtol=1e-13)


@pytest.mark.parametrize("equation", ALL, ids=name)
def test_complex_step_gives_the_derivative_that_differences_give(equation: Callable[..., Any]) -> None:
    base = leaves(tuple(arguments(equation, numbers(7))))

    def at(values: list[Any]) -> np.ndarray[Any, Any]:
        source = iter(values)
        return np.array(leaves(equation(*arguments(equation, lambda _: next(source)))), dtype=complex)

    for position in range(len(base)):
        nudged = list(base)
        nudged[position] = base[position] + 1e-30j
        exact = at(nudged).imag / 1e-30
        step = 1e-6
        up, down = list(base), list(base)
        up[position] += step
        down[position] -= step
        differences = (at(up) - at(down)).real / (2 * step)
        np.testing.assert_allclose(exact, differences, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("equation", ALL, ids=name)
def test_symbols_evaluate_to_what_floats_give(equation: Callable[..., Any]) -> None:
    made: list[Any] = []

    def symbol(_: str) -> Any:
        made.append(sympy.Symbol(f"x{len(made)}", positive=True))
        return made[-1]

    expressions = leaves(equation(*arguments(equation, symbol)))
    values = leaves(tuple(arguments(equation, numbers(3))))
    plain = leaves(equation(*arguments(equation, numbers(3))))
    numeric = sympy.lambdify(made, expressions, "math")(*values)
    np.testing.assert_allclose(np.array(numeric, dtype=float), np.array(plain, dtype=float), rtol=1e-12)
