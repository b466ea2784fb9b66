"""When: intervals and clock times against closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from ldnsim import Individuals, InputError, Regimen, best_interval, best_time, models, simulate

CL, V, KA = 2.0, 20.0, 1.2
K = CL / V
BOLUS = models.one_compartment(CL=CL, V=V)
ORAL = models.one_compartment(CL=CL, V=V, ka=KA)
PLAN = Regimen(100, every="12 h", doses=2, route="intravenous")


def trough(data: xr.Dataset) -> Any:
    """Level at the end of the last interval."""
    return data["C_central"].isel(time=-1)


def at_seven(data: xr.Dataset) -> Any:
    """Level the first time that the clock shows 07:00."""
    when = (7.0 - data.attrs["clock_start"]) % 24
    return np.array([np.interp(when, data["time"], one) for one in data["C_central"].values])


@settings(max_examples=4)
@given(st.floats(4.0, 40.0))
def test_the_interval_for_a_trough_at_steady_state_is_that_of_exponentials(every: float) -> None:
    target = 100 / V / np.expm1(K * every)
    found = best_interval(PLAN, trough, target, model=BOLUS, start="steady-state", step=1)
    assert found.interval == pytest.approx(every, rel=1e-3)
    again = simulate(found.regimen, model=BOLUS, start="steady-state", step=1)
    assert float(again.data["C_central"][-1]) == pytest.approx(target, rel=1e-3)
    assert found.regimen.phases[0].doses == 2


def test_of_two_intervals_the_longer_is_taken_and_both_are_told() -> None:
    # a day after the second dose most is left of both of them where they are close, or where the second has just come
    ends = {"at 30 h": lambda data: np.array([np.interp(30.0, data["time"], one) for one in data["C_central"].values])}
    found = best_interval(PLAN, ends, 2.0, model=BOLUS, until=60, step=0.5, between=("2 h", "50 h"))
    for every in found.table["interval [h]"]:
        second = np.exp(-K * (30 - every)) if every <= 30 else 0.0
        assert 5 * (np.exp(-K * 30) + second) == pytest.approx(2.0, rel=1e-3)
    assert found.interval == found.table["interval [h]"].max()


def test_the_middle_of_people_counts_or_another_quantile() -> None:
    clearance = np.array([1.0, 2.0, 4.0])
    people = Individuals.of({"ID": [1, 2, 3], "CL": clearance})
    for quantile, slowest in ((0.5, 2.0), (0.0, 4.0)):
        found = best_interval(
            PLAN, trough, 1.0, model=BOLUS, start="steady-state", step=2, population=people, quantile=quantile
        )
        assert found.interval == pytest.approx(np.log(6) / (slowest / V), rel=1e-3)
    assert "quantile over people" in str(found)
    assert found.runs[f"{found.interval:g} h"].data.sizes["person"] == 3


def test_the_best_clock_time_is_the_wanted_hour_less_the_time_of_the_peak() -> None:
    found = best_time("100 mg at 22:00", at_seven, "highest", model=ORAL, until=24)
    peak = np.log(KA / K) / (KA - K)
    assert abs((found.regimen.clock + peak - 7.0 + 12) % 24 - 12) <= 10 / 60
    again = simulate(found.regimen, model=ORAL, until=24)
    assert at_seven(again.data.expand_dims("person"))[0] == pytest.approx(found.value, rel=1e-9)
    assert found.table[found.table["best"]]["time"].tolist() == [found.clock]
    assert found.table["at_seven"].max() == pytest.approx(found.value, rel=1e-6)
    figure = found.plot()
    assert figure.axes[0].get_xlabel() == "Clock time of the dose"


def test_what_cannot_be_timed_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="depends on the clock time; it is"):
        best_time("100 mg", "C_central Cmax", model=ORAL, step=2)
    with pytest.raises(InputError, match="best"):
        best_time("100 mg", at_seven, "good", model=ORAL)
    with pytest.raises(InputError, match="quantile"):
        best_time("100 mg", at_seven, quantile=2, model=ORAL)
    with pytest.raises(InputError, match="regimen"):
        best_interval("100 mg", trough, 1.0, model=BOLUS)
    with pytest.raises(InputError, match="between"):
        best_interval(PLAN, trough, 1.0, model=BOLUS, between=("12 h", "6 h"))
    with pytest.raises(InputError, match=r"reaches: from .* at 48 h to .* at 3 h.*between="):
        best_interval(PLAN, trough, 1000.0, model=BOLUS, start="steady-state", step=2)
    assert best_interval(PLAN, trough, 1.0, model=BOLUS, start="steady-state", step=2).plot().axes
