"""A steady state that does not exist is refused for one person, and is a status of one among many."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

from ldnsim import Ensemble, EventTable, Individuals, SolverError, models, simulate
from ldnsim.endorphin import Clock
from ldnsim.models import Compartment, Inlet, Model, System

REGIMEN = "10 mg at 08:00 daily for 2 days"
ENGINES = ("exact", "batch", "reference")
KA, CL, V = 1.0, 2.0, 20.0


class Amounts(NamedTuple):
    """Drug and what becomes of it.

    Attributes
    ----------
    depot : float
        Waiting [nmol].
    central : float
        In the blood [nmol].
    urine : float
        Excreted [nmol].
    """

    depot: float
    central: float
    urine: float


class State(NamedTuple):
    """State."""

    drug: Amounts


class Rates(NamedTuple):
    """Parameters.

    Attributes
    ----------
    k : float
        Rate of excretion [1/h].
    back : float
        Rate of what comes back [1/h].
    """

    k: float
    back: float


class Level(NamedTuple):
    """What is seen.

    Attributes
    ----------
    blood : float
        Amount [nmol].
    """

    blood: float


def excreted(state: State, p: Rates, _clock: Clock) -> State:
    drug = state.drug
    lost, back = p.k * drug.central, p.back * drug.urine
    return State(Amounts(-drug.depot, drug.depot - lost + back, lost - back))


def without_way_back(state: State, p: Rates, _clock: Clock) -> State:
    drug = state.drug
    return State(Amounts(-drug.depot, drug.depot - p.k * drug.central, p.k * drug.central))


def kept_for_good(state: State, _p: Rates, _clock: Clock) -> State:
    return State(Amounts(-state.drug.depot, state.drug.depot, 0.0 * state.drug.depot))


def growing(state: State, p: Rates, _clock: Clock) -> State:
    drug = state.drug
    return State(Amounts(-drug.depot, drug.depot + p.k * drug.central, 0.0 * drug.depot))


def level(state: State, _p: Rates, _clock: Clock) -> Level:
    return Level(state.drug.central)


def own(rates: Any, k: float = 0.1, back: float = 0.0) -> Model:
    places = (
        Compartment("depot", (0,), (Inlet(0, 1.0, 0.0),)),
        Compartment("central", (1,), ()),
        Compartment("urine", (2,), ()),
    )
    system = System(State, rates, level, linear=True)
    return Model(
        "own", system, lambda _: Rates(k, back), [0.0, 0.0, 0.0], places, "depot", "central", {}, units={"nmol": "mg"}
    )


NONE = {
    "no clearance": models.one_compartment(CL=0, V=V, ka=KA),
    "no clearance after a bolus": models.one_compartment(CL=0, V=V),
    "no clearance from two compartments": models.two_compartment(CL=0, V1=V, Q=1, V2=10, ka=KA),
    "a peripheral compartment as large as a lake": models.two_compartment(CL=1, V1=V, Q=1, V2=1e12, ka=KA),
    "a clearance that is next to none": models.one_compartment(CL=1e-12, V=V, ka=KA),
    "a metabolite that stays": models.parent_metabolite(CL, V, CLm=0, Vm=5, ka=KA),
    "two depots and no clearance": models.parallel_depots(0.5, 1, 2, CL=0, V=V),
    "an own model without a loss": own(kept_for_good),
    "an own model without a loss of this person": own(excreted, k=0.0),
    "an own model whose way back is off": own(excreted, k=0.1, back=0.0),
    "an own model that grows": own(growing),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", NONE)
def test_no_engine_begins_in_a_steady_state_that_does_not_exist(name: str, engine: Any) -> None:
    with pytest.raises(SolverError, match="no steady state") as error:
        simulate(REGIMEN, model=NONE[name], start="steady-state", until=24, step=12, engine=engine)
    assert "nan" not in str(error.value)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_row_of_a_table_at_a_steady_state_that_does_not_exist_is_refused(engine: Any) -> None:
    table = EventTable.of({"ID": [1, 1], "TIME": [0, 24], "EVID": [1, 0], "AMT": [10, 0], "SS": [1, 0], "II": [24, 0]})
    with pytest.raises(SolverError, match="never eliminated"):
        simulate(table, model=models.one_compartment(CL=0, V=V, ka=KA), engine=engine)


@pytest.mark.parametrize("ka", [None, KA], ids=["bolus", "absorbed"])
@pytest.mark.parametrize("engine", ENGINES)
def test_who_has_no_steady_state_has_a_status_and_leaves_the_others_as_they_are(engine: Any, ka: Any) -> None:
    model = models.one_compartment(CL=CL, V=V, ka=ka)
    people = Individuals.of({"ID": ["a", "b", "c"], "CL": [0.0, CL, 0.0]})
    settings: dict[str, Any] = {"model": model, "start": "steady-state", "until": 24, "step": 12, "engine": engine}
    run = simulate(REGIMEN, population=people, **settings).data
    rows = Ensemble(REGIMEN, **settings).curves({"CL": [0.0, CL, 0.0]})
    alone = simulate(REGIMEN, **settings).data["A_central"]
    for found in (run, rows):
        assert found["status"].values.tolist() == [2, 0, 2]
        assert "never eliminated" in str(found["reason"].values[0])
        np.testing.assert_allclose(found["A_central"][1], alone, rtol=1e-5)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_never_fed_may_lack_a_loss(engine: Any) -> None:
    settings: dict[str, Any] = {"start": "steady-state", "until": 24, "step": 12, "engine": engine}
    unfed = models.parent_metabolite(CL, V, CLm=0, Vm=5, ka=KA, fm=0)
    found = simulate(REGIMEN, model=unfed, **settings).data
    alone = simulate(REGIMEN, model=models.one_compartment(CL, V, ka=KA), **settings).data
    np.testing.assert_allclose(found["A_central"], alone["A_central"], rtol=1e-5)
    assert not found["A_metabolite"].values.any()
    assert not simulate(REGIMEN, model=NONE["no clearance"], parameters={"F": 0}, **settings).data["A_central"].any()


@pytest.mark.parametrize("engine", ENGINES)
def test_what_no_model_ever_takes_back_only_collects(engine: Any) -> None:
    run = simulate(REGIMEN, model=own(without_way_back), start="steady-state", until=24, step=12, engine=engine).data
    urine, central = run["A_urine"].values, run["A_central"].values
    # what is excreted over an interval at steady state is the dose
    assert urine[0] == 0
    assert urine[-1] == pytest.approx(10, rel=1e-5)
    assert central[-1] == pytest.approx(central[0], rel=1e-5)


@pytest.mark.parametrize("half_life", [24.0, 24_000.0])
def test_a_slow_steady_state_that_numbers_hold_is_exact(half_life: float) -> None:
    k = np.log(2) / half_life
    model = models.one_compartment(CL=float(k) * V, V=V)
    run = simulate("10 mg iv at 08:00 daily for 1 day", model=model, start="steady-state", until=1, step=1)
    peak = run.data["A_central"].sel(time=0.0).max().item()
    assert peak == pytest.approx(10 / -np.expm1(-k * 24), rel=1e-10)
