"""What `scale.py` lets processes of their own do: run people to a store, or compute one chunk in several ways.

Not to be run by itself. A process is told what to do as JSON, says ``ready`` once everything is loaded and compiled,
and ends with one line of JSON.
"""

from __future__ import annotations

import functools
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import ldnsim as ldn
from ldnsim.dosing.regimen import Regimen
from ldnsim.engines.choice import USUAL_RTOL
from ldnsim.ledger.assumptions import Assumptions
from ldnsim.ledger.parameters import resolve
from ldnsim.results.chunks import content_hash
from ldnsim.results.store import Store
from ldnsim.study.account import Account
from ldnsim.study.study import Study

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

REGIMEN = "4.5 mg at 22:00 daily for 28 days"
STEP = 1.0
"""Distance of the samples [h]."""

OUTPUTS = ("plasma", "tone", "tlr4_inhibition", "cytokine_index", "functional_block", "beta_endorphin_daily")
WORKERS = 2
THREADS = (1, 2, 8)
FEW = 32
"""People of the run that loads and compiles everything."""

Spans = list[tuple[int, float]]
"""Number of a chunk and how long it took [s]."""


def population(people: int) -> ldn.Population:
    """Who they are."""
    return ldn.Population(people, seed=1)


def study(people: int) -> Study:
    """The study that `simulate` makes; a store would refuse another one."""
    regimen = Regimen.parse(REGIMEN)
    settings = {
        "until": regimen.horizon,
        "step": STEP,
        "at": [],
        "endotoxin": None,
        "engine": "compiled",
        "rtol": USUAL_RTOL["compiled"],
        "outputs": list(OUTPUTS),
        "dtype": "float32",
    }
    account = Account(Assumptions(), resolve("popular"), "healthy", "microglia")
    return Study(regimen, account, population(people), settings)


def simulate(people: int, store: Path, progress: Any = False, client: Client | None = None) -> None:
    """Run people to a store, as a user would."""
    ldn.simulate(
        REGIMEN,
        population=population(people),
        step=STEP,
        outputs=OUTPUTS,
        engine="compiled",
        store=store,
        client=client,
        progress=progress,
    )


@contextmanager
def noting(owner: type, name: str) -> Iterator[Spans]:
    """Note how long each call of a method takes, whose first argument is the number of a chunk."""
    method, spans = getattr(owner, name), []

    @functools.wraps(method)
    def noted(one: Any, chunk: int, *rest: Any) -> Any:
        begun = time.perf_counter()
        found = method(one, chunk, *rest)
        spans.append((chunk, time.perf_counter() - begun))
        return found

    setattr(owner, name, noted)
    try:
        yield spans
    finally:
        setattr(owner, name, method)


def used() -> tuple[float, float]:
    """Processor time [s] and peak memory [bytes] of this process and its children so far."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    # macOS counts bytes, others kilobytes
    unit = 1 if sys.platform == "darwin" else 1024
    return sum(one.ru_utime + one.ru_stime for one in both), float(sum(one.ru_maxrss for one in both) * unit)


def to_store(people: int, store: Path, *, say: bool = False) -> dict[str, Any]:
    """Run people to a store, and say what it took."""
    with noting(Study, "chunk") as solving, noting(Store, "write") as writing:
        before, begun = used()[0], time.perf_counter()
        simulate(people, store, progress=say)
        seconds, (after, memory) = time.perf_counter() - begun, used()
    return {
        "seconds": seconds,
        "processor": after - before,
        "solving": sum(span for _, span in solving),
        "writing": sum(span for _, span in writing),
        "chunks": [chunk for chunk, _ in writing],
        "memory": memory,
    }


@contextmanager
def workers() -> Iterator[tuple[LocalCluster, Client]]:
    """A Dask cluster of processes on this machine."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=WORKERS, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield cluster, client


def lose_worker(people: int, store: Path) -> dict[str, Any]:
    """Run people to a store on Dask, and kill one worker half-way."""
    under_way: list[int] = []
    with workers() as (cluster, client):

        def kill(fraction: float) -> None:
            if fraction >= 0.5 and not under_way:
                victim = cluster.workers[0]
                under_way.append(len(client.processing()[victim.worker_address]))
                os.kill(victim.pid, signal.SIGKILL)

        simulate(people, store, kill, client)
    return {"under_way": under_way[0]}


def bits(people: int, chunk: int) -> dict[str, str]:
    """Hash of everything about the people of a chunk, by how it was computed."""
    one = study(people)

    def hashed(found: dict[str, Any]) -> str:
        return " ".join(content_hash(np.asarray(found[name])) for name in sorted(found))

    hashes = {f"{count} threads": hashed(one.chunk(chunk, threads=count)) for count in THREADS}
    with workers() as (_, client):
        hashes["Dask"] = hashed(client.submit(one.chunk, chunk).result())
    return hashes


def main() -> None:
    """Do what is asked for on the command line."""
    asked = json.loads(sys.argv[1])
    what, people, store = asked["what"], asked["people"], Path(asked["store"])
    simulate(FEW, store.with_name(f"few_{os.getpid()}.zarr"))
    print("ready", flush=True)
    found: dict[str, Any]
    if what == "bits":
        found = bits(people, chunk=0)
    elif what == "lose worker":
        found = lose_worker(people, store)
    elif what == "cost":
        # what every run takes, however many people there are
        fixed = to_store(FEW, store.with_name(f"fixed_{os.getpid()}.zarr"))
        found = {**to_store(people, store), "fixed": fixed}
    else:
        found = to_store(people, store, say=what == "say")
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
