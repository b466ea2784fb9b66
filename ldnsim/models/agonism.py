"""Small general models of an agonist's effect while one compartment holds a competing antagonist (equations only)."""

from typing import NamedTuple

from ..endorphin import Clock
from ..forms import Number, hill
from ..pk import concentration
from .compartments import OneCompartmentState


class OperationalParameters(NamedTuple):
    """An agonist whose receptors one compartment holds.

    Attributes
    ----------
    ka : Number
        Absorption rate constant, 0 without depot [1/h].
    CL : Number
        Clearance of the antagonist [L/h].
    V : Number
        Volume of the antagonist [L].
    A : Number
        Level of the agonist, which stays [nM].
    KA : Number
        Dissociation constant of the agonist [nM].
    tau : Number
        Efficacy: receptors over those that are needed for half the effect [1].
    Em : Number
        Largest effect of the system [1].
    n : Number
        Steepness of the transduction [1].
    KB : Number
        Dissociation constant of the antagonist [nM].
    """

    ka: Number
    CL: Number
    V: Number
    A: Number
    KA: Number
    tau: Number
    Em: Number
    n: Number
    KB: Number


class SchildParameters(NamedTuple):
    """An agonist whose curve one compartment shifts.

    Attributes
    ----------
    ka : Number
        Absorption rate constant, 0 without depot [1/h].
    CL : Number
        Clearance of the antagonist [L/h].
    V : Number
        Volume of the antagonist [L].
    A : Number
        Level of the agonist, which stays [nM].
    EC50 : Number
        Level of half the agonist's effect without antagonist [nM].
    Emax : Number
        Largest effect of the agonist [1].
    h : Number
        Steepness of the agonist's curve [1].
    KB : Number
        Dissociation constant of the antagonist [nM].
    slope : Number
        Slope of Schild's plot, 1 for competition at one site [1].
    """

    ka: Number
    CL: Number
    V: Number
    A: Number
    EC50: Number
    Emax: Number
    h: Number
    KB: Number
    slope: Number


class OperationalLevels(NamedTuple):
    """Level of the antagonist, and what it leaves of the agonist.

    Attributes
    ----------
    central : Number
        Concentration of the antagonist in the central compartment [nM].
    agonist : Number
        Fraction of receptors held by the agonist [1].
    effect : Number
        Effect of the agonist [1].
    """

    central: Number
    agonist: Number
    effect: Number


class SchildLevels(NamedTuple):
    """Level of the antagonist, and how it shifts the agonist's curve.

    Attributes
    ----------
    central : Number
        Concentration of the antagonist in the central compartment [nM].
    dose_ratio : Number
        How many times more agonist it takes for the same effect [1].
    effect : Number
        Effect of the agonist [1].
    """

    central: Number
    dose_ratio: Number
    effect: Number


def dose_ratio(level: Number, kb: Number, slope: Number) -> Number:
    """How many times more agonist it takes under a competing antagonist (Schild).

    Parameters
    ----------
    level : Number
        Level of the antagonist [nM].
    kb : Number
        Its dissociation constant [nM].
    slope : Number
        Slope of Schild's plot [1].

    Returns
    -------
    Number
        Dose ratio, 1 without antagonist [1].
    """
    return 1 + (level / kb) ** slope


def agonist_held(level: Number, kd: Number, ratio: Number) -> Number:
    """Receptors that an agonist holds beside a competing antagonist (Gaddum).

    Parameters
    ----------
    level : Number
        Level of the agonist [nM].
    kd : Number
        Its dissociation constant [nM].
    ratio : Number
        Dose ratio of the antagonist [1].

    Returns
    -------
    Number
        Fraction of receptors [1].
    """
    return level / (level + kd * ratio)


def transduced(held: Number, tau: Number, em: Number, n: Number) -> Number:
    """Effect of receptors held by an agonist (Black and Leff).

    Parameters
    ----------
    held : Number
        Fraction of receptors held by the agonist [1].
    tau : Number
        Efficacy [1].
    em : Number
        Largest effect of the system [1].
    n : Number
        Steepness of the transduction [1].

    Returns
    -------
    Number
        Effect [1].
    """
    return em * hill(tau * held, 1, n)


def operational_levels(state: OneCompartmentState, p: OperationalParameters, _clock: Clock) -> OperationalLevels:
    """The operational model: levels.

    Parameters
    ----------
    state : OneCompartmentState
        State.
    p : OperationalParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    OperationalLevels
        Concentration of the antagonist, receptors held by the agonist, and effect.
    """
    level = concentration(state.drug.central, p.V)
    held = agonist_held(p.A, p.KA, dose_ratio(level, p.KB, 1))
    return OperationalLevels(level, held, transduced(held, p.tau, p.Em, p.n))


def schild_levels(state: OneCompartmentState, p: SchildParameters, _clock: Clock) -> SchildLevels:
    """Schild's model: levels.

    Parameters
    ----------
    state : OneCompartmentState
        State.
    p : SchildParameters
        Parameters.
    _clock : Clock
        Where in the day we are, which nothing here follows.

    Returns
    -------
    SchildLevels
        Concentration of the antagonist, dose ratio, and effect of the agonist.
    """
    level = concentration(state.drug.central, p.V)
    ratio = dose_ratio(level, p.KB, p.slope)
    return SchildLevels(level, ratio, p.Emax * hill(p.A, p.EC50 * ratio, p.h))
