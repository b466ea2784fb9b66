"""What is left of an agonist: Gaddum and the operational model by hand, names of the ledger, refusals."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ldnsim as ldn
from ldnsim.answers.agonists import Agonist
from ldnsim.cli import main

mpl.use("agg")


def left(agonist: str = "morphine", concentration: Any = 20, **settings: Any) -> ldn.AgonistLeft:
    usual = {"accounts": "popular", "population": 1, "after": ["6 h", 24]}
    return ldn.agonist_left("4.5 mg", agonist, concentration, **{**usual, **settings})


def test_what_is_left_of_the_binding_is_that_of_two_competitors_at_once() -> None:
    found = left()
    run = ldn.simulate("4.5 mg", at=[6.0, 24.0]).data["occupancy"].sel(receptor="mor")
    held = run.drop_duplicates("time", keep="last").sel(time=[6.0, 24.0]).values
    # held alone means a level of h / (1 - h) in units of the antagonist's own constant; side by side with the agonist
    odds, level = held / (1 - held), 20 / 1.2
    by_hand = level / (1 + level + odds) / (level / (1 + level))
    assert found.table["median"].to_numpy() == pytest.approx(by_hand, rel=1e-5)
    assert found.table["of"].tolist() == ["binding", "binding"]
    assert "RP109" in str(found)
    assert str(found).count("not medical advice") == 1


def test_the_results_agree_with_the_function_for_one_run() -> None:
    run = ldn.simulate("4.5 mg", at=[6.0])
    from ldnsim.results.endpoints import agonist_effect

    alone = agonist_effect(run.data, name="x", kd=1.2, concentration=20.0).drop_duplicates("time", keep="last")
    assert left().table["median"][0] == pytest.approx(float(alone.sel(time=6.0)), rel=1e-5)


@given(st.floats(0, 0.999), st.floats(0.01, 1000), st.floats(0.1, 100), st.floats(0.1, 1000), st.floats(0.5, 3))
def test_more_is_left_of_the_effect_of_an_agonist_with_receptors_to_spare(
    held: float, level: float, kd: float, tau: float, steepness: float
) -> None:
    one = Agonist("x", kd, level, 1.0, tau, steepness, "", "assumed")
    found = one.left(np.array([held]))
    assert 0 <= found["binding"][0] <= 1 + 1e-12
    # the operational model of Black and Leff, written out
    beside = level / (level + kd / (1 - held))
    full = level / (level + kd)
    effects = [(tau * one) ** steepness / (1 + (tau * one) ** steepness) for one in (beside, full)]
    assert found["effect"][0] == pytest.approx(effects[0] / effects[1], rel=1e-9)
    if steepness <= 1:
        assert found["effect"][0] >= found["binding"][0] - 1e-12
    more = Agonist("x", kd, 10 * level, 1.0, tau, steepness, "", "assumed").left(np.array([held]))
    assert more["binding"][0] >= found["binding"][0] - 1e-12


def test_heroin_is_what_the_functional_block_of_the_model_leaves() -> None:
    found = left("heroin 25 mg", None, after=[3])
    run = ldn.simulate("4.5 mg", at=[3.0]).data["functional_block"].drop_duplicates("time", keep="last")
    assert found.table["median"].tolist() == pytest.approx([1 - float(run.sel(time=3.0))], rel=1e-3)
    assert found.table["of"].tolist() == ["effect"]
    for name in ("concentration", "kd", "tau"):
        with pytest.raises(ldn.InputError, match=f"{name}: got 3"):
            left("heroin 25 mg", **{"concentration": None, name: 3})


def test_the_ledger_names_agonists_with_their_rows() -> None:
    known = ldn.answers.agonists()
    assert known["morphine"][0] == ldn.ledger().parameters["RP109"].value
    rows = [ldn.ledger().parameters[name].value for name in ("RP038", "RP039", "RP040")]
    on, off, power = (float(value or 0.0) for value in rows)
    # at its constant as many bind as leave: on * level**power = off, level in pM
    assert on * (1000 * known["fentanyl"][0]) ** power == pytest.approx(off)
    assert "to the power 0.844" in str(left("fentanyl", 2))


def test_a_population_has_a_spread_and_a_picture() -> None:
    found = left(population=6, engine="batch", tau=10)
    assert (found.table["5 %"] < found.table["95 %"]).all()
    assert found.table["of"].tolist() == ["binding", "binding", "effect", "effect"]
    time, curves = found.over_time(found.parts[0])
    assert time[0] == 0
    assert curves["effect"].shape == (6, len(time))
    assert len(found.plot().axes[0].lines) >= 2
    plt.close("all")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"agonist": "kratom"}, "kd: got None, expected its dissociation constant"),
        ({"agonist": ""}, "agonist: got ''"),
        ({"agonist": 5}, "agonist: got 5"),
        ({"concentration": None}, "concentration: got None"),
        ({"concentration": 0}, "concentration: got 0"),
        ({"concentration": "20 ng/mL"}, "concentration: got '20 ng/mL'"),
        ({"kd": -1}, "kd: got -1"),
        ({"tau": 0}, "tau: got 0"),
        ({"steepness": "x"}, "steepness: got 'x'"),
        ({"after": []}, "after: got"),
        ({"after": ["soon"]}, "after: got 'soon'"),
        (
            {"accounts": None, "model": ldn.models.one_compartment(CL=2, V=20)},
            "model: got 'one_compartment', expected one with occupancy",
        ),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(settings: dict[str, Any], expected: str) -> None:
    with pytest.raises(ldn.InputError, match=expected):
        left(**settings)


def test_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["agonist", "4.5 mg", "morphine", "--population", "1", "--assumptions", "popular", "--after", "24 h"]
    with pytest.raises(SystemExit) as stop:
        main([*words, "--concentration", "20 nM", "--tau", "10"])
    assert stop.value.code == 0
    assert "of its effect" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(words)
    assert "concentration: got None" in capsys.readouterr().err
