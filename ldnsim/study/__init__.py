"""What is run: a model, what is given, to whom, and when it is read; made into protocols, and into a result.

Imports `ldnsim.plots` and what stands below; the verbs at the door (`ldnsim.simulate` and others) and the rooms that
answer questions import it.
"""
