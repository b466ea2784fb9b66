"""Runs side by side."""

from __future__ import annotations

from typing import Any

import pytest

from ldnsim import Assumptions, InputError, compare, dose_response


def test_accounts_of_one_night() -> None:
    both = compare("4.5 mg at 22:00", step=0.5)
    assert list(both.runs) == ["popular", "measured"]
    table = both.summary()
    assert list(table.columns) == ["popular", "measured", "weakest evidence"]
    assert table.loc["TLR4 inhibition, highest [1]", "weakest evidence"] == "calibrated/assumed"
    assert table.index.name == "first 24 h"
    held = table.loc["mu occupancy, at the end [1]"]
    assert held["measured"] > 5 * held["popular"]
    assert compare("4.5 mg daily for 3 days", step=1.0).summary().index.name == "last 24 h"


def test_doses_under_one_account() -> None:
    pair = compare(["4.5 mg", "50 mg"], assumptions="popular", step=1.0)
    assert len(pair.runs) == 2
    assert all("mg" in name for name in pair.runs)


@pytest.mark.parametrize(
    ("regimens", "assumptions", "named"),
    [
        ([], ["popular"], "regimens"),
        (None, ["popular"], "regimens"),
        ("4.5 mg", 3, "assumptions"),
        ("4.5 mg", [], "assumptions"),
        ("4.5 mg", ["popular", Assumptions()], "regimens and assumptions"),
        ("4.5 mg", ["guess"], "assumptions"),
    ],
)
def test_nothing_to_compare_is_said(regimens: Any, assumptions: Any, named: str) -> None:
    with pytest.raises(InputError, match=f"^{named}: got"):
        compare(regimens, assumptions=assumptions)


def test_dose_response_carries_units_and_evidence() -> None:
    found = dose_response(["500 ug", 4.5], weeks=1).data
    assert list(found["dose"].values) == [0.5, 4.5]
    assert found["dose"].attrs["units"] == "mg"
    assert found["tone"].attrs["weakest_evidence"] == "calibrated"
    assert float(found["hours_blocked"].sel(dose=0.5)) == 0.0
    assert found.attrs["assumptions"] == "popular"


def test_dose_response_is_at_steady_state_unless_weeks_are_said() -> None:
    steady, waited = dose_response([4.5]), dose_response([4.5], weeks=26)
    assert steady.data.attrs["title"] == "Nightly doses at steady state"
    for name in ("tone", "peptide", "receptors", "hours_blocked", "cytokine_index"):
        assert float(steady.data[name][0]) == pytest.approx(float(waited.data[name][0]), rel=1e-4)


@pytest.mark.parametrize("doses", [[], [-1.0], ["4.5 kg"], [float("nan")], 4.5, "4.5 mg", [4.5, 1.5], [4.5, 4.5]])
def test_bad_doses_are_named(doses: Any) -> None:
    with pytest.raises(InputError, match=r"^doses?: got|^dose"):
        dose_response(doses)
