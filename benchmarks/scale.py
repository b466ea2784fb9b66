"""Scale: many people to a store, or a table; and what kills, a lost worker, damage, threads do to the bits (nothing).

Run ``python benchmarks/scale.py``, or with ``--quick`` (about five minutes); ``--only NAME`` names a kind of run of
`scale_work`. Needs the extras ``fast`` and ``scale``, and a POSIX system. Every run is a process of its own, so that
memory is that of one run, with everything loaded and compiled before the clock starts. Small sizes take turns before
and after the largest one and medians are shown, because clocks of shared machines are noisy; processor time is less so.
What a run takes with hardly anybody in it is measured in the same processes. A table is kept in memory and has neither
store nor cluster: killed, it begins anew, and its file is there whole or not at all. Ends with an error if bits differ,
damage is not found, memory is above a GiB, or the processor time of a person doubles with their number; other
costs are only shown.
"""

from __future__ import annotations

import argparse
import filecmp
import json
import os
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from scale_work import WORK, People, Table

from ldnsim.results.store import Store
from ldnsim.study.study import Study

OURS = ".ldnsim"
"""Folder of a store with its markers."""

STRAIGHT, STEEP = 0.10, 2.0
"""How far from a straight line cost may be, as a wish; how many times as dear a person may be in the largest size."""

SEED = 7
"""Of the moments of kills."""


class Sizes(NamedTuple):
    """How much is run of a kind.

    Attributes
    ----------
    cost : tuple of int
        People of the runs that are timed, the largest last.
    rounds : int
        Turns of the smaller sizes before the largest one, and after it.
    killed, kills : int
        People of the runs that are disturbed, and how often they are killed.
    """

    cost: tuple[int, ...]
    rounds: int
    killed: int
    kills: int


FULL = {
    "naltrexone": Sizes((1_000, 10_000, 100_000), 3, 20_000, 20),
    "nalmefene": Sizes((4, 8, 24), 1, 16, 5),
    "people": Sizes((1_000, 10_000, 40_000), 2, 20_000, 10),
    "table": Sizes((500, 2_000, 8_000), 2, 4_000, 10),
}
QUICK = {
    "naltrexone": Sizes((1_000, 5_000), 2, 5_000, 5),
    "nalmefene": Sizes((4, 10), 1, 8, 2),
    "people": Sizes((1_000, 4_000), 1, 4_000, 3),
    "table": Sizes((250, 2_000), 1, 1_000, 3),
}
"""By name, or else for people and tables of other models."""

MIB, GIB = 2**20, 2**30
POLL = 0.002
"""Time between two looks at how far a run has come [s]."""


class Run:
    """A run in a process of its own, which is ready to start its work."""

    def __init__(self, name: str, what: str, people: int, path: Path) -> None:
        asked = json.dumps({"work": name, "what": what, "people": people, "path": str(path)})
        command = [sys.executable, str(Path(__file__).with_name("scale_run.py")), asked]
        self.errors = path.with_name("errors.txt")
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
        """Kill it some time after so many chunks are done, or as soon as one more is."""
        while done(store) < chunks and self.process.poll() is None:
            time.sleep(POLL)
        end = time.perf_counter() + seconds
        while done(store) <= chunks and time.perf_counter() < end and self.process.poll() is None:
            time.sleep(POLL)
        self.process.kill()
        self.process.communicate()
        if self.process.returncode != -signal.SIGKILL:
            raise RuntimeError(f"a run ended with {self.process.returncode} before it was killed")


def done(store: Path) -> int:
    """Chunks that are done."""
    return len(list((store / OURS).glob("chunk_*.json")))


def torn(study: Study, store: Path) -> bool:
    """Whether files of a chunk are there, whole or in part, that is not done."""
    files = [path for name in study.layout.variables for path in (store / name).glob("c.*")]
    return len({path.name.split(".")[1] for path in files}) > done(store)


def digest(study: Study, store: Path) -> tuple[str, dict[int, str]]:
    """Digest of a finished store, and which of its chunks are damaged."""
    record = json.loads((store / OURS / "run.json").read_text())["record"]
    with Store.create_or_resume(store, study.layout, record) as kept:
        return kept.digest(), kept.damaged


def same_files(one: Path, other: Path) -> bool:
    """Whether two stores are the same, file by file and byte by byte."""
    names = [sorted(str(path.relative_to(store)) for path in store.rglob("*")) for store in (one, other)]
    return names[0] == names[1] and all(
        filecmp.cmp(one / name, other / name, shallow=False) for name in names[0] if (one / name).is_file()
    )


def size_on_disk(store: Path) -> int:
    """Size of a file, or of all in a folder [bytes]."""
    if store.is_file():
        return store.stat().st_size
    return sum(path.stat().st_size for path in store.rglob("*") if path.is_file())


def verdict(*, holds: bool) -> str:
    """In a word."""
    return "holds" if holds else "FAILS"


def remove(path: Path) -> None:
    """Remove a file or a folder."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def cost(name: str, folder: Path, sizes: Sizes) -> bool:
    """Cost a person and memory against the number of people; whether neither runs away."""
    *smaller, most = sizes.cost
    found: dict[int, list[dict[str, Any]]] = {size: [] for size in sizes.cost}
    for size in (*smaller * sizes.rounds, most, *smaller * sizes.rounds):
        path = folder / f"cost_{size}"
        run = Run(name, "cost", size, path)
        found[size].append({**run.result(), "setup": run.setup, "disk": size_on_disk(path)})
        remove(path)

    def middle(size: int, what: str) -> float:
        return float(statistics.median(one[what] for one in found[size]))

    print(f"cost: {'':8} {'':4} | {'ms a person':^33} |")
    columns = ("clock", "processor", "solving", "writing")
    print(
        "cost: {:>8} {:>4} | {:>7} {:>9} {:>7} {:>7} |".format("people", "runs", *columns), "MiB  kB a person  set-up s"
    )
    each = {}
    for size, runs in found.items():
        each[size] = [1e3 * middle(size, what) / size for what in ("seconds", "processor", "solving", "writing")]
        print(
            f"cost: {size:>8,} {len(runs):>4} | "
            + "{:>7.3f} {:>9.3f} {:>7.3f} {:>7.3f} | ".format(*each[size])
            + f"{middle(size, 'memory') / MIB:>3.0f}  {middle(size, 'disk') / size / 1e3:>11.1f}  "
            f"{middle(size, 'setup'):>8.1f}"
        )
    grown = {}
    for what, column in {"seconds": "clock", "processor": "processor"}.items():
        fixed, few = (
            statistics.median(one["fixed"][key] for runs in found.values() for one in runs) for key in (what, "people")
        )
        costs = [middle(size, what) / size for size in found]
        beyond = [(middle(size, what) - fixed) / (size - few) for size in found]
        grown[what] = beyond[-1] / beyond[0]
        print(
            f"cost: by the {column}, dearest over cheapest size: {max(costs) / min(costs) - 1:+.0%}; beyond the "
            f"{fixed:.2f} s that {few:.0f} take, largest over smallest: {grown[what] - 1:+.0%}"
        )
    clock = {size: middle(size, "seconds") for size in found}
    first, *between, last = sorted(clock)
    slope = (clock[last] - clock[first]) / (last - first)
    if between:
        away = max(abs(clock[size] / (clock[first] + slope * (size - first)) - 1) for size in between)
        print(
            f"cost: from the straight line through {first:,} and {last:,} people: {away:.1%} at most, wanted "
            f"{STRAIGHT:.0%}: {'met' if away <= STRAIGHT else 'not met'}"
        )
    memory = max(one["memory"] for one in found[most])
    holds = bool(memory <= GIB and grown["processor"] <= STEEP)
    print(
        f"cost: {most:,} people: {clock[most]:.1f} s, {memory / MIB:.0f} MiB at most, wanted 1024, and no person "
        f"twice as dear: {verdict(holds=holds)}"
    )
    return holds


def bits(name: str, folder: Path, people: int) -> bool:
    """The same on other numbers of threads, in other parts, and on Dask."""
    found = Run(name, "bits", people, folder / "none").result()
    holds = len(set(found.values())) == 1
    print(f"bits: {', '.join(found)}: the same: {verdict(holds=holds)}")
    return holds


def kills(name: str, study: Study, store: Path, whole: Path, seconds: float, count: int) -> bool:
    """Kill a run at random moments, all over it, and let it end.

    A moment is a number of chunks done and, after the point, the time since then as a part of what a chunk takes.
    """
    people, n_chunks = study.n_people, study.layout.n_chunks
    # not in the last chunk, at whose end the run would be over before it is killed
    moments = np.sort(np.random.default_rng(SEED).uniform(0, n_chunks - 1, count))
    left, broken = [], 0
    for moment in moments:
        chunks = int(moment)
        Run(name, "killed", people, store).kill_after(chunks, (moment - chunks) * seconds / n_chunks, store)
        left.append(done(store))
        broken += torn(study, store)
    last = Run(name, "rest", people, store).result()["chunks"]
    found = digest(study, store)
    holds = found == digest(study, whole)
    print(f"kills: {len(left)} of a run of {people:,} people in {n_chunks} chunks; done after each: {left}")
    print(
        f"kills: {broken} in the midst of writing; {len(last)} chunks in the last run; digest {found[0][:12]} as "
        f"undisturbed: {verdict(holds=holds)}; every file the same: {same_files(store, whole)}"
    )
    return holds


def lost_worker(name: str, study: Study, store: Path, whole: Path) -> bool:
    """Kill one of two Dask workers half-way."""
    under_way = Run(name, "lose worker", study.n_people, store).result()["under_way"]
    holds = digest(study, store) == digest(study, whole)
    print(
        f"worker: one of two Dask workers killed half-way with {under_way} chunks; digest as undisturbed: "
        f"{verdict(holds=holds)}; every file the same: {same_files(store, whole)}"
    )
    return holds


def flip(file: Path, place: int) -> None:
    """Change one bit of a file."""
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)


def damage(name: str, study: Study, store: Path, whole: Path) -> bool:
    """Change one bit of one file of a finished store, and run again."""
    chunk = study.layout.n_chunks // 2
    (file,) = (store / study.settings["outputs"][-1]).glob(f"c.{chunk}.*")
    flip(file, file.stat().st_size // 2)
    run = Run(name, "say", study.n_people, store)
    again = run.result()["chunks"]
    said = [line for line in run.errors.read_text().splitlines() if "damaged" in line]
    holds = again == [chunk] and len(said) == 1 and digest(study, store) == digest(study, whole)
    print(
        f"damage: one bit of {file.relative_to(store)}; said: {said}; computed again: {again}; digest as undisturbed: "
        f"{verdict(holds=holds)}; every file the same: {same_files(store, whole)}"
    )
    return holds


def of_people(name: str, work: People, folder: Path, sizes: Sizes) -> list[bool]:
    """All that is done to people and their stores."""
    whole, killed, dask = (folder / one for one in ("whole", "killed", "dask"))
    study = work.study(sizes.killed)
    holds = [bits(name, folder, sizes.killed)]
    seconds = Run(name, "whole", sizes.killed, whole).result()["seconds"]
    holds.append(kills(name, study, killed, whole, seconds, sizes.kills))
    holds.append(lost_worker(name, study, dask, whole))
    holds.append(damage(name, study, killed, whole))
    return holds


def of_table(name: str, folder: Path, sizes: Sizes) -> list[bool]:
    """All that is done to a table and its file."""
    whole, killed = folder / "whole", folder / "killed"
    said = Run(name, "refused", 2, folder / "none").result()
    holds = [bits(name, folder, sizes.killed), said == {"store": "store", "client": "client"}]
    print(f"refused beside a table, by name: {', '.join(said)}: {verdict(holds=holds[-1])}")
    took = Run(name, "whole", sizes.killed, whole).result()
    # half of the kills fall into the run, half into writing
    shares = np.random.default_rng(SEED).uniform(0, 1, sizes.kills)
    moments = [
        share * took["solving"] if number % 2 else took["solving"] + share * took["writing"]
        for number, share in enumerate(shares)
    ]
    stopped, there = 0, 0
    for moment in moments:
        killed.unlink(missing_ok=True)
        run = Run(name, "killed", sizes.killed, killed)
        time.sleep(moment)
        run.process.kill()
        run.process.communicate()
        stopped += run.process.returncode == -signal.SIGKILL
        there += killed.exists()
        # whoever was not stopped in time has written all of it
        if killed.exists() and killed.read_bytes() != whole.read_bytes():
            holds.append(False)
    Run(name, "rest", sizes.killed, killed).result()
    holds.append(stopped > 0 and killed.read_bytes() == whole.read_bytes())
    print(
        f"kills: {stopped} of a table of {sizes.killed:,} IDs; its file there, and whole, after {there}; run "
        f"again the same bytes: {verdict(holds=holds[-1] and all(holds[2:]))}"
    )
    with xr.open_dataset(whole, engine="scipy") as data:
        value = float(data["IPRED"][sizes.killed // 2])
    place = whole.read_bytes().index(struct.pack(">d", value))
    undisturbed = Run(name, "open", sizes.killed, whole).result()["said"]
    # of the upper half, for the last bits may be another machine's
    flip(whole, place + 2)
    found = Run(name, "open", sizes.killed, whole).result()["said"]
    holds.append(not undisturbed and len(found) == 1)
    print(f"damage: one bit of a value; said: {[one[:90] for one in found]}: {verdict(holds=holds[-1])}")
    return holds


def main(arguments: Sequence[str] | None = None) -> bool:
    """Print tables, and say whether all holds that does not hang on the clock."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", metavar="NAME", choices=tuple(WORK))
    parser.add_argument("--quick", action="store_true", help="small sizes of every kind")
    given = parser.parse_args(arguments)
    print(f"{os.cpu_count()} processors", flush=True)
    holds = {}
    for name in WORK if given.only is None else [given.only]:
        work, begun = WORK[name], time.perf_counter()
        known = QUICK if given.quick else FULL
        sizes = known.get(name) or known["table" if isinstance(work, Table) else "people"]
        print(f"\n{name}, {work.engine} engine", flush=True)
        with tempfile.TemporaryDirectory(prefix="ldnsim_scale_") as place:
            folder = Path(place)
            found = of_table(name, folder, sizes) if isinstance(work, Table) else of_people(name, work, folder, sizes)
            holds[name] = all([*found, cost(name, folder, sizes)])
        print(f"{name}: {verdict(holds=holds[name])} ({time.perf_counter() - begun:.0f} s)", flush=True)
    return all(holds.values())


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
