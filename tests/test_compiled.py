"""The compiled engine against the reference, and against itself in other company."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from ldnsim import InputError, Regimen, Simulation, resolve, simulate
from ldnsim.compiled import Person, Solved, solve_people
from ldnsim.intakes import dose_events
from ldnsim.model import Parameters
from ldnsim.naltrexone import naltrexone
from ldnsim.solve.reference import scales
from ldnsim.solve.timeline import Timeline
from ldnsim.system import NALTREXONE

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


@cache
def crowd(count: int) -> tuple[Person, ...]:
    """People who differ in clearance, dose and clock."""
    generator = np.random.default_rng(5)
    found = []
    for number in range(count):
        parameters = resolve("popular").replace({"pk.cl": 140 * float(generator.uniform(0.5, 2.0))}, "a test")
        p = parameters.fill(Parameters)
        regimen = Regimen(1.0 + number, every="daily", at=f"{number % 24:02d}:00", duration="3 days")
        model = naltrexone(parameters, regimen.clock)
        events = [event for key, dose in enumerate(regimen.dosing()) for event in dose_events(model, dose, key)]
        timeline = Timeline.build(events, np.arange(0.0, 72.5, 1.5 + number % 3), 72.0)
        initial = NALTREXONE.baseline(p, model.daily)[0]
        found.append(Person(p, initial, timeline, model.daily, scales(NALTREXONE, timeline.largest, initial)))
    return tuple(found)


def bits(solved: Solved) -> bytes:
    assert solved.trajectory is not None
    return solved.trajectory.states.tobytes() + solved.trajectory.time.tobytes()


def test_company_and_threads_change_no_bit() -> None:
    people = crowd(40)
    together = [bits(one) for one in solve_people(NALTREXONE, people, rtol=1e-6)]
    assert [bits(one) for one in solve_people(NALTREXONE, people, rtol=1e-6, threads=1)] == together
    assert [bits(one) for one in solve_people(NALTREXONE, people, rtol=1e-6, threads=8)] == together
    backwards = [bits(one) for one in solve_people(NALTREXONE, people[::-1], rtol=1e-6)][::-1]
    assert backwards == together
    some = [people[position] for position in (3, 17, 31)]
    assert [bits(one) for one in solve_people(NALTREXONE, some, rtol=1e-6)] == [together[p] for p in (3, 17, 31)]


def test_one_who_fails_leaves_the_others_alone() -> None:
    people = list(crowd(3))
    stiff = people[1].parameters
    people[1] = people[1]._replace(parameters=stiff._replace(pk=stiff.pk._replace(ka=1e6)))
    found = solve_people(NALTREXONE, people, rtol=1e-6)
    assert found[1].trajectory is None
    assert [bits(found[0]), bits(found[2])] == [bits(one) for one in solve_people(NALTREXONE, crowd(3)[::2], rtol=1e-6)]
