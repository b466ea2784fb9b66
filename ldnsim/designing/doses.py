"""The dose for which an endpoint is as wanted: of the typical person, and of each of many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError
from ..base.reading import listed
from ..dosing.phases import MAX_MG, mass_of
from ..dosing.regimen import Regimen
from ..study.person_run import Simulation
from .changed import dose_of, regimen_of, shortened, with_dose
from .crossings import Array, Curves, Places, crossings, lowest_and_highest, scale_of, turning
from .promises import PROMISE, kept, refuse_flat
from .takers import OfDesign, Setup, Takers
from .telling import in_lines, promised, reachable, steps_of
from .wishes import Wanted, target_in

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

_WIDTH = 100.0
"""Doses are looked for from this part of the one in the regimen to this many times it [1]."""

_FINE, _COARSE = 33, 40.0
"""At how many doses the typical person is looked at; and how far apart the doses are at which everybody is [1]."""

_MOST = 200_000
"""Most people; what is known of each takes about 2 kB."""

_ABOUT = 4.0
"""How far from the dose of the typical person everybody is looked at too [1]."""

_EXACT, _ENOUGH = 1e-6, 2e-4
"""How near to the target the search comes, of one person and of many, relative to the target [1]."""

FOUND, OUT_OF_REACH, JUMPS, FAILED = "found", "out of reach", "jumps", "failed"
"""What became of the wish of a person."""


@dataclass(frozen=True, eq=False)
class FoundDose:
    """The dose for which an endpoint is as wanted.

    Attributes
    ----------
    table : pandas.DataFrame
        Of one typical person a row for each dose within `between` that reaches the target, smallest first: the dose
        [mg], the endpoint in a fresh simulation, how far that is from the target relative to it [1], and whether the
        endpoint rises or falls with the dose there. Of a population a row for each person: ``ID``, the smallest such
        dose, the endpoint and the error of a fresh run at it, how many doses reach the target, ``status`` (found, out
        of reach, jumps, failed), the lowest and the highest value that was seen and the doses of these, and ``reason``
        of a run that failed.
    curve : pandas.DataFrame
        The endpoint of the typical person over dose, as it was looked at on the way.
    endpoint, unit : str
        What is read, and in which unit; empty where a function does not say it.
    target : float
        What it is to become.
    between : (float, float)
        Between which doses it was looked for [mg].
    runs : mapping of str to Simulation
        The fresh simulation at each dose of one person; of a population there is none, because curves are dropped chunk
        by chunk: simulate one of them at the dose that was found.
    record : dict
        What was asked, and all that is needed to run it.
    data : xarray.Dataset
        The variables that are read, with the evidence behind them; nobody is in it.
    """

    table: pd.DataFrame
    curve: pd.DataFrame
    endpoint: str
    unit: str
    target: float
    between: tuple[float, float]
    runs: Mapping[str, Simulation]
    record: Mapping[str, Any]
    data: xr.Dataset
    _regimen: Regimen = field(repr=False)
    _told: str = field(repr=False)

    @property
    def doses(self) -> NDArray[np.float64]:
        """Every dose of one person, or the smallest of each of many, nan where there is none [mg]."""
        found: NDArray[np.float64] = self.table["dose [mg]"].to_numpy()
        return found

    @property
    def dose(self) -> float:
        """The smallest dose [mg]; of a population the median over those who have one."""
        return float(np.nanmedian(self.doses)) if "ID" in self.table else float(self.doses[0])

    @property
    def regimen(self) -> Regimen:
        """The regimen with `dose`."""
        return with_dose(self._regimen, self.dose)

    def plot(self) -> Any:
        """The endpoint over dose, with target and doses; of a population how its doses spread; a matplotlib figure."""
        from .pictures import dose_figure

        return dose_figure(self)

    def __str__(self) -> str:
        return self._told


def find_dose(
    regimen: Regimen | str,
    wanted: Wanted,
    target: float | str,
    *,
    between: tuple[float | str, float | str] | None = None,
    **settings: Unpack[OfDesign],
) -> FoundDose:
    """Find the dose, the mg of every dose of a regimen, for which an endpoint reaches a target.

    The typical person is looked at over all allowed doses, and every crossing of the target is found: where more is
    less, there are two. Each is simulated afresh, as a user would, and kept only if the endpoint is within 0.1 % of the
    target (of a target of 0: of how far the endpoint spreads). In a population each person has a dose of their own.

    Parameters
    ----------
    regimen : Regimen or str
        What is given; its planned doses are alike, and all become the dose that is looked for.
    wanted : str, callable, or mapping of str to callable
        One endpoint: a quantity of the last day by the name that a summary has for it, such as ``"ntx Cmax"``; or a
        function that takes curves with a first dimension ``person`` and gives a number for each, as for
        `ldnsim.Ensemble.endpoints`.
    target : float or str
        What it is to become, in its unit, or with a unit that converts: ``"2 ng/mL"``. Of a time of day ``"06:00"``,
        the first time that the clock shows it in the day that is read.
    between : (float or str, float or str), optional
        Allowed doses [mg]; by default from a hundredth to a hundred times the dose of the regimen.
    **settings
        ``model``, ``assumptions``, ``condition``, ``cell``, ``parameters``, ``source``, ``covariates``, ``population``
        (a `Population` or `Individuals`), ``start``, ``until``, ``step``, ``at``, ``endotoxin``, ``engine``, ``rtol``:
        as in `ldnsim.simulate`.

    Returns
    -------
    FoundDose
        The doses, a table, a picture.

    Raises
    ------
    InputError
        If an argument cannot be used, or nobody reaches the target, which names what is reached; the regimen is a
        table, or its doses differ.
    SolverError
        If the run of the typical person fails.

    Examples
    --------
    >>> import ldnsim as ldn
    >>> drug = ldn.models.one_compartment(CL=2, V=20, ka=1.2)
    >>> found = ldn.find_dose("100 mg", "C_central Cmax", "2 mg/L", model=drug)
    >>> again = ldn.simulate(found.regimen, model=drug)
    >>> bool(abs(again.data["C_central"].max() / 2 - 1) < 1e-3)
    True
    """
    given = regimen_of(regimen)
    dose_of(given)
    takers = Takers(Setup.of(**settings), given, wanted)
    if takers.size > _MOST:
        raise InputError("population", takers.size, f"at most {_MOST:,} people, whose every look is remembered")
    level = target_in(target, takers.endpoints.units[takers.endpoints.names[0]], takers.days[0], given.clock)
    low, high = _between(between, dose_of(given))
    typical = Curves(_over_dose(takers, typical=True))
    fine = np.log(np.geomspace(low, high, _FINE))
    typical.ask(fine, np.zeros(_FINE, np.int64))
    refuse_flat(typical.points()[2], takers.endpoints, "the dose")
    crossed = crossings(typical, level, _EXACT)
    search = _Search(takers, level, (low, high), typical, target)
    if takers.setup.people is None:
        return search.of_one(crossed.x, crossed.rising)
    nodes = np.concatenate([crossed.x + shift for shift in np.log([1 / _ABOUT, 1.0, _ABOUT])] + [turning(typical, 0)])
    return search.of_many(_spread(np.log(low), np.log(high), nodes))


def _between(between: Any, dose: float) -> tuple[float, float]:
    """Allowed doses [mg]."""
    if between is None:
        return dose / _WIDTH, min(dose * _WIDTH, MAX_MG)
    expected = "two doses above 0 that increase, such as ('0.1 mg', '50 mg')"
    ends = [mass_of(end, "between") for end in listed(between, "between", expected)]
    if len(ends) != 2 or not 0 < ends[0] < ends[1]:
        raise InputError("between", between, expected)
    return ends[0], ends[1]


def _spread(low: float, high: float, nodes: Array) -> Array:
    """Some places and both ends, with others where two are too far apart."""
    places = np.unique(np.concatenate([[low, high], nodes[(nodes > low) & (nodes < high)]]))
    parts = [
        np.linspace(one, other, 2 + int((other - one) / np.log(_COARSE) - 1e-9))[:-1]
        for one, other in pairwise(places.tolist())
    ]
    return np.append(np.concatenate(parts), high)


def _over_dose(takers: Takers, *, typical: bool) -> Any:
    """The endpoint over the logarithm of the dose."""
    (name,) = takers.endpoints.names
    return lambda x, who: takers.ask(who, np.exp(x), typical=typical)[name]


@dataclass(frozen=True)
class _Search:
    """What is looked for, and the typical person over all doses."""

    takers: Takers
    level: float
    between: tuple[float, float]
    typical: Curves
    target: float | str

    @property
    def name(self) -> str:
        return self.takers.endpoints.names[0]

    @property
    def scale(self) -> float:
        return scale_of(self.typical.points()[2], self.level)

    def of_one(self, places: Array, rising: NDArray[np.bool_]) -> FoundDose:
        """Every dose of the typical person, each simulated afresh."""
        import pandas as pd

        rows, runs, jumps = [], {}, []
        for place, rises in zip(places.tolist(), rising.tolist(), strict=True):
            dose, run, value = kept(place, self._run_at, self.level, self.scale)
            error = abs(value - self.level) / self.scale
            if error <= PROMISE:
                rows.append((dose, value, error, "rises" if rises else "falls"))
                runs[f"{dose:g} mg"] = run
            else:
                jumps.append(dose)
        if not rows:
            raise InputError("target", self.target, self._reach(jumps))
        heading = self.takers.endpoints.heading(self.name)
        table = pd.DataFrame(rows, columns=["dose [mg]", heading, "error", "with the dose it"])
        return self._found(table, runs)

    def _run_at(self, dose: float) -> tuple[Simulation, float]:
        run = self.takers.run(dose)
        assert isinstance(run, Simulation), "of one person"
        return run, float(self.takers.simulated(run)[self.name][0])

    def of_many(self, nodes: Array) -> FoundDose:
        """The smallest dose of each, and what it leads to in a fresh run."""
        import pandas as pd

        takers, everyone = self.takers, np.arange(self.takers.size)
        curves = Curves(_over_dose(takers, typical=False))
        curves.ask(np.repeat(nodes, takers.size), np.tile(everyone, nodes.size))
        crossed = crossings(curves, self.level, _ENOUGH)
        count, ends = np.bincount(crossed.who, minlength=takers.size), lowest_and_highest(curves, takers.size)
        scale = np.full(takers.size, abs(self.level)) if self.level else ends[:, 3] - ends[:, 1]
        dose, value, error = np.full((3, takers.size), np.nan)
        fresh, first = Takers(takers.setup, takers.regimen, takers.endpoints), np.searchsorted(crossed.who, everyone)
        # where the smallest does not keep what it promises, because the endpoint jumps there, the next one may
        for turn in range(int(count.max())):
            who: Places = np.flatnonzero((count > turn) & ~(error <= PROMISE))
            if who.size:
                dose[who] = [shortened(mg) for mg in np.exp(crossed.x[first[who] + turn]).tolist()]
                value[who] = fresh.ask(who, dose[who])[self.name]
                error[who] = np.abs(value[who] - self.level) / scale[who]
        status = np.where(np.isnan(ends[:, 1]), FAILED, np.where(count == 0, OUT_OF_REACH, FOUND))
        status = np.where((status == FOUND) & ~(error <= PROMISE), JUMPS, status)
        for column in (dose, value, error):
            column[status != FOUND] = np.nan
        heading = takers.endpoints.heading(self.name)
        table = pd.DataFrame(
            {
                "ID": takers.ids, "dose [mg]": dose, heading: value, "error": error, "doses that reach it": count,
                "status": status, "lowest": ends[:, 1], "lowest at [mg]": np.exp(ends[:, 0]), "highest": ends[:, 3],
                "highest at [mg]": np.exp(ends[:, 2]), "reason": [takers.reasons.get(k, "") for k in everyone.tolist()],
            }
        )  # fmt: skip
        if not (status == FOUND).any():
            raise InputError("target", self.target, self._reach_of_many(table))
        return self._found(table, {})

    def _reach(self, jumps: list[float]) -> str:
        """What is reachable instead, in words."""
        told = partial(self.takers.endpoints.told, self.name)
        x_low, y_low, x_high, y_high = lowest_and_highest(self.typical, 1)[0].tolist()
        said = reachable(self.name, told, (y_low, f"{np.exp(x_low):.4g} mg"), (y_high, f"{np.exp(x_high):.4g} mg"))
        across = f"; it jumps across it at {', '.join(f'{one:g}' for one in jumps)} mg" * bool(jumps)
        return f"{said}, {self._looked_at}{across}"

    @property
    def _looked_at(self) -> str:
        return f"over doses from {self.between[0]:g} to {self.between[1]:g} mg, which between= changes"

    def _reach_of_many(self, table: pd.DataFrame) -> str:
        seen = table[table["status"] != FAILED]
        if not len(seen):
            why = next(filter(None, table["reason"]), "it has no value")
            return f"an endpoint that can be had of somebody: {why}"
        told = partial(self.takers.endpoints.told, self.name)
        low, high = seen.iloc[int(seen["lowest"].argmin())], seen.iloc[int(seen["highest"].argmax())]
        ends = [(float(one[end]), f"{one[f'{end} at [mg]']:.4g} mg in ID {one['ID']}")
                for one, end in ((low, "lowest"), (high, "highest"))]  # fmt: skip
        return f"{reachable(self.name, told, *ends)}, {self._looked_at}"

    def _found(self, table: pd.DataFrame, runs: Mapping[str, Simulation]) -> FoundDose:
        import pandas as pd

        takers = self.takers
        heading = takers.endpoints.heading(self.name)
        _, x, y = self.typical.points()
        curve = pd.DataFrame({"dose [mg]": np.exp(x), heading: y})
        asked = {
            "verb": "find_dose", "wanted": self.name, "target": self.level,
            "unit": takers.endpoints.units[self.name], "between": list(self.between),
        }  # fmt: skip
        record = {"asked": asked, "doses": table["dose [mg]"].tolist(), **takers.setup.plain(takers.regimen)}
        data = takers.described()
        told = self._in_words(table, str(data.attrs["assumptions"]))
        return FoundDose(
            table, curve, self.name, takers.endpoints.units[self.name], self.level, self.between, runs, record, data,
            takers.regimen, told,
        )  # fmt: skip

    def _in_words(self, table: pd.DataFrame, assumptions: str) -> str:
        told = partial(self.takers.endpoints.told, self.name)
        wish = f"{self.name} {told(self.level)}"
        given = f"{self.takers.regimen}; assumptions: {assumptions}."
        low, high = self.between
        doses = table["dose [mg]"].to_numpy()
        if "ID" in table:
            good = table[table["status"] == FOUND]
            ends = np.quantile(good["dose [mg]"], [0.05, 0.5, 0.95])
            others = steps_of(table["status"].value_counts().to_dict(), (OUT_OF_REACH, JUMPS, FAILED))
            several = int((good["doses that reach it"] > 1).sum())
            lines = [
                f"{wish}: median dose {ends[1]:.4g} mg, 90 % of people {ends[0]:.4g} to {ends[2]:.4g} mg; found for "
                f"{len(good)} of {len(table)} people{others}.",
                promised(float(good["error"].max())),
                *[f"In {several} of them more than one dose reaches it, and the smallest is taken."] * bool(several),
            ]
        else:
            lines = [f"{wish}: {doses[0]:.6g} mg.", promised(float(table["error"].max()))]
            if len(doses) > 1:
                others = " and ".join(f"{one:.6g}" for one in doses[1:])
                lines.append(f"{others} mg reaches it too; the smallest dose is taken.")
        lines += [f"Looked for from {low:g} to {high:g} mg. {given}"]
        return in_lines(lines)
