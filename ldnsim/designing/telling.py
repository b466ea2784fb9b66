"""What was found, in words that every answer shares."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

FRONT = "on the front"
"""Column that says which rows are compromises."""

_WIDTH = 110


def in_lines(sentences: Iterable[str]) -> str:
    """Sentences, each from a line of its own."""
    return "\n".join(line for one in sentences for line in textwrap.wrap(one, _WIDTH))


def promised(error: float) -> str:
    """How well a fresh simulation keeps what was found."""
    return (
        f"A fresh simulation is within {100 * error:.2g} % of it." if error else "A fresh simulation meets it exactly."
    )


def reachable(name: str, told: Callable[[float], str], lowest: tuple[float, str], highest: tuple[float, str]) -> str:
    """Between which values an endpoint lies, and where it has them."""
    return f"a value that {name} reaches: from {told(lowest[0])} at {lowest[1]} to {told(highest[0])} at {highest[1]}"


def steps_of(count: Mapping[Any, int], kinds: Sequence[str]) -> str:
    """How many are of some kinds, in words that follow others."""
    said = [f"{count[kind]} {kind}" for kind in kinds if kind in count]
    return f" ({', '.join(said)})" if said else ""
