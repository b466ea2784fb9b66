"""Which parameters the ledger lets vary, over which range, and why the others stay as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError
from ..base.units import factor
from ..ledger.evidence import Parameter, ledger
from ..ledger.parameters import Entry, ParameterSet, as_model
from ..ledger.ranges import settle
from .distributions import LogNormal

Array = NDArray[np.float64]

WIDE = 10.0
"""How many times its low end the high end of a range must be for its logarithm to be uniform, not itself."""

LOG_NORMAL = "log-normal"
CALIBRATED = "calibrated"
SWITCH = "switch"

CHOSEN = {"dose.f_dextro": "isomers"}
"""Parameters that are themselves what the assumptions choose on an axis."""


class Span(NamedTuple):
    """A parameter with the range that its row of the ledger has.

    Attributes
    ----------
    name : str
        The parameter.
    row : Parameter
        Its row, with limits or a spread.
    entry : Entry
        The parameter's typical value.
    """

    name: str
    row: Parameter
    entry: Entry

    @property
    def shape(self) -> str:
        """How values are spread: ``log-normal``, ``uniform``, or ``log-uniform`` over more than a tenfold range."""
        if self.row.distribution == "lognormal":
            return LOG_NORMAL
        low, high = self._ends
        return "log-uniform" if low > 0 and high > WIDE * low else "uniform"

    @property
    def limits(self) -> tuple[float, float]:
        """Ends of the range, or of the middle 90 % of a log-normal one, in the unit of the row."""
        if self.shape == LOG_NORMAL:
            low, high = self.values(np.array([0.05, 0.95])).tolist()
            return low, high
        return self._ends

    @property
    def _ends(self) -> tuple[float, float]:
        assert self.row.low is not None
        assert self.row.high is not None
        return self.row.low, self.row.high

    def values(self, share: Array) -> Array:
        """Values at some shares of the range from 0 to 1 (quantiles), in the unit of the row."""
        from scipy.special import ndtri

        if self.shape == LOG_NORMAL:
            assert self.row.cv is not None
            return LogNormal(cv=self.row.cv * factor("percent", "1")).values(self.row.value, ndtri(share))
        low, high = self._ends
        if self.shape == "uniform":
            return low + share * (high - low)
        found: Array = low * (high / low) ** share
        return found

    def in_model(self, share: Array) -> Array:
        """The same in the unit of the model."""
        found: Array = as_model(self.row, self.entry, self.values(share))
        return found


def spans_of(parameters: ParameterSet) -> tuple[list[Span], dict[str, str]]:
    """The parameters that have a range in the ledger, and why each other one is held.

    Parameters
    ----------
    parameters : ParameterSet
        Typical values with their rows.

    Returns
    -------
    spans : list of Span
        In the order of the model.
    held : dict of str to str
        Parameter to reason.
    """
    spans, held = [], {}
    for name in parameters.rules.known:
        entry = parameters[name]
        row = ledger().parameters.get(entry.row)
        if row is None:
            held[name] = entry.source
        elif name in CHOSEN:
            held[name] = f"the choice on the axis {CHOSEN[name]} of the assumptions"
        elif row.status == CALIBRATED and not _spreads(row):
            held[name] = f"{CALIBRATED} to {row.target}"
        elif row.note.startswith(SWITCH):
            held[name] = SWITCH
        elif _spreads(row):
            spans.append(Span(name, row, entry))
        else:
            held[name] = "no range in the ledger"
    return spans, held


def _spreads(row: Parameter) -> bool:
    if row.distribution == "lognormal":
        return bool(row.cv)
    return row.distribution == "range" and row.low is not None and row.high is not None and row.low < row.high


def drawn(spans: list[Span], size: int, seed: int) -> dict[str, Array]:
    """A Latin hypercube, one coordinate for each row of the ledger; parameters of one row move together.

    Not Sobol points: of as few as some hundred in dozens of dimensions some pairs of coordinates line up, so that a
    parameter that does nothing seems to decide beside one that does.

    Parameters
    ----------
    spans : list of Span
        The parameters.
    size : int
        How many points.
    seed : int
        Behind the points.

    Returns
    -------
    dict of str to ndarray, shape (size,)
        Parameter to shares of its range, from 0 to 1.
    """
    from scipy.stats import qmc

    rows = list(dict.fromkeys(span.row.id for span in spans))
    points = qmc.LatinHypercube(len(rows), seed=np.random.default_rng(seed)).random(size)
    return {span.name: points[:, rows.index(span.row.id)] for span in spans}


def first_possible(parameters: ParameterSet, columns: Mapping[str, Array], size: int) -> dict[str, float]:
    """The first of some parameter sets that makes physical sense.

    A typical value of 0 switches off what stands behind it, so what is depended on is read inside the ranges.

    Parameters
    ----------
    parameters : ParameterSet
        Typical values of all others.
    columns : mapping of str to ndarray, shape (size,)
        Values by parameter, in the unit of the model.
    size : int
        How many sets.

    Returns
    -------
    dict of str to float
        Its value of each column.

    Raises
    ------
    InputError
        If there is none.
    """
    with np.errstate(all="ignore"):  # what is impossible is told
        settled = settle({**parameters.values_by_name(), **columns}, size, lambda *_: {}, parameters.rules)
    first = next((place for place in range(size) if place not in settled.problem), None)
    if first is None:
        raise InputError("parameters", "all drawn sets", f"values that are possible: {settled.problem[0]}")
    return {name: float(values[first]) for name, values in columns.items()}
