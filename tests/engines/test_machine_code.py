"""Machine code: run by a process that never loads the compiler, and given only what it can take."""

from __future__ import annotations

import subprocess
import sys
from math import exp
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ldnsim.engines.compiled.codegen import write
from ldnsim.engines.compiled.machine_code import Kernel, compiled, loaded, processor

from .test_codegen import MODEL, small

TEXT = write(MODEL.system, type(MODEL.fill({})), small())


@pytest.fixture(scope="module")
def code() -> bytes:
    return compiled(TEXT)


def integrated(made: Kernel, **changed: Any) -> list[float]:
    """Depot and central amount of one person 3 h after 100 in the depot."""
    nothing = np.zeros((0, 1))
    given: dict[str, Any] = {
        "initial": np.array([[100.0], [0.0]]),
        "infused": np.zeros((2, 1)),
        "on": np.ones((2, 1), dtype=bool),
        "constants": made.constants(np.array([[1.2], [2.0], [20.0]]))[None],
        "start": np.zeros(1),
        "phase": np.zeros(1),
        "time": np.array([[3.0]]),
        "waits": np.zeros((1, 1), np.int64),
        "event_time": nothing,
        "event_kind": nothing.astype(np.int8),
        "event_state": nothing.astype(np.int64),
        "event_value": nothing,
        "floor": np.full((2, 1), 1e-8),
        **changed,
    }
    out, status, steps = np.zeros((2, 1, 1)), np.zeros(1, np.int8), np.zeros(1, np.int64)
    made.integrate(tuple(given.values()), 1e-9, range(1), (out, status, steps))
    assert status[0] == 0
    assert steps[0] > 0
    amounts: list[float] = out[:, 0, 0].tolist()
    return amounts


EXPECTED = [100 * exp(-3.6), 100 * 1.2 / (1.2 - 0.1) * (exp(-0.3) - exp(-3.6))]


def test_absorption_and_elimination_follow_the_closed_form(code: bytes) -> None:
    assert integrated(loaded(TEXT, code)) == pytest.approx(EXPECTED, rel=1e-7)


def test_the_compiler_is_not_needed_to_run(code: bytes, tmp_path: Path) -> None:
    (tmp_path / "kernel.py").write_text(TEXT)
    (tmp_path / "kernel.o").write_bytes(code)
    program = (
        "import sys; sys.modules['numba'] = None\n"
        "from pathlib import Path\n"
        "from ldnsim.engines.compiled.machine_code import loaded\n"
        "from tests.engines.test_machine_code import integrated\n"
        "folder = Path(sys.argv[1])\n"
        "print(*integrated(loaded((folder / 'kernel.py').read_text(), (folder / 'kernel.o').read_bytes())))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert [float(number) for number in ran.stdout.split()] == pytest.approx(EXPECTED, rel=1e-7)


@pytest.mark.parametrize(
    "changed",
    [
        {"phase": np.zeros(1, np.float32)},
        {"waits": np.zeros((1, 1), np.bool_)},
        {"on": np.ones((2, 1), np.int64)},
        {"initial": np.asfortranarray(np.ones((2, 3)))},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_arrays_that_the_code_would_misread_are_refused(code: bytes, changed: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        integrated(loaded(TEXT, code), **changed)


def test_the_processor_is_named() -> None:
    assert processor() == processor()
    assert len(processor()) > 3
