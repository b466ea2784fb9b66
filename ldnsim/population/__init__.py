"""Who: people drawn from named spreads, covariates and their effects, adherence.

Imports `ldnsim.base` and `ldnsim.ledger`; knows of no dose and of no engine.
"""
