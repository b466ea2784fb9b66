"""What people say: phrases of the documentation mean what it says, and mixtures of words are read back or refused."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from ldnsim import InputError, Regimen

PAGE = (Path(__file__).parents[2] / "docs" / "regimens.md").read_text(encoding="utf-8")
READ, NOT_READ = (re.findall(r"^\| `([^`]+)` \| (.+?) \|$", part, re.M) for part in PAGE.split("## What is refused"))


@pytest.mark.parametrize(("phrase", "plain"), READ)
def test_a_phrase_of_the_page_is_read_as_it_says(phrase: str, plain: str) -> None:
    assert str(Regimen.parse(phrase)) == plain


@pytest.mark.parametrize(("phrase", "reason"), NOT_READ)
def test_what_the_page_refuses_is_refused_for_that_reason(phrase: str, reason: str) -> None:
    with pytest.raises(InputError, match=re.escape(reason)) as refused:
        Regimen.parse(phrase)
    # the word is one of the text, so that it can be pointed at
    words = str(refused.value).rsplit("in place of '", 1)[1].rstrip("'")
    assert words.lower() in phrase.lower()


SAME: dict[str, tuple[str, ...]] = {
    "4.5 mg at 22:00 daily for 28 days": (
        "4.5 mg daily",
        "4.5mg qd",
        "4.5 mg od",
        "4.5 mg nightly",
        "4.5 mg every night",
        "4.5 mg every bedtime",
        "4.5 mg qhs",
        "4.5 mg PO QHS",
        "take 4.5 mg at bedtime every day",
        "every night 4.5 mg",
        "at bedtime: 4.5 mg daily",
        "4.5 mg once a day",
        "4.5 mg once daily",
        "4.5 mg a day",
        "4.5 mg/day",
        "4.5 mg per day",
        "4,5 mg daily",
        "4.5 milligrams daily",
        "0.0045 g daily",
        "4500 mcg daily",
        "4.5 mg daily x 28 days",
        "4.5 mg x 28d",
        "4.5 mg for 4 weeks",
        "4.5 mg daily for 28 doses",
        "4.5 mg each night for 28 nights",
        "three 1.5 mg capsules daily",
        "3 x 1.5 mg daily",
        "3 capsules of 1.5 mg nightly",
        "4.5 mg by mouth daily",
        "4.5 mg p.o. daily",
        "4.5 mg tablet every night before bed",
        "4.5 mg daily at 10 pm",
        "4.5 mg daily at 10 p.m.",
        "4.5 mg daily at 22h",
        "4.5 mg daily at 10 in the evening",
        "4.5 mg every 24 h",
        "4.5 mg q24h",
        "start with 4.5 mg daily",
        "4.5 mg daily until day 28",
        "0.06 mg/kg at 75 kg daily",
        "4.5 mg hcl daily",
        "4.5 mg daily.",
        "4.5 mg daily for 28 days then stop",
        "9 times 0.5 mg daily",
        "4.5 mg daily for the first 28 days",
        "4.5 mg every 1 day",
    ),
    "1.5 mg at 22:00 every 12 h for 56 doses": (
        "1.5 mg bid",
        "1.5 mg b.i.d.",
        "1.5 mg twice a day",
        "1.5 mg 2 times daily",
        "1.5 mg q12h",
        "1.5 mg every 12 hours",
        "1.5 mg 2x daily",
    ),
    "1.5 mg at 22:00 every 6 h for 112 doses": (
        "1.5 mg qid",
        "1.5 mg four times a day",
        "1.5 mg 4 times per day",
        "1.5 mg q 6 h",
        "1.5 mg qds",
    ),
    "1.5 mg at 08:00 daily for 28 days plus 1.5 mg at 20:00 daily for 28 days": (
        "1.5 mg at 8:00 and 20:00 daily",
        "1.5 mg twice daily at 8:00 and 20:00",
        "1.5 mg at 8 am and at 8 pm daily",
        "1.5 mg at 8 am and 1.5 mg at 8 pm daily",
        "1.5 mg at 8:00, 20:00 for 4 weeks",
        "1.5 mg bid at 8:00 and 20:00",
    ),
    "4.5 mg at 22:00 every 48 h for 14 doses": (
        "4.5 mg every other day",
        "4.5 mg every second night",
        "4.5 mg on alternate days",
        "4.5 mg qod",
        "4.5 mg eod",
        "4.5 mg every 2 days",
        "4.5 mg every two days",
    ),
    "4.5 mg at 22:00 every 168 h for 4 doses": (
        "4.5 mg weekly",
        "4.5 mg once a week",
        "4.5 mg every week",
        "4.5 mg on mondays",
        "4.5 mg every monday",
        "4.5 mg per week",
    ),
    "4.5 mg at 22:00 once": (
        "4.5 mg",
        "4.5 mg once",
        "4.5 mg stat",
        "a 4.5 mg capsule",
        "4.5 mg as a single dose",
        "a single dose 4.5 mg",
        "one 4.5 mg tablet at night",
        "4.5 mg on day 1",
    ),
    "4.5 mg at 22:00 daily for 14 days then 3 mg at 22:00 daily for 14 days from day 22": (
        "4.5 mg daily for 2 weeks; nothing for 1 week; 3 mg daily for 2 weeks",
        "4.5 mg daily for 2 weeks, then no doses for 7 days, then 3 mg daily for 2 weeks",
        "4.5 mg for 14 days followed by a break of 7 days then 3 mg for 14 days",
        "4.5 mg for 14 days then 7 days off then 3 mg for 14 days",
        "4.5 mg for 14 days then 3 mg for 14 days from day 22",
    ),
    "0.5 mg at 22:00 daily for 7 days then 1 mg at 22:00 daily for 7 days then 1.5 mg at 22:00 daily for 28 days": (
        "0.5 mg up by 0.5 mg every week to 1.5 mg",
        "from 0.5 mg to 1.5 mg by 0.5 mg weekly",
        "start at 0.5 mg, increase by 0.5 mg every 7 days up to 1.5 mg",
        "0.5 mg increasing by 0.5 mg each week until 1.5 mg",
        "0.5 mg for 1 week then up by 0.5 mg every week to 1.5 mg",
        "0.5 mg nightly, raised by 0.5 mg to 1.5 mg every week",
        "0.5 mg to 1.5 mg in steps of 0.5 mg every week for 28 days",
    ),
}


@pytest.mark.parametrize(("phrase", "plain"), [(phrase, plain) for plain, all_ in SAME.items() for phrase in all_])
def test_many_ways_to_say_the_same(phrase: str, plain: str) -> None:
    assert str(Regimen.parse(phrase)) == plain


REFUSED = (
    "4.5 mg prn",
    "4.5 mg when needed",
    "4.5 to 9 mg daily",
    "4.5 mg or 3 mg daily",
    "about 4.5 mg",
    "up to 4.5 mg daily",
    "4.5 mg patch",
    "4.5 mg sc daily",
    "4.5 mg nasal spray",
    "LDN 4.5 mg",
    "4.5 ml nightly",
    "5 drops nightly",
    "4.5 mg for a month",
    "4.5 mg monthly",
    "4.5 mg daily except sundays",
    "4.5 mg daily 3 mg weekly",
    "4.5 mg 3 mg",
    "3 mg daily and weekly",
    "4.5 mg tid at 8:00 and 20:00",
    "4.5 mg at 22:00 and 22:00",
    "4.5 mg on mon and mon",
    "4.5 mg tomorrow",
    "daily",
    "mg",
    "4.5",
    "4.5 mg at 8",
    "4.5 mg at 8 o'clock",
    "4.5 mg up by 0.5 mg every week to 3 mg",
    "3 mg down by 1 mg every week to 4 mg",
    "3 mg up by 1 mg every week",
    "3 mg up by 0 mg every week to 4 mg",
    "nothing for 14 days",
    "then stop",
    "4.5 mg then stop then 3 mg",
    "4.5 mg daily at bedtime with 70 kg",
    "4.5 mg once for 3 days and twice",
    "4.5 mg 8 times a week",
    "dose 3 missed",
    "4.5 mg daily; dose 99 missed",
    "4.5 mg daily; dose 3 2 h early",
    "4.5 mg until day 0",
    "4.5 mg daily from 2026-02-30",
    "4.5 mg daily from 01/02/2026",
    "4.5 mg in the morning at night",
    "zero mg daily",
)


@pytest.mark.parametrize("phrase", REFUSED)
def test_what_is_no_regimen_is_refused(phrase: str) -> None:
    with pytest.raises(InputError):
        Regimen.parse(phrase)


@pytest.mark.parametrize(
    ("phrase", "plain"),
    [
        ("take a single dose of 3 mg", "3 mg at 22:00 once"),
        ("3 mg an hour before bed", "3 mg at 21:00 once"),
        ("3 mg 90 min after dinner for 5 days", "3 mg at 20:30 daily for 5 days"),
        ("3 mg half an hour before breakfast for a week", "3 mg at 07:30 daily for 7 days"),
        ("3 mg 3 h after bedtime", "3 mg at 01:00 once"),
        ("3 mg 10 h after 22:00", "3 mg 10 h after 22:00 once"),
        ("50 mg iv over 2 h after dinner", "50 mg intravenous over 2 h at 19:00 once"),
        ("3 mg at dinner time", "3 mg at 19:00 once"),
        ("3 mg at bed-time for a week", "3 mg at 22:00 daily for 7 days"),
    ],
)
def test_times_beside_a_part_of_the_day(phrase: str, plain: str) -> None:
    assert str(Regimen.parse(phrase)) == plain


@pytest.mark.parametrize(
    ("phrase", "reason"),
    [
        ("1.5 mg for 2 weeks then go up to 3 mg", "the next dose after 'then'.* in place of 'go up to 3 mg'"),
        ("4.5 mg then taper to 3 mg", "the next dose after 'then'.* in place of 'taper to 3 mg'"),
        ("4.5 mg nightly if tolerated", "without a condition.* in place of 'if tolerated'"),
        ("4.5 mg if needed", "as needed has none"),
        ("4.5 mg for 7 days, increasing", "behind 'increasing', at the end"),
        ("3 mg 24 h after dinner", "less than 12 h.* in place of '24 h after dinner'"),
        ("3 mg, 14 days, after dinner", "'for' before how long"),
        ("3 mg 2 h before 22:00", "a part of the day, such as '1 h before bed'"),
        ("4.5 mg at 8am, noon and 10pm", "or '12:00' for the part"),
    ],
)
def test_the_reason_points_at_the_word(phrase: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        Regimen.parse(phrase)


def test_a_date_makes_days_of_the_week_those_of_the_calendar() -> None:
    # 2026-11-29 is a Sunday
    regimen = Regimen.parse("3 mg on mon and thu from 2026-11-29 for 2 weeks")
    days = [regimen.moment(dose.time).strftime("%a %d") for dose in regimen.dosing()]
    assert days == ["Mon 30", "Thu 03", "Mon 07", "Thu 10"]


def test_doses_of_weekdays_and_weekends_of_their_own() -> None:
    regimen = Regimen.parse("4.5 mg on weekdays and 3 mg on weekends for 2 weeks")
    assert [dose.mg for dose in regimen.dosing()] == [4.5, 4.5, 4.5, 4.5, 4.5, 3, 3] * 2
    assert [dose.time for dose in regimen.dosing()] == [24.0 * day for day in range(14)]


WORDS = (
    "4.5 mg", "1.5 mg", "0,5 mg", "4500 ug", "two", "two 1.5 mg capsules", "half a 4.5 mg tablet", "2 x 1.5 mg",
    "at 22:00", "at 8:00", "22:00", "10 pm", "at bedtime", "every night", "in the morning", "at noon", "evening",
    "daily", "qd", "bid", "qhs", "qod", "q8h", "po", "stat", "once", "weekly", "twice a day", "3 times a week",
    "every other day", "every 36 h", "on monday", "mon wed fri", "weekends", "5 days on 2 days off", "x 28 days",
    "for 2 weeks", "for 10 doses", "for a week", "until day 20", "until 2026-12-24", "from 2026-11-23", "from day 3",
    "up by 0.5 mg every week to 4.5 mg", "down by 0.5 mg every week to 0 mg", "increase", "to 4.5 mg", "by 0.5 mg",
    "then", "then nothing for 14 days", "then stop", ";", "and", ",", "plus", "iv", "over 30 min", "depot", "liquid",
    "hcl", "base", "dose 3 missed", "dose 5 2 h late", "with a weight of 70 kg", "0.06 mg/kg", "10 h after 22:00",
    "on days 1, 3 and 5", "nothing", "a", "day", "week", "the", "first", "late", "off", "on", "28", "3", "h", "at",
    "for", "every",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_mixtures_of_words_are_read_back_or_refused(seed: int) -> None:
    chance, read = random.Random(seed), 0
    for _ in range(500):
        words = ["4.5 mg"] * chance.randint(0, 1) + [chance.choice(WORDS) for _ in range(chance.randint(1, 6))]
        try:
            found = Regimen.parse(" ".join(words))
        except InputError:
            continue
        read += 1
        if not found.deviations:
            assert Regimen.parse(str(found)) == found
            assert Regimen.parse(str(found)).dosing() == found.dosing()
    assert read > 20
