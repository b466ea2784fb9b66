"""Event tables: dosing and sampling as NONMEM data files say it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

from ..base.delimited import POINT, delimited
from ..base.errors import InputError
from ..base.files import write_text
from ..base.reading import choice, number, number_in, truth
from ..base.units import clock_text
from .phases import BEDTIME, ROUTES, Phase, clock_of, default_salt, salt_of
from .regimen import Regimen
from .rows import DIALECTS, Row
from .shaping import Shape, rows_of
from .sheets import Sheet, from_file, from_frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EventTable", "Row"]


@dataclass(frozen=True)
class EventTable:
    """Doses, samples and other events of one or more subjects, row by row, as in a NONMEM data file.

    Columns are ID, TIME, AMT, RATE, DUR, II, ADDL, SS, CMT, EVID, DV and MDV, all in upper or all in
    lower case; others are carried to the output, unless their names say that they mean one of these, which is
    refused. Rows stay in file order: a sample above a dose at
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
    predict : bool
        Whether rows with EVID 2 are rows of output too.
    """

    rows: tuple[Row, ...]
    covariates: Mapping[str, str]
    pending: str | None
    superpose: bool
    source: str
    predict: bool = False

    @classmethod
    def read(
        cls,
        path: str | os.PathLike[str],
        *,
        covariates: Mapping[str, str] | Sequence[str] = (),
        dialect: str | None = None, pending: str | None = None, superpose: bool = False, predict: bool = False,
        ignore: str | Mapping[str, Any] | None = None, drop: Sequence[str] = (),
        rename: Mapping[str, str] | None = None, units: Mapping[str, str] | None = None, carry: Sequence[str] = (),
        skip_rows: int | Sequence[int] = 0, sep: str | None = None, decimal: str = POINT,
    ) -> EventTable:  # fmt: skip
        """Read a CSV file, separated by commas, semicolons or tabs, with or without BOM, any line ends.

        Lines that begin with ``#`` are remarks. TIME is in hours, or a time of day (``08:00``, with dates in DATE,
        DAT1, DAT2 or DAT3 as NM-TRAN has them), and then counts from each subject's first record.

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
        predict : bool
            See the attribute.
        ignore : str or mapping, optional
            Rows to leave out: a sign with which they begin (``"C"``, or ``"@"`` for any letter), or cells of columns,
            ``{"EXCL": 1}`` or ``{"EXCL": [1, 2]}``.
        drop : sequence of str
            Columns to leave out.
        rename : mapping of str to str, optional
            New names of columns, ``{"DOSE": "AMT"}``; `ignore` and `drop` take the names in the file, the other
            arguments the new ones.
        units : mapping of str to str, optional
            Units of TIME, II, DUR, AMT, RATE and DV where they are not h, mg, mg/h and ng/mL, into which they are
            brought; II and DUR have that of TIME and RATE that of AMT and TIME where they are not said.
        carry : sequence of str
            Columns that only are carried along, whatever they are called.
        skip_rows : int or sequence of int
            How many lines at the top, or which lines (from 1), are left out: titles, or a line of units.
        sep : str, optional
            What stands between cells: ``","``, ``";"`` or a tab; seen from the first line if none.
        decimal : {".", ","}
            What stands before decimals.

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
        shape = Shape(covariates, dialect, ignore, drop, rename, units, carry)
        return cls._of(from_file(path, skip_rows, sep, decimal), shape, pending, superpose, predict)

    @classmethod
    def of(
        cls,
        frame: Any,
        *,
        covariates: Mapping[str, str] | Sequence[str] = (),
        dialect: str | None = None, pending: str | None = None, superpose: bool = False, predict: bool = False,
        ignore: str | Mapping[str, Any] | None = None, drop: Sequence[str] = (),
        rename: Mapping[str, str] | None = None, units: Mapping[str, str] | None = None, carry: Sequence[str] = (),
        skip_rows: int | Sequence[int] = 0,
    ) -> EventTable:  # fmt: skip
        """A table from a pandas or polars frame, or a mapping of columns to sequences.

        Parameters
        ----------
        frame : DataFrame or mapping
            Columns by name; missing values are blank cells.
        covariates, dialect, pending, superpose, predict, ignore, drop, rename, units, carry, skip_rows
            As for `read`; `skip_rows` counts rows below the names.

        Returns
        -------
        EventTable
            The rows as they stand; errors count them from 1.

        Raises
        ------
        InputError
            Naming row and column of what cannot be used.
        """
        shape = Shape(covariates, dialect, ignore, drop, rename, units, carry)
        return cls._of(from_frame(frame, skip_rows), shape, pending, superpose, predict)

    @classmethod
    def _of(cls, sheet: Sheet, shape: Shape, pending: str | None, superpose: bool, predict: bool) -> EventTable:
        if shape.dialect is not None:
            choice("dialect", shape.dialect, tuple(DIALECTS))
        if pending is not None:
            choice("pending", pending, ("keep", "cancel"))
        truth("superpose", superpose)
        truth("predict", predict)
        rows, rules = rows_of(sheet, shape)
        table = cls(rows, rules, pending, superpose, sheet.source, predict)
        table._check_order()
        return table

    def _check_order(self) -> None:
        seen: set[Any] = set()
        for subject, group in self.by_subject():
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

    def shows(self, row: Row) -> bool:
        """Whether a row is a row of output."""
        return row.event == "observation" or (self.predict and row.event == "other")

    @property
    def says_clock(self) -> bool:
        """Whether a column CLOCK says which hour of the day TIME 0 is."""
        return any(_clock(row) != "" for row in self.rows)

    def clock_at_start(self, given: str | float | None) -> float:
        """Hour of the day at TIME 0: as the table says it, as given, or the usual one.

        Parameters
        ----------
        given : str, float or None
            What the caller says.

        Returns
        -------
        float
            The hour [h].

        Raises
        ------
        InputError
            If subjects start at different hours, or the caller says another one than the table.
        """
        said: dict[float, Row] = {}
        for row in self.rows:
            cell = _clock(row)
            if cell != "":
                read = number_in if isinstance(cell, str) else number
                said.setdefault(read(cell, f"{row.place}, column CLOCK", low=0.0), row)
        if not said:
            return clock_of(BEDTIME if given is None else given, "clock")
        hour, *others = said
        if others:
            raise InputError(
                f"{said[others[0]].place}, column CLOCK",
                clock_text(others[0]),
                f"{clock_text(hour)} as above, because the model follows the clock: one table for each hour at TIME 0, "
                "or drop it",
            )
        if given is not None and abs(clock_of(given, "clock") - hour) > 1e-9:
            raise InputError("clock", given, f"{clock_text(hour)}, as the table says, or to be left out")
        return clock_of(hour, "clock")

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
        phases = sorted(phases, key=lambda phase: phase.start)
        columns: dict[str, list[Any]] = {
            "ID": [id] * len(phases),
            "TIME": [phase.start for phase in phases],
            "EVID": [1] * len(phases),
            "AMT": [phase.mg for phase in phases],
            "DUR": [phase.over for phase in phases],
            "II": [phase.every if phase.doses > 1 else 0.0 for phase in phases],
            "ADDL": [phase.doses - 1 for phase in phases],
            "CMT": [phase.route if cmt is None else cmt for phase in phases],
        }
        if any(phase.salt != default_salt(phase.route) for phase in phases):
            columns["SALT"] = [phase.salt for phase in phases]
        return cls.of(columns)

    def to_regimen(self, *, clock: str | float | None = None) -> Regimen:
        """The regimen of a table of plain doses by one subject.

        Parameters
        ----------
        clock : str or float, optional
            Hour of the day at TIME 0; by default as the table says it, else 22:00.

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
        return Regimen.from_phases(phases, self.clock_at_start(clock))

    def to_frame(self) -> pd.DataFrame:
        """The table as a frame, every column in full, from which `of` makes an equal table."""
        import pandas as pd

        frame = pd.DataFrame([row.cells() for row in self.rows], dtype=object)
        # a whole number beside a decimal one keeps its look
        alike = [name for name in frame if len({type(cell) for cell in frame[name]}) == 1]
        return frame.astype({name: frame[name].infer_objects().dtype for name in alike})

    def to_csv(self, path: str | os.PathLike[str], *, sep: str = ",", decimal: str = POINT) -> None:
        """Write the table so that `read`, with the same separators, gives an equal one; whole or not at all.

        Parameters
        ----------
        path : path-like
            The file.
        sep, decimal : str
            What stands between cells and before decimals, as in `ldnsim.Simulation.csv`.

        Raises
        ------
        InputError
            If the folder cannot be written to, or separators cannot be used.
        """
        write_text(path, delimited(self.to_frame(), sep, decimal, line_end="\r\n"), "path")

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
        same = all(getattr(self, name) == getattr(other, name) for name in ("pending", "superpose", "predict"))
        alike = same and dict(self.covariates) == dict(other.covariates)
        return alike and [row.key() for row in self.rows] == [row.key() for row in other.rows]

    def __hash__(self) -> int:
        return hash((len(self.rows), self.rows[0].id, self.rows[-1].time))


def _clock(row: Row) -> Any:
    return row.carried.get("CLOCK", row.carried.get("clock", ""))
