"""Side by side: assumptions, doses, and the dose-response of a nightly regimen."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from .base.bounds import one_of
from .base.errors import InputError
from .base.files import whole
from .base.reading import listed
from .base.units import HOURS_PER_DAY, quantity
from .dosing.regimen import Regimen
from .ledger.assumptions import Assumptions
from .plots.shared_clock import shared_clock
from .results.behind import Shown, evidence_of
from .results.endpoints import hours_blocked, time_mean
from .results.provenance import attributes
from .results.summary import Summary
from .results.views import last_day, window
from .simulation import simulate
from .study.options import OfSeveral
from .study.person_run import Simulation
from .study.population_run import PopulationRun

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


Run = Simulation | PopulationRun
_Progress = Callable[[float], None] | bool | None


@dataclass(frozen=True, eq=False)
class Comparison:
    """Runs side by side.

    Attributes
    ----------
    runs : dict of str to Simulation or PopulationRun
        One run a name.
    """

    runs: Mapping[str, Run]

    def summary(self) -> pd.DataFrame:
        """Summaries side by side, and the weakest evidence of each line.

        Returns
        -------
        pandas.DataFrame
            Of one person a column a run, of a population three: the median, ``NAME, 5 %`` and ``NAME, 95 %``. The
            first lines say which stretch of its run a column describes, since its own start [h] and on the clock [h].
            What a run does not have is missing.
        """
        import pandas as pd

        columns: dict[str, dict[str, float]] = {}
        evidence: dict[str, dict[str, None]] = {}
        said = []
        for name, run in self.runs.items():
            start, stop = last_day(run.data)
            stretch = {
                "stretch begins after the start [h]": start,
                "stretch ends after the start [h]": stop,
                "stretch begins at hour of the day [h]": (float(run.data.attrs["clock_start"]) + start) % HOURS_PER_DAY,
            }
            table = run.summary()
            found: dict[str, dict[str, float]]
            if isinstance(table, Summary):
                said.append(table.windows[-1])
                found = {name: {f"{line.quantity} [{line.unit}]": line.values[-1] for line in table.lines}}
            else:
                said.append(f"{table.window}, median and 90 % of people")
                kinds = {name: "median", f"{name}, 5 %": "low", f"{name}, 95 %": "high"}
                found = {
                    column: {f"{line.quantity} [{line.unit}]": getattr(line, kind) for line in table.lines}
                    for column, kind in kinds.items()
                }
            for described in stretch:
                evidence.setdefault(described, {})
            for line in table.lines:
                evidence.setdefault(f"{line.quantity} [{line.unit}]", {})[line.evidence] = None
            columns |= {column: stretch | values for column, values in found.items()}
        title = said[0] if len(set(said)) == 1 else "last stretch of each run"
        return pd.DataFrame(
            {
                **{name: [values.get(line, math.nan) for line in evidence] for name, values in columns.items()},
                "weakest evidence": ["/".join(kinds) for kinds in evidence.values()],
            },
            index=pd.Index(list(evidence), name=title),
        )

    def tuned(self) -> tuple[str, ...]:
        """What calibrated parameters behind the runs of single persons were tuned to, each once."""
        tables = [run.summary() for run in self.runs.values()]
        found = (target for table in tables if isinstance(table, Summary) for target in table.tuned)
        return tuple(dict.fromkeys(found))

    def to_frame(self) -> pd.DataFrame:
        """The rows of every run below each other, as its own ``to_frame`` has them.

        Returns
        -------
        pandas.DataFrame
            First the columns ``run`` and ``shared_time`` [h], since the start of the run that starts first on the clock
            or the calendar; ``time`` is since the start of each run. What a run does not have is missing.
        """
        import pandas as pd

        clock = shared_clock({name: run.data for name, run in self.runs.items()})
        frames = []
        for name, run in self.runs.items():
            frame = run.to_frame()
            frame.insert(0, "run", name)
            frame.insert(1, "shared_time", frame["time"] + clock.shifts[name])
            frames.append(frame)
        return pd.concat(frames, ignore_index=True)

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write `to_frame` as CSV, whole or not at all.

        Raises
        ------
        InputError
            If the folder cannot be written to.
        """
        with whole(path, "csv") as draft:
            self.to_frame().to_csv(draft, index=False, float_format="%.7g", lineterminator="\n")

    def plot(self) -> Any:
        """Four panels with a curve or a band for each run, see `ldnsim.plots.compare`."""
        from .plots import panels as plots

        return plots.compare({name: run.data for name, run in self.runs.items()})


def compare(
    regimens: Regimen | str | Sequence[Regimen | str],
    *,
    assumptions: Sequence[Assumptions | str] = ("popular", "measured"),
    progress: _Progress = None,
    **settings: Unpack[OfSeveral],
) -> Comparison:
    """Run every regimen under every set of assumptions.

    Parameters
    ----------
    regimens : Regimen, str or sequence of them
        One or several regimens.
    assumptions : sequence of Assumptions or str
        One or several accounts.
    progress : callable or bool, optional
        Called with the fraction done; of populations also whether each shows a bar.
    **settings
        Passed to `simulate`; with ``population=`` every run is of these people.

    Returns
    -------
    Comparison
        Runs named by what differs.

    Raises
    ------
    InputError
        If there is nothing to compare, two runs would have the same name, or a setting does not fit several runs.
    """
    given = [regimens] if isinstance(regimens, str | Regimen) else listed(regimens, "regimens", "a sequence")
    accounts = (
        [assumptions]
        if isinstance(assumptions, str | Assumptions)
        else listed(assumptions, "assumptions", "a sequence")
    )
    if not given or not accounts:
        raise InputError("regimens" if not given else "assumptions", [], "at least one")
    if settings.get("store") is not None:
        raise InputError(
            "store", settings["store"], "to be left out, because a store holds one run; simulate fills one"
        )
    pairs = [
        (regimen if isinstance(regimen, Regimen) else Regimen.parse(regimen), Assumptions.of(account))
        for regimen in given
        for account in accounts
    ]
    # one person or many: what is given together is checked where one of them runs
    runs: dict[str, Run] = {}
    shared: Mapping[str, Any] = settings
    for done, (regimen, account) in enumerate(pairs):
        parts = [str(regimen)] * (len(given) > 1) + [account.name] * (len(accounts) > 1 or len(given) == 1)
        name = ", ".join(parts)
        if name in runs:
            raise InputError("regimens and assumptions", name, "no two runs that are the same")
        with one_of(len(pairs), kept=True):
            runs[name] = simulate(
                regimen,
                assumptions=account,
                progress=_part(progress, done, len(pairs)),
                **shared,
            )
    return Comparison(runs)


def _part(progress: _Progress, done: int, of: int) -> _Progress:
    """What one of several runs reports to; what is no function is left to `simulate`."""
    return (lambda fraction: progress((done + fraction) / of)) if callable(progress) else progress


@dataclass(frozen=True, eq=False)
class DoseResponse:
    """What a nightly dose does in the long run.

    Attributes
    ----------
    data : xarray.Dataset
        Values of one day over the dimension ``dose`` [mg].
    """

    data: xr.Dataset

    def plot(self, ax: Any = None) -> Any:
        """Net tone, peptide, receptors and blocked hours against dose, see `ldnsim.plots.dose_response`."""
        from .plots import panels as plots

        return plots.dose_response(self.data, ax)


def dose_response(
    doses: Sequence[float | str] = (0.1, 0.3, 0.5, 1.0, 1.5, 3.0, 4.5, 6.0, 9.0, 16.0, 30.0, 50.0),
    *,
    assumptions: Assumptions | str = "popular",
    weeks: int | None = None,
    at: str = "22:00",
    progress: Callable[[float], None] | None = None,
    parameters: Mapping[str, object] | None = None,
    population: object = None,
) -> DoseResponse:
    """A day of nightly dosing against dose: where less is more.

    Parameters
    ----------
    doses : sequence of float or str
        Nightly doses as hydrochloride [mg].
    assumptions : Assumptions or str
        Under which account.
    weeks : int, optional
        How long the dose is taken before its last day is read; by default forever, at steady state.
    at : str
        Clock time of the dose.
    progress : callable, optional
        Called with the fraction done.
    parameters : mapping, optional
        Changed parameters, as for `simulate`.
    population : None
        To be left out: a dose-response is of one typical adult.

    Returns
    -------
    DoseResponse
        Daily means over that day.

    Raises
    ------
    InputError
        If no dose is given or one cannot be used.
    SolverError
        If a steady state is not reached.
    """
    if population is not None:
        expected = "to be left out: a dose-response is of one typical adult; compare([...], population=...) draws bands"
        raise InputError("population", population, expected)
    levels = [quantity(dose, "mg", "doses", low=0.0) for dose in listed(doses, "doses", "a sequence")]
    if not levels:
        raise InputError("doses", list(doses), "at least one dose")
    if sorted(set(levels)) != levels:
        raise InputError("doses", list(doses), "doses that increase")
    rows = []
    for done, level in enumerate(levels):
        part: Any = _part(progress, done, len(levels))
        with one_of(len(levels), kept=False):
            run = simulate(
                Regimen(level, every="daily", at=at, duration="1 day" if weeks is None else f"{weeks} weeks"),
                start="steady-state" if weeks is None else "untreated",
                assumptions=assumptions,
                parameters=parameters,
                progress=part,
            )
        end = float(run.data["time"].values[-1])
        day = window(run.data, end - HOURS_PER_DAY, end)
        rows.append(
            (
                time_mean(day, "tone"),
                time_mean(day, "peptide_level", peptide="beta_endorphin"),
                time_mean(day, "receptor_density", receptor="mor"),
                hours_blocked(day),
                time_mean(day, "cytokine_index"),
            )
        )
    return DoseResponse(_dataset(levels, np.array(rows), run.data, weeks))


def _dataset(levels: list[float], values: Any, last: xr.Dataset, weeks: int | None) -> xr.Dataset:
    import xarray as xr

    columns = {
        "tone": (Shown("tone"), "Net opioid tone, daily mean", "1"),
        "peptide": (Shown("peptide_level", {"peptide": "beta_endorphin"}), "Beta-endorphin, daily mean", "1"),
        "receptors": (Shown("receptor_density", {"receptor": "mor"}), "Mu receptors, daily mean", "1"),
        "hours_blocked": (Shown("occupancy", {"receptor": "mor"}), "Hours a day with mu at least half held", "h"),
        "cytokine_index": (Shown("cytokine_index"), "Cytokine index, daily mean", "1"),
    }
    return xr.Dataset(
        {
            name: (
                "dose",
                values[:, position],
                {
                    "long_name": title,
                    "units": unit,
                    **attributes(evidence_of(last, source.name, **source.labels)),
                },
            )
            for position, (name, (source, title, unit)) in enumerate(columns.items())
        },
        coords={"dose": ("dose", levels, {"units": "mg", "long_name": "Nightly dose as hydrochloride"})},
        attrs={
            "assumptions": last.attrs["assumptions"],
            "assumptions_in_full": last.attrs["assumptions_in_full"],
            "title": "Nightly doses at steady state"
            if weeks is None
            else f"Last day of {weeks} weeks of nightly doses",
        },
    )
