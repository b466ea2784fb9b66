"""Ranges: one statement of each rule, for one person and for many."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ldnsim import InputError, ParameterSet, resolve
from ldnsim.ledger.parameters import GROUPS, naltrexone_rules, parameter_terms
from ldnsim.ledger.ranges import FRACTIONS, LIMITS, POSITIVE, faults, settle

from ..equations.catalogue import MODULES

SET = resolve()
TYPICAL = SET.values_by_name()
RULES = naltrexone_rules()
numbers = st.one_of(
    st.sampled_from([0.0, -0.0, -1.0, 1.0, 0.96, 17.0, 79.8, np.inf, -np.inf, np.nan, 1e308]), st.floats(-2, 200)
)


def accepted(values: dict[str, float]) -> bool:
    try:
        ParameterSet({name: SET[name]._replace(value=value) for name, value in values.items()})
    except InputError:
        return False
    return True


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(list(TYPICAL)), st.tuples(numbers, numbers, numbers), min_size=1, max_size=3))
def test_many_are_refused_exactly_where_one_is(changes: dict[str, tuple[float, float, float]]) -> None:
    many = {**TYPICAL, **{name: np.array(three) for name, three in changes.items()}}
    broken = np.zeros(3, dtype=bool)
    with np.errstate(invalid="ignore", over="ignore"):
        for _, _, where in faults(many, RULES):
            broken |= where
    one_by_one = [accepted({**TYPICAL, **{name: three[k] for name, three in changes.items()}}) for k in range(3)]
    assert one_by_one == (~broken).tolist()


def test_rules_are_about_parameters() -> None:
    assert parameter_terms().keys() >= FRACTIONS
    assert parameter_terms().keys() >= POSITIVE
    assert {limit.name for limit in LIMITS} <= parameter_terms().keys()


def turns_over(node: ast.expr) -> bool:
    """Whether something is a drive less a state, which a rate constant before it brings back to balance."""
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and ast.unparse(node.right).startswith("x.")


def uses() -> dict[str, set[str]]:
    """Parameters that equations divide by or raise to, and those that they take from 1, by what is asked of these."""
    found: dict[str, set[str]] = {"positive": set(), "fraction": set()}
    for module in MODULES:
        for function in ast.walk(ast.parse(Path(str(module.__file__)).read_text())):
            if not isinstance(function, ast.FunctionDef):
                continue
            kinds = {one.arg: ast.unparse(one.annotation) for one in function.args.args if one.annotation}

            def named(node: ast.expr, kinds: dict[str, str] = kinds) -> set[str]:
                """A field of an argument, such as ``p.cl`` or ``p.pk.cl``, by the name of the parameter."""
                if not isinstance(node, ast.Attribute):
                    return set()
                above = node.value
                if isinstance(above, ast.Name):
                    groups = {group for group, kind in GROUPS.items() if kind.__name__ == kinds.get(above.id)}
                else:
                    groups = {above.attr} if isinstance(above, ast.Attribute) else set()
                return {f"{group}.{node.attr}" for group in groups} & parameter_terms().keys()

            for node in ast.walk(function):
                if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
                    found["positive"] |= named(node.right)
                if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
                    found["positive"] |= named(node.right)
                if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and turns_over(node.right):
                    found["positive"] |= named(node.left)
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "hill":
                    found["positive"] |= named(node.args[1]) | named(node.args[2])
                if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and ast.unparse(node.left) == "1":
                    found["fraction"] |= named(node.right)
    return found


def test_what_equations_divide_by_and_take_from_one_has_its_range() -> None:
    found, limited = uses(), {limit.name for limit in LIMITS}
    assert {"pk.vc", "tlr4.ic50", "tlr4.h"} <= found["positive"]
    assert {"tlr4.w_tnf", "pk.fa"} <= found["fraction"]
    assert found["positive"] - POSITIVE == set(), "POSITIVE of ledger/ranges.py lacks what equations divide by"
    assert found["fraction"] - FRACTIONS - limited == set(), "FRACTIONS of ledger/ranges.py lacks what is taken from 1"


def test_a_limit_may_be_reached_where_nothing_divides_by_what_is_left() -> None:
    assert accepted({**TYPICAL, "pk.f": TYPICAL["pk.fa"]})
    assert accepted({**TYPICAL, "pk.clrm": TYPICAL["pk.clm"]})
    assert not accepted({**TYPICAL, "endorphin.growth_tonic": 1.0})


@pytest.mark.parametrize("rate", [0.05, 0.3, 1.12])
def test_the_largest_amplitude_is_where_production_stops_at_night(rate: float) -> None:
    # a level 1 + a cos(w t) that is lost at a rate k needs a production of k (1 + a cos(w t)) - a w sin(w t)
    (limit,) = (limit for limit in LIMITS if limit.name == "endorphin.amplitude")
    largest = limit.of({"endorphin.kout_bend": rate})
    angle = np.linspace(0, 2 * np.pi, 100_001)
    production = rate * (1 + largest * np.cos(angle)) - largest * 2 * np.pi / 24 * np.sin(angle)
    assert production.min() == pytest.approx(0, abs=1e-8)


def test_the_reference_is_within_every_range() -> None:
    for bundle in ("popular", "measured"):
        assert not any(broken for _, _, broken in faults(resolve(bundle).values_by_name(), RULES))


def test_what_is_out_of_range_is_drawn_again_for_those_people_alone() -> None:
    asked: list[tuple[int, list[int]]] = []

    def draw(attempt: int, where: np.ndarray) -> dict[str, np.ndarray]:
        asked.append((attempt, where.tolist()))
        # person k has a fraction above 1 until attempt k
        return {"pk.fm": np.where(attempt < where, 1.5, 0.1 * attempt + 0.2), "pk.cl": 100.0 + attempt + 0.0 * where}

    found = settle(TYPICAL, 4, draw, RULES)
    assert asked == [(0, [0, 1, 2, 3]), (1, [1, 2, 3]), (2, [2, 3]), (3, [3])]
    assert found.values["pk.fm"] == pytest.approx([0.2, 0.3, 0.4, 0.5])
    assert found.values["pk.cl"].tolist() == [100, 101, 102, 103]
    assert found.redrawn.tolist() == [0, 1, 2, 3]
    assert found.problem == {}


def test_who_is_never_in_range_is_named_with_the_reason() -> None:
    found = settle(TYPICAL, 3, lambda _, where: {"pk.f": np.where(where == 1, 0.97, 0.1)}, RULES)
    assert found.redrawn.tolist() == [0, 100, 0]
    assert found.problem == {1: "pk.f is 0.97, expected at most pk.fa = 0.96"}


def test_without_anything_drawn_nothing_is_drawn_again() -> None:
    found = settle({**TYPICAL, "pk.clm": np.array([30.0, 10.0])}, 2, lambda *_: {}, RULES)
    assert found.redrawn.tolist() == [0, 0]
    assert found.problem == {1: "pk.clrm is 17, expected at most pk.clm"}
