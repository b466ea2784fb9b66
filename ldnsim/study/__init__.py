"""What is run: a model, what is given, to whom, and when it is read; made into protocols, and into a result.

Imports every room; only the verbs at the door (`simulation`, `comparison`, `doses` and `cli` of `ldnsim`) import it.
"""
