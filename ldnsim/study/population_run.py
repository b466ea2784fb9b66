"""Running a study: in memory, to a store, on a cluster, or to quantiles alone, and what comes out."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from ..base.delimited import POINT
from ..base.errors import InputError
from ..base.files import whole, write_text
from ..base.near import meant
from ..base.reading import choice, listed, number
from ..dosing.regimen import Regimen
from ..ledger.assumptions import Assumptions
from ..ledger.parameters import CELLS, CONDITIONS, ParameterSet
from ..models.dosable import Model
from ..models.naltrexone import PLASMA
from ..plots.lettering import drawn_in
from ..plots.panel_drawing import plot_run
from ..plots.plot_options import PlotOptions
from ..plots.population_plots import blockade_window, spaghetti
from ..plots.predictive_check import vpc
from ..population.population import Population
from ..results.carried import told_by
from ..results.dataset import csv_text
from ..results.over_time import BANDS, finished
from ..results.people_summary import PeopleSummary, summarise_people
from .account import STARTS
from .collecting import run_population
from .explanation import Unexplained
from .intakes import replayed
from .noncompartmental import Analysed, Profiles
from .outlook import prepare, refuse_too_large
from .repeating import account_of, decisions_of, parts_of_record, people_of, settings_of
from .study import Study

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from distributed import Client


@dataclass(frozen=True, eq=False)
class PopulationRun(Unexplained, Analysed):
    """Result of a population under a regimen.

    Attributes
    ----------
    data : xarray.Dataset
        As of one person, each variable with a first dimension ``person``, or ``quantile`` where only these were
        wanted. Coordinates of ``person`` are ``status`` (0 ok; 1 stiff, solved by the reference engine; 2 failed;
        3 invalid), ``reason``, ``steps``, ``redrawn``, ``replicate``, ``id`` and the covariates. Of a store the
        values are read when they are asked for.
    regimen : Regimen
        What was planned.
    assumptions : Assumptions
        Under which account.
    parameters : ParameterSet
        Typical values, each with its ledger row.
    population : Population
        Who they are, with the seed.
    model : Model, optional
        In which model, where it is not that of naltrexone.
    """

    data: xr.Dataset
    regimen: Regimen
    assumptions: Assumptions | None
    parameters: ParameterSet
    population: Population
    model: Model | None = None

    @property
    def record(self) -> dict[str, Any]:
        """All that is needed to repeat the run: regimen, assumptions, parameters, population, versions, settings."""
        found: dict[str, Any] = json.loads(self.data.attrs["record"])
        return found

    def repeat(self) -> PopulationRun:
        """Run again from the record, in memory; on the same versions the numbers are the same to the last bit."""
        return repeat_population(self.record, self.model)

    def summary(self, *, language: str | None = None) -> PeopleSummary:
        """Exposure, blockade, rebound and inflammation on the last day, with their spread between people.

        Parameters
        ----------
        language : str, optional
            Of words and numbers, as in `plot`; quantities are looked up by their English names in each.

        Returns
        -------
        PeopleSummary
            The table.

        Raises
        ------
        InputError
            If there are no words of the language, or single people were not kept.
        """
        return summarise_people(self.data, language)

    def _profiles(self) -> Profiles:
        routes = [dose.route for dose in self.regimen.dosing()]
        return Profiles([(self.data, {})], routes, list(dict(self.population.residual)))

    def plot(self, *, language: str | None = None, **options: Unpack[PlotOptions]) -> Any:
        """The four-panel figure with bands, of another model what it observes, or panels by name.

        Parameters
        ----------
        **options
            ``panels``, ``ax``, ``log``, ``colors``, ``width``, ``footer`` and ``points``, as
            `ldnsim.plots.plot_options.PlotOptions` has them.
        language : str, optional
            Of words and numbers: ``"en"``, ``"de"``, ``"fr"`` or ``"es"``; as `ldnsim.language` says if none. What was
            typed stays as it is: the regimen, accounts and their choices, names of a user's own model.

        Returns
        -------
        ndarray of matplotlib.axes.Axes, shape (n_panels,), or matplotlib.axes.Axes
            The panels, by default four; of another model the one of what it observes.

        Raises
        ------
        InputError
            If an option does not fit.
        """
        return drawn_in(language, lambda: plot_run(self.data, **options))

    def spaghetti(
        self, name: str = "", ax: Any = None, most: int = 50, *, language: str | None = None, **labels: str
    ) -> Any:
        """Single people as thin lines, see `ldnsim.plots.population_plots.spaghetti`; words as in `plot`."""
        return drawn_in(language, lambda: spaghetti(self.data, name or self._observed, ax, most, **labels))

    def blockade_window(self, ax: Any = None, *, language: str | None = None) -> Any:
        """How many hours of the last day people are blocked, see `ldnsim.plots.population_plots.blockade_window`; words
        as in `plot`.
        """
        return drawn_in(language, lambda: blockade_window(self.data, ax))

    @property
    def _observed(self) -> str:
        return str(self.data.attrs.get("observed", PLASMA))

    def vpc(self, observed: Any, name: str = "", **labels: Any) -> Any:
        """Visual predictive check against data, see `ldnsim.plots.predictive_check.vpc`."""
        return vpc(self.data, observed, name or self._observed, **labels)

    def percentiles(self) -> xr.Dataset:
        """The 5th, 25th, 50th, 75th and 95th percentile over people of every variable; who failed does not count."""
        if "quantile" in self.data.dims:
            return self.data
        good, _ = finished(self.data)
        found = good[list(good.data_vars)].quantile(list(BANDS), "person", keep_attrs=True)
        return found.assign_attrs(self.data.attrs)

    def to_frame(self) -> pd.DataFrame:
        """Percentiles over people in columns such as ``plasma_ntx_p50``, one row a sample, units in ``frame.attrs``."""
        import pandas as pd

        data = self.percentiles()
        columns: dict[str, Any] = {name: data[name].values for name in ("time", "clock", "side")}
        units = {"time": "h", "clock": "h", "side": "1"}
        for name, variable in data.data_vars.items():
            dims = [str(dim) for dim in variable.dims if dim not in ("quantile", "time")]
            for index in np.ndindex(*(variable.sizes[dim] for dim in dims)):
                labels = {dim: str(data[dim].values[place]) for dim, place in zip(dims, index, strict=True)}
                for share in data["quantile"].values:
                    column = "_".join([str(name), *labels.values(), f"p{100 * share:g}"])
                    columns[column] = variable.sel({"quantile": share, **labels}).values
                    units[column] = variable.attrs["units"]
        frame = pd.DataFrame(columns)
        frame["assumptions"] = self.data.attrs["assumptions"]
        frame.attrs["units"] = units
        return frame

    def to_csv(self, path: str | os.PathLike[str], *, sep: str = ",", decimal: str = POINT) -> None:
        """Write `to_frame` as CSV with units in the header and the record in remarks (``#``), whole or not at all.

        Parameters
        ----------
        path : path-like
            The file.
        sep, decimal : str
            What stands between cells and before decimals, as in `ldnsim.Simulation.csv`.

        Raises
        ------
        InputError
            If the folder cannot be written to, or separators cannot be used.
        """
        write_text(path, csv_text(self.to_frame(), told_by(self.data.attrs), sep, decimal), "csv")

    def to_netcdf(self, path: str | os.PathLike[str]) -> None:
        """Write the dataset with its run record as netCDF 3, whole or not at all.

        Raises
        ------
        InputError
            If the folder cannot be written to.
        """
        plain = {
            name: ("person", [str(reason) for reason in self.data[name].values], self.data[name].attrs)
            for name in self._texts()
        }
        with whole(path, "netcdf") as draft:
            self.data.assign_coords(plain).to_netcdf(draft, engine="scipy")

    def _texts(self) -> list[str]:
        return [
            str(name)
            for name, values in self.data.coords.items()
            if values.dtype.kind in "OTU" and values.dims == ("person",)
        ]


def kept_of(outputs: Sequence[str] | None, dtype: str | None, model: Model, *, stored: bool) -> dict[str, Any]:
    """What is kept of each person, from what a user says.

    Raises
    ------
    InputError
        If a variable is not known, said twice, or a kind of number is not known.
    """
    expected = f"at least one variable, each once, of {', '.join(model.shown)}"
    usual = model.kept or tuple(model.shown)
    given = usual if outputs is None else [outputs] if isinstance(outputs, str) else outputs
    wanted = listed(given, "outputs", expected)
    unknown = [name for name in wanted if not isinstance(name, str) or name not in model.shown]
    if unknown:
        raise InputError("outputs", unknown[0], expected + meant(unknown[0], model.shown))
    if not wanted or len(set(wanted)) < len(wanted):
        raise InputError("outputs", wanted, expected)
    if not (dtype is None or (isinstance(dtype, str) and dtype in ("float32", "float64"))):
        raise InputError("dtype", dtype, "'float32' or 'float64'")
    return {"outputs": wanted, "dtype": dtype or ("float32" if stored else "float64")}


def simulate_population(
    study: Study,
    *,
    store: str | os.PathLike[str] | None = None,
    quantiles: Sequence[float] | None = None,
    client: Client | None = None,
    progress: Callable[[float], None] | bool | None = None,
) -> PopulationRun:
    """Run a study and say all that is needed to repeat it.

    Parameters
    ----------
    study : Study
        Who, and what.
    store, quantiles, client, progress
        As in `ldnsim.simulate`.

    Returns
    -------
    PopulationRun
        The result.

    Raises
    ------
    InputError
        If arguments do not go together, or the store holds something else.
    """
    given = quantiles if np.iterable(quantiles) else ()
    levels = None if quantiles is None else [number(level, "quantiles", low=0.0, high=1.0) for level in given]
    if levels is not None and (store is not None or not levels or levels != sorted(set(levels))):
        raise InputError("quantiles", quantiles, "increasing shares from 0 to 1, without a store")
    unknown = [name for name in dict(study.people.residual) if name not in study.settings["outputs"]]
    if unknown:
        raise InputError("residual", unknown[0], f"a variable that is kept: {', '.join(study.settings['outputs'])}")
    if not (progress is None or isinstance(progress, bool) or callable(progress)):
        raise InputError("progress", progress, "True, False, or a function of the fraction done")
    for name, value in {"store": store, "quantiles": quantiles, "client": client}.items():
        if study.decide is not None and value is not None:
            raise InputError(name, value, "to be left out beside decide=, whose answers are kept in memory")
    account = study.account
    record = {
        "regimen": study.regimen.to_dict(),
        **account.record(),
        "condition": account.condition,
        "cell": account.cell,
        "population": study.people.to_dict(),
        "settings": {**study.settings, "quantiles": levels},
    }
    shown = progress is True or (progress is None and (store is not None or sys.stderr.isatty()))
    refuse_too_large(study, in_memory=store is None and levels is None, only_quantiles=levels is not None)
    # to wait for a compiler without a word is worse than a word too many
    prepare(study, quiet=progress is False)
    data = run_population(
        study, record, store=store, quantiles=levels, client=client, quiet=not shown,
        report=progress if callable(progress) else None,
    )  # fmt: skip
    return _result(data, study)


def repeat_population(record: Mapping[str, Any], model: Model | None = None) -> PopulationRun:
    """Run again what a record of a population describes, in memory.

    Parameters
    ----------
    record : mapping
        `PopulationRun.record`.
    model : Model, optional
        The model, where ldnsim cannot make it again.

    Returns
    -------
    PopulationRun
        The same result, to the last bit where the versions are the same.

    Raises
    ------
    InputError
        If the record is not one of ldnsim.
    """
    study, quantiles = read_population(record, model)
    return simulate_population(study, quantiles=quantiles, progress=False)


def opened_population(data: xr.Dataset, record: Mapping[str, Any], model: Model | None = None) -> PopulationRun:
    """The run behind a dataset of a population and its record; raises `InputError` if it is not one of ldnsim."""
    study, _ = read_population(record, model)
    return _result(study.in_order(data), study)


def _result(data: xr.Dataset, study: Study) -> PopulationRun:
    account = study.account
    return PopulationRun(data, study.regimen, account.assumptions, account.parameters, study.people, account.own)


def read_population(record: Mapping[str, Any], model: Model | None) -> tuple[Study, Any]:
    """The study of a record, checked, and the quantiles that were kept."""
    found = parts_of_record(record, ("condition", "cell", "population"))
    regimen = Regimen.from_dict(found["regimen"])
    # populations of 0.1.0 started untreated, and nothing was decided about their doses
    usual = {"start": "untreated", "decisions": None}
    settings = settings_of(found["settings"], regimen, ("outputs", "dtype", "quantiles"), usual)
    if choice("start", settings["start"], STARTS) == STARTS[0]:
        settings.pop("start")
    quantiles, decisions = settings.pop("quantiles"), settings.pop("decisions")
    condition, cell = choice("condition", found["condition"], CONDITIONS), choice("cell", found["cell"], CELLS)
    account = account_of(found, condition, cell, model)
    settings |= kept_of(settings["outputs"], settings["dtype"], account.model(regimen.clock), stored=False)
    study = Study(regimen, account, people_of(found["population"], account), settings)
    if decisions is None:
        return study, quantiles
    people = listed(decisions, "decisions", "mg of each dose, one list a person")
    if len(people) != study.n_people:
        raise InputError("decisions", len(people), f"mg of each dose of {study.n_people} people")
    given = [decisions_of(one, len(study.doses)) for one in people]
    return replace(study, decide=replayed(given)), quantiles
