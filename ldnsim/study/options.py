"""What can be said of a run beside what is given: the settings of `ldnsim.simulate`, spelt out for type checkers."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypedDict

from ..engines.reference import Method
from ..ledger.assumptions import Assumptions
from ..models.dosable import Model
from ..population.population import Population
from .account import Endotoxin
from .intakes import Decide

if TYPE_CHECKING:
    from distributed import Client

Models = Model | None | Sequence[Model | None] | Mapping[str, Model | None]
"""What can be compared: models, by names of their own where a mapping gives them; None is that of naltrexone."""

Progress = Callable[[float], None] | bool | None

Engine = Literal["auto", "compiled", "batch", "reference", "exact"]


class OfAnyRun(TypedDict, total=False):
    """Settings of every run, see `ldnsim.simulate`."""

    condition: str
    cell: str
    parameters: Mapping[str, object] | None
    source: str
    covariates: Mapping[str, object] | None
    start: str
    decide: Decide | None
    until: float | str | None
    step: float | str | None
    at: object
    endotoxin: Endotoxin | None
    method: Method
    engine: Engine
    rtol: float | None


class OfOnePerson(OfAnyRun, total=False):
    """Settings of a run of one person."""

    model: Model | None
    assumptions: Assumptions | str
    progress: Callable[[float], None] | None


class OfPeople(OfAnyRun, total=False):
    """Settings of every run of a population."""

    outputs: Sequence[str] | None
    dtype: str | None
    store: str | os.PathLike[str] | None
    quantiles: Sequence[float] | None
    client: Client | None


class OfPopulation(OfPeople, total=False):
    """Settings of a run of a population."""

    model: Model | None
    assumptions: Assumptions | str
    progress: Callable[[float], None] | bool | None


class OfSeveral(OfPeople, total=False):
    """Settings that several runs share, see `ldnsim.compare`."""

    population: Population | None


class OfTable(OfOnePerson, total=False):
    """Settings of a run of an event table."""

    population: Population | None
    clock: str | float | None


class OfEnsemble(TypedDict, total=False):
    """Settings of an ensemble, see `ldnsim.Ensemble`."""

    model: Model | None
    assumptions: Assumptions | str
    condition: str
    cell: str
    parameters: Mapping[str, object] | None
    source: str
    covariates: Mapping[str, object] | None
    start: str
    until: float | str | None
    step: float | str | None
    at: object
    endotoxin: Endotoxin | None
    engine: Engine
    rtol: float | None
    outputs: Sequence[str] | None
    threads: int | None


def part_of(progress: Progress, done: int, of: int) -> Progress:
    """What one of several runs reports to; what is no function is left to `ldnsim.simulate`."""
    return (lambda fraction: progress((done + fraction) / of)) if callable(progress) else progress
