"""Reference engine: SciPy integrates every state and never steps over an event."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any, Literal

import numpy as np

from ..dimensions import measures
from ..errors import InputError, LdnsimError, SolverError
from ..system import Daily, System
from ..units import factor
from .happenings import Course, Cycle
from .records import Array, Drive
from .steady import Repeated, fixed_point, refuse_collected
from .timeline import Segment, Timeline, Trajectory, march

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


def scales(system: System, largest: float, initial: Array) -> Array:
    """Typical size of each state: the largest dose for amounts, the untreated level or 1 for others.

    Parameters
    ----------
    system : System
        The model.
    largest : float
        The largest dose [nmol].
    initial : ndarray, shape (n_states,)
        State at the start.

    Returns
    -------
    ndarray, shape (n_states,)
        Sizes in the unit of each state.
    """
    amount = next((term.unit for term in system.terms if measures(term.unit) == "amount"), "nmol")
    usual = np.array([_usual(term.unit, largest, amount) for term in system.terms])
    return np.where(initial > 0, initial, usual)


def _usual(unit: str, largest: float, amount: str) -> float:
    """Typical size in a unit, where the largest dose has the unit of an amount."""
    kind = measures(unit)
    if kind == "other":
        return 1.0
    size, own = (largest, amount) if kind == "amount" else (largest / _LITRES, f"({amount})/L")
    if (own, unit) in (("(nmol)/L", "nM"), (unit, unit)):
        return size
    try:
        return size * factor(own, unit)
    except InputError:  # one by mass, the other by substance, and nobody said how much a mole weighs
        return size


class ReferenceEngine:
    """Integrates any system.

    Parameters
    ----------
    system : System
        The model.
    daily : Daily
        The daily cycle.
    scale : ndarray, shape (n_states,)
        Typical size of each state, see `scales`.
    method : {"LSODA", "DOP853", "BDF", "Radau"}
        Method of ``scipy.integrate.solve_ivp``.
    rtol : float
        Relative tolerance.
    """

    def __init__(
        self, system: System, daily: Daily, scale: Array, method: Method = "LSODA", rtol: float = RTOL
    ) -> None:
        self.system = system
        self.daily = daily
        self.scale = scale
        self.method = method
        self.rtol = rtol

    def advance(self, segment: Segment, state: Array, drive: Drive) -> Array:
        """States at the samples of a segment and at its end, shape (n_states, n + 1).

        Raises
        ------
        SolverError
            If the integration fails, or would take no end.
        """
        if segment.stop - segment.start <= _INSTANT:
            # no rate moves anything in so short a time, and solvers can stall in it
            return np.repeat(state[:, None], len(segment.samples) + 1, axis=1)
        absolute = _ABSOLUTE * self.rtol * self.scale
        if not (np.isfinite(state).all() and np.isfinite(drive.rate).all() and np.isfinite(absolute).all()):
            raise SolverError(f"amounts at {segment.start:g} h {_UNCOUNTABLE}")
        if (absolute < np.finfo(float).tiny).any():
            raise SolverError(f"amounts at {segment.start:g} h are too small to be counted; {_UNITS}")
        found = self._integrated(segment, state, drive, absolute)
        if not found.success or not np.isfinite(found.y).all():
            raise SolverError(f"{_stretch(segment)} failed ({found.message}); {self._hint}")
        states: Array = found.y
        return states

    def _integrated(self, segment: Segment, state: Array, drive: Drive, absolute: Array) -> Any:
        """What SciPy finds; what it says by exceptions and warnings becomes an error that says where."""
        from scipy.integrate import solve_ivp

        rates = self._counted(self._right_hand_side(drive), segment)
        with np.errstate(all="ignore"), warnings.catch_warnings():
            # why it failed also stands in the message that it returns
            warnings.filterwarnings("ignore", message="lsoda", category=UserWarning)
            try:
                return solve_ivp(
                    rates,
                    (segment.start, segment.stop),
                    state,
                    method=_watched(self.method),
                    t_eval=np.append(segment.samples, segment.stop),
                    rtol=self.rtol,
                    atol=absolute,
                    levels=(self.system.names, self.scale),
                    **self._options(segment, drive),
                )
            except LdnsimError:
                raise
            except (ArithmeticError, ValueError) as error:
                why = "rates beyond what can be counted" if isinstance(error, ArithmeticError) else str(error)
                raise SolverError(f"{_stretch(segment)} failed ({why}); {self._hint}") from error

    def _counted(self, rates: Callable[[float, Array], Any], segment: Segment) -> Callable[[float, Array], Any]:
        """Rates that refuse to be asked forever."""
        most = _MOST + _MOST_PER_HOUR * min(segment.stop - segment.start, _LONGEST)
        count, reached, before = 0, segment.start, segment.start

        def counted(time: float, state: Array) -> Any:
            nonlocal count, reached, before
            count += 1
            reached = max(reached, time)
            if count % _LOOK == 0:
                # a solver that is stuck goes on with steps that never add up to the end
                needed = _LOOK * (segment.stop - reached) / max(reached - before, 1e-300)
                if count + needed > most:
                    raise SolverError(
                        f"{_stretch(segment)} is stuck at {reached:.6g} h after {count} evaluations of the rates; "
                        f"{self._hint}"
                    )
                before = reached
            return rates(time, state)

        return counted

    @property
    def _hint(self) -> str:
        return f"{_EXTREME}, or try method='{'BDF' if self.method == 'Radau' else 'Radau'}'"

    def _right_hand_side(self, drive: Drive) -> Callable[[float, Array], Any]:
        p = drive.parameters
        if callable(p):

            def varying(time: float, state: Array) -> Any:
                return self.system.right_hand_side(p(time), self.daily)(time, state)

            rates: Callable[[float, Array], Any] = varying
        else:
            rates = self.system.right_hand_side(p, self.daily)
        if drive.on.all() and not drive.rate.any():
            return rates
        return lambda time, state: (np.asarray(rates(time, state)) + drive.rate) * drive.on

    def _options(self, segment: Segment, drive: Drive) -> dict[str, Any]:
        p, found = drive.parameters, {}
        if callable(p):
            # a window that a covariate passes through could lie within one step
            found["max_step"] = (segment.stop - segment.start) / _STEPS_BETWEEN_ROWS
        elif not self.system.arithmetic(p) and self.system.follows_the_clock(p):
            found["max_step"] = _LONGEST_BY_CLOCK
        if self.method not in ("BDF", "Radau") or callable(p) or not self.system.arithmetic(p):
            return found  # SciPy takes differences, which a condition stands

        def slopes(time: float, state: Array) -> Array:
            return self.system.jacobian(p, self.daily)(time, state) * np.outer(drive.on, drive.on)

        return {**found, "jac": slopes}

    def steady(self, cycle: Cycle, course: Course, time: float) -> tuple[Array, float]:
        """Steady state of a cycle that begins at a time, as the fixed point of the map over it.

        States that only collect what leaves, and are asked by no rate, stay as they are.

        Parameters
        ----------
        cycle : Cycle
            What repeats.
        course : Course
            Where the run stands; its state is the first guess.
        time : float
            When the cycle begins [h].

        Returns
        -------
        state : ndarray, shape (n_states,)
            The state at that time.
        residual : float
            Largest change over one period, relative to the scale of each state.

        Raises
        ------
        SolverError
            If the fixed point is not reached.
        """
        drive = course.drive()
        p = drive.parameters(time) if callable(drive.parameters) else drive.parameters
        repeated = Repeated.of(cycle, daily=self.system.follows_the_clock(p))
        kept = self.system.asked(p) & drive.on
        refuse_collected(cycle, kept, drive.on)
        timeline = Timeline.build(repeated.events(time), np.array([]), time + repeated.period, time)

        def after(state: Array) -> Array:
            inner = Course(state, p, drive.on)
            march(timeline, inner, self.advance)
            return inner.state

        return fixed_point(after, course.state, kept, self.scale)


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


def _stretch(segment: Segment) -> str:
    return f"integration from {segment.start:g} to {segment.stop:g} h"


def solve(
    system: System,
    parameters: Any,
    initial: Array,
    timeline: Timeline,
    daily: Daily,
    *,
    method: Method = "LSODA",
    rtol: float = RTOL,
    progress: Callable[[float], None] | None = None,
    course: Course | None = None,
) -> Trajectory:
    """Integrate a system over a timeline.

    Values below zero by less than 1e-7 of a state's scale are solver noise about zero and are
    returned as zero; anything further below raises.

    Parameters
    ----------
    system : System
        The model.
    parameters : NamedTuple
        Parameters as the equations take them.
    initial : ndarray, shape (n_states,)
        State at time 0, before any event.
    timeline : Timeline
        Events and sample times.
    daily : Daily
        The daily cycle.
    method : {"LSODA", "DOP853", "BDF", "Radau"}
        Method of ``scipy.integrate.solve_ivp``.
    rtol : float
        Relative tolerance.
    progress : callable, optional
        Called with the fraction done after each segment.
    course : Course, optional
        Where the run stands, to look into afterwards; made from `parameters` and `initial` by default.

    Returns
    -------
    Trajectory
        Samples with both sides of each event.

    Raises
    ------
    SolverError
        If the integration fails or leaves the physical range.
    """
    scale = scales(system, timeline.largest, initial)
    engine = ReferenceEngine(system, daily, scale, method, rtol)
    if course is None:
        course = Course(initial, parameters, np.ones(len(initial), dtype=bool))
    course.steady = engine.steady
    raw = march(timeline, course, engine.advance, progress)
    refuse_negative(raw.states, scale, system)
    return raw._replace(states=np.maximum(raw.states, 0.0))


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
