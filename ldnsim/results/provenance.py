"""What stands behind each output: the parameters it depends on, read off the equations themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import Any, NamedTuple, NoReturn, TypeAlias

from ..base.vocabulary import filled, flatten
from ..endorphin import Clock
from ..ledger.evidence import weakest
from ..ledger.parameters import Entry, ParameterSet
from ..models.dosable import Model
from ..models.system import leaves

Names: TypeAlias = Mapping[str, frozenset[str]]
"""Names of parameters behind each state, output and assay."""

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

    def _decides(self, *_: Any) -> NoReturn:
        raise TypeError("something is decided by a number, which then is behind what follows")

    # else every number would be true, and equal to none; that orders raise is how Python has it
    __bool__ = __eq__ = __ne__ = __hash__ = __str__ = __format__ = _decides


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


class Entered(NamedTuple):
    """What entered a person.

    Attributes
    ----------
    doses : tuple of (str, mapping)
        Compartment of each kind of dose, and what its row carries beside, such as the salt.
    states : tuple of str
        Other states that something entered, such as an endotoxin challenge.
    """

    doses: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    states: tuple[str, ...] = ()


def dependencies(model: Model, parameters: ParameterSet, declared: type[Any], entered: Entered) -> Names:
    """Parameters behind every state, output and assay.

    Parameters
    ----------
    model : Model
        The model.
    parameters : ParameterSet
        The values, which decide what is switched off.
    declared : type
        The ``NamedTuple`` of those that the equations take.
    entered : Entered
        What was given.

    Returns
    -------
    mapping of str to frozenset of str
        Name of a state, output or assay to names of parameters; every parameter where the equations cannot be followed,
        because they are not plain arithmetic.
    """
    if model.system.arithmetic(parameters.fill(declared)):
        try:
            return _followed(model, parameters, declared, entered)
        except (TypeError, ArithmeticError):  # a parameter decides something, or is 0 where something is divided by it
            pass
    return dict.fromkeys((*model.terms, *model.system.names), frozenset(parameters))


def _followed(model: Model, parameters: ParameterSet, declared: type[Any], entered: Entered) -> Names:
    """The same where the equations are plain arithmetic."""
    system, plain = model.system, parameters.fill(declared)
    traces = {name: Trace(value, frozenset({name})) for name, value in parameters.values_by_name().items()}
    p = filled(declared, [traces[term.name] for term in flatten(declared)])
    peak = frozenset({model.acrophase} if model.acrophase else ())
    clock = Clock(Trace(_STATE_VALUE, peak), Trace(_STATE_VALUE, frozenset()))
    direct: dict[str, frozenset[str]] = {f"state {name}": frozenset() for name in system.names}
    dosed = _dosed(model, traces, entered)
    state, rates = _reached(model, plain, p, clock, {*dosed, *entered.states})
    for name, rate in zip(system.names, rates, strict=True):
        direct[f"state {name}"] = _names(rate) | dosed.get(name, frozenset())
    for name, value in model.named(system.flat(state), leaves(system.outputs(state, p, clock)), p).items():
        if name not in system.names:
            direct[name] = _names(value)
    states = {name: names & direct.keys() for name, names in direct.items()}
    own = {name: names - direct.keys() for name, names in direct.items()}
    return {name.removeprefix("state "): _closure(name, states, own) for name in direct}


def _dosed(model: Model, traces: Mapping[str, Trace], entered: Entered) -> dict[str, frozenset[str]]:
    """States that doses enter, with the parameters that say how much of them and when."""
    dosing, found = model.dosing(traces), dict[str, frozenset[str]]()
    compartments = {one.name: one for one in dosing.compartments}
    for name, carried in entered.doses:
        one = compartments[name]
        said = (dosing.amount(name, carried), one.f, one.lag, one.rate, one.duration)
        how = frozenset[str]().union(*map(_names, said))
        for inlet in one.inlets:
            if _value(inlet.share):
                state = model.system.names[inlet.state]
                found[state] = found.get(state, frozenset()) | how | _names(inlet.share) | _names(inlet.lag)
    return found


def _reached(model: Model, plain: Any, p: Any, clock: Clock, entered: set[str]) -> tuple[Any, list[Any]]:
    """State and rates in which only what a dose or the untreated state can reach is not zero."""
    system = model.system
    reached = entered | {name for name, level in zip(system.names, model.untreated(plain), strict=True) if level > 0}
    while True:
        state = system.pack(
            [
                Trace(_STATE_VALUE + _APART * place, frozenset({f"state {name}"}))
                if name in reached
                else Trace(0.0, frozenset())
                for place, name in enumerate(system.names)
            ]
        )
        rates = system.flat(system.rates(state, p, clock))
        more = {name for name, rate in zip(system.names, rates, strict=True) if _value(rate) != 0.0} - reached
        if not more:
            return state, rates
        reached |= more


def _closure(name: str, states: Mapping[str, Set[str]], own: Mapping[str, Set[str]]) -> frozenset[str]:
    """Parameters behind something by itself, and behind the states that it follows from, all the way back."""
    seen, waiting = {name}, [name]
    while waiting:
        more = states[waiting.pop()] - seen
        seen |= more
        waiting += more
    return frozenset[str]().union(*(own[one] for one in seen))


BETWEEN = "; "
"""Between the targets of one variable in its attribute ``tuned_to``."""


def attributes(found: Evidence, end: str = "") -> dict[str, str]:
    """Evidence as attributes of a variable, whose names end with `end`: weakest_evidence, depends_on, tuned_to."""
    about = {f"weakest_evidence{end}": found.weakest, f"depends_on{end}": " ".join(found.parameters)}
    return about | ({f"tuned_to{end}": BETWEEN.join(found.targets)} if found.targets else {})


def evidence(names: Iterable[str], parameters: Mapping[str, Entry]) -> Evidence:
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
