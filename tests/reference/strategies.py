"""Generated regimens and assumptions."""

from __future__ import annotations

from hypothesis import strategies as st

from ldnsim import Assumptions, Regimen
from ldnsim.dosing.regimen import ROUTES
from ldnsim.ledger.assumptions import EXPOSURES, REBOUNDS, SITES, TLR4

assumptions = st.builds(
    Assumptions,
    site=st.sampled_from(SITES),
    isomers=st.one_of(st.sampled_from(["racemic", "levo"]), st.floats(0, 1)),
    tlr4=st.sampled_from(TLR4),
    rebound=st.sampled_from(REBOUNDS),
    exposure=st.sampled_from(EXPOSURES),
)

doses = st.one_of(st.sampled_from([0.001, 0.5, 4.5, 50.0]), st.floats(0.001, 200))

regimens = st.builds(
    lambda mg, hours, count, hour, route: Regimen(
        mg, every=float(hours), doses=count, at=f"{hour:02d}:00", route=route
    ),
    doses,
    st.sampled_from([6, 12, 24, 48, 168]),
    st.integers(2, 5),
    st.integers(0, 23),
    st.sampled_from(ROUTES),
)
