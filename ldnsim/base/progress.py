"""How far a long run is: share done, rate and time left, on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[int], None]

_TENTHS = 10
_SPEED_SECONDS = 600.0


@contextmanager
def progress_bar(total: int, what: str, *, done: int = 0, quiet: bool = False) -> Iterator[Advance]:
    """Show how far a run is: a bar on a terminal, otherwise a line at every tenth.

    Parameters
    ----------
    total : int
        Number of things in all.
    what : str
        What they are, in the plural, such as ``people``.
    done : int
        How many were done before; they do not count for the rate.
    quiet : bool
        Whether to print nothing.

    Yields
    ------
    callable
        Call it with how many more are done.
    """
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        yield from _bar(total, what, done)
    else:
        yield from _lines(total, what, done)


def _bar(total: int, what: str, done: int) -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(rate(task.finished_speed or task.speed, what))

    columns = (TextColumn("{task.percentage:3.0f} % of {task.total:,} {task.description}"), BarColumn(), Rate())
    # chunks come minutes apart, so the speed is taken over a long time
    with Progress(
        *columns, TimeRemainingColumn(), console=Console(stderr=True), speed_estimate_period=_SPEED_SECONDS
    ) as bar:
        task = bar.add_task(what, total=total, completed=done)
        yield lambda number: bar.advance(task, number)


def _lines(total: int, what: str, done: int) -> Iterator[Advance]:
    begun, start, now = time.monotonic(), done, done

    def advance(number: int) -> None:
        nonlocal now
        before, now = now, now + number
        if now * _TENTHS // total > before * _TENTHS // total:
            print(line(now, total, what, now - start, time.monotonic() - begun), file=sys.stderr, flush=True)

    yield advance


def line(done: int, total: int, what: str, fresh: int, seconds: float) -> str:
    """One line of progress.

    Parameters
    ----------
    done, total : int
        How many are done, and in all.
    what : str
        What they are.
    fresh : int
        How many of them this run did.
    seconds : float
        In how long [s].

    Returns
    -------
    str
        Share done, rate and time left.
    """
    speed = fresh / seconds if seconds > 0 and fresh > 0 else None
    left = f", {clock((total - done) / speed)} left" if speed else ""
    return f"{100 * done // total} % of {total:,} {what}, {rate(speed, what)}{left}"


def rate(speed: float | None, what: str) -> str:
    """A rate in words; `speed` is in things a second, None where it is not known yet."""
    if speed is None:
        return f"? {what}/s"
    return f"{speed:,.0f} {what}/s" if speed >= 10 else f"{speed:.2g} {what}/s"


def clock(seconds: float) -> str:
    """A time as hours, minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
