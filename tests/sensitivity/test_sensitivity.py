"""What matters most: elasticities, screening and shares of variance, against closed forms and exact derivatives."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import ldnsim as ldn
from ldnsim import InputError, LdnsimWarning, MissingExtra, cli, models
from ldnsim.models import Clock, Compartment, Inlet, Model, System
from ldnsim.population.spans import spans_of
from ldnsim.study.differences import OFFSETS, STEP, moved, slope

from ..complex_step import CASES, apart

ONE = models.one_compartment(CL=60.0, V=20.0, F=0.5)
AREA = "C_central AUC in the window"
VERBS = (ldn.elasticities, ldn.morris, ldn.sobol)


class Drug(NamedTuple):
    """One amount.

    Attributes
    ----------
    central : float
        Amount [mg].
    """

    central: float


class State(NamedTuple):
    """One component."""

    drug: Drug


class Inputs(NamedTuple):
    """What a test function is of [1].

    Attributes
    ----------
    x1, x2, x3, x4 : float
        Inputs [1].
    """

    x1: float
    x2: float
    x3: float
    x4: float


def rates(state: State, _p: Inputs, _clock: Clock) -> State:
    return State(Drug(-state.drug.central))


def itself(_state: State, p: Inputs, _clock: Clock) -> Inputs:
    return p


def through() -> Model:
    """A model whose outputs are its parameters, so that any function of them can be an endpoint."""
    return Model(
        "through",
        System(State, rates, itself, linear=True),
        lambda _: Inputs(1.0, 1.0, 1.0, 1.0),
        [0.0],
        (Compartment("central", (0,), (Inlet(0, 1.0, 0.0),)),),
        "central",
        "central",
        {"central": "x1"},
    )


def of_inputs(verb: Any, function: Any, over: Any, **settings: Any) -> Any:
    """Ask of a function of the four inputs."""

    def read(data: Any) -> Any:
        return function(*(data[name].values[:, -1] for name in Inputs._fields))

    return verb("1 mg iv", {"y": read}, over, model=through(), until=1, step=1, **settings)


def column(found: Any, name: str) -> dict[str, float]:
    """A column of a table of one output, by parameter."""
    return dict(zip(found.table["parameter"], found.table[name], strict=True))


def ishigami(x1: Any, x2: Any, x3: Any, _: Any) -> Any:
    return np.sin(x1) + 7 * np.sin(x2) ** 2 + 0.1 * x3**4 * np.sin(x1)


def test_shares_of_the_function_of_ishigami_are_those_of_its_closed_form() -> None:
    a, b = 7.0, 0.1
    alone = [(1 + b * math.pi**4 / 5) ** 2 / 2, a**2 / 8, 0.0]
    with_third = b**2 * math.pi**8 * 8 / 225
    variance = sum(alone) + with_third
    over = dict.fromkeys(Inputs._fields, (-math.pi, math.pi))
    found = of_inputs(ldn.sobol, ishigami, over, n=1024)
    first, total = column(found, "S1"), column(found, "ST")
    exact = {"x1": (alone[0], alone[0] + with_third), "x2": (alone[1],) * 2, "x3": (0.0, with_third), "x4": (0.0, 0.0)}
    for name, (own, joint) in exact.items():
        assert first[name] == pytest.approx(own / variance, abs=0.04)
        assert total[name] == pytest.approx(joint / variance, abs=0.04)
        assert abs(total[name] - joint / variance) <= 1.5 * column(found, "ST_conf")[name] + 1e-12
    assert found.table["parameter"].tolist() == ["x1", "x2", "x3", "x4"]


def test_indices_settle_as_the_design_grows() -> None:
    over = dict.fromkeys(Inputs._fields, (0.0, 1.0))
    found = of_inputs(ldn.sobol, lambda x1, x2, x3, _: x1 + 2 * x2 + 3 * x3, over, n=512)
    every = found.convergence
    assert sorted(set(every["n"])) == [64, 128, 256, 512]
    exact = {"x1": 1 / 14, "x2": 4 / 14, "x3": 9 / 14, "x4": 0.0}
    gaps = every.assign(gap=(every["ST"] - every["parameter"].map(exact)).abs()).groupby("n")[["gap", "ST_conf"]].max()
    assert gaps["gap"].iloc[-1] < 0.02
    assert gaps["ST_conf"].iloc[-1] < gaps["ST_conf"].iloc[0] / 2
    last = every[every["n"] == 512].set_index("parameter")["ST"]
    assert column(found, "ST") == pytest.approx(last.to_dict())
    # what is straight in each has no shares that are made together
    assert column(found, "S1") == pytest.approx(exact, abs=0.03)
    assert "within the intervals" in str(found)


def test_the_effect_of_a_straight_line_is_its_slope_times_the_range_and_what_is_inert_has_none() -> None:
    over = {"x1": (0, 1), "x2": (-1, 1), "x3": (1, 100, "log"), "x4": (3, 4)}
    found = of_inputs(ldn.morris, lambda x1, x2, x3, _: x1 - 3 * x2 + np.log(x3), over, n=8)
    assert column(found, "mu_star") == pytest.approx({"x1": 1, "x2": 6, "x3": math.log(100), "x4": 0})
    assert column(found, "mu")["x2"] == pytest.approx(-6)
    assert column(found, "sigma") == pytest.approx(dict.fromkeys(over, 0.0), abs=1e-12)
    assert column(found, "mu_star")["x4"] == 0.0
    assert found.table["parameter"].tolist() == ["x2", "x3", "x1", "x4"]


def test_what_acts_only_together_with_another_has_effects_that_differ() -> None:
    over = {"x1": (-1, 1), "x2": (-1, 1)}
    found = of_inputs(ldn.morris, lambda x1, x2, *_: x1 * x2, over, n=64)
    assert (found.table["sigma"] > found.table["mu_star"]).all()
    assert found.table["mu"].abs().max() < found.table["mu_star"].min()


@pytest.mark.parametrize("start", ["untreated", "steady-state"])
def test_an_area_goes_with_dose_and_share_absorbed_and_with_one_over_clearance(start: str) -> None:
    found = ldn.elasticities(
        "100 mg iv daily", [AREA], ["CL", "V", "F", "mg"], model=ONE, until=24, step=1, start=start
    )
    assert column(found, "elasticity") == pytest.approx({"CL": -1, "F": 1, "mg": 1, "V": 0}, abs=1e-6)
    assert found.table["value"].to_numpy() == pytest.approx(0.5 * 100 / 60, rel=1e-6)
    assert set(found.table["output unit"]) == {"mg/L*h"}
    assert set(found.table["why"]) == {"no range"}


@pytest.mark.parametrize("name", [*CASES][:4])
def test_derivatives_of_library_models_are_those_of_a_complex_step(name: str) -> None:
    relative, absolute = apart(CASES[name])
    assert relative < 1e-4
    assert absolute < 1e-4


@pytest.mark.parametrize("name", [*CASES][4:])
def test_derivatives_of_naltrexone_are_those_of_a_complex_step(name: str) -> None:
    relative, absolute = apart(CASES[name]._replace(names=["pk.f", "receptors.kd", "endorphin.kout_bend"]))
    assert relative < 1e-4
    assert absolute < 1e-5


@pytest.mark.parametrize("left", [(1, 2, -1, -2), (1, -1), (1, 2), (-1, -2), (1, 2, -1), (1,)])
def test_a_slope_is_exact_for_polynomials_of_as_high_a_degree_as_there_are_rows(left: tuple[int, ...]) -> None:
    at, value = np.array([0, *OFFSETS]) * 2 * STEP, 2.0
    degree = len(left)
    rows = 2 + 3 * at + sum(7.0**k * at**k for k in range(2, degree + 1))
    ran = np.array([True, *(offset in left for offset in OFFSETS)])
    assert slope(rows, ran, 0, value) == pytest.approx(3, rel=1e-9)
    assert moved({"a": value}, ["a"])["a"] == pytest.approx(value + at)
    assert math.isnan(slope(rows, ran & (np.arange(5) == 0), 0, value))


def test_the_ends_of_a_tornado_are_runs_with_one_parameter_at_the_end_of_its_ledger_range() -> None:
    settings: dict[str, Any] = {"until": 24, "step": 1.0}
    found = ldn.elasticities("4.5 mg at 22:00", ["ntx Cmax"], ["pk.cl", "receptors.kd"], engine="batch", **settings)
    row = found.table.set_index("parameter").loc["pk.cl"]
    span = {span.name: span for span in spans_of(ldn.resolve("popular"))[0]}["pk.cl"]
    assert (row["low"], row["high"]) == pytest.approx(span.limits)
    for end in ("low", "high"):
        alone = ldn.simulate("4.5 mg at 22:00", parameters={"pk.cl": row[end]}, **settings).summary()["ntx Cmax"][-1]
        assert row[f"at {end}"] == pytest.approx(alone, rel=1e-4)
    assert row["elasticity"] < 0
    # what is calibrated has no range, and an elasticity all the same
    assert found.table["why"].tolist() == ["", "no range"]
    assert found.weakest == "calibrated"


def test_a_time_of_day_has_ends_and_no_elasticity() -> None:
    found = ldn.elasticities("4.5 mg at 22:00", ["blockade starts"], ["pk.f"], until=24, step=1, engine="batch")
    row = found.table.iloc[0]
    assert math.isnan(row["elasticity"])
    assert row["why"] == "no elasticity of a time of day"
    # sooner after more, counted from midnight before the day
    assert row["at low"] > row["value"] > row["at high"] > 22
    assert "blockade starts [h]" in str(found)


def test_without_names_everything_behind_the_output_with_a_range_is_moved_and_the_rest_is_held() -> None:
    found = ldn.morris("4.5 mg at 22:00", ["ntx Cmax"], n=4, until=6, step=1, engine="batch")
    assert {"pk.cl", "pk.f", "pk.ka"} <= set(found.table["parameter"])
    assert found.question.held["pk.vc"].startswith("calibrated to ")
    assert not any(name.startswith("tlr4.") for name in [*found.table["parameter"], *found.question.held])
    assert set(found.table["parameter"][:3]) == {"pk.f", "pk.cl", "pk.ka"}
    assert "Held: " in str(found)


def test_half_lives_are_spread_as_their_row_says_and_spreads_beyond_their_middle_only_where_variance_is_shared() -> (
    None
):
    asked: dict[str, Any] = {"regimen": "1 mg", "wanted": ["ntx Cmax"], "over": ["pk.ka", "receptors.koff"]}
    settings: dict[str, Any] = {"until": 3, "step": 1, "engine": "batch"}
    screened, shared = ldn.morris(**asked, n=8, **settings), ldn.sobol(**asked, n=32, **settings)
    for runs, beyond in ((screened.runs, False), (shared.runs, True)):
        row: Any = screened.table.set_index("parameter").loc["pk.ka"]
        low, high = row["low"], row["high"]
        assert ((runs["pk.ka"] < low * (1 - 1e-9)) | (runs["pk.ka"] > high * (1 + 1e-9))).any() == beyond
        # evenly in h, the unit of the row
        assert (1 / runs["receptors.koff"]).between(1 - 1e-9, 1.5 + 1e-9).all()
    assert (1 / shared.runs["receptors.koff"]).median() == pytest.approx(1.25, abs=0.05)


def test_covariates_and_the_dose_are_moved_like_parameters() -> None:
    drug = models.one_compartment(CL=lambda c: 60 * c["WT"] / 70, V=20.0)
    over = {"WT": (35, 140, "log"), "mg": (50, 200, "log"), "V": (15, 25)}
    settings: dict[str, Any] = {"model": drug, "covariates": {"WT": 70}, "until": 24, "step": 1}
    found = ldn.elasticities("100 mg iv", [AREA], over, **settings)
    assert column(found, "elasticity") == pytest.approx({"WT": -1, "mg": 1, "V": 0}, abs=1e-6)
    rows: Any = found.table.set_index("parameter")
    assert rows.loc["mg", "at high"] == pytest.approx(2 * rows.loc["mg", "value"])
    # the logarithm of the first level is the sum of those of dose and volume, and clearance has no say in it yet
    logarithm = {"log": lambda data: np.log(data["C_central"].max("time"))}
    shares = column(ldn.sobol("100 mg iv", logarithm, over, n=256, **settings), "ST")
    of_dose, of_volume = math.log(4) ** 2 / 12, float(np.log(np.linspace(15, 25, 10_001)).var())
    assert shares["WT"] == pytest.approx(0, abs=1e-9)
    assert shares["mg"] == pytest.approx(of_dose / (of_dose + of_volume), abs=0.05)


def test_a_parameter_that_a_model_makes_of_a_covariate_is_not_moved_beside_it() -> None:
    drug = models.one_compartment(CL=lambda c: 60 * c["WT"] / 70, V=20.0)
    for verb in VERBS:
        with pytest.raises(InputError, match="over: got 'CL', expected to be left out beside WT"):
            verb("100 mg iv", [AREA], {"WT": (50, 90), "CL": (30, 90)}, model=drug, covariates={"WT": 70}, until=2)


def test_ledger_covariates_start_from_their_reference() -> None:
    found = ldn.elasticities("4.5 mg", ["ntx Cmax"], {"weight": (50, 90)}, until=12, step=1, engine="batch")
    row = found.table.iloc[0]
    assert (row["typical"], row["unit"]) == (70.0, "kg")
    assert row["at low"] > row["value"] > row["at high"]


def test_a_constant_output_has_no_shares_and_says_why() -> None:
    over = {"x1": (0, 1), "x2": (0, 1)}
    found = of_inputs(ldn.sobol, lambda *x: np.full(len(x[0]), 3.0), over, n=16)
    assert found.table["ST"].isna().all()
    assert set(found.table["why"]) == {"the output does not vary over these ranges"}
    assert "does not vary" in str(found)
    assert found.plot().axes
    plt.close("all")
    screened = of_inputs(ldn.morris, lambda *x: np.full(len(x[0]), 3.0), over, n=4)
    assert (screened.table["mu_star"] == 0).all()
    assert "nothing that is moved changes it" in str(screened)


@pytest.mark.parametrize("verb", [ldn.morris, ldn.sobol])
def test_a_block_in_which_a_run_has_no_value_is_left_out_whole_and_said(verb: Any) -> None:
    def holed(x1: Any, x2: Any, x3: Any, _: Any) -> Any:
        return np.where(np.maximum(np.maximum(x1, x2), x3) < 0.3, np.nan, x1 + x2)

    over = dict.fromkeys(("x1", "x2", "x3"), (0, 1))
    with pytest.warns(LdnsimWarning, match=r"y: \d+ of 64 blocks of . runs were left out: \d+ have no value"):
        found = of_inputs(verb, holed, over, n=64)
    assert column(found, found.table.columns[2])["x3"] == pytest.approx(0, abs=1e-12)
    block = 4 if verb is ldn.morris else 5
    whole = np.isfinite(found.runs["y"].to_numpy()).reshape(-1, block).all(axis=1)
    assert 0 < (~whole).sum() < 0.2 * 64
    assert set(found.convergence["used"][found.convergence["n"] == 64]) == {whole.sum()}
    assert np.isfinite(found.table.iloc[:, 2:5].to_numpy()).all()
    assert "left out" in str(found)


def test_too_many_runs_without_a_value_or_that_cannot_be_run_are_refused_with_the_reason() -> None:
    with pytest.raises(InputError, match=r"wanted: got 'y: .* blocks have a run without a value'"):
        of_inputs(ldn.sobol, lambda x1, *_: np.where(x1 < 0.3, np.nan, x1), {"x1": (0, 1), "x2": (0, 1)}, n=16)
    settings: dict[str, Any] = {"until": 2, "step": 1, "engine": "batch", "n": 16}
    with pytest.raises(InputError, match="over: got .* most often: pk.f is .*, expected at most pk.fa"):
        ldn.sobol("1 mg", ["ntx Cmax"], {"pk.f": (0.1, 0.3), "pk.fa": (0.2, 0.9)}, **settings)
    with pytest.raises(ldn.SolverError, match="no run of the design finished"):
        ldn.sobol("1 mg", ["ntx Cmax"], {"pk.f": (0.97, 0.99)}, **settings)


def test_runs_that_cannot_be_done_are_counted_apart_from_those_without_a_value() -> None:
    with pytest.warns(LdnsimWarning, match=r"runs failed \(most often: pk.f is .*, expected at most pk.fa"):
        found = ldn.morris(
            "1 mg", ["ntx Cmax"], {"pk.f": (0.1, 0.3), "pk.fa": (0.295, 0.9), "pk.cl": None, "pk.ka": None}, n=32,
            seed=3, until=2, step=1, engine="batch",
        )  # fmt: skip
    failed = found.runs["status"] == 3
    assert failed.any()
    assert (failed == (found.runs["pk.f"] > found.runs["pk.fa"])).all()
    assert "have no value" not in found.lost[0]


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__)
def test_a_record_says_all_that_is_needed_to_ask_again(verb: Any) -> None:
    over = {"CL": (30, 90), "V": ("15 L", "25000 mL", "log"), "mg": (50, 200)}
    size = {} if verb is ldn.elasticities else {"n": 16, "seed": 3}
    found = verb("100 mg iv", [AREA], over, model=ONE, until=12, step=1, **size)
    record = json.loads(json.dumps(found.record))
    assert record["arguments"]["over"] == {"CL": [30, 90, "linear"], "V": [15, 25, "log"], "mg": [50, 200, "linear"]}
    again = getattr(ldn, record["verb"])(**{**record["arguments"], "model": ONE})
    pd.testing.assert_frame_equal(again.table, found.table)
    pd.testing.assert_frame_equal(again.runs, found.runs)
    assert record["parameters"]["CL"][0] == 60.0
    if size:
        other = verb("100 mg iv", [AREA], over, model=ONE, until=12, step=1, n=16, seed=4)
        assert not np.array_equal(other.runs["CL"], found.runs["CL"])


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__)
def test_pictures_name_outputs_units_and_evidence_and_progress_goes_up_to_one(verb: Any) -> None:
    seen: list[float] = []
    over = {"CL": (30, 90), "V": (15, 25)}
    wanted = {
        "a $100": lambda data: data["C_central"].max("time"),
        "last": lambda data: data["C_central"].isel(time=-1),
    }
    size = {} if verb is ldn.elasticities else {"n": 16}
    found = verb("100 mg iv", wanted, over, model=ONE, until=2, step=1, progress=seen.append, **size)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    figure = found.plot()
    axes = figure.axes
    assert {"a $100", "last"} <= {ax.get_title(loc="left") for ax in axes}
    assert all(ax.get_xlabel() for ax in axes)
    assert "Weakest evidence" in " ".join(text.get_text() for text in figure.texts)
    assert "100 mg" in figure.get_suptitle()
    figure.canvas.draw()
    plt.close("all")
    named = verb("100 mg iv", [AREA], over, model=ONE, until=2, step=1, **size)
    labels = {text for ax in named.plot().axes for text in (ax.get_xlabel(), ax.get_title(loc="left"))}
    assert any(AREA in text.replace("\n", " ") for text in labels)
    plt.close("all")
    assert (
        str(named).splitlines()[0]
        == "100 mg intravenous at 22:00 once; assumptions: one_compartment, given with the model"
    )


def test_a_record_is_plain_whatever_was_said() -> None:
    said: dict[str, Any] = {"assumptions": ldn.Assumptions(site="pet"), "endotoxin": ldn.Endotoxin(1.0, 3.0)}
    found = ldn.elasticities(
        ldn.Regimen.parse("1 mg"), ["ntx Cmax"], ["pk.f"], until=3, step=1, engine="batch",
        covariates={"weight": 80}, **said,
    )  # fmt: skip
    arguments = json.loads(json.dumps(found.record))["arguments"]
    assert ldn.Assumptions.of(arguments["assumptions"]) == said["assumptions"]
    assert arguments["endotoxin"] == {"time": 1.0, "peak": 3.0}
    assert column(found, "elasticity")["pk.f"] == pytest.approx(1, abs=1e-6)


def broken(_: Any) -> Any:
    raise ValueError("not today")


ASKED: dict[str, Any] = {
    "regimen": "100 mg iv",
    "wanted": [AREA],
    "over": {"CL": (30, 90)},
    "model": ONE,
    "until": 2,
    "step": 1,
}


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"over": {"CL": (9, 1)}}, r"over\['CL'\]: got \(9, 1\), expected a low end below the high end"),
        ({"over": {"CL": (0, 1, "log")}}, "a low end above 0"),
        ({"over": {"CL": (1, 2, "cubic")}}, r"over\['CL'\], shape: got 'cubic', expected one of linear, log"),
        ({"over": {"CL": (1,)}}, r"over\['CL'\]: got \(1,\), expected two ends"),
        ({"over": {"CL": "wide"}}, "two ends"),
        ({"over": {"CL": ("1 mg", "2 mg")}}, "converts to L/h"),
        ({"over": {"CL": (math.nan, 2)}}, "got nan"),
        ({"over": {"F": (0.5, 1.5)}}, "got 1.5"),
        ({"over": {"CLX": (1, 2)}}, "over: got 'CLX', expected one of"),
        ({"over": "CL"}, "over: got 'CL'"),
        ({"over": []}, "at least one of"),
        ({"over": ["CL", "CL"]}, "each once"),
        ({"over": 3}, "over: got 3"),
        ({"wanted": []}, "wanted"),
        ({"wanted": "Cmax"}, "wanted: got 'Cmax', expected one of"),
        ({"wanted": ["Cmax"]}, "wanted: got 'Cmax', expected one of"),
        ({"wanted": {}}, "wanted"),
        ({"wanted": {"a": 3}}, r"wanted\['a'\]: got 3"),
        ({"wanted": {"a": broken}}, r"wanted\['a'\].*raised ValueError: not today"),
        ({"wanted": {"CL": broken}}, "wanted: got 'CL', expected names other than"),
        ({"population": ldn.Population(3)}, "population: got .* to be left out"),
        ({"regimen": 3}, "regimen"),
        ({"regimen": "50 mg for 1 day then 100 mg for 1 day", "over": {"mg": (1, 2)}}, "mg: got"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_by_each(parts: dict[str, Any], said: str) -> None:
    for verb in VERBS:
        with pytest.raises(InputError, match=said):
            verb(**{**ASKED, **parts})


@pytest.mark.parametrize(
    ("verb", "parts", "said"),
    [
        (ldn.sobol, {"over": ["CL"]}, r"over: got 'CL', expected a range for it.*given with the model"),
        (ldn.morris, {"over": None}, "over: got None, expected names with ranges"),
        (ldn.sobol, {"n": 100}, "n: got 100, expected a power of 2, such as 64 or 128"),
        (ldn.sobol, {"n": 8}, "n: got 8"), (ldn.morris, {"n": 3}, "n: got 3"), (ldn.morris, {"n": 10**9}, "n: got"),
        (ldn.sobol, {"seed": -1}, "seed: got -1"), (ldn.morris, {"seed": 0.5}, "seed: got 0.5"),
    ],
)  # fmt: skip
def test_what_is_no_design_is_refused(verb: Any, parts: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        verb(**{**ASKED, **parts})


def test_levels_of_covariates_and_calibrated_parameters_without_a_range_are_refused_with_the_reason() -> None:
    for over in (["liver"], {"liver": (0, 1)}):
        with pytest.raises(InputError, match="over: got 'liver', expected what has numbers"):
            ldn.morris("1 mg", ["ntx Cmax"], over)
    with pytest.raises(InputError, match=r"receptors.kd.*calibrated to one 4.5 mg dose"):
        ldn.morris("1 mg", ["ntx Cmax"], ["receptors.kd"])


def test_without_salib_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ldnsim.sensitivity.designs.find_spec", lambda _: None)
    for verb in (ldn.morris, ldn.sobol):
        with pytest.raises(MissingExtra, match=r"ldnsim\[sensitivity\]"):
            verb(**ASKED)
    assert len(ldn.elasticities(**ASKED).table) == 1


def test_the_command_prints_and_writes_each_method(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ldnsim.study.ensemble.usual_for_many", lambda *_: "batch")

    def run(*arguments: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as stop:
            cli.main(["sensitivity", "1 mg at 22:00", "--of", "ntx Cmax", "--until", "6 h", *arguments])
        assert stop.value.code == code
        return capsys.readouterr().out if not code else capsys.readouterr().err

    figure, table = tmp_path / "what.png", tmp_path / "what.csv"
    ranges = ["--over", "pk.cl", "--over", "pk.vc=100:200 L", "--over", "mg=1:6:log"]
    printed = run(*ranges, "--plot", str(figure), "--csv", str(table), "--set", "pk.f=0.2")
    assert "elasticity" in printed
    assert "changed pk.f" in printed
    assert figure.read_bytes().startswith(b"\x89PNG")
    written: Any = pd.read_csv(table).set_index("parameter")
    assert written.loc["mg", "elasticity"] == pytest.approx(1, abs=1e-4)
    assert written.loc["pk.vc", ["low", "high"]].tolist() == [100, 200]
    assert "mu_star" in run("--method", "morris", "--n", "4", *ranges)
    assert "First indices add up to" in run("--method", "sobol", "--n", "16", *ranges)
    assert "--method: got 'best'" in run("--method", "best", code=2)
    assert "--n: got 4, expected to be left out" in run("--n", "4", code=2)
    assert "--over: got 'pk.cl='" in run("--over", "pk.cl=", code=2)
    assert "a low end below the high end" in run("--over", "pk.cl=2:1", code=2)


def test_an_ensemble_says_what_holds_where_a_name_is_no_column() -> None:
    drug = models.one_compartment(CL=lambda c: c["WT"], V=20.0)
    ready = ldn.Ensemble("100 mg iv", model=drug, until=1, covariates={"WT": 70})
    assert {"CL", "V", "mg", "WT"} <= set(ready.names)
    assert [ready.typical(name) for name in ("CL", "mg", "WT")] == [70, 100, 70]
    assert [ready.unit(name) for name in ("CL", "mg", "WT")] == ["L/h", "mg", ""]
    naltrexone = ldn.Ensemble("1 mg", until=1, engine="batch")
    assert (naltrexone.typical("weight"), naltrexone.unit("weight")) == (70, "kg")
    with pytest.raises(InputError, match="names: got 'liver'"):
        naltrexone.typical("liver")
