"""Every observation beside what each account predicts for it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.errors import InputError
from ..base.files import whole
from ..base.reading import whole_number
from ..dosing.regimen import Regimen
from ..ledger.assumptions import BUNDLES, EXPOSURES, Assumptions
from ..ledger.evidence import ledger
from ..population.individuals import Individuals
from ..population.population import Population
from ..results.behind import evidence_of
from ..results.over_time import curves, finished
from ..simulation import simulate
from . import pages
from .measures import READINGS, SCALES, Array
from .pictures import figures
from .predictions import Prediction, predictions

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

FOLDS = (1.25, 1.5, 2.0)
"""Within how many times an observation a prediction is counted."""

BAND = (0.05, 0.95)
"""Limits between which nine of ten people lie [1]."""

_SEED = 1
_SHORT = 200.0
"""Longest run of a route of its own that no kernel is compiled for [h]."""
_TYPICAL = {"weight": 70.0}
"""The adult for whom the ledger has its typical values [kg]."""
_IDS = re.compile(r"([A-Z]{1,2})(\d{3})(?: to [A-Z]{1,2}(\d{3}))?")


@dataclass(frozen=True, eq=False)
class Qualification:
    """Observations beside predictions.

    Attributes
    ----------
    table : pandas.DataFrame
        A row for each observation and account: observation, module, metric, population, source, status, unit,
        observed, low and high of the observation where its source gives them; account; predicted, and the 5th and 95th
        percentile of people; use (``fitted``, ``same study``, ``animals``, ``recalled``, ``checked``); fold error,
        missing where one of both is not above 0; weakest evidence behind the prediction.
    others : mapping of str to str
        Why the remaining observations are not predicted.
    """

    table: pd.DataFrame
    others: Mapping[str, str]

    def to_markdown(self, path: str | os.PathLike[str]) -> None:
        """Write shares, tables and reasons as Markdown, whole or not at all.

        Raises
        ------
        InputError
            If the folder cannot be written to.
        """
        with whole(path, "markdown") as draft:
            draft.write_text(pages.to_markdown(self), encoding="utf-8")

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Write the same with pictures as one HTML page that needs nothing else, whole or not at all.

        Raises
        ------
        InputError
            If the folder cannot be written to.
        """
        with whole(path, "html") as draft:
            draft.write_text(pages.to_html(self), encoding="utf-8")

    def plot(self) -> dict[str, Any]:
        """Figures by name: predictions against observations, and the errors of each account."""
        return figures(self.table)

    def shares(self, *, uses: Sequence[str] = ("checked",)) -> pd.DataFrame:
        """Which share of the predictions is within 1.25, 1.5 and 2 times the observation.

        Parameters
        ----------
        uses : sequence of str
            Which observations count, by their use.

        Returns
        -------
        pandas.DataFrame
            A row for each account and module, with the number of observations behind it.
        """
        counted = self.table[self.table["use"].isin(uses) & self.table["fold error"].notna()]
        grouped = counted.groupby(["account", "module"])["fold error"]
        columns = {f"within {fold:g}-fold": grouped.agg(partial(_within, fold)) for fold in FOLDS}
        return grouped.size().to_frame("observations").assign(**columns).reset_index()


def _within(fold: float, errors: Any) -> float:
    return float((errors <= fold * (1 + 1e-9)).mean())


def accounts() -> tuple[Assumptions, ...]:
    """Both accounts under every exposure."""
    return tuple(Assumptions.of(f"{bundle},exposure={exposure}") for bundle in BUNDLES for exposure in EXPOSURES)


def qualify(
    chosen: Iterable[Assumptions | str] = (),
    *,
    observations: Sequence[str] = (),
    people: int = 100,
    progress: Callable[[float], None] | None = None,
) -> Qualification:
    """Predict every observation that the model can predict.

    Parameters
    ----------
    chosen : iterable of Assumptions or str
        Accounts; by default both under every exposure.
    observations : sequence of str
        Names of observations; by default all that can be predicted.
    people : int
        How many people make the bands.
    progress : callable, optional
        Called with the fraction done.

    Returns
    -------
    Qualification
        Observations beside predictions.

    Raises
    ------
    InputError
        If an account is not known, an observation cannot be predicted, or there are too few people for a band.
    """
    import pandas as pd

    whole_number(people, "people", low=20)
    wanted = [Assumptions.of(one) for one in chosen] or list(accounts())
    predicted, others = predictions()
    for name in observations:
        if name not in predicted:
            raise InputError("observations", name, others.get(name, f"names among {', '.join(predicted)}"))
    every = sorted((one for name, one in predicted.items() if not observations or name in observations), key=_run)
    runs = [(account, list(same)) for account in wanted for _, same in groupby(every, key=_run)]
    found = []
    for done, (account, same) in enumerate(runs):
        found += _rows(account, same, people)
        if progress is not None:
            progress((done + 1) / len(runs))
    order = {name: place for place, name in enumerate(ledger().observations)}
    rows = sorted(found, key=lambda row: order[row["observation"]])
    return Qualification(pd.DataFrame(rows), others)


def _run(prediction: Prediction) -> tuple[str, str, float, tuple[tuple[str, str], ...]]:
    """What predictions of one run share."""
    return prediction.regimen, prediction.beside, prediction.until, tuple(sorted(prediction.covariates.items()))


def _rows(account: Assumptions, same: list[Prediction], people: int) -> list[dict[str, Any]]:
    """Rows of the predictions of one run, under one account."""
    import pandas as pd

    first, outputs = same[0], list(dict.fromkeys(one.shown.name for one in same))
    # the typical person as an individual, so that one kernel serves all
    typical_one = Individuals.of(pd.DataFrame([{"ID": "typical", **_TYPICAL, **first.covariates}]))
    many_more = Population(people, seed=_SEED, covariates=dict(first.covariates))

    def runs(regimen: str) -> tuple[xr.Dataset, ...]:
        # a kernel costs ten seconds of compiling, more than a short run of another route than by mouth is worth
        cheap = first.until <= _SHORT and any(dose.route != "oral" for dose in Regimen.parse(regimen).dosing())
        return tuple(
            simulate(
                regimen, assumptions=account, population=who, until=first.until, step=_step(first.until),
                outputs=outputs, engine="batch" if cheap else "auto", progress=False,
            ).data
            for who in (typical_one, many_more)
        )  # fmt: skip

    given = runs(first.regimen)
    beside = runs(first.beside) if first.beside else None
    rows = []
    for one in same:
        read = [read_one(data, one) for data in given]
        if beside is not None:
            read = [above / read_one(below, one) for above, below in zip(read, beside, strict=True)]
        (typical,), many = (SCALES[one.scale](values) for values in read)
        low, high = np.nanquantile(many, BAND) if np.isfinite(many).any() else (np.nan, np.nan)
        evidence = evidence_of(given[0], one.shown.name, **one.labels)
        row = one.observation
        rows.append(
            {
                "observation": row.id,
                "module": row.module,
                "drug": row.drug,
                "metric": row.metric,
                "given": one.regimen,
                "population": row.population,
                "source": row.source,
                "status": row.status,
                "unit": row.unit,
                "observed": one.observed,
                "observed low": row.low,
                "observed high": row.high,
                "account": str(account.name),
                "predicted": typical,
                "5 %": low,
                "95 %": high,
                "use": _use(one, evidence.targets),
                "fold error": max(typical / one.observed, one.observed / typical)
                if typical > 0 and one.observed > 0
                else np.nan,
                "weakest evidence": evidence.weakest,
            }
        )
    return rows


def _step(until: float) -> float:
    return 0.05 if until <= 24 else 0.1 if until <= 200 else 0.5 if until <= 1000 else 2.0


def read_one(data: xr.Dataset, one: Prediction) -> Array:
    """One number for each person."""
    data, name = finished(data)[0], one.shown.name
    if "isomer" in data[name].dims:
        data = data.assign({name: data[name].sum("isomer")})
    above, *below = (
        {dim: labels[min(k, len(labels) - 1)] for dim, labels in one.labels.items()} for k in range(_many(one))
    )
    values = curves(data, name, **above)
    with np.errstate(divide="ignore", invalid="ignore"):
        if below:
            values = np.nan_to_num(values / curves(data, name, **below[0]), nan=0.0, posinf=0.0)
        if one.reading == "share of dose":
            # what was given is in the body or out of it
            values = values / curves(data.assign(amount=data["amount"].sum("compartment")), "amount")[:, -1:]
    return READINGS[one.reading](data["time"].values, values, one.at)


def _many(one: Prediction) -> int:
    return max((len(labels) for labels in one.labels.values()), default=1)


def _use(one: Prediction, targets: Sequence[str]) -> str:
    """Whether the prediction was tuned to this observation or its study, or it is of animals, or was not read."""
    tuned = {name for target in targets for name in named(target)}
    if one.observation.id in tuned:
        return "fitted"
    if one.observation.subject != "human":
        return "animals"
    if one.observation.status != "read":
        return one.observation.status
    sources = {row.source for name, row in ledger().observations.items() if name in tuned}
    return "same study" if one.observation.source in sources else "checked"


def named(target: str) -> set[str]:
    """Names of observations in a text, also those between ``RO001 to RO007``."""
    found: set[str] = set()
    for letters, first, last in _IDS.findall(target):
        found |= {f"{letters}{number:03d}" for number in range(int(first), int(last or first) + 1)}
    return found
