"""Options that several commands have, and how they are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from ..base.errors import InputError
from ..base.files import whole
from ..base.reading import choice

if TYPE_CHECKING:
    import matplotlib.figure
    import pandas as pd

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


DrugName = Annotated[
    str,
    typer.Option(
        "--drug", metavar="NAME", help="naltrexone, or nalmefene, which has only the axes site, rebound and blockade."
    ),
]


def of_drug(drug: str, assumptions: str) -> dict[str, Any]:
    """Model and assumptions as the functions take them; raises `InputError` for a drug that there is not."""
    from ..models import DRUGS

    if choice("--drug", drug, ("naltrexone", *DRUGS)) == "naltrexone":
        return {"assumptions": assumptions}
    return {"model": DRUGS[drug](assumptions)}


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


def write_table(frame: pd.DataFrame, path: Path | None, option: str = "--csv", float_format: str | None = None) -> None:
    """Write a table where a file is named, whole or not at all."""
    if path is not None:
        with whole(path, option) as draft:
            frame.to_csv(draft, index=False, float_format=float_format, lineterminator="\n")


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


def write_found(found: Found, plot: Path | None, csv: Path | None) -> None:
    """Print what was found, after its table and its picture are written."""
    write_table(found.table, csv, float_format="%.7g")
    write_plot(found.plot, plot)
    typer.echo(str(found))
