"""Regimens in the model: infusions, missed doses, and decisions taken at each dose."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from ldnsim import InputError, Regimen, resolve, simulate
from ldnsim.engines.events import Infuse, Jump, Past
from ldnsim.models.naltrexone import naltrexone
from ldnsim.study.intakes import Moment, steady_start, taken

from ..walking import entering

TYPICAL = resolve("popular")
MODEL = naltrexone(TYPICAL, 22.0)


def test_an_oral_dose_enters_both_isomers_after_the_lag() -> None:
    (dose,) = Regimen("4.5 mg").dosing()
    events = entering(MODEL, TYPICAL, dose)
    lag = resolve("popular")["dose.lag"].value
    assert [type(event) for event in events] == [Jump, Jump]
    assert {event.time for event in events} == {lag}
    # 4.5 mg of hydrochloride are 11.909 umol, half of each isomer
    assert sum(event.size for event in events) == pytest.approx(11909.17, rel=1e-5)
    assert events[0].size == events[1].size


def test_an_infusion_brings_the_same_amount_over_its_time() -> None:
    (dose,) = Regimen("4.5 mg", route="iv", over="30 min").dosing()
    infusions = [event for event in entering(MODEL, TYPICAL, dose) if isinstance(event, Infuse)]
    assert {event.stop for event in infusions} == {0.5}
    assert sum(event.rate for event in infusions) * 0.5 == pytest.approx(11909.17, rel=1e-5)


def test_infused_and_injected_doses_have_the_same_exposure() -> None:
    at_once = simulate("10 mg iv", until="5 days", step=0.5)
    infused = simulate("10 mg iv over 3 h", until="5 days", step=0.5)
    left = [
        float(run.data["amount"].sel(compartment="other").sum("isomer").isel(time=-1)) for run in (at_once, infused)
    ]
    assert left[1] == pytest.approx(left[0], rel=1e-3)
    peaks = [float(run.data["plasma"].sel(analyte="ntx").max()) for run in (at_once, infused)]
    assert peaks[1] < 0.6 * peaks[0]
    assert infused.data.attrs["dose_hours"] == [3.0]


def test_missed_doses_give_nothing_and_are_shown() -> None:
    plan = Regimen.parse("4.5 mg at 22:00 daily for 4 days")
    missed = simulate(plan.miss(doses=[2, 3, 4]), step=0.5)
    single = simulate("4.5 mg at 22:00", until="4 days", step=0.5)
    assert missed.data.attrs["missed_time"] == [24.0, 48.0, 72.0]
    assert missed.data.attrs["dose_time"] == [0.0]
    last = [float(run.data["tone"].isel(time=-1)) for run in (missed, single)]
    assert last[0] == pytest.approx(last[1], rel=1e-7)
    nothing = simulate(plan.miss(doses=[1, 2, 3, 4]), step=0.5)
    assert float(abs(nothing.data["tone"] - 1).max()) == 0.0
    assert nothing.repeat().data.identical(nothing.data)


def test_a_decision_sees_the_state_and_is_recorded_and_replayed() -> None:
    seen: list[Moment] = []

    def decide(now: Moment) -> float | None:
        seen.append(now)
        return 0.0 if now.number % 2 == 0 else None if now.number == 1 else 2 * now.mg

    run = simulate("4.5 mg at 22:00 daily for 4 days", decide=decide)
    assert [now.number for now in seen] == [1, 2, 3, 4]
    assert [now.time for now in seen] == [0.0, 24.0, 48.0, 72.0]
    assert {now.clock for now in seen} == {22.0}
    assert run.data.attrs["dose_mg"] == [4.5, 9.0]
    assert run.data.attrs["missed_time"] == [24.0, 72.0]
    assert run.record["settings"]["decisions"] == [4.5, 0.0, 9.0, 0.0]
    assert run.repeat().data.identical(run.data)
    assert run.diary()["mg"].tolist() == [4.5, 0.0, 9.0, 0.0]
    assert run.diary()["what"].tolist() == ["", "decided", "decided", "decided"]
    before = run.data.sel(time=24.0)
    before = before if "time" not in before.dims else before.isel(time=0)
    assert seen[1]["occupancy_mor"] == pytest.approx(float(before["occupancy"].sel(receptor="mor")))
    assert seen[1]["plasma_ntx"] == pytest.approx(float(before["plasma"].sel(analyte="ntx")))
    assert {"effects_tone", "A_levo_depot", "peptide_beta_endorphin"} <= set(seen[0])
    assert len(seen[0]) == len(list(seen[0]))


def test_deciding_for_the_plan_changes_nothing() -> None:
    decided = simulate("4.5 mg at 22:00 daily for 3 days", decide=lambda _: None, step=1.0)
    plain = simulate("4.5 mg at 22:00 daily for 3 days", step=1.0)
    np.testing.assert_allclose(decided.data["tone"].isel(time=-1), plain.data["tone"].isel(time=-1), rtol=1e-8)


def test_dosing_by_the_state_holds_the_state() -> None:
    # a dose is taken only where less than 3 % of receptors are still held, every 6 h
    run = simulate(
        "4.5 mg at 22:00 every 6 h for 4 days", decide=lambda now: None if now["occupancy_mor"] < 0.03 else 0.0
    )
    times = run.data.attrs["dose_time"]
    assert times[0] == 0.0
    assert set(np.diff(times)) == {42.0}
    held = run.data["occupancy"].sel(receptor="mor").drop_duplicates("time", keep="last")
    assert all(float(held.sel(time=time)) < 0.03 <= float(held.sel(time=time - 6.0)) for time in times[1:])


@pytest.mark.parametrize("answer", [-1.0, float("nan"), "much", 1e6])
def test_a_decision_that_is_no_dose_is_refused(answer: object) -> None:
    with pytest.raises(InputError, match="^decide, dose 1:"):
        simulate("4.5 mg", decide=lambda _: answer)  # type: ignore[arg-type,return-value]


def test_a_decision_cannot_make_a_dose_of_nothing_larger() -> None:
    with pytest.raises(InputError, match="a dose of 0 mg is planned"):
        simulate("0 mg", decide=lambda _: 1.0)
    assert float(simulate("0 mg", decide=lambda _: None).data["plasma"].max()) == 0.0


def test_decide_must_be_a_function() -> None:
    with pytest.raises(InputError, match="^decide:"):
        simulate("4.5 mg", decide=3)  # type: ignore[call-overload]


def test_a_steady_past_holds_what_is_under_way() -> None:
    # the fifth hour of an infusion that started before time 0 is still to come
    plan = Regimen("10 mg", every="12 h", duration="2 days", route="iv", over="5 h", start="8 h", at="06:00")
    past, under_way = steady_start(plan, partial(taken, MODEL, MODEL.dosing(TYPICAL.values_by_name())))
    assert isinstance(past, Past)
    assert [event.stop for event in under_way if isinstance(event, Infuse)] == [1.0, 1.0]


def test_the_calendar_stands_beside_the_time() -> None:
    run = simulate(Regimen.parse("4.5 mg at 22:00 daily for 2 days").on("2026-12-31"), step=1.0)
    dates = run.data["date"].values
    assert str(dates[0])[:16] == "2026-12-31T22:00"
    assert str(dates[-1])[:16] == "2027-01-02T22:00"
