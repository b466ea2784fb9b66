"""Ensembles: rows of a frame as runs, each as if it had been run alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pytest

from ldnsim import Ensemble, InputError, models, simulate
from ldnsim.base.vocabulary import Term
from ldnsim.endorphin import Clock
from ldnsim.models.dosable import Model
from ldnsim.models.inlets import Compartment
from ldnsim.models.system import System
from ldnsim.models.variables import Assay
from ldnsim.results.readings import read_day, values_of_day
from ldnsim.results.views import last_day

ONE = models.one_compartment(CL=3.0, V=20.0, ka=1.0)


def ready(**settings: Any) -> Ensemble:
    usual: dict[str, Any] = {"until": 24, "step": 1.0, "outputs": ["plasma", "occupancy"], "engine": "batch"}
    return Ensemble("4.5 mg at 22:00", **(usual | settings))


def test_a_row_is_a_run_with_these_parameters_covariates_and_dose() -> None:
    rows = {"pk.cl": [110.0, 160.0, 140.0], "mg": [4.5, 4.5, 3.0], "weight": [70.0, 90.0, 55.0]}
    found = ready(rtol=1e-8).curves(rows)
    assert found["status"].values.tolist() == [0, 0, 0]
    for place in (0, 2):
        alone = simulate(
            f"{rows['mg'][place]} mg at 22:00", until=24, step=1.0, rtol=1e-10,
            parameters={"pk.cl": rows["pk.cl"][place]}, covariates={"weight": rows["weight"][place]},
        ).data  # fmt: skip
        for name in ("plasma", "occupancy"):
            gap = np.abs(found[name].values[place] - alone[name].values)
            assert gap.max() <= 1e-5 * np.ptp(alone[name].values, axis=-1).max()


def test_a_past_that_has_gone_on_forever_has_the_dose_of_the_row() -> None:
    of = Ensemble("100 mg daily", model=ONE, until=24, start="steady-state")
    levels = of.curves({"mg": [10.0, 50.0]})["C_central"].values
    assert levels[1] == pytest.approx(5 * levels[0], rel=1e-9)
    # all that is given in an interval is eliminated in it
    area = of.endpoints({"mg": [10.0]}, {"area": lambda data: np.trapezoid(data["C_central"], data["time"])})["area"][0]
    assert area == pytest.approx(10 / 3, rel=0.01)


def test_a_rate_that_the_model_gives_stays_and_the_duration_follows_the_dose() -> None:
    drug = models.one_compartment(CL=3.0, V=20.0, R=25.0)
    found = Ensemble("100 mg", model=drug, until=8, step=0.5).curves({"mg": [50.0]})["C_central"].values[0]
    alone = simulate("50 mg", model=drug, until=8, step=0.5).data
    assert found.max() == pytest.approx(float(alone["C_central"].max()), rel=1e-9)
    with pytest.raises(InputError, match="decide"):
        simulate("100 mg", model=drug, until=8, decide=lambda _: 50)


def test_a_covariate_alone_acts_as_on_one_person() -> None:
    found = ready(rtol=1e-8).endpoints({"weight": [55.0], "liver": ["compensated"]}, ["ntx Cmax"])["ntx Cmax"][0]
    alone = simulate("4.5 mg at 22:00", until=24, step=1.0, covariates={"weight": 55, "liver": "compensated"})
    assert found == pytest.approx(alone.summary()["ntx Cmax"][-1], rel=1e-5)


def test_rows_do_not_depend_on_each_other_nor_on_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    of, rng = ready(), np.random.default_rng(1)
    rows = {"pk.cl": 140 * np.exp(rng.normal(0, 0.5, 40)), "pk.ka": np.exp(rng.normal(0, 0.5, 40))}
    whole = of.curves(rows)["plasma"].values
    some = of.curves({name: values[[7, 31]] for name, values in rows.items()})["plasma"].values
    assert np.array_equal(whole[[7, 31]], some)
    monkeypatch.setattr("ldnsim.study.study.CHUNK", 9)
    assert np.array_equal(ready().curves(rows)["plasma"].values, whole)


def test_a_row_that_cannot_be_run_is_named_and_spoils_no_other() -> None:
    rows = {"pk.cl": [140.0, -1.0, np.nan, 140.0], "mg": [4.5, 4.5, 4.5, -2.0]}
    found = ready().endpoints(rows, ["ntx Cmax"])
    assert found["status"].tolist() == [0, 3, 3, 3]
    assert found["reason"][0] == ""
    assert "pk.cl is -1" in found["reason"][1]
    assert "pk.cl is nan" in found["reason"][2]
    assert "mg is -2" in found["reason"][3]
    assert np.isfinite(found["ntx Cmax"][0])
    assert np.isnan(found["ntx Cmax"][1:]).all()


def test_a_row_of_somebody_who_cannot_be_is_not_run() -> None:
    found = ready().endpoints({"weight": [70.0, 5000.0], "age": [400.0, 40.0]}, ["ntx Cmax"])
    assert found["status"].tolist() == [3, 3]
    assert found["reason"].tolist() == ["age is 400, not 0 to 130 year", "weight is 5000, not 1 to 500 kg"]


def test_endpoints_may_be_functions_of_the_curves() -> None:
    found = ready().endpoints(
        {"mg": [3.0, 4.5]}, {"highest": lambda data: data["plasma"].sel(analyte="ntx").max("time")}
    )
    assert found["highest"].tolist() == ready().endpoints({"mg": [3.0, 4.5]}, ["ntx Cmax"])["ntx Cmax"].tolist()


@pytest.mark.parametrize("text", ["4.5 mg at 22:00 daily for 2 days", "4.5 mg at 22:00 daily for 5 days"])
def test_endpoints_with_a_name_are_what_a_summary_reads_off_the_whole_course(text: str) -> None:
    """Far from the day that is read nothing is kept, which must not show: a blockade may begin the day before."""
    of = Ensemble(text, until=5 * 24, step=1.0, outputs=["plasma", "occupancy"], engine="batch")
    rows = {"mg": [1.5, 4.5, 50.0], "dose.f_dextro": [0.5, 0.5, 0.3]}
    whole = of.curves(rows)
    wanted = {one.quantity: one.values for one in read_day(whole, last_day(whole))}
    found = of.endpoints(rows, list(wanted))
    for name, values in wanted.items():
        np.testing.assert_array_equal(found[name], values, name)


def test_some_quantities_of_a_day_are_those_of_all_and_others_are_not_looked_for() -> None:
    whole = ready().curves({"mg": [1.5, 4.5]})
    every = {one.quantity: one.values for one in read_day(whole, last_day(whole))}
    some = ["bnx6 AUC in the window", "blockade ends", "mu occupancy, highest", "nonsense"]
    found = values_of_day(whole, last_day(whole), some)
    assert list(found) == some[:3]
    for name, values in found.items():
        np.testing.assert_array_equal(values, every[name], name)


def test_what_rows_share_of_a_dataset_is_not_changed_through_one_of_them() -> None:
    of = ready()
    first = of.curves({"mg": [4.5]})
    kept = first.copy(deep=True)
    first.attrs["title"] = first["time"].attrs["units"] = first["plasma"].attrs["units"] = "changed"
    assert of.curves({"mg": [4.5]}).identical(kept)


class Amount(NamedTuple):
    """An amount.

    Attributes
    ----------
    central : float
        Amount [mg].
    """

    central: float


class Body(NamedTuple):
    """All of it."""

    drug: Amount


class Level(NamedTuple):
    """What is seen.

    Attributes
    ----------
    cubed, above : float
        Powers of the amount, and whether it is above 1 [1].
    """

    cubed: float
    above: float


def _lost(state: Body, p: Any, _clock: Any) -> Body:
    return Body(Amount(-p.k * state.drug.central))


def _smooth(state: Body, _p: Any, _clock: Any) -> Level:
    return Level(state.drug.central**3 - 0 * state.drug.central, state.drug.central**0.5)


def _cut(state: Body, _p: Any, _clock: Any) -> Level:
    return Level(state.drug.central**3, 1.0 if state.drug.central > 1 else 0.0)


class Rate(NamedTuple):
    """A rate.

    Attributes
    ----------
    k : float
        Of elimination [1/h].
    """

    k: float


@pytest.mark.parametrize("outputs", [_smooth, _cut])
def test_outputs_of_many_have_the_bits_of_the_equations_also_where_these_decide(outputs: Any) -> None:
    states = [np.linspace(0.0, 3.0, 40).reshape(2, 20)]
    model = Model(
        "own", System(Body, _lost, outputs), lambda _: Rate(0.1), (0.0,), (Compartment("central", (0,), ()),),
        "central", "central", {},
    )  # fmt: skip
    still, names = Clock(0.0, 0.0), ["cubed", "above", "A_central"]
    rates = [np.full((2, 1), 0.1)]
    found = model.reader(names, Rate, {})(states, still, rates)
    whole = model.series(states, Rate._make(rates), still, strict=False)
    for name in names:
        np.testing.assert_array_equal(np.broadcast_to(found[name], (2, 20)), np.broadcast_to(whole[name], (2, 20)))


def test_the_same_row_has_the_same_bits_in_a_kernel_for_one() -> None:
    of = Ensemble("100 mg at 08:00 daily for 2 days", model=ONE, until=48, step=1.0, engine="compiled")
    rows = {"CL": np.linspace(1.0, 9.0, 17)}
    whole = of.curves(rows)["C_central"].values
    alone = of.curves({"CL": rows["CL"][4:5]})["C_central"].values
    np.testing.assert_array_equal(alone[0], whole[4])


def test_the_level_of_a_linear_model_goes_with_the_dose_and_has_its_closed_form() -> None:
    of = Ensemble("100 mg iv at 08:00", model=models.one_compartment(CL=3.0, V=20.0), until=24, step=1.0)
    rows = {"CL": np.array([2.0, 3.0, 5.0]), "V": np.array([20.0, 10.0, 40.0]), "mg": np.array([100.0, 50.0, 7.0])}
    found = of.curves(rows)["C_central"].values[:, -1]
    assert found == pytest.approx(rows["mg"] / rows["V"] * np.exp(-24 * rows["CL"] / rows["V"]), rel=1e-9)


def test_the_jacobian_is_that_of_the_closed_form() -> None:
    of = Ensemble("100 mg iv at 08:00", model=models.one_compartment(CL=3.0, V=20.0), until=24, step=1.0)
    last = {"last": lambda data: data["C_central"].isel(time=-1)}
    found = of.jacobian(last, ["CL", "V", "mg"]).loc["last"]
    level = 100 / 20 * np.exp(-24 * 3 / 20)
    assert found["CL"] == pytest.approx(-24 / 20 * level, rel=1e-5)
    assert found["V"] == pytest.approx((24 * 3 / 20**2 - 1 / 20) * level, rel=1e-5)
    assert found["mg"] == pytest.approx(level / 100, rel=1e-5)


def test_what_stands_at_the_end_of_its_range_is_moved_to_the_other_side_alone() -> None:
    of = Ensemble("100 mg iv at 08:00", model=models.one_compartment(CL=3.0, V=20.0, F=1.0), until=24, step=1.0)
    found = of.jacobian({"last": lambda data: data["C_central"].isel(time=-1)}, ["F", "lag"]).loc["last"]
    assert found["F"] == pytest.approx(100 / 20 * np.exp(-24 * 3 / 20), rel=1e-6)
    assert found["lag"] > 0


def test_the_jacobian_of_naltrexone_agrees_with_wider_differences_of_the_reference_engine() -> None:
    found = ready().jacobian(["ntx Cmax"], ["pk.f"]).loc["ntx Cmax", "pk.f"]
    typical = ready().parameters["pk.f"].value
    ends = [
        simulate("4.5 mg at 22:00", until=24, step=1.0, parameters={"pk.f": typical * share}).summary()["ntx Cmax"][-1]
        for share in (0.99, 1.01)
    ]
    assert found == pytest.approx((ends[1] - ends[0]) / (0.02 * typical), rel=1e-4)


@pytest.mark.parametrize(
    ("frame", "named"),
    [
        ({"pk.clx": [1.0]}, "frame, column"),
        ({"pk.cl": [1.0, 2.0], "pk.ka": [1.0]}, "frame"),
        ({"pk.cl": ["fast"]}, "column pk.cl"),
        ({"liver": ["bad"]}, "column liver"),
        ("pk.cl", "frame"),
        ({"pk.cl": [[1.0, 2.0]]}, "frame"),
    ],
)
def test_what_is_no_frame_of_numbers_is_refused(frame: Any, named: str) -> None:
    with pytest.raises(InputError) as error:
        ready().curves(frame)
    assert error.value.argument.startswith(named)


def test_a_column_that_an_own_model_does_not_ask_for_is_refused() -> None:
    with pytest.raises(InputError, match="CLX"):
        Ensemble("100 mg iv", model=ONE, until=4).curves({"CLX": [3.0]})


def test_mg_needs_doses_that_are_alike() -> None:
    of = Ensemble("1.5 mg for 2 days then 3 mg for 2 days", until=96, outputs=["plasma"], engine="batch")
    with pytest.raises(InputError, match="doses are all alike"):
        of.curves({"mg": [4.5]})


def test_an_unknown_endpoint_names_those_that_there_are() -> None:
    with pytest.raises(InputError, match="ntx Cmax"):
        ready().endpoints({"mg": [4.5]}, ["Cmax"])


def test_a_wish_of_another_shape_is_refused() -> None:
    with pytest.raises(InputError, match="one number for each of 1 persons"):
        ready().endpoints({"mg": [4.5]}, {"all": lambda data: data["plasma"]})


def test_covariates_of_an_own_model_are_columns_or_said_once() -> None:
    drug = models.one_compartment(CL=lambda c: 3 * c["WT"] / 70 * c["SLOW"], V=20.0)
    of = Ensemble("100 mg iv at 08:00", model=drug, until=24, step=1.0, covariates={"WT": 70.0, "SLOW": 1.0})
    found = of.curves({"WT": [70.0, 35.0]})["C_central"].values[:, -1]
    assert found == pytest.approx(5 * np.exp(-24 * np.array([3.0, 1.5]) / 20), rel=1e-9)
    with pytest.raises(InputError, match="either in covariates= or in columns"):
        ready(covariates={"weight": 55}).curves({"liver": ["none"]})


OUTPUTS = (
    "plasma",
    "occupancy",
    "receptor_density",
    "tone",
    "peptide_level",
    "cytokine_index",
    "pain_fall",
    "lymphocytes",
)


@pytest.mark.parametrize("account", ["popular", "measured"])
@pytest.mark.parametrize("outputs", [*([one] for one in OUTPUTS), ["plasma", "site_tone"], ["concentration", "amount"]])
def test_what_outputs_do_not_need_is_left_out_without_a_trace(account: str, outputs: list[str]) -> None:
    rows = {"pk.cl": [100.0, 150.0], "receptors.kd": [0.2, 0.4]}
    about: dict[str, Any] = {"until": 30, "engine": "batch", "assumptions": account}
    narrow = Ensemble("4.5 mg at 22:00", **about, outputs=outputs)
    whole = Ensemble("4.5 mg at 22:00", **about, outputs=[*OUTPUTS, "site_tone", "concentration", "amount"])
    size = len(narrow._study.model.system.names)
    assert len(narrow._study.wanted or range(size)) < size or outputs == ["amount"]
    found, other = narrow.curves(rows), whole.curves(rows)
    for name in outputs:
        width = np.ptp(other[name].values, axis=-1).max(axis=0)
        assert np.isfinite(found[name].values).all()
        assert (np.abs(found[name].values - other[name].values).max(axis=(0, -1)) <= 1e-5 * width + 1e-12).all()


def test_rows_that_are_too_stiff_are_rescued_where_states_are_left_out() -> None:
    rows = {"dose.lag": [0.5]}
    about: dict[str, Any] = {"model": models.nalmefene("popular"), "until": 4, "engine": "batch"}
    narrow = Ensemble("18 mg at 22:00", **about, outputs=["peptide_level"])
    assert narrow._study.wanted is not None
    found, whole = narrow.curves(rows), Ensemble("18 mg at 22:00", **about).curves(rows)
    assert found["status"].values.tolist() == [1]
    np.testing.assert_allclose(found["peptide_level"], whole["peptide_level"], rtol=1e-8)


def over_what_is_left_out(columns: Mapping[str, Any], p: Any) -> Any:
    return columns["C_central"] + (1.0 - p.h) / columns["response"]


@pytest.mark.parametrize("engine", ["batch", "reference"])
def test_what_a_switch_turns_off_may_be_divided_by(engine: Any) -> None:
    turnover = models.turnover(1, kin=5.0, kout=0.2, CL=2.0, V=20.0, Imax=0.9, IC50=1.5, h=1.0, ka=1.0)
    model = replace(turnover, assays={"seen": Assay(over_what_is_left_out, Term("seen", "mg/L", "What is seen"))})
    about: dict[str, Any] = {"model": model, "until": 12, "engine": engine, "outputs": ["seen"]}
    narrow = Ensemble("10 mg at 08:00", **about)
    assert [model.system.names[place] for place in narrow._study.wanted or ()] == ["drug.central"]
    found = narrow.curves({"CL": [1.5, 2.5]})
    assert found["status"].values.tolist() == [0, 0]
    about["outputs"] = ["C_central"]
    level = Ensemble("10 mg at 08:00", **about).curves({"CL": [1.5, 2.5]})["C_central"]
    np.testing.assert_allclose(found["seen"], level, rtol=1e-4, atol=1e-6)


def test_a_kernel_leaves_out_what_nobody_reads() -> None:
    model = models.turnover(1, kin=5.0, kout=0.2, CL=2.0, V=20.0, Imax=0.9, IC50=1.5, h=2.0, ka=1.0)
    rows = {"CL": [1.5, 2.5], "kout": [0.1, 0.3]}
    about: dict[str, Any] = {"model": model, "until": 48, "step": 1.0, "rtol": 1e-8}
    narrow = Ensemble("10 mg at 08:00 daily for 2 days", **about, engine="compiled", outputs=["C_central"])
    structure = narrow._study_for({name: np.array(values) for name, values in rows.items()}).made_for
    assert structure is not None
    assert [model.system.names[place] for place in structure.states] == ["gut.depot", "drug.central"]
    assert [model.system.names[place] for place in structure.unread] == ["effect.response"]
    # kout is fixed nowhere: a kernel for it would be the same under another name
    assert not {name for name, _ in structure.fixed} & {"kout", "kin"}
    found = narrow.curves(rows)["C_central"].values
    exact = [
        simulate(
            "10 mg at 08:00 daily for 2 days",
            model=models.one_compartment(CL=cl, V=20.0, ka=1.0), until=48, step=1.0,
        ).data["C_central"].values
        for cl in rows["CL"]
    ]  # fmt: skip
    assert found.shape == np.shape(exact)
    np.testing.assert_allclose(found, exact, rtol=1e-5, atol=1e-9)
