"""Kernels: the equations, run on symbols, become a text that Numba compiles and that is kept on disk."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import os
import shutil
import sys
import tempfile
import types
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from . import forms
from .endorphin import Clock
from .errors import MissingExtra
from .rewriting import rewritten
from .solve import lanes
from .solve.records import Array
from .system import System
from .vocabulary import flatten, nested

_ANYWHERE = 0.7123
_MARK = "# --- from here on part of every generated kernel ---"
_LARGEST_POWER = 12


@dataclass(frozen=True)
class Structure:
    """What a kernel is made for; a new one is compiled where this changes.

    Attributes
    ----------
    fixed : tuple of (str, float)
        Parameters that are written into the kernel: switches that are 0 or 1, and exponents that are whole numbers.
    active : tuple of int
        Positions of the states that can be other than zero.
    """

    fixed: tuple[tuple[str, float], ...]
    active: tuple[int, ...]


class _Exponent(float):
    """A number that tells when it is used as an exponent."""

    seen: set[str]
    name: str

    def __rpow__(self, base: Any, mod: Any = None) -> Any:
        self.seen.add(self.name)
        return float(base) ** float(self)

    def __pow__(self, other: Any, mod: Any = None) -> Any:
        if isinstance(other, _Exponent):
            other.seen.add(other.name)
        return float(self) ** float(other)


def _filled(declared: type[NamedTuple], values: Iterator[Any]) -> Any:
    """Nested tuples from their numbers in order."""
    fields = []
    for name in declared._fields:
        child = nested(declared, name)
        fields.append(next(values) if child is None else _filled(child, values))
    return declared._make(fields)


def structure(system: System, declared: type[NamedTuple], values: Array, active: set[int]) -> Structure:
    """What is the same for all people and worth writing into the kernel.

    Parameters
    ----------
    system : System
        The model.
    declared : type
        ``NamedTuple`` of its parameters.
    values : ndarray, shape (n_people, n_parameters)
        Parameters of everybody who shall share the kernel.
    active : set of int
        Positions of states that are not zero at first, or that something enters.

    Returns
    -------
    Structure
        Fixed parameters and active states.
    """
    names = [term.name for term in flatten(declared)]
    common = (values == values[0]).all(axis=0)
    exponents = _exponents(system, declared)
    fixed = {
        name: float(value)
        for name, value, same in zip(names, values[0], common, strict=True)
        if same and (value in (0.0, 1.0) or (name in exponents and value in range(1, _LARGEST_POWER + 1)))
    }
    generic = np.random.default_rng(0).uniform(0.1, 0.9, len(names))
    p = _filled(declared, iter([fixed.get(name, value) for name, value in zip(names, generic, strict=True)]))
    while True:
        state = system.pack([_ANYWHERE if position in active else 0.0 for position in range(len(system.names))])
        moving = system.flat(system.rates(state, p, Clock(_ANYWHERE, _ANYWHERE)))
        more = {position for position, rate in enumerate(moving) if rate != 0.0} - active
        if not more:
            return Structure(tuple(fixed.items()), tuple(sorted(active)))
        active = active | more


@cache
def _exponents(system: System, declared: type[NamedTuple]) -> frozenset[str]:
    """Parameters that some rate uses as an exponent."""
    seen: set[str] = set()
    probes = []
    for term in flatten(declared):
        probe = _Exponent(_ANYWHERE)
        probe.seen, probe.name = seen, term.name
        probes.append(probe)
    state = system.pack([_ANYWHERE] * len(system.names))
    system.rates(state, _filled(declared, iter(probes)), Clock(_ANYWHERE, _ANYWHERE))
    return frozenset(seen)


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
        Python with ``constants(p)``, ``rates`` and ``integrate``.

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
    states = {position: sp.Symbol(f"y{position}", positive=True) for position in made_for.active}
    switches: list[Any] = []

    def kinked(x: Any) -> Any:
        x = sp.sympify(x)
        if x.free_symbols:
            switches.append(x)
        small = sp.Float(forms.SMOOTHING)
        return (x + sp.sqrt(x * x + small * small) - small) / 2

    rates = rewritten(system.rates, {"positive_part": kinked})
    rhythm = Clock(sp.Symbol("rhythm"), sp.Symbol("rhythm_rate"))
    state = system.pack([states.get(position, sp.Integer(0)) for position in range(len(system.names))])
    found = system.flat(rates(state, _filled(declared, iter(given)), rhythm))
    switches = list(dict.fromkeys(switches))
    lines = [_linear(sp, sp.sympify(found[position]), list(states.values())) for position in made_for.active]
    hoisted = _Hoist(sp, set(symbols))
    lines = [hoisted(line) for line in (*lines, *switches)]
    shared, results = sp.cse(lines, symbols=sp.numbered_symbols("s"))
    body = [f"{symbol} = state[{number * lanes.LANES} + lane]" for number, symbol in enumerate(states.values())]
    body += [f"{name} = constant[{number * lanes.LANES} + lane]" for number, name in enumerate(hoisted.found.values())]
    body += ["rhythm = clock[lane]", f"rhythm_rate = clock[{lanes.LANES} + lane]"]
    body += [f"{symbol} = {_code(sp, line)}" for symbol, line in shared]
    for number, line in enumerate(results):
        target = "rate" if number < len(states) else "switch"
        place = number if number < len(states) else number - len(states)
        body.append(f"{target}[{place * lanes.LANES} + lane] = {_code(sp, line)}")
    constants = [f"c{number} = {_code(sp, line)} + zero" for number, line in enumerate(hoisted.found)]
    names = ", ".join(map(str, hoisted.found.values()))
    kernel = inspect.getsource(lanes).partition(_MARK)[2]
    unpack = [f"{symbol} = p[{number}]" for number, symbol in enumerate(symbols)]
    return "\n".join(
        [
            '"""Generated by ldnsim.compiled from the equations; not to be edited."""',
            "import math",
            "import numpy as np",
            "from numba import njit",
            f"STATES, SWITCHES, CONSTANTS = {len(states)}, {len(switches)}, {len(hoisted.found)}",
            "",
            "def constants(p):",
            "    zero = 0.0 * p[0]",
            *(f"    {line}" for line in (*unpack, *constants)),
            f"    return np.array([{names}]) if {bool(names)} else np.zeros((0, *np.shape(zero)))",
            "",
            '@njit(cache=True, inline="never", fastmath={"contract", "nsz", "arcp"}, error_model="numpy")',
            "def rates(state, constant, clock, rate, switch):",
            f"    for lane in range({lanes.LANES}):",
            *(f"        {line}" for line in body),
            "",
            kernel,
        ]
    )


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
        lambda x: x.is_Pow and x.exp.is_Integer and 1 < x.exp <= _LARGEST_POWER,
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


def cache_folder() -> Path:
    """Where kernels are kept: ``LDNSIM_CACHE``, or ``ldnsim`` in the user's cache folder."""
    chosen = os.environ.get("LDNSIM_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ldnsim"


def kernel(system: System, declared: type[NamedTuple], made_for: Structure) -> types.ModuleType:
    """A compiled kernel, from memory, from disk, or made now.

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
    module
        With ``constants`` and ``integrate``.

    Raises
    ------
    MissingExtra
        If Numba is not installed.
    """
    if importlib.util.find_spec("numba") is None:
        raise MissingExtra("numba", "fast")
    return _kernel(system, declared, made_for, cache_folder())


@cache
def _kernel(system: System, declared: type[NamedTuple], made_for: Structure, folder: Path) -> types.ModuleType:
    key = _key(system, declared, made_for)
    place = folder / f"kernel_{key}"
    path = place / f"ldnsim_kernel_{key}.py"
    text = path.read_text() if path.is_file() else ""
    if not text.endswith(_seal(text.rpartition("\n# ")[0])):
        # missing, half written or damaged: made anew, and put in place in one step
        body = write(system, declared, made_for)
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, draft = tempfile.mkstemp(dir=place, suffix=".draft")
        with os.fdopen(handle, "w") as file:
            file.write(body + _seal(body))
        Path(draft).replace(path)
    return _loaded(path)


def _loaded(path: Path) -> types.ModuleType:
    """The module in a file, ready to run: what was compiled before is read, and made anew where it cannot be."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where Numba looks for it when it reads what it kept
    spec.loader.exec_module(module)
    try:
        _warm(module)
    except Exception:  # a damaged file can raise anything
        shutil.rmtree(path.parent / "__pycache__", ignore_errors=True)
        spec.loader.exec_module(module)
        _warm(module)
    return module


def _warm(module: types.ModuleType) -> None:
    """Compile, by a run of no length."""
    lanes_of = (lanes.LANES,)
    none, whole = np.zeros((0, *lanes_of)), np.zeros((0, *lanes_of), dtype=np.int64)
    nothing = np.zeros(lanes_of, dtype=np.int64)
    module.integrate(
        np.zeros((module.STATES, *lanes_of)), np.zeros(module.CONSTANTS * lanes.LANES), np.zeros(lanes_of), none,
        none.astype(bool), nothing, none, whole, whole, none, nothing, np.zeros(lanes_of),
        np.ones(module.STATES * lanes.LANES), 1.0, 1, np.zeros((0, module.STATES, *lanes_of)), nothing.copy(),
        nothing.copy(),
    )  # fmt: skip


def _seal(text: str) -> str:
    return f"\n# {hashlib.sha256(text.encode()).hexdigest()}"


def _key(system: System, declared: type[NamedTuple], made_for: Structure) -> str:
    """Name of a kernel: equal equations, kernel text and structure give equal names."""
    import numba

    modules = sorted({inspect.getmodule(thing) for thing in _calls(system.rates)}, key=str)
    parts = [inspect.getsource(module) for module in modules if module is not None]
    parts += [inspect.getsource(lanes), inspect.getsource(sys.modules[__name__])]
    parts += [system.rates.__name__, repr(flatten(declared)), repr(made_for), numba.__version__, np.__version__]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _calls(function: Any) -> set[Any]:
    """A function of the equations and all that it calls."""
    found: set[Any] = set()
    waiting = [function]
    while waiting:
        one = waiting.pop()
        if isinstance(one, types.FunctionType) and one not in found:
            found.add(one)
            waiting += [one.__globals__.get(name) for name in one.__code__.co_names]
    return found
