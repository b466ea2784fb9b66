"""Side by side: assumptions, doses, and the dose-response of a nightly regimen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .behind import Shown, evidence_of
from .endpoints import hours_blocked, time_mean, window
from .errors import InputError
from .parameters import Assumptions
from .person_run import Simulation
from .provenance import attributes
from .regimen import Regimen
from .simulation import simulate
from .units import HOURS_PER_DAY, quantity

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


@dataclass(frozen=True, eq=False)
class Comparison:
    """Runs side by side.

    Attributes
    ----------
    runs : dict of str to Simulation
        One run a name.
    """

    runs: dict[str, Simulation]

    def summary(self) -> pd.DataFrame:
        """Summaries side by side, one column a run, and the weakest evidence of each line.

        Of every run the last window of its summary.
        """
        import pandas as pd

        tables = {name: run.summary() for name, run in self.runs.items()}
        first = next(iter(tables.values()))
        lines = zip(*(table.lines for table in tables.values()), strict=True)
        evidence = ["/".join(dict.fromkeys(line.evidence for line in same)) for same in lines]
        return pd.DataFrame(
            {
                **{name: [line.values[-1] for line in table.lines] for name, table in tables.items()},
                "weakest evidence": evidence,
            },
            index=pd.Index([f"{line.quantity} [{line.unit}]" for line in first.lines], name=first.windows[-1]),
        )

    def plot(self) -> Any:
        """Four panels with a curve for each run, see `ldnsim.plots.compare`."""
        from . import plots

        return plots.compare({name: run.data for name, run in self.runs.items()})


def compare(
    regimens: Regimen | str | Sequence[Regimen | str],
    *,
    assumptions: Sequence[Assumptions | str] = ("popular", "measured"),
    progress: Callable[[float], None] | None = None,
    **settings: Any,
) -> Comparison:
    """Run every regimen under every set of assumptions.

    Parameters
    ----------
    regimens : Regimen, str or sequence of them
        One or several regimens.
    assumptions : sequence of Assumptions or str
        One or several accounts.
    progress : callable, optional
        Called with the fraction done.
    **settings
        Passed to `simulate`.

    Returns
    -------
    Comparison
        Runs named by what differs.

    Raises
    ------
    InputError
        If there is nothing to compare or two runs would have the same name.
    """
    given = [regimens] if isinstance(regimens, str | Regimen) else _several("regimens", regimens)
    accounts = [assumptions] if isinstance(assumptions, str | Assumptions) else _several("assumptions", assumptions)
    if not given or not accounts:
        raise InputError("regimens" if not given else "assumptions", [], "at least one")
    pairs = [
        (regimen if isinstance(regimen, Regimen) else Regimen.parse(regimen), Assumptions.of(account))
        for regimen in given
        for account in accounts
    ]
    runs: dict[str, Simulation] = {}
    for done, (regimen, account) in enumerate(pairs):
        parts = [str(regimen)] * (len(given) > 1) + [account.name] * (len(accounts) > 1 or len(given) == 1)
        name = ", ".join(parts)
        if name in runs:
            raise InputError("regimens and assumptions", name, "no two runs that are the same")
        runs[name] = simulate(
            regimen,
            assumptions=account,
            progress=None if progress is None else _part(progress, done, len(pairs)),
            **settings,
        )
    return Comparison(runs)


def _several(argument: str, value: Any) -> list[Any]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise InputError(argument, value, "a sequence")
    return list(value)


def _part(progress: Callable[[float], None], done: int, of: int) -> Callable[[float], None]:
    return lambda fraction: progress((done + fraction) / of)


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
        from . import plots

        return plots.dose_response(self.data, ax)


def dose_response(
    doses: Sequence[float | str] = (0.1, 0.3, 0.5, 1.0, 1.5, 3.0, 4.5, 6.0, 9.0, 16.0, 30.0, 50.0),
    *,
    assumptions: Assumptions | str = "popular",
    weeks: int | None = None,
    at: str = "22:00",
    progress: Callable[[float], None] | None = None,
    parameters: Mapping[str, object] | None = None,
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
    levels = [quantity(dose, "mg", "doses", low=0.0) for dose in _several("doses", doses)]
    if not levels:
        raise InputError("doses", list(doses), "at least one dose")
    if sorted(set(levels)) != levels:
        raise InputError("doses", list(doses), "doses that increase")
    rows = []
    for done, level in enumerate(levels):
        run = simulate(
            Regimen(level, every="daily", at=at, duration="1 day" if weeks is None else f"{weeks} weeks"),
            start="steady-state" if weeks is None else "untreated",
            assumptions=assumptions,
            parameters=parameters,
            progress=None if progress is None else _part(progress, done, len(levels)),
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
