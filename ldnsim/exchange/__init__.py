"""Exchange: a model with its dosing as a file for the tools that people trust.

`ldnsim.exchange.exporting` has the verb and holds the table of formats, a module each. What all of them need: names of
states and parameters that are short and allowed, the equations line by line, doses as numbers. Imports studies and
what is below; the command line imports it.
"""

from .exporting import FORMATS, Exported, Format, export

__all__ = ["FORMATS", "Exported", "Format", "export"]
