"""Stores: what is written is read back, damage is found, and a kill at any moment changes nothing."""

from __future__ import annotations

import errno
import itertools
import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from ldnsim import InputError
from ldnsim.base.errors import MissingExtra
from ldnsim.results.chunks import Layout, run_chunks
from ldnsim.results.store import Store

from .test_chunks import N_TIMES, fill, toy_layout, toy_work

ROOT = Path(__file__).parents[2]
RECORD = {"seed": 1}


def opened(path: Path, layout: Layout | None = None, record: dict[str, Any] | None = None) -> Store:
    return Store.create_or_resume(path, layout or toy_layout(), RECORD if record is None else record)


def files(path: Path) -> dict[str, bytes]:
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


@pytest.mark.parametrize("chunks", [{}, None])
def test_xarray_reads_what_was_written(tmp_path: Path, chunks: Any) -> None:
    fill(tmp_path / "run")
    layout = toy_layout()
    parts = [toy_work(chunk) for chunk in range(layout.n_chunks)]
    with xr.open_zarr(tmp_path / "run", chunks=chunks) as data:
        assert dict(data.sizes) == {"person": 23, "time": N_TIMES, "isomer": 2}
        assert data["pair"].dims == ("person", "isomer", "time")
        assert set(data.coords) == {"person", "time", "clock", "isomer"}
        assert data.attrs == {"title": "Toy"}
        assert data["level"].attrs == {"units": "ng/mL"}
        assert data["status"].attrs == {"flag_values": [0, 1], "flag_meanings": "ok failed"}
        assert data["time"].attrs == {"units": "h"}
        for name in layout.variables:
            expected = np.concatenate([part[name] for part in parts])
            np.testing.assert_array_equal(data[name].values.astype(expected.dtype), expected)
            assert name == "reason" or data[name].dtype == expected.dtype
        for name, coordinate in layout.coords.items():
            assert data[name].values.tolist() == np.asarray(coordinate.values).tolist()
        assert data.sel(person=4, isomer="dextro")["reason"].values.item() == "person 3: för snabb"


def test_what_is_not_done_yet_reads_as_missing(tmp_path: Path) -> None:
    with opened(tmp_path / "run") as store:
        store.write(1, toy_work(1))
    with xr.open_zarr(tmp_path / "run") as data:
        missing = np.ones(23, dtype=bool)
        missing[5:10] = False
        np.testing.assert_array_equal(data["status"] == -1, missing)
        np.testing.assert_array_equal(data["pair"].isnull().all(["isomer", "time"]), missing)


def test_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with opened(tmp_path / "run") as store:
        for chunk in (3, 0):
            store.write(chunk, toy_work(chunk))
    with opened(tmp_path / "run") as store:
        assert store.pending() == [1, 2, 4]
        assert store.damaged == {}
    assert fill(tmp_path / "run") == fill(tmp_path / "other")


def test_equal_values_make_equal_files_in_any_order(tmp_path: Path) -> None:
    fill(tmp_path / "run")
    with opened(tmp_path / "other") as store:
        for chunk in (4, 2, 0, 1, 3):
            store.write(chunk, toy_work(chunk))
    assert files(tmp_path / "run") == files(tmp_path / "other")


@pytest.mark.parametrize("name", ["level", "pair", "status", "reason"])
def test_one_changed_value_changes_the_digest(tmp_path: Path, name: str) -> None:
    def work(chunk: int) -> dict[str, Any]:
        found = toy_work(chunk)
        if chunk == 4:
            last = found[name].reshape(-1)
            last[-1] = "x" if name == "reason" else -last[-1] + (name == "status")
        return found

    assert fill(tmp_path / "run", work=work) != fill(tmp_path / "other")


def spoil(path: Path, how: str) -> None:
    data = path.read_bytes()
    if how == "missing":
        path.unlink()
    elif how == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif how == "empty":
        path.write_bytes(b"")
    else:
        middle = len(data) // 2
        path.write_bytes(data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :])


@pytest.mark.parametrize("how", ["missing", "cut", "empty", "one bit"])
@pytest.mark.parametrize(
    ("file", "told"),
    [("level/c.2.0", "level: "), ("reason/c.2", "reason: "), (".ldnsim/chunk_00002.json", "its marker cannot be read")],
)
def test_damage_is_found_and_mended(tmp_path: Path, file: str, told: str, how: str) -> None:
    digest = fill(tmp_path / "run")
    before = files(tmp_path / "run")
    spoil(tmp_path / "run" / file, how)
    with opened(tmp_path / "run") as store:
        assert store.pending() == [2]
        # a chunk without a marker is one that was never done
        assert list(store.damaged) == ([] if told.startswith("its") and how == "missing" else [2])
        assert all(damage.startswith(told) for damage in store.damaged.values())
        assert store.digest() != digest
    assert fill(tmp_path / "run") == digest
    assert files(tmp_path / "run") == before


@pytest.mark.parametrize("file", ["zarr.json", "pair/zarr.json", "time/c.0", "isomer/c.0"])
@pytest.mark.parametrize("how", ["missing", "one bit"])
def test_damage_around_the_chunks_is_mended(tmp_path: Path, file: str, how: str) -> None:
    digest = fill(tmp_path / "run")
    before = files(tmp_path / "run")
    spoil(tmp_path / "run" / file, how)
    assert fill(tmp_path / "run") == digest
    assert files(tmp_path / "run") == before


def test_a_damaged_record_is_told(tmp_path: Path) -> None:
    fill(tmp_path / "run")
    spoil(tmp_path / "run" / ".ldnsim" / "run.json", "one bit")
    with pytest.raises(InputError, match="it is damaged"):
        opened(tmp_path / "run")


@pytest.mark.parametrize(
    ("layout", "record", "told"),
    [
        (toy_layout(), {"seed": 2, "version": "1"}, r"record.seed: 1 there, 2 here; record.version only here"),
        (toy_layout(), {}, "record.seed only there"),
        (toy_layout(chunk=6), RECORD, r"\(layout.chunk: 5 there, 6 here\)"),
        (toy_layout(n_times=8), RECORD, "and 3 more"),
    ],
)
def test_another_run_is_refused(tmp_path: Path, layout: Layout, record: dict[str, Any], told: str) -> None:
    fill(tmp_path / "run")
    before = files(tmp_path / "run")
    with pytest.raises(InputError, match=told):
        opened(tmp_path / "run", layout, record)
    assert files(tmp_path / "run") == before


def test_other_coordinates_are_another_run(tmp_path: Path) -> None:
    fill(tmp_path / "run")
    layout = toy_layout()
    shifted = layout.coords["time"]._replace(values=np.arange(N_TIMES) / 2 + 1)
    other = Layout(layout.n_people, layout.chunk, layout.variables, {**layout.coords, "time": shifted}, layout.attrs)
    with pytest.raises(InputError, match=r"layout.coords.time.values"):
        opened(tmp_path / "run", other)


def test_paths_that_hold_something_else_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "thesis.txt").write_text("precious")
    paths: list[Any] = [tmp_path / "file", tmp_path / "folder", tmp_path / "no" / "run", 5]
    for path in paths:
        with pytest.raises(InputError, match="^store: got"):
            opened(path)
    assert files(tmp_path) == {"file": b"", "folder/thesis.txt": b"precious"}


def test_an_empty_folder_will_do(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    assert fill(tmp_path / "run") == fill(tmp_path / "other")


def test_records_are_plain(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="^record: got"):
        opened(tmp_path / "run", record={"seed": object()})
    assert not (tmp_path / "run").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no locks there")
def test_a_store_has_one_writer_at_a_time(tmp_path: Path) -> None:
    with opened(tmp_path / "run"), pytest.raises(InputError, match="nothing else writes to"):
        opened(tmp_path / "run")
    opened(tmp_path / "run").close()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"level": np.zeros((5, N_TIMES))}, "level"),
        ({"level": np.zeros((4, N_TIMES), dtype=np.float32)}, "level"),
        ({"status": np.zeros((5, 1), dtype=np.int8)}, "status"),
        ({"reason": np.zeros(5)}, "reason"),
        ({"more": np.zeros(5)}, "values"),
    ],
)
def test_what_does_not_fit_is_not_written(tmp_path: Path, change: dict[str, Any], named: str) -> None:
    with opened(tmp_path / "run") as store:
        before = files(tmp_path / "run")
        with pytest.raises(InputError, match=f"^{named}: got"):
            store.write(0, {**toy_work(0), **change})
        assert files(tmp_path / "run") == before
        assert 0 in store.pending()


def test_a_full_disk_leaves_a_store_to_go_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, target: Path) -> Path:
        if target.name == "c.1.0.0":
            raise OSError(errno.ENOSPC, "disk full")
        return replace(self, target)

    replace = Path.replace
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(InputError, match=r"^store: got .*run/.*c\.1\.0\.0.*disk full"):
            fill(tmp_path / "run")
    assert list((tmp_path / "run").rglob("*.part")) == []
    with opened(tmp_path / "run") as store:
        assert store.pending() == [1, 2, 3, 4]
    assert fill(tmp_path / "run") == fill(tmp_path / "other")


def test_zarr_is_asked_for_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(MissingExtra, match=r"ldnsim\[scale\]"):
        opened(tmp_path / "run")
    assert not (tmp_path / "run").exists()


def kill_at_step(step: int, path: Path) -> None:
    """Let this process be killed when it next touches a file of the store for the given time."""
    steps = itertools.count(1)

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        touched = event in ("open", "os.rename", "os.mkdir") and str(path) in str(arguments[0])
        if touched and next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def ended_by(path: Path, before: Any, *arguments: Any) -> int:
    """Signal that ended a process filling a store; 0 where it came to its end."""
    pid = os.fork()
    if pid == 0:
        try:
            before(*arguments)
            with opened(path) as store:
                assert store.damaged == {}
                run_chunks(store.pending(), toy_work, store.write)
                with (path.parent / "digests").open("a") as digests:
                    digests.write(store.digest() + "\n")
            os._exit(0)
        finally:
            os._exit(1)
    status = os.waitpid(pid, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def kill_at_steps(folder: Path) -> int:
    """Runs that are killed at their first, seventh, 13th... touch of a file, and finished."""
    for step in itertools.count(1, 6):
        path = folder / f"run{step}"
        if ended_by(path, kill_at_step, step, path) == 0:
            return step // 6
        assert ended_by(path, lambda: None) == 0
    raise AssertionError


def kill_at_random_moments(folder: Path, kills: int) -> int:
    """One run that is killed again and again, by the clock."""
    moments = random.Random(1)
    for _ in range(kills):
        # the default action of the alarm ends a process as abruptly as SIGKILL
        ended_by(folder / "run", signal.setitimer, signal.ITIMER_REAL, moments.uniform(0.001, 0.08))
    assert ended_by(folder / "run", lambda: None) == 0
    return kills


def kill_within_a_file(length: int) -> None:
    """Let this process be killed when it has written so much of a file."""
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (length, length))


def kill_within_files(folder: Path) -> int:
    """Runs that are killed within their record, a chunk of each size or a marker, and finished."""
    lengths = [10, 300, 450]
    for length, begun in itertools.product(lengths, (False, True)):
        path = folder / f"run{length}{begun}"
        if begun:
            opened(path).close()
        assert ended_by(path, kill_within_a_file, length) == signal.SIGXFSZ
        assert ended_by(path, lambda: None) == 0
    return 2 * len(lengths)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize(
    ("how", "fewest"),
    [("kill_at_steps(folder)", 10), ("kill_within_files(folder)", 6), ("kill_at_random_moments(folder, 6)", 6)],
)
def test_kills_change_nothing(tmp_path: Path, how: str, fewest: int) -> None:
    # from a process that has no threads yet, so that it can fork
    code = f"import pathlib, sys, zarr\nfrom {__name__} import *\nfolder = pathlib.Path(sys.argv[1])\nprint({how})"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], check=True, capture_output=True, text=True, cwd=ROOT
    )
    assert int(done.stdout) >= fewest
    found = (tmp_path / "digests").read_text().split()
    assert set(found) == {fill(tmp_path / "undisturbed")}
    assert not list(tmp_path.rglob("*.part"))
