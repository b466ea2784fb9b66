"""Small general models of what a drug binds: with or without being used up, and for good (equations only)."""

from typing import NamedTuple

from ..endorphin import Clock
from ..forms import Number
from ..pk import concentration
from ..receptors import binding_rate
from .compartments import DepotState, OneState, one_rates


class BoundState(NamedTuple):
    """A receptor that the drug holds.

    Attributes
    ----------
    bound : Number
        Fraction of receptors held by the drug [1].
    """

    bound: Number


class ComplexState(NamedTuple):
    """Drug that receptors hold.

    Attributes
    ----------
    bound : Number
        Level of drug that is bound [nM].
    """

    bound: Number


class ReceptorState(NamedTuple):
    """A receptor that is made and lost.

    Attributes
    ----------
    receptor : Number
        Receptors that work, relative to the untreated baseline [1].
    """

    receptor: Number


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


class DepletionState(NamedTuple):
    """A receptor that binds much of the drug.

    Attributes
    ----------
    gut : DepotState
        The depot, empty where nothing is absorbed.
    drug : OneState
        The drug.
    receptor : ComplexState
        Drug at the receptor.
    """

    gut: DepotState
    drug: OneState
    receptor: ComplexState


class BlockState(NamedTuple):
    """A receptor that one compartment puts out of action.

    Attributes
    ----------
    gut : DepotState
        The depot, empty where nothing is absorbed.
    drug : OneState
        The drug.
    target : ReceptorState
        The receptor.
    """

    gut: DepotState
    drug: OneState
    target: ReceptorState


class BindingParameters(NamedTuple):
    """One compartment that binds a receptor.

    Attributes
    ----------
    ka : Number
        Absorption rate constant, 0 without depot [1/h].
    CL : Number
        Clearance of the drug [L/h].
    V : Number
        Volume of the drug [L].
    kon : Number
        Association rate constant [1/(nM*h)].
    koff : Number
        Dissociation rate constant [1/h].
    competitor : Number
        Level of a competitor over its own dissociation constant [1].
    """

    ka: Number
    CL: Number
    V: Number
    kon: Number
    koff: Number
    competitor: Number


class DepletionParameters(NamedTuple):
    """One compartment whose drug is used up by binding.

    Attributes
    ----------
    ka : Number
        Absorption rate constant, 0 without depot [1/h].
    CL : Number
        Clearance of the drug [L/h].
    V : Number
        Volume of the drug [L].
    kon : Number
        Association rate constant [1/(nM*h)].
    koff : Number
        Dissociation rate constant [1/h].
    Rtot : Number
        Level of all receptors, free and bound [nM].
    """

    ka: Number
    CL: Number
    V: Number
    kon: Number
    koff: Number
    Rtot: Number


class BlockParameters(NamedTuple):
    """One compartment that puts a receptor out of action.

    Attributes
    ----------
    ka : Number
        Absorption rate constant, 0 without depot [1/h].
    CL : Number
        Clearance of the drug [L/h].
    V : Number
        Volume of the drug [L].
    kinact : Number
        Fastest inactivation [1/h].
    KI : Number
        Level at half of it [nM].
    kdeg : Number
        Turnover rate constant of the receptor [1/h].
    """

    ka: Number
    CL: Number
    V: Number
    kinact: Number
    KI: Number
    kdeg: Number


class OccupancyLevels(NamedTuple):
    """Level of the drug, and what it holds.

    Attributes
    ----------
    central : Number
        Concentration of free drug in the central compartment [nM].
    occupancy : Number
        Fraction of receptors held by the drug [1].
    """

    central: Number
    occupancy: Number


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


def association(c: ComplexState, level: Number, p: DepletionParameters) -> Number:
    """Drug that binds, less what comes off.

    Parameters
    ----------
    c : ComplexState
        Drug bound.
    level : Number
        Level of the drug [nM].
    p : DepletionParameters
        Parameters.

    Returns
    -------
    Number
        Rate of the level bound [nM/h].
    """
    return p.kon * level * (p.Rtot - c.bound) - p.koff * c.bound


def block_rates(r: ReceptorState, level: Number, p: BlockParameters) -> ReceptorState:
    """Turnover of a receptor that the drug puts out of action.

    Parameters
    ----------
    r : ReceptorState
        The receptor.
    level : Number
        Level of the drug [nM].
    p : BlockParameters
        Parameters.

    Returns
    -------
    ReceptorState
        Rate of the receptor.
    """
    return ReceptorState(receptor=p.kdeg * (1 - r.receptor) - p.kinact * level / (p.KI + level) * r.receptor)


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
    level = concentration(state.drug.central, p.V)
    return BindingState(
        DepotState(-absorbed),
        one_rates(state.drug, absorbed, p.CL, p.V),
        bound_rates(state.receptor, level, p),
    )


def depletion_model(state: DepletionState, p: DepletionParameters, _clock: Clock) -> DepletionState:
    """Binding that uses up the drug: rates.

    Parameters
    ----------
    state : DepletionState
        State.
    p : DepletionParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    DepletionState
        Rate of each state.
    """
    absorbed = p.ka * state.gut.depot
    level = concentration(state.drug.central, p.V)
    bound = association(state.receptor, level, p)
    return DepletionState(
        DepotState(-absorbed),
        one_rates(state.drug, absorbed - bound * p.V, p.CL, p.V),
        ComplexState(bound),
    )


def depletion_levels(state: DepletionState, p: DepletionParameters, _clock: Clock) -> OccupancyLevels:
    """Binding that uses up the drug: levels.

    Parameters
    ----------
    state : DepletionState
        State.
    p : DepletionParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    OccupancyLevels
        Concentration of free drug, and occupancy.
    """
    return OccupancyLevels(concentration(state.drug.central, p.V), state.receptor.bound / p.Rtot)


def block_model(state: BlockState, p: BlockParameters, _clock: Clock) -> BlockState:
    """A receptor that one compartment puts out of action: rates.

    Parameters
    ----------
    state : BlockState
        State.
    p : BlockParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    BlockState
        Rate of each state.
    """
    absorbed = p.ka * state.gut.depot
    level = concentration(state.drug.central, p.V)
    return BlockState(
        DepotState(-absorbed),
        one_rates(state.drug, absorbed, p.CL, p.V),
        block_rates(state.target, level, p),
    )
