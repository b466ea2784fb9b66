"""Rates of amounts as flows from one state into another, so that what leaves one visibly enters the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ..models.recorder import Literal, Operand
from ..models.written import Term, Written

_NOTHING = 1e-11
"""Share of a flow that is rounding."""


class Flow(NamedTuple):
    """A flow.

    Attributes
    ----------
    source, target : str or None
        States; None for what comes from nowhere, or is gone.
    base : Term
        A product, such as rate constant times amount.
    shares : tuple of Term
        What of it flows, added up; empty for all of it.
    """

    source: str | None
    target: str | None
    base: Term
    shares: tuple[Term, ...] = ()


def flows(written: Written, amounts: tuple[str, ...]) -> list[Flow]:
    """The rates of some states as flows.

    Parameters
    ----------
    written : Written
        The equations.
    amounts : tuple of str
        Names of the states.

    Returns
    -------
    list of Flow
        Together they are the rates.
    """
    waiting = {state: _terms(written, written.rates[state]) for state in amounts}
    places = {written.states[state]: state for state in amounts}
    found: list[Flow] = []
    numbers = _examples(written)
    donors = [
        (state, term)
        for state, terms in waiting.items()
        for term in terms
        if term.sign < 0 and [places[x] for x in term.above if isinstance(x, int) and x in places] == [state]
    ]
    # what has more factors is looked for first, before what it is a part of
    for state, base in sorted(donors, key=lambda one: -len(one[1].above) - len(one[1].below)):
        if base not in waiting[state]:
            continue
        waiting[state].remove(base)
        shares: dict[str, list[Term]] = {}
        for other, terms in waiting.items():
            parts = [(term, _over(term, base)) for term in terms] if other != state else []
            shares[other] = [share for _, share in parts if share is not None]
            waiting[other] = [term for term, share in parts if share is None] if other != state else terms
        taken = {other: parts for other, parts in shares.items() if parts}
        found += [_flow(state, other, base, parts) for other, parts in taken.items()]
        every = [part for parts in taken.values() for part in parts]
        if not all(abs(1 - sum(_value(part, at) for part in every)) < _NOTHING for at in numbers):
            lost = tuple(part._replace(sign=-part.sign) for part in every)
            found.append(Flow(state, None, base._replace(sign=1.0), (Term(1.0, (), ()), *lost) if lost else ()))
    return found + _pairs(waiting)


def _flow(source: str, target: str, base: Term, parts: list[Term]) -> Flow:
    base = base._replace(sign=1.0)
    whole = len(parts) == 1 and not parts[0].above and not parts[0].below and parts[0].sign > 0
    return Flow(source, target, base, () if whole else tuple(parts))


def _pairs(waiting: Mapping[str, list[Term]]) -> list[Flow]:
    """What is left, with what leaves one state and enters another as one flow."""
    found: list[Flow] = []
    leaving = [(state, term) for state, terms in waiting.items() for term in terms if term.sign < 0]
    for state, term in ((state, term) for state, terms in waiting.items() for term in terms if term.sign > 0):
        match = next((one for one in leaving if one[0] != state and _key(one[1]) == _key(term)), None)
        if match is not None:
            leaving.remove(match)
        found.append(Flow(match[0] if match else None, state, term))
    return found + [Flow(state, None, term._replace(sign=1.0)) for state, term in leaving]


def _key(term: Term) -> tuple[frozenset[tuple[Operand, int]], frozenset[tuple[Operand, int]]]:
    return frozenset(Counter(term.above).items()), frozenset(Counter(term.below).items())


def _over(term: Term, base: Term) -> Term | None:
    """A term as a share of a product, or None where it does not hold that."""
    above, below = Counter(term.above), Counter(term.below)
    whole, under = Counter(base.above), Counter(base.below)
    if whole - above or under - below:
        return None
    rest = tuple((above - whole).elements()), tuple((below - under).elements())
    # the product leaves its own state, which is minus it
    return Term(term.sign, *rest)


def _terms(written: Written, place: Operand) -> list[Term]:
    """A rate as terms, each without sums around states."""
    states = set(written.states.values())

    def has_states(one: Operand) -> bool:
        return bool(written.tape.needed([one]) & states)

    def split(term: Term) -> list[Term]:
        above = list(term.above)
        for number, one in enumerate(above):
            function, _ = written.terms.operation(one, top=False)
            if function in (np.add, np.subtract) and has_states(one):
                rest = (*above[:number], *above[number + 1 :])
                inside = written.terms.sum(one, has_states, top=True)
                products = [
                    Term(term.sign * part.sign, (*rest, *part.above), (*term.below, *part.below)) for part in inside
                ]
                return [each for product in products for each in split(product)]
        return [term._replace(above=tuple(x for x in above if x != Literal(1.0)))]

    if place == Literal(0.0):
        return []
    return [each for term in written.terms.sum(place, has_states, top=True) for each in split(term)]


def _examples(written: Written) -> list[list[float]]:
    """Numbers for everything on the tape, by which it is seen whether flows add up."""
    found = []
    for seed in range(3):
        at = np.random.default_rng(seed).uniform(0.1, 0.9, written.tape.given).tolist()
        with np.errstate(all="ignore"):
            for function, arguments in written.tape.operations:
                at.append(float(function(*(x.value if isinstance(x, Literal) else at[x] for x in arguments))))
        found.append(at)
    return found


def _value(term: Term, at: list[float]) -> float:
    value = term.sign
    for x in term.above:
        value *= x.value if isinstance(x, Literal) else at[x]
    for x in term.below:
        value /= x.value if isinstance(x, Literal) else at[x]
    return value
