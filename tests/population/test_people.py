"""People as drawn: the same bits for any chunks, subset and order, whatever else is drawn."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ldnsim import resolve
from ldnsim.ledger.parameters import parameter_terms
from ldnsim.population.adherence import Adherence
from ldnsim.population.distributions import LogitNormal, LogNormal, Normal
from ldnsim.population.people import Drawn
from ldnsim.population.population import Population

PARAMETERS = resolve()
NAMES = list(parameter_terms())
LATEST = np.array([24.0, 24.0, np.inf])
TOTAL = 120

BUSY = Population(
    40,
    seed=7,
    correlations={("pk.cl", "pk.vc"): 0.4},
    covariates={"weight": Normal(75, sd=40), "liver": {"none": 0.5, "C": 0.5}, "smoking": [True, False] * 20},
    occasions={"pk.ka": LogNormal(cv=0.3), "pk.f": LogNormal(cv=0.6)},
    residual={"plasma": LogNormal(cv=0.15)},
    uncertainty="ledger",
    replicates=3,
    adherence=Adherence(miss=0.2, late_sd=1.0, between=LogitNormal(sd=1.0)),
)


def drawn(population: Population, people: Any, doses: int = 3) -> Drawn:
    return population.draw(PARAMETERS, people, doses, LATEST[:doses])


def parts(found: Drawn, where: Any) -> list[Any]:
    position = {int(place): k for k, place in enumerate(np.arange(found.redrawn.size)[where])}
    return [
        found.values[..., where].tobytes(),
        {name: values[where].tolist() for name, values in found.covariates.items()},
        found.taken[:, where].tolist(),
        found.delay[:, where].tobytes(),
        found.redrawn[where].tolist(),
        sorted((position[place], reason) for place, reason in found.problem if place in position),
    ]


EVERYONE = drawn(BUSY, np.arange(TOTAL))


def test_the_example_is_busy() -> None:
    # otherwise what follows would prove little
    assert EVERYONE.redrawn.any()
    assert not np.isnan(EVERYONE.values).any()
    assert EVERYONE.values.shape == (3, len(NAMES), TOTAL)


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(TOTAL)), st.integers(1, TOTAL))
def test_the_same_bits_in_any_subset_and_order(order: list[int], size: int) -> None:
    people = np.array(order[:size])
    assert parts(drawn(BUSY, people), slice(None)) == parts(EVERYONE, people)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, TOTAL - 1), max_size=5, unique=True))
def test_the_same_bits_in_any_chunks(cuts: list[int]) -> None:
    for chunk in np.split(np.arange(TOTAL), sorted(cuts)):
        assert parts(drawn(BUSY, chunk), slice(None)) == parts(EVERYONE, chunk)


def test_the_same_bits_in_another_process() -> None:
    # what is sent to a worker is the population itself
    assert pickle.loads(pickle.dumps(BUSY)) == BUSY
    assert parts(drawn(pickle.loads(pickle.dumps(BUSY)), np.arange(50, 70)), slice(None)) == parts(
        EVERYONE, slice(50, 70)
    )


def test_problems_are_those_of_the_people_not_of_their_places() -> None:
    # liver disease raises availability to 0.9 (LM037), more than is absorbed here
    poorly_absorbed = PARAMETERS.replace({"pk.fa": 0.5, "pk.f": 0.4}, "test")
    population = Population(6, seed=1, variability={}, replicates=2, covariates={"liver": ["C", "none"] * 3})
    found = population.draw(poorly_absorbed, [11, 0, 1, 6], 0, [])
    reason = "pk.f is 0.9, expected at most pk.fa = 0.5"
    assert found.problem == ((1, reason), (3, reason))
    assert np.isnan(found.values).all(axis=(0, 1)).tolist() == [False, True, False, True]
    # the others have the same occasions with and without them
    varying = Population(
        6, seed=1, variability={}, covariates={"liver": ["C", "none"] * 3}, occasions={"pk.ka": LogNormal(cv=0.3)}
    )
    together = varying.draw(poorly_absorbed, np.arange(6), 3, LATEST).values[..., [1, 3, 5]]
    alone = [varying.draw(poorly_absorbed, [person], 3, LATEST).values[..., 0] for person in (1, 3, 5)]
    assert np.array_equal(together, np.stack(alone, axis=-1))


@pytest.mark.parametrize(
    "more",
    [
        {"residual": {"plasma": LogNormal(cv=0.2)}},
        {"adherence": Adherence(miss=0.5, late_sd=1)},
        {"occasions": {"pk.ka": LogNormal(cv=0.3)}},
        {"covariates": {"age": Normal(50, sd=10)}},
        {"variability": {"receptors.kd": LogNormal(cv=0.3)}},
        {"replicates": 4},
        {"correlations": {("pk.clm", "pk.vcm"): 0.5}},
    ],
)
def test_nothing_added_moves_what_was_drawn(more: dict[str, Any]) -> None:
    people = np.arange(200)
    before = Population(200, seed=3).draw(PARAMETERS, people, 0, [])
    after = Population(200, seed=3, **more).draw(PARAMETERS, people, 3, LATEST)
    ka, f, cl = (NAMES.index(name) for name in ("pk.ka", "pk.f", "pk.cl"))
    # people whose draws were repeated because of another parameter draw all of theirs again
    same = (before.redrawn == 0) & (after.redrawn == 0)
    assert same.sum() > 150
    assert np.array_equal(before.values[0, f, same], after.values[0, f, same])
    if "occasions" not in more:
        assert np.array_equal(before.values[0, ka, same], after.values[0, ka, same])
    if "covariates" not in more:
        assert np.array_equal(before.values[0, cl, same], after.values[0, cl, same])


def test_covariates_scale_what_was_drawn() -> None:
    # 0.548 L/h/kg (PP075) * 30 kg on 140 L/h: the same people with 156.44/140 of their clearance
    people, cl = np.arange(200), NAMES.index("pk.cl")
    before = Population(200, seed=3).draw(PARAMETERS, people, 0, []).values[0, cl]
    after = Population(200, seed=3, covariates={"weight": 100}).draw(PARAMETERS, people, 0, []).values[0, cl]
    assert after / before == pytest.approx(156.44 / 140)
