"""Pictures of answers, claims, designs, sensitivity and fits: no text over another or past the page, at any size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import ldnsim as ldn
from ldnsim import models

from .test_layout_of_figures import EVIDENCE, check

ONE = models.one_compartment(CL=2.0, V=20.0, ka=1.2)
PEAK = "C_central Cmax"
LEVEL = {
    "highest level of the drug in the blood": lambda data: data["C_central"].max("time"),
    "level at the end of the run": lambda data: data["C_central"].isel(time=-1),
}


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    plt.close("all")


@cache
def night() -> Any:
    return ldn.simulate("4.5 mg at 22:00 daily for 5 days", step=1.0)


@cache
def people() -> Any:
    return ldn.simulate("4.5 mg at 22:00", population=ldn.Population(30, seed=1), engine="batch", step=2.0)


@cache
def runs() -> Any:
    few = ldn.Population(3, seed=1)
    return {
        name: ldn.simulate(f"{name} at 22:00", population=few, engine="batch", step=2.0)
        for name in ("1.5 mg", "4.5 mg")
    }


def at_seven(data: Any) -> Any:
    """Level the first time that the clock shows 07:00."""
    when = (7.0 - data.attrs["clock_start"]) % 24
    return np.array([np.interp(when, data["time"], one) for one in data["C_central"].values])


def a_claim(**about: Any) -> Any:
    one = ldn.Claim(
        "mine",
        "The highest level is higher than 2.",
        "4.5 mg at 22:00",
        ["plasma"],
        ["ntx Cmax"],
        until=24.0,
        step=1.0,
        **about,
    )
    return ldn.claim(one, n=16, engine="batch")


@cache
def a_fit() -> Any:
    times = np.array([0.5, 1.0, 2.0, 4.0, 8.0, 12.0])
    rows = ldn.simulate("100 mg", model=ONE, until=13, step=0.5).data["C_central"].drop_duplicates("time", keep="last")
    level = rows.sel(time=times).values * np.array([1.1, 0.95, 1.0, 1.05, 0.92, 1.08])
    frames = [
        pd.DataFrame({
            "ID": who, "TIME": [0.0, *times], "AMT": [100.0] + [0.0] * len(times), "DV": [np.nan, *(share * level)],
            "EVID": [1] + [0] * len(times),
        })
        for who, share in ((1, 1.0), (2, 1.3), (3, 0.8))
    ]  # fmt: skip
    return ldn.fit(pd.concat(frames), model=ONE, parameters=["CL", "V"], unit="mg/L")


@cache
def found(kind: str) -> Any:
    how: dict[str, Any] = {"model": ONE}
    over: dict[str, Any] = {"until": 6, "step": 1, "engine": "batch"}
    makers: dict[str, Callable[[], Any]] = {
        "windows of days": lambda: ldn.windows(night()),
        "windows of a few": lambda: ldn.windows(runs()),
        "windows of many": lambda: ldn.windows(people()),
        "rebound": lambda: ldn.rebound(night()),
        "rebound of several": lambda: ldn.rebound(runs()),
        "washout": lambda: ldn.washout("100 mg", "0.1 mg/L", model=ONE, population=1),
        "agonist left": lambda: ldn.agonist_left(
            "50 mg daily for 3 days", "morphine", "20 nM", tau=10, population=1, accounts="popular"
        ),
        "claim": lambda: a_claim(holds=lambda found: found["ntx Cmax"] > 2),
        "claim of doses": lambda: a_claim(holds=lambda found: found["ntx Cmax"][:, -1] > 2, doses=[1.5, 3.0, 4.5]),
        "dose": lambda: ldn.find_dose("100 mg", PEAK, 2.0, **how),
        "doses": lambda: ldn.find_dose(
            "100 mg", PEAK, 2.0, population=ldn.Individuals.of({"CL": [1.5, 2.0, 3.0]}), **how
        ),
        "interval": lambda: ldn.best_interval("100 mg daily for 5 days", PEAK, 4.0, **how),
        "time": lambda: ldn.best_time("100 mg at 22:00", {"level at 07:00": at_seven}, until=24, step=1, **how),
        "ladder": lambda: ldn.find_ladder("10 mg", PEAK, limit="1 mg/L", by="1 mg", **how),
        "front": lambda: ldn.pareto("10 mg", LEVEL, ["lowest", "highest"], doses=[5, 7, 10], **how),
        "elasticities": lambda: ldn.elasticities("4.5 mg at 22:00", ["ntx Cmax"], **over),
        "morris": lambda: ldn.morris("4.5 mg at 22:00", ["ntx Cmax"], n=4, **over),
        "sobol": lambda: ldn.sobol("4.5 mg at 22:00", ["ntx Cmax"], ["pk.ka", "pk.f"], n=16, **over),
        "discriminate": lambda: ldn.discriminate(["popular", "measured"], "4.5 mg at 22:00", until=24, step=1),
        "profiles": lambda: ldn.nca(runs()["4.5 mg"]),
    }
    return makers[kind]()


KINDS = (
    "windows of days",
    "windows of a few",
    "windows of many",
    "rebound",
    "rebound of several",
    "washout",
    "agonist left",
    "claim",
    "claim of doses",
    "dose",
    "doses",
    "interval",
    "time",
    "ladder",
    "front",
    "elasticities",
    "morris",
    "sobol",
    "discriminate",
    "profiles",
    "fit",
    "observed",
    "residuals",
    "likelihood",
)


def drawn(kind: str) -> Any:
    if kind in ("fit", "observed", "residuals"):
        return a_fit().plot(kind)
    if kind == "likelihood":
        return a_fit().profile().plot()
    return found(kind).plot()


@pytest.mark.parametrize(
    ("kind", "size"), [*((kind, 24) for kind in KINDS), *((kind, 8) for kind in ("rebound", "claim", "morris", "fit"))]
)
def test_no_text_lies_over_another_or_past_the_page(kind: str, size: float) -> None:
    with plt.rc_context({"font.size": size}):
        # likelihood profiles are of a user's own data
        check(drawn(kind), ("Straight where",) if kind == "likelihood" else EVIDENCE)
