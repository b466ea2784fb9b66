"""Commands that answer instead of drawing curves: when a variable is above a threshold, and when a drug is gone."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..base.errors import InputError
from ..base.reading import choice
from ..base.units import quantity
from ..ledger.assumptions import BUNDLES
from ..terminal import bar, plain, refuse_files
from .options import (
    AssumptionsText,
    Changes,
    DrugName,
    PlotPath,
    RegimenText,
    Until,
    of_drug,
    read_changes,
    write_found,
)

if TYPE_CHECKING:
    from ..population.population import Population

Variable = Annotated[
    str | None,
    typer.Option("--of", metavar="VARIABLE", help="What is read, such as plasma or tone; mu receptors held if none."),
]
Labels = Annotated[
    list[str] | None,
    typer.Option("--label", metavar="NAME=VALUE", help="Of what of it: receptor=mor, analyte=ntx. Repeatable."),
]
CsvPath = Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write the table.")]
People = Annotated[
    int | None,
    typer.Option("--population", parser=plain, metavar="N", help="How many people take it; 1 is the typical person."),
]
Seed = Annotated[int | None, typer.Option(parser=plain, metavar="N", help="Seed of the people; 1 if none.")]
Accounts = Annotated[
    list[str] | None,
    typer.Option("--assumptions", metavar="NAME", help="An account. Repeatable; popular and measured if none."),
]
Exposures = Annotated[
    list[str] | None,
    typer.Option("--exposure", metavar="NAME", help="Run every account under it too, or 'all' of them. Repeatable."),
]
Steady = Annotated[bool, typer.Option("--steady-state", help="The regimen has gone on forever before.")]


def windows(
    regimen: RegimenText,
    variable: Variable = None,
    labels: Labels = None,
    above: Annotated[
        str | None, typer.Option(metavar="LEVEL", help="Threshold: '50%' or '2 ng/mL'; what counts as blocked if none.")
    ] = None,
    below: Annotated[str | None, typer.Option(metavar="LEVEL", help="The same for hours at or below.")] = None,
    clock: Annotated[
        list[str] | None, typer.Option(metavar="TIMES", help="Hours of the day, such as '23:00-07:00'. Repeatable.")
    ] = None,
    assumptions: AssumptionsText = "popular",
    population: People = None,
    seed: Seed = None,
    until: Until = None,
    changes: Changes = None,
    plot: PlotPath = None,
    csv: CsvPath = None,
    drug: DrugName = "naltrexone",
) -> None:
    """Say when a variable is above a threshold, and how much of that is sleep or working day."""
    from ..answers import windows as asked
    from ..simulation import simulate

    refuse_files(plot=plot, csv=csv)
    settings: dict[str, Any] = {"until": until, "parameters": read_changes(changes)}
    # one person is the typical one
    if (people := _people(population, seed)) not in (None, 1):
        settings["population"] = people
    with bar() as report:
        run = simulate(regimen, **of_drug(drug, assumptions), **settings, progress=report)
    chosen: dict[str, Any] = {} if clock is None else {"clock": clock}
    write_found(asked(run, variable, above, below=below, **chosen, **_labels(labels, asked)), plot, csv)


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
    seed: Seed = None,
    steady: Steady = False,
    limit: Annotated[str, typer.Option(metavar="TIME", help="How long people are followed at most.")] = "365 days",
    changes: Changes = None,
    plot: PlotPath = None,
    csv: CsvPath = None,
    drug: DrugName = "naltrexone",
) -> None:
    """Say how long after the last dose nearly everybody (of 400 people) is below a level, under each account."""
    from ..answers import washout as asked

    refuse_files(plot=plot, csv=csv)
    settings = _settings(assumptions, exposures, population, seed, steady, changes, drug)
    with bar() as report:
        found = asked(
            regimen, below, quantity(share, "1", "--share"), variable=variable, limit=limit, progress=report,
            **settings, **_labels(labels, asked),
        )  # fmt: skip
    write_found(found, plot, csv)


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
    seed: Seed = None,
    steady: Steady = False,
    changes: Changes = None,
    plot: PlotPath = None,
    csv: CsvPath = None,
    drug: DrugName = "naltrexone",
) -> None:
    """Say what is left of an agonist's binding and effect some time after the last dose, in 400 people."""
    from ..answers import agonist_left
    from ..answers.agonists import AFTER

    refuse_files(plot=plot, csv=csv)
    settings = _settings(assumptions, exposures, population, seed, steady, changes, drug)
    efficacy = None if tau is None else quantity(tau, "1", "--tau")
    with bar() as report:
        found = agonist_left(
            regimen, name, concentration, kd=kd, tau=efficacy, after=after or AFTER, progress=report, **settings
        )
    write_found(found, plot, csv)


def _settings(
    assumptions: list[str] | None, exposures: list[str] | None, population: int | None, seed: int | None, steady: bool,
    changes: list[str] | None, drug: str,
) -> dict[str, Any]:  # fmt: skip
    """What both planners are told alike."""
    from ..models import DRUGS

    found: dict[str, Any] = {"start": "steady-state"} if steady else {}
    found |= {"parameters": read_changes(changes)} if changes else {}
    if (people := _people(population, seed)) is not None:
        found["population"] = people
    if choice("--drug", drug, ("naltrexone", *DRUGS)) == "naltrexone":
        return {**found, "accounts": assumptions, "exposures": True if exposures == ["all"] else exposures or False}
    if exposures:
        raise InputError("--exposure", exposures, "to be left out for another drug, which has one")
    return {**found, "model": {name: DRUGS[drug](name) for name in assumptions or BUNDLES}}


def _people(n: int | None, seed: int | None) -> Population | int | None:
    """Who takes it; raises `InputError` for a seed of nobody."""
    from ..population.population import Population

    if n is None and seed is not None:
        raise InputError("--seed", str(seed), "to be left out without --population")
    return n if n is None or (n == 1 and seed is None) else Population(n, 1 if seed is None else seed)


def _labels(pairs: list[str] | None, function: Callable[..., Any]) -> dict[str, Any]:
    """Labels by dimension; raises `InputError` for what a function has another use for."""
    found: dict[str, Any] = dict(read_changes(pairs, "--label", "receptor=mor"))
    for name in found.keys() & inspect.signature(function).parameters.keys():
        raise InputError("--label", name, "a dimension of the variable, such as receptor or analyte")
    return found
