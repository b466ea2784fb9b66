"""Progress: share done, rate and time left, and nothing where nothing was asked for."""

from __future__ import annotations

import io
import sys

import pytest

from ldnsim.base.progress import line, progress_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_quiet_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(10, "people", quiet=True) as advance:
        advance(10)
    assert capsys.readouterr() == ("", "")


def test_a_line_at_every_tenth_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(1000, "people") as advance:
        for _ in range(100):
            advance(10)
    out, err = capsys.readouterr()
    assert out == ""
    assert [text.split(",")[0] for text in err.splitlines()] == [f"{k} % of 1" for k in range(10, 101, 10)]
    assert all("people/s" in text and "left" in text for text in err.splitlines())


def test_a_run_taken_up_again_begins_with_what_was_done(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(100, "people", done=75) as advance:
        advance(4)
        advance(25 - 4)
    assert [text.split(" ")[0] for text in capsys.readouterr().err.splitlines()] == ["100"]


def test_a_line_says_share_rate_and_time_left() -> None:
    # 20,000 people in 100 s are 200 a second; 60,000 are left
    assert line(40_000, 100_000, "people", 20_000, 100.0) == "40 % of 100,000 people, 200 people/s, 0:05:00 left"
    assert line(1, 36_001, "people", 1, 2.0) == "0 % of 36,001 people, 0.5 people/s, 20:00:00 left"
    assert line(50, 100, "people", 0, 3.0) == "50 % of 100 people, ? people/s"


def test_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")
    with progress_bar(2000, "people", done=1000) as advance:
        advance(1000)
    shown = terminal.getvalue()
    assert "100 % of 2,000 people" in shown
    assert "people/s" in shown


def test_an_error_passes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    with pytest.raises(ZeroDivisionError), progress_bar(10, "people") as advance:
        advance(1 // 0)
