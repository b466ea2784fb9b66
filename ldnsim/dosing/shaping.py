"""From the cells of a sheet to the rows of an event table: what is left out, renamed, converted and looked over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import mul
from typing import Any, NamedTuple

from ..base.errors import InputError
from ..base.reading import choice
from ..base.units import factor
from .clocks import CLOCK, DATES, elapsed, is_clock
from .columns import USUAL, look_over, refuse_units_row, suggestion, unit_column
from .rows import COLUMNS, Row, blank, read_row
from .sheets import Sheet, check_names

RULES = ("constant", "locf", "nocb", "linear")
"""How a covariate runs between rows: not at all, as last read, as read next, or in a straight line."""


class Shape(NamedTuple):
    """How a sheet is read, see `ldnsim.EventTable.read`."""

    covariates: Any
    dialect: str | None
    ignore: Any
    drop: Any
    rename: Any
    units: Any
    carry: Any


def rows_of(sheet: Sheet, shape: Shape) -> tuple[tuple[Row, ...], dict[str, str]]:
    """The rows of a sheet, and how each covariate runs between them.

    Parameters
    ----------
    sheet : Sheet
        Cells.
    shape : Shape
        How they are read.

    Returns
    -------
    rows : tuple of Row
        In order.
    rules : dict of str to str
        Rule of each covariate.

    Raises
    ------
    InputError
        Naming place and column of what cannot be used.
    """
    heading = f"{sheet.heading}, columns"
    check_names(heading, sheet.columns)
    sheet, renamed = _shaped(sheet, shape)
    columns = sheet.columns
    known = _known(heading, columns, renamed)
    dates = [name for name in columns if name.upper() in DATES]
    missing = [needed for needed in ("ID", "TIME") if needed not in known.values()]
    if missing:
        raise InputError(heading, list(columns), f"a column {missing[0]}{suggestion(columns, missing)}")
    if len(dates) > 1:
        raise InputError(heading, dates, "one column of dates; drop= leaves the others out")
    rules = _rules(shape.covariates, columns, sheet.source)
    carry = _names("carry", shape.carry, columns)
    units = _units(shape.units, known.values())
    if not sheet.rows:
        raise InputError(sheet.source, "no row", "at least one row below the names of the columns")
    refuse_units_row(
        sheet.places[0], dict(zip(columns, sheet.rows[0], strict=True)), int(sheet.places[0].rpartition(" ")[2])
    )
    data: dict[str, list[Any]] = {
        name: list(cells) for name, cells in zip(columns, zip(*sheet.rows, strict=True), strict=True)
    }
    time, who = (next(name for name in known if known[name] == one) for one in ("TIME", "ID"))
    clocked = bool(dates) or any(is_clock(cell) for cell in data[time])
    if clocked:
        _count_hours(sheet.places, data, time, who, dates)
    look_over(
        sheet.heading,
        {name: cells for name, cells in data.items() if name not in known and name.upper() != CLOCK},
        {known[name]: cells for name, cells in data.items() if name in known},
        spoken_for={*carry, *rules},
        converted=units,
        clock=clocked and not dates,
    )
    for name in [name for name in data if unit_column(name) in units and name not in (*carry, *rules)]:
        del data[name]  # it would name a unit that the column no longer has
    scales = {column: scale for column, scale in units.items() if column in known.values()}
    rows = []
    for place, cells in zip(sheet.places, zip(*data.values(), strict=True), strict=True):
        used = {known[name]: cell for name, cell in zip(data, cells, strict=True) if name in known}
        others = {name: cell for name, cell in zip(data, cells, strict=True) if name not in known}
        row = read_row(place, used, others, rules, shape.dialect)
        rows.append(row.scaled(scales) if scales else row)
    return tuple(rows), rules


def _shaped(sheet: Sheet, shape: Shape) -> tuple[Sheet, frozenset[str]]:
    """The sheet without the rows and columns that are left out, under the new names."""
    ignored = _ignored(shape.ignore, sheet.columns)
    dropped = _names("drop", shape.drop, sheet.columns)
    renaming = {} if shape.rename is None else shape.rename
    if not isinstance(renaming, Mapping):
        raise InputError("rename", renaming, "a mapping such as {'DOSE': 'AMT'}")
    for old, new in renaming.items():
        if not isinstance(old, str | int) or old not in sheet.columns or old in dropped:
            raise InputError("rename", old, f"columns of {sheet.source}: {', '.join(map(str, sheet.columns))}")
        if not isinstance(new, str) or not new.strip():
            raise InputError("rename", new, "names")
    kept = [at for at, name in enumerate(sheet.columns) if name not in dropped]
    columns = [renaming.get(sheet.columns[at], sheet.columns[at]) for at in kept]
    check_names(f"{sheet.heading}, columns", columns)
    pairs = [
        (place, [cells[at] for at in kept])
        for place, cells in zip(sheet.places, sheet.rows, strict=True)
        if not ignored(cells)
    ]
    shaped = sheet._replace(columns=columns, places=[place for place, _ in pairs], rows=[cells for _, cells in pairs])
    return shaped, frozenset(renaming.values())


def _ignored(ignore: Any, columns: Sequence[str]) -> Callable[[Sequence[Any]], bool]:
    """Which rows are left out."""
    if ignore is None:
        return lambda _: False
    if isinstance(ignore, str) and len(ignore) == 1 and not ignore.isspace():

        def begins(cells: Sequence[Any]) -> bool:
            sign = str(cells[0]).strip()[:1]
            return sign == ignore or (ignore == "@" and sign.isalpha())

        return begins
    if not isinstance(ignore, Mapping) or not ignore:
        raise InputError("ignore", ignore, "a sign with which rows begin, or a mapping such as {'EXCL': 1}")
    wanted = []
    for name in _names("ignore", list(ignore), columns):
        values = ignore[name]
        several = isinstance(values, list | tuple | set | frozenset | range)
        wanted.append((columns.index(name), list(values) if several else [values]))
    return lambda cells: any(_same(cells[at], value) for at, values in wanted for value in values)


def _same(cell: Any, value: Any) -> bool:
    if blank(cell) or blank(value):
        return blank(cell) and blank(value)
    try:
        return float(cell) == float(value)
    except (TypeError, ValueError, ArithmeticError):
        return str(cell).strip() == str(value).strip()


def _names(argument: str, names: Any, columns: Sequence[str]) -> list[str]:
    if isinstance(names, str) or not isinstance(names, Sequence | set | frozenset):
        raise InputError(argument, names, "a list of names of columns")
    for name in names:
        if not isinstance(name, str | int) or name not in columns:
            raise InputError(argument, name, f"columns that are there: {', '.join(map(str, columns))}")
    return list(names)


def _known(heading: str, columns: Sequence[str], renamed: frozenset[str]) -> dict[str, str]:
    """The columns that are read, each with its name in upper case."""
    known = {name: name.upper() for name in columns if name.upper() in COLUMNS}
    if len(set(known.values())) < len(known):
        raise InputError(heading, list(known), "names all in upper case or all in lower case, each once")
    own = [name for name in known if name not in renamed]
    if not (all(name.isupper() for name in own) or all(name.islower() for name in own)):
        wrong = {name: name.upper() for name in own if not name.isupper()}
        raise InputError(heading, own, f"names all in upper case or all in lower case: rename={wrong}")
    return known


def _rules(covariates: Any, columns: Sequence[str], source: str) -> dict[str, str]:
    if isinstance(covariates, str) or not isinstance(covariates, Mapping | Sequence):
        raise InputError("covariates", covariates, "a mapping such as {'WT': 'nocb'} or a sequence of names")
    names = list(covariates)
    rules = dict(covariates) if isinstance(covariates, Mapping) else {}
    for name in names:
        if not isinstance(name, str) or name not in columns or name.upper() in (*COLUMNS, *DATES):
            raise InputError("covariates", name, f"columns of {source} beside those of NONMEM")
        choice(f"covariates[{name!r}]", rules.setdefault(name, "constant"), RULES)
    return rules


def _units(units: Any, known: Any) -> dict[str, Callable[[float], float]]:
    """What brings each column into its usual unit."""
    if units is None:
        return {}
    if not isinstance(units, Mapping):
        raise InputError("units", units, "a mapping such as {'AMT': 'ug', 'TIME': 'min'}")
    factors = {}
    for name, unit in units.items():
        column = name.upper() if isinstance(name, str) else name
        if column not in USUAL or column not in known:
            raise InputError("units", name, f"columns of the table among {', '.join(USUAL)}")
        if not isinstance(unit, str):
            raise InputError(f"units[{name!r}]", unit, f"a unit that converts to {USUAL[column]}")
        try:
            factors[column] = factor(unit, USUAL[column])
        except InputError as error:
            raise InputError(f"units[{name!r}]", unit, f"a unit that converts to {USUAL[column]}") from error
    for column in ("II", "DUR"):
        factors.setdefault(column, factors.get("TIME", 1.0))
    factors.setdefault("RATE", factors.get("AMT", 1.0) / factors.get("TIME", 1.0))
    return {column: partial(mul, size) for column, size in factors.items()}


def _count_hours(places: Sequence[str], data: dict[str, list[Any]], time: str, who: str, dates: Sequence[str]) -> None:
    """Replace times of day, and dates, by hours since the subject's first record."""
    clock = "clock" if time.islower() else CLOCK
    taken = next((name for name in data if name.upper() == CLOCK), None)
    if taken is not None:
        raise InputError(
            f"{places[0]}, column {taken}", data[taken][0], f"no column {taken} beside times of day; drop it"
        )
    label = dates[0] if dates else ""
    data[time], hours = elapsed(places, data[who], data[time], data[label] if label else None, label)
    data.pop(label, None)  # a date beside hours that have elapsed would count twice when read again
    data[clock] = hours
