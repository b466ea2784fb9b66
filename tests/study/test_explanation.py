"""Why a curve is where it is: doses, processes and parameters of one point."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ldnsim as ldn
from ldnsim import EventTable, InputError, Population, Regimen, models, simulate
from ldnsim.cli import main
from ldnsim.dosing.sampling import time_point, time_text
from ldnsim.models.dosable import Model
from ldnsim.models.inlets import Compartment, Inlet
from ldnsim.models.system import System
from ldnsim.results.behind import Shown
from ldnsim.study import explaining
from ldnsim.study.explanation import Explanation
from ldnsim.study.person_run import read_person
from ldnsim.study.processes import columns_of

CL, V, KA, F = 2.0, 20.0, 1.2, 0.8
DRUG = models.one_compartment(CL=CL, V=V, ka=KA, F=F)
DAILY = "4.5 mg at 22:00 daily for 3 days"


def alone(mg: float, hours: float) -> float:
    """One swallowed dose in one compartment, in closed form [mg/L]."""
    k = CL / V
    return F * mg / V * KA / (KA - k) * (math.exp(-k * hours) - math.exp(-KA * hours)) if hours > 0 else 0.0


@given(
    st.lists(st.floats(1.0, 500.0), min_size=1, max_size=4),
    st.floats(0.5, 90.0),
)
@settings(max_examples=15, deadline=None)
def test_doses_of_a_linear_model_share_a_level_as_the_closed_form_says(mg: list[float], time: float) -> None:
    plan = Regimen.parse(" then ".join(f"{dose:.6f} mg at 08:00 daily for 1 day" for dose in mg))
    found = simulate(plan, model=DRUG, until=96, step=24).explain(time)
    given = [(dose.mg, dose.time) for dose in plan.dosing() if dose.time <= time]
    assert found.adds_up
    assert found.doses["contribution"].tolist() == pytest.approx([alone(m, time - t) for m, t in given], rel=1e-7)
    assert found.doses["share"].sum() == pytest.approx(1.0, rel=1e-9)
    assert found.value == pytest.approx(sum(alone(m, time - t) for m, t in given), rel=1e-7)


def test_the_picture_of_a_point_gives_back_its_run(tmp_path: Path) -> None:
    found = simulate("100 mg", model=DRUG, until=12, step=6).explain(6)
    found.plot().savefig(tmp_path / "why.png")
    assert ldn.replay(tmp_path / "why.png").same


def test_the_words_of_a_point_say_whose_it_is() -> None:
    run = simulate("1 mg iv at 22:00", until=6, step=6, condition="multiple-sclerosis")
    found = run.explain(6, "lymphocytes")
    assert "condition multiple-sclerosis" in str(found)


def test_a_point_of_a_steady_state_takes_the_kernel_of_other_swallowed_doses() -> None:
    engines = set()
    for start in ("untreated", "steady-state"):
        run = simulate(DAILY, until=6, step=6, start=start)
        engines.add(explaining._rows(read_person(run.record, None), Shown("tone")).settings["engine"])
    assert len(engines) == 1


def test_doses_before_a_steady_state_have_a_share_of_their_own() -> None:
    run = simulate("100 mg at 08:00 daily for 2 days", model=DRUG, start="steady-state", step=6)
    found = run.explain("day 2 02:00")
    *_, earlier = found.doses["contribution"]
    every = sum(alone(100.0, 42.0 + 24.0 * day) for day in range(1, 40))
    assert earlier == pytest.approx(every, rel=1e-7)
    assert found.doses["share"].sum() == pytest.approx(1.0, rel=1e-9)


class Level(NamedTuple):
    """What is in the body, and what has been seen of it.

    Attributes
    ----------
    amount : float
        Drug in the body [mg].
    area : float
        Area under its level [mg*h/L].
    """

    amount: float
    area: float


class Body(NamedTuple):
    """One compartment."""

    drug: Level


class Constants(NamedTuple):
    """Clearance and volume.

    Attributes
    ----------
    cl : float
        Clearance [L/h].
    v : float
        Volume [L].
    f : float
        Bioavailability [1].
    """

    cl: float
    v: float
    f: float


class Seen(NamedTuple):
    """What is observed.

    Attributes
    ----------
    auc : float
        Area under the level [mg*h/L].
    """

    auc: float


def collecting(state: Body, p: Constants, _clock: Any) -> Body:
    """Loss, and the area that grows."""
    level = state.drug.amount / p.v
    return Body(Level(-p.cl * level, p.f * level))


def area(state: Body, _p: Constants, _clock: Any) -> Seen:
    """The area."""
    return Seen(state.drug.area)


def area_model() -> Model:
    compartment = Compartment("central", (0,), (Inlet(0, 1.0, 0.0),))
    system = System(Body, collecting, area, linear=True)
    return Model(
        "collecting", system, lambda _: Constants(2.0, 20.0, 0.8), (0.0, 0.0), (compartment,), "central", "central",
        {"central": "auc"}, amt_unit="mg",
    )  # fmt: skip


def test_an_area_rises_with_bioavailability_and_falls_with_clearance_one_to_one() -> None:
    found = simulate("100 mg iv at 08:00", model=area_model(), until=400, step=50, engine="reference").explain(
        400, "auc"
    )
    moved = found.parameters.set_index("parameter")["elasticity"]
    assert found.value == pytest.approx(0.8 * 100 / 2.0, rel=1e-6)
    assert moved["f"] == pytest.approx(1.0, abs=1e-5)
    assert moved["cl"] == pytest.approx(-1.0, abs=1e-5)
    assert moved["v"] == pytest.approx(0.0, abs=1e-5)
    assert "v " not in str(found).split("one percent:")[1]


@pytest.fixture(scope="module")
def run() -> ldn.Simulation:
    return simulate(DAILY, until=60, step=1)


@pytest.fixture(scope="module")
def tone(run: ldn.Simulation) -> Explanation:
    return run.explain("day 3 02:00")


def test_what_is_explained_is_the_point_of_the_curve(run: ldn.Simulation, tone: Explanation) -> None:
    at = run.to_frame().drop_duplicates("time", keep="last").set_index("time").loc[52.0]
    assert tone.time == 52.0
    assert tone.output == "tone"
    assert tone.value == pytest.approx(at["tone"], rel=1e-6)
    assert tone.untreated == 1.0


def test_logarithms_of_the_factors_of_tone_add_up_to_that_of_tone(tone: Explanation) -> None:
    factors = tone.processes[tone.processes["kind"] == "factor"]
    assert len(factors) >= 3
    assert np.log(factors["over untreated"]).sum() == pytest.approx(math.log(tone.value), rel=1e-6)
    assert factors["share"].sum() == pytest.approx(1.0, rel=1e-9)


def test_terms_of_a_rate_add_up_to_how_the_curve_moves(run: ldn.Simulation) -> None:
    found = run.explain("day 3 03:00", "peptide_level_beta_endorphin")
    width = 0.01
    ends = [simulate(run.regimen, until=53 + side * width, step=53).data for side in (-1, 1)]
    below, above = (float(end["peptide_level"].sel(peptide="beta_endorphin").values[-1]) for end in ends)
    rates = found.processes[found.processes["kind"] == "rate"]
    assert set(rates["of"]) == {"peptide.beta_endorphin"}
    assert len(rates) > 1
    assert rates["value"].sum() == pytest.approx((above - below) / (2 * width), rel=1e-4)


def test_of_plasma_doses_add_up_and_of_tone_they_do_not(run: ldn.Simulation, tone: Explanation) -> None:
    plasma = run.explain("day 3 02:00", "plasma_ntx")
    assert plasma.adds_up
    assert plasma.doses["share"].sum() == pytest.approx(1.0, rel=1e-7)
    assert plasma.doses["contribution"].sum() == pytest.approx(plasma.value, rel=1e-7)
    assert not tone.adds_up
    assert tone.doses["share"].isna().all()
    assert "act on each other" in str(tone)


def test_a_dose_left_out_is_a_run_without_it(run: ldn.Simulation, tone: Explanation) -> None:
    without = simulate(run.regimen.miss(doses=[2]), until=52, step=52).data["tone"].values[-1]
    assert tone.doses["contribution"].iloc[1] == pytest.approx(tone.value - float(without), abs=1e-6)


def test_only_what_stands_behind_an_output_moves_it(run: ldn.Simulation) -> None:
    found = run.explain(26.0, "plasma_ntx").parameters.set_index("parameter")
    assert found["elasticity"]["pk.f"] == pytest.approx(1.0, abs=1e-4)
    assert not any(name.startswith(("receptors", "tlr4")) for name in found.index)
    assert found["row"]["pk.f"] in ldn.ledger().parameters
    assert found["status"]["pk.f"] == run.parameters["pk.f"].status


@pytest.mark.parametrize("model", [models.nalmefene("measured"), models.michaelis_menten(Vmax=10, Km=5, V=20, ka=1.0)])
def test_other_models_are_explained_too(model: Model) -> None:
    run = simulate("10 mg at 22:00 daily for 2 days", model=model, step=6)
    column = "plasma_nalmefene" if "plasma_nalmefene" in columns_of(model) else list(columns_of(model))[-1]
    found = run.explain("day 2 04:00", column)
    assert len(found.doses) == 2
    assert len(found.strongest)
    assert column in str(found)


def test_saturable_loss_does_not_add_up() -> None:
    run = simulate("500 mg at 22:00 daily for 2 days", model=models.michaelis_menten(Vmax=10, Km=5, V=20, ka=1.0))
    found = run.explain(40)
    assert not found.adds_up
    assert found.doses["contribution"].sum() != pytest.approx(found.value, rel=1e-3)


def test_where_no_dose_was_given_before_it_says_so() -> None:
    run = simulate(Regimen("100 mg", at="08:00", start="10 h"), model=DRUG, until=24, step=1)
    found = run.explain(5)
    assert found.value == 0.0
    assert found.doses.empty
    assert "none was given before" in str(found)
    assert found.parameters["elasticity"].isna().all()
    found.plot()
    plt.close("all")


def test_a_bolus_counts_at_its_own_moment() -> None:
    run = simulate("100 mg iv at 08:00 daily for 2 days", model=models.one_compartment(CL=CL, V=V), step=6)
    assert run.explain(0).value == pytest.approx(100 / V)
    assert len(run.explain(24).doses) == 2


@pytest.mark.parametrize("time", [-1, 61, "day 9 02:00", "day 0 02:00", "02:00", "day 3", "soon", None, math.nan])
def test_a_time_that_is_none_of_the_run_is_refused(run: ldn.Simulation, time: Any) -> None:
    with pytest.raises(InputError, match="60 h") as error:
        run.explain(time)
    assert error.value.argument == "time"


@pytest.mark.parametrize(
    ("output", "meant"),
    [
        ("occupancy", "occupancy_mor"),
        ("plasma", "plasma_ntx"),
        ("ton", "tone"),
        ("", "occupancy_mor"),
        (3, "occupancy_mor"),
    ],
)
def test_an_output_that_there_is_not_is_refused_with_what_may_be_meant(
    run: ldn.Simulation, output: Any, meant: str
) -> None:
    with pytest.raises(InputError, match=meant):
        run.explain(10, output)


def test_tables_and_populations_say_what_works() -> None:
    table = EventTable.of({"ID": [1, 1], "TIME": [0, 4], "AMT": [100, 0]})
    many = simulate(
        "100 mg at 08:00", model=DRUG, population=Population(2, seed=1, variability={}), until=4, progress=False
    )
    for made in (simulate(table, model=DRUG), many):
        with pytest.raises(InputError, match="one person"):
            made.explain(2)


def test_decisions_are_refused() -> None:
    run = simulate("100 mg at 08:00 daily for 2 days", model=DRUG, decide=lambda _: 50.0)
    with pytest.raises(InputError, match="decide"):
        run.explain(30)


@given(st.floats(0.0, 24.0 * 60), st.integers(0, 24 * 60 - 1))
def test_a_time_is_read_as_it_is_written(time: float, minutes: int) -> None:
    clock = minutes / 60
    assert time_point(time_text(time, clock), "time", clock=clock, until=1e6) == pytest.approx(time, abs=1 / 120 + 1e-9)


def test_the_picture_shows_doses_processes_and_parameters_with_what_they_rest_on(tone: Explanation) -> None:
    mpl.use("agg")
    figure = tone.plot()
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert [title.split()[0].rstrip(":") for title in titles] == ["Doses", "Factors", "Parameters"]
    assert len(figure.axes[0].patches) == len(tone.doses)
    assert "Weakest evidence" in "".join(text.get_text() for text in figure.texts)
    plt.close("all")


def test_the_table_holds_everything(tone: Explanation) -> None:
    kinds = tone.table["kind"].value_counts()
    assert kinds["dose"] == len(tone.doses)
    assert kinds["elasticity"] == len(tone.parameters)
    assert kinds["factor"] + kinds["rate"] == len(tone.processes)
    assert tone.table["what"].notna().all()


def test_an_infusion_under_way_is_one_of_the_flows() -> None:
    plan = "100 mg iv over 4 h at 08:00 daily for 2 days"
    run = simulate(plan, model=models.one_compartment(CL=CL, V=V), step=6)
    rates = run.explain(2).processes.set_index("what")["value"]
    assert rates["infusion"] == pytest.approx(100 / 4)
    level = 25 / CL * (1 - math.exp(-CL / V * 2))
    assert rates.sum() == pytest.approx(25 - CL * level, rel=1e-6)
    assert "infusion" not in run.explain(4).processes["what"].tolist()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["explain", DAILY, "--at", "day 1 02:00", "--until", "60 h", "--output", "plasma_ntx"], 0, "add up"),
        (["explain", "4.5 mg", "--at", "day 9 02:00"], 2, "day 2 08:00"),
        (["explain", "4.5 mg", "--at", "2 h", "--output", "plasm"], 2, "plasma_ntx"),
        (["explain", "4.5 mg"], 2, "--at"),
        (["discriminate", "4.5 mg", "--until", "6 h", "--dose", "1 mg", "--output", "occupancy_mor"], 0, "LD007"),
        (["discriminate", "4.5 mg", "--output", "tone"], 2, "--error states"),
        (["discriminate", "4.5 mg", "--error", "tone"], 2, "NAME=VALUE"),
        (["discriminate", "4.5 mg", "--assumptions", "popular"], 2, "at least two"),
        (["discriminate", "4.5 mg", "--seed", "1"], 2, "--population"),
    ],
)
def test_the_command_line_explains_and_decides(
    words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == code
    told = capsys.readouterr()
    assert said in (told.err if code else told.out)


def test_the_table_is_written_whole(tmp_path: Path) -> None:
    table, picture = tmp_path / "why.csv", tmp_path / "why.png"
    words = ["explain", DAILY, "--at", "2 h", "--output", "plasma_ntx", "--csv", str(table), "--plot", str(picture)]
    with pytest.raises(SystemExit):
        main(words)
    assert ",".join(map(str, pd.read_csv(table, comment="#"))).startswith(
        "kind,what,value,unit,share,row,status,source"
    )
    assert picture.stat().st_size > 1000
