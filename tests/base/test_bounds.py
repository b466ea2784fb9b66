"""What a run takes is estimated before it begins, and the hopeless is refused by its name."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ldnsim as ldn
from ldnsim import EventTable, InputError, LdnsimWarning, Population, simulate
from ldnsim.base import bounds as limits
from ldnsim.base.bounds import Size, acting
from ldnsim.models import one_compartment

PEOPLE = Population(10, seed=1)
SMALL = one_compartment(CL=2, V=20, ka=1.2)


def table(**columns: list[float]) -> EventTable:
    return EventTable.of({"ID": [1, 1], "TIME": [0, 24], "AMT": [100, 0], **columns})


HOPELESS: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "the end": ("until", lambda _: simulate("4.5 mg", until=1e9, step=1e6)),
    "the end in weeks": ("until", lambda _: simulate("4.5 mg", until="1e6 weeks", step=1e4)),
    "the end for a population": ("until", lambda _: simulate("4.5 mg", until=1e9, step=1e6, population=PEOPLE)),
    "a step": ("step", lambda _: simulate("4.5 mg", step=1e-9)),
    "a step for quantiles": ("step", lambda _: simulate("4.5 mg", step=1e-3, population=PEOPLE, quantiles=[0.5])),
    "a step for a store": (
        "step",
        lambda path: simulate("4.5 mg", step=1e-4, population=Population(1000, seed=1), store=path / "a.zarr"),
    ),
    "a step for the subject of a table": ("step", lambda _: simulate(table(), model=SMALL, step=1e-9).subject(1)),
    "many people": ("population", lambda _: simulate("4.5 mg", population=Population(10**8, seed=1))),
    "many people by SciPy": (
        "population",
        lambda path: simulate(
            "4.5 mg at 22:00 daily", population=Population(10**7, seed=1), engine="reference", store=path / "a.zarr"
        ),
    ),
    "occasions of many doses": (
        "regimen",
        lambda _: simulate(
            "4.5 mg every 6 h for 2000 days",
            step=24,
            outputs=["tone"],
            population=Population(1000, seed=1, occasions={"pk.f": ldn.LogNormal(cv=0.1)}),
        ),
    ),
    "times": ("at", lambda _: simulate("4.5 mg", at=np.broadcast_to(1.0, 10**8))),
    "a range of times": ("at", lambda _: simulate("4.5 mg", at=range(10**9))),
    "times without an end": ("at", lambda _: simulate("4.5 mg", at=(time for time in count()))),
    "a grid of times": ("at", lambda _: simulate("4.5 mg", at="0:24:1e-8")),
    "clock times": ("at", lambda _: simulate("4.5 mg", until=1e15, step=1e13, at="08:00")),
}


@pytest.mark.parametrize("name", HOPELESS)
def test_the_hopeless_is_refused_by_its_name_before_anything_is_allocated(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "room", lambda: 8e9)
    argument, run = HOPELESS[name]
    simulate("4.5 mg", until=1, step=1)  # what is loaded and kept once
    tracemalloc.start()
    try:
        with pytest.raises(InputError) as refused:
            run(tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 1e8
    finally:
        tracemalloc.stop()
    assert refused.value.argument == argument
    assert not list(tmp_path.iterdir())


def test_what_would_do_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "room", lambda: 1e7)
    with pytest.raises(InputError) as refused:
        simulate("4.5 mg", until=48, step=1e-3)
    found = re.match(r"at least (\S+) h, or fewer times in at: the run would take", refused.value.expected)
    assert found is not None
    assert 0.001 < float(found.group(1)) < 0.02
    assert simulate("4.5 mg", until=48, step=float(found.group(1))).data.sizes["time"] > 2400


def test_runs_that_are_kept_together_share_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "room", lambda: 1e7)
    assert ldn.compare("4.5 mg", assumptions="popular", until=48, step=0.01).runs
    with pytest.raises(InputError, match=r"^step: .* each of 4 runs would take \S+ GB of memory"):
        ldn.compare(["4.5 mg", "3 mg"], until=48, step=0.01)
    # and afterwards one has all of it again
    assert simulate("4.5 mg", until=48, step=0.01).data.sizes["time"] > 4800


def test_runs_one_after_the_other_share_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "HOPELESS", 1.0)
    with pytest.raises(InputError, match=r"each of 2 runs would take about"):
        ldn.dose_response([1.0, 3.0], weeks=1)


def test_memory_of_one_person_is_as_estimated(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Size] = []
    monkeypatch.setattr("ldnsim.study.person_run.refuse_hopeless", lambda size, *_: seen.append(size))
    simulate("4.5 mg", until=1, step=1)
    tracemalloc.start()
    try:
        simulate("4.5 mg", until=48, step=48 / 100_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert 0.6 * peak < seen[-1].memory < 1.7 * peak


def test_additional_doses_of_a_table_are_counted_up_to_its_last_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "room", lambda: 1e6)
    many = {"II": [1.0, 0.0], "ADDL": [100_000.0, 0.0]}
    with pytest.raises(InputError, match="column ADDL: got 100000"):
        simulate(EventTable.of({"ID": [1, 1], "TIME": [0, 1e6], "AMT": [100, 0], **many}), model=SMALL)
    # 23 of them before the last row
    assert len(simulate(table(**many), model=SMALL).rows()) == 1


def test_a_long_run_warns_and_a_quiet_tail_costs_nothing() -> None:
    busy = Size(1e3, 1e5, acting(1e6, 1e6), 52, 0.0, "reference")
    fine = limits.Cure("until", 1e6, lambda _: "less")
    with pytest.warns(LdnsimWarning, match=r"^until: this run will take about \d+ minutes"):
        limits.refuse_hopeless(busy, fine, fine)
    quiet = busy._replace(events=1.0, hours=acting(1e6, 0.0))
    assert quiet.seconds < 60 < busy.seconds
    limits.refuse_hopeless(quiet, fine, fine)


def test_the_room_is_a_part_of_the_memory_of_the_machine_or_of_its_container(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(limits, "_GROUP", tmp_path / "none")
    whole = limits.room()
    (tmp_path / "some").write_text(f"{whole / 2:.0f}\n")
    monkeypatch.setattr(limits, "_GROUP", tmp_path / "some")
    assert 0 < limits.room() < whole
    (tmp_path / "some").write_text("max\n")
    assert limits.room() == whole
