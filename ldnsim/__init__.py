"""ldnsim: simulate low-dose naltrexone under named assumptions, with the evidence behind every number.

A research and teaching tool, not medical advice.
"""

from importlib.metadata import version as _version

from . import answers, models
from .answers import AgonistLeft, Rebound, Washout, Windows, agonist_left, rebound, washout, windows
from .base.errors import (
    CalibrationError,
    InputError,
    LdnsimError,
    LdnsimWarning,
    LedgerError,
    MissingExtra,
    SolverError,
)
from .citing import Citation, citation
from .claims import Claim, Robustness, claim
from .comparison import Comparison, compare
from .deciding import Discrimination, discriminate
from .designing import (
    BestTime,
    FoundDose,
    FoundInterval,
    Ladder,
    ParetoFront,
    best_interval,
    best_time,
    find_dose,
    find_ladder,
    pareto,
)
from .doses import DoseResponse, dose_response
from .dosing.event_table import EventTable
from .dosing.regimen import Regimen
from .exchange import Exported, NonmemData, PetabProblem, export, nonmem_data, petab_problem
from .fitting import Fit, fit
from .ledger.assumptions import Assumptions
from .ledger.evidence import ledger
from .ledger.parameters import ParameterSet, resolve
from .moved import answer_to_old_names as _answer_to_old_names
from .population.adherence import Adherence
from .population.distributions import LogitNormal, LogNormal, Normal, Triangular, Uniform
from .population.individuals import Individuals
from .population.population import Population
from .qualification import Qualification, qualify
from .replaying import Replay, replay
from .results.languages import language
from .sensitivity import Elasticities, Screening, SobolIndices, elasticities, morris, sobol
from .simulation import repeat, simulate
from .study.account import Endotoxin
from .study.ensemble import Ensemble
from .study.explanation import Explanation
from .study.nca_endpoints import nca_endpoint
from .study.nca_table import Noncompartmental
from .study.noncompartmental import nca
from .study.opening import open
from .study.person_run import Simulation
from .study.population_run import PopulationRun
from .study.table_run import TableRun

_answer_to_old_names()

__version__ = _version("ldnsim")
"""As `pyproject.toml` has it."""

__all__ = [
    "Adherence",
    "AgonistLeft",
    "Assumptions",
    "BestTime",
    "CalibrationError",
    "Citation",
    "Claim",
    "Comparison",
    "Discrimination",
    "DoseResponse",
    "Elasticities",
    "Endotoxin",
    "Ensemble",
    "EventTable",
    "Explanation",
    "Exported",
    "Fit",
    "FoundDose",
    "FoundInterval",
    "Individuals",
    "InputError",
    "Ladder",
    "LdnsimError",
    "LdnsimWarning",
    "LedgerError",
    "LogNormal",
    "LogitNormal",
    "MissingExtra",
    "Noncompartmental",
    "NonmemData",
    "Normal",
    "ParameterSet",
    "ParetoFront",
    "PetabProblem",
    "Population",
    "PopulationRun",
    "Qualification",
    "Rebound",
    "Regimen",
    "Replay",
    "Robustness",
    "Screening",
    "Simulation",
    "SobolIndices",
    "SolverError",
    "TableRun",
    "Triangular",
    "Uniform",
    "Washout",
    "Windows",
    "agonist_left",
    "answers",
    "best_interval",
    "best_time",
    "citation",
    "claim",
    "compare",
    "discriminate",
    "dose_response",
    "elasticities",
    "export",
    "find_dose",
    "find_ladder",
    "fit",
    "language",
    "ledger",
    "models",
    "morris",
    "nca",
    "nca_endpoint",
    "nonmem_data",
    "open",
    "pareto",
    "petab_problem",
    "qualify",
    "rebound",
    "repeat",
    "replay",
    "resolve",
    "simulate",
    "sobol",
    "washout",
    "windows",
]
