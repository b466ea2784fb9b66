"""A small general model of absorption: two depots that empty side by side (equations only)."""

from typing import NamedTuple

from ..endorphin import Clock
from ..forms import Number
from .compartments import OneState, one_rates


class DepotsState(NamedTuple):
    """Drug waiting in two depots.

    Attributes
    ----------
    depot1 : Number
        Amount in the first depot [nmol].
    depot2 : Number
        Amount in the second depot [nmol].
    """

    depot1: Number
    depot2: Number


class ParallelDepotsState(NamedTuple):
    """Two depots beside each other, and one compartment.

    Attributes
    ----------
    gut : DepotsState
        The depots.
    drug : OneState
        The drug.
    """

    gut: DepotsState
    drug: OneState


class ParallelDepotsParameters(NamedTuple):
    """Two depots beside each other, and one compartment.

    Attributes
    ----------
    ka1 : Number
        Absorption rate constant from the first depot [1/h].
    ka2 : Number
        Absorption rate constant from the second depot [1/h].
    CL : Number
        Clearance [L/h].
    V : Number
        Volume [L].
    """

    ka1: Number
    ka2: Number
    CL: Number
    V: Number


def parallel_depots_model(
    state: ParallelDepotsState, p: ParallelDepotsParameters, _clock: Clock
) -> ParallelDepotsState:
    """Two depots: rates.

    Parameters
    ----------
    state : ParallelDepotsState
        State.
    p : ParallelDepotsParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    ParallelDepotsState
        Rate of each state.
    """
    first, second = p.ka1 * state.gut.depot1, p.ka2 * state.gut.depot2
    return ParallelDepotsState(DepotsState(-first, -second), one_rates(state.drug, first + second, p.CL, p.V))
