"""The command that writes a model with its doses for another tool."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..terminal import refuse_files
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
    start: Annotated[str, typer.Option(help="untreated or steady-state.")] = "untreated",
    until: Until = None,
    changes: Changes = None,
    drug: DrugName = "naltrexone",
    plot: PlotPath = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write the table of names, units and evidence.")
    ] = None,
    names: Annotated[
        bool, typer.Option("--names", help="Print what everything is called in the file, with unit and evidence.")
    ] = False,
) -> None:
    """Write a regimen in one person as a file for another tool: SBML, mrgsolve, rxode2, or data for NONMEM."""
    from ..exchange import export as exported

    refuse_files(plot=plot, csv=csv)
    found = exported(
        regimen,
        file,
        format=format,
        **of_drug(drug, assumptions),
        start=start,
        until=until,
        parameters=read_changes(changes),
        source="changed on the command line",
    )
    write_found(found, plot, csv)
    if names:
        typer.echo(found.table.to_string(index=False))
