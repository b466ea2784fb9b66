"""Who can be run by the same operations: people who share switches, exponents, and which states are zero or equal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.remembering import remembered
from ..base.vocabulary import filled
from ..endorphin import Clock
from ..models.recorder import LARGEST_POWER
from ..models.system import System
from .leg import CHANGE, Array, Leg
from .tape import Recording, record

Places = NDArray[np.int64]

ZERO = -1
"""What a state that is always zero is like."""

_FEW = 2
"""People of whom likeness is remembered: runs of one person, and pairs for whom a kernel is made."""


class Group(NamedTuple):
    """People who are run by the same operations.

    Attributes
    ----------
    recording : Recording
        The operations.
    like : tuple of int
        For each state the first one that it is always equal to, or `ZERO`.
    people : ndarray of int64
        Their positions in the leg.
    """

    recording: Recording
    like: tuple[int, ...]
    people: Places


def groups(system: System, leg: Leg, wanted: Sequence[int] | None = None) -> Iterator[Group]:
    """The groups of a leg; into which a person comes depends on nobody else.

    Parameters that are 0 or 1, and whole exponents, are written into the operations of a group. States that stay
    zero are left out, and states that can only be equal, such as the amounts of both isomers of a racemic dose, are
    integrated once.

    Parameters
    ----------
    system : System
        The model.
    leg : Leg
        The subjects.
    wanted : sequence of int, optional
        States that will be read; by default all.

    Yields
    ------
    Group
        At least one person each.
    """
    everything = record(system, leg.declared, range(len(system.names)))
    used = sorted(place for place in everything.arguments if place < everything.parameters)
    exponents = sorted(everything.exponents)
    first = leg.parameters[0]
    simple = np.isin(first, (0.0, 1.0))
    simple[exponents] |= np.isin(first[exponents], range(2, LARGEST_POWER + 1))
    simple &= (leg.parameters == first).all(axis=0)
    fixed = np.where(simple, first, -1.0)[used]
    like = likeness(system, leg, simple)
    kinds, members = np.concatenate([fixed, like]), np.zeros(1, dtype=np.int64)
    if leg.n_subjects > 1:  # one person alone is asked for again and again, and sorting takes longest
        kinds, members = np.unique(kinds, axis=1, return_inverse=True)
    for number, kind in enumerate(kinds.T):
        known = {place: value for place, value in zip(used, kind.tolist(), strict=False) if value >= 0}
        same = tuple(int(position) for position in kind[len(used) :])
        try:
            recording = record(system, leg.declared, same, known, wanted)
        except ZeroDivisionError:  # not finite, which will show when it is played
            recording = record(system, leg.declared, same, None, wanted)
        yield Group(recording, same, np.flatnonzero(members == number))


def likeness(system: System, leg: Leg, known: NDArray[np.bool_]) -> Places:
    """Which states of each person are always equal.

    States that start alike, that the same enters, and whose rates are equal as long as they are, stay alike. Numbers
    without any structure, where nothing cancels by chance, show what depends on what.

    Parameters
    ----------
    system : System
        The model.
    leg : Leg
        The subjects.
    known : ndarray of bool, shape (n_parameters, n_people) or (n_parameters, 1)
        Parameters whose values count; states are alike whatever the others are.

    Returns
    -------
    ndarray of int64, shape (n_states, n_people)
        For each state the first one that it is always equal to, `ZERO` where it is always zero.
    """
    like = _begun(leg)
    values = np.where(known, leg.parameters[0], np.nan)
    if leg.n_subjects > _FEW:
        same = (values == values[:, :1]) | (np.isnan(values) & np.isnan(values[:, :1]))
        if same.all() and (like == like[:, :1]).all():  # one stands for everybody
            return np.broadcast_to(_settled(system, leg.declared, values[:, :1], like[:, :1]), like.shape)
        return _settled(system, leg.declared, values, like)
    declared: type[NamedTuple] = leg.declared
    return _settled_again(system, declared, values.shape, values.tobytes(), like.shape, like.tobytes())


@remembered(64)
def _settled_again(
    system: System,
    declared: type[NamedTuple],
    shape: tuple[int, ...],
    values: bytes,
    begun: tuple[int, ...],
    like: bytes,
) -> Places:
    places = np.frombuffer(like, dtype=np.int64).reshape(begun)
    return _settled(system, declared, np.frombuffer(values).reshape(shape), places)


def _settled(system: System, declared: type[Any], values: Array, like: Places) -> Places:
    """Which states are always equal, of those that begin so, by parameters that are nan where they do not count."""
    generator = np.random.default_rng(0)
    generic = generator.uniform(0.1, 0.9, (len(values), 1))
    p = filled(declared, np.where(np.isnan(values), generic, values))
    clock = Clock(*generator.uniform(0.1, 0.9, 2))
    numbers = np.append(generator.uniform(0.1, 0.9, len(system.names)), 0.0)
    while True:
        rates = system.flat(system.rates(system.pack(numbers[like]), p, clock))
        found = np.array([np.broadcast_to(rate, like.shape[1]) for rate in rates])
        # all that start to move now have been zero until now
        classes = np.where((like == ZERO) & (found != 0), len(like), like)
        finer = _first(classes, found[:, None, :])
        if (finer == like).all():
            return finer
        like = finer


def _begun(leg: Leg) -> Places:
    """For each state the first one that starts from the same and that the same enters."""
    happens, (n_states, people) = leg.events, leg.initial.shape
    enters: NDArray[np.bool_] = np.isfinite(happens.time) & (happens.kind != CHANGE)
    entered = np.unique(happens.state[enters])
    own = [enters & (happens.state == position) for position in entered]
    most = max((int(mine.sum(axis=0).max()) for mine in own), default=0)
    series = np.zeros((len(entered), 3, most, people))
    for number, mine in enumerate(own):
        rows, who = np.nonzero(mine)
        rank = np.cumsum(mine, axis=0)[rows, who] - 1
        series[number, :, rank, who] = np.array([happens.value, happens.time, happens.kind])[:, rows, who].T
    marks = np.zeros((n_states, 4, people))
    marks[:, 0], marks[:, 2], marks[:, 3] = leg.initial, leg.infused, ~leg.on
    same = _first(np.zeros((len(entered), people), dtype=np.int64), series.reshape(len(entered), 3 * most, people))
    marks[entered, 1] = np.where((series[:, 0] != 0).any(axis=1), 1 + same, 0)
    return _first(np.where((marks == 0).all(axis=1), ZERO, n_states), marks)


def _first(classes: Places, marks: Array) -> Places:
    """For each state the first one of its class with the same marks, or itself; `ZERO` stays as it is.

    Shapes: classes (n_states, n_people), marks (n_states, n_marks, n_people).
    """
    if classes.shape[1] == 1:
        # the same as below, where one person at a time is asked for again and again
        known: dict[tuple[int, bytes], int] = {}
        alone = enumerate(zip(classes[:, 0].tolist(), (row.tobytes() for row in marks[..., 0] + 0.0), strict=True))
        found = np.array([ZERO if key[0] == ZERO else known.setdefault(key, place) for place, key in alone], np.int64)
        return found[:, None]
    own = np.arange(len(classes))[:, None]
    found = np.where(classes == ZERO, ZERO, own)
    for position in range(1, len(classes)):
        before = slice(position)
        same = (classes[position] == classes[before]) & (found[before] == own[before]) & (found[position] == position)
        if same.any():
            same &= (marks[position] == marks[before]).all(axis=1)
            found[position] = np.where(same.any(axis=0), same.argmax(axis=0), found[position])
    return found
