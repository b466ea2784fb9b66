"""The language of regimens: what is accepted means what it says, and nothing but `InputError` comes out."""

from __future__ import annotations

import datetime
import itertools
import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ldnsim import InputError, Regimen
from ldnsim.base.units import registry

MASSES = {"4.5 mg": 4.5, "0.5mg": 0.5, "7 mcg": 0.007, "1.5e1 mg": 15.0, ".25 mg": 0.25, "+3 mg": 3.0, "0.05 g": 50.0,
          "4\u00a0mg": 4.0, "250 \u00b5g": 0.25}  # fmt: skip
CLOCKS = {"": 22.0, "at 22:00": 22.0, "at 7:20 am": 22 / 3, "at 12 am": 0.0, "at 12 pm": 12.0, "at 00:05": 1 / 12,
          "at 11:59 PM": 24 - 1 / 60, "at 9:30": 9.5}  # fmt: skip
SCHEDULES = {"daily": 24.0, "twice daily": 12.0, "tid": 8.0, "q6h": 6.0, "q 8 h": 8.0, "every other day": 48.0,
             "weekly": 168.0, "every 90 min": 1.5, "every 0.5 days": 12.0, "every 36 hours": 36.0, "every 45 s": 1 / 80,
             "every night": 24.0}  # fmt: skip
LENGTHS = {"for 8 weeks": 1344.0, "for 10 days": 240.0, "for 200 h": 200.0, "for 1.5 weeks": 252.0}
ROUTES = {"": "oral", "capsule": "oral", "liquid": "liquid", "under the tongue": "sublingual", "iv": "intravenous"}


def _one_of(choices: dict[str, Any]) -> st.SearchStrategy[tuple[str, Any]]:
    return st.sampled_from(list(choices.items()))


@given(
    _one_of(MASSES), _one_of(CLOCKS), _one_of(SCHEDULES), _one_of(LENGTHS) | st.integers(1, 30), _one_of(ROUTES),
    st.randoms(use_true_random=False), st.sampled_from([" ", ", ", "  ", "\u00a0", "\n"]),
)  # fmt: skip
def test_a_sentence_means_its_words_in_any_order(
    mass: tuple[str, float], clock: tuple[str, float], schedule: tuple[str, float], length: Any,
    route: tuple[str, str], order: Any, between: str,
) -> None:  # fmt: skip
    doses = length if isinstance(length, int) else math.ceil(length[1] / schedule[1] - 1e-9)
    pieces = [clock[0], schedule[0], f"for {length} doses" if isinstance(length, int) else length[0], route[0]]
    order.shuffle(pieces)
    text = between.join([mass[0], *filter(None, pieces)])
    try:
        found = Regimen.parse(text)
    except InputError:
        # longer than an interval it must be, or not too many doses
        assert doses > 100_000 or (not isinstance(length, int) and length[1] < schedule[1])
        return
    (phase,) = found.phases
    assert phase.mg == pytest.approx(mass[1], rel=1e-12)
    assert (phase.route, phase.start, phase.doses) == (route[1], 0.0, doses)
    assert phase.every == pytest.approx(schedule[1], rel=1e-12)
    assert found.clock == pytest.approx(clock[1], abs=1e-9)


SENTENCES = (
    "4.5 mg HCl capsule at 22:00 every other day for 8 weeks",
    "1.5 mg for 2 weeks then 3 mg for 2 weeks then 4.5 mg",
    "50 mg iv over 30 min at 10 pm once plus 4.5 mg 10 h after 22:00 daily for 3 doses",
    "380 mg depot every 4 weeks for 12 weeks from day 3",
)
ALPHABET = "0123456789.,:;+-eE xhmgqp\u00b5\t\n\u00a0\u2212\u0664\uff13()%_\u00b2\x00\ud800"


@settings(max_examples=400)
@given(st.sampled_from(SENTENCES), st.lists(st.tuples(st.integers(0, 80), st.sampled_from(ALPHABET), st.booleans())))
def test_damaged_sentences_are_refused_or_read_back(sentence: str, slips: list[tuple[int, str, bool]]) -> None:
    text = sentence
    for place, letter, instead in slips[:4]:
        text = text[:place] + letter + text[place + instead :]
    try:
        found = Regimen.parse(text)
    except InputError:
        return
    assert not any(letter.isdigit() and not letter.isascii() for letter in text)
    assert Regimen.parse(str(found)) == found
    assert Regimen.parse(str(found)).dosing() == found.dosing()
    assert Regimen.from_dict(found.to_dict()) == found


@pytest.mark.parametrize(
    "text",
    ["\uff14.5 mg", "\u0664.5 mg", "4.5 mg at \u0662\u0662:00", "4.5 mg q\u0666h", "4.5 mg for \uff13 days", "1_0 mg",
     "4.5 mg every 0.0_5 h", "4.5 mg from day \u0663", "4.5 mg for 1e400 days", "1e-400 mg", "4.5 mg every 1e-400 h",
     "9" * 20_000, "4.5 mg " + "9" * 20_000, "4.5 mg for " + "9" * 20_000 + "x", "4.5 mg " * 3000],
    ids=lambda text: ascii(text[:20]),
)  # fmt: skip
def test_other_digits_and_endless_ones_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="^regimen: got"):
        Regimen.parse(text)


def test_a_decimal_comma_is_one_and_a_separator_of_thousands_is_refused() -> None:
    assert Regimen.parse("4,5 mg daily for 2,5 weeks") == Regimen.parse("4.5 mg daily for 2.5 weeks")
    assert Regimen.parse("0,125 mg every 1,5 h").phases[0].mg == 0.125
    for text in ("1,000 mg", "1.000,5 mg", "1,000,000 ug", "4,5,6 mg"):
        with pytest.raises(InputError, match=r"separators of thousands|formulation or salt|start of each step"):
            Regimen.parse(text)


ODD: list[Any] = [
    None, True, np.True_, 0, 1, 2, -1, 1.5, 24.0, 1e-9, 1e308, 10**400, math.nan, math.inf, -0.0, 1j, Decimal("1.5"),
    Decimal("sNaN"), Fraction(3, 2), np.float32(2), np.int64(3), np.array(2), np.array([2]), np.array([1, 2]),
    np.array("x"), np.array([]), np.ma.masked, pd.NA, pd.NaT, pd.Timestamp("2026-11-23"), pd.Series([1.0]),
    np.timedelta64(2, "h"), datetime.date(2026, 11, 23), datetime.timedelta(hours=3), "", "x", "2 h", "90 min",
    "1 week", "3 months", "4.5 mg", "4,5 mg", "0.0_5", "\uff14 mg", "22:00", "10 pm", "mon wed", "2026-11-23", "iv",
    "depot", "hcl", "daily", "1e400 h", b"4 mg", [], [1], (1,), {}, {1: 2}, {"clock": 22.0}, object(), range(3), int,
    "9" * 5000, "\ud800", registry().Quantity(2, "h"), registry().Quantity([1, 2], "h"),
    registry().Quantity(1, "year"), np.longdouble("1e400"), Regimen("1 mg"),
]  # fmt: skip
BASE = Regimen.parse("1 mg daily for 5 days").on("2026-11-23").miss(doses=2).late("2 h", doses=1)
CALLS: dict[str, tuple[Any, int, tuple[str, ...]]] = {
    "miss": (BASE.miss, 0, ("probability", "seed", "doses", "dates")),
    "double": (BASE.double, 0, ("probability", "seed", "doses", "dates")),
    "late": (BASE.late, 0, ("delay", "sd", "seed", "doses", "dates")),
    "stop": (BASE.stop, 0, ("after",)),
    "washout": (BASE.washout, 1, ()),
    "switch": (BASE.switch, 1, ("after", "salt", "mg", "over")),
    "then": (BASE.then, 1, ()),
    "shift": (BASE.shift, 1, ()),
    "on": (BASE.on, 1, ()),
    "moment": (BASE.moment, 1, ()),
    "init": (Regimen, 1, ("every", "at", "duration", "doses", "start", "route", "salt", "over")),
    "titrate": (Regimen.titrate, 2, ("by", "every", "hold", "capsule", "at", "route")),
    "weekdays": (Regimen.weekdays, 2, ("weeks", "at", "date", "route", "over")),
    "from_phases": (Regimen.from_phases, 1, ("clock", "deviations", "rest", "date")),
    "from_dict": (Regimen.from_dict, 1, ()),
    "parse": (Regimen.parse, 1, ()),
}
USUAL: dict[str, list[Any]] = {
    "init": ["4.5 mg"], "titrate": ["1 mg", "2 mg"], "weekdays": ["1 mg", "mon thu"],
         "from_phases": [BASE.phases],
         "switch": ["liquid"]}  # fmt: skip
NEEDED: dict[str, dict[str, Any]] = {
    "stop": {"after": 48}, "switch": {"after": 48}, "titrate": {"by": 0.5, "every": "1 week"}, "weekdays": {"weeks": 2},
}  # fmt: skip


def test_a_dose_of_nothing_alone_is_a_dose_and_no_pause() -> None:
    assert [dose.mg for dose in Regimen.parse("0 mg").dosing()] == [0.0]
    assert Regimen.parse("0 mg at 22:00 once") == Regimen.parse("0 mg")


@pytest.mark.parametrize("name", CALLS)
def test_no_argument_of_any_kind_raises_anything_else(name: str) -> None:
    function, places, names = CALLS[name]
    usual, needed = USUAL.get(name, []), NEEDED.get(name, {})
    calls: list[tuple[list[Any], dict[str, Any]]] = [
        ([*usual[:place], odd, *usual[place + 1 :]], needed) for place in range(places) for odd in ODD
    ]
    calls += [(usual, {**needed, key: odd}) for key, odd in itertools.product(names, ODD)]
    if "seed" in names:
        calls += [([], {"seed": odd, key: value}) for odd in ODD for key, value in (("probability", 0.5), ("sd", 1.0))
                  if key in names]  # fmt: skip
    for given_, keywords in calls:
        try:
            found = function(*given_, **keywords)
        except InputError:
            continue
        if isinstance(found, Regimen):
            assert Regimen.from_dict(found.to_dict()) == found
