"""Equations and symbols of one function of the naltrexone model, which is run on recorded numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from ..base.rewriting import wrapped
from ..base.vocabulary import filled
from ..models.recorder import Recorded, Tape
from ..models.symbols import symbol
from ..models.system import leaves
from .catalogue import BY_NAME, arguments, gives_rates, results
from .typesetting import SHARP, Equation, Symbol, Typesetter, derivative, quantities


def of_function(module: str, function: Callable[..., Any]) -> tuple[list[Equation], list[Symbol]]:
    """What a function computes, and what the symbols in it mean.

    Parameters
    ----------
    module : str
        What its module is called.
    function : callable
        One of the catalogue.

    Returns
    -------
    equations : list of Equation
        First what the function uses more than once, then what it gives.
    symbols : list of Symbol
        Those that can be seen, what is given first.
    """
    given = arguments(function)
    terms = [term for argument in given for term in argument.terms]
    tape = Tape(len(terms), everything=True)
    calls: dict[int, str] = {}

    def noted(name: str, called: Any) -> Any:
        return SHARP[name] if name in SHARP else _watched(name, called, calls) if name in BY_NAME else called

    plain = wrapped(function, noted)

    def run(numbers: Iterable[Any]) -> list[Any]:
        rest = iter(numbers)
        parts = ((kind, [*islice(rest, len(inside))]) for kind, inside in given)
        return leaves(plain(*(inside[0] if kind is None else filled(kind, inside) for kind, inside in parts)))

    found = tape.record(run)
    names = {place: symbol(term.name) for place, term in enumerate(terms)}
    extra = quantities(tape, found, calls, names)
    writer = Typesetter(tape, names | extra)
    title = module, function.__name__
    equations = [Equation(*title, extra[place], writer.equation(place)) for place in sorted(extra)]
    gives = results(function)
    for term, place in zip(gives, found, strict=True):
        word = symbol(term.name)
        equations.append(Equation(*title, derivative(word) if gives_rates(function) else word, writer.equation(place)))
    needed = tape.needed(found)
    own = f"{function.__name__}."
    symbols = [
        Symbol(names[place], term.name.removeprefix(own), *term[1:])
        for place, term in enumerate(terms)
        if place in needed
    ]
    symbols += [Symbol(extra[place], *results(BY_NAME[calls[place]])[0]) for place in sorted(extra)]
    return equations, symbols + [Symbol(symbol(term.name), *term) for term in gives]


def _watched(name: str, called: Callable[..., Any], calls: dict[int, str]) -> Callable[..., Any]:
    """The same function, but where what it gives stands is noted."""

    def call(*numbers: Any) -> Any:
        found = called(*numbers)
        if isinstance(found, Recorded):
            calls.setdefault(found.place, name)
        return found

    return call
