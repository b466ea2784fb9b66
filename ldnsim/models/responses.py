"""Small general models of what a drug does over time: effect compartment, indirect response, precursor, tolerance."""

# ruff: noqa: N803, because parameters carry their names in pharmacometrics

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..base.errors import InputError
from . import biophase, effects, precursor, tolerance
from . import compartments as kinetics
from .assembly import Doses, PerCompartment, assemble, only
from .dosable import Model
from .inlets import Given
from .system import System

Kinds = dict[int, tuple[Callable[..., Any], type[NamedTuple]]]

_TURNOVER: Kinds = {
    1: (effects.inhibited_production_model, effects.InhibitionParameters),
    2: (effects.inhibited_loss_model, effects.InhibitionParameters),
    3: (effects.stimulated_production_model, effects.StimulationParameters),
    4: (effects.stimulated_loss_model, effects.StimulationParameters),
}
_TOLERANCE: Kinds = {
    1: (tolerance.inhibited_production_tolerance_model, tolerance.InhibitedToleranceParameters),
    2: (tolerance.inhibited_loss_tolerance_model, tolerance.InhibitedToleranceParameters),
    3: (tolerance.stimulated_production_tolerance_model, tolerance.StimulatedToleranceParameters),
    4: (tolerance.stimulated_loss_tolerance_model, tolerance.StimulatedToleranceParameters),
}


def effect_compartment(
    *,
    ke0: Given,
    Emax: Given,
    EC50: Given,
    CL: Given,
    V: Given,
    E0: Given = 0.0,
    h: Given = 1.0,
    ka: Given | None = None,
    F: PerCompartment = 1.0,
    lag: PerCompartment = 0.0,
    R: PerCompartment = None,
    D: PerCompartment = None,
) -> Model:
    """An effect that follows plasma with a delay, through a site that takes no drug away from it.

    Parameters
    ----------
    ke0 : float or callable
        Rate constant at which the site follows plasma [1/h].
    Emax, EC50 : float or callable
        Largest effect of the drug, and the level at the site of half of it.
    CL, V : float or callable
        Clearance [L/h] and volume [L] of the drug; with CL 0 the level after a bolus is constant.
    E0 : float or callable
        Effect without drug.
    h : float or callable
        Steepness [1].
    ka, F, lag, R, D
        As for `one_compartment`.

    Returns
    -------
    Model
        Compartments ``depot`` (only with `ka`), ``central`` and ``site``; an observation of ``site`` shows the effect.

    Raises
    ------
    InputError
        If a value cannot be used.

    References
    ----------
    Sheiner, Stanski, Vozeh, Miller and Ham, Clin. Pharmacol. Ther. 25:358 (1979).
    """
    return assemble(
        "effect_compartment",
        System(
            biophase.EffectCompartmentState,
            biophase.effect_compartment_model,
            biophase.effect_compartment_levels,
            linear=True,
        ),
        biophase.EffectCompartmentParameters,
        {"CL": CL, "V": V, "ke0": ke0, "E0": E0, "Emax": Emax, "EC50": EC50, "h": h, "ka": ka},
        ("central", "site"),
        {"central": "C_central", "site": "effect"},
        Doses(F, lag, R, D),
        observe="site",
    )


def turnover(
    kind: int,
    *,
    kin: Given,
    kout: Given,
    CL: Given,
    V: Given,
    Imax: Given | None = None,
    IC50: Given | None = None,
    Smax: Given | None = None,
    SC50: Given | None = None,
    h: Given = 1.0,
    ka: Given | None = None,
    F: PerCompartment = 1.0,
    lag: PerCompartment = 0.0,
    R: PerCompartment = None,
    D: PerCompartment = None,
) -> Model:
    """Indirect response: the drug inhibits or stimulates the production or the loss of a response.

    Parameters
    ----------
    kind : {1, 2, 3, 4}
        1 inhibits production, 2 inhibits loss, 3 stimulates production, 4 stimulates loss.
    kin : float or callable
        Production [response/h].
    kout : float or callable
        Rate constant of loss [1/h]; the response starts at ``kin / kout``.
    CL, V : float or callable
        Clearance [L/h] and volume [L] of the drug; with CL 0 the level after a bolus is constant.
    Imax, IC50 : float or callable
        For kinds 1 and 2: largest inhibition, at most 1, and the level of half of it.
    Smax, SC50 : float or callable
        For kinds 3 and 4: largest stimulation and the level of half of it.
    h : float or callable
        Steepness [1].
    ka, F, lag, R, D
        As for `one_compartment`.

    Returns
    -------
    Model
        Compartments ``depot`` (only with `ka`), ``central`` and ``response``.

    Raises
    ------
    InputError
        If a value cannot be used, or potency of the other sort is given.

    References
    ----------
    Dayneka, Garg and Jusko, J. Pharmacokinet. Biopharm. 21:457 (1993).
    """
    rates, declared = _of_kind(_TURNOVER, kind, Imax, IC50, Smax, SC50)
    return assemble(
        "turnover",
        System(effects.TurnoverState, rates, kinetics.one_compartment_levels),
        declared,
        {
            **{"CL": CL, "V": V, "kin": kin, "kout": kout, "h": h, "ka": ka},
            **{"Imax": Imax, "IC50": IC50, "Smax": Smax, "SC50": SC50},
        },
        ("central", "response"),
        {"central": "C_central"},
        Doses(F, lag, R, D),
        observe="response",
        untreated=_response,
    )


def tolerance_turnover(
    kind: int,
    *,
    kin: Given,
    kout: Given,
    ktol: Given,
    CL: Given,
    V: Given,
    Imax: Given | None = None,
    IC50: Given | None = None,
    Smax: Given | None = None,
    SC50: Given | None = None,
    h: Given = 1.0,
    ka: Given | None = None,
    F: PerCompartment = 1.0,
    lag: PerCompartment = 0.0,
    R: PerCompartment = None,
    D: PerCompartment = None,
) -> Model:
    """Indirect response with tolerance: a moderator follows the response and speeds up its loss.

    While the drug is there the response comes back towards its baseline; when the drug goes, it overshoots. Under a
    level that lasts, the response changes only by the square root of the factor on its production or loss.

    Parameters
    ----------
    kind : {1, 2, 3, 4}
        1 inhibits production, 2 inhibits loss, 3 stimulates production, 4 stimulates loss.
    kin : float or callable
        Production [response/h].
    kout : float or callable
        Rate constant of loss a unit of the moderator [1/(response*h)]; response and moderator start at
        ``(kin / kout) ** 0.5``.
    ktol : float or callable
        Rate constant at which the moderator follows the response [1/h]; with 0 there is no tolerance.
    CL, V : float or callable
        Clearance [L/h] and volume [L] of the drug; with CL 0 the level after a bolus is constant.
    Imax, IC50, Smax, SC50, h : float or callable
        As for `turnover`.
    ka, F, lag, R, D
        As for `one_compartment`.

    Returns
    -------
    Model
        Compartments ``depot`` (only with `ka`), ``central``, ``response`` and ``moderator``.

    Raises
    ------
    InputError
        If a value cannot be used, or potency of the other sort is given.

    References
    ----------
    Gabrielsson and Peletier, AAPS J. 10:70 (2008); Wakelkamp et al., Clin. Pharmacol. Ther. 60:75 (1996).
    """
    rates, declared = _of_kind(_TOLERANCE, kind, Imax, IC50, Smax, SC50)

    return assemble(
        "tolerance_turnover",
        System(tolerance.ToleranceState, rates, kinetics.one_compartment_levels),
        declared,
        {
            **{"CL": CL, "V": V, "kin": kin, "kout": kout, "ktol": ktol, "h": h, "ka": ka},
            **{"Imax": Imax, "IC50": IC50, "Smax": Smax, "SC50": SC50},
        },
        ("central", "response", "moderator"),
        {"central": "C_central"},
        Doses(F, lag, R, D),
        observe="response",
        untreated=_response_and_moderator,
    )


def precursor_turnover(
    *,
    k0: Given,
    kp: Given,
    kout: Given,
    CL: Given,
    V: Given,
    ks: Given = 0.0,
    Imax: Given | None = None,
    IC50: Given | None = None,
    Smax: Given | None = None,
    SC50: Given | None = None,
    h: Given = 1.0,
    ka: Given | None = None,
    F: PerCompartment = 1.0,
    lag: PerCompartment = 0.0,
    R: PerCompartment = None,
    D: PerCompartment = None,
) -> Model:
    """Indirect response made of a precursor: the drug inhibits or stimulates its use, which is made up for afterwards.

    Inhibition lets the precursor pile up, so that the response overshoots when the drug goes. Stimulation uses it up,
    so that the response fades while the drug is still there, and falls below its baseline afterwards.

    Parameters
    ----------
    k0 : float or callable
        Production of the precursor [response/h].
    kp : float or callable
        Rate constant at which it becomes the response [1/h].
    kout : float or callable
        Rate constant at which the response is lost [1/h].
    CL, V : float or callable
        Clearance [L/h] and volume [L] of the drug; with CL 0 the level after a bolus is constant.
    ks : float or callable
        Rate constant at which the precursor is lost by other ways [1/h].
    Imax, IC50 : float or callable
        Largest inhibition of `kp`, at most 1, and the level of half of it; or
    Smax, SC50 : float or callable
        largest stimulation of `kp` and the level of half of it.
    h : float or callable
        Steepness [1].
    ka, F, lag, R, D
        As for `one_compartment`.

    Returns
    -------
    Model
        Compartments ``depot`` (only with `ka`), ``central``, ``precursor`` and ``response``.

    Raises
    ------
    InputError
        If a value cannot be used, or both potencies or none are given.

    References
    ----------
    Sharma, Ebling and Jusko, J. Pharm. Sci. 87:1577 (1998).
    """
    inhibits = Imax is not None or IC50 is not None
    given = {"Imax": Imax, "IC50": IC50, "Smax": Smax, "SC50": SC50}
    only(
        {("Imax", "IC50"): inhibits, ("Smax", "SC50"): not inhibits},
        given,
        "inhibition" if inhibits else "stimulation",
    )
    rates = precursor.inhibited_precursor_model if inhibits else precursor.stimulated_precursor_model
    return assemble(
        "precursor_turnover",
        System(precursor.PrecursorResponseState, rates, kinetics.one_compartment_levels),
        precursor.InhibitedPrecursorParameters if inhibits else precursor.StimulatedPrecursorParameters,
        {"CL": CL, "V": V, "k0": k0, "ks": ks, "kp": kp, "kout": kout, "h": h, "ka": ka, **given},
        ("central", "precursor", "response"),
        {"central": "C_central"},
        Doses(F, lag, R, D),
        observe="response",
        untreated=_precursor_and_response,
    )


def _response(p: Any) -> dict[str, float]:
    return {"response": p.kin / p.kout}


def _response_and_moderator(p: Any) -> dict[str, float]:
    level = (p.kin / p.kout) ** 0.5
    return {"response": level, "moderator": level}


def _precursor_and_response(p: Any) -> dict[str, float]:
    return {"precursor": p.k0 / (p.kp + p.ks), "response": p.kp * p.k0 / (p.kp + p.ks) / p.kout}


def _of_kind(
    kinds: Kinds, kind: int, Imax: Given | None, IC50: Given | None, Smax: Given | None, SC50: Given | None
) -> tuple[Callable[..., Any], type[NamedTuple]]:
    """Rates and parameters of one of the four kinds, with the potency that goes with it."""
    if not isinstance(kind, int) or isinstance(kind, bool) or kind not in kinds:
        raise InputError("kind", kind, "1, 2, 3 or 4")
    inhibits = kind <= 2
    only(
        {("Imax", "IC50"): inhibits, ("Smax", "SC50"): not inhibits},
        {"Imax": Imax, "IC50": IC50, "Smax": Smax, "SC50": SC50},
        f"kind {kind}",
    )
    return kinds[kind]
