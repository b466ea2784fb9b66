"""What `scale.py` lets processes of their own do: run people to a store or a table, or the same in several ways.

Not to be run by itself. A process is told what to do as JSON, says ``ready`` once everything is loaded and compiled,
and ends with one line of JSON.
"""

from __future__ import annotations

import functools
import gc
import json
import os
import resource
import signal
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scale_work import WORK, People, Table

import ldnsim as ldn
from ldnsim.base.errors import InputError
from ldnsim.results.chunks import Arrays, content_hash
from ldnsim.results.store import Store
from ldnsim.study.study import Study

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

WORKERS = 2
THREADS = (1, 2, 8)
FEW = 32
"""People of the run that loads and compiles everything, or a chunk where chunks are smaller."""

PARTS = 4
"""Parts of a chunk that are computed by themselves."""

Spans = list[tuple[int, float]]
"""Number of a chunk and how long it took [s]."""


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


def to_store(work: People, people: int, store: Path, *, say: bool = False) -> dict[str, Any]:
    """Run people to a store, and say what it took."""
    with noting(Study, "chunk") as solving, noting(Store, "write") as writing:
        before, begun = used()[0], time.perf_counter()
        work.simulate(people, store, progress=say)
        seconds, (after, memory) = time.perf_counter() - begun, used()
    return {
        "people": people,
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


def lose_worker(work: People, people: int, store: Path) -> dict[str, Any]:
    """Run people to a store on Dask, and kill one worker half-way."""
    under_way: list[int] = []
    with workers() as (cluster, client):

        def kill(fraction: float) -> None:
            if fraction >= 0.5 and not under_way:
                victim = cluster.workers[0]
                under_way.append(len(client.processing()[victim.worker_address]))
                os.kill(victim.pid, signal.SIGKILL)

        work.simulate(people, store, kill, client)
    return {"under_way": under_way[0]}


def hashed(found: Arrays) -> str:
    """Hash of everything about some people."""
    return " ".join(content_hash(np.asarray(found[name])) for name in sorted(found))


@contextmanager
def processors(count: int) -> Iterator[None]:
    """Have so many processors counted, by which a table takes its threads."""
    counted, os.cpu_count = os.cpu_count, lambda: count
    try:
        yield
    finally:
        os.cpu_count = counted


def bits(work: People, people: int, chunk: int) -> dict[str, str]:
    """Hash of everything about the people of a chunk, by how it was computed."""
    one = work.study(people)
    hashes = {f"{count} threads": hashed(one.chunk(chunk, threads=count)) for count in THREADS}
    size = -(-work.chunk // PARTS)
    fine = replace(one, chunk_size=size)
    parts = [fine.chunk(number) for number in range(-(-min(people, work.chunk) // size))]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    hashes[f"chunks of {size}"] = hashed({name: values[: work.chunk] for name, values in joined.items()})
    with workers() as (_, client):
        hashes["Dask"] = hashed(client.submit(one.chunk, chunk).result())
    return hashes


def rows(name: str, people: int) -> Arrays:
    """All columns of all rows of a table."""
    frame = _table(name).simulate(people).rows()
    return {str(column): np.asarray(frame[column].tolist()) for column in frame}


def bits_of_table(name: str, people: int) -> dict[str, str]:
    """Hash of all rows of a table, by how they were computed."""
    hashes = {}
    for count in THREADS:
        with processors(count):
            hashes[f"{count} threads"] = hashed(rows(name, people))
    # who they are does not depend on how many there are, so that fewer of them are the first ones
    whole, half = rows(name, people), rows(name, people // 2)
    first = whole["ID"] <= people // 2
    same = hashed({column: values[first] for column, values in whole.items()}) == hashed(half)
    hashes["half of the IDs"] = hashed(whole) if same else "other bits"
    run = _table(name).simulate(people)
    again = run.repeat().rows()
    hashes["repeat"] = hashed({str(column): np.asarray(again[column].tolist()) for column in again})
    with workers() as (_, client):
        hashes["Dask worker"] = hashed(client.submit(rows, name, people).result())
    return hashes


def refused(work: Table, path: Path) -> dict[str, str]:
    """What a table has no use for, and what is said of it."""
    said = {}
    with workers() as (_, client):
        beside: dict[str, Any] = {"store": path, "client": client}
        for argument, given in beside.items():
            try:
                ldn.simulate(**work.asked(2), **{argument: given})
            except InputError as error:
                said[argument] = error.argument
    return said


def to_file(work: Table, people: int, path: Path) -> dict[str, Any]:
    """Run a table and write it to a file, and say what it took."""
    before, begun = used()[0], time.perf_counter()
    run = work.simulate(people)
    solved = time.perf_counter()
    run.to_netcdf(path)
    seconds, (after, memory) = time.perf_counter() - begun, used()
    return {
        "people": people,
        "seconds": seconds,
        "processor": after - before,
        "solving": solved - begun,
        "writing": seconds - (solved - begun),
        "memory": memory,
    }


def opened(work: Table, path: Path) -> dict[str, Any]:
    """What is said when the file of a table is opened, which runs it again."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            ldn.open(path, None if work.model is None else work.model())
        except InputError as error:
            return {"said": [str(error)]}
    return {"said": [str(one.message) for one in said]}


def _table(name: str) -> Table:
    work = WORK[name]
    assert isinstance(work, Table)
    return work


def _ready() -> None:
    """Say that the clock may start, after looking for garbage of what was loaded, which would fall into some run."""
    gc.collect()
    print("ready", flush=True)


def of_people(work: People, what: str, people: int, store: Path) -> dict[str, Any]:
    """Do with people what is asked for."""
    few = min(FEW, work.chunk)
    work.simulate(few, store.with_name(f"few_{os.getpid()}.zarr"))
    _ready()
    if what == "bits":
        return bits(work, people, chunk=0)
    if what == "lose worker":
        return lose_worker(work, people, store)
    if what == "cost":
        # what every run takes, however many people there are
        fixed = to_store(work, few, store.with_name(f"fixed_{os.getpid()}.zarr"))
        return {**to_store(work, people, store), "fixed": fixed}
    return to_store(work, people, store, say=what == "say")


def of_table(work: Table, name: str, what: str, people: int, path: Path) -> dict[str, Any]:
    """Do with a table what is asked for."""
    to_file(work, FEW, path.with_name(f"few_{os.getpid()}.nc"))
    _ready()
    if what == "bits":
        return bits_of_table(name, people)
    if what == "refused":
        return refused(work, path)
    if what == "open":
        return opened(work, path)
    if what == "cost":
        fixed = to_file(work, FEW, path.with_name(f"fixed_{os.getpid()}.nc"))
        return {**to_file(work, people, path), "fixed": fixed}
    return to_file(work, people, path)


def main() -> None:
    """Do what is asked for on the command line."""
    asked = json.loads(sys.argv[1])
    work, path = WORK[asked["work"]], Path(asked["path"])
    if isinstance(work, Table):
        found = of_table(work, asked["work"], asked["what"], asked["people"], path)
    else:
        found = of_people(work, asked["what"], asked["people"], path)
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
