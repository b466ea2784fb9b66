"""Individuals: people who are known one by one, a row of a frame each, by their parameters or covariates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError
from ..base.reading import columns_of_frame, fields_of, listed, names_in
from ..base.streams import Array
from ..base.units import quantity
from ..ledger.parameters import ParameterSet
from ..ledger.ranges import Rules, faults
from . import covariate_reading
from .covariates import Covariate, Effects, Labels
from .distributions import Distribution
from .plain import parts_of
from .population import Population
from .variation import Basis, Variation, basis

ID = "ID"
"""Column that says who a row is about."""

_LARGEST_ID = 2**63
"""What numbers of a file are below."""

_HEADING = re.compile(r"(.+?)\s*\[(.+)\]")


@dataclass(frozen=True, init=False)
class Individuals(Population):
    """People who are known one by one, immutable; made by `of`.

    Attributes
    ----------
    ids : tuple
        Who they are.
    columns : tuple of (str, tuple)
        What is known of them: name of a parameter or covariate, and a value each.
    """

    ids: tuple[Any, ...]
    columns: tuple[tuple[str, tuple[Any, ...]], ...]

    @staticmethod
    def of(
        frame: Any,
        *,
        seed: int = 0,
        variability: Mapping[str, Distribution | None] | None = None,
        residual: Mapping[str, Distribution] | None = None,
    ) -> Individuals:
        """Individuals from a frame.

        Parameters
        ----------
        frame : pandas.DataFrame, polars.DataFrame or mapping of str to sequence
            One row a person. ``ID`` says who; every other column is a parameter of the model that is run, such as
            ``CL`` or ``pk.cl``, or a covariate of it. A heading may name the unit: ``CL [mL/min]``.
        seed : int
            Behind what is drawn beside: `variability` and `residual`.
        variability : mapping of str to distribution, optional
            Spread of further parameters, or about those that are given; none by default, see `Population`.
        residual : mapping of str to distribution, optional
            Error of observations, see `Population`.

        Returns
        -------
        Individuals
            To be given to `simulate` as ``population=``.

        Raises
        ------
        InputError
            If it is no frame, or rows or names cannot be told apart. Values are read when the model is known.

        Examples
        --------
        >>> Individuals.of({"ID": ["a", "b"], "pk.cl": [90, 150]}).ids
        ('a', 'b')
        """
        expected = "a frame, or a mapping from column to values, with one row a person"
        names = columns_of_frame(frame, expected)
        found: dict[str, tuple[Any, ...]] = {}
        for name in names:
            if not isinstance(name, str) or not name.strip() or name in found:
                raise InputError("frame, column", name, "a name, each once")
            values: Any = frame[name]
            if isinstance(values, str) or not isinstance(values, Iterable):
                raise InputError(f"column {name}", values, "one value a person")
            found[name.strip()] = tuple(one.item() if isinstance(one, np.generic) else one for one in values)
        lengths = {len(values) for values in found.values()}
        if len(lengths) != 1 or lengths == {0}:
            raise InputError("frame", {name: len(values) for name, values in found.items()}, expected)
        people = found.pop(ID, None) or tuple(range(1, lengths.pop() + 1))
        if not found:
            raise InputError("frame", ID, "at least one column beside ID, a parameter or a covariate")
        # results and files have them as text where one of them is
        if not all(map(_names_one, people)) or min(len(set(people)), len(set(map(str, people)))) < len(people):
            expected = "numbers or texts, one each: none missing, and none twice, as 1 and '1' would be"
            raise InputError("column ID", list(people)[:20], expected)
        return Individuals._made(people, found, seed, {} if variability is None else variability, residual)

    @staticmethod
    def _made(
        ids: tuple[Any, ...], columns: Mapping[str, tuple[Any, ...]], seed: int, variability: Any, residual: Any
    ) -> Individuals:
        made = Individuals.__new__(Individuals)
        Population.__init__(made, len(ids), seed, variability=variability, residual=residual)
        object.__setattr__(made, "ids", ids)
        object.__setattr__(made, "columns", tuple(columns.items()))
        return made

    def bound(self, rules: Rules, usual: tuple[Variation, ...] = ()) -> Individuals:
        """The same people, whose columns are told apart by a model: its parameters, and what must be covariates."""
        del usual  # who are known one by one differ in what is known
        own, others = self._told_apart(rules)
        made = Individuals._made(self.ids, dict(self.columns), self.seed, self.variability, dict(self.residual))
        read: dict[str, list[object]] = {}
        for name, (unit, values) in others.items():
            read[name] = [f"{value} {unit}" for value in values] if unit else list(values)
        object.__setattr__(made, "covariates", self._read(read))
        made.check(rules)
        for name, cells in own.items():
            low = 0.0 if name in rules.fractions else rules.lowest
            for who, value in zip(self.ids, cells, strict=True):
                quantity(value, rules.terms[name].unit, f"column {name}, ID {who}", low=low, high=rules.largest(name))
        return made

    def _read(self, columns: Mapping[str, Sequence[object]]) -> tuple[Covariate, ...]:
        """Columns as covariates; what cannot be used is named with whose it is."""
        try:
            return covariate_reading.read(columns, self.n)
        except InputError:
            for name, values in columns.items():
                for who, value in zip(self.ids, values, strict=True):
                    try:
                        covariate_reading.read({name: [value]}, 1)
                    except InputError as error:
                        if error.argument == name:
                            raise InputError(f"{name}, ID {who}", value, error.expected) from error
            raise

    def first(self) -> dict[str, float]:
        """The numbers of the first person, by name of the column."""
        found = {}
        for heading, values in self.columns:
            if isinstance(values[0], int | float):
                found[named(heading)[0]] = float(values[0])
        return found

    def _told_apart(self, rules: Rules) -> tuple[dict[str, list[Any]], dict[str, tuple[str, tuple[Any, ...]]]]:
        """Columns that are parameters, with their units, and all others."""
        own: dict[str, list[Any]] = {}
        others: dict[str, tuple[str, tuple[Any, ...]]] = {}
        for heading, values in self.columns:
            name, unit = named(heading)
            if name in own or name in others:
                raise InputError(f"column {heading}", name, "one column for each parameter or covariate")
            if name in rules.known:
                own[name] = [f"{value} {unit}" for value in values] if unit else list(values)
            else:
                others[name] = (unit, values)
        return own, others

    def typical(
        self, values: Mapping[str, Any], given: Mapping[str, Array | Labels], ids: NDArray[np.int64], rules: Rules,
        effects: Effects,
    ) -> dict[str, Any]:  # fmt: skip
        """What people have before anything is drawn: what covariates change, and what is known of each."""
        base = dict(values)
        for name, own in self._told_apart(rules)[0].items():
            unit = rules.terms[name].unit
            base[name] = np.array([quantity(own[k], unit, name) for k in ids])
        # covariates act on top of what is known, as they do on parameters= of one person
        found = super().typical(base, given, ids, rules, effects)
        for name, expected, broken in faults(found, rules):
            for place in np.flatnonzero(np.broadcast_to(broken, ids.shape)):
                value = np.broadcast_to(found[name], ids.shape)[place]
                raise InputError(f"{name}, ID {self.ids[ids[place]]}", float(value), expected)
        return found

    def rows(self, parameters: ParameterSet) -> dict[str, tuple[Basis, ...]]:
        """What makes each parameter differ, as `Population.rows` says it."""
        behind = super().rows(parameters)
        for name in self._told_apart(parameters.rules)[0]:
            behind[name] = (basis("given for each person", ""), *behind.get(name, ()))
        return {name: behind[name] for name in parameters if name in behind}

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values, from which `from_dict` makes the same people."""
        found = super().to_dict()
        return {
            "individuals": {ID: list(self.ids), **{name: list(values) for name, values in self.columns}},
            **{name: found[name] for name in ("seed", "variability", "residual")},
        }

    @staticmethod
    def from_dict(cells: Mapping[str, Any]) -> Individuals:
        """The individuals that `to_dict` wrote; raises `InputError` where a part is missing or cannot be used."""
        known = fields_of(cells, "population", ("individuals", "seed", "variability", "residual"))
        frame = {
            name: listed(values, name, "a value a person") for name, values in names_in(known["individuals"], "frame")
        }
        plain = parts_of({**known, "n": 1})
        return Individuals.of(frame, seed=known["seed"], variability=plain["variability"], residual=plain["residual"])


def named(heading: str) -> tuple[str, str]:
    """Name and unit of a column such as ``CL [mL/min]``; without a unit an empty one."""
    parts = _HEADING.fullmatch(heading.strip())
    return (parts[1], parts[2]) if parts else (heading.strip(), "")


def _names_one(name: object) -> bool:
    """Whether something can stand for a person in results and files: a text, or a number that these have."""
    if isinstance(name, str):
        return bool(name.strip())
    return isinstance(name, int | float) and not isinstance(name, bool) and abs(name) < _LARGEST_ID
