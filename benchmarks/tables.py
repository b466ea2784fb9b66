"""Event tables: what a subject costs, beside what it cost in 0.1.0, in turns in one run.

``python benchmarks/tables.py`` needs Git, from which it takes the code of before (``--before COMMIT``). It prints, as
medians of turns: a linear model (two compartments with absorption, 14 doses, 20 samples, everybody's own CL and V)
against before and from 100 to 10,000 subjects; and the naltrexone model on the compiled engine against a population of
as many. BLAS has one thread, with two of which the code of before is many times slower yet on a busy machine.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROOT = Path(__file__).parent.parent
BEFORE = "bc502fb"
"""The last commit before tables had a road in common with everything else."""

TURNS = 5
_DOSES, _SAMPLES = 14, 20


def linear(subjects: int) -> float:
    """Seconds that a table of the linear model takes, reading and rows apart."""
    import ldnsim as ldn

    draw = np.random.default_rng(1)
    times = np.concatenate([[0.0], np.linspace(0.5, 12.0 * _DOSES, _SAMPLES)])
    rows = len(times)
    frame = pd.DataFrame(
        {
            "ID": np.repeat(np.arange(subjects), rows),
            "TIME": np.tile(times, subjects),
            "AMT": np.tile([100.0, *[0.0] * _SAMPLES], subjects),
            "EVID": np.tile([1, *[0] * _SAMPLES], subjects),
            "II": np.tile([12.0, *[0.0] * _SAMPLES], subjects),
            "ADDL": np.tile([_DOSES - 1, *[0] * _SAMPLES], subjects),
            "CLI": np.repeat(3 * np.exp(0.3 * draw.normal(size=subjects)), rows),
            "VI": np.repeat(10 * np.exp(0.3 * draw.normal(size=subjects)), rows),
        }
    )
    table = ldn.EventTable.of(frame, covariates=["CLI", "VI"])
    model = ldn.models.two_compartment(CL=lambda c: c["CLI"], V1=lambda c: c["VI"], Q=2.0, V2=30.0, ka=1.0)
    begun = time.perf_counter()
    ldn.simulate(table, model=model)
    return time.perf_counter() - begun


def naltrexone(subjects: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """Seconds and seconds of processors that a table and a population of as many take on the compiled engine, doses and
    samples alike.
    """
    import ldnsim as ldn

    draw = np.random.default_rng(1)
    hours = np.linspace(0.0, 24.0 * _DOSES, _SAMPLES + 1)[1:]
    frame = pd.DataFrame(
        {
            "ID": np.repeat(np.arange(subjects), len(hours) + 1),
            "TIME": np.tile([0.0, *hours], subjects),
            "AMT": np.tile([4.5, *[0.0] * len(hours)], subjects),
            "II": np.tile([24.0, *[0.0] * len(hours)], subjects),
            "ADDL": np.tile([13, *[0] * len(hours)], subjects),
            "WT": np.repeat(draw.uniform(50, 110, subjects).round(1), len(hours) + 1),
        }
    )
    table = ldn.EventTable.of(frame)
    found = []
    for one in (
        lambda: ldn.simulate(table, engine="compiled"),
        lambda: ldn.simulate(
            "4.5 mg at 22:00 daily for 14 days", population=ldn.Population(subjects, 1), engine="compiled",
            step=float(hours[0]), progress=False,
        ),
    ):  # fmt: skip
        one()
        begun, worked = time.perf_counter(), time.process_time()
        one()
        found.append((time.perf_counter() - begun, time.process_time() - worked))
    return found[0], found[1]


def elsewhere(folder: Path, subjects: int) -> float:
    """Seconds that the code in a folder takes for a table of the linear model, measured in a process of its own."""
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import tables, json; tables.linear(2); "
    code += f"print(json.dumps(tables.linear({subjects})))"
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONWARNINGS": "ignore", "OPENBLAS_NUM_THREADS": "1"}
    said = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True, cwd=folder
    )
    return float(json.loads(said.stdout))


def unpacked(commit: str, folder: Path) -> Path:
    """The code of a commit."""
    archive = subprocess.run(
        ["git", "archive", commit, "ldnsim", "pyproject.toml"], cwd=ROOT, check=True, capture_output=True
    )
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
    return folder


def main() -> int:
    """Print what a subject costs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", default=BEFORE, help="commit to compare with")
    given: Any = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as place:
        before = unpacked(given.before, Path(place))
        turns = [(elsewhere(before, 1000), elsewhere(ROOT, 1000)) for _ in range(TURNS)]
    old, new = (statistics.median(turn[k] for turn in turns) for k in (0, 1))
    ratio = statistics.median(a / b for a, b in turns)
    print(f"1,000 subjects, linear: {old:.3f} ms a subject before, {new:.3f} ms now: {ratio:.0f} times faster")
    for subjects in (100, 1000, 10_000):
        seconds = statistics.median(linear(subjects) for _ in range(3))
        print(f"{subjects:6,} subjects, linear: {1e3 * seconds / subjects:.3f} ms a subject")
    both = [naltrexone(500) for _ in range(TURNS)]
    for which, clock in enumerate(("by the clock", "of processors")):
        table, people = (statistics.median(one[k][which] for one in both) for k in (0, 1))
        times = statistics.median(one[0][which] / one[1][which] for one in both)
        print(
            f"500 subjects, naltrexone, compiled, 14 days, {clock}: table {2 * table:.2f} ms a subject, "
            f"population {2 * people:.2f} ms a person: {times:.2f} times"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
