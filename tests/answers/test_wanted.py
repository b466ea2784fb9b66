"""Answers as endpoints: closed forms on one compartment, many people at once against one after the other."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.optimize import brentq

import ldnsim as ldn
from ldnsim import answers
from ldnsim.answers.crossing import Span, cut
from ldnsim.noncompartmental.effects import areas_about
from ldnsim.results.endpoints import repaid_at, running_area

CL, V = 2.0, 20.0
K = CL / V
LEVEL = "C_central"


@pytest.fixture(scope="module")
def bolus() -> xr.Dataset:
    """100 mg into 20 L at 22:00, which leave by 0.1 per hour."""
    return ldn.simulate("100 mg", model=ldn.models.one_compartment(CL=CL, V=V), until=72, step=0.05).data


@pytest.fixture(scope="module")
def later() -> xr.Dataset:
    """The same after a day without any."""
    given = ldn.Regimen.parse("100 mg").shift("24 h")
    return ldn.simulate(given, model=ldn.models.one_compartment(CL=CL, V=V), until=72, step=0.05).data


def curves(values: NDArray[np.float64], time: NDArray[np.float64]) -> xr.Dataset:
    return xr.Dataset({"x": (("person", "time"), values, {"units": "nM"})}, {"time": time}, {"clock_start": 22.0})


def test_hours_above_a_threshold_are_those_of_the_closed_form(bolus: xr.Dataset) -> None:
    above = math.log(5.0 / 1.0) / K
    assert answers.hours_above(LEVEL, 1.0)(bolus) == pytest.approx([above], abs=1e-4)
    assert answers.hours_below(LEVEL, 1.0)(bolus) == pytest.approx([72 - above], abs=1e-4)
    assert answers.window_start(LEVEL, 1.0)(bolus) == pytest.approx([0.0])
    assert answers.window_end(LEVEL, 1.0)(bolus) == pytest.approx([above], abs=1e-4)


def test_hours_of_the_night_are_counted_by_the_clock(bolus: xr.Dataset) -> None:
    # from 22:00 on, ln 5 / 0.1 = 16.09 h lead to 14:06 of the next day: all of the sleep, six hours of the working day
    assert answers.hours_above(LEVEL, 1.0, clock="23:00-07:00")(bolus) == pytest.approx([8.0])
    worked = math.log(5.0) / K - 11
    assert answers.hours_above(LEVEL, 1.0, clock="09:00-17:00")(bolus) == pytest.approx([worked], abs=1e-4)


def test_a_stretch_within_the_run_is_cut_at_its_ends(bolus: xr.Dataset) -> None:
    assert answers.hours_above(LEVEL, 1.0, within=(1.03, 4.01))(bolus) == pytest.approx([2.98])
    assert answers.hours_above(LEVEL, 1.0, within=("day 1 23:00", "day 1 02:00"))(bolus) == pytest.approx([3.0])
    assert answers.hours_above(LEVEL, 1.0, within=(48, 72))(bolus) == pytest.approx([0.0])
    assert np.isnan(answers.window_start(LEVEL, 1.0, within=(48, 72))(bolus)).all()


def test_hours_until_below_follow_the_exponential_between_wide_samples() -> None:
    wide = ldn.simulate("100 mg", model=ldn.models.one_compartment(CL=CL, V=V), until=72, step=8).data
    assert answers.hours_until_below(LEVEL, 0.3)(wide) == pytest.approx([math.log(5.0 / 0.3) / K], rel=1e-9)
    assert answers.hours_until_below(LEVEL, 6.0)(wide) == pytest.approx([0.0])
    assert np.isinf(answers.hours_until_below(LEVEL, 1e-3)(wide)).all()


def test_areas_about_a_baseline_are_those_of_the_closed_form(bolus: xr.Dataset) -> None:
    turn = math.log(5.0) / K
    above = quad(lambda t: 5 * math.exp(-K * t) - 1, 0, turn)[0]
    below = quad(lambda t: 1 - 5 * math.exp(-K * t), turn, 72)[0]
    assert answers.rebound_area(LEVEL, 1.0)(bolus) == pytest.approx([above], rel=1e-5)
    assert answers.suppressed_area(LEVEL, 1.0)(bolus) == pytest.approx([below], rel=1e-5)
    assert answers.net_area(LEVEL, 1.0)(bolus) == pytest.approx([above - below], rel=1e-4)


def test_break_even_is_when_the_closed_form_has_repaid_the_deficit(later: xr.Dataset) -> None:
    # a deficit of the baseline for 24 h, then 100 mg over V that decay; the baseline goes on all the while
    def owed(t: float, base: float) -> float:
        return base * t - 5 / K * (1 - math.exp(-K * (t - 24)))

    found = brentq(owed, 24, 40, args=(0.5,))
    assert answers.break_even(LEVEL, 0.5)(later) == pytest.approx([found], abs=1e-3)
    assert np.isinf(answers.break_even(LEVEL, 2.0)(later)).all()


def test_nothing_is_owed_where_the_level_never_falls_below(bolus: xr.Dataset) -> None:
    assert answers.break_even(LEVEL, 0.0)(bolus) == pytest.approx([0.0])


def test_the_default_threshold_of_occupancy_follows_the_assumptions() -> None:
    hours = {}
    for blockade in ("occupancy", "functional"):
        account = ldn.Assumptions(blockade=blockade)
        data = ldn.simulate("4.5 mg", until=24, assumptions=account, step=0.5, at=["0:8:0.1"]).data
        hours[blockade] = answers.hours_above("occupancy", receptor="mor")(data)[0]
        summary = ldn.results.summary.summarise(data)["hours that count as blocked"]
        assert hours[blockade] == pytest.approx(summary[-1])
        blocked = answers.hours_above("functional_block")(data)[0]
        assert blocked == pytest.approx(
            ldn.results.summary.summarise(data)["hours with heroin 25 mg blocked by half"][-1]
        )
    # each is calibrated to 5 h in its own meaning
    assert list(hours.values()) == pytest.approx([5.0, 5.0], abs=0.05)


def test_tone_is_held_against_untreated_and_other_levels_against_their_start() -> None:
    data = ldn.simulate("4.5 mg", until=48, step=1).data
    assert answers.net_area()(data) == pytest.approx(answers.net_area("tone", 1.0)(data))
    assert answers.net_area("plasma", analyte="ntx")(data) == pytest.approx(
        answers.net_area("plasma", 0.0, analyte="ntx")(data)
    )
    steady = ldn.simulate("4.5 mg daily for 2 days", start="steady-state", step=1).data
    with pytest.raises(ldn.InputError, match="baseline"):
        answers.net_area("plasma", analyte="ntx")(steady)


def test_an_ensemble_takes_answers_as_endpoints_and_gives_them_one_by_one() -> None:
    model = ldn.models.one_compartment(CL=CL, V=V)
    ready = ldn.Ensemble("100 mg", model=model, until=72, step=0.05, at=[0.0])
    wanted = {
        "hours": answers.hours_above(LEVEL, 1.0),
        "night": answers.hours_above(LEVEL, 1.0, clock="23:00-07:00"),
        "longest": answers.longest_above(LEVEL, 1.0),
        "until": answers.hours_until_below(LEVEL, 0.5),
        "area": answers.net_area(LEVEL, 1.0),
    }
    found = ready.endpoints({"CL": [1.0, 2.0, 4.0]}, wanted)
    rates = np.array([1.0, 2.0, 4.0]) / V
    assert found["hours"].to_numpy() == pytest.approx(np.minimum(np.log(5.0) / rates, 72), abs=1e-3)
    assert found["until"].to_numpy() == pytest.approx(np.log(10.0) / rates, rel=1e-4)
    together = ready.curves({"CL": [1.0, 2.0, 4.0]})
    for name, one in wanted.items():
        alone = [float(one(together.isel(person=[who]))[0]) for who in range(3)]
        assert found[name].to_numpy() == pytest.approx(alone)
        assert pickle.loads(pickle.dumps(one))(together) == pytest.approx(alone)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: answers.hours_above("nothing", 1.0), "variable: got 'nothing', expected one of A_central, C_central"),
        (lambda: answers.hours_above(LEVEL), "threshold: got None"),
        (lambda: answers.hours_above(LEVEL, "1 mg"), "threshold: got '1 mg'"),
        (lambda: answers.hours_above(LEVEL, math.nan), "threshold: got nan"),
        (lambda: answers.hours_above(LEVEL, 1.0, receptor="mor"), "labels"),
        (lambda: answers.hours_above(LEVEL, 1.0, within=(5, 5)), "within"),
        (lambda: answers.hours_above(LEVEL, 1.0, within=(5, 500)), "within"),
        (lambda: answers.hours_above(LEVEL, 1.0, within="Tuesday"), "within"),
        (lambda: answers.hours_above(LEVEL, 1.0, clock="23:00"), "clock"),
        (lambda: answers.hours_above(LEVEL, 1.0, clock="23:00-23:00"), "clock"),
        (lambda: answers.suppressed_area(LEVEL, "3 h"), "baseline"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(
    bolus: xr.Dataset, make: Callable[[], answers.Answer], expected: str
) -> None:
    with pytest.raises(ldn.InputError, match=expected):
        make()(bolus)


def test_a_quantile_of_people_is_nobody() -> None:
    people = ldn.Population(20, seed=1, variability={})
    run = ldn.simulate(
        "4.5 mg", population=people, until=4, step=1, outputs=["tone"], quantiles=[0.5], engine="batch", progress=False
    )
    with pytest.raises(ldn.InputError, match="nobody's curve"):
        answers.net_area()(run.data)


@given(
    st.lists(st.floats(-5, 5), min_size=2, max_size=12),
    st.floats(-4, 4),
    st.lists(st.floats(0.1, 5), min_size=11, max_size=11),
)
def test_above_and_below_fill_the_run_and_areas_add_up(values: list[float], limit: float, steps: list[float]) -> None:
    time = np.concatenate([[0.0], np.cumsum(steps)])[: len(values)]
    data = curves(np.array([values]), time)
    above, below = (make("x", limit)(data)[0] for make in (answers.hours_above, answers.hours_below))
    flat = sum(b - a for a, b, x, y in zip(time, time[1:], values, values[1:], strict=False) if x == y == limit)
    assert above + below == pytest.approx(time[-1] + flat, abs=1e-6)
    spans = [Span.of("22:30-06:00"), Span.of("06:00-22:30")]
    parts = [answers.hours_above("x", limit, clock=str(span))(data)[0] for span in spans]
    assert sum(parts) == pytest.approx(above, abs=1e-6)
    over, under = areas_about(time, np.array([values]), np.array([limit]))
    assert over - under == pytest.approx(running_area(time, np.array([values]) - limit)[:, -1], abs=1e-6)
    assert min(under[0], over[0]) >= 0


@given(st.lists(st.integers(-50, 50), min_size=3, max_size=12))
def test_at_break_even_nothing_is_owed_and_before_something_was(values: list[int]) -> None:
    time, gaps = np.arange(len(values), dtype=float), np.array([values], dtype=float)
    (when,) = repaid_at(time, gaps)
    total = running_area(time, gaps)[0]
    if math.isinf(when):
        assert total[-1] < 0
    elif when == 0:
        assert (total >= 0).all()
    else:
        assert total[time < when].min() < 0
        there = cut(time, gaps, 0.0, when)
        assert running_area(*there)[0, -1] == pytest.approx(0.0, abs=1e-6)


def test_the_unit_of_an_answer_is_that_of_its_measure(bolus: xr.Dataset) -> None:
    wanted: list[tuple[Any, str]] = [(answers.hours_above(LEVEL, 1.0), "h"), (answers.net_area(LEVEL, 1.0), "mg/L*h")]
    for answer, unit in wanted:
        assert answer.unit(bolus) == unit
