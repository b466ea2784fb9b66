"""The controls of a notebook, moved as a reader moves them."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("ipywidgets")

import ldnsim as ldn
from ldnsim.explorer import notebook, work
from ldnsim.explorer.controls import GROUPS, MIXTURE
from ldnsim.explorer.notebook import Controls
from ldnsim.explorer.scenario import Scenario


@pytest.fixture
def controls(monkeypatch: pytest.MonkeyPatch) -> Controls:
    # what is drawn is tested where files are
    monkeypatch.setattr(notebook, "picture", lambda found, *_: repr(found.numbers[0]).encode())
    return Controls(Scenario(dose=3, days=2))


def test_it_has_the_controls_of_the_page_and_shows_what_they_say(controls: Controls) -> None:
    names = {control.name for _, group in GROUPS for control in group}
    assert set(controls._fields) == names | {f"b.{name}" for name in names} | {"people"}
    (run,) = controls.runs
    assert run.data.identical(Scenario(dose=3, days=2).run().data)
    assert eval(controls.python[0], {"ldn": ldn}).data.identical(run.data)
    before = controls._figure.value
    controls._fields["dose"].value = 0.001
    assert controls.runs[0].regimen.diary()[0].mg == 0.001
    assert controls._figure.value != before
    assert "application/vnd.jupyter.widget-view+json" in controls._repr_mimebundle_()


def test_a_slider_moves_what_is_typed_and_not_the_other_way_round(controls: Controls) -> None:
    field = controls._fields["dose"]
    field.value = 50
    assert controls.runs[0].regimen.diary()[0].mg == 50
    slider: Any = controls._sliders["dose"]
    assert slider.value == slider.max == 10
    slider.value = 4.4
    assert field.value == 4.4


def test_an_account_moves_its_axes_and_axes_name_their_account(
    controls: Controls, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def worked(one: Any) -> work.Found:
        asked.append(one.scenarios[0].assumptions.name)
        return work.Found((), None)

    monkeypatch.setattr(notebook, "work", worked)
    fields = controls._fields
    fields["account"].value = "measured"
    assert fields["site"].value == "pet"
    fields["tlr4"].value = "off"
    assert fields["account"].value == MIXTURE
    fields["tlr4"].value = "in-vitro"
    assert fields["account"].value == "measured"
    assert asked == ["measured", "measured,tlr4=off", "measured"]


def test_what_is_wrong_stands_below_its_control_and_leaves_the_other_scenario(controls: Controls) -> None:
    fields = controls._fields
    controls._beside.value = True
    fields["b.dose"].value = 500
    assert controls._wrong["b.dose"].value == "Expected a finite number from 0.001 to 400."
    assert controls._wrong["b.dose"].layout.display is None
    assert controls._wrong["dose"].layout.display == "none"
    assert controls.problem.startswith("b.dose: got '500'")
    assert len(controls.runs) == 1
    fields["b.dose"].value = 50
    assert (controls.problem, len(controls.runs)) == ("", 2)
    fields["people"].value = 2.5
    assert controls._wrong["people"].value.startswith("Expected a whole number")
    assert not controls.runs


@pytest.mark.usefixtures("without_compiling")
def test_a_drug_has_its_own_fields_and_leaves_the_others_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook, "picture", lambda *_: b"")
    first = Scenario(dose=3, days=2, weight=60)
    controls = Controls(first, Scenario(drug="nalmefene", dose=18, days=2))
    fields, rows = controls._fields, controls._rows
    assert [run.data.attrs.get("drug", "naltrexone") for run in controls.runs] == ["naltrexone", "nalmefene"]
    assert (rows["weight"].layout.display, rows["b.weight"].layout.display) == (None, "none")
    assert controls._sliders["b.dose"].value == 18
    fields["drug"].value = "nalmefene"
    fields["account"].value = "measured"
    assert controls.python[0] == (
        "ldn.simulate('3 mg capsule at 22:00 daily for 2 days', model=ldn.models.nalmefene('measured'), "
        "engine='compiled')"
    )
    fields["blockade"].value = "functional"
    assert "nalmefene('popular,site=pet,rebound=conservative,blockade=functional')" in controls.python[0]
    fields["account"].value = "popular"
    fields["drug"].value = "naltrexone"
    assert "weight': 60" in controls.python[0]
    assert controls.problem == ""
    # what the other drug has not moves to what it has
    monkeypatch.setattr(notebook, "work", lambda _: work.Found((), None))
    fields["formulation"].value, fields["drug"].value = "liquid", "nalmefene"
    assert fields["formulation"].value == "capsule"
    assert controls.problem == ""
