"""Absorption of zero order, from two depots and through transit compartments, against closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad, simpson
from scipy.special import gammaincc
from scipy.stats import gamma

from ldnsim import EventTable, InputError, models, simulate

from ..looking import looks
from ..reference import closed_forms as exact

FEW = settings(max_examples=25, deadline=None)
TIMES = np.array([0.25, 1.0, 3.0, 7.5, 12.0, 20.0])
DOSE = {"TIME": 0, "AMT": 100}


@FEW
@given(st.floats(0.2, 15), st.floats(0.2, 20), st.floats(5, 50), st.floats(0.1, 1), st.floats(0, 3))
def test_zero_order_absorption_is_an_infusion_of_the_models_duration(
    duration: float, cl: float, v: float, f: float, lag: float
) -> None:
    model = models.zero_order_absorption(D=duration, CL=cl, V=v, F=f, lag=lag)
    found = looks(model, {**DOSE, "RATE": -2}, times=TIMES)["A_central"]
    expected = exact.infusion(exact.one(v, cl), f * 100 / duration, duration, TIMES - lag)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-10)


def test_zero_order_absorption_refuses_a_dose_that_says_otherwise() -> None:
    model = models.zero_order_absorption(D=2, CL=1, V=10)
    for rate in (0, 25, -1):
        table = EventTable.of({"ID": [1, 1], "TIME": [0, 1], "AMT": [100, 0], "RATE": [rate, 0], "EVID": [1, 0]})
        with pytest.raises(InputError, match="column RATE"):
            simulate(table, model=model)
    for duration in (0, -1, None):
        with pytest.raises(InputError, match="^D"):
            models.zero_order_absorption(D=duration, CL=1, V=10)  # type: ignore[arg-type]


@example(1.0, 1.0, 1.0, 4.1215478143580386e-66, 0.0, 1.0, 0.0)
@FEW
@given(
    st.floats(0, 1),
    st.floats(0.5, 4),
    st.floats(0.2, 4),
    st.floats(0, 4),
    st.floats(0, 4),
    st.floats(0, 2),
    st.sampled_from([0.0, 25.0]),
)
def test_two_depots_are_the_sum_of_one_each(
    share: float, ka1: float, ka2: float, lag1: float, lag2: float, lag: float, later: float
) -> None:
    cl, v = 2.0, 17.0
    assume(min(abs(ka1 - cl / v), abs(ka2 - cl / v)) > 0.05)
    model = models.parallel_depots(share, ka1, ka2, cl, v, lag1=lag1, lag2=lag2, lag=lag, F=0.8)
    # a second dose comes while the first is still on its way, or is left out
    doses: list[dict[str, Any]] = [DOSE, {"TIME": 1.5, "AMT": later}]
    found = looks(model, *doses, times=TIMES)
    terms = exact.one(v, cl)
    parts = [
        exact.absorbed(terms, 0.8 * dose["AMT"] * part, ka, TIMES - dose["TIME"] - lag - own)
        for dose in doses
        for part, ka, own in ((share, ka1, lag1), (1 - share, ka2, lag2))
    ]
    np.testing.assert_allclose(found["A_central"], np.sum(parts, axis=0), rtol=1e-8, atol=1e-10)
    if not later:
        # as lags are put together: one of 1e-66 is none beside the other
        since = TIMES - (lag + lag1)
        waiting = np.where(since >= 0, 80 * share * np.exp(-ka1 * since), 0)
        np.testing.assert_allclose(found["A_depot1"], waiting, rtol=1e-8, atol=1e-10)


def test_a_depot_with_everything_is_the_only_one() -> None:
    one = looks(models.one_compartment(2, 17, ka=0.9), DOSE, times=TIMES)["A_central"]
    for share, ka1, ka2 in ((1.0, 0.9, 3.0), (0.0, 3.0, 0.9), (0.3, 0.9, 0.9)):
        found = looks(models.parallel_depots(share, ka1, ka2, 2, 17), DOSE, times=TIMES)["A_central"]
        np.testing.assert_allclose(found, one, rtol=1e-10)


def test_the_depot_shows_both_and_takes_infusions_of_the_model() -> None:
    model = models.parallel_depots(0.25, 1, 0.5, 0, 17, D=4)
    found = looks(model, {**DOSE, "RATE": -2}, times=np.array([2.0]), CMT="depot")
    # while 25 an hour come in, each depot goes towards what comes in over its rate constant
    held = 25 * (0.25 / 1 * -np.expm1(-2.0) + 0.75 / 0.5 * -np.expm1(-1.0))
    assert found["IPRED"][0] == pytest.approx(held, rel=1e-9)
    assert found["A_central"][0] == pytest.approx(50 - held, rel=1e-9)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"share": 1.2}, "share"),
        ({"share": lambda _: 0.5}, "share"),
        ({"lag1": -1}, "lag1"),
        ({"lag2": float("nan")}, "lag2"),
        ({"ka1": 0}, "ka1"),
        ({"ka2": -1}, "ka2"),
    ],
)
def test_bad_depots_are_named(change: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=f"^{named}"):
        models.parallel_depots(**{"share": 0.5, "ka1": 1, "ka2": 2, "CL": 1, "V": 10, **change})


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 12), st.floats(0.3, 8), st.floats(0.05, 0.8))
def test_a_chain_lets_go_a_gamma_density(n: int, mean: float, k: float) -> None:
    model = models.transit_absorption(n, mean, CL=k * 10, V=10)
    shape = gamma(n + 1, scale=mean / (n + 1))
    depot = looks(model, DOSE, times=TIMES, CMT="depot")["IPRED"]
    np.testing.assert_allclose(depot, 100 * gammaincc(n + 1, TIMES * (n + 1) / mean), rtol=1e-7, atol=1e-8)
    central = looks(model, DOSE, times=TIMES)["A_central"]
    expected = [
        100 * quad(lambda s, end=end: shape.pdf(s) * np.exp(-k * (end - s)), 0, end, points=[min(mean, end)])[0]
        for end in TIMES
    ]
    np.testing.assert_allclose(central, expected, rtol=1e-6, atol=1e-6)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 8), st.floats(0.3, 6), st.floats(0.05, 0.8), st.floats(1, 3))
def test_a_chain_into_a_site_of_absorption_is_savics_integral(n: int, mean: float, k: float, ka: float) -> None:
    model = models.transit_absorption(n, mean, CL=k * 10, V=10, ka=ka)
    found = looks(model, DOSE, times=TIMES)["A_central"]
    shape = gamma(n + 1, scale=mean / (n + 1))

    def after(time: float) -> float:
        return float(ka / (ka - k) * (np.exp(-k * time) - np.exp(-ka * time)))

    expected = [
        100 * quad(lambda s, end=end: shape.pdf(s) * after(end - s), 0, end, points=[min(mean, end)])[0]
        for end in TIMES
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_a_chain_of_one_is_absorption_at_first_order() -> None:
    chain = looks(models.transit_absorption(0, 1.25, 2, 17, F=0.6, lag=0.4), DOSE, times=TIMES)
    first = looks(models.one_compartment(2, 17, ka=0.8, F=0.6, lag=0.4), DOSE, times=TIMES)
    np.testing.assert_allclose(chain["C_central"], first["C_central"], rtol=1e-10)
    np.testing.assert_allclose(chain["A_transit0"], first["A_depot"], rtol=1e-10)


def test_doses_that_overlap_in_a_chain_add_up() -> None:
    model = models.transit_absorption(7, 6, 2, 17, ka=1.4)
    doses = [{"TIME": 2.0 * number, "AMT": 30.0 + number} for number in range(4)]
    times = np.arange(1, 24, 2.5)
    together = looks(model, *doses, times=times)["A_central"]
    alone = [looks(model, dose, times=times)["A_central"] for dose in doses]
    np.testing.assert_allclose(together, np.sum(alone, axis=0), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("ka", [None, 0.5])
def test_the_mean_time_to_absorption_is_that_of_the_chain_and_its_site(ka: float | None) -> None:
    times = np.arange(0, 60, 0.2)
    depot = looks(models.transit_absorption(5, 3, 0, 17, ka=ka), DOSE, times=times, CMT="depot")["IPRED"]
    assert simpson(depot, x=times) / 100 == pytest.approx(3 + (0 if ka is None else 1 / ka), rel=1e-5)


def test_a_long_chain_is_nearly_a_lag_and_loses_nothing() -> None:
    found = looks(models.transit_absorption(60, 5, 0, 17), DOSE, times=np.array([2.5, 5.0, 10.0, 20.0]))["A_central"]
    assert found[0] < 0.1
    assert found[1] == pytest.approx(50, abs=3)
    assert found[3] == pytest.approx(100, rel=1e-9)


@pytest.mark.parametrize("n", [2.5, 3.0, -1, 61, True, "3"])
def test_a_chain_has_whole_compartments(n: Any) -> None:
    with pytest.raises(InputError, match="^n: got .*a chain has no part of a compartment"):
        models.transit_absorption(n, 2, 1, 10)
    with pytest.raises(InputError, match="^MTT"):
        models.transit_absorption(2, 0, 1, 10)
