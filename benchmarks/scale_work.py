"""What `scale.py` runs: people of several models, and tables with an ID each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

import ldnsim as ldn
from ldnsim import models
from ldnsim.dosing.regimen import Regimen
from ldnsim.study import study as studies
from ldnsim.study.asking import Asked, account_for
from ldnsim.study.population_run import kept_of
from ldnsim.study.study import Study

if TYPE_CHECKING:
    from pathlib import Path

    from distributed import Client

    from ldnsim.study.table_run import TableRun

STEP = 1.0
"""Distance of the samples of people [h]."""

DOSES, ROWS = 7, 6
"""Doses of an ID, one a day, and its observations."""


class People(NamedTuple):
    """People who take a regimen, in chunks, to a store.

    Attributes
    ----------
    regimen : str
        What they take.
    outputs : tuple of str
        What is kept.
    engine : str
        By which engine.
    people : callable
        Who they are, by their number.
    model : callable, optional
        Of which model; by default that of naltrexone.
    chunk : int
        People in a chunk.
    """

    regimen: str
    outputs: tuple[str, ...]
    engine: Literal["compiled", "exact", "reference"]
    people: Callable[[int], ldn.Population]
    model: Callable[[], models.Model] | None = None
    chunk: int = studies.CHUNK

    def study(self, people: int) -> Study:
        """The study that `simulate` makes; a store would refuse another one."""
        self.cut()
        regimen, who = Regimen.parse(self.regimen), self.people(people)
        asked = Asked(who, None, None, "untreated", None, STEP, (), self.engine, "LSODA", None)
        account = account_for(
            None if self.model is None else self.model(), who, assumptions="popular", condition="healthy",
            cell="microglia", parameters=None, source="", covariates=None,
        )  # fmt: skip
        kept = kept_of(self.outputs, None, account.model(regimen.clock), stored=True)
        return asked.study(regimen, account, kept)

    def cut(self) -> None:
        """Have people cut into chunks of that size in this process."""
        studies.CHUNK = self.chunk

    def simulate(self, people: int, store: Path, progress: Any = False, client: Client | None = None) -> None:
        """Run people to a store, as a user would."""
        self.cut()
        ldn.simulate(
            self.regimen,
            model=None if self.model is None else self.model(),
            population=self.people(people),
            step=STEP,
            outputs=self.outputs,
            engine=self.engine,
            store=store,
            client=client,
            progress=progress,
        )


class Table(NamedTuple):
    """An event table with many IDs, each with a person of its own.

    Attributes
    ----------
    given, seen : str
        Compartments that are dosed and read.
    mg : float
        Each dose.
    engine : str
        By which engine.
    people : callable
        Who they are, by their number.
    model : callable, optional
        Of which model; by default that of naltrexone.
    """

    given: str
    seen: str
    mg: float
    engine: Literal["compiled", "exact"]
    people: Callable[[int], ldn.Population]
    model: Callable[[], models.Model] | None = None

    def table(self, people: int) -> ldn.EventTable:
        """One with so many IDs, who are read at times of their own."""
        # a draw an ID, so that more of them leave the first ones as they are
        times = [np.sort(np.random.default_rng(who).uniform(1, 24 * DOSES, ROWS)).round(3) for who in range(people)]
        none = [0.0] * ROWS
        return ldn.EventTable.of(
            {
                "ID": np.repeat(np.arange(1, people + 1), 1 + ROWS).tolist(),
                "TIME": [time for own in times for time in (0.0, *own.tolist())],
                "EVID": [1, *[0] * ROWS] * people,
                "AMT": [self.mg, *none] * people,
                "II": [24.0, *none] * people,
                "ADDL": [DOSES - 1, *[0] * ROWS] * people,
                "CMT": [self.given, *[self.seen] * ROWS] * people,
            }
        )

    def asked(self, people: int) -> dict[str, Any]:
        """Arguments of `simulate`."""
        return {
            "regimen": self.table(people),
            "model": None if self.model is None else self.model(),
            "population": self.people(people),
            "engine": self.engine,
        }

    def simulate(self, people: int) -> TableRun:
        """Run it, as a user would."""
        run: TableRun = ldn.simulate(**self.asked(people))
        return run


def _two_compartments() -> models.Model:
    return models.two_compartment(CL=3.0, V1=10.0, Q=2.0, V2=30.0, ka=1.0)


def _spread(people: int) -> ldn.Population:
    spread = {name: ldn.LogNormal(cv=cv) for name, cv in (("CL", 0.3), ("V1", 0.2), ("ka", 0.5))}
    return ldn.Population(people, seed=1, variability=spread)


def _known(people: int) -> ldn.Individuals:
    draws = np.random.default_rng(1).normal(size=(people, 2))
    return ldn.Individuals.of(
        {
            "ID": list(range(1, people + 1)),
            "CL": (3.0 * np.exp(0.3 * draws[:, 0])).tolist(),
            "V1": (10.0 * np.exp(0.2 * draws[:, 1])).tolist(),
        }
    )


def _naltrexone(people: int) -> ldn.Population:
    return ldn.Population(people, seed=1)


_LEVELS = ("C_central", "C_peripheral")

WORK: dict[str, People | Table] = {
    "naltrexone": People(
        "4.5 mg at 22:00 daily for 28 days",
        ("plasma", "tone", "tlr4_inhibition", "cytokine_index", "functional_block", "beta_endorphin_daily"),
        "compiled",
        _naltrexone,
    ),
    "two compartments": People("100 mg at 08:00 daily for 28 days", _LEVELS, "exact", _spread, _two_compartments),
    "individuals": People("100 mg at 08:00 daily for 28 days", _LEVELS, "exact", _known, _two_compartments),
    # every one of them is too stiff for the compiled engine, and the reference engine takes a second for each
    "nalmefene": People(
        "20 mg at 12:00 daily for 1 day", ("plasma", "tone"), "reference", _naltrexone, models.nalmefene, chunk=2
    ),
    "naltrexone table": Table("oral", "ntx", 4.5, "compiled", _naltrexone),
    "two compartments table": Table("depot", "central", 100.0, "exact", _spread, _two_compartments),
    "individuals table": Table("depot", "central", 100.0, "exact", _known, _two_compartments),
}
