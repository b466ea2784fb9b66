"""The compiled engine: the equations become a text, the text machine code, the machine code is kept on disk.

Imports what stands below it among the engines, see pyproject.toml; `ldnsim.engines.choice` imports it.
"""
