"""Running: from a regimen and assumptions to a result that can be repeated exactly."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack, overload

from .base.errors import InputError
from .dosing.event_table import EventTable
from .dosing.regimen import Regimen
from .engines.reference import Method
from .ledger.assumptions import Assumptions
from .models.dosable import Model
from .population.population import Population
from .study.account import Endotoxin
from .study.asking import Asked, account_for
from .study.intakes import Decide
from .study.options import Engine, OfOnePerson, OfPopulation, OfTable
from .study.person_run import Simulation, repeat_person, run_person
from .study.population_run import PopulationRun, kept_of, repeat_population, simulate_population
from .study.table_people import run_table_of, run_table_study
from .study.table_record import table_study
from .study.table_run import TableRun

if TYPE_CHECKING:
    from distributed import Client


# the settings are spelt out once, below; here only what comes out is told apart
@overload
def simulate(regimen: Regimen | str, *, population: Population, **settings: Unpack[OfPopulation]) -> PopulationRun: ...
@overload
def simulate(regimen: Regimen | str, *, population: None = None, **settings: Unpack[OfOnePerson]) -> Simulation: ...
@overload
def simulate(regimen: EventTable, **settings: Unpack[OfTable]) -> TableRun: ...
def simulate(
    regimen: Regimen | str | EventTable,
    *,
    population: Population | None = None,
    model: Model | None = None,
    assumptions: Assumptions | str = "popular",
    condition: str = "healthy",
    cell: str = "microglia",
    parameters: Mapping[str, object] | None = None,
    source: str = "changed by the user",
    covariates: Mapping[str, object] | None = None,
    start: str = "untreated",
    decide: Decide | None = None,
    clock: str | float | None = None,
    until: float | str | None = None,
    step: float | str | None = None,
    at: object = (),
    endotoxin: Endotoxin | None = None,
    method: Method = "LSODA",
    engine: Engine = "auto",
    rtol: float | None = None,
    outputs: Sequence[str] | None = None,
    dtype: str | None = None,
    store: str | os.PathLike[str] | None = None,
    quantiles: Sequence[float] | None = None,
    client: Client | None = None,
    progress: Callable[[float], None] | bool | None = None,
) -> Simulation | PopulationRun | TableRun:
    """Simulate a regimen or an event table, in one typical adult or a population, in any model.

    Parameters
    ----------
    regimen : Regimen, str or EventTable
        What is given; a text is read by `Regimen.parse`.
    population : Population, optional
        Who takes it, where it is not one typical adult: a `Population`, or `Individuals`. A table with one ID is taken
        by all of them; one with several has a person for each.
    model : Model, optional
        One of `ldnsim.models`, or one of the user's own; the naltrexone model by default. Another one holds its own
        parameters and assumptions. A regimen gives it mg, see `ldnsim.models.Model`.
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
    covariates : mapping of str to float or str, optional
        What is known of the person, for example ``{"weight": 55, "liver": "compensated"}``: weight [kg], age [year],
        creatinine_clearance [mL/min], smoking, liver, sex. They act on the parameters as the ledger allows, on top of
        what `parameters` changes; in another model, on functions of the covariates. A population has its own.
    start : {"untreated", "steady-state"}
        Whether the first step of the regimen has just begun, or has gone on forever, without a missed dose.
    decide : callable, optional
        ``decide(moment)`` is asked at each dose of a regimen and says how many mg are given, or None
        for what is planned; see `ldnsim.study.intakes.Moment`. It is asked for each person of a population, told apart
        by ``moment.subject``. What it says is recorded, and for a population stands in ``data.given``.
    clock : str or float, optional
        For an event table: hour of the day at TIME 0, 22:00 by default. A regimen has its own.
    until : float or str, optional
        End of the run [h] or a text such as ``"8 weeks"``; by default the end of the regimen,
        48 h after a single dose, or the last row of each subject of a table.
    step : float or str, optional
        Distance of the samples [h]; by default 0.1 h for one person, and for a population 1 h, with a quarter of an
        hour in the first three hours after each planned dose.
    at : float, str, EventTable, or a sequence of these
        Further sample times, see `ldnsim.dosing.sampling.sample_times`.
    endotoxin : Endotoxin, optional
        A challenge with endotoxin on the way.
    method : {"LSODA", "DOP853", "BDF", "Radau"}
        Integration method of SciPy.
    engine : {"auto", "compiled", "batch", "reference", "exact"}
        ``compiled`` is a kernel that Numba compiles from the equations (extra ``fast``); its first run for a new
        structure compiles for some seconds, which is kept on disk. ``batch`` runs the same equations on NumPy alone,
        many people at once. ``reference`` is SciPy, one person at a time. ``exact`` solves models that declare
        themselves linear, by the modes of their matrices. ``auto`` takes ``exact`` for such a model, else ``reference``
        for tables and for one person, and for a population ``compiled`` where Numba is installed, or ``batch``.
    rtol : float, optional
        Relative tolerance; by default 1e-10 for ``reference``, and 2e-6 for the others, chosen for an error
        below 1e-5 of the range of every output; what a dose of a microgram or less moves is known less well. The others
        take a tenth of it where parameters are changed, or one spreads more than tenfold in nine people of ten.
    outputs : sequence of str, optional
        For a population: which variables are kept, see `ldnsim.models.naltrexone.VARIABLES`; by default those of the
        four-panel figure, and all of another model.
    dtype : {"float32", "float64"}, optional
        For a population: how numbers are kept; ``float32`` in a store and ``float64`` in memory by default.
    store : path-like, optional
        For a population: folder of a Zarr store that is filled chunk by chunk. The same call goes on where a run was
        stopped, even by force (extra ``scale``).
    quantiles : sequence of float, optional
        For a population: keep these quantiles over people instead of the people.
    client : distributed.Client, optional
        For a population: Dask cluster that computes the chunks (extra ``scale``).
    progress : callable or bool, optional
        Called with the fraction done. For a population True shows a bar on standard error, False shows nothing; by
        default there is a bar on a terminal, and before a store is filled a line about memory and disk.

    Returns
    -------
    Simulation, PopulationRun or TableRun
        Of a regimen, data with units, evidence and the record of the run; of a table, its rows.

    Raises
    ------
    InputError
        If an argument cannot be used; the text names it and what would be right.
    SolverError
        If the integration fails or comes to no end, or a steady state is not reached.

    Warns
    -----
    LdnsimWarning
        If the run will take more than ten minutes. What would take more than a month, or half of the machine's memory,
        is an `InputError` before anything is allocated.

    Examples
    --------
    >>> run = simulate("4.5 mg at 22:00", step=0.5)
    >>> round(float(run.data.plasma.sel(analyte="ntx").max()), 1)
    1.3
    """
    given = _read(regimen)
    asked = Asked(population, decide, endotoxin, start, until, step, at, engine, method, rtol)
    of_people = {"outputs": outputs, "dtype": dtype, "store": store, "quantiles": quantiles, "client": client}
    several = population is not None and not isinstance(given, EventTable)
    for name, value in of_people.items():
        if not several and value is not None:
            raise InputError(name, value, "to be left out without population=, and for an event table")
    if not several and not (progress is None or progress is False or callable(progress)):
        raise InputError("progress", progress, "a function of the fraction done, or False, because there is no bar")
    report = progress if callable(progress) else None
    whom: dict[str, Any] = {
        "assumptions": assumptions, "condition": condition, "cell": cell, "parameters": parameters, "source": source,
        "covariates": covariates,
    }  # fmt: skip
    if isinstance(given, EventTable):
        return run_table_of(given, model, population, whom, asked.of_table(given), clock, report)
    if clock is not None:
        cure = "EventTable.from_regimen(..., cmt='depot') makes a table, which takes it"
        raise InputError("clock", clock, f"to be left out for a regimen; {cure}")
    account = account_for(model, population, **whom)
    if population is None:
        return run_person(asked.study(given, account, {}), report)
    kept = kept_of(outputs, dtype, account.model(given.clock), stored=store is not None)
    return simulate_population(
        asked.study(given, account, kept), store=store, quantiles=quantiles, client=client, progress=progress
    )


def _read(regimen: object) -> Regimen | EventTable:
    if isinstance(regimen, str):
        return Regimen.parse(regimen)
    if isinstance(regimen, Regimen | EventTable):
        return regimen
    expected = "a Regimen, a text such as '4.5 mg at 22:00 daily for 28 days', or an EventTable"
    raise InputError("regimen", regimen, expected)


def repeat(record: Mapping[str, Any], model: Model | None = None) -> Simulation | PopulationRun | TableRun:
    """Run again what a record describes.

    Parameters
    ----------
    record : mapping
        The ``record`` of a run, or what ``json.loads`` gives for the attribute ``record`` of a saved dataset.
    model : Model, optional
        The model of the run, where it is one that ldnsim cannot make again, as of a user's own: a record holds its
        parameters, not its equations.

    Returns
    -------
    Simulation, PopulationRun or TableRun
        The same result, to the last bit where the versions are the same; of a population in memory.

    Raises
    ------
    InputError
        If the record is not one of ldnsim.
    """
    if not isinstance(record, Mapping):
        raise InputError("record", record, "the record of a run of ldnsim")
    if "table" in record:
        return run_table_study(table_study(record, model))
    return repeat_population(record, model) if "population" in record else repeat_person(record, model)
