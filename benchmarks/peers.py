"""Our population engine beside other simulators: the same people, equations, doses and samples, the same accuracy.

Run ``python benchmarks/peers.py`` (some minutes), or with ``--quick``; ``--only NAME`` names a simulator. Those that
are not installed are named and left out. Each simulator runs with the loosest tolerance whose measured error, of every
state and output at every sample of the checked people, is at most 1e-5 of its range. Then it takes turns with ours in
one run, because clocks of shared machines are noisy, on one core each and on two; ratios come first. Processes are
bound to cores, which needs Linux.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import math
import multiprocessing
import os
import resource
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Protocol

import numpy as np
import peer_scipy
from machine import floor_ms, peak_rate
from peer_ldnsim import Ldnsim, leg_of
from workload import Array, Workload, workload

from ldnsim.engines.reference import ReferenceEngine
from ldnsim.models.system import NALTREXONE

PEERS = {
    "libRoadRunner": ("peer_roadrunner", ("roadrunner", "antimony")),
    "diffrax": ("peer_diffrax", ("diffrax", "jax")),
    "scikit-sundae": ("peer_sundae", ("sksundae",)),
    "SciPy": ("peer_scipy", ("scipy",)),
}
"""Where a simulator is driven from, and what it needs."""

OURS = "ldnsim"
WANTED = 1e-5
TOLERANCES = tuple(digit * 10.0**-power for power in range(4, 12) for digit in (1.0, 0.7, 0.5, 0.4, 0.3, 0.2, 0.15))
CHECKED = 16
FEWEST_PEOPLE = 200
FEWEST, SECONDS, ROUNDS = 20, 1.5, 3
"""People timed at least, time of one turn [s], and turns."""

STAGES = 6
"""Evaluations of the rates in a step of our engine."""


class Simulator(Protocol):
    """What every simulator offers."""

    def prepare(self, rtol: float) -> None:
        """Set the tolerance."""

    def run(self, people: Sequence[int]) -> Any:
        """Run people; this is what is timed."""

    def states(self, found: Any) -> Array:
        """States at the samples, shape (n_people, n_integrated, n_samples)."""


def _serve(pipe: Connection, cores: Sequence[int], name: str, variant: str, asked: tuple[int, int, bool]) -> None:
    """A process that holds one simulator on some cores, and answers until it is told to stop."""
    os.sched_setaffinity(0, cores)
    begun = time.perf_counter()
    work = workload(*asked)
    made: Simulator
    made = Ldnsim(work, len(cores)) if name == OURS else importlib.import_module(PEERS[name][0]).VARIANTS[variant](work)
    made.prepare(1e-3)
    made.run(range(1))
    pipe.send(time.perf_counter() - begun)
    while True:
        order, *rest = pipe.recv()
        try:
            if order == "stop":
                return
            if order == "prepare":
                pipe.send(made.prepare(*rest))
            elif order == "states":
                pipe.send(made.states(made.run(range(*rest)))[: rest[1] - rest[0]])
            elif order == "fetch":
                # virtual machines are slow to give memory that stood idle: it is fetched before the clock starts
                pipe.send(float(np.ones((2, rest[1] - rest[0], len(work.active), len(work.samples)))[0, 0, 0, 0]))
            elif order == "time":
                begun = time.perf_counter()
                found = made.run(range(*rest))
                pipe.send(time.perf_counter() - begun)
                del found
            elif order == "steps":
                pipe.send(float(made.run(range(*rest)).steps.mean()))
            elif order == "block":
                pipe.send(getattr(made, "block", 1))
            elif order == "memory":
                made.run(range(*rest))
                pipe.send(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        except Exception as error:  # of whatever kind a simulator raises: told to the other side as text
            pipe.send(RuntimeError(f"{type(error).__name__}: {error}"))


class Held:
    """A simulator in processes of its own: one that uses all its cores, or one a core."""

    def __init__(self, name: str, variant: str, cores: Sequence[int], asked: tuple[int, int, bool]) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipes: list[Connection] = []
        self.processes = []
        # ours shares out people itself; the others get a process for each core
        for mine in [list(cores)] if name == OURS else [[core] for core in cores]:
            here, there = context.Pipe()
            process = context.Process(target=_serve, args=(there, mine, name, variant, asked), daemon=True)
            process.start()
            there.close()  # so that the end of a process is noticed
            self.pipes.append(here)
            self.processes.append(process)
        self.setup = max(self._answers())

    def __enter__(self) -> Held:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pipe, process in zip(self.pipes, self.processes, strict=True):
            pipe.send(("stop",))
            process.join()

    def _answers(self) -> list[Any]:
        found = [pipe.recv() for pipe in self.pipes]
        for one in found:
            if isinstance(one, Exception):
                raise one
        return found

    def ask(self, *order: Any) -> list[Any]:
        """Tell all processes the same."""
        for pipe in self.pipes:
            pipe.send(order)
        return self._answers()

    def seconds(self, people: int) -> float:
        """Time that so many people take, shared out [s]."""
        cuts = np.linspace(0, people, len(self.pipes) + 1).astype(int).tolist()
        found: list[float] = []
        for order in ("fetch", "time"):
            for pipe, (first, last) in zip(self.pipes, pairwise(cuts), strict=True):
                pipe.send((order, first, last))
            # they start together; the last one to finish counts
            found = self._answers()
        return max(found)


@dataclass
class Measured:
    """What was found of one variant of a simulator.

    Attributes
    ----------
    name, variant : str
        What it is.
    rtol, error : float
        Chosen tolerance, and the error measured with it.
    setup : float
        Time to compile and warm up [s].
    people : int
        How many were timed.
    ms : dict of int to float
        Time a person by number of cores [ms].
    ratio : dict of int to float
        The same relative to ours on as many cores.
    memory : float
        Most memory of one process with that many people [MB].
    """

    name: str
    variant: str
    rtol: float
    error: float
    setup: float
    people: int = 0
    ms: dict[int, float] = field(default_factory=dict)
    ratio: dict[int, float] = field(default_factory=dict)
    memory: float = 0.0


def choose(held: Held, work: Workload, reference: Array) -> tuple[float, float]:
    """The loosest tolerance that is accurate enough, and its error.

    Raises
    ------
    RuntimeError
        If none is.
    """
    error, number = np.inf, 0
    while number < len(TOLERANCES):
        rtol = TOLERANCES[number]
        held.ask("prepare", rtol)
        # a few people tell at once whether it is far off
        for count in (2, len(reference)):
            try:
                states = held.ask("states", 0, count)[0]
            except RuntimeError:
                error = np.inf
                break
            error = max(work.error(person, one, reference[person]) for person, one in enumerate(states))
            if error > WANTED:
                break
        if error <= WANTED:
            return rtol, error
        # each tolerance is at least half of the one before: those that errors falling with its square miss are left out
        number += max(1, int(math.log2(error / WANTED) / 2)) if np.isfinite(error) else 1
    raise RuntimeError(f"no tolerance down to {TOLERANCES[-1]:g} is accurate to {WANTED:g} (last error {error:.1e})")


def take_turns(ours: Held, peer: Held, found: Measured, our_people: int, cores: int, rounds: int) -> None:
    """Time a simulator and ours in turns, and note medians."""
    mine = [ours.seconds(our_people) / our_people]
    theirs = []
    for _ in range(rounds):
        theirs.append(peer.seconds(found.people * cores) / (found.people * cores))
        mine.append(ours.seconds(our_people) / our_people)
    # each turn against ours just before and just after it
    ratios = [their / ((before + after) / 2) for their, before, after in zip(theirs, mine[:-1], mine[1:], strict=True)]
    found.ms[cores] = 1e3 * statistics.median(theirs)
    found.ratio[cores] = statistics.median(ratios)


def variants(name: str) -> list[str]:
    """Ways to run a simulator."""
    return list(importlib.import_module(PEERS[name][0]).VARIANTS)


def installed(name: str) -> bool:
    """Whether all that a simulator needs is there."""
    return all(importlib.util.find_spec(module) is not None for module in PEERS[name][1])


def check_reference(work: Workload, states: Array) -> float:
    """Error of the reference against the reference engine of ldnsim, another method on rates in plain Python."""
    run = ReferenceEngine(NALTREXONE, rtol=1e-11).solve(leg_of(work).only(slice(1)))
    for error in run.errors.values():
        raise error
    return work.error(0, np.array([run.states[position][0] for position in work.integrated]), states)


def measure(
    name: str,
    variant: str,
    asked: tuple[int, int, bool],
    work: Workload,
    reference: Array,
    ours: Held,
    rounds: int,
) -> Measured:
    """Check one variant of a simulator, and time it on one core."""
    with Held(name, variant, sorted(os.sched_getaffinity(0))[:1], asked) as held:
        rtol, error = choose(held, work, reference)
        found = Measured(name, variant, rtol, error, held.setup)
        block = held.ask("block")[0]
        few = max(block, FEWEST // 4)
        wanted = max(FEWEST, SECONDS * few / held.ask("time", 0, few)[0])
        # whole blocks, and no more than half of the people, so that two cores have as many each
        found.people = max(block, min(int(wanted), asked[0] // 2) // block * block)
        found.memory = held.ask("memory", 0, found.people)[0]
        take_turns(ours, held, found, asked[0], 1, rounds)
    return found


def report(rows: Sequence[Measured]) -> str:
    """The table, fastest first."""
    lines = [
        f"{'times as long':^15} | {'ms a person':^17} |",
        f"{'1 core':>7} {'2 cores':>7} | {'1 core':>8} {'2 cores':>8} | {'rtol':>7} {'error':>8} "
        f"{'people':>6} {'MB':>5} {'setup s':>7}  simulator",
    ]
    for row in sorted(rows, key=lambda row: row.ms[1]):
        ratios = (f"{row.ratio[cores]:.1f}" if cores in row.ratio else "" for cores in (1, 2))
        spans = (f"{row.ms[cores]:.3f}" if cores in row.ms else "" for cores in (1, 2))
        lines.append(
            "{:>7} {:>7} | ".format(*ratios)
            + "{:>8} {:>8} | ".format(*spans)
            + f"{row.rtol:>7.0e} {row.error:>8.1e} {row.people:>6} {row.memory:>5.0f} {row.setup:>7.1f}  "
            f"{row.name}: {row.variant}"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> dict[str, dict[int, float]]:
    """Print one table, and give the ratios by simulator and number of cores."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--nights", type=int, default=28)
    parser.add_argument("--quick", action="store_true", help=f"{FEWEST_PEOPLE} people, one turn each")
    parser.add_argument("--only", metavar="NAME", choices=tuple(PEERS))
    parser.add_argument(
        "--folded", action="store_true", help="give the others one state for several that are equal, as ours finds out"
    )
    given = parser.parse_args(arguments)
    if given.people < FEWEST_PEOPLE:
        parser.error(f"--people must be at least {FEWEST_PEOPLE}, so that each core has a block")
    people, rounds = (FEWEST_PEOPLE, 1) if given.quick else (given.people, ROUNDS)
    cores = sorted(os.sched_getaffinity(0))[:2]
    asked = (people, given.nights, given.folded)

    work = workload(CHECKED, given.nights, given.folded)
    reference = peer_scipy.reference(work, range(CHECKED))
    print(
        f"{people} people, {given.nights} nights, {len(work.samples)} samples of {len(work.active)} states, "
        f"{len(work.integrated)} of them integrated by the others; reference checked to "
        f"{check_reference(work, reference[0]):.0e}"
    )
    rows = []
    with ExitStack() as stack:
        ours = {
            count: stack.enter_context(Held(OURS, "", cores[:count], (people, given.nights, False)))
            for count in range(1, len(cores) + 1)
        }
        rtol, error = choose(ours[1], workload(CHECKED, given.nights), reference)
        mine = Measured(OURS, "compiled engine", rtol, error, ours[1].setup, people)
        mine.memory = ours[1].ask("memory", 0, people)[0]
        for count, held in ours.items():
            held.ask("prepare", rtol)
            held.seconds(people)
            mine.ms[count] = 1e3 * statistics.median(held.seconds(people) for _ in range(max(rounds, 3))) / people
            mine.ratio[count] = 1.0
        for name in PEERS if given.only is None else [given.only]:
            if not installed(name):
                print(f"{name} is not installed: left out")
                continue
            tried = []
            for variant in variants(name):
                print(f"{name}, {variant} ...", file=sys.stderr, flush=True)
                try:
                    tried.append(measure(name, variant, asked, work, reference, ours[1], rounds))
                except RuntimeError as failed:
                    print(f"{name}, {variant}: {failed}")
            if tried and len(cores) > 1:
                best = min(tried, key=lambda row: row.ratio[1])
                with Held(name, best.variant, cores, asked) as held:
                    held.ask("prepare", best.rtol)
                    take_turns(ours[2], held, best, people, 2, rounds)
            rows += tried
        steps = ours[1].ask("steps", 0, people)[0]
    print(report([mine, *rows]))
    operations, peak = workload(1, given.nights, folded=True).equations.operations, peak_rate()
    least = floor_ms(operations, STAGES * steps, peak)
    print(
        f"one core reaches {peak:.0f} GFLOP/s in multiply-adds; the rates are {operations} operations, and {steps:.0f} "
        f"steps of {STAGES} evaluations would take {1e3 * least:.1f} us a person at that: ours takes "
        f"{mine.ms[1] / least:.1f} times as long"
    )
    return {f"{row.name}: {row.variant}": row.ratio for row in rows}


if __name__ == "__main__":
    main()
