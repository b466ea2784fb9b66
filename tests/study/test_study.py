"""Studies: the same bits in any parts, a reason for everyone who fails, and neighbours that notice nothing."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from ldnsim import Adherence, LogNormal, Population, Regimen, resolve, simulate
from ldnsim.ledger.assumptions import Assumptions
from ldnsim.ledger.parameters import ParameterSet, parameter_terms
from ldnsim.models.naltrexone import USUAL_OUTPUTS
from ldnsim.population.people import Drawn
from ldnsim.study import study as module
from ldnsim.study.account import Account
from ldnsim.study.study import Study

NAMES = list(parameter_terms())
TWO_DAYS = "4.5 mg at 22:00 daily for 2 days"
RTOL = {"compiled": 2e-6, "batch": 2e-6, "reference": 1e-10}


def study(people: Population, engine: str = "compiled", text: str = TWO_DAYS, **settings: Any) -> Study:
    regimen = Regimen.parse(text)
    account = Account(Assumptions(), resolve("popular"), "healthy", "microglia")
    usual = {
        "until": regimen.horizon, "step": 1.0, "at": [], "endotoxin": None, "engine": engine, "rtol": RTOL[engine],
        "outputs": list(USUAL_OUTPUTS), "dtype": "float64",
    }  # fmt: skip
    return Study(regimen, account, people, usual | settings)


def everyone(of: Study, threads: int | None = None) -> dict[str, NDArray[Any]]:
    chunks = [of.chunk(number, threads) for number in range(of.layout.n_chunks)]
    return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in of.layout.variables}


def same(first: dict[str, NDArray[Any]], second: dict[str, NDArray[Any]]) -> bool:
    return all(np.array_equal(first[name], second[name], equal_nan=first[name].dtype.kind == "f") for name in first)


@pytest.mark.parametrize("engine", ["compiled", "batch"])
def test_chunks_threads_and_processes_change_no_bit(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    people = Population(
        150, 3, occasions={"pk.f": LogNormal(cv=0.2)}, adherence=Adherence(miss=0.2, late_sd=2.0),
        residual={"plasma": LogNormal(cv=0.1)},
    )  # fmt: skip
    whole = everyone(study(people, engine))
    assert not whole["status"].any()
    for threads in (1, 2, 8):
        assert same(everyone(study(people, engine), threads), whole)
    sent = pickle.loads(pickle.dumps(study(people, engine)))
    assert same(everyone(sent), whole)
    monkeypatch.setattr(module, "CHUNK", 37)
    monkeypatch.setattr(module, "TOGETHER", 9)
    assert same(everyone(study(people, engine)), whole)


@pytest.mark.parametrize("engine", ["compiled", "batch", "reference"])
def test_without_spread_everyone_is_the_typical_person(engine: str) -> None:
    outputs = ["plasma", "occupancy", "tone", "cytokine_index", "mediator_level", "amount", "growth"]
    found = everyone(study(Population(3, 1, variability={}), engine, outputs=outputs))
    alone = simulate(TWO_DAYS, step=1.0).data
    for name in outputs:
        expected = alone[name].values
        spread = np.ptp(expected, axis=-1, keepdims=True)
        gap = np.abs(found[name] - expected) / np.where(spread > 0, spread, 1.0)
        assert gap.max() <= (1e-9 if engine == "reference" else 1e-5), name
        assert (found[name][0] == found[name][2]).all()


class Faulty:
    """Draws people of whom some are impossible."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **changed: tuple[int, float]) -> None:
        draw = Population.draw

        def drawn(self: Population, parameters: ParameterSet, people: ArrayLike, *rest: Any) -> Drawn:
            found = draw(self, parameters, people, *rest)
            for name, (person, value) in changed.items():
                values = found.values
                values[:, NAMES.index(name.replace("__", ".")), np.asarray(people) == person] = value
            return found._replace(problem=(*found.problem, *((7, "no luck") for who in np.asarray(people) if who == 7)))

        monkeypatch.setattr(Population, "draw", drawn)


def test_a_person_who_cannot_be_run_leaves_the_others_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    people = Population(20, 3)
    before = everyone(study(people))
    Faulty(monkeypatch, pk__ka=(3, 50_000.0), receptors__kd=(5, 1e-320), endorphin__kout_menk=(9, np.nan))
    found = everyone(study(people))
    assert found["status"].tolist() == [{3: 1, 5: 2, 7: 3, 9: 3}.get(person, 0) for person in range(20)]
    assert found["reason"][7] == "no luck"
    assert "baseline" in found["reason"][9]
    assert "none" in found["reason"][5]
    assert not any(found["reason"][person] for person in range(20) if person not in (5, 7, 9))
    for name in USUAL_OUTPUTS:
        for person in (5, 7, 9):
            assert np.isnan(found[name][person]).all()
        well = [person for person in range(20) if person not in (3, 5, 7, 9)]
        np.testing.assert_array_equal(found[name][well], before[name][well])
    # the stiff one was solved all the same: absorbed at once, the gut is empty at the next sample
    stiff = everyone(study(people, outputs=["amount", "plasma"]))
    amount = stiff["amount"][3]
    assert np.isfinite(amount).all()
    assert amount[:, 0, 3:20].max() < 1e-6 * amount.max()
    total = amount.sum(axis=(0, 1))
    assert total[-1] == pytest.approx(2 * 4.5e6 / 377.86, rel=1e-9)


@pytest.mark.parametrize("engine", ["compiled", "batch"])
def test_who_is_too_stiff_is_solved_by_the_reference_engine(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # fast to and fro between compartments that are both filled
    Faulty(monkeypatch, pk__q=(3, 1e6))
    people = Population(5, 3)
    found, exact = everyone(study(people, engine)), everyone(study(people, "reference"))
    assert found["status"].tolist() == [0, 0, 0, 1, 0]
    assert exact["status"].tolist() == [0] * 5
    for name in USUAL_OUTPUTS:
        spread = np.ptp(exact[name], axis=-1, keepdims=True)
        gap = np.abs(found[name] - exact[name])
        assert (gap <= 1e-5 * spread).all(), name
        assert (gap[3] <= 1e-9 * spread[3]).all(), name


@pytest.mark.parametrize("engine", ["batch", "reference"])
def test_numbers_that_overflow_end_the_run_of_one_person_alone(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    people = Population(3, 3)
    before = everyone(study(people, engine))
    Faulty(monkeypatch, receptors__kd=(1, 1e-320))
    found = everyone(study(people, engine))
    assert found["status"].tolist() == [0, 2, 0]
    assert found["reason"][1]
    for name in USUAL_OUTPUTS:
        assert np.isnan(found[name][1]).all()
        np.testing.assert_array_equal(found[name][[0, 2]], before[name][[0, 2]])


def test_a_part_of_the_people_is_the_same_people() -> None:
    many, few = everyone(study(Population(150, 3))), everyone(study(Population(21, 3)))
    assert same(few, {name: values[:21] for name, values in many.items()})


def test_dosed_is_in_the_body_or_left_it() -> None:
    people = Population(40, 3, adherence=Adherence(miss=0.4))
    of = study(people, outputs=["amount"])
    total = everyone(of)["amount"].sum(axis=(1, 2))
    taken = people.draw(of.account.parameters, np.arange(40), 2, of.plan.latest).taken
    assert len({tuple(one) for one in taken.T}) > 2
    np.testing.assert_allclose(total[:, -1], taken.sum(axis=0) * 4.5e6 / 377.86, rtol=1e-9, atol=1e-9)


def test_a_missed_dose_changes_nothing_before_it() -> None:
    plain = everyone(study(Population(60, 3)))
    people = Population(60, 3, adherence=Adherence(miss=0.5))
    of = study(people)
    found = everyone(of)
    taken = people.draw(of.account.parameters, np.arange(60), 2, of.plan.latest).taken
    first_day = of.plan.time < 24.0
    second_only = taken[0] & ~taken[1]
    assert second_only.any()
    # but for where the last step before the dose ends
    gap = np.abs(found["plasma"] - plain["plasma"])[second_only][..., first_day]
    assert (gap <= 1e-5 * np.ptp(plain["plasma"][second_only], axis=-1, keepdims=True)).all()
    assert (found["plasma"][second_only, 0, -24] < plain["plasma"][second_only, 0, -24]).all()
    neither = ~taken[0] & ~taken[1]
    assert neither.any()
    assert not found["plasma"][neither].any()
    assert (found["tone"][neither] == 1).all()


def test_bioavailability_that_varies_between_occasions_makes_each_night_its_own() -> None:
    """F enters the linear kinetics as a factor: the first night's curve scales with the first night's F."""
    varied = {"pk.f": LogNormal(cv=0.3)}
    people = Population(30, 3, variability={}, occasions=varied)
    of = study(people)
    found, typical = everyone(of)["plasma"], everyone(study(Population(1, 3, variability={})))["plasma"][0]
    drawn = people.draw(of.account.parameters, np.arange(30), 2, of.plan.latest)
    share = drawn.values[:, NAMES.index("pk.f")] / of.account.parameters["pk.f"].value
    night = (of.plan.time > 0.5) & (of.plan.time < 24.0)
    np.testing.assert_allclose(found[:, 0][:, night], share[0][:, None] * typical[0, night], rtol=2e-4)
    later = of.plan.time > 25.0
    left = found[:, 0][:, later] - share[1][:, None] * typical[0, later]
    # what is more or less than the second night's share is what the first night left, less than a tenth of the peak
    assert np.abs(left).max() < 0.1 * typical[0].max()
    assert np.corrcoef(share[0], share[1])[0, 1] < 0.6


def test_residual_errors_scatter_about_the_true_curves() -> None:
    true = everyone(study(Population(60, 3)))
    seen = everyone(study(Population(60, 3, residual={"plasma": LogNormal(cv=0.2)})))
    np.testing.assert_array_equal(seen["tone"], true["tone"])
    inside = true["plasma"] > 0
    scatter = np.log(seen["plasma"][inside] / true["plasma"][inside])
    assert scatter.std() == pytest.approx(np.sqrt(np.log(1.04)), rel=0.03)
    assert abs(scatter.mean()) < 0.01


def test_layout_names_what_stands_behind_each_variable() -> None:
    layout = study(Population(10, 3, covariates={"weight": 80, "smoking": "yes"})).layout
    assert layout.variables["plasma"].attrs["units"] == "ng/mL"
    assert layout.variables["tone"].attrs["weakest_evidence"] == "calibrated"
    assert layout.variables["weight"].attrs["units"] == "kg"
    assert layout.variables["smoking"].dtype == "str"
    assert layout.attrs["population"] == "10 people, seed 3, weight given, smoking given"
    assert layout.attrs["variability_evidence"] == "spread between people: assumed"
