"""What a study says of itself: the layout of its results, and its attributes in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.errors import InputError
from ..dosing.phases import Dose
from ..dosing.regimen import Regimen
from ..dosing.sampling import regular
from ..engines.choice import Name
from ..engines.leg import FAILED, OK, STIFF
from ..ledger.evidence import weakest
from ..models.dosable import Model
from ..population.covariates import levels, references
from ..population.individuals import Individuals
from ..population.population import Population
from ..results import blockade
from ..results.chunks import Coordinate, Layout, PerPerson
from ..results.dataset import Subject, coordinates
from ..results.provenance import Entered
from .account import ENDOTOXIN, Account, described_doses, endotoxin_jump
from .intakes import Decide, carried
from .regimen_plan import Plan

if TYPE_CHECKING:
    import xarray as xr

GIVEN = "given"
"""Variable of decisions: mg of each dose of each person."""

_BLOCKADE = (blockade.COUNTS, blockade.BLOCKS)
_COORDINATES = (
    *("time", "clock", "side", "person", "id", "replicate", "dose", "status", "reason", "steps", "redrawn"),
    *_BLOCKADE,
)
"""Names that results of people have beside their variables."""

INVALID = 3
"""Status of a person for whom no valid parameters were drawn."""

STATUS = {OK: "ok", STIFF: "stiff", FAILED: "failed", INVALID: "invalid"}
"""How the run of a person ended; whoever was too stiff for the engine was solved by the reference engine."""


@cache
def typical_person() -> Population:
    """One typical person, as a population that has no spread."""
    return Population(1, 0, variability={})


_NINE_OF_TEN, _TENFOLD = np.array([-1.645, 1.645]), 10.0


class Described:
    """A study before it is solved: who takes what, when they are read, and how results are labelled."""

    regimen: Regimen
    account: Account
    population: Population | None
    settings: Mapping[str, Any]
    decide: Decide | None
    varied: tuple[str, ...] | None
    chunk_size: int
    shown: tuple[float, float] | None

    @property
    def n_people(self) -> int:
        """People in all replicates."""
        return self.people.n * self.people.replicates

    @property
    def solver(self) -> Name:
        """Which engine integrates."""
        engine: Name = self.settings["engine"]
        return engine

    @property
    def alone(self) -> bool:
        """Whether it is about one typical person."""
        return self.population is None and self.varied is None

    @property
    def people(self) -> Population:
        """Those who take it."""
        return typical_person() if self.population is None else self.population

    @property
    def begins_steady(self) -> bool:
        """Whether the first step of the regimen has gone on forever before."""
        return self.settings.get("start") == "steady-state"

    @cached_property
    def model(self) -> Model:
        """The model, by the clock of the regimen."""
        return self.account.model(self.regimen.clock)

    @cached_property
    def doses(self) -> tuple[Dose, ...]:
        """Planned doses in order of time."""
        return tuple(self.regimen.dosing())

    @cached_property
    def plan(self) -> Plan:
        """Doses and samples."""
        until, challenge = self.settings["until"], self.settings["endotoxin"]
        samples = np.union1d(regular(until, self.settings["step"]), np.array(self.settings["at"], dtype=float))
        past = self.regimen if self.begins_steady else None
        extra = [] if challenge is None else [endotoxin_jump(self.model.system, **challenge)]
        decides = self.decide is not None
        return Plan(
            self.doses, self.account, self.model, samples, until, extra, past, decides=decides, shown=self.shown
        )

    @cached_property
    def layout(self) -> Layout:
        """What every person has: the outputs, how the run ended, covariates."""
        outputs: dict[str, PerPerson] = {}
        about = self.subject.described()
        n_times = len(self.plan.time)
        for name in self.settings["outputs"]:
            dims = self.model.shown[name].dims
            shape = (*map(len, dims.values()), n_times)
            outputs[name] = PerPerson((*dims, "time"), shape, self.settings["dtype"], about[name])
        flags = {"flag_values": list(STATUS), "flag_meanings": " ".join(STATUS.values())}
        own = {
            "status": PerPerson((), (), "int8", {"long_name": "How the run of the person ended", **flags}),
            "reason": PerPerson((), (), "str", {"long_name": "Why it did not end well; empty where it did"}),
            "steps": PerPerson((), (), "int64", {"long_name": "Steps of the integration, rejected ones included"}),
            "redrawn": PerPerson(
                (), (), "int64", {"long_name": "How often parameters left the physical range and were drawn again"}
            ),
            **self._covariates(),
            **self._decided(),
            **(dict.fromkeys(_BLOCKADE, PerPerson((), (), "float64", {"units": "1"})) if self.blockade_varied else {}),
        }
        return Layout(self.n_people, self.chunk_size, {**outputs, **own}, self._coordinates(), self.attributes())

    @property
    def blockade_varied(self) -> frozenset[str]:
        """In which parameters of what counts as blocked people differ; raises `InputError` where their doses do."""
        for name in (name for one in self.people.occasions for name in one.parameters):
            if name in blockade.BEHIND:
                expected = "parameters that can change at a dose; what counts as blocked cannot"
                raise InputError("occasions", name, expected)
        varied = self.people.rows(self.account.parameters) if self.varied is None else self.varied
        return frozenset(blockade.BEHIND).intersection(varied)

    def own(self) -> tuple[str, ...]:
        """Names of what people have beside the outputs, which are coordinates of a result."""
        return tuple(name for name in self.layout.variables if name not in self.settings["outputs"])

    def in_order(self, data: xr.Dataset) -> xr.Dataset:
        """Variables as a run has them, of people those that are kept, in an order that netCDF 3 does not keep."""
        names = self.settings.get("outputs") or self.model.shown
        known = {name: place for place, name in enumerate(names)}
        found = sorted(map(str, data.data_vars), key=lambda name: known.get(name, len(known)))
        # a choice of variables would lose coordinates that none of them has
        return data.drop_vars(found).assign({name: data[name] for name in found})

    @cached_property
    def subject(self) -> Subject:
        """The typical person, whom variables and their evidence are described for."""
        model = self.model
        kinds = {(dose.route, dose.salt): dose for dose in self.doses}.values()
        doses = tuple((model.route(dose.route), carried(dose)) for dose in kinds)
        challenge = () if self.settings["endotoxin"] is None else (ENDOTOXIN,)
        return Subject(model, self.account.parameters, self.account.declared, Entered(doses, challenge))

    def _covariates(self) -> dict[str, PerPerson]:
        known = references()
        taken = {*self.model.shown, GIVEN, *_COORDINATES}
        for one in self.people.covariates:
            if one.name in taken:
                raise InputError("covariates", one.name, "a name that nothing else in a result has")
        return {
            one.name: PerPerson((), (), "str", {"long_name": one.name})
            if one.name in levels()
            else PerPerson((), (), "float64", {"units": known[one.name][1] if one.name in known else "1"})
            for one in self.people.covariates
        }

    def _decided(self) -> dict[str, PerPerson]:
        """What is kept of decisions."""
        if self.decide is None:
            return {}
        attrs = {"long_name": "Dose that was decided on; as planned where it is missed", "units": "mg"}
        return {GIVEN: PerPerson(("dose",), (len(self.doses),), "float64", attrs)}

    def _coordinates(self) -> dict[str, Coordinate]:
        found: dict[str, Coordinate] = {}
        if self.decide is not None:
            numbers = np.arange(1, len(self.doses) + 1)
            found["dose"] = Coordinate(("dose",), numbers, {"long_name": "Number of the dose, from 1"})
        model = self.model
        wanted = {"time", *(dim for name in self.settings["outputs"] for dim in model.shown[name].dims)}
        every = coordinates(model, self.plan.time, self.plan.side, self.account.parameters)
        for name, (dim, values, attrs) in every.items():
            if dim in wanted:
                found[name] = Coordinate((dim,), np.asarray(values), attrs)
        who = np.arange(self.n_people)
        replicate, number = np.divmod(who, self.people.n)
        found["person"] = Coordinate(("person",), who, {"long_name": "Number of the person in all replicates"})
        found["replicate"] = Coordinate(
            ("person",), replicate, {"long_name": "Replicate, each with typical values of its own"}
        )
        about = {"long_name": "Number of the person in the replicate"}
        found["id"] = Coordinate(("person",), number, about)
        if isinstance(self.people, Individuals):
            found["id"] = Coordinate(("person",), np.array(self.people.ids), {"long_name": "Who it is"})
        return found

    def attributes(self, taken: Sequence[float] | None = None) -> dict[str, Any]:
        """What a dataset says of what was given, to whom, and how it was solved; the doses as taken, where known."""
        challenge, people = self.settings["endotoxin"], self.people
        labelled = f" ({self.model.labelled})" if self.model.labelled else ""
        given = str(self.regimen) + labelled + (", decided at each dose" if self.decide is not None else "")
        steady = ", from steady state" if self.begins_steady else ""
        found = {
            "title": f"ldnsim: {given}",
            "regimen": given + steady + ("" if challenge is None else f", endotoxin at {challenge['time']:g} h"),
            **described_doses(self.regimen, self.plan.doses, taken),
            "baseline_residual": self.plan.baseline_residual,
            "engine": self.solver,
            **self.account.attributes(),
            "clock_start": self.regimen.clock,
        }
        if self.account.own is not None and self.model.variables is None:
            found["observed"] = self.model.predicted.get(self.model.observe, self.model.observe)
        if self.alone:
            return found
        found |= blockade.among_people(self.blockade_varied, found)
        # planned doses are not those that people took, so that nothing can be counted from them
        differ = {} if people.adherence is None and self.decide is None else {"doses_differ": 1}
        return {
            **found, **differ, "population": self.people_in_words(), "variability_evidence": self.spread_in_words(),
        }  # fmt: skip

    def people_in_words(self) -> str:
        """Who the people are, in words."""
        people = self.people
        known = isinstance(people, Individuals)
        one, several = ("individual", "individuals") if known else ("person", "people")
        words = [f"{people.n:,} {one if people.n == 1 else several}"]
        words += [f"seed {people.seed}"] if not known or people.variability or people.residual else []
        if people.replicates > 1:
            words.append(f"{people.replicates} replicates")
        words += [f"{covariate.name} given" for covariate in people.covariates]
        if people.uncertainty:
            words.append("typical values uncertain")
        if people.occasions:
            names = [name for one in people.occasions for name in one.parameters]
            words.append(f"{', '.join(names)} differing from dose to dose")
        if people.residual:
            words.append(f"with errors of observation in {', '.join(dict(people.residual))}")
        if people.adherence is not None:
            words.append(f"{100 * people.adherence.miss:g} % of doses missed")
            if people.adherence.late_sd:
                words.append(f"late by a spread of {60 * people.adherence.late_sd:g} min")
        return ", ".join(words)

    def spread_in_words(self) -> str:
        """What the spread between people rests on, in words."""
        behind = [basis for found in self.people.rows(self.account.parameters).values() for basis in found]
        what = "spread between people" if self.people.variability or not behind else "differences between people"
        return f"{what}: {weakest(basis.status for basis in behind)}" if behind else f"no {what}"
