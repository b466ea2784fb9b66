"""Quantiles over people without keeping the people: exact counts on a fixed logarithmic grid."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..base.errors import InputError
from ..base.files import whole

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

RELATIVE_ERROR = 2.0**-10
"""No order statistic is further off than this share of itself (0.1 %), or `SMALLEST` of the largest."""
SMALLEST = 1e-6
"""Magnitudes below this share of the largest one are told from zero no more."""

# A key is the exponent and the first bits of the mantissa of a number: half a step is 1/1024 of it at most
_MANTISSA_BITS = 9
_SHIFT = 52 - _MANTISSA_BITS
_MAGNITUDE = np.int64(2**63 - 1)
_PER_OCTAVE = 1 << _MANTISSA_BITS
_OCTAVES = 21
_NEVER = np.int64(2**62)
_LARGEST = 1e300

# Blocks small enough for the processor's cache
_CELLS = 64
_PEOPLE = 2048

# Sums are kept in digits to the base 2**36, each a whole number, so that no order of adding changes them;
# 134 million people fit
_DIGIT_BITS = 36


class Quantiles:
    """Quantiles over people of many numbers, such as every output at every sample time.

    Numbers are counted in steps of 1/512 to 1/1024 of themselves, down to a millionth of the largest
    magnitude. Counts, sums, minimum and maximum are exact, so that neither the order in which people
    come, nor how they are split into chunks, nor merging changes one bit of what comes out. Memory is
    bounded: four bytes for each step between the lowest and highest number of a sign, at most 10,752
    steps a sign.

    Parameters
    ----------
    shape : tuple of int
        Shape of what one person has.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        if not shape or any(size < 1 for size in shape):
            raise InputError("shape", shape, "at least one dimension, each of size 1 or more")
        self.shape = shape
        self.count = 0
        n_cells = int(np.prod(shape))
        self._blocks = [_Block(min(_CELLS, n_cells - first)) for first in range(0, n_cells, _CELLS)]

    def add(self, values: NDArray[Any]) -> None:
        """Count people.

        Parameters
        ----------
        values : ndarray, shape (n_people, *shape)
            Their numbers.

        Raises
        ------
        InputError
            If the shape is another, or a number is not finite or beyond 1e300; nothing is counted then.
        """
        if values.shape[1:] != self.shape:
            raise InputError("values", values.shape, f"one row a person of shape {self.shape}")
        # not a number is neither
        if len(values) and not (float(values.min()) >= -_LARGEST and float(values.max()) <= _LARGEST):
            raise InputError("values", "nan, infinity or beyond 1e300", "finite numbers; leave failed people out")
        flat = values.reshape(len(values), int(np.prod(self.shape)))
        for first in range(0, len(flat), _PEOPLE):
            # of two zeros with different signs the smaller one would depend on the order
            people = flat[first : first + _PEOPLE] + 0.0
            low, high = people.min(axis=0).astype(np.float64), people.max(axis=0).astype(np.float64)
            for number, block in enumerate(self._blocks):
                cells = slice(number * _CELLS, (number + 1) * _CELLS)
                block.add(people[:, cells].astype(np.float64), low[cells], high[cells])
        self.count += len(flat)

    def merge(self, other: Quantiles) -> None:
        """Count the people of another summary as well.

        Parameters
        ----------
        other : Quantiles
            Of the same shape; it is not changed.
        """
        if other.shape != self.shape:
            raise InputError("other", other.shape, f"the shape {self.shape}")
        for mine, theirs in zip(self._blocks, other._blocks, strict=True):
            mine.merge(theirs)
        self.count += other.count

    def result(self, levels: ArrayLike) -> Floats:
        """Quantiles, with linear interpolation between people as ``numpy.quantile`` does it.

        Parameters
        ----------
        levels : array_like, shape (n_levels,)
            Shares of people, 0 to 1; 0 and 1 give the exact minimum and maximum.

        Returns
        -------
        ndarray, shape (n_levels, *shape)
            Each of the two people that a quantile lies between is off by at most 0.1 % of itself, or a
            millionth of the largest magnitude at that place.
        """
        shares = np.asarray(levels, dtype=float)
        if shares.ndim != 1 or not ((shares >= 0) & (shares <= 1)).all():
            raise InputError("levels", levels, "shares from 0 to 1, such as [0.05, 0.5, 0.95]")
        self._need_people()
        place = shares * (self.count - 1)
        below = np.floor(place).astype(np.int64)
        above = np.minimum(below + 1, self.count - 1)
        found = []
        for block in self._blocks:
            low, high = block.ranked(below, self.count), block.ranked(above, self.count)
            part = (place - below)[:, None]
            found.append(low * (1 - part) + high * part)
        return np.concatenate(found, axis=1).reshape(len(shares), *self.shape)

    @property
    def minimum(self) -> Floats:
        """Smallest number, exactly."""
        self._need_people()
        return np.concatenate([block.minimum for block in self._blocks]).reshape(self.shape)

    @property
    def maximum(self) -> Floats:
        """Largest number, exactly."""
        self._need_people()
        return np.concatenate([block.maximum for block in self._blocks]).reshape(self.shape)

    @property
    def mean(self) -> Floats:
        """Mean, summed without rounding and rounded once."""
        self._need_people()
        return np.array([mean for block in self._blocks for mean in block.means(self.count)]).reshape(self.shape)

    @property
    def nbytes(self) -> int:
        """Memory of the counts."""
        return sum(side.columns.nbytes for block in self._blocks for side in block.sides)

    def save(self, path: str | os.PathLike[str], note: str) -> None:
        """Write the state to a file, whole or not at all.

        Parameters
        ----------
        path : path-like
            Ends in ``.npz``.
        note : str
            What the caller needs to go on, such as the run it belongs to and the chunks counted.
        """
        state: dict[str, Any] = {"shape": np.array(self.shape), "count": np.array(self.count), "note": np.array(note)}
        for number, block in enumerate(self._blocks):
            state |= {f"{number}.{name}": array for name, array in block.state().items()}
        # given a path, numpy would write to another one where the ending is not its own
        with whole(path, "path") as draft, draft.open("wb") as stream:
            np.savez(stream, **state)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> tuple[Self, str]:
        """Read a state that `save` wrote.

        Parameters
        ----------
        path : path-like
            The file.

        Returns
        -------
        quantiles : Quantiles
            As they were.
        note : str
            What was saved with them.

        Raises
        ------
        InputError
            If there is no such file, or it is damaged.
        """
        try:
            # np.load given a path would leave the file open where it is damaged
            with Path(path).open("rb") as opened, np.load(opened) as file:
                state = {name: file[name] for name in file.files}
            quantiles = cls(tuple(int(size) for size in state.pop("shape")))
            quantiles.count, note = int(state.pop("count")), str(state.pop("note"))
            for number, block in enumerate(quantiles._blocks):
                prefix = f"{number}."
                block.restore({k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)})
        except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise InputError("path", str(path), f"a file of saved quantiles, undamaged ({error})") from error
        return quantiles, note

    def _need_people(self) -> None:
        if self.count == 0:
            raise InputError("quantiles", "no people", "at least one person added")


def _keys(values: Floats) -> Integers:
    return (values.view(np.int64) & _MAGNITUDE) >> _SHIFT


class _Window:
    """Counts of each key from the lowest to the highest seen, for some cells side by side."""

    def __init__(self, n_cells: int) -> None:
        self.low: Integers = np.full(n_cells, _NEVER)
        self.high: Integers = np.zeros(n_cells, dtype=np.int64)
        # column 0 takes what is not counted: at the floor or below, or of the other sign
        self.columns: NDArray[np.uint32] = np.zeros((n_cells, 1), dtype=np.uint32)

    def add(self, keys: Integers, floor: Integers, low: Integers, high: Integers) -> None:
        """Count keys above the floor, shape (n_people, n_cells), that go from `low` to `high`."""
        if (low <= floor).any():
            low = np.where(keys > floor, keys, _NEVER).min(axis=0)
        # whole octaves, so that it seldom has to grow
        first, last = low & -_PER_OCTAVE, high | (_PER_OCTAVE - 1)
        self.reach(np.minimum(self.low, first), np.where(high > floor, np.maximum(self.high, last), self.high))
        place = keys - (self.low - 1)
        np.maximum(place, 0, out=place)
        place += np.arange(len(self.low)) * self.columns.shape[1]
        np.add.at(self.columns.reshape(-1), place.ravel(), np.uint32(1))

    @property
    def counts(self) -> NDArray[np.uint32]:
        """Counts of the keys from the lowest on, shape (n_cells, width)."""
        return self.columns[:, 1:]

    def reach(self, low: Integers, high: Integers) -> None:
        """Make the window span these keys, and lose what is outside."""
        empty = low > high
        low, high = np.where(empty, _NEVER, low), np.where(empty, 0, high)
        width = int(np.where(empty, 0, high - low + 1).max())
        if width <= self.counts.shape[1] and (low == self.low).all():
            self.high = high
            return
        columns = np.zeros((len(low), 1 + width), dtype=np.uint32)
        for cell in np.flatnonzero((self.low <= self.high) & ~empty):
            first, last = max(low[cell], self.low[cell]), min(high[cell], self.high[cell])
            if first <= last:
                old = self.counts[cell, first - self.low[cell] : last + 1 - self.low[cell]]
                columns[cell, 1 + first - low[cell] : 2 + last - low[cell]] = old
        self.low, self.high, self.columns = low, high, columns

    def merge(self, other: _Window) -> None:
        self.reach(np.minimum(self.low, other.low), np.maximum(self.high, other.high))
        for cell in np.flatnonzero(other.low <= other.high):
            width = other.high[cell] - other.low[cell] + 1
            first = other.low[cell] - self.low[cell]
            self.counts[cell, first : first + width] += other.counts[cell, :width]

    def middles(self) -> Floats:
        """The number that stands for each key, shape of the counts."""
        keys = np.where(self.low == _NEVER, 1, self.low)[:, None] + np.arange(self.counts.shape[1])
        # keys past the last one of a cell have no counts; keep them numbers
        keys = np.minimum(keys, np.maximum(self.high, 1)[:, None])
        edges = [(shifted << _SHIFT).view(np.float64) for shifted in (keys, keys + 1)]
        return (edges[0] + edges[1]) / 2


class _Block:
    """Counts, sums and extremes of some cells."""

    def __init__(self, n_cells: int) -> None:
        self.minimum: Floats = np.full(n_cells, np.inf)
        self.maximum: Floats = np.full(n_cells, -np.inf)
        self.top: Integers = np.zeros(n_cells, dtype=np.int64)
        self.sides = (_Window(n_cells), _Window(n_cells))
        self.digits: dict[int, Integers] = {}

    def add(self, values: Floats, low: Floats, high: Floats) -> None:
        """Count people, shape (n_people, n_cells), of given extremes; the values are used up."""
        self.minimum, self.maximum = np.minimum(self.minimum, low), np.maximum(self.maximum, high)
        largest = np.maximum(np.abs(low), np.abs(high))
        top = _keys(largest) // _PER_OCTAVE
        if (top > self.top).any():
            self.top = np.maximum(self.top, top)
            self._let_go()
        keys = _keys(values)
        positive, negative = self.sides
        if (low >= 0).all():
            positive.add(keys, self._floor, _keys(low), _keys(high))
        else:
            below = values < 0
            for side, own in ((positive, np.where(below, 0, keys)), (negative, np.where(below, keys, 0))):
                side.add(own, self._floor, own.min(axis=0), own.max(axis=0))
        self._sum(values, float(largest.max()))

    def merge(self, other: _Block) -> None:
        self.minimum = np.minimum(self.minimum, other.minimum)
        self.maximum = np.maximum(self.maximum, other.maximum)
        for mine, theirs in zip(self.sides, other.sides, strict=True):
            mine.merge(theirs)
        self.top = np.maximum(self.top, other.top)
        self._let_go()
        for place, digit in other.digits.items():
            self.digits[place] = self.digits.get(place, 0) + digit

    def ranked(self, ranks: Integers, count: int) -> Floats:
        """The people of some ranks, shape (n_ranks, n_cells)."""
        positive, negative = self.sides
        known = [side.counts.sum(axis=1, dtype=np.int64) for side in self.sides]
        near_zero = (count - known[0] - known[1])[:, None]
        counts = np.concatenate([negative.counts[:, ::-1], near_zero, positive.counts], axis=1).cumsum(axis=1)
        middles = [-negative.middles()[:, ::-1], np.zeros((len(self.top), 1)), positive.middles()]
        # the exact extremes are better than the middle of the step they lie in
        numbers = np.concatenate(middles, axis=1).clip(self.minimum[:, None], self.maximum[:, None])
        found = np.empty((len(ranks), len(self.top)))
        for row, rank in enumerate(ranks):
            column = (counts <= rank).sum(axis=1)
            found[row] = np.take_along_axis(numbers, column[:, None], axis=1)[:, 0]
            if rank == 0:
                found[row] = self.minimum
            elif rank == count - 1:
                found[row] = self.maximum
        return found

    def means(self, count: int) -> list[float]:
        lowest = min(self.digits, default=0)
        sums = [0] * len(self.top)
        for place, digit in self.digits.items():
            sums = [s + (int(d) << _DIGIT_BITS * (place - lowest)) for s, d in zip(sums, digit, strict=True)]
        exponent = _DIGIT_BITS * lowest
        # whole numbers divide with one correct rounding
        over, under = (exponent, 0) if exponent >= 0 else (0, -exponent)
        return [(s << over) / (count << under) for s in sums]

    def state(self) -> dict[str, NDArray[Any]]:
        found: dict[str, NDArray[Any]] = {"minimum": self.minimum, "maximum": self.maximum, "top": self.top}
        for sign, side in enumerate(self.sides):
            found |= {f"low{sign}": side.low, f"high{sign}": side.high, f"columns{sign}": side.columns}
        return found | {f"digit{place}": digit for place, digit in self.digits.items()}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        self.minimum, self.maximum, self.top = state["minimum"], state["maximum"], state["top"]
        for sign, side in enumerate(self.sides):
            side.low, side.high, side.columns = (state[f"{name}{sign}"] for name in ("low", "high", "columns"))
        self.digits = {int(k.removeprefix("digit")): v for k, v in state.items() if k.startswith("digit")}

    @property
    def _floor(self) -> Integers:
        return np.maximum(self.top - _OCTAVES, 0) * _PER_OCTAVE + (_PER_OCTAVE - 1)

    def _let_go(self) -> None:
        """Forget numbers that are too small beside the largest."""
        for side in self.sides:
            side.reach(np.maximum(side.low, self._floor + 1), side.high)

    def _sum(self, rest: Floats, largest: float) -> None:
        place = (int(np.frexp(largest)[1]) - 1) // _DIGIT_BITS
        while rest.any():
            # adding and taking away a number this large rounds to whole digits
            rounder = np.ldexp(1.5, 52 + _DIGIT_BITS * place)
            digits = (rest + rounder) - rounder
            rest -= digits
            total = np.ldexp(digits.sum(axis=0), -_DIGIT_BITS * place).astype(np.int64)
            self.digits[place] = self.digits.get(place, 0) + total
            place -= 1
