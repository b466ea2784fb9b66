"""The naltrexone model as something that can be dosed: each route is a compartment, AMT is in mg as labelled."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from .. import pk
from ..base.units import amount, mass_concentration
from ..base.vocabulary import Term, filled
from ..dosing.phases import default_salt, salt_of
from ..ledger.parameters import ParameterSet
from ..model import Parameters
from .dosable import Model
from .inlets import Compartment, Dosing, Inlet, constant
from .system import NALTREXONE, Daily
from .variables import Assay, Variable

ROUTES: Mapping[str, Callable[[pk.DoseParameters], tuple[pk.Delivery, ...]]] = MappingProxyType(
    {
        "oral": pk.oral,
        "liquid": pk.liquid,
        "sublingual": pk.sublingual,
        "extended_release": pk.extended_release,
        "intramuscular": pk.intramuscular,
        "intravenous": pk.intravenous,
    }
)
"""How each route delivers a dose, in the order of their numbers as compartments."""

PLASMA = "plasma"
"""The variable that an assay reads."""

ISOMERS = ["levo", "dextro"]
ANALYTES = ["ntx", "bnx6"]
RECEPTORS = ["mor", "dor", "kor"]
PEPTIDES = ["beta_endorphin", "met_enkephalin"]
MEDIATORS = ["tnf", "il6", "il1b", "no", "sp"]
SITES = ["brain", "periphery", "gut"]

_COMPARTMENTS = [name.removeprefix("levo.") for name in NALTREXONE.names if name.startswith("levo.")]


def _over(component: str, labels: list[str]) -> list[str]:
    return [f"{component}.{label}" for label in labels]


VARIABLES: Mapping[str, Variable] = {
    PLASMA: Variable(
        "Plasma concentration, both isomers together, as an assay reads it",
        {"analyte": ANALYTES},
        [f"plasma_{analyte}" for analyte in ANALYTES],
    ),
    "amount": Variable(
        "Amount in each compartment",
        {"isomer": ISOMERS, "compartment": _COMPARTMENTS},
        [name for isomer in ISOMERS for name in _over(isomer, _COMPARTMENTS)],
    ),
    "concentration": Variable(
        "Plasma concentration of each isomer",
        {"isomer": ISOMERS, "analyte": ANALYTES},
        [name for isomer in ISOMERS for name in _over(f"{isomer}", ANALYTES)],
    ),
    "occupancy": Variable(
        "Fraction of receptors held by the drug", {"receptor": RECEPTORS}, _over("occupancy", RECEPTORS)
    ),
    "receptor_density": Variable(
        "Receptors relative to the untreated baseline", {"receptor": RECEPTORS}, _over("density", RECEPTORS)
    ),
    "bound_plasma_site": Variable(
        "Fraction of receptors held in the plasma view", {"receptor": RECEPTORS}, _over("site", RECEPTORS)
    ),
    "biophase_fast": Variable("", {}, ["site.fast"]),
    "biophase_slow": Variable("", {}, ["site.slow"]),
    "site_occupancy": Variable(
        "Fraction of mu receptors held by drug and metabolite, by site",
        {"site": SITES},
        ["occupancy.mor", "outside.periphery", "outside.gut"],
    ),
    "site_density": Variable(
        "Mu receptors relative to the untreated baseline, by site",
        {"site": SITES},
        ["density.mor", "density.periphery", "density.gut"],
    ),
    "site_tone": Variable(
        "Net opioid tone relative to the untreated person, by site",
        {"site": SITES},
        ["effects.tone", "effects.tone_periphery", "effects.tone_gut"],
    ),
    "ogfr_held": Variable("", {}, ["occupancy.ogfr"]),
    "precursor": Variable("", {}, ["peptide.precursor"]),
    "proenkephalin": Variable("", {}, ["peptide.proenkephalin"]),
    "peptide_level": Variable(
        "Peptide relative to the untreated person at the same clock time",
        {"peptide": PEPTIDES},
        _over("peptide", PEPTIDES),
    ),
    "blocked_share": Variable("", {}, ["peptide.blocked_share"]),
    "activation": Variable(
        "Activation of TLR4-bearing cells relative to baseline",
        {"branch": ["trif", "nfkb"]},
        ["tlr4.trif", "tlr4.nfkb"],
    ),
    "mediator_level": Variable(
        "Inflammatory messenger relative to the untreated baseline", {"mediator": MEDIATORS}, _over("tlr4", MEDIATORS)
    ),
    "endotoxin_drive": Variable("", {}, ["tlr4.lps5"]),
    **{
        name: Variable("", {}, [f"effects.{name}"])
        for name in (
            "functional_block",
            "tone",
            "deficit",
            "beta_endorphin_daily",
            "ogfr_density",
            "ogf_tone",
            "growth",
            "lymphocytes",
            "tlr4_level",
            "tlr4_inhibition",
            "cytokine_index",
            "pain_fall",
        )
    },
}
"""Every variable of a result, in order."""

USUAL_OUTPUTS = (
    *(PLASMA, "occupancy", "functional_block", "receptor_density", "peptide_level"),
    *("tone", "tlr4_inhibition", "cytokine_index"),
)
"""Variables that are kept of a population where none are named: what the four-panel figure and the summary need."""

_HELD_IN = {"ntx": "central", "bnx6": "bnx6_central"}


def naltrexone(parameters: ParameterSet, clock: float) -> Model:
    """The naltrexone model with some parameters.

    Parameters
    ----------
    parameters : ParameterSet
        Parameters with their evidence.
    clock : float
        Hour of the day at time 0 [h].

    Returns
    -------
    Model
        Compartments are the routes (1 oral, 2 liquid, 3 sublingual, 4 extended_release, 5 intramuscular,
        6 intravenous), to be dosed in mg, and ``ntx`` (7) and ``bnx6`` (8), to be observed in ng/mL. A column
        SALT says ``hcl`` or ``base`` where a dose is labelled as the other than the route's usual one.
    """
    p = parameters.fill(Parameters)
    observed = tuple(
        Compartment(analyte, tuple(NALTREXONE.index(f"{isomer}.{name}") for isomer in ISOMERS), ())
        for analyte, name in _HELD_IN.items()
    )
    return Model(
        "naltrexone",
        NALTREXONE,
        partial(constant, p),
        None,
        (*routes_of(p.dose), *observed),
        "oral",
        "ntx",
        {analyte: f"plasma_{analyte}" for analyte in ANALYTES},
        Daily(clock, p.endorphin.acrophase),
        partial(nanomoles, p.dose),
        {f"plasma_{analyte}": _assay(analyte) for analyte in ANALYTES},
        parameters=partial(constant, parameters),
        dosed=partial(_dosed, observed),
        variables=VARIABLES,
        labels=_over_healthy,
        kept=USUAL_OUTPUTS,
        acrophase="endorphin.acrophase",
        amt_unit="mg",
    )


def _dosed(observed: tuple[Compartment, ...], values: Mapping[str, Any]) -> Dosing:
    own = filled(pk.DoseParameters, [values[f"dose.{name}"] for name in pk.DoseParameters._fields])
    return Dosing((*routes_of(own), *observed), partial(nanomoles, own))


def _over_healthy(values: Mapping[str, float]) -> dict[str, tuple[str, Any, dict[str, str]]]:
    folds = [values.get(f"outcomes.fold_{mediator}", math.nan) for mediator in MEDIATORS]
    about = {"units": "1", "long_name": "Untreated level of the condition relative to healthy people"}
    return {"fold_over_healthy": ("mediator", folds, about)}


def _assay(analyte: str) -> Assay:
    return Assay(partial(_both, analyte), Term(f"plasma_{analyte}", "ng/mL", VARIABLES[PLASMA].meaning))


def _both(analyte: str, columns: Mapping[str, Any], p: Parameters) -> Any:
    """Both isomers, which an assay does not tell apart."""
    mass = {"ntx": p.dose.mw_base, "bnx6": p.dose.mw_bnx6}[analyte]
    return mass_concentration(columns[f"C_levo_{analyte}"] + columns[f"C_dextro_{analyte}"], mass)


def routes_of(p: pk.DoseParameters) -> tuple[Compartment, ...]:
    """Every route as a compartment that can be dosed.

    Parameters
    ----------
    p : DoseParameters
        Numbers, or arrays over people, which then are what shares and lags of the inlets are.

    Returns
    -------
    tuple of Compartment
        In the order of `ROUTES`.
    """
    isomers = tuple(zip(ISOMERS, (1 - p.f_dextro, p.f_dextro), strict=True))
    routes = []
    for route, deliveries in ROUTES.items():
        inlets = tuple(
            Inlet(NALTREXONE.index(f"{isomer}.{delivery.compartment}"), share * delivery.share, delivery.lag)
            for delivery in deliveries(p)
            for isomer, share in isomers
        )
        routes.append(Compartment(route, tuple(dict.fromkeys(inlet.state for inlet in inlets)), inlets))
    return tuple(routes)


def nanomoles(p: pk.DoseParameters, route: str, carried: Mapping[str, Any]) -> Any:
    """Amount of one mg as labelled [nmol], a number or an array over people like the molar masses."""
    salt = salt_of(carried.get("SALT") or carried.get("salt") or default_salt(route))
    return amount(1.0, p.mw_hcl if salt == "hcl" else p.mw_base)
