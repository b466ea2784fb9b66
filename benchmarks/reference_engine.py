"""Cost of the reference engine: methods side by side, and what a first curve takes.

Run ``python benchmarks/reference_engine.py``. Ratios come first, because clocks of shared machines are noisy.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import ldnsim as ldn

MONTH = "4.5 mg at 22:00 daily for 28 days"
REPEATS = 3


def best(task: Callable[[], object]) -> float:
    """Shortest of a few runs [s]."""
    spans = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        task()
        spans.append(time.perf_counter() - start)
    return min(spans)


def python(code: str) -> float:
    """Shortest of a few runs of a fresh interpreter [s]."""
    return best(lambda: subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL))


def main() -> dict[str, float]:
    """Print one table and give its numbers [s]."""
    ldn.simulate("4.5 mg")
    found = {
        "LSODA": best(lambda: ldn.simulate(MONTH)),
        "DOP853": best(lambda: ldn.simulate(MONTH, method="DOP853", rtol=1e-9)),
        "Radau": best(lambda: ldn.simulate(MONTH, method="Radau", rtol=1e-6)),
    }
    base = found["LSODA"]
    for name, seconds in found.items():
        print(f"28 nights, every 6 minutes, {name:8} {seconds / base:6.2f} x LSODA  ({seconds:.2f} s)")
    empty = python("pass")
    found["import"] = python("import ldnsim") - empty
    found["first curve"] = python(f"import ldnsim; ldnsim.simulate({MONTH!r})") - empty
    for name in ("import", "first curve"):
        print(f"{name:38} {found[name] / base:6.2f} x LSODA  ({found[name]:.2f} s above an empty interpreter)")
    return found


if __name__ == "__main__":
    main()
