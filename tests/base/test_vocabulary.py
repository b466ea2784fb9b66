"""The vocabulary: units and meanings read from declarations."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from ldnsim import LdnsimError
from ldnsim.base.units import is_unit
from ldnsim.base.vocabulary import flatten, nested, terms
from ldnsim.ledger.parameters import parameter_terms
from ldnsim.model import Outputs, State
from ldnsim.pk import PkParameters


class Inner(NamedTuple):
    """Inner.

    Attributes
    ----------
    length : float
        A length that needs
        two lines [mm].
    """

    length: float


def test_unit_and_meaning_come_from_the_docstring() -> None:
    assert terms(Inner)["length"] == ("length", "mm", "A length that needs two lines")


@pytest.mark.parametrize("margin", ["", "    ", "        ", "\t"])
def test_units_are_found_however_python_keeps_the_indentation_of_docstrings(margin: str) -> None:
    kept = "Levels.\n\nAttributes\n----------\nlength : float\n    A length that needs\n    two lines [mm].\n"

    class Levels(NamedTuple):
        length: float

    Levels.__doc__ = kept.replace("\n", "\n" + margin)
    assert terms(Levels)["length"] == ("length", "mm", "A length that needs two lines")


def test_known_words() -> None:
    assert terms(PkParameters)["cl"] == ("cl", "L/h", "Clearance of naltrexone")


class Undocumented(NamedTuple):
    """No attributes."""

    length: float


class Unitless(NamedTuple):
    """No unit.

    Attributes
    ----------
    length : float
        A length.
    """

    length: float


@pytest.mark.parametrize("kind", [Undocumented, Unitless])
def test_a_missing_description_is_an_error(kind: type[NamedTuple]) -> None:
    with pytest.raises(LdnsimError, match=f"{kind.__name__}.length"):
        terms(kind)


@pytest.mark.parametrize("kind", [State, Outputs])
def test_every_state_and_output_has_a_known_unit_and_its_own_name(kind: type[NamedTuple]) -> None:
    found = flatten(kind)
    assert len({term.name for term in found}) == len(found)
    assert all(is_unit(term.unit) and term.meaning for term in found)


def test_every_parameter_has_a_known_unit_and_meaning() -> None:
    assert all(is_unit(term.unit) and term.meaning for term in parameter_terms().values())


def test_nested_tells_components_from_numbers() -> None:
    assert nested(State, "levo") is State.__annotations__["levo"]
    assert nested(Inner, "length") is None
