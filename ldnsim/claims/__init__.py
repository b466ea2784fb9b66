"""Claims about the drug, and over which part of the ledger's own ranges each of them holds.

Imports `ldnsim.study`, `ldnsim.doses` and what stands below; nothing but the command line imports this.
"""

from .named import Claim, named_claims
from .robustness import Robustness, claim

__all__ = ["Claim", "Robustness", "claim", "named_claims"]
