"""Layout, Jacobian and baseline of a system."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ldnsim import SolverError, models, resolve
from ldnsim.model import Parameters
from ldnsim.models.following import arithmetic_anyhow
from ldnsim.models.subjects import baselines
from ldnsim.models.system import NALTREXONE, Daily, System, leaves

P = resolve("popular").fill(Parameters)
DAILY = Daily(22.0, P.endorphin.acrophase)


def test_pack_and_flat_are_inverse() -> None:
    numbers = list(range(len(NALTREXONE.names)))
    assert NALTREXONE.flat(NALTREXONE.pack(numbers)) == numbers
    assert NALTREXONE.pack(numbers).levo.depot == 0
    assert NALTREXONE.index("dextro.depot") == len(NALTREXONE.pack(numbers).levo)


def test_jacobian_agrees_with_differences() -> None:
    generator = np.random.default_rng(1)
    state = generator.uniform(0.2, 0.9, len(NALTREXONE.names))
    rhs = NALTREXONE.right_hand_side(P, DAILY)
    exact = NALTREXONE.jacobian(P, DAILY)(3.0, state)
    for column in range(len(state)):
        step = np.zeros(len(state))
        step[column] = 1e-6
        difference = (np.array(rhs(3.0, state + step)) - np.array(rhs(3.0, state - step))) / 2e-6
        np.testing.assert_allclose(exact[:, column], difference, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("account", ["popular", "measured", "tlr4=opioid-mediated", "rebound=off", "tlr4=off"])
def test_baseline_is_one_for_what_is_relative_and_zero_for_drug(account: str) -> None:
    state, residual = NALTREXONE.baseline(resolve(account).fill(Parameters), DAILY)
    assert residual == 0.0
    found = NALTREXONE.pack(state)
    assert set(found.levo) == set(found.dextro) == {0.0}
    assert set(found.density) == {1.0}
    assert found.peptide == (1.0, 1.0, 1.0, 1.0, 0.0)
    assert found.tlr4[:7] == pytest.approx([1.0] * 7)


@pytest.mark.parametrize("change", [{"h_up": 0.1}, {"kd": 1e-9}, {"u50": 1e-12}, {"koff": 1e-9}])
def test_baseline_of_extreme_parameters(change: dict[str, float]) -> None:
    state, residual = NALTREXONE.baseline(P._replace(receptors=P.receptors._replace(**change)), DAILY)
    assert residual == 0.0
    assert NALTREXONE.pack(state).density.mor == 1.0


def test_a_model_without_baseline_says_so() -> None:
    drifting = P._replace(tlr4=P.tlr4._replace(w_tnf=2.0, f=2.0, opioid=0.5, excess50=-0.5, km=float("nan")))
    with pytest.raises(SolverError, match="no untreated baseline"):
        NALTREXONE.baseline(drifting, DAILY)
    steep = P._replace(receptors=P.receptors._replace(o50=1e-300, h_block=50.0))
    with pytest.raises(SolverError, match="no untreated baseline: rates beyond what can be counted"):
        NALTREXONE.baseline(steep, DAILY)


def test_the_day_is_24_hours() -> None:
    assert DAILY.at(0.0).rhythm == pytest.approx(DAILY.at(24.0).rhythm)
    assert DAILY.at(P.endorphin.acrophase - 22.0).rhythm == pytest.approx(1.0)
    times = np.linspace(0, 24, 2401)
    clock = DAILY.at(times)
    np.testing.assert_allclose(np.gradient(clock.rhythm, times)[1:-1], clock.rhythm_rate[1:-1], atol=1e-4)


def test_only_what_is_excreted_is_never_asked_for() -> None:
    # with a third compartment, which the default exposure does without
    asked = NALTREXONE.asked(resolve("popular,exposure=deep96").fill(Parameters))
    collected = {name.partition(".")[2] for name, kept in zip(NALTREXONE.names, asked, strict=True) if not kept}
    assert collected == {"urine_ntx", "urine_bnx6", "other"}


def test_what_is_linear_and_what_follows_the_clock_is_found_out() -> None:
    one = models.one_compartment(CL=2, V=20, ka=1)
    assert one.system.linear
    assert not one.system.follows_the_clock(one.fill({}))
    turnover = models.turnover(1, kin=1, kout=1, CL=2, V=20, Imax=1, IC50=1)
    assert not turnover.system.linear
    assert not NALTREXONE.linear
    assert NALTREXONE.follows_the_clock(P)
    assert not NALTREXONE.follows_the_clock(P._replace(endorphin=P.endorphin._replace(amplitude=0.0)))


def test_what_parameters_decide_is_asked_again_for_their_values() -> None:
    def rates(state: Any, p: Parameters, clock: Any) -> Any:
        found = NALTREXONE.rates(state, p, clock)
        return NALTREXONE.rates(state, p._replace(pk=p.pk._replace(cl=2 * p.pk.cl)), clock) if p.pk.cl > 1 else found

    deciding = System(NALTREXONE.state, rates, NALTREXONE.outputs)
    assert arithmetic_anyhow(NALTREXONE, Parameters)
    assert not arithmetic_anyhow(deciding, Parameters)
    assert deciding.arithmetic(P)
    assert not arithmetic_anyhow(NALTREXONE, tuple)


def test_one_subject_has_the_untreated_state_that_it_has_among_others() -> None:
    guess, _ = NALTREXONE.baseline(P, DAILY)
    values = np.repeat(np.array(leaves(P))[:, None], 3, axis=1)
    values[:, 1] = np.nan
    phase = np.full(3, DAILY.start - DAILY.acrophase)
    together, problem = baselines(NALTREXONE, Parameters, values, phase, guess + 0.1 * (guess > 0))
    assert set(problem) == {1}
    for who in (0, 1, 2):
        alone, own = baselines(NALTREXONE, Parameters, values[:, who : who + 1], phase[:1], guess + 0.1 * (guess > 0))
        assert list(own.values()) == [problem[who]] if who in problem else not own
        np.testing.assert_array_equal(alone[:, 0], together[:, who])
