"""Calendar dates of times."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldnsim import InputError
from ldnsim.dosing.dates import FIRST, LAST, date_of, moment, weekday_of

DAY = datetime.date(2026, 11, 23)


@pytest.mark.parametrize("value", ["2026-11-23", " 2026-11-23 ", DAY])
def test_dates_are_read(value: Any) -> None:
    assert date_of(value, "date") == DAY


@pytest.mark.parametrize(
    "value",
    ["2026-11-31", "23.11.2026", "20261123", "2026-W48-1", "2026-11-23T22:00", "", None, 20261123, "1599-12-31",
     "3000-01-01", datetime.datetime(2026, 11, 23, 22)],
)  # fmt: skip
def test_other_dates_are_refused(value: Any) -> None:
    with pytest.raises(InputError, match="^day: got .*, expected a date such as '2026-11-23'"):
        date_of(value, "day")


def test_a_time_has_a_date() -> None:
    assert moment(DAY, 22.0, 0.0) == datetime.datetime(2026, 11, 23, 22)
    assert moment(DAY, 22.0, 2.0) == datetime.datetime(2026, 11, 24)
    assert moment(DAY, 22.0, -46.5) == datetime.datetime(2026, 11, 21, 23, 30)
    # 29 March 2026: no hour is skipped
    assert moment(datetime.date(2026, 3, 28), 22.0, 24.0) == datetime.datetime(2026, 3, 29, 22)


@given(st.integers(0, 24 * 60 - 1), st.integers(0, 40_000))
def test_midnight_is_on_its_own_day(minute: int, days: int) -> None:
    to_midnight = (24 * 60 - minute) / 60 + days * 24.0
    assert moment(DAY, minute / 60, to_midnight) == datetime.datetime(2026, 11, 24) + datetime.timedelta(days)


@pytest.mark.parametrize("date", [FIRST, LAST])
def test_the_longest_regimen_has_dates(date: datetime.date) -> None:
    assert moment(date, 22.0, 2e6) > moment(date, 22.0, -1e6)


def test_days_of_the_week() -> None:
    assert [weekday_of(word, "days") for word in ("mon", "Tues", " SUNDAY ")] == [0, 1, 6]
    for word in ("mo", "", "day", None, 3, "mondays"):
        with pytest.raises(InputError, match="^days: got"):
            weekday_of(word, "days")
