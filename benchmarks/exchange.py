"""SBML of generated regimens in libRoadRunner and COPASI beside the reference engine, and in libSBML's checks.

``python benchmarks/exchange.py [--n 20] [--seed 1] [--only NAME]``; needs ``python-libsbml``, ``libroadrunner`` and
``copasi-basico`` (extra ``test``). Every state that moves by more than 1e-9 is held against the reference engine at a
tight tolerance, at every sample but those of the events themselves, as a share of its range. A state near 1 that moves
by 1e-8 is known to some 3e-7 of that at best, because numbers have 16 digits and every step rounds: the last column
says by how much the state moves that is furthest off, and where that is further than wanted, another method of the
reference engine says how well the reference knows it.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import ldnsim as ldn
from ldnsim.exchange import Exported, export

Array = NDArray[np.float64]

MODELS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "popular": lambda: {"assumptions": "popular"},
    "measured": lambda: {"assumptions": "measured"},
    "two_compartment": lambda: {"model": ldn.models.two_compartment(CL=3, V1=10, Q=2, V2=30, ka=0.9, F=0.8, lag=0.25)},
    "michaelis_menten": lambda: {"model": ldn.models.michaelis_menten(Vmax=8, Km=2, V=20, CL=0.3, ka=1.1)},
    "turnover": lambda: {
        "model": ldn.models.turnover(3, kin=5.0, kout=0.2, CL=2.0, V=20.0, Smax=3.0, SC50=1.5, h=1.7, ka=1.0)
    },
}
"""Both bundles and three models of the library."""

MOVES = 1e-9
ENOUGH = 1e-6
RELATIVE, ABSOLUTE = 1e-11, 1e-14
OTHERWISE: dict[str, Any] = {"method": "LSODA", "rtol": 1e-13}


def regimens(n: int, seed: int, *, routes: bool) -> list[ldn.Regimen]:
    """Regimens of all sorts, of at most two weeks.

    Parameters
    ----------
    n, seed : int
        How many, and which.
    routes : bool
        Whether they go by other ways than by mouth too.
    """
    rng = np.random.default_rng(seed)
    found = []
    for number in range(n):
        mg, hour = rng.choice([0.5, 1.5, 3.0, 4.5, 9.0, 50.0]), rng.integers(0, 24)
        days = int(rng.integers(2, 11))
        ways = ["", "liquid ", "sublingual ", "extended release ", "intravenous "] if routes else [""]
        way = ways[number % len(ways)]
        over = " over 90 min" if way == "intravenous " and number % 2 else ""
        text = f"{mg:g} mg {way}at {hour:02d}:{rng.integers(0, 60):02d}{over}"
        often = rng.choice([" daily", " every 8 hours", " every other day", " every 36 hours"])
        text += f"{often} for {days} days"
        if number % 4 == 1:
            text += f" then {2 * mg:g} mg {way}at {hour:02d}:00{over} daily for 3 days"
        plan = ldn.Regimen.parse(text)
        if number % 4 == 2:
            plan = plan.miss(0.2, seed=number)
        if number % 4 == 3:
            plan = plan.late(sd="40 min", seed=number)
        found.append(plan)
    return found


def reference(found: Exported) -> tuple[Array, dict[str, Array], dict[str, float]]:
    """Times without those of events, states there by their names in the file, and the range of each over all times."""
    trajectory, _, _ = found.study.trajectory(lambda *_: None, None)
    kept = (trajectory.side == 0) & (trajectory.time > 0)
    states = dict(zip(found.study.model.system.names, trajectory.states, strict=True))
    rows = found.table.query("kind == 'state'")
    named = dict(zip(rows["name"], rows["ldnsim"], strict=True))
    return (
        trajectory.time[kept],
        {name: states[own][kept] for name, own in named.items()},
        {name: float(np.ptp(states[own])) for name, own in named.items()},
    )


def in_roadrunner(text: str, times: Array, names: list[str]) -> dict[str, Array]:
    """States over times as libRoadRunner has them."""
    import roadrunner

    runner = roadrunner.RoadRunner(text)
    # steps that are shorter than need be round more often
    runner.integrator.absolute_tolerance = ABSOLUTE
    runner.integrator.relative_tolerance = RELATIVE
    runner.integrator.maximum_num_steps = 1_000_000
    known = {*runner.model.getFloatingSpeciesIds(), *runner.model.getGlobalParameterIds()}
    there = [name for name in names if name in known]
    runner.timeCourseSelections = there
    rows = np.array(runner.simulate(times=[0.0, *times.tolist()]))[1:]
    return dict(zip(there, rows.T, strict=True))


def in_copasi(text: str, times: Array, names: list[str]) -> dict[str, Array]:
    """The same in COPASI, whose amounts are concentrations times volumes."""
    import basico

    model = basico.load_model_from_string(text)
    tight = {"Relative Tolerance": RELATIVE, "Absolute Tolerance": ABSOLUTE, "Max Internal Steps": 10_000_000}
    basico.set_task_settings("Time-Course", {"method": tight}, model=model)
    frame = basico.run_time_course(values=[0.0, *times.tolist()], use_sbml_id=True, model=model)
    volumes = basico.get_compartments(model=model).initial_size
    sizes = {one.sbml_id: volumes[one.compartment] for one in basico.get_species(model=model).itertuples()}
    basico.remove_datamodel(model)
    rows = np.searchsorted(frame.index.to_numpy(), times - 1e-9)
    assert np.allclose(frame.index.to_numpy()[rows], times)
    return {name: frame[name].to_numpy()[rows] * sizes.get(name, 1.0) for name in names if name in frame}


TOOLS: Mapping[str, Callable[[str, Array, list[str]], dict[str, Array]]] = {
    "libRoadRunner": in_roadrunner,
    "COPASI": in_copasi,
}


def complaints(text: str) -> list[str]:
    """What libSBML finds, units included."""
    import libsbml

    document = libsbml.readSBMLFromString(text)
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, True)
    document.checkConsistency()
    return [document.getError(number).getMessage() for number in range(document.getNumErrors())]


class Distance(NamedTuple):
    """How far a state is off.

    Attributes
    ----------
    share : float
        As a share of its range.
    state : str
        Which one.
    range : float
        By how much it moves.
    """

    share: float
    state: str
    range: float


def distances(found: Exported, tools: Sequence[str] = tuple(TOOLS)) -> dict[str, list[Distance]]:
    """How far each state that moves is from the reference engine, by tool."""
    times, states, ranges = reference(found)
    moving = {name: width for name, width in ranges.items() if width > MOVES}
    seen = {name: TOOLS[name](found.text, times, list(states)) for name in tools}
    return {
        tool: [
            Distance(float(np.abs(rows[name] - states[name]).max() / width), name, width)
            for name, width in moving.items()
        ]
        for tool, rows in seen.items()
    }


def exported(plan: ldn.Regimen, settings: Mapping[str, Any], **further: Any) -> Exported:
    """The file of a regimen, beside a reference at a tight tolerance."""
    times = {"until": plan.horizon + 12, "step": 0.5}
    tight: dict[str, Any] = {"rtol": 1e-12, "engine": "reference", "method": "DOP853"}
    return export(plan, **{**tight, **times, **settings, **further})


def doubt(found: Exported, otherwise: Exported) -> dict[str, float]:
    """How far each state of the reference is from itself by another method."""
    (_, one, _), (_, other, _) = reference(found), reference(otherwise)
    return {name: float(np.abs(one[name] - other[name]).max()) for name in one}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=MODELS)
    asked = parser.parse_args()
    warnings.simplefilter("error", ldn.LdnsimWarning)
    print(f"{'model':<18}{'regimens':>9}{'states':>8}{'libSBML':>9}{'export s':>10}", end="")
    print("".join(f"{tool:>16}" for tool in TOOLS), " worst state")
    for name, settings in MODELS.items():
        if asked.only not in (None, name):
            continue
        plans = regimens(asked.n, asked.seed, routes=name in ("popular", "measured"))
        problems, seconds, states, above = 0, 0.0, set[str](), list[str]()
        worst: dict[str, list[tuple[Distance, str]]] = {tool: [] for tool in TOOLS}
        for number, plan in enumerate(plans):
            steady = {"start": "steady-state"} if number == 0 else {}
            begun = time.perf_counter()
            found = exported(plan, settings(), **steady)
            # where it begins in a steady state, that is solved first
            seconds = seconds if steady else max(seconds, time.perf_counter() - begun)
            problems += len(complaints(found.text))
            for tool, far in distances(found).items():
                states |= {one.state for one in far}
                beyond = [one for one in far if one.share > ENOUGH]
                known = doubt(found, exported(plan, settings(), **steady, **OTHERWISE)) if beyond else {}
                above += [f"{tool}, {x.state}: {x.share * x.range:.1e} ({known[x.state]:.1e})" for x in beyond]
                worst[tool].append((max(far), str(plan)))
        print(f"{name:<18}{len(plans):>9}{len(states):>8}{problems:>9}{seconds:>10.2f}", end="")
        print("".join(f"{max(worst[tool])[0].share:>16.1e}" for tool in TOOLS), end="")
        (_, state, width), plan_text = max(one for every in worst.values() for one in every)
        print(f"  {state}, which moves by {width:.1e}: {plan_text}")
        if above:
            how = f"by {OTHERWISE['method']} at {OTHERWISE['rtol']:g}"
            print(f"  further off than {ENOUGH:g} of range, and in brackets the reference from itself {how}:")
            print(f"  {'; '.join(above)}")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
