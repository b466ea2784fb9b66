"""Notebooks: every code cell runs, in order, as a user would run it."""

from __future__ import annotations

import json
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook(path: Path) -> None:
    mpl.use("agg")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    names: dict[str, object] = {}
    ran = 0
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            exec("".join(cell["source"]), names)
            ran += 1
    assert ran > 0
    assert plt.get_fignums()
    plt.close("all")
