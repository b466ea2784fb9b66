"""Commands that answer instead of drawing curves: when a variable is above a threshold, and when a drug is gone."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..base.errors import InputError
from ..base.reading import NUMBER, choice
from ..base.units import quantity
from ..ledger.assumptions import BUNDLES
from ..terminal import bar, plain, refuse_files
from .given import Columns, Given, TimeZero, of_table, read_given
from .options import (
    SOURCE,
    AsJson,
    AssumptionsText,
    Changes,
    CsvPath,
    DrugName,
    KnownOf,
    ModelName,
    PlotPath,
    Quiet,
    RegimenText,
    SeedOrOne,
    Start,
    Until,
    of_whom,
    read_changes,
    read_known,
    usual_seed,
    write_found,
)  # fmt: skip

if TYPE_CHECKING:
    from ..dosing.event_table import EventTable

Variable = Annotated[
    str | None,
    typer.Option("--of", metavar="VARIABLE", help="What is read, such as plasma or tone; mu receptors held if none."),
]
Labels = Annotated[
    list[str] | None,
    typer.Option("--label", metavar="NAME=VALUE", help="Of what of it: receptor=mor, analyte=ntx. Repeatable."),
]
Within = Annotated[
    str | None,
    typer.Option(
        metavar="START,END", help="Which part of the run is read: '24 h,48 h', 'day 2 22:00,day 3 22:00' or 'last day'."
    ),
]
People = Annotated[
    int | None,
    typer.Option("--population", parser=plain, metavar="N", help="How many people take it; 1 is the typical person."),
]
Accounts = Annotated[
    list[str] | None,
    typer.Option("--assumptions", metavar="NAME", help="An account. Repeatable; popular and measured if none."),
]
Exposures = Annotated[
    list[str] | None,
    typer.Option("--exposure", metavar="NAME", help="Run every account under it too, or 'all' of them. Repeatable."),
]


def windows(
    given: Given,
    variable: Variable = None,
    labels: Labels = None,
    above: Annotated[
        str | None, typer.Option(metavar="LEVEL", help="Threshold: '50%' or '2 ng/mL'; what counts as blocked if none.")
    ] = None,
    below: Annotated[str | None, typer.Option(metavar="LEVEL", help="The same for hours at or below.")] = None,
    clock: Annotated[
        list[str] | None, typer.Option(metavar="TIMES", help="Hours of the day, such as '23:00-07:00'. Repeatable.")
    ] = None,
    within: Within = None,
    assumptions: AssumptionsText = "popular",
    population: People = None,
    seed: SeedOrOne = None,
    start: Start = "untreated",
    until: Until = None,
    changes: Changes = None,
    covariate: KnownOf = None,
    plot: PlotPath = None,
    csv: CsvPath = None,
    as_json: AsJson = False,
    drug: DrugName = "naltrexone",
    model: ModelName = None,
    column: Columns = None,
    time_zero: TimeZero = None,
    quiet: Quiet = False,
) -> None:
    """Say when a variable is above a threshold, and how much of that is sleep or working day."""
    from ..answers import windows as asked

    refuse_files(plot=plot, csv=csv)
    whom = _takers(drug, assumptions, changes, model, covariate, population, seed)
    what = read_given(given, column)
    run = _simulated(what, whom | of_table(what, time_zero, drug, model), start, until, quiet=quiet)
    chosen: dict[str, Any] = {} if clock is None else {"clock": clock}
    found = asked(run, variable, above, below=below, **chosen, within=_stretch(within), **_labels(labels, asked))
    _write(found, plot, csv, as_json=as_json)


def rebound(
    given: Given,
    variable: Annotated[
        str | None, typer.Option("--of", metavar="VARIABLE", help="What is read; net opioid tone if none.")
    ] = None,
    labels: Labels = None,
    baseline: Annotated[
        str | None,
        typer.Option(metavar="LEVEL", help="What it is held against; 1, or where each person began, if none."),
    ] = None,
    within: Within = None,
    assumptions: AssumptionsText = "popular",
    population: People = None,
    seed: SeedOrOne = None,
    start: Start = "untreated",
    until: Until = None,
    changes: Changes = None,
    covariate: KnownOf = None,
    plot: PlotPath = None,
    csv: CsvPath = None,
    as_json: AsJson = False,
    drug: DrugName = "naltrexone",
    model: ModelName = None,
    column: Columns = None,
    time_zero: TimeZero = None,
    quiet: Quiet = False,
) -> None:
    """Say what a blockade costs, what its rebound repays, and when the two are even."""
    from ..answers import rebound as asked

    refuse_files(plot=plot, csv=csv)
    whom = _takers(drug, assumptions, changes, model, covariate, population, seed)
    what = read_given(given, column)
    run = _simulated(what, whom | of_table(what, time_zero, drug, model), start, until, quiet=quiet)
    of = {} if variable is None else {"variable": variable}
    held: float | str | None = baseline
    if baseline is not None and re.fullmatch(NUMBER, baseline):
        held = float(baseline)
    found = asked(run, **of, baseline=held, within=_stretch(within), **_labels(labels, asked))
    _write(found, plot, csv, as_json=as_json)


def washout(
    regimen: RegimenText,
    below: Annotated[
        str | None, typer.Option(metavar="LEVEL", help="Level: '10%' or '0.1 ng/mL'; 10% if none.")
    ] = None,
    share: Annotated[str, typer.Option(metavar="SHARE", help="Share of people who have to be below it.")] = "95%",
    variable: Variable = None,
    labels: Labels = None,
    assumptions: Accounts = None,
    exposures: Exposures = None,
    population: People = None,
    seed: SeedOrOne = None,
    start: Start = "untreated",
    limit: Annotated[str, typer.Option(metavar="TIME", help="How long people are followed at most.")] = "365 days",
    changes: Changes = None,
    covariate: KnownOf = None,
    plot: PlotPath = None,
    csv: CsvPath = None,
    as_json: AsJson = False,
    drug: DrugName = "naltrexone",
    model: ModelName = None,
    quiet: Quiet = False,
) -> None:
    """Say how long after the last dose nearly everybody (of 400 people) is below a level, under each account."""
    from ..answers import washout as asked

    refuse_files(plot=plot, csv=csv)
    settings = _settings(drug, assumptions, changes, model, exposures, start) | _people(population, seed, covariate)
    with bar(quiet=quiet) as report:
        found = asked(
            regimen, below, quantity(share, "1", "--share"), variable=variable, limit=limit, progress=report,
            **settings, **_labels(labels, asked),
        )  # fmt: skip
    write_found(found, plot, csv, as_json=as_json)


def agonist(
    regimen: RegimenText,
    name: Annotated[str, typer.Argument(metavar="AGONIST", help="'heroin 25 mg', morphine, fentanyl, or any other.")],
    concentration: Annotated[
        str | None, typer.Option(metavar="LEVEL", help="Its free level at the receptors, such as '20 nM'.")
    ] = None,
    kd: Annotated[str | None, typer.Option(metavar="LEVEL", help="Its dissociation constant, such as '2 nM'.")] = None,
    tau: Annotated[
        str | None, typer.Option(metavar="N", help="Its efficacy, to tell what is left of its effect.")
    ] = None,
    after: Annotated[
        list[str] | None, typer.Option(metavar="TIME", help="When after the last dose, such as '24 h'. Repeatable.")
    ] = None,
    assumptions: Accounts = None,
    exposures: Exposures = None,
    population: People = None,
    seed: SeedOrOne = None,
    start: Start = "untreated",
    changes: Changes = None,
    covariate: KnownOf = None,
    plot: PlotPath = None,
    csv: CsvPath = None,
    as_json: AsJson = False,
    drug: DrugName = "naltrexone",
    model: ModelName = None,
    quiet: Quiet = False,
) -> None:
    """Say what is left of an agonist's binding and effect some time after the last dose, in 400 people."""
    from ..answers import agonist_left
    from ..answers.agonists import AFTER

    refuse_files(plot=plot, csv=csv)
    settings = _settings(drug, assumptions, changes, model, exposures, start) | _people(population, seed, covariate)
    efficacy = None if tau is None else quantity(tau, "1", "--tau")
    with bar(quiet=quiet) as report:
        found = agonist_left(
            regimen, name, concentration, kd=kd, tau=efficacy, after=after or AFTER, progress=report, **settings
        )
    write_found(found, plot, csv, as_json=as_json)


def _write(found: Any, plot: Path | None, csv: Path | None, *, as_json: bool) -> None:
    """Print what was read off runs, and what these rest on."""
    from ..answers.parts import footer

    write_found(found, plot, csv, as_json=as_json)
    if not as_json:
        for line in footer(found.parts, found.question):
            typer.echo(line)


def _takers(
    drug: str, assumptions: str, changes: list[str] | None, model: str | None, covariates: list[str] | None,
    population: int | None, seed: int | None,
) -> dict[str, Any]:  # fmt: skip
    """Whom a run is about; one person is the typical one, and more have a seed that is always the same."""
    if population == 1 and seed is None:
        population = None
    return of_whom(drug, assumptions, changes, model, covariates, population, usual_seed(population, seed))


def _simulated(what: str | EventTable, whom: Mapping[str, Any], start: str, until: str | None, *, quiet: bool) -> Any:
    """The run that is asked, of one person, many, or a table."""
    from ..simulation import simulate

    with bar(quiet=quiet) as report:
        return simulate(what, **whom, start=start, until=until, source=SOURCE, progress=report)


def _stretch(text: str | None) -> Any:
    """Which part of a run is read: two times, or words for one."""
    if text is None or "," not in text:
        return text
    return tuple(part.strip() for part in text.split(","))


def _settings(
    drug: str, assumptions: list[str] | None, changes: list[str] | None, model: str | None,
    exposures: list[str] | None, start: str,
) -> dict[str, Any]:  # fmt: skip
    """What both planners are told alike."""
    from ..models import DRUGS

    if model is not None or choice("--drug", drug, ("naltrexone", *DRUGS)) != "naltrexone":
        if exposures:
            raise InputError("--exposure", exposures[0], "to be left out for another drug or model, which has one")
        if model is not None:
            if assumptions:
                raise InputError("--assumptions", assumptions[0], "to be left out beside --model")
            return {**of_whom(drug, "popular", changes, model), "start": start}
        found = of_whom("naltrexone", "popular", changes) | {"start": start}
        found.pop("assumptions")
        return {**found, "model": {name: DRUGS[drug](name) for name in assumptions or BUNDLES}}
    found = {**of_whom("naltrexone", "popular", changes), "start": start, "accounts": assumptions}
    found.pop("assumptions")
    return {**found, "exposures": True if exposures == ["all"] else exposures or False}


def _people(n: int | None, seed: int | None, covariates: list[str] | None) -> dict[str, Any]:
    """Who takes it, as both planners take it; nothing where nothing is said."""
    from ..answers.after_dose import PEOPLE, SEED
    from ..population.population import Population

    if n is None and seed is not None:
        raise InputError("--seed", str(seed), "to be left out without --population")
    known = read_known(covariates)
    if not known and (n is None or (n == 1 and seed is None)):
        return {} if n is None else {"population": n}
    # one person is the typical one
    many, number = PEOPLE if n is None else n, SEED if seed is None else seed
    if n == 1 and seed is None:
        # one person is the typical one, for whom no kernel is worth its compilation
        return {"population": Population(1, number, variability={}, covariates=known), "engine": "reference"}
    return {"population": Population(many, number, covariates=known or None)}


def _labels(pairs: list[str] | None, function: Callable[..., Any]) -> dict[str, Any]:
    """Labels by dimension; raises `InputError` for what a function has another use for."""
    found: dict[str, Any] = dict(read_changes(pairs, "--label", "receptor=mor"))
    for name in found.keys() & inspect.signature(function).parameters.keys():
        raise InputError("--label", name, "a dimension of the variable, such as receptor or analyte")
    return found
