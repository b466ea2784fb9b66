"""A regimen with another dose, clock time or interval, and everything else as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..base.errors import InputError
from ..dosing.regimen import Regimen

DIGITS = 6
"""Digits of a dose or an interval, as many as the text of a regimen has."""


def regimen_of(regimen: object) -> Regimen:
    """What is given; raises `InputError` for a table, whose rows say their own amounts, and for what is no regimen."""
    found = Regimen.parse(regimen) if isinstance(regimen, str) else regimen
    if not isinstance(found, Regimen):
        expected = "a Regimen, or a text such as '4.5 mg at 22:00 daily for 28 days'; a table says its own amounts"
        raise InputError("regimen", type(found).__name__, expected)
    return found


def dose_of(regimen: Regimen) -> float:
    """What every dose is planned to be [mg]; raises `InputError` where they differ or are 0."""
    doses = {(phase.mg, phase.salt) for phase in regimen.phases}
    if len(doses) != 1 or 0.0 in next(iter(doses)):
        expected = "one whose planned doses are all alike and above 0, because every dose becomes the one that is found"
        raise InputError("regimen", str(regimen), expected)
    return doses.pop()[0]


def with_dose(regimen: Regimen, mg: float) -> Regimen:
    """The same with another dose [mg]."""
    return _changed(regimen, regimen.clock, mg=mg)


def at_clock(regimen: Regimen, clock: float) -> Regimen:
    """The same with its time 0 at another hour of the day [h]."""
    return _changed(regimen, clock)


def interval_of(regimen: Regimen) -> float:
    """The interval between doses [h]; raises `InputError` where there is none, or more than one."""
    if len(regimen.phases) != 1 or not regimen.phases[0].every:
        raise InputError(
            "regimen", str(regimen), "one dose that is repeated at one interval, such as '4.5 mg every 24 h'"
        )
    return regimen.phases[0].every


def with_interval(regimen: Regimen, every: float) -> Regimen:
    """The same number of doses at another interval [h]."""
    return _changed(regimen, regimen.clock, every=every)


def shortened(number: float) -> float:
    """A number to as many digits as a regimen tells, so that its text says what was run."""
    return float(f"{number:.{DIGITS}g}")


def _changed(regimen: Regimen, clock: float, **of_phases: Any) -> Regimen:
    return Regimen.from_phases(
        [replace(phase, **of_phases) for phase in regimen.phases], clock,
        deviations=regimen.deviations, rest=regimen.rest, date=regimen.date,
    )  # fmt: skip
