"""Where curves of many subjects cross a level: known at some places, and asked for between them.

Between two places that are known a curve is taken to turn only where it does beside a highest or lowest one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Places = NDArray[np.int64]
Function = Callable[[Array, Places], Array]
"""Values at some places of the axis, each of one subject; nan where there is none."""

_BISECTIONS = 8
"""How often the stretch is halved in which a curve begins or ends to have a value."""

_TURNS, _ROOTS = 20, 60
"""Most steps to a highest or lowest place, and to a crossing."""

_AT_TURN, _AT_ROOT = 1e-3, 1e-8
"""How well a highest or lowest place is known, and a crossing at a jump, on the axis."""

_INSIDE = 1e-2
"""How far inside its first and last stretch a curve is looked at to see whether it turns there [1]."""

_BEYOND = 5e-6
"""How far beyond a jump to a level along which it runs a curve counts as crossing it."""

_SAME = 1e-9
"""How far from a level a curve counts as being on it, of the scale [1]."""

_MATTERS = 1e-4
"""How much of themselves values differ by at least where that means something [1]."""

_FAR = 1e3
"""What is farther from the level than this, of the scale, may be infinite [1]."""


class Crossings(NamedTuple):
    """Where curves cross a level, in the order of subject and place.

    Attributes
    ----------
    who : ndarray of int64, shape (n,)
        Whose.
    x : ndarray, shape (n,)
        Where.
    rising : ndarray of bool, shape (n,)
        Whether the curve rises there.
    """

    who: Places
    x: Array
    rising: NDArray[np.bool_]


class Curves:
    """What is known of curves, each value asked for once.

    Parameters
    ----------
    function : callable
        Gives values, see `Function`.
    """

    def __init__(self, function: Function) -> None:
        self._function = function
        self._known: dict[tuple[int, float], float] = {}

    def ask(self, x: Array, who: Places) -> Array:
        """Values at some places; what is not known is worked out in one call."""
        x, who = np.asarray(x, dtype=float), np.asarray(who).astype(np.int64)
        keys = list(zip(who.tolist(), x.tolist(), strict=True))
        new = list({key: place for place, key in enumerate(keys) if key not in self._known}.values())
        if new:
            found = self._function(x[new], who[new])
            self._known |= {keys[place]: value for place, value in zip(new, found.tolist(), strict=True)}
        return np.array([self._known[key] for key in keys])

    def points(self) -> tuple[Places, Array, Array]:
        """All that is known: whose, where, and the value, in the order of subject and place."""
        keys = sorted(self._known)
        who, x = np.array([key[0] for key in keys], dtype=np.int64), np.array([key[1] for key in keys])
        return who, x, np.array([self._known[key] for key in keys])


def ends(curves: Curves) -> None:
    """Ask for where curves begin and stop to have a value."""
    who, x, y = curves.points()
    there = np.isfinite(y) | np.isinf(y)
    left = np.flatnonzero((who[1:] == who[:-1]) & (there[1:] != there[:-1]))
    if not left.size:
        return
    inside = np.where(there[left], x[left], x[left + 1])
    outside = np.where(there[left], x[left + 1], x[left])
    for _ in range(_BISECTIONS):
        middle = (inside + outside) / 2
        good = ~np.isnan(curves.ask(middle, who[left]))
        inside, outside = np.where(good, middle, inside), np.where(good, outside, middle)


def crossings(curves: Curves, level: float, precision: float) -> Crossings:
    """Where curves cross a level.

    Parameters
    ----------
    curves : Curves
        Known at some places already, which include the ends of the axis.
    level : float
        The level.
    precision : float
        How far from the level a curve may be at a crossing, relative to the level, or of a level of 0 to how far the
        curves spread [1].

    Returns
    -------
    Crossings
        All that the places show. Where a curve runs along the level, it crosses where it leaves it, or reaches it.
    """
    from scipy.optimize import elementwise

    ends(curves)
    _turn(curves, level)
    who, x, y = curves.points()
    scale = scale_of(y, level)
    side = _sides(who, y - level, _SAME * scale)
    left = np.flatnonzero((who[1:] == who[:-1]) & (side[1:] * side[:-1] < 0))
    if not left.size:
        return Crossings(who[left], x[left], side[left] > 0)
    # straight lines in logarithms are found at once
    steep = (level > 0) & (y[left] > 0) & (y[left + 1] > 0)
    # a place that is known and on the level is where the curve crosses, and no jump
    known = _of_one_on(y[left] - level, x[left], y[left + 1] - level, x[left + 1], _SAME * scale, np.nan)
    on_level = _of_one_on(y[left] - level, side[left], y[left + 1] - level, side[left + 1], _SAME * scale)

    def above(x: Array, who: Places, steep: NDArray[np.bool_], on_level: Array) -> Array:
        y = curves.ask(x, who)
        off = (y - level) / scale
        on = np.abs(off) <= _SAME
        with np.errstate(divide="ignore", invalid="ignore"):
            off = np.where(steep & (y > 0), np.log(y / level) if level > 0 else off, off)
        return np.where(on, on_level, np.clip(off, -_FAR, _FAR))

    found = elementwise.find_root(
        above, (x[left], x[left + 1]), args=(who[left], steep, on_level), maxiter=_ROOTS,
        tolerances={"xatol": _AT_ROOT, "fatol": precision},
    )  # fmt: skip
    # where a curve jumps to a level and runs along it, a little beyond the jump
    low, high = (np.asarray(end) for end in found.bracket)
    beyond = np.where(np.asarray(found.f_bracket[1]) * on_level > 0, high + _BEYOND, low - _BEYOND)
    beyond = np.where(np.abs(found.x - known) < _BEYOND, known, beyond)
    jumps = (on_level != 0) & (np.abs(found.f_x) > precision)
    return Crossings(who[left], np.where(jumps, beyond, found.x), side[left] < 0)


def scale_of(y: Array, level: float) -> float:
    """What differences from a level are measured by: the level itself, or, where it is 0, how far the curves spread."""
    seen = y[np.isfinite(y)]
    return abs(level) or (float(np.ptp(seen)) if seen.size else 0.0) or 1.0


def is_flat(y: Array) -> bool:
    """Whether values are all the same but for what engines differ by; so they are where there is none."""
    seen = np.unique(y[~np.isnan(y)])
    return seen.size < 2 or bool(np.isfinite(seen).all() and np.ptp(seen) <= _MATTERS * np.abs(seen).max())


def lowest_and_highest(curves: Curves, size: int) -> Array:
    """Place and value of the lowest and of the highest value that is known of each subject.

    Returns
    -------
    ndarray, shape (size, 4)
        Place and value of the lowest, place and value of the highest; nan where a subject has no value.
    """
    who, x, y = curves.points()
    seen = np.flatnonzero(~np.isnan(y))
    order = seen[np.lexsort((y[seen], who[seen]))]
    own = who[order]
    first = np.flatnonzero(np.diff(own, prepend=-1))
    last = np.append(first[1:], len(own)) - 1
    found = np.full((size, 4), np.nan)
    found[own[first]] = np.stack([x[order[first]], y[order[first]], x[order[last]], y[order[last]]], axis=1)
    return found


def turning(curves: Curves, subject: int) -> Array:
    """Places of a subject that are higher or lower than both their neighbours."""
    who, x, y = curves.points()
    own = np.flatnonzero((who == subject) & ~np.isnan(y))
    slope = np.sign(np.diff(y[own]))
    found: Array = x[own][1:-1][slope[1:] * slope[:-1] < 0]
    return found


def _turn(curves: Curves, level: float) -> None:
    """Ask for the highest and lowest places of curves that may reach the level between those that are known."""
    from scipy.optimize import elementwise

    _look_inside(curves, level)
    who, x, y = curves.points()
    off = y - level
    one = (who[2:] == who[:-2]) & np.isfinite(off[2:]) & np.isfinite(off[1:-1]) & np.isfinite(off[:-2])
    left, middle, right = off[:-2], off[1:-1], off[2:]
    # towards the level, on one side of it
    toward = np.where(middle < 0, -1.0, 1.0)
    with np.errstate(invalid="ignore"):
        drops = np.stack([toward * (left - middle), toward * (right - middle)])
        turns = one & (toward * left > 0) & (toward * middle > 0) & (toward * right > 0)
        turns &= (drops >= 0).all(axis=0) & (drops > 0).any(axis=0)
        near = np.abs(middle) <= drops.max(axis=0)
    place = np.flatnonzero(turns & (near | ~np.isin(who[1:-1], _crossed(who, off))))
    if place.size:
        elementwise.find_minimum(
            lambda x, who, toward: toward * curves.ask(x, who),
            (x[place], x[place + 1], x[place + 2]),
            args=(who[place + 1], toward[place]),
            maxiter=_TURNS,
            tolerances={"xatol": _AT_TURN, "xrtol": 0.0},
        )


def _look_inside(curves: Curves, level: float) -> None:
    """Ask close to the ends of curves that are nearer to the level there than farther inside, and may turn between."""
    who, x, y = curves.points()
    off = y - level
    pair = np.flatnonzero((who[1:] == who[:-1]) & np.isfinite(off[1:]) & np.isfinite(off[:-1]))
    # the first and the last pair of each subject, from the end inwards
    first, last = (np.unique(who[side], return_index=True)[1] for side in (pair, pair[::-1]))
    ends = np.concatenate([pair[first], pair[::-1][last] + 1])
    inside = np.concatenate([pair[first] + 1, pair[::-1][last]])
    drop = np.abs(off[inside]) - np.abs(off[ends])
    asked = (off[ends] * off[inside] > 0) & (drop > 0)
    asked &= (np.abs(off[ends]) <= drop) | ~np.isin(who[ends], _crossed(who, off))
    curves.ask((x[ends] + _INSIDE * (x[inside] - x[ends]))[asked], who[ends][asked])


def _crossed(who: Places, off: Array) -> Places:
    """Who crosses the level between places that are known, and needs no more than what lies close to it elsewhere."""
    with np.errstate(invalid="ignore"):
        found: Places = np.unique(who[:-1][(who[1:] == who[:-1]) & (off[1:] * off[:-1] <= 0)])
    return found


def _sides(who: Places, off: Array, same: float) -> Array:
    """On which side of the level each place is; on the level it counts to the other side than where it comes from.

    So a curve that reaches the level and stays there crosses it once, where it reaches it.
    """
    side = np.where(np.abs(off) <= same, 0.0, np.sign(off))
    for subject in np.unique(who[side == 0]).tolist():
        own = np.flatnonzero(who == subject)
        there = own[np.nan_to_num(side[own]) != 0]
        for place in own[side[own] == 0] if there.size else ():
            before = there[there < place]
            side[place] = -side[before[-1] if before.size else there[0]]
    return side


def _of_one_on(left: Array, of_left: Array, right: Array, of_right: Array, same: float, none: float = 0.0) -> Array:
    """What belongs to the place that is on the level, of two of which at most one is."""
    found: Array = np.where(np.abs(left) <= same, of_left, np.where(np.abs(right) <= same, of_right, none))
    return found
