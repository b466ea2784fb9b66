"""Visual predictive check: observations over the percentiles of simulated people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError
from ..results.behind import Shown
from ..results.over_time import Array, check_people, curves, finished
from ..results.views import window
from ..results.words import axis_label, heading
from .bands import people_text
from .closing import noted
from .drawing import BLACK, BLUE, FLOOR, ORANGE, check_result, clock_axis, finish
from .fitted import fit
from .legends import entries, legend_below
from .level import axes_for, behind
from .observed import Flags, Limits, Observed, read

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

_SHARES = 0.35
"""Height of the panel of shares outside the limits, in that of both [1]."""

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
    outside : ndarray, shape (2, n_bins)
        Share of what was observed below and above the limits of quantification [1]; missing without a limit.
    outside_simulated : ndarray, shape (n_replicates, 2, n_bins)
        The same of the simulated people.
    """

    time: Array
    observed: Array
    simulated: Array
    outside: Array
    outside_simulated: Array


def vpc(
    data: xr.Dataset,
    observed: Any,
    name: str = "plasma",
    ax: Axes | None = None,
    bins: int | Sequence[float] | None = None,
    log: bool = False,
    lloq: float | None = None,
    uloq: float | None = None,
    typical: xr.Dataset | None = None,
    **labels: str,
) -> Any:
    """Visual predictive check of a population against observations.

    In each bin of time, the 5th, 50th and 95th percentile of the observations stand beside those of
    the simulated people at the same times. With a coordinate ``replicate`` of person, the simulated
    ones are bands that hold 95 % of replicates around their median; without it, they are lines.
    Observations scatter by error of measurement too; simulated people do not unless it was added.

    With limits of quantification, observed and simulated levels outside them are counted as such: a percentile among
    them is not drawn, and a second panel has the share that lies outside, observed and simulated. With `typical`, both
    are corrected by its prediction (Bergstrand et al. 2011, AAPS J 13:143): each is multiplied by the median prediction
    of its bin over the prediction at its time, so that what time does within a bin is no spread.

    Parameters
    ----------
    data : xarray.Dataset
        A population of single people.
    observed : pandas.DataFrame, mapping, or pair of array_like
        Observations, in columns ``time`` [h] and `name` (or TIME and DV), or as times and values. Rows whose MDV is
        1 or whose EVID is not 0 are left out; BLQ or CENS 1, and values such as ``"<0.05"``, are below `lloq`.
    name : str
        Variable.
    ax : matplotlib.axes.Axes, optional
        Where to draw, with limits of quantification two of them; a new figure with a footer if none. The legend stands
        below the axes.
    bins : int or sequence of float, optional
        How many bins with about as many observations each, or the edges of bins [h], of which all but
        the last exclude their end. By default each time is a bin, or of more than 12 times 8 bins are
        made.
    log : bool
        Logarithmic values; zeros of simulated people run off the axis.
    lloq, uloq : float, optional
        Lower and upper limit of quantification in the unit of the variable.
    typical : xarray.Dataset, optional
        The run of the typical person under the same regimen, ``simulate(regimen).data``, for prediction correction.
    **labels : str
        Labels of its other dimensions, such as ``analyte="ntx"``.

    Returns
    -------
    matplotlib.axes.Axes
        The panel, in the unit of the variable over time [h]; with limits of quantification an array of two, the
        second of which is the share outside them [percent]. People whose run did not finish are left out and counted
        in the legend.

    Raises
    ------
    InputError
        If `data` is no population of single people with this variable, observations are not finite,
        not within the time that was simulated, or not above zero on a logarithmic axis, or the bins
        do not hold them all in two bins or more.
    """
    check_people(data, name, single=True)
    people, left_out = finished(data)
    limits = Limits.of(lloq, uloq)
    seen = _within(read(observed, name, limits), people["time"].values)
    time, chosen = seen.time, _bins(seen.time, bins)
    factors = _correction(typical, name, labels, people["time"].values, time, chosen, limits)
    check = _compare(people, curves(people, name, **labels), seen, chosen, limits, factors)
    values = (seen.values * factors)[~(seen.below | seen.above)]
    if log and len(values) and values.min() <= 0:
        raise InputError("observed", float(values.min()), "values above 0 on a logarithmic axis")
    axes, shares = _axes(people, Shown(name, labels), left_out, ax, limits)
    many, who = len(check.simulated), people_text(people, left_out)
    said = who if many == 1 else f"95 % of {many} replicates, {who}"
    _draw(axes, check, said)
    quantified = ~(seen.below | seen.above)
    axes.plot(time[quantified], values, "o", color=BLACK, markersize=3, alpha=0.4, zorder=2.2,
              label=f"{len(values)} observations")  # fmt: skip
    for limit in (one for one in limits if np.isfinite(one)):
        axes.axhline(limit, color=BLACK, linewidth=0.8, linestyle=":")
    every = np.concatenate([values, check.simulated.ravel(), [one for one in limits if np.isfinite(one)]])
    lowest, highest = float(np.nanmin(every)), float(np.nanmax(every))
    if log:
        axes.set_yscale("log")
        least = float(values.min()) if len(values) else lowest
        axes.set_ylim(max(highest * FLOOR, least / 3), highest * 3)
    elif lowest >= 0:
        axes.set_ylim(bottom=0)
    axes.set_ylabel(axis_label(people, name))
    axes.set_title(heading(name, labels) + (", prediction-corrected" if typical is not None else ""), loc="left")
    around = _around(people, time)
    finish(axes, around)
    notes = behind(people, Shown(name, labels), left_out, "short")
    if shares is None:
        legend_below(axes)
        noted([axes], notes)
        return axes
    _draw_shares(shares, check)
    clock_axis(shares, around)
    fit(shares)
    axes.set_xlabel("")
    drawn, texts = entries(axes)
    legend_below(shares, dict(zip(texts, drawn, strict=True)))
    noted([axes, shares], notes)
    return np.array([axes, shares], dtype=object)


def _axes(people: xr.Dataset, shown: Shown, left_out: int, ax: Any, limits: Limits) -> tuple[Axes, Axes | None]:
    """The panel, and with limits of quantification the one of the shares outside them."""
    if not limits.any:
        return axes_for(people, shown, left_out, ax), None
    if ax is not None:
        given = np.ravel(np.array(ax, dtype=object))
        if len(given) != 2 or not all(hasattr(panel, "plot") for panel in given):
            raise InputError("ax", ax, "two matplotlib axes, the second for the share outside the limits")
        return given[0], given[1]
    axes = axes_for(people, shown, left_out, None)
    figure: Any = axes.figure
    about = axes.get_position()
    room = {"left": about.x0, "right": about.x1, "bottom": about.y0, "top": about.y1}
    grid = figure.add_gridspec(2, 1, height_ratios=(1 - _SHARES, _SHARES), **room)
    axes.set_subplotspec(grid[0])
    return axes, figure.add_subplot(grid[1])


def _draw_shares(ax: Axes, check: _Check) -> None:
    """Which percentage lies outside the limits, observed in black and simulated in colour."""
    for row, (side, colour) in enumerate((("below", BLUE), ("above", ORANGE))):
        observed, simulated = 100 * check.outside[row], 100 * check.outside_simulated[:, row]
        if not np.isfinite(observed).all():
            continue
        if len(simulated) == 1:
            ax.plot(check.time, simulated[0], color=colour, linewidth=2.0, label=f"simulated {side} the limit")
        else:
            low, middle, high = np.quantile(simulated, CONFIDENCE, axis=0)
            label = f"simulated {side} the limit"
            ax.fill_between(check.time, low, high, color=colour, alpha=0.3, linewidth=0, label=label)
            ax.plot(check.time, middle, color=colour, linewidth=1.0)
        style = "-" if side == "below" else "--"
        ax.plot(check.time, observed, color=BLACK, linestyle=style, marker=".", label=f"observed {side} the limit")
    ax.set_ylim(-2, 102)
    ax.set_ylabel("Outside the\nlimits [%]")


def _within(seen: Observed, covered: Array) -> Observed:
    """Observations, if they are within what was simulated."""
    if seen.time.min() < covered[0] or seen.time.max() > covered[-1]:
        expected = f"times from {covered[0]:g} to {covered[-1]:g} h, as simulated"
        raise InputError("observed", (float(seen.time.min()), float(seen.time.max())), expected)
    return seen


def _correction(
    typical: Any, name: str, labels: Mapping[str, str], covered: Array, time: Array, chosen: NDArray[np.int64],
    limits: Limits,
) -> Array:  # fmt: skip
    """By what each observation, and each simulated level at its time, is multiplied."""
    if typical is None:
        return np.ones(len(time))
    if limits.any:
        raise InputError("typical", "a run", "to be left out with lloq or uloq, which would differ from row to row")
    check_result(typical, name)
    if typical["time"].values[0] > time.min() or typical["time"].values[-1] < time.max():
        raise InputError("typical", typical["time"].values[[0, -1]].tolist(), f"a run of {covered[[0, -1]].tolist()} h")
    curve = np.asarray(typical[name].sel(labels).values, dtype=np.float64)
    if curve.ndim != 1:
        raise InputError("labels", labels, f"a label for each dimension of {name!r}")
    predicted = _at(typical["time"].values, curve[None, :], time)[0]
    factors = np.ones(len(time))
    for one in range(int(chosen.max()) + 1):
        here = chosen == one
        if (predicted[here] > 0).all():
            factors[here] = np.median(predicted[here]) / predicted[here]
        elif (predicted[here] != 0).any():
            expected = "bins in which the typical prediction is above 0 at every time, or 0 at all of them"
            raise InputError("bins", sorted(set(time[here].tolist())), expected)
    return factors


def _around(people: xr.Dataset, time: Array) -> xr.Dataset:
    """The part of the run that the observations cover, with some room, from one sample to another."""
    covered = people["time"].values
    room = _ROOM * (float(time.max()) - float(time.min()))
    first = max(int(np.searchsorted(covered, time.min() - room, side="right")) - 1, 0)
    last = min(int(np.searchsorted(covered, time.max() + room)), len(covered) - 1)
    return window(people, float(covered[first]), float(covered[last]))


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
        # where a percentile of one replicate is not known, neither are the limits of all of them
        low, middle, high = np.quantile(check.simulated[:, row], CONFIDENCE, axis=0)
        axes.fill_between(check.time, low, high, color=colour, alpha=0.3, linewidth=0, label=label)
        axes.plot(check.time, middle, color=colour, linewidth=1.0)
    for row, style, label in ((0, "--", None), (2, "--", f"observed {outer}"), (1, "-", "observed median")):
        axes.plot(check.time, check.observed[row], color=BLACK, linestyle=style, marker=".", linewidth=1.4, label=label)


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


def _compare(
    data: xr.Dataset, curve: Array, seen: Observed, chosen: NDArray[np.int64], limits: Limits, factors: Array
) -> _Check:
    """Percentiles in each bin and shares outside the limits, observed and of each replicate."""
    replicate = data["replicate"].values if "replicate" in data.coords else np.zeros(len(curve))
    members = [np.flatnonzero(replicate == label) for label in np.unique(replicate)]
    number = int(chosen.max()) + 1
    middle, observed, simulated = np.empty(number), np.empty((3, number)), np.empty((len(members), 3, number))
    outside, outside_simulated = np.empty((2, number)), np.empty((len(members), 2, number))
    for one in range(number):
        here = chosen == one
        middle[one] = np.median(seen.time[here])
        observed[:, one] = _censored(seen.values[here] * factors[here], seen.below[here], seen.above[here])
        outside[:, one] = seen.below[here].mean(), seen.above[here].mean()
        # each time as often as it was observed, in lowest terms: at one time the percentiles are those of people
        times, first, counts = np.unique(seen.time[here], return_index=True, return_counts=True)
        often = counts // np.gcd.reduce(counts)
        expected = _at(data["time"].values, curve, np.repeat(times, often))
        by = np.repeat(factors[here][first], often)
        for row, rows in enumerate(members):
            levels = expected[rows]
            below, above = levels < limits.lower, levels > limits.upper
            simulated[row, :, one] = _censored((levels * by).ravel(), below.ravel(), above.ravel())
            outside_simulated[row, :, one] = below.mean(), above.mean()
    for shares in (outside[None], outside_simulated):
        shares[:, ~np.isfinite(limits)] = np.nan
    return _Check(middle, observed, simulated, outside, outside_simulated)


def _censored(values: Array, below: Flags, above: Flags) -> Array:
    """Percentiles in which what is outside the limits has a rank but no value; missing where one falls among it."""
    ranked = np.sort(values[~(below | above)])
    rank = (len(values) - 1) * np.array(LEVELS) - below.sum()
    # a rank that is whole but for rounding needs no neighbour
    whole = np.round(rank)
    rank = np.where(np.isclose(rank, whole, rtol=0, atol=1e-9), whole, rank)
    known = (rank >= 0) & (rank <= len(ranked) - 1)
    if not known.any():
        return np.full(len(LEVELS), np.nan)
    found: Array = np.where(known, np.interp(rank, np.arange(len(ranked)), ranked), np.nan)
    return found


def _at(time: Array, curve: Array, wanted: Array) -> Array:
    """Curves at some times, linear between samples; at a dose the value just before it, as a trough is drawn."""
    after = np.searchsorted(time, wanted, side="left")
    before = np.maximum(after - 1, 0)
    length = time[after] - time[before]
    share = np.divide(wanted - time[before], length, out=np.ones(len(wanted)), where=length > 0)
    found: Array = curve[:, before] * (1 - share) + curve[:, after] * share
    return found
