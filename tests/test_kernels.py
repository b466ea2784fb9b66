"""Kernels on disk: found again, made anew where damaged."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ldnsim import resolve
from ldnsim.kernels import Structure, cache_folder, kernel, structure, write
from ldnsim.model import Parameters
from ldnsim.models import one_compartment
from ldnsim.system import NALTREXONE
from ldnsim.vocabulary import flatten

NAMES = [term.name for term in flatten(Parameters)]
P = resolve("popular")
VALUES = np.array([[P[name].value for name in NAMES]])
ENTERED = {NALTREXONE.index("levo.depot")} | {
    number for number, term in enumerate(NALTREXONE.terms) if term.name.startswith(("density", "peptide.p", "tlr4.t"))
}


def test_switches_and_whole_exponents_are_written_into_the_kernel() -> None:
    fixed = dict(structure(NALTREXONE, Parameters, VALUES, ENTERED).fixed)
    assert fixed["receptors.pet"] == 0.0
    assert fixed["receptors.h_up"] == 1.0
    assert "pk.cl" not in fixed
    measured = np.array([[resolve("measured")[name].value for name in NAMES]])
    assert dict(structure(NALTREXONE, Parameters, measured, ENTERED).fixed)["receptors.h_up"] == 4.0
    both = structure(NALTREXONE, Parameters, np.concatenate([VALUES, measured]), ENTERED)
    assert "receptors.pet" not in dict(both.fixed)


def test_states_that_nothing_reaches_are_left_out() -> None:
    active = structure(NALTREXONE, Parameters, VALUES, ENTERED).active
    names = {NALTREXONE.names[position] for position in active}
    assert {"levo.central", "levo.bnx6_peripheral", "site.mor", "tlr4.sp"} <= names
    assert not any(name.startswith(("dextro", "tlr4.lps", "levo.im")) for name in names)


MODEL = one_compartment(CL=2, V=20, ka=1.2)
SMALL = Structure((), (0, 1))


def test_a_damaged_kernel_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ldnsim import kernels

    monkeypatch.setenv("LDNSIM_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    declared = type(MODEL.fill({}))
    kernel(MODEL.system, declared, SMALL)
    (path,) = tmp_path.glob("*/*.py")
    whole = path.read_text()
    assert path.parent.stat().st_mode & 0o777 == 0o700
    for damaged in (whole[:-200], whole.replace("state[0 + lane]", "state[1 + lane]"), "", "import os\n"):
        path.write_text(damaged)
        kernels._kernel.cache_clear()
        kernel(MODEL.system, declared, SMALL)
        assert path.read_text() == whole
    kernels._kernel.cache_clear()
    stamp = path.stat().st_mtime_ns
    kernel(MODEL.system, declared, SMALL)
    assert path.stat().st_mtime_ns == stamp


def test_what_was_compiled_is_read_by_the_next_process_and_made_anew_where_damaged(tmp_path: Path) -> None:
    code = (
        "import time; from ldnsim.models import one_compartment as one; from ldnsim.kernels import Structure, kernel\n"
        "m = one(CL=2, V=20, ka=1.2); k = kernel(m.system, type(m.fill({})), Structure((), (0, 1)))\n"
        "print(sum(k.integrate.stats.cache_hits.values()))"
    )

    def hits() -> int:
        environment = {**os.environ, "LDNSIM_CACHE": str(tmp_path)}
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment)
        return int(done.stdout)

    assert hits() == 0
    assert hits() == 1
    for path in tmp_path.glob("*/__pycache__/*.nbc"):
        path.write_bytes(path.read_bytes()[:100])
    assert hits() == 0
    assert hits() == 1


def test_the_text_of_a_kernel_is_the_same_every_time() -> None:
    declared = type(MODEL.fill({}))
    assert write(MODEL.system, declared, SMALL) == write(MODEL.system, declared, SMALL)
