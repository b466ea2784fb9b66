"""Columns of an event table that carry covariates of the ledger, read for the naltrexone model."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError, LdnsimWarning
from ..base.reading import number, number_in
from ..base.vocabulary import filled
from ..dosing.columns import known_covariate
from ..dosing.event_table import EventTable
from ..dosing.rows import Row
from ..ledger.evidence import weakest
from ..ledger.parameters import ParameterSet
from ..ledger.ranges import faults
from ..model import Parameters
from ..models.system import Daily, System, leaves
from ..population.covariate_reading import read_for_one
from ..population.covariates import (
    CHILD_PUGH,
    Covariate,
    apply,
    credible,
    levels,
    numbers_of_one,
    of_one,
    references,
)

Values = NDArray[np.float64]

NAMES: Mapping[str, str] = {
    "WT": "weight", "AGE": "age", "CRCL": "creatinine_clearance", "SMOK": "smoking", "CHILD": "liver",
    **{name.upper(): name for name in ("weight", "age", "creatinine_clearance", "smoking", "liver", "sex")},
}  # fmt: skip
"""Covariate of the ledger that a column means, by its name in capitals."""


@dataclass(frozen=True, eq=False)
class Person:
    """Whom some covariates make.

    Attributes
    ----------
    known : tuple of Covariate
        What is known.
    typical : ParameterSet
        Parameters without covariates.
    """

    known: tuple[Covariate, ...]
    typical: ParameterSet

    @cached_property
    def entries(self) -> ParameterSet:
        """Parameters with their evidence."""
        return of_one(self.known, self.typical) if self.known else self.typical

    @cached_property
    def parameters(self) -> Parameters:
        """Parameters in numbers."""
        found: Parameters = filled(Parameters, numbers_of_one(self.known, self.typical).values())
        return found


@dataclass(frozen=True, eq=False)
class Whose:
    """Whom the covariates of a row make.

    Attributes
    ----------
    columns : mapping of str to str
        Columns that hold covariates of the ledger, and which.
    typical : ParameterSet
        Parameters without covariates.
    said : tuple of Covariate
        What is known of everybody.
    """

    columns: Mapping[str, str]
    typical: ParameterSet
    said: tuple[Covariate, ...]

    @cached_property
    def _made(self) -> dict[tuple[float, ...], Person]:
        return {}

    def person(self, covariates: Mapping[str, float]) -> Person:
        """Whom the covariates of a row make."""
        # without effect in the ledger, sex is left unread, so that the table is told that it changes nothing
        acting = {name: covariates[column] for column, name in self.columns.items() if name != "sex"}
        key = tuple(acting.values())
        if key not in self._made:
            own = {
                name: value if name in references() else levels()[name][int(value)] for name, value in acting.items()
            }
            known = read_for_one({**{one.name: one.given for one in self.said}, **own})
            self._made[key] = Person(known, self.typical)
        return self._made[key]

    def parameters(self, covariates: Mapping[str, float]) -> Parameters:
        """Their parameters in numbers."""
        return self.person(covariates).parameters

    def entries(self, covariates: Mapping[str, float]) -> ParameterSet:
        """The same with their evidence."""
        return self.person(covariates).entries

    def of_many(self, several: Sequence[Mapping[str, float]]) -> Values:
        """Parameters of many in numbers, shape (n_parameters, n)."""
        people = [self.person(one) for one in several]
        typical_values = self.typical.values_by_name()
        names = dict.fromkeys(one.name for who in people for one in who.known)
        given = {
            name: np.array([next(one.given for one in who.known if one.name == name) for who in people])
            for name in names
        }
        found = typical_values | apply(given, typical_values)
        for _, _, broken in faults(found, self.typical.rules):
            for who in np.flatnonzero(broken):
                people[who].entries  # noqa: B018 - which says what is wrong
        return np.array([np.broadcast_to(value, len(people)) for value in found.values()])


def with_covariates(table: EventTable, typical: ParameterSet, said: tuple[Covariate, ...]) -> tuple[EventTable, Whose]:
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
    whose : Whose
        Whom these make.

    Raises
    ------
    InputError
        Naming the row and column that cannot be used.

    Warns
    -----
    LdnsimWarning
        Of columns that seem to hold a covariate under another name.
    """
    columns: dict[str, str] = {}
    for column in table.rows[0].carried:
        name = NAMES.get(column.upper())
        if name is None:
            meant = known_covariate(column)
            if meant is not None:
                unit = f", in {references()[NAMES[meant]][1]}" if NAMES[meant] in references() else ""
                cure = f"rename={{{column!r}: {meant!r}}} has it read as {NAMES[meant]}{unit}"
                warnings.warn(f"{table.source}: column {column} is not used; {cure}", LdnsimWarning, stacklevel=3)
            continue
        if name in columns.values():
            raise InputError(f"column {column}", name, "one column for each covariate; leave the other out")
        if any(one.name == name for one in said):
            raise InputError(f"column {column}", name, "a covariate either in covariates= or in a column, not in both")
        columns[column] = name

    whose = Whose(columns, typical, said)
    if not columns:
        return table, whose
    rows = _with_numbers(table.rows, columns)
    for column, name in columns.items():
        if name in levels() and table.covariates.get(column) == "linear":
            raise InputError(f"column {column}", "linear", "nocb or locf, because there is nothing between two levels")
    rules = {**dict.fromkeys(columns, "locf"), **table.covariates}
    return replace(table, rows=tuple(rows), covariates=rules), whose


def _with_numbers(rows: Sequence[Row], columns: Mapping[str, str]) -> list[Row]:
    """Rows that know the cells of some columns as numbers, each read once where it stands in many rows."""
    found: list[Row] = []
    seen: dict[Any, dict[str, float]] = {}
    cells_of, several = itemgetter(*columns), len(columns) > 1
    before: Any = None
    own: dict[str, float] = {}
    for row in rows:
        cells = cells_of(row.carried)
        # 1, 1.0 and True are equal, and not read alike
        key = (cells, tuple(map(type, cells)) if several else type(cells))
        if key != before:  # mostly the row of a subject comes after another
            before = key
            try:
                known = seen.get(key)
            except TypeError:  # what has no hash cannot be looked up
                known = None
            own = {column: _number(row, column, name) for column, name in columns.items()} if known is None else known
            with suppress(TypeError):
                seen[key] = own
        found.append(row.knowing({**row.covariates, **own} if row.covariates else own))
    return found


def over_time(
    people: Sequence[Any], states: NDArray[np.float64], system: System
) -> tuple[tuple[Covariate, ...], ParameterSet]:
    """Whom the dataset of a subject is about whose covariates change.

    Parameters
    ----------
    people : sequence of Person
        Who the subject is at one time after another, at least one.
    states : ndarray, shape (n_states, n_times)
        States of the run.
    system : System
        The equations.

    Returns
    -------
    known : tuple of Covariate
        What stays the same.
    entries : ParameterSet
        The first ones; a parameter that changes counts as no firmer than at any time.

    Raises
    ------
    InputError
        If what is seen of a state depends on a parameter that changes, so that one set cannot stand for all.
    """
    first, *later = people
    still = Daily(0.0, 0.0).at(0.0)
    seen = [leaves(system.outputs(system.pack(states), one.parameters, still)) for one in people]
    if any(not np.array_equal(a, b) for other in seen[1:] for a, b in zip(seen[0], other, strict=True)):
        raise InputError("id", "covariates that change", "rows(), because what is shown depends on what changes")
    entries = dict(first.entries)
    for name, entry in first.entries.items():
        others = [one.entries[name] for one in later if one.entries[name] != entry]
        if others:
            statuses = [entry.status, *(other.status for other in others)]
            source = f"{entry.source}; later {'; later '.join(other.source for other in others)}"
            entries[name] = entry._replace(status=weakest(statuses), source=source)
    known = tuple(one for one in first.known if all(one in other.known for other in later))
    return known, ParameterSet(entries, first.entries.rules)


def _number(row: Row, column: str, name: str) -> float:
    """A cell as a number; of a level, its place among the levels of the ledger."""
    cell: Any = row.carried[column]
    if type(cell) is float and name in references() and credible(name, np.array([cell])).all():
        return float(cell)
    place = f"{row.place}, column {column}"
    if cell == "" or cell is None:
        raise InputError(place, "blank", f"the {name} on every row; leave the column out where it is not known")
    if name in references():
        # a text with a unit stays, and so does what is refused below
        with suppress(InputError):
            cell = number_in(cell, place) if isinstance(cell, str) else number(cell, place)
    else:
        text = str(cell).strip()
        cell = text.upper() if text.upper() in CHILD_PUGH else text.lower()
    try:
        found = read_for_one({name: cell})[0].given
    except InputError as error:
        raise InputError(place, row.carried[column], error.expected) from error
    return float(found) if name in references() else float(levels()[name].index(found))
