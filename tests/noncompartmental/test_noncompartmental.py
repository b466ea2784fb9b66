"""Noncompartmental analysis: what was published, closed forms, PKNCA's rules, and why numbers are missing."""

from __future__ import annotations

import re
import warnings
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ldnsim import InputError, LdnsimWarning, Noncompartmental, nca
from ldnsim.cli import main
from ldnsim.noncompartmental.names import EVERY, unit_of

DATA = Path(__file__).parents[1] / "data"
DOSES = {"theoph": 320.0, "indometh": 25.0}
PUBLISHED = pd.read_csv(DATA / "nca_published.csv")
UP_DOWN, LINEAR = "lin up/log down", "linear"


def quiet(*given: Any, **asked: Any) -> Noncompartmental:
    """The analysis, whose doubts are of no interest here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LdnsimWarning)
        return nca(*given, **asked)


def one(*given: Any, **asked: Any) -> pd.Series[Any]:
    """The only row of a table."""
    return quiet(*given, **asked).table.iloc[0]


def why(found: Noncompartmental, name: str) -> str:
    """Why a number is missing in a table of one row."""
    (reason,) = found.reasons.loc[found.reasons["parameter"] == name, "reason"]
    return str(reason)


@pytest.mark.parametrize(
    ("data", "route", "method"),
    [
        (data, route, method)
        for data, routes in (("theoph", ["extravascular"]), ("indometh", ["bolus", "infusion", "extravascular"]))
        for route in routes
        for method in (LINEAR, UP_DOWN)
    ],
)
def test_published_values_are_met(data: str, route: str, method: str) -> None:
    mine = PUBLISHED[(PUBLISHED["data"] == data) & (PUBLISHED["route"] == route)]
    mine = mine[mine["method"].isin(["any", method])]
    frame = pd.read_csv(DATA / f"{data}.csv")
    duration = 0.25 if route == "infusion" else None
    found = quiet(
        frame, by="Subject", dose=DOSES[data], route=route, duration=duration, auc_method=method,
        allow_tmax_in_half_life="bolus",
    ).table  # fmt: skip
    assert len(mine) > 5
    for _, row in mine.iterrows():
        published = row.iloc[4:].dropna().to_numpy(dtype=float)
        # seven decimals are published of most
        np.testing.assert_allclose(
            found[row["parameter"]], published, rtol=1e-6, atol=6e-8, err_msg=str(row["parameter"])
        )


FEW = settings(max_examples=25)
RATES = st.floats(0.02, 1.0)
TIMES = np.array([0, 0.5, 1, 2, 3, 4, 6, 8, 12, 16, 24.0])


@FEW
@given(RATES, st.floats(1, 100), st.floats(1, 50))
def test_a_bolus_into_one_compartment_gives_back_clearance_and_volume(k: float, volume: float, dose: float) -> None:
    found = one(TIMES, dose / volume * np.exp(-k * TIMES), dose=dose, route="bolus")
    assert found["cl_obs"] == pytest.approx(k * volume, rel=1e-9)
    assert found["vz_obs"] == pytest.approx(volume, rel=1e-9)
    assert found["vss_iv_obs"] == pytest.approx(volume, rel=1e-9)
    assert found["mrt_iv_obs"] == pytest.approx(1 / k, rel=1e-9)
    assert found["c0"] == pytest.approx(dose / volume)
    assert found["aucpbext_obs"] == 0


@FEW
@given(RATES, st.floats(0.1, 2.0))
def test_a_bolus_that_is_first_seen_later_is_extrapolated_back(k: float, later: float) -> None:
    time = TIMES + later
    found = one(time, np.exp(-k * time), dose=1, route="bolus")
    assert found["c0"] == pytest.approx(1.0, rel=1e-9)
    assert found["aucinf_obs"] == pytest.approx(1 / k, rel=1e-9)
    assert found["aucpbext_obs"] == pytest.approx(100 * -np.expm1(-k * later), rel=1e-6)


def test_nothing_in_the_blood_before_a_bolus_is_no_sample_of_it() -> None:
    with_it, without = (
        one(time, 16 * np.exp2(-time) * (time > 0), dose=1, route="bolus") for time in (TIMES, TIMES[1:])
    )
    for name in ("c0", "auclast", "aucpbext_obs", "mrt_iv_obs"):
        assert with_it[name] == pytest.approx(without[name])
    assert with_it["aucpbext_obs"] == pytest.approx(100 * (1 - np.exp2(-0.5)))


@FEW
@given(st.floats(0.05, 0.5), st.floats(0.5, 3.0))
def test_half_the_infusion_is_no_residence(k: float, hours: float) -> None:
    time = np.union1d(np.linspace(0, hours, 400), hours + np.linspace(0, 30 / k, 60))
    level = np.where(
        time <= hours, -np.expm1(-k * time) / k, np.exp(-k * (time - hours)) * -np.expm1(-k * hours) / k
    )  # fmt: skip
    found = one(time, level, dose=hours, route="infusion", duration=hours)
    assert found["mrt_iv_obs"] == pytest.approx(1 / k, rel=1e-4)
    assert found["mrt_obs"] - found["mrt_iv_obs"] == pytest.approx(hours / 2)
    assert found["cl_obs"] == pytest.approx(k, rel=1e-4)
    assert found["lambda_z_time_first"] > hours


curve = st.lists(st.floats(0.01, 100), min_size=6, max_size=12)


@FEW
@given(curve, st.floats(0.1, 10), st.sampled_from([UP_DOWN, LINEAR, "lin-log"]))
def test_everything_goes_with_the_dose(level: list[float], times: float, method: str) -> None:
    time = np.arange(len(level), dtype=float)
    once = one(time, level, dose=1, auc_method=method)
    more = one(time, times * np.array(level), dose=times, auc_method=method)
    np.testing.assert_allclose(more["auclast"], times * once["auclast"], rtol=1e-9)
    for name in ("cl_last", "tmax", "mrt_last", "aucall_dn", "cmax_dn", "half_life", "cl_obs"):
        np.testing.assert_allclose(more[name], once[name], rtol=1e-6)


@FEW
@given(curve, st.floats(0.1, 10), st.sampled_from([UP_DOWN, LINEAR, "lin-log"]))
def test_another_unit_of_time_changes_what_has_one(level: list[float], factor: float, method: str) -> None:
    time = np.arange(len(level), dtype=float)
    here, there = (one(when, level, dose=1, auc_method=method) for when in (time, factor * time))
    powers = {"auclast": 1, "aumclast": 2, "mrt_last": 1, "cl_last": -1, "vss_last": 0, "cmax": 0}
    for name, power in powers.items():
        np.testing.assert_allclose(there[name], here[name] * factor**power, rtol=1e-8)
    np.testing.assert_allclose(there["lambda_z"], here["lambda_z"] / factor, rtol=1e-6)


@FEW
@given(curve, st.integers(1, 4))
def test_partial_areas_add_up(level: list[float], parts: int) -> None:
    time, end = np.arange(len(level), dtype=float), len(level) - 1.0
    edges = np.linspace(0, end, parts + 1)
    found = one(time, level, partial_areas=list(pairwise(edges)))
    pieces = [value for name, value in found.items() if str(name).startswith("aucint_last")]
    assert sum(pieces) == pytest.approx(found["auclast"], rel=1e-9)


def test_partial_areas_beyond_the_samples_follow_the_terminal_line() -> None:
    found = one([0, 2, 4, 6, 8], np.exp(-0.3 * np.array([0, 2, 4, 6, 8.0])), partial_areas=[(4, 20)])
    exact = (np.exp(-1.2) - np.exp(-6.0)) / 0.3
    assert found["aucint_inf_obs_4_20"] == pytest.approx(exact)
    assert found["aucint_inf_pred_4_20"] == pytest.approx(exact)
    assert found["aucint_last_4_20"] == pytest.approx((np.exp(-1.2) - np.exp(-2.4)) / 0.3)


def test_levels_below_the_limit_are_kept_first_dropped_between_and_kept_last() -> None:
    time, level = [0, 1, 2, 3, 4, 5, 6], [0, 0, 4, 0, 2, 1, 0]
    found = one(time, level, auc_method=LINEAR)
    # 0, 2 for the rise from 1 to 2, 6 across the gap, 1.5, and the triangle to what is below the limit
    assert found["auclast"] == 2 + 6 + 1.5
    assert found["aucall"] == 2 + 6 + 1.5 + 0.5
    assert (found["tlag"], found["tfirst"], found["tlast"]) == (1, 2, 5)
    kept = one(time, level, auc_method=LINEAR, conc_blq="keep")
    assert kept["auclast"] == 2 + 2 + 1 + 1.5
    told = one(time, level, auc_method=LINEAR, conc_blq={"first": "drop", "middle": 3.0, "last": "drop"})
    assert told["auclast"] == 4 + 3.5 + 2.5 + 1.5 == told["aucall"]


def test_missing_levels_are_left_out_or_replaced() -> None:
    assert one([0, 1, 2], [0, np.nan, 4], auc_method=LINEAR)["auclast"] == 4
    assert one([0, 1, 2], [0, np.nan, 4], auc_method=LINEAR, conc_na=1.0)["auclast"] == 3


def test_texts_of_laboratories_are_read() -> None:
    frame = {"TIME": [0, 1, 2, 3, 4], "DV": ["<0.05", "4", ".", "1", "BLQ"]}
    found = one(frame, auc_method=LINEAR)
    assert (found["auclast"], found["tlast"], found["aucall"]) == (2 + 5, 3, 7.5)
    with pytest.raises(InputError, match="^DV: got 'high'"):
        nca({"TIME": [0, 1], "DV": ["high", "1"]})


def test_after_the_peak_areas_are_logarithmic_by_any_name() -> None:
    time, level = np.array([0, 1, 2, 3.0]), np.array([0, 4, 1, 2.0])
    rise = 4 / 2
    fall = 3 / np.log(4)
    assert one(time, level)["auclast"] == pytest.approx(rise + fall + 1.5)
    assert one(time, level, auc_method="lin-log")["auclast"] == pytest.approx(rise + fall + 1 / np.log(2))
    assert one(time, level, auc_method=LINEAR)["auclast"] == pytest.approx(rise + 2.5 + 1.5)


def test_the_peak_is_in_the_line_where_it_is_allowed() -> None:
    time, level = np.array([0, 1, 2, 3.0]), np.array([8, 4, 2, 1.0])
    given: dict[str, Any] = {"dose": 1, "route": "bolus"}
    assert one(time, level, **given)["lambda_z_n_points"] == 3
    for allowed in (True, "bolus"):
        assert one(time, level, **given, allow_tmax_in_half_life=allowed)["lambda_z_n_points"] == 4
    assert one(time, level, dose=1, allow_tmax_in_half_life="bolus")["lambda_z_n_points"] == 3


def test_the_best_line_has_to_fall() -> None:
    found = quiet([0, 1, 2, 3, 4, 5], [10, 1, 2, 3, 4, 5.2])
    assert np.isnan(found.table["half_life"][0])
    assert why(found, "half_life") == "the line that fits best does not fall"


def test_each_missing_number_says_why() -> None:
    found = quiet([0, 1, 2, 3], [0, 4, 2, 1], route="infusion")
    assert why(found, "half_life") == "fewer than 3 points above zero after Cmax"
    assert why(found, "aucinf_obs") == why(found, "half_life")
    assert why(found, "cl_last") == "no dose is given"
    assert why(found, "c0") == "it is not of a bolus"
    assert why(found, "mrt_iv_last") == "how long the infusion took is not given"
    missing = found.table.iloc[0][list(EVERY)[:40]].isna()
    assert set(missing[missing].index) <= set(found.reasons["parameter"])
    nothing = quiet([0, 1], [0, 0], dose=1)
    assert why(nothing, "tmax") == "no level above zero"
    assert nothing.table["auclast"][0] == 0
    assert why(quiet([0, 1], [1, 2], columns=["auctau"]), "auctau") == "it needs tau="


def test_steady_state_has_numbers_of_its_own() -> None:
    k, tau, dose, volume = 0.2, 12.0, 100.0, 20.0
    time = np.linspace(0, tau, 13)
    level = dose / volume * np.exp(-k * time) / -np.expm1(-k * tau)
    found = quiet(time, level, dose=dose, route="bolus", tau=tau, steady_state=True)
    row = found.table.iloc[0]
    assert row["cl_tau"] == pytest.approx(k * volume)
    assert row["vz_tau"] == pytest.approx(volume)
    assert row["mrt_md_obs"] == pytest.approx(1 / k)
    assert row["vss_md_obs"] == pytest.approx(volume)
    assert row["accumulation_index"] == pytest.approx(1 / -np.expm1(-k * tau))
    assert row["cav"] == pytest.approx(dose / (k * volume) / tau)
    assert row["ptr"] == pytest.approx(np.exp(k * tau))
    assert row["swing"] == pytest.approx(100 * np.expm1(k * tau))
    assert row["deg_fluc"] == pytest.approx(100 * (level[0] - level[-1]) / row["cav"])
    assert "steady state" in why(found, "cl_obs")


def test_an_interval_that_outlasts_the_samples_is_extrapolated() -> None:
    time = np.arange(5.0)
    found = one(time, np.exp(-0.5 * time), route="bolus", dose=1, tau=12)
    assert found["auctau"] == pytest.approx(-np.expm1(-6.0) / 0.5)
    assert found["aumctau"] == pytest.approx((1 - 7 * np.exp(-6.0)) / 0.25)
    assert np.isnan(found["ctrough"])


def test_effects_are_held_against_lines() -> None:
    time, level = [0, 1, 2, 3, 4], [-1, 3, 3, -1, -1]
    found = one(time, level, effect=True, threshold=1.0, baseline=0.0, auc_method=LINEAR)
    assert (found["time_above"], found["time_below"]) == (2, 2)
    # crossings at a quarter of the way up and three quarters of the way down
    assert found["auec_above"] == pytest.approx(0.75 * 3 / 2 + 3 + 0.75 * 3 / 2)
    assert found["auec_below"] == pytest.approx(0.125 + 0.125 + 1)
    assert found["auec_net"] == pytest.approx(found["auec_above"] - found["auec_below"])
    start = one(time, level, effect=True, baseline="start")
    assert (start["auec_above"], start["auec_below"]) == (2 + 4 + 2, 0)


def test_a_falling_curve_crosses_a_threshold_on_its_logarithm() -> None:
    time = np.array([0.0, 10.0])
    assert one(time, np.exp(-0.3 * time), threshold=0.5)["time_above"] == pytest.approx(np.log(2) / 0.3)
    assert one(time, 1 - 0.1 * time, threshold=0.5)["time_above"] == pytest.approx(5.0)


def test_subjects_have_doses_of_their_own() -> None:
    frame = pd.DataFrame({"ID": [2, 2, 1, 1], "time": [0, 1, 0, 1], "conc": [0, 2, 0, 4], "amt": [10, 10, 30, 30]})
    by_column = quiet(frame, by="ID", dose="amt").table
    assert by_column["ID"].tolist() == [2, 1]
    assert by_column["cl_last"].tolist() == [10, 15]
    assert quiet(frame, by="ID", dose={1: 30, 2: 10}).table["cl_last"].tolist() == [10, 15]
    assert quiet(frame, by="ID", dose=[10, 30]).table["cl_last"].tolist() == [10, 15]


def test_intervals_are_profiles_of_their_own() -> None:
    frame = {"time": [0, 1, 2, 3, 4], "conc": [1, 3, 1, 5, 1]}
    found = quiet(frame, intervals=[(0, 2), (2, 4), (3.5, 4)], dose=[4, 6, 1], auc_method=LINEAR).table
    assert found["auclast"].tolist()[:2] == [4, 6]
    assert found["cl_last"].tolist()[:2] == [1, 1]
    assert found["tmax"].tolist()[:2] == [1, 1]
    # what goes on cannot be taken to begin at nothing
    assert np.isnan(found["auclast"][2])


def test_samples_before_the_dose_are_left_out_aloud() -> None:
    with pytest.warns(LdnsimWarning, match="1 samples before the dose are left out"):
        found = nca({"time": [-1, 0, 1], "conc": [9, 0, 2]})
    assert found.table["cmax"][0] == 2


def test_urine_gives_what_was_excreted() -> None:
    frame = {"ID": [1, 1, 2, 2], "time": [0, 2, 0, 2], "conc": [0, 4, 0, 4]}
    urine = {"ID": [1, 1, 2], "concentration": [2, 1, np.nan], "volume": [3, 4, 1]}
    found = quiet(frame, by="ID", dose=20, urine=urine)
    assert found.table[["ae", "fe", "clr_last", "volpk"]].iloc[0].tolist() == [10, 0.5, 2.5, 7]
    assert found.reasons.query("parameter == 'ae'")["reason"].tolist() == ["a level or volume of urine is missing"]


def test_doubtful_half_lives_are_warned_about() -> None:
    with pytest.warns(LdnsimWarning, match=r"span_ratio below 2 in 1, 9, 10; .* more than 20 % .* in 1$"):
        found = nca(pd.read_csv(DATA / "theoph.csv"), by="Subject", dose=320)
    assert found.doubts["parameter"].tolist() == ["half_life"] * 3 + ["aucinf_obs"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nca(pd.read_csv(DATA / "theoph.csv"), by="Subject", min_span_ratio=1, max_aucinf_pext=40)
        nca(pd.read_csv(DATA / "theoph.csv"), by="Subject", columns=["cmax", "auclast"])


@pytest.mark.parametrize(
    ("heading", "units", "dose", "argument", "right"),
    [
        ("time", {"time": "mg"}, "50 mg", "units['time']", "a unit of time"),
        ("time [mg]", {}, "50 mg", "units['time']", "a unit of time"),
        ("time", {"dose": "L"}, 50, "units['dose']", "a unit of a dose"),
        ("time", {}, "50 h", "dose", "a unit of a dose"),
    ],
)
def test_units_of_something_else_are_refused(
    heading: str, units: dict[str, str], dose: object, argument: str, right: str
) -> None:
    frame = {heading: [0.0, 1.0, 2.0], "concentration": [3.0, 2.0, 1.0]}
    with pytest.raises(InputError, match=f"^{re.escape(argument)}: got .*{right}"):
        nca(frame, dose=dose, units=units)


def test_a_text_that_is_no_unit_is_a_label() -> None:
    frame = {"time": TIMES, "conc": np.exp(-TIMES)}
    assert quiet(frame, dose="5 drops", units={"level": "mg/L", "time": "h"}).units["cl_obs"] == "drops/(h*mg/L)"


def test_units_follow_from_headings_and_doses() -> None:
    found = quiet({"time [h]": TIMES, "conc [ng/mL]": np.exp(-0.2 * TIMES)}, dose="5 mg", route="bolus")
    assert found.units["auclast"] == "h*ng/mL"
    assert (found.units["cl_obs"], found.units["vz_obs"]) == ("L/h", "L")
    # 5 mg over an area of 5 h ng/mL
    assert found.table["cl_obs"][0] == pytest.approx(1000.0)
    assert unit_of("clearance", {"time": "h", "level": "mg/L"}) == ""


def test_columns_are_found_by_the_names_of_others() -> None:
    found = quiet(TIMES, np.exp(-TIMES), columns=["lambda.z", "aucinf.obs", "clast"])
    assert list(found.table) == ["lambda_z", "aucinf_obs", "clast_obs"]


def test_many_curves_at_once_are_what_each_is_alone() -> None:
    level = np.exp(-np.outer([0.1, 0.2, 0.4], TIMES)) - np.exp(-2 * TIMES)
    level[1, 4], level[2, 8:] = np.nan, 0.0
    together = quiet(TIMES, level, dose=1).table.drop(columns="profile")
    for row, curve in enumerate(level):
        pd.testing.assert_series_equal(together.iloc[row], one(TIMES, curve, dose=1), check_names=False)


@pytest.mark.parametrize(
    ("given", "asked", "named"),
    [
        (([0, 1, 1], [1, 2, 3]), {}, "time: got '1 twice'"),
        (([0, 2, 1], [1, 2, 3]), {}, "time: got '1 after a later one'"),
        (([0, 1], [1, -2]), {}, "concentration: got -2.0"),
        (([0, 1], [1, np.inf]), {}, "concentration: got 'infinity'"),
        (([0, 1], [1, 2, 3]), {}, "concentration: got (3,)"),
        (([0, 1],), {}, "concentration: got None"),
        (([0, 1], [1, 2]), {"dose": -1}, "dose: got -1"),
        (([0, 1], [1, 2]), {"route": "nose"}, "route: got 'nose'"),
        (([0, 1], [1, 2]), {"duration": 1}, "duration: got 1"),
        (([0, 1], [1, 2]), {"steady_state": True}, "tau: got None"),
        (([0, 1], [1, 2]), {"auc_methd": "linear"}, "auc_methd: got 'linear'"),
        (([0, 1], [1, 2]), {"auc_method": "log"}, "auc_method: got 'log'"),
        (([0, 1], [1, 2]), {"conc_blq": {"first": "keep"}}, "conc_blq: got"),
        (([0, 1], [1, 2]), {"columns": ["cmx"]}, "columns: got 'cmx', expected a name as PKNCA has it, such as cmax"),
        (([0, 1], [1, 2]), {"effect": True}, "effect: got True"),
        (([0, 1], [1, 2]), {"partial_areas": [(2, 1)]}, "partial_areas: got (2, 1)"),
        (([0, 1], [1, 2]), {"variable": "plasma"}, "variable: got 'plasma'"),
        (({"time": [0, 1, 0, 1], "conc": [1, 2, 3, 4]},), {}, "time: got '0 after a later one'"),
        (({"time": [0, 1], "conc": [1, 2]},), {"by": "ID"}, "by: got 'ID'"),
        (({"time": [0, 1], "level": [1, 2]},), {}, "concentration: got None"),
        (({"cmax": [1, 1], "time": [0, 1], "conc": [1, 2]},), {"by": "cmax"}, "by: got 'cmax'"),
        (({"ID": [1, 1], "time": [0, 1], "conc": [1, 2]},), {"by": "ID", "dose": {2: 1}}, "dose: got"),
    ],
)
def test_what_cannot_be_read_is_named(given: Any, asked: Any, named: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(named)}"):
        nca(*given, **asked)


def test_polars_frames_are_read() -> None:
    pl = pytest.importorskip("polars")
    assert one(pl.DataFrame({"time": [0, 1], "conc": [0.0, 2.0]}))["auclast"] == 1


def test_a_text_and_a_record_say_what_was_done() -> None:
    found = quiet(pd.read_csv(DATA / "theoph.csv"), by="Subject", dose=320, units={"level": "mg/L", "time": "h"})
    assert "half_life [h]" in str(found)
    assert "lin up/log down" in str(found)
    record = found.record
    assert record["rules"]["adj_r_squared_factor"] == 1e-4
    again = quiet(record["samples"][0]["time"], record["samples"][0]["level"], dose=record["asked"]["dose"])
    assert again.table["cl_obs"][0] == found.table["cl_obs"][0]


def test_a_table_is_read_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written, reasons, figure = tmp_path / "table.csv", tmp_path / "reasons.csv", tmp_path / "profiles.png"
    command = [
        "nca", str(DATA / "indometh.csv"), "--by", "Subject", "--dose", "25 mg", "--route", "infusion",
        "--duration", "0.25", "--method", "linear", "--unit", "level=mg/L", "--unit", "time=h", "--area", "0,4",
        "--csv", str(written), "--reasons", str(reasons), "--plot", str(figure),
    ]  # fmt: skip
    with pytest.raises(SystemExit) as stop:
        main(command)
    assert stop.value.code == 0
    said = capsys.readouterr()
    assert "half_life [h]" in said.out
    assert "note: half_life: r_squared below 0.9 in 3, 4, 5" in said.err
    table = pd.read_csv(written)
    assert table["vss_iv_obs [L]"][0] == pytest.approx(44.5196227, abs=6e-8)
    assert "aucint_last_0_4 [h*mg/L]" in table
    assert "it is not of a bolus" in pd.read_csv(reasons)["reason"].tolist()
    assert figure.read_bytes().startswith(b"\x89PNG")
    refused = {
        "by: got 'Sex'": ["--by", "Sex"], "columns: got 'cmx'": ["--by", "Subject", "--columns", "cmx"],
        "--area": ["--area", "4"], "--unit": ["--unit", "mg/L"], "--tau": ["--tau", "x"],
        "--baseline": ["--baseline", "y"], "--interval": ["--interval", "2"],
    }  # fmt: skip
    for named, wrong in refused.items():
        with pytest.raises(SystemExit) as stop:
            main(["nca", str(DATA / "indometh.csv"), *wrong])
        assert stop.value.code == 2
        assert named in capsys.readouterr().err
