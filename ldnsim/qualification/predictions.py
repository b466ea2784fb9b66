"""How an observation of the ledger is predicted: what is given, to whom, and what is read off when."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import NamedTuple

from ..base.errors import LedgerError
from ..dosing.regimen import Regimen
from ..ledger.evidence import Observation, ledger, table
from ..models import DRUGS
from ..results.behind import Shown
from .measures import READINGS, SCALES


class Prediction(NamedTuple):
    """How one observation is predicted.

    Attributes
    ----------
    observation : Observation
        The row of the ledger.
    regimen, beside : str
        What is given, and what else where the two are divided by each other; empty where they are not.
    until : float
        How long the run is [h].
    shown : Shown
        The variable, with its labels; of two analytes ``a/b`` the levels of the one over those of the other.
    reading : str
        A name of `measures.READINGS`.
    at : float
        When, or over how long, the reading is [h]; nan where it needs neither.
    scale : str
        A name of `measures.SCALES`, which takes the reading to what was observed.
    covariates : mapping of str to str
        What is known of the people.
    """

    observation: Observation
    regimen: str
    beside: str
    until: float
    shown: Shown
    reading: str
    at: float
    scale: str
    covariates: Mapping[str, str]

    @property
    def observed(self) -> float:
        """What was observed; where a change was, relative to those who took nothing."""
        assert self.observation.value is not None
        return self.observation.value / self._whole

    @property
    def spread(self) -> tuple[float, float, float]:
        """Spread about it, and its limits, relative to the same; nan where the source gives none."""
        row = self.observation
        if "interquartile" in row.note:  # which is no distance to either side
            row = replace(row, spread=None)
        spread, low, high = (math.nan if one is None else one / self._whole for one in (row.spread, row.low, row.high))
        return spread, low, high

    @property
    def _whole(self) -> float:
        comparator = self.observation.comparator if self.scale == "relative" else 1.0
        assert comparator
        return comparator

    @property
    def dose(self) -> float:
        """The first dose [mg]."""
        return Regimen.parse(self.regimen).dosing()[0].mg

    @property
    def labels(self) -> dict[str, list[str]]:
        """Labels by dimension, each of them a list."""
        return {dim: str(label).split("/") for dim, label in self.shown.labels.items()}


_COLUMNS = ("id", "regimen", "beside", "until", "variable", "labels", "reading", "at", "scale", "covariates", "why_not")


@cache
def predictions() -> tuple[Mapping[str, Prediction], Mapping[str, str]]:
    """Every observation that the model can predict, and why it cannot predict the others.

    Returns
    -------
    predicted : mapping of str to Prediction
        By the name of the observation.
    others : mapping of str to str
        The reason by the name of the observation.

    Raises
    ------
    LedgerError
        If an observation is neither predicted nor has a reason, or a row of the table cannot be used.
    """
    file = files("ldnsim") / "data" / "predictions.csv"
    observations = ledger().observations
    predicted: dict[str, Prediction] = {}
    others = {name: _outside(row) for name, row in observations.items() if _outside(row)}
    for place, cells in table(file, _COLUMNS):
        name = cells["id"]
        if name not in observations or name in predicted:
            raise LedgerError(f"{place}: {name!r} is no observation, or stands here twice")
        others.pop(name, None)
        if cells["why_not"]:
            others[name] = cells["why_not"]
            continue
        if observations[name].value is None or cells["reading"] not in READINGS or cells["scale"] not in SCALES:
            raise LedgerError(f"{place}: {name} has no value, or its reading or scale is not known")
        predicted[name] = Prediction(
            observations[name], cells["regimen"], cells["beside"], float(cells["until"]),
            Shown(cells["variable"], _pairs(cells["labels"])), cells["reading"], float(cells["at"] or "nan"),
            cells["scale"], MappingProxyType(_pairs(cells["covariates"])),
        )  # fmt: skip
    unknown = observations.keys() - predicted.keys() - others.keys()
    if unknown:
        raise LedgerError(f"{file.name}: neither a prediction nor a reason for {', '.join(sorted(unknown))}")
    return MappingProxyType(predicted), MappingProxyType(others)


def _outside(row: Observation) -> str:
    """Why a whole kind of observations cannot be predicted; empty where a row has to say it."""
    for drug in DRUGS:
        if row.drug.startswith(drug):
            return f"{drug}, whose model has checks of its own"
    return "" if row.subject == "human" else f"in {row.subject}; the model is of a person"


def _pairs(text: str) -> dict[str, str]:
    """``"a=b,c=d"`` as a mapping."""
    return dict(pair.split("=") for pair in text.split(",")) if text else {}
