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


class PutOff(LdnsimError):
    """A question that gave its place to a newer one of the same visitor; the text says how many have one."""

    def __init__(self, each: int, what: str) -> None:
        super().__init__(
            f"Put off, because newer questions came from your address, of which at most {each} {what} wait at a time."
        )


class _Job:
    """What is being worked out, and how many visitors wait for it."""

    def __init__(self, begun: Future[bytes]) -> None:
        self.begun = begun
        self.shared: asyncio.Future[bytes] = asyncio.wrap_future(begun)
        self.waiting = 0


class _Asking:
    """A question of one visitor, however often it was asked, and what is done when it is put off."""

    def __init__(self, key: Hashable, job: _Job) -> None:
        self.key, self.job, self.times = key, job, 0
        self.off: asyncio.Future[None] = asyncio.get_running_loop().create_future()


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
    each : int, optional
        How many different things one visitor can wait for; by default visitors are not told apart.

    Examples
    --------
    >>> async def twice() -> list[bytes]:
    ...     lane = Lane("files", workers=1, most=1, kept=1)
    ...     return await asyncio.gather(lane.get(1, lambda: b"once"), lane.get(1, lambda: b"never"))
    >>> asyncio.run(twice())
    [b'once', b'once']
    """

    def __init__(self, what: str, *, workers: int, most: int, kept: int, each: int | None = None) -> None:
        self._what, self._most, self._many = what, most, kept
        self._each = each
        self._own: dict[Hashable, dict[Hashable, _Asking]] = {}
        self._jobs: dict[Hashable, _Job] = {}
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._pool = ThreadPoolExecutor(workers)

    async def get(self, key: Hashable, work: Callable[[], bytes], visitor: Hashable = None) -> bytes:
        """The answer to a question, which is worked out unless it is kept or somebody waits for it already.

        What all who asked for it have given up before its turn came is not worked out. A visitor who waits for as much
        as one can gives up the oldest of it that has not begun.

        Parameters
        ----------
        key : hashable
            The question; equal ones have the same answer.
        work : callable
            What works it out, in another thread.
        visitor : hashable
            Who asks.

        Raises
        ------
        Busy
            If too much is waiting.
        PutOff
            If the visitor has asked for too much else since.
        """
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        asking = self._own.get(visitor, {}).get(key) or self._asked(key, work, visitor)
        shared = asking.job.shared
        asking.times += 1
        try:
            await asyncio.wait((shared, asking.off), return_when=asyncio.FIRST_COMPLETED)
            # first, because what nobody else waits for has then been cancelled as well
            if asking.off.done():
                raise self._put_off()
            return shared.result()
        finally:
            asking.times -= 1
            if not asking.times:
                self._leave(visitor, asking)

    def _asked(self, key: Hashable, work: Callable[[], bytes], visitor: Hashable) -> _Asking:
        """A new question of a visitor, in the place of an older one where there are too many; raises `Busy`."""
        own = self._own.get(visitor, {})
        if self._each is not None and len(own) >= self._each:
            waiting = (one for one in own.values() if not (one.job.begun.running() or one.job.begun.done()))
            oldest = next(waiting, None)
            if oldest is None:
                raise self._put_off()
            oldest.off.set_result(None)
            # at once, because its place is needed
            self._leave(visitor, oldest)
        job = self._jobs.get(key)
        if job is None:
            if len(self._jobs) >= self._most:
                raise Busy(self._most, self._what)
            job = self._jobs[key] = _Job(self._pool.submit(work))
            job.shared.add_done_callback(partial(self._done, key, job))
        job.waiting += 1
        asking = self._own.setdefault(visitor, {})[key] = _Asking(key, job)
        return asking

    def _put_off(self) -> PutOff:
        assert self._each is not None
        return PutOff(self._each, self._what)

    def _leave(self, visitor: Hashable, asking: _Asking) -> None:
        """A visitor waits no more."""
        own = self._own.get(visitor, {})
        # what was put off has left already, and may have been asked for anew
        if own.get(asking.key) is not asking:
            return
        del own[asking.key]
        if not own:
            del self._own[visitor]
        asking.job.waiting -= 1
        # what has begun cannot be stopped, and may be asked for again
        if not asking.job.waiting and asking.job.begun.cancel():
            self._forget(asking.key, asking.job)

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
    def new(cls, *, shared: bool = False) -> Lanes:
        """Empty ones. Two threads work on curves, and one on whatever takes long.

        Parameters
        ----------
        shared : bool
            Whether visitors are told apart, of whom each can wait for a fifth of the places for curves and a quarter of
            the others.
        """
        curves, others, files = (12, 3, 2) if shared else (None, None, None)
        return cls(
            Lane("scenarios", workers=2, most=60, kept=60, each=curves),
            Lane("scenarios that have to be compiled first", workers=1, most=12, kept=12, each=others),
            Lane("populations", workers=1, most=12, kept=12, each=others),
            Lane("files", workers=1, most=8, kept=0, each=files),
        )

    def close(self) -> None:
        """All of them."""
        for lane in self:
            lane.close()
