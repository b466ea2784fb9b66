"""Event tables: dosing and sampling as NONMEM data files say it."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import InputError
from .files import whole
from .phases import ROUTES, Phase, clock_of, default_salt, salt_of
from .records import COLUMNS, DIALECTS, Row, read_row
from .regimen import Regimen

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EventTable", "Row"]

RULES = ("constant", "locf", "nocb", "linear")
"""How a covariate runs between rows: not at all, as last read, as read next, or in a straight line."""

_DATES = ("DATE", "DAT1", "DAT2", "DAT3")
"""Columns from which other tools compute the time, so that carrying them along would give wrong times."""

MAX_ROWS = 5_000_000


@dataclass(frozen=True)
class EventTable:
    """Doses, samples and other events of one or more subjects, row by row, as in a NONMEM data file.

    Columns are ID, TIME, AMT, RATE, DUR, II, ADDL, SS, CMT, EVID, DV and MDV, all in upper or all in
    lower case; others are carried to the output. Rows stay in file order: a sample above a dose at
    the same time is the trough, one below it the peak.

    Attributes
    ----------
    rows : tuple of Row
        What happens, in file order.
    covariates : dict of str to str
        Columns that parameters may depend on, with how each runs between rows: ``"constant"``,
        ``"locf"``, ``"nocb"`` or ``"linear"``.
    pending : {"keep", "cancel"} or None
        What a reset (EVID 3 or 4) does to lagged and additional doses not yet given; None keeps
        them and warns where there are any.
    superpose : bool
        Whether SS=2, which adds amounts, is taken for models that are not linear.
    source : str
        File or other origin, for errors.
    """

    rows: tuple[Row, ...]
    covariates: Mapping[str, str]
    pending: str | None
    superpose: bool
    source: str

    @classmethod
    def read(
        cls,
        path: str | os.PathLike[str],
        *,
        covariates: Mapping[str, str] | Sequence[str] = (),
        dialect: str | None = None,
        pending: str | None = None,
        superpose: bool = False,
    ) -> EventTable:
        """Read a CSV file, separated by commas or semicolons, with or without BOM, any line ends.

        Parameters
        ----------
        path : path-like
            The file; its first line names the columns.
        covariates : mapping of str to str, or sequence of str
            Columns that parameters depend on and how each runs between rows; a sequence of names
            means constant ones.
        dialect : {"mrgsolve", "rxode2"}, optional
            Whose EVID numbers above 4 the table uses; named events need none.
        pending : {"keep", "cancel"}, optional
            See the attribute.
        superpose : bool
            See the attribute.

        Returns
        -------
        EventTable
            The rows as they stand.

        Raises
        ------
        InputError
            Naming file, line and column of what cannot be used.

        References
        ----------
        NONMEM Users Guide Part VI, PREDPP: event records; where tools differ, see docs/dosing.md.
        """
        try:
            text = Path(path).read_bytes().decode("utf-8-sig")
        except (OSError, TypeError) as error:
            raise InputError("path", str(path), f"a file that can be read ({error})") from error
        except UnicodeDecodeError as error:
            raise InputError("path", str(path), "a text file in UTF-8") from error
        name = Path(path).name
        header = text.splitlines()[0] if text.strip() else ""
        separator = ";" if ";" in header and "," not in header else ","
        lines = [
            (number, cells) for number, cells in _lines(text, separator, name) if any(cell.strip() for cell in cells)
        ]
        if not lines:
            raise InputError(name, text, "a line with the names of the columns")
        columns = [cell.strip() for cell in lines[0][1]]
        records = []
        for number, cells in lines[1:]:
            if len(cells) != len(columns):
                raise InputError(f"{name}, line {number}", cells, f"{len(columns)} cells, one a column")
            records.append((f"{name}, line {number}", dict(zip(columns, cells, strict=True))))
        return cls._of(name, columns, records, covariates, dialect, pending, superpose)

    @classmethod
    def of(
        cls,
        frame: Any,
        *,
        covariates: Mapping[str, str] | Sequence[str] = (),
        dialect: str | None = None,
        pending: str | None = None,
        superpose: bool = False,
    ) -> EventTable:
        """A table from a pandas or polars frame, or a mapping of columns to sequences.

        Parameters
        ----------
        frame : DataFrame or mapping
            Columns by name; missing values are blank cells.
        covariates, dialect, pending, superpose
            As for `read`.

        Returns
        -------
        EventTable
            The rows as they stand; errors count them from 1.

        Raises
        ------
        InputError
            Naming row and column of what cannot be used.
        """
        if isinstance(frame, Mapping):
            columns, data = list(frame), [frame[name] for name in frame]
        elif hasattr(frame, "columns") and hasattr(frame, "to_dict"):
            columns = list(frame.columns)
            _check_names("table", columns)
            data = [frame[name].tolist() if hasattr(frame[name], "tolist") else list(frame[name]) for name in columns]
        else:
            raise InputError("frame", frame, "a pandas or polars frame, or a mapping of columns")
        for name, values in zip(columns, data, strict=True):
            if isinstance(values, str) or not hasattr(values, "__len__") or len(values) != len(data[0]):
                raise InputError(f"table, column {name}", values, "as many values as the other columns have")
        records = [
            (f"table, row {number}", dict(zip(columns, cells, strict=True)))
            for number, cells in enumerate(zip(*data, strict=True), start=1)
        ]
        return cls._of("table", columns, records, covariates, dialect, pending, superpose)

    @classmethod
    def _of(
        cls,
        source: str,
        columns: Sequence[Any],
        records: Sequence[tuple[str, Mapping[str, Any]]],
        covariates: Mapping[str, str] | Sequence[str],
        dialect: str | None,
        pending: str | None,
        superpose: bool,
    ) -> EventTable:
        _check_names(source, columns)
        known = {name: name.upper() for name in columns if name.upper() in COLUMNS}
        for needed in ("ID", "TIME"):
            if needed not in known.values():
                raise InputError(f"{source}, columns", list(columns), f"a column {needed}")
        if dialect is not None and dialect not in DIALECTS:
            raise InputError("dialect", dialect, f"one of {', '.join(DIALECTS)}")
        if pending not in ("keep", "cancel", None):
            raise InputError("pending", pending, "'keep' or 'cancel'")
        if not isinstance(superpose, bool):
            raise InputError("superpose", superpose, "True or False")
        rules = _rules(covariates, columns, source)
        if not records:
            raise InputError(source, "no row", "at least one row below the names of the columns")
        if len(records) > MAX_ROWS:
            raise InputError(source, f"{len(records)} rows", f"at most {MAX_ROWS} rows")
        rows = tuple(
            read_row(
                place,
                {known[name]: value for name, value in cells.items() if name in known},
                {name: value for name, value in cells.items() if name not in known},
                rules,
                dialect,
            )
            for place, cells in records
        )
        table = cls(rows, rules, pending, superpose, source)
        table._check_order()
        return table

    def _check_order(self) -> None:
        seen: set[Any] = set()
        for subject, rows in groupby(self.rows, key=lambda row: row.id):
            group = list(rows)
            if subject in seen:
                raise InputError(
                    f"{group[0].place}, column ID", subject, "all rows of a subject together; this one was left before"
                )
            seen.add(subject)
            for before, row in pairwise(group):
                if row.time < before.time and not row.resets:
                    raise InputError(
                        f"{row.place}, column TIME",
                        row.time,
                        f"at least {before.time:g}, the time of the row above (only EVID 3 and 4 may go back)",
                    )
            for name, rule in self.covariates.items():
                values = [row.covariates[name] for row in group]
                if rule == "constant" and len(set(values)) > 1:
                    other = next(row for row in group if row.covariates[name] != values[0])
                    raise InputError(
                        f"{other.place}, column {name}",
                        other.covariates[name],
                        f"{values[0]:g} as above, or covariates={{{name!r}: 'locf', 'nocb' or 'linear'}}, "
                        "because tools differ in how a covariate runs between rows",
                    )

    @property
    def subjects(self) -> tuple[Any, ...]:
        """Every ID, in file order."""
        return tuple(dict.fromkeys(row.id for row in self.rows))

    def by_subject(self) -> Iterator[tuple[Any, list[Row]]]:
        """Rows of one subject after the other."""
        for subject, rows in groupby(self.rows, key=lambda row: row.id):
            yield subject, list(rows)

    @classmethod
    def from_regimen(cls, regimen: Regimen, *, id: int | str = 1, cmt: int | str | None = None) -> EventTable:
        """Dose rows of a regimen, AMT in mg as labelled, CMT the route.

        A phase is one row with II and ADDL; with doses missed, late or doubled each dose that is given is a
        row. A table has no clock, no calendar, no missed doses and no time without doses at the end.

        Parameters
        ----------
        regimen : Regimen
            What is given.
        id : int or str
            The subject.
        cmt : int or str, optional
            Compartment of every dose, for a general model: ``"depot"``.

        Returns
        -------
        EventTable
            Rows in order of time; salts other than the route's own stand in a column SALT.

        Raises
        ------
        InputError
            If `regimen` is no regimen.
        """
        if not isinstance(regimen, Regimen):
            raise InputError("regimen", regimen, "a Regimen")
        phases: Sequence[Phase] = regimen.phases
        if regimen.deviations:
            phases = [Phase(dose.mg, dose.salt, dose.route, dose.time, 0.0, 1, dose.over) for dose in regimen.dosing()]
        if not phases:
            raise InputError("regimen", regimen, "a regimen with at least one dose that is given")
        columns: dict[str, list[Any]] = {name: [] for name in ("ID", "TIME", "EVID", "AMT", "DUR", "II", "ADDL", "CMT")}
        salts = []
        for phase in sorted(phases, key=lambda phase: phase.start):
            additional = phase.doses - 1
            cells = (id, phase.start, 1, phase.mg, phase.over, phase.every * bool(additional), additional, phase.route)
            for column, value in zip(columns.values(), cells, strict=True):
                column.append(value)
            salts.append(phase.salt)
        if any(salt != default_salt(route) for salt, route in zip(salts, columns["CMT"], strict=True)):
            columns["SALT"] = salts
        if cmt is not None:
            columns["CMT"] = [cmt] * len(salts)
        return cls.of(columns)

    def to_regimen(self, *, clock: str | float = "22:00") -> Regimen:
        """The regimen of a table of plain doses by one subject.

        Parameters
        ----------
        clock : str or float
            Hour of the day at TIME 0.

        Returns
        -------
        Regimen
            One phase a dose row; observation rows and their columns are left behind.

        Raises
        ------
        InputError
            If the table says what a regimen cannot: more subjects, resets, steady states, times
            below 0, rates that the model would have to give.
        """
        phases = []
        for row in self.rows:
            if row.id != self.rows[0].id:
                raise InputError(f"{row.place}, column ID", row.id, "a single subject")
            if row.event == "observation":
                continue
            if row.event != "dose" or row.ss or row.rate < 0:
                what = "EVID" if row.event != "dose" else "SS" if row.ss else "RATE"
                raise InputError(
                    f"{row.place}, column {what}", row.cells()[what], "a plain dose, which a regimen can say"
                )
            route = ROUTES[max(row.cmt, 1) - 1] if isinstance(row.cmt, int) and row.cmt <= len(ROUTES) else row.cmt
            if not isinstance(route, str) or route not in ROUTES:
                raise InputError(f"{row.place}, column CMT", row.cmt, f"a route: one of {', '.join(ROUTES)}")
            over = row.amt / row.rate if row.rate else row.dur
            salt = salt_of(row.carried.get("SALT") or row.carried.get("salt") or default_salt(route))
            phases.append(Phase(row.amt, salt, route, row.time, row.ii, row.addl + 1, over))
        return Regimen.from_phases(phases, clock_of(clock, "clock"))

    def to_frame(self) -> pd.DataFrame:
        """The table as a frame, every column in full, from which `of` makes an equal table."""
        import pandas as pd

        return pd.DataFrame([row.cells() for row in self.rows])

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the table so that `read` gives an equal one; whole or not at all.

        Raises
        ------
        InputError
            If the folder cannot be written to.
        """
        with whole(path, "path") as draft:
            self.to_frame().to_csv(draft, index=False)

    def __repr__(self) -> str:
        doses = sum(row.event in ("dose", "reset-dose") for row in self.rows)
        seen = sum(row.event == "observation" for row in self.rows)
        return (
            f"<EventTable {self.source}: {len(self.subjects)} subjects, {len(self.rows)} rows, "
            f"{doses} of them doses and {seen} observations>"
        )

    def __len__(self) -> int:
        return len(self.rows)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, EventTable):
            return NotImplemented
        mine, theirs = (
            (
                [replace(row, place="").key() for row in table.rows],
                dict(table.covariates),
                table.pending,
                table.superpose,
            )
            for table in (self, other)
        )
        return mine == theirs

    def __hash__(self) -> int:
        return hash((len(self.rows), self.rows[0].id, self.rows[-1].time))


def _lines(text: str, separator: str, name: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise InputError(f"{name}, line {reader.line_num}", str(error), "a line of a CSV file") from error


def _check_names(source: str, columns: Sequence[Any]) -> None:
    place = f"{source}, columns"
    for name in columns:
        if not isinstance(name, str) or not name.strip():
            raise InputError(place, name, "a name for every column")
    if len(set(columns)) < len(columns):
        twice = next(name for name in columns if columns.count(name) > 1)
        raise InputError(place, twice, "every column once")
    known = [name for name in columns if name.upper() in COLUMNS]
    if not (all(name.isupper() for name in known) or all(name.islower() for name in known)):
        raise InputError(place, known, "names all in upper case or all in lower case")
    for name in columns:
        if name.upper() in _DATES:
            raise InputError(
                place, name, "no dates: TIME in hours from the subject's start, the dates under another name"
            )
    padded = [name for name in columns if name != name.strip()]
    if padded:
        raise InputError(place, padded[0], "names without spaces around them")


def _rules(covariates: Any, columns: Sequence[str], source: str) -> dict[str, str]:
    if isinstance(covariates, str) or not isinstance(covariates, Mapping | Sequence):
        raise InputError("covariates", covariates, "a mapping such as {'WT': 'nocb'} or a sequence of names")
    rules = dict(covariates) if isinstance(covariates, Mapping) else dict.fromkeys(covariates, "constant")
    for name, rule in rules.items():
        if name not in columns or name.upper() in COLUMNS:
            raise InputError("covariates", name, f"columns of {source} beside those of NONMEM")
        if rule not in RULES:
            raise InputError(f"covariates[{name!r}]", rule, f"one of {', '.join(RULES)}")
    return rules
