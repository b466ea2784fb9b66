"""The naltrexone model as something that can be dosed: each route is a compartment, AMT is in mg as labelled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from .. import pk
from ..base.units import amount, mass_concentration
from ..dosing.phases import default_salt, salt_of
from ..ledger.parameters import ParameterSet
from ..model import Parameters
from .dosable import Model
from .inlets import Compartment, Inlet
from .system import NALTREXONE, Daily

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

ISOMERS = ("levo", "dextro")
_ANALYTES = (("ntx", "central"), ("bnx6", "bnx6_central"))


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
    daily = Daily(clock, p.endorphin.acrophase)
    routes = routes_of(p.dose)
    observed = tuple(
        Compartment(analyte, tuple(NALTREXONE.index(f"{isomer}.{name}") for isomer in ISOMERS), ())
        for analyte, name in _ANALYTES
    )
    masses = {"ntx": p.dose.mw_base, "bnx6": p.dose.mw_bnx6}

    def assay(analyte: str) -> Callable[[Mapping[str, Any]], Any]:
        return lambda columns: mass_concentration(
            columns[f"C_levo_{analyte}"] + columns[f"C_dextro_{analyte}"], masses[analyte]
        )

    return Model(
        "naltrexone",
        NALTREXONE,
        lambda _: p,
        None,
        (*routes, *observed),
        "oral",
        "ntx",
        {analyte: f"plasma_{analyte}" for analyte, _ in _ANALYTES},
        daily,
        lambda route, carried: nanomoles(p.dose, route, carried),
        {f"plasma_{analyte}": assay(analyte) for analyte, _ in _ANALYTES},
    )


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
