"""What a run of the compiled engine costs against people, days, states and cores, one table, ratios first.

Run ``python benchmarks/cost.py`` (two minutes). Each line changes one thing of the first one. Every line is timed in
a process of its own bound to its cores, in turns with the first line, and the ratio of a turn is to the first line
just before and after it; medians are shown. Memory is the most that the process ever held, libraries and all states of
all people included. Binding to cores needs Linux.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import statistics
import time
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import numpy as np

import ldnsim as ldn
from ldnsim.dosing.regimen import Regimen
from ldnsim.dosing.sampling import regular
from ldnsim.engines.choice import USUAL_RTOL
from ldnsim.engines.compiled.codegen import structure
from ldnsim.engines.compiled.engine import CompiledEngine
from ldnsim.engines.events import RunState
from ldnsim.engines.leg import OK
from ldnsim.engines.reference import scales
from ldnsim.ledger.assumptions import Assumptions
from ldnsim.ledger.parameters import ParameterSet, resolve
from ldnsim.models.system import NALTREXONE
from ldnsim.study.account import Account
from ldnsim.study.regimen_plan import Plan, differing

ROUNDS = 5


class Case(NamedTuple):
    """What is run: doses of 4.5 mg at 22:00, hourly samples, spread between people from the ledger."""

    name: str
    people: int = 1024
    days: int = 28
    bundle: str = "popular"
    dextro: float = 0.5
    cores: int = 1

    def parameters(self) -> ParameterSet:
        """Typical values."""
        return resolve(self.bundle).replace({"dose.f_dextro": self.dextro}, "the case")


BASE = Case("as below, one thing changed")
CASES = (
    BASE,
    Case("1 person", people=1),
    Case("16 people, one filling of the lanes", people=16),
    Case("128 people", people=128),
    Case("4,096 people", people=4096),
    Case("7 days", days=7),
    Case("84 days", days=84),
    Case("182 days", days=182),
    Case("measured: levo alone, PET site", bundle="measured", dextro=0.0),
    Case("isomers in unequal shares", dextro=0.4),
    Case("2 cores", cores=2),
    Case("2 cores, 4,096 people", people=4096, cores=2),
)


def serve(pipe: Connection, case: Case) -> None:
    """Hold one case ready; run it whenever asked, until told to stop."""
    os.sched_setaffinity(0, range(case.cores))
    parameters, regimen = case.parameters(), Regimen.parse(f"4.5 mg at 22:00 daily for {case.days} days")
    account = Account(Assumptions.of(case.bundle), parameters, "healthy", "microglia")
    model, until = account.model(regimen.clock), regimen.horizon
    plan = Plan(regimen.dosing(), account, model, regular(until, 1.0), until)
    people = ldn.Population(case.people, seed=1)
    drawn = people.draw(parameters, np.arange(case.people), len(plan.doses), plan.latest)
    ((_, protocol, phase),), problem = plan.protocols(drawn)
    assert not problem
    begun_at = RunState(protocol.initial, np.zeros(case.people, np.int64), np.ones(protocol.initial.shape, np.bool_))
    leg, _ = protocol.leg(0, begun_at, scales(NALTREXONE, protocol.largest, protocol.initial), phase)
    made_for = structure(NALTREXONE, differing(plan, list(people.rows(parameters)), doses=False))
    engine = CompiledEngine(NALTREXONE, USUAL_RTOL["compiled"], made_for, case.cores)

    def run() -> float:
        begun = time.perf_counter()
        found = engine.solve(leg)
        took = time.perf_counter() - begun
        assert (found.status == OK).all()
        return took

    run()
    pipe.send((len(made_for.states), len(plan.time)))
    while pipe.recv():
        pipe.send(run())
    pipe.send(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


class Held:
    """A case in a process of its own."""

    def __init__(self, case: Case) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, there = context.Pipe()
        self.process = context.Process(target=serve, args=(there, case), daemon=True)
        self.process.start()
        there.close()  # so that its end is noticed
        self.states, self.samples = self.pipe.recv()

    def seconds(self) -> float:
        """How long one run takes."""
        self.pipe.send(True)
        took: float = self.pipe.recv()
        return took

    def stop(self) -> float:
        """The most memory that it held [MB]."""
        self.pipe.send(False)
        memory: Any = self.pipe.recv()
        self.process.join()
        return float(memory)


def main() -> None:
    """Print the table."""
    base = Held(BASE)
    print(" ratio a person  ms a person   people  days  states  cores     MB  case")
    for case in CASES:
        held = Held(case)
        ratios, times = [], []
        for _ in range(ROUNDS):
            before, own, after = base.seconds(), held.seconds(), base.seconds()
            each = own / case.people
            ratios.append(each * BASE.people / (0.5 * (before + after)))
            times.append(1e3 * each)
        print(
            f"{statistics.median(ratios):>15.3f}  {statistics.median(times):>11.3f}  {case.people:>7,}  {case.days:>4}"
            f"  {held.states:>6}  {case.cores:>5}  {held.stop():>5.0f}  {case.name}",
            flush=True,
        )
    base.stop()


if __name__ == "__main__":
    main()
