"""Equations in symbols: none is missing, none has a name of the code, and each comes to what the code computes."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Callable
from inspect import isfunction
from typing import Any, NamedTuple

import numpy as np
import pytest

from ldnsim import InputError, models
from ldnsim.base.vocabulary import filled, flatten, hints, is_declaration
from ldnsim.ledger.parameters import parameter_terms
from ldnsim.model import Outputs, State
from ldnsim.models.system import leaves
from ldnsim.symbolic import EQUATIONS, Equation, equations, latex, nomenclature
from ldnsim.symbolic.by_function import of_function
from ldnsim.symbolic.catalogue import arguments

from ..equations.catalogue import DRUGS, SMALL
from ..equations.catalogue import EQUATIONS as ALL
from ..latex_numbers import LatexNumbers

NOT_SHOWN = {"ldnsim.model", *(module.__name__ for module in (*SMALL, *DRUGS))}
"""The composition, the small general models, and what a further drug has of its own."""

WAY: dict[str, Any] = {"CL": 2.0, "V": 20.0, "ka": 1.2}
DOWN, UP = {"Imax": 0.9, "IC50": 3.0}, {"Smax": 2.0, "SC50": 3.0}
MODELS = [
    models.one_compartment(CL=2.0, V=20.0),
    models.one_compartment(CL=lambda known: known["WT"] / 35, V=20.0, ka=1.0),
    models.two_compartment(CL=2.0, V1=20.0, Q=1.0, V2=3.0),
    models.three_compartment(CL=2.0, V1=20.0, Q2=1.0, V2=3.0, Q3=2.0, V3=9.0, ka=1.0),
    models.michaelis_menten(Vmax=20.0, Km=2.0, **{**WAY, "CL": 0.5}),
    models.transit_absorption(n=3, MTT=1.0, CL=2.0, V=20.0),
    models.parallel_depots(share=0.4, ka1=1.0, ka2=0.2, CL=2.0, V=20.0),
    models.zero_order_absorption(D=2.0, CL=2.0, V=20.0),
    models.parent_metabolite(CLm=1.0, Vm=9.0, fm=0.4, **WAY),
    models.two_compartment_metabolite(CL=2.0, V1=20.0, Q=1.0, V2=3.0, CLm=1.0, Vm=9.0, ka=1.0),
    models.effect_compartment(ke0=0.5, Emax=10.0, EC50=2.0, E0=1.0, h=2.0, **WAY),
    *(models.turnover(kind, kin=1.0, kout=0.2, h=1.5, **DOWN, **WAY) for kind in (1, 2)),
    *(models.turnover(kind, kin=1.0, kout=0.2, **UP, **WAY) for kind in (3, 4)),
    *(models.tolerance_turnover(kind, kin=1.0, kout=0.2, ktol=0.1, **how, **WAY) for kind, how in ((1, DOWN), (4, UP))),
    *(models.precursor_turnover(k0=1.0, kp=0.2, kout=0.1, ks=0.05, **how, **WAY) for how in (DOWN, UP)),
    models.binding(kon=0.5, koff=0.2, competitor=0.7, **WAY),
    models.ligand_depletion(kon=0.5, koff=0.2, Rtot=3.0, **WAY),
    models.irreversible_block(kinact=0.5, KI=2.0, kdeg=0.1, **WAY),
    models.operational_model(A=2.0, KA=1.0, tau=3.0, KB=2.0, n=1.3, **WAY),
    models.schild(A=2.0, EC50=1.0, KB=2.0, slope=1.1, **WAY),
    *(drug() for drug in models.DRUGS.values()),
]
NAMES = [f"{number}-{model.name}" for number, model in enumerate(MODELS)]
FUNCTIONS = [(module, function) for module, functions in EQUATIONS.items() for function in functions]


class Anybody(dict[str, float]):
    def __missing__(self, name: str) -> float:
        return 70.0


def lefts(found: list[Equation]) -> list[str]:
    return [re.sub(r"^\\frac{\\mathrm{d} (.*)}{\\mathrm{d} t}$", r"\1", one.left) for one in found]


def test_every_equation_is_shown() -> None:
    shown = {function for functions in EQUATIONS.values() for function in functions}
    hidden = {f.__name__ for f in ALL if f not in shown and f.__module__ not in NOT_SHOWN}
    # routes are no equations, and turnover of receptors is one equation applied to each
    routes = {"oral", "liquid", "sublingual", "extended_release", "intramuscular", "intravenous"}
    assert hidden == {*routes, "density_rates"}
    assert {(one.module, one.function) for one in equations()} == {(module, f.__name__) for module, f in FUNCTIONS}


def test_every_model_of_the_library_is_looked_at() -> None:
    makers = {name for name in models.__all__ if isfunction(getattr(models, name))}
    assert {model.name for model in MODELS} == {name for name in makers if "constants" not in name}


def test_every_state_has_a_rate() -> None:
    rates = [one for one in equations() if one.left.startswith(r"\frac{\mathrm{d}")]
    # both isomers share one set of kinetic equations, and density is written once for three receptors
    states = [term.name for term in flatten(State) if not term.name.startswith(("dextro", "density"))]
    assert len(set(lefts(rates)) - {"B"}) == len(states) + 1


@pytest.mark.parametrize(("module", "function"), FUNCTIONS, ids=[f.__name__ for _, f in FUNCTIONS])
def test_an_equation_comes_to_what_its_function_computes(module: str, function: Callable[..., Any]) -> None:
    random = np.random.default_rng(7)
    given = arguments(function)
    # below the baseline, where the smooth positive part and the maximum that stands for it are the same to 1e-5
    values = [[float(x) for x in random.uniform(0.2, 0.9, len(terms))] for _, terms in given]
    parts = [one[0] if kind is None else filled(kind, one) for (kind, _), one in zip(given, values, strict=True)]
    found, symbols = of_function(module, function)
    words = {line.name: line.symbol for line in symbols}
    short = {name.removeprefix(f"{function.__name__}."): name for _, terms in given for name in (t.name for t in terms)}
    flat = dict(zip((t.name for _, terms in given for t in terms), (x for one in values for x in one), strict=True))
    numbers = LatexNumbers({words[name]: flat[full] for name, full in short.items() if name in words})
    results = leaves(function(*parts))
    for one in found[: len(found) - len(results)]:
        value = numbers(one.right)
        numbers = LatexNumbers({**numbers.known, one.left: value})
    for one, expected in zip(found[len(found) - len(results) :], results, strict=True):
        assert numbers(one.right) == pytest.approx(expected, rel=2e-5, abs=1e-12), one.right


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_equations_of_a_model_come_to_the_numbers_that_it_gives(model: models.Model) -> None:
    random = np.random.default_rng(3)
    p, system = model.fill(Anybody()), model.system
    state = [float(x) for x in random.uniform(0.2, 0.9, len(system.names))]
    clock = models.Clock(0.6, 0.8)
    rates = dict(zip(system.names, leaves(system.rates(system.pack(state), p, clock)), strict=True))
    outputs = leaves(system.outputs(system.pack(state), p, clock))
    lines = nomenclature(model=model)
    flat = dict(zip((term.name for term in flatten(type(p))), leaves(p), strict=True))
    values = flat | dict(zip(system.names, state, strict=True)) | {f"clock.{k}": v for k, v in clock._asdict().items()}
    numbers = LatexNumbers({line.symbol: values[line.name] for line in lines if line.name in values})
    found = equations(model=model)
    waiting = [one for one in found if one.function != "rates"]
    shown: dict[str, float] = {}
    # outputs and quantities stand for each other, in whatever order
    for one in waiting * len(waiting):
        with contextlib.suppress(AssertionError):
            shown[one.left] = shown.get(one.left) or numbers(one.right)
            numbers = LatexNumbers({**numbers.known, one.left: shown[one.left]})
    by_symbol = {line.symbol: rates[line.name] for line in lines if line.name in rates}
    for one, expected in zip((one for one in found if one.function == "outputs"), outputs, strict=True):
        assert shown[one.left] == pytest.approx(expected, rel=2e-5, abs=1e-12), one
    rated = [one for one in found if one.function == "rates"]
    assert len(rated) == len(rates) - ("ka" in model.idle)
    for one, left in zip(rated, lefts(rated), strict=True):
        assert numbers(one.right) == pytest.approx(by_symbol[left], rel=2e-5, abs=1e-12), one


def code_names() -> set[str]:
    """What the code calls things, where that is no word that a formula might have too."""
    names = {term.name for term in (*flatten(State), *flatten(Outputs), *parameter_terms().values())}
    for model in MODELS:
        names |= {*model.system.names, *model.output_columns, *(t.name for t in flatten(type(model.fill(Anybody()))))}
        names |= {term.name for term in flatten(hints(model.system.outputs)["return"])}
    for _, function in FUNCTIONS:
        names |= {function.__name__, *hints(function)}
    parts = {part for name in names for part in (name, name.rpartition(".")[2])}
    return {part for part in parts if re.search("[._]", part) or re.fullmatch(r"[a-z]{2,}\d*", part)}


@pytest.mark.parametrize("model", [None, *MODELS], ids=["naltrexone", *NAMES])
def test_no_name_of_the_code_stands_in_an_equation(model: models.Model | None) -> None:
    names = code_names()
    for equation in equations(model=model):
        said = f"{equation.left} = {equation.right}"
        # what stands below says what a symbol is of, which may be the word for it
        symbols = re.sub(r"_\{(?:[^{}]|\{[^{}]*\})*\}", "", said)
        words = re.findall(r"\\?[A-Za-z][A-Za-z_.0-9]*", symbols.replace(r"\mathrm", " "))
        assert not names & {word for word in words if not word.startswith("\\")}, said
        assert not re.search(r"[A-Za-z]\.[A-Za-z]|\\_|[a-z]_[a-z]", said), said


@pytest.mark.parametrize("module", EQUATIONS)
def test_a_symbol_means_one_thing_in_a_module(module: str) -> None:
    declared: dict[str, set[str]] = {}
    for _, function in (one for one in FUNCTIONS if one[0] == module):
        _, symbols = of_function(module, function)
        given = [line for line in symbols if "." in line.name]
        assert len({line.symbol for line in given}) == len({line.name for line in given})
        for line in given:
            declared.setdefault(line.symbol, set()).add(line.name)
    assert {symbol: names for symbol, names in declared.items() if len(names) > 1} == {}
    assert all(line.unit and line.meaning for line in nomenclature(module))


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_a_symbol_means_one_thing_in_a_model(model: models.Model) -> None:
    lines = nomenclature(model=model)
    assert len({line.symbol for line in lines}) == len(lines)
    assert all(line.unit and line.meaning for line in lines)


def test_what_is_used_twice_has_its_own_line() -> None:
    found = [one for one in equations("endorphin") if one.function == "peptide_rates"]
    assert [one.left for one in found][:2] == [r"\tilde{D}", "d"]
    assert found[0].right == r"\max\left(0, 1 - \left(1 - O_{\zeta}\right) \, [\mathrm{ENK}]\right)"
    assert sum(r"\tilde{D}" in one.right for one in found) == 2


def test_no_sympy_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sympy", None)
    text = latex("receptors")
    assert text.startswith("% receptors.competition\n")
    assert r"% K_{\mathrm{d}}, receptors.kd [nM]: Dissociation constant of levo-naltrexone" in text
    assert len(latex().splitlines()) > len(text.splitlines())


def test_unknown_module_is_named() -> None:
    with pytest.raises(InputError, match="^module: got 'heart'"):
        equations("heart")


def test_latex_of_a_model_leaves_out_what_it_has_not() -> None:
    text = latex(model=MODELS[0])
    assert text.startswith("% one_compartment.rates\n")
    assert "gut" not in text
    assert "depot" not in text


class Amount(NamedTuple):
    """Amounts.

    Attributes
    ----------
    drug_in_blood : float
        Drug [nmol].
    """

    drug_in_blood: float


class Body(NamedTuple):
    body: Amount


class Own(NamedTuple):
    """Parameters.

    Attributes
    ----------
    k : float
        Loss [1/h].
    spot : float
        Level at which it changes [nmol].
    """

    k: float
    spot: float


class Seen(NamedTuple):
    """What is seen.

    Attributes
    ----------
    share : float
        Share [1].
    """

    share: float


def own_model(rates: Callable[..., Any]) -> models.Model:
    def outputs(state: Body, p: Own, _clock: models.Clock) -> Seen:
        return Seen(state.body.drug_in_blood / p.spot)

    drug = models.Compartment("drug_in_blood", (0,), (models.Inlet(0, 1.0, 0.0),))
    system = models.System(Body, rates, outputs)
    return models.Model("own", system, lambda _: Own(0.3, 2.0), (0.0,), (drug,), drug.name, drug.name, {})


@pytest.mark.parametrize("amount", [1.5, 2.5])
def test_conditions_and_functions_of_own_models_are_shown_right(amount: float) -> None:
    def rates(state: Body, p: Own, _clock: models.Clock) -> Body:
        drug = state.body.drug_in_blood
        lost = p.k if drug < p.spot else p.k * np.exp(-drug) * max(drug, 3 * p.spot)
        twice: Any = np.where(drug > p.k, 2.0, 1.0)
        return Body(Amount(-(lost * drug) * twice + (-p.k)))

    model = own_model(rates)
    (rate, share) = equations(model=model)
    assert rate.left == r"\frac{\mathrm{d} \mathrm{drug}_{\mathrm{in},\mathrm{blood}}}{\mathrm{d} t}"
    assert rate.right.startswith(r"\begin{cases}")
    # inside something else they end where a bracket says so
    assert r"\left(\begin{cases}" in rate.right
    assert share.left == r"\mathrm{share}"
    values = {"body.drug_in_blood": amount, "k": 0.3, "spot": 2.0}
    numbers = LatexNumbers({x.symbol: values[x.name] for x in nomenclature(model=model) if x.name in values})
    expected = rates(Body(Amount(amount)), Own(0.3, 2.0), models.Clock(0.0, 0.0)).body.drug_in_blood
    assert numbers(rate.right) == pytest.approx(expected, rel=1e-12)


def test_what_cannot_be_followed_is_refused() -> None:
    def rates(state: Body, p: Own, _clock: models.Clock) -> Body:
        return Body(Amount(-p.k * float(state.body.drug_in_blood)))

    with pytest.raises(InputError, match=r"^model: got 'own \(.*cannot be followed"):
        equations(model=own_model(rates))
    with pytest.raises(InputError, match="^model: got"):
        equations(model="nalmefene")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="^module: got 'pk', expected to be left out"):
        latex("pk", MODELS[0])


def test_declarations_are_told_from_numbers() -> None:
    kinds = [kind for _, function in FUNCTIONS for kind, _ in arguments(function)]
    assert all(kind is None or is_declaration(kind) for kind in kinds)
