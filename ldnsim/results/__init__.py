"""What came out: labelled data with evidence, days to speak of, summaries, exposure, quantiles, stores.

Imports `ldnsim.base`, `ldnsim.noncompartmental`, `ldnsim.ledger`, `ldnsim.models`, `ldnsim.engines` and the equations;
pictures and studies import it.
"""
