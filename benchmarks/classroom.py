"""A class on one explorer: thirty visitors who open it at once and move a slider now and then.

Run ``python benchmarks/classroom.py`` (two minutes) with the extras ``explore`` and ``test`` and Debian's Chromium.
First thirty clients that ask as the page does, then thirty pages in one Chromium beside the server on the same machine;
there a move counts until the last stroke on a canvas, and most of it is the browser, of which every student has one of
their own. A visitor moves every five seconds on average; a move of a client drags the slider over eight doses in 0.6 s,
of which the last one counts. Five look at 100 people and are told apart. ``--visitors N`` takes more
or fewer, ``--clients`` leaves out the pages.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import statistics
import sys
import time
from typing import Any

import numpy as np
from explorer import FLAGS, MOVE, WATCH, resident, started
from playwright.async_api import async_playwright
from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from ldnsim.explorer.server import ADDRESS

VISITORS, SECONDS, EVERY = 30, 45.0, 5.0
PEOPLE = 5
"""How many visitors look at bands."""
OPENED = ("", "page.css", "page.js", "drawing.json", "static/js/bokeh.min.js", "answer?")
DRAG, APART = 8, 0.08


class Client:
    """Asks as the page does: one question at a time, and always the newest."""

    def __init__(self, root: str, number: int) -> None:
        self.root, self.random = root, random.Random(number)
        self.people = 100 if number < PEOPLE else 0
        self.http = AsyncHTTPClient(force_instance=True, max_clients=6)
        self.taken: list[float] = []
        self.refused = 0

    async def get(self, path: str) -> None:
        """An answer, asked for again where the queue is full."""
        while True:
            try:
                await self.http.fetch(self.root + path, request_timeout=120)
            except HTTPClientError as error:
                if error.code != 503:
                    raise
                self.refused += 1
                await asyncio.sleep(2 + 2 * self.random.random())
            else:
                return

    async def open(self) -> float:
        """Seconds from the address to the first curves."""
        begun = time.perf_counter()
        for path in OPENED:
            await self.get(path)
        return time.perf_counter() - begun

    async def stay(self, until: float) -> None:
        """Move now and then."""
        while (pause := self.random.expovariate(1 / EVERY)) + time.perf_counter() < until:
            await asyncio.sleep(pause)
            wanted = f"dose={self.random.uniform(0.5, 8):.1f}"
            asked = ""
            moves = [f"dose={self.random.uniform(0.5, 8):.1f}" for _ in range(DRAG - 1)] + [wanted]
            begun = time.perf_counter()
            while asked != wanted:
                passed = time.perf_counter() - begun
                asked = moves[min(int(passed / APART), DRAG - 1)]
                asking = time.perf_counter()
                await self.get(f"answer?{asked}&days=28&people={self.people}")
                # as the page: a pause as long as the answer took, or until the slider is let go
                left = (DRAG - 1) * APART - (time.perf_counter() - begun)
                await asyncio.sleep(max(0.0, min(time.perf_counter() - asking, left)))
            self.taken.append(time.perf_counter() - begun - (DRAG - 1) * APART)


def told(what: str, seconds: list[float]) -> None:
    """A line of the table [ms]."""
    middle, late, most = (1000 * one for one in (statistics.median(seconds), *np.quantile(seconds, (0.95, 1.0))))
    print(f"{middle:8.0f} {late:8.0f} {most:8.0f}  {len(seconds):5d}  {what}", flush=True)


async def clients(root: str, visitors: int) -> None:
    """All of them as clients of the wire."""
    every = [Client(root, number) for number in range(visitors)]
    opened = await asyncio.gather(*(one.open() for one in every))
    told("clients: opened at once, until the first curves are there", opened)
    until = time.perf_counter() + SECONDS
    await asyncio.gather(*(one.stay(until) for one in every))
    for what, people in (("curves of one person", False), ("bands of 100 people", True)):
        told(
            f"clients: move of a slider, {what}", [t for one in every if bool(one.people) is people for t in one.taken]
        )
    print(f"{sum(one.refused for one in every)} answers were put off because a queue was full")


async def pages(root: str, visitors: int) -> None:
    """All of them as pages of one browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        every = [await browser.new_page(viewport={"width": 1280, "height": 900}) for _ in range(visitors)]

        async def visit(page: Any) -> float:
            page.set_default_timeout(120_000)
            await page.add_init_script(WATCH)
            begun = time.perf_counter()
            await page.goto(root)
            await page.wait_for_selector("body[data-shown]")
            return time.perf_counter() - begun

        told("pages: opened at once, until the first curves are there", list(await asyncio.gather(*map(visit, every))))
        taken: list[float] = []

        async def stay(page: Any, number: int, until: float) -> None:
            drawn = random.Random(number)
            while (pause := drawn.expovariate(1 / EVERY)) + time.perf_counter() < until:
                await asyncio.sleep(pause)
                taken.append(await page.evaluate(MOVE, f"{drawn.uniform(0.5, 8):.1f}") / 1000)

        until = time.perf_counter() + SECONDS
        await asyncio.gather(*(stay(page, number, until) for number, page in enumerate(every)))
        told("pages: move of a slider until the last stroke, one person", taken)
        await browser.close()


def main() -> None:
    """Print the table."""
    visitors = int(sys.argv[sys.argv.index("--visitors") + 1]) if "--visitors" in sys.argv else VISITORS
    with started() as (port, process):
        root = f"http://{ADDRESS}:{port}/"
        before = resident(process)
        print(f"{visitors} visitors; load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        print(f"{'median':>8} {'95 %':>8} {'most ms':>8}  {'moves':>5}  what")
        asyncio.run(clients(root, visitors))
        between = resident(process)
        if "--clients" not in sys.argv:
            asyncio.run(pages(root, visitors))
        print(f"resident memory of the server [MB]: {before:.0f} at first, {between:.0f} after the clients, ", end="")
        print(f"{resident(process):.0f} at the end; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
