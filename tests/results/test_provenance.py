"""What stands behind each output, read off the equations."""

from __future__ import annotations

import pytest

from ldnsim import resolve
from ldnsim.model import Parameters
from ldnsim.models.naltrexone import naltrexone
from ldnsim.results.provenance import Entered, Trace, dependencies, evidence


def behind(assumptions: str, route: str = "oral", salt: str = "hcl") -> dict[str, frozenset[str]]:
    parameters = resolve(assumptions)
    entered = Entered(((route, {"SALT": salt}),))
    return dict(dependencies(naltrexone(parameters, 22.0), parameters, Parameters, entered))


def test_a_zero_factor_hides_what_it_multiplies() -> None:
    zero, other = Trace(0.0, frozenset({"switch"})), Trace(2.0, frozenset({"other"}))
    assert (zero * other).names == {"switch"}
    assert (other * zero).names == {"switch"}
    assert (zero + other).names == {"switch", "other"}
    assert ((1 - other) / other).names == {"other"}
    assert (2**other).names == {"other"}


def test_plasma_knows_only_kinetics() -> None:
    names = behind("popular")["levo.ntx"]
    assert {"pk.cl", "pk.vc", "pk.ka", "pk.f", "dose.lag", "dose.mw_hcl"} <= names
    assert all(name.startswith(("pk.", "dose.")) for name in names)
    assert not names & {"pk.k_er", "pk.k_mucosa", "pk.k_burst", "pk.clm"}


def test_routes_bring_their_own_parameters() -> None:
    assert "pk.k_mucosa" in behind("popular", "sublingual")["levo.ntx"]
    assert "dose.f_mucosal" in behind("popular", "sublingual")["levo.ntx"]
    assert {"pk.k_burst", "pk.k_released"} <= behind("popular", "intramuscular")["levo.ntx"]
    assert "pk.ka" not in behind("popular", "intravenous")["levo.ntx"]


def test_a_dose_rests_on_the_molar_mass_of_its_salt_alone() -> None:
    for salt, other in (("hcl", "base"), ("base", "hcl")):
        names = behind("popular", salt=salt)["levo.central"]
        assert f"dose.mw_{salt}" in names
        assert f"dose.mw_{other}" not in names
    # an assay reads mass of base whatever was swallowed
    assert {"dose.mw_hcl", "dose.mw_base"} <= behind("popular")["plasma_ntx"]
    assert "dose.mw_base" not in behind("popular")["plasma_bnx6"]


def test_effects_reach_back_through_the_feedback() -> None:
    names = behind("popular")["effects.tone"]
    assert {"receptors.kd", "endorphin.g", "endorphin.rho", "receptors.umax_mor", "pk.cl"} <= names
    assert not names & {"receptors.alpha", "receptors.beta", "tlr4.ic50"}


def test_tlr4_depends_on_peptide_only_when_peptide_inhibits() -> None:
    assert "endorphin.g" not in behind("popular")["effects.tlr4_inhibition"]
    assert "endorphin.g" in behind("tlr4=opioid-mediated")["effects.tlr4_inhibition"]
    assert "tlr4.ic50" not in behind("tlr4=opioid-mediated")["effects.tlr4_inhibition"]
    assert behind("tlr4=off")["effects.tlr4_inhibition"] == {"tlr4.imax"}


def test_evidence_names_weakest_and_targets() -> None:
    parameters = resolve("popular")
    found = evidence({"receptors.kd", "pk.clr"}, parameters)
    assert found.weakest == "calibrated"
    assert found.targets == (parameters["receptors.kd"].target,)
    assert evidence({"pk.clr"}, parameters) == (("pk.clr",), "read", ())


@pytest.mark.parametrize("account", ["popular", "measured"])
def test_every_parameter_matters_somewhere_or_is_named_as_idle(account: str) -> None:
    used = frozenset().union(*behind(account).values())
    idle = {name for name in resolve(account) if name not in used}
    # routes not taken, the other isomer's share, what only `outcomes()` uses, and what is switched off
    assert "pk.cl" not in idle
    assert {"pk.k_er", "dose.f_mucosal", "tlr4.excess50"} <= idle


def test_the_speed_of_a_messenger_stands_behind_it() -> None:
    # its rate is the speed times a difference, which is not zero because two states are
    found = behind("popular")
    assert "tlr4.k_il6" in found["tlr4.il6"]
    assert "tlr4.k_tnf" not in found["tlr4.il6"]
    assert "tlr4.k_tnf" in found["effects.cytokine_index"]
    assert "endorphin.km" in found["peptide.blocked_share"]
