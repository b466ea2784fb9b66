"""Noncompartmental analysis of what was simulated gives back what it was simulated with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import ldnsim as ldn
from ldnsim import InputError, LdnsimWarning, models

CL, V1, Q, V2, KA, F = 3.0, 10.0, 2.0, 30.0, 0.9, 0.8
DRUG = models.two_compartment(CL=CL, V1=V1, Q=Q, V2=V2, ka=KA, F={"depot": F})
SUM = CL / V1 + Q / V1 + Q / V2
SLOW = (SUM - np.sqrt(SUM**2 - 4 * CL / V1 * Q / V2)) / 2


def run(regimen: str, **asked: Any) -> Any:
    """What became of a regimen of the drug."""
    return ldn.simulate(regimen, **{"model": DRUG, "until": 240, "step": 0.25, **asked})


@pytest.mark.parametrize("engine", ["exact", "reference", "batch"])
def test_the_half_life_is_that_of_the_slowest_mode(engine: str) -> None:
    found = run("100 mg at 08:00", engine=engine, until=300).nca()
    assert found.table["half_life"][0] == pytest.approx(np.log(2) / SLOW, rel=1e-4)


def test_a_bolus_gives_back_clearance_and_volumes() -> None:
    row = run("100 mg intravenous at 08:00").nca().table.iloc[0]
    assert row["c0"] == pytest.approx(100 / V1)
    assert row["cl_obs"] == pytest.approx(CL, rel=1e-3)
    assert row["vss_iv_obs"] == pytest.approx(V1 + V2, rel=1e-3)
    assert row["vz_obs"] == pytest.approx(CL / SLOW, rel=1e-3)


def test_an_infusion_is_known_as_one() -> None:
    row = run("100 mg intravenous over 2 h at 08:00").nca().table.iloc[0]
    assert np.isnan(row["c0"])
    assert row["mrt_iv_obs"] == pytest.approx((V1 + V2) / CL, rel=1e-3)
    assert row["mrt_obs"] - row["mrt_iv_obs"] == pytest.approx(1.0)


def test_a_dose_by_mouth_has_a_mean_absorption_time() -> None:
    row = run("100 mg at 08:00").nca().table.iloc[0]
    assert row["cl_obs"] == pytest.approx(CL / F, rel=3e-3)
    assert row["mrt_obs"] == pytest.approx((V1 + V2) / CL + 1 / KA, rel=3e-3)
    assert np.isnan(row["mrt_iv_obs"])


def test_at_steady_state_the_area_of_an_interval_is_that_of_one_dose() -> None:
    found = run("100 mg at 08:00 daily for 3 days", start="steady-state", until=None)
    row = found.nca().table.iloc[0]
    assert row["cl_tau"] == pytest.approx(CL / F, rel=3e-3)
    assert row["dose_time"] == 48
    assert np.isnan(row["cl_obs"])
    every = found.nca(doses="all", columns=["auctau", "ctrough", "cmax"]).table
    np.testing.assert_allclose(every["auctau"], every["auctau"][0], rtol=1e-6)


def test_earlier_doses_are_no_part_of_a_clearance() -> None:
    found = run("100 mg at 08:00 daily for 2 days", until=None)
    (why,) = found.nca(columns=["cl_obs"]).reasons["reason"]
    assert why.startswith("earlier doses are in this curve too")
    (why,) = found.nca(doses="first", columns=["cl_obs"]).reasons["reason"]
    assert why.startswith("the next dose cuts this curve off")


def test_everybody_has_a_clearance_of_their_own() -> None:
    known = ldn.Individuals.of({"ID": ["a", "b"], "CL [L/h]": [2.5, 4.0], "F": [0.7, 0.9]})
    found = run("100 mg at 08:00", population=known, until=400).nca(columns=["cl_obs"]).table
    assert found["ID"].tolist() == ["a", "b"]
    np.testing.assert_allclose(found["cl_obs"], [2.5 / 0.7, 4.0 / 0.9], rtol=3e-3)


def test_errors_of_observation_are_read_as_data_are() -> None:
    people = ldn.Population(
        2, seed=1, variability={"CL": ldn.LogNormal(cv=0.2)}, residual={"C_central": ldn.LogNormal(cv=0.1)}
    )
    with pytest.warns(LdnsimWarning, match="half_life"):
        found = run("100 mg at 08:00", population=people, until=24, step=4).nca()
    assert found.record["rules"]["terminal"] == "best fit"
    assert found.table["half_life"].notna().all()


def test_subjects_of_a_table_and_the_drug_itself_are_read() -> None:
    table = pd.DataFrame({"ID": [1, 1, 2, 2], "TIME": [0, 240, 0, 240], "AMT": [100, 0, 50, 0], "EVID": [1, 0, 1, 0],
                          "CMT": [2, 2, 2, 2], "DV": 0})  # fmt: skip
    found = ldn.simulate(ldn.EventTable.of(table), model=DRUG).nca(columns=["cl_obs", "c0"]).table
    np.testing.assert_allclose(found["cl_obs"], CL, rtol=1e-4)
    assert found["c0"].tolist() == pytest.approx([10, 5])


def test_what_was_there_before_is_no_part_of_a_clearance() -> None:
    rows = {"ID": 1, "TIME": [0, 48], "AMT": [100, 0], "EVID": [1, 0], "CMT": 2, "DV": 0, "SS": [1, 0], "II": [12, 0]}
    found = ldn.simulate(ldn.EventTable.of(pd.DataFrame(rows)), model=DRUG)
    (why,) = found.nca(columns=["cl_obs"]).reasons["reason"]
    assert why.startswith("the table sets a steady state")
    told = found.nca(columns=["cl_tau"], tau=12, steady_state=True)
    assert told.table["cl_tau"][0] == pytest.approx(CL, rel=1e-3)
    turnover = models.turnover(kind=1, CL=5, V=20, ka=1, kin=1, kout=0.1, IC50=1, Imax=1)
    response = ldn.simulate("100 mg", model=turnover, until=48, step=1).nca(columns=["mrt_last"])
    assert response.reasons["reason"].tolist() == ["the curve does not begin at nothing"]


def test_naltrexone_has_its_metabolite_beside_it() -> None:
    run_ = ldn.simulate("4.5 mg at 22:00", until=72, step=0.25)
    found = run_.nca()
    assert found.table["analyte"].tolist() == ["ntx", "bnx6"]
    assert found.units["cl_obs"] == "L/h"
    drug, metabolite = found.reasons[found.reasons["parameter"] == "cl_obs"], found.table.iloc[1]
    assert drug["reason"].tolist() == ["the dose is not of it"]
    assert np.isnan(metabolite["cl_obs"])
    assert found.runs == (run_,)
    assert "Weakest evidence" in found.basis
    with pytest.raises(InputError, match="^time: got 't'"):
        ldn.nca(run_, time="t")
    pd.testing.assert_frame_equal(ldn.nca(run_).table, found.table)


def test_effects_of_a_run_are_held_against_their_beginning() -> None:
    run_ = ldn.simulate("4.5 mg at 22:00", until=24, step=0.5)
    row = run_.nca(variable="tone", effect=True, baseline="start", threshold=1.0).table.iloc[0]
    assert row["auec_net"] == pytest.approx(row["auec_above"] - row["auec_below"])
    assert row["time_above"] + row["time_below"] == pytest.approx(24)
    blocked = run_.nca(variable="occupancy", labels={"receptor": "mor"}, threshold=0.5, columns=["time_above"])
    assert blocked.table["time_above"][0] == pytest.approx(
        run_.summary()["hours with mu at least half held"][0], rel=0.05
    )


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"variable": "blood"}, "variable: got 'blood'"),
        ({"labels": {"receptor": "mor"}}, "labels: got"),
        ({"doses": 7}, "doses: got 7"),
        ({"doses": "second"}, "doses: got 'second'"),
        ({"colums": ["cmax"]}, "colums: got"),
        ({"urine": {}}, "urine: got"),
    ],
)
def test_what_a_result_has_not_is_named(asked: dict[str, Any], named: str) -> None:
    found = run("100 mg at 08:00", until=24, step=1)
    with pytest.raises(InputError, match=f"^{named}"):
        found.nca(**asked)


def test_people_who_took_other_doses_are_refused() -> None:
    people = ldn.Population(2, seed=1, variability={"CL": ldn.LogNormal(cv=0.2)}, adherence=ldn.Adherence(miss=0.5))
    with pytest.raises(InputError, match="^population: got 'people who took other doses'"):
        run("100 mg at 08:00 daily for 2 days", population=people, until=None, step=1).nca()


def test_pictures_show_lines_and_lines_alone_where_there_are_some() -> None:
    import matplotlib.pyplot as plt

    found = run("100 mg at 08:00", until=120)
    figure = found.nca().plot()
    (ax,) = figure.axes
    assert ax.get_yscale() == "log"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["half-life 18.33 h"]
    assert ax.get_ylabel() == "Level [mg/L]"
    assert any("Weakest evidence" in text.get_text() for text in figure.texts)
    many = ldn.nca(np.arange(4.0), np.tile([1.0, 3.0, 2.0, 1.0], (15, 1))).plot()
    assert sum(ax.axison for ax in many.axes) == 12
    flat = ldn.nca([0, 1, 2], [-1.0, 2.0, -1.0], effect=True, baseline=0.0).plot()
    assert flat.axes[0].get_yscale() == "linear"
    plt.close("all")
