"""Ranges in which the parameters make physical sense; every rule stands here once, for one person and for many."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.units import HOURS_PER_DAY
from ..base.vocabulary import Term

_LOW = {0.0: " of at least 0"}
MAX_ATTEMPTS = 100
"""How often values out of range are drawn again."""

POSITIVE = frozenset(
    (
        *("dose.mw_hcl", "dose.mw_base", "dose.mw_bnx6", "pk.vc", "pk.vp", "pk.v3", "pk.vcm", "pk.vpm"),
        *("receptors.kd", "receptors.ratio_dor", "receptors.ratio_kor", "receptors.u50", "receptors.h_up"),
        *("receptors.ratio_ogfr", "receptors.kd_outside", "receptors.q_portal"),
        *("receptors.o50", "receptors.h_block", "receptors.blocked", "endorphin.kout_bend", "endorphin.growth_d50"),
        *("receptors.koff", "receptors.kf", "receptors.ks", "receptors.kdeg"),
        *("endorphin.kp", "endorphin.kout_menk", "endorphin.km", "tlr4.ic50", "tlr4.h", "tlr4.excess50", "tlr4.km"),
        *("tlr4.k_tnf", "tlr4.k_il6", "tlr4.k_il1b", "tlr4.k_no", "tlr4.k_sp", "tlr4.k_lps"),
        *("outcomes.placebo_half_life", "outcomes.responder_ed50", "outcomes.responder_h"),
    )
)
"""Parameters that must be above zero: what the equations divide by, exponents, and turnover, without which
there is no untreated state to come back to."""

FRACTIONS = frozenset(
    (
        *("dose.f_dextro", "dose.f_mucosal", "dose.f_burst", "dose.f_diffused", "dose.f_er", "pk.fa", "pk.f", "pk.fm"),
        *("receptors.fu", "receptors.fu_bnx6", "receptors.pet", "receptors.o50", "receptors.u50"),
        *("receptors.blocked", "receptors.functional"),
        *("endorphin.growth_tonic", "endorphin.growth_cap", "endorphin.lymphocyte_cap", "endorphin.amplitude"),
        *("tlr4.imax", "tlr4.opioid", "tlr4.bias", "tlr4.f", "tlr4.w_tnf", "tlr4.w_il6", "tlr4.w_il1b", "tlr4.w_no"),
    )
)
"""Parameters that lie between 0 and 1."""


class Limit(NamedTuple):
    """An upper limit that a parameter has from others.

    Attributes
    ----------
    name : str
        The parameter.
    words : str
        The limit in words.
    of : callable
        The limit, from all parameters by name.
    allowed : bool
        Whether the limit itself is allowed.
    needs : tuple of str
        What the limit depends on.
    """

    name: str
    words: str
    of: Callable[[Mapping[str, Any]], Any]
    allowed: bool
    needs: tuple[str, ...] = ()


def _largest_amplitude(values: Mapping[str, Any]) -> Any:
    """Beyond it production would have to be negative at night for the level to fall so fast."""
    rate, pace = values["endorphin.kout_bend"], 2 * math.pi / HOURS_PER_DAY
    return rate / (rate * rate + pace * pace) ** 0.5


def _not_metabolised(values: Mapping[str, Any]) -> Any:
    """Clearance that is left for the kidney."""
    return (1 - values["pk.fm"]) * values["pk.cl"]


def _not_burst(values: Mapping[str, Any]) -> Any:
    """What of a depot does not leave at once."""
    return 1 - values["dose.f_burst"]


def _one(_: Mapping[str, Any]) -> float:
    return 1.0


# functions that have a name, because sets of parameters are sent to other processes
LIMITS = (
    Limit("dose.f_diffused", "1 - dose.f_burst", _not_burst, allowed=True, needs=("dose.f_burst",)),
    Limit("pk.f", "pk.fa", itemgetter("pk.fa"), allowed=True, needs=("pk.fa",)),
    Limit("pk.clr", "(1 - pk.fm) * pk.cl", _not_metabolised, allowed=True, needs=("pk.fm", "pk.cl")),
    Limit("pk.clrm", "pk.clm", itemgetter("pk.clm"), allowed=True, needs=("pk.clm",)),
    Limit("endorphin.growth_tonic", "1", _one, allowed=False),
    Limit(
        "endorphin.amplitude", "what endorphin.kout_bend lets it fall to", _largest_amplitude, allowed=False,
        needs=("endorphin.kout_bend",),
    ),
)  # fmt: skip
"""Limits beyond those of `FRACTIONS`."""


@dataclass(frozen=True)
class Rules:
    """What the parameters of a model are called, and in which ranges they make sense.

    Attributes
    ----------
    terms : mapping of str to Term
        Unit and meaning of every parameter by name, in order.
    positive, fractions : frozenset of str
        Parameters that must be above zero, and those that lie between 0 and 1.
    limits : tuple of Limit
        Limits beyond these.
    lowest : float
        What no parameter may be below: 0, or minus infinity where nothing is known of a model.
    idle : frozenset of str
        Parameters of the equations that this model has no use for, so that nothing can be said of them.
    """

    terms: Mapping[str, Term]
    positive: frozenset[str] = frozenset()
    fractions: frozenset[str] = frozenset()
    limits: tuple[Limit, ...] = ()
    lowest: float = 0.0
    idle: frozenset[str] = frozenset()

    @cached_property
    def known(self) -> tuple[str, ...]:
        """Parameters of which something can be said."""
        return tuple(name for name in self.terms if name not in self.idle)

    def largest(self, name: str) -> float:
        """The largest value of a parameter that none of the limits is about."""
        return 1.0 if name in self.fractions else math.inf


def faults(values: Mapping[str, Any], rules: Rules) -> Iterator[tuple[str, str, Any]]:
    """Every rule, and where it is broken.

    Parameters
    ----------
    values : mapping of str to float or ndarray
        Every parameter by name; arrays hold a value per person.
    rules : Rules
        The rules of the model.

    Yields
    ------
    name : str
        The parameter that a rule is about.
    expected : str
        What would be right.
    broken : bool or ndarray of bool
        Where the rule is broken; nan and infinity break it too.
    """
    low = rules.lowest
    for name, value in values.items():
        top = rules.largest(name)
        within = f"a finite number from 0 to {top:g}" if math.isfinite(top) else f"a finite number{_LOW.get(low, '')}"
        outside = (value < max(low, 0.0 if math.isfinite(top) else low)) | (value > top)
        yield name, within, outside | (abs(value) == math.inf) | (value != value)
        if name in rules.positive:
            yield name, "a number above 0", value <= 0
    for limit in rules.limits:
        value, top = values[limit.name], limit.of(values)
        one = isinstance(top, float)
        if limit.allowed:
            yield limit.name, f"at most {limit.words}" + (f" = {top:.6g}" if one else ""), value > top
        else:
            yield limit.name, f"a fraction below {f'{top:.4g}' if one else limit.words}", value >= top


class Settled(NamedTuple):
    """People whose drawn values lie in their ranges, but for those with a problem.

    Attributes
    ----------
    values : dict of str to float or ndarray, shape (n_people,)
        Every parameter by dotted name.
    redrawn : ndarray of int, shape (n_people,)
        How often a person was drawn again.
    problem : dict of int to str
        Position and reason of people whose values were never in range.
    """

    values: dict[str, Any]
    redrawn: NDArray[np.int64]
    problem: dict[int, str]


def settle(
    values: Mapping[str, Any], size: int, draw: Callable[[int, NDArray[np.int64]], Mapping[str, Any]], rules: Rules
) -> Settled:
    """Draw some parameters of people, and those of a person again until all are in range.

    Parameters
    ----------
    values : mapping of str to float or ndarray, shape (n_people,)
        Every parameter before drawing.
    size : int
        How many people.
    draw : callable
        ``draw(attempt, where)`` gives the drawn parameters of the people at these positions, in new arrays.
    rules : Rules
        In which ranges they make sense.

    Returns
    -------
    Settled
        What came out.
    """
    waiting = np.arange(size)
    found: dict[str, Any] = {**values, **draw(0, waiting)}
    drawn = [name for name in found if found[name] is not values[name]]
    redrawn = np.zeros(size, dtype=np.int64)
    waiting = waiting[_broken(found, size, rules)]
    attempts = MAX_ATTEMPTS if drawn else 0
    for attempt in range(1, attempts + 1):
        if not waiting.size:
            break
        redrawn[waiting] += 1
        for name, again in draw(attempt, waiting).items():
            found[name][waiting] = again
        waiting = waiting[_broken(_some(found, waiting), waiting.size, rules)]
    return Settled(found, redrawn, _reasons(_some(found, waiting), waiting, rules) if waiting.size else {})


def only(settled: Settled, place: int) -> Settled:
    """The person at a place alone, with numbers instead of arrays."""
    return Settled(
        {n: float(value[place]) if isinstance(value, np.ndarray) else value for n, value in settled.values.items()},
        settled.redrawn[place : place + 1],
        {0: settled.problem[place]} if place in settled.problem else {},
    )


def _some(values: Mapping[str, Any], where: NDArray[np.int64]) -> dict[str, Any]:
    """Values of some of the people."""
    return {name: value[where] if isinstance(value, np.ndarray) else value for name, value in values.items()}


def _broken(values: Mapping[str, Any], size: int, rules: Rules) -> NDArray[np.bool_]:
    found = np.zeros(size, dtype=np.bool_)
    for _, _, broken in faults(values, rules):
        if broken is not False:  # what is the same for all is mostly in order
            found |= broken
    return found


def _reasons(values: Mapping[str, Any], where: NDArray[np.int64], rules: Rules) -> dict[int, str]:
    """The first rule that each person breaks, by position."""
    found: dict[int, str] = {}
    for name, expected, broken in faults(values, rules):
        of = np.broadcast_to(values[name], where.shape)
        for k in np.flatnonzero(np.broadcast_to(broken, where.shape)):
            found.setdefault(int(where[k]), f"{name} is {of[k]:.6g}, expected {expected}")
    return found
