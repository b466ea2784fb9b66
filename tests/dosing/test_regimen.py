"""Regimens: the one-line language, keywords, and putting regimens together."""

from __future__ import annotations

import copy
import json
import pickle
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldnsim import InputError, Regimen
from ldnsim.dosing.regimen import ROUTES, Phase

# text: hour of the day at time 0, and (mg, salt, route, start, every, doses) of each phase
TEXTS: dict[str, tuple[float, list[tuple[Any, ...]]]] = {
    "4.5 mg": (22.0, [(4.5, "hcl", "oral", 0.0, 0.0, 1)]),
    "4.5 mg at 22:00 daily for 28 days": (22.0, [(4.5, "hcl", "oral", 0.0, 24.0, 28)]),
    "4.5 MG AT 10 PM NIGHTLY FOR 4 WEEKS": (22.0, [(4.5, "hcl", "oral", 0.0, 24.0, 28)]),
    "4.5 mg at 7:30am once": (7.5, [(4.5, "hcl", "oral", 0.0, 0.0, 1)]),
    "4.5mg for 10 doses, daily, at 12 am": (0.0, [(4.5, "hcl", "oral", 0.0, 24.0, 10)]),
    "500 ug every other day for 8 days": (22.0, [(0.5, "hcl", "oral", 0.0, 48.0, 4)]),
    "0.0045 g q6h for 1 day": (22.0, [(4.5, "hcl", "oral", 0.0, 6.0, 4)]),
    "2 mg sublingual twice daily for 5 days": (22.0, [(2.0, "hcl", "sublingual", 0.0, 12.0, 10)]),
    "2 mg under the tongue": (22.0, [(2.0, "hcl", "sublingual", 0.0, 0.0, 1)]),
    "3 mg liquid weekly": (22.0, [(3.0, "hcl", "liquid", 0.0, 168.0, 4)]),
    "16 mg extended-release bid for 2 days": (22.0, [(16.0, "hcl", "extended_release", 0.0, 12.0, 4)]),
    "380 mg depot every 4 weeks for 12 weeks": (22.0, [(380.0, "base", "intramuscular", 0.0, 672.0, 3)]),
    "10 mg iv over 30 min daily for 3 days": (22.0, [(10.0, "hcl", "intravenous", 0.0, 24.0, 3, 0.5)]),
    "10 mg over 2 h iv": (22.0, [(10.0, "hcl", "intravenous", 0.0, 0.0, 1, 2.0)]),
    "10 mg over 20 min iv": (22.0, [(10.0, "hcl", "intravenous", 0.0, 0.0, 1, 1 / 3)]),
    "10 mg over 0 min": (22.0, [(10.0, "hcl", "oral", 0.0, 0.0, 1)]),
    # a long infusion ends before the next step starts
    "10 mg iv over 30 h once then 1 mg iv once": (
        22.0,
        [(10.0, "hcl", "intravenous", 0.0, 0.0, 1, 30.0), (1.0, "hcl", "intravenous", 48.0, 0.0, 1)],
    ),
    "1 mg base iv": (22.0, [(1.0, "base", "intravenous", 0.0, 0.0, 1)]),
    "4.5 mg every 7 h for 22 h": (22.0, [(4.5, "hcl", "oral", 0.0, 7.0, 4)]),
    "1.5 mg for 2 weeks then 3 mg for 2 weeks then 4.5 mg": (
        22.0,
        [
            (1.5, "hcl", "oral", 0.0, 24.0, 14),
            (3.0, "hcl", "oral", 336.0, 24.0, 14),
            (4.5, "hcl", "oral", 672.0, 24.0, 28),
        ],
    ),
    "1.5 mg at 22:00 for 2 weeks then 3 mg at 08:00 for 1 week": (
        22.0,
        [(1.5, "hcl", "oral", 0.0, 24.0, 14), (3.0, "hcl", "oral", 346.0, 24.0, 7)],
    ),
    "1 mg for 3 days then 2 mg from day 10 for 2 days": (
        22.0,
        [(1.0, "hcl", "oral", 0.0, 24.0, 3), (2.0, "hcl", "oral", 216.0, 24.0, 2)],
    ),
    "4.5 mg at 22:00 daily for 2 days plus 50 mg at 08:00 once": (
        22.0,
        [(4.5, "hcl", "oral", 0.0, 24.0, 2), (50.0, "hcl", "oral", 10.0, 0.0, 1)],
    ),
    # a single dose first: what follows at the same clock time follows a day later
    "10 mg once then 4.5 mg for 2 days": (
        22.0,
        [(10.0, "hcl", "oral", 0.0, 0.0, 1), (4.5, "hcl", "oral", 24.0, 24.0, 2)],
    ),
    # day 5 counts from time 0 of the whole text, at 22:00, also in the second part
    "1 mg at 22:00 plus 2 mg at 08:00 once then 3 mg at 07:00 for 2 days from day 5": (
        22.0,
        [
            (1.0, "hcl", "oral", 0.0, 0.0, 1),
            (2.0, "hcl", "oral", 10.0, 0.0, 1),
            (3.0, "hcl", "oral", 105.0, 24.0, 2),
        ],
    ),
    "4.5 mg 1.25 h after 22:00 daily for 2 days": (22.0, [(4.5, "hcl", "oral", 1.25, 24.0, 2)]),
    "9 mcg": (22.0, [(0.009, "hcl", "oral", 0.0, 0.0, 1)]),
    "4.5 mg at 10:20 pm, daily, for 2 days": (22 + 1 / 3, [(4.5, "hcl", "oral", 0.0, 24.0, 2)]),
    "0 mg daily for 7 days": (22.0, [(0.0, "hcl", "oral", 0.0, 24.0, 7)]),
}

BAD_TEXTS = {
    "": "4.5 mg at 22:00", "   ": "4.5 mg at 22:00", "4.5": "'4.5'", "mg 4.5": "'mg 4.5'", "four mg": "'four mg'",
    "4.5 kg": "'4.5 kg'", "4.5 ml daily": "'ml'", "4.5 xyz": "'4.5 xyz'", "-4.5 mg": "'-4.5 mg'",
    "nan mg": "'nan mg'", "inf mg": "'inf mg'", "1e9 mg": "'1e9 mg'", "5001 mg": "'5001 mg'",
    "4.5 mg at 25:00": "'at 25:00'", "4.5 mg at 22:60": "'at 22:60'",
    "4.5 mg at 13 pm": "'at 13 pm'", "4.5 mg at": "'at'", "4.5 mg at 22:00 at 23:00": "'and' between several",
    "4.5 mg daily weekly": "'weekly'", "4.5 mg q6h daily": "'daily'", "4.5 mg every 0 h": "'every 0 h'",
    "4.5 mg every -2 h": "'every -2'", "4.5 mg every 3 mg": "'every 3 mg'", "4.5 mg every nan h": "'every nan'",
    "4.5 mg for 0 days": "'for 0 days'", "4.5 mg for -3 days": "'for -3'", "4.5 mg for 2 months": "weeks",
    "4.5 mg for ever": "'for ever'", "4.5 mg for inf days": "'for inf'", "4.5 mg for 1.5 doses": "'for 1.5 doses'",
    "4.5 mg for 0 doses": "from 1 to", "4.5 mg for 3 days for 4 doses": "only one duration",
    "4.5 mg once for 3 days": "given once", "4.5 mg weekly for 2 days": "at least one interval",
    "4.5 mg 3 mg": "'3 mg'", "4.5 mg daily foo": "'foo'", "4.5 mg daily; drop": "'drop'",
    "4.5 mg capsule iv": "'iv'", "4.5 mg hcl base": "'base'", "4.5 mg from day 0": "'from day 0'",
    "4.5 mg from day x": "'from day x'", "then 4 mg": "at the start of each step", "4.5 mg then": "each step",
    "380 mg depot for 12 weeks": "every 4 weeks",
    "4.5 mg plus": "each step", "1.5 mg for 2 weeks then 3 mg from day 8": "day 15",
    "0.001 kg": "'0.001 kg'", "4.5 mg every 1 month": "weeks", "4.5 mg for 1 century": "'for 1 century'",
    "4.5 mg from day ²": "'from day ²'", f"4.5 mg from day {'9' * 5000}": "from day 1",
    "4.5 mg from day 99999": "start",
    f"4.5 mg for {'9' * 5000} doses": "a whole number of doses", "4.5 mg q99999999h": "every",
    "4.5 mg 2 h after 22:00 from day 2": "not both", "4.5 mg 2 h after 25:00": "'2 h after 25:00'",
    "1 mg every 0.001 h": "at most 100000 doses",
    "1 mg every 1 h for 100000 weeks": "100000 doses", "4.5 mg dailyfor 3 days": "'dailyfor'",
    "4.5 mg over 30 min": "over: 0 for the route oral", "4.5 mg iv over": "'over'",
    "4.5 mg iv over 2 mg": "'over 2 mg'",
    "4.5 mg iv over -1 h": "'over -1'", "4.5 mg iv over 1 h over 2 h": "only one infusion time",
    "4.5 mg iv over 9 h tid": "over: at most the interval", "4.5 mg daily (1 dose missed)": "'(1'",
}  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_plain_words(text: str) -> None:
    clock, phases = TEXTS[text]
    found = Regimen.parse(text)
    assert found.clock == clock
    assert found.phases == tuple(Phase(*phase) for phase in phases)


@pytest.mark.parametrize("text", BAD_TEXTS)
def test_what_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(InputError, match="^regimen: got") as caught:
        Regimen.parse(text)
    assert BAD_TEXTS[text] in str(caught.value)


@pytest.mark.parametrize("value", [None, 4.5, ["4.5 mg"]])
def test_other_types_are_refused(value: Any) -> None:
    with pytest.raises(InputError, match="^regimen: got"):
        Regimen.parse(value)


@pytest.mark.parametrize(
    ("keywords", "named"),
    [
        ({"dose": "4.5 kg"}, "dose"),
        ({"dose": -1}, "dose"),
        ({"dose": float("nan")}, "dose"),
        ({"dose": "4.5"}, "dose"),
        ({"dose": None}, "dose"),
        ({"dose": True}, "dose"),
        ({"dose": 1, "every": 0}, "every"),
        ({"dose": 380, "route": "depot", "duration": "12 weeks"}, "every"),
        ({"dose": 1, "every": "often"}, "every"),
        ({"dose": 1, "every": "1 month"}, "every"),
        ({"dose": 1, "every": 1e-320}, "every"),
        ({"dose": 1, "every": 1e300}, "every"),
        ({"dose": "0.001 kg"}, "dose"),
        ({"dose": 1, "at": 22.123}, "at"),
        ({"dose": 1, "duration": "3 months"}, "duration"),
        ({"dose": 1, "start": 0.123}, "start"),
        ({"dose": 1, "start": 1e300}, "start"),
        ({"dose": 1, "every": "3 mg"}, "every"),
        ({"dose": 1, "every": float("inf")}, "every"),
        ({"dose": 1, "at": "25:00"}, "at"),
        ({"dose": 1, "at": 24.0}, "at"),
        ({"dose": 1, "duration": "1 h"}, "duration"),
        ({"dose": 1, "duration": -5}, "duration"),
        ({"dose": 1, "every": "once", "duration": "3 d"}, "duration"),
        ({"dose": 1, "duration": "3 d", "doses": 3}, "doses"),
        ({"dose": 1, "doses": 0}, "doses"),
        ({"dose": 1, "doses": 2.5}, "doses"),
        ({"dose": 1, "doses": 10**6}, "doses"),
        ({"dose": 1, "start": -1}, "start"),
        ({"dose": 1, "start": "soon"}, "start"),
        ({"dose": 1, "route": "nose"}, "route"),
        ({"dose": 1, "route": None}, "route"),
        ({"dose": 1, "salt": "sugar"}, "salt"),
        ({"dose": 1, "over": "30 min"}, "over"),
        ({"dose": 1, "route": "depot", "over": 1}, "over"),
        ({"dose": 1, "route": "iv", "over": "-1 h"}, "over"),
        ({"dose": 1, "route": "iv", "over": "30"}, "over"),
        ({"dose": 1, "route": "iv", "over": float("nan")}, "over"),
        ({"dose": 1, "route": "iv", "over": 1e7}, "over"),
        ({"dose": 1, "route": "iv", "over": "9 h", "every": "8 h"}, "over"),
    ],
)
def test_bad_keywords_are_named(keywords: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=f"^{named}: got"):
        Regimen(**keywords)


minutes = st.integers(0, 24 * 60 - 1).map(lambda m: m / 60)
doses = st.one_of(st.floats(0, 5000, allow_subnormal=False), st.sampled_from([0.1, 1.5, 3.0, 4.5]))
single = st.builds(lambda mg, at, route: Regimen(mg, at=at, route=route), doses, minutes, st.sampled_from(ROUTES))
repeated = st.builds(
    lambda mg, at, route, every, count, salt: Regimen(mg, at=at, route=route, every=every, doses=count, salt=salt),
    doses,
    minutes,
    st.sampled_from(ROUTES),
    st.sampled_from([6.0, 8.0, 12.0, 24.0, 36.0, 48.0, 168.0]),
    st.integers(1, 40),
    st.sampled_from(["hcl", "base"]),
)
infused = st.builds(
    lambda mg, at, over, every, count: Regimen(mg, at=at, route="iv", over=over, every=every, doses=count),
    doses,
    minutes,
    st.one_of(st.sampled_from(["30 min", "20 min", "7 min", "2 h"]), st.floats(0, 6)),
    st.sampled_from([6.0, 24.0]),
    st.integers(1, 40),
)
sequences = st.lists(st.one_of(single, repeated, infused), min_size=1, max_size=4).map(
    lambda parts: reduce(Regimen.then, parts)
)
shifted = st.builds(Regimen.shift, sequences, st.one_of(st.integers(0, 100).map(float), st.floats(0, 1000)))
regimens = st.lists(st.one_of(sequences, shifted), min_size=1, max_size=3).map(
    lambda parts: reduce(Regimen.__add__, parts)
)


@given(regimens)
def test_text_reads_back(regimen: Regimen) -> None:
    assert Regimen.parse(str(regimen)) == regimen


def words(*choices: str) -> st.SearchStrategy[str]:
    return st.sampled_from(["", *choices])


step_texts = st.tuples(
    st.sampled_from(["4.5 mg", "0 mg", "7 mcg", "0.1 mg", "1e-5 mg"]),
    words("capsule", "liquid", "depot", "iv"),
    words("base", "HCl"),
    words("at 22:00", "at 7:20 am", "at 10:01 pm", "at 00:00", "at 23:59", "0.3 h after 22:00"),
    words(
        "daily", "tid", "q6h", "weekly", "every 7 h", "every 90 min", "every 0.1 h", "every 4 weeks", "every other day"
    ),
    words("for 8 weeks", "for 3 doses", "for 57 days"),
    words("from day 3", "from day 300"),
    words("over 30 min", "over 0.1 h", "over 1 min", "over 50 h"),
).map(" ".join)
texts = st.lists(st.lists(step_texts, min_size=1, max_size=3).map(" then ".join), min_size=1, max_size=2).map(
    " plus ".join
)


@given(texts)
def test_every_text_is_refused_or_reads_back(text: str) -> None:
    try:
        regimen = Regimen.parse(text)
    except InputError:
        return
    assert Regimen.parse(str(regimen)) == regimen


@given(regimens)
def test_copies_are_equal(regimen: Regimen) -> None:
    assert copy.deepcopy(regimen) == regimen
    assert pickle.loads(pickle.dumps(regimen)) == regimen


@pytest.mark.parametrize(
    ("keywords", "text"),
    [
        ({"every": "q6h", "doses": 3}, "1 mg every 6 h for 3 doses"),
        ({"every": "every 4 weeks", "doses": 3, "route": "depot"}, "1 mg depot every 4 weeks for 12 weeks"),
        ({"at": "10 pm"}, "1 mg at 22:00"),
        ({"route": "under the tongue"}, "1 mg sublingual"),
        ({"every": "once"}, "1 mg once"),
        ({"route": "iv", "over": "30 min"}, "1 mg iv over 30 min"),
    ],
)
def test_keywords_understand_the_words_of_the_language(keywords: dict[str, Any], text: str) -> None:
    assert Regimen("1 mg", **keywords) == Regimen.parse(text)


def test_then_keeps_a_pause() -> None:
    found = Regimen("1 mg", every="daily", doses=2).then(Regimen("2 mg").shift("3 d"))
    assert [dose.time for dose in found.dosing()] == [0.0, 24.0, 120.0]


@pytest.mark.parametrize("other", [None, "4.5 mg"])
def test_only_regimens_are_joined(other: Any) -> None:
    with pytest.raises(InputError, match="^other: got"):
        Regimen("4.5 mg").then(other)
    with pytest.raises(TypeError):
        Regimen("4.5 mg") + other


@given(sequences)
def test_plain_values_read_back(regimen: Regimen) -> None:
    assert Regimen.from_dict(json.loads(json.dumps(regimen.to_dict()))) == regimen
    assert hash(Regimen.from_dict(regimen.to_dict())) == hash(regimen)


@given(sequences, st.integers(0, 5))
def test_shift_moves_every_dose(regimen: Regimen, days: int) -> None:
    later = regimen.shift(24.0 * days)
    assert later.clock == regimen.clock
    for a, b in zip(regimen.dosing(), later.dosing(), strict=True):
        assert b.time - a.time == pytest.approx(24.0 * days, abs=1e-9)


@given(sequences, sequences)
def test_side_by_side_keeps_every_dose_and_its_clock(one: Regimen, other: Regimen) -> None:
    both = one + other
    assert len(both.dosing()) == len(one.dosing()) + len(other.dosing())
    clocks = sorted(round((r.clock + d.time) % 24, 6) % 24 for r in (one, other) for d in r.dosing())
    assert sorted(round((both.clock + d.time) % 24, 6) % 24 for d in both.dosing()) == pytest.approx(clocks, abs=1e-5)


@given(sequences, sequences)
def test_then_starts_when_the_first_has_ended(one: Regimen, other: Regimen) -> None:
    phases = one.then(other).phases
    assert min(phase.start for phase in phases[len(one.phases) :]) >= one.end - 1e-6


def test_times_do_not_drift() -> None:
    times = [dose.time for dose in Regimen(1.0, every=0.1, doses=1001).dosing()]
    assert times[1000] == 100.0


def test_doses_come_in_order_of_time() -> None:
    found = Regimen.parse("4.5 mg at 22:00 daily for 3 days plus 1 mg at 22:00 every 12 h for 3 doses").dosing()
    assert [(dose.time, dose.mg) for dose in found] == [
        (0.0, 4.5), (0.0, 1.0), (12.0, 1.0), (24.0, 4.5), (24.0, 1.0), (48.0, 4.5)
    ]  # fmt: skip


def test_horizon() -> None:
    assert Regimen("4.5 mg").horizon == 48.0
    assert Regimen("4.5 mg", every="daily", doses=3).horizon == 72.0
    assert Regimen("4.5 mg", start="10 h").clock == 12.0


def test_the_horizon_follows_an_infusion() -> None:
    found = Regimen("10 mg", route="iv", over="3 h")
    assert (found.end, found.horizon) == (3.0, 51.0)
    assert [dose.over for dose in found.dosing()] == [3.0]


def test_regimens_are_immutable() -> None:
    with pytest.raises(AttributeError, match="cannot assign"):
        Regimen("4.5 mg").clock = 3.0  # type: ignore[misc]


@pytest.mark.parametrize("values", [{}, {"phases": [], "clock": 22.0}, {"phases": [{"mg": 1}], "clock": 1.0}])
def test_other_values_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        Regimen.from_dict(values)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mg", -1.0), ("mg", float("nan")), ("mg", "4"), ("salt", "sugar"), ("route", "nose"), ("start", -5.0),
        ("start", float("inf")), ("every", -1.0), ("every", None), ("doses", 0), ("doses", 2.5), ("doses", 10**9),
        ("over", 1.0), ("over", None), ("over", -1.0),
    ],
)  # fmt: skip
def test_a_damaged_record_is_refused(name: str, value: object) -> None:
    values = Regimen.parse("4.5 mg daily").to_dict()
    values["phases"][0][name] = value
    with pytest.raises(InputError, match=f"^{name}: got"):
        Regimen.from_dict(values)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"rest": -1.0}, "rest"), ({"rest": "7 days"}, "rest"), ({"rest": 1e6}, "rest"),
        ({"date": "2026-13-01"}, "date"),
        ({"date": 3}, "date"), ({"deviations": [{"phase": 1, "dose": 0, "missed": True}]}, "phase"),
        ({"deviations": [{"phase": 0, "dose": 28, "missed": True}]}, "dose"), ({"deviations": 3}, "deviations"),
        ({"deviations": [{"phase": 0, "dose": 0, "missed": True}] * 2}, "deviations"),
        ({"deviations": [{"phase": 0, "dose": 0, "delay": 24.0}]}, "delay"), ({"colour": "red"}, "regimen"),
        ({"clock": None}, "clock"),
    ],
)  # fmt: skip
def test_a_damaged_new_key_is_refused(values: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=f"^{named}: got"):
        Regimen.from_dict(Regimen.parse("4.5 mg daily").to_dict() | values)


def test_records_of_earlier_versions_still_load() -> None:
    phase = {"mg": 4.5, "salt": "hcl", "route": "oral", "start": 0.0, "every": 24.0, "doses": 28}
    assert Regimen.from_dict({"clock": 22.0, "phases": [phase]}) == Regimen.parse("4.5 mg daily for 28 days")


NIGHTLY = Regimen.parse("4.5 mg at 22:00 daily for 28 days")


def test_a_rest_and_a_date_are_read_back() -> None:
    regimen = NIGHTLY.washout("5 h").on("2026-11-23")
    assert str(regimen) == f"{NIGHTLY} from 2026-11-23 then nothing for 5 h"
    assert Regimen.parse(str(regimen)) == regimen
    late = (NIGHTLY + Regimen.parse("3 mg at 08:00 once from day 40")).washout("7 days")
    assert Regimen.parse(str(late)) == late


@pytest.mark.parametrize(
    ("regimen", "notes"),
    [
        (NIGHTLY.miss(doses=[3, 7, 9]).late("2 h", doses=[4, 5]), "3 doses missed, 2 late"),
        (NIGHTLY.miss(doses=1), "1 dose missed"),
        (NIGHTLY.double(doses=[1, 2]).late("1 h", doses=2), "1 dose late, 2 doubled"),
    ],
)
def test_what_the_language_cannot_say_is_said_behind_the_plan(regimen: Regimen, notes: str) -> None:
    assert str(regimen) == f"{NIGHTLY} ({notes})"
    assert repr(regimen) == f"<Regimen {regimen}>"
    with pytest.raises(InputError, match="^regimen: got"):
        Regimen.parse(str(regimen))


def test_a_plain_regimen_shows_how_to_make_it() -> None:
    assert eval(repr(NIGHTLY), {"Regimen": Regimen}) == NIGHTLY


def test_what_happened_stays_with_its_doses_when_regimens_are_joined() -> None:
    one, other = NIGHTLY.miss(doses=[2]), Regimen("1 mg", at="08:00", every="12 h", doses=4).late("1 h", doses=[3])
    for both in (one.then(other), one + other):
        found = [(dose.planned_mg, dose.what) for dose in both.diary() if dose.what]
        assert sorted(found, key=str) == [(1.0, "late"), (4.5, "missed")]


def test_a_rest_is_kept_and_respected() -> None:
    rested = NIGHTLY.washout("7 days")
    assert (rested.end, rested.horizon, NIGHTLY.horizon) == (35 * 24.0, 35 * 24.0, 28 * 24.0)
    assert rested.then(NIGHTLY).phases[1].start == 35 * 24.0
    assert rested.then(NIGHTLY).rest == 0.0
    assert NIGHTLY.then(rested).rest == 168.0
    assert (rested + Regimen("1 mg", every="daily", doses=30)).end == 35 * 24.0
    assert (Regimen("1 mg").washout("7 days").then(Regimen("1 mg"))).phases[1].start == 168.0
    assert rested.shift("1 day").rest == 168.0


@given(regimens, regimens)
def test_side_by_side_ends_with_the_later(one: Regimen, other: Regimen) -> None:
    assert (one + other).rest == 0.0
    assert (one.washout(5.0) + other).end == pytest.approx(max(one.end + 5.0, (one + other).end))


def test_dates_are_kept_and_compared() -> None:
    # 2026-11-23 and 28 days
    dated = NIGHTLY.on("2026-11-23")
    assert str(dated.then(NIGHTLY).date) == str((dated + NIGHTLY).date) == str(dated.shift("3 d").date) == "2026-11-23"
    assert dated.then(NIGHTLY.on("2026-12-21")).date == dated.date
    assert NIGHTLY.then(NIGHTLY.on("2026-12-21")) == dated.then(NIGHTLY)
    morning = Regimen("1 mg", at="08:00")
    assert dated + morning.on("2026-11-24") == dated + morning
    with pytest.raises(InputError, match="^date: got '2026-12-22', expected 2026-12-21"):
        dated.then(NIGHTLY.on("2026-12-22"))
    with pytest.raises(InputError, match="^date: got '2026-11-23', expected 2026-11-24"):
        dated + morning.on("2026-11-23")


def test_titrations() -> None:
    assert str(Regimen.titrate(1.5, 4.5, by=1.5, every="2 weeks", at="21:00")) == (
        "1.5 mg at 21:00 daily for 14 days then 3 mg at 21:00 daily for 14 days then 4.5 mg at 21:00 daily for 28 days"
    )
    down = Regimen.titrate("4.5 mg", "0 mg", by="2 mg", every="3 days", hold="1 day", route="liquid")
    assert [(phase.mg, phase.doses) for phase in down.phases] == [(4.5, 3), (2.5, 3), (0.5, 3), (0.0, 1)]


def test_weekdays() -> None:
    found = Regimen.weekdays("4.5 mg", "fri mon wed", weeks=2, date="2026-11-25", at="08:00")
    assert [f"{found.moment(dose.time):%a %d %H:%M}" for dose in found.dosing()] == [
        "Wed 25 08:00", "Fri 27 08:00", "Mon 30 08:00", "Wed 02 08:00", "Fri 04 08:00", "Mon 07 08:00"
    ]  # fmt: skip
    assert Regimen.parse(str(Regimen.weekdays(1, "sun tue", weeks=3))) == Regimen.weekdays(
        1, ["tue", "Sunday"], weeks=3
    )


@pytest.mark.parametrize(
    ("keywords", "named"),
    [
        ({"first": "x"}, "first"), ({"to": -1}, "to"), ({"by": 0}, "by"), ({"by": 1e-9}, "by"), ({"by": None}, "by"),
        ({"every": "12 h"}, "every"), ({"every": "36 h"}, "every"), ({"every": 0}, "every"),
        ({"every": "1e9 d"}, "every"),
        ({"every": "2 months"}, "every"), ({"hold": 0}, "hold"), ({"hold": "1.5 d"}, "hold"),
        ({"capsule": 0}, "capsule"),
        ({"capsule": "4 mg"}, "capsule"), ({"at": "25:00"}, "at"), ({"route": "depot"}, "route"), ({"salt": 3}, "salt"),
        ({"every": "99999 d"}, "doses"),
    ],
)  # fmt: skip
def test_bad_titrations_are_named(keywords: dict[str, Any], named: str) -> None:
    values: dict[str, Any] = {"first": 1.5, "to": 4.5, "by": 1.5, "every": "2 weeks", **keywords}
    with pytest.raises(InputError, match=f"^{named}: got"):
        Regimen.titrate(**values)


@pytest.mark.parametrize(
    ("keywords", "named"),
    [
        ({"dose": None}, "dose"), ({"days": ""}, "days"), ({"days": []}, "days"), ({"days": "mon mo"}, "days"),
        ({"days": "mon monday"}, "days"), ({"days": [1]}, "days"), ({"days": 1}, "days"), ({"days": "someday"}, "days"),
        ({"weeks": 0}, "weeks"), ({"weeks": 1.5}, "weeks"), ({"weeks": 10**9}, "weeks"), ({"weeks": "4"}, "weeks"),
        ({"date": "tomorrow"}, "date"), ({"at": 24}, "at"), ({"route": "nose"}, "route"), ({"over": 1}, "over"),
        ({"weeks": 10_000}, "doses"),
    ],
)  # fmt: skip
def test_bad_weekdays_are_named(keywords: dict[str, Any], named: str) -> None:
    values: dict[str, Any] = {"dose": 1, "days": "mon", "weeks": 2, **keywords}
    with pytest.raises(InputError, match=f"^{named}: got"):
        Regimen.weekdays(**values)
