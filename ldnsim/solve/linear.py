"""Exact solution of the linear pharmacokinetics, the oracle against which engines are checked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..pk import PkParameters, PkState, pk_rates
from .timeline import Segment, Timeline, Trajectory, march

Array = NDArray[np.float64]


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

    References
    ----------
    Al-Mohy and Higham, SIAM J. Matrix Anal. Appl. 31:970 (2009), as in ``scipy.linalg.expm``.
    """
    from scipy.linalg import expm

    system = matrix(parameters)

    def advance(segment: Segment, state: Array) -> Array:
        spans = np.append(segment.samples, segment.stop) - segment.start
        states: Array = (expm(system * spans[:, None, None]) @ state).T
        return states

    return march(timeline.only(first, len(system)), np.zeros(len(system)), advance)
