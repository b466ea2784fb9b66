"""Compromises between endpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldnsim import InputError, cli, models, pareto, simulate
from ldnsim.designing.fronts import not_dominated

ONE = models.one_compartment(CL=2.0, V=20.0, ka=1.2)
LEVEL = {
    "peak": lambda data: data["C_central"].max("time"),
    "distance": lambda data: np.abs(data["C_central"].max("time") - 1.0),
}
HOW: dict[str, Any] = {"model": ONE, "until": 12, "step": 0.5}


@given(st.lists(st.tuples(*[st.integers(0, 4)] * 2), min_size=1, max_size=12))
def test_a_compromise_is_what_no_other_beats(rows: list[tuple[int, int]]) -> None:
    costs = np.array(rows, dtype=float)
    for place, kept in enumerate(not_dominated(costs).tolist()):
        beaten = any(a <= rows[place][0] and b <= rows[place][1] and (a, b) != rows[place] for a, b in rows)
        assert kept is not beaten


def test_a_row_without_a_value_is_no_compromise() -> None:
    assert not_dominated(np.array([[0.0, np.nan], [1.0, 1.0]])).tolist() == [False, True]


def test_the_front_ends_at_the_dose_that_is_best_in_what_the_other_endpoint_is_about() -> None:
    per_mg = float(simulate("1 mg", **HOW).data["C_central"].max())
    doses = np.round(np.array([0.25, 0.5, 0.75, 1.0, 1.25, 1.5]) / per_mg, 4)
    found = pareto("10 mg", LEVEL, ["lowest", "lowest"], doses=doses.tolist(), **HOW)
    assert found.table["on the front"].tolist() == [True, True, True, True, False, False]
    assert found.front["distance"].tolist() == pytest.approx([0.75, 0.5, 0.25, 0.0], abs=1e-4)
    assert list(found.runs) == [f"{mg:g} mg at 22:00" for mg in doses[:4]]
    assert found.plot().axes[0].get_xlabel() == "peak (lowest is better)"
    other = pareto("10 mg", LEVEL, ["highest", "lowest"], doses=doses.tolist(), **HOW)
    assert other.table["on the front"].tolist() == [False, False, False, True, True, True]


def test_clock_times_are_weighed_as_well() -> None:
    ends = {
        "peak": LEVEL["peak"],
        "early": lambda data: np.full(data.sizes["person"], data.attrs["clock_start"]),
    }
    found = pareto("10 mg", ends, ["highest", "lowest"], doses=[5, 10], times=["22:00", "08:00"], **HOW)
    assert found.front[["dose [mg]", "time"]].to_numpy().tolist() == [[10.0, "08:00"]]
    assert "better in all" in str(found)


def test_what_cannot_be_weighed_is_refused_by_name() -> None:
    for argument, asked in (
        ("wanted", {"wanted": {"peak": LEVEL["peak"]}, "best": ["lowest"]}),
        ("best", {"best": ["lowest"]}),
        ("best", {"best": ["lowest", "good"]}),
        ("doses", {"doses": [2, 1]}),
        ("doses", {"doses": []}),
        ("times", {"times": ["08:00", "08:00"]}),
        ("times", {"times": ["25:00"]}),
        ("wanted", {"wanted": ["C_central Cmax", "tone"]}),
    ):  # fmt: skip
        usual: dict[str, Any] = {"wanted": LEVEL, "best": ["lowest", "lowest"], "doses": [1, 2]}
        with pytest.raises(InputError) as refused:
            pareto("10 mg", **(usual | asked), **HOW)
        assert refused.value.argument == argument


def test_the_command_line_weighs_blockade_against_rebound(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ldnsim.designing.takers.usual_for_many", lambda *_: "batch")
    table, figure = tmp_path / "front.csv", tmp_path / "front.png"
    with pytest.raises(SystemExit) as stop:
        cli.main(["design", "pareto", "4.5 mg at 22:00", "--dose", "1 mg", "--dose", "9 mg", "--until", "24 h", "--csv",
                  str(table), "--plot", str(figure)])  # fmt: skip
    assert stop.value.code == 0
    assert "compromise" in capsys.readouterr().out
    assert len(pd.read_csv(table, comment="#")) == 2
    assert figure.read_bytes().startswith(b"\x89PNG")
