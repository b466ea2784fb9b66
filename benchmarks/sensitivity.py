"""What matters most, at full size: shares of variance of 20 parameters, and how far derivatives are from exact ones.

``python benchmarks/sensitivity.py`` (two minutes) runs the design of Saltelli over 20 parameters with 2**12 blocks,
90,112 rows of 28 days on the compiled engine and one core, in processor time, with intervals and the indices of
growing parts of the design. Then it sets `Ensemble.jacobian` beside a complex step through the same equations, which
has no error of its own to speak of, for naltrexone under both accounts and for some models of the library. ``--n``
says how many blocks the design has.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path

import ldnsim as ldn

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.complex_step import CASES, apart  # the same cases as in the tests, and more of them

TEXT = "4.5 mg at 22:00 daily for 28 days"
WANTED = ["ntx Cmax", "hours with mu at least half held"]
MOVED = (
    *("pk.ka", "pk.f", "pk.cl", "pk.vc", "pk.q", "pk.vp", "pk.fm", "pk.clm", "pk.vcm", "pk.vpm"),
    *("receptors.fu", "receptors.kd", "receptors.koff", "receptors.xe0", "receptors.kdeg", "receptors.u50"),
    *("endorphin.kp", "endorphin.g", "endorphin.kout_bend", "tlr4.ic50"),
)


def shares(n: int) -> None:
    """Print indices, what they took, and how they settle."""
    typical = ldn.resolve("popular")
    over = {name: (0.8 * typical[name].value, 1.2 * typical[name].value) for name in MOVED}
    over["receptors.fu"] = (0.7, 0.9)
    # the kernel is compiled once on a machine
    ldn.sobol(TEXT, WANTED, over, n=16, engine="compiled", threads=1)
    begun = time.process_time()
    found = ldn.sobol(TEXT, WANTED, over, n=n, engine="compiled", threads=1)
    took = time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = f"{len(over)} parameters, n {n:,}, {len(found.runs):,} rows"
    print(f"Sobol, {size}, one core: {took:.1f} s, peak {peak:.0f} MB")
    print(found)
    every = found.convergence
    for output, part in every.groupby("output", sort=False):
        strongest = found.table[found.table["output"] == output]["parameter"].head(3)
        print(part[part["parameter"].isin(strongest)].pivot(index="n", columns="parameter", values="ST").round(3))


def main() -> None:
    """Print what it costs and how right it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=4096)
    shares(parser.parse_args().n)
    print("Jacobian against complex step: largest error relative to the derivative where the elasticity is above 1e-3,")
    print("and largest error of an elasticity:")
    for name, case in CASES.items():
        relative, absolute = apart(case)
        print(f"{name:>32}: {relative:.1e}, {absolute:.1e}")


if __name__ == "__main__":
    main()
