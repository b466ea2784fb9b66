"""What can be changed about a regimen: missed, late, doubled, stopped, switched, dated."""

from __future__ import annotations

import copy
import datetime
import json
import pickle
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ldnsim import InputError, Regimen
from ldnsim.dosing.regimen import Dose

from .test_regimen import regimens, sequences

NIGHTLY = Regimen.parse("4.5 mg at 22:00 daily for 28 days")
DATED = NIGHTLY.on("2026-11-23")

seeds = st.integers(0, 2**32)
chances = st.sampled_from([0.0, 0.1, 0.5, 1.0])


def _missed(regimen: Regimen) -> list[int]:
    return [n for n, dose in enumerate(regimen.diary(), 1) if dose.what == "missed"]


@st.composite
def lived(draw: st.DrawFn) -> Regimen:
    """Regimens of which some doses are missed, late and doubled, in any order of saying so."""
    regimen = draw(regimens)
    assume(all(phase.mg <= 2500 for phase in regimen.phases))
    for change in draw(st.permutations(["miss", "late", "double", "washout", "on"]))[: draw(st.integers(0, 5))]:
        if change == "miss":
            regimen = regimen.miss(draw(chances), seed=draw(seeds))
        elif change == "late":
            regimen = regimen.late(sd=draw(st.floats(0.01, 100)), seed=draw(seeds))
        elif change == "double":
            regimen = regimen.double(draw(chances), seed=draw(seeds))
        elif change == "washout":
            regimen = regimen.washout(draw(st.floats(0.1, 1000)))
        else:
            regimen = regimen.on(draw(st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 1, 1))))
    return regimen


@given(lived())
def test_records_and_copies_are_equal(regimen: Regimen) -> None:
    again = Regimen.from_dict(json.loads(json.dumps(regimen.to_dict())))
    assert again == regimen == copy.deepcopy(regimen) == pickle.loads(pickle.dumps(regimen))
    assert hash(again) == hash(regimen)


@given(lived())
def test_diary_and_dosing_agree(regimen: Regimen) -> None:
    diary, dosing = regimen.diary(), regimen.dosing()
    given_ = [dose for dose in diary if dose.what != "missed"]
    filled = [replace(d, planned=d.time if d.planned is None else d.planned, planned_mg=d.planned_mg) for d in dosing]
    assert sorted((d.time, d.mg, d.what) for d in given_) == sorted((d.time, d.mg, d.what) for d in filled)
    assert [d.time for d in dosing] == sorted(d.time for d in dosing)
    assert len(diary) == sum(phase.doses for phase in regimen.phases)
    assert [d.planned for d in diary] == sorted(dose.time for phase in regimen.phases for dose in phase.dosing())
    for dose in diary:
        assert dose.planned is not None
        assert dose.planned_mg is not None
        assert dose.mg == dose.planned_mg * {"missed": 0, "late": 1, "": 1}.get(dose.what, 2)
        assert (dose.time > dose.planned) == ("late" in dose.what)
        assert dose.time >= dose.planned


def test_a_dose_as_planned_says_nothing_more() -> None:
    assert NIGHTLY.dosing()[1] == Dose(24.0, 4.5, "hcl", "oral")
    assert NIGHTLY.diary()[1] == Dose(24.0, 4.5, "hcl", "oral", 0.0, 24.0, 4.5, "")
    changed = NIGHTLY.late("2 h", doses=2).double(doses=2).miss(doses=3)
    assert changed.dosing()[1] == Dose(26.0, 9.0, "hcl", "oral", 0.0, 24.0, 4.5, "late, doubled")
    assert changed.diary()[2] == Dose(48.0, 0.0, "hcl", "oral", 0.0, 48.0, 4.5, "missed")
    assert len(changed.dosing()) == 27


@given(st.integers(1, 60), st.integers(1, 60), seeds)
def test_a_longer_regimen_misses_the_same_first_doses(few: int, more: int, seed: int) -> None:
    short, long = (Regimen(4.5, every="daily", doses=count).miss(0.3, seed=seed) for count in (few, few + more))
    assert [n for n in _missed(long) if n <= few] == _missed(short)
    later = (Regimen(4.5, every="daily", doses=count).late(sd=1, seed=seed) for count in (few, few + more))
    a, b = (regimen.diary() for regimen in later)
    assert b[:few] == a


@given(seeds, seeds, seeds)
def test_being_late_or_doubled_does_not_change_what_is_missed(one: int, two: int, three: int) -> None:
    first = NIGHTLY.miss(0.3, seed=one).late(sd="45 min", seed=two).double(0.2, seed=three)
    last = NIGHTLY.double(0.2, seed=three).late(sd="45 min", seed=two).miss(0.3, seed=one)
    assert first == last
    assert _missed(first) == _missed(NIGHTLY.miss(0.3, seed=one))


@given(seeds)
def test_a_higher_probability_only_misses_more(seed: int) -> None:
    assert set(_missed(NIGHTLY.miss(0.2, seed=seed))) <= set(_missed(NIGHTLY.miss(0.4, seed=seed)))
    assert _missed(NIGHTLY.miss(0, seed=seed)) == []
    assert NIGHTLY.miss(1, seed=seed).dosing() == ()


@given(sequences, st.floats(1e-3, 1e5), seeds)
def test_late_is_never_early_and_keeps_the_order_within_a_phase(regimen: Regimen, sd: float, seed: int) -> None:
    late = regimen.late(sd=sd, seed=seed)
    assert late.phases == regimen.phases
    for p, phase in enumerate(late.phases):
        delays = {one.dose: one.delay for one in late.deviations if one.phase == p}
        times = [phase.time(k) + delays.get(k, 0.0) for k in range(phase.doses)]
        assert all(a < phase.time(k) for k, a in enumerate(times[:-1], 1))
        assert all(a < b for a, b in pairwise(times))
        assert all(time >= phase.time(k) for k, time in enumerate(times))


def test_doses_are_chosen_by_number_or_date() -> None:
    # dose 32 would be on 2026-12-24; the plan ends on 2026-12-20
    assert _missed(NIGHTLY.miss(doses=[7, 3])) == [3, 7]
    assert _missed(NIGHTLY.miss(doses=np.array([3, 7]))) == [3, 7]
    assert _missed(NIGHTLY.miss(doses=3)) == [3]
    assert _missed(DATED.miss(dates=["2026-11-25", datetime.date(2026, 12, 20)])) == [3, 28]
    assert _missed(DATED.miss(dates="2026-11-25")) == [3]
    twice = Regimen("1 mg", at="22:00", every="12 h", doses=4).on("2026-11-23")
    assert _missed(twice.miss(dates=["2026-11-24"])) == [2, 3]
    assert [dose.time for dose in DATED.late("90 min", dates="2026-11-24").dosing()[:3]] == [0.0, 25.5, 48.0]
    both = Regimen.parse("1 mg at 22:00 daily for 3 days plus 2 mg at 10:00 daily for 3 days").miss(doses=[2])
    assert [dose.mg for dose in both.dosing()] == [1, 1, 2, 1, 2]


MISSED = DATED.miss(doses=[3])


@pytest.mark.parametrize(
    ("method", "arguments", "keywords", "named"),
    [
        ("miss", [], {}, "doses"), ("miss", [0.1], {}, "seed"), ("miss", [1.1], {"seed": 1}, "probability"),
        ("miss", [-0.1], {"seed": 1}, "probability"), ("miss", ["often"], {"seed": 1}, "probability"),
        ("miss", [0.1], {"seed": -1}, "seed"), ("miss", [0.1], {"seed": 1.5}, "seed"),
        ("miss", [0.1], {"seed": 1, "doses": [1]}, "doses"),
        ("miss", [0.1], {"seed": 1, "dates": "2026-11-24"}, "dates"),
        ("miss", [], {"seed": 1, "doses": [1]}, "seed"), ("miss", [], {"doses": []}, "doses"),
        ("miss", [], {"doses": [0]}, "doses"), ("miss", [], {"doses": [29]}, "doses"),
        ("miss", [], {"doses": [1.0]}, "doses"),
        ("miss", [], {"doses": [True]}, "doses"), ("miss", [], {"doses": "3"}, "doses"),
        ("miss", [], {"doses": [3, 3]}, "doses"),
        ("miss", [], {"doses": [3], "dates": ["2026-11-24"]}, "dates"), ("miss", [], {"dates": []}, "dates"),
        ("miss", [], {"dates": ["2026-12-24"]}, "dates"),
        ("miss", [], {"dates": ["2026-11-24", "2026-11-22"]}, "dates"),
        ("miss", [], {"dates": ["soon"]}, "dates"), ("miss", [], {"dates": 3}, "dates"),
        ("miss", [], {"dates": ["2026-11-24"] * 2}, "dates"),
        ("late", [], {}, "delay"), ("late", [], {"seed": 1}, "delay"), ("late", [], {"sd": "45 min"}, "seed"),
        ("late", [], {"sd": 0, "seed": 1}, "sd"), ("late", [], {"sd": "-1 h", "seed": 1}, "sd"),
        ("late", [], {"sd": 1e9, "seed": 1}, "sd"), ("late", [], {"sd": "1 mg", "seed": 1}, "sd"),
        ("late", ["2 h"], {"sd": 1, "seed": 1}, "delay"), ("late", [], {"sd": 1, "seed": 1, "doses": [1]}, "doses"),
        ("late", ["2 h"], {}, "doses"), ("late", ["2 h"], {"doses": [1], "seed": 1}, "seed"),
        ("late", [0], {"doses": [1]}, "delay"), ("late", ["-2 h"], {"doses": [1]}, "delay"),
        ("late", ["24 h"], {"doses": [1]}, "delay"), ("late", ["24 h"], {"doses": [28]}, "delay"),
        ("late", ["2 h"], {"doses": [3]}, "doses"), ("late", ["2 h"], {"dates": ["2026-11-25"]}, "dates"),
        ("double", [], {}, "doses"), ("double", [0.5], {}, "seed"), ("double", [], {"doses": [2, 3]}, "doses"),
        ("double", [], {"dates": "2026-11-25"}, "dates"), ("double", [2], {"seed": 1}, "probability"),
        ("stop", [], {"after": 0}, "after"), ("stop", [], {"after": "2 months"}, "after"),
        ("stop", [], {"after": -1}, "after"),
        ("washout", [0], {}, "time"), ("washout", ["-1 d"], {}, "time"), ("washout", [None], {}, "time"),
        ("washout", [1e7], {}, "time"), ("washout", [999_999], {}, "rest"),
        ("switch", ["nose"], {"after": 0}, "route"), ("switch", ["iv"], {"after": "28 d"}, "after"),
        ("switch", ["iv"], {"after": "x"}, "after"), ("switch", ["iv"], {"after": 0, "salt": "x"}, "salt"),
        ("switch", ["iv"], {"after": 0, "mg": "x"}, "mg"), ("switch", ["liquid"], {"after": 0, "over": 1}, "over"),
        ("on", ["23.11.2026"], {}, "date"), ("on", [None], {}, "date"), ("moment", ["x"], {}, "time"),
    ],
)  # fmt: skip
def test_bad_changes_are_named(method: str, arguments: list[Any], keywords: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=f"^{named}: got"):
        getattr(MISSED, method)(*arguments, **keywords)


def test_dates_need_a_calendar_start() -> None:
    with pytest.raises(InputError, match=r"^dates: got .*Regimen.on"):
        NIGHTLY.miss(dates=["2026-11-24"])
    with pytest.raises(InputError, match=r"^date: got None, .*Regimen.on"):
        NIGHTLY.moment(24.0)


def test_a_doubled_dose_has_a_limit() -> None:
    with pytest.raises(InputError, match="^times: got"):
        Regimen("3 g").double(doses=1)


def test_the_last_word_counts() -> None:
    assert NIGHTLY.late("2 h", doses=1).late("3 h", doses=1) == NIGHTLY.late("3 h", doses=1)
    assert NIGHTLY.double(doses=1).double(doses=1) == NIGHTLY.double(doses=1)
    assert NIGHTLY.late("2 h", doses=1).miss(doses=1) == NIGHTLY.miss(doses=1).miss(doses=1) == NIGHTLY.miss(doses=1)


def test_a_late_single_dose_is_followed_as_long() -> None:
    assert Regimen("4.5 mg").late("30 h", doses=1).horizon == 78.0
    assert Regimen("4.5 mg").washout("7 days").horizon == 168.0
    assert Regimen("4.5 mg").washout("1 day").horizon == 48.0


def test_washouts_add_up() -> None:
    assert NIGHTLY.washout("3 days").washout("4 days") == NIGHTLY.washout("7 days")


@given(lived(), st.floats(0, 3000))
def test_stop_keeps_what_was_planned_before(regimen: Regimen, after: float) -> None:
    before = tuple(dose for dose in regimen.diary() if dose.planned is not None and dose.planned < after - 1e-9)
    if not before:
        with pytest.raises(InputError, match="^after: got"):
            regimen.stop(after=after)
        return
    stopped = regimen.stop(after=after)
    assert stopped.diary() == before
    assert stopped.then(Regimen("1 mg")).diary()[:-1] == before
    assert (stopped.rest, stopped.date) == (regimen.rest, regimen.date)


@given(lived(), st.floats(0, 3000))
def test_switch_keeps_times_and_mg(regimen: Regimen, after: float) -> None:
    assume(max(dose.planned or 0.0 for dose in regimen.diary()) >= after)
    switched = regimen.switch("sublingual", after=after)
    for a, b in zip(regimen.diary(), switched.diary(), strict=True):
        assert b.time == pytest.approx(a.time, abs=1e-9)
        assert (b.mg, b.planned_mg, b.what) == (a.mg, a.planned_mg, a.what)
        assert b.route == (a.route if a.planned is not None and a.planned < after - 1e-9 else "sublingual")
    if not (switched.deviations or switched.rest or switched.date):
        assert Regimen.parse(str(switched)) == switched


def test_switched_doses_are_labelled_as_usual_unless_said_otherwise() -> None:
    with pytest.raises(InputError, match="^route: got 'depot'"):
        Regimen("4 mg", every="daily", doses=9).switch("depot", after="2 days", mg="380 mg")
    depot = Regimen("4 mg", every="4 weeks", doses=3).switch("depot", after="4 weeks", mg="380 mg")
    assert (
        str(depot) == "4 mg at 22:00 every 672 h for 1 doses then 380 mg intramuscular at 22:00 every 672 h for 2 doses"
    )
    weekly = Regimen("4 mg", every="weekly", doses=3)
    assert weekly.switch("depot", after=0, salt="hcl").phases[0].salt == "hcl"
    assert Regimen("4 mg", salt="base").switch("liquid", after=0).phases[0].salt == "base"
    infused = Regimen("4 mg", route="iv", over="1 h")
    assert infused.switch("iv", after=0) == infused
    assert infused.switch("oral", after=0).phases[0].over == 0.0
    assert NIGHTLY.switch("iv", after=0, over="30 min").phases[0].over == 0.5


def test_a_time_has_a_date() -> None:
    assert DATED.moment() == datetime.datetime(2026, 11, 23, 22)
    assert DATED.moment("3 h") == datetime.datetime(2026, 11, 24, 1)
    assert DATED.on("2027-01-01").date == datetime.date(2027, 1, 1)
    assert NIGHTLY.date is None
