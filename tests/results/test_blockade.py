"""Two things that are called blockade, each by its name, and which of them counts."""

from __future__ import annotations

import html
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import ldnsim as ldn
from ldnsim import Assumptions, Ensemble, InputError, Normal, Population, Simulation, resolve, simulate
from ldnsim.explorer.controls import GROUPS
from ldnsim.explorer.page import page_text
from ldnsim.models.nalmefene import nalmefene
from ldnsim.plots import panels as plots
from ldnsim.plots.drawing import BLACK
from ldnsim.receptors import functional_block
from ldnsim.results.blockade import BEHIND, BLOCKS, COUNTS, means
from ldnsim.results.endpoints import hours_blocked, window
from ldnsim.results.over_time import hours_blocked_by_person
from ldnsim.results.readings import BLOCKED_HOURS, EFFECT_HOURS, HELD_HOURS, blockade_hours

NIGHT = "4.5 mg at 22:00"
HELD, BLOCKED = "half of mu receptors held", "heroin 25 mg blocked by half"


@cache
def night(blockade: str) -> Simulation:
    return simulate(NIGHT, assumptions=Assumptions(blockade=blockade), until=24, step=0.05)


def triangle(**said: Any) -> xr.Dataset:
    """Mu occupancy that rises from 0 to 1 in 10 h and falls again in 10 h."""
    held = xr.DataArray([[0.0, 1.0, 0.0]], {"receptor": ["mor"], "time": [0.0, 10.0, 20.0]})
    return xr.Dataset({"occupancy": held}, attrs=said)


def test_half_of_the_receptors_block_about_a_hundredth_of_the_effect_of_heroin() -> None:
    p = resolve("popular")
    o50, steep = (p[f"receptors.{name}"].value for name in ("o50", "h_block"))
    assert functional_block(0.5, o50, steep) == pytest.approx(0.01, abs=0.005)
    assert functional_block(o50, o50, steep) == pytest.approx(0.5)


def test_hours_of_a_triangle_are_those_of_what_counts() -> None:
    assert hours_blocked(triangle()) == pytest.approx(10.0)
    assert hours_blocked(triangle(**{COUNTS: 0.7})) == pytest.approx(6.0)
    data = triangle(**{COUNTS: 0.8, BLOCKS: 0.7}).assign(functional_block=("time", [0.0, 1.0, 0.0]))
    found = {name: hours.tolist() for name, hours in blockade_hours(data).items()}
    assert found == {
        HELD_HOURS: [pytest.approx(10.0)], EFFECT_HOURS: [pytest.approx(6.0)], BLOCKED_HOURS: [pytest.approx(4.0)],
    }  # fmt: skip
    # results of before it was said are read off the curve itself
    del data.attrs[BLOCKS]
    assert blockade_hours(data)[EFFECT_HOURS].tolist() == [pytest.approx(10.0)]


def test_either_meaning_has_its_five_hours_and_its_own_kd() -> None:
    for blockade, mine, other in (("occupancy", HELD_HOURS, EFFECT_HOURS), ("functional", EFFECT_HOURS, HELD_HOURS)):
        summary = night(blockade).summary()
        assert summary[mine][-1] == summary[BLOCKED_HOURS][-1] == pytest.approx(5.0, abs=0.02)
        assert abs(summary[other][-1] - 5.0) > 1
    kd = {
        (blockade, isomers): resolve(Assumptions(blockade=blockade, isomers=isomers))["receptors.kd"].value
        for blockade in ("occupancy", "functional") for isomers in ("racemic", "levo")
    }  # fmt: skip
    # more of the receptors have to be held
    assert kd["functional", "racemic"] < kd["occupancy", "racemic"]
    for blockade in ("occupancy", "functional"):
        assert kd[blockade, "levo"] == pytest.approx(2 * kd[blockade, "racemic"], rel=1e-4)


def test_what_counts_is_said_first_and_the_other_by_its_name() -> None:
    for blockade, first, second in (("occupancy", HELD, BLOCKED), ("functional", BLOCKED, HELD)):
        said = night(blockade).summary().in_words()
        assert said.startswith(f"first 24 h: {first} 5.0 h of 24 (22:")
        assert f", {second} " in said
        assert "blocks" not in said
    said = simulate(NIGHT, until=24, step=0.5, parameters={"receptors.blocked": 0.7}).summary().in_words()
    assert said.startswith("first 24 h: 70 % of mu receptors held ")
    assert f", {HELD} " in said
    assert f", {BLOCKED} " in said


def test_a_line_of_what_counts_rests_on_that_assumption() -> None:
    measured = simulate("4.5 mg", until=24, step=0.5, parameters={"receptors.blocked": 0.4}).data
    assert measured.attrs["blocked_evidence"] == "assumed"
    assert measured.attrs[COUNTS] == 0.4


def test_more_held_than_half_counts_for_less_long() -> None:
    shares = [0.3, 0.5, 0.8]
    ready = Ensemble(NIGHT, until=24, step=0.25, engine="batch", outputs=["occupancy"])
    found = ready.endpoints({"receptors.blocked": shares}, [BLOCKED_HOURS, HELD_HOURS])
    alone = [
        hours_blocked(
            simulate(NIGHT, until=24, step=0.25, engine="batch", parameters={"receptors.blocked": share}).data
        )
        for share in shares
    ]
    np.testing.assert_allclose(found[BLOCKED_HOURS], alone, atol=0.05)
    assert alone == sorted(alone, reverse=True)
    assert found[HELD_HOURS].nunique() == 1


@pytest.mark.parametrize(("blockade", "name"), [("occupancy", "receptors.blocked"), ("functional", "receptors.o50")])
def test_people_may_differ_in_what_counts(blockade: str, name: str) -> None:
    people = ldn.Individuals.of({"ID": ["a", "b"], name: [0.4, 0.8]})
    run = simulate(
        NIGHT, population=people, until=24, step=0.25, engine="batch", assumptions=f"blockade={blockade}",
        outputs=["occupancy", "functional_block"], progress=False,
    )  # fmt: skip
    hours = hours_blocked_by_person(run.data)
    assert hours[0] > hours[1] > 0
    assert [hours_blocked(run.data.isel(person=one)) for one in (0, 1)] == pytest.approx(hours.tolist())
    assert means(run.data) == (BLOCKED if blockade == "functional" else "as many mu receptors held as count for each")
    assert [float(one) for one in run.data[COUNTS]] == [0.4, 0.8]


def test_what_counts_is_the_same_at_every_dose() -> None:
    people = Population(2, seed=1, occasions={"receptors.blocked": Normal(sd=0.01)})
    with pytest.raises(InputError, match=r"^occasions: got 'receptors\.blocked'.*cannot"):
        simulate(NIGHT, population=people, until=24, engine="batch", progress=False)


def test_an_agonist_of_mu_says_nothing_of_kappa() -> None:
    assert hours_blocked(night("occupancy").data, "kor") > 0
    with pytest.raises(InputError, match=f"^receptor: got 'kor'.*mor, because what counts as blocked is {BLOCKED}"):
        hours_blocked(night("functional").data, "kor")


def test_runs_beside_each_other_are_each_held_against_what_counts_in_them() -> None:
    runs = {name: night(name).data for name in ("occupancy", "functional")}
    counted = {name: float(data.attrs[COUNTS]) for name, data in runs.items()}
    assert counted["functional"] > counted["occupancy"] == 0.5
    for names in (("occupancy",), ("functional",), ("occupancy", "functional")):
        axes = plots.compare({name: runs[name] for name in names})[1]
        curves = {str(line.get_label()): line.get_color() for line in axes.get_lines() if line.get_label() in runs}
        dotted = {line.get_ydata()[0]: line.get_color() for line in axes.get_lines() if line.get_linestyle() == ":"}
        alone = {counted[names[0]]: BLACK}
        assert dotted == (alone if len(names) == 1 else {counted[name]: curves[name] for name in names})
        footer = " ".join(text.get_text() for text in axes.figure.texts)
        assert (f"what counts as blocked ({'; '.join(means(runs[name]) for name in names)})" in footer) is (
            "functional" in names
        )


def test_where_people_differ_in_what_counts_no_line_says_it() -> None:
    people = ldn.Individuals.of({"ID": ["a", "b"], "receptors.blocked": [0.4, 0.8]})
    run = simulate(NIGHT, population=people, until=24, step=1, engine="batch", progress=False)
    axes = plots.compare({"both": run.data})[1]
    assert not [line for line in axes.get_lines() if line.get_linestyle() == ":"]


def test_the_panel_names_the_agonist_and_says_what_is_shaded() -> None:
    for blockade, title, shaded, other in (
        ("occupancy", "Blockade, half of mu held: 5.0 h in 24 h", "mu occupancy of half or more", "effect of heroin"),
        ("functional", f"Blockade, {BLOCKED}: 5.0 h in 24 h", f"{BLOCKED} or more", "mu held"),
    ):
        axes = plots.blockade(night(blockade).data)
        legend = axes.get_legend()
        assert legend is not None
        texts = [text.get_text() for text in legend.get_texts()]
        assert axes.get_title(loc="left").strip() == title
        assert f"shaded: {shaded}" in texts
        assert any(text.startswith("effect of heroin 25 mg blocked") for text in texts)
        (told,) = [text for text in texts if text.startswith(other)]
        assert " h)" in told


def test_a_panel_of_kappa_alone_has_no_shading() -> None:
    axes = plots.blockade(night("occupancy").data.sel(receptor=["kor"]))
    legend = axes.get_legend()
    assert legend is not None
    assert not [text for text in legend.get_texts() if "shaded" in text.get_text()]


def test_the_explorer_shows_both_and_offers_the_choice() -> None:
    page = html.unescape(page_text(""))
    legend = page.partition('id="panel-blockade"')[2].partition("</p>")[0]
    assert "mu held" in legend
    assert "effect of heroin 25 mg blocked" in legend
    assert "shaded: mu occupancy of half or more" in legend
    assert "blockade" in [one.name for _, controls in GROUPS for one in controls]


def test_another_drug_has_the_choice_too() -> None:
    runs = [
        simulate("18 mg", model=nalmefene(f"blockade={one}"), until=72, step=0.5) for one in ("occupancy", "functional")
    ]
    held, blocked = (run.summary()[BLOCKED_HOURS][0] for run in runs)
    assert held > blocked > 0
    # its affinity is measured, and stays
    assert {run.parameters["receptors.kd"].value for run in runs} == {runs[0].parameters["receptors.kd"].value}


def _before(record: dict[str, Any]) -> dict[str, Any]:
    """A record as it was before what counts as blocked could be chosen."""
    assumptions = {axis: choice for axis, choice in record["assumptions"].items() if axis != "blockade"}
    later = {"receptors.blocked", "receptors.functional"}
    parameters = {name: entry for name, entry in record["parameters"].items() if name not in later}
    return {**record, "assumptions": assumptions, "parameters": parameters}


@pytest.mark.parametrize("people", [None, Population(2, seed=1)])
def test_files_of_before_open_and_repeat(people: Population | None, tmp_path: Path) -> None:
    settings: dict[str, Any] = {} if people is None else {"population": people, "engine": "batch", "progress": False}
    run: Any = simulate(NIGHT, until=24, step=0.5, assumptions="measured", **settings)
    old = run.data.assign_attrs(record=json.dumps(_before(json.loads(run.data.attrs["record"]))))
    for name in (COUNTS, BLOCKS, "blocked_means", "blocked_evidence"):
        del old.attrs[name]
    old.to_netcdf(tmp_path / "old.nc", engine="scipy")
    opened = ldn.open(tmp_path / "old.nc")
    assert not isinstance(opened, ldn.TableRun)
    assert opened.assumptions == Assumptions.of("measured")
    assert opened.parameters.to_dict() == run.parameters.to_dict()
    assert {opened.parameters[name].value for name in BEHIND} == {0.0, 0.5, opened.parameters["receptors.o50"].value}
    assert means(opened.data) == HELD
    assert str(opened.summary()) == str(run.summary())
    assert opened.repeat().data.identical(run.data)


def test_a_record_of_before_sites_and_growth_factor_says_what_differs_when_run_again() -> None:
    run = simulate("4.5 mg", until=12, step=1.0, parameters={"dose.f_diffused": 0, "receptors.ratio_ogfr": 1})
    later = ("dose.f_diffused", "dose.lag_diffused", "dose.f_er", "receptors.ratio_ogfr", "receptors.kd_outside",
             "receptors.w_bnx6_outside", "receptors.q_portal", "endorphin.lymphocyte_cap")  # fmt: skip
    old = _before(run.record)
    old["parameters"] = {name: entry for name, entry in old["parameters"].items() if name not in later}
    with pytest.warns(ldn.LdnsimWarning, match="met-enkephalin and growth are others"):
        again = ldn.repeat(old)
    assert np.array_equal(again.data["occupancy"], run.data["occupancy"])


def test_a_record_with_half_of_an_axis_is_still_refused() -> None:
    cells = {"site": "pet", "isomers": "levo", "tlr4": "off", "rebound": "off", "exposure": "label50"}
    assert Assumptions.from_dict(cells).blockade == "occupancy"
    with pytest.raises(InputError, match="blockade"):
        Assumptions.from_dict({**cells, "blockade": "both"})
    with pytest.raises(InputError, match="exposure"):
        Assumptions.from_dict({axis: cells[axis] for axis in cells if axis != "exposure"})


def test_a_day_of_it_is_read_like_the_whole() -> None:
    data = night("functional").data
    assert hours_blocked(window(data, 0.0, 12.0)) == pytest.approx(hours_blocked(data))
