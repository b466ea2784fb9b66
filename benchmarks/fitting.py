"""Fits whose truth is known: how often 95 % intervals cover it, and how long a dozen people take.

python benchmarks/fitting.py            # 1,000 replicates: about a minute
python benchmarks/fitting.py --n 200
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np

import ldnsim as ldn
from ldnsim.fitting import Fit, fit

TRUTH = {"CL": 2.8, "V": 32.0, "ka": 1.5}
TIMES = (0.25, 0.5, 1.0, 2.0, 3.5, 5.0, 7.0, 9.0, 12.0, 24.0)
"""As of theophylline, in ten samples [h]."""

DOSE = 320.0


def curve(hours: Any) -> Any:
    """Bateman's function at the truth, independent of the engines [mg/L]."""
    rate = TRUTH["CL"] / TRUTH["V"]
    share = TRUTH["ka"] / (TRUTH["ka"] - rate)
    return DOSE / TRUTH["V"] * share * (np.exp(-rate * hours) - np.exp(-TRUTH["ka"] * hours))


def replicates(n: int, seed: int, error: str) -> dict[str, list[Any]]:
    """People who all have the truth, each with noise of its own."""
    generator = np.random.default_rng(seed)
    level = curve(np.array(TIMES))
    drawn = generator.standard_normal((n, len(TIMES)))
    noisy = {
        "additive": level + 0.4 * drawn,
        "proportional": level * (1 + 0.12 * drawn),
        "log-normal": level * np.exp(0.12 * drawn),
        "combined": level + np.hypot(0.15, 0.08 * level) * drawn,
    }[error]
    data: dict[str, list[Any]] = {name: [] for name in ("ID", "TIME", "AMT", "EVID", "DV")}
    for person in range(n):
        data["ID"] += [person] * (1 + len(TIMES))
        data["TIME"] += [0.0, *TIMES]
        data["AMT"] += [DOSE] + [0.0] * len(TIMES)
        data["EVID"] += [1] + [0] * len(TIMES)
        data["DV"] += [None, *noisy[person].tolist()]
    return data


def fitted(data: dict[str, list[Any]], error: str) -> Fit:
    """Each by itself, from values that are not the truth."""
    model = ldn.models.one_compartment(CL=2.0, V=25.0, ka=1.0)
    return fit(data, model=model, parameters=list(TRUTH), error=error)


def coverage(found: Fit) -> dict[str, float]:
    """Share of intervals that hold the truth, of fits that have one."""
    table = found.table
    shares = {}
    for name, truth in TRUTH.items():
        own = table[(table["parameter"] == name) & table["low"].notna()]
        shares[name] = float(((own["low"] <= truth) & (truth <= own["high"])).mean())
    return shares


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    few = replicates(12, asked.seed, "additive")
    fitted(few, "additive")
    begun, used = time.perf_counter(), time.process_time()
    fitted(few, "additive")
    took, used = time.perf_counter() - begun, time.process_time() - used
    print(f"12 people, {len(TIMES)} samples each, 3 parameters: {took:.2f} s, of which {used:.2f} s computing")
    for error in ("additive", "proportional", "log-normal", "combined"):
        begun = time.perf_counter()
        found = fitted(replicates(asked.n, asked.seed, error), error)
        took = time.perf_counter() - begun
        shares = ", ".join(f"{name} {100 * share:.1f} %" for name, share in coverage(found).items())
        ended = int((found.ends["status"] == "converged").sum())
        print(f"{error}: 95 % intervals cover {shares}; {ended} of {asked.n} converged, {took:.0f} s")


if __name__ == "__main__":
    main()
