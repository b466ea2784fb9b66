"""Small tables, and what one compartment does with a dose, written down independently of the library."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from ldnsim import EventTable, models, simulate
from ldnsim.models import Model

CL, V, KA = 2.0, 20.0, 1.2
K = CL / V
PLAIN = models.one_compartment(CL=CL, V=V)
ORAL = models.one_compartment(CL=CL, V=V, ka=KA)


def table(*rows: Any, **options: Any) -> EventTable:
    """A table of subject 1, EVID inferred unless a row says it."""
    frame = pd.DataFrame([{"ID": 1, **row} for row in rows])
    if "EVID" in frame:
        dosed = frame.get("AMT", pd.Series(0.0, frame.index)).fillna(0) > 0
        frame["EVID"] = frame["EVID"].where(frame["EVID"].notna(), dosed.astype(int))
    return EventTable.of(frame, **options)


def run(model: Model, *rows: Any, **options: Any) -> pd.DataFrame:
    """What the observation rows show."""
    return simulate(table(*rows, **options), model=model).rows()


def amounts(model: Model, *rows: Any, **options: Any) -> list[float]:
    """The central amount at each observation row."""
    return [float(value) for value in run(model, *rows, **options)["A_central"]]


def bolus(since: float, dose: float = 100.0) -> float:
    """What is left of a bolus after some time; nothing before."""
    return dose * float(np.exp(-K * since)) if since >= 0 else 0.0


def oral(since: float, dose: float = 100.0) -> float:
    """What an absorbed dose leaves in the central compartment."""
    return dose * KA / (KA - K) * float(np.exp(-K * since) - np.exp(-KA * since)) if since >= 0 else 0.0


def infusion(since: float, rate: float, duration: float) -> float:
    """What an infusion leaves in the central compartment."""
    if since < 0:
        return 0.0
    running = min(since, duration)
    return rate / K * float(1 - np.exp(-K * running)) * float(np.exp(-K * (since - running)))


def close(expected: Any) -> Any:
    """Equal to 1e-10, relative and absolute."""
    return pytest.approx(expected, rel=1e-10, abs=1e-10)
