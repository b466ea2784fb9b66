"""Commands that print what the library knows: parameters, equations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ..base.errors import InputError
from ..terminal import bar
from .options import DrugName, Quiet, of_drug

if TYPE_CHECKING:
    from ..ledger.evidence import Observation, Parameter
    from ..ledger.parameters import ParameterSet


def parameters(
    module: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only one of pk, receptors, endorphin, tlr4, outcomes.")
    ] = None,
    status: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only one of read, recalled, assumed, calibrated.")
    ] = None,
    assumptions: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The parameters in use under these assumptions, not the whole ledger."),
    ] = None,
    observations: Annotated[bool, typer.Option("--observations", help="Print the observations instead.")] = False,
    drug: DrugName = "naltrexone",
) -> None:
    """Print the ledger: every parameter with its unit, source and status; of another drug those in use."""
    from ..ledger.evidence import ledger
    from ..ledger.parameters import resolve

    other = of_drug(drug, assumptions or "popular").get("model")
    if observations:
        for option, given in (("--assumptions", assumptions), ("--drug", other and drug)):
            if given is not None:
                raise InputError(option, given, "to be left out with --observations")
        ledger().select(module, status)
        chosen = [
            row
            for row in ledger().observations.values()
            if module in (None, row.module) and status in (None, row.status)
        ]
        _table(("id", "what", "value", "unit", "status", "source"), [_observation(row) for row in chosen])
    elif other is not None:
        _in_use(other.typical()[0], module, status)
    elif assumptions is None:
        _table(
            ("id", "symbol", "what", "value", "unit", "status", "source"),
            [_parameter(row) for row in ledger().select(module, status)],
        )
    else:
        _in_use(resolve(assumptions), module, status)


def _in_use(values: ParameterSet, module: str | None, status: str | None) -> None:
    from ..ledger.evidence import ledger

    wanted = {row.id for row in ledger().select(module, status)}
    rows = [
        (
            name,
            entry.row or "-",
            values.rules.terms[name].meaning,
            f"{entry.value:.6g}",
            entry.unit,
            entry.status,
            f"tuned to: {entry.target}" if entry.status == "calibrated" else entry.source,
        )
        for name, entry in values.items()
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


def equations(
    module: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only one of pk, receptors, receptor_turnover, endorphin, tlr4, outcomes."),
    ] = None,
    drug: DrugName = "naltrexone",
    quiet: Quiet = False,
) -> None:
    """Print the equations as LaTeX, derived from the code that is run, and what their symbols mean."""
    from ..symbolic import latex

    with bar(quiet=quiet):
        found = latex(module, of_drug(drug, "popular").get("model"))
    typer.echo(found)
