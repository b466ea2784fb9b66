"""A study: a regimen, a model and people, computed in chunks of people that need nothing of each other."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import SolverError
from ..base.remembering import forgotten
from ..base.workers import workers
from ..dosing.regimen import Regimen
from ..endorphin import Clock
from ..engines.choice import Chosen, Name, solver_for
from ..engines.compiled.codegen import Structure, structure
from ..engines.compiled.engine import TOGETHER
from ..engines.course import Course, walk
from ..engines.course import Decide as Deciding
from ..engines.leg import CAUTIOUS, OK, STIFF, Array
from ..engines.protocol import Protocol
from ..models.following import notice_changes
from ..models.system import Daily
from ..population.distributions import Spread
from ..population.people import SHARE, Drawn
from ..population.population import Population
from ..results import blockade
from ..results.dataset import Trajectory
from .account import Account
from .described import GIVEN, INVALID, Described
from .intakes import Decide, deciding
from .regimen_plan import SharedProtocol, differing

_NINE_OF_TEN, _TENFOLD = np.array([-1.645, 1.645]), 10.0
_SOME = 0.5

CHUNK = 1000
"""People in a chunk."""


@dataclass(frozen=True, eq=False)
class Study(Described):
    """A regimen and those who take it; plain enough to be sent to another process.

    Attributes
    ----------
    regimen : Regimen
        What is planned.
    account : Account
        Under which assumptions, with which typical values, in which model.
    population : Population, optional
        Who they are; one typical person if none.
    settings : dict
        ``until``, ``step``, ``at``, ``endotoxin``, ``engine``, ``rtol``, ``outputs``, ``dtype``, as plain values, and
        ``start`` where people do not begin untreated.
    decide : callable, optional
        Decides about each dose of each person.
    varied : tuple of str, optional
        Parameters that differ between those who are given to `solved`; by default what the population says.
    chunk_size : int
        People in a chunk.
    shown : (float, float), optional
        Samples between these times alone are kept, and the last one [h]; by default all.
    lone : bool
        Whether one at a time is given to `solved`: a kernel for many would leave most of its lanes empty.
    narrow : bool
        Whether states that the outputs do not need are left out where an engine for many can, which the compiled one
        has a kernel of its own for.
    """

    regimen: Regimen
    account: Account
    population: Population | None
    settings: Mapping[str, Any]
    decide: Decide | None = None
    varied: tuple[str, ...] | None = None
    chunk_size: int = field(default_factory=lambda: CHUNK)
    shown: tuple[float, float] | None = None
    lone: bool = False
    narrow: bool = False

    def __post_init__(self) -> None:
        self.__dict__["_forgotten"] = forgotten()

    def _follow_equations(self) -> None:
        """Work out again what depends on equations, where these have changed since."""
        notice_changes(self.model.system, self.account.declared)
        if self.__dict__.get("_forgotten") != forgotten():
            for name in ("made_for", "wanted", "_reader", "_switched_off"):
                self.__dict__.pop(name, None)
            self.__dict__["_forgotten"] = forgotten()

    def __getstate__(self) -> dict[str, Any]:
        # what was worked out meanwhile holds functions and can be worked out again
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__dict__.update(state)

    @cached_property
    def rtol(self) -> float:
        """Relative tolerance of the engine, a tenth where people are unusual."""
        cautious = self.solver != "reference" and (bool(self.account.changed) or self._wide)
        return float(self.settings["rtol"]) * (CAUTIOUS if cautious else 1.0)

    @property
    def _wide(self) -> bool:
        """Whether some parameter spreads more than tenfold in nine people of ten."""
        people = self.people
        if isinstance(people.uncertainty, str):
            return True
        for one in (*people.variability, *people.occasions, *people.uncertainty):
            if not isinstance(one.distribution, Spread):
                return True
            for name in one.parameters:
                with np.errstate(all="ignore"):
                    low, high = one.distribution.values(self.account.parameters[name].value, _NINE_OF_TEN)
                if high and not abs(high) <= _TENFOLD * low:
                    return True
        return False

    @property
    def in_hand(self) -> int:
        """People whose states are in memory at once."""
        return self._together * (os.cpu_count() or 1)

    @property
    def _together(self) -> int:
        """People that one thread takes at a time; NumPy has less to do for each the more there are."""
        return TOGETHER if self.solver == "compiled" else self.chunk_size

    @cached_property
    def made_for(self) -> Structure | None:
        """What the kernel of everybody is made for, where people differ and the engine has one."""
        if self.solver != "compiled" or self.alone:
            return None
        who = differing(self.plan, self._differ, doses=self.people.adherence is not None)
        found = structure(self.model.system, who, self.wanted)
        return replace(found, lanes=1) if self.lone else found

    @cached_property
    def _differ(self) -> list[str]:
        """Parameters that differ between people."""
        if self.account.own is not None and self.people.covariates:
            return list(self.account.parameters)
        return list(self.people.rows(self.account.parameters) if self.varied is None else self.varied)

    @cached_property
    def wanted(self) -> tuple[int, ...] | None:
        """States that the outputs are read from, where the others may be left out; None where all are needed."""
        if not self.narrow or self.begins_steady or self.decide is not None:
            return None
        return self.model.read_from(self.settings["outputs"], self.account.declared, self._still)

    @cached_property
    def _still(self) -> dict[str, float]:
        """Switches that nobody has in another position, by name."""
        every = self.account.parameters.values_by_name()
        return {name: value for name, value in every.items() if value in (0.0, 1.0) and name not in self._differ}

    @cached_property
    def _reader(self) -> Callable[[Sequence[Any], Clock, Sequence[Any]], Mapping[str, Any]]:
        """How the outputs are read."""
        return self.model.reader(self.settings["outputs"], self.account.declared, self._still)

    @cached_property
    def _switched_off(self) -> frozenset[int]:
        """States that formulas of the outputs name, and which are left out because all have the switch at 0."""
        if self.wanted is None:
            return frozenset()
        return frozenset(self.model.read_from(self.settings["outputs"], self.account.declared, {})) - {*self.wanted}

    def chunk(self, number: int, threads: int | None = None) -> dict[str, NDArray[Any]]:
        """Everything about the people of a chunk.

        Parameters
        ----------
        number : int
            Number of the chunk.
        threads : int, optional
            How many groups of people run at once; by default as many as there are processors.

        Returns
        -------
        dict of str to ndarray, shape (people of the chunk, ...)
            The variables of `layout`; outputs of people whose run failed are nan, and ``reason`` says why.
        """
        people = np.array(self.layout.people(number))
        return self.solved(self._drawn(people), people, threads)

    def solved(self, drawn: Drawn, people: NDArray[np.int64], threads: int | None = None) -> dict[str, NDArray[Any]]:
        """Everything about people who were drawn; arguments and what is returned as for `chunk`."""
        self._follow_equations()
        found = {
            name: np.full((len(people), *v.shape), np.nan if name in self.settings["outputs"] else 0, v.dtype)
            for name, v in self.layout.variables.items()
            if v.dtype != "str"
        }
        reasons = np.full(len(people), "", dtype=object)
        found["redrawn"][:] = drawn.redrawn
        found |= {name: np.asarray(values) for name, values in drawn.covariates.items()}
        if drawn.share is not None:
            found[SHARE] = drawn.share
        if self.blockade_varied:
            own = blockade.limits(dict(zip(self.account.parameters, drawn.values[0], strict=True)))
            found |= {blockade.COUNTS: own.counts, blockade.BLOCKS: own.blocks}
        problem = dict(drawn.problem)
        valid = np.setdiff1d(np.arange(len(people)), list(problem))
        if valid.size:
            problem |= self._solve(drawn, valid, people, found, reasons, threads)
        for place, reason in problem.items():
            found["status"][place], reasons[place] = INVALID, reason
        found["reason"] = reasons.astype(str)
        return found

    def _drawn(self, people: NDArray[np.int64]) -> Drawn:
        plan = self.plan
        return self.people.draw(self.account.parameters, people, len(plan.doses), plan.latest, self.account.effects)

    def typical(self) -> SharedProtocol:
        """What happens to the typical person; raises `SolverError` where there is no untreated state."""
        drawn = self._drawn(np.array([0]))
        planned, problem = self.plan.protocols(drawn)
        for reason in (*dict(drawn.problem).values(), *problem.values()):
            raise SolverError(reason)
        (found,) = planned
        return found

    def trajectory(
        self, decided: Callable[[int, int, float], None], progress: Callable[[float], None] | None
    ) -> tuple[Trajectory, Name, float]:
        """States of the typical person over time.

        Parameters
        ----------
        decided : callable
            Told what is given, see `ldnsim.study.intakes.deciding`.
        progress : callable, optional
            Called with the fraction done.

        Returns
        -------
        trajectory : Trajectory
            The states.
        engine : str
            Which engine solved it in the end.
        residual : float
            Of the steady state with which it began; nan where it began untreated.

        Raises
        ------
        InputError
            If a decision cannot be used.
        SolverError
            If there is no untreated state, the integration fails, or a steady state is not reached.
        """
        _, protocol, phase = self.typical()
        chosen = Chosen(self.solver, self.settings["method"], self.rtol)
        (course,) = walk(
            solver_for(chosen, self.model, [protocol], progress),
            [protocol],
            [phase],
            [None if self.decide is None else deciding(self.model, self.doses, self.decide, decided, [0])],
        )
        for error in course.errors.values():
            raise error
        states = np.array([state[0] for state in course.states])
        solver: Name = self.solver if course.status[0] == OK else "reference"
        return Trajectory(self.plan.time, self.plan.side, states), solver, float(course.residual[0])

    def _solve(
        self,
        drawn: Drawn,
        places: NDArray[np.int64],
        people: NDArray[np.int64],
        found: dict[str, NDArray[Any]],
        reasons: NDArray[Any],
        threads: int | None,
    ) -> dict[int, str]:
        """Integrate people and put what is kept of them at their places; who has no untreated state, and why."""
        problem: dict[int, str] = {}

        def part(first: int) -> None:
            there = places[first : first + together]
            planned, without_baseline = self.plan.protocols(drawn.only(there))
            problem.update({int(there[who]): reason for who, reason in without_baseline.items()})
            if not planned:
                return
            protocols, phases = [one.protocol for one in planned], [one.phase for one in planned]
            chosen = Chosen(self.solver, "LSODA", self.rtol, self.made_for, 1, self.wanted)
            decisions = [self._deciding(there[one.who], people, found) for one in planned]
            courses = walk(solver_for(chosen, self.model, protocols), protocols, phases, decisions)
            for one, course in zip(planned, courses, strict=True):
                self._keep(one, course, there[one.who], people, found, reasons)

        together = self._together
        if len(places) <= together:
            part(0)
            return problem
        # decisions are asked for one after the other, so that they may be written down
        with workers(threads or os.cpu_count() if self.decide is None else 1) as pool:
            for _ in pool.map(part, range(0, len(places), together)):
                pass
        return problem

    def _deciding(
        self, there: NDArray[np.int64], people: NDArray[np.int64], found: dict[str, NDArray[Any]]
    ) -> Deciding | None:
        """Decisions about some people, at their places, as the engines ask for them."""
        if self.decide is None:
            return None

        def decided(subject: int, dose: int, mg: float) -> None:
            found[GIVEN][there[subject], dose] = mg

        found[GIVEN][there] = [dose.mg for dose in self.doses]
        return deciding(self.model, self.doses, self.decide, decided, people[there].tolist())

    def _keep(
        self,
        planned: SharedProtocol,
        course: Course,
        there: NDArray[np.int64],
        people: NDArray[np.int64],
        found: dict[str, NDArray[Any]],
        reasons: NDArray[Any],
    ) -> None:
        """Put what is kept of people at their places."""
        for who, error in course.errors.items():
            reasons[there[who]] = str(error)
        found["status"][there], found["steps"][there] = course.status, course.steps
        good = np.flatnonzero(course.status <= STIFF)
        for name, values in self._outputs(planned.protocol, planned.phase, course).items():
            found[name][there[good]] = values[good]
        for name in dict(self.people.residual).keys() & found.keys():
            found[name][there[good]] = self.people.observe(name, found[name][there[good]], people[there[good]])

    def _outputs(self, protocol: Protocol, phase: Array, course: Course) -> dict[str, NDArray[Any]]:
        """The variables that are kept, people first."""
        clock: Clock = Daily(0.0, 0.0).at(self.plan.time + phase[:, None])
        occasions, model = protocol.sets.values, self.model
        assert occasions is not None
        columns = list(occasions[0][:, :, None])
        if len(occasions) > 1:
            now = np.broadcast_to(protocol.set_at_records().T, (len(phase), len(self.plan.time)))
            for place in np.flatnonzero((occasions != occasions[0]).any(axis=(0, 2))):
                columns[place] = np.take_along_axis(occasions[:, place].T, now, axis=1)
        shape = (len(phase), len(self.plan.time))
        # what was left out is no number, nor would it be times a switch that is 0: a number stands in for it that can
        # be divided by, and be a share of something
        some = np.broadcast_to(_SOME, shape)
        states = [some if k in self._switched_off else one for k, one in enumerate(course.states)]
        # numbers of people whose run failed are not used
        series = self._reader(states, clock, columns)
        found = {}
        for name in self.settings["outputs"]:
            shown = model.shown[name]
            parts = [np.broadcast_to(series[part], shape) for part in shown.parts]
            stacked = np.stack(parts, axis=1).astype(self.settings["dtype"], copy=False)
            found[name] = stacked.reshape(len(stacked), *map(len, shown.dims.values()), shape[1])
        return found
