"""The command that says over which part of the ledger's ranges a claim holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..base.errors import InputError
from ..terminal import bar, plain, refuse_files
from .options import AsJson, AssumptionsText, Changes, DrugName, PlotPath, Quiet, of_whom, write_found, write_table


def claim(
    name: Annotated[
        str | None, typer.Argument(metavar="CLAIM", help="Name of the claim; prints all of them if none.")
    ] = None,
    assumptions: AssumptionsText = "popular",
    n: Annotated[
        int | None, typer.Option("--n", parser=plain, metavar="N", help="How many parameter sets; 512 if none.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(parser=plain, metavar="N", help="Seed behind the parameter sets; 1 if none.")
    ] = None,
    changes: Changes = None,
    plot: PlotPath = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write every parameter set and what came of it.")
    ] = None,
    as_json: AsJson = False,
    drug: DrugName = "naltrexone",
    quiet: Quiet = False,
) -> None:
    """Print over which part of the ledger's own ranges a claim holds, and which parameters decide it."""
    from ..claims import claim as asked
    from ..claims import named_claims

    refuse_files(plot=plot, csv=csv)
    if name is None:
        for option, given in (
            ("--n", n),
            ("--seed", seed),
            ("--set", changes),
            ("--plot", plot),
            ("--csv", csv),
            ("--json", as_json or None),
        ):
            if given is not None:
                raise InputError(option, str(given), "to be left out without a claim")
        for one in named_claims().values():
            typer.echo(f"{one.name}: {one.sentence}")
        return
    settings: dict[str, Any] = {name: given for name, given in (("n", n), ("seed", seed)) if given is not None}
    settings |= of_whom(drug, assumptions, changes)
    with bar(quiet=quiet) as report:
        found = asked(name, **settings, progress=report)
    write_table(found.sample, csv)
    write_found(found, plot, None, as_json=as_json)
