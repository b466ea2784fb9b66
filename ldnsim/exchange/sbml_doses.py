"""Doses as events of SBML: one for each regular course, however long it is."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from .handed import Course
from .mathml import applied, called, math_of, now

if TYPE_CHECKING:
    from .sbml import Document


def write_doses(document: Document) -> None:
    """Write infusions and doses into a document.

    Parameters
    ----------
    document : Document
        The rest of it is there.
    """
    names, units = document.naming.states, document.units
    for state, own in document.infused.items():
        rate = document.handed.running.get(state, 0.0)
        unit = units.id_of(document.per_hour(state))
        document.parameter(own, rate, unit, said=[f"What is infused into {state} now"], constant=False)
        if state in document.species:
            about = {"id": document.naming.free(f"into_{names[state]}"), "reversible": "false"}
            part = SubElement(document.lists["Reactions"], "reaction", about)
            product = {"species": names[state], "stoichiometry": "1", "constant": "true"}
            SubElement(SubElement(part, "listOfProducts"), "speciesReference", product)
            SubElement(part, "kineticLaw").append(math_of(called(own)))
    for count, course in enumerate(document.handed.courses, start=1):
        _write(document, document.naming.free(f"dose_{count}"), course)


def _write(document: Document, own: str, course: Course) -> None:
    hour = document.units.id("h")
    start, interval = document.naming.free(f"{own}_time"), document.naming.free(f"{own}_interval")
    repeated = course.often > 1
    due = "When it is due next" if repeated else "When it is due"
    document.parameter(start, course.start, hour, said=[due], constant=not repeated)
    trigger, last = applied("geq", now(), called(start)), ""
    if repeated:
        document.parameter(interval, course.interval, hour, said=["Time between two"])
        last = document.naming.free(f"{own}_end")
        end = course.start + (course.often - 0.5) * course.interval
        document.parameter(last, end, hour, said=[f"After this time it is over: {course.often} in all"])
        trigger = applied("and", trigger, applied("leq", called(start), called(last)))
    often = f", then every {course.interval:g} h, {course.often} times" if repeated else ""
    # a dose at the same time as another adds to what that one has changed
    about = {"id": own, "name": f"at {course.start:g} h{often}", "useValuesFromTriggerTime": "false"}
    event = SubElement(document.lists["Events"], "event", about)
    # what is due at time 0 happens then
    when = {"initialValue": "false", "persistent": "true"}
    SubElement(event, "trigger", when).append(math_of(trigger))
    changes = SubElement(event, "listOfEventAssignments")
    for one in course.enters:
        state, units = document.naming.states[one.state], document.units
        target = document.infused[one.state] if one.infused else state
        what = document.naming.free(f"{own}_{target}")
        hourly = one.infused
        unit = units.id_of(document.per_hour(one.state)) if hourly else units.id(document.state_units[one.state])
        document.parameter(what, one.amount, unit, said=[_said(one.state, one.amount, infused=hourly)])
        _assign(changes, target, applied("plus", called(target), called(what)))
    if repeated:
        _assign(changes, start, applied("plus", called(start), called(interval)))


def _said(state: str, amount: float, *, infused: bool) -> str:
    if not infused:
        return f"What enters {state}, bioavailability and salt counted in"
    return f"By how much the infusion into {state} changes" + (", as one ends" if amount < 0 else "")


def _assign(changes: Element, target: str, content: Element) -> None:
    SubElement(changes, "eventAssignment", {"variable": target}).append(math_of(content))
