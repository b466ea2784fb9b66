"""The reference engine: SciPy integrates one subject after the other, and never steps over an event."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.dimensions import measures
from ..base.errors import InputError, LdnsimError, SolverError
from ..base.units import factor
from ..base.vocabulary import Term
from ..models.system import Daily, System
from .leg import ADD, FAILED, INFUSE, OK, Array, Leg, LegRun
from .straight_line import Rates, StraightLine, straight_lines

Method = Literal["LSODA", "DOP853", "BDF", "Radau"]

RTOL = 1e-10
"""Relative tolerance; the absolute one is a hundredth of it times the scale of each state."""

_ABSOLUTE = 1e-2
_NOISE = 1e-7
_INSTANT = 1e-9
_LITRES = 100.0
_STEPS_BETWEEN_ROWS = 64
_LONGEST_BY_CLOCK = 0.25
"""Longest step [h] where rates may change at an hour of the day, which a longer one could pass over unseen."""

_LOOK, _MOST, _MOST_PER_HOUR, _LONGEST = 5_000, 1_000_000, 500.0, 1e6
"""After how many evaluations of the rates it is looked whether a stretch will end, and how many it may take in all; in
a year without a dose the naltrexone model takes about 40,000."""


_UNITS = "check doses and parameters for units"
_UNCOUNTABLE = f"are beyond what can be counted; {_UNITS}"
_EXTREME = "a parameter or dose may be extreme, or the tolerance too tight: check what was changed"


def scales(system: System, largest: Array, initial: Array) -> Array:
    """Typical size of each state: the largest dose for amounts, the untreated level or 1 for others.

    Parameters
    ----------
    system : System
        The model.
    largest : ndarray, shape (n_subjects,)
        The largest dose, in the unit of an amount.
    initial : ndarray, shape (n_states, n_subjects)
        State at the start.

    Returns
    -------
    ndarray, shape (n_states, n_subjects)
        Sizes in the unit of each state.
    """
    shares = np.array(_shares(system.terms))[:, None]
    return np.where(initial > 0, initial, np.where(np.isnan(shares), 1.0, shares * largest))


@cache
def _shares(terms: tuple[Term, ...]) -> tuple[float, ...]:
    """How large each state typically is for a dose of 1; nan where it does not follow the dose."""
    amount = next((term.unit for term in terms if measures(term.unit) == "amount"), "nmol")
    return tuple(_share(term.unit, amount) for term in terms)


def _share(unit: str, amount: str) -> float:
    kind = measures(unit)
    if kind == "other":
        return np.nan
    size, own = (1.0, amount) if kind == "amount" else (1.0 / _LITRES, f"({amount})/L")
    if (own, unit) in (("(nmol)/L", "nM"), (unit, unit)):
        return size
    try:
        return size * factor(own, unit)
    except InputError:  # one by mass, the other by substance, and nobody said how much a mole weighs
        return size


class _Stretch(NamedTuple):
    """What acts on the state of a subject between events.

    Attributes
    ----------
    daily : Daily
        Where in the day the run is.
    scale : ndarray, shape (n_states,)
        Typical size of each state.
    parameters : NamedTuple or callable
        Parameters, or a function that gives them at a time [h].
    rate : ndarray, shape (n_states,)
        What infusions add to each state per hour.
    on : ndarray of bool, shape (n_states,)
        Which states are there at all.
    line : StraightLine, optional
        The equations as one function, where that can be had.
    bound : tuple of callable and list, optional
        The same for these parameters, as `StraightLine.bound` gives it.
    """

    daily: Daily
    scale: Array
    parameters: Any
    rate: Array
    on: NDArray[np.bool_]
    line: StraightLine | None
    bound: tuple[Rates, list[float]] | None

    def holding(self, leg: Leg, number: int, subject: int) -> _Stretch:
        """The same under another set of parameters."""
        bound = None
        if self.line is not None:
            values = leg.parameters[number, :, subject].tolist()
            bound = self.line.bound(values, self.daily.start, 0.5 * _NOISE * self.scale)
        return self._replace(parameters=leg.set_of(number, subject), bound=bound)


@dataclass(frozen=True)
class ReferenceEngine:
    """Integrates any system.

    Attributes
    ----------
    system : System
        The model.
    method : {"LSODA", "DOP853", "BDF", "Radau"}
        Method of ``scipy.integrate.solve_ivp``.
    rtol : float
        Relative tolerance.
    progress : callable, optional
        Called with the fraction done.
    """

    system: System
    method: Method = "LSODA"
    rtol: float = RTOL
    progress: Callable[[float], None] | None = None

    def solve(self, leg: Leg) -> LegRun:
        """States at the samples of a leg; noise below zero, up to 1e-7 of the scale of a state, is returned as zero."""
        states = np.zeros((len(self.system.names), leg.n_subjects, len(leg.time)))
        status, errors = np.full(leg.n_subjects, OK, np.int8), {}
        lines = straight_lines(self.system, leg) if self.method == "LSODA" and len(leg.time) else {}
        for subject in range(leg.n_subjects if len(leg.time) else 0):
            try:
                found = self._subject(leg, subject, lines.get(subject))
                refuse_negative(found, leg.scale[:, subject], self.system)
            # plain numbers overflow where arrays become infinite
            except (LdnsimError, ArithmeticError) as error:
                status[subject], errors[subject] = FAILED, error
                continue
            states[:, subject] = np.maximum(found, 0.0)
        return LegRun(tuple(states), status, np.zeros(leg.n_subjects, np.int64), errors)

    def _subject(self, leg: Leg, subject: int, line: StraightLine | None) -> Array:
        """States of one subject, shape (n_states, n_records)."""
        when, kind, where, value = (part[:, subject].tolist() for part in leg.events)
        times, waits = leg.time[:, subject], leg.waits[:, subject].tolist()
        stretch = _Stretch(
            Daily(float(leg.phase[subject]), 0.0),
            leg.scale[:, subject],
            None,
            leg.infused[:, subject].copy(),
            leg.on[:, subject],
            line,
            None,
        ).holding(leg, 0, subject)
        state, now, end = leg.initial[:, subject].copy(), float(leg.start[subject]), float(times[-1])
        found = np.empty((len(state), len(times)))
        due, read = 0, 0
        while True:
            while True:
                happens = due < len(when) and when[due] <= now
                if read < len(times) and times[read] <= now and not (happens and due < waits[read]):
                    found[:, read] = state
                    read += 1
                elif happens:
                    if kind[due] == ADD:
                        state[where[due]] += value[due]
                    elif kind[due] == INFUSE:
                        stretch.rate[where[due]] = value[due]
                    else:
                        stretch = stretch.holding(leg, where[due], subject)
                    due += 1
                else:
                    break
            if read == len(times):
                return found
            stop = min(end, when[due]) if due < len(when) else end
            last = read + int(np.searchsorted(times[read:], stop))
            # rows at the same time share a sample
            samples, each = np.unique(times[read:last], return_inverse=True)
            states = self._advance(now, stop, samples, state, stretch)
            found[:, read:last] = states[:, each]
            state, now, read = states[:, -1].copy(), stop, last
            if self.progress is not None:
                share = (now - leg.start[subject]) / (end - leg.start[subject])
                self.progress((subject + float(share)) / leg.n_subjects)

    def _advance(self, start: float, stop: float, samples: Array, state: Array, stretch: _Stretch) -> Array:
        """States at samples between two events and at the second of them, shape (n_states, n + 1).

        Raises
        ------
        SolverError
            If the integration fails, or would take no end.
        """
        if stop - start <= _INSTANT:
            # no rate moves anything in so short a time, and solvers can stall in it
            return np.repeat(state[:, None], len(samples) + 1, axis=1)
        absolute = _ABSOLUTE * self.rtol * stretch.scale
        if not (np.isfinite(state).all() and np.isfinite(stretch.rate).all() and np.isfinite(absolute).all()):
            raise SolverError(f"amounts at {start:g} h {_UNCOUNTABLE}")
        if (absolute < np.finfo(float).tiny).any():
            raise SolverError(f"amounts at {start:g} h are too small to be counted; {_UNITS}")
        short = self._in_one_call(np.concatenate([[start], samples, [stop]]), state, stretch, absolute)
        if short is not None:
            return short
        found = self._integrated(start, stop, samples, state, stretch, absolute)
        if not found.success or not np.isfinite(found.y).all():
            raise SolverError(f"{_between(start, stop)} failed ({found.message}); {self._hint}")
        states: Array = found.y
        return states

    def _in_one_call(self, times: Array, state: Array, stretch: _Stretch, absolute: Array) -> Array | None:
        """States at all times but the first, where the straight line leads there beyond doubt."""
        if stretch.line is None or stretch.bound is None:
            return None
        rates, below = stretch.bound
        below.clear()
        found = stretch.line.along(rates, times, state, absolute, self.rtol, (stretch.rate, stretch.on))
        if found is None or below:
            return None
        direct = self.system.right_hand_side(stretch.parameters, stretch.daily)
        return found[:, 1:] if stretch.line.agrees(rates, times, found, stretch.scale, direct) else None

    def _integrated(
        self, start: float, stop: float, samples: Array, state: Array, stretch: _Stretch, absolute: Array
    ) -> Any:
        """What SciPy finds; what it says by exceptions and warnings becomes an error that says where."""
        from scipy.integrate import solve_ivp

        rates = self._counted(self._right_hand_side(stretch), start, stop)
        with np.errstate(all="ignore"), warnings.catch_warnings():
            # why it failed also stands in the message that it returns
            warnings.filterwarnings("ignore", message="lsoda", category=UserWarning)
            try:
                return solve_ivp(
                    rates,
                    (start, stop),
                    state,
                    method=_watched(self.method),
                    t_eval=np.append(samples, stop),
                    rtol=self.rtol,
                    atol=absolute,
                    levels=(self.system.names, stretch.scale),
                    **self._options(start, stop, stretch),
                )
            except LdnsimError:
                raise
            except (ArithmeticError, ValueError) as error:
                why = "rates beyond what can be counted" if isinstance(error, ArithmeticError) else str(error)
                raise SolverError(f"{_between(start, stop)} failed ({why}); {self._hint}") from error

    def _counted(
        self, rates: Callable[[float, Array], Any], start: float, stop: float
    ) -> Callable[[float, Array], Any]:
        """Rates that refuse to be asked forever."""
        most = _MOST + _MOST_PER_HOUR * min(stop - start, _LONGEST)
        count, reached, before = 0, start, start

        def counted(time: float, state: Array) -> Any:
            nonlocal count, reached, before
            count += 1
            reached = max(reached, time)
            if count % _LOOK == 0:
                # a solver that is stuck goes on with steps that never add up to the end
                needed = _LOOK * (stop - reached) / max(reached - before, 1e-300)
                if count + needed > most:
                    raise SolverError(
                        f"{_between(start, stop)} is stuck at {reached:.6g} h after {count} evaluations of the rates; "
                        f"{self._hint}"
                    )
                before = reached
            return rates(time, state)

        return counted

    @property
    def _hint(self) -> str:
        return f"{_EXTREME}, or try method='{'BDF' if self.method == 'Radau' else 'Radau'}'"

    def _right_hand_side(self, stretch: _Stretch) -> Callable[[float, Array], Any]:
        p = stretch.parameters
        if callable(p):

            def varying(time: float, state: Array) -> Any:
                return self.system.right_hand_side(p(time), stretch.daily)(time, state)

            rates: Callable[[float, Array], Any] = varying
        else:
            rates = self.system.right_hand_side(p, stretch.daily)
        if stretch.on.all() and not stretch.rate.any():
            return rates
        rate, on = stretch.rate, stretch.on
        return lambda time, state: (np.asarray(rates(time, state)) + rate) * on

    def _options(self, start: float, stop: float, stretch: _Stretch) -> dict[str, Any]:
        p, found = stretch.parameters, {}
        if callable(p):
            # a window that a covariate passes through could lie within one step
            found["max_step"] = (stop - start) / _STEPS_BETWEEN_ROWS
        elif not self.system.arithmetic(p) and self.system.follows_the_clock(p):
            found["max_step"] = _LONGEST_BY_CLOCK
        if self.method not in ("BDF", "Radau") or callable(p) or not self.system.arithmetic(p):
            return found  # SciPy takes differences, which a condition stands

        def slopes(time: float, state: Array) -> Array:
            return self.system.jacobian(p, stretch.daily)(time, state) * np.outer(stretch.on, stretch.on)

        return {**found, "jac": slopes}


@cache
def _watched(method: Method) -> Any:
    """A method of SciPy that ends where a state falls below zero, which could come back before the next sample.

    An event of ``solve_ivp`` would find the same, and take a fifth longer over all.
    """
    from scipy import integrate, optimize

    class Watched(getattr(integrate, method)):  # type: ignore[misc]
        def __init__(self, *args: Any, levels: tuple[tuple[str, ...], Array], **options: Any) -> None:
            super().__init__(*args, **options)
            self._names, self._scale = levels
            self._margin = self._above(self.y)

        def _above(self, state: Array) -> float:
            return _NOISE if state.min() >= 0.0 else float((state / self._scale).min()) + _NOISE

        def step(self) -> str | None:
            message: str | None = super().step()
            before, self._margin = self._margin, self._above(self.y)
            if before >= 0.0 > self._margin:
                between = self.dense_output()
                time = optimize.brentq(lambda at: self._above(between(at)), self.t_old, self.t)
                lowest = self._names[int((between(time) / self._scale).argmin())]
                raise SolverError(
                    f"{lowest} falls below zero at {time:.6g} h by more than the tolerance; a loss ends where nothing "
                    "is left: check the rates, or try a smaller rtol or method='Radau'"
                )
            return message

    return Watched


def _between(start: float, stop: float) -> str:
    return f"integration from {start:g} to {stop:g} h"


def refuse_negative(states: Array, scale: Array, system: System, noise: float = _NOISE) -> None:
    """Raise where a state falls below zero by more than noise, in units of its scale.

    Raises
    ------
    SolverError
        Naming the state.
    """
    if not np.isfinite(states).all():
        raise SolverError(f"amounts {_UNCOUNTABLE}")
    lowest = states.min(axis=1) / scale
    worst = int(lowest.argmin())
    if lowest[worst] < -noise:
        raise SolverError(
            f"{system.names[worst]} fell to {lowest[worst] * scale[worst]:.3g}, below zero by more than the tolerance; "
            "try a smaller rtol or method='Radau'"
        )
