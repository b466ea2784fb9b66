"""Examples and notebooks, run beside each other on all processors: one after the other they took most of a build."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import matplotlib.pyplot as plt
import nbformat
from nbclient import NotebookClient

_PATIENCE = 300
"""Longest that a cell of a notebook may take [s]."""


class Ran(NamedTuple):
    """An example that has been run.

    Attributes
    ----------
    about : str
        The text at its top.
    pictures : list of str
        Names of the pictures that it has drawn.
    """

    about: str
    pictures: list[str]


def run_all(examples: Path, notebooks: Path, folder: Path) -> Mapping[str, Ran]:
    """Run every example and every notebook.

    Parameters
    ----------
    examples, notebooks : pathlib.Path
        Where they are.
    folder : pathlib.Path
        Gets the pictures of each example in ``pictures/NAME``, and the notebooks with what came out in ``notebooks``.

    Returns
    -------
    mapping of str to Ran
        Each example by its name, in order.

    Raises
    ------
    Exception
        What the first of them raised that failed.
    """
    (folder / "notebooks").mkdir()
    # one more than there are processors, because kernels of notebooks also wait
    with ProcessPoolExecutor((os.cpu_count() or 1) + 1) as pool:

        def each(paths: Path, ending: str, run: Callable[[Path, Path], Any], place: str) -> dict[str, Future[Any]]:
            found = sorted(paths.glob(f"*.{ending}"))
            return {path.stem: pool.submit(run, path, folder / place / path.stem) for path in found}

        # what takes longest comes first, so that no processor waits for it at the end
        ran = each(notebooks, "ipynb", _notebook, "notebooks")
        drawn = each(examples, "py", _example, "pictures")
        try:
            for one in ran.values():
                one.result()
            return {name: one.result() for name, one in drawn.items()}
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _notebook(path: Path, place: Path) -> None:
    book = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as elsewhere:
        about = {"metadata": {"path": elsewhere}}
        try:
            NotebookClient(book, timeout=_PATIENCE, kernel_name="python3", resources=about).execute()
        except Exception as error:
            # errors of notebooks do not survive the way to another process
            raise RuntimeError(f"{path.name}: {error}") from None
    nbformat.write(book, place.with_suffix(".ipynb"))


def _example(path: Path, place: Path) -> Ran:
    mpl.use("agg")
    place.mkdir(parents=True)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    # annotations that are text are looked up there
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    with contextlib.redirect_stdout(io.StringIO()):
        module.main(place)
    plt.close("all")
    return Ran((module.__doc__ or "").strip(), sorted(drawn.name for drawn in place.glob("*.png")))
