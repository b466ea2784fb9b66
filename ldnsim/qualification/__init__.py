"""What published observations the model meets and which it misses, under each account.

Imports `ldnsim.simulation` and what stands below it; nothing but the command line and the docs imports this.
"""

from .beside import Qualification, qualify
from .neighbours import Neighbours, meet_neighbours

__all__ = ["Neighbours", "Qualification", "meet_neighbours", "qualify"]
