"""Pages of the documentation: long equations in pieces, and a search that shows sentences with and without a server."""

from __future__ import annotations

import functools
import http.server
import importlib
import re
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ldnsim import models
from ldnsim.symbolic import equations

DOCS = Path(__file__).parents[1] / "docs"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PHONE = 360
"""A narrow page [px]."""


@pytest.fixture(scope="module")
def mathml() -> Iterator[Any]:
    """The extension that writes equations."""
    pytest.importorskip("sphinx")
    pytest.importorskip("latex2mathml")
    sys.path.insert(0, str(DOCS / "_extensions"))
    yield importlib.import_module("mathml")
    sys.path.remove(str(DOCS / "_extensions"))


OF_DRUGS = [one for drug in models.DRUGS.values() for one in equations(model=drug())]
LINES = [f"{one.left} = {one.right}" for one in (*equations(), *OF_DRUGS)]


def test_pieces_hold_the_whole_equation_and_are_short(mathml: Any) -> None:
    for line in LINES:
        pieces = mathml.pieces(line)
        together = re.sub(r"\\[bB]ig[lr]|\\left|\\right|\{\}|\s", "", "".join(pieces))
        assert together == re.sub(r"\\left|\\right|\s", "", line)
        assert max(map(mathml.width, pieces)) < 1.3 * mathml.ROOM, line
        for piece in pieces:
            assert piece.count(r"\left") == piece.count(r"\right")
            assert piece.count("{") == piece.count("}")


def test_a_short_equation_stays_as_it_is(mathml: Any) -> None:
    assert mathml.pieces("a = b + c") == ["a = b + c"]
    assert mathml.pieces(r"C_{\mathrm{c}}") == [r"C_{\mathrm{c}}"]


def test_brackets_around_several_pieces_have_one_size(mathml: Any) -> None:
    long = (
        r"\frac{\mathrm{d} A}{\mathrm{d} t} = k \, \left(aaaaaaaa + bbbbbbbb \, \left(1 - c\right) - \frac{d}{e}\right)"
    )
    assert mathml.pieces(long) == [
        r"\frac{\mathrm{d} A}{\mathrm{d} t} = {}",
        r"k \, \Bigl(aaaaaaaa",
        r"{} + bbbbbbbb \, \left(1 - c\right)",
        r"{} - \frac{d}{e}\Bigr)",
    ]


CONF = """
import sys
sys.path.insert(0, {extensions!r})
project = "small"
html_theme = "basic"
extensions = ["mathml", "sentences"]
html_math_renderer = "mathml"
html_show_search_summary = False
html_static_path = [{static!r}]
html_css_files = ["equations.css"]
"""
PAGE = """
First
=====

Doses are missed. A missed dose is a hollow mark; late ones are not.

========  =========================
word      meaning
========  =========================
washout   days without :math:`x_y`
========  =========================

Second
------

Another sentence about doses.

.. toctree::

   other
"""


@pytest.fixture(scope="module")
def site(mathml: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small site with the same extensions."""
    from sphinx.cmd.build import main

    assert mathml
    source = tmp_path_factory.mktemp("source")
    conf = CONF.format(extensions=str(DOCS / "_extensions"), static=str(DOCS / "_static"))
    (source / "conf.py").write_text(conf, encoding="utf-8")
    (source / "index.rst").write_text(PAGE, encoding="utf-8")
    maths = "\n\n".join(f".. math:: {line}" for line in LINES)
    (source / "other.rst").write_text(
        f"A book\n======\n\nMissed is one. A dose is another.\n\n{maths}\n", encoding="utf-8"
    )
    out = tmp_path_factory.mktemp("site")
    assert main(["-q", "-W", str(source), str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[str]:
    """The same from a server."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser."""
    sync_api = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.mark.parametrize("by", ["file", "http"])
def test_search_shows_the_sentences(browser: Any, site: Path, request: pytest.FixtureRequest, by: str) -> None:
    root = site.as_uri() if by == "file" else request.getfixturevalue("served")
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{root}/search.html?q=missed+dose")
    page.wait_for_selector("p.sentence")
    # the other page comes first by name, but no sentence of it holds both words
    results = page.locator("ul.search > li")
    results.nth(1).locator("p.sentence").first.wait_for()
    assert results.nth(0).locator("p.sentence").all_inner_texts() == [
        "First: A missed dose is a hollow mark; late ones are not."
    ]
    assert results.nth(0).locator("mark").all_inner_texts() == ["missed", "dose"]
    assert results.nth(1).locator("p.sentence").all_inner_texts() == [
        "A book: Missed is one.",
        "A book: A dose is another.",
    ]
    page.goto(f"{root}/search.html?q=washout")
    page.wait_for_selector("p.sentence")
    assert page.locator("p.sentence").all_inner_texts() == ["First: washout, days without"]
    page.goto(f"{root}/search.html?q=another")
    page.wait_for_selector("p.sentence")
    page.get_by_role("link", name="Second").click()
    assert page.url.endswith("index.html#second")
    assert errors == []
    page.close()


@pytest.mark.parametrize("width", [PHONE, 768, 1440])
def test_no_equation_is_cut(browser: Any, site: Path, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(f"{site.as_uri()}/other.html")
    assert page.locator(".equation").count() == len(LINES)
    frames = "[...document.querySelectorAll('.equation')]"
    assert page.evaluate(f"{frames}.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.title)") == []
    # on a wide page most have one line, on a phone the longest has several
    pieces = "[...e.querySelectorAll('math')].map(m => m.getBoundingClientRect().left)"
    lines = page.evaluate(f"{frames}.map(e => {pieces}.filter((x, k, all) => k == 0 || x <= all[k - 1]).length)")
    assert max(lines) > 3 if width == PHONE else max(lines) <= 4
    page.close()
