"""What was given to each subject of a result and what was read of them, row by row, whichever way it was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..base.errors import InputError
from ..dosing.phases import default_salt
from ..dosing.rows import Row
from ..dosing.sampling import sample_times
from ..engines.leg import Array
from ..models.dosable import Model
from ..population.covariates import levels
from ..population.individuals import Individuals
from ..results.behind import Shown
from ..results.over_time import FINISHED
from ..study.account import Account
from ..study.intake import intake
from ..study.person_run import Simulation, read_person
from ..study.population_run import PopulationRun, read_population
from ..study.processes import columns_of
from ..study.study import Study
from ..study.table_covariates import NAMES
from ..study.table_run import TableRun
from .dose_rows import Cells, Doses, given_in, numbers_of

OBSERVED = "observed"
"""Cell that says which of the samples of a subject a row of observation is."""

_SAME = 1e-9
"""How far apart two times may be that are the same [h]."""

_SALTS = ("SALT", "salt")


class Given(NamedTuple):
    """What happened to one subject.

    Attributes
    ----------
    id : object
        Who it is.
    number : int
        Place among all subjects of the run, from 0.
    rows : list of dict
        Cells of each row, in order; those of an observation say which one it is.
    read : dict of str to ndarray, shape (n_samples,)
        What was read, by name.
    """

    id: Any
    number: int
    rows: list[Cells]
    read: Mapping[str, Array]


@dataclass(frozen=True)
class Source:
    """A result, and what it is about.

    Attributes
    ----------
    result : Simulation, PopulationRun or TableRun
        The result.
    model : Model
        In which model.
    shown : tuple of str
        What can be read.
    usual : str
        What is read where nothing is said.
    units : mapping of str to str
        Unit of each, where it is known.
    study : Study or None
        What was asked, where it was not a table.
    """

    result: Simulation | PopulationRun | TableRun
    model: Model
    shown: tuple[str, ...]
    usual: str
    units: Mapping[str, str]
    study: Study | None

    def number(self, name: str) -> int:
        """Number of a compartment, from 1."""
        return numbers_of(self.model)[name]

    def seen_at(self, name: str) -> int:
        """Number of the compartment whose observation a variable is; 0 where it is none's."""
        found = [one.name for one in self.model.compartments if self.model.predicted.get(one.name, one.name) == name]
        return self.number(found[0]) if found else 0

    def shown_of(self, name: str) -> Shown:
        """The variable of a run under a regimen, with its labels, of which something is a column."""
        return columns_of(self.model)[name][0]

    @property
    def follows_the_clock(self) -> bool:
        """Whether the hour of the day matters."""
        if isinstance(self.result, TableRun):
            p = self.model.fill(self.result.table.rows[0].covariates)
        else:
            assert self.study is not None
            p = self.study.account.parameters.fill(self.study.account.declared)
        return self.model.system.follows_the_clock(p)

    def subjects(self, names: Sequence[str], at: object) -> Iterator[Given]:
        """Subject after subject.

        Parameters
        ----------
        names : sequence of str
            What is read.
        at : object
            When, see `ldnsim.dosing.sampling.sample_times`; None for all samples of the run.

        Yields
        ------
        Given
            Subjects whose run did not finish are left out.

        Raises
        ------
        InputError
            If a time is no sample of the run, or something that was given cannot be said in a row.
        """
        if isinstance(self.result, TableRun):
            if at is not None:
                raise InputError("at", at, "to be left out for a table, whose rows say when it is read")
            yield from _of_table(self.result, self, names)
        else:
            yield from _of_regimen(self.result, self, names, at)


def source_of(result: object) -> Source:
    """What a result is about; raises `InputError` where it is none, or holds no single people."""
    if isinstance(result, TableRun):
        frame = result.rows()
        shown = tuple(name for name in frame.columns if name not in _OF_ROWS and frame[name].dtype.kind == "f")
        units = dict(frame.attrs["units"])
        return Source(result, result.model, shown, "IPRED", units, None)
    if isinstance(result, Simulation):
        study = read_person(result.record, result.model)
    elif isinstance(result, PopulationRun):
        if "person" not in result.data.dims:
            raise InputError("result", "quantiles of people", "a run that keeps its people, without quantiles=")
        study, _ = read_population(result.record, result.model)
    else:
        raise InputError(
            "result",
            type(result).__name__,
            "what simulate gives: of a person, a population or a table; of what a verb found one of its .runs",
        )
    if study.settings["endotoxin"] is not None:
        raise InputError("result", "a challenge with endotoxin", "a run without, because no row of a table says it")
    model = study.model
    kept = {name: one for name, (one, _) in columns_of(model).items() if one.name in result.data}
    units = {name: str(result.data[one.name].attrs["units"]) for name, one in kept.items()}
    usual = model.predicted.get(model.observe, "")
    if usual not in kept:
        states = model.compartment(model.observe, model.observe, "observe").states
        usual = next((name for name, place in model.state_columns.items() if place == states[0]), "")
    return Source(result, model, tuple(kept), usual, units, study)


_OF_ROWS = ("ID", "TIME", "TAD", "DV", "DV_LIMIT")
"""Columns of the rows of a table that are not what the model shows."""


def _of_regimen(
    result: Simulation | PopulationRun, source: Source, names: Sequence[str], at: object
) -> Iterator[Given]:
    study, data = source.study, result.data
    assert study is not None
    # of two samples at the time of a dose the later one: additional doses come before the row of their time
    time = data["time"].values.astype(float)
    last = np.flatnonzero(np.append(np.diff(time) > 0, True))
    time = time[last]
    chosen = range(len(time)) if at is None else _chosen(at, time, study)
    columns = columns_of(study.model)
    read = {}
    for name in names:
        one, _ = columns[name]
        values = data[one.name].sel(one.labels)
        wide = values.transpose("person", "time") if "person" in values.dims else values.expand_dims("person")
        read[name] = np.asarray(wide.values, dtype=float)[:, last]
    looks = {int(place): float(time[place]) for place in chosen}
    known = _known(result, study.account)
    people = Doses(study, given_in(result))
    status = data["status"].values if "status" in data.coords else np.zeros(1)
    for number in range(len(next(iter(read.values())))):
        if status[number] not in FINISHED:
            continue
        rows = people.of(number)
        rows += [{"TIME": when, "EVID": 0, OBSERVED: place} for place, when in looks.items()]
        rows.sort(key=lambda row: (row["TIME"], row["EVID"] == 0))
        own = {name: values[number] for name, values in known.items()}
        if people.by_occasion:
            begins = people.occasions(number)
            rows = [{**row, "OCC": max(int((begins <= row["TIME"]).sum()), 1)} for row in rows]
        id_ = number + 1
        if isinstance(result, PopulationRun):
            if study.people.replicates > 1:
                own["REP"] = number // study.people.n + 1
            elif isinstance(study.people, Individuals):
                id_ = study.people.ids[number]
        yield Given(id_, number, [{**row, **own} for row in rows], {name: read[name][number] for name in names})


def _chosen(at: object, time: Array, study: Study) -> list[int]:
    """Places of the samples at some times."""
    wanted = sample_times(at, clock=study.regimen.clock, until=float(time[-1]))
    if not wanted:
        raise InputError("at", at, "at least one time")
    places: list[int] = np.clip(np.searchsorted(time, np.array(wanted) - _SAME), 0, len(time) - 1).tolist()
    for when, place in zip(wanted, places, strict=True):
        if abs(when - time[place]) > _SAME:
            near = f"the next is at {time[place]:g} h, and simulate(..., at=...) adds others"
            raise InputError("at", when, f"a sample of the run; {near}")
    return places


def _known(result: Simulation | PopulationRun, account: Account) -> dict[str, Sequence[Any]]:
    """Covariates as columns of numbers; of one that has levels a column each, which says whether it is so."""
    short = {long: name for name, long in reversed([*NAMES.items()])}
    if isinstance(result, Simulation):
        given = {one.name: np.array([one.given]) for one in account.covariates}
        given |= {name: np.array([value]) for name, value in (account.known or {}).items() if name not in given}
    else:
        given = {one.name: result.data[one.name].values for one in result.population.covariates}
    found: dict[str, Sequence[Any]] = {}
    for name, values in given.items():
        if name in levels():
            found |= _indicators(name, values)
        else:
            found[short.get(name, name)] = values.astype(float).tolist()
    return found


def _indicators(name: str, values: Any) -> dict[str, list[int]]:
    """Whether a covariate has each of its levels but the first, a column each."""
    return {f"{name}_{level}".upper(): (values == level).astype(int).tolist() for level in levels()[name][1:]}


def _of_table(result: TableRun, source: Source, names: Sequence[str]) -> Iterator[Given]:
    frame = result.rows()
    read = {name: frame[name].to_numpy(dtype=float) for name in names}
    done = 0
    for number, (id_, rows) in enumerate(result.table.by_subject()):
        found, start = [], done
        for row in rows:
            cells = _cells(row, result.model, source)
            if result.table.shows(row):
                if row.event == "observation":
                    cells[OBSERVED] = done - start
                done += 1
            found.append(cells)
        yield Given(id_, number, found, {name: values[start:done] for name, values in read.items()})


def _cells(row: Row, model: Model, source: Source) -> Cells:
    """A row of a table as numbers."""
    if not isinstance(row.evid, int):
        raise InputError(f"{row.place}, column EVID", row.event, "0 to 4, because NONMEM knows no other events")
    off = isinstance(row.cmt, str) and row.cmt.startswith("-")
    name = str(row.cmt).removeprefix("-") if isinstance(row.cmt, str) else row.cmt
    if isinstance(name, str):
        cmt = source.number(model.compartment(name, model.dose, row.place).name) * (-1 if off else 1)
    else:
        usual = {"observation": model.observe, "dose": model.dose, "reset-dose": model.dose}.get(row.event)
        cmt = name or (source.number(usual) if usual else 0)
    own = {key: cell for key, cell in row.carried.items() if key not in _SALTS}
    cells: Cells = {"TIME": row.time, "EVID": row.evid, "CMT": cmt}
    for key, cell in own.items():
        name = NAMES.get(key.upper(), "")
        if name in levels() and isinstance(cell, str) and key in row.covariates:
            level = np.array([levels()[name][int(row.covariates[key])]])
            cells |= {column: said for column, (said,) in _indicators(name, level).items()}
        else:
            cells[key] = cell
    if row.event not in ("dose", "reset-dose"):
        return cells
    dosed = model.compartment(row.cmt, model.dose, row.place).name
    scale = 1.0
    if any(row.carried.get(key, "") not in ("", default_salt(dosed)) for key in _SALTS):
        scale = float(model.amount(dosed, row.carried)) / float(model.amount(dosed, own))
    rate = row.rate if row.rate < 0 else row.rate * scale
    amount = row.amt * scale
    if row.dur:
        rate = float(intake(model, row).rate / model.dosing_at(row.covariates).amount(dosed, row.carried)) * scale
    if not amount and not rate and not row.ss:
        # NONMEM takes no dose without an amount
        return cells | {"EVID": {1: 2, 4: 3}[row.evid]}
    return cells | {"AMT": amount, "RATE": rate, "II": row.ii, "ADDL": row.addl, "SS": row.ss}
