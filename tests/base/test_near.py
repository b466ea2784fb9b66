"""What was perhaps meant, said in one place for names of all kinds."""

from __future__ import annotations

import pytest

import ldnsim as ldn
from ldnsim.base.near import among, meant, nearest


def test_names_are_like_whatever_their_case() -> None:
    assert nearest("POPLAR", ["popular", "measured"]) == ["popular"]
    assert nearest("Wanted", ["WANTED"]) == ["WANTED"]
    assert nearest("zebra", ["popular", "measured"]) == []
    assert nearest(3, ["3"]) == []


def test_what_is_like_nothing_adds_nothing() -> None:
    assert meant("zebra", ["popular"]) == ""
    assert among("zebra", ["popular", "measured"]) == "one of popular, measured"


def test_many_names_are_counted_where_one_is_like_and_listed_where_none_is() -> None:
    known = [f"name_{number}" for number in range(30)]
    assert among("nam_3", known).startswith("one of 30 names; did you mean 'name_3'")
    assert "name_29" in among("zebra", known)


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        (lambda: ldn.Assumptions.of("poplar"), "did you mean 'popular'"),
        (lambda: ldn.Assumptions.of("sit=pet"), "did you mean 'site'"),
        (lambda: ldn.Assumptions.of("tlr4=clincal"), "did you mean 'clinical'"),
        (lambda: ldn.simulate("4.5 mg", parameters={"pk.cll": 3}), "did you mean 'pk.cl'"),
        (lambda: ldn.simulate("4.5 mg", covariates={"wieght": 3}), "did you mean 'weight'"),
        (lambda: ldn.simulate("4.5 mg", engine="refrence"), "did you mean 'reference'"),  # type: ignore[call-overload]
        (lambda: ldn.simulate("4.5 mg", population=ldn.Population(2), outputs=["tones"]), "did you mean 'tone'"),
        (lambda: ldn.Ensemble("4.5 mg", until=2).endpoints({"mg": [1]}, ["ntx Cmx"]), "did you mean 'ntx Cmax'"),
    ],
)  # fmt: skip
def test_names_of_all_kinds_say_what_was_meant(asked: object, wanted: str) -> None:
    assert callable(asked)
    with pytest.raises(ldn.InputError, match=wanted):
        asked()
