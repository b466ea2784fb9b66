"""Fits: known truth, closed forms, published estimates, what cannot be told apart, and what is refused."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ldnsim as ldn
from ldnsim.fitting import Fit, fit, repeat

DATA = Path(__file__).parents[1] / "data"
TRUTH = {"CL": 2.8, "V": 32.0, "ka": 1.5}
TIMES = (0.25, 0.5, 1.0, 2.0, 3.5, 5.0, 7.0, 9.0, 12.0, 24.0)


def bateman(hours: Any, dose: float, p: Any) -> Any:
    """One compartment with absorption, in closed form."""
    k = p["CL"] / p["V"]
    return dose / p["V"] * p["ka"] / (p["ka"] - k) * (np.exp(-k * hours) - np.exp(-p["ka"] * hours))


def rows_of(people: Mapping[Any, tuple[float, Any, Any]]) -> dict[str, list[Any]]:
    """Dose at 0 and measurements of each."""
    data: dict[str, list[Any]] = {name: [] for name in ("ID", "TIME", "EVID", "AMT", "DV")}
    for id, (dose, times, levels) in people.items():
        data["ID"] += [id] * (1 + len(times))
        data["TIME"] += [0.0, *times]
        data["EVID"] += [1] + [0] * len(times)
        data["AMT"] += [dose] + [0.0] * len(times)
        data["DV"] += [None, *levels]
    return data


def noisy(seed: int = 3, sd: float = 0.3, n: int = 1) -> dict[str, list[Any]]:
    generator = np.random.default_rng(seed)
    level = bateman(np.array(TIMES), 320.0, TRUTH)
    return rows_of({k: (320.0, TIMES, level + sd * generator.standard_normal(len(TIMES))) for k in range(1, n + 1)})


def oral(**changed: Any) -> ldn.models.Model:
    return ldn.models.one_compartment(**{"CL": 2.0, "V": 25.0, "ka": 1.0, **changed})


@pytest.fixture(scope="module")
def theoph() -> Fit:
    dose = pd.read_csv(DATA / "theoph_doses.csv").set_index("Subject")["Dose"]
    people = {
        id: (dose[id], own["Time"], own["conc"]) for id, own in pd.read_csv(DATA / "theoph.csv").groupby("Subject")
    }
    return fit(rows_of(people), model=oral(CL=0.04, V=0.5, ka=1.5), parameters=list(TRUTH))


def of(found: Fit, name: str, column: str = "estimate") -> list[float]:
    table = found.table
    return list(table[table["parameter"] == name][column])


def test_theophylline_is_fitted_as_nlslist_prints_it(theoph: Fit) -> None:
    # nlme 3.1, tests/extras/scripts.Rout.save (Pinheiro and Bates, ch. 8): three digits of lKe, lKa and lCl
    printed = {
        6: (-2.31, 0.152, -2.97), 7: (-2.28, -0.386, -2.96), 8: (-2.39, 0.319, -3.07), 11: (-2.32, 1.348, -2.86),
        3: (-2.51, 0.898, -3.23), 2: (-2.29, 0.664, -3.11), 4: (-2.44, 0.158, -3.29), 9: (-2.45, 2.182, -3.42),
        12: (-2.25, -0.183, -3.17), 10: (-2.60, -0.363, -3.43), 1: (-2.92, 0.575, -3.92), 5: (-2.43, 0.386, -3.13),
    }  # fmt: skip
    own: Any = theoph.estimates.set_index("ID")
    for id, (ke, ka, cl) in printed.items():
        one = own.loc[id]
        assert round(math.log(one["CL"] / one["V"]), 2) == ke
        assert round(math.log(one["ka"]), 3) == ka
        assert round(math.log(one["CL"]), 2) == cl
    # residual standard error 0.7 on 96 degrees of freedom
    assert round(math.sqrt((theoph.residuals["residual"] ** 2).sum() / 96), 2) == 0.7


def test_errors_of_theophylline_are_those_of_nls(theoph: Fit) -> None:
    # R, tests/Examples/datasets-Ex.Rout.save: nls(conc ~ SSfol(Dose, Time, lKe, lKa, lCl)) of subject 4
    covariance: Any = theoph.covariance(4)
    own: Any = theoph.estimates.set_index("ID").loc[4]
    assert [round(math.log(own["CL"] / own["V"]), 4), round(math.log(own["ka"]), 4)] == [-2.4365, 0.1583]
    assert round(math.log(own["CL"]), 4) == -3.2861
    difference = np.array([1.0, -1.0, 0.0])
    assert round(float(np.sqrt(difference @ covariance.to_numpy() @ difference)), 4) == 0.2257
    assert round(math.sqrt(covariance.loc["log ka", "log ka"]), 4) == 0.2297
    assert round(math.sqrt(covariance.loc["log CL", "log CL"]), 4) == 0.1448
    assert round(of(theoph, "sd additive")[3], 4) == 0.8465


def test_fitted_curves_are_those_that_were_compared(theoph: Fit) -> None:
    rows = theoph.runs.rows()
    np.testing.assert_allclose(rows["IPRED"], theoph.residuals["IPRED"], rtol=1e-9)
    assert "flip-flop" in str(theoph)
    assert "assumed" in str(theoph)
    json.dumps(theoph.record)


@pytest.mark.parametrize("error", ["additive", "proportional", "log-normal"])
def test_truth_without_noise_is_found_again(error: str) -> None:
    people = {
        k: (dose, times, bateman(np.array(times), dose, {**TRUTH, "CL": 2.0 + k}))
        for k, (dose, times) in enumerate([(320.0, TIMES), (100.0, TIMES[1:]), (50.0, (0.7, 1.9, 6.0, 15.0, 30.0))])
    }
    found = fit(rows_of(people), model=oral(), parameters=list(TRUTH), error=error)
    np.testing.assert_allclose(of(found, "CL"), [2.0, 3.0, 4.0], rtol=1e-6)
    np.testing.assert_allclose(of(found, "V"), [32.0] * 3, rtol=1e-6)
    np.testing.assert_allclose(of(found, "ka"), [1.5] * 3, rtol=1e-6)


def test_a_linear_problem_has_the_covariance_of_the_textbook() -> None:
    # the level is proportional to F: a straight line through 0
    level = bateman(np.array(TIMES), 320.0, TRUTH)
    measured = 0.8 * level + 0.3 * np.random.default_rng(5).standard_normal(len(TIMES))
    model = ldn.models.one_compartment(**TRUTH, F=0.5)
    found = fit(rows_of({1: (320.0, TIMES, measured)}), model=model, parameters=["F"], scale="linear")
    slope = float(level @ measured / (level @ level))
    left = measured - slope * level
    error = math.sqrt(left @ left / (len(TIMES) - 1) / (level @ level))
    assert of(found, "F")[0] == pytest.approx(slope, rel=1e-7)
    assert of(found, "F", "SE")[0] == pytest.approx(error, rel=1e-6)
    t = stats.t.ppf(0.975, len(TIMES) - 1)
    assert of(found, "F", "high")[0] == pytest.approx(slope + t * error, rel=1e-6)
    # profiles of a straight line are its intervals
    profile = found.profile().table.iloc[0]
    assert (profile["low"], profile["high"]) == pytest.approx((slope - t * error, slope + t * error), rel=1e-4)


def test_who_else_is_fitted_does_not_matter() -> None:
    several = fit(noisy(n=4), model=oral(), parameters=list(TRUTH))
    data = pd.DataFrame(noisy(n=4))
    alone = fit(data[data["ID"] == 3], model=oral(), parameters=list(TRUTH))
    np.testing.assert_allclose(several.natural[2], alone.natural[0], rtol=1e-8)


def test_pooled_people_share_their_parameters() -> None:
    data = noisy(n=3)
    pooled = fit(data, model=oral(), parameters=list(TRUTH), pooled=True)
    # three people with the same dose and times are one who was measured three times as often
    one = pd.DataFrame(data)
    first = one["ID"] == 1
    joined = pd.concat([one[first & (one["EVID"] == 1)], one[one["EVID"] == 0].assign(ID=1)])
    joined = joined.sort_values("TIME", kind="stable")
    single = fit(joined, model=oral(), parameters=list(TRUTH))
    np.testing.assert_allclose(pooled.natural, single.natural, rtol=1e-8)
    np.testing.assert_allclose(pooled.covariance(), single.covariance(), rtol=1e-6)
    assert "mixed" in str(pooled)
    assert pooled.runs.rows()["ID"].nunique() == 3


def test_below_the_limit_counts_by_its_probability() -> None:
    levels = bateman(np.array(TIMES), 320.0, TRUTH) + 0.3 * np.random.default_rng(8).standard_normal(len(TIMES))
    limit = 2.5
    data = rows_of({1: (320.0, TIMES, [f"<{limit}" if level < limit else level for level in levels])})
    found = fit(data, model=oral(), parameters=list(TRUTH))
    below = levels < limit
    assert 0 < int(found.ends["below"][0]) == below.sum()
    problem, x = found.problem, found.ended.x
    spread = found.at_end.spread[0, 0, 0]
    predicted = bateman(np.array(TIMES), 320.0, found.estimates.iloc[0])
    by_hand = -stats.norm.logpdf(levels[~below], predicted[~below], spread).sum()
    by_hand -= stats.norm.logcdf(limit, predicted[below], spread).sum()
    assert found.ended.value[0] == pytest.approx(by_hand, rel=1e-8)
    # nothing close by is better, whatever is moved
    for step in 1e-3 * np.vstack([np.eye(3), -np.eye(3)]):
        assert problem.evaluated(x + step, np.array([0]))[0][0] > found.ended.value[0]
    left_out = fit(data, model=oral(), parameters=list(TRUTH), blq="M1")
    seen = rows_of({1: (320.0, np.array(TIMES)[~below], levels[~below])})
    np.testing.assert_allclose(left_out.natural, fit(seen, model=oral(), parameters=list(TRUTH)).natural, rtol=1e-9)


def test_a_limit_can_be_said_in_every_way() -> None:
    levels = bateman(np.array(TIMES), 320.0, TRUTH)
    below = levels < 2.5
    pairs = list(zip(below, levels, strict=True))
    plain = rows_of({1: (320.0, TIMES, ["<2.5" if low else level for low, level in pairs])})
    expected = fit(plain, model=oral(), parameters=["CL", "V"]).natural
    number = rows_of({1: (320.0, TIMES, levels)})
    flags = [0, *below.astype(int).tolist()]
    censored = {**number, "CENS": flags, "DV": [None, *np.where(below, 2.5, levels)]}
    ways: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (number, {"lloq": 2.5}),
        ({**number, "LLOQ": [2.5] * len(flags)}, {}),
        (censored, {}),
        ({**number, "BLQ": flags}, {"lloq": 2.5}),
        ({**number, "DV": [None, *("BLQ" if low else level for low, level in pairs)]}, {"lloq": 2.5}),
    ]
    for data, said in ways:
        np.testing.assert_allclose(fit(data, model=oral(), parameters=["CL", "V"], **said).natural, expected, rtol=1e-8)


def test_what_the_data_cannot_tell_apart_is_named() -> None:
    with pytest.raises(ldn.InputError, match=r"V and F only through V/F|F and V only through F/V|ratios"):
        fit(noisy(), model=oral(F=0.7), parameters=["CL", "V", "F"])
    bolus = ldn.models.one_compartment(CL=2.0, V=25.0, F=0.7)
    level = 320.0 / 32.0 * np.exp(-2.8 / 32.0 * np.array(TIMES))
    with pytest.raises(ldn.InputError, match=r"V and F only through V/F"):
        fit(rows_of({1: (320.0, TIMES, level)}), model=bolus, parameters=["V", "F"], fixed={"CL": 1e-12})
    with pytest.raises(ldn.InputError, match=r"1 measurement tells something of 2 parameters, CL, V"):
        fit(rows_of({1: (320.0, [4.0], [5.0])}), model=bolus, parameters=["CL", "V"])
    model = ldn.models.two_compartment(CL=2.0, V1=20.0, Q=1e-9, V2=10.0)
    with pytest.raises(ldn.InputError, match="Q, V2 change no prediction"):
        fit(rows_of({1: (320.0, TIMES, level)}), model=model, parameters=["CL", "Q", "V2"])
    # a prior settles it
    found = fit(noisy(), model=oral(F=0.7), parameters=["CL", "V", "F"], priors={"F": ldn.LogNormal(cv=0.1)})
    assert of(found, "F")[0] == pytest.approx(0.7, rel=1e-4)


def test_who_cannot_be_told_apart_leaves_the_others_alone() -> None:
    data = rows_of({1: (320.0, TIMES, bateman(np.array(TIMES), 320.0, TRUTH)), 2: (320.0, [4.0], [5.0])})
    with pytest.warns(ldn.LdnsimWarning, match="fit of 2: not identified: 1 measurement"):
        found = fit(data, model=oral(), parameters=["CL", "V"], fixed={"ka": 1.5})
    assert of(found, "CL")[0] == pytest.approx(2.8, rel=1e-6)
    assert math.isnan(of(found, "CL")[1])
    assert list(found.runs.rows()["ID"].unique()) == [1]
    assert found.plot().axes


def test_swapped_rates_of_absorption_are_named() -> None:
    found = fit(noisy(), model=oral(), parameters=list(TRUTH))
    swapped = fit(noisy(), model=oral(V=2.0, ka=0.09), parameters=list(TRUTH))
    assert found.ends["-2LL"][0] == pytest.approx(swapped.ends["-2LL"][0], abs=1e-6)
    assert swapped.natural[0, 2] == pytest.approx(found.natural[0, 0] / found.natural[0, 1], rel=1e-5)
    assert f"ka {swapped.natural[0, 2]:.4g}" in found.flip
    assert not fit(noisy(), model=oral(), parameters=["CL", "ka"]).flip


def test_a_bound_holds_and_is_told() -> None:
    found = fit(noisy(), model=oral(), parameters=list(TRUTH), bounds={"CL": (1.0, "2.5 L/h")})
    assert of(found, "CL")[0] == pytest.approx(2.5)
    assert found.ends["status"][0] == "at a bound: CL"


def test_priors_come_from_the_ledger() -> None:
    times = [1.0, 2.0, 4.0]
    run = ldn.simulate("50 mg", at=times, until=4, step=1, parameters={"pk.cl": 180.0})
    level = run.data["plasma"].sel(analyte="ntx").drop_duplicates("time", keep="last").sel(time=times).values
    said: dict[str, Any] = {"regimen": "50 mg", "parameters": ["pk.cl"], "error": {"additive": 0.5}}
    found = fit({"TIME": times, "DV": level}, priors="ledger", engine="batch", rtol=1e-5, **said)
    # between where it starts, which is where the prior is, and where the levels are from
    start = of(found, "pk.cl", "start")[0]
    assert start < 0.9 * 180.0
    assert start < of(found, "pk.cl")[0] < 180.0
    assert "Priors: pk.cl LogNormal" in str(found)
    assert "Assumptions: popular" in str(found)
    with pytest.raises(ldn.InputError, match="no row behind CL has a range"):
        fit(noisy(), model=oral(), parameters=["CL"], bounds="ledger")
    with pytest.raises(ldn.InputError, match="no spread of CL"):
        fit(noisy(), model=oral(), parameters=["CL"], priors="ledger")


def test_units_of_dv_are_converted() -> None:
    data = noisy()
    other = {**data, "DV": [None if one is None else 1000 * one for one in data["DV"]]}
    found = fit(other, model=oral(), parameters=list(TRUTH), unit="ng/mL")
    np.testing.assert_allclose(found.natural, fit(data, model=oral(), parameters=list(TRUTH)).natural, rtol=1e-9)
    assert "no unit was said" in str(fit(data, model=oral(), parameters=list(TRUTH)))
    assert "no unit was said" not in str(found)


def test_repeated_doses_lags_and_bioavailability_are_fitted() -> None:
    truth = {"CL": 2.8, "V": 32.0, "F": 0.6, "lag": 0.4}
    table = ldn.EventTable.of({
        "ID": [1] * 12, "TIME": [0, 0.3, 0.7, 1, 2, 4, 12, 13, 14, 18, 24, 30], "EVID": [1, *[0] * 5, 1, *[0] * 5],
        "AMT": [320, *[0] * 5, 100, *[0] * 5], "RATE": [0] * 6 + [50] + [0] * 5, "CMT": ["depot", *["central"] * 11],
        "SS": [1, *[0] * 11], "II": [12, *[0] * 11],
    })  # fmt: skip
    level = ldn.simulate(table, model=oral(ka=1.5, **truth)).rows()["IPRED"]
    data = table.to_frame().drop(columns=["DV", "MDV"]).assign(DV=None)
    data.loc[data["EVID"] == 0, "DV"] = level.to_numpy()
    model = oral(ka=1.5, CL=2.0, V=25.0, F=0.5, lag=0.2)
    found = fit(data, model=model, parameters=list(truth))
    np.testing.assert_allclose(found.natural[0], list(truth.values()), rtol=1e-6)


def test_a_model_that_is_not_linear_is_fitted() -> None:
    times = [0.5, 1.0, 2.0, 4.0, 8.0, 12.0, 24.0]
    truth = {"Vmax": 20.0, "Km": 2.0}
    table = ldn.EventTable.of(rows_of({k: (dose, times, [None] * 7) for k, dose in ((1, 100.0), (2, 400.0))}))
    level = ldn.simulate(table, model=ldn.models.michaelis_menten(**truth, V=30.0)).rows()["IPRED"].to_numpy()
    data = rows_of({1: (100.0, times, level[:7]), 2: (400.0, times, level[7:])})
    model = ldn.models.michaelis_menten(Vmax=10.0, Km=1.0, V=30.0)
    found = fit(data, model=model, parameters=list(truth), pooled=True, engine="batch")
    np.testing.assert_allclose(found.natural[0], list(truth.values()), rtol=1e-5)


def test_profiles_are_those_of_lmfit(theoph: Fit) -> None:
    lmfit = pytest.importorskip("lmfit")
    data = pd.DataFrame(noisy())
    found = fit(data, model=oral(), parameters=list(TRUTH))
    own = found.profile(["ka"]).table.set_index("parameter")
    minimizer = found.lmfit[1]
    assert minimizer.params["CL"].stderr == pytest.approx(of(found, "CL", "SE")[0])
    ended = minimizer.minimize(method="leastsq")
    np.testing.assert_allclose([ended.params[name].value for name in TRUTH], found.natural[0], rtol=1e-5)
    # F-tests, as for least squares
    low, _, high = (value for _, value in lmfit.conf_interval(minimizer, ended, p_names=["ka"], sigmas=[0.95])["ka"])
    assert (own.loc["ka", "low"], own.loc["ka", "high"]) == pytest.approx((low, high), rel=2e-3)
    assert set(theoph.lmfit) == set(range(1, 13))


@pytest.mark.parametrize("error", ["proportional", {"additive": 0.2, "proportional": 0.1}])
def test_residuals_for_lmfit_add_up_to_the_likelihood(error: Any) -> None:
    pytest.importorskip("lmfit")
    found = fit(noisy(), model=oral(), parameters=list(TRUTH), error=error, priors={"V": ldn.LogNormal(cv=0.5)})
    minimizer = found.lmfit[1]
    squares = []
    for factor in (1.0, 1.02):
        minimizer.params["CL"].value = factor * found.natural[0, 0]
        squares.append(float(np.square(minimizer.userfcn(minimizer.params)).sum()))
    at = found.ended.x + np.array([math.log(1.02), 0.0, 0.0])
    problem = found.problem
    spread = found.at_end.spread
    values = []
    for x in (found.ended.x, at):
        predicted = problem.predict(x[:, None, :], np.array([0]))[:, 0]
        prior = 0.5 * ((x[0, 1] - math.log(25.0)) / ldn.LogNormal(cv=0.5).sd_log) ** 2
        values.append(float(problem.error.terms(problem.observed, predicted, spread).value.sum()) + prior)
    assert squares[1] - squares[0] == pytest.approx(2 * (values[1] - values[0]), rel=1e-6)


def test_a_search_of_lmfit_finds_the_way_from_afar() -> None:
    pytest.importorskip("lmfit")
    model = oral(CL=30.0, V=300.0, ka=0.3)
    bounds = {"CL": (0.1, 100.0), "V": (1.0, 1000.0)}
    near = fit(noisy(), model=oral(), parameters=["CL", "V"], fixed={"ka": 1.5})
    said: dict[str, Any] = {"model": model, "parameters": ["CL", "V"], "fixed": {"ka": 1.5}, "bounds": bounds}
    for method in ("nelder", "leastsq"):
        np.testing.assert_allclose(fit(noisy(), method=method, **said).natural, near.natural, rtol=1e-6)
    with pytest.raises(ldn.InputError, match="method"):
        fit(noisy(), method="astrology", **said)


def test_bootstraps_agree_with_standard_errors() -> None:
    found = fit(noisy(sd=0.2), model=oral(), parameters=list(TRUTH))
    errors = found.table.set_index("parameter").loc[list(TRUTH), "SE"].to_numpy()
    for kind in ("residual", "parametric"):
        drawn = found.bootstrap(50, kind=kind, seed=2)
        assert drawn.failed == 0
        np.testing.assert_allclose(drawn.table["SE"], errors, rtol=0.45)
    cases = found.bootstrap(10, kind="case", seed=4)
    assert len(cases.estimates) + cases.failed == 10
    assert found.bootstrap(10, kind="case", seed=4).estimates.equals(cases.estimates)
    assert "case bootstrap" in str(cases)


def test_the_data_again_with_equal_weights_are_the_fit() -> None:
    found = fit(noisy(), model=oral(), parameters=list(TRUTH))
    problem = found.problem
    doubled = problem.observed._replace(weight=2 * problem.observed.weight)
    value, slope, _ = replace(problem, observed=doubled).evaluated(found.ended.x, np.array([0]))
    assert value[0] == pytest.approx(2 * found.ended.value[0])
    np.testing.assert_allclose(slope, 0.0, atol=1e-4)


def test_pints_sees_the_same_model() -> None:
    pints = pytest.importorskip("pints")
    found = fit(noisy(), model=oral(), parameters=list(TRUTH))
    model, problem = found.to_pints()
    assert isinstance(model, pints.ForwardModelS1)
    values = found.natural[0]
    np.testing.assert_allclose(problem.evaluate(values), found.residuals["IPRED"], rtol=1e-9)
    _, slopes = problem.evaluateS1(values)
    moved = values * np.array([1.0 + 1e-5, 1.0, 1.0])
    difference = (problem.evaluate(moved) - problem.evaluate(values)) / (moved - values)[0]
    np.testing.assert_allclose(slopes[:, 0], difference, rtol=1e-3, atol=1e-6)
    # least squares of PINTS are least there
    score = pints.SumOfSquaresError(problem)
    _, gradient = score.evaluateS1(values)
    assert np.abs(gradient * values).max() < 1e-4 * score(values)
    with pytest.raises(ldn.InputError, match="times"):
        model.simulate(values, [1.0, 2.0])
    with pytest.raises(ldn.InputError, match="one subject"):
        fit(noisy(n=2), model=oral(), parameters=list(TRUTH), pooled=True).to_pints()


def test_pypesto_finds_the_same_optimum() -> None:
    pypesto = pytest.importorskip("pypesto")
    found = fit(noisy(), model=oral(), parameters=list(TRUTH))
    problem = found.to_pypesto()
    assert isinstance(problem, pypesto.Problem)
    assert problem.objective(found.ended.x[0]) == pytest.approx(found.ended.value[0])
    away = found.ended.x[0] + 0.1
    gradient = problem.objective(away, sensi_orders=(1,))
    by_hand = [(problem.objective(away + step) - problem.objective(away - step)) / 2e-5 for step in 1e-5 * np.eye(3)]
    np.testing.assert_allclose(gradient, by_hand, rtol=1e-4)
    optimize = pytest.importorskip("pypesto.optimize")
    optimizer = optimize.ScipyOptimizer(method="L-BFGS-B")
    ended = optimizer.minimize(problem=problem, x0=away, id="0")
    np.testing.assert_allclose(ended.x, found.ended.x[0], atol=1e-3)


def test_pictures_show_every_subject(theoph: Fit) -> None:
    assert len([ax for ax in theoph.plot().axes if ax.get_title(loc="left")]) == 12
    assert theoph.plot("observed").axes[0].get_ylabel() == "Measured central [mg/L]"
    assert "Residual" in theoph.plot("residuals").axes[0].get_ylabel()
    with pytest.raises(ldn.InputError, match="what"):
        theoph.plot("everything")


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"parameters": []}, "parameters"),
        ({"parameters": ["CL", "CL"]}, "parameters"),
        ({"parameters": ["Vmax"]}, "Vmax"),
        ({"parameters": {"CL": -1.0}}, "CL"),
        ({"parameters": {"CL": "3 kg"}}, "CL"),
        ({"error": "poisson"}, "error"),
        ({"error": {"additive": 0.0}}, "error"),
        ({"scale": {"Q": "log"}}, "scale"),
        ({"bounds": {"CL": (3.0, 1.0)}}, "bounds"),
        ({"bounds": {"CL": (3.0, 4.0)}}, "bounds"),
        ({"bounds": {"CL": 3.0}}, "bounds"),
        ({"priors": {"CL": 0.3}}, "priors"),
        ({"priors": {"CL": ldn.LogNormal(cv=0.0)}}, "priors"),
        ({"fixed": {"CL": 2.0}}, "fixed"),
        ({"blq": "M7"}, "blq"),
        ({"unit": "bananas"}, "unit"),
        ({"unit": "h"}, "unit"),
        ({"pooled": 1}, "pooled"),
        ({"engine": "quantum"}, "engine"),
        ({"assumptions": "measured"}, "assumptions"),
        ({"regimen": "4.5 mg"}, "AMT"),
        ({"model": None, "parameters": ["CL"]}, "CL"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(said: dict[str, Any], named: str) -> None:
    with pytest.raises(ldn.InputError, match=named):
        fit(noisy(), **{"model": oral(), "parameters": list(TRUTH), **said})


def test_data_that_cannot_be_used_are_refused() -> None:
    said: dict[str, Any] = {"model": oral(), "parameters": list(TRUTH)}
    empty = rows_of({1: (320.0, TIMES, [None] * len(TIMES))})
    with pytest.raises(ldn.InputError, match="at least one row with a DV"):
        fit(empty, **said)
    before = rows_of({1: (320.0, (0.0, *TIMES), [0.1, *bateman(np.array(TIMES), 320.0, TRUTH)])})
    with pytest.raises(ldn.InputError, match="error: got 'proportional'.*row 2"):
        fit(before, error="proportional", **said)
    negative = rows_of({1: (320.0, TIMES, [-0.1, *bateman(np.array(TIMES), 320.0, TRUTH)[1:]])})
    with pytest.raises(ldn.InputError, match="log-normal"):
        fit(negative, error="log-normal", **said)
    words = rows_of({1: (320.0, TIMES, ["BLQ", *bateman(np.array(TIMES), 320.0, TRUTH)[1:]])})
    with pytest.raises(ldn.InputError, match="a limit"):
        fit(words, **said)
    with pytest.raises(ldn.InputError, match="frame"):
        fit(None, **said)
    weights = {**noisy(n=2), "WT": [70] * 11 + [90] * 11}
    model = ldn.models.one_compartment(CL=lambda known: 2 * known["WT"] / 70, V=25.0, ka=1.0)
    table = ldn.EventTable.of(weights, covariates=["WT"])
    assert of(fit(table, model=model, parameters=list(TRUTH)), "CL", "start") == pytest.approx([2.0, 2 * 90 / 70])
    with pytest.raises(ldn.InputError, match="CL.*share"):
        fit(table, model=model, parameters=list(TRUTH), pooled=True)


def test_a_regimen_beside_measurements_is_the_table_it_means() -> None:
    times = [0.5, 2.0, 8.0, 12.0, 14.0, 30.0]
    table = ldn.EventTable.of({
        "ID": [1] * 8, "TIME": [0, 0.5, 2, 8, 12, 12, 14, 30], "EVID": [1, 0, 0, 0, 0, 1, 0, 0],
        "AMT": [320, 0, 0, 0, 0, 320, 0, 0],
    })  # fmt: skip
    level = ldn.simulate(table, model=oral()).rows()["IPRED"].to_numpy()
    found = fit(
        {"TIME": times, "DV": level}, regimen="320 mg twice daily for 1 day", model=oral(), parameters=["CL", "V"]
    )
    np.testing.assert_allclose(found.at_end.predicted[0], level, rtol=1e-9)
    assert found.ends["status"][0] == "converged"


def test_intervals_cover_the_truth() -> None:
    # benchmarks/fitting.py does 1,000 of each error
    found = fit(noisy(seed=11, n=100), model=oral(), parameters=list(TRUTH))
    for name, truth in TRUTH.items():
        inside = (np.array(of(found, name, "low")) <= truth) & (truth <= np.array(of(found, name, "high")))
        # 87 of 100 or fewer happen once in a thousand times where 95 % are promised
        assert inside.sum() > 87


def test_what_runs_away_has_no_estimate() -> None:
    nothing = rows_of({1: (320.0, TIMES, [0.0] * len(TIMES))})
    with pytest.warns(ldn.LdnsimWarning, match="CL, V ran away"):
        found = fit(nothing, model=oral(), parameters=list(TRUTH))
    assert np.isnan(found.natural).all()
    with pytest.raises(ldn.InputError, match="runs"):
        found.runs  # noqa: B018 - asking is what is refused
    limits = rows_of({1: (320.0, TIMES, ["<1"] * len(TIMES))})
    with pytest.raises(ldn.InputError, match="no measurement has a number"):
        fit(limits, model=oral(), parameters=list(TRUTH))


def test_a_file_is_fitted_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from ldnsim.cli import main

    path, out, left, drawn = (tmp_path / name for name in ("data.csv", "out.csv", "left.csv", "fit.png"))
    pd.DataFrame(noisy(n=2)).to_csv(path, index=False)
    given = ["--model", "one-compartment", "--set", "CL=2", "--set", "V=25", "--set", "ka=1"]
    written = ["--csv", str(out), "--residuals", str(left), "--plot", str(drawn)]
    with pytest.raises(SystemExit) as stop:
        main(["fit", str(path), *given, "--unit", "mg/L", *written])
    assert stop.value.code == 0
    assert "All fits converged." in capsys.readouterr().out
    expected = fit(noisy(n=2), model=oral(), parameters=list(TRUTH)).table
    np.testing.assert_allclose(pd.read_csv(out, comment="#")["estimate"], expected["estimate"], rtol=1e-9)
    assert len(pd.read_csv(left)) == 20
    assert drawn.stat().st_size > 1000
    for words, named in (
        (["--model", "thirteen-compartment"], "--model"),
        (["--model", "one-compartment", "--set", "CL=2"], "V too"),
        ([], "--fit"),
        (["--fit", "pk.nothing"], "pk.nothing"),
    ):
        with pytest.raises(SystemExit) as stop:
            main(["fit", str(path), *words])
        assert stop.value.code == 2
        assert named in capsys.readouterr().err


def test_a_record_is_enough_to_fit_again() -> None:
    said: dict[str, Any] = {
        "parameters": {"CL": 1.5, "V": None, "ka": None}, "scale": {"V": "linear"}, "bounds": {"ka": (0.1, 10)},
        "priors": {"V": ldn.Normal(sd=5.0)}, "error": "combined", "unit": "mg/L", "lloq": 0.001, "pooled": True,
    }  # fmt: skip
    found = fit(noisy(n=2), model=oral(), **said)
    again = repeat(json.loads(json.dumps(found.record)))
    assert again.table.equals(found.table)
    assert str(again) == str(found)
    with pytest.raises(ldn.InputError, match="record.fit"):
        repeat(ldn.simulate("4.5 mg", until=1).record)
    bound = fit(noisy(), model=oral(), parameters=list(TRUTH), bounds={"CL": (1.0, 2.5)})
    assert list(bound.profile().table["parameter"]) == ["V", "ka"]
    assert bound.profile(["CL"]).table.empty


def test_a_prior_adds_what_its_density_says() -> None:
    # a single measurement of a line and a normal prior: the mean of both, by their precisions
    level = bateman(4.0, 320.0, TRUTH)
    model = ldn.models.one_compartment(**TRUTH, F=0.5)
    prior = {"F": ldn.Normal(0.5, sd=0.1)}
    said: dict[str, Any] = {"error": {"additive": 0.4}, "scale": "linear", "priors": prior}
    found = fit(rows_of({1: (320.0, [4.0], [0.8 * level])}), model=model, parameters=["F"], **said)
    weights = np.array([(level / 0.4) ** 2, 1 / 0.1**2])
    assert of(found, "F")[0] == pytest.approx(float(weights @ [0.8, 0.5] / weights.sum()), rel=1e-7)
    assert of(found, "F", "SE")[0] == pytest.approx(1 / math.sqrt(weights.sum()), rel=1e-6)
