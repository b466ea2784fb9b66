"""What in an event table changes nothing in a model, though it looks as if it did."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ..base.errors import LdnsimWarning
from ..dosing.columns import does_not_act
from ..dosing.event_table import EventTable
from ..models.dosable import Model

_ASKED = 20
"""Of how many subjects the covariates are tried to see which of them the model reads."""


class Watched(dict[str, float]):
    """Covariates that tell which of them were read."""

    def __init__(self, values: Mapping[str, float], seen: set[str]) -> None:
        super().__init__(values)
        self.seen = seen

    def __getitem__(self, name: str) -> float:
        self.seen.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """A covariate, or the default."""
        self.seen.add(name)
        return super().get(name, default)

    def __iter__(self) -> Iterator[str]:
        self.seen.update(dict.keys(self))
        return super().__iter__()


def say_what_does_nothing(table: EventTable, model: Model) -> None:
    """Warn of tables without doses, and of columns that look as if they changed the prediction.

    Parameters
    ----------
    table : EventTable
        The table.
    model : Model
        The model that it is given to.

    Warns
    -----
    LdnsimWarning
        Naming the columns.
    """

    def say(what: str) -> None:
        warnings.warn(f"{table.source}: {what}", LdnsimWarning, stacklevel=4)

    if all(row.event in ("observation", "other", "reset", "phantom") for row in table.rows):
        say("no row gives a dose")
    seen: set[str] = set()
    for _, rows in list(table.by_subject())[:_ASKED]:
        if seen.issuperset(table.covariates):
            break
        watched = Watched(rows[0].covariates, seen)
        model.fill(watched)
        for compartment in model.compartments:
            for given in (compartment.f, compartment.lag, compartment.rate, compartment.duration):
                if callable(given):
                    given(watched)
    idle = [name for name in table.covariates if name not in seen]
    idle += does_not_act(name for name in table.rows[0].carried if name not in table.covariates)
    if idle:
        say(
            f"{', '.join(idle)} {'does' if len(idle) == 1 else 'do'} not change what {model.name} predicts; "
            "covariates= and a model with functions of them would"
        )


def beside(own: Collection[str], carried: Collection[str], name: str) -> str:
    """Name of a carried column in the output, beside what is computed."""
    found = name
    while found in own or (found != name and found in carried):
        found += "_input"
    return found
