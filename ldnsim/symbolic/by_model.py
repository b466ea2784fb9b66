"""Equations and symbols of any other model, whose rates and outputs are recorded together."""

from __future__ import annotations

from dataclasses import replace

from ..base.rewriting import rewritten
from ..base.vocabulary import flatten
from ..endorphin import Clock
from ..models.columns import renamed
from ..models.dosable import Model
from ..models.symbols import distinct
from ..models.written import Written
from .catalogue import BY_NAME, results
from .typesetting import SHARP, Equation, Symbol, Typesetter, derivative, quantities


class _Anybody(dict[str, float]):
    """Covariates of somebody, for parameters of which only the names are needed."""

    def __missing__(self, name: str) -> float:
        return 1.0


def of_model(model: Model) -> tuple[list[Equation], list[Symbol]]:
    """What a model computes, and what the symbols in it mean.

    Parameters
    ----------
    model : Model
        The model.

    Returns
    -------
    equations : list of Equation
        The rate of each state, what these use more than once, and what follows from the states.
    symbols : list of Symbol
        Those that can be seen: states, parameters, outputs, and what is used more than once.

    Raises
    ------
    InputError
        If the equations go where a recording cannot follow.
    """
    declared = type(model.fill(_Anybody()))
    system = model.system
    sharp = replace(system, rates=rewritten(system.rates, SHARP), outputs=rewritten(system.outputs, SHARP))
    written = Written(replace(model, system=sharp), declared, dict.fromkeys(model.idle, 0.0))
    outputs = [model.terms[column] for column in model.output_columns]
    # a level of a compartment has the C of its column, which tells it from the amount
    levels = [
        term._replace(name=column) if column == f"C_{term.name}" else term
        for column, term in zip(model.output_columns, outputs, strict=True)
    ]
    clock = [term._replace(name=f"clock.{term.name}") for term in flatten(Clock)]
    inside = [term for term in flatten(declared) if term.name in written.parameters]
    terms = [t._replace(unit=renamed(t.unit, model.units)) for t in (*system.terms, *inside, *clock)] + levels
    words = dict(zip((t.name for t in terms), distinct([t.name for t in terms]), strict=True))
    places = [written.shown[column] for column in model.output_columns]
    names = {place: words[name] for name, place in (written.states | written.parameters).items()}
    names |= {place: words[term.name] for place, term in zip(written.clock, clock, strict=True)}
    for term, place in zip(levels, places, strict=True):
        if isinstance(place, int):
            names.setdefault(place, words[term.name])
    found = [*written.rates.values(), *places]
    calls = {place: name for place, (name, _) in written.calls.items() if name in BY_NAME}
    extra = quantities(written.tape, found, calls, names)
    writer = Typesetter(written.tape, names | extra)
    equations = [
        Equation(model.name, "rates", derivative(words[name]), writer.equation(place))
        for name, place in written.rates.items()
        # a depot that nothing is absorbed from stays as it is
        if isinstance(place, int) or not model.idle
    ]
    equations += [Equation(model.name, "quantities", extra[place], writer.equation(place)) for place in sorted(extra)]
    equations += [
        Equation(model.name, "outputs", words[term.name], writer.equation(place))
        for term, place in zip(levels, places, strict=True)
    ]
    needed = {names[place] for place in written.tape.needed(found) & names.keys()} | {
        words[name] for name, place in written.rates.items() if isinstance(place, int) or not model.idle
    }
    symbols = [Symbol(words[term.name], *term) for term in terms if words[term.name] in needed or term in levels]
    return equations, symbols + [Symbol(extra[place], *results(BY_NAME[calls[place]])[0]) for place in sorted(extra)]
