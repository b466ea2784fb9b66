"""Who: people drawn from named spreads, covariates and their effects, adherence.

Imports `ldnsim.base` and `ldnsim.ledger`; models, studies and what stands above import it. Knows of no dose and of no
engine.
"""
