"""Small general models of kinetics: one and two compartments (equations only).

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


class OneParameters(NamedTuple):
    """One compartment.

    Attributes
    ----------
    ka : Number
        Absorption rate constant, 0 without depot [1/h].
    CL : Number
        Clearance [L/h].
    V : Number
        Volume [L].
    """

    ka: Number
    CL: Number
    V: Number


class TwoParameters(NamedTuple):
    """Two compartments.

    Attributes
    ----------
    ka : Number
        Absorption rate constant, 0 without depot [1/h].
    CL : Number
        Clearance [L/h].
    V1 : Number
        Central volume [L].
    Q : Number
        Clearance between the compartments [L/h].
    V2 : Number
        Peripheral volume [L].
    """

    ka: Number
    CL: Number
    V1: Number
    Q: Number
    V2: Number


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


def two_rates(a: TwoState, entering: Number, cl: Number, v1: Number, q: Number, v2: Number) -> TwoState:
    """Elimination from, and exchange between, two compartments.

    Parameters
    ----------
    a : TwoState
        Amounts.
    entering : Number
        What is absorbed [nmol/h].
    cl : Number
        Clearance [L/h].
    v1 : Number
        Central volume [L].
    q : Number
        Clearance between the compartments [L/h].
    v2 : Number
        Peripheral volume [L].

    Returns
    -------
    TwoState
        Rate of each amount.
    """
    exchanged = q / v1 * a.central - q / v2 * a.peripheral
    return TwoState(central=entering - cl / v1 * a.central - exchanged, peripheral=exchanged)


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
    return OneCompartmentState(DepotState(-absorbed), one_rates(state.drug, absorbed, p.CL, p.V))


def one_compartment_levels(state: OneCompartmentState, p: OneParameters, _clock: Clock) -> DrugLevel:
    """One compartment: levels, also where it drives an effect.

    Parameters
    ----------
    state : OneCompartmentState
        State, or any other with the drug in one compartment.
    p : OneParameters
        Parameters, or any others with its volume.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    DrugLevel
        Concentrations.
    """
    return DrugLevel(concentration(state.drug.central, p.V))


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
    return TwoCompartmentState(DepotState(-absorbed), two_rates(state.drug, absorbed, p.CL, p.V1, p.Q, p.V2))


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
    return TwoLevels(concentration(state.drug.central, p.V1), concentration(state.drug.peripheral, p.V2))
