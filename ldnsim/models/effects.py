"""Small general models of effect: indirect response to one compartment (equations only)."""

from typing import NamedTuple

from ..endorphin import Clock
from ..forms import Number, hill
from ..pk import concentration
from .compartments import DepotState, OneState, one_rates


class ResponseState(NamedTuple):
    """A response that is produced and lost.

    Attributes
    ----------
    response : Number
        Level of the response [1].
    """

    response: Number


class TurnoverState(NamedTuple):
    """A response driven by one compartment.

    Attributes
    ----------
    gut : DepotState
        The depot, empty where nothing is absorbed.
    drug : OneState
        The drug.
    effect : ResponseState
        The response.
    """

    gut: DepotState
    drug: OneState
    effect: ResponseState


class InhibitionParameters(NamedTuple):
    """One compartment that inhibits the production or loss of a response.

    Attributes
    ----------
    ka : Number
        Absorption rate constant, 0 without depot [1/h].
    CL : Number
        Clearance of the drug [L/h].
    V : Number
        Volume of the drug [L].
    kin : Number
        Production of the response [1/h].
    kout : Number
        Rate constant of its loss [1/h].
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
    kin: Number
    kout: Number
    Imax: Number
    IC50: Number
    h: Number


class StimulationParameters(NamedTuple):
    """One compartment that stimulates the production or loss of a response.

    Attributes
    ----------
    ka : Number
        Absorption rate constant, 0 without depot [1/h].
    CL : Number
        Clearance of the drug [L/h].
    V : Number
        Volume of the drug [L].
    kin : Number
        Production of the response [1/h].
    kout : Number
        Rate constant of its loss [1/h].
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
    kin: Number
    kout: Number
    Smax: Number
    SC50: Number
    h: Number


def inhibited(level: Number, imax: Number, ic50: Number, h: Number) -> Number:
    """What inhibition leaves.

    Parameters
    ----------
    level : Number
        Level of the drug [nM].
    imax : Number
        Largest inhibition [1].
    ic50 : Number
        Level of half of it [nM].
    h : Number
        Steepness [1].

    Returns
    -------
    Number
        Factor, 1 without drug [1].
    """
    return 1 - imax * hill(level, ic50, h)


def stimulated(level: Number, smax: Number, sc50: Number, h: Number) -> Number:
    """What stimulation makes of something.

    Parameters
    ----------
    level : Number
        Level of the drug [nM].
    smax : Number
        Largest stimulation [1].
    sc50 : Number
        Level of half of it [nM].
    h : Number
        Steepness [1].

    Returns
    -------
    Number
        Factor, 1 without drug [1].
    """
    return 1 + smax * hill(level, sc50, h)


def response_rates(r: ResponseState, production: Number, loss: Number) -> ResponseState:
    """Production and loss of a response.

    Parameters
    ----------
    r : ResponseState
        The response.
    production : Number
        What is made of it [1/h].
    loss : Number
        Rate constant of its loss [1/h].

    Returns
    -------
    ResponseState
        Rate of the response.
    """
    return ResponseState(response=production - loss * r.response)


def inhibited_production_model(state: TurnoverState, p: InhibitionParameters, _clock: Clock) -> TurnoverState:
    """Indirect response, inhibition of production: rates.

    Parameters
    ----------
    state : TurnoverState
        State.
    p : InhibitionParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    TurnoverState
        Rate of each state.
    """
    absorbed = p.ka * state.gut.depot
    level = concentration(state.drug.central, p.V)
    factor = inhibited(level, p.Imax, p.IC50, p.h)
    return TurnoverState(
        DepotState(-absorbed),
        one_rates(state.drug, absorbed, p.CL, p.V),
        response_rates(state.effect, p.kin * factor, p.kout),
    )


def inhibited_loss_model(state: TurnoverState, p: InhibitionParameters, _clock: Clock) -> TurnoverState:
    """Indirect response, inhibition of loss: rates.

    Parameters
    ----------
    state : TurnoverState
        State.
    p : InhibitionParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    TurnoverState
        Rate of each state.
    """
    absorbed = p.ka * state.gut.depot
    level = concentration(state.drug.central, p.V)
    factor = inhibited(level, p.Imax, p.IC50, p.h)
    return TurnoverState(
        DepotState(-absorbed),
        one_rates(state.drug, absorbed, p.CL, p.V),
        response_rates(state.effect, p.kin, p.kout * factor),
    )


def stimulated_production_model(state: TurnoverState, p: StimulationParameters, _clock: Clock) -> TurnoverState:
    """Indirect response, stimulation of production: rates.

    Parameters
    ----------
    state : TurnoverState
        State.
    p : StimulationParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    TurnoverState
        Rate of each state.
    """
    absorbed = p.ka * state.gut.depot
    level = concentration(state.drug.central, p.V)
    factor = stimulated(level, p.Smax, p.SC50, p.h)
    return TurnoverState(
        DepotState(-absorbed),
        one_rates(state.drug, absorbed, p.CL, p.V),
        response_rates(state.effect, p.kin * factor, p.kout),
    )


def stimulated_loss_model(state: TurnoverState, p: StimulationParameters, _clock: Clock) -> TurnoverState:
    """Indirect response, stimulation of loss: rates.

    Parameters
    ----------
    state : TurnoverState
        State.
    p : StimulationParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    TurnoverState
        Rate of each state.
    """
    absorbed = p.ka * state.gut.depot
    level = concentration(state.drug.central, p.V)
    factor = stimulated(level, p.Smax, p.SC50, p.h)
    return TurnoverState(
        DepotState(-absorbed),
        one_rates(state.drug, absorbed, p.CL, p.V),
        response_rates(state.effect, p.kin, p.kout * factor),
    )
