"""Memory of the explorer's server under rounds of populations: what the program holds, and what the C library keeps.

Run ``python benchmarks/explorer_memory.py`` (some minutes; Linux with glibc) with the extra ``explore``. In each round
visitors ask at a time for populations that were not there before, through the queues of the server. After it stand what
the process holds of the machine, what of it the C library has handed out and not got back, what the library keeps free,
the answers that queues keep, and how many objects Python's collector knows; at the end the same after what is kept was
emptied, and after the library was asked to give back what is free. ``--rounds``, ``--each``, ``--people`` and
``--days`` change the work; ``--traced`` counts also what Python itself has allocated, many times slower.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import gc
import os
import tracemalloc
from functools import partial

from explorer import resident

from ldnsim.explorer import work
from ldnsim.explorer.address import read_each
from ldnsim.explorer.answer import answer, key_of
from ldnsim.explorer.turns import Lanes

MB = 1024.0**2


class _Info(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost",
    )]  # fmt: skip


LIBRARY = ctypes.CDLL("libc.so.6")
LIBRARY.mallinfo2.restype = _Info


def told(what: str, kept: int = 0) -> None:
    """Print a line of the table, with the bytes of answers that are kept."""
    gc.collect()
    info = LIBRARY.mallinfo2()
    traced = f" {tracemalloc.get_traced_memory()[0] / MB:9.1f}" if tracemalloc.is_tracing() else ""
    print(f"{what:>22} {resident(os.getpid()):12.1f} {(info.uordblks + info.hblkhd) / MB:10.1f} "
          f"{info.fordblks / MB:10.1f} {kept / MB:10.1f} {len(gc.get_objects()):10d}{traced}", flush=True)  # fmt: skip


async def ask(lanes: Lanes, query: str, visitor: int) -> None:
    """One visitor: the curves of one person first, then the people, as the server does."""
    asked = read_each(query)
    alone = asked._replace(people=0)
    await lanes.curves.get(key_of(alone), partial(answer, alone), visitor)
    await lanes.people.get(key_of(asked), partial(answer, asked), visitor)


async def measure(rounds: int, each: int, people: int, days: int) -> None:
    """Rounds of visitors who ask at a time for what was not asked before."""
    lanes = Lanes.new(shared=True)
    for number in range(rounds):
        seeds = range(number * each, (number + 1) * each)
        await asyncio.gather(*(ask(lanes, f"people={people}&days={days}&seed={seed}", seed) for seed in seeds))
        told(f"round {number + 1}", sum(len(one) for lane in lanes for one in lane._kept.values()))
    lanes.close()
    for lane in lanes:
        lane._kept.clear()
    told("without answers")
    work._run.cache_clear()
    work._crowd.cache_clear()
    told("without kept runs")
    LIBRARY.malloc_trim(0)
    told("after malloc_trim")


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser()
    for name, usual in (("rounds", 7), ("each", 12), ("people", 500), ("days", 84)):
        asked.add_argument(f"--{name}", type=int, default=usual)
    asked.add_argument("--traced", action="store_true")
    given = asked.parse_args()
    answer(read_each("people=2&days=2"))
    if given.traced:
        tracemalloc.start()
    print(
        f"{'':>22} {'resident MB':>12} {'in use MB':>10} {'free MB':>10} {'answers MB':>10} {'objects':>10}"
        + " traced MB" * given.traced
    )
    told("at first")
    asyncio.run(measure(given.rounds, given.each, given.people, given.days))


if __name__ == "__main__":
    main()
