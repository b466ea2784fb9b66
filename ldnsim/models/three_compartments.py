"""Small general models of kinetics: three compartments (equations only)."""

from typing import NamedTuple

from ..endorphin import Clock
from ..forms import Number
from ..pk import concentration
from .compartments import DepotState


class ThreeState(NamedTuple):
    """Drug in three compartments.

    Attributes
    ----------
    central : Number
        Amount in the central compartment [nmol].
    peripheral : Number
        Amount in the peripheral compartment [nmol].
    deep : Number
        Amount in the deep compartment [nmol].
    """

    central: Number
    peripheral: Number
    deep: Number


class ThreeCompartmentState(NamedTuple):
    """Three compartments with depot.

    Attributes
    ----------
    gut : DepotState
        The depot, empty where nothing is absorbed.
    drug : ThreeState
        The drug.
    """

    gut: DepotState
    drug: ThreeState


class ThreeParameters(NamedTuple):
    """Three compartments.

    Attributes
    ----------
    ka : Number
        Absorption rate constant, 0 without depot [1/h].
    CL : Number
        Clearance [L/h].
    V1 : Number
        Central volume [L].
    Q2 : Number
        Clearance between the central and the peripheral compartment [L/h].
    V2 : Number
        Peripheral volume [L].
    Q3 : Number
        Clearance between the central and the deep compartment [L/h].
    V3 : Number
        Deep volume [L].
    """

    ka: Number
    CL: Number
    V1: Number
    Q2: Number
    V2: Number
    Q3: Number
    V3: Number


class ThreeLevels(NamedTuple):
    """Levels in three compartments.

    Attributes
    ----------
    central : Number
        Concentration in the central compartment [nM].
    peripheral : Number
        Concentration in the peripheral compartment [nM].
    deep : Number
        Concentration in the deep compartment [nM].
    """

    central: Number
    peripheral: Number
    deep: Number


def three_rates(a: ThreeState, entering: Number, p: ThreeParameters) -> ThreeState:
    """Elimination from the first of three compartments, and its exchange with the two others.

    Parameters
    ----------
    a : ThreeState
        Amounts.
    entering : Number
        What is absorbed [nmol/h].
    p : ThreeParameters
        Parameters.

    Returns
    -------
    ThreeState
        Rate of each amount.
    """
    shallow = p.Q2 / p.V1 * a.central - p.Q2 / p.V2 * a.peripheral
    deep = p.Q3 / p.V1 * a.central - p.Q3 / p.V3 * a.deep
    return ThreeState(
        central=entering - p.CL / p.V1 * a.central - shallow - deep,
        peripheral=shallow,
        deep=deep,
    )


def three_compartment_model(state: ThreeCompartmentState, p: ThreeParameters, _clock: Clock) -> ThreeCompartmentState:
    """Three compartments: rates.

    Parameters
    ----------
    state : ThreeCompartmentState
        State.
    p : ThreeParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    ThreeCompartmentState
        Rate of each state.
    """
    absorbed = p.ka * state.gut.depot
    return ThreeCompartmentState(DepotState(-absorbed), three_rates(state.drug, absorbed, p))


def three_compartment_levels(state: ThreeCompartmentState, p: ThreeParameters, _clock: Clock) -> ThreeLevels:
    """Three compartments: levels.

    Parameters
    ----------
    state : ThreeCompartmentState
        State.
    p : ThreeParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    ThreeLevels
        Concentrations.
    """
    return ThreeLevels(
        concentration(state.drug.central, p.V1),
        concentration(state.drug.peripheral, p.V2),
        concentration(state.drug.deep, p.V3),
    )
