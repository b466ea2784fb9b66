"""What a nightly dose does in the long run, against the dose."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

import numpy as np

from .base.bounds import one_of
from .base.errors import InputError
from .base.reading import listed
from .base.units import HOURS_PER_DAY, quantity
from .dosing.regimen import Regimen
from .ledger.assumptions import Assumptions
from .ledger.parameters import ParameterSet
from .models.dosable import Model
from .plots.plot_options import FigureOptions
from .results.behind import Shown, evidence_of
from .results.blockade import decided_by, means
from .results.carried import Told, told_by
from .results.endpoints import hours_blocked, mean_over
from .results.provenance import attributes, evidence
from .results.views import window
from .simulation import simulate
from .study.options import part_of

if TYPE_CHECKING:
    import xarray as xr

DOSES = (0.1, 0.3, 0.5, 1.0, 1.5, 3.0, 4.5, 6.0, 9.0, 16.0, 30.0, 50.0)
"""Nightly doses where none are said [mg]."""

_BLOCKED = "hours_blocked"


class _Told(NamedTuple):
    """What is told of a drug with net tone, beside the variable that it is read off."""

    of: Shown
    title: str
    unit: str


_TOLD = {
    "tone": _Told(Shown("tone"), "Net opioid tone, daily mean", "1"),
    "peptide": _Told(Shown("peptide_level", {"peptide": "beta_endorphin"}), "Beta-endorphin, daily mean", "1"),
    "receptors": _Told(Shown("receptor_density", {"receptor": "mor"}), "Mu receptors, daily mean", "1"),
    _BLOCKED: _Told(Shown("occupancy", {"receptor": "mor"}), "Hours a day that count as blocked", "h"),
    "cytokine_index": _Told(Shown("cytokine_index"), "Cytokine index, daily mean", "1"),
}


@dataclass(frozen=True, eq=False)
class DoseResponse:
    """What a nightly dose does in the long run.

    Attributes
    ----------
    data : xarray.Dataset
        Values of one day over the dimension ``dose`` [mg]: of a drug with net tone ``tone``, ``peptide``,
        ``receptors``, ``hours_blocked`` and, where it acts on TLR4, ``cytokine_index``; of another model every variable
        that it shows.
    """

    data: xr.Dataset

    def plot(
        self, ax: Any = None, *, log: bool | None = None, language: str | None = None, **options: Unpack[FigureOptions]
    ) -> Any:
        """What matters most against dose, see `ldnsim.plots.dose_response`.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure if none.
        log : bool, optional
            Whether doses stand on a logarithmic axis, as they do by default.
        language : str, optional
            Of words and numbers, as in `ldnsim.Simulation.plot`.
        **options
            ``colors``, ``width`` and ``footer``, as `ldnsim.plots.plot_options.FigureOptions` has them.

        Returns
        -------
        matplotlib.axes.Axes
            The panel.
        """
        from .plots import panels as plots
        from .plots.lettering import drawn_in

        return drawn_in(language, lambda: plots.dose_response(self.data, ax, log=log, **options))


def dose_response(
    doses: Sequence[float | str] = DOSES,
    *,
    model: Model | None = None,
    assumptions: Assumptions | str = "popular",
    weeks: int | None = None,
    at: str = "22:00",
    progress: Callable[[float], None] | None = None,
    parameters: Mapping[str, object] | None = None,
    covariates: Mapping[str, object] | None = None,
    population: object = None,
) -> DoseResponse:
    """A day of nightly dosing against dose: where less is more, at the typical values alone.

    `ldnsim.claim` tells how far the best dose moves over the ranges that these have in the ledger.

    Parameters
    ----------
    doses : sequence of float or str
        Nightly doses [mg], of naltrexone as hydrochloride.
    model : Model, optional
        Another model than that of naltrexone, as in `simulate`.
    assumptions : Assumptions or str
        Under which account of naltrexone; another model holds its own.
    weeks : int, optional
        How long the dose is taken before its last day is read; by default forever, at steady state.
    at : str
        Clock time of the dose.
    progress : callable, optional
        Called with the fraction done.
    parameters, covariates : mapping, optional
        Changed parameters, and what is known of the person, as for `simulate`.
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
    days, told = [], list[Told]()
    for done, level in enumerate(levels):
        part: Any = part_of(progress, done, len(levels))
        with one_of(len(levels), kept=False):
            run = simulate(
                Regimen(level, every="daily", at=at, duration="1 day" if weeks is None else f"{weeks} weeks"),
                start="steady-state" if weeks is None else "untreated",
                model=model,
                assumptions=assumptions,
                parameters=parameters,
                covariates=covariates,
                progress=part,
            )
        end = float(run.data["time"].values[-1])
        days.append(_means(window(run.data, end - HOURS_PER_DAY, end), run.parameters))
        told += told_by(run.data.attrs, f"{level:g} mg")
    kept = {name: run.data.attrs[name] for name in _KEPT if name in run.data.attrs}
    kept["records"] = json.dumps([one._asdict() for one in told])
    what = "as hydrochloride" if model is None else f"in {model.labelled}" if model.labelled else "in mg"
    return DoseResponse(_dataset(levels, days, kept, weeks, what))


_KEPT = ("assumptions", "assumptions_in_full", "drug", "observed")
"""What a dose-response says of its runs."""


def _means(day: xr.Dataset, parameters: ParameterSet) -> dict[str, xr.DataArray]:
    """What is read off a day of a run, with its unit, meaning and evidence."""
    if "tone" not in day.data_vars:
        return {str(name): _mean(values) for name, values in day.data_vars.items()}
    found = {}
    for name, (of, title, unit) in _TOLD.items():
        if of.name in day.data_vars:
            value = hours_blocked(day) if name == _BLOCKED else _mean(day[of.name].sel(of.labels)).values
            title = f"Hours a day with {means(day)}" if name == _BLOCKED else title
            behind = evidence_of(day, of.name, **of.labels)
            if name == _BLOCKED:
                behind = evidence((*behind.parameters, *decided_by(parameters)), parameters)
            found[name] = _array(value, {}, {"long_name": title, "units": unit, **attributes(behind)})
    return found


def _mean(values: xr.DataArray) -> xr.DataArray:
    """The mean over time of a variable, in its own dimensions."""
    over = values.transpose(..., "time")
    title = f"{values.attrs['long_name']}, daily mean"
    labels = {dim: values[dim] for dim in over.dims[:-1]}
    return _array(mean_over(values["time"].values, over.values), labels, {**values.attrs, "long_name": title})


def _array(value: Any, labels: Mapping[Any, Any], about: Mapping[str, Any]) -> xr.DataArray:
    import xarray as xr

    return xr.DataArray(value, labels, list(labels), attrs=dict(about))


def _dataset(
    levels: list[float], days: Sequence[Mapping[str, xr.DataArray]], about: dict[str, Any], weeks: int | None, what: str
) -> xr.Dataset:
    import xarray as xr

    dose = xr.Variable("dose", levels, {"units": "mg", "long_name": f"Nightly dose {what}"})
    of = "a week" if weeks == 1 else f"{weeks} weeks"
    title = "Nightly doses at steady state" if weeks is None else f"Last day of {of} of nightly doses"
    return xr.Dataset(
        {
            name: xr.Variable(("dose", *last.dims), np.array([day[name].values for day in days]), last.attrs)
            for name, last in days[-1].items()
        },
        {"dose": dose, **{dim: values for last in days[-1].values() for dim, values in last.coords.items()}},
        {**about, "title": title},
    )
