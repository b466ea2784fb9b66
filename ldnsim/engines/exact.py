"""The exact engine: many subjects at once by the modes of their matrices, where the rates are linear in the state.

References
----------
Al-Mohy and Higham, SIAM J. Matrix Anal. Appl. 31:970 (2009), for subjects whose modes nearly coincide, as in
``scipy.linalg.expm``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..base.errors import LdnsimError, SolverError
from ..base.vocabulary import filled
from ..models.system import System
from .leg import ADD, CHANGE, FAILED, INFUSE, OK, Array, Leg, LegRun

_CONDITION = 1e4
"""How far modes may be from independent, as the condition of the matrix of them, before rounding shows."""

_UNCOUNTABLE = "rates or amounts beyond what can be counted; check doses and parameters for units"

Who = NDArray[np.int64]


@dataclass(frozen=True)
class ExactEngine:
    """Solves systems that are linear, without any error but rounding.

    Attributes
    ----------
    system : System
        The model, which declares itself linear.
    """

    system: System

    def solve(self, leg: Leg) -> LegRun:
        """States at the samples of a leg.

        Raises
        ------
        InputError
            If the system is not linear, whatever it declares.
        """
        shape = (len(self.system.names), leg.n_subjects, len(leg.time))
        states, status = np.zeros(shape), np.full(leg.n_subjects, OK, np.int8)
        with np.errstate(all="ignore"):  # what is not finite is found below
            try:
                carriers = _carriers(self._matrices(leg))
            except (SolverError, np.linalg.LinAlgError):
                carriers = []
            carried = np.zeros(leg.n_subjects, dtype=bool)
            for who, sets in carriers:
                carried[who] = True
                states[:, who] = _walk(leg.only(who), sets)
        lost = ~carried | ~np.isfinite(states).all(axis=(0, 2))
        status[lost] = FAILED
        errors: dict[int, Exception] = {int(who): SolverError(_UNCOUNTABLE) for who in np.flatnonzero(lost)}
        for who, lowest in zip(*_below(states, leg.scale), strict=True):
            status[who] = FAILED
            errors[int(who)] = SolverError(f"{self.system.names[lowest]} fell below zero by more than rounding")
        return LegRun(tuple(np.maximum(states, 0.0)), status, np.zeros(leg.n_subjects, np.int64), errors)

    def _matrices(self, leg: Leg) -> Array:
        """Matrices by set and subject, shape (n_sets, n_subjects, n_states, n_states), without what is off."""
        there = leg.on.T[:, :, None] & leg.on.T[:, None, :]
        found = []
        for number, values in enumerate(leg.parameters):
            try:
                one = self.system.matrix(filled(leg.declared, values))
            except LdnsimError:
                # a condition on parameters takes one subject after the other
                one = np.concatenate([self.system.matrix(leg.set_of(number, who)) for who in range(leg.n_subjects)])
            found.append(np.broadcast_to(one, there.shape) * there)
        return np.array(found)


_KEPT = 10_000_000
"""Numbers of exponentials that are kept at most."""


def _below(states: Array, scale: Array, noise: float = 1e-7) -> tuple[Who, Who]:
    """Subjects with a state below zero by more than rounding, and which state."""
    lowest = np.nanmin(states, axis=2, initial=0.0) / scale
    who = np.flatnonzero((lowest < -noise).any(axis=0))
    return who, lowest[:, who].argmin(axis=0)


def _carriers(matrices: Array) -> list[tuple[Who, list[_Carrier]]]:
    """Subjects who are carried on in the same way, and what carries them, a set of parameters after the other."""
    values, modes = np.linalg.eig(matrices)
    swings = (np.abs(values.imag) > 0).any(axis=(0, 2))
    independent = np.ones(len(swings), dtype=bool)
    found: list[tuple[Who, list[_Carrier]]] = []
    # real and complex apart, so that the bits of one subject do not depend on the modes of another
    for who, part in ((np.flatnonzero(~swings), np.real), (np.flatnonzero(swings), np.asarray)):
        own_values, own = part(values[:, who]), part(modes[:, who])
        inverses = np.full(own.shape, np.nan, dtype=own.dtype)
        # LAPACK refuses a stack where one of it has no inverse
        there = np.abs(np.linalg.det(own)) > 0
        inverses[there] = np.linalg.inv(own[there])
        condition = np.linalg.norm(own, axis=(2, 3)) * np.linalg.norm(inverses, axis=(2, 3)) / matrices.shape[-1]
        good = (condition < _CONDITION).all(axis=0)
        independent[who] = good
        if good.any():
            sets = zip(own_values[:, good], own[:, good], inverses[:, good], strict=True)
            found.append((who[good], [_Modes(*one) for one in sets]))
    others = np.flatnonzero(~independent)
    return [*found, (others, [_Exponentials(one[others]) for one in matrices])] if len(others) else found


class _Carrier(Protocol):
    """Carries subjects on, each by a time of its own."""

    def carried(self, states: Array, driven: Array, spans: Array) -> Array:
        """States after times of their own, while something is infused an hour; shapes (n_states, n) and (n,)."""
        ...


class _Modes:
    """By the modes of each matrix, which grow and fade independently of each other."""

    def __init__(self, values: NDArray[Any], modes: NDArray[Any], inverses: NDArray[Any]) -> None:
        # subjects last, so that NumPy does the same for each
        self.values = np.ascontiguousarray(values.T)
        self.modes, self.inverses = (np.ascontiguousarray(np.moveaxis(x, 0, 2)) for x in (modes, inverses))

    def carried(self, states: Array, driven: Array, spans: Array) -> Array:
        grown = self.values * spans
        held = np.exp(grown) * _times(self.inverses, states)
        if driven.any():
            share = np.where(grown == 0, 1.0, np.expm1(grown) / np.where(grown == 0, 1.0, grown))
            held = held + share * spans * _times(self.inverses, driven)
        found: Array = _times(self.modes, held).real
        return found


class _Exponentials:
    """By the exponential of each matrix, beside that of what is infused; those of equal spans are kept."""

    def __init__(self, matrices: Array) -> None:
        self.matrices = matrices
        self._kept: dict[bytes, tuple[Array, Array]] = {}

    def carried(self, states: Array, driven: Array, spans: Array) -> Array:
        grown, fed = self._over(spans)
        found: Array = np.einsum("nij,jn->in", grown, states) + np.einsum("nij,jn->in", fed, driven)
        return found

    def _over(self, spans: Array) -> tuple[Array, Array]:
        """What becomes of a state, and of one that is fed at a constant rate, over spans of their own."""
        key = spans.tobytes()
        if key not in self._kept:
            from scipy.linalg import expm

            subjects, size = self.matrices.shape[:2]
            whole = np.zeros((subjects, 2 * size, 2 * size))
            whole[:, :size, :size] = self.matrices * spans[:, None, None]
            whole[:, :size, size:] = np.eye(size) * spans[:, None, None]
            both = expm(whole)[:, :size]
            if len(self._kept) * both.size > _KEPT:
                self._kept.clear()
            self._kept[key] = both[..., :size], both[..., size:]
        return self._kept[key]


def _times(matrices: NDArray[Any], vectors: NDArray[Any]) -> NDArray[Any]:
    """Products of matrices and vectors, subjects last, each summed in the same order whoever else is there."""
    found: NDArray[Any] = matrices[:, 0] * vectors[0]
    for column in range(1, len(vectors)):
        found = found + matrices[:, column] * vectors[column]
    return found


def _walk(leg: Leg, sets: Sequence[_Carrier]) -> Array:
    """States of subjects at their samples, each going from one event or sample of its own to the next."""
    everybody, n_records = np.arange(leg.n_subjects), len(leg.time)
    never = np.full((1, leg.n_subjects), np.inf)
    event_time, record_time = np.vstack([leg.events.time, never]), np.vstack([leg.time, never])
    waits = np.vstack([leg.waits, np.zeros((1, leg.n_subjects), dtype=np.int64)])
    out = np.empty((len(leg.initial), leg.n_subjects, n_records))
    state, now, driven = leg.initial.copy(), leg.start.copy(), leg.infused * leg.on
    number = np.zeros(leg.n_subjects, dtype=np.int64)
    due, read = np.zeros((2, leg.n_subjects), dtype=np.int64)
    while (live := read < n_records).any():
        seen_at, happens_at = record_time[read, everybody], event_time[due, everybody]
        seen = (seen_at < happens_at) | ((seen_at == happens_at) & (due >= waits[read, everybody]))
        spans = np.where(live, np.where(seen, seen_at, happens_at) - now, 0.0)
        moving = spans > 0.0
        if moving.any():
            after = _carried(sets, number, state, driven, spans)
            state = np.where(moving, after, state)
        now = np.where(live, np.where(seen, seen_at, happens_at), now)
        who = np.flatnonzero(seen & live)
        out[:, who, read[who]] = state[:, who]
        read[who] += 1
        who = np.flatnonzero(~seen & live)
        if len(who):
            kind, which, value = (part[due[who], who] for part in leg.events[1:])
            adds, infuses, changes = (kind == one for one in (ADD, INFUSE, CHANGE))
            state[which[adds], who[adds]] += value[adds]
            driven[which[infuses], who[infuses]] = (value * leg.on[np.where(infuses, which, 0), who])[infuses]
            number[who[changes]] = which[changes]
            due[who] += 1
    return out


def _carried(sets: Sequence[_Carrier], number: Who, state: Array, driven: Array, spans: Array) -> Array:
    """States after times of their own, by the matrix that holds for each subject."""
    found = state
    for one in np.unique(number):
        found = np.where(number == one, sets[one].carried(state, driven, spans), found)
    return found
