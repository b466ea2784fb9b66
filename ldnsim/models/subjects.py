"""What a system says of many subjects at once: their untreated states, and what their rates ask for."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import SolverError
from ..base.vocabulary import filled
from .following import anyhow
from .system import Array, Daily, System

_STILL, _HOURS = 1e-12, (0.0, 7.0, 14.0)
"""Rate below which a state stands still [1/h or nmol/h], and hours of the day at which it is looked."""


def baselines(
    system: System, declared: type[NamedTuple], values: Array, phase: Array, guess: Array
) -> tuple[Array, dict[int, str]]:
    """The untreated states of many subjects, most of whom often share one.

    Parameters
    ----------
    system : System
        The model.
    declared : type
        ``NamedTuple`` of the parameters.
    values : ndarray, shape (n_parameters, n_subjects)
        Parameters.
    phase : ndarray, shape (n_subjects,)
        Hour of the day at time 0 less the hour of the daily peak [h].
    guess : ndarray, shape (n_states,)
        A state in which most of them stand still.

    Returns
    -------
    states : ndarray, shape (n_states, n_subjects)
        Their untreated states.
    problem : dict of int to str
        Position and reason of subjects who have none; what is there for them has no meaning.
    """
    found = np.repeat(guess[:, None], values.shape[1], axis=1)
    if values.shape[1] == 1 and _stands_still(system, filled(declared, values[:, 0].tolist()), float(phase[0]), guess):
        return found, {}
    problem = {}
    for who in np.flatnonzero(_moving(system, declared, values, phase, found)):
        own = filled(declared, values[:, who].tolist())
        try:
            found[:, who], _ = system.baseline(own, Daily(float(phase[who]), 0.0))
        except (SolverError, ArithmeticError) as error:
            problem[int(who)] = f"no untreated baseline: {error}"
    return found, problem


def _moving(
    system: System, declared: type[NamedTuple], values: Array, phase: Array, states: Array
) -> NDArray[np.bool_]:
    """Whose state does not stand still, or is not known to, shape (n_subjects,)."""
    if not anyhow(system, declared).arithmetic:  # equations that decide by a number take no arrays
        each = zip(values.T.tolist(), phase.tolist(), states.T, strict=True)
        return np.array([not _stands_still(system, filled(declared, own), hour, state) for own, hour, state in each])
    fastest, hours = np.zeros(values.shape[1]), np.array(_HOURS)[:, None] + phase
    with np.errstate(all="ignore"):  # what is no number counts as moving
        for rate in system.flat(system.rates(system.pack(states), filled(declared, values), Daily(0.0, 0.0).at(hours))):
            fastest = np.maximum(fastest, np.abs(np.atleast_2d(rate)).max(axis=0))
    return ~(fastest <= _STILL)


def _stands_still(system: System, p: Any, phase: float, state: Array) -> bool:
    """Whether a state is known to stand still; of one subject, for whom arrays take ten times as long as numbers."""
    packed = system.pack(state.tolist())
    try:
        clocks = (Daily(0.0, 0.0).at(hour + phase, math.cos, math.sin) for hour in _HOURS)
        return all(abs(rate) <= _STILL for clock in clocks for rate in system.flat(system.rates(packed, p, clock)))
    except (ArithmeticError, ValueError, TypeError):  # which is told where a state that stands still is looked for
        return False


def asked_of_many(
    system: System, declared: type[NamedTuple], values: Array
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Which states any rate asks for, and whether the rates follow the clock, for many subjects.

    Where nothing is decided by a parameter, only which of them are zero counts, so that few are traced.

    Parameters
    ----------
    system : System
        The model.
    declared : type
        ``NamedTuple`` of the parameters.
    values : ndarray, shape (n_parameters, n_subjects)
        Parameters.

    Returns
    -------
    asked : ndarray of bool, shape (n_states, n_subjects)
        As `System.asked` says of each.
    follows : ndarray of bool, shape (n_subjects,)
        As `System.follows_the_clock` says of each.
    ever : ndarray of bool, shape (n_states,)
        States that are asked for under some parameters, though not those of everybody.
    """
    size, kinds = len(system.names), values == 0
    whatever = anyhow(system, declared)
    if not whatever.arithmetic:
        kinds = values
    _, first, members = np.unique(kinds, axis=1, return_index=True, return_inverse=True)
    typical = [filled(declared, values[:, who].tolist()) for who in first]
    asked = np.array([system.asked(p) for p in typical]).T
    ever = whatever.asked[:size].copy() if whatever.arithmetic else np.logical_or.reduce(asked, axis=1)
    return asked[:, members], np.array([system.follows_the_clock(p) for p in typical])[members], ever
