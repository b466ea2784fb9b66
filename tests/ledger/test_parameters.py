"""Assumptions and parameter sets."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldnsim import Assumptions, InputError, ledger, resolve
from ldnsim.base.errors import LedgerError
from ldnsim.ledger.assumptions import BUNDLES, EXPOSURES, REBOUNDS, SITES, TLR4
from ldnsim.ledger.evidence import weakest
from ldnsim.ledger.parameters import CELLS, CONDITIONS, GROUPS, parameter_terms
from ldnsim.model import Parameters

from ..reference import strategies


def test_bundles_are_what_the_readme_says() -> None:
    assert BUNDLES["popular"] == Assumptions("plasma", "racemic", "clinical", "popular", "pooled")
    assert BUNDLES["measured"] == Assumptions("pet", "levo", "in-vitro", "conservative", "pooled")
    assert Assumptions.of("measured").name == "measured"
    assert Assumptions.of("measured,exposure=ldn24").name == "measured,exposure=ldn24"


@given(strategies.assumptions)
def test_name_reads_back(assumptions: Assumptions) -> None:
    assert Assumptions.of(assumptions.name) == assumptions


@given(strategies.assumptions, st.sampled_from(CONDITIONS), st.sampled_from(CELLS))
def test_every_mixture_gives_every_parameter_a_value_and_a_source(
    assumptions: Assumptions, condition: str, cell: str
) -> None:
    found = resolve(assumptions, condition=condition, cell=cell)
    assert list(found) == list(parameter_terms())
    for name, entry in found.items():
        assert math.isfinite(entry.value)
        assert entry.source
        assert entry.row in ledger().parameters or name == "dose.f_dextro"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("popula", "assumptions"),
        ("", "assumptions"),
        ("site", "assumptions"),
        ("site=", "site"),
        ("site=brain", "site"),
        ("isomers=1.2", "isomers"),
        ("isomers=-0.1", "isomers"),
        ("isomers=nan", "isomers"),
        ("isomers=half", "isomers"),
        ("tlr4=on", "tlr4"),
        ("rebound=strong", "rebound"),
        ("exposure=label", "exposure"),
        ("site=pet,site=plasma", "assumptions"),
        ("measured,popular", "assumptions"),
        ("dose=4", "assumptions"),
    ],
)
def test_bad_assumptions_are_named(text: str, names: str) -> None:
    with pytest.raises(InputError, match=f"^{names}: got"):
        Assumptions.of(text)


@pytest.mark.parametrize("value", [None, 3, object(), ["popular"]])
def test_other_types_are_refused(value: object) -> None:
    with pytest.raises(InputError, match="^assumptions: got"):
        Assumptions.of(value)


def test_axes_change_what_they_say() -> None:
    def changed(**choices: str) -> set[str]:
        base, other = resolve("exposure=label50"), resolve(Assumptions(**{"exposure": "label50"} | choices))
        return {name for name in base if base[name].row != other[name].row}

    assert changed(site="pet") == {"receptors.pet"}
    assert changed(exposure="ldn24") == {"pk.f"}
    assert changed(tlr4="off") == {"tlr4.ic50", "tlr4.imax"}
    assert changed(isomers="levo") == {"dose.f_dextro", "receptors.kd"}
    assert "pk.v3" not in changed(exposure="deep96")


def test_macrophages_differ_where_they_were_looked_at() -> None:
    def changed(account: str) -> set[str]:
        one, other = (resolve(account, cell=cell) for cell in ("mast-cell", "macrophage"))
        return {name for name in one if one[name] != other[name]}

    assert changed("popular") == set()
    assert changed("measured") == {"tlr4.ic50"}
    assert resolve("measured", cell="macrophage")["tlr4.ic50"].value == pytest.approx(2e6)  # 2 mM


def test_half_life_becomes_a_rate() -> None:
    # RP056: 37 min; the design prints 1.12 per hour
    assert resolve()["endorphin.kout_bend"].value == pytest.approx(1.12, abs=0.005)
    assert resolve()["endorphin.kout_menk"].value == pytest.approx(3.41, abs=0.005)


def test_replacing_converts_and_is_remembered() -> None:
    found = resolve().replace({"pk.cl": "2 L/min", "tlr4.h": 2}, "a note")
    assert found["pk.cl"].value == pytest.approx(120.0)
    assert found["pk.cl"].status == "assumed"
    assert found["pk.cl"].source == "a note"
    assert found["tlr4.h"].value == 2
    assert resolve()["pk.cl"].value == 140


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"pk.clearance": 1}, "parameters"),
        ({"pk.cl": "120 mg"}, "pk.cl"),
        ({"pk.cl": "fast"}, "pk.cl"),
        ({"pk.cl": "120"}, "pk.cl"),
        ({"pk.cl": -1}, "pk.cl"),
        ({"pk.cl": math.nan}, "pk.cl"),
        ({"pk.vc": 0}, "pk.vc"),
        ({"receptors.koff": 0}, "receptors.koff"),
        ({"tlr4.km": 0}, "tlr4.km"),
        ({"pk.f": 0.99}, "pk.f"),
        ({"pk.clr": 100}, "pk.clr"),
        ({"pk.clrm": 100}, "pk.clrm"),
        ({"dose.f_dextro": 1.2}, "dose.f_dextro"),
        ({"receptors.kd": None}, "receptors.kd"),
        ({"receptors.kd": True}, "receptors.kd"),
        ({"endorphin.growth_tonic": 1}, "endorphin.growth_tonic"),
        ({"endorphin.amplitude": 1}, "endorphin.amplitude"),
        ({"endorphin.kout_bend": 0.05}, "endorphin.amplitude"),
    ],
)
def test_bad_changes_are_named(changes: dict[str, object], names: str) -> None:
    with pytest.raises(InputError, match=f"^{names}: got"):
        resolve().replace(changes, "test")


@pytest.mark.parametrize(("argument", "value"), [("condition", "well"), ("cell", "neuron")])
def test_unknown_condition_and_cell_are_named(argument: str, value: str) -> None:
    with pytest.raises(InputError, match=f"^{argument}: got '{value}'"):
        resolve(**{argument: value})


def test_choices_are_all_in_the_sets() -> None:
    for site in SITES:
        for tlr4 in TLR4:
            for rebound in REBOUNDS:
                for exposure in EXPOSURES:
                    assert len(resolve(Assumptions(site, "racemic", tlr4, rebound, exposure))) == len(parameter_terms())


def test_groups_are_the_model_s_parameters() -> None:
    assert tuple(GROUPS) == Parameters._fields
    assert all(Parameters.__annotations__[name] is kind for name, kind in GROUPS.items())


def test_entries_survive_json() -> None:
    found = resolve("measured")
    assert json.loads(json.dumps({name: entry.value for name, entry in found.items()})) == {
        name: entry.value for name, entry in found.items()
    }


def test_calibrated_counts_as_weakest() -> None:
    assert weakest(["read", "calibrated", "assumed"]) == "calibrated"
    assert weakest(["read", "assumed", "recalled"]) == "assumed"
    assert weakest([]) == "read"


def test_what_a_drug_does_not_share_is_never_taken_from_naltrexone() -> None:
    from ldnsim.ledger.parameters import layered
    from ldnsim.models.nalmefene import SHARED

    names = ["receptors.kd", "receptors.alpha", "receptors.xe0"]
    with pytest.raises(LedgerError, match="receptors.alpha"):
        layered(("base", "isomers:levo"), names, SHARED)
    with pytest.raises(LedgerError, match="no set 'naloxone'"):
        layered(("base", "naloxone"), names, SHARED)
    assert layered(("base", "nalmefene"), names, SHARED)["receptors.alpha"].row == "NP072"
