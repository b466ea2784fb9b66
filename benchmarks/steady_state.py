"""Cost of a steady state: the fixed point of a dosing interval against waiting for it, dose after dose.

Run ``python benchmarks/steady_state.py``. Brute force takes 500 doses, as many as NONMEM-like tools allow, and both
are compared in one run.
"""

from __future__ import annotations

import time

import numpy as np

import ldnsim as ldn

DOSES = 500


def main() -> dict[str, float]:
    """Print one line an account, and give the ratios of cost."""
    ldn.simulate("4.5 mg", step=1.0)
    found = {}
    for account in ("popular", "measured"):
        start = time.perf_counter()
        steady = ldn.simulate("4.5 mg at 22:00 daily for 1 day", start="steady-state", assumptions=account, step=24.0)
        middle = time.perf_counter()
        waited = ldn.simulate(f"4.5 mg at 22:00 daily for {DOSES + 1} days", assumptions=account, step=24.0)
        end = time.perf_counter()
        worst = 0.0
        for name in ("occupancy", "tone", "peptide_level", "receptor_density", "mediator_level", "precursor"):
            solved = steady.data[name].isel(time=0).values
            brute = waited.data[name].sel(time=DOSES * 24.0).values
            brute = brute[..., 0] if brute.ndim > solved.ndim else brute
            worst = max(worst, float((np.abs(solved - brute) / np.abs(brute).max()).max()))
        found[account] = (end - middle) / (middle - start)
        print(
            f"{account:9} {DOSES} doses cost {found[account]:5.1f} times the fixed point and a day "
            f"({end - middle:.1f} s, {middle - start:.2f} s); they differ by {worst:.1e}, "
            f"residual {steady.data.attrs['steady_state_residual']:.1e}"
        )
    return found


if __name__ == "__main__":
    main()
