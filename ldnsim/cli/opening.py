"""The command that reads a result back from any file that ldnsim wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..base.errors import InputError
from ..results.languages import ENGLISH, words_of
from ..terminal import bar, complain, refuse_files
from .options import AsJson, Language, PlotPath, Quiet
from .telling import write_comparison, write_run


def open(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A netCDF file, the folder of a store, or a PNG, SVG, PDF or CSV file of ldnsim.",
            show_default=False,
        ),
    ],
    plot: PlotPath = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write every variable over time, or the rows.")
    ] = None,
    netcdf: Annotated[
        Path | None, typer.Option("--netcdf", metavar="FILE", help="Write the dataset with the record of the run.")
    ] = None,
    as_json: AsJson = False,
    language: Language = ENGLISH,
    quiet: Quiet = False,
) -> None:
    """Read a result back: its summary, picture and data; a picture or a CSV file is run again from its record."""
    words_of(language)  # refused before anything is computed
    refuse_files(plot=plot, csv=csv, netcdf=netcdf)
    with bar(quiet=quiet):
        runs = _runs(file)
    if len(runs) == 1:
        (run,) = runs.values()
        write_run(run, plot, csv, netcdf, as_json=as_json, language=language)
        return
    if netcdf is not None:
        raise InputError("--netcdf", str(netcdf), f"to be left out: {file.name} holds {len(runs)} runs, not one")
    from ..comparison import Comparison

    write_comparison(Comparison(runs), plot, csv, as_json=as_json, language=language)


def _runs(file: Path) -> dict[str, Any]:
    """Runs of a file by name: as they are in it, or run again where it holds their records alone."""
    from ..replaying import replay
    from ..results.carriers import NETCDF, begins
    from ..study.opening import open as opened

    if file.is_dir() or (file.exists() and begins(file).startswith(NETCDF)):
        return {file.name: opened(file)}
    found = replay(file)
    if not found.agrees:
        complain("note: " + "; ".join(str(one) for one in found.held if not one.agrees))
    return dict(found.runs)
