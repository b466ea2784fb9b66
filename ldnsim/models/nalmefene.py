"""The nalmefene model: its own kinetics, the receptors and peptides of naltrexone, no dextro isomer and no TLR4."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

from ..base.errors import InputError
from ..base.units import amount, mass_concentration
from ..base.vocabulary import Term, filled, flatten
from ..dosing.phases import salt_of
from ..endorphin import EndorphinParameters
from ..ledger.assumptions import BUNDLES, Assumptions
from ..ledger.parameters import ParameterSet, layered, rules_of
from ..population.variation import ledger_variability
from .dosable import Model
from .inlets import Compartment, Dosing, Inlet, constant
from .nalmefene_equations import DoseParameters, Effects, NalmefeneState, Parameters, State, outputs, rates
from .naltrexone import PEPTIDES, PLASMA, RECEPTORS
from .system import Daily, System
from .variables import Assay, Variable

NALMEFENE = System(State, rates, outputs, stiff=True)
"""The equations with their layout."""

SHARED = frozenset(
    (
        *(
            "receptors.xe0",
            "receptors.ks",
            "receptors.kdeg",
            "receptors.o50",
            "receptors.h_block",
            "receptors.q_portal",
        ),
        *(f"endorphin.{name}" for name in EndorphinParameters._fields),
    )
)
"""Parameters that are taken to be those of people who take naltrexone: of the receptors, peptides and rebound."""

_AXES = ("site", "rebound", "blockade")
"""Axes of the assumptions that it has."""

VARIABLES: Mapping[str, Variable] = {
    PLASMA: Variable("Plasma concentration, as an assay reads it", {"analyte": ["nalmefene"]}, ["plasma_nalmefene"]),
    "amount": Variable(
        "Amount in each compartment",
        {"compartment": list(NalmefeneState._fields)},
        [f"drug.{name}" for name in NalmefeneState._fields],
    ),
    "occupancy": Variable(
        "Fraction of receptors held by the drug", {"receptor": RECEPTORS}, [f"occupancy.{one}" for one in RECEPTORS]
    ),
    "receptor_density": Variable(
        "Receptors relative to the untreated baseline", {"receptor": RECEPTORS}, [f"density.{one}" for one in RECEPTORS]
    ),
    "peptide_level": Variable(
        "Peptide relative to the untreated person at the same clock time",
        {"peptide": PEPTIDES},
        [f"peptide.{one}" for one in PEPTIDES],
    ),
    "precursor": Variable("", {}, ["peptide.precursor"]),
    **{name: Variable("", {}, [f"effects.{name}"]) for name in Effects._fields},
}
"""Every variable of a result, in order."""


def nalmefene(assumptions: Assumptions | str = "popular") -> Model:
    """The nalmefene model under some assumptions.

    Doses are in mg of the base, as its labels say them. Kinetics are those of Kyhl et al., Br J Clin Pharmacol
    81:290 (2016); receptors, peptides and rebound are those of the naltrexone model.

    Parameters
    ----------
    assumptions : Assumptions or str
        ``"popular"``, ``"measured"``, or choices on the axes that it has: ``site``, ``rebound`` and ``blockade``, see
        `Assumptions`.

    Returns
    -------
    Model
        Compartments ``oral`` (1), ``intravenous`` (2), dosed in mg, and ``nalmefene`` (3), observed in ng/mL.

    Raises
    ------
    InputError
        If an axis is chosen that it has not.

    Examples
    --------
    >>> import ldnsim
    >>> run = ldnsim.simulate("18 mg at 22:00", model=nalmefene("measured"))
    >>> round(float(run.data.plasma.max()), 1)
    11.4
    """
    chosen = Assumptions.of(assumptions)
    if foreign := _foreign(assumptions, chosen):
        expected = f"no {' or '.join(foreign)}, of which nalmefene has none; {', '.join(_AXES)}"
        raise InputError("assumptions", assumptions if isinstance(assumptions, str) else chosen.name, expected)
    names = [term.name for term in flatten(Parameters)]
    axes = {axis: getattr(chosen, axis) for axis in _AXES}
    layers = ("base", *(f"{axis}:{choice}" for axis, choice in axes.items()), "nalmefene")
    parameters = ParameterSet(layered(layers, names, SHARED), rules_of(Parameters))
    p: Parameters = parameters.fill(Parameters)
    held = Compartment("nalmefene", (NALMEFENE.index("drug.central"),), ())

    return Model(
        "nalmefene",
        NALMEFENE,
        partial(constant, p),
        None,
        (*_routes(p.dose), held),
        "oral",
        "nalmefene",
        {"nalmefene": "plasma_nalmefene"},
        Daily(0.0, p.endorphin.acrophase),
        partial(_nanomoles, p.dose),
        {"plasma_nalmefene": Assay(_plasma, Term("plasma_nalmefene", "ng/mL", VARIABLES[PLASMA].meaning))},
        parameters=partial(constant, parameters),
        dosed=partial(_dosed, held),
        variables=VARIABLES,
        kept=(PLASMA, "occupancy", "functional_block", "receptor_density", "peptide_level", "tone"),
        acrophase="endorphin.acrophase",
        amt_unit="mg",
        account=chosen.name,
        axes=axes,
        labelled="mg of nalmefene base",
        spread=ledger_variability("nalmefene"),
    )


def _foreign(assumptions: Assumptions | str, chosen: Assumptions) -> list[str]:
    """Axes that it has not and that were chosen: by a text that names them, or together as in no bundle."""
    beside = [axis for axis in asdict(chosen) if axis not in _AXES]
    if isinstance(assumptions, str):
        return [axis for axis in beside if axis in re.split("[,=\\s]+", assumptions)]
    apart = ([one for one in beside if getattr(chosen, one) != getattr(bundle, one)] for bundle in BUNDLES.values())
    return min(apart, key=len)


def _dosed(held: Compartment, values: Mapping[str, Any]) -> Dosing:
    own = filled(DoseParameters, [values[f"dose.{name}"] for name in DoseParameters._fields])
    return Dosing((*_routes(own), held), partial(_nanomoles, own))


def _routes(p: DoseParameters) -> tuple[Compartment, ...]:
    """Routes as compartments; a tablet's lag is that of its inlet."""
    to = {"oral": ("drug.depot", p.lag), "intravenous": ("drug.central", 0.0)}
    return tuple(
        Compartment(name, (NALMEFENE.index(state),), (Inlet(NALMEFENE.index(state), 1.0, lag),))
        for name, (state, lag) in to.items()
    )


def _nanomoles(p: DoseParameters, _route: str, carried: Mapping[str, Any]) -> Any:
    """Amount of one mg [nmol]: of the base, unless a dose is said to be of the hydrochloride."""
    salt = salt_of(carried.get("SALT") or carried.get("salt") or "base")
    return amount(1.0, p.mw_hcl if salt == "hcl" else p.mw_base)


def _plasma(columns: Mapping[str, Any], p: Parameters) -> Any:
    return mass_concentration(columns["C_drug_nalmefene"], p.dose.mw_base)
