"""The command that fits a model to measurements in a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..base.errors import InputError
from ..terminal import bar, plain, refuse_files
from .options import AsJson, AssumptionsText, DrugName, PlotPath, Quiet, of_drug, read_changes, write_found, write_table
from .separators import separators
from .small_models import small_model

if TYPE_CHECKING:
    pass


def fit(
    path: Annotated[Path, typer.Argument(metavar="DATA", help="CSV file with ID, TIME, AMT, DV, as of NONMEM.")],
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="NAME", help="A model of the library, such as one-compartment; else --drug."),
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Where a parameter that is fitted starts, or what another one is, for example CL=3. Repeatable.",
        ),
    ] = None,
    names: Annotated[
        list[str] | None,
        typer.Option(
            "--fit", metavar="NAME", help="What is fitted; by default all that --set says of --model. Repeatable."
        ),
    ] = None,
    regimen: Annotated[
        str | None, typer.Option(metavar="REGIMEN", help="What everybody takes, where the file has no doses.")
    ] = None,
    pooled: Annotated[bool, typer.Option("--pooled", help="All subjects share their parameters.")] = False,
    error: Annotated[
        str, typer.Option(metavar="NAME", help="additive, proportional, combined or log-normal.")
    ] = "additive",
    blq: Annotated[
        str, typer.Option(metavar="NAME", help="M3: below a limit counts by its probability; M1: is left out.")
    ] = "M3",
    lloq: Annotated[
        float | None, typer.Option(parser=plain, metavar="N", help="The limit, in the unit of DV, if no row says it.")
    ] = None,
    unit: Annotated[str | None, typer.Option(metavar="UNIT", help="Unit of DV; that of the model if none.")] = None,
    drug: DrugName = "naltrexone",
    assumptions: AssumptionsText = "popular",
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write the table of estimates.")] = None,
    residuals: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write measurements beside predictions.")
    ] = None,
    plot: PlotPath = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Fit parameters to measurements, each subject by itself or all pooled, and print estimates with intervals."""
    from ..fitting import fit as fitted

    refuse_files(plot=plot, csv=csv, residuals=residuals)
    values = read_changes(given, example="CL=3")
    settings: dict[str, Any]
    if model is None:
        if not names:
            raise InputError("--fit", names, "what is fitted, for example --fit pk.cl; or a --model")
        settings = of_drug(drug, assumptions)
        settings["parameters"] = {name: values.pop(name, None) for name in names}
        settings["fixed"] = values
    else:
        if (drug, assumptions) != ("naltrexone", "popular"):
            raise InputError("--model", model, "to be left out beside --drug and --assumptions")
        settings = {"model": small_model(model, values), "parameters": list(names or values)}
    with bar(quiet=quiet) as report:
        found = fitted(
            path,
            regimen=regimen,
            pooled=pooled,
            error=error,
            blq=blq,
            lloq=lloq,
            unit=unit,
            progress=report,
            **separators(),
            **settings,
        )
    if residuals is not None:
        write_table(found.residuals, residuals, "--residuals")
    # estimates keep all their digits
    from .as_json import records_behind

    write_table(found.table, csv, told=records_behind(found))
    write_found(found, plot, None, as_json=as_json)
