# ruff: noqa: ARG001, ARG005
"""Models that users write: right numbers whatever their equations do, and errors that say what to write."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from ldnsim import EventTable, InputError, LdnsimError, SolverError, simulate
from ldnsim.models import Clock, Compartment, Daily, Inlet, Model, System


class Drug(NamedTuple):
    """A drug.

    Attributes
    ----------
    depot, central : float
        Amount [mg].
    """

    depot: float
    central: float


class State(NamedTuple):
    """One component."""

    drug: Drug


class Levels(NamedTuple):
    """What is seen.

    Attributes
    ----------
    level : float
        Concentration [ng/mL].
    """

    level: float


class P(NamedTuple):
    """Parameters."""

    R: float
    vmax: float = 0.0


def levels(state: State, p: P, _clock: Clock) -> Levels:
    return Levels(state.drug.central / 20 * 1000)


def own(rates: Callable[[State, P, Clock], Any], **changes: Any) -> Model:
    """A model of one's own, doses into the depot unless told otherwise."""
    system = changes.pop("system", None) or System(
        State, rates, changes.pop("outputs", levels), **changes.pop("of", {})
    )
    given: dict[str, Any] = {
        "name": "own",
        "system": system,
        "fill": lambda _: P(0.05),
        "initial": [0.0, 0.0],
        "compartments": (
            Compartment("depot", (0,), (Inlet(0, 1.0, 0.0),)),
            Compartment("central", (1,), (Inlet(1, 1.0, 0.0),)),
        ),
        "dose": "central",
        "observe": "central",
        "predicted": {"central": "C_level"},
    }
    return Model(**given | changes)


def eliminated(state: State, p: P, _clock: Clock) -> State:
    return State(Drug(0.0, -p.R * state.drug.central))


def amount(model: Model, until: float, dose: float = 500.0, **options: Any) -> float:
    """What is in the central compartment at some hour after a dose."""
    table = EventTable.of({"ID": [1, 1], "TIME": [0, until], "AMT": [dose, 0], "EVID": [1, 0]})
    return float(simulate(table, model=model, **options).rows()["A_central"][0])


METHODS = ["LSODA", "DOP853", "BDF", "Radau"]


def capped(state: State, _p: P, _clock: Clock) -> State:
    return State(Drug(0.0, -np.minimum(0.05 * state.drug.central, 10)))


def branching(state: State, p: P, _clock: Clock) -> State:
    loss = p.R * state.drug.central
    if loss > 10:
        loss = 10.0
    return State(Drug(0.0, -loss))


def chosen(state: State, p: P, _clock: Clock) -> State:
    loss = p.R * state.drug.central
    return State(Drug(0.0, -np.where(loss > 10, 10.0, loss)))  # type: ignore[arg-type]


def least(state: State, p: P, _clock: Clock) -> State:
    return State(Drug(0.0, -min(p.R * state.drug.central, 10.0)))


@pytest.mark.parametrize("rates", [capped, branching, chosen, least])
@pytest.mark.parametrize("method", METHODS)
def test_a_loss_that_saturates_only_at_high_amounts(rates: Any, method: Any) -> None:
    # 10 an hour down to 200, which takes 30 h, then a twentieth an hour
    assert amount(own(rates), 10.0, method=method, rtol=1e-9) == pytest.approx(400.0, rel=1e-6)
    assert amount(own(rates), 40.0, method=method, rtol=1e-9) == pytest.approx(200 * math.exp(-0.5), rel=1e-6)
    assert amount(own(rates), 10.0, dose=100.0, method=method, rtol=1e-9) == pytest.approx(
        100 * math.exp(-0.5), rel=1e-6
    )


def test_saturation_that_the_parameters_of_the_first_row_hide() -> None:
    def michaelis(state: State, p: P, _clock: Clock) -> State:
        return State(Drug(0.0, -p.vmax * state.drug.central / (40 + state.drug.central)))

    cells = {"ID": [1] * 3, "TIME": [0, 0, 5], "EVID": [2, 1, 0], "AMT": [0, 500, 0], "VMAX": [0, 10, 10]}
    table = EventTable.of(cells, covariates={"VMAX": "locf"})
    found = simulate(table, model=own(michaelis, fill=lambda c: P(0.0, c["VMAX"]))).rows()["A_central"][0]
    # the amount a at which 40 ln(500 / a) + 500 - a is ten times five hours
    assert found == pytest.approx(453.87, abs=0.01)
    assert 40 * math.log(500 / found) + 500 - found == pytest.approx(50.0, rel=1e-8)


def test_a_threshold_that_no_small_state_reaches_is_no_reason_to_add_up_steady_states() -> None:
    table = EventTable.of({"ID": [1, 1], "TIME": [0, 1], "AMT": [500, 0], "II": [24, 0], "SS": [2, 0]})
    with pytest.raises(InputError, match="column SS: got 2, expected 1 or 3"):
        simulate(table, model=own(branching))


def test_absorption_in_pieces() -> None:
    def pieces(state: State, _p: P, _clock: Clock) -> State:
        # twenty an hour as long as more than 100 are left, then a fifth an hour
        out = 20.0 if state.drug.depot > 100 else 0.2 * state.drug.depot
        return State(Drug(-out, out))

    model = own(pieces, dose="depot")
    assert amount(model, 15.0) == pytest.approx(300.0, rel=1e-8)
    assert amount(model, 25.0) == pytest.approx(500 - 100 * math.exp(-0.2 * 5), rel=1e-8)


NOON = Daily(0.0, 12.0)


@pytest.mark.parametrize("method", METHODS)
def test_what_is_made_at_some_hours_alone_is_not_stepped_over(method: Any) -> None:
    def by_day(_state: State, _p: P, clock: Clock) -> State:
        # from 11:00 to 13:00
        return State(Drug(0.0, 3.0 if clock.rhythm > math.cos(math.pi / 12) else 0.0))

    found = amount(own(by_day, daily=NOON), 240.0, dose=0.0, method=method, rtol=1e-8)
    assert found == pytest.approx(10 * 2 * 3.0, rel=1e-5)


def test_a_clock_behind_a_threshold_makes_steady_states_keep_to_the_day() -> None:
    def at_night(state: State, _p: P, clock: Clock) -> State:
        speed = 0.2 if state.drug.central > 50 and clock.rhythm < 0 else 0.1
        return State(Drug(0.0, -speed * state.drug.central))

    model = own(at_night, daily=NOON)
    table = EventTable.of({"ID": [1, 1], "TIME": [0, 0], "AMT": [300, 0], "II": [12, 0], "SS": [1, 0], "EVID": [1, 0]})
    steady = simulate(table, model=model).rows()["A_central"][0]
    taken = {"ID": [1, 1], "TIME": [0, 480], "AMT": [300, 0], "II": [12, 0], "ADDL": [40, 0], "EVID": [1, 0]}
    assert steady == pytest.approx(simulate(EventTable.of(taken), model=model).rows()["A_central"][0], rel=1e-6)
    table = EventTable.of({"ID": [1, 1], "TIME": [0, 0], "AMT": [300, 0], "II": [7.3003, 0], "SS": [1, 0]})
    with pytest.raises(SolverError, match="same hour of the day"):
        simulate(table, model=model)


def test_functions_of_math_and_the_hour_in_what_is_seen() -> None:
    def slowed(state: State, p: P, _clock: Clock) -> State:
        return State(Drug(0.0, -p.R * math.exp(-math.log(2.0)) * state.drug.central))

    def seen(state: State, _p: P, clock: Clock) -> Levels:
        return Levels(math.log(state.drug.central) if clock.rhythm > 0 else math.nan)

    run = simulate(
        EventTable.of({"ID": [1, 1], "TIME": [0, 24], "AMT": [500, 0]}),
        model=own(slowed, outputs=seen, daily=NOON),
        step=4,
    )
    data = run.subject(1)
    by_time = data["C_level"].values[data["side"].values >= 0]
    expected = [math.log(500) - 0.025 * time if 6 < time < 18 else math.nan for time in range(0, 25, 4)]
    np.testing.assert_allclose(by_time, expected, rtol=1e-9)


def test_what_is_seen_at_one_time_does_not_depend_on_other_times() -> None:
    def largest(state: State, _p: P, _clock: Clock) -> Levels:
        return Levels(np.max([state.drug.central, 100.0]))

    run = simulate(
        EventTable.of({"ID": [1, 1], "TIME": [0, 40], "AMT": [500, 0]}), model=own(eliminated, outputs=largest), step=10
    )
    assert run.subject(1)["C_level"].values[-1] == run.rows()["C_level"][0] == 100.0


def test_a_linear_model_of_ones_own_is_declared_and_solved_exactly() -> None:
    declared = own(eliminated, of={"linear": True})
    assert amount(declared, 10.0) == pytest.approx(500 * math.exp(-0.5), rel=1e-14)
    table = EventTable.of({"ID": [1, 1], "TIME": [0, 24], "AMT": [500, 0], "II": [24, 0], "SS": [2, 0]})
    peak = 500 / (1 - math.exp(-0.05 * 24))
    assert simulate(table, model=declared).rows()["A_central"][0] == pytest.approx(peak * math.exp(-1.2), rel=1e-12)


@pytest.mark.parametrize("rule", ["constant", "linear"])
@pytest.mark.parametrize(
    ("false", "why"),
    [
        (capped, "not just states times parameters"),
        (branching, "compared"),
        (chosen, "compared"),
        (least, "compared"),
        (lambda s, p, c: State(Drug(1.0, -s.drug.central)), "does not vanish"),
        (lambda s, p, c: State(Drug(0.0, 1.0 - s.drug.central)), "a number is added"),
        (lambda s, p, c: State(Drug(0.0, -s.drug.central * s.drug.depot)), "multiplied by a state"),
        (lambda s, p, c: State(Drug(0.0, -s.drug.central / (1 + s.drug.central))), "a number is added"),
        (lambda s, p, c: State(Drug(0.0, -s.drug.central * c.rhythm)), "multiplied by a state"),
        (lambda s, p, c: State(Drug(0.0, 0.1 * c.rhythm)), "follow the clock"),
        (lambda s, p, c: State(Drug(0.0, -math.sqrt(s.drug.central))), "goes into a function"),
        (lambda s, p, c: State(Drug(0.0, -np.exp(s.drug.central))), "not just states"),
        (lambda s, p, c: State(Drug(0.0, -abs(s.drug.central))), "goes into a function"),
        (lambda s, p, c: State(Drug(0.0, -(s.drug.central**2))), "goes into a function"),
    ],
)
def test_a_false_declaration_is_refused(false: Any, why: str, rule: str) -> None:
    cells = {"ID": [1, 1], "TIME": [0, 1], "AMT": [1, 0], "X": [1, 1]}
    with pytest.raises(InputError, match=f"^System, linear: got True, expected False.*{why}"):
        simulate(EventTable.of(cells, covariates={"X": rule}), model=own(false, of={"linear": True}))


def test_a_state_that_only_collects_is_told_apart_behind_a_condition() -> None:
    def with_urine(state: State, p: P, _clock: Clock) -> State:
        out = p.R * state.drug.central if state.drug.central > 1e6 else 0.1 * state.drug.central
        return State(Drug(out, -out))  # the first state collects

    table = EventTable.of({"ID": [1, 1], "TIME": [0, 0], "AMT": [500, 0], "II": [24, 0], "SS": [1, 0], "EVID": [1, 0]})
    found = simulate(table, model=own(with_urine)).rows()
    assert found["A_central"][0] == pytest.approx(500 / (1 - math.exp(-2.4)), rel=1e-8)
    assert found["A_depot"][0] == 0.0


def test_a_state_that_only_a_hidden_branch_asks_for_comes_to_rest_too() -> None:
    def hidden(state: State, _p: P, _clock: Clock) -> State:
        feeds = 0.05 * state.drug.central
        back = 0.1 * max(state.drug.depot - 30.0, 0.0)
        return State(Drug(feeds - back, -feeds - 0.1 * state.drug.central))

    table = {"ID": [1, 1], "TIME": [0, 0], "AMT": [100, 0], "II": [24, 0], "SS": [1, 0], "EVID": [1, 0]}
    found = simulate(EventTable.of(table), model=own(hidden)).rows()
    table = {"ID": [1, 1], "TIME": [0, 2400], "AMT": [100, 0], "II": [24, 0], "ADDL": [100, 0], "EVID": [1, 0]}
    long = simulate(EventTable.of(table), model=own(hidden)).rows()
    assert found["A_depot"][0] > 30
    assert found["A_depot"][0] == pytest.approx(long["A_depot"][0], rel=1e-6)


@pytest.mark.parametrize("start", [[0.0, 7.0], (0, 7), np.array([0, 7]), lambda _: [0, 7], State(Drug(0.0, 7.0))])
def test_an_initial_state_may_be_a_list_or_a_function(start: Any) -> None:
    assert amount(own(eliminated, initial=start), 10.0, dose=0.0) == pytest.approx(7 * math.exp(-0.5), rel=1e-8)


@pytest.mark.parametrize(
    ("unit", "column"),
    [("mg", "A_x"), ("pmol", "A_x"), ("ng/mL", "C_x"), ("mol/L", "C_x"), ("mmHg", "x"), ("1/h", "x"), ("1", "x")],
)
def test_columns_are_named_by_what_a_unit_measures(unit: str, column: str) -> None:
    class Seen(NamedTuple):
        x: float

    Seen.__doc__ = f"Seen.\n\n    Attributes\n    ----------\n    x : float\n        Something [{unit}].\n    "

    def seen(state: Any, _p: Any, _clock: Any) -> Any:
        return Seen(state.drug.central)

    seen.__annotations__["return"] = Seen
    assert own(eliminated, outputs=seen, predicted={"central": column}).output_columns == (column,)


def test_a_level_in_a_small_unit_is_as_exact_as_one_in_a_large_one() -> None:
    class Site(NamedTuple):
        """A site.

        Attributes
        ----------
        conc : float
            Level [kg/L].
        """

        conc: float

    class Both(NamedTuple):
        drug: Drug
        site: Site

    Both.__annotations__.update(drug=Drug, site=Site)

    def both(state: Any, p: P, _clock: Clock) -> Any:
        return Both(Drug(0.0, -p.R * state.drug.central), Site(1e-7 * state.drug.central - 0.3 * state.site.conc))

    model = own(both, system=System(Both, both, levels), initial=[0, 0, 0])
    table = EventTable.of({"ID": [1, 1], "TIME": [0, 10], "AMT": [0.001, 0]})
    model = Model(
        "own",
        model.system,
        model.fill,
        lambda _: np.zeros(3),
        (*model.compartments, Compartment("site", (2,), ())),
        "central",
        "site",
        {},
    )
    found = simulate(table, model=model).rows()["C_conc"]
    assert found[0] == pytest.approx(1e-10 * (math.exp(-0.5) - math.exp(-3.0)) / 0.25, rel=1e-6)


def changed(**changes: Any) -> Callable[[], object]:
    return lambda: amount(own(eliminated, **changes), 1.0)


class Broken(NamedTuple):
    """Flat."""

    a: float


def unannotated(state, p, clock):  # type: ignore[no-untyped-def]
    return Levels(1.0)


DOSED = (Inlet(1, 1.0, 0.0),)


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        (changed(initial=[0.0]), "own, initial"),
        (changed(initial=[0.0, -1.0]), "own, initial"),
        (changed(initial=lambda _: [0.0, math.nan]), "own, initial"),
        (changed(initial=lambda _: None), "own, initial"),
        (changed(initial=lambda _: 1 / 0), "own, initial"),
        (changed(initial="empty"), "own, initial"),
        (changed(initial=lambda: [0, 0]), "Model own, initial"),
        (changed(fill=lambda c: P(c["WT"])), "own, fill, covariate: got 'WT'"),
        (changed(fill=lambda c: c.update(WT=3)), "own, fill"),
        (changed(fill=lambda c: {"R": 1.0}), "own, fill"),
        (changed(fill=lambda c: P([1.0])), "own, fill"),  # type: ignore[arg-type]
        (changed(fill=lambda c: P(math.nan)), "own, fill"),
        (changed(fill=lambda c: 1 / 0), "own, fill"),
        (changed(fill=lambda: P(1.0)), "Model own, fill"),
        (changed(fill=P(1.0)), "Model own, fill"),
        (changed(name=""), "Model, name"),
        (changed(dose="gut"), "Model own, dose"),
        (changed(observe=2), "Model own, observe"),
        (changed(predicted={"gut": "C_level"}), "Model own, predicted: got 'gut'"),
        (changed(predicted={"central": "C_central"}), r"Model own, predicted\['central'\]"),
        (changed(predicted=None), "Model own, predicted"),
        (changed(daily="22:00"), "Model own, daily"),
        (changed(daily=Daily(math.nan, 0.0)), "Model own, daily, start"),
        (changed(amount=lambda cmt, carried: -1.0), "own, amount"),
        (changed(amount=lambda cmt, carried: carried["SALT"]), "own, amount"),
        (changed(amount=2.0), "Model own, amount"),
        (changed(assays={"C_x": lambda columns: columns["C_y"]}), "own, assay C_x"),
        (changed(assays={"C_x": lambda columns: columns.pop("C_level")}), "own, assay C_x"),
        (changed(assays={"TAD": lambda columns: 1.0}), "Model own, columns: got 'TAD'"),
        (changed(assays={"C_level": lambda columns: 1.0}), "Model own, columns: got 'C_level'"),
        (changed(compartments=()), "Model own, compartments"),
        (changed(compartments=("central",)), "Model own, compartments"),
        (changed(compartments=(Compartment("central", (1,), DOSED),) * 2), "Model own, compartments"),
        (changed(compartments=(Compartment("the gut", (1,), DOSED),)), "Model own, compartments"),
        (changed(compartments=(Compartment("central", (2,), DOSED),)), "compartment central, states: got 2"),
        (changed(compartments=(Compartment("central", (-1,), DOSED),)), "compartment central, states: got -1"),
        (changed(compartments=(Compartment("central", 1, DOSED),)), "compartment central, states"),  # type: ignore[arg-type]
        (changed(compartments=(Compartment("central", ("central",), DOSED),)), "compartment central, states"),  # type: ignore[arg-type]
        (changed(compartments=(Compartment("central", (), DOSED),)), "compartment central, states"),
        (changed(compartments=(Compartment("central", (1,), (1,)),)), "compartment central, inlets"),  # type: ignore[arg-type]
        (
            changed(compartments=(Compartment("central", (1,), (Inlet(7, 1.0, 0.0),)),)),
            "compartment central, inlet, state",
        ),
        (
            changed(compartments=(Compartment("central", (1,), (Inlet(1, -1.0, 0.0),)),)),
            "compartment central, inlet, share",
        ),
        (
            changed(compartments=(Compartment("central", (1,), (Inlet(1, 1.0, math.nan),)),)),
            "compartment central, inlet, lag",
        ),
        (changed(compartments=(Compartment("central", (1,), DOSED, f=-1.0),)), "compartment central, f"),
        (changed(compartments=(Compartment("central", (1,), DOSED, f=True),)), "compartment central, f"),
        (changed(compartments=(Compartment("central", (1,), DOSED, lag="1 h"),)), "compartment central, lag"),
        (changed(compartments=(Compartment("central", (1,), DOSED, rate=0.0),)), "compartment central, rate"),
        (
            changed(compartments=(Compartment("central", (1,), DOSED, f=lambda c: c["F"]),)),
            "table, row 1, F from the model",
        ),
        (
            changed(compartments=(Compartment("central", (1,), DOSED, f=lambda c: math.nan),)),
            "table, row 1, F from the model",
        ),
        (
            changed(compartments=(Compartment("central", (1,), DOSED, lag=lambda c: 1 / 0),)),
            "table, row 1, lag from the model",
        ),
        (changed(compartments=(Compartment("central", (1,), DOSED, lag=lambda: 1.0),)), "compartment central, lag"),  # type: ignore[arg-type,misc]
        (changed(outputs=unannotated), "unannotated, annotation"),
        (changed(outputs=lambda state, p, clock: Levels(1.0)), "<lambda>, annotation"),
        (changed(outputs=None), "System, outputs"),
        (changed(outputs=lambda state: 1.0), "System, outputs"),
        (changed(system=3), "Model own, system"),
        (changed(of={"linear": "yes"}), "System, linear"),
        (lambda: System(Broken, eliminated, levels), "Broken.a"),
        (lambda: System(dict, eliminated, levels), "System, state"),  # type: ignore[arg-type]
    ],
)
def test_what_a_model_cannot_be_made_of_is_named(broken: Callable[[], object], named: str) -> None:
    with pytest.raises(InputError, match=f"^{named}"):
        broken()


@pytest.mark.parametrize(
    ("rates", "says"),
    [
        (lambda s, p, c: None, "what it gives: got None, expected State"),
        (lambda s, p, c: [0.0, 0.0], "what it gives"),
        (lambda s, p, c: State(Drug(0.0, None)), "what it gives"),  # type: ignore[arg-type]
        (lambda s, p, c: State(Drug("0", 0.0)), "what it gives"),  # type: ignore[arg-type]
        (lambda s, p, c: State((0.0,)), "what it gives"),  # type: ignore[arg-type]
        (lambda s, p, c: State(Drug(0.0, 1j)), "what it gives"),  # type: ignore[arg-type]
        (lambda s, p, c: State(Drug(0.0, np.zeros(2))), "what it gives"),  # type: ignore[arg-type]
        (lambda s, p, c: State(Drug(0.0, math.nan)), "rate of drug.central is nan"),
        (lambda s, p, c: State(Drug(0.0, 1 / p.vmax)), "raised ZeroDivisionError"),
        (lambda s, p, c: State(Drug(0.0, p.unknown)), "raised AttributeError"),
        (lambda s, p, c: s.drug.central.append(1), "raised AttributeError"),
        (lambda s, p, c: setattr(p, "R", 3.0), "raised AttributeError"),
    ],
)
@pytest.mark.parametrize("linear", [False, True])
def test_rates_that_are_none_end_in_an_error_that_says_so(rates: Any, says: str, linear: bool) -> None:
    with pytest.raises(LdnsimError, match=f"{says}|^System, linear" if linear else says):
        amount(own(rates, of={"linear": linear}), 1.0)


@pytest.mark.parametrize(
    "outputs",
    [
        lambda s, p, c: None,
        lambda s, p, c: Levels("high"),  # type: ignore[arg-type]
        lambda s, p, c: (1.0, 2.0),
        lambda s, p, c: Levels(s.drug.central / p.vmax),
        lambda s, p, c: Levels(math.log(s.drug.depot)),
    ],
)
def test_outputs_that_are_none_end_in_an_error_that_says_so(outputs: Any) -> None:
    outputs.__annotations__["return"] = Levels
    for read in (lambda run: run.rows(), lambda run: run.subject(1)):
        run = simulate(
            EventTable.of({"ID": [1, 1], "TIME": [0, 1], "AMT": [1, 0]}), model=own(eliminated, outputs=outputs)
        )
        with pytest.raises(InputError, match="^own, outputs"):
            read(run)  # type: ignore[no-untyped-call]
