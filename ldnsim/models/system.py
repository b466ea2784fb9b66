"""A model made ready to integrate: the layout of its state, its right-hand side, its untreated baseline."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import model
from ..base.errors import InputError, LdnsimError, SolverError
from ..base.reading import check_function, choice, truth
from ..base.remembering import remembered
from ..base.units import HOURS_PER_DAY
from ..base.vocabulary import Term, flatten, is_declaration, nested
from ..endorphin import Clock
from .following import arithmetic_anyhow, followed, notice_changes
from .tracing import linear_forms

Array = NDArray[np.float64]

_TINY = 1e-30
_BASELINE_TOLERANCE = 1e-12
_BASELINE_SWEEPS = 100
_FEW = 6
_EXAMPLE = "as class State(NamedTuple): drug: Drug where class Drug(NamedTuple): central: float"


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
    linear : bool
        Whether the rates are sums of states times parameters, so that the system may be solved exactly. This is
        declared, never guessed, and what is declared falsely is refused.
    stiff : bool
        Whether fast states limit the steps of the engines for many: `auto` takes the reference engine for them.

    Raises
    ------
    InputError
        If the state is not declared so, or there are no such functions.
    """

    state: type[NamedTuple]
    rates: Callable[[Any, Any, Clock], Any]
    outputs: Callable[[Any, Any, Clock], Any]
    linear: bool = False
    stiff: bool = False

    def __post_init__(self) -> None:
        if not is_declaration(self.state):
            raise InputError("System, state", self.state, f"a NamedTuple class of components, {_EXAMPLE}")
        for field in self.state._fields:
            component = nested(self.state, field)
            if component is None or any(nested(component, name) is not None for name in component._fields):
                raise InputError(
                    f"{self.state.__name__}.{field}",
                    self.state.__annotations__.get(field),
                    f"a component, which is a NamedTuple class of numbers, {_EXAMPLE}",
                )
        for name in ("rates", "outputs"):
            check_function(getattr(self, name), f"System, {name}", "state, parameters, clock")
        truth("System, linear", self.linear)
        truth("System, stiff", self.stiff)

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """Name, unit and meaning of every state, in order."""
        return tuple(flatten(self.state))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Dotted names of the states, in order."""
        return tuple(term.name for term in self.terms)

    def index(self, name: str) -> int:
        """Position of a state.

        Raises
        ------
        InputError
            If there is none of that name.
        """
        return self.names.index(choice("state", name, self.names))

    @cached_property
    def _layout(self) -> tuple[tuple[Any, int, int], ...]:
        layout, start = [], 0
        for field in self.state._fields:
            component = nested(self.state, field)
            assert component is not None
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

        Raises
        ------
        SolverError
            When called, where the equations fail or give what is no rate of each state.
        """
        rates, pack, size = self.rates, self.pack, len(self.names)

        def function(time: float, flat: Array) -> list[float]:
            held = [number if number > 0.0 else 0.0 for number in flat.tolist()]
            found: Any = ...
            try:
                found = rates(pack(held), parameters, daily.at(time, math.cos, math.sin))
                flattened = [number for component in found for number in component]
                if len(flattened) == size and math.isfinite(sum(flattened)):
                    return flattened
            except (LdnsimError, OverflowError):
                raise
            except Exception as error:
                if found is ...:
                    raised = f"rates ({self.rates_name}) raised {type(error).__name__}: {error}"
                    raise SolverError(f"{raised} at {time:g} h, {self._shown(held)}") from error
            return self._rates_checked(found, time, held)

        return function

    def _rates_checked(self, found: Any, time: float, held: Sequence[float]) -> list[float]:
        """The rates, where each is a number."""
        self.check_shape(found)
        flattened = [float(number) for number in self.flat(found)]
        for name, number in zip(self.names, flattened, strict=True):
            if not math.isfinite(number):
                raise SolverError(
                    f"integration failed: the rate of {name} is {number} at {time:g} h, {self._shown(held)}; "
                    "check doses and parameters for units"
                )
        return flattened

    @property
    def rates_name(self) -> str:
        """What the function of the rates is called."""
        return getattr(self.rates, "__name__", "rates")

    def _shown(self, held: Sequence[float]) -> str:
        """States in words, the first ones of many."""
        few = [f"{name} {number:.3g}" for name, number in zip(self.names, held, strict=False)][:_FEW]
        return "with " + ", ".join([*few, "..."] if len(held) > len(few) else few)

    def check_shape(self, found: Any) -> None:
        """Refuse what is not a rate of each state.

        Parameters
        ----------
        found : object
            What the rates gave.

        Raises
        ------
        InputError
            Naming what should have been given.
        """
        parts = [nested(self.state, field) for field in self.state._fields]
        wanted = ", ".join(f"{part.__name__}({', '.join(part._fields)})" for part in parts if part is not None)
        expected = f"{self.state.__name__}({wanted}), a number each"
        refused = InputError(f"{self.rates_name}, what it gives", found, expected)
        if not isinstance(found, tuple | list) or len(found) != len(parts) or not _fits(found, self.state):
            raise refused
        for part, component in zip(parts, found, strict=True):
            if not isinstance(component, tuple | list) or part is None or len(component) != len(part._fields):
                raise refused
            if not _fits(component, part) or not all(map(_is_number, component)):
                raise refused

    def jacobian(self, parameters: Any, daily: Daily) -> Callable[[float, Array], Array]:
        """Exact Jacobian of plain arithmetic by complex step, all columns in one call on a batch.

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
        """Which states any rate asks for; the others only collect, and have no steady state.

        A state counts as asked where it cannot be told, as where it goes into a function of `math`.
        """
        return followed(self, parameters, "rates").asked[: len(self.names)].copy()

    def follows_the_clock(self, parameters: Any) -> bool:
        """Whether the rates may depend on the hour of the day."""
        return bool(followed(self, parameters, "rates").asked[len(self.names) :].any())

    def arithmetic(self, parameters: Any) -> bool:
        """Whether the equations are plain arithmetic, which also takes arrays and complex numbers."""
        # where no parameter decides anything, it need not be asked again for the values of everybody
        kind: Any = type(parameters)
        return arithmetic_anyhow(self, kind) or all(
            followed(self, parameters, what).arithmetic for what in ("rates", "outputs")
        )

    def matrix(self, parameters: Any) -> Array:
        """System matrices, read off the equations, whichever values the states have [1/h].

        Parameters
        ----------
        parameters : NamedTuple
            Numbers, or arrays of shape (n_subjects,).

        Returns
        -------
        ndarray, shape (n_subjects, n_states, n_states)
            One a subject; one in all for numbers.

        Raises
        ------
        InputError
            If the system is not linear, whatever it declares.
        SolverError
            If a number of it is not finite.
        """
        try:
            found = linear_forms(self.evaluation(parameters, "rates"), len(self.names) + 2)
            if found[:, -2:].any():
                raise TypeError("they follow the clock")
        except LdnsimError:
            raise
        except Exception as error:
            raise InputError(
                "System, linear",
                self.linear,
                f"False, because what {self.rates_name} gives is not just states times parameters, added up ({error})",
            ) from error
        if not np.isfinite(found).all():
            raise SolverError("amounts beyond what can be counted; check doses and parameters for units")
        return np.moveaxis(found[:, :-2], 2, 0)

    def evaluation(self, parameters: Any, what: str) -> Callable[[Sequence[Any]], Iterable[Any]]:
        """The equations as a function of states and clock in one row."""
        size, function = len(self.names), getattr(self, what)

        def evaluate(numbers: Sequence[Any]) -> Iterable[Any]:
            found = function(self.pack(numbers[:size]), parameters, Clock(*numbers[size:]))
            if what == "rates":
                self.check_shape(found)
            return leaves(found)

        return evaluate

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
        notice_changes(self, type(parameters))
        state, residual = _baseline(self, parameters, daily)
        return state.copy(), residual


def leaves(value: Any) -> list[Any]:
    """The numbers of nested tuples, in order."""
    return [leaf for part in value for leaf in leaves(part)] if isinstance(value, tuple | list) else [value]


def _is_number(thing: Any) -> bool:
    """Whether something can be a rate: a real number, or one without a value that stands for it."""
    if isinstance(thing, bool | str | bytes | complex) or thing is None:
        return False
    return np.ndim(thing) == 0 if isinstance(thing, np.ndarray | np.generic) else not isinstance(thing, tuple | list)


def _fits(found: Any, declared: type[NamedTuple]) -> bool:
    """Whether a tuple is of the declared kind; one without names may be."""
    return isinstance(found, declared) or not hasattr(found, "_fields")


@remembered(256)
def _baseline(system: System, parameters: Any, daily: Daily) -> tuple[Array, float]:
    """The same, kept: evidence, plans and the next run of the same person all ask for it."""
    if not system.arithmetic(parameters):
        raise InputError("System", system.state.__name__, "plain arithmetic (+ - * / **), which a baseline is read off")
    state = np.array([1.0 if term.unit == "1" else 0.0 for term in system.terms])
    slope = system.jacobian(parameters, daily)
    by_hour = system.right_hand_side(parameters, daily)

    def rhs(hour: float, state: Array) -> list[float]:
        try:
            return by_hour(hour, state)
        except SolverError as error:
            raise SolverError(f"no untreated baseline: {error}") from error
        except ArithmeticError as error:
            raise SolverError("no untreated baseline: rates beyond what can be counted; check parameters") from error

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
