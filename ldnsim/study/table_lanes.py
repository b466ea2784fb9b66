"""Lanes: an event table made ready once, and predicted with many parameter sets of its subjects side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError, SolverError
from ..base.vocabulary import filled, flatten
from ..dosing.rows import Row
from ..engines.choice import Chosen, solver_for, usual_for_many
from ..engines.course import walk
from ..engines.events import Reset
from ..engines.leg import Array
from ..engines.parameter_sets import ParameterSets
from ..ledger.parameters import ParameterSet
from ..ledger.ranges import settle
from ..models.inlets import Dosing
from .design import untreated
from .idle import say_what_does_nothing
from .looks import Looks, seen_by
from .planning import Planned, plan, refuse_too_long
from .table_people import whom_of
from .table_record import TableStudy
from .tables import Group

LANE = "#lane"
"""What rows carry beside the user's covariates: number of the lane."""

_KEPT = 4
"""How many plans are kept: the same people come again, or some of them."""

_WORTH = 0.4
"""Share of the lanes of a plan that are wanted, from which running all of them is quicker than planning anew."""


class _Ready(NamedTuple):
    """Lanes that were planned: whose they are, who share a design, and which lanes those are."""

    subject: NDArray[np.int64]
    planned: list[Planned]
    lanes: list[NDArray[np.int64]]

    def places(self, subject: NDArray[np.int64]) -> NDArray[np.int64] | None:
        """Lanes that can stand for some others; None where there are too few, or too many to be worth it."""
        if len(subject) < _WORTH * len(self.subject):
            return None
        order = np.argsort(self.subject, kind="stable")
        size = 1 + max(int(self.subject.max()), int(subject.max()))
        counts = np.bincount(self.subject, minlength=size)
        asked = np.argsort(subject, kind="stable")
        wanted = np.bincount(subject, minlength=size)
        if (wanted > counts).any():
            return None
        rank = np.empty(len(subject), dtype=np.int64)
        rank[asked] = np.arange(len(subject)) - np.repeat(np.cumsum(wanted) - wanted, wanted)
        found: NDArray[np.int64] = order[(np.cumsum(counts) - counts)[subject] + rank]
        return found


class Lanes:
    """The observations of an event table, predicted with many sets of parameters at once.

    A lane is a subject with a set of parameters. All lanes of a call are solved together, whatever their doses and
    sample times.

    Parameters
    ----------
    study : TableStudy
        Table, model, typical values and how it is solved; a population is not looked at.
    names : sequence of str
        Parameters that differ between lanes.

    Raises
    ------
    InputError
        If a parameter is unknown, or a covariate runs along a line between rows.

    Warns
    -----
    LdnsimWarning
        Of what looks as if it changed predictions and does not.
    """

    def __init__(self, study: TableStudy, names: Sequence[str]) -> None:
        table, model, self._entries, _ = whom_of(study)
        for column, rule in table.covariates.items():
            if rule == "linear":
                expected = "nocb or locf, because the engines that run many parameter sets at once take no others"
                raise InputError(f"column {column}", rule, expected)
        refuse_too_long(model, table.rows, study.settings.until)
        say_what_does_nothing(table, model)
        self.study, self.names = study, tuple(names)
        self.table = replace(table, covariates={**table.covariates, LANE: "locf"}, predict=False)
        self._rows = dict(table.by_subject())
        self._typical: dict[tuple[float, ...], Array] = {}
        self.parameters = self._entries(table.rows[0].covariates)
        known = self.parameters.rules.known
        for name in self.names:
            if name not in known:
                raise InputError("parameters", name, f"parameters of {model.name}: {', '.join(known)}")
        self._declared = type(model.fill(table.rows[0].covariates))
        every = list(self.parameters)
        self._places = [every.index(term.name) for term in flatten(self._declared)]
        self._moved = [every.index(name) for name in self.names]
        self._now: Array = np.empty((len(self.names), 0))
        self._entering: dict[tuple[float, ...], Dosing] = {}
        self._original = model
        self.model = replace(model, fill=self._filled, fill_many=self._filled_many, entering=self._dosing)
        # where nothing of a dose is moved, events are the same whatever the lane
        self._same_events = model.dosed is None and set(self._moved) <= set(self._places)
        self._plans: list[_Ready] = []
        wanted = study.settings.chosen
        engine = usual_for_many(model.system, self._declared) if wanted.engine == "auto" else wanted.engine
        self._chosen: Chosen = wanted._replace(engine=engine)

    @property
    def subjects(self) -> tuple[Any, ...]:
        """Who there is, in file order."""
        return tuple(self._rows)

    @cached_property
    def rows(self) -> list[list[Row]]:
        """Observation rows of each subject, in file order."""
        return [[row for row in rows if self.table.shows(row)] for rows in self._rows.values()]

    @cached_property
    def typical(self) -> Array:
        """Typical values of the parameters that are moved, shape (n_names, n_subjects).

        Raises
        ------
        InputError
            If one of them changes within a subject, because a function of covariates gives it.
        """
        found = np.empty((len(self.names), len(self._rows)))
        for column, rows in enumerate(self._rows.values()):
            own = np.unique([self._base(row.covariates)[self._moved] for row in rows], axis=0)
            changing = [name for name, values in zip(self.names, own.T, strict=True) if np.ptp(values) > 0]
            if changing:
                expected = "parameters that stay the same within a subject; one that follows a covariate cannot be set"
                raise InputError("parameters", changing[0], expected)
            found[:, column] = own[0]
        return found

    def shown(self, row: Row) -> tuple[str, str]:
        """Compartment that a row shows, and the unit of what is predicted there."""
        compartment = seen_by(self._original, row).name
        return compartment, self._original.terms[self.column(compartment)].unit

    def column(self, compartment: str) -> str:
        """Column that an observation of a compartment shows; the first of its states where it is none by itself."""
        model = self._original
        state = model.compartment(compartment, compartment, model.name).states[0]
        own = next(name for name, place in model.state_columns.items() if place == state)
        return model.predicted.get(compartment, own)

    def predicted(self, subject: NDArray[np.int64], values: Array) -> Array:
        """Predictions at the observation rows of every lane.

        Parameters
        ----------
        subject : ndarray of int64, shape (n_lanes,)
            Whose rows each lane has, by place among `subjects`.
        values : ndarray, shape (n_names, n_lanes)
            Parameters of each lane, in the units of the model.

        Returns
        -------
        ndarray, shape (n_lanes, n_rows)
            In the unit of what is observed; nan for lanes whose values are impossible or whose run failed, and
            beyond the rows of who has fewer.
        """
        shape = (len(subject), max(map(len, self.rows)))
        good = self._possible(subject, values)
        if not good.any():
            return np.full(shape, np.nan)
        # the same lanes run whatever is impossible, so that plans can be kept
        own = np.where(good, values, self.typical[:, subject])
        kept = ((ready, ready.places(subject)) for ready in reversed(self._plans))
        ready, places = next(
            ((one, where) for one, where in kept if where is not None), (None, np.arange(len(subject)))
        )
        everybody = subject if ready is None else ready.subject
        self._now = self.typical[:, everybody]
        self._now[:, places] = own
        if not self._same_events:
            self._entering.clear()
        try:
            ready = self._planned(subject) if ready is None else ready
            found = self._run(ready)[places]
        except SolverError:
            # somebody has no state to begin from, and who that is, is not said
            return np.full(shape, np.nan)
        found[~good] = np.nan
        return found

    def _run(self, ready: _Ready) -> Array:
        """Predictions of every lane of a plan, with the parameters that are set."""
        out = np.full((len(ready.subject), max(map(len, self.rows))), np.nan)
        protocols = [replace(one.protocol, **self._own(one)) for one in ready.planned]
        solver = solver_for(self._chosen, self.model, protocols)
        phase = self.model.daily.start - self.model.daily.acrophase
        courses = walk(solver, protocols, [np.full(one.n_subjects, phase) for one in protocols])
        for planned, lanes, protocol, course in zip(ready.planned, ready.lanes, protocols, courses, strict=True):
            looks = Looks(self.model, Group(planned._replace(protocol=protocol), course))
            with np.errstate(all="ignore"):  # lanes that failed
                found = looks.predicted(looks.columns())
            found[np.isin(looks.who, list(course.errors))] = np.nan
            out[lanes[looks.who], looks.record] = found
        return out

    def _possible(self, subject: NDArray[np.int64], values: Array) -> NDArray[np.bool_]:
        """Which lanes have parameters that are in their ranges."""
        first = [rows[0].covariates for rows in self._rows.values()]
        base = np.array([self._base(one) for one in first]).T[:, subject]
        base[self._moved] = values
        with np.errstate(all="ignore"):
            settled = settle(
                dict(zip(self.parameters, base, strict=True)), len(subject), lambda *_: {}, self.parameters.rules
            )
        good = np.ones(len(subject), dtype=np.bool_)
        good[list(settled.problem)] = False
        return good

    def _planned(self, subject: NDArray[np.int64]) -> _Ready:
        """Lanes of some subjects, planned with the parameters that are set."""
        own = list(self._rows.values())
        people = [
            (lane, [row.knowing({**row.covariates, LANE: float(lane)}) for row in own[who]])
            for lane, who in enumerate(subject.tolist())
        ]
        planned = plan(self.table, self.model, people, self.study.settings.until)
        ready = _Ready(subject, planned, [np.array([one.id for one in group.subjects]) for group in planned])
        resets = any(isinstance(one.event, Reset) for group in planned for one in group.protocol.placed)
        if self._same_events and not resets:
            self._plans = [*self._plans[1 - _KEPT :], ready]
        return ready

    def _own(self, planned: Planned) -> dict[str, Any]:
        """Parameters and first states as they are now."""
        sets = planned.protocol.sets
        by_set = zip(*(who.known for who in planned.subjects), strict=True)
        own = ParameterSets(sets.declared, np.array([self._filled_many(known) for known in by_set]), None)
        return {"sets": own, "initial": untreated(self.model, own, len(planned.subjects))}

    def _base(self, covariates: Mapping[str, float]) -> Array:
        """Typical values of every parameter under some covariates."""
        key = self._known(covariates)
        if key not in self._typical:
            known = {name: value for name, value in covariates.items() if name != LANE}
            self._typical[key] = np.array(list(self._entries(known).values_by_name().values()))
        return self._typical[key]

    def entries(self, subject: int) -> ParameterSet:
        """Typical parameters of a subject, with their evidence."""
        return self._entries(list(self._rows.values())[subject][0].covariates)

    def _values(self, covariates: Mapping[str, float]) -> Array:
        found = self._base(covariates).copy()
        if LANE in covariates:
            found[self._moved] = self._now[:, int(covariates[LANE])]
        return found

    def _filled(self, covariates: Mapping[str, float]) -> Any:
        return filled(self._declared, self._values(covariates)[self._places].tolist())

    def _filled_many(self, several: Sequence[Mapping[str, float]]) -> Array:
        return np.array([self._values(one)[self._places] for one in several]).T

    def _dosing(self, covariates: Mapping[str, float]) -> Dosing:
        # where nothing of a dose is moved, it is that of the subject
        key = self._known(covariates) if self._same_events else (*self._known(covariates), covariates[LANE])
        if key not in self._entering:
            values = dict(zip(self.parameters, self._values(covariates).tolist(), strict=True))
            self._entering[key] = self._original.dosing(values)
        return self._entering[key]

    @staticmethod
    def _known(covariates: Mapping[str, float]) -> tuple[float, ...]:
        """The user's covariates of a row."""
        return tuple(value for name, value in covariates.items() if name != LANE)
