"""What matters most: elasticities and tornado, screening after Morris, shares of variance after Sobol.

Imports `ldnsim.study`, `ldnsim.plots` and what stands below; nothing but the command line imports this.
"""

from .local import Elasticities, elasticities
from .screening import Screening, morris
from .variance import SobolIndices, sobol

__all__ = ["Elasticities", "Screening", "SobolIndices", "elasticities", "morris", "sobol"]
