"""A script of R that makes a model of rxode2, its doses and a run."""

from __future__ import annotations

import numpy as np

from ..models.printing import ATOM, COMPARED, CPP, POWER, Form, Language, exact
from .handed import Handed
from .mrgsolve import call
from .naming import Naming
from .programs import Program, evidence, without_brackets

_WORDS = """
t f alag lag rate dur cmt amt ii ss evid addl id tad tad0 tafd tlast tfirst dose podo newind linCmt mtime t0 nid
gamma lgamma beta lbeta factorial choose digamma erf phi probit expit logit abs0 rxnorm rnorm rpois runif theta eta
m_pi m_e pi ini model sim ipredsim depot0 dvid rxlambda rxyj rx_pred_ function next na inf nan null true false repeat
ka_ cl_ first last diff is_na not_null ll sum prod mean sd var
"""
RESERVED = frozenset(word.lower() for word in _WORDS.split())
"""Names of rxode2 and of R, in small letters."""

R = Language(
    {
        **{function: form for function, form in CPP.forms.items() if function is not np.cbrt},
        np.power: Form("{}^{}", POWER, (ATOM, ATOM)),
        np.absolute: Form("abs({})"),
        np.minimum: Form("min({}, {})"),
        np.maximum: Form("max({}, {})"),
        np.where: Form("ifelse({}, {}, {})", ATOM, (COMPARED, COMPARED, COMPARED)),
    }
)
"""R, as far as rxode2 translates it."""

_OF = {"F": "f({})", "lag": "alag({})", "R": "rate({})", "D": "dur({})"}
_HELD = "max({0}, 0.0)"


def rxode2(handed: Handed) -> tuple[str, Naming]:
    """The text of a script.

    Parameters
    ----------
    handed : Handed
        The model, and what is given.

    Returns
    -------
    text : str
        ``model``, ``doses`` and ``run``. Amounts are in the unit of the states; bioavailability and lag as in
        `ldnsim.exchange.mrgsolve.mrgsolve`.
    naming : Naming
        What everything is called in it.

    Raises
    ------
    InputError
        If equations or doses cannot be written.
    """
    program = Program(handed, RESERVED, R)
    doses = " |>\n  ".join(call("rxode2::et", [one]) for one in program.given)
    lines, rates = program.rates("t", _HELD)
    settings, terms = handed.study.settings, program.model.system.terms
    states = {name: terms[place] for place, name in enumerate(program.states.values())}
    text = [f"# {line}" for line in program.about()]
    text += [f"# {program.elsewhere}"] * bool(program.elsewhere)
    if any(program.initial.values()):
        text += ["# The state before the first dose, name(0), is that of these parameters; others may need another"]
    text += ["", "model <- rxode2::rxode2({"]
    text += [f"  # {name}: {term.meaning}, {program.unit_of(term)}" for name, term in states.items()]
    text += [f"  cmt({name})" for name in program.order]
    text += [
        f"  {name} = {exact(entry.value)}  # {term.meaning}, {without_brackets(entry.unit)}; {evidence(entry)}"
        for name, (term, entry) in program.parameters.items()
    ]
    text += [f"  {one.name} = {exact(one.value)}  # {one.meaning}, {one.unit}" for one in program.of_doses]
    if program.follows_the_clock:
        text += [f"  {program.clock_start} = {exact(program.model.daily.start)}  # Hour of the day at time 0, h"]
    text += [f"  {name}(0) = {exact(program.initial[name])}" for name in program.order]
    text += [f"  {_OF[one.kind].format(one.state)} = {one.name}" for one in program.of_doses]
    text += [f"  {name} = {expression}" for name, expression in lines]
    text += [f"  d/dt({name}) = {expression}" for name, expression in rates.items()]
    shown = program.shown_terms
    for name, expression in program.shown("t", _HELD):
        said = f"  # {shown[name].meaning}, {without_brackets(shown[name].unit)}" if name in shown else ""
        text += [f"  {name} = {expression}{said}"]
    text += ["})", ""]
    text += [f"doses <- {doses}"] if doses else []
    text += [f"samples <- seq(0, {settings['until']!r}, by = {settings['step']!r})"]
    text += [f"run <- rxode2::rxSolve(model, rxode2::et({'doses, ' * bool(doses)}samples))"]
    return "\n".join(text) + "\n", program.named
