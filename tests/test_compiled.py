"""The compiled engine against the reference, and against itself in other company."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ldnsim import InputError, Regimen, Simulation, resolve, simulate
from ldnsim.compiled import solve_crowd
from ldnsim.intakes import dose_events
from ldnsim.kernels import Structure, structure
from ldnsim.model import Parameters
from ldnsim.naltrexone import naltrexone
from ldnsim.solve.alone import crowd_of_one, parameters_of, timeline_of
from ldnsim.solve.crowd import CHANGE, FAILED, STIFF, Crowd, CrowdRun, Happenings
from ldnsim.solve.reference import scales, solve
from ldnsim.solve.timeline import Timeline
from ldnsim.system import NALTREXONE, Daily
from ldnsim.vocabulary import flatten

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


def test_what_it_cannot_do_is_refused() -> None:
    with pytest.raises(InputError, match="^engine: got 'compiled'"):
        simulate("4.5 mg", engine="compiled", decide=lambda _: None)
    with pytest.raises(InputError, match="^engine: got 'fast'"):
        simulate("4.5 mg", engine="fast")


def one(number: int) -> Crowd:
    """A person with a clearance, a dose, a clock and dose times of their own, read at the same times as the others."""
    generator = np.random.default_rng(number)
    parameters = resolve("popular").replace({"pk.cl": 140 * float(generator.uniform(0.5, 2.0))}, "a test")
    p = parameters.fill(Parameters)
    regimen = Regimen(1.0 + number % 60, every="daily", at=f"{number % 24:02d}:00", duration="3 days")
    model = naltrexone(parameters, regimen.clock)
    late = float(generator.uniform(0.0, 3.0))
    doses = [replace(dose, time=dose.time + late) for dose in regimen.dosing()[: 2 + number % 2]]
    events = [event for key, dose in enumerate(doses) for event in dose_events(model, dose, key)]
    initial = NALTREXONE.baseline(p, model.daily)[0]
    timeline = Timeline.build(events, np.arange(0.0, 72.5, 1.5), 72.0)
    scale = scales(NALTREXONE, timeline.largest, initial)
    alone, _ = crowd_of_one(p, initial, timeline, model.daily, scale)
    return alone._replace(time=np.arange(0.0, 72.5, 1.5), after=np.ones(49, dtype=bool))


@cache
def crowd(count: int) -> Crowd:
    """People who differ in all that people can differ in."""
    people = [one(number) for number in range(count)]
    most = max(len(person.happenings.time) for person in people)

    def side_by_side(part: str, empty: float) -> NDArray[Any]:
        found = [getattr(person.happenings, part) for person in people]
        filled = [np.pad(column, ((0, most - len(column)), (0, 0)), constant_values=empty) for column in found]
        return np.concatenate(filled, axis=1)

    return people[0]._replace(
        happenings=Happenings._make(side_by_side(part, np.inf if part == "time" else 0) for part in Happenings._fields),
        parameters=np.concatenate([person.parameters for person in people], axis=-1),
        initial=np.concatenate([person.initial for person in people], axis=-1),
        scale=np.concatenate([person.scale for person in people], axis=-1),
        phase=np.concatenate([person.phase for person in people]),
    )


def bits(run: CrowdRun) -> list[bytes]:
    """All numbers of each person."""
    return [np.array([state[person] for state in run.states]).tobytes() for person in range(len(run.status))]


def solved(people: Crowd, threads: int | None = None, made_for: Structure | None = None) -> CrowdRun:
    return solve_crowd(
        NALTREXONE, people, rtol=1e-6, threads=threads, made_for=made_for or structure(NALTREXONE, crowd(300))
    )


def test_what_the_arrays_look_like_in_memory_does_not_matter() -> None:
    people = crowd(300)
    scattered = np.arange(0, 300, 7)
    some = people.only(scattered)
    turned = some._replace(initial=np.asfortranarray(some.initial), parameters=np.asfortranarray(some.parameters))
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


def test_people_side_by_side_agree_with_the_reference_one_by_one() -> None:
    people = crowd(300)
    run = solved(people)
    assert not run.status.any()
    for person in (0, 7, 211):
        timeline, shown = timeline_of(people, person)
        daily = Daily(float(people.phase[person]), 0.0)
        expected = solve(NALTREXONE, parameters_of(people, person), people.initial[:, person], timeline, daily)
        found = np.array([state[person] for state in run.states])
        spread = np.ptp(expected.states, axis=1, keepdims=True)
        gap = np.abs(found - expected.states[:, shown]) / np.where(spread > 0, spread, 1.0)
        assert gap.max() <= OF_RANGE


def test_parameters_that_change_on_the_way_agree_with_the_reference() -> None:
    """A person whose clearance halves at 30 h and comes back at 50 h."""
    person = one(2)
    other = person.parameters.copy()
    other[0, [term.name for term in flatten(Parameters)].index("pk.cl")] /= 2
    time, kind, state, value = (part[:, 0] for part in person.happenings)
    changes = ([30.0, 50.0], [CHANGE, CHANGE], [1, 0], [0.0, 0.0])
    order = np.argsort(np.concatenate([time, changes[0]]), kind="stable")
    columns = [
        np.concatenate([old, new]).astype(old.dtype)[order, None]
        for old, new in zip((time, kind, state, value), changes, strict=True)
    ]
    changed = person._replace(
        parameters=np.concatenate([person.parameters, other]), happenings=Happenings._make(columns)
    )
    run = solve_crowd(NALTREXONE, changed, rtol=1e-6)
    timeline, shown = timeline_of(changed, 0)
    daily = Daily(float(changed.phase[0]), 0.0)
    expected = solve(NALTREXONE, parameters_of(changed, 0), changed.initial[:, 0], timeline, daily).states[:, shown]
    found = np.array([series[0] for series in run.states])
    spread = np.ptp(expected, axis=1)
    np.testing.assert_array_less(np.abs(found - expected).max(axis=1), OF_RANGE * np.where(spread > 0, spread, 1.0))
    level = NALTREXONE.index("levo.central")
    unchanged = solve_crowd(NALTREXONE, person, rtol=1e-6).states[level][0]
    assert found[level, person.time < 30] == pytest.approx(unchanged[person.time < 30], rel=1e-4)
    assert (found[level] > 1.05 * unchanged)[(person.time > 33) & (person.time < 48)].all()


def test_one_who_fails_leaves_the_others_alone() -> None:
    people = crowd(40)
    whole = bits(solved(people))
    ka = [term.name for term in flatten(Parameters)].index("pk.ka")
    for number in (1e6, np.nan):
        parameters = people.parameters.copy()
        parameters[0, ka, 11] = number
        run = solved(people._replace(parameters=parameters))
        assert run.status[11] == (STIFF if number > 0 else FAILED)
        assert np.flatnonzero(run.status).tolist() == [11]
        assert [one for person, one in enumerate(bits(run)) if person != 11] == [
            one for person, one in enumerate(whole) if person != 11
        ]
