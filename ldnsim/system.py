"""A model made ready to integrate: the layout of its state, its right-hand side, its untreated baseline."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import model
from .endorphin import Clock
from .errors import SolverError
from .units import HOURS_PER_DAY
from .vocabulary import Term, flatten, nested

Array = NDArray[np.float64]

_TINY = 1e-30
_BASELINE_TOLERANCE = 1e-12
_BASELINE_SWEEPS = 100


class Daily(NamedTuple):
    """The daily cycle: what hour it is at time 0, and when it peaks.

    Attributes
    ----------
    start : float
        Hour of the day at time 0 [h].
    acrophase : float
        Hour of the day of the peak [h].
    """

    start: float
    acrophase: float

    def at(self, time: Any, cosine: Callable[[Any], Any] = np.cos, sine: Callable[[Any], Any] = np.sin) -> Clock:
        """Where in the day we are at a time [h], for a number or an array."""
        speed = 2 * math.pi / HOURS_PER_DAY
        angle = speed * (time + (self.start - self.acrophase))
        return Clock(cosine(angle), -speed * sine(angle))


@dataclass(frozen=True)
class System:
    """A model's equations with their layout.

    Parameters
    ----------
    state : type
        ``NamedTuple`` of components, each a ``NamedTuple`` of numbers.
    rates : callable
        ``rates(state, parameters, clock)`` gives the rate of each state per hour.
    outputs : callable
        ``outputs(state, parameters, clock)`` gives what follows from a state.
    """

    state: type[NamedTuple]
    rates: Callable[[Any, Any, Clock], Any]
    outputs: Callable[[Any, Any, Clock], Any]

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """Name, unit and meaning of every state, in order."""
        return tuple(flatten(self.state))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Dotted names of the states, in order."""
        return tuple(term.name for term in self.terms)

    def index(self, name: str) -> int:
        """Position of a state."""
        return self.names.index(name)

    @cached_property
    def _layout(self) -> tuple[tuple[Any, int, int], ...]:
        layout, start = [], 0
        for field in self.state._fields:
            component = nested(self.state, field)
            if component is None:
                raise TypeError(f"{self.state.__name__}.{field} is not a component")
            stop = start + len(component._fields)
            layout.append((component._make, start, stop))
            start = stop
        return tuple(layout)

    def pack(self, flat: Sequence[Any] | NDArray[Any]) -> Any:
        """The state as nested tuples, from a flat sequence or the rows of an array."""
        return self.state(*[make(flat[start:stop]) for make, start, stop in self._layout])

    @staticmethod
    def flat(state: Any) -> list[Any]:
        """The numbers of a state, in order."""
        return [number for component in state for number in component]

    def right_hand_side(self, parameters: Any, daily: Daily) -> Callable[[float, Array], list[float]]:
        """Rates as a function of time and a flat state, in plain floats.

        States are held at zero or above where the equations see them: a solver may step
        an amount to -1e-20, and a power of that is no real number.
        """
        rates, pack = self.rates, self.pack

        def function(time: float, flat: Array) -> list[float]:
            held = [number if number > 0.0 else 0.0 for number in flat.tolist()]
            found = rates(pack(held), parameters, daily.at(time, math.cos, math.sin))
            return [number for component in found for number in component]

        return function

    def jacobian(self, parameters: Any, daily: Daily) -> Callable[[float, Array], Array]:
        """Exact Jacobian by complex step, all columns in one call on a batch.

        References
        ----------
        Squire and Trapp, SIAM Review 40:110 (1998).
        """
        size = len(self.names)
        steps = 1j * _TINY * np.eye(size)

        def function(time: float, flat: Array) -> Array:
            batch = np.maximum(flat, 0.0)[:, None] + steps
            found = self.flat(self.rates(self.pack(batch), parameters, daily.at(time)))
            columns: Array = np.array([np.broadcast_to(row, size) for row in found]).imag / _TINY
            return columns

        return function

    def asked(self, parameters: Any) -> NDArray[np.bool_]:
        """Which states any rate asks for; the others only collect, and have no steady state."""
        slope = self.jacobian(parameters, Daily(0.0, 0.0))
        found: NDArray[np.bool_] = np.any([slope(0.0, state).any(axis=0) for state in self._anywhere()], axis=0)
        return found

    def linear(self, parameters: Any) -> bool:
        """Whether the rates are a matrix times the state."""
        rates, slope = self.right_hand_side(parameters, Daily(0.0, 0.0)), self.jacobian(parameters, Daily(0.0, 0.0))
        first, *others = (slope(0.0, state) for state in self._anywhere())
        same = all(np.array_equal(first, other) for other in others)
        return same and not np.any(rates(0.0, np.zeros(len(self.names))))

    def follows_the_clock(self, parameters: Any) -> bool:
        """Whether the rates depend on the hour of the day."""
        state = next(self._anywhere())
        noon, morning = (self.right_hand_side(parameters, Daily(hour, 0.0))(0.0, state) for hour in (12.0, 7.0))
        return noon != morning

    def _anywhere(self) -> Iterator[Array]:
        """A few states without any structure, which show what depends on what."""
        generator = np.random.default_rng(0)
        return (generator.uniform(0.1, 0.9, len(self.names)) for _ in range(3))

    def baseline(self, parameters: Any, daily: Daily) -> tuple[Array, float]:
        """The untreated state, and how well it stands still.

        Found by sweeps in which each state moves to where its own rate would vanish, which
        needs no full Jacobian and stays exact where a state is linear in itself.

        Parameters
        ----------
        parameters : NamedTuple
            Parameters as the equations take them.
        daily : Daily
            The daily cycle.

        Returns
        -------
        state : ndarray, shape (n_states,)
            State that does not change at any hour of the day.
        residual : float
            Largest rate left over the day [1/h or nmol/h].

        Raises
        ------
        SolverError
            If there is no such state.
        """
        state, residual = _baseline(self, parameters, daily)
        return state.copy(), residual


@lru_cache(maxsize=256)
def _baseline(system: System, parameters: Any, daily: Daily) -> tuple[Array, float]:
    """The same, kept: evidence, plans and the next run of the same person all ask for it."""
    state = np.array([1.0 if term.unit == "1" else 0.0 for term in system.terms])
    slope, rhs = system.jacobian(parameters, daily), system.right_hand_side(parameters, daily)
    for _ in range(_BASELINE_SWEEPS):
        rate = np.array(rhs(0.0, state))
        if not rate.any():
            break
        own = slope(0.0, state).diagonal()
        # excreted amounts have no say in any rate, their own included
        state = state - np.divide(rate, own, out=np.zeros_like(rate), where=own != 0.0)
        state[np.abs(state) < _BASELINE_TOLERANCE] = 0.0
    residual = max(float(np.abs(rhs(hour, state)).max()) for hour in range(int(HOURS_PER_DAY)))
    if not residual <= _BASELINE_TOLERANCE:
        raise SolverError(f"no untreated baseline: rates of up to {residual:.3g} remain; check the changed parameters")
    return state, residual


NALTREXONE = System(model.State, model.rates, model.outputs)
"""The naltrexone model."""
