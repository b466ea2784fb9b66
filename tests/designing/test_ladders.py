"""Steps up to a dose, each as high as a limit allows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from ldnsim import InputError, answers, cli, find_ladder, models, simulate

ONE = models.one_compartment(CL=20.0, V=20.0, ka=1.2)
PEAK = "C_central Cmax"
HOW: dict[str, Any] = {"model": ONE, "step": 0.5, "every": "2 days"}


def per_mg() -> float:
    """Highest level on the second day, of one mg a day: what is left of the day before counts."""
    return float(simulate("1 mg daily for 2 days", model=ONE, step=0.5).data["C_central"].max())


def test_each_step_is_as_high_as_the_rise_allows_and_the_next_dose_would_break_it() -> None:
    one = per_mg()
    found = find_ladder("10 mg", PEAK, rise=2.5 * one, by="1 mg", **HOW)
    assert found.table["dose [mg]"].tolist() == [2.0, 4.0, 6.0, 8.0, 10.0]
    highest = found.table[f"highest {PEAK} [mg/L]"].to_numpy()
    assert highest == pytest.approx(one * np.array([2, 4, 6, 8, 10]), rel=1e-3)
    assert (highest <= found.table["allowed"] * (1 + 1e-6)).all()
    assert (found.table["next dose would reach"][:-1] > found.table["allowed"][:-1]).all()
    again = simulate(found.regimen, model=ONE, step=0.5)
    assert again.data["C_central"].sel(time=slice(48, 96)).max() == pytest.approx(highest[1], rel=1e-9)
    assert found.by_day["day"].tolist() == list(range(1, 11))
    assert len(found.plot().axes) == 2


def test_a_limit_that_the_goal_keeps_needs_one_step_and_one_that_it_breaks_names_what_is_reached() -> None:
    one = per_mg()
    found = find_ladder("4 mg", PEAK, limit=f"{4.001 * one * 1000:.6f} ug/L", **HOW)
    assert found.table["dose [mg]"].tolist() == [4.0]
    with pytest.raises(
        InputError, match=r"to: got '4 mg', expected a dose that is reached: 2 mg keeps the limit"
    ) as no:
        find_ladder("4 mg", PEAK, limit=2.2 * one, by="0.5 mg", **HOW)
    assert f"{2.5 * one:.4g}" in no.value.expected
    with pytest.raises(InputError, match=r"already at 1 mg"):
        find_ladder("4 mg", PEAK, limit=0.5 * one, by="1 mg", **HOW)


def test_a_function_reads_the_curves_up_to_the_end_of_each_step() -> None:
    def excess(data: xr.Dataset) -> Any:
        """What a dose does in a body that gets used to it: the highest level over that of the day before."""
        level, time = data["C_central"], data["time"].values
        last = level.isel(time=np.flatnonzero(time >= time[-1] - 24)).max("time")
        before = level.isel(time=np.flatnonzero((time < time[-1] - 24) & (time >= time[-1] - 48)))
        return last - 0.9 * (before.max("time") if before.sizes["time"] else 0.0)

    found = find_ladder("3 mg", excess, limit=1.2 * per_mg(), by="1 mg", **{**HOW, "every": "1 day"})
    # 1 - 0 and 2 - 0.9 are allowed, 3 - 0.9 at once is not
    assert found.table["dose [mg]"].tolist() == [1.0, 2.0, 3.0]


def test_what_cannot_be_climbed_is_refused_by_name() -> None:
    for argument, asked in (
        ("limit", {}),
        ("rise", {"rise": -1}),
        ("rise", {"rise": 0}),
        ("by", {"rise": 1, "by": "20 mg"}),
        ("by", {"rise": 1, "by": 0}),
        ("by", {"rise": 1, "by": "1 ug"}),
        ("every", {"rise": 1, "every": "30 h"}),
        ("start", {"rise": 1, "start": "steady-state"}),
        ("until", {"rise": 1, "until": 5}),
        ("limit", {"limit": "1 h"}),
        ("wanted", {"rise": 1, "wanted": "nothing"}),
    ):  # fmt: skip
        usual: dict[str, Any] = {"wanted": PEAK, "model": ONE, "step": 1}
        with pytest.raises(InputError) as refused:
            find_ladder("10 mg", **(usual | asked))
        assert refused.value.argument == argument


def test_a_rise_from_nothing_needs_an_endpoint_that_has_a_value_without_a_dose() -> None:
    gone = {"gone": answers.hours_until_below("C_central", 0.001)}
    with pytest.raises(
        InputError, match="^rise: got 2, expected an endpoint that has a value without a dose"
    ) as refused:
        find_ladder("4 mg", gone, rise=2, by="1 mg", **HOW)
    assert "gone without a dose: data: got 'no dose'" in str(refused.value)
    # a limit needs none
    assert find_ladder("4 mg", gone, limit="48 h", by="1 mg", **HOW).table["dose [mg]"].iloc[-1] == 4


def test_the_command_line_climbs_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ldnsim.designing.takers.usual_for_many", lambda *_: "batch")
    table = tmp_path / "ladder.csv"
    with pytest.raises(SystemExit) as stop:
        cli.main(["design", "ladder", "2 mg", "--wanted", "ntx Cmax", "--rise", "0.4 ng/mL", "--by", "1 mg", "--every",
                  "1 day", "--csv", str(table)])  # fmt: skip
    assert stop.value.code == 0
    assert "1 then 2 mg, 1 days each" in capsys.readouterr().out
    assert ",".join(map(str, pd.read_csv(table, comment="#"))).startswith(
        "step,from day,to day,dose [mg],highest ntx Cmax [ng/mL]"
    )
