"""Plain values at the door."""

from __future__ import annotations

from typing import Any

import pytest

from ldnsim import Adherence, Assumptions, InputError, LogNormal, ParameterSet, Population, Regimen, Triangular, resolve
from ldnsim.base.reading import fields_of, listed, names_in
from ldnsim.population.distributions import from_dict

WHOLE: dict[str, tuple[Any, dict[str, Any]]] = {
    "regimen": (Regimen.from_dict, Regimen("4.5 mg").to_dict()),
    "population": (Population.from_dict, Population(2, seed=1).to_dict()),
    "adherence": (Adherence.from_dict, Adherence(miss=0.1).to_dict()),
    "assumptions": (
        Assumptions.from_dict,
        {"site": "pet", "isomers": 0.2, "tlr4": "off", "rebound": "off", "exposure": "ldn24"},
    ),
    "parameters": (ParameterSet.from_dict, resolve("measured").to_dict()),
    "spread": (lambda cells: from_dict(cells, "spread"), Triangular(1.0, 2.0).to_dict()),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_what_is_unknown_or_missing_is_named(kind: str) -> None:
    read, cells = WHOLE[kind]
    read(cells)
    with pytest.raises(InputError, match=rf"^{kind}: got 'colour', expected one of the known names"):
        read(cells | {"colour": cells[list(cells)[-1]]})
    needed = [name for name in cells if kind != "regimen" or name in ("clock", "phases")]
    for name in needed[-3:]:
        with pytest.raises(InputError, match=rf"^{kind}: got .*{name}"):
            read({key: value for key, value in cells.items() if key != name})
    for none in (None, 3, "text", [], [("clock", 1)]):
        with pytest.raises(InputError, match=f"^{kind}: got"):
            read(none)


def test_fields_that_may_be_left_out_have_what_is_usual() -> None:
    assert fields_of({"a": 1}, "x", ("a",), {"b": 2}) == {"a": 1, "b": 2}
    assert fields_of({"a": 1, "b": 3}, "x", ("a",), {"b": 2}) == {"a": 1, "b": 3}


@pytest.mark.parametrize("value", [None, 3, "abc", b"abc", {"a": 1}, object()])
def test_only_a_list_is_one(value: Any) -> None:
    with pytest.raises(InputError, match="^days: got .* expected some days"):
        listed(value, "days", "some days")
    assert listed((one for one in "ab"), "days", "some days") == ["a", "b"]


def test_names_are_texts() -> None:
    assert list(names_in({"a": 1}, "x")) == [("a", 1)]
    for bad in ({1: 2}, [("a", 1)], None):
        with pytest.raises(InputError, match="^x: got"):
            names_in(bad, "x")


@pytest.mark.parametrize(
    ("name", "place", "value", "argument"),
    [
        ("pk.cl", 0, True, "pk.cl"), ("pk.cl", 0, "9", "pk.cl"), ("pk.cl", 0, -1.0, "pk.cl"),
        ("pk.cl", 1, "L/min", "pk.cl.unit"), ("pk.cl", 3, "certain", "pk.cl.status"), ("pk.cl", 2, None, "pk.cl"),
    ],
)  # fmt: skip
def test_parameters_read_back_are_those_of_the_model(name: str, place: int, value: Any, argument: str) -> None:
    cells = resolve("popular").to_dict()
    assert ParameterSet.from_dict(cells) == resolve("popular")
    cells[name][place] = value
    with pytest.raises(InputError, match=f"^{argument}: got"):
        ParameterSet.from_dict(cells)


def test_a_distribution_knows_its_own_spread_only() -> None:
    assert from_dict(LogNormal(cv=0.3).to_dict(), "x") == LogNormal(cv=0.3)
    for cells in ({"kind": "Triangular", "low": 1}, {"kind": "LogNormal", "cv": 0.3, "low": 1}, {"kind": "LogNormal"}):
        with pytest.raises(InputError):
            from_dict(cells, "x")
