"""A model file of mrgsolve: C++ with blocks, and the doses as lines of R in it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..models.printing import CPP, exact
from .handed import Handed
from .naming import Naming
from .programs import Given, Program, evidence, without_brackets

_WORDS = """
id amt cmt ii ss evid addl rate time dur solvertime table eta eps simeps simeta newind done cfonstop dxdtzero initsolv
_f _r _alag setinit report capture mrgsolve mrg self thetas omega sigma main ode pred event preamble global plugin
theta nmvars init param fixed set env prob include yield isnan isinf std databox mevent mt tad evt
localdouble localint localbool r_pi m_pi m_e pi exp10 gamma beta tgamma erf erfc j0 j1 jn y0 y1 yn gamma lgamma null
true_ false_ na_real ncmt neq
"""
RESERVED = frozenset(_WORDS.split())
"""Names of mrgsolve and of the headers that it includes, in small letters."""

_SAID = re.compile(r"[:()\[\]$\n]")
_OF = {"F": "F_{}", "lag": "ALAG_{}", "R": "R_{}", "D": "D_{}"}
_HELD = "({0} > 0.0 ? {0} : 0.0)"


def mrgsolve(handed: Handed) -> tuple[str, Naming]:
    """The text of a model file.

    Parameters
    ----------
    handed : Handed
        The model, and what is given.

    Returns
    -------
    text : str
        Blocks $PROB, $PARAM, $CMT, $MAIN, $ODE, $TABLE, $CAPTURE and $SET; how to read it and give the doses stands
        above them, in remarks. Amounts are in the unit of the states. Compartments that a dose enters whole have their
        bioavailability and lag in $MAIN; what enters several states is written state by state, with both in it.
    naming : Naming
        What everything is called in it.

    Raises
    ------
    InputError
        If equations or doses cannot be written.
    """
    program = Program(handed, RESERVED, CPP)
    use = [*_use(program)]
    lines, rates = program.rates("SOLVERTIME", _HELD)
    states = {name: program.model.system.terms[place] for place, name in enumerate(program.states.values())}
    parameters = [
        f"{_annotated(name, term.meaning, without_brackets(entry.unit), entry.value)}  // {evidence(entry)}"
        for name, (term, entry) in program.parameters.items()
    ]
    parameters += [_annotated(one.name, one.meaning, one.unit, one.value) for one in program.of_doses]
    if program.follows_the_clock:
        start = program.model.daily.start
        parameters.append(_annotated(program.clock_start, "Hour of the day at time 0", "h", start))
    settings = handed.study.settings
    blocks = {
        "$PROB": program.about(),
        "$PARAM @annotated": parameters,
        "$CMT @annotated": [_annotated(n, states[n].meaning, program.unit_of(states[n])) for n in program.order],
        "$MAIN": [
            *(f"{name}_0 = {exact(program.initial[name])};" for name in program.order),
            *(f"{_OF[one.kind].format(one.state)} = {one.name};" for one in program.of_doses),
        ],
        "$ODE": [
            *(f"double {name} = {expression};" for name, expression in lines),
            *(f"dxdt_{name} = {expression};" for name, expression in rates.items()),
        ],
        "$TABLE": [f"double {name} = {expression};" for name, expression in program.shown("TIME", _HELD)],
        "$CAPTURE @annotated": [
            _annotated(name, term.meaning, without_brackets(term.unit)) for name, term in program.shown_terms.items()
        ],
        "$SET": [f"end = {settings['until']!r}, delta = {settings['step']!r}"],
    }
    text = [*use, ""]
    for heading, inside in blocks.items():
        if inside:
            text += [heading, *inside, ""]
    return "\n".join(text), program.named


def _use(program: Program) -> Iterable[str]:
    """How the file is read in R, and its doses, in remarks."""
    yield "// In R, where this is model.cpp:"
    yield '//   mod <- mrgsolve::mread("model")'
    if program.given:
        yield f"//   doses <- {call('mrgsolve::ev', program.given)}"
    yield f"//   mrgsolve::mrgsim(mod{', events = doses' * bool(program.given)})"
    if program.elsewhere:
        yield f"// {program.elsewhere}."
    if any(program.initial.values()):
        yield "// The state before the first dose, in MAIN, is that of these parameters; others may need another."


def call(function: str, given: Iterable[Given]) -> str:
    """Doses as calls of a function in R, one after the other."""
    calls = []
    for one in given:
        said: dict[str, object] = {"time": one.time, "amt": one.amount, "cmt": f'"{one.state}"'}
        said |= {"rate": one.rate} if one.rate else {}
        said |= {"ii": one.every} if one.additional or one.steady else {}
        said |= {"addl": one.additional} if one.additional else {}
        said |= {"ss": one.steady} if one.steady else {}
        calls.append(f"{function}({', '.join(f'{name} = {value}' for name, value in said.items())})")
    return calls[0] if len(calls) == 1 else f"c({', '.join(calls)})"


def _plain(text: str) -> str:
    return " ".join(_SAID.sub(" ", text).split())


def _annotated(name: str, meaning: str, unit: str, value: float | None = None) -> str:
    number = "" if value is None else f"{exact(value)} : "
    return f"{name} : {number}{_plain(meaning) or name} ({unit})"
