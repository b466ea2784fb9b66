"""SymPy and LaTeX forms."""

from __future__ import annotations

import sys

import pytest
import sympy

from ldnsim import InputError, MissingExtra
from ldnsim.base.vocabulary import flatten
from ldnsim.model import State
from ldnsim.symbolic import EQUATIONS, equations, latex

from .equations.catalogue import DRUGS, SMALL
from .equations.catalogue import EQUATIONS as ALL

NOT_SHOWN = {"ldnsim.model", *(module.__name__ for module in (*SMALL, *DRUGS))}
"""The composition, the small general models, and what a further drug has of its own."""


def test_every_state_has_a_rate() -> None:
    derivatives = [found for found in equations() if isinstance(found.left, sympy.Derivative)]
    # both isomers share one set of kinetic equations, and density is written once for three receptors
    states = {term.name.split(".")[1] for term in flatten(State) if not term.name.startswith(("dextro", "density"))}
    names = {str(found.left.args[0].func) for found in derivatives}
    assert len(names) == len(states)


def test_every_equation_is_shown() -> None:
    shown = {function for functions in EQUATIONS.values() for function in functions}
    hidden = {f.__name__ for f in ALL if f not in shown and f.__module__ not in NOT_SHOWN}
    # routes are no equations, and turnover of the three receptors is one equation applied three times
    assert hidden == {
        "oral",
        "liquid",
        "sublingual",
        "extended_release",
        "intramuscular",
        "intravenous",
        "density_rates",
    }


def test_kinetic_rates_add_up_to_zero() -> None:
    rates = [found.right for found in equations("pk") if found.function == "pk_rates"]
    assert sympy.simplify(sum(rates)) == 0


def test_positive_part_prints_as_a_maximum() -> None:
    (deficit,) = (found.right for found in equations("endorphin") if found.function == "deficit")
    assert deficit.has(sympy.Max)
    assert "max" in latex("endorphin")


def test_latex_names_its_functions() -> None:
    text = latex("receptors")
    assert text.startswith("% receptors.competition\n")
    assert r"\frac" in text
    assert len(latex().splitlines()) > len(text.splitlines())


def test_unknown_module_is_named() -> None:
    with pytest.raises(InputError, match="^module: got 'heart'"):
        equations("heart")


def test_missing_sympy_is_one_line_of_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sympy", None)
    with pytest.raises(MissingExtra, match=r"ldnsim\[symbolic\]"):
        latex()
