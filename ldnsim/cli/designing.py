"""Commands that go from a wish to a regimen: ``ldnsim design dose | time | interval | ladder | pareto``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..base.errors import InputError
from ..base.reading import number_in
from ..terminal import Command, Commands, bar, refuse_files
from .examples import EXAMPLES
from .options import (
    SOURCE,
    AsJson,
    AssumptionsText,
    Changes,
    CsvPath,
    DrugName,
    KnownOf,
    ModelName,
    People,
    PlotPath,
    Quiet,
    RegimenText,
    SeedOrOne,
    Start,
    Until,
    of_whom,
    usual_seed,
    write_found,
)  # fmt: skip

app = typer.Typer(
    cls=Commands,
    rich_markup_mode=None,
    help="Find the dose, clock time, interval, steps or compromise for which an endpoint is as wanted.",
)

Endpoint = Annotated[
    str,
    typer.Option("--wanted", metavar="NAME", help="An endpoint, as a summary has it: 'ntx Cmax'.", show_default=False),
]
Target = Annotated[
    str,
    typer.Option(
        metavar="VALUE", help="What it is to become: '2 ng/mL', 1.05, or '06:00' of a time.", show_default=False
    ),
]
Low = Annotated[str | None, typer.Option("--from", metavar="VALUE", help="The least that is allowed.")]
High = Annotated[str | None, typer.Option("--to", metavar="VALUE", help="The most that is allowed.")]
Quantile = Annotated[
    str, typer.Option(metavar="SHARE", help="Of a population, which quantile of an endpoint over people counts.")
]


@app.command(cls=Command, epilog="\n".join(EXAMPLES["design dose"]))
def dose(
    regimen: RegimenText,
    wanted: Endpoint,
    target: Target,
    low: Low = None,
    high: High = None,
    population: People = None,
    seed: SeedOrOne = None,
    start: Start = "untreated",
    assumptions: AssumptionsText = "popular",
    until: Until = None,
    changes: Changes = None,
    covariate: KnownOf = None,
    plot: PlotPath = None,
    csv: CsvPath = None,
    as_json: AsJson = False,
    drug: DrugName = "naltrexone",
    model: ModelName = None,
    quiet: Quiet = False,
) -> None:
    """Find the dose for which an endpoint reaches a target; with --population, of each person."""
    from ..designing import find_dose

    refuse_files(plot=plot, csv=csv)
    settings = _settings(drug, assumptions, changes, model, covariate, population, seed, start=start, until=until)
    with bar(quiet=quiet):
        found = find_dose(regimen, wanted, _value(target), between=_between(low, high), **settings)
    write_found(found, plot, csv, as_json=as_json)


@app.command(cls=Command, epilog="\n".join(EXAMPLES["design time"]))
def time(
    regimen: RegimenText,
    wanted: Endpoint,
    best: Annotated[str, typer.Option(metavar="WAY", help="highest or lowest.")] = "highest",
    population: People = None,
    seed: SeedOrOne = None,
    quantile: Quantile = "0.5",
    start: Start = "untreated",
    assumptions: AssumptionsText = "popular",
    until: Until = None,
    changes: Changes = None,
    covariate: KnownOf = None,
    plot: PlotPath = None,
    csv: CsvPath = None,
    as_json: AsJson = False,
    drug: DrugName = "naltrexone",
    model: ModelName = None,
    quiet: Quiet = False,
) -> None:
    """Find the clock time of the doses at which an endpoint is highest or lowest."""
    from ..designing import best_time

    refuse_files(plot=plot, csv=csv)
    settings = _settings(drug, assumptions, changes, model, covariate, population, seed, start=start, until=until)
    with bar(quiet=quiet):
        found = best_time(regimen, wanted, best, quantile=number_in(quantile, "--quantile"), **settings)
    write_found(found, plot, csv, as_json=as_json)


@app.command(cls=Command, epilog="\n".join(EXAMPLES["design interval"]))
def interval(
    regimen: RegimenText,
    wanted: Endpoint,
    target: Target,
    low: Low = None,
    high: High = None,
    population: People = None,
    seed: SeedOrOne = None,
    quantile: Quantile = "0.5",
    start: Start = "untreated",
    assumptions: AssumptionsText = "popular",
    until: Until = None,
    changes: Changes = None,
    covariate: KnownOf = None,
    plot: PlotPath = None,
    csv: CsvPath = None,
    as_json: AsJson = False,
    drug: DrugName = "naltrexone",
    model: ModelName = None,
    quiet: Quiet = False,
) -> None:
    """Find the interval between doses for which an endpoint reaches a target."""
    from ..designing import best_interval

    refuse_files(plot=plot, csv=csv)
    settings = _settings(drug, assumptions, changes, model, covariate, population, seed, start=start, until=until)
    share = number_in(quantile, "--quantile")
    with bar(quiet=quiet):
        found = best_interval(regimen, wanted, _value(target), between=_between(low, high), quantile=share, **settings)
    write_found(found, plot, csv, as_json=as_json)


@app.command(cls=Command, epilog="\n".join(EXAMPLES["design ladder"]))
def ladder(
    to: Annotated[
        str, typer.Argument(metavar="DOSE", help="The daily dose that is to be reached.", show_default=False)
    ],
    wanted: Endpoint,
    limit: Annotated[str | None, typer.Option(metavar="VALUE", help="What the endpoint may never exceed.")] = None,
    rise: Annotated[str | None, typer.Option(metavar="VALUE", help="How much it may rise from step to step.")] = None,
    every: Annotated[str, typer.Option(metavar="TIME", help="How long a step is.")] = "1 week",
    by: Annotated[str, typer.Option(metavar="DOSE", help="What doses are multiples of.")] = "0.5 mg",
    clock: Annotated[str, typer.Option(metavar="TIME", help="Clock time of the doses.")] = "22:00",
    population: People = None,
    seed: SeedOrOne = None,
    quantile: Quantile = "0.5",
    assumptions: AssumptionsText = "popular",
    changes: Changes = None,
    covariate: KnownOf = None,
    plot: PlotPath = None,
    csv: CsvPath = None,
    as_json: AsJson = False,
    drug: DrugName = "naltrexone",
    model: ModelName = None,
    quiet: Quiet = False,
) -> None:
    """Find steps up to a dose, each as high as a limit allows; --limit, --rise or both."""
    from ..designing import find_ladder

    refuse_files(plot=plot, csv=csv)
    settings = _settings(drug, assumptions, changes, model, covariate, population, seed)
    bounds: dict[str, Any] = {
        name: _value(text) for name, text in (("limit", limit), ("rise", rise)) if text is not None
    }
    share = number_in(quantile, "--quantile")
    with bar(quiet=quiet):
        found = find_ladder(to, wanted, every=every, by=by, clock=clock, quantile=share, **bounds, **settings)
    write_found(found, plot, csv, as_json=as_json)


@app.command(cls=Command, epilog="\n".join(EXAMPLES["design pareto"]))
def pareto(
    regimen: RegimenText,
    wanted: Annotated[
        list[str] | None,
        typer.Option(
            "--wanted", metavar="NAME", help="An endpoint. Repeatable; blocked hours and beta-endorphin if none."
        ),
    ] = None,
    best: Annotated[
        list[str] | None,
        typer.Option("--best", metavar="WAY", help="Of each endpoint: highest or lowest. Repeatable."),
    ] = None,
    doses: Annotated[
        list[str] | None, typer.Option("--dose", metavar="DOSE", help="A dose that is tried. Repeatable.")
    ] = None,
    times: Annotated[
        list[str] | None, typer.Option("--time", metavar="TIME", help="A clock time that is tried. Repeatable.")
    ] = None,
    population: People = None,
    seed: SeedOrOne = None,
    quantile: Quantile = "0.5",
    start: Start = "untreated",
    assumptions: AssumptionsText = "popular",
    until: Until = None,
    changes: Changes = None,
    covariate: KnownOf = None,
    plot: PlotPath = None,
    csv: CsvPath = None,
    as_json: AsJson = False,
    drug: DrugName = "naltrexone",
    model: ModelName = None,
    quiet: Quiet = False,
) -> None:
    """Weigh endpoints against each other over doses and clock times: blockade against rebound, if none are named."""
    from ..designing import pareto as weigh

    refuse_files(plot=plot, csv=csv)
    settings = _settings(drug, assumptions, changes, model, covariate, population, seed, start=start, until=until)
    if (wanted is None) != (best is None):
        raise InputError("--best", best, "to be said of each --wanted, and of nothing else")
    if wanted is not None and best is not None:
        settings |= {"wanted": wanted, "best": best}
    share = number_in(quantile, "--quantile")
    with bar(quiet=quiet):
        found = weigh(regimen, doses=doses, times=times, quantile=share, **settings)
    write_found(found, plot, csv, as_json=as_json)


def _settings(
    drug: str, assumptions: str, changes: list[str] | None, model: str | None, covariates: list[str] | None,
    population: int | None, seed: int | None, **further: Any,
) -> dict[str, Any]:  # fmt: skip
    """For whom and how, as the functions take it."""
    people = (population, usual_seed(population, seed))
    return {**of_whom(drug, assumptions, changes, model, covariates, *people), "source": SOURCE, **further}


def _value(text: str) -> float | str:
    """A plain number, or a text with its unit."""
    try:
        return number_in(text, "value")
    except InputError:
        return text


def _between(low: str | None, high: str | None) -> tuple[float | str, float | str] | None:
    """What is allowed; raises `InputError` where only one end is said."""
    if (low is None) != (high is None):
        raise InputError("--from" if low is None else "--to", None, "both ends, or neither")
    return None if low is None or high is None else (_value(low), _value(high))
