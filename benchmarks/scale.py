"""Scale: a large population to a store; and what kills, a lost worker, damage and threads do to its bits (nothing).

Run ``python benchmarks/scale.py`` (about three minutes), or with ``--quick``; needs the extras ``fast`` and ``scale``,
and a POSIX system. Every run is a process of its own, so that memory is that of one run, with everything loaded and
compiled before the clock starts. Small populations take turns before and after the largest one and medians are shown,
because clocks of shared machines are noisy; processor time is less so. What a run takes with hardly anybody in it is
measured in the same processes. Ends with an error if bits differ, damage is not found, or memory is above a GiB; costs
are only shown.
"""

from __future__ import annotations

import argparse
import filecmp
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scale_run import OUTPUTS, study

from ldnsim.results.store import Store

OURS = ".ldnsim"
"""Folder of a store with its markers."""

SIZES = (1_000, 10_000, 100_000)
ROUNDS = 3
"""Turns of the smaller sizes before the largest one, and after it."""

STRAIGHT = 0.10
"""How far from a straight line cost may be."""

KILLED, KILLS, SEED = 20_000, 20, 7
"""People of the runs that are disturbed, how often they are killed, and the seed of the moments."""

QUICK_PEOPLE, QUICK_KILLS = 5_000, 5
MIB, GIB = 2**20, 2**30
POLL = 0.002
"""Time between two looks at how far a run has come [s]."""


class Run:
    """A run in a process of its own, which is ready to start its work."""

    def __init__(self, what: str, people: int, store: Path) -> None:
        asked = json.dumps({"what": what, "people": people, "store": str(store)})
        command = [sys.executable, str(Path(__file__).with_name("scale_run.py")), asked]
        self.errors = store.with_name("errors.txt")
        begun = time.perf_counter()
        with self.errors.open("w") as errors:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        assert self.process.stdout is not None
        if self.process.stdout.readline() != "ready\n":
            self.result()
        self.setup = time.perf_counter() - begun

    def result(self) -> dict[str, Any]:
        """What it found, once it is done."""
        said, _ = self.process.communicate()
        if self.process.returncode:
            raise RuntimeError(f"a run ended with {self.process.returncode}:\n{self.errors.read_text()}")
        found: dict[str, Any] = json.loads(said)
        return found

    def kill_after(self, chunks: int, seconds: float, store: Path) -> None:
        """Kill it some time after so many chunks are done."""
        while done(store) < chunks and self.process.poll() is None:
            time.sleep(POLL)
        time.sleep(seconds)
        self.process.kill()
        self.process.communicate()
        if self.process.returncode != -signal.SIGKILL:
            raise RuntimeError(f"a run ended with {self.process.returncode} before it was killed")


def done(store: Path) -> int:
    """Chunks that are done."""
    return len(list((store / OURS).glob("chunk_*.json")))


def torn(people: int, store: Path) -> bool:
    """Whether files of a chunk are there, whole or in part, that is not done."""
    files = [path for name in study(people).layout.variables for path in (store / name).glob("c.*")]
    return len({path.name.split(".")[1] for path in files}) > done(store)


def digest(people: int, store: Path) -> tuple[str, dict[int, str]]:
    """Digest of a finished store, and which of its chunks are damaged."""
    record = json.loads((store / OURS / "run.json").read_text())["record"]
    with Store.create_or_resume(store, study(people).layout, record) as kept:
        return kept.digest(), kept.damaged


def same_files(one: Path, other: Path) -> bool:
    """Whether two stores are the same, file by file and byte by byte."""
    names = [sorted(str(path.relative_to(store)) for path in store.rglob("*")) for store in (one, other)]
    return names[0] == names[1] and all(
        filecmp.cmp(one / name, other / name, shallow=False) for name in names[0] if (one / name).is_file()
    )


def size_on_disk(store: Path) -> int:
    """Size of all files [bytes]."""
    return sum(path.stat().st_size for path in store.rglob("*") if path.is_file())


def verdict(*, holds: bool) -> str:
    """In a word."""
    return "holds" if holds else "FAILS"


def cost(folder: Path, most: int) -> bool:
    """Cost a person and memory against the number of people; whether cost is linear and memory bounded."""
    smaller = [size for size in SIZES if size < most]
    found: dict[int, list[dict[str, Any]]] = {size: [] for size in (*smaller, most)}
    for size in (*smaller * ROUNDS, most, *smaller * ROUNDS):
        store = folder / f"cost_{size}.zarr"
        run = Run("cost", size, store)
        found[size].append({**run.result(), "setup": run.setup, "disk": size_on_disk(store)})
        shutil.rmtree(store)

    def middle(size: int, what: str) -> float:
        return float(statistics.median(one[what] for one in found[size]))

    one = study(1)
    curves = sum(int(np.prod(one.layout.variables[name].shape[:-1], dtype=int)) for name in OUTPUTS)
    print(f"W2 {len(OUTPUTS)} outputs, {curves} curves of {len(one.plan.time)} samples a person, float32")
    print(f"W2 {'':8} {'':4} | {'ms a person':^33} |")
    columns = ("clock", "processor", "solving", "writing")
    print("W2 {:>8} {:>4} | {:>7} {:>9} {:>7} {:>7} |".format("people", "runs", *columns), "MiB  kB a person  set-up s")
    each = {}
    for size, runs in found.items():
        each[size] = [1e3 * middle(size, what) / size for what in ("seconds", "processor", "solving", "writing")]
        print(
            f"W2 {size:>8,} {len(runs):>4} | "
            + "{:>7.3f} {:>9.3f} {:>7.3f} {:>7.3f} | ".format(*each[size])
            + f"{middle(size, 'memory') / MIB:>3.0f}  {middle(size, 'disk') / size / 1e3:>11.1f}  "
            f"{middle(size, 'setup'):>8.1f}"
        )
    everything = [one for runs in found.values() for one in runs]
    for place, (what, name) in enumerate({"seconds": "clock", "processor": "processor"}.items()):
        fixed = statistics.median(one["fixed"][what] for one in everything)
        costs = [costs[place] for costs in each.values()]
        beyond = [cost - 1e3 * fixed / size for cost, size in zip(costs, each, strict=True)]
        print(
            f"W2 by the {name}, dearest over cheapest size: {max(costs) / min(costs) - 1:+.0%}; beyond the "
            f"{fixed:.2f} s that any run takes: {max(beyond) / min(beyond) - 1:+.0%}, wanted within 10 %"
        )
    clock = {size: middle(size, "seconds") for size in found}
    first, *between, last = sorted(clock)
    slope = (clock[last] - clock[first]) / (last - first)
    away = max(abs(clock[size] / (clock[first] + slope * (size - first)) - 1) for size in between)
    linear = away <= STRAIGHT
    print(
        f"W2 from the straight line through {first:,} and {last:,} people: {away:.1%} at most, wanted 10 %: "
        f"{verdict(holds=linear)}"
    )
    memory = max(one["memory"] for one in found[most])
    whole = found[most][0]
    print(
        f"W2 {most:,} people: {whole['seconds']:.1f} s, {whole['disk'] / 1e6:.0f} MB on disk, "
        f"{memory / MIB:.0f} MiB at most, wanted 1024: {verdict(holds=memory <= GIB)}"
    )
    return linear and memory <= GIB


def threads(folder: Path, people: int) -> bool:
    """The same chunk on other numbers of threads and on Dask."""
    found = Run("bits", people, folder / "none.zarr").result()
    holds = len(set(found.values())) == 1
    print(f"threads: one chunk with {', '.join(found)}: the same bits: {verdict(holds=holds)}")
    return holds


def kills(store: Path, people: int, whole: Path, seconds: float, count: int) -> bool:
    """Kill a run at random moments, all over it, and let it end.

    A moment is a number of chunks done and, after the point, the time since then as a part of what a chunk takes.
    """
    n_chunks = study(people).layout.n_chunks
    # not in the last chunk, at whose end the run would be over before it is killed
    moments = np.sort(np.random.default_rng(SEED).uniform(0, n_chunks - 1, count))
    left, broken = [], 0
    for moment in moments:
        chunks = int(moment)
        Run("killed", people, store).kill_after(chunks, (moment - chunks) * seconds / n_chunks, store)
        left.append(done(store))
        broken += torn(people, store)
    last = Run("rest", people, store).result()["chunks"]
    found = digest(people, store)
    holds = found == digest(people, whole)
    print(f"kills: {len(left)} of a run of {people:,} people in {n_chunks} chunks; done after each: {left}")
    print(
        f"kills: {broken} in the midst of writing; {len(last)} chunks in the last run; digest {found[0][:12]} as "
        f"undisturbed: {verdict(holds=holds)}; every file the same: {same_files(store, whole)}"
    )
    return holds


def lost_worker(store: Path, people: int, whole: Path) -> bool:
    """Kill one of two Dask workers half-way."""
    under_way = Run("lose worker", people, store).result()["under_way"]
    holds = digest(people, store) == digest(people, whole)
    print(
        f"worker: one of two Dask workers killed half-way with {under_way} chunks; digest as undisturbed: "
        f"{verdict(holds=holds)}; every file the same: {same_files(store, whole)}"
    )
    return holds


def damage(store: Path, people: int, whole: Path) -> bool:
    """Change one bit of one file of a finished store, and run again."""
    chunk = study(people).layout.n_chunks // 2
    (file,) = (store / "tone").glob(f"c.{chunk}.*")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    run = Run("say", people, store)
    again = run.result()["chunks"]
    said = [line for line in run.errors.read_text().splitlines() if "damaged" in line]
    holds = again == [chunk] and len(said) == 1 and digest(people, store) == digest(people, whole)
    print(
        f"damage: one bit of {file.relative_to(store)}; said: {said}; computed again: {again}; digest as undisturbed: "
        f"{verdict(holds=holds)}; every file the same: {same_files(store, whole)}"
    )
    return holds


def main(arguments: Sequence[str] | None = None) -> bool:
    """Print a table, and say whether all holds that does not hang on the clock."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=SIZES[-1])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_PEOPLE} people, {QUICK_KILLS} kills")
    given = parser.parse_args(arguments)
    people, count = (QUICK_PEOPLE, QUICK_KILLS) if given.quick else (given.people, KILLS)
    some = min(people, KILLED)
    if some < 4 * study(1).chunk_size:
        parser.error("--people must be at least four chunks, so that there is a half-way")
    print(f"{os.cpu_count()} processors; {people:,} people, disturbed runs of {some:,}", flush=True)
    with tempfile.TemporaryDirectory(prefix="ldnsim_scale_") as name:
        folder = Path(name)
        whole, killed, dask = (folder / f"{one}.zarr" for one in ("whole", "killed", "dask"))
        holds = [threads(folder, some)]
        seconds = Run("whole", some, whole).result()["seconds"]
        holds.append(kills(killed, some, whole, seconds, count))
        holds.append(lost_worker(dask, some, whole))
        holds.append(damage(killed, some, whole))
        for store in (whole, killed, dask):
            shutil.rmtree(store)
        holds.append(cost(folder, people))
    return all(holds)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
