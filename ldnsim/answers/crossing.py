"""A variable and its threshold, as a user says them, found in a result: curves, limit, unit, stretch of the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError
from ..base.near import among
from ..base.units import HOURS_PER_DAY, clock_hour, clock_text, quantity
from ..dosing.sampling import time_point
from ..results.behind import Shown
from ..results.blockade import counted_from, half_blocked_from, is_functional, means
from ..results.endpoints import stretches_above
from ..results.over_time import curves
from ..results.views import last_day
from ..results.words import HALF, HALF_BLOCKED, RELATIVE, heading, word

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]

LAST_DAY = "last day"
"""The stretch that summaries speak of, see `ldnsim.results.views.last_day`."""

_BLOCK = "functional_block"
_WITHIN = f"two times of the run, such as (24, 48) or ('day 2 22:00', 'day 3 22:00'), or {LAST_DAY!r}"


class Span(NamedTuple):
    """Some hours of every day, such as sleep.

    Attributes
    ----------
    start : float
        Hour of the day at which it begins [h].
    length : float
        How long it is [h].
    """

    start: float
    length: float

    @classmethod
    def of(cls, text: object, argument: str = "clock") -> Span:
        """Hours of the day from ``"23:00-07:00"``; raises `InputError`."""
        expected = "two different clock times, such as '23:00-07:00'"
        if not isinstance(text, str) or text.count("-") != 1:
            raise InputError(argument, text, expected)
        start, stop = (clock_hour(part, argument) for part in text.split("-"))
        if start == stop:
            raise InputError(argument, text, expected)
        return cls(start, (stop - start) % HOURS_PER_DAY)

    def hours(self, start: Array, stop: Array, clock: float) -> Array:
        """How much of each stretch lies in it [h]; `clock` is the hour of the day at time 0."""
        ends = [np.divmod(one + clock - self.start, HOURS_PER_DAY) for one in (stop, start)]
        late, early = (days * self.length + np.minimum(rest, self.length) for days, rest in ends)
        found: Array = late - early
        return found

    def __str__(self) -> str:
        return f"{clock_text(self.start)}-{clock_text(self.start + self.length)}"


class Crossed(NamedTuple):
    """Curves and what they are held against, so that the wanted side is above.

    Attributes
    ----------
    time : ndarray, shape (n_times,)
        When [h].
    values : ndarray, shape (n_people, n_times)
        The curves; their negative where below is wanted.
    limit : float or ndarray, shape (n_people,)
        The threshold, likewise.
    """

    time: Array
    values: Array
    limit: Any

    def stretches(self) -> tuple[NDArray[np.int64], Array, Array]:
        """Whose stretch it is, its start and its end, see `ldnsim.results.endpoints.stretches_above`."""
        return stretches_above(self.time, self.values, self.limit)


@dataclass(frozen=True)
class Question:
    """What is asked of a curve.

    Attributes
    ----------
    variable : str
        Variable of the result.
    labels : mapping of str to str
        One label for each of its other dimensions.
    level : float, str or None
        The threshold, in the unit of the variable or with its own; None for what counts as blocked.
    below : bool
        Whether below is wanted instead of at or above.
    within : tuple or str, optional
        Which part of the run.
    argument : str
        What the threshold is called where it was given, for errors.
    """

    variable: str
    labels: Mapping[str, str] = field(default_factory=dict)
    level: float | str | None = None
    below: bool = False
    within: Any = None
    argument: str = "threshold"

    def __post_init__(self) -> None:
        for dim, label in self.labels.items():
            if not isinstance(label, str):
                raise InputError(dim, label, "one label, such as 'mor' or 'ntx'")

    @property
    def shown(self) -> Shown:
        """The variable with its labels."""
        return Shown(self.variable, self.labels)

    @property
    def title(self) -> str:
        """The variable in words."""
        return heading(self.variable, self.labels)

    @property
    def words(self) -> str:
        """The same within a sentence."""
        labels = ", ".join(map(word, self.labels.values()))
        return f"{word(self.variable)}: {labels}" if labels else word(self.variable)

    def stretch(self, data: xr.Dataset) -> tuple[float, float]:
        """The part of a run that is meant [h]; raises `InputError`."""
        first, end = float(data["time"].values[0]), float(data["time"].values[-1])
        if self.within is None:
            return first, end
        if self.within == LAST_DAY:
            return last_day(data)
        if isinstance(self.within, str) or not hasattr(self.within, "__len__") or len(self.within) != 2:
            raise InputError("within", self.within, _WITHIN)
        clock = clock_of(data)
        start, stop = (time_point(one, "within", clock=clock, until=end) for one in self.within)
        if not first <= start < stop:
            raise InputError("within", self.within, f"{_WITHIN}, the second one later")
        return start, stop

    def read(self, data: xr.Dataset) -> tuple[Array, Array]:
        """Times and curves of the part that is meant; raises `InputError`."""
        checked(data, self.variable)
        return cut(data["time"].values, curves(data, self.variable, **self.labels), *self.stretch(data))

    def limit(self, data: xr.Dataset) -> Any:
        """The threshold in the unit of the variable, one for each person where they differ in it."""
        if self.level is not None:
            return quantity(self.level, unit_of(data, self.variable), self.argument)
        if self.variable == _BLOCK:
            return HALF
        if self.variable != "occupancy":
            raise InputError(
                self.argument, None, f"a level of {self.variable!r}, such as '1 {unit_of(data, self.variable)}'"
            )
        return counted_from(data, str(self.labels.get("receptor", "mor")))

    def crossed(self, data: xr.Dataset) -> Crossed:
        """Curves and threshold; raises `InputError`."""
        time, values = self.read(data)
        limit, held_from = self.limit(data), half_blocked_from(data)
        if self.variable == _BLOCK and limit == HALF and held_from is not None and "occupancy" in data:
            # the same moment, and occupancy is not as steep between samples
            followed = Question("occupancy", {"receptor": "mor"}, within=self.within)
            (time, values), limit = followed.read(data), held_from
        return Crossed(time, -values, -np.asarray(limit)) if self.below else Crossed(time, values, limit)

    def said(self, data: xr.Dataset) -> str:
        """The question in words, with the threshold by name."""
        side = "below" if self.below else "at or above"
        if self.level is None and self.variable == "occupancy":
            counts = means(data)
            receptor = str(self.labels.get("receptor", "mor"))
            return f"{counts}" if receptor == "mor" or is_functional(data) else f"{self.words} {side} half"
        if self.level is None:
            return HALF_BLOCKED
        unit = unit_of(data, self.variable)
        return f"{self.words} {side} {float(self.limit(data)):.4g}{f' {unit}' * (unit != '1')}"

    def baseline(self, data: xr.Dataset, given: float | str | None) -> Array:
        """What each person's curve is held against: what is given, 1 of what is relative to untreated, or its start."""
        checked(data, self.variable)
        first = curves(data, self.variable, **self.labels)[:, 0]
        if given is not None:
            return np.full_like(first, quantity(given, unit_of(data, self.variable), "baseline"))
        # a user's own model may mean something else by such a name
        if self.variable in RELATIVE and "observed" not in data.attrs:
            return np.ones_like(first)
        if ", from steady state" in str(data.attrs.get("regimen", "")):
            raise InputError(
                "baseline", None, f"an untreated level of {self.variable!r}: the run begins at steady state"
            )
        return first


def checked(data: Any, variable: str) -> None:
    """Refuse what is no result with single curves of a variable; raises `InputError`."""
    if not hasattr(data, "data_vars") or "time" not in getattr(data, "dims", ()):
        raise InputError("data", type(data).__name__, "curves over time, such as run.data")
    if not isinstance(variable, str) or variable not in data.data_vars or "time" not in data[variable].dims:
        known = [str(name) for name, one in data.data_vars.items() if "time" in one.dims]
        raise InputError("variable", variable, among(variable, known))
    if "quantile" in data.dims:
        raise InputError(
            "data", "quantiles over people", "single people, because a quantile of curves is nobody's curve"
        )
    if data.sizes["time"] < 2 or (np.diff(data["time"].values) < 0).any():
        raise InputError("data", "one moment, or times that start again", "one stretch of at least two times")


def unit_of(data: xr.Dataset, variable: str) -> str:
    """Unit of a variable."""
    return str(data[variable].attrs.get("units", "1"))


def clock_of(data: xr.Dataset) -> float:
    """Hour of the day at time 0 [h]; raises `InputError` where a result does not say it."""
    if "clock_start" not in data.attrs:
        raise InputError("data", "no clock", "a result of ldnsim, which says the hour of the day at time 0")
    return float(data.attrs["clock_start"])


def cut(time: Array, values: Array, start: float, stop: float) -> tuple[Array, Array]:
    """Curves between two different times of theirs [h], by linear interpolation where these are no samples."""
    after, before = np.searchsorted(time, start, "right"), np.searchsorted(time, stop, "left")
    ends = []
    # of two samples at the same time the one on the inside counts
    for place, at in ((after, start), (before, stop)):
        share = (at - time[place - 1]) / (time[place] - time[place - 1])
        ends.append(values[:, place - 1] + share * (values[:, place] - values[:, place - 1]))
    inside = slice(int(after), int(before))
    parts = [ends[0][:, None], values[:, inside], ends[1][:, None]]
    return np.concatenate([[start], time[inside], [stop]]), np.concatenate(parts, axis=1)
