"""What can happen at a time: amounts enter, infusions start and stop, states are set, decisions are taken."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from .records import Array, Drive, Note, Taken


@dataclass
class Course:
    """Where a run stands: what events change.

    Attributes
    ----------
    state : ndarray, shape (n_states,)
        The state now.
    parameters : NamedTuple or callable
        See `Drive`.
    on : ndarray of bool, shape (n_states,)
        Which states are there.
    infusions : dict
        Running infusions by key: state and rate per hour.
    steady : callable, optional
        ``steady(cycle, course, time)`` gives the steady state of a cycle and its residual.
    decide : callable, optional
        ``decide(number, time, state)`` gives the factor by which a planned dose is given.
    given : dict of int to float
        Factor of each dose decided so far.
    taken : float
        Time of the last administration [h], nan before the first.
    notes : dict of int to Note
        State at each row that asked for it.
    residual : float
        Largest residual of the steady states so far, nan if none.
    doses : list of Taken
        Administrations so far.
    spans : list of (int, NamedTuple or callable)
        How many samples were read under which parameters, in order.
    """

    state: Array
    parameters: Any
    on: NDArray[np.bool_]
    infusions: dict[Hashable, tuple[int, float]] = field(default_factory=dict)
    steady: Callable[[Cycle, Course, float], tuple[Array, float]] | None = None
    decide: Callable[[int, float, Array], float] | None = None
    given: dict[int, float] = field(default_factory=dict)
    taken: float = np.nan
    notes: dict[int, Note] = field(default_factory=dict)
    residual: float = np.nan
    doses: list[Taken] = field(default_factory=list)
    spans: list[tuple[int, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        # events change these in place
        self.state, self.on = self.state.astype(float), self.on.copy()

    def drive(self) -> Drive:
        """What acts on the state from now on."""
        rate = np.zeros(len(self.state))
        for state, amount in self.infusions.values():
            rate[state] += amount
        return Drive(self.parameters, rate, self.on.copy())


@dataclass(frozen=True)
class Event:
    """Something that happens; by itself it only marks a time.

    Attributes
    ----------
    time : float
        When [h].
    """

    marked: ClassVar[bool] = True
    """Whether a sample at its time has two sides."""

    time: float

    @property
    def size(self) -> float:
        """Amount that it brings at once or within an hour."""
        return 0.0

    def happen(self, course: Course) -> None:
        """Change the course."""


@dataclass(frozen=True)
class Jump(Event):
    """An amount that enters a state at once, and turns it on.

    Attributes
    ----------
    state : int
        Position of the state.
    amount : float
        How much, in the unit of the state.
    dose : int
        Number of the dose, where a decision may change it; -1 for none.
    """

    state: int
    amount: float
    dose: int = -1

    @property
    def size(self) -> float:
        """Amount that enters."""
        return self.amount

    def happen(self, course: Course) -> None:
        """Add the amount."""
        course.on[self.state] = True
        course.state[self.state] += self.amount * course.given.get(self.dose, 1.0)


@dataclass(frozen=True)
class Infuse(Event):
    """An infusion that starts, and turns its state on.

    Attributes
    ----------
    state : int
        Position of the state.
    rate : float
        How much an hour.
    key : hashable
        Name of the infusion.
    dose : int
        Number of the dose, where a decision may change it; -1 for none.
    """

    state: int
    rate: float
    key: Hashable
    dose: int = -1

    @property
    def size(self) -> float:
        """Amount that enters in an hour."""
        return self.rate

    def happen(self, course: Course) -> None:
        """Start the infusion."""
        course.on[self.state] = True
        course.infusions[self.key] = (self.state, self.rate * course.given.get(self.dose, 1.0))


@dataclass(frozen=True)
class Halt(Event):
    """An infusion that ends; nothing if it was stopped before.

    Attributes
    ----------
    key : hashable
        Name of the infusion.
    """

    key: Hashable

    def happen(self, course: Course) -> None:
        """End the infusion."""
        course.infusions.pop(self.key, None)


@dataclass(frozen=True)
class Reset(Event):
    """Everything back to the start: amounts, infusions, what is on.

    Attributes
    ----------
    initial : ndarray, shape (n_states,)
        State at the start.
    on : ndarray of bool, shape (n_states,)
        What is on at the start.
    restart : bool
        Whether time starts again, so that no dose has been taken yet.
    """

    initial: Array
    on: NDArray[np.bool_]
    restart: bool

    def happen(self, course: Course) -> None:
        """Go back to the start."""
        course.state = self.initial.copy()
        course.on = self.on.copy()
        course.infusions.clear()
        if self.restart:
            course.taken = np.nan


@dataclass(frozen=True)
class Put(Event):
    """States that are given a value, and turned on.

    Attributes
    ----------
    values : sequence of (int, float)
        Positions and values.
    """

    values: Sequence[tuple[int, float]]

    @property
    def size(self) -> float:
        """Largest value."""
        return max(value for _, value in self.values)

    def happen(self, course: Course) -> None:
        """Set the states."""
        for state, value in self.values:
            course.on[state] = True
            course.state[state] = value


@dataclass(frozen=True)
class Scale(Event):
    """States that are multiplied.

    Attributes
    ----------
    states : sequence of int
        Positions.
    factor : float
        By how much.
    """

    states: Sequence[int]
    factor: float

    def happen(self, course: Course) -> None:
        """Multiply the states."""
        course.state[list(self.states)] *= self.factor


@dataclass(frozen=True)
class Switch(Event):
    """States that are turned on, or off, which empties them and stops infusions into them.

    Attributes
    ----------
    states : sequence of int
        Positions.
    on : bool
        Which of the two.
    """

    states: Sequence[int]
    on: bool

    def happen(self, course: Course) -> None:
        """Turn the states on or off."""
        course.on[list(self.states)] = self.on
        if not self.on:
            course.state[list(self.states)] = 0.0
            for key in [key for key, (state, _) in course.infusions.items() if state in self.states]:
                del course.infusions[key]


@dataclass(frozen=True)
class Change(Event):
    """Parameters that change.

    Attributes
    ----------
    parameters : NamedTuple or callable
        The new ones, see `Drive`.
    """

    marked: ClassVar[bool] = False
    parameters: Any

    def happen(self, course: Course) -> None:
        """Take the new parameters."""
        course.parameters = self.parameters


@dataclass(frozen=True)
class Take(Event):
    """An administration, from which the time after dose counts.

    Attributes
    ----------
    dose : int
        Number of the dose, where a decision may change it; -1 for none.
    amount : float
        How much is taken; nan for what only counts.
    hours : float
        How long it is infused [h].
    """

    marked: ClassVar[bool] = False
    dose: int = -1
    amount: float = np.nan
    hours: float = 0.0

    def happen(self, course: Course) -> None:
        """Decide about the dose, if anybody does, and count from here."""
        if course.decide is not None and self.dose >= 0:
            course.given[self.dose] = course.decide(self.dose, self.time, course.state.copy())
        if course.given.get(self.dose, 1.0) > 0:
            course.taken = self.time
        if not np.isnan(self.amount):
            course.doses.append(Taken(self.time, self.amount, self.hours))


@dataclass(frozen=True)
class Forget(Event):
    """Time starts again without a reset: no dose has been taken yet."""

    marked: ClassVar[bool] = False

    def happen(self, course: Course) -> None:
        """Forget the last administration."""
        course.taken = np.nan


@dataclass(frozen=True)
class Look(Event):
    """A row that asks for the state.

    Attributes
    ----------
    row : int
        Number of the row.
    """

    marked: ClassVar[bool] = False
    row: int

    def happen(self, course: Course) -> None:
        """Note the state."""
        p = course.parameters
        now = p(self.time) if callable(p) else p
        course.notes[self.row] = Note(self.time, course.state.copy(), self.time - course.taken, now)


@dataclass(frozen=True)
class Cycle:
    """What repeats forever: events from 0 to an interval, and what is infused all the time.

    Attributes
    ----------
    events : tuple of Event
        Events at times from 0 to below `interval`.
    interval : float
        After which all repeats [h]; 0 where nothing but constant infusions acts.
    """

    events: tuple[Event, ...]
    interval: float


@dataclass(frozen=True)
class Steady(Event):
    """The state becomes that of a regimen which has gone on forever.

    Attributes
    ----------
    cycle : Cycle
        The regimen, seen from this time on.
    add : bool
        Whether the steady amounts are added to what is there and infusions go on (SS=2), instead
        of taking their place.
    """

    cycle: Cycle
    add: bool

    @property
    def size(self) -> float:
        """Largest amount of the cycle."""
        return max((event.size for event in self.cycle.events), default=0.0)

    def happen(self, course: Course) -> None:
        """Find the steady state and take it."""
        assert course.steady is not None
        if not self.add:
            course.infusions.clear()
        for event in self.cycle.events:
            # the doses that went before have turned on what they enter
            if isinstance(event, Jump | Infuse):
                course.on[event.state] = True
        before = course.state
        if self.add:
            # what only collects keeps what it has, and must not be counted twice
            course.state = np.zeros_like(before)
        found, residual = course.steady(self.cycle, course, self.time)
        course.residual = float(np.fmax(course.residual, residual))
        course.state = before + found if self.add else found


@dataclass(frozen=True)
class Past(Steady):
    """A steady state with which a run begins, so that there is nothing before it to be shown."""

    marked: ClassVar[bool] = False
