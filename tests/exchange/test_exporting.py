"""A model with its doses as SBML: libSBML finds nothing, and other tools see the same curves."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import libsbml
import numpy as np
import pytest
from exchange import complaints, distances, exported, in_copasi, in_roadrunner
from hypothesis import given, settings
from hypothesis import strategies as st

import ldnsim as ldn
from ldnsim import Endotoxin, InputError, Regimen, export, models, simulate
from ldnsim.cli import main
from ldnsim.exchange import Exported
from ldnsim.exchange.flows import flows
from ldnsim.exchange.handed import Handed
from ldnsim.models.recorder import Literal
from ldnsim.models.system import System

from ..models.test_library import ALL
from .test_programs import OWN, Amount, Body, Own, Seen, written_of

ONE = models.one_compartment(CL=2, V=20, ka=1.2, F=0.8, lag=0.25)
SBML = "{http://www.sbml.org/sbml/level3/version2/core}"


QUICK: Mapping[str, Any] = {"method": "LSODA", "rtol": 1e-12}


def parts(found: Exported, kind: str) -> dict[str, ElementTree.Element]:
    """Elements of a sort by their names."""
    return {one.attrib["id"]: one for one in ElementTree.fromstring(found.text).iter(SBML + kind)}


# --- what libSBML says ---


@pytest.mark.parametrize("case", ALL)
def test_libsbml_finds_nothing_in_any_model_of_the_library(case: str) -> None:
    make, values, _ = ALL[case]
    assert complaints(export("10 mg at 08:00 daily for 3 days", model=make(**values)).text) == []


@pytest.mark.parametrize("case", ["popular", "measured", "nalmefene"])
def test_libsbml_finds_nothing_in_a_drug(case: str) -> None:
    whom: dict[str, Any] = {"model": models.nalmefene("measured")} if case == "nalmefene" else {"assumptions": case}
    text = "2 mg sublingual at 22:00 daily for 9 days" if case != "nalmefene" else "18 mg at 22:00 daily for 9 days"
    assert complaints(export(text, **whom).text) == []


def test_a_unit_that_is_another_one_is_noticed() -> None:
    text = export("10 mg at 08:00 daily for 3 days", model=ONE).text
    document = libsbml.readSBMLFromString(text)
    changed = 0
    for number in range(document.getModel().getNumParameters()):
        parameter = document.getModel().getParameter(number)
        before = parameter.getUnits()
        for other in {"per_h", "L_per_h", "mg", "h"} - {before}:
            parameter.setUnits(other)
            assert complaints(libsbml.writeSBMLToString(document)) != [], (parameter.getId(), other)
            changed += 1
        parameter.setUnits(before)
    assert changed > 10


# --- the same curves elsewhere ---


def test_libroadrunner_and_copasi_agree_on_both_accounts() -> None:
    for account, text in (("popular", "4.5 mg every 8 hours for 1 day"), ("measured", "9 mg sublingual at 21:30")):
        found = exported(Regimen.parse(text), {"assumptions": account, "until": 12}, step=1.0, **QUICK)
        for tool, far in distances(found).items():
            assert len(far) > 25
            assert max(far).share < 1e-6, (tool, max(far))


def test_infusions_steady_states_and_challenges_agree_too() -> None:
    infused = models.two_compartment(CL=3, V1=10, Q=2, V2=30)
    cases: list[tuple[str, dict[str, Any]]] = [
        ("60 mg intravenous over 20 h at 08:00 daily for 4 days", {"model": infused, "start": "steady-state"}),
        ("60 mg at 08:00 daily for 2 days then 20 mg twice daily for 2 days", {"model": ONE}),
        ("4.5 mg", {"endotoxin": Endotoxin(3.0, 5.0), "until": 8}),
    ]
    for text, whom in cases:
        for tool, far in distances(exported(Regimen.parse(text), whom, step=1.0, **QUICK)).items():
            assert max(far).share < 1e-6, (text, tool, max(far))


def limited(state: Body, p: Own, _clock: Any) -> Body:
    """Uptake that has a limit, and an effect that begins above another."""
    drug, effect = state.body
    gone = p.k * min(drug, p.most)
    more = p.k * (drug - p.most / 4) if drug > p.most / 4 and drug > 0 else 0.0
    return Body(Amount(-gone, more - p.k * effect))


def test_a_model_with_conditions_agrees() -> None:
    whom = {"model": own(limited), "method": "LSODA", "rtol": 1e-11}
    found = exported(Regimen.parse("5 mg at 08:00 daily for 2 days"), whom)
    assert complaints(found.text) == []
    assert max(distances(found, ["libRoadRunner"])["libRoadRunner"]).share < 1e-6


def test_copasi_shows_nanomolar_levels_of_amounts_in_a_volume() -> None:
    found = export("4.5 mg", until=6, step=1.0)
    basico = pytest.importorskip("basico")
    model = basico.load_model_from_string(found.text)
    basico.set_task_settings("Time-Course", {"method": {"Relative Tolerance": 1e-10}}, model=model)
    frame = basico.run_time_course(duration=6, intervals=6, use_sbml_id=True, model=model)
    shown = basico.get_model_units(model=model)
    basico.remove_datamodel(model)
    assert (shown["quantity_unit"], shown["volume_unit"], shown["time_unit"]) == ("nmol", "l", "h")
    run = found.runs[0].to_frame().query("side == 0").set_index("time")
    for hour in (1, 3, 6):
        level = run["concentration_levo_ntx"].loc[hour]
        assert frame["levo_central"].loc[hour] == pytest.approx(level, rel=1e-6)
        assert frame["concentration_levo_ntx"].loc[hour] == pytest.approx(level, rel=1e-6)


def test_outputs_are_those_of_the_run() -> None:
    found = export("4.5 mg", until=8, step=2.0)
    outputs = found.table.query("kind == 'output'").set_index("name")["ldnsim"]
    times = np.array([2.0, 4.0, 6.0])
    seen = in_roadrunner(found.text, times, list(outputs.index))
    frame = found.runs[0].to_frame().query("side == 0").set_index("time")
    assert len(seen) == len(outputs) > 25
    for name, column in outputs.items():
        expected = frame[str(column)].loc[times]
        np.testing.assert_allclose(seen[str(name)], expected, rtol=1e-5, atol=1e-9, err_msg=str(column))


# --- what is in the file ---


def test_a_year_of_nights_is_one_event() -> None:
    found = export("4.5 mg at 22:00 daily for 365 days")
    (event,) = parts(found, "event")
    values = {
        name: float(one.attrib["value"]) for name, one in parts(found, "parameter").items() if "value" in one.attrib
    }
    assert (values[f"{event}_interval"], values[f"{event}_time"]) == (24.0, 0.08)
    assert values[f"{event}_end"] == pytest.approx(0.08 + 364.5 * 24)
    entering = values[f"{event}_levo_depot"] + values[f"{event}_dextro_depot"]
    assert entering == pytest.approx(4.5 / found.study.account.parameters["dose.mw_hcl"].value * 1e6)
    assert len(found.text) < 1.01 * len(export("4.5 mg at 22:00 daily for 7 days").text)


def test_infusions_one_after_the_other_run_through() -> None:
    found = export(
        "60 mg intravenous over 24 h at 08:00 daily for 4 days",
        model=models.one_compartment(CL=2, V=20),
        start="steady-state",
    )
    assert len(parts(found, "event")) == 2  # it begins once and ends once
    held = in_roadrunner(found.text, np.array([12.0, 95.0, 106.0]), ["central"])["central"]
    # 60 mg a day over 2 L/h, then nothing for ten hours
    np.testing.assert_allclose(held, [25.0, 25.0, 25.0 * np.exp(-1.0)], rtol=1e-6)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([1.0, 2.0]), st.integers(0, 72)), min_size=1, max_size=12),
    st.sampled_from([0.0, 0.25]),
)
def test_courses_hold_every_dose_once(doses: list[tuple[float, int]], lag: float) -> None:
    model = models.one_compartment(CL=2, V=20, ka=1.2, lag=lag)
    text = " then ".join(f"{mg:g} mg at {hour % 24:02d}:00 every {5 + hour % 7} hours for 1 day" for mg, hour in doses)
    handed = Handed.of(export(Regimen.parse(text), model=model).study)
    given = sorted((dose.time + lag, dose.mg) for dose in handed.study.doses)
    entering = sorted(
        (course.start + number * course.interval, one.amount)
        for course in handed.courses
        for number in range(course.often)
        for one in course.enters
    )
    together: dict[float, float] = {}
    for time, mg in given:
        together[time] = together.get(time, 0.0) + mg
    np.testing.assert_allclose(entering, sorted(together.items()), rtol=1e-9)


@pytest.mark.parametrize("case", ["two to metabolite", "saturable", "popular", "nalmefene", "own with conditions"])
def test_flows_add_up_to_the_rates(case: str) -> None:
    written, p = written_of(case)
    names = written.model.system.names
    amounts = tuple(name for name in names if written.model.terms[name].unit in ("mg", "nmol"))
    numbers = np.random.default_rng(5).uniform(0.1, 0.9, written.tape.given).tolist()
    for function, arguments in written.tape.operations:
        numbers.append(float(function(*(x.value if isinstance(x, Literal) else numbers[x] for x in arguments))))

    def value(term: Any) -> float:
        above = [x.value if isinstance(x, Literal) else numbers[x] for x in term.above]
        below = [x.value if isinstance(x, Literal) else numbers[x] for x in term.below]
        return float(term.sign * np.prod(above) / np.prod(below))

    found = dict.fromkeys(amounts, 0.0)
    for flow in flows(written, amounts):
        flowing = value(flow.base) * (sum(map(value, flow.shares)) if flow.shares else 1.0)
        for state, sign in ((flow.source, -1.0), (flow.target, 1.0)):
            if state is not None:
                found[state] += sign * flowing
    expected = [numbers[place] if isinstance(place, int) else place.value for place in map(written.rates.get, amounts)]  # type: ignore[union-attr]
    np.testing.assert_allclose([found[name] for name in amounts], expected, rtol=1e-12, atol=1e-15)
    assert p is not None


def test_what_leaves_the_gut_enters_plasma_and_nothing_is_lost() -> None:
    found = parts(export("4.5 mg"), "reaction")
    assert "levo_depot_to_levo_central" in found
    assert not [name for name in found if "out" in name.split("_")]


def test_every_parameter_says_what_it_means_and_where_it_is_from() -> None:
    found = export("4.5 mg", parameters={"pk.cl": "120 L/h"})
    written = {**parts(found, "parameter"), **parts(found, "compartment")}
    rows = found.table.query("kind == 'parameter'").set_index("name")
    assert len(rows) > 50
    for name, row in rows.iterrows():
        text = " ".join("".join(written[str(name)].itertext()).split())
        assert row["meaning"] in text
        assert row["status"] in text
        assert row["source"] in text
    assert "changed by the user" in "".join(written["cl"].itertext())
    assert float(written["cl"].attrib["value"]) == 120.0


def test_a_depot_that_nothing_enters_is_not_there() -> None:
    assert parts(export("10 mg", model=models.one_compartment(CL=2, V=20)), "species").keys() == {"central"}


def test_a_steady_state_is_where_the_file_begins() -> None:
    found = export("100 mg at 08:00 daily for 2 days", model=ONE, start="steady-state")
    before = {name: float(one.attrib["initialAmount"]) for name, one in parts(found, "species").items()}
    day = in_roadrunner(found.text, np.array([24.0 - 1e-9]), list(before))
    for name, amount in before.items():
        assert float(day[name][0]) == pytest.approx(amount, rel=1e-6)


# --- the verb ---


def test_a_file_is_written_by_its_end_and_a_run_is_handed_over_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "night.xml"
    found = export("4.5 mg", path, assumptions="measured", until=24)
    assert path.read_text() == found.text
    run = simulate("4.5 mg", assumptions="measured", until=24, step=12)
    assert export(run, format="sbml").text == found.text
    assert str(found).startswith(str(path))
    assert json.loads(json.dumps(found.record))["format"] == "sbml"
    assert ldn.repeat(found.record["run"]).data.attrs["title"] == run.data.attrs["title"]


def test_no_sympy_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sympy", None)
    assert "<sbml" in export("4.5 mg").text


@pytest.mark.parametrize(
    ("settings", "argument"),
    [
        ({"decide": lambda _: None}, "decide"),
        ({"population": ldn.Population(3, seed=1)}, "population"),
        ({"store": "here"}, "store"),
        ({"format": "pdf"}, "format"),
        ({"path": "night.doc"}, "path"),
        ({"path": 3.5}, "path"),
        ({"assumptions": "unpopular"}, "assumptions"),
        ({"parameters": {"pk.cl": "3 kg"}}, "pk.cl"),
        ({"start": "steady-state"}, "start"),
    ],
)
def test_what_no_file_carries_is_refused_by_name(settings: Mapping[str, Any], argument: str) -> None:
    with pytest.raises(InputError) as error:
        export("4.5 mg", **settings)
    assert error.value.argument.startswith(argument)


@pytest.mark.parametrize("what", [None, 3, "4.5 miles", ldn.EventTable.of({"ID": [1], "TIME": [0], "AMT": [4.5]})])
def test_what_is_no_regimen_is_refused(what: Any) -> None:
    with pytest.raises(InputError):
        export(what)


def seen(state: Body, p: Own, _clock: Any) -> Seen:
    """The effect, as far as it is seen."""
    return Seen(max(0.0, state.body.effect) / p.most)


def own(rates: Callable[[Body, Own, Any], Body]) -> ldn.models.Model:
    """A model of somebody's own."""
    return ldn.models.Model(
        "own", System(Body, rates, seen), OWN.fill, (0.0, 0.0), OWN.compartments, "drug", "drug", {}
    )


def slipped(state: Body, p: Own, _clock: Any) -> Body:
    """Rates with a slip in their units."""
    return Body(Amount(-p.k * state.body.drug, state.body.drug))


def test_units_that_do_not_work_out_are_said() -> None:
    with pytest.warns(ldn.LdnsimWarning, match="the rate of body.effect"):
        found = export("5 mg", model=own(slipped))
    assert complaints(found.text) != []


def test_an_assay_that_is_no_equation_is_left_out_and_named() -> None:
    model = replace(own(limited), assays={"logged": lambda columns: float(np.log(columns["A_drug"] + 1.0))})
    found = export("5 mg", model=model)
    assert "logged" not in set(found.table["name"])
    assert "Not written, because it is no equation: logged." in found.text
    assert "A_effect" not in found.text
    assert complaints(found.text) == []


def test_the_command_writes_and_tells(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "night.xml"
    with pytest.raises(SystemExit) as ended:
        main(["export", "4.5 mg at 22:00 daily for 28 days", str(path), "--set", "pk.cl=120 L/h", "--names"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert "SBML" in said
    assert "levo_central" in said
    assert complaints(path.read_text()) == []
    with pytest.raises(SystemExit) as ended:
        main(["export", "4.5 mg", str(tmp_path / "night.txt")])
    assert ended.value.code == 2


def test_nothing_warns_for_what_is_in_the_library() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = export("18 mg", model=models.nalmefene("popular"))
    assert in_copasi(found.text, np.array([1.0]), ["central"])["central"][0] > 0
