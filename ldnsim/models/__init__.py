"""Models: equations with compartments that can be dosed, small ones to start with, naltrexone put together.

The names below are for users. Imports `ldnsim.base`, `ldnsim.ledger`, `ldnsim.dosing` and the equations; engines,
results and studies import it.
"""

from .library import (
    Clock,
    Compartment,
    Daily,
    Inlet,
    Model,
    System,
    binding,
    one_compartment,
    parent_metabolite,
    turnover,
    two_compartment,
)

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
