"""Kernels: what is written into them, and what is left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ldnsim import Regimen, resolve
from ldnsim.engines.compiled.codegen import Structure, structure, write
from ldnsim.engines.events import Jump
from ldnsim.engines.grouping import groups
from ldnsim.engines.leg import Leg
from ldnsim.model import Parameters
from ldnsim.models import one_compartment
from ldnsim.models.naltrexone import naltrexone
from ldnsim.models.system import NALTREXONE, Daily

from ..walking import entering, leg_of, side_by_side


def person(assumptions: str, **parameters: Any) -> Leg:
    """One who takes one dose."""
    chosen = resolve(assumptions).replace(parameters, "a test")
    model = naltrexone(chosen, 22.0)
    (dose,) = Regimen.parse("4.5 mg").dosing()
    p = chosen.fill(Parameters)
    initial = NALTREXONE.baseline(p, model.daily)[0]
    events = entering(model, chosen, dose)
    return leg_of(NALTREXONE, p, initial, events, [0.0, 1.0], [False, True], model.daily)


MODEL = one_compartment(CL=2, V=20, ka=1.2)


def small() -> Structure:
    """What a kernel of one compartment is made for."""
    doses = [Jump(0.0, 0, 100.0)]
    leg = leg_of(MODEL.system, MODEL.fill({}), np.zeros(2), doses, [0.0, 1.0], [False, True], Daily(0.0, 0.0))
    return structure(MODEL.system, leg)


RACEMIC = structure(NALTREXONE, person("popular"))


def test_switches_and_whole_exponents_are_written_into_the_kernel() -> None:
    fixed = dict(RACEMIC.fixed)
    assert fixed["receptors.pet"] == 0.0
    assert fixed["receptors.h_up"] == 1.0
    assert "pk.cl" not in fixed
    assert dict(structure(NALTREXONE, person("measured")).fixed)["receptors.h_up"] == 4.0
    both = side_by_side([person("popular"), person("measured")])
    assert "receptors.pet" not in dict(structure(NALTREXONE, both).fixed)


def test_what_counts_as_blocked_needs_no_kernel_of_its_own() -> None:
    """It moves a limit that results are held against, and a number of the rates: a choice shows at once."""
    assert structure(NALTREXONE, person("popular,blockade=functional")) == RACEMIC
    # of one that the rates read it would be another kernel
    assert structure(NALTREXONE, person("popular,site=pet")) != RACEMIC


def test_states_that_nothing_reaches_are_left_out() -> None:
    names = {NALTREXONE.names[position] for position in structure(NALTREXONE, person("measured")).states}
    assert {"levo.central", "levo.bnx6_peripheral", "site.mor", "tlr4.sp"} <= names
    assert not any(name.startswith(("dextro", "tlr4.lps", "levo.im")) for name in names)


def test_what_only_collects_comes_last_and_what_is_alike_is_integrated_once() -> None:
    """With equal shares both isomers are alike; with unequal ones they are not."""
    asked = [NALTREXONE.names[position] for position in RACEMIC.states[: RACEMIC.asked]]
    collecting = [NALTREXONE.names[position] for position in RACEMIC.states[RACEMIC.asked :]]
    assert collecting == ["levo.urine_ntx", "levo.urine_bnx6", "levo.other"]
    assert not any(name.startswith("dextro") for name in asked)
    names = {NALTREXONE.names[place]: NALTREXONE.names[other] for place, other in RACEMIC.like}
    assert names["dextro.central"] == "levo.central"
    assert names["tlr4.nfkb"] == "tlr4.trif"
    uneven = person("popular", **{"dose.f_dextro": 0.4})
    for people in (uneven, side_by_side([person("popular"), uneven])):
        found = structure(NALTREXONE, people)
        assert not any(NALTREXONE.names[place].startswith("dextro") for place, _ in found.like)
        assert "dextro.central" in [NALTREXONE.names[position] for position in found.states]


def test_the_text_of_a_kernel_is_the_same_every_time() -> None:
    declared = type(MODEL.fill({}))
    assert write(MODEL.system, declared, small()) == write(MODEL.system, declared, small())


@pytest.mark.parametrize(
    ("assumptions", "opioid", "kinks"), [("popular", 0.0, 2), ("popular", 1.0, 3), ("measured", 0.0, 2)]
)
def test_steps_end_at_kinks_of_rates_alone_not_at_those_of_outputs(assumptions: str, opioid: float, kinks: int) -> None:
    """Each lost signal has one, the rise of peptide another where it inhibits; the cap of growth moves nothing."""
    one = person(assumptions, **{"tlr4.opioid": opioid})
    text = write(NALTREXONE, Parameters, structure(NALTREXONE, one))
    (group,) = groups(NALTREXONE, one)
    assert f"SWITCHES = {len(structure(NALTREXONE, one).states)}, {structure(NALTREXONE, one).asked}, {kinks}\n" in text
    assert len(group.recording.kinks) == kinks
