"""Variables of a result from a recording: only the operations that they need, for arrays of people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .recorder import Evaluate, Literal, Operand, Operation, Tape


class Replay(NamedTuple):
    """Operations that lead to some results.

    Attributes
    ----------
    operations : tuple of (int, Operation, tuple of int)
        Place, operation, and places that nothing takes up afterwards, so that memory is let go.
    results : mapping of str to int or Literal
        Places of the results by name, or numbers.
    needed : frozenset of int
        Places that are taken up of what is given.
    """

    operations: tuple[tuple[int, Operation, tuple[int, ...]], ...]
    results: Mapping[str, Operand]
    needed: frozenset[int]

    @classmethod
    def of(cls, evaluate: Evaluate, count: int, names: Sequence[str]) -> Replay:
        """Record some equations.

        Parameters
        ----------
        evaluate : callable
            ``evaluate(numbers)`` gives a result for each name.
        count : int
            How many numbers go into it.
        names : sequence of str
            What the results are called.

        Returns
        -------
        Replay
            What leads to them.

        Raises
        ------
        TypeError
            If they are not plain arithmetic; other errors of the equations are passed on.
        """
        tape = Tape(count, as_written=True)
        found = tape.record(evaluate)
        needed = tape.needed(found)
        every = [(place, one) for place, one in enumerate(tape.operations, count) if place in needed]
        last = {x: place for place, (_, arguments) in every for x in arguments if isinstance(x, int) and x >= count}
        gone: dict[int, list[int]] = {}
        for place, after in last.items():
            if place not in found:
                gone.setdefault(after, []).append(place)
        operations = tuple((place, one, tuple(gone.get(place, ()))) for place, one in every)
        return cls(
            operations, dict(zip(names, found, strict=True)), frozenset(place for place in needed if place < count)
        )

    def __call__(self, given: Sequence[Any]) -> dict[str, Any]:
        """The results, from arrays that can be put together or numbers; what is no number is no error."""
        at: dict[int, Any] = {place: given[place] for place in self.needed}

        def value(x: Operand) -> Any:
            return x.value if isinstance(x, Literal) else at[x]

        with np.errstate(all="ignore"):
            for place, (function, arguments), gone in self.operations:
                numbers = [value(x) for x in arguments]
                # squares and roots have a way of their own behind the operator
                at[place] = pow(*numbers) if function is np.power else function(*numbers)
                for other in gone:
                    del at[other]
        return {name: value(x) for name, x in self.results.items()}
