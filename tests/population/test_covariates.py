"""Covariates: effects worked out by hand from the ledger rows, and what is refused."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from ldnsim import InputError, resolve
from ldnsim.ledger.parameters import naltrexone_rules
from ldnsim.models import one_compartment
from ldnsim.population.covariate_reading import from_plain, read
from ldnsim.population.covariates import apply, check, effects, levels, references
from ldnsim.population.distributions import LogitNormal, LogNormal, Normal, Triangular, Uniform

TYPICAL = {name: entry.value for name, entry in resolve("exposure=label50").items()}
MANY = np.arange(50_000)


def changed(given: dict[str, Any], n: int = 1) -> dict[str, list[float]]:
    values = {one.name: one.values(1, 0, np.arange(n))[0] for one in read(given, n)}
    return {name: np.asarray(value).tolist() for name, value in apply(values, TYPICAL).items()}


@pytest.mark.parametrize(
    ("given", "parameters"),
    [
        # 140 L/h (PP106) + 0.548 L/h/kg (PP075) * (100 - 70) kg (LM032)
        ({"weight": 100}, {"pk.cl": 156.44}),
        ({"weight": "100 kg"}, {"pk.cl": 156.44}),
        ({"weight": "100000 g"}, {"pk.cl": 156.44}),
        # 140 - 0.108 L/h/year (PP076) * (65 - 40) years (LM033)
        ({"age": 65}, {"pk.cl": 137.3}),
        # both
        ({"weight": 100, "age": 65}, {"pk.cl": 153.74}),
        # 27.6 L/h (PP112) + 0.229 L/h/(mL/min) (PP077) * (40 - 100) mL/min (LM034) = 13.86; renal part 17 (PP052) * 0.4
        ({"creatinine_clearance": 40}, {"pk.clm": 13.86, "pk.clrm": 6.8}),
        # 27.6 - 22.9, and no renal part
        ({"creatinine_clearance": 0}, {"pk.clm": 4.7, "pk.clrm": 0.0}),
        ({"creatinine_clearance": "2.4 L/h"}, {"pk.clm": 13.86, "pk.clrm": 6.8}),
        # 27.6 L/h (PP112) * 1.18 (PP079)
        ({"smoking": True}, {"pk.clm": 32.568}),
        ({"smoking": "no"}, {"pk.clm": 27.6}),
        # 13.86 * 1.18
        ({"creatinine_clearance": 40, "smoking": "yes"}, {"pk.clm": 16.3548, "pk.clrm": 6.8}),
        # 0.093 (PP105) * 8.05 (PP080), below the limit 0.9 (LM037)
        ({"liver": "decompensated"}, {"pk.f": 0.74865, "pk.cl": 140.0}),
        ({"liver": "B"}, {"pk.f": 0.74865, "pk.cl": 140.0}),
        ({"liver": "C"}, {"pk.f": 0.74865, "pk.cl": 140.0}),
        # availability 0.093 (PP105) * 2.84 (LM036)
        ({"liver": "A"}, {"pk.f": 0.26412, "pk.cl": 140.0}),
        ({"liver": "none"}, {"pk.f": 0.093, "pk.cl": 140.0}),
        ({"sex": "female"}, {}),
    ],
)
def test_effects_are_those_of_the_ledger(given: dict[str, Any], parameters: dict[str, float]) -> None:
    found = changed(given)
    assert {name: values[0] for name, values in found.items()} == pytest.approx(parameters)
    assert found.keys() == parameters.keys()


@pytest.mark.parametrize("name", ["weight", "age", "creatinine_clearance"])
def test_the_reference_changes_nothing(name: str) -> None:
    for parameter, values in changed({name: references()[name][0]}).items():
        assert values == pytest.approx([TYPICAL[parameter]])


def test_availability_stops_at_its_limit_and_never_falls() -> None:
    # 0.132 (PP116, preset ldn24) * 8.05 = 1.06, above 0.9
    low_dose = {name: entry.value for name, entry in resolve("exposure=ldn24").items()}
    ill = {"liver": np.array(["decompensated", "none"])}
    assert apply(ill, low_dose)["pk.f"].tolist() == pytest.approx([0.9, 0.132])
    # clearance does the rest, so that the area is 8.05 times as large: 140 * 0.9 / 1.0626
    assert apply(ill, low_dose)["pk.cl"].tolist() == pytest.approx([118.58, 140.0], rel=1e-4)
    assert apply(ill, {**TYPICAL, "pk.f": 0.95})["pk.f"].tolist() == [0.95, 0.95]


def test_the_factor_of_compensated_disease_lies_between() -> None:
    factors = {effect.level: effect.value for effect in effects() if effect.covariate == "liver"}
    assert 1 < factors["compensated"] < factors["decompensated"] == 8.05
    assert factors["compensated"] == pytest.approx(math.sqrt(8.05), abs=0.005)


def test_one_value_for_each_person() -> None:
    # 140 L/h and 0.548 L/h/kg * (50 - 70) kg, 140 L/h, 140 L/h and 0.548 L/h/kg * (90 - 70) kg
    for weights in ([50, 70, 90], np.array([50.0, 70.0, 90.0]), ("50 kg", 70, 90.0)):
        assert changed({"weight": weights}, 3)["pk.cl"] == pytest.approx([129.04, 140.0, 150.96])
    assert changed({"smoking": [True, "no"]}, 2)["pk.clm"] == pytest.approx([32.568, 27.6])


def test_values_follow_the_person_not_the_place() -> None:
    (weight,) = read({"weight": [50, 70, 90]}, 3)
    assert weight.values(1, 0, np.array([2, 0]))[0].tolist() == [90, 50]


def test_a_distribution_is_about_the_reference_or_its_own_value() -> None:
    weight, age = read({"age": Normal(50, sd=8), "weight": LogNormal(cv=0.2)}, 50_000)
    assert (weight.name, age.name) == ("weight", "age")
    kg, years = (one.values(1, 0, MANY)[0].astype(float) for one in (weight, age))
    # four standard errors
    assert np.median(kg) == pytest.approx(70, abs=4 * 1.25 * 14 / math.sqrt(MANY.size))
    assert kg.std() / kg.mean() == pytest.approx(0.2, rel=0.02)
    assert years.mean() == pytest.approx(50, abs=4 * 8 / math.sqrt(MANY.size))
    assert abs(np.corrcoef(kg, years)[0, 1]) < 4 / math.sqrt(MANY.size)


def test_what_nobody_can_have_is_drawn_again() -> None:
    from scipy.stats import kstest, truncnorm

    (age,) = read({"age": Normal(40, sd=40)}, 50_000)
    years, redrawn = age.values(1, 0, MANY)
    assert years.astype(float).min() >= 0
    some = np.array([40_000, 17, 3, 8])
    assert np.array_equal(age.values(1, 0, some)[0], years[some])
    # a share q is below 0 at each draw, so q / (1 - q) more draws a person
    below = 0.158655
    assert redrawn.mean() == pytest.approx(below / (1 - below), rel=0.05)
    assert kstest(years.astype(float), truncnorm(-1, np.inf, loc=40, scale=40).cdf).pvalue > 0.001


def test_shares_of_levels_are_drawn() -> None:
    (liver,) = read({"liver": {"none": 0.7, "A": 0.2, "decompensated": 0.1}}, 50_000)
    found, redrawn = liver.values(1, 0, MANY)
    shares = {level: float(np.mean(found == level)) for level in levels()["liver"]}
    # four standard errors of a share are at most 0.009
    assert shares == pytest.approx({"none": 0.7, "compensated": 0.2, "decompensated": 0.1}, abs=0.009)
    assert not redrawn.any()


@pytest.mark.parametrize(
    "given",
    [
        {"weight": 80, "liver": "A", "sex": "male"},
        {"weight": [50, 60, 70], "smoking": [True, False, "yes"]},
        {"age": Uniform(50, sd=5), "creatinine_clearance": LogNormal(cv=0.2)},
        {"smoking": {"yes": 0.25, "no": 0.75}},
    ],
)
def test_covariates_survive_json(given: dict[str, Any]) -> None:
    found = read(given, 3)
    cells = json.loads(json.dumps({one.name: one.to_dict() for one in found}))
    assert read(from_plain(cells), 3) == found


@pytest.mark.parametrize(
    ("given", "named", "says"),
    [
        ({"genotype": "A118G"}, "covariates", "no genotype, because the ledger has no effect of one"),
        ({"height": 180, "age": 40}, "covariates", "one of weight, age, creatinine_clearance, smoking, liver, sex"),
        ([("weight", 80)], "covariates", "mapping"),
        ({"weight": 0}, "weight", "1 to 500 kg, such as '70 kg'"),
        ({"weight": -70}, "weight", "1 to 500 kg, such as '70 kg'"),
        ({"weight": math.nan}, "weight", "finite"),
        ({"weight": "heavy"}, "weight", "unit"),
        ({"weight": "80 mL"}, "weight", "kg"),
        ({"weight": [70, 80]}, "weight", "each of 3 people"),
        ({"weight": [70, 80, None]}, "weight", "finite"),
        ({"weight": [[70], [80], [90]]}, "weight", "finite"),
        ({"weight": {70: 0.5, 80: 0.5}}, "weight", "finite"),
        ({"weight": LogitNormal(sd=1)}, "weight", "LogNormal"),
        ({"weight": Triangular(50, 90)}, "weight", "LogNormal"),
        ({"weight": Normal(-5, sd=1)}, "weight", "1 to 500 kg, such as '70 kg'"),
        ({"weight": True}, "weight", "finite"),
        ({"weight": "55 mg"}, "weight", "1 to 500 kg, such as '70 kg'"),
        ({"weight": 55_000}, "weight", "1 to 500 kg"),
        ({"weight": "55 h"}, "weight", "a number with a unit that converts to kg"),
        ({"weight": [70, 80, "90 g"]}, "weight", "1 to 500 kg"),
        ({"weight": LogNormal(70_000, cv=0.2)}, "weight", "1 to 500 kg"),
        ({"age": "40 mg"}, "age", "a number with a unit that converts to year"),
        ({"age": "400 years"}, "age", "0 to 130 year"),
        ({"creatinine_clearance": "90 L/min"}, "creatinine_clearance", "0 to 1000 mL/min"),
        ({"creatinine_clearance": "90 mL"}, "creatinine_clearance", "a number with a unit that converts to mL/min"),
        ({"age": -1}, "age", "0 to "),
        ({"creatinine_clearance": [90, 80, -1]}, "creatinine_clearance", "0 to "),
        ({"smoking": "sometimes"}, "smoking", "one of no, yes"),
        ({"smoking": 1}, "smoking", "one of no, yes"),
        ({"smoking": [True, False]}, "smoking", "each of 3 people"),
        ({"smoking": {"yes": 0.5}}, "smoking", "add up to 1"),
        ({"smoking": {"yes": 1.5, "no": -0.5}}, "smoking", "a share from 0 to 1"),
        ({"smoking": {"yes": math.nan, "no": 0.5}}, "smoking", "a share from 0 to 1"),
        ({"smoking": {"yes": 0.5, True: 0.5}}, "smoking", "each level once"),
        ({"liver": "D"}, "liver", "Child-Pugh class A, B or C"),
        ({"liver": True}, "liver", "one of none"),
        ({"sex": "m"}, "sex", "one of female, male"),
        ({"sex": LogNormal(cv=0.3)}, "sex", "one of female, male"),
    ],
)
def test_bad_covariates_are_named(given: Any, named: str, says: str) -> None:
    with pytest.raises(InputError, match=f"^{named}: got .*{says}"):
        read(given, 3)


def test_other_names_are_covariates_of_another_model() -> None:
    rules = naltrexone_rules()
    check(read({"weight": 80, "liver": "A"}, 3), rules)
    (height,) = read({"height": [160, 170, 180]}, 3)
    with pytest.raises(InputError, match="^covariates: got 'height', expected one of weight, age"):
        check([height], rules)
    other, _ = one_compartment(CL=3, V=20).typical()
    check([height], other.rules)
    with pytest.raises(InputError, match="^covariates: got 'liver', expected numbers"):
        check(read({"liver": "A"}, 3), other.rules)
    with pytest.raises(InputError, match="^height: got .*typical value of its own"):
        read({"height": Normal(sd=10)}, 3)
