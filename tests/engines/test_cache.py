"""Kernels on disk: found again, made anew where damaged, one process at a time, nobody else's."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ldnsim import InputError
from ldnsim.base.remembering import forget
from ldnsim.engines.compiled import machine_code
from ldnsim.engines.compiled.cache import _key, _refuse_shared, cache_folder, is_kept, kernel

from .test_codegen import MODEL, small

ONCE = cache(machine_code.compiled)
"""The same text comes to the same code, without the wait."""

DECLARED = type(MODEL.fill({}))
SMALL = small()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LDNSIM_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    return tmp_path


@pytest.fixture
def compiles_of(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were compiled."""
    texts = []

    def compiled(text: str) -> bytes:
        texts.append(text)
        return ONCE(text)

    monkeypatch.setattr(machine_code, "compiled", compiled)
    return texts


@pytest.mark.parametrize("name", ["kernel.py", "kernel.o", "sealed.json"])
def test_what_is_damaged_is_made_anew(folder: Path, compiles_of: list[str], name: str) -> None:
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
        forget()
        compiles_of.clear()
        kernel(MODEL.system, DECLARED, SMALL)
        assert len(compiles_of) == 1
        assert is_kept(MODEL.system, DECLARED, SMALL)
        assert (place / name).read_bytes() == content
    forget()
    stamp = (place / name).stat().st_mtime_ns
    kernel(MODEL.system, DECLARED, SMALL)
    assert (place / name).stat().st_mtime_ns == stamp
    assert len(compiles_of) == 1


def test_a_folder_that_others_can_write_to_is_refused(folder: Path, compiles_of: list[str]) -> None:
    kernel(MODEL.system, DECLARED, SMALL)
    (place,) = folder.iterdir()
    place.chmod(0o777)
    forget()
    with pytest.raises(InputError, match="^LDNSIM_CACHE: got"):
        kernel(MODEL.system, DECLARED, SMALL)
    assert len(compiles_of) == 1


def test_a_folder_whose_parents_others_can_change_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "open" / "mine").mkdir(parents=True)
    for chosen in (folder / "open" / "mine", folder / "open" / "new" / "folders", folder / "open"):
        monkeypatch.setenv("LDNSIM_CACHE", str(chosen))
        for rights in (0o777, 0o775, 0o757):
            (folder / "open").chmod(rights)
            with pytest.raises(InputError, match=r"LDNSIM_CACHE: got .*chmod go-w '.*open'.*a folder of your own"):
                kernel(MODEL.system, DECLARED, SMALL)
    assert sorted(folder.rglob("*")) == [folder / "open", folder / "open" / "mine"]
    for rights in (0o755, 0o1777):
        (folder / "open").chmod(rights)
        _refuse_shared(folder / "open" / "mine")


def test_a_link_that_others_can_change_is_refused(folder: Path) -> None:
    (folder / "mine").mkdir(mode=0o700)
    (folder / "open").mkdir()
    (folder / "open" / "link").symlink_to(folder / "mine")
    (folder / "open").chmod(0o777)
    with pytest.raises(InputError, match="open can be changed by other users"):
        _refuse_shared(folder / "open" / "link" / "kernel")


@pytest.mark.skipif(os.getuid() != 0, reason="only the superuser can give files away")
def test_a_folder_within_one_of_another_user_is_refused(folder: Path) -> None:
    (folder / "theirs").mkdir(mode=0o755)
    os.chown(folder / "theirs", 12345, 12345)
    with pytest.raises(InputError, match="theirs belongs to another user: set it to a folder of your own"):
        _refuse_shared(folder / "theirs" / "kernel")


def test_a_full_disk_is_told_with_its_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    forget()
    monkeypatch.setattr(machine_code, "compiled", lambda _: b"code")
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InputError, match=r"^LDNSIM_CACHE: got .*No space left") as refused:
        kernel(MODEL.system, DECLARED, SMALL)
    assert str(refused.value.value).startswith(str(folder))
    (place,) = folder.iterdir()
    assert [path.name for path in place.iterdir()] == ["lock"]


CODE = """
import sys
from ldnsim.engines.compiled.cache import kernel
from tests.engines.test_cache import DECLARED, MODEL, SMALL
kernel(MODEL.system, DECLARED, SMALL)
print("numba" in sys.modules)  # needed only to compile
"""


def started(folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "LDNSIM_CACHE": str(folder), "PYTHONPATH": str(Path(__file__).parents[2])}
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


def test_functions_that_bring_other_numbers_along_have_kernels_of_their_own() -> None:
    def losing(times: float) -> Any:
        def rates(state: Any, p: Any, clock: Any) -> Any:
            found = MODEL.system.rates(state, p, clock)
            return found._replace(drug=found.drug._replace(central=times * found.drug.central))

        return rates

    slow, fast, again = (replace(MODEL.system, rates=losing(times)) for times in (1.0, 2.0, 2.0))
    assert _key(slow, DECLARED, SMALL) != _key(fast, DECLARED, SMALL) == _key(again, DECLARED, SMALL)
