"""Running event tables: what comes out, for one subject and for many."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from ldnsim import EventTable, InputError, TableRun, models, simulate
from ldnsim.plots import panels as plots
from ldnsim.results.summary import summarise

MODEL = models.one_compartment(CL=2, V=20, ka=1.2)
TWO: dict[str, list[Any]] = {
    "ID": ["a", "a", "a", "b", "b"],
    "TIME": [0, 0, 5, 0, 5],
    "EVID": [0, 1, 0, 1, 0],
    "AMT": [0, 100, 0, 200, 0],
    "SITE": ["x", "x", "y", "z", "z"],
}


@pytest.fixture(scope="module")
def run() -> TableRun:
    return simulate(EventTable.of(TWO), model=MODEL)


def test_one_row_for_every_observation_row_in_file_order(run: TableRun) -> None:
    rows = run.rows()
    assert rows["ID"].tolist() == ["a", "a", "b"]
    assert rows["TIME"].tolist() == [0.0, 5.0, 5.0]
    assert rows["SITE"].tolist() == ["x", "y", "z"]
    assert rows["CMT"].tolist() == ["central"] * 3
    assert list(rows.columns) == (
        "ID TIME EVID CMT A_depot A_central C_central IPRED TAD DV MDV SITE".split()  # noqa: SIM905
    )
    assert np.isnan(rows["TAD"][0])
    assert rows["TAD"].tolist()[1:] == [5.0, 5.0]
    assert rows["A_central"][2] == pytest.approx(2 * rows["A_central"][1], rel=1e-12)
    assert (rows["C_central"] == rows["A_central"] / 20).all()


def test_subjects_do_not_touch_each_other(run: TableRun) -> None:
    alone = simulate(EventTable.of({name: cells[3:] for name, cells in TWO.items()}), model=MODEL).rows()
    assert alone["A_central"][0] == run.rows()["A_central"][2]


def test_the_dataset_of_a_subject_has_both_sides(run: TableRun) -> None:
    data = run.subject("a")
    assert data["time"].values[:2].tolist() == [0.0, 0.0]
    assert data["side"].values[:2].tolist() == [-1, 1]
    assert data["A_depot"].values[:2].tolist() == [0.0, 100.0]
    assert data.sizes["time"] == 52
    with pytest.raises(InputError, match="^id: got 'c', expected one of a, b"):
        run.subject("c")


def test_summary_and_plot(run: TableRun) -> None:
    summary: Any = run.summary()
    assert summary.loc[("b", 1), "cmax"] == pytest.approx(2 * summary.loc[("a", 1), "cmax"])
    # ln(ka/k)/(ka - k), to the step of the grid
    assert summary.loc[("a", 1), "tmax"] == pytest.approx(np.log(1.2 / 0.1) / 1.1, abs=0.1)
    assert summary["doses"].tolist() == [1, 1]
    axes = run.plot("b")
    assert axes.get_xlabel() == "TIME [h]"
    assert axes.get_ylabel() == "C central"
    with pytest.raises(InputError, match="^name:"):
        plots.course_of(run.subject("a"), "tone")


def test_progress_reaches_the_end() -> None:
    seen: list[float] = []
    simulate(EventTable.of(TWO), model=MODEL, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_samples_beside_the_rows() -> None:
    table = EventTable.of({"ID": [1, 1], "TIME": [0, 6], "AMT": [10, 0]})
    data = simulate(table, model=MODEL, step=3.0, at=[1.5], until=9.0).subject(1)
    assert data["time"].values.tolist() == [0.0, 0.0, 1.5, 3.0, 6.0, 9.0]
    with pytest.raises(InputError, match="^at:"):
        simulate(table, model=MODEL, at=[7.0])


def test_varying_covariates_are_followed_by_rows_only() -> None:
    table = EventTable.of(
        {"ID": [1] * 3, "TIME": [0, 2, 4], "AMT": [10, 0, 0], "WT": [70, 80, 80]}, covariates={"WT": "locf"}
    )
    run = simulate(table, model=models.one_compartment(CL=lambda c: c["WT"] / 35, V=20))
    assert len(run.rows()) == 2
    level, clearances = run.subject(1)["A_central"], (1.0 * 70 / 35, 80 / 35)
    # locf: 70 kg from 0 to 2 h, 80 kg from 2 to 4 h
    expected = [10 * math.exp(-clearances[0] * 0.1), 10 * math.exp(-clearances[0] * 0.1 - clearances[1] * 0.1)]
    assert level.drop_duplicates("time", keep="last").sel(time=[2.0, 4.0]).values.tolist() == pytest.approx(expected)
    assert run.summary()["cmax"].tolist() == [pytest.approx(0.5)]


def test_each_stretch_of_time_has_its_own_summary_and_curve() -> None:
    cells = {"ID": [1] * 5, "TIME": [0, 10, 0, 5, 10], "AMT": [100, 0, 1, 0, 0], "EVID": [1, 0, 4, 0, 0]}
    run = simulate(EventTable.of(cells), model=models.one_compartment(CL=2, V=20))
    assert run.summary()["cmax"].tolist() == pytest.approx([5.0, 0.05])
    assert run.summary().index.tolist() == [(1, 1), (1, 2)]
    drawn = np.asarray(run.plot().lines[0].get_xdata(), dtype=float)
    assert np.isnan(drawn).sum() == 1


def test_a_steady_start_has_nothing_before_it() -> None:
    cells = {"ID": [1, 1], "TIME": [0, 5], "AMT": [100, 0], "SS": [1, 0], "II": [12, 0]}
    model = models.turnover(1, kin=10, kout=0.01, CL=2, V=20, Imax=0.9, IC50=1)
    run = simulate(EventTable.of(cells), model=model)
    assert float(run.subject(1)["response"].max()) < 300


def test_cancelled_doses_are_not_counted() -> None:
    cells = {"ID": [1] * 3, "TIME": [0, 36, 200], "EVID": [1, 1, 0], "AMT": [100, 100, 0], "ADDL": [10, 0, 0],
             "II": [24, 12, 0], "SS": [0, 1, 0]}  # fmt: skip
    run = simulate(EventTable.of(cells), model=models.one_compartment(CL=2, V=20))
    assert run.summary()["doses"].tolist() == [3]


def test_computed_columns_stand_beside_carried_ones_of_the_same_name() -> None:
    for name in ("IPRED", "TAD", "A_central", "C_central"):
        cells = {"ID": [1, 1], "TIME": [0, 5], "AMT": [100, 0], name: [-1, -2], f"{name}_input": ["x", "y"]}
        rows = simulate(EventTable.of(cells), model=MODEL).rows()
        assert rows[name][0] > 0
        assert rows[f"{name}_input_input"].tolist() == [-2]
        assert rows[f"{name}_input"].tolist() == ["y"]


def test_several_subjects_share_axes_in_colours_of_their_own(run: TableRun) -> None:
    together = run.plot(["a", "b"])
    curves = [line for line in together.lines if line.get_gid()]
    assert len({(line.get_color(), str(line.get_linestyle())) for line in curves}) == 2
    assert [text.get_text().strip("\u200b") for text in together.get_legend().get_texts()] == ["subject a", "subject b"]
    one_by_one = run.plot("b", run.plot("a"))
    assert [line.get_color() for line in one_by_one.lines] == [line.get_color() for line in together.lines]
    # the smaller one, drawn last, does not cut off the larger
    assert run.plot(["b", "a"]).get_ylim()[1] >= run.summary()["cmax"].max()
    wrongs: list[Any] = [[], ["a", "c"], [["a"]], {}]
    for wrong in wrongs:
        with pytest.raises(InputError, match="^id:"):
            run.plot(wrong)


def test_the_axes_of_several_in_the_naltrexone_model_name_the_unit() -> None:
    cells = {"ID": [1, 1, 2, 2], "TIME": [0, 6, 0, 6], "AMT": [4.5, 0, 3, 0]}
    axes = simulate(EventTable.of(cells), assumptions="measured").plot([1, 2])
    assert axes.get_ylabel() == "plasma ntx [ng/mL]"
    assert len([line for line in axes.lines if line.get_gid()]) == 2


def test_a_table_without_observations_needs_an_end() -> None:
    table = EventTable.of({"ID": [1], "TIME": [0], "AMT": [100]})
    with pytest.raises(InputError, match="^until:"):
        simulate(table, model=MODEL)
    assert simulate(table, model=MODEL, until="1 day").summary()["cmax"].tolist()[0] > 3


def test_an_unnamed_covariate_is_said() -> None:
    with pytest.raises(InputError, match="^CL, covariate: got 'WT'"):
        simulate(EventTable.of(TWO), model=models.one_compartment(CL=lambda c: c["WT"], V=1))


def test_results_introduce_themselves(run: TableRun) -> None:
    assert repr(run).startswith("<TableRun of <EventTable table: 2 subjects, 5 rows, 2 of them doses")


def test_setting_what_is_no_single_amount_is_refused() -> None:
    cells = {"ID": [1, 1], "TIME": [0, 0], "EVID": ["replace", 0], "AMT": [2, 0], "CMT": ["ntx", "ntx"]}
    with pytest.raises(InputError, match="row 1, column CMT"):
        simulate(EventTable.of(cells))


def test_the_naltrexone_model_takes_tables_in_mg() -> None:
    table = EventTable.of(
        {"ID": [1] * 3, "TIME": [0, 1, 6], "EVID": [1, 0, 0], "AMT": [4.5, 0, 0], "CMT": ["oral", "ntx", "bnx6"]}
    )
    run = simulate(table, assumptions="measured", clock="21:00")
    regimen = simulate("4.5 mg at 21:00", assumptions="measured", until=6.0)
    rows, plasma = run.rows(), regimen.data["plasma"].drop_duplicates("time").sel(time=[1.0, 6.0])
    np.testing.assert_allclose(rows["plasma_ntx"], plasma.sel(analyte="ntx"), rtol=1e-7)
    assert rows["IPRED"].tolist() == [rows["plasma_ntx"][0], rows["plasma_bnx6"][1]]
    assert rows["effects_tone"][1] == pytest.approx(float(regimen.data["tone"].isel(time=-1)), rel=1e-7)
    assert rows.attrs["assumptions"] == "measured"
    data = run.subject(1)
    np.testing.assert_allclose(data["tone"].isel(time=-1), regimen.data["tone"].isel(time=-1), rtol=1e-7)
    assert data.attrs["assumptions"] == "measured"
    assert data["clock"].values[0] == 21.0
    assert summarise(data)["ntx Cmax"][0] == pytest.approx(run.summary()["cmax"].iloc[0])
    assert len(run.plot()) == 4


def test_salt_and_route_decide_the_amount() -> None:
    def dosed(cmt: str, hour: float = 0, **columns: Any) -> float:
        cells = {"ID": [1, 1], "TIME": [0, hour], "EVID": [1, 0], "AMT": [10, 0], "CMT": [cmt, "ntx"], **columns}
        rows = simulate(EventTable.of(cells)).rows()
        return float(rows.filter(like="A_").sum(axis=1)[0])

    assert dosed("intravenous") == pytest.approx(10 / 377.86 * 1e6, rel=1e-3)
    assert dosed("intravenous", SALT=["base", ""]) == pytest.approx(10 / 341.40 * 1e6, rel=1e-3)
    assert dosed("intravenous", salt=["base", ""]) == dosed("intravenous", SALT=["base", ""])
    # four tenths of a depot are released later (LM039); nothing is lost
    assert dosed("intramuscular") == pytest.approx(0.6 * 10 / 341.40 * 1e6, rel=1e-3)
    assert dosed("intramuscular", hour=100) == pytest.approx(10 / 341.40 * 1e6, rel=1e-3)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"model": "one_compartment"}, "model"),
        ({"model": MODEL, "assumptions": "measured"}, "assumptions"),
        ({"model": MODEL, "parameters": {"pk.cl": 1}}, "parameters"),
        ({"model": MODEL, "clock": "22:00"}, "clock"),
        ({"start": "steady-state"}, "start"),
        ({"decide": lambda _: None}, "decide"),
        ({"clock": "noon"}, "clock"),
        ({"step": 0}, "step"),
    ],
)
def test_settings_that_do_not_fit_are_named(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=f"^{named}:"):
        simulate(EventTable.of(TWO), **settings)


@pytest.mark.parametrize("settings", [{}, {"model": MODEL}])
def test_a_regimen_has_a_clock_of_its_own(settings: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="^clock: .*makes a table, which takes it"):
        simulate("4.5 mg", clock="22:00", **settings)  # type: ignore[call-overload]


def test_a_subject_of_one_moment_has_a_level_and_no_area() -> None:
    cells = {"ID": [1, 1], "TIME": [3, 3], "AMT": [100, 0]}
    summary: Any = simulate(EventTable.of(cells), model=models.one_compartment(CL=2, V=20)).summary()
    assert summary.loc[(1, 1), ["cmax", "tmax", "auclast"]].tolist() == [5.0, 3.0, 0.0]


def test_what_is_due_at_a_reset_before_time_zero_is_not_still_to_come() -> None:
    table = EventTable.of(
        {"ID": [1] * 4, "TIME": [-10, -5, -4, 0], "EVID": [1, 3, 0, 0], "AMT": [100, 0, 0, 0],
         "II": [5, 0, 0, 0], "ADDL": [1, 0, 0, 0]}
    )  # fmt: skip
    # warnings are errors: the second dose comes at the reset, and is gone with it
    rows = simulate(table, model=models.one_compartment(CL=2, V=20)).rows()
    assert rows["IPRED"].tolist() == [0.0, 0.0]


def test_cells_that_are_equal_and_not_alike_are_read_each_by_itself() -> None:
    rows = {"ID": [1, 1, 2, 2], "TIME": [0, 2, 0, 2], "AMT": [4.5, 0, 4.5, 0], "WT": [70, "70 kg", 60.0, 60.0]}
    found = simulate(EventTable.of(rows), engine="batch").rows()
    alone = simulate(EventTable.of({**rows, "WT": [70.0] * 4}), engine="batch").rows()
    assert found.iloc[0]["plasma_ntx"] == alone.iloc[0]["plasma_ntx"] == alone.iloc[1]["plasma_ntx"]
    assert found.iloc[1]["plasma_ntx"] != alone.iloc[1]["plasma_ntx"]
    with pytest.raises(InputError, match="row 2, column WT"):
        simulate(EventTable.of({**rows, "WT": [1, True, 60.0, 60.0]}), engine="batch")


def test_subjects_who_look_at_other_times_or_never_are_read_at_their_own() -> None:
    rows = {"ID": [1, 1, 1, 2, 3, 3], "TIME": [0, 1, 5, 0, 0, 3], "AMT": [100, 0, 0, 100, 100, 0]}
    found = simulate(EventTable.of(rows), model=MODEL).rows()
    assert found["ID"].tolist() == [1, 1, 3]
    alone = simulate(EventTable.of({name: cells[4:] for name, cells in rows.items()}), model=MODEL).rows()
    assert found.iloc[2]["C_central"] == alone.iloc[0]["C_central"]
