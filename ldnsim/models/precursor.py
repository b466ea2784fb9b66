"""A small general model of adaptation: a response made of a precursor that runs out (equations only)."""

from typing import NamedTuple

from ..endorphin import Clock
from ..forms import Number
from ..pk import concentration
from .compartments import DepotState, OneState, one_rates
from .effects import ResponseState, inhibited, response_rates, stimulated


class PrecursorState(NamedTuple):
    """What a response is made of.

    Attributes
    ----------
    precursor : Number
        Level of the precursor [1].
    """

    precursor: Number


class PrecursorResponseState(NamedTuple):
    """A response made of a precursor, driven by one compartment.

    Attributes
    ----------
    gut : DepotState
        The depot, empty where nothing is absorbed.
    drug : OneState
        The drug.
    pool : PrecursorState
        The precursor.
    effect : ResponseState
        The response.
    """

    gut: DepotState
    drug: OneState
    pool: PrecursorState
    effect: ResponseState


class InhibitedPrecursorParameters(NamedTuple):
    """One compartment that inhibits the use of a precursor.

    Attributes
    ----------
    ka : Number
        Absorption rate constant, 0 without depot [1/h].
    CL : Number
        Clearance of the drug [L/h].
    V : Number
        Volume of the drug [L].
    k0 : Number
        Production of the precursor [1/h].
    ks : Number
        Rate constant at which it is lost by other ways [1/h].
    kp : Number
        Rate constant at which it becomes the response [1/h].
    kout : Number
        Rate constant at which the response is lost [1/h].
    Imax : Number
        Largest inhibition [1].
    IC50 : Number
        Level of half of it [nM].
    h : Number
        Steepness [1].
    """

    ka: Number
    CL: Number
    V: Number
    k0: Number
    ks: Number
    kp: Number
    kout: Number
    Imax: Number
    IC50: Number
    h: Number


class StimulatedPrecursorParameters(NamedTuple):
    """One compartment that stimulates the use of a precursor.

    Attributes
    ----------
    ka : Number
        Absorption rate constant, 0 without depot [1/h].
    CL : Number
        Clearance of the drug [L/h].
    V : Number
        Volume of the drug [L].
    k0 : Number
        Production of the precursor [1/h].
    ks : Number
        Rate constant at which it is lost by other ways [1/h].
    kp : Number
        Rate constant at which it becomes the response [1/h].
    kout : Number
        Rate constant at which the response is lost [1/h].
    Smax : Number
        Largest stimulation [1].
    SC50 : Number
        Level of half of it [nM].
    h : Number
        Steepness [1].
    """

    ka: Number
    CL: Number
    V: Number
    k0: Number
    ks: Number
    kp: Number
    kout: Number
    Smax: Number
    SC50: Number
    h: Number


def precursor_rates(pool: PrecursorState, production: Number, loss: Number) -> PrecursorState:
    """Production and loss of a precursor.

    Parameters
    ----------
    pool : PrecursorState
        The precursor.
    production : Number
        What is made of it [1/h].
    loss : Number
        Rate constant of all its loss [1/h].

    Returns
    -------
    PrecursorState
        Rate of the precursor.
    """
    return PrecursorState(precursor=production - loss * pool.precursor)


def inhibited_precursor_model(
    state: PrecursorResponseState, p: InhibitedPrecursorParameters, _clock: Clock
) -> PrecursorResponseState:
    """A precursor, whose use is inhibited: rates.

    Parameters
    ----------
    state : PrecursorResponseState
        State.
    p : InhibitedPrecursorParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    PrecursorResponseState
        Rate of each state.
    """
    absorbed = p.ka * state.gut.depot
    level = concentration(state.drug.central, p.V)
    used = p.kp * inhibited(level, p.Imax, p.IC50, p.h)
    return PrecursorResponseState(
        DepotState(-absorbed),
        one_rates(state.drug, absorbed, p.CL, p.V),
        precursor_rates(state.pool, p.k0, p.ks + used),
        response_rates(state.effect, used * state.pool.precursor, p.kout),
    )


def stimulated_precursor_model(
    state: PrecursorResponseState, p: StimulatedPrecursorParameters, _clock: Clock
) -> PrecursorResponseState:
    """A precursor, whose use is stimulated: rates.

    Parameters
    ----------
    state : PrecursorResponseState
        State.
    p : StimulatedPrecursorParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    PrecursorResponseState
        Rate of each state.
    """
    absorbed = p.ka * state.gut.depot
    level = concentration(state.drug.central, p.V)
    used = p.kp * stimulated(level, p.Smax, p.SC50, p.h)
    return PrecursorResponseState(
        DepotState(-absorbed),
        one_rates(state.drug, absorbed, p.CL, p.V),
        precursor_rates(state.pool, p.k0, p.ks + used),
        response_rates(state.effect, used * state.pool.precursor, p.kout),
    )
