"""Every engine on every kind of event: the same table gives the same numbers, whoever integrates."""

from __future__ import annotations

import warnings
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ldnsim as ldn
from ldnsim import EventTable, LdnsimWarning, models, simulate

OF_RANGE = 1e-5
EXACT = 1e-8
Engine = Literal["reference", "batch", "compiled", "exact"]


def oral() -> models.Model:
    """Linear: two compartments, absorption, lag, bioavailability, a modelled duration and rate."""
    return models.two_compartment(
        CL=lambda c: 2.0 * c["WT"] / 70, V1=12.0, Q=1.5, V2=30.0, ka=1.1,
        F={"depot": 0.8}, lag={"depot": 0.3, "central": lambda c: 0.002 * c["WT"]}, D={"peripheral": 2.5},
    )  # fmt: skip


def response() -> models.Model:
    """Not linear: a response whose production is inhibited."""
    return models.turnover(1, kin=5.0, kout=0.2, CL=2.0, V=20.0, Imax=0.9, IC50=1.5, h=2.0, ka=1.0, lag=0.25)


def read(table: EventTable, model: models.Model, engine: Engine) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LdnsimWarning)
        return simulate(table, model=model, engine=engine).rows()


def apart(first: pd.DataFrame, second: pd.DataFrame) -> float:
    """The largest difference of a state or level, relative to how far it goes: a dose of 10, and what it makes."""
    worst = 0.0
    for name in [name for name in first.columns if name.startswith(("A_", "C_", "drug_", "response", "IPRED"))]:
        a, b = (frame[name].to_numpy(dtype=float) for frame in (first, second))
        # what rows happen to show is not all that a state does
        size = max(float(np.abs(a).max()), 10.0 if name.startswith("A_") else 0.5)
        worst = max(worst, float(np.abs(a - b).max()) / size)
    pd.testing.assert_series_equal(first["TAD"], second["TAD"])
    return worst


EVENTS = ("dose", "dose", "dose", "infusion", "duration", "repeated", "steady", "added", "constant",
          "reset", "reset-dose", "replace", "multiply", "off", "on", "look")  # fmt: skip


@st.composite
def subjects(draw: Any, linear: bool) -> dict[str, list[Any]]:
    """Rows of one to three subjects, each with events, sample times and weights of their own."""
    columns: dict[str, list[Any]] = {
        name: [] for name in ("ID", "TIME", "EVID", "AMT", "RATE", "II", "ADDL", "SS", "CMT", "WT")
    }
    first, *others = ("depot", "central", "peripheral") if linear else ("depot", "central")
    for subject in range(draw(st.integers(1, 3))):
        time, weight = 0.0, draw(st.sampled_from([40.0, 70.0, 100.0]))
        for _ in range(draw(st.integers(1, 6))):
            kind = draw(st.sampled_from(EVENTS))
            into = draw(st.sampled_from([first, *others[:1]]))
            row: dict[str, Any] = {"EVID": 1, "AMT": draw(st.sampled_from([10.0, 100.0, 35.0])), "CMT": into}
            if kind == "infusion":
                row["RATE"] = row["AMT"] / draw(st.sampled_from([0.5, 3.0]))
            elif kind == "duration":
                row |= {"RATE": -2, "CMT": "peripheral"} if linear else {}
            elif kind == "repeated":
                row |= {"II": draw(st.sampled_from([1.0, 6.0])), "ADDL": draw(st.integers(1, 4))}
            elif kind in ("steady", "added"):
                row |= {"II": draw(st.sampled_from([6.0, 12.0])), "SS": 2 if kind == "added" and linear else 1}
                row |= {"RATE": row["AMT"] / 2.0} if draw(st.booleans()) and into != first else {}
            elif kind == "constant":
                row |= {"AMT": 0, "RATE": 5.0, "SS": 1, "CMT": "central"}
            elif kind == "reset":
                row |= {"EVID": 3, "AMT": 0, "CMT": ""}
            elif kind == "reset-dose":
                row["EVID"] = 4
            elif kind in ("replace", "multiply"):
                row |= {"EVID": 5, "CMT": "central"} if kind == "replace" else {"EVID": 6, "AMT": 0.5, "CMT": "central"}
            elif kind in ("off", "on"):
                row |= {"EVID": 2, "AMT": 0, "CMT": "-central" if kind == "off" else "central"}
            elif kind == "look":
                row = {"EVID": 2, "AMT": 0, "CMT": ""}
            if row.get("SS") and draw(st.booleans()):
                weight = draw(st.sampled_from([40.0, 70.0, 100.0]))
            usual = {"ID": subject + 1, "TIME": time, "RATE": 0, "II": 0, "ADDL": 0, "SS": 0, "WT": weight}
            for name in columns:
                columns[name].append({**usual, **row}[name])
            for _ in range(draw(st.integers(0, 2))):
                time = round(time + draw(st.sampled_from([0.0, 0.3, 1.0, 4.7])), 6)
                seen = {**usual, "TIME": time, "EVID": 0, "AMT": 0, "CMT": "central"}
                for name in columns:
                    columns[name].append(seen[name])
            time = round(time + draw(st.sampled_from([0.0, 1.0, 7.3, 12.0])), 6)
        for name, cell in {**usual, "TIME": time + 2.0, "EVID": 0, "AMT": 0, "CMT": "central"}.items():
            columns[name].append(cell)
    return columns


def table_of(columns: dict[str, list[Any]], pending: str) -> EventTable:
    return EventTable.of(
        columns, covariates={"WT": "locf"}, dialect="rxode2", pending=pending, superpose=True, predict=True
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(columns=subjects(linear=True), pending=st.sampled_from(["keep", "cancel"]))
def test_linear_tables_are_the_same_by_every_engine(columns: dict[str, list[Any]], pending: str) -> None:
    table, model = table_of(columns, pending), oral()
    exact = read(table, model, "exact")
    assert apart(exact, read(table, model, "reference")) <= 1e-7
    assert apart(exact, read(table, model, "batch")) <= OF_RANGE


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(columns=subjects(linear=False), pending=st.sampled_from(["keep", "cancel"]))
def test_tables_that_are_not_linear_are_the_same_by_every_engine(columns: dict[str, list[Any]], pending: str) -> None:
    table, model = table_of(columns, pending), response()
    assert apart(read(table, model, "reference"), read(table, model, "batch")) <= OF_RANGE


@pytest.mark.parametrize("make", [oral, response])
def test_the_compiled_engine_takes_everything_that_can_happen(make: Any) -> None:
    draw = np.random.default_rng(4)
    columns: dict[str, list[Any]] = {
        name: [] for name in ("ID", "TIME", "EVID", "AMT", "RATE", "II", "ADDL", "SS", "CMT", "WT")
    }
    rows = [
        (0.0, 1, 100.0, 0, 12.0, 0, 1, "depot"), (3.0, 1, 50.0, 20.0, 0, 0, 0, "central"),
        (9.0, 1, 30.0, 0, 4.0, 3, 0, "depot"), (16.0, 2, 0, 0, 0, 0, 0, "-central"),
        (18.0, 1, 40.0, 0, 0, 0, 0, "central"), (20.0, 5, 25.0, 0, 0, 0, 0, "central"),
        (22.0, 6, 0.5, 0, 0, 0, 0, "central"), (26.0, 4, 60.0, 0, 0, 0, 0, "central"),
        (30.0, 1, 0.0, 4.0, 0, 0, 1, "central"),
    ]  # fmt: skip
    for subject in range(20):
        weight = float(draw.uniform(40, 100))
        every = [(*row, weight) for row in rows]
        every += [(float(time), 0, 0, 0, 0, 0, 0, "central", weight) for time in draw.uniform(0, 40, 15)]
        for time, evid, amt, rate, ii, addl, ss, cmt, wt in sorted(every, key=lambda row: row[0]):
            for name, cell in zip(columns, (subject, time, evid, amt, rate, ii, addl, ss, cmt, wt), strict=True):
                columns[name].append(cell)
    table, model = table_of(columns, "cancel"), make()
    found = read(table, model, "compiled")
    assert apart(read(table, model, "exact" if make is oral else "reference"), found) <= OF_RANGE
    assert apart(read(table, model, "batch"), found) <= OF_RANGE


def test_naltrexone_tables_run_on_the_compiled_engine_for_many_at_once() -> None:
    draw = np.random.default_rng(2)
    frame = pd.DataFrame(
        [
            {
                "ID": subject,
                "TIME": time,
                "AMT": amount,
                "II": 24 * bool(amount),
                "ADDL": 3 * bool(amount),
                "WT": weight,
            }
            for subject, weight in enumerate(draw.uniform(45, 120, 6).round(1))
            for time, amount in [(0.0, 4.5), *((float(hour), 0.0) for hour in np.sort(draw.uniform(1, 96, 8)))]
        ]
    )
    reference = simulate(EventTable.of(frame)).rows()
    found = simulate(EventTable.of(frame), engine="compiled").rows()
    for name in ("IPRED", "occupancy_mor", "effects_tone", "density_mor", "tlr4_tnf"):
        spread = float(np.ptp(reference[name]))
        assert float(abs(found[name] - reference[name]).max()) <= OF_RANGE * spread, name


def test_what_an_engine_cannot_do_names_one_that_can() -> None:
    moving = EventTable.of(
        {"ID": [1] * 3, "TIME": [0, 5, 9], "AMT": [100, 0, 0], "WT": [70, 80, 90], "CMT": ["central"] * 3},
        covariates={"WT": "linear"},
    )
    with pytest.raises(
        ldn.InputError, match="^engine: got 'batch', expected 'reference', where covariates change along"
    ):
        simulate(moving, model=oral(), engine="batch")
    with pytest.raises(ldn.InputError, match="^engine: got 'exact', expected 'reference', 'batch' or 'compiled'"):
        simulate(EventTable.of({"ID": [1], "TIME": [0], "AMT": [1]}), model=response(), until=5, engine="exact")
    # and what nobody named is taken
    assert len(simulate(moving, model=oral()).rows()) == 2
