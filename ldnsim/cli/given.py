"""What is given: a regimen as it is typed, or the file of an event table and what its columns are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..base.delimited import POINT
from ..base.errors import InputError
from .options import read_changes
from .separators import TABLES, is_table, separators

if TYPE_CHECKING:
    from ..dosing.event_table import EventTable

Given = Annotated[
    str,
    typer.Argument(
        metavar="REGIMEN|TABLE",
        help="What is taken: '4.5 mg at 22:00 daily for 28 days'; or the file of an event table, doses.csv.",
        show_default=False,
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="NAME=WHAT",
        help="What a column of the table is: DOSE=AMT (another name), WT=locf (a covariate: constant, locf, nocb or "
        "linear), AMT=ug (a unit), NOTE=carry, NOTE=drop. Repeatable.",
    ),
]

TimeZero = Annotated[
    str | None,
    typer.Option("--time-zero", metavar="TIME", help="Of a table, the hour of the day at TIME 0; 22:00 if none."),
]

_IN_PYTHON = (
    (re.compile(r"(?:rename|units)=\{'([^']*)': '([^']*)'\}"), r"--column \1='\2'"),
    (re.compile(r"(carry|drop)=\['([^']*)'\]"), r"--column \2=\1"),
    (re.compile(r"covariates=\{'([^']*)': ([^}]*)\}"), r"--column \1=\2"),
)
"""How errors say in Python what ``--column`` says."""

_COVARIATES = ("constant", "locf", "nocb", "linear")
_WITH_UNITS = ("TIME", "II", "DUR", "AMT", "RATE", "DV")


def read_given(text: str, columns: Sequence[str] | None = None) -> str | EventTable:
    """A regimen as it is, or the table in a file.

    Parameters
    ----------
    text : str
        A regimen, or a file whose name ends with one of `ldnsim.cli.separators.TABLES`.
    columns : sequence of str, optional
        What columns are, ``"DOSE=AMT"``.

    Returns
    -------
    str or EventTable
        What is given.

    Raises
    ------
    InputError
        If columns are said of a regimen, or the table cannot be read.
    """
    if is_table(text):
        from ..dosing.event_table import EventTable

        said = _read_columns(columns)
        try:
            # what stands between its cells is seen; --sep may be for the file that is written
            return EventTable.read(text, **said, decimal=separators().get("decimal", POINT))
        except InputError as error:
            argument = "--column" if error.argument.partition("[")[0] in said else error.argument
            raise InputError(argument, error.value, _typed(error.expected)) from error
    if columns:
        raise InputError("--column", columns[0], f"an event table: a file that ends with {', '.join(TABLES)}")
    return text


def _typed(expected: str) -> str:
    """The text of an error with ``--column`` in place of the arguments of `EventTable.read` that it stands for."""
    for in_python, typed in _IN_PYTHON:
        expected = in_python.sub(typed, expected)
    return expected


def of_table(what: str | EventTable, time_zero: str | None, drug: str, model: str | None) -> dict[str, Any]:
    """What is said of a table alone, as `ldnsim.simulate` takes it; raises `InputError` beside a regimen."""
    if time_zero is None:
        return {}
    if isinstance(what, str):
        raise InputError("--time-zero", time_zero, "to be left out for a regimen, which says its clock times itself")
    if model is not None or drug != "naltrexone":
        beside = "--drug" if model is None else "--model"
        expected = f"to be left out beside {beside}; a column CLOCK of the table says it"
        raise InputError("--time-zero", time_zero, expected)
    from ..dosing.phases import clock_of

    return {"clock": clock_of(time_zero, "--time-zero")}


def _read_columns(pairs: Sequence[str] | None) -> dict[str, Any]:
    """What is said of columns, as `EventTable.read` takes it; raises `InputError`."""
    found: dict[str, Any] = {"rename": {}, "covariates": {}, "units": {}, "carry": [], "drop": []}
    for name, what in read_changes(pairs, "--column", "WT=locf or DOSE=AMT").items():
        if what in _COVARIATES:
            found["covariates"][name] = what
        elif what in ("carry", "drop"):
            found[what].append(name)
        else:
            found["units" if name.upper() in _WITH_UNITS else "rename"][name] = what
    return {name: said for name, said in found.items() if said}
