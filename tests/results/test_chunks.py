"""Chunks of people: every one written once, in bounded memory, here and on a Dask cluster."""

from __future__ import annotations

import os
import signal
import sys
import threading
import tracemalloc
import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ldnsim import InputError
from ldnsim.base.errors import MissingExtra
from ldnsim.results.chunks import Coordinate, Layout, PerPerson, estimate, run_chunks
from ldnsim.results.store import Store

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

N_TIMES = 7


def toy_layout(n_people: int = 23, chunk: int = 5, n_times: int = N_TIMES) -> Layout:
    return Layout(
        n_people,
        chunk,
        {
            "level": PerPerson(("time",), (n_times,), "float32", {"units": "ng/mL"}),
            "pair": PerPerson(("isomer", "time"), (2, n_times), "float64", {}),
            "status": PerPerson((), (), "int8", {"flag_values": [0, 1], "flag_meanings": "ok failed"}),
            "reason": PerPerson((), (), "str", {"long_name": "Why it failed"}),
        },
        {
            "person": Coordinate(("person",), np.arange(n_people) + 1, {}),
            "time": Coordinate(("time",), np.arange(n_times) / 2, {"units": "h"}),
            "clock": Coordinate(("time",), (np.arange(n_times) / 2 + 22) % 24, {"units": "h"}),
            "isomer": Coordinate(("isomer",), ["levo", "dextro"], {}),
        },
        {"title": "Toy"},
    )


def toy_work(chunk: int, layout: Layout | None = None) -> dict[str, NDArray[Any]]:
    """Curves that depend on nothing but who the people are."""
    layout = layout or toy_layout()
    people = np.array(layout.people(chunk))
    curves = np.sin(1.0 + people)[:, None] * np.exp(-np.arange(layout.variables["level"].shape[0]) / 5)
    failed = people % 6 == 3
    return {
        "level": np.where(failed[:, None], np.nan, curves).astype(np.float32),
        "pair": np.stack([curves, -curves], axis=1),
        "status": failed.astype(np.int8),
        "reason": np.array([f"person {p}: för snabb" if bad else "" for p, bad in zip(people, failed, strict=True)]),
    }


class LosesItsWorker:
    """Toy work that kills the process it runs in, once."""

    def __init__(self, done: Path) -> None:
        self.done = done

    def __call__(self, chunk: int) -> dict[str, NDArray[Any]]:
        if chunk == 2 and not self.done.exists():
            self.done.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return toy_work(chunk)


def breaks_at_three(chunk: int) -> dict[str, NDArray[Any]]:
    if chunk == 3:
        raise ZeroDivisionError("no such thing")
    return toy_work(chunk)


def fill(path: Path, **settings: Any) -> str:
    with Store.create_or_resume(path, toy_layout(), {"seed": 1}) as store:
        run_chunks(store.pending(), settings.pop("work", toy_work), store.write, **settings)
        assert store.pending() == []
        return store.digest()


@given(st.integers(1, 60), st.integers(1, 70))
def test_chunks_hold_everybody_once(n_people: int, chunk: int) -> None:
    layout = toy_layout(n_people, chunk)
    parts = [layout.people(number) for number in range(layout.n_chunks)]
    assert [person for part in parts for person in part] == list(range(n_people))
    assert {len(part) for part in parts[:-1]} <= {chunk}
    with pytest.raises(InputError, match="^chunk: got"):
        layout.people(layout.n_chunks)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"n_people": 0}, "n_people"),
        ({"chunk": 0}, "chunk"),
        ({"attrs": {"a": np.float64}}, "layout"),
        ({"attrs": {"a": float("nan")}}, "layout"),
        ({"attrs": {"coordinates": "a"}}, "layout"),
        ({"variables": {"a/b": PerPerson((), (), "int8", {})}}, "layout"),
        ({"variables": {"a": PerPerson(("time",), (), "int8", {})}}, "layout"),
        ({"variables": {"a": PerPerson(("time",), (8,), "int8", {})}}, "layout"),
        ({"variables": {"a": PerPerson(("b",), (0,), "int8", {})}}, "layout"),
        ({"variables": {"a": PerPerson((), (), "complex128", {})}}, "layout"),
        ({"variables": {"clock": PerPerson((), (), "int8", {})}}, "layout"),
        ({"variables": {}}, "layout"),
    ],
)
def test_layouts_that_do_not_fit_are_named(change: dict[str, Any], named: str) -> None:
    layout = toy_layout()
    fields = {name: getattr(layout, name) for name in ("n_people", "chunk", "variables", "coords", "attrs")}
    with pytest.raises(InputError, match=f"^{named}: got"):
        Layout(**{**fields, **change})


def test_every_chunk_is_written_once_and_told() -> None:
    written: dict[int, Any] = {}
    told: list[int] = []
    run_chunks([4, 0, 2], toy_work, written.setdefault, progress=told.append)
    assert list(written) == told == [4, 0, 2]
    np.testing.assert_array_equal(written[2]["pair"], toy_work(2)["pair"])


def test_a_chunk_is_computed_while_the_last_one_is_written() -> None:
    begun = threading.Event()

    def work(chunk: int) -> dict[str, NDArray[Any]]:
        if chunk == 1:
            begun.set()
        return {}

    def write(chunk: int, _: Mapping[str, Any]) -> None:
        if chunk == 0:
            assert begun.wait(20)

    run_chunks([0, 1], work, write)


def test_no_more_than_two_chunks_live_at_once() -> None:
    alive: set[int] = set()
    most = 0

    def work(chunk: int) -> dict[str, NDArray[Any]]:
        nonlocal most
        values = np.zeros(10)
        alive.add(chunk)
        weakref.finalize(values, alive.discard, chunk)
        most = max(most, len(alive))
        return {"level": values}

    run_chunks(range(20), work, lambda *_: None)
    assert most == 2
    assert alive == set()


def test_memory_is_as_estimated(tmp_path: Path) -> None:
    layout = toy_layout(n_people=1900, chunk=200, n_times=700)
    with Store.create_or_resume(tmp_path / "run", layout, {}) as store:
        store.write(0, toy_work(0, layout))
        tracemalloc.start()
        try:
            run_chunks(store.pending(), lambda chunk: toy_work(chunk, layout), store.write)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    # the toy work has three whole arrays of its own besides what it returns
    own = 3 * layout.chunk_bytes()["pair"]
    assert sum(layout.chunk_bytes().values()) < peak < estimate(layout) + own
    assert estimate(layout) < 1.5 * peak


def test_an_error_names_its_chunk_and_keeps_the_others(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        fill(tmp_path / "run", work=breaks_at_three)
    assert caught.value.__notes__ == ["while computing chunk 3"]
    with Store.create_or_resume(tmp_path / "run", toy_layout(), {"seed": 1}) as store:
        assert store.pending() == [3, 4]
    assert fill(tmp_path / "run") == fill(tmp_path / "other")


def test_an_error_of_writing_names_its_chunk() -> None:
    def write(*_: object) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full") as caught:
        run_chunks([3, 4], toy_work, write)
    assert caught.value.__notes__ == ["while writing chunk 3"]


def test_an_interrupt_leaves_a_store_to_go_on_with(tmp_path: Path) -> None:
    def interrupted(chunk: int) -> dict[str, NDArray[Any]]:
        if chunk == 2:
            raise KeyboardInterrupt
        return toy_work(chunk)

    with pytest.raises(KeyboardInterrupt):
        fill(tmp_path / "run", work=interrupted)
    with Store.create_or_resume(tmp_path / "run", toy_layout(), {"seed": 1}) as store:
        assert store.pending() == [2, 3, 4]
        assert store.damaged == {}
    assert fill(tmp_path / "run") == fill(tmp_path / "other")


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        yield cluster


@pytest.fixture
def client(cluster: LocalCluster) -> Iterator[Client]:
    from distributed import Client

    # one client of several need not be the default one
    with Client(cluster, set_as_default=False) as client:
        yield client


def test_a_lost_worker_changes_nothing(client: Client, tmp_path: Path) -> None:
    lost = tmp_path / "lost"
    told: list[int] = []
    digest = fill(tmp_path / "run", work=LosesItsWorker(lost), client=client, progress=told.append)
    assert lost.exists()
    assert sorted(told) == [0, 1, 2, 3, 4]
    assert digest == fill(tmp_path / "here")
    assert client.futures == {}


def test_an_error_on_a_worker_names_its_chunk(client: Client, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        fill(tmp_path / "run", work=breaks_at_three, client=client)
    assert caught.value.__notes__ == ["while computing chunk 3"]
    assert fill(tmp_path / "run", client=client) == fill(tmp_path / "here")


def test_what_is_no_client_is_refused() -> None:
    address: Any = "tcp://127.0.0.1:8786"
    with pytest.raises(InputError, match="^client: got"):
        run_chunks([0], toy_work, lambda *_: None, client=address)


def test_dask_is_asked_for_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    client: Any = object()
    with pytest.raises(MissingExtra, match=r"ldnsim\[scale\]"):
        run_chunks([0], toy_work, lambda *_: None, client=client)
