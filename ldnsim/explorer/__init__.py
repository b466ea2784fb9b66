"""The dose explorer: what can be asked, what is drawn of it, and the page that a browser shows.

Imports `ldnsim.simulation`, `ldnsim.qualification` and what stands below; nothing but the command line imports this.
"""
