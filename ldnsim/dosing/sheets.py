"""Columns and rows as they stand in a text file or a frame, before anything is made of them."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..base.delimited import POINT, SEPARATORS, check_separators, with_point
from ..base.errors import InputError

MAX_ROWS = 1_000_000
MAX_BYTES = 1_000_000_000
_REMARK = "#"
_LOOKED_AT = 50
"""Lines below the first among which the names of the columns are looked for."""


class Sheet(NamedTuple):
    """Cells by column, with where each row stands.

    Attributes
    ----------
    source : str
        File or other origin.
    heading : str
        Where the names of the columns stand.
    columns : list of object
        Their names.
    places : list of str
        Where each row stands.
    rows : list of sequence
        Cells of each row.
    """

    source: str
    heading: str
    columns: list[Any]
    places: list[str]
    rows: list[Sequence[Any]]


def from_file(
    path: str | os.PathLike[str], skip: int | Sequence[int], sep: str | None = None, decimal: str = POINT
) -> Sheet:
    """The cells of a CSV file; separated by commas, semicolons or tabs; lines that begin with ``#`` are remarks.

    Parameters
    ----------
    path : path-like
        The file.
    skip : int or sequence of int
        How many lines at the top, or which lines (from 1), are left out.
    sep : str, optional
        What stands between cells, as `ldnsim.base.delimited.check_separators` takes it; seen from the first line if
        none.
    decimal : str
        What stands before decimals.

    Returns
    -------
    Sheet
        Every cell as text, numbers with a decimal point.

    Raises
    ------
    InputError
        Naming file and line of what cannot be used.
    """
    skipped = _skipped(skip)
    # where none is said, one is found that is not the decimal sign
    check_separators(SEPARATORS[1] if sep is None else sep, decimal)
    try:
        found = Path(path)
        if found.exists() and not found.is_file():
            raise InputError("path", str(path), "a file that can be read")
        if found.exists() and found.stat().st_size > MAX_BYTES:
            raise InputError("path", str(path), f"a file of at most {MAX_BYTES / 1e9:g} GB")
        raw = found.read_bytes()
    except (OSError, TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError("path", str(path), f"a file that can be read ({error})") from error
    name = found.name
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputError("path", str(path), f"a text file in UTF-8 (line {line} is not; save it as UTF-8)") from error
    lines = list(io.StringIO(text, newline=""))
    top = next((line for number, line in enumerate(lines, 1) if _counts(line, number, skipped)), "")
    possible = [one for one in SEPARATORS if one != decimal]
    separator = sep or max(possible, key=lambda one: len(next(csv.reader([top], delimiter=one), [])))
    records = _records(lines, separator, name, skipped)
    number, heading = next(records, (0, []))
    if not heading:
        raise InputError(name, text, "a line with the names of the columns")
    place = f"{name}, line {number}"
    columns = [cell.strip() for cell in heading]
    _refuse_title(name, number, columns, lines, separator)
    places, rows = [], []
    for number, cells in records:
        if len(cells) != len(columns):
            raise InputError(
                f"{name}, line {number}",
                cells,
                f"{len(columns)} cells, one a column (skip_rows=[{number}] leaves the line out)",
            )
        places.append(f"{name}, line {number}")
        rows.append(cells if decimal == POINT else _pointed(cells, columns, places[-1]))
        if len(rows) > MAX_ROWS:
            raise InputError(name, f"more than {MAX_ROWS} rows", f"at most {MAX_ROWS} rows")
    # spreadsheets leave columns without a name at the right
    while columns and not columns[-1] and all(not cells[-1].strip() for cells in rows):
        columns = columns[:-1]
        rows = [cells[:-1] for cells in rows]
    return Sheet(name, place, list(columns), places, list(rows))


def _pointed(cells: Sequence[str], columns: Sequence[str], place: str) -> list[str]:
    """Cells with decimal commas as an event table reads them."""
    return [with_point(cell, f"{place}, column {name}") for cell, name in zip(cells, columns, strict=True)]


def _skipped(skip: object) -> Collection[int]:
    """Numbers of lines or rows that are left out."""
    if isinstance(skip, int) and not isinstance(skip, bool) and 0 <= skip <= MAX_ROWS:
        return range(1, skip + 1)
    if isinstance(skip, list | tuple | range) and all(type(line) is int and line > 0 for line in skip):
        return frozenset(skip)
    raise InputError("skip_rows", skip, "how many lines at the top, or a list of the numbers of lines, from 1")


def _counts(line: str, number: int, skipped: Collection[int]) -> bool:
    shown = line.strip(" \t,;\r\n")
    return bool(shown) and number not in skipped and not shown.startswith(_REMARK)


def _records(
    lines: Sequence[str], separator: str, name: str, skipped: Collection[int]
) -> Iterator[tuple[int, list[str]]]:
    """Cells of each line that counts; a remark within a quoted cell of several lines is part of the cell."""
    begins = True
    at = 0

    def physical() -> Iterator[str]:
        nonlocal begins, at
        for number, line in enumerate(lines, 1):
            at = number
            if begins and not _counts(line, number, skipped):
                continue
            begins = False
            yield line

    reader = csv.reader(physical(), delimiter=separator, strict=True)
    while True:
        begins = True
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InputError(f"{name}, line {at}", str(error), "a line of a CSV file") from error
        if any(cell.strip() for cell in cells):
            yield at, cells


def _refuse_title(name: str, number: int, columns: Sequence[str], lines: Sequence[str], separator: str) -> None:
    """Say that a line holds no names of columns where a later one does."""

    def names(cells: Sequence[str]) -> bool:
        return {"ID", "TIME"} <= {cell.strip().strip('"').upper() for cell in cells}

    if names(columns):
        return
    for later, line in enumerate(lines[number : number + _LOOKED_AT], number + 1):
        if any(names(line.split(one)) for one in (*SEPARATORS, None)):
            raise InputError(
                f"{name}, line {number}",
                separator.join(columns),
                f"the names of the columns, which stand in line {later}: skip_rows={later - 1}",
            )


def from_frame(frame: Any, skip: int | Sequence[int]) -> Sheet:
    """The cells of a pandas or polars frame, or of a mapping of columns to sequences.

    Parameters
    ----------
    frame : DataFrame or mapping
        Columns by name.
    skip : int or sequence of int
        How many rows at the top, or which rows (from 1), are left out.

    Returns
    -------
    Sheet
        Cells as plain Python objects.

    Raises
    ------
    InputError
        If it is nothing of the kind.
    """
    skipped = _skipped(skip)
    if isinstance(frame, Mapping):
        columns = list(frame)
        given = [frame[name] for name in columns]
        if given and all(isinstance(values, Mapping) for values in given):
            # frame.to_dict(): a mapping from the index to cells for each column
            if any(list(values) != list(given[0]) for values in given):
                raise InputError("table", columns, "the same rows in every column")
            given = [list(values.values()) for values in given]
    elif hasattr(frame, "to_dict") and hasattr(frame, "columns"):
        columns = list(frame.columns)
        check_names("table, columns", columns)
        given = [frame[name] for name in columns]
    else:
        raise InputError("frame", frame, "a pandas or polars frame, or a mapping of columns")
    data = [_cells(name, values) for name, values in zip(columns, given, strict=True)]
    for name, values in zip(columns, data, strict=True):
        if len(values) != len(data[0]):
            raise InputError(f"table, column {name}", f"{len(values)} values", f"{len(data[0])} as the other columns")
    if data and len(data[0]) > MAX_ROWS:
        raise InputError("table", f"{len(data[0])} rows", f"at most {MAX_ROWS} rows")
    kept = [(number, cells) for number, cells in enumerate(zip(*data, strict=True), 1) if number not in skipped]
    return Sheet(
        "table", "table", columns, [f"table, row {number}" for number, _ in kept], [cells for _, cells in kept]
    )


def _cells(name: Any, values: Any) -> list[Any]:
    expected = "a sequence with as many values as the other columns have"
    if isinstance(values, str | bytes | bytearray | memoryview | set | frozenset | Mapping):
        raise InputError(f"table, column {name}", values, expected)
    if not hasattr(values, "__len__") or not hasattr(values, "__iter__") or getattr(values, "ndim", 1) != 1:
        raise InputError(f"table, column {name}", values, expected)
    if isinstance(values, np.ndarray) and values.dtype.kind in "mM":
        # as whole numbers of nanoseconds they would look like plain numbers
        values = values.astype(f"{'timedelta64' if values.dtype.kind == 'm' else 'datetime64'}[us]")
    try:
        return list(values.tolist() if hasattr(values, "tolist") else values)
    except Exception as error:  # what a foreign container raises is its own affair
        raise InputError(f"table, column {name}", values, expected) from error


def check_names(place: str, columns: Sequence[Any]) -> None:
    """Refuse names that are no text, blank, padded or there twice."""
    for name in columns:
        if not isinstance(name, str) or not name.strip():
            raise InputError(place, name, "a name for every column")
    if len(set(columns)) < len(columns):
        twice = next(name for name in columns if columns.count(name) > 1)
        raise InputError(place, twice, "every column once")
    padded = [name for name in columns if name != name.strip()]
    if padded:
        raise InputError(place, padded[0], "names without spaces around them")
