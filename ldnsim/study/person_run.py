"""One person's run: what comes out, and how it is made again from its record."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack, get_args

import numpy as np
from numpy.typing import NDArray

from ..base.bounds import Cure, Size, acting, refuse_hopeless, rounded_up
from ..base.delimited import POINT
from ..base.errors import InputError
from ..base.files import whole, write_text
from ..base.reading import choice
from ..dosing.regimen import Regimen
from ..dosing.sampling import regular_count
from ..engines.reference import Method
from ..ledger.assumptions import Assumptions
from ..ledger.parameters import CELLS, CONDITIONS, ParameterSet
from ..models.dosable import Model
from ..models.variables import columns_of
from ..plots.lettering import drawn_in
from ..plots.panel_drawing import plot_run
from ..plots.plot_options import PlotOptions
from ..results.carried import digest, told_by
from ..results.dataset import csv_text
from ..results.endpoints import exploratory
from ..results.summary import Summary, summarise
from .account import STARTS, dated
from .intakes import replayed
from .noncompartmental import Analysed, Profiles
from .repeating import account_of, decisions_of, parts_of_record, settings_of
from .study import Study

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from .explanation import Explanation

_NUMBER = 8


@dataclass(frozen=True, eq=False)
class Simulation(Analysed):
    """Result of a run.

    Attributes
    ----------
    data : xarray.Dataset
        Every variable over time, with units, meaning and evidence.
    regimen : Regimen
        What was given.
    assumptions : Assumptions
        Under which account.
    parameters : ParameterSet
        With which values, each with its ledger row.
    model : Model, optional
        In which model, where it is not that of naltrexone.
    """

    data: xr.Dataset
    regimen: Regimen
    assumptions: Assumptions | None
    parameters: ParameterSet
    model: Model | None = None

    @property
    def record(self) -> dict[str, Any]:
        """All that is needed to repeat the run: regimen, assumptions, parameters, versions, settings."""
        found: dict[str, Any] = json.loads(self.data.attrs["record"])
        return found

    def summary(self, *, language: str | None = None) -> Summary:
        """Exposure, blockade, rebound and inflammation in a table.

        Parameters
        ----------
        language : str, optional
            Of words and numbers, as in `plot`; quantities are looked up by their English names in each.

        Returns
        -------
        Summary
            The table.

        Raises
        ------
        InputError
            If there are no words of the language.
        """
        return summarise(self.data, language)

    def _profiles(self) -> Profiles:
        return Profiles([(self.data, {})], [dose.route for dose in self.regimen.dosing()])

    def diary(self) -> pd.DataFrame:
        """Every planned dose and what became of it, decisions included.

        Returns
        -------
        pandas.DataFrame
            Columns time and planned [h], mg and planned_mg [mg], route, and what: empty as planned, or missed,
            late, doubled, decided.
        """
        import pandas as pd

        rows = [
            {
                "time": dose.time,
                "planned": dose.planned,
                "mg": dose.mg,
                "planned_mg": dose.planned_mg,
                "route": dose.route,
                "what": dose.what,
            }
            for dose in self.regimen.diary()
        ]
        decisions = self.record["settings"]["decisions"]
        if decisions is not None:
            given = [row for row in rows if row["what"] != "missed"]
            order = sorted(range(len(given)), key=lambda place: float(str(given[place]["time"])))
            for place, mg in zip(order, decisions, strict=True):
                if mg != given[place]["mg"]:
                    words = [given[place]["what"], "decided"]
                    given[place].update(mg=mg, what=", ".join(str(word) for word in words if word))
        return pd.DataFrame(rows)

    def outcomes(self) -> xr.Dataset:
        """Pain course, responders and side effects: exploratory, see `ldnsim.results.endpoints.exploratory`.

        Raises
        ------
        InputError
            If the model is not that of naltrexone.
        """
        if self.model is not None:
            raise InputError("model", self.model.name, "that of naltrexone, which has outcomes")
        return exploratory(self.data, self.parameters)

    def plot(self, *, language: str | None = None, **options: Unpack[PlotOptions]) -> Any:
        """The four-panel figure, see `ldnsim.plots.four_panels`; of another model what it observes; or panels by name.

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

        Examples
        --------
        >>> import ldnsim
        >>> run = ldnsim.simulate("4.5 mg", until=24)
        >>> axes = run.plot(panels=["plasma", "occupancy_kor"], width="column", points={"plasma_ntx": ([1, 4], [8, 5])})
        >>> [ax.get_title(loc="left").splitlines()[0] for ax in axes]
        ['Plasma', 'Receptors held: kappa']
        """
        return drawn_in(language, lambda: plot_run(self.data, **options))

    def to_frame(self) -> pd.DataFrame:
        """All variables in columns, one row a sample, units in ``frame.attrs["units"]``."""
        import pandas as pd

        columns: dict[str, Any] = {name: self.data[name].values for name in ("time", "clock", "side")}
        units = {"time": "h", "clock": "h", "side": "1"}
        for variable in self.data.data_vars.values():
            for column, values in _columns(variable):
                columns[column] = values
                units[column] = variable.attrs["units"]
        frame = pd.DataFrame(columns)
        frame["assumptions"] = self.data.attrs["assumptions"]
        frame.attrs["units"] = units
        return frame

    def csv(self, *, sep: str = ",", decimal: str = POINT) -> str:
        """`to_frame` as the text of a CSV file, units in the header, the record in remarks (``#``) above it.

        Parameters
        ----------
        sep : {",", ";", tab}
            What stands between cells; ``";"`` where spreadsheets have a decimal comma.
        decimal : {".", ","}
            What stands before decimals.

        Returns
        -------
        str
            The text.

        Raises
        ------
        InputError
            If separators cannot be used.
        """
        return csv_text(self.to_frame(), told_by(self.data.attrs), sep, decimal)

    def to_csv(self, path: str | os.PathLike[str], *, sep: str = ",", decimal: str = POINT) -> None:
        """Write `csv` to a file, whole or not at all; pandas reads it with ``comment="#"`` and the same separators.

        Parameters
        ----------
        path : path-like
            The file.
        sep, decimal : str
            What stands between cells and before decimals, as in `csv`.

        Raises
        ------
        InputError
            If the folder cannot be written to, or separators cannot be used.
        """
        write_text(path, self.csv(sep=sep, decimal=decimal), "csv")

    def to_netcdf(self, path: str | os.PathLike[str]) -> None:
        """Write the dataset with its run record as netCDF 3, whole or not at all.

        Raises
        ------
        InputError
            If the folder cannot be written to.
        """
        with whole(path, "netcdf") as draft:
            self.data.to_netcdf(draft, engine="scipy")

    def explain(self, time: float | str, output: str | None = None) -> Explanation:
        """Which doses, processes and parameters make one point of a curve, see `ldnsim.study.explanation`.

        Parameters
        ----------
        time : float or str
            When: hours, ``"90 min"``, or a day of the run with a clock time, ``"day 3 02:00"``. Just after the doses
            of that moment.
        output : str, optional
            What: a column of `to_frame`, such as ``"plasma_ntx"``; net tone by default, or what another model observes.

        Returns
        -------
        Explanation
            Text, tables and figure.

        Raises
        ------
        InputError
            If the time lies outside the run, there is no such output, or doses of the run were decided on.
        """
        from .explaining import explain

        return explain(read_person(self.record, self.model), self.data, time, output)

    def repeat(self) -> Simulation:
        """Run again from the record; on the same versions the result is the same to the last bit."""
        return repeat_person(self.record, self.model)


def _columns(variable: xr.DataArray) -> list[tuple[str, NDArray[np.float64]]]:
    if variable.dims == ("time",):
        return [(str(variable.name), variable.values)]
    stacked = variable.stack(column=[dim for dim in variable.dims if dim != "time"]).transpose("column", "time")
    return [
        ("_".join([str(variable.name), *map(str, label if isinstance(label, tuple) else (label,))]), values)
        for label, values in zip(stacked["column"].values, stacked.values, strict=True)
    ]


def run_person(study: Study, progress: Callable[[float], None] | None) -> Simulation:
    """Run a regimen in one person.

    Parameters
    ----------
    study : Study
        What is given, to whom.
    progress : callable, optional
        Called with the fraction done.

    Returns
    -------
    Simulation
        The result, with its record.

    Raises
    ------
    InputError
        If the regimen cannot start as asked, or a decision cannot be used.
    SolverError
        If the integration fails, or a steady state is not reached.
    """
    _refuse_hopeless(study)
    decisions: dict[int, float] = {}

    def told(_: int, dose: int, mg: float) -> None:
        decisions[dose] = mg

    trajectory, solver, residual = study.trajectory(told, progress)
    if progress is not None:
        progress(1.0)
    taken = [decisions.get(place, dose.mg) for place, dose in enumerate(study.doses)]
    record = record_of(study, taken if study.decide is not None else None)
    attributes = {**study.attributes(taken), "engine": solver, "record": json.dumps(record)}
    if study.begins_steady:
        attributes["steady_state_residual"] = residual
    data = study.subject.dataset(trajectory, attributes)
    data = data.assign_attrs(digest=digest(data))
    return _result(data if study.regimen.date is None else dated(data, study.regimen), study)


def record_of(study: Study, decisions: Sequence[float] | None = None) -> dict[str, Any]:
    """All that is needed to repeat the run of a study, with what was decided about each dose."""
    settings = {**study.settings, "decisions": decisions}
    return {"regimen": study.regimen.to_dict(), **study.account.record(), "settings": settings}


def _result(data: xr.Dataset, study: Study) -> Simulation:
    account = study.account
    return Simulation(data, study.regimen, account.assumptions, account.parameters, account.own)


def _refuse_hopeless(study: Study) -> None:
    settings, doses, model = study.settings, study.doses, study.model
    until, step = settings["until"], settings["step"]
    samples = regular_count(until, step) + len(settings["at"]) + 2 * len(doses)
    given = sum(dose.time <= until for dose in doses)
    last = max((dose.time + dose.over for dose in doses), default=0.0)
    kept = _NUMBER * columns_of(model.shown, model.shown)
    size = Size(samples, given, acting(until, last), len(model.system.names), kept, settings["engine"])
    refuse_hopeless(
        size,
        Cure("step", step, lambda part: f"at least {rounded_up(step / part):g} h, or fewer times in at"),
        Cure("until", until, lambda part: f"at most {until * part:,.0f} h, or fewer doses"),
    )


def repeat_person(record: Mapping[str, Any], model: Model | None = None) -> Simulation:
    """Run again what a record of one person describes.

    Parameters
    ----------
    record : mapping
        `Simulation.record`.
    model : Model, optional
        The model, where ldnsim cannot make it again.

    Returns
    -------
    Simulation
        The same result, to the last bit where the versions are the same.

    Raises
    ------
    InputError
        If the record is not one of ldnsim.
    """
    return run_person(read_person(record, model), None)


def opened_person(data: xr.Dataset, record: Mapping[str, Any], model: Model | None = None) -> Simulation:
    """The run behind a dataset of one person and its record; raises `InputError` if it is not one of ldnsim."""
    study = read_person(record, model)
    return _result(study.in_order(data), study)


def read_person(record: Mapping[str, Any], model: Model | None) -> Study:
    """The study of a record, checked."""
    found = parts_of_record(record)
    regimen = Regimen.from_dict(found["regimen"])
    needed = ("condition", "cell", "start", "method", "decisions")
    # records of runs before there were others have the reference engine
    settings = settings_of(found["settings"], regimen, needed, {"engine": "reference"})
    for name, choices in {"start": STARTS, "method": get_args(Method), "condition": CONDITIONS, "cell": CELLS}.items():
        choice(name, settings[name], choices)
    account = account_of(found, settings["condition"], settings["cell"], model)
    decisions = settings.pop("decisions")
    decide = None if decisions is None else replayed([decisions_of(decisions, len(regimen.dosing()))])
    return Study(regimen, account, None, settings, decide)
