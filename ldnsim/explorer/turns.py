"""Whose turn it is: what visitors ask for is worked out one after the other, once for all who ask for the same."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

from ..base.errors import LdnsimError


class Busy(LdnsimError):
    """A queue that takes nothing more for now; the text says how long it is."""

    def __init__(self, waiting: int, what: str) -> None:
        super().__init__(f"{waiting} {what} are being worked out for other visitors, which is the most at a time.")


class _Job:
    """What is being worked out, and how many wait for it."""

    def __init__(self, begun: Future[bytes]) -> None:
        self.begun = begun
        self.shared: asyncio.Future[bytes] = asyncio.wrap_future(begun)
        self.waiting = 0


class Lane:
    """A queue with an end, and what came of the last things that were asked of it.

    Parameters
    ----------
    what : str
        What its answers are called where it is full.
    workers : int
        How many threads work at a time.
    most : int
        How many different things can wait or be worked out.
    kept : int
        How many answers are kept for those who ask for the same later.

    Examples
    --------
    >>> async def twice() -> list[bytes]:
    ...     lane = Lane("files", workers=1, most=1, kept=1)
    ...     return await asyncio.gather(lane.get(1, lambda: b"once"), lane.get(1, lambda: b"never"))
    >>> asyncio.run(twice())
    [b'once', b'once']
    """

    def __init__(self, what: str, *, workers: int, most: int, kept: int) -> None:
        self._what, self._most, self._many = what, most, kept
        self._jobs: dict[Hashable, _Job] = {}
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._pool = ThreadPoolExecutor(workers)

    async def get(self, key: Hashable, work: Callable[[], bytes]) -> bytes:
        """The answer to a question, which is worked out unless it is kept or somebody waits for it already.

        What all who asked for it have given up before its turn came is not worked out.

        Parameters
        ----------
        key : hashable
            The question; equal ones have the same answer.
        work : callable
            What works it out, in another thread.

        Raises
        ------
        Busy
            If too much is waiting.
        """
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        job = self._jobs.get(key)
        if job is None:
            if len(self._jobs) >= self._most:
                raise Busy(self._most, self._what)
            job = self._jobs[key] = _Job(self._pool.submit(work))
            job.shared.add_done_callback(partial(self._done, key, job))
        job.waiting += 1
        try:
            return await asyncio.shield(job.shared)
        finally:
            job.waiting -= 1
            # what has begun cannot be stopped, and may be asked for again
            if not job.waiting and job.begun.cancel():
                self._forget(key, job)

    def _forget(self, key: Hashable, job: _Job) -> None:
        # the same may have been asked for anew since it was given up
        if self._jobs.get(key) is job:
            del self._jobs[key]

    def _done(self, key: Hashable, job: _Job, shared: asyncio.Future[bytes]) -> None:
        self._forget(key, job)
        if shared.cancelled() or shared.exception() is not None:
            return
        self._kept[key] = shared.result()
        if len(self._kept) > self._many:
            self._kept.popitem(last=False)

    def close(self) -> None:
        """Work nothing more out; what nobody will see need not be finished before the program ends."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class Lanes(NamedTuple):
    """The queues of a server, apart because nobody's curves shall wait for compiling, people or pictures.

    Attributes
    ----------
    curves, compiling, people, files : Lane
        Of one person, where the equations are compiled and where they have to be first; of bands, and of files.
    """

    curves: Lane
    compiling: Lane
    people: Lane
    files: Lane

    @classmethod
    def new(cls) -> Lanes:
        """Empty ones. Two threads work on curves, and one on whatever takes long."""
        return cls(
            Lane("scenarios", workers=2, most=60, kept=60),
            Lane("scenarios that have to be compiled first", workers=1, most=12, kept=12),
            Lane("populations", workers=1, most=12, kept=12),
            Lane("files", workers=1, most=8, kept=0),
        )

    def close(self) -> None:
        """All of them."""
        for lane in self:
            lane.close()
