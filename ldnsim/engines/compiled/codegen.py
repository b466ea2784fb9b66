"""Kernels: the equations, run on symbols, become a text that Numba compiles."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from ... import forms
from ...base.errors import MissingExtra
from ...base.remembering import remembered
from ...base.rewriting import rewritten
from ...base.vocabulary import filled, flatten
from ...endorphin import Clock
from ...models.recorder import LARGEST_POWER
from ...models.system import System
from ..dormand_prince import ERROR, INSIDE, NODES, STAGES
from ..grouping import ZERO, likeness
from ..leg import Leg
from ..tape import record
from . import lanes

SHARED = (
    *("ADD", "INFUSE", "STIFF", "FAILED", "FIRST", "AGAIN", "LATE", "NOISE", "SHARE"),
    *("KERNEL_STEPS_PER_HOUR", "FEWEST_STEPS"),
)
"""Numbers that all engines for many share, see `ldnsim.engines.leg`."""

_MARK = "# --- from here on part of every generated kernel ---"


@dataclass(frozen=True)
class Structure:
    """What a kernel is made for; a new one is compiled where this changes.

    Attributes
    ----------
    fixed : tuple of (str, float)
        Parameters that are written into the kernel: switches that are 0 or 1, and exponents that are whole numbers.
    states : tuple of int
        Positions of the states that are integrated, those that no rate asks for last.
    asked : int
        How many of them some rate asks for.
    like : tuple of (int, int)
        States that can only be equal to another one, and which one.
    lanes : int
        How many people one kernel takes side by side.
    unread : tuple of int
        States that are left out because nobody reads them, nor anything that they have a say in.
    """

    fixed: tuple[tuple[str, float], ...]
    states: tuple[int, ...]
    asked: int
    like: tuple[tuple[int, int], ...]
    lanes: int = lanes.LANES
    unread: tuple[int, ...] = ()


def structure(system: System, leg: Leg, wanted: Sequence[int] | None = None) -> Structure:
    """What is the same for all people and worth writing into the kernel.

    Parameters
    ----------
    system : System
        The model.
    leg : Leg
        Everybody who shall share the kernel, or subjects who differ as they do.
    wanted : sequence of int, optional
        States that will be read; by default all.

    Returns
    -------
    Structure
        Fixed parameters, and the states that have to be integrated.
    """
    names = [term.name for term in flatten(leg.declared)]
    values = leg.parameters[0, :, 0]
    declared: type[NamedTuple] = leg.declared
    read, exponents = _read(system, declared)
    # what outputs alone read would give equal kernels many names, each compiled anew
    known = np.zeros(len(names), dtype=bool)
    for place in read:
        written = values[place] in (0.0, 1.0) or (place in exponents and values[place] in range(2, LARGEST_POWER + 1))
        known[place] = written and bool((leg.parameters[:, place] == values[place]).all())
    fixed = tuple((names[place], float(values[place])) for place in np.flatnonzero(known))
    # alike for all are those that are alike for each
    kinds = [tuple(row) for row in likeness(system, leg, known[:, None]).tolist()]
    nothing = (ZERO,) * len(leg.phase)
    first = {kind: kinds.index(kind) for kind in kinds if kind != nothing}
    like = [(place, first[kind]) for place, kind in enumerate(kinds) if first.get(kind, place) != place]
    generic = np.random.default_rng(0).uniform(0.1, 0.9, len(names))
    some_ask = np.flatnonzero(system.asked(filled(leg.declared, np.where(known, values, generic).tolist())))
    asked = {first[kinds[place]] for place in some_ask if kinds[place] != nothing}
    states = sorted(first.values(), key=lambda place: (place not in asked, place))
    whole = Structure(fixed, tuple(states), len(asked), tuple(like))
    return whole if wanted is None else _narrowed(whole, system, declared, wanted)


def _narrowed(whole: Structure, system: System, declared: type[NamedTuple], wanted: Sequence[int]) -> Structure:
    """The same for what some states need alone; equal needs give equal structures, whoever has them."""
    names = [term.name for term in flatten(declared)]
    place = {position: position for position in whole.states} | dict(whole.like)
    like = [place.get(position, ZERO) for position in range(len(system.names))]
    found = record(system, declared, like, {names.index(name): value for name, value in whole.fixed}, wanted)
    everything = record(system, declared, like)
    read = {names[x] for x in everything.read_by(found.states) if x < found.parameters}
    return replace(
        whole,
        fixed=tuple((name, value) for name, value in whole.fixed if name in read),
        states=found.states,
        asked=found.asked,
        like=tuple((other, first) for other, first in whole.like if first in found.states),
        unread=tuple(position for position, first in enumerate(like) if first != ZERO and first not in found.states),
    )


@remembered(64)
def _read(system: System, declared: type[NamedTuple]) -> tuple[tuple[int, ...], frozenset[int]]:
    """Places of the parameters that some rate reads, and of those that it reads as an exponent."""
    found = record(system, declared, range(len(system.names)))
    return tuple(sorted(place for place in found.arguments if place < found.parameters)), found.exponents


def write(system: System, declared: type[NamedTuple], made_for: Structure) -> str:
    """The source of a kernel.

    Parameters
    ----------
    system : System
        The model.
    declared : type
        ``NamedTuple`` of its parameters.
    made_for : Structure
        What it is made for.

    Returns
    -------
    str
        Python with ``constants(p)``, ``rates``, ``integrate`` and ``run``; the names that are Numba's are given by
        `ldnsim.engines.compiled.machine_code`.

    Raises
    ------
    MissingExtra
        If SymPy is not installed.
    """
    sp = _sympy()
    fixed = dict(made_for.fixed)
    symbols = [sp.Symbol(f"p{number}", positive=True) for number, _ in enumerate(flatten(declared))]
    given = [
        sp.nsimplify(fixed[term.name]) if term.name in fixed else symbol
        for term, symbol in zip(flatten(declared), symbols, strict=True)
    ]
    states = {position: sp.Symbol(f"y{position}", positive=True) for position in made_for.states}
    standing = {**states, **{place: states[other] for place, other in made_for.like}}
    roots: dict[Any, Any] = {}

    def kinked(x: Any) -> Any:
        x = sp.sympify(x)
        small = sp.Float(forms.SMOOTHING)
        root = sp.sqrt(x * x + small * small)
        if x.free_symbols:
            roots[root] = x
        return (x + root - small) / 2

    rates = rewritten(system.rates, {"positive_part": kinked})
    rhythm = Clock(sp.Symbol("rhythm"), sp.Symbol("rhythm_rate"))
    state = system.pack([standing.get(position, sp.Integer(0)) for position in range(len(system.names))])
    every = system.flat(rates(state, filled(declared, given), rhythm))
    found = [sp.sympify(every[position]) for position in made_for.states]
    # a kink of what no rate depends on, such as an output, needs no end of a step
    switches = [x for root, x in roots.items() if any(rate.has(root) for rate in found)]
    lines = [_linear(sp, rate, list(states.values())) for rate in found]
    hoisted = _Hoist(sp, set(symbols))
    lines = [hoisted(line) for line in (*lines, *switches)]
    shared, results = sp.cse(lines, symbols=sp.numbered_symbols("s"))
    places = [number * made_for.lanes for number in range(len(states))]
    body = [f"{symbol} = w[TRY + {place} + lane]" for symbol, place in zip(states.values(), places, strict=True)]
    body = body[: made_for.asked]
    body += [
        f"{name} = constant[{number * made_for.lanes} + lane]" for number, name in enumerate(hoisted.found.values())
    ]
    body += ["rhythm = w[RHYTHM + lane]", "rhythm_rate = w[RHYTHM_RATE + lane]"]
    body += [f"{symbol} = {_code(sp, line)}" for symbol, line in shared]
    targets = [f"RATE + {place}" for place in places] + [f"THERE + {n * made_for.lanes}" for n in range(len(switches))]
    body += [f"w[{target} + lane] = {_code(sp, line)}" for target, line in zip(targets, results, strict=True)]
    constants = [f"c{number} = {_code(sp, line)} + zero" for number, line in enumerate(hoisted.found)]
    names = ", ".join(map(str, hoisted.found.values()))
    unpack = [f"{symbol} = p[{number}]" for number, symbol in enumerate(symbols)]
    stages = [number for number, weight in enumerate(ERROR, 1) if weight]
    sums = [" + ".join(f"g{stage} * w[K{stage} + {place} + lane]" for stage in stages) for place in places]
    return "\n".join(
        [
            '"""Generated by ldnsim from the equations; not to be edited."""',
            "import math",
            "import numpy as np",
            f"STATES, ASKED, SWITCHES = {len(states)}, {made_for.asked}, {len(switches)}",
            f"CONSTANTS = {len(hoisted.found)}",
            f"NODES = {NODES!r}",
            *(f"{name} = {getattr(lanes, name)!r}" for name in SHARED),
            "",
            "def constants(p):",
            "    zero = 0.0 * p[0]",
            *(f"    {line}" for line in (*unpack, *constants)),
            f"    return np.array([{names}]) if {bool(names)} else np.zeros((0, *np.shape(zero)))",
            "",
            inspect.getsource(lanes).partition(_MARK)[2].replace(f"LANES = {lanes.LANES}", f"LANES = {made_for.lanes}"),
            *_method(),
            *_each_lane("rates(w, constant)", body),
            *_each_lane("spread(w, part)", ["x = w[part + lane]", *(f"w[SPREAD + {k} + lane] = x" for k in places)]),
            *_each_lane(
                "worst(w)",
                [
                    "e = 0.0",
                    *(f"e = e if w[SHOWN + {k} + lane] <= e else w[SHOWN + {k} + lane]" for k in places),
                    "w[ERROR + lane] = e",
                ],
            ),
            *_each_lane(
                "show(w)",
                [
                    *(f"g{stage} = w[W{stage} + lane]" for stage in stages),
                    *(
                        f"w[SHOWN + {k} + lane] = w[NOW + {k} + lane] + ({s})"
                        for k, s in zip(places, sums, strict=True)
                    ),
                ],
            ),
        ]
    )


def _each_lane(head: str, body: Sequence[str]) -> list[str]:
    """A function that does the same in every lane, which the compiler turns into instructions for many at once."""
    loop = [f"        {line}" for line in body]
    return ["", "@njit(**FAST)", f"def {head}:", "    for lane in range(LANES):", *loop, ""]


def _method() -> list[str]:
    """The sums of the method, written out, so that what has no weight costs nothing."""

    def total(weights: Sequence[float]) -> str:
        return " + ".join(f"{one!r} * w[K{number} + place]" for number, one in enumerate(weights, 1) if one)

    def polynomial(first: float, *others: float) -> str:
        return f"{first!r} + x * ({polynomial(*others)})" if others else repr(first)

    lines = ["", "@njit(**FAST)", "def attempt(w, stage):", "    if stage == 0:", "        for place in range(READ):"]
    lines += ["            w[TRY + place] = w[NOW + place]"]
    for stage, weights in enumerate(STAGES, 1):
        # the last one is the end of the step, where every state is wanted
        size = "SIZE" if stage == len(STAGES) else "READ"
        lines += [f"    elif stage == {stage}:", f"        for place in range({size}):"]
        lines += [f"            w[TRY + place] = w[NOW + place] + w[SPREAD + place] * ({total(weights)})"]
    lines += ["", "@njit(**FAST)", "def estimate(w, place):", f"    return {total(ERROR)}"]
    lines += ["", "@njit(**FAST)", "def weigh(w, lane, span, x):"]
    lines += ["    done = span * x", "    further = done * x"]
    for number, (first, *others) in enumerate(INSIDE, 1):
        if first:
            lines.append(f"    w[W{number} + lane] = done * ({polynomial(first, *others)})")
        elif any(others):
            lines.append(f"    w[W{number} + lane] = further * ({polynomial(*others)})")
    return [*lines, ""]


class _Hoist:
    """Takes what depends on parameters alone out of an expression, so that it is computed once a person."""

    def __init__(self, sp: Any, parameters: set[Any]) -> None:
        self.sp = sp
        self.parameters = parameters
        self.found: dict[Any, Any] = {}

    def _name(self, expression: Any) -> Any:
        return self.found.setdefault(expression, self.sp.Symbol(f"c{len(self.found)}"))

    def __call__(self, expression: Any) -> Any:
        free = expression.free_symbols
        if free and free <= self.parameters:
            return self._name(expression)
        if not expression.args:
            return expression
        if expression.is_Add or expression.is_Mul:
            alone = [a for a in expression.args if a.free_symbols and a.free_symbols <= self.parameters]
            plain = [a for a in expression.args if not a.free_symbols]
            rest = [a for a in expression.args if a not in alone and a not in plain]
            if alone:
                return expression.func(self._name(expression.func(*alone, *plain)), *map(self, rest))
        return expression.func(*map(self, expression.args))


def _linear(sp: Any, expression: Any, states: list[Any]) -> Any:
    """An expression that is linear in the states, as a sum of coefficients times states."""
    # asked first, because expanding what is no polynomial can take forever
    if not expression.is_polynomial(*states) or any(expression.diff(state).has(*states) for state in states):
        return expression
    polynomial = sp.Poly(expression, *states)
    return sp.Add(
        *(
            sp.Mul(sp.factor_terms(factor), *(state**power for state, power in zip(states, powers, strict=True)))
            for powers, factor in polynomial.terms()
        )
    )


def _code(sp: Any, expression: Any) -> str:
    """Python with square roots and small whole powers as products."""
    root = sp.Function("root")
    expression = expression.replace(lambda x: x.is_Pow and x.exp == sp.Rational(1, 2), lambda x: root(x.base)).replace(
        lambda x: x.is_Pow and x.exp.is_Integer and 1 < x.exp <= LARGEST_POWER,
        lambda x: sp.Mul(*[x.base] * int(x.exp), evaluate=False),
    )
    text: str = sp.pycode(expression, fully_qualified_modules=False, user_functions={"root": "np.sqrt"})
    return text


def _sympy() -> Any:
    try:
        import sympy
    except ImportError as error:
        raise MissingExtra("sympy", "fast") from error
    return sympy
