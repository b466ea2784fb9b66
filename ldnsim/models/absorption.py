"""Small general models of absorption: of zero order, from two depots at once, through transit compartments."""

# ruff: noqa: N803, because parameters carry their names in pharmacometrics

from __future__ import annotations

from ..base.errors import InputError
from ..base.reading import number
from . import compartments as kinetics
from . import depots
from .assembly import Depot, Doses, PerCompartment, Way, assemble
from .dosable import Model
from .inlets import Given
from .system import System
from .transit import FEWEST, MOST, CentralParameters, SiteParameters, transit_system


def zero_order_absorption(D: Given, CL: Given, V: Given, F: PerCompartment = 1.0, lag: PerCompartment = 0.0) -> Model:
    """One compartment that a dose enters at a constant rate over a duration that the model gives.

    Rows that give a dose into ``central`` say RATE -2, as in NONMEM, and other rates are refused: a dose without RATE
    would be a bolus, which contradicts the model.

    Parameters
    ----------
    D : float or callable
        How long absorption takes [h].
    CL, V : float or callable
        Clearance [L/h] and volume [L].
    F, lag
        As for `one_compartment`.

    Returns
    -------
    Model
        The compartment ``central``.

    Raises
    ------
    InputError
        If a value cannot be used.

    References
    ----------
    Gibaldi and Perrier, Pharmacokinetics, 2nd ed., ch. 1 (1982).
    """
    if D is None:
        raise InputError("D", D, "a number above 0, or a function of the covariates that gives it")
    return assemble(
        "zero_order_absorption",
        System(
            kinetics.OneCompartmentState, kinetics.one_compartment_model, kinetics.one_compartment_levels, linear=True
        ),
        kinetics.OneParameters,
        {"CL": CL, "V": V},
        ("central",),
        {"central": "C_central"},
        Doses(F, lag, None, D),
    )


def parallel_depots(
    share: float,
    ka1: Given,
    ka2: Given,
    CL: Given,
    V: Given,
    lag1: float = 0.0,
    lag2: float = 0.0,
    F: PerCompartment = 1.0,
    lag: PerCompartment = 0.0,
    R: PerCompartment = None,
    D: PerCompartment = None,
) -> Model:
    """One compartment that takes up a dose from two depots at once, each with a share and a lag of its own.

    Parameters
    ----------
    share : float
        Fraction of a dose that goes into the first depot; the rest goes into the second [1].
    ka1, ka2 : float or callable
        Absorption rate constants of the depots [1/h].
    CL, V : float or callable
        Clearance [L/h] and volume [L].
    lag1, lag2 : float
        Lags of the depots, beside that of the dose [h]. Like `share` they are the same for everybody.
    F, lag, R, D
        As for `one_compartment`.

    Returns
    -------
    Model
        Compartments ``depot``, which is both depots, and ``central``.

    Raises
    ------
    InputError
        If a value cannot be used.

    References
    ----------
    Zhou, J. Clin. Pharmacol. 43:211 (2003), on absorption at first order by two ways.
    """
    first = number(share, "share", low=0.0, high=1.0)
    lags = (number(lag1, "lag1", low=0.0), number(lag2, "lag2", low=0.0))
    return assemble(
        "parallel_depots",
        System(depots.ParallelDepotsState, depots.parallel_depots_model, kinetics.one_compartment_levels, linear=True),
        depots.ParallelDepotsParameters,
        {"ka1": ka1, "ka2": ka2, "CL": CL, "V": V},
        ("central",),
        {"central": "C_central"},
        Doses(F, lag, R, D),
        depot=Depot(("depot1", "depot2"), (Way("depot1", first, lags[0]), Way("depot2", 1.0 - first, lags[1]))),
    )


def transit_absorption(
    n: int,
    MTT: Given,
    CL: Given,
    V: Given,
    ka: Given | None = None,
    F: PerCompartment = 1.0,
    lag: PerCompartment = 0.0,
    R: PerCompartment = None,
    D: PerCompartment = None,
) -> Model:
    """One compartment that a dose reaches through a chain of compartments, all left at the same rate.

    A dose enters the first one and passes `n` more, so that what leaves the last one is a gamma density of shape
    ``n + 1`` in time, for every dose of its own and however many overlap. Savic's model takes an `n` that is no whole
    number, which no chain has; it is refused, because the usual way around it, a density that starts anew at each dose,
    forgets what is still on its way from the dose before.

    Parameters
    ----------
    n : int
        Transit compartments behind the one that is dosed, from 0 to 60.
    MTT : float or callable
        Mean time through the chain [h]; the rate constant between its compartments is ``(n + 1) / MTT``.
    CL, V : float or callable
        Clearance [L/h] and volume [L].
    ka : float or callable, optional
        Rate constant of a site of absorption at the end of the chain, which is Savic's model [1/h]. Without it, the
        chain ends in ``central``, which is Erlang's distribution.
    F, lag, R, D
        As for `one_compartment`.

    Returns
    -------
    Model
        Compartments ``depot``, which is all that is not yet absorbed, and ``central``.

    Raises
    ------
    InputError
        If a value cannot be used, or `n` is no whole number.

    References
    ----------
    Savic, Jonker, Kerbusch and Karlsson, J. Pharmacokinet. Pharmacodyn. 34:711 (2007), with a site of absorption;
    Rousseau et al., Ther. Drug Monit. 26:23 (2004), without.
    """
    if not isinstance(n, int) or isinstance(n, bool) or not FEWEST <= n <= MOST:
        expected = f"a whole number from {FEWEST} to {MOST}, because a chain has no part of a compartment"
        raise InputError("n", n, expected)
    system = transit_system(n, with_site=ka is not None)
    waiting = tuple(name.rpartition(".")[2] for name in system.names if not name.endswith(".central"))
    return assemble(
        "transit_absorption",
        system,
        CentralParameters if ka is None else SiteParameters,
        {"MTT": MTT, "CL": CL, "V": V, "ka": ka},
        ("central",),
        {"central": "C_central"},
        Doses(F, lag, R, D),
        depot=Depot(waiting, (Way(waiting[0], 1.0, 0.0),)),
    )
