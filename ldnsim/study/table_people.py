"""An event table in any model, taken by typical people or by those of a population."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..base.errors import InputError
from ..base.units import HOURS_PER_DAY
from ..base.vocabulary import filled, flatten
from ..dosing.event_table import EventTable
from ..dosing.rows import Row
from ..engines.leg import Array
from ..ledger.evidence import weakest
from ..ledger.parameters import Entry, ParameterSet
from ..models.dosable import Model
from ..models.inlets import Dosing
from ..models.naltrexone import naltrexone
from ..population.covariates import Covariate, Effects
from ..population.individuals import Individuals
from ..population.population import Population
from ..results.dataset import Subject, Trajectory
from ..results.provenance import Entered
from ..results.views import dose_attributes
from .account import Account
from .asking import account_for, check_beside
from .described import typical_person
from .idle import Watched
from .planning import Planned
from .table_covariates import NAMES, over_time, with_covariates
from .table_record import TableStudy
from .table_run import TableRun
from .tables import Settings, doses_of, run_table

if TYPE_CHECKING:
    import xarray as xr

PERSON, OCCASION = "#person", "#occasion"
"""What rows carry beside the user's covariates: number of the person, and of the occasion."""

OCC = "OCC"
"""Column that tells occasions apart."""

REP = "REP"
"""Column that tells replicates apart, from 1."""


def run_table_of(
    table: EventTable,
    model: Model | None,
    people: Population | None,
    whom: Mapping[str, Any],
    settings: Settings,
    clock: str | float | None,
    progress: Callable[[float], None] | None,
) -> TableRun:
    """Run an event table.

    Parameters
    ----------
    table : EventTable
        What is given and asked.
    model : Model or None
        To which model; None for that of naltrexone.
    people : Population or None
        Who takes it. A table with one ID is taken by all of them; one with several has a person for each ID, by ID
        for individuals, in file order for others.
    whom : mapping
        Further arguments of `ldnsim.study.asking.account_for`.
    settings : Settings
        How it is solved and read.
    clock : str, float or None
        Hour of the day at TIME 0, for the naltrexone model.
    progress : callable, optional
        Called with the fraction done.

    Returns
    -------
    TableRun
        The result.

    Raises
    ------
    InputError
        If an argument or a row cannot be used.
    SolverError
        If the integration or a steady state fails.
    """
    return run_table_study(study_of(table, model, people, whom, settings, clock), progress)


def study_of(
    table: EventTable,
    model: Model | None,
    people: Population | None,
    whom: Mapping[str, Any],
    settings: Settings,
    clock: str | float | None,
) -> TableStudy:
    """What `run_table_of` runs, checked; its arguments and errors."""
    if model is None:
        account = account_for(None, people, **whom)
        plain = account_for(None, None, **{**whom, "covariates": None}).parameters
        return TableStudy(table, account, plain, None, people, settings, table.clock_at_start(clock))
    check_beside(model, **{name: whom[name] for name in ("assumptions", "condition", "cell")})
    for name, given in (("clock", clock), ("covariates", whom["covariates"])):
        if given is not None:
            raise InputError(name, given, "to be left out beside model=; columns of the table hold covariates")
    if people is None and whom["parameters"] is None and model.variables is None:
        # parameters need no names where nothing is said of them
        named: Account | None = None
        with suppress(InputError):
            named = account_for(model, None, known=table.rows[0].covariates, **whom)
        values = None if named is None else named.parameters
        return TableStudy(table, named, values, model, None, settings, 0.0)
    account = account_for(model, people, known=table.rows[0].covariates, **whom)
    return TableStudy(table, account, account.parameters, model, people, settings, 0.0)


class Whom(NamedTuple):
    """A table and a model that are ready to be planned.

    Attributes
    ----------
    table : EventTable
        The table, with its columns of covariates as numbers.
    model : Model
        The model.
    entries : callable
        ``entries(covariates)`` gives typical parameters with their evidence.
    person : callable
        ``person(covariates)`` gives whom a row is about.
    """

    table: EventTable
    model: Model
    entries: Callable[[Mapping[str, float]], ParameterSet]
    person: Callable[[Mapping[str, float]], Any]


def whom_of(study: TableStudy) -> Whom:
    """Whom a study is about, before anybody differs."""
    table, account, plain, model = study[:4]
    if model is not None:
        changed = {} if account is None else {name: account.parameters[name] for name in account.changed}
        return Whom(table, model, partial(_typical, model, changed), partial(_typical_person, model))
    assert account is not None
    assert plain is not None
    table, ours = with_covariates(table, plain, account.covariates)
    made = replace(naltrexone(account.parameters, study.clock), fill=ours.parameters, fill_many=ours.of_many)
    return Whom(table, made, ours.entries, ours.person)


def run_table_study(study: TableStudy, progress: Callable[[float], None] | None = None) -> TableRun:
    """Run an event table that was checked, see `run_table_of`."""
    account, model, people, settings = study.account, study.model, study.people, study.settings
    attributes = {} if account is None else {"assumptions": account.name}
    table, made, entries, whose = whom_of(study)
    if model is not None and (account is None or not (account.changed or model.axes or people)):
        attributes = {}
    if account is not None and (people is not None or (model is not None and account.changed)):
        bound = typical_person() if people is None else people.bound(account.parameters.rules, account.spread)
        drawn = _People(table, made, bound, entries, account)
        table, made, whose = drawn.table, drawn.model, drawn.person
    runs = run_table(table, made, settings, progress)
    label = None if made.variables is None or account is None else partial(_label, table, made, account, whose)
    return TableRun(table, made, runs, attributes, settings, label, study.record, partial(run_table_study, study))


def _typical(model: Model, changed: Mapping[str, Entry], covariates: Mapping[str, float]) -> ParameterSet:
    """Parameters of a model by covariates, with those that the user changed."""
    found, _ = model.typical(covariates)
    return ParameterSet({**found, **changed}, found.rules)


def _typical_person(model: Model, covariates: Mapping[str, float]) -> _Person:
    return _Person((), *model.typical(covariates))


class _People:
    """People of a population with a table each, and the model with their parameters."""

    def __init__(
        self,
        table: EventTable,
        model: Model,
        people: Population,
        typical: Callable[[Mapping[str, float]], ParameterSet],
        account: Account,
    ) -> None:
        _refuse(people, table)
        self._seen: set[str] = set()
        for name, rule in table.covariates.items():
            if rule == "linear":
                raise InputError(f"column {name}", rule, "nocb or locf, because people are drawn before they are run")
        # covariates of the people themselves, which `effects` replaces by each one's own
        self._own = {name: one for name, one in (account.known or {}).items() if name not in table.rows[0].covariates}
        self.people, self._account, self._by_covariates = people, account, typical
        self.table = self._expanded(table, people)
        self._original = model
        first = self._typical(table.rows[0].covariates)
        self._used = [name for name in table.rows[0].covariates if name in self._seen]
        for one in people.covariates:
            # columns of the ledger's covariates have names of their own
            if one.name in {*table.rows[0].covariates, *(NAMES.get(name.upper()) for name in table.rows[0].covariates)}:
                raise InputError("population, covariates", one.name, "what no column of the table says")
        self._names, self._declared = list(first), account.declared
        self._places = [self._names.index(term.name) for term in flatten(self._declared)]
        self._columns: dict[tuple[Any, ...], Array] = {}
        self._entering: dict[tuple[Any, ...], Dosing] = {}
        self._draw()
        self.model = replace(
            model,
            fill=self._filled,
            fill_many=self._filled_many,
            entering=self.dosing,
        )

    def _typical(self, covariates: Mapping[str, float]) -> ParameterSet:
        return self._by_covariates(Watched({**self._own, **covariates}, self._seen))

    def _filled(self, covariates: Mapping[str, float]) -> Any:
        return filled(self._declared, self.values(covariates)[self._places].tolist())

    def _filled_many(self, several: Sequence[Mapping[str, float]]) -> Array:
        return np.array([self.values(one)[self._places] for one in several]).T

    def _expanded(self, table: EventTable, people: Population) -> EventTable:
        """The table with a person for each ID, by its number."""
        ids, size = table.subjects, people.n * people.replicates
        known = people.ids if isinstance(people, Individuals) else tuple(range(1, size + 1))
        occasions = {value: k for k, value in enumerate(dict.fromkeys(row.carried.get(OCC) for row in table.rows))}

        def of(row: Row, number: int) -> Row:
            own = {**row.covariates, PERSON: float(number)}
            return row.knowing({**own, OCCASION: float(occasions[row.carried.get(OCC)])} if people.occasions else own)

        rules = {**table.covariates, PERSON: "locf", **({OCCASION: "locf"} if people.occasions else {})}
        if len(ids) == 1 and people is not typical_person():
            rows = [
                replace(of(row, number), id=id, carried=_in_replicate(row.carried, number, people))
                for number, id in enumerate(known)
                for row in table.rows
            ]
        else:
            number = dict(zip(ids, range(len(ids)), strict=True))
            if isinstance(people, Individuals):
                if set(ids) != set(known):
                    lacking = ", ".join(sorted(map(str, set(ids) ^ set(known)))[:20])
                    raise InputError("population, ID", lacking, "the IDs of the table, or a table with one ID")
                number = {id: place for place, id in enumerate(known)}
            elif people is typical_person():
                number = dict.fromkeys(ids, 0)
            elif len(ids) != size or people.replicates > 1:
                expected = f"{len(ids)} people, one for each ID of the table, or a table with one ID that all take"
                raise InputError("population", size, expected)
            rows = [of(row, number[row.id]) for row in table.rows]
        return replace(table, rows=tuple(rows), covariates=rules)

    def _key(self, covariates: Mapping[str, float]) -> tuple[Any, ...]:
        return tuple(covariates[name] for name in self._used)

    def _draw(self) -> None:
        """Draw everybody under the covariates that stand in their rows."""
        who: dict[tuple[Any, ...], set[int]] = {}
        for row in self.table.rows:
            who.setdefault(self._key(row.covariates), set()).add(int(row.covariates[PERSON]))
        last = int(max(row.covariates.get(OCCASION, 0.0) for row in self.table.rows))
        for key, numbers in who.items():
            given = dict(zip(self._used, key, strict=True))
            people = np.array(sorted(numbers))
            drawn = self.people.draw(
                self._typical(given), people, last + 1, np.full(last + 1, np.inf), self._effects(given)
            )
            for place, reason in drawn.problem:
                raise InputError("population", f"person {people[place]}", f"parameters that are possible: {reason}")
            for occasion, values in enumerate(drawn.values):
                for place, person in enumerate(people.tolist()):
                    self._columns[(*key, person, occasion)] = values[:, place]

    def _effects(self, given: Mapping[str, float]) -> Effects:
        """What covariates of the population do beside those of the table."""
        if self._account.own is None:
            return self._account.effects

        def effects(own: Mapping[str, Any], typical: Mapping[str, Any]) -> Mapping[str, Any]:
            size = len(next(iter(own.values()), ()))
            beside = {name: np.full(size, value) for name, value in given.items()} if own else {}
            return self._account.effects({**beside, **own}, typical)

        return effects

    def values(self, covariates: Mapping[str, float]) -> Array:
        """Parameters of whom a row is about, in the order of the set."""
        person, occasion = int(covariates[PERSON]), int(covariates.get(OCCASION, 0.0))
        key = self._key(covariates)
        found = self._columns.get((*key, person, occasion))
        return self._columns[(*key, person, 0)] if found is None else found

    def dosing(self, covariates: Mapping[str, float]) -> Dosing:
        """How doses of whom a row is about enter."""
        key = (*self._key(covariates), int(covariates[PERSON]), int(covariates.get(OCCASION, 0.0)))
        if key not in self._entering:
            values = self.values(covariates).tolist()
            self._entering[key] = self._original.dosing(dict(zip(self._names, values, strict=True)))
        return self._entering[key]

    def person(self, covariates: Mapping[str, float]) -> _Person:
        """Whom a row is about, with the evidence of each parameter."""
        typical = self._typical(covariates)
        behind = self.people.rows(typical)
        entries = dict(typical)
        for name, value in zip(self._names, self.values(covariates).tolist(), strict=True):
            if name in behind and value != entries[name].value:
                status = weakest([entries[name].status, *(basis.status for basis in behind[name])])
                source = "; ".join([entries[name].source, *(basis.what for basis in behind[name])])
                entries[name] = entries[name]._replace(value=value, status=status, source=source)
        return _Person((), ParameterSet(entries, typical.rules), self._declared)


@dataclass(frozen=True, eq=False)
class _Person:
    """Somebody who was drawn, as `ldnsim.study.table_covariates.Person` is."""

    known: tuple[Covariate, ...]
    entries: ParameterSet
    declared: type[Any]

    @property
    def parameters(self) -> Any:
        """Parameters in numbers."""
        return self.entries.fill(self.declared)


def _in_replicate(carried: Mapping[str, Any], number: int, people: Population) -> Mapping[str, Any]:
    """What a row carries, and the replicate of whom it is about where there are several."""
    if people.replicates == 1:
        return carried
    return {(f"{REP}_input" if name == REP else name): one for name, one in carried.items()} | {
        REP: number // people.n + 1
    }


def _refuse(people: Population, table: EventTable) -> None:
    """Refuse what a table cannot have of a population."""
    if people.adherence is not None:
        expected = "to be left out for an event table, whose rows say what is taken"
        raise InputError("adherence", people.adherence, expected)
    if people.residual:
        name = people.residual[0][0]
        raise InputError("residual", name, "to be left out for an event table; Population.observe adds it to a column")
    if people.occasions and any(OCC not in row.carried for row in table.rows):
        expected = f"a column {OCC} of the table, which tells them apart"
        raise InputError("occasions", people.occasions[0].parameters[0], expected)


def _label(
    table: EventTable,
    model: Model,
    account: Account,
    person: Callable[[Mapping[str, float]], Any],
    planned: Planned,
    trajectory: Trajectory,
    id: Any,
) -> xr.Dataset:
    """The dataset of one subject of a table, in a model that has variables of its own."""
    own = dict(table.by_subject())[id]
    people = [person(dict(known)) for known in dict.fromkeys(tuple(sorted(row.covariates.items())) for row in own)]
    known, entries = over_time(people, trajectory.states, model.system)
    account = replace(account, parameters=entries, covariates=known)
    rows = [row for row in own if row.amt and row.event in ("dose", "reset-dose", "replace")]
    given = dict.fromkeys((model.compartment(row.cmt, model.dose, row.place).name, _salt(row)) for row in rows)
    changing = ", covariates changing over time" if len(people) > 1 else ""
    courses = ((row.time, row.time + ((row.addl + 1) * row.ii if row.addl else HOURS_PER_DAY)) for row in rows)
    about = {
        "title": f"ldnsim: {table.source}{changing}",
        "regimen": f"event table {table.source}{changing}",
        **dose_attributes(*doses_of(planned).values(), courses=courses),
        **account.attributes(),
        "clock_start": model.daily.start,
    }
    dosed = {one.name for one in model.compartments if one.inlets}
    doses = tuple((route, {"SALT": salt}) for route, salt in given if route in dosed)
    subject = Subject(model, entries, account.declared, Entered(doses))
    return subject.dataset(trajectory, about)


def _salt(row: Row) -> Any:
    return row.carried.get("SALT") or row.carried.get("salt")
