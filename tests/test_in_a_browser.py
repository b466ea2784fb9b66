"""The library whole in a browser: Python compiled for it, in Chromium, without any other machine.

``LDNSIM_PYODIDE`` names a folder with a distribution of Pyodide (``pyodide.js``, ``pyodide-lock.json`` and the wheels
of NumPy, SciPy, pandas and Matplotlib); without it there is nothing to run. What is not compiled comes from here.
"""

from __future__ import annotations

import functools
import http.server
import json
import os
import re
import shutil
import threading
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ldnsim as ldn

ROOT = Path(__file__).parents[1]
FOLDER = os.environ.get("LDNSIM_PYODIDE", "")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.skipif(not FOLDER, reason="LDNSIM_PYODIDE does not name a distribution of Pyodide"),
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]

CODE = """
import json
import matplotlib
matplotlib.use("agg")
import ldnsim as ldn

run = ldn.simulate("4.5 mg")
people = ldn.simulate("4.5 mg", population=ldn.Population(3, seed=1), until=6)
run.to_csv("run.csv")
run.to_netcdf("run.nc")
told = {
    "summary": str(run.summary()),
    "levels": run.data["plasma"].values.ravel().tolist(),
    "people": people.data["occupancy"].values.ravel().tolist(),
    "opened": ldn.open("run.nc").data.equals(run.data),
    "replayed": ldn.replay("run.csv").same,
}
if tuple(map(int, matplotlib.__version__.split(".")[:2])) >= (3, 10):
    run.plot()[0].figure.savefig("run.png")
    told["drawn"] = ldn.replay("run.png").same
json.dumps(told)
"""
START = """async ([packages, archive, code]) => {
    const python = await loadPyodide({ indexURL: "pyodide/" });
    await python.loadPackage(packages);
    python.unpackArchive(await (await fetch(archive)).arrayBuffer(), "zip", { extractDir: "/here" });
    return python.runPython("import sys; sys.path.insert(0, '/here')\\n" + code);
}"""


def requirements(compiled: set[str]) -> tuple[set[str], set[str]]:
    """What ldnsim stands on: packages of the distribution, and those that are taken from here."""
    theirs: set[str] = set()
    ours: set[str] = set()
    waiting = ["ldnsim"]
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in theirs | ours:
            continue
        if name in compiled:
            theirs.add(name)
            continue
        ours.add(name)
        try:
            asked = distribution(name).requires or []
        except PackageNotFoundError:
            continue  # of another system
        waiting += [re.split(r"[^\w.-]", one, maxsplit=1)[0] for one in asked if "extra ==" not in one]
    return theirs, ours - {"ldnsim"}


def archived(path: Path, names: set[str]) -> None:
    """This library and some packages of this environment, as one archive."""
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted((ROOT / "ldnsim").rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                archive.write(file, file.relative_to(ROOT))
        about = distribution("ldnsim").read_text("METADATA") or ""
        archive.writestr(f"ldnsim-{ldn.__version__}.dist-info/METADATA", about)
        for name in sorted(names):
            try:
                files = distribution(name).files or []
            except PackageNotFoundError:
                continue
            for one in files:
                there = Path(str(one.locate()))
                # what is compiled for this machine is of no use there
                if ".." not in one.parts and one.suffix not in (".so", ".pyc") and there.is_file():
                    archive.write(there, str(one))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What a page with Python in it says."""
    sync_api = pytest.importorskip("playwright.sync_api")
    folder = tmp_path_factory.mktemp("page")
    (folder / "pyodide").symlink_to(Path(FOLDER).resolve(), target_is_directory=True)
    (folder / "index.html").write_text('<script src="pyodide/pyodide.js"></script>', encoding="utf-8")
    lock = json.loads((folder / "pyodide" / "pyodide-lock.json").read_text(encoding="utf-8"))
    theirs, ours = requirements(set(lock["packages"]))
    archived(folder / "ours.zip", ours)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with sync_api.sync_playwright() as playwright:
            alone = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", alone])
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{server.server_port}/")
            yield json.loads(page.evaluate(START, [sorted(theirs), "ours.zip", CODE]))
            browser.close()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_run_is_the_same_there(told: dict[str, Any]) -> None:
    here = ldn.simulate("4.5 mg")
    assert told["summary"] == str(here.summary())
    np.testing.assert_allclose(told["levels"], here.data["plasma"].values.ravel(), rtol=1e-9)


def test_people_are_the_same_there(told: dict[str, Any]) -> None:
    here = ldn.simulate("4.5 mg", population=ldn.Population(3, seed=1), until=6, engine="batch")
    np.testing.assert_allclose(told["people"], here.data["occupancy"].values.ravel(), rtol=1e-5, atol=1e-7)


def test_files_are_written_and_read_there(told: dict[str, Any]) -> None:
    assert told["opened"]
    assert told["replayed"]
    assert told.get("drawn", True)
