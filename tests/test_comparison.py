"""Runs side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from ldnsim import (
    Assumptions,
    Individuals,
    InputError,
    LogNormal,
    Population,
    Regimen,
    compare,
    dose_response,
    simulate,
)
from ldnsim.models import michaelis_menten, nalmefene, one_compartment
from ldnsim.plots import panels as plots
from ldnsim.plots.drawing import LOOKS

mpl.use("agg")


def test_accounts_of_one_night() -> None:
    both = compare("4.5 mg at 22:00", step=0.5)
    assert list(both.runs) == ["popular", "measured"]
    table = both.summary()
    assert list(table.columns) == ["popular", "measured", "weakest evidence"]
    assert table.loc["TLR4 inhibition, highest [1]", "weakest evidence"] == "calibrated"
    assert table.index.name == "first 24 h"
    held = table.loc["mu occupancy, at the end [1]"]
    assert held["measured"] > 3 * held["popular"]
    assert compare("4.5 mg daily for 3 days", step=1.0).summary().index.name == "last 24 h"
    # levels of label50 are not calibrated, so that the accounts differ in what TLR4 rests on
    label = compare("4.5 mg", assumptions=[f"{name},exposure=label50" for name in ("popular", "measured")], step=1.0)
    assert label.summary().loc["TLR4 inhibition, highest [1]", "weakest evidence"] == "calibrated/assumed"


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
        single, name = simulate(text, step=1.0), str(Regimen.parse(text))
        xr.testing.assert_equal(found.runs[name].data, single.data)
        for line in single.summary().lines:
            assert table.loc[f"{line.quantity} [{line.unit}]", name] == pytest.approx(line.values[-1], nan_ok=True)
        own = rows[rows["run"] == name]
        np.testing.assert_array_equal(own["tone"], single.to_frame()["tone"])
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
        single = simulate(text, population=people, engine="batch")
        xr.testing.assert_equal(found.runs[text].data.load(), single.data.load())
        for line in single.summary().lines:
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
    rows = [line for line in (tmp_path / "both.csv").read_text().splitlines() if not line.startswith("#")]
    assert rows[0].startswith("run,shared_time,time,")


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


DRUG = one_compartment(CL=2.0, V=20.0, ka=1.2)
FASTER = one_compartment(CL=4.0, V=20.0, ka=1.2)
SATURABLE = michaelis_menten(Vmax=20.0, Km=2.0, V=20.0, ka=1.0)
AREA = "C_central AUC in the window [mg/L*h]"
DAILY = "100 mg at 08:00 daily for 2 days"


def test_models_by_name_hold_what_closed_forms_say() -> None:
    found = compare(DAILY, model={"slow": DRUG, "fast": FASTER}, start="steady-state", step=0.25)
    table = found.summary()
    assert list(table.columns) == ["slow", "fast", "weakest evidence"]
    # the area over an interval at steady state is dose over clearance
    assert table.loc[AREA, "slow"] == pytest.approx(50.0, rel=2e-3)
    assert table.loc[AREA, "fast"] == pytest.approx(25.0, rel=2e-3)
    assert table.loc[AREA, "weakest evidence"] == "assumed"


def test_regimens_of_a_model_are_the_single_runs_and_are_read_back(tmp_path: Path) -> None:
    regimens = [DAILY, "50 mg at 20:00 daily for 2 days"]
    found = compare(regimens, model=SATURABLE, step=1.0)
    for text in regimens:
        xr.testing.assert_equal(found.runs[text].data, simulate(text, model=SATURABLE, step=1.0).data)
    found.to_csv(tmp_path / "both.csv")
    back, rows = pd.read_csv(tmp_path / "both.csv", comment="#"), found.to_frame()
    assert list(back) == list(rows)
    np.testing.assert_allclose(back["C_central"], rows["C_central"], rtol=1e-6)
    assert back["shared_time"].max() == 60.0


@pytest.mark.parametrize("engine", ["exact", "reference", "batch"])
@pytest.mark.parametrize("start", ["untreated", "steady-state"])
def test_known_people_are_the_single_persons_with_every_engine(engine: Any, start: str) -> None:
    people = Individuals.of({"ID": ["a", "b"], "CL [L/h]": [2.0, 4.0]})
    runs = compare([DAILY], model={"drug": DRUG}, population=people, engine=engine, start=start, step=1.0).runs
    for number, one in enumerate((DRUG, FASTER)):
        single = simulate(DAILY, model=one, start=start, step=1.0).data["C_central"]
        many = runs["drug"].data["C_central"].transpose("person", "time").values[number]
        np.testing.assert_allclose(many, single.values, rtol=1e-4, atol=1e-6)


def test_drugs_stand_in_the_same_panels() -> None:
    found = compare(
        "18 mg", model=[None, nalmefene(), nalmefene("measured")], assumptions="popular", until=12, step=2.0
    )
    assert list(found.runs) == ["naltrexone popular", "nalmefene popular", "nalmefene measured"]
    table = found.summary()
    assert table.T["nalmefene Cmax [ng/mL]"].isna().tolist() == [True, False, False, False]
    assert "beta-endorphin plateau" in " ".join(found.tuned())
    plasma, held, tone, cytokines = found.plot()
    assert [panel.get_title(loc="left") for panel in (plasma, held)] == ["Plasma", "Receptors held: mu"]
    for panel, name, labels in ((plasma, "plasma", "analyte"), (held, "occupancy", "receptor"), (tone, "tone", "")):
        for number, (run, first) in enumerate(zip(found.runs.values(), ("ntx", "nalmefene", "nalmefene"), strict=True)):
            label = {"analyte": {"analyte": first}, "receptor": {"receptor": "mor"}, "": {}}[labels]
            wanted = run.data[name].sel(label).values
            curves = [line for line in panel.lines if len(line.get_xdata()) > 2]
            (drawn,) = (line.get_ydata() for line in curves if line.get_color() == LOOKS[number].colour)
            np.testing.assert_array_equal(drawn[np.isfinite(drawn)], wanted[np.isfinite(drawn)])
    # naltrexone has cytokines, nalmefene none
    assert sum(len(line.get_xdata()) > 2 for line in cytokines.lines) == 1
    panels = compare("18 mg", model=nalmefene(), until=12, step=2.0).plot()
    assert panels[0].get_title(loc="left") == "Plasma: nalmefene"
    assert (panels[3].axison, list(panels[3].texts)) == (False, [])
    plt.close("all")


def test_what_models_observe_has_a_panel_a_variable_and_every_run_is_named() -> None:
    (panel,) = compare(DAILY, model={"slow": DRUG, "fast": FASTER}, step=1.0).plot()
    assert panel.get_ylabel() == "C central [mg/L]"
    assert [text.get_text() for text in panel.figure.legends[0].get_texts()] == ["slow", "fast"]
    mixed = compare("100 mg", model=[None, DRUG], assumptions="popular", until=12, step=2.0)
    panels = mixed.plot()
    assert len(panels) == 5
    named = [text.get_text() for text in panels[0].figure.legends[0].get_texts()]
    assert named == ["naltrexone popular", "one_compartment"]
    _, axes = plt.subplots(5)
    plots.compare({name: run.data for name, run in mixed.runs.items()}, axes)
    told = [text.get_text() for ax in axes if ax.get_legend() for text in ax.get_legend().get_texts()]
    assert sorted(told) == sorted(named)
    with pytest.raises(InputError, match="expected 5 matplotlib axes"):
        plots.compare({name: run.data for name, run in mixed.runs.items()}, axes[:4])
    plt.close("all")


def test_a_population_of_a_model_is_a_band_in_each_run() -> None:
    people = Population(5, seed=2, variability={"CL": LogNormal(cv=0.3)})
    found = compare(DAILY, model={"slow": DRUG, "fast": FASTER}, population=people, step=1.0)
    (panel,) = found.plot()
    assert len(panel.collections) == 2
    middle, low, high = found.summary().T[AREA].tolist()[:3]
    assert low < middle < high
    plt.close("all")


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"model": DRUG, "assumptions": "popular"}, "assumptions"),
        ({"model": [DRUG], "assumptions": ["measured"]}, "assumptions"),
        ({"model": 3}, "model"),
        ({"model": "nalmefene"}, "model"),
        ({"model": []}, "model"),
        ({"model": {}}, "model"),
        ({"model": [DRUG, "nalmefene"]}, "model"),
        ({"model": [DRUG, FASTER]}, "regimens and model"),
        ({"model": DRUG, "condition": "fibromyalgia"}, "condition"),
        ({"model": [None, DRUG], "parameters": {"CL": 3.0}, "until": 1}, "parameters"),
        ({"model": DRUG, "population": Population(2, seed=1)}, "variability"),
    ],
)  # fmt: skip
def test_what_does_not_fit_a_model_is_refused(settings: Any, named: str) -> None:
    with pytest.raises(InputError, match=rf"^{named}[^:]*: got"):
        compare("4.5 mg", **settings)


@settings(max_examples=8, deadline=None)
@given(st.floats(0.5, 20.0), st.floats(5.0, 60.0), st.floats(0.2, 1.0), st.booleans())
def test_the_daily_mean_at_steady_state_is_dose_over_clearance(cl: float, v: float, f: float, changed: bool) -> None:
    model = one_compartment(CL=3.0 if changed else cl, V=v, ka=1.0, F=f)
    found = dose_response([1.0, 48.0], model=model, at="08:00", parameters={"CL": cl} if changed else None).data
    np.testing.assert_allclose(found["C_central"], np.array([1.0, 48.0]) * f / cl / 24, rtol=5e-3)
    assert found["C_central"].attrs["units"] == "mg/L"
    assert found["C_central"].attrs["weakest_evidence"] == "assumed"
    assert found["dose"].attrs["long_name"] == "Nightly dose in mg"


def test_doses_of_a_model_do_more_than_add_up_where_elimination_is_saturable() -> None:
    response = dose_response([10.0, 100.0], model=SATURABLE, weeks=1)
    low, high = response.data["C_central"].values
    assert high > 15 * low
    panel = response.plot()
    np.testing.assert_array_equal(panel.lines[0].get_ydata(), [low, high])
    assert panel.get_ylabel() == "Daily mean [mg/L]"
    plt.close("all")


def test_doses_of_nalmefene_are_told_as_those_of_naltrexone() -> None:
    response = dose_response([18.0], model=nalmefene(), weeks=1)
    assert list(response.data.data_vars) == ["tone", "peptide", "receptors", "hours_blocked"]
    assert response.data["dose"].attrs["long_name"] == "Nightly dose in mg of nalmefene base"
    last = simulate("18 mg at 22:00 daily for 1 weeks", model=nalmefene()).summary()
    assert last["net opioid tone, mean"][-1] == float(response.data["tone"][-1])
    assert len(response.plot().lines) == 4
    plt.close("all")
    with pytest.raises(InputError, match="^assumptions: got"):
        dose_response([1.0], model=nalmefene(), assumptions="measured")


def test_a_person_known_by_covariates_has_a_dose_response_of_their_own() -> None:
    by_weight = one_compartment(CL=lambda known: known["WT"] / 10, V=20.0, ka=1.0)
    found = dose_response([24.0], model=by_weight, covariates={"WT": 50.0}).data
    assert float(found["C_central"][0]) == pytest.approx(0.2, rel=3e-3)
