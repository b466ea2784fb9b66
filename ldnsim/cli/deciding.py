"""Commands that take a curve apart, and that say which measurement would decide."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..base.errors import InputError
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

_EXAMPLE = "occupancy_mor=0.05 or plasma_ntx='15 %'"


def explain(
    regimen: RegimenText,
    at: Annotated[
        str, typer.Option(metavar="TIME", help="When: 'day 3 02:00', counted from the first dose, or '52 h'.")
    ],
    output: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="What: a column of the CSV file, such as plasma_ntx; net tone if none."),
    ] = None,
    assumptions: AssumptionsText = "popular",
    until: Until = None,
    changes: Changes = None,
    plot: PlotPath = None,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write the whole table.")] = None,
    drug: DrugName = "naltrexone",
) -> None:
    """Say which doses, processes and parameters make one point of a curve (a minute the first time, then seconds)."""
    from ..simulation import simulate

    refuse_files(plot=plot, csv=csv)
    with bar() as report:
        run = simulate(
            regimen, **of_drug(drug, assumptions), until=until, parameters=read_changes(changes),
            source="changed on the command line", progress=report,
        )  # fmt: skip
    found = run.explain(at, output)
    write_found(found, plot, csv)


def discriminate(
    regimen: RegimenText,
    assumptions: Annotated[
        list[str] | None,
        typer.Option("--assumptions", metavar="NAME", help="An account. Repeatable; popular and measured if none."),
    ] = None,
    doses: Annotated[
        list[str] | None,
        typer.Option("--dose", metavar="DOSE", help="A dose that is tried in its place. Repeatable."),
    ] = None,
    outputs: Annotated[
        list[str] | None,
        typer.Option("--output", metavar="NAME", help="What is measured, such as occupancy_mor. Repeatable."),
    ] = None,
    errors: Annotated[
        list[str] | None,
        typer.Option("--error", metavar="NAME=VALUE", help="Error of a measurement: tone=0.1 or plasma_ntx='15 %'."),
    ] = None,
    spread: Annotated[
        list[str] | None,
        typer.Option("--spread", metavar="NAME=VALUE", help="Spread between people, written in the same way."),
    ] = None,
    population: Annotated[
        int | None,
        typer.Option(parser=plain, metavar="N", help="Simulate N people for the spread between them."),
    ] = None,
    seed: Annotated[int | None, typer.Option(parser=plain, metavar="N", help="Seed of the population.")] = None,
    paired: Annotated[bool, typer.Option("--paired", help="Each person is measured twice; else two groups.")] = False,
    until: Until = None,
    plot: PlotPath = None,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write the whole table.")] = None,
) -> None:
    """Say which output, dose and time tell accounts apart, and how many people a study needs."""
    from ..deciding import discriminate as decide
    from ..population.population import Population

    refuse_files(plot=plot, csv=csv)
    if seed is not None and population is None:
        raise InputError("--seed", str(seed), "to be left out without --population")
    with bar() as report:
        found = decide(
            assumptions or list(BUNDLES), regimen, doses=doses or (), outputs=outputs, until=until, progress=report,
            errors=read_changes(errors, "--error", _EXAMPLE), spread=read_changes(spread, "--spread", _EXAMPLE),
            population=None if population is None else Population(population, seed),
            design="paired" if paired else "two groups",
        )  # fmt: skip
    write_found(found, plot, csv)
