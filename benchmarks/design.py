"""What `ldnsim.find_dose` costs, and how well it keeps its promise.

``python benchmarks/design.py`` prints seconds on the clock and of the processor for each of 1,000 people, and for the
typical person, after one run that compiles; and the largest error over random wishes, each simulated afresh.
``--people N`` says how many, ``--wishes N`` how many wishes.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

import ldnsim as ldn

WISHES = (
    ("4.5 mg at 22:00", "ntx Cmax", 2.0),
    ("4.5 mg at 22:00", "hours that count as blocked", 6.0),
    ("4.5 mg at 22:00 daily for 7 days", "net opioid tone, mean", 1.02),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--wishes", type=int, default=10)
    asked = parser.parse_args()
    people = ldn.Population(asked.people, seed=1)
    for regimen, wanted, target in WISHES:
        for who, settings in ((f"{asked.people:,} people", {"population": people}), ("typical person", {})):
            ldn.find_dose(regimen, wanted, target, **settings)  # type: ignore[arg-type]
            clock, processor = time.perf_counter(), time.process_time()
            found = ldn.find_dose(regimen, wanted, target, **settings)  # type: ignore[arg-type]
            clock, processor = time.perf_counter() - clock, time.process_time() - processor
            reached = int(np.isfinite(found.doses).sum())
            cost = f"{clock:.2f} s ({processor:.2f} s of processor)"
            kept = f"{reached} found, error at most {100 * found.table['error'].max():.2g} %"
            print(f"{regimen}; {wanted} {target:g}; {who}: {cost}, {kept}")
    rng = np.random.default_rng(1)
    worst = 0.0
    for target in np.exp(rng.uniform(np.log(0.05), np.log(100), asked.wishes)).tolist():
        found = ldn.find_dose("4.5 mg at 22:00", "ntx Cmax", target)
        again = ldn.simulate(str(found.regimen)).summary()["ntx Cmax"][-1]
        worst = max(worst, abs(again / target - 1))
    print(
        f"{asked.wishes} random wishes of Cmax, simulated from the text of the regimen: at most {100 * worst:.2g} % off"
    )


if __name__ == "__main__":
    main()
