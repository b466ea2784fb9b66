"""One row of an event table: what it may say, and what it means."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from types import MappingProxyType
from typing import Any

from .errors import InputError

COLUMNS = ("ID", "TIME", "EVID", "AMT", "RATE", "DUR", "II", "ADDL", "SS", "CMT", "DV", "MDV")

EVENTS = ("observation", "dose", "other", "reset", "reset-dose", "replace", "multiply", "phantom")
"""Events by name; the first five are EVID 0 to 4."""

DIALECTS: Mapping[str, Mapping[int, str]] = MappingProxyType(
    {"mrgsolve": {8: "replace"}, "rxode2": {5: "replace", 6: "multiply", 7: "phantom"}}
)
"""What numbers above 4 mean, tool by tool."""

_NONMEM = len(("observation", "dose", "other", "reset", "reset-dose"))
_DOSE_ITEMS = ("AMT", "RATE", "DUR", "II", "ADDL", "SS")
_MISSING = ("", ".", "NA")
_PLAIN = re.compile(r"-?(0|[1-9][0-9]*)(\.0+)?")
MAX_ADDITIONAL = 1_000_000


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes
    ----------
    place : str
        Where it stands, for errors.
    id : int, float or str
        The subject.
    time : float
        TIME [h].
    event : str
        One of `EVENTS`.
    amt, rate, dur, ii : float
        Amount, rate (-1 and -2: from the model), duration [h] and interval [h].
    addl, ss : int
        Additional doses; steady state 0 to 3.
    cmt : int or str
        Number from 1 or name; 0 for the default, with a minus for a compartment to be turned off.
    dv : float
        Observed value, nan if none.
    mdv : int
        1 where there is no observed value.
    covariates : dict of str to float
        Values that parameters may depend on.
    carried : dict of str to object
        Cells of other columns, as they stand.
    """

    place: str
    id: Any
    time: float
    event: str
    amt: float
    rate: float
    dur: float
    ii: float
    addl: int
    ss: int
    cmt: int | str
    dv: float
    mdv: int
    covariates: Mapping[str, float]
    carried: Mapping[str, Any]

    @property
    def resets(self) -> bool:
        """Whether TIME may start again here."""
        return self.event in ("reset", "reset-dose")

    @property
    def evid(self) -> int | str:
        """EVID as a number where all tools agree on it, else the event's name."""
        number = EVENTS.index(self.event)
        return number if number < _NONMEM else self.event

    def cells(self) -> dict[str, Any]:
        """Every column of the row."""
        values = (self.id, self.time, self.evid, self.amt, self.rate, self.dur, self.ii, self.addl, self.ss, self.cmt)
        return {**dict(zip(COLUMNS, (*values, self.dv, self.mdv), strict=True)), **self.carried}

    def key(self) -> tuple[Any, ...]:
        """What two equal rows share; a missing DV equals another."""
        cells = {
            name: None if isinstance(value, float) and math.isnan(value) else value
            for name, value in self.cells().items()
        }
        return tuple(sorted((name, str(value) if name in self.carried else value) for name, value in cells.items()))


def read_row(
    place: str,
    cells: Mapping[str, Any],
    carried: Mapping[str, Any],
    covariates: Mapping[str, str],
    dialect: str | None,
) -> Row:
    """A row from its cells.

    Parameters
    ----------
    place : str
        Where it stands, for errors.
    cells : mapping of str to object
        Cells of the columns in `COLUMNS`, by upper-case name.
    carried : mapping of str to object
        Cells of the others.
    covariates : mapping of str to str
        Which of those are covariates.
    dialect : str or None
        Whose EVID numbers above 4 hold.

    Returns
    -------
    Row
        The row.

    Raises
    ------
    InputError
        Naming place and column of what cannot be used.
    """
    values = {name: _number(place, name, cells.get(name)) for name in ("AMT", "RATE", "DUR", "II")}
    whole = {name: _whole(place, name, cells.get(name)) for name in ("ADDL", "SS")}
    if _blank(cells.get("TIME")):
        raise InputError(f"{place}, column TIME", cells.get("TIME"), "a time in hours")
    items = {**values, **whole}
    event = _event(place, cells, items, dialect)
    dv = math.nan if _blank(cells.get("DV")) else _number(place, "DV", cells["DV"])
    missing = event != "observation" or math.isnan(dv)
    mdv = int(missing) if _blank(cells.get("MDV")) else _whole(place, "MDV", cells["MDV"])
    if mdv not in (0, 1) or (event != "observation" and not mdv):
        raise InputError(f"{place}, column MDV", cells["MDV"], "0 or 1, and 1 where EVID is not 0")
    row = Row(
        place,
        _id(place, cells.get("ID")),
        _number(place, "TIME", cells["TIME"]),
        event,
        **{name.lower(): value for name, value in values.items()},
        addl=whole["ADDL"],
        ss=whole["SS"],
        cmt=_compartment(place, cells.get("CMT")),
        dv=dv,
        mdv=mdv,
        covariates={name: _covariate(place, name, carried[name]) for name in covariates},
        carried={name: "" if _blank(value) else value for name, value in carried.items()},
    )
    _check(row, items)
    return row


def _blank(cell: object) -> bool:
    if cell is None or isinstance(cell, str):
        return cell is None or str(cell).strip() in _MISSING
    try:
        # what does not equal itself: the nan of any kind of number
        return bool(cell != cell)
    except (TypeError, ValueError):
        # the missing value of pandas has no truth; a sequence is no blank cell
        return type(cell).__name__ == "NAType"


def _number(place: str, column: str, cell: Any) -> float:
    if _blank(cell):
        return 0.0
    try:
        if isinstance(cell, bool) or not isinstance(cell, str | Real) or "_" in str(cell):
            raise ValueError
        found = float(cell)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{place}, column {column}", cell, "a number with a decimal point, or blank") from error
    if not math.isfinite(found):
        raise InputError(f"{place}, column {column}", cell, "a finite number")
    return found + 0.0


def _whole(place: str, column: str, cell: Any) -> int:
    found = _number(place, column, cell)
    if found != int(found):
        raise InputError(f"{place}, column {column}", cell, "a whole number")
    return int(found)


def _covariate(place: str, column: str, cell: Any) -> float:
    if _blank(cell):
        raise InputError(f"{place}, column {column}", cell, "a number on every row, because parameters depend on it")
    return _number(place, column, cell)


def _id(place: str, cell: Any) -> Any:
    if _blank(cell) or isinstance(cell, bool):
        raise InputError(f"{place}, column ID", cell, "who it is")
    if isinstance(cell, str) or not isinstance(cell, Real):
        # only a plain number is one: 007, 1_1 and 1E5 are names
        text = str(cell).strip()
        return int(text.partition(".")[0]) if _PLAIN.fullmatch(text) else text
    if not math.isfinite(cell):
        raise InputError(f"{place}, column ID", cell, "a finite number or a name")
    whole: Any = cell
    return int(whole) if whole == int(whole) else float(whole)


def _compartment(place: str, cell: Any) -> int | str:
    if _blank(cell):
        return 0
    if isinstance(cell, str):
        text = cell.strip()
        if _PLAIN.fullmatch(text):
            return int(text.partition(".")[0])
        if not text.removeprefix("-").isidentifier():
            raise InputError(f"{place}, column CMT", cell, "the number or name of a compartment")
        return text
    found = _number(place, "CMT", cell)
    if found != int(found):
        raise InputError(f"{place}, column CMT", cell, "the number or name of a compartment")
    return int(found)


def _event(place: str, cells: Mapping[str, Any], items: Mapping[str, float], dialect: str | None) -> str:
    if "EVID" not in cells:
        return "dose" if any(items.values()) else "observation"
    cell = cells["EVID"]
    name = cell.strip().lower() if isinstance(cell, str) else ""
    if name in EVENTS:
        return name
    column = f"{place}, column EVID"
    try:
        number = _whole(place, "EVID", cell)
    except InputError as error:
        raise InputError(column, cell, f"0 to 4, or one of {', '.join(EVENTS)}") from error
    if 0 <= number < _NONMEM:
        return EVENTS[number]
    meaning = DIALECTS[dialect].get(number) if dialect else None
    if meaning is None:
        hint = (
            f"a number of {dialect}" if dialect else "a name, or dialect='mrgsolve' or 'rxode2', because tools differ"
        )
        raise InputError(column, cell, f"0 to 4; for others {hint}")
    return meaning


def _check(row: Row, items: Mapping[str, float]) -> None:
    """What the columns may say together."""

    def refuse(column: str, expected: str) -> InputError:
        value = row.cmt if column == "CMT" else items[column]
        return InputError(f"{row.place}, column {column}", value, expected)

    off = (isinstance(row.cmt, str) and row.cmt.startswith("-")) or (isinstance(row.cmt, int) and row.cmt < 0)
    if off and row.event != "other":
        raise refuse("CMT", "a minus only where EVID is 2, which turns the compartment off")
    for column in ("AMT", "DUR", "II", "ADDL"):
        if items[column] < 0:
            raise refuse(column, "0 or more")
    if row.event in ("observation", "other", "reset"):
        for column in _DOSE_ITEMS:
            if items[column]:
                raise refuse(column, f"0 where EVID is {row.evid} ({row.event}); EVID 1 gives a dose")
    elif row.event in ("replace", "multiply", "phantom"):
        for column in _DOSE_ITEMS[1:]:
            if items[column]:
                raise refuse(column, f"0 where EVID is {row.event}")
    else:
        _check_dose(row, refuse)


def _check_dose(row: Row, refuse: Any) -> None:
    if row.ss not in (0, 1, 2, 3):
        raise refuse("SS", "0, 1, 2 or 3")
    if row.rate < 0 and row.rate not in (-1, -2):
        raise refuse("RATE", "0, above 0, -1 (rate from the model) or -2 (duration from the model)")
    if row.dur and row.rate:
        raise refuse("DUR", "0 or blank where RATE is given")
    if row.addl > MAX_ADDITIONAL:
        raise refuse("ADDL", f"at most {MAX_ADDITIONAL}")
    if row.amt == 0 and (row.rate < 0 or row.dur):
        raise refuse("AMT", "above 0 for an infusion whose rate or duration is given so")
    if row.amt == 0 and row.rate > 0 and not row.ss:
        raise refuse("AMT", "above 0, except for the steady state of a constant infusion (SS 1, II 0)")
    if not row.ss:
        if bool(row.addl) != bool(row.ii):
            column = "II" if row.addl else "ADDL"
            raise refuse(column, "above 0 where the other of II and ADDL is (without SS they go together)")
    elif row.amt > 0:
        if not row.ii:
            raise refuse("II", "the interval of the steady state, above 0")
    elif row.ii or row.addl:
        raise refuse("II" if row.ii else "ADDL", "0 for the steady state of a constant infusion or of no drug")
