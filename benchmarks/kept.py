"""Results of 50 scenarios, kept so that a change of the code can be held against what the code gave before.

``python benchmarks/kept.py --keep FILE`` writes what the installed ldnsim gives; ``python benchmarks/kept.py`` compares
it with ``benchmarks/kept.json``, and fails where a number has moved by more than 1e-9 of the largest of its column.
What is meant to have moved is listed, with its reason, in ``MOVED``. An earlier base was made before everything was
put on one road; this one is from after the kinetics were fitted to people, which moved all of naltrexone.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

import ldnsim as ldn
from ldnsim import models
from ldnsim.endorphin import Clock

KEPT = Path(__file__).with_name("kept.json")
TOLERANCE = 1e-9
AT_MOST = 5
"""Rows of a long result that are kept, evenly spread."""

Numbers = dict[str, list[float | None]]

_RESIDUAL = "steady_state_residual"
_NEAR = "the first periods of a steady state are rough: it changes by less than 1e-9 of its size a period, as before"
_SMALL = f"{_NEAR}; what is left of a difference, or of a dose in the gut, is small beside what moved"
MOVED: Mapping[str, tuple[float, str]] = {
    "steady state": (1e-7, _NEAR),
    "steady state, measured, twice a day": (1e-5, _SMALL),
    "one, compiled, steady state": (1e-5, _SMALL),
    "table, naltrexone, steady state": (1e-7, _NEAR),
    "population, measured": (0.25, "of a blockade of 24 h and more the end outside the day is no longer told"),
}
"""Scenarios that are allowed to have moved: by how much of the range, and why."""


class Store(NamedTuple):
    """What an own model collects.

    Attributes
    ----------
    pool : float
        Amount in the pool [nmol].
    lost : float
        Amount that has left [nmol].
    """

    pool: float
    lost: float


class OwnState(NamedTuple):
    """State of an own model."""

    store: Store


class OwnLevels(NamedTuple):
    """Levels of an own model.

    Attributes
    ----------
    level : float
        Concentration [nM].
    """

    level: float


class OwnParameters(NamedTuple):
    """Parameters of an own model.

    Attributes
    ----------
    vmax : float
        Highest rate [nmol/h].
    km : float
        Level of half the rate [nM].
    v : float
        Volume [L].
    """

    vmax: float
    km: float
    v: float


def own_rates(state: OwnState, p: OwnParameters, clock: Clock) -> OwnState:
    """Saturable loss, quicker by day."""
    level = state.store.pool / p.v
    out = p.vmax * level / (p.km + level) * (1 + 0.2 * clock.rhythm)
    return OwnState(Store(-out, out))


def own_levels(state: OwnState, p: OwnParameters, _clock: Clock) -> OwnLevels:
    """The level."""
    return OwnLevels(state.store.pool / p.v)


def own_model() -> models.Model:
    """A model that a user would write."""
    return models.Model(
        "saturable", models.System(OwnState, own_rates, own_levels), lambda _: OwnParameters(30.0, 40.0, 20.0),
        (0.0, 0.0), (models.Compartment("pool", (0,), (models.Inlet(0, 1.0, 0.0),)),), "pool", "pool",
        {"pool": "C_level"}, models.Daily(22.0, 6.0),
    )  # fmt: skip


def table(**columns: Any) -> ldn.EventTable:
    """A table from columns, single values repeated."""
    covariates = columns.pop("rules", {})
    further = {name: columns.pop(name) for name in ("pending", "superpose", "predict", "dialect") if name in columns}
    longest = max(len(cells) for cells in columns.values() if isinstance(cells, list))
    frame = {name: cells if isinstance(cells, list) else [cells] * longest for name, cells in columns.items()}
    return ldn.EventTable.of(frame, covariates=covariates, **further)


def one(text: str | ldn.Regimen, **settings: Any) -> Callable[[], Any]:
    """One person."""
    return lambda: ldn.simulate(text, **{"step": 1.0, **settings})


def many(text: str, population: ldn.Population, **settings: Any) -> Callable[[], Any]:
    """A population."""
    return lambda: ldn.simulate(text, population=population, **{"step": 2.0, **settings})


def rows(given: Callable[[], ldn.EventTable], model: Callable[[], models.Model] | None = None) -> Callable[[], Any]:
    """A table, in a model."""
    return lambda: ldn.simulate(given(), model=None if model is None else model())


def compared(text: str) -> Callable[[], Any]:
    """Two accounts side by side."""
    return lambda: ldn.compare(text, assumptions=["popular", "measured"], step=2.0)


HOURS = [float(hour) for hour in range(0, 60, 6)]
SPREAD: dict[str, Any] = {
    "pk.cl": ldn.LogNormal(cv=0.3),
    "pk.f": ldn.LogitNormal(sd=0.3),
    "receptors.kd": ldn.LogNormal(cv=0.5),
}
PEOPLE = ldn.Population(12, seed=3, variability=SPREAD)
NIGHTS = "4.5 mg at 22:00 daily for 4 days"


def titrated(moment: Any) -> float | None:
    """Half a dose where most receptors are still held."""
    return 0.5 * moment.mg if moment["occupancy_mor"] > 0.1 else None


def doses(**columns: Any) -> Callable[[], ldn.EventTable]:
    """Dose rows as said, then observations every six hours."""

    def made() -> ldn.EventTable:
        given = {name: cells if isinstance(cells, list) else [cells] for name, cells in columns.items()}
        further = {
            name: given.pop(name)[0]
            for name in ("pending", "superpose", "rules", "predict", "dialect")
            if name in given
        }
        count = max(map(len, given.values()))
        frame = pd.DataFrame({name: cells * (count // len(cells)) for name, cells in given.items()})
        seen = pd.DataFrame({"TIME": HOURS, "EVID": 0})
        every = pd.concat([frame, seen]).sort_values("TIME", kind="stable")
        every["ID"] = 1
        every["EVID"] = every["EVID"].fillna(1)
        for name in every.columns:
            if name in ("WT", "CLI", "SMOK"):
                every[name] = every[name].ffill().bfill()
        filled = every.astype(object).where(every.notna(), "")
        return table(**{name: list(filled[name]) for name in filled.columns}, **further)

    return made


def many_subjects() -> ldn.EventTable:
    """Ten subjects with clearances and volumes of their own, and sample times of their own."""
    draw = np.random.default_rng(5)
    frame: dict[str, list[Any]] = {name: [] for name in ("ID", "TIME", "EVID", "AMT", "II", "ADDL", "CLI", "VI")}
    for subject in range(1, 11):
        cl, v = float(draw.uniform(1, 4)), float(draw.uniform(10, 40))
        times = sorted(float(time) for time in draw.uniform(0, 100, 6))
        for time, evid, amount in [(0.0, 1, 100.0), *((time, 0, 0.0) for time in times)]:
            more = (12, 6) if evid else (0, 0)
            for name, cell in zip(frame, (subject, time, evid, amount, *more, cl, v), strict=True):
                frame[name].append(cell)
    return table(**frame, rules=["CLI", "VI"])


def oral_one() -> models.Model:
    """One compartment with absorption, lag and bioavailability."""
    return models.one_compartment(CL=2.0, V=20.0, ka=1.1, F={"depot": 0.8}, lag={"depot": 0.4})


def oral_two() -> models.Model:
    """Two compartments with absorption."""
    return models.two_compartment(CL=3.0, V1=10.0, Q=2.0, V2=30.0, ka=0.9)


def by_covariate() -> models.Model:
    """One compartment whose clearance is a column."""
    return models.one_compartment(CL=lambda c: c["CLI"], V=20.0)


def by_two() -> models.Model:
    """One compartment with absorption, whose clearance and volume are columns."""
    return models.one_compartment(CL=lambda c: c["CLI"], V=lambda c: c["VI"], ka=1.0)


SCENARIOS: dict[str, Callable[[], Any]] = {
    "one dose, popular": one("4.5 mg at 22:00"),
    "one dose, measured": one("4.5 mg at 22:00", assumptions="measured"),
    "nights, popular": one(NIGHTS),
    "nights, measured": one(NIGHTS, assumptions="measured"),
    "titration": one("1.5 mg at 22:00 daily for 3 days then 3 mg daily for 3 days then 4.5 mg daily for 3 days"),
    "steady state": one("4.5 mg at 22:00 daily for 2 days", start="steady-state"),
    "steady state, measured, twice a day": one(
        "3 mg every 12 h for 2 days", start="steady-state", assumptions="measured"
    ),
    "fifty milligrams": one("50 mg at 9:00"),
    "intravenous infusion": one(ldn.Regimen(1.0, route="intravenous", over="30 min")),
    "sublingual": one(ldn.Regimen(3.0, route="sublingual")),
    "depot": one(ldn.Regimen(380.0, route="intramuscular"), until="14 days", step=6.0),
    "weekly pattern": one(ldn.Regimen.weekdays(4.5, "mon wed fri", weeks=2), step=4.0),
    "missed and late": one(ldn.Regimen.parse(NIGHTS).miss(doses=2).late("3 h", doses=3)),
    "endotoxin": one(NIGHTS, endotoxin=ldn.Endotoxin(30.0, 40.0)),
    "decided": one(NIGHTS, decide=titrated),
    "covariates": one(NIGHTS, covariates={"weight": 55, "liver": "compensated"}),
    "fibromyalgia": one(NIGHTS, condition="fibromyalgia"),
    "multiple sclerosis, macrophages": one(NIGHTS, condition="multiple-sclerosis", cell="macrophage"),
    "changed parameters": one(NIGHTS, parameters={"pk.cl": "90 L/h", "receptors.kd": 0.5}),
    "other axes": one(NIGHTS, assumptions=ldn.Assumptions(isomers="levo", tlr4="in-vitro", rebound="conservative")),
    "one, batch": one(NIGHTS, engine="batch"),
    "one, compiled": one(NIGHTS, engine="compiled"),
    "one, compiled, steady state": one(NIGHTS, engine="compiled", start="steady-state"),
    "one, stiff method": one("4.5 mg at 22:00", method="BDF"),
    "population, compiled": many(NIGHTS, PEOPLE, engine="compiled"),
    "population, batch": many(NIGHTS, PEOPLE, engine="batch"),
    "population, reference": many("4.5 mg at 22:00", ldn.Population(3, seed=3, variability=SPREAD), engine="reference"),
    "population, measured": many(NIGHTS, ldn.Population(12, seed=4), engine="compiled", assumptions="measured"),
    "population, adherence": many(
        NIGHTS, ldn.Population(12, seed=5, adherence=ldn.Adherence(miss=0.3, late_sd="45 min")), engine="compiled"
    ),
    "population, occasions": many(
        NIGHTS, ldn.Population(12, seed=6, occasions={"pk.ka": ldn.LogNormal(cv=0.4)}), engine="compiled"
    ),
    "population, uncertainty": many(
        NIGHTS, ldn.Population(6, seed=7, replicates=2, uncertainty="ledger"), engine="compiled"
    ),
    "population, residual": many(
        NIGHTS, ldn.Population(6, seed=8, residual={"plasma": ldn.Normal(cv=0.1)}), engine="compiled"
    ),
    "population, quantiles": many(NIGHTS, PEOPLE, engine="compiled", quantiles=[0.1, 0.5, 0.9]),
    "population, endotoxin": many(NIGHTS, PEOPLE, engine="compiled", endotoxin=ldn.Endotoxin(30.0, 40.0)),
    "table, naltrexone": rows(doses(TIME=0, AMT=4.5, II=24, ADDL=1)),
    "table, naltrexone, covariates": rows(doses(TIME=0, AMT=4.5, II=24, ADDL=1, WT=[55.0], SMOK="yes")),
    "table, naltrexone, steady state": rows(doses(TIME=0, AMT=4.5, II=24, SS=1)),
    "table, oral, lag": rows(doses(TIME=[0, 20], AMT=100, II=[8, 0], ADDL=[1, 0]), oral_one),
    "table, infusion": rows(doses(TIME=[0, 20], AMT=100, RATE=[10, 40], CMT="central"), oral_two),
    "table, steady state of infusions": rows(doses(TIME=0, AMT=100, RATE=10, II=12, SS=1, CMT="central"), oral_two),
    "table, steady state added": rows(doses(TIME=[0, 13], AMT=100, II=[12, 24], SS=[1, 2]), oral_one),
    "table, steady rate": rows(doses(TIME=0, AMT=0, RATE=5, SS=1, CMT="central"), oral_two),
    "table, modelled duration": rows(
        doses(TIME=0, AMT=100, RATE=-2), lambda: models.one_compartment(CL=2.0, V=20.0, D=3.0)
    ),
    "table, reset and replace": rows(
        doses(
            TIME=[0, 10, 20, 30, 40], EVID=[1, 3, 1, 5, 6], AMT=[100, 0, 50, 70, 0.5],
            CMT=["depot", "", "depot", "central", "central"], dialect="rxode2",
        ),
        oral_one,
    ),
    "table, off and on": rows(
        doses(TIME=[0, 10, 20], EVID=[1, 2, 1], AMT=[100, 0, 50], CMT=["central", "-central", "central"]), oral_one
    ),
    "table, covariate over time": rows(
        doses(TIME=[0, 15, 33], AMT=100, CLI=[2.0, 3.0, 1.0], rules={"CLI": "locf"}), by_covariate
    ),
    "table, covariate between rows": rows(
        doses(TIME=[0, 15, 33], AMT=100, CLI=[2.0, 3.0, 1.0], rules={"CLI": "linear"}), by_covariate
    ),
    "table, ten subjects": rows(many_subjects, by_two),
    "table, own model": rows(doses(TIME=[0, 24], AMT=[900, 500], RATE=[0, 100]), own_model),
    "compare": compared(NIGHTS),
}  # fmt: skip


def numbers(result: Any) -> Numbers:
    """What is kept of a result: columns at rows spread evenly, and the lines of its summary."""
    found: Numbers = {}
    if isinstance(result, ldn.Comparison):
        for name, run in result.runs.items():
            found |= {f"{name}: {column}": cells for column, cells in numbers(run).items()}
        return found
    frames = {"": result.rows() if isinstance(result, ldn.TableRun) else result.to_frame()}
    if "quantile" not in getattr(result, "data", {}):
        summary = result.summary()
        frames["summary "] = summary.reset_index() if isinstance(summary, pd.DataFrame) else summary.to_frame()
    for kind, frame in frames.items():
        shown = np.unique(np.linspace(0, len(frame) - 1, AT_MOST).round().astype(int))
        for name in frame.columns:
            cells = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=float)
            if kind or np.isfinite(cells).any():
                kept = cells if kind else cells[shown]
                found[kind + str(name)] = [float(f"{cell:.11g}") if np.isfinite(cell) else None for cell in kept]
    return found


def moved(before: Numbers, now: Numbers) -> tuple[float, str]:
    """The largest difference, as a share of the range of its column in what was kept, and where."""
    worst = (0.0, "")
    for name in {**before, **now}:
        if name not in before or name not in now or len(before[name]) != len(now[name]):
            return np.inf, f"{name}: {'new' if name not in before else 'gone' if name not in now else 'other length'}"
        a, b = (np.array([np.nan if cell is None else cell for cell in cells]) for cells in (before[name], now[name]))
        if (np.isnan(a) != np.isnan(b)).any():
            return np.inf, f"{name}: missing elsewhere"
        if len(a) and np.isfinite(a).any():
            # a residual is rounding, or its bound, and counts against the levels that it is relative to, which is 1
            size = 1.0 if name.endswith(_RESIDUAL) else max(float(np.nanmax(np.abs(a))), 1e-12)
            worst = max(worst, (float(np.nanmax(np.abs(a - b))) / size, name))
    return worst


def main() -> int:
    """Keep, or compare with what was kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, help="write to this file instead of comparing")
    parser.add_argument("--only", help="scenarios whose name holds this text")
    given = parser.parse_args()
    warnings.simplefilter("ignore", ldn.LdnsimWarning)
    chosen = {name: run for name, run in SCENARIOS.items() if (given.only or "") in name}
    if given.keep is not None:
        made = {name: numbers(run()) for name, run in chosen.items()}
        lines = (f"{json.dumps(name)}:{json.dumps(one, separators=(',', ':'))}" for name, one in made.items())
        given.keep.write_text("{" + ",\n".join(lines) + "}\n")
        print(f"{len(made)} scenarios, {sum(len(c) for one in made.values() for c in one.values()):,} numbers")
        return 0
    kept = json.loads(KEPT.read_text())
    failed = 0
    for name, run in chosen.items():
        share, where = moved(kept[name], numbers(run()))
        limit, why = MOVED.get(name, (TOLERANCE, ""))
        failed += share > limit
        said = "" if share <= TOLERANCE else f"  {'allowed: ' + why if share <= limit else 'MOVED'} ({where})"
        print(f"{share:8.1e}  {name}{said}", flush=True)
    print(f"{len(chosen) - failed} of {len(chosen)} within {TOLERANCE:g}, or moved for a reason that is listed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
