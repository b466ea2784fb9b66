"""Small general models of kinetics, so that dosing can be checked against closed forms and a teacher can start simple.

The naltrexone model is made in `ldnsim.models.naltrexone` in the same way. Absorption that takes more than one depot is
in `ldnsim.models.absorption`, what a drug does in `ldnsim.models.responses` and `ldnsim.models.targets`.
"""

from __future__ import annotations

from . import compartments as kinetics
from . import metabolism, three_compartments
from .assembly import Doses, PerCompartment, assemble
from .dosable import Model
from .inlets import Given
from .system import System


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
    return assemble(
        "one_compartment",
        System(
            kinetics.OneCompartmentState, kinetics.one_compartment_model, kinetics.one_compartment_levels, linear=True
        ),
        kinetics.OneParameters,
        {"CL": CL, "V": V, "ka": ka},
        ("central",),
        {"central": "C_central"},
        Doses(F, lag, R, D),
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
    return assemble(
        "two_compartment",
        System(
            kinetics.TwoCompartmentState, kinetics.two_compartment_model, kinetics.two_compartment_levels, linear=True
        ),
        kinetics.TwoParameters,
        {"CL": CL, "V1": V1, "Q": Q, "V2": V2, "ka": ka},
        ("central", "peripheral"),
        {"central": "C_central", "peripheral": "C_peripheral"},
        Doses(F, lag, R, D),
    )


def three_compartment(
    CL: Given,
    V1: Given,
    Q2: Given,
    V2: Given,
    Q3: Given,
    V3: Given,
    ka: Given | None = None,
    F: PerCompartment = 1.0,
    lag: PerCompartment = 0.0,
    R: PerCompartment = None,
    D: PerCompartment = None,
) -> Model:
    """Three compartments with first-order elimination from the first, and absorption where `ka` is given.

    Parameters
    ----------
    CL : float or callable
        Clearance [L/h].
    V1 : float or callable
        Central volume [L].
    Q2, V2 : float or callable
        Clearance to and from the peripheral compartment [L/h], and its volume [L].
    Q3, V3 : float or callable
        Clearance to and from the deep compartment [L/h], and its volume [L].
    ka, F, lag, R, D
        As for `one_compartment`.

    Returns
    -------
    Model
        Compartments ``depot`` (only with `ka`), ``central``, ``peripheral`` and ``deep``.

    Raises
    ------
    InputError
        If a value cannot be used.

    References
    ----------
    Gibaldi and Perrier, Pharmacokinetics, 2nd ed., ch. 2 (1982).
    """
    return assemble(
        "three_compartment",
        System(
            three_compartments.ThreeCompartmentState,
            three_compartments.three_compartment_model,
            three_compartments.three_compartment_levels,
            linear=True,
        ),
        three_compartments.ThreeParameters,
        {"CL": CL, "V1": V1, "Q2": Q2, "V2": V2, "Q3": Q3, "V3": V3, "ka": ka},
        ("central", "peripheral", "deep"),
        {"central": "C_central", "peripheral": "C_peripheral", "deep": "C_deep"},
        Doses(F, lag, R, D),
    )


def michaelis_menten(
    Vmax: Given,
    Km: Given,
    V: Given,
    CL: Given = 0.0,
    ka: Given | None = None,
    F: PerCompartment = 1.0,
    lag: PerCompartment = 0.0,
    R: PerCompartment = None,
    D: PerCompartment = None,
) -> Model:
    """One compartment whose elimination saturates, and absorption where `ka` is given.

    Parameters
    ----------
    Vmax : float or callable
        Fastest elimination by the way that saturates [amount/h].
    Km : float or callable
        Level at half of it [amount/L]; far below, the clearance is ``Vmax / Km``.
    V : float or callable
        Volume [L].
    CL : float or callable
        Clearance by ways beside it that do not saturate [L/h].
    ka, F, lag, R, D
        As for `one_compartment`.

    Returns
    -------
    Model
        Compartments ``depot`` (only with `ka`) and ``central``.

    Raises
    ------
    InputError
        If a value cannot be used.

    References
    ----------
    Lundquist and Wolthers, Acta Pharmacol. Toxicol. 14:265 (1958).
    """
    return assemble(
        "michaelis_menten",
        System(kinetics.OneCompartmentState, metabolism.michaelis_menten_model, kinetics.one_compartment_levels),
        metabolism.SaturableParameters,
        {"Vmax": Vmax, "Km": Km, "V": V, "CL": CL, "ka": ka},
        ("central",),
        {"central": "C_central"},
        Doses(F, lag, R, D),
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
    return assemble(
        "parent_metabolite",
        System(
            metabolism.ParentMetaboliteState,
            metabolism.parent_metabolite_model,
            metabolism.parent_metabolite_levels,
            linear=True,
        ),
        metabolism.ParentParameters,
        {"CL": CL, "V": V, "CLm": CLm, "Vm": Vm, "fm": fm, "fh": fh, "ka": ka},
        ("central", "metabolite"),
        {"central": "C_central", "metabolite": "C_metabolite"},
        Doses(F, lag, R, D),
    )


def two_compartment_metabolite(
    CL: Given,
    V1: Given,
    Q: Given,
    V2: Given,
    CLm: Given,
    Vm: Given,
    fm: Given = 1.0,
    ka: Given | None = None,
    fh: Given = 1.0,
    fm_first_pass: Given = 1.0,
    F: PerCompartment = 1.0,
    lag: PerCompartment = 0.0,
    R: PerCompartment = None,
    D: PerCompartment = None,
) -> Model:
    """A parent in two compartments, whose elimination and first pass form a metabolite in different fractions.

    Parameters
    ----------
    CL, V1, Q, V2 : float or callable
        Of the parent, as for `two_compartment`.
    CLm, Vm : float or callable
        Clearance [L/h] and volume [L] of the metabolite.
    fm : float or callable
        Fraction of the circulating parent eliminated that becomes the metabolite [1].
    ka, F, lag, R, D
        As for `one_compartment`.
    fh : float or callable
        Fraction of what leaves the depot that passes the liver unchanged [1].
    fm_first_pass : float or callable
        Fraction of the rest, extracted on first pass, that becomes the metabolite [1].

    Returns
    -------
    Model
        Compartments ``depot`` (only with `ka`), ``central``, ``peripheral`` and ``metabolite``.

    Raises
    ------
    InputError
        If a value cannot be used.

    References
    ----------
    Houston, Pharmacol. Ther. 15:521 (1981), for metabolites of circulating drug and of first pass.
    """
    return assemble(
        "two_compartment_metabolite",
        System(
            metabolism.TwoCompartmentMetaboliteState,
            metabolism.two_compartment_metabolite_model,
            metabolism.two_compartment_metabolite_levels,
            linear=True,
        ),
        metabolism.TwoCompartmentMetaboliteParameters,
        {
            **{"CL": CL, "V1": V1, "Q": Q, "V2": V2, "CLm": CLm, "Vm": Vm},
            **{"fm": fm, "fh": fh, "fm_first_pass": fm_first_pass, "ka": ka},
        },
        ("central", "peripheral", "metabolite"),
        {"central": "C_central", "peripheral": "C_peripheral", "metabolite": "C_metabolite"},
        Doses(F, lag, R, D),
    )
