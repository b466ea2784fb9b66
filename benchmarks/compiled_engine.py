"""The compiled engine against the reference engine: one person, and many who differ.

Run ``python benchmarks/compiled_engine.py`` (needs the extra ``fast``). Accuracy is measured in the same run, as the
largest difference from the reference relative to the range of each state.
"""

from __future__ import annotations

import os
import time

import numpy as np

import ldnsim as ldn
from ldnsim.compiled import Person, solve_people
from ldnsim.intakes import dose_events
from ldnsim.model import Parameters
from ldnsim.naltrexone import naltrexone
from ldnsim.solve.reference import scales, solve
from ldnsim.solve.timeline import Timeline
from ldnsim.system import NALTREXONE

NIGHTS = 28
PEOPLE = 320
CHECKED = 8
VARYING = ("pk.ka", "pk.vc", "pk.q", "pk.vp", "pk.vcm", "pk.vpm")


def people(count: int) -> list[Person]:
    """People who differ by 30 % in absorption and volumes, 28 nights, hourly samples."""
    generator = np.random.default_rng(1)
    base = ldn.resolve("popular")
    regimen = ldn.Regimen.parse(f"4.5 mg at 22:00 daily for {NIGHTS} days")
    model = naltrexone(base, regimen.clock)
    events = [event for dose in regimen.dosing() for event in dose_events(model, dose)]
    timeline = Timeline.build(events, np.arange(NIGHTS * 24.0 + 1), NIGHTS * 24.0)
    found = []
    for _ in range(count):
        drawn = {name: base[name].value * float(np.exp(0.3 * generator.standard_normal())) for name in VARYING}
        p = base.replace(drawn, "drawn").fill(Parameters)
        initial = NALTREXONE.baseline(p, model.daily)[0]
        found.append(Person(p, initial, timeline, model.daily, scales(NALTREXONE, timeline.largest, initial)))
    return found


def main() -> dict[str, float]:
    """Print one table and give its numbers."""
    crowd = people(PEOPLE)
    start = time.perf_counter()
    solve_people(NALTREXONE, crowd[:1], rtol=1e-6)
    first = time.perf_counter() - start
    found = {}
    start = time.perf_counter()
    expected = [solve(NALTREXONE, one.parameters, one.initial, one.timeline, one.daily) for one in crowd[:CHECKED]]
    found["reference"] = (time.perf_counter() - start) / CHECKED
    start = time.perf_counter()
    solve_people(NALTREXONE, crowd[:1], rtol=1e-6)
    found["compiled, one person"] = time.perf_counter() - start
    for threads in (1, os.cpu_count() or 1):
        start = time.perf_counter()
        solved = solve_people(NALTREXONE, crowd, rtol=1e-6, threads=threads)
        found[f"compiled, {PEOPLE} people, {threads} threads"] = (time.perf_counter() - start) / PEOPLE
    gap = 0.0
    for one, reference in zip(solved, expected, strict=False):
        assert one.trajectory is not None
        spread = np.ptp(reference.states, axis=1)
        apart = np.abs(one.trajectory.states - reference.states).max(axis=1)
        gap = max(gap, float((apart / np.where(spread > 0, spread, 1.0)).max()))
    for name, seconds in found.items():
        ratio = found["reference"] / seconds
        print(f"{name:34} {ratio:8.1f} x as fast as the reference ({1e3 * seconds:.2f} ms a person)")
    print(f"first call, compiled or from disk: {first:.1f} s; largest difference {gap:.1e} of range")
    return found


if __name__ == "__main__":
    main()
