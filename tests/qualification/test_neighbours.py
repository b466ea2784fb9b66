"""Neighbours: what published models and scans say beside ours, and that the docs' sentences about it hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ldnsim import InputError, simulate
from ldnsim.ledger.evidence import Observation, Parameter, ledger
from ldnsim.qualification import Neighbours, meet_neighbours


@pytest.fixture(scope="module")
def found() -> Neighbours:
    return meet_neighbours()


def rows(found: Neighbours, start: str, account: str = "measured") -> dict[str, dict[str, Any]]:
    every = found.table.to_dict("records")
    return {
        str(row["quantity"]): {str(name): value for name, value in row.items()}
        for row in every
        if str(row["neighbour"]).startswith(start) and row["account"] == account
    }


def value(row: str) -> float:
    found = ledger().parameters[row].value
    assert found is not None
    return found


def test_every_published_number_is_a_row_of_the_ledger_that_was_read(found: Neighbours) -> None:
    known: dict[str, Parameter | Observation] = {**ledger().parameters, **ledger().observations}
    for row in found.table.to_dict("records"):
        assert known[str(row["row"])].status == row["status"] == "read"
        assert known[str(row["row"])].url
        assert row["source"]


def test_the_published_curve_is_half_at_its_dose_and_within_its_limits(found: Neighbours) -> None:
    curve = rows(found, "Oral")
    assert len(curve) == 12
    for quantity, row in curve.items():
        mg = float(quantity.split(" mg")[0])
        assert row["published"] / (100 - row["published"]) == pytest.approx(mg / value("RP047"))
        assert row["low"] < row["published"] < row["high"]


def test_ours_beside_the_curve_is_the_run(found: Neighbours) -> None:
    data = simulate("4.5 mg", assumptions="measured", until=7, step=0.5).data
    held = float(data["occupancy"].sel(receptor="mor").drop_duplicates("time", keep="last").sel(time=4.0))
    assert rows(found, "Oral")["4.5 mg, 4 h"]["ours"] == pytest.approx(100 * held, rel=1e-9)


def test_naloxone_in_cells_leaves_within_half_a_minute_and_ours_stays_far_longer(
    found: Neighbours,
) -> None:
    name = "half-life on the receptor"
    popular, measured = (rows(found, "Naloxone", account)[name] for account in ("popular", "measured"))
    assert popular["published"] * 3600 < 30
    assert popular["ours"] > 100 * popular["published"]
    assert measured["ours"] > 1000 * measured["published"]
    # at the level that holds half, as much associates with what is free as dissociates from what is held
    held = rows(found, "Naloxone")["free level that holds half"]["published"]
    kon, koff, n = (value(row) for row in ("RP027", "RP028", "RP029"))
    assert kon * (1000 * held) ** n == pytest.approx(koff)


def test_measured_lies_on_the_curve_at_four_hours_and_popular_falls_through_it(found: Neighbours) -> None:
    measured, popular = (rows(found, "Oral", account) for account in ("measured", "popular"))
    for mg in ("1.5", "4.5", "15", "50"):
        row = measured[f"{mg} mg, 4 h"]
        assert row["low"] <= row["ours"] <= row["high"], mg
    assert popular["1.5 mg, 1 h"]["ours"] > popular["1.5 mg, 1 h"]["high"]
    assert popular["50 mg, 7 h"]["ours"] < popular["50 mg, 1 h"]["ours"]


def test_nalmefene_is_within_the_scans_but_for_the_plateau(found: Neighbours) -> None:
    for account in ("popular", "measured"):
        scans = rows(found, "Nalmefene", account)
        inside = {name for name, row in scans.items() if row["low"] <= row["ours"] <= row["high"]}
        assert {"once, 3 h", "once, 74 h", "daily, 3 h", "daily, 50 h", "daily, 74 h"} <= inside
        assert "once, 26 h" not in inside
        for hours in (26, 50, 74):
            assert scans[f"daily, {hours} h"]["ours"] > scans[f"once, {hours} h"]["ours"]


def test_the_picture_has_all_numbers_and_what_they_rest_on(found: Neighbours) -> None:
    figure = found.plot()
    ours = [
        np.asarray(line.get_ydata(), float)
        for ax in figure.axes
        for line in ax.get_lines()
        if "ours" in str(line.get_label())
    ]
    assert sorted(np.concatenate(ours)) == pytest.approx(sorted(found.table["ours"]))
    assert any("Weakest evidence" in text.get_text() for text in figure.texts)
    assert "popular" in str(found)


def test_an_account_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="^assumptions: got 'nobody'"):
        meet_neighbours(["nobody"])
