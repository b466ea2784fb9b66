"""Models that are written as programs, what these hold, and a small solver for their doses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from ldnsim import Assumptions, models
from ldnsim.exchange import export

from ..models.test_library import EVERY
from .test_programs import OWN

Array = NDArray[np.float64]
Rates = Callable[[float, Array], list[float]]

CASES: dict[str, dict[str, Any]] = {
    **{f"library, {name}": {"model": make(**values)} for name, (make, values) in EVERY.items()},
    "library, oral": {"model": models.two_compartment(CL=3, V1=10, Q=2, V2=30, ka=0.9)},
    "library, steep": {
        "model": models.turnover(kind=4, kin=2, kout=1, CL=2, V=20, Smax=3, SC50=1, h=2.5, ka=0.7, F=0.8, lag=0.5)
    },
    "naltrexone, popular": {},
    "naltrexone, measured": {"assumptions": "measured"},
    "naltrexone, a mixture": {
        "assumptions": Assumptions(site="pet", isomers=0.3, tlr4="opioid-mediated", exposure="deep96"),
        "condition": "fibromyalgia",
    },
    "nalmefene, popular": {"model": models.nalmefene("popular")},
    "nalmefene, measured": {"model": models.nalmefene("measured")},
    "own, with conditions": {"model": OWN},
}
"""What `export` is asked for, by name."""


def doses_of(case: str) -> str:
    """A regimen that the model of a case can be given."""
    return "20 mg" if case.startswith("own") else "2 mg at 21:00 daily for 2 days"


def exported(case: str, format: str, text: str = "", **settings: Any) -> Any:
    """What is written of a case."""
    if case.startswith("own"):
        from dataclasses import replace

        settings["model"] = replace(OWN, amt_unit="mg")
    usual = {"step": 4, "until": 48}
    return export(text or doses_of(case), format=format, **{**usual, **CASES[case], **settings})


def states_of(case: str, size: int, count: int) -> Array:
    """Some states, of every size and often 0."""
    rng = np.random.default_rng(len(case))
    return 10 ** rng.uniform(-4, 3, (count, size)) * (rng.uniform(size=(count, size)) > 0.2)


def calls_of(text: str, function: str) -> list[dict[str, Any]]:
    """The doses that a text gives by calls of a function in R."""
    found = []
    for inside in re.findall(re.escape(function) + r"\((time[^()]*)\)", text):
        pairs = (part.split(" = ") for part in inside.split(", "))
        found.append({name: value.strip('"') if value.startswith('"') else float(value) for name, value in pairs})
    return found


def solved(
    rates: Rates,
    states: list[str],
    initial: Array,
    doses: list[dict[str, Any]],
    of_doses: Mapping[tuple[str, str], float],
    times: Array,
) -> Array:
    """States at some times, as tools that take such events have them: F, lag, R and D of the state that is dosed."""
    jumps: list[tuple[float, int, float]] = []
    infused: list[tuple[float, float, int, float]] = []
    for one in doses:
        state, cmt = states.index(one["cmt"]), one["cmt"]
        f, lag = of_doses.get(("F", cmt), 1.0), of_doses.get(("lag", cmt), 0.0)
        interval, rate = one.get("ii", 0.0), one.get("rate", 0.0)
        rate = {-1.0: of_doses.get(("R", cmt)), -2.0: None}.get(rate, rate)
        hours = of_doses[("D", cmt)] if rate is None else f * one["amt"] / rate if rate else 0.0
        first = -60 if one.get("ss") else 0
        for number in range(first, int(one.get("addl", 0)) + 1):
            start = one["time"] + lag + number * interval
            if hours:
                infused.append((start, start + hours, state, f * one["amt"] / hours))
            else:
                jumps.append((start, state, f * one["amt"]))
    begin = min([0.0, *(start for start, *_ in jumps), *(start for start, *_ in infused)])
    cuts = sorted({begin, times[-1], *times, *(t for t, *_ in jumps), *(t for one in infused for t in one[:2])})
    cuts = [cut for cut in cuts if cut <= times[-1]]
    now, found = initial.copy(), {}
    for start, stop in zip(cuts, [*cuts[1:], cuts[-1]], strict=True):
        for time, state, amount in jumps:
            if time == start:
                now[state] += amount
        if start in times:
            found[start] = now.copy()
        entering = np.zeros(len(now))
        for first_, last, state, amount in infused:
            entering[state] += amount * (first_ <= start < last)
        if stop > start:
            run = solve_ivp(
                lambda t, y, e=entering: np.array(rates(t, y)) + e, (start, stop), now, "LSODA", rtol=1e-8, atol=1e-10
            )
            now = run.y[:, -1]
    return np.array([found[time] for time in times])
