"""Small general models of kinetics: one and two compartments, parent and metabolite (equations only).

Amounts are in nmol and levels in nM like everywhere, but nothing here depends on it: any amount, volume
and time do, as long as they are used throughout.
"""

from typing import NamedTuple

from ..endorphin import Clock
from ..forms import Number
from ..pk import concentration


class DepotState(NamedTuple):
    """Drug waiting to be absorbed.

    Attributes
    ----------
    depot : Number
        Amount in the depot [nmol].
    """

    depot: Number


class OneState(NamedTuple):
    """Drug in one compartment.

    Attributes
    ----------
    central : Number
        Amount in the central compartment [nmol].
    """

    central: Number


class TwoState(NamedTuple):
    """Drug in two compartments.

    Attributes
    ----------
    central : Number
        Amount in the central compartment [nmol].
    peripheral : Number
        Amount in the peripheral compartment [nmol].
    """

    central: Number
    peripheral: Number


class MetaboliteState(NamedTuple):
    """A metabolite in one compartment.

    Attributes
    ----------
    metabolite : Number
        Amount of the metabolite [nmol].
    """

    metabolite: Number


class OneCompartmentState(NamedTuple):
    """One compartment with depot.

    Attributes
    ----------
    gut : DepotState
        The depot, empty where nothing is absorbed.
    drug : OneState
        The drug.
    """

    gut: DepotState
    drug: OneState


class TwoCompartmentState(NamedTuple):
    """Two compartments with depot.

    Attributes
    ----------
    gut : DepotState
        The depot, empty where nothing is absorbed.
    drug : TwoState
        The drug.
    """

    gut: DepotState
    drug: TwoState


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


class OneParameters(NamedTuple):
    """One compartment.

    Attributes
    ----------
    ka : Number
        Absorption rate constant, 0 without depot [1/h].
    cl : Number
        Clearance [L/h].
    v : Number
        Volume [L].
    """

    ka: Number
    cl: Number
    v: Number


class TwoParameters(NamedTuple):
    """Two compartments.

    Attributes
    ----------
    ka : Number
        Absorption rate constant, 0 without depot [1/h].
    cl : Number
        Clearance [L/h].
    v1 : Number
        Central volume [L].
    q : Number
        Clearance between the compartments [L/h].
    v2 : Number
        Peripheral volume [L].
    """

    ka: Number
    cl: Number
    v1: Number
    q: Number
    v2: Number


class ParentParameters(NamedTuple):
    """Parent and metabolite.

    Attributes
    ----------
    ka : Number
        Absorption rate constant, 0 without depot [1/h].
    cl : Number
        Clearance of the parent [L/h].
    v : Number
        Volume of the parent [L].
    clm : Number
        Clearance of the metabolite [L/h].
    vm : Number
        Volume of the metabolite [L].
    fm : Number
        Fraction of the parent eliminated, or extracted on first pass, that becomes the metabolite [1].
    fh : Number
        Fraction of what leaves the depot that passes the liver unchanged [1].
    """

    ka: Number
    cl: Number
    v: Number
    clm: Number
    vm: Number
    fm: Number
    fh: Number


class DrugLevel(NamedTuple):
    """Level of the drug.

    Attributes
    ----------
    central : Number
        Concentration in the central compartment [nM].
    """

    central: Number


class TwoLevels(NamedTuple):
    """Levels in two compartments.

    Attributes
    ----------
    central : Number
        Concentration in the central compartment [nM].
    peripheral : Number
        Concentration in the peripheral compartment [nM].
    """

    central: Number
    peripheral: Number


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


def one_rates(a: OneState, entering: Number, cl: Number, v: Number) -> OneState:
    """Elimination from one compartment.

    Parameters
    ----------
    a : OneState
        Amount.
    entering : Number
        What is absorbed [nmol/h].
    cl : Number
        Clearance [L/h].
    v : Number
        Volume [L].

    Returns
    -------
    OneState
        Rate of the amount.
    """
    return OneState(central=entering - cl / v * a.central)


def two_rates(a: TwoState, entering: Number, p: TwoParameters) -> TwoState:
    """Elimination from, and exchange between, two compartments.

    Parameters
    ----------
    a : TwoState
        Amounts.
    entering : Number
        What is absorbed [nmol/h].
    p : TwoParameters
        Parameters.

    Returns
    -------
    TwoState
        Rate of each amount.
    """
    exchanged = p.q / p.v1 * a.central - p.q / p.v2 * a.peripheral
    return TwoState(central=entering - p.cl / p.v1 * a.central - exchanged, peripheral=exchanged)


def metabolite_rates(m: MetaboliteState, a: OneState, extracted: Number, p: ParentParameters) -> MetaboliteState:
    """Formation of a metabolite, on first pass and from circulating drug, and its elimination.

    Parameters
    ----------
    m : MetaboliteState
        Amount of the metabolite.
    a : OneState
        Amount of the parent.
    extracted : Number
        Parent taken out on first pass [nmol/h].
    p : ParentParameters
        Parameters.

    Returns
    -------
    MetaboliteState
        Rate of the amount.
    """
    return MetaboliteState(metabolite=p.fm * (extracted + p.cl / p.v * a.central) - p.clm / p.vm * m.metabolite)


def one_compartment_model(state: OneCompartmentState, p: OneParameters, _clock: Clock) -> OneCompartmentState:
    """One compartment: rates.

    Parameters
    ----------
    state : OneCompartmentState
        State.
    p : OneParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    OneCompartmentState
        Rate of each state.
    """
    absorbed = p.ka * state.gut.depot
    return OneCompartmentState(DepotState(-absorbed), one_rates(state.drug, absorbed, p.cl, p.v))


def one_compartment_levels(state: OneCompartmentState, p: OneParameters, _clock: Clock) -> DrugLevel:
    """One compartment: levels.

    Parameters
    ----------
    state : OneCompartmentState
        State.
    p : OneParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    DrugLevel
        Concentrations.
    """
    return DrugLevel(concentration(state.drug.central, p.v))


def two_compartment_model(state: TwoCompartmentState, p: TwoParameters, _clock: Clock) -> TwoCompartmentState:
    """Two compartments: rates.

    Parameters
    ----------
    state : TwoCompartmentState
        State.
    p : TwoParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    TwoCompartmentState
        Rate of each state.
    """
    absorbed = p.ka * state.gut.depot
    return TwoCompartmentState(DepotState(-absorbed), two_rates(state.drug, absorbed, p))


def two_compartment_levels(state: TwoCompartmentState, p: TwoParameters, _clock: Clock) -> TwoLevels:
    """Two compartments: levels.

    Parameters
    ----------
    state : TwoCompartmentState
        State.
    p : TwoParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    TwoLevels
        Concentrations.
    """
    return TwoLevels(concentration(state.drug.central, p.v1), concentration(state.drug.peripheral, p.v2))


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
    return ParentMetaboliteState(
        DepotState(-absorbed),
        one_rates(state.drug, p.fh * absorbed, p.cl, p.v),
        metabolite_rates(state.product, state.drug, (1 - p.fh) * absorbed, p),
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
    return ParentLevels(concentration(state.drug.central, p.v), concentration(state.product.metabolite, p.vm))
