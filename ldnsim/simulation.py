"""Running: from a regimen and assumptions to a result that can be repeated exactly."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack, overload

from .base.errors import InputError
from .base.units import HOURS_PER_DAY, hours, number
from .dosing.event_table import EventTable
from .dosing.regimen import Regimen
from .dosing.sampling import after_doses, sample_times
from .engines.choice import USUAL_RTOL, Chosen, Name, usual_for_many
from .engines.reference import Method
from .ledger.parameters import Assumptions, choice, resolve
from .models.dosable import Model
from .models.naltrexone import ROUTES, naltrexone
from .population.covariates import of_one, read_for_one
from .population.population import Population
from .results.dataset import Trajectory
from .results.views import dose_attributes
from .study.cohort import Cohort
from .study.intakes import Decide
from .study.options import Engine, OfOnePerson, OfPopulation, OfTable
from .study.person_run import Simulation, repeat_person, run_person
from .study.planning import Planned
from .study.population_run import PopulationRun, kept_of, repeat_population, simulate_population
from .study.runs import STARTS, Account, Endotoxin
from .study.table_covariates import Person, over_time, with_covariates
from .study.table_run import TableRun
from .study.tables import Settings, doses_of, run_table

if TYPE_CHECKING:
    import xarray as xr
    from distributed import Client


USUAL_STEP, USUAL_STEP_OF_PEOPLE = 0.1, 1.0
"""Distance of the samples where none is said, of one person and of a population [h]."""


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
    """Simulate a regimen in one typical adult or a population, or an event table in any model.

    Parameters
    ----------
    regimen : Regimen, str or EventTable
        What is given; a text is read by `Regimen.parse`.
    population : Population, optional
        Who takes the regimen, where it is not one typical adult.
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
    covariates : mapping of str to float or str, optional
        What is known of the person, for example ``{"weight": 55, "liver": "compensated"}``: weight [kg], age [year],
        creatinine_clearance [mL/min], smoking, liver, sex. They act on the parameters as the ledger allows, on top of
        what `parameters` changes. A population has its own, see `Population`.
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
        themselves linear, by the modes of their matrices. ``auto`` takes ``exact`` for a table of such a model,
        ``reference`` for other tables and for one person, and for a population ``compiled`` where Numba is installed,
        else ``batch``.
    rtol : float, optional
        Relative tolerance; by default 1e-10 for ``reference``, and 2e-6 for the others, chosen for an error
        below 1e-5 of the range of every output; what a dose of a microgram or less moves is known less well. The others
        take a tenth of it where parameters are changed, or one spreads more than tenfold in nine people of ten.
    outputs : sequence of str, optional
        For a population: which variables are kept, see `ldnsim.results.dataset.VARIABLES`; by default those of the
        four-panel figure.
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
    0.8
    """
    method, table = _method(method), isinstance(regimen, EventTable)
    if population is not None and not isinstance(population, Population):
        raise InputError("population", population, "a Population, such as Population(1000, seed=1)")
    choice("engine", engine, ("auto", *USUAL_RTOL))
    rtol = None if rtol is None else number(rtol, "rtol", low=1e-13, high=1e-2)
    finer = step is None
    if step is None:
        step = USUAL_STEP if population is None else USUAL_STEP_OF_PEOPLE
    of_people = {"outputs": outputs, "dtype": dtype, "store": store, "quantiles": quantiles, "client": client}
    for name, value in of_people.items():
        if population is None and value is not None:
            raise InputError(name, value, "to be left out without population=")
    if isinstance(regimen, str):
        regimen = Regimen.parse(regimen)
    elif not isinstance(regimen, Regimen | EventTable):
        raise InputError(
            "regimen", regimen, "a Regimen, a text such as '4.5 mg at 22:00 daily for 28 days', or an EventTable"
        )
    choice("start", start, STARTS)
    if isinstance(regimen, EventTable) and until is None and not any(map(regimen.shows, regimen.rows)):
        raise InputError("until", until, "an end, because the table has no observation row at which it would end")
    unsaid = {"start": (start, "untreated"), "decide": (decide, None), "endotoxin": (endotoxin, None)}
    for name, (given, usual) in unsaid.items():
        # an array is not compared, which would give an array
        if given is usual or (isinstance(given, str) and given == usual):
            continue
        if table:
            raise InputError(name, given, "to be left out for an event table, whose rows say it (SS, EVID)")
    if table and population is not None:
        raise InputError("population", population.n, "to be left out for an event table, whose subjects are its people")
    for name, other in {"model": model, "clock": clock}.items():
        if not table and other is not None:
            raise InputError(
                name,
                "given",
                "to be left out for a regimen; EventTable.from_regimen(..., cmt='depot') makes a table, which takes it",
            )
    reading = Settings(
        hours(step, "step"), at, None if until is None else hours(until, "until"), Chosen(engine, method, rtol)
    )
    if population is None and progress is not None and (isinstance(progress, bool) or not callable(progress)):
        raise InputError("progress", progress, "a function of the fraction done")
    report = progress if callable(progress) else None
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
            ("covariates", covariates is not None),
            ("clock", clock is not None),
        ):
            if changed:
                raise InputError(name, "given", "to be left out beside model=, which holds its own parameters")
        return TableRun(regimen, model, run_table(regimen, model, reading, report), {}, reading)
    chosen = Assumptions.of(assumptions)
    found = resolve(chosen, condition=condition, cell=cell)
    if parameters is not None:
        if not isinstance(parameters, Mapping):
            raise InputError("parameters", parameters, "a mapping such as {'pk.cl': '120 L/h'}")
        found = found.replace(parameters, source)
    known, unchanged = read_for_one(covariates), found
    if known and population is not None:
        raise InputError("covariates", covariates, "to be left out beside population=, which has its own")
    if known:
        found = of_one(known, found)
    account = Account(chosen, found, condition, cell, known)
    if isinstance(regimen, EventTable):
        regimen, person, many = with_covariates(regimen, unchanged, known)
        model = replace(
            naltrexone(found, regimen.clock_at_start(clock)),
            fill=lambda covariates: person(covariates).parameters,
            fill_many=many,
        )
        runs = run_table(regimen, model, reading, report)
        label = partial(_label, regimen, model, account, person)
        return TableRun(regimen, model, runs, {"assumptions": account.name}, reading, label)
    if endotoxin is not None and not isinstance(endotoxin, Endotoxin):
        raise InputError("endotoxin", endotoxin, "an Endotoxin(time, peak)")
    end = regimen.horizon if until is None else hours(until, "until")
    solver = _solver(engine, many=population is not None)
    settings: dict[str, Any] = {
        "condition": condition,
        "cell": cell,
        "start": start,
        "until": end,
        "step": hours(step, "step"),
        "at": sample_times(at, clock=regimen.clock, until=end),
        "endotoxin": None if endotoxin is None else endotoxin.plain(),
        "engine": solver,
        "method": method,
        "rtol": USUAL_RTOL[solver] if rtol is None else rtol,
    }
    if population is not None:
        if method != "LSODA":
            raise InputError("method", method, "to be left out for a population")
        if finer:
            settings["at"] = sorted({*settings["at"], *after_doses((dose.time for dose in regimen.dosing()), end)})
        wanted = {name: settings[name] for name in ("until", "step", "at", "endotoxin", "engine", "rtol")}
        wanted |= {"start": start} if start != STARTS[0] else {}
        kept = kept_of(outputs, dtype, stored=store is not None)
        return simulate_population(
            Cohort(regimen, account, population, wanted | kept, decide),
            store=store, quantiles=quantiles, client=client, progress=progress,
        )  # fmt: skip
    return run_person(regimen, account, settings, decide, report)


def _label(
    table: EventTable,
    model: Model,
    account: Account,
    person: Callable[[Mapping[str, float]], Person],
    planned: Planned,
    trajectory: Trajectory,
    id: Any,
) -> xr.Dataset:
    """The dataset of one subject of a table in the naltrexone model."""
    own = dict(table.by_subject())[id]
    people = [person(dict(known)) for known in dict.fromkeys(tuple(sorted(row.covariates.items())) for row in own)]
    known, entries = over_time(people, trajectory.states)
    account = replace(account, parameters=entries, covariates=known)
    rows = [row for row in own if row.amt and row.event in ("dose", "reset-dose", "replace")]
    routes = {model.compartment(row.cmt, model.dose, row.place).name for row in rows}
    changing = ", covariates changing over time" if len(people) > 1 else ""
    given = f"event table {table.source}{changing}"
    courses = ((row.time, row.time + ((row.addl + 1) * row.ii if row.addl else HOURS_PER_DAY)) for row in rows)
    about = {
        "title": f"ldnsim: {table.source}{changing}",
        "regimen": given,
        **dose_attributes(*doses_of(planned).values(), courses=courses),
    }
    return account.dataset(model, trajectory, (route for route in ROUTES if route in routes), [], about)


def repeat(record: Mapping[str, Any]) -> Simulation | PopulationRun:
    """Run again what a record describes.

    Parameters
    ----------
    record : mapping
        The ``record`` of a run, or what ``json.loads`` gives for the attribute ``record`` of a saved dataset.

    Returns
    -------
    Simulation or PopulationRun
        The same result, to the last bit where the versions are the same; of a population in memory.

    Raises
    ------
    InputError
        If the record is not one of ldnsim.
    """
    if not isinstance(record, Mapping):
        raise InputError("record", record, "the record of a run of ldnsim")
    return repeat_population(record) if "population" in record else repeat_person(record)


def _solver(engine: Engine, *, many: bool) -> Name:
    """The engine of a regimen in the naltrexone model, after ``auto`` has chosen."""
    if engine == "exact":
        raise InputError("engine", engine, "'reference', 'batch' or 'compiled', because the model is not linear")
    if engine == "auto":
        return usual_for_many() if many else "reference"
    return engine


def _method(method: str) -> Method:
    known: tuple[Method, ...] = ("LSODA", "DOP853", "BDF", "Radau")
    found = choice("method", method, known)
    return known[known.index(found)]
