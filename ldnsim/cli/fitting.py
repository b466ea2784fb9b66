"""The command that fits a model to measurements in a file."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..base.errors import InputError
from ..base.reading import choice, number_in
from ..terminal import bar, plain, refuse_files
from .options import AssumptionsText, DrugName, PlotPath, of_drug, read_changes, write_plot, write_table

if TYPE_CHECKING:
    from ..models import Model


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
        settings = {"model": _made(model, values), "parameters": list(names or values)}
    with bar() as report:
        found = fitted(
            path,
            regimen=regimen,
            pooled=pooled,
            error=error,
            blq=blq,
            lloq=lloq,
            unit=unit,
            progress=report,
            **settings,
        )
    write_table(found.table, csv)
    if residuals is not None:
        write_table(found.residuals, residuals, "--residuals")
    write_plot(found.plot, plot)
    typer.echo(str(found))


def _made(name: str, values: Mapping[str, str]) -> Model:
    """A model of the library with some values."""
    from .. import models

    known = {}
    for one in models.__all__:
        function = getattr(models, one)
        if not inspect.isfunction(function) or one in models.DRUGS:
            continue
        signature = inspect.signature(function)
        needed = [part for part in signature.parameters.values() if part.default is part.empty]
        if (
            signature.return_annotation == "Model"
            and needed
            and all("Given" in str(part.annotation) for part in needed)
        ):
            known[one.replace("_", "-")] = function
    function = known[choice("--model", name.replace("_", "-"), known)]
    numbers = {part: number_in(value, f"--set {part}") for part, value in values.items()}
    asked = inspect.signature(function).parameters
    for part in numbers:
        choice("--set", part, asked)
    missing = [part.name for part in asked.values() if part.default is part.empty and part.name not in numbers]
    if missing:
        raise InputError("--set", list(values), f"{', '.join(missing)} too, which {name} needs")
    made: Model = function(**numbers)
    return made
