"""Rows of a table that only look: the state of each subject at each of them, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError
from ..base.vocabulary import filled
from ..dosing.rows import Row
from ..engines.leg import Array
from ..engines.places import STRETCH, place
from ..models.dosable import Model
from ..models.inlets import Compartment
from .tables import Group


def seen_by(model: Model, row: Row) -> Compartment:
    """The compartment that a row shows."""
    # a minus turned a compartment off; what is shown is then the usual one
    off = row.cmt.startswith("-") if isinstance(row.cmt, str) else row.cmt < 0
    return model.compartment(0 if off else row.cmt, model.observe, row.place)


class Looks:
    """The rows of a group that ask for the state, one subject after the other."""

    def __init__(self, model: Model, group: Group) -> None:
        self.model, self.group = model, group
        planned, course = group
        self.positions = [position for one in planned.subjects for position, _ in one.looking]
        self.rows = [one.rows[position] for one in planned.subjects for position, _ in one.looking]
        counts = [len(one.looking) for one in planned.subjects]
        self.who = np.repeat(np.arange(len(counts)), counts)
        self.record = np.concatenate([np.arange(count) for count in counts]) if counts else np.array([], dtype=int)
        self.states = np.array([state[self.who, self.record] for state in course.states])
        self.time = np.array([row.time for row in self.rows], dtype=float)

    def _at(self, values: NDArray[Any]) -> NDArray[Any]:
        """What an array of records says of each row."""
        wide = np.broadcast_to(values, (len(values), len(self.group.planned.subjects)))
        found: NDArray[Any] = wide[self.record, self.who]
        return found

    def columns(self) -> dict[str, Array]:
        """Every column of the model, at each row."""
        protocol = self.group.planned.protocol
        number = self._at(protocol.set_at_records())
        if protocol.sets.values is not None:
            p = filled(protocol.sets.declared, protocol.sets.values[number, :, self.who].T)
            with suppress(InputError):
                # a condition on parameters, or a division by zero, takes one subject after the other
                found = self.model.columns(self.states, p, self.time)
                return {name: np.broadcast_to(values, self.time.shape) for name, values in found.items()}
        when = self._at(protocol.records.time)
        each = [
            self.model.columns(self.states[:, k], protocol.sets.at(int(number[k]), int(self.who[k]), float(when[k])), t)
            for k, t in enumerate(self.time.tolist())
        ]
        names = each[0] if each else ()
        return {name: np.array([float(one[name]) for one in each]) for name in names}

    def predicted(self, shown: Mapping[str, Array]) -> Array:
        """What the compartment of each row shows, from every column."""
        found = np.full(len(self.seen), np.nan)
        for one in {compartment.name: compartment for compartment in self.seen}.values():
            mine = np.array([compartment.name == one.name for compartment in self.seen], dtype=bool)
            if one.name in self.model.predicted:
                found[mine] = shown[self.model.predicted[one.name]][mine]
            else:
                found[mine] = self.states[list(one.states)][:, mine].sum(axis=0)
        return found

    @cached_property
    def seen(self) -> list[Compartment]:
        """The compartment that each row shows."""
        return [seen_by(self.model, row) for row in self.rows]

    def since(self) -> Array:
        """Time since the last administration at each row [h]."""
        protocol = self.group.planned.protocol
        here = place(*map(self._at, protocol.records))
        last = np.full(len(here), -np.inf)
        for one in protocol.takes:
            taken = place(one.time, one.rank)
            # where time has started again, no dose has been taken yet
            same = np.floor(taken.imag / STRETCH) == np.floor(here.imag / STRETCH)
            last = np.where(same & (taken < here), np.maximum(taken.real, last), last)
        return np.where(np.isfinite(last), here.real - last, np.nan)
