"""The summary table."""

from __future__ import annotations

import pytest

from ldnsim import simulate


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


def test_unknown_quantity_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="pulse"):
        simulate("4.5 mg", step=1.0).summary()["pulse"]
