"""The summary table."""

from __future__ import annotations

from typing import Any

import pytest

from ldnsim import Population, models, simulate
from ldnsim.ledger.evidence import ledger
from ldnsim.plots.panels import footer_text
from ldnsim.results.provenance import BETWEEN


def test_summary_reads_like_a_table() -> None:
    summary = simulate("4.5 mg at 22:00 daily for 7 days", step=0.1).summary()
    text = str(summary)
    assert "assumptions: popular" in text
    assert "tuned: one 4.5 mg dose holds half of mu receptors for 5.0 h" in text
    assert max(map(len, text.splitlines())) <= 100
    assert summary.windows == ("first 24 h", "last 24 h")
    frame = summary.to_frame()
    assert list(frame.columns[2:4]) == ["first 24 h", "last 24 h"]
    assert set(frame["weakest evidence"]) <= {"assumed", "calibrated"}
    assert "<table" in summary._repr_html_()


def test_numbers_are_those_of_the_run() -> None:
    run = simulate("4.5 mg at 22:00 daily for 7 days", step=0.1)
    summary = run.summary()
    last = run.data.isel(time=run.data["time"].values >= 6 * 24)
    assert summary["ntx Cmax"][1] == pytest.approx(float(last["plasma"].sel(analyte="ntx").max()))
    assert summary["hours with mu at least half held"][0] == pytest.approx(5.0, abs=0.02)
    assert summary["ntx Tmax"][1] == pytest.approx(1.0, abs=0.11)


def test_a_short_run_has_one_window() -> None:
    summary = simulate("4.5 mg", until=12.0, step=0.5).summary()
    assert summary.windows == ("first 12 h",)


def test_a_coarse_run_still_has_its_days() -> None:
    assert simulate("4.5 mg", step=1000.0).summary().windows == ("first 24 h",)


def test_a_day_without_a_dose_is_not_the_last_window() -> None:
    summary = simulate("4.5 mg at 22:00 every other day for 8 days", step=0.5).summary()
    assert summary.windows == ("first 24 h", "last dose day")
    assert summary["hours with mu at least half held"][1] == pytest.approx(5.0, abs=0.2)


def test_the_words_of_a_day_do_not_contradict_its_numbers() -> None:
    twice = simulate("2 mg sublingual twice daily for 2 days", step=1.0).summary()
    apart = (twice["blockade ends"][-1] - twice["blockade starts"][-1]) % 24
    assert apart < twice["hours that count as blocked"][-1] - 1
    assert "(longest " in twice.in_words()
    assert "longest" not in simulate("4.5 mg at 22:00", step=1.0).summary().in_words()
    day_and_more = simulate("2 mg iv", model=models.nalmefene("popular"), until=48).summary().in_words()
    assert "held 23.9 h of 24 (from 22:03)," in day_and_more
    assert "(from 22:" in simulate("380 mg depot", until=48, step=1.0).summary().in_words()


def test_a_summary_says_whose_levels_and_which_cells_where_they_are_not_the_usual_ones() -> None:
    usual = simulate("4.5 mg", until=24, step=2.0)
    assert usual.summary().assumptions == "popular"
    other: dict[str, Any] = {"condition": "fibromyalgia", "cell": "macrophage", "until": 24, "step": 2.0}
    run = simulate("4.5 mg", parameters={"pk.cl": "2 L/min"}, **other)
    people = simulate("4.5 mg", population=Population(2, seed=1), engine="batch", progress=False, **other)
    words = "popular with condition fibromyalgia and cell macrophage"
    for one in (run, people):
        summary = one.summary()
        assert f"assumptions: {words}" in str(summary)
        assert summary.assumptions == words + " and changed pk.cl" * (one is run)
    # and a figure says it once
    for data in (run.data, people.data):
        assert footer_text(data).count("fibromyalgia") == footer_text(data).count("macrophage") == 1


def test_words_are_of_what_a_model_has() -> None:
    other = simulate("18 mg at 22:00", model=models.nalmefene("popular"), until=24, step=4.0).summary().in_words()
    assert "half of mu receptors held" in other
    assert "net opioid tone -" in other
    assert "cytokine" not in other
    small = simulate("100 mg", model=models.one_compartment(CL=2, V=20, ka=1.2), until=24, step=1.0).summary()
    assert f"C_central Cmax {small['C_central Cmax'][0]:.3g} mg/L" in small.in_words()


def test_every_target_stands_in_one_line() -> None:
    assert not [row.id for row in ledger().parameters.values() if BETWEEN in (row.target or "")]


def test_unknown_quantity_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="pulse"):
        simulate("4.5 mg", step=1.0).summary()["pulse"]
