"""How far the engines for many people are from the reference engine, for populations of every width that is accepted.

Run ``python benchmarks/accuracy.py [--populations 100] [--seed 1] [--engine compiled]``. It draws accounts, regimens
and spreads up to a coefficient of variation of 5 on one to four parameters, and prints each output's worst error in
units of its own range in that person, beside the promise of 1e-5. It fails where the promise is broken. A population is
repeated by its number: ``--only 12``.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any, Literal

import numpy as np

import ldnsim as ldn
from ldnsim.engines.choice import USUAL_RTOL
from ldnsim.engines.leg import STIFF
from ldnsim.ledger.parameters import resolve
from ldnsim.models.naltrexone import VARIABLES
from ldnsim.study.account import Account
from ldnsim.study.study import Study

PROMISE, ROUNDING = 1e-5, 1e-9
EXACT = 1e-10
PEOPLE = 4
OUTPUTS = tuple(VARIABLES)
SPREAD = ("pk.cl", "pk.f", "pk.ka", "receptors.kd", "tlr4.ic50", "endorphin.g", "pk.vc", "receptors.k_deg")
AXES: dict[str, tuple[Any, ...]] = {
    "site": ("plasma", "pet"),
    "isomers": ("racemic", "levo", 0.3),
    "tlr4": ("clinical", "in-vitro", "opioid-mediated", "off"),
    "rebound": ("popular", "conservative", "off"),
    "exposure": ("label50", "ldn24", "deep96"),
}


def drawn(number: int, seed: int) -> tuple[ldn.Regimen, ldn.Assumptions, ldn.Population]:
    """A study by its number."""
    draw = np.random.default_rng([seed, number])
    assumptions = ldn.Assumptions(**{axis: choices[draw.integers(len(choices))] for axis, choices in AXES.items()})
    known = [name for name in SPREAD if name in resolve(assumptions)]
    chosen = draw.choice(known, draw.integers(1, 5), replace=False)
    spread = {str(name): ldn.LogNormal(cv=float(10 ** draw.uniform(-1, np.log10(5)))) for name in chosen}
    mg, days = 10 ** draw.uniform(-1.3, 1.7), int(draw.integers(2, 6))
    text = f"{mg:.3g} mg at {draw.integers(24):02d}:00 every {draw.choice([8, 12, 24, 36])} h for {days} days"
    if draw.random() < 0.3:
        text += f" then {10 ** draw.uniform(-1.3, 1.7):.3g} mg daily for 2 days"
    return ldn.Regimen.parse(text), assumptions, ldn.Population(PEOPLE, seed=number, variability=spread)


def gaps(number: int, seed: int, engine: Literal["compiled", "batch"]) -> dict[str, float]:
    """The largest error of each output, relative to its range in each person."""
    regimen, assumptions, people = drawn(number, seed)
    account = Account(assumptions, resolve(assumptions), "healthy", "microglia")
    plan = {"until": regimen.horizon, "step": 1.0, "at": [], "endotoxin": None, "outputs": OUTPUTS, "dtype": "float64"}
    found, exact = (
        Study(regimen, account, people, plan | {"engine": one, "rtol": rtol}).chunk(0)
        for one, rtol in ((engine, USUAL_RTOL[engine]), ("reference", EXACT))
    )
    done = found["status"] <= STIFF
    worst = {}
    for name in OUTPUTS:
        a, b = found[name][done], exact[name][done]
        spread, level = np.ptp(b, axis=-1, keepdims=True), np.abs(b).max(axis=-1, keepdims=True)
        worst[name] = float(np.max(np.abs(a - b) / np.where(spread > ROUNDING * level, spread, 1.0), initial=0.0))
    return worst


def main() -> int:
    """Print the worst of each output."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--populations", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", choices=("compiled", "batch"), default="compiled")
    parser.add_argument("--only", type=int)
    given = parser.parse_args()
    worst: dict[str, tuple[float, int]] = dict.fromkeys(OUTPUTS, (0.0, 0))
    for number in range(given.populations) if given.only is None else [given.only]:
        for name, gap in gaps(number, given.seed, given.engine).items():
            worst[name] = max(worst[name], (gap, number))
    for name, (gap, number) in sorted(worst.items(), key=lambda item: -item[1][0]):
        print(f"{gap:8.1e} of range, population {number:4d}  {name}")
    most = max(gap for gap, _ in worst.values())
    print(f"{given.engine} engine: {most:.1e} at worst; the promise is {PROMISE:g}")
    return int(most > PROMISE)


if __name__ == "__main__":
    sys.exit(main())
