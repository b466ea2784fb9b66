"""Where no thread can be started and parts of the standard library are missing, as in a browser, everything runs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

import ldnsim as ldn
from ldnsim.base import workers as module
from ldnsim.base.workers import AtOnce, workers

ROOT = Path(__file__).parents[2]
MISSING = [
    *("_curses", "_dbm", "_gdbm", "_hashlib", "_interpreters", "_multiprocessing", "_posixshmem", "_tkinter", "_uuid"),
    *(
        "curses",
        "dbm",
        "ensurepip",
        "fcntl",
        "grp",
        "msvcrt",
        "pwd",
        "pydoc_data",
        "readline",
        "resource",
        "syslog",
        "venv",
    ),
]
"""What Python in a browser has not: of the standard library of Pyodide 314.0.7 every import was tried."""
EXTRAS = ["numba", "llvmlite", "sympy", "zarr", "dask", "bokeh", "SALib", "lmfit"]


@pytest.fixture
def no_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Python that cannot start threads."""

    def refused(_: Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Thread, "start", refused)
    module._threads_start.cache_clear()
    yield
    module._threads_start.cache_clear()


def test_threads_work_where_they_start() -> None:
    assert isinstance(workers(2), ThreadPoolExecutor)


@pytest.mark.usefixtures("no_threads")
def test_without_threads_work_is_done_at_once() -> None:
    done: list[int] = []
    with workers(2) as pool:
        assert isinstance(pool, AtOnce)
        waiting = pool.submit(done.append, 3)
        assert done == [3]
        assert waiting.result() is None
        failed = pool.submit(int, "three")
        assert list(pool.map(abs, [-1, 2])) == [1, 2]
    with pytest.raises(ValueError, match="three"):
        failed.result()


def test_people_need_no_threads(request: pytest.FixtureRequest) -> None:
    def simulated() -> np.ndarray:
        people = ldn.Population(3, seed=1)
        run = ldn.simulate("4.5 mg", population=people, until=3, engine="batch")
        return np.asarray(run.data["occupancy"].values)

    with_threads = simulated()
    request.getfixturevalue("no_threads")
    np.testing.assert_array_equal(simulated(), with_threads)


def test_a_run_and_its_files_need_nothing_that_a_browser_has_not(tmp_path: Path) -> None:
    code = f"""
import sys, threading
sys.modules.update(dict.fromkeys({MISSING + EXTRAS}))
def refused(thread): raise RuntimeError("can't start new thread")
threading.Thread.start = refused
import ldnsim as ldn
run = ldn.simulate("4.5 mg", until=3)
print(run.summary())
run.to_csv("run.csv")
run.to_netcdf("run.nc")
assert ldn.open("run.nc").data.equals(run.data)
"""
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stderr
    assert "ntx Cmax [ng/mL]" in found.stdout
    assert (tmp_path / "run.csv").stat().st_size > 1000
