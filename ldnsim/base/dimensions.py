"""What the unit of a state or output measures: an amount, an amount a volume, or something else."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Literal

from .errors import InputError
from .units import is_unit, registry

Measure = Literal["amount", "level", "other"]

_USUAL: Mapping[str, Measure] = MappingProxyType({"nmol": "amount", "nM": "level", "1": "other"})


@cache
def measures(unit: str) -> Measure:
    """What a unit measures, as far as it matters to a model.

    Parameters
    ----------
    unit : str
        Anything that pint reads.

    Returns
    -------
    {"amount", "level", "other"}
        An amount (substance or mass), an amount a volume, or anything else.

    Raises
    ------
    InputError
        If it is no unit.
    """
    known = _USUAL.get(unit)
    if known is not None:
        return known
    if not is_unit(unit):
        raise InputError("unit", unit, "a unit that pint reads, such as mg, ng/mL or 1/h, and 1 where there is none")
    parsed = registry().parse_units(unit)
    for one, meant in (("mol", "amount"), ("g", "amount"), ("mol/L", "level"), ("g/L", "level")):
        if parsed.dimensionality == registry().parse_units(one).dimensionality:
            return meant  # type: ignore[return-value]
    return "other"
