"""The equations as a list of array operations: recorded once by running them, then played on people side by side.

The equations run on any kind of number. Here they run once on numbers that write down what is done with them. What
the rates do not need is left out, what depends on parameters alone is computed once a person instead of at every
step, and no memory is asked for while playing. The operations are the equations' own, in their order.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from ..base.remembering import remembered
from ..base.rewriting import rewritten
from ..base.vocabulary import filled, flatten, is_declaration
from ..endorphin import Clock
from ..forms import positive_part
from ..models.following import written_down_alike
from ..models.recorder import Literal, Lost, Operand, Operation, Recorded, Tape, operand
from ..models.system import System
from .leg import Array


@dataclass(frozen=True)
class Recording:
    """The rates of some states as operations.

    Attributes
    ----------
    parameters : int
        How many parameters are given; their places come first, then one for each state, then the two of the clock.
    states : tuple of int
        Positions of the states whose rates are computed, those that no rate asks for last.
    asked : int
        How many of them some rate asks for.
    operations : tuple of (int, Operation)
        Place and operation, in order; only what is needed.
    rates : tuple of int or Literal
        Places of the rates, or numbers, in the order of `states`.
    kinks : tuple of int
        Places of the arguments of the kinks that some rate depends on.
    """

    parameters: int
    states: tuple[int, ...]
    asked: int
    operations: tuple[tuple[int, Operation], ...]
    rates: tuple[Operand, ...]
    kinks: tuple[int, ...]

    @property
    def clock(self) -> tuple[int, int]:
        """Places of the clock's rhythm and its rate."""
        return self.parameters + len(self.states), self.parameters + len(self.states) + 1

    @cached_property
    def arguments(self) -> frozenset[int]:
        """Places that an operation or a rate takes up."""
        every = [*self.rates, *(x for _, operation in self.operations for x in operation.arguments)]
        return frozenset(x for x in every if isinstance(x, int))

    def read_by(self, states: Collection[int]) -> frozenset[int]:
        """Places of parameters, states and the clock that the rates of states, by position, are computed from."""
        rates, operations = dict(zip(self.states, self.rates, strict=True)), dict(self.operations)
        waiting, seen = [rates[position] for position in states], set[int]()
        while waiting:
            place = waiting.pop()
            if isinstance(place, int) and place not in seen:
                seen.add(place)
                waiting += operations[place].arguments if place in operations else ()
        return frozenset(seen - operations.keys())

    def behind(self, wanted: Collection[int]) -> frozenset[int]:
        """Positions of some states and of all that have a say in them."""
        own = dict(enumerate(self.states, self.parameters))
        found, new = set[int](), set(wanted)
        while new:
            found |= new
            new = {own[place] for place in self.read_by(new) if place in own} - found
        return frozenset(found)

    @cached_property
    def exponents(self) -> frozenset[int]:
        """Parameters that are used as exponents."""
        found = {operation.arguments[1] for _, operation in self.operations if operation.function is np.power}
        return frozenset(x for x in found if isinstance(x, int) and x < self.parameters)


def record(
    system: System,
    declared: type[NamedTuple],
    like: Sequence[int],
    fixed: Mapping[int, float] | None = None,
    wanted: Sequence[int] | None = None,
) -> Recording:
    """Run the rates once on numbers that write down what is done with them.

    Parameters
    ----------
    system : System
        The model.
    declared : type
        ``NamedTuple`` of its parameters.
    like : sequence of int
        For each state the position of the first one that it is always equal to, often its own; -1 where it is zero.
    fixed : mapping of int to float, optional
        Parameters, by position, whose value is the same for all who will be played.
    wanted : sequence of int, optional
        States that will be read; those that have no say in any of them are left out. By default all.

    Returns
    -------
    Recording
        What is needed for the rates of the states that are like themselves.
    """
    return _recorded_once(
        system, declared, tuple(like), tuple((fixed or {}).items()), None if wanted is None else frozenset(wanted)
    )


def why_not_recorded(system: System, declared: type[NamedTuple]) -> str:
    """What an engine for many must be replaced by, and why; empty where the rates can be written down."""
    if not is_declaration(declared):  # said by what has the parameters
        return ""
    try:
        record(system, declared, range(len(system.names)))
    except Lost:
        return f"'reference', because {system.rates_name} decides by a number, or does what cannot be followed with it"
    if not written_down_alike(system, declared):
        return f"'reference', because {system.rates_name} gives other rates where its numbers are not floats"
    return ""


@remembered(64)
def _recorded_once(
    system: System,
    declared: type[NamedTuple],
    like: tuple[int, ...],
    fixed: tuple[tuple[int, float], ...],
    wanted: frozenset[int] | None,
) -> Recording:
    """The same, kept: legs of the same people follow each other, and periods of a steady state."""
    own = [position for position, first in enumerate(like) if position == first]
    found = _recorded(system, declared, like, dict(fixed), own)
    if wanted is not None:
        own = sorted(found.behind({like[position] for position in wanted} & {*own}))
        found = _recorded(system, declared, like, dict(fixed), own)
    asked = {position for place, position in enumerate(own, found.parameters) if place in found.arguments}
    return _recorded(system, declared, like, dict(fixed), [*sorted(asked), *(x for x in own if x not in asked)])


def _recorded(
    system: System, declared: type[NamedTuple], like: Sequence[int], fixed: Mapping[int, float], states: Sequence[int]
) -> Recording:
    count = len(flatten(declared))
    tape = Tape(count + len(states) + 2)
    found: list[tuple[int, int]] = []

    def kinked(x: Any) -> Any:
        result = positive_part(x)
        if isinstance(x, Recorded) and isinstance(result, Recorded):
            found.append((result.place, x.place))
        return result

    p = filled(declared, [fixed.get(place, Recorded(tape, place)) for place in range(count)])
    numbers: dict[int, Any] = {position: Recorded(tape, place) for place, position in enumerate(states, count)}
    state = system.pack([numbers.get(first, 0.0) for first in like])
    clock = Clock(*(Recorded(tape, count + len(states) + part) for part in (0, 1)))
    rates = system.flat(rewritten(system.rates, {"positive_part": kinked})(state, p, clock))
    if tape.lost:
        tape.lose()
    wanted = tuple(operand(rates[position]) for position in states)
    needed = tape.needed(wanted)
    operations = tuple(
        (place, operation) for place, operation in enumerate(tape.operations, tape.given) if place in needed
    )
    kinks = tuple(dict.fromkeys(place for result, place in found if result in needed))
    asked = sum(place in needed for place in range(count, count + len(states)))
    return Recording(count, tuple(states), asked, operations, wanted, kinks)


class Player:
    """A recording bound to arrays of people.

    Parameters
    ----------
    recording : Recording
        What to play.
    parameters : ndarray, shape (n_parameters, n_people)
        Parameters, in the order of the recording.

    Attributes
    ----------
    states : ndarray, shape (n_asked, n_people)
        To be filled before playing, with the states that some rate asks for.
    clock : ndarray, shape (2, n_people)
        To be filled before playing.
    rates : ndarray, shape (n_states, n_people)
        What playing fills.
    kinks : list of ndarray
        Arguments of the kinks, filled by playing too.
    """

    def __init__(self, recording: Recording, parameters: Array) -> None:
        people = parameters.shape[1]
        self.states = np.empty((recording.asked, people))
        self.clock = np.zeros((2, people))
        self.rates = np.empty((len(recording.states), people))
        at: dict[Operand, Array] = dict(enumerate(parameters))
        at |= dict(enumerate(self.states, recording.parameters))
        at |= dict(zip(recording.clock, self.clock, strict=True))
        literals = {x for _, op in recording.operations for x in op.arguments if isinstance(x, Literal)}
        # arrays for literals too, so that an operation never depends on the number of people
        at |= {x: np.full(people, x.value) for x in literals}
        self._once: list[tuple[Callable[..., Any], tuple[Array, ...]]] = []
        self._always: list[tuple[Callable[..., Any], tuple[Array, ...]]] = []
        once = set(range(recording.parameters))
        for place, (_, arguments) in recording.operations:
            if all(isinstance(x, Literal) or x in once for x in arguments):
                once.add(place)
        last = {x: place for place, (_, arguments) in recording.operations for x in arguments}
        targets = list(self.rates)
        rows = dict(zip(recording.rates, targets, strict=True))
        free: list[Array] = []
        temporary: dict[Operand, Array] = {}
        for place, (function, arguments) in recording.operations:
            inputs = tuple(at[x] for x in arguments)
            if place in once:
                at[place] = np.empty(people)
                self._once.append((function, (*inputs, at[place])))
                continue
            free += [temporary.pop(x) for x in set(arguments) if last[x] == place and x in temporary]
            if place in rows:
                at[place] = rows[place]
            else:
                at[place] = free.pop() if free else np.empty(people)
                if place not in recording.kinks:
                    temporary[place] = at[place]
            self._always.append((function, (*inputs, at[place])))
        for x, row in zip(recording.rates, targets, strict=True):
            if isinstance(x, Literal):
                row[:] = x.value
            elif at[x] is not row:
                self._always.append((np.positive, (at[x], row)))
        self.kinks = [at[place] for place in recording.kinks]
        self.refresh()

    def refresh(self) -> None:
        """Compute anew what depends on parameters alone."""
        for function, arrays in self._once:
            function(*arrays)

    def play(self) -> None:
        """Compute the rates and kinks."""
        for function, arrays in self._always:
            function(*arrays)
