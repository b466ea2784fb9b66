"""What visitors who have gone leave behind, and what a page of another site comes to in a real browser."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from ldnsim.explorer.scenario import Scenario
from ldnsim.explorer.server import ADDRESS

from .test_gate import Served, logged
from .test_page import CHROMIUM, FLAGS, Visit, get, in_a_browser


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that has nothing to say, whatever a test does."""
    with logged(tmp_path_factory.mktemp("served")) as found:
        yield found


@pytest.fixture
def port(served: Served) -> int:
    return served.port


def test_visitors_who_vanish_leave_no_word(port: int) -> None:
    for seed, path in enumerate(
        ("/", "/answer?people=30&seed={}", "/answer?days={}", "/figure.png?days=3", "/A.csv?days=40", "/drawing.json")
    ):
        with socket.create_connection((ADDRESS, port)) as wire:
            wire.sendall(f"GET {path.format(seed)} HTTP/1.1\r\nHost: {ADDRESS}:{port}\r\n\r\n".encode())
            # gone without reading: the system answers whatever comes with a reset
    assert Scenario().run().summary().in_words() in get(port, "/answer").body.decode()


def test_only_so_many_files_are_made_at_a_time(port: int) -> None:
    wires = []
    for seed in range(24):
        wire = socket.create_connection((ADDRESS, port), timeout=60)
        wire.sendall(f"GET /A.csv?people=200&days=84&seed={seed} HTTP/1.1\r\nHost: {ADDRESS}:{port}\r\n\r\n".encode())
        wires.append(wire)
    # those beyond the limit are answered at once, those before it not yet
    assert wires[-1].recv(30).startswith(b"HTTP/1.1 503")
    for wire in wires:
        wire.close()


@in_a_browser
def test_a_page_of_another_site_can_neither_read_nor_start_anything(port: int) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")

    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(
                f"<img src='http://{ADDRESS}:{port}/figure.png'><script src='http://{ADDRESS}:{port}/page.js'></script>"
                f"<iframe src='http://{ADDRESS}:{port}/'></iframe>"
                f"<form action='http://{ADDRESS}:{port}/' method='post'></form>"
                f"<a href='http://{ADDRESS}:{port}/?people=500'>go</a>".encode()
            )

        def log_message(self, *_: Any) -> None:
            pass

    other = http.server.ThreadingHTTPServer((ADDRESS, 0), Other)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        visitor = browser.new_page()
        answers: dict[str, int | None] = {}
        visitor.on("response", lambda answer: answers.update({answer.url.partition(f":{port}")[2]: answer.status}))
        # a browser can drop what another site may not have before it says how that was answered
        visitor.on("requestfailed", lambda sent: answers.setdefault(sent.url.partition(f":{port}")[2]))
        visitor.goto(f"http://{ADDRESS}:{other.server_port}/")
        root = f"{ADDRESS}:{port}"
        assert visitor.evaluate(f"fetch('http://{root}/A.csv').then(() => 'read', () => 'refused')") == "refused"
        visitor.evaluate(f"fetch('http://{root}/B.csv', {{ mode: 'no-cors' }}).catch(() => null)")
        with visitor.expect_navigation():
            visitor.evaluate("document.forms[0].submit()")
        visitor.goto(f"http://{ADDRESS}:{other.server_port}/")
        with visitor.expect_navigation():
            visitor.click("a")
        del answers[""]
        assert {"/figure.png", "/page.js", "/", "/B.csv", "/?people=500"} <= answers.keys()
        assert answers["/"] == answers["/?people=500"] == 403
        assert set(answers.values()) <= {403, None}
        # what a visitor types is answered
        visit = Visit(browser, port)
        assert visit.words() == Scenario().run().summary().in_words()
        visit.close()
        browser.close()
    other.shutdown()
    other.server_close()
