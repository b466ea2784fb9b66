"""Whose turn it is: shared work, queues with an end, and what nobody waits for any more."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable

import pytest

from ldnsim import InputError
from ldnsim.explorer.turns import Busy, Lane, Lanes, PutOff


class Work:
    """Something that takes until it is let go, and counts how often it is done."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.go = threading.Event()

    def of(self, name: str) -> Callable[[], bytes]:
        def work() -> bytes:
            self.begun.append(name)
            assert self.go.wait(30)
            return name.encode()

        return work


async def until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0)


def test_what_several_ask_for_is_worked_out_once_and_kept() -> None:
    async def ask() -> None:
        lane, work = Lane("scenarios", workers=2, most=2, kept=1), Work()
        asking = [asyncio.ensure_future(lane.get("same", work.of("one"))) for _ in range(30)]
        await until(lambda: bool(work.begun))
        work.go.set()
        assert set(await asyncio.gather(*asking)) == {b"one"}
        assert await lane.get("same", work.of("again")) == b"one"
        assert await lane.get("other", work.of("two")) == b"two"
        # one answer alone is kept
        assert await lane.get("same", work.of("anew")) == b"anew"
        assert work.begun == ["one", "two", "anew"]
        lane.close()

    asyncio.run(ask())


def test_a_full_queue_takes_nothing_new_and_says_so() -> None:
    async def ask() -> None:
        lane, work = Lane("scenarios", workers=1, most=3, kept=0), Work()
        asking = [asyncio.ensure_future(lane.get(number, work.of(str(number)))) for number in range(3)]
        await until(lambda: bool(work.begun))
        with pytest.raises(Busy, match="3 scenarios are being worked out"):
            await lane.get("more", work.of("more"))
        # who asks for what is on its way takes no place
        asking.append(asyncio.ensure_future(lane.get(1, work.of("never"))))
        work.go.set()
        assert list(await asyncio.gather(*asking)) == [b"0", b"1", b"2", b"1"]
        assert await lane.get("more", work.of("more")) == b"more"
        lane.close()

    asyncio.run(ask())


def test_what_nobody_waits_for_any_more_never_begins() -> None:
    async def ask() -> None:
        lane, work = Lane("scenarios", workers=1, most=9, kept=9), Work()
        running, gone, left, stays = (
            asyncio.ensure_future(lane.get(key, work.of(key))) for key in ("running", "gone", "shared", "shared")
        )
        await until(lambda: bool(work.begun))
        for one in (running, gone, left):
            one.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await one
        # its place is free for the same question, which waits anew
        again = asyncio.ensure_future(lane.get("gone", work.of("again")))
        await asyncio.sleep(0)
        work.go.set()
        assert list(await asyncio.gather(stays, again)) == [b"shared", b"again"]
        # what had begun could not be stopped, and is there for the next who asks
        assert await lane.get("running", work.of("never")) == b"running"
        assert work.begun == ["running", "shared", "again"]
        lane.close()

    asyncio.run(ask())


def test_what_goes_wrong_is_told_to_all_and_not_kept() -> None:
    def wrong() -> bytes:
        raise InputError("dose", 1, "another")

    async def ask() -> None:
        lane = Lane("scenarios", workers=1, most=9, kept=9)
        found = await asyncio.gather(*(lane.get("same", wrong) for _ in range(3)), return_exceptions=True)
        assert [type(one) for one in found] == [InputError] * 3
        assert await lane.get("same", lambda: b"right") == b"right"
        lane.close()

    asyncio.run(ask())


def test_who_asks_without_pause_takes_the_place_of_nobody_else() -> None:
    async def ask() -> None:
        lane, work = Lane("scenarios", workers=1, most=6, kept=0, each=3), Work()

        def asked(visitor: str, key: str) -> asyncio.Task[bytes]:
            return asyncio.ensure_future(lane.get(key, work.of(key), visitor))

        flood = [asked("loud", f"loud {number}") for number in range(3)]
        await until(lambda: bool(work.begun))
        flood += [asked("loud", f"loud {number}") for number in range(3, 40)]
        others = [asked(visitor, f"{visitor} asks") for visitor in ("anna", "bo", "cyd")]
        await until(lambda: sum(one.done() for one in flood) == 37)
        # what had begun stays, of the rest the newest
        assert [number for number, one in enumerate(flood) if not one.done()] == [0, 38, 39]
        assert all(isinstance(one.exception(), PutOff) for one in flood if one.done())
        assert str(flood[5].exception()) == (
            "Put off, because newer questions came from your address, of which at most 3 scenarios wait at a time."
        )
        # the queue is full, and whoever comes now is told so, but nobody lost a place
        with pytest.raises(Busy):
            await lane.get("dee asks", work.of("dee asks"), "dee")
        work.go.set()
        assert list(await asyncio.gather(*others)) == [b"anna asks", b"bo asks", b"cyd asks"]
        assert work.begun == ["loud 0", "loud 38", "loud 39", "anna asks", "bo asks", "cyd asks"]
        assert lane._own == {}
        lane.close()

    asyncio.run(ask())


def test_what_others_wait_for_too_is_worked_out_though_one_of_them_was_put_off() -> None:
    async def ask() -> None:
        lane, work = Lane("scenarios", workers=1, most=9, kept=0, each=2), Work()

        def asked(visitor: str, key: str) -> asyncio.Task[bytes]:
            return asyncio.ensure_future(lane.get(key, work.of(key), visitor))

        begun = asked("loud", "begun")
        await until(lambda: bool(work.begun))
        # one question asked twice is one, and so is that of another visitor
        shared = [asked("loud", "shared"), asked("loud", "shared"), asked("anna", "shared")]
        await until(lambda: "shared" in lane._jobs and lane._jobs["shared"].waiting == 2)
        newer = asked("loud", "newer")
        await until(lambda: shared[0].done() and shared[1].done())
        assert [type(one.exception()) for one in shared[:2]] == [PutOff, PutOff]
        # and can be asked for anew, which puts off the other one
        again = asked("loud", "shared")
        await until(newer.done)
        work.go.set()
        assert list(await asyncio.gather(begun, shared[2], again)) == [b"begun", b"shared", b"shared"]
        assert work.begun == ["begun", "shared"]
        lane.close()

    asyncio.run(ask())


def test_visitors_are_told_apart_where_there_are_several() -> None:
    for lane, alone in zip(Lanes.new(shared=True), Lanes.new(), strict=True):
        # nobody fills a queue alone, and what is worked on at once is never all that one may ask
        assert lane._each is not None
        assert lane._pool._max_workers < lane._each <= lane._most / 4
        assert alone._each is None
        lane.close()
        alone.close()
