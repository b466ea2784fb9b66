"""The command that says what to cite for a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..terminal import bar
from .options import Quiet


def citation(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A PNG, SVG, PDF, CSV or netCDF file, or a store, of ldnsim.",
            show_default=False,
        ),
    ],
    bibtex: Annotated[bool, typer.Option("--bibtex", help="Print entries for BibTeX.")] = False,
    quiet: Quiet = False,
) -> None:
    """Print what to cite for a file: the software, and the sources behind every parameter of its run."""
    from ..citing import citation as cited
    from ..replaying import runs_behind

    with bar(quiet=quiet):
        found = cited(*runs_behind(file))
    typer.echo(found.bibtex if bibtex else found.text)
