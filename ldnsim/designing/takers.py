"""Those for whom a regimen is designed: made ready once, and asked for endpoints at doses of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from ..base.bounds import one_of
from ..base.errors import SolverError
from ..dosing.regimen import Regimen
from ..engines.choice import usual_for_many
from ..ledger.assumptions import Assumptions
from ..models.dosable import Model
from ..models.system import NALTREXONE
from ..population.individuals import Individuals
from ..population.people import Drawn
from ..population.population import Population
from ..results.views import last_day
from ..simulation import simulate
from ..study.account import Account, Endotoxin
from ..study.asking import Asked, account_for
from ..study.described import typical_person
from ..study.ensemble_rows import dataset_of, endpoints_of, no_rows, numbers_of
from ..study.options import Engine
from ..study.outlook import prepare, refuse_too_large
from ..study.person_run import Simulation
from ..study.population_run import PopulationRun, kept_of
from ..study.study import Study
from .changed import dose_of, regimen_of, with_dose
from .crossings import Array, Places
from .wishes import Endpoints, Wanted, endpoints_in

if TYPE_CHECKING:
    import xarray as xr

_RUNS = 20
"""About how often everybody is run on the way to an answer."""

_DAY = 24.0
"""A summary of a day looks so far to either side of it [h]."""


class OfDesign(TypedDict, total=False):
    """For whom and how a regimen is designed, each as in `ldnsim.simulate`."""

    model: Model | None
    assumptions: Assumptions | str
    condition: str
    cell: str
    parameters: Mapping[str, object] | None
    source: str
    covariates: Mapping[str, object] | None
    population: Population | None
    start: str
    until: float | str | None
    step: float | str | None
    at: object
    endotoxin: Endotoxin | None
    engine: Engine
    rtol: float | None


@dataclass(frozen=True)
class Setup:
    """For whom and how, checked once.

    Attributes
    ----------
    settings : mapping of str to object
        As in `OfDesign`, for `ldnsim.simulate`.
    account : Account
        Whom runs are about.
    """

    settings: Mapping[str, Any]
    account: Account

    @classmethod
    def of(
        cls,
        *,
        model: Model | None = None,
        assumptions: Assumptions | str = "popular",
        condition: str = "healthy",
        cell: str = "microglia",
        parameters: Mapping[str, object] | None = None,
        source: str = "changed by the user",
        covariates: Mapping[str, object] | None = None,
        population: Population | None = None,
        start: str = "untreated",
        until: float | str | None = None,
        step: float | str | None = None,
        at: object = (),
        endotoxin: Endotoxin | None = None,
        engine: Engine = "auto",
        rtol: float | None = None,
    ) -> Setup:
        """Everything that was said, or what is usual; raises `InputError`."""
        whom: dict[str, Any] = {
            "assumptions": assumptions, "condition": condition, "cell": cell, "parameters": parameters,
            "source": source, "covariates": covariates,
        }  # fmt: skip
        how = {"start": start, "until": until, "step": step, "at": at, "endotoxin": endotoxin, "engine": engine}
        _asked(population, {**how, "rtol": rtol}, engine)
        account = account_for(model, population, **whom)
        return cls({"model": model, "population": population, **whom, **how, "rtol": rtol}, account)

    @property
    def people(self) -> Population | None:
        """Those who take it; None for one typical person."""
        found: Population | None = self.settings["population"]
        return found

    def study(self, regimen: Regimen, outputs: Sequence[str] | None) -> Study:
        """The study of many rows: of one typical person by the engine that many are run by."""
        engine: Engine = self.settings["engine"]
        if engine == "auto" and self.people is None:
            system = NALTREXONE if self.account.own is None else self.account.own.system
            engine = usual_for_many(system, self.account.declared)
        asked = _asked(self.people, self.settings, engine)
        kept = kept_of(outputs, None, self.account.model(regimen.clock), stored=False)
        study = asked.study(regimen, self.account, kept)
        # one typical person is the first row of many who do not differ
        study = replace(study, narrow=outputs is not None)
        return study if self.people else replace(study, settings={**study.settings, **kept}, varied=())

    def run(self, regimen: Regimen, endpoints: Endpoints) -> Simulation | PopulationRun:
        """What a user gets of a regimen, of people with everything that endpoints read."""
        of_people: dict[str, Any] = {}
        if self.people is not None:
            usual = kept_of(None, None, self.account.model(regimen.clock), stored=False)["outputs"]
            of_people = {"progress": False, "outputs": list(dict.fromkeys([*usual, *endpoints.outputs]))}
        found: Simulation | PopulationRun = simulate(regimen, **self.settings, **of_people)
        return found

    def plain(self, regimen: Regimen) -> dict[str, Any]:
        """What is needed to run a regimen again, as the record of a run has it."""
        study, people = self.study(regimen, None), self.people
        found = {"regimen": regimen.to_dict(), **self.account.record(), "condition": self.account.condition}
        beside = {} if people is None else {"population": people.to_dict()}
        made: dict[str, Any] = json.loads(
            json.dumps({**found, "cell": self.account.cell, **beside, "settings": study.settings}, default=str)
        )
        return made


def _asked(population: Population | None, how: Mapping[str, Any], engine: Engine) -> Asked:
    return Asked(
        population, None, how["endotoxin"], how["start"], how["until"], how["step"], how["at"], engine, "LSODA",
        how["rtol"],
    )  # fmt: skip


class Takers:
    """Those who take a regimen, ready to be asked for endpoints at doses of their own.

    Parameters
    ----------
    setup : Setup
        Who they are.
    regimen : Regimen
        What they take; every dose is replaced where doses are asked for.
    wanted : str, callable, sequence of str, mapping of str to callable, or Endpoints
        What is read off their runs.
    one : bool
        Whether it can be only one endpoint.
    days : sequence of (float, float), optional
        Days on which endpoints with a name are read, the highest of which counts [h]; by default the last day.
    """

    def __init__(
        self,
        setup: Setup,
        regimen: Regimen,
        wanted: Wanted | Endpoints,
        *,
        one: bool = True,
        days: Sequence[tuple[float, float]] = (),
    ) -> None:
        self.setup, self.regimen = setup, regimen_of(regimen)
        self.endpoints = wanted if isinstance(wanted, Endpoints) else self._read(wanted, one=one)
        study = setup.study(self.regimen, self.endpoints.outputs)
        named = not isinstance(self.endpoints.wanted, Mapping)
        self.days = tuple(days) if days and named else (_day(study),)
        shown = self.days[0][0] - _DAY, self.days[-1][1] + _DAY
        self.study = replace(study, shown=shown) if named else study
        with one_of(_RUNS, kept=False):
            refuse_too_large(self.study, in_memory=True, only_quantiles=False)
        prepare(self.study, quiet=False)
        self.size = study.n_people if setup.people else 1
        self.reasons: dict[int, str] = {}

    def _read(self, wanted: Wanted, *, one: bool) -> Endpoints:
        """Endpoints as they were asked for, told by a run of the typical person."""
        study = self.setup.study(self.regimen, None)
        usual, every = study.settings["outputs"], list(study.model.shown)
        study = self.setup.study(self.regimen, every)
        arrays = study.solved(_typical(study), np.zeros(1, np.int64))
        if arrays["reason"][0]:
            raise SolverError(f"the typical person cannot be run: {arrays['reason'][0]}")
        return endpoints_in(wanted, dataset_of(study, arrays), _day(study), usual, one=one)

    @cached_property
    def everybody(self) -> Drawn:
        """Those who take it, as they were drawn."""
        study = self.study
        if self.setup.people is None:
            return _typical(study)
        plan, everyone = study.plan, np.arange(self.size)
        return study.people.draw(
            study.account.parameters, everyone, len(plan.doses), plan.latest, study.account.effects
        )

    @property
    def ids(self) -> list[Any]:
        """What each is called."""
        people = self.setup.people
        return list(people.ids) if isinstance(people, Individuals) else list(range(self.size))

    def described(self) -> xr.Dataset:
        """The outputs with the evidence behind each, and nobody in it; it says whom they are of."""
        found = no_rows(self.study)
        return found if self.setup.people is None else found.assign_attrs(population=self.study.people_in_words())

    def ask(self, who: Places, mg: Array | None = None, *, typical: bool = False) -> dict[str, Array]:
        """Endpoints of some of them, each at a dose of their own.

        Parameters
        ----------
        who : ndarray of int64, shape (n,)
            Which of them; the same one can be asked for several doses at once.
        mg : ndarray, shape (n,), optional
            The doses [mg]; by default those of the regimen.
        typical : bool
            Whether the typical person is meant instead of them.

        Returns
        -------
        dict of str to ndarray, shape (n,)
            Each endpoint, nan where the run failed, and why stands in `reasons`.
        """
        if not typical:
            self.reasons |= dict(self.everybody.problem)
        drawn = _typical(self.study) if typical else self.everybody._replace(problem=())
        fine = np.flatnonzero(~np.isin(who, list(dict(self.everybody.problem)))) if not typical else np.arange(who.size)
        share = None if mg is None else np.asarray(mg) / dose_of(self.regimen)
        found = {name: np.full(who.size, np.nan) for name in self.endpoints.names}
        for first in range(0, fine.size, self.study.chunk_size):
            rows = fine[first : first + self.study.chunk_size]
            people = np.zeros(rows.size, np.int64) if typical else who[rows]
            some = drawn.only(people)._replace(share=None if share is None else share[rows])
            arrays = self.study.solved(some, people)
            for day in self.days:
                for name, values in numbers_of(self.study, arrays, self.endpoints.wanted, day).items():
                    found[name][rows] = np.fmax(found[name][rows], values)
            if not typical:
                self.reasons |= {int(k): str(why) for k, why in zip(people, arrays["reason"], strict=True) if why}
        return found

    def simulated(self, run: Simulation | PopulationRun) -> dict[str, Array]:
        """The same endpoints, read off the result of a run."""
        # a summary reads all that is there
        data = run.data[list(self.endpoints.outputs)]
        data = data if "person" in data.dims else data.expand_dims("person")
        found: dict[str, Array] = {}
        for day in self.days:
            for name, values in endpoints_of(data, self.endpoints.wanted, day).items():
                found[name] = np.fmax(found.get(name, values), values)
        return found

    def run(self, mg: float | None = None) -> Simulation | PopulationRun:
        """What a user gets of the regimen, at a dose [mg]."""
        return self.setup.run(self.regimen if mg is None else with_dose(self.regimen, mg), self.endpoints)


def _day(study: Study) -> tuple[float, float]:
    """The day that summaries speak of [h]."""
    import xarray as xr

    return last_day(xr.Dataset(coords={"time": study.plan.time}, attrs=study.attributes()))


def _typical(study: Study) -> Drawn:
    """The typical person, as one who was drawn."""
    plan, account = study.plan, study.account
    return typical_person().draw(
        account.parameters, np.zeros(1, np.int64), len(plan.doses), plan.latest, account.effects
    )
