"""Bundle popular: the table of the design, and what comes out of it without being put in."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from ldnsim import Assumptions, Simulation, dose_response, simulate
from ldnsim.ledger.assumptions import BUNDLES
from ldnsim.results.endpoints import hours_blocked, time_mean, window

# mg: hours blocked, peptide mean and peak, receptors, tone, cytokine index; the design's prototype at week 6
TABLE = {
    0.5: (0.0, 1.03, 1.07, 1.13, 1.07, 0.96),
    1.5: (2.1, 1.07, 1.17, 1.24, 1.10, 0.92),
    3.0: (3.9, 1.12, 1.26, 1.32, 1.10, 0.88),
    4.5: (5.0, 1.15, 1.31, 1.38, 1.09, 0.85),
    16.0: (10.9, 1.30, 1.50, 1.55, 0.97, 0.75),
    50.0: (17.5, 1.51, 1.72, 1.67, 0.74, 0.66),
}


@cache
def last_day(mg: float) -> tuple[float, ...]:
    run = simulate(f"{mg:g} mg at 22:00 daily for 6 weeks", step=0.2)
    return read(run)


@cache
def of_the_design(mg: float) -> tuple[float, ...]:
    # the prototype had the label's kinetics, and what was solved for them
    solved = {"receptors.kd": 0.163549, "tlr4.ic50": 0.135372}
    regimen = f"{mg:g} mg at 22:00 daily for 6 weeks"
    return read(simulate(regimen, assumptions="exposure=label50", parameters=solved, step=0.05))


def read(run: Simulation) -> tuple[float, ...]:
    day = window(run.data, 41 * 24.0, 42 * 24.0)
    return (
        hours_blocked(day),
        time_mean(day, "peptide_level", peptide="beta_endorphin"),
        float(day["peptide_level"].sel(peptide="beta_endorphin").max()),
        time_mean(day, "receptor_density", receptor="mor"),
        time_mean(day, "tone"),
        time_mean(day, "cytokine_index"),
    )


@pytest.mark.parametrize("mg", TABLE)
def test_week_6_of_nightly_doses(mg: float) -> None:
    for found, expected in zip(of_the_design(mg), TABLE[mg], strict=True):
        assert found == pytest.approx(expected, rel=0.02, abs=0.005)


def test_one_dose_of_4_5_mg_blocks_five_hours() -> None:
    blocked = hours_blocked(simulate("4.5 mg at 22:00", step=0.02).data)
    assert blocked == pytest.approx(5.0, abs=0.01)
    assert 4.0 <= blocked <= 6.0


def test_residence_time_is_an_hour_and_a_quarter() -> None:
    assert 1 / simulate("4.5 mg", step=1.0).parameters["receptors.koff"].value == pytest.approx(1.25)


def test_less_is_more() -> None:
    for mg in (0.5, 1.5, 3.0, 4.5, 9.0):
        assert last_day(mg)[4] > 1.0
    for mg in (16.0, 50.0):
        assert last_day(mg)[4] < 1.0


def test_the_best_dose_is_a_low_one() -> None:
    tone = dose_response((0.5, 1.5, 3.0, 4.5, 16.0, 50.0)).data["tone"]
    assert 1.5 <= float(tone["dose"][int(tone.values.argmax())]) <= 4.5


def test_conservative_gains_never_lift_the_mean_tone() -> None:
    account = replace(BUNDLES["popular"], rebound="conservative")
    assert (dose_response((0.5, 1.5, 4.5, 16.0, 50.0), assumptions=account).data["tone"] < 1).all()


def test_dextro_alone_reaches_tlr4_and_no_opioid_receptor() -> None:
    run = simulate("4.5 mg daily for 14 days", assumptions=Assumptions(isomers=1.0), step=0.5)
    assert float(run.data["occupancy"].max()) == 0.0
    assert float(abs(run.data["tone"] - 1).max()) == 0.0
    assert float(run.data["cytokine_index"].isel(time=-1)) < 0.9


def test_levo_alone_reaches_no_tlr4_in_the_popular_account() -> None:
    run = simulate("4.5 mg daily for 14 days", assumptions=Assumptions(isomers="levo"), step=0.5)
    assert float(run.data["tlr4_inhibition"].max()) == 0.0
    assert hours_blocked(window(run.data, 0.0, 24.0)) == pytest.approx(5.0, abs=0.05)


def test_opioid_mediated_account_needs_the_rebound() -> None:
    with_rebound = Assumptions(tlr4="opioid-mediated")
    without = Assumptions(tlr4="opioid-mediated", rebound="off")
    fall = [
        1 - float(simulate("4.5 mg daily for 8 weeks", assumptions=a, step=0.5).data["cytokine_index"].isel(time=-1))
        for a in (with_rebound, without)
    ]
    assert fall[0] == pytest.approx(0.15, abs=0.005)
    assert fall[1] == pytest.approx(0.0, abs=1e-9)
