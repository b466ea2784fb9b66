"""From drawn people to what engines take: doses, occasions, the untreated start."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ldnsim import Adherence, LogNormal, Population, Regimen, resolve
from ldnsim.engines.batch import RTOL, BatchEngine
from ldnsim.engines.compiled.codegen import structure
from ldnsim.engines.compiled.engine import CompiledEngine
from ldnsim.engines.events import Infuse, Jump
from ldnsim.engines.leg import ADD, AFTER_ALL, CHANGE, INFUSE, Engine, Leg, LegEvents
from ldnsim.ledger.assumptions import Assumptions
from ldnsim.ledger.parameters import parameter_terms
from ldnsim.model import Parameters
from ldnsim.models.system import NALTREXONE, Daily
from ldnsim.population.people import Drawn
from ldnsim.study.account import Account
from ldnsim.study.regimen_plan import Plan, differing

from ..walking import entering, first_leg, walked

NAMES = list(parameter_terms())


def plan(text: str, assumptions: str = "popular", until: float = 48.0) -> Plan:
    regimen = Regimen.parse(text)
    account = Account(Assumptions.of(assumptions), resolve(assumptions), "healthy", "microglia")
    model = account.model(regimen.clock)
    return Plan(regimen.dosing(), account, model, np.arange(0.0, until + 0.5), until)


def drawn(of: Plan, people: int = 2, **changed: list[float]) -> Drawn:
    """People with typical parameters, some of them changed (dots of names as double underscores)."""
    values = np.repeat(np.array([of.parameters[name].value for name in NAMES])[None, :, None], people, axis=2)
    for name, numbers in changed.items():
        values[:, NAMES.index(name.replace("__", "."))] = numbers
    doses = (len(of.doses), people)
    return Drawn(values, {}, np.ones(doses, np.bool_), np.zeros(doses), np.zeros(people, np.int64), ())


def leg_for(of: Plan, people: Drawn) -> Leg:
    """What an engine is given of people who all have an untreated state."""
    (planned,), problem = of.protocols(people)
    assert not problem
    return first_leg(planned.protocol, planned.phase)


def entries(events: LegEvents, person: int) -> list[tuple[float, int, int, float]]:
    rows = zip(*(part[:, person].tolist() for part in events), strict=True)
    return [row for row in rows if np.isfinite(row[0])]


@pytest.mark.parametrize(
    "text",
    [
        "4.5 mg at 22:00 daily for 3 days",
        "3 mg sublingual twice daily for 2 days",
        "50 mg extended-release daily for 2 days",
        "380 mg depot",
        "4.5 mg base liquid daily for 2 days then 9 mg iv",
    ],
)
@pytest.mark.parametrize("assumptions", ["popular", "measured", "popular,isomers=0.3"])
def test_doses_of_a_typical_person_are_those_of_one_person(text: str, assumptions: str) -> None:
    of = plan(text, assumptions)
    expected = [
        (event.time, ADD, event.state, event.amount)
        for number, dose in enumerate(of.doses)
        for event in entering(of.model, of.parameters, dose, number)
        if isinstance(event, Jump)
    ]
    leg = leg_for(of, drawn(of))
    for person in (0, 1):
        assert sorted(entries(leg.events, person)) == sorted(expected)


def test_lag_and_isomers_of_each_person_are_their_own() -> None:
    of = plan("4.5 mg at 22:00 daily for 2 days")
    leg = leg_for(of, drawn(of, dose__lag=[0.5, 2.0], dose__f_dextro=[0.25, 0.5]))
    levo, dextro = NALTREXONE.index("levo.depot"), NALTREXONE.index("dextro.depot")
    total = 4.5e6 / 377.86
    for person, (lag, share) in enumerate([(0.5, 0.25), (2.0, 0.5)]):
        found = entries(leg.events, person)
        assert {time for time, *_ in found} == {lag, 24 + lag}
        assert [value for _, _, state, value in found if state == levo] == pytest.approx([(1 - share) * total] * 2)
        assert [value for _, _, state, value in found if state == dextro] == pytest.approx([share * total] * 2)


def test_overlapping_infusions_add_up_and_end_at_nothing() -> None:
    of = plan("10 mg iv over 3 h every 3 h for 9 hours", until=24.0)
    people = drawn(of)
    people.delay[0] = 2.0  # so that the first runs on into the second
    leg = leg_for(of, people)
    levo = NALTREXONE.index("levo.central")
    found = [(time, value) for time, kind, state, value in entries(leg.events, 0) if state == levo]
    assert all(kind == INFUSE for _, kind, *_ in entries(leg.events, 0))
    doses = [replace(dose, time=dose.time + 2.0 * (number == 0)) for number, dose in enumerate(of.doses)]
    events = [event for number, dose in enumerate(doses) for event in entering(of.model, of.parameters, dose, number)]
    for time in np.arange(0.1, 12.0, 0.5):
        begun = [event for event in events if isinstance(event, Infuse) and event.time <= time]
        running = sum(one.rate for one in begun if one.stop > time and one.state == levo)
        now = [value for when, value in found if when <= time][-1] if time > found[0][0] else 0.0
        assert now == pytest.approx(running, rel=1e-12)
    assert found[-1][1] == 0.0


def test_missed_doses_vanish_and_late_ones_move() -> None:
    of = plan("4.5 mg at 22:00 daily for 3 days", until=72.0)
    people = drawn(of)
    people.taken[1, 0] = False
    people.delay[1, 1] = 1.5
    leg = leg_for(of, people)
    lag = of.parameters["dose.lag"].value
    assert {time for time, *_ in entries(leg.events, 0)} == {lag, 48 + lag}
    assert sorted({time for time, *_ in entries(leg.events, 1)}) == pytest.approx([lag, 25.5 + lag, 48 + lag])


def test_occasions_change_at_their_doses() -> None:
    of = plan("4.5 mg at 22:00 daily for 3 days", until=72.0)
    one = drawn(of)
    values = np.repeat(one.values, 3, axis=0)
    values[:, NAMES.index("pk.f"), 0] *= [1.0, 2.0, 3.0]
    people = one._replace(values=values)
    people.delay[1, 1] = 2.5
    ((_, protocol, phase),), _ = of.protocols(people)
    leg = first_leg(protocol, phase)
    changes = [[row for row in entries(leg.events, person) if row[1] == CHANGE] for person in (0, 1)]
    for person, times in enumerate([[24.0, 48.0], [26.5, 48.0]]):
        assert [time for time, *_ in changes[person]] == times
        for occasion, (_, _, number, _) in enumerate(changes[person], 1):
            np.testing.assert_array_equal(leg.parameters[number, :, person], values[occasion, :, person])
        np.testing.assert_array_equal(leg.parameters[0, :, person], values[0, :, person])
    now = protocol.set_at_records()
    at = {
        (time, wait == AFTER_ALL): place
        for place, (time, wait) in enumerate(zip(leg.time[:, 0].tolist(), leg.waits[:, 0].tolist(), strict=True))
    }
    assert now[at[23.0, True], 0] == 0
    assert now[at[24.0, True], 0] == 1
    assert now[at[26.0, True], 1] == 0
    assert now[at[27.0, True], 1] == 1
    assert (now[-1] == 2).all()
    # the new parameters hold from the dose on, before any of it enters
    times = [time for time, kind, *_ in entries(leg.events, 0) if kind in (ADD, CHANGE)]
    assert times == sorted(times)


def test_each_dose_enters_as_its_own_occasion_says() -> None:
    of = plan("4.5 mg at 22:00 daily for 3 days", until=72.0)
    one = drawn(of)
    values = np.repeat(one.values, 3, axis=0)
    lags, shares = [0.1, 0.5, 1.0], [0.5, 0.25, 0.75]
    values[:, NAMES.index("dose.lag"), 0], values[:, NAMES.index("dose.f_dextro"), 0] = lags, shares
    leg = leg_for(of, one._replace(values=values))
    found = [row for row in entries(leg.events, 0) if row[1] == ADD]
    dextro = [(time, value) for time, _, state, value in found if state == NALTREXONE.index("dextro.depot")]
    assert [time for time, _ in dextro] == pytest.approx([0.1, 24.5, 49.0])
    assert [value for _, value in dextro] == pytest.approx([share * 4.5e6 / 377.86 for share in shares])


@pytest.mark.parametrize(
    "engine", [CompiledEngine(NALTREXONE, 2e-6), BatchEngine(NALTREXONE, RTOL)], ids=["compiled", "batch"]
)
def test_a_course_over_two_occasions_is_one_run_after_the_other(engine: Engine) -> None:
    of = plan("4.5 mg at 22:00 daily for 2 days")
    varied = {name: LogNormal(cv=0.4) for name in ("pk.f", "pk.ka", "pk.cl", "receptors.kd")}
    people = Population(2, 5, occasions=varied).draw(of.parameters, np.arange(2), 2, of.latest)
    leg = leg_for(of, people)
    run = engine.solve(leg)
    assert not run.status.any()
    hours = np.arange(1.0, 24.0)
    for person in (0, 1):
        state = leg.initial[:, person]
        for day, dose in enumerate(of.doses):
            values = dict(zip(NAMES, people.values[day, :, person].tolist(), strict=True))
            own = of.parameters.replace(values, "drawn")
            p = own.fill(Parameters)
            events = entering(of.model, own, replace(dose, time=0.0), day)
            expected = walked(NALTREXONE, p, state, events, hours, 24.0, Daily(float(leg.phase[person]), 0.0))
            state = expected.states[:, -1]
            at = np.searchsorted(expected.time, hours)
            there = np.searchsorted(leg.time[:, person], 24.0 * day + hours)
            for name, mine, theirs in zip(NALTREXONE.names, run.states, expected.states, strict=True):
                room = 1e-5 * max(np.ptp(mine[person]), np.ptp(theirs))
                assert np.abs(mine[person, there] - theirs[at]).max() <= room, (name, day)


def test_who_has_no_untreated_state_is_said_and_leaves_the_others_alone() -> None:
    of = plan("4.5 mg")
    ((who, protocol, _),), problem = of.protocols(drawn(of, endorphin__kout_menk=[3.41, np.nan]))
    assert list(problem) == [1]
    assert who.tolist() == [0]
    assert "baseline" in problem[1]
    untreated, _ = NALTREXONE.baseline(of.parameters.fill(Parameters), of.model.daily)
    np.testing.assert_array_equal(protocol.initial[:, 0], untreated)


def test_two_who_differ_in_all_that_varies_stand_for_the_population() -> None:
    of = plan("4.5 mg at 22:00 daily for 2 days")
    same = structure(NALTREXONE, differing(of, ["pk.cl", "pk.f"], doses=True))
    assert dict(same.like)
    assert "receptors.h_up" in dict(same.fixed)
    apart = structure(NALTREXONE, differing(of, ["dose.f_dextro", "receptors.h_up", "tlr4.bias"], doses=False))
    # where the growth factor's receptor has the affinity of mu (LM042), it is held as mu is
    assert [(NALTREXONE.names[one], NALTREXONE.names[other]) for one, other in apart.like] == [
        ("site.ogfr", "site.mor")
    ]
    assert not {"receptors.h_up", "tlr4.bias"} & dict(apart.fixed).keys()


def test_samples_stand_on_both_sides_of_every_planned_dose() -> None:
    of = plan("4.5 mg at 22:00 daily for 2 days")
    lag = of.parameters["dose.lag"].value
    assert of.time[of.side == -1].tolist() == [lag, 24 + lag]
    assert of.time[of.side == 1].tolist() == [lag, 24 + lag]


def test_the_longest_delay_ends_before_the_next_dose() -> None:
    of = plan("4.5 mg at 22:00 daily for 3 days", until=72.0)
    assert of.latest[:2] == pytest.approx([24.0, 24.0], rel=1e-5)
    assert (of.latest[:2] < 24.0).all()
    assert np.isinf(of.latest[2])
    people = Population(400, 1, adherence=Adherence(late_sd=30.0), variability={"pk.cl": LogNormal(cv=0.1)})
    delay: Any = people.draw(of.parameters, np.arange(400), 3, of.latest).delay
    assert (delay[:2] < 24.0).all()
