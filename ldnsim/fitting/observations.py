"""What was measured, read from a frame, a file or an event table: numbers, and what is below a limit."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..base.delimited import POINT
from ..base.errors import InputError
from ..base.reading import columns_of_frame, number
from ..base.units import factor
from ..dosing.columns import LIMITED, counts, plain
from ..dosing.event_table import EventTable
from ..dosing.regimen import Regimen
from ..dosing.rows import Row, blank
from ..dosing.sheets import from_file
from ..models.dosable import Model
from ..study.table_lanes import Lanes
from .likelihood import ABSENT, BELOW, SEEN, Observed

_LIMITS = frozenset(("LLOQ", "LOQ", "LOD", "BLQLIMIT", "BLOQLIMIT"))
"""Columns that hold a lower limit."""

_BELOW = frozenset(("BLQ", "BQL", "BLOQ", "BLLOQ", "LLOQ", "LOQ", "LOD", "BLD", "<LLOQ", "<LOQ", "<LOD"))
"""Words in DV for what is below a limit that stands elsewhere."""

_EXPECTED = "an EventTable, a frame with the columns ID, TIME, AMT and DV, or the name of a CSV file"


class Measured(NamedTuple):
    """Measurements of every subject.

    Attributes
    ----------
    observed : Observed
        A unit a subject, in the units of the model.
    groups : tuple of str
        Compartments in which was measured.
    units : tuple of str
        Their units.
    below : int
        How many are below a limit, whether they count or not.
    """

    observed: Observed
    groups: tuple[str, ...]
    units: tuple[str, ...]
    below: int


def table_of(
    frame: Any, regimen: Regimen | str | None, model: Model | None, sep: str | None = None, decimal: str = POINT
) -> tuple[EventTable, float | None]:
    """Doses and measurements as a table, and the hour of the day at its start where a regimen says it.

    Parameters
    ----------
    frame : EventTable, DataFrame, mapping or path-like
        Rows as in a NONMEM data file; beside a regimen measurements alone, with TIME since the start of that.
    regimen : Regimen or str, optional
        What everybody takes. A sample at the time of a dose is one before it.
    model : Model, optional
        The model, where it is not that of naltrexone.
    sep, decimal : str
        Of a file, as in `EventTable.read`.

    Returns
    -------
    table : EventTable
        The table.
    clock : float or None
        Hour of the day at TIME 0 [h].

    Raises
    ------
    InputError
        If it cannot be read, or doses are said twice.
    """
    if not isinstance(frame, str | os.PathLike):
        for name, given_for_file, usual in (("sep", sep, None), ("decimal", decimal, POINT)):
            if given_for_file != usual:
                raise InputError(name, given_for_file, "to be left out beside a table, which has cells and numbers")
    if hasattr(getattr(frame, "table", None), "columns"):
        frame = frame.table  # as nonmem_data gives it
    if isinstance(frame, EventTable):
        if regimen is not None:
            raise InputError("regimen", str(regimen), "to be left out beside an EventTable, which has its own doses")
        return frame, None
    if isinstance(frame, str | os.PathLike):
        if regimen is None:
            columns = [str(name) for name in from_file(frame, 0, sep, decimal).columns]
            return EventTable.read(frame, carry=_flags(columns), sep=sep, decimal=decimal), None
        import pandas as pd

        # cells stay texts, as an event table reads them
        sheet = from_file(frame, 0, sep, decimal)
        frame = pd.DataFrame(sheet.rows, columns=[str(name) for name in sheet.columns])
    if not isinstance(frame, Mapping) and not hasattr(frame, "columns"):
        raise InputError("frame", frame, _EXPECTED)
    columns = [str(name) for name in columns_of_frame(frame, _EXPECTED)]
    if regimen is None:
        return EventTable.of(frame, carry=_flags(columns)), None
    given = Regimen.parse(regimen) if isinstance(regimen, str) else regimen
    if not isinstance(given, Regimen):
        raise InputError("regimen", given, "a Regimen, or a text such as '4.5 mg at 22:00 daily for 28 days'")
    return EventTable.of(_beside(frame, columns, given, model), carry=_flags(columns)), given.clock


def _flags(columns: list[str]) -> list[str]:
    """Columns that mark what is below a limit, which is read here."""
    return [name for name in columns if plain(name) in LIMITED]


def _beside(frame: Any, columns: list[str], given: Regimen, model: Model | None) -> dict[str, list[Any]]:
    """Measurements of everybody beside the doses of a regimen, in order of time."""
    named = {name.upper(): name for name in columns}
    for name in ("TIME", "DV"):
        if name not in named:
            raise InputError("frame, columns", columns, f"a column {name} beside regimen=")
    for name in ("AMT", "EVID", "RATE", "II", "ADDL", "SS"):
        if name in named:
            raise InputError(
                f"frame, column {named[name]}", name, "to be left out beside regimen=, which says the doses"
            )
    cells = {name.upper(): list(frame[name]) for name in columns}
    cells.setdefault("ID", [1] * len(cells["TIME"]))
    doses = EventTable.from_regimen(given).to_frame()
    if model is not None:
        routes = [model.route(str(route)) for route in doses["CMT"]]
        doses["CMT"] = routes
        doses["AMT"] = [mg * model.per_mg(route) for mg, route in zip(doses["AMT"], routes, strict=True)]
    taken = {str(name): list(doses[name]) for name in doses if name not in ("ID", "DV", "MDV", "RATE", "SS")}
    names: list[str] = [*taken, *(name for name in ("ID", *cells) if name not in taken)]
    found: dict[str, list[Any]] = {name: [] for name in dict.fromkeys(names)}

    def add(row: Mapping[str, Any]) -> None:
        for name, column in found.items():
            column.append(row.get(name, ""))

    for subject in dict.fromkeys(cells["ID"]):
        mine = [k for k, one in enumerate(cells["ID"]) if one == subject]
        rows = [({name: values[k] for name, values in cells.items()} | {"EVID": 0}) for k in mine]
        rows += [({name: values[k] for name, values in taken.items()} | {"ID": subject}) for k in range(len(doses))]
        for row in rows:
            number(_time(row["TIME"]), "column TIME")
        # a sample at the time of a dose is one before it
        for row in sorted(rows, key=lambda row: (_time(row["TIME"]), row["EVID"])):
            add(row)
    return found


def _time(cell: Any) -> float:
    try:
        return float(cell)
    except (TypeError, ValueError) as error:
        raise InputError("column TIME", cell, "hours since the start of the regimen") from error


_OF_WHAT = (
    "the compartment that DV is of, where doses have theirs by number; 0 is also what ldnsim.nonmem_data writes beside "
    "what is of no compartment, such as tone or an amount, which is not fitted"
)


def measured(lanes: Lanes, blq: str, lloq: float | None, unit: str | None) -> Measured:
    """Measurements of every subject.

    Parameters
    ----------
    lanes : Lanes
        The table, and what its rows show.
    blq : {"M3", "M1"}
        Whether what is below a limit counts by its probability, or is left out.
    lloq : float, optional
        The limit, where no row says it, in the unit of DV.
    unit : str, optional
        Unit of DV; that of the prediction by default.

    Returns
    -------
    Measured
        In the units of the model.

    Raises
    ------
    InputError
        If a limit is missing, a unit does not suit, or there are no measurements.
    """
    groups: dict[str, str] = {}
    rows: list[list[tuple[float, int, int]]] = []
    found: list[tuple[float, int, int]]
    below = 0
    numbered = any(isinstance(row.cmt, int) and row.cmt > 0 for row in lanes.table.rows)
    for own in lanes.rows:
        found = []
        for row in own:
            compartment, its_unit = lanes.shown(row)
            value, kind = _read(row, lloq)
            below += kind == BELOW
            if kind == ABSENT or (kind == BELOW and blq == "M1"):
                found.append((1.0, ABSENT, 0))
                continue
            if row.cmt == 0 and numbered:
                raise InputError(f"{row.place}, column CMT", 0, _OF_WHAT)
            groups.setdefault(compartment, its_unit)
            found.append((value * _scale(unit, its_unit), kind, list(groups).index(compartment)))
        rows.append(found)
    if not groups:
        raise InputError("frame", lanes.table.source, "at least one row with a DV (EVID 0, MDV 0)")
    most = max(map(len, rows))
    shape = (len(rows), most)
    values, kinds, places = np.ones(shape), np.zeros(shape, np.int8), np.zeros(shape, np.int64)
    for k, found in enumerate(rows):
        for at, (level, kind, group) in enumerate(found):
            values[k, at], kinds[k, at], places[k, at] = level, kind, group
    observed = Observed(values, kinds, places, (kinds != ABSENT).astype(float))
    return Measured(observed, tuple(groups), tuple(groups.values()), below)


def _scale(unit: str | None, target: str) -> float:
    if unit is None:
        return 1.0
    try:
        return factor(unit, target)
    except InputError as error:
        raise InputError("unit", unit, f"a unit of DV such as {target}, in which the model predicts it") from error


def _read(row: Row, lloq: float | None) -> tuple[float, int]:
    """The number of a row, or the limit that it is below."""
    word = row.unseen.upper().replace(" ", "").strip("*")
    flagged = any(plain(name) in LIMITED and counts(cell) for name, cell in row.carried.items())
    explicit = bool(row.mdv) and not math.isnan(row.dv)
    if explicit:
        return math.nan, ABSENT
    if word.startswith(">"):
        raise InputError(f"{row.place}, column DV", row.unseen, "a number or a lower limit; blank leaves the row out")
    limit = row.limit if not math.isnan(row.limit) else _limit(row, lloq)
    if word.startswith("<") or word in _BELOW or flagged:
        if math.isnan(limit) and flagged and row.dv > 0:
            limit = row.dv  # as Monolix has it: CENS is 1, and DV is the limit
        if math.isnan(limit):
            expected = "a limit: '<0.05' in DV, a column LLOQ, or lloq="
            raise InputError(f"{row.place}, column DV", row.unseen or row.dv, expected)
        return limit, BELOW
    if math.isnan(row.dv):
        return math.nan, ABSENT
    return (limit, BELOW) if row.dv < limit else (row.dv, SEEN)


def _limit(row: Row, lloq: float | None) -> float:
    """The limit that stands beside a row, nan if none."""
    for name, cell in row.carried.items():
        if plain(name) in _LIMITS and not blank(cell):
            try:
                return number(float(cell), f"{row.place}, column {name}", low=0.0)
            except (TypeError, ValueError) as error:
                raise InputError(f"{row.place}, column {name}", cell, "a number") from error
    return math.nan if lloq is None else lloq
