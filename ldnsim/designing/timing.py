"""When: the clock time at which an endpoint is best, and the interval between doses for which it is as wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from ..base.errors import InputError
from ..base.reading import listed, number
from ..base.units import clock_text, hours
from ..dosing.regimen import Regimen
from ..results.readings import CLOCK
from ..study.person_run import Simulation
from ..study.population_run import PopulationRun
from .changed import at_clock, interval_of, regimen_of, with_interval
from .crossings import Array, Curves, Places, crossings, lowest_and_highest, scale_of
from .promises import PROMISE, kept, refuse_flat
from .takers import OfDesign, Setup, Takers
from .telling import in_lines, promised, reachable
from .wishes import Endpoints, Wanted, check_best, quantile_of, target_in

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

_FIRST_MINUTES, _THEN_MINUTES = 60, 10
"""How far apart clock times are that are looked at, first, and beside the best of them [min]."""

_WIDTH = 4.0
"""Intervals are looked for from this part of the one in the regimen to this many times it [1]."""

_INTERVALS = 17
"""How many are looked at first."""

_EXACT = 1e-5
"""How near to the target the search comes, relative to it [1]."""

Run = Simulation | PopulationRun


@dataclass(frozen=True, eq=False)
class BestTime:
    """The clock time of the doses at which an endpoint is highest or lowest.

    Attributes
    ----------
    table : pandas.DataFrame
        A row for each clock time that was looked at: as text and in hours [h], the endpoint (of a population the
        quantile over its people), and whether it is the best.
    clock : str
        The best one, to ten minutes.
    value : float
        The endpoint in a fresh simulation at that time.
    endpoint, unit, best : str
        What is read, its unit, and whether ``highest`` or ``lowest`` is best.
    regimen : Regimen
        With its first dose at that time.
    runs : mapping of str to Simulation or PopulationRun
        That fresh simulation.
    record : dict
        What was asked, and all that is needed to run it.
    data : xarray.Dataset
        The variables that are read, with the evidence behind them; nobody is in it.
    """

    table: pd.DataFrame
    clock: str
    value: float
    endpoint: str
    unit: str
    best: str
    regimen: Regimen
    runs: Mapping[str, Run]
    record: Mapping[str, Any]
    data: xr.Dataset
    _told: str = field(repr=False)

    def plot(self) -> Any:
        """The endpoint over the clock time of the dose; a matplotlib figure."""
        from .pictures import time_figure

        return time_figure(self)

    def __str__(self) -> str:
        return self._told


def best_time(
    regimen: Regimen | str,
    wanted: Wanted,
    best: str = "highest",
    *,
    quantile: float = 0.5,
    **settings: Unpack[OfDesign],
) -> BestTime:
    """Find the clock time of the doses at which an endpoint is highest, or lowest.

    Every hour of the day is looked at, then every ten minutes about the best one; all doses move together.

    Parameters
    ----------
    regimen : Regimen or str
        What is given; its own clock time is replaced.
    wanted : str, callable, or mapping of str to callable
        One endpoint, as for `find_dose`.
    best : {"highest", "lowest"}
        Which way it is better.
    quantile : float
        Of a population, which quantile of the endpoint over its people counts [1].
    **settings
        As for `find_dose`.

    Returns
    -------
    BestTime
        The clock time, a table, a picture.

    Raises
    ------
    InputError
        If an argument cannot be used, or the endpoint does not depend on the clock time, or is one.
    SolverError
        If a run fails.

    Examples
    --------
    >>> import ldnsim as ldn
    >>> drug = ldn.models.one_compartment(CL=2, V=20, ka=1.2)
    >>> def at_noon(data):
    ...     level = data["C_central"].drop_duplicates("time", keep="last")
    ...     return level.interp(time=(12 - data.attrs["clock_start"]) % 24)
    >>> found = ldn.best_time("100 mg", at_noon, model=drug, until=24, step="10 min")
    >>> found.clock  # the highest level comes 2.26 h after a dose
    '09:40'
    """
    given, setup = regimen_of(regimen), Setup.of(**settings)
    share = number(quantile, "quantile", low=0.0, high=1.0)
    endpoints = Takers(setup, given, wanted).endpoints
    (name,) = endpoints.names
    (way,) = check_best(best, endpoints.names)
    if endpoints.units[name] == CLOCK:
        raise InputError("wanted", name, "an endpoint that is no time of day itself")
    seen: dict[int, float] = {}

    def look(minutes: range) -> None:
        for minute in minutes:
            at = minute % (60 * 24)
            if at not in seen:
                seen[at] = _value(setup, at_clock(given, at / 60), endpoints, share)

    def found() -> int:
        there = {minute: value for minute, value in seen.items() if not np.isnan(value)}
        return (max if way == "highest" else min)(there, key=lambda minute: there[minute])

    look(range(0, 60 * 24, _FIRST_MINUTES))
    refuse_flat(np.array(list(seen.values())), endpoints, "the clock time")
    first = found()
    look(range(first - _FIRST_MINUTES, first + _FIRST_MINUTES + 1, _THEN_MINUTES))
    minute = found()
    again = at_clock(given, minute / 60)
    run = setup.run(again, endpoints)
    takers = Takers(setup, again, endpoints)
    value = quantile_of(takers.simulated(run)[name], share)
    table = _by_clock(seen, endpoints.heading(name), minute)
    asked = {"verb": "best_time", "wanted": name, "unit": endpoints.units[name], "best": way, "quantile": share}
    clock, told = clock_text(minute / 60), partial(endpoints.told, name)
    data = takers.described()
    others = [value for value in seen.values() if not np.isnan(value)]
    same = sum(value == seen[minute] for value in others) - 1
    words = [
        f"{name} is {way} with doses at {clock}: {told(value)}{of_people(setup, share)}; over all clock times "
        f"{told(min(others))} to {told(max(others))}."
        + f" It is as good at {same} other times that were tried."
        * bool(same),
        f"{again}; assumptions: {data.attrs['assumptions']}.",
    ]
    return BestTime(
        table, clock, value, name, endpoints.units[name], way, again, {clock: run},
        {"asked": asked, "time": clock, **setup.plain(again)}, data, in_lines(words),
    )  # fmt: skip


def _by_clock(seen: Mapping[int, float], heading: str, best: int) -> pd.DataFrame:
    import pandas as pd

    minutes = sorted(seen)
    return pd.DataFrame(
        {
            "time": [clock_text(minute / 60) for minute in minutes],
            "time [h]": [minute / 60 for minute in minutes],
            heading: [seen[minute] for minute in minutes],
            "best": [minute == best for minute in minutes],
        }
    )


def _value(setup: Setup, regimen: Regimen, endpoints: Endpoints, share: float) -> float:
    """An endpoint of a regimen: of the typical person, or a quantile over people."""
    takers = Takers(setup, regimen, endpoints)
    (values,) = takers.ask(np.arange(takers.size)).values()
    return quantile_of(values, share)


def of_people(setup: Setup, share: float) -> str:
    """Which quantile over people is spoken of, in words; nothing of one typical person."""
    if setup.people is None:
        return ""
    return " (median over people)" if share == 0.5 else f" ({100 * share:g} % quantile over people)"


@dataclass(frozen=True, eq=False)
class FoundInterval:
    """The interval between doses for which an endpoint is as wanted.

    Attributes
    ----------
    table : pandas.DataFrame
        A row for each interval within `between` that reaches the target, longest first: the interval [h], the endpoint
        in a fresh simulation, how far that is from the target relative to it [1], and whether it rises or falls with
        the interval there.
    curve : pandas.DataFrame
        The endpoint over the interval, as it was looked at on the way.
    endpoint, unit, target, between, runs, record, data
        As of a `FoundDose`; `between` in hours.
    """

    table: pd.DataFrame
    curve: pd.DataFrame
    endpoint: str
    unit: str
    target: float
    between: tuple[float, float]
    runs: Mapping[str, Run]
    record: Mapping[str, Any]
    data: xr.Dataset
    _regimen: Regimen = field(repr=False)
    _told: str = field(repr=False)

    @property
    def interval(self) -> float:
        """The longest one, which takes the fewest doses [h]."""
        return float(self.table["interval [h]"].iloc[0])

    @property
    def regimen(self) -> Regimen:
        """The regimen with that interval, and as many doses as before."""
        return with_interval(self._regimen, self.interval)

    def plot(self) -> Any:
        """The endpoint over the interval, with the target; a matplotlib figure."""
        from .pictures import interval_figure

        return interval_figure(self)

    def __str__(self) -> str:
        return self._told


def best_interval(
    regimen: Regimen | str,
    wanted: Wanted,
    target: float | str,
    *,
    between: tuple[float | str, float | str] | None = None,
    quantile: float = 0.5,
    **settings: Unpack[OfDesign],
) -> FoundInterval:
    """Find the interval between doses for which an endpoint reaches a target; the longest where several do.

    The number of doses stays, so that the run becomes longer or shorter with the interval; with
    ``start="steady-state"`` it has gone on forever whatever the interval.

    Parameters
    ----------
    regimen : Regimen or str
        One dose that is repeated at one interval.
    wanted, target
        As for `find_dose`.
    between : (float or str, float or str), optional
        Allowed intervals [h]; by default from a quarter of that of the regimen to four times it.
    quantile : float
        Of a population, which quantile of the endpoint over its people counts [1].
    **settings
        As for `find_dose`.

    Returns
    -------
    FoundInterval
        The intervals, a table, a picture.

    Raises
    ------
    InputError
        If an argument cannot be used, or the target is not reached, which names what is.
    SolverError
        If a run fails.

    Examples
    --------
    >>> import ldnsim as ldn
    >>> drug = ldn.models.one_compartment(CL=2, V=20)
    >>> def trough(data):
    ...     return data["C_central"].isel(time=-1)
    >>> plan = ldn.Regimen(100, every="12 h", doses=2, route="intravenous")
    >>> found = ldn.best_interval(plan, trough, 1.0, model=drug, start="steady-state")
    >>> round(found.interval, 2)  # ln(1 + 100 / 20) / (2 / 20)
    17.92
    """
    import pandas as pd

    given, setup = regimen_of(regimen), Setup.of(**settings)
    share = number(quantile, "quantile", low=0.0, high=1.0)
    own = interval_of(given)
    low, high = _between(between, own)
    takers = Takers(setup, given, wanted)
    endpoints = takers.endpoints
    (name,) = endpoints.names
    level = target_in(target, endpoints.units[name], takers.days[0], given.clock)

    def over(x: Array, _: Places) -> Array:
        return np.array([_value(setup, with_interval(given, every), endpoints, share) for every in np.exp(x).tolist()])

    curves = Curves(over)
    curves.ask(np.log(np.geomspace(low, high, _INTERVALS)), np.zeros(_INTERVALS, np.int64))
    refuse_flat(curves.points()[2], endpoints, "the interval")
    crossed = crossings(curves, level, _EXACT)
    _, x, y = curves.points()
    scale = scale_of(y, level)
    told = partial(endpoints.told, name)

    def run_at(every: float) -> tuple[Run, float]:
        again = with_interval(given, every)
        run = setup.run(again, endpoints)
        return run, quantile_of(Takers(setup, again, endpoints).simulated(run)[name], share)

    rows, runs = [], {}
    for place, rises in zip(crossed.x[::-1].tolist(), crossed.rising[::-1].tolist(), strict=True):
        every, run, value = kept(place, run_at, level, scale)
        error = abs(value - level) / scale
        if error <= PROMISE:
            rows.append((every, value, error, "rises" if rises else "falls"))
            runs[f"{every:g} h"] = run
    if not rows:
        x_low, y_low, x_high, y_high = lowest_and_highest(curves, 1)[0].tolist()
        ends = (y_low, f"{np.exp(x_low):.4g} h"), (y_high, f"{np.exp(x_high):.4g} h")
        over_all = f"over intervals from {low:g} to {high:g} h, which between= changes"
        raise InputError("target", target, f"{reachable(name, told, *ends)}, {over_all}")
    table = pd.DataFrame(rows, columns=["interval [h]", endpoints.heading(name), "error", "with the interval it"])
    curve = pd.DataFrame({"interval [h]": np.exp(x), endpoints.heading(name): y})
    asked = {
        "verb": "best_interval", "wanted": name, "target": level, "unit": endpoints.units[name],
        "between": [low, high], "quantile": share,
    }  # fmt: skip
    data = takers.described()
    words = [
        f"{name} {told(level)}{of_people(setup, share)}: every {rows[0][0]:.6g} h.",
        promised(max(row[2] for row in rows)),
        *[f"Every {' and '.join(f'{row[0]:.6g}' for row in rows[1:])} h reaches it too; the longest is taken."]
        * (len(rows) > 1),
        f"Looked for from {low:g} to {high:g} h. {given}; assumptions: {data.attrs['assumptions']}.",
    ]
    return FoundInterval(
        table, curve, name, endpoints.units[name], level, (low, high), runs,
        {"asked": asked, "intervals": table["interval [h]"].tolist(), **setup.plain(given)}, data, given,
        in_lines(words),
    )  # fmt: skip


def _between(between: Any, own: float) -> tuple[float, float]:
    """Allowed intervals [h]."""
    if between is None:
        return own / _WIDTH, own * _WIDTH
    expected = "two times above 0 that increase, such as ('6 h', '48 h')"
    ends = [hours(end, "between") for end in listed(between, "between", expected)]
    if len(ends) != 2 or not 0 < ends[0] < ends[1]:
        raise InputError("between", between, expected)
    return ends[0], ends[1]
