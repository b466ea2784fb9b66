"""Options that several commands have, and how they are read."""

from __future__ import annotations

import csv as csv_files
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from ..base.delimited import delimited
from ..base.errors import InputError
from ..base.files import whole, write_text
from ..base.reading import NUMBER, choice
from ..terminal import plain as plain_number
from .separators import is_table, written_with

if TYPE_CHECKING:
    import matplotlib.figure
    import pandas as pd

    from ..population.population import Population
    from ..results.carried import Told


def _no_table(text: str) -> str:
    if is_table(text):
        raise InputError("REGIMEN", text, "a regimen; simulate, windows, rebound and fit take event tables")
    return text


RegimenText = Annotated[
    str,
    typer.Argument(
        metavar="REGIMEN",
        help="For example: '4.5 mg at 22:00 daily for 28 days'.",
        show_default=False,
        callback=_no_table,
    ),
]
AssumptionsText = Annotated[
    str,
    typer.Option(
        "--assumptions",
        metavar="NAME",
        help="popular, measured, or choices: site=plasma|pet, isomers=racemic|levo|0..1, "
        "tlr4=clinical|in-vitro|opioid-mediated|off, rebound=popular|conservative|off, "
        "exposure=pooled|label50|ldn24|deep96, blockade=occupancy|functional; joined by commas, "
        "changing a bundle if it stands first.",
    ),
]
PlotPath = Annotated[Path | None, typer.Option("--plot", metavar="FILE", help="Write the figure (png, pdf or svg).")]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Change a parameter, for example pk.cl='120 L/h'. Repeatable."),
]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="End of the run, for example '8 weeks'.")]


CsvPath = Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write the table.")]
People = Annotated[
    int | None,
    typer.Option(
        "--population", parser=plain_number, metavar="N", help="N people who differ as the ledger says, not one adult."
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(parser=plain_number, metavar="N", help="Seed of the people; one is chosen and printed if none."),
]
SeedOrOne = Annotated[
    int | None, typer.Option("--seed", parser=plain_number, metavar="N", help="Seed of the people; 1 if none.")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress.")]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print as JSON: numbers with their units, account and weakest evidence.")
]
Start = Annotated[
    str, typer.Option("--start", metavar="STATE", help="untreated, or steady-state: taken so forever before.")
]
KnownOf = Annotated[
    list[str] | None,
    typer.Option(
        "--covariate",
        metavar="NAME=VALUE",
        help="What is known of the person: weight='55 kg', age, creatinine_clearance, smoking, liver, sex. Repeatable.",
    ),
]
ModelName = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="NAME",
        help="A small model in place of a drug, such as one-compartment; its parameters with --set CL=2 --set V=20.",
    ),
]
OF_DRUGS = "naltrexone, or nalmefene"
"""Drugs in words; a test holds it against `ldnsim.models.DRUGS`, which would take long to import for a help."""

DrugName = Annotated[
    str,
    typer.Option("--drug", metavar="NAME", help=f"{OF_DRUGS}, which has only the axes site, rebound and blockade."),
]

Language = Annotated[
    str,
    typer.Option("--language", metavar="CODE", help="Words and numbers of the text and the figure: en, de, fr, es."),
]


SOURCE = "changed on the command line"
"""Where changed parameters come from."""


def of_drug(drug: str, assumptions: str) -> dict[str, Any]:
    """Model and assumptions as the functions take them; raises `InputError` for a drug that there is not."""
    from ..models import DRUGS

    if choice("--drug", drug, ("naltrexone", *DRUGS)) == "naltrexone":
        return {"assumptions": assumptions}
    return {"model": DRUGS[drug](assumptions)}


def of_whom(
    drug: str,
    assumptions: str,
    changes: Sequence[str] | None,
    model: str | None = None,
    covariates: Sequence[str] | None = None,
    population: int | None = None,
    seed: int | None = None,
) -> dict[str, Any]:
    """Whom and what a run is about, as the functions take it.

    Parameters
    ----------
    drug, assumptions : str
        Of a drug, its account.
    changes, covariates : sequence of str, optional
        ``NAME=VALUE``; of a small model changes are its parameters.
    model : str, optional
        A small model in place of a drug.
    population, seed : int, optional
        How many people; covariates are then those of each of them.

    Returns
    -------
    dict of str to object
        ``assumptions`` or ``model``, and ``parameters``, ``covariates`` and ``population`` where they are said.

    Raises
    ------
    InputError
        If there is no such drug or model, or something does not suit it.
    """
    said = read_known(covariates)
    people = people_of(population, seed, said)
    known: dict[str, Any] = {"covariates": said} if said and people is None else {}
    known |= {} if people is None else {"population": people}
    if model is None:
        changed = {"parameters": read_changes(changes)} if changes else {}
        return {**of_drug(drug, assumptions), **changed, **known}
    for option, given, usual in (("--drug", drug, "naltrexone"), ("--assumptions", assumptions, "popular")):
        if given != usual:
            raise InputError(option, given, "to be left out beside --model, which has its own parameters")
    if people is not None:
        expected = "to be left out beside --model, of whose parameters the ledger has no spread"
        raise InputError("--population", population, expected)
    from .small_models import small_model

    return {"model": small_model(model, read_changes(changes, example="CL=2")), **known}


def usual_seed(population: int | None, seed: int | None) -> int | None:
    """The seed of people where it is not said, so that an answer is the same each time."""
    return 1 if population is not None and seed is None else seed


def people_of(n: int | None, seed: int | None, covariates: Mapping[str, float | str]) -> Population | None:
    """Who takes it; None for one typical adult; raises `InputError` for a seed of nobody."""
    if n is None and seed is not None:
        raise InputError("--seed", str(seed), "to be left out without --population")
    from ..population.population import Population

    if n is None:
        return None
    try:
        return Population(n, seed, covariates=covariates or None)
    except InputError as error:
        raise InputError(
            "--population" if error.argument == "n" else error.argument, error.value, error.expected
        ) from error


def read_known(pairs: Sequence[str] | None) -> dict[str, float | str]:
    """Covariates by name; a plain number is in the unit of the ledger; raises `InputError`."""
    said = read_changes(pairs, "--covariate", "weight='55 kg'")
    return {name: float(value) if re.fullmatch(NUMBER, value) else value for name, value in said.items()}


def read_changes(
    pairs: Sequence[str] | None, option: str = "--set", example: str = "pk.cl='120 L/h'"
) -> dict[str, str]:
    """Values by name, such as changed parameters; raises `InputError` for what is no NAME=VALUE."""
    found: dict[str, str] = {}
    for pair in pairs or ():
        name, equals, value = pair.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise InputError(option, pair, f"NAME=VALUE, for example {example}")
        if name.strip() in found:
            raise InputError(option, pair, f"{name.strip()} once")
        found[name.strip()] = value.strip()
    return found


def write_table(
    frame: pd.DataFrame, path: Path | None, option: str = "--csv", float_format: str | None = None,
    told: Sequence[Told] = (),
) -> None:  # fmt: skip
    """Write a table where a file is named, whole or not at all, below the records of what it was read off."""
    if path is not None:
        from ..results.carried import OF_ANSWER, in_lines

        text = delimited(frame, **written_with(), float_format=float_format)
        if told and "#" in text:
            # readers that pass over remarks would cut a cell there
            text = delimited(frame, **written_with(), float_format=float_format, quoting=csv_files.QUOTE_NONNUMERIC)
        write_text(path, in_lines(told, OF_ANSWER) + text, option)


def write_plot(draw: Callable[[], matplotlib.figure.Figure], path: Path | None) -> None:
    """Draw and write a figure where a file is named, whole or not at all, whatever screen there is."""
    if path is not None:
        import matplotlib

        matplotlib.use("agg")
        with whole(path, "--plot") as draft:
            draw().savefig(draft)


class Found(Protocol):
    """What a command has found: a table, a picture, and a text."""

    @property
    def table(self) -> pd.DataFrame:
        """The table."""

    def plot(self) -> matplotlib.figure.Figure:
        """The picture."""


def write_found(found: Found, plot: Path | None, csv: Path | None, *, as_json: bool = False) -> None:
    """Print what was found, after its table and its picture are written."""
    from .as_json import records_behind

    told = records_behind(found) if csv is not None else ()
    write_table(found.table, csv, float_format="%.7g", told=told)
    write_plot(found.plot, plot)
    if as_json:
        from .as_json import told_of_answer, write_json

        write_json(told_of_answer(found))
    else:
        typer.echo(str(found))
