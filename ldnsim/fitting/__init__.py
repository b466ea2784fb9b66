"""Fitting a model to measurements, one subject by one or pooled, and how sure the estimates are.

Imports `ldnsim.study`, `ldnsim.plots` and what stands below; nothing but the command line imports this.
"""

from .result import Fit
from .uncertainty import Bootstrap, Profile
from .verb import fit, repeat

__all__ = ["Bootstrap", "Fit", "Profile", "fit", "repeat"]
