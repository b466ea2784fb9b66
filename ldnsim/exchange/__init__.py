"""Exchange: a model with its dosing as a file for the tools that people trust.

`ldnsim.exchange.exporting` has the verb and holds the table of formats, a module each. What all of them need: names of
states and parameters that are short and allowed, the equations line by line, doses as numbers. `nonmem_data` and
`petab_problem` take results and data, which a model alone does not have.
Imports `ldnsim.study` and what stands below; nothing but the command line imports this.
"""

from .exporting import FORMATS, Exported, Format, export
from .nonmem import NonmemData, nonmem_data
from .petab import PetabProblem, petab_problem

__all__ = [
    "FORMATS",
    "Exported",
    "Format",
    "NonmemData",
    "PetabProblem",
    "export",
    "nonmem_data",
    "petab_problem",
]
