"""Results that are kept for the next time, of arguments that can be looked up."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_FORGET: list[Callable[[], None]] = []
"""What empties each of them."""

_forgotten = 0


def remembered(most: int) -> Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]:
    """As `functools.lru_cache`, and without keeping anything where an argument has no hash.

    What has none, such as a callable of a user with attributes of its own, may change between two calls.

    Parameters
    ----------
    most : int
        How many results are kept.

    Returns
    -------
    callable
        The decorator.

    Examples
    --------
    >>> @remembered(8)
    ... def length(texts):
    ...     return len(texts)
    >>> length(("a", "b")), length(["a"])
    (2, 1)
    """

    def decorated(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        kept = lru_cache(most)(function)
        _FORGET.append(kept.cache_clear)

        @wraps(function)
        def looked_up(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
            try:
                hash((args, *kwargs.values()))
            except TypeError:
                return function(*args, **kwargs)
            return kept(*args, **kwargs)  # type: ignore[arg-type]

        return looked_up

    return decorated


def forget() -> None:
    """Keep no result any longer, because what results were made of has changed."""
    global _forgotten
    _forgotten += 1
    for empty in _FORGET:
        empty()


def forgotten() -> int:
    """How often all was forgotten, by which an object that keeps results itself knows that they are of before."""
    return _forgotten
