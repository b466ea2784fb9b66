"""Documentation: every block of Python on a page runs, in order, as a reader would type it, with fewer people."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

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


def test_pages_with_code_are_found() -> None:
    assert {"README", "dosing", "populations"} <= {page.stem for page in PAGES if BLOCKS[page]}
