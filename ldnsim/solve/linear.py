"""Exact solution where the rates are linear in the state, the oracle against which engines are checked."""

from __future__ import annotations

import numpy as np

from ..errors import SolverError
from ..pk import PkParameters, PkState, pk_rates
from ..system import System
from .happenings import Course, Cycle
from .records import Array, Drive
from .steady import refuse_collected
from .timeline import Advance, Segment, Timeline, Trajectory, march

_SINGULAR = 1e-13
"""Share of a cycle's loss below which what is left over is rounding, and no steady state exists."""


def exact(matrix_of: Array) -> Advance:
    """Integrates segments by the matrix exponential.

    Parameters
    ----------
    matrix_of : ndarray, shape (n_states, n_states)
        System matrix [1/h].

    Returns
    -------
    callable
        See `ldnsim.solve.timeline.Advance`.

    References
    ----------
    Al-Mohy and Higham, SIAM J. Matrix Anal. Appl. 31:970 (2009), as in ``scipy.linalg.expm``.
    """

    def advance(segment: Segment, state: Array, drive: Drive) -> Array:
        steps = np.diff(np.concatenate([[segment.start], segment.samples, [segment.stop]]))
        # a grid has few different steps, and matrices are dear
        different, which = np.unique(steps, return_inverse=True)
        over = _propagators(matrix_of, drive, different)
        states = np.empty((len(steps) + 1, len(state) + 1))
        states[0] = np.append(state, 1.0)
        for place, kind in enumerate(which):
            states[place + 1] = over[kind] @ states[place]
        return states[1:, :-1].T

    return advance


def _propagators(matrix_of: Array, drive: Drive, spans: Array) -> Array:
    """Matrices that carry a state, with a 1 below it for the infusions, over each span."""
    from scipy.linalg import expm

    size = len(matrix_of)
    whole = np.zeros((size + 1, size + 1))
    whole[:size, :size] = matrix_of * np.outer(drive.on, drive.on)
    whole[:size, size] = drive.rate * drive.on
    steps = whole * spans[:, None, None]
    if not np.isfinite(steps).all():
        raise SolverError("rates or amounts beyond what can be counted; check doses and parameters for units")
    found: Array = expm(steps)
    return found


class LinearEngine:
    """Exact engine of a system whose rates are linear in its state.

    Parameters
    ----------
    system : System
        The model.
    """

    def __init__(self, system: System) -> None:
        self.system = system
        self._matrices: dict[object, Array] = {}

    def matrix(self, parameters: object) -> Array:
        """System matrix, read off the equations once for each set of parameters [1/h]."""
        if parameters not in self._matrices:
            self._matrices[parameters] = self.system.matrix(parameters)
        return self._matrices[parameters]

    def advance(self, segment: Segment, state: Array, drive: Drive) -> Array:
        """States at the samples of a segment and at its end, shape (n_states, n + 1)."""
        return exact(self.matrix(drive.parameters))(segment, state, drive)

    def steady(self, cycle: Cycle, course: Course, _: float) -> tuple[Array, float]:
        """Steady state of a cycle by one linear solve, and its relative residual.

        States that only collect what leaves, and are asked by no rate, stay as they are.

        Raises
        ------
        SolverError
            If something is never eliminated, so that there is no steady state.
        """
        drive = course.drive()
        matrix_of = self.matrix(drive.parameters)
        kept = self.system.asked(drive.parameters) & drive.on
        refuse_collected(cycle, kept, drive.on)
        inner = Course(np.zeros(len(kept)), drive.parameters, drive.on)
        if not cycle.interval:
            for event in cycle.events:
                event.happen(inner)
            system, given = matrix_of[np.ix_(kept, kept)], -inner.drive().rate[kept]
        else:
            timeline = Timeline.build(cycle.events, np.array([]), cycle.interval)
            constant = self._end(timeline, inner, matrix_of)
            whole = np.eye(len(kept))
            for segment in timeline.segments:
                if segment.stop > segment.start:
                    still = drive._replace(rate=np.zeros(len(kept)))
                    span = np.array([segment.stop - segment.start])
                    whole = _propagators(matrix_of, still, span)[0, :-1, :-1] @ whole
            system = np.eye(int(kept.sum())) - whole[np.ix_(kept, kept)]
            given = constant[kept]
        try:
            found = np.linalg.solve(system, given)
        except np.linalg.LinAlgError:
            found = np.full(len(given), np.nan)
        if not np.isfinite(found).all() or (len(found) and np.linalg.cond(system) > 1 / _SINGULAR):
            raise SolverError("no steady state: something is given again and again and never eliminated")
        state = np.where(kept, 0.0, course.state)
        state[kept] = found
        size = max(float(np.abs(given).max(initial=0.0)), float(np.abs(found).max(initial=0.0))) or 1.0
        return state, float(np.abs(system @ found - given).max(initial=0.0)) / size

    def _end(self, timeline: Timeline, course: Course, matrix_of: Array) -> Array:
        march(timeline, course, exact(matrix_of))
        return course.state


def matrix(parameters: PkParameters) -> Array:
    """System matrix of one isomer's kinetics, read off the equations.

    The rates are linear in the amounts, so each column is the rate of a unit amount.

    Parameters
    ----------
    parameters : PkParameters
        Parameters.

    Returns
    -------
    ndarray, shape (14, 14)
        Matrix [1/h].
    """
    units = np.eye(len(PkState._fields))
    return np.array([pk_rates(PkState._make(unit.tolist()), parameters) for unit in units]).T


def solve_pk(parameters: PkParameters, timeline: Timeline, first: int) -> Trajectory:
    """Amounts of one isomer at the samples of a timeline, by the matrix exponential.

    Parameters
    ----------
    parameters : PkParameters
        Parameters.
    timeline : Timeline
        Events and samples.
    first : int
        Position of the isomer's first state; events elsewhere are ignored.

    Returns
    -------
    Trajectory
        Amounts at the times that the reference engine returns, shape (14, n_times) [nmol].
    """
    system = matrix(parameters)
    course = Course(np.zeros(len(system)), parameters, np.ones(len(system), dtype=bool))
    return march(timeline.only(first, len(system)), course, exact(system))
