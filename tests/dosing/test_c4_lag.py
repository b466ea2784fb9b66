"""C4: lag."""

from __future__ import annotations

from typing import Any

import pytest

from ldnsim import models

from .tables import CL, KA, V, amounts, bolus, close, infusion, oral, run


def model(**doses: Any) -> models.Model:
    return models.one_compartment(CL=CL, V=V, **doses)


def test_the_effect_comes_at_time_plus_lag() -> None:
    found = amounts(model(lag=2.0), {"TIME": 1, "AMT": 100}, {"TIME": 2}, {"TIME": 4})
    assert found == close([0.0, bolus(1)])


def test_the_row_stays_at_time() -> None:
    found = run(model(lag=2.0), {"TIME": 1, "AMT": 100}, {"TIME": 1}, {"TIME": 4})
    assert found["TIME"].tolist() == [1.0, 4.0]
    assert found["TAD"].tolist() == [0.0, 3.0]


def test_infusions_lag_as_a_whole() -> None:
    found = amounts(model(lag=2.0), {"TIME": 0, "AMT": 40, "RATE": 10}, {"TIME": 5}, {"TIME": 9})
    assert found == close([infusion(3, 10, 4), infusion(7, 10, 4)])


def test_lag_of_each_compartment() -> None:
    lagged = model(ka=KA, lag={"depot": 1.0, "central": 3.0})
    doses = [{"TIME": 0, "AMT": 100, "CMT": name} for name in ("depot", "central")]
    assert amounts(lagged, *doses, {"TIME": 2}, {"TIME": 4}) == close([oral(1), oral(3) + bolus(1)])


def test_f_lag_r_and_d_come_from_the_dose_row_also_for_its_additional_doses() -> None:
    # the covariate changes after the dose row; its additional dose keeps the old values
    varying = model(F=lambda c: c["X"] / 10, lag=lambda c: c["X"] / 5, D=lambda c: c["X"])
    rows = [
        {"TIME": 0, "AMT": 100, "RATE": -2, "II": 12, "ADDL": 1, "X": 5.0},
        {"TIME": 6, "AMT": 0, "X": 9.0},
        {"TIME": 20, "AMT": 0, "X": 9.0},
    ]
    found = amounts(varying, *rows, covariates={"X": "locf"})
    assert found == close([infusion(5, 10, 5), infusion(19, 10, 5) + infusion(7, 10, 5)])


@pytest.mark.parametrize("evid", [2, 3])
def test_lag_never_moves_evid_2_and_3(evid: int) -> None:
    rows = [
        {"TIME": 0, "AMT": 100, "EVID": 1},
        {"TIME": 3, "EVID": evid, "CMT": "-central" if evid == 2 else "."},
        {"TIME": 3.5, "EVID": 0},
    ]
    assert amounts(model(lag=1.0), *rows) == [0.0]
