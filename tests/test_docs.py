"""Documentation: every block of Python on a page runs, in order, as a reader would type it, with fewer people."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

from ldnsim.cli import main

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCKS = {page: re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S) for page in PAGES}


@pytest.mark.parametrize("page", [page for page in PAGES if BLOCKS[page]], ids=lambda page: page.stem)
def test_code_on_a_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mpl.use("agg")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in BLOCKS[page]:
        exec(compile(block.replace("100_000", "1_000"), str(page), "exec"), names)
    plt.close("all")


SHELL = [
    shlex.split(line, comments=True)
    for page in PAGES
    for language, block in re.findall(r"^```([^\n]*)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)
    if not language
    for line in block.splitlines()
    if line.startswith("ldnsim ")
]
ELSEWHERE = ("explore", "calibrate", "qualify", "replay", "nca", "run", "open", "citation")
"""Commands that have tests of their own: one serves until it is stopped, two take minutes, others need a file."""


@pytest.mark.parametrize("command", [words for words in SHELL if words[1] not in ELSEWHERE], ids=" ".join)
def test_command_on_a_page_runs(command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stop:
        main(command[1:])
    assert stop.value.code == 0
    wanted = [after for word, after in pairwise(command) if word in ("--plot", "--csv", "--netcdf")]
    wanted += [word for word in command if word.endswith((".xml", ".cpp", ".R"))]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(wanted)


LINKED = [*PAGES, *(ROOT / name for name in ("CONTRIBUTING.md", "notebooks/README.md", "benchmarks/README.md"))]


@pytest.mark.parametrize("page", LINKED, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if link.startswith(
            ("https://", "generated/")
        ):  # others' pages, and those that only the build of the docs writes
            continue
        path, _, heading = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        if heading:
            titles = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.M)
            assert heading in {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}, link


def test_pages_with_code_are_found() -> None:
    assert {"README", "dosing", "populations"} <= {page.stem for page in PAGES if BLOCKS[page]}
    assert {words[1] for words in SHELL} >= {"simulate", "compare", "parameters", "equations", "explore", "calibrate"}
