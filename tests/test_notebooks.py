"""Notebooks: the text that is reviewed says the same. The build of the documentation runs them, and fails with them."""

from __future__ import annotations

import json
import re
import runpy
import shutil
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LONGEST = 12
"""Cells of a notebook that is still read to its end."""


def cells(path: Path, kind: str) -> list[str]:
    """Cells of a notebook."""
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == kind]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_text_and_notebook_are_in_step(path: Path) -> None:
    text = path.with_suffix(".md").read_text(encoding="utf-8")
    code = re.findall(r"^```\{code-cell\}[^\n]*\n(.*?)^```", text, re.M | re.S)
    assert [block.strip() for block in code] == [source.strip() for source in cells(path, "code")]
    prose = " ".join(cells(path, "markdown"))
    assert prose.split() == re.sub(r"^```.*?^```|\A---.*?^---", "", text, flags=re.M | re.S).split()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_asks_first_and_names_a_limit_last(path: Path) -> None:
    first, *_, last = cells(path, "markdown")
    assert "**Question.**" in first
    assert re.search(r"guess|predict", first, re.IGNORECASE)
    assert "**Limit of the model.**" in last
    assert "not medical advice" in " ".join(last.split())
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert all(cell.get("outputs", []) == [] for cell in notebook["cells"])
    assert len(notebook["cells"]) <= LONGEST


def test_every_text_has_its_notebook() -> None:
    texts = {path.stem for path in FOLDER.glob("*.md")} - {"README"}
    assert {path.stem for path in NOTEBOOKS} == texts
    listed = re.findall(r"\]\((\w+)\.ipynb\)", (FOLDER / "README.md").read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(texts)


def test_writing_the_notebooks_again_changes_nothing(tmp_path: Path) -> None:
    pytest.importorskip("jupytext")
    for source in (*FOLDER.glob("*.md"), FOLDER / "build.py"):
        shutil.copy(source, tmp_path)
    runpy.run_path(str(tmp_path / "build.py"))
    assert [path.name for path in sorted(tmp_path.glob("*.ipynb"))] == [path.name for path in NOTEBOOKS]
    for path in NOTEBOOKS:
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def check(capsys: pytest.CaptureFixture[str], **answers: float) -> str:
    """What the exercise says of answers."""
    code = cells(FOLDER / "your_own_patient.ipynb", "code")
    names: dict[str, Any] = {}
    for source in code[:-1]:
        exec(source, names)
    capsys.readouterr()
    exec(code[-1], {**names, **answers})
    plt.close("all")
    return capsys.readouterr().out


def test_the_exercise_knows_right_from_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    mpl.use("agg")
    code = cells(FOLDER / "your_own_patient.ipynb", "code")
    names: dict[str, Any] = {}
    for source in code[:2]:
        exec(source, names)
    hours, levels = names["HOURS"], names["samples"]
    by_hand = sum(
        (b - a) * (x + y) / 2 for a, b, x, y in zip([0, *hours[:-1]], hours, [0, *levels[:-1]], levels, strict=True)
    )
    said = check(capsys, highest=float(max(levels)), area=float(by_hand), half_life=1000.0)
    assert "highest level: right" in said
    assert "area: right" in said
    assert "half-life: too high, by " in said
    assert check(capsys).count("no answer yet") == 3
