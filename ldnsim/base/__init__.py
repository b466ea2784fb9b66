"""What everything stands on: errors, units, vocabulary, files, progress, bounds of a run, random numbers.

Imports nothing of ldnsim outside this room; everything else may import it.
"""
