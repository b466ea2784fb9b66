"""The equations in symbols, as LaTeX: read off the functions that run, with what each symbol means.

Imports `ldnsim.base`, `ldnsim.models` and the equations; nothing but the command line imports this.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..base.errors import InputError
from ..models.dosable import Model
from .by_function import of_function
from .by_model import of_model
from .catalogue import EQUATIONS, functions
from .typesetting import Equation, Symbol

__all__ = ["EQUATIONS", "Equation", "Symbol", "equations", "latex", "nomenclature"]


def equations(module: str | None = None, model: Model | None = None) -> list[Equation]:
    r"""Every equation in symbols, with the smooth positive part shown as a maximum.

    What an equation uses more than once, and a function of its own gives, has its own line.

    Parameters
    ----------
    module : {"pk", "receptors", "receptor_turnover", "endorphin", "tlr4", "outcomes"}, optional
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
        If there is no such module, or the equations of the model go where a recording cannot follow, such as into a
        table or a function of SciPy.

    Examples
    --------
    >>> from ldnsim import models
    >>> for equation in equations(model=models.one_compartment(CL=2, V=20)):
    ...     print(equation.left, "=", equation.right)
    \frac{\mathrm{d} A_{\mathrm{c}}}{\mathrm{d} t} = -\frac{\mathrm{CL}}{V} \, A_{\mathrm{c}}
    C_{\mathrm{c}} = \frac{A_{\mathrm{c}}}{V}
    """
    return [equation for found, _ in _read(module, model) for equation in found]


def nomenclature(module: str | None = None, model: Model | None = None) -> list[Symbol]:
    """What the symbols of some equations mean.

    Parameters
    ----------
    module, model : optional
        As for `equations`.

    Returns
    -------
    list of Symbol
        One a symbol. Where a state or parameter of the model and an argument of a function have the same, it is that
        of the model.

    Raises
    ------
    InputError
        As `equations`.

    Examples
    --------
    >>> [(one.name, one.unit) for one in nomenclature("outcomes")][:2]
    [('index', '1'), ('gain', '1')]
    """
    lines = [line for _, found in _read(module, model) for line in found]
    # names with a point are those of the model
    known: dict[str, Symbol] = {}
    for line in sorted(lines, key=lambda line: "." not in line.name):
        known.setdefault(line.symbol, line)
    return [known[symbol] for symbol in dict.fromkeys(line.symbol for line in lines)]


def latex(module: str | None = None, model: Model | None = None) -> str:
    r"""Every equation as LaTeX, one line each, under a comment that names its function; then what the symbols mean.

    Parameters
    ----------
    module, model : optional
        Only this module's, or those of another model, see `equations`.

    Returns
    -------
    str
        Lines such as ``\frac{\mathrm{d} A}{\mathrm{d} t} = ...``, and comments.

    Raises
    ------
    InputError
        As `equations`.

    Examples
    --------
    >>> print(latex("outcomes").splitlines()[1])
    \Delta_{\mathrm{pain}} = g_{\mathrm{pain}} \, \left(1 - Y\right)
    """
    lines: list[str] = []
    heading = ""
    for equation in equations(module, model):
        place = f"% {equation.module}.{equation.function}"
        if place != heading:
            heading = place
            lines.append(place)
        lines.append(f"{equation.left} = {equation.right}")
    lines.append("% symbol, name [unit]: meaning")
    # a symbol means one thing in a module
    modules = EQUATIONS if model is None and module is None else (module,)
    for name in modules:
        lines += [f"% {one.symbol}, {one.name} [{one.unit}]: {one.meaning}" for one in nomenclature(name, model)]
    return "\n".join(lines)


def _read(module: str | None, model: object) -> Iterator[tuple[list[Equation], list[Symbol]]]:
    """Equations and symbols, function by function, or those of a model."""
    if model is None:
        yield from (of_function(name, function) for name, function in functions(module))
        return
    if module is not None:
        raise InputError("module", module, "to be left out beside model=, whose equations are shown as a whole")
    if not isinstance(model, Model):
        raise InputError("model", model, "a model, such as ldnsim.models.one_compartment(CL=2, V=20)")
    yield of_model(model)
