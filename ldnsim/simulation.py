"""Running: from a regimen and assumptions to a result that can be repeated exactly."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from .dosable import Model
from .endpoints import exploratory
from .errors import InputError
from .events import EventTable
from .files import whole
from .intakes import Decide, replayed
from .naltrexone import ROUTES, naltrexone
from .parameters import Assumptions, Entry, ParameterSet, resolve
from .phases import BEDTIME, clock_of
from .regimen import Regimen
from .results import VARIABLES
from .runs import Account, run_regimen
from .sampling import sample_times
from .solve.reference import RTOL, Method
from .summary import Summary, summarise
from .tables import Settings, SubjectRun, TableRun, dose_attributes, run_table
from .units import hours, number

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


Engine = Literal["reference", "compiled"]

USUAL_RTOL: Mapping[Engine, float] = MappingProxyType({"reference": RTOL, "compiled": 1e-6})
"""Relative tolerance of each engine where none is said."""


@dataclass(frozen=True)
class Endotoxin:
    """A challenge with endotoxin (LPS), as in studies of human endotoxaemia.

    Attributes
    ----------
    time : float
        When it is given [h].
    peak : float
        Highest drive that it adds to the untreated drive of 1 [1].
    """

    time: float
    peak: float


@dataclass(frozen=True, eq=False)
class Simulation:
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
    """

    data: xr.Dataset
    regimen: Regimen
    assumptions: Assumptions
    parameters: ParameterSet

    @property
    def record(self) -> dict[str, Any]:
        """All that is needed to repeat the run: regimen, assumptions, parameters, versions, settings."""
        found: dict[str, Any] = json.loads(self.data.attrs["record"])
        return found

    def summary(self) -> Summary:
        """Exposure, blockade, rebound and inflammation in a table."""
        return summarise(self.data)

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
        """Pain course, responders and side effects: exploratory, see `ldnsim.endpoints.exploratory`."""
        return exploratory(self.data, self.parameters)

    def plot(self) -> Any:
        """The four-panel figure, see `ldnsim.plots.four_panels`.

        Returns
        -------
        ndarray of matplotlib.axes.Axes, shape (4,)
            The panels.
        """
        from . import plots

        return plots.four_panels(self.data)

    def to_frame(self) -> pd.DataFrame:
        """All variables in columns, one row a sample, units in ``frame.attrs["units"]``."""
        import pandas as pd

        columns: dict[str, Any] = {name: self.data[name].values for name in ("time", "clock", "side")}
        units = {"time": "h", "clock": "h", "side": "1"}
        for name in ("plasma", *VARIABLES):
            variable = self.data[name]
            for column, values in _columns(variable):
                columns[column] = values
                units[column] = variable.attrs["units"]
        frame = pd.DataFrame(columns)
        frame["assumptions"] = self.data.attrs["assumptions"]
        frame.attrs["units"] = units
        return frame

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write `to_frame` as CSV, units in the header, whole or not at all.

        Raises
        ------
        InputError
            If the folder cannot be written to.
        """
        frame = self.to_frame()
        units = frame.attrs["units"]
        header = [f"{name} [{units[name]}]" if units.get(name, "1") != "1" else name for name in frame.columns]
        with whole(path, "csv") as draft:
            frame.to_csv(draft, index=False, header=header, float_format="%.7g")

    def to_netcdf(self, path: str | os.PathLike[str]) -> None:
        """Write the dataset with its run record as netCDF 3, whole or not at all.

        Raises
        ------
        InputError
            If the folder cannot be written to.
        """
        with whole(path, "netcdf") as draft:
            self.data.to_netcdf(draft, engine="scipy")

    def repeat(self) -> Simulation:
        """Run again from the record; on the same versions the result is the same to the last bit."""
        return repeat(self.record)


def _columns(variable: xr.DataArray) -> list[tuple[str, NDArray[np.float64]]]:
    if variable.dims == ("time",):
        return [(str(variable.name), variable.values)]
    stacked = variable.stack(column=[dim for dim in variable.dims if dim != "time"]).transpose("column", "time")
    return [
        ("_".join([str(variable.name), *map(str, label if isinstance(label, tuple) else (label,))]), values)
        for label, values in zip(stacked["column"].values, stacked.values, strict=True)
    ]


# the settings are spelt out once, below; here only what comes out is told apart
@overload
def simulate(regimen: Regimen | str, **settings: Any) -> Simulation: ...
@overload
def simulate(regimen: EventTable, **settings: Any) -> TableRun: ...
def simulate(  # type: ignore[misc]
    regimen: Regimen | str | EventTable,
    *,
    model: Model | None = None,
    assumptions: Assumptions | str = "popular",
    condition: str = "healthy",
    cell: str = "microglia",
    parameters: Mapping[str, object] | None = None,
    source: str = "changed by the user",
    start: str = "untreated",
    decide: Decide | None = None,
    clock: str | float | None = None,
    until: float | str | None = None,
    step: float | str = 0.1,
    at: object = (),
    endotoxin: Endotoxin | None = None,
    method: Method = "LSODA",
    engine: Engine = "reference",
    rtol: float | None = None,
    progress: Callable[[float], None] | None = None,
) -> Simulation | TableRun:
    """Simulate a regimen in one typical adult, or an event table in any model.

    Parameters
    ----------
    regimen : Regimen, str or EventTable
        What is given; a text is read by `Regimen.parse`.
    model : Model, optional
        For an event table: one of `ldnsim.models`; the naltrexone model by default.
    assumptions : Assumptions or str
        ``"popular"``, ``"measured"``, or choices on the axes, see `Assumptions`.
    condition : {"healthy", "fibromyalgia", "multiple-sclerosis"}
        Whose starting levels results are compared with.
    cell : {"microglia", "macrophage", "mast-cell"}
        Which TLR4-bearing cells are meant.
    parameters : mapping of str to float or str, optional
        Changed parameters, for example ``{"pk.cl": "120 L/h"}``; see ``ldnsim parameters``.
    source : str
        Where the changed values come from.
    start : {"untreated", "steady-state"}
        Whether the first step of the regimen has just begun, or has gone on forever.
    decide : callable, optional
        ``decide(moment)`` is asked at each dose of a regimen and says how many mg are given, or None
        for what is planned; see `ldnsim.intakes.Moment`. What it says is recorded.
    clock : str or float, optional
        For an event table: hour of the day at TIME 0, 22:00 by default. A regimen has its own.
    until : float or str, optional
        End of the run [h] or a text such as ``"8 weeks"``; by default the end of the regimen,
        48 h after a single dose, or the last row of each subject of a table.
    step : float or str, optional
        Distance of the samples [h].
    at : float, str, EventTable, or a sequence of these
        Further sample times, see `ldnsim.sampling.sample_times`.
    endotoxin : Endotoxin, optional
        A challenge with endotoxin on the way.
    method : {"LSODA", "DOP853", "BDF", "Radau"}
        Integration method of SciPy.
    engine : {"reference", "compiled"}
        SciPy, or for a regimen the kernel that Numba compiles from the same equations (extra ``fast``); its
        first run for a new structure compiles for some seconds, which is kept on disk.
    rtol : float, optional
        Relative tolerance; 1e-10 for the reference engine and 1e-6 for the compiled one by default.
    progress : callable, optional
        Called with the fraction done.

    Returns
    -------
    Simulation or TableRun
        Of a regimen, data with units, evidence and the record of the run; of a table, its rows.

    Raises
    ------
    InputError
        If an argument cannot be used; the text names it and what would be right.
    SolverError
        If the integration fails, or a steady state is not reached.

    Examples
    --------
    >>> run = simulate("4.5 mg at 22:00", step=0.5)
    >>> round(float(run.data.plasma.sel(analyte="ntx").max()), 1)
    0.8
    """
    method, engine = _method(method), _engine(engine)
    rtol = number(USUAL_RTOL[engine] if rtol is None else rtol, "rtol", low=1e-13, high=1e-2)
    table = isinstance(regimen, EventTable)
    if isinstance(regimen, str):
        regimen = Regimen.parse(regimen)
    elif not isinstance(regimen, Regimen | EventTable):
        raise InputError(
            "regimen", regimen, "a Regimen, a text such as '4.5 mg at 22:00 daily for 28 days', or an EventTable"
        )
    if start not in ("untreated", "steady-state"):
        raise InputError("start", start, "'untreated' or 'steady-state'")
    if isinstance(regimen, EventTable) and until is None and all(row.event != "observation" for row in regimen.rows):
        raise InputError("until", until, "an end, because the table has no observation row at which it would end")
    if table and engine != "reference":
        raise InputError("engine", engine, "'reference' for an event table")
    unsaid = {"start": (start, "untreated"), "decide": (decide, None), "endotoxin": (endotoxin, None)}
    for name, (given, usual) in unsaid.items():
        if table and given != usual:
            raise InputError(name, given, "to be left out for an event table, whose rows say it (SS, EVID)")
    for name, other in {"model": model, "clock": clock}.items():
        if not table and other is not None:
            raise InputError(
                name,
                "given",
                "to be left out for a regimen; EventTable.from_regimen(..., cmt='depot') makes a table, which takes it",
            )
    reading = Settings(hours(step, "step"), at, None if until is None else hours(until, "until"), method, rtol)
    if progress is not None and not callable(progress):
        raise InputError("progress", progress, "a function of the fraction done")
    if decide is not None and not callable(decide):
        raise InputError("decide", decide, "a function of the moment that gives mg, or None")
    if isinstance(regimen, EventTable) and model is not None:
        if not isinstance(model, Model):
            raise InputError("model", model, "a model, such as ldnsim.models.one_compartment(CL=2, V=20)")
        for name, changed in (
            ("assumptions", assumptions != "popular"),
            ("condition", condition != "healthy"),
            ("cell", cell != "microglia"),
            ("parameters", parameters is not None),
            ("clock", clock is not None),
        ):
            if changed:
                raise InputError(name, "given", "to be left out beside model=, which holds its own parameters")
        return TableRun(regimen, model, run_table(regimen, model, reading, progress), {}, reading)
    chosen = Assumptions.of(assumptions)
    found = resolve(chosen, condition=condition, cell=cell)
    if parameters is not None:
        if not isinstance(parameters, Mapping):
            raise InputError("parameters", parameters, "a mapping such as {'pk.cl': '120 L/h'}")
        found = found.replace(parameters, source)
    account = Account(chosen, found, condition, cell)
    if isinstance(regimen, EventTable):
        model = naltrexone(found, clock_of(BEDTIME if clock is None else clock, "clock"))
        runs = run_table(regimen, model, reading, progress)
        label = partial(_label, regimen, model, account)
        return TableRun(regimen, model, runs, {"assumptions": account.name}, reading, label)
    if endotoxin is not None:
        if not isinstance(endotoxin, Endotoxin):
            raise InputError("endotoxin", endotoxin, "an Endotoxin(time, peak)")
        endotoxin = Endotoxin(
            hours(endotoxin.time, "endotoxin.time"), number(endotoxin.peak, "endotoxin.peak", low=0.0)
        )
    end = regimen.horizon if until is None else hours(until, "until")
    settings = {
        "condition": condition,
        "cell": cell,
        "start": start,
        "until": end,
        "step": hours(step, "step"),
        "at": sample_times(at, clock=regimen.clock, until=end),
        "endotoxin": None if endotoxin is None else asdict(endotoxin),
        "engine": engine,
        "method": method,
        "rtol": rtol,
    }
    return _run(regimen, account, settings, decide, progress)


def _label(table: EventTable, model: Model, account: Account, run: SubjectRun) -> xr.Dataset:
    """The dataset of one subject of a table in the naltrexone model."""
    rows = [row for row in table.rows if row.amt and row.event in ("dose", "reset-dose", "replace")]
    routes = {model.compartment(row.cmt, model.dose, row.place).name for row in rows}
    about = {"title": f"ldnsim: {table.source}", "regimen": f"event table {table.source}", **dose_attributes(run)}
    about["dose_mg"] = about.pop("dose_amount")
    return account.dataset(model, run.trajectory, (route for route in ROUTES if route in routes), [], about)


def repeat(record: Mapping[str, Any]) -> Simulation:
    """Run again what a record describes.

    Parameters
    ----------
    record : mapping
        ``Simulation.record``, or what ``json.loads`` gives for the attribute ``record`` of a
        saved dataset.

    Returns
    -------
    Simulation
        The same result, to the last bit where the versions are the same.

    Raises
    ------
    InputError
        If the record is not one of ldnsim.
    """
    try:
        regimen = Regimen.from_dict(record["regimen"])
        assumptions = Assumptions(**record["assumptions"])
        found = ParameterSet({name: Entry(*values) for name, values in record["parameters"].items()})
        settings = dict(record["settings"])
        settings.setdefault("engine", "reference")
        account = Account(assumptions, found, settings["condition"], settings["cell"])
        decisions = settings.pop("decisions")
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError("record", record, "the record of a run of ldnsim") from error
    return _run(regimen, account, settings, None if decisions is None else replayed(decisions), None)


def _run(
    regimen: Regimen,
    account: Account,
    settings: Mapping[str, Any],
    decide: Decide | None,
    progress: Callable[[float], None] | None,
) -> Simulation:
    data = run_regimen(regimen, account, settings, decide, progress)
    return Simulation(data, regimen, account.assumptions, account.parameters)


def _engine(engine: str) -> Engine:
    for one in USUAL_RTOL:
        if engine == one:
            return one
    raise InputError("engine", engine, f"one of {', '.join(USUAL_RTOL)}")


def _method(method: str) -> Method:
    known: tuple[Method, ...] = ("LSODA", "DOP853", "BDF", "Radau")
    for one in known:
        if method == one:
            return one
    raise InputError("method", method, f"one of {', '.join(known)}")
