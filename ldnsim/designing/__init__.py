"""From a wish to a regimen: the dose, clock time, interval, steps or compromises for which an endpoint is as wanted.

Imports `ldnsim.simulation`, `ldnsim.answers` and what stands below them; nothing but the command line and the docs
imports this.
"""

from .doses import FoundDose, find_dose
from .fronts import ParetoFront, pareto
from .ladders import Ladder, find_ladder
from .timing import BestTime, FoundInterval, best_interval, best_time

__all__ = [
    "BestTime",
    "FoundDose",
    "FoundInterval",
    "Ladder",
    "ParetoFront",
    "best_interval",
    "best_time",
    "find_dose",
    "find_ladder",
    "pareto",
]
