"""Runs side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from ldnsim import Assumptions, InputError, Population, Regimen, compare, dose_response, simulate
from ldnsim.plots import panels as plots
from ldnsim.plots.drawing import LOOKS

mpl.use("agg")


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


CLOCKED = st.builds(
    lambda mg, hour, days: f"{mg} mg at {hour:02d}:30 daily for {days} days",
    st.sampled_from([1, 3, 4.5]), st.integers(0, 23), st.integers(1, 4),
)  # fmt: skip


@settings(max_examples=6, deadline=None)
@given(st.lists(CLOCKED, min_size=2, max_size=3, unique=True))
def test_runs_side_by_side_are_the_single_runs(regimens: list[str]) -> None:
    found = compare(regimens, assumptions="popular", step=1.0)
    table, rows = found.summary(), found.to_frame()
    hours = [Regimen.parse(text).clock for text in regimens]
    for hour, text in zip(hours, regimens, strict=True):
        alone, name = simulate(text, step=1.0), str(Regimen.parse(text))
        xr.testing.assert_equal(found.runs[name].data, alone.data)
        for line in alone.summary().lines:
            assert table.loc[f"{line.quantity} [{line.unit}]", name] == pytest.approx(line.values[-1], nan_ok=True)
        own = rows[rows["run"] == name]
        np.testing.assert_array_equal(own["tone"], alone.to_frame()["tone"])
        # the shared time is the clock of every run, from the earliest one on
        np.testing.assert_allclose((own["shared_time"] + min(hours)) % 24, own["clock"], atol=1e-9)
        assert own["shared_time"].iloc[0] == pytest.approx(hour - min(hours))


def test_the_summary_says_the_stretch_of_each_run() -> None:
    table = compare(["4.5 mg at 22:00 daily for 3 days", "4.5 mg at 09:00"], assumptions="popular", step=1.0).summary()
    begins, ends, hour = (table.iloc[row, :2].tolist() for row in range(3))
    assert (begins, ends, hour) == ([48.0, 0.0], [72.0, 24.0], [22.0, 9.0])
    assert table.index.name == "last stretch of each run"


def test_people_side_by_side_are_the_single_populations(tmp_path: Path) -> None:
    people = Population(5, seed=3)
    regimens = ["1 mg at 22:00 daily for 2 days", "4.5 mg at 09:00 daily for 2 days"]
    found = compare(regimens, assumptions="popular", population=people, engine="batch")
    table = found.summary()
    for text in regimens:
        alone = simulate(text, population=people, engine="batch")
        xr.testing.assert_equal(found.runs[text].data.load(), alone.data.load())
        for line in alone.summary().lines:
            row = table.loc[f"{line.quantity} [{line.unit}]"]
            assert [row[text], row[f"{text}, 5 %"], row[f"{text}, 95 %"]] == [line.median, line.low, line.high]
    panels = found.plot()
    for panel, (name, labels) in zip(panels[1:3], (("occupancy", {"receptor": "mor"}), ("tone", {})), strict=True):
        for number, text in enumerate(regimens):
            data = found.runs[text].data
            values = data[name].sel(labels).transpose("person", "time").values
            edges = [
                line for line in panel.lines if line.get_color() == LOOKS[number].colour and len(line.get_xdata()) > 2
            ]
            np.testing.assert_allclose(
                [line.get_ydata() for line in edges], np.quantile(values, (0.05, 0.95, 0.5), axis=0), rtol=1e-12
            )
            assert edges[0].get_xdata()[0] == (13.0, 0.0)[number]
    plt.close("all")
    found.to_csv(tmp_path / "both.csv")
    assert (tmp_path / "both.csv").read_text().startswith("run,shared_time,time,")


def test_many_bands_and_stores_are_refused(tmp_path: Path) -> None:
    run = simulate("1 mg", population=Population(2, seed=1), engine="batch", outputs=["tone"])
    panels = plots.compare({"some": run.data})
    assert panels[0].texts[0].get_text() == "not kept in these data"
    plt.close("all")
    with pytest.raises(InputError, match="^runs: got 7, expected at most 6 populations"):
        plots.compare({str(number): run.data for number in range(7)})
    with pytest.raises(InputError, match="^store: got"):
        compare("1 mg", population=Population(2, seed=1), store=tmp_path / "one.zarr")
    with pytest.raises(InputError, match=r"^population: got .*compare"):
        dose_response([1.0], population=Population(2, seed=1))
    with pytest.raises(InputError, match="^progress: got"):
        compare("1 mg", progress=True)


def test_kept_percentiles_are_bands_but_no_numbers_of_people() -> None:
    found = compare("4.5 mg", population=Population(3, seed=1), engine="batch", quantiles=(0.05, 0.5, 0.95))
    assert len(found.plot()[2].collections) == 2
    plt.close("all")
    with pytest.raises(InputError, match="single people"):
        found.summary()


def test_what_cannot_be_gone_through_or_called_is_refused() -> None:
    with pytest.raises(InputError, match="^regimens: got"):
        compare(np.array(3.0))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="^doses: got"):
        dose_response(np.array(3.0))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="^progress: got"):
        dose_response([1.0], progress=True)  # type: ignore[arg-type]
