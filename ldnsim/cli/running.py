"""Commands that compute: simulate, compare, dose-response, explore, calibrate."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..base.errors import InputError, MissingExtra
from ..ledger.assumptions import BUNDLES
from ..terminal import bar, plain, refuse_files
from .options import (
    AssumptionsText,
    Changes,
    DrugName,
    PlotPath,
    RegimenText,
    Until,
    of_drug,
    read_changes,
    write_plot,
)

if TYPE_CHECKING:
    from ..study.person_run import Simulation
    from ..study.population_run import PopulationRun


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
    drug: DrugName = "naltrexone",
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> None:
    """Simulate one typical adult or a population; print a summary, write a figure and data."""
    from ..simulation import simulate as run_simulation

    refuse_files(plot=plot, csv=csv, netcdf=netcdf)
    settings: dict[str, Any] = {
        **of_drug(drug, assumptions),
        "condition": condition,
        "cell": cell,
        "until": until,
        "step": step,
        "parameters": read_changes(changes),
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
        from ..population.population import Population

        people = Population(population, seed)
        run = run_simulation(regimen, population=people, store=store, outputs=output, progress=not quiet, **settings)
    if csv is not None:
        run.to_csv(csv)
    if netcdf is not None:
        run.to_netcdf(netcdf)
    write_plot(lambda: run.plot()[0].figure, plot)
    typer.echo(str(run.summary()))


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
    drug: Annotated[
        list[str] | None,
        typer.Option("--drug", metavar="NAME", help="naltrexone or nalmefene. Repeatable; naltrexone if none."),
    ] = None,
) -> None:
    """Put regimens, assumptions or drugs side by side."""
    from ..comparison import compare as run_comparison

    refuse_files(plot=plot)
    accounts = assumptions or list(BUNDLES)
    chosen = {name: [of_drug(name, account) for account in accounts] for name in drug or ["naltrexone"]}
    models = [one["model"] for several in chosen.values() for one in several if "model" in one]
    with bar() as report:
        comparison = run_comparison(
            regimens,
            model=[*[None] * ("naltrexone" in chosen), *models],
            assumptions=accounts if "naltrexone" in chosen else None,
            until=until,
            parameters=read_changes(changes),
            source="changed on the command line",
            progress=report,
        )
    write_plot(lambda: comparison.plot()[0].figure, plot)
    for name, run in comparison.runs.items():
        typer.echo(f"{name}: {run.regimen}; {run.data.attrs['assumptions_in_full']}")
    table = comparison.summary()
    typer.echo(table.to_string(float_format=lambda value: f"{value:.3g}"))
    for target in comparison.tuned():
        typer.echo(f"tuned: {target}")


def dose_response(
    doses: Annotated[
        list[str] | None,
        typer.Argument(metavar="DOSE...", help="Nightly doses that increase, for example '1 mg' '4.5 mg'."),
    ] = None,
    assumptions: AssumptionsText = "popular",
    weeks: Annotated[
        int | None,
        typer.Option(parser=plain, metavar="N", help="Weeks of which the last day is read; at steady state if none."),
    ] = None,
    at: Annotated[str, typer.Option(metavar="TIME", help="Clock time of the dose.")] = "22:00",
    changes: Changes = None,
    plot: PlotPath = None,
    drug: DrugName = "naltrexone",
) -> None:
    """Print daily means of nightly dosing against dose: where less is more."""
    from ..doses import dose_response as run_doses

    refuse_files(plot=plot)
    given: dict[str, Any] = {"doses": doses} if doses else {}
    with bar() as report:
        found = run_doses(
            **given, **of_drug(drug, assumptions), weeks=weeks, at=at, parameters=read_changes(changes), progress=report
        )
    write_plot(lambda: found.plot().figure, plot)
    typer.echo(f"{found.data.attrs['title']}: {found.data.attrs['assumptions_in_full']}")
    named = {name: f"{name} [{values.attrs['units']}]" for name, values in found.data.variables.items()}
    table = found.data.to_dataframe().reset_index().rename(columns=named)
    typer.echo(table.to_string(index=False, float_format=lambda value: f"{value:.4g}"))


def explore(
    port: Annotated[
        int | None,
        typer.Option(
            parser=plain, metavar="N", help="Port of this machine; 5006, or any that is free.", show_default=False
        ),
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Serve it to others too, under this name or address of this machine, 0.0.0.0 for all; "
            "the address printed then holds a token, without which nothing is answered.",
            show_default=False,
        ),
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Open the dose explorer in a browser; it runs on this machine and, without --host, is served to it alone."""
    if find_spec("bokeh") is None:
        raise MissingExtra("bokeh", "explore")
    from ..explorer.server import serve

    serve(port, host=host, browser=browser)


def calibrate(
    write: Annotated[
        Path | None, typer.Option("--write", metavar="FILE", help="Write the table of calibrated parameters.")
    ] = None,
) -> None:
    """Solve every calibrated parameter afresh and compare with the stored value (under a minute)."""
    from .. import calibrate as calibration

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
