"""What is given and when: regimens as people say them, event tables as data files hold them, times at which to read.

Imports `ldnsim.base`; models, studies and what stands above import it. Knows of no model, and of no engine.
"""
