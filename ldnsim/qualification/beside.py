"""Every observation beside what each account predicts for it."""

from __future__ import annotations

import math
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
from ..ledger.assumptions import Assumptions
from ..ledger.evidence import ledger
from ..results.behind import evidence_of
from ..results.over_time import curves
from ..results.provenance import Evidence
from . import pages
from .crowd import Crowd, accounts
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

_IDS = re.compile(r"([A-Z]{1,2})(\d{3})(?: to [A-Z]{1,2}(\d{3}))?")


@dataclass(frozen=True, eq=False)
class Qualification:
    """Observations beside predictions.

    Attributes
    ----------
    table : pandas.DataFrame
        A row for each observation and account: observation, module, drug, metric, what is given, its first dose [mg],
        when or over how long it is read [h], population, source, status, unit, observed, and its spread (a standard
        deviation unless the note of the ledger says otherwise) and limits where the source gives them; account;
        predicted, and the 5th and 95th percentile of people; use (``fitted``, ``same study``, ``animals``,
        ``recalled``, ``checked``); fold error, infinite where both differ in sign; weakest evidence behind the
        prediction; names of the parameters that it depends on.
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
        """Figures by name: predictions against observations, the errors of each account, and one for each topic."""
        return figures(self.table)

    def __str__(self) -> str:
        return pages.words(self)

    def shares(self, *, uses: Sequence[str] = ("checked",), by: Sequence[str] = ("account", "module")) -> pd.DataFrame:
        """Which share of the predictions is within 1.25, 1.5 and 2 times the observation.

        Parameters
        ----------
        uses : sequence of str
            Which observations count, by their use.
        by : sequence of str
            Columns of the table that are told apart.

        Returns
        -------
        pandas.DataFrame
            A row for each account and module, with the number of observations behind it.
        """
        counted = self.table[self.table["use"].isin(uses) & self.table["fold error"].notna()]
        grouped = counted.groupby(list(by), sort=False)["fold error"]
        columns = {f"within {fold:g}-fold": grouped.agg(partial(_within, fold)) for fold in FOLDS}
        return grouped.size().to_frame("observations").assign(**columns).reset_index()


def _within(fold: float, errors: Any) -> float:
    return float((errors <= fold * (1 + 1e-9)).mean())


def qualify(
    chosen: Iterable[Assumptions | str] = (),
    *,
    observations: Sequence[str] = (),
    people: int = 60,
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
    crowd = Crowd.of(wanted, people)
    runs = [list(same) for _, same in groupby(every, key=_run)]
    found = []
    for done, same in enumerate(runs):
        found += _rows(crowd, same)
        if progress is not None:
            progress((done + 1) / len(runs))
    places = {name: place for place, name in enumerate(ledger().observations)}
    names = [one.name for one in wanted]
    found.sort(key=lambda row: (names.index(row["account"]), places[row["observation"]]))
    return Qualification(pd.DataFrame(found), others)


def _run(prediction: Prediction) -> tuple[str, str, bool, tuple[tuple[str, str], ...]]:
    """What predictions of one run share, which lasts as long as the longest; amounts, which are many, are apart."""
    amounts = prediction.shown.name == "amount"
    return prediction.regimen, prediction.beside, amounts, tuple(sorted(prediction.covariates.items()))


def _rows(crowd: Crowd, same: list[Prediction]) -> list[dict[str, Any]]:
    """Rows of the predictions of one run, under every account."""
    given = crowd.run(same[0].regimen, same)
    beside = crowd.run(same[0].beside, same) if same[0].beside else None
    rows = []
    for one in same:
        for account in crowd.accounts:
            read = read_one(crowd.of_account(given, account), one)
            if beside is not None:
                read = read / read_one(crowd.of_account(beside, account), one)
            typical, *many = SCALES[one.scale](read)
            low, high = np.nanquantile(many, BAND) if np.isfinite(many).any() else (np.nan, np.nan)
            evidence = evidence_of(crowd.untreated(account, one.covariates), one.shown.name, **one.labels)
            rows.append(_row(one, account, (float(typical), float(low), float(high)), evidence))
    return rows


def _row(
    one: Prediction, account: Assumptions, predicted: tuple[float, float, float], evidence: Evidence
) -> dict[str, Any]:
    typical, low, high = predicted
    row, (spread, lowest, highest) = one.observation, one.spread
    return {
        "observation": row.id,
        "module": row.module,
        "drug": row.drug,
        "metric": row.metric,
        "given": one.regimen,
        "dose": one.dose,
        "at": one.at,
        "population": row.population,
        "source": row.source,
        "status": row.status,
        "unit": "1" if one.scale == "relative" else row.unit,
        "observed": one.observed,
        "observed spread": spread,
        "observed low": lowest,
        "observed high": highest,
        "account": str(account.name),
        "predicted": typical,
        "5 %": low,
        "95 %": high,
        "use": _use(one, evidence.targets),
        "fold error": _fold(one.observed, typical),
        "weakest evidence": evidence.weakest,
        "depends on": " ".join(evidence.parameters),
    }


def _fold(observed: float, predicted: float) -> float:
    """How many times one is the other; infinite where they differ in sign, missing where nothing was observed."""
    if observed == 0.0:
        return math.nan
    ratio = predicted / observed
    return max(ratio, 1 / ratio) if ratio > 0 else math.inf


def read_one(data: xr.Dataset, one: Prediction) -> Array:
    """One number for each person."""
    data, name = data.sel(time=slice(None, one.until)), one.shown.name
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
