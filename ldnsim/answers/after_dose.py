"""Runs that go on after the last dose, of people under several accounts: what a washout is read off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from ..base.bounds import one_of
from ..base.errors import InputError
from ..base.reading import choice, listed, whole_number
from ..dosing.regimen import Regimen
from ..ledger.assumptions import BUNDLES, EXPOSURES, Assumptions
from ..models.dosable import Model
from ..population.population import Population
from ..results.over_time import check_labels
from ..simulation import simulate
from ..study.asking import check_beside
from ..study.ensemble import Ensemble
from ..study.population_run import PopulationRun
from ..study.regimen_plan import latest_of
from .crossing import Array, unit_of

PEOPLE, SEED = 400, 1
"""How many people are drawn where none are said, and their seed."""

NOT_ADVICE = "For research and teaching, not medical advice."

_ACCOUNTS = "accounts such as ['popular', 'measured']"

_NAMED = {"outputs": "variable"}
"""What arguments of others are called here."""

_FINE, _MIDDLE, _COARSE = (24.0, 0.25), (72.0, 0.5), (336.0, 1.0)
_GROWTH = 1.01


class Asked(NamedTuple):
    """What is given to whom, under which accounts.

    Attributes
    ----------
    regimen : Regimen
        What is given.
    accounts : dict of str to dict
        Model or assumptions by name, as `ldnsim.simulate` takes them.
    population : Population
        Who takes it.
    settings : dict
        What else `ldnsim.simulate` is told.
    """

    regimen: Regimen
    accounts: dict[str, dict[str, Any]]
    population: Population
    settings: dict[str, Any]

    @property
    def last(self) -> float:
        """When the last dose above 0 of the regimen has been given, of an infusion its end [h]."""
        return max(dose.time + dose.over for dose in self.regimen.dosing() if dose.mg > 0)

    @property
    def taken(self) -> Array | None:
        """When each person has taken the last dose above 0, of an infusion its end, shape (n_people,) [h].

        The start of the run for whoever took none; None where all take what is planned.
        """
        if self.population.adherence is None:
            return None
        doses = self.regimen.dosing()
        people = np.arange(self.population.n * self.population.replicates)
        done, delay = self.population.intakes(people, latest_of(doses))
        given = np.array([dose.mg > 0 for dose in doses])[:, np.newaxis]
        ends = np.array([dose.time + dose.over for dose in doses])[:, np.newaxis] + delay
        found: Array = np.where(done & given, ends, 0.0).max(axis=0)
        return found

    @property
    def counted(self) -> str:
        """From when hours count, in words."""
        if self.population.adherence is not None:
            return "the last dose that each has taken"
        return "the last dose that was taken" if self.regimen.deviations else "the last dose"

    def run(self, account: str, after: Sequence[float] | Array, variable: str) -> PopulationRun:
        """People under an account until the last of some times after the last dose [h], which alone are kept."""
        until = self.last + float(after[-1])
        # who skipped the last doses is looked at from an earlier one on
        taken = self.taken
        first = self.last if taken is None else min(float(taken.min()), self.last)
        ends = {dose.time + dose.over for dose in self.regimen.dosing() if dose.mg > 0}
        begins = [first, *(end for end in ends if end > first)]
        at = np.concatenate([begins, *(begin + np.asarray(after, dtype=float) for begin in begins)])
        at = at[at <= until].tolist()
        outputs = [variable]
        with one_of(len(self.accounts), kept=True):
            return simulate(
                self.regimen, population=self.population, until=until, step=until, at=sorted(set(at)), outputs=outputs,
                progress=False, **self.accounts[account], **self.settings,
            )  # fmt: skip

    def unit(self, variable: str, labels: Mapping[str, str]) -> str:
        """Unit of a variable in every account, before anything is run; raises `InputError` for what is not there."""
        units = {}
        for name, account in self.accounts.items():
            plain = {"parameters": self.settings.get("parameters"), "start": self.settings.get("start", "untreated")}
            try:
                known = Ensemble(self.regimen, **account, **plain, outputs=[variable]).described()
            except InputError as error:
                raise InputError(_NAMED.get(error.argument, error.argument), error.value, error.expected) from error
            check_labels(known, variable, labels)
            units[name] = unit_of(known, variable)
        if len(set(units.values())) > 1:
            raise InputError("variable", variable, f"what has one unit in all models; here {units}")
        return next(iter(units.values()))

    def record(self) -> dict[str, Any]:
        """The same as plain values."""
        return {"regimen": self.regimen.to_dict(), "accounts": list(self.accounts), "seed": self.population.seed}


def asked(
    regimen: Regimen | str,
    accounts: Sequence[Assumptions | str] | Mapping[str, Assumptions | str] | None,
    exposures: Sequence[str] | bool,
    population: Population | int,
    model: Model | Mapping[str, Model] | None,
    **settings: Any,
) -> Asked:
    """What a user asks, checked; raises `InputError`."""
    given = Regimen.parse(regimen) if isinstance(regimen, str) else regimen
    if not isinstance(given, Regimen):
        raise InputError("regimen", regimen, "a Regimen, or a text such as '50 mg daily for 14 days'")
    if not any(dose.mg > 0 for dose in given.dosing()):
        raise InputError("regimen", str(given), "at least one dose above 0")
    named = _accounts(accounts, exposures, model)
    if isinstance(population, Population):
        return Asked(given, named, population, settings)
    n = whole_number(population, "population", low=1)
    if n > 1 and any(one["model"].spread == () for one in named.values() if "model" in one):
        expected = "Population(..., variability={...}), because the ledger has no spread of this model, or 1"
        raise InputError("population", n, expected)
    if n > 1:
        return Asked(given, named, Population(n, seed=SEED), settings)
    # one person is the typical one, for whom no kernel is worth its compilation
    linear = all("model" in one and one["model"].system.linear for one in named.values())
    if settings["engine"] == "auto" and not linear:
        settings["engine"] = "reference"
    return Asked(given, named, Population(1, seed=SEED, variability={}), settings)


def _accounts(accounts: Any, exposures: Any, model: Any) -> dict[str, dict[str, Any]]:
    """Accounts by name, each with every exposure that is asked for."""
    if model is not None:
        for name, value in {"accounts": accounts, "exposures": exposures or None}.items():
            if value is not None:
                raise InputError(name, value, "to be left out beside model=, which holds its own parameters")
        several = model if isinstance(model, Mapping) else {getattr(model, "name", "model"): model}
        for one in several.values():
            check_beside(one)
        if several:
            return {str(name): {"model": one} for name, one in several.items()}
        raise InputError("model", model, "a model, or at least one by name")
    if isinstance(accounts, Mapping):
        named = {str(name): Assumptions.of(one) for name, one in accounts.items()}
    else:
        given = list(BUNDLES) if accounts is None else accounts
        chosen = [given] if isinstance(given, str | Assumptions) else listed(given, "accounts", _ACCOUNTS)
        named = {Assumptions.of(one).name: Assumptions.of(one) for one in chosen}
        if len(named) < len(chosen):
            raise InputError("accounts", accounts, "each account once")
    if not named:
        raise InputError("accounts", accounts, _ACCOUNTS)
    levels = EXPOSURES if exposures is True else [] if exposures is False else listed(exposures, "exposures", "names")
    for level in levels:
        choice("exposures", level, EXPOSURES)
    if not levels:
        return {name: {"assumptions": one} for name, one in named.items()}
    return {
        f"{name}, {level}": {"assumptions": replace(one, exposure=level)}
        for name, one in named.items()
        for level in levels
    }


def grid(horizon: float) -> Array:
    """Times after the last dose at which people are looked at, ever farther apart [h]."""
    parts, first = [], 0.0
    for end, step in (_FINE, _MIDDLE, _COARSE):
        parts.append(np.arange(first + step, end + step / 2, step))
        first = end
    count = max(int(np.ceil(np.log(max(horizon / first, 1.0)) / np.log(_GROWTH))), 0)
    parts.append(first * _GROWTH ** np.arange(1, count + 1))
    found = np.concatenate(parts)
    return np.append(found[found < horizon], horizon)
