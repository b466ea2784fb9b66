"""Populations: the statistics that were asked for, and what is refused."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ldnsim import InputError, resolve
from ldnsim.base.streams import MAX_SEED
from ldnsim.ledger.parameters import parameter_terms
from ldnsim.models import one_compartment
from ldnsim.population.adherence import Adherence
from ldnsim.population.distributions import LogitNormal, LogNormal, Normal, Triangular, Uniform
from ldnsim.population.population import Population
from ldnsim.population.variation import Basis, Variation

PARAMETERS = resolve("exposure=label50")
NAMES = list(parameter_terms())
N = 50_000


def values(population: Population, name: str, *, people: Any = None, doses: int = 0) -> Any:
    people = np.arange(population.n * population.replicates) if people is None else people
    return population.draw(PARAMETERS, people, doses, np.full(doses, 24.0)).values[:, NAMES.index(name)]


def spread(x: Any) -> float:
    return float(np.std(x) / np.mean(x))


LEDGER = Population(N, seed=1).draw(PARAMETERS, np.arange(N), 0, [])


@pytest.mark.parametrize(
    ("name", "cv"),
    [
        # PP123 to PP129; those of 6-beta-naltrexol clearance below, because its renal part cuts them off
        ("pk.f", 0.4), ("pk.cl", 0.25), ("pk.vc", 0.3), ("pk.vp", 0.3), ("pk.ka", 0.5), ("pk.fm", 0.2),
        ("pk.vcm", 0.3), ("pk.vpm", 0.3),
    ],
)  # fmt: skip
def test_people_spread_as_the_ledger_says(name: str, cv: float) -> None:
    x = LEDGER.values[0, NAMES.index(name)]
    sd = math.sqrt(math.log1p(cv * cv))
    # five standard errors of median, of the sd of the logarithm, and (generously, heavy tail) of the cv
    assert math.log(np.median(x) / PARAMETERS[name].value) == pytest.approx(0, abs=5 * 1.2533 * sd / math.sqrt(N))
    assert np.log(x).std() == pytest.approx(sd, abs=5 * sd / math.sqrt(2 * N))
    assert spread(x) == pytest.approx(cv, rel=0.03)


def test_clearance_of_the_metabolite_is_truncated_at_its_renal_part() -> None:
    from scipy.stats import kstest, truncnorm

    # 27.6 L/h (PP112), 25 % (PP128), at least 17 L/h (PP052)
    sd = math.sqrt(math.log1p(0.25**2))
    low = math.log(17 / 27.6) / sd
    z = np.log(LEDGER.values[0, NAMES.index("pk.clm")] / 27.6) / sd
    assert kstest(z, truncnorm(low, np.inf).cdf).pvalue > 0.001
    below = truncnorm(-np.inf, np.inf).cdf(low)
    assert LEDGER.redrawn.mean() == pytest.approx(below / (1 - below), rel=0.1)
    assert not LEDGER.problem


def test_groups_share_a_draw_and_others_are_independent() -> None:
    logs = np.log(LEDGER.values[0, [NAMES.index(n) for n in ("pk.vc", "pk.vp", "pk.f", "pk.cl", "pk.ka")]])
    found = np.corrcoef(logs)
    assert found[0, 1] == pytest.approx(1.0)
    assert abs(found[1:, 1:] - np.eye(4)).max() < 5 / math.sqrt(N)


def test_exposure_spreads_as_the_ledger_observed() -> None:
    # AUC is proportional to F/CL: sqrt(1.16 * 1.0625 - 1) = 48.2 %; PP069 observed 48.5 %
    f, cl = (LEDGER.values[0, NAMES.index(name)] for name in ("pk.f", "pk.cl"))
    assert spread(f / cl) == pytest.approx(math.sqrt(1.16 * 1.0625 - 1), rel=0.03)
    assert spread(f / cl) == pytest.approx(0.485, abs=0.02)
    # and that of 6-beta-naltrexol to fm/CLm; PP070 observed 29.6 %
    fm, clm = (LEDGER.values[0, NAMES.index(name)] for name in ("pk.fm", "pk.clm"))
    assert spread(fm / clm) == pytest.approx(0.296, abs=0.02)


def test_what_does_not_vary_is_typical() -> None:
    varied = {name for one in Population(1, seed=1).variability for name in one.parameters}
    for place, name in enumerate(NAMES):
        if name not in varied:
            assert np.all(LEDGER.values[0, place] == PARAMETERS[name].value)
    nobody_differs = Population(3, seed=1, variability={}).draw(PARAMETERS, [0, 1, 2], 0, [])
    assert np.array_equal(nobody_differs.values[0, :, 1], [PARAMETERS[name].value for name in NAMES])


def test_correlations_are_recovered() -> None:
    population = Population(N, seed=1, correlations={("pk.cl", "pk.vc"): 0.4, ("pk.cl", "pk.f"): -0.5})
    drawn = population.draw(PARAMETERS, np.arange(N), 0, [])
    logs = np.log(drawn.values[0, [NAMES.index(name) for name in ("pk.cl", "pk.vc", "pk.f")]])
    expected = np.array([[1, 0.4, -0.5], [0.4, 1, 0], [-0.5, 0, 1]])
    assert abs(np.corrcoef(logs) - expected).max() < 5 / math.sqrt(N)


def test_occasions_vary_within_a_person() -> None:
    population = Population(
        5000, seed=1, variability={}, occasions={"pk.ka": LogNormal(sd=0.2), "pk.vc+pk.vp": LogNormal(sd=0.1)}
    )
    ka = np.log(values(population, "pk.ka", doses=4) / PARAMETERS["pk.ka"].value)
    assert ka.shape == (4, 5000)
    assert ka.std() == pytest.approx(0.2, abs=5 * 0.2 / math.sqrt(2 * 20_000))
    assert abs(np.corrcoef(ka) - np.eye(4)).max() < 5 / math.sqrt(5000)
    ratio = values(population, "pk.vc", doses=4) / values(population, "pk.vp", doses=4)
    assert ratio == pytest.approx(180 / 235)
    assert values(population, "pk.ka").shape == (1, 5000)
    assert np.array_equal(values(population, "pk.ka")[0], values(population, "pk.ka", doses=4)[0])


def test_occasions_are_about_the_person_s_own_value() -> None:
    people = values(Population(2000, seed=1), "pk.ka")[0]
    both = values(Population(2000, seed=1, occasions={"pk.ka": LogNormal(sd=0.2)}), "pk.ka", doses=50)
    assert np.log(both / people).mean(axis=0) == pytest.approx(0, abs=5 * 0.2 / math.sqrt(50))


def test_an_occasion_out_of_range_is_drawn_again_alone() -> None:
    population = Population(2000, seed=1, variability={}, occasions={"pk.clm": LogNormal(cv=0.25)})
    clm = values(population, "pk.clm", doses=3)
    assert clm.min() >= 17
    drawn = population.draw(PARAMETERS, np.arange(2000), 3, np.full(3, 24.0))
    # 2.5 % of 3 occasions each
    assert drawn.redrawn.mean() == pytest.approx(3 * 0.0252, rel=0.25)


@pytest.mark.parametrize("liver", ["decompensated", "C"])
def test_decompensated_cirrhosis_raises_availability_up_to_what_is_absorbed(liver: str) -> None:
    from scipy.stats import kstest, truncnorm

    f = values(Population(N, seed=1, covariates={"liver": liver}), "pk.f")[0]
    # median 0.093 * 8.05 (PP105, PP080) with 40 % (PP123), drawn again above fa 0.96 (PP102)
    sd = math.sqrt(math.log1p(0.4**2))
    top = math.log(0.96 / (0.093 * 8.05)) / sd
    assert kstest(np.log(f / (0.093 * 8.05)) / sd, truncnorm(-np.inf, top).cdf).pvalue > 0.001
    assert f.max() <= 0.96
    exactly = Population(1, seed=1, variability={}, covariates={"liver": liver})
    assert values(exactly, "pk.f")[0, 0] == pytest.approx(0.093 * 8.05)


def test_uncertainty_is_drawn_once_for_each_replicate() -> None:
    population = Population(10, seed=1, variability={}, uncertainty={"pk.cl": LogNormal(cv=0.1)}, replicates=2000)
    cl = values(population, "pk.cl")[0].reshape(2000, 10)
    assert np.all(cl == cl[:, :1])
    logs = np.log(cl[:, 0] / 140)
    assert logs.std() == pytest.approx(0.0998, abs=5 * 0.1 / math.sqrt(4000))
    assert abs(logs.mean()) < 5 * 0.1 / math.sqrt(2000)


def test_uncertainty_from_the_ledger_stays_within_its_limits() -> None:
    from scipy.stats import kstest, triang

    population = Population(1, seed=1, variability={}, uncertainty="ledger", replicates=1000)
    # PP106: 94, 140, 210 L/h
    law = triang((140 - 94) / (210 - 94), 94, 210 - 94)
    assert kstest(values(population, "pk.cl")[0], law.cdf).pvalue > 0.001
    drawn = population.draw(PARAMETERS, np.arange(1000), 0, [])
    assert not drawn.problem
    assert not np.isnan(drawn.values).any()


def test_uncertainty_and_variability_add_up() -> None:
    # independent on the log scale: variances add
    population = Population(
        20, seed=1, variability={"pk.cl": LogNormal(sd=0.2)}, uncertainty={"pk.cl": LogNormal(sd=0.3)}, replicates=1000
    )
    logs = np.log(values(population, "pk.cl")[0]).reshape(1000, 20)
    # a replicate's mean has the variance of the doubt and a twentieth of that between people
    assert logs.mean(axis=1).std() == pytest.approx(math.sqrt(0.09 + 0.04 / 20), rel=0.1)
    assert logs.std(axis=1, ddof=1).mean() == pytest.approx(0.2, rel=0.05)


def test_uncertainty_has_a_stream_of_its_own() -> None:
    doubt_alone = Population(1, seed=1, variability={}, uncertainty={"pk.cl": LogNormal(cv=0.25)}, replicates=2000)
    doubt = np.log(values(doubt_alone, "pk.cl")[0])
    # the first person of each replicate, and everyone in the first replicate
    people = Population(2000, seed=1, replicates=2000)
    for who in (np.arange(0, 2000 * 2000, 2000), np.arange(2000)):
        z = np.log(values(people, "pk.cl", people=who)[0])
        assert abs(np.corrcoef(z, doubt)[0, 1]) < 5 / math.sqrt(2000)


def test_every_draw_made_again_is_counted() -> None:
    # a share q of ages is below 0 at each draw, so q / (1 - q) more draws a person
    population = Population(20_000, seed=1, variability={}, covariates={"age": Normal(40, sd=40)})
    drawn = population.draw(PARAMETERS, np.arange(20_000), 0, [])
    assert drawn.redrawn.mean() == pytest.approx(0.158655 / (1 - 0.158655), rel=0.06)


def test_a_replicate_without_valid_typical_values_is_a_problem_of_all_its_people() -> None:
    # a fraction whose sd is a million times its range: the chance of one valid draw in 101 is below 1e-4
    population = Population(3, seed=1, uncertainty={"pk.fm": Normal(sd=1e6)}, replicates=2)
    drawn = population.draw(PARAMETERS, np.arange(6), 0, [])
    assert [place for place, _ in drawn.problem] == list(range(6))
    assert all(reason.startswith("pk.fm is ") for _, reason in drawn.problem)
    assert np.isnan(drawn.values).all()
    assert (drawn.redrawn >= 100).all()


def test_residual_errors_have_the_spread_and_stay_with_the_person() -> None:
    population = Population(
        4000, seed=1, residual={"plasma": LogNormal(cv=0.15), "pain": Normal(sd=0.5), "peptide_level": Normal(cv=0.1)}
    )
    true = np.linspace(1.0, 5.0, 6).reshape(2, 3) * np.ones((4000, 1, 1))
    people = np.arange(4000)
    plasma = population.observe("plasma", true, people)
    errors = np.log(plasma / true).reshape(4000, 6)
    assert errors.std() == pytest.approx(math.sqrt(math.log1p(0.15**2)), rel=0.03)
    assert abs(np.corrcoef(errors.T) - np.eye(6)).max() < 5 / math.sqrt(4000)
    pain = population.observe("pain", true, people) - true
    assert pain.std(axis=0) == pytest.approx(np.full((2, 3), 0.5), rel=0.06)
    peptide = population.observe("peptide_level", true, people) - true
    assert peptide.std(axis=0) == pytest.approx(0.1 * true[0], rel=0.06)
    assert abs(np.corrcoef(pain[:, 0, 0], errors[:, 0])[0, 1]) < 5 / math.sqrt(4000)
    some = np.array([70, 3, 1999])
    assert np.array_equal(population.observe("plasma", true[some], some), plasma[some])


def test_residual_errors_differ_between_replicates() -> None:
    population = Population(2, seed=1, replicates=2, residual={"plasma": LogNormal(cv=0.15)})
    found = population.observe("plasma", np.ones((4, 3)), [0, 1, 2, 3])
    assert len(set(found.ravel().tolist())) == 12
    assert np.array_equal(population.observe("plasma", np.ones((2, 3)), [2, 1]), found[[2, 1]])


def test_adherence_reaches_the_people() -> None:
    plain = Population(100, seed=1).draw(PARAMETERS, np.arange(100), 3, [24.0, 24.0, np.inf])
    assert plain.taken.all()
    assert not plain.delay.any()
    drawn = Population(100, seed=1, adherence=Adherence(miss=0.5, late_sd=2)).draw(
        PARAMETERS, np.arange(100), 3, [1.0, 24.0, np.inf]
    )
    assert 90 < drawn.taken.sum() < 210
    assert drawn.delay[0].max() <= 1.0 < drawn.delay[2].max()


def test_a_seed_is_chosen_where_none_is_given_and_kept() -> None:
    one, other = Population(2), Population(2)
    assert one.seed != other.seed
    again = Population(2, seed=one.seed)
    assert np.array_equal(values(one, "pk.cl"), values(again, "pk.cl"))
    assert one == again
    assert Population(1, seed=MAX_SEED).seed == MAX_SEED


FULL = Population(
    3,
    seed=MAX_SEED,
    variability={"pk.cl": LogNormal(cv=0.2), "pk.fm": LogitNormal(sd=0.2), "pk.ka": None},
    correlations={("pk.cl", "pk.vp"): 0.4},
    covariates={"weight": [50, 60, 70], "age": Normal(50, sd=8), "smoking": {"yes": 0.2, "no": 0.8}, "liver": "A"},
    occasions={"pk.f": LogNormal(cv=0.2)},
    residual={"plasma": LogNormal(cv=0.15), "pain_fall": Normal(sd=0.5)},
    uncertainty={"pk.cl": Triangular(94, 210), "pk.q": Uniform(cv=0.1)},
    replicates=4,
    adherence=Adherence(miss=0.1, late_sd="45 min", between=LogitNormal(sd=1)),
)


@pytest.mark.parametrize(
    "population", [FULL, Population(5, seed=1, uncertainty="ledger"), Population(5, variability={})]
)
def test_a_population_survives_json(population: Population) -> None:
    again = Population.from_dict(json.loads(json.dumps(population.to_dict())))
    assert again == population
    people = np.arange(population.n)
    assert np.array_equal(values(again, "pk.cl", people=people), values(population, "pk.cl", people=people))


def test_rows_name_what_is_behind_the_spread() -> None:
    found = FULL.rows(PARAMETERS)
    user = ("assumed", "chosen for the population", "")
    assert found["pk.q"] == (Basis("uncertain: Uniform(cv=0.1)", "", *user),)
    assert [(one.what, one.row, one.status) for one in found["pk.cl"]] == [
        ("uncertain: Triangular(low=94, high=210)", "", "assumed"),
        ("between people: LogNormal(cv=0.2)", "", "assumed"),
        ("with weight", "PP075", "read"),
        ("with weight", "LM032", "assumed"),
        ("with age", "PP076", "read"),
        ("with age", "LM033", "assumed"),
        ("with liver", "LM036", "assumed"),
        ("with liver", "LM037", "assumed"),
        ("with liver", "PP080", "read"),
    ]
    assert [one.row for one in found["pk.vp"]] == ["PP125"]
    assert found["pk.vp"][0].target.startswith("CV of naltrexone AUC")
    # between people and occasions, and each level of liver disease with its limit
    assert [one.row for one in found["pk.f"]] == ["PP123", "", "LM036", "LM037", "PP080"]
    assert "pk.ka" not in found
    assert Population(1, seed=1, variability={}).rows(PARAMETERS) == {}
    doubt = Population(1, seed=1, variability={}, uncertainty="ledger").rows(PARAMETERS)
    assert [one.row for one in doubt["pk.cl"]] == ["PP106"]


def test_a_population_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        FULL.n = 5  # type: ignore[misc]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"n": 0}, "n"), ({"n": -1}, "n"), ({"n": 2.0}, "n"), ({"n": True}, "n"), ({"n": "10"}, "n"),
        ({"n": 10**12}, "n"), ({"seed": -1}, "seed"), ({"seed": 1.5}, "seed"), ({"seed": 2**64}, "seed"),
        ({"seed": "1"}, "seed"), ({"replicates": 0}, "replicates"), ({"replicates": None}, "replicates"),
        ({"replicates": 2**32}, "replicates"),
        ({"variability": 0.3}, "variability"), ({"variability": {"pk.clearance": LogNormal(cv=0.3)}}, "variability"),
        ({"variability": {"pk.cl": 0.3}}, "variability"),
        ({"variability": {"pk.cl": LogitNormal(sd=1)}}, "variability"),
        ({"variability": {"pk.cl": LogNormal(140, cv=0.3)}}, "variability"),
        ({"variability": {"pk.cl": Triangular(90, 200)}}, "variability"),
        ({"correlations": {("pk.cl", "pk.q"): 0.3}}, "correlations"),
        ({"correlations": {("pk.cl", "pk.vc"): 2}}, "correlations"),
        ({"variability": {}, "correlations": {("pk.cl", "pk.vc"): 0.2}}, "correlations"),
        ({"covariates": {"height": 180, "age": 40}}, "covariates"), ({"covariates": {"genotype": "GG"}}, "covariates"),
        ({"covariates": {"weight": [70]}}, "weight"), ({"covariates": {"liver": "ill"}}, "liver"),
        ({"occasions": {"pk.ka": None}}, "occasions"), ({"occasions": LogNormal(cv=0.3)}, "occasions"),
        ({"residual": {"plasma": LogitNormal(sd=1)}}, "residual"), ({"residual": LogNormal(cv=0.2)}, "residual"),
        ({"residual": {"": LogNormal(cv=0.2)}}, "residual"), ({"residual": {"plasma": Normal(2, sd=1)}}, "residual"),
        ({"uncertainty": "some"}, "uncertainty"), ({"uncertainty": {"pk.cl": None}}, "uncertainty"),
        ({"uncertainty": 3}, "uncertainty"), ({"adherence": 0.9}, "adherence"),
    ],
)  # fmt: skip
def test_bad_populations_are_named(given: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=f"^{named}: got"):
        Population(**{"n": 3, "seed": 1, **given})


def test_names_of_another_model_are_looked_at_when_it_is_known() -> None:
    other, _ = one_compartment(CL=3, V=20, ka=1).typical()
    people = Population(
        4, 1, variability={"CL+V": LogNormal(cv=0.3), "ka": LogNormal(cv=0.5)}, correlations={("ka", "V"): 0.9},
    )  # fmt: skip
    assert [one.parameters for one in people.variability] == [("CL", "V"), ("ka",)]
    drawn = dict(zip(other, people.draw(other, np.arange(4), 1, [np.inf]).values[0], strict=True))
    assert drawn["V"] / 20 == pytest.approx(drawn["CL"] / 3)
    assert len(set(drawn["ka"])) == 4
    assert Population.from_dict(json.loads(json.dumps(people.to_dict()))) == people
    # and are none of naltrexone
    with pytest.raises(InputError, match="^variability: got 'CL', expected parameters of the model: "):
        people.draw(PARAMETERS, [0], 1, [np.inf])
    for name in ("occasions", "uncertainty"):
        given: Any = {name: {"CL": LogNormal(cv=0.3)}}
        with pytest.raises(InputError, match=f"^{name}: got 'CL'"):
            Population(4, 1, **given).check(PARAMETERS.rules)
    with pytest.raises(InputError, match="^covariates: got 'height'"):
        Population(4, 1, covariates={"height": 180}).check(PARAMETERS.rules)
    # as the spread of the ledger is none of theirs
    with pytest.raises(InputError, match="^variability: got None, expected a spread of ka, CL, V"):
        Population(4, 1).check(other.rules)
    # a fraction is one in any model
    with pytest.raises(InputError, match="^variability: got LogitNormal.*CL is no fraction"):
        Population(4, 1, variability={"CL": LogitNormal(sd=1)}).check(other.rules)


@pytest.mark.parametrize(
    ("people", "doses", "latest", "named"),
    [
        ([3], 0, [], "people"), ([-1], 0, [], "people"), ([], 0, [], "people"), ([0.0], 0, [], "people"),
        ([[0]], 0, [], "people"), ([0], 1, [], "latest"), ([0], 1, [-1.0], "latest"), ([0], 1, [math.nan], "latest"),
        ([0], -1, [], "doses"), ([0], 1.0, [24.0], "doses"),
    ],
)  # fmt: skip
def test_nobody_else_is_drawn(people: Any, doses: Any, latest: Any, named: str) -> None:
    with pytest.raises(InputError, match=f"^{named}: got"):
        Population(3, seed=1).draw(PARAMETERS, people, doses, latest)


def test_what_has_no_error_is_not_observed() -> None:
    population = Population(3, seed=1, residual={"plasma": LogNormal(cv=0.1)})
    for name, true, people, named in (
        ("pain", np.ones((3, 2)), [0, 1, 2], "name"), ("plasma", np.ones((2, 2)), [0, 1, 2], "values"),
        ("plasma", 1.0, [0], "values"), ("plasma", np.ones((1, 2)), [3], "people"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=f"^{named}: got"):
            population.observe(name, true, people)


@pytest.mark.parametrize("change", [{"n": 0}, {"more": 1}, {"variability": None}, {"adherence": {}}, {"covariates": 1}])
def test_a_record_that_is_none_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        Population.from_dict({**FULL.to_dict(), **change})
    with pytest.raises(InputError, match="^population: got"):
        Population.from_dict({"n": 3})


def test_exactly_the_given_variations() -> None:
    only = (Variation(("pk.cl",), LogNormal(cv=0.1)),)
    assert Population(3, seed=1, variability=only).variability == only


def test_the_clock_of_a_person_does_not_change_between_doses() -> None:
    with pytest.raises(InputError, match="^occasions: got 'endorphin.acrophase'"):
        Population(3, 1, occasions={"endorphin.acrophase": Normal(sd=2)})


def test_all_replicates_together_have_a_limit() -> None:
    with pytest.raises(InputError, match="^replicates: got 100000"):
        Population(10**6, 1, replicates=100_000)


@pytest.mark.parametrize("value", [np.array([1, 2]), pd.NA, {pd.NA: Normal(1, sd=1)}], ids=repr)
@pytest.mark.parametrize("name", ["uncertainty", "covariates"])
def test_what_cannot_be_compared_is_refused_by_its_name(name: str, value: Any) -> None:
    with pytest.raises(InputError) as refused:
        Population(2, seed=1, **{name: value})
    assert refused.value.argument == name
