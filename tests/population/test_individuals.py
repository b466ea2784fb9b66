"""Individuals: each as a run of their own would be, read from frames, and named where they are impossible."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ldnsim import Individuals, InputError, LogNormal, Population, resolve, simulate
from ldnsim.ledger.parameters import naltrexone_rules
from ldnsim.models import one_compartment

NIGHTS = "4.5 mg at 22:00 daily for 2 days"
FRAME: dict[str, list[Any]] = {
    "ID": ["ann", "bob", "cid"],
    "pk.cl": [80.0, 130.0, 190.0],
    "receptors.kd": [0.3, 0.4, 0.6],
}


def drawn(people: Population) -> dict[str, Any]:
    """Parameters of all people, by name."""
    typical = resolve()
    found = people.bound(typical.rules).draw(typical, np.arange(people.n), 1, [np.inf])
    return dict(zip(typical, found.values[0], strict=True))


def tonight(people: Population, **settings: Any) -> Any:
    """One dose, looked at for two hours."""
    return simulate("4.5 mg", population=people, until=2, step=1, engine="batch", progress=False, **settings)


def test_frames_and_mappings_say_the_same() -> None:
    expected = Individuals.of(FRAME)
    assert expected.ids == ("ann", "bob", "cid")
    assert Individuals.of(pd.DataFrame(FRAME)) == expected
    assert Individuals.of({name: iter(values) for name, values in FRAME.items()}) == expected
    assert Individuals.of({name: np.array(values) for name, values in FRAME.items()}) == expected
    polars = pytest.importorskip("polars")
    assert Individuals.of(polars.DataFrame(FRAME)) == expected


def test_without_id_people_are_numbered() -> None:
    assert Individuals.of({"pk.cl": [80.0, 130.0]}).ids == (1, 2)


@pytest.mark.parametrize(("engine", "start"), [("batch", "untreated"), ("compiled", "steady-state")])
def test_each_curve_is_that_of_a_run_of_its_own(engine: Any, start: Any) -> None:
    people = Individuals.of(FRAME)
    many = simulate(NIGHTS, population=people, engine=engine, start=start, step=1.0, progress=False)
    assert many.data["id"].values.tolist() == ["ann", "bob", "cid"]
    for who, (cl, kd) in enumerate(zip(FRAME["pk.cl"], FRAME["receptors.kd"], strict=True)):
        alone = simulate(NIGHTS, parameters={"pk.cl": cl, "receptors.kd": kd}, start=start, step=1.0)
        for name in many.data.data_vars:
            expected = alone.data[name].values
            spread = np.ptp(expected, axis=-1, keepdims=True)
            gap = np.abs(many.data[name].values[who] - expected) / np.where(spread > 0, spread, 1.0)
            assert gap.max() <= 1e-5, (name, who)


def test_a_heading_names_the_unit() -> None:
    found = drawn(Individuals.of({"pk.cl [mL/min]": [2000, 2500.0], "pk.vc[L]": [300, 400]}))
    assert found["pk.cl"] == pytest.approx([120.0, 150.0])
    assert found["pk.vc"].tolist() == [300.0, 400.0]
    # as does a cell
    assert drawn(Individuals.of({"pk.cl": ["2000 mL/min", "2.5 L/min"]}))["pk.cl"] == pytest.approx([120.0, 150.0])


def test_covariates_are_columns_too() -> None:
    people = Individuals.of({"weight [lb]": [150.0, 220.0], "smoking": ["yes", "no"], "age": [40, 70]})
    found = tonight(people)
    assert found.data["weight"].values == pytest.approx([68.0389, 99.7903], rel=1e-5)
    assert found.data["smoking"].values.tolist() == ["yes", "no"]
    assert "weight given" in found.data.attrs["population"]
    clearances = drawn(people)["pk.cl"]
    for who, known in enumerate([{"weight": "150 lb", "smoking": "yes", "age": 40}, {"weight": "220 lb", "age": 70}]):
        alone = simulate("4.5 mg", covariates=known, until=2, step=1)
        assert clearances[who] == pytest.approx(alone.parameters["pk.cl"].value)
    # covariates act on top of what is known of a parameter, as they do on parameters= of one person
    both = drawn(Individuals.of({"weight": [50.0, 90.0], "pk.cl": [111.0, 112.0]}))["pk.cl"]
    for who, (weight, clearance) in enumerate([(50, 111.0), (90, 112.0)]):
        alone = simulate("4.5 mg", parameters={"pk.cl": clearance}, covariates={"weight": weight}, until=2, step=1)
        assert both[who] == pytest.approx(alone.parameters["pk.cl"].value)


def test_nothing_varies_beside_what_is_known_but_what_is_asked_for() -> None:
    plain, typical = drawn(Individuals.of(FRAME)), resolve().values_by_name()
    assert {name for name in typical if not np.array_equal(plain[name], np.full(3, typical[name]))} == {
        "pk.cl", "receptors.kd",
    }  # fmt: skip
    spread = {"pk.cl": LogNormal(cv=0.2), "pk.f": LogNormal(cv=0.2)}
    more = drawn(Individuals.of(FRAME, seed=3, variability=spread))
    again = drawn(Population(3, 3, variability=spread))
    np.testing.assert_allclose(more["pk.cl"] / FRAME["pk.cl"], again["pk.cl"] / typical["pk.cl"], rtol=1e-12)
    np.testing.assert_array_equal(more["pk.f"], again["pk.f"])


def test_a_result_says_that_people_were_known() -> None:
    attrs = tonight(Individuals.of(FRAME)).data.attrs
    assert attrs["population"] == "3 individuals"
    assert attrs["variability_evidence"] == "differences between people: assumed"
    (basis,) = Individuals.of(FRAME).rows(resolve())["pk.cl"]
    assert basis.what == "given for each person"


def test_plain_values_and_records_make_the_same_people() -> None:
    people = Individuals.of(
        {**FRAME, "weight [lb]": [150, 160, 170.0]}, seed=5, variability={"pk.f": LogNormal(cv=0.2)},
        residual={"plasma": LogNormal(cv=0.1)},
    )  # fmt: skip
    assert Individuals.from_dict(json.loads(json.dumps(people.to_dict()))) == people
    run = tonight(people)
    assert run.repeat().data.identical(run.data)
    assert Individuals.from_dict(run.record["population"]) == people


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (5, "^frame: got 5"),
        ("pk.cl", "^frame: got 'pk.cl'"),
        ({}, "^frame: got"),
        ({"ID": [1, 2]}, "^frame: got 'ID', expected at least one column beside ID"),
        ({"pk.cl": []}, "^frame: got"),
        ({"ID": [1, 2], "pk.cl": [100.0]}, "^frame: got .*one row a person"),
        ({"pk.cl": 100.0}, "^column pk.cl: got"),
        ({"pk.cl": "100"}, "^column pk.cl: got"),
        ({1: [100.0]}, "^frame, column: got 1"),
        ({" ": [100.0]}, "^frame, column: got"),
        ({"ID": [1, 1], "pk.cl": [1.0, 2.0]}, "^column ID: got .*none twice"),
        ({"ID": [1, np.nan], "pk.cl": [1.0, 2.0]}, "^column ID: got .*none missing"),
        ({"ID": [1, None], "pk.cl": [1.0, 2.0]}, "^column ID: got .*none missing"),
        (pd.DataFrame({"ID": [1, pd.NA], "pk.cl": [1.0, 2.0]}), "^column ID: got .*none missing"),
        ({"ID": [[1], [2]], "pk.cl": [1.0, 2.0]}, "^column ID: got"),
    ],
)
def test_a_frame_that_cannot_be_told_apart_is_refused(frame: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Individuals.of(frame)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"pk.cl": [100.0, np.nan]}, "^column pk.cl, ID b: got nan"),
        ({"pk.cl": [100.0, None]}, "^column pk.cl, ID b: got None"),
        ({"pk.cl [mL/min]": [100.0, np.nan]}, "^column pk.cl, ID b: got 'nan mL/min'"),
        ({"pk.cl": [-1.0, 100.0]}, "^column pk.cl, ID a: got -1"),
        ({"pk.cl [kg]": [100.0, 100.0]}, "^column pk.cl, ID a: got '100.0 kg'"),
        ({"pk.vc": [100.0, 0.0]}, "^pk.vc, ID b: got 0.0, expected a number above 0"),
        ({"pk.fm": [0.5, 1.5]}, "^column pk.fm, ID b: got 1.5, expected a finite number from 0 to 1"),
        ({"pk.f": [0.3, 0.97]}, "^pk.f, ID b: got 0.97, expected at most pk.fa"),
        ({"weight": [0.0, 70.0]}, "weight, ID a: got 0"),
        ({"age": [40.0, 9000.0]}, "^age, ID b: got 9000"),
        ({"weight": ["70 kg", "55 mg"]}, "^weight, ID b: got '55 mg', expected 1 to 500 kg"),
        ({"weight": [70.0, np.nan]}, "weight, ID b: got nan"),
        ({"smoking": ["yes", "maybe"]}, "^smoking, ID b: got 'maybe'"),
        ({"CL": [1.0, 2.0]}, "^covariates: got 'CL'"),
        ({"pk.clx": [1.0, 2.0]}, "^covariates: got 'pk.clx'"),
        ({"genotype": ["x", "y"]}, "^covariates: got 'genotype'"),
        ({"pk.cl": [1.0, 2.0], "pk.cl [L/h]": [1.0, 2.0]}, "^column pk.cl.*: got 'pk.cl', expected one column"),
    ],
)
def test_what_nobody_can_have_is_named_with_the_id(columns: dict[str, Any], words: str) -> None:
    people = Individuals.of({"ID": ["a", "b"], **columns})
    with pytest.raises(InputError, match=words):
        tonight(people)


def test_a_column_that_a_model_does_not_know_is_not_passed_over() -> None:
    model: Any = one_compartment(CL=3, V=20)
    people = Individuals.of({"CLX": [1.0, 2.0]})
    with pytest.raises(InputError, match="CLX"):
        simulate("4.5 mg", model=model, population=people, progress=False)


def test_people_who_are_known_need_no_name_of_naltrexone() -> None:
    people = Individuals.of({"CL": [1.0, 2.0]})
    model = one_compartment(CL=3, V=20)
    run = simulate("10 mg iv", model=model, population=people, until=4, step=4, progress=False)
    assert run.data["C_central"].values[:, -1] == pytest.approx(0.5 * np.exp(-4 * np.array([0.05, 0.1])))


def test_a_person_who_is_not_there_cannot_be_drawn() -> None:
    with pytest.raises(InputError, match="^people: got"):
        Individuals.of(FRAME).bound(naltrexone_rules()).draw(resolve(), [3], 1, [np.inf])
