"""Files appear whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ldnsim import InputError
from ldnsim.files import whole


def test_a_finished_file_takes_its_place(tmp_path: Path) -> None:
    with whole(tmp_path / "a.txt", "csv") as draft:
        draft.write_text("done")
        assert not (tmp_path / "a.txt").exists()
        assert draft.suffix == ".txt"
    assert (tmp_path / "a.txt").read_text() == "done"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old")

    def half_way() -> None:
        with whole(tmp_path / "a.txt", "csv") as draft:
            draft.write_text("new")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        half_way()
    assert (tmp_path / "a.txt").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    with whole(tmp_path / "a.txt", "csv") as draft:
        draft.write_text("x")
    assert (tmp_path / "a.txt").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_folders_are_refused(tmp_path: Path) -> None:
    paths: list[Any] = [tmp_path, tmp_path / "no" / "a.txt", 5]
    for path in paths:
        with pytest.raises(InputError, match="^csv: got"), whole(path, "csv"):
            pass
