"""What came out: labelled data with evidence, days to speak of, summaries, exposure, quantiles, stores.

Imports `ldnsim.base`, `ldnsim.ledger`, `ldnsim.models` and `ldnsim.engines`; pictures and studies import it.
"""
