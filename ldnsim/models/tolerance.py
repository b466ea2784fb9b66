"""A small general model of adaptation: a response with a moderator that follows it (equations only)."""

from typing import NamedTuple

from ..endorphin import Clock
from ..forms import Number
from ..pk import concentration
from .compartments import DepotState, OneState, one_rates
from .effects import ResponseState, inhibited, response_rates, stimulated


class ModeratorState(NamedTuple):
    """What works against a response.

    Attributes
    ----------
    moderator : Number
        Level of the moderator, in units of the response [1].
    """

    moderator: Number


class ToleranceState(NamedTuple):
    """A response with a moderator, driven by one compartment.

    Attributes
    ----------
    gut : DepotState
        The depot, empty where nothing is absorbed.
    drug : OneState
        The drug.
    effect : ResponseState
        The response.
    feedback : ModeratorState
        The moderator.
    """

    gut: DepotState
    drug: OneState
    effect: ResponseState
    feedback: ModeratorState


class InhibitedToleranceParameters(NamedTuple):
    """One compartment that inhibits a response with a moderator.

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
        Rate constant of its loss while the moderator is 1 [1/h].
    ktol : Number
        Rate constant at which the moderator follows the response [1/h].
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
    ktol: Number
    Imax: Number
    IC50: Number
    h: Number


class StimulatedToleranceParameters(NamedTuple):
    """One compartment that stimulates a response with a moderator.

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
        Rate constant of its loss while the moderator is 1 [1/h].
    ktol : Number
        Rate constant at which the moderator follows the response [1/h].
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
    ktol: Number
    Smax: Number
    SC50: Number
    h: Number


def moderator_rates(m: ModeratorState, response: Number, ktol: Number) -> ModeratorState:
    """A moderator follows the response.

    Parameters
    ----------
    m : ModeratorState
        The moderator.
    response : Number
        Level of the response [1].
    ktol : Number
        Rate constant at which it follows [1/h].

    Returns
    -------
    ModeratorState
        Rate of the moderator.
    """
    return ModeratorState(moderator=ktol * (response - m.moderator))


def inhibited_production_tolerance_model(
    state: ToleranceState, p: InhibitedToleranceParameters, _clock: Clock
) -> ToleranceState:
    """Tolerance, inhibition of production: rates.

    Parameters
    ----------
    state : ToleranceState
        State.
    p : InhibitedToleranceParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    ToleranceState
        Rate of each state.
    """
    absorbed = p.ka * state.gut.depot
    level = concentration(state.drug.central, p.V)
    factor = inhibited(level, p.Imax, p.IC50, p.h)
    moderator = state.feedback.moderator
    return ToleranceState(
        DepotState(-absorbed),
        one_rates(state.drug, absorbed, p.CL, p.V),
        response_rates(state.effect, p.kin * factor, p.kout * moderator),
        moderator_rates(state.feedback, state.effect.response, p.ktol),
    )


def inhibited_loss_tolerance_model(
    state: ToleranceState, p: InhibitedToleranceParameters, _clock: Clock
) -> ToleranceState:
    """Tolerance, inhibition of loss: rates.

    Parameters
    ----------
    state : ToleranceState
        State.
    p : InhibitedToleranceParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    ToleranceState
        Rate of each state.
    """
    absorbed = p.ka * state.gut.depot
    level = concentration(state.drug.central, p.V)
    factor = inhibited(level, p.Imax, p.IC50, p.h)
    moderator = state.feedback.moderator
    return ToleranceState(
        DepotState(-absorbed),
        one_rates(state.drug, absorbed, p.CL, p.V),
        response_rates(state.effect, p.kin, p.kout * factor * moderator),
        moderator_rates(state.feedback, state.effect.response, p.ktol),
    )


def stimulated_production_tolerance_model(
    state: ToleranceState, p: StimulatedToleranceParameters, _clock: Clock
) -> ToleranceState:
    """Tolerance, stimulation of production: rates.

    Parameters
    ----------
    state : ToleranceState
        State.
    p : StimulatedToleranceParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    ToleranceState
        Rate of each state.
    """
    absorbed = p.ka * state.gut.depot
    level = concentration(state.drug.central, p.V)
    factor = stimulated(level, p.Smax, p.SC50, p.h)
    moderator = state.feedback.moderator
    return ToleranceState(
        DepotState(-absorbed),
        one_rates(state.drug, absorbed, p.CL, p.V),
        response_rates(state.effect, p.kin * factor, p.kout * moderator),
        moderator_rates(state.feedback, state.effect.response, p.ktol),
    )


def stimulated_loss_tolerance_model(
    state: ToleranceState, p: StimulatedToleranceParameters, _clock: Clock
) -> ToleranceState:
    """Tolerance, stimulation of loss: rates.

    Parameters
    ----------
    state : ToleranceState
        State.
    p : StimulatedToleranceParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    ToleranceState
        Rate of each state.
    """
    absorbed = p.ka * state.gut.depot
    level = concentration(state.drug.central, p.V)
    factor = stimulated(level, p.Smax, p.SC50, p.h)
    moderator = state.feedback.moderator
    return ToleranceState(
        DepotState(-absorbed),
        one_rates(state.drug, absorbed, p.CL, p.V),
        response_rates(state.effect, p.kin, p.kout * factor * moderator),
        moderator_rates(state.feedback, state.effect.response, p.ktol),
    )
