"""How well outputs can be measured, and how much people differ in them: rows of the ledger, or what a user states."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..base.errors import InputError
from ..base.units import factor, parts_of, quantity
from ..engines.leg import Array
from ..ledger.evidence import Parameter, ledger, weakest

_SYMBOL = re.compile(r"(assay|people) (sd|cv|loq) (\w+)")
_PERCENT = ("%", "percent")
_BY_USER = "stated by the user"


@dataclass(frozen=True)
class Spread:
    """A standard deviation that is fixed, in proportion to the value, or both.

    Attributes
    ----------
    sd : float
        Fixed part, in the unit of the output.
    cv : float
        Part in proportion [1].
    basis : str
        Where it is from: rows of the ledger, or the user; empty where there is none.
    status : str
        Its evidence.
    """

    sd: float = 0.0
    cv: float = 0.0
    basis: str = ""
    status: str = "assumed"

    def of(self, *values: Array) -> Array:
        """Standard deviation about some values, the root of the mean of their variances."""
        squares: Array = np.mean([self.sd**2 + (self.cv * value) ** 2 for value in values], axis=0)
        return np.sqrt(squares)


@dataclass(frozen=True)
class Assay:
    """How an output is measured.

    Attributes
    ----------
    error : Spread
        Of one measurement.
    people : Spread
        Between people.
    loq : float
        Lowest value that is measured, in the unit of the output.
    """

    error: Spread = Spread()
    people: Spread = Spread()
    loq: float = 0.0


def assays(
    units: Mapping[str, str], errors: Mapping[str, object] | None, spread: Mapping[str, object] | None
) -> dict[str, Assay]:
    """Every output that an error is known of.

    Parameters
    ----------
    units : mapping of str to str
        Unit of each output.
    errors, spread : mapping of str to float or str, optional
        What a user states of the error of a measurement and of the spread between people: a standard deviation in the
        unit of the output or one that the text names, or ``"15 %"`` of the value.

    Returns
    -------
    dict of str to Assay
        By output, in the order of the ledger.

    Raises
    ------
    InputError
        If an output is unknown, or a value cannot be used.
    """
    found: dict[str, Assay] = {}
    for row in ledger().parameters.values():
        match = _SYMBOL.fullmatch(row.symbol)
        if match and match[3] in units:
            what, kind, output = match.groups()
            found[output] = _with(found.get(output, Assay()), what, kind, row, units[output])
    for argument, what, given in (("errors", "error", errors), ("spread", "people", spread)):
        if given is not None and not isinstance(given, Mapping):
            raise InputError(argument, given, "a mapping such as {'plasma_ntx': '15 %', 'occupancy_mor': 0.05}")
        for output, value in (given or {}).items():
            if output not in units:
                raise InputError(argument, output, f"an output: {', '.join(units)}")
            own = _stated(value, f"{argument}[{output!r}]", units[output])
            before = found.get(output, Assay())
            found[output] = replace(before, error=own) if what == "error" else replace(before, people=own)
    return found


def _with(assay: Assay, what: str, kind: str, row: Parameter, unit: str) -> Assay:
    """An assay with what a row of the ledger says."""
    value = float(row.value or 0.0) * factor(row.unit, "1" if kind == "cv" else unit)
    if kind == "loq":
        return replace(assay, loq=value)
    before = assay.error if what == "assay" else assay.people
    basis = ", ".join(filter(None, (before.basis, f"{row.id} {row.status}")))
    status = weakest([before.status, row.status]) if before.basis else row.status
    sd, cv = (value, before.cv) if kind == "sd" else (before.sd, value)
    own = Spread(sd, cv, basis, status)
    return replace(assay, error=own) if what == "assay" else replace(assay, people=own)


def _stated(value: object, argument: str, unit: str) -> Spread:
    """What a user states."""
    if isinstance(value, str):
        magnitude, given = parts_of(value, argument, f"a standard deviation in {unit}, or '15 %' of the value")
        if given in _PERCENT:
            return Spread(cv=quantity(magnitude / 100, "1", argument, low=0.0), basis=_BY_USER)
    return Spread(sd=quantity(value, unit, argument, low=0.0), basis=_BY_USER)
