"""Data as NONMEM reads them: doses, samples and what is observed of any result, row by row."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.errors import InputError, LdnsimWarning
from ..base.files import write_text
from ..base.reading import choice, listed
from ..base.streams import fresh_seed
from ..dosing.sheets import MAX_ROWS
from ..models.dosable import BY_HAND
from ..population.distributions import Distribution, from_dict
from ..population.population import Population
from ..results.over_time import finished
from ..study.person_run import Simulation, run_person
from ..study.population_run import PopulationRun
from ..study.table_run import TableRun
from .administered import OBSERVED, Given, Source, source_of
from .dose_rows import Cells
from .handed import Handed
from .naming import Naming

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("ID", "TIME", "EVID", "AMT", "RATE", "II", "ADDL", "SS", "CMT", "DV", "MDV")
"""Columns of NONMEM, in their usual order."""

_WHOLE = ("EVID", "ADDL", "SS", "CMT", "MDV", "DVID")
_DOT, _ZERO = ".", "0"
_OTHER = re.compile(r"[^A-Z0-9_]")


@dataclass(frozen=True, eq=False)
class NonmemData:
    """Doses and observations of a result as NONMEM reads them.

    Attributes
    ----------
    table : pandas.DataFrame
        ID, TIME [h], EVID, AMT, RATE, II [h], ADDL, SS, CMT (the number of the compartment), DV and MDV, with DVID
        where there are several variables, covariates, OCC and REP; a missing DV is nan. Units are in
        ``table.attrs["units"]``.
    runs : Simulation, PopulationRun or TableRun
        The result.
    observed : tuple of str
        What DV is, by DVID from 1.
    ids : dict of int to object
        Whom a number in ID stands for, where IDs of the result are texts.
    compartments : tuple of str
        What CMT means, by number from 1.
    missing : {".", "0"}
        What stands for a missing DV.
    settings : dict
        What else was asked for: times, residual error and seed.
    """

    table: pd.DataFrame
    runs: Simulation | PopulationRun | TableRun
    observed: tuple[str, ...]
    ids: Mapping[int, Any]
    compartments: tuple[str, ...]
    missing: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def record(self) -> dict[str, Any]:
        """The record of the run, and what was asked for."""
        return {"run": self.runs.record, "dv": list(self.observed), "missing": self.missing, **self.settings}

    @property
    def errors(self) -> dict[str, Distribution]:
        """The error of an observation with which each variable was drawn, where it was."""
        return {name: from_dict(one, "residual") for name, one in self.settings["residual"].items()}

    def csv(self) -> str:
        """The table as text: names in the first line, numbers in all others, cells without a number as `missing`."""
        frame = self.table.astype(object).where(self.table.notna(), self.missing)
        return str(frame.to_csv(index=False, lineterminator="\n"))

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write `csv` to a file, whole or not at all; ``$DATA`` with ``IGNORE=@`` reads it, and `EventTable.read`.

        Raises
        ------
        InputError
            If the folder cannot be written to.
        """
        write_text(path, self.csv(), "path")

    def control(self, name: str = "data.csv") -> str:
        """The lines of a control stream that read the data, with what columns and numbers mean.

        Parameters
        ----------
        name : str
            Name of the file.

        Returns
        -------
        str
            ``$DATA`` and ``$INPUT`` under remarks.
        """
        units = self.table.attrs["units"]
        said = [f"{column} [{unit}]" for column, unit in units.items() if unit != "1"]
        dv, cmt = (", ".join(f"{k} {one}" for k, one in enumerate(x, 1)) for x in (self.observed, self.compartments))
        dv = dv if len(self.observed) > 1 else self.observed[0]
        lines = [f"; {', '.join(said)}", f"; DV: {dv}", f"; CMT: {cmt}"]
        lines += [f"; ID {number}: {who}" for number, who in self.ids.items()]
        labels = " ".join(_OTHER.sub("_", str(column).upper()) for column in self.table.columns)
        return "\n".join([*lines, f"$DATA {name} IGNORE=@", f"$INPUT {labels}"]) + "\n"

    def plot(self) -> Any:
        """DV over TIME, the points of each subject joined.

        Returns
        -------
        matplotlib.figure.Figure
            One panel; of several variables the first one.
        """
        from ..plots.drawing import BLUE, new_axes
        from ..plots.lettering import TYPED
        from ..plots.level import axes_for

        seen = self.table[self.table["MDV"] == 0]
        seen = seen[seen["DVID"] == 1] if "DVID" in seen else seen
        source = source_of(self.runs)
        if isinstance(self.runs, TableRun):
            said = self.runs.data.attrs.get("assumptions", f"{source.model.name}, {BY_HAND}")
            axes = new_axes([f"Assumptions: {said}. Event table {self.runs.table.source}."])
        else:
            data, left_out = finished(self.runs.data)
            axes = axes_for(data, source.shown_of(self.observed[0]), left_out, None)
        axes.set_title(str(self), loc="left", **TYPED)
        for _, own in seen.groupby("ID", sort=False):
            axes.plot(own["TIME"], own["DV"], "o-", color=BLUE, markersize=3, linewidth=0.6, alpha=0.6)
        unit = self.table.attrs["units"].get("DV", "")
        axes.set_ylabel(f"DV: {self.observed[0]}" + f" [{unit}]" * (unit not in ("", "1")), **TYPED)
        axes.set_xlabel("TIME [h]")
        return axes.figure

    def __str__(self) -> str:
        doses = int((self.table["EVID"].isin((1, 4))).sum())
        seen = int((self.table["MDV"] == 0).sum())
        people = self.table["ID"].nunique()
        counted = ((people, "subject", ""), (doses, "row", " with doses"), (seen, "observation", ""))
        words = [f"{count} {what}{'s' * (count != 1)}{further}" for count, what, further in counted]
        return f"{', '.join(words)} of {', '.join(self.observed)}"


def nonmem_data(
    result: Simulation | PopulationRun | TableRun,
    dv: str | Sequence[str] | None = None,
    *,
    at: object = None,
    residual: Mapping[str, Distribution] | Distribution | None = None,
    seed: int | None = None,
    missing: str = _DOT,
) -> NonmemData:
    """Doses and observations of any result, as a data file for NONMEM.

    Parameters
    ----------
    result : Simulation, PopulationRun or TableRun
        What `simulate` gave, in any model.
    dv : str or sequence of str, optional
        What DV is: columns of ``to_frame`` (of a population those that were kept) or of the rows of a table; by default
        what the model observes, of a table IPRED. Several are told apart by DVID.
    at : float, str, EventTable or sequence, optional
        When it is observed, see `ldnsim.dosing.sampling.sample_times`: samples of the run; by default all of them. At
        the time of a dose the sample is the one just after it, because NONMEM has an additional dose come before the
        row of its time. The rows of a table are observed as they stand.
    residual : LogNormal, Normal or mapping of str to these, optional
        Error of an observation, where the population of the run has none of its own (which DV then has already).
    seed : int, optional
        From 0 to 2**64 - 1, behind `residual`; one is chosen if none is given, and kept in the record.
    missing : {".", "0"}
        What stands where there is no DV, which MDV says in any case.

    Returns
    -------
    NonmemData
        Its ``table``, ``csv()``, ``to_csv(path)`` and ``control()``.

    Raises
    ------
    InputError
        If an argument cannot be used, or something that was given cannot be said in NONMEM: a challenge with
        endotoxin, an event beyond EVID 4, a steady state of several doses an interval.

    Warns
    -----
    LdnsimWarning
        Of subjects whose run did not finish, who are left out; of columns of a table that hold texts, which are, too;
        of IDs that are texts, for which numbers stand.

    Notes
    -----
    Amounts are in mg as AMT of the model is, of the salt that is usual for the route. Doses of 0 mg are rows with
    EVID 2. Levels of a covariate, such as smoking, are columns of 0 and 1 (SMOKING_YES); OCC counts the doses of people
    who differ between occasions, CLOCK is the hour of the day at TIME 0 where a model follows the clock.

    Examples
    --------
    >>> from ldnsim import simulate
    >>> print(nonmem_data(simulate("4.5 mg at 22:00 daily for 2 days", step=1), at=[2, 26]))
    1 subject, 1 row with doses, 2 observations of plasma_ntx
    """
    source = source_of(result)
    names = _names(dv, source)
    choice("missing", missing, (_DOT, _ZERO))
    drawn = _Errors(residual, seed, names, source)
    rows: list[Cells] = []
    ids: dict[int, Any] = {}
    for subject in source.subjects(names, at):
        number = subject.id
        if isinstance(number, str):
            number = subject.number + 1
            ids[number] = subject.id
        rows += _observed(subject, number, names, drawn.of(subject), source)
        if len(rows) > MAX_ROWS:
            raise InputError("at", at, f"fewer times: a file with at most {MAX_ROWS:,} rows")
    table = _frame(rows, names, source)
    if ids:
        warnings.warn(f"numbers stand for IDs that are texts: {_some(ids.values())}", LdnsimWarning, stacklevel=2)
    settings = {"at": None if at is None else sorted(set(table.loc[table["EVID"] == 0, "TIME"])), **drawn.said}
    compartments = tuple(one.name for one in source.model.compartments)
    return NonmemData(table, source.result, names, ids, compartments, missing, settings)


def nonmem(handed: Handed) -> tuple[str, Naming]:
    """Data of a person, for the table of formats: everything that the model observes, at all samples.

    Parameters
    ----------
    handed : Handed
        The model, and what is given.

    Returns
    -------
    text : str
        As `NonmemData.csv`.
    naming : Naming
        Empty: columns are those of NONMEM.
    """
    naming = copy(Naming(handed.written))
    naming.states, naming.parameters, naming.outputs = {}, {}, {}
    return nonmem_data(run_person(handed.study, None)).csv(), naming


def _names(dv: str | Sequence[str] | None, source: Source) -> tuple[str, ...]:
    expected = f"of {', '.join(source.shown)}"
    wanted = [source.usual] if dv is None else [dv] if isinstance(dv, str) else listed(dv, "dv", f"some {expected}")
    for name in wanted:
        if not isinstance(name, str) or name not in source.shown or wanted.count(name) > 1:
            raise InputError("dv", name, f"one {expected}; each once")
    if not wanted:
        raise InputError("dv", dv, f"at least one {expected}")
    return tuple(wanted)


class _Errors:
    """Errors of observation, drawn for each subject."""

    def __init__(self, residual: Any, seed: int | None, names: Sequence[str], source: Source) -> None:
        errors = dict.fromkeys(names, residual) if isinstance(residual, Distribution) else residual
        if seed is not None and not errors:
            raise InputError("seed", seed, "to be left out without residual=")
        own = source.result.population if isinstance(source.result, PopulationRun) else None
        for name in errors or {}:
            if name not in names:
                raise InputError("residual", name, f"what DV is: {', '.join(names)}")
            if own is not None and source.shown_of(name).name in dict(own.residual):
                raise InputError(
                    "residual", name, "to be left out, because the population of the run has an error of it"
                )
        self._seed = fresh_seed() if seed is None and errors else seed
        self._errors = errors
        people = 1 if own is None else own.n * own.replicates
        if isinstance(source.result, TableRun):
            people = len(source.result.table.subjects)
        self._people = Population(people, self._seed or 0, variability={}, residual=errors)

    @property
    def said(self) -> dict[str, Any]:
        """What of it a record says."""
        plain = {name: one.to_dict() for name, one in self._people.residual}
        return {"residual": plain, "seed": self._seed}

    def of(self, subject: Given) -> dict[str, Any]:
        """What is observed of a subject."""
        who = np.array([subject.number])
        return {
            name: self._people.observe(name, values[None], who)[0] if name in (self._errors or {}) else values
            for name, values in subject.read.items()
        }


def _observed(
    subject: Given, number: Any, names: Sequence[str], read: Mapping[str, Any], source: Source
) -> Iterable[Cells]:
    """Rows of a subject, those of observations with what is observed, one for each variable."""
    for row in subject.rows:
        cells: Cells = {"ID": number, **row}
        place = cells.pop(OBSERVED, None)
        if place is None:
            yield cells | {"MDV": 1}
            continue
        for which, name in enumerate(names, 1):
            value = float(read[name][place])
            # IPRED is of the compartment that the row of a table names
            cmt = row["CMT"] if "CMT" in row and name == source.usual else source.seen_at(name)
            yield cells | {"CMT": cmt, "DV": value, "MDV": int(np.isnan(value)), "DVID": which}


def _frame(rows: Sequence[Cells], names: Sequence[str], source: Source) -> pd.DataFrame:
    import pandas as pd

    further = dict.fromkeys(name for row in rows for name in row)
    several = ["DVID"] * (len(names) > 1)
    columns = [*COLUMNS, *several, *(name for name in further if name not in (*COLUMNS, "DVID"))]
    frame = pd.DataFrame(rows, columns=columns)
    texts = [name for name in columns[len(COLUMNS) :] if not _numeric(frame[name])]
    if texts:
        warnings.warn(f"left out, because NONMEM reads numbers: {_some(texts)}", LdnsimWarning, stacklevel=3)
        frame = frame.drop(columns=texts)
    frame = pd.DataFrame({name: pd.to_numeric(frame[name]) for name in frame})
    usual = dict.fromkeys(("AMT", "RATE", "II"), 0.0) | dict.fromkeys(("ADDL", "SS", "CMT"), 0)
    frame = frame.fillna(usual)
    if "CLOCK" not in frame and "clock" not in frame and source.follows_the_clock:
        frame["CLOCK"] = source.model.daily.start
    frame = frame.astype({name: int for name in _WHOLE if name in frame and not frame[name].isna().any()})
    dose = source.model.compartment(0, source.model.dose, "AMT")
    unit = source.model.amt_unit or source.model.terms[source.model.system.names[dose.states[0]]].unit
    units = {"TIME": "h", "AMT": unit, "RATE": f"{unit}/h", "II": "h"}
    if len(names) == 1:
        units["DV"] = source.units.get(names[0], "1")
    frame.attrs["units"] = units
    return frame


def _numeric(column: pd.Series[Any]) -> bool:
    import pandas as pd

    try:
        pd.to_numeric(column.replace("", np.nan))
    except (TypeError, ValueError):
        return False
    return True


def _some(names: Iterable[Any]) -> str:
    several = list(map(str, names))
    return ", ".join(several[:10]) + (f" and {len(several) - 10} more" if len(several) > 10 else "")
