"""What is said of parameters before they are fitted: their scales, bounds and priors; of the user, or of the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..base.errors import InputError
from ..base.reading import choice, listed, names_in
from ..base.units import quantity
from ..ledger.evidence import ledger
from ..ledger.parameters import ParameterSet, as_model
from ..population.distributions import LogNormal, Normal
from ..population.variation import ledger_variability
from ..study.table_lanes import Lanes
from .problem import Prior

LEDGER = "ledger"


def scales(given: Any, names: Sequence[str]) -> dict[str, str]:
    """The scale of each parameter; raises `InputError`."""
    if isinstance(given, Mapping):
        for name in given:
            choice("scale", name, names)
        return {name: choice(f"scale[{name!r}]", given.get(name, "log"), ("log", "linear")) for name in names}
    return dict.fromkeys(names, choice("scale", given, ("log", "linear")))


def limits(given: Any, names: Sequence[str], entries: ParameterSet) -> dict[str, tuple[float, float]]:
    """Limits by parameter, in the units of the model."""
    if given is None:
        return {}
    if given == LEDGER:
        found = {}
        for name in names:
            row = ledger().parameters.get(entries[name].row)
            if row is not None and row.distribution == "range" and row.low is not None and row.high is not None:
                ends = sorted(float(as_model(row, entries[name], end)) for end in (row.low, row.high))
                found[name] = (ends[0], ends[1])
        if not found:
            raise InputError("bounds", given, f"limits of one's own: no row behind {', '.join(names)} has a range")
        return found
    found = {}
    for name, pair in names_in(given, "bounds"):
        choice("bounds", name, names)
        ends = listed(pair, f"bounds[{name!r}]", "a pair: the lowest and the highest value")
        if len(ends) != 2:
            raise InputError(f"bounds[{name!r}]", pair, "a pair: the lowest and the highest value")
        least, most = (quantity(end, entries[name].unit, f"bounds[{name!r}]") for end in ends)
        if not least < most:
            raise InputError(f"bounds[{name!r}]", pair, "the lower one first")
        found[name] = (least, most)
    return found


def known_before(given: Any, lanes: Lanes) -> dict[str, Prior]:
    """What is known of each parameter beforehand."""
    entries, names = lanes.parameters, lanes.names
    found: dict[str, Prior] = {}
    if given == LEDGER:
        model = lanes.study.model
        for one in ledger_variability() if model is None else model.spread:
            for name in set(one.parameters) & set(names):
                if isinstance(one.distribution, LogNormal | Normal):
                    behind = f"between people, {one.row}, {ledger().parameters[one.row].status}"
                    found[name] = Prior(one.distribution, entries[name].value, behind)
        if not found:
            expected = f"priors of one's own: the ledger has no spread of {', '.join(names)} between people"
            raise InputError("priors", given, expected)
    elif given is not None:
        for name, one in names_in(given, "priors"):
            choice("priors", name, names)
            if not isinstance(one, LogNormal | Normal):
                raise InputError(f"priors[{name!r}]", one, "a LogNormal or Normal, such as LogNormal(cv=0.3)")
            centre = entries[name].value if one.typical is None else one.typical
            prior = Prior(one, float(centre), "given")
            if not prior.sd > 0 or (prior.logs and prior.centre <= 0):
                raise InputError(f"priors[{name!r}]", one, "a spread above 0 about a value above 0")
            found[name] = prior
    return found
