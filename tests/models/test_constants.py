"""Micro- and macro-constants: there and back, and the curves that they are the constants of."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ldnsim import InputError, models
from ldnsim.models import from_macro_constants, from_micro_constants, macro_constants, micro_constants

from ..looking import looks
from ..reference import closed_forms as exact

FEW = settings(max_examples=30, deadline=None)
TIMES = np.array([0.25, 1.0, 3.0, 7.5, 12.0, 20.0])
NAMES = (("CL", "V"), ("CL", "V1", "Q", "V2"), ("CL", "V1", "Q2", "V2", "Q3", "V3"))
MAKE: tuple[Callable[..., models.Model], ...] = (
    models.one_compartment,
    models.two_compartment,
    models.three_compartment,
)


@st.composite
def clearances(draw: st.DrawFn) -> dict[str, float]:
    """Parameters of one, two or three compartments, those of a third exchanging more slowly, perhaps with ka."""
    names = draw(st.sampled_from(NAMES))
    found = {name: draw(st.floats(0.3, 30)) for name in names}
    if "V3" in found:
        assume(found["Q2"] / found["V2"] > 1.1 * found["Q3"] / found["V3"])
    if draw(st.booleans()):
        found["ka"] = draw(st.floats(0.1, 4))
        assume(all(abs(found["ka"] / x - 1) > 0.05 for x in exponents_of(found)))
    return found


def exponents_of(parameters: dict[str, float]) -> list[float]:
    found = macro_constants(**{name: value for name, value in parameters.items() if name != "ka"})
    return [found[name] for name in ("alpha", "beta", "gamma") if name in found]


def model_of(parameters: dict[str, float]) -> models.Model:
    return MAKE[(len(parameters) - ("ka" in parameters)) // 2 - 1](**parameters)


@FEW
@given(clearances())
def test_micro_constants_there_and_back(parameters: dict[str, float]) -> None:
    assert from_micro_constants(**micro_constants(**parameters)) == pytest.approx(parameters, rel=1e-12)


@FEW
@given(clearances())
def test_macro_constants_there_and_back(parameters: dict[str, float]) -> None:
    exponents = exponents_of(parameters)
    # where exponents meet, a curve tells two of them no better apart than rounding lets it
    assume(all(fast > 1.2 * slow for fast, slow in pairwise(exponents)))
    constants = macro_constants(**parameters)
    assume(all(abs(constants[name]) > 1e-4 for name in "ABC" if name in constants))
    assert from_macro_constants(**constants) == pytest.approx(parameters, rel=1e-5)


@FEW
@given(clearances())
def test_macro_constants_are_those_of_the_curve(parameters: dict[str, float]) -> None:
    constants = macro_constants(**parameters)
    curve = 0 * TIMES
    for coefficient, exponent in (("A", "alpha"), ("B", "beta"), ("C", "gamma")):
        if coefficient in constants:
            absorbed = np.exp(-constants["ka"] * TIMES) if "ka" in constants else 0.0
            curve += constants[coefficient] * (np.exp(-constants[exponent] * TIMES) - absorbed)
    found = looks(model_of(parameters), {"TIME": 0, "AMT": 500}, times=TIMES)["C_central"]
    np.testing.assert_allclose(found, 500 * curve, rtol=1e-7, atol=1e-9)


@FEW
@given(st.floats(0.3, 30), st.floats(2, 50), st.floats(0.3, 30), st.floats(2, 50))
def test_macro_constants_of_two_compartments_are_those_of_the_textbook(
    cl: float, v1: float, q: float, v2: float
) -> None:
    found = macro_constants(CL=cl, V1=v1, Q=q, V2=v2)
    (fast, alpha), (slow, beta) = exact.two(cl, v1, q, v2)
    assert found == pytest.approx({"A": fast / v1, "alpha": alpha, "B": slow / v1, "beta": beta}, rel=1e-8)


def test_numbers_worked_out_by_hand() -> None:
    # 10 L, of which 0.3 leave an hour, 0.2 go over and 0.1 come back: 20 L in equilibrium
    micro = {"V1": 10.0, "k10": 0.3, "k12": 0.2, "k21": 0.1, "ka": 1.5}
    known = {"CL": 3.0, "V1": 10.0, "Q": 2.0, "V2": 20.0, "ka": 1.5}
    assert from_micro_constants(**micro) == pytest.approx(known, rel=1e-12)
    # k21 = (A beta + B alpha) / (A + B) = 0.4, k10 = 1 * 0.2 / 0.4 = 0.5, k12 = 1.2 - 0.9 = 0.3
    found = from_macro_constants(A=0.15, alpha=1.0, B=0.05, beta=0.2)
    assert found == pytest.approx({"CL": 2.5, "V1": 5.0, "Q": 1.5, "V2": 3.75}, rel=1e-12)
    # area under the curve: 0.15 / 1 + 0.05 / 0.2 = 0.4, the reciprocal of the clearance
    assert found["CL"] == pytest.approx(1 / 0.4, rel=1e-12)


def test_absorption_slower_than_elimination_has_coefficients_below_zero() -> None:
    constants = macro_constants(CL=20, V=10, ka=0.5)
    assert constants["A"] < 0
    assert from_macro_constants(**constants) == pytest.approx({"CL": 20, "V": 10, "ka": 0.5}, rel=1e-12)


@pytest.mark.parametrize(
    ("function", "given", "named"),
    [
        (from_micro_constants, {}, "from_micro_constants: got 'nothing'"),
        (from_micro_constants, {"V": 1, "k10": 1, "k12": 1}, "from_micro_constants"),
        (from_micro_constants, {"V1": 1, "k10": 1, "k12": 1, "k21": 0}, "k21: got 0"),
        (from_micro_constants, {"V": -1, "k10": 1}, "V: got -1"),
        (micro_constants, {"CL": 1, "V": 1, "Q": 1, "V2": 1}, "micro_constants"),
        (micro_constants, {"CL": 1, "V": "big"}, "V: got 'big'"),
        (macro_constants, {"CL": 1, "V": 10, "ka": 0.1}, "ka: got 0.1"),
        (from_macro_constants, {"A": 1, "alpha": 1, "B": 1}, "from_macro_constants"),
        (from_macro_constants, {"A": 1, "alpha": 1, "B": 1, "beta": 1}, "from_macro_constants: got 1"),
        (from_macro_constants, {"A": 1, "alpha": 1, "ka": 1}, "from_macro_constants: got 1"),
        (from_macro_constants, {"A": -1, "alpha": 1}, "from_macro_constants: got '-1'"),
        (from_macro_constants, {"A": 1, "alpha": 2, "B": -0.1, "beta": 1}, "from_macro_constants"),
    ],
)
def test_constants_that_cannot_be_are_named(function: Callable[..., Any], given: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=f"^{named}"):
        function(**given)
