"""C3: kinds of dose."""

from __future__ import annotations

from typing import Any

import pytest

from ldnsim import InputError, models

from .tables import CL, KA, V, amounts, bolus, close, infusion, oral

LOOKS = [{"TIME": time} for time in (1.0, 4.0, 9.0, 30.0)]
TIMES = [row["TIME"] for row in LOOKS]


def model(**doses: Any) -> models.Model:
    return models.one_compartment(CL=CL, V=V, **doses)


def test_rate_0_adds_f_times_amt() -> None:
    assert amounts(model(F=0.6), {"TIME": 0, "AMT": 100}, *LOOKS) == close([bolus(t, 60) for t in TIMES])


def test_rate_above_0_keeps_the_rate_and_f_alters_the_duration() -> None:
    found = amounts(model(F=0.5), {"TIME": 0, "AMT": 100, "RATE": 10}, *LOOKS)
    assert found == close([infusion(t, 10, 5) for t in TIMES])


def test_rate_minus_1_takes_the_rate_from_the_model() -> None:
    found = amounts(model(F=0.5, R=20.0), {"TIME": 0, "AMT": 100, "RATE": -1}, *LOOKS)
    assert found == close([infusion(t, 20, 2.5) for t in TIMES])


def test_rate_minus_2_takes_the_duration_from_the_model_and_f_alters_the_rate() -> None:
    found = amounts(model(F=0.5, D=8.0), {"TIME": 0, "AMT": 100, "RATE": -2}, *LOOKS)
    assert found == close([infusion(t, 50 / 8, 8) for t in TIMES])


def test_dur_gives_the_duration_and_f_alters_the_rate() -> None:
    found = amounts(model(F=0.5), {"TIME": 0, "AMT": 100, "DUR": 8}, *LOOKS)
    assert found == close([infusion(t, 50 / 8, 8) for t in TIMES])


@pytest.mark.parametrize(("rate", "given"), [(-1, {}), (-2, {}), (-1, {"D": 2}), (-2, {"R": 2})])
def test_minus_1_and_minus_2_without_r_and_d_raise(rate: float, given: dict[str, float]) -> None:
    with pytest.raises(InputError, match="row 1, column RATE"):
        amounts(model(**given), {"TIME": 0, "AMT": 100, "RATE": rate}, *LOOKS)


@pytest.mark.parametrize("given", [{"R": 2}, {"D": 2}])
@pytest.mark.parametrize("rate", [0, 10])
def test_r_and_d_without_minus_1_and_minus_2_raise(given: dict[str, float], rate: float) -> None:
    with pytest.raises(InputError, match="row 1, column RATE"):
        amounts(model(**given), {"TIME": 0, "AMT": 100, "RATE": rate}, *LOOKS)


def test_r_and_d_of_other_compartments_do_not_matter() -> None:
    oral_model = model(ka=KA, R={"central": 10.0}, F={"central": 0.5})
    assert amounts(oral_model, {"TIME": 0, "AMT": 100}, *LOOKS) == close([oral(t) for t in TIMES])
    both = [{"TIME": 0, "AMT": 100, "CMT": "central", "RATE": -1}, *LOOKS]
    assert amounts(oral_model, *both) == close([infusion(t, 10, 5) for t in TIMES])


def test_infusions_into_the_same_compartment_add() -> None:
    rows = [{"TIME": 0, "AMT": 100, "RATE": 10}, {"TIME": 0, "AMT": 30, "RATE": 15}, {"TIME": 1, "AMT": 20, "DUR": 20}]
    found = amounts(model(), *rows, *LOOKS[1:])
    assert found == close([infusion(t, 10, 10) + infusion(t, 15, 2) + infusion(t - 1, 1, 20) for t in TIMES[1:]])


def test_an_infusion_into_the_depot_is_absorbed() -> None:
    # by superposition of the absorbed bolus over the infusion
    found = amounts(model(ka=KA), {"TIME": 0, "AMT": 100, "DUR": 2}, {"TIME": 6})
    steps = 20_000
    slices = [oral(6 - 2 * (part + 0.5) / steps, 100 / steps) for part in range(steps)]
    assert found == [pytest.approx(sum(slices), rel=1e-7)]


def test_bioavailability_of_each_compartment() -> None:
    found = amounts(
        model(ka=KA, F={"depot": 0.8, "central": 0.5}),
        {"TIME": 0, "AMT": 100, "CMT": "depot"},
        {"TIME": 0, "AMT": 100, "CMT": "central"},
        *LOOKS,
    )
    assert found == close([oral(t, 80) + bolus(t, 50) for t in TIMES])


def test_nothing_is_available_of_an_infusion_with_f_0() -> None:
    assert amounts(model(F=0.0), {"TIME": 0, "AMT": 100, "RATE": 10}, *LOOKS) == [0.0] * 4
