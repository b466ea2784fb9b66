"""Answers as endpoints: one number a person, read off curves, as `ldnsim.Ensemble.endpoints` takes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError
from ..noncompartmental.effects import areas_about
from ..results.endpoints import repaid_at, stretches_above
from .crossing import Crossed, Question, Span, checked, clock_of, unit_of

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]

TONE = "tone"


@dataclass(frozen=True)
class Answer:
    """One number a person, read off curves.

    Called with a result (``run.data``, or what `ldnsim.Ensemble.curves` gives), it gives an array with a number for
    each ``person``; of one person an array of one number.

    Attributes
    ----------
    name : str
        What it is.
    question : Question
        Of which variable, against which threshold, in which part of the run.
    measure : str
        ``"time"`` [h], or ``"area"`` [unit of the variable times h].
    """

    name: str
    question: Question
    read: Callable[[xr.Dataset, Question], Array] = field(repr=False)
    measure: str = "time"

    def __call__(self, data: xr.Dataset) -> Array:
        """A number for each person."""
        return self.read(data, self.question)

    def unit(self, data: xr.Dataset) -> str:
        """Unit of the numbers in a result."""
        checked(data, self.question.variable)
        own = unit_of(data, self.question.variable)
        return "h" if self.measure == "time" or own == "1" else f"{own}*h"

    def __str__(self) -> str:
        level = "" if self.question.level is None else f" {self.question.level}"
        return f"{self.name}{level}: {self.question.title}"


def hours_above(
    variable: str, threshold: float | str | None = None, *, within: Any = None, clock: str | None = None, **labels: str
) -> Answer:
    """How long each person is at or above a threshold [h].

    Parameters
    ----------
    variable : str
        A variable of the result, such as ``"occupancy"``.
    threshold : float or str, optional
        In the unit of the variable or with its own, ``"2 ng/mL"``; of ``occupancy`` by default from where receptors
        count as blocked, which assumptions choose, and of ``functional_block`` half.
    within : (time, time) or "last day", optional
        Which part of the run, as ``(24, 48)`` or ``("day 2 22:00", "day 3 22:00")``; by default all of it.
    clock : str, optional
        Hours of the day that alone count, such as ``"23:00-07:00"``.
    **labels : str
        A label for each other dimension of the variable, such as ``receptor="mor"``.

    Returns
    -------
    Answer
        A function of curves.

    Raises
    ------
    InputError
        If an argument cannot be used; when it is called, if variable, threshold or label are none of the result's.

    Examples
    --------
    >>> import ldnsim as ldn
    >>> run = ldn.simulate("4.5 mg at 22:00", step=0.25)
    >>> hours_above("occupancy", receptor="mor")(run.data).round(1)
    array([5.])
    """
    return _timed("hours at or above", _hours, Question(variable, labels, threshold, within=within), clock)


def hours_below(
    variable: str, threshold: float | str | None = None, *, within: Any = None, clock: str | None = None, **labels: str
) -> Answer:
    """How long each person is at or below a threshold [h]; arguments as for `hours_above`."""
    return _timed("hours below", _hours, Question(variable, labels, threshold, below=True, within=within), clock)


def longest_above(
    variable: str, threshold: float | str | None = None, *, within: Any = None, clock: str | None = None, **labels: str
) -> Answer:
    """How long the longest stretch of each person at or above a threshold is [h]; arguments as for `hours_above`.

    With `clock`, the stretch that has most of those hours of the day, and how many.
    """
    return _timed("longest stretch", _longest, Question(variable, labels, threshold, within=within), clock)


def window_start(variable: str, threshold: float | str | None = None, *, within: Any = None, **labels: str) -> Answer:
    """When the longest stretch of each person at or above a threshold begins [h since the start]; nan if there is none.

    Arguments as for `hours_above`.
    """
    read = partial(_end_of_longest, end=0)
    return Answer("start of the longest stretch", Question(variable, labels, threshold, within=within), read)


def window_end(variable: str, threshold: float | str | None = None, *, within: Any = None, **labels: str) -> Answer:
    """When that stretch ends [h since the start], see `window_start`."""
    read = partial(_end_of_longest, end=1)
    return Answer("end of the longest stretch", Question(variable, labels, threshold, within=within), read)


def hours_until_below(variable: str, threshold: float | str | None, **labels: str) -> Answer:
    """How long after the last dose of the regimen each person is below a threshold for good [h].

    Between samples a curve that falls is taken to fall by a constant share of itself. From the end of a last infusion;
    0 for who is below from then on, infinity for who still is not at the end of the run. Where people skip or delay
    doses by themselves it is the last planned one; `ldnsim.washout` counts from that which each took. Arguments as for
    `hours_above`.
    """
    return Answer("hours until below", Question(variable, labels, threshold), _until_below)


def suppressed_area(
    variable: str = TONE, baseline: float | str | None = None, *, within: Any = None, **labels: str
) -> Answer:
    """Area between a variable of each person and its baseline while it is below [unit of the variable times h].

    Parameters
    ----------
    variable : str
        A variable of the result.
    baseline : float or str, optional
        What it is held against; by default 1 for what is relative to untreated, and of others where the person began.
    within : (time, time) or "last day", optional
        Which part of the run, as for `hours_above`.
    **labels : str
        A label for each other dimension of the variable.

    Returns
    -------
    Answer
        A function of curves.

    Raises
    ------
    InputError
        When it is called, if variable, baseline or label are none of the result's.

    Examples
    --------
    >>> import ldnsim as ldn
    >>> run = ldn.simulate("4.5 mg at 22:00", step=0.25)
    >>> bool(suppressed_area()(run.data)[0] > rebound_area(within=(0, 6))(run.data)[0])
    True
    """
    return _area("suppressed area", -1, variable, baseline, within, labels)


def rebound_area(
    variable: str = TONE, baseline: float | str | None = None, *, within: Any = None, **labels: str
) -> Answer:
    """Area between a variable of each person and its baseline while it is above; arguments as for `suppressed_area`."""
    return _area("rebound area", 1, variable, baseline, within, labels)


def net_area(variable: str = TONE, baseline: float | str | None = None, *, within: Any = None, **labels: str) -> Answer:
    """Rebound area less suppressed area of each person; arguments as for `suppressed_area`."""
    return _area("net area", 0, variable, baseline, within, labels)


def break_even(
    variable: str = TONE, baseline: float | str | None = None, *, within: Any = None, **labels: str
) -> Answer:
    """How long after the beginning the suppressed area of each person is first made up for by rebound [h].

    0 where nothing is ever missing, infinity where it is not made up for within the run. Arguments as for
    `suppressed_area`.
    """
    question = Question(variable, labels, within=within)
    return Answer("break-even time", question, partial(_break_even, baseline=baseline))


def _timed(name: str, read: Callable[..., Array], question: Question, clock: str | None) -> Answer:
    span = None if clock is None else Span.of(clock)
    said = name if span is None else f"{name}, {span}"
    return Answer(said, question, partial(read, span=span))


def _area(
    name: str, sign: int, variable: str, baseline: float | str | None, within: Any, labels: Mapping[str, str]
) -> Answer:
    read = partial(_area_about, sign=sign, baseline=baseline)
    return Answer(name, Question(variable, labels, within=within), read, "area")


def _lengths(data: xr.Dataset, crossed: Crossed, span: Span | None) -> tuple[Any, Array, Array, Array]:
    """Stretches, and how much of each counts [h]."""
    who, start, stop = crossed.stretches()
    return who, start, stop, stop - start if span is None else span.hours(start, stop, clock_of(data))


def _hours(data: xr.Dataset, question: Question, span: Span | None) -> Array:
    crossed = question.crossed(data)
    who, _, _, hours = _lengths(data, crossed, span)
    return np.bincount(who, hours, minlength=len(crossed.values)).astype(float)


def _longest(data: xr.Dataset, question: Question, span: Span | None) -> Array:
    crossed = question.crossed(data)
    who, _, _, hours = _lengths(data, crossed, span)
    found = np.zeros(len(crossed.values))
    np.maximum.at(found, who, hours)
    return found


def _end_of_longest(data: xr.Dataset, question: Question, end: int) -> Array:
    crossed = question.crossed(data)
    who, *ends = crossed.stretches()
    found = np.full(len(crossed.values), np.nan)
    # the longest of a person comes last, and of equals the first
    order = np.lexsort((-ends[0], ends[1] - ends[0], who))
    found[who[order]] = ends[end][order]
    return found


def last_dose(data: xr.Dataset) -> float:
    """When the last dose above 0 of the regimen has been given, of an infusion its end [h]; raises `InputError`."""
    times, over, mg = (np.atleast_1d(np.asarray(data.attrs.get(name, []), dtype=float)) for name in _DOSES)
    if not (mg > 0).any():
        raise InputError("data", "no dose", "a run with a dose above 0")
    return float((times + over)[mg > 0].max())


_DOSES = ("dose_time", "dose_hours", "dose_mg")


def _until_below(data: xr.Dataset, question: Question) -> Array:
    return until_below(data, question, last_dose(data))


def until_below(data: xr.Dataset, question: Question, last: float) -> Array:
    """How long after some time [h] each person is below a threshold for good [h]; see `hours_until_below`."""
    checked(data, question.variable)
    limit = question.limit(data)
    if np.min(limit) <= 0:
        raise InputError(question.argument, question.level, "a level above 0, which a decline reaches")
    _, end = question.stretch(data)
    if last >= end:
        raise InputError("data", f"a last dose at {last:g} h", f"a run that goes on after it; it ends at {end:g} h")
    time, values = Question(question.variable, question.labels, within=(last, end)).read(data)
    # logarithms, in which a decline is a line
    least = np.finfo(float).tiny
    who, _, stop = stretches_above(time, np.log(np.maximum(values, least)), np.log(limit))
    found = np.zeros(len(values))
    found[who] = np.where(stop == end, np.inf, stop - last)
    return found


def _area_about(data: xr.Dataset, question: Question, sign: int, baseline: float | str | None) -> Array:
    time, values = question.read(data)
    above, below = areas_about(time, values, question.baseline(data, baseline))
    if sign == 0:
        return above - below
    return above if sign > 0 else below


def _break_even(data: xr.Dataset, question: Question, baseline: float | str | None) -> Array:
    time, values = question.read(data)
    found: Array = repaid_at(time, values - question.baseline(data, baseline)[:, np.newaxis]) - time[0]
    return found
