"""The equations in the language of each simulator.

They are written once, in ldnsim; here they are run on symbols. What depends on parameters alone is taken out and
computed once a person, and what occurs more than once is computed once, so that every simulator gets them as cheap as
ours does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ldnsim import forms
from ldnsim.base.rewriting import rewritten
from ldnsim.base.vocabulary import filled, flatten
from ldnsim.endorphin import Clock
from ldnsim.model import Parameters
from ldnsim.models.system import NALTREXONE, Daily

Array = NDArray[np.float64]


def symbolic(
    active: NDArray[np.int64], groups: NDArray[np.int64], fixed: dict[str, int]
) -> tuple[list[Any], list[Any], Clock, list[Any]]:
    """The rates as expressions.

    Parameters
    ----------
    active : ndarray of int, shape (n_active,)
        Positions of the states that can be other than zero, in the model.
    groups : ndarray of int, shape (n_active,)
        For each of them the first one that it is equal to, as position among the active.
    fixed : dict of str to int
        Parameters that are written in as numbers.

    Returns
    -------
    parameters, states : list of sympy.Symbol
        Symbols of all parameters, and of one state a group.
    rhythm : Clock
        Symbols of the daily cycle.
    rates : list of sympy.Expr
        Rate of every active state.
    """
    import sympy as sp

    names = [term.name for term in flatten(Parameters)]
    symbols = [sp.Symbol(f"p{number}", positive=True) for number in range(len(names))]
    given = [sp.Integer(fixed[name]) if name in fixed else p for name, p in zip(names, symbols, strict=True)]
    states = {group: sp.Symbol(f"y{number}", positive=True) for number, group in enumerate(np.unique(groups).tolist())}
    rhythm = Clock(sp.Symbol("rhythm", real=True), sp.Symbol("rhythm_rate", real=True))

    def kinked(x: Any) -> Any:
        x, small = sp.sympify(x), sp.Float(forms.SMOOTHING)
        return (x + sp.sqrt(x * x + small * small) - small) / 2

    every: list[Any] = [sp.Integer(0)] * len(NALTREXONE.names)
    for position, group in zip(active.tolist(), groups.tolist(), strict=True):
        every[position] = states[group]
    function = rewritten(NALTREXONE.rates, {"positive_part": kinked})
    found = NALTREXONE.flat(function(NALTREXONE.pack(every), filled(Parameters, given), rhythm))
    return symbols, list(states.values()), rhythm, [sp.sympify(found[position]) for position in active]


@dataclass(frozen=True)
class Equations:
    """The rates as SymPy expressions.

    Attributes
    ----------
    states : list of sympy.Symbol
        States that are integrated.
    constants : dict of sympy.Symbol to sympy.Expr
        What is computed once a person, from ``p0``, ``p1`` ... in the order of the parameters.
    rhythm : dict of sympy.Symbol to sympy.Expr
        The daily cycle and its rate at a ``time``.
    rates : list of sympy.Expr
        Rate of each of these states, in terms of states, constants and rhythm.
    """

    states: list[Any]
    constants: dict[Any, Any]
    rhythm: dict[Any, Any]
    rates: list[Any]

    @cached_property
    def shared(self) -> tuple[list[tuple[Any, Any]], list[Any]]:
        """Common subexpressions of the rates, and the rates in terms of these."""
        import sympy as sp

        shared, results = sp.cse(self.rates, symbols=sp.numbered_symbols("s"))
        return shared, results

    @cached_property
    def operations(self) -> int:
        """Additions, multiplications, divisions and square roots of one evaluation of all rates, rhythm excluded."""
        import sympy as sp

        shared, results = self.shared
        return int(sum(sp.count_ops(line) for line in (*(line for _, line in shared), *results)))

    def code(self, line: Any) -> str:
        """Python with square roots and small powers as products."""
        import sympy as sp

        root = sp.Function("root")
        line = line.replace(lambda x: x.is_Pow and x.exp == sp.Rational(1, 2), lambda x: root(x.base)).replace(
            lambda x: x.is_Pow and x.exp.is_Integer and x.exp > 1,
            lambda x: sp.Mul(*[x.base] * int(x.exp), evaluate=False),
        )
        text: str = sp.pycode(line, fully_qualified_modules=False, user_functions={"root": "sqrt"})
        return text

    def constants_of(self, parameters: Array) -> Array:
        """Constants of everybody, shape (n_constants, n_people), from parameters of shape (n_parameters, n_people)."""
        import sympy as sp

        symbols = [sp.Symbol(f"p{number}", positive=True) for number in range(len(parameters))]
        function = sp.lambdify(symbols, list(self.constants.values()), "numpy")
        people = parameters.shape[1]
        return np.array([np.broadcast_to(row, (people,)) for row in function(*parameters)]).reshape(-1, people)

    def source(self, results: Sequence[Any], shared: Sequence[tuple[Any, Any]], target: str) -> str:
        """Python text of ``function(time, state, constant, result)`` that works for floats and for rows of arrays.

        Parameters
        ----------
        results : sequence of sympy.Expr
            What to compute.
        shared : sequence of (sympy.Symbol, sympy.Expr)
            Subexpressions that they use.
        target : str
            Where a result goes, such as ``result[{}]`` with its number.

        Returns
        -------
        str
            The text; it needs ``sqrt``, ``cos``, ``sin`` and ``pi``.
        """
        lines = [f"{symbol} = state[{number}]" for number, symbol in enumerate(self.states)]
        lines += [f"{symbol} = constant[{number}]" for number, symbol in enumerate(self.constants)]
        lines += [f"{symbol} = {self.code(line)}" for symbol, line in (*self.rhythm.items(), *shared)]
        lines += [f"{target.format(number)} = {self.code(line)}" for number, line in enumerate(results)]
        return "\n".join(["def function(time, state, constant, result):", *(f"    {line}" for line in lines)])

    def rates_with(self, functions: Mapping[str, Any]) -> Callable[..., None]:
        """``function(time, state, constant, result)`` that fills the rates, in the functions of a library."""
        shared, results = self.shared
        scope = dict(functions)
        exec(self.source(results, shared, "result[{}]"), scope)
        function: Callable[..., None] = scope["function"]
        return function

    def compiled(self) -> Callable[[float, Array, Array, Array], None]:
        """``rates(time, state, constant, rate)`` compiled by Numba; it fills the rate."""
        return _compiled(self.rates_with(_FLOATS), 1)

    def compiled_jacobian(self) -> Callable[[float, Array, Array, Array], None]:
        """``jacobian(time, state, constant, matrix)`` compiled by Numba; it fills a matrix of zeros."""
        import sympy as sp

        slopes = {
            (row, column): rate.diff(state)
            for row, rate in enumerate(self.rates)
            for column, state in enumerate(self.states)
            if rate.has(state)
        }
        shared, results = sp.cse(list(slopes.values()), symbols=sp.numbered_symbols("s"))
        lines = self.source(results, shared, "s_{}").splitlines()
        lines += [f"    result[{row}, {column}] = s_{number}" for number, (row, column) in enumerate(slopes)]
        scope: dict[str, Any] = dict(_FLOATS)
        exec("\n".join(lines), scope)
        return _compiled(scope["function"], 2)


_FLOATS: Mapping[str, Any] = {"sqrt": math.sqrt, "cos": math.cos, "sin": math.sin, "pi": math.pi}


def _compiled(function: Callable[..., None], dimensions: int) -> Callable[[float, Array, Array, Array], None]:
    """A function of time, state and constants that fills an array, compiled for states that may be read-only."""
    import numba

    kind = numba.types
    vector, result = kind.float64[::1], kind.Array(kind.float64, dimensions, "C")
    states = (vector, kind.Array(kind.float64, 1, "C", readonly=True))
    compiled: Callable[[float, Array, Array, Array], None] = numba.njit(
        [kind.void(kind.float64, state, vector, result) for state in states],
        fastmath={"contract", "nsz", "arcp"},
        error_model="numpy",
    )(function)
    return compiled


def reduced(active: NDArray[np.int64], groups: NDArray[np.int64], fixed: dict[str, int], daily: Daily) -> Equations:
    """The rates of one state a group, made cheap; see `symbolic` for the arguments."""
    import sympy as sp

    symbols, states, rhythm, rates = symbolic(active, groups, fixed)
    hoisted = _Hoist(set(symbols))
    lines = [hoisted(_by_state(rates[place], states)) for place in np.unique(groups)]
    clock = daily.at(sp.Symbol("time", real=True), sp.cos, sp.sin)
    return Equations(
        states,
        {symbol: line for line, symbol in hoisted.found.items()},
        dict(zip(rhythm, map(sp.sympify, clock), strict=True)),
        lines,
    )


def _by_state(line: Any, states: list[Any]) -> Any:
    """What is linear in the states as a sum of coefficients times states."""
    import sympy as sp

    if not line.is_polynomial(*states) or any(line.diff(state).has(*states) for state in states):
        return line
    return sp.Add(
        *(
            sp.Mul(sp.factor_terms(factor), *(state**power for state, power in zip(states, powers, strict=True)))
            for powers, factor in sp.Poly(line, *states).terms()
        )
    )


class _Hoist:
    """Takes what depends on parameters alone out of an expression."""

    def __init__(self, parameters: set[Any]) -> None:
        self.parameters = parameters
        self.found: dict[Any, Any] = {}

    def _name(self, line: Any) -> Any:
        import sympy as sp

        return self.found.setdefault(line, sp.Symbol(f"c{len(self.found)}", positive=True))

    def __call__(self, line: Any) -> Any:
        free = line.free_symbols
        if free and free <= self.parameters:
            return self._name(line)
        if not line.args:
            return line
        if line.is_Add or line.is_Mul:
            alone = [a for a in line.args if a.free_symbols and a.free_symbols <= self.parameters]
            plain = [a for a in line.args if not a.free_symbols]
            rest = [a for a in line.args if a not in alone and a not in plain]
            if alone:
                return line.func(self._name(line.func(*alone, *plain)), *map(self, rest))
        return line.func(*map(self, line.args))
