"""One dose as the model takes it: amount, rate, duration and lag, once or repeated forever."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..base.errors import InputError
from ..base.reading import number
from ..dosing.rows import Row
from ..engines.events import Cycle, Infuse, Jump, Number
from ..models.dosable import Model
from ..models.inlets import Compartment, Given, from_covariates

_SAME = 1e-9
"""Share of an interval that is rounding."""

_RESOLVED = 1e-6
MAX_UNDER_WAY = 100_000


class Intake(NamedTuple):
    """One dose, with all that the model says of it.

    Attributes
    ----------
    compartment : Compartment
        Where it goes.
    amount : float or ndarray
        F times AMT, in the unit of the state.
    rate : float or ndarray
        Amount per hour, 0 for a bolus.
    duration : float or ndarray
        How long it is infused [h], 0 for a bolus.
    lag : float or ndarray
        Lag of the compartment [h]; inlets add their own.
    """

    compartment: Compartment
    amount: Number
    rate: Number
    duration: Number
    lag: Number

    def enter(self, time: Number, dose: int = -1) -> list[Jump | Infuse]:
        """What happens for a dose that is taken at a time.

        Parameters
        ----------
        time : float or ndarray
            When it is taken [h].
        dose : int
            Its number, where a decision may change it.

        Returns
        -------
        list of Jump or Infuse
            Into every state that the compartment feeds.
        """
        events: list[Jump | Infuse] = []
        at_once = not (self.duration if isinstance(self.duration, float) else np.any(self.duration))
        for inlet in self.compartment.inlets:
            start = time + self.lag + inlet.lag
            if at_once:
                events.append(Jump(start, inlet.state, self.amount * inlet.share, dose))
                continue
            # an infusion shorter than a float of this time can tell is a bolus
            with np.errstate(invalid="ignore"):  # a dose that is never taken comes at infinity
                kept = np.abs(start + self.duration - start - self.duration) < _RESOLVED * np.asarray(self.duration)
            lost = ~(kept & (np.asarray(self.duration) > 0))
            if lost.any():
                amount = self.amount * inlet.share
                events.append(Jump(start, inlet.state, amount if lost.all() else np.where(lost, amount, 0.0), dose))
            if not lost.all():
                rate = self.rate * inlet.share
                rate = rate if not lost.any() else np.where(lost, 0.0, rate)
                events.append(Infuse(start, start + self.duration, inlet.state, rate, dose))
        return events

    def cycle(self, time: float, interval: float) -> tuple[Cycle, list[Jump | Infuse]]:
        """The dose repeated forever, and what of its past is still under way.

        Parameters
        ----------
        time : float
            When the next dose of the regimen is due [h].
        interval : float
            Time between doses [h].

        Returns
        -------
        cycle : Cycle
            What repeats, counted from `time`.
        under_way : list of Jump or Infuse
            Infusions that still run at `time` and end later, and doses taken before that are delayed beyond it. Lags
            and durations are those of all subjects.

        Raises
        ------
        InputError
            If too many doses are under way at once.
        """
        events: list[Jump | Infuse] = []
        under_way: list[Jump | Infuse] = []
        duration, lag = _shared(self.duration), _shared(self.lag)
        for inlet in self.compartment.inlets:
            delay = lag + _shared(inlet.lag)
            first = _wrapped(delay, interval)
            whole = math.floor(duration / interval * (1 + _SAME))
            rest = max(duration - whole * interval, 0.0)
            rate = self.rate * inlet.share
            if not duration:
                events.append(Jump(first, inlet.state, self.amount * inlet.share))
            if whole:
                events.append(Infuse(0.0, interval, inlet.state, rate * whole))
            if rest > _SAME * interval:
                end = first + rest
                # an infusion that runs over the end of the cycle already runs at its beginning
                if end > interval:
                    events.append(Infuse(0.0, end - interval, inlet.state, rate))
                events.append(Infuse(first, min(end, interval), inlet.state, rate))
            if (delay + duration) / interval > MAX_UNDER_WAY:
                raise InputError("II", interval, f"at most {MAX_UNDER_WAY} doses under way at once; check RATE and lag")
            # doses taken one, two ... intervals ago
            for past in range(1, math.ceil((delay + duration) / interval) + 1):
                start = delay - past * interval
                if duration:
                    if start + duration > _SAME * interval:
                        begun = time + max(start, 0.0)
                        under_way.append(Infuse(begun, time + start + duration, inlet.state, rate))
                elif start > -_SAME * interval:
                    under_way.append(Jump(time + max(start, 0.0), inlet.state, self.amount * inlet.share))
        return Cycle(tuple(events), interval), under_way


def _shared(value: Number) -> float:
    """A number that all subjects share, who are planned together for that."""
    return float(np.ravel(value)[0])


def _wrapped(delay: float, interval: float) -> float:
    """Position in the cycle of something that comes after a delay."""
    found = math.fmod(delay, interval)
    return 0.0 if interval - found <= _SAME * interval else found


def _value(given: Given, row: Row, what: str, high: float = math.inf) -> float:
    place = f"{row.place}, {what} from the model"
    return number(
        from_covariates(given, row.covariates, place) if callable(given) else given, place, low=0.0, high=high
    )


def intake(model: Model, row: Row) -> Intake:
    """A dose row as the model takes it.

    Parameters
    ----------
    model : Model
        The model.
    row : Row
        A row that gives a dose.

    Returns
    -------
    Intake
        Amount, rate, duration and lag.

    Raises
    ------
    InputError
        If the compartment takes no doses, or rate and duration are said twice or not at all.
    """
    name, dosing = model.compartment(row.cmt, model.dose, row.place).name, model.dosing_at(row.covariates)
    (compartment,) = (one for one in dosing.compartments if one.name == name)
    if not compartment.inlets:
        raise InputError(f"{row.place}, column CMT", compartment.name, "a compartment that can be dosed")
    f, lag = (
        _value(compartment.f, row, "F", 1.0 if "F" in model.fractions else math.inf),
        _value(compartment.lag, row, "lag"),
    )
    factor = float(dosing.amount(compartment.name, row.carried))
    amount, rate, duration = f * row.amt * factor, row.rate * factor, row.dur
    for code, name, given in ((-1.0, "R", compartment.rate), (-2.0, "D", compartment.duration)):
        if row.rate == code and given is None:
            raise InputError(
                f"{row.place}, column RATE", row.rate, f"a model with {name} for the compartment {compartment.name}"
            )
    if row.rate >= 0 and row.amt:
        for code, name, given in ((-1, "R", compartment.rate), (-2, "D", compartment.duration)):
            if given is not None:
                raise InputError(
                    f"{row.place}, column RATE",
                    row.rate,
                    f"{code}, because the model gives {name} for the compartment {compartment.name}",
                )
    if row.rate == -1 and compartment.rate is not None:
        rate = _positive(_value(compartment.rate, row, "R"), row, "R") * factor
    if row.rate == -2 and compartment.duration is not None:
        duration = _positive(_value(compartment.duration, row, "D"), row, "D")
    if duration:
        rate = amount / duration
    elif rate > 0:
        duration = amount / rate
    return Intake(compartment, amount, rate, duration, lag)


def _positive(value: float, row: Row, what: str) -> float:
    if value == 0:
        raise InputError(f"{row.place}, {what} from the model", value, "a number above 0")
    return value
