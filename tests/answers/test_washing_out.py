"""Washout: percentiles of people against brute force, closed forms, runs that are made longer, and its limit."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ldnsim as ldn
from ldnsim.answers.after_dose import grid
from ldnsim.answers.washing_out import percentile
from ldnsim.cli import main

mpl.use("agg")
DRUG = ldn.models.one_compartment(CL=2.0, V=20.0)
SPREAD = ldn.Population(150, seed=3, variability={"CL": ldn.LogNormal(cv=0.4)})


def washout(regimen: ldn.Regimen | str = "100 mg", below: Any = "0.1 mg/L", **settings: Any) -> ldn.Washout:
    return ldn.washout(regimen, below, **{"model": DRUG, "population": 1, **settings})


@pytest.fixture(scope="module")
def many() -> ldn.Washout:
    return washout(population=SPREAD)


def test_one_compartment_is_below_when_the_exponential_is() -> None:
    # three doses of 5 mg/L a day apart, of which e**-2.4 is left each day
    left = 5 * (1 + math.exp(-2.4) + math.exp(-4.8))
    assert washout("100 mg daily for 3 days").table["hours"][0] == pytest.approx(10 * math.log(left / 0.1), rel=1e-6)
    steady = washout("100 mg daily for 3 days", start="steady-state").table["hours"][0]
    assert steady == pytest.approx(10 * math.log(5 / (1 - math.exp(-2.4)) / 0.1), rel=1e-6)
    assert washout(below="6 mg/L").table["hours"][0] == 0.0


def test_a_dose_of_nothing_is_no_last_dose() -> None:
    rest = washout("100 mg daily for 2 days then 0 mg daily for 5 days").table["hours"][0]
    assert rest == pytest.approx(washout("100 mg daily for 2 days").table["hours"][0])


def test_hours_count_from_the_last_dose_that_is_taken_and_the_answer_says_so() -> None:
    line = "100 mg at 08:00 daily for 3 days"
    plan = ldn.Regimen.parse(line)
    whole, missed = washout(plan), washout(plan.miss(doses=3))
    assert "hours after the last dose until" in str(whole)
    assert "hours after the last dose that was taken until" in str(missed)
    # the level is that of the doses before, a day after them, and falls alike
    before = washout("100 mg at 08:00 daily for 2 days")
    assert missed.table["hours"].tolist() == pytest.approx(before.table["hours"].tolist(), abs=1e-6)


def test_of_people_who_skip_doses_hours_count_from_the_one_that_each_took_last() -> None:
    adherence = ldn.Adherence(miss=0.6, late_sd="90 min")
    skipping = ldn.Population(20, seed=1, variability={}, adherence=adherence)
    found = washout("100 mg at 08:00 daily for 3 days", population=skipping)
    assert "after the last dose that each has taken until" in str(found)
    taken, delay = skipping.intakes(range(20), np.array([24.0, 24.0, np.inf]))
    assert len({tuple(one) for one in taken.T}) > 3
    for hours, did, late in zip(found.each["hours"], taken.T, delay.T, strict=True):
        at = (np.arange(3) * 24.0 + late)[did]
        # of a single dose the level at once is 100 mg over 20 L, and falls by a tenth an hour
        expected = 10 * math.log(np.exp(-(at[-1] - at) / 10).sum() * 5 / 0.1) if did.any() else 0.0
        assert hours == pytest.approx(expected, abs=1e-3)


def test_an_infusion_counts_from_its_end() -> None:
    found = washout(ldn.Regimen("100 mg", route="intravenous", over="2 h"))
    level = 50 / 2 * (1 - math.exp(-0.2))
    assert found.table["hours"][0] == pytest.approx(10 * math.log(level / 0.1), rel=1e-4)


def test_the_percentile_of_people_is_that_of_their_own_closed_forms(many: ldn.Washout) -> None:
    people = ldn.simulate("100 mg", model=DRUG, population=SPREAD, until=1, progress=False, step=0.5)
    level = people.data["C_central"].sel(time=1.0).values
    own = np.log(5 / 0.1) / np.log(5 / level)
    assert np.sort(many.each["hours"]) == pytest.approx(np.sort(own), rel=1e-5)
    (row,) = many.table.to_dict("records")
    below = [np.mean(own <= hours) for hours in (row["hours"] * (1 - 1e-6), row["hours"] * (1 + 1e-6))]
    assert below[0] < 0.95 <= below[1]
    assert row["low"] < row["hours"] < row["high"]
    assert row["median"] == pytest.approx(np.sort(own)[74], rel=1e-5)
    assert (row["people"], row["left out"], row["reason"]) == (150, 0, "")
    assert row["days"] == pytest.approx(row["hours"] / 24)


def test_a_share_of_everybody_is_the_slowest_person(many: ldn.Washout) -> None:
    every = washout(population=SPREAD, share=1.0).table.iloc[0]
    assert every["hours"] == many.each["hours"].max()
    assert np.isinf(every["high"])
    assert "too few for an upper limit" in every["reason"]


def test_a_run_is_made_longer_until_the_answer_lies_in_it_and_stops_at_the_limit() -> None:
    slow = ldn.models.one_compartment(CL=0.02, V=20.0)
    found = washout(model=slow).table.iloc[0]
    assert found["hours"] == pytest.approx(1000 * math.log(50), rel=1e-6)
    assert found["followed"] >= found["hours"]
    short = washout(model=slow, limit="30 days")
    row = short.table.iloc[0]
    assert math.isinf(row["hours"])
    assert row["reason"] == "1 of 1 people still above 30 days after the last dose, the limit"
    assert row["reason"] in str(short)
    short.plot()
    plt.close("all")


def test_accounts_stand_side_by_side_and_each_exposure_on_request() -> None:
    found = ldn.washout("4.5 mg", population=1)
    assert found.table["account"].tolist() == ["popular", "measured"]
    popular, measured = found.table["hours"]
    # 5 h at half (CK001) and the tail behind it; the retention of the other has a half-life of a day (RP096)
    assert 5 < popular < 24 < measured
    assert str(found).count("not medical advice") == 1
    several = ldn.washout("4.5 mg", accounts="popular", exposures=["pooled", "deep96"], population=1)
    assert several.table["account"].tolist() == ["popular, pooled", "popular, deep96"]
    assert several.table["hours"][0] == pytest.approx(popular)
    effect = ldn.washout("4.5 mg", "50 %", variable="functional_block", accounts="popular", population=1)
    blocked = ldn.answers.window_end("functional_block")(ldn.simulate("4.5 mg").data)
    assert effect.table["hours"].tolist() == pytest.approx(blocked.tolist(), abs=0.05)


def test_another_drug_is_a_model_by_name() -> None:
    found = ldn.washout("18 mg", model={"nalmefene": ldn.models.nalmefene("popular")}, population=1)
    assert found.table["account"].tolist() == ["nalmefene"]
    assert np.isfinite(found.table["hours"]).all()


def test_plasma_is_followed_where_it_is_asked_for() -> None:
    found = ldn.washout("4.5 mg", "0.01 ng/mL", variable="plasma", analyte="ntx", accounts="popular", population=1)
    fine = ldn.simulate("4.5 mg", until="3 days")
    assert found.table["hours"].tolist() == pytest.approx(
        ldn.answers.hours_until_below("plasma", 0.01, analyte="ntx")(fine.data).tolist(), rel=1e-3
    )


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"below": None}, "below: got None, expected a level of 'C_central'"),
        ({"below": "1 h"}, "below: got '1 h'"),
        ({"below": 0}, "below: got 0, expected a level above 0"),
        ({"share": 0}, "share: got 0"),
        ({"share": 95}, "share: got 95"),
        ({"limit": 0}, "limit: got 0"),
        ({"variable": "tone"}, "variable: got 'tone'"),
        ({"regimen": "0 mg"}, "regimen: got '0 mg"),
        ({"regimen": 5}, "regimen: got 5"),
        ({"population": 20}, "population: got 20, expected Population"),
        ({"accounts": ["popular"]}, "accounts: got"),
        ({"exposures": True}, "exposures: got True"),
        ({"receptor": "mor"}, "labels: got"),
        ({"model": {}}, "model: got"),
        ({"model": 3}, "model: got 3"),
        ({"model": None, "exposures": ["none"]}, "exposures: got 'none'"),
        ({"model": None, "accounts": []}, "accounts: got"),
        ({"model": None, "accounts": ["popular", "popular"]}, "each account once"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(settings: dict[str, Any], expected: str) -> None:
    with pytest.raises(ldn.InputError, match=expected):
        washout(**settings)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200), st.floats(0.01, 1.0))
def test_at_the_percentile_the_share_of_people_is_below_and_not_before(values: list[float], share: float) -> None:
    numbers = np.array(values)
    found, low, high = percentile(numbers, share)
    assert low <= found <= high
    assert np.mean(numbers <= found) >= share - 1e-9
    assert np.mean(numbers < found) < share


def test_the_interval_holds_the_true_percentile_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    inside = [low <= 0.95 <= high for _, low, high in (percentile(rng.random(200), 0.95) for _ in range(1000))]
    # 1000 draws of a share of at least 0.95 that ranks can only reach in steps
    assert 0.93 <= np.mean(inside) <= 0.985


@given(st.floats(0.1, 20000))
def test_people_are_looked_at_until_the_end_ever_farther_apart(horizon: float) -> None:
    times = grid(horizon)
    assert times[-1] == horizon
    steps = np.diff(times)
    assert (steps > 0).all()
    assert (steps[1:-1] >= steps[:-2] - 1e-9).all()


def test_the_picture_ends_at_nobody_and_holds_the_records(many: ldn.Washout, tmp_path: Path) -> None:
    figure = many.plot()
    line = figure.axes[0].lines[0]
    assert line.get_ydata()[0] == 100
    assert line.get_ydata()[-1] == pytest.approx(0)
    figure.savefig(tmp_path / "washout.png")
    assert b"ldnsim:record" in (tmp_path / "washout.png").read_bytes()
    assert many.record["share"] == 0.95
    assert len(many.record["runs"]) == 1
    plt.close("all")


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "washout.csv"
    words = ["washout", "4.5 mg", "--below", "10%", "--population", "1", "--assumptions", "popular"]
    with pytest.raises(SystemExit) as stop:
        main([*words, "--csv", str(table), "--plot", str(tmp_path / "washout.png")])
    assert stop.value.code == 0
    assert "popular" in capsys.readouterr().out
    assert pd.read_csv(table, comment="#")["hours"][0] == pytest.approx(
        ldn.washout("4.5 mg", population=1, accounts="popular").table["hours"][0], rel=1e-6
    )
    for odd, expected in ((["--share", "0"], "share"), (["--seed", "3"], "--seed"), (["--below", "x"], "below")):
        with pytest.raises(SystemExit) as stop:
            main([word for word in words if word not in ("--population", "1")] + odd)
        assert stop.value.code == 2
        assert expected in capsys.readouterr().err
