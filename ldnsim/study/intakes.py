"""From a regimen to what happens in the model: every dose, its steady past, and decisions on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..base.errors import InputError
from ..base.units import HOURS_PER_DAY, number
from ..dosing.phases import GUARD, MAX_MG, Dose, Phase
from ..dosing.regimen import Regimen
from ..engines.events import Cycle, Infuse, Jump, Past
from ..engines.leg import Array
from ..models.dosable import Model
from .intake import Intake


def dose_events(model: Model, dose: Dose, key: int = 0) -> list[Jump | Infuse]:
    """What happens for one dose of a regimen.

    Parameters
    ----------
    model : Model
        A model whose compartments are routes, see `ldnsim.models.naltrexone`.
    dose : Dose
        The dose.
    key : int
        Its number.

    Returns
    -------
    list of Jump or Infuse
        Amounts [nmol] of each isomer into each state, zero amounts included, so that every dose is an event.
    """
    return intake_of(model, dose).enter(dose.time, key)


def intake_of(model: Model, dose: Dose | Phase, delay: float = 0.0) -> Intake:
    """A dose of a regimen as a typical person takes it, so long after its time [h]."""
    compartment = model.compartment(dose.route, model.dose, "route")
    amount = dose.mg * model.amount(dose.route, {"SALT": dose.salt})
    return Intake(compartment, amount, amount / dose.over if dose.over else 0.0, dose.over, delay)


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
