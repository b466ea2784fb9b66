"""What the arithmetic of one core can do at best, and what a run would take at that."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray


def peak_rate() -> float:
    """Double precision additions and multiplications that one core does in fused pairs [1e9/s], as far as reached.

    A loop over numbers that fit in the first cache, each put through a few dependent multiply-adds between load and
    store: longer chains leave too few independent ones to fill the pipelines, shorter ones wait for memory.
    """
    import numba

    chain, size, repeats = 8, 1024, 20_000
    text = ["def work(x, a, b):", f"    for _ in range({repeats}):", f"        for i in range({size}):"]
    text += ["            v = x[i]", *["            v = v * a + b"] * chain, "            x[i] = v"]
    scope: dict[str, Callable[[NDArray[np.float64], float, float], None]] = {}
    exec("\n".join(text), scope)
    work = numba.njit(fastmath={"contract"})(scope["work"])
    x = np.ones(size)
    work(x, 0.999, 0.001)
    spans = []
    for _ in range(5):
        begun = time.perf_counter()
        work(x, 0.999, 0.001)
        spans.append(time.perf_counter() - begun)
    return 2e-9 * chain * size * repeats / min(spans)


def floor_ms(operations: int, evaluations: float, peak: float) -> float:
    """Time that evaluating the rates would take at the peak rate [ms].

    Parameters
    ----------
    operations : int
        Operations of one evaluation; a division or root counts as one, though it takes longer.
    evaluations : float
        How often the rates are evaluated.
    peak : float
        Operations of one core [1e9/s].

    Returns
    -------
    float
        Time a person [ms].
    """
    return 1e-6 * operations * evaluations / peak
