"""Equations of a chain of compartments, for any number of them.

Elsewhere each state has a name that is written down. Here there are as many as a user asks for, so that equations go
over all of them, which the rules of the others forbid: a step of the chain is written once, from one to the next.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from ..endorphin import Clock
from ..forms import Number
from .compartments import OneState, one_compartment_levels, one_rates
from .system import System

FEWEST, MOST = 0, 60
"""How many transit compartments there can be; with more, what arrives differs little from a lag of the mean time."""


class SiteState(NamedTuple):
    """Where a chain ends and absorption begins.

    Attributes
    ----------
    absorption : Number
        Amount at the site of absorption [nmol].
    """

    absorption: Number


class CentralParameters(NamedTuple):
    """A chain that ends in the central compartment.

    Attributes
    ----------
    MTT : Number
        Mean time through the chain [h].
    CL : Number
        Clearance [L/h].
    V : Number
        Volume [L].
    """

    MTT: Number
    CL: Number
    V: Number


class SiteParameters(NamedTuple):
    """A chain that ends in a site of absorption.

    Attributes
    ----------
    MTT : Number
        Mean time through the chain [h].
    ka : Number
        Absorption rate constant [1/h].
    CL : Number
        Clearance [L/h].
    V : Number
        Volume [L].
    """

    MTT: Number
    ka: Number
    CL: Number
    V: Number


def chain_rates(chain: Any, mean: Number) -> tuple[Any, Number]:
    """Rates of a chain that is left at the same rate constant everywhere.

    Parameters
    ----------
    chain : NamedTuple
        Amounts [nmol].
    mean : Number
        Mean time through the chain [h].

    Returns
    -------
    rates : NamedTuple
        Rate of each amount.
    leaving : Number
        What leaves the last compartment [nmol/h].
    """
    moving = [len(chain) / mean * held for held in chain]
    arriving = [0.0 * moving[0], *moving[:-1]]
    return type(chain)._make(before - after for before, after in zip(arriving, moving, strict=True)), moving[-1]


def erlang_model(state: Any, p: CentralParameters, _clock: Clock) -> Any:
    """A chain into the central compartment: rates.

    Parameters
    ----------
    state : NamedTuple
        The chain and the drug.
    p : CentralParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    NamedTuple
        Rate of each state.
    """
    chain, leaving = chain_rates(state.chain, p.MTT)
    return type(state)(chain, one_rates(state.drug, leaving, p.CL, p.V))


def transit_model(state: Any, p: SiteParameters, _clock: Clock) -> Any:
    """A chain into a site of absorption: rates.

    Parameters
    ----------
    state : NamedTuple
        The chain, the site of absorption and the drug.
    p : SiteParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    NamedTuple
        Rate of each state.
    """
    chain, leaving = chain_rates(state.chain, p.MTT)
    absorbed = p.ka * state.gut.absorption
    return type(state)(chain, SiteState(leaving - absorbed), one_rates(state.drug, absorbed, p.CL, p.V))


@cache
def transit_system(n: int, with_site: bool) -> System:
    """The system of a chain.

    Parameters
    ----------
    n : int
        Transit compartments behind the one that is dosed.
    with_site : bool
        Whether a site of absorption stands at its end.

    Returns
    -------
    System
        The equations; the same object for the same chain, so that what is made for it is found again.
    """
    declare: Any = NamedTuple  # the fields are not known before n is
    chain = declare("ChainState", [(f"transit{place}", float) for place in range(n + 1)])
    lines = "\n".join(
        f"    transit{place} : float\n        Amount, {place} behind the dose [nmol]." for place in range(n + 1)
    )
    chain.__doc__ = f"Drug on its way to be absorbed.\n\n    Attributes\n    ----------\n{lines}\n    "
    parts = [("chain", chain), *([("gut", SiteState)] if with_site else []), ("drug", OneState)]
    state = declare("TransitState", parts)
    return _Chain(state, transit_model if with_site else erlang_model, one_compartment_levels, linear=True)


class _Chain(System):
    """The system of a chain, whose state is made by its length, in another process too."""

    def __reduce__(self) -> tuple[Any, ...]:
        return transit_system, (len(self.terms) - 2 - ("gut" in self.state._fields), "gut" in self.state._fields)
