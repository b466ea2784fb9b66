"""Which measurement tells accounts apart, against the error of an assay, and in how many people.

Imports `ldnsim.simulation` and what stands below it; nothing but the command line imports this.
"""

from .discrimination import Discrimination, discriminate

__all__ = ["Discrimination", "discriminate"]
