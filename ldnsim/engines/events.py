"""What can happen at a time: amounts enter, infusions run, parameters change, states are set, decisions are taken.

Every number of an event is one for all subjects who share a design, or an array with one for each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .leg import Array

Number: TypeAlias = float | Array
"""One number for all subjects, or an array of shape (n_subjects,)."""


@dataclass
class RunState:
    """Where subjects stand whom an event interrupts.

    Attributes
    ----------
    state : ndarray, shape (n_states, n_subjects)
        The state now.
    number : ndarray of int64, shape (n_subjects,)
        Which set of parameters holds.
    on : ndarray of bool, shape (n_states, n_subjects)
        Which states are there.
    ahead : float
        How far the time of the run is ahead of the time that the clock follows [h].
    given : dict of int to ndarray, shape (n_subjects,)
        By which factor each dose decided so far is given.
    decide : callable, optional
        ``decide(dose, time, states)`` gives that factor.
    """

    state: Array
    number: NDArray[np.int64]
    on: NDArray[np.bool_]
    ahead: float = 0.0
    given: dict[int, Array] = field(default_factory=dict)
    decide: Callable[[int, Array, Array], Array] | None = None


@dataclass(frozen=True)
class Event:
    """Something that happens; by itself it only marks a time.

    Attributes
    ----------
    time : float or ndarray
        When [h].
    """

    marked: ClassVar[bool] = True
    """Whether a sample at its time has two sides."""

    time: Number

    @property
    def size(self) -> Number:
        """Amount that it brings at once or within an hour."""
        return 0.0


@dataclass(frozen=True)
class Jump(Event):
    """An amount that enters a state at once, and turns it on.

    Attributes
    ----------
    state : int
        Position of the state.
    amount : float or ndarray
        How much, in the unit of the state.
    dose : int
        Number of the dose, where a decision may change it; -1 for none.
    """

    state: int
    amount: Number
    dose: int = -1

    @property
    def size(self) -> Number:
        """Amount that enters."""
        return self.amount


@dataclass(frozen=True)
class Infuse(Event):
    """An infusion, which turns its state on.

    Attributes
    ----------
    stop : float or ndarray
        When it ends [h].
    state : int
        Position of the state.
    rate : float or ndarray
        How much an hour.
    dose : int
        Number of the dose, where a decision may change it; -1 for none.
    """

    stop: Number
    state: int
    rate: Number
    dose: int = -1

    @property
    def size(self) -> Number:
        """Amount that enters in an hour."""
        return self.rate


@dataclass(frozen=True)
class Change(Event):
    """Parameters that become those of a set.

    Attributes
    ----------
    number : int
        Which set.
    """

    marked: ClassVar[bool] = False
    number: int


@dataclass(frozen=True)
class Take(Event):
    """An administration, from which the time after dose counts.

    Attributes
    ----------
    dose : int
        Number of the dose, where a decision may change it; -1 for none.
    amount : float or ndarray
        How much is taken; nan for what only counts.
    hours : float or ndarray
        How long it is infused [h].
    """

    marked: ClassVar[bool] = False
    dose: int = -1
    amount: Number = np.nan
    hours: Number = 0.0


@dataclass(frozen=True)
class Interruption(Event):
    """What the integration stops for, because it changes more than an amount."""

    def ends(self, state: int) -> bool:
        """Whether what is infused into a state ends here."""
        del state
        return False

    def happen(self, run: RunState) -> None:
        """Change where subjects stand."""


@dataclass(frozen=True)
class Reset(Interruption):
    """Everything back to the start: amounts, infusions, what is on.

    Attributes
    ----------
    initial : ndarray, shape (n_states, n_subjects)
        State at the start.
    """

    initial: Array

    def ends(self, state: int) -> bool:
        """All infusions end."""
        del state
        return True

    def happen(self, run: RunState) -> None:
        """Go back to the start."""
        run.state = self.initial.copy()
        run.on[:] = True


@dataclass(frozen=True)
class Again(Interruption):
    """Time starts again, with everything as it is.

    Attributes
    ----------
    ahead : float
        How far the time of the run is ahead of what the clock shows from now on [h].
    """

    marked: ClassVar[bool] = False
    ahead: float

    def happen(self, run: RunState) -> None:
        """Turn the clock back."""
        run.ahead = self.ahead


@dataclass(frozen=True)
class Put(Interruption):
    """States that are given a value, and turned on.

    Attributes
    ----------
    values : sequence of (int, float or ndarray)
        Positions and values.
    """

    values: Sequence[tuple[int, Number]]

    @property
    def size(self) -> Number:
        """Largest value."""
        found: Number = np.max(np.array([value for _, value in self.values]), axis=0)
        return found

    def happen(self, run: RunState) -> None:
        """Set the states."""
        for state, value in self.values:
            run.on[state] = True
            run.state[state] = value


@dataclass(frozen=True)
class Scale(Interruption):
    """States that are multiplied.

    Attributes
    ----------
    states : sequence of int
        Positions.
    factor : float or ndarray
        By how much.
    """

    states: Sequence[int]
    factor: Number

    def happen(self, run: RunState) -> None:
        """Multiply the states."""
        run.state[list(self.states)] *= self.factor


@dataclass(frozen=True)
class Switch(Interruption):
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

    def ends(self, state: int) -> bool:
        """Infusions into what is turned off end."""
        return not self.on and state in self.states

    def happen(self, run: RunState) -> None:
        """Turn the states on or off."""
        run.on[list(self.states)] = self.on
        if not self.on:
            run.state[list(self.states)] = 0.0


@dataclass(frozen=True)
class Decide(Interruption):
    """A dose about which is decided when it is due.

    Attributes
    ----------
    dose : int
        Its number.
    """

    marked: ClassVar[bool] = False
    dose: int

    def happen(self, run: RunState) -> None:
        """Ask how much is given."""
        assert run.decide is not None
        time = np.broadcast_to(self.time, run.number.shape)
        run.given[self.dose] = run.decide(self.dose, time, run.state)


@dataclass(frozen=True)
class Cycle:
    """What repeats forever.

    Attributes
    ----------
    events : tuple of Jump or Infuse
        What enters, at times from 0 to `interval`; an infusion ends within it.
    interval : float
        After which all repeats [h]; 0 where nothing but constant infusions acts.
    """

    events: tuple[Jump | Infuse, ...]
    interval: float


@dataclass(frozen=True)
class Steady(Interruption):
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
    def size(self) -> Number:
        """Largest amount of the cycle."""
        found: Number = np.max(np.array([event.size for event in self.cycle.events] or [0.0]), axis=0)
        return found

    def ends(self, state: int) -> bool:
        """All infusions end, unless amounts are added."""
        del state
        return not self.add

    def happen(self, run: RunState) -> None:
        """Turn on what the doses that went before have entered; the steady state itself takes an engine."""
        for event in self.cycle.events:
            run.on[event.state] = True


@dataclass(frozen=True)
class Past(Steady):
    """A steady state with which a run begins, so that there is nothing before it to be shown."""

    marked: ClassVar[bool] = False
