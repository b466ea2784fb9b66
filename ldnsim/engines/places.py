"""Places: when something happens or is read, and in which order among what has the same time.

Rows of a table at the same time happen in the order in which they stand, and what was due before, such as an additional
dose, happens before them. So everything has a place: its time, and a rank among what has the same time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .events import Event, Infuse, Number, Past
from .leg import Array

Place = NDArray[np.complex128]
"""Times as real, ranks as imaginary parts: NumPy compares and sorts complex numbers in this order."""

STRETCH = 1e10
"""Ranks between one beginning of time and the next."""

DUE, ROW, WIDTH = 1.0, 5e9, 1e4
"""Lowest ranks of what comes due by itself, and of rows, within a stretch; and ranks from one row to the next."""

BEFORE, ORDINARY, AFTER = -1, 0, 1
"""Side of a sample: just before what happens at its time, where nothing happens, just after it."""

COINCIDENT = 1e-9
"""Share of a time by which a sample may miss an event that it stands for."""


def place(time: Any, rank: Any) -> Place:
    """Places from times and ranks."""
    found = np.empty(np.broadcast_shapes(np.shape(time), np.shape(rank)), dtype=np.complex128)
    found.real, found.imag = time, rank
    return found


class Records(NamedTuple):
    """When subjects are read, in order.

    Attributes
    ----------
    time : ndarray, shape (n_records, n_subjects) or (n_records, 1)
        When [h], by the time of the run.
    rank : ndarray, of the same shape
        At which rank among what happens at that time.
    """

    time: Array
    rank: Array


class Placed(NamedTuple):
    """An event in its place."""

    time: Number
    rank: Number
    event: Event


def due(events: Sequence[Event]) -> tuple[Placed, ...]:
    """Events that happen in the order given where they have the same time; a past comes before all that is shown."""
    return tuple(
        Placed(event.time, -1.0 if isinstance(event, Past) else DUE + number, event)
        for number, event in enumerate(events)
    )


def marks_of(placed: Sequence[Placed]) -> Array:
    """Times at which a sample has two sides, increasing, of the first subject."""
    found = [float(np.ravel(one.time)[0]) for one in placed if one.event.marked]
    found += [float(np.ravel(one.event.stop)[0]) for one in placed if isinstance(one.event, Infuse)]
    return np.unique(np.array(found, dtype=float))


def sides(
    samples: Array, marks: Array, start: float, stop: float, stretch: int = 0
) -> tuple[Records, NDArray[np.int8]]:
    """Records at samples, and at both sides of what happens.

    Parameters
    ----------
    samples : ndarray, shape (n,)
        Wanted times [h], increasing. One that coincides with an event gives way to the event's two sides.
    marks : ndarray, shape (n_marks,)
        Times of events, increasing [h].
    start, stop : float
        First and last record [h].
    stretch : int
        How often time has started again before.

    Returns
    -------
    records : Records
        The same for all, shape (n_records, 1).
    side : ndarray of int8, shape (n_records,)
        `BEFORE`, `ORDINARY` or `AFTER`.
    """
    marks = marks[(marks >= start) & (marks <= stop)]
    cuts = np.union1d(marks, [start, stop])
    free = samples[(samples > start) & (samples < stop)]
    free = free[~_near(free, cuts)]
    plain = np.setdiff1d(np.union1d(free, cuts), marks)
    time = np.concatenate([plain, marks, marks])
    side = np.repeat([ORDINARY, BEFORE, AFTER], [len(plain), len(marks), len(marks)]).astype(np.int8)
    order = np.lexsort((side, time))
    time, side = time[order], side[order]
    rank = stretch * STRETCH + np.where(side == BEFORE, 0.0, STRETCH - 1.0)
    return Records(time[:, None], rank[:, None]), side


def _near(samples: Array, cuts: Array) -> NDArray[np.bool_]:
    """Which samples coincide with a cut."""
    right = np.searchsorted(cuts, samples).clip(0, len(cuts) - 1)
    left = (right - 1).clip(0)
    near = np.zeros(len(samples), dtype=bool)
    for cut in (cuts[left], cuts[right]):
        near |= np.abs(samples - cut) <= COINCIDENT * np.maximum(1.0, np.abs(cut))
    return near
