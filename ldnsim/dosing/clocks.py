"""TIME as a time of day and dates beside it, as hours since each subject's first record."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, TypeGuard

from ..base.errors import InputError
from ..base.units import HOURS_PER_DAY

DATES: Mapping[str, str] = {"DATE": "mdy", "DAT1": "dmy", "DAT2": "ymd", "DAT3": "ydm"}
"""Columns of dates with the order of month, day and year in them, as NM-TRAN has it."""

CLOCK = "CLOCK"
"""Column that says the hour of the day at TIME 0."""

_CLOCK = re.compile(r"([0-9]{1,4}):([0-5][0-9])(?::([0-5][0-9](?:\.[0-9]+)?))?")
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_PLAIN = re.compile(r"[0-9]+(\.[0-9]*)?")
_LAST20 = 50
"""Last year of two digits that belongs to the 21st century."""


def is_clock(cell: object) -> bool:
    """Whether a cell holds a time of day, or a moment."""
    return _is_moment(cell) or isinstance(cell, datetime.time) or (isinstance(cell, str) and ":" in cell)


def _is_moment(cell: object) -> TypeGuard[datetime.date]:
    """Whether a cell is a date, with or without a time; the missing one of pandas equals not even itself."""
    return isinstance(cell, datetime.date) and cell == cell


def elapsed(
    places: Sequence[str], ids: Sequence[Any], times: Sequence[Any], dates: Sequence[Any] | None, label: str
) -> tuple[list[float], list[float]]:
    """Hours since the first record of each subject.

    Parameters
    ----------
    places : sequence of str
        Where each row stands, for errors.
    ids, times : sequence of object
        ID and TIME of each row.
    dates : sequence of object, optional
        Date of each row.
    label : str
        Name of the column of dates, which decides their order.

    Returns
    -------
    time : list of float
        Hours since the subject's first record, one a row.
    clock : list of float
        Hour of the day of that record, one a row.

    Raises
    ------
    InputError
        Naming place and column of what is no time or date.
    """
    seconds = []
    for number, (place, cell) in enumerate(zip(places, times, strict=True)):
        of_day, day = _seconds(place, cell, with_date=dates is not None)
        if dates is not None:
            day = _day(f"{place}, column {label}", dates[number], DATES[label.upper()])
        seconds.append(day * 86400 + of_day)
    time: list[float] = []
    clock: list[float] = []
    for _, group in groupby(range(len(ids)), key=lambda number: str(ids[number]).strip()):
        positions = list(group)
        first = seconds[positions[0]]
        time += [(seconds[position] - first) / 3600 for position in positions]
        clock += [first / 3600 % HOURS_PER_DAY] * len(positions)
    return time, clock


def _seconds(place: str, cell: Any, *, with_date: bool) -> tuple[float, int]:
    """Seconds since midnight, and the day where the cell says it."""
    column, expected = f"{place}, column TIME", "a time of day such as 08:00 or 08:00:30 on every row"
    if isinstance(cell, str) and len(cell.strip()) > len("2026-01-01") and _ISO.match(cell.strip()):
        try:
            cell = datetime.datetime.fromisoformat(cell.strip())
        except ValueError as error:
            raise InputError(column, cell, expected) from error
    if isinstance(cell, datetime.datetime) and cell == cell:
        if with_date or cell.tzinfo is not None:
            raise InputError(column, cell, "a moment without time zone, and no column of dates beside it")
        day = cell.toordinal()
        return (cell - datetime.datetime.combine(cell.date(), datetime.time())).total_seconds(), day
    if isinstance(cell, datetime.time) and cell.tzinfo is None:
        return cell.hour * 3600 + cell.minute * 60 + cell.second + cell.microsecond / 1e6, 0
    if isinstance(cell, str):
        match = _CLOCK.fullmatch(cell.strip())
        if match is not None:
            hour, minute, second = match.groups(default="0")
            return int(hour) * 3600 + int(minute) * 60 + float(second), 0
    text = str(cell).strip()
    if with_date and not isinstance(cell, bool) and _PLAIN.fullmatch(text):
        if float(text) >= HOURS_PER_DAY:
            raise InputError(
                column, cell, "an hour of the day below 24 beside dates; drop= leaves the dates out if TIME has elapsed"
            )
        return float(text) * 3600, 0
    raise InputError(column, cell, expected)


def _day(column: str, cell: Any, order: str) -> int:
    """Number of a day: of the calendar, or as counted."""
    words = {"m": "month", "d": "day", "y": "year"}
    expected = (
        f"a date, {' '.join(words[part] for part in order)}, such as 3/22/26 or as 2026-03-22, or a count of days"
    )
    if _is_moment(cell):
        return cell.toordinal()
    text = str(cell).strip().removesuffix(".0")
    if re.fullmatch(r"-?[0-9]{1,6}", text) and not isinstance(cell, bool):
        return int(text)
    iso = _ISO.fullmatch(text)
    parts = re.split(r"[-/.]", text)
    if iso is not None and order != "ydm":
        year, month, day = map(int, iso.groups())
    elif all(re.fullmatch(r"[0-9]{1,4}", part) for part in parts) and len(parts) in (2, 3):
        kinds = order if len(parts) == 3 else order.replace("y", "")
        said = dict(zip(kinds, map(int, parts), strict=True))
        year, month, day = said.get("y", 2001), said["m"], said["d"]
        if "y" in said and len(parts[kinds.index("y")]) <= 2:
            year += 2000 if year <= _LAST20 else 1900
    else:
        raise InputError(column, cell, expected)
    try:
        return datetime.date(year, month, day).toordinal()
    except ValueError as error:
        raise InputError(column, cell, expected) from error
