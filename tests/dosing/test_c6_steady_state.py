"""C6: steady state."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ldnsim import InputError, SolverError, models, simulate

from .tables import CL, KA, ORAL, PLAIN, K, V, amounts, bolus, close, infusion, oral, run, table

DOSES = 500


def steady_bolus(since: float, interval: float, dose: float = 100.0) -> float:
    """Amount some time after a dose of the infinite regimen."""
    return bolus(since, dose) / (1 - float(np.exp(-K * interval)))


def by_force(model: models.Model, dose: dict[str, Any], interval: float, looks: list[float]) -> list[list[float]]:
    """Central and depot amounts after 500 doses."""
    first = {"TIME": 0.0, **dose, "II": interval, "ADDL": DOSES, "EVID": 1}
    rows = [{"TIME": DOSES * interval + look, "EVID": 0} for look in looks]
    found = run(model, first, *rows)
    return found.filter(like="A_").to_numpy().tolist()


def at_once(model: models.Model, dose: dict[str, Any], interval: float, looks: list[float], **more: Any) -> Any:
    first = {"TIME": 0.0, "EVID": 1, **dose, "II": interval, "SS": 1, **more}
    return run(model, first, *({"TIME": look, "EVID": 0} for look in looks)).filter(like="A_").to_numpy()


REGIMENS: dict[str, tuple[models.Model, dict[str, Any], float]] = {
    "bolus": (PLAIN, {"AMT": 100}, 12.0),
    "oral": (ORAL, {"AMT": 100}, 8.0),
    "oral with lag": (models.one_compartment(CL=CL, V=V, ka=KA, lag=1.7), {"AMT": 100}, 8.0),
    "lag of a whole interval": (models.one_compartment(CL=CL, V=V, lag=12.0), {"AMT": 100}, 12.0),
    "lag beyond the interval": (models.one_compartment(CL=CL, V=V, lag=29.0), {"AMT": 100}, 12.0),
    "infusion": (PLAIN, {"AMT": 100, "RATE": 20}, 12.0),
    "infusion with lag over the end": (models.one_compartment(CL=CL, V=V, lag=9.0), {"AMT": 100, "RATE": 20}, 12.0),
    "infusion as long as the interval": (PLAIN, {"AMT": 120, "RATE": 10}, 12.0),
    "infusion longer than the interval": (PLAIN, {"AMT": 400, "RATE": 10}, 12.0),
    "long infusion with lag": (models.one_compartment(CL=CL, V=V, lag=7.0, F=0.9), {"AMT": 400, "RATE": 10}, 12.0),
    "two compartments": (models.two_compartment(2, 20, 4, 50, ka=1), {"AMT": 100}, 24.0),
    "parent and metabolite": (models.parent_metabolite(4, 20, 3, 10, fm=0.4, ka=1, fh=0.3), {"AMT": 100}, 12.0),
    "duration from the model": (models.one_compartment(CL=CL, V=V, D=30.0), {"AMT": 100, "RATE": -2}, 12.0),
}
LOOKS = [0.0, 1.0, 5.0, 9.5, 31.0]


@pytest.mark.parametrize("name", REGIMENS)
@pytest.mark.parametrize("evid", [1, 4])
def test_ss_1_equals_500_doses(name: str, evid: int) -> None:
    model, dose, interval = REGIMENS[name]
    # without additional doses the regimen ends with this one
    found = at_once(model, dose, interval, LOOKS, EVID=evid)
    np.testing.assert_allclose(found, by_force(model, dose, interval, LOOKS), rtol=1e-9, atol=1e-9)
    assert (found >= 0).all()


@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_ss_1_equals_500_doses_in_a_nonlinear_model(kind: int) -> None:
    potency = {"Imax": 0.9, "IC50": 1.0} if kind < 3 else {"Smax": 3.0, "SC50": 1.0}
    model = models.turnover(kind, kin=2, kout=0.1, CL=CL, V=V, ka=KA, lag=0.5, **potency)
    looks = [0.0, 3.0, 20.0]
    first = {"TIME": 0.0, "EVID": 1, "AMT": 100, "II": 24.0}
    waited = run(model, {**first, "ADDL": DOSES}, *({"TIME": DOSES * 24 + look, "EVID": 0} for look in looks))[
        "response"
    ]
    events = table({**first, "SS": 1}, *({"TIME": look, "EVID": 0} for look in looks))
    solved = simulate(events, model=model)
    np.testing.assert_allclose(solved.rows()["response"], waited, rtol=1e-6)
    assert 0 <= solved.residual <= 1e-9


def test_ss_1_sets_the_amounts_to_those_just_before_a_dose_then_gives_it() -> None:
    assert amounts(PLAIN, {"TIME": 3, "AMT": 100, "II": 12, "SS": 1}, {"TIME": 3}, {"TIME": 10}) == close(
        [steady_bolus(0, 12), steady_bolus(7, 12)]
    )


def test_ss_1_forgets_what_was_there() -> None:
    dose = {"TIME": 5, "AMT": 100, "II": 12, "SS": 1}
    assert amounts(PLAIN, {"TIME": 0, "AMT": 999}, dose, {"TIME": 6}) == close([steady_bolus(1, 12)])


def test_ss_1_cancels_running_infusions() -> None:
    rows = [{"TIME": 0, "AMT": 100, "RATE": 5}, {"TIME": 5, "AMT": 100, "II": 12, "SS": 1}, {"TIME": 9}]
    assert amounts(PLAIN, *rows) == close([steady_bolus(4, 12)])


def test_ss_1_cancels_lagged_doses() -> None:
    lagged = models.one_compartment(CL=CL, V=V, ka=KA, lag={"depot": 6.0})
    rows = [{"TIME": 0, "AMT": 500}, {"TIME": 5, "AMT": 100, "II": 12, "SS": 1, "CMT": "central"}, {"TIME": 9}]
    assert amounts(lagged, *rows) == close([steady_bolus(4, 12)])


def test_ss_1_leaves_compartments_off_that_are_off() -> None:
    rows = [
        {"TIME": 0, "EVID": 2, "CMT": "-metabolite"},
        {"TIME": 1, "EVID": 1, "AMT": 100, "II": 12, "SS": 1},
        {"TIME": 3, "EVID": 0},
    ]
    found = run(models.parent_metabolite(CL, V, 1, 5), *rows)
    assert found["A_metabolite"].tolist() == [0.0]
    assert found["A_central"].tolist() == close([steady_bolus(2, 12)])


@pytest.mark.parametrize("ss", [1, 2, 3])
def test_the_compartment_of_a_steady_state_is_on_as_its_earlier_doses_left_it(ss: int) -> None:
    off = {"TIME": 0, "EVID": 2, "CMT": "-central"}
    dose = {"TIME": 1, "EVID": 1, "AMT": 100, "II": 12, "SS": ss}
    assert amounts(PLAIN, off, dose, {"TIME": 4, "EVID": 0}) == close([steady_bolus(3, 12)])


def test_the_equilibrium_without_drug_needs_no_compartment() -> None:
    off, look = {"TIME": 0, "EVID": 2, "CMT": "-central"}, {"TIME": 4, "EVID": 0}
    assert amounts(PLAIN, off, {"TIME": 1, "EVID": 1, "SS": 1}, look) == [0.0]


def test_ss_1_additional_doses_continue_as_ordinary_doses() -> None:
    rows = [{"TIME": 0, "AMT": 100, "II": 12, "SS": 1, "ADDL": 2}, {"TIME": 30}, {"TIME": 50}]
    assert amounts(PLAIN, *rows) == close([steady_bolus(6, 12), steady_bolus(0, 12) * bolus(26, 1)])


def test_ss_2_adds_to_what_is_there_and_keeps_pending_doses() -> None:
    rows = [
        {"TIME": 0, "AMT": 50, "II": 10, "ADDL": 1},
        {"TIME": 4, "AMT": 100, "II": 12, "SS": 2},
        {"TIME": 11},
    ]
    expected = bolus(11, 50) + bolus(1, 50) + steady_bolus(7, 12)
    assert amounts(PLAIN, *rows) == close([expected])


def test_ss_2_keeps_infusions_and_its_own_earlier_ones() -> None:
    rows = [{"TIME": 0, "AMT": 100, "RATE": 5}, {"TIME": 4, "AMT": 200, "RATE": 10, "II": 12, "SS": 2}, {"TIME": 9}]
    own = sum(infusion(5 + 12 * k, 10, 20) for k in range(200))
    assert amounts(PLAIN, *rows) == close([infusion(9, 5, 20) + own])


def test_ss_2_is_refused_for_nonlinear_models_unless_forced() -> None:
    model = models.turnover(1, kin=2, kout=1, CL=CL, V=V, Imax=1, IC50=1)
    rows = [{"TIME": 0, "AMT": 100, "II": 12, "SS": 2}, {"TIME": 5}]
    with pytest.raises(InputError, match="row 1, column SS"):
        amounts(model, *rows)
    assert amounts(model, *rows, superpose=True) == [pytest.approx(steady_bolus(5, 12), rel=1e-7)]


def test_two_ss_2_regimens_are_morning_and_evening() -> None:
    rows = [{"TIME": 0, "AMT": 100, "II": 24, "SS": 1}, {"TIME": 10, "AMT": 50, "II": 24, "SS": 2}, {"TIME": 12}]
    # at 10 h only the first regimen is there; the second brings its whole past
    assert amounts(PLAIN, *rows) == close([steady_bolus(12, 24) + steady_bolus(2, 24, 50)])


def test_ss_2_does_not_count_twice_what_only_collects() -> None:
    model = models.parent_metabolite(CL, V, CLm=0, Vm=10, fm=0.5)
    rows: list[dict[str, Any]] = [{"TIME": 0, "AMT": 100, "EVID": 1}, {"TIME": 10, "EVID": 0}]
    rows += [{"TIME": 10, "AMT": 1e-9, "II": 12, "SS": 2, "EVID": 1}, {"TIME": 10, "EVID": 0}]
    before, after = run(model, *rows)["A_metabolite"]
    assert after == close(before)


def test_ss_1_at_a_restart_cancels_what_is_pending_and_the_time_since() -> None:
    rows = [{"TIME": 10, "AMT": 100, "EVID": 1, "II": 5, "ADDL": 9}, {"TIME": 12, "EVID": 0}]
    rows += [{"TIME": 0, "EVID": 4, "SS": 1}, {"TIME": 1, "EVID": 0}]
    found = run(PLAIN, *rows)
    assert found["A_central"].tolist() == close([bolus(2), 0.0])
    assert found["TAD"].isna().tolist() == [False, True]


def test_too_many_infusions_under_way_are_refused() -> None:
    with pytest.raises(InputError, match="under way at once"):
        amounts(PLAIN, {"TIME": 0, "AMT": 100, "RATE": 1e-6, "II": 12, "SS": 1}, {"TIME": 1})


def test_ss_3_is_ss_1_with_another_guess() -> None:
    model = models.turnover(1, kin=2, kout=0.1, CL=CL, V=V, Imax=0.9, IC50=1)
    found = [
        run(model, {"TIME": 0, "AMT": 30}, {"TIME": 4, "AMT": 100, "II": 12, "SS": ss}, {"TIME": 6})["response"][0]
        for ss in (1, 3)
    ]
    assert found[1] == pytest.approx(found[0], rel=1e-8)


def test_with_lag_the_state_stands_at_the_interval_less_the_lag() -> None:
    lagged = models.one_compartment(CL=CL, V=V, lag=5.0)
    found = amounts(lagged, {"TIME": 0, "AMT": 100, "II": 12, "SS": 1}, {"TIME": 0}, {"TIME": 5}, {"TIME": 6})
    assert found == close([steady_bolus(7, 12), steady_bolus(0, 12), steady_bolus(1, 12)])


def test_a_lag_beyond_the_interval_leaves_doses_under_way() -> None:
    lagged = models.one_compartment(CL=CL, V=V, lag=29.0)
    # doses of -12 and -24 h arrive at 17 and 5 h, this one at 29 h; nothing is ever negative
    found = amounts(
        lagged, {"TIME": 0, "AMT": 100, "II": 12, "SS": 1}, {"TIME": 0}, {"TIME": 6}, {"TIME": 20}, {"TIME": 30}
    )
    assert found == close([steady_bolus(7, 12), steady_bolus(1, 12), steady_bolus(3, 12), steady_bolus(1, 12)])


def test_earlier_infusions_longer_than_the_interval_run_on_to_their_own_ends() -> None:
    # 40 h every 12 h: those of -12, -24 and -36 h end at 28, 16 and 4 h
    dose = {"TIME": 0, "AMT": 400, "RATE": 10, "II": 12, "SS": 1}
    looks = [0.0, 3.0, 10.0, 20.0, 35.0, 60.0]
    expected = [sum(infusion(look + 12 * k, 10, 40) for k in range(200)) for look in looks]
    assert amounts(PLAIN, dose, *({"TIME": look} for look in looks)) == close(expected)


def test_amt_0_with_rate_is_a_constant_infusion_then_off() -> None:
    rows = [{"TIME": 2, "RATE": 10, "SS": 1, "EVID": 1}, {"TIME": 2, "EVID": 0}, {"TIME": 7, "EVID": 0}]
    assert amounts(PLAIN, *rows) == close([10 / K, 10 / K * bolus(5, 1)])
    model = models.turnover(2, kin=2, kout=0.5, CL=CL, V=V, Imax=1, IC50=2.0)
    held = run(model, *rows)["response"][0]
    assert held == pytest.approx(2 / (0.5 * (1 - 5 / 7)), rel=1e-7)


def test_a_constant_infusion_has_no_additional_doses_and_no_interval() -> None:
    for item in ({"II": 12}, {"ADDL": 2}):
        with pytest.raises(InputError, match="column (II|ADDL)"):
            table({"TIME": 0, "RATE": 10, "SS": 1, "EVID": 1, **item})


def test_all_zero_is_the_equilibrium_without_drug() -> None:
    model = models.turnover(1, kin=2, kout=0.1, CL=CL, V=V, Imax=0.9, IC50=1)
    rows = [{"TIME": 0, "AMT": 100, "EVID": 1}, {"TIME": 9, "SS": 1, "EVID": 1}, {"TIME": 9, "EVID": 0}]
    found = run(model, *rows)
    assert found["A_central"].tolist() == [pytest.approx(0.0, abs=1e-7)]
    assert found["response"].tolist() == [pytest.approx(20.0, rel=1e-8)]


def test_evid_4_with_ss_1_is_evid_1_with_ss_1() -> None:
    off = {"TIME": 0, "EVID": 2, "CMT": "-depot"}
    dose = {"TIME": 1, "AMT": 100, "II": 12, "SS": 1, "CMT": "central"}
    once, reset = (run(ORAL, off, {**dose, "EVID": evid}, {"TIME": 4, "EVID": 0}) for evid in (1, 4))
    assert once["A_central"].tolist() == reset["A_central"].tolist() == close([steady_bolus(3, 12)])


def test_the_residual_is_returned() -> None:
    events = table({"TIME": 0, "AMT": 100, "II": 12, "SS": 1}, {"TIME": 1})
    assert 0 <= simulate(events, model=ORAL).residual < 1e-12
    assert np.isnan(simulate(table({"TIME": 0, "AMT": 100}, {"TIME": 1}), model=ORAL).residual)


@pytest.mark.parametrize("dose", [{"AMT": 100, "II": 12}, {"RATE": 10}])
@pytest.mark.parametrize(
    "model",
    [
        models.one_compartment(CL=0, V=V),
        models.turnover(1, kin=1, kout=1, CL=0, V=V, Imax=1, IC50=1),
        models.turnover(3, kin=1, kout=1, CL=0, V=V, Smax=1, SC50=1, ka=1),
    ],
    ids=["linear", "inhibited", "stimulated"],
)
def test_what_is_never_eliminated_has_no_steady_state(model: models.Model, dose: dict[str, Any]) -> None:
    with pytest.raises(SolverError, match="no steady state"):
        amounts(model, {"TIME": 0, "SS": 1, "EVID": 1, **dose}, {"TIME": 1, "EVID": 0})


def test_superposition_of_an_absorbed_dose_at_steady_state() -> None:
    expected = sum(oral(3 + 8 * k) for k in range(200))
    assert amounts(ORAL, {"TIME": 0, "AMT": 100, "II": 8, "SS": 1}, {"TIME": 3}) == close([expected])
