"""What published observations the model meets and which it misses, under each account.

Imports `ldnsim.simulation` and what stands below; `ldnsim.calibrate`, the explorer and the command line import it.
"""

from .beside import Qualification, qualify
from .neighbours import Neighbours, meet_neighbours

__all__ = ["Neighbours", "Qualification", "meet_neighbours", "qualify"]
