"""A prepared ensemble: what one run costs, thousands of them, and the rows of a Sobol design, and their memory.

``python benchmarks/ensemble.py`` prints medians for 28 days of 4.5 mg on the compiled engine, on one core, in processor
time, which other work on the machine disturbs less. ``--rows N`` says how many rows the design has (90,112, that is
2**12 rows for each of 20 parameters and two more).
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections.abc import Callable

import numpy as np

import ldnsim as ldn

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


def main() -> None:
    """Print what it costs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=90_112)
    size = parser.parse_args().rows
    ready = ldn.Ensemble(TEXT, outputs=["plasma", "occupancy"], engine="compiled", threads=1)
    design = rows(ready, size)
    ready.endpoints(rows(ready, 1), WANTED)
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    found = ready.endpoints(design, WANTED)
    took = time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{size:,} rows, two endpoints, one core: {took:.1f} s, peak {peak:.0f} MB ({before / 1024:.0f} MB before)")
    print(f"rows that could not be run: {int((found['status'] > 1).sum())}")
    one, many = rows(ready, 1), rows(ready, 4096)
    print(f"one run, curves: {1e3 * median(lambda: ready.curves(one), 9):.1f} ms")
    print(f"one run, two endpoints: {1e3 * median(lambda: ready.endpoints(one, WANTED), 9):.1f} ms")
    print(f"4,096 runs, two endpoints: {1e6 / 4096 * median(lambda: ready.endpoints(many, WANTED), 3):.0f} us a run")
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
