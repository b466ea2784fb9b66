"""Commands that compute: simulate, compare, dose-response, explore, calibrate."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ..base.errors import InputError
from ..ledger.assumptions import BUNDLES
from ..results.languages import ENGLISH, words_of
from ..terminal import bar, plain, refuse_files
from .as_json import told_of_response, write_json
from .given import Columns, Given, TimeZero, of_table, read_given
from .options import (
    OF_DRUGS,
    SOURCE,
    AsJson,
    AssumptionsText,
    Changes,
    CsvPath,
    DrugName,
    KnownOf,
    Language,
    ModelName,
    People,
    PlotPath,
    Quiet,
    Seed,
    Start,
    Until,
    of_drug,
    of_whom,
    write_plot,
    write_table,
)
from .telling import write_comparison, write_run


def simulate(
    given: Given,
    assumptions: AssumptionsText = "popular",
    condition: Annotated[
        str, typer.Option(metavar="NAME", help="Whose starting levels: healthy, fibromyalgia or multiple-sclerosis.")
    ] = "healthy",
    cell: Annotated[
        str, typer.Option(metavar="NAME", help="TLR4-bearing cells: microglia, macrophage or mast-cell.")
    ] = "microglia",
    start: Start = "untreated",
    until: Until = None,
    step: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="Distance of the samples; 0.1 h, or for a population 1 h, finer after doses."
        ),
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option(
            "--at", metavar="TIMES", help="Further samples: '90 min', 08:00 (every day) or 0:24:0.5 [h]. Repeatable."
        ),
    ] = None,
    changes: Changes = None,
    covariate: KnownOf = None,
    plot: PlotPath = None,
    csv: Annotated[
        Path | None,
        typer.Option(
            "--csv",
            metavar="FILE",
            help="Write every variable over time, of a population percentiles, of a table its rows.",
        ),
    ] = None,
    netcdf: Annotated[
        Path | None, typer.Option("--netcdf", metavar="FILE", help="Write the dataset with the record of the run.")
    ] = None,
    as_json: AsJson = False,
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
    engine: Annotated[str, typer.Option(metavar="NAME", help="auto, exact, compiled, batch or reference.")] = "auto",
    drug: DrugName = "naltrexone",
    model: ModelName = None,
    column: Columns = None,
    time_zero: TimeZero = None,
    language: Language = ENGLISH,
    quiet: Quiet = False,
) -> None:
    """Simulate a regimen or an event table, in one typical adult or a population; print a summary."""
    from ..simulation import simulate as run_simulation

    words_of(language)  # refused before anything is computed
    refuse_files(plot=plot, csv=csv, netcdf=netcdf)
    of_people: dict[str, Any] = {"store": store, "outputs": output}
    for option, said in (("--store", store and str(store)), ("--output", output)):
        if said is not None and population is None:
            raise InputError(option, said, "to be left out without --population")
    settings: dict[str, Any] = {
        **of_whom(drug, assumptions, changes, model, covariate, population, seed),
        "condition": condition, "cell": cell, "start": start, "until": until, "step": step, "at": at or (),
        "source": SOURCE, "engine": engine,
    }  # fmt: skip
    what = read_given(given, column)
    settings |= of_table(what, time_zero, drug, model)
    run: Any
    if population is None or not isinstance(what, str):
        given_of_people = {name: one for name, one in of_people.items() if one is not None}
        with bar(quiet=quiet) as report:
            run = run_simulation(what, progress=report, **given_of_people, **settings)
    else:
        # many have a bar of their own, with a rate
        run = run_simulation(what, progress=False if quiet else None, **of_people, **settings)
    write_run(run, plot, csv, netcdf, as_json=as_json, language=language)


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
    start: Start = "untreated",
    until: Until = None,
    changes: Changes = None,
    covariate: KnownOf = None,
    plot: PlotPath = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write the rows of every run below each other.")
    ] = None,
    as_json: AsJson = False,
    population: People = None,
    seed: Seed = None,
    drug: Annotated[
        list[str] | None,
        typer.Option("--drug", metavar="NAME", help=f"{OF_DRUGS}. Repeatable; naltrexone if none."),
    ] = None,
    model: ModelName = None,
    language: Language = ENGLISH,
    quiet: Quiet = False,
) -> None:
    """Put regimens, assumptions or drugs side by side."""
    from ..comparison import compare as run_comparison

    words_of(language)
    refuse_files(plot=plot, csv=csv)
    with bar(quiet=quiet) as report:
        comparison = run_comparison(
            regimens, **_accounts(assumptions, drug, changes, model, covariate, population, seed), start=start,
            until=until, source=SOURCE, progress=report,
        )  # fmt: skip
    write_comparison(comparison, plot, csv, as_json=as_json, language=language)


def _accounts(
    assumptions: list[str] | None, drugs: list[str] | None, changes: list[str] | None, model: str | None,
    covariates: list[str] | None, population: int | None, seed: int | None,
) -> dict[str, Any]:  # fmt: skip
    """Models and accounts that are set side by side, as `ldnsim.compare` takes them."""
    if model is not None:
        for option, given in (("--assumptions", assumptions), ("--drug", drugs)):
            if given:
                raise InputError(option, given[0], "to be left out beside --model, which has its own parameters")
        return of_whom("naltrexone", "popular", changes, model, covariates, population, seed)
    accounts, names = assumptions or list(BUNDLES), drugs or ["naltrexone"]
    shared = of_whom("naltrexone", "popular", changes, None, covariates, population, seed)
    models = [of_drug(name, account)["model"] for name in names if name != "naltrexone" for account in accounts]
    ours = "naltrexone" in names
    return {**shared, "model": [*[None] * ours, *models] if models else None, "assumptions": accounts if ours else None}


def dose_response(
    doses: Annotated[
        list[str] | None,
        typer.Argument(metavar="DOSE...", help="Nightly doses that increase, for example '1 mg' '4.5 mg'."),
    ] = None,
    assumptions: AssumptionsText = "popular",
    weeks: Annotated[
        int | None,
        typer.Option(
            parser=plain,
            metavar="N",
            help="Weeks from untreated on, of which the last day is read; at steady state if none.",
        ),
    ] = None,
    at: Annotated[str, typer.Option(metavar="TIME", help="Clock time of the dose.")] = "22:00",
    changes: Changes = None,
    covariate: KnownOf = None,
    plot: PlotPath = None,
    csv: CsvPath = None,
    as_json: AsJson = False,
    drug: DrugName = "naltrexone",
    model: ModelName = None,
    language: Language = ENGLISH,
    quiet: Quiet = False,
) -> None:
    """Print daily means of nightly dosing against dose: where less is more."""
    from ..doses import dose_response as run_doses
    from ..results.carried import told_by

    words = words_of(language)
    refuse_files(plot=plot, csv=csv)
    given: dict[str, Any] = {"doses": doses} if doses else {}
    with bar(quiet=quiet) as report:
        found = run_doses(
            **given, **of_whom(drug, assumptions, changes, model, covariate), weeks=weeks, at=at, progress=report
        )
    named = {name: f"{name} [{values.attrs['units']}]" for name, values in found.data.variables.items()}
    table = found.data.to_dataframe().reset_index().rename(columns=named)
    write_table(table, csv, float_format="%.7g", told=told_by(found.data.attrs))
    write_plot(lambda: found.plot(language=language).figure, plot)
    if as_json:
        write_json(told_of_response(found.data))
        return
    typer.echo(f"{words.say(found.data.attrs['title'])}: {found.data.attrs['assumptions_in_full']}")
    typer.echo(table.to_string(index=False, float_format=lambda value: words.number(f"{value:.4g}")))


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
    drug: Annotated[
        str, typer.Option("--drug", metavar="NAME", help="What the page shows at first: naltrexone or nalmefene.")
    ] = "naltrexone",
) -> None:
    """Open the dose explorer in a browser; it runs on this machine and, without --host, is served to it alone."""
    from ..explorer.opening import explore as open_page

    open_page(port, host=host, browser=browser, drug=drug)


def calibrate(
    write: Annotated[
        Path | None, typer.Option("--write", metavar="FILE", help="Write the table of calibrated parameters.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Solve every calibrated parameter afresh and compare with the stored value (under a minute)."""
    from .. import calibrate as calibration

    refuse_files(write=write)

    def report(title: str) -> None:
        if sys.stderr.isatty() and not quiet:
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
