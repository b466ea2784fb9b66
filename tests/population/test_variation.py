"""Which parameters vary: the ledger's groups, what replaces them, correlations, and doubt about typical values."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from ldnsim import InputError, ledger, resolve
from ldnsim.base.streams import named
from ldnsim.population.distributions import LogNormal, Normal, Triangular
from ldnsim.population.variation import (
    Variation,
    correlated,
    correlations_of,
    from_plain,
    in_words,
    ledger_uncertainty,
    ledger_variability,
    variations_of,
)

BASE = ledger_variability()


def test_the_ledger_s_spread_is_that_of_its_rows() -> None:
    found = {"+".join(one.parameters): (one.distribution, one.row) for one in BASE}
    assert found == {
        "pk.ka": (LogNormal(cv=0.5), "PP126"),
        "pk.f": (LogNormal(cv=0.4), "PP123"),
        "pk.cl": (LogNormal(cv=0.25), "PP124"),
        "pk.vc+pk.vp": (LogNormal(cv=0.3), "PP125"),
        "pk.fm": (LogNormal(cv=0.2), "PP127"),
        "pk.clm": (LogNormal(cv=0.25), "PP128"),
        "pk.vcm+pk.vpm": (LogNormal(cv=0.3), "PP129"),
    }


def test_entries_replace_add_and_take_away() -> None:
    found = variations_of(
        "variability",
        {"pk.cl": LogNormal(cv=0.1), "receptors.kd": LogNormal(sd=0.2), "pk.vp": None, "pk.ka": None},
        BASE,
    )
    names = {one.parameters: (one.distribution, one.row) for one in found}
    assert names[("pk.cl",)] == (LogNormal(cv=0.1), "")
    assert names[("receptors.kd",)] == (LogNormal(sd=0.2), "")
    assert names[("pk.vc",)] == (LogNormal(cv=0.3), "PP125")
    assert ("pk.ka",) not in names
    assert variations_of("variability", {}, BASE) == ()
    exactly = (Variation(("pk.cl",), LogNormal(cv=0.1)),)
    assert variations_of("variability", exactly, BASE) == exactly


def test_joined_parameters_share_a_draw_whatever_their_order() -> None:
    (one,) = variations_of("occasions", {"pk.vp + pk.vc": LogNormal(cv=0.1)})
    assert one.parameters == ("pk.vc", "pk.vp")
    assert one.draw == named("pk.vc")


def test_variations_survive_json() -> None:
    cells = json.loads(json.dumps([one.to_dict() for one in BASE]))
    assert from_plain(cells, "variability") == BASE
    assert in_words(LogNormal(cv=0.4)) == "LogNormal(cv=0.4)"


def test_correlations_are_those_asked_for() -> None:
    correlations = correlations_of({("pk.vp", "pk.cl"): 0.6, ("pk.f", "pk.cl"): -0.3}, BASE)
    assert correlations == (("pk.f", "pk.cl", -0.3), ("pk.cl", "pk.vp", 0.6))
    z = list(np.random.default_rng(1).standard_normal((len(BASE), 100_000)))
    found = np.corrcoef(correlated(z, correlations, BASE))
    expected = np.eye(len(BASE))
    expected[1, 2] = expected[2, 1] = -0.3
    expected[2, 3] = expected[3, 2] = 0.6
    # five standard errors
    assert abs(found - expected).max() < 5 / np.sqrt(100_000)


def test_what_is_not_correlated_keeps_its_numbers() -> None:
    z = list(np.random.default_rng(1).standard_normal((len(BASE), 5)))
    found = correlated(z, correlations_of({("pk.cl", "pk.vc"): 0.6}, BASE), BASE)
    same = [np.array_equal(a, b) for a, b in zip(z, found, strict=True)]
    assert same == [True, True, True, False, True, True, True]


def test_impossible_correlations_name_the_eigenvalue() -> None:
    # a, b and b, c correlate by 0.9, a, c by -0.9: determinant 1 - 3 * 0.81 - 2 * 0.729 < 0, smallest eigenvalue -0.8
    impossible = {("pk.f", "pk.cl"): 0.9, ("pk.cl", "pk.vc"): 0.9, ("pk.f", "pk.vc"): -0.9}
    with pytest.raises(InputError, match=r"^correlations: .* smallest eigenvalue of their matrix is -0\.8$"):
        correlations_of(impossible, BASE)


@pytest.mark.parametrize(
    "given",
    [
        {("pk.cl", "pk.q"): 0.5}, {("pk.cl",): 0.5}, {"pk.cl, pk.vc": 0.5}, {("pk.vc", "pk.vp"): 0.5},
        {("pk.cl", "pk.cl"): 0.5}, {("pk.cl", "pk.vc"): 0.5, ("pk.vp", "pk.cl"): 0.4}, {("pk.cl", "pk.vc"): 1.0},
        {("pk.cl", "pk.vc"): 1.5}, {("pk.cl", "pk.vc"): None}, [("pk.cl", "pk.vc", 0.5)],
    ],
)  # fmt: skip
def test_bad_correlations_are_named(given: Any) -> None:
    with pytest.raises(InputError, match="^correlations: got"):
        correlations_of(given, BASE)


def test_doubt_is_between_the_limits_of_the_ledger() -> None:
    found = {one.parameters[0]: one for one in ledger_uncertainty(resolve("exposure=label50"))}
    # PP106: 94 to 210 L/h
    assert found["pk.cl"] == Variation(("pk.cl",), Triangular(94, 210), "PP106")
    # LM010: residence 1 to 1.5 h, so dissociation 1/1.5 to 1/1 per hour
    koff = found["receptors.koff"].distribution
    assert isinstance(koff, Triangular)
    assert (koff.low, koff.high) == pytest.approx((1 / 1.5, 1.0))
    # RP069: 55 to 100 percent
    umax = found["receptors.umax_mor"].distribution
    assert isinstance(umax, Triangular)
    assert (umax.low, umax.high) == pytest.approx((0.55, 1.0))
    # K002: 49 min with 10 % between 6 volunteers, so 4.08 % of the mean
    tnf = found["tlr4.k_tnf"].distribution
    assert isinstance(tnf, LogNormal)
    assert tnf.cv == pytest.approx(0.0408, abs=5e-5)
    # points, switches and calibrated numbers
    assert not {"pk.clr", "receptors.pet", "receptors.kd", "tlr4.ic50"} & found.keys()


@pytest.mark.parametrize("bundle", ["popular", "measured", "exposure=deep96", "tlr4=off", "rebound=off"])
def test_every_typical_value_lies_within_its_doubt(bundle: str) -> None:
    parameters = resolve(bundle)
    for one in ledger_uncertainty(parameters):
        (name,) = one.parameters
        assert one.row == parameters[name].row
        if isinstance(one.distribution, Triangular):
            assert one.distribution.low <= parameters[name].value <= one.distribution.high
            limits = ledger().parameters[one.row]
            assert limits.low is not None
            assert limits.high is not None


def test_what_a_user_changed_is_not_doubted() -> None:
    changed = resolve("exposure=label50").replace({"pk.cl": 100}, "a note")
    assert "pk.cl" not in {one.parameters[0] for one in ledger_uncertainty(changed)}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"pk.clearance": LogNormal(cv=0.3)}, "known are"),
        ({"pk.vc+pk.clearance": LogNormal(cv=0.3)}, "known are"),
        ({"pk.vc+pk.vc": LogNormal(cv=0.3)}, "known are"),
        ({"": LogNormal(cv=0.3)}, "known are"),
        ({7: LogNormal(cv=0.3)}, "known are"),
        ({"pk.cl": 0.3}, "a distribution"),
        ({"pk.cl": Triangular(1, 2)}, "a distribution"),
        ({"pk.cl": Normal(140, sd=3)}, "its own typical value"),
        ({"pk.vc+pk.vp": LogNormal(cv=0.3), "pk.vc": LogNormal(cv=0.3)}, "each parameter once"),
        ([("pk.cl", LogNormal(cv=0.3))], "a mapping"),
        ((Variation(("pk.cl",), LogNormal(cv=0.3), "PP999"),), "a row of the ledger"),
    ],
)
def test_bad_variations_are_named(given: Any, says: str) -> None:
    with pytest.raises(InputError, match=f"^variability: got .*{says}"):
        variations_of("variability", given, BASE)


def test_nothing_is_taken_away_where_nothing_was() -> None:
    with pytest.raises(InputError, match="^occasions: got None, expected a distribution"):
        variations_of("occasions", {"pk.cl": None})
    with pytest.raises(InputError, match="^occasions: got"):
        from_plain({"parameters": []}, "occasions")
