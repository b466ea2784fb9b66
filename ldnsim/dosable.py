"""A model that can be dosed: compartments with bioavailability and lag around a system of equations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .errors import InputError
from .system import Daily, System
from .vocabulary import flatten

Covariates: TypeAlias = Mapping[str, float]
Given: TypeAlias = "float | Callable[[Covariates], float]"
"""A number, or a function of the covariates that gives it."""

_NO_RHYTHM = Daily(0.0, 0.0)
_PREFIX = {"nmol": "A_", "nM": "C_", "1": ""}


class Inlet(NamedTuple):
    """One way from a compartment's dose into the state.

    Attributes
    ----------
    state : int
        Position of the state.
    share : float
        Fraction of the dose [1].
    lag : float
        Delay of its own [h].
    """

    state: int
    share: float
    lag: float


@dataclass(frozen=True)
class Compartment:
    """Where a dose can go.

    Attributes
    ----------
    name : str
        Its name, which CMT may say instead of its number.
    states : tuple of int
        Positions of the states that hold its amount.
    inlets : tuple of Inlet
        How a dose enters; none where nothing can be given.
    f, lag : float or callable
        Bioavailability [1] and lag [h].
    rate, duration : float, callable or None
        Rate (RATE -1) and duration [h] (RATE -2) of infusions that the model gives.
    """

    name: str
    states: tuple[int, ...]
    inlets: tuple[Inlet, ...]
    f: Given = 1.0
    lag: Given = 0.0
    rate: Given | None = None
    duration: Given | None = None


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
    initial : callable
        ``initial(parameters)`` gives the state before any dose, shape (n_states,).
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
    """

    name: str
    system: System
    fill: Callable[[Covariates], Any]
    initial: Callable[[Any], NDArray[np.float64]]
    compartments: tuple[Compartment, ...]
    dose: str
    observe: str
    predicted: Mapping[str, str]
    daily: Daily = _NO_RHYTHM
    amount: Callable[[str, Mapping[str, Any]], float] = lambda _compartment, _carried: 1.0
    assays: Mapping[str, Callable[[Mapping[str, Any]], Any]] = field(default_factory=dict)

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
        names = [compartment.name for compartment in self.compartments]
        if isinstance(cmt, int) and 0 <= cmt <= len(names):
            return self.compartments[cmt - 1 if cmt else names.index(default)]
        if cmt in names:
            return self.compartments[names.index(str(cmt))]
        numbered = ", ".join(f"{position} {name}" for position, name in enumerate(names, start=1))
        raise InputError(f"{place}, column CMT", cmt, f"a compartment of {self.name}: {numbered}")

    @cached_property
    def state_columns(self) -> dict[str, int]:
        """Column of each state that belongs to a compartment, or of every one where names would be ambiguous."""
        short = [name.rpartition(".")[2] for name in self.system.names]
        unique = len(set(short)) == len(short)
        shown = {state for compartment in self.compartments for state in compartment.states}
        return {
            _PREFIX[term.unit] + (last if unique else term.name.replace(".", "_")): position
            for position, (term, last) in enumerate(zip(self.system.terms, short, strict=True))
            if position in shown or not unique
        }

    @cached_property
    def output_columns(self) -> tuple[str, ...]:
        """Columns of what follows from the state."""
        declared = self.system.outputs.__annotations__["return"]
        return tuple(_PREFIX[term.unit] + term.name.replace(".", "_") for term in flatten(declared))

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
        """
        found = {name: state[position] for name, position in self.state_columns.items()}
        outputs = self.system.outputs(self.system.pack(state), parameters, self.daily.at(time))
        found.update(zip(self.output_columns, _leaves(outputs), strict=True))
        return found | {name: assay(found) for name, assay in self.assays.items()}


def _leaves(value: Any) -> list[Any]:
    return [leaf for part in value for leaf in _leaves(part)] if isinstance(value, tuple) else [value]
