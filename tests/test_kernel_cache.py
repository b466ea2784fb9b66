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


def test_a_damaged_text_is_made_anew(folder: Path) -> None:
    assert not is_kept(MODEL.system, DECLARED, SMALL)
    kernel(MODEL.system, DECLARED, SMALL)
    assert is_kept(MODEL.system, DECLARED, SMALL)
    (path,) = folder.glob("*/*.py")
    whole = path.read_text()
    assert path.parent.stat().st_mode & 0o777 == 0o700
    for damaged in (whole[:-200], whole.replace("w[TRY + 0 + lane]", "w[TRY + 1 + lane]"), "", "import os\n"):
        path.write_text(damaged)
        assert not is_kept(MODEL.system, DECLARED, SMALL)
        _kernel.cache_clear()
        kernel(MODEL.system, DECLARED, SMALL)
        assert path.read_text() == whole
    _kernel.cache_clear()
    stamp = path.stat().st_mtime_ns
    kernel(MODEL.system, DECLARED, SMALL)
    assert path.stat().st_mtime_ns == stamp


def test_a_folder_that_others_can_write_to_is_refused(folder: Path) -> None:
    kernel(MODEL.system, DECLARED, SMALL)
    (place,) = (path.parent for path in folder.glob("*/*.py"))
    place.chmod(0o777)
    _kernel.cache_clear()
    with pytest.raises(InputError, match="^LDNSIM_CACHE: got"):
        kernel(MODEL.system, DECLARED, SMALL)


CODE = """
from ldnsim.kernel_cache import kernel
from tests.test_kernel_cache import DECLARED, MODEL, SMALL
print(sum(kernel(MODEL.system, DECLARED, SMALL).integrate.stats.cache_hits.values()))
"""


def started(folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "LDNSIM_CACHE": str(folder), "PYTHONPATH": str(Path(__file__).parents[1])}
    return subprocess.Popen([sys.executable, "-c", CODE], stdout=subprocess.PIPE, text=True, env=environment)


def hits(process: subprocess.Popen[str]) -> int:
    output, _ = process.communicate()
    assert process.returncode == 0
    return int(output)


def test_what_was_compiled_is_read_by_the_next_process_and_made_anew_where_damaged(tmp_path: Path) -> None:
    assert hits(started(tmp_path)) == 0
    assert hits(started(tmp_path)) == 1
    for path in tmp_path.glob("*/__pycache__/*.nbc"):
        whole = bytearray(path.read_bytes())
        whole[len(whole) // 2] ^= 1
        path.write_bytes(whole)
    assert hits(started(tmp_path)) == 0
    assert hits(started(tmp_path)) == 1


def test_of_two_processes_that_begin_together_one_compiles(tmp_path: Path) -> None:
    together = [started(tmp_path) for _ in range(2)]
    assert sorted(map(hits, together)) == [0, 1]
