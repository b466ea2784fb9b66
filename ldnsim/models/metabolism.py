"""Small general models of metabolism: elimination that saturates, and metabolites (equations only)."""

from typing import NamedTuple

from ..endorphin import Clock
from ..forms import Number
from ..pk import concentration
from .compartments import DepotState, OneCompartmentState, OneState, TwoState, one_rates, two_rates


class MetaboliteState(NamedTuple):
    """A metabolite in one compartment.

    Attributes
    ----------
    metabolite : Number
        Amount of the metabolite [nmol].
    """

    metabolite: Number


class ParentMetaboliteState(NamedTuple):
    """Parent and metabolite with depot.

    Attributes
    ----------
    gut : DepotState
        The depot, empty where nothing is absorbed.
    drug : OneState
        The parent.
    product : MetaboliteState
        The metabolite.
    """

    gut: DepotState
    drug: OneState
    product: MetaboliteState


class TwoCompartmentMetaboliteState(NamedTuple):
    """Parent in two compartments and metabolite, with depot.

    Attributes
    ----------
    gut : DepotState
        The depot, empty where nothing is absorbed.
    drug : TwoState
        The parent.
    product : MetaboliteState
        The metabolite.
    """

    gut: DepotState
    drug: TwoState
    product: MetaboliteState


class SaturableParameters(NamedTuple):
    """One compartment with elimination that saturates.

    Attributes
    ----------
    ka : Number
        Absorption rate constant, 0 without depot [1/h].
    Vmax : Number
        Fastest elimination by the way that saturates [nmol/h].
    Km : Number
        Level at half of it [nM].
    V : Number
        Volume [L].
    CL : Number
        Clearance beside it that does not saturate [L/h].
    """

    ka: Number
    Vmax: Number
    Km: Number
    V: Number
    CL: Number


class ParentParameters(NamedTuple):
    """Parent and metabolite.

    Attributes
    ----------
    ka : Number
        Absorption rate constant, 0 without depot [1/h].
    CL : Number
        Clearance of the parent [L/h].
    V : Number
        Volume of the parent [L].
    CLm : Number
        Clearance of the metabolite [L/h].
    Vm : Number
        Volume of the metabolite [L].
    fm : Number
        Fraction of the parent eliminated, or extracted on first pass, that becomes the metabolite [1].
    fh : Number
        Fraction of what leaves the depot that passes the liver unchanged [1].
    """

    ka: Number
    CL: Number
    V: Number
    CLm: Number
    Vm: Number
    fm: Number
    fh: Number


class TwoCompartmentMetaboliteParameters(NamedTuple):
    """Parent in two compartments, and metabolite.

    Attributes
    ----------
    ka : Number
        Absorption rate constant, 0 without depot [1/h].
    CL : Number
        Clearance of the parent [L/h].
    V1 : Number
        Central volume of the parent [L].
    Q : Number
        Clearance between the compartments of the parent [L/h].
    V2 : Number
        Peripheral volume of the parent [L].
    CLm : Number
        Clearance of the metabolite [L/h].
    Vm : Number
        Volume of the metabolite [L].
    fm : Number
        Fraction of the circulating parent eliminated that becomes the metabolite [1].
    fh : Number
        Fraction of what leaves the depot that passes the liver unchanged [1].
    fm_first_pass : Number
        Fraction of the parent extracted on first pass that becomes the metabolite [1].
    """

    ka: Number
    CL: Number
    V1: Number
    Q: Number
    V2: Number
    CLm: Number
    Vm: Number
    fm: Number
    fh: Number
    fm_first_pass: Number


class ParentLevels(NamedTuple):
    """Levels of parent and metabolite.

    Attributes
    ----------
    central : Number
        Concentration of the parent [nM].
    metabolite : Number
        Concentration of the metabolite [nM].
    """

    central: Number
    metabolite: Number


class TwoCompartmentParentLevels(NamedTuple):
    """Levels of a parent in two compartments, and of its metabolite.

    Attributes
    ----------
    central : Number
        Concentration of the parent in the central compartment [nM].
    peripheral : Number
        Concentration of the parent in the peripheral compartment [nM].
    metabolite : Number
        Concentration of the metabolite [nM].
    """

    central: Number
    peripheral: Number
    metabolite: Number


def saturable_rates(a: OneState, entering: Number, p: SaturableParameters) -> OneState:
    """Elimination that saturates (Michaelis and Menten) beside elimination that does not.

    Parameters
    ----------
    a : OneState
        Amount.
    entering : Number
        What is absorbed [nmol/h].
    p : SaturableParameters
        Parameters.

    Returns
    -------
    OneState
        Rate of the amount.
    """
    level = concentration(a.central, p.V)
    return OneState(central=entering - (p.Vmax / (p.Km + level) + p.CL) * level)


def metabolite_rates(m: MetaboliteState, formed: Number, clm: Number, vm: Number) -> MetaboliteState:
    """Formation and elimination of a metabolite.

    Parameters
    ----------
    m : MetaboliteState
        Amount of the metabolite.
    formed : Number
        What is formed of it [nmol/h].
    clm : Number
        Clearance of the metabolite [L/h].
    vm : Number
        Volume of the metabolite [L].

    Returns
    -------
    MetaboliteState
        Rate of the amount.
    """
    return MetaboliteState(metabolite=formed - clm / vm * m.metabolite)


def michaelis_menten_model(state: OneCompartmentState, p: SaturableParameters, _clock: Clock) -> OneCompartmentState:
    """Elimination that saturates: rates.

    Parameters
    ----------
    state : OneCompartmentState
        State.
    p : SaturableParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    OneCompartmentState
        Rate of each state.
    """
    absorbed = p.ka * state.gut.depot
    return OneCompartmentState(DepotState(-absorbed), saturable_rates(state.drug, absorbed, p))


def parent_metabolite_model(state: ParentMetaboliteState, p: ParentParameters, _clock: Clock) -> ParentMetaboliteState:
    """Parent and metabolite: rates.

    Parameters
    ----------
    state : ParentMetaboliteState
        State.
    p : ParentParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    ParentMetaboliteState
        Rate of each state.
    """
    absorbed = p.ka * state.gut.depot
    eliminated = p.CL / p.V * state.drug.central
    return ParentMetaboliteState(
        DepotState(-absorbed),
        one_rates(state.drug, p.fh * absorbed, p.CL, p.V),
        metabolite_rates(state.product, p.fm * ((1 - p.fh) * absorbed + eliminated), p.CLm, p.Vm),
    )


def parent_metabolite_levels(state: ParentMetaboliteState, p: ParentParameters, _clock: Clock) -> ParentLevels:
    """Parent and metabolite: levels.

    Parameters
    ----------
    state : ParentMetaboliteState
        State.
    p : ParentParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    ParentLevels
        Concentrations.
    """
    return ParentLevels(concentration(state.drug.central, p.V), concentration(state.product.metabolite, p.Vm))


def two_compartment_metabolite_model(
    state: TwoCompartmentMetaboliteState, p: TwoCompartmentMetaboliteParameters, _clock: Clock
) -> TwoCompartmentMetaboliteState:
    """Parent in two compartments, and metabolite: rates.

    Parameters
    ----------
    state : TwoCompartmentMetaboliteState
        State.
    p : TwoCompartmentMetaboliteParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    TwoCompartmentMetaboliteState
        Rate of each state.
    """
    absorbed = p.ka * state.gut.depot
    eliminated = p.CL / p.V1 * state.drug.central
    formed = p.fm_first_pass * (1 - p.fh) * absorbed + p.fm * eliminated
    return TwoCompartmentMetaboliteState(
        DepotState(-absorbed),
        two_rates(state.drug, p.fh * absorbed, p.CL, p.V1, p.Q, p.V2),
        metabolite_rates(state.product, formed, p.CLm, p.Vm),
    )


def two_compartment_metabolite_levels(
    state: TwoCompartmentMetaboliteState, p: TwoCompartmentMetaboliteParameters, _clock: Clock
) -> TwoCompartmentParentLevels:
    """Parent in two compartments, and metabolite: levels.

    Parameters
    ----------
    state : TwoCompartmentMetaboliteState
        State.
    p : TwoCompartmentMetaboliteParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    TwoCompartmentParentLevels
        Concentrations.
    """
    return TwoCompartmentParentLevels(
        concentration(state.drug.central, p.V1),
        concentration(state.drug.peripheral, p.V2),
        concentration(state.product.metabolite, p.Vm),
    )
