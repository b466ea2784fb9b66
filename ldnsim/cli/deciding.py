"""Commands that take a curve apart, and that say which measurement would decide."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..ledger.assumptions import BUNDLES
from ..terminal import bar, refuse_files
from .options import (
    SOURCE,
    AsJson,
    AssumptionsText,
    Changes,
    DrugName,
    KnownOf,
    ModelName,
    People,
    PlotPath,
    Quiet,
    RegimenText,
    Seed,
    Start,
    Until,
    of_whom,
    read_changes,
    write_found,
)  # fmt: skip

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
    start: Start = "untreated",
    until: Until = None,
    changes: Changes = None,
    covariate: KnownOf = None,
    plot: PlotPath = None,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write the whole table.")] = None,
    as_json: AsJson = False,
    drug: DrugName = "naltrexone",
    model: ModelName = None,
    quiet: Quiet = False,
) -> None:
    """Say which doses, processes and parameters make one point of a curve (a minute the first time, then seconds)."""
    from ..simulation import simulate

    refuse_files(plot=plot, csv=csv)
    with bar(quiet=quiet):
        whom = of_whom(drug, assumptions, changes, model, covariate)
        found = simulate(regimen, **whom, start=start, until=until, source=SOURCE).explain(at, output)
    write_found(found, plot, csv, as_json=as_json)


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
    population: People = None,
    seed: Seed = None,
    paired: Annotated[bool, typer.Option("--paired", help="Each person is measured twice; else two groups.")] = False,
    until: Until = None,
    changes: Changes = None,
    covariate: KnownOf = None,
    plot: PlotPath = None,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write the whole table.")] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Say which output, dose and time tell accounts apart, and how many people a study needs."""
    from ..deciding import discriminate as decide

    refuse_files(plot=plot, csv=csv)
    whom = of_whom("naltrexone", "popular", changes, None, covariate, population, seed)
    whom.pop("assumptions")
    with bar(quiet=quiet) as report:
        found = decide(
            assumptions or list(BUNDLES), regimen, doses=doses or (), outputs=outputs, until=until, progress=report,
            errors=read_changes(errors, "--error", _EXAMPLE), spread=read_changes(spread, "--spread", _EXAMPLE),
            design="paired" if paired else "two groups", **whom,
        )  # fmt: skip
    write_found(found, plot, csv, as_json=as_json)
