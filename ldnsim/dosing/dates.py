"""Calendar dates of times: local clock, every day 24 h long."""

from __future__ import annotations

import datetime
import re

from ..base.errors import InputError
from .phases import tidy

FIRST, LAST = datetime.date(1600, 1, 1), datetime.date(2999, 12, 31)
"""Limits of a calendar start, so that every time of a regimen has a date that Python can hold."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def date_of(value: object, argument: str) -> datetime.date:
    """A calendar date.

    Parameters
    ----------
    value : str or datetime.date
        ``"2026-11-23"``, or the date itself; no `datetime.datetime`, because its clock time would be lost.
    argument : str
        Name of the argument, for the error.

    Returns
    -------
    datetime.date
        The date.

    Raises
    ------
    InputError
        If it is no date from 1600 to 2999.

    Examples
    --------
    >>> date_of("2026-11-23", "date")
    datetime.date(2026, 11, 23)
    """
    found = value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value.strip()):
        try:
            found = datetime.date.fromisoformat(value.strip())
        except ValueError:
            found = None
    if not isinstance(found, datetime.date) or isinstance(found, datetime.datetime) or not FIRST <= found <= LAST:
        raise InputError(argument, value, f"a date such as '2026-11-23', from {FIRST} to {LAST}")
    return found


def moment(date: datetime.date, clock: float, time: float) -> datetime.datetime:
    """Date and clock time of a time.

    Parameters
    ----------
    date : datetime.date
        Date of time 0.
    clock : float
        Hour of the day at time 0 [h].
    time : float
        The time [h], also before time 0.

    Returns
    -------
    datetime.datetime
        Without time zone; every day has 24 h, no hour is skipped or repeated in spring or autumn.
    """
    # to the minute where it is one, so that rounding never puts midnight on the day before
    return datetime.datetime.combine(date, datetime.time()) + datetime.timedelta(hours=tidy(clock + time))


def weekday_of(value: object, argument: str) -> int:
    """Day of the week, 0 for Monday, from ``"mon"`` or ``"Monday"``; raises `InputError`."""
    word = value.strip().lower() if isinstance(value, str) else ""
    for day, name in enumerate(WEEKDAYS):
        if len(word) >= 3 and name.startswith(word):
            return day
    raise InputError(argument, value, "days of the week such as 'mon wed fri'")
