"""Sides of samples, exact kinetics and the reference engine on small problems."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Literal, NamedTuple

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import ldnsim as ldn
from ldnsim import SolverError, resolve
from ldnsim.engines.batch import BatchEngine
from ldnsim.engines.events import Again, Change, Cycle, Event, Infuse, Jump, Reset, Steady, Switch, Take
from ldnsim.engines.leg import Leg, LegEvents, together
from ldnsim.engines.parameter_sets import ParameterSets
from ldnsim.engines.places import DUE, STRETCH, Placed, Records
from ldnsim.engines.protocol import Protocol
from ldnsim.engines.steady import TOLERANCE, Repeated, fixed_points
from ldnsim.model import Parameters
from ldnsim.models.system import Daily, System

from ..walking import KINETICS, kinetics, protocol_of, run_through, walked

PK = resolve("popular").fill(Parameters).pk
NOON = Daily(12.0, 12.0)


class One(NamedTuple):
    """One amount.

    Attributes
    ----------
    central : float
        Amount [nmol].
    """

    central: Any


class Loss(NamedTuple):
    """How fast it is lost.

    Attributes
    ----------
    k : float
        Rate constant [1/h].
    """

    k: float


class Only(NamedTuple):
    """A state of one component."""

    only: One


def decay(state: Only, rate: float, _: Any) -> Only:
    return Only(One(-rate * state.only.central))


SMALL = System(Only, decay, decay)


def test_samples_give_way_to_both_sides_of_an_event() -> None:
    found = walked(SMALL, 0.0, np.zeros(1), [Jump(1.0, 0, 5.0)], [0.0, 0.5, 1.0, 1.5, 2.0], 2.0, NOON)
    assert found.time.tolist() == [0.0, 0.5, 1.0, 1.0, 1.5, 2.0]
    assert found.side.tolist() == [0, 0, -1, 1, 0, 0]
    assert found.states[0].tolist() == [0.0, 0.0, 0.0, 5.0, 5.0, 5.0]


def test_events_at_both_ends_and_together() -> None:
    jumps = [Jump(2.0, 0, 1.0), Jump(0.0, 0, 2.0), Jump(0.0, 0, 3.0), Jump(9.0, 0, 100.0)]
    found = walked(SMALL, 0.0, np.zeros(1), jumps, [1.0], 2.0, NOON)
    assert found.time.tolist() == [0.0, 0.0, 1.0, 2.0, 2.0]
    assert found.side.tolist() == [-1, 1, 0, -1, 1]
    assert found.states[0].tolist() == [0.0, 5.0, 5.0, 5.0, 6.0]


@settings(deadline=None)
@example(events=[0.0, 5e-324, 1e-300, 1e-16, 1.0, 1.0 + 2e-16], samples=[1e-12], until=50.0)
@example(events=[49.999999999999993], samples=[], until=50.0)
@given(
    st.lists(st.floats(0, 50), max_size=6),
    st.lists(st.floats(0, 50), max_size=20),
    st.floats(0.1, 50),
)
def test_times_never_fall_and_nothing_is_lost(events: list[float], samples: list[float], until: float) -> None:
    wanted = np.unique([sample for sample in samples if sample <= until])
    times = walked(SMALL, 0.1, np.zeros(1), [Jump(time, 0, 1.0) for time in events], wanted, until, NOON)
    assert (np.diff(times.time) >= 0).all()
    assert times.time[0] == 0.0
    assert times.time[-1] == until
    due = sorted({time for time in events if time <= until})
    assert times.time[times.side == -1].tolist() == times.time[times.side == 1].tolist() == due
    for sample in wanted:
        assert np.abs(times.time - sample).min() <= 1e-7


@pytest.mark.parametrize("method", ["LSODA", "DOP853", "BDF", "Radau"])
def test_decay_is_exponential(method: Any) -> None:
    jumps, samples = [Jump(0.0, 0, 3.0)], np.linspace(0, 10, 21)
    found = walked(SMALL, 0.7, np.zeros(1), jumps, samples, 10.0, NOON, method=method, rtol=1e-9)
    np.testing.assert_allclose(found.states[0][1:], 3.0 * np.exp(-0.7 * found.time[1:]), rtol=1e-6)


def test_legs_of_different_sizes_keep_their_own_side_by_side() -> None:
    def leg(starts: list[float], hours: list[float], doses: int) -> Leg:
        size, wide = len(starts), (1, len(starts))
        jumps = np.full((doses, size), hours[0])
        events = LegEvents(jumps, np.zeros(jumps.shape, np.int8), np.zeros(jumps.shape, np.int64), np.ones(jumps.shape))
        time = np.broadcast_to(np.array(hours)[:, None], (len(hours), size))
        return Leg(
            declared=Loss, parameters=np.full((1, *wide), 0.5), initial=np.array([starts]), scale=np.ones(wide),
            phase=np.zeros(size), events=events, time=time, waits=np.zeros(time.shape, np.int64),
            start=np.arange(size) / 2.0, infused=np.zeros(wide), on=np.ones(wide, dtype=bool),
        )  # fmt: skip

    losing = System(Only, lambda state, p, _: Only(One(-p.k * state.only.central)), decay)
    legs = [leg([1.0, 2.0, 3.0], [1.0, 2.0], 0), leg([4.0], [1.0, 3.0, 5.0], 2)]
    joined = together(legs)
    assert joined.n_subjects == 4
    (found,) = BatchEngine(losing).solve(joined).states
    for who, (amount, start) in enumerate([(1.0, 0.0), (2.0, 0.5), (3.0, 1.0)]):
        np.testing.assert_allclose(found[who, :2], amount * np.exp(-0.5 * (np.array([1.0, 2.0]) - start)), rtol=1e-5)
    # two doses of 1 just after the first sample
    later = (4.0 * np.exp(-0.5) + 2.0) * np.exp([-1.0, -2.0])
    np.testing.assert_allclose(found[3], [4.0 * np.exp(-0.5), *later], rtol=1e-5)


def test_what_falls_below_zero_is_refused() -> None:
    falling = System(Only, lambda state, rate, _: Only(One(-rate + 0 * state.only.central)), decay)
    with pytest.raises(SolverError, match="only.central falls below zero at 1 h"):
        walked(falling, 1.0, np.array([1.0]), [], [], 10.0, NOON)


@pytest.mark.parametrize("method", ["LSODA", "DOP853", "BDF", "Radau"])
def test_what_is_below_zero_only_between_two_samples_is_refused(method: Any) -> None:
    def swings(state: Only, _rate: float, clock: Any) -> Only:
        # what it loses in twelve hours comes back in the next twelve; a condition is no plain arithmetic
        return Only(One(-clock.rhythm if state.only.central > -100.0 else 0.0))

    # the rhythm is at its top at 12:00, and so far the level has 24 / pi / 2 to lose from 6:00 to 18:00
    swinging, begins = System(Only, swings, decay), Daily(6.0, 12.0)
    enough = walked(swinging, 0.0, np.array([24 / np.pi * 1.01]), [], [], 24.0, begins, method=method)
    assert enough.states[0][-1] == pytest.approx(24 / np.pi * 1.01, rel=1e-6)
    with pytest.raises(SolverError, match=r"only.central falls below zero at \d"):
        walked(swinging, 0.0, np.array([24 / np.pi * 0.99]), [], [], 24.0, begins, method=method)


def test_what_explodes_is_refused() -> None:
    exploding = System(Only, lambda state, rate, _: Only(One(rate * state.only.central**2)), decay)
    with pytest.raises(SolverError, match="failed"), np.errstate(all="ignore"):
        walked(exploding, 1.0, np.array([1.0]), [], [], 10.0, NOON, method="DOP853")


def test_exact_kinetics_without_exchange_are_one_compartment() -> None:
    p = PK._replace(q=0.0, q3=0.0)
    found = kinetics(p, [Jump(0.0, 0, 1000.0)], np.linspace(0, 24, 49), 24.0)
    k, ka, t = p.cl / p.vc, p.ka, found.time[1:]
    closed = p.f * ka * 1000.0 / (ka - k) * (np.exp(-k * t) - np.exp(-ka * t))
    np.testing.assert_allclose(found.states[6][1:], closed, rtol=1e-9, atol=1e-9)


def test_columns_of_the_matrix_add_up_to_zero() -> None:
    np.testing.assert_allclose(KINETICS.matrix(PK)[0].sum(axis=0), 0.0, atol=1e-15)


def test_events_that_only_mark_a_time_change_nothing_but_have_two_sides() -> None:
    found = kinetics(PK, [Event(1.0), Jump(2.0, 0, 5.0)], [3.0], 4.0)
    assert found.time.tolist() == [0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 4.0]
    assert found.states[:, :4].max() == 0.0
    np.testing.assert_allclose(found.states[:, 4:].sum(axis=0), 5.0)


def test_infusions_add_and_end() -> None:
    events = [Infuse(0.0, 2.0, 0, 2.0), Infuse(1.0, 4.0, 0, 3.0)]
    found = walked(SMALL, 0.0, np.zeros(1), events, [], 5.0, NOON)
    assert found.time.tolist() == [0, 0, 1, 1, 2, 2, 4, 4, 5]
    np.testing.assert_allclose(found.states[0], [0, 0, 2, 2, 7, 7, 13, 13, 13], rtol=1e-9)


def test_what_is_off_stays_empty_until_something_enters() -> None:
    events = [Jump(0.0, 0, 5.0), Switch(1.0, (0,), on=False), Jump(3.0, 0, 2.0)]
    found = walked(SMALL, 0.0, np.zeros(1), events, [2.0], 4.0, NOON)
    assert found.states[0].tolist() == [0, 5, 5, 0, 0, 0, 2, 2]


def test_time_may_start_again() -> None:
    table = ldn.EventTable.of({"ID": [1] * 3, "TIME": [5, 0, 2], "AMT": [1, 0, 0], "EVID": [1, 3, 0]})
    found = ldn.simulate(table, model=ldn.models.one_compartment(CL=2, V=20), step=10).subject(1)
    assert found["time"].values.tolist() == [5, 5, 0, 2]
    assert found["side"].values.tolist() == [-1, 1, 1, 0]
    assert found["A_central"].values.tolist() == [0, 1, 0, 0]


def test_the_clock_goes_back_where_time_starts_again() -> None:
    by_clock = System(Only, lambda _, rate, clock: Only(One(rate * (1 + clock.rhythm))), decay)
    # the time of the run goes on, and is 6 h ahead of the clock from 6 h on
    placed = (
        Placed(5.0, DUE, Jump(5.0, 0, 1.0)),
        Placed(6.0, STRETCH, Again(6.0, 6.0)),
        Placed(6.0, STRETCH + DUE, Reset(6.0, np.zeros((1, 1)))),
    )
    time, late = np.array([[0.0], [5.0], [5.0], [6.0], [8.0]]), STRETCH - 1.0
    rank = np.array([[late], [0.0], [late], [STRETCH + late], [STRETCH + late]])
    protocol = Protocol(1, ParameterSets.of([[1.0]]), np.zeros((1, 1)), 0.0, placed, Records(time, rank))
    found = run_through(by_clock, protocol, NOON).states[0][0]
    plain = walked(by_clock, 1.0, np.zeros(1), [], [2.0, 5.0], 6.0, NOON)
    assert plain.time.tolist() == [0, 2, 5, 6]
    np.testing.assert_allclose(found, [*plain.states[0, [0, 2]], plain.states[0, 2] + 1.0, 0.0, plain.states[0, 1]])


def test_unmarked_events_leave_an_ordinary_sample() -> None:
    events = [Change(1.0, 1), Take(2.0)]
    found = walked(SMALL, 0.5, np.ones(1), events, [1.0, 2.0], 3.0, NOON, sets=[0.25])
    assert found.time.tolist() == [0, 1, 2, 3]
    assert found.side.tolist() == [0, 0, 0, 0]
    assert found.states[0, 1] == pytest.approx(np.exp(-0.5), rel=1e-8)
    assert found.states[0, -1] == pytest.approx(np.exp(-0.5 - 0.25 * 2), rel=1e-8)


def test_a_record_sees_what_holds_in_its_place() -> None:
    protocol, _ = protocol_of(0.5, np.ones(1), [Change(1.0, 1), Take(2.0)], [], 3.0, sets=[0.25])
    # at the time of a change, before it and after it
    records = Records(np.array([[1.0], [1.0], [3.0]]), np.array([[DUE - 0.5], [DUE + 0.5], [DUE]]))
    protocol = replace(protocol, records=records)
    assert [protocol.sets.one(number, 0) for number in protocol.set_at_records()[:, 0]] == [0.5, 0.25, 0.25]
    assert [one.time for one in protocol.takes] == [2.0]
    found = run_through(SMALL, protocol, NOON).states[0][0]
    np.testing.assert_allclose(found, np.exp([-0.5, -0.5, -0.5 - 0.25 * 2]), rtol=1e-8)


def test_events_do_not_change_the_arrays_they_were_given() -> None:
    start = np.zeros(1)
    walked(SMALL, 0.0, start, [Jump(0.0, 0, 1.0)], [], 1.0, NOON)
    assert start[0] == 0.0


def test_a_fixed_point_of_a_slow_map_is_found_in_few_periods() -> None:
    # each subject by itself: one is slow, the other at once where it stays
    slow = np.array([[0.999, 0.9, 0.5, 0.0], [0.0, 0.0, 0.0, 0.0]]).T
    calls = []

    def after(state: Any, who: Any) -> Any:
        calls.append(who.tolist())
        return slow[:, who] * state + 1.0

    found, residual = fixed_points(after, after, np.zeros((4, 2)), np.ones((4, 2), dtype=bool), np.ones((4, 2)))
    np.testing.assert_allclose(found, 1 / (1 - slow), rtol=1e-5)
    assert (residual <= 1e-9).all()
    # waiting would take 20,000 periods
    assert len(calls) < 20
    assert calls[:3] == [[0, 1], [0, 1], [0]]


def test_a_rough_map_leads_near_and_does_not_decide() -> None:
    def after(state: Any, _: Any) -> Any:
        return 0.9 * state + 1.0

    roughly = []

    def with_an_error(state: Any, who: Any) -> Any:
        roughly.append(state.copy())
        return after(state, who) + 1e-6

    found, residual = fixed_points(after, with_an_error, np.zeros((1, 1)), np.ones((1, 1), bool), np.ones((1, 1)))
    assert roughly
    assert residual[0] <= TOLERANCE
    # the error alone would lead 1e-5 away
    np.testing.assert_allclose(found, 10.0, atol=2e-8)


@pytest.mark.parametrize("astray", [np.nan, 1e40])
def test_whom_a_rough_map_leads_astray_begins_anew_without_it(astray: float) -> None:
    def after(state: Any, _: Any) -> Any:
        return 0.9 * state + 1.0

    sent: list[int] = []

    def roughly(state: Any, _: Any) -> Any:
        sent.append(len(sent))
        return np.full(state.shape, astray) if len(sent) > 1 else after(state, _)

    found, residual = fixed_points(after, roughly, np.zeros((1, 1)), np.ones((1, 1), bool), np.ones((1, 1)))
    assert residual[0] <= TOLERANCE
    np.testing.assert_allclose(found, 10.0, atol=2e-8)


def test_a_map_without_fixed_point_is_told_by_what_is_left_over() -> None:
    def after(state: Any, _: Any) -> Any:
        return state + 1.0

    _, residual = fixed_points(after, after, np.zeros((1, 1)), np.ones((1, 1), dtype=bool), np.ones((1, 1)))
    assert not residual[0] <= TOLERANCE


def test_a_regimen_without_steady_state_raises() -> None:
    # a loss of at most 1 an hour, and 10 every hour
    full = System(Only, lambda state, most, _: Only(One(-most * state.only.central / (1 + state.only.central))), decay)
    steady = Steady(0.0, Cycle((Jump(0.0, 0, 10.0),), 1.0), add=False)
    with pytest.raises(SolverError, match="no steady state within"):
        walked(full, 1.0, np.zeros(1), [steady], [], 1.0, NOON)


def test_cycles_repeat_until_the_clock_comes_round() -> None:
    assert Repeated.of(Cycle((), 8.0), daily=True).times == 3
    assert Repeated.of(Cycle((), 8.0), daily=False).times == 1
    assert Repeated.of(Cycle((), 36.0), daily=True).period == 72.0
    assert Repeated.of(Cycle((), 0.0), daily=True).period == 24.0
    shifted = Repeated.of(Cycle((Jump(1.0, 0, 5.0),), 12.0), daily=True).events(100.0)
    assert [event.time for event in shifted] == [101.0, 113.0]


EXTREME: dict[str, dict[str, Any]] = {
    "a rate of 1e15 an hour": {"parameters": {"tlr4.k_sp": 1e15}},
    "a rate of 1e300 an hour": {"parameters": {"tlr4.k_tnf": 1e300}},
    "an exponent that overflows": {"parameters": {"tlr4.h": 1000}},
    "binding beyond what can be counted": {"parameters": {"receptors.koff": 1e200}},
    "a dose of less than can be counted": {"regimen": "1e-300 mg"},
}


@pytest.mark.parametrize("method", ["LSODA", "DOP853", "BDF", "Radau"])
@pytest.mark.parametrize("name", EXTREME)
def test_what_cannot_be_integrated_ends_in_an_error_that_says_where_or_in_the_right_numbers(
    name: str, method: Literal["LSODA", "DOP853", "BDF", "Radau"]
) -> None:
    settings = {"regimen": "4.5 mg", "until": 12, "step": 1, **EXTREME[name]}
    try:
        found = ldn.simulate(**settings, method=method)
    except SolverError as error:
        said = str(error)
    else:
        # the kinetics go on as usual
        usual = ldn.simulate("4.5 mg", until=12, step=1)
        np.testing.assert_allclose(found.data["plasma"], usual.data["plasma"], rtol=1e-6, atol=1e-9)
        return
    assert re.search(r"from [\d.]+ to [\d.]+ h|at [\d.]+ h", said)


@pytest.mark.parametrize("amount", [1e308, 1e200])
def test_an_amount_beyond_what_can_be_counted_is_refused_by_every_model(amount: float) -> None:
    table = ldn.EventTable.of({"ID": [1] * 3, "TIME": [0, 1, 24], "AMT": [amount, amount, 0]})
    with pytest.raises(SolverError, match="counted"):
        ldn.simulate(table)
    plain, infused = ldn.models.one_compartment(CL=2, V=20), {"RATE": [amount, amount, 0]}
    if amount == 1e308:
        with pytest.raises(SolverError, match="counted"):
            ldn.simulate(table, model=plain)
        table = ldn.EventTable.of({"ID": [1] * 3, "TIME": [0, 0, 24], "AMT": [amount, amount, 0], **infused})
        with pytest.raises(SolverError, match="counted"):
            ldn.simulate(table, model=plain)
    else:
        single = ldn.simulate(ldn.EventTable.of({"ID": [1] * 2, "TIME": [0, 1], "AMT": [amount, 0]}), model=plain)
        assert single.rows()["IPRED"][0] == pytest.approx(amount / 20 * np.exp(-0.1))


def test_a_solver_that_makes_no_way_is_stopped_and_one_that_is_only_slow_is_not() -> None:
    asked = 0

    def shivering(state: Only, rate: float, _: Any) -> Only:
        nonlocal asked
        asked += 1
        # a rate that is never twice the same cannot be integrated
        return Only(One((asked % 2) * rate - state.only.central))

    with pytest.raises(SolverError, match=r"from 0 to 24 h is stuck at \S+ h after \d+ evaluations"):
        walked(System(Only, shivering, shivering), 1e9, np.ones(1), [], [], 24.0, NOON, method="DOP853")
    # an explicit method on a stiff problem, 100,000 evaluations
    found = walked(SMALL, 3000.0, np.ones(1), [], [], 12.0, NOON, method="DOP853")
    assert found.states[0, -1] == pytest.approx(0.0, abs=1e-9)


def test_a_year_without_a_dose_is_integrated_in_one_piece() -> None:
    found = ldn.simulate("4.5 mg", until="52 weeks", step="1 week")
    assert float(found.data["receptor_density"].sel(receptor="mor")[-1]) == pytest.approx(1.0, abs=1e-9)
