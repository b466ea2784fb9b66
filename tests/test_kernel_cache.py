"""Kernels on disk: found again, made anew where damaged, one process at a time, nobody else's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ldnsim import InputError
from ldnsim.kernel_cache import _kernel, cache_folder, is_kept, kernel
from tests.test_kernels import MODEL, small

DECLARED = type(MODEL.fill({}))
SMALL = small()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LDNSIM_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    return tmp_path


@pytest.mark.parametrize("name", ["kernel.py", "kernel.o", "sealed.json"])
def test_what_is_damaged_is_made_anew(folder: Path, name: str) -> None:
    assert not is_kept(MODEL.system, DECLARED, SMALL)
    kernel(MODEL.system, DECLARED, SMALL)
    assert is_kept(MODEL.system, DECLARED, SMALL)
    (place,) = folder.iterdir()
    assert place.stat().st_mode & 0o777 == 0o700
    content = (place / name).read_bytes()
    middle = len(content) // 2
    for damaged in (content[:-20], content[:middle] + b"\x07" + content[middle + 1 :], b"", None):
        if damaged is None:
            (place / name).unlink()
        else:
            (place / name).write_bytes(damaged)
        assert not is_kept(MODEL.system, DECLARED, SMALL)
        _kernel.cache_clear()
        kernel(MODEL.system, DECLARED, SMALL)
        assert is_kept(MODEL.system, DECLARED, SMALL)
    _kernel.cache_clear()
    stamp = (place / name).stat().st_mtime_ns
    kernel(MODEL.system, DECLARED, SMALL)
    assert (place / name).stat().st_mtime_ns == stamp


def test_a_folder_that_others_can_write_to_is_refused(folder: Path) -> None:
    kernel(MODEL.system, DECLARED, SMALL)
    (place,) = folder.iterdir()
    place.chmod(0o777)
    _kernel.cache_clear()
    with pytest.raises(InputError, match="^LDNSIM_CACHE: got"):
        kernel(MODEL.system, DECLARED, SMALL)


CODE = """
import sys
from ldnsim.kernel_cache import kernel
from tests.test_kernel_cache import DECLARED, MODEL, SMALL
kernel(MODEL.system, DECLARED, SMALL)
print("numba" in sys.modules)  # needed only to compile
"""


def started(folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "LDNSIM_CACHE": str(folder), "PYTHONPATH": str(Path(__file__).parents[1])}
    return subprocess.Popen([sys.executable, "-c", CODE], stdout=subprocess.PIPE, text=True, env=environment)


def compiles(process: subprocess.Popen[str]) -> bool:
    output, _ = process.communicate()
    assert process.returncode == 0
    return {"True\n": True, "False\n": False}[output]


def test_what_was_compiled_is_read_by_the_next_process(tmp_path: Path) -> None:
    assert compiles(started(tmp_path))
    assert not compiles(started(tmp_path))


def test_of_two_processes_that_begin_together_one_compiles(tmp_path: Path) -> None:
    together = [started(tmp_path) for _ in range(2)]
    assert sorted(map(compiles, together)) == [False, True]
