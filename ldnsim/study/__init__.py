"""What is run: a model, what is given, to whom, and when it is read; made into protocols, and into a result.

Imports every room; only the verbs at the door (`ldnsim.simulation`, `ldnsim.comparison`, `ldnsim.cli`) import it.
"""
