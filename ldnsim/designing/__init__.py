"""From a wish to a regimen: the dose, clock time, interval, steps or compromises for which an endpoint is as wanted.

Imports `ldnsim.simulation` and what stands below; nothing but the command line imports this.
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
