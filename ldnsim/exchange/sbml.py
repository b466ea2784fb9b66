"""SBML, level 3 version 2: the model, its parameters with units and evidence, and the doses as events."""

from __future__ import annotations

import math
import warnings
from collections import Counter
from collections.abc import Iterable
from functools import reduce
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import numpy as np

from ..base.dimensions import measures
from ..base.errors import InputError, LdnsimWarning
from ..base.units import HOURS_PER_DAY
from ..models.recorder import Literal, Operand
from ..models.written import Term, Written
from ..study.account import versions
from ..study.processes import columns_of
from .flows import Flow, flows
from .handed import Handed
from .mathml import MathML, applied, called, math_of, now, number
from .naming import Naming
from .sbml_doses import write_doses
from .sbml_units import ONE, Dimensions, Measured, Units

NAMESPACE = "http://www.sbml.org/sbml/level3/version2/core"
_XHTML = "http://www.w3.org/1999/xhtml"


_FIXED = {"spatialDimensions": "3", "constant": "true"}


def sbml(handed: Handed) -> tuple[str, Naming]:
    """The text of a file.

    Parameters
    ----------
    handed : Handed
        What is handed over.

    Returns
    -------
    text : str
        XML.
    naming : Naming
        What everything is called in it.

    Raises
    ------
    InputError
        If the model holds what SBML does not have.
    """
    document = Document(handed)
    return document.text(), document.naming


class Document:
    """The parts of a file while it is written."""

    def __init__(self, handed: Handed) -> None:
        self.handed = handed
        self.written: Written = handed.written
        self.naming = Naming(self.written, ("litre", "mole", "gram", "second"))
        self.units = Units()
        self._problems: list[str] = []
        self._parts = {column: part for column, (_, part) in columns_of(handed.model).items()}
        self.model = Element("model")
        self.lists = {
            name: Element(f"listOf{name}")
            for name in ("Compartments", "Species", "Parameters", "Rules", "Reactions", "Events")
        }
        self._initial = handed.initial
        self.infused = {state: self.naming.free(f"infused_{self.naming.states[state]}") for state in handed.infused}
        self._wanted = [*self.written.rates.values(), *self.naming.shown.values()]
        needed = self.written.tape.needed(self._wanted)
        # a depot of a drug that is given otherwise is not there
        self._idle = {
            name
            for name, rate in self.written.rates.items()
            if rate == Literal(0.0) and not self._initial[name] and name not in handed.entered
            if self.written.states[name] not in needed
        }
        terms = {term.name: term for term in handed.model.system.terms}
        self.state_units = {name: handed.model.terms[name].unit for name in terms}
        self._meanings = {name: term.meaning for name, term in terms.items()}
        amounts = [name for name, unit in self.state_units.items() if measures(unit) == "amount"]
        most = Counter(self.state_units[name] for name in amounts).most_common(1)
        self.substance = most[0][0] if most else "nmol"
        self.species = tuple(
            name for name in amounts if self.state_units[name] == self.substance and name not in self._idle
        )
        given = {place: self.units.measured(self.state_units[name]) for name, place in self.written.states.items()}
        entries = handed.parameters
        given |= {place: self.units.measured(entries[name].unit) for name, place in self.written.parameters.items()}
        per_hour = self.units.measured("1/h")
        given |= dict(zip(self.written.clock, (ONE, per_hour), strict=True))
        self.dimensions = Dimensions(self.written.tape, given)

    def text(self) -> str:
        """The whole file."""
        self._volumes = self._compartments()
        lines = self.naming.lines(self._wanted)
        self.mathml = MathML(
            self.written.tape, self.naming.names, lambda place: self.units.id_of(self.dimensions.of(place))
        )
        needed = self.written.tape.needed(self._wanted)
        daily, peak = bool(needed & set(self.written.clock)), self.handed.model.acrophase
        self._parameters(needed | ({self.written.parameters[peak]} if daily and peak else set()))
        self._states()
        if daily:
            self._daily()
        for line in lines:
            self._output(line.name, self.mathml.of(line.place, top=True), line.place)
        named = {line.name for line in lines}
        for name, place in self.naming.shown.items():
            if name not in named:
                self._output(name, self.mathml.of(place), place)
        for flow in flows(self.written, self.species):
            self._reaction(flow)
        write_doses(self)
        # of what only doses and readings use there is nothing in the file
        self.naming.keep(self.written.states.keys() - self._idle, self._used)
        self._warn()
        return self._whole()

    def _warn(self) -> None:
        """Say where units do not work out, which tools that check them will say too."""
        for name, place in self.written.rates.items():
            if isinstance(place, int) and not self.dimensions.of(place).is_like(self.per_hour(name)):
                self._problems.append(f"the rate of {name}")
        needed = self.written.tape.needed(self._wanted)
        inside = [said for place, said in self.dimensions.problems.items() if place in needed]
        if self._problems or inside:
            what = ", ".join([*self._problems, *dict.fromkeys(inside)])
            warnings.warn(f"units do not work out in {self.handed.model.name}: {what}", LdnsimWarning, stacklevel=5)

    def _whole(self) -> str:
        hour, volume, substance = self.units.id("h"), "litre", self.units.id(self.substance)
        root = Element("sbml", {"xmlns": NAMESPACE, "level": "3", "version": "2"})
        root.set("xmlns:sbml", NAMESPACE)
        about = {"id": self.naming.free(self.handed.model.name), "name": str(self.handed.study.attributes()["title"])}
        self.model.attrib |= about | {
            "substanceUnits": substance, "timeUnits": hour, "volumeUnits": volume, "extentUnits": substance,
        }  # fmt: skip
        self.model.append(notes(self._said()))
        self.model.append(self.units.element())
        for part in self.lists.values():
            if len(part):
                self.model.append(part)
        root.append(self.model)
        indent(root)
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"

    def _said(self) -> list[str]:
        about = self.handed.study.attributes()
        entries = [(name, entry) for name, entry in self.handed.parameters.items() if name not in self._used]
        doses = ", ".join(f"{name} {entry.value:g} {entry.unit}".removesuffix(" 1") for name, entry in entries)
        left = self.written.left_out
        return [
            f"{about['title']}, under {self.handed.study.account.name}. Written by ldnsim {versions()['ldnsim']}.",
            f"Time 0 is {self.handed.study.regimen.clock:g} h on the clock; times are in hours.",
            *([f"Not in the equations, but in the doses or in what is read off: {doses}."] if doses else []),
            *([f"Not written, because it is no equation: {', '.join(left)}."] if left else []),
            "A research and teaching tool, not medical advice.",
        ]

    def _compartments(self) -> dict[str, str]:
        """The volume that the amount of each state is spread over, as the name of a parameter."""
        found: dict[str, str] = {}
        volumes = {
            place: name
            for name, place in self.written.parameters.items()
            if self.units.measured(self.handed.parameters[name].unit).roots == self.units.measured("L").roots
        }
        tape = self.written.tape
        states = {place: name for name, place in self.written.states.items()}
        for function, (first, *others) in tape.operations:
            if function is np.divide and first in states and others[0] in volumes:
                found.setdefault(states[first], volumes[others[0]])
        for name in self.species:
            terms = self.written.terms.sum(self.written.rates[name], lambda _: True, top=True)
            own = {x for term in terms if self.written.states[name] in term.above for x in term.below if x in volumes}
            if len(own) == 1:
                found.setdefault(name, volumes[own.pop()])
        return {name: volume for name, volume in found.items() if name in self.species}

    def _parameters(self, needed: Iterable[int]) -> None:
        needed, volumes = set(needed), set(self._volumes.values())
        self._used = {name for name, place in self.written.parameters.items() if place in needed}
        rules = self.handed.parameters.rules.terms
        for name in self.written.parameters:
            if name not in self._used:
                continue
            entry, own = self.handed.parameters[name], self.naming.parameters[name]
            evidence = [entry.status, entry.source, f"row {entry.row}" if entry.row else "", entry.target]
            said = [rules[name].meaning, "Evidence: " + "; ".join(filter(None, evidence))]
            if name in volumes:
                unit = "litre" if entry.unit == "L" else self.units.id(entry.unit)
                about = {"id": own, "name": name, "size": plain(entry.value), "units": unit}
                part = SubElement(self.lists["Compartments"], "compartment", about | _FIXED)
                part.append(notes(said))
            else:
                self.parameter(own, entry.value, self.units.id(entry.unit), name=name, said=said)

    def parameter(
        self,
        own: str,
        value: float | None,
        unit: str,
        *,
        name: str = "",
        said: Iterable[str] = (),
        constant: bool = True,
    ) -> None:
        """Add a parameter of the file; without a value where a rule gives it."""
        about = {"id": own} | ({"name": name} if name else {}) | ({} if value is None else {"value": plain(value)})
        about |= {"units": unit, "constant": "true" if constant else "false"}
        part = SubElement(self.lists["Parameters"], "parameter", about)
        if said:
            part.append(notes(said))

    def _states(self) -> None:
        rest = [name for name in self.species if name not in self._volumes]
        elsewhere = self.naming.free("elsewhere")
        if rest:
            about = {"id": elsewhere, "name": "no volume", "size": "1", "units": "litre"}
            part = SubElement(self.lists["Compartments"], "compartment", about | _FIXED)
            part.append(notes(["Holds amounts that are not spread over a volume, such as a depot."]))
        for name in self.species:
            where = self.naming.parameters[self._volumes[name]] if name in self._volumes else elsewhere
            about = {"id": self.naming.states[name], "name": name, "compartment": where}
            about |= {"initialAmount": plain(self._initial[name]), "substanceUnits": self.units.id(self.substance)}
            flags = {"hasOnlySubstanceUnits": "true", "boundaryCondition": "false", "constant": "false"}
            part = SubElement(self.lists["Species"], "species", about | flags)
            part.append(notes([self._meanings[name]]))
        for name, place in self.written.rates.items():
            if name in self.species or name in self._idle:
                continue
            own = self.naming.states[name]
            unit = self.state_units[name]
            self.parameter(
                own, self._initial[name], self.units.id(unit), name=name, said=[self._meanings[name]], constant=False
            )
            rule = SubElement(self.lists["Rules"], "rateRule", {"variable": own})
            rule.append(math_of(self._rate(name, place)))

    def _rate(self, name: str, place: Operand) -> Element:
        found = self._zero_of(name) if place == Literal(0.0) else self.mathml.of(place)
        if name in self.infused:
            return applied("plus", found, called(self.infused[name]))
        return found

    def _zero_of(self, name: str) -> Element:
        return number(0.0, self.units.id_of(self.per_hour(name)))

    def per_hour(self, name: str) -> Measured:
        """Unit of the rate of a state."""
        return self.units.measured(self.state_units[name]).times(self.units.measured("h"), -1.0)

    def _daily(self) -> None:
        """The rhythm of the day."""
        model, clock = self.handed.model, [self.naming.names[place] for place in self.written.clock]
        start, day = self.naming.free("clock_start"), self.naming.free("day")
        hour = self.units.id("h")
        self.parameter(start, model.daily.start, hour, said=["Hour of the day at time 0"])
        self.parameter(day, HOURS_PER_DAY, hour, said=["Length of a day"])
        peak = self.naming.parameters.get(model.acrophase, "")
        if not peak:
            peak = self.naming.free("acrophase")
            self.parameter(peak, model.daily.acrophase, hour, said=["Hour of the day of the peak"])

        def angle() -> Element:
            since = applied("plus", now(), applied("minus", called(start), called(peak)))
            return applied("times", applied("divide", _turn(), called(day)), since)

        self._assigned(clock[0], "dimensionless", applied("cos", angle()), said=["Daily rhythm: 1 at its peak"])
        speed = applied("minus", applied("divide", _turn(), called(day)))
        slope = applied("times", speed, applied("sin", angle()))
        self._assigned(clock[1], self.units.id("1/h"), slope, said=["Rate of the daily rhythm"])

    def _assigned(self, own: str, unit: str, content: Element, *, said: Iterable[str] = (), name: str = "") -> None:
        self.parameter(own, None, unit, said=said, name=name, constant=False)
        rule = SubElement(self.lists["Rules"], "assignmentRule", {"variable": own})
        rule.append(math_of(content))

    def _output(self, own: str, content: Element, place: Operand) -> None:
        """What follows from the state, in the unit that users see."""
        columns = {name: column for column, name in self.naming.outputs.items()}
        found = self.dimensions.of(place)
        if own not in columns:
            self._assigned(own, self.units.id_of(found), content)
            return
        term = self.handed.model.terms[self._parts[columns[own]]]
        wanted = self.units.measured(term.unit)
        if not found.is_like(wanted) and isinstance(place, int):
            if found.roots == wanted.roots:
                # the equations convert by a plain number, whose unit is said here
                content = applied("times", content, number(1.0, self.units.id_of(wanted.times(found, -1.0))))
            else:
                self._problems.append(columns[own])
        elif not isinstance(place, int):
            content = number(place.value, self.units.id(term.unit))
        self._assigned(own, self.units.id(term.unit), content, said=[term.meaning] if term.meaning else [])

    def _reaction(self, flow: Flow) -> None:
        names = self.naming.states
        own = self.naming.free("_to_".join(names[one] if one else "out" for one in (flow.source, flow.target)))
        if flow.source is None:
            own = self.naming.free(f"{own}_made")
        part = SubElement(self.lists["Reactions"], "reaction", {"id": own, "reversible": "false"})
        for state, role in ((flow.source, "listOfReactants"), (flow.target, "listOfProducts")):
            if state is not None:
                about = {"species": names[state], "stoichiometry": "1", "constant": "true"}
                SubElement(SubElement(part, role), "speciesReference", about)
        content = self._product(flow.base)
        if flow.shares:
            content = applied("times", self._sum(flow.shares), content)
        used = {x for term in (flow.base, *flow.shares) for x in self.written.tape.needed((*term.above, *term.below))}
        others = [name for name in self.species if self.written.states[name] in used and name not in flow[:2]]
        if others:
            modifiers = SubElement(part, "listOfModifiers")
            for name in others:
                SubElement(modifiers, "modifierSpeciesReference", {"species": names[name]})
        SubElement(part, "kineticLaw").append(math_of(content))

    def _sum(self, terms: Iterable[Term]) -> Element:
        parts = [(term.sign, self._product(term._replace(sign=1.0))) for term in terms]
        found = parts[0][1] if parts[0][0] > 0 else applied("minus", parts[0][1])
        for sign, part in parts[1:]:
            found = applied("plus" if sign > 0 else "minus", found, part)
        return found

    def _product(self, term: Term) -> Element:
        above = [self.mathml.of(one) for one in term.above] or [number(1.0)]
        found = reduce(lambda x, y: applied("times", x, y), above)
        for one in term.below:
            found = applied("divide", found, self.mathml.of(one))
        return found if term.sign > 0 else applied("minus", found)


def _turn() -> Element:
    """A full turn, as an angle."""
    return applied("times", number(2.0), Element("pi"))


def plain(value: float) -> str:
    """A number as XML has it; raises `InputError` where it is not finite."""
    if not math.isfinite(value):
        raise InputError("parameters", value, "finite numbers, which every tool takes")
    return repr(float(value))


def notes(said: Iterable[str]) -> Element:
    """Text for people, a paragraph each."""
    found = Element("notes")
    body = SubElement(found, "body", {"xmlns": _XHTML})
    for one in filter(None, said):
        SubElement(body, "p").text = one
    return found
