"""Parameters of many subjects, one set after the other: in numbers for the engines for many, or as they were given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..base.vocabulary import filled, is_declaration, size_of
from .leg import Array


class ParameterSets(NamedTuple):
    """Parameters of each subject, one set after the other.

    Attributes
    ----------
    declared : type
        Of what kind they are.
    values : ndarray, shape (n_sets, n_parameters, n_subjects), or None
        In numbers; None where they are not numbers alone.
    objects : sequence of sequence, or None
        ``objects[set][subject]`` as the equations take them, or a function of time that gives them; None where the
        numbers say it.
    """

    declared: type[Any]
    values: Array | None
    objects: Sequence[Sequence[Any]] | None

    @classmethod
    def of(cls, objects: Sequence[Sequence[Any]]) -> ParameterSets:
        """From parameters as the equations take them."""
        first = next((p for one in objects for p in one if not callable(p)), ())
        declared = type(first)
        if any(callable(p) for one in objects for p in one) or not is_declaration(declared):
            return cls(declared, None, objects)
        try:
            values = np.array([[numbers(p) for p in one] for one in objects], dtype=float)
        except (TypeError, ValueError):
            return cls(declared, None, objects)
        if values.ndim != 3 or values.shape[2] != size_of(declared):
            return cls(declared, None, objects)
        return cls(declared, np.ascontiguousarray(values.transpose(0, 2, 1)), objects)

    @property
    def of_first(self) -> Array | None:
        """The first set in numbers, shape (n_parameters, n_subjects); None where it is not numbers alone."""
        return None if self.values is None else self.values[0]

    def one(self, number: int, subject: int) -> Any:
        """A set of one subject as the equations take it, or a function of time that gives it."""
        if self.objects is not None:
            return self.objects[number][subject]
        assert self.values is not None
        return filled(self.declared, self.values[number, :, subject].tolist())

    def at(self, number: int, subject: int, time: float) -> Any:
        """A set of one subject at a time."""
        found = self.one(number, subject)
        return found(time) if callable(found) else found

    def why_not_numbers(self) -> str:
        """What an engine for many must be replaced by, and why; empty where every engine can take them."""
        if self.values is not None:
            return ""
        assert self.objects is not None
        if any(callable(p) for one in self.objects for p in one):
            return "'reference', where covariates change along a line between rows"
        return f"'reference', because fill gives {self.objects[0][0]!r}, not a NamedTuple of numbers"


def numbers(parameters: Any) -> list[float]:
    """The numbers of nested tuples, in order; raises TypeError where something else stands there."""
    found: list[float] = []
    for part in parameters:
        if isinstance(part, tuple):
            found += numbers(part)
        elif isinstance(part, str | bytes) or callable(part):
            raise TypeError(part)
        else:
            found.append(float(part))
    return found
