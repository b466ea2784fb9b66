"""Scenarios: within limits, into words, to and from an address."""

from __future__ import annotations

import contextlib
import json
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import ldnsim as ldn
from ldnsim import Assumptions, InputError
from ldnsim.explorer.address import LONGEST_QUERY, Shown, Wrong, query, read_each, usual_query
from ldnsim.explorer.answer import refusal
from ldnsim.explorer.drugs import DOSES, NAMES, taken
from ldnsim.explorer.measured import measured, told
from ldnsim.explorer.scenario import CLOCK, LIMITS, SCHEDULE, Scenario
from ldnsim.ledger.assumptions import BLOCKADES, EXPOSURES, REBOUNDS, SITES, TLR4
from ldnsim.models import DRUGS, NALTREXONE


def read(text: str) -> Shown:
    """What an address asks for, where nothing is wrong with any scenario."""
    asked, found = read_each(text), []
    for one in asked.scenarios:
        if isinstance(one, InputError):
            raise one
        found.append(one)
    return Shown(found[0], found[1] if len(found) > 1 else None, asked.people)


def whole(name: str) -> st.SearchStrategy[int]:
    low, high = LIMITS[name]
    return st.integers(int(low), int(high))


def decimal(name: str) -> st.SearchStrategy[float]:
    low, high = LIMITS[name]
    return st.integers(round(1000 * low), round(1000 * high)).map(lambda thousandths: thousandths / 1000)


OF_ANOTHER_DRUG = st.builds(
    Assumptions,
    site=st.sampled_from(SITES),
    rebound=st.sampled_from(REBOUNDS),
    blockade=st.sampled_from(BLOCKADES),
)
ASSUMPTIONS = st.builds(
    Assumptions,
    site=st.sampled_from(SITES),
    isomers=st.sampled_from(["racemic", "levo", 0.25, 1.0]),
    tlr4=st.sampled_from(TLR4),
    rebound=st.sampled_from(REBOUNDS),
    exposure=st.sampled_from(EXPOSURES),
    blockade=st.sampled_from(BLOCKADES),
)


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Any scenario that can be: some fields rule out others."""
    drug = draw(st.sampled_from(NAMES))
    had = taken(drug)
    formulation = draw(st.sampled_from(had.formulation))
    schedule = draw(st.sampled_from(SCHEDULE if formulation != "depot" else ("once", "weekly", "every 4 weeks")))
    apart = {"every other day": 2, "weekly": 7, "every 4 weeks": 28}.get(schedule, 1)
    step_days = apart * draw(st.integers(1, int(LIMITS["step_days"][1]) // apart))
    most = 1 if schedule == "once" else 1 + (LIMITS["days"][1] - 1) // step_days
    steps = draw(st.integers(1, int(min(most, LIMITS["steps"][1]))))
    person: dict[str, st.SearchStrategy[Any]] = {
        "weight": decimal("weight"),
        "liver": st.sampled_from(["none", "compensated", "decompensated"]),
        "creatinine_clearance": decimal("creatinine_clearance"),
    }
    return Scenario(
        drug=drug,
        dose=draw(decimal("dose")),
        schedule=schedule,
        at=draw(st.sampled_from(CLOCK)),
        days=draw(st.integers(step_days * (steps - 1) + 1, int(LIMITS["days"][1]))),
        steps=steps,
        step_days=step_days,
        formulation=formulation,
        missed=draw(decimal("missed")),
        seed=draw(whole("seed")),
        assumptions=draw(OF_ANOTHER_DRUG if had.absent else ASSUMPTIONS),
        **{name: draw(strategy) for name, strategy in person.items() if name not in had.absent},
    )


@given(scenarios(), st.none() | scenarios(), whole("people"))
def test_an_address_brings_back_what_was_shown(first: Scenario, second: Scenario | None, people: int) -> None:
    shown = Shown(first, second, people)
    assert read(query(shown)) == shown
    assert read("?" + query(shown)) == shown
    assert len(query(shown)) < LONGEST_QUERY


@given(scenarios())
def test_every_scenario_has_a_regimen_of_its_length(scenario: Scenario) -> None:
    doses = scenario.regimen.diary()
    assert 0 < len(doses) <= 2 * scenario.days
    times = [dose.time if dose.planned is None else dose.planned for dose in doses]
    assert times[0] == 0
    assert max(dose.planned_mg or dose.mg for dose in doses) == pytest.approx(scenario.dose, abs=0.0005)
    # neither beyond the end, nor a dose short of it
    apart = {"once": 84, "twice daily": 0.5, "every other day": 2, "weekly": 7, "every 4 weeks": 28}
    last = max(times) / 24
    assert last < scenario.days <= last + apart.get(scenario.schedule, 1)
    assert all(time % 12 == 0 for time in times)


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(["dose", "b.", "=", "&", "4.5", "nan", "%00", "days", "-1"])).map("".join)
)
@example("dose=4.5&dose=5")
@example("assumptions=popular,popular")
@example("at=%3Cscript%3Ealert(1)%3C/script%3E")
@example("dose=" + "9" * 400)
@example("days=٣")
def test_nonsense_in_an_address_is_refused_with_a_reason(text: str) -> None:
    # nothing but a named refusal may come out of it
    with contextlib.suppress(InputError):
        shown = read(text)
        assert read(query(shown)) == shown


@pytest.mark.parametrize(
    ("text", "named", "says"),
    [
        ("dosis=4", "address", "one of drug, dose, schedule"),
        ("drug=naloxone", "drug", "one of naltrexone, nalmefene"),
        ("drug=nalmefene&b.drug=", "b.drug", "one of naltrexone, nalmefene"),
        ("drug=nalmefene&weight=60", "weight", "the model of nalmefene does not ask for it"),
        ("b.drug=nalmefene&b.liver=compensated", "b.liver", "the model of nalmefene does not ask for it"),
        ("drug=nalmefene&creatinine_clearance=50", "creatinine_clearance", "does not ask for it"),
        (
            "drug=nalmefene&formulation=liquid",
            "formulation",
            "capsule or intravenous, which the model of nalmefene has",
        ),
        ("drug=nalmefene&assumptions=tlr4=off", "assumptions", "no tlr4, of which nalmefene has none"),
        ("drug=nalmefene&assumptions=popular,isomers=levo", "assumptions", "no isomers, of which nalmefene has none"),
        ("dose=4&dose=5", "address", "each name once"),
        ("people=4&people=5", "address", "each name once"),
        ("dose=401", "dose", "from 0.001 to 400"),
        ("dose=inf", "dose", "from 0.001 to 400"),
        ("dose=", "dose", "a finite number"),
        ("days=85", "days", "from 1 to 84"),
        ("days=2.5", "days", "a whole number"),
        ("people=501", "people", "from 0 to 500"),
        ("b.days=85", "b.days", "from 1 to 84"),
        ("b.dose=x", "b.dose", "a finite number"),
        ("schedule=every second", "schedule", "one of once, daily"),
        ("formulation=depot", "schedule", "weekly or every 4 weeks for a depot"),
        ("schedule=once&steps=2", "steps", "taken once has no titration"),
        ("days=14&steps=3", "days", "more than the 14 days"),
        ("schedule=weekly&steps=2&step_days=10", "step_days", "a multiple of 7 days"),
        ("at=22:01", "at", "five minutes"),
        ("at=25:00", "at", "a time of day"),
        ("liver=A", "liver", "one of none, compensated"),
        ("assumptions=site=moon", "site", "one of plasma, pet"),
        ("weight=39", "weight", "from 40 to 150"),
        ("a" * 2001, "address", "at most 2000 characters"),
    ],
)
def test_what_is_wrong_with_an_address_is_named(text: str, named: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        read(text)
    assert caught.value.argument == named


@pytest.mark.parametrize("name", ["dose", "days", "steps", "step_days", "missed", "seed", "weight", "people", "b.dose"])
@pytest.mark.parametrize(
    "written",
    ["４", "٤", "४", "1_0", "1 0", "1,5", "1e400", "9" * 400, "nan", "NaN", "-inf", "Infinity", "0x10", "1+0j", "True",
     "½", "1e", ".", "+-1", "1e-400", "\0", "1\0", "Ⅳ", "１e1"],
)  # fmt: skip
def test_numbers_that_are_not_written_as_numbers_are_refused(name: str, written: str) -> None:
    with pytest.raises(InputError) as caught:
        read(f"{name}={quote(written)}")
    assert caught.value.argument == name
    # the whole text is told, not what was made of it
    assert caught.value.value == written


@pytest.mark.parametrize(
    "text", ["at=２２:00", "at=22:0_0", "assumptions=isomers=٠.5", "assumptions=isomers=0_1", "assumptions=isomers=nan"]
)
def test_numbers_inside_other_values_are_refused_as_well(text: str) -> None:
    with pytest.raises(InputError):
        read(quote(text, safe="="))


def test_each_scenario_is_read_by_itself() -> None:
    asked = read_each("dose=x&b.dose=3&b.days=2&people=7")
    assert isinstance(asked.scenarios[0], InputError)
    assert asked.scenarios[0].argument == "dose"
    assert asked.scenarios[1:] == (Scenario(dose=3, days=2),)
    assert asked.people == 7
    wrong = read_each("days=3&b.days=85").scenarios
    assert wrong[0] == Scenario(days=3)
    assert isinstance(wrong[1], InputError)
    assert wrong[1].argument == "b.days"


def test_what_a_drug_has_not_is_said_before_what_goes_with_it() -> None:
    with pytest.raises(InputError, match="formulation: got 'depot', expected capsule or intravenous"):
        Scenario(drug="nalmefene", formulation="depot")


def test_a_wrong_number_of_people_hides_no_other_field() -> None:
    with pytest.raises(Wrong) as caught:
        read_each("people=501&dose=0&b.days=0&b.weight=60")
    assert [one.argument for one in caught.value.each] == ["people", "dose", "b.days"]
    assert list(json.loads(refusal(caught.value))["fields"]) == ["people", "dose", "b.days"]


def test_every_field_that_is_wrong_is_named() -> None:
    (wrong,) = read_each("dose=0&weight=3&days=2&at=22:01").scenarios
    assert isinstance(wrong, Wrong)
    assert [one.argument for one in wrong.each] == ["dose", "weight", "at"]
    assert str(wrong).count("got") == 3
    (unfit,) = read_each("formulation=depot&steps=3").scenarios
    assert isinstance(unfit, Wrong)
    assert [one.argument for one in unfit.each] == ["schedule"]


@pytest.mark.parametrize("dose", [0.001, 0.0123456, 4.5, 399.99])
def test_a_dose_is_given_as_it_is_typed_and_its_steps_to_four_digits(dose: float) -> None:
    doses = Scenario(dose=dose, steps=3, step_days=1, days=3).regimen.diary()
    assert doses[-1].mg == dose
    assert [one.mg for one in doses[:2]] == pytest.approx([dose / 3, dose * 2 / 3], rel=5e-4)
    assert Scenario(dose=dose).regimen.diary()[0].mg == dose


@given(scenarios())
def test_the_line_reads_back_as_what_is_given(scenario: Scenario) -> None:
    assert "\n" not in scenario.line
    assert ldn.Regimen.parse(scenario.line).diary() == scenario.regimen.diary()


def test_a_titration_goes_up_in_equal_steps() -> None:
    assert Scenario(steps=3, days=21).plan == (
        "1.5 mg capsule at 22:00 daily for 7 days then 3 mg capsule at 22:00 daily for 7 days "
        "then 4.5 mg capsule at 22:00 daily for 7 days"
    )


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"schedule": "once", "days": 3},
        {"steps": 3, "missed": 0.2, "seed": 7, "weight": 55, "liver": "compensated", "creatinine_clearance": 40},
        {"formulation": "sublingual", "schedule": "weekly", "days": 10, "assumptions": "measured,isomers=0.25"},
    ],
)
def test_the_line_of_python_repeats_the_run(fields: dict[str, Any]) -> None:
    scenario = Scenario(**fields)
    line = scenario.python()
    assert "\n" not in line
    run = scenario.run()
    assert eval(line, {"ldn": ldn}).data.identical(run.data)
    assert run.data["time"].values[-1] == 24 * scenario.days


def test_people_miss_doses_of_their_own_and_are_as_known() -> None:
    people = Scenario(missed=0.3, weight=55, days=5).people(40)
    assert people.population.n == 40
    assert {one.name: one.given for one in people.population.covariates} == {"weight": 55}
    given_to_all = people.data["plasma"].sel(analyte="ntx", time=1.0).values > 0.1
    assert 0 < given_to_all.sum() < 40
    assert not np.isnan(people.data["tone"].values).any()


@pytest.mark.parametrize("people", [1, 501, 2.0])
def test_a_population_is_neither_too_small_nor_too_large(people: Any) -> None:
    with pytest.raises(InputError, match="people"):
        Scenario().people(people)


def test_a_measurement_that_no_panel_shows_says_so() -> None:
    scenario = Scenario(dose=2, schedule="once", days=1)
    seen, unseen = (told(scenario, drawn) for drawn in ([one.said for one in measured(scenario)], []))
    assert seen.startswith("Measured: RO001")
    assert unseen == seen.replace("Measured", "Measured, outside the time of its panel")


def test_every_drug_of_the_library_can_be_shown_and_has_a_dose_to_begin_with() -> None:
    assert (NALTREXONE, *DRUGS) == NAMES == tuple(DOSES)
    for drug in NAMES:
        shown = read(usual_query(drug))
        assert shown.first == Scenario(drug=drug, dose=DOSES[drug][0])
        assert DOSES[drug][0] < DOSES[drug][1] <= LIMITS["dose"][1]
    assert usual_query(NALTREXONE) == ""


@pytest.mark.usefixtures("without_compiling")
def test_another_drug_is_run_as_the_library_runs_it() -> None:
    scenario = Scenario(drug="nalmefene", dose=18.06, days=2, assumptions="measured", missed=0.3)
    run, line = scenario.run(), scenario.python().replace("'compiled'", "'batch'")
    assert line.startswith("ldn.simulate(ldn.Regimen.parse(")
    assert eval(line, {"ldn": ldn}).data.identical(run.data)
    assert (run.data.attrs["assumptions"], scenario.option) == ("nalmefene measured", "--drug nalmefene")
    people = scenario.people(4)
    assert people.data.sizes["person"] == 4
    assert set(people.data.data_vars) == {"plasma", "occupancy", "peptide_level", "receptor_density", "tone"}


def test_measurements_are_those_of_the_drug_that_is_taken() -> None:
    once: dict[str, Any] = {"schedule": "once", "days": 4}
    found = {point.said[:5]: point for point in measured(Scenario(drug="nalmefene", dose=18.06, **once))}
    assert list(found) == ["NO001", "NO023", "NO024", "NO025", "NO026"]
    assert (found["NO001"].curve, found["NO001"].hour, found["NO001"].value) == ("plasma_nalmefene", 1.5, 16.5)
    assert found["NO024"].curve == "occupancy_mor"
    assert found["NO024"].value == pytest.approx(0.915)
    # the same number of mg of another drug is another dose
    assert measured(Scenario(dose=18.06, **once)) == ()
    assert measured(Scenario(drug="nalmefene", dose=50, **once)) == ()
    assert "of nalmefene after just these doses" in told(Scenario(drug="nalmefene"), ())
