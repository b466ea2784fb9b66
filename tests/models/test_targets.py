"""Ligand depletion, irreversible block, the operational model and Schild's, against closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from ldnsim import InputError, models

from ..looking import Array, looks

FEW = settings(max_examples=25, deadline=None)
TIMES = np.array([0.05, 0.25, 1.0, 3.0, 7.5, 20.0])
ONE = np.array([1.0])
STAYS = {"CL": 0, "V": 4}
"""A drug whose level after a bolus is constant, if nothing binds it."""

levels = st.floats(0.05, 50)


@FEW
@given(st.floats(0.05, 3), st.floats(0.05, 2), levels, levels)
def test_binding_of_second_order_has_a_closed_form(kon: float, koff: float, receptors: float, level: float) -> None:
    found = looks(models.ligand_depletion(kon, koff, receptors, **STAYS), {"TIME": 0, "AMT": 4 * level}, times=TIMES)
    # x' = kon (x - low) (x - high), by partial fractions
    both = level + receptors + koff / kon
    root = np.sqrt(both * both - 4 * level * receptors)
    high = (both + root) / 2
    low = level * receptors / high
    fading = np.exp(-kon * root * TIMES)
    bound = low * high * (1 - fading) / (high - low * fading)
    np.testing.assert_allclose(found["C_bound"], bound, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(found["IPRED"], bound / receptors, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(found["A_central"] + 4 * found["C_bound"], 4 * level, rtol=1e-7)


def test_depletion_beside_elimination_as_total_and_free_drug() -> None:
    kon, koff, receptors, cl, v, ka = 0.8, 0.3, 6.0, 1.5, 4.0, 0.9
    model = models.ligand_depletion(kon, koff, receptors, CL=cl, V=v, ka=ka)
    found = looks(model, {"TIME": 0, "AMT": 60}, times=TIMES)

    def slopes(time: float, held: Array) -> list[float]:
        total, free = held
        comes_in = 60 / v * ka * np.exp(-ka * time) - cl / v * free
        holds = total - free
        return [comes_in, comes_in - kon * free * (receptors - holds) + koff * holds]

    solved = solve_ivp(slopes, (0, 20), [0, 0], t_eval=TIMES, method="Radau", rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found["C_central"], solved.y[1], rtol=1e-6)
    np.testing.assert_allclose(found["C_bound"], solved.y[0] - solved.y[1], rtol=1e-6)


def test_few_receptors_use_up_nothing() -> None:
    dose = {"TIME": 0, "AMT": 20}
    depleting = looks(models.ligand_depletion(0.8, 0.3, 1e-5, CL=1, V=4), dose, times=TIMES)
    plain = looks(models.binding(0.8, 0.3, CL=1, V=4), dose, times=TIMES)
    np.testing.assert_allclose(depleting["occupancy"], plain["bound"], rtol=1e-4)
    np.testing.assert_allclose(depleting["C_central"], plain["C_central"], rtol=1e-4)


@FEW
@given(st.floats(0.05, 3), levels, levels, st.floats(0, 0.5))
def test_a_block_grows_while_the_drug_is_there_and_wears_off_as_receptors_are_made(
    kinact: float, half: float, level: float, kdeg: float
) -> None:
    model = models.irreversible_block(kinact=kinact, KI=half, kdeg=kdeg, **STAYS)
    washed = {"TIME": 5, "AMT": 0, "EVID": "replace", "CMT": "central"}
    found = looks(model, {"TIME": 0, "AMT": 4 * level}, washed, times=TIMES)["receptor"]
    assume(kdeg + kinact * level / (level + half) > 1e-3)
    speed = kdeg + kinact / (1 + half / level)
    during = kdeg / speed + (1 - kdeg / speed) * np.exp(-speed * np.minimum(TIMES, 5))
    expected = np.where(TIMES < 5, during, 1 - (1 - during) * np.exp(-kdeg * (TIMES - 5)))
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)


def test_a_block_without_turnover_stays() -> None:
    model = models.irreversible_block(kinact=1, KI=2, kdeg=0, CL=4, V=4)
    early, late = looks(model, {"TIME": 0, "AMT": 40}, times=np.array([30.0, 300.0]))["receptor"]
    assert early == pytest.approx(late, rel=1e-9)
    # of a level that falls at rate 1, what is lost is the integral of C / (2 + C), which is log((2 + C0) / 2)
    assert late == pytest.approx(2 / 12, rel=1e-6)


def effect(model: models.Model, antagonist: float = 0.0, column: str = "effect") -> float:
    return float(looks(model, {"TIME": 0, "AMT": 4 * antagonist}, times=ONE)[column][0])


@FEW
@given(levels, levels, st.floats(0.05, 100), st.floats(0.5, 3))
def test_the_operational_model_as_black_and_leff_wrote_it(a: float, ka: float, tau: float, n: float) -> None:
    model = models.operational_model(A=a, KA=ka, tau=tau, KB=1, Em=30, n=n, **STAYS)
    assert effect(model) == pytest.approx(30 * tau**n * a**n / ((ka + a) ** n + tau**n * a**n), rel=1e-10)


def test_limits_of_the_operational_model() -> None:
    def at(a: float, tau: float = 4.0, n: float = 1.0) -> float:
        return effect(models.operational_model(A=a, KA=8, tau=tau, KB=1, Em=30, n=n, **STAYS))

    # a full load of agonist gives what efficacy allows, and n of 1 gives half of that at KA / (1 + tau)
    assert at(1e9) == pytest.approx(30 * 4 / 5, rel=1e-6)
    assert at(8 / 5) == pytest.approx(30 * 4 / 5 / 2, rel=1e-9)
    assert at(1e9, tau=1.0, n=2.7) == pytest.approx(15, rel=1e-6)
    assert at(5, tau=1e9) == pytest.approx(30, rel=1e-6)
    assert at(0) == 0
    assert at(5, tau=0) == 0
    # far below KA the logarithm of the effect rises n times as steeply as that of the level
    for n in (0.6, 1.0, 2.5):
        assert np.log(at(2e-6, n=n) / at(1e-6, n=n)) / np.log(2) == pytest.approx(n, rel=2e-3)


@FEW
@given(levels, levels, st.floats(0.05, 100), st.floats(0.5, 3), levels, levels)
def test_more_agonist_makes_up_for_the_antagonist_whatever_the_efficacy(
    a: float, ka: float, tau: float, n: float, kb: float, level: float
) -> None:
    def model(agonist: float) -> models.Model:
        return models.operational_model(A=agonist, KA=ka, tau=tau, KB=kb, n=n, **STAYS)

    assert effect(model(a * (1 + level / kb)), level) == pytest.approx(effect(model(a)), rel=1e-10)
    # two drugs that compete for one site
    held = effect(model(a), level, "agonist")
    assert held == pytest.approx(a / ka / (1 + a / ka + level / kb), rel=1e-10)


@FEW
@given(levels, levels, levels, st.floats(0.5, 3), levels)
def test_the_dose_ratio_is_schilds(a: float, half: float, kb: float, h: float, level: float) -> None:
    def model(agonist: float) -> models.Model:
        return models.schild(A=agonist, EC50=half, KB=kb, h=h, Emax=7, **STAYS)

    ratio = effect(model(a), level, "dose_ratio")
    assert ratio == pytest.approx(1 + level / kb, rel=1e-12)
    assert effect(model(a * ratio), level) == pytest.approx(effect(model(a)), rel=1e-10)
    assert effect(model(half)) == pytest.approx(3.5, rel=1e-12)
    # twice the level at which it takes twice the agonist
    assert effect(model(a), kb, "dose_ratio") == pytest.approx(2, rel=1e-12)


@pytest.mark.parametrize("slope", [0.7, 1.0, 1.4])
def test_schilds_plot_has_its_slope_and_crosses_zero_at_the_constant(slope: float) -> None:
    model = models.schild(A=1, EC50=2, KB=0.3, slope=slope, **STAYS)
    concentrations = np.array([0.03, 0.3, 3.0, 30.0])
    ratios = np.array([effect(model, level, "dose_ratio") for level in concentrations])
    found, crossing = np.polyfit(np.log10(concentrations), np.log10(ratios - 1), 1)
    assert found == pytest.approx(slope, rel=1e-9)
    assert -crossing / found == pytest.approx(np.log10(0.3), rel=1e-9)


def test_an_effect_comes_back_as_the_antagonist_leaves() -> None:
    model = models.schild(A=4, EC50=2, KB=0.3, CL=1, V=4, ka=0.9)
    blocked, later, gone = looks(model, {"TIME": 0, "AMT": 40}, times=np.array([2.0, 12.0, 200.0]))["effect"]
    assert blocked < later < gone
    assert gone == pytest.approx(4 / 6, rel=1e-6)


@pytest.mark.parametrize(
    ("make", "values", "named"),
    [
        (models.ligand_depletion, {"kon": 1, "koff": 1, "Rtot": 0}, "Rtot"),
        (models.irreversible_block, {"kinact": 1, "KI": 0, "kdeg": 1}, "KI"),
        (models.irreversible_block, {"kinact": -1, "KI": 1, "kdeg": 1}, "kinact"),
        (models.operational_model, {"A": 1, "KA": 0, "tau": 1, "KB": 1}, "KA"),
        (models.operational_model, {"A": 1, "KA": 1, "tau": -1, "KB": 1}, "tau"),
        (models.schild, {"A": 1, "EC50": 1, "KB": 0}, "KB"),
        (models.schild, {"A": 1, "EC50": 1, "KB": 1, "slope": 0}, "slope"),
    ],
)
def test_bad_values_are_named(make: Any, values: dict[str, float], named: str) -> None:
    with pytest.raises(InputError, match=f"^{named}: got"):
        make(**values, CL=1, V=10)
