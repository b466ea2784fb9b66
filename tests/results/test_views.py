"""Which day is spoken of: the same for one person, many and tables, whatever the order of the parts."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ldnsim as ldn
from ldnsim.models.naltrexone import VARIABLES
from ldnsim.results.views import day_title, last_day, last_view, together_until

MORNING, EVENING = "1.5 mg at 08:00 daily for 28 days", "3 mg at 22:00 daily for 28 days"


def run(regimen: ldn.Regimen | str, **settings: Any) -> ldn.Simulation:
    found: ldn.Simulation = ldn.simulate(regimen, **{"step": 1.0, **settings})
    return found


def clock(text: str) -> float:
    hours, minutes = text.split(":")
    return int(hours) + int(minutes) / 60


@pytest.mark.parametrize("parts", [(MORNING, EVENING), (EVENING, MORNING)])
def test_regimens_side_by_side_are_read_on_a_day_of_both_in_any_order(parts: tuple[str, str]) -> None:
    summary = ldn.simulate(" plus ".join(parts), step=0.1).summary()
    # 4.5 mg * 341.4/377.86 * F/CL = 4.60, with F = 0.158267 and CL = 140 L/h
    assert summary["ntx AUC in the window"][-1] == pytest.approx(4.593, abs=0.001)
    assert summary["ntx Cmax"][-1] == pytest.approx(0.879, abs=0.001)
    assert summary["hours with mu at least half held"][-1] == pytest.approx(7.265, abs=0.01)
    assert summary["blockade starts"][-1] == pytest.approx(clock("22:34"), abs=0.02)


@pytest.mark.parametrize(
    ("regimen", "day", "title"),
    [
        ("4.5 mg", (0, 24), "first 24 h"),
        ("4.5 mg 10 h after 22:00 once", (10, 34), "24 h from the first dose"),
        ("4.5 mg daily for 28 days", (648, 672), "last 24 h"),
        ("4.5 mg every other day for 8 days", (144, 168), "last dose day"),
        ("4.5 mg every 8 h for 4 days", (72, 96), "last 24 h"),
        ("380 mg depot every 4 weeks for 8 weeks", (672, 696), "last dose day"),
        (f"{MORNING} plus 3 mg at 22:00 daily for 14 days", (326, 350), "last day with all doses"),
        (f"3 mg at 22:00 daily for 14 days plus {MORNING}", (312, 336), "last day with all doses"),
        ("1.5 mg at 08:00 daily for 3 days plus 1 mg at 07:00 daily for 3 days", (48, 72), "last dose day"),
        ("1.5 mg daily for 4 days then 3 mg daily for 4 days", (168, 192), "last 24 h"),
        ("4.5 mg daily for 5 days plus 50 mg at 08:00 once", (10, 34), "last day with all doses"),
    ],
)
def test_the_day_that_is_spoken_of(regimen: str, day: tuple[float, float], title: str) -> None:
    data = run(regimen, step=24.0).data
    assert last_day(data) == pytest.approx(day)
    assert day_title(data, last_day(data)) == title


def test_before_a_washout_it_is_the_last_day_with_doses() -> None:
    rested = run(ldn.Regimen.parse("4.5 mg daily for 7 days").washout("7 days"))
    assert last_day(rested.data) == (144.0, 168.0)
    assert rested.summary().windows[-1] == "last dose day"
    assert rested.summary()["hours with mu at least half held"][-1] == pytest.approx(5.0, abs=0.2)
    view = last_view(rested.data)["time"].values
    assert (view[0], view[-1]) == (144.0, 192.0)


def test_late_and_missed_doses_do_not_move_another_dose_into_the_day() -> None:
    plan = ldn.Regimen.parse("4.5 mg daily for 6 days")
    late = plan.late("45 min", doses=[2])
    for regimen in (late, plan.miss(doses=[6]), late.miss(doses=[5, 6])):
        data = run(regimen).data
        start, stop = last_day(data)
        inside = [time for time in data.attrs["dose_time"] if start <= time < stop]
        assert len(inside) == 1


def test_tmax_counts_from_the_dose_and_is_missing_without_one() -> None:
    assert run("4.5 mg 10 h after 22:00 once", step=0.1).summary()["ntx Tmax"] == pytest.approx([1.0], abs=0.11)
    evening = run(f"{MORNING} plus {EVENING}", step=0.25).summary()
    assert evening["ntx Tmax"][-1] == pytest.approx(1.0, abs=0.26)
    nothing = run("0 mg").summary()
    for quantity in ("ntx Tmax", "ntx half-life at its end", "blockade starts", "blockade ends"):
        assert np.isnan(nothing[quantity][-1])
    assert "nan" not in str(nothing)
    assert nothing["ntx AUC in the window"] == (0.0,)


def test_a_blockade_that_began_the_day_before_is_told_by_its_own_clock() -> None:
    summary = run("50 mg at 22:00 daily for 6 days", step=0.25).summary()
    assert summary["blockade starts"][-1] == pytest.approx(clock("22:15"), abs=0.25)
    # held when the result ends, so that nobody knows until when
    all_day = run("50 mg at 22:00 daily for 6 days", assumptions="measured").summary()
    assert np.isnan(all_day["blockade ends"][-1])
    assert all_day["hours with mu at least half held"][-1] == 24.0


courses = st.lists(
    st.tuples(st.floats(0, 500), st.floats(0, 500)).map(lambda pair: (min(pair), max(pair))), min_size=1, max_size=5
)


@given(courses)
def test_together_until_is_an_end_and_does_not_depend_on_the_order(found: list[tuple[float, float]]) -> None:
    until = together_until(found)
    assert until == together_until(found[::-1])
    assert until == np.inf or until in {stop for _, stop in found}


@st.composite
def daily_parts(draw: st.DrawFn) -> list[str]:
    hours = draw(st.lists(st.integers(0, 23), min_size=2, max_size=3, unique=True))
    days = [draw(st.integers(3, 5)) for _ in hours]
    timed = enumerate(zip(hours, days, strict=True), start=1)
    return [f"{mg} mg at {hour:02d}:00 daily for {n} days" for mg, (hour, n) in timed]


@settings(max_examples=12, deadline=None)
@given(daily_parts(), st.randoms())
def test_a_day_of_all_parts_holds_a_dose_of_each(parts: list[str], chance: Any) -> None:
    chance.shuffle(parts)
    regimen = ldn.Regimen.parse(" plus ".join(parts))
    data = run(regimen, step=6.0).data
    start, stop = last_day(data)
    doses = zip(data.attrs["dose_time"], data.attrs["dose_mg"], strict=True)
    assert sorted(mg for time, mg in doses if start <= time < stop) == sorted(float(part.split()[0]) for part in parts)


@st.composite
def regimens(draw: st.DrawFn) -> str:
    mg, hour = draw(st.sampled_from([0.5, 4.5, 20])), draw(st.integers(0, 23))
    schedules = ("once", "daily for 4 days", "every other day for 6 days", "twice daily for 4 days")
    schedule = draw(st.sampled_from(schedules))
    return f"{mg} mg at {hour:02d}:00 {schedule}"


@settings(max_examples=8, deadline=None)
@given(regimens(), st.sampled_from(["popular", "measured"]))
def test_one_person_and_a_population_of_one_say_and_show_the_same(regimen: str, assumptions: str) -> None:
    alone = run(regimen, assumptions=assumptions)
    one_person = ldn.Population(1, seed=1, variability={})
    of_one = ldn.simulate(
        regimen, population=one_person, step=1.0, assumptions=assumptions, engine="reference", progress=False
    )
    said, people = alone.summary(), of_one.summary()
    assert people.window == said.windows[-1]
    assert [line.quantity for line in people.lines] == [line.quantity for line in said.lines]
    for line, one in zip(people.lines, said.lines, strict=True):
        np.testing.assert_allclose(line.median, one.values[-1], rtol=1e-6, atol=1e-9, err_msg=line.quantity)
    figures = alone.plot(), of_one.plot()
    drawn, bands = (
        {line.get_label(): line.get_xydata() for panel in figure for line in panel.lines} for figure in figures
    )
    shared = [label for label in bands if not label.startswith(("_", "mu")) and label in drawn]
    assert {"naltrexone", "kappa held", "net opioid tone", "TLR4 inhibited", "cytokine index"} <= set(shared)
    for label in shared:
        one, many = drawn[label], bands[label]
        seen = ~np.isnan(one[:, 1])
        np.testing.assert_allclose(many[seen], one[seen], rtol=1e-6, atol=1e-9, err_msg=label)
    assert figures[0][1].get_title(loc="left") == figures[1][1].get_title(loc="left")
    plt.close("all")


@settings(max_examples=6, deadline=None)
@given(regimens())
def test_a_regimen_and_its_table_say_and_show_the_same(regimen: str) -> None:
    plan = ldn.Regimen.parse(regimen)
    alone = ldn.simulate(plan, step=1.0)
    table = ldn.EventTable.from_regimen(plan)
    data = ldn.simulate(table, step=1.0, until=plan.horizon, clock=plan.clock).subject(1)
    assert last_day(data) == pytest.approx(last_day(alone.data))
    assert day_title(data, last_day(data)) == day_title(alone.data, last_day(alone.data))
    first = alone.data.drop_duplicates("time", keep="last")
    for name in VARIABLES:
        again = data[name].drop_duplicates("time", keep="last").sel(time=first["time"].values)
        np.testing.assert_allclose(again.values, first[name].values, rtol=1e-5, atol=1e-7, err_msg=name)
