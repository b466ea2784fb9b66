"""Numbers from the literature: evidence with source and status, parameters under named assumptions, physical ranges.

Imports `ldnsim.base` and the declarations of the equations; models, dosing, populations and results import it. The
tables lie in `ldnsim/data`.
"""
