"""ldnsim: simulate low-dose naltrexone under named assumptions, with the evidence behind every number.

A research and teaching tool, not medical advice.
"""

from . import models
from .comparison import Comparison, DoseResponse, compare, dose_response
from .errors import CalibrationError, InputError, LdnsimError, LdnsimWarning, LedgerError, MissingExtra, SolverError
from .events import EventTable
from .evidence import ledger
from .parameters import Assumptions, ParameterSet, resolve
from .regimen import Regimen
from .simulation import Endotoxin, Simulation, repeat, simulate
from .tables import TableRun

__all__ = [
    "Assumptions",
    "CalibrationError",
    "Comparison",
    "DoseResponse",
    "Endotoxin",
    "EventTable",
    "InputError",
    "LdnsimError",
    "LdnsimWarning",
    "LedgerError",
    "MissingExtra",
    "ParameterSet",
    "Regimen",
    "Simulation",
    "SolverError",
    "TableRun",
    "compare",
    "dose_response",
    "ledger",
    "models",
    "repeat",
    "resolve",
    "simulate",
]
