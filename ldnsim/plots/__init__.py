"""Pictures: panels over time, bands of people, comparisons, predictive checks.

The names below are for users. Imports `ldnsim.base`, `ldnsim.noncompartmental` and `ldnsim.results`: a
picture knows datasets, not runs. Studies and what stands above import it.
"""

from .account_panels import growth_factor, messengers, site_tones, sites
from .panels import (
    blockade,
    compare,
    dose_response,
    four_panels,
    inflammation,
    plasma,
    rebound,
)

__all__ = [
    "blockade",
    "compare",
    "dose_response",
    "four_panels",
    "growth_factor",
    "inflammation",
    "messengers",
    "plasma",
    "rebound",
    "site_tones",
    "sites",
]
