"""The equations as SymPy expressions and LaTeX, obtained by running them on symbols."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from . import endorphin, outcomes, pk, receptor_turnover, receptors, tlr4
from .base.errors import InputError, MissingExtra
from .base.near import among
from .base.rewriting import rewritten
from .base.vocabulary import filled, flatten, nested
from .endorphin import Clock
from .models.dosable import Model
from .models.system import leaves

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


class Equation(NamedTuple):
    """One equation.

    Attributes
    ----------
    module, function : str
        Where it is written; of another model its name, and what of it is asked for.
    left : sympy.Expr
        What it gives: a symbol, or the derivative of a state.
    right : sympy.Expr
        The expression.
    """

    module: str
    function: str
    left: Any
    right: Any


def _sympy() -> Any:
    try:
        import sympy
    except ImportError as error:
        raise MissingExtra("sympy", "symbolic") from error
    return sympy


def equations(module: str | None = None, model: Model | None = None) -> list[Equation]:
    """Every equation as SymPy expressions, with the smooth positive part shown as a maximum.

    Parameters
    ----------
    module : {"pk", "receptors", "endorphin", "tlr4", "outcomes"}, optional
        Only this module's.
    model : Model, optional
        Another model than that of naltrexone: the rate of each state, then what follows from the state.

    Returns
    -------
    list of Equation
        One for each state's rate and each quantity, in reading order.

    Raises
    ------
    InputError
        If there is no such module, or the equations of the model are not plain arithmetic.
    MissingExtra
        If SymPy is not installed.
    """
    sympy = _sympy()
    if model is not None:
        if module is not None:
            raise InputError("module", module, "to be left out beside model=, whose equations are shown as a whole")
        return _of_model(model, sympy)
    if module is not None and module not in EQUATIONS:
        raise InputError("module", module, among(module, EQUATIONS))
    plain = _plain(sympy)
    found = []
    for name, functions in EQUATIONS.items():
        if module in (None, name):
            for function in functions:
                found.extend(_of(name, function, rewritten(function, plain), sympy))
    return found


def _plain(sympy: Any) -> dict[str, Callable[..., Any]]:
    """What smooth functions are shown as; zero is an integer of SymPy, so that Max can order it."""
    return {"positive_part": lambda x: sympy.Max(sympy.Integer(0), x), "cap": lambda x, limit: sympy.Min(x, limit)}


class _Anybody(dict[str, float]):
    """Covariates of somebody, for parameters of which only the names are needed."""

    def __missing__(self, name: str) -> float:
        return 1.0


def _of_model(model: object, sympy: Any) -> list[Equation]:
    """Rates and outputs of a model on symbols, which its own functions take like numbers."""
    if not isinstance(model, Model):
        raise InputError("model", model, "a model, such as ldnsim.models.one_compartment(CL=2, V=20)")
    numbers = model.fill(_Anybody())
    if not model.system.arithmetic(numbers):
        raise InputError("model", model.name, "one whose equations are plain arithmetic, which symbols can go through")
    system, plain = model.system, _plain(sympy)
    names = [term.name for term in (*system.terms, *flatten(type(numbers)))]
    short = [name.rpartition(".")[2] for name in names]
    # two parts may call something by one name, such as mu at the site and the density of mu
    full = [name.replace(".", "_") for name in names]
    shown = [last if short.count(last) == 1 else name for name, last in zip(full, short, strict=True)]
    symbols = [sympy.Symbol(_latex_name(name), positive=True) for name in shown]
    given = [sympy.Integer(0) if name in model.idle else one for name, one in zip(names, symbols, strict=True)]
    size = len(system.names)
    arguments = system.pack(symbols[:size]), filled(type(numbers), given[size:]), _symbols(Clock, sympy, False)
    rates, outputs = (leaves(rewritten(one, plain)(*arguments)) for one in (system.rates, system.outputs))
    time = sympy.Symbol("t")
    found = [
        Equation(model.name, "rates", sympy.Derivative(sympy.Function(symbol.name)(time), time), right)
        for symbol, right in zip(symbols, rates, strict=False)
        # a depot that nothing is absorbed from stays as it is
        if right != 0 or not model.idle
    ]
    columns = [sympy.Symbol(_latex_name(column)) for column in model.output_columns]
    return found + [Equation(model.name, "outputs", *pair) for pair in zip(columns, outputs, strict=True)]


def _of(module: str, function: Any, plain: Callable[..., Any], sympy: Any) -> list[Equation]:
    arguments = []
    states: Any = None
    for argument, kind in function.__annotations__.items():
        if argument == "return":
            continue
        if isinstance(kind, type) and hasattr(kind, "_fields"):
            is_state = kind.__name__.endswith("State")
            states = kind if is_state else states
            symbols = _symbols(kind, sympy, is_state)
            arguments.append(symbols)
        else:
            arguments.append(sympy.Symbol(_latex_name(argument), positive=True))
    value = plain(*arguments)
    result = function.__annotations__["return"]
    if isinstance(result, type) and hasattr(result, "_fields"):
        time = sympy.Symbol("t")
        rate = result.__name__.endswith("State")
        return [
            Equation(
                module,
                function.__name__,
                sympy.Derivative(sympy.Function(_latex_name(field))(time), time)
                if rate
                else sympy.Symbol(_latex_name(f"{function.__name__}_{field}")),
                expression,
            )
            for field, expression in zip(result._fields, value, strict=True)
        ]
    return [Equation(module, function.__name__, sympy.Symbol(_latex_name(function.__name__)), value)]


def _symbols(kind: Any, sympy: Any, is_state: bool) -> Any:
    fields = []
    for field in kind._fields:
        child = nested(kind, field)
        if child is not None:
            fields.append(_symbols(child, sympy, is_state))
        elif is_state:
            fields.append(sympy.Symbol(_latex_name(field), positive=True))
        else:
            fields.append(
                sympy.Symbol(_latex_name(field), real=True)
                if kind is Clock
                else sympy.Symbol(_latex_name(field), positive=True)
            )
    return kind._make(fields)


_GREEK = frozenset(["alpha", "beta", "rho"])


def _latex_name(name: str) -> str:
    """A symbol that prints upright in words, italic as a single letter or Greek name."""
    head, _, tail = name.partition("_")
    first = rf"\{head}" if head in _GREEK else (head if len(head) == 1 else rf"\mathrm{{{head}}}")
    return first if not tail else rf"{first}_{{\mathrm{{{tail.replace('_', chr(92) + '_')}}}}}"


def latex(module: str | None = None, model: Model | None = None) -> str:
    r"""Every equation as LaTeX, one line each, under a comment that names its function.

    Parameters
    ----------
    module, model : optional
        Only this module's, or those of another model, see `equations`.

    Returns
    -------
    str
        Lines such as ``\frac{d}{d t} ... = ...``.
    """
    sympy = _sympy()
    lines: list[str] = []
    heading = ""
    for equation in equations(module, model):
        place = f"% {equation.module}.{equation.function}"
        if place != heading:
            heading = place
            lines.append(place)
        left, right = (sympy.latex(side, mul_symbol=r" \, ") for side in (equation.left, equation.right))
        lines.append(f"{left} = {right}")
    return "\n".join(lines)
