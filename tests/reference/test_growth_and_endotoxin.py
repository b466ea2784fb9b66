"""The growth factor's paradox and the endotoxin challenge, against published figures."""

from __future__ import annotations

import numpy as np
import pytest

from ldnsim import Assumptions, Endotoxin, InputError, resolve, simulate
from ldnsim.results.endpoints import growth_by_blocked_share


def test_growth_against_share_of_the_day_blocked() -> None:
    growth = growth_by_blocked_share([0.0, 0.2, 1.0], resolve("popular")).values
    assert growth[0] == pytest.approx(1.0, abs=1e-5)
    assert 0.51 <= growth[1] <= 0.53
    assert growth[2] == pytest.approx(1.37, abs=0.005)


def test_growth_refuses_more_than_all_day() -> None:
    with pytest.raises(InputError, match=r"shares: got 1\.2"):
        growth_by_blocked_share([1.2], resolve("popular"))


def test_endotoxin_raises_cytokines_as_in_volunteers() -> None:
    # K016: TNF and IL-6 peak at about 2 h and are back by 4 to 6 h
    run = simulate("0 mg", until=24.0, step=0.01, endotoxin=Endotoxin(time=0.0, peak=100.0))
    for mediator in ("tnf", "il6"):
        level = run.data["mediator_level"].sel(mediator=mediator).values - 1
        time = run.data["time"].values
        assert 1.9 <= time[level.argmax()] <= 2.1
        assert level[np.searchsorted(time, 6.0)] < 0.12 * level.max()
    assert float(run.data["endotoxin_drive"].max()) == pytest.approx(100.0, rel=1e-4)


def test_full_inhibition_stops_the_challenge_along_both_branches() -> None:
    strong = {"tlr4.ic50": 1e-6}
    free = simulate("4.5 mg", until=12.0, endotoxin=Endotoxin(2.0, 50.0))
    held = simulate("4.5 mg", until=12.0, endotoxin=Endotoxin(2.0, 50.0), parameters=strong)
    peak = [float(run.data["mediator_level"].sel(mediator="tnf").max()) for run in (free, held)]
    assert peak[1] < 1.1 < peak[0]


def test_spared_nfkb_leaves_il1b_to_the_challenge() -> None:
    account = Assumptions(tlr4="in-vitro")
    levels = [
        simulate("4.5 mg", until=12.0, assumptions=account, endotoxin=Endotoxin(2.0, 50.0), parameters=changes)
        .data["mediator_level"]
        .sel(mediator="il1b")
        .max()
        for changes in ({}, {"tlr4.ic50": 1e-6})
    ]
    assert float(levels[1]) == pytest.approx(float(levels[0]), rel=1e-6)
