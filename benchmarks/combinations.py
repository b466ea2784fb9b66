"""Every combination of model, input, people, start and engine: which run, and whether engines agree.

``python benchmarks/combinations.py`` prints a line for each of 36 cases with its three engines, and how many of the 108
combinations run. It fails where two engines differ by more than 1e-5 of the range of a curve; ``--all`` fails where one
does not run too.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

import ldnsim as ldn
from ldnsim import models
from ldnsim.endorphin import Clock

ENGINES = ("reference", "batch", "compiled")
OF_RANGE = 1e-5


class Pool(NamedTuple):
    """What an own model collects.

    Attributes
    ----------
    drug : float
        Amount [mg].
    lost : float
        Amount that has left [mg].
    """

    drug: float
    lost: float


class PoolState(NamedTuple):
    """State of an own model."""

    pool: Pool


class PoolLevel(NamedTuple):
    """What is seen of an own model.

    Attributes
    ----------
    level : float
        Concentration [mg/L].
    """

    level: float


class PoolParameters(NamedTuple):
    """Parameters of an own model.

    Attributes
    ----------
    vmax : float
        Highest rate of loss [mg/h].
    km : float
        Level of half of it [mg/L].
    v : float
        Volume [L].
    """

    vmax: float
    km: float
    v: float


def pool_rates(state: PoolState, p: PoolParameters, _clock: Clock) -> PoolState:
    """Saturable loss."""
    out = p.vmax * state.pool.drug / (p.km * p.v + state.pool.drug)
    return PoolState(Pool(-out, out))


def pool_level(state: PoolState, p: PoolParameters, _clock: Clock) -> PoolLevel:
    """The level."""
    return PoolLevel(state.pool.drug / p.v)


def own() -> models.Model:
    """A model that a user writes."""
    return models.Model(
        "saturable", models.System(PoolState, pool_rates, pool_level), lambda _: PoolParameters(2.0, 0.5, 20.0),
        (0.0, 0.0), (models.Compartment("drug", (0,), (models.Inlet(0, 1.0, 0.0),)),), "drug", "drug",
        {"drug": "C_level"},
    )  # fmt: skip


def general() -> models.Model:
    """A model of the library."""
    return models.two_compartment(CL=3.0, V1=10.0, Q=2.0, V2=30.0, ka=0.9)


MODELS: Mapping[str, Callable[[], models.Model] | None] = {"naltrexone": None, "general": general, "own": own}
VARIED = {"naltrexone": "pk.cl", "general": "CL", "own": "vmax"}
WHO = ("one", "population", "individuals")


def table(*, steady: bool) -> ldn.EventTable:
    """Four doses a day apart, the first after infinitely many where wanted, read every other hour."""
    hours = [float(hour) for hour in range(0, 97, 2)]
    rows = {"ID": 1, "TIME": 0.0, "EVID": 1, "AMT": 4.5, "II": 24.0, "ADDL": 3, "SS": int(steady)}
    seen = {"ID": 1, "EVID": 0, "AMT": 0.0, "II": 0.0, "ADDL": 0, "SS": 0}
    every = [rows, *({**seen, "TIME": hour} for hour in hours)]
    return ldn.EventTable.of({name: [row[name] for row in every] for name in rows})


def people(who: str, model: str) -> dict[str, Any]:
    """Who takes it."""
    if who == "one":
        return {}
    if who == "population":
        return {"population": ldn.Population(3, seed=1, variability={VARIED[model]: ldn.LogNormal(cv=0.3)})}
    return {"population": ldn.Individuals.of({"ID": [1, 2, 3], VARIED[model]: [90.0, 120.0, 150.0]})}


def curves(model: str, given: str, who: str, start: str, engine: Any) -> dict[str, Any]:
    """Curves of a combination."""
    made = MODELS[model]
    simulate: Any = ldn.simulate
    settings: dict[str, Any] = {"engine": engine, **people(who, model), **({} if made is None else {"model": made()})}
    if given == "table":
        run: Any = simulate(table(steady=start == "steady-state"), **settings)
        frame = run.rows()
        return {name: frame[name].to_numpy(dtype=float) for name in frame if name.startswith(("A_", "C_", "IPRED"))}
    text = "4.5 mg at 22:00 daily for 4 days"
    run = simulate(text, start=start, step=2.0, **({"progress": False} if who != "one" else {}), **settings)
    return {str(name): values.values for name, values in run.data.data_vars.items()}


def apart(first: Mapping[str, Any], second: Mapping[str, Any]) -> float:
    """The largest difference, relative to the range of a curve."""
    worst = 0.0
    for name, values in second.items():
        spread = np.ptp(values, axis=-1, keepdims=True)
        gap = np.abs(first[name] - values) / np.where(spread > 1e-9 * np.abs(values).max(initial=0.0), spread, np.inf)
        worst = max(worst, float(gap.max(initial=0.0)))
    return worst


def main() -> int:
    """Print every combination."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="fail where a combination does not run")
    given = parser.parse_args()
    warnings.simplefilter("ignore", ldn.LdnsimWarning)
    running, wrong = 0, 0
    for model, kind, who, start in itertools.product(MODELS, ("regimen", "table"), WHO, ("untreated", "steady-state")):
        found, why = {}, ""
        for engine in ENGINES:
            try:
                found[engine] = curves(model, kind, who, start, engine)
            except ldn.LdnsimError as error:
                why = str(error)
        running += len(found)
        gaps = [apart(found[a], found[b]) for a, b in itertools.combinations(found, 2)]
        wrong += sum(gap > OF_RANGE for gap in gaps)
        said = f"engines agree to {max(gaps):.1e} of range" if gaps else why[:70]
        print(f"{model:11} {kind:8} {who:12} {start:13} {len(found)} of 3  {said}", flush=True)
    print(f"{running} of 108 combinations run; {wrong} pairs of engines differ by more than {OF_RANGE:g} of range")
    return 1 if wrong or (given.all and running < 108) else 0


if __name__ == "__main__":
    sys.exit(main())
