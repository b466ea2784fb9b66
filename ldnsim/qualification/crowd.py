"""Everybody of a qualification: the typical person and people of every account, side by side in one run a regimen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.errors import SolverError
from ..dosing.regimen import Regimen
from ..ledger.assumptions import BUNDLES, EXPOSURES, Assumptions
from ..ledger.parameters import resolve
from ..population.population import Population
from ..results.over_time import FINISHED, finished
from ..simulation import simulate
from ..study.ensemble import Ensemble
from .measures import Array
from .predictions import Prediction

if TYPE_CHECKING:
    import xarray as xr

_SEED = 1
_SHORT = 200.0
"""Longest run of a route of its own that no kernel is compiled for [h]."""


def accounts() -> tuple[Assumptions, ...]:
    """Both accounts under every exposure."""
    return tuple(Assumptions.of(f"{bundle},exposure={exposure}") for bundle in BUNDLES for exposure in EXPOSURES)


@dataclass(frozen=True, eq=False)
class Crowd:
    """People of each account after its typical person, the same people in each; account after account.

    Attributes
    ----------
    accounts : sequence of Assumptions
        Whose parameters they have.
    size : int
        How many belong to each, with the typical one.
    columns : mapping of str to ndarray, shape (n_accounts * size,)
        Parameters in which people or accounts differ.
    moments : dict
        What `untreated` has run.
    """

    accounts: Sequence[Assumptions]
    size: int
    columns: Mapping[str, Array]
    moments: dict[Any, xr.Dataset] = field(default_factory=dict)

    @staticmethod
    def of(chosen: Sequence[Assumptions], people: int) -> Crowd:
        """Some people under some accounts."""
        drawn, population = [], Population(people, seed=_SEED)
        for account in chosen:
            typical = resolve(account)
            many = population.draw(typical, np.arange(people), 0, ()).values[0]
            drawn.append(np.column_stack([list(typical.values_by_name().values()), many]))
        sets = [resolve(account).values_by_name() for account in {*accounts(), *chosen}]
        # what differs between any two accounts is a column for all, so that one kernel serves them
        names = list(sets[0])
        differ = [len({one[name] for one in sets}) > 1 for name in names]
        spread = population.rows(resolve(chosen[0]))
        columns = {
            name: np.concatenate([one[place] for one in drawn])
            for place, name in enumerate(names)
            if differ[place] or name in spread
        }
        return Crowd(chosen, people + 1, columns)

    def run(self, regimen: str, same: Sequence[Prediction]) -> xr.Dataset:
        """Curves of everybody, for some predictions of the same people."""
        until, step = max(one.until for one in same), max(_step(one) for one in same)
        at = np.unique(np.concatenate([np.arange(0.0, one.until, _step(one)) for one in same]))
        # a kernel costs ten seconds of compiling, more than a short run of another route than by mouth is worth
        cheap = until <= _SHORT and any(dose.route != "oral" for dose in Regimen.parse(regimen).dosing())
        ready = Ensemble(
            regimen, assumptions=self.accounts[0], until=until, step=step, at=at.tolist(),
            outputs=list(dict.fromkeys(one.shown.name for one in same)), engine="batch" if cheap else "auto",
        )  # fmt: skip
        everybody = len(self.accounts) * self.size
        known = {name: [value] * everybody for name, value in same[0].covariates.items()}
        return ready.curves({**self.columns, **known})

    def of_account(self, data: xr.Dataset, account: Assumptions) -> xr.Dataset:
        """The typical person of an account, then those of its people whose run ended as asked.

        Raises
        ------
        SolverError
            If that of the typical person did not.
        """
        first = self.accounts.index(account) * self.size
        if data["status"].values[first] not in FINISHED:
            raise SolverError(f"the typical person under {account.name}: {data['reason'].values[first]}")
        return finished(data.isel(person=slice(first, first + self.size)))[0]

    def untreated(self, account: Assumptions, covariates: Mapping[str, str]) -> xr.Dataset:
        """A moment of the typical person of an account, whose variables say what they rest on."""
        key = (account, *covariates.items())
        if key not in self.moments:
            run = simulate("1 mg", assumptions=account, covariates=covariates, until=1, step=1.0)
            self.moments[key] = run.data
        return self.moments[key]


def _step(one: Prediction) -> float:
    """How far apart samples are [h]."""
    if one.shown.name == "amount":
        return 1.0
    return 0.05 if one.until <= 24 else 0.1 if one.until <= 200 else 0.5 if one.until <= 1000 else 2.0
