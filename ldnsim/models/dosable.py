"""A model that can be dosed: compartments with bioavailability and lag around a system of equations."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import FunctionType, MappingProxyType, MethodType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.dimensions import measures
from ..base.errors import InputError, SolverError
from ..base.vocabulary import Term, flatten, hints, is_declaration
from .checks import (
    called,
    check_columns,
    check_compartments,
    check_parts,
    checked_amount,
    checked_fill,
    checked_initial,
    real,
)
from .inlets import Compartment, Covariates
from .subjects import baselines
from .system import Daily, System, leaves

_NO_RHYTHM = Daily(0.0, 0.0)
_PREFIX = {"amount": "A_", "level": "C_", "other": ""}


@dataclass(frozen=True)
class Model:
    """A system of equations with the compartments into which it is dosed.

    Attributes
    ----------
    name : str
        What it is.
    system : System
        The equations.
    fill : callable
        ``fill(covariates)`` gives the parameters as the equations take them.
    initial : sequence of float or callable, optional
        The state before any dose, shape (n_states,), or ``initial(parameters)`` that gives it; without it, the state
        that stays as it is at any hour of the day, see `System.baseline`.
    compartments : tuple of Compartment
        In the order of their numbers.
    dose, observe : str
        Compartments where CMT is not said.
    predicted : dict of str to str
        Column that an observation of a compartment shows; the compartment's state otherwise.
    daily : Daily
        The daily cycle.
    amount : callable
        ``amount(compartment, carried)`` gives the factor from AMT to the amounts of the state.
    assays : dict of str to callable
        Further columns, computed from the others.
    fill_many : callable, optional
        ``fill_many(covariates)`` gives the parameters of many subjects at once, in numbers, shape
        (n_parameters, n_subjects), where that is quicker than `fill` for each.
    """

    name: str
    system: System
    fill: Callable[[Covariates], Any]
    initial: Sequence[float] | Callable[[Any], Any] | None
    compartments: tuple[Compartment, ...]
    dose: str
    observe: str
    predicted: Mapping[str, str]
    daily: Daily = _NO_RHYTHM
    amount: Callable[[str, Mapping[str, Any]], float] = lambda _compartment, _carried: 1.0
    assays: Mapping[str, Callable[[Mapping[str, Any]], Any]] = field(default_factory=dict)
    fill_many: Callable[[Sequence[Covariates]], NDArray[np.float64]] | None = None

    def __post_init__(self) -> None:
        check_parts(self)
        check_compartments(self)
        # what others wrote is called through what checks it
        for name, checked in (
            ("fill", checked_fill(self.name, self.fill)),
            ("amount", checked_amount(self.name, self.amount)),
        ):
            object.__setattr__(self, name, checked)
        check_columns(self)

    def compartment(self, cmt: int | str, default: str, place: str) -> Compartment:
        """The compartment that CMT says.

        Parameters
        ----------
        cmt : int or str
            Number from 1, name, or 0 for the default; a minus is left to the caller.
        default : str
            Name of the default.
        place : str
            Who asks, for the error.

        Returns
        -------
        Compartment
            The compartment.

        Raises
        ------
        InputError
            If there is none of that number or name.
        """
        found = self._numbered.get(cmt or default)
        if found is not None:
            return found
        numbered = ", ".join(f"{number} {one.name}" for number, one in enumerate(self.compartments, start=1))
        raise InputError(f"{place}, column CMT", cmt, f"a compartment of {self.name}: {numbered}")

    @cached_property
    def _numbered(self) -> dict[int | str, Compartment]:
        """Compartments by number from 1 and by name."""
        named: dict[int | str, Compartment] = {one.name: one for one in self.compartments}
        return named | dict(enumerate(self.compartments, start=1))

    @cached_property
    def untreated(self) -> Callable[[Any], NDArray[np.float64]]:
        """The state before any dose as a function of the parameters; it raises `InputError` where it is none."""
        return checked_initial(self, self.initial)

    def untreated_many(
        self, of: Callable[[int], Any], size: int, values: NDArray[np.float64] | None
    ) -> NDArray[np.float64]:
        """The states of many subjects before any dose.

        Parameters
        ----------
        of : callable
            Parameters of a subject as the equations take them.
        size : int
            How many subjects there are.
        values : ndarray, shape (n_parameters, n_subjects), or None
            Their parameters in numbers, where they are numbers alone.

        Returns
        -------
        ndarray, shape (n_states, n_subjects)
            The states.

        Raises
        ------
        InputError
            If the model gives none.
        SolverError
            If there is none.
        """
        typical = of(0)
        first = self.untreated(typical)
        if self.initial is not None or values is None:
            return np.array([first, *(self.untreated(of(who)) for who in range(1, size))]).T
        phase = np.full(size, self.daily.start - self.daily.acrophase)
        found, problem = baselines(self.system, type(typical), values, phase, first)
        for reason in problem.values():
            raise SolverError(reason)
        return found

    @cached_property
    def state_columns(self) -> dict[str, int]:
        """Column of each state that belongs to a compartment, or of every one where names would be ambiguous."""
        short = [name.rpartition(".")[2] for name in self.system.names]
        unique = len(set(short)) == len(short)
        shown = {state for compartment in self.compartments for state in compartment.states}
        return {
            self._prefix(term) + (last if unique else term.name.replace(".", "_")): position
            for position, (term, last) in enumerate(zip(self.system.terms, short, strict=True))
            if position in shown or not unique
        }

    @cached_property
    def output_columns(self) -> tuple[str, ...]:
        """Columns of what follows from the state."""
        outputs = self.system.outputs
        # an instance that can be called has its annotations at its method
        found = hints(outputs if isinstance(outputs, FunctionType | MethodType) else type(outputs).__call__)
        declared = found.get("return")
        if not is_declaration(declared):
            raise InputError(
                f"{getattr(outputs, '__name__', 'outputs')}, annotation",
                declared,
                "the NamedTuple class that it gives behind its arguments, as in "
                "def levels(state, p, clock) -> Levels, because columns are named by it",
            )
        return tuple(self._prefix(term) + term.name.replace(".", "_") for term in flatten(declared))

    def _prefix(self, term: Term) -> str:
        try:
            return _PREFIX[measures(term.unit)]
        except InputError as error:
            raise InputError(f"{self.name}, unit of {term.name}", error.value, error.expected) from error

    def columns(self, state: Any, parameters: Any, time: Any) -> dict[str, Any]:
        """Every column at a time, or over times on the last axis.

        Parameters
        ----------
        state : ndarray, shape (n_states,) or (n_states, n_times)
            The state.
        parameters : NamedTuple
            Parameters.
        time : float or ndarray, shape (n_times,)
            When [h].

        Returns
        -------
        dict of str to float or ndarray
            Amounts ``A_``, concentrations ``C_``, other states and outputs by their names, assays.

        Raises
        ------
        InputError
            If the outputs or an assay fail, or give what is not declared.
        """
        found = {name: state[position] for name, position in self.state_columns.items()}
        found.update(zip(self.output_columns, self._outputs(state, parameters, time), strict=True))
        known = MappingProxyType(dict(found))
        for name, assay in self.assays.items():
            found[name] = called(f"{self.name}, assay {name}", assay, known)
        return found

    def _outputs(self, state: Any, parameters: Any, time: Any) -> list[Any]:
        """What follows from a state, or from each over times."""
        if self.system.arithmetic(parameters):
            with np.errstate(divide="raise", invalid="raise"):
                found = called(
                    f"{self.name}, outputs",
                    self.system.outputs,
                    self.system.pack(state),
                    parameters,
                    self.daily.at(time),
                )
            return self._leaves(found)
        if np.ndim(state) > 1:
            # a condition, or a function of `math`, takes one time after the other
            each = [
                self._outputs(one, parameters, when)
                for one, when in zip(state.T, np.broadcast_to(time, state.shape[1]), strict=True)
            ]
            return list(np.array(each).T) if each else [np.empty(0) for _ in self.output_columns]
        clock = self.daily.at(float(time), math.cos, math.sin)
        what = f"{self.name}, outputs at {float(time):g} h"
        found = self._leaves(
            called(what, self.system.outputs, self.system.pack(np.asarray(state).tolist()), parameters, clock)
        )
        return [real(what, one) for one in found]

    def _leaves(self, outputs: Any) -> list[Any]:
        found = leaves(outputs)
        if not isinstance(outputs, tuple | list) or len(found) != len(self.output_columns):
            raise InputError(f"{self.name}, outputs", outputs, f"one number each for {', '.join(self.output_columns)}")
        return found
