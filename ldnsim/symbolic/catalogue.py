"""Which functions are the equations, and what their docstrings say of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from inspect import getdoc
from typing import Any, NamedTuple

from .. import endorphin, outcomes, pk, receptor_turnover, receptors, tlr4
from ..base.errors import InputError
from ..base.near import among
from ..base.vocabulary import Term, flatten, hints, is_declaration, nested
from ..endorphin import Clock
from ..model import Outputs, Parameters, State
from ..models.symbols import symbol

EQUATIONS: Mapping[str, tuple[Callable[..., Any], ...]] = {
    "pk": (pk.concentration, pk.crossing, pk.pk_rates),
    "receptors": (
        receptors.competition,
        receptors.active_level,
        receptors.binding_rate,
        receptors.equilibrium,
        receptors.site_rates,
        receptors.occupancy,
        receptors.outside,
        receptors.functional_block,
        receptors.blocked_from,
        receptors.agonist_left,
    ),
    "receptor_turnover": (receptor_turnover.density_rate,),
    "endorphin": (
        endorphin.tone,
        endorphin.deficit,
        endorphin.release,
        endorphin.daily_level,
        endorphin.daily_production,
        endorphin.growth_factor_signal,
        endorphin.growth_factor_receptors,
        endorphin.peptide_rates,
        endorphin.growth,
    ),
    "tlr4": (tlr4.tlr4_level, tlr4.inhibition, tlr4.cytokine_index, tlr4.tlr4_rates),
    "outcomes": (outcomes.pain_fall, outcomes.placebo_course, outcomes.responder_probability),
}
"""Equations in reading order, by module."""

BY_NAME: Mapping[str, Callable[..., Any]] = {
    function.__name__: function
    for functions in EQUATIONS.values()
    for function in functions
    if not is_declaration(hints(function)["return"])
}
"""Functions that give one quantity, by the name that others call them by."""

_GROUPS = {
    kind: field
    for declared in (Outputs, State, Parameters)
    for field in reversed(declared._fields)
    if (kind := nested(declared, field)) is not None
} | {Clock: "clock"}
"""What the parts of the model are called by the whole; of both isomers the levo."""


_PARAMETERS = {term.name: term for term in flatten(Parameters)}


class Argument(NamedTuple):
    """An argument of an equation.

    Attributes
    ----------
    kind : type or None
        Its declaration, where it is no plain number.
    terms : list of Term
        The numbers in it; a plain one that is no parameter of its module has the function before its name.
    """

    kind: type[NamedTuple] | None
    terms: list[Term]


def functions(module: str | None) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Modules and their equations in reading order; raises `InputError` where there is no such module."""
    if module is not None and module not in EQUATIONS:
        raise InputError("module", module, among(module, EQUATIONS))
    for name, found in EQUATIONS.items():
        if module in (None, name):
            yield from ((name, function) for function in found)


def arguments(function: Callable[..., Any]) -> list[Argument]:
    """What an equation takes."""
    said = _said(function, "Parameters")
    return [
        Argument(kind, _declared(kind)) if is_declaration(kind) else Argument(None, [_plain(function, said[name])])
        for name, kind in hints(function).items()
        if name != "return"
    ]


def _plain(function: Callable[..., Any], term: Term) -> Term:
    own = f"{function.__name__}.{term.name}"
    parameter = _PARAMETERS.get(f"{function.__module__.rpartition('.')[2]}.{term.name}")
    # what is called like a parameter may be that of something else, such as of an agonist
    same = parameter is not None and symbol(parameter.name) == symbol(own)
    return parameter if parameter is not None and same else term._replace(name=own)


def results(function: Callable[..., Any]) -> list[Term]:
    """What an equation gives: a number that is called as it is, or those of a declaration."""
    kind = hints(function)["return"]
    return _declared(kind) if is_declaration(kind) else [_said(function, "Returns")[function.__name__]]


def gives_rates(function: Callable[..., Any]) -> bool:
    """Whether an equation gives the rates of states."""
    kind = hints(function)["return"]
    return is_declaration(kind) and kind.__name__.endswith("State")


def _declared(kind: type[NamedTuple]) -> list[Term]:
    prefix = _GROUPS.get(kind)
    return flatten(kind, f"{prefix}." if prefix else "")


def _said(function: Callable[..., Any], section: str) -> dict[str, Term]:
    """What a section of the docstring of an equation says, by argument, or by the equation's own name."""
    text = (getdoc(function) or "").partition(f"{section}\n{'-' * len(section)}\n")[2]
    found: dict[str, Term] = {}
    for name, below in re.findall(r"^(\w+)(?: : Number)?\n((?: {4}.*\n?)+)", text + "\n", re.MULTILINE):
        meaning, _, unit = " ".join(below.split()).rstrip(".").rpartition(" [")
        key = function.__name__ if section == "Returns" else name
        found.setdefault(key, Term(key, unit.rstrip("]"), meaning))
    return found
