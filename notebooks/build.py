"""Write the notebooks from their texts: ``python -m pip install jupytext && python notebooks/build.py``.

The text (``NAME.md``) is what is edited and reviewed; the notebook (``NAME.ipynb``) is what people open. It carries no
outputs and no random cell numbers, so that writing it again changes nothing.
"""

from __future__ import annotations

from pathlib import Path

import jupytext
import nbformat

for text in sorted(Path(__file__).parent.glob("[a-z]*.md")):  # all but README.md
    notebook = jupytext.read(text)
    notebook.nbformat_minor = 4  # before cells had numbers
    for cell in notebook.cells:
        cell.pop("id", None)
    notebook.metadata.pop("jupytext", None)
    notebook.metadata["language_info"] = {"name": "python"}
    nbformat.write(notebook, text.with_suffix(".ipynb"))
