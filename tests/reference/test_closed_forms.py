"""Small models against closed forms, over generated parameters: 1e-8 where linear, 1e-6 elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ldnsim import EventTable, models, simulate
from ldnsim.models import Model

from . import closed_forms as exact
from .closed_forms import Array

LINEAR, OTHER = 1e-8, 1e-6
TIMES = np.array([0.25, 1.0, 3.0, 7.5, 12.0, 20.0])

volumes = st.floats(2, 200)
clearances = st.floats(0.2, 40)
rates = st.floats(0.05, 4)
doses = st.floats(0.1, 5000)
few = settings(max_examples=25, deadline=None)


def rows(model: Model, *doses: dict[str, Any], times: Array = TIMES) -> pd.DataFrame:
    events: list[dict[str, Any]] = [{"ID": 1, "EVID": 1, **dose} for dose in doses]
    events += [{"ID": 1, "EVID": 0, "TIME": float(time)} for time in times]
    events.sort(key=lambda row: float(row["TIME"]))
    return simulate(EventTable.of(pd.DataFrame(events)), model=model).rows()


def close(found: Any, expected: Array, rtol: float, scale: float) -> None:
    """Relative agreement, down to what is a billionth of a billionth of the dose."""
    np.testing.assert_allclose(np.asarray(found, dtype=float), expected, rtol=rtol, atol=1e-18 * scale)


@st.composite
def disposition(draw: st.DrawFn) -> tuple[str, dict[str, float], exact.Terms, float]:
    """A model of one or two compartments: builder, parameters, closed form, central volume."""
    cl, v = draw(clearances), draw(volumes)
    # no more than 25 half-lives in the time looked at
    assume(cl / v * 20 < 17)
    if draw(st.booleans()):
        return "one_compartment", {"CL": cl, "V": v}, exact.one(v, cl), v
    q, v2 = draw(clearances), draw(volumes)
    assume(q / v < 2 and q / v2 < 2)
    return "two_compartment", {"CL": cl, "V1": v, "Q": q, "V2": v2}, exact.two(cl, v, q, v2), v


def distinct(ka: float, terms: exact.Terms) -> None:
    """Closed forms lose digits where rate constants meet."""
    assume(all(abs(ka - k) > 0.05 * ka for _, k in terms))


@few
@given(disposition(), doses, st.floats(0.1, 1.0), st.floats(0, 5))
def test_bolus_with_bioavailability_and_lag(kind: Any, dose: float, f: float, lag: float) -> None:
    name, values, terms, volume = kind
    found = rows(getattr(models, name)(**values, F=f, lag=lag), {"TIME": 0, "AMT": dose})
    expected = exact.bolus(terms, f * dose, TIMES - lag)
    close(found["A_central"], expected, LINEAR, dose)
    close(found["C_central"], expected / volume, LINEAR, dose)


@few
@given(disposition(), st.floats(0.1, 500), st.floats(0.1, 15), st.floats(0, 4))
def test_infusion(kind: Any, rate: float, duration: float, lag: float) -> None:
    name, values, terms, _ = kind
    found = rows(getattr(models, name)(**values, lag=lag), {"TIME": 0, "AMT": rate * duration, "RATE": rate})
    expected = exact.infusion(terms, rate, duration, TIMES - lag)
    # next to the start the amount is a difference of nearly equal numbers in any computation
    np.testing.assert_allclose(found["A_central"], expected, rtol=LINEAR, atol=1e-12 * rate)


@few
@given(disposition(), doses, rates, st.floats(0, 5))
def test_oral(kind: Any, dose: float, ka: float, lag: float) -> None:
    name, values, terms, _ = kind
    distinct(ka, terms)
    found = rows(getattr(models, name)(**values, ka=ka, lag=lag), {"TIME": 0, "AMT": dose})
    since = TIMES - lag
    np.testing.assert_allclose(
        found["A_central"], exact.absorbed(terms, dose, ka, since), rtol=LINEAR, atol=1e-13 * dose
    )
    depot = np.where(since >= 0, dose * np.exp(-ka * np.maximum(since, 0)), 0.0)
    np.testing.assert_allclose(found["A_depot"], depot, rtol=LINEAR, atol=1e-16 * dose)


@few
@given(disposition(), doses, rates, st.floats(1, 12), st.integers(1, 8))
def test_multiple_doses(kind: Any, dose: float, ka: float, interval: float, additional: int) -> None:
    name, values, terms, _ = kind
    distinct(ka, terms)
    # not where a look and a dose meet: the sides of a dose are told apart elsewhere
    assume(all(abs(time / interval - round(time / interval)) > 1e-6 for time in TIMES))
    course = {"TIME": 0, "AMT": dose, "II": interval, "ADDL": additional}
    oral = rows(getattr(models, name)(**values, ka=ka), course)["A_central"]
    expected = sum(exact.absorbed(terms, dose, ka, TIMES - k * interval) for k in range(additional + 1))
    np.testing.assert_allclose(oral, expected, rtol=LINEAR, atol=1e-13 * dose)
    at_once = rows(getattr(models, name)(**values), course)["A_central"]
    close(at_once, sum((exact.bolus(terms, dose, TIMES - k * interval) for k in range(additional + 1)), 0 * TIMES),
          LINEAR, dose)  # fmt: skip


@few
@given(disposition(), doses, rates, st.floats(21, 48))
def test_steady_state(kind: Any, dose: float, ka: float, interval: float) -> None:
    name, values, terms, _ = kind
    distinct(ka, terms)
    course = {"TIME": 0, "AMT": dose, "II": interval, "SS": 1}
    close(rows(getattr(models, name)(**values), course)["A_central"],
          exact.steady_bolus(terms, dose, interval, TIMES), LINEAR, dose)  # fmt: skip
    oral = rows(getattr(models, name)(**values, ka=ka), course)["A_central"]
    np.testing.assert_allclose(
        oral, exact.steady_absorbed(terms, dose, ka, interval, TIMES), rtol=LINEAR, atol=1e-13 * dose
    )


@few
@given(
    st.floats(0.05, 0.8), st.floats(0.05, 0.8), rates, st.floats(0, 1), st.floats(0, 1), volumes, volumes, doses
)  # fmt: skip
def test_parent_to_metabolite_with_first_pass(
    k: float, km: float, ka: float, fh: float, fm: float, v: float, vm: float, dose: float
) -> None:
    assume(min(abs(k - km), abs(ka - k), abs(ka - km)) > 0.03)
    model = models.parent_metabolite(CL=k * v, V=v, CLm=km * vm, Vm=vm, fm=fm, ka=ka, fh=fh)
    found = rows(model, {"TIME": 0, "AMT": dose})
    parent = fh * dose * exact.chain([ka, k], TIMES)
    formed = fm * dose * (fh * exact.chain([ka, k, km], TIMES) + (1 - fh) * exact.chain([ka, km], TIMES))
    np.testing.assert_allclose(found["A_central"], parent, rtol=LINEAR, atol=1e-12 * dose)
    np.testing.assert_allclose(found["A_metabolite"], formed, rtol=LINEAR, atol=1e-11 * dose)
    np.testing.assert_allclose(found["C_metabolite"], formed / vm, rtol=LINEAR, atol=1e-11 * dose / vm)


@few
@given(st.floats(0.01, 5), st.floats(0.05, 3), st.floats(0.05, 50), st.floats(0.5, 6))
def test_association_and_dissociation(kon: float, koff: float, level: float, washed: float) -> None:
    model = models.binding(kon, koff, CL=0, V=2)
    wash = {"TIME": washed, "AMT": 0, "EVID": "replace", "CMT": "central"}
    # the receptor keeps what it holds when the drug is taken away
    bound = rows(model, {"TIME": 0, "AMT": 2 * level}, wash)["bound"]
    held = exact.association(level, kon, koff, np.minimum(TIMES, washed))
    expected = held * np.exp(-koff * np.maximum(TIMES - washed, 0.0))
    np.testing.assert_allclose(bound, expected, rtol=OTHER, atol=1e-12)


@few
@given(st.floats(0.05, 20), st.floats(0.01, 100), st.floats(0, 50))
def test_competitive_equilibrium_and_gaddum_shift(kd: float, level: float, competitor: float) -> None:
    looks = np.array([2000.0])

    def held(level: float, competitor: float) -> float:
        model = models.binding(1 / kd, 1.0, CL=0, V=1, competitor=competitor)
        return float(rows(model, {"TIME": 0, "AMT": level}, times=looks)["bound"][0])

    assert held(level, competitor) == pytest.approx(level / (level + kd * (1 + competitor)), rel=OTHER)
    # a competitor shifts the curve in parallel: 1 + competitor times the level does what the level did
    assert held(level * (1 + competitor), competitor) == pytest.approx(held(level, 0.0), rel=OTHER)


@few
@given(
    st.sampled_from([1, 2, 3, 4]),
    st.floats(0.1, 50),
    st.floats(0.05, 2),
    st.floats(0.05, 1.0),
    st.floats(0.1, 20),
    st.floats(0.05, 50),
    st.floats(0.5, 3),
)
def test_indirect_response_to_a_constant_level(
    kind: int, kin: float, kout: float, largest: float, c50: float, level: float, h: float
) -> None:
    potency = {"Imax": largest, "IC50": c50} if kind < 3 else {"Smax": 5 * largest, "SC50": c50}
    model = models.turnover(kind, kin=kin, kout=kout, CL=0, V=4, h=h, **potency)
    found = rows(model, {"TIME": 0, "AMT": 4 * level})["response"]
    share = level**h / (level**h + c50**h)
    factor = 1 - largest * share if kind < 3 else 1 + 5 * largest * share
    production, loss = (factor, 1.0) if kind in (1, 3) else (1.0, factor)
    np.testing.assert_allclose(found, exact.response(kin, kout, production, loss, TIMES), rtol=OTHER)


@few
@given(disposition(), doses, st.floats(0.05, 0.95), st.floats(0, 6))
def test_split_doses_add_up(kind: Any, dose: float, share: float, when: float) -> None:
    name, values, _, _ = kind
    model = getattr(models, name)(**values, ka=1.0, F=0.7, lag=0.3)
    whole = rows(model, {"TIME": when, "AMT": dose})
    parts = rows(model, {"TIME": when, "AMT": share * dose}, {"TIME": when, "AMT": (1 - share) * dose})
    np.testing.assert_allclose(parts["A_central"], whole["A_central"], rtol=1e-12, atol=1e-15 * dose)


@few
@given(disposition(), st.lists(st.tuples(st.floats(0, 19), doses), min_size=2, max_size=5))
def test_doses_superpose(kind: Any, given_doses: list[tuple[float, float]]) -> None:
    name, values, _, _ = kind
    model = getattr(models, name)(**values, ka=0.9)
    single = [{"TIME": time, "AMT": dose, "RATE": dose / 2} for time, dose in given_doses]
    together = rows(model, *single)["A_central"]
    apart = sum((rows(model, dose)["A_central"] for dose in single), 0.0)
    np.testing.assert_allclose(together, apart, rtol=1e-9, atol=1e-12 * sum(dose for _, dose in given_doses))


def test_terminal_slope_of_two_compartments_is_the_slow_one() -> None:
    found = rows(models.two_compartment(2, 20, 4, 50), {"TIME": 0, "AMT": 100}, times=np.array([150.0, 160.0]))
    slope = np.log(found["A_central"][0] / found["A_central"][1]) / 10
    assert slope == pytest.approx(exact.two(2, 20, 4, 50)[1][1], rel=1e-9)
