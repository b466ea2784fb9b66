"""Small general models, so that dosing can be checked against closed forms and a teacher can start simple.

The naltrexone model is made in `ldnsim.models.naltrexone` in the same way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError
from ..base.units import number
from ..endorphin import Clock
from . import compartments as kinetics
from . import effects
from .dosable import Model
from .inlets import Compartment, Covariates, Given, Inlet, from_covariates
from .system import Daily, System

__all__ = [
    "Clock",
    "Compartment",
    "Daily",
    "Inlet",
    "Model",
    "System",
    "binding",
    "one_compartment",
    "parent_metabolite",
    "turnover",
    "two_compartment",
]

PerCompartment: TypeAlias = "Given | Mapping[str, Given] | None"
"""One value for the default dose compartment, or a value a compartment."""


def one_compartment(
    CL: Given,
    V: Given,
    ka: Given | None = None,
    F: PerCompartment = 1.0,
    lag: PerCompartment = 0.0,
    R: PerCompartment = None,
    D: PerCompartment = None,
) -> Model:
    """One compartment with first-order elimination, and absorption where `ka` is given.

    Parameters
    ----------
    CL : float or callable
        Clearance [L/h]; a function of the covariates may give any parameter.
    V : float or callable
        Volume [L].
    ka : float or callable, optional
        Absorption rate constant [1/h]; with it there is a compartment ``depot`` before ``central``.
    F : float, callable or mapping
        Bioavailability of the default dose compartment, or ``{"depot": 0.8}`` [1].
    lag : float, callable or mapping
        Lag of doses, in the same way [h].
    R : float, callable or mapping, optional
        Rate of infusions with RATE -1 [amount/h].
    D : float, callable or mapping, optional
        Duration of infusions with RATE -2 [h].

    Returns
    -------
    Model
        Compartments ``depot`` (1, only with `ka`) and ``central``.

    Raises
    ------
    InputError
        If a value cannot be used.

    Examples
    --------
    >>> [compartment.name for compartment in one_compartment(CL=2, V=20, ka=1.2).compartments]
    ['depot', 'central']
    """
    return _build(
        "one_compartment",
        System(
            kinetics.OneCompartmentState, kinetics.one_compartment_model, kinetics.one_compartment_levels, linear=True
        ),
        kinetics.OneParameters,
        {"CL": CL, "V": V},
        ka,
        ("central",),
        {"central": "C_central"},
        (F, lag, R, D),
    )


def two_compartment(
    CL: Given,
    V1: Given,
    Q: Given,
    V2: Given,
    ka: Given | None = None,
    F: PerCompartment = 1.0,
    lag: PerCompartment = 0.0,
    R: PerCompartment = None,
    D: PerCompartment = None,
) -> Model:
    """Two compartments with first-order elimination from the first, and absorption where `ka` is given.

    Parameters
    ----------
    CL : float or callable
        Clearance [L/h].
    V1 : float or callable
        Central volume [L].
    Q : float or callable
        Clearance between the compartments [L/h].
    V2 : float or callable
        Peripheral volume [L].
    ka, F, lag, R, D
        As for `one_compartment`.

    Returns
    -------
    Model
        Compartments ``depot`` (only with `ka`), ``central`` and ``peripheral``.

    Raises
    ------
    InputError
        If a value cannot be used.
    """
    return _build(
        "two_compartment",
        System(
            kinetics.TwoCompartmentState, kinetics.two_compartment_model, kinetics.two_compartment_levels, linear=True
        ),
        kinetics.TwoParameters,
        {"CL": CL, "V1": V1, "Q": Q, "V2": V2},
        ka,
        ("central", "peripheral"),
        {"central": "C_central", "peripheral": "C_peripheral"},
        (F, lag, R, D),
    )


def parent_metabolite(
    CL: Given,
    V: Given,
    CLm: Given,
    Vm: Given,
    fm: Given = 1.0,
    ka: Given | None = None,
    fh: Given = 1.0,
    F: PerCompartment = 1.0,
    lag: PerCompartment = 0.0,
    R: PerCompartment = None,
    D: PerCompartment = None,
) -> Model:
    """A parent whose elimination and first pass form a metabolite, one compartment each.

    Parameters
    ----------
    CL, CLm : float or callable
        Clearance of parent and metabolite [L/h].
    V, Vm : float or callable
        Volume of parent and metabolite [L].
    fm : float or callable
        Fraction of the parent eliminated, or extracted on first pass, that becomes the metabolite [1].
    ka, F, lag, R, D
        As for `one_compartment`.
    fh : float or callable
        Fraction of what leaves the depot that passes the liver unchanged [1].

    Returns
    -------
    Model
        Compartments ``depot`` (only with `ka`), ``central`` and ``metabolite``.

    Raises
    ------
    InputError
        If a value cannot be used.
    """
    return _build(
        "parent_metabolite",
        System(
            kinetics.ParentMetaboliteState,
            kinetics.parent_metabolite_model,
            kinetics.parent_metabolite_levels,
            linear=True,
        ),
        kinetics.ParentParameters,
        {"CL": CL, "V": V, "CLm": CLm, "Vm": Vm, "fm": fm, "fh": fh},
        ka,
        ("central", "metabolite"),
        {"central": "C_central", "metabolite": "C_metabolite"},
        (F, lag, R, D),
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
    if not isinstance(kind, int) or isinstance(kind, bool) or kind not in (1, 2, 3, 4):
        raise InputError("kind", kind, "1, 2, 3 or 4")
    inhibits = kind <= 2
    names = ("Imax", "IC50") if inhibits else ("Smax", "SC50")
    given = {"Imax": Imax, "IC50": IC50, "Smax": Smax, "SC50": SC50}
    for name, value in given.items():
        if (value is None) == (name in names):
            wanted = "a number, for this kind" if name in names else f"to be left out; kind {kind} has {names[0]}"
            raise InputError(name, value, wanted)
    largest = _checked(names[0], given[names[0]])
    zero: Given = 0.0

    def signed(covariates: Covariates) -> float:
        return -largest(covariates) if inhibits else largest(covariates)

    return _build(
        "turnover",
        System(effects.TurnoverState, effects.turnover_model, effects.turnover_levels),
        effects.TurnoverParameters,
        {
            "CL": CL,
            "V": V,
            "kin": kin,
            "kout": kout,
            "on_kin": signed if kind in (1, 3) else zero,
            "on_kout": signed if kind in (2, 4) else zero,
            names[1]: given[names[1]],
            "h": h,
        },
        ka,
        ("central", "response"),
        {"central": "C_central"},
        (F, lag, R, D),
        renamed={names[1]: "c50"},
        observe="response",
    )


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
    return _build(
        "binding",
        System(effects.BindingState, effects.binding_model, effects.binding_levels),
        effects.BindingParameters,
        {"CL": CL, "V": V, "kon": kon, "koff": koff, "competitor": competitor},
        ka,
        ("central", "bound"),
        {"central": "C_central"},
        (F, lag, R, D),
        observe="bound",
    )


_POSITIVE = ("V", "V1", "V2", "Vm", "kin", "kout", "kon", "koff", "IC50", "SC50", "h", "ka")
_FRACTIONS = ("fm", "fh", "Imax")


def _checked(name: str, given: Any) -> Callable[[Covariates], float]:
    """A function of the covariates that gives a number within its limits."""

    def check(value: Any) -> float:
        found = number(value, name, low=0.0, high=1.0 if name in _FRACTIONS else math.inf)
        if name in _POSITIVE and found == 0:
            raise InputError(name, value, "a number above 0")
        return found

    if callable(given):
        return lambda covariates: check(from_covariates(given, covariates, name))
    fixed = check(given)
    return lambda _: fixed


def _build(
    name: str,
    system: System,
    declared: type[NamedTuple],
    values: Mapping[str, Any],
    ka: Given | None,
    names: tuple[str, ...],
    predicted: Mapping[str, str],
    doses: tuple[PerCompartment, PerCompartment, PerCompartment, PerCompartment],
    *,
    renamed: Mapping[str, str] | None = None,
    observe: str = "central",
) -> Model:
    """A small model from its equations and values."""
    by_field = {
        (renamed or {}).get(key, key.lower()): value if key.startswith("on_") else _checked(key, value)
        for key, value in values.items()
    }
    by_field["ka"] = _checked("ka", ka) if ka is not None else lambda _: 0.0
    getters = [by_field[field] for field in declared._fields]
    everything = ("depot", *names) if ka is not None else names
    dose = everything[0]
    per = {
        label: _spread(label, given, everything, dose)
        for label, given in zip(["F", "lag", "R", "D"], doses, strict=True)
    }
    positions = {part.rpartition(".")[2]: position for position, part in enumerate(system.names)}
    compartments = tuple(
        Compartment(
            part,
            (positions[part],),
            (Inlet(positions[part], 1.0, 0.0),),
            per["F"].get(part, 1.0),
            per["lag"].get(part, 0.0),
            per["R"].get(part),
            per["D"].get(part),
        )
        for part in everything
    )

    def fill(covariates: Covariates) -> Any:
        return declared._make(get(covariates) if callable(get) else get for get in getters)

    def initial(parameters: Any) -> NDArray[np.float64]:
        state = np.zeros(len(system.names))
        if "response" in positions:
            state[positions["response"]] = parameters.kin / parameters.kout
        return state

    return Model(name, system, fill, initial, compartments, dose, observe, predicted)


def _spread(label: str, given: PerCompartment, names: tuple[str, ...], dose: str) -> dict[str, Given]:
    """Values by compartment, from one value for the default dose compartment or a mapping."""
    if given is None:
        return {}
    values = dict(given) if isinstance(given, Mapping) else {dose: given}
    for name, value in values.items():
        if name not in names:
            raise InputError(label, name, f"compartments among {', '.join(names)}")
        if callable(value):
            continue
        found = number(value, f"{label}[{name!r}]", low=0.0)
        if label in ("R", "D") and found == 0:
            raise InputError(f"{label}[{name!r}]", value, "a number above 0")
    return values
