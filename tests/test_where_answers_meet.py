"""Verbs that take what other verbs give: the same numbers, or a refusal that says what to do."""

import json
from typing import Any

import pytest

import ldnsim as ldn
from ldnsim import InputError

DRUG = ldn.models.one_compartment(CL=2.7, V=31, ka=1.4)
START = ldn.models.one_compartment(CL=2, V=20, ka=1.4)
AREA = "C_central AUC in the window"
VERBS: tuple[Any, ...] = (ldn.elasticities, ldn.morris, ldn.sobol)
HOURS = [1, 2, 4, 8, 12, 24]


def run() -> ldn.Simulation:
    return ldn.simulate("100 mg", model=DRUG, until=24, step=1)


@pytest.mark.parametrize(
    "made", [lambda data: data, lambda data: data.table, lambda data: ldn.EventTable.of(data.table)]
)
def test_a_fit_finds_the_parameters_behind_data_for_nonmem(made: Any) -> None:
    data = ldn.nonmem_data(run(), at=HOURS)
    found = ldn.fit(made(data), model=START, parameters=["CL", "V"])
    assert found.table["estimate"][:2].tolist() == pytest.approx([2.7, 31], rel=1e-6)
    # and its curves are read like any other
    (ours,) = ldn.nca(ldn.simulate("100 mg", model=DRUG, until=24)).table["auclast"]
    assert ldn.nca(found).table["auclast"][0] == pytest.approx(ours, rel=1e-4)
    with pytest.warns(ldn.LdnsimWarning, match="TIME 0 is taken as 22:00"):
        assert len(ldn.windows(found, "C_central", "1 mg/L").table) == 1


@pytest.mark.parametrize("dv", ["A_central", ["C_central", "A_central"]])
def test_what_is_of_no_compartment_is_not_fitted_as_a_level(dv: Any) -> None:
    data = ldn.nonmem_data(run(), dv, at=HOURS)
    for one in (data, data.table, ldn.EventTable.of(data.table)):
        with pytest.raises(
            InputError, match="^table, row .*, column CMT: got 0, expected the compartment that DV is of"
        ):
            ldn.fit(one, model=START, parameters=["CL", "V"])


def test_data_of_a_table_name_the_compartment_of_what_dv_is() -> None:
    table = ldn.EventTable.of({"ID": [1] * 2, "TIME": [0, 1], "EVID": [1, 0], "AMT": [100, 0], "CMT": [1, 2]})
    found = ldn.simulate(table, model=DRUG)
    seen = {dv: ldn.nonmem_data(found, dv).table["CMT"].tolist() for dv in ("IPRED", "C_central", "A_central")}
    assert seen == {"IPRED": [1, 2], "C_central": [1, 2], "A_central": [1, 0]}


def test_a_problem_of_petab_does_not_take_one_variable_for_another() -> None:
    table = ldn.nonmem_data(run(), ["C_central", "A_central"], at=[1, 2]).table
    with pytest.raises(InputError, match=r"^data, column DVID: got \[1.0, 2.0\], expected a column observable"):
        ldn.petab_problem(run(), table, estimate=["CL"], bounds={"CL": (1, 5)})


def test_a_single_output_needs_no_list_and_an_answer_says_what_it_is() -> None:
    asked: dict[str, Any] = {"over": {"CL": (2, 3), "V": (20, 40)}, "model": DRUG, "until": 24, "step": 1}
    answer = ldn.answers.hours_above("C_central", "1 mg/L")
    for verb, more in zip(VERBS, ({}, {"n": 4}, {"n": 16}), strict=True):
        alone, listed = (verb("100 mg", wanted, **asked, **more) for wanted in (AREA, [AREA]))
        assert alone.table.equals(listed.table)
        found = verb("100 mg", answer, **asked, **more)
        assert set(found.table["output"]) == {"hours at or above 1 mg/L: C central"}
        json.dumps(found.record, allow_nan=False)
    dose = ldn.find_dose("100 mg", answer, 10, model=DRUG, step=1)
    assert str(dose).startswith("hours at or above 1 mg/L: C central 10 h:")


def test_records_of_what_has_no_range_are_plain_json() -> None:
    found = ldn.elasticities("100 mg", AREA, model=DRUG, step=1)
    json.dumps(found.record, allow_nan=False)


def test_every_verb_gives_a_figure_a_table_and_a_plain_record() -> None:
    data = ldn.nonmem_data(run(), at=HOURS)
    problem = ldn.petab_problem(
        run(), data, estimate=["CL"], bounds={"CL": (1, 5)}, noise={"C_central": ldn.Normal(sd=0.1)}
    )
    for found in (ldn.export(run()), data, problem, ldn.nca(run()), ldn.windows(run(), "C_central", "1 mg/L")):
        figure = found.plot()
        assert figure.axes
        assert callable(figure.savefig)
        assert len(found.table)
        json.dumps(found.record, allow_nan=False)


def test_several_runs_are_refused_where_one_is_meant_with_what_to_do() -> None:
    both = ldn.compare(["50 mg", "100 mg"], model=DRUG, until=24, step=1)
    with pytest.raises(InputError, match=r"^data: got '2 runs', expected one run, such as one of its .runs \('50 mg"):
        ldn.nca(both)
    curves = ldn.Ensemble("100 mg", model=DRUG, until=24, step=1).curves({"mg": [50, 100]})
    with pytest.raises(InputError, match=r"^data: got 'a dataset', .* see ldnsim.nca_endpoint"):
        ldn.nca(curves)
    with pytest.raises(InputError, match="^what: got 'Comparison', expected a Regimen, .* go into nonmem_data"):
        ldn.export(both)  # type: ignore[arg-type]
    with pytest.raises(
        InputError, match="^model: got .one_compartment., expected one with occupancy, which an agonist meets"
    ):
        ldn.agonist_left("100 mg", "morphine", "20 nM", model=DRUG, population=1)


def test_doses_of_a_data_file_are_no_samples_and_several_are_no_single_one() -> None:
    units = {"time": "h", "level": "mg/L"}
    once = ldn.nonmem_data(ldn.simulate("100 mg", model=DRUG, until=48), at=[0, *HOURS, 36, 48]).table
    (clearance,) = ldn.nca(once, by="ID", dose="100 mg", units=units).table["cl_obs"]
    assert clearance == pytest.approx(2.7, rel=0.03)
    assert ldn.nca(once, by="ID", dose="AMT", units=units | {"dose": "mg"}).table["cl_obs"][0] == clearance
    often = ldn.nonmem_data(ldn.simulate("100 mg daily for 3 days", model=DRUG, step=1)).table
    with pytest.raises(InputError, match="^EVID: got '3 doses of ID 1', expected one dose a profile: intervals="):
        ldn.nca(often, by="ID", dose="100 mg", units=units)
    cut = ldn.nca(often, by="ID", dose="AMT", intervals=[(0, 24), (24, 48)], units=units | {"dose": "mg"}).table
    assert cut["auclast"][1] > cut["auclast"][0]
    with pytest.raises(InputError, match=r"^dose_time: got 0.0, expected 5 of ID 1, as the row"):
        ldn.nca(once.assign(TIME=once["TIME"] + 5), by="ID", dose="100 mg", units=units)
    with pytest.raises(InputError, match="^data: got 'NonmemData', expected its .table with by='ID'"):
        ldn.nca(ldn.nonmem_data(run()))


def test_what_has_no_curves_is_no_samples() -> None:
    with pytest.raises(InputError, match="^data: got 'DataFrame', expected curves"):
        ldn.nca(ldn.elasticities("100 mg", AREA, ["CL"], model=DRUG, step=1))
