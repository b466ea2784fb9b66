"""Numerics: agreement of methods, invariance, physical range."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings

from ldnsim import Assumptions, Regimen, simulate

from . import strategies

FRACTIONS = ("occupancy", "bound_plasma_site", "functional_block", "tlr4_inhibition", "blocked_share")
ROUNDING = 1e-15


def largest_difference(one: xr.Dataset, other: xr.Dataset) -> dict[str, float]:
    """Largest difference of every variable, relative to its range."""
    found = {}
    for name in one.data_vars:
        a, b = one[name].values, other[name].values
        span = np.ptp(a) or 1.0
        found[str(name)] = float(abs(a - b).max() / span)
    return found


@pytest.mark.parametrize("account", ["popular", "measured"])
@pytest.mark.parametrize("mg", [4.5, 50])
def test_two_methods_agree_over_a_month(account: str, mg: float) -> None:
    text = f"{mg:g} mg at 22:00 daily for 28 days"
    adams_bdf = simulate(text, assumptions=account, step=1.0)
    runge_kutta = simulate(text, assumptions=account, step=1.0, method="DOP853", rtol=1e-9)
    # met-enkephalin lasts minutes and turns a corner twice a day, at which no method of the two ends a step
    assert all(gap < 2e-5 for gap in largest_difference(adams_bdf.data, runge_kutta.data).values())


def test_an_implicit_method_agrees_too() -> None:
    explicit = simulate("200 mg at 08:00 daily for 3 days", step=1.0)
    implicit = simulate("200 mg at 08:00 daily for 3 days", step=1.0, method="Radau", rtol=1e-8)
    # met-enkephalin lasts minutes and turns a corner twice a day, at which no method of the two ends a step
    assert all(gap < 2e-5 for gap in largest_difference(explicit.data, implicit.data).values())


@given(regimen=strategies.regimens, assumptions=strategies.assumptions)
@settings(max_examples=25, deadline=None)
def test_states_stay_in_their_range(regimen: Regimen, assumptions: Assumptions) -> None:
    data = simulate(regimen, assumptions=assumptions, step=2.0).data
    for name in FRACTIONS:
        assert float(data[name].min()) >= -ROUNDING
        assert float(data[name].max()) <= 1.0 + ROUNDING
    for name in ("amount", "concentration", "plasma", "receptor_density", "peptide_level", "mediator_level", "growth",
                 "biophase_fast", "biophase_slow", "tone", "precursor", "activation"):  # fmt: skip
        assert float(data[name].min()) >= 0.0
    assert all(np.isfinite(data[name].values).all() for name in data.data_vars)


@given(assumptions=strategies.assumptions)
@settings(max_examples=15, deadline=None)
def test_no_drug_changes_nothing(assumptions: Assumptions) -> None:
    run = simulate("0 mg at 21:00 daily for 7 days", assumptions=assumptions, step=1.0)
    assert run.data.attrs["baseline_residual"] == 0.0
    assert float(abs(run.data["amount"]).max()) == 0.0
    assert float(run.data["occupancy"].max()) == 0.0
    for name in ("receptor_density", "peptide_level", "precursor", "mediator_level", "activation", "tone"):
        assert float(abs(run.data[name] - 1).max()) < 1e-12
    assert float(abs(run.data["growth"] - 1).max()) < 1e-6


@given(regimen=strategies.regimens)
@settings(max_examples=10, deadline=None)
def test_a_day_later_is_the_same_a_day_later(regimen: Regimen) -> None:
    now = simulate(regimen, until=72.0, step=1.0).data
    later = simulate(regimen.shift(24.0), until=96.0, step=1.0).data.isel(time=slice(24, None))
    np.testing.assert_allclose(later["time"].values - 24, now["time"].values, atol=1e-9)
    for name in now.data_vars:
        scale = max(float(abs(now[name]).max()), 1e-2)
        np.testing.assert_allclose(later[name].values, now[name].values, rtol=0, atol=1e-7 * scale)


def test_clock_decides_the_rhythm_and_little_else() -> None:
    morning = simulate("4.5 mg at 08:00 daily for 7 days", step=1.0).data
    evening = simulate("4.5 mg at 22:00 daily for 7 days", step=1.0).data
    daily = "beta_endorphin_daily"
    assert float(abs(morning[daily] - evening[daily]).max()) > 0.2
    assert float(abs(morning["plasma"] - evening["plasma"]).max()) < 1e-9


def test_untreated_rhythm_is_the_measured_one() -> None:
    # RP062 and RP063: 23 % of the mean, highest at 10:43
    data = simulate("0 mg at 00:00", until=24.0, step=0.05).data
    level = data["beta_endorphin_daily"]
    assert float(level.max()) == pytest.approx(1.23, abs=1e-4)
    assert float(data["clock"][int(level.values.argmax())]) == pytest.approx(10.72, abs=0.05)


def test_both_sides_of_a_dose_differ_by_the_dose() -> None:
    data = simulate("4.5 mg iv at 08:00 daily for 3 days", step=1.0).data
    before = data.isel(time=data["side"].values == -1)
    after = data.isel(time=data["side"].values == 1)
    np.testing.assert_array_equal(before["time"].values, [0.0, 24.0, 48.0])
    np.testing.assert_array_equal(after["time"].values, before["time"].values)
    jump = (after["amount"] - before["amount"].values).sum(("isomer", "compartment"))
    np.testing.assert_allclose(jump.values, 4.5e6 / 377.86, rtol=1e-12)


def test_a_finer_grid_gives_the_same_values() -> None:
    coarse = simulate("4.5 mg daily for 3 days", step=1.0).data
    fine = simulate("4.5 mg daily for 3 days", step=0.25).data
    shared = np.isin(fine["time"].values, coarse["time"].values)
    for name in ("plasma", "occupancy", "tone"):
        np.testing.assert_allclose(fine[name].values[..., shared], coarse[name].values, atol=1e-6)
