"""Data for NONMEM: what is written is read back as the same events, and gives the same numbers again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ldnsim import (
    Adherence,
    Endotoxin,
    EventTable,
    Individuals,
    InputError,
    LdnsimWarning,
    LogNormal,
    Normal,
    Population,
    Regimen,
    compare,
    models,
    resolve,
    simulate,
)
from ldnsim.dosing.phases import Phase
from ldnsim.exchange.nonmem import NonmemData, nonmem_data
from ldnsim.models import Model

ONE = models.one_compartment(CL=2, V=20, ka=1.2, lag=0.5, F=0.8)
TWO_ID = {"ID": [1, 1, 1, 2, 2], "TIME": [0, 1, 30, 0, 5], "AMT": [100, 0, 0, 50, 0], "EVID": [1, 0, 0, 1, 0]}


def read(data: NonmemData, folder: Path) -> EventTable:
    """What another program reads of the file."""
    data.to_csv(folder / "data.csv")
    return EventTable.read(folder / "data.csv")


def dv(data: NonmemData) -> Any:
    return data.table.loc[data.table["MDV"] == 0, "DV"].to_numpy()


def events(table: EventTable) -> list[tuple[Any, ...]]:
    """What a table says to happen."""
    return [
        (row.id, row.time, row.evid, row.amt, row.amt / row.dur if row.dur else row.rate, row.ii, row.addl, row.ss)
        for row in table.rows
    ]


HALF = models.one_compartment(CL=2, V=20, F=0.5)
TWO = models.parallel_depots(share=0.4, ka1=2, ka2=0.3, CL=2, V=20, lag2=1)
REGIMENS: dict[str, tuple[str | Regimen, Model | None, dict[str, Any]]] = {
    "naltrexone, a titration": ("1.5 mg for 1 day then 4.5 mg for 1 day", None, {"until": 30}),
    "naltrexone, as base": ("4.5 mg base sublingual at 21:00", None, {"until": 12}),
    "two depots, from steady state": ("10 mg daily for 2 days", TWO, {"start": "steady-state"}),
    "an infusion": (Regimen("60 mg", route="intravenous", over="2 h", every="12 h", doses=3), ONE, {}),
    "an infusion of which half arrives": (Regimen("60 mg", route="intravenous", over="2 h"), HALF, {}),
    "doses missed, late and doubled": (
        Regimen.parse("10 mg daily for 6 days").miss(doses=[2]).late("3 h", doses=[4]).double(doses=[5]), ONE, {},
    ),
    "from steady state, with a lag": ("10 mg daily for 3 days", ONE, {"start": "steady-state"}),
    "a rate of the model's own": ("10 mg daily for 2 days", models.one_compartment(CL=2, V=20, R=5), {}),
    "decided at each dose": ("10 mg daily for 4 days", ONE, {"decide": lambda moment: 5.0 * (moment.number - 1)}),
}  # fmt: skip


@pytest.mark.parametrize("kind", REGIMENS)
def test_a_regimen_is_read_back_and_gives_the_same_observations(kind: str, tmp_path: Path) -> None:
    regimen, model, settings = REGIMENS[kind]
    run = simulate(regimen, model=model, step=6, rtol=1e-7, **settings)
    data = nonmem_data(run)
    again = simulate(read(data, tmp_path), model=model, rtol=1e-7).rows()
    assert again["IPRED"].to_numpy() == pytest.approx(dv(data), rel=1e-4, abs=1e-7)
    assert len(again) == len(np.unique(run.data["time"]))
    np.testing.assert_array_equal(again["DV"], dv(data))


def test_people_who_miss_doses_are_read_back_dose_by_dose(tmp_path: Path) -> None:
    spread: dict[str, Any] = {"variability": {"CL": LogNormal(cv=0.3)}, "occasions": {"ka": LogNormal(cv=0.5)}}
    plan = "10 mg daily for 4 days"
    people = Population(4, seed=3, adherence=Adherence(miss=0.4, late_sd=2), **spread)
    data = nonmem_data(simulate(plan, model=ONE, population=people, step=4, engine="batch", rtol=1e-9))
    table = read(data, tmp_path)
    # the same people, who take what the table says
    again = simulate(table, model=ONE, population=Population(4, seed=3, **spread)).rows()
    assert again["IPRED"].to_numpy() == pytest.approx(dv(data), rel=1e-6, abs=1e-9)
    taken = data.table[data.table["EVID"] == 1].groupby("ID").size()
    assert taken.min() < 4
    assert {1, 4} <= set(data.table["OCC"])


def test_a_table_is_read_back_with_the_same_events(tmp_path: Path) -> None:
    rows = {
        "ID": [1] * 8,
        "TIME": [0, 1, 2, 3, 3, 4, 4, 20],
        "EVID": [1, 0, 1, 2, 0, 4, 3, 0],
        "AMT": [100, 0, 30, 0, 0, 10, 0, 0],
        "DUR": [0, 0, 0.7, 0, 0, 0, 0, 0],
        "II": [0, 0, 12, 0, 0, 0, 0, 0],
        "ADDL": [0, 0, 2, 0, 0, 0, 0, 0],
        "CMT": ["depot", "central", 2, "-depot", 0, 1, 0, 2],
        "WT": [70] * 8,
    }
    model = models.one_compartment(CL=lambda c: 2 * c["WT"] / 70, V=20, ka=1.2)
    run = simulate(EventTable.of(rows, pending="cancel", covariates=["WT"]), model=model)
    data = nonmem_data(run)
    again = read(data, tmp_path)
    assert events(again) == events(run.table)
    assert dv(data).tolist() == run.rows()["IPRED"].tolist()
    assert data.table["CMT"].tolist() == [1, 2, 2, -1, 2, 1, 0, 2]
    assert data.table["WT"].tolist() == [70] * 8


def rows_of_one_subject() -> st.SearchStrategy[list[dict[str, Any]]]:
    number = st.floats(0.1, 100)
    plain = {"EVID": st.just(1), "AMT": number, "CMT": st.sampled_from([0, 1, "central"])}

    def repeated(row: dict[str, Any]) -> dict[str, Any]:
        return row | ({"II": 24.0, "ADDL": 3} if "SS" in row or row["AMT"] > 10 else {})

    doses = st.fixed_dictionaries(plain, optional={"RATE": number, "SS": st.just(1)}).map(repeated)
    look: dict[str, Any] = {"EVID": 0, "CMT": "central"}
    others: list[dict[str, Any]] = [look, {"EVID": 2}, {"EVID": 3}]

    def at_times(steps: list[tuple[float, dict[str, Any]]]) -> list[dict[str, Any]]:
        times = np.cumsum([ahead for ahead, _ in steps]).tolist()
        return [{"TIME": time, **row} for time, (_, row) in zip(times, steps, strict=True)]

    steps = st.lists(st.tuples(st.floats(0, 50), doses | st.sampled_from(others)), min_size=1, max_size=5)
    return steps.map(lambda found: at_times([*found, (1.0, look)]))


@given(st.lists(rows_of_one_subject(), min_size=1, max_size=2))
@settings(max_examples=8)
@pytest.mark.filterwarnings("ignore::ldnsim.LdnsimWarning")
def test_any_table_is_read_back(tmp_path_factory: pytest.TempPathFactory, people: list[list[dict[str, Any]]]) -> None:
    names = ("TIME", "EVID", "AMT", "RATE", "II", "ADDL", "SS", "CMT")
    every = [{"ID": who, **dict.fromkeys(names, 0), **row} for who, rows in enumerate(people, 1) for row in rows]
    table = EventTable.of({name: [row[name] for row in every] for name in ("ID", *names)})
    data = nonmem_data(simulate(table, model=ONE))
    again = read(data, tmp_path_factory.mktemp("nonmem"))
    assert events(again) == events(table)
    assert [ONE.compartment(row.cmt, "depot", "") for row in again.rows if row.evid == 1] == [
        ONE.compartment(row.cmt, "depot", "") for row in table.rows if row.evid == 1
    ]


def test_every_cell_is_a_number_or_what_stands_for_a_missing_one() -> None:
    run = simulate("4.5 mg", step=4)
    for missing in (".", "0"):
        heading, *lines = nonmem_data(run, missing=missing).csv().splitlines()
        cells = [line.split(",") for line in lines]
        assert heading.split(",")[:11] == ["ID", "TIME", "EVID", "AMT", "RATE", "II", "ADDL", "SS", "CMT", "DV", "MDV"]
        assert cells[0][9:11] == [missing, "1"]
        assert all(float(cell) == float(cell) for row in cells[1:] for cell in row)
        # older versions of NM-TRAN take 24 characters a number
        assert max(len(cell) for row in cells for cell in row) <= 24


def test_salts_become_the_usual_one_and_a_dose_of_nothing_is_no_dose() -> None:
    p = resolve("popular").values_by_name()
    run = simulate(Regimen("4.5 mg", salt="base").then(Regimen("0 mg", start="1 d")), step=8)
    amounts = nonmem_data(run).table.query("EVID > 0")
    assert amounts["AMT"].tolist() == [pytest.approx(4.5 * p["dose.mw_hcl"] / p["dose.mw_base"], rel=1e-12), 0.0]
    assert amounts["EVID"].tolist() == [1, 2]
    table = EventTable.of(
        {"ID": [1, 1], "TIME": [0, 2], "AMT": [4.5, 0], "RATE": [9, 0], "SALT": ["base", ""], "CMT": [6, 7]}
    )
    same = EventTable.of(
        {"ID": [1, 1], "TIME": [0, 2], "AMT": [4.5, 0], "RATE": [9, 0], "SALT": ["hcl", ""], "CMT": [6, 7]}
    )
    found, usual = (nonmem_data(simulate(one)).table.iloc[0] for one in (table, same))
    assert found["AMT"] / usual["AMT"] == pytest.approx(p["dose.mw_hcl"] / p["dose.mw_base"], rel=1e-12)
    assert found["AMT"] / found["RATE"] == pytest.approx(0.5, rel=1e-12)


def test_several_variables_are_told_apart_and_seen_in_their_compartments() -> None:
    run = simulate("4.5 mg", step=4)
    table = nonmem_data(run, ["plasma_bnx6", "tone"], at=[4, 8]).table.query("EVID == 0")
    assert table["DVID"].tolist() == [1, 2, 1, 2]
    assert table["CMT"].tolist() == [8, 0, 8, 0]
    frame = run.to_frame().set_index("time")
    assert table["DV"].tolist() == [frame.loc[time, name] for time in (4, 8) for name in ("plasma_bnx6", "tone")]


def test_errors_of_observation_are_the_runs_own_or_drawn_and_do_not_depend_on_when_it_is_read() -> None:
    people = Population(300, seed=1, variability={})
    run = simulate("10 mg", model=ONE, population=people, until=12, step=4, engine="batch")
    true = nonmem_data(run, at=[4, 8]).table.query("EVID == 0")
    found = nonmem_data(run, at=[4, 8], residual=LogNormal(cv=0.2), seed=5)
    seen = found.table.query("EVID == 0")
    spread = np.log(seen["DV"] / true["DV"])
    assert spread.std() == pytest.approx(np.sqrt(np.log(1.04)), rel=0.1)
    assert found.record["seed"] == 5
    more = nonmem_data(run, residual=LogNormal(cv=0.2), seed=5).table.query("TIME == 8 and EVID == 0")
    assert more["DV"].tolist() == seen.query("TIME == 8")["DV"].tolist()
    own = Population(3, seed=1, variability={}, residual={"C_central": Normal(sd=1)})
    noisy = simulate("10 mg", model=ONE, population=own, until=12, step=4, engine="batch")
    values = noisy.data["C_central"].drop_duplicates("time", keep="last").values.ravel()
    assert dv(nonmem_data(noisy)).tolist() == values.tolist()
    with pytest.raises(InputError, match="has an error of it"):
        nonmem_data(noisy, residual=Normal(sd=1))


def test_covariates_occasions_replicates_and_names_are_columns_of_numbers() -> None:
    who = {"weight": [50.0, 90.0], "liver": ["none", "decompensated"]}
    people = Population(2, seed=1, variability={}, covariates=who, replicates=2)
    run = simulate("4.5 mg", population=people, until=4, step=4, engine="batch")
    table = nonmem_data(run).table
    first = table.groupby("ID").first()
    assert first["WT"].tolist() == [50, 90, 50, 90]
    assert first["LIVER_DECOMPENSATED"].tolist() == [0, 1, 0, 1]
    assert first["LIVER_COMPENSATED"].tolist() == [0, 0, 0, 0]
    assert first["REP"].tolist() == [1, 1, 2, 2]
    assert first["CLOCK"].tolist() == [22.0] * 4
    named = Individuals.of({"ID": ["anna", "bo"], "CL": [1, 3]})
    run = simulate("10 mg", model=ONE, population=named, until=4, step=4)
    with pytest.warns(LdnsimWarning, match="anna, bo"):
        data = nonmem_data(run)
    assert data.ids == {1: "anna", 2: "bo"}
    assert "; ID 2: bo" in data.control()
    numbers = Individuals.of({"ID": [7, 3], "CL": [1, 3]})
    assert set(nonmem_data(simulate("10 mg", model=ONE, population=numbers, until=4, step=4)).table["ID"]) == {7, 3}


def test_levels_in_a_table_become_columns_of_numbers_too() -> None:
    table = EventTable.of({"ID": [1, 1], "TIME": [0, 5], "AMT": [4.5, 0], "SMOK": ["yes", "yes"], "CHILD": ["A", "A"]})
    data = nonmem_data(simulate(table, rtol=1e-6)).table
    assert data["SMOKING_YES"].tolist() == [1, 1]
    assert data["LIVER_COMPENSATED"].tolist() == [1, 1]
    assert data["LIVER_DECOMPENSATED"].tolist() == [0, 0]


def test_the_control_lines_name_every_column_in_order() -> None:
    data = nonmem_data(simulate("4.5 mg", step=4, covariates={"weight": 55}))
    assert data.control("my.csv").splitlines()[-2:] == [
        "$DATA my.csv IGNORE=@",
        "$INPUT ID TIME EVID AMT RATE II ADDL SS CMT DV MDV WT CLOCK",
    ]
    assert "; CMT: 1 oral, 2 liquid" in data.control()
    assert "DV [ng/mL]" in data.control()
    assert str(data) == "1 subject, 1 row with doses, 14 observations of plasma_ntx"


def test_a_column_of_texts_is_left_out_and_said() -> None:
    run = simulate(EventTable.of({**TWO_ID, "NOTE": ["a", "", "", "", ""]}), model=ONE)
    with pytest.warns(LdnsimWarning, match="NOTE"):
        assert "NOTE" not in nonmem_data(run).table


def test_the_picture_names_what_is_observed() -> None:
    (axes,) = nonmem_data(simulate("4.5 mg", step=4)).plot().axes
    assert axes.get_ylabel() == "DV: plasma_ntx [ng/mL]"
    assert "popular" in "".join(text.get_text() for text in axes.figure.texts)
    assert nonmem_data(simulate(EventTable.of(TWO_ID), model=ONE)).plot().axes[0].lines


def test_what_nonmem_cannot_say_or_the_run_does_not_have_is_refused() -> None:
    plain = simulate("4.5 mg", step=4)
    replaced = EventTable.of({"ID": [1, 1, 1], "TIME": [0, 1, 2], "AMT": [10, 5, 0], "EVID": [1, "replace", 0]})
    twice = Regimen.from_phases([Phase(mg, "hcl", "oral", start, 24.0, 2) for start, mg in ((0.0, 10.0), (8.0, 5.0))])
    cases: list[tuple[str, Any, dict[str, Any]]] = [
        ("result", "4.5 mg", {}),
        ("result", compare("4.5 mg", step=4), {}),
        ("result", simulate("4.5 mg", step=4, endotoxin=Endotoxin(2, 3)), {}),
        ("column EVID", simulate(replaced, model=ONE), {}),
        ("dv", plain, {"dv": "plasma"}),
        ("dv", plain, {"dv": ["tone", "tone"]}),
        ("dv", plain, {"dv": []}),
        ("at", plain, {"at": 3.3}),
        ("at", plain, {"at": []}),
        ("at", plain, {"at": 100}),
        ("at", simulate(EventTable.of(TWO_ID), model=ONE), {"at": 1}),
        ("missing", plain, {"missing": "NA"}),
        ("seed", plain, {"seed": 1}),
        ("residual", plain, {"residual": {"tone": LogNormal(cv=0.1)}}),
        ("residual", plain, {"residual": "a lot"}),
        ("start", simulate(twice, model=ONE, start="steady-state", step=4), {}),
    ]
    for argument, run, asked in cases:
        with pytest.raises(InputError) as raised:
            nonmem_data(run, **asked)
        assert argument in raised.value.argument, (argument, asked)
    spread = Population(4, seed=1, variability={"CL": LogNormal(cv=0.2)})
    some = simulate("10 mg", model=ONE, population=spread, until=4, engine="batch", quantiles=[0.5])
    with pytest.raises(InputError, match="quantiles"):
        nonmem_data(some)
