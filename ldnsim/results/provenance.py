"""What stands behind each output: the parameters it depends on, read off the equations themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..base.vocabulary import flatten, nested
from ..endorphin import Clock
from ..ledger.evidence import weakest
from ..ledger.parameters import GROUPS, Entry, ParameterSet
from ..model import Outputs, Parameters, outputs
from ..models.system import NALTREXONE, Daily
from ..pk import Delivery, DoseParameters

_STATE_VALUE = 0.7123
_APART = 0.0137217
"""Numbers that no switch or gain has, another one for each state: of two that are equal the difference would be zero,
and a product is to be zero only where a parameter is."""


class Trace:
    """A number that remembers which names it was computed from.

    A product with a parameter that is zero depends on that parameter alone, so that a
    branch which the assumptions switch off does not count as evidence.
    """

    __slots__ = ("names", "value")

    def __init__(self, value: float, names: frozenset[str]) -> None:
        self.value = value
        self.names = names

    def _with(self, other: Any, value: float) -> Trace:
        return Trace(value, self.names | _names(other))

    def __add__(self, other: Any) -> Trace:
        return self._with(other, self.value + _value(other))

    __radd__ = __add__

    def __sub__(self, other: Any) -> Trace:
        return self._with(other, self.value - _value(other))

    def __rsub__(self, other: Any) -> Trace:
        return self._with(other, _value(other) - self.value)

    def __neg__(self) -> Trace:
        return Trace(-self.value, self.names)

    def __mul__(self, other: Any) -> Trace:
        if self.value == 0.0:
            return self
        if _value(other) == 0.0:
            return Trace(0.0, _names(other))
        return self._with(other, self.value * _value(other))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Trace:
        return self if self.value == 0.0 else self._with(other, self.value / _value(other))

    def __rtruediv__(self, other: Any) -> Trace:
        return self._with(other, _value(other) / self.value)

    def __pow__(self, other: Any) -> Trace:
        return self._with(other, abs(self.value) ** _value(other))

    def __rpow__(self, other: Any) -> Trace:
        return self._with(other, _value(other) ** self.value)


def _names(thing: Any) -> frozenset[str]:
    return thing.names if isinstance(thing, Trace) else frozenset()


def _value(thing: Any) -> float:
    return thing.value if isinstance(thing, Trace) else float(thing)


class Evidence(NamedTuple):
    """What stands behind an output.

    Attributes
    ----------
    parameters : tuple of str
        Names of the parameters that it depends on, through everything before it.
    weakest : str
        The weakest status among them.
    targets : tuple of str
        What the tuned ones among them were tuned to, whether solved by `ldnsim.calibrate` or before.
    """

    parameters: tuple[str, ...]
    weakest: str
    targets: tuple[str, ...]


def dependencies(
    parameters: ParameterSet, deliveries: Sequence[Delivery], entered: Iterable[str] = ()
) -> Mapping[str, frozenset[str]]:
    """Parameters behind every state and output.

    Parameters
    ----------
    parameters : ParameterSet
        The values, which decide what is switched off.
    deliveries : sequence of Delivery
        How the doses enter, computed on traced dose parameters.
    entered : iterable of str
        Other states that something enters, such as an endotoxin challenge.

    Returns
    -------
    mapping of str to frozenset of str
        Dotted name of a state or output to names of parameters.
    """
    p = traced(parameters)
    clock = Clock(Trace(_STATE_VALUE, frozenset({"endorphin.acrophase"})), Trace(_STATE_VALUE, frozenset()))
    given = ["levo"] * (p.dose.f_dextro.value < 1) + ["dextro"] * (p.dose.f_dextro.value > 0)
    dosed = {
        f"{isomer}.{delivery.compartment}": _names(delivery.share) | _names(delivery.lag)
        for isomer in given
        for delivery in deliveries
    }
    state, rates = _reached(p, clock, {*dosed, *entered})
    direct = {f"state {name}": _names(rate) for name, rate in zip(NALTREXONE.names, rates, strict=True)}
    for name, names in dosed.items():
        direct[f"state {name}"] |= {"dose.mw_hcl", "dose.mw_base", "dose.f_dextro"} | names
    found = outputs(state, p, clock)
    for component in Outputs._fields:
        declared = nested(Outputs, component)
        assert declared is not None
        for term, value in zip(flatten(declared), getattr(found, component), strict=True):
            direct[f"{component}.{term.name}"] = _names(value)
    return {name.removeprefix("state "): _closure(name, direct) for name in direct}


def _reached(p: Any, clock: Clock, entered: set[str]) -> tuple[Any, list[Any]]:
    """State and rates in which only what a dose or the untreated state can reach is not zero."""
    untreated = NALTREXONE.baseline(_plain(p), Daily(0.0, 0.0))[0]
    reached = entered | {name for name, level in zip(NALTREXONE.names, untreated, strict=True) if level > 0}
    while True:
        state = NALTREXONE.pack(
            [
                Trace(_STATE_VALUE + _APART * place, frozenset({f"state {name}"}))
                if name in reached
                else Trace(0.0, frozenset())
                for place, name in enumerate(NALTREXONE.names)
            ]
        )
        rates = NALTREXONE.flat(NALTREXONE.rates(state, p, clock))
        more = {name for name, rate in zip(NALTREXONE.names, rates, strict=True) if _value(rate) != 0.0} - reached
        if not more:
            return state, rates
        reached |= more


def _plain(p: Any) -> Any:
    return type(p)(*(type(group)(*(number.value for number in group)) for group in p))


def traced(parameters: ParameterSet) -> Any:
    """The parameters as nested tuples of traces."""
    groups: Any = (
        GROUPS[group]._make(
            Trace(parameters[f"{group}.{name}"].value, frozenset({f"{group}.{name}"})) for name in GROUPS[group]._fields
        )
        for group in Parameters._fields
    )
    return Parameters(*groups)


def traced_dose(parameters: ParameterSet) -> DoseParameters:
    """The dose parameters as traces."""
    dose: DoseParameters = traced(parameters).dose
    return dose


def _closure(name: str, direct: Mapping[str, frozenset[str]]) -> frozenset[str]:
    found: set[str] = set()
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        for source in direct[waiting.pop()]:
            if source in seen:
                continue
            seen.add(source)
            if source in direct:
                waiting.append(source)
            else:
                found.add(source)
    return frozenset(found)


BETWEEN = "; "
"""Between the targets of one variable in its attribute ``tuned_to``."""


def attributes(found: Evidence, end: str = "") -> dict[str, str]:
    """Evidence as attributes of a variable, whose names end with `end`: weakest_evidence, depends_on, tuned_to."""
    about = {f"weakest_evidence{end}": found.weakest, f"depends_on{end}": " ".join(found.parameters)}
    return about | ({f"tuned_to{end}": BETWEEN.join(found.targets)} if found.targets else {})


def evidence(names: Iterable[str], parameters: ParameterSet) -> Evidence:
    """Evidence behind a set of parameters.

    Parameters
    ----------
    names : iterable of str
        Names of parameters.
    parameters : ParameterSet
        Their entries.

    Returns
    -------
    Evidence
        Names in the order of the set, weakest status, calibration targets.
    """
    wanted = frozenset(names)
    entries: dict[str, Entry] = {name: entry for name, entry in parameters.items() if name in wanted}
    targets = dict.fromkeys(entry.target for entry in entries.values() if entry.target)
    return Evidence(tuple(entries), weakest(entry.status for entry in entries.values()), tuple(targets))
