"""Steady states of the full model against 250 doses, and of a regimen against its table."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ldnsim import EventTable, InputError, Regimen, SolverError, simulate

DOSES = 250
COLLECT = ("urine_ntx", "urine_bnx6", "other")


def compared(frame: pd.DataFrame) -> pd.DataFrame:
    """States and outputs, without what only collects since the start."""
    names = [name for name in frame.columns if name.startswith(("A_", "C_")) or name.islower()]
    return frame[[name for name in names if not name.endswith(COLLECT)]].reset_index(drop=True)


@cache
def table(waited: bool, infused: bool, evid: int = 1) -> pd.DataFrame:
    """Rows at 0, 1 and 20 h after a dose at steady state."""
    start = DOSES * 24.0 if waited else 0.0
    dose: dict[str, Any] = {"ID": 1, "TIME": 0.0, "EVID": evid, "AMT": 4.5, "II": 24.0, "CMT": "oral"}
    dose |= {"ADDL": DOSES} if waited else {"SS": 1}
    if infused:
        dose |= {"RATE": 0.15, "CMT": "intravenous"}
    rows = [dose, *({"ID": 1, "TIME": start + hours, "EVID": 0} for hours in (0.0, 1.0, 20.0))]
    return simulate(EventTable.of(pd.DataFrame(rows))).rows()


def agree(found: pd.DataFrame, expected: pd.DataFrame, tolerance: float) -> None:
    found, expected = compared(found), compared(expected)
    assert list(found.columns) == list(expected.columns)
    for name in found.columns:
        scale = max(float(expected[name].abs().max()), 1e-12)
        np.testing.assert_allclose(found[name], expected[name], rtol=0, atol=tolerance * scale, err_msg=name)


@pytest.mark.parametrize("evid", [1, 4])
def test_ss_equals_250_oral_doses_with_lag(evid: int) -> None:
    agree(table(waited=False, infused=False, evid=evid), table(waited=True, infused=False), 1e-6)


def test_ss_equals_250_infusions_longer_than_their_interval() -> None:
    # 4.5 mg at 0.15 mg/h lasts 30 h, every 24 h
    agree(table(waited=False, infused=True), table(waited=True, infused=True), 1e-6)


def test_a_regimen_from_steady_state_is_its_table_at_steady_state() -> None:
    run = simulate("4.5 mg at 22:00 daily for 1 day", start="steady-state", at=[1.0, 20.0])
    rows = table(waited=False, infused=False)
    tone = run.data["tone"].drop_duplicates("time", keep="last").sel(time=[0.0, 1.0, 20.0])
    np.testing.assert_allclose(tone, rows["effects_tone"], rtol=1e-6)
    assert run.data.attrs["steady_state_residual"] <= 1e-9
    assert "from steady state" in run.data.attrs["regimen"]


@pytest.mark.parametrize("text", ["4.5 mg at 08:00 every other day", "1.5 mg at 06:00 every 8 h", "4.5 mg every 18 h"])
@pytest.mark.parametrize("account", ["popular", "measured"])
def test_steady_state_comes_back_after_whole_days(text: str, account: str) -> None:
    # at 18 h the clock shows the same hour only after four doses
    span = 72.0 if "18 h" in text else 48.0
    run = simulate(text + " for 12 days", start="steady-state", assumptions=account, until=span, step=span)
    first, last = run.data.isel(time=0), run.data.isel(time=-1)
    last = run.data.isel(time=-2) if int(last["side"]) > 0 else last
    for name in ("tone", "occupancy", "peptide_level", "mediator_level", "receptor_density"):
        np.testing.assert_allclose(last[name], first[name], rtol=1e-6, atol=1e-9)


def test_days_of_a_week_are_one_steady_state() -> None:
    plan = Regimen.weekdays("4.5 mg", "mon wed fri", weeks=2)
    run = simulate(plan, start="steady-state", until="1 week", step=1.0)
    first, last = run.data.isel(time=0), run.data.sel(time=168.0)
    last = last.isel(time=0) if "time" in last.dims else last
    np.testing.assert_allclose(last["tone"], first["tone"], rtol=1e-6)
    np.testing.assert_allclose(last["plasma"], first["plasma"], rtol=1e-6)


def test_infusions_of_the_past_still_run() -> None:
    plan = Regimen("10 mg", every="daily", duration="3 days", route="iv", over="24 h")
    run = simulate(plan, start="steady-state", until="1 day", step=1.0)
    # one after the other without a gap: a constant infusion
    ntx = run.data["plasma"].sel(analyte="ntx").values
    np.testing.assert_allclose(ntx, ntx[0], rtol=1e-8)


def test_what_has_no_steady_state_is_refused() -> None:
    with pytest.raises(InputError, match="start: got 'steady-state'"):
        simulate("4.5 mg once", start="steady-state")
    with pytest.raises(InputError, match="at one interval"):
        simulate("4.5 mg daily plus 1 mg every 8 h", start="steady-state")
    with pytest.raises(SolverError, match="comes? back to the same hour"):
        simulate("4.5 mg every 7.01 h for 3 days", start="steady-state")
    with pytest.raises(SolverError, match="no steady state"):
        simulate("4.5 mg daily for 3 days", start="steady-state", parameters={"pk.clm": 0, "pk.clrm": 0})
