"""What a model shows: a column for each state and output, and what assays read off them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from types import FunctionType, MappingProxyType, MethodType
from typing import Any, Literal

import numpy as np

from ..base.dimensions import measures
from ..base.errors import InputError
from ..base.vocabulary import Term, filled, flatten, hints, is_declaration
from ..endorphin import Clock
from .checks import called, real
from .inlets import Compartment
from .recorder import Evaluate
from .replay import Replay
from .system import Daily, System, leaves
from .tracing import trace
from .variables import Assay, Variable

_PREFIX = {"amount": "A_", "level": "C_", "other": ""}


class Shown:
    """What any model shows, whatever its equations are."""

    name: str
    system: System
    compartments: tuple[Compartment, ...]
    daily: Daily
    assays: Mapping[str, Callable[[Mapping[str, Any]], Any] | Assay]
    variables: Mapping[str, Variable] | None
    units: Mapping[str, str]

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
    def _output_terms(self) -> tuple[Term, ...]:
        """Unit and meaning of what follows from the state."""
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
        return tuple(flatten(declared))

    @cached_property
    def output_columns(self) -> tuple[str, ...]:
        """Columns of what follows from the state."""
        return tuple(map(self._column, self._output_terms))

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
        outputs = self._outputs(state, parameters, self.daily.at(time), time, strict=True)
        return self._assayed(found | dict(zip(self.output_columns, outputs, strict=True)), parameters)

    def series(self, state: Any, parameters: Any, clock: Clock, *, strict: bool = True) -> dict[str, Any]:
        """States, outputs and assays by the names that `shown` has for them.

        Parameters
        ----------
        state : sequence of ndarray, or ndarray, shape (n_states, ...)
            An array a state.
        parameters : NamedTuple
            Numbers, or arrays that go with those of the states.
        clock : Clock
            Where in the day each sample is.
        strict : bool
            Whether a division by zero is an error; not so where there may be people whose run failed.

        Returns
        -------
        dict of str to ndarray
            In the units of the equations.
        """
        return self.named(state, self._outputs(state, parameters, clock, None, strict=strict), parameters)

    def read_from(self, names: Sequence[str], declared: type[Any], still: Mapping[str, float]) -> tuple[int, ...]:
        """Which states some variables are read from.

        Parameters
        ----------
        names : sequence of str
            Variables, as `shown` has them.
        declared : type
            The ``NamedTuple`` of the parameters.
        still : mapping of str to float
            Parameters that nobody has other values of: what a 0 switches off is not read.

        Returns
        -------
        tuple of int
            Positions; all of them where that cannot be told.
        """
        evaluate, count = self._evaluation(self._parts(names), declared, still)
        asked = trace(evaluate, count).asked[: len(self.system.names)]
        return tuple(np.flatnonzero(asked).tolist())

    def reader(
        self, names: Sequence[str], declared: type[Any], still: Mapping[str, float]
    ) -> Callable[[Sequence[Any], Clock, Sequence[Any]], Mapping[str, Any]]:
        """How some variables of many people are read, made ready once.

        Parameters
        ----------
        names, declared, still
            As for `read_from`.

        Returns
        -------
        callable
            ``read(state, clock, parameters)`` gives the parts of the variables by name, from an array a state, where in
            the day each sample is, and the parameters one after the other, numbers or arrays.
        """
        parts = self._parts(names)
        try:
            replay = Replay.of(*self._evaluation(parts, declared, still), parts)
        except Exception:  # what is no plain arithmetic, and what fails tells it where it is computed
            return lambda state, clock, p: self.series(state, filled(declared, p), clock, strict=False)
        return lambda state, clock, p: replay([*state, *clock, *p])

    def _parts(self, names: Sequence[str]) -> list[str]:
        """Of what some variables are made, each once."""
        return list(dict.fromkeys(part for name in names for part in self.shown[name].parts))

    def _evaluation(
        self, parts: Sequence[str], declared: type[Any], still: Mapping[str, float]
    ) -> tuple[Evaluate, int]:
        """Some parts of variables as a function of states, clock and parameters in one row, and how long that is."""
        size, terms = len(self.system.names), flatten(declared)

        def evaluate(numbers: Sequence[Any]) -> Iterable[Any]:
            given = zip(terms, numbers[size + 2 :], strict=True)
            p = filled(declared, [still.get(term.name, number) for term, number in given])
            state, clock = list(numbers[:size]), Clock(*numbers[size : size + 2])
            series = self.named(state, leaves(self.system.outputs(self.system.pack(state), p, clock)), p)
            return [series[part] for part in parts]

        return evaluate, size + 2 + len(terms)

    def named(self, state: Any, outputs: Sequence[Any], parameters: Any) -> dict[str, Any]:
        """States, what was computed from them and what assays read off both, by the names that `shown` has for them."""
        found = {name: state[position] for name, position in self.state_columns.items()}
        every = self._assayed(found | dict(zip(self.output_columns, outputs, strict=True)), parameters)
        if self.variables is None:
            return every
        every |= dict(zip(self.system.names, state, strict=True))
        return every | dict(zip((term.name for term in self._output_terms), outputs, strict=True))

    def _assayed(self, found: dict[str, Any], parameters: Any) -> dict[str, Any]:
        """Columns with those that assays read off them."""
        known = MappingProxyType(dict(found))
        for name, assay in self.assays.items():
            what = f"{self.name}, assay {name}"
            if isinstance(assay, Assay):
                found[name] = called(what, assay.of, known, parameters)
            else:
                found[name] = called(what, assay, known)
        return found

    def _outputs(self, state: Any, parameters: Any, clock: Clock, time: Any, *, strict: bool) -> list[Any]:
        """What follows from a state, or from each over times."""
        if self.system.arithmetic(parameters):
            faulty: Literal["raise", "ignore"] = "raise" if strict else "ignore"
            with np.errstate(divide=faulty, invalid=faulty, over="warn" if strict else "ignore"):
                found = called(
                    f"{self.name}, outputs",
                    self.system.outputs,
                    self.system.pack(state),
                    parameters,
                    clock,
                )
            return self._leaves(found)
        if np.ndim(state) > 1:
            # a condition, or a function of `math`, takes one time and subject after the other
            wide = np.asarray(state)
            shape = wide.shape[1:]
            flat = wide.reshape(len(wide), -1)
            hours = np.array([np.broadcast_to(part, shape).ravel() for part in clock])
            whose = _one_by_one(parameters, shape)
            when = None if time is None else np.broadcast_to(time, shape).ravel()
            each = [
                self._outputs(
                    flat[:, k], whose(k), Clock(*hours[:, k]), None if when is None else when[k], strict=strict
                )
                for k in range(flat.shape[1])
            ]
            if not each:
                return [np.empty(0) for _ in self.output_columns]
            return list(np.array(each).T.reshape(-1, *shape))
        clock = Clock(*map(float, clock))
        what = f"{self.name}, outputs" + ("" if time is None else f" at {float(time):g} h")
        found = self._leaves(
            called(what, self.system.outputs, self.system.pack(np.asarray(state).tolist()), parameters, clock)
        )
        return [real(what, one) for one in found]

    def _leaves(self, outputs: Any) -> list[Any]:
        found = leaves(outputs)
        if not isinstance(outputs, tuple | list) or len(found) != len(self.output_columns):
            raise InputError(f"{self.name}, outputs", outputs, f"one number each for {', '.join(self.output_columns)}")
        return found

    @cached_property
    def terms(self) -> Mapping[str, Term]:
        """Unit and meaning of what `series` gives, by name."""
        found = {term.name: term for term in (*self.system.terms, *self._output_terms)}
        for name, assay in self.assays.items():
            found[name] = assay.term if isinstance(assay, Assay) else Term(name, "1", "Read off the columns")
        named = {self._column(term): term for term in (*self.system.terms, *self._output_terms)}
        named |= {column: self.system.terms[place] for column, place in self.state_columns.items()}
        return {name: term._replace(unit=self._unit(term.unit)) for name, term in {**named, **found}.items()}

    @cached_property
    def shown(self) -> Mapping[str, Variable]:
        """Variables of a result: those that the model names, or every column by itself."""
        if self.variables is not None:
            return self.variables
        every = (*self.state_columns, *self.output_columns, *self.assays)
        return {name: Variable("", {}, [name]) for name in every}

    def _unit(self, unit: str) -> str:
        return renamed(unit, self.units)

    def _column(self, term: Term) -> str:
        return self._prefix(term) + term.name.replace(".", "_")


def renamed(unit: str, units: Mapping[str, str]) -> str:
    """A unit of the equations as results call it, by what its parts are called."""
    for written, shown in units.items():
        unit = shown if unit == written else unit.replace(written, f"({shown})" if "/" in shown else shown)
    return unit


def _one_by_one(parameters: Any, shape: tuple[int, ...]) -> Callable[[int], Any]:
    """Parameters of one position after the other, where some of them are arrays."""
    if not any(isinstance(leaf, np.ndarray) for leaf in leaves(parameters)):
        return lambda _: parameters

    def at(part: Any, k: int) -> Any:
        if isinstance(part, tuple):
            return type(part)(*(at(one, k) for one in part))
        return float(np.broadcast_to(part, shape).flat[k])

    return lambda k: at(parameters, k)
