"""Command line: ``ldnsim simulate | compare | explore | parameters | equations | calibrate``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .base.errors import InputError, LdnsimError, MissingExtra
from .base.files import whole
from .ledger.evidence import Observation, Parameter, ledger
from .terminal import Commands, Gone, Interrupted, bar, complain, forget_output, plain, refuse_files

if TYPE_CHECKING:
    import matplotlib.figure

    from .study.person_run import Simulation
    from .study.population_run import PopulationRun

USAGE_ERROR = 2
INTERRUPTED = 130


app = typer.Typer(
    cls=Commands,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Simulate low-dose naltrexone under named assumptions, with the evidence behind every number. "
    "A research and teaching tool, not medical advice.",
)

RegimenText = Annotated[
    str, typer.Argument(metavar="REGIMEN", help="For example: '4.5 mg at 22:00 daily for 28 days'.", show_default=False)
]
AssumptionsText = Annotated[
    str,
    typer.Option(
        "--assumptions",
        metavar="NAME",
        help="popular, measured, or choices: site=plasma|pet, isomers=racemic|levo|0..1, "
        "tlr4=clinical|in-vitro|opioid-mediated|off, rebound=popular|conservative|off, "
        "exposure=label50|ldn24|deep96; joined by commas, changing a bundle if it stands first.",
    ),
]
PlotPath = Annotated[Path | None, typer.Option("--plot", metavar="FILE", help="Write the figure (png, pdf or svg).")]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Change a parameter, for example pk.cl='120 L/h'. Repeatable."),
]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="End of the run, for example '8 weeks'.")]


def _changes(pairs: Sequence[str] | None) -> dict[str, object]:
    found: dict[str, object] = {}
    for pair in pairs or ():
        name, equals, value = pair.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise InputError("--set", pair, "NAME=VALUE, for example pk.cl='120 L/h'")
        if name.strip() in found:
            raise InputError("--set", pair, f"{name.strip()} once")
        found[name.strip()] = value.strip()
    return found


def _save(figure: matplotlib.figure.Figure, path: Path) -> None:
    with whole(path, "--plot") as draft:
        figure.savefig(draft)


def _headless() -> None:
    """Draw to files only, whatever screen there is."""
    import matplotlib

    matplotlib.use("agg")


def _tell_version(wanted: bool) -> None:
    if wanted:
        from . import __version__

        typer.echo(f"ldnsim {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Take what stands before the command."""


@app.command()
def simulate(
    regimen: RegimenText,
    assumptions: AssumptionsText = "popular",
    condition: Annotated[
        str, typer.Option(help="Whose starting levels: healthy, fibromyalgia or multiple-sclerosis.")
    ] = "healthy",
    cell: Annotated[str, typer.Option(help="TLR4-bearing cells: microglia, macrophage or mast-cell.")] = "microglia",
    until: Until = None,
    step: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="Distance of the samples; 0.1 h, or for a population 1 h, finer after doses."
        ),
    ] = None,
    changes: Changes = None,
    plot: PlotPath = None,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE", help="Write every variable over time, of a population its percentiles."),
    ] = None,
    netcdf: Annotated[
        Path | None, typer.Option("--netcdf", metavar="FILE", help="Write the dataset with the record of the run.")
    ] = None,
    population: Annotated[
        int | None,
        typer.Option(
            parser=plain, metavar="N", help="Simulate N people who differ as the ledger says, not one typical adult."
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(parser=plain, metavar="N", help="Seed of the population; one is chosen and printed if none."),
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Zarr store of the population; the same command goes on after a stop."),
    ] = None,
    output: Annotated[
        list[str] | None,
        typer.Option("--output", metavar="NAME", help="Variable to keep of a population. Repeatable."),
    ] = None,
    engine: Annotated[str, typer.Option(help="auto, compiled, batch or reference.")] = "auto",
    drug: Annotated[
        str, typer.Option(help="naltrexone, or nalmefene, which has the axes site and rebound alone.")
    ] = "naltrexone",
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> None:
    """Simulate one typical adult or a population; print a summary, write a figure and data."""
    from .simulation import simulate as run_simulation

    refuse_files(plot=plot, csv=csv, netcdf=netcdf)
    from .base.reading import choice
    from .models import DRUGS

    other = choice("--drug", drug, ("naltrexone", *DRUGS)) != "naltrexone"
    settings: dict[str, Any] = {
        **({"model": DRUGS[drug](assumptions)} if other else {"assumptions": assumptions}),
        "condition": condition,
        "cell": cell,
        "until": until,
        "step": step,
        "parameters": _changes(changes),
        "source": "changed on the command line",
        "engine": engine,
    }
    run: Simulation | PopulationRun
    if population is None:
        for option, given in (("--seed", seed), ("--store", store), ("--output", output)):
            if given is not None:
                raise InputError(option, str(given), "to be left out without --population")
        with bar(quiet=quiet) as report:
            run = run_simulation(regimen, progress=report, **settings)
    else:
        from .population.population import Population

        people = Population(population, seed)
        run = run_simulation(regimen, population=people, store=store, outputs=output, progress=not quiet, **settings)
    if csv is not None:
        run.to_csv(csv)
    if netcdf is not None:
        run.to_netcdf(netcdf)
    if plot is not None:
        _headless()
        _save(run.plot()[0].figure, plot)
    typer.echo(str(run.summary()))


@app.command()
def compare(
    regimens: Annotated[
        list[str], typer.Argument(metavar="REGIMEN...", help="One or several regimens.", show_default=False)
    ],
    assumptions: Annotated[
        list[str] | None,
        typer.Option(
            "--assumptions", metavar="NAME", help="As for simulate. Repeatable; popular and measured if none."
        ),
    ] = None,
    until: Until = None,
    changes: Changes = None,
    plot: PlotPath = None,
) -> None:
    """Put regimens or assumptions side by side."""
    from .comparison import compare as run_comparison

    refuse_files(plot=plot)
    with bar() as report:
        comparison = run_comparison(
            regimens,
            assumptions=assumptions or ["popular", "measured"],
            until=until,
            parameters=_changes(changes),
            source="changed on the command line",
            progress=report,
        )
    if plot is not None:
        _headless()
        _save(comparison.plot()[0].figure, plot)
    for name, run in comparison.runs.items():
        typer.echo(f"{name}: {run.regimen}; {run.data.attrs['assumptions_in_full']}")
    table = comparison.summary()
    typer.echo(table.to_string(float_format=lambda value: f"{value:.3g}"))
    for target in comparison.tuned():
        typer.echo(f"tuned: {target}")


@app.command()
def explore(
    port: Annotated[
        int | None,
        typer.Option(
            parser=plain, metavar="N", help="Port of this machine; 5006, or any that is free.", show_default=False
        ),
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Open the dose explorer in a browser; it runs on this machine and is served to it alone."""
    if find_spec("bokeh") is None:
        raise MissingExtra("bokeh", "explore")
    from .explorer.server import serve

    serve(port, browser=browser)


@app.command()
def parameters(
    module: Annotated[str | None, typer.Option(help="Only one of pk, receptors, endorphin, tlr4, outcomes.")] = None,
    status: Annotated[str | None, typer.Option(help="Only one of read, recalled, assumed, calibrated.")] = None,
    assumptions: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The parameters in use under these assumptions, not the whole ledger."),
    ] = None,
    observations: Annotated[bool, typer.Option("--observations", help="Print the observations instead.")] = False,
) -> None:
    """Print the ledger: every parameter with its unit, source and status."""
    if observations:
        if assumptions is not None:
            raise InputError("--assumptions", assumptions, "to be left out with --observations")
        ledger().select(module, status)
        chosen = [
            row
            for row in ledger().observations.values()
            if module in (None, row.module) and status in (None, row.status)
        ]
        _table(("id", "what", "value", "unit", "status", "source"), [_observation(row) for row in chosen])
    elif assumptions is None:
        _table(
            ("id", "symbol", "what", "value", "unit", "status", "source"),
            [_parameter(row) for row in ledger().select(module, status)],
        )
    else:
        _in_use(assumptions, module, status)


def _in_use(assumptions: str, module: str | None, status: str | None) -> None:
    from .ledger.parameters import parameter_terms, resolve

    wanted = {row.id for row in ledger().select(module, status)}
    terms = parameter_terms()
    rows = [
        (
            name,
            entry.row or "-",
            terms[name].meaning,
            f"{entry.value:.6g}",
            entry.unit,
            entry.status,
            f"tuned to: {entry.target}" if entry.status == "calibrated" else entry.source,
        )
        for name, entry in resolve(assumptions).items()
        if entry.row in wanted or (not entry.row and module in (None, "pk") and status in (None, entry.status))
    ]
    _table(("parameter", "row", "what", "value", "unit", "status", "source"), rows)


def _cite(row: Parameter | Observation) -> str:
    return f"{row.source} ({row.year})" if row.year else row.source


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _parameter(row: Parameter) -> tuple[str, ...]:
    value = _number(row.value) or " to ".join(filter(None, (_number(row.low), _number(row.high))))
    return row.id, row.symbol, row.quantity, value, row.unit, row.status, _cite(row)


def _observation(row: Observation) -> tuple[str, ...]:
    what = ", ".join(filter(None, (f"{row.metric} of {row.drug}" if row.drug else row.metric, row.population)))
    return row.id, what, _number(row.value), row.unit, row.status, _cite(row)


def _table(titles: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(len(line[column]) for line in (titles, *rows)) for column in range(len(titles))]
    for line in (titles, *rows):
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


@app.command()
def equations(
    module: Annotated[str | None, typer.Option(help="Only one of pk, receptors, endorphin, tlr4, outcomes.")] = None,
) -> None:
    """Print the equations as LaTeX, derived from the code that is run."""
    from .symbolic import latex

    typer.echo(latex(module))


@app.command()
def calibrate(
    write: Annotated[
        Path | None, typer.Option("--write", metavar="FILE", help="Write the table of calibrated parameters.")
    ] = None,
) -> None:
    """Solve every calibrated parameter afresh and compare with the stored value (under a minute)."""
    from . import calibrate as calibration

    refuse_files(write=write)

    def report(title: str) -> None:
        if sys.stderr.isatty():
            typer.echo(f"solving {title} ...", err=True)

    found = []
    for solved in calibration.calibrate(report):
        found.append(solved)
        verdict = "agrees" if solved.agrees else "DIFFERS"
        typer.echo(f"{solved.row}  solved {solved.value:.6g}  stored {solved.stored:.6g}  {verdict}  {solved.target}")
    if write is not None:
        calibration.write({solved.row: solved.value for solved in found}, write)
    elif not all(solved.agrees for solved in found):
        raise typer.Exit(1)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        In place of those of the process.

    Raises
    ------
    SystemExit
        With 0 for success, also where the reader of a pipe has seen enough; 2 for input that cannot be used,
        files that cannot be written among it; 130 after Ctrl-C; 1 for anything else that failed.
    """
    code: Any = 1
    try:
        given = sys.argv[1:] if arguments is None else list(arguments)
        for before, word in pairwise(["", *given]):
            # no shell can pass them, but a program that calls this can, and typer's check of paths breaks
            if "\0" in word:
                raise InputError(before if before.startswith("-") else "argument", word, "a text without zero bytes")
        code = app(given or ["--help"], standalone_mode=False, prog_name="ldnsim") or 0
        sys.stdout.flush()
    except LdnsimError as error:
        complain(str(error))
        code = USAGE_ERROR if isinstance(error, InputError | ImportError) else 1
    except (KeyboardInterrupt, Interrupted):
        complain("stopped")
        code = INTERRUPTED
    except (BrokenPipeError, Gone):
        forget_output()
        code = 0
    except OSError as error:
        complain(str(error))
        forget_output()
        code = USAGE_ERROR
    except Exception as error:
        # usage errors come from whichever copy of click typer carries
        if not hasattr(error, "format_message"):
            raise
        complain(f"{error.format_message()} (try --help)")
        code = USAGE_ERROR
    sys.exit(code)
