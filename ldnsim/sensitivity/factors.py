"""What is moved: parameters, covariates or the dose, each with a range of the ledger or of the user."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..base.errors import InputError
from ..base.reading import choice, listed, number
from ..base.units import factor, quantity
from ..population.covariates import levels
from ..population.spans import CHOSEN, LOG_NORMAL, SWITCH, Array, Span, spans_of
from ..study.ensemble import MG, Ensemble

SHAPES = ("linear", "log")
"""How values are spread over a range that a user gives: evenly, or evenly in their logarithm."""

Over = Sequence[str] | Mapping[str, Sequence[object] | None]
"""Names, or names with ranges."""

_RANGE = "two ends, such as (80, 200) or ('80 L/h', '200 L/h'), and 'log' behind them where the logarithm is even"
_MIDDLE = (0.05, 0.95)
"""Part of a log-normal spread that counts as its range [1]."""
_INSIDE = 2.0**-33
"""How far from 0 and 1 shares of a spread without an end are kept, which is what a Sobol sequence tells apart [1]."""


@dataclass(frozen=True)
class Factor:
    """What is moved, with its range.

    Attributes
    ----------
    name, meaning, unit : str
        What it is; the unit of the model, in which all numbers are, empty where it is not known.
    typical : float
        What it is where it is not moved; nan where nothing is said.
    row, status, source : str
        The row of the ledger behind its typical value, and how far this can be trusted; empty of the user's.
    low, high : float
        Ends of its range, of a log-normal spread its middle 90 %; nan where there is none.
    shape : str
        ``linear``, ``log`` or ``log-normal``; empty where there is no range.
    span : Span, optional
        The range as the ledger has it.
    """

    name: str
    meaning: str
    unit: str
    typical: float
    row: str
    status: str
    source: str
    low: float = math.nan
    high: float = math.nan
    shape: str = ""
    span: Span | None = None

    @property
    def ranged(self) -> bool:
        """Whether it has a range."""
        return bool(self.shape)

    @property
    def given(self) -> list[Any] | None:
        """The range as it was given; None for that of the ledger, or none."""
        return None if self.span is not None or not self.ranged else [self.low, self.high, self.shape]

    def values(self, share: Array, *, whole: bool = False) -> Array:
        """Values at shares of the range from 0 to 1.

        Parameters
        ----------
        share : ndarray
            Shares, or of a spread quantiles.
        whole : bool
            Whether a log-normal spread is meant beyond its middle 90 %.

        Returns
        -------
        ndarray
            In the unit of the model.
        """
        if self.span is not None:
            if self.span.shape == LOG_NORMAL:
                start, end = (_INSIDE, 1 - _INSIDE) if whole else _MIDDLE
                share = np.clip(share, start, end) if whole else start + (end - start) * share
            return self.span.in_model(share)
        if self.shape == SHAPES[1]:
            found: Array = self.low * (self.high / self.low) ** share
            return found
        return self.low + share * (self.high - self.low)

    def told(self) -> dict[str, Any]:
        """What a table says of it."""
        names = ("low", "high", "typical", "unit", "shape", "meaning", "row", "status", "source")
        return {name: getattr(self, name) for name in names}


def chosen(
    ready: Ensemble, over: Over | None, behind: frozenset[str], *, ranged: bool
) -> tuple[list[Factor], dict[str, str]]:
    """What is moved, and what is held of what could be.

    Parameters
    ----------
    ready : Ensemble
        Of which parameters and columns.
    over : sequence of str, mapping, or None
        As the user says it.
    behind : frozenset of str
        Parameters that the outputs depend on, for where nothing is said.
    ranged : bool
        Whether each needs a range.

    Returns
    -------
    factors : list of Factor
        At least one.
    held : dict of str to str
        Parameters behind the outputs that stay as they are, and why.

    Raises
    ------
    InputError
        If a name is unknown, a range is none, or one is missing.
    """
    spans, why = spans_of(ready.parameters)
    known = {span.name: span for span in spans}
    if over is None:
        fixed = {name for name, reason in why.items() if reason == SWITCH or name in CHOSEN}
        names: list[Any] = [name for name in ready.parameters.rules.known if name in behind - fixed]
        if ranged:
            names = [name for name in names if name in known]
            if not names:
                expected = (
                    "names with ranges, such as {'CL': (2, 4)}, because the ledger has none for what is behind them"
                )
                raise InputError("over", over, expected)
        given: Mapping[Any, Any] = dict.fromkeys(names)
    elif isinstance(over, Mapping):
        names, given = list(over), over
    else:
        names = listed(over, "over", "names, or a mapping from names to ranges")
        given = dict.fromkeys(map(str, names))
        if isinstance(over, str) or len(given) < len(names):
            raise InputError("over", over, "a sequence of names, each once")
    if not names:
        raise InputError("over", over, f"at least one of {', '.join(ready.names)}")
    factors = []
    for name in names:
        typical = _typical(ready, choice("over", name, ready.names))
        one = given[name]
        if one is None and ranged and name not in known:
            reason = f" ({why[name]})" if name in why else ""
            expected = f"a range for it, such as {{{name!r}: (low, high)}}: the ledger has none that is moved{reason}"
            raise InputError("over", name, expected)
        factors.append(_factor(ready, name, typical, one, known.get(name)))
    return factors, {name: why.get(name, "not asked for") for name in ready.parameters if name in behind - given.keys()}


def _factor(ready: Ensemble, name: str, typical: float, given: Any, span: Span | None) -> Factor:
    """One of what is moved."""
    if name in ready.parameters:
        entry, meaning = ready.parameters[name], ready.parameters.rules.terms[name].meaning
        own = Factor(name, meaning, entry.unit, typical, entry.row, entry.status, entry.source)
    else:
        meaning, status = ("each dose", "given") if name == MG else ("covariate", "assumed")
        own = Factor(name, meaning, ready.unit(name), typical, "", status, "")
    if given is not None:
        low, high, shape = _range(ready, name, given)
        return replace(own, low=low, high=high, shape=shape)
    if span is None:
        return own
    low, high = np.sort(span.in_model(np.array(_MIDDLE if span.shape == LOG_NORMAL else (0.0, 1.0)))).tolist()
    shape = {"uniform": "linear", "log-uniform": "log"}.get(span.shape, span.shape)
    if shape == "linear" and _turned(span):
        shape = f"linear in {span.row.unit}"
    return replace(own, low=low, high=high, shape=shape, span=span)


def _turned(span: Span) -> bool:
    """Whether the row has a time and the model a rate constant."""
    try:
        factor(span.row.unit, span.entry.unit)
    except InputError:
        return True
    return False


def _typical(ready: Ensemble, name: str) -> float:
    """What holds where it is not moved; what has a range of its own need not have it."""
    try:
        return ready.typical(name)
    except InputError as error:
        if name in levels():
            raise InputError("over", name, "what has numbers; levels can be said in covariates=") from error
        if name == MG:
            raise
        return math.nan


def _range(ready: Ensemble, name: str, given: Any) -> tuple[float, float, str]:
    """Ends and shape of a range that the user gives."""
    where, rules = f"over[{name!r}]", ready.parameters.rules
    cells = listed(given, where, _RANGE)
    if isinstance(given, str) or len(cells) not in (2, 3):
        raise InputError(where, given, _RANGE)
    shape = choice(f"{where}, shape", cells[2], SHAPES) if len(cells) == 3 else SHAPES[0]
    least, most = (rules.lowest, rules.largest(name)) if name in rules.known else (0.0, math.inf)
    if name in rules.fractions:
        least = 0.0
    unit = ready.unit(name)
    ends = [quantity(cell, unit, where, low=least, high=most) if unit else number(cell, where) for cell in cells[:2]]
    low, high = ends
    if not low < high:
        raise InputError(where, given, "a low end below the high end")
    if low <= 0 and (shape == SHAPES[1] or name in rules.positive):
        raise InputError(where, given, "a low end above 0")
    return low, high, shape
