"""A model that can be dosed: compartments with bioavailability and lag around a system of equations."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError, SolverError
from ..base.units import factor
from ..base.vocabulary import Term, flatten, is_declaration
from ..ledger.parameters import Entry, ParameterSet
from ..ledger.ranges import Rules
from ..population.variation import Variation
from .checks import (
    check_columns,
    check_compartments,
    check_parts,
    checked_amount,
    checked_fill,
    checked_initial,
)
from .columns import Shown
from .inlets import Compartment, Covariates, Dosing, from_covariates
from .subjects import baselines
from .system import Daily, System, leaves
from .variables import Assay, Variable

_NO_RHYTHM = Daily(0.0, 0.0)
_OF_DOSES = (("F", "f", "1"), ("lag", "lag", "h"), ("R", "rate", "{}/h"), ("D", "duration", "h"))
"""What compartments say of doses: name among the parameters, attribute and unit."""

BY_HAND = "given with the model"
"""Source of parameters that stand in no ledger."""


class OfDose(NamedTuple):
    """What a compartment says of doses, as a parameter beside those of the equations."""

    compartment: Compartment
    label: str
    attribute: str
    unit: str
    default: bool

    @property
    def given(self) -> Any:
        """The value, or a function of the covariates."""
        return getattr(self.compartment, self.attribute)

    @property
    def full_name(self) -> str:
        """Its name where the short one means something else, such as ``F_central``."""
        return f"{self.label}_{self.compartment.name}"

    def name_among(self, others: Collection[str]) -> str:
        """Its name beside other parameters."""
        return self.label if self.default and self.label not in others else self.full_name


def _as_it_is(_compartment: str, _carried: Mapping[str, Any]) -> float:
    return 1.0


@dataclass(frozen=True)
class Model(Shown):
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
    parameters : callable, optional
        ``parameters(covariates)`` gives the parameters with their evidence; without it they are those of `fill`, and
        count as assumed.
    dosed : callable, optional
        ``dosed(values)`` says how doses enter where that follows from parameters by name, numbers or arrays over
        subjects; without it compartments are as they stand.
    variables : mapping of str to Variable, optional
        What a result shows; every column by itself where they are not named.
    labels : callable, optional
        ``labels(values)`` gives coordinates of a result beside the labels of its variables, from parameters by name:
        dimension, values and attributes of each.
    acrophase : str
        Parameter that says when the daily cycle of a person peaks; empty where `daily` does for all.
    account : str
        Under which assumptions its parameters are; empty where these have no name.
    axes : mapping of str to str
        The same in full, by axis.
    labelled : str
        What doses in mg are of, where a regimen does not say it; empty where that needs no word.
    spread : tuple of Variation
        Spread between people where a population names none.
    kept : tuple of str
        Variables that are kept of each person of a population where none are named; empty for all.
    entering : callable, optional
        ``entering(covariates)`` says how doses of a subject enter, where that differs between subjects.
    units : mapping of str to str
        What units of the equations are called in results, where any would do as long as they are used throughout.
    amt_unit : str
        Unit of AMT; empty for that of the state.
    idle : frozenset of str
        Parameters of the equations that the model has no use for, such as ``ka`` without a depot.
    positive, fractions : frozenset of str
        Parameters that must be above zero, and those that lie between 0 and 1, where all are known to be at least 0;
        ``F`` among these stands for the bioavailability of every compartment.
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
    amount: Callable[[str, Mapping[str, Any]], float] = _as_it_is
    assays: Mapping[str, Callable[[Mapping[str, Any]], Any] | Assay] = field(default_factory=dict)
    fill_many: Callable[[Sequence[Covariates]], NDArray[np.float64]] | None = None
    parameters: Callable[[Covariates], ParameterSet] | None = None
    dosed: Callable[[Mapping[str, Any]], Dosing] | None = None
    variables: Mapping[str, Variable] | None = None
    labels: Callable[[Mapping[str, float]], dict[str, tuple[str, Any, dict[str, str]]]] | None = None
    acrophase: str = ""
    account: str = ""
    axes: Mapping[str, str] = field(default_factory=dict)
    labelled: str = ""
    spread: tuple[Variation, ...] = ()
    kept: tuple[str, ...] = ()
    entering: Callable[[Covariates], Dosing] | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    amt_unit: str = ""
    idle: frozenset[str] = frozenset()
    positive: frozenset[str] | None = None
    fractions: frozenset[str] = frozenset()

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

    def __getstate__(self) -> dict[str, Any]:
        # what was worked out meanwhile holds functions and can be worked out again
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

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

    def typical(self, covariates: Covariates = MappingProxyType({})) -> tuple[ParameterSet, type[Any]]:
        """Parameters by name, with their evidence, and the declaration that the equations take.

        Parameters
        ----------
        covariates : mapping of str to float
            Covariates of a subject.

        Returns
        -------
        parameters : ParameterSet
            Those of the equations, and what compartments say of doses: ``F`` and ``lag`` of the default compartment,
            those of another such as ``F_central`` where they are not 1 and 0, and ``R`` and ``D`` where there are any.
        declared : type
            The ``NamedTuple`` of those of the equations.

        Raises
        ------
        InputError
            If the parameters have no names, or a covariate is asked for that is not there.
        """
        p = self.fill(covariates)
        if not is_declaration(type(p)):
            expected = "a NamedTuple class with a unit for each field in its docstring, so that parameters have names"
            raise InputError(f"{self.name}, fill", p, expected)
        if self.parameters is not None:
            return self.parameters(covariates), type(p)
        terms = {term.name: term._replace(unit=self._unit(term.unit)) for term in flatten(type(p))}
        values = dict(zip(terms, leaves(p), strict=True))
        of_doses = {one.name_among(values): one for one in self._of_doses}
        for name, one in of_doses.items():
            values[name] = from_covariates(one.given, covariates, name) if callable(one.given) else one.given
            unit = one.unit.format(self._unit(self.system.terms[one.compartment.states[0]].unit))
            terms[name] = Term(name, unit, f"{one.attribute} of doses into {one.compartment.name}")
        entries = {name: Entry(value, terms[name].unit, "", "assumed", BY_HAND, "") for name, value in values.items()}
        known = self.positive is not None
        above = frozenset(name for name, one in of_doses.items() if one.label in "RD") | (self.positive or frozenset())
        shares = self.fractions | {name for name, one in of_doses.items() if one.label in self.fractions}
        rules = Rules(terms, above, shares, (), 0.0 if known else -math.inf, self.idle)
        return ParameterSet(entries, rules), type(p)

    @cached_property
    def _of_doses(self) -> tuple[OfDose, ...]:
        """What compartments say of doses that can differ between subjects."""
        found = []
        for one in self.compartments if self.dosed is None else ():
            for label, attribute, unit in _OF_DOSES:
                given, usual = getattr(one, attribute), {"f": 1.0, "lag": 0.0}.get(attribute)
                default = one.name == self.dose
                if one.inlets and (given != usual or (default and usual is not None)):
                    found.append(OfDose(one, label, attribute, unit, default))
        return tuple(found)

    def dosing(self, values: Mapping[str, Any]) -> Dosing:
        """How doses enter under some parameters.

        Parameters
        ----------
        values : mapping of str to float or ndarray
            Parameters by name, as `typical` has them; arrays over subjects.

        Returns
        -------
        Dosing
            Compartments, and the factor from AMT to their amounts.
        """
        if self.dosed is not None:
            return self.dosed(values)
        changed: dict[str, dict[str, Any]] = {one.name: {} for one in self.compartments}
        for one in self._of_doses:
            changed[one.compartment.name][one.attribute] = values.get(one.full_name, values.get(one.label))
        return Dosing(tuple(replace(one, **changed[one.name]) for one in self.compartments), self.amount)

    def dosing_at(self, covariates: Covariates) -> Dosing:
        """How doses of a subject enter; what compartments have as functions of the covariates stays as it is."""
        return Dosing(self.compartments, self.amount) if self.entering is None else self.entering(covariates)

    def route(self, route: str) -> str:
        """Name of the compartment that a route of a regimen means.

        Parameters
        ----------
        route : str
            One of those that a regimen can name.

        Returns
        -------
        str
            That of the same name; else the default one for ``oral``, and ``central`` for ``intravenous``.

        Raises
        ------
        InputError
            If there is none.
        """
        known = {one.name for one in self.compartments if one.inlets}
        found = route if route in known else {"oral": self.dose, "intravenous": "central"}.get(route, "")
        if found not in known:
            expected = f"a compartment of {self.name} that can be dosed: {', '.join(sorted(known))}"
            raise InputError("route", route, expected)
        return found

    def per_mg(self, compartment: str) -> float:
        """How much AMT one mg into a compartment is; raises `InputError` where mg cannot be its unit."""
        if self.amt_unit:
            return factor("mg", self.amt_unit)
        state = self.compartment(compartment, self.dose, "regimen").states[0]
        unit = self._unit(self.system.terms[state].unit)
        with suppress(InputError):
            return factor("mg", unit)
        expected = f"Model(amt_unit='mg', amount=...), because {compartment} is in {unit} and a regimen in mg"
        raise InputError("model", self.name, expected)

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
