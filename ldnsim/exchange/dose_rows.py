"""Doses of a study as rows of a data file: a row a phase, or one for each dose where people differ in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..base.errors import InputError
from ..dosing.phases import Dose, Phase
from ..engines.leg import Array
from ..models.dosable import Model
from ..study.intakes import carried
from ..study.person_run import Simulation
from ..study.population_run import PopulationRun
from ..study.study import Study

Cells = dict[str, Any]
"""One row: cells by column."""


def numbers_of(model: Model) -> dict[str, int]:
    """Numbers of compartments, from 1."""
    return {one.name: number for number, one in enumerate(model.compartments, 1)}


class Doses:
    """Rows of the doses of each person of a study.

    Parameters
    ----------
    study : Study
        Who takes what.
    given : ndarray, shape (n_people, n_doses), optional
        What was decided, where it was [mg].

    Attributes
    ----------
    by_occasion : bool
        Whether people differ between occasions.
    """

    def __init__(self, study: Study, given: Array | None = None) -> None:
        self._study, self._given = study, given
        self.by_occasion = bool(study.people.occasions)
        self._drawn = None
        if study.people.adherence is not None:
            people = np.arange(study.n_people)
            account = study.account
            latest = study.plan.latest
            self._drawn = study.people.draw(account.parameters, people, len(study.doses), latest, account.effects)
        self._shared = None
        if self._given is None and self._drawn is None and not self.by_occasion:
            self._shared = self._rows(self._phases())

    def of(self, number: int) -> list[Cells]:
        """Rows of a person."""
        if self._shared is not None:
            return [dict(row) for row in self._shared]
        given = []
        for place, dose in enumerate(self._study.doses):
            if self._drawn is not None and not self._drawn.taken[place, number]:
                continue
            late = 0.0 if self._drawn is None else float(self._drawn.delay[place, number])
            mg = dose.mg if self._given is None else float(self._given[number, place])
            given.append(_single(dose, dose.time + late, mg))
        return self._rows(given)

    def occasions(self, number: int) -> Array:
        """When each occasion of a person begins, also where its dose is missed [h]."""
        delay = 0.0 if self._drawn is None else self._drawn.delay[:, number]
        found: Array = np.array([dose.time for dose in self._study.doses]) + delay
        return found

    def _arriving(self, name: str) -> float:
        """Bioavailability of a compartment that is infused; raises `InputError` where people differ in it."""
        study = self._study
        values = study.account.parameters.values_by_name()
        (one,) = (one for one in study.model.dosing(values).compartments if one.name == name)
        differ = {"F", f"F_{name}"} & study.people.rows(study.account.parameters).keys()
        if differ:
            expected = "the same for all people, because RATE of an infusion follows from it"
            raise InputError("population", differ.pop(), expected)
        found: Any = one.f
        return float(found)

    def _phases(self) -> Sequence[Phase]:
        regimen = self._study.regimen
        if regimen.deviations:
            return [_single(dose, dose.time, dose.mg) for dose in regimen.dosing()]
        return sorted(regimen.phases, key=lambda phase: phase.start)

    def _rows(self, phases: Sequence[Phase]) -> list[Cells]:
        model, study = self._study.model, self._study
        rows = []
        for phase in phases:
            name = model.route(phase.route)
            salt = carried(phase)
            amount = phase.mg * model.per_mg(name)
            if salt:
                amount *= float(model.amount(name, salt)) / float(model.amount(name, {}))
            compartment = model.compartment(name, model.dose, "regimen")
            # RATE is that of what arrives, so that F leaves the duration as it is
            rate = amount * self._arriving(name) / phase.over if phase.over else 0.0
            if compartment.rate is not None or compartment.duration is not None:
                rate = -1.0 if compartment.rate is not None else -2.0
            repeated = phase.doses > 1
            row: Cells = {"TIME": phase.start, "EVID": 1 if amount else 2, "CMT": numbers_of(model)[name]}
            if amount:
                additional = {"II": phase.every, "ADDL": phase.doses - 1} if repeated else {}
                row |= {"AMT": amount, "RATE": rate, **additional}
            rows.append(row)
        if study.begins_steady:
            first = min(study.regimen.phases, key=lambda phase: phase.start)
            if not steady_in_a_row(study) or [(one.start, one.mg) for one in phases[:1]] != [(0.0, first.mg)]:
                expected = (
                    "'untreated', or a first step of one dose an interval, whose first dose is given as planned at"
                )
                raise InputError("start", "steady-state", f"{expected} time 0, because SS says nothing else")
            rows[0] |= {"SS": 1, "II": first.every}
        return rows


def given_in(result: Simulation | PopulationRun) -> Array | None:
    """What was decided about each dose of each person, shape (n_people, n_doses); None where nothing was [mg]."""
    if isinstance(result, Simulation):
        found = result.record["settings"]["decisions"]
        return None if found is None else np.array([found])
    return np.asarray(result.data["given"].values) if "given" in result.data else None


def _single(dose: Dose, time: float, mg: float) -> Phase:
    return Phase(mg, dose.salt, dose.route, time, 0.0, 1, dose.over)


def steady_in_a_row(study: Study) -> bool:
    """Whether SS of a row can say the steady state in which a run begins: one dose an interval, from time 0 on."""
    first = min(study.regimen.phases, key=lambda phase: phase.start)
    together = [phase for phase in study.regimen.phases if phase.start < first.every]
    given = study.regimen.dosing()
    as_planned = bool(given) and given[0].time == 0.0 and given[0].mg == first.mg
    return len(together) == 1 and first.start == 0.0 and as_planned
