"""Columns of an event table that carry covariates of the ledger, read for the naltrexone model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

from .covariates import CHILD_PUGH, Covariate, levels, of_one, read_for_one, references
from .errors import InputError
from .events import EventTable
from .model import Parameters
from .parameters import ParameterSet
from .records import Row

NAMES: Mapping[str, str] = {
    "WT": "weight", "AGE": "age", "CRCL": "creatinine_clearance", "SMOK": "smoking", "CHILD": "liver",
    **{name.upper(): name for name in ("weight", "age", "creatinine_clearance", "smoking", "liver", "sex")},
}  # fmt: skip
"""Covariate of the ledger that a column means, by its name in capitals."""


class Person(NamedTuple):
    """Whom some covariates make: what is known, and the parameters with and without their evidence."""

    known: tuple[Covariate, ...]
    entries: ParameterSet
    parameters: Parameters


def with_covariates(
    table: EventTable, typical: ParameterSet, said: tuple[Covariate, ...]
) -> tuple[EventTable, Callable[[Mapping[str, float]], Person]]:
    """The table with its columns of covariates as numbers, and whom these numbers make.

    Parameters
    ----------
    table : EventTable
        What was read.
    typical : ParameterSet
        Parameters without covariates.
    said : tuple of Covariate
        What is known of everybody.

    Returns
    -------
    table : EventTable
        With a rule for each column: the one that it was read with, else a value holds from its row on.
    person : callable
        ``person(covariates)`` of a row.

    Raises
    ------
    InputError
        Naming the row and column that cannot be used.
    """
    columns: dict[str, str] = {}
    for column in table.rows[0].carried:
        name = NAMES.get(column.upper())
        if name is None:
            continue
        if name in columns.values():
            raise InputError(f"column {column}", name, "one column for each covariate; leave the other out")
        if any(one.name == name for one in said):
            raise InputError(f"column {column}", name, "a covariate either in covariates= or in a column, not in both")
        columns[column] = name

    @lru_cache(maxsize=4096)
    def made(given: tuple[tuple[str, float], ...]) -> Person:
        own = {name: value if name in references() else levels()[name][int(value)] for name, value in given}
        known = read_for_one({**{one.name: one.given for one in said}, **own})
        entries = of_one(known, typical) if known else typical
        return Person(known, entries, entries.fill(Parameters))

    def person(covariates: Mapping[str, float]) -> Person:
        # without effect in the ledger, sex is left unread, so that the table is told that it changes nothing
        acting = {column: name for column, name in columns.items() if name != "sex"}
        return made(tuple((name, covariates[column]) for column, name in acting.items()))

    if not columns:
        return table, person
    rows = []
    for row in table.rows:
        own = {column: _number(row, column, name) for column, name in columns.items()}
        rows.append(replace(row, covariates={**row.covariates, **own}))
    for column, name in columns.items():
        if name in levels() and table.covariates.get(column) == "linear":
            raise InputError(f"column {column}", "linear", "nocb or locf, because there is nothing between two levels")
    rules = {**dict.fromkeys(columns, "locf"), **table.covariates}
    return replace(table, rows=tuple(rows), covariates=rules), person


def _number(row: Row, column: str, name: str) -> float:
    """A cell as a number; of a level, its place among the levels of the ledger."""
    cell: Any = row.carried[column]
    place = f"{row.place}, column {column}"
    if cell == "" or cell is None:
        raise InputError(place, "blank", f"the {name} on every row; leave the column out where it is not known")
    if name in references():
        # a text with a unit stays, and so does what is refused below
        with suppress(TypeError, ValueError):
            cell = float(cell)
    else:
        text = str(cell).strip()
        cell = text.upper() if text.upper() in CHILD_PUGH else text.lower()
    try:
        found = read_for_one({name: cell})[0].given
    except InputError as error:
        raise InputError(place, row.carried[column], error.expected) from error
    return float(found) if name in references() else float(levels()[name].index(found))
