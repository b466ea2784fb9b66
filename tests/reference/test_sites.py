"""Where the drug acts, and the growth factor: closed forms, limits and what the sources say."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from ldnsim import simulate
from ldnsim.results.endpoints import time_mean, window

NIGHTS = "4.5 mg at 22:00 daily for 10 days"


def last_day(data: xr.Dataset) -> xr.Dataset:
    return window(data, 9 * 24.0 - 2, 10 * 24.0 - 2)


def test_the_gut_is_held_more_while_a_dose_is_absorbed_and_as_the_periphery_otherwise() -> None:
    swallowed, injected = (simulate(f"4.5 mg{way}", step=0.1).data["site_occupancy"] for way in ("", " iv"))
    gap = swallowed.sel(site="gut") - swallowed.sel(site="periphery")
    assert float(gap.sel(time=slice(0.2, 3)).min()) > 0.05
    assert float(abs(gap.sel(time=slice(22, 24))).max()) < 1e-3
    assert float(abs(injected.sel(site="gut") - injected.sel(site="periphery")).max()) < 1e-12


def test_outside_the_brain_an_infusion_holds_level_over_level_plus_kd() -> None:
    # no peptide beside it, and no metabolite: binding of one drug at equilibrium
    changes = {"receptors.xe0": 0, "receptors.w_bnx6_outside": 0}
    run = simulate("50 mg iv over 48 h once", parameters=changes, until=48, step=1.0)
    free = 0.79 * run.data["concentration"].sel(isomer="levo", analyte="ntx").isel(time=-1)  # RP090
    held = run.data["site_occupancy"].sel(site="periphery").isel(time=-1)
    assert float(held) == pytest.approx(float(free / (free + 1.15)), rel=1e-6)  # RP001
    assert 0.1 < float(held) < 0.9


def test_the_metabolite_acts_outside_the_brain_and_hardly_in_it() -> None:
    # RP081 and RP082: a hundredth of the potency in the brain, half of it outside
    usual, without = (
        simulate(NIGHTS, assumptions="measured", parameters=changes, step=0.5).data
        for changes in ({}, {"receptors.w_bnx6_outside": 0, "receptors.w_bnx6_pet": 0})
    )
    fall = {
        site: 1 - time_mean(last_day(without), "site_occupancy", site=site)
        / time_mean(last_day(usual), "site_occupancy", site=site)
        for site in ("brain", "periphery")
    }  # fmt: skip
    assert fall["brain"] < 0.1
    assert fall["periphery"] > 0.5


def test_tone_outside_the_brain_stays_below_normal_where_that_of_the_brain_rises() -> None:
    day = last_day(simulate(NIGHTS, step=0.5).data)
    assert time_mean(day, "site_tone", site="brain") > 1
    assert time_mean(day, "site_tone", site="periphery") < 1
    assert time_mean(day, "site_tone", site="gut") < time_mean(day, "site_tone", site="periphery")


def test_the_growth_factor_s_receptor_is_held_as_mu_is_where_the_account_says_so() -> None:
    popular, measured = (simulate("4.5 mg", assumptions=account, step=0.5).data for account in ("popular", "measured"))
    # 1 in the one (LM042), 300 in the other (LM043); binding competes with peptide in both
    np.testing.assert_allclose(popular["ogfr_held"], popular["occupancy"].sel(receptor="mor"), rtol=1e-6, atol=1e-12)
    odds = {name: held / (1 - held) for name, held in (
        ("mu", measured["occupancy"].sel(receptor="mor")), ("ogfr", measured["ogfr_held"])
    )}  # fmt: skip
    np.testing.assert_allclose(odds["mu"].values[5:] / odds["ogfr"].values[5:], 300, rtol=1e-6)


def test_growth_and_lymphocytes_fall_under_part_time_block_and_rise_under_lasting_block() -> None:
    part, whole = (last_day(simulate(f"{mg} mg at 22:00 daily for 10 days", step=0.5).data) for mg in (4.5, 200))
    for name in ("growth", "lymphocytes"):
        assert time_mean(part, name) < 1 < time_mean(whole, name)
    # RP108: up to 43 % fewer lymphocytes, of which the untreated person already has 27 % (RP103)
    assert float(part["lymphocytes"].min()) == pytest.approx((1 - 0.43) / (1 - 0.27), rel=1e-6)


def test_low_growth_factor_in_multiple_sclerosis_lets_lymphocytes_begin_above_normal() -> None:
    # 27 % held back (RP103) by six tenths of the factor (B007)
    data = simulate("0 mg", condition="multiple-sclerosis", step=1.0).data
    assert float(data["lymphocytes"].isel(time=-1)) == pytest.approx((1 - 0.27 * 0.6) / (1 - 0.27), rel=1e-6)
    assert float(data["growth"].isel(time=-1)) == pytest.approx(1.0, rel=1e-6)


def test_nothing_makes_anyone_respond_where_no_pain_falls() -> None:
    outcomes = simulate("4.5 mg daily for 14 days", assumptions="measured", step=2.0).outcomes()
    assert np.isnan(float(outcomes["responder_probability"]))
    assert "no fall of pain" in outcomes["responder_probability"].attrs["missing"]
