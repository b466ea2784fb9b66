"""Compromises: doses and clock times at which no endpoint can be better without another being worse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError
from ..base.reading import listed, number
from ..base.units import clock_text
from ..dosing.phases import MAX_MG, clock_of, mass_of
from ..dosing.regimen import Regimen
from ..results.readings import BLOCKED_HOURS, PEPTIDE
from .changed import at_clock, dose_of, regimen_of, with_dose
from .crossings import Array
from .takers import OfDesign, Setup, Takers
from .telling import FRONT, in_lines
from .timing import Run, of_people
from .wishes import Endpoints, Wanted, check_best, quantile_of

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

_WIDTH, _DOSES = 10.0, 13
"""Doses are looked at from this part of the one in the regimen to this many times it, and how many [1]."""


@dataclass(frozen=True, eq=False)
class ParetoFront:
    """Doses and clock times of a regimen, and which of them are compromises between endpoints.

    Attributes
    ----------
    table : pandas.DataFrame
        A row for each dose [mg] and clock time: the endpoints (of a population the quantile over its people), and
        whether it is on the front: no other row is better in one endpoint and at least as good in all others.
    best : mapping of str to str
        Of each endpoint, whether ``highest`` or ``lowest`` is better.
    record : dict
        What was asked, and all that is needed to run it.
    data : xarray.Dataset
        The variables that are read, with the evidence behind them; nobody is in it.
    """

    table: pd.DataFrame
    best: Mapping[str, str]
    record: Mapping[str, Any]
    data: xr.Dataset
    _setup: Setup = field(repr=False)
    _endpoints: Endpoints = field(repr=False)
    _regimen: Regimen = field(repr=False)
    _told: str = field(repr=False)

    @property
    def front(self) -> pd.DataFrame:
        """The rows of the table that are on the front, in the order of the first endpoint."""
        rows = self.table[self.table[FRONT]]
        return rows.sort_values(rows.columns[2], ignore_index=True)

    @property
    def regimens(self) -> dict[str, Regimen]:
        """The regimens on the front, by dose and clock time."""
        return {
            f"{mg:g} mg at {time}": with_dose(at_clock(self._regimen, clock_of(time, "time")), mg)
            for mg, time in zip(self.front["dose [mg]"], self.front["time"], strict=True)
        }

    @cached_property
    def runs(self) -> Mapping[str, Run]:
        """A fresh simulation of each regimen on the front, made when it is first asked for."""
        return {name: self._setup.run(one, self._endpoints) for name, one in self.regimens.items()}

    def plot(self) -> Any:
        """The first two endpoints against each other, and the front; a matplotlib figure."""
        from .pictures import front_figure

        return front_figure(self)

    def __str__(self) -> str:
        return self._told


def pareto(
    regimen: Regimen | str,
    wanted: Wanted = (BLOCKED_HOURS, PEPTIDE),
    best: Sequence[str] = ("lowest", "highest"),
    *,
    doses: Sequence[float | str] | None = None,
    times: Sequence[str | float] | None = None,
    quantile: float = 0.5,
    **settings: Unpack[OfDesign],
) -> ParetoFront:
    """Weigh endpoints against each other over doses and clock times, such as blockade against rebound.

    Parameters
    ----------
    regimen : Regimen or str
        What is given; its planned doses are alike, and become each of `doses`.
    wanted : sequence of str, or mapping of str to callable
        At least two endpoints, as for `ldnsim.Ensemble.endpoints`; by default the hours that count as blocked, and the
        mean of beta-endorphin, which is what rebounds. Net opioid tone is peptides times the share of receptors that
        is left for them: it has the blockade in it already, so that beside it few doses are compromises.
    best : sequence of {"highest", "lowest"}
        Which way each is better.
    doses : sequence of float or str, optional
        Doses that are tried [mg]; by default 13 from a tenth of that of the regimen to ten times it.
    times : sequence of str or float, optional
        Clock times of the first dose that are tried; by default that of the regimen.
    quantile : float
        Of a population, which quantile of each endpoint over its people counts [1].
    **settings
        As for `find_dose`.

    Returns
    -------
    ParetoFront
        A table of all that was tried, and the front.

    Raises
    ------
    InputError
        If an argument cannot be used, or no row has all endpoints.
    SolverError
        If the run of the typical person fails.

    Examples
    --------
    >>> import ldnsim as ldn
    >>> drug = ldn.models.one_compartment(CL=2, V=20, ka=1.2)
    >>> levels = ["C_central Cmax", "C_central AUC in the window"]
    >>> found = ldn.pareto("100 mg", levels, ["lowest", "highest"], doses=[50, 100], model=drug)
    >>> found.front["dose [mg]"].tolist()
    [50.0, 100.0]
    """
    import pandas as pd

    given, setup = regimen_of(regimen), Setup.of(**settings)
    share, own = number(quantile, "quantile", low=0.0, high=1.0), dose_of(given)
    takers = Takers(setup, given, wanted, one=False)
    endpoints = takers.endpoints
    if len(set(endpoints.names)) < max(len(endpoints.names), 2):
        raise InputError("wanted", endpoints.names, "at least two endpoints, each once")
    ways = check_best(best, endpoints.names)
    tried = _doses(doses, own)
    clocks = [given.clock] if times is None else [clock_of(one, "times") for one in listed(times, "times", _TIMES)]
    if not clocks or len(set(clocks)) < len(clocks):
        raise InputError("times", times, _TIMES)
    rows = []
    for clock in clocks:
        some = Takers(setup, at_clock(given, clock), endpoints)
        everyone = np.arange(some.size)
        values = some.ask(np.tile(everyone, len(tried)), np.repeat(tried, some.size))
        for k, mg in enumerate(tried):
            own_rows = slice(k * some.size, (k + 1) * some.size)
            found = [quantile_of(values[name][own_rows], share) for name in endpoints.names]
            rows.append((mg, clock_text(clock), *found))
    headings = [endpoints.heading(name) for name in endpoints.names]
    table = pd.DataFrame(rows, columns=["dose [mg]", "time", *headings])
    signs = np.where(np.array(ways) == "lowest", 1.0, -1.0)
    table[FRONT] = not_dominated(table[headings].to_numpy() * signs)
    if not table[FRONT].any():
        raise InputError("wanted", endpoints.names, "endpoints that all have a value at some dose")
    asked = {
        "verb": "pareto", "wanted": endpoints.names, "best": list(ways), "doses": tried.tolist(),
        "times": [clock_text(clock) for clock in clocks], "quantile": share,
    }  # fmt: skip
    data = takers.described()
    kept = table[table[FRONT]].sort_values(headings[0])
    ends = [
        ", ".join(f"{name} {endpoints.told(name, row[endpoints.heading(name)])}" for name in endpoints.names)
        + f" with {row['dose [mg]']:g} mg at {row['time']}"
        for _, row in kept.iloc[[0, -1]].iterrows()
    ]  # fmt: skip
    words = [
        f"{len(kept)} of {len(table)} doses and clock times are compromises{of_people(setup, share)} between "
        f"{' and '.join(f'{way} {name}' for way, name in zip(ways, endpoints.names, strict=True))}.",
        f"From {ends[0]}; to {ends[1]}." if len(kept) > 1 else f"{ends[0]} is better in all than any other.",
        f"{given}; assumptions: {data.attrs['assumptions']}.",
    ]
    return ParetoFront(
        table, dict(zip(headings, ways, strict=True)), {"asked": asked, **setup.plain(given)}, data,
        setup, endpoints, given,
        in_lines(words),
    )  # fmt: skip


_TIMES = "clock times such as ['08:00', '22:00'], each once"


def _doses(doses: Any, own: float) -> Array:
    """Doses that are tried [mg]."""
    if doses is None:
        return np.array([float(f"{mg:.3g}") for mg in np.geomspace(own / _WIDTH, min(own * _WIDTH, MAX_MG), _DOSES)])
    expected = "doses that increase, such as [0.5, 1.5, 4.5]"
    found = [mass_of(dose, "doses") for dose in listed(doses, "doses", expected)]
    if not found or sorted(set(found)) != found:
        raise InputError("doses", doses, expected)
    return np.array(found)


def not_dominated(costs: Array) -> NDArray[np.bool_]:
    """Which rows no other row beats: none is lower in one column and not higher in any.

    Parameters
    ----------
    costs : ndarray, shape (n_rows, n_columns)
        What is better the lower it is; a row with nan is beaten.

    Returns
    -------
    ndarray of bool, shape (n_rows,)
        Whether a row is a compromise.
    """
    there = ~np.isnan(costs).any(axis=1)
    found: NDArray[np.bool_] = np.array(there)
    for place in np.flatnonzero(there):
        beaten_by = (costs <= costs[place]).all(axis=1) & (costs < costs[place]).any(axis=1)
        found[place] = not bool(beaten_by.any())
    return found
