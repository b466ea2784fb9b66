"""Engines for many against the reference engine, over generated regimens, assumptions and people."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ldnsim import Adherence, Population, Regimen, resolve
from ldnsim.engines.leg import STIFF
from ldnsim.ledger.assumptions import Assumptions
from ldnsim.models.naltrexone import VARIABLES
from ldnsim.study.account import Account
from ldnsim.study.study import Study

OF_RANGE = 1e-5
ROUNDING = 1e-9
"""Share of its level below which the range of an output is rounding."""

OUTPUTS = list(VARIABLES)
ROUTES = ["", "base", "liquid", "sublingual", "extended-release", "iv", "iv over 90 min"]


@st.composite
def regimens(draw: st.DrawFn) -> str:
    """Regimens of some days, by any route but the depot."""
    steps = []
    for _ in range(draw(st.integers(1, 2))):
        mg = draw(st.floats(0.05, 60.0).map(lambda x: float(f"{x:.3g}")))
        route, hours = draw(st.sampled_from(ROUTES)), draw(st.sampled_from([8, 12, 24, 36]))
        days = draw(st.integers(2, 4))
        steps.append(f"{mg:g} mg {route} every {hours} h for {days} days")
    clock = draw(st.integers(0, 23))
    steps[0] = steps[0].replace(" every", f" at {clock:02d}:00 every")
    return " then ".join(steps)


assumptions = st.builds(
    Assumptions,
    site=st.sampled_from(["plasma", "pet"]),
    isomers=st.sampled_from(["racemic", "levo", 0.3]),
    tlr4=st.sampled_from(["clinical", "in-vitro", "opioid-mediated", "off"]),
    rebound=st.sampled_from(["popular", "conservative", "off"]),
    exposure=st.sampled_from(["label50", "ldn24", "deep96"]),
)


def run(text: str, chosen: Assumptions, people: Population, engine: str, **changed: float) -> dict[str, NDArray[Any]]:
    regimen = Regimen.parse(text)
    found_for = resolve(chosen).replace({name.replace("__", "."): value for name, value in changed.items()}, "a test")
    account = Account(chosen, found_for, "healthy", "microglia")
    plan = {
        "until": regimen.horizon, "step": 1.0, "at": [], "endotoxin": None, "engine": engine,
        "rtol": 1e-10 if engine == "reference" else 2e-6, "outputs": OUTPUTS, "dtype": "float64",
    }  # fmt: skip
    found = Study(regimen, account, people, plan).chunk(0)
    assert (found["status"] <= STIFF).all()
    return found


def apart(found: dict[str, NDArray[Any]], expected: dict[str, NDArray[Any]]) -> dict[str, float]:
    """Largest difference of each output, relative to its range in each person."""
    gaps = {}
    for name in OUTPUTS:
        spread = np.ptp(expected[name], axis=-1, keepdims=True)
        level = np.abs(expected[name]).max(axis=-1, keepdims=True)
        moved = spread > ROUNDING * level
        gap = np.abs(found[name] - expected[name]) / np.where(moved, spread, 1.0)
        gaps[name] = float(gap.max())
    return {name: gap for name, gap in gaps.items() if gap > OF_RANGE}


@seed(1)
@settings(max_examples=12, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow])
@given(regimens(), assumptions, st.integers(0, 2**32))
def test_batch_engine(text: str, chosen: Assumptions, number: int) -> None:
    people = Population(2, number, adherence=Adherence(miss=0.1, late_sd=1.0))
    assert apart(run(text, chosen, people, "batch"), run(text, chosen, people, "reference")) == {}


@pytest.mark.parametrize("bundle", ["popular", "measured"])
@pytest.mark.parametrize(
    "text", ["4.5 mg at 22:00 daily for 6 days", "50 mg every 8 h for 2 days then 1.5 mg for 3 days"]
)
def test_compiled_engine(bundle: str, text: str) -> None:
    chosen, people = Assumptions.of(bundle), Population(5, 11, adherence=Adherence(miss=0.1, late_sd=1.0))
    found = run(text, chosen, people, "compiled")
    # who was too stiff comes from the reference engine, which proves nothing
    assert not found["status"].any()
    assert apart(found, run(text, chosen, people, "reference")) == {}


def test_compiled_and_batch_engine_over_many_people() -> None:
    chosen, people = Assumptions(), Population(300, 5)
    text = "4.5 mg at 22:00 daily for 7 days"
    assert apart(run(text, chosen, people, "compiled"), run(text, chosen, people, "batch")) == {}


@pytest.mark.parametrize("engine", ["compiled", "batch"])
def test_inhibition_that_saturates_within_seconds_of_a_dose(engine: str) -> None:
    """With a first step of some minutes after each dose, only its first stage would see the inhibition begin."""
    chosen, people, text = Assumptions(), Population(1, 1, variability={}), "50 mg every 4 days for 56 days"
    changed = {"tlr4__ic50": 0.003}
    assert apart(run(text, chosen, people, engine, **changed), run(text, chosen, people, "reference", **changed)) == {}
