"""The command that runs again what is behind a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..terminal import bar
from .options import Quiet


def replay(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A PNG, SVG, PDF, CSV or netCDF file, or a store, of ldnsim.",
            show_default=False,
        ),
    ],
    quiet: Quiet = False,
) -> None:
    """Run again what is behind a file, and say whether the numbers agree; with 1 as exit code where they do not."""
    from ..replaying import replay as replayed

    with bar(quiet=quiet):
        found = replayed(file)
    typer.echo(str(found))
    if not found.agrees:
        raise typer.Exit(1)
