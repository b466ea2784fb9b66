"""Profiles as numbers, what was found in them, and why something is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .areas import Array, Mask
from .terminal import FLOOR


@dataclass(frozen=True)
class Given:
    """Profiles and what was given, as numbers.

    Attributes
    ----------
    time : ndarray, shape (n_times,) or (n_curves, n_times)
        Times since the dose that do not decrease.
    level : ndarray, shape (n_curves, n_times)
        Levels, nan where one is missing.
    there : ndarray of bool, shape (n_curves, n_times), optional
        Where there is a sample at all; everywhere if none.
    dose, duration, tau : ndarray, shape (n_curves,)
        How much was given, for how long it was infused, and how long until the next dose; nan where that is not known.
    route : ndarray of str, shape (n_curves,)
        How.
    steady : bool
        Whether doses were given before until nothing changed any more.
    shared : str
        Why the area to infinity is not that of this dose alone; empty where it is.
    no_dose : str
        Why a dose is missing.
    partial : sequence of (float, float)
        Start and end of partial areas.
    threshold, baseline : ndarray, shape (n_curves,), optional
        Lines that curves are held against; a baseline that is nan is the level at the time of the dose.
    urine : tuple of ndarray, shape (n_curves,), optional
        Volume and amount collected.
    goes_on : ndarray of bool, shape (n_curves,), optional
        Whether there are samples before, so that a profile cannot be taken to begin at nothing.
    floor : float
        Share of the peak below which simulated levels are no better than the solver's error [1].
    effect : bool
        Whether levels are of an effect, which can be below zero and of which nothing but what lines need is read.
    """

    time: Array
    level: Array
    dose: Array
    duration: Array
    route: NDArray[np.str_]
    tau: Array
    there: Mask | None = None
    steady: bool = False
    shared: str = ""
    no_dose: str = "no dose is given"
    partial: Sequence[tuple[float, float]] = ()
    threshold: Array | None = None
    baseline: Array | None = None
    urine: tuple[Array, Array] | None = None
    goes_on: Mask | None = None
    floor: float = FLOOR
    effect: bool = False

    def rows(self, part: slice) -> Given:
        """Some of the profiles."""

        def cut(values: Any) -> Any:
            return None if values is None else values[part]

        return replace(
            self, time=self.time if self.time.ndim == 1 else self.time[part],
            **{name: cut(getattr(self, name)) for name in _BY_PROFILE},
            urine=None if self.urine is None else (self.urine[0][part], self.urine[1][part]),
        )  # fmt: skip


_BY_PROFILE = ("level", "dose", "duration", "route", "tau", "there", "threshold", "baseline", "goes_on")


class Curve(NamedTuple):
    """One profile as a picture needs it.

    Attributes
    ----------
    title : str
        What tells it apart; empty of one alone.
    time, level : ndarray, shape (n_times,)
        Its samples.
    units : (str, str)
        Of time and level; empty where they are not known.
    slope, intercept, first, last : float
        The terminal line and the times that it is through; nan where there is none.
    lines : dict of str to float
        Threshold and baseline, where there are any.
    """

    title: str
    time: Array
    level: Array
    units: tuple[str, str]
    slope: float
    intercept: float
    first: float
    last: float
    lines: Mapping[str, float]


@dataclass
class Found:
    """What was found in some profiles.

    Attributes
    ----------
    values : dict of str to ndarray, shape (n_curves,)
        By name.
    said : list
        Why some are missing: names, of which profiles, and the reason, one for all or one for each.
    """

    values: dict[str, Array] = field(default_factory=dict)
    said: list[tuple[frozenset[str], Mask, str | NDArray[np.str_]]] = field(default_factory=list)

    def say(self, names: Iterable[str], where: Any, why: str | NDArray[np.str_]) -> None:
        """Note why numbers are missing; what was said before goes first."""
        if where.any():
            self.said.append((frozenset(names), where, why))

    def reasons(self) -> list[tuple[int, str, str]]:
        """Profile, name and reason of every missing number, by profile."""
        found = []
        for name, values in self.values.items():
            left = np.isnan(values)
            for names, where, why in self.said:
                if name in names:
                    for row in np.flatnonzero(left & where):
                        found.append((int(row), name, str(why if isinstance(why, str) else why[row])))
                    left = left & ~where
            found += [(int(row), name, "it needs another one that is missing") for row in np.flatnonzero(left)]
        places = {name: place for place, name in enumerate(self.values)}
        return sorted(found, key=lambda one: (one[0], places[one[1]]))

    @classmethod
    def joined(cls, parts: Sequence[Found]) -> Found:
        """The same of several parts, one after the other."""
        sizes = [len(next(iter(part.values.values()))) for part in parts]
        found = cls({name: np.concatenate([part.values[name] for part in parts]) for name in parts[0].values})
        for place, part in enumerate(parts):
            before, after = sum(sizes[:place]), sum(sizes[place + 1 :])
            for names, where, why in part.said:
                whole = np.concatenate([np.zeros(before, bool), where, np.zeros(after, bool)])
                told = why if isinstance(why, str) else np.concatenate([[""] * before, why, [""] * after])
                found.said.append((names, whole, told))
        return found
