"""The ledger: every parameter and observation with its unit, source and status, checked when read."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, Literal, TypeVar, cast

from ..base.errors import InputError, LedgerError
from ..base.reading import choice, number_in
from ..base.units import is_unit

Status = Literal["read", "recalled", "assumed", "calibrated"]

STATUSES: tuple[Status, ...] = ("read", "recalled", "assumed", "calibrated")
"""Strongest first: seen in a source, remembered from one, chosen, tuned to a target."""

MODULES = ("pk", "receptors", "endorphin", "tlr4", "outcomes")
DISTRIBUTIONS = ("point", "range", "lognormal")


@dataclass(frozen=True)
class Parameter:
    """A parameter as its source gives it.

    Attributes
    ----------
    id : str
        Identifier, unique in the ledger.
    module : str
        Part of the model that it informs.
    symbol : str
        Short name.
    quantity : str
        What it is, in words.
    value, low, high : float or None
        Value and limits, in `unit`; None where the source has no number.
    cv : float or None
        Spread between people [percent].
    unit : str
        Unit of value and limits.
    distribution : str
        ``point``, ``range`` (low to high) or ``lognormal`` (cv).
    population : str
        Who or what was studied.
    n : int or None
        How many.
    source, url : str
        Where it stands.
    year : int or None
        When it was published.
    status : str
        ``read``, ``recalled``, ``assumed`` or ``calibrated``.
    target : str
        What a calibrated or tuned value was tuned to.
    note : str
        What one must know to use it.
    """

    id: str
    module: str
    symbol: str
    quantity: str
    value: float | None
    low: float | None
    high: float | None
    cv: float | None
    unit: str
    distribution: str
    population: str
    n: int | None
    source: str
    year: int | None
    url: str
    status: Status
    target: str
    note: str


@dataclass(frozen=True)
class Observation:
    """A measurement in people, animals or cells as its source gives it.

    Attributes
    ----------
    id, module, subject, drug, formulation, dose_unit, regimen, population, metric : str
        What was measured, in whom, after what; `drug` is the analyte.
    dose, time, value, comparator, spread, low, high : float or None
        Numbers in `dose_unit`, `time_unit` and `unit`; `spread` is a standard deviation
        unless the note says otherwise.
    n : int or None
        How many.
    time_unit, unit : str
        Units.
    source, url, status, note : str
        As in `Parameter`.
    year : int or None
        When it was published.
    """

    id: str
    module: str
    subject: str
    drug: str
    formulation: str
    dose: float | None
    dose_unit: str
    regimen: str
    population: str
    n: int | None
    metric: str
    time: float | None
    time_unit: str
    value: float | None
    comparator: float | None
    spread: float | None
    low: float | None
    high: float | None
    unit: str
    source: str
    year: int | None
    url: str
    status: Status
    note: str


Record = TypeVar("Record", Parameter, Observation)


class Ledger:
    """All rows, by identifier.

    Parameters
    ----------
    parameters : iterable of Parameter
        Parameter rows.
    observations : iterable of Observation
        Observation rows.

    Raises
    ------
    LedgerError
        If an identifier is used twice.
    """

    def __init__(self, parameters: Iterable[Parameter], observations: Iterable[Observation]) -> None:
        self.parameters = MappingProxyType(_by_id(parameters))
        self.observations = MappingProxyType(_by_id(observations))
        both = self.parameters.keys() & self.observations.keys()
        if both:
            raise LedgerError(f"id used for a parameter and an observation: {', '.join(sorted(both))}")

    def select(self, module: str | None = None, status: str | None = None) -> list[Parameter]:
        """Parameter rows of a module or status, in ledger order.

        Parameters
        ----------
        module : str, optional
            One of ``pk``, ``receptors``, ``endorphin``, ``tlr4``, ``outcomes``.
        status : str, optional
            One of ``read``, ``recalled``, ``assumed``, ``calibrated``.

        Returns
        -------
        list of Parameter
            The rows.

        Raises
        ------
        InputError
            If there is no such module or status.
        """
        if module is not None:
            choice("module", module, MODULES)
        if status is not None:
            choice("status", status, STATUSES)
        return [
            row for row in self.parameters.values() if module in (None, row.module) and status in (None, row.status)
        ]


def _by_id(rows: Iterable[Record]) -> dict[str, Record]:
    found: dict[str, Record] = {}
    for row in rows:
        if row.id in found:
            raise LedgerError(f"{row.id}: this id is used twice")
        found[row.id] = row
    return found


def weakest(statuses: Iterable[str]) -> str:
    """The weakest of some statuses; an empty collection counts as ``read``."""
    return max(statuses, key=lambda status: STATUSES.index(cast(Status, status)), default="read")


def table(file: Traversable, columns: Iterable[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Rows of a CSV table with a place name for each, refusing other columns."""
    wanted = list(columns)
    with file.open(encoding="utf-8") as stream:
        reader = csv.DictReader(stream, strict=True)
        if reader.fieldnames != wanted:
            raise LedgerError(f"{file.name}: columns are {reader.fieldnames}, expected {wanted}")
        for line, row in enumerate(reader, start=2):
            if None in row or None in row.values():
                raise LedgerError(f"{file.name} row {line}: has not {len(wanted)} cells")
            yield f"{file.name} row {line}", row


def read(file: Traversable, kind: type[Record]) -> list[Record]:
    """Read and check one table of the ledger.

    Parameters
    ----------
    file : path-like with ``open`` and ``name``
        A CSV file.
    kind : type
        `Parameter` or `Observation`.

    Returns
    -------
    list
        Rows in file order.

    Raises
    ------
    LedgerError
        Naming file, row and what is wrong: unknown unit, missing source or id, a number that
        is none, limits that do not hold the value, an unknown status or module.
    """
    numeric = {f.name: f.type for f in fields(kind) if "None" in str(f.type)}
    found: list[Record] = []
    for place, cells in table(file, [f.name for f in fields(kind)]):
        values: dict[str, Any] = dict(cells)
        for name, declared in numeric.items():
            values[name] = _number(cells[name], place, name, whole=str(declared).startswith("int"))
        row = kind(**values)
        _check(row, place)
        found.append(row)
    return found


def _number(cell: str, place: str, column: str, *, whole: bool) -> float | int | None:
    if cell == "":
        return None
    try:
        value = number_in(cell, column)
    except InputError as error:
        raise LedgerError(f"{place}: {column} is {cell!r}, not a number: expected {error.expected}") from error
    if whole and value != int(value):
        raise LedgerError(f"{place}: {column} is {cell!r}, expected a finite whole number")
    return int(value) if whole else value


def _check(row: Parameter | Observation, place: str) -> None:
    def refuse(problem: str) -> None:
        raise LedgerError(f"{place} ({row.id or 'no id'}): {problem}")

    if not row.id:
        refuse("has no id")
    if row.module not in MODULES:
        refuse(f"module is {row.module!r}, expected one of {', '.join(MODULES)}")
    if not row.source:
        refuse("names no source")
    if row.status not in STATUSES:
        refuse(f"status is {row.status!r}, expected one of {', '.join(STATUSES)}")
    if row.url and not row.url.startswith("http"):
        refuse(f"url is {row.url!r}, expected one that starts with http")
    if not is_unit(row.unit):
        refuse(f"unit {row.unit!r} is not known")
    if isinstance(row, Parameter):
        _check_parameter(row, refuse)
    elif (row.dose is not None and not is_unit(row.dose_unit)) or (row.time is not None and not is_unit(row.time_unit)):
        refuse(f"unit of dose {row.dose_unit!r} or of time {row.time_unit!r} is not known")


def _check_parameter(row: Parameter, refuse: Any) -> None:
    if not row.symbol or not row.quantity:
        refuse("has no symbol or says not what it is")
    if row.distribution not in DISTRIBUTIONS:
        refuse(f"distribution is {row.distribution!r}, expected one of {', '.join(DISTRIBUTIONS)}")
    if row.status == "calibrated" and not row.target:
        refuse("is calibrated but names no target")
    if row.value is None and not row.note and row.low is None and row.high is None:
        refuse("has neither a number nor a finding")
    ordered = [x for x in (row.low, row.value, row.high) if x is not None]
    if ordered != sorted(ordered):
        refuse(f"low {row.low}, value {row.value} and high {row.high} are not in order")


@cache
def ledger() -> Ledger:
    """The packaged ledger, read and checked at first use.

    Returns
    -------
    Ledger
        Every parameter and observation that ldnsim knows.

    Raises
    ------
    LedgerError
        If a packaged table breaks a rule.
    """
    data = sorted((files("ldnsim") / "data").iterdir(), key=lambda file: file.name)
    return Ledger(
        [row for file in data if file.name.startswith("parameters_") for row in read(file, Parameter)],
        [row for file in data if file.name.startswith("observations_") for row in read(file, Observation)],
    )
