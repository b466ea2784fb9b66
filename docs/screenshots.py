"""Pictures of the explorer for README and docs: ``python docs/screenshots.py`` (extras explore and test, Chromium)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from ldnsim.explorer.server import ADDRESS

IMAGES = Path(__file__).parent / "images"
SHOTS = {"explorer.png": ("?b.assumptions=measured", 1440, 1160), "explorer_phone.png": ("", 390, 844)}

code = "from ldnsim.cli import main; main(['explore', '--port', '0', '--no-browser'])"
with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as server:
    assert server.stdout is not None
    port = server.stdout.readline().partition(f"{ADDRESS}:")[2].partition("/")[0]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, (asked, width, height) in SHOTS.items():
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(f"http://{ADDRESS}:{port}/{asked}")
            page.wait_for_function("document.body.dataset.shown !== undefined", timeout=60_000)
            page.wait_for_timeout(1000)
            page.screenshot(path=IMAGES / name)
        browser.close()
    server.terminate()
