"""Effect compartment, tolerance and precursor against closed forms and equations in another form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from ldnsim import InputError, models

from ..looking import Array, looks
from ..reference import closed_forms as exact

FEW = settings(max_examples=25, deadline=None)
TIMES = np.array([0.25, 1.0, 3.0, 7.5, 12.0, 20.0])
INHIBITS = {"Imax": 0.8, "IC50": 2.0}
STIMULATES = {"Smax": 3.0, "SC50": 2.0}
STAYS = {"CL": 0, "V": 4}
"""A drug whose level after a bolus is constant."""


def sigmoid(level: Any, half: float, h: float) -> Any:
    return level**h / (half**h + level**h)


@FEW
@given(st.floats(0.02, 1), st.floats(0.02, 3), st.floats(0.1, 50), st.floats(0, 2), st.floats(0.5, 3))
def test_an_effect_compartment_follows_plasma(k: float, ke0: float, level: float, e0: float, h: float) -> None:
    assume(abs(k - ke0) > 0.05)
    model = models.effect_compartment(ke0=ke0, Emax=4, EC50=2, CL=k * 5, V=5, E0=e0, h=h)
    found = looks(model, {"TIME": 0, "AMT": 5 * level}, times=TIMES)
    site = level * exact.chain([ke0, k], TIMES)  # a chain is the same from both ends but for its first rate
    np.testing.assert_allclose(found["C_site"], site, rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(found["effect"], e0 + 4 * sigmoid(site, 2.0, h), rtol=1e-6)
    np.testing.assert_allclose(found["IPRED"], found["effect"])


def test_the_site_takes_nothing_away_and_ends_at_the_plasma_level() -> None:
    values = {"ke0": 0.4, "Emax": 4, "EC50": 2}
    dosed = {"TIME": 0, "AMT": 40}
    with_site = looks(models.effect_compartment(**values, CL=1, V=4, ka=0.8), dosed, times=TIMES)
    plain = looks(models.one_compartment(1, 4, ka=0.8), dosed, times=TIMES)
    np.testing.assert_allclose(with_site["C_central"], plain["C_central"], rtol=1e-10)
    late = looks(models.effect_compartment(**values, **STAYS), {"TIME": 0, "AMT": 8}, times=np.array([200.0]))
    # a level of EC50 gives half of Emax
    assert (late["C_site"][0], late["effect"][0]) == pytest.approx((2.0, 2.0), rel=1e-9)


def factors(kind: int, level: Any, h: float = 1.0) -> tuple[Any, Any]:
    """What the drug makes of production and of loss."""
    factor = 1 - 0.8 * sigmoid(level, 2.0, h) if kind < 3 else 1 + 3 * sigmoid(level, 2.0, h)
    return (factor, 1.0 + 0 * factor) if kind in (1, 3) else (1.0 + 0 * factor, factor)


def potency(kind: int) -> dict[str, float]:
    return INHIBITS if kind < 3 else STIMULATES


@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_with_a_moderator_that_stands_still_there_is_no_tolerance(kind: int) -> None:
    model = models.tolerance_turnover(kind, kin=8, kout=0.5, ktol=0, **STAYS, **potency(kind))
    found = looks(model, {"TIME": 0, "AMT": 24}, times=TIMES)
    # it stands at 4, so that loss is at 0.5 * 4 an hour
    np.testing.assert_allclose(found["response"], exact.response(8, 2, *factors(kind, 6.0), TIMES), rtol=1e-6)
    np.testing.assert_allclose(found["moderator"], 4.0, rtol=1e-12)


@pytest.mark.parametrize("kind", [1, 2, 3, 4])
@pytest.mark.parametrize("h", [1.0, 1.7])
def test_tolerance_in_logarithms(kind: int, h: float) -> None:
    kin, kout, ktol, k, level = 8.0, 0.5, 0.15, 0.2, 20.0
    model = models.tolerance_turnover(kind, kin=kin, kout=kout, ktol=ktol, CL=k * 4, V=4, h=h, **potency(kind))
    found = looks(model, {"TIME": 0, "AMT": 4 * level}, times=TIMES)

    def slopes(time: float, logs: Array) -> list[float]:
        production, loss = factors(kind, level * np.exp(-k * time), h)
        r, m = logs
        return [kin * production * np.exp(-r) - kout * loss * np.exp(m), ktol * np.expm1(r - m)]

    start = np.full(2, np.log(kin / kout) / 2)
    solved = solve_ivp(slopes, (0, 20), start, t_eval=TIMES, method="Radau", rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found["response"], np.exp(solved.y[0]), rtol=1e-6)
    np.testing.assert_allclose(found["moderator"], np.exp(solved.y[1]), rtol=1e-6)


@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_tolerance_ends_at_the_square_root_and_rebounds(kind: int) -> None:
    model = models.tolerance_turnover(kind, kin=8, kout=0.5, ktol=0.1, **STAYS, **potency(kind))
    stopped = {"TIME": 400, "AMT": 0, "EVID": "replace", "CMT": "central"}
    times = np.array([1.0, 399.0, 402.0, 800.0])
    at_once, late, after, recovered = looks(model, {"TIME": 0, "AMT": 24}, stopped, times=times)["response"]
    production, loss = factors(kind, 6.0)
    assert late == pytest.approx(4 * (production / loss) ** 0.5, rel=1e-6)
    way = np.sign(late - 4)
    assert way * (at_once - 4) > 0
    assert way * (after - 4) < 0  # beyond the baseline
    assert recovered == pytest.approx(4.0, rel=1e-6)


@pytest.mark.parametrize("which", [INHIBITS, STIMULATES])
@pytest.mark.parametrize("ks", [0.0, 0.3])
def test_a_precursor_under_a_constant_level(which: dict[str, float], ks: float) -> None:
    k0, kp, kout = 6.0, 0.25, 0.7
    model = models.precursor_turnover(k0=k0, kp=kp, kout=kout, ks=ks, **STAYS, **which)
    found = looks(model, {"TIME": 0, "AMT": 24}, times=TIMES)
    used = kp * (1 - 0.8 * 0.75 if which is INHIBITS else 1 + 3 * 0.75)
    pool = exact.response(k0, kp + ks, 1.0, (used + ks) / (kp + ks), TIMES)
    np.testing.assert_allclose(found["precursor"], pool, rtol=1e-6)
    # the response to a pool that goes from one constant to another by an exponential
    before, after, speed = k0 / (kp + ks), k0 / (used + ks), used + ks
    start = kp * before / kout
    expected = (
        used * after / kout
        + used * (before - after) / (kout - speed) * np.exp(-speed * TIMES)
        + (start - used * after / kout - used * (before - after) / (kout - speed)) * np.exp(-kout * TIMES)
    )
    np.testing.assert_allclose(found["response"], expected, rtol=1e-6)


@pytest.mark.parametrize("which", [INHIBITS, STIMULATES])
def test_a_precursor_as_a_total_that_only_production_and_loss_change(which: dict[str, float]) -> None:
    k0, kp, kout, ks, k, level = 6.0, 0.25, 0.7, 0.1, 0.2, 20.0
    model = models.precursor_turnover(k0=k0, kp=kp, kout=kout, ks=ks, CL=k * 4, V=4, h=1.5, **which)
    found = looks(model, {"TIME": 0, "AMT": 4 * level}, times=TIMES)

    def slopes(time: float, held: Array) -> list[float]:
        total, response = held
        taken = sigmoid(level * np.exp(-k * time), 2.0, 1.5)
        use = kp * (1 - 0.8 * taken if which is INHIBITS else 1 + 3 * taken)
        return [k0 - ks * (total - response) - kout * response, use * total - (use + kout) * response]

    pool = k0 / (kp + ks)
    start = [pool + kp * pool / kout, kp * pool / kout]
    solved = solve_ivp(slopes, (0, 20), start, t_eval=TIMES, method="Radau", rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found["response"], solved.y[1], rtol=1e-6)
    np.testing.assert_allclose(found["precursor"], solved.y[0] - solved.y[1], rtol=1e-6)


@pytest.mark.parametrize("which", [INHIBITS, STIMULATES])
def test_what_a_precursor_withholds_it_gives_back(which: dict[str, float]) -> None:
    # all that is made must leave as response, so that what is above the baseline is as much as what is below it
    model = models.precursor_turnover(k0=6, kp=0.25, kout=0.7, CL=1.2, V=4, **which)
    times = np.arange(0, 150, 0.05)
    away = looks(model, {"TIME": 0, "AMT": 80}, times=times)["response"] - 6 / 0.7
    above, below = (np.trapezoid(np.maximum(sign * away, 0), times) for sign in (1, -1))
    assert min(above, below) > 1
    assert above == pytest.approx(below, rel=1e-3)
    first = away[np.abs(away) > 1e-3][0]
    assert first < 0 if which is INHIBITS else first > 0


def test_tolerance_to_what_uses_up_a_precursor_is_complete() -> None:
    model = models.precursor_turnover(k0=6, kp=0.25, kout=0.7, **STAYS, **STIMULATES)
    found = looks(model, {"TIME": 0, "AMT": 24}, times=np.array([1.0, 300.0]))["response"]
    assert found[0] > 1.2 * 6 / 0.7
    assert found[1] == pytest.approx(6 / 0.7, rel=1e-6)


def test_untreated_responses_stay() -> None:
    made = (
        models.precursor_turnover(k0=6, kp=0.25, kout=0.7, ks=0.1, **STAYS, **INHIBITS),
        models.tolerance_turnover(3, kin=8, kout=0.5, ktol=0.1, **STAYS, **STIMULATES),
    )
    for model in made:
        found = looks(model, {"TIME": 0, "AMT": 0}, times=np.array([0.0, 100.0]))["response"]
        assert found[1] == pytest.approx(found[0], rel=1e-10)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "Smax"),
        ({"Imax": 1}, "IC50"),
        ({"SC50": 1}, "Smax"),
        ({**INHIBITS, "SC50": 1}, "SC50"),
        ({**INHIBITS, **STIMULATES}, "Smax"),
        ({"Imax": 1.1, "IC50": 1}, "Imax"),
        ({**INHIBITS, "kp": 0}, "kp"),
    ],
)
def test_a_precursor_takes_one_potency(given: dict[str, float], named: str) -> None:
    with pytest.raises(InputError, match=f"^{named}:"):
        models.precursor_turnover(**{"k0": 6, "kp": 0.25, "kout": 0.7, "CL": 1, "V": 4, **given})


@pytest.mark.parametrize(
    ("change", "named"), [({"kind": 0}, "kind"), ({"kind": 1}, "Imax"), ({"Imax": 0.5}, "Imax"), ({"ktol": -1}, "ktol")]
)
def test_tolerance_takes_the_potency_of_its_kind(change: dict[str, Any], named: str) -> None:
    values = {"kind": 3, "kin": 8, "kout": 0.5, "ktol": 0.1, "CL": 1, "V": 4, **STIMULATES}
    with pytest.raises(InputError, match=f"^{named}:"):
        models.tolerance_turnover(**{**values, **change})
