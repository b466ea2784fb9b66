"""Visual predictive check: observations over the percentiles of simulated people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .behind import Shown
from .crowd_drawing import axis_label, heading, legend_below, people_axes, people_text
from .crowd_readings import Array, check_people, curves, finished
from .drawing import BLACK, BLUE, FLOOR, ORANGE, finish
from .endpoints import window
from .errors import InputError

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

LEVELS = (0.05, 0.5, 0.95)
"""Percentiles that are compared [1]."""

CONFIDENCE = (0.025, 0.5, 0.975)
"""Limits and middle of the band that replicates make [1]."""

_TIMES_OF_THEIR_OWN = 12
"""Up to how many times of observation each is a bin."""

_BINS = 8

_ROOM = 0.05
"""Share of the observed stretch of time that is shown before and after it."""


class _Check(NamedTuple):
    """Observed and simulated percentiles in each bin.

    Attributes
    ----------
    time : ndarray, shape (n_bins,)
        Median time of observation [h].
    observed : ndarray, shape (3, n_bins)
        Percentiles of what was observed.
    simulated : ndarray, shape (n_replicates, 3, n_bins)
        The same of the simulated people at the times of the observations.
    """

    time: Array
    observed: Array
    simulated: Array


def vpc(
    data: xr.Dataset,
    observed: Any,
    name: str = "plasma",
    ax: Axes | None = None,
    bins: int | Sequence[float] | None = None,
    log: bool = False,
    **labels: str,
) -> Axes:
    """Visual predictive check of a population against observations.

    In each bin of time, the 5th, 50th and 95th percentile of the observations stand beside those of
    the simulated people at the same times. With a coordinate ``replicate`` of person, the simulated
    ones are bands that hold 95 % of replicates around their median; without it, they are lines.
    Observations scatter by error of measurement too; simulated people do not unless it was added.

    Parameters
    ----------
    data : xarray.Dataset
        A population of single people.
    observed : pandas.DataFrame, mapping, or pair of array_like
        Observations, in columns ``time`` [h] and `name`, or as times and values.
    name : str
        Variable.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure with a footer if none. The legend stands below the axes.
    bins : int or sequence of float, optional
        How many bins with about as many observations each, or the edges of bins [h], of which all but
        the last exclude their end. By default each time is a bin, or of more than 12 times 8 bins are
        made.
    log : bool
        Logarithmic values; zeros of simulated people run off the axis.
    **labels : str
        Labels of its other dimensions, such as ``analyte="ntx"``.

    Returns
    -------
    matplotlib.axes.Axes
        The panel, in the unit of the variable over time [h]. People whose run did not finish are left
        out and counted in the legend.

    Raises
    ------
    InputError
        If `data` is no population of single people with this variable, observations are not finite,
        not within the time that was simulated, or not above zero on a logarithmic axis, or the bins
        do not hold them all in two bins or more.
    """
    check_people(data, name, single=True)
    people, left_out = finished(data)
    time, values = _observations(observed, name, people["time"].values, log=log)
    check = _compare(people, curves(people, name, **labels), time, values, _bins(time, bins))
    axes = people_axes(people, Shown(name, labels), left_out, ax)
    many, who = len(check.simulated), people_text(people, left_out)
    _draw(axes, check, who if many == 1 else f"95 % of {many} replicates, {who}")
    axes.plot(time, values, "o", color=BLACK, markersize=3, alpha=0.4, label=f"{len(time)} observations", zorder=2.2)
    if log:
        axes.set_yscale("log")
        highest = max(float(values.max()), float(check.simulated.max()))
        axes.set_ylim(max(highest * FLOOR, float(values.min()) / 3), highest * 3)
    elif min(float(values.min()), float(check.simulated.min())) >= 0:
        axes.set_ylim(bottom=0)
    axes.set_ylabel(axis_label(people, name))
    axes.set_title(heading(name, labels), loc="left")
    finish(axes, _around(people, time))
    legend_below(axes)
    return axes


def _around(people: xr.Dataset, time: Array) -> xr.Dataset:
    """The part of the run that the observations cover, with some room."""
    covered = people["time"].values
    room = _ROOM * (float(time.max()) - float(time.min()))
    return window(
        people, max(float(covered[0]), float(time.min()) - room), min(float(covered[-1]), float(time.max()) + room)
    )


def _draw(axes: Axes, check: _Check, who: str) -> None:
    """Percentiles, simulated in colour and observed in black."""
    outer = "5th and 95th percentile"
    for row, colour, label in (
        (0, ORANGE, None),
        (2, ORANGE, f"simulated {outer}"),
        (1, BLUE, f"simulated median ({who})"),
    ):
        if len(check.simulated) == 1:
            axes.plot(check.time, check.simulated[0, row], color=colour, linewidth=2.0, label=label)
            continue
        low, middle, high = np.quantile(check.simulated[:, row], CONFIDENCE, axis=0)
        axes.fill_between(check.time, low, high, color=colour, alpha=0.3, linewidth=0, label=label)
        axes.plot(check.time, middle, color=colour, linewidth=1.0)
    for row, style, label in ((0, "--", None), (2, "--", f"observed {outer}"), (1, "-", "observed median")):
        axes.plot(check.time, check.observed[row], color=BLACK, linestyle=style, marker=".", linewidth=1.4, label=label)


def _observations(observed: Any, name: str, covered: Array, *, log: bool) -> tuple[Array, Array]:
    """Times and values of the observations."""
    if isinstance(observed, tuple | list) and len(observed) == 2:
        columns = observed
    elif {"time", name} <= set(getattr(observed, "columns", observed if isinstance(observed, Mapping) else ())):
        columns = (observed["time"], observed[name])
    else:
        expected = f"a table with columns 'time' and {name!r}, or a pair (times, values)"
        raise InputError("observed", type(observed).__name__, expected)
    try:
        time, values = (np.asarray(column, dtype=np.float64) for column in columns)
    except (TypeError, ValueError) as error:
        raise InputError("observed", type(observed).__name__, "numbers") from error
    if time.ndim != 1 or time.shape != values.shape or len(time) < 2:
        raise InputError("observed", (time.shape, values.shape), "as many times as values, two or more")
    if not (np.isfinite(time).all() and np.isfinite(values).all()):
        raise InputError("observed", values.tolist(), "finite times and values; leave out rows without a value")
    if time.min() < covered[0] or time.max() > covered[-1]:
        expected = f"times from {covered[0]:g} to {covered[-1]:g} h, as simulated"
        raise InputError("observed", (float(time.min()), float(time.max())), expected)
    if log and values.min() <= 0:
        raise InputError("observed", float(values.min()), "values above 0 on a logarithmic axis")
    return time, values


def _bins(time: Array, bins: int | Sequence[float] | None) -> NDArray[np.int64]:
    """Number of the bin of each observation; bins without one are not counted."""
    distinct = np.unique(time)
    if bins is None and len(distinct) <= _TIMES_OF_THEIR_OWN:
        edges = np.append(distinct, np.inf)
    elif bins is None or isinstance(bins, int):
        many = _BINS if bins is None else bins
        if isinstance(bins, bool) or many < 2:
            raise InputError("bins", bins, "two bins or more")
        # an edge is an observed time, so that observations at one time stay together
        edges = np.append(np.unique(np.quantile(time, np.arange(many) / many, method="lower")), np.inf)
    else:
        edges = np.asarray(bins, dtype=np.float64)
        if edges.ndim != 1 or len(edges) < 3 or not (np.diff(edges) > 0).all():
            raise InputError("bins", bins, "three or more edges that increase")
        if time.min() < edges[0] or time.max() > edges[-1]:
            raise InputError("bins", bins, f"edges around every observation, {time.min():g} to {time.max():g} h")
    found = np.minimum(np.searchsorted(edges, time, side="right") - 1, len(edges) - 2)
    kinds, numbered = np.unique(found, return_inverse=True)
    if len(kinds) < 2:
        raise InputError("bins", bins, "observations in two bins or more")
    chosen: NDArray[np.int64] = numbered.astype(np.int64)
    return chosen


def _compare(data: xr.Dataset, curve: Array, time: Array, values: Array, chosen: NDArray[np.int64]) -> _Check:
    """Percentiles in each bin, observed and of each replicate."""
    replicate = data["replicate"].values if "replicate" in data.coords else np.zeros(len(curve))
    members = [np.flatnonzero(replicate == label) for label in np.unique(replicate)]
    number = int(chosen.max()) + 1
    middle, observed, simulated = np.empty(number), np.empty((3, number)), np.empty((len(members), 3, number))
    for one in range(number):
        here = chosen == one
        middle[one] = np.median(time[here])
        observed[:, one] = np.quantile(values[here], LEVELS)
        # each time as often as it was observed, in lowest terms: at one time the percentiles are those of people
        times, counts = np.unique(time[here], return_counts=True)
        expected = _at(data["time"].values, curve, np.repeat(times, counts // np.gcd.reduce(counts)))
        for row, rows in enumerate(members):
            simulated[row, :, one] = np.quantile(expected[rows], LEVELS)
    return _Check(middle, observed, simulated)


def _at(time: Array, curve: Array, wanted: Array) -> Array:
    """Curves at some times, linear between samples; at a dose the value just before it, as a trough is drawn."""
    after = np.searchsorted(time, wanted, side="left")
    before = np.maximum(after - 1, 0)
    length = time[after] - time[before]
    share = np.divide(wanted - time[before], length, out=np.ones(len(wanted)), where=length > 0)
    found: Array = curve[:, before] * (1 - share) + curve[:, after] * share
    return found
