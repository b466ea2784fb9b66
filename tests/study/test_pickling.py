"""Models, studies and results go through plain pickle, as processes and Dask send them."""

from __future__ import annotations

import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest

from ldnsim import EventTable, Individuals, LogNormal, Population, models, simulate
from ldnsim.study.asking import Asked, account_for

KINETICS: dict[str, Any] = {"CL": 2, "V": 20, "ka": 1}
TURNOVER: dict[str, Any] = {**KINETICS, "kout": 0.2}
TWO: dict[str, Any] = {"CL": 3, "V1": 10, "Q": 2, "V2": 30, "ka": 0.9}
LIBRARY = {
    "binding": models.binding(kon=1, koff=0.1, **KINETICS),
    "effect_compartment": models.effect_compartment(ke0=1, Emax=1, EC50=1, **KINETICS),
    "irreversible_block": models.irreversible_block(kinact=1, KI=1, kdeg=0.1, **KINETICS),
    "ligand_depletion": models.ligand_depletion(kon=1, koff=0.1, Rtot=1, **KINETICS),
    "michaelis_menten": models.michaelis_menten(Vmax=5, Km=1, V=20),
    "nalmefene": models.nalmefene("measured"),
    "one_compartment": models.one_compartment(**KINETICS, F={"depot": 0.8, "central": 0.9}, lag=0.5),
    "operational_model": models.operational_model(A=1, KA=1, tau=10, KB=0.1, **KINETICS),
    "parallel_depots": models.parallel_depots(0.4, 1, 0.2, CL=2, V=20),
    "parent_metabolite": models.parent_metabolite(CL=2, V=20, CLm=1, Vm=5, ka=1, fh=0.5),
    "precursor_turnover": models.precursor_turnover(k0=1, kp=1, Imax=1, IC50=1, **TURNOVER),
    "schild": models.schild(A=1, EC50=1, KB=0.1, **KINETICS),
    "three_compartment": models.three_compartment(CL=3, V1=10, Q2=2, V2=30, Q3=1, V3=50),
    "tolerance_turnover": models.tolerance_turnover(3, kin=1, ktol=0.1, Smax=1, SC50=1, **TURNOVER),
    "transit_absorption": models.transit_absorption(3, 2, CL=2, V=20),
    "transit_absorption with a site": models.transit_absorption(3, 2, CL=2, V=20, ka=1),
    "turnover": models.turnover(1, kin=1, Imax=1, IC50=1, **TURNOVER),
    "two_compartment": models.two_compartment(**TWO),
    "two_compartment_metabolite": models.two_compartment_metabolite(**TWO, CLm=1, Vm=5),
    "zero_order_absorption": models.zero_order_absorption(2, CL=2, V=20),
}
DOSE = "10 mg at 08:00 daily for 2 days"
SHORT: dict[str, Any] = {"until": 24, "step": 12}


def sent(thing: Any) -> Any:
    return pickle.loads(pickle.dumps(thing))


@pytest.mark.parametrize("name", LIBRARY)
def test_a_model_that_was_sent_runs_to_the_same_bits(name: str) -> None:
    model = LIBRARY[name]
    other = sent(model)
    assert [one.name for one in other.compartments] == [one.name for one in model.compartments]
    run, again = (simulate(DOSE, model=one, **SHORT).data for one in (model, other))
    assert again.identical(run)
    assert sent(simulate(DOSE, model=model, **SHORT)).repeat().data.identical(run)


def test_no_model_is_left_out() -> None:
    made = {name for name, one in vars(models).items() if getattr(one, "__annotations__", {}).get("return") == "Model"}
    assert made == {name.split()[0] for name in LIBRARY}


@pytest.mark.parametrize("model", [None, LIBRARY["one_compartment"], LIBRARY["transit_absorption"]])
def test_runs_of_people_and_of_tables_come_back_with_all_they_can_do(model: Any) -> None:
    name = "pk.cl" if model is None else "CL"
    people = Population(2, seed=1, variability={name: LogNormal(cv=0.3)})
    weight = {"WT": [70, 90]} if model is None else {}
    run = simulate(DOSE, model=model, population=people, engine="batch", **SHORT)
    assert sent(run).repeat().data.identical(run.data)
    rows = EventTable.of({"ID": [1, 1], "TIME": [0, 24], "EVID": [1, 0], "AMT": [10, 0], **weight})
    for who in (None, people, Individuals.of({"ID": ["a", "b"], name: [90.0, 120.0]})):
        table = simulate(rows, model=model, population=who, engine="batch")
        back = sent(table)
        assert back.rows().equals(table.rows())
        first = next(iter(table.table.subjects))
        assert back.subject(first).identical(table.subject(first))
        assert back.repeat().rows().equals(table.rows())


def test_a_study_is_computed_by_another_process() -> None:
    model = LIBRARY["transit_absorption"]
    people = Population(3, seed=1, variability={"CL": LogNormal(cv=0.3)})
    account = account_for(
        model, people, assumptions="popular", condition="healthy", cell="microglia", parameters=None, source="",
        covariates=None,
    )  # fmt: skip
    run = simulate(DOSE, model=model, population=people, engine="exact", **SHORT)
    asked = Asked(people, None, None, "untreated", 24, 12, (), "exact", "LSODA", None)
    study = asked.study(run.regimen, account, {"outputs": ["A_central"], "dtype": "float64"})
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = pool.submit(study.chunk, 0).result()
    np.testing.assert_array_equal(found["A_central"], run.data["A_central"].values)
