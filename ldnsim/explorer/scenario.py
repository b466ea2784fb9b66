"""Scenarios: what the explorer asks, within limits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from ..base.errors import InputError
from ..base.reading import choice, number, whole_number
from ..base.units import HOURS_PER_DAY, clock_text
from ..dosing.phases import clock_of, interval_of
from ..dosing.regimen import Regimen
from ..ledger.assumptions import Assumptions
from ..models import DRUGS, NALTREXONE
from ..population.adherence import Adherence
from ..population.covariates import levels
from ..population.population import Population
from ..simulation import simulate
from ..study.person_run import Simulation
from ..study.population_run import PopulationRun
from .drugs import COVARIATES, DOSES, FORMULATION, NAMES, taken

SCHEDULE = ("once", "daily", "twice daily", "every other day", "weekly", "every 4 weeks")
"""How often a dose is taken, in the words of `Regimen.parse`."""

CLOCK = tuple(clock_text(minutes / 60) for minutes in range(0, 24 * 60, 5))
"""When the first dose can be taken."""

LIMITS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "dose": (0.001, 400.0),
        "days": (1, 84),
        "steps": (1, 6),
        "step_days": (1, 28),
        "missed": (0.0, 0.9),
        "seed": (0, 9999),
        "weight": (40.0, 150.0),
        "creatinine_clearance": (10.0, 150.0),
        "people": (0, 500),
        "points": (0, 1),
    }
)
"""Least and most of every number, which bound what one request can cost."""

BANDS = ("plasma", "occupancy", "peptide_level", "receptor_density", "tone", "tlr4_inhibition", "cytokine_index")
"""Variables that are kept of a population."""

_RARE = 7 * HOURS_PER_DAY

_CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"drug": NAMES, "schedule": SCHEDULE, "formulation": FORMULATION, "liver": levels()["liver"]}
)

_DIGITS = 4
"""To how many digits the steps of a titration are rounded."""


def within(name: str, value: object) -> int:
    """A whole number within its `LIMITS`; raises `InputError`."""
    low, high = LIMITS[name]
    return whole_number(value, name, low=int(low), high=int(high))


def checked(name: str, value: Any) -> Any:
    """One field of a `Scenario` as it keeps it, whatever the others are.

    Parameters
    ----------
    name : str
        Name of the field.
    value : object
        What it shall be.

    Raises
    ------
    InputError
        If no scenario can have it.

    Examples
    --------
    >>> checked("at", "7:30")
    '07:30'
    """
    if name in _CHOICES:
        choice(name, value, _CHOICES[name])
        return value
    if name == "assumptions":
        return Assumptions.of(value)
    if name == "at":
        clock = clock_text(clock_of(value, "at"))
        if clock not in CLOCK:
            raise InputError("at", clock, "a clock time in steps of five minutes")
        return clock
    if isinstance(LIMITS[name][0], int):
        return within(name, value)
    low, high = LIMITS[name]
    return number(value, name, low=low, high=high)


@dataclass(frozen=True)
class Scenario:
    """One regimen in one person under some assumptions; immutable, and small enough to be run at once.

    Parameters
    ----------
    drug : str
        One of `drugs.NAMES`.
    dose : float
        Dose as labelled, at the end of a titration [mg].
    schedule : str
        One of `SCHEDULE`.
    at : str
        Clock time of the first dose, ``"22:00"``.
    days : int
        Length of the run, titration included [day].
    steps : int
        In how many equal steps the dose is reached; 1 for no titration.
    step_days : int
        How long each step but the last is kept [day].
    formulation : str
        One of `drugs.FORMULATION` that the drug has.
    missed : float
        Chance that a dose is missed [1].
    seed : int
        Says which doses are missed, and who the people of a population are.
    assumptions : Assumptions or str
        Under which account; on no axis that the drug has not.
    weight, creatinine_clearance : float
        Of the person [kg, mL/min], as of the typical one where the model of the drug does not know it.
    liver : str
        Liver disease: none, compensated or decompensated; likewise.

    Raises
    ------
    InputError
        If a value is outside `LIMITS` or does not go with another; the text names it.

    Examples
    --------
    >>> Scenario(steps=3).plan.split(" then ")[0]
    '1.5 mg capsule at 22:00 daily for 7 days'
    """

    drug: str = NALTREXONE
    dose: float = DOSES[NALTREXONE][0]
    schedule: str = "daily"
    at: str = "22:00"
    days: int = 28
    steps: int = 1
    step_days: int = 7
    formulation: str = "capsule"
    missed: float = 0.0
    seed: int = 1
    assumptions: Assumptions | str = "popular"
    weight: float = COVARIATES["weight"]
    liver: str = COVARIATES["liver"]
    creatinine_clearance: float = COVARIATES["creatinine_clearance"]

    def __post_init__(self) -> None:
        given = self.assumptions
        for field in fields(self):
            object.__setattr__(self, field.name, checked(field.name, getattr(self, field.name)))
        self._suit(given)
        if self.steps > 1 and self.schedule == "once":
            raise InputError("steps", self.steps, "1, because a dose that is taken once has no titration")
        if self.days <= self.step_days * (self.steps - 1):
            most = self.step_days * (self.steps - 1)
            raise InputError("days", self.days, f"more than the {most} days that the steps before the full dose take")
        apart = self._interval / HOURS_PER_DAY
        if self.steps > 1 and self.step_days % max(apart, 1.0):
            expected = f"a multiple of {apart:g} days, which lie between two doses"
            raise InputError("step_days", self.step_days, expected)
        if self.formulation == "depot" and 0 < self._interval < _RARE:
            raise InputError("schedule", self.schedule, "once, weekly or every 4 weeks for a depot")

    def _suit(self, assumptions: Assumptions | str) -> None:
        """Refuse what the drug has not; assumptions as they were said."""
        if self.drug == NALTREXONE:
            return
        DRUGS[self.drug](assumptions)
        had = taken(self.drug)
        if self.formulation not in had.formulation:
            expected = f"{' or '.join(had.formulation)}, which the model of {self.drug} has"
            raise InputError("formulation", self.formulation, expected)
        for name, value in self.covariates.items():
            if name in had.absent:
                expected = f"to be left out, because the model of {self.drug} does not ask for it"
                raise InputError(name, value, expected)

    @property
    def _interval(self) -> float:
        """Between two doses [h]; 0 for a single one."""
        return interval_of(self.schedule)

    @property
    def plan(self) -> str:
        """What is planned, in the words of `Regimen.parse`."""
        if self.schedule == "once":
            return f"{self.dose:.10g} mg {self.formulation} at {self.at} once"
        left = self.days - self.step_days * (self.steps - 1)
        parts = []
        for step in range(1, self.steps + 1):
            mg = self.dose if step == self.steps else float(f"{self.dose * step / self.steps:.{_DIGITS}g}")
            days = left if step == self.steps else self.step_days
            # whole intervals alone would leave out a dose in the last days
            doses = math.ceil(days * HOURS_PER_DAY / self._interval)
            length = f"{days} days" if self._interval <= HOURS_PER_DAY else f"{doses} doses"
            parts.append(f"{mg:.10g} mg {self.formulation} at {self.at} {self.schedule} for {length}")
        return " then ".join(parts)

    @property
    def regimen(self) -> Regimen:
        """What is given, missed doses left out."""
        planned = Regimen.parse(self.plan)
        return planned.miss(self.missed, seed=self.seed) if self.missed else planned

    @property
    def line(self) -> str:
        """What is given as one line, which `Regimen.parse` and the command line read back as `regimen`.

        Examples
        --------
        >>> Scenario(missed=0.2, days=14, seed=2).line
        '4.5 mg capsule at 22:00 daily for 14 days; doses 2 and 7 and 12 missed'
        """
        left_out = [str(number) for number, dose in enumerate(self.regimen.diary(), 1) if not dose.mg]
        if not left_out:
            return self.plan
        return f"{self.plan}; dose{'s' if len(left_out) > 1 else ''} {' and '.join(left_out)} missed"

    @property
    def covariates(self) -> dict[str, float | str]:
        """What is known of the person and differs from the typical one."""
        return {name: getattr(self, name) for name, usual in COVARIATES.items() if getattr(self, name) != usual}

    @property
    def account(self) -> str:
        """Name of the assumptions."""
        assert isinstance(self.assumptions, Assumptions)
        return self.assumptions.name

    @property
    def option(self) -> str:
        """What the command line has to be told beside `line` where another drug is taken than the usual one."""
        return "" if self.drug == NALTREXONE else f"--drug {self.drug}"

    @property
    def _settings(self) -> dict[str, Any]:
        """Arguments of `simulate` that say the same in Python, for one person and for a population alike."""
        found = {"engine": "compiled"}
        whole = Regimen.parse(self.plan).horizon == self.days * HOURS_PER_DAY
        return found if whole else {"until": f"{self.days} days", **found}

    @property
    def _of_drug(self) -> dict[str, Any]:
        """The drug and its account, as `simulate` takes them."""
        if self.drug == NALTREXONE:
            return {"assumptions": self.account}
        return {"model": DRUGS[self.drug](self.account)}

    def _known(self) -> dict[str, Any]:
        return {"covariates": self.covariates} if self.covariates else {}

    def python(self) -> str:
        """One line of Python that gives the same numbers as `run`."""
        regimen = repr(self.plan)
        if self.missed:
            regimen = f"ldn.Regimen.parse({regimen}).miss({self.missed:.10g}, seed={self.seed})"
        said = [f"{name}={value!r}" for name, value in (self._known() | self._settings).items()]
        (of_drug,) = self._of_drug
        whom = repr(self.account)
        if of_drug == "model":
            whom = f"ldn.models.{self.drug}({whom})"
        return f"ldn.simulate({', '.join([regimen, f'{of_drug}={whom}', *said])})"

    def run(self) -> Simulation:
        """Simulate the person.

        Raises
        ------
        MissingExtra
            Without the extra ``fast``.
        """
        found: Simulation = simulate(self.regimen, **self._of_drug, **self._known(), **self._settings)
        return found

    def people(self, people: int) -> PopulationRun:
        """Simulate people who differ as the ledger says, each of whom misses doses of their own.

        Parameters
        ----------
        people : int
            How many, at least 2.

        Raises
        ------
        InputError
            If there are too few or too many.
        MissingExtra
            Without the extra ``fast``.
        """
        if within("people", people) < 2:
            raise InputError("people", people, "at least 2")
        adherence = Adherence(miss=self.missed) if self.missed else None
        population = Population(people, self.seed, adherence=adherence, **self._known())
        known = taken(self.drug).variables
        kept = [name for name in BANDS if known is None or name in known]
        return simulate(
            self.plan, population=population, outputs=kept, progress=False, **self._of_drug, **self._settings
        )
