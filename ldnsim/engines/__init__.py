"""Integration: a protocol of events and samples goes in, states come out, whoever integrates.

`protocol` says what happens and cuts it into legs, `course` walks through them, and every engine (`reference`, `batch`,
`compiled`, `exact`) solves a leg by the same contract. Nothing here knows of drugs, regimens or tables.
Imports `ldnsim.base`, `ldnsim.models` and the equations; results, studies and what stands above import it.
"""
