"""Distributions: quantiles and moments against theory, and what they refuse."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldnsim import InputError
from ldnsim.base.streams import Purpose, normals
from ldnsim.population.distributions import (
    DISTRIBUTIONS,
    LogitNormal,
    LogNormal,
    Normal,
    Triangular,
    Uniform,
    from_dict,
)

SHARES = np.array([1e-12, 0.001, 0.025, 0.3, 0.5, 0.77, 0.999, 1 - 1e-12])
N = 200_000
Z = normals(1, Purpose.PEOPLE, 0, (0,), np.arange(N))


def quantiles(distribution: Any, typical: float) -> np.ndarray:
    from scipy.special import ndtri

    found: np.ndarray = distribution.values(typical, ndtri(SHARES))
    return found


@pytest.mark.parametrize("cv", [0.0, 0.05, 0.4, 2.0])
def test_log_normal_quantiles_and_moments(cv: float) -> None:
    from scipy.stats import lognorm

    distribution = LogNormal(cv=cv)
    s = math.sqrt(math.log(1 + cv * cv))
    if cv:
        assert quantiles(distribution, 140.0) == pytest.approx(lognorm(s, scale=140.0).ppf(SHARES), rel=1e-9)
    sd = distribution.sd_log
    # the mean and the variance that the coefficient of variation promises
    mean, variance = 140.0 * math.exp(sd**2 / 2), 140.0**2 * math.exp(sd**2) * (math.exp(sd**2) - 1)
    assert math.sqrt(variance) / mean == pytest.approx(cv)
    assert np.log(distribution.values(140.0, Z) / 140.0).std() == pytest.approx(s, rel=0.01)


def test_spreads_of_a_log_normal_are_those_of_the_logarithm() -> None:
    assert LogNormal(sd=0.3).sd_log == LogNormal(var=0.09).sd_log == pytest.approx(0.3)
    # OMEGA 0.09 is a coefficient of variation of sqrt(exp(0.09) - 1) = 30.69 %
    assert LogNormal(var=0.09).sd_log == pytest.approx(LogNormal(cv=0.306879).sd_log, rel=1e-5)


@pytest.mark.parametrize("distribution", [Normal(sd=14.0), Normal(cv=0.1), Normal(var=196.0)])
def test_normal_quantiles(distribution: Normal) -> None:
    from scipy.stats import norm

    assert quantiles(distribution, 140.0) == pytest.approx(norm(140.0, 14.0).ppf(SHARES), rel=1e-9)


@pytest.mark.parametrize("distribution", [Uniform(sd=14.0), Uniform(cv=0.1), Uniform(var=196.0)])
def test_uniform_quantiles_and_moments(distribution: Uniform) -> None:
    from scipy.stats import uniform

    width = 14.0 * math.sqrt(12)
    law = uniform(140.0 - width / 2, width)
    assert law.std() == pytest.approx(14.0)
    assert quantiles(distribution, 140.0) == pytest.approx(law.ppf(SHARES), rel=1e-9)
    assert distribution.values(140.0, Z).std() == pytest.approx(14.0, rel=0.01)


@pytest.mark.parametrize("mode", [2.0, 2.5, 4.0, 5.0])
def test_triangular_quantiles(mode: float) -> None:
    from scipy.stats import triang

    law = triang((mode - 2.0) / 3.0, 2.0, 3.0)
    assert quantiles(Triangular(2.0, 5.0), mode) == pytest.approx(law.ppf(SHARES), rel=1e-9)


@pytest.mark.parametrize("distribution", [LogitNormal(sd=0.7), LogitNormal(var=0.49)])
def test_logit_normal_is_normal_in_log_odds(distribution: LogitNormal) -> None:
    from scipy.stats import kstest

    found = distribution.values(0.2, Z)
    odds = np.log(found / (1 - found))
    assert kstest((odds - math.log(0.25)) / 0.7, "norm").pvalue > 0.001
    assert np.median(found) == pytest.approx(0.2, rel=0.01)
    assert distribution.values(np.array([0.0, 1.0]), Z[:2]).tolist() == [0.0, 1.0]


def test_typical_values_may_differ_from_person_to_person() -> None:
    typical = np.array([1.0, 2.0, 0.5])
    for distribution in (LogNormal(cv=0.2), Normal(cv=0.2), Uniform(cv=0.2), LogitNormal(sd=1), Triangular(0.0, 3.0)):
        each = [float(distribution.values(float(t), Z[k : k + 1])[0]) for k, t in enumerate(typical)]
        assert distribution.values(typical, Z[:3]) == pytest.approx(each, nan_ok=True)


@given(
    st.sampled_from([LogNormal, Normal, Uniform]),
    st.sampled_from(["cv", "sd", "var"]),
    st.floats(0, 10),
    st.one_of(st.none(), st.floats(0.1, 100)),
)
def test_a_distribution_survives_json(kind: Any, spread: str, value: float, typical: float | None) -> None:
    import json

    distribution = kind(typical, **{spread: value})
    assert from_dict(json.loads(json.dumps(distribution.to_dict())), "x") == distribution
    assert list(DISTRIBUTIONS) == ["LogNormal", "Normal", "LogitNormal", "Uniform", "Triangular"]


@pytest.mark.parametrize("kind", [LogNormal, Normal, Uniform, LogitNormal])
@pytest.mark.parametrize(
    ("spread", "named"),
    [
        ({}, "cv, sd, var"), ({"sd": 1, "var": 1}, "cv, sd, var"), ({"sd": -1}, "sd"), ({"var": math.nan}, "var"),
        ({"sd": "0.3"}, "sd"), ({"var": True}, "var"), ({"sd": math.inf}, "sd"),
    ],
)  # fmt: skip
def test_spreads_that_are_none_are_refused(kind: Any, spread: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=f"^{named}: got"):
        kind(**spread)


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: LogNormal(cv=30), "cv"), (lambda: LogNormal(cv=-0.1), "cv"), (lambda: LogNormal(cv=0.3, sd=1), "cv"),
        (lambda: LogitNormal(cv=0.3), "cv"), (lambda: LogitNormal(1.2, sd=1), "typical"),
        (lambda: Normal("x", sd=1), "typical"),  # type: ignore[arg-type]
        (lambda: Triangular(2.0, 2.0), "high"), (lambda: Triangular(math.nan, 2.0), "low"),
        (lambda: Triangular(1.0, 2.0).values(3.0, Z), "typical"),
        (lambda: from_dict({"kind": "Cauchy"}, "x"), "x"), (lambda: from_dict(None, "x"), "x"),
        (lambda: from_dict({"kind": "Normal", "width": 1}, "x"), "x"),
    ],
)  # fmt: skip
def test_bad_numbers_are_named(make: Any, named: str) -> None:
    with pytest.raises(InputError, match=f"^{named}"):
        make()


def test_a_spread_is_given_by_keyword_alone() -> None:
    with pytest.raises(TypeError):
        LogNormal(1.0, 0.3)  # type: ignore[call-arg]


def test_what_overflows_is_infinite_without_a_warning() -> None:
    assert LogNormal(sd=1000.0).values(1.0, np.array([5.0, -5.0])).tolist() == [math.inf, 0.0]
