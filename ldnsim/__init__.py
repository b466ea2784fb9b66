"""ldnsim: simulate low-dose naltrexone under named assumptions, with the evidence behind every number.

A research and teaching tool, not medical advice.
"""

from .comparison import Comparison, DoseResponse, compare, dose_response
from .errors import CalibrationError, InputError, LdnsimError, LedgerError, MissingExtra, SolverError
from .evidence import ledger
from .parameters import Assumptions, ParameterSet, resolve
from .regimen import Regimen
from .simulation import Endotoxin, Simulation, repeat, simulate

__all__ = [
    "Assumptions",
    "CalibrationError",
    "Comparison",
    "DoseResponse",
    "Endotoxin",
    "InputError",
    "LdnsimError",
    "LedgerError",
    "MissingExtra",
    "ParameterSet",
    "Regimen",
    "Simulation",
    "SolverError",
    "compare",
    "dose_response",
    "ledger",
    "repeat",
    "resolve",
    "simulate",
]
