"""SymPy and LaTeX forms."""

from __future__ import annotations

import dataclasses
import math
import re
import sys
from typing import Any

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from ldnsim import InputError, MissingExtra, models
from ldnsim.base.vocabulary import flatten
from ldnsim.model import State
from ldnsim.models.system import leaves
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
    # routes are no equations, and turnover of receptors is one equation applied to each
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


WAY: dict[str, Any] = {"CL": 2.0, "V": 20.0, "ka": 1.2}
MODELS = [
    models.one_compartment(CL=2.0, V=20.0),
    models.one_compartment(CL=lambda known: known["WT"] / 35, V=20.0, ka=1.0),
    models.three_compartment(CL=2.0, V1=20.0, Q2=1.0, V2=3.0, Q3=2.0, V3=9.0),
    models.michaelis_menten(Vmax=20.0, Km=2.0, **{**WAY, "CL": 0.5}),
    models.transit_absorption(n=3, MTT=1.0, CL=2.0, V=20.0),
    models.turnover(1, kin=1.0, kout=0.2, Imax=0.9, IC50=3.0, h=1.5, **WAY),
    models.turnover(4, kin=1.0, kout=0.2, Smax=2.0, SC50=3.0, **WAY),
    models.effect_compartment(ke0=0.5, Emax=10.0, EC50=2.0, E0=1.0, h=2.0, **WAY),
    models.nalmefene(),
]


def plain(symbol: Any) -> str:
    return re.sub(r"\\mathrm|[{}\\]", "", str(symbol))


@pytest.mark.parametrize("model", MODELS, ids=[f"{number}-{model.name}" for number, model in enumerate(MODELS)])
@settings(max_examples=5, deadline=None)
@given(st.randoms(use_true_random=False))
def test_symbols_of_a_model_give_the_numbers_that_it_gives(model: models.Model, random: Any) -> None:
    class Anybody(dict[str, float]):
        def __missing__(self, name: str) -> float:
            return 70.0

    parameters = model.fill(Anybody())
    # where signal is lost: above the baseline the smooth positive part is some 1e-7, the maximum that stands for it 0
    highest = 0.95 if model.name == "nalmefene" else 2.0
    states = {term.name: random.uniform(0.5, highest) for term in model.system.terms}
    values = states | dict(zip((term.name for term in flatten(type(parameters))), leaves(parameters), strict=True))
    clock = models.Clock(0.6, 0.8)
    known = {name.replace(".", "_"): value for name, value in values.items()} | clock._asdict()
    known |= {name.rpartition(".")[2]: value for name, value in values.items()} | {
        name: value for name, value in values.items() if "." not in name
    }
    state = model.system.pack(list(states.values()))
    rates = dict(zip(states, leaves(model.system.rates(state, parameters, clock)), strict=True))
    outputs = dict(zip(model.output_columns, leaves(model.system.outputs(state, parameters, clock)), strict=True))
    shown = {}
    for equation in equations(model=model):
        every = [plain(one) for one in equation.right.free_symbols]
        assert len(set(every)) == len(every)
        number = float(equation.right.subs({one: known[plain(one)] for one in equation.right.free_symbols}))
        name = equation.left.args[0].func.name if equation.function == "rates" else str(equation.left)
        shown[equation.function, plain(name)] = number
    by_short = {name.replace(".", "_"): rate for name, rate in rates.items()}
    by_short |= {name.rpartition(".")[2]: rate for name, rate in rates.items()}
    found_rates = {name: number for (what, name), number in shown.items() if what == "rates"}
    assert len(found_rates) == len(rates) - ("ka" in model.idle)
    # a maximum stands for the smooth positive part
    near = 2e-2 if model.name == "nalmefene" else 1e-6
    for name, number in found_rates.items():
        assert number == pytest.approx(by_short[name], rel=near, abs=1e-9)
    for name, number in outputs.items():
        assert shown["outputs", name] == pytest.approx(number, rel=near, abs=1e-9)


def test_latex_of_a_model_leaves_out_what_it_has_not() -> None:
    text = latex(model=MODELS[0])
    assert text.startswith("% one_compartment.rates\n")
    assert "depot" not in text
    assert "max" in latex(model=models.nalmefene())


def test_what_symbols_cannot_go_through_is_refused() -> None:
    one = MODELS[0]

    def rates(state: Any, p: Any, _clock: models.Clock) -> Any:
        return type(state)(type(state.gut)(0.0), type(state.drug)(-math.exp(-state.drug.central) * p.CL))

    stubborn = dataclasses.replace(one, system=dataclasses.replace(one.system, rates=rates, linear=False))
    with pytest.raises(InputError, match="^model: got 'one_compartment', expected one whose equations are plain"):
        equations(model=stubborn)
    with pytest.raises(InputError, match="^model: got"):
        equations(model="nalmefene")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="^module: got 'pk', expected to be left out"):
        latex("pk", one)
