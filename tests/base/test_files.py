"""Files appear whole or not at all."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from ldnsim import InputError
from ldnsim.base.files import destination, hold, whole


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


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such rights")
def test_who_writes_a_file_can_read_it_whatever_the_mask_of_a_browser_says(tmp_path: Path) -> None:
    mask = os.umask(0o777)
    try:
        with whole(tmp_path / "a.txt", "csv") as draft:
            draft.write_text("done")
    finally:
        os.umask(mask)
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o600


def test_a_lock_that_another_holds_is_waited_for_or_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fcntl")
    with (tmp_path / "lock").open("ab") as first, (tmp_path / "lock").open("ab") as second:
        hold(first, wait=False)
        with pytest.raises(BlockingIOError):
            hold(second, wait=False)
        # where the system knows no locks everybody comes in
        monkeypatch.setitem(sys.modules, "fcntl", None)
        hold(second, wait=False)


def test_folders_are_refused(tmp_path: Path) -> None:
    paths: list[Any] = [tmp_path, bytes(tmp_path / "a.txt"), tmp_path / "no" / "a.txt", 5]
    for path in paths:
        with pytest.raises(InputError, match="^csv: got"), whole(path, "csv"):
            pass


@pytest.mark.parametrize("name", ["a\0b.csv", "x" * 300, "no/such/a.csv", "file/a.csv", "folder", "pipe", "loop"])
def test_what_cannot_be_written_is_refused_before_anything_is(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("old")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    before = sorted(tmp_path.iterdir())
    path = tmp_path / name
    with pytest.raises(InputError, match="^csv: got .*expected a"):
        destination(path, "csv")
    with pytest.raises(InputError, match="^csv: got"), whole(path, "csv"):
        pass
    assert sorted(tmp_path.iterdir()) == before
    assert (tmp_path / "file").read_text() == "old"


def test_a_folder_that_may_not_be_written_to_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # the owner of everything may write everywhere, so that permissions alone would not do
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != tmp_path)
    with pytest.raises(InputError, match=r"^csv: got .*a\.csv"):
        destination(tmp_path / "a.csv", "csv")


@pytest.mark.parametrize("reason", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS])
def test_a_write_that_fails_half_way_names_the_path_and_leaves_the_old_file(tmp_path: Path, reason: int) -> None:
    (tmp_path / "a.csv").write_text("old")

    def half_way() -> None:
        with whole(tmp_path / "a.csv", "csv") as draft:
            draft.write_text("half")
            raise OSError(reason, os.strerror(reason))

    with pytest.raises(InputError) as refused:
        half_way()
    assert str(tmp_path / "a.csv") == refused.value.value
    assert os.strerror(reason) in str(refused.value)
    assert (tmp_path / "a.csv").read_text() == "old"
    assert os.listdir(tmp_path) == ["a.csv"]  # noqa: PTH208


def test_a_folder_that_vanishes_meanwhile_is_told(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()

    def vanishing() -> None:
        with whole(tmp_path / "here" / "a.csv", "csv") as draft:
            draft.unlink()
            (tmp_path / "here").rmdir()

    with pytest.raises(InputError, match=r"^csv: got .*here/a\.csv"):
        vanishing()


def test_trouble_with_another_file_is_not_blamed_on_this_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"other\.txt"), whole(tmp_path / "a.csv", "csv"):
        (tmp_path / "other.txt").read_text()


def test_the_longest_possible_name_can_be_written(tmp_path: Path) -> None:
    for name in ("x" * 251 + ".csv", "a." + "b" * 253):
        with whole(tmp_path / name, "csv") as draft:
            draft.write_text("done")
        assert (tmp_path / name).read_text() == "done"


def test_a_link_stays_and_what_it_points_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(tmp_path / "there.csv")
    with whole(tmp_path / "link.csv", "csv") as draft:
        draft.write_text("done")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "there.csv").read_text() == "done"
