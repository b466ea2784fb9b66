"""Rates written as one function: the equations' own numbers, and the long way wherever that is in doubt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ldnsim import models, simulate
from ldnsim.base.errors import SolverError
from ldnsim.engines import reference
from ldnsim.engines.leg import Leg, LegEvents
from ldnsim.engines.straight_line import StraightLine, straight_lines
from ldnsim.ledger.parameters import resolve
from ldnsim.model import Parameters
from ldnsim.models.system import NALTREXONE, Daily, System, leaves


def of_naltrexone(account: str) -> tuple[System, type[Any], Any]:
    found = resolve(account)
    return NALTREXONE, Parameters, found.fill(Parameters)


def of_model(model: models.Model) -> tuple[System, type[Any], Any]:
    found, declared = model.typical()
    return model.system, declared, found.fill(declared)


TURNOVER = models.turnover(1, kin=5.0, kout=0.2, CL=2.0, V=20.0, Imax=0.9, IC50=1.5, h=2.0, ka=1.0)
CASES = {
    **{name: of_naltrexone(name) for name in ("popular", "measured", "site=pet,isomers=0.3,tlr4=opioid-mediated")},
    "nalmefene": of_model(models.nalmefene("measured")),
    "turnover": of_model(TURNOVER),
    "long chain": of_model(models.transit_absorption(CL=2, V=20, MTT=2.0, n=60)),
}
"""Systems of plain arithmetic, with their parameters."""


def leg_of(case: str) -> Leg:
    """One person, into whose first state a dose enters."""
    system, declared, p = CASES[case]
    size = len(system.names)
    dose = LegEvents(np.zeros((1, 1)), np.zeros((1, 1), np.int8), np.zeros((1, 1), np.int64), np.full((1, 1), 1e4))
    values = np.array(leaves(p), dtype=float)[None, :, None]
    return Leg(
        declared, values, np.ones((size, 1)), np.ones((size, 1)), np.zeros(1), dose,
        np.array([[1.0]]), np.zeros((1, 1), np.int64), np.zeros(1), np.zeros((size, 1)), np.ones((size, 1), np.bool_),
    )  # fmt: skip


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=25, deadline=None)
@given(st.data())
def test_rates_are_those_of_the_equations(name: str, data: st.DataObject) -> None:
    system, leg = CASES[name][0], leg_of(name)
    (line,) = straight_lines(system, leg).values()
    size = len(line.recording.states)
    own = data.draw(st.lists(st.floats(0.0, 1e4), min_size=size, max_size=size))
    time = data.draw(st.floats(0.0, 100.0))
    bound = line.bound(leg.parameters[0, :, 0].tolist(), 3.0, np.ones(len(leg.initial)))
    assert bound is not None
    rates, below = bound
    state = line._spread(np.array(own))
    direct = system.right_hand_side(leg.set_of(0, 0), Daily(3.0, 0.0))(time, state)
    found = line._spread(np.array(rates(np.array(own), time)))
    np.testing.assert_allclose(found, direct, rtol=1e-9, atol=1e-9 * max(1.0, float(np.abs(direct).max())))
    assert not below


def test_a_month_is_the_same_by_either_way(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "4.5 mg at 22:00 daily for 3 days"
    short = simulate(text, engine="reference").data
    calls: list[Any] = []
    integrated = reference.ReferenceEngine._integrated

    def counted(*given: Any) -> Any:
        calls.append(given)
        return integrated(*given)

    monkeypatch.setattr(reference.ReferenceEngine, "_integrated", counted)
    monkeypatch.setattr(reference, "straight_lines", lambda *_: {})
    long = simulate(text, engine="reference").data
    assert len(calls) == 4  # before the first dose, and after each
    for name in ("plasma", "occupancy", "tone", "cytokine_index"):
        one, other = short[name].values, long[name].values
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-8 * float(np.ptp(other)))


def test_what_does_not_agree_with_the_equations_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "4.5 mg at 22:00 daily for 2 days"
    right = simulate(text, engine="reference").data["plasma"]
    bound = StraightLine.bound

    def faulty(self: StraightLine, parameters: Sequence[float], *rest: Any) -> Any:
        return bound(self, [1.01 * one for one in parameters], *rest)

    monkeypatch.setattr(StraightLine, "bound", faulty)
    np.testing.assert_allclose(simulate(text, engine="reference").data["plasma"], right, rtol=1e-7, atol=1e-12)


def test_rates_that_differ_while_a_dose_is_there_alone_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a day nothing of it is left, by the right rates as by the wrong ones."""
    model = models.michaelis_menten(Vmax=100.0, Km=1.0, V=1.0)
    about: dict[str, Any] = {"model": model, "engine": "reference", "until": 96}
    right = simulate("100 mg at 08:00", **about).data["C_central"]
    bound = StraightLine.bound

    def faulty(self: StraightLine, parameters: Sequence[float], *rest: Any) -> Any:
        return bound(self, [2.0 * one for one in parameters], *rest)

    monkeypatch.setattr(StraightLine, "bound", faulty)
    np.testing.assert_allclose(simulate("100 mg at 08:00", **about).data["C_central"], right, rtol=0, atol=1e-6)


class Drug(NamedTuple):
    """A drug.

    Attributes
    ----------
    central : float
        Amount [mg].
    """

    central: float


class State(NamedTuple):
    """State."""

    drug: Drug


class Lost(NamedTuple):
    """What is lost.

    Attributes
    ----------
    rate : float
        Amount that is lost an hour, whatever is left [mg/h].
    """

    rate: float


class Levels(NamedTuple):
    """Levels.

    Attributes
    ----------
    level : float
        Amount [mg].
    """

    level: float


def lost(_state: State, p: Lost, _clock: Any) -> State:
    return State(Drug(0.0 * _state.drug.central - p.rate))


def levels(state: State, _p: Lost, _clock: Any) -> Levels:
    return Levels(state.drug.central)


def test_a_state_that_falls_below_zero_is_found_by_the_long_way() -> None:
    system = System(State, lost, levels)
    values = np.array([[[1.0]]])
    dose = LegEvents(np.zeros((1, 1)), np.zeros((1, 1), np.int8), np.zeros((1, 1), np.int64), np.full((1, 1), 3.0))
    leg = Leg(
        Lost, values, np.zeros((1, 1)), np.full((1, 1), 3.0), np.zeros(1), dose, np.array([[10.0]]),
        np.full((1, 1), 1, np.int64), np.zeros(1), np.zeros((1, 1)), np.ones((1, 1), np.bool_),
    )  # fmt: skip
    run = reference.ReferenceEngine(system).solve(leg)
    assert isinstance(run.errors[0], SolverError)
    assert "falls below zero at 3 h" in str(run.errors[0])


def asking(state: State, p: Lost, _clock: Any) -> State:
    return State(Drug(-(p.rate == 0.5) * state.drug.central))


def dividing(state: State, p: Lost, _clock: Any) -> State:
    return State(Drug(-state.drug.central * (1.0 / (p.rate - 0.5))))


def endless(state: State, p: Lost, _clock: Any) -> State:
    return State(Drug(-state.drug.central * p.rate / (1.0 + 1.0 / (p.rate * float("inf")))))


def vanishing(state: State, p: Lost, _clock: Any) -> State:
    return State(Drug(1.0 - p.rate * 0.0 / (state.drug.central - 3.0)))


class Unhashed:
    """Rates that know nothing but how to be called."""

    __hash__ = None  # type: ignore[assignment]

    def __call__(self, state: State, p: Lost, _clock: Any) -> State:
        return State(Drug(-p.rate * state.drug.central))


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        (asking, ""),
        (endless, ""),
        (Unhashed(), ""),
        (dividing, r"rates \(dividing\) raised ZeroDivisionError.* at 0 h"),
        (vanishing, r"rates \(vanishing\) raised ZeroDivisionError.* at 0 h"),
    ],
)
def test_equations_that_cannot_be_written_out_go_the_long_way(
    rates: Any, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    leg = Leg(
        Lost, np.array([[[0.5]]]), np.full((1, 1), 3.0), np.full((1, 1), 3.0), np.zeros(1), LegEvents.none(1),
        np.array([[10.0]]), np.full((1, 1), 1, np.int64), np.zeros(1), np.zeros((1, 1)), np.ones((1, 1), np.bool_),
    )  # fmt: skip
    engine = reference.ReferenceEngine(System(State, rates, levels))
    run = engine.solve(leg)
    monkeypatch.setattr(reference, "straight_lines", lambda *_: {})
    long = engine.solve(leg)
    assert [*map(str, run.errors.values())] == [*map(str, long.errors.values())]
    assert bool(run.errors) == bool(said)
    if said:
        assert re.search(said, str(run.errors[0]))
    np.testing.assert_allclose(run.states[0], long.states[0], rtol=1e-8)


def test_infusions_and_states_that_are_off_are_heeded() -> None:
    system, leg = CASES["turnover"][0], leg_of("turnover")
    infused, on = leg.infused.copy(), leg.on.copy()
    infused[0], on[1] = 2.0, False
    one = replace(leg, infused=infused, on=on)
    assert straight_lines(system, one)
    found, other = (
        np.array(reference.ReferenceEngine(system, method, 1e-11).solve(one).states)[:, 0, -1]
        for method in ("LSODA", "DOP853")
    )
    np.testing.assert_allclose(found, other, rtol=1e-8)
    assert found[1] == one.initial[1, 0]
