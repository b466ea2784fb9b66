"""Small general models of what a drug binds: with or without being used up, for good, and against an agonist."""

# ruff: noqa: N803, because parameters carry their names in pharmacometrics

from __future__ import annotations

from functools import partial

from . import agonism, occupancy
from . import compartments as kinetics
from .assembly import Doses, PerCompartment, assemble
from .dosable import Model
from .inlets import Given, constant
from .system import System


def binding(
    kon: Given,
    koff: Given,
    *,
    CL: Given,
    V: Given,
    competitor: Given = 0.0,
    ka: Given | None = None,
    F: PerCompartment = 1.0,
    lag: PerCompartment = 0.0,
    R: PerCompartment = None,
    D: PerCompartment = None,
) -> Model:
    """A receptor that the drug binds without being used up, beside a competitor in equilibrium.

    Parameters
    ----------
    kon : float or callable
        Association rate constant [1/(concentration*h)].
    koff : float or callable
        Dissociation rate constant [1/h].
    CL, V : float or callable
        Clearance [L/h] and volume [L] of the drug; with CL 0 the level after a bolus is constant.
    competitor : float or callable
        Level of a competitor over its own dissociation constant [1].
    ka, F, lag, R, D
        As for `one_compartment`.

    Returns
    -------
    Model
        Compartments ``depot`` (only with `ka`), ``central`` and ``bound``.

    Raises
    ------
    InputError
        If a value cannot be used.

    References
    ----------
    Gaddum, J. Physiol. 89:7P (1937), for the shift by a competitor.
    """
    return assemble(
        "binding",
        System(occupancy.BindingState, occupancy.binding_model, kinetics.one_compartment_levels),
        occupancy.BindingParameters,
        {"CL": CL, "V": V, "kon": kon, "koff": koff, "competitor": competitor, "ka": ka},
        ("central", "bound"),
        {"central": "C_central"},
        Doses(F, lag, R, D),
        observe="bound",
    )


def ligand_depletion(
    kon: Given,
    koff: Given,
    Rtot: Given,
    *,
    CL: Given,
    V: Given,
    ka: Given | None = None,
    F: PerCompartment = 1.0,
    lag: PerCompartment = 0.0,
    R: PerCompartment = None,
    D: PerCompartment = None,
) -> Model:
    """A receptor that binds so much of the drug that the free level falls.

    Parameters
    ----------
    kon : float or callable
        Association rate constant [1/(concentration*h)].
    koff : float or callable
        Dissociation rate constant [1/h].
    Rtot : float or callable
        Level of all receptors, free and bound, which stays [concentration].
    CL, V : float or callable
        Clearance [L/h] and volume [L] of the free drug.
    ka, F, lag, R, D
        As for `one_compartment`.

    Returns
    -------
    Model
        Compartments ``depot`` (only with `ka`), ``central``, which is free drug, and ``bound``, the level of bound
        drug; an observation of ``bound`` shows the occupancy.

    Raises
    ------
    InputError
        If a value cannot be used.

    References
    ----------
    Mager and Jusko, J. Pharmacokinet. Pharmacodyn. 28:507 (2001), with receptors that stay and are not taken in.
    """
    return assemble(
        "ligand_depletion",
        System(occupancy.DepletionState, occupancy.depletion_model, occupancy.depletion_levels),
        occupancy.DepletionParameters,
        {"CL": CL, "V": V, "kon": kon, "koff": koff, "Rtot": Rtot, "ka": ka},
        ("central", "bound"),
        {"central": "C_central", "bound": "occupancy"},
        Doses(F, lag, R, D),
        observe="bound",
    )


def irreversible_block(
    *,
    kinact: Given,
    KI: Given,
    kdeg: Given,
    CL: Given,
    V: Given,
    ka: Given | None = None,
    F: PerCompartment = 1.0,
    lag: PerCompartment = 0.0,
    R: PerCompartment = None,
    D: PerCompartment = None,
) -> Model:
    """A receptor or enzyme that the drug puts out of action for good, and that is only replaced by new ones.

    Parameters
    ----------
    kinact : float or callable
        Fastest inactivation [1/h].
    KI : float or callable
        Level at half of it [concentration].
    kdeg : float or callable
        Turnover rate constant of the receptor [1/h]; with 0 none is replaced.
    CL, V : float or callable
        Clearance [L/h] and volume [L] of the drug; with CL 0 the level after a bolus is constant.
    ka, F, lag, R, D
        As for `one_compartment`.

    Returns
    -------
    Model
        Compartments ``depot`` (only with `ka`), ``central`` and ``receptor``, what works, relative to the baseline.

    Raises
    ------
    InputError
        If a value cannot be used.

    References
    ----------
    Kitz and Wilson, J. Biol. Chem. 237:3245 (1962); Mayhew, Jones and Hall, Drug Metab. Dispos. 28:1031 (2000), for the
    turnover.
    """
    return assemble(
        "irreversible_block",
        System(occupancy.BlockState, occupancy.block_model, kinetics.one_compartment_levels),
        occupancy.BlockParameters,
        {"CL": CL, "V": V, "kinact": kinact, "KI": KI, "kdeg": kdeg, "ka": ka},
        ("central", "receptor"),
        {"central": "C_central"},
        Doses(F, lag, R, D),
        observe="receptor",
        untreated=partial(constant, {"receptor": 1.0}),
    )


def operational_model(
    *,
    A: Given,
    KA: Given,
    tau: Given,
    KB: Given,
    CL: Given,
    V: Given,
    Em: Given = 1.0,
    n: Given = 1.0,
    ka: Given | None = None,
    F: PerCompartment = 1.0,
    lag: PerCompartment = 0.0,
    R: PerCompartment = None,
    D: PerCompartment = None,
) -> Model:
    """Effect of an agonist by the operational model, while the drug is its competing antagonist.

    Parameters
    ----------
    A : float or callable
        Level of the agonist, which stays [concentration].
    KA : float or callable
        Dissociation constant of the agonist [concentration].
    tau : float or callable
        Efficacy: receptors over those that are needed for half the effect [1].
    KB : float or callable
        Dissociation constant of the antagonist, in equilibrium [concentration].
    CL, V : float or callable
        Clearance [L/h] and volume [L] of the antagonist; with CL 0 its level after a bolus is constant.
    Em : float or callable
        Largest effect of the system.
    n : float or callable
        Steepness of the transduction [1].
    ka, F, lag, R, D
        As for `one_compartment`.

    Returns
    -------
    Model
        Compartments ``depot`` (only with `ka`) and ``central``. Further columns are ``agonist``, the fraction of
        receptors that the agonist holds, and ``effect``.

    Raises
    ------
    InputError
        If a value cannot be used.

    References
    ----------
    Black and Leff, Proc. R. Soc. Lond. B 220:141 (1983); Gaddum, J. Physiol. 89:7P (1937), for the antagonist.
    """
    return assemble(
        "operational_model",
        System(kinetics.OneCompartmentState, kinetics.one_compartment_model, agonism.operational_levels, linear=True),
        agonism.OperationalParameters,
        {"CL": CL, "V": V, "A": A, "KA": KA, "tau": tau, "Em": Em, "n": n, "KB": KB, "ka": ka},
        ("central",),
        {"central": "C_central"},
        Doses(F, lag, R, D),
    )


def schild(
    *,
    A: Given,
    EC50: Given,
    KB: Given,
    CL: Given,
    V: Given,
    slope: Given = 1.0,
    Emax: Given = 1.0,
    h: Given = 1.0,
    ka: Given | None = None,
    F: PerCompartment = 1.0,
    lag: PerCompartment = 0.0,
    R: PerCompartment = None,
    D: PerCompartment = None,
) -> Model:
    """Effect of an agonist whose curve the drug, a competing antagonist, shifts to the right in parallel.

    Parameters
    ----------
    A : float or callable
        Level of the agonist, which stays [concentration].
    EC50 : float or callable
        Level of half the agonist's effect without antagonist [concentration].
    KB : float or callable
        Dissociation constant of the antagonist, the level that doubles the dose ratio [concentration].
    CL, V : float or callable
        Clearance [L/h] and volume [L] of the antagonist; with CL 0 its level after a bolus is constant.
    slope : float or callable
        Slope of Schild's plot, 1 for competition at one site [1].
    Emax : float or callable
        Largest effect of the agonist.
    h : float or callable
        Steepness of the agonist's curve [1].
    ka, F, lag, R, D
        As for `one_compartment`.

    Returns
    -------
    Model
        Compartments ``depot`` (only with `ka`) and ``central``. Further columns are ``dose_ratio``, how many times more
        agonist it takes for the same effect, and ``effect``.

    Raises
    ------
    InputError
        If a value cannot be used.

    References
    ----------
    Arunlakshana and Schild, Br. J. Pharmacol. 14:48 (1959).
    """
    return assemble(
        "schild",
        System(kinetics.OneCompartmentState, kinetics.one_compartment_model, agonism.schild_levels, linear=True),
        agonism.SchildParameters,
        {"CL": CL, "V": V, "A": A, "EC50": EC50, "Emax": Emax, "h": h, "KB": KB, "slope": slope, "ka": ka},
        ("central",),
        {"central": "C_central"},
        Doses(F, lag, R, D),
    )
