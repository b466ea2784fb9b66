"""Models: equations with compartments that can be dosed, small ones to start with, naltrexone put together.

The names below are for users. Imports `ldnsim.base`, `ldnsim.ledger`, `ldnsim.dosing`,
`ldnsim.population` and the equations; engines, results and studies import it.
"""

from ..endorphin import Clock
from .absorption import parallel_depots, transit_absorption, zero_order_absorption
from .constants import from_macro_constants, from_micro_constants, macro_constants, micro_constants
from .dosable import Model
from .inlets import Compartment, Inlet
from .library import (
    michaelis_menten,
    one_compartment,
    parent_metabolite,
    three_compartment,
    two_compartment,
    two_compartment_metabolite,
)
from .nalmefene import nalmefene
from .responses import effect_compartment, precursor_turnover, tolerance_turnover, turnover
from .system import Daily, System
from .targets import binding, irreversible_block, ligand_depletion, operational_model, schild

NALTREXONE = "naltrexone"
"""What the drug is called that is meant where none is named."""

DRUGS = {"nalmefene": nalmefene}
"""Drugs beside naltrexone, by name: functions that give their model under some assumptions."""

__all__ = [
    "DRUGS",
    "NALTREXONE",
    "Clock",
    "Compartment",
    "Daily",
    "Inlet",
    "Model",
    "System",
    "binding",
    "effect_compartment",
    "from_macro_constants",
    "from_micro_constants",
    "irreversible_block",
    "ligand_depletion",
    "macro_constants",
    "michaelis_menten",
    "micro_constants",
    "nalmefene",
    "one_compartment",
    "operational_model",
    "parallel_depots",
    "parent_metabolite",
    "precursor_turnover",
    "schild",
    "three_compartment",
    "tolerance_turnover",
    "transit_absorption",
    "turnover",
    "two_compartment",
    "two_compartment_metabolite",
    "zero_order_absorption",
]
