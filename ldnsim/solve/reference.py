"""Reference engine: SciPy integrates every state and never steps over an event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import SolverError
from ..system import Daily, System
from .timeline import Segment, Timeline, Trajectory, march

Array = NDArray[np.float64]

Method = Literal["LSODA", "DOP853", "BDF", "Radau"]

RTOL = 1e-10
"""Relative tolerance; the absolute one is a hundredth of it times the scale of each state."""

_ABSOLUTE = 1e-2
_NOISE = 1e-7
_INSTANT = 1e-9
_LITRES = 100.0


def scales(system: System, timeline: Timeline) -> Array:
    """Typical size of each state: the largest dose for amounts, 1 for relative states.

    Parameters
    ----------
    system : System
        The model.
    timeline : Timeline
        Its events.

    Returns
    -------
    ndarray, shape (n_states,)
        Sizes in the unit of each state.
    """
    jumps = [jump for segment in timeline.segments for jump in segment.jumps]
    amounts = [jump.amount for jump in jumps if system.terms[jump.state].unit == "nmol"]
    dose = max(amounts, default=0.0) or 1.0
    by_unit = {"nmol": dose, "nM": dose / _LITRES, "1": 1.0}
    return np.array([by_unit[term.unit] for term in system.terms])


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

    Returns
    -------
    Trajectory
        Samples with both sides of each event.

    Raises
    ------
    SolverError
        If the integration fails or leaves the physical range.
    """
    from scipy.integrate import solve_ivp

    rhs = system.right_hand_side(parameters, daily)
    options = {"jac": system.jacobian(parameters, daily)} if method in ("BDF", "Radau") else {}
    scale = scales(system, timeline)

    def advance(segment: Segment, state: Array) -> Array:
        if segment.stop - segment.start <= _INSTANT:
            # no rate moves anything in so short a time, and solvers can stall in it
            return np.repeat(state[:, None], len(segment.samples) + 1, axis=1)
        found = solve_ivp(
            rhs,
            (segment.start, segment.stop),
            state,
            method=method,
            t_eval=np.append(segment.samples, segment.stop),
            rtol=rtol,
            atol=_ABSOLUTE * rtol * scale,
            **options,
        )
        if not found.success or not np.isfinite(found.y).all():
            raise SolverError(
                f"integration from {segment.start:g} to {segment.stop:g} h failed ({found.message}); "
                "check changed parameters, or try method='Radau'"
            )
        states: Array = found.y
        return states

    raw = march(timeline, initial, advance, progress)
    _refuse_negative(raw.states, scale, system)
    return raw._replace(states=np.maximum(raw.states, 0.0))


def _refuse_negative(states: Array, scale: Array, system: System) -> None:
    lowest = states.min(axis=1) / scale
    worst = int(lowest.argmin())
    if lowest[worst] < -_NOISE:
        raise SolverError(
            f"{system.names[worst]} fell to {lowest[worst] * scale[worst]:.3g}, below zero by more than the tolerance; "
            "try a smaller rtol or method='Radau'"
        )
