"""What a model shows: variables of a result with their dimensions, and assays that are read off states and outputs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from ..base.vocabulary import Term


class Variable(NamedTuple):
    """Where a variable of a result comes from.

    Attributes
    ----------
    meaning : str
        Long name; empty to take the vocabulary's.
    dims : dict of str to list of str
        Extra dimensions with their labels.
    parts : list of str
        Names of states, outputs or assays, in the order of the flattened dimensions.
    """

    meaning: str
    dims: dict[str, list[str]]
    parts: list[str]

    @property
    def size(self) -> int:
        """How many numbers it has at each sample."""
        return math.prod(map(len, self.dims.values()))


class Assay(NamedTuple):
    """What is read off the columns of a model.

    Attributes
    ----------
    of : callable
        ``of(columns, parameters)`` gives it.
    term : Term
        Name, unit and meaning.
    """

    of: Callable[[Mapping[str, Any], Any], Any]
    term: Term


def columns_of(variables: Mapping[str, Variable], names: Iterable[str]) -> int:
    """How many numbers some variables have at each sample."""
    return sum(variables[name].size for name in names)
