"""What was asked of a run, checked once: how it is solved, when it is read, how it begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from ..base.errors import InputError
from ..base.reading import choice, number
from ..base.units import hours
from ..dosing.event_table import EventTable
from ..dosing.regimen import Regimen
from ..dosing.sampling import after_doses, sample_times
from ..engines.choice import USUAL_RTOL, Chosen, Name, usual_for_many
from ..engines.reference import Method
from ..ledger.assumptions import Assumptions
from ..ledger.parameters import resolve
from ..models.dosable import Model
from ..models.system import NALTREXONE
from ..population.covariate_reading import read_for_one
from ..population.covariates import check, levels, of_one
from ..population.individuals import Individuals
from ..population.population import Population
from .account import STARTS, Account, Endotoxin
from .idle import Watched
from .intakes import Decide
from .study import Study
from .tables import Settings

_FIRST = np.array([0])

USUAL_STEP, USUAL_STEP_OF_PEOPLE = 0.1, 1.0
"""Distance of the samples where none is said, of one person and of a population [h]."""


@dataclass(frozen=True)
class Asked:
    """What `simulate` was asked, in the words of its arguments; `checked` refuses what does not suit.

    Attributes
    ----------
    population, decide, endotoxin, start, until, step, at, engine, method, rtol
        As in `ldnsim.simulate`.
    """

    population: Population | None
    decide: Decide | None
    endotoxin: Endotoxin | None
    start: str
    until: float | str | None
    step: float | str | None
    at: object
    engine: Literal["auto", "compiled", "batch", "reference", "exact"]
    method: Method
    rtol: float | None

    def __post_init__(self) -> None:
        people = self.population
        if people is not None and not isinstance(people, Population):
            raise InputError("population", people, "a Population, such as Population(1000, seed=1), or Individuals")
        choice("method", self.method, get_args(Method))
        choice("engine", self.engine, ("auto", *USUAL_RTOL))
        choice("start", self.start, STARTS)
        if self.rtol is not None:
            number(self.rtol, "rtol", low=1e-13, high=1e-2)
        if self.decide is not None and not callable(self.decide):
            raise InputError("decide", self.decide, "a function of the moment that gives mg, or None")
        if self.endotoxin is not None and not isinstance(self.endotoxin, Endotoxin):
            raise InputError("endotoxin", self.endotoxin, "an Endotoxin(time, peak)")

    def of_table(self, table: EventTable) -> Settings:
        """How a table is solved and read; raises `InputError`."""
        for name, given, usual in (
            ("start", self.start, STARTS[0]), ("decide", self.decide, None), ("endotoxin", self.endotoxin, None),
        ):  # fmt: skip
            if given != usual:
                raise InputError(name, given, "to be left out for an event table, whose rows say it (SS, EVID)")
        if self.until is None and not any(map(table.shows, table.rows)):
            raise InputError("until", None, "an end, because the table has no observation row at which it would end")
        until = None if self.until is None else hours(self.until, "until")
        step = hours(USUAL_STEP if self.step is None else self.step, "step")
        return Settings(step, self.at, until, Chosen(self.engine, self.method, self.rtol))

    def study(self, regimen: Regimen, account: Account, kept: Mapping[str, Any]) -> Study:
        """The study of a regimen; what is kept of each person stands among its settings. Raises `InputError`."""
        people, end = self.population, regimen.horizon if self.until is None else hours(self.until, "until")
        step = self.step
        if step is None:
            step = USUAL_STEP if people is None else USUAL_STEP_OF_PEOPLE
        solver = self._solver(account)
        settings: dict[str, Any] = {
            "until": end,
            "step": hours(step, "step"),
            "at": sample_times(self.at, clock=regimen.clock, until=end),
            "endotoxin": None if self.endotoxin is None else self.endotoxin.plain(),
            "engine": solver,
            "rtol": USUAL_RTOL[solver] if self.rtol is None else self.rtol,
        }
        if people is None:
            alone = {"condition": account.condition, "cell": account.cell, "start": self.start, "method": self.method}
            return Study(regimen, account, None, settings | alone, self.decide)
        if self.method != "LSODA":
            raise InputError("method", self.method, "to be left out for a population")
        if self.step is None:
            settings["at"] = sorted({*settings["at"], *after_doses((dose.time for dose in regimen.dosing()), end)})
        started = {"start": self.start} if self.start != STARTS[0] else {}
        bound = people.bound(account.parameters.rules, account.spread)
        return Study(regimen, account, bound, {**settings, **started, **kept}, self.decide)

    def _solver(self, account: Account) -> Name:
        """The engine of a regimen, after ``auto`` has chosen."""
        system = NALTREXONE if account.own is None else account.own.system
        if self.engine == "exact" and not system.linear:
            raise InputError("engine", "exact", "'reference', 'batch' or 'compiled', because the model is not linear")
        if self.engine == "auto":
            alone = self.population is None and not system.linear
            return "reference" if alone else usual_for_many(system, account.declared)
        found: Name = self.engine
        return found


def account_for(
    model: Model | None,
    people: Population | None,
    *,
    assumptions: Assumptions | str,
    condition: str,
    cell: str,
    parameters: Mapping[str, object] | None,
    source: str,
    covariates: Mapping[str, object] | None,
    known: Mapping[str, float] | None = None,
) -> Account:
    """Whom a run is about.

    Parameters
    ----------
    model : Model or None
        The model; None for that of naltrexone.
    people : Population or None
        Those who take it.
    assumptions, condition, cell, parameters, source, covariates
        As in `ldnsim.simulate`.
    known : mapping of str to float, optional
        Covariates of somebody, by which the parameters of a user's own model are looked at.

    Returns
    -------
    Account
        Typical values, with their evidence.

    Raises
    ------
    InputError
        Naming the argument that cannot be used.
    """
    if parameters is not None and not isinstance(parameters, Mapping):
        raise InputError("parameters", parameters, "a mapping such as {'pk.cl': '120 L/h'}")
    own = read_for_one(covariates)
    columns = people.columns if isinstance(people, Individuals) else ()
    for name in parameters or ():
        if any(heading.partition("[")[0].strip() == name for heading, _ in columns):
            raise InputError("parameters", name, "what no column of the individuals says")
    if own and people is not None:
        raise InputError("covariates", covariates, "to be left out beside population=, which has its own")
    if model is None:
        chosen = Assumptions.of(assumptions)
        found = resolve(chosen, condition=condition, cell=cell)
        check(own, found.rules)
        found = found if parameters is None else found.replace(parameters, source)
        return Account(chosen, of_one(own, found) if own else found, condition, cell, own)
    check_beside(model, assumptions=assumptions, condition=condition, cell=cell)
    for one in own if people is None else people.covariates:
        if one.name in levels():
            raise InputError("covariates", one.name, f"numbers that {model.name} asks for")
    said = _somebody(people) | {one.name: float(one.given) for one in own}
    somebody, seen = dict(known or {}) | said, set[str]()
    found, _ = model.typical(Watched(somebody, seen))
    for name in said.keys() - seen - set(found.rules.known):
        expected = f"what {model.name} asks for: parameters {', '.join(found.rules.known)}"
        asked = f"; covariates {', '.join(sorted(seen))}" if seen else ""
        raise InputError("covariates" if people is None else "population", name, expected + asked)
    found = found if parameters is None else found.replace(parameters, source)
    return Account(None, found, condition, cell, own, model, somebody)


def check_beside(
    model: object, *, assumptions: object = "popular", condition: object = "healthy", cell: object = "microglia"
) -> None:
    """Refuse what is no model, and choices about naltrexone beside another one; raises `InputError`."""
    if not isinstance(model, Model):
        raise InputError("model", model, "a model, such as ldnsim.models.one_compartment(CL=2, V=20)")
    beside = {"assumptions": (assumptions, "popular"), "condition": (condition, "healthy"), "cell": (cell, "microglia")}
    for name, (given, usual) in beside.items():
        if given != usual:
            raise InputError(name, str(given), "to be left out beside model=, which holds its own parameters")


def _somebody(people: Population | None) -> dict[str, float]:
    """What is known of the first person, for whom functions of the covariates are looked at."""
    if people is None:
        return {}
    if isinstance(people, Individuals):
        return people.first()
    return {one.name: float(one.values(people.seed, 0, _FIRST)[0][0]) for one in people.covariates}
