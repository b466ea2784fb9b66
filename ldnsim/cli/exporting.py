"""The command that writes a model with its doses for another tool."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..terminal import bar, refuse_files
from .options import (
    SOURCE,
    AsJson,
    AssumptionsText,
    Changes,
    DrugName,
    KnownOf,
    ModelName,
    PlotPath,
    Quiet,
    RegimenText,
    Start,
    Until,
    of_whom,
    write_found,
)  # fmt: skip


def export(
    regimen: RegimenText,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file, such as night.xml.", show_default=False)],
    format: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="NAME", help="sbml, mrgsolve, rxode2 or nonmem; by default what the end of FILE says."
        ),
    ] = None,
    assumptions: AssumptionsText = "popular",
    start: Start = "untreated",
    until: Until = None,
    changes: Changes = None,
    covariate: KnownOf = None,
    drug: DrugName = "naltrexone",
    model: ModelName = None,
    plot: PlotPath = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write the table of names, units and evidence.")
    ] = None,
    names: Annotated[
        bool, typer.Option("--names", help="Print what everything is called in the file, with unit and evidence.")
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write a regimen in one person as a file for another tool: SBML, mrgsolve, rxode2, or data for NONMEM."""
    from ..exchange import export as exported

    refuse_files(plot=plot, csv=csv)
    with bar(quiet=quiet):
        whom = of_whom(drug, assumptions, changes, model, covariate)
        found = exported(regimen, file, format=format, **whom, start=start, until=until, source=SOURCE)
    write_found(found, plot, csv, as_json=as_json)
    if names and not as_json:
        typer.echo(found.table.to_string(index=False))
