"""Scenarios: what the explorer asks, within limits, to and from the query of an address."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlencode

from ..base.errors import InputError
from ..base.reading import number, number_in, whole_number
from ..base.units import HOURS_PER_DAY, clock_text
from ..dosing.phases import clock_of, interval_of
from ..dosing.regimen import Regimen
from ..ledger.assumptions import Assumptions
from ..population.adherence import Adherence
from ..population.covariates import levels, references
from ..population.population import Population
from ..simulation import simulate
from ..study.person_run import Simulation
from ..study.population_run import PopulationRun

SCHEDULE = ("once", "daily", "twice daily", "every other day", "weekly", "every 4 weeks")
"""How often a dose is taken, in the words of `Regimen.parse`."""

FORMULATION = ("capsule", "liquid", "sublingual", "extended-release", "depot", "intravenous")
"""How a dose is given, in the words of `Regimen.parse`."""

CLOCK = tuple(clock_text(minutes / 60) for minutes in range(0, 24 * 60, 5))
"""When the first dose can be taken."""

LIMITS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "dose": (0.1, 400.0),
        "days": (1, 84),
        "steps": (1, 6),
        "step_days": (1, 28),
        "missed": (0.0, 0.9),
        "seed": (0, 9999),
        "weight": (40.0, 150.0),
        "creatinine_clearance": (10.0, 150.0),
        "people": (0, 500),
    }
)
"""Least and most of every number, which bound what one request can cost."""

LONGEST_QUERY = 2000
"""Most characters of a query that are read at all."""

SECOND = "b."
"""What stands before the names of the second scenario in an address."""

STRETCHES: Mapping[bool, str] = MappingProxyType({True: "near", False: "whole"})
"""Names of the stretches of time that a file is asked for: of the panels with the last days, and of the others."""

BANDS = ("plasma", "occupancy", "peptide_level", "receptor_density", "tone", "tlr4_inhibition", "cytokine_index")
"""Variables that are kept of a population."""

_RARE = 7 * HOURS_PER_DAY

_ON_SCREEN = (-1.0, (LIMITS["days"][1] + 1) * HOURS_PER_DAY)
"""Between what every time axis lies, which begins at a midnight; a little less, for what a screen rounds [h]."""


def within(name: str, value: object) -> int:
    """A whole number within its `LIMITS`; raises `InputError`."""
    low, high = LIMITS[name]
    return whole_number(value, name, low=int(low), high=int(high))


@dataclass(frozen=True)
class Scenario:
    """One regimen in one person under some assumptions; immutable, and small enough to be run at once.

    Parameters
    ----------
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
        One of `FORMULATION`.
    missed : float
        Chance that a dose is missed [1].
    seed : int
        Says which doses are missed, and who the people of a population are.
    assumptions : Assumptions or str
        Under which account.
    weight, creatinine_clearance : float
        Of the person [kg, mL/min].
    liver : str
        Liver disease: none, compensated or decompensated.

    Raises
    ------
    InputError
        If a value is outside `LIMITS` or does not go with another; the text names it.

    Examples
    --------
    >>> Scenario(steps=3).plan.split(" then ")[0]
    '1.5 mg capsule at 22:00 daily for 7 days'
    """

    dose: float = 4.5
    schedule: str = "daily"
    at: str = "22:00"
    days: int = 28
    steps: int = 1
    step_days: int = 7
    formulation: str = "capsule"
    missed: float = 0.0
    seed: int = 1
    assumptions: Assumptions | str = "popular"
    weight: float = references()["weight"][0]
    liver: str = levels()["liver"][0]
    creatinine_clearance: float = references()["creatinine_clearance"][0]

    def __post_init__(self) -> None:
        for name in ("dose", "missed", "weight", "creatinine_clearance"):
            low, high = LIMITS[name]
            self._set(name, number(getattr(self, name), name, low=low, high=high))
        for name in ("days", "steps", "step_days", "seed"):
            self._set(name, within(name, getattr(self, name)))
        for name, choices in (
            ("schedule", SCHEDULE),
            ("formulation", FORMULATION),
            ("liver", levels()["liver"]),
        ):
            if getattr(self, name) not in choices:
                raise InputError(name, getattr(self, name), f"one of {', '.join(choices)}")
        self._set("at", clock_text(clock_of(self.at, "at")))
        if self.at not in CLOCK:
            raise InputError("at", self.at, "a clock time in steps of five minutes")
        self._set("assumptions", Assumptions.of(self.assumptions))
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

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

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
            mg = round(self.dose * step / self.steps, 3)
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
    def covariates(self) -> dict[str, float | str]:
        """What is known of the person and differs from the typical one."""
        typical = Scenario()
        names = ("weight", "liver", "creatinine_clearance")
        return {name: getattr(self, name) for name in names if getattr(self, name) != getattr(typical, name)}

    @property
    def _settings(self) -> dict[str, Any]:
        """Arguments of `simulate` for one person and for a population alike."""
        assert isinstance(self.assumptions, Assumptions)
        found = {"assumptions": self.assumptions.name, "engine": "compiled"}
        whole = Regimen.parse(self.plan).horizon == self.days * HOURS_PER_DAY
        return found if whole else {"until": f"{self.days} days", **found}

    def _known(self) -> dict[str, Any]:
        return {"covariates": self.covariates} if self.covariates else {}

    def python(self) -> str:
        """One line of Python that gives the same numbers as `run`."""
        regimen = repr(self.plan)
        if self.missed:
            regimen = f"ldn.Regimen.parse({regimen}).miss({self.missed:.10g}, seed={self.seed})"
        settings = ", ".join(f"{name}={value!r}" for name, value in (self._known() | self._settings).items())
        return f"ldn.simulate({regimen}, {settings})"

    def run(self) -> Simulation:
        """Simulate the person.

        Raises
        ------
        MissingExtra
            Without the extra ``fast``.
        """
        found: Simulation = simulate(self.regimen, **self._known(), **self._settings)
        return found

    def crowd(self, people: int) -> PopulationRun:
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
        return simulate(self.plan, population=population, outputs=BANDS, progress=False, **self._settings)


class Shown(NamedTuple):
    """What a page shows.

    Attributes
    ----------
    first : Scenario
        The scenario.
    second : Scenario or None
        Another one beside it.
    people : int
        How many people the bands are of; 0 for none.
    """

    first: Scenario = Scenario()
    second: Scenario | None = None
    people: int = 0

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """One or both."""
        return (self.first,) if self.second is None else (self.first, self.second)


def query(shown: Shown) -> str:
    """The query of an address that brings a page back, without its question mark.

    Parameters
    ----------
    shown : Shown
        What the page shows.

    Returns
    -------
    str
        Every field of each scenario, those of the second with ``b.`` before their names.
    """
    pairs = [(field.name, _text(getattr(shown.first, field.name))) for field in fields(Scenario)]
    if shown.second is not None:
        pairs += [(SECOND + field.name, _text(getattr(shown.second, field.name))) for field in fields(Scenario)]
    return urlencode([*pairs, ("people", str(shown.people))])


def _text(value: object) -> str:
    if isinstance(value, Assumptions):
        return value.name
    return f"{value:.10g}" if isinstance(value, float) else str(value)


class Asked(NamedTuple):
    """What an address asks for, each scenario by itself.

    Attributes
    ----------
    scenarios : tuple of Scenario or InputError
        One or two; in place of one that cannot be, why not.
    people : int
        How many people the bands are of; 0 for none.
    """

    scenarios: tuple[Scenario | InputError, ...]
    people: int


def read(text: str) -> Shown:
    """What a page shall show, from the query of its address.

    Parameters
    ----------
    text : str
        With or without its question mark; what it does not name is as in `Scenario`.

    Returns
    -------
    Shown
        The scenarios.

    Raises
    ------
    InputError
        If the query is too long, names what is unknown or twice, or a value cannot be used.

    Examples
    --------
    >>> read("?dose=3&b.dose=50").second.dose
    50.0
    """
    asked = read_each(text)
    found = []
    for one in asked.scenarios:
        if isinstance(one, InputError):
            raise one
        found.append(one)
    return Shown(found[0], found[1] if len(found) > 1 else None, asked.people)


def read_each(text: str) -> Asked:
    """As `read`, but what is wrong with one scenario leaves the other.

    Parameters
    ----------
    text : str
        Query of an address.

    Raises
    ------
    InputError
        If the query is too long, names what is unknown or twice, or the number of people cannot be used.
    """
    if len(text) > LONGEST_QUERY:
        raise InputError("address", f"{len(text)} characters", f"at most {LONGEST_QUERY} characters after the '?'")
    kinds = {field.name: type(field.default) for field in fields(Scenario)}
    given: dict[str, dict[str, str]] = {"": {}, SECOND: {}, "people": {}}
    for name, value in parse_qsl(text.removeprefix("?"), keep_blank_values=True):
        prefix, field = (SECOND, name.removeprefix(SECOND)) if name.startswith(SECOND) else ("", name)
        if name == "people":
            prefix = name
        elif field not in kinds:
            raise InputError("address", name, f"one of {', '.join(kinds)}, or one of them after 'b.', or people")
        if field in given[prefix]:
            raise InputError("address", name, "each name once")
        given[prefix][field] = value
    people = within("people", _value("people", given["people"].get("people", "0"), int))
    asked = [("", given[""])] + [(SECOND, given[SECOND])] * bool(given[SECOND])
    return Asked(tuple(_scenario(prefix, values, kinds) for prefix, values in asked), people)


def _scenario(prefix: str, values: Mapping[str, str], kinds: Mapping[str, type]) -> Scenario | InputError:
    try:
        return Scenario(**{name: _value(name, text, kinds[name]) for name, text in values.items()})
    except InputError as error:
        return InputError(prefix + error.argument, error.value, error.expected)


def stretches(text: str) -> tuple[str, dict[bool, tuple[float, float]]]:
    """The query of a file, parted into that of the page and the stretches of time that the page shows.

    Parameters
    ----------
    text : str
        Query of an address that may name `STRETCHES`.

    Returns
    -------
    asked : str
        The query of the page.
    spans : dict of bool to (float, float)
        From when to when, of the panels that a visitor zoomed: those that show the last days, and the others [h].

    Raises
    ------
    InputError
        If a stretch is none, or named twice.
    """
    left, spans = [], {}
    for pair in text.removeprefix("?").split("&"):
        name, _, value = pair.partition("=")
        if name not in STRETCHES.values():
            left.append(pair)
            continue
        near = name == STRETCHES[True]
        start, comma, stop = unquote(value).partition(",")
        # what lies beyond every run cannot be on a screen, and would cost ticks and nights without end
        hour = partial(number_in, argument=name, low=_ON_SCREEN[0], high=_ON_SCREEN[1])
        found = (hour(start), hour(stop)) if comma else (0.0, 0.0)
        if near in spans or not found[0] < found[1]:
            raise InputError(name, unquote(value), "the start and, after a comma, the later end of one stretch, in h")
        spans[near] = found
    return "&".join(left), spans


def _value(name: str, text: str, kind: type) -> Any:
    if kind is str:
        return text
    if kind is float:
        low, high = LIMITS[name]
        return number_in(text, name, low=low, high=high)
    # by the same grammar, without a decimal point or an exponent
    if not re.fullmatch("[0-9]{1,6}", text):
        raise InputError(name, text, "a whole number without sign, decimal point or exponent")
    return int(number_in(text, name))
