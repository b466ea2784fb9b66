"""A small general model of effect: an effect compartment that follows plasma (equations only)."""

from typing import NamedTuple

from ..endorphin import Clock
from ..forms import Number, hill
from ..pk import concentration
from .compartments import DepotState, OneState, one_rates


class SiteState(NamedTuple):
    """The place where a drug acts, which follows plasma.

    Attributes
    ----------
    site : Number
        Level at the site, as the plasma level with which it would be in equilibrium [nM].
    """

    site: Number


class EffectCompartmentState(NamedTuple):
    """An effect compartment driven by one compartment.

    Attributes
    ----------
    gut : DepotState
        The depot, empty where nothing is absorbed.
    drug : OneState
        The drug.
    effect : SiteState
        Where the drug acts.
    """

    gut: DepotState
    drug: OneState
    effect: SiteState


class EffectCompartmentParameters(NamedTuple):
    """One compartment that fills an effect compartment.

    Attributes
    ----------
    ka : Number
        Absorption rate constant, 0 without depot [1/h].
    CL : Number
        Clearance of the drug [L/h].
    V : Number
        Volume of the drug [L].
    ke0 : Number
        Rate constant at which the site follows plasma [1/h].
    E0 : Number
        Effect without drug [1].
    Emax : Number
        Largest effect of the drug [1].
    EC50 : Number
        Level of half of it [nM].
    h : Number
        Steepness [1].
    """

    ka: Number
    CL: Number
    V: Number
    ke0: Number
    E0: Number
    Emax: Number
    EC50: Number
    h: Number


class EffectLevels(NamedTuple):
    """Level of the drug, and its effect.

    Attributes
    ----------
    central : Number
        Concentration in the central compartment [nM].
    effect : Number
        The effect [1].
    """

    central: Number
    effect: Number


def effect_compartment_model(
    state: EffectCompartmentState, p: EffectCompartmentParameters, _clock: Clock
) -> EffectCompartmentState:
    """An effect compartment: rates.

    Parameters
    ----------
    state : EffectCompartmentState
        State.
    p : EffectCompartmentParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    EffectCompartmentState
        Rate of each state.
    """
    absorbed = p.ka * state.gut.depot
    level = concentration(state.drug.central, p.V)
    return EffectCompartmentState(
        DepotState(-absorbed),
        one_rates(state.drug, absorbed, p.CL, p.V),
        SiteState(site=p.ke0 * (level - state.effect.site)),
    )


def effect_compartment_levels(
    state: EffectCompartmentState, p: EffectCompartmentParameters, _clock: Clock
) -> EffectLevels:
    """An effect compartment: levels.

    Parameters
    ----------
    state : EffectCompartmentState
        State.
    p : EffectCompartmentParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    EffectLevels
        Concentration and effect.
    """
    effect = p.E0 + p.Emax * hill(state.effect.site, p.EC50, p.h)
    return EffectLevels(concentration(state.drug.central, p.V), effect)
