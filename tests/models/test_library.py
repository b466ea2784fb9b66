"""Small general models: their compartments, and what they refuse."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.linalg import expm
from scipy.special import lambertw

from ldnsim import EventTable, InputError, LdnsimWarning, models, simulate
from ldnsim.base.vocabulary import flatten
from ldnsim.models import Model

from ..looking import looks

ALL: dict[str, tuple[Callable[..., Model], dict[str, Any], list[str]]] = {
    "one": (models.one_compartment, {"CL": 2, "V": 20}, ["central"]),
    "two": (models.two_compartment, {"CL": 2, "V1": 20, "Q": 1, "V2": 30}, ["central", "peripheral"]),
    "parent": (models.parent_metabolite, {"CL": 2, "V": 20, "CLm": 1, "Vm": 5}, ["central", "metabolite"]),
    "turnover": (
        models.turnover,
        {"kind": 1, "kin": 2, "kout": 1, "CL": 2, "V": 20, "Imax": 1, "IC50": 1},
        ["central", "response"],
    ),
    "binding": (models.binding, {"kon": 1, "koff": 0.5, "CL": 2, "V": 20}, ["central", "bound"]),
    "three": (
        models.three_compartment,
        {"CL": 2, "V1": 20, "Q2": 1, "V2": 30, "Q3": 0.3, "V3": 90},
        ["central", "peripheral", "deep"],
    ),
    "saturable": (models.michaelis_menten, {"Vmax": 8, "Km": 2, "V": 20, "CL": 0.1}, ["central"]),
    "two to metabolite": (
        models.two_compartment_metabolite,
        {"CL": 2, "V1": 20, "Q": 1, "V2": 30, "CLm": 1, "Vm": 5},
        ["central", "peripheral", "metabolite"],
    ),
    "effect compartment": (
        models.effect_compartment,
        {"ke0": 0.3, "Emax": 4, "EC50": 2, "CL": 2, "V": 20},
        ["central", "site"],
    ),
    "tolerance": (
        models.tolerance_turnover,
        {"kind": 3, "kin": 2, "kout": 1, "ktol": 0.1, "CL": 2, "V": 20, "Smax": 2, "SC50": 1},
        ["central", "response", "moderator"],
    ),
    "precursor": (
        models.precursor_turnover,
        {"k0": 2, "kp": 0.2, "kout": 1, "CL": 2, "V": 20, "Imax": 1, "IC50": 1},
        ["central", "precursor", "response"],
    ),
    "depletion": (
        models.ligand_depletion,
        {"kon": 1, "koff": 0.5, "Rtot": 3, "CL": 2, "V": 20},
        ["central", "bound"],
    ),
    "block": (
        models.irreversible_block,
        {"kinact": 1, "KI": 2, "kdeg": 0.1, "CL": 2, "V": 20},
        ["central", "receptor"],
    ),
    "operational": (models.operational_model, {"A": 1, "KA": 2, "tau": 3, "KB": 0.5, "CL": 2, "V": 20}, ["central"]),
    "schild": (models.schild, {"A": 1, "EC50": 2, "KB": 0.5, "CL": 2, "V": 20}, ["central"]),
}

OTHERS: dict[str, tuple[Callable[..., Model], dict[str, Any]]] = {
    "zero order": (models.zero_order_absorption, {"D": 2, "CL": 2, "V": 20}),
    "parallel depots": (models.parallel_depots, {"share": 0.4, "ka1": 2, "ka2": 0.3, "CL": 2, "V": 20, "lag2": 1}),
    "Erlang": (models.transit_absorption, {"n": 3, "MTT": 2, "CL": 2, "V": 20}),
    "Savic": (models.transit_absorption, {"n": 3, "MTT": 2, "CL": 2, "V": 20, "ka": 1}),
}
"""Models whose compartments are not simply a depot where there is `ka`."""

EVERY = {name: (make, values) for name, (make, values, _) in ALL.items()} | OTHERS
FEW = settings(max_examples=25, deadline=None)
TIMES = np.array([0.25, 1.0, 3.0, 7.5, 12.0, 20.0])
rates = st.floats(0.05, 2)


@pytest.mark.parametrize("name", ALL)
def test_compartments_in_order_with_a_depot_only_where_ka_is_given(name: str) -> None:
    make, values, names = ALL[name]
    assert [compartment.name for compartment in make(**values).compartments] == names
    assert [compartment.name for compartment in make(**values, ka=1.2).compartments] == ["depot", *names]
    assert make(**values).dose == "central"
    assert make(**values, ka=1.2).dose == "depot"


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"CL": -1}, "CL"),
        ({"CL": float("nan")}, "CL"),
        ({"CL": "fast"}, "CL"),
        ({"ka": 0}, "ka"),
        ({"F": -0.1}, "F"),
        ({"F": {"gut": 0.8}}, "F"),
        ({"lag": {"central": -1}}, "lag"),
        ({"R": 0}, "R"),
        ({"D": {"central": 0}}, "D"),
    ],
)
def test_bad_values_are_named(name: str, change: dict[str, Any], named: str) -> None:
    make, values, _ = ALL[name]
    with pytest.raises(InputError, match=rf"^{named}"):
        make(**{**values, **change})


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"kind": 5}, "kind"),
        ({"kind": True}, "kind"),
        ({"Imax": None}, "Imax"),
        ({"Imax": 1.5}, "Imax"),
        ({"Smax": 1.0}, "Smax"),
        ({"kind": 3}, "Imax"),
        ({"kout": 0}, "kout"),
        ({"h": 0}, "h"),
    ],
)
def test_indirect_response_takes_the_potency_of_its_kind(change: dict[str, Any], named: str) -> None:
    _, values, _ = ALL["turnover"]
    with pytest.raises(InputError, match=rf"^{named}:"):
        models.turnover(**{**values, **change})


@pytest.mark.parametrize("name", EVERY)
def test_parameters_are_called_what_arguments_are_called(name: str) -> None:
    make, values = EVERY[name]
    model = make(**values)
    filled = dict(zip((term.name for term in flatten(type(model.fill({})))), model.fill({}), strict=True))
    # equations have an absorption rate constant in any case, which is 0 without a depot
    assert filled.keys() - {"ka"} <= inspect.signature(make).parameters.keys()
    # what was given is found again under its name, and nothing stands under a name that a user did not give
    numbers = {key: value for key, value in values.items() if key in filled}
    assert {key: filled[key] for key in numbers} == numbers
    # what says which equations there are, and where and how long doses enter, is no parameter of the equations
    assert values.keys() - filled.keys() <= {"kind", "n", "share", "lag2", "D"}


@pytest.mark.parametrize("name", EVERY)
def test_every_parameter_may_be_a_function_of_covariates(name: str) -> None:
    make, values = EVERY[name]
    fixed = {key: value for key, value in values.items() if key in ("kind", "n", "share", "lag2")}
    moving = {key: (lambda c, value=value: value * c["ONE"]) for key, value in values.items() if key not in fixed}
    assert make(**fixed, **moving).fill({"ONE": 1.0}) == make(**values).fill({})


@pytest.mark.parametrize("name", EVERY)
def test_what_is_declared_linear_is_linear(name: str) -> None:
    make, values = EVERY[name]
    model = make(**values)
    if model.system.linear:
        assert model.system.matrix(model.fill({})).shape[0] == 1
    else:
        with pytest.raises(InputError, match="^System, linear"):
            model.system.matrix(model.fill({}))


@pytest.mark.parametrize("name", EVERY)
def test_every_engine_gives_the_same(name: str) -> None:
    make, values = EVERY[name]
    code = -2 if name == "zero order" else 0
    model = make(**values) if name in OTHERS else make(**values, ka=0.9)
    table = EventTable.of(
        {
            "ID": [1] * 4 + [2] * 4,
            "TIME": [0, 1, 3, 9, 0, 2, 2.5, 9],
            "AMT": [100, 0, 0, 0, 30, 0, 60, 0],
            "RATE": [code, 0, 0, 0, code, 0, code, 0],
            "EVID": [1, 0, 0, 0, 1, 0, 1, 0],
        }
    )
    engines: list[Literal["reference", "batch", "exact"]] = ["reference", "batch"]
    engines += ["exact"] if model.system.linear else []
    first, *others = (simulate(table, model=model, engine=engine).rows() for engine in engines)
    for rows in others:
        for column in [name for name in rows if str(name).startswith(("A_", "C_", "IPRED"))]:
            scale = float(np.abs(first[column]).max())
            np.testing.assert_allclose(rows[column], first[column], rtol=1e-5, atol=1e-5 * scale)


def test_volumes_and_fractions_are_checked() -> None:
    with pytest.raises(InputError, match="^V: got 0"):
        models.one_compartment(CL=1, V=0)
    with pytest.raises(InputError, match="^fh: got 1.1"):
        models.parent_metabolite(CL=1, V=1, CLm=1, Vm=1, fh=1.1)


def test_a_parameter_may_depend_on_covariates_and_is_checked_when_it_does() -> None:
    table = EventTable.of({"ID": [1, 1], "TIME": [0, 1], "AMT": [10, 0], "WT": [70, 70]}, covariates=["WT"])
    with pytest.warns(LdnsimWarning, match="WT does not change"):
        fixed = simulate(table, model=models.one_compartment(CL=2, V=20)).rows()
    scaled = simulate(table, model=models.one_compartment(CL=lambda c: c["WT"] / 35, V=lambda _: 20.0)).rows()
    assert fixed["C_central"].tolist() == scaled["C_central"].tolist()
    with pytest.raises(InputError, match="^CL: got -70"):
        simulate(table, model=models.one_compartment(CL=lambda c: -c["WT"], V=20))


def test_a_response_starts_at_production_over_loss_and_stays_there_undosed() -> None:
    _, values, _ = ALL["turnover"]
    undosed = EventTable.of({"ID": [1, 1], "TIME": [0, 50], "EVID": [0, 0]})
    with pytest.warns(LdnsimWarning, match="no row gives a dose"):
        rows = simulate(undosed, model=models.turnover(**values)).rows()
    assert rows["response"].tolist() == pytest.approx([2.0, 2.0], rel=1e-12)
    assert rows["IPRED"].tolist() == rows["response"].tolist()


@FEW
@given(rates, rates, rates, rates, rates, st.floats(2, 200), st.booleans())
def test_three_compartments_are_the_residues_of_a_cubic(
    k10: float, k12: float, k21: float, k13: float, k31: float, v1: float, oral: bool
) -> None:
    ka = 3.1
    exponents = -np.roots(
        [
            1.0,
            k10 + k12 + k21 + k13 + k31,
            k10 * k21 + k10 * k31 + k12 * k31 + k13 * k21 + k21 * k31,
            k10 * k21 * k31,
        ]
    )
    every = [*exponents, ka]
    assume(min(abs(a - b) / max(a, b) for a in every for b in every if a is not b) > 0.02)
    model = models.three_compartment(
        CL=k10 * v1, V1=v1, Q2=k12 * v1, V2=k12 * v1 / k21, Q3=k13 * v1, V3=k13 * v1 / k31, ka=ka if oral else None
    )
    found = looks(model, {"TIME": 0, "AMT": 100}, times=TIMES)["A_central"]
    expected = np.zeros_like(TIMES)
    for own in exponents:
        share = (k21 - own) * (k31 - own) / np.prod([other - own for other in exponents if other != own])
        falling = (np.exp(-own * TIMES) - np.exp(-ka * TIMES)) * ka / (ka - own) if oral else np.exp(-own * TIMES)
        expected += 100 * share * falling
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9)


@FEW
@given(rates, st.floats(2, 50), rates, st.floats(2, 50), st.floats(2, 50), st.one_of(st.none(), rates))
def test_three_compartments_without_exchange_with_the_third_are_two(
    cl: float, v1: float, q: float, v2: float, v3: float, ka: float | None
) -> None:
    dose = {"TIME": 0, "AMT": 100}
    three = looks(models.three_compartment(cl, v1, q, v2, 0, v3, ka=ka), dose, times=TIMES)
    two = looks(models.two_compartment(cl, v1, q, v2, ka=ka), dose, times=TIMES)
    for name in ("C_central", "C_peripheral"):
        np.testing.assert_allclose(three[name], two[name], rtol=1e-9, atol=1e-13)
    assert not three["A_deep"].any()


def test_three_compartments_keep_what_is_not_eliminated_and_fill_alike() -> None:
    kept = looks(models.three_compartment(0, 10, 2, 30, 0.5, 80, ka=0.7), {"TIME": 0, "AMT": 100}, times=TIMES)
    total = kept["A_depot"] + kept["A_central"] + kept["A_peripheral"] + kept["A_deep"]
    np.testing.assert_allclose(total, 100, rtol=1e-12)
    infused = looks(
        models.three_compartment(4, 10, 2, 30, 0.5, 80),
        {"TIME": 0, "AMT": 8 * 5000, "RATE": 8},
        times=np.array([4999.0]),
    )
    assert [infused[f"C_{name}"][0] for name in ("central", "peripheral", "deep")] == pytest.approx([2.0] * 3, rel=1e-9)


@FEW
@given(st.floats(0.1, 20), st.floats(0.1, 20), st.floats(1, 50), st.floats(0.1, 100))
def test_saturable_elimination_is_lamberts_function(vmax: float, km: float, v: float, level: float) -> None:
    # Schnell and Mendoza, J. Theor. Biol. 187:207 (1997)
    exponent = (level - vmax / v * TIMES) / km
    assume(exponent.max() < 300)
    found = looks(models.michaelis_menten(vmax, km, v), {"TIME": 0, "AMT": level * v}, times=TIMES)["C_central"]
    expected = km * lambertw(level / km * np.exp(exponent)).real
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9 * level)


def test_saturable_and_other_elimination_take_the_time_that_the_integral_says() -> None:
    vmax, km, v, cl, level = 8.0, 2.0, 20.0, 0.7, 30.0
    found = looks(models.michaelis_menten(vmax, km, v, CL=cl), {"TIME": 0, "AMT": level * v}, times=TIMES)["C_central"]
    taken = [quad(lambda c: v / (vmax * c / (km + c) + cl * c), low, level, epsrel=1e-10)[0] for low in found]
    assert taken == pytest.approx(TIMES.tolist(), rel=1e-6)


def test_far_below_km_elimination_is_linear_and_far_above_it_constant() -> None:
    dose = {"TIME": 0, "AMT": 10}
    low = looks(models.michaelis_menten(Vmax=2e6, Km=1e6, V=20, ka=0.8), dose, times=TIMES)["C_central"]
    linear = looks(models.one_compartment(CL=2, V=20, ka=0.8), dose, times=TIMES)["C_central"]
    np.testing.assert_allclose(low, linear, rtol=2e-6)
    high = looks(models.michaelis_menten(Vmax=0.2, Km=1e-6, V=20), dose, times=TIMES)["A_central"]
    np.testing.assert_allclose(high, 10 - 0.2 * TIMES, rtol=1e-5)


@FEW
@given(rates, rates, rates, rates, rates, st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_metabolite_of_two_compartments_is_the_exponential_of_its_matrix(
    ka: float, k10: float, k12: float, k21: float, km: float, fm: float, fh: float, first: float
) -> None:
    v1, vm = 12.0, 7.0
    model = models.two_compartment_metabolite(
        CL=k10 * v1, V1=v1, Q=k12 * v1, V2=k12 * v1 / k21, CLm=km * vm, Vm=vm, fm=fm, ka=ka, fh=fh, fm_first_pass=first
    )
    found = looks(model, {"TIME": 0, "AMT": 100}, times=TIMES)
    # columns are what leaves depot, central, peripheral and metabolite
    flows = np.array(
        [
            [-ka, 0, 0, 0],
            [fh * ka, -k10 - k12, k21, 0],
            [0, k12, -k21, 0],
            [(1 - fh) * first * ka, fm * k10, 0, -km],
        ]
    )
    expected = np.array([expm(flows * time)[:, 0] * 100 for time in TIMES]).T
    for name, amounts in zip(("depot", "central", "peripheral", "metabolite"), expected, strict=True):
        np.testing.assert_allclose(found[f"A_{name}"], amounts, rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(found["C_metabolite"], expected[3] / vm, rtol=1e-7, atol=1e-10)


def test_a_metabolite_follows_its_fractions_and_that_of_one_compartment() -> None:
    infused = {"TIME": 0, "AMT": 6 * 3000, "RATE": 6}
    values = {"CL": 3, "V1": 10, "Q": 2, "V2": 20, "CLm": 1.5, "Vm": 5, "fm": 0.6, "ka": 1, "fh": 0.25}
    late = looks(models.two_compartment_metabolite(**values, fm_first_pass=0.9), infused, times=np.array([2999.0]))
    # each hour 6 come in: a quarter passes and 0.6 of it is formed later, 0.9 of the rest is formed at once
    assert late["C_metabolite"][0] == pytest.approx(6 * (0.25 * 0.6 + 0.75 * 0.9) / 1.5, rel=1e-9)
    dose = {"TIME": 0, "AMT": 100}
    two = looks(
        models.two_compartment_metabolite(**{**values, "Q": 0}, fm_first_pass=0.6), dose, times=TIMES
    )  # no exchange and one fraction
    one = looks(models.parent_metabolite(3, 10, 1.5, 5, fm=0.6, ka=1, fh=0.25), dose, times=TIMES)
    for name in ("A_central", "A_metabolite"):
        np.testing.assert_allclose(two[name], one[name], rtol=1e-9)


def test_values_may_say_their_unit_and_one_that_does_not_fit_is_refused() -> None:
    said = models.two_compartment(
        CL="50 mL/min", V1="10 L", Q="2 L/h", V2="30000 mL", ka="0.9 1/h", lag="15 min", F="80 percent"
    )
    plain = models.two_compartment(CL=3.0, V1=10.0, Q=2.0, V2=30.0, ka=0.9, lag=0.25, F=0.8)
    assert said.typical()[0].values_by_name() == pytest.approx(plain.typical()[0].values_by_name())
    with pytest.raises(InputError, match="CL"):
        models.two_compartment(CL="50 mL", V1=10.0, Q=2.0, V2=30.0)
