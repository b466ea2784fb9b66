"""The command that says which parameters matter most to an output."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from ..base.errors import InputError
from ..base.reading import NUMBER, choice
from ..terminal import bar, plain, refuse_files
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

METHODS = {"tornado": "elasticities", "morris": "morris", "sobol": "sobol"}
"""What each is called on the command line, and in `ldnsim.sensitivity`."""

_OVER = "NAME, or NAME=LOW:HIGH or NAME=LOW:HIGH:log, for example pk.cl=100:200 or mg=1:6"


def sensitivity(
    regimen: RegimenText,
    of: Annotated[
        list[str], typer.Option("--of", metavar="NAME", help="Output: a line of the summary, 'ntx Cmax'. Repeatable.")
    ],
    method: Annotated[
        str,
        typer.Option(metavar="NAME", help="tornado (one at a time), morris (screening) or sobol (shares of variance)."),
    ] = "tornado",
    over: Annotated[
        list[str] | None,
        typer.Option(
            "--over",
            metavar="NAME[=LOW:HIGH[:log]]",
            help="What is moved, over the ledger's range or this; all with a range if none. Repeatable.",
        ),
    ] = None,
    n: Annotated[
        int | None,
        typer.Option("--n", parser=plain, metavar="N", help="Trajectories (32 if none) or blocks, a power of 2 (256)."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(parser=plain, metavar="N", help="Seed behind the design; 1 if none.")
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
    """Say which parameters matter most to an output, over the ledger's own ranges or others."""
    from .. import sensitivity as verbs

    refuse_files(plot=plot, csv=csv)
    verb: Any = getattr(verbs, METHODS[choice("--method", method, METHODS)])
    settings: dict[str, Any] = {name: given for name, given in (("n", n), ("seed", seed)) if given is not None}
    if verb is verbs.elasticities and settings:
        raise InputError(f"--{next(iter(settings))}", next(iter(settings.values())), "to be left out for a tornado")
    with bar(quiet=quiet) as report:
        found = verb(
            regimen, of, read_ranges(over), **settings,
            **of_whom(drug, assumptions, changes, model, covariate), start=start, until=until, source=SOURCE,
            progress=report,
        )  # fmt: skip
    write_found(found, plot, csv, as_json=as_json)


def read_ranges(given: Sequence[str] | None) -> dict[str, list[Any] | None] | None:
    """Names and ranges of what is moved; None where nothing is said; raises `InputError`."""
    found: dict[str, list[Any] | None] = {}
    for text in given or ():
        name, equals, value = (part.strip() for part in text.partition("="))
        if not name or name in found or (equals and not value):
            raise InputError("--over", text, f"{_OVER}, each name once")
        found[name] = [_end(cell) for cell in value.split(":")] if equals else None
    return found or None


def _end(cell: str) -> float | str:
    """An end of a range: a number in the unit of what is moved, or a text with its own, or the shape."""
    return float(cell) if re.fullmatch(NUMBER, cell.strip()) else cell.strip()
