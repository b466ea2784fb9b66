"""From a regimen to what happens in the model: every dose, its steady past, and decisions on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..base.errors import InputError
from ..base.reading import number
from ..base.units import HOURS_PER_DAY
from ..dosing.phases import GUARD, MAX_MG, Dose, Phase, default_salt
from ..dosing.regimen import Regimen
from ..engines.events import Cycle, Infuse, Jump, Number, Past
from ..engines.leg import Array
from ..models.dosable import Model
from ..models.inlets import Dosing
from .intake import Intake


def taken(model: Model, dosing: Dosing, dose: Dose | Phase, delay: float = 0.0, share: Number = 1.0) -> Intake:
    """A dose of a regimen as people take it.

    Parameters
    ----------
    model : Model
        The model, which says where a route leads.
    dosing : Dosing
        How doses enter under their parameters, numbers or arrays over people.
    dose : Dose or Phase
        The dose.
    delay : float
        How long after its time it is taken [h].
    share : float or ndarray
        What people take of it [1].

    Returns
    -------
    Intake
        Amounts in the unit of the state.

    Raises
    ------
    InputError
        If the model cannot be dosed so.
    """
    name = model.route(dose.route)
    (compartment,) = (one for one in dosing.compartments if one.name == name)
    amount = dose.mg * share * model.per_mg(name) * dosing.amount(name, carried(dose)) * compartment.f
    own = compartment.duration if compartment.rate is None else amount / compartment.rate
    if dose.over and own is not None:
        raise InputError("over", dose.over, f"0, because the model says how long doses into {name} take")
    over: Any = dose.over if own is None else own
    lag: Any = compartment.lag
    return Intake(compartment, amount, amount / over if np.any(over) else 0.0, over, delay + lag)


def carried(dose: Dose | Phase) -> dict[str, str]:
    """What a dose carries beside its amount: its salt, where it is said to be another than the usual one."""
    return {} if dose.salt == default_salt(dose.route) else {"SALT": dose.salt}


def steady_start(regimen: Regimen, taken: Callable[[Phase, float], Intake]) -> tuple[Past, list[Jump | Infuse]]:
    """A past in which the first step of a regimen has gone on forever.

    Phases that start before the first one ends belong to it, such as the days of a weekly pattern.

    Parameters
    ----------
    regimen : Regimen
        The regimen.
    taken : callable
        ``taken(phase, delay)`` gives the dose of a phase as the model takes it, so long after the interval begins [h].

    Returns
    -------
    past : Past
        The steady state at time 0.
    under_way : list of Jump or Infuse
        What of earlier doses is still under way.

    Raises
    ------
    InputError
        If the first step is not repeated, or has no single interval.
    """
    first = min(regimen.phases, key=lambda phase: phase.start)
    together = [phase for phase in regimen.phases if phase.start < first.end - GUARD or phase is first]
    interval = first.every
    wanted = "'untreated', or a regimen whose first step is repeated"
    if not interval:
        raise InputError("start", "steady-state", wanted)
    if any(abs(phase.every - interval) > GUARD or phase.start >= interval - GUARD for phase in together):
        raise InputError("start", "steady-state", wanted + " at one interval, its first dose within the first interval")
    events: list[Jump | Infuse] = []
    under_way: list[Jump | Infuse] = []
    for phase in together:
        cycle, past = taken(phase, phase.start).cycle(0.0, interval)
        events += cycle.events
        under_way += past
    return Past(0.0, Cycle(tuple(events), interval), add=False), under_way


@dataclass(frozen=True)
class Moment(Mapping[str, float]):
    """What is known when a dose is due; a mapping of every state and output by name, as in the columns of a table.

    Attributes
    ----------
    number : int
        Number of the dose, from 1.
    time : float
        Time [h].
    clock : float
        Hour of the day [h].
    mg : float
        What is planned [mg].
    route : str
        By which route.
    subject : int
        Number of the person in a population, from 0; 0 for one person.
    levels : mapping of str to float
        States and outputs, for example ``occupancy_mor``, ``plasma_ntx`` [ng/mL], ``effects_tone``.
    """

    number: int
    time: float
    clock: float
    mg: float
    route: str
    subject: int
    levels: Mapping[str, float]

    def __getitem__(self, name: str) -> float:
        if name not in self.levels:
            raise KeyError(f"{name!r} is none of {', '.join(self.levels)}")
        return self.levels[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.levels)

    def __len__(self) -> int:
        return len(self.levels)


Decide = Callable[[Moment], "float | None"]
"""Says how many mg are given of a dose that is due; None for what is planned."""


def deciding(
    model: Model,
    doses: Sequence[Dose],
    decide: Decide,
    decided: Callable[[int, int, float], None],
    numbers: Sequence[int],
) -> Callable[[int, int, float, Array, Any], float]:
    """A decision of the user as the engine asks for it.

    Parameters
    ----------
    model : Model
        The model.
    doses : sequence of Dose
        Planned doses, by number.
    decide : callable
        What the user decides by.
    decided : callable
        ``decided(subject, dose, mg)`` is told what is given.
    numbers : sequence of int
        Number of each subject, as the user knows it.

    Returns
    -------
    callable
        ``factor(subject, number, time, state, parameters)``: what of the planned dose is given.
    """

    def factor(subject: int, position: int, time: float, state: Array, parameters: Any) -> float:
        dose = doses[position]
        levels = {name: float(value) for name, value in model.columns(state, parameters, time).items()}
        clock = (time + model.daily.start) % HOURS_PER_DAY
        wanted = decide(Moment(position + 1, time, clock, dose.mg, dose.route, numbers[subject], levels))
        mg = dose.mg if wanted is None else number(wanted, f"decide, dose {position + 1}", low=0.0, high=MAX_MG)
        if mg and not dose.mg:
            raise InputError(f"decide, dose {position + 1}", mg, "0, because a dose of 0 mg is planned")
        decided(subject, position, mg)
        return mg / dose.mg if dose.mg else 1.0

    return factor


def replayed(decisions: Sequence[Sequence[float]]) -> Decide:
    """Decisions that were taken before, subject by subject, one after the other."""
    return lambda moment: decisions[moment.subject][moment.number - 1]
