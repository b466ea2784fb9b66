"""Adherence: shares of missed doses, distribution of delays, and streams of their own."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from ldnsim import InputError
from ldnsim.population.adherence import Adherence
from ldnsim.population.distributions import LogitNormal, LogNormal

MANY = np.arange(20_000)
DAILY = np.full(5, 24.0)


def test_without_anything_every_dose_is_taken_in_time() -> None:
    taken, delay = Adherence().draw(1, 0, MANY, DAILY)
    assert taken.shape == delay.shape == (5, MANY.size)
    assert taken.all()
    assert not delay.any()
    assert not Adherence(miss=1).draw(1, 0, MANY, DAILY)[0].any()


def test_doses_are_missed_independently() -> None:
    taken, _ = Adherence(miss=0.1).draw(1, 0, MANY, DAILY)
    # four standard errors of a share of 0.1 among 20,000
    assert (1 - taken.mean(axis=1)) == pytest.approx(0.1, abs=0.0085)
    assert abs(np.corrcoef(taken.astype(float)) - np.eye(5)).max() < 0.03


def test_people_differ_in_how_often_they_miss() -> None:
    plan = np.full(100, 24.0)
    missed = 1 - Adherence(miss=0.2, between=LogitNormal(sd=1)).draw(1, 0, MANY, plan)[0].mean(axis=0)
    alike = 1 - Adherence(miss=0.2).draw(1, 0, MANY, plan)[0].mean(axis=0)
    assert np.median(missed) == pytest.approx(0.2, abs=0.01)
    # sd of the logit-normal about 0.2, by integrating over 2,001 quantiles, and sd of 100 coins about it
    from scipy.special import expit, logit, ndtri

    chances = expit(logit(0.2) + ndtri((np.arange(2001) + 0.5) / 2001))
    expected = np.sqrt(chances.var() + (chances * (1 - chances)).mean() / 100)
    assert missed.std() == pytest.approx(expected, rel=0.03)
    assert alike.std() == pytest.approx(np.sqrt(0.2 * 0.8 / 100), rel=0.03)


@pytest.mark.parametrize(("sd", "longest"), [(0.75, np.inf), (0.75, 24.0), (10.0, 12.0), (1e5, 24.0)])
def test_delays_are_half_normal_and_truncated_without_a_pile(sd: float, longest: float) -> None:
    from scipy.stats import kstest, truncnorm

    _, delay = Adherence(late_sd=sd).draw(1, 0, MANY, np.array([longest]))
    assert kstest(delay[0], truncnorm(0, longest / sd, scale=sd).cdf).pvalue > 0.001
    assert delay.max() <= longest
    assert len(set(delay[0].tolist())) == MANY.size


def test_a_missed_dose_is_not_late_and_moves_no_other() -> None:
    _, late = Adherence(late_sd="45 min").draw(1, 0, MANY, DAILY)
    taken, delay = Adherence(late_sd=0.75, miss=0.3).draw(1, 0, MANY, DAILY)
    assert np.array_equal(delay, np.where(taken, late, 0.0))
    assert np.array_equal(taken, Adherence(miss=0.3).draw(1, 0, MANY, DAILY)[0])


def test_how_late_a_dose_is_says_nothing_about_whether_it_is_taken() -> None:
    from scipy.stats import halfnorm, kstest

    taken, delay = Adherence(late_sd=1.0, miss=0.5).draw(1, 0, MANY, np.array([np.inf]))
    assert kstest(delay[taken], halfnorm.cdf).pvalue > 0.001


def test_more_doses_begin_with_the_same_and_a_higher_probability_only_adds() -> None:
    habit = Adherence(miss=0.2, late_sd=1)
    taken, delay = habit.draw(1, 0, MANY, DAILY)
    few = habit.draw(1, 0, MANY, DAILY[:2])
    assert np.array_equal(few[0], taken[:2])
    assert np.array_equal(few[1], delay[:2])
    assert not (Adherence(miss=0.3).draw(1, 0, MANY, DAILY)[0] & ~taken).any()


@pytest.mark.parametrize(
    "habit", [Adherence(), Adherence(miss=0.1, late_sd="45 min"), Adherence(miss=0.1, between=LogitNormal(sd=0.5))]
)
def test_adherence_survives_json(habit: Adherence) -> None:
    assert Adherence.from_dict(json.loads(json.dumps(habit.to_dict()))) == habit


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"miss": -0.1}, "miss"), ({"miss": 10}, "miss"), ({"miss": "often"}, "miss"), ({"late_sd": -1}, "late_sd"),
        ({"late_sd": "45"}, "late_sd"), ({"late_sd": 1e9}, "late_sd"), ({"between": LogNormal(cv=0.3)}, "between"),
        ({"between": LogitNormal(0.2, sd=1)}, "between"), ({"between": 0.5}, "between"),
    ],
)  # fmt: skip
def test_bad_adherence_is_named(given: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=f"^{named}: got"):
        Adherence(**given)
    with pytest.raises(InputError, match="^adherence: got"):
        Adherence.from_dict({"miss": 0.1})
