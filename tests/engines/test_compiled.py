"""The compiled engine against the reference, and against itself in other company."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ldnsim import InputError, Regimen, Simulation, replay, resolve, simulate
from ldnsim.base.vocabulary import flatten
from ldnsim.engines.compiled.codegen import Structure, structure
from ldnsim.engines.compiled.engine import CompiledEngine
from ldnsim.engines.events import Change, Event
from ldnsim.engines.leg import FAILED, STIFF, Leg, LegRun
from ldnsim.model import Parameters
from ldnsim.models.naltrexone import naltrexone
from ldnsim.models.system import NALTREXONE, Daily
from ldnsim.study.intakes import Moment

from ..walking import entering, leg_of, reference_states, side_by_side, states_of

OF_RANGE = 1e-5


def worst(found: Simulation, expected: Simulation) -> float:
    """Largest difference of any variable, relative to its range."""
    gaps = {}
    for name, variable in expected.data.data_vars.items():
        spread = float(variable.max() - variable.min()) or 1.0
        gaps[name] = float(abs(found.data[name] - variable).max()) / spread
    return max(gaps.values())


@pytest.mark.parametrize(
    ("text", "assumptions"),
    [
        ("4.5 mg at 22:00 daily for 14 days", "popular"),
        ("50 mg at 09:00 every 8 h for 4 days", "popular"),
        ("0.5 mg at 07:30 every 36 h for 9 days then 16 mg for 3 days", "popular"),
        ("4.5 mg at 22:00 daily for 7 days", "measured"),
        ("200 mg at 22:00 daily for 5 days", "measured"),
        ("3 mg sublingual plus 10 mg iv over 90 min", "popular,tlr4=opioid-mediated,site=pet,isomers=0.3"),
    ],
)
def test_agrees_with_the_reference(text: str, assumptions: str) -> None:
    run = simulate(text, assumptions=assumptions, step=0.5, engine="compiled")
    reference = simulate(text, assumptions=assumptions, step=0.5)
    assert run.data.attrs["engine"] == "compiled"
    assert reference.data.attrs["engine"] == "reference"
    np.testing.assert_array_equal(run.data["time"], reference.data["time"])
    np.testing.assert_array_equal(run.data["side"], reference.data["side"])
    assert worst(run, reference) <= OF_RANGE
    assert run.repeat().data.identical(run.data)


def test_a_picture_gives_back_the_run_to_the_same_bits(tmp_path: Path) -> None:
    run = simulate("4.5 mg at 22:00 daily for 14 days", step=0.5, engine="compiled")
    run.plot()[0].figure.savefig(tmp_path / "nights.png")
    found = replay(tmp_path / "nights.png")
    assert found.same
    assert next(iter(found.runs.values())).data.identical(run.data)


def test_starts_from_steady_state_and_takes_an_endotoxin_challenge() -> None:
    from ldnsim import Endotoxin

    settings: dict[str, Any] = {"start": "steady-state", "endotoxin": Endotoxin(10.0, 30.0), "step": 0.5}
    run = simulate("4.5 mg at 22:00 daily for 3 days", engine="compiled", **settings)
    assert worst(run, simulate("4.5 mg at 22:00 daily for 3 days", **settings)) <= OF_RANGE


def test_a_stiff_problem_is_handed_to_the_reference_and_said() -> None:
    changes = {"pk.ka": "50000 1/h"}
    run = simulate("4.5 mg", parameters=changes, engine="compiled", step=1.0)
    assert run.data.attrs["engine"] == "reference"
    assert worst(run, simulate("4.5 mg", parameters=changes, step=1.0)) <= OF_RANGE


def test_many_steps_are_taken_before_a_problem_is_handed_over() -> None:
    """Some 300 steps an hour for three days, which a kernel takes in less time than the reference does."""
    settings: dict[str, Any] = {"parameters": {"pk.ka": "1000 1/h"}, "step": 1.0, "until": 72}
    run = simulate("4.5 mg", engine="compiled", **settings)
    assert run.data.attrs["engine"] == "compiled"
    # what of it crosses the gut wall in an hour is a thousand times what is left there, and so is its error
    by_site = ["site_occupancy", "site_density", "site_tone"]
    other = simulate("4.5 mg", **settings)
    run, other = (replace(one, data=one.data.drop_vars(by_site)) for one in (run, other))
    assert worst(run, other) <= OF_RANGE


def test_it_stops_for_decisions() -> None:
    def decide(moment: Moment) -> float | None:
        """Nothing, what is planned, or by a level that the engine has integrated."""
        return {1: None, 3: 0.0}.get(moment.number, moment.mg * (1.5 - moment["occupancy_mor"]))

    settings: dict[str, Any] = {"decide": decide, "step": 0.5}
    run = simulate("4.5 mg at 22:00 daily for 5 days", engine="compiled", **settings)
    reference = simulate("4.5 mg at 22:00 daily for 5 days", engine="reference", **settings)
    assert run.data.attrs["engine"] == "compiled"
    np.testing.assert_array_equal(run.data["time"], reference.data["time"])
    assert worst(run, reference) <= OF_RANGE
    planned = simulate("4.5 mg at 22:00 daily for 5 days", engine="compiled", step=0.5)
    assert worst(run, planned) > 0.1


def test_an_engine_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="^engine: got 'fast'"):
        simulate("4.5 mg", engine="fast")  # type: ignore[call-overload]


def one(number: int, changed: Sequence[Event] = (), sets: Sequence[Any] = ()) -> Leg:
    """A person with a clearance, a dose, a clock and dose times of their own, read at the same times as the others."""
    p, events, daily = taking(number)
    time = np.arange(0.0, 72.5, 1.5)
    initial = NALTREXONE.baseline(p, daily)[0]
    return leg_of(NALTREXONE, p, initial, [*events, *changed], time, np.ones(49, dtype=bool), daily, sets=sets)


def taking(number: int) -> tuple[Parameters, list[Event], Daily]:
    """Parameters, doses and clock of a person."""
    generator = np.random.default_rng(number)
    parameters = resolve("popular").replace({"pk.cl": 140 * float(generator.uniform(0.5, 2.0))}, "a test")
    regimen = Regimen(1.0 + number % 60, every="daily", at=f"{number % 24:02d}:00", duration="3 days")
    model = naltrexone(parameters, regimen.clock)
    late = float(generator.uniform(0.0, 3.0))
    doses = [replace(dose, time=dose.time + late) for dose in regimen.dosing()[: 2 + number % 2]]
    events: list[Event] = [event for key, dose in enumerate(doses) for event in entering(model, parameters, dose, key)]
    return parameters.fill(Parameters), events, model.daily


@cache
def crowd(count: int) -> Leg:
    """People who differ in all that people can differ in."""
    return side_by_side([one(number) for number in range(count)])


def bits(run: LegRun) -> list[bytes]:
    """All numbers of each person."""
    return [states_of(run, person).tobytes() for person in range(len(run.status))]


def solved(people: Leg, threads: int | None = None, made_for: Structure | None = None) -> LegRun:
    return CompiledEngine(NALTREXONE, 1e-6, made_for or structure(NALTREXONE, crowd(300)), threads).solve(people)


def test_what_the_arrays_look_like_in_memory_does_not_matter() -> None:
    people = crowd(300)
    scattered = np.arange(0, 300, 7)
    some = people.only(scattered)
    turned = replace(some, initial=np.asfortranarray(some.initial), parameters=np.asfortranarray(some.parameters))
    assert not turned.initial.flags.c_contiguous
    assert bits(solved(turned)) == bits(solved(some)) == [bits(solved(people))[place] for place in scattered]


def test_company_and_threads_change_no_bit() -> None:
    people = crowd(300)
    together = bits(solved(people))
    assert bits(solved(people, threads=1)) == together
    assert bits(solved(people, threads=8)) == together
    backwards = people.only(np.arange(300)[::-1])
    assert bits(solved(backwards))[::-1] == together
    some = [3, 17, 131]
    assert bits(solved(people.only(np.array(some)))) == [together[person] for person in some]


def test_how_long_others_run_gives_nobody_more_steps() -> None:
    """What absorbs 20,000 times an hour is stiff within three days, and no less so beside a run of two months."""
    p, events, daily = taking(4)
    stiff = p._replace(pk=p.pk._replace(ka=20_000.0))
    initial = NALTREXONE.baseline(p, daily)[0]
    short, long = (
        leg_of(NALTREXONE, one, initial, events, np.arange(0.0, 1.5 * count, 1.5), np.ones(count, dtype=bool), daily)
        for one, count in ((stiff, 49), (p, 961))
    )
    alone, together = solved(short), solved(side_by_side([short, long]))
    assert alone.status[0] == together.status[0] == STIFF
    assert alone.steps[0] == together.steps[0]


def test_people_side_by_side_agree_with_the_reference_one_by_one() -> None:
    people = crowd(300)
    run = solved(people)
    assert not run.status.any()
    for person in (0, 7, 211):
        expected = reference_states(people.only(slice(person, person + 1)))[:, 0]
        spread = np.ptp(expected, axis=1, keepdims=True)
        gap = np.abs(states_of(run, person) - expected) / np.where(spread > 0, spread, 1.0)
        assert gap.max() <= OF_RANGE


def test_parameters_that_change_on_the_way_agree_with_the_reference() -> None:
    """A person whose clearance halves at 30 h and comes back at 50 h."""
    person = one(2)
    usual = taking(2)[0]
    other = usual._replace(pk=usual.pk._replace(cl=usual.pk.cl / 2))
    changed = one(2, [Change(30.0, 1), Change(50.0, 0)], [other])
    run = CompiledEngine(NALTREXONE, 1e-6).solve(changed)
    expected, found = reference_states(changed)[:, 0], states_of(run, 0)
    spread = np.ptp(expected, axis=1)
    np.testing.assert_array_less(np.abs(found - expected).max(axis=1), OF_RANGE * np.where(spread > 0, spread, 1.0))
    level = NALTREXONE.index("levo.central")
    unchanged = CompiledEngine(NALTREXONE, 1e-6).solve(person).states[level][0]
    time = person.time[:, 0]
    assert found[level, time < 30] == pytest.approx(unchanged[time < 30], rel=1e-4)
    assert (found[level] > 1.05 * unchanged)[(time > 33) & (time < 48)].all()


def test_one_who_fails_leaves_the_others_alone() -> None:
    people = crowd(40)
    whole = bits(solved(people))
    ka = [term.name for term in flatten(Parameters)].index("pk.ka")
    for number in (1e6, np.nan):
        parameters = people.parameters.copy()
        parameters[0, ka, 11] = number
        run = solved(replace(people, parameters=parameters))
        assert run.status[11] == (STIFF if number > 0 else FAILED)
        assert np.flatnonzero(run.status).tolist() == [11]
        assert [one for person, one in enumerate(bits(run)) if person != 11] == [
            one for person, one in enumerate(whole) if person != 11
        ]
