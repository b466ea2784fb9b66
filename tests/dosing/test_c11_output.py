"""C11: output rows."""

from __future__ import annotations

import math

from ldnsim import models

from .tables import CL, ORAL, V, run


def test_rows_are_long_with_prediction_and_states() -> None:
    rows = run(ORAL, {"TIME": 0, "AMT": 100}, {"TIME": 1, "DV": 3.0}, {"TIME": 2, "CMT": "depot"})
    for name in ("ID", "TIME", "EVID", "CMT", "IPRED", "DV", "MDV", "A_depot", "A_central", "C_central", "TAD"):
        assert name in rows
    assert rows["EVID"].tolist() == [0, 0]
    assert rows["IPRED"].tolist() == [rows["C_central"][0], rows["A_depot"][1]]


def test_time_after_dose_counts_from_administration_not_from_the_lagged_effect() -> None:
    lagged = models.one_compartment(CL=CL, V=V, lag=2.0)
    assert run(lagged, {"TIME": 1, "AMT": 100}, {"TIME": 2}, {"TIME": 5})["TAD"].tolist() == [1.0, 4.0]


def test_time_after_dose_is_blank_before_the_first_dose() -> None:
    tad = run(ORAL, {"TIME": 0}, {"TIME": 1, "AMT": 100}, {"TIME": 1})["TAD"].tolist()
    assert math.isnan(tad[0])
    assert tad[1] == 0.0


def test_time_after_dose_includes_additional_doses() -> None:
    rows = [{"TIME": 0, "AMT": 100, "II": 12, "ADDL": 2}, *({"TIME": time} for time in (11.5, 12, 30, 100))]
    assert run(ORAL, *rows)["TAD"].tolist() == [11.5, 0.0, 6.0, 76.0]


def test_time_after_dose_counts_from_a_steady_state_dose() -> None:
    assert run(ORAL, {"TIME": 3, "AMT": 100, "II": 12, "SS": 1}, {"TIME": 7})["TAD"].tolist() == [4.0]
