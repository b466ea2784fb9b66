"""Regimens, people, decisions and records in models that are not that of naltrexone."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

import matplotlib as mpl
import numpy as np
import pytest
from numpy.typing import NDArray

import ldnsim as ldn
from ldnsim import (
    Adherence,
    EventTable,
    Individuals,
    InputError,
    LogNormal,
    Normal,
    Population,
    Regimen,
    TableRun,
    models,
    simulate,
)
from ldnsim.endorphin import Clock
from ldnsim.models import Compartment, Inlet, Model, System, michaelis_menten, one_compartment
from ldnsim.plots.level import level

mpl.use("Agg")

Array = NDArray[np.float64]

KA, CL, V = 1.0, 3.0, 20.0
MODEL = one_compartment(CL=CL, V=V, ka=KA)
DELAYED = one_compartment(CL=CL, V=V, ka=KA, F=0.5, lag=0.5)
BY_WEIGHT = one_compartment(CL=lambda known: CL * (known["WT"] / 70) ** 0.75, V=V, ka=KA)
PLAN = Regimen.parse("10 mg at 08:00 daily for 3 days")
HOURS = np.arange(0.0, 73.0)
ENGINES: tuple[Literal["exact", "reference", "batch", "compiled"], ...] = ("exact", "reference", "batch", "compiled")


def bateman(time: Array, mg: Any = 10.0, cl: Any = CL, v: Any = V, ka: Any = KA) -> Array:
    """Concentration after one absorbed dose [mg/L]."""
    since, k = np.maximum(time, 0.0), cl / v
    found: Array = mg * ka / (v * (ka - k)) * (np.exp(-k * since) - np.exp(-ka * since))
    return found


def sum_of(time: Array, starts: Any, **dose: Any) -> Array:
    """Concentration after doses at some times."""
    found: Array = np.sum([bateman(time - start, **dose) for start in starts], axis=0)
    return found


def levels(run: Any, time: Array = HOURS) -> Array:
    """Concentration at times, after what happens then, shape (n_times,) or (n_people, n_times)."""
    data = run.data if hasattr(run, "data") else run
    there = [np.flatnonzero(data["time"].values == one)[-1] for one in time]
    found: Array = data["C_central"].values[..., there]
    return found


def in_people(people: Population, model: Model = MODEL, plan: Regimen = PLAN, **settings: Any) -> Any:
    return simulate(plan, model=model, population=people, progress=False, step=1.0, **settings)


def values_of(people: Population, model: Model, name: str) -> Any:
    """What people have of a parameter, shape (n_occasions, n_people)."""
    typical, _ = model.typical()
    drawn = people.draw(typical, np.arange(people.n), 3, np.full(3, np.inf))
    return drawn.values[:, list(typical).index(name)]


@pytest.mark.parametrize(("engine", "error"), [*zip(ENGINES, (1e-12, 1e-8, 1e-5, 1e-5), strict=True)])
def test_a_regimen_is_the_sum_of_its_doses(engine: Any, error: float) -> None:
    expected = sum_of(HOURS, [0.0, 24.0, 48.0])
    run = simulate(PLAN, model=MODEL, step=1.0, engine=engine)
    assert np.abs(levels(run) - expected).max() <= error * np.ptp(expected)
    assert run.data["C_central"].attrs["units"] == "mg/L"
    assert run.data["A_depot"].attrs["units"] == "mg"
    assert run.data.attrs["engine"] == engine


def test_linear_models_are_solved_exactly_by_themselves() -> None:
    assert simulate(PLAN, model=MODEL, step=1.0).data.attrs["engine"] == "exact"
    bent = michaelis_menten(Vmax=8, Km=2, V=20)
    assert simulate("10 mg iv", model=bent, step=1.0).data.attrs["engine"] == "reference"
    with pytest.raises(InputError, match="^engine: got 'exact'.*not linear"):
        simulate("10 mg iv", model=bent, engine="exact")


def test_a_regimen_and_its_table_are_the_same() -> None:
    plan = Regimen.parse("7 mg at 21:00 every 8 h for 2 days then 3 mg iv over 2 h daily for 2 days")
    hours = np.arange(0.0, 97.0)
    rows = [
        {"TIME": dose.time, "EVID": 1, "AMT": dose.mg, "CMT": 1 if dose.route == "oral" else 2,
         "RATE": dose.mg / dose.over if dose.over else 0.0}
        for dose in plan.dosing()
    ]  # fmt: skip
    rows += [{"TIME": float(hour), "EVID": 0, "AMT": 0.0, "CMT": 2, "RATE": 0.0} for hour in hours]
    rows.sort(key=lambda row: row["TIME"])
    table = EventTable.of({"ID": [1] * len(rows), **{name: [row[name] for row in rows] for name in rows[0]}})
    frame = simulate(table, model=DELAYED).rows()
    run = simulate(plan, model=DELAYED, until=96, step=1.0)
    np.testing.assert_allclose(levels(run, hours), frame["C_central"][frame["EVID"] == 0], rtol=1e-9, atol=1e-12)


def test_an_intravenous_route_goes_to_central_and_takes_its_time() -> None:
    k, hours = CL / V, np.arange(0.0, 25.0)
    at_once = levels(simulate("10 mg iv", model=MODEL, until=24, step=1.0), hours)
    np.testing.assert_allclose(at_once, 10 / V * np.exp(-k * hours), rtol=1e-9)
    slowly = levels(simulate("10 mg iv over 2 h", model=MODEL, until=24, step=1.0), hours)
    rising = 5 / CL * (1 - np.exp(-k * np.minimum(hours, 2.0)))
    np.testing.assert_allclose(slowly, rising * np.exp(-k * np.maximum(hours - 2.0, 0.0)), rtol=1e-9, atol=1e-15)
    # without a depot what is swallowed enters the only compartment
    swallowed = simulate("10 mg", model=one_compartment(CL=CL, V=V), until=24, step=1.0)
    np.testing.assert_allclose(levels(swallowed, hours), at_once, rtol=1e-9)


def test_changed_parameters_come_in_their_units() -> None:
    run = simulate(PLAN, model=MODEL, parameters={"CL": "100 mL/min", "F": 0.5}, source="a test", step=1.0)
    np.testing.assert_allclose(levels(run), 0.5 * sum_of(HOURS, [0.0, 24.0, 48.0], cl=6.0), rtol=1e-9, atol=1e-15)
    assert "changed CL, F" in run.data.attrs["assumptions"]
    assert run.parameters["CL"].source == "a test"


def test_spread_between_people_is_as_wide_as_asked() -> None:
    people = Population(3000, 7, variability={"CL": LogNormal(cv=0.3)})
    run = in_people(people, one_compartment(CL=CL, V=V), Regimen.parse("10 mg iv"), outputs="C_central")
    logs = np.log(-V / 24.0 * np.log(levels(run, np.array([24.0]))[:, 0] * V / 10))
    assert logs.mean() == pytest.approx(np.log(CL), abs=0.02)
    assert logs.std() == pytest.approx(np.sqrt(np.log(1.09)), rel=0.05)
    assert run.data.attrs["population"] == "3,000 people, seed 7"


@pytest.mark.parametrize("engine", ENGINES)
def test_bioavailability_and_lag_vary_like_any_parameter(engine: Any) -> None:
    people = Population(6, 2, variability={"F": LogNormal(cv=0.3), "lag": LogNormal(cv=0.5)})
    share, lag = (values_of(people, DELAYED, name)[0] for name in ("F", "lag"))
    assert len(set(share)) == len(set(lag)) == 6
    run = in_people(people, DELAYED, engine=engine)
    expected = np.array([f * sum_of(HOURS, [x, 24 + x, 48 + x]) for f, x in zip(share, lag, strict=True)])
    assert (np.abs(levels(run) - expected).max(axis=1) <= 1e-5 * np.ptp(expected, axis=1)).all()


def test_rows_beside_a_person_do_not_move_what_is_drawn_of_others() -> None:
    few = Population(4, 5, variability={"CL": LogNormal(cv=0.3)})
    more = Population(9, 5, variability={"V": LogNormal(cv=0.3), "CL": LogNormal(cv=0.3)})
    np.testing.assert_array_equal(values_of(few, MODEL, "CL")[0], values_of(more, MODEL, "CL")[0, :4])


def test_functions_of_the_covariates_are_read_for_each_person() -> None:
    weights = [40.0, 70.0, 110.0]
    expected = [sum_of(HOURS, [0.0, 24.0, 48.0], cl=CL * (weight / 70) ** 0.75) for weight in weights]
    known = in_people(Individuals.of({"ID": ["a", "b", "c"], "WT": weights}), BY_WEIGHT)
    given = in_people(Population(3, 1, variability={}, covariates={"WT": weights}), BY_WEIGHT)
    for run in (known, given):
        np.testing.assert_allclose(levels(run), expected, rtol=1e-9, atol=1e-15)
    alone = simulate(PLAN, model=BY_WEIGHT, covariates={"WT": 110.0}, step=1.0)
    np.testing.assert_allclose(levels(alone), expected[2], rtol=1e-9, atol=1e-15)
    assert "WT 110" in alone.data.attrs["assumptions"]
    drawn = in_people(Population(40, 1, variability={}, covariates={"WT": Normal(70.0, sd=10.0)}), BY_WEIGHT)
    heavy = drawn.data["WT"].values
    assert heavy.dtype == np.float64
    assert np.corrcoef(heavy, levels(drawn, np.array([71.0]))[:, 0])[0, 1] < -0.9
    with pytest.raises(InputError, match="'WT'"):
        simulate(PLAN, model=BY_WEIGHT)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_steady_state_is_what_many_days_lead_to(engine: Any) -> None:
    steady = simulate(PLAN, model=DELAYED, start="steady-state", step=1.0, engine=engine)
    day = np.arange(0.0, 24.0)
    expected = 0.5 * sum_of(day, 0.5 - 24.0 * np.arange(60))
    assert np.abs(levels(steady, day) - expected).max() <= 1e-5 * np.ptp(expected)
    # whose lag is another has another past
    people = Population(3, 4, variability={"lag": LogNormal(cv=0.5), "CL": LogNormal(cv=0.3)})
    many = levels(in_people(people, DELAYED, start="steady-state", engine=engine), day)
    lags, clearances = (values_of(people, DELAYED, name)[0] for name in ("lag", "CL"))
    for found, lag, cl in zip(many, lags, clearances, strict=True):
        expected = 0.5 * sum_of(day, lag - 24.0 * np.arange(90), cl=cl)
        assert np.abs(found - expected).max() <= 1e-5 * np.ptp(expected)


def test_decisions_are_taken_on_what_the_model_shows() -> None:
    def decide(moment: Any) -> float | None:
        return 2 * moment.mg if moment["C_central"] < 0.02 and moment.number > 1 else None

    slow, fast = 1.0, 5.0
    many = in_people(Individuals.of({"CL": [slow, fast]}), decide=decide)
    assert many.data["given"].values.tolist() == [[10.0, 10.0, 10.0], [10.0, 20.0, 20.0]]
    expected = bateman(HOURS, cl=fast) + 2 * sum_of(HOURS, [24.0, 48.0], cl=fast)
    np.testing.assert_allclose(levels(many)[1], expected, rtol=1e-8, atol=1e-12)
    alone = simulate(PLAN, model=MODEL, parameters={"CL": fast}, decide=decide, step=1.0)
    np.testing.assert_allclose(levels(alone), expected, rtol=1e-8, atol=1e-12)
    assert alone.record["settings"]["decisions"] == [10.0, 20.0, 20.0]
    for run in (many, alone):
        assert run.repeat().data.identical(run.data)


def test_people_miss_doses_and_are_late() -> None:
    people = Population(20, 3, variability={}, adherence=Adherence(miss=0.4, late_sd=2.0))
    typical, _ = MODEL.typical()
    latest = np.array([24.0 * (1 - 1e-6), 24.0 * (1 - 1e-6), np.inf])
    drawn = people.draw(typical, np.arange(20), 3, latest)
    assert 0 < drawn.taken.mean() < 1
    found = levels(in_people(people))
    for who in range(20):
        when = (24.0 * np.arange(3) + drawn.delay[:, who])[drawn.taken[:, who]]
        expected = sum_of(HOURS, when) if when.size else np.zeros(HOURS.size)
        np.testing.assert_allclose(found[who], expected, rtol=1e-4, atol=1e-6)


def table_of(ids: list[Any], **columns: list[Any]) -> EventTable:
    """Three doses a day apart, read every hour, for each ID; further columns have a value a day."""
    events = [(24.0 * day, day, 1, 10.0) for day in range(3)]
    events += [(hour, min(int(hour // 24), 2), 0, 0.0) for hour in HOURS]
    events.sort(key=lambda event: (event[0], event[2] == 0))
    rows = [(id, *event) for id in ids for event in events]
    table = {
        "ID": [row[0] for row in rows], "TIME": [row[1] for row in rows], "EVID": [row[3] for row in rows],
        "AMT": [row[4] for row in rows], **{name: [values[row[2]] for row in rows] for name, values in columns.items()},
    }  # fmt: skip
    return EventTable.of(table)


def rows_of(run: Any, ids: list[Any]) -> Array:
    """Concentration at the hours, of some IDs."""
    frame = run.rows()
    return np.array([frame["C_central"][(frame["ID"] == id) & (frame["EVID"] == 0)].to_numpy() for id in ids])


def test_a_table_with_one_id_is_taken_by_everybody() -> None:
    people = Population(5, 3, variability={"CL": LogNormal(cv=0.4), "F": LogNormal(cv=0.2)})
    run = simulate(table_of([9]), model=MODEL, population=people)
    expected = levels(in_people(people))
    assert np.ptp(expected[:, -1]) > 0
    np.testing.assert_allclose(rows_of(run, [1, 2, 3, 4, 5]), expected, rtol=1e-9, atol=1e-12)
    known = Individuals.of({"ID": ["x", "y"], "CL": [2.0, 5.0]})
    found = rows_of(simulate(table_of([9]), model=MODEL, population=known), ["x", "y"])
    np.testing.assert_allclose(found, levels(in_people(known)), rtol=1e-9, atol=1e-12)


def test_each_id_of_a_table_is_a_person() -> None:
    people = Population(2, 3, variability={"CL": LogNormal(cv=0.4)})
    found = rows_of(simulate(table_of([20, 10]), model=MODEL, population=people), [20, 10])
    np.testing.assert_allclose(found, levels(in_people(people)), rtol=1e-9, atol=1e-12)
    # individuals are found by ID, in whatever order
    known = Individuals.of({"ID": [10, 20], "CL": [2.0, 5.0]})
    found = rows_of(simulate(table_of([20, 10]), model=MODEL, population=known), [10, 20])
    np.testing.assert_allclose(found, levels(in_people(known)), rtol=1e-9, atol=1e-12)
    with pytest.raises(InputError, match="^population: got 3, expected 2 people"):
        simulate(table_of([20, 10]), model=MODEL, population=Population(3, 1, variability={"CL": LogNormal(cv=0.1)}))
    with pytest.raises(InputError, match="^population, ID: got '11, 20'"):
        simulate(table_of([20, 10]), model=MODEL, population=Individuals.of({"ID": [10, 11], "CL": [2.0, 5.0]}))


def test_covariates_of_a_table_are_read_beside_the_spread_of_people() -> None:
    people = Population(2, 3, variability={"CL": LogNormal(cv=0.4)})
    table = table_of([1, 2], WT=[90.0, 90.0, 90.0])
    table = EventTable.of(table.to_frame() if hasattr(table, "to_frame") else table, covariates={"WT": "locf"})
    factor = values_of(people, MODEL, "CL")[0] / CL
    found = rows_of(simulate(table, model=BY_WEIGHT, population=people), [1, 2])
    expected = [sum_of(HOURS, [0.0, 24.0, 48.0], cl=CL * (90 / 70) ** 0.75 * one) for one in factor]
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "people",
    [Individuals.of({"WT": [50.0, 90.0]}), Population(2, 1, variability={}, covariates={"WT": [50.0, 90.0]})],
    ids=["individuals", "population"],
)
def test_covariates_of_people_are_read_where_a_table_has_none(people: Population) -> None:
    found = rows_of(simulate(table_of([1]), model=BY_WEIGHT, population=people), [1, 2])
    np.testing.assert_allclose(found, levels(in_people(people, BY_WEIGHT)), rtol=1e-9, atol=1e-12)


def test_occasions_are_the_doses_of_a_regimen_and_what_occ_says_in_a_table() -> None:
    people = Population(4, 3, variability={}, occasions={"F": LogNormal(cv=0.4), "ka": LogNormal(cv=0.3)})
    share = values_of(people, MODEL, "F")
    assert len({*share.ravel()}) == 12
    found = levels(in_people(people))
    # what was absorbed before the second dose knows nothing of it
    absorption = values_of(people, MODEL, "ka")
    first = [bateman(HOURS[:24], 10 * f, ka=ka) for f, ka in zip(share[0], absorption[0], strict=True)]
    np.testing.assert_allclose(found[:, :24], first, rtol=1e-8, atol=1e-12)
    table = table_of([1], OCC=["first", "second", "third"])
    again = rows_of(simulate(table, model=MODEL, population=people), [1, 2, 3, 4])
    np.testing.assert_allclose(again, found, rtol=1e-8, atol=1e-12)
    with pytest.raises(InputError, match="^occasions: got .*OCC"):
        simulate(table_of([1]), model=MODEL, population=people)


def test_uncertain_typical_values_are_those_of_a_replicate() -> None:
    people = Population(3, 1, variability={}, uncertainty={"CL": LogNormal(cv=0.3)}, replicates=2)
    found = levels(in_people(people))
    np.testing.assert_array_equal(found[:3], np.repeat(found[:1], 3, axis=0))
    assert np.abs(found[0] - found[3]).max() > 0.01 * found[0].max()


def test_errors_of_observation_scatter_about_the_true_curve() -> None:
    residual = {"C_central": LogNormal(cv=0.2)}
    seen = in_people(Population(200, 3, variability={}, residual=residual))
    assert not np.ptp(seen.data["A_central"].values, axis=0).any()
    scatter = np.log(levels(seen)[:, 1:] / sum_of(HOURS, [0.0, 24.0, 48.0])[1:])
    assert scatter.std() == pytest.approx(np.sqrt(np.log(1.04)), rel=0.05)


def test_pictures_and_summaries_are_about_what_is_observed() -> None:
    alone = simulate("10 mg", model=MODEL)
    many = in_people(Population(5, 1, variability={"CL": LogNormal(cv=0.3)}), plan=Regimen.parse("10 mg"))
    peak = np.log(KA / (CL / V)) / (KA - CL / V)
    assert alone.summary()["C_central Cmax"][0] == pytest.approx(bateman(np.array([peak]))[0], rel=1e-3)
    axes = alone.plot()
    drawn = max(axes.get_lines(), key=lambda line: len(line.get_ydata()))
    np.testing.assert_array_equal(drawn.get_ydata(), alone.data["C_central"])
    assert "mg/L" in axes.get_ylabel()
    assert "mg/L" in many.plot().get_ylabel()
    assert "mg/L" not in level(alone.data, "A_depot").get_ylabel()
    with pytest.raises(InputError, match="^labels: got"):
        level(alone.data, "C_central", receptor="mor")
    with pytest.raises(InputError, match="^model: got 'one_compartment'"):
        alone.outcomes()


RUNS: dict[str, Callable[[], Any]] = {
    "one": lambda: simulate(PLAN, model=DELAYED, parameters={"CL": 5.0}, step=1.0),
    "steady": lambda: simulate(PLAN, model=DELAYED, start="steady-state", step=1.0, engine="reference"),
    "weight": lambda: simulate(PLAN, model=BY_WEIGHT, covariates={"WT": 50.0}, step=1.0),
    "many": lambda: in_people(
        Population(5, 1, variability={"CL": LogNormal(cv=0.3)}, occasions={"F": LogNormal(cv=0.1)}), DELAYED
    ),
    "known": lambda: in_people(Individuals.of({"ID": ["a", "b"], "WT": [50.0, 90.0], "V": [10, 20]}), BY_WEIGHT),
}


@pytest.mark.parametrize("kind", RUNS)
def test_a_record_and_the_model_repeat_a_run_to_the_last_bit(kind: str) -> None:
    run = RUNS[kind]()
    assert run.repeat().data.identical(run.data)
    again = ldn.repeat(json.loads(json.dumps(run.record)), model=run.model)
    assert again.data.identical(run.data)
    with pytest.raises(InputError, match="^model: got"):
        ldn.repeat(run.record, model=michaelis_menten(Vmax=1, Km=1, V=1))


@pytest.mark.parametrize("kind", RUNS)
def test_a_model_of_the_library_whose_parameters_are_numbers_need_not_be_given(kind: str, tmp_path: Path) -> None:
    run = RUNS[kind]()
    run.to_netcdf(tmp_path / "run.nc")
    if run.model is BY_WEIGHT:
        refused = "^model: got None, expected the model one_compartment of the record: .* given as model="
        with pytest.raises(InputError, match=refused):
            ldn.repeat(run.record)
        with pytest.raises(InputError, match=refused):
            ldn.open(tmp_path / "run.nc")
        return
    assert ldn.repeat(run.record).data.identical(run.data)
    opened = ldn.open(tmp_path / "run.nc")
    assert opened.model is not None
    assert opened.repeat().data.identical(run.data)


def test_a_table_in_a_model_of_the_library_is_opened_without_it(tmp_path: Path) -> None:
    table = ldn.EventTable.of({"ID": [1, 1], "TIME": [0, 2], "AMT": [100, 0], "EVID": [1, 0]})
    run = simulate(table, model=models.transit_absorption(3, MTT=1, CL=2, V=20, ka=1))
    run.to_netcdf(tmp_path / "rows.nc")
    for again in (ldn.open(tmp_path / "rows.nc"), ldn.repeat(run.record)):
        assert isinstance(again, TableRun)
        assert again.rows().equals(run.rows())


def test_the_record_of_naltrexone_takes_no_model() -> None:
    with pytest.raises(InputError, match="^model: got 'one_compartment', expected to be left out"):
        ldn.repeat(simulate("4.5 mg", until=2, step=1).record, model=MODEL)


class Drug(NamedTuple):
    """What is in the body.

    Attributes
    ----------
    body : float
        Amount [nmol].
    """

    body: float


class State(NamedTuple):
    """State."""

    drug: Drug


class Level(NamedTuple):
    """What is seen.

    Attributes
    ----------
    blood : float
        Concentration [nM].
    """

    blood: float


class Pace(NamedTuple):
    """Parameters.

    Attributes
    ----------
    k : float
        Rate [1/h].
    v : float
        Volume [L].
    """

    k: float
    v: float


def fall(state: State, p: Pace, _clock: Clock) -> State:
    return State(Drug(-p.k * state.drug.body))


def seen(state: State, p: Pace, _clock: Clock) -> Level:
    return Level(state.drug.body / p.v)


def own(**more: Any) -> Model:
    """A model that a user writes, in nmol."""
    where = Compartment("blood", (0,), (Inlet(0, 1.0, 0.0),))
    system = System(State, fall, seen)
    return Model(
        "own", system, lambda _: Pace(0.1, 5.0), (0.0,), (where,), "blood", "blood", {"blood": "C_blood"}, **more
    )


def test_a_model_in_nmol_says_what_a_milligram_is() -> None:
    with pytest.raises(InputError, match="^model: got 'own', expected Model.amt_unit='mg', amount=.* in nmol"):
        simulate("2 mg", model=own())
    # 400 g/mol
    run = simulate("2 mg", model=own(amt_unit="mg", amount=lambda *_: 1e6 / 400), until=10, step=1.0)
    assert run.data["C_blood"].attrs["units"] == "nM"
    expected = 2e6 / 400 / 5.0 * np.exp(-0.1 * np.arange(11.0))
    np.testing.assert_allclose(run.data["C_blood"].values[-11:], expected, rtol=1e-7)
    grams = simulate("2 mg", model=own(amt_unit="g", amount=lambda *_: 1e9 / 400), until=10, step=1.0)
    np.testing.assert_allclose(grams.data["C_blood"].values[-11:], expected, rtol=1e-7)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a parameter": ({"parameters": {"CLX": 1.0}}, "^parameters: got 'CLX'"),
    "one of naltrexone": ({"parameters": {"pk.cl": 1.0}}, "^parameters: got 'pk.cl'"),
    "a negative one": ({"parameters": {"CL": -1.0}}, "^CL: got -1"),
    "a unit": ({"parameters": {"CL": "3 kg"}}, "^CL: got '3 kg'"),
    "a volume of nothing": ({"parameters": {"V": 0.0}}, "^V: got 0"),
    "a spread": ({"population": Population(2, 1, variability={"CLX": LogNormal(cv=0.1)})}, "^variability: got 'CLX'"),
    "the ledger's spread": ({"population": Population(2, 1)}, "^variability: got None"),
    "an occasion": (
        {"population": Population(2, 1, variability={}, occasions={"x": LogNormal(cv=0.1)})}, "^occasions: got 'x'",
    ),
    "the ledger's doubt": (
        {"population": Population(2, 1, variability={}, uncertainty="ledger")}, "^uncertainty: got 'ledger'",
    ),
    "an error": (
        {"population": Population(2, 1, variability={}, residual={"plasma": LogNormal(cv=0.1)})},
        "^residual: got 'plasma'",
    ),
    "covariates of the ledger": ({"covariates": {"smoking": "yes"}}, "^covariates: got 'smoking'"),
    "those of people": (
        {"population": Population(2, 1, variability={}, covariates={"sex": "male"})}, "^covariates: got 'sex'",
    ),
    "those of individuals": ({"population": Individuals.of({"liver": ["A", "B"]})}, "^covariates: got 'liver'"),
    "assumptions": ({"assumptions": "measured"}, "^assumptions: got"),
    "a condition": ({"condition": "fibromyalgia"}, "^condition: got"),
    "a cell": ({"cell": "macrophage"}, "^cell: got"),
    "endotoxin": ({"endotoxin": ldn.Endotoxin(1.0, 5.0)}, "^endotoxin: got"),
    "no model": ({"model": "one_compartment"}, "^model: got"),
    "a clock": ({"clock": "08:00"}, "^clock: got"),
    "an output": (
        {"population": Population(2, 1, variability={}), "outputs": "plasma"}, "^outputs: got 'plasma'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_a_model_does_not_have_is_refused_by_name(what: str) -> None:
    settings, words = WRONG[what]
    with pytest.raises(InputError, match=words):
        simulate(PLAN, **{"model": MODEL, **settings})


@pytest.mark.parametrize("route", ["sublingual", "depot injection"])
def test_a_route_that_leads_nowhere_is_refused(route: str) -> None:
    with pytest.raises(InputError, match="^route: got .*depot, central|^route: got .*central, depot"):
        simulate(f"10 mg {route}", model=MODEL)


def test_how_long_a_dose_takes_is_said_once() -> None:
    infused = one_compartment(CL=CL, V=V, D=2.0)
    rising = levels(simulate("10 mg", model=infused, until=24, step=1.0), np.array([1.0, 2.0]))
    np.testing.assert_allclose(rising, 5 / CL * (1 - np.exp(-CL / V * np.array([1.0, 2.0]))), rtol=1e-9)
    with pytest.raises(InputError, match="^over: got 1"):
        simulate("10 mg iv over 1 h", model=infused)


def test_a_record_is_not_repeated_with_other_equations_or_doses_of_the_same_name() -> None:
    usual: dict[str, Any] = {"kin": 10, "kout": 0.2, "CL": 3, "V": 20, "ka": 1.0, "Smax": 2, "SC50": 1}
    run = simulate("100 mg", model=models.turnover(3, **usual), until=4)
    with pytest.raises(InputError, match="whose equations or doses are others"):
        ldn.repeat(run.record, model=models.turnover(4, **usual))
    split: dict[str, Any] = {"ka1": 2, "ka2": 0.2, "CL": 3, "V": 20}
    run = simulate("100 mg", model=models.parallel_depots(share=0.4, **split), until=4)
    with pytest.raises(InputError, match="whose equations or doses are others"):
        ldn.repeat(run.record, model=models.parallel_depots(share=0.9, **split))
    by_weight = [
        models.one_compartment(CL=lambda c: 3 * (c["WT"] / 50) ** 0.75, V=20),
        models.one_compartment(CL=lambda c: 3 * (c["WT"] / 50) ** 3, V=20),
    ]
    run = simulate("100 mg", model=by_weight[0], covariates={"WT": 50}, until=4)
    assert ldn.repeat(run.record, model=by_weight[0]).data.equals(run.data)
    with pytest.raises(InputError, match="whose equations or doses are others"):
        ldn.repeat(run.record, model=by_weight[1])


def test_covariates_of_individuals_act_on_what_is_known_of_them() -> None:
    known = simulate(
        "4.5 mg", population=Individuals.of({"pk.cl": [110.0], "weight": [55.0]}), until=6, step=1.0,
        engine="reference", progress=False,
    )  # fmt: skip
    alone = simulate("4.5 mg", parameters={"pk.cl": 110.0}, covariates={"weight": 55.0}, until=6, step=1.0)
    assert known.data["plasma"].values[0] == pytest.approx(alone.data["plasma"].values, rel=1e-9)
    with pytest.raises(InputError, match="no column of the individuals says"):
        simulate("4.5 mg", parameters={"pk.cl": 90.0}, population=Individuals.of({"pk.cl": [110.0]}), until=6)


def test_a_parameter_that_is_left_out_by_none_is_refused() -> None:
    with pytest.raises(InputError, match="CL"):
        models.one_compartment(CL=None, V=2)  # type: ignore[arg-type]


def twice_where_fast(state: State, p: Pace, _clock: Clock) -> State:
    return State(Drug(-(2 * p.k if p.k > 0.15 else p.k) * state.drug.body))


def by_its_type(state: State, p: Pace, _clock: Clock) -> State:
    return State(Drug(-(2 * p.k if isinstance(p.k, float) else p.k) * state.drug.body))


def test_equations_that_ask_what_a_number_is_run_one_by_one() -> None:
    model = replace(own(amt_unit="mg", amount=lambda *_: 1.0), system=System(State, by_its_type, seen))
    for people in (None, Individuals.of({"k": np.array([0.1])})):
        run = simulate("2 mg", model=model, population=people, until=5, step=1)
        np.testing.assert_allclose(np.ravel(run.data["C_blood"])[-1], 0.4 * np.exp(-0.2 * 5), rtol=1e-7)
    with pytest.raises(InputError, match=r"engine: got 'batch', expected 'reference', because by_its_type gives other"):
        simulate("2 mg", model=model, until=5, engine="batch")


def test_equations_may_decide_by_a_parameter_where_an_engine_can_run_them() -> None:
    model = replace(own(amt_unit="mg", amount=lambda *_: 1.0), system=System(State, twice_where_fast, seen))
    people = Individuals.of({"k": np.array([0.1, 0.2])})
    both = simulate("2 mg", model=model, population=people, until=5, step=1)
    np.testing.assert_allclose(both.data["C_blood"][:, -1], 0.4 * np.exp(-np.array([0.1, 0.4]) * 5), rtol=1e-7)
    one = simulate("2 mg", model=model, until=5, step=1)
    # which parameters matter cannot be told, so that all may
    assert {"k", "v"} <= set(one.data["C_blood"].attrs["depends_on"].split())
    with pytest.raises(InputError, match=r"engine: got 'batch', expected 'reference', because twice_where_fast"):
        simulate("2 mg", model=model, until=5, engine="batch")


DECIDING: dict[str, Callable[[Any], Any]] = {
    "by an equal number": lambda k: 2.0 if k == 0.1 else 1.0,
    "by what is no zero": lambda k: 2.0 if k else 1.0,
    "by a place": lambda k: {0.1: 2.0}[k],
    "by a text": lambda k: 2.0 if f"{k:g}" == "0.1" else 1.0,
    "by one of some": lambda k: 2.0 if k in (0.1, 0.3) else 1.0,
}


@pytest.mark.parametrize("how", DECIDING)
def test_a_parameter_that_decides_is_behind_what_follows(how: str) -> None:
    def falling(state: State, p: Pace, _clock: Clock) -> State:
        return State(Drug(-0.1 * DECIDING[how](p.k) * state.drug.body))

    model = replace(own(amt_unit="mg", amount=lambda *_: 1.0), system=System(State, falling, seen))
    one = simulate("2 mg", model=model, until=5, step=1, engine="reference")
    assert one.data["C_blood"].values[-1] == pytest.approx(0.4 * np.exp(-1))
    assert {"k", "v"} <= set(one.data["C_blood"].attrs["depends_on"].split())
    with pytest.raises(InputError, match="engine: got 'batch', expected 'reference', because falling"):
        simulate("2 mg", model=model, until=5, engine="batch")


def test_a_number_that_is_lost_is_lost_also_where_the_equations_catch_the_error() -> None:
    def falling(state: State, p: Pace, _clock: Clock) -> State:
        try:
            share = [1.0, 2.0][int(p.k)]
        except TypeError:
            share = 3.0
        return State(Drug(-0.1 * share * state.drug.body))

    model = replace(own(amt_unit="mg", amount=lambda *_: 1.0), system=System(State, falling, seen))
    run = simulate("2 mg", model=model, population=Individuals.of({"k": [0.0, 1.0]}), until=5, step=1)
    np.testing.assert_allclose(run.data["C_blood"][:, -1], 0.4 * np.exp(-0.5 * np.array([1.0, 2.0])), rtol=1e-7)
    with pytest.raises(InputError, match="engine: got 'batch', expected 'reference', because falling"):
        simulate("2 mg", model=model, until=5, engine="batch")


def test_who_decides_by_a_parameter_has_a_baseline_of_his_own() -> None:
    def made_and_lost(state: State, p: Pace, _clock: Clock) -> State:
        return State(Drug((3.0 if p.k > 0.15 else 1.0) - p.k * state.drug.body))

    drug = own(amt_unit="mg", amount=lambda *_: 1.0)
    model = replace(drug, system=System(State, made_and_lost, seen), initial=None)
    run = simulate("0 mg", model=model, population=Individuals.of({"k": [0.1, 0.2]}), until=5, step=1)
    np.testing.assert_allclose(run.data["C_blood"], np.repeat([[2.0], [3.0]], run.data.sizes["time"], axis=1))


def test_a_zero_that_somebody_divides_by_does_not_stop_the_others() -> None:
    def falling(state: State, p: Pace, _clock: Clock) -> State:
        return State(Drug(-0.1 / p.k * state.drug.body))

    drug = own(amt_unit="mg", amount=lambda *_: 1.0)
    model = replace(drug, system=System(State, falling, seen), fill=lambda known: Pace(known["WT"] - 70.0, 5.0))
    people = Individuals.of({"WT": [70.0, 71.0]})
    run = simulate("2 mg", model=model, population=people, until=5, step=1, engine="batch")
    assert run.data["status"].values.tolist() == [2, 0]
    assert run.data["C_blood"].values[1, -1] == pytest.approx(0.4 * np.exp(-0.5))


OUTSIDE = {"times": 1.0}


def from_outside(state: State, p: Pace, _clock: Clock) -> State:
    return State(Drug(-OUTSIDE["times"] * p.k * state.drug.body))


class Kept:
    """Rates with an attribute, and without a hash."""

    __name__ = "kept"
    __hash__ = None  # type: ignore[assignment]

    def __init__(self) -> None:
        self.times = 1.0

    def __eq__(self, other: object) -> bool:
        return self is other

    def __call__(self, state: State, p: Pace, _clock: Clock) -> State:
        return State(Drug(-self.times * p.k * state.drug.body))


@pytest.mark.parametrize("engine", ["reference", "batch"])
def test_equations_follow_what_a_user_changes_outside_them(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept()
    for times in (1.0, 3.0):
        monkeypatch.setitem(OUTSIDE, "times", times)
        kept.times = times
        for rates in (from_outside, kept):
            model = replace(own(amt_unit="mg", amount=lambda *_: 1.0), system=System(State, rates, seen))
            run = simulate("2 mg", model=model, until=5, step=1, engine=engine)
            np.testing.assert_allclose(run.data["C_blood"].values[-1], 0.4 * np.exp(-0.1 * times * 5), rtol=1e-5)


def seen_from_outside(state: State, p: Pace, _clock: Clock) -> Level:
    return Level(OUTSIDE["times"] * state.drug.body / p.v)


def test_a_prepared_ensemble_follows_them_in_rates_and_outputs_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    model = replace(own(amt_unit="mg", amount=lambda *_: 1.0), system=System(State, from_outside, seen_from_outside))
    runs = ldn.Ensemble("2 mg", model=model, until=5, step=1, engine="batch", outputs=["C_blood"])
    for times in (1.0, 3.0, 1.0):
        monkeypatch.setitem(OUTSIDE, "times", times)
        found = np.ravel(runs.curves({"k": [0.1]})["C_blood"])[-1]
        np.testing.assert_allclose(found, times * 0.4 * np.exp(-0.1 * times * 5), rtol=1e-5)
