"""The explorer in a real browser: page weight, time to first plot, and how long a slider takes to show its result.

Run ``python benchmarks/explorer.py`` (a minute) with the extras ``explore`` and ``test`` and Debian's Chromium. A move
counts from the event of the slider to the last stroke on any canvas, over 50 moves to doses that were not there before.
Each visit is to a new profile on a server of its own that has compiled its equations. With ``--memory`` (some minutes)
it measures instead what pages that were opened and closed leave behind in the server, and with ``--pictures`` it takes
the pictures of README and docs.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from ldnsim.explorer.server import ADDRESS

MOVES = 50
WARM, PAGES, EVERY = 50, 200, 25
"""How many pages are opened and closed before memory counts, and after, and after how many it is read."""
VISITS = {
    "one scenario, 28 days": "",
    "one scenario, 84 days": "?days=84",
    "two scenarios, 28 days": "?b.dose=2",
    "one scenario and 100 people, 28 days": "?people=100",
}
PICTURES = {"explorer.png": ("?b.assumptions=measured", 1440, 1160), "explorer_phone.png": ("", 390, 844)}
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
WATCH = """
window.painted = 0;
for (const name of ["stroke", "fill", "fillRect", "fillText", "drawImage"]) {
  const drawn = CanvasRenderingContext2D.prototype[name];
  CanvasRenderingContext2D.prototype[name] = function (...given) {
    window.painted = performance.now();
    return drawn.apply(this, given);
  };
}
"""
MOVE = """async (value) => {
  const slider = document.getElementById("dose");
  slider.value = value;
  const begun = performance.now();
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  while (document.body.dataset.shown !== location.search.slice(1)) await new Promise((done) => setTimeout(done, 1));
  // what is still to be painted comes within a few frames
  while (performance.now() - window.painted < 120) await new Promise((done) => setTimeout(done, 5));
  return window.painted - begun;
}"""


def visit(browser: Any, port: int, asked: str) -> tuple[float, float, list[float]]:
    """Page weight [MB], time to the last stroke of the first plots [ms], and of each move [ms]."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    weight: list[int] = []
    page.on("response", lambda answer: weight.append(len(answer.body())))
    page.on("websocket", lambda wire: wire.on("framereceived", lambda frame: weight.append(len(frame))))
    page.add_init_script(WATCH)
    page.goto(f"http://{ADDRESS}:{port}/{asked}")
    page.wait_for_selector("body[data-shown]")
    while page.evaluate("performance.now() - window.painted") < 300:
        page.wait_for_timeout(20)
    first, heavy = float(page.evaluate("window.painted")), sum(weight) / 1e6
    taken = [float(page.evaluate(MOVE, f"{0.5 + 0.1 * move:.1f}")) for move in range(MOVES)]
    context.close()
    return heavy, first, taken


@contextmanager
def started() -> Iterator[tuple[int, int]]:
    """The port and the process of a server started as a user starts it."""
    code = "from ldnsim.cli import main; main(['explore', '--port', '0', '--no-browser'])"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline().partition(f"{ADDRESS}:")[2].partition("/")[0]), server.pid
        finally:
            server.terminate()


@contextmanager
def served() -> Iterator[tuple[Any, int, int]]:
    """A browser, and the port and the process of a server."""
    with sync_playwright() as playwright, started() as (port, process):
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser, port, process
        browser.close()


def measure() -> None:
    """Print the table."""
    print(f"{'page MB':>8} {'first plot ms':>14} {'move, median ms':>16} {'95 %':>6} {'most':>6}  what")
    for name, asked in VISITS.items():
        with served() as (browser, port, _):
            heavy, first, taken = visit(browser, port, asked)
        late = statistics.quantiles(taken, n=20)[-1]
        print(f"{heavy:8.2f} {first:14.0f} {statistics.median(taken):16.0f} {late:6.0f} {max(taken):6.0f}  {name}")


def remember() -> None:
    """Print the resident memory of a server while full pages are opened and closed, each with a dose of its own."""
    print(f"{'pages':>6} {'resident MB':>12}")
    with served() as (browser, port, server):
        found = []
        for number in range(WARM + PAGES + 1):
            if number >= WARM and (number - WARM) % EVERY == 0:
                found.append(resident(server))
                print(f"{number - WARM:6d} {found[-1]:12.1f}", flush=True)
            page = browser.new_page()
            page.goto(f"http://{ADDRESS}:{port}/?people=20&dose={1 + 0.01 * number:.2f}")
            page.wait_for_selector("body[data-shown]", timeout=60_000)
            page.close()
    print(f"most after the warm-up: {max(found) / found[0] - 1:+.1%}; at the end: {found[-1] / found[0] - 1:+.1%}")


def resident(process: int) -> float:
    """Memory that a process holds [MB]."""
    said = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(said.partition("VmRSS:")[2].split()[0]) / 1024


def picture() -> None:
    """Write the pictures of README and docs."""
    images = Path(__file__).parents[1] / "docs" / "images"
    with served() as (browser, port, _):
        for name, (asked, width, height) in PICTURES.items():
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(f"http://{ADDRESS}:{port}/{asked}")
            page.wait_for_selector("body[data-shown]", timeout=60_000)
            page.wait_for_timeout(1000)
            page.screenshot(path=images / name)


if __name__ == "__main__":
    if "--pictures" in sys.argv[1:]:
        picture()
    elif "--memory" in sys.argv[1:]:
        remember()
    else:
        measure()
