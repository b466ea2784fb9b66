"""Kinetics: published exposure, the exact solution, superposition, mass balance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from ldnsim import Assumptions, Regimen, resolve, simulate
from ldnsim.base.units import amount
from ldnsim.dosing.regimen import ROUTES
from ldnsim.engines.events import Jump
from ldnsim.model import Parameters
from ldnsim.models.naltrexone import naltrexone
from ldnsim.noncompartmental import Exposure, exposure
from ldnsim.results.endpoints import window
from ldnsim.study.person_run import Simulation

from ..walking import entering, kinetics, of_isomer
from . import strategies


def plasma(run: Simulation, analyte: str) -> Exposure:
    curve = run.data["plasma"].sel(analyte=analyte)
    return exposure(curve["time"].values, curve.values)


def test_50_mg_gives_the_exposure_of_the_label() -> None:
    run = simulate("50 mg once", assumptions="exposure=label50", until="7 d", step=0.05)
    ntx, bnx6 = plasma(run, "ntx"), plasma(run, "bnx6")
    assert ntx.cmax == pytest.approx(8.58, rel=0.01)
    assert ntx.tmax == pytest.approx(1.0, abs=0.06)
    assert ntx.aucinf_obs == pytest.approx(30.0, rel=0.01)
    assert ntx.half_life == pytest.approx(4.0, rel=0.01)
    assert bnx6.cmax == pytest.approx(99.3, rel=0.01)
    assert bnx6.tmax == pytest.approx(1.1, abs=0.06)
    assert bnx6.aucinf_obs == pytest.approx(680, rel=0.01)
    assert bnx6.half_life == pytest.approx(13.0, rel=0.01)


def test_the_default_lies_between_the_two_studies_it_was_fitted_to() -> None:
    # per 50 mg: 40.7 (PO002) and 65.5 ng*h/mL (PO026, PO030); its last half-life is Licko's (PP026, PP027)
    ntx = plasma(simulate("50 mg once", until="7 d", step=0.05), "ntx")
    assert 40.7 < ntx.aucinf_obs < 64.7
    assert 12.2 < ntx.cmax < 16.6
    assert 9.4 < ntx.half_life < 11.0


def test_4_5_mg_scales_with_the_dose_and_ldn24_with_its_bioavailability() -> None:
    label = simulate("4.5 mg once", assumptions="exposure=label50", step=0.05)
    assert plasma(label, "ntx").cmax == pytest.approx(0.772, rel=0.01)
    assert plasma(label, "bnx6").cmax == pytest.approx(8.94, rel=0.01)
    low_dose = simulate("4.5 mg once", assumptions=Assumptions(exposure="ldn24"), step=0.05)
    assert plasma(low_dose, "ntx").cmax == pytest.approx(1.096, rel=0.01)


def test_ldn24_reproduces_the_2_4_mg_solution_of_johnson() -> None:
    # PO001 and PO002: the study from which the preset's bioavailability was taken
    run = simulate("2.4 mg once", assumptions=Assumptions(exposure="ldn24"), until="7 d", step=0.05)
    assert plasma(run, "ntx").cmax == pytest.approx(0.584, rel=0.02)
    assert plasma(run, "ntx").auclast == pytest.approx(1.954, rel=0.06)


def test_deep96_ends_in_a_phase_of_96_hours() -> None:
    run = simulate("100 mg once", assumptions=Assumptions(exposure="deep96"), until="30 d", step=0.5)
    assert plasma(run, "ntx").half_life == pytest.approx(95.9, rel=0.01)


def test_6bn_in_urine_agrees_with_recovery() -> None:
    # PO023: 25 % of the dose within 48 h, and PO063: little naltrexone
    run = simulate("50 mg once", until=48.0)
    out = run.data["amount"].sum("isomer").isel(time=-1) / amount(50.0, 377.86)
    assert float(out.sel(compartment="urine_bnx6")) == pytest.approx(0.25, abs=0.03)
    assert float(out.sel(compartment="urine_ntx")) < 0.012


def test_depot_gives_three_to_four_times_the_exposure_of_daily_tablets() -> None:
    # PO096 and PO097, over 28 days
    depot = simulate("380 mg depot once", assumptions="exposure=label50", until="28 d", step=0.5)
    tablets = simulate("50 mg daily for 28 days", assumptions="exposure=label50", step=0.5)
    assert 3.0 < plasma(depot, "ntx").auclast / plasma(tablets, "ntx").auclast < 4.0


@given(regimen=strategies.regimens, assumptions=strategies.assumptions)
@settings(max_examples=25, deadline=None)
def test_engine_agrees_with_the_exact_solution_and_loses_nothing(regimen: Regimen, assumptions: Assumptions) -> None:
    run = simulate(regimen, assumptions=assumptions, step=1.0)
    p = run.parameters.fill(Parameters)
    model = naltrexone(run.parameters, regimen.clock)
    jumps = [
        jump for dose in regimen.dosing() for jump in entering(model, run.parameters, dose) if isinstance(jump, Jump)
    ]
    end = float(run.data["time"].values[-1])
    given_so_far = np.zeros(run.data.sizes["time"])
    for isomer, first in (("levo", "levo.depot"), ("dextro", "dextro.depot")):
        exact = kinetics(p.pk, of_isomer(jumps, first), np.arange(int(end) + 1.0), end)
        np.testing.assert_array_equal(exact.time, run.data["time"].values)
        np.testing.assert_array_equal(exact.side, run.data["side"].values)
        found = run.data["amount"].sel(isomer=isomer).values
        scale = max(float(jump.amount) for jump in jumps)
        np.testing.assert_allclose(found, exact.states, rtol=0, atol=1e-7 * scale)
        given_so_far += exact.states.sum(axis=0)
    total = run.data["amount"].sum(("isomer", "compartment")).values
    time, side = run.data["time"].values, run.data["side"].values
    dosed = np.zeros(len(time))
    for jump in jumps:
        dosed += jump.amount * ((time > jump.time) | ((time == jump.time) & (side > 0)))
    np.testing.assert_allclose(total, dosed, rtol=0, atol=1e-9 * max(dosed.max(), 1e-300))


def test_doses_superpose() -> None:
    single = simulate("4.5 mg at 22:00", until=96.0, step=1.0)
    triple = simulate("4.5 mg at 22:00 every 24 h for 3 doses", until=96.0, step=1.0)
    alone = single.data.isel(time=single.data["side"].values == 0)
    hour = alone["time"].values
    levels = alone["concentration"].values
    expected = levels.copy()
    for later in (24, 48):
        expected[..., later:] += levels[..., : len(hour) - later]
    together = triple.data.isel(time=triple.data["side"].values == 0)
    np.testing.assert_array_equal(together["time"].values, hour)
    np.testing.assert_allclose(together["concentration"].values, expected, rtol=0, atol=1e-8 * expected.max())


def test_split_dose_is_the_whole_dose() -> None:
    whole = simulate("4.5 mg at 22:00", step=1.0)
    halves = simulate("2.25 mg at 22:00 plus 2.25 mg at 22:00", step=1.0)
    difference = whole.data["concentration"].values - halves.data["concentration"].values
    assert abs(difference).max() <= 1e-9 * whole.data["concentration"].values.max()


@pytest.mark.parametrize("route", ROUTES)
def test_every_route_delivers_what_can_reach_the_blood(route: str) -> None:
    run = simulate(Regimen("10 mg", route=route, salt="hcl"), until="200 d", step=24.0)
    f, fa = run.parameters["pk.f"].value, run.parameters["pk.fa"].value
    mucosal, whole = (run.parameters[name].value for name in ("dose.f_mucosal", "dose.f_er"))
    swallowed = {"oral": f, "liquid": f, "extended_release": whole * f, "sublingual": mucosal + (1 - mucosal) * f}
    reaches = swallowed.get(route, 1.0)
    # what reached the blood left it by clearance, a known share of it in urine
    cleared_in_urine = run.parameters["pk.clr"].value / run.parameters["pk.cl"].value
    excreted = run.data["amount"].sum("isomer").isel(time=-1).sel(compartment="urine_ntx") / amount(10.0, 377.86)
    assert float(excreted) == pytest.approx(reaches * cleared_in_urine, rel=1e-6)
    assert 0 < reaches <= max(fa, 1.0)


def test_depot_peaks_twice_and_falls_with_its_release() -> None:
    run = simulate("380 mg depot once", until="60 d", step=0.25)
    level = run.data["plasma"].sel(analyte="ntx")
    early = window(run.data, 0.0, 12.0)["plasma"].sel(analyte="ntx")
    assert 0.5 < float(early["time"][int(early.values.argmax())]) < 4.0
    assert 36 < float(level["time"][int(level.values.argmax())]) < 84
    # PO089 and PO090: 5 to 7 days
    assert 5 < exposure(level["time"].values, level.values).half_life / 24 < 7


def test_extended_release_peaks_later_than_a_capsule() -> None:
    # PO006: Tmax 2 h, which was in sight when the release rate PP090 was chosen
    ntx = plasma(simulate("16 mg extended-release once", step=0.05), "ntx")
    assert 1.5 < ntx.tmax < 2.6


def test_parameters_of_the_exact_solution_are_those_of_the_run() -> None:
    assert resolve("popular").fill(Parameters).pk == simulate("1 mg", step=1.0).parameters.fill(Parameters).pk
