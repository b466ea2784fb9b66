"""The table of a population against numbers of single people."""

from __future__ import annotations

import numpy as np
import pytest

from ldnsim import InputError, Population, PopulationRun, simulate
from ldnsim.noncompartmental import exposure
from ldnsim.results.endpoints import hours_blocked, time_mean, window
from ldnsim.results.people_summary import summarise_people

NIGHTS = "4.5 mg at 22:00 daily for 2 days"


@pytest.fixture(scope="module")
def run() -> PopulationRun:
    return simulate(NIGHTS, population=Population(31, seed=4), progress=False)


def test_percentiles_are_those_of_single_people(run: PopulationRun) -> None:
    found = run.summary()
    days = [window(run.data.isel(person=person), 24.0, 48.0) for person in range(31)]
    curves = [day["plasma"].sel(analyte="ntx") for day in days]
    by_hand = {
        "ntx Cmax": [float(curve.max()) for curve in curves],
        "hours with mu at least half held": [hours_blocked(day) for day in days],
        "net opioid tone, mean": [time_mean(day, "tone") for day in days],
        "cytokine index, mean": [time_mean(day, "cytokine_index") for day in days],
        "beta-endorphin, highest": [float(day["peptide_level"].sel(peptide="beta_endorphin").max()) for day in days],
    }
    for quantity, values in by_hand.items():
        line = found[quantity]
        assert (line.median, line.low, line.high) == pytest.approx(tuple(np.quantile(values, (0.5, 0.05, 0.95))))
    for place, quantity in ((2, "ntx AUC in the window"), (4, "ntx half-life at its end")):
        values = [exposure(curve["time"].values, curve.values)[place] for curve in curves]
        assert found[quantity].median == pytest.approx(float(np.median(values)), rel=1e-12)


def test_people_without_spread_are_all_the_single_run() -> None:
    people = simulate(NIGHTS, population=Population(3, 1, variability={}), step=1.0, progress=False).summary()
    alone = {line.quantity: line for line in simulate(NIGHTS, step=1.0).summary().lines}
    for line in people.lines:
        assert line.low == line.median == line.high
        assert line.unit == alone[line.quantity].unit
        assert line.median == pytest.approx(alone[line.quantity].values[-1], rel=1e-5), line.quantity
    assert [line.quantity for line in people.lines] == list(alone)


def test_who_failed_is_left_out_and_counted(run: PopulationRun) -> None:
    status = run.data["status"].copy(data=[2 if person < 4 else 0 for person in range(31)])
    found = summarise_people(run.data.assign_coords(status=status))
    assert found.left_out == 4
    assert "4 left out because their run failed" in str(found)
    kept = run.data.isel(person=slice(4, None))
    assert found["ntx Cmax"].median == summarise_people(kept)["ntx Cmax"].median


def test_text_names_people_spread_and_evidence(run: PopulationRun) -> None:
    text = str(run.summary())
    for words in (NIGHTS, "assumptions: popular", "31 people, seed 4", "spread between people: assumed", "calibrated"):
        assert words in text
    named = ["quantity", "unit", "median", "5 %", "95 %", "weakest evidence", "people"]
    assert list(run.summary().to_frame().columns) == named
    with pytest.raises(KeyError):
        run.summary()["nothing"]


def test_what_was_not_kept_has_no_line() -> None:
    run = simulate("4.5 mg", population=Population(3, 1), outputs=["tone"], progress=False)
    assert [line.quantity for line in run.summary().lines] == ["net opioid tone, mean"]
    tone = run.summary()["net opioid tone, mean"]
    assert run.summary().in_words().endswith(f"net opioid tone {tone.said('.2f')}; untreated = 1")
    run = simulate("4.5 mg", population=Population(3, 1), outputs=["growth"], progress=False)
    with pytest.raises(InputError, match="^data: got"):
        run.summary()
    run = simulate("4.5 mg", population=Population(3, 1), quantiles=(0.5,), progress=False)
    with pytest.raises(InputError, match="^data: got"):
        run.summary()
