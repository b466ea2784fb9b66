"""ldnsim: simulate low-dose naltrexone under named assumptions, with the evidence behind every number.

A research and teaching tool, not medical advice.
"""

from importlib.metadata import version as _version

from . import models
from .adherence import Adherence
from .comparison import Comparison, DoseResponse, compare, dose_response
from .distributions import LogitNormal, LogNormal, Normal, Triangular, Uniform
from .errors import CalibrationError, InputError, LdnsimError, LdnsimWarning, LedgerError, MissingExtra, SolverError
from .events import EventTable
from .evidence import ledger
from .parameters import Assumptions, ParameterSet, resolve
from .person_run import Simulation
from .population import Population
from .population_run import PopulationRun
from .regimen import Regimen
from .runs import Endotoxin
from .simulation import repeat, simulate
from .table_run import TableRun

__version__ = _version("ldnsim")
"""As `pyproject.toml` has it."""

__all__ = [
    "Adherence",
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
    "LogNormal",
    "LogitNormal",
    "MissingExtra",
    "Normal",
    "ParameterSet",
    "Population",
    "PopulationRun",
    "Regimen",
    "Simulation",
    "SolverError",
    "TableRun",
    "Triangular",
    "Uniform",
    "compare",
    "dose_response",
    "ledger",
    "models",
    "repeat",
    "resolve",
    "simulate",
]
