"""What is printed and drawn of a run, whatever was given: a regimen or an event table, one person or many."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ..results.languages import ENGLISH, words_of
from ..terminal import complain
from .as_json import told_of_run, write_json
from .options import write_plot
from .separators import written_with

if TYPE_CHECKING:
    import matplotlib.figure

    from ..comparison import Comparison


def write_run(
    run: Any, plot: Path | None, csv: Path | None, netcdf: Path | None, *, as_json: bool, language: str = ENGLISH
) -> None:
    """Print the summary of a run, after its data and its picture are written."""
    if csv is not None:
        run.to_csv(csv, **written_with())
    if netcdf is not None:
        run.to_netcdf(netcdf)
    write_plot(lambda: picture_of(run, language), plot)
    if as_json:
        write_json(told_of_run(run))
    else:
        typer.echo(summary_of(run, language))


def write_comparison(
    comparison: Comparison, plot: Path | None, csv: Path | None, *, as_json: bool, language: str = ENGLISH
) -> None:
    """Print runs side by side, after their data and their picture are written."""
    if csv is not None:
        comparison.to_csv(csv, **written_with())
    words = words_of(language)
    write_plot(lambda: comparison.plot(language=language)[0].figure, plot)
    if as_json:
        write_json({"runs": {name: told_of_run(run) for name, run in comparison.runs.items()}})
        return
    for name, run in comparison.runs.items():
        typer.echo(f"{name}: {run.regimen}; {run.data.attrs['assumptions_in_full']}")
    table = comparison.summary(language=language)
    typer.echo(table.to_string(float_format=lambda value: words.number(f"{value:.3g}")))
    for target in comparison.tuned():
        typer.echo(words.say(f"tuned: {target}"))


def summary_of(run: Any, language: str = ENGLISH) -> str:
    """The summary of a run as text; of a table with what it was given, units, account and evidence.

    Parameters
    ----------
    run : Simulation, PopulationRun or TableRun
        A result.
    language : str
        Code of the language.

    Returns
    -------
    str
        The lines.
    """
    from ..study.table_run import TableRun

    if not isinstance(run, TableRun):
        return str(run.summary(language=language))
    words = words_of(language)
    say = words.say
    found = run.summary(language=language)
    about = found.attrs
    headed = found.rename(columns={name: f"{name} [{unit}]" for name, unit in about["units"].items() if unit})
    head = [say(str(run.table).strip("<>")), say(f"assumptions: {about['assumptions']}"), "", f"{about['observed']}:"]
    rows = headed.dropna(axis="columns", how="all").to_string(float_format=lambda value: words.number(f"{value:.4g}"))
    return "\n".join([*head, rows, say(f"weakest evidence: {about['weakest_evidence']}")])


def picture_of(run: Any, language: str = ENGLISH) -> matplotlib.figure.Figure:
    """The figure of a run: of a table with several subjects as many in one panel as can be told apart."""
    import numpy as np

    from ..plots.drawing import LOOKS
    from ..study.table_run import TableRun

    subjects = list(run.table.subjects) if isinstance(run, TableRun) else []
    if len(subjects) > len(LOOKS):
        complain(f"note: the picture shows the first {len(LOOKS)} of {len(subjects)} subjects")
    several = [subjects[: len(LOOKS)]] if len(subjects) > 1 else []
    drawn = run.plot(*several, language=language)
    found: matplotlib.figure.Figure = np.ravel(drawn)[0].figure
    return found
