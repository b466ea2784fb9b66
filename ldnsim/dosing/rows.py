"""One row of an event table: what it may say, and what it means."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from numbers import Real
from types import MappingProxyType
from typing import Any

import numpy as np

from ..base.errors import InputError
from ..base.reading import number, number_in

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
_DECIMAL = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_LIMIT = re.compile(r"[<>]=?\s*[0-9]*\.?[0-9]+([eE][-+]?[0-9]+)?")
_UNSEEN = frozenset(
    ("BLQ", "BQL", "BLOQ", "BLLOQ", "LLOQ", "LOQ", "LOD", "BLD", "ALQ", "AQL", "ULOQ", "<LLOQ", "<LOQ", "<LOD", ">ULOQ",
     "ND", "NR", "NS", "NC", "NOTDETECTED", "N/A", "NAN", "MISSING")
)  # fmt: skip
"""Words for an observation that has no number."""

MAX_ADDITIONAL = 1_000_000
MAX_TIME = 1e8
"""Longest time [h] at which doses can still be told apart to a thousandth of a second."""


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
    unseen : str
        DV as text where it is no number: ``<0.05`` or ``BLQ``; else empty.
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
    unseen: str = ""

    def knowing(self, covariates: Mapping[str, float]) -> Row:
        """The row with other covariates; `dataclasses.replace` takes ten times as long."""
        found = object.__new__(Row)
        object.__setattr__(found, "__dict__", vars(self) | {"covariates": covariates})
        return found

    @property
    def limit(self) -> float:
        """The number behind ``<`` or ``>`` in DV, nan if none."""
        return float(self.unseen.lstrip("<>= ")) if _LIMIT.fullmatch(self.unseen) else math.nan

    def scaled(self, scales: Mapping[str, Callable[[float], float]]) -> Row:
        """The row with times and amounts in other units; RATE -1 and -2 are no amounts."""
        values: dict[str, Any] = {name.lower(): scale(getattr(self, name.lower())) for name, scale in scales.items()}
        if self.rate < 0:
            values.pop("rate", None)
        dv = scales.get("DV")
        limit = f"{self.unseen[0]}{dv(self.limit)!r}" if dv is not None and not math.isnan(self.limit) else self.unseen
        return replace(self, unseen=limit, **values)

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
        return {**dict(zip(COLUMNS, (*values, self.unseen or self.dv, self.mdv), strict=True)), **self.carried}

    def key(self) -> tuple[Any, ...]:
        """What two equal rows share; a missing DV equals another."""
        cells = {
            name: None if isinstance(value, float) and math.isnan(value) else value
            for name, value in self.cells().items()
        }
        return tuple(sorted((name, str(value) if name in self.carried else value) for name, value in cells.items()))


def read_row(
    place: str, cells: Mapping[str, Any], carried: Mapping[str, Any], covariates: Mapping[str, str], dialect: str | None
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
    if blank(cells.get("TIME")):
        raise InputError(f"{place}, column TIME", cells.get("TIME"), "a time in hours")
    items = {**values, **whole}
    event = _event(place, cells, items, dialect)
    unseen = _unseen(cells.get("DV"))
    dv = math.nan if unseen or blank(cells.get("DV")) else _number(place, "DV", cells["DV"])
    missing = event != "observation" or math.isnan(dv)
    mdv = int(missing) if blank(cells.get("MDV")) else _whole(place, "MDV", cells["MDV"])
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
        carried={name: "" if blank(value) else value for name, value in carried.items()},
        unseen=unseen,
    )
    _check(row, items)
    if blank(cells.get("AMT")) and not row.ss and event in ("dose", "reset-dose", "replace", "multiply"):
        what = "an amount" if "AMT" in cells else "a column AMT"
        raise InputError(f"{place}, column AMT", cells.get("AMT"), f"{what} where EVID is {row.evid}; 0 is a placebo")
    return row


def _unseen(cell: object) -> str:
    """DV as text where it stands for an observation without a number."""
    text = cell.strip() if isinstance(cell, str) else ""
    word = text.upper().replace(" ", "").strip("*")
    return text if _LIMIT.fullmatch(text) or word in _UNSEEN else ""


def blank(cell: object) -> bool:
    """Whether a cell holds nothing: empty, a dot, NA, or the missing value of any kind of number."""
    if cell is None or isinstance(cell, str):
        return cell is None or str(cell).strip() in _MISSING
    try:
        # what does not equal itself: the nan of any kind of number
        return bool(cell != cell)
    except ArithmeticError:
        return False  # a Decimal that signals; as a number it is refused
    except (TypeError, ValueError):
        # the missing value of pandas has no truth; a sequence is no blank cell
        return type(cell).__name__ == "NAType"


def _number(place: str, column: str, cell: Any) -> float:
    if blank(cell):
        return 0.0
    if isinstance(cell, timedelta) and column in ("TIME", "II", "DUR"):
        cell = cell / timedelta(hours=1)
    argument = f"{place}, column {column}"
    found = number_in(cell, argument) if isinstance(cell, str) else number(cell, argument)
    if column in ("TIME", "II", "DUR") and abs(found) > MAX_TIME:
        raise InputError(argument, cell, f"at most {MAX_TIME:g} h")
    return found + 0.0


def _whole(place: str, column: str, cell: Any) -> int:
    found = _number(place, column, cell)
    if not found.is_integer():
        raise InputError(f"{place}, column {column}", cell, "a whole number")
    return int(found)


def _covariate(place: str, column: str, cell: Any) -> float:
    if blank(cell):
        raise InputError(f"{place}, column {column}", cell, "a number on every row, because parameters depend on it")
    return _number(place, column, cell)


def _id(place: str, cell: Any) -> Any:
    if blank(cell) or isinstance(cell, bool | np.timedelta64) or not isinstance(cell, str | Real | Decimal):
        raise InputError(f"{place}, column ID", cell, "who it is, a number or a name")
    if isinstance(cell, str):
        text = cell.strip()
        if text.startswith("#"):
            raise InputError(f"{place}, column ID", cell, "a name without # in front; ignore='#' leaves such rows out")
        # only a plain number is one: 007, 1_1 and 1E5 are names
        if _PLAIN.fullmatch(text):
            return int(text.partition(".")[0])
        return float(text) if _DECIMAL.fullmatch(text) and repr(float(text)) == text else text
    try:
        whole = float(cell)
    except (ArithmeticError, ValueError):
        whole = math.inf
    if not math.isfinite(whole):
        raise InputError(f"{place}, column ID", cell, "a finite number or a name")
    number: Any = cell
    return int(number) if number == int(number) else whole


def _compartment(place: str, cell: Any) -> int | str:
    if blank(cell):
        return 0
    if isinstance(cell, str):
        text = cell.strip()
        if _PLAIN.fullmatch(text):
            return int(text.partition(".")[0])
        if text.removeprefix("-").isidentifier():
            return text
    elif (found := _number(place, "CMT", cell)).is_integer():
        return int(found)
    raise InputError(f"{place}, column CMT", cell, "the number or name of a compartment")


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
