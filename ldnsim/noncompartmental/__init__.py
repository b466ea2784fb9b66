"""Noncompartmental analysis: arrays of times and levels in, numbers with reasons out, many profiles at once.

Imports `ldnsim.base`; results, pictures, studies and what stands above import it. The verb `ldnsim.nca`, which brings
frames and results here, is in `ldnsim.study.noncompartmental`.
"""

from .areas import auc
from .exposure import Exposure, exposure, exposures
from .given import Found, Given
from .profiles import profiles
from .rules import Rules

__all__ = ["Exposure", "Found", "Given", "Rules", "auc", "exposure", "exposures", "profiles"]
