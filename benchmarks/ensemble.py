"""A prepared ensemble: what one run costs, thousands of them, and the rows of a Sobol design, and their memory.

``python benchmarks/ensemble.py`` prints medians for 28 days of 4.5 mg on the compiled engine, on one core, in processor
time, which other work on the machine disturbs less. ``--rows N`` says how many rows the design has (90,112, that is
2**12 rows for each of 20 parameters and two more), ``--rows 0`` leaves it out. One row alone has other values at every
call, as an optimiser asks. What the kernel of many rows takes stands beside what the arithmetic of its steps would, at
the best rate of one core.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any
from unittest.mock import patch

import numpy as np
from machine import floor_ms, peak_rate

import ldnsim as ldn
from ldnsim.base.vocabulary import flatten
from ldnsim.engines.compiled.machine_code import Kernel
from ldnsim.engines.dormand_prince import ERROR, STAGES
from ldnsim.engines.tape import record
from ldnsim.models.recorder import Literal

TEXT = "4.5 mg at 22:00 daily for 28 days"
WANTED = ["ntx Cmax", "hours with mu at least half held"]
MOVED = (
    *("pk.ka", "pk.f", "pk.cl", "pk.vc", "pk.q", "pk.vp", "pk.fm", "pk.clm", "pk.vcm", "pk.vpm"),
    *("receptors.fu", "receptors.kd", "receptors.koff", "receptors.xe0", "receptors.kdeg", "receptors.u50"),
    *("endorphin.kp", "endorphin.g", "endorphin.kout_bend", "tlr4.ic50"),
)


def median(run: Callable[[], object], times: int, clock: Callable[[], float] = time.process_time) -> float:
    """Median of some runs [s], after one that is not counted."""
    run()
    found = []
    for _ in range(times):
        begun = clock()
        run()
        found.append(clock() - begun)
    return statistics.median(found)


def rows(ready: ldn.Ensemble, size: int) -> dict[str, np.ndarray]:
    """Parameters between 0.8 and 1.2 times their typical values."""
    rng = np.random.default_rng(1)
    return {name: ready.parameters[name].value * rng.uniform(0.8, 1.2, size) for name in MOVED}


def alone(run: Callable[[Mapping[str, Any]], object], every: Mapping[str, np.ndarray], times: int = 41) -> float:
    """Median of some runs [s], each of another row alone."""
    waiting = iter(range(times + 1))

    def one() -> object:
        place = next(waiting)
        return run({name: values[place : place + 1] for name, values in every.items()})

    return median(one, times)


def in_kernel(run: Callable[[], object]) -> float:
    """Processor time of a run within kernels [s]."""
    integrate, found = Kernel.integrate, []

    def timed(*given: Any) -> None:
        begun = time.process_time()
        integrate(*given)
        found.append(time.process_time() - begun)

    with patch.object(Kernel, "integrate", timed):
        run()
    return sum(found)


def arithmetic(ready: ldn.Ensemble, design: Mapping[str, np.ndarray]) -> tuple[int, int, float]:
    """Operations of the rates once and of the sums of a step that the kernel of these rows does, and steps of a row."""
    study = ready._study_for(design, ready._day)
    made, system, declared = study.made_for, study.model.system, study.account.declared
    assert made is not None
    names = [term.name for term in flatten(declared)]
    first = {place: place for place in made.states} | dict(made.like)
    like = [first.get(place, -1) for place in range(len(system.names))]
    found = record(system, declared, like, {names.index(name): value for name, value in made.fixed}, study.wanted)
    once = set(range(found.parameters))
    for place, (_, arguments) in found.operations:
        if all(isinstance(x, Literal) or x in once for x in arguments):
            once.add(place)
    rates = sum(place not in once for place, _ in found.operations)
    sums = 2 * len(made.states) * sum(weight != 0 for row in (*STAGES, ERROR) for weight in row)
    steps = [arrays["steps"] for _, arrays in ready._parts(design, study)]
    return rates, sums, float(np.concatenate(steps).mean())


def main() -> None:
    """Print what it costs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=90_112)
    size = parser.parse_args().rows
    ready = ldn.Ensemble(TEXT, outputs=["plasma", "occupancy"], engine="compiled", threads=1)
    ready.endpoints(rows(ready, 1), WANTED)
    if size:
        design = rows(ready, size)
        before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
        found = ready.endpoints(design, WANTED)
        took = time.process_time() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{size:,} rows, two endpoints, one core: {took:.1f} s, peak {peak:.0f} MB ({before / 1024:.0f} MB before)"
        )
        print(f"rows that could not be run: {int((found['status'] > 1).sum())}")
    every, many = rows(ready, 64), rows(ready, 4096)
    print(f"one run, curves: {1e3 * alone(ready.curves, every):.1f} ms")
    print(f"one run, two endpoints: {1e3 * alone(lambda row: ready.endpoints(row, WANTED), every):.1f} ms")
    each = 1e6 / 4096
    print(f"4,096 runs, two endpoints: {each * median(lambda: ready.endpoints(many, WANTED), 3):.0f} us a run")
    kernel = each * in_kernel(lambda: ready.endpoints(many, WANTED))
    rates, sums, steps = arithmetic(ready, many)
    rate = peak_rate()
    bound, whole = (1e3 * floor_ms(1, one * steps, rate) for one in (len(STAGES) * rates, len(STAGES) * rates + sums))
    print(
        f"of which the kernel {kernel:.0f} us; {steps:.0f} steps of {len(STAGES)} evaluations of {rates} operations "
        f"would take {bound:.1f} us at {rate:.0f} GFLOP/s, with {sums} operations of sums a step {whole:.1f} us"
    )
    usual = median(lambda: ldn.simulate(TEXT, engine="compiled"), 9)
    print(f"for comparison, simulate for one person: {1e3 * usual:.1f} ms")
    people = ldn.Population(1000, seed=1)

    def drawn() -> ldn.PopulationRun:
        kept = ["plasma", "occupancy"]
        return ldn.simulate(TEXT, population=people, outputs=kept, engine="compiled", step=1.0, progress=False)

    whole = median(drawn, 3, time.perf_counter)
    print(f"for comparison, a population of 1,000 on all cores: {1e6 / 1000 * whole:.0f} us a person")


if __name__ == "__main__":
    main()
