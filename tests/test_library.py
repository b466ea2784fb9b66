"""Small general models: their compartments, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ldnsim import EventTable, InputError, LdnsimWarning, models, simulate
from ldnsim.models import Model

ALL: dict[str, tuple[Callable[..., Model], dict[str, Any], list[str]]] = {
    "one": (models.one_compartment, {"CL": 2, "V": 20}, ["central"]),
    "two": (models.two_compartment, {"CL": 2, "V1": 20, "Q": 1, "V2": 30}, ["central", "peripheral"]),
    "parent": (models.parent_metabolite, {"CL": 2, "V": 20, "CLm": 1, "Vm": 5}, ["central", "metabolite"]),
    "turnover": (
        models.turnover,
        {"kind": 1, "kin": 2, "kout": 1, "CL": 2, "V": 20, "Imax": 1, "IC50": 1},
        ["central", "response"],
    ),
    "binding": (models.binding, {"kon": 1, "koff": 0.5, "CL": 2, "V": 20}, ["central", "bound"]),
}


@pytest.mark.parametrize("name", ALL)
def test_compartments_in_order_with_a_depot_only_where_ka_is_given(name: str) -> None:
    make, values, names = ALL[name]
    assert [compartment.name for compartment in make(**values).compartments] == names
    assert [compartment.name for compartment in make(**values, ka=1.2).compartments] == ["depot", *names]
    assert make(**values).dose == "central"
    assert make(**values, ka=1.2).dose == "depot"


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"CL": -1}, "CL"),
        ({"CL": float("nan")}, "CL"),
        ({"CL": "fast"}, "CL"),
        ({"ka": 0}, "ka"),
        ({"F": -0.1}, "F"),
        ({"F": {"gut": 0.8}}, "F"),
        ({"lag": {"central": -1}}, "lag"),
        ({"R": 0}, "R"),
        ({"D": {"central": 0}}, "D"),
    ],
)
def test_bad_values_are_named(name: str, change: dict[str, Any], named: str) -> None:
    make, values, _ = ALL[name]
    with pytest.raises(InputError, match=rf"^{named}"):
        make(**{**values, **change})


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"kind": 5}, "kind"),
        ({"kind": True}, "kind"),
        ({"Imax": None}, "Imax"),
        ({"Imax": 1.5}, "Imax"),
        ({"Smax": 1.0}, "Smax"),
        ({"kind": 3}, "Imax"),
        ({"kout": 0}, "kout"),
        ({"h": 0}, "h"),
    ],
)
def test_indirect_response_takes_the_potency_of_its_kind(change: dict[str, Any], named: str) -> None:
    _, values, _ = ALL["turnover"]
    with pytest.raises(InputError, match=rf"^{named}:"):
        models.turnover(**{**values, **change})


def test_volumes_and_fractions_are_checked() -> None:
    with pytest.raises(InputError, match="^V: got 0"):
        models.one_compartment(CL=1, V=0)
    with pytest.raises(InputError, match="^fh: got 1.1"):
        models.parent_metabolite(CL=1, V=1, CLm=1, Vm=1, fh=1.1)


def test_a_parameter_may_depend_on_covariates_and_is_checked_when_it_does() -> None:
    table = EventTable.of({"ID": [1, 1], "TIME": [0, 1], "AMT": [10, 0], "WT": [70, 70]}, covariates=["WT"])
    with pytest.warns(LdnsimWarning, match="WT does not change"):
        fixed = simulate(table, model=models.one_compartment(CL=2, V=20)).rows()
    scaled = simulate(table, model=models.one_compartment(CL=lambda c: c["WT"] / 35, V=lambda _: 20.0)).rows()
    assert fixed["C_central"].tolist() == scaled["C_central"].tolist()
    with pytest.raises(InputError, match="^CL: got -70"):
        simulate(table, model=models.one_compartment(CL=lambda c: -c["WT"], V=20))


def test_a_response_starts_at_production_over_loss_and_stays_there_undosed() -> None:
    _, values, _ = ALL["turnover"]
    undosed = EventTable.of({"ID": [1, 1], "TIME": [0, 50], "EVID": [0, 0]})
    with pytest.warns(LdnsimWarning, match="no row gives a dose"):
        rows = simulate(undosed, model=models.turnover(**values)).rows()
    assert rows["response"].tolist() == pytest.approx([2.0, 2.0], rel=1e-12)
    assert rows["IPRED"].tolist() == rows["response"].tolist()
