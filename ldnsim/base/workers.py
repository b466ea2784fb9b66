"""Threads that share work, or none where they cannot be started, as in a browser."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import cache
from threading import Thread
from typing import Any


class AtOnce(Executor):
    """Does everything when it is asked to, in the thread that asks."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """What a function gives, which is known when this returns."""
        found: Future[Any] = Future()
        try:
            found.set_result(function(*arguments, **named))
        except Exception as error:
            found.set_exception(error)
        return found


@cache
def _threads_start() -> bool:
    thread = Thread(target=int)
    try:
        thread.start()
    except RuntimeError:
        return False
    thread.join()
    return True


def workers(most: int | None = None) -> Executor:
    """Who does work, to be used in a ``with``.

    Parameters
    ----------
    most : int, optional
        How many threads at most.

    Returns
    -------
    Executor
        Threads, or `AtOnce` where Python cannot start any.

    Examples
    --------
    >>> with workers(2) as pool:
    ...     list(pool.map(abs, [-1, 2]))
    [1, 2]
    """
    return ThreadPoolExecutor(most) if _threads_start() else AtOnce()
