"""What a program for a solver of differential equations says, in whichever language: parameters, lines, doses."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from copy import copy
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from ..base.errors import InputError
from ..base.units import HOURS_PER_DAY
from ..base.vocabulary import Term, flatten
from ..ledger.parameters import Entry
from ..models.inlets import Compartment
from ..models.printing import Language, exact
from ..models.recorder import Literal, Operand
from ..study.account import endotoxin_jump
from ..study.processes import columns_of
from .dose_rows import Cells, Doses, steady_in_a_row
from .handed import Handed
from .naming import Naming

_ROOTS = (np.sqrt, np.power, np.log, np.log10, np.log2, np.log1p)
"""What negative numbers must not go into."""

_PARTS = re.compile(r"[()*/]|[^()*/\s]+")


class Given(NamedTuple):
    """A dose, as solvers take it.

    Attributes
    ----------
    time : float
        When [h].
    amount : float
        How much, in the unit of the state.
    state : str
        Name of the state in the program.
    rate : float
        Of an infusion, in the unit of the state an hour; -1 and -2 where the model gives rate or duration, 0 for at
        once.
    every : float
        Interval of the doses that follow [h].
    additional : int
        How many follow.
    steady : int
        1 where it has been given forever.
    """

    time: float
    amount: float
    state: str
    rate: float
    every: float
    additional: int
    steady: int


class OfDose(NamedTuple):
    """What a state says of doses that enter it.

    Attributes
    ----------
    state : str
        Its name in the program.
    kind : {"F", "lag", "R", "D"}
        What it says.
    name : str
        Name of the parameter that says it.
    value : float
        Its value.
    meaning, unit : str
        The same in words.
    """

    state: str
    kind: str
    name: str
    value: float
    meaning: str
    unit: str


class Program:
    """What a program says of a model with its doses.

    Parameters
    ----------
    handed : Handed
        The model, and what is given.
    reserved : collection of str
        Names, in small letters, that are not free in the language.
    language : Language
        In which equations are written.

    Attributes
    ----------
    states : dict of str to str
        Names in the program by those of the model.
    outputs : dict of str to str
        Names in the program of what is shown, by column.
    """

    def __init__(self, handed: Handed, reserved: Collection[str], language: Language) -> None:
        self.handed, self.model, self.written = handed, handed.model, handed.written
        self._language, self._reserved = language, frozenset(reserved)
        self._naming = naming = Naming(self.written, reserved)
        self.states, self.outputs, self._parameters = naming.states, naming.outputs, naming.parameters
        self.clock_start = naming.free("clock_start")
        self.of_doses = [] if self._from_numbers else self._of_doses()
        self._in_rates: set[str] = set()

    @cached_property
    def _needed(self) -> set[int]:
        """Places of everything that rates and what is shown stand on."""
        return self.written.tape.needed([*self.written.rates.values(), *self._naming.shown.values()])

    @cached_property
    def parameters(self) -> dict[str, tuple[Term, Entry]]:
        """Meaning and evidence of each parameter that the equations need, by name in the program."""
        terms = {term.name: term for term in flatten(self.handed.study.account.declared)}
        peak = self.model.acrophase if self.follows_the_clock else ""
        return {
            name: (terms[full], self.handed.parameters[full])
            for full, name in self._parameters.items()
            if full == peak or self.written.parameters[full] in self._needed
        }

    @property
    def elsewhere(self) -> str:
        """Parameters that the equations do not need, in words, so that nobody looks for them; empty without any."""
        left = [full for full, name in self._parameters.items() if name not in self.parameters]
        if not left:
            return ""
        said = ", ".join(f"{full} {self.handed.parameters[full].value:g}" for full in left)
        return f"Not among the parameters, because they act in the doses alone, or in readings of results: {said}"

    @cached_property
    def initial(self) -> dict[str, float]:
        """The state before the first dose, by name in the program."""
        found = self.handed.initial
        if not self._from_numbers:
            account = self.handed.study.account
            state = self.model.untreated(account.parameters.fill(account.declared))
            found = dict(zip(self.states, map(float, state), strict=True))
        return {self.states[name]: value for name, value in found.items()}

    @cached_property
    def follows_the_clock(self) -> bool:
        """Whether the hour of the day matters for anything."""
        return bool(self._needed & set(self.written.clock))

    @cached_property
    def order(self) -> tuple[str, ...]:
        """States by name in the program: those that compartments begin with first, so that numbers of these hold."""
        names = self.model.system.names
        first = [self.states[names[place]] for place in self._own.values()]
        return tuple(dict.fromkeys([*first, *self.states.values()]))

    def _clock(self, naming: Naming, time: str) -> list[tuple[str, str]]:
        """Lines of the daily rhythm and its rate, where they matter and `time` is the time [h]."""
        if not self.follows_the_clock:
            return []
        speed = exact(2 * math.pi / HOURS_PER_DAY)
        acrophase = self._parameters.get(self.model.acrophase, exact(self.model.daily.acrophase))
        angle = f"{speed} * ({time} + ({self.clock_start} - {acrophase}))"
        rhythm, rate = (naming.names[place] for place in self.written.clock)
        return [(rhythm, f"cos({angle})"), (rate, f"-{speed} * sin({angle})")]

    def rates(self, time: str, held: str) -> tuple[list[tuple[str, str]], dict[str, str]]:
        """Lines on the way to the rates, and these.

        Parameters
        ----------
        time : str
            How the time is written [h].
        held : str
            How a number is written that is held at 0 or above, with ``{0}`` for it.

        Returns
        -------
        lines : list of (str, str)
            Name, and expression.
        rates : dict of str to str
            By state, by names in the program.
        """
        naming = Naming(self.written, {*self._reserved, self.clock_start})
        # what is shown has lines of its own, at the times at which it is shown
        for place in [place for place in naming.names if place >= self.written.tape.given]:
            del naming.names[place]
        wanted = {self.states[name]: place for name, place in self.written.rates.items()}
        found = self._lines(naming, wanted, time, held)
        lines = found[: -len(wanted)]
        self._in_rates = {name.lower() for name, _ in lines}
        return lines, dict(found[-len(wanted) :])

    def shown(self, time: str, held: str) -> list[tuple[str, str]]:
        """Lines on the way to what is shown, and this; after `rates`, none of whose names they give again."""
        naming = Naming(self.written, {*self._reserved, self.clock_start, *self._in_rates})
        return self._lines(naming, naming.shown, time, held)

    def _lines(self, naming: Naming, wanted: Mapping[str, Operand], time: str, held: str) -> list[tuple[str, str]]:
        found = self._clock(naming, time)
        # our engines hold states at 0 or above; where it matters, so does the program
        for place in sorted(self._not_negative(wanted.values())):
            name = naming.names[place]
            naming.names[place] = naming.free(f"{name}_held")
            found.append((naming.names[place], held.format(name)))
        lines = naming.lines(wanted.values())
        printer = naming.printer(self._language)
        found += [(line.name, printer.text(line.place, top=True)) for line in lines]
        done = {line.name for line in lines}
        return found + [(name, printer.text(place)) for name, place in wanted.items() if name not in done]

    def _not_negative(self, wanted: Collection[Operand]) -> set[int]:
        """Places of the states that go into a power, a root or a logarithm."""
        tape, found = self.written.tape, set[int]()
        for place in tape.needed(wanted):
            function, arguments = self._made_of(place)
            if function in _ROOTS and not self._is_positive(arguments[0]):
                found |= tape.needed([arguments[0]]) & set(self.written.states.values())
        return found

    def _made_of(self, place: Operand) -> tuple[Callable[..., Any] | None, tuple[Operand, ...]]:
        tape = self.written.tape
        if isinstance(place, Literal) or place < tape.given:
            return None, ()
        return tape.operations[place - tape.given]

    def _is_positive(self, place: Operand) -> bool:
        """Whether something is a square plus a number above 0, as in `ldnsim.forms.positive_part`."""
        function, parts = self._made_of(place)
        if function is not np.add or not isinstance(parts[1], Literal) or parts[1].value <= 0:
            return False
        squared, factors = self._made_of(parts[0])
        return squared is np.multiply and factors[0] == factors[1]

    @cached_property
    def _compartments(self) -> tuple[Compartment, ...]:
        return self.model.dosing(self.handed.parameters.values_by_name()).compartments

    @cached_property
    def _own(self) -> dict[str, int]:
        """State of each compartment that a dose enters whole, at once, and alone."""
        entered = [inlet.state for one in self._compartments for inlet in one.inlets]
        return {
            one.name: one.inlets[0].state
            for one in self._compartments
            if [(float(inlet.share), float(inlet.lag)) for inlet in one.inlets] == [(1.0, 0.0)]
            and entered.count(one.inlets[0].state) == 1
        }

    @cached_property
    def _from_numbers(self) -> bool:
        """Whether a steady state begins the run that solvers cannot find, so that its numbers are written."""
        routes = {self.model.route(phase.route) for phase in self.handed.study.regimen.phases}
        study = self.handed.study
        return study.begins_steady and not (routes <= self._own.keys() and steady_in_a_row(study))

    def _of_doses(self) -> list[OfDose]:
        found = []
        for one in self._compartments:
            if one.name not in self._own:
                continue
            term = self.model.system.terms[self._own[one.name]]
            said = (
                ("F", "bio", one.f, "fraction of doses that arrives", "1"),
                ("lag", "lag", one.lag, "lag of doses", "h"),
                ("R", "rate", one.rate, "rate of doses with rate -1", f"{self.unit_of(term)}/h"),
                ("D", "dur", one.duration, "duration of doses with rate -2", "h"),
            )
            for kind, short, value, meaning, unit in said:
                usual = {"F": 1.0, "lag": 0.0}.get(kind)
                if value is not None and (value != usual or one.name == self.model.dose):
                    number: Any = value
                    name = self._naming.free(f"{short}_{one.name}")
                    state = self.states[term.name]
                    found.append(OfDose(state, kind, name, float(number), f"{meaning} into {one.name}", unit))
        return found

    @cached_property
    def shown_terms(self) -> dict[str, Term]:
        """Meaning and unit of what is shown, by name in the program."""
        parts, variables, terms = columns_of(self.model), self.model.shown, self.model.terms
        found = {}
        for column, name in self.outputs.items():
            shown, part = parts[column]
            term = terms[part]
            labels = ", ".join(map(str, shown.labels.values()))
            meaning = variables[shown.name].meaning or term.meaning
            found[name] = term._replace(meaning=f"{meaning}, {labels}" if labels else meaning)
        return found

    def unit_of(self, term: Term) -> str:
        """The unit of a state or parameter as results call it, without brackets inside."""
        return without_brackets(self.model.terms[term.name].unit)

    @property
    def named(self) -> Naming:
        """What everything in the file is called."""
        found = copy(self._naming)
        found.parameters = {full: name for full, name in self._parameters.items() if name in self.parameters}
        return found

    @cached_property
    def given(self) -> list[Given]:
        """Every dose as it enters a state, and a challenge with endotoxin, in order of time.

        Raises
        ------
        InputError
            If the run begins in a steady state of what a solver of this kind cannot be told.
        """
        if not self._from_numbers:
            rows = Doses(self.handed.study).of(0)
            found = [one for row in rows if row["EVID"] == 1 for one in self._entering(row)]
            challenge = self.handed.study.settings["endotoxin"]
            if challenge is not None:
                jump: Any = endotoxin_jump(self.model.system, **challenge)
                state = self.states[self.model.system.names[jump.state]]
                found.append(Given(jump.time, jump.amount, state, 0.0, 0.0, 0, 0))
            return sorted(found, key=lambda one: one.time)
        found = []
        for course in self.handed.courses:
            for enters in course.enters:
                if enters.infused or self.handed.running:
                    raise InputError("start", "steady-state", "'untreated', because an infusion is under way")
                state = self.states[enters.state]
                additional = course.interval if course.often > 1 else 0.0
                found.append(Given(course.start, enters.amount, state, 0.0, additional, course.often - 1, 0))
        return found

    def _entering(self, row: Cells) -> list[Given]:
        one = self._compartments[row["CMT"] - 1]
        factor = float(self.model.dosing(self.handed.parameters.values_by_name()).amount(one.name, {}))
        amount, rate = row["AMT"] * factor, row["RATE"] * (factor if row["RATE"] > 0 else 1.0)
        repeated = row.get("II", 0.0), row.get("ADDL", 0), row.get("SS", 0)
        names = [self.states[name] for name in self.model.system.names]
        if one.name in self._own:
            return [Given(row["TIME"], amount, names[self._own[one.name]], rate, *repeated)]
        said: Any = (one.f, one.lag, one.rate, one.duration)
        f, lag, own_rate, duration = said
        arrives = amount * f
        if rate < 0:
            rate = own_rate if own_rate is not None else arrives / duration
        return [
            Given(
                float(row["TIME"] + lag + inlet.lag),
                float(arrives * inlet.share),
                names[inlet.state],
                float(rate * inlet.share),
                *repeated,
            )
            for inlet in one.inlets
            if float(inlet.share)
        ]

    def about(self) -> list[str]:
        """What it is, in lines of text."""
        study = self.handed.study
        said = study.attributes()
        lines = [str(said["title"]), f"Assumptions: {said['assumptions']} ({said['assumptions_in_full']})"]
        if self.written.left_out:
            lines.append(f"Left out, because it cannot be written: {', '.join(self.written.left_out)}")
        if study.begins_steady:
            lines.append("The state at time 0 is the steady state of the first step of the regimen")
        return [*lines, "A research and teaching tool, not medical advice"]


def evidence(entry: Entry) -> str:
    """What stands behind a parameter, in one line."""
    parts = [entry.status, entry.row, entry.source, f"tuned to {entry.target}" if entry.target else ""]
    return "; ".join(" ".join(part.split()) for part in parts if part)


def without_brackets(unit: str) -> str:
    """A unit without brackets, which readers of annotations take for their end: ``L/mg/h`` for ``1/((mg/L)*h)``."""
    above: list[str] = []
    below: list[str] = []
    signs, under = [False], False
    for part in _PARTS.findall(unit):
        if part == "(":
            # the whole bracket stands above or below the line of what is around it
            signs.append(signs[-1] ^ under)
            under = False
        elif part == ")":
            signs.pop()
            under = False
        elif part in "*/":
            under = part == "/"
        elif part != "1":
            (below if signs[-1] ^ under else above).append(part)
    return "/".join(["*".join(above) or "1", *below])
