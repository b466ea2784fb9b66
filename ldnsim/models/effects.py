"""Small general models of effect: indirect response and binding, driven by one compartment (equations only)."""

from typing import NamedTuple

from ..endorphin import Clock
from ..forms import Number, hill
from ..pk import concentration
from ..receptors import binding_rate
from .compartments import DepotState, DrugLevel, OneState, one_rates


class ResponseState(NamedTuple):
    """A response that is produced and lost.

    Attributes
    ----------
    response : Number
        Level of the response [1].
    """

    response: Number


class BoundState(NamedTuple):
    """A receptor that the drug holds.

    Attributes
    ----------
    bound : Number
        Fraction of receptors held by the drug [1].
    """

    bound: Number


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


class BindingState(NamedTuple):
    """A receptor that one compartment binds.

    Attributes
    ----------
    gut : DepotState
        The depot, empty where nothing is absorbed.
    drug : OneState
        The drug.
    receptor : BoundState
        The receptor.
    """

    gut: DepotState
    drug: OneState
    receptor: BoundState


class TurnoverParameters(NamedTuple):
    """One compartment that changes the production or loss of a response.

    Attributes
    ----------
    ka : Number
        Absorption rate constant, 0 without depot [1/h].
    cl : Number
        Clearance [L/h].
    v : Number
        Volume [L].
    kin : Number
        Production of the response [1/h].
    kout : Number
        Rate constant of its loss [1/h].
    on_kin : Number
        Largest relative change of the production, below zero where the drug inhibits [1].
    on_kout : Number
        Largest relative change of the loss, below zero where the drug inhibits [1].
    c50 : Number
        Level of half the largest change [nM].
    h : Number
        Steepness [1].
    """

    ka: Number
    cl: Number
    v: Number
    kin: Number
    kout: Number
    on_kin: Number
    on_kout: Number
    c50: Number
    h: Number


class BindingParameters(NamedTuple):
    """One compartment that binds a receptor.

    Attributes
    ----------
    ka : Number
        Absorption rate constant, 0 without depot [1/h].
    cl : Number
        Clearance [L/h].
    v : Number
        Volume [L].
    kon : Number
        Association rate constant [1/(nM*h)].
    koff : Number
        Dissociation rate constant [1/h].
    competitor : Number
        Level of a competitor over its own dissociation constant [1].
    """

    ka: Number
    cl: Number
    v: Number
    kon: Number
    koff: Number
    competitor: Number


def turnover_rates(r: ResponseState, level: Number, p: TurnoverParameters) -> ResponseState:
    """Indirect response: the drug changes the production or the loss of a response.

    Parameters
    ----------
    r : ResponseState
        The response.
    level : Number
        Level of the drug [nM].
    p : TurnoverParameters
        Parameters.

    Returns
    -------
    ResponseState
        Rate of the response.
    """
    share = hill(level, p.c50, p.h)
    return ResponseState(response=p.kin * (1 + p.on_kin * share) - p.kout * (1 + p.on_kout * share) * r.response)


def bound_rates(b: BoundState, level: Number, p: BindingParameters) -> BoundState:
    """Association and dissociation at a receptor for which a competitor waits in equilibrium.

    Parameters
    ----------
    b : BoundState
        Fraction held.
    level : Number
        Level of the drug [nM].
    p : BindingParameters
        Parameters.

    Returns
    -------
    BoundState
        Rate of the fraction.
    """
    return BoundState(bound=binding_rate(b.bound, level, p.koff / p.kon, p.koff, 1 / (1 + p.competitor)))


def turnover_model(state: TurnoverState, p: TurnoverParameters, _clock: Clock) -> TurnoverState:
    """A response driven by one compartment: rates.

    Parameters
    ----------
    state : TurnoverState
        State.
    p : TurnoverParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    TurnoverState
        Rate of each state.
    """
    absorbed = p.ka * state.gut.depot
    level = concentration(state.drug.central, p.v)
    return TurnoverState(
        DepotState(-absorbed),
        one_rates(state.drug, absorbed, p.cl, p.v),
        turnover_rates(state.effect, level, p),
    )


def turnover_levels(state: TurnoverState, p: TurnoverParameters, _clock: Clock) -> DrugLevel:
    """A response driven by one compartment: levels.

    Parameters
    ----------
    state : TurnoverState
        State.
    p : TurnoverParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    DrugLevel
        Concentrations.
    """
    return DrugLevel(concentration(state.drug.central, p.v))


def binding_model(state: BindingState, p: BindingParameters, _clock: Clock) -> BindingState:
    """A receptor that one compartment binds: rates.

    Parameters
    ----------
    state : BindingState
        State.
    p : BindingParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    BindingState
        Rate of each state.
    """
    absorbed = p.ka * state.gut.depot
    level = concentration(state.drug.central, p.v)
    return BindingState(
        DepotState(-absorbed),
        one_rates(state.drug, absorbed, p.cl, p.v),
        bound_rates(state.receptor, level, p),
    )


def binding_levels(state: BindingState, p: BindingParameters, _clock: Clock) -> DrugLevel:
    """A receptor that one compartment binds: levels.

    Parameters
    ----------
    state : BindingState
        State.
    p : BindingParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    DrugLevel
        Concentrations.
    """
    return DrugLevel(concentration(state.drug.central, p.v))
