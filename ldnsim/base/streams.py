"""Random numbers that depend on what they are for and whose they are, never on who drew before.

Each number is a function of seed, purpose, replicate, draw and person alone. So the same bits come out for any
number of workers, any chunks and any subset of people, and what is drawn for one purpose never moves another.
"""

from __future__ import annotations

import secrets
import zlib
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Words = NDArray[np.uint64]

MAX_SEED = 2**64 - 1
MAX_KEY = 2**32 - 1
"""Largest number of a replicate or draw: beyond it two keys could be the same."""

_GAP = 32
"""Words that are made and thrown away rather than starting a generator anew."""


class Purpose(IntEnum):
    """What numbers are drawn for; a number once given keeps its meaning, or the same seed would draw other people."""

    COVARIATES = 0
    PEOPLE = 1
    OCCASIONS = 2
    RESIDUAL = 3
    UNCERTAINTY = 4
    MISSED = 5
    LATE = 6
    RELIABILITY = 7


def words(seed: int, purpose: Purpose, replicate: int, draw: tuple[int, ...], ids: ArrayLike) -> Words:
    """Raw random words of some people.

    Parameters
    ----------
    seed : int
        Seed, from 0 to 2**64 - 1.
    purpose : Purpose
        What they are for.
    replicate : int
        Number of the replicate, from 0.
    draw : tuple of int
        Which of the draws for this purpose, such as attempt and parameter.
    ids : array_like of int, shape (n_people,)
        Numbers of the people, from 0; in any order, also repeated.

    Returns
    -------
    ndarray of uint64, shape (n_people,)
        The word at position `id` of the stream of the other arguments.
    """
    # the two words of a Philox key, so that a person's word can be had without those before it
    sequence = np.random.SeedSequence(entropy=seed, spawn_key=(purpose, replicate, *draw))
    key: Words = sequence.generate_state(2, np.uint64).astype(np.uint64, copy=False)
    wanted = np.asarray(ids, dtype=np.int64)
    if not wanted.size:
        return np.empty(0, dtype=np.uint64)
    first, last = int(wanted[0]), int(wanted[-1])
    if last - first + 1 == wanted.size and np.all(np.diff(wanted) == 1):
        return _stretch(key, first, last)
    low, high = int(wanted.min()), int(wanted.max())
    if high - low < _GAP * wanted.size:
        return _stretch(key, low, high)[wanted - low]
    each, back = np.unique(wanted, return_inverse=True)
    runs = np.split(each, np.flatnonzero(np.diff(each) > _GAP) + 1)
    return np.concatenate([_stretch(key, int(run[0]), int(run[-1]))[run - run[0]] for run in runs])[back]


def _stretch(key: Words, first: int, last: int) -> Words:
    """Words at the positions from `first` to `last`; the generator makes four at a time."""
    block, before = divmod(first, 4)
    return np.random.Philox(key=key, counter=block).random_raw(before + last - first + 1)[before:]


def uniforms(seed: int, purpose: Purpose, replicate: int, draw: tuple[int, ...], ids: ArrayLike) -> Array:
    """Uniform numbers above 0 and below 1 for some people, arguments as in `words`; shape (n_people,)."""
    # 52 bits and the middle of each step: neither 0 nor 1 comes out, at which normals would be infinite
    steps = (words(seed, purpose, replicate, draw, ids) >> np.uint64(12)).astype(np.float64)
    found: Array = (steps + 0.5) * 2.0**-52
    return found


def normals(seed: int, purpose: Purpose, replicate: int, draw: tuple[int, ...], ids: ArrayLike) -> Array:
    """Standard normal numbers for some people, arguments as in `words`; shape (n_people,)."""
    from scipy.special import ndtri

    found: Array = ndtri(uniforms(seed, purpose, replicate, draw, ids))
    return found


def named(name: str) -> int:
    """Number of the draw that belongs to a name, so that what else is drawn has no influence on it."""
    return zlib.crc32(name.encode())


def fresh_seed() -> int:
    """A seed that nobody chose; 63 bits, so that it fits every file format."""
    return secrets.randbits(63)
